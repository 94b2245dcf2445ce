use super::*;
use crate::message::message;
use crate::source::SourceId;

fn two_files() -> (Sources, SourceId, SourceId) {
    let mut sources = Sources::default();
    let base = sources.add("Base.xml", b"<a>\r\n  <b Id=\"x\"/>\r\n\t<c Id=\"\xC3\xA4x\"/>\r\n</a>");
    let child = sources.add("Child.xml", b"<a>\n  <b/>\n</a>");
    (sources, base, child)
}

fn span(sources: &Sources, id: SourceId, text: &str) -> Span {
    let source = sources.get(id).expect("the file is there");
    let start = source.text().find(text).expect("the text is there");
    source.span(start, start + text.len())
}

fn example(sources: &Sources, base: SourceId, child: SourceId) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_KEY, span(sources, base, "äx"), message!("two have the id `äx`"))
        .label("here")
        .also(span(sources, base, "<b"), "the first one")
        .also(span(sources, child, "<b"), "elsewhere")
        .did_you_mean("äx", ["y", "äxl"])
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).collect()
}

#[test]
fn as_text_every_place_is_underlined_in_its_file() {
    let (sources, base, child) = two_files();
    let text = example(&sources, base, child).to_text(&sources, false);
    let expected = [
        "[V0109] Error: two have the id `äx`",
        "   ╭─[ Base.xml:3:9 ]",
        "   │",
        " 2 │   <b Id=\"x\"/>",
        "   │   ─┬",
        "   │    ╰── the first one",
        " 3 │   <c Id=\"äx\"/>",
        "   │          ─┬",
        "   │           ╰── here",
        "   │",
        "   ├─[ Child.xml:2:3 ]",
        "   │",
        " 2 │   <b/>",
        "   │   ─┬",
        "   │    ╰── elsewhere",
        "   │",
        "   │ Help: did you mean `äxl`?",
        "───╯",
    ];
    assert_eq!(lines(&text), expected);
    assert!(!text.contains('\u{1b}'), "no colours unless asked for");
    assert!(example(&sources, base, child).to_text(&sources, true).contains('\u{1b}'));
}

#[test]
fn the_end_of_a_file_can_be_underlined() {
    let (sources, _, child) = two_files();
    let end = sources.get(child).expect("the file is there").span(99, 99);
    let text = Diagnostic::error(codes::NOT_WELL_FORMED, end, message!("it ends")).to_text(&sources, false);
    assert_eq!(lines(&text)[1..5], ["   ╭─[ Child.xml:3:4 ]", "   │", " 3 │ </a>", "   │    ┬"]);
}

#[test]
fn as_json_places_count_from_one_and_in_characters() {
    let (sources, base, child) = two_files();
    let json = example(&sources, base, child).to_json(&sources);
    let expected = serde_json::json!({
        "file": "Base.xml", "line": 3, "column": 9, "endLine": 3, "endColumn": 11,
        "code": "V0109", "name": "duplicate-key", "severity": "error",
        "message": "two have the id `äx`", "label": "here",
        "related": [
            {"file": "Base.xml", "line": 2, "column": 3, "endLine": 2, "endColumn": 5, "label": "the first one"},
            {"file": "Child.xml", "line": 2, "column": 3, "endLine": 2, "endColumn": 5, "label": "elsewhere"},
        ],
        "help": ["did you mean `äxl`?"],
    });
    assert_eq!(json, expected);
}

#[test]
fn a_long_line_is_named_but_not_shown() {
    let mut sources = Sources::default();
    let id = sources.add("long.xml", format!("<a>{}</a>", "x".repeat(100_000)).as_bytes());
    let place = span(&sources, id, "</a>");
    let text = Diagnostic::error(codes::NOT_WELL_FORMED, place, message!("odd"))
        .help("mend it")
        .to_text(&sources, false);
    assert_eq!(lines(&text), ["[V0006] Error: odd", "  long.xml:1:100004", "  help: mend it"]);
}

