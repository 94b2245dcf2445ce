//! The answer of the authorization endpoint on its way to the application: query, fragment or posted form.
//!
//! In: a proven target and the members of the answer. Out: an HTTP response. What the members are was decided before;
//! here they are only encoded, so that none of them can become a header, markup or another parameter (attacks 14, 91).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::request::{Proven, ResponseMode};
use crate::chance;

/// Everything but the unreserved characters of RFC 3986 is encoded; a space is `%20`, which every reader understands.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is delivered, by name, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer(Vec<(String, String)>);

/// An answer with its target: kept with the ended journey, so that a second click gets the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    redirect_uri: String,
    mode: ResponseMode,
    answer: Answer,
}

impl Answer {
    /// An empty answer.
    #[must_use]
    pub fn new() -> Answer {
        Answer::default()
    }

    /// Adds a member.
    pub fn give(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// Members in order, `code` last: public test scripts read it to the end of the URL (user-interface 2.4).
    fn ordered(&self) -> impl Iterator<Item = (&str, &str)> {
        let others = self.0.iter().filter(|(name, _)| name != "code");
        let code = self.0.iter().filter(|(name, _)| name == "code");
        others.chain(code).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn encoded(&self) -> String {
        let pairs: Vec<String> = self
            .ordered()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED)))
            .collect();
        pairs.join("&")
    }
}

impl Delivery {
    /// An answer for a proven target, its `state` with it, and `iss` where that is turned on.
    #[must_use]
    pub fn new(proven: &Proven, mut answer: Answer) -> Delivery {
        if let Some(state) = &proven.state {
            answer.give("state", state.clone());
        }
        if let Some(issuer) = &proven.issuer {
            answer.give("iss", issuer.clone());
        }
        Delivery { redirect_uri: proven.redirect_uri.clone(), mode: proven.mode, answer }
    }

    /// The response that takes it there.
    #[must_use]
    pub fn response(&self) -> Response {
        match self.mode {
            ResponseMode::FormPost => form(&self.redirect_uri, &self.answer),
            ResponseMode::Query | ResponseMode::Fragment => redirect(&self.target()),
        }
    }

    /// The URL with the answer in its query or fragment.
    fn target(&self) -> String {
        let separator = match (self.mode, self.redirect_uri.contains('?')) {
            (ResponseMode::Fragment, _) => '#',
            (_, false) => '?',
            (_, true) => '&',
        };
        format!("{}{separator}{}", self.redirect_uri, self.answer.encoded())
    }
}

/// A 302 whose body repeats the target once, in a double-quoted `href` (user-interface 2.4).
#[must_use]
pub fn redirect(url: &str) -> Response {
    let body = format!(
        "<html><head><title>Object moved</title></head><body>\r\n\
         <h2>Object moved to <a href=\"{}\">here</a>.</h2>\r\n</body></html>\r\n",
        escape(url)
    );
    let Ok(location) = HeaderValue::from_str(url) else {
        // A registered URI is plain ASCII and all else is encoded.
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = private(StatusCode::FOUND, body);
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// A page that posts the answer by itself, or by a button where scripts are off. It may stand in a frame: silent sign-in
/// does it there, and it shows nothing.
fn form(action: &str, answer: &Answer) -> Response {
    let nonce = chance::token(16);
    let inputs: String = answer
        .ordered()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{name}\" id=\"{name}\" value=\"{}\"/>", escape(value))
        })
        .collect();
    let body = format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Continue</title></head><body>\
         <form id=\"auto\" method=\"POST\" action=\"{}\">{inputs}\
         <noscript><button type=\"submit\">Continue</button></noscript></form>\
         <script nonce=\"{nonce}\">document.getElementById(\"auto\").submit();</script></body></html>",
        escape(action)
    );
    let mut response = private(StatusCode::OK, body);
    let policy = format!("default-src 'none'; base-uri 'none'; script-src 'nonce-{nonce}'");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// HTML that nobody may keep or learn about (attack 93).
fn private(status: StatusCode, body: String) -> Response {
    let mut response = (status, body).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Text as an attribute value. Line breaks become references, as a parser would change them; other control characters
/// stay, as a reference to one of them means another character.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' => escaped.push_str("&#10;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
#[path = "respond_tests.rs"]
mod tests;
