//! The built-in e-mail verification around a field: PartnerClaimType `Verified.Email` (user-interface 3.4).
//!
//! In: the field and how far it is. Out: messages before the label, buttons after the input, visible as the state wants.

use vestibule_engine::journey::page::{Field, Verification};

use super::Ask;
use super::markup::{Element, el};

/// Messages: suffix of the id, class, word.
const MESSAGES: &[(&str, &str, &str)] = &[
    ("intro", "verificationInfoText", "ver_intro_msg"),
    ("info", "verificationInfoText", "ver_info_msg"),
    ("success", "verificationSuccessText", "ver_success_msg"),
    ("fail_retry", "verificationErrorText error", "ver_fail_retry"),
    ("fail_no_retry", "verificationErrorText error", "ver_fail_no_retry"),
    ("fail_throttled", "verificationErrorText error", "ver_fail_throttled"),
    ("fail_code_expired", "verificationErrorText error", "ver_fail_code_expired"),
    ("fail_server", "verificationErrorText error", "ver_fail_server"),
    ("incorrect_format", "verificationErrorText error", "ver_incorrect_format"),
];

/// Buttons: suffix of the id and word, class, states in which it shows.
const BUTTONS: &[(&str, &str, &[Verification])] = &[
    ("ver_but_send", "sendButton", &[Verification::Initial]),
    ("ver_but_verify", "verifyButton", &[Verification::Sent]),
    ("ver_but_resend", "sendButton", &[Verification::Sent]),
    ("ver_but_edit", "editButton", &[Verification::Verified]),
    ("ver_but_default", "defaultButton", &[]),
];

/// What stands before the label.
pub(super) fn messages(ask: &Ask<'_>, field: &Field, state: Verification) -> Vec<Element> {
    let shown = match state {
        Verification::Initial => "intro",
        Verification::Sent => "info",
        Verification::Verified => "success",
    };
    let message = |(suffix, class, word): &(&str, &str, &str)| {
        let role = if class.ends_with("error") { "alert" } else { "status" };
        el("div")
            .id(format!("{}_{suffix}", field.id))
            .class(*class)
            .attr("role", role)
            .shown((*suffix == shown).then_some("inline"))
            .text(ask.word(word))
    };
    MESSAGES.iter().map(message).collect()
}

/// What stands after the input.
pub(super) fn buttons(ask: &Ask<'_>, field: &Field, state: Verification) -> Element {
    let id = &field.id;
    let code = (state == Verification::Sent).then_some("inline");
    let label = el("label").id(format!("{id}_ver_input_label")).attr("for", format!("{id}_ver_input"));
    let input = el("input")
        .id(format!("{id}_ver_input"))
        .class("verifyInput")
        .attr("type", "text")
        .attr("name", format!("{id}_ver_input"))
        .attr("placeholder", ask.word("ver_input"))
        .attr("aria-label", ask.word("ver_input"))
        .attr("inputmode", "numeric")
        .attr("autocomplete", "one-time-code")
        .when(!ask.since(1, 2, 0), |input| input.attr("form", super::asserted::FORM));
    let button = |(suffix, class, states): &(&str, &str, &[Verification])| {
        el("button")
            .id(format!("{id}_{suffix}"))
            .class(*class)
            .attr("type", "button")
            .attr("aria-label", ask.word(suffix))
            .shown(states.contains(&state).then_some("inline"))
            .text(ask.word(suffix))
    };
    let whose = if ask.since(1, 2, 0) { "data-claim_id" } else { "claim_id" };
    el("div")
        .class("buttons verify")
        .attr(whose, &**id)
        .child(el("div").id(format!("{id}_ver_wait")).class("working").shown(None))
        .child(label.shown(code).text(ask.word("ver_input")))
        .child(input.shown(code))
        .children(BUTTONS.iter().map(button))
}
