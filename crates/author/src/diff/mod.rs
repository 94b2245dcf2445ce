//! What really differs between two sets of policies. In: two [`Set`]s. Out: a [`Difference`], policy by policy, journey
//! by journey, as text or JSON. Effective policies are compared: what moved between files, was included instead of
//! written, or laid out otherwise makes no difference, nor does what the language ignores.
//!
//! Must not be known here: files.

mod align;
mod blocks;
mod compare;
mod facts;
mod json;
mod party;
mod profile;
mod reach;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeSet;

use vestibule_engine::syntax::fold;

use crate::set::{Entry, Member, Set};

pub use json::json;
pub use text::text;

/// All differences of two sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The policies that differ: those with a relying party first, each in the order of the second set.
    pub policies: Vec<PolicyChange>,
}

/// One policy that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// Its id.
    pub id: String,
    /// Whether it came, went or changed.
    pub status: Status,
    /// What changed, by where it matters; empty for one that came or went.
    pub groups: Vec<Group>,
}

/// What changed in one respect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Where it matters.
    pub at: At,
    /// Journeys first, then what they run.
    pub parts: Vec<PartChange>,
}

/// Where a change matters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// The policy and its relying party.
    Policy,
    /// A journey that the relying party starts.
    Journey(Entry, String),
    /// Nothing that the relying party starts reaches it.
    Elsewhere,
}

/// One part that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartChange {
    /// What it is.
    pub sort: Sort,
    /// Its id.
    pub id: String,
    /// Whether it came, went or changed.
    pub status: Status,
    /// For a part that came or went: what it is or was, in words.
    pub about: String,
    /// The steps that lead to it, in words; empty for the journey itself and where there are too many.
    pub used: String,
    /// Other journeys of the policy that reach it too.
    pub also: Vec<String>,
    /// Another policy with exactly this change, where it is told, because both inherit it.
    pub same_as: Option<String>,
    /// What changed in it.
    pub changes: Vec<Change>,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Change {
    /// The list it belongs to ("output claim", "metadata"), or empty for a property.
    pub section: String,
    /// Its name.
    pub name: String,
    /// What it was; nothing if it was not there.
    pub before: Option<String>,
    /// What it is; nothing if it is not there.
    pub after: Option<String>,
}

/// Whether something came, went or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Only in the second set.
    Added,
    /// Only in the first set.
    Removed,
    /// In both, not the same.
    Changed,
}

impl Status {
    /// One word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Status::Added => "added",
            Status::Removed => "removed",
            Status::Changed => "changed",
        }
    }
}

/// Parts of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// What the root element says.
    Policy,
    /// RelyingParty.
    Party,
    /// UserJourney.
    Journey,
    /// SubJourney.
    SubJourney,
    /// TechnicalProfile.
    Profile,
    /// DisplayControl.
    Control,
    /// ContentDefinition with its texts.
    Content,
    /// ClaimsTransformation.
    Transformation,
    /// ClaimType.
    Claim,
    /// PredicateValidation or InputValidation.
    Validation,
    /// Predicate.
    Predicate,
    /// Languages.
    Localization,
}

impl Sort {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Sort::Policy => "policy",
            Sort::Party => "relying party",
            Sort::Journey => "journey",
            Sort::SubJourney => "sub-journey",
            Sort::Profile => "technical profile",
            Sort::Control => "display control",
            Sort::Content => "page",
            Sort::Transformation => "claims transformation",
            Sort::Claim => "claim type",
            Sort::Validation => "predicate validation",
            Sort::Predicate => "predicate",
            Sort::Localization => "languages",
        }
    }
}

/// Compares; policies are matched by id, in any case.
pub fn diff(before: &Set, after: &Set) -> Difference {
    compare::compare(before, after)
}

/// Everything that a policy's relying party and its journeys reach: sort and id in one case.
pub fn reached(member: &Member) -> BTreeSet<(Sort, String)> {
    let parts = facts::Parts::of(member);
    let mut all = reach::party(&parts);
    for (_, id) in member.entries() {
        all.extend(reach::journey(&parts, &fold(&id)).into_keys());
    }
    all
}

impl Difference {
    /// Whether both sets say the same.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }
}
