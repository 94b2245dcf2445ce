//! Methods that compare, choose, make and take apart texts, and those on collections, by example.

use super::transform_tests::{Cells, check, check_with};
use super::*;

const TEXT_ERROR: &str = "UserMessageIfClaimsTransformationStringsAreNotEqual";

#[test]
fn texts() {
    check(&[
        ("ChangeCase", &[("inputClaim1", "ÄB")], &[("toCase", "LOWER")], Ok(&[("outputClaim", "äb")])),
        // A Kelvin sign is no k, a dotless i no I: no letter outside ASCII becomes one inside.
        (
            "ChangeCase",
            &[("inputClaim1", "\u{212a}")],
            &[("toCase", "lower")],
            Ok(&[("outputClaim", "\u{212a}")]),
        ),
        (
            "ChangeCase",
            &[("inputClaim1", "\u{131}ß")],
            &[("toCase", "upper")],
            Ok(&[("outputClaim", "\u{131}ß")]),
        ),
        ("ChangeCase", &[("inputClaim1", "a")], &[("toCase", "title")], Err("wrong")),
        (
            "ParseDomain",
            &[("emailAddress", "ann@Mail.Fabrikam.com")],
            &[],
            Ok(&[("domain", "Mail.Fabrikam.com")]),
        ),
        ("ParseDomain", &[("emailAddress", "@fabrikam.com")], &[], Ok(&[("domain", "")])),
        (
            "StringContains",
            &[("inputClaim", "Ops, Dev")],
            &[("contains", "dev"), ("ignoreCase", "true")],
            Ok(&[("outputClaim", "b:true")]),
        ),
        (
            "StringContains",
            &[("inputClaim", "Ops")],
            &[("contains", "ops")],
            Ok(&[("outputClaim", "b:false")]),
        ),
        ("StringJoin", &[("inputClaim", "c:a|b")], &[("delimiter", ";")], Ok(&[("outputClaim", "a;b")])),
    ]);
}

#[test]
fn pieces_of_texts() {
    const INVOICE: Cells = &[("inputClaim", "INV-2024")];
    check(&[
        (
            "StringReplace",
            &[("inputClaim", "1 2 3")],
            &[("oldValue", " "), ("newValue", "")],
            Ok(&[("outputClaim", "123")]),
        ),
        (
            "StringReplace",
            &[("inputClaim", "a.b")],
            &[("oldValue", "."), ("newValue", "$0")],
            Ok(&[("outputClaim", "a$0b")]),
        ),
        (
            "StringSplit",
            &[("inputClaim", "x||y||||z")],
            &[("delimiter", "||")],
            Ok(&[("outputClaim", "c:x|y||z")]),
        ),
        (
            "StringSubstring",
            INVOICE,
            &[("startIndex", "i:4"), ("length", "i:4")],
            Ok(&[("outputClaim", "2024")]),
        ),
        ("StringSubstring", INVOICE, &[("startIndex", "i:8"), ("length", "i:0")], Ok(&[("outputClaim", "")])),
        ("StringSubstring", INVOICE, &[("startIndex", "i:-1"), ("length", "i:2")], Err("out-of-range")),
        (
            "StringSubstring",
            &[("inputClaim", "😀a")],
            &[("startIndex", "i:2"), ("length", "i:1")],
            Ok(&[("outputClaim", "a")]),
        ),
        (
            "StringSubstring",
            &[("inputClaim", "😀a")],
            &[("startIndex", "i:1"), ("length", "i:1")],
            Err("out-of-range"),
        ),
    ]);
}

#[test]
fn comparing_and_choosing() {
    const BO: Cells = &[("inputClaim1", "Bo"), ("inputClaim2", "bo")];
    const IDS: Cells = &[("eu", "1"), ("us", "2"), ("Secret1", "x"), ("errorOnFailedLookup", "b:false")];
    check(&[
        ("AssertStringClaimsAreEqual", BO, &[("stringComparison", "OrdinalIgnoreCase")], Ok(&[])),
        ("AssertStringClaimsAreEqual", BO, &[("stringComparison", "Ordinal")], Err(TEXT_ERROR)),
        ("AssertStringClaimsAreEqual", BO, &[("stringComparison", "CurrentCulture")], Err("wrong")),
        (
            "AssertStringClaimsAreEqual",
            &[("inputClaim1", "-"), ("inputClaim2", "-")],
            &[("stringComparison", "Ordinal")],
            Ok(&[]),
        ),
        (
            "CompareClaims",
            BO,
            &[("operator", "NOT EQUAL"), ("ignoreCase", "true")],
            Ok(&[("outputClaim", "b:false")]),
        ),
        (
            "CompareClaimToValue",
            &[("inputClaim1", "-")],
            &[("operator", "NOT EQUAL"), ("compareTo", "V2")],
            Ok(&[("outputClaim", "b:true")]),
        ),
        ("LookupValue", &[("inputParameterId", "us")], IDS, Ok(&[("outputClaim", "2")])),
        ("LookupValue", &[("inputParameterId", "jp")], IDS, Ok(&[("outputClaim", "-")])),
        ("LookupValue", &[("inputParameterId", "secret1")], IDS, Ok(&[("outputClaim", "-")])),
        ("LookupValue", &[("inputParameterId", "errorOnFailedLookup")], IDS, Ok(&[("outputClaim", "-")])),
        (
            "LookupValue",
            &[("inputParameterId", "jp")],
            &[("errorOnFailedLookup", "true")],
            Err("LookupNotFound"),
        ),
    ]);
}

