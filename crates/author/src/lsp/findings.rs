//! What the compiler says, as the editor shows it. In: the files of one set. Out: diagnostics by file, with further
//! places, links to the page of each code, and a mark on what is unused.

use std::collections::BTreeMap;

use lsp_types::{
    CodeDescription, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString,
};
use vestibule_engine::diagnostic::{Diagnostic, Severity};
use vestibule_engine::source::{Sources, Span};

use super::file::{File, Key};
use super::view::View;

/// Where the pages of the codes are.
const PAGES: &str = "https://github.com/vestibule-id/vestibule/blob/main/docs/diagnostics/";

/// Diagnostics by file; each file of the set has an entry.
pub(super) type Findings = BTreeMap<Key, Vec<lsp_types::Diagnostic>>;

/// Compiles the files of a set.
pub(super) fn check(view: View<'_>, set: &[Key]) -> Findings {
    let files: Vec<&File> = set.iter().filter_map(|key| view.workspace.file(key)).collect();
    let mut sources = Sources::default();
    for file in &files {
        file.add_to(&mut sources);
    }
    let mut findings: Findings = files.iter().map(|file| (file.key.clone(), Vec::new())).collect();
    let compiled = vestibule_engine::compile(&sources);
    for diagnostic in compiled.diagnostics.iter() {
        let place = |span: Span| place(view, &files, span);
        let Some((file, location)) = place(diagnostic.span) else { continue };
        if let Some(list) = findings.get_mut(&file.key) {
            list.push(shown(diagnostic, location, place));
        }
    }
    findings
}

/// The file that a span points into, and where.
fn place<'a>(view: View<'_>, files: &[&'a File], span: Span) -> Option<(&'a File, Location)> {
    let file = *files.get(span.source.index())?;
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
