//! Requests and answers of REST profiles as technical-profiles 10 describes them; no network.

use std::sync::Arc;

use serde_json::json;
use url::Url;
use vestibule_engine::claims::{DataType, Mapping, Value};
use vestibule_engine::journey::world::{Refusal, Sent, Words};
use vestibule_engine::kind::Kind;
use vestibule_engine::kind::rest::{Authentication, Placement, Rest};
use vestibule_engine::policy::{Enabled, Place, Profile, Protocol};

use super::{answer, request};
use crate::http::{Answer, Method};

fn settings(placement: Placement) -> Rest {
    Rest {
        url: "https://api.example.test/check".to_owned(),
        resolvable: None,
        authentication: Authentication::None,
        placement,
        payload_claim: None,
        json_paths: false,
        debug: false,
        encode_placeholders: true,
    }
}

fn sent(partner: &str, value: Value) -> Sent {
    Sent { partner: partner.to_owned(), claim: Arc::from(format!("c_{partner}").as_str()), value }
}

fn inputs() -> Vec<Sent> {
    vec![
        sent("email", Value::text_of("a+b@example.test")),
        sent("age", Value::Int(42)),
        sent("isNew", Value::Boolean(true)),
        sent("groups", Value::Strings(vec!["x".into(), "y".into()])),
        sent("when", Value::DateTime("2026-11-24T09:30:00Z".parse().unwrap())),
        sent("a.b", Value::text_of("flat")),
    ]
}

fn profile(outputs: &[(&str, DataType)]) -> Profile {
    let mapping = |(partner, data_type): &(&str, DataType)| Mapping {
        claim: Arc::from(*partner),
        data_type: *data_type,
        partner: (*partner).to_owned(),
        partner_given: true,
        required: false,
        default: None,
        always_default: false,
        overwrite: true,
    };
    Profile {
        id: Arc::from("REST"),
        display_name: None,
        domains: Vec::new(),
        protocol: Protocol::Proprietary,
        kind: Kind::Rest(settings(Placement::Body)),
        enabled: Enabled::Always,
        include_in_sso: true,
        session: None,
        input_transformations: Vec::new(),
        inputs: Vec::new(),
        displayed: Vec::new(),
        persisted: Vec::new(),
        outputs: outputs.iter().map(mapping).collect(),
        output_transformations: Vec::new(),
        validations: Vec::new(),
        keys: Default::default(),
        messages: Default::default(),
        language: Default::default(),
        content: None,
        resolvers: false,
        text_link: false,
        error_handlers: Vec::new(),
        place: Place::default(),
    }
}

#[test]
fn a_body_is_flat_json_in_the_claims_types() {
    let outgoing = request::build((&settings(Placement::Body), None), &inputs()).unwrap();
    assert_eq!(outgoing.method(), Method::Post);
    assert_eq!(outgoing.header_value("content-type"), Some(b"application/json".as_slice()));
    let body: serde_json::Value = serde_json::from_slice(outgoing.bytes()).unwrap();
    let expected = json!({
        "email": "a+b@example.test", "age": 42, "isNew": true, "groups": ["x", "y"],
        "when": "2026-11-24T09:30:00.0000000Z", "a.b": "flat",
    });
    assert_eq!(body, expected);
}

#[test]
fn form_query_header_and_address_carry_text() {
    let some = &inputs()[..3];
    let form = request::build((&settings(Placement::Form), None), some).unwrap();
    assert_eq!(form.bytes(), b"email=a%2Bb%40example.test&age=42&isNew=true");
    assert_eq!(form.header_value("content-type"), Some(b"application/x-www-form-urlencoded".as_slice()));
    let query = request::build((&settings(Placement::QueryString), None), some).unwrap();
    assert_eq!(query.method(), Method::Get);
    assert_eq!(
        query.url.as_str(),
        "https://api.example.test/check?email=a%2Bb%40example.test&age=42&isNew=true"
    );
    let header = request::build((&settings(Placement::Header), None), some).unwrap();
    assert_eq!(header.header_value("email"), Some(b"a+b@example.test".as_slice()));
    assert_eq!(header.header_value("isnew"), Some(b"true".as_slice()));
    let url = "https://api.example.test/users/{EMAIL}/x?age={age}&no={nothing}#{age}".to_owned();
    let address = request::build((&Rest { url, ..settings(Placement::Url) }, None), some).unwrap();
    assert_eq!(address.url.as_str(), "https://api.example.test/users/a%2Bb%40example%2Etest/x?age=42&no=#42");
}

