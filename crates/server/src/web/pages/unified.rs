//! The combined sign-in and sign-up page inside `#api` (user-interface 3.1).
//!
//! In: page data. Out: elements in the order and nesting of the contract. Versions below 2 name the sign-in field
//! `logonIdentifier`, below 1.2 there is no form element.

use vestibule_engine::journey::page::{Field, Forgot, Form, Item, ProviderButton, Unified};
use vestibule_engine::kind::ForgotPasswordPlace;
use vestibule_engine::policy::{ControlKind, InputType, PageKind};

use super::markup::{Element, el};
use super::{Ask, captcha, fields, scriptless};

/// Id of the form element, and of the form beside it below 1.2.
pub(super) const FORM: &str = "localAccountForm";

pub(super) fn draw(ask: &Ask<'_>, unified: &Unified) -> Vec<Element> {
    let mut out: Vec<Element> = ask.heading().into_iter().collect();
    let buttons: Vec<&ProviderButton> = unified.providers.iter().filter(|p| !p.text_link).collect();
    if !buttons.is_empty() {
        out.push(social(ask, &buttons));
    }
    match &unified.form {
        Some(form) => {
            if !buttons.is_empty() {
                out.push(divider(ask));
            }
            out.push(local_account(ask, unified, form));
        }
        None => out.extend(links(ask, unified, !buttons.is_empty())),
    }
    out.extend(bottom_links(ask, unified));
    out
}

/// Provider buttons, also drawn by the selection page.
pub(super) fn provider_buttons(ask: &Ask<'_>, buttons: &[&ProviderButton]) -> Element {
    let button = |(place, provider): (usize, &&ProviderButton)| {
        let first = if place == 0 { " firstButton" } else { "" };
        let button = el("button")
            .class(format!("accountButton{first} claims-provider-selection"))
            .id(&*provider.exchange)
            .when(!ask.since(2, 0, 0), |button| button.attr("tabindex", "1"))
            .when(ask.since(2, 0, 0), |button| button.attr("role", "link"));
        let button = scriptless::chooses(ask, button, "claimsexchange", &provider.exchange);
        el("div").child(button.text(&provider.caption))
    };
    el("div").class("options").children(buttons.iter().enumerate().map(button))
}

fn social(ask: &Ask<'_>, buttons: &[&ProviderButton]) -> Element {
    let intro = ask.word("social_intro");
    let class = if ask.since(2, 0, 0) { "claims-provider-list-buttons social" } else { "social" };
    el("div")
        .class(class)
        .attr("role", "form")
        .attr("aria-label", intro)
        .child(el("div").class("intro").child(subheading(ask, intro)))
        .child(provider_buttons(ask, buttons))
}

fn subheading(ask: &Ask<'_>, text: &str) -> Element {
    el("h2").when(ask.since(2, 0, 0), |h2| h2.attr("aria-level", "1")).text(text)
}

fn divider(ask: &Ask<'_>) -> Element {
    el("div").class("divider").child(el("h2").text(ask.word("divider_title")))
}

fn local_account(ask: &Ask<'_>, unified: &Unified, form: &Form) -> Element {
    let fields: Vec<&Field> = form
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Field(field) => Some(field),
            Item::Control(_) => None,
        })
        .collect();
    let intro = local_intro(ask, fields.first().copied());
    let problem = ask.page.problems.page.as_deref();
    let container = if ask.since(1, 2, 0) {
        let form = el("form").id(FORM).class("localAccount").attr("action", "JavaScript:void(0);");
        form.attr("aria-label", &intro)
    } else {
        el("div").class("localAccount").attr("role", "form")
    };
    let entry = el("div")
        .class("entry")
        .children(fields.iter().map(|field| entry_item(ask, unified, field)))
        .child(el("div").class("working"))
        .children(form.items.iter().filter_map(|item| captcha_of(ask, item)))
        .children(remember_me(ask, unified))
        .child(el("div").class("buttons").child(next_button(ask)))
        .children(forgot_at(ask, unified, ForgotPasswordPlace::AfterButtons).map(forgot_block));
    container
        .child(el("div").class("intro").child(subheading(ask, &intro)))
        .child(
            el("div")
                .class("error pageLevel")
                .attr("role", "alert")
                .shown(problem.map(|_| "block"))
                .child(el("p").text(problem.unwrap_or_default())),
        )
        .child(entry)
        .children(links(ask, unified, true))
}

fn captcha_of(ask: &Ask<'_>, item: &Item) -> Option<Element> {
    match item {
        Item::Control(control) if control.kind == ControlKind::Captcha => Some(captcha::block(ask, control)),
        _ => None,
    }
}

fn local_intro(ask: &Ask<'_>, first: Option<&Field>) -> String {
    if ask.since(2, 0, 0) {
        let label = first.map(|field| field.label.as_str()).unwrap_or_default();
        return ask.word("local_intro_generic").replace("{0}", label);
    }
    ask.word(if is_username(ask) { "local_intro_username" } else { "local_intro_email" }).to_owned()
}

