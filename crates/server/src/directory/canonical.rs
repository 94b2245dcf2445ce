//! The canonical form of sign-in names: what decides whether two names are one (attack 59).
//!
//! In: a name as typed. Out: its canonical form, or nothing when it is no name. Pure and idempotent.
//! The rules are written for people in docs/directory.md. The idea: a name that has a *compatibility
//! twin* (full-width letters, ligatures, the Kelvin sign) is refused rather than folded, because
//! folding would lead two mailboxes to one account; only what mail itself treats as equal is folded.

use unicode_normalization::UnicodeNormalization as _;

const MOST_ADDRESS: usize = 254;
const MOST_LOCAL: usize = 64;
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// RFC 5322 `atext` beside letters and digits.
const ATEXT: &str = "!#$%&'*+-/=?^_`{|}~";

/// The canonical form of a name typed at sign-in, whatever its kind: with `@` an e-mail address (or
/// user principal name), with `+` and digits a phone number, else a user name.
#[must_use]
pub fn sign_in_name(typed: &str) -> Option<String> {
    if typed.contains('@') {
        return mail(typed);
    }
    phone(typed).or_else(|| user_name(typed))
}

/// The canonical form of an e-mail address: outer spaces cut, NFC, letters in lower case, the domain
/// as its ASCII (punycode) form. No quoted local part, no comment, no address literal, a domain of
/// at least two labels, at most 254 letters.
#[must_use]
pub fn mail(typed: &str) -> Option<String> {
    let address = plain(typed, MOST_ADDRESS)?;
    let (local, domain) = address.split_once('@')?;
    let canonical = format!("{}@{}", local_part(local)?, domain_name(domain)?);
    (canonical.len() <= MOST_ADDRESS).then_some(canonical)
}

/// The canonical form of a user name: outer spaces cut, ASCII in lower case, the letters of a
/// mailbox name (no `@`, no accents), at most 64.
#[must_use]
pub fn user_name(typed: &str) -> Option<String> {
    let name = plain(typed, MOST_LOCAL)?;
    if name.is_ascii() { local_part(&name) } else { None }
}

/// The canonical form of a phone number: `+`, no leading zero, 7 to 15 digits (E.164). Spaces,
/// hyphens, dots and parentheses between the digits are cut.
#[must_use]
pub fn phone(typed: &str) -> Option<String> {
    let typed = trim(typed);
    if typed.len() > MOST_LOCAL {
        return None;
    }
    let digits: String =
        typed.strip_prefix('+')?.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let good = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    (good && PHONE_DIGITS.contains(&digits.len())).then(|| format!("+{digits}"))
}

/// Cuts outer spaces, but no line ends: a name with one is an attack, not a slip.
#[must_use]
pub fn trim(typed: &str) -> &str {
    typed.trim_matches(|c: char| c == '\t' || (c.is_whitespace() && !c.is_control()))
}

/// NFC without outer spaces; nothing for a text that is empty, too long, or has a compatibility twin.
fn plain(typed: &str, most: usize) -> Option<String> {
    // Normalising is at most threefold growth: the bound comes first, so that 10 MB cost nothing.
    if typed.len() > most * 4 {
        return None;
    }
    // Some letters turn into others even in NFC, the Kelvin sign into K: those are twins as well.
    let stable = |c: char| std::iter::once(c).nfc().eq(std::iter::once(c));
    let name: String = trim(typed).nfc().collect();
    let twin: String = name.nfkc().collect();
    let plain = name == twin && trim(typed).chars().all(stable);
    (!name.is_empty() && name.chars().count() <= most && plain).then_some(name)
}

/// A dot-atom of RFC 5322, with letters and digits of any script (RFC 6531), in lower case.
fn local_part(local: &str) -> Option<String> {
    let letter = |c: char| c.is_alphanumeric() || ATEXT.contains(c) || is_mark(c);
    let atoms = local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(letter));
    let lower = lower_case(local);
    (atoms && lower.len() <= MOST_LOCAL && !lower.starts_with(is_mark)).then_some(lower)
}

/// The ASCII form of a domain by UTS 46, as browsers and mail servers look it up.
fn domain_name(domain: &str) -> Option<String> {
    // Only letters, digits, hyphens and dots reach the URL parser: it would decode `%` and read
    // numbers as addresses.
    let letter = |c: char| c.is_alphanumeric() || c == '-' || c == '.' || is_mark(c);
    if !domain.chars().all(letter) {
        return None;
    }
    let Ok(url::Host::Domain(ascii)) = url::Host::parse(domain) else { return None };
    let labels: Vec<&str> = ascii.split('.').collect();
    let good = |label: &&str| {
        !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
    };
    (labels.len() >= 2 && labels.iter().all(good)).then_some(ascii)
}

/// Lower case letter by letter: `str::to_lowercase` makes a final sigma by what stands around it,
/// which would give two texts for one name. NFC again, as some letters fall apart (İ).
fn lower_case(text: &str) -> String {
    let folded: String = text.chars().flat_map(char::to_lowercase).collect();
    folded.nfc().collect()
}

/// Combining marks, which letters of many scripts need.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
