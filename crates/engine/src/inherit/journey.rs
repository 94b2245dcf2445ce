//! Journeys and their steps laid over each other (policy-language 2.2).

use super::list::{by_key, child_first, replace};
use super::profile::{key_key, lay_key};
use crate::syntax::{
    ClaimsExchange, ClaimsExchanges, ClaimsProviderSelection, ClaimsProviderSelections, OrchestrationStep,
    SubJourney, UserJourney, fold,
};

pub(super) fn lay_user_journey(base: &mut UserJourney, child: &UserJourney) {
    base.overrides.push(child.span);
    replace(&mut base.non_interactive, child.non_interactive.as_ref());
    replace(
        &mut base.default_cpim_issuer_technical_profile_reference_id,
        child.default_cpim_issuer_technical_profile_reference_id.as_ref(),
    );
    replace(&mut base.assurance_level, child.assurance_level.as_ref());
    replace(&mut base.preserve_original_assertion, child.preserve_original_assertion.as_ref());
    child_first(
        &mut base.authorization_technical_profiles,
        &child.authorization_technical_profiles,
        |id| fold(id),
        Clone::clone_from,
    );
    lay_steps(&mut base.orchestration_steps, &child.orchestration_steps);
    replace(&mut base.client_definition, child.client_definition.as_ref());
    by_key(&mut base.cryptographic_keys, &child.cryptographic_keys, key_key, lay_key);
}

pub(super) fn lay_sub_journey(base: &mut SubJourney, child: &SubJourney) {
    base.overrides.push(child.span);
    replace(&mut base.kind, child.kind.as_ref());
    lay_steps(&mut base.orchestration_steps, &child.orchestration_steps);
}

/// Steps are told apart by their order. They are sorted when the whole chain is merged.
fn lay_steps(base: &mut Vec<OrchestrationStep>, child: &[OrchestrationStep]) {
    by_key(base, child, |step| step.order.value.to_string(), lay_step);
}

fn lay_step(base: &mut OrchestrationStep, child: &OrchestrationStep) {
    base.overrides.push(child.span);
    replace(&mut base.kind, child.kind.as_ref());
    replace(&mut base.content_definition_reference_id, child.content_definition_reference_id.as_ref());
    replace(
        &mut base.cpim_issuer_technical_profile_reference_id,
        child.cpim_issuer_technical_profile_reference_id.as_ref(),
    );
    // Preconditions have no identity: given ones replace the base's.
    replace(&mut base.preconditions, child.preconditions.as_ref());
    match (&mut base.claims_provider_selections, &child.claims_provider_selections) {
        (Some(base), Some(child)) => lay_selections(base, child),
        (base, child) => replace(base, child.as_ref()),
    }
    match (&mut base.claims_exchanges, &child.claims_exchanges) {
        (Some(base), Some(child)) => lay_exchanges(base, child),
        (base, child) => replace(base, child.as_ref()),
    }
    child_first(&mut base.journey_list, &child.journey_list, |id| fold(id), Clone::clone_from);
}

fn lay_selections(base: &mut ClaimsProviderSelections, child: &ClaimsProviderSelections) {
    base.span = child.span;
    replace(&mut base.display_option, child.display_option.as_ref());
    child_first(&mut base.selections, &child.selections, selection_key, Clone::clone_from);
}

fn selection_key(selection: &ClaimsProviderSelection) -> String {
    let ClaimsProviderSelection { target_claims_exchange_id, validation_claims_exchange_id, .. } = selection;
    match (target_claims_exchange_id, validation_claims_exchange_id) {
        (Some(id), _) => format!("target {}", fold(id)),
        (None, Some(id)) => format!("validation {}", fold(id)),
        (None, None) => String::new(),
    }
}

fn lay_exchanges(base: &mut ClaimsExchanges, child: &ClaimsExchanges) {
    base.span = child.span;
    replace(&mut base.user_identity, child.user_identity.as_ref());
    child_first(&mut base.exchanges, &child.exchanges, |exchange| fold(&exchange.id), lay_exchange);
}

fn lay_exchange(base: &mut ClaimsExchange, child: &ClaimsExchange) {
    base.span = child.span;
    replace(&mut base.technical_profile_reference_id, child.technical_profile_reference_id.as_ref());
}