#[test]
fn a_long_line_elsewhere_is_named_below_the_lines_of_the_finding() {
    let mut sources = Sources::default();
    let id = sources.add("a.xml", format!("<a>\n<b/>\n<c>{}</c></a>", "x".repeat(1_000)).as_bytes());
    let finding = Diagnostic::error(codes::BAD_VALUE, span(&sources, id, "<b"), message!("odd"));
    let text = finding.also(span(&sources, id, "</c>"), "the other").to_text(&sources, false);
    assert!(text.contains("2 │ <b/>"), "{text}");
    assert!(text.contains("Note: the other: a.xml:3:1004"), "{text}");
}

#[test]
fn a_policy_cannot_steer_the_terminal() {
    let mut sources = Sources::default();
    let bad = "\u{1b}]0;gotcha\u{7}\u{9b}2J\u{202e}";
    let id = sources.add(&format!("{bad}.xml"), format!("<a>{bad}</a>").as_bytes());
    let place = span(&sources, id, "</a>");
    let finding = Diagnostic::error(codes::BAD_VALUE, place, message!("`{bad}`\nx")).label(bad).help(bad);
    for text in [finding.to_text(&sources, false), finding.to_json(&sources)["message"].to_string()] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{text:?}");
    }
    assert_eq!(finding.message, "`?]0;gotcha?·2J\u{fffd}` x");
}

#[test]
fn findings_are_sorted_by_place_and_told_once() {
    let (sources, base, child) = two_files();
    let at = |id, text| Diagnostic::error(codes::BAD_VALUE, span(&sources, id, text), message!("bad"));
    let mut all = Diagnostics::default();
    for finding in [at(child, "<b"), at(base, "<c"), at(base, "<b"), at(base, "<c")] {
        all.push(finding);
    }
    assert_eq!((all.count(), all.error_count()), (4, 4));
    all.sort();
    let order: Vec<Span> = all.iter().map(|one| one.span).collect();
    assert_eq!(order, [span(&sources, base, "<b"), span(&sources, base, "<c"), span(&sources, child, "<b")]);
    assert_eq!((all.count(), all.error_count()), (3, 3));
}

#[test]
fn findings_past_the_limit_are_counted() {
    let (sources, base, _) = two_files();
    let place = span(&sources, base, "<b");
    let mut all = Diagnostics::default();
    for _ in 0..Diagnostics::LIMIT {
        all.push(Diagnostic::warning(codes::DEPLOYMENT_VALUE, place, message!("odd")));
    }
    assert!(!all.has_errors());
    let mut more = Diagnostics::default();
    more.push(Diagnostic::error(codes::BAD_VALUE, place, message!("bad")));
    all.append(more);
    assert!(all.has_errors(), "an error counts even where it is not kept");
    assert_eq!(
        (all.iter().count(), all.count(), all.error_count()),
        (Diagnostics::LIMIT, Diagnostics::LIMIT + 1, 1)
    );
    assert!(all.to_text(&sources, false).ends_with("… and 1 more\n"));
}

#[test]
fn codes_are_told_apart_by_number_and_by_name() {
    for (at, code) in codes::ALL.iter().enumerate() {
        assert!(code.id.len() == 5 && code.id.starts_with('V'), "{}", code.id);
        let earlier = || codes::ALL.iter().take(at);
        assert!(earlier().all(|other| other.id < code.id), "{} is not in order", code.id);
        assert!(earlier().all(|other| other.name != code.name), "{}", code.name);
    }
}

#[test]
fn the_nearest_name_is_suggested_if_it_is_near() {
    let names = ["email", "emails", "surname", "givenName"];
    let cases = [
        ("emial", Some("email")),
        ("EMAIL", Some("email")),
        ("surName", Some("surname")),
        ("given_name", Some("givenName")),
        ("emailss", Some("emails")),
        ("telephone", None),
        ("x", None),
        ("", None),
    ];
    for (wanted, expected) in cases {
        assert_eq!(did_you_mean(wanted, names), expected, "{wanted}");
    }
    assert_eq!(did_you_mean(&"x".repeat(100_000), names), None);
}
