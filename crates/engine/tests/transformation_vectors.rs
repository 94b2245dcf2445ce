//! Every vector of the reference's file of claims transformations and predicates, run against the library.
//! In: `../shared/reference/claims-transformation-vectors.json` beside the repository; skipped loudly where it is absent
//! (the tables beside the library hold the essential cases). Out: one list of every vector that fails.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot read its vectors must stop and say so"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value as Json};
use vestibule_engine::claims::predicate::{CharacterSet, Day, Predicate};
use vestibule_engine::claims::{Claims, DataType, Name, Value};
use vestibule_engine::regex::Regex;
use vestibule_engine::transform::{self, Declared, Failure, Surroundings, Transformation};

/// Vectors that are not followed: method, case, reason. None so far.
const NOT_FOLLOWED: &[(&str, &str, &str)] = &[];

const NOW: &str = "2022-06-15T00:00:00Z";

type Object = Map<String, Json>;

#[test]
fn every_vector_holds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/reference/claims-transformation-vectors.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: no vectors at {}", path.display());
        return;
    };
    let vectors: Vec<Json> = serde_json::from_str(&text).expect("the vectors are JSON");
    assert!(vectors.len() >= 326, "only {} vectors", vectors.len());
    let failures: Vec<String> = vectors
        .iter()
        .filter_map(|vector| {
            let (method, case) = (word(vector, "method"), word(vector, "case"));
            let known = NOT_FOLLOWED.iter().any(|(m, c, _)| *m == method && *c == case);
            let outcome = run(vector);
            match (outcome, known) {
                (Err(why), false) => Some(format!("{method}, {case}: {why}")),
                (Ok(()), true) => Some(format!("{method}, {case}: holds, but is listed as not followed")),
                _ => None,
            }
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} fail:\n{}", failures.len(), vectors.len(), failures.join("\n"));
}

/// Prints the time of each method in microseconds: the median of its vectors that pass, the slowest of them beside it.
/// docs/performance.md holds the bar and what was measured.
#[test]
#[ignore = "a measurement: cargo test --release -p vestibule-engine --test transformation_vectors -- --ignored --nocapture"]
fn the_time_of_each_method() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/reference/claims-transformation-vectors.json");
    let Ok(text) = std::fs::read_to_string(&path) else { return };
    let vectors: Vec<Json> = serde_json::from_str(&text).expect("the vectors are JSON");
    let mut methods: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for vector in &vectors {
        if word(vector, "kind") == "transformation" && vector["error"].is_null() {
            methods.entry(word(vector, "method")).or_default().push(cost(vector));
        }
    }
    let mut rows: Vec<(&str, f64, f64)> = methods
        .into_iter()
        .map(|(method, mut costs)| {
            costs.sort_by(f64::total_cmp);
            (method, costs[costs.len() / 2], costs[costs.len() - 1])
        })
        .collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (method, median, slowest) in &rows {
        println!("{median:7.2} {slowest:7.2}  {method}");
    }
    println!("{} methods, the slowest {:.2} in the median", rows.len(), rows[0].1);
}

/// Microseconds for one application: the least of many short rounds, in most of which nobody else gets the processor.
fn cost(vector: &Json) -> f64 {
    const RUNS: u32 = 100;
    let made = make(vector).expect("a transformation");
    let start = bag(vector).expect("a bag");
    let round = || {
        let mut bags: Vec<Claims> = (0..RUNS).map(|_| start.clone()).collect();
        surrounded(vector, &made, |around| {
            let before = Instant::now();
            for bag in &mut bags {
                let _ = std::hint::black_box(made.apply(bag, around));
            }
            before.elapsed().as_secs_f64() * 1e6 / f64::from(RUNS)
        })
    };
    (0..100).map(|_| round()).min_by(f64::total_cmp).expect("rounds")
}

fn run(vector: &Json) -> Result<(), String> {
    match word(vector, "kind") {
        "transformation" => transformation(vector),
        "predicate" => {
            let predicate = predicate(word(vector, "method"), &parameters(vector));
            judged(vector, predicate.holds(&tested(vector), today(vector)))
        }
        "predicateValidation" => {
            let groups = groups(&vector["context"]["groups"]);
            let declared = declared(&groups);
            judged(vector, declared.admits(&tested(vector), today(vector)))
        }
        other => Err(format!("unknown kind {other}")),
    }
}

// Predicates.

type Groups = Vec<(usize, Vec<Predicate>)>;

fn groups(json: &Json) -> Groups {
    let group = |group: &Json| {
        let all: Vec<Predicate> = list(&group["predicates"])
            .iter()
            .map(|one| predicate(word(one, "Method"), object(one)))
            .collect();
        let least = group["MatchAtLeast"].as_u64().map_or(all.len(), |least| least as usize);
        (least, all)
    };
    list(json).iter().map(group).collect()
}

