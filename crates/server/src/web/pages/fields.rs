//! One field inside `#api`: label, error, input by UserInputType, help link (user-interface 3.2, 3.3).

use vestibule_engine::journey::page::{Choice, Field};
use vestibule_engine::policy::InputType;

use super::markup::{Element, el};
use super::{Ask, asserted, verification};

/// What surrounds a field.
#[derive(Clone, Copy, Default)]
pub(super) struct Setting<'a> {
    /// ControlClaimType or claim id, for a field of a display control.
    pub(super) role: Option<&'a str>,
    /// Waits for a code: inert until the page is verified (2.1.18).
    pub(super) inert: bool,
    /// Not shown at first.
    pub(super) hidden: bool,
    /// Verified and locked.
    pub(super) locked: bool,
}

/// Id of a field's error element, for `aria-describedby`.
pub(super) fn error_id(claim: &str) -> String {
    format!("v-{claim}-error")
}

/// `li` with everything in it; nothing for input types that draw nothing.
pub(super) fn list_item(ask: &Ask<'_>, field: &Field, setting: Setting<'_>) -> Option<Element> {
    if field.input == InputType::Button {
        return None;
    }
    let kind = field.input.name();
    let class = match setting.role {
        Some(role) => format!("{kind} {}_li {role}", field.id),
        None if ask.since(2, 1, 8) => format!("{kind} {}_li", field.id),
        None => kind.to_owned(),
    };
    let li = el("li").class(class).when(setting.hidden, |li| li.shown(None));
    Some(li.child(attribute_entry(ask, field, setting)))
}

fn attribute_entry(ask: &Ask<'_>, field: &Field, setting: Setting<'_>) -> Element {
    let label_id = format!("{}_label", field.id);
    let label = el("label").id(&label_id).attr("for", &*field.id);
    let label = label.when(field.required, |label| label.class("required")).text(&field.label);
    let grouped = matches!(field.input, InputType::RadioSingleSelect | InputType::CheckboxMultiSelect);
    let entry = el("div")
        .class("attrEntry")
        .when(grouped, |entry| entry.attr("role", "group").attr("aria-labelledby", &label_id));
    let entry = match field.verification {
        Some(state) => entry.children(verification::messages(ask, field, state)),
        None => entry,
    };
    let entry = entry.child(label).child(item_error(ask, field)).children(inputs(ask, field, setting));
    let entry = entry.children(help_link(ask, field));
    match field.verification {
        Some(state) => entry.child(verification::buttons(ask, field, state)),
        None => entry,
    }
}

fn item_error(ask: &Ask<'_>, field: &Field) -> Element {
    let problem = ask.page.problems.fields.get(&field.id);
    let base = if ask.since(1, 1, 0) { "error itemLevel" } else { "helpText" };
    el("div")
        .class(if problem.is_some() { format!("{base} show") } else { base.to_owned() })
        .id(error_id(&field.id))
        .attr("role", "alert")
        .shown(problem.map(|_| "block"))
        .text(problem.cloned().unwrap_or_default())
}

fn help_link(ask: &Ask<'_>, field: &Field) -> Option<Element> {
    let help = field.help.as_deref().filter(|help| !help.is_empty())?;
    let link = el("a").class("helpLink tiny").attr("href", "javascript:void(0)");
    let link = if ask.since(1, 2, 0) {
        link.attr("data-help", help)
    } else {
        // The old name of the handler; our script reads the help from `data-help` all the same.
        link.attr("onclick", format!("selfAssertedClient.showHelp('{}');", field.id)).attr("data-help", help)
    };
    Some(link.text(ask.word("helplink_text")))
}

fn inputs(ask: &Ask<'_>, field: &Field, setting: Setting<'_>) -> Vec<Element> {
    match field.input {
        InputType::TextBox | InputType::EmailBox | InputType::Password | InputType::Readonly => {
            vec![text_input(ask, field, setting)]
        }
        InputType::Paragraph => {
            let value = field.value.as_deref().unwrap_or_default();
            vec![el("p").id(&*field.id).class("textInParagraph").attr("tabindex", "0").text(value)]
        }
        InputType::DateTimeDropdown => vec![date(ask, field, setting)],
        InputType::DropdownSingleSelect => vec![drop_down(ask, field, setting)],
        InputType::RadioSingleSelect => choices(ask, field, setting, "radio"),
        InputType::CheckboxMultiSelect => choices(ask, field, setting, "checkbox"),
        InputType::Button => Vec::new(),
    }
}

