//! What one policy's journeys reach. In: a policy with a relying party. Out: its profiles, pages and transformations.
//!
//! Must not be known here: what the report makes of them.

use std::sync::Arc;

use std::collections::BTreeSet;

use vestibule_engine::syntax::{ClaimsTransformation, ContentDefinition, TechnicalProfile, fold};

use crate::diff::{Sort, reached};
use crate::feature::Feature;
use crate::set::Member;

/// One policy as the report sees it.
pub(super) struct Look<'a> {
    pub(super) member: &'a Member,
    /// The profiles that its journeys reach.
    pub(super) profiles: Vec<(&'a TechnicalProfile, Feature)>,
    /// The pages that they show.
    pub(super) contents: Vec<&'a ContentDefinition>,
    /// The transformations that they run.
    pub(super) transformations: Vec<&'a ClaimsTransformation>,
    claims: BTreeSet<String>,
}

impl<'a> Look<'a> {
    pub(super) fn of(member: &'a Member) -> Look<'a> {
        let reached = reached(member);
        let has = |sort: Sort, id: &str| reached.contains(&(sort, fold(id)));
        let tree = &member.tree;
        let profiles =
            tree.technical_profiles.iter().map(Arc::as_ref).filter(|one| has(Sort::Profile, &one.id));
        let blocks = &tree.building_blocks;
        let contents = blocks.content_definitions.iter().map(Arc::as_ref);
        let transformations = blocks.claims_transformations.iter().map(Arc::as_ref);
        let claims = reached.iter().filter(|(sort, _)| *sort == Sort::Claim).map(|(_, id)| id.clone());
        Look {
            member,
            profiles: profiles.map(|one| (one, Feature::of(member, one))).collect(),
            // The page for errors is shown by every policy.
            contents: contents
                .filter(|one| has(Sort::Content, &one.id) || one.id.eq_ignore_ascii_case("api.error"))
                .collect(),
            transformations: transformations.filter(|one| has(Sort::Transformation, &one.id)).collect(),
            claims: claims.collect(),
        }
    }

    /// Whether a journey, the token or a page has to do with the claim.
    pub(super) fn has_claim(&self, id: &str) -> bool {
        self.claims.contains(&fold(id))
    }
}

/// Adds what is not there yet.
pub(super) fn note(list: &mut Vec<String>, text: impl Into<String>) {
    let text = text.into();
    if !list.contains(&text) {
        list.push(text);
    }
}
