//! Attack 46: inputs made to cost memory, stack or time. Each ends in the documented error or an empty result.

use super::transform_tests::{around, make};
use super::*;

/// A transformation, its inputs, the expected failure.
type Case = (Transformation, Vec<(&'static str, Value)>, Defect);

fn run(transformation: &Transformation, inputs: Vec<(&str, Value)>) -> Result<Claims, Failure> {
    let mut bag: Claims =
        inputs.into_iter().map(|(slot, value)| (Name::from(format!("in.{slot}")), value)).collect();
    transformation.apply(&mut bag, around(&Declared::default()))?;
    Ok(bag)
}

fn json_readers() -> Vec<(Transformation, &'static str)> {
    let text = DataType::String;
    vec![
        (
            make("GetClaimFromJson", &["inputJson"], &[("claimToExtract", "a")], &[("extractedClaim", text)]),
            "inputJson",
        ),
        (
            make(
                "GetNumericClaimFromJson",
                &["inputJson"],
                &[("claimToExtract", "a")],
                &[("extractedClaim", DataType::Long)],
            ),
            "inputJson",
        ),
        (make("GetSingleItemFromJson", &["inputJson"], &[], &[("key", text), ("value", text)]), "inputJson"),
        (
            make("GetSingleValueFromJsonArray", &["inputJsonClaim"], &[], &[("extractedClaim", text)]),
            "inputJsonClaim",
        ),
        (
            make(
                "GetClaimsFromJsonArray",
                &["jsonSource"],
                &[("jsonSourceKeyName", "k"), ("jsonSourceValueName", "v")],
                &[("a", text)],
            ),
            "jsonSource",
        ),
    ]
}

#[test]
fn attack_046_json_of_ten_megabytes_is_refused_before_it_is_read() {
    let huge = format!("[{}0]", "0,".repeat(5 << 20));
    for (transformation, slot) in json_readers() {
        let outcome = run(&transformation, vec![(slot, Value::text_of(huge.as_str()))]);
        assert_eq!(outcome, Err(Failure::Data(Defect::OutOfRange)), "{}", transformation.function.name);
    }
}

#[test]
fn attack_046_json_of_100_000_levels_is_no_json() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for (transformation, slot) in json_readers() {
            let outcome = run(&transformation, vec![(slot, Value::text_of(deep.as_str()))]);
            assert_eq!(outcome, Err(Failure::Data(Defect::JsonInvalid)), "{}", transformation.function.name);
        }
    }
}

#[test]
fn attack_046_xml_made_to_be_costly_is_refused() {
    let nested = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let crowded = format!("<a {}/>", (0..20_000).map(|n| format!("a{n}='' ")).collect::<String>());
    let spaced = "<a xmlns:b='c'>".repeat(1_000) + &"</a>".repeat(1_000);
    let bomb = "<!DOCTYPE a [<!ENTITY b 'cccc'><!ENTITY d '&b;&b;'>]><a>&d;</a>".to_owned();
    let external = "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>".to_owned();
    let long = format!("<a>{}</a>", "x".repeat(300 * 1024));
    let transformation = make("XmlStringToJsonString", &["xml"], &[], &[("json", DataType::String)]);
    for xml in [nested, crowded, spaced, bomb, external, long] {
        let start: String = xml.chars().take(30).collect();
        let outcome = run(&transformation, vec![("xml", Value::String(xml))]);
        assert_eq!(outcome, Err(Failure::Data(Defect::XmlInvalid)), "{start}");
    }
}

