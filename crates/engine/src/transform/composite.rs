//! Composite formatting as .NET does it: `{0}`, `{0,5}`, `{0:x}`, `{{` and `}}` (claims-transformations 14.2).
//!
//! In: a format and the texts for its places. Out: one text, in one pass: braces in a text are not looked at.

use std::borrow::Cow;

use super::{Defect, MOST_TEXT};

/// Most characters of a format (claims-transformations 11); widths are held to it too.
const MOST_FORMAT: usize = 4_000;

/// The format with the texts in its places. A lone brace and a place without a text are errors; a format specifier
/// says nothing for a text and is ignored.
pub(super) fn compose(format: &str, texts: &[Cow<'_, str>]) -> Result<String, Defect> {
    if format.len() > MOST_FORMAT * 4 || format.chars().count() > MOST_FORMAT {
        return Err(Defect::FormatInvalid);
    }
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        if let Some(tail) = behind.strip_prefix("{{") {
            out.push('{');
            rest = tail;
        } else if let Some(tail) = behind.strip_prefix("}}") {
            out.push('}');
            rest = tail;
        } else {
            let place = behind.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let (place, tail) = place.ok_or(Defect::FormatInvalid)?;
            put(place, texts, &mut out)?;
            rest = tail;
        }
        if out.len() > MOST_TEXT {
            return Err(Defect::OutOfRange);
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Writes the text of one place: index, width to pad to (negative: on the right), specifier.
fn put(place: &str, texts: &[Cow<'_, str>], out: &mut String) -> Result<(), Defect> {
    let place = place.split_once(':').map_or(place, |(place, _)| place);
    let (index, width) = match place.split_once(',') {
        Some((index, width)) => (index, width.trim().parse().map_err(|_| Defect::FormatInvalid)?),
        None => (place, 0_i32),
    };
    let index = index.trim_end_matches(' ');
    if index.is_empty() || !index.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Defect::FormatInvalid);
    }
    let index: usize = index.parse().map_err(|_| Defect::FormatInvalid)?;
    let text = texts.get(index).ok_or(Defect::FormatInvalid)?;
    let wanted = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
    if wanted > MOST_FORMAT {
        return Err(Defect::FormatInvalid);
    }
    let padding = " ".repeat(wanted.saturating_sub(text.encode_utf16().count()));
    if width > 0 {
        out.push_str(&padding);
    }
    out.push_str(text);
    if width < 0 {
        out.push_str(&padding);
    }
    Ok(())
}
