//! Display controls inside `#attributeList` (user-interface 3.5). Those of authenticator apps stand in
//! `authenticator`, the captcha in `captcha`.

use vestibule_engine::journey::page::{Control, Field, Verification};
use vestibule_engine::policy::ControlKind;

use super::Ask;
use super::fields::{self, Setting};
use super::markup::{Element, el};
use super::{authenticator, captcha};

/// Buttons: suffix of the id and word, class, states in which it shows.
const BUTTONS: &[(&str, &str, &[Verification])] = &[
    ("but_send_code", "sendCode", &[Verification::Initial]),
    ("but_verify_code", "verifyCode", &[Verification::Sent]),
    ("but_send_new_code", "sendNewCode", &[Verification::Sent]),
    ("but_change_claims", "changeClaims", &[Verification::Verified]),
];

pub(super) fn list_item(ask: &Ask<'_>, control: &Control) -> Option<Element> {
    let id = &control.id;
    let label = el("label").id(format!("{id}_label")).attr("for", &**id);
    let label = label.when(control.label.is_empty(), |label| label.attr("style", "display:none"));
    let content = match control.kind {
        ControlKind::Verification => verification(ask, control),
        ControlKind::QrCode => authenticator::qr_code(control),
        ControlKind::AuthenticatorInfo => authenticator::info(control),
        ControlKind::AuthenticatorAppIcon => authenticator::app(control),
        ControlKind::Captcha => {
            let class = format!("{} {id}_li", control.kind.name());
            return Some(el("li").class(class).child(captcha::entry(ask, control)));
        }
    };
    let entry = el("div").class("attrEntry").child(label.text(&control.label));
    let entry =
        entry.child(el("div").class("error itemLevel").attr("role", "alert").shown(None)).child(content);
    Some(el("li").class(format!("{} {id}_li", control.kind.name())).child(entry))
}

fn verification(ask: &Ask<'_>, control: &Control) -> Element {
    let id = &control.id;
    let success = match control.state {
        Verification::Initial => None,
        Verification::Sent => Some(word(control, "success_send_code_msg")),
        Verification::Verified => Some(word(control, "success_verify_code_msg")),
    };
    let problem = ask.page.problems.fields.get(id).map(String::as_str);
    let button = |(suffix, class, states): &(&str, &str, &[Verification])| {
        el("button")
            .class(*class)
            .id(format!("{id}_{suffix}"))
            .attr("type", "button")
            .attr("aria-label", word(control, suffix))
            .shown(states.contains(&control.state).then_some("inline"))
            .text(word(control, suffix))
    };
    el("div")
        .id(&**id)
        .class("verificationControlContent")
        .child(message(control, "verificationInfoText", "info", None))
        .child(message(control, "verificationSuccessText", "success", success))
        .child(message(control, "verificationErrorText error", "error", problem))
        .child(list(ask, control))
        .child(el("div").class("working").shown(None))
        .child(el("div").class("buttons").children(BUTTONS.iter().map(button)))
}

pub(super) fn word<'a>(control: &'a Control, id: &str) -> &'a str {
    control.words.get(id).map(String::as_str).unwrap_or_default()
}

/// A message box; its class says how it looks, its child carries the text. `info` stays hidden unless a style shows it.
fn message(control: &Control, class: &'static str, which: &str, text: Option<&str>) -> Element {
    let role = if which == "error" { "alert" } else { "status" };
    let told = if which == "info" { Some(word(control, "intro_msg")) } else { text };
    let inner = el("div")
        .id(format!("{}_{which}_message", control.id))
        .attr("role", role)
        .shown(text.map(|_| "block"))
        .text(told.unwrap_or_default());
    el("div").class(class).child(inner)
}

fn list(ask: &Ask<'_>, control: &Control) -> Element {
    let item = |(field, role): &(Field, Option<String>)| {
        let is_code = role.as_deref() == Some("VerificationCode");
        let setting = Setting {
            role: Some(role.as_deref().unwrap_or(&field.id)),
            hidden: is_code && control.state != Verification::Sent,
            locked: !is_code && control.state == Verification::Verified,
            ..Setting::default()
        };
        fields::list_item(ask, field, setting)
    };
    el("ul").children(control.fields.iter().filter_map(item))
}
