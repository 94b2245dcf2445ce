//! How wide a text is, and where to break it. In: text and a size. Out: pixels and lines. There is no font to ask, so
//! the widths are those of common interface fonts, taken generously.

/// About how many pixels a text is wide.
pub(super) fn width(text: &str, size: f32) -> f32 {
    text.chars().map(letter).sum::<f32>() * size
}

/// A letter's width as a part of the font size.
fn letter(letter: char) -> f32 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | '\'' | '|' | ':' | ';' | '!' => 0.3,
        'f' | 't' | 'r' | 'I' | ' ' | '(' | ')' | '[' | ']' | '-' | '/' => 0.4,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.92,
        '_' => 0.52,
        other if other.is_ascii_uppercase() => 0.7,
        other if other.is_ascii() => 0.58,
        other if u32::from(other) < 0x1100 => 0.64,
        _ => 1.05,
    }
}

/// Lines of at most that width, at most `most` of them; a word that is too long breaks behind punctuation, before a
/// capital, or anywhere. What does not fit ends with an ellipsis.
pub(super) fn wrap(text: &str, size: f32, room: f32, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(text, size, room) {
        let candidate = format!("{line}{piece}");
        if !line.trim().is_empty() && width(candidate.trim_end(), size) > room {
            lines.push(line.trim().to_owned());
            line = piece.trim_start().to_owned();
        } else {
            line = candidate;
        }
        if lines.len() > most {
            break;
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim().to_owned());
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

/// The parts that may stand on lines of their own: words, and parts of a word that fills more than a line.
fn pieces(text: &str, size: f32, room: f32) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split_inclusive(' ') {
        if width(word.trim_end(), size) <= room {
            pieces.push(word.to_owned());
        } else {
            break_word(word, size, room, &mut pieces);
        }
    }
    pieces
}

/// Behind punctuation, before a capital, or where the line is full.
fn break_word(word: &str, size: f32, room: f32, pieces: &mut Vec<String>) {
    let mut piece = String::new();
    let mut wide = 0.0;
    let mut before = ' ';
    for one in word.chars() {
        let breaks = matches!(before, '-' | '_' | '.' | '/' | ',' | ':' | '=' | '&' | '?')
            || (before.is_lowercase() && one.is_uppercase());
        let own = letter(one) * size;
        if !piece.is_empty() && (breaks || wide + own > room) {
            pieces.push(std::mem::take(&mut piece));
            wide = 0.0;
        }
        piece.push(one);
        wide += own;
        before = one;
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
}
