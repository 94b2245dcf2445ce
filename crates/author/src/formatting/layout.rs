//! Where lines break and how far they are indented. In: a text and its pieces. Out: the text laid out.
//!
//! White space is without meaning in an element that holds elements and no other text, and in one that holds nothing
//! but white space with a line break in it. The content of every other element, and of one with `xml:space="preserve"`,
//! comes back as it is.

use std::ops::Range;

use vestibule_engine::syntax::{Piece, PieceKind, Tag};

/// The columns a start tag may take before its attributes get a line each: a claim with three attributes has one line.
pub(super) const WIDTH: usize = 140;
const STEP: usize = 2;

/// Lays a text out.
pub(super) fn lay_out(text: &str, pieces: &[Piece]) -> String {
    let contents = contents(text, pieces);
    let mut out = Layout {
        text,
        out: String::with_capacity(text.len()),
        line_end: line_end(text, pieces, &contents),
        depth: 0,
        breaks: 0,
        before: Before::Nothing,
    };
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        at = match (&piece.kind, contents.get(at)) {
            (PieceKind::Start(tag), Some(Content::Verbatim(end))) => {
                out.tag(tag, ">");
                let inside = piece.range.end..pieces.get(*end).map_or(piece.range.end, |end| end.range.start);
                out.raw(inside);
                out.raw_end(pieces.get(*end));
                end + 1
            }
            _ => {
                out.piece(piece);
                at + 1
            }
        };
    }
    out.end()
}

/// How the content of a start tag is treated; every other piece counts as `Layout`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    /// Its white space is ours.
    Layout,
    /// It stays as it is up to the end tag, the piece with this number.
    Verbatim(usize),
}

/// What was met of an element's content so far.
struct Open {
    at: usize,
    elements: bool,
    words: bool,
    line_break: bool,
    preserve: bool,
}

/// The treatment of every start tag.
fn contents(text: &str, pieces: &[Piece]) -> Vec<Content> {
    let mut contents = vec![Content::Layout; pieces.len()];
    let mut open: Vec<Open> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        match &piece.kind {
            PieceKind::Start(tag) => {
                note(&mut open, |parent| parent.elements = true);
                let preserve = preserves(text, tag);
                open.push(Open { at, elements: false, words: false, line_break: false, preserve });
            }
            PieceKind::Empty(_) => note(&mut open, |parent| parent.elements = true),
            PieceKind::Text => {
                let written = slice(text, &piece.range);
                note(&mut open, |parent| {
                    parent.words |= !is_blank(written);
                    parent.line_break |= written.contains(['\n', '\r']);
                });
            }
            PieceKind::End => {
                let Some(closed) = open.pop() else { continue };
                let ours = !closed.preserve && !closed.words && (closed.elements || closed.line_break);
                if let Some(content) = contents.get_mut(closed.at).filter(|_| !ours) {
                    *content = Content::Verbatim(at);
                }
            }
            PieceKind::Comment | PieceKind::Instruction | PieceKind::Declaration => {}
        }
    }
    contents
}

fn note(open: &mut [Open], what: impl FnOnce(&mut Open)) {
    if let Some(innermost) = open.last_mut() {
        what(innermost);
    }
}

fn preserves(text: &str, tag: &Tag) -> bool {
    tag.attributes.iter().any(|one| {
        slice(text, &one.name) == "xml:space"
            && slice(text, &one.value).trim_matches(['"', '\'']) == "preserve"
    })
}

/// The line end of the white space that is ours, if it has any, else of the file; of two sorts the more frequent one.
fn line_end(text: &str, pieces: &[Piece], contents: &[Content]) -> &'static str {
    let mut ours = String::new();
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        if piece.kind == PieceKind::Text {
            ours.push_str(slice(text, &piece.range));
        }
        at = match contents.get(at) {
            Some(Content::Verbatim(end)) => end + 1,
            _ => at + 1,
        };
    }
    more_frequent(&ours).or_else(|| more_frequent(text)).unwrap_or("\n")
}

