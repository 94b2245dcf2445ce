//! Technical profiles laid over each other, by inheritance or by inclusion (policy-language 2.2, 2.4).

use super::list::{by_key, child_first, replace, replace_list};
use crate::syntax::{
    ClaimReference, DisplayClaim, Item, Key, PersistedClaim, SuppressionItem, TechnicalProfile,
    ValidationTechnicalProfile, fold,
};

pub(super) fn lay_profile(base: &mut TechnicalProfile, child: &TechnicalProfile) {
    base.overrides.push(child.span);
    if !child.provider.domains.is_empty() {
        base.provider.domains.clone_from(&child.provider.domains);
    }
    if child.provider.display_name.as_ref().is_some_and(|name| !name.is_empty()) {
        base.provider.display_name.clone_from(&child.provider.display_name);
    }
    lay_scalars(base, child);
    by_key(&mut base.metadata, &child.metadata, item_key, lay_item);
    by_key(&mut base.cryptographic_keys, &child.cryptographic_keys, key_key, lay_key);
    let suppression = |item: &SuppressionItem| fold(&item.key);
    by_key(&mut base.suppressions, &child.suppressions, suppression, Clone::clone_from);
    lay_lists(base, child);
}

fn lay_scalars(base: &mut TechnicalProfile, child: &TechnicalProfile) {
    replace_list(&mut base.domains, &child.domains);
    replace(&mut base.display_name, child.display_name.as_ref());
    replace(&mut base.description, child.description.as_ref());
    replace(&mut base.protocol, child.protocol.as_ref());
    replace(&mut base.input_token_format, child.input_token_format.as_ref());
    replace(&mut base.output_token_format, child.output_token_format.as_ref());
    replace(&mut base.assurance_level_of_output_claims, child.assurance_level_of_output_claims.as_ref());
    replace_list(
        &mut base.required_assurance_levels_of_input_claims,
        &child.required_assurance_levels_of_input_claims,
    );
    replace(
        &mut base.subject_authentication_requirements,
        child.subject_authentication_requirements.as_ref(),
    );
    replace(&mut base.preferred_binding, child.preferred_binding.as_ref());
    replace(&mut base.include_in_sso, child.include_in_sso.as_ref());
    replace(&mut base.subject_naming_info, child.subject_naming_info.as_ref());
    replace(
        &mut base.include_claims_from_technical_profile,
        child.include_claims_from_technical_profile.as_ref(),
    );
    replace(&mut base.include_technical_profile, child.include_technical_profile.as_ref());
    replace(
        &mut base.use_technical_profile_for_session_management,
        child.use_technical_profile_for_session_management.as_ref(),
    );
    replace_list(&mut base.error_handlers, &child.error_handlers);
    replace(&mut base.enabled_for_user_journeys, child.enabled_for_user_journeys.as_ref());
}

fn lay_lists(base: &mut TechnicalProfile, child: &TechnicalProfile) {
    child_first(&mut base.input_token_sources, &child.input_token_sources, |id| fold(id), Clone::clone_from);
    child_first(
        &mut base.input_claims_transformations,
        &child.input_claims_transformations,
        |id| fold(id),
        Clone::clone_from,
    );
    child_first(&mut base.input_claims, &child.input_claims, claim_key, lay_claim);
    child_first(&mut base.display_claims, &child.display_claims, display_key, lay_display_claim);
    let persisted = |claim: &PersistedClaim| fold(&claim.claim_type_reference_id);
    child_first(&mut base.persisted_claims, &child.persisted_claims, persisted, lay_persisted_claim);
    child_first(&mut base.output_claims, &child.output_claims, claim_key, lay_claim);
    child_first(
        &mut base.output_claims_transformations,
        &child.output_claims_transformations,
        |id| fold(id),
        Clone::clone_from,
    );
    let validation = |one: &ValidationTechnicalProfile| fold(&one.reference_id);
    let validations = &child.validation_technical_profiles;
    child_first(&mut base.validation_technical_profiles, validations, validation, lay_validation);
}

pub(super) fn item_key(item: &Item) -> String {
    fold(&item.key)
}

pub(super) fn lay_item(base: &mut Item, child: &Item) {
    base.span = child.span;
    base.value = child.value.clone();
}

pub(super) fn key_key(key: &Key) -> String {
    fold(&key.id)
}

pub(super) fn lay_key(base: &mut Key, child: &Key) {
    base.span = child.span;
    replace(&mut base.storage_reference_id, child.storage_reference_id.as_ref());
}

fn claim_key(claim: &ClaimReference) -> String {
    fold(&claim.claim_type_reference_id)
}

fn lay_claim(base: &mut ClaimReference, child: &ClaimReference) {
    base.span = child.span;
    base.claim_type_reference_id = child.claim_type_reference_id.clone();
    replace(&mut base.partner_claim_type, child.partner_claim_type.as_ref());
    replace(&mut base.required, child.required.as_ref());
    replace(&mut base.default_value, child.default_value.as_ref());
    replace(&mut base.always_use_default_value, child.always_use_default_value.as_ref());
    replace_list(&mut base.from, &child.from);
}

fn display_key(claim: &DisplayClaim) -> String {
    match (&claim.claim_type_reference_id, &claim.display_control_reference_id) {
        (Some(id), _) => format!("claim {}", fold(id)),
        (None, Some(id)) => format!("control {}", fold(id)),
        (None, None) => String::new(),
    }
}

fn lay_display_claim(base: &mut DisplayClaim, child: &DisplayClaim) {
    base.span = child.span;
    replace(&mut base.claim_type_reference_id, child.claim_type_reference_id.as_ref());
    replace(&mut base.display_control_reference_id, child.display_control_reference_id.as_ref());
    replace(&mut base.required, child.required.as_ref());
}

fn lay_persisted_claim(base: &mut PersistedClaim, child: &PersistedClaim) {
    base.span = child.span;
    base.claim_type_reference_id = child.claim_type_reference_id.clone();
    replace(&mut base.partner_claim_type, child.partner_claim_type.as_ref());
    replace(&mut base.default_value, child.default_value.as_ref());
    replace(&mut base.overwrite_if_exists, child.overwrite_if_exists.as_ref());
    replace(&mut base.always_use_default_value, child.always_use_default_value.as_ref());
}

fn lay_validation(base: &mut ValidationTechnicalProfile, child: &ValidationTechnicalProfile) {
    base.span = child.span;
    base.reference_id = child.reference_id.clone();
    replace(&mut base.continue_on_success, child.continue_on_success.as_ref());
    replace(&mut base.continue_on_error, child.continue_on_error.as_ref());
    replace(&mut base.preconditions, child.preconditions.as_ref());
}
