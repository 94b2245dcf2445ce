//! Pages that ask nothing: an error told to the person, a page that is no longer valid.
//!
//! In: what happened, in words. Out: `Html`. They carry no script and no token; an opaque 400 is one of them, so it must
//! not say more than its caller gives it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vestibule_engine::journey::trouble::Trouble;
use vestibule_engine::policy::{PageKind, PageVersion};
use vestibule_engine::text;

use super::document::{self, Around};
use super::look::{Brand, Look};
use super::markup::{self, Element, el};
use super::template::Template;
use super::{Content, Html, merge, scripts, security};

/// What surrounds such a page.
#[derive(Clone, Copy, Debug)]
pub struct Exception<'a> {
    /// Language tag.
    pub language: &'a str,
    /// Nonce of the content security policy.
    pub nonce: &'a str,
    /// Correlation id, or the number of an incident; empty where there is none.
    pub correlation: &'a str,
    /// When it happened.
    pub at: Timestamp,
    /// The tenant's brand; a default one where no tenant is known.
    pub brand: &'a Brand,
    /// Origins that may frame the page.
    pub framing: &'a [String],
}

/// The page of DataUri `globalexception` as the policy has it, where it has one.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    /// How the policy wants it.
    pub trouble: &'a Trouble,
    /// Its template.
    pub template: &'a Template,
    /// Base of static files, with a slash at the end.
    pub static_base: &'a str,
}

/// The page of an error (user-interface 3.8). `detail` is `AADB2C…: message`.
pub fn exception(about: &Exception<'_>, detail: &str, own: Option<Own<'_>>) -> Html {
    let word = |id: &str| text::own(about.language, id);
    let written = |pick: fn(&Trouble) -> Option<&str>| own.and_then(|own| pick(own.trouble));
    let heading = written(|trouble| trouble.heading.as_deref()).unwrap_or(word("error_heading"));
    let intro = written(|trouble| trouble.intro.as_deref()).unwrap_or(word("error_intro"));
    let timestamp = about.at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let line = |id: &str, value: &str| {
        let line = el("div").text(format!("{} ", word(id)));
        // Where words run from right to left, digits and dashes would be put into another order.
        match text::is_right_to_left(text::spoken(about.language)) {
            true => line.child(el("bdi").attr("dir", "ltr").text(value)),
            false => line.text(value),
        }
    };
    let details = el("div")
        .class("error-page-messagedetails")
        .child(line("correlation", about.correlation).class("error-page-correlationid"))
        .child(line("timestamp", &timestamp))
        .child(el("div").class("error-page-detail").text(detail));
    let mut inside = vec![
        el("div").class("heading").child(el("h1").attr("role", "heading").text(heading)),
        el("div").class("error-page-help").child(el("p").text(intro)),
    ];
    // From 1.1.0 on without a sentence about whom to ask (user-interface 1.1).
    if own.is_some_and(|own| own.trouble.version < PageVersion(1, 1, 0)) {
        inside.push(el("div").class("error-page-messagedetails").text(word("error_contact")));
    }
    inside.push(details);
    let content = content(("GlobalException", Some("error-page-content")), heading, (&inside, String::new()));
    match own {
        Some(own) => whole(about, content, own),
        None => built_in(about, &content, Look::Lobby),
    }
}

/// An answer to a request that no journey can be found for, or that is not from its browser: HTTP 400 and no detail.
pub fn expired(about: &Exception<'_>) -> Html {
    let word = |id: &str| text::own(about.language, id);
    let words = (word("expired_heading"), word("expired_intro"));
    plain_with(about, words, Vec::new(), String::new())
}

fn around<'a>(about: &Exception<'a>) -> Around<'a> {
    Around {
        correlation: about.correlation,
        language: text::spoken(about.language),
        nonce: Some(about.nonce),
        brand: about.brand,
        container: "self_asserted_container",
        notice: None,
        is_phone: false,
    }
}

/// A page of heading and intro with `more` below them; `after` stands behind the content as it is.
pub(super) fn plain_with(
    about: &Exception<'_>,
    (heading, intro): (&str, &str),
    more: Vec<Element>,
    after: String,
) -> Html {
    let mut inside = vec![el("div").class("heading").child(el("h1").attr("role", "heading").text(heading))];
    if !intro.is_empty() {
        inside.push(el("div").class("intro").child(el("p").text(intro)));
    }
    inside.extend(more);
    if !about.correlation.is_empty() {
        let line = format!("{} {}", text::own(about.language, "correlation"), about.correlation);
        inside.push(el("div").class("error-page-messagedetails").child(el("div").text(line)));
    }
    let content = content(("GlobalException", None), heading, (&inside, after));
    built_in(about, &content, Look::Lobby)
}

fn content(
    (name, class): (&'static str, Option<&'static str>),
    title: &str,
    (inside, after): (&[Element], String),
) -> Content {
    Content { name, class, inside: markup::html(inside), after, title: title.to_owned(), head: String::new() }
}

fn built_in(about: &Exception<'_>, content: &Content, look: Look) -> Html {
    let rules =
        security::Rules { nonce: about.nonce, brand: about.brand, framing: about.framing, scripts: false };
    let headers = security::headers(&rules, &Template::BuiltIn(look));
    Html { body: document::whole(look, &around(about), content), headers }
}

/// The page in the policy's template, whose scripts run where the policy lets them.
fn whole(about: &Exception<'_>, mut content: Content, own: Own<'_>) -> Html {
    let Template::Custom(custom) = own.template else {
        let look = if let Template::BuiltIn(look) = own.template { *look } else { Look::Lobby };
        return built_in(about, &content, look);
    };
    if own.trouble.scripts {
        content.head = scripts::beside_an_error(about, own);
    }
    let host = merge::Host {
        language: about.language,
        nonce: about.nonce,
        correlation: about.correlation,
        brand: about.brand,
        scripts: own.trouble.scripts,
        page: (PageKind::Exception, own.trouble.version),
    };
    let rules = security::Rules {
        nonce: about.nonce,
        brand: about.brand,
        framing: about.framing,
        scripts: own.trouble.scripts,
    };
    Html {
        body: merge::into_template(&host, custom, &content),
        headers: security::headers(&rules, own.template),
    }
}
