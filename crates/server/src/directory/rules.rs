//! What a password must be to be set (technical-profiles 24.4, README 15, attack 55).
//!
//! In: a password as sent and what applies to the account. Out: its NFC form, or the rule it breaks.
//! Never asked at sign-in, where a password is compared as it is. Nothing is cut or trimmed.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// The most code points a password has, after NFC.
pub(super) const MOST_LETTERS: usize = 256;
const LEAST_STRONG: usize = 8;
const LEAST_WEAK: usize = 4;
const LEAST_CLASSES: usize = 3;
/// A password of 256 code points in NFC has at most so many bytes before it, as no letter is made
/// of more than a few marks; more is refused before any work.
const MOST_BYTES: usize = MOST_LETTERS * 4 * 4;

/// The rule that a password breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    /// Fewer code points than this.
    TooShort(usize),
    /// More than [`MOST_LETTERS`] code points.
    TooLong,
    /// Fewer than three of: lower case, upper case, digit, symbol.
    TooSimple,
    /// A space at an end, which the page would cut off at the next sign-in.
    OuterSpace,
    /// A control character.
    Unprintable,
    /// Among those that are guessed first.
    Common,
    /// The owner's name or address, or the product's name.
    Personal,
}

/// What applies to the password of one account.
#[derive(Clone, Copy, Debug)]
pub struct PasswordRules {
    /// Eight letters and three classes; false with `DisableStrongPassword`.
    pub strong: bool,
    /// The page cuts outer spaces (`trimSpacesInPassword`), so a password that has some could never
    /// be typed.
    pub trimmed: bool,
}

/// The password in the form in which it is hashed; `None` when it cannot be anybody's.
pub(super) fn normal(password: &str) -> Option<Zeroizing<String>> {
    if password.len() > MOST_BYTES {
        return None;
    }
    let normal: Zeroizing<String> = Zeroizing::new(password.nfc().collect());
    (normal.chars().count() <= MOST_LETTERS).then_some(normal)
}

impl PasswordRules {
    /// Judges a password that is to be set.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn judge(self, password: &str) -> Result<Zeroizing<String>, PasswordFault> {
        let normal = normal(password).ok_or(PasswordFault::TooLong)?;
        let least = if self.strong { LEAST_STRONG } else { LEAST_WEAK };
        if normal.chars().count() < least {
            return Err(PasswordFault::TooShort(least));
        }
        if normal.chars().any(char::is_control) {
            return Err(PasswordFault::Unprintable);
        }
        if self.trimmed && normal.trim().len() != normal.len() {
            return Err(PasswordFault::OuterSpace);
        }
        if self.strong && classes(&normal) < LEAST_CLASSES {
            return Err(PasswordFault::TooSimple);
        }
        Ok(normal)
    }
}

/// How many of the four classes occur. A letter without case counts as a symbol, as does a space.
fn classes(password: &str) -> usize {
    let digit = |c: char| c.is_numeric();
    let symbol = |c: char| !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric();
    [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(digit),
        password.chars().any(symbol),
    ]
    .into_iter()
    .filter(|present| *present)
    .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use PasswordFault::{OuterSpace, TooLong, TooShort, TooSimple, Unprintable};

    #[test]
    fn attack_055_lengths_classes_and_forms() {
        let strong = PasswordRules { strong: true, trimmed: true };
        let weak = PasswordRules { strong: false, trimmed: true };
        let untrimmed = PasswordRules { strong: true, trimmed: false };
        let long = |count: usize| format!("Aa1{}", "x".repeat(count - 3));
        let marks = format!("Aa1{}", "e\u{301}".repeat(253));
        for (rules, password, outcome) in [
            (strong, String::new(), Err(TooShort(8))),
            (strong, long(7), Err(TooShort(8))),
            (strong, long(8), Ok(())),
            (strong, long(64), Ok(())),
            (strong, long(73), Ok(())), // past bcrypt's 72 bytes
            (strong, long(128), Ok(())),
            (strong, long(256), Ok(())),
            (strong, long(257), Err(TooLong)),
            (strong, "x".repeat(1 << 20), Err(TooLong)),
            (strong, marks, Ok(())), // 509 code points as sent, 256 after NFC
            (strong, "alllower1".to_owned(), Err(TooSimple)),
            (strong, "Alllower".to_owned(), Err(TooSimple)),
            (strong, "all lower1".to_owned(), Ok(())),
            (strong, "пароль-Я1".to_owned(), Ok(())),
            (strong, "密码密码密码密码".to_owned(), Err(TooSimple)),
            (strong, "🙂🙂🙂🙂🙂🙂Aa".to_owned(), Ok(())),
            (strong, " ".repeat(12), Err(OuterSpace)),
            (strong, " Password1".to_owned(), Err(OuterSpace)),
            (strong, "Password1\u{3000}".to_owned(), Err(OuterSpace)),
            (untrimmed, " Password1".to_owned(), Ok(())),
            (untrimmed, " ".repeat(12), Err(TooSimple)),
            (strong, "Pass\0word1".to_owned(), Err(Unprintable)),
            (weak, "abc".to_owned(), Err(TooShort(4))),
            (weak, "abcd".to_owned(), Ok(())),
            (weak, "x".repeat(257), Err(TooLong)),
        ] {
            let given = rules.judge(&password).map(|_| ());
            assert_eq!(given, outcome, "{} letters: {:.20}", password.chars().count(), password);
        }
    }

    #[test]
    fn one_word_in_two_unicode_forms_is_one_password() {
        let rules = PasswordRules { strong: true, trimmed: true };
        assert_eq!(rules.judge("Caf\u{e9}-1234").unwrap(), rules.judge("Cafe\u{301}-1234").unwrap());
        assert_eq!(normal("Caf\u{e9}-1234"), normal("Cafe\u{301}-1234"));
        assert_ne!(normal("ａbcd1234"), normal("abcd1234"), "only NFC: nothing else is folded");
    }
}