fn text_input(ask: &Ask<'_>, field: &Field, setting: Setting<'_>) -> Element {
    let kind = match field.input {
        InputType::EmailBox if ask.since(1, 2, 0) => "email",
        InputType::Password => "password",
        _ => "text",
    };
    let is_code = setting.role == Some("VerificationCode");
    let modern = ask.since(2, 0, 0);
    let title =
        if modern { field.help.as_deref() } else { field.pattern.as_ref().map(|(_, help)| help.as_str()) };
    let input = el("input")
        .id(&*field.id)
        .class(if ask.page.problems.fields.contains_key(&field.id) {
            "textInput invalid"
        } else {
            "textInput"
        })
        .attr("type", kind)
        .attr("name", &*field.id)
        .maybe("pattern", field.pattern.as_ref().map(|(pattern, _)| pattern.as_str()))
        .attr("placeholder", &field.label)
        .maybe("title", title.filter(|title| !title.is_empty()))
        .when(field.input != InputType::Password, |input| {
            input.maybe("value", field.value.as_deref().filter(|value| !value.is_empty()))
        })
        .when(modern, |input| input.attr("aria-label", &field.label))
        .when(is_code, |input| input.attr("inputmode", "numeric"))
        .maybe("autocomplete", if is_code { Some("one-time-code") } else { autocomplete(field) })
        .when(field.input == InputType::Readonly || setting.locked, |input| {
            input.flag("readonly").attr("aria-readonly", "true")
        });
    let input = required(ask, field, input);
    described(ask, field, inert(ask, input, setting))
}

fn required(ask: &Ask<'_>, field: &Field, input: Element) -> Element {
    input.when(field.required, |input| {
        if ask.since(1, 2, 0) { input.attr("aria-required", "true") } else { input.attr("required", "") }
    })
}

/// The state of page inputs before the code is verified, and of inputs that are not shown.
fn inert(ask: &Ask<'_>, input: Element, setting: Setting<'_>) -> Element {
    let input = input.when(!ask.since(1, 2, 0), |input| input.attr("form", asserted::FORM));
    if setting.inert {
        input.flag("disabled").attr("aria-disabled", "true").attr("tabindex", "-1")
    } else {
        input.when(setting.hidden, |input| input.flag("disabled"))
    }
}

fn described(ask: &Ask<'_>, field: &Field, input: Element) -> Element {
    input.when(ask.page.problems.fields.contains_key(&field.id), |input| {
        input.attr("aria-invalid", "true").attr("aria-describedby", error_id(&field.id))
    })
}

fn drop_down(ask: &Ask<'_>, field: &Field, setting: Setting<'_>) -> Element {
    let chosen = chosen(field);
    let placeholder = el("option")
        .attr("value", "placeholder")
        .flag("disabled")
        .flag("selected")
        .attr("style", "display:none")
        .text(&field.label);
    let option = |choice: &Choice| {
        let option = el("option").attr("value", &choice.value);
        option.when(chosen.contains(&choice.value.as_str()), |o| o.flag("selected")).text(&choice.text)
    };
    let select = el("select").id(&*field.id).class("dropdown_single").attr("name", &*field.id);
    let select = select.attr("aria-label", &field.label);
    let select = required(ask, field, select);
    described(ask, field, inert(ask, select, setting))
        .when(chosen.is_empty(), |select| select.child(placeholder))
        .children(field.choices.iter().map(option))
}

fn choices(ask: &Ask<'_>, field: &Field, setting: Setting<'_>, kind: &str) -> Vec<Element> {
    let chosen = chosen(field);
    let one = |choice: &Choice| {
        let id = format!("{}_{}", field.id, choice.value);
        let input = el("input")
            .id(&id)
            .attr("name", &*field.id)
            .attr("type", kind)
            .attr("value", &choice.value)
            .when(chosen.contains(&choice.value.as_str()), |input| input.flag("checked"));
        let label = el("label").attr("for", id).text(&choice.text);
        [described(ask, field, inert(ask, input, setting)), label]
    };
    field.choices.iter().flat_map(one).collect()
}

