//! The phone page inside `#api` (user-interface 3.7).
//!
//! In: page data. Out: elements in the order and nesting of the contract. Up to layout 1.0 `#verifyCode` sends as well and
//! the number's field is `#localNumber`; from 1.1 on the sixth digit sends the code by itself. There is no form element:
//! the form that posts without script stands beside `#api`, as everywhere below 1.2 (2.7).

use vestibule_engine::journey::page::{Country, KnownNumber, Phone, PhoneState};
use vestibule_engine::kind::phone::PhoneMode;

use super::markup::{Element, el};
use super::{Ask, captcha, scriptless};

/// Id of the form beside `#api` that fields and buttons are of.
pub(super) const FORM: &str = "v-phone-form";
/// Id of the message above the fields.
const MESSAGE: &str = "errorMessage";

pub(super) fn draw(ask: &Ask<'_>, phone: &Phone) -> Vec<Element> {
    let mut out: Vec<Element> = ask.heading().into_iter().collect();
    let initial = el("div")
        .id("phonefactor_initial")
        .attr("role", "form")
        .attr("aria-label", ask.word("heading"))
        .child(el("div").class("intro").child(el("p").text(intro(ask, phone))))
        .child(page_error(ask))
        .children(captcha_error(ask, phone))
        .child(if phone.numbers.is_empty() { entry(ask, phone) } else { numbers(ask, phone) })
        .child(code(ask, phone))
        .child(dialing(ask, phone))
        .children(phone.captcha.as_ref().map(|control| captcha::block(ask, control)))
        .child(buttons(ask, phone));
    out.push(initial);
    out
}

/// The sentence for what the page asks: a number to enter, the one on record, one of several.
fn intro<'a>(ask: &'a Ask<'_>, phone: &Phone) -> &'a str {
    let mode = match phone.mode {
        PhoneMode::Sms => "sms",
        PhoneMode::Phone => "phone",
        PhoneMode::Mixed => "mixed",
    };
    let id = match phone.numbers.len() {
        0 => format!("intro_entry_{mode}"),
        1 => format!("intro_{mode}"),
        _ => format!("intro_{mode}_p"),
    };
    ask.page.words.get(&id).map(String::as_str).unwrap_or_default()
}

fn error_class(ask: &Ask<'_>) -> &'static str {
    if ask.since(1, 1, 0) { "error pageLevel" } else { "errorText" }
}

fn page_error(ask: &Ask<'_>) -> Element {
    let problem = ask.page.problems.page.as_deref();
    el("div")
        .id(MESSAGE)
        .class(error_class(ask))
        .attr("role", "alert")
        .shown(problem.map(|_| "block"))
        .child(el("p").text(problem.unwrap_or_default()))
}

fn captcha_error(ask: &Ask<'_>, phone: &Phone) -> Option<Element> {
    phone.captcha.as_ref()?;
    let hidden = el("div").id("captchaUnresolved").class(error_class(ask)).attr("role", "alert").shown(None);
    Some(hidden.text(captcha::unsolved(ask)))
}

/// Where a message at one field goes.
fn item_error(name: &str) -> Element {
    el("div")
        .class("error itemLevel")
        .id(format!("v-{name}-error"))
        .attr("role", "alert")
        .shown(None)
        .child(el("p"))
}

/// A country and a number to be typed.
fn entry(ask: &Ask<'_>, phone: &Phone) -> Element {
    let locked = phone.state != PhoneState::Choosing;
    let number = if ask.since(1, 1, 0) { "number" } else { "localNumber" };
    let code_class = if ask.since(1, 1, 0) { "input code" } else { "phoneNumber code" };
    let number_class = if ask.since(1, 1, 0) { "input number" } else { "phoneNumber number" };
    let input = el("input")
        .id(number)
        .attr("type", "tel")
        .attr("name", "number")
        .attr("form", FORM)
        .attr("placeholder", ask.word("local_number_input_placeholder_text"))
        .attr("value", &phone.typed)
        .attr("autocomplete", "tel-national")
        .attr("inputmode", "tel")
        .attr("maxlength", "40")
        .attr("aria-required", "true")
        .when(locked, |input| input.flag("readonly").attr("aria-readonly", "true"));
    el("div")
        .id("phoneEntry")
        .class("phoneEntry")
        .child(
            el("div")
                .class(code_class)
                .child(el("label").attr("for", "countryCode").text(ask.word("country_code_label")))
                .child(item_error("countryCode"))
                .child(countries(ask, &phone.countries, locked)),
        )
        .child(
            el("div")
                .class(number_class)
                .child(el("label").attr("for", number).text(ask.word("number_label")))
                .child(item_error("number"))
                .child(input),
        )
}

fn countries(ask: &Ask<'_>, countries: &[Country], locked: bool) -> Element {
    let placeholder = || {
        let option = el("option").attr("value", "").flag("disabled").flag("selected");
        option.attr("style", "display:none").text(ask.word("country_code_input_placeholder_text"))
    };
    let chosen = countries.iter().any(|country| country.chosen);
    let option = |country: &Country| {
        el("option")
            .attr("value", &country.code)
            .when(country.chosen, |option| option.flag("selected"))
            .text(format!("{} ({})", country.name, country.code))
    };
    el("select")
        .id("countryCode")
        .class("dropdown_single")
        .attr("name", "countryCode")
        .attr("form", FORM)
        .attr("aria-required", "true")
        .attr("autocomplete", "tel-country-code")
        .when(locked, |select| select.attr("aria-readonly", "true"))
        .children((!chosen).then(placeholder))
        .children(countries.iter().map(option))
}

/// Numbers on record, one or several to choose from.
fn numbers(ask: &Ask<'_>, phone: &Phone) -> Element {
    let several = phone.numbers.len() > 1;
    let number = |known: &KnownNumber| {
        let parts = [("displayName", known.label.as_str()), ("number", known.masked.as_str())];
        let parts = parts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(class, text)| {
            // Numbers run from left to right in every language.
            let part = el("span").class(class);
            part.when(class == "number", |part| part.attr("dir", "ltr")).text(text)
        });
        let id = known.id.to_string();
        let row = el("div").class("phoneNumber");
        if !several {
            return row.children(parts);
        }
        let radio = el("input")
            .id(&id)
            .attr("type", "radio")
            .attr("name", "id")
            .attr("form", FORM)
            .attr("value", &id)
            .when(known.chosen, |radio| radio.flag("checked"));
        row.child(radio).child(el("label").attr("for", id).children(parts))
    };
    let list = el("div")
        .class("phoneNumbers")
        .when(several, |list| list.attr("role", "radiogroup").attr("aria-label", ask.word("number_label")));
    list.children(phone.numbers.iter().map(number))
}

