//! The policy as the passes see it: merged, includes laid in, names collected, and what the relying party can reach.

use std::sync::Arc;

use super::damage::Damage;
use super::kept::Kept;
use super::names::{Names, Sort};
use super::reach::Reach;
use crate::diagnostic::{Diagnostic, Severity};
use crate::inherit::Effective;
use crate::kind::Role;
use crate::placeholder::Purpose;
use crate::policy::Place;
use crate::source::{Sources, Span};
use crate::syntax::TechnicalProfile;

/// What every pass may look at.
pub(super) struct View<'a> {
    /// What the policy is compiled for.
    pub(super) purpose: Purpose,
    /// The merged tree.
    pub(super) tree: &'a Effective,
    /// What was made for the policies before this one.
    pub(super) kept: &'a Kept,
    /// For lines.
    pub(super) sources: &'a Sources,
    /// The names of the files by their number.
    pub(super) files: Vec<Arc<str>>,
    /// Symbol tables.
    pub(super) names: Names<'a>,
    /// What the schema's errors took out.
    pub(super) damage: Damage,
    /// The tree's technical profiles in the same order, with what they include.
    pub(super) profiles: Vec<Arc<TechnicalProfile>>,
    /// Profiles of which a part is unknown: nothing can be said about what they do not do.
    pub(super) holes: Vec<bool>,
    /// What the relying party reaches.
    pub(super) reach: Reach,
}

impl View<'_> {
    /// File and line of a span.
    pub(super) fn place(&self, span: Span) -> Place {
        let file = self.files.get(span.source.index()).cloned().unwrap_or_default();
        let line = self.sources.get(span.source).map_or(0, |source| source.line(span.start));
        Place { file, line }
    }

    /// How much it weighs that something is not complete: a base policy may leave it to its children, and what no
    /// relying party reaches does no harm (policy-language 3: whole-journey checks need a relying party).
    pub(super) fn grade(&self, sort: Sort, index: usize) -> Option<Severity> {
        if self.damage.has(sort, index) {
            return None;
        }
        match (self.reach.executable, self.reach.has(sort, index)) {
            (false, _) => None,
            (true, true) => Some(Severity::Error),
            // A profile that nothing runs is there to be included.
            (true, false) if sort == Sort::Profile && self.reach.role(index) == Role::Unused => None,
            (true, false) => Some(Severity::Warning),
        }
    }

    /// The finding, and where the thing is declared that it is about.
    pub(super) fn declared(&self, sort: Sort, id: &str, diagnostic: Diagnostic) -> Diagnostic {
        match self.names.find(sort, id) {
            Some(entry) => diagnostic.also(entry.span, format!("the {} is declared here", sort.noun())),
            None => diagnostic,
        }
    }

    /// The finding, and where the thing is used that lacks something.
    pub(super) fn used(&self, sort: Sort, index: usize, diagnostic: Diagnostic) -> Diagnostic {
        match self.reach.used_at(sort, index) {
            Some(place) => diagnostic.also(place, "used here"),
            None => diagnostic,
        }
    }

    /// Whether the claim's data type is known: it may have been misspelt.
    pub(super) fn has_type(&self, claim: &str) -> bool {
        self.names.find(Sort::Claim, claim).is_some_and(|entry| !self.damage.has(Sort::Claim, entry.index))
    }

    /// The finding, and where the claim's data type is declared.
    pub(super) fn typed(&self, claim: &str, diagnostic: Diagnostic) -> Diagnostic {
        let entry = self.names.find(Sort::Claim, claim);
        let claim = entry.and_then(|entry| self.tree.building_blocks.claims_schema.get(entry.index));
        match claim {
            Some(claim) => super::claim::typed(claim, diagnostic),
            None => diagnostic,
        }
    }

    /// The merged profile, includes laid in.
    pub(super) fn profile(&self, index: usize) -> Option<&TechnicalProfile> {
        self.profiles.get(index).map(Arc::as_ref)
    }
}
