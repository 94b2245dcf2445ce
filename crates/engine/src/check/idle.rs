//! What is known to the language and has no effect at its place (policy-language 16: ignored with a warning). In: the
//! merged tree, includes laid in. Out: warnings, and an error for `From`, which cannot be passed over: that would widen
//! a claim's sources.

use super::names::Sort;
use super::report::Report;
use super::view::View;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::source::{Span, Spanned};
use crate::syntax::{
    LocalizedCollection, OrchestrationStep, PredicateReferences, ProtocolName, RelyingParty, StatementType,
    TechnicalProfile, UserJourney, UserJourneyBehaviors, same_id,
};

/// Goes through the whole tree.
pub(super) fn check(view: &View<'_>, report: &mut Report) {
    for one in &view.profiles {
        profile(view, one, report);
    }
    blocks(view, report);
    for one in &view.tree.user_journeys {
        journey(one, report);
    }
    for one in &view.tree.sub_journeys {
        candidates(&one.orchestration_steps, report);
    }
    if let Some(party) = &view.tree.relying_party {
        relying_party(party, report);
    }
}

fn ignored(span: Span, what: &str, report: &mut Report) {
    report.warning(codes::UNSUPPORTED_ELEMENT, span, message!("{what} has no effect"));
}

fn profile(view: &View<'_>, one: &TechnicalProfile, report: &mut Report) {
    from(one, report);
    for reference in &one.input_token_sources {
        report.keep(view.names.resolve(Sort::Profile, reference));
    }
    let parts = [
        one.suppressions.first().map(|item| (item.span, "`Suppressions`")),
        one.preferred_binding.as_ref().map(|text| (text.span, "`PreferredBinding`")),
        one.input_token_sources.first().map(|source| (source.span, "`InputTokenSources`")),
        one.subject_authentication_requirements
            .as_ref()
            .map(|one| (one.span, "`SubjectAuthenticationRequirements`")),
        one.assurance_level_of_output_claims
            .as_ref()
            .map(|text| (text.span, "`AssuranceLevelOfOutputClaims`")),
        one.required_assurance_levels_of_input_claims
            .first()
            .map(|text| (text.span, "`RequiredAssuranceLevelsOfInputClaims`")),
        one.subject_naming_info
            .as_ref()
            .map(|info| (info.span, "`SubjectNamingInfo` outside a relying party")),
    ];
    for (span, name) in parts.into_iter().flatten() {
        ignored(span, &format!("the element {name}"), report);
    }
    protocol(one, report);
}

fn from(one: &TechnicalProfile, report: &mut Report) {
    for from in one.input_claims.iter().chain(&one.output_claims).flat_map(|claim| &claim.from) {
        let message =
            message!("the element `From` is not supported; passing it over would widen the claim's sources");
        report.error(codes::UNSUPPORTED_ELEMENT, from.span, message);
    }
}

/// A handler is for `Proprietary`, a token format for everything else (policy-language 5.2).
fn protocol(one: &TechnicalProfile, report: &mut Report) {
    let Some(protocol) = &one.protocol else { return };
    let Some(name) = protocol.name else { return };
    if name.value == ProtocolName::Proprietary {
        let formats = [one.input_token_format, one.output_token_format].into_iter().flatten();
        for format in formats {
            let what = format!("the token format `{}` of a proprietary protocol", format.value.name());
            ignored(format.span, &what, report);
        }
    } else if let Some(handler) = &protocol.handler {
        let what = format!("a handler beside the protocol `{}`", name.value.name());
        ignored(handler.span, &what, report);
    }
}

fn blocks(view: &View<'_>, report: &mut Report) {
    let blocks = &view.tree.building_blocks;
    let statements = blocks.claims_schema.iter().filter_map(|claim| claim.statement_type);
    for statement in statements.filter(|one| one.value != StatementType::Attribute) {
        ignored(statement.span, &format!("the statement type `{}`", statement.value.name()), report);
    }
    let newer = blocks.predicate_validations.iter().flat_map(|one| &one.predicate_groups);
    let newer = newer.flat_map(|group| &group.predicate_references);
    let older = blocks.input_validations.iter().flat_map(|one| &one.predicate_references);
    newer.chain(older).for_each(|references| reject(references, report));
    let contents = blocks.content_definitions.iter();
    let references = contents.flat_map(|one| &one.localized_resources_references);
    for one in references.flat_map(|one| &one.references) {
        match (&one.url, &one.localized_resources_reference_id) {
            (Some(url), _) => ignored(url.span, "the attribute `Url`", report),
            (None, None) => ignored(one.span, "a reference that names no localized resources", report),
            (None, Some(_)) => {}
        }
    }
    let resources = blocks.localization.iter().flat_map(|one| &one.localized_resources);
    for one in resources.flat_map(|one| &one.localized_collections) {
        collection(one, report);
    }
}

