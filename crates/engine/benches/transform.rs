//! What a claims transformation costs: at most 5 µs in the median. Kinds of work are measured, not every method: copying,
//! formatting, comparing, a pattern with look-ahead, JSON read and written, a phone number, a digest.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use vestibule_engine::claims::{Claims, DataType, Name, Value};
use vestibule_engine::transform::{Declared, Surroundings, Transformation, function};

/// Method, inputs, parameters, output slot and its type.
type Row = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
    (&'static str, DataType),
);

const TEXT: (&str, DataType) = ("outputClaim", DataType::String);

const ROWS: &[Row] = &[
    ("CopyClaim", &[("inputClaim", "ann@fabrikam.com")], &[], TEXT),
    (
        "FormatStringClaim",
        &[("inputClaim", "5164db16-3eee-4629-bfda-dcc3326790e9")],
        &[("stringFormat", "cpim_{0}@{RelyingPartyTenantId}")],
        TEXT,
    ),
    (
        "CompareClaims",
        &[("inputClaim1", "someone@contoso.com"), ("inputClaim2", "Someone@outlook.com")],
        &[("operator", "NOT EQUAL"), ("ignoreCase", "true")],
        ("outputClaim", DataType::Boolean),
    ),
    (
        "AssertDateTimeIsGreaterThan",
        &[("leftOperand", "2024-05-01T10:00:00.0000000Z"), ("rightOperand", "2024-04-01T10:00:00.0000000Z")],
        &[("AssertIfEqualTo", "false")],
        TEXT,
    ),
    (
        "SetClaimsIfRegexMatch",
        &[("claimToMatch", "a@b.c,x@y.z,a@b.c")],
        &[("matchTo", r"^(?=([^,]+)).+(?=(\1))")],
        ("regexCompareResultClaim", DataType::Boolean),
    ),
    (
        "GetClaimFromJson",
        &[("inputJson", r#"{"email": "someone@example.com", "displayName": "Emily Smith", "id": 6353399}"#)],
        &[("claimToExtract", "displayName")],
        ("extractedClaim", DataType::String),
    ),
    (
        "GenerateJson",
        &[
            ("personalizations.0.to.0.email", "someone@example.com"),
            ("personalizations.0.dynamic_template_data.otp", "346349"),
        ],
        &[("template_id", "d-4c56ffb40fa648b1aa6822283df94f60"), ("from.email", "service@contoso.com")],
        TEXT,
    ),
    (
        "ConvertStringToPhoneNumberClaim",
        &[("phoneNumberString", "(425) 555-0100"), ("country", "US")],
        &[],
        ("outputClaim", DataType::PhoneNumber),
    ),
    ("CreateRandomString", &[], &[("randomGeneratorType", "GUID")], TEXT),
    (
        "Hash",
        &[("plaintext", "someone@contoso.com"), ("salt", "487624568")],
        &[("randomizerSecret", "B2C_1A_AccountTransformSecret")],
        ("hash", DataType::String),
    ),
];

fn make((method, inputs, parameters, (slot, kind)): &Row) -> Option<(Transformation, Claims)> {
    let named = inputs.iter().map(|(slot, _)| ((*slot).to_owned(), Name::from(*slot))).collect();
    let parameters = parameters.iter().map(|(id, text)| ((*id).to_owned(), Value::text_of(*text))).collect();
    let outputs = vec![((*slot).to_owned(), Name::from("out"), *kind)];
    let made =
        Transformation::new(Name::from(*method), function(method)?, named, parameters, outputs).ok()?;
    let bag = inputs.iter().map(|(slot, text)| (Name::from(*slot), Value::text_of(*text))).collect();
    Some((made, bag))
}

fn transformations(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transformation");
    for (transformation, mut bag) in ROWS.iter().filter_map(make) {
        let declared = Declared { secret: Some(b"any secret".to_vec()), ..Declared::default() };
        let around = Surroundings {
            now: Timestamp::UNIX_EPOCH,
            chance: [7; 32],
            tenant: "fabrikam.onmicrosoft.com",
            profile: "Profile",
            authenticator: "Fabrikam",
            declared: &declared,
        };
        group.bench_function(transformation.function.name, |bencher| {
            bencher.iter(|| black_box(transformation.apply(black_box(&mut bag), around)));
        });
    }
    group.finish();
}

criterion_group!(benches, transformations);
criterion_main!(benches);
