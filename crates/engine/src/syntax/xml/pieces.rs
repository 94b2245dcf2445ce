//! A file's text cut into the pieces that XML sees: tags, text, comments. In: one [`Source`]. Out: a list of pieces
//! whose ranges follow each other without a gap, so that whoever changes the layout of a file can put every other byte
//! back as it was written.
//!
//! The parser tells where elements, comments and instructions stand; only the inside of a start tag, whose parts it
//! does not tell all (namespace declarations), is cut here. Must not be known here: which elements a policy has.

use std::ops::Range;

use roxmltree::{Node, NodeType};

use super::{Report, document};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::message::message;
use crate::source::{Source, Span};

/// A part of a file's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Byte offsets in the text; a piece begins where the one before it ends.
    pub range: Range<usize>,
    /// What it is.
    pub kind: PieceKind,
}

/// What a [`Piece`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PieceKind {
    /// `<?xml … ?>`.
    Declaration,
    /// A start tag; its end tag follows.
    Start(Tag),
    /// The tag of an empty element, `<a/>`.
    Empty(Tag),
    /// An end tag.
    End,
    /// Text as written, with entities and CDATA sections, between two pieces of markup.
    Text,
    /// `<!-- … -->`.
    Comment,
    /// `<?… ?>`.
    Instruction,
}

/// The parts of a start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The name with its prefix.
    pub name: Range<usize>,
    /// All attributes in order, namespace declarations among them.
    pub attributes: Vec<AttributePiece>,
}

/// An attribute as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePiece {
    /// The name with its prefix.
    pub name: Range<usize>,
    /// The value with its quotes.
    pub value: Range<usize>,
}

/// Cuts a file, or says why it is no XML. Whether it is a policy is not asked.
pub fn pieces(source: &Source) -> Result<Vec<Piece>, Diagnostics> {
    let report = Report::new(source);
    if let Some((damage, span)) = source.damage() {
        report.push(super::super::damaged(damage, span));
        return Err(report.into_diagnostics());
    }
    let scan = super::super::scan::scan(source.text());
    let Some(document) = document(source, &scan, &report) else { return Err(report.into_diagnostics()) };
    let mut cutting = Cutting { text: source.text(), at: 0, pieces: Vec::new() };
    match cutting.whole(document.root()) {
        Some(()) => Ok(cutting.pieces),
        None => {
            let sentence = message!("the tags of this file cannot be told apart");
            report.push(Diagnostic::error(codes::NOT_WELL_FORMED, Span::start_of(source.id()), sentence));
            Err(report.into_diagnostics())
        }
    }
}

struct Cutting<'t> {
    text: &'t str,
    /// Everything before is cut.
    at: usize,
    pieces: Vec<Piece>,
}

impl Cutting<'_> {
    fn whole(&mut self, root: Node<'_, '_>) -> Option<()> {
        if self.text.starts_with("<?xml") && !self.text.starts_with("<?xml-") {
            let end = self.text.find("?>")? + "?>".len();
            self.push(0..end, PieceKind::Declaration);
        }
        self.children(root)?;
        self.text_up_to(self.text.len());
        Some(())
    }

    fn children(&mut self, parent: Node<'_, '_>) -> Option<()> {
        for node in parent.children() {
            match node.node_type() {
                NodeType::Element => self.element(node)?,
                NodeType::Comment => self.push(node.range(), PieceKind::Comment),
                NodeType::PI => self.push(node.range(), PieceKind::Instruction),
                // Text is what stands between the others.
                NodeType::Text | NodeType::Root => {}
            }
        }
        Some(())
    }

    fn element(&mut self, node: Node<'_, '_>) -> Option<()> {
        let Range { start, end } = node.range();
        let (tag, after) = tag(self.text, start)?;
        if after == end && self.text.get(..end)?.ends_with("/>") {
            self.push(start..end, PieceKind::Empty(tag));
            return Some(());
        }
        self.push(start..after, PieceKind::Start(tag));
        self.children(node)?;
        let close = self.text.get(..end)?.rfind("</")?;
        self.push(close..end, PieceKind::End);
        Some(())
    }

    fn push(&mut self, range: Range<usize>, kind: PieceKind) {
        self.text_up_to(range.start);
        self.at = range.end;
        self.pieces.push(Piece { range, kind });
    }

    fn text_up_to(&mut self, end: usize) {
        if self.at < end {
            self.pieces.push(Piece { range: self.at..end, kind: PieceKind::Text });
            self.at = end;
        }
    }
}

