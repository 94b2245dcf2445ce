//! Posted fields → checked claims: required, type, pattern, list, rules, twins (policy-language 6.3 step 1).
//!
//! In: what the page shows, what was posted, what the bag held. Out: claims, or a text for each field. Only fields the
//! page shows are read; everything else that was posted does not exist (attack 26).

use std::collections::BTreeMap;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use super::page::Verification;
use super::state::Asked;
use super::words::{Speaker, fill};
use crate::claims::{Claims, DataType, Name, Value};
use crate::policy::{ClaimType, InputType};

/// Longest value of one field, in characters. Passwords have the directory's own bound.
const LONGEST: usize = 4_096;

/// Fields as posted: claim id → values (check boxes repeat).
pub type Posted = BTreeMap<String, Vec<String>>;

/// One field the page shows, with what is said about it.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The claim type.
    pub claim: &'a ClaimType,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether its address must have been verified on this page.
    pub verified: bool,
    /// The server's own value, which counts where the field cannot be typed in (attack 27).
    pub held: Option<&'a Value>,
}

/// What a field gave: a value, nothing, or a text saying what is wrong.
type Checked = Result<Option<Value>, String>;

/// The values of one page's fields.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    /// Typed values by claim.
    pub values: Claims,
    /// Fields that were emptied.
    pub emptied: Vec<Name>,
    /// What is wrong, by claim.
    pub problems: BTreeMap<Name, String>,
    /// Texts as typed, passwords left out, for a page drawn again.
    pub typed: BTreeMap<Name, String>,
}

