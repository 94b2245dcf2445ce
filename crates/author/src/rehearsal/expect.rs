//! What a page, a token or a refusal is expected to be, and what it is instead.
//!
//! In: the expectation and the engine's data. Out: nothing, or a sentence for the author.

use serde_json::Value as Json;
use vestibule_engine::journey::page::{Body, Field, Form, Item, Phone};
use vestibule_engine::journey::{Issue, Page};
use vestibule_engine::kind::phone::PhoneMode;
use vestibule_engine::policy::PageKind;

/// The form of a page, if it has one.
pub(super) fn form(page: &Page) -> Option<&Form> {
    match &page.body {
        Body::Unified(unified) => unified.form.as_ref(),
        Body::Form(form) => Some(form),
        _ => None,
    }
}

/// The kind of a page by the word a DataUri uses.
pub(super) fn kind(page: &Page) -> &'static str {
    match page.kind {
        PageKind::Unified => "unifiedssp",
        PageKind::UnifiedPlain => "unifiedssd",
        PageKind::SelfAsserted => "selfasserted",
        PageKind::Selection => "providerselection",
        PageKind::Multifactor => "multifactor",
        PageKind::Exception => "globalexception",
        PageKind::Consent => "claimsconsent",
    }
}

/// What a phone page asks: a number to be typed, or one of those on record by their places; its captcha in brackets.
fn asked_of_phone(phone: &Phone) -> Vec<String> {
    let mut asked: Vec<String> = match phone.numbers.is_empty() {
        true => vec!["countryCode".to_owned(), "number".to_owned()],
        false => phone.numbers.iter().map(|known| known.id.to_string()).collect(),
    };
    asked.extend(phone.captcha.as_ref().map(|control| format!("[{}]", control.id)));
    asked
}

/// The fields and controls of a page, controls in brackets.
pub(super) fn asked(page: &Page) -> Vec<String> {
    if let Body::Phone(phone) = &page.body {
        return asked_of_phone(phone);
    }
    let items = form(page).map(|form| form.items.as_slice()).unwrap_or_default();
    items
        .iter()
        .map(|item| match item {
            Item::Field(field) => field.id.to_string(),
            Item::Control(control) => format!("[{}]", control.id),
        })
        .collect()
}

/// What a field lets choose from: values; of a phone page's `number` those on record, masked.
pub(super) fn choices(page: &Page, claim: &str) -> Result<Vec<String>, String> {
    match &page.body {
        Body::Phone(phone) if claim == "number" => {
            Ok(phone.numbers.iter().map(|known| known.masked.clone()).collect())
        }
        Body::Phone(phone) if claim == "countryCode" => {
            Ok(phone.countries.iter().map(|country| country.region.clone()).collect())
        }
        _ => field(page, claim).map(|field| field.choices.iter().map(|one| one.value.clone()).collect()),
    }
}

/// A field of a page or of one of its controls.
pub(super) fn field<'a>(page: &'a Page, claim: &str) -> Result<&'a Field, String> {
    let items = form(page).map(|form| form.items.as_slice()).unwrap_or_default();
    let mut fields = items.iter().flat_map(|item| match item {
        Item::Field(field) => vec![field],
        Item::Control(control) => control.fields.iter().map(|(field, _)| field).collect(),
    });
    fields
        .find(|field| field.id.eq_ignore_ascii_case(claim))
        .ok_or_else(|| format!("the page does not ask `{claim}`; it asks {}", listed(&asked(page))))
}

/// Everything a page offers beside its fields.
pub(super) fn offered(page: &Page) -> Vec<String> {
    let mut all = Vec::new();
    match &page.body {
        Body::Unified(unified) => {
            if !unified.sign_up.is_empty() {
                all.push("signup".to_owned());
            }
            if unified.forgot.is_some() {
                all.push("forgot".to_owned());
            }
            if unified.remember_me {
                all.push("remember".to_owned());
            }
            all.extend(unified.sign_up.iter().chain(&unified.providers).map(|one| one.exchange.to_string()));
        }
        Body::Form(form) => {
            if form.show_cancel {
                all.push("cancel".to_owned());
            }
        }
        Body::Phone(phone) => {
            all.extend((phone.mode != PhoneMode::Phone).then(|| "sms".to_owned()));
            all.extend((phone.mode != PhoneMode::Sms).then(|| "call".to_owned()));
            all.extend(phone.show_cancel.then(|| "cancel".to_owned()));
        }
        Body::Selection(buttons) => all.extend(buttons.iter().map(|one| one.exchange.to_string())),
    }
    all
}

/// Names for a sentence.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

/// A claim of a token by its wire name.
pub(super) fn token<'a>(issue: &'a Issue, name: &str) -> Option<&'a Json> {
    issue.claims.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// Whether a JSON value is what is written: its text, or its JSON; `*` is anything.
pub(super) fn is(value: &Json, written: &str) -> bool {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    written == "*"
        || text == written
        || serde_json::from_str::<Json>(written).is_ok_and(|json| json == *value)
}

/// A value that must be there and, where one is written, be that.
pub(super) fn holds(
    what: &str,
    name: &str,
    value: Option<&Json>,
    written: Option<&str>,
) -> Result<(), String> {
    match (value, written) {
        (None, _) => Err(format!("the {what} has no `{name}`")),
        (Some(_), None) => Ok(()),
        (Some(value), Some(written)) if is(value, written) => Ok(()),
        (Some(value), Some(written)) => Err(format!("`{name}` is {value}, not `{written}`")),
    }
}
