//! Methods that read JSON (claims-transformations 7). Members keep their order and of twins the last counts; nesting is
//! held to 128 levels by the reader; texts are handed on unchanged, whatever they look like.

use serde_json::Value as Json;

use super::{
    Arguments, DataType, Defect, FLAG, Failure, Function, Results, TEXT, TEXTS, Value, many, maybe, once,
};

const ENTRY: &[super::Slot] = &[
    once("jsonSourceKeyName", TEXT),
    once("jsonSourceValueName", TEXT),
    maybe("errorOnMissingClaims", FLAG),
    maybe("includeEmptyClaims", FLAG),
];

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "GetClaimFromJson",
        about: "A top-level member of a JSON object, as text.",
        inputs: &[once("inputJson", TEXT)],
        parameters: &[once("claimToExtract", TEXT)],
        outputs: &[once("extractedClaim", TEXT)],
        run: |arguments| Ok(Results::none().or_clear("extractedClaim", rendered(&member(arguments)?))),
    },
    Function {
        name: "GetNumericClaimFromJson",
        about: "A top-level member of a JSON object that is a whole number.",
        inputs: &[once("inputJson", TEXT)],
        parameters: &[once("claimToExtract", TEXT)],
        outputs: &[once("extractedClaim", &[DataType::Long])],
        run: number,
    },
    Function {
        name: "GetSingleItemFromJson",
        about: "The first member of a JSON object: its name and its value as text.",
        inputs: &[once("inputJson", TEXT)],
        parameters: &[],
        outputs: &[once("key", TEXT), once("value", TEXT)],
        run: first_member,
    },
    Function {
        name: "GetSingleValueFromJsonArray",
        about: "The first element of a JSON array, as text.",
        inputs: &[once("inputJsonClaim", TEXT)],
        parameters: &[],
        outputs: &[once("extractedClaim", TEXT)],
        run: first_element,
    },
    Function {
        name: "GetClaimsFromJsonArray",
        about: "Claims from a JSON array of objects that hold a claim's name and its value.",
        inputs: &[once("jsonSource", TEXT)],
        parameters: ENTRY,
        outputs: &[many("(claim)", &[])],
        run: |arguments| {
            let Json::Array(items) = parse(&arguments.required_text("jsonSource")?)? else {
                return Err(Defect::JsonInvalid.into());
            };
            claims(arguments, &items)
        },
    },
    Function {
        name: "GetClaimsFromJsonArrayV2",
        about: "Claims from a collection of JSON objects that hold a claim's name and its value.",
        inputs: &[once("jsonSource", TEXTS)],
        parameters: ENTRY,
        outputs: &[many("(claim)", &[])],
        run: |arguments| {
            arguments.required("jsonSource")?;
            let texts = arguments.texts("jsonSource")?.unwrap_or_default();
            let items: Vec<Json> = texts.iter().map(|text| parse(text)).collect::<Result<_, _>>()?;
            claims(arguments, &items)
        },
    },
];

fn parse(text: &str) -> Result<Json, Defect> {
    // A text from elsewhere may begin with a byte order mark.
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|_| Defect::JsonInvalid)
}

fn member(arguments: &Arguments<'_>) -> Result<Json, Failure> {
    let json = parse(&arguments.required_text("inputJson")?)?;
    let name = arguments.required_words("claimToExtract")?;
    let Json::Object(mut members) = json else { return Err(Defect::JsonInvalid.into()) };
    members.shift_remove(name.as_ref()).ok_or_else(|| Defect::JsonElementNotFound.into())
}

/// A JSON value as text: texts bare, everything else as it is written; null is no value. .NET would write `True`; the
/// reference prefers JSON's own `true`.
fn rendered(json: &Json) -> Option<Value> {
    match json {
        Json::Null => None,
        Json::String(text) => Some(Value::text_of(text.as_str())),
        other => Some(Value::String(other.to_string())),
    }
}

fn number(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let number = match member(arguments)? {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(Results::one("extractedClaim", Value::Long(number.ok_or(Defect::JsonNotANumber)?)))
}

fn first_member(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let Json::Object(members) = parse(&arguments.required_text("inputJson")?)? else {
        return Err(Defect::JsonInvalid.into());
    };
    let (key, value) = members.into_iter().next().ok_or(Defect::JsonElementNotFound)?;
    Ok(Results::text("key", key).or_clear("value", rendered(&value)))
}

fn first_element(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let Json::Array(items) = parse(&arguments.required_text("inputJsonClaim")?)? else {
        return Err(Defect::JsonInvalid.into());
    };
    let first = items.first().ok_or(Defect::JsonElementNotFound)?;
    Ok(Results::none().or_clear("extractedClaim", rendered(first)))
}

/// Each declared output takes the value of the entry with its name, exactly or else in any case; one without an entry
/// is emptied, or is an error on request.
fn claims(arguments: &Arguments<'_>, items: &[Json]) -> Result<Results, Failure> {
    let key = arguments.required_words("jsonSourceKeyName")?;
    let value = arguments.required_words("jsonSourceValueName")?;
    let strict = arguments.flag("errorOnMissingClaims").unwrap_or(false);
    let with_empty = arguments.flag("includeEmptyClaims").unwrap_or(false);
    if !items.iter().all(Json::is_object) {
        return Err(Defect::JsonInvalid.into());
    }
    let name = |item: &Json| item.get(key.as_ref()).and_then(rendered).map(|name| name.text());
    let names: Vec<Option<String>> = items.iter().map(name).collect();
    let mut results = Results::none();
    for (slot, kind) in arguments.outputs() {
        let exact = |name: &Option<String>| name.as_deref() == Some(slot);
        let near =
            |name: &Option<String>| name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(slot));
        let found = names.iter().rposition(exact).or_else(|| names.iter().rposition(near));
        if found.is_none() && strict {
            return Err(Defect::JsonClaimMissing.into());
        }
        let found = found.and_then(|at| items.get(at)).and_then(|item| item.get(value.as_ref()));
        results = results.or_clear(slot.to_owned(), claim(found, kind, with_empty)?);
    }
    Ok(results)
}

/// One entry's value in its claim's type; an empty one is none unless it is asked for.
fn claim(found: Option<&Json>, kind: DataType, with_empty: bool) -> Result<Option<Value>, Failure> {
    let empty = found.is_none_or(|json| json.is_null() || json.as_str() == Some(""));
    match found {
        Some(_) if empty && with_empty && kind == DataType::String => Ok(Some(Value::text_of(""))),
        Some(json) if !empty => {
            let wrong = |_| Failure::Wrong(format!("an entry cannot be read as {}", kind.name()));
            Value::from_json(json, kind).map(Some).map_err(wrong)
        }
        _ => Ok(None),
    }
}
