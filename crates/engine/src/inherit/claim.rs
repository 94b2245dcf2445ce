//! Claim types, predicates and transformations laid over each other (policy-language 2.2).

use super::list::{by_key, child_first, replace, replace_list};
use crate::syntax::{
    ClaimType, ClaimsTransformation, ClientDefinition, EnumerationItem, InputParameter, InputValidation,
    MergeBehavior, Predicate, PredicateGroup, PredicateParameter, PredicateValidation, Restriction,
    TransformationClaim, fold,
};

pub(super) fn lay_claim_type(base: &mut ClaimType, child: &ClaimType) {
    base.overrides.push(child.span);
    replace(&mut base.statement_type, child.statement_type.as_ref());
    replace(&mut base.display_name, child.display_name.as_ref());
    replace(&mut base.data_type, child.data_type.as_ref());
    by_key(
        &mut base.default_partner_claim_types,
        &child.default_partner_claim_types,
        |partner| partner.name.name().to_owned(),
        Clone::clone_from,
    );
    replace(&mut base.mask, child.mask.as_ref());
    replace(&mut base.admin_help_text, child.admin_help_text.as_ref());
    replace(&mut base.user_help_text, child.user_help_text.as_ref());
    replace(&mut base.user_input_type, child.user_input_type.as_ref());
    match (&mut base.restriction, &child.restriction) {
        (Some(base), Some(child)) => lay_restriction(base, child),
        (base, child) => replace(base, child.as_ref()),
    }
    replace(&mut base.input_validation_reference, child.input_validation_reference.as_ref());
    replace(&mut base.predicate_validation_reference, child.predicate_validation_reference.as_ref());
}

/// Unlike everything else a restriction replaces the base's, unless it says otherwise.
fn lay_restriction(base: &mut Restriction, child: &Restriction) {
    let behavior = child.merge_behavior.map_or(MergeBehavior::ReplaceAll, |behavior| behavior.value);
    if behavior == MergeBehavior::ReplaceAll {
        base.clone_from(child);
        return;
    }
    let value =
        |item: &EnumerationItem| item.value.as_ref().map_or_else(String::new, |value| value.value.clone());
    super::list::unite(
        &mut base.enumerations,
        &child.enumerations,
        value,
        behavior == MergeBehavior::Prepend,
    );
    replace(&mut base.pattern, child.pattern.as_ref());
}

pub(super) fn lay_predicate(base: &mut Predicate, child: &Predicate) {
    base.overrides.push(child.span);
    replace(&mut base.method, child.method.as_ref());
    replace(&mut base.help_text, child.help_text.as_ref());
    replace(&mut base.user_help_text, child.user_help_text.as_ref());
    by_key(
        &mut base.parameters,
        &child.parameters,
        |parameter: &PredicateParameter| fold(&parameter.id),
        Clone::clone_from,
    );
}

/// `PredicateReferences` have no identity, so a child's replace the base's, like preconditions.
pub(super) fn lay_input_validation(base: &mut InputValidation, child: &InputValidation) {
    base.overrides.push(child.span);
    replace_list(&mut base.predicate_references, &child.predicate_references);
}

pub(super) fn lay_predicate_validation(base: &mut PredicateValidation, child: &PredicateValidation) {
    base.overrides.push(child.span);
    child_first(
        &mut base.predicate_groups,
        &child.predicate_groups,
        |group: &PredicateGroup| fold(&group.id),
        |base, child| {
            replace(&mut base.user_help_text, child.user_help_text.as_ref());
            replace_list(&mut base.predicate_references, &child.predicate_references);
        },
    );
}

pub(super) fn lay_transformation(base: &mut ClaimsTransformation, child: &ClaimsTransformation) {
    base.overrides.push(child.span);
    replace(&mut base.transformation_method, child.transformation_method.as_ref());
    child_first(&mut base.input_claims, &child.input_claims, claim_key, Clone::clone_from);
    by_key(
        &mut base.input_parameters,
        &child.input_parameters,
        |parameter: &InputParameter| fold(&parameter.id),
        lay_parameter,
    );
    child_first(&mut base.output_claims, &child.output_claims, claim_key, Clone::clone_from);
}

fn claim_key(claim: &TransformationClaim) -> String {
    fold(&claim.claim_type_reference_id)
}

fn lay_parameter(base: &mut InputParameter, child: &InputParameter) {
    base.span = child.span;
    replace(&mut base.data_type, child.data_type.as_ref());
    replace(&mut base.value, child.value.as_ref());
}

pub(super) fn lay_client_definition(base: &mut ClientDefinition, child: &ClientDefinition) {
    base.overrides.push(child.span);
    replace(&mut base.client_ui_filter_flags, child.client_ui_filter_flags.as_ref());
}
