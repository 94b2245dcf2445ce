//! Layouts as an author would want them, written by hand; then generated XML, which must keep its tokens.

use proptest::prelude::*;
use vestibule_engine::source::Sources;
use vestibule_engine::syntax::pieces;

use super::{format, format_bytes, tokens};

fn formatted(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add("a.xml", text.as_bytes());
    let once = format(sources.get(id).unwrap()).unwrap();
    let id = sources.add("b.xml", once.as_bytes());
    assert_eq!(format(sources.get(id).unwrap()).unwrap(), once, "formatting twice is formatting once");
    once
}

#[test]
fn elements_get_a_line_each_two_spaces_a_level() {
    let ugly = "<?xml version=\"1.0\"?><A  x = '1'\n y=\"2\"><B><C/></B>\n\n\n<D   z='3' >text</D ></A>";
    let even =
        "<?xml version=\"1.0\"?>\n<A x='1' y=\"2\">\n  <B>\n    <C />\n  </B>\n\n  <D z='3'>text</D>\n</A>\n";
    assert_eq!(formatted(ugly), even);
}

#[test]
fn text_stays_as_it_is_written() {
    for content in [
        "  two\n words ",
        "a &amp; b &#10; &lt;",
        "<![CDATA[ <raw>\n ]]>",
        " ",
        "&#x20;",
        "\u{a0}",
        "before <b>\n mixed </b> after",
        "<!-- note -->",
        "text <!-- note -->\n",
        "",
    ] {
        let text = format!("<A>\n  <B>{content}</B>\n</A>\n");
        assert_eq!(formatted(&text), text);
    }
    let kept = "<A xml:space=\"preserve\"> <B/>\n\n\n   <C> </C></A>\n";
    assert_eq!(formatted(kept), kept);
}

#[test]
fn comments_stay_where_they_belong() {
    let text = "<!-- head -->\n<A>\n <!-- above\n   as written -->\n<B/> <!-- behind B -->\n<C> <!-- behind C -->\n\n<D/>\n\n<!-- last -->\n\n</C></A>\n<!-- tail -->";
    let even = "<!-- head -->\n<A>\n  <!-- above\n   as written -->\n  <B /> <!-- behind B -->\n  <C> <!-- behind C -->\n\n    <D />\n\n    <!-- last -->\n  </C>\n</A>\n<!-- tail -->\n";
    assert_eq!(formatted(text), even);
}

#[test]
fn an_element_left_empty_over_lines_keeps_its_lines() {
    assert_eq!(formatted("<A><B>\n\n     \n</B><C></C></A>"), "<A>\n  <B>\n  </B>\n  <C></C>\n</A>\n");
}

#[test]
fn a_long_start_tag_gets_a_line_for_each_attribute() {
    let value = "v".repeat(130);
    let text = format!("<A><B one=\"1\" two=\"{value}\" three=\"3\" /><C only=\"{value}{value}\" /></A>");
    let even = format!(
        "<A>\n  <B\n    one=\"1\"\n    two=\"{value}\"\n    three=\"3\" />\n  <C only=\"{value}{value}\" />\n</A>\n"
    );
    assert_eq!(formatted(&text), even);
}

#[test]
fn the_width_is_counted_to_the_last_column() {
    // `<A one="1" b="…" />` takes 17 columns and the value.
    let fits = format!("<A one=\"1\" b=\"{}\" />\n", "v".repeat(super::layout::WIDTH - 18));
    assert_eq!(fits.trim_end().len(), super::layout::WIDTH);
    assert_eq!(formatted(&fits), fits);
    let too_long = fits.replace("vv\"", "vvv\"");
    assert_eq!(formatted(&too_long).lines().count(), 3);
}

