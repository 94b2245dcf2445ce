//! Whole sets: our own is clean; on the public starter packs exactly these lints fire, each reviewed by eye.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vestibule_engine::compile_and_lint;
use vestibule_engine::lint::Levels;
use vestibule_engine::source::Sources;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How often each lint fires in a folder.
fn fired(folder: &Path) -> BTreeMap<String, usize> {
    let mut sources = Sources::default();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|end| end == "xml") {
            sources.add(&path.display().to_string(), &std::fs::read(&path).expect("a file"));
        }
    }
    let compiled = compile_and_lint(&sources, &Levels::default());
    let mut fired = BTreeMap::new();
    for one in compiled.diagnostics.iter().filter(|one| one.code.id.starts_with("V1")) {
        *fired.entry(one.code.id.to_owned()).or_default() += 1;
    }
    fired
}

#[test]
fn our_own_set_is_clean() {
    assert_eq!(fired(&root().join("policies")), BTreeMap::new());
}

/// Folder of the starter pack and what fires in it.
const PACKS: &[(&str, &[(&str, usize)])] = &[
    (
        "LocalAccounts",
        &[
            ("V1011", 1),
            ("V1015", 2),
            ("V1016", 1),
            ("V1020", 1),
            ("V1105", 3),
            ("V1109", 1),
            ("V1232", 1),
            ("V1233", 1),
            ("V1234", 1),
            ("V1251", 1),
            ("V1258", 1),
            ("V1308", 2),
            ("V1343", 1),
        ],
    ),
    (
        "SocialAccounts",
        &[("V1011", 2), ("V1015", 2), ("V1016", 1), ("V1105", 1), ("V1109", 2), ("V1251", 1), ("V1258", 1)],
    ),
    (
        "SocialAndLocalAccounts",
        &[
            ("V1011", 2),
            ("V1015", 2),
            ("V1016", 1),
            ("V1105", 1),
            ("V1109", 2),
            ("V1232", 1),
            ("V1233", 1),
            ("V1234", 1),
            ("V1251", 1),
            ("V1308", 2),
            ("V1343", 1),
        ],
    ),
    (
        "SocialAndLocalAccountsWithMfa",
        &[
            ("V1011", 1),
            ("V1015", 2),
            ("V1016", 1),
            ("V1105", 1),
            ("V1109", 2),
            ("V1233", 1),
            ("V1234", 1),
            ("V1251", 1),
            ("V1308", 2),
            ("V1343", 1),
        ],
    ),
    (
        "Display Controls Starterpack/LocalAccounts",
        &[
            ("V1011", 1),
            ("V1015", 2),
            ("V1016", 1),
            ("V1020", 1),
            ("V1105", 3),
            ("V1109", 1),
            ("V1232", 1),
            ("V1233", 1),
            ("V1234", 1),
            ("V1251", 1),
            ("V1258", 1),
            ("V1308", 2),
            ("V1343", 1),
        ],
    ),
    // Two warnings: a precondition on a claim that no step of ChangePhoneNumber sets, and a pattern whose separators may be
    // split between two rounds.
    (
        "scenarios/phone-number-passwordless",
        &[
            ("V1011", 2),
            ("V1012", 1),
            ("V1102", 1),
            ("V1105", 12),
            ("V1233", 1),
            ("V1234", 1),
            ("V1241", 1),
            ("V1251", 1),
            ("V1308", 2),
            ("V1343", 1),
            ("V1344", 1),
        ],
    ),
];

#[test]
fn on_the_starter_packs_fires_what_is_true_of_them() {
    let corpus = root().join("../shared/corpus/starterpack");
    if !corpus.is_dir() {
        eprintln!("SKIPPED: {} is not there", corpus.display());
        return;
    }
    for (name, wanted) in PACKS {
        let wanted: BTreeMap<String, usize> =
            wanted.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect();
        assert_eq!(fired(&corpus.join(name)), wanted, "{name}");
    }
}
