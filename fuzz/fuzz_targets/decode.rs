//! Any bytes as a file: in whatever encoding it claims to be, it becomes text with lines and places, or a damaged file
//! with the place of the damage. Nothing of it may panic; every place of the text is on a line, and a text that is
//! UTF-8 without a mark or a declaration is kept to the letter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestibule_engine::source::Sources;

fuzz_target!(|bytes: &[u8]| {
    let mut sources = Sources::default();
    let id = sources.add("fuzz.xml", bytes);
    let source = sources.get(id).expect("the file was added");
    let text = source.text();
    if let Some((_, span)) = source.damage() {
        assert!(span.start <= span.end && span.end as usize <= text.len(), "the damage is in the text");
    } else if !bytes.starts_with(b"\xEF\xBB\xBF") && !bytes.starts_with(b"<?xml") {
        if let Ok(written) = std::str::from_utf8(bytes) {
            assert_eq!(text, written);
        }
    }
    let mut last = None;
    for offset in 0..=u32::try_from(text.len().min(4096)).expect("few") {
        let place = source.position(offset);
        assert!(last <= Some(place), "places follow each other");
        assert!(place.line >= 1 && place.column >= 1);
        assert!(source.line_start(place.line as usize) <= offset as usize);
        last = Some(place);
        let span = source.span(offset as usize, offset as usize + 7);
        // Its start may be moved back to the beginning of a character, by three bytes at most.
        assert!(source.slice(span).len() <= 7 + 3);
    }
    sources.replace(id, bytes);
    assert_eq!(sources.get(id).expect("it is there still").digest(), {
        let mut again = Sources::default();
        let id = again.add("other.xml", bytes);
        again.get(id).expect("the file was added").digest()
    });
});
