//! Files as the author wrote them. In: a file's name and bytes. Out: text, byte spans into it, and line:column.
//!
//! A file stays as it was written: where settings are to be filled in, each value is, when it is read, so that every span
//! points at the author's own text. Must not be known here: XML, diagnostics. A file that cannot be read as text still becomes a [`Source`], with
//! [`Damage`] in place of a failure, so that whoever reports it has a place to point at.

use std::ops::Deref;
use std::sync::Arc;

use crate::settings::Settings;

use sha2::{Digest, Sha256};

/// The largest policy file, in bytes: 1 MiB (policy-language 1.3, "file ≤ 1024 KB").
///
/// Whoever reads files compares their length with this before reading and calls [`Sources::add_too_large`].
pub const MAX_BYTES: u64 = 1024 * 1024;

/// Which file of a [`Sources`] a span points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A range of bytes in the decoded text of one file; `end` is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A value and the place it was written at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value with its place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: change(self.value), span: self.span }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A place as people count: both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// Why a file could not be read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Longer than [`MAX_BYTES`]; the text is empty. Holds the length in bytes.
    TooLarge(u64),
    /// A byte that is not UTF-8, in a file that is not declared to be anything else.
    NotUtf8(u8),
    /// A byte sequence that is not of the encoding which the file declares or begins with.
    NotText(Encoding),
    /// UTF-16 without a byte order mark.
    Utf16WithoutMark,
    /// The XML declaration names an encoding that is not read here.
    UnknownEncoding,
    /// A NUL character.
    Nul,
}

/// The encodings that policy files are read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// UTF-16 with byte order mark.
    Utf16,
    /// ISO-8859-1, when the XML declaration says so.
    Latin1,
}

/// One policy file: its name as shown to people, its decoded text and where its lines begin.
#[derive(Debug, Clone)]
pub struct Source {
    id: SourceId,
    name: String,
    text: String,
    lines: Vec<u32>,
    digest: [u8; 32],
    damage: Option<(Damage, Span)>,
    settings: Option<Arc<Settings>>,
}

/// All files of one compilation.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Source>,
    settings: Option<Arc<Settings>>,
}

impl Encoding {
    /// The name as people know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Latin1 => "ISO-8859-1",
        }
    }
}

impl SourceId {
    /// The place of the file in its [`Sources`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Span {
    /// The empty span at the start of a file: for what concerns the whole file.
    pub const fn start_of(source: SourceId) -> Self {
        Self { source, start: 0, end: 0 }
    }
}

impl Source {
    /// What the file is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its number in [`Sources`].
    pub const fn id(&self) -> SourceId {
        self.id
    }

    /// The decoded text; where [`Source::damage`] says so, only an approximation for showing the place.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the decoded text.
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// What kept the file from being read as text, and where.
    pub const fn damage(&self) -> Option<(Damage, Span)> {
        self.damage
    }

    /// What its placeholders are filled with.
    pub fn settings(&self) -> Option<&Settings> {
        self.settings.as_deref()
    }

    /// A span of this file; ends outside the text or inside a character are moved to the nearest fitting place.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let start = self.text.floor_char_boundary(start);
        let end = self.text.floor_char_boundary(end).max(start);
        Span { source: self.id, start: small(start), end: small(end) }
    }

    /// The text that a span covers; empty if the span is of another file.
    pub fn slice(&self, span: Span) -> &str {
        if span.source != self.id {
            return "";
        }
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The line, from 1, of a byte offset. Unlike [`Source::position`] it does not look at the line itself, which may be
    /// the whole file.
    pub fn line(&self, offset: u32) -> u32 {
        let offset = self.text.floor_char_boundary(offset as usize);
        small(self.lines.partition_point(|start| *start as usize <= offset))
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line(offset) as usize;
        let offset = self.text.floor_char_boundary(offset as usize);
        let start = self.line_start(line);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        Position { line: small(line), column: small(column) + 1 }
    }

    /// The byte offset where a line (from 1) begins; the end of the text for a line past the last.
    pub fn line_start(&self, line: usize) -> usize {
        self.lines.get(line.saturating_sub(1)).map_or(self.text.len(), |start| *start as usize)
    }

    fn new(id: SourceId, name: &str, text: String, damage: Option<(Damage, usize)>) -> Self {
        let mut source = Self {
            id,
            name: name.to_owned(),
            lines: line_starts(&text),
            digest: Sha256::digest(&text).into(),
            text,
            damage: None,
            settings: None,
        };
        source.damage = damage.map(|(damage, at)| (damage, source.span(at, source.next_character(at))));
        source
    }

    fn next_character(&self, at: usize) -> usize {
        let rest = self.text.get(self.text.floor_char_boundary(at)..).unwrap_or_default();
        at + rest.chars().next().map_or(0, char::len_utf8)
    }
}

impl Sources {
    /// Files whose placeholders are filled with these settings.
    pub fn with_settings(settings: Option<Arc<Settings>>) -> Self {
        Self { files: Vec::new(), settings }
    }

