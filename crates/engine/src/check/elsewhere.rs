//! Where an id is declared that a policy does not have. In: the files of the run that are not in the policy's chain. Out:
//! the first that declares such a thing, for the author who looks for it in the wrong policy.

use super::names::Sort;
use crate::inherit::Effective;
use crate::source::{Span, Spanned};
use crate::syntax::{TrustFrameworkPolicy, same_id};

/// The policies beside a chain.
pub(super) struct Elsewhere<'a> {
    policies: Vec<&'a TrustFrameworkPolicy>,
}

/// A declaration in another policy.
pub(super) struct Declared<'a> {
    /// The id of that policy.
    pub(super) policy: &'a str,
    /// The id where it is declared.
    pub(super) span: Span,
}

impl<'a> Elsewhere<'a> {
    /// What is not in the chain of `tree`.
    pub(super) fn beside(tree: &Effective, all: &[&'a TrustFrameworkPolicy]) -> Self {
        let inside =
            |policy: &TrustFrameworkPolicy| tree.chain.iter().any(|id| id.span.source == policy.span.source);
        Self { policies: all.iter().copied().filter(|policy| !inside(policy)).collect() }
    }

    /// The first policy that declares the thing.
    pub(super) fn find(&self, sort: Sort, id: &str) -> Option<Declared<'a>> {
        self.policies.iter().find_map(|policy| {
            let declared = ids(policy, sort).into_iter().find(|declared| same_id(declared, id))?;
            Some(Declared { policy: policy.policy_id.as_ref()?.as_str(), span: declared.span })
        })
    }
}

/// All ids of a sort that one file declares.
fn ids(policy: &TrustFrameworkPolicy, sort: Sort) -> Vec<&Spanned<String>> {
    let blocks = &policy.building_blocks;
    let journeys = || policy.user_journeys.iter();
    match sort {
        Sort::Claim => blocks.claims_schema.iter().map(|one| &one.id).collect(),
        Sort::Transformation => blocks.claims_transformations.iter().map(|one| &one.id).collect(),
        Sort::Profile => {
            let profiles = policy.claims_providers.iter().flat_map(|one| &one.technical_profiles);
            profiles.map(|one| &one.id).collect()
        }
        Sort::Content => blocks.content_definitions.iter().map(|one| &one.id).collect(),
        Sort::Journey => journeys().map(|one| &one.id).collect(),
        Sort::SubJourney => policy.sub_journeys.iter().map(|one| &one.id).collect(),
        Sort::Control => blocks.display_controls.iter().map(|one| &one.id).collect(),
        Sort::Predicate => blocks.predicates.iter().map(|one| &one.id).collect(),
        Sort::PredicateValidation => blocks.predicate_validations.iter().map(|one| &one.id).collect(),
        Sort::InputValidation => blocks.input_validations.iter().map(|one| &one.id).collect(),
        Sort::Client => blocks.client_definitions.iter().map(|one| &one.id).collect(),
        Sort::Resources => {
            let all = blocks.localization.iter().flat_map(|one| &one.localized_resources);
            all.filter_map(|one| one.id.as_ref()).collect()
        }
        Sort::Exchange => {
            let steps = journeys().flat_map(|one| &one.orchestration_steps);
            let steps = steps.chain(policy.sub_journeys.iter().flat_map(|one| &one.orchestration_steps));
            let exchanges = steps.filter_map(|step| step.claims_exchanges.as_ref());
            exchanges.flat_map(|one| &one.exchanges).map(|one| &one.id).collect()
        }
    }
}
