//! The script objects that headless clients and customers' scripts read, and the scripts themselves (user-interface 2).
//!
//! In: page and frame. Out: the beginning of the document's head. How the objects are written is forced by expressions
//! in public load tests (2.4): `var SETTINGS = {` with that spacing, one line, closed by `};`, no other semicolon.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Map, Value, json};
use vestibule_engine::journey::page::{
    Body, Control, Field, Form, Item, KnownNumber, PhoneState, ProviderButton, RuleTest, Verification,
};
use vestibule_engine::policy::{ControlKind, InputType};
use vestibule_engine::text;

use super::exception::{Exception, Own};
use super::template::Template;
use super::{Ask, assets, fields, markup, unified};

/// Script objects, then jQuery where scripts of others may run, then the page's script.
pub(super) fn head(ask: &Ask<'_>, template: &Template) -> String {
    let nonce = ask.frame.nonce;
    let mut out = format!("<script data-container=\"true\" nonce=\"{nonce}\">\n");
    let mut line = |name: &str, json: String| {
        let _ = writeln!(out, "var {name} = {json};");
    };
    line("SETTINGS", write(&settings(ask), Spacing::Compact, true));
    line("SA_FIELDS", write(&sa_fields(ask), Spacing::AfterColon, true));
    line("CONTENT", write(&words(ask), Spacing::Compact, false));
    line("CP", write(&claims_providers(ask), Spacing::Compact, false));
    line("UV_PHONE", write(&phone_numbers(ask), Spacing::Compact, false));
    line("VESTIBULE", write(&own(ask, template), Spacing::Compact, false));
    out.push_str("</script>\n");
    if matches!(template, Template::Custom(_)) && !ask.shows_heading() {
        // Weaker than any rule of the template, which shows the heading if it wants it.
        let _ = writeln!(out, "<style nonce=\"{nonce}\">:where(#api>.heading>h1){{display:none}}</style>");
    }
    if ask.page.scripts {
        script(&mut out, (ask.frame.static_base, nonce), assets::JQUERY.path(), "");
    }
    script(&mut out, (ask.frame.static_base, nonce), assets::PAGE_SCRIPT.path(), " defer");
    if captcha(ask).is_some() {
        script(&mut out, (ask.frame.static_base, nonce), assets::CAPTCHA_SCRIPT.path(), " defer");
    }
    if matches!(ask.page.body, Body::Phone(_)) {
        script(&mut out, (ask.frame.static_base, nonce), assets::PHONE_SCRIPT.path(), " defer");
    }
    out
}

/// What a customer's scripts find beside an error: the language, where the template came from, jQuery. No token.
pub(super) fn beside_an_error(about: &Exception<'_>, own: Own<'_>) -> String {
    let nonce = about.nonce;
    let settings = json!({ "remoteResource": own.trouble.template, "locale": locale(about.language) });
    let settings = write(&settings, Spacing::Compact, true);
    let mut out = format!(
        "<script data-container=\"true\" nonce=\"{nonce}\">\nvar SETTINGS = {settings};\n</script>\n"
    );
    script(&mut out, (own.static_base, nonce), assets::JQUERY.path(), "");
    out
}

fn script(out: &mut String, (base, nonce): (&str, &str), path: &str, how: &str) {
    let mut source = String::new();
    markup::escape(&format!("{base}{path}"), &mut source);
    let _ = writeln!(out, "<script src=\"{source}\" nonce=\"{nonce}\"{how}></script>");
}

fn settings(ask: &Ask<'_>) -> Value {
    let (page, frame) = (ask.page, ask.frame);
    let config: Map<String, Value> =
        page.config.iter().map(|(key, text)| (key.clone(), json!(text))).collect();
    json!({
        "remoteResource": page.template,
        "retryLimit": page.retry_limit,
        "trimSpacesInPassword": frame.trim_passwords,
        "api": ask.links.api(),
        "csrf": frame.csrf,
        "transId": frame.trans_id,
        "pageViewId": frame.page_view_id,
        "suppressElementCss": false,
        "isPageViewIdSentWithHeader": false,
        "allowAutoFocusOnPasswordField": true,
        "pageMode": 0,
        "config": config,
        "hosts": { "tenant": frame.host_path, "policy": frame.policy, "static": frame.static_base },
        "locale": locale(&page.language),
        "xhrSettings": {
            "retryEnabled": true,
            "retryMaxAttempts": 3,
            "retryDelay": 200,
            "retryExponent": 2,
            "retryOn": ["error", "timeout"],
        },
        "tenantBranding": {},
    })
}

