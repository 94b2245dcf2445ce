//! A changed text in the encoding of the file it came from. In: the new text, the old one and its bytes. Out: bytes.

/// Text to bytes; none if it has characters that the encoding lacks.
type Encode = fn(&str) -> Option<Vec<u8>>;

/// The ways in which the engine reads text from bytes, each the other way round.
const ENCODINGS: &[Encode] = &[utf8, utf8_with_mark, utf16_little, utf16_big, latin1];

/// `text` in the encoding in which `before` is `bytes`; none if there is no such encoding.
pub(crate) fn as_before(text: &str, before: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let encode = ENCODINGS.iter().find(|encode| encode(before).is_some_and(|same| same == bytes))?;
    encode(text)
}

fn utf8(text: &str) -> Option<Vec<u8>> {
    Some(text.as_bytes().to_owned())
}

fn utf8_with_mark(text: &str) -> Option<Vec<u8>> {
    Some([b"\xEF\xBB\xBF", text.as_bytes()].concat())
}

fn utf16_little(text: &str) -> Option<Vec<u8>> {
    Some(utf16(text, u16::to_le_bytes))
}

fn utf16_big(text: &str) -> Option<Vec<u8>> {
    Some(utf16(text, u16::to_be_bytes))
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(unit).collect()
}

fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|one| u8::try_from(u32::from(one)).ok()).collect()
}
