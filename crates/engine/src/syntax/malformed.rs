//! XML that is not well-formed, in plain words. In: what the parser and the look at the tags found. Out: one diagnostic
//! at the place where the author has to change something.

use super::scan::Scan;
use super::xml::{Malformed, What};
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::message::{Message, message};
use crate::source::{Source, Span};

/// One diagnostic for a file that the parser refused.
pub(super) fn explain(source: &Source, scan: &Scan, malformed: &Malformed) -> Diagnostic {
    let here = malformed.at.map_or_else(|| end_of(source), |at| one_character(source, at));
    let malformed_at = |message: Message| Diagnostic::error(codes::NOT_WELL_FORMED, here, message);
    match &malformed.what {
        What::EndOfFile => end_of_file(source, scan),
        What::NoRoot => malformed_at(message!("the file contains no element")),
        What::WrongEndTag { open, close } => wrong_end_tag(source, scan, here, [open, close]),
        What::UnknownPrefix(prefix) => {
            malformed_at(message!("the namespace prefix `{prefix}` is not declared"))
                .help(format!("declare it with `xmlns:{prefix}=\"…\"` or remove it"))
        }
        What::UnknownEntity(name) => malformed_at(message!("`&{name};` is not an entity of XML"))
            .help("write the character itself, or `&amp;` for an ampersand"),
        What::BareAmpersand => {
            malformed_at(message!("`&` begins an entity")).help("write `&amp;` for an ampersand")
        }
        What::LessThanInValue => malformed_at(message!("`<` may not stand in the value of an attribute"))
            .help("write `&lt;`, or look for a closing quote that is missing before this place"),
        What::RepeatedAttribute(name) => malformed_at(message!("the attribute `{name}` is given twice")),
        What::LateDeclaration => {
            malformed_at(message!("the XML declaration must be the very first thing in the file"))
                .help("remove what stands before it, white space included")
        }
        What::ForbiddenCharacter(character) => {
            malformed_at(message!("the character {} may not stand in XML", code_point(*character)))
        }
        What::TooManyNodes => Diagnostic::error(
            codes::TOO_MANY_NODES,
            Span::start_of(source.id()),
            message!("the file has too many elements, texts or attributes"),
        ),
        What::DocumentType => {
            at_start(source, codes::DOCUMENT_TYPE, "a policy may not contain a document type definition")
        }
        What::Other(message) => odd_character(source, here).unwrap_or_else(|| malformed_at(message.clone())),
    }
}

fn at_start(source: &Source, code: Code, sentence: &str) -> Diagnostic {
    Diagnostic::error(code, Span::start_of(source.id()), Message::new(sentence))
}

/// A truncated file: the place is its end, the cause the innermost element still open.
fn end_of_file(source: &Source, scan: &Scan) -> Diagnostic {
    let here = end_of(source);
    let Some(innermost) = scan.open.last().map(|range| source.span(range.start, range.end)) else {
        return Diagnostic::error(
            codes::NOT_WELL_FORMED,
            here,
            message!("the file ends in the middle of a tag"),
        );
    };
    let name = source.slice(innermost).trim_start_matches('<');
    Diagnostic::error(codes::NOT_WELL_FORMED, here, message!("the file ends before `<{name}>` is closed"))
        .label(format!("`</{name}>` is missing"))
        .also(innermost, "opened here")
}

fn wrong_end_tag(source: &Source, scan: &Scan, here: Span, [open, close]: [&String; 2]) -> Diagnostic {
    let start = here.start as usize;
    let span = source.span(start, start + close.len() + 2);
    let finding = Diagnostic::error(codes::NOT_WELL_FORMED, span, message!("`</{close}>` closes `<{open}>`"))
        .label(format!("expected `</{open}>`"));
    match scan.open.last() {
        Some(range) => finding.also(source.span(range.start, range.end), "opened here"),
        None => finding,
    }
}

/// A character that looks like a space or like nothing, pasted from a web page or a word processor.
fn odd_character(source: &Source, here: Span) -> Option<Diagnostic> {
    let character = source.slice(here).chars().next()?;
    let blank = character.is_whitespace() && !character.is_ascii()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{FEFF}');
    let quote = matches!(character, '\u{2018}'..='\u{201F}');
    let (message, help) = if blank {
        (
            message!("the character {} is no space for XML", code_point(character)),
            "replace it by an ordinary space",
        )
    } else if quote {
        (message!("`{character}` is no quotation mark for XML"), "write `\"`")
    } else {
        return None;
    };
    Some(Diagnostic::error(codes::NOT_WELL_FORMED, here, message).help(help))
}

fn code_point(character: char) -> String {
    match character {
        '\u{A0}' => "U+00A0 (non-breaking space)".to_owned(),
        other => format!("U+{:04X}", u32::from(other)),
    }
}

fn end_of(source: &Source) -> Span {
    let end = source.text().trim_end().len();
    source.span(end, end)
}

fn one_character(source: &Source, at: usize) -> Span {
    let rest = source.text().get(at..).unwrap_or_default();
    source.span(at, at + rest.chars().next().map_or(0, char::len_utf8))
}
