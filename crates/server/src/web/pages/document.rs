//! Documents of our own templates: what stands around `#api`.
//!
//! In: content and look. Out: a whole HTML document, its styles inside, so that a page costs two requests.

use askama::Template as _;
use vestibule_engine::journey::page::Body;
use vestibule_engine::text;

use super::look::{Brand, Look};
use super::{Ask, Content};

/// Styles of every look: tokens, fields, states.
pub(super) const BASE: &str = include_str!("assets/base.css");
/// Styles that only pages with a telephone number or a captcha need.
const PHONE: &str = include_str!("assets/phone.css");
const LOBBY: &str = include_str!("assets/lobby.css");
const WINDOW: &str = include_str!("assets/window.css");
const PLAIN: &str = include_str!("assets/plain.css");

#[derive(askama::Template)]
#[template(path = "page.html")]
struct Shell<'a> {
    correlation: &'a str,
    language: &'a str,
    right_to_left: bool,
    title: &'a str,
    nonce: Option<&'a str>,
    base: &'a str,
    style: &'a str,
    more: &'a str,
    brand: &'a Brand,
    look: Look,
    container: &'a str,
    notice: Option<&'a str>,
    head: &'a str,
    name: &'a str,
    class: Option<&'a str>,
    inside: &'a str,
    after: &'a str,
}

/// What a document of ours says besides its content.
pub(super) struct Around<'a> {
    pub(super) correlation: &'a str,
    pub(super) language: &'a str,
    pub(super) nonce: Option<&'a str>,
    pub(super) brand: &'a Brand,
    pub(super) container: &'a str,
    pub(super) notice: Option<&'a str>,
    /// Whether the page has a telephone number or a captcha.
    pub(super) is_phone: bool,
}

/// The page in one of our templates.
pub(super) fn built_in(ask: &Ask<'_>, look: Look, content: &Content) -> String {
    let container = match ask.page.body {
        Body::Unified(_) | Body::Selection(_) => "unified_container",
        Body::Form(_) => "self_asserted_container",
        Body::Phone(_) => "phonefactor_container",
    };
    let around = Around {
        correlation: ask.frame.correlation,
        language: &ask.page.language,
        nonce: Some(ask.frame.nonce),
        brand: ask.frame.brand,
        container,
        notice: ask.page.notice.as_deref(),
        is_phone: matches!(ask.page.body, Body::Phone(_)) || super::scripts::captcha(ask).is_some(),
    };
    whole(look, &around, content)
}

/// A template without a page in it, as people fetch it to begin their own.
pub(super) fn bare(look: Look, brand: &Brand) -> String {
    let around = Around {
        correlation: "",
        language: "en",
        nonce: None,
        brand,
        container: "unified_container",
        notice: None,
        is_phone: false,
    };
    let content = Content {
        name: "",
        class: None,
        inside: String::new(),
        after: String::new(),
        title: "Sign in".to_owned(),
        head: String::new(),
    };
    whole(look, &around, &content)
}

/// Puts content into a look.
pub(super) fn whole(look: Look, around: &Around<'_>, content: &Content) -> String {
    let name = &around.brand.name;
    let title = match (content.title.is_empty(), name.is_empty()) {
        (false, false) => format!("{} · {name}", content.title),
        (true, _) => name.clone(),
        (false, true) => content.title.clone(),
    };
    let shell = Shell {
        correlation: around.correlation,
        language: around.language,
        right_to_left: text::is_right_to_left(around.language),
        title: &title,
        nonce: around.nonce,
        base: BASE,
        style: match look {
            Look::Lobby => LOBBY,
            Look::Window => WINDOW,
            Look::Plain => PLAIN,
        },
        more: if around.is_phone { PHONE } else { "" },
        brand: around.brand,
        look,
        container: around.container,
        notice: around.notice,
        head: &content.head,
        name: content.name,
        class: content.class,
        inside: &content.inside,
        after: &content.after,
    };
    // Writing to memory fails only where a filter of the template does; ours has none that can.
    shell.render().unwrap_or_default()
}
