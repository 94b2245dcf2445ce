//! Methods on truth values, dates, numbers, JSON, phone numbers, identities and ages, by example.

use super::transform_tests::{Cells, Row, check, check_with, make};
use super::*;
use crate::claims::predicate::Predicate;

const BOOLEAN_ERROR: &str = "UserMessageIfClaimsTransformationBooleanValueIsNotEqual";
const PHONE_ERROR: &str = "UserMessageIfClaimsTransformationInvalidPhoneNumber";

#[test]
fn truth_values() {
    let both: Cells = &[("inputClaim1", "b:true"), ("inputClaim2", "b:false")];
    check(&[
        ("AndClaims", both, &[], Ok(&[("outputClaim", "b:false")])),
        ("OrClaims", both, &[], Ok(&[("outputClaim", "b:true")])),
        ("OrClaims", &[("inputClaim1", "b:true"), ("inputClaim2", "-")], &[], Err("absent")),
        ("NotClaims", &[("inputClaim", "b:true")], &[], Ok(&[("outputClaim", "b:false")])),
        (
            "AssertBooleanClaimIsEqualToValue",
            &[("inputClaim", "b:false")],
            &[("valueToCompareTo", "b:true")],
            Err(BOOLEAN_ERROR),
        ),
        (
            "AssertBooleanClaimIsEqualToValue",
            &[("inputClaim", "b:true")],
            &[("valueToCompareTo", "true")],
            Ok(&[]),
        ),
        (
            "AssertBooleanClaimIsEqualToValue",
            &[("inputClaim", "-")],
            &[("valueToCompareTo", "b:true")],
            Err("absent"),
        ),
        (
            "comparebooleanclaimtovalue",
            &[("inputClaim", "b:true")],
            &[("valueToCompareTo", "b:false")],
            Ok(&[("compareResult", "b:false")]),
        ),
    ]);
}

#[test]
fn dates_and_times() {
    const LATER: &str = "AssertDateTimeIsGreaterThan";
    const OPEN: (&str, &str) = ("AssertIfEqualTo", "b:false");
    const FIVE_MINUTES: (&str, &str) = ("TreatAsEqualIfWithinMillseconds", "i:300000");
    const LEFT: (&str, &str) = ("leftOperand", "2024-05-01T10:00:00Z");
    check(&[
        (LATER, &[LEFT, ("rightOperand", "2024-05-01T10:03:00Z")], &[OPEN, FIVE_MINUTES], Ok(&[])),
        (
            LATER,
            &[LEFT, ("rightOperand", "2024-05-01T10:06:00Z")],
            &[OPEN, FIVE_MINUTES],
            Err("DateTimeGreaterThan"),
        ),
        (
            LATER,
            &[LEFT, ("rightOperand", "2024-05-01T10:00:00.0000001Z")],
            &[OPEN],
            Err("DateTimeGreaterThan"),
        ),
        (LATER, &[LEFT, ("rightOperand", "2024-05-01T12:00:00+02:00")], &[], Err("DateTimeGreaterThan")),
        (LATER, &[LEFT, ("rightOperand", "2024-04-30")], &[], Ok(&[])),
        (LATER, &[LEFT, ("rightOperand", "-")], &[], Err("absent")),
        (LATER, &[LEFT, ("rightOperand", "soon")], &[], Err("wrong")),
        (
            "ConvertDateTimeToDateClaim",
            &[("inputClaim", "t:2024-02-29T23:10:00.0000000Z")],
            &[],
            Ok(&[("outputClaim", "d:2024-02-29")]),
        ),
        (
            "ConvertDateToDateTimeClaim",
            &[("inputClaim", "d:1990-07-04")],
            &[],
            Ok(&[("outputClaim", "t:1990-07-04T00:00:00Z")]),
        ),
        (
            "DateTimeComparison",
            &[("firstDateTime", "t:2024-01-01T00:00:00Z"), ("secondDateTime", "t:2024-03-01T00:00:00Z")],
            &[("operator", "Earlier Than"), ("timeSpanInSeconds", "i:2592000")],
            Ok(&[("result", "b:true")]),
        ),
        (
            "DateTimeComparison",
            &[("firstDateTime", "t:2024-05-06T07:08:08Z"), ("secondDateTime", "-")],
            &[("operator", "same"), ("timeSpanInSeconds", "i:1")],
            Ok(&[("result", "b:true")]),
        ),
        (
            "DateTimeComparison",
            &[("firstDateTime", "t:2024-01-01T00:00:00Z"), ("secondDateTime", "-")],
            &[("operator", "greater than"), ("timeSpanInSeconds", "i:0")],
            Err("wrong"),
        ),
        ("GetCurrentDateTime", &[], &[], Ok(&[("currentDateTime", "t:2024-05-06T07:08:09Z")])),
        (
            "IsTermsOfUseConsentRequired",
            &[("termsOfUseConsentDateTime", "t:2023-02-01T08:00:00Z")],
            &[("termsOfUseTextUpdateDateTime", "t:2023-06-01")],
            Ok(&[("result", "b:true")]),
        ),
        (
            "IsTermsOfUseConsentRequired",
            &[("termsOfUseConsentDateTime", "t:2023-07-01T00:00:00Z")],
            &[("termsOfUseTextUpdateDateTime", "2023-06-01")],
            Ok(&[("result", "b:false")]),
        ),
    ]);
}