fn declared(groups: &Groups) -> Declared<'_> {
    let groups = groups.iter().map(|(least, all)| (*least, all.iter().collect())).collect();
    Declared { groups, ..Declared::default() }
}

fn predicate(method: &str, parameters: &Object) -> Predicate {
    let text = |name: &str| parameters[name].as_str().expect("a text");
    let number = |name: &str| text(name).parse().expect("a number");
    let day = |name: &str| match text(name) {
        "Today" => Day::Today,
        date => Day::On(date.parse().expect("a date")),
    };
    match method {
        "IsLengthRange" => Predicate::Length { minimum: number("Minimum"), maximum: number("Maximum") },
        "MatchesRegex" => {
            let pattern = text("RegularExpression");
            Predicate::Matches(Regex::new(pattern).expect("a pattern").into(), pattern.to_owned())
        }
        "IncludesCharacters" => Predicate::Includes(CharacterSet::parse(text("CharacterSet"))),
        "IsDateRange" => Predicate::DateRange { minimum: day("Minimum"), maximum: day("Maximum") },
        other => panic!("unknown predicate {other}"),
    }
}

fn tested(vector: &Json) -> String {
    vector["input_claims"]["value"]["value"].as_str().expect("a text").to_owned()
}

fn judged(vector: &Json, holds: bool) -> Result<(), String> {
    let expected = vector["output_claims"]["result"]["value"].as_bool().expect("an outcome");
    if expected == holds { Ok(()) } else { Err(format!("is {holds}")) }
}

// Transformations.

fn transformation(vector: &Json) -> Result<(), String> {
    let made = make(vector)?;
    let mut bag = bag(vector)?;
    let outcome = surrounded(vector, &made, |around| made.apply(&mut bag, around));
    match (vector["error"].as_str(), outcome) {
        (Some(expected), Err(failure)) => {
            let told = match &failure {
                Failure::Assertion(key) => key,
                Failure::Absent(_) => "claim-not-found",
                Failure::Data(defect) => defect.name(),
                Failure::Wrong(_) => "wrong",
            };
            if told == expected { Ok(()) } else { Err(format!("fails with {failure:?}")) }
        }
        (Some(expected), Ok(())) => Err(format!("passes instead of failing with {expected}")),
        (None, Err(failure)) => Err(format!("fails with {failure:?}")),
        (None, Ok(())) => compare(vector, &bag),
    }
}

/// Does something with what stands around a vector's transformation.
fn surrounded<T>(vector: &Json, made: &Transformation, act: impl FnOnce(Surroundings<'_>) -> T) -> T {
    let context = &vector["context"];
    let pattern = context.get("predicate_of_output_claim");
    let groups: Groups =
        pattern.map(|one| vec![(1, vec![predicate(word(one, "Method"), object(one))])]).unwrap_or_default();
    let strings = lowered(&context["localized_strings"]);
    let mut declared = declared(&groups);
    declared.strings = strings.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    declared.formats = declared.strings.clone();
    declared.choices = list(&context["restriction"])
        .iter()
        .filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)))
        .collect();
    if let transform::Asks::Secret(name) = made.asks() {
        declared.secret = context["policy_keys"][&name].as_str().map(|secret| secret.as_bytes().to_vec());
    }
    let around = Surroundings {
        now: now(vector).parse().expect("a time"),
        chance: std::array::from_fn(|place| (place * 37 % 251) as u8),
        tenant: context["expressions"]["RelyingPartyTenantId"].as_str().unwrap_or("contoso.onmicrosoft.com"),
        profile: "Tests",
        authenticator: context["expressions"]["AuthenticatorIssuer"].as_str().unwrap_or("Contoso demo"),
        declared: &declared,
    };
    act(around)
}

/// The transformation of a vector: inputs are claims `in.NAME`, outputs claims `out.NAME`.
fn make(vector: &Json) -> Result<Transformation, String> {
    let function = transform::function(word(vector, "method")).ok_or("there is no such method")?;
    let inputs = object(&vector["input_claims"]).keys();
    let inputs = inputs.map(|name| (name.clone(), Name::from(format!("in.{name}")))).collect();
    let parameter = |(id, cell): (&String, &Json)| {
        let kind = DataType::named(word(cell, "type")).ok_or("unknown type")?;
        Ok((id.clone(), Value::parse(&plain(&cell["value"]), kind)?))
    };
    let parameters =
        object(&vector["input_parameters"]).iter().map(parameter).collect::<Result<_, String>>()?;
    let outputs = outputs(vector).into_iter();
    let outputs =
        outputs.map(|(name, kind)| (name.clone(), Name::from(format!("out.{name}")), kind)).collect();
    Transformation::new(Name::from("T"), function, inputs, parameters, outputs)
}

