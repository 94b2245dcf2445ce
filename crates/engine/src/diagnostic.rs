//! What is wrong with a policy, for its author: collected, never stopping at the first. In: a code, a sentence, a
//! span and hints. Out: the sorted list, as text with the place underlined or as JSON.
//!
//! Must not be known here: XML, policies, journeys. What a running journey tells a user is a `Fault`, not this.

pub mod codes;
mod render;
mod suggest;

use crate::message::{Located, Message};
use crate::source::{Sources, Span};

pub use codes::Code;
pub use suggest::did_you_mean;

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The policy does not compile.
    Error,
    /// The policy runs, but perhaps not as meant.
    Warning,
    /// For information.
    Note,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A further place that explains the first one, perhaps in another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there.
    pub text: String,
}

/// One finding: what, where, why, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, e.g. `V0101`.
    pub code: Code,
    /// Error, warning or note.
    pub severity: Severity,
    /// The finding in one sentence.
    pub message: String,
    /// The offending text.
    pub span: Span,
    /// What is said under the underlined text; the message itself needs no repetition.
    pub label: Option<String>,
    /// Further places.
    pub related: Vec<Label>,
    /// Remedies, among them "did you mean".
    pub help: Vec<String>,
    /// A word at the place and the one that was probably meant; see [`Diagnostic::fix`].
    pub suggestion: Option<Suggestion>,
}

/// A word that was written, and the one that was probably meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What was written.
    pub written: String,
    /// What was probably meant.
    pub meant: String,
}

/// A change of the text that takes a diagnostic away, if the guess is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is to be replaced.
    pub span: Span,
    /// By what; escaped for XML.
    pub text: String,
}

impl Diagnostic {
    /// A finding because of which the policy does not compile.
    pub fn error(code: Code, span: Span, message: Message) -> Self {
        Self::new(Severity::Error, code, message.at(span))
    }

    /// A finding that the author should look at.
    pub fn warning(code: Code, span: Span, message: Message) -> Self {
        Self::new(Severity::Warning, code, message.at(span))
    }

    /// A finding for information.
    pub fn note(code: Code, span: Span, message: Message) -> Self {
        Self::new(Severity::Note, code, message.at(span))
    }

    /// A finding from a message that has its place already.
    pub fn new(severity: Severity, code: Code, located: Located) -> Self {
        let Located { message, span } = located;
        Self {
            code,
            severity,
            message: tidy(message),
            span,
            label: None,
            related: Vec::new(),
            help: Vec::new(),
            suggestion: None,
        }
    }

    /// Says something under the underlined text.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(tidy(text));
        self
    }

    /// Points at a further place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: tidy(text) });
        self
    }

    /// Adds a remedy.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(tidy(text));
        self
    }

    /// Adds "did you mean `x`?" if one of the candidates is near the wanted name.
    #[must_use]
    pub fn did_you_mean<'a>(mut self, wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        if let Some(name) = did_you_mean(wanted, candidates) {
            self.help.push(format!("did you mean `{name}`?"));
            self = self.suggest(wanted, name);
        }
        self
    }

    /// Says which word at the place was probably meant to be which, for tools that can change the text.
    #[must_use]
    pub fn suggest(mut self, written: &str, meant: &str) -> Self {
        self.suggestion = Some(Suggestion { written: written.to_owned(), meant: meant.to_owned() });
        self
    }

    /// The change that the suggestion amounts to; none where the word does not stand at the place as it was meant.
    pub fn fix(&self, sources: &Sources) -> Option<Fix> {
        let Suggestion { written, meant } = self.suggestion.as_ref()?;
        let source = sources.get(self.span.source)?;
        let start = self.span.start as usize + source.slice(self.span).find(written.trim())?;
        let escaped = meant.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        Some(Fix { span: source.span(start, start + written.trim().len()), text: escaped })
    }
}

/// A sentence fit for one line: it quotes what authors, or attackers, wrote.
fn tidy(sentence: impl Into<String>) -> String {
    const MOST: usize = 400;
    let sentence: String = sentence.into();
    let line = render::showable(&sentence).replace(['\n', '\t'], " ");
    match line.char_indices().nth(MOST).and_then(|(end, _)| line.get(..end)) {
        Some(start) => format!("{start}…"),
        None => line,
    }
}

/// The findings of one compilation. Keeps the first [`Diagnostics::LIMIT`] and counts the rest, so that a hostile file
/// cannot make the report larger than itself.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    left_out: usize,
}

impl Diagnostics {
    /// How many findings are kept.
    pub const LIMIT: usize = 1000;

    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        if self.list.len() < Self::LIMIT {
            self.list.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    /// Adds all findings of another collection.
    pub fn append(&mut self, other: Self) {
        self.left_out += other.left_out;
        self.errors += other.errors;
        for diagnostic in other.list {
            self.errors -= usize::from(diagnostic.severity == Severity::Error);
            self.push(diagnostic);
        }
    }

    /// Orders by file, place and code, and drops what was reported twice (a base policy shared by several).
    pub fn sort(&mut self) {
        self.list.sort_by(|a, b| (a.span, a.code.id, &a.message).cmp(&(b.span, b.code.id, &b.message)));
        let before = self.errors_kept();
        self.list.dedup();
        self.errors -= before - self.errors_kept();
    }

    /// Drops the findings that are not to be kept.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        let before = self.errors_kept();
        self.list.retain(keep);
        self.errors -= before - self.errors_kept();
    }

    /// Whether anything keeps the policy from compiling.
    pub const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are, those left out included.
    pub const fn error_count(&self) -> usize {
        self.errors
    }

    /// How many findings there are, those left out included.
    pub const fn count(&self) -> usize {
        self.list.len() + self.left_out
    }

    /// Whether there is nothing to say.
    pub const fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// The findings that were kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// All findings as text for a terminal or a log, each with its lines of the file; colours as ANSI codes.
    pub fn to_text(&self, sources: &Sources, colours: bool) -> String {
        let mut files = render::Files::new(sources);
        let mut text: String = self.list.iter().map(|one| render::text(one, &mut files, colours)).collect();
        if self.left_out > 0 {
            text.push_str(&format!("… and {} more\n", self.left_out));
        }
        text
    }

    /// All findings as a JSON array; see [`Diagnostic::to_json`].
    pub fn to_json(&self, sources: &Sources) -> serde_json::Value {
        self.list.iter().map(|one| one.to_json(sources)).collect()
    }

    fn errors_kept(&self) -> usize {
        self.list.iter().filter(|one| one.severity == Severity::Error).count()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl Diagnostic {
    /// As text: `error[V0101]: …`, the lines of the file with the place underlined, hints.
    pub fn to_text(&self, sources: &Sources, colours: bool) -> String {
        render::text(self, &mut render::Files::new(sources), colours)
    }

    /// As JSON: `code, name, severity, message, file, line, column, endLine, endColumn, label, related, help`;
    /// lines and columns from 1, columns in characters, `endColumn` exclusive.
    pub fn to_json(&self, sources: &Sources) -> serde_json::Value {
        render::json(self, sources)
    }
}

#[cfg(test)]
#[path = "diagnostic/diagnostic_tests.rs"]
mod tests;