fn locale(tag: &str) -> Value {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let country = parts.find(|part| part.len() == 2 && part.chars().all(|c| c.is_ascii_alphabetic()));
    match country {
        Some(country) => json!({ "lang": language, "country": country.to_ascii_uppercase() }),
        None => json!({ "lang": language }),
    }
}

/// UX words by id, entity-encoded as the cloud's are.
fn words(ask: &Ask<'_>) -> Value {
    let encoded = |text: &str| {
        let mut out = String::new();
        markup::escape(text, &mut out);
        Value::String(out)
    };
    Value::Object(ask.page.words.iter().map(|(id, text)| (id.clone(), encoded(text))).collect())
}

fn claims_providers(ask: &Ask<'_>) -> Value {
    let providers: &[ProviderButton] = match &ask.page.body {
        Body::Unified(unified) => &unified.providers,
        Body::Selection(providers) => providers,
        Body::Form(_) | Body::Phone(_) => &[],
    };
    let one = |button: &ProviderButton| json!({ "id": &*button.exchange, "description": button.caption });
    json!({ "list": providers.iter().map(one).collect::<Vec<_>>() })
}

/// What our own script knows beyond the contract.
fn own(ask: &Ask<'_>, template: &Template) -> Value {
    let language = &ask.page.language;
    let word = |id: &str| (id.to_owned(), json!(text::own(language, id)));
    let ids = [
        "show_password",
        "hide_password",
        "caps_lock",
        "rule_met",
        "rule_open",
        "try_again",
        "expired_intro",
    ];
    let states = form(ask).map(states).unwrap_or_default();
    let checks: Map<String, Value> = form(ask).map(|form| checks(ask, form)).unwrap_or_default();
    let version = ask.page.version;
    json!({
        "words": ids.into_iter().map(word).collect::<Map<_, _>>(),
        "own": matches!(template, Template::BuiltIn(_)),
        "version": [version.0, version.1, version.2],
        "states": states,
        "fields": checks,
        "phone": phone_state(ask),
        "captcha": captcha_state(ask),
    })
}

/// What our script tests and says of each field, by claim id: the engine's rules under their names, the texts as the
/// engine words them for a page drawn again.
fn checks(ask: &Ask<'_>, form: &Form) -> Map<String, Value> {
    let mut all = Map::new();
    let mut add = |field: &Field| {
        let told = &field.complaints;
        let mut check = json!({
            "format": field.format.name(),
            "missing": told.missing,
            "invalid": told.invalid,
            "unmatched": told.unmatched,
        });
        if let (Some(map), Some(pattern)) = (check.as_object_mut(), unified::old_name_pattern(ask, field)) {
            map.insert("like".to_owned(), json!(pattern));
        }
        all.insert(field.id.to_string(), check);
    };
    for item in &form.items {
        match item {
            Item::Field(field) => add(field),
            Item::Control(control) => control.fields.iter().for_each(|(field, _)| add(field)),
        }
    }
    all
}

fn states(form: &Form) -> Map<String, Value> {
    let name = |state: Verification| match state {
        Verification::Initial => json!("initial"),
        Verification::Sent => json!("sent"),
        Verification::Verified => json!("verified"),
    };
    let mut states = Map::new();
    for item in &form.items {
        match item {
            Item::Field(field) => {
                if let Some(state) = field.verification {
                    states.insert(field.id.to_string(), name(state));
                }
            }
            // Other controls wait for nothing.
            Item::Control(control) if control.kind == ControlKind::Verification => {
                states.insert(control.id.to_string(), name(control.state));
            }
            Item::Control(_) => {}
        }
    }
    states
}