/// Undocumented; passing a `true` over lets in what was to be kept out.
fn reject(references: &PredicateReferences, report: &mut Report) {
    if let Some(reject) = references.reject.filter(|reject| reject.value) {
        let message = message!("the attribute `Reject` has no effect: the predicates must hold as always");
        report.warning(codes::UNSUPPORTED_ELEMENT, reject.span, message);
    }
}

/// Only the choices of a claim type can be localized as a whole (policy-language 4.7).
fn collection(one: &LocalizedCollection, report: &mut Report) {
    for (written, wanted) in [(&one.element_type, "ClaimType"), (&one.target_collection, "Restriction")] {
        if !same_id(written, wanted) {
            let message = message!("a localized collection is for `{wanted}`, not for `{}`", written.value);
            report.push(Diagnostic::warning(codes::UNKNOWN_ELEMENT_TYPE, written.span, message));
        }
    }
}

fn journey(one: &UserJourney, report: &mut Report) {
    candidates(&one.orchestration_steps, report);
    if let Some(key) = one.cryptographic_keys.first() {
        ignored(key.span, "a cryptographic key of a user journey", report);
    }
}

/// Several candidates of a step are undocumented; the first is invoked (policy-language 7.1).
fn candidates(steps: &[OrchestrationStep], report: &mut Report) {
    for other in steps.iter().filter_map(|step| step.journey_list.get(1)) {
        ignored(other.span, "a second candidate of a step", report);
    }
}

fn relying_party(party: &RelyingParty, report: &mut Report) {
    if let Some(behaviors) = &party.user_journey_behaviors {
        insights(behaviors, report);
    }
    for one in &party.technical_profiles {
        from(one, report);
        party_profile(one, report);
    }
}

fn insights(behaviors: &UserJourneyBehaviors, report: &mut Report) {
    if let Some(key) = &behaviors.azure_application_insights {
        let message = message!("the element `AzureApplicationInsights` is deprecated and has no effect");
        let help = "use `JourneyInsights`";
        report.push(Diagnostic::warning(codes::UNSUPPORTED_ELEMENT, key.span, message).help(help));
    }
}

/// A relying party's profile says what goes into the token; it does nothing (policy-language 9.3).
fn party_profile(one: &TechnicalProfile, report: &mut Report) {
    let first = |list: &[Spanned<String>]| list.first().map(|one| one.span);
    let parts = [
        (first(&one.input_claims_transformations), "InputClaimsTransformations"),
        (one.display_claims.first().map(|one| one.span), "DisplayClaims"),
        (one.persisted_claims.first().map(|one| one.span), "PersistedClaims"),
        (first(&one.output_claims_transformations), "OutputClaimsTransformations"),
        (one.validation_technical_profiles.first().map(|one| one.span), "ValidationTechnicalProfiles"),
        (
            one.include_claims_from_technical_profile.as_ref().map(|one| one.span),
            "IncludeClaimsFromTechnicalProfile",
        ),
        (one.include_technical_profile.as_ref().map(|one| one.span), "IncludeTechnicalProfile"),
        (
            one.use_technical_profile_for_session_management.as_ref().map(|one| one.span),
            "UseTechnicalProfileForSessionManagement",
        ),
        (one.error_handlers.first().map(|one| one.span), "ErrorHandlers"),
        (one.enabled_for_user_journeys.as_ref().map(|one| one.span), "EnabledForUserJourneys"),
    ];
    for (span, name) in parts {
        if let Some(span) = span {
            ignored(span, &format!("the element `{name}` in a relying party"), report);
        }
    }
}
