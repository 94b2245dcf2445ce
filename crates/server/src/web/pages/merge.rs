//! A customer's template with our content in it (user-interface 2.5).
//!
//! In: the template's text as it was fetched and checked, content, nonce. Out: the document: `#api` filled with every
//! other attribute kept, our script objects at the beginning of the head, scripts kept with the nonce or, where the
//! policy does not allow them, everything left out that is not on the list.

use lol_html::html_content::{ContentType, Element};
use lol_html::{RewriteStrSettings, element, rewrite_str};
use vestibule_engine::policy::{PageKind, PageVersion};

use super::look::Brand;
use super::template::Custom;
use super::{Content, markup};

/// What the merged document says of itself.
pub(super) struct Host<'a> {
    pub(super) language: &'a str,
    pub(super) nonce: &'a str,
    pub(super) correlation: &'a str,
    pub(super) brand: &'a Brand,
    /// Whether the template's scripts may run.
    pub(super) scripts: bool,
    /// Page program and version: newer ones run no scripts of the body.
    pub(super) page: (PageKind, PageVersion),
}

/// Fills the template.
pub(super) fn into_template(host: &Host<'_>, custom: &Custom, content: &Content) -> String {
    let mut filled = false;
    let mut headed = false;
    let handlers = vec![
        element!("html", |html| { Ok(html.set_attribute("lang", host.language)?) }),
        element!("head", |head| {
            if !std::mem::replace(&mut headed, true) {
                head.prepend(&content.head, ContentType::Html);
            }
            Ok(())
        }),
        element!("body script", |script| {
            if host.scripts && !runs_body_scripts(host.page) {
                script.remove();
            }
            Ok(())
        }),
        element!("*", |any| {
            clean(host, any)?;
            brand(host.brand, any)
        }),
        element!("#api", |api| {
            if !std::mem::replace(&mut filled, true) {
                fill(api, content)?;
            }
            Ok(())
        }),
    ];
    let settings = handlers
        .into_iter()
        .fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
    // The same text was read through once when it was fetched, so a failure here is a bound of the rewriter's memory.
    let document = rewrite_str(custom.text(), settings).unwrap_or_default();
    let mut comment = String::from("<!-- CorrelationId: ");
    markup::escape(host.correlation, &mut comment);
    comment.push_str(" -->");
    match document.get(..15).filter(|start| start.eq_ignore_ascii_case("<!doctype html>")) {
        Some(start) => format!("{start}\n{comment}{}", document.strip_prefix(start).unwrap_or_default()),
        None => format!("{comment}\n{document}"),
    }
}

fn fill(
    api: &mut Element<'_, '_>,
    content: &Content,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    api.set_attribute("data-name", content.name)?;
    if let Some(class) = content.class {
        let classes = api.get_attribute("class").map_or(class.to_owned(), |old| format!("{old} {class}"));
        api.set_attribute("class", &classes)?;
    }
    api.set_inner_content(&content.inside, ContentType::Html);
    api.after(&content.after, ContentType::Html);
    Ok(())
}

/// From these versions on a script in the body of a template does not run (user-interface 1.1).
fn runs_body_scripts((kind, version): (PageKind, PageVersion)) -> bool {
    match kind {
        PageKind::SelfAsserted => version < PageVersion(2, 1, 21),
        PageKind::Unified => version < PageVersion(2, 1, 10),
        _ => true,
    }
}

/// Elements that stay without scripts (user-interface 2.5), with what a document is made of.
const ELEMENTS: &[&str] = &[
    "html",
    "head",
    "body",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "p",
    "a",
    "ul",
    "ol",
    "nl",
    "li",
    "b",
    "i",
    "strong",
    "em",
    "strike",
    "code",
    "hr",
    "br",
    "div",
    "table",
    "thead",
    "caption",
    "tbody",
    "tr",
    "th",
    "td",
    "pre",
    "img",
    "video",
    "source",
    "span",
    "footer",
    "header",
    "nav",
    "main",
    "section",
    "style",
    "meta",
    "title",
    "link",
    "input",
    "button",
    "marquee",
    "label",
    "small",
    "aside",
    "article",
    "figure",
    "figcaption",
    "picture",
];

/// Elements whose content goes with them; of all others off the list the content stays.
const WITH_CONTENT: &[&str] = &[
    "script", "noscript", "iframe", "frame", "frameset", "object", "embed", "applet", "template", "svg",
    "math", "form", "textarea", "select", "base",
];

/// Attributes that stay on every element, beside `data-*` and `aria-*`.
const ATTRIBUTES: &[&str] = &[
    "id",
    "class",
    "href",
    "name",
    "type",
    "lang",
    "dir",
    "src",
    "sizes",
    "role",
    "placeholder",
    "title",
    "width",
    "height",
    "style",
];

