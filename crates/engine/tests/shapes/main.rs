//! The largest policies there can be, in the worst shapes. Time and memory are measured by the example `measure`; here
//! stands what must come out, and that nothing grows past its bound.

mod generate;

use std::collections::BTreeMap;

use generate::Files;
use vestibule_engine::diagnostic::Diagnostics;
use vestibule_engine::source::{MAX_BYTES, Sources};
use vestibule_engine::{Compiled, compile_one};

/// The shape's last policy, which has all the others as bases.
fn compiled(files: &Files) -> Compiled {
    let mut sources = Sources::default();
    for (name, text) in files {
        sources.add(name, text.as_bytes());
    }
    compile_one(&format!("B2C_1A_{}", files.len() - 1), &sources)
}

/// How often each code is said.
fn codes(compiled: &Compiled) -> BTreeMap<&'static str, usize> {
    let mut codes = BTreeMap::new();
    compiled.diagnostics.iter().for_each(|one| *codes.entry(one.code.id).or_insert(0) += 1);
    codes
}

#[test]
fn the_worst_shapes_compile_or_are_refused_within_bounds() {
    for (name, make, expected) in generate::shapes() {
        let files = make();
        let largest = files.iter().map(|(_, text)| text.len() as u64).max();
        assert!(largest <= Some(MAX_BYTES), "{name} is too large: {largest:?}");
        let compiled = compiled(&files);
        assert_eq!(codes(&compiled), expected.iter().copied().collect(), "{name}");
        assert!(compiled.diagnostics.iter().count() <= Diagnostics::LIMIT, "{name}");
        assert_eq!(compiled.policies.len() == 1, !compiled.diagnostics.has_errors(), "{name}");
    }
}

#[test]
fn what_ten_levels_declare_comes_out_once() {
    let shapes = generate::shapes();
    let make = |wanted: &str| shapes.iter().find(|(name, ..)| *name == wanted).expect("a shape").1;
    let overlaid = compiled(&make("claims overlaid")());
    let policy = overlaid.policies.first().expect("it compiles");
    assert_eq!(policy.claims.len(), 10_000);
    assert_eq!(policy.chain.len(), 11);
}
