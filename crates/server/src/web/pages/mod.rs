//! Pages: what the engine says must be shown → HTML, script objects and headers.
//!
//! In: a `Page` (data, texts complete), a `Frame` (what the server knows), a template. Out: `Html`. The DOM inside
//! `#api`, the script objects and the protocol are a contract with other people's style sheets, scripts and tests
//! (user-interface 2–6); looks come from the templates. Must not know journeys, policies, storage or requests.

pub mod assets;
pub mod look;
pub mod security;
pub mod template;

mod asserted;
mod authenticator;
mod captcha;
mod control;
mod document;
mod exception;
mod farewell;
mod fields;
mod links;
mod markup;
mod merge;
mod phone;
mod scriptless;
mod scripts;
mod selection;
mod unified;
mod verification;

#[cfg(test)]
mod tests;

use vestibule_engine::journey::page::{Body, Page};
use vestibule_engine::policy::{PageKind, PageVersion};

pub use exception::{Exception, Own, exception, expired};
pub use farewell::{Onward, sign_out_question, signed_out};
pub use look::{Brand, Look};
pub use scriptless::ACTION;
pub use template::{Sources, Template, Templates};

use links::Links;
use markup::Element;

/// What the server knows and the engine does not.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// Anti-forgery token of this page: letters, digits, `_`, `=` at the end (user-interface 2.4).
    pub csrf: &'a str,
    /// `StateProperties=` and what follows (6.2).
    pub trans_id: &'a str,
    /// A GUID of this showing of the page.
    pub page_view_id: &'a str,
    /// `/<tenant>/<policy>`: beginning of every URL of the page.
    pub host_path: &'a str,
    /// Policy id in its stored spelling.
    pub policy: &'a str,
    /// The tenant's GUID.
    pub tenant_id: &'a str,
    /// Nonce of the content security policy, fresh for every response.
    pub nonce: &'a str,
    /// Correlation id of the journey.
    pub correlation: &'a str,
    /// Base of static files, with a slash at the end.
    pub static_base: &'a str,
    /// Whether the page's script trims passwords (reference README 15).
    pub trim_passwords: bool,
    /// Name, logo and colours of the tenant.
    pub brand: &'a Brand,
}

/// A response: body and the headers that belong to it.
#[derive(Clone, Debug)]
pub struct Html {
    /// The document.
    pub body: String,
    /// Header names in lower case with their values, Content-Type among them.
    pub headers: Vec<(&'static str, String)>,
}

/// Draws a page.
pub fn render(page: &Page, frame: &Frame<'_>, template: &Template) -> Html {
    let ask = Ask { page, frame, links: Links::new(page, frame) };
    let content = content(&ask, template);
    let body = match template {
        Template::BuiltIn(look) => document::built_in(&ask, *look, &content),
        Template::Custom(custom) => {
            let host = merge::Host {
                language: &page.language,
                nonce: frame.nonce,
                correlation: frame.correlation,
                brand: frame.brand,
                scripts: page.scripts,
                page: (page.kind, page.version),
            };
            merge::into_template(&host, custom, &content)
        }
    };
    Html { body, headers: security::page_headers(page, frame, template) }
}

/// Everything that the drawing functions read.
struct Ask<'a> {
    page: &'a Page,
    frame: &'a Frame<'a>,
    links: Links<'a>,
}

/// What a page brings into whatever document carries it.
struct Content {
    /// `data-name` of `#api`.
    name: &'static str,
    /// A further class of `#api`.
    class: Option<&'static str>,
    /// Inside of `#api`.
    inside: String,
    /// Straight after `#api`.
    after: String,
    /// Title of the document.
    title: String,
    /// Beginning of the head: script objects and scripts.
    head: String,
}

impl Ask<'_> {
    /// A word of the page.
    fn word(&self, id: &str) -> &str {
        self.page.words.get(id).map(String::as_str).unwrap_or_default()
    }

    /// Whether the page program is at least that new.
    fn since(&self, major: u16, minor: u16, patch: u16) -> bool {
        self.page.version >= PageVersion(major, minor, patch)
    }

    /// Whether the heading is seen in a template that says nothing of it: on the sign-in page and on forms it is not
    /// (user-interface 1.1).
    fn shows_heading(&self) -> bool {
        !matches!(self.page.kind, PageKind::Unified | PageKind::UnifiedPlain | PageKind::SelfAsserted)
    }

    /// The page's heading, where its version has one (user-interface 1.1).
    fn heading(&self) -> Option<Element> {
        let since = match self.page.kind {
            PageKind::Unified | PageKind::UnifiedPlain | PageKind::SelfAsserted => self.since(2, 1, 1),
            _ => self.since(1, 2, 0),
        };
        let heading = || markup::el("h1").attr("role", "heading").text(self.word("heading"));
        since.then(|| markup::el("div").class("heading").child(heading()))
    }
}

fn content(ask: &Ask<'_>, template: &Template) -> Content {
    let (name, inside) = match &ask.page.body {
        Body::Unified(body) => ("Unified", unified::draw(ask, body)),
        Body::Form(form) => ("SelfAsserted", asserted::draw(ask, form)),
        Body::Selection(providers) => ("IdpSelections", selection::draw(ask, providers)),
        Body::Phone(body) => ("Phonefactor", phone::draw(ask, body)),
    };
    Content {
        name,
        class: None,
        inside: markup::html(&inside),
        after: markup::html(&scriptless::draw(ask)),
        title: ask.word("heading").to_owned(),
        head: scripts::head(ask, template),
    }
}
