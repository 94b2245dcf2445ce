//! Workflow commands of GitHub Actions, which show findings beside the lines of a pull request. In: diagnostics. Out: one
//! line each.

use std::fmt::Write as _;

use vestibule_engine::diagnostic::{Diagnostic, Severity};
use vestibule_engine::source::{Sources, Span};

/// One command a finding: `::error file=…,line=…,col=…::…` (GitHub Actions, "Workflow commands"; its runner's escapes).
pub fn github<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>, sources: &Sources) -> String {
    diagnostics.into_iter().map(|one| command(one, sources)).collect()
}

fn command(one: &Diagnostic, sources: &Sources) -> String {
    let name = match one.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut text = one.message.clone();
    if let Some(label) = &one.label {
        let _ = write!(text, " ({label})");
    }
    for label in &one.related {
        let _ = write!(text, "\n{}: {}", place(label.span, sources), label.text);
    }
    for help in &one.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    let title = format!("{} {}", one.code.id, one.code.name);
    format!("::{name} {},title={}::{}\n", position(one.span, sources), property(&title), data(&text))
}

fn position(span: Span, sources: &Sources) -> String {
    let Some(source) = sources.get(span.source) else { return String::new() };
    let (start, end) = (source.position(span.start), source.position(span.end));
    let file = property(source.name());
    // A column is only taken on a single line.
    let columns = match start.line == end.line {
        true => format!(",col={},endColumn={}", start.column, end.column.max(start.column)),
        false => String::new(),
    };
    format!("file={file},line={},endLine={}{columns}", start.line, end.line)
}

fn place(span: Span, sources: &Sources) -> String {
    sources.get(span.source).map_or_else(String::new, |source| {
        let at = source.position(span.start);
        format!("{}:{}:{}", source.name(), at.line, at.column)
    })
}

/// Text behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