fn form<'a>(ask: &Ask<'a>) -> Option<&'a Form> {
    match &ask.page.body {
        Body::Unified(unified) => unified.form.as_ref(),
        Body::Form(form) => Some(form),
        Body::Selection(_) | Body::Phone(_) => None,
    }
}

/// The page's captcha.
pub(super) fn captcha<'a>(ask: &Ask<'a>) -> Option<&'a Control> {
    if let Body::Phone(phone) = &ask.page.body {
        return phone.captcha.as_ref();
    }
    form(ask)?.items.iter().find_map(|item| match item {
        Item::Control(control) if control.kind == ControlKind::Captcha => Some(control),
        _ => None,
    })
}

/// The numbers on record (user-interface 2.1).
fn phone_numbers(ask: &Ask<'_>) -> Value {
    let Body::Phone(phone) = &ask.page.body else { return json!({}) };
    let number = |known: &KnownNumber| json!({ "Id": known.id, "MaskedNumber": known.masked });
    json!({ "PhoneNumbers": phone.numbers.iter().map(number).collect::<Vec<_>>() })
}

/// What our script knows of the phone page.
fn phone_state(ask: &Ask<'_>) -> Value {
    let Body::Phone(phone) = &ask.page.body else { return Value::Null };
    json!({
        "state": match phone.state {
            PhoneState::Choosing => "choosing",
            PhoneState::Sent => "sent",
            PhoneState::Calling => "calling",
        },
    })
}

fn captcha_state(ask: &Ask<'_>) -> Value {
    let Some(control) = captcha(ask) else { return Value::Null };
    let name = |role: &str| {
        let found = control.fields.iter().find(|(_, known)| known.as_deref() == Some(role));
        found.map(|(field, _)| field.id.to_string())
    };
    json!({
        "id": &*control.id,
        "solved": control.state == Verification::Verified,
        "entered": name("CaptchaEntered"),
        "words": control.words,
    })
}

fn sa_fields(ask: &Ask<'_>) -> Value {
    let items = form(ask).map(|form| form.items.as_slice()).unwrap_or_default();
    let entry = |item: &Item| match item {
        Item::Field(field) => field_entry(field, None),
        Item::Control(control) => control_entry(control),
    };
    json!({ "AttributeFields": items.iter().map(entry).collect::<Vec<_>>() })
}

fn field_entry(field: &Field, role: Option<&str>) -> Value {
    let is = |kind: InputType| field.input == kind;
    let [year, month, day] = fields::date_parts(field.value.as_deref());
    let option = |choice: &vestibule_engine::journey::page::Choice| json!({ "VAL": choice.value, "DISP": choice.text, "SEL": choice.selected });
    let mut entry = json!({
        "UX_INPUT_TYPE": field.input.name(),
        "USER_INPUT_TYPE": field.input.name(),
        "IS_TEXT": is(InputType::TextBox) || is(InputType::Readonly),
        "IS_EMAIL": is(InputType::EmailBox),
        "IS_PASSWORD": is(InputType::Password),
        "IS_DATE": is(InputType::DateTimeDropdown),
        "IS_RADIO": is(InputType::RadioSingleSelect),
        "IS_DROP": is(InputType::DropdownSingleSelect),
        "IS_TEXT_IN_PARAGRAPH": is(InputType::Paragraph),
        "IS_CHECK_MULTI": is(InputType::CheckboxMultiSelect),
        "IS_LINK": false,
        "VERIFY": field.verification.is_some(),
        "ID": &*field.id,
        "DN": field.label,
        "U_HELP": field.help.as_deref().unwrap_or_default(),
        "PRE": if is(InputType::Password) { "" } else { field.value.as_deref().unwrap_or_default() },
        "DAY_PRE": day,
        "MONTH_PRE": month,
        "YEAR_PRE": year,
        "PAT": field.pattern.as_ref().map(|(pattern, _)| pattern.as_str()).unwrap_or_default(),
        "PAT_DESC": field.pattern.as_ref().map(|(_, help)| help.as_str()).unwrap_or_default(),
        "IS_REQ": field.required,
        "IS_RDO": is(InputType::Readonly),
        "OPTIONS": field.choices.iter().map(option).collect::<Vec<_>>(),
    });
    if let Value::Object(map) = &mut entry {
        if let Some(role) = role {
            map.insert("CONTROL_CLAIM".to_owned(), json!(role));
        }
        if !field.rules.is_empty() {
            map.insert("PREDICATES".to_owned(), predicates(field));
        }
    }
    entry
}

