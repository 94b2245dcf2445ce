//! Any bytes as a policy file: read as a tree, its findings drawn in every form, its pieces looked at. Nothing of it may
//! panic, hang or take memory without bound; every place that is told is a place of the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestibule_engine::diagnostic::Diagnostics;
use vestibule_engine::source::{Sources, Span};
use vestibule_engine::syntax;

fuzz_target!(|bytes: &[u8]| {
    let mut sources = Sources::default();
    let id = sources.add("fuzz.xml", bytes);
    let source = sources.get(id).expect("the file was added");
    let (tree, found) = syntax::parse(source);
    assert!(tree.readable || found.has_errors(), "why a file cannot be read is told");
    assert!(found.iter().count() <= Diagnostics::LIMIT);
    let whole = |span: Span| source.text().get(span.start as usize..span.end as usize).is_some();
    for finding in found.iter() {
        assert!(whole(finding.span), "{finding:?}");
        assert!(finding.related.iter().all(|other| whole(other.span)), "{finding:?}");
    }
    for finding in found.iter().take(5) {
        finding.to_text(&sources, false);
        finding.to_json(&sources);
    }
    if let Ok(pieces) = syntax::pieces(source) {
        drop(pieces);
    }
    let (again, _) = syntax::parse(source);
    assert!(tree == again, "reading has no memory");
});
