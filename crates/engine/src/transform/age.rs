//! Age gating (claims-transformations 10): which age group a person belongs to, by country.

use jiff::civil::Date;

use super::{Arguments, BOOLEAN, DATE, Failure, Function, Results, TEXT, Value, once};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "GetAgeGroupConsentProvidedAndRequiresConsent",
    about: "The age group (Undefined, Minor, NotAdult, Adult) and whether a parent must consent, by date of birth and \
            country.",
    inputs: &[once("dateOfBirth", DATE), once("countryCode", TEXT), once("consentProvidedForMinor", TEXT)],
    parameters: &[],
    outputs: &[
        once("ageGroup", TEXT),
        once("requiresParentalConsent", BOOLEAN),
        once("consentProvidedForMinor", TEXT),
    ],
    run: age_group,
}];

/// What a country says of ages.
struct Ages {
    /// From when a person consents for themselves; none: no rule.
    consent: Option<i16>,
    /// From when a person is an adult.
    adult: i16,
}

/// Countries by their two letters, with consent age and adult age; all others: no consent age, adult at 18.
const COUNTRIES: &[(&str, Ages)] = &[
    ("AE BH CM EG NA SG TD", Ages { consent: None, adult: 21 }),
    ("TH TW", Ages { consent: None, adult: 20 }),
    ("AT BE KR", Ages { consent: Some(14), adult: 18 }),
    ("ES GB IE PL SE US", Ages { consent: Some(13), adult: 18 }),
    ("BG CY CZ DE DK EE FR GR HR HU IT LT LU LV MT NL PT RO SI SK", Ages { consent: Some(16), adult: 18 }),
];

fn ages(country: &str) -> &'static Ages {
    let listed =
        COUNTRIES.iter().find(|(codes, _)| codes.split(' ').any(|code| code.eq_ignore_ascii_case(country)));
    listed.map_or(&Ages { consent: None, adult: 18 }, |(_, ages)| ages)
}

fn age_group(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let (birth, country) = (arguments.date("dateOfBirth")?, arguments.text("countryCode"));
    let (group, consent) = match (birth, country) {
        (Some(birth), Some(country)) if !country.trim().is_empty() => {
            let ages = ages(country.trim());
            let age = years(birth, arguments.around.today());
            let group = match ages.consent {
                _ if age >= ages.adult => "Adult",
                Some(consent) if age >= consent => "NotAdult",
                _ => "Minor",
            };
            (group, ages.consent.is_some_and(|consent| age < consent))
        }
        _ => ("Undefined", false),
    };
    let given = arguments.text("consentProvidedForMinor").map(Value::text_of);
    Ok(Results::text("ageGroup", group)
        .and("requiresParentalConsent", Value::Boolean(consent))
        .or_clear("consentProvidedForMinor", given))
}

/// Whole years between two days; born on 29 February, a person grows older on 1 March of other years.
fn years(birth: Date, today: Date) -> i16 {
    let had_birthday = (today.month(), today.day()) >= (birth.month(), birth.day());
    today.year() - birth.year() - i16::from(!had_birthday)
}