#[test]
fn attack_046_texts_that_would_grow_are_refused() {
    let long = Value::String("a".repeat(MOST_TEXT));
    let longer = Value::String("a".repeat(MOST_TEXT + 1));
    let out = &[("outputClaim", DataType::String)];
    let many = Value::Strings(vec![String::new(); 40_000]);
    let table: Vec<Case> = vec![
        (
            make("FormatStringClaim", &["inputClaim"], &[("stringFormat", "{0}{0}")], out),
            vec![("inputClaim", long.clone())],
            Defect::OutOfRange,
        ),
        (
            make("FormatStringClaim", &["inputClaim"], &[("stringFormat", "{0,2000000000}")], out),
            vec![("inputClaim", Value::text_of("a"))],
            Defect::FormatInvalid,
        ),
        (
            make("FormatStringClaim", &["inputClaim"], &[("stringFormat", "{99999999999999999999}")], out),
            vec![("inputClaim", Value::text_of("a"))],
            Defect::FormatInvalid,
        ),
        (
            make("StringReplace", &["inputClaim"], &[("oldValue", "a"), ("newValue", "bb")], out),
            vec![("inputClaim", long)],
            Defect::OutOfRange,
        ),
        (
            make("StringJoin", &["inputClaim"], &[("delimiter", "a delimiter of thirty letters.")], out),
            vec![("inputClaim", many)],
            Defect::OutOfRange,
        ),
        (
            make("ChangeCase", &["inputClaim1"], &[("toCase", "LOWER")], out),
            vec![("inputClaim1", longer)],
            Defect::OutOfRange,
        ),
    ];
    for (transformation, inputs, expected) in table {
        let name = transformation.function.name;
        assert_eq!(run(&transformation, inputs), Err(Failure::Data(expected)), "{name}");
    }
}

#[test]
fn attack_046_dates_out_of_range_are_an_error() {
    let moved = make(
        "DateTimeComparison",
        &["firstDateTime", "secondDateTime"],
        &[("operator", "later than"), ("timeSpanInSeconds", "i:2147483647")],
        &[("result", DataType::Boolean)],
    );
    let last = Value::parse("9999-12-01T00:00:00Z", DataType::DateTime).unwrap();
    assert_eq!(run(&moved, vec![("firstDateTime", last)]), Err(Failure::Data(Defect::OutOfRange)));
    let midnight =
        make("ConvertDateToDateTimeClaim", &["inputClaim"], &[], &[("outputClaim", DataType::DateTime)]);
    let last = Value::parse("9999-12-31", DataType::Date).unwrap();
    assert_eq!(run(&midnight, vec![("inputClaim", last)]), Err(Failure::Data(Defect::OutOfRange)));
    let assert = make("AssertDateTimeIsGreaterThan", &["leftOperand", "rightOperand"], &[], &[]);
    let outcome = run(
        &assert,
        vec![("leftOperand", Value::text_of("99999-01-01")), ("rightOperand", Value::text_of("x"))],
    );
    assert!(matches!(outcome, Err(Failure::Wrong(_))), "{outcome:?}");
}

#[test]
fn attack_046_paths_deeper_than_a_reader_goes_are_refused() {
    let path = ["a"; 65].join(".");
    let deep = make("GenerateJson", &[&path], &[], &[("outputClaim", DataType::String)]);
    assert!(matches!(run(&deep, vec![(&path, Value::text_of("x"))]), Err(Failure::Wrong(_))));
}

/// Whatever a bag holds, no method does anything but answer or fail.
#[test]
fn attack_046_wrong_types_never_panic() {
    let values = [
        Value::Boolean(true),
        Value::Int(i32::MIN),
        Value::Long(i64::MAX),
        Value::text_of(""),
        Value::text_of("\u{0}{0}[<&%😀"),
        Value::Strings(Vec::new()),
        Value::Strings(vec![String::new()]),
        Value::Identities(Vec::new()),
        Value::Structure(DataType::AlternativeSecurityIdCollection, serde_json::json!([1, null, {}])),
        Value::DateTime(jiff::Timestamp::MAX),
        Value::Date(jiff::civil::Date::MIN),
    ];
    for function in functions() {
        let inputs: Vec<&str> = function.inputs.iter().map(|slot| slot.name).collect();
        for value in &values {
            for parameter in &values {
                let parameters = function
                    .parameters
                    .iter()
                    .map(|slot| (slot.name.to_owned(), parameter.clone()))
                    .collect();
                let outputs = function.outputs.iter().map(|slot| {
                    let kind = slot.types.first().copied().unwrap_or(DataType::String);
                    (slot.name.to_owned(), Name::from("out"), kind)
                });
                let named = inputs.iter().map(|slot| ((*slot).to_owned(), Name::from("in"))).collect();
                let made =
                    Transformation::new(Name::from("T"), function, named, parameters, outputs.collect());
                let Ok(made) = made else { continue };
                let mut bag: Claims = [(Name::from("in"), value.clone())].into_iter().collect();
                let _ = made.apply(&mut bag, around(&Declared::default()));
            }
        }
    }
}
