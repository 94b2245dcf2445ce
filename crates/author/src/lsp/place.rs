//! Places as the editor counts them. In: a text, an offset in bytes or a line and column in the units agreed on. Out:
//! the other. An editor counts lines from 0 and columns in UTF-16 units unless both sides speak UTF-8.
//!
//! Must not be known here: XML, files.

use std::ops::Range;

use lsp_types::{Position, PositionEncodingKind};

/// The unit of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what every editor can.
    Utf16,
}

/// Where the lines of a text begin. A line ends with LF, CR LF or CR.
#[derive(Debug, Default)]
pub(super) struct Lines {
    starts: Vec<usize>,
    /// Where each letter ends that has fewer UTF-16 units than bytes, and how many fewer all up to there have: a file
    /// may be one line of a mebibyte, which nobody wants to count through for each of its places.
    saved: Vec<(usize, usize)>,
}

impl Unit {
    /// The best of what the editor offers.
    pub(super) fn among(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) { Self::Utf8 } else { Self::Utf16 }
    }

    /// Its name in the protocol.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    /// How much shorter a part is in this unit than in bytes.
    fn saving(self, lines: &Lines, part: Range<usize>) -> usize {
        let up_to = |offset: usize| {
            let before = lines.saved.partition_point(|(end, _)| *end <= offset);
            before.checked_sub(1).and_then(|at| lines.saved.get(at)).map_or(0, |(_, saved)| *saved)
        };
        if self == Self::Utf8 { 0 } else { up_to(part.end) - up_to(part.start) }
    }

    fn width(self, one: char) -> usize {
        match self {
            Self::Utf8 => one.len_utf8(),
            Self::Utf16 => one.len_utf16(),
        }
    }
}

impl Lines {
    /// Finds the lines of a text.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = |at: usize, byte: u8| byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        let after = bytes.iter().enumerate().filter(|(at, byte)| ends(*at, **byte)).map(|(at, _)| at + 1);
        let mut total = 0;
        let wide = text.char_indices().filter(|(_, one)| !one.is_ascii()).map(|(at, one)| {
            total += one.len_utf8() - one.len_utf16();
            (at + one.len_utf8(), total)
        });
        Self { saved: wide.collect(), starts: std::iter::once(0).chain(after).collect() }
    }

    /// The place of an offset in bytes.
    pub(super) fn position(&self, text: &str, offset: usize, unit: Unit) -> Position {
        let offset = text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        let column = offset - start - unit.saving(self, start..offset);
        Position { line: small(line), character: small(column) }
    }

    /// The offset in bytes of a place; a column past the end of its line means the end, a line past the last the end
    /// of the text.
    pub(super) fn offset(&self, text: &str, position: Position, unit: Unit) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else { return text.len() };
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let whole = text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r']);
        let mut left = position.character as usize;
        for (at, one) in whole.char_indices() {
            if left < unit.width(one) {
                return start + at;
            }
            left -= unit.width(one);
        }
        start + whole.len()
    }

    /// A range of bytes as the editor counts.
    pub(super) fn range(&self, text: &str, range: &Range<usize>, unit: Unit) -> lsp_types::Range {
        lsp_types::Range {
            start: self.position(text, range.start, unit),
            end: self.position(text, range.end, unit),
        }
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "aé😀b\r\nc\rd\n";

    fn at(offset: usize, unit: Unit) -> (u32, u32) {
        let position = Lines::of(TEXT).position(TEXT, offset, unit);
        (position.line, position.character)
    }

    #[test]
    fn columns_are_counted_in_the_unit_agreed_on() {
        let b = TEXT.find('b').unwrap_or(0);
        assert_eq!(at(b, Unit::Utf8), (0, 7));
        assert_eq!(at(b, Unit::Utf16), (0, 4));
        assert_eq!(at(TEXT.find('c').unwrap_or(0), Unit::Utf16), (1, 0));
        assert_eq!(at(TEXT.find('d').unwrap_or(0), Unit::Utf16), (2, 0));
        assert_eq!(at(TEXT.len(), Unit::Utf16), (3, 0));
    }

    #[test]
    fn offsets_and_places_are_each_others_inverse() {
        for unit in [Unit::Utf8, Unit::Utf16] {
            let lines = Lines::of(TEXT);
            for (offset, one) in TEXT.char_indices().filter(|(_, one)| *one != '\n') {
                let position = lines.position(TEXT, offset, unit);
                assert_eq!(lines.offset(TEXT, position, unit), offset, "{one:?}");
            }
        }
    }

    #[test]
    fn places_outside_the_text_mean_the_nearest_inside() {
        let lines = Lines::of(TEXT);
        let offset = |line, character| lines.offset(TEXT, Position { line, character }, Unit::Utf16);
        assert_eq!(offset(0, 99), TEXT.find('\r').unwrap_or(0));
        assert_eq!(offset(99, 0), TEXT.len());
        // In the middle of a surrogate pair: before it.
        assert_eq!(offset(0, 3), TEXT.find('😀').unwrap_or(0));
    }

    #[test]
    fn utf_8_is_taken_where_it_is_offered() {
        assert_eq!(Unit::among(&[]), Unit::Utf16);
        assert_eq!(Unit::among(&[PositionEncodingKind::UTF16]), Unit::Utf16);
        assert_eq!(Unit::among(&[PositionEncodingKind::UTF16, PositionEncodingKind::UTF8]), Unit::Utf8);
    }
}
