//! `UserJourneys` and `SubJourneys`.

use vestibule_engine::syntax::{
    ClaimsExchanges, ClaimsProviderSelections, OrchestrationStep, Precondition, PreconditionAction,
    SubJourney, UserJourney,
};

use super::profile::key;
use super::writer::{Origin, Tag, Writer};

pub(super) fn user_journey(writer: &mut Writer<'_>, journey: &UserJourney) {
    let issuer = journey.default_cpim_issuer_technical_profile_reference_id.as_ref();
    let tag = Tag::new("UserJourney")
        .set("Id", &journey.id)
        .maybe("NonInteractive", journey.non_interactive.as_ref())
        .maybe("DefaultCpimIssuerTechnicalProfileReferenceId", issuer);
    writer.branch(tag, Origin::Declared(journey.span, &journey.overrides), |writer| {
        writer.scalar("AssuranceLevel", journey.assurance_level.as_ref());
        writer.scalar("PreserveOriginalAssertion", journey.preserve_original_assertion.as_ref());
        if !journey.authorization_technical_profiles.is_empty() {
            writer.branch(Tag::new("Authorization"), Origin::None, |writer| {
                let profiles = &journey.authorization_technical_profiles;
                writer.list("AuthorizationTechnicalProfiles", profiles, |writer, id| {
                    writer.reference("AuthorizationTechnicalProfile", "ReferenceId", Some(id));
                });
            });
        }
        writer.list("OrchestrationSteps", &journey.orchestration_steps, step);
        writer.reference("ClientDefinition", "ReferenceId", journey.client_definition.as_ref());
        writer.list("CryptographicKeys", &journey.cryptographic_keys, key);
    });
}

pub(super) fn sub_journey(writer: &mut Writer<'_>, journey: &SubJourney) {
    let tag =
        Tag::new("SubJourney").set("Id", &journey.id).word("Type", journey.kind.map(|one| one.value.name()));
    writer.branch(tag, Origin::Declared(journey.span, &journey.overrides), |writer| {
        writer.list("OrchestrationSteps", &journey.orchestration_steps, step);
    });
}

fn step(writer: &mut Writer<'_>, step: &OrchestrationStep) {
    let content = step.content_definition_reference_id.as_ref();
    let issuer = step.cpim_issuer_technical_profile_reference_id.as_ref();
    let tag = Tag::new("OrchestrationStep")
        .set("Order", &step.order.value.to_string())
        .word("Type", step.kind.map(|one| one.value.name()))
        .maybe("ContentDefinitionReferenceId", content)
        .maybe("CpimIssuerTechnicalProfileReferenceId", issuer);
    writer.branch(tag, Origin::Declared(step.span, &step.overrides), |writer| {
        preconditions(writer, step.preconditions.as_deref());
        if let Some(one) = &step.claims_provider_selections {
            selections(writer, one);
        }
        if let Some(one) = &step.claims_exchanges {
            exchanges(writer, one);
        }
        writer.list("JourneyList", &step.journey_list, |writer, id| {
            writer.reference("Candidate", "SubJourneyReferenceId", Some(id));
        });
    });
}

pub(super) fn preconditions(writer: &mut Writer<'_>, preconditions: Option<&[Precondition]>) {
    writer.list("Preconditions", preconditions.unwrap_or_default(), |writer, one| {
        let tag = Tag::new("Precondition")
            .word("Type", one.kind.map(|one| one.value.name()))
            .maybe("ExecuteActionsIf", one.execute_actions_if.as_ref());
        writer.branch(tag, Origin::At(one.span), |writer| {
            one.values.iter().for_each(|value| writer.scalar("Value", Some(value)));
            let actions = one.actions.iter();
            actions.for_each(|one| writer.word("Action", Some(one), |one: &PreconditionAction| one.name()));
        });
    });
}

fn selections(writer: &mut Writer<'_>, selections: &ClaimsProviderSelections) {
    let tag = Tag::new("ClaimsProviderSelections")
        .word("DisplayOption", selections.display_option.map(|one| one.value.name()));
    writer.branch(tag, Origin::At(selections.span), |writer| {
        for one in &selections.selections {
            let tag = Tag::new("ClaimsProviderSelection")
                .maybe("TargetClaimsExchangeId", one.target_claims_exchange_id.as_ref())
                .maybe("ValidationClaimsExchangeId", one.validation_claims_exchange_id.as_ref());
            writer.empty(tag, Origin::At(one.span));
        }
    });
}

fn exchanges(writer: &mut Writer<'_>, exchanges: &ClaimsExchanges) {
    let tag = Tag::new("ClaimsExchanges").maybe("UserIdentity", exchanges.user_identity.as_ref());
    writer.branch(tag, Origin::At(exchanges.span), |writer| {
        for one in &exchanges.exchanges {
            let profile = one.technical_profile_reference_id.as_ref();
            let tag =
                Tag::new("ClaimsExchange").set("Id", &one.id).maybe("TechnicalProfileReferenceId", profile);
            writer.empty(tag, Origin::At(one.span));
        }
    });
}
