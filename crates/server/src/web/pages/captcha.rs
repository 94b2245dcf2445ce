//! The captcha control (user-interface 3.6): a picture or a sound, the answer's field, and buttons for another one.
//!
//! In: the control, with the challenge where one was just made for a browser without script. Out: elements. Ids are those
//! that scripts of customers and testers look for: `<control>-img`, `<control>` the field, `<control>-generateCaptchaBtn`,
//! `<control>-switchCaptchaBtn`.

use vestibule_engine::journey::page::{Control, Verification};

use super::control::word;
use super::markup::{Element, el};
use super::{Ask, asserted, phone, unified};

/// What a page says while its captcha is open.
pub(super) fn unsolved<'a>(ask: &'a Ask<'_>) -> &'a str {
    ask.word("captcha_unresolved")
}

/// The control's inside.
fn content(ask: &Ask<'_>, control: &Control) -> Element {
    let id = &control.id;
    let solved = control.state == Verification::Verified;
    let entered = control.fields.iter().find(|(_, role)| role.as_deref() == Some("CaptchaEntered"));
    let name = entered.map_or_else(|| id.to_string(), |(field, _)| field.id.to_string());
    let challenge = control.challenge.as_deref();
    let is_sound = challenge.is_some_and(|challenge| challenge.starts_with("data:audio/"));
    let picture = challenge.filter(|_| !is_sound);
    let image = el("img")
        .id(format!("{id}-img"))
        .class("captcha-image")
        .maybe("src", picture)
        .attr("alt", word(control, "captchatype_visual_help"))
        .shown(picture.map(|_| "block"));
    let sound = el("audio")
        .id(format!("{id}-audio"))
        .flag("controls")
        .maybe("src", challenge.filter(|_| is_sound))
        .attr("aria-label", word(control, "captchatype_audio_title"))
        .shown(is_sound.then_some("block"));
    let help = if is_sound { "captchatype_audio_help" } else { "captchatype_visual_help" };
    let input = el("input")
        .id(&**id)
        .class("textInput captchaInput")
        .attr("type", "text")
        .attr("name", name)
        .attr("form", form(ask))
        .attr("aria-describedby", format!("{id}-help"))
        .attr("autocomplete", "off")
        .attr("autocapitalize", "characters")
        .attr("spellcheck", "false")
        .attr("maxlength", "12");
    let button = |suffix: &str, key: &str| {
        let text = word(control, key).replace("{0}", "").trim().to_owned();
        el("button").id(format!("{id}-{suffix}")).attr("type", "button").attr("aria-label", &text).text(text)
    };
    let done = el("div").id(format!("{id}_success_message")).class("verificationSuccessText");
    el("div")
        .class("captchaControlContent")
        .child(
            done.attr("role", "status")
                .shown(solved.then_some("block"))
                .text(word(control, "captcha_resolved")),
        )
        .child(
            el("div")
                .class("captcha-challenge")
                .shown((!solved).then_some("block"))
                .child(el("div").class("captcha-imageContent").child(image).child(sound))
                .child(el("p").id(format!("{id}-help")).class("captcha-help").text(word(control, help)))
                .child(input)
                .child(
                    el("div")
                        .class("buttons")
                        .child(button("generateCaptchaBtn", "newCaptcha_arialabel"))
                        .child(button("switchCaptchaBtn", "switchCaptchaType_title")),
                ),
        )
}

/// The form that the answer is of.
fn form(ask: &Ask<'_>) -> &'static str {
    use vestibule_engine::journey::page::Body;
    match ask.page.body {
        Body::Unified(_) => unified::FORM,
        Body::Phone(_) => phone::FORM,
        Body::Form(_) | Body::Selection(_) => asserted::FORM,
    }
}

/// The control on pages without a list of fields.
pub(super) fn block(ask: &Ask<'_>, control: &Control) -> Element {
    el("div").class(format!("CaptchaControl {}_li", control.id)).child(entry(ask, control))
}

/// Label, message and inside.
pub(super) fn entry(ask: &Ask<'_>, control: &Control) -> Element {
    let id = &control.id;
    let problem = ask.page.problems.fields.get(id);
    el("div")
        .class("attrEntry")
        .child(el("label").id(format!("{id}_label")).attr("for", &**id).text(caption(control)))
        .child(error(control, problem.map(String::as_str)))
        .child(content(ask, control))
}

/// The control's name: the policy's, else ours.
fn caption(control: &Control) -> &str {
    if control.label.is_empty() { word(control, "captcha_label") } else { &control.label }
}

/// Where a message at the control goes.
fn error(control: &Control, problem: Option<&str>) -> Element {
    el("div")
        .class("error itemLevel")
        .id(format!("v-{}-error", control.id))
        .attr("role", "alert")
        .shown(problem.map(|_| "block"))
        .text(problem.unwrap_or_default())
}