#[test]
fn attack_103_a_claim_never_chooses_the_host() {
    let evil =
        [sent("host", Value::text_of("evil.test")), sent("path", Value::text_of("../../x@evil.test:1/"))];
    let url = "https://{host}.example.test/{path}".to_owned();
    let named = request::build((&Rest { url, ..settings(Placement::Url) }, None), &evil).unwrap();
    assert_eq!(
        named.url.host_str(),
        Some("{host}.example.test"),
        "the compiler refuses it; nothing fills it in"
    );
    let url = "https://api.example.test/{path}".to_owned();
    let address = request::build((&Rest { url, ..settings(Placement::Url) }, None), &evil).unwrap();
    assert_eq!(address.url.host_str(), Some("api.example.test"));
    assert_eq!(address.url.path(), "/%2E%2E%2F%2E%2E%2Fx%40evil%2Etest%3A1%2F");
}

#[test]
fn an_address_whose_resolvers_were_replaced_takes_the_place_of_the_written_one() {
    let written = settings(Placement::QueryString);
    let resolved = Some("https://api.example.test/de?ui=x");
    let query = request::build((&written, resolved), &inputs()[1..2]).unwrap();
    assert_eq!(query.url.as_str(), "https://api.example.test/de?ui=x&age=42");
    let body = request::build((&settings(Placement::Body), resolved), &[]).unwrap();
    assert_eq!(body.url.as_str(), "https://api.example.test/de?ui=x");
    // Braces of a value are encoded by then and name no claim.
    let encoded = Some("https://api.example.test/%7Bage%7D/{age}");
    let filled = request::build((&settings(Placement::Url), encoded), &inputs()).unwrap();
    assert_eq!(filled.url.as_str(), "https://api.example.test/%7Bage%7D/42");
}

#[test]
fn attack_103_a_claim_never_climbs_in_the_path() {
    for text in ["..", ".", "%2e%2E"] {
        let evil = [sent("id", Value::text_of(text))];
        let url = "https://api.example.test/users/{id}/roles".to_owned();
        let built = request::build((&Rest { url, ..settings(Placement::Url) }, None), &evil);
        let paths = built.map(|outgoing| outgoing.url.path().to_owned());
        assert!(paths.as_ref().map_or(true, |path| path == "/users/%252e%252E/roles"), "{text}: {paths:?}");
        assert_eq!(paths.is_err(), text.starts_with('.'), "{text}");
    }
    let resolved = Some("https://api.example.test/users/../roles");
    assert!(request::build((&settings(Placement::Body), resolved), &[]).is_err());
}

#[test]
fn a_claim_with_a_line_end_is_not_sent_as_a_header() {
    let evil = [sent("note", Value::text_of("x\r\nauthorization: Basic eA=="))];
    let refused = request::build((&settings(Placement::Header), None), &evil).unwrap_err();
    assert_eq!(refused.words, Words::Key("UserMessageIfInvalidInput", vec!["c_note".to_owned()]));
}

