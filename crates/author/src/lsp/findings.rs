//! What the compiler says, as the editor shows it. In: the files of one set. Out: diagnostics by file, with further
//! places, links to the page of each code, and a mark on what is unused.

use std::collections::{BTreeMap, HashMap};

use lsp_types::{
    CodeDescription, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString,
};
use vestibule_engine::Workspace;
use vestibule_engine::diagnostic::{Diagnostic, Severity};
use vestibule_engine::lint::Levels;
use vestibule_engine::placeholder::Purpose;
use vestibule_engine::source::{SourceId, Span};

use super::file::{File, Key};
use super::view::View;

/// Where the pages of the codes are.
const PAGES: &str = "https://github.com/vestibule-id/vestibule/blob/main/docs/diagnostics/";

/// Sets whose texts and trees are kept from one keystroke to the next.
const MOST_SETS: usize = 16;

/// Diagnostics by file; each file of the set has an entry.
pub(super) type Findings = BTreeMap<Key, Vec<lsp_types::Diagnostic>>;

/// The compiler at work on the sets that are edited.
#[derive(Debug)]
pub(super) struct Desk {
    levels: Levels,
    /// The set used last stands last.
    sets: Vec<Set>,
}

/// One set of files, compiled anew when one of them changes.
#[derive(Debug)]
struct Set {
    members: Vec<Key>,
    compiler: Workspace,
    /// The file of each source.
    keys: HashMap<SourceId, Key>,
}

impl Desk {
    /// Without sets; lints weigh what `levels` say.
    pub(super) fn new(levels: Levels) -> Self {
        Self { levels, sets: Vec::new() }
    }

    /// Compiles the files of a set; of those known from before, only what changed is read again.
    pub(super) fn check(&mut self, view: View<'_>, members: &[Key]) -> Findings {
        let known = self.sets.iter().position(|set| set.members == members);
        let mut set = known.map_or_else(|| Set::new(members, &self.levels), |at| self.sets.remove(at));
        let findings = set.check(view);
        self.sets.push(set);
        if self.sets.len() > MOST_SETS {
            self.sets.remove(0);
        }
        findings
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.sets.clear();
    }
}

impl Set {
    fn new(members: &[Key], levels: &Levels) -> Self {
        let compiler = Workspace::new(Purpose::Check, Some(levels.clone()));
        Self { members: members.to_owned(), compiler, keys: HashMap::new() }
    }

    fn check(&mut self, view: View<'_>) -> Findings {
        let files: Vec<&File> = self.members.iter().filter_map(|key| view.workspace.file(key)).collect();
        for file in &files {
            // Two folders may each have a file of this name; the compiler tells files apart by it.
            let twins = files.iter().filter(|other| other.name == file.name).count();
            let name = if twins > 1 { &*file.key } else { &file.name };
            let id = file.put_into(&mut self.compiler, name);
            self.keys.insert(id, file.key.clone());
        }
        let mut findings: Findings = files.iter().map(|file| (file.key.clone(), Vec::new())).collect();
        for diagnostic in self.compiler.diagnostics().iter() {
            let place = |span: Span| place(view, view.workspace.file(self.keys.get(&span.source)?)?, span);
            let Some((file, location)) = place(diagnostic.span) else { continue };
            if let Some(list) = findings.get_mut(&file.key) {
                list.push(shown(diagnostic, location, place));
            }
        }
        findings
    }
}

/// The file of a span, and where it is.
fn place<'a>(view: View<'_>, file: &'a File, span: Span) -> Option<(&'a File, Location)> {
    let shift = file.shift();
    let range = span.start as usize + shift..span.end as usize + shift;
    Some((file, view.location(file, &range)))
}

fn shown<'a>(
    diagnostic: &Diagnostic,
    location: Location,
    place: impl Fn(Span) -> Option<(&'a File, Location)>,
) -> lsp_types::Diagnostic {
    let related = diagnostic.related.iter().filter_map(|label| {
        let (_, location) = place(label.span)?;
        Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
    });
    let related: Vec<_> = related.collect();
    let unused = diagnostic.code.name.starts_with("unused");
    lsp_types::Diagnostic {
        range: location.range,
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Note => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(diagnostic.code.id.to_owned())),
        code_description: page(diagnostic.code.id).map(|href| CodeDescription { href }),
        source: Some("vestibule".to_owned()),
        message: sentence(diagnostic),
        related_information: (!related.is_empty()).then_some(related),
        tags: unused.then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: None,
    }
}

/// The sentence, what is said under the place, and the remedies, a line each.
fn sentence(diagnostic: &Diagnostic) -> String {
    let label = diagnostic.label.iter().map(String::as_str);
    let help = diagnostic.help.iter().map(String::as_str);
    let lines: Vec<&str> = std::iter::once(diagnostic.message.as_str()).chain(label).chain(help).collect();
    lines.join("\n")
}

/// The page of a code.
pub(super) fn page(code: &str) -> Option<lsp_types::Uri> {
    format!("{PAGES}{code}.md").parse().ok()
}