/// Reads and checks all expected fields.
pub fn check(
    speaker: Speaker<'_>,
    expected: &[Expected<'_>],
    posted: &Posted,
    (asked, today): (&Asked, Date),
) -> Filled {
    let mut filled = Filled::default();
    for field in expected.iter().filter(|field| !field.claim.input.is_some_and(InputType::is_asked)) {
        if let Err(problem) = verified(speaker, *field, field.held.cloned(), asked) {
            filled.problems.insert(field.claim.id.clone(), problem);
        }
    }
    for field in expected.iter().filter(|field| field.claim.input.is_some_and(InputType::is_asked)) {
        let id = &field.claim.id;
        let text = posted_text(field.claim, posted);
        if field.claim.input != Some(InputType::Password) {
            filled.typed.insert(id.clone(), super::words::cut(&text, LONGEST));
        }
        match check_field(speaker, *field, &text, today)
            .and_then(|value| verified(speaker, *field, value, asked))
        {
            Ok(Some(value)) => filled.values.set(id.clone(), value),
            Ok(None) => filled.emptied.push(id.clone()),
            Err(problem) => {
                filled.problems.insert(id.clone(), problem);
            }
        }
    }
    twins(speaker, expected, &mut filled);
    filled
}

/// What was posted for a claim: non-password text is trimmed, several boxes are joined by commas, three date parts make
/// a date (user-interface 6.3, 3.3).
fn posted_text(claim: &ClaimType, posted: &Posted) -> String {
    let first = |name: &str| posted.get(name).and_then(|values| values.first()).map_or("", String::as_str);
    match claim.input {
        Some(InputType::Password) => first(&claim.id).to_owned(),
        Some(InputType::CheckboxMultiSelect) => {
            let values = posted.get(&*claim.id).map(Vec::as_slice).unwrap_or_default();
            values
                .iter()
                .map(|value| value.trim())
                .filter(|value| !value.is_empty())
                .collect::<Vec<_>>()
                .join(",")
        }
        Some(InputType::DateTimeDropdown) if !posted.contains_key(&*claim.id) => {
            let part = |suffix: &str| first(&format!("{}_{suffix}", claim.id)).trim().to_owned();
            let (day, month, year) = (part("day"), part("month"), part("year"));
            if day.is_empty() && month.is_empty() && year.is_empty() {
                return String::new();
            }
            format!("{year:0>4}-{month:0>2}-{day:0>2}")
        }
        _ => first(&claim.id).trim().to_owned(),
    }
}

fn check_field(speaker: Speaker<'_>, field: Expected<'_>, text: &str, today: Date) -> Checked {
    let claim = field.claim;
    let label = || vec![speaker.label(claim).to_owned()];
    let invalid = || speaker.message(None, "UserMessageIfInvalidInput", &label());
    if is_blank(text, claim) {
        if field.required {
            return Err(speaker.message(None, "UserMessageIfMissingRequiredElement", &label()));
        }
        return Ok(None);
    }
    let password = claim.input == Some(InputType::Password);
    if (!password && text.chars().count() > LONGEST) || text.contains('\0') {
        return Err(invalid());
    }
    if !in_list(speaker, claim, text) {
        return Err(invalid());
    }
    if claim.pattern.as_ref().is_some_and(|pattern| !pattern.regex.is_match(text)) {
        return Err(pattern_text(speaker, claim, label));
    }
    if let Some(problem) = broken_rules(speaker, claim, text, today) {
        return Err(problem);
    }
    if claim.data_type == DataType::PhoneNumber {
        return phone(text).map(|number| Some(Value::Phone(number))).ok_or_else(invalid);
    }
    let value = Value::parse(text, claim.data_type).map_err(|_| invalid())?;
    Ok(Some(value))
}

/// A telephone number without the separators people type: up to 15 ASCII digits after an optional `+` (E.164). Nothing
/// else is one: no letters, no digits of other scripts, no extensions (attack 39).
fn phone(text: &str) -> Option<String> {
    let (plus, rest) = match text.trim().strip_prefix('+') {
        Some(rest) => ("+", rest),
        None => ("", text.trim()),
    };
    let digits: String = rest.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let legal = (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    legal.then(|| format!("{plus}{digits}"))
}

/// Nothing but white space and characters that show nothing (attack 37). A password of spaces is a password here; the
/// directory has its own rule.
fn is_blank(text: &str, claim: &ClaimType) -> bool {
    let hidden = |c: char| {
        c.is_whitespace()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{00AD}')
    };
    text.is_empty() || (claim.input != Some(InputType::Password) && text.chars().all(hidden))
}

/// Whether every value chosen is one of the list (attack 41).
fn in_list(speaker: Speaker<'_>, claim: &ClaimType, text: &str) -> bool {
    let known = |value: &str| speaker.choices(claim).iter().any(|choice| choice.value == value);
    match claim.input {
        Some(InputType::DropdownSingleSelect | InputType::RadioSingleSelect) => known(text),
        Some(InputType::CheckboxMultiSelect) => text.split(',').all(known),
        _ => true,
    }
}

/// The pattern's own help, which is what the page shows too; the general text where the policy gives none.
fn pattern_text(speaker: Speaker<'_>, claim: &ClaimType, label: impl Fn() -> Vec<String>) -> String {
    let written = claim.pattern.as_ref().map_or("", |pattern| pattern.help.as_str());
    let help = speaker.pattern_help(claim, written);
    if help.is_empty() {
        speaker.message(None, "UserMessageIfIncorrectPattern", &label())
    } else {
        help.to_owned()
    }
}

/// The text of the first group that fails: the group's help followed by that of its failing predicates
/// (policy-language 4.3).
fn broken_rules(speaker: Speaker<'_>, claim: &ClaimType, text: &str, today: Date) -> Option<String> {
    let validation = claim.validation.as_deref()?;
    for group in &validation.groups {
        let failing: Vec<_> =
            group.predicates.iter().filter(|predicate| !predicate.test.holds(text, today)).collect();
        if group.predicates.len() - failing.len() >= group.at_least {
            continue;
        }
        let help = speaker.group_help(&validation.id, &group.id, group.help.as_deref());
        let mut lines = vec![fill(help, &[group.at_least.to_string()])];
        lines.extend(failing.iter().map(|p| speaker.predicate_help(&p.id, &p.help).to_owned()));
        lines.retain(|line| !line.is_empty());
        if lines.is_empty() {
            lines.push(speaker.message(
                None,
                "UserMessageIfInvalidInput",
                &[speaker.label(claim).to_owned()],
            ));
        }
        return Some(lines.join("\n"));
    }
    None
}

/// An address counts only if exactly it was verified on this page (attack 28).
fn verified(speaker: Speaker<'_>, field: Expected<'_>, value: Option<Value>, asked: &Asked) -> Checked {
    let (true, Some(given)) = (field.verified, &value) else {
        // What cannot be typed in and has no value can never be proven.
        let hopeless = field.verified && field.required;
        return if hopeless && value.is_none() { Err(unproven(speaker, field)) } else { Ok(value) };
    };
    let mail = asked.mails.get(&field.claim.id);
    let proven =
        mail.is_some_and(|mail| mail.state == Verification::Verified && mail.address == given.text());
    if proven {
        return Ok(value);
    }
    Err(unproven(speaker, field))
}

fn unproven(speaker: Speaker<'_>, field: Expected<'_>) -> String {
    speaker.message(None, "UserMessageIfClaimNotVerified", &[speaker.label(field.claim).to_owned()])
}

/// `reenterPassword` must equal `newPassword`, or `password` where that is not asked (technical-profiles 4.5). The ids
/// are magic; compared after NFC, as the directory will.
fn twins(speaker: Speaker<'_>, expected: &[Expected<'_>], filled: &mut Filled) {
    let named = |id: &str| expected.iter().find(|field| field.claim.id.eq_ignore_ascii_case(id));
    let Some(again) = named("reenterPassword") else { return };
    let Some(first) = named("newPassword").or_else(|| named("password")) else { return };
    let text = |id: &Name| filled.values.text(id).map(|text| text.nfc().collect::<String>());
    if filled.problems.contains_key(&first.claim.id) || text(&first.claim.id) == text(&again.claim.id) {
        return;
    }
    let words = speaker.message(None, "error_passwordEntryMismatch", &[]);
    filled.problems.insert(again.claim.id.clone(), words);
}
