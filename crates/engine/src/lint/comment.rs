//! What an author allows in the policy itself: `<!-- vestibule: allow V1011, plain-http (reason) -->` on an element, or
//! before the root element for the whole file.
//!
//! In: the notes of all files. Out: whether a finding is allowed, and which notes allow nothing.

use std::cell::Cell;

use super::found::{Found, finding};
use super::{Lint, level};
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::source::Span;
use crate::syntax::{AuthorNote, TrustFrameworkPolicy};

/// One name in one note.
struct Allow {
    name: String,
    lints: Vec<&'static Lint>,
    about: Span,
    place: Span,
    used: Cell<bool>,
}

/// All notes of a set of files.
#[derive(Default)]
pub(super) struct Allows {
    list: Vec<Allow>,
}

impl Allows {
    /// Reads the notes, and finds those that cannot be understood.
    pub(super) fn read(trees: &[&TrustFrameworkPolicy], found: &mut Found) -> Self {
        let mut allows = Self::default();
        for note in trees.iter().flat_map(|tree| &tree.notes) {
            match names(&note.text) {
                Some(names) => names.for_each(|name| allows.add(name, note, found)),
                None => found.push(not_understood(note)),
            }
        }
        allows
    }

    fn add(&mut self, name: &str, note: &AuthorNote, found: &mut Found) {
        let lints = level::named(name);
        if lints.is_empty() {
            let message = message!("there is no lint `{name}` to allow");
            let known = super::LINTS.iter().flat_map(|lint| [lint.code.id, lint.code.name, lint.family]);
            let diagnostic = finding(codes::UNKNOWN_ALLOW, note.text.span, message);
            found.push(diagnostic.did_you_mean(name, known));
            return;
        }
        let name = name.to_owned();
        self.list.push(Allow {
            name,
            lints,
            about: note.about,
            place: note.text.span,
            used: Cell::new(false),
        });
    }

    /// Whether a note allows the finding.
    pub(super) fn cover(&self, diagnostic: &Diagnostic) -> bool {
        let span = diagnostic.span;
        let mut covered = false;
        for allow in &self.list {
            let inside = allow.about.source == span.source
                && allow.about.start <= span.start
                && span.end <= allow.about.end;
            if inside && allow.lints.iter().any(|lint| lint.code.id == diagnostic.code.id) {
                allow.used.set(true);
                covered = true;
            }
        }
        covered
    }

    /// The notes that allowed nothing.
    pub(super) fn idle(&self, found: &mut Found) {
        for allow in self.list.iter().filter(|allow| !allow.used.get()) {
            let message = message!("there is nothing here that `{}` finds", allow.name);
            let diagnostic = finding(codes::IDLE_ALLOW, allow.place, message);
            found.push(diagnostic.help("remove the comment"));
        }
    }
}

/// The names behind `allow`; a reason in parentheses may follow.
fn names(text: &str) -> Option<impl Iterator<Item = &str>> {
    let rest = text.strip_prefix("allow").filter(|rest| rest.starts_with(char::is_whitespace))?;
    let list = rest.split('(').next().unwrap_or_default();
    let is_separator = |one: char| one == ',' || one.is_whitespace();
    (!list.trim().is_empty()).then(|| list.split(is_separator).filter(|name| !name.is_empty()))
}

fn not_understood(note: &AuthorNote) -> Diagnostic {
    let message = message!("`{}` is not understood", note.text.value);
    finding(codes::UNKNOWN_ALLOW, note.text.span, message)
        .help("write `<!-- vestibule: allow V1011 (reason) -->`, with a code, a name or several with commas")
}