#[test]
fn claims_of_any_type() {
    check(&[
        ("CopyClaim", &[("inputClaim", "ann@fabrikam.com")], &[], Ok(&[("outputClaim", "ann@fabrikam.com")])),
        ("CopyClaim", &[("inputClaim", "-")], &[], Ok(&[("outputClaim", "=")])),
        ("DoesClaimExist", &[("inputClaim", "")], &[], Ok(&[("outputClaim", "b:true")])),
        ("DoesClaimExist", &[("inputClaim", "c:")], &[], Ok(&[("outputClaim", "b:false")])),
        ("DoesClaimExist", &[("inputClaim", "l:0")], &[], Ok(&[("outputClaim", "b:true")])),
        ("NullClaim", &[], &[], Ok(&[("claim_to_null", "-")])),
        (
            "Hash",
            &[("plaintext", "a"), ("salt", "b")],
            &[("randomizerSecret", "B2C_1A_S")],
            Err("policy-key-not-found"),
        ),
    ]);
    let four_digits = Predicate::Matches(Regex::new(r"^\d{4}$").unwrap().into(), String::new());
    let declared = Declared { groups: vec![(1, vec![&four_digits])], ..Declared::default() };
    let copy = "CopyClaimIfPredicateMatch";
    check_with(
        &[
            (copy, &[("inputClaim", "1234")], &[], Ok(&[("outputClaim", "1234")])),
            (copy, &[("inputClaim", "12a4")], &[], Ok(&[("outputClaim", "=")])),
            (copy, &[("inputClaim", "-")], &[], Ok(&[("outputClaim", "=")])),
        ],
        &declared,
    );
}

/// Test case 2 of RFC 4231 (key `Jefe`) does not fit the construction, so the digest of the documented construction was
/// worked out with another program: HMAC-SHA256(key `secret`, 00 00 00 04 `salt` `plaintext`).
#[test]
fn hash_is_a_keyed_digest_of_length_salt_and_text() {
    let declared = Declared { secret: Some(b"secret".to_vec()), ..Declared::default() };
    let rows: &[Row] = &[
        (
            "Hash",
            &[("plaintext", "plaintext"), ("salt", "salt")],
            &[("randomizerSecret", "B2C_1A_S")],
            Ok(&[("hash", "wNwixgfId7Y28DxCjHwhwN0A1wlAZDRBXdsU/ktnreo=")]),
        ),
        (
            "Hash",
            &[("plaintext", "tplaintext"), ("salt", "sal")],
            &[("randomizerSecret", "B2C_1A_S")],
            Ok(&[("hash", "Pod4xT5YAlFOtANdtXBfkgkOLGEob7uN+w3AidNQFpU=")]),
        ),
    ];
    check_with(rows, &declared);
    let asked = make("Hash", &["plaintext"], &[("randomizerSecret", "B2C_1A_S")], &[]);
    assert_eq!(asked.asks(), Asks::Secret("B2C_1A_S".to_owned()));
}