#[test]
fn claims_set_by_a_match() {
    const REGEX: &str = "SetClaimsIfRegexMatch";
    check(&[
        (
            "SetClaimIfBooleansMatch",
            &[("claimToMatch", "b:true")],
            &[("matchTo", "true"), ("outputClaimIfMatched", "Gold")],
            Ok(&[("outputClaim", "Gold")]),
        ),
        (
            "setClaimsIfRegexMatch",
            &[("claimToMatch", "ann@x.com")],
            &[
                ("matchTo", r"(?<user>.+)@x\.com$"),
                ("outputClaimIfMatched", "own"),
                ("extractGroups", "b:true"),
            ],
            Ok(&[("outputClaim", "own"), ("regexCompareResultClaim", "b:true"), ("user", "ann")]),
        ),
        (
            REGEX,
            &[("claimToMatch", "ann@y.com")],
            &[
                ("matchTo", r"(?<user>.+)@x\.com$"),
                ("outputClaimIfMatched", "own"),
                ("extractGroups", "b:true"),
            ],
            Ok(&[("outputClaim", "-"), ("regexCompareResultClaim", "b:false"), ("user", "=")]),
        ),
        (REGEX, &[("claimToMatch", "-")], &[("matchTo", "")], Ok(&[("regexCompareResultClaim", "b:false")])),
        (
            "SetClaimsIfStringsAreEqual",
            &[("inputClaim", "v3")],
            &[
                ("matchTo", "V3"),
                ("stringComparison", "ordinalIgnoreCase"),
                ("stringMatchMsg", "Hi"),
                ("stringMatchMsgCode", "C1"),
            ],
            Ok(&[("outputClaim1", "Hi"), ("outputClaim2", "C1"), ("stringCompareResultClaim", "b:true")]),
        ),
        (
            "SetClaimsIfStringsMatch",
            &[("claimToMatch", "Teen")],
            &[("matchTo", "Minor"), ("stringComparison", "Ordinal"), ("outputClaimIfMatched", "x")],
            Ok(&[("outputClaim", "-"), ("stringCompareResultClaim", "b:false")]),
        ),
    ]);
}

#[test]
fn making_texts() {
    const FORMAT: &str = "FormatStringClaim";
    check(&[
        (
            "CreateStringClaim",
            &[],
            &[("value", "Tenant {RelyingPartyTenantId} {0} {x")],
            Ok(&[("createdClaim", "Tenant fabrikam.onmicrosoft.com {0} {x")]),
        ),
        (
            FORMAT,
            &[("inputClaim", "7")],
            &[("stringFormat", "#{0}@{RelyingPartyTenantId}")],
            Ok(&[("outputClaim", "#7@fabrikam.onmicrosoft.com")]),
        ),
        (
            FORMAT,
            &[("inputClaim", "{0}}")],
            &[("stringFormat", "{{{0}}}%3A")],
            Ok(&[("outputClaim", "{{0}}}%3A")]),
        ),
        (
            FORMAT,
            &[("inputClaim", "ab")],
            &[("stringFormat", "{0,4}|{0,-4}|{0:D5}")],
            Ok(&[("outputClaim", "  ab|ab  |ab")]),
        ),
        (FORMAT, &[("inputClaim", "-")], &[("stringFormat", "[{0}]")], Ok(&[("outputClaim", "[]")])),
        (FORMAT, &[("inputClaim", "a")], &[("stringFormat", "{1}")], Err("format-invalid")),
        (FORMAT, &[("inputClaim", "a")], &[("stringFormat", "a}b")], Err("format-invalid")),
        (FORMAT, &[("inputClaim", "a")], &[("stringFormat", "{0")], Err("format-invalid")),
        (FORMAT, &[("inputClaim", "a")], &[("stringFormat", "{unknown}")], Err("format-invalid")),
        (
            "FormatStringMultipleClaims",
            &[("inputClaim1", "Bo"), ("inputClaim2", "Li")],
            &[("stringFormat", "{1}/{0}")],
            Ok(&[("outputClaim", "Li/Bo")]),
        ),
        (
            "BuildUri",
            &[("path", "My app:bo"), ("query.secret", "abc"), ("query.none", "-")],
            &[("scheme", "otpauth"), ("host", "totp"), ("query.issuer", "My app")],
            Ok(&[("outputClaim", "otpauth://totp/My%20app:bo?secret=abc&issuer=My+app")]),
        ),
        (
            "BuildUri",
            &[("path", "a?b#c/é"), ("query.q", "x&y=z")],
            &[("scheme", "https"), ("host", "h")],
            Ok(&[("outputClaim", "https://h/a%3Fb%23c/%C3%A9?q=x%26y%3Dz")]),
        ),
    ]);
}

