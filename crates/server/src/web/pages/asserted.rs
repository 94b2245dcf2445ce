//! A self-asserted page inside `#api` (user-interface 3.2).
//!
//! In: page data. Out: elements in the order and nesting of the contract. Below 1.2 the form is a `div`.

use vestibule_engine::journey::page::{Form, Item, Verification};
use vestibule_engine::policy::{ControlKind, InputType};

use super::fields::{self, Setting};
use super::markup::{Element, el};
use super::{Ask, control, scriptless};

/// Id of the form element.
pub(super) const FORM: &str = "attributeVerification";

pub(super) fn draw(ask: &Ask<'_>, form: &Form) -> Vec<Element> {
    let intro = ask.word("initial_intro");
    let mut out: Vec<Element> = ask.heading().into_iter().collect();
    out.push(el("div").class("buttons"));
    out.push(el("div").class("intro").child(el("p").text(intro)));
    let container = if ask.since(1, 2, 0) {
        el("form").id(FORM).attr("action", "JavaScript:void(0);")
    } else {
        // The form that posts without script stands beside `#api` and has the id.
        el("div").id("attributeVerification").attr("role", "form")
    };
    let waits = waits_for_code(form);
    out.push(
        container
            .children(page_errors(ask, form))
            .child(attribute_list(ask, form, waits))
            .child(buttons(ask, form, waits))
            .child(verifying(ask)),
    );
    out.extend(disclaimer(ask));
    out
}

/// Whether an address is still to be verified.
fn waits_for_code(form: &Form) -> bool {
    form.items.iter().any(|item| match item {
        Item::Field(field) => field.verification.is_some_and(|state| state != Verification::Verified),
        Item::Control(control) => {
            control.kind == ControlKind::Verification && control.state != Verification::Verified
        }
    })
}

fn page_errors(ask: &Ask<'_>, form: &Form) -> Vec<Element> {
    let re_enter = form.items.iter().any(|item| match item {
        Item::Field(field) => field.id.eq_ignore_ascii_case("reenterPassword"),
        Item::Control(_) => false,
    });
    let class = if ask.since(1, 1, 0) { "error pageLevel" } else { "errorText" };
    let hidden = |id: &'static str, text: &str| {
        let display = ask.page.problems.boxes.contains(id).then_some("block");
        el("div").id(id).class(class).attr("role", "alert").shown(display).text(text)
    };
    let mut out = Vec::new();
    if re_enter {
        out.push(hidden("passwordEntryMismatch", ask.word("error_passwordEntryMismatch")));
    }
    out.push(hidden("requiredFieldMissing", ask.word("error_requiredFieldMissing")));
    out.push(hidden("fieldIncorrect", ask.word("error_fieldIncorrect")));
    if ask.since(2, 1, 25) {
        out.push(hidden("captchaUnresolved", ask.word("captcha_unresolved")));
    }
    out.push(match ask.page.problems.page.as_deref() {
        None => hidden("claimVerificationServerError", ""),
        Some(problem) => el("div")
            .id("claimVerificationServerError")
            .class(class)
            .attr("role", "alert")
            .attr("aria-live", "polite")
            .attr("tabindex", "1")
            .shown(Some("block"))
            .text(problem),
    });
    out
}

fn attribute_list(ask: &Ask<'_>, form: &Form, waits: bool) -> Element {
    let inert_now = waits && ask.since(2, 1, 18);
    let item = |item: &Item| match item {
        Item::Field(field) => {
            let verifies = field.verification.is_some();
            let locked = field.verification == Some(Verification::Verified);
            let inert = inert_now && !verifies && field.input != InputType::Paragraph;
            fields::list_item(ask, field, Setting { inert, locked, ..Setting::default() })
        }
        Item::Control(shown) => control::list_item(ask, shown),
    };
    let list = el("ul").children(form.items.iter().filter_map(item));
    el("div").id("attributeList").class("attr").child(list)
}

fn buttons(ask: &Ask<'_>, form: &Form, waits: bool) -> Element {
    let text = ask.word("button_continue");
    let go_on = || {
        let button = el("button").id("continue");
        let button = if ask.since(1, 2, 0) {
            button.attr("type", "submit").attr("form", FORM)
        } else {
            button.attr("form", FORM).when(waits, |button| button.flag("disabled"))
        };
        let inert = waits && ask.since(2, 1, 18);
        let button =
            button.attr("aria-disabled", if inert { "true" } else { "false" }).attr("aria-label", text);
        scriptless::posts(ask, button.when(inert, |button| button.attr("tabindex", "-1"))).text(text)
    };
    let cancel = || {
        let text = ask.word("button_cancel");
        let button = el("button").id("cancel").attr("aria-label", text);
        scriptless::chooses(ask, button, scriptless::ACTION, "cancel").text(text)
    };
    el("div")
        .class("buttons")
        .children(form.show_continue.then(go_on))
        .children(form.show_cancel.then(cancel))
}

fn verifying(ask: &Ask<'_>) -> Element {
    let blurb = el("div").id("verifying_blurb").text(ask.word("verifying_blurb"));
    el("div")
        .class("verifying-modal")
        .attr("aria-live", "assertive")
        .attr("aria-labelledby", "verifying_blurb")
        .shown(None)
        .child(blurb)
}

/// Links to terms and the like, where the policy has texts for them (2.1.1).
fn disclaimer(ask: &Ask<'_>) -> Option<Element> {
    if !ask.since(2, 1, 1) {
        return None;
    }
    let link = |number: u8| {
        let text = ask.word(&format!("disclaimer_link_{number}_text"));
        let url = ask.word(&format!("disclaimer_link_{number}_url"));
        let safe = url.starts_with("https://") || url.starts_with("http://");
        let link = || {
            el("a")
                .class("disclaimer-link")
                .attr("href", url)
                .attr("target", "_blank")
                .attr("rel", "noopener")
        };
        (safe && !text.is_empty()).then(|| link().text(text))
    };
    let links: Vec<Element> = [1, 2].into_iter().filter_map(link).collect();
    let intro = ask.word("disclaimer_msg_intro");
    let block = || {
        let block = el("div").class("disclaimer-container");
        block.when(!intro.is_empty(), |block| block.child(el("span").text(intro))).children(links)
    };
    (!intro.is_empty() || !ask.word("disclaimer_link_1_text").is_empty()).then(block)
}
