//! Where something is said. In: a diagnostic or a file. Out: `FILE:LINE`.

use vestibule_engine::diagnostic::Diagnostic;
use vestibule_engine::source::Sources;

/// The file of a finding.
pub(super) fn file<'a>(finding: &Diagnostic, sources: &'a Sources) -> &'a str {
    sources.get(finding.span.source).map_or("", |source| source.name())
}

/// File and line of a finding.
pub(super) fn place(finding: &Diagnostic, sources: &Sources) -> String {
    sources.get(finding.span.source).map_or_else(String::new, |source| {
        format!("{}:{}", short(source.name(), sources), source.position(finding.span.start).line)
    })
}

/// A file's name without the folder that all files are in.
pub(super) fn short(name: &str, sources: &Sources) -> String {
    let folder = |name: &str| name.rsplit_once(['/', '\\']).map_or(0, |(folder, _)| folder.len() + 1);
    let shared = sources.iter().fold(folder(name), |shared, other| {
        let same = name.bytes().zip(other.name().bytes()).take(shared).take_while(|(one, two)| one == two);
        let same = same.count();
        // Whole folders only.
        if same < shared { name.get(..same).map_or(0, folder) } else { shared }
    });
    name.get(shared..).unwrap_or(name).to_owned()
}
