//! The public policies, if they are beside the repository.

use super::*;
use crate::diagnostic::Severity;
use crate::source::Sources;
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if root.join("starterpack").is_dir() {
        return Some(root);
    }
    eprintln!("SKIPPED: the public policies are not at {}", root.display());
    None
}

fn policies(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the corpus is readable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            policies(&path, found);
        } else if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xml")) {
            found.push(path);
        }
    }
}

fn all() -> (Sources, Diagnostics) {
    let mut files = Vec::new();
    let mut sources = Sources::default();
    let mut found = Diagnostics::default();
    let Some(root) = corpus() else { return (sources, found) };
    policies(&root, &mut files);
    for file in &files {
        let name = file.strip_prefix(&root).unwrap_or(file).display().to_string();
        let id = sources.add(&name, &std::fs::read(file).expect("the corpus is readable"));
        found.append(parse(sources.get(id).expect("just added")).1);
    }
    (sources, found)
}

#[test]
fn the_public_policies_have_the_shape_of_the_schema() {
    let (sources, found) = all();
    if sources.iter().next().is_none() {
        return;
    }
    let of = |severity| found.iter().filter(move |one| one.severity == severity);
    let errors: Vec<String> = of(Severity::Error).map(|one| one.to_text(&sources, false)).collect();
    // The one error is the set list's own remark on that file: text between the elements of UserJourneyBehaviors.
    assert_eq!(errors.len(), 1, "{}", errors.join("\n"));
    assert!(errors[0].starts_with("[V0107] Error"), "{}", errors[0]);
    assert!(errors[0].contains("SignUpOrSignin-Encrypted.xml:15:"), "{}", errors[0]);
    // Placeholders of tenants and keys that are to be filled in before use.
    assert!(of(Severity::Warning).all(|one| one.code == codes::DEPLOYMENT_VALUE));
}

#[test]
fn our_own_policies_have_the_shape_of_the_schema() {
    let mut files = Vec::new();
    policies(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies"), &mut files);
    assert!(!files.is_empty());
    for file in files {
        let mut sources = Sources::default();
        let id = sources.add(&file.display().to_string(), &std::fs::read(&file).expect("our own policy"));
        let (_, found) = parse(sources.get(id).expect("just added"));
        assert!(found.is_empty(), "{}", found.to_text(&sources, false));
    }
}
