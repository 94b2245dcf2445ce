//! The data types of policy-language 4.1.1: what each reads from text and JSON, its text form and its form in a token.

use serde_json::json;

use super::*;
use DataType as T;

fn identity(issuer: &str, id: &str) -> Identity {
    Identity { issuer: issuer.to_owned(), issuer_user_id: id.to_owned() }
}

/// Type, text as written, text form (preconditions, transformations, resolvers), form in a token.
#[test]
fn every_data_type_has_its_text_form_and_its_form_in_a_token() {
    let one = r#"{"issuer":"contoso.test","issuerUserId":"NQ=="}"#;
    let many = format!("[{one}]");
    let other = r#"[{"identityProvider":"facebook.com","key":"a2V5","type":6}]"#;
    let signed = r#"{"issuer":"t.test","issuerAssignedId":"ada","signInType":"userName"}"#;
    let table = [
        (T::String, " as it is ", " as it is ", json!(" as it is ")),
        (T::String, "", "", json!("")),
        (T::Boolean, "true", "True", json!(true)),
        (T::Boolean, " FALSE ", "False", json!(false)),
        (T::Boolean, "1", "True", json!(true)),
        (T::Boolean, "0", "False", json!(false)),
        (T::Int, "-2147483648", "-2147483648", json!(-2_147_483_648_i64)),
        (T::Int, "007", "7", json!(7)),
        (T::Long, "9007199254740993", "9007199254740993", json!(9_007_199_254_740_993_i64)),
        (T::Date, "2024-02-29", "2024-02-29", json!("2024-02-29")),
        (T::Date, "2024-02-29T23:59:00Z", "2024-02-29", json!("2024-02-29")),
        (T::DateTime, "2026-11-24T09:30:00Z", "2026-11-24T09:30:00.0000000Z", json!(1_795_512_600)),
        (
            T::DateTime,
            "2026-11-24T10:30:00.1234567+01:00",
            "2026-11-24T09:30:00.1234567Z",
            json!(1_795_512_600),
        ),
        (T::DateTime, "2026-11-24", "2026-11-24T00:00:00.0000000Z", json!(1_795_478_400)),
        (T::Duration, "P1Y2M3DT4H5M6.7S", "P1Y2M3DT4H5M6.7S", json!("P1Y2M3DT4H5M6.7S")),
        (T::Duration, "-PT15M", "-PT15M", json!("-PT15M")),
        (T::PhoneNumber, "+15551234567", "+15551234567", json!("+15551234567")),
        (T::StringCollection, "a,b", "a,b", json!(["a,b"])),
        (T::UserIdentity, one, one, serde_json::from_str(one).unwrap()),
        (T::UserIdentityCollection, &many, &many, serde_json::from_str(&many).unwrap()),
        (T::AlternativeSecurityIdCollection, other, other, serde_json::from_str(other).unwrap()),
        (T::ObjectIdentity, signed, signed, serde_json::from_str(signed).unwrap()),
    ];
    for (kind, written, text, token) in table {
        let value = Value::parse(written, kind).unwrap();
        assert_eq!(value.data_type(), kind, "{written}");
        assert_eq!(value.text(), text, "{} {written}", kind.name());
        assert_eq!(value.json(), token, "{} {written}", kind.name());
        // What one journey saves, the next request reads.
        let saved = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&saved).unwrap(), value, "{saved}");
    }
    let two = Value::Strings(vec!["a".into(), "b".into()]);
    assert_eq!((two.text().as_str(), two.json()), ("a,b", json!(["a", "b"])));
}

/// Policy-language 12: what a service or a provider says is read in the claim's type, text parsed where it must be.
#[test]
fn json_is_read_in_the_type_of_the_claim() {
    let table = [
        (T::Boolean, json!(true), Value::Boolean(true)),
        (T::Boolean, json!("True"), Value::Boolean(true)),
        (T::Boolean, json!(0), Value::Boolean(false)),
        (T::Int, json!("42"), Value::Int(42)),
        (T::Long, json!(5_000_000_000_i64), Value::Long(5_000_000_000)),
        (T::String, json!(1.5), Value::text_of("1.5")),
        (T::String, json!(true), Value::text_of("true")),
        (T::String, json!({"a": [1]}), Value::text_of(r#"{"a":[1]}"#)),
        (T::DateTime, json!(0), Value::DateTime(Timestamp::UNIX_EPOCH)),
        (T::DateTime, json!("1970-01-01T00:00:00Z"), Value::DateTime(Timestamp::UNIX_EPOCH)),
        (T::StringCollection, json!(["a", "b"]), Value::Strings(vec!["a".into(), "b".into()])),
        (T::StringCollection, json!("a"), Value::Strings(vec!["a".into()])),
        (T::UserIdentity, json!({"issuer": "i", "issuerUserId": "u"}), Value::Identity(identity("i", "u"))),
        (
            T::UserIdentityCollection,
            json!([{"issuer": "i", "issuerUserId": "u"}]),
            Value::Identities(vec![identity("i", "u")]),
        ),
    ];
    for (kind, given, expected) in table {
        assert_eq!(Value::from_json(&given, kind), Ok(expected), "{} {given}", kind.name());
    }
}

#[test]
fn attack_039_what_is_not_of_the_type_is_an_error_and_never_a_panic() {
    let table: &[(DataType, &[&str])] = &[
        (T::Boolean, &["yes", "2", "", "tru"]),
        (T::Int, &["1e309", "NaN", "0x1F", "٣", "2147483648", "1.5", "", "--1", "1 2"]),
        (T::Long, &["9223372036854775808", "∞", "1_000"]),
        (T::Date, &["2026-02-30", "31/12/9999999", "2026-13-01", "tomorrow", ""]),
        (T::DateTime, &["2026-02-30T00:00:00Z", "24:00", "99999-01-01T00:00:00Z", ""]),
        (T::Duration, &["", "P", "PT", "1D", "P1Mo", "P1S", "PT1N", "P-1D", "P1DT", "PT1.S", "P1D2M"]),
        (T::UserIdentity, &["{}", "[]", "text", "{\"issuer\":1}"]),
        (T::UserIdentityCollection, &["{}", "[1]", "["]),
        (T::ObjectIdentity, &["1", "\"text\"", "{"]),
    ];
    for (kind, texts) in table {
        for text in *texts {
            assert!(Value::parse(text, *kind).is_err(), "{} {text:?}", kind.name());
        }
    }
    for json in [json!(null), json!([1, 2]), json!({"a": 1})] {
        assert!(Value::from_json(&json, T::Int).is_err(), "{json}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Value::parse(&deep, T::ObjectIdentityCollection).is_err());
}

#[test]
fn only_empty_text_and_empty_lists_say_nothing() {
    let empty = [Value::text_of(""), Value::Strings(vec![]), Value::Identities(vec![])];
    assert!(empty.iter().all(Value::is_empty));
    let said =
        [Value::Boolean(false), Value::Int(0), Value::text_of(" "), Value::Strings(vec![String::new()])];
    assert!(!said.iter().any(Value::is_empty));
}