/// Attributes that stay on some elements.
const SOME: &[(&str, &[&str])] = &[
    ("a", &["target", "rel"]),
    ("img", &["alt", "srcset"]),
    ("video", &["controls", "preload", "poster"]),
    ("meta", &["http-equiv", "content", "charset", "property"]),
    ("link", &["rel", "media", "crossorigin", "integrity"]),
    ("style", &["media"]),
    ("input", &["value"]),
    ("label", &["for"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("td", &["colspan", "rowspan"]),
];

fn clean(host: &Host<'_>, any: &mut Element<'_, '_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let name = any.tag_name();
    if ["iframe", "frame", "frameset", "base", "object", "embed"].contains(&name.as_str()) {
        any.remove();
        return Ok(());
    }
    if !host.scripts && !keeps(&name, any) {
        match WITH_CONTENT.contains(&name.as_str()) {
            true => any.remove(),
            false => any.remove_and_keep_content(),
        }
        return Ok(());
    }
    if !host.scripts {
        let bad: Vec<String> = any
            .attributes()
            .iter()
            .filter(|attribute| !keeps_attribute(&name, &attribute.name(), &attribute.value()))
            .map(lol_html::html_content::Attribute::name)
            .collect();
        bad.iter().for_each(|attribute| any.remove_attribute(attribute));
    }
    if ["script", "style", "link"].contains(&name.as_str()) {
        any.set_attribute("nonce", host.nonce)?;
    }
    Ok(())
}

fn keeps(name: &str, element: &Element<'_, '_>) -> bool {
    let has = |attribute: &str, what: &str| {
        element.get_attribute(attribute).is_some_and(|value| value.to_ascii_lowercase().contains(what))
    };
    match name {
        "meta" => !has("http-equiv", "refresh") && !has("content", "data:"),
        "link" => !has("rel", "import"),
        _ => ELEMENTS.contains(&name),
    }
}

fn keeps_attribute(element: &str, name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let listed = ATTRIBUTES.contains(&name.as_str())
        || name.starts_with("data-")
        || name.starts_with("aria-")
        || SOME.iter().any(|(whose, names)| *whose == element && names.contains(&name.as_str()));
    let is_address = ["href", "src", "poster"].contains(&name.as_str());
    listed && (!is_address || is_harmless_address(value))
}

/// Relative, or with one of the schemes allowed. White space and control characters do not hide another scheme, nor do
/// character references, which stand undecoded here: before the first delimiter none is needed, so none is let through.
fn is_harmless_address(value: &str) -> bool {
    let value: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let start = value.split([':', '/', '?', '#']).next().unwrap_or_default();
    let is_absolute = value.strip_prefix(start).is_some_and(|rest| rest.starts_with(':'));
    let known = ["http", "https", "mailto"].iter().any(|known| start.eq_ignore_ascii_case(known));
    !start.contains('&') && (!is_absolute || known)
}

/// The hooks by which a template takes the tenant's brand.
fn brand(brand: &Brand, any: &mut Element<'_, '_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let asks =
        |any: &Element<'_, '_>, hook: &str| any.get_attribute(hook).is_some_and(|value| value == "true");
    if any.removed() {
        return Ok(());
    }
    if let Some(logo) = brand.logo.as_deref().filter(|_| asks(any, "data-tenant-branding-logo")) {
        any.set_attribute("src", logo)?;
    }
    if let Some(picture) =
        brand.background.as_deref().filter(|_| asks(any, "data-tenant-branding-background"))
    {
        any.set_attribute("src", picture)?;
    }
    if let Some(colour) =
        brand.ground.as_deref().filter(|_| asks(any, "data-tenant-branding-background-color"))
    {
        let old = any.get_attribute("style").unwrap_or_default();
        let gap = if old.is_empty() || old.trim_end().ends_with(';') { "" } else { ";" };
        any.set_attribute("style", &format!("{old}{gap}background-color:{colour}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_042_addresses_cannot_hide_a_scheme() {
        let harmless = [
            "https://x.example/a?b=1&amp;c=2",
            "HTTP://x",
            "mailto:a@b",
            "/a",
            "a.html?x=1&y=2",
            "#top",
            "//x/y",
            "",
        ];
        for address in harmless {
            assert!(is_harmless_address(address), "{address}");
        }
        let hidden = [
            "javascript:x",
            " java\nscript:x",
            "java&#10;script:x",
            "javascript&colon;x",
            "&#106;avascript:x",
            "data:text/html,x",
            "vbscript:x",
        ];
        for address in hidden {
            assert!(!is_harmless_address(address), "{address}");
        }
    }
}
