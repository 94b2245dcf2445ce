//! What the passes find. In: diagnostics, some of them again and again, because an included profile is read in every
//! profile that includes it. Out: each once, as heavy as its heaviest occurrence.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::message::Message;
use crate::source::Span;

/// The findings of one policy, or of several with a common base.
#[derive(Default)]
pub(crate) struct Report {
    list: Vec<Diagnostic>,
    seen: HashMap<(Span, &'static str, String), usize>,
    left_out: Diagnostics,
}

impl Report {
    /// Adds a finding, unless it is there.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let key = (diagnostic.span, diagnostic.code.id, diagnostic.message.clone());
        if let Some(known) = self.seen.get(&key).and_then(|at| self.list.get_mut(*at)) {
            known.severity = known.severity.min(diagnostic.severity);
        } else if self.list.len() < Diagnostics::LIMIT {
            self.seen.insert(key, self.list.len());
            self.list.push(diagnostic);
        } else {
            self.left_out.push(diagnostic);
        }
    }

    /// Adds an error.
    pub(super) fn error(&mut self, code: Code, span: Span, message: Message) {
        self.push(Diagnostic::error(code, span, message));
    }

    /// Adds a warning.
    pub(super) fn warning(&mut self, code: Code, span: Span, message: Message) {
        self.push(Diagnostic::warning(code, span, message));
    }

    /// Adds a finding at the weight given; none: it does not count here.
    pub(super) fn graded(&mut self, severity: Option<Severity>, mut diagnostic: Diagnostic) {
        if let Some(severity) = severity {
            diagnostic.severity = severity;
            self.push(diagnostic);
        }
    }

    /// The value, or nothing and its finding kept.
    pub(super) fn keep<T>(&mut self, result: Result<T, Box<Diagnostic>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(diagnostic) => {
                self.push(*diagnostic);
                None
            }
        }
    }

    /// Whether there is an error among them.
    pub(super) fn has_errors(&self) -> bool {
        self.list.iter().any(|one| one.severity == Severity::Error) || self.left_out.has_errors()
    }

    /// All findings.
    pub(crate) fn finish(self) -> Diagnostics {
        let mut all = Diagnostics::default();
        for diagnostic in self.list {
            all.push(diagnostic);
        }
        all.append(self.left_out);
        all
    }
}
