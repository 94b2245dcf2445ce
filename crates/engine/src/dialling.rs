//! Telephone numbers as they are dialled: read, written, and judged before anybody pays for a message or a call.
//!
//! In: what was typed, a calling code or region. Out: numbers in E.164, what kind they are, calling codes. By Google's
//! rules, which change with the crate's metadata. Must not know policies, journeys or who carries a message.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region};

/// Longest text that is read as a number.
const LONGEST: usize = 40;
/// Calling codes of no country: satellites, worldwide networks, premium services (attack 64).
const NOBODYS: &[i32] = &[870, 878, 881, 882, 883, 888, 979];

/// What a number is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A person's or an office's telephone.
    Person,
    /// A range that nobody has, or that cannot be told.
    Unassigned,
    /// Premium rate, shared cost, satellite, pager, mailbox and the like: calls there cost more than they prove.
    Costly,
}

/// A number in E.164 from what a person typed: with its `+` and calling code, or as it is dialled within the country of
/// `calling_code` (`+44`), trunk prefix and grouping included. None where it is no number.
pub fn e164(typed: &str, calling_code: Option<&str>) -> Option<String> {
    let typed = typed.trim();
    if typed.len() > LONGEST {
        return None;
    }
    let whole = match calling_code.map(str::trim) {
        Some(code) if !typed.starts_with('+') => format!("{code} {typed}"),
        _ => typed.to_owned(),
    };
    if !whole.starts_with('+') || whole.chars().any(char::is_alphabetic) {
        return None;
    }
    let number = read(&whole)?;
    let written = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    // E.164: at most fifteen digits behind the plus.
    (8..=16).contains(&written.len()).then_some(written)
}

fn read(text: &str) -> Option<PhoneNumber> {
    PHONE_NUMBER_UTIL.parse(text, None).ok()
}

/// Whom a number in E.164 reaches.
pub fn reach(number: &str) -> Reach {
    let Some(number) = read(number) else { return Reach::Unassigned };
    if NOBODYS.contains(&number.country_code) {
        return Reach::Costly;
    }
    match number.get_type() {
        PhoneNumberType::FixedLine
        | PhoneNumberType::Mobile
        | PhoneNumberType::FixedLineOrMobile
        | PhoneNumberType::VoIP
        | PhoneNumberType::PersonalNumber => Reach::Person,
        PhoneNumberType::Unknown => Reach::Unassigned,
        PhoneNumberType::TollFree
        | PhoneNumberType::PremiumRate
        | PhoneNumberType::SharedCost
        | PhoneNumberType::Pager
        | PhoneNumberType::UAN
        | PhoneNumberType::VoiceMail => Reach::Costly,
    }
}

/// The ISO 3166 region of a number in E.164; none where its range is nobody's.
pub fn region(number: &str) -> Option<String> {
    read(number)?.get_region_code().map(|region| region.to_string())
}

/// The calling code of an ISO 3166 region, with its plus.
pub fn calling_code(region: &str) -> Option<String> {
    let region = Region::from_code(&region.to_ascii_uppercase()).ok()?;
    PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|code| format!("+{code}"))
}

/// The region that a calling code (`+44`) stands for first; none where it is no country's.
pub fn main_region(calling_code: &str) -> Option<String> {
    let code: i32 = calling_code.trim().strip_prefix('+')?.parse().ok()?;
    PHONE_NUMBER_UTIL.get_region_for_country_code(code).map(|region| region.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (typed, code, expected) in [
            ("+1 555 123-4567", None, Some("+15551234567")),
            ("(555) 123 4567", Some("+1"), Some("+15551234567")),
            ("07911 123456", Some("+44"), Some("+447911123456")),
            ("+44 (0)20 7946 0958", Some("+1"), Some("+442079460958")),
            ("030/123456", Some("+49"), Some("+4930123456")),
            // Italian numbers keep their zero.
            ("06 1234 5678", Some("+39"), Some("+390612345678")),
            ("٠١٢٣٤٥٦٧٨٩", Some("+20"), Some("+20123456789")),
            ("5551234567", None, None),
            ("+123", None, None),
            ("+123456789012345678", None, None),
            ("+1555123456x", None, None),
            ("", Some("+1"), None),
        ] {
            assert_eq!(e164(typed, code).as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn attack_064_ranges_that_cost_or_that_nobody_has_are_known() {
        // Example numbers of the public metadata of libphonenumber, and ranges that its countries never assigned.
        for (number, expected) in [
            ("+12015550123", Reach::Person),
            ("+4915123456789", Reach::Person),
            ("+4930123456", Reach::Person),
            ("+19002345678", Reach::Costly),
            ("+499001234567", Reach::Costly),
            ("+18002345678", Reach::Costly),
            ("+881612345678", Reach::Costly),
            ("+870301234567", Reach::Costly),
            ("+979123456789", Reach::Costly),
            ("+15551234567", Reach::Unassigned),
            ("+99912345678", Reach::Unassigned),
        ] {
            assert_eq!(reach(number), expected, "{number}");
        }
    }

    #[test]
    fn regions_and_calling_codes() {
        assert_eq!(region("+12015550123").as_deref(), Some("US"));
        assert_eq!(region("+442079460958").as_deref(), Some("GB"));
        assert_eq!(region("+15551234567"), None);
        assert_eq!(calling_code("de").as_deref(), Some("+49"));
        assert_eq!(calling_code("GB").as_deref(), Some("+44"));
        assert_eq!(main_region("+44").as_deref(), Some("GB"));
        assert_eq!(main_region("44"), None);
        assert_eq!(calling_code("AQ"), None);
        assert_eq!(calling_code("DEFAULT"), None);
    }
}
