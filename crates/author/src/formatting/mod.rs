//! `vestibule fmt`: the layout of policy files. In: a file. Out: the same file, evenly indented, or what keeps it from
//! being parsed.
//!
//! Only white space without meaning is changed: between elements and between attributes. Names, values, texts,
//! comments, their order, line ends and encoding stay as written, which is checked on every run: should one token
//! differ, the file comes back as it was. Must not be known here: which elements a policy has.

mod layout;
mod tokens;

use vestibule_engine::diagnostic::Diagnostics;
use vestibule_engine::source::{Source, Sources};
use vestibule_engine::syntax::pieces;

use crate::encoding;

/// The text of a file laid out: two spaces a level, one element a line, start tags longer than
/// [`WIDTH`](layout::WIDTH) columns with one attribute a line. Formatting the result changes nothing. The error says
/// why the file is no XML.
pub fn format(source: &Source) -> Result<String, Diagnostics> {
    let before = pieces(source)?;
    let text = layout::lay_out(source.text(), &before);
    Ok(if tokens::same(source.text(), &before, &text) { text } else { source.text().to_owned() })
}

/// The bytes of a file laid out, in the encoding the file has. The error holds the file, for showing the places in it,
/// and why it is no XML.
pub fn format_bytes(name: &str, bytes: &[u8]) -> Result<Vec<u8>, (Sources, Diagnostics)> {
    let mut sources = Sources::default();
    let id = sources.add(name, bytes);
    let Some(source) = sources.get(id) else { return Ok(bytes.to_owned()) };
    match format(source) {
        Ok(text) if text == source.text() => Ok(bytes.to_owned()),
        // An encoding that does not give the file's own bytes back is none to write it in.
        Ok(text) => Ok(encoding::as_before(&text, source.text(), bytes).unwrap_or_else(|| bytes.to_owned())),
        Err(why) => Err((sources, why)),
    }
}

#[cfg(test)]
mod formatting_tests;
