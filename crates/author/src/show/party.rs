//! `RelyingParty`.

use vestibule_engine::syntax::{
    RelyingParty, ScriptExecution, SessionExpiryType, SingleSignOn, UserJourneyBehaviors,
};

use super::profile::{item, technical_profile};
use super::writer::{Origin, Tag, Writer};

pub(super) fn relying_party(writer: &mut Writer<'_>, party: &RelyingParty) {
    writer.branch(Tag::new("RelyingParty"), Origin::Declared(party.span, &[]), |writer| {
        writer.reference("DefaultUserJourney", "ReferenceId", party.default_user_journey.as_ref());
        writer.list("Endpoints", &party.endpoints, |writer, one| {
            let journey = one.user_journey_reference_id.as_ref();
            let tag = Tag::new("Endpoint").set("Id", &one.id).maybe("UserJourneyReferenceId", journey);
            writer.empty(tag, Origin::At(one.span));
        });
        if let Some(one) = &party.user_journey_behaviors {
            behaviors(writer, one);
        }
        party.technical_profiles.iter().for_each(|one| technical_profile(writer, one));
    });
}

fn behaviors(writer: &mut Writer<'_>, all: &UserJourneyBehaviors) {
    writer.branch(Tag::new("UserJourneyBehaviors"), Origin::At(all.span), |writer| {
        if let Some(one) = &all.single_sign_on {
            single_sign_on(writer, one);
        }
        let expiry = all.session_expiry_type.as_ref();
        writer.word("SessionExpiryType", expiry, |one: &SessionExpiryType| one.name());
        writer.scalar("SessionExpiryInSeconds", all.session_expiry_in_seconds.as_ref());
        let insights = all.azure_application_insights.as_ref();
        writer.reference("AzureApplicationInsights", "InstrumentationKey", insights);
        if let Some(one) = &all.journey_insights {
            let tag = Tag::new("JourneyInsights")
                .word("TelemetryEngine", one.telemetry_engine.map(|one| one.value.name()))
                .maybe("InstrumentationKey", one.instrumentation_key.as_ref())
                .maybe("DeveloperMode", one.developer_mode.as_ref())
                .maybe("ClientEnabled", one.client_enabled.as_ref())
                .maybe("ServerEnabled", one.server_enabled.as_ref())
                .maybe("TelemetryVersion", one.telemetry_version.as_ref());
            writer.empty(tag, Origin::At(one.span));
        }
        let parameters = &all.content_definition_parameters;
        writer.list("ContentDefinitionParameters", parameters, |writer, one| {
            item(writer, "Parameter", "Name", one);
        });
        if let Some(one) = &all.journey_framing {
            let tag = Tag::new("JourneyFraming")
                .maybe("Enabled", one.enabled.as_ref())
                .maybe("Sources", one.sources.as_ref());
            writer.empty(tag, Origin::At(one.span));
        }
        let script = all.script_execution.as_ref();
        writer.word("ScriptExecution", script, |one: &ScriptExecution| one.name());
        if let Some(mode) = &all.on_error {
            writer.empty(Tag::new("OnError").set("Mode", mode.value.name()), Origin::At(mode.span));
        }
    });
}

fn single_sign_on(writer: &mut Writer<'_>, one: &SingleSignOn) {
    let hint = one.enforce_id_token_hint_on_logout.as_ref();
    let tag = Tag::new("SingleSignOn")
        .word("Scope", one.scope.map(|one| one.value.name()))
        .maybe("KeepAliveInDays", one.keep_alive_in_days.as_ref())
        .maybe("EnforceIdTokenHintOnLogout", hint);
    writer.empty(tag, Origin::At(one.span));
}