/// `setting.operatingMode` is `Username`, in any case.
fn is_username(ask: &Ask<'_>) -> bool {
    let mode = ask.page.config.iter().find(|(key, _)| key.eq_ignore_ascii_case("operatingMode"));
    mode.is_some_and(|(_, mode)| mode.eq_ignore_ascii_case("Username"))
}

fn entry_item(ask: &Ask<'_>, unified: &Unified, field: &Field) -> Element {
    if field.input == InputType::Password { password(ask, unified, field) } else { sign_in_name(ask, field) }
}

fn item_error(ask: &Ask<'_>, field: &Field) -> (Element, Element) {
    let problem = ask.page.problems.fields.get(&field.id);
    let container = el("div")
        .class(if problem.is_some() { "error itemLevel show" } else { "error itemLevel" })
        .id(fields::error_id(&field.id));
    (container.shown(problem.map(|_| "block")), el("p").text(problem.cloned().unwrap_or_default()))
}

/// What a sign-in name looks like below 2.0.0, where the page says so and not the claim (user-interface 7.2).
pub(super) fn old_name_pattern<'a>(ask: &'a Ask<'_>, field: &Field) -> Option<&'a str> {
    let is_page = matches!(ask.page.kind, PageKind::Unified | PageKind::UnifiedPlain);
    let is_name = field.input != InputType::Password && field.pattern.is_none();
    let old = is_page && is_name && !ask.since(2, 0, 0) && !is_username(ask);
    old.then(|| ask.word("email_pattern")).filter(|pattern| !pattern.is_empty())
}

fn sign_in_name(ask: &Ask<'_>, field: &Field) -> Element {
    let modern = ask.since(2, 0, 0);
    let id = if modern { &*field.id } else { "logonIdentifier" };
    let label = match (modern, is_username(ask)) {
        (true, _) => field.label.as_str(),
        (false, true) => ask.word("logonIdentifier_username"),
        (false, false) => ask.word("logonIdentifier_email"),
    };
    let pattern = match &field.pattern {
        Some((pattern, _)) => Some(pattern.as_str()),
        None if modern && field.input == InputType::EmailBox => Some(ask.word("email_pattern")),
        None => old_name_pattern(ask, field),
    };
    let is_mail = match modern {
        true => field.input == InputType::EmailBox || (pattern.is_some() && !is_username(ask)),
        false => !is_username(ask),
    };
    let (error, text) = item_error(ask, field);
    let input = el("input")
        .attr("type", if is_mail && ask.since(1, 2, 0) { "email" } else { "text" })
        .id(id)
        .attr("name", if modern { label } else { "LogonIdentifier" })
        .maybe("pattern", pattern)
        .attr("placeholder", label)
        .attr("value", field.value.as_deref().unwrap_or_default())
        .when(modern, |input| {
            let title = ask.word("invalid_generic").replace("{0}", label);
            input.attr("title", title).attr("aria-label", label).attr("aria-required", "true")
        })
        .when(!modern, |input| input.attr("tabindex", "1"))
        .attr("autocomplete", "username")
        .attr("autocapitalize", "none")
        .attr("spellcheck", "false")
        .when(!is_username(ask), |input| input.attr("inputmode", "email"))
        .when(!ask.since(1, 2, 0), |input| input.attr("form", FORM))
        .flag("autofocus");
    el("div")
        .class("entry-item")
        .child(el("label").attr("for", id).text(label))
        .child(error.attr("role", "alert").child(text))
        .child(invalid(ask, field, input))
}

fn password(ask: &Ask<'_>, unified: &Unified, field: &Field) -> Element {
    let modern = ask.since(2, 0, 0);
    let label = if modern { field.label.as_str() } else { ask.word("password") };
    let (error, text) = item_error(ask, field);
    let input = el("input")
        .attr("type", "password")
        .id(&*field.id)
        .attr("name", if modern { label } else { "Password" })
        .attr("placeholder", label)
        .when(modern, |input| input.attr("aria-label", label))
        .when(!modern, |input| input.attr("tabindex", "1"))
        .attr("autocomplete", "current-password")
        .attr("aria-required", "true")
        .when(!ask.since(1, 2, 0), |input| input.attr("form", FORM));
    let after_label = forgot_at(ask, unified, ForgotPasswordPlace::AfterLabel);
    let labels = el("div").class("password-label").child(el("label").attr("for", &*field.id).text(label));
    let labels = match after_label {
        // Below 2 the link stands in a block of its own (2016 page description).
        Some(link) if !modern => labels.child(el("div").class("forgot-password").child(link)),
        Some(link) => labels.child(link),
        None => labels,
    };
    el("div")
        .class("entry-item")
        .child(labels)
        .child(error.child(text.attr("role", "alert")))
        .child(invalid(ask, field, input))
        .children(forgot_at(ask, unified, ForgotPasswordPlace::AfterInput).map(forgot_block))
}

fn invalid(ask: &Ask<'_>, field: &Field, input: Element) -> Element {
    input.when(ask.page.problems.fields.contains_key(&field.id), |input| {
        input
            .class("highlightError")
            .attr("aria-invalid", "true")
            .attr("aria-describedby", fields::error_id(&field.id))
    })
}

