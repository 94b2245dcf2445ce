//! Methods on phone numbers (claims-transformations 8): read by Google's rules, without any test whether the number
//! exists; the published examples would fail one.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};

use super::{Arguments, DataType, FLAG, Failure, Function, Results, TEXT, Value, maybe, once};

const PHONE: &[DataType] = &[DataType::PhoneNumber];
/// Longest text that is read as a number: the longest that libphonenumber reads.
const MOST_NUMBER: usize = 250;

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "ConvertPhoneNumberClaimToString",
        about: "The number as text.",
        inputs: &[once("phoneNumber", PHONE)],
        parameters: &[],
        outputs: &[once("phoneNumberString", TEXT)],
        run: |arguments| Ok(Results::text("phoneNumberString", arguments.required_text("phoneNumber")?)),
    },
    Function {
        name: "ConvertStringToPhoneNumberClaim",
        about: "The number in E.164 form; a number without + is read as one of the country. Fails where it is none.",
        inputs: &[once("phoneNumberString", TEXT), maybe("country", TEXT)],
        parameters: &[],
        outputs: &[once("outputClaim", PHONE)],
        run: to_number,
    },
    Function {
        name: "GetNationalNumberAndCountryCodeFromPhoneNumberString",
        about: "National number and country (as calling code or two letters) of an international number; where it is \
                none the outputs stay as they were, or it fails on request.",
        inputs: &[once("phoneNumber", TEXT)],
        parameters: &[maybe("throwExceptionOnFailure", FLAG), maybe("countryCodeType", TEXT)],
        outputs: &[once("nationalNumber", TEXT), once("countryCode", TEXT)],
        run: national,
    },
];

fn parse(text: &str, country: Option<&str>) -> Option<PhoneNumber> {
    let region = country.map(str::trim).filter(|country| !country.is_empty());
    let region = region.and_then(|country| Region::from_code(&country.to_ascii_uppercase()).ok());
    let text = Some(text).filter(|text| text.len() <= MOST_NUMBER)?;
    PHONE_NUMBER_UTIL.parse(text, region).ok()
}

fn to_number(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let country = arguments.text("country");
    let number = arguments.text("phoneNumberString").and_then(|text| parse(&text, country.as_deref()));
    let number = number.ok_or(Failure::Assertion("UserMessageIfClaimsTransformationInvalidPhoneNumber"))?;
    let written = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    Ok(Results::one("outputClaim", Value::Phone(written.into_owned())))
}

fn national(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let Some(number) = arguments.text("phoneNumber").and_then(|text| parse(&text, None)) else {
        return if arguments.flag("throwExceptionOnFailure").unwrap_or(false) {
            Err(Failure::Assertion("UserMessageIfPhoneNumberParseFailure"))
        } else {
            Ok(Results::none())
        };
    };
    let kind = arguments.words("countryCodeType");
    let code = match kind.as_deref().map_or("CallingCode", str::trim) {
        kind if kind.eq_ignore_ascii_case("CallingCode") => format!("+{}", number.country_code),
        // An invalid number of a calling code that countries share belongs to none of them.
        kind if kind.eq_ignore_ascii_case("ISO3166") => PHONE_NUMBER_UTIL
            .get_region_for_number(&number)
            .map(|region| region.to_string())
            .unwrap_or_default(),
        kind => return Err(Failure::Wrong(format!("`{kind}` is neither CallingCode nor ISO3166"))),
    };
    let significant = number.get_national_significant_number();
    Ok(Results::text("nationalNumber", significant).and("countryCode", Value::String(code)))
}
