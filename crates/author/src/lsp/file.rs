//! One policy file as the editor sees it: its text, from the disk or as typed, and what was read from it. In: bytes or
//! edits. Out: text, lines, markup and names, always in step.
//!
//! Must not be known here: other files, what the compiler says.

use std::path::PathBuf;
use std::sync::Arc;

use lsp_types::{Position, TextDocumentContentChangeEvent, Uri};
use vestibule_engine::Workspace;
use vestibule_engine::source::{MAX_BYTES, SourceId, Sources};

use super::language::{self, Element, Sort};
use super::markup::{Markup, Node, NodeId};
use super::names::{Mention, Names};
use super::place::{Lines, Unit};

/// A document longer than this is not kept; the compiler refuses far shorter ones.
const MOST_TEXT: usize = 8 * 1024 * 1024;

/// What a file is known by: its path, or its URI if it has none.
pub(super) type Key = Arc<str>;

/// A file, open in the editor or not.
#[derive(Debug)]
pub(super) struct File {
    /// What it is known by.
    pub(super) key: Key,
    /// What the editor calls it.
    pub(super) uri: Uri,
    /// Where it is on the disk.
    pub(super) path: Option<PathBuf>,
    /// What it is called in messages.
    pub(super) name: String,
    /// The text, as the editor counts it.
    pub(super) text: String,
    /// Where its lines begin.
    pub(super) lines: Lines,
    /// Its tags.
    pub(super) markup: Markup,
    /// What each element is in the schema.
    pub(super) places: Vec<Option<&'static Element>>,
    /// Its ids.
    pub(super) names: Names,
    /// The version of the open document; none: the file as it is on the disk.
    pub(super) version: Option<i32>,
    content: Content,
}

/// What the compiler gets.
#[derive(Debug)]
enum Content {
    /// The text.
    Text,
    /// Bytes that are no text, so that it can say why.
    Bytes(Vec<u8>),
    /// Nothing but the length.
    TooLarge(u64),
}

impl File {
    /// A file without text yet.
    pub(super) fn new(key: Key, uri: Uri, path: Option<PathBuf>, name: String) -> Self {
        Self {
            key,
            uri,
            path,
            name,
            text: String::new(),
            lines: Lines::of(""),
            markup: Markup::default(),
            places: Vec::new(),
            names: Names::default(),
            version: None,
            content: Content::Text,
        }
    }

    /// Takes over what stands on the disk.
    pub(super) fn load(&mut self, bytes: Vec<u8>) {
        let mut sources = Sources::default();
        let id = sources.add("", &bytes);
        let source = sources.get(id);
        let text = source.map(|source| source.text().to_owned()).unwrap_or_default();
        let damaged = source.is_some_and(|source| source.damage().is_some());
        self.version = None;
        self.set_text(text);
        if damaged {
            self.content = Content::Bytes(bytes);
        }
    }

    /// Notes that the file is too large to be read.
    pub(super) fn too_large(&mut self, length: u64) {
        self.version = None;
        self.set_text(String::new());
        self.content = Content::TooLarge(length);
    }

    /// Takes over the text of an open document.
    pub(super) fn open(&mut self, version: i32, text: String) {
        self.version = Some(version);
        self.set_text(text);
    }

    /// Applies edits to the open document, one after the other.
    pub(super) fn change(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>, unit: Unit) {
        let mut text = std::mem::take(&mut self.text);
        for (index, change) in changes.into_iter().enumerate() {
            let Some(range) = change.range else {
                text = change.text;
                self.lines = Lines::of(&text);
                continue;
            };
            if index > 0 {
                self.lines = Lines::of(&text);
            }
            let offset = |position: Position| self.lines.offset(&text, position, unit);
            let (start, end) = (offset(range.start), offset(range.end));
            text.replace_range(start.min(end)..end.max(start), &change.text);
        }
        self.version = Some(version);
        self.set_text(text);
    }

    fn set_text(&mut self, text: String) {
        let length = text.len();
        self.text = if length > MOST_TEXT { String::new() } else { text };
        self.content =
            if length as u64 > MAX_BYTES { Content::TooLarge(length as u64) } else { Content::Text };
        self.lines = Lines::of(&self.text);
        // What the compiler refuses to look at is not worth an index.
        let readable = matches!(self.content, Content::Text);
        self.markup = if readable { Markup::read(&self.text) } else { Markup::default() };
        self.places = language::places(&self.markup, &self.text);
        self.names = Names::read(&self.text, &self.markup, &self.places);
    }

    /// Hands the file to the compiler.
    pub(super) fn add_to(&self, sources: &mut Sources) -> SourceId {
        match &self.content {
            Content::Text => sources.add(&self.name, self.text.as_bytes()),
            Content::Bytes(bytes) => sources.add(&self.name, bytes),
            Content::TooLarge(length) => sources.add_too_large(&self.name, *length),
        }
    }

    /// Puts the file into the compiler's hands, under a name that tells it from others.
    pub(super) fn put_into(&self, compiler: &mut Workspace, name: &str) -> SourceId {
        match &self.content {
            Content::Text => compiler.put(name, self.text.as_bytes()),
            Content::Bytes(bytes) => compiler.put(name, bytes),
            // The compiler looks at nothing but the length, which is all that is left of it.
            Content::TooLarge(length) => {
                let length = usize::try_from(*length).unwrap_or(MOST_TEXT).min(MOST_TEXT);
                compiler.put(name, &vec![b' '; length])
            }
        }
    }

    /// How far the compiler's offsets are behind those of the text: it does not count a byte order mark, which some
    /// editors send.
    pub(super) fn shift(&self) -> usize {
        if self.text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 }
    }

    /// Whether the file is meant to be a policy.
    pub(super) fn is_policy(&self) -> bool {
        !matches!(self.content, Content::Text) || self.text.contains("TrustFrameworkPolicy")
    }

    /// The text of a range.
    pub(super) fn slice(&self, range: &std::ops::Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// What an element is in the schema.
    pub(super) fn place(&self, id: NodeId) -> Option<&'static Element> {
        self.places.get(id).copied().flatten()
    }

    /// An element by number.
    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.markup.node(id)
    }

    /// The value of an element's attribute.
    pub(super) fn attribute(&self, id: NodeId, name: &str) -> Option<&str> {
        Some(self.node(id)?.attribute(&self.text, name)?.0)
    }

    /// The child of that name.
    pub(super) fn child(&self, id: NodeId, name: &str) -> Option<NodeId> {
        let mut children = self.markup.children(id);
        children.find(|(_, node)| node.name(&self.text) == name).map(|(id, _)| id)
    }

    /// The nearest element of that name around another, or itself.
    pub(super) fn around(&self, id: NodeId, name: &str) -> Option<NodeId> {
        self.markup.ancestors(id).find(|id| self.node(*id).is_some_and(|node| node.name(&self.text) == name))
    }

    /// The policy's own id.
    pub(super) fn policy_id(&self) -> Option<&Mention> {
        self.names.all().find(|one| one.sort == Sort::Policy && one.declares)
    }

    /// The id of the base policy.
    pub(super) fn base_id(&self) -> Option<&Mention> {
        let in_base = |one: &&Mention| {
            let parent = self.node(one.node).and_then(|node| node.parent);
            parent.and_then(|id| self.node(id)).is_some_and(|node| node.name(&self.text) == "BasePolicy")
        };
        self.names.all().filter(|one| one.sort == Sort::Policy && !one.declares).find(in_base)
    }
}
