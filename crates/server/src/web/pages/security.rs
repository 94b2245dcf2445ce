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
    let ancestors = if framing.is_empty() { "'none'".to_owned() } else { framing.join(" ") };
    let mut directives = vec!["default-src 'none'".to_owned()];
    match template {
        Template::Custom(_) if rules.scripts => directives.extend(trusted(&nonce, &(origins + &brand))),
        _ => directives.extend([
            format!("script-src {nonce}"),
            format!("style-src {nonce}{origins}"),
            format!("img-src 'self' data:{origins}{brand}"),
            format!("font-src 'self' data:{origins}"),
            format!("media-src 'self' data:{origins}"),
            "connect-src 'self'".to_owned(),
        ]),
    }
    directives.extend([
        "style-src-attr 'unsafe-inline'".to_owned(),
        "base-uri 'none'".to_owned(),
        "object-src 'none'".to_owned(),
        format!("frame-ancestors {ancestors}"),
    ]);
    directives.join("; ")
}

/// Where the policy lets the template's own scripts run, they may do what they do in the cloud: load further scripts and
/// styles, ask services, show a captcha in a frame, handle events by attribute. What we put into the page is escaped, so
/// that none of it can be a script; `eval` stays forbidden.
fn trusted(nonce: &str, origins: &str) -> Vec<String> {
    vec![
        format!("script-src {nonce} 'strict-dynamic' https:{origins}"),
        "script-src-attr 'unsafe-inline'".to_owned(),
        format!("style-src 'unsafe-inline' 'self' https:{origins}"),
        format!("img-src 'self' data: blob: https:{origins}"),
        format!("font-src 'self' data: https:{origins}"),
        format!("media-src 'self' data: blob: https:{origins}"),
        format!("connect-src 'self' https: wss:{origins}"),
        "frame-src https:".to_owned(),
        "worker-src 'self' blob:".to_owned(),
    ]
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
