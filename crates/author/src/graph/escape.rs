//! Texts of a policy made harmless for SVG and Mermaid. In: any text. Out: text that stays text.

/// For text and quoted attributes of XML; what XML cannot hold becomes a question mark in a diamond.
pub(super) fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

/// For a quoted label of Mermaid: everything that Mermaid or the HTML it makes could read as syntax becomes an entity
/// in Mermaid's own spelling.
pub(super) fn label(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\t' | '\n' | '\r' => safe.push(' '),
            '"' | '<' | '>' | '&' | '#' | ';' | '`' | '\\' | '%' | '$' => {
                safe.push_str(&format!("#{};", u32::from(letter)));
            }
            other if other.is_control() => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

/// An id as a part of a fragment or an element's id: letters, digits and hyphens; others as their number.
pub(super) fn anchor(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == '-' {
            safe.push(letter.to_ascii_lowercase());
        } else {
            safe.push_str(&format!("_{:x}", u32::from(letter)));
        }
    }
    safe
}
