//! What the passes find. In: diagnostics, some of them again and again, because an included profile is read in every
//! profile that includes it. Out: each once, as heavy as its heaviest occurrence, with the further places of all.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, codes};
use crate::message::Message;
use crate::source::Span;

/// How many further places a finding gathers from its repetitions.
const MOST_PLACES: usize = 6;

/// How much a broken rule weighs that real deployments break without harm, often in profiles that nothing runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// As the cloud does: every broken rule is an error.
    #[default]
    Strict,
    /// Upload checks 11 to 14 and 17 to 21 only warn (policy-language 3). What cannot run as it is written compiles
    /// into something that fails when it is reached, never into something that is left out.
    Lenient,
}

impl Strictness {
    /// The strictness that a switch such as `--lenient` asks for.
    pub fn lenient_if(lenient: bool) -> Self {
        if lenient { Self::Lenient } else { Self::Strict }
    }
}

/// What upload checks 11 to 14 and 17 to 21 report, but for check 14: its code has other uses that stay errors.
/// (policy-language 3)
const LENIENT: &[Code] = &[
    codes::NEVER_OUTPUT,
    codes::NEVER_INPUT,
    codes::NO_SOURCE,
    codes::BAD_SETTING,
    codes::MISSING_SETTING,
    codes::MISSING_KEY,
    codes::MISSING_INPUT,
    codes::NO_DISPLAY_NAME,
    codes::SIGNATURE,
    codes::SIGNATURE_TYPE,
    codes::BAD_DEFAULT,
    codes::BAD_PARAMETER,
    codes::CALL_SENDS_CLAIMS,
    codes::TRANSFER,
    codes::NO_DATA_URI,
    codes::REPEATED_TEXT,
    codes::EXTENSION_NAME,
];
/// Those of them that leave the profile or transformation in which they stand without a part it needs.
const SPOILING: &[Code] = &[
    codes::BAD_SETTING,
    codes::MISSING_SETTING,
    codes::MISSING_KEY,
    codes::MISSING_INPUT,
    codes::SIGNATURE,
    codes::SIGNATURE_TYPE,
    codes::BAD_DEFAULT,
    codes::BAD_PARAMETER,
];

/// The findings of one policy, or of several with a common base.
#[derive(Default)]
pub(crate) struct Report {
    strictness: Strictness,
    spoilt: usize,
    list: Vec<Diagnostic>,
    seen: HashMap<(Span, &'static str, String), usize>,
    left_out: Diagnostics,
}

impl Report {
    /// An empty report.
    pub(crate) fn new(strictness: Strictness) -> Self {
        Self { strictness, ..Self::default() }
    }

    /// How often leniency has let pass what leaves something without a part it needs. If the number grows while
    /// something is made, that must fail when it is reached.
    pub(super) fn spoilt(&self) -> usize {
        self.spoilt
    }

    /// The weight of check 14, a directory attribute that cannot be read: without value it does no harm.
    pub(super) fn lenient(&self, severity: Option<Severity>) -> Option<Severity> {
        match self.strictness {
            Strictness::Strict => severity,
            Strictness::Lenient => severity.map(|severity| severity.max(Severity::Warning)),
        }
    }

    /// Adds a finding, unless it is there.
    pub(crate) fn push(&mut self, mut diagnostic: Diagnostic) {
        if self.strictness == Strictness::Lenient
            && diagnostic.severity == Severity::Error
            && LENIENT.contains(&diagnostic.code)
        {
            diagnostic.severity = Severity::Warning;
            self.spoilt += usize::from(SPOILING.contains(&diagnostic.code));
        }
        let key = (diagnostic.span, diagnostic.code.id, diagnostic.message.clone());
        if let Some(known) = self.seen.get(&key).and_then(|at| self.list.get_mut(*at)) {
            // The heavier one knows best what is to be done.
            if diagnostic.severity < known.severity {
                (known.severity, known.help) = (diagnostic.severity, diagnostic.help);
            }
            for further in diagnostic.related {
                if known.related.len() < MOST_PLACES && !known.related.contains(&further) {
                    known.related.push(further);
                }
            }
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
