//! Whether a layout kept everything. In: a text with its pieces, and the new text. Out: yes or no.

use vestibule_engine::source::Sources;
use vestibule_engine::syntax::{Piece, PieceKind, pieces};

use super::layout::{is_blank, slice};

/// What must not change, in order. White space is a token only as the whole content of an element, on one line.
#[derive(Debug, PartialEq, Eq)]
enum Token<'t> {
    Start(&'t str),
    Attribute(&'t str, &'t str),
    /// The end of an element, and whether it had a tag of its own.
    End(bool),
    Text(&'t str),
    /// A comment, an instruction, the declaration.
    Other(&'t str),
}

/// Whether `after` has the tokens of `before`.
pub(super) fn same(before: &str, pieces_before: &[Piece], after: &str) -> bool {
    let mut sources = Sources::default();
    let id = sources.add("", after.as_bytes());
    let Some(pieces_after) = sources.get(id).and_then(|source| pieces(source).ok()) else { return false };
    tokens(before, pieces_before) == tokens(after, &pieces_after)
}

fn tokens<'t>(text: &'t str, pieces: &[Piece]) -> Vec<Token<'t>> {
    let mut tokens = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let written = slice(text, &piece.range);
        match &piece.kind {
            PieceKind::Start(tag) | PieceKind::Empty(tag) => {
                tokens.push(Token::Start(slice(text, &tag.name)));
                let attributes = tag.attributes.iter();
                tokens.extend(
                    attributes.map(|one| Token::Attribute(slice(text, &one.name), slice(text, &one.value))),
                );
                if matches!(piece.kind, PieceKind::Empty(_)) {
                    tokens.push(Token::End(false));
                }
            }
            PieceKind::End => tokens.push(Token::End(true)),
            PieceKind::Text if is_blank(written) && !is_content(written, pieces, at) => {}
            PieceKind::Text => tokens.push(Token::Text(written)),
            PieceKind::Comment | PieceKind::Instruction | PieceKind::Declaration => {
                tokens.push(Token::Other(written));
            }
        }
    }
    tokens
}

fn is_content(written: &str, pieces: &[Piece], at: usize) -> bool {
    let kind = |at: Option<usize>| at.and_then(|at| pieces.get(at)).map(|piece| &piece.kind);
    let alone = matches!(kind(at.checked_sub(1)), Some(PieceKind::Start(_)))
        && matches!(kind(Some(at + 1)), Some(PieceKind::End));
    alone && !written.contains(['\n', '\r'])
}
