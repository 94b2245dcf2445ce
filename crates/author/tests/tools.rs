//! docs/tools.md shows what the tools really print.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

use std::path::Path;

use vestibule_author::analyze::{analyze, text};
use vestibule_author::graph::{build, mermaid, svg};
use vestibule_author::set::Set;
use vestibule_engine::source::Sources;

const PAGE: &str = include_str!("../../../docs/tools.md");
const PICTURE: &str = include_str!("../../../docs/sign-in-journey.svg");
const DIFFERENCE: &str = include_str!("golden/LocalAccounts-SocialAndLocalAccounts.diff.txt");

/// The policy set of the repository.
fn own() -> Sources {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "xml"))
        .collect();
    files.sort();
    let mut sources = Sources::default();
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        sources.add(&name, &std::fs::read(&file).expect("a readable file"));
    }
    sources
}

#[test]
fn the_picture_and_the_flowchart_are_those_of_our_own_policies() {
    let set = Set::of(&own());
    let graph = build(set.member("B2C_1A_SignUpOrSignIn").expect("the policy"), None).expect("a journey");
    assert!(
        PAGE.contains(&format!("```mermaid\n{}```\n", mermaid(&graph))),
        "print it anew:\n{}",
        mermaid(&graph)
    );
    assert!(PICTURE == svg(&graph), "docs/sign-in-journey.svg: draw it anew with `vestibule graph`");
}

#[test]
fn the_report_s_beginning_is_that_of_our_own_policies() {
    let sources = own();
    let report = text(&analyze(&Set::of(&sources), &sources), false);
    let (verdicts, _) = report.split_once("\nPolicy keys\n").expect("a chapter about keys");
    assert!(PAGE.contains(&format!("```text\n{}\n```\n", verdicts.trim_end())), "print it anew:\n{verdicts}");
}

#[test]
fn the_difference_is_that_of_the_packs() {
    let shown = PAGE.split("```text\n").nth(1).and_then(|rest| rest.split("\n```\n").next());
    assert!(DIFFERENCE.contains(shown.expect("a difference")));
}
