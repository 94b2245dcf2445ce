//! Any bytes as a policy file: decoded, parsed, shown and, where they make a tree, merged with themselves as their own
//! chain. Nothing of it may panic, hang or take memory without bound.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestibule_engine::source::Sources;
use vestibule_engine::{inherit, syntax};

fuzz_target!(|bytes: &[u8]| {
    let mut sources = Sources::default();
    let id = sources.add("fuzz.xml", bytes);
    let Some(source) = sources.get(id) else { return };
    let (tree, found) = syntax::parse(source);
    for finding in found.iter().take(5) {
        finding.to_text(&sources, false);
        finding.to_json(&sources);
    }
    let trees = [tree];
    match inherit::chain(&trees[0], &trees) {
        Ok(chain) => drop((inherit::remarks(&chain), inherit::merge(&[chain.as_slice(), chain.as_slice()].concat()))),
        Err(finding) => drop(finding.to_text(&sources, false)),
    }
});