#[test]
fn the_bearer_claim_and_the_payload_claim_travel_apart() {
    let settings_with_token = Rest {
        authentication: Authentication::BearerClaim(Arc::from("c_token")),
        ..settings(Placement::Body)
    };
    let with_token = [sent("token", Value::text_of("secret")), sent("email", Value::text_of("a@b.test"))];
    let outgoing = request::build((&settings_with_token, None), &with_token).unwrap();
    assert_eq!(outgoing.bytes(), br#"{"email":"a@b.test"}"#);
    let raw = Rest { payload_claim: Some(Arc::from("c_body")), ..settings(Placement::Body) };
    let body = [sent("body", Value::text_of(r#"{"a":{"b":1}}"#)), sent("email", Value::text_of("a@b.test"))];
    let outgoing = request::build((&raw, None), &body).unwrap();
    assert_eq!(outgoing.bytes(), br#"{"a":{"b":1}}"#);
    assert_eq!(outgoing.header_value("content-type"), Some(b"application/json".as_slice()));
}

fn read(
    status: u16,
    body: &str,
    settings: &Rest,
    outputs: &[(&str, DataType)],
) -> Result<Vec<(String, Value)>, Refusal> {
    let response = Answer { status, content_type: None, body: body.as_bytes().to_vec() };
    let answer = answer::read(&response, settings, &profile(outputs))?;
    Ok(answer.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect())
}

#[test]
fn a_success_gives_the_declared_claims_in_their_types_and_nothing_else() {
    let body = r#"{"level":"gold","points":"7","isNew":true,"tags":["a"],"objectId":"evil","nothing":null}"#;
    let outputs = [
        ("level", DataType::String),
        ("points", DataType::Int),
        ("isNew", DataType::Boolean),
        ("tags", DataType::StringCollection),
        ("nothing", DataType::String),
        ("absent", DataType::String),
    ];
    let claims = read(200, body, &settings(Placement::Body), &outputs).unwrap();
    let expected = [
        ("level".to_owned(), Value::text_of("gold")),
        ("points".to_owned(), Value::Int(7)),
        ("isNew".to_owned(), Value::Boolean(true)),
        ("tags".to_owned(), Value::Strings(vec!["a".into()])),
    ];
    assert_eq!(claims, expected);
    assert_eq!(read(204, "", &settings(Placement::Body), &outputs), Ok(Vec::new()));
}

#[test]
fn paths_lead_into_the_answer() {
    let body = r#"{"contacts":[{"person":{"name":"Ada"}}],"elements":[{"handle~":{"emailAddress":"a@b.test"}}],"a.b":"whole"}"#;
    let paths = Rest { json_paths: true, ..settings(Placement::Body) };
    for (path, value) in [
        ("contacts[0].person.name", "Ada"),
        ("$.contacts[0].person.name", "Ada"),
        ("contacts[0]['person'].name", "Ada"),
        ("elements[0].handle~.emailAddress", "a@b.test"),
        ("a.b", "whole"),
    ] {
        let claims = read(200, body, &paths, &[(path, DataType::String)]).unwrap();
        assert_eq!(claims, [(path.to_owned(), Value::text_of(value))], "{path}");
    }
    for path in ["contacts[1].person.name", "contacts[x]", "contacts[", "contacts..x", "[0]", ""] {
        assert_eq!(read(200, body, &paths, &[(path, DataType::String)]), Ok(Vec::new()), "{path}");
    }
}

#[test]
fn attack_102_a_refusal_by_the_contract_shows_the_services_words_as_text() {
    let contract = r#"{"version":"1.0.0","status":409,"userMessage":"Not <b>you</b>.\u0007","code":"E7","moreInfo":"https://x.test"}"#;
    let plain = settings(Placement::Body);
    for status in [400, 409, 404] {
        let refused = read(status, contract, &plain, &[]).unwrap_err();
        assert_eq!(refused.code, 90075);
        assert_eq!(refused.words, Words::Service { status, message: "Not <b>you</b>.".to_owned() });
    }
    let debug = Rest { debug: true, ..plain };
    let Words::Service { message, .. } = read(409, contract, &debug, &[]).unwrap_err().words else {
        panic!()
    };
    assert_eq!(message, "Not <b>you</b>. code: E7 moreInfo: https://x.test");
    let long = json!({ "version": "1", "status": "409", "userMessage": "x".repeat(100_000) }).to_string();
    let Words::Service { message, .. } = read(409, &long, &settings(Placement::Body), &[]).unwrap_err().words
    else {
        panic!()
    };
    assert_eq!(message.len(), 1_000);
}

#[test]
fn attack_101_an_answer_that_cannot_be_used_is_refused_with_the_policys_words() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let outputs = [("age", DataType::Int)];
    for (status, body) in [
        (500, r#"{"version":"1","status":409,"userMessage":"no"}"#),
        (302, ""),
        (409, r#"{"userMessage":"no status"}"#),
        (409, r#"{"version":"1","status":400,"userMessage":"other status"}"#),
        (409, r#"{"status":409,"userMessage":"no version"}"#),
        (400, "<html>"),
        (200, "<html>"),
        (200, "[1]"),
        (200, "\"text\""),
        (200, deep.as_str()),
    ] {
        let refused = read(status, body, &settings(Placement::Body), &outputs).unwrap_err();
        assert_eq!(refused.code, 90261, "{status} {body:.40}");
        assert!(
            matches!(&refused.words, Words::First(keys) if keys[0].0 == "DefaultUserMessageIfRequestFailed")
        );
    }
    let wrong = read(200, r#"{"age":"old"}"#, &settings(Placement::Body), &outputs).unwrap_err();
    assert_eq!(wrong.words, Words::Key("UserMessageIfInvalidInput", vec!["age".to_owned()]));
    let response = Answer { status: 200, content_type: None, body: b"{\"age\":\"\xff\"}".to_vec() };
    assert!(answer::read(&response, &settings(Placement::Body), &profile(&outputs)).is_err());
    // Of two equal keys the last counts.
    let twice = read(200, r#"{"age":1,"age":2}"#, &settings(Placement::Body), &outputs).unwrap();
    assert_eq!(twice, [("age".to_owned(), Value::Int(2))]);
}

#[test]
fn an_address_that_is_none_is_told() {
    let none = Rest { url: "no address".to_owned(), ..settings(Placement::Body) };
    assert!(request::build((&none, None), &[]).is_err());
    assert!(Url::parse(&settings(Placement::Body).url).is_ok());
}