/// The start tag that begins at `start`, and the offset behind it. The parser has found it well-formed before.
fn tag(text: &str, start: usize) -> Option<(Tag, usize)> {
    let mut at = start + 1;
    let name = at..at + length(text.get(at..)?, ends_name)?;
    at = name.end;
    let mut tag = Tag { name, attributes: Vec::new() };
    loop {
        at += length(text.get(at..)?, |one| !is_space(one))?;
        let rest = text.get(at..)?;
        if rest.starts_with('>') {
            return Some((tag, at + 1));
        }
        if rest.starts_with("/>") {
            return Some((tag, at + 2));
        }
        let name = at..at + length(rest, ends_name)?;
        let equals = name.end + text.get(name.end..)?.find('=')?;
        let open = equals + 1 + length(text.get(equals + 1..)?, |one| !is_space(one))?;
        let quote = text.get(open..)?.chars().next().filter(|one| matches!(one, '"' | '\''))?;
        let end = open + 1 + text.get(open + 1..)?.find(quote)? + 1;
        tag.attributes.push(AttributePiece { name, value: open..end });
        at = end;
    }
}

/// The number of bytes before the first character of a sort.
fn length(text: &str, end: impl Fn(char) -> bool) -> Option<usize> {
    text.find(end)
}

fn ends_name(one: char) -> bool {
    is_space(one) || matches!(one, '=' | '/' | '>')
}

/// White space as XML has it; a non-breaking space is none.
const fn is_space(one: char) -> bool {
    matches!(one, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn part<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
        text.get(range.clone()).expect("a piece of the text")
    }

    fn cut(text: &str) -> Result<Vec<(String, &'static str)>, Diagnostics> {
        let mut sources = Sources::default();
        let id = sources.add("a.xml", text.as_bytes());
        let source = sources.get(id).expect("just added");
        let named = |kind: &PieceKind| match kind {
            PieceKind::Declaration => "declaration",
            PieceKind::Start(_) => "start",
            PieceKind::Empty(_) => "empty",
            PieceKind::End => "end",
            PieceKind::Text => "text",
            PieceKind::Comment => "comment",
            PieceKind::Instruction => "instruction",
        };
        let pieces = pieces(source)?;
        let mut at = 0;
        for piece in &pieces {
            assert_eq!(piece.range.start, at, "a gap before {piece:?}");
            at = piece.range.end;
        }
        assert_eq!(at, source.text().len());
        Ok(pieces.iter().map(|one| (part(source.text(), &one.range).to_owned(), named(&one.kind))).collect())
    }

    #[test]
    fn the_pieces_are_the_whole_text() {
        let text = "<?xml version='1.0'?>\n<!-- a > b -->\n<r a='>' xmlns:x=\"y/>\"\n  x:b = \"/r>\">\n \
                    <e/>t&amp;<![CDATA[</e>]]><!--c--><?p </r>?></r >\n";
        let pieces = cut(text).expect("well-formed");
        let shown: Vec<(&str, &str)> = pieces.iter().map(|(text, kind)| (text.as_str(), *kind)).collect();
        assert_eq!(
            shown,
            [
                ("<?xml version='1.0'?>", "declaration"),
                ("\n", "text"),
                ("<!-- a > b -->", "comment"),
                ("\n", "text"),
                ("<r a='>' xmlns:x=\"y/>\"\n  x:b = \"/r>\">", "start"),
                ("\n ", "text"),
                ("<e/>", "empty"),
                ("t&amp;<![CDATA[</e>]]>", "text"),
                ("<!--c-->", "comment"),
                ("<?p </r>?>", "instruction"),
                ("</r >", "end"),
                ("\n", "text"),
            ]
        );
    }

    #[test]
    fn the_parts_of_a_tag_are_told_with_their_quotes() {
        let text = "<r xmlns='n' a = \"1 'x' > /\"\tb=''/>";
        let mut sources = Sources::default();
        let id = sources.add("a.xml", text.as_bytes());
        let pieces = pieces(sources.get(id).expect("just added")).expect("well-formed");
        let [Piece { kind: PieceKind::Empty(tag), .. }] = pieces.as_slice() else { panic!("{pieces:?}") };
        let parts: Vec<(&str, &str)> =
            tag.attributes.iter().map(|one| (part(text, &one.name), part(text, &one.value))).collect();
        assert_eq!(part(text, &tag.name), "r");
        assert_eq!(parts, [("xmlns", "'n'"), ("a", "\"1 'x' > /\""), ("b", "''")]);
    }

    #[test]
    fn a_file_that_is_no_xml_is_not_cut() {
        assert!(cut("<a><b></a>").is_err());
        assert!(cut("<!DOCTYPE a><a/>").is_err());
        assert!(cut("").is_err());
    }
}