/// The code's field, shown when one was sent.
fn code(ask: &Ask<'_>, phone: &Phone) -> Element {
    let label = ask.word("verification_code_input_placeholder_text");
    let again = el("button")
        .id("retryCode")
        .class("textButton")
        .attr("aria-label", ask.word("text_button_send_second_code"));
    // Of the form of choices: it must not be what Enter presses.
    let again = scriptless::chooses(ask, again, scriptless::ACTION, "dial:sms");
    let again = again.text(ask.word("text_button_send_second_code"));
    let input = el("input")
        .id("verificationCode")
        .class("verifyInput")
        .attr("type", "text")
        .attr("name", "verification_code")
        .attr("form", FORM)
        .attr("maxlength", "6")
        .attr("inputmode", "numeric")
        .attr("pattern", ask.word("code_pattern"))
        .attr("placeholder", label)
        .attr("autocomplete", "one-time-code")
        .attr("aria-required", "true");
    el("div")
        .id("codeVerification")
        .shown((phone.state == PhoneState::Sent).then_some("block"))
        .child(el("p").text(format!("{} ", ask.word("enter_code_text_intro").trim_end())).child(again))
        .child(el("label").attr("for", "verificationCode").text(label))
        .child(item_error("verificationCode"))
        .child(input)
}

/// What is said while a number is called.
fn dialing(ask: &Ask<'_>, phone: &Phone) -> Element {
    let own = |id| vestibule_engine::text::own(&ask.page.language, id);
    let number = match phone.numbers.iter().find(|known| known.chosen) {
        Some(known) => known.masked.as_str(),
        None => phone.typed.as_str(),
    };
    el("div")
        .class("dialing-modal")
        .attr("role", "status")
        .shown((phone.state == PhoneState::Calling).then_some("block"))
        .child(el("div").id("dialing_blurb").text(own("phone_calling")))
        .child(el("div").id("dialing_number").attr("dir", "ltr").text(number))
}

/// A button that asks something of the server, with or without script.
fn chooses(ask: &Ask<'_>, button: Element, action: &str) -> Element {
    button
        .attr("form", FORM)
        .attr("formaction", ask.links.form())
        .attr("formmethod", "post")
        .flag("formnovalidate")
        .attr("name", scriptless::ACTION)
        .attr("value", action)
}

fn buttons(ask: &Ask<'_>, phone: &Phone) -> Element {
    let by_message = phone.mode != PhoneMode::Phone;
    let by_call = phone.mode != PhoneMode::Sms;
    let choosing = phone.state == PhoneState::Choosing;
    let button =
        |(id, class, word): (&'static str, &'static str, &'static str), action: &str, shown: bool| {
            // Enter presses the form's first submit button, shown or not.
            let kind = if shown { "submit" } else { "button" };
            let button = el("button").id(id).class(class).attr("type", kind);
            let button = button.attr("aria-label", ask.word(word)).shown(shown.then_some("inline"));
            chooses(ask, button, action).text(ask.word(word))
        };
    let mut all = Vec::new();
    if ask.since(1, 1, 0) {
        if by_message {
            all.push(button(("sendCode", "sendInitialCodeButton", "button_send_code"), "dial:sms", choosing));
            let sent = phone.state == PhoneState::Sent;
            all.push(button(("verifyCode", "verifyCodeButton", "button_verify_code"), "code", sent));
        }
    } else if by_message {
        let sent = phone.state == PhoneState::Sent;
        let (word, action) =
            if sent { ("button_verify_code", "code") } else { ("button_send_code", "dial:sms") };
        all.push(button(("verifyCode", "sendInitialCodeButton", word), action, true));
    }
    if by_call {
        let calling = phone.state == PhoneState::Calling;
        let word = if calling { "button_retry" } else { "button_verify" };
        all.push(button(("verifyPhone", "verifyPhoneButton", word), "dial:call", true));
    }
    if phone.show_cancel {
        let text = ask.word("button_cancel");
        let cancel = el("button").id("cancel").attr("aria-label", text);
        all.push(scriptless::chooses(ask, cancel, scriptless::ACTION, "cancel").text(text));
    }
    el("div").class("buttons").children(all)
}
