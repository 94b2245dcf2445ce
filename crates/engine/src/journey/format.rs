//! The form a typed text must have before patterns and rules are looked at: an address, a whole number, a day …
//!
//! In: a claim type and the page it is asked on. Out: a format, which tests a text. The page's script knows the same
//! formats by name and tests them alike (a table in tests/browser/checks.mjs holds both to it). Must not know texts.

use jiff::civil::Date;

use crate::claims::DataType;
use crate::policy::{ClaimType, InputType};

/// Longest value of one field, in characters. Passwords have the directory's own bound.
pub const LONGEST: usize = 4_096;

/// What a text must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Anything.
    Text,
    /// Something, `@` and something, without white space (policy-language 4.1.2, EmailBox). Whether mail can be sent
    /// there is decided where it is sent.
    Address,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Long,
    /// `true`, `false`, `1` or `0`, in any case.
    Boolean,
    /// `yyyy-MM-dd`, a day that exists.
    Date,
    /// Such a day, with or without a time of the form `THH:mm:ssZ`.
    DateTime,
    /// A telephone number: up to 15 ASCII digits after an optional `+`, and the separators people type.
    Phone,
}

impl Format {
    /// The format of a claim asked on a page.
    pub fn of(claim: &ClaimType) -> Format {
        match (claim.input, claim.data_type) {
            (Some(InputType::EmailBox), _) => Format::Address,
            (_, DataType::Int) => Format::Int,
            (_, DataType::Long) => Format::Long,
            (_, DataType::Boolean) => Format::Boolean,
            (_, DataType::Date) | (Some(InputType::DateTimeDropdown), _) => Format::Date,
            (_, DataType::DateTime) => Format::DateTime,
            (_, DataType::PhoneNumber) => Format::Phone,
            _ => Format::Text,
        }
    }

    /// The name under which the page's script knows it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Address => "address",
            Format::Int => "int",
            Format::Long => "long",
            Format::Boolean => "boolean",
            Format::Date => "date",
            Format::DateTime => "dateTime",
            Format::Phone => "phone",
        }
    }

    /// Whether a text has the format.
    pub fn fits(self, text: &str) -> bool {
        match self {
            Format::Text => true,
            Format::Address => is_address(text),
            Format::Int => text.parse::<i32>().is_ok(),
            Format::Long => text.parse::<i64>().is_ok(),
            Format::Boolean => ["true", "false", "1", "0"].iter().any(|one| text.eq_ignore_ascii_case(one)),
            Format::Date => is_day(text),
            Format::DateTime => match text.split_once('T') {
                None => is_day(text),
                Some((day, time)) => is_day(day) && is_time(time),
            },
            Format::Phone => digits(text).is_some(),
        }
    }
}

fn is_address(text: &str) -> bool {
    let one_word = !text.chars().any(char::is_whitespace);
    one_word
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

fn is_day(text: &str) -> bool {
    let shape = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    shape && text.parse::<Date>().is_ok()
}

/// `HH:mm:ssZ`, the seconds with up to seven decimals.
fn is_time(text: &str) -> bool {
    let Some(clock) = text.strip_suffix('Z') else { return false };
    let (whole, part) = clock.split_once('.').unwrap_or((clock, "0"));
    let decimals = (1..=7).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers: Vec<&str> = whole.split(':').collect();
    let below = |text: &&str, bound: u8| {
        text.len() == 2
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse().is_ok_and(|n: u8| n < bound)
    };
    match numbers.as_slice() {
        [hour, minute, second] => decimals && below(hour, 24) && below(minute, 60) && below(second, 60),
        _ => false,
    }
}

/// A telephone number without the separators people type: up to 15 ASCII digits after an optional `+` (E.164). Nothing
/// else is one: no letters, no digits of other scripts, no extensions (attack 39).
pub fn digits(text: &str) -> Option<String> {
    let (plus, rest) = match text.trim().strip_prefix('+') {
        Some(rest) => ("+", rest),
        None => ("", text.trim()),
    };
    let digits: String = rest.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let legal = (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    legal.then(|| format!("{plus}{digits}"))
}

/// Nothing but white space and characters that show nothing (attack 37).
pub fn shows_nothing(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{00AD}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_takes_its_own_and_nothing_else() {
        let table: &[(Format, &[&str], &[&str])] = &[
            (
                Format::Address,
                &["a@b", "ada@example.com", "ä@ö.example"],
                &["a", "@b", "a@", "a@b@c", "a b@c", "a@b\u{a0}"],
            ),
            (
                Format::Int,
                &["0", "-0", "+5", "007", "2147483647"],
                &["", "1.0", "1e3", "0x1F", "٣", "2147483648", "1 2"],
            ),
            (Format::Long, &["9223372036854775807"], &["9223372036854775808", "-"]),
            (Format::Boolean, &["true", "FALSE", "1", "0"], &["yes", "2", "", "truе"]),
            (
                Format::Date,
                &["2024-02-29", "0001-01-01"],
                &[
                    "2026-02-30",
                    "2026-2-3",
                    "20260203",
                    "31/12/9999999",
                    "2026-02-03T00:00:00Z",
                    "٢026-01-01",
                ],
            ),
            (
                Format::DateTime,
                &["2026-02-03", "2026-02-03T23:59:59Z", "2026-02-03T00:00:00.1234567Z"],
                &["2026-02-03T24:00:00Z", "2026-02-03T00:00Z", "2026-02-03T00:00:00"],
            ),
            (
                Format::Phone,
                &["+1 (555) 010-0200", "112", "+4915112345678"],
                &["12", "+1 555 ext 9", "٣٣٣٣", "1234567890123456", "++1234"],
            ),
        ];
        for (format, good, bad) in table {
            for text in *good {
                assert!(format.fits(text), "{} {text:?}", format.name());
            }
            for text in *bad {
                assert!(!format.fits(text), "{} {text:?}", format.name());
            }
        }
    }
}