#[test]
fn localized_texts() {
    let declared = Declared {
        strings: [("mail_subject", "Your code")].into(),
        formats: [("invite", "{0} invited {1}")].into(),
        choices: vec![("E1", "Try again"), ("E2", "Wait")],
        ..Declared::default()
    };
    check_with(
        &[
            (
                "FormatLocalizedString",
                &[("displayName", "Bo"), ("other", "Li")],
                &[("stringFormatId", "Invite")],
                Ok(&[("outputClaim", "Bo invited Li")]),
            ),
            ("FormatLocalizedString", &[], &[("stringFormatId", "nope")], Ok(&[("outputClaim", "")])),
            ("FormatLocalizedString", &[("a", "Bo")], &[("stringFormatId", "invite")], Err("format-invalid")),
            (
                "GetLocalizedStringsTransformation",
                &[],
                &[],
                Ok(&[("mail_subject", "Your code"), ("mail_body", "-")]),
            ),
            (
                "GetMappedValueFromLocalizedCollection",
                &[("mapFromClaim", "E1")],
                &[],
                Ok(&[("restrictionValueClaim", "Try again")]),
            ),
            (
                "GetMappedValueFromLocalizedCollection",
                &[("mapFromClaim", "e1")],
                &[],
                Ok(&[("restrictionValueClaim", "=")]),
            ),
        ],
        &declared,
    );
}

#[test]
fn collections() {
    const ADD: &str = "AddItemToStringCollection";
    check(&[
        (ADD, &[("item", "b"), ("collection", "c:a")], &[], Ok(&[("collection", "c:a|b")])),
        (ADD, &[("item", "a"), ("collection", "c:a")], &[], Ok(&[("collection", "c:a")])),
        (ADD, &[("item", "A"), ("collection", "c:a")], &[], Ok(&[("collection", "c:a|A")])),
        (ADD, &[("item", "-"), ("collection", "-")], &[], Ok(&[("collection", "=")])),
        (
            "AddParameterToStringCollection",
            &[("collection", "-")],
            &[("item", "x")],
            Ok(&[("collection", "c:x")]),
        ),
        ("GetSingleItemFromStringCollection", &[("collection", "c:p|q")], &[], Ok(&[("extractedItem", "p")])),
        ("GetSingleItemFromStringCollection", &[("collection", "c:")], &[], Ok(&[("extractedItem", "-")])),
        (
            "StringCollectionContains",
            &[("inputClaim", "c:Ops|Dev")],
            &[("item", "dev"), ("ignoreCase", "true")],
            Ok(&[("outputClaim", "b:true")]),
        ),
        (
            "StringCollectionContains",
            &[("inputClaim", "c:Ops|Dev")],
            &[("item", "De")],
            Ok(&[("outputClaim", "b:false")]),
        ),
        (
            "StringCollectionContainsClaim",
            &[("collection", "-"), ("item", "x")],
            &[("ignoreCase", "b:true")],
            Ok(&[("outputClaim", "b:false")]),
        ),
    ]);
}

/// 0xA7 throughout: each base32 letter is five bits of 1010 0111 1010 0111 …; the GUID has its version and variant set.
#[test]
fn random_texts_come_from_the_bytes_handed_in() {
    const MAKE: &str = "CreateRandomString";
    check(&[
        ("CreateOtpSecret", &[], &[], Ok(&[("outputClaim", "u6t2pj5hu6t2pj5h")])),
        (
            MAKE,
            &[],
            &[("randomGeneratorType", "guid")],
            Ok(&[("outputClaim", "a7a7a7a7-a7a7-47a7-a7a7-a7a7a7a7a7a7")]),
        ),
        (
            MAKE,
            &[],
            &[("randomGeneratorType", "INTEGER"), ("maximumNumber", "i:1")],
            Ok(&[("outputClaim", "0")]),
        ),
        // The classic generator: seed 42, then 668 of 1000.
        (
            "GuidAndRandomGenerator",
            &[],
            &[
                ("randomGeneratorType", "INTEGER"),
                ("maximumNumber", "i:1000"),
                ("seed", "i:42"),
                ("stringFormat", "N{0}"),
            ],
            Ok(&[("outputClaim", "N668")]),
        ),
        (
            MAKE,
            &[],
            &[
                ("randomGeneratorType", "INTEGER"),
                ("maximumNumber", "i:1"),
                ("stringFormat", "ID_{0}"),
                ("base64", "b:true"),
            ],
            Ok(&[("outputClaim", "SURfMA==")]),
        ),
        (MAKE, &[], &[("randomGeneratorType", "INTEGER"), ("maximumNumber", "i:-1")], Err("out-of-range")),
        (MAKE, &[], &[("randomGeneratorType", "COIN")], Err("wrong")),
    ]);
}