/// Predicate groups for our own script; the cloud's key is unknown (user-interface 11).
fn predicates(field: &Field) -> Value {
    let test = |test: &RuleTest| match test {
        RuleTest::Length(least, most) => json!({ "LEN": [least, most] }),
        RuleTest::Pattern(pattern) => json!({ "RX": pattern }),
        RuleTest::Characters(ranges) => {
            let ranges: Vec<String> = ranges.iter().map(|(first, last)| format!("{first}{last}")).collect();
            json!({ "SET": ranges })
        }
        RuleTest::Dates(first, last) => json!({ "DATES": [first, last] }),
    };
    let rule =
        |rule: &vestibule_engine::journey::page::Rule| json!({ "HELP": rule.help, "TEST": test(&rule.test) });
    let group = |group: &vestibule_engine::journey::page::RuleGroup| {
        json!({
            "HELP": group.help,
            "MIN": group.at_least,
            "RULES": group.rules.iter().map(rule).collect::<Vec<_>>(),
        })
    };
    field.rules.iter().map(group).collect()
}

fn control_entry(control: &Control) -> Value {
    let part = |(field, role): &(Field, Option<String>)| {
        field_entry(field, Some(role.as_deref().unwrap_or(&field.id)))
    };
    json!({
        "UX_INPUT_TYPE": control.kind.name(),
        "USER_INPUT_TYPE": "DisplayControl",
        "IS_TEXT": false,
        "IS_EMAIL": false,
        "IS_PASSWORD": false,
        "IS_DATE": false,
        "IS_RADIO": false,
        "IS_DROP": false,
        "IS_TEXT_IN_PARAGRAPH": false,
        "IS_CHECK_MULTI": false,
        "IS_LINK": false,
        "VERIFY": false,
        "ID": &*control.id,
        "DN": control.label,
        "U_HELP": "",
        "PRE": "",
        "DAY_PRE": "0",
        "MONTH_PRE": "0",
        "YEAR_PRE": "0",
        "PAT": "",
        "PAT_DESC": "",
        "IS_REQ": false,
        "IS_RDO": false,
        "OPTIONS": [],
        "DISPLAY_FIELDS": control.fields.iter().map(part).collect::<Vec<_>>(),
        "DISPLAY_CONTROL_CONTENT": control.words,
    })
}

/// Space after colons: SA_FIELDS has been seen with one, SETTINGS without (2.4).
#[derive(Clone, Copy)]
enum Spacing {
    Compact,
    AfterColon,
}

/// Writes JSON that may stand in a script element; without semicolons where `bare`.
fn write(value: &Value, spacing: Spacing, bare: bool) -> String {
    let mut bytes = Vec::new();
    let form = InScript { spacing, bare };
    // Writing to memory a value that came out of `json!` cannot fail; an empty object keeps the page whole if it did.
    match value.serialize(&mut Serializer::with_formatter(&mut bytes, form)) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_else(|_| "{}".to_owned()),
        Err(_) => "{}".to_owned(),
    }
}

struct InScript {
    spacing: Spacing,
    bare: bool,
}

impl Formatter for InScript {
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        match self.spacing {
            Spacing::Compact => writer.write_all(b":"),
            Spacing::AfterColon => writer.write_all(b": "),
        }
    }

    /// Nothing in a string can end the script element, start a comment in it or end the line.
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        for character in text.chars() {
            let escaped = matches!(character, '<' | '>' | '\u{2028}' | '\u{2029}' | '\u{7f}')
                || (self.bare && character == ';');
            if escaped {
                write!(writer, "\\u{:04x}", u32::from(character))?;
            } else {
                writer.write_all(character.encode_utf8(&mut [0; 4]).as_bytes())?;
            }
        }
        Ok(())
    }
}
