//! Pages that ask nothing: an error told to the person, a page that is no longer valid.
//!
//! In: what happened, in words. Out: `Html`. They carry no script and no token; an opaque 400 is one of them, so it must
//! not say more than its caller gives it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vestibule_engine::policy::{PageKind, PageVersion};
use vestibule_engine::text;

use super::document::{self, Around};
use super::look::{Brand, Look};
use super::markup::{self, Element, el};
use super::template::Template;
use super::{Content, Html, merge, security};

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

/// The page of DataUri `globalexception` (user-interface 3.8). `detail` is `AADB2C…: message`.
pub fn exception(about: &Exception<'_>, detail: &str, template: &Template) -> Html {
    let word = |id: &str| text::own(about.language, id);
    let heading = word("error_heading");
    let timestamp = about.at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let details = el("div")
        .class("error-page-messagedetails")
        .child(el("div").class("error-page-correlationid").text(format!(
            "{} {}",
            word("correlation"),
            about.correlation
        )))
        .child(el("div").text(format!("{} {timestamp}", word("timestamp"))))
        .child(el("div").class("error-page-detail").text(detail));
    let inside = [
        el("div").class("heading").child(el("h1").attr("role", "heading").text(heading)),
        el("div").class("error-page-help").child(el("p").text(word("error_intro"))),
        details,
    ];
    let inside = (inside.as_slice(), String::new());
    page(about, ("GlobalException", Some("error-page-content")), heading, inside, template)
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
    let inside = (inside.as_slice(), after);
    page(about, ("GlobalException", None), heading, inside, &Template::BuiltIn(Look::Lobby))
}

fn page(
    about: &Exception<'_>,
    (name, class): (&'static str, Option<&'static str>),
    title: &str,
    (inside, after): (&[Element], String),
    template: &Template,
) -> Html {
    let content = Content {
        name,
        class,
        inside: markup::html(inside),
        after,
        title: title.to_owned(),
        head: String::new(),
    };
    let body = match template {
        Template::BuiltIn(look) => document::whole(*look, &around(about), &content),
        Template::Custom(custom) => {
            let host = merge::Host {
                language: text::spoken(about.language),
                nonce: about.nonce,
                correlation: about.correlation,
                brand: about.brand,
                scripts: false,
                page: (PageKind::Exception, PageVersion(1, 2, 0)),
            };
            merge::into_template(&host, custom, &content)
        }
    };
    let rules =
        security::Rules { nonce: about.nonce, brand: about.brand, framing: about.framing, scripts: false };
    Html { body, headers: security::headers(&rules, template) }
}
