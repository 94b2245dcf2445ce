//! Texts compared and changed without a language (claims-transformations 14.2): each character for itself, and never a
//! letter outside ASCII taken for one inside, so that no look-alike passes for an ASCII name.

/// The capital letter, where it is one character.
pub(super) fn upper(c: char) -> char {
    single(c, c.to_uppercase())
}

/// The small letter, where it is one character.
pub(super) fn lower(c: char) -> char {
    single(c, c.to_lowercase())
}

/// Whether two texts are equal, character by character.
pub(super) fn equal(a: &str, b: &str, ignore_case: bool) -> bool {
    a == b || ignore_case && a.chars().map(upper).eq(b.chars().map(upper))
}

/// Whether a text is found in another.
pub(super) fn contains(text: &str, part: &str, ignore_case: bool) -> bool {
    if !ignore_case {
        return text.contains(part);
    }
    let folded = |text: &str| text.chars().map(upper).collect::<String>();
    folded(text).contains(&folded(part))
}

fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) if one.is_ascii() == c.is_ascii() => one,
        _ => c,
    }
}
