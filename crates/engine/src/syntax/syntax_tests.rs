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

#[test]
fn the_public_policies_parse_without_a_finding() {
    let Some(root) = corpus() else { return };
    let mut files = Vec::new();
    policies(&root, &mut files);
    let mut sources = Sources::default();
    let mut all = Diagnostics::default();
    for file in &files {
        let bytes = std::fs::read(file).expect("the corpus is readable");
        let id = sources.add(&file.strip_prefix(&root).unwrap_or(file).display().to_string(), &bytes);
        let (_, found) = parse(sources.get(id).expect("just added"));
        all.append(found);
    }
    all.sort();
    let errors: Vec<String> = all
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .map(|one| one.to_text(&sources, false))
        .collect();
    // The one error is the set list's own remark on that file: text between the elements of UserJourneyBehaviors.
    assert_eq!(errors.len(), 1, "{}", errors.join("\n"));
    assert!(errors[0].starts_with("[V0107] Error"), "{}", errors[0]);
    assert!(errors[0].contains("SignUpOrSignin-Encrypted.xml:15:"), "{}", errors[0]);
    let others =
        all.iter().filter(|one| one.severity != Severity::Error && one.code != codes::DEPLOYMENT_VALUE);
    assert_eq!(others.count(), 0);
}