    /// Decodes a file and keeps it. Never fails: see [`Source::damage`].
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> SourceId {
        let (text, damage) = read(bytes);
        self.push(name, text, damage)
    }

    /// Keeps the name of a file that is longer than [`MAX_BYTES`] and therefore was not read.
    pub fn add_too_large(&mut self, name: &str, length: u64) -> SourceId {
        self.push(name, String::new(), Some((Damage::TooLarge(length), 0)))
    }

    /// Puts another text in the place of a file's; the file keeps its number and its name. Without effect for a number
    /// that no file here has.
    pub fn replace(&mut self, id: SourceId, bytes: &[u8]) {
        if let Some(file) = self.files.get_mut(id.index()) {
            let (text, damage) = read(bytes);
            let settings = file.settings.take();
            *file = Source { settings, ..Source::new(id, &file.name, text, damage) };
        }
    }

    /// The file with this number.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.files.get(id.index())
    }

    /// All files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.files.iter()
    }

    /// The text that a span covers; empty for a span of no file here.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source).map_or("", |source| source.slice(span))
    }

    fn push(&mut self, name: &str, text: String, damage: Option<(Damage, usize)>) -> SourceId {
        let id = SourceId(small(self.files.len()));
        let source = Source::new(id, name, text, damage);
        self.files.push(Source { settings: self.settings.clone(), ..source });
        id
    }
}

/// Files are at most 1 MiB and few, so offsets and counts fit.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn line_starts(text: &str) -> Vec<u32> {
    let after = text.match_indices('\n').map(|(at, _)| small(at + 1));
    std::iter::once(0).chain(after).collect()
}

/// Bytes to text, unless they are too many.
fn read(bytes: &[u8]) -> (String, Option<(Damage, usize)>) {
    let length = bytes.len() as u64;
    if length > MAX_BYTES { (String::new(), Some((Damage::TooLarge(length), 0))) } else { decode(bytes) }
}

/// Bytes to text. A damaged file yields as much text as is needed to show the place.
fn decode(bytes: &[u8]) -> (String, Option<(Damage, usize)>) {
    let (text, damage) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] | [0, b'<', ..] => (without_nul(bytes), Some((Damage::Utf16WithoutMark, 0))),
        _ => by_declaration(bytes),
    };
    let damage = damage.or_else(|| text.find('\0').map(|at| (Damage::Nul, at)));
    (text, damage)
}

fn by_declaration(bytes: &[u8]) -> (String, Option<(Damage, usize)>) {
    let Some((name, at)) = declared_encoding(bytes) else { return utf8(bytes) };
    match name.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => utf8(bytes),
        // A file that says Latin-1 but reads as UTF-8 was saved by an editor that ignores the declaration.
        "iso-8859-1" | "latin1" | "latin-1" | "iso_8859-1" => match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), None),
            Err(_) => (bytes.iter().map(|byte| char::from(*byte)).collect(), None),
        },
        // The declaration itself was readable as single bytes, so this is no UTF-16.
        "utf-16" | "utf-16le" | "utf-16be" => utf8(bytes),
        _ => (String::from_utf8_lossy(bytes).into_owned(), Some((Damage::UnknownEncoding, at))),
    }
}

/// The value of `encoding="…"` in the XML declaration and its offset.
fn declared_encoding(bytes: &[u8]) -> Option<(&str, usize)> {
    let head = bytes.get(..bytes.len().min(200))?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(head.get(..end)?).ok().filter(|text| text.starts_with("<?xml"))?;
    let (before, rest) = declaration.split_once("encoding")?;
    let open = rest.find(['"', '\''])?;
    let quote = rest.get(open..=open)?;
    let value = rest.get(open + 1..)?.split(quote).next()?;
    Some((value, before.len() + "encoding".len() + open + 1))
}

fn utf8(bytes: &[u8]) -> (String, Option<(Damage, usize)>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(error) => {
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
            (as_western(bytes), Some((Damage::NotUtf8(byte), error.valid_up_to())))
        }
    }
}

/// Text in which the bytes that are not UTF-8 are shown as the letters that they most likely are.
fn as_western(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| western(*byte)));
    }
    text
}

/// The character of a byte in Windows-1252, which is Latin-1 with letters in place of control characters.
pub fn western(byte: u8) -> char {
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ";
    let high = byte.checked_sub(0x80).and_then(|at| HIGH.chars().nth(usize::from(at)));
    high.unwrap_or_else(|| char::from(byte))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (String, Option<(Damage, usize)>) {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut damage = None;
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        if character.is_err() && damage.is_none() {
            damage = Some((Damage::NotText(Encoding::Utf16), text.len()));
        }
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if damage.is_none() && !odd.is_empty() {
        damage = Some((Damage::NotText(Encoding::Utf16), text.len()));
    }
    (text, damage)
}

fn without_nul(bytes: &[u8]) -> String {
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
