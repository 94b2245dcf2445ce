//! Posted fields → checked claims: required, type, pattern, list, rules, twins (policy-language 6.3 step 1).
//!
//! In: what the page shows, what was posted, what the bag held. Out: claims, or a text for each field. Only fields the
//! page shows are read; everything else that was posted does not exist (attack 26).

use std::cell::OnceCell;
use std::collections::BTreeMap;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use super::complaint::{self, Complaint, Sort};
use super::draw::is_unified;
use super::format::{self, Format, LONGEST};
use super::page::Verification;
use super::state::Asked;
use super::words::{Speaker, fill};
use crate::claims::{Claims, DataType, Name, Value};
use crate::policy::{ClaimType, ContentDefinition, InputType, PageVersion};
use crate::regex::Regex;

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

/// What a field gave: a value, nothing, or what is wrong with it.
type Checked = Result<Option<Value>, Wrong>;

/// What is wrong with a field.
enum Wrong {
    /// Required and empty.
    Missing,
    /// Not of the form of its type, too long, not on the list.
    Invalid,
    /// Not what the pattern wants.
    Unmatched,
    /// Something that both the page and the reply say alike.
    Told(Sort, String),
}

/// The values of one page's fields.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    /// Typed values by claim.
    pub values: Claims,
    /// Fields that were emptied.
    pub emptied: Vec<Name>,
    /// What is wrong, by claim.
    pub problems: BTreeMap<Name, Complaint>,
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
    let words = OnceCell::new();
    let told = |claim: &ClaimType, wrong: Wrong| {
        complain(speaker, words.get_or_init(|| speaker.page_words()), claim, wrong)
    };
    for field in expected.iter().filter(|field| !field.claim.input.is_some_and(InputType::is_asked)) {
        if let Err(wrong) = verified(speaker, *field, field.held.cloned(), asked) {
            filled.problems.insert(field.claim.id.clone(), told(field.claim, wrong));
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
            Err(wrong) => {
                filled.problems.insert(id.clone(), told(field.claim, wrong));
            }
        }
    }
    twins(speaker, expected, &mut filled);
    filled
}

/// A mistake in the page's words and in the reply's.
fn complain(speaker: Speaker<'_>, words: &complaint::Words, claim: &ClaimType, wrong: Wrong) -> Complaint {
    let label = || [speaker.label(claim).to_owned()];
    let page = || complaint::complaints(speaker, words, claim);
    let said = |key: &str| speaker.message(None, key, &label());
    match wrong {
        Wrong::Missing => Complaint {
            sort: Sort::Missing,
            shown: page().missing,
            said: said("UserMessageIfMissingRequiredElement"),
        },
        Wrong::Invalid => Complaint {
            sort: Sort::Incorrect,
            shown: page().invalid,
            said: said("UserMessageIfInvalidInput"),
        },
        Wrong::Unmatched => Complaint {
            sort: Sort::Incorrect,
            shown: page().unmatched,
            said: pattern_text(speaker, claim, &label()),
        },
        Wrong::Told(sort, text) => Complaint { sort, shown: text.clone(), said: text },
    }
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
    if is_blank(text, claim) {
        return if field.required { Err(Wrong::Missing) } else { Ok(None) };
    }
    let password = claim.input == Some(InputType::Password);
    if (!password && text.chars().count() > LONGEST) || text.contains('\0') {
        return Err(Wrong::Invalid);
    }
    if !in_list(speaker, claim, text) || !has_format(speaker, claim, text) {
        return Err(Wrong::Invalid);
    }
    if claim.pattern.as_ref().is_some_and(|pattern| !pattern.regex.is_match(text)) {
        return Err(Wrong::Unmatched);
    }
    if let Some(problem) = broken_rules(speaker, claim, text, today) {
        return Err(Wrong::Told(Sort::Incorrect, problem));
    }
    if claim.data_type == DataType::PhoneNumber {
        return format::digits(text).map(|number| Some(Value::Phone(number))).ok_or(Wrong::Invalid);
    }
    if claim.input == Some(InputType::CheckboxMultiSelect) && claim.data_type == DataType::StringCollection {
        return Ok(Some(Value::Strings(text.split(',').map(str::to_owned).collect())));
    }
    Value::parse(text, claim.data_type).map(Some).map_err(|_| Wrong::Invalid)
}

