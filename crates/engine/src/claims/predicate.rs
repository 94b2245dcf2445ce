//! Predicates: the four tests a policy can put on a value (policy-language 4.2).
//!
//! In: a value's text and, for dates, today. Out: whether it holds. Does not know texts or groups.

use std::sync::Arc;

use jiff::civil::Date;

use crate::regex::Regex;

/// One predicate, its parameters parsed.
#[derive(Debug)]
pub enum Predicate {
    /// `IsLengthRange`: both ends count, in UTF-16 units.
    Length {
        /// Least length.
        minimum: usize,
        /// Greatest length.
        maximum: usize,
    },
    /// `MatchesRegex`, unanchored.
    Matches(Arc<Regex>, String),
    /// `IncludesCharacters`: at least one character of the set.
    Includes(CharacterSet),
    /// `IsDateRange`, inclusive.
    DateRange {
        /// First day.
        minimum: Day,
        /// Last day.
        maximum: Day,
    },
}

/// An end of a date range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// `Today`
    Today,
    /// `yyyy-mm-dd`
    On(Date),
}

impl Day {
    /// The day meant when `today` is today.
    pub fn on(self, today: Date) -> Date {
        match self {
            Day::Today => today,
            Day::On(date) => date,
        }
    }
}

impl Predicate {
    /// Whether the value satisfies the predicate.
    pub fn holds(&self, text: &str, today: Date) -> bool {
        match self {
            Predicate::Length { minimum, maximum } => {
                let length = text.encode_utf16().count();
                (*minimum..=*maximum).contains(&length)
            }
            Predicate::Matches(regex, _) => regex.is_match(text),
            Predicate::Includes(set) => text.chars().any(|c| set.contains(c)),
            Predicate::DateRange { minimum, maximum } => {
                text.parse::<Date>().is_ok_and(|date| (minimum.on(today)..=maximum.on(today)).contains(&date))
            }
        }
    }
}

/// CharacterSet: literal characters, `a-z` ranges, `\` escapes; nothing else is special (policy-language 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharacterSet {
    ranges: Vec<(char, char)>,
}

impl CharacterSet {
    /// Reads a set as a policy writes it.
    pub fn parse(text: &str) -> CharacterSet {
        let mut ranges = Vec::new();
        let mut items = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => items.push((chars.next().unwrap_or('\\'), true)),
                _ => items.push((c, false)),
            }
        }
        let mut at = 0;
        while let Some((from, _)) = items.get(at) {
            match (items.get(at + 1), items.get(at + 2)) {
                (Some(('-', false)), Some((to, _))) if from <= to => {
                    ranges.push((*from, *to));
                    at += 3;
                }
                _ => {
                    ranges.push((*from, *from));
                    at += 1;
                }
            }
        }
        CharacterSet { ranges }
    }

    /// Whether the character is in the set.
    pub fn contains(&self, c: char) -> bool {
        self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&c))
    }

    /// The set as ranges, both ends included.
    pub fn ranges(&self) -> &[(char, char)] {
        &self.ranges
    }

    /// The characters of the set, for sets that are drawn from (one-time codes). At most 1,000.
    pub fn characters(&self) -> Vec<char> {
        self.ranges.iter().flat_map(|(from, to)| *from..=*to).take(1_000).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_set_is_not_a_regular_expression_class() {
        let table = [
            ("a-z", 'q', true),
            ("a-z", '-', false),
            (r"a\-z", '-', true),
            (r"a\-z", 'q', false),
            ("[]", '[', true),
            ("^a", '^', true),
            (r"\\", '\\', true),
            ("a-", '-', true),
            ("0-9A-F", 'C', true),
        ];
        for (set, c, expected) in table {
            assert_eq!(CharacterSet::parse(set).contains(c), expected, "{c} in {set}");
        }
    }

    #[test]
    fn length_counts_utf16_units_and_dates_are_inclusive() {
        let today: Date = "2026-11-24".parse().unwrap();
        let length = Predicate::Length { minimum: 2, maximum: 2 };
        assert!(length.holds("😀", today));
        assert!(!length.holds("a", today));
        let range =
            Predicate::DateRange { minimum: Day::On("1970-01-01".parse().unwrap()), maximum: Day::Today };
        assert!(range.holds("2026-11-24", today));
        assert!(!range.holds("2026-11-25", today));
        assert!(!range.holds("2026-02-30", today));
    }
}
