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
        What::BareAmpersand => ampersand(source, here),
        What::LessThanInValue => less_than_in_value(source, here),
        What::RepeatedAttribute(name) => {
            malformed_at(message!("the attribute `{name}` is given twice")).help("remove one of the two")
        }
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
        What::Unclosed(end) => unclosed(source, here, end),
        What::DashesInComment => dashes(source, here),
        What::Stray => stray(source, scan, here),
        What::NoSpace | What::NoQuote | What::NoName | What::Other(_) => {
            odd_character(source, here).unwrap_or_else(|| in_a_tag(source, here, &malformed.what))
        }
    }
}

/// What is wrong between `<` and `>`.
fn in_a_tag(source: &Source, here: Span, what: &What) -> Diagnostic {
    let malformed_at = |message: Message| Diagnostic::error(codes::NOT_WELL_FORMED, here, message);
    let (before, rest) = source.text().split_at_checked(here.start as usize).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    match what {
        What::NoName if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| format!("{}{rest}", line.trim_start()).starts_with(mark)) => {
            malformed_at(message!("a merge conflict was left unresolved here"))
                .help("choose one of the two versions, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`")
        }
        What::NoName if before.ends_with('<') => {
            malformed_at(message!("`<` begins a tag, but no name follows")).help("write `&lt;` for the character itself")
        }
        What::NoName if rest.starts_with('\\') => {
            malformed_at(message!("a backslash has no place in a tag")).help("a tag ends with `>` or `/>`")
        }
        What::NoName => malformed_at(message!("expected the name of an attribute, or the end of the tag")),
        What::NoSpace => malformed_at(message!("a space is missing before this attribute")),
        What::NoQuote => malformed_at(message!("the value of an attribute must stand in quotation marks"))
            .help("write `name=\"value\"`"),
        What::Other(message) => malformed_at(message.clone()),
        _ => malformed_at(message!("this is no XML")),
    }
}

/// `&` that begins nothing: alone, or a character reference to what XML cannot hold.
fn ampersand(source: &Source, here: Span) -> Diagnostic {
    let rest = source.text().get(here.start as usize..).unwrap_or_default();
    let reference = rest.split_once(';').map(|(name, _)| name).filter(|name| name.len() < 12);
    match reference.filter(|name| name.starts_with("&#")) {
        Some(name) => {
            let span = source.span(here.start as usize, here.start as usize + name.len() + 1);
            let sentence = message!("`{name};` is not a character that may stand in XML");
            Diagnostic::error(codes::NOT_WELL_FORMED, span, sentence).help("remove it")
        }
        None => Diagnostic::error(codes::NOT_WELL_FORMED, here, message!("`&` begins an entity"))
            .help("write `&amp;` for an ampersand"),
    }
}

/// `<` in a value: mostly the closing quotation mark is missing, so the opening one is shown.
fn less_than_in_value(source: &Source, here: Span) -> Diagnostic {
    let finding = Diagnostic::error(
        codes::NOT_WELL_FORMED,
        here,
        message!("`<` may not stand in the value of an attribute"),
    )
    .help("write `&lt;`, or look for a closing quote that is missing before this place");
    let before = source.text().get(..here.start as usize).unwrap_or_default();
    match before.rfind(['"', '\'']) {
        Some(quote) => finding.also(source.span(quote, quote + 1), "the value begins here"),
        None => finding,
    }
}

/// A comment or the like that is never closed: the place is where it begins.
fn unclosed(source: &Source, here: Span, end: &str) -> Diagnostic {
    let (begin, what) = match end {
        "-->" => ("<!--", "the comment"),
        "]]>" => ("<![CDATA[", "the CDATA section"),
        _ => {
            let sentence = message!("expected `{end}` here");
            return Diagnostic::error(codes::NOT_WELL_FORMED, here, sentence);
        }
    };
    let text = source.text().get(..here.start as usize).unwrap_or_default();
    let closed = text.rfind(end).unwrap_or(0);
    let at =
        text.get(closed..).and_then(|rest| rest.find(begin)).map_or(here.start as usize, |at| closed + at);
    let span = source.span(at, at + begin.len());
    Diagnostic::error(codes::NOT_WELL_FORMED, span, message!("{what} that begins here is never closed"))
        .help(format!("write `{end}` at its end"))
}

/// `--` inside the comment that begins here; often another comment in it.
fn dashes(source: &Source, here: Span) -> Diagnostic {
    let start = here.start as usize;
    let inside = source.text().get(start + 4..).unwrap_or_default();
    let length = inside.find("--").unwrap_or_default();
    let at = start + 4 + length;
    let nested = inside.get(..length).is_some_and(|text| text.ends_with("<!"));
    let (at, sentence, help) = if nested {
        let help = "close the outer one with `-->` before this place";
        (at - 2, message!("a comment may not stand inside a comment"), help)
    } else {
        let help = "write a single `-`, or close the comment with `-->`";
        (at, message!("`--` may not stand inside a comment"), help)
    };
    let begin = source.span(start, start + 4);
    let span = source.span(at, at + if nested { 4 } else { 2 });
    Diagnostic::error(codes::NOT_WELL_FORMED, span, sentence)
        .help(help)
        .also(begin, "the comment begins here")
}

/// Something outside the root element.
fn stray(source: &Source, scan: &Scan, here: Span) -> Diagnostic {
    let malformed_at = |message: Message| Diagnostic::error(codes::NOT_WELL_FORMED, here, message);
    let rest = source.text().get(here.start as usize..).unwrap_or_default();
    match &scan.root {
        Some(root) if root.end <= here.start as usize => {
            let sentence = if rest.starts_with('<') {
                message!("a second root element begins here")
            } else {
                message!("text behind the end of the root element")
            };
            malformed_at(sentence)
                .help("a policy file holds one `TrustFrameworkPolicy` and nothing behind it")
                .also(source.span(root.start, root.end.min(root.start + 21)), "the root element begins here")
        }
        _ => malformed_at(message!("the file does not begin as XML does"))
            .help("it must begin with `<?xml … ?>` or with `<TrustFrameworkPolicy`"),
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