#[test]
fn line_ends_and_encoding_stay() {
    assert_eq!(formatted("<A>\r\n<B/>\r\n</A>"), "<A>\r\n  <B />\r\n</A>\r\n");
    assert_eq!(formatted("<A>\r<B/>\r</A>\r"), "<A>\r  <B />\r</A>\r");
    // The comment's own line end stays; the others are those of the white space around.
    assert_eq!(formatted("\r\n<!-- a\nb --><A/>"), "<!-- a\nb -->\r\n<A />\r\n");
    let text = "<A><B>é</B></A>";
    let even = "<A>\n  <B>é</B>\n</A>\n";
    let marked = |text: &str| [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    assert_eq!(format_bytes("a", &marked(text)).unwrap(), marked(even));
    let wide = |text: &str| {
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect::<Vec<u8>>()
    };
    assert_eq!(format_bytes("a", &wide(text)).unwrap(), wide(even));
    let declared = |text: &str| {
        let text = format!("<?xml version='1.0' encoding='iso-8859-1'?>\n{text}");
        text.chars().map(|one| one as u8).collect::<Vec<u8>>()
    };
    assert_eq!(format_bytes("a", &declared(text)).unwrap(), declared(even));
}

#[test]
fn a_file_that_is_no_xml_is_left_alone_and_told() {
    for broken in ["<A><B></A>", "", "<A", "<!DOCTYPE A><A/>"] {
        let (sources, why) = format_bytes("broken.xml", broken.as_bytes()).unwrap_err();
        assert!(why.has_errors());
        assert!(why.to_text(&sources, false).contains("broken.xml"));
    }
    assert!(format_bytes("latin.xml", b"<A>\xE9</A>").is_err());
}

#[test]
fn a_lost_token_is_noticed() {
    let before = "<A><B x='1'> </B><!-- c -->t</A>";
    let mut sources = Sources::default();
    let id = sources.add("a", before.as_bytes());
    let cut = pieces(sources.get(id).unwrap()).unwrap();
    assert!(tokens::same(before, &cut, before));
    for after in [
        "<A><B x='1'></B><!-- c -->t</A>",
        "<A><B x=\"1\"> </B><!-- c -->t</A>",
        "<A><B x='1'> </B>t</A>",
        "<A><B x='1'> </B><!-- c -->t </A>",
        "<A><B x='1'> </B><!--c -->t</A>",
        "<A><B x='1'> <!-- c --></B>t</A>",
    ] {
        assert!(!tokens::same(before, &cut, after), "{after}");
    }
}

fn space() -> impl Strategy<Value = String> {
    "[ \t]{0,2}(\r?\n){0,3}[ \t]{0,2}"
}

fn attributes() -> impl Strategy<Value = String> {
    prop::collection::vec(
        (
            "[ \n\t]{1,2}",
            "[ \n]{0,1}",
            "\"[^<&\"\u{0}-\u{8}\u{b}-\u{1f}\u{fffe}\u{ffff}]{0,40}\"|'a &lt; \" &#10;'",
        ),
        0..5,
    )
    .prop_map(|all| {
        let named = all.iter().enumerate();
        named.map(|(at, (before, around, value))| format!("{before}a{at}{around}={around}{value}")).collect()
    })
}

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        "<!-- [a-z\n<> ]{0,12} -->",
        "<\\?p [a-z\n<> ]{0,12}\\?>",
        "<!\\[CDATA\\[[a-z\n<>& ]{0,12}\\]\\]>",
        "[a-z é\u{a0}\n]{1,8}",
        Just("&amp;".to_owned()),
        Just("&#x20;".to_owned()),
        attributes().prop_map(|attributes| format!("<E{attributes}/>")),
        (attributes(), "[ \n]{0,3}").prop_map(|(attributes, inside)| format!("<L{attributes}>{inside}</L >")),
    ]
}

fn element() -> impl Strategy<Value = String> {
    leaf().prop_recursive(5, 40, 6, |inner| {
        (attributes(), prop::collection::vec((space(), inner), 0..6), space(), 0..8_u8).prop_map(
            |(attributes, children, last, keep)| {
                let children: String = children.into_iter().map(|(space, child)| space + &child).collect();
                let keep = if keep == 0 { " xml:space='preserve'" } else { "" };
                format!("<N{attributes}{keep}>{children}{last}</N>")
            },
        )
    })
}

proptest! {
    #[test]
    fn generated_xml_keeps_its_tokens_and_settles_at_once(
        head in space(), children in prop::collection::vec((space(), element()), 0..5), tail in space()
    ) {
        let children: String = children.into_iter().map(|(space, child)| space + &child).collect();
        let text = format!("{head}<R>{children}{tail}</R>{tail}<!-- end -->{head}");
        let mut sources = Sources::default();
        let id = sources.add("a", text.as_bytes());
        let source = sources.get(id).unwrap();
        let cut = pieces(source).unwrap();
        let even = formatted(&text);
        prop_assert!(tokens::same(&text, &cut, &even));
        // Not by the way back to the file as it was.
        prop_assert_eq!(super::layout::lay_out(&text, &cut), even);
    }
}
