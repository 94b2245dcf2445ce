//! HTML as data: elements with attributes and children, escaped when written.
//!
//! In: names that are literals of ours, values of any origin. Out: HTML text. Order of attributes and nesting is the
//! order in which they were given: page contracts depend on it. There is no way to put raw text in.

use std::borrow::Cow;
use std::fmt::Write;

/// One element.
#[derive(Clone, Debug)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(Cow<'static, str>, Option<String>)>,
    children: Vec<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    Element(Element),
    Text(String),
}

/// Elements without content or end tag that we write.
const VOID: &[&str] = &["br", "img", "input", "link", "meta"];

/// Starts an element.
pub(super) fn el(name: &'static str) -> Element {
    Element { name, attributes: Vec::new(), children: Vec::new() }
}

impl Element {
    /// Adds an attribute.
    pub(super) fn attr(mut self, name: &'static str, value: impl Into<String>) -> Element {
        self.attributes.push((Cow::Borrowed(name), Some(value.into())));
        self
    }

    /// Adds an attribute without value, such as `disabled`.
    pub(super) fn flag(mut self, name: &'static str) -> Element {
        self.attributes.push((Cow::Borrowed(name), None));
        self
    }

    /// Adds the attribute where there is a value.
    pub(super) fn maybe(self, name: &'static str, value: Option<impl Into<String>>) -> Element {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Changes the element where the condition holds.
    pub(super) fn when(self, condition: bool, change: impl FnOnce(Element) -> Element) -> Element {
        if condition { change(self) } else { self }
    }

    /// `id`
    pub(super) fn id(self, id: impl Into<String>) -> Element {
        self.attr("id", id)
    }

    /// `class`
    pub(super) fn class(self, class: impl Into<String>) -> Element {
        self.attr("class", class)
    }

    /// Visibility as the contract wants it: inline style and `aria-hidden` in step (user-interface 3).
    pub(super) fn shown(self, display: Option<&'static str>) -> Element {
        let style = format!("display:{}", display.unwrap_or("none"));
        self.attr("style", style).attr("aria-hidden", if display.is_some() { "false" } else { "true" })
    }

    /// Adds a text.
    pub(super) fn text(mut self, text: impl Into<String>) -> Element {
        self.children.push(Node::Text(text.into()));
        self
    }

    /// Adds a child.
    pub(super) fn child(mut self, child: Element) -> Element {
        self.children.push(Node::Element(child));
        self
    }

    /// Adds children.
    pub(super) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// Appends the element as HTML.
    pub(super) fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            if let Some(value) = value {
                out.push_str("=\"");
                escape(value, out);
                out.push('"');
            }
        }
        out.push('>');
        if VOID.contains(&self.name) {
            return;
        }
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(out),
                Node::Text(text) => escape(text, out),
            }
        }
        let _ = write!(out, "</{}>", self.name);
    }
}

/// The elements one after the other.
pub(super) fn html<'a>(elements: impl IntoIterator<Item = &'a Element>) -> String {
    let mut out = String::new();
    elements.into_iter().for_each(|element| element.write(&mut out));
    out
}

/// Text made safe between tags and in double-quoted attributes. NUL has no place in HTML and is left out.
pub(super) fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\0' => {}
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_and_texts_are_escaped_in_the_order_given() {
        let link = el("a").id("x").attr("href", "?a=1&b=\"2\"").text("<img src=x onerror='1'>\0");
        let expected =
            r#"<a id="x" href="?a=1&amp;b=&quot;2&quot;">&lt;img src=x onerror=&#39;1&#39;&gt;</a>"#;
        assert_eq!(html([&link]), expected);
    }

    #[test]
    fn void_elements_have_no_end_tag_and_flags_no_value() {
        assert_eq!(
            html([&el("input").attr("type", "text").flag("disabled")]),
            "<input type=\"text\" disabled>"
        );
        assert_eq!(html([&el("p")]), "<p></p>");
    }

    #[test]
    fn visibility_is_told_twice() {
        assert_eq!(html([&el("p").shown(None)]), r#"<p style="display:none" aria-hidden="true"></p>"#);
        assert_eq!(
            html([&el("p").shown(Some("block"))]),
            r#"<p style="display:block" aria-hidden="false"></p>"#
        );
    }
}