#[test]
fn numbers() {
    check(&[
        (
            "AdjustNumber",
            &[("inputClaim", "i:4")],
            &[("Operator", "DECREMENT")],
            Ok(&[("outputClaim", "i:3")]),
        ),
        ("AdjustNumber", &[("inputClaim", "-")], &[], Ok(&[("outputClaim", "i:1")])),
        ("AdjustNumber", &[("inputClaim", "i:-2147483648")], &[("operator", "decrement")], Err("overflow")),
        ("AdjustNumber", &[("inputClaim", "i:1")], &[("Operator", "DOUBLE")], Err("wrong")),
        (
            "AssertNumber",
            &[("inputClaim", "i:6")],
            &[("CompareToValue", "i:5"), ("Operator", "GreaterThan"), ("throwError", "b:true")],
            Err("AssertNumberError"),
        ),
        (
            "AssertNumber",
            &[("inputClaim", "i:6")],
            &[("CompareToValue", "i:5"), ("Operator", "GreaterThan"), ("throwError", "false")],
            Ok(&[("outputClaim", "b:true")]),
        ),
        (
            "AssertNumber",
            &[("inputClaim", "i:5")],
            &[("CompareToValue", "i:5"), ("Operator", "NotEqual")],
            Ok(&[("outputClaim", "b:false")]),
        ),
        (
            "ConvertNumberToStringClaim",
            &[("inputClaim", "l:9876543210")],
            &[],
            Ok(&[("outputClaim", "9876543210")]),
        ),
    ]);
}

