//! Where the corpus is, its sets, and reading files.

use std::path::{Path, PathBuf};

use serde_json::Value;
use vestibule_engine::source::Sources;

/// The corpus, or nothing and a word about it.
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is not there", folder.display());
    None
}

/// The policy files of one folder, named without it.
pub(crate) fn read(folder: &Path) -> Sources {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xml")))
        .collect();
    files.sort();
    let mut sources = Sources::default();
    for path in files {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        sources.add(&name, &std::fs::read(&path).expect("a readable file"));
    }
    sources
}

/// Every runnable policy of the corpus: its name and the texts of its files.
pub(crate) fn sets() -> Vec<(String, Sources)> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let list = std::fs::read_to_string(corpus.join("sets.json")).expect("the list of sets");
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let sets = list.as_array().expect("a list").iter();
    sets.map(|set| {
        let mut sources = Sources::default();
        for file in set.get("files").and_then(Value::as_array).expect("files") {
            let name = text(file);
            sources.add(&name, &std::fs::read(corpus.join(&name)).expect("a readable file"));
        }
        (text(set.get("policy").expect("a policy")), sources)
    })
    .collect()
}

/// One of the sets by its policy's file.
pub(crate) fn set_named(policy: &str) -> Option<Sources> {
    sets().into_iter().find(|(name, _)| name == policy).map(|(_, sources)| sources)
}
