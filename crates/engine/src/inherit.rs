//! Base and child to one policy. In: the trees of all files. Out: the chain of one policy, and the [`Effective`] policy
//! that the chain amounts to (policy-language 2). One merge rule per element, side by side.
//!
//! Must not be known here: what a reference points to. `IncludeTechnicalProfile` is resolved afterwards, by the checker,
//! with [`include_profile`].

mod chain;
mod claim;
mod content;
mod journey;
mod list;
mod profile;

use std::sync::Arc;

use crate::source::{Span, Spanned};
use crate::syntax::{
    BuildingBlocks, DeploymentMode, OrchestrationStep, RelyingParty, SubJourney, TechnicalProfile,
    TrustFrameworkPolicy, UserJourney, fold,
};

pub use chain::{chain, remarks};

/// A policy and all its bases as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// The start tag of the policy's own root element.
    pub span: Span,
    /// The ids of the chain, root first.
    pub chain: Vec<Spanned<String>>,
    /// `@TenantId` of the policy itself, like the following.
    pub tenant_id: Option<Spanned<String>>,
    /// `@TenantObjectId`.
    pub tenant_object_id: Option<Spanned<String>>,
    /// `@PolicyId`.
    pub policy_id: Option<Spanned<String>>,
    /// `@PublicPolicyUri`.
    pub public_policy_uri: Option<Spanned<String>>,
    /// `@DeploymentMode`.
    pub deployment_mode: Option<Spanned<DeploymentMode>>,
    /// `@UserJourneyRecorderEndpoint`.
    pub user_journey_recorder_endpoint: Option<Spanned<String>>,
    /// Merged element by element.
    pub building_blocks: BuildingBlocks,
    /// The profiles of all providers, merged by id.
    pub technical_profiles: Vec<Arc<TechnicalProfile>>,
    /// Merged by id, their steps by order; the steps are sorted.
    pub user_journeys: Vec<Arc<UserJourney>>,
    /// Merged like user journeys.
    pub sub_journeys: Vec<Arc<SubJourney>>,
    /// That of the policy nearest to the one asked for; not merged.
    pub relying_party: Option<RelyingParty>,
}

/// Folds a chain, root first, into one policy; `None` for an empty chain.
pub fn merge(chain: &[&TrustFrameworkPolicy]) -> Option<Effective> {
    let leaf = chain.last()?;
    let mut effective = Effective {
        span: leaf.span,
        chain: chain.iter().filter_map(|policy| policy.policy_id.clone()).collect(),
        tenant_id: leaf.tenant_id.clone(),
        tenant_object_id: leaf.tenant_object_id.clone(),
        policy_id: leaf.policy_id.clone(),
        public_policy_uri: leaf.public_policy_uri.clone(),
        deployment_mode: leaf.deployment_mode,
        user_journey_recorder_endpoint: leaf.user_journey_recorder_endpoint.clone(),
        building_blocks: BuildingBlocks::default(),
        technical_profiles: Vec::new(),
        user_journeys: Vec::new(),
        sub_journeys: Vec::new(),
        relying_party: chain.iter().rev().find_map(|policy| policy.relying_party.clone()),
    };
    for policy in chain {
        effective.lay(policy);
    }
    let in_order = |steps: &[OrchestrationStep]| steps.is_sorted_by_key(|step| step.order.value);
    for journey in effective.user_journeys.iter_mut().filter(|one| !in_order(&one.orchestration_steps)) {
        Arc::make_mut(journey).orchestration_steps.sort_by_key(|step| step.order.value);
    }
    for journey in effective.sub_journeys.iter_mut().filter(|one| !in_order(&one.orchestration_steps)) {
        Arc::make_mut(journey).orchestration_steps.sort_by_key(|step| step.order.value);
    }
    Some(effective)
}

/// Lays `child` over `base`, a profile of the same id further up the chain: what the child says replaces, its lists stand
/// first, everything else of the base stays.
pub fn overlay_profile(base: &TechnicalProfile, child: &TechnicalProfile) -> TechnicalProfile {
    let mut profile = base.clone();
    profile::lay_profile(&mut profile, child);
    profile
}

/// What `profile` amounts to when it includes `included`: the same overlay, but id, provider and place stay its own
/// (policy-language 2.4).
pub fn include_profile(included: &TechnicalProfile, profile: &TechnicalProfile) -> TechnicalProfile {
    TechnicalProfile {
        span: profile.span,
        overrides: profile.overrides.clone(),
        id: profile.id.clone(),
        provider: profile.provider.clone(),
        ..overlay_profile(included, profile)
    }
}

impl Effective {
    /// Lays the next policy of the chain over what there is.
    fn lay(&mut self, policy: &TrustFrameworkPolicy) {
        lay_blocks(&mut self.building_blocks, &policy.building_blocks);
        let profiles = policy.claims_providers.iter().flat_map(|provider| &provider.technical_profiles);
        list::by_id(&mut self.technical_profiles, profiles, |one| fold(&one.id), profile::lay_profile);
        list::by_id(
            &mut self.user_journeys,
            &policy.user_journeys,
            |one| fold(&one.id),
            journey::lay_user_journey,
        );
        list::by_id(
            &mut self.sub_journeys,
            &policy.sub_journeys,
            |one| fold(&one.id),
            journey::lay_sub_journey,
        );
    }
}

fn lay_blocks(base: &mut BuildingBlocks, child: &BuildingBlocks) {
    use list::{by_id, by_key};
    by_id(&mut base.claims_schema, &child.claims_schema, |one| fold(&one.id), claim::lay_claim_type);
    by_key(&mut base.predicates, &child.predicates, |one| fold(&one.id), claim::lay_predicate);
    by_key(
        &mut base.input_validations,
        &child.input_validations,
        |one| fold(&one.id),
        claim::lay_input_validation,
    );
    by_key(
        &mut base.predicate_validations,
        &child.predicate_validations,
        |one| fold(&one.id),
        claim::lay_predicate_validation,
    );
    by_id(
        &mut base.claims_transformations,
        &child.claims_transformations,
        |one| fold(&one.id),
        claim::lay_transformation,
    );
    by_key(
        &mut base.client_definitions,
        &child.client_definitions,
        |one| fold(&one.id),
        claim::lay_client_definition,
    );
    by_id(
        &mut base.content_definitions,
        &child.content_definitions,
        |one| fold(&one.id),
        content::lay_content_definition,
    );
    match (&mut base.localization, &child.localization) {
        (Some(base), Some(child)) => content::lay_localization(base, child),
        (base @ None, Some(child)) => *base = Some(content::first_localization(child)),
        (_, None) => {}
    }
    by_key(
        &mut base.display_controls,
        &child.display_controls,
        |one| fold(&one.id),
        content::lay_display_control,
    );
}

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod rules_tests;