#[test]
fn reading_json() {
    let member = "GetClaimFromJson";
    const OBJECT: Cells =
        &[("inputJson", r#"{"r":"x","n":7,"o":{"k":[1]},"t":true,"z":null,"r2":"2020-01-01T00:00:00Z"}"#)];
    const ARRAY: Cells =
        &[("jsonSource", r#"[{"k":"tier","v":"gold"},{"k":"age","v":41},{"k":"TIER","v":"x"}]"#)];
    const NAMES: Cells = &[("jsonSourceKeyName", "k"), ("jsonSourceValueName", "v")];
    check(&[
        (member, OBJECT, &[("claimToExtract", "n")], Ok(&[("extractedClaim", "7")])),
        (member, OBJECT, &[("claimToExtract", "o")], Ok(&[("extractedClaim", r#"{"k":[1]}"#)])),
        (member, OBJECT, &[("claimToExtract", "t")], Ok(&[("extractedClaim", "true")])),
        (member, OBJECT, &[("claimToExtract", "z")], Ok(&[("extractedClaim", "-")])),
        (member, OBJECT, &[("claimToExtract", "r2")], Ok(&[("extractedClaim", "2020-01-01T00:00:00Z")])),
        (member, OBJECT, &[("claimToExtract", "o.k")], Err("json-element-not-found")),
        (member, &[("inputJson", "[1]")], &[("claimToExtract", "0")], Err("json-invalid")),
        (
            member,
            &[("inputJson", r#"{"a":1,"a":2}"#)],
            &[("claimToExtract", "a")],
            Ok(&[("extractedClaim", "2")]),
        ),
        (
            "GetNumericClaimFromJson",
            &[("inputJson", r#"{"id":77}"#)],
            &[("claimToExtract", "id")],
            Ok(&[("extractedClaim", "l:77")]),
        ),
        (
            "GetNumericClaimFromJson",
            &[("inputJson", r#"{"id":1.5}"#)],
            &[("claimToExtract", "id")],
            Err("json-not-a-number"),
        ),
        (
            "GetSingleItemFromJson",
            &[("inputJson", r#"{"de":"Hut","en":"hat"}"#)],
            &[],
            Ok(&[("key", "de"), ("value", "Hut")]),
        ),
        ("GetSingleItemFromJson", &[("inputJson", "{}")], &[], Err("json-element-not-found")),
        (
            "GetSingleValueFromJsonArray",
            &[("inputJsonClaim", r#"["x","y"]"#)],
            &[],
            Ok(&[("extractedClaim", "x")]),
        ),
        ("GetSingleValueFromJsonArray", &[("inputJsonClaim", "[]")], &[], Err("json-element-not-found")),
        ("GetClaimsFromJsonArray", ARRAY, NAMES, Ok(&[("tier", "gold"), ("age", "i:41"), ("other", "-")])),
        (
            "GetClaimsFromJsonArrayV2",
            &[("jsonSource", r#"c:{"k":"tier","v":"gold"}|{"k":"ok","v":true}"#)],
            NAMES,
            Ok(&[("tier", "gold"), ("ok", "b:true")]),
        ),
        ("GetClaimsFromJsonArrayV2", &[("jsonSource", "c:[]")], NAMES, Err("json-invalid")),
    ]);
}

#[test]
fn writing_json() {
    check(&[
        ("CreateJsonArray", &[("inputClaim", "red")], &[], Ok(&[("outputClaim", r#"["red"]"#)])),
        (
            "GenerateJson",
            &[("v.code", "42"), ("gone", "-")],
            &[("v.ttl", "i:300"), ("to.0", "a@b.c"), ("When", "t:2022-01-03T00:00:00Z")],
            Ok(&[(
                "outputClaim",
                r#"{"v":{"code":"42","ttl":300},"to":["a@b.c"],"When":"2022-01-03T00:00:00.0000000Z"}"#,
            )]),
        ),
        ("GenerateJson", &[("a.1", "x")], &[], Err("wrong")),
        ("GenerateJson", &[("a", "x"), ("a.b", "x")], &[], Err("wrong")),
        (
            "XmlStringToJsonString",
            &[("xml", "<u><n>Bo</n><n>Li</n></u>")],
            &[],
            Ok(&[("json", r#"{"u":{"n":["Bo","Li"]}}"#)]),
        ),
        (
            "XmlStringToJsonString",
            &[("xml", "<?xml version='1.0'?>\n<p:a xmlns:p='urn:x' p:k='1'>\n <b/><!-- c -->\n</p:a>")],
            &[],
            Ok(&[("json", r#"{"p:a":{"@p:k":"1","b":null}}"#)]),
        ),
    ]);
}

#[test]
fn phone_numbers() {
    let split = "GetNationalNumberAndCountryCodeFromPhoneNumberString";
    check(&[
        (
            "ConvertPhoneNumberClaimToString",
            &[("phoneNumber", "p:+4930123456")],
            &[],
            Ok(&[("phoneNumberString", "+4930123456")]),
        ),
        (
            "ConvertStringToPhoneNumberClaim",
            &[("phoneNumberString", "(425) 555-0100"), ("country", "us")],
            &[],
            Ok(&[("outputClaim", "p:+14255550100")]),
        ),
        // Valid or not does not matter: the published examples.
        (
            "ConvertStringToPhoneNumberClaim",
            &[("phoneNumberString", "033 456-7890"), ("country", "DK")],
            &[],
            Ok(&[("outputClaim", "p:+450334567890")]),
        ),
        (
            "ConvertStringToPhoneNumberClaim",
            &[("phoneNumberString", "+1 (123) 456-7890"), ("country", "DE")],
            &[],
            Ok(&[("outputClaim", "p:+11234567890")]),
        ),
        ("ConvertStringToPhoneNumberClaim", &[("phoneNumberString", "12345")], &[], Err(PHONE_ERROR)),
        (
            "ConvertStringToPhoneNumberClaim",
            &[("phoneNumberString", "12345"), ("country", "??")],
            &[],
            Err(PHONE_ERROR),
        ),
        ("ConvertStringToPhoneNumberClaim", &[("phoneNumberString", "-")], &[], Err(PHONE_ERROR)),
        (
            split,
            &[("phoneNumber", "+47 22 12 34 56")],
            &[("countryCodeType", "ISO3166")],
            Ok(&[("nationalNumber", "22123456"), ("countryCode", "NO")]),
        ),
        (
            split,
            &[("phoneNumber", "+39 06 1234 5678")],
            &[],
            Ok(&[("nationalNumber", "0612345678"), ("countryCode", "+39")]),
        ),
        (
            split,
            &[("phoneNumber", "+1 123 456 7890")],
            &[("countryCodeType", "ISO3166")],
            Ok(&[("nationalNumber", "1234567890"), ("countryCode", "")]),
        ),
        (split, &[("phoneNumber", "bob")], &[], Ok(&[("nationalNumber", "="), ("countryCode", "=")])),
        (
            split,
            &[("phoneNumber", "-")],
            &[("throwExceptionOnFailure", "b:true")],
            Err("UserMessageIfPhoneNumberParseFailure"),
        ),
    ]);
}

#[test]
fn identities() {
    check(&[
        (
            "CreateAlternativeSecurityId",
            &[("key", "77"), ("identityProvider", "github.com")],
            &[],
            Ok(&[("alternativeSecurityId", r#"{"issuer":"github.com","issuerUserId":"Nzc="}"#)]),
        ),
        (
            "AddItemToAlternativeSecurityIdCollection",
            &[
                ("item", r#"{"type":6,"identityProvider":"github.com","key":"Nzc="}"#),
                ("collection", "a:live.com/MQ=="),
            ],
            &[],
            Ok(&[("collection", "a:live.com/MQ==|github.com/Nzc=")]),
        ),
        (
            "AddItemToAlternativeSecurityIdCollection",
            &[
                ("item", r#"{"issuer":"github.com","issuerUserId":"Nzc="}"#),
                ("collection", "a:github.com/Nzc="),
            ],
            &[],
            Ok(&[("collection", "a:github.com/Nzc=")]),
        ),
        (
            "AddItemToAlternativeSecurityIdCollection",
            &[("item", "{}"), ("collection", "-")],
            &[],
            Err("json-invalid"),
        ),
        (
            "GetIdentityProvidersFromAlternativeSecurityIdCollectionTransformation",
            &[("alternativeSecurityIdCollection", "a:live.com/MQ==|github.com/Nzc=|live.com/Mg==")],
            &[],
            Ok(&[("identityProvidersCollection", "c:live.com|github.com")]),
        ),
        (
            "RemoveAlternativeSecurityIdByIdentityProvider",
            &[("identityProvider", "Live.com"), ("collection", "a:live.com/MQ==|github.com/Nzc=")],
            &[],
            Ok(&[("collection", "a:github.com/Nzc=")]),
        ),
        (
            "CreateUserIdentity",
            &[("issuerUserId", "77"), ("issuer", "github.com")],
            &[],
            Ok(&[("userIdentity", "n:github.com/Nzc=")]),
        ),
        (
            "AddItemToUserIdentityCollection",
            &[("item", "n:github.com/Nzc="), ("collection", "u:live.com/MQ==")],
            &[],
            Ok(&[("collection", "u:live.com/MQ==|github.com/Nzc=")]),
        ),
        (
            "GetIssuersFromUserIdentityCollectionTransformation",
            &[("userIdentityCollection", "u:live.com/MQ==|github.com/Nzc=")],
            &[],
            Ok(&[("issuersCollection", "c:live.com|github.com")]),
        ),
        (
            "RemoveUserIdentityFromCollectionByIssuer",
            &[("issuer", "live.com"), ("collection", "u:live.com/MQ==|github.com/Nzc=|live.com/Mg==")],
            &[],
            Ok(&[("collection", "u:github.com/Nzc=")]),
        ),
    ]);
}

#[test]
fn ages() {
    let gate = "GetAgeGroupConsentProvidedAndRequiresConsent";
    let out = |group, consent| -> Cells {
        Box::leak(Box::new([("ageGroup", group), ("requiresParentalConsent", consent)]))
    };
    let of = |birth, country| -> Cells {
        Box::leak(Box::new([
            ("dateOfBirth", birth),
            ("countryCode", country),
            ("consentProvidedForMinor", "given"),
        ]))
    };
    check(&[
        (gate, of("d:2015-03-01", "US"), &[], Ok(out("Minor", "b:true"))),
        (gate, of("d:2010-05-06", "US"), &[], Ok(out("NotAdult", "b:false"))),
        (gate, of("d:2010-05-06", "de"), &[], Ok(out("Minor", "b:true"))),
        (gate, of("d:2006-05-06", "DE"), &[], Ok(out("Adult", "b:false"))),
        (gate, of("d:2006-05-07", "DE"), &[], Ok(out("NotAdult", "b:false"))),
        (gate, of("d:2004-05-06", "TH"), &[], Ok(out("Adult", "b:false"))),
        (gate, of("d:2010-05-06", "ZZ"), &[], Ok(out("Minor", "b:false"))),
        (gate, of("-", "DE"), &[], Ok(out("Undefined", "b:false"))),
        (gate, of("d:2010-05-06", "-"), &[], Ok(out("Undefined", "b:false"))),
        (gate, of("d:2010-05-06", "DE"), &[], Ok(&[("consentProvidedForMinor", "given")])),
    ]);
}
