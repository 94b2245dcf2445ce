//! How methods are tested by example, and what holds for all of them. The examples are in `value_tests` and `text_tests`:
//! each row a method, its inputs, parameters and expected outputs.
//!
//! Values are written with a letter for their type: `b:` boolean, `i:` int, `l:` long, `d:` date, `t:` dateTime, `c:`
//! collection (items between bars), `p:` phone number, `u:` user identities and `a:` alternative ids (`issuer/id` between
//! bars), anything else text; `-` is no value. An output `=` stays as it was (`old`). Expected values are worked out from
//! claims-transformations.md.

use super::*;
use crate::claims::Identity;

/// Slot and value.
pub(super) type Cells = &'static [(&'static str, &'static str)];
/// Method, inputs, parameters, outputs or the name of the failure.
pub(super) type Row = (&'static str, Cells, Cells, Result<Cells, &'static str>);

pub(super) fn value(written: &str) -> Option<Value> {
    let (kind, rest) = written.split_once(':').unwrap_or(("", written));
    let kind = match kind {
        _ if written == "-" => return None,
        "b" => DataType::Boolean,
        "i" => DataType::Int,
        "l" => DataType::Long,
        "d" => DataType::Date,
        "t" => DataType::DateTime,
        "p" => DataType::PhoneNumber,
        "c" if rest.is_empty() => return Some(Value::Strings(Vec::new())),
        "c" => return Some(Value::Strings(rest.split('|').map(str::to_owned).collect())),
        "u" => return Some(Value::Identities(rest.split('|').filter_map(identity).collect())),
        "n" => return identity(rest).map(Value::Identity),
        "a" => {
            let all = Value::Identities(rest.split('|').filter_map(identity).collect());
            return Some(Value::Structure(DataType::AlternativeSecurityIdCollection, all.json()));
        }
        _ => return Some(Value::text_of(written)),
    };
    Some(Value::parse(rest, kind).unwrap())
}

fn identity(written: &str) -> Option<Identity> {
    let (issuer, id) = written.split_once('/')?;
    Some(Identity { issuer: issuer.to_owned(), issuer_user_id: id.to_owned() })
}

/// A transformation whose inputs are claims `in.SLOT` and whose outputs are claims `out.SLOT`.
pub(super) fn make(
    method: &str,
    inputs: &[&str],
    parameters: Cells,
    outputs: &[(&str, DataType)],
) -> Transformation {
    let function = function(method).unwrap_or_else(|| panic!("no method {method}"));
    let inputs = inputs.iter().map(|slot| ((*slot).to_owned(), Name::from(format!("in.{slot}")))).collect();
    let parameters =
        parameters.iter().filter_map(|(id, written)| Some(((*id).to_owned(), value(written)?))).collect();
    let outputs = outputs
        .iter()
        .map(|(slot, kind)| ((*slot).to_owned(), Name::from(format!("out.{slot}")), *kind))
        .collect();
    Transformation::new(Name::from("T"), function, inputs, parameters, outputs).unwrap()
}

pub(super) fn around<'a>(declared: &'a Declared<'a>) -> Surroundings<'a> {
    Surroundings {
        now: "2024-05-06T07:08:09Z".parse().unwrap(),
        chance: [0xA7; 32],
        tenant: "fabrikam.onmicrosoft.com",
        profile: "Profile",
        authenticator: "Fabrikam demo",
        declared,
    }
}

fn told(failure: &Failure) -> &str {
    match failure {
        Failure::Assertion(key) => key,
        Failure::Absent(_) => "absent",
        Failure::Data(defect) => defect.name(),
        Failure::Wrong(_) => "wrong",
    }
}

pub(super) fn check_with(rows: &[Row], declared: &Declared<'_>) {
    for (method, inputs, parameters, expected) in rows {
        let cells = expected.unwrap_or(&[]);
        let slots: Vec<&str> = inputs.iter().map(|(slot, _)| *slot).collect();
        let kinds: Vec<(&str, DataType)> = cells
            .iter()
            .map(|(slot, written)| {
                (*slot, value(written).map_or(DataType::String, |value| value.data_type()))
            })
            .collect();
        let transformation = make(method, &slots, parameters, &kinds);
        let mut bag = Claims::new();
        for (slot, written) in *inputs {
            if let Some(value) = value(written) {
                bag.set(Name::from(format!("in.{slot}")), value);
            }
        }
        for (slot, kind) in &kinds {
            if *kind == DataType::String {
                bag.set(Name::from(format!("out.{slot}")), Value::text_of("old"));
            }
        }
        let outcome = transformation.apply(&mut bag, around(declared));
        let row = format!("{method} {inputs:?} {parameters:?}");
        match (expected, outcome) {
            (Err(name), outcome) => assert_eq!(outcome.as_ref().map_err(told), Err(*name), "{row}"),
            (Ok(cells), outcome) => {
                assert_eq!(outcome, Ok(()), "{row}");
                for (slot, written) in *cells {
                    let wanted = if *written == "=" { Some(Value::text_of("old")) } else { value(written) };
                    assert_eq!(bag.get(&format!("out.{slot}")), wanted.as_ref(), "{slot} of {row}");
                }
            }
        }
    }
}

pub(super) fn check(rows: &[Row]) {
    check_with(rows, &Declared::default());
}

#[test]
fn there_are_69_methods_and_2_aliases() {
    let mut names: Vec<String> = functions().map(|one| one.name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 69);
    assert_eq!(ALIASES.len(), 2);
    for (alias, method) in ALIASES {
        assert_eq!(function(alias).map(|one| one.name), Some(*method));
    }
    assert!(function("RemoveLeadingAndTrailingSpaces").is_none());
}

#[test]
fn every_assertion_has_a_text() {
    let keys = [
        "UserMessageIfClaimsTransformationBooleanValueIsNotEqual",
        "DateTimeGreaterThan",
        "UserMessageIfClaimsTransformationStringsAreNotEqual",
        "AssertNumberError",
        "LookupNotFound",
        "UserMessageIfClaimsTransformationInvalidPhoneNumber",
        "UserMessageIfPhoneNumberParseFailure",
    ];
    for key in keys {
        assert!(built_in_message(key).is_some_and(|text| !text.is_empty()), "{key}");
    }
}

#[test]
fn a_result_that_does_not_fit_changes_nothing_and_tells_no_value() {
    let kinds = [("key", DataType::String), ("value", DataType::Int)];
    let transformation = make("GetSingleItemFromJson", &["inputJson"], &[], &kinds);
    let mut bag: Claims =
        [(Name::from("in.inputJson"), Value::text_of(r#"{"k":"hunter2"}"#))].into_iter().collect();
    let before = bag.clone();
    let failure = transformation.apply(&mut bag, around(&Declared::default())).unwrap_err();
    assert!(matches!(&failure, Failure::Wrong(why) if !why.contains("hunter2")), "{failure:?}");
    assert_eq!(bag, before);
}

#[test]
fn the_page_of_methods_is_current() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/transformations.md");
    let written = std::fs::read_to_string(page).unwrap_or_default();
    assert!(
        written == reference(),
        "run `cargo run -p vestibule-engine --example transformations > docs/transformations.md`"
    );
}
