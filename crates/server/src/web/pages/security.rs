//! Headers that bound what a page may load, run and be framed by.
//!
//! In: the page's nonce, its framing sources, its template. Out: header names and values. The one exception is forced by
//! the contract: visibility is toggled by inline style (user-interface 3), hence `style-src-attr 'unsafe-inline'`.
//! There is no `form-action`: browsers apply it to the redirects after a post too, and the last of those leads to the
//! application, whose scheme may be its own.

use vestibule_engine::journey::page::Page;

use super::Frame;
use super::look::Brand;
use super::template::Template;

/// What the headers depend on.
pub(super) struct Rules<'a> {
    pub(super) nonce: &'a str,
    pub(super) brand: &'a Brand,
    pub(super) framing: &'a [String],
    /// Whether the template's scripts may run.
    pub(super) scripts: bool,
}

/// Headers of a journey's page.
pub(super) fn page_headers(
    page: &Page,
    frame: &Frame<'_>,
    template: &Template,
) -> Vec<(&'static str, String)> {
    let rules =
        Rules { nonce: frame.nonce, brand: frame.brand, framing: &page.framing, scripts: page.scripts };
    headers(&rules, template)
}

/// All headers of a page.
pub(super) fn headers(rules: &Rules<'_>, template: &Template) -> Vec<(&'static str, String)> {
    let framing: Vec<&str> =
        rules.framing.iter().map(|source| source.trim()).filter(|source| is_source(source)).collect();
    vec![
        ("content-type", "text/html; charset=utf-8".to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("content-security-policy", policy(rules, template, &framing)),
        // Only one source fits here, and browsers that know frame-ancestors ignore the header (XSD, JourneyFraming).
        ("x-frame-options", framing.first().map_or("DENY".to_owned(), |first| format!("ALLOW-FROM {first}"))),
    ]
}

fn policy(rules: &Rules<'_>, template: &Template, framing: &[&str]) -> String {
    let nonce = format!("'nonce-{}'", rules.nonce);
    let origins = match template {
        Template::BuiltIn(_) => String::new(),
        Template::Custom(custom) => custom.origins().iter().map(|origin| format!(" {origin}")).collect(),
    };
    let brand: String = [&rules.brand.logo, &rules.brand.background]
        .into_iter()
        .flatten()
        .filter_map(|address| origin(address))
        .map(|origin| format!(" {origin}"))
        .collect();
    let scripts = if rules.scripts { origins.as_str() } else { "" };
    let ancestors = if framing.is_empty() { "'none'".to_owned() } else { framing.join(" ") };
    [
        "default-src 'none'".to_owned(),
        format!("script-src {nonce}{scripts}"),
        format!("style-src {nonce}{origins}"),
        "style-src-attr 'unsafe-inline'".to_owned(),
        format!("img-src 'self' data:{origins}{brand}"),
        format!("font-src 'self' data:{origins}"),
        format!("media-src 'self'{origins}"),
        format!("connect-src 'self'{scripts}"),
        "base-uri 'none'".to_owned(),
        "object-src 'none'".to_owned(),
        format!("frame-ancestors {ancestors}"),
    ]
    .join("; ")
}

/// `scheme://host[:port]` of an http or https address.
pub(super) fn origin(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

/// A source that may stand in `frame-ancestors` and cannot end the directive or the header.
fn is_source(source: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":/.-*'_[]".contains(c);
    !source.is_empty() && source.len() <= 300 && source.chars().all(allowed)
}
