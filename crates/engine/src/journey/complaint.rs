//! What is said about a field that is wrong: the page says it in its own words, by its script or drawn again without
//! (user-interface 4); the reply to a post in those of ErrorMessage (7.5).
//!
//! In: a claim type and whose words a page shows. Out: texts. Must not know what makes a value wrong.

use std::collections::BTreeMap;

use super::words::{Speaker, fill};
use crate::kind::Kind;
use crate::policy::{ClaimType, InputType, PageKind, PageVersion};

/// Sorts of mistakes, each with a box above the fields of a self-asserted page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Required and empty.
    Missing,
    /// Not what it must look like.
    Incorrect,
    /// Not the password typed first.
    Mismatch,
}

impl Sort {
    /// The id of the box (user-interface 3.2).
    pub fn box_id(self) -> &'static str {
        match self {
            Sort::Missing => "requiredFieldMissing",
            Sort::Incorrect => "fieldIncorrect",
            Sort::Mismatch => "passwordEntryMismatch",
        }
    }
}

/// One thing said of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What sort of mistake it is.
    pub sort: Sort,
    /// In the page's words, at the field.
    pub shown: String,
    /// In the words of a post's reply.
    pub said: String,
}

/// The page's words about one field, the same for its script and for a page drawn again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaints {
    /// It is required and empty.
    pub missing: String,
    /// It has not the form of its type, is too long, or not on the list.
    pub invalid: String,
    /// It does not match its pattern.
    pub unmatched: String,
}

/// A page's words by id.
pub type Words = BTreeMap<String, String>;

/// The page's words about a field.
pub fn complaints<'a>(speaker: Speaker<'a>, words: &Words, claim: &'a ClaimType) -> Complaints {
    match speaker.content.page {
        PageKind::Unified | PageKind::UnifiedPlain => of_sign_in(speaker, words, claim),
        _ => of_form(speaker, words, claim),
    }
}

/// Below 2.0.0 the combined page has words for each kind of sign-in name, from then on one with a place for the label.
fn of_sign_in<'a>(speaker: Speaker<'a>, words: &Words, claim: &'a ClaimType) -> Complaints {
    let label = [speaker.label(claim).to_owned()];
    let word = |id: &str| fill(words.get(id).map(String::as_str).unwrap_or_default(), &label);
    let modern = speaker.content.version >= PageVersion(2, 0, 0);
    let (missing, invalid) = match (claim.input, modern, is_username(speaker)) {
        (Some(InputType::Password), true, _) => ("requiredField_password", "invalid_generic"),
        (Some(InputType::Password), false, _) => ("requiredField_password", "invalid_password"),
        (_, true, _) => ("requiredField_generic", "invalid_generic"),
        (_, false, true) => ("requiredField_username", "invalid_generic"),
        (_, false, false) => ("requiredField_email", "invalid_email"),
    };
    let invalid = word(invalid);
    Complaints { missing: word(missing), unmatched: invalid.clone(), invalid }
}

fn of_form<'a>(speaker: Speaker<'a>, words: &Words, claim: &'a ClaimType) -> Complaints {
    let label = [speaker.label(claim).to_owned()];
    let word = |id: &str| fill(words.get(id).map(String::as_str).unwrap_or_default(), &label);
    // The label stands in the sentence from 2.1.16 on (user-interface 1.1, 4).
    let descriptive = speaker.content.version >= PageVersion(2, 1, 16);
    let written = claim.pattern.as_ref().map_or("", |pattern| pattern.help.as_str());
    let help = speaker.pattern_help(claim, written);
    Complaints {
        missing: word(if descriptive { "required_field_descriptive" } else { "required_field" }),
        invalid: speaker.message(None, "UserMessageIfInvalidInput", &label),
        unmatched: match help {
            "" => speaker.message(None, "UserMessageIfIncorrectPattern", &label),
            help => help.to_owned(),
        },
    }
}

/// `setting.operatingMode` is `Username`.
pub fn is_username(speaker: Speaker<'_>) -> bool {
    let kind = speaker.profile.map(|profile| &profile.kind);
    matches!(kind, Some(Kind::SelfAsserted(settings)) if settings.username_mode)
}