fn forgot_block(link: Element) -> Element {
    el("div").class("forgot-password center-height").child(link)
}

fn forgot_at(ask: &Ask<'_>, unified: &Unified, place: ForgotPasswordPlace) -> Option<Element> {
    let Forgot { target, .. } = unified.forgot.as_ref().filter(|forgot| forgot.place == place)?;
    let href = match target {
        Some(exchange) => ask.links.exchange(exchange),
        None => ask.links.forgot(),
    };
    let link = el("a").id("forgotPassword");
    let link = link.when(!ask.since(2, 0, 0), |link| link.attr("tabindex", "2"));
    Some(link.attr("href", href).text(ask.word("forgotpassword_link")))
}

fn remember_me(ask: &Ask<'_>, unified: &Unified) -> Option<Element> {
    let old = !ask.since(1, 2, 0);
    let input = || {
        el("input")
            .attr("type", "checkbox")
            .id("rememberMe")
            .attr("name", "rememberMe")
            .attr("value", "true")
            .when(!ask.since(2, 0, 0), |input| input.attr("tabindex", "1"))
            .when(old, |input| input.attr("form", FORM))
    };
    let label = || el("label").attr("for", "rememberMe").text(ask.word("remember_me"));
    unified.remember_me.then(|| el("div").class("rememberMe").child(input()).child(label()))
}

fn next_button(ask: &Ask<'_>) -> Element {
    let button = el("button").id("next");
    let button = if ask.since(1, 2, 0) {
        button.attr("type", "submit").attr("form", FORM)
    } else {
        button.attr("tabindex", "1").attr("form", FORM)
    };
    scriptless::posts(ask, button).text(ask.word("button_signin"))
}

/// Sign-up links, then providers drawn as text links.
fn links(ask: &Ask<'_>, unified: &Unified, divided: bool) -> Vec<Element> {
    let mut out = Vec::new();
    match unified.sign_up.as_slice() {
        [] => {}
        [_] => {
            out.extend(divided.then(|| divider(ask)));
            let link = el("a")
                .id("createAccount")
                .when(!ask.since(2, 0, 0), |link| link.attr("tabindex", "1"))
                .attr("href", ask.links.sign_up());
            let word = if ask.since(2, 0, 0) { "createaccount_one_link" } else { "createaccount_link" };
            let text = el("p").text(ask.word("createaccount_intro")).text(" ");
            out.push(el("div").class("create").child(text.child(link.text(ask.word(word)))));
        }
        several => {
            out.extend(divided.then(|| divider(ask)));
            let text_links = el("div").class("claims-provider-list-text-links");
            out.push(text_links.child(several_links(ask, several)));
        }
    }
    let beside: Vec<Element> = unified
        .providers
        .iter()
        .filter(|provider| provider.text_link && !is_at_bottom(ask, provider))
        .map(|provider| el("p").child(text_link(ask, provider)))
        .collect();
    if !beside.is_empty() {
        out.push(el("div").class("claims-provider-list-text-links").children(beside));
    }
    out
}

/// “Sign up with {0} or {1}”, each hole a link; the first is the sign-up target, as with one link.
fn several_links(ask: &Ask<'_>, several: &[ProviderButton]) -> Element {
    let word = if several.len() == 2 { "createaccount_two_links" } else { "createaccount_three_links" };
    let mut text = el("p").text(ask.word("createaccount_intro")).text(" ");
    let mut rest = ask.word(word);
    for (place, button) in several.iter().enumerate() {
        let href = if place == 0 { ask.links.sign_up() } else { ask.links.exchange(&button.exchange) };
        let link = el("a").id(&*button.exchange).attr("href", href).text(&button.caption);
        match rest.split_once(&format!("{{{place}}}")) {
            Some((before, after)) => {
                text = text.text(before).child(link);
                rest = after;
            }
            None => text = text.text(" ").child(link),
        }
    }
    text.text(rest)
}

fn text_link(ask: &Ask<'_>, provider: &ProviderButton) -> Element {
    el("a")
        .id(&*provider.exchange)
        .attr("href", ask.links.exchange(&provider.exchange))
        .text(&provider.caption)
}

/// Named by the content definition's `setting.bottomUnderFormClaimsProviderSelections`.
fn is_at_bottom(ask: &Ask<'_>, provider: &ProviderButton) -> bool {
    let named = |(key, ids): &(String, String)| {
        key.eq_ignore_ascii_case("bottomUnderFormClaimsProviderSelections")
            && ids.split([',', ' ']).any(|id| id.eq_ignore_ascii_case(&provider.exchange))
    };
    ask.page.config.iter().any(named)
}

fn bottom_links(ask: &Ask<'_>, unified: &Unified) -> Option<Element> {
    let named: Vec<Element> = unified
        .providers
        .iter()
        .filter(|provider| provider.text_link && is_at_bottom(ask, provider))
        .map(|provider| text_link(ask, provider))
        .collect();
    let block = el("div").class("claims-provider-list-text-links-bottom-under-form");
    (!named.is_empty()).then(|| block.children(named))
}
