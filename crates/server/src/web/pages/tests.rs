//! Pages against the contract (user-interface 2 and 3): the DOM as tables of selectors, the script objects, hostile texts,
//! headers, sizes and colours.

mod dom;
mod hostile;
mod looks;
mod objects;
mod phone;

use std::collections::BTreeMap;
use std::sync::Mutex;

use lol_html::{RewriteStrSettings, element, rewrite_str};
use vestibule_engine::journey::complaint::Complaints;
use vestibule_engine::journey::format::Format;
use vestibule_engine::journey::page::{
    Body, Choice, Control, Field, Forgot, Form, Item, Page, Problems, ProviderButton, Unified, Verification,
};
use vestibule_engine::kind::ForgotPasswordPlace;
use vestibule_engine::policy::{ControlKind, InputType, PageKind, PageVersion};
use vestibule_engine::text;

use super::*;

pub(super) const CSRF: &str = "QUJDREVG_x==";
pub(super) const TRANS: &str = "StateProperties=eyJUSUQiOiI3ZDFmIn0";

pub(super) fn field(id: &str, label: &str, input: InputType) -> Field {
    Field {
        id: id.into(),
        label: label.to_owned(),
        help: Some(format!("Help for {label}")),
        input,
        required: true,
        value: None,
        pattern: None,
        choices: Vec::new(),
        format: Format::Text,
        complaints: Complaints::default(),
        years: (1906, 2046),
        rules: Vec::new(),
        verification: None,
    }
}

pub(super) fn page(kind: PageKind, version: PageVersion, body: Body) -> Page {
    Page {
        kind,
        version,
        contract: true,
        template: "~/tenant/templates/AzureBlue/unified.cshtml".to_owned(),
        language: "en".to_owned(),
        words: text::ux(kind, version, "en"),
        body,
        config: vec![("operatingMode".to_owned(), "Email".to_owned())],
        retry_limit: 3,
        scripts: false,
        framing: Vec::new(),
        step: 1,
        problems: Problems::default(),
        notice: None,
    }
}

pub(super) fn provider(exchange: &str, caption: &str, text_link: bool) -> ProviderButton {
    ProviderButton { exchange: exchange.into(), caption: caption.to_owned(), text_link }
}

/// The combined page with everything on it.
pub(super) fn unified(version: PageVersion) -> Page {
    let fields = vec![
        field("signInName", "Email Address", InputType::EmailBox),
        field("password", "Password", InputType::Password),
    ];
    let body = Unified {
        providers: vec![
            provider("FacebookExchange", "Facebook", false),
            provider("GoogleExchange", "Google", false),
            provider("WorkExchange", "Work account", true),
        ],
        form: Some(Form {
            items: fields.into_iter().map(Item::Field).collect(),
            show_continue: true,
            show_cancel: false,
        }),
        sign_up: vec![provider("SignUpWithLogonEmailExchange", "Sign up now", false)],
        forgot: Some(Forgot {
            place: ForgotPasswordPlace::AfterLabel,
            target: Some("ForgotPasswordExchange".into()),
        }),
        remember_me: true,
    };
    page(PageKind::Unified, version, Body::Unified(body))
}

/// A sign-up page with every kind of field and both kinds of verification.
pub(super) fn sign_up(version: PageVersion) -> Page {
    let choices = ["Red", "Green"].map(|c| Choice {
        text: format!("{c}!"),
        value: c.to_owned(),
        selected: c == "Green",
    });
    let of = |id: &str, input| Field { choices: choices.to_vec(), ..field(id, id, input) };
    let mail = Field {
        verification: Some(Verification::Initial),
        ..field("email", "Email Address", InputType::EmailBox)
    };
    let words = control_words(ControlKind::Verification);
    let control = Control {
        id: "emailVerificationControl".into(),
        kind: ControlKind::Verification,
        label: String::new(),
        fields: vec![
            (field("contact", "Contact", InputType::TextBox), None),
            (field("verificationCode", "Code", InputType::TextBox), Some("VerificationCode".to_owned())),
        ],
        words,
        state: Verification::Initial,
        challenge: None,
    };
    let paragraph =
        Field { value: Some("<b>read</b> me".to_owned()), ..field("terms", "Terms", InputType::Paragraph) };
    let items = vec![
        Item::Field(mail),
        Item::Control(control),
        Item::Field(field("newPassword", "New Password", InputType::Password)),
        Item::Field(field("reenterPassword", "Confirm", InputType::Password)),
        Item::Field(Field { required: false, ..field("displayName", "Display Name", InputType::TextBox) }),
        Item::Field(of("colour", InputType::DropdownSingleSelect)),
        Item::Field(of("shade", InputType::RadioSingleSelect)),
        Item::Field(of("likes", InputType::CheckboxMultiSelect)),
        Item::Field(Field {
            value: Some("2001-02-03".to_owned()),
            ..field("born", "Born", InputType::DateTimeDropdown)
        }),
        Item::Field(Field { value: Some("42".to_owned()), ..field("number", "Number", InputType::Readonly) }),
        Item::Field(paragraph),
        Item::Field(field("nothing", "Nothing", InputType::Button)),
    ];
    let form = Form { items, show_continue: true, show_cancel: true };
    page(PageKind::SelfAsserted, version, Body::Form(form))
}

/// The built-in English words of a control.
pub(super) fn control_words(kind: ControlKind) -> BTreeMap<String, String> {
    text::control_words(kind, "en").map(|(id, text)| (id.to_owned(), text.to_owned())).collect()
}

pub(super) fn draw_in(page: &Page, template: &Template) -> Html {
    let brand = Brand { name: "Contoso".to_owned(), ..Brand::default() };
    let frame = Frame {
        csrf: CSRF,
        trans_id: TRANS,
        page_view_id: "11111111-2222-4333-8444-555555555555",
        host_path: "/contoso.onmicrosoft.com/B2C_1A_SignUpOrSignIn",
        policy: "B2C_1A_SignUpOrSignIn",
        tenant_id: "99999999-2222-4333-8444-555555555555",
        nonce: "bm9uY2U=",
        correlation: "c0ffee00-2222-4333-8444-555555555555",
        static_base: "/static/",
        trim_passwords: true,
        brand: &brand,
    };
    render(page, &frame, template)
}

pub(super) fn draw(page: &Page) -> String {
    draw_in(page, &Template::BuiltIn(Look::Lobby)).body
}

/// How many elements of the document a selector finds.
pub(super) fn count(html: &str, selector: &str) -> usize {
    let found = Mutex::new(0);
    let handler = element!(selector, |_| {
        *found.lock().unwrap() += 1;
        Ok(())
    });
    rewrite_str(html, RewriteStrSettings::new().append_element_content_handler(handler)).unwrap();
    found.into_inner().unwrap()
}

/// An attribute of the first element found.
pub(super) fn attribute(html: &str, selector: &str, name: &str) -> Option<String> {
    let found = Mutex::new(None);
    let handler = element!(selector, |element| {
        let mut first = found.lock().unwrap();
        if first.is_none() {
            *first = Some(element.get_attribute(name));
        }
        Ok(())
    });
    rewrite_str(html, RewriteStrSettings::new().append_element_content_handler(handler)).unwrap();
    found.into_inner().unwrap().flatten()
}
