use super::*;

fn read(bytes: &[u8]) -> Source {
    let mut sources = Sources::default();
    let id = sources.add("a.xml", bytes);
    sources.get(id).expect("just added").clone()
}

/// UTF-16 with byte order mark.
fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(bytes).collect()
}

#[test]
fn every_supported_encoding_gives_the_same_text() {
    let text = "<ä/>";
    let latin1 = b"<?xml version='1.0' encoding='ISO-8859-1'?><\xE4/>";
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        utf16(text, u16::to_le_bytes),
        utf16(text, u16::to_be_bytes),
    ] {
        let source = read(&bytes);
        assert_eq!((source.text(), source.damage()), (text, None), "{bytes:02x?}");
    }
    let source = read(latin1);
    assert_eq!(source.text(), "<?xml version='1.0' encoding='ISO-8859-1'?><ä/>");
    assert_eq!(source.damage(), None);
}

#[test]
fn attack_119_latin_1_header_with_utf_8_bytes_reads_as_utf_8() {
    let source = read("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><ä/>".as_bytes());
    assert!(source.text().ends_with("<ä/>"));
    assert_eq!(source.damage(), None);
}

#[test]
fn what_is_not_text_is_damage_at_its_place() {
    let cases: [(&[u8], Damage, Position); 8] = [
        (b"<a>\n\xE4</a>", Damage::NotUtf8(0xE4), Position { line: 2, column: 1 }),
        (b"<a>\n<b>\0</b></a>", Damage::Nul, Position { line: 2, column: 4 }),
        (b"\xFF\xFE<\0a", Damage::NotText(Encoding::Utf16), Position { line: 1, column: 2 }),
        (b"\xFF\xFE<\0\x00\xD8<\0", Damage::NotText(Encoding::Utf16), Position { line: 1, column: 2 }),
        (b"<\0a\0/\0>\0", Damage::Utf16WithoutMark, Position { line: 1, column: 1 }),
        (b"\0<\0a\0/\0>", Damage::Utf16WithoutMark, Position { line: 1, column: 1 }),
        (b"<?xml encoding='koi8-r'?><a/>", Damage::UnknownEncoding, Position { line: 1, column: 17 }),
        (b"\0\0\0\0", Damage::Nul, Position { line: 1, column: 1 }),
    ];
    for (bytes, expected, place) in cases {
        let source = read(bytes);
        let (damage, span) = source.damage().expect("damaged");
        assert_eq!((damage, source.position(span.start)), (expected, place), "{bytes:02x?}");
    }
}

#[test]
fn attack_119_a_file_of_1_mib_and_a_byte_is_too_large() {
    let most = usize::try_from(MAX_BYTES).expect("a small number");
    assert_eq!(read(&vec![b' '; most]).damage(), None);
    let source = read(&vec![b' '; most + 1]);
    assert_eq!(source.damage().map(|(damage, _)| damage), Some(Damage::TooLarge(MAX_BYTES + 1)));
    assert_eq!(source.text(), "");
}

#[test]
fn places_count_from_one_in_characters() {
    let source = read("äb\n\ncd".as_bytes());
    let at = |offset| {
        let Position { line, column } = source.position(offset);
        (line, column)
    };
    assert_eq!(
        [at(0), at(2), at(3), at(4), at(5), at(6), at(99)],
        [(1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (3, 2), (3, 3)]
    );
    assert_eq!(at(1), (1, 1), "inside a character counts as at it");
}

#[test]
fn a_span_never_cuts_a_character_or_leaves_the_text() {
    let source = read("aäb".as_bytes());
    assert_eq!(source.slice(source.span(0, 2)), "a");
    assert_eq!(source.slice(source.span(2, 3)), "ä");
    assert_eq!(source.slice(source.span(3, 99)), "b");
    assert_eq!(source.slice(source.span(3, 1)), "");
}
