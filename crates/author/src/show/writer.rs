//! XML with a comment behind each element that says where it comes from. In: elements in order. Out: text whose layout
//! [`formatting`](crate::formatting) makes.
//!
//! Must not be known here: what a policy has.

use std::collections::BTreeMap;
use std::fmt::Display;

use vestibule_engine::source::{SourceId, Sources, Span, Spanned};

use super::Origins;

/// Where an element comes from.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// It is our own, a list around others.
    None,
    /// Its place.
    At(Span),
    /// Its first declaration and the later ones that overlay it.
    Declared(Span, &'a [Span]),
}

/// A start tag in the making.
pub(super) struct Tag {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
}

impl Tag {
    /// Without attributes.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new() }
    }

    /// Adds an attribute.
    pub(super) fn set(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.push((name, value.to_owned()));
        self
    }

    /// Adds an attribute that may be absent.
    pub(super) fn maybe<T: Display>(self, name: &'static str, value: Option<&Spanned<T>>) -> Self {
        match value {
            Some(value) => self.set(name, &value.value.to_string()),
            None => self,
        }
    }

    /// Adds an attribute of enumerated values.
    pub(super) fn word(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }
}

/// Collects the text.
pub(super) struct Writer<'s> {
    sources: &'s Sources,
    origins: Origins,
    names: BTreeMap<SourceId, String>,
    /// The file of the declaration that is being written.
    file: Option<SourceId>,
    text: String,
}

impl<'s> Writer<'s> {
    pub(super) fn new(sources: &'s Sources, origins: Origins) -> Self {
        let short = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
        let mut files: BTreeMap<String, usize> = BTreeMap::new();
        for source in sources.iter() {
            *files.entry(short(source.name())).or_default() += 1;
        }
        let name = |name: &str| match files.get(&short(name)) {
            Some(1) => short(name),
            _ => name.to_owned(),
        };
        let names = sources.iter().map(|source| (source.id(), name(source.name()))).collect();
        Self { sources, origins, names, file: None, text: String::new() }
    }

    /// The text so far.
    pub(super) fn done(self) -> String {
        self.text
    }

    /// A comment on a line of its own.
    pub(super) fn comment(&mut self, words: &str) {
        // Two hyphens end a comment too early; a file may be called so.
        let words = words.replace("--", "- -");
        self.text.push_str(&format!("<!-- {} -->\n", words.trim_end_matches('-')));
    }

    /// The short name of a file.
    pub(super) fn file_name(&self, span: Span) -> &str {
        self.names.get(&span.source).map_or("", String::as_str)
    }

    /// A blank line.
    pub(super) fn space(&mut self) {
        self.text.push('\n');
    }

    /// An element without content.
    pub(super) fn empty(&mut self, tag: Tag, origin: Origin<'_>) {
        self.head(origin);
        self.start(tag, "/>");
        self.tail(origin);
    }

    /// An element with text.
    pub(super) fn leaf(&mut self, tag: Tag, text: &str, origin: Origin<'_>) {
        self.head(origin);
        let name = tag.name;
        self.start(tag, ">");
        escape(text, false, &mut self.text);
        self.text.push_str(&format!("</{name}>"));
        self.tail(origin);
    }

    /// An element with elements; without them its tag alone.
    pub(super) fn branch(&mut self, tag: Tag, origin: Origin<'_>, content: impl FnOnce(&mut Self)) {
        let around = self.file;
        self.head(origin);
        let name = tag.name;
        self.start(tag, ">");
        let opened = self.text.len();
        self.tail(origin);
        let before = self.text.len();
        content(self);
        if self.text.len() == before {
            let comment = self.text.split_off(opened);
            self.text.pop();
            self.text.push_str("/>");
            self.text.push_str(&comment);
        } else {
            self.text.push_str(&format!("</{name}>\n"));
        }
        self.file = around;
    }

    /// `<wrapper>` around the items, nothing if there are none.
    pub(super) fn list<T>(&mut self, wrapper: &'static str, items: &[T], item: impl Fn(&mut Self, &T)) {
        if !items.is_empty() {
            self.branch(Tag::new(wrapper), Origin::None, |writer| {
                items.iter().for_each(|one| item(writer, one));
            });
        }
    }

    /// A child with text that may be absent.
    pub(super) fn scalar<T: Display>(&mut self, name: &'static str, value: Option<&Spanned<T>>) {
        if let Some(value) = value {
            self.leaf(Tag::new(name), &value.value.to_string(), Origin::At(value.span));
        }
    }

    /// A child with an enumerated text that may be absent.
    pub(super) fn word<T>(
        &mut self,
        name: &'static str,
        value: Option<&Spanned<T>>,
        word: fn(&T) -> &'static str,
    ) {
        if let Some(value) = value {
            self.leaf(Tag::new(name), word(&value.value), Origin::At(value.span));
        }
    }

    /// A child that says no more than an id.
    pub(super) fn reference(
        &mut self,
        name: &'static str,
        attribute: &'static str,
        id: Option<&Spanned<String>>,
    ) {
        if let Some(id) = id {
            self.empty(Tag::new(name).set(attribute, id), Origin::At(id.span));
        }
    }

    fn start(&mut self, tag: Tag, close: &str) {
        self.text.push_str(&format!("<{}", tag.name));
        for (name, value) in tag.attributes {
            self.text.push_str(&format!(" {name}=\""));
            escape(&value, true, &mut self.text);
            self.text.push('"');
        }
        self.text.push_str(close);
    }

    /// What stands above an element that has a name.
    fn head(&mut self, origin: Origin<'_>) {
        let Origin::Declared(first, overrides) = origin else { return };
        self.file = Some(first.source);
        if self.origins == Origins::None {
            return;
        }
        let mut words = self.place(first);
        if !overrides.is_empty() {
            let places: Vec<String> = overrides.iter().map(|span| self.place(*span)).collect();
            words.push_str(&format!(", overridden in {}", places.join(", ")));
        }
        self.comment(&words);
    }

    /// What stands behind any other element.
    fn tail(&mut self, origin: Origin<'_>) {
        if let Origin::At(span) = origin {
            let told = match self.origins {
                Origins::Each => true,
                Origins::Others => self.file != Some(span.source),
                Origins::None => false,
            };
            if told {
                self.text.push(' ');
                self.comment(&self.place(span));
                return;
            }
        }
        self.text.push('\n');
    }

    /// `File.xml:12`.
    fn place(&self, span: Span) -> String {
        let line = self.sources.get(span.source).map_or(1, |source| source.line(span.start));
        format!("{}:{line}", self.file_name(span))
    }
}

/// Text or an attribute's value, so that a parser reads back the very same.
fn escape(text: &str, attribute: bool, out: &mut String) {
    for one in text.chars() {
        match one {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            other => out.push(other),
        }
    }
}
