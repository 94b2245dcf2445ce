//! How much a lint weighs: by default as its row of the table says, otherwise as whoever runs the lints wishes.
//!
//! In: names of lints, codes or families with the level wished. Out: the level of one lint. Not known here: what a lint
//! looks for.

use std::collections::BTreeMap;

use super::{LINTS, Lint};
use crate::diagnostic::{Severity, did_you_mean};
use crate::message;
use crate::message::Message;

/// What becomes of a lint's findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Not reported.
    Allow,
    /// Reported as a note.
    Note,
    /// Reported as a warning.
    Warn,
    /// Reported as an error, so that a check fails; the policy compiles nevertheless.
    Deny,
}

impl Level {
    /// All levels with the names they are given by.
    pub const ALL: &'static [(&'static str, Level)] =
        &[("allow", Level::Allow), ("note", Level::Note), ("warn", Level::Warn), ("deny", Level::Deny)];

    /// The level of that name.
    pub fn named(name: &str) -> Option<Level> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, level)| *level)
    }

    /// The weight of a finding; none: it is not reported.
    pub(super) fn severity(self) -> Option<Severity> {
        match self {
            Level::Allow => None,
            Level::Note => Some(Severity::Note),
            Level::Warn => Some(Severity::Warning),
            Level::Deny => Some(Severity::Error),
        }
    }
}

/// Levels that differ from the table's. One that was wished for a single lint stays when its family gets another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels {
    families: BTreeMap<&'static str, Level>,
    single: BTreeMap<&'static str, Level>,
}

impl Levels {
    /// Sets the level of a lint by its code (`V1011`) or name (`unused-claim-type`), or of a whole family (`unused`), in
    /// any case; of two wishes of one sort the later wins, and a single lint's before its family's. The error says that there is no such lint, with the nearest name.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), Message> {
        let found = named(name);
        if found.is_empty() {
            let names = LINTS.iter().flat_map(|lint| [lint.code.id, lint.code.name, lint.family]);
            return Err(match did_you_mean(&name.to_lowercase(), names) {
                Some(near) => message!("there is no lint `{name}`; did you mean `{near}`?"),
                None => message!("there is no lint `{name}`"),
            });
        }
        let family = found.iter().all(|lint| lint.family.eq_ignore_ascii_case(name));
        let wished = if family { &mut self.families } else { &mut self.single };
        wished.extend(found.iter().map(|lint| (lint.code.id, level)));
        Ok(())
    }

    /// The level in force.
    pub fn of(&self, lint: &Lint) -> Level {
        let wished = self.single.get(lint.code.id).or_else(|| self.families.get(lint.code.id));
        wished.copied().unwrap_or(lint.level)
    }
}

/// The lints that a code, a name or a family's name means, in any case.
pub(super) fn named(name: &str) -> Vec<&'static Lint> {
    let is_it = |known: &str| known.eq_ignore_ascii_case(name);
    LINTS.iter().filter(|lint| is_it(lint.code.id) || is_it(lint.code.name) || is_it(lint.family)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_set_by_code_name_or_family_and_a_single_lint_differs_from_its_family() {
        let mut levels = Levels::default();
        levels.set("v1011", Level::Note).expect("a code");
        levels.set("V1011", Level::Allow).expect("the same, later");
        levels.set("unused", Level::Deny).expect("a family");
        levels.set("Unused-Technical-Profile", Level::Warn).expect("a name");
        let of = |id: &str| LINTS.iter().find(|lint| lint.code.id == id).map(|lint| levels.of(lint));
        assert_eq!(of("V1011"), Some(Level::Allow));
        assert_eq!(of("V1012"), Some(Level::Warn));
        assert_eq!(of("V1013"), Some(Level::Deny));
        assert_eq!(of("V1201"), Some(Level::Warn), "untouched");
    }

    #[test]
    fn an_unknown_lint_is_refused_with_the_nearest_name() {
        let told = Levels::default().set("unused-claim-typ", Level::Allow).expect_err("no such lint");
        assert_eq!(told.as_str(), "there is no lint `unused-claim-typ`; did you mean `unused-claim-type`?");
        assert!(Levels::default().set("V0101", Level::Allow).is_err(), "an error is no lint");
    }
}