/// The form of the claim's type. Below 2.0.0 it is the page that says what a sign-in name looks like, not the claim
/// (user-interface 7.2).
fn has_format(speaker: Speaker<'_>, claim: &ClaimType, text: &str) -> bool {
    if is_old_name(speaker, claim) && !complaint::is_username(speaker) && claim.pattern.is_none() {
        let words = speaker.page_words();
        let pattern = words.get("email_pattern").map(|pattern| Regex::new(pattern));
        return !matches!(pattern, Some(Ok(pattern)) if !pattern.is_match(text));
    }
    format_of(speaker, claim).fits(text)
}

/// The format that a field has on its page.
pub fn format_of(speaker: Speaker<'_>, claim: &ClaimType) -> Format {
    if is_old_name(speaker, claim) { Format::Text } else { Format::of(claim) }
}

fn is_old_name(speaker: Speaker<'_>, claim: &ClaimType) -> bool {
    let old = is_unified(speaker.content.page) && speaker.content.version < PageVersion(2, 0, 0);
    old && claim.input != Some(InputType::Password)
}

/// A password of spaces is a password here; the directory has its own rule.
fn is_blank(text: &str, claim: &ClaimType) -> bool {
    text.is_empty() || (claim.input != Some(InputType::Password) && format::shows_nothing(text))
}

/// Whether every value chosen is one of the list (attack 41). A listed value may hold commas itself.
fn in_list(speaker: Speaker<'_>, claim: &ClaimType, text: &str) -> bool {
    let known = |value: &str| speaker.choices(claim).iter().any(|choice| choice.value == value);
    match claim.input {
        Some(InputType::DropdownSingleSelect | InputType::RadioSingleSelect) => known(text),
        Some(InputType::CheckboxMultiSelect) => {
            let mut rest = text;
            while !rest.is_empty() {
                let choices = speaker.choices(claim).iter().filter(|choice| !choice.value.is_empty());
                let tails = choices.filter_map(|choice| {
                    let tail = rest.strip_prefix(choice.value.as_str())?;
                    if tail.is_empty() { Some(tail) } else { tail.strip_prefix(',') }
                });
                match tails.min_by_key(|tail| tail.len()) {
                    Some(tail) => rest = tail,
                    None => return false,
                }
            }
            true
        }
        _ => true,
    }
}

/// The pattern's own help; the general text where the policy gives none.
fn pattern_text(speaker: Speaker<'_>, claim: &ClaimType, label: &[String]) -> String {
    let written = claim.pattern.as_ref().map_or("", |pattern| pattern.help.as_str());
    match speaker.pattern_help(claim, written) {
        "" => speaker.message(None, "UserMessageIfIncorrectPattern", label),
        help => help.to_owned(),
    }
}

/// The text of the first group that fails: the group's help followed by that of its failing predicates
/// (policy-language 4.3).
fn broken_rules(speaker: Speaker<'_>, claim: &ClaimType, text: &str, today: Date) -> Option<String> {
    let validation = claim.validation.as_deref().filter(|_| has_rules(speaker.content))?;
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

/// Sign-in pages know predicates from 2.1.0 on (policy-language 4.3).
pub fn has_rules(content: &ContentDefinition) -> bool {
    !is_unified(content.page) || content.version >= PageVersion(2, 1, 0)
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

fn unproven(speaker: Speaker<'_>, field: Expected<'_>) -> Wrong {
    let label = [speaker.label(field.claim).to_owned()];
    Wrong::Told(Sort::Incorrect, speaker.message(None, "UserMessageIfClaimNotVerified", &label))
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
    let complaint = Complaint { sort: Sort::Mismatch, shown: words.clone(), said: words };
    filled.problems.insert(again.claim.id.clone(), complaint);
}
