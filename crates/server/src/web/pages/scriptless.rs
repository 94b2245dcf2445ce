//! What a page needs to work without script (user-interface 2.7): where its buttons post, the hidden fields tied to its
//! form, and buttons that do what scripts would do. All of it stands outside `#api` or in attributes.
//!
//! Choices (a provider, cancel) are posted by a form of their own: a submit button before the fields would otherwise be
//! the one that Enter presses.

use vestibule_engine::journey::page::{Body, Control, Field, Form, Item, Phone, PhoneState, Verification};
use vestibule_engine::policy::ControlKind;
use vestibule_engine::text;

use super::markup::{Element, el};
use super::{Ask, asserted, phone, unified};

/// Id of the form that posts choices.
pub(super) const CHOICE_FORM: &str = "v-choices";

/// Name of the field that says what a button wants: `cancel`, `send:<claim>`, `check:<claim>`,
/// `act:<control>:<action>`; absent for an answer.
pub const ACTION: &str = "v_action";

/// A button of the page's form that posts the answer. Browsers anchor `pattern`, policies search with it, so theirs
/// is not the check.
pub(super) fn posts(ask: &Ask<'_>, button: Element) -> Element {
    button.attr("formaction", ask.links.form()).attr("formmethod", "post").flag("formnovalidate")
}

/// A button that posts a choice.
pub(super) fn chooses(ask: &Ask<'_>, button: Element, name: &'static str, value: &str) -> Element {
    button
        .attr("form", CHOICE_FORM)
        .attr("formaction", ask.links.form())
        .attr("formmethod", "post")
        .flag("formnovalidate")
        .attr("name", name)
        .attr("value", value)
}

/// What stands straight after `#api`.
pub(super) fn draw(ask: &Ask<'_>) -> Vec<Element> {
    let mut out = vec![tied_form(ask, CHOICE_FORM)];
    let (form, id) = match &ask.page.body {
        Body::Unified(unified) => (unified.form.as_ref(), unified::FORM),
        Body::Form(form) => (Some(form), asserted::FORM),
        Body::Selection(_) => (None, ""),
        Body::Phone(phone) => {
            out.extend(phone_form(ask, phone));
            return out;
        }
    };
    let Some(form) = form else { return out };
    if ask.since(1, 2, 0) {
        out.extend(tokens(ask, Some(id)));
    } else {
        out.push(tied_form(ask, id));
    }
    out.extend(instead_of_scripts(ask, form, id));
    out
}

fn tokens(ask: &Ask<'_>, form: Option<&str>) -> [Element; 2] {
    let hidden = |name: &str, value: &str| {
        el("input").attr("type", "hidden").attr("name", name).attr("value", value).maybe("form", form)
    };
    [hidden("csrf_token", ask.frame.csrf), hidden("request_type", "RESPONSE")]
}

fn tied_form(ask: &Ask<'_>, id: &str) -> Element {
    el("form")
        .id(id)
        .attr("action", ask.links.form())
        .attr("method", "post")
        .attr("style", "display:none")
        .children(tokens(ask, None))
}

/// Buttons for codes; Continue itself already posts without script.
fn instead_of_scripts(ask: &Ask<'_>, form: &Form, id: &str) -> Option<Element> {
    let mut buttons = Vec::new();
    for item in &form.items {
        match item {
            Item::Field(field) => buttons.extend(mail_buttons(ask, field)),
            Item::Control(control) => buttons.extend(control_buttons(control)),
        }
    }
    noscript(ask, id, buttons)
}

/// The form of the phone page: its fields and buttons are tied to it, so that they work as they stand. What scripts do by
/// themselves has buttons of its own: to hear whether a call was confirmed, to go back to the numbers.
fn phone_form(ask: &Ask<'_>, phone: &Phone) -> Vec<Element> {
    let form = tied_form(ask, phone::FORM);
    let only = match phone.numbers.as_slice() {
        [only] => Some(only.id.to_string()),
        _ => None,
    };
    let form =
        form.children(only.map(|id| el("input").attr("type", "hidden").attr("name", "id").attr("value", id)));
    let own = |id| text::own(&ask.page.language, id).to_owned();
    let mut buttons = Vec::new();
    if phone.state == PhoneState::Calling {
        buttons.push(("hear".to_owned(), own("phone_confirmed")));
    }
    if phone.state != PhoneState::Choosing {
        buttons.push(("redial".to_owned(), own("phone_back")));
    }
    buttons.extend(phone.captcha.iter().flat_map(control_buttons));
    std::iter::once(form).chain(noscript(ask, phone::FORM, buttons)).collect()
}

fn noscript(ask: &Ask<'_>, id: &str, buttons: Vec<(String, String)>) -> Option<Element> {
    if buttons.is_empty() {
        return None;
    }
    let button = |(action, caption): (String, String)| {
        el("button")
            .attr("type", "submit")
            .attr("form", id)
            .attr("formaction", ask.links.form())
            .attr("formmethod", "post")
            .flag("formnovalidate")
            .attr("name", ACTION)
            .attr("value", action)
            .text(caption)
    };
    let told = el("p").text(text::own(&ask.page.language, "without_script"));
    let block = el("div").class("v-scriptless").child(told).children(buttons.into_iter().map(button));
    Some(el("noscript").child(block))
}

fn mail_buttons(ask: &Ask<'_>, field: &Field) -> Vec<(String, String)> {
    let send = |word: &str| (format!("send:{}", field.id), ask.word(word).to_owned());
    let check = || (format!("check:{}", field.id), ask.word("ver_but_verify").to_owned());
    match field.verification {
        Some(Verification::Initial) => vec![send("ver_but_send")],
        Some(Verification::Sent) => vec![check(), send("ver_but_resend")],
        Some(Verification::Verified) => {
            vec![(format!("edit:{}", field.id), ask.word("ver_but_edit").to_owned())]
        }
        None => Vec::new(),
    }
}

fn control_buttons(control: &Control) -> Vec<(String, String)> {
    if control.kind == ControlKind::Captcha {
        return captcha_buttons(control);
    }
    if control.kind != ControlKind::Verification {
        return Vec::new();
    }
    let button = |action: &str, word: &str| {
        let caption = control.words.get(word).cloned().unwrap_or_default();
        (format!("act:{}:{action}", control.id), caption)
    };
    match control.state {
        Verification::Initial => vec![button("SendCode", "but_send_code")],
        Verification::Sent => {
            vec![button("VerifyCode", "but_verify_code"), button("SendCode", "but_send_new_code")]
        }
        Verification::Verified => {
            let caption = control.words.get("but_change_claims").cloned().unwrap_or_default();
            vec![(format!("reset:{}", control.id), caption)]
        }
    }
}

/// A challenge is asked for by a button; its answer goes with the page's own.
fn captcha_buttons(control: &Control) -> Vec<(String, String)> {
    if control.state == Verification::Verified {
        return Vec::new();
    }
    let button = |kind: &str, key: &str| {
        let caption = control.words.get(key).cloned().unwrap_or_default();
        (format!("challenge:{}:{kind}", control.id), caption)
    };
    vec![button("Visual", "captcha_show"), button("Audio", "captcha_play")]
}