fn more_frequent(text: &str) -> Option<&'static str> {
    let windows = text.matches("\r\n").count();
    let all = text.matches('\n').count();
    match (all, windows * 2 >= all) {
        (0, _) => text.contains('\r').then_some("\r"),
        (_, true) => Some("\r\n"),
        (_, false) => Some("\n"),
    }
}

/// What was put out last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    /// A start tag whose content is ours.
    Start,
    Other,
}

struct Layout<'t> {
    text: &'t str,
    out: String,
    line_end: &'static str,
    depth: usize,
    /// Line breaks in the white space since the last piece.
    breaks: usize,
    before: Before,
}

impl Layout<'_> {
    fn piece(&mut self, piece: &Piece) {
        match &piece.kind {
            PieceKind::Text => {
                // Of the text of an element laid out there is nothing but white space.
                let written = slice(self.text, &piece.range);
                let count = |end: &str| written.matches(end).count();
                self.breaks += count("\n") + count("\r") - count("\r\n");
                return;
            }
            PieceKind::Start(tag) => {
                self.tag(tag, ">");
                self.depth += 1;
                self.before = Before::Start;
                return;
            }
            PieceKind::Empty(tag) => self.tag(tag, " />"),
            PieceKind::End => {
                self.depth = self.depth.saturating_sub(1);
                self.breaks = self.breaks.min(1);
                self.next_line();
                self.raw_end(Some(piece));
            }
            PieceKind::Comment if self.breaks == 0 && self.before != Before::Nothing => {
                // A comment behind something on its line belongs to it.
                self.out.push(' ');
                self.raw(piece.range.clone());
            }
            PieceKind::Comment | PieceKind::Instruction | PieceKind::Declaration => {
                self.next_line();
                self.raw(piece.range.clone());
            }
        }
        self.before = Before::Other;
    }

    /// Begins a line; an empty one stays before it where there was one between two siblings.
    fn next_line(&mut self) {
        if self.before != Before::Nothing {
            self.out.push_str(self.line_end);
        }
        if self.before == Before::Other && self.breaks > 1 {
            self.out.push_str(self.line_end);
        }
        self.breaks = 0;
        self.out.extend(std::iter::repeat_n(' ', self.depth * STEP));
    }

    /// A start tag on a line of its own, or with a line for each attribute.
    fn tag(&mut self, tag: &Tag, close: &str) {
        self.next_line();
        let text = self.text;
        let attributes = tag.attributes.iter().map(|one| (slice(text, &one.name), slice(text, &one.value)));
        let attributes: Vec<_> = attributes.collect();
        let name = slice(text, &tag.name);
        let parts = attributes.iter().map(|(name, value)| columns(name) + columns(value) + 2);
        let width = self.depth * STEP + columns(name) + 1 + close.len() + parts.sum::<usize>();
        let apart = width > WIDTH && attributes.len() > 1;
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            if apart {
                self.out.push_str(self.line_end);
                self.out.extend(std::iter::repeat_n(' ', (self.depth + 1) * STEP));
            } else {
                self.out.push(' ');
            }
            self.out.extend([name, "=", value]);
        }
        self.out.push_str(close);
        self.before = Before::Other;
    }

    fn raw(&mut self, range: Range<usize>) {
        self.breaks = 0;
        self.out.push_str(slice(self.text, &range));
    }

    /// An end tag without white space in it.
    fn raw_end(&mut self, piece: Option<&Piece>) {
        let written = piece.map_or("", |piece| slice(self.text, &piece.range));
        self.out.push_str(written.trim_end_matches('>').trim_end_matches([' ', '\t', '\r', '\n']));
        self.out.push('>');
    }

    /// The text, with a line end as its last.
    fn end(mut self) -> String {
        self.out.push_str(self.line_end);
        self.out
    }
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|one| matches!(one, ' ' | '\t' | '\r' | '\n'))
}

pub(super) fn slice<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    text.get(range.clone()).unwrap_or_default()
}
