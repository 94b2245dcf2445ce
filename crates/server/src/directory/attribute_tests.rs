use super::*;
use std::collections::BTreeMap;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn user() -> User {
    let day = |seconds| Timestamp::from_second(seconds).unwrap();
    let identity = |kind: &str, issuer: &str, assigned: &str| crate::directory::Identity {
        sign_in_type: kind.to_owned(),
        issuer: issuer.to_owned(),
        assigned: assigned.to_owned(),
    };
    User {
        tenant: "t".to_owned(),
        object_id: "oid".to_owned(),
        created: day(10),
        tokens_valid_from: day(20),
        enabled: true,
        has_password: true,
        password_changed: day(10),
        must_change_password: false,
        identities: vec![
            identity("emailAddress", "t", "A@x.test"),
            identity("federated", "github.com", "77"),
        ],
        attributes: BTreeMap::from([
            ("displayName".to_owned(), text("Ann")),
            ("userPrincipalName".to_owned(), text("oid@t")),
            ("passwordPolicies".to_owned(), text("DisablePasswordExpiration")),
            ("otherMails".to_owned(), Value::List(vec!["a@x.test".to_owned()])),
            ("extension_isadmin".to_owned(), Value::Bool(false)),
        ]),
    }
}

#[test]
fn attributes_are_read_by_their_names_in_any_case() {
    let user = user();
    let seconds = |seconds| Value::Time(Timestamp::from_second(seconds).unwrap());
    for (name, value) in [
        ("objectId", Some(text("oid"))),
        ("OBJECTID", Some(text("oid"))),
        ("displayName", Some(text("Ann"))),
        ("displayname", Some(text("Ann"))),
        ("userPrincipalName", Some(text("oid@t"))),
        ("signInNames.emailAddress", Some(text("A@x.test"))),
        ("signinnames.EMAILADDRESS", Some(text("A@x.test"))),
        ("signInNames.userName", None),
        ("signInNames.federated", None),
        ("otherMails", Some(Value::List(vec!["a@x.test".to_owned()]))),
        ("accountEnabled", Some(Value::Bool(true))),
        ("createdDateTime", Some(seconds(10))),
        ("refreshTokensValidFromDateTime", Some(seconds(20))),
        ("creationType", Some(text("LocalAccount"))),
        ("userType", Some(text("Member"))),
        ("alternativeSecurityId", Some(text(r#"{"issuer":"github.com","issuerUserId":"Nzc="}"#))),
        (
            "userIdentities",
            Some(Value::Identities(vec![Federated { issuer: "github.com".into(), user_id: "77".into() }])),
        ),
        ("extension_IsAdmin", Some(Value::Bool(false))),
        ("extension_other", None),
        ("givenName", None),
        ("password", None),
        ("passwordPolicies", None),
        ("passwordProfile.forceChangePasswordNextLogin", None),
        ("userState", None),
        ("nonsense", None),
        ("", None),
    ] {
        assert_eq!(user.read_attribute(name), value, "{name}");
    }
}

/// technical-profiles 24.1: computed from age group and consent.
#[test]
fn the_legal_age_group_is_computed() {
    for (age_group, consent, expected) in [
        (None, None, None),
        (Some("Undefined"), Some("granted"), None),
        (Some("Adult"), None, Some("adult")),
        (Some("NotAdult"), None, Some("notAdult")),
        (Some("Minor"), None, Some("minorWithOutParentalConsent")),
        (Some("Minor"), Some("denied"), Some("minorWithOutParentalConsent")),
        (Some("Minor"), Some("granted"), Some("minorWithParentalConsent")),
        (Some("Minor"), Some("notRequired"), Some("minorNoParentalConsentRequired")),
    ] {
        let mut user = user();
        for (name, value) in [("ageGroup", age_group), ("consentProvidedForMinor", consent)] {
            if let Some(value) = value {
                user.attributes.insert(name.to_owned(), text(value));
            }
        }
        assert_eq!(
            user.read_attribute("legalAgeGroupClassification"),
            expected.map(text),
            "{age_group:?} {consent:?}"
        );
    }
}

#[test]
fn values_are_converted_and_bounded_by_the_table() {
    use Invalid::{ReadOnly, Required, TooLong, TooMany, Type, Value as Bad};
    let day = |text: &str| Value::Date(text.parse().unwrap());
    let long = |count: usize| text(&"ä".repeat(count));
    for (name, given, expected) in [
        ("displayName", long(256), Ok(Some(long(256)))),
        ("displayName", long(257), Err(TooLong(256))),
        ("displayName", text(""), Err(Required)),
        ("displayName", text("<b>"), Err(Bad)),
        ("givenName", long(64), Ok(Some(long(64)))),
        ("givenName", long(65), Err(TooLong(64))),
        ("givenName", text(""), Ok(None)),
        ("givenName", text("a\0b"), Err(Bad)),
        ("givenName", Value::List(vec!["a".into()]), Err(Type)),
        ("city", long(129), Err(TooLong(128))),
        ("postalCode", long(41), Err(TooLong(40))),
        ("streetAddress", long(1024), Ok(Some(long(1024)))),
        ("streetAddress", long(1025), Err(TooLong(1024))),
        ("mailNickName", long(65), Err(TooLong(64))),
        ("usageLocation", text("de"), Ok(Some(text("DE")))),
        ("usageLocation", text("DEU"), Err(Bad)),
        ("otherMails", text("a@x.test"), Ok(Some(Value::List(vec!["a@x.test".into()])))),
        ("otherMails", Value::List(vec!["é@x.test".into()]), Err(Bad)),
        ("otherMails", Value::List(vec!["a".into(); 251]), Err(TooMany)),
        ("otherMails", Value::List(Vec::new()), Ok(None)),
        ("ageGroup", text("minor"), Ok(Some(text("Minor")))),
        ("ageGroup", text("null"), Ok(None)),
        ("ageGroup", text("Child"), Err(Bad)),
        ("consentProvidedForMinor", text("NOTREQUIRED"), Ok(Some(text("notRequired")))),
        ("dateOfBirth", text("2001-02-03"), Ok(Some(day("2001-02-03")))),
        ("dateOfBirth", text("2001-02-03T23:30:00Z"), Ok(Some(day("2001-02-03")))),
        ("dateOfBirth", text("2026-02-30"), Err(Type)),
        ("dateOfBirth", Value::Int(7), Err(Type)),
        (
            "passwordPolicies",
            text("DisableStrongPassword,disablePasswordExpiration"),
            Ok(Some(text("DisableStrongPassword, DisablePasswordExpiration"))),
        ),
        (
            "passwordPolicies",
            text(" DisablePasswordExpiration , DisablePasswordExpiration"),
            Ok(Some(text("DisablePasswordExpiration"))),
        ),
        ("passwordPolicies", text("None"), Ok(Some(text("")))),
        ("passwordPolicies", text("DisableAll"), Err(Bad)),
        ("extension_x", Value::Bool(true), Ok(Some(Value::Bool(true)))),
        ("extension_x", Value::Int(2_147_483_647), Ok(Some(Value::Int(2_147_483_647)))),
        ("extension_x", Value::Int(2_147_483_648), Err(Bad)),
        ("extension_x", long(256), Ok(Some(long(256)))),
        ("extension_x", long(257), Err(TooLong(256))),
        ("extension_x", Value::List(vec!["a".into()]), Err(Type)),
        ("legalAgeGroupClassification", text("x"), Err(ReadOnly)),
    ] {
        let (_, kind) = named(name).unwrap();
        let shown = format!("{given:?}").chars().take(60).collect::<String>();
        assert_eq!(judge(kind, Some(given)), expected, "{name} = {shown}");
    }
    assert_eq!(as_bool(&text("TRUE")), Ok(true));
    assert_eq!(as_bool(&text("0")), Ok(false));
    assert_eq!(as_bool(&text("yes")), Err(Type));
}
