//! The product's own words, where the policy gives none: page texts, error messages, control texts, in five languages.
//!
//! In: an id and a language tag. Out: a text, never HTML. A tag falls back `xx-YY` → `xx` → English; no file name or
//! other resource is ever made from it (attack 45). Must not know policies or pages as they run.

mod ar;
mod countries;
mod de;
mod en;
mod es;
mod fr;
#[cfg(test)]
mod text_tests;

use std::collections::BTreeMap;

use crate::policy::{ControlKind, PageKind, PageVersion};

/// A table of texts by documented id.
type Table = &'static [(&'static str, &'static str)];

/// Everything of one language.
struct Texts {
    tag: &'static str,
    unified: Table,
    self_asserted: Table,
    phone: Table,
    others: Table,
    errors: Table,
    controls: Table,
    own: Table,
}

macro_rules! texts {
    ($tag:literal, $module:ident) => {
        Texts {
            tag: $tag,
            unified: $module::UNIFIED,
            self_asserted: $module::SELF_ASSERTED,
            phone: $module::PHONE,
            others: $module::OTHERS,
            errors: $module::ERRORS,
            controls: $module::CONTROLS,
            own: $module::OWN,
        }
    };
}

const ENGLISH: &Texts = &texts!("en", en);
const LANGUAGES: &[Texts] =
    &[texts!("en", en), texts!("de", de), texts!("fr", fr), texts!("es", es), texts!("ar", ar)];

/// Patterns stand among the UxElement ids but are the same in every language (user-interface 7.2, 7.4).
const UNIFIED_PATTERNS: Table = &[(
    "email_pattern",
    r"^[a-zA-Z0-9.!#$%&'*+\/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
)];
const PHONE_PATTERNS: Table =
    &[("code_pattern", r"\d{6}"), ("number_pattern", r"^\+(?:[0-9][\x20-]?){6,14}[0-9]$")];

/// Ids that changed their name between page versions: where a policy names one, it means the other too
/// (user-interface 10, trap 15). Old name first.
pub const TWINS: &[(&str, &str)] = &[
    ("createaccount_link", "createaccount_one_link"),
    ("requiredField_email", "requiredField_generic"),
    ("invalid_email", "invalid_generic"),
    ("local_intro_email", "local_intro_generic"),
    ("intro", "initial_intro"),
    ("required_field", "required_field_descriptive"),
];

/// Words of verification controls that stood among the page's in 2.0.0, and what they are called from 2.1.0 on
/// (user-interface 7.6).
pub const OLD_CONTROL_WORDS: &[(&str, &str)] = &[
    ("verification_control_code_sent", "success_send_code_msg"),
    ("verification_control_fail_send_code", "failure_send_code_msg"),
    ("verification_control_fail_verify_code", "failure_verify_code_msg"),
    ("verification_control_but_send_code", "but_send_code"),
    ("verification_control_but_verify_code", "but_verify_code"),
    ("verification_control_but_send_new_code", "but_send_new_code"),
    ("verification_control_but_change_claims", "but_change_claims"),
];

/// Beginnings of ids in the tables of controls' words: the same string id means something else on another control.
const APP: &str = "app.";
const DETAILS: &str = "details.";
const CAPTCHA: &str = "captcha.";

/// Languages that have texts of our own, as primary tags.
pub fn languages() -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().map(|texts| texts.tag)
}

/// The words of a page (UxElement) by documented id, every id of the kind present.
pub fn ux(kind: PageKind, version: PageVersion, language: &str) -> BTreeMap<String, String> {
    let pick = |texts: &Texts| match kind {
        PageKind::Unified | PageKind::UnifiedPlain => texts.unified,
        PageKind::SelfAsserted => texts.self_asserted,
        PageKind::Multifactor => texts.phone,
        PageKind::Selection | PageKind::Exception | PageKind::Consent => texts.others,
    };
    let patterns: Table = match kind {
        PageKind::Unified | PageKind::UnifiedPlain => UNIFIED_PATTERNS,
        PageKind::Multifactor => PHONE_PATTERNS,
        _ => &[],
    };
    let tables = [patterns, pick(ENGLISH), pick(of(language))];
    let all = tables.iter().flat_map(|table| table.iter());
    let mut words: BTreeMap<String, String> =
        all.map(|(id, text)| (id.to_string(), text.to_string())).collect();
    if kind == PageKind::Multifactor {
        words.insert("countryList".to_owned(), countries::list(of(language).tag));
    }
    if version.0 >= 2 {
        // The 2.0.0 names went to the DisplayControl element type in 2.1.0 (user-interface 7.6).
        let moved = version >= PageVersion(2, 1, 0);
        words.retain(|id, _| !(moved && id.starts_with("verification_control_")));
    }
    words
}

/// The built-in text of an error message key, in any case; none where no such key is documented.
pub fn error(language: &str, key: &str) -> Option<&'static str> {
    find(of(language).errors, key).or_else(|| find(ENGLISH.errors, key))
}

/// The built-in texts of a display control's string ids (user-interface 7.6, 7.7).
pub fn control_words(
    kind: ControlKind,
    language: &str,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_kind = move |id: &'static str| match kind {
        ControlKind::AuthenticatorAppIcon => id.strip_prefix(APP),
        ControlKind::AuthenticatorInfo => id.strip_prefix(DETAILS),
        ControlKind::Captcha => id.strip_prefix(CAPTCHA),
        _ => Some(id).filter(|id| !id.contains('.')),
    };
    let texts = of(language).controls;
    en::CONTROLS.iter().filter_map(move |(id, english)| {
        let name = of_kind(id).filter(|name| belongs(kind, name))?;
        Some((name, find(texts, id).unwrap_or(english)))
    })
}

/// Which of the words without a prefix a kind of control has.
fn belongs(kind: ControlKind, id: &str) -> bool {
    match kind {
        ControlKind::QrCode => ["title_text", "info_msg", "link_text"].contains(&id),
        ControlKind::Verification => id.ends_with("_msg") && id != "info_msg" || id.starts_with("but_"),
        ControlKind::Captcha | ControlKind::AuthenticatorAppIcon | ControlKind::AuthenticatorInfo => true,
    }
}

/// A word of our own pages and page script; empty for an id that does not exist, which a test excludes.
pub fn own(language: &str, id: &str) -> &'static str {
    find(of(language).own, id).or_else(|| find(ENGLISH.own, id)).unwrap_or_default()
}

/// The language in which `own` answers for a tag.
pub fn spoken(language: &str) -> &'static str {
    of(language).tag
}

/// Whether a language is written from right to left.
pub fn is_right_to_left(language: &str) -> bool {
    ["ar", "he", "iw", "fa", "ur", "ps", "yi"].contains(&primary(language).as_str())
}

fn of(language: &str) -> &'static Texts {
    let wanted = primary(language);
    LANGUAGES.iter().find(|texts| texts.tag == wanted).unwrap_or(ENGLISH)
}

fn primary(language: &str) -> String {
    language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

fn find(table: Table, id: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)).map(|(_, text)| *text)
}