/// The values chosen at first: the field's own (comma-joined for check boxes), else the policy's SelectByDefault.
fn chosen(field: &Field) -> Vec<&str> {
    match field.value.as_deref().filter(|value| !value.is_empty()) {
        Some(value) if field.input == InputType::CheckboxMultiSelect => {
            value.split(',').map(str::trim).collect()
        }
        Some(value) => {
            field.choices.iter().map(|c| c.value.as_str()).filter(|known| *known == value).collect()
        }
        None => field.choices.iter().filter(|c| c.selected).map(|c| c.value.as_str()).collect(),
    }
}

/// Year, month and day without leading zeros; `"0"` for a part that is not there (user-interface 2.3).
pub(super) fn date_parts(value: Option<&str>) -> [String; 3] {
    let mut parts = value.unwrap_or_default().split(['-', 'T']).take(3).map(|part| part.parse::<u16>().ok());
    let mut next = || parts.next().flatten().unwrap_or(0).to_string();
    [next(), next(), next()]
}

fn date(ask: &Ask<'_>, field: &Field, setting: Setting<'_>) -> Element {
    let [year, month, day] = date_parts(field.value.as_deref());
    let names: Vec<&str> = ask.word("months").split(',').map(str::trim).collect();
    let number = |n: u16| (n.to_string(), n.to_string());
    let days = (1..=31).map(number).collect();
    let months = (1..=12u16).zip(names).map(|(n, name)| (n.to_string(), name.to_owned())).collect();
    let (first, last) = field.years;
    let years = (first..=last).rev().map(|year| (year.to_string(), year.to_string())).collect();
    let select = |part: &'static str, options: Vec<(String, String)>, value: &str| {
        let word = ask.word(part);
        let option = |(number, name): (String, String)| {
            let option = el("option").attr("value", &number);
            option.when(number == value, |option| option.flag("selected")).text(name)
        };
        let select = el("select")
            .id(format!("{}_{part}", field.id))
            .class(part)
            .attr("name", format!("{}_{part}", field.id))
            .attr("aria-label", format!("{} {word}", field.label))
            .maybe("autocomplete", birth(field, part));
        let select = described(ask, field, inert(ask, required(ask, field, select), setting));
        select.child(el("option").attr("value", "0").text(word)).children(options.into_iter().map(option))
    };
    el("div")
        .id(&*field.id)
        .class("date")
        .attr("role", "group")
        .attr("aria-labelledby", format!("{}_label", field.id))
        .child(select("day", days, &day))
        .child(select("month", months, &month))
        .child(select("year", years, &year))
}

fn birth(field: &Field, part: &str) -> Option<String> {
    let is_birth = ["dateofbirth", "birthdate", "birthday"].contains(&field.id.to_ascii_lowercase().as_str());
    is_birth.then(|| format!("bday-{part}"))
}

/// Autofill tokens for the claims that everybody names alike (WCAG 1.3.5).
const AUTOCOMPLETE: &[(&str, &str)] = &[
    ("email", "email"),
    ("signinname", "username"),
    ("signinnames.emailaddress", "email"),
    ("signinnames.username", "username"),
    ("username", "username"),
    ("displayname", "name"),
    ("givenname", "given-name"),
    ("surname", "family-name"),
    ("newpassword", "new-password"),
    ("reenterpassword", "new-password"),
    ("password", "new-password"),
    ("oldpassword", "current-password"),
    ("streetaddress", "street-address"),
    ("city", "address-level2"),
    ("state", "address-level1"),
    ("stateprovince", "address-level1"),
    ("postalcode", "postal-code"),
    ("country", "country-name"),
    ("jobtitle", "organization-title"),
    ("companyname", "organization"),
    ("mobile", "tel"),
    ("telephonenumber", "tel"),
    ("phonenumber", "tel"),
];

fn autocomplete(field: &Field) -> Option<&'static str> {
    let id = field.id.to_ascii_lowercase();
    let known = AUTOCOMPLETE.iter().find(|(claim, _)| *claim == id).map(|(_, token)| *token);
    match field.input {
        InputType::Password => known.or(Some("new-password")),
        InputType::EmailBox => known.or(Some("email")),
        InputType::Readonly => None,
        _ => known,
    }
}
