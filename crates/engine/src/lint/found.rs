//! What the lints find. In: findings of single lints. Out: each once, without those that the author allows, at the level
//! wished; many of one kind in one file become one.

use std::collections::{BTreeMap, HashSet};

use super::comment::Allows;
use super::{LINTS, Levels, Lint};
use crate::diagnostic::{Code, Diagnostic};
use crate::message;
use crate::source::{SourceId, Span};

/// More findings than this of a lint that sums up, in one file, become one.
const SINGLY: usize = 3;
/// How many names such a sum lists.
const LISTED: usize = 12;
/// How many places beside the first it points at.
const PLACES: usize = 4;

/// One finding, and what it is about in a word, for a sum.
struct Finding {
    what: String,
    diagnostic: Diagnostic,
}

/// All findings of one run.
#[derive(Default)]
pub(super) struct Found {
    list: Vec<Finding>,
    seen: HashSet<(&'static str, Span, String)>,
}

/// A finding to be pushed; its weight is decided at the end.
pub(super) fn finding(code: Code, span: Span, message: message::Message) -> Diagnostic {
    Diagnostic::warning(code, span, message)
}

impl Found {
    /// Adds a finding unless it is there: a base is seen once for every policy that inherits it.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.push_about("", diagnostic);
    }

    /// The same for a lint that sums up: `what` is the id of the thing found.
    pub(super) fn push_about(&mut self, what: &str, diagnostic: Diagnostic) {
        if self.seen.insert((diagnostic.code.id, diagnostic.span, diagnostic.message.clone())) {
            self.list.push(Finding { what: what.to_owned(), diagnostic });
        }
    }

    /// What is to be reported.
    pub(super) fn judge(self, levels: &Levels, allows: &Allows) -> Vec<Diagnostic> {
        let mut by_lint: BTreeMap<(&'static str, SourceId), Vec<Finding>> = BTreeMap::new();
        for finding in self.list {
            if !allows.cover(&finding.diagnostic) {
                let key = (finding.diagnostic.code.id, finding.diagnostic.span.source);
                by_lint.entry(key).or_default().push(finding);
            }
        }
        let mut judged = Vec::new();
        for ((code, _), findings) in by_lint {
            let Some(lint) = LINTS.iter().find(|lint| lint.code.id == code) else { continue };
            let Some(severity) = levels.of(lint).severity() else { continue };
            let weighed = |diagnostic| Diagnostic { severity, ..diagnostic };
            match lint.sum {
                Some(sum) if findings.len() > SINGLY => {
                    judged.extend(summed(lint, sum, findings).map(weighed))
                }
                _ => judged.extend(findings.into_iter().map(|one| weighed(one.diagnostic))),
            }
        }
        judged
    }
}

/// One finding for many of one lint in one file, at the first place.
fn summed(lint: &Lint, sum: &str, mut findings: Vec<Finding>) -> Option<Diagnostic> {
    findings.sort_by_key(|one| one.diagnostic.span);
    let count = findings.len();
    let mut names: Vec<String> = findings.iter().take(LISTED).map(|one| format!("`{}`", one.what)).collect();
    if count > LISTED {
        names.push(format!("{} more", count - LISTED));
    }
    let mut rest = findings.into_iter().map(|one| one.diagnostic);
    let first = rest.next()?;
    let message = message!("{count} {sum}: {}", names.join(", "));
    let mut whole = finding(lint.code, first.span, message);
    whole.label = first.label.clone();
    whole.help = first.help;
    let others: Vec<Diagnostic> = rest.take(PLACES).collect();
    Some(others.iter().fold(whole, |whole, other| whole.also(other.span, "here too")))
}
