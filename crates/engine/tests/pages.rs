//! The pages in docs/diagnostics, run: every code has one, its wrong example yields this code at the place announced and
//! nothing else, its right example is clean.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]
#![expect(clippy::panic, reason = "an example that cannot be read must stop the test")]

#[path = "pages/page.rs"]
mod page;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use page::{Example, Said};
use vestibule_engine::diagnostic::{Code, Diagnostic, codes};
use vestibule_engine::lint::{LINTS, Level, Levels};
use vestibule_engine::{compile, compile_and_lint};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics")
}

fn is_lint(code: &Code) -> bool {
    code.id.starts_with("V1")
}

/// A lint whose page is only its head so far.
fn is_pending(code: &Code) -> bool {
    let pending = is_lint(code) && code.page().lines().count() <= 3;
    if pending {
        eprintln!("SKIPPED: the page of {} is to be written", code.id);
    }
    pending
}

/// The usual levels, but that a lint which is off by default is on.
fn asked_for(code: &Code) -> Levels {
    let mut levels = Levels::default();
    if LINTS.iter().any(|lint| lint.code == *code && lint.level == Level::Allow) {
        levels.set(code.id, Level::Note).expect("a lint");
    }
    levels
}

/// What is said, but that a kind is not run yet, and other lints: every example may give cause for these, and only their
/// own pages are about them.
fn reported(example: &Example, code: &Code) -> Vec<Said> {
    let mut all = Vec::new();
    let compiled = match is_lint(code) {
        true => compile_and_lint(&example.sources, &asked_for(code)),
        false => compile(&example.sources),
    };
    let is_about =
        |one: &&Diagnostic| one.code == *code || !(one.code == codes::NOT_RUN || is_lint(&one.code));
    for one in compiled.diagnostics.iter().filter(is_about) {
        let source = example.sources.get(one.span.source).expect("a file");
        // What every example stands on has parts that not every one uses.
        if is_lint(code) && source.name() == "base.xml" {
            continue;
        }
        let line = source.position(one.span.start).line;
        all.push((one.span.source.index(), line, format!("{} {}", one.severity.name(), one.code.id)));
    }
    all.sort();
    all
}

#[test]
fn every_page_opens_with_its_code_and_has_all_its_parts() {
    let mut faults = String::new();
    for code in codes::ALL.iter().filter(|code| !is_pending(code)) {
        let page = code.page();
        let head = format!("# {} {}\n\n> {}\n\n", code.id, code.name, code.meaning);
        if !page.starts_with(&head) {
            let _ = writeln!(faults, "{}: does not open with\n{head}", code.id);
        }
        for part in ["\n## Wrong\n", "\n## Right\n", "\n## What to do\n"] {
            if page.matches(part).count() != 1 {
                let _ = writeln!(faults, "{}: needs one heading `{}`", code.id, part.trim());
            }
        }
        let examples = page::examples(page);
        for heading in ["Wrong", "Right"] {
            if !examples.iter().any(|one| one.heading == heading) {
                let _ = writeln!(faults, "{}: no example under `{heading}`", code.id);
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn every_wrong_example_yields_its_code_at_its_place_and_every_right_one_is_clean() {
    let mut faults = String::new();
    for code in codes::ALL.iter().filter(|code| !is_pending(code)) {
        for (number, example) in page::examples(code.page()).iter().enumerate() {
            let found = reported(example, code);
            let of_code = |said: &Said| said.2.ends_with(code.id);
            let fits = match example.heading.as_str() {
                // A file that could not be read is only told beside what is wrong with that file.
                "Wrong" if code.id == "V0207" => found == example.announced && found.iter().any(of_code),
                "Wrong" => found == example.announced && !found.is_empty() && found.iter().all(of_code),
                "Right" => found.is_empty() && example.announced.is_empty(),
                _ => found == example.announced,
            };
            if !fits {
                let (id, wanted) = (code.id, &example.announced);
                let _ = writeln!(
                    faults,
                    "{id} example {}: file, line (the policy's tag is on line 1)\n  wanted {wanted:?}\n  found  {found:?}",
                    number + 1
                );
                for one in compile(&example.sources).diagnostics.iter() {
                    let _ = writeln!(faults, "    {}", one.message);
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// What the numbers' blocks are about.
const BLOCKS: &[(&str, &str)] = &[
    ("V00", "The file and its XML"),
    ("V01", "The shape of the schema"),
    ("V02", "Inheritance"),
    ("V03", "Names and references"),
    ("V04", "Claims, predicates, transformations"),
    ("V05", "Technical profiles and their metadata"),
    ("V06", "Journeys and steps"),
    ("V07", "The relying party"),
    ("V08", "Pages and texts"),
    ("V09", "Values of a deployment"),
    ("V10", "Lints"),
    ("V11", "Lints"),
    ("V12", "Lints"),
    ("V13", "Lints"),
];

fn index() -> String {
    let mut text = "# Diagnostics\n\nEvery finding of `vestibule check` has a code, whose meaning never changes. \
                    `vestibule explain V0101` shows its\npage in the terminal. The examples are compiled by the \
                    test run: a wrong one yields its code on the line below the\ncomment, a right one nothing. \
                    ` … ` stands for the attributes that every policy has.\n\nThis list is made from the table of \
                    codes (`UPDATE_INDEX=1 cargo test -p vestibule-engine --test pages`).\n"
        .to_owned();
    let mut last = "";
    for code in codes::ALL {
        let title = BLOCKS.iter().find(|(block, _)| code.id.starts_with(block)).expect("a block").1;
        if title != last {
            let _ = write!(text, "\n## {title}\n\n| code | name | meaning |\n|---|---|---|\n");
            last = title;
        }
        let _ = writeln!(text, "| [{0}]({0}.md) | {1} | {2} |", code.id, code.name, code.meaning);
    }
    text
}

#[test]
fn the_index_and_the_pages_are_those_of_the_table() {
    let path = folder().join("README.md");
    if std::env::var_os("UPDATE_INDEX").is_some() {
        std::fs::write(&path, index()).expect("the index can be written");
    }
    let written = std::fs::read_to_string(&path).expect("docs/diagnostics/README.md");
    assert!(written == index(), "run UPDATE_INDEX=1 cargo test -p vestibule-engine --test pages");
    let entries = std::fs::read_dir(folder()).expect("the folder").map(|entry| entry.expect("an entry"));
    let mut pages: Vec<String> = entries
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
        .collect();
    pages.sort();
    let mut wanted: Vec<String> = codes::ALL.iter().map(|code| code.id.to_owned()).collect();
    wanted.insert(0, "README".to_owned());
    assert_eq!(pages, wanted);
    assert!(
        codes::ALL.windows(2).all(|pair| pair[0].id < pair[1].id),
        "the table is in the order of its numbers"
    );
}

#[test]
fn a_code_is_found_by_number_and_by_name() {
    for wanted in ["V0101", "v0101", "101", "0101", " unknown-element ", "Unknown-Element"] {
        assert_eq!(Code::find(wanted), Some(codes::UNKNOWN_ELEMENT), "{wanted}");
    }
    for wanted in ["", "V", "V9999", "unknown"] {
        assert_eq!(Code::find(wanted), None, "{wanted}");
    }
}