fn outputs(vector: &Json) -> Vec<(String, DataType)> {
    let kind = |kind: &Json| kind.as_str().and_then(DataType::named).expect("a type");
    if let Some(declared) = vector["context"]["declared_output_claims"].as_object() {
        return declared.iter().map(|(name, written)| (name.clone(), kind(written))).collect();
    }
    let Some(cells) = vector["output_claims"].as_object() else { return Vec::new() };
    cells.iter().map(|(name, cell)| (name.clone(), kind(&cell["type"]))).collect()
}

/// The bag before: the inputs, and in every output an old value, so that emptied and untouched differ.
fn bag(vector: &Json) -> Result<Claims, String> {
    let mut bag = Claims::new();
    let before = vector["context"]["claims_before"].as_object();
    for (name, kind) in outputs(vector) {
        let old = before
            .map_or_else(|| old(kind), |before| before.get(&name).map(|old| Value::text_of(plain(old))));
        if let Some(old) = old {
            bag.set(Name::from(format!("out.{name}")), old);
        }
    }
    for (name, cell) in object(&vector["input_claims"]) {
        if let Some(value) = value(cell)? {
            bag.set(Name::from(format!("in.{name}")), value);
        }
    }
    Ok(bag)
}

fn old(kind: DataType) -> Option<Value> {
    match kind {
        DataType::String => Some(Value::text_of("old")),
        DataType::StringCollection => Some(Value::Strings(vec!["old".to_owned()])),
        _ => None,
    }
}

fn compare(vector: &Json, bag: &Claims) -> Result<(), String> {
    let how = vector["compare"].as_str().unwrap_or("exact");
    for (name, cell) in object(&vector["output_claims"]) {
        let kind = DataType::named(word(cell, "type")).expect("a type");
        let found = bag.get(&format!("out.{name}"));
        let told = || format!("{name} is {found:?}");
        if cell["unchanged"] == true {
            if found.cloned() != old(kind) {
                return Err(told());
            }
        } else if let Some(pattern) = cell["matches"].as_str() {
            let pattern = Regex::new(pattern)?;
            if !found.is_some_and(|value| pattern.is_match(&value.text())) {
                return Err(told());
            }
        } else if !same(value(cell)?.as_ref(), found, how) || !spelled(cell, found, how) {
            return Err(told());
        }
    }
    Ok(())
}

/// Whether a date and time is written as the vector writes it, seven digits included; only instants count where it says.
fn spelled(cell: &Json, found: Option<&Value>, how: &str) -> bool {
    cell["type"] != "dateTime"
        || how == "instant"
        || found.map(Value::text).as_deref() == cell["value"].as_str()
}

fn same(expected: Option<&Value>, found: Option<&Value>, how: &str) -> bool {
    match (expected, found, how) {
        (Some(a), Some(b), "json") => {
            let parsed = |value: &Value| serde_json::from_str::<Json>(&value.text()).ok();
            parsed(a).is_some() && parsed(a) == parsed(b)
        }
        (Some(Value::Strings(a)), Some(Value::Strings(b)), "unordered") => {
            let sorted = |items: &[String]| {
                let mut items = items.to_vec();
                items.sort();
                items
            };
            sorted(a) == sorted(b)
        }
        (a, b, _) => a == b,
    }
}

/// A cell's value in its type; nothing for null.
fn value(cell: &Json) -> Result<Option<Value>, String> {
    let kind = DataType::named(word(cell, "type")).ok_or("unknown type")?;
    let json = cell.get("values").or_else(|| cell.get("value")).unwrap_or(&Json::Null);
    match json {
        Json::Null => Ok(None),
        json => Value::from_json(json, kind).map(Some),
    }
}

// Reading.

fn now(vector: &Json) -> &str {
    vector["context"]["now"].as_str().unwrap_or(NOW)
}

fn today(vector: &Json) -> jiff::civil::Date {
    let now: jiff::Timestamp = now(vector).parse().expect("a time");
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn parameters(vector: &Json) -> Object {
    let all = object(&vector["input_parameters"]).iter();
    all.map(|(id, cell)| (id.clone(), cell["value"].clone())).collect()
}

fn lowered(json: &Json) -> BTreeMap<String, String> {
    let all = json.as_object().into_iter().flatten();
    all.map(|(id, text)| (id.to_ascii_lowercase(), plain(text))).collect()
}

fn plain(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

fn word<'j>(json: &'j Json, name: &str) -> &'j str {
    json[name].as_str().expect("a text")
}

fn object(json: &Json) -> &Object {
    json.as_object().expect("an object")
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}
