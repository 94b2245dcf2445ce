//! What the policy itself, its relying party and its journeys say. In: a policy. Out: facts.

use vestibule_engine::syntax::{DisplayOption, OrchestrationStep, UserJourneyBehaviors, fold};

use super::facts::{Fact, Part, Parts, StepFacts, flag, join, text};
use super::{Sort, profile};
use crate::set::{Member, exchanges};
use crate::words;

/// Adds them.
pub(super) fn add(member: &Member, parts: &mut Parts) {
    let tree = &member.tree;
    let mut own = Part::new("", "");
    own.say("tenant", text(tree.tenant_id.as_ref()));
    own.say("tenant's object id", text(tree.tenant_object_id.as_ref()));
    let mode = tree.deployment_mode.map(|mode| mode.value.name());
    own.say("deployment mode", Some(mode.unwrap_or("Production")));
    own.say("recorder", text(tree.user_journey_recorder_endpoint.as_ref()));
    parts.add(Sort::Policy, own);
    party(member, parts);
    for journey in &tree.user_journeys {
        let mut part = Part::new(&journey.id, format!("{} steps", journey.orchestration_steps.len()));
        let non_interactive = flag(journey.non_interactive.as_ref(), false);
        part.say("non-interactive", non_interactive.then_some("yes"));
        if let Some(id) = &journey.default_cpim_issuer_technical_profile_reference_id {
            part.say("default issuer", Some(id.value.clone()));
            part.uses(Sort::Profile, id);
        }
        for id in &journey.authorization_technical_profiles {
            part.list("authorization", id, "");
            part.uses(Sort::Profile, id);
        }
        part.steps = journey.orchestration_steps.iter().map(step).collect();
        parts.add(Sort::Journey, part);
    }
    for journey in &tree.sub_journeys {
        let mut part = Part::new(&journey.id, format!("{} steps", journey.orchestration_steps.len()));
        part.say("type", journey.kind.map(|kind| kind.value.name()));
        part.steps = journey.orchestration_steps.iter().map(step).collect();
        parts.add(Sort::SubJourney, part);
    }
}

fn party(member: &Member, parts: &mut Parts) {
    let Some(party) = &member.tree.relying_party else { return };
    let mut part = Part::new("", "");
    part.say("journey", text(party.default_user_journey.as_ref()));
    for endpoint in &party.endpoints {
        let journey = text(endpoint.user_journey_reference_id.as_ref()).unwrap_or_default();
        part.list("endpoint", &endpoint.id, journey);
    }
    for one in &party.technical_profiles {
        profile::say(one, &mut part);
    }
    for fact in &mut part.facts {
        // The relying party's output claims are what the token says.
        if fact.section == "output claim" {
            fact.section = "token claim";
        }
    }
    behaviour(party.user_journey_behaviors.as_ref(), &mut part);
    parts.add(Sort::Party, part);
}

/// What the behaviours amount to; the defaults are those of policy-language 9.2.
fn behaviour(one: Option<&UserJourneyBehaviors>, part: &mut Part) {
    let session = one.and_then(|one| one.single_sign_on.as_ref());
    let scope = session.and_then(|session| session.scope).map_or("Tenant", |scope| scope.value.name());
    part.say("single sign-on scope", Some(scope));
    let expiry = one.and_then(|one| one.session_expiry_type).map_or("Rolling", |kind| kind.value.name());
    part.say("session expiry", Some(expiry));
    let seconds = one.and_then(|one| one.session_expiry_in_seconds).map_or(86_400, |number| number.value);
    part.say("session lasts", Some(format!("{seconds} s")));
    let scripts = one.and_then(|one| one.script_execution).map_or("Disallow", |scripts| scripts.value.name());
    part.say("scripts", Some(scripts));
    if let Some(session) = session {
        let days = session.keep_alive_in_days.filter(|days| days.value != 0);
        part.say("keep me signed in", days.map(|days| format!("{} days", days.value)));
        let enforce = flag(session.enforce_id_token_hint_on_logout.as_ref(), false);
        part.say("sign-out needs a hint", enforce.then_some("yes"));
    }
    let Some(one) = one else { return };
    telemetry(one, part);
    for parameter in &one.content_definition_parameters {
        part.list("page parameter", &parameter.key, parameter.value.value.clone());
    }
    let framing = one.journey_framing.as_ref().filter(|framing| flag(framing.enabled.as_ref(), false));
    part.say("framing allowed by", framing.and_then(|framing| text(framing.sources.as_ref())));
    part.say("on error", one.on_error.map(|mode| mode.value.name()));
}

fn telemetry(one: &UserJourneyBehaviors, part: &mut Part) {
    let insights = one.journey_insights.as_ref();
    let key = insights.and_then(|insights| insights.instrumentation_key.as_ref());
    part.say("telemetry key", text(key.or(one.azure_application_insights.as_ref())));
    if let Some(insights) = insights {
        let developer = flag(insights.developer_mode.as_ref(), false);
        part.say("telemetry in developer mode", developer.then_some("yes"));
        let client = flag(insights.client_enabled.as_ref(), false);
        part.say("telemetry from the page", client.then_some("yes"));
        let server = flag(insights.server_enabled.as_ref(), true);
        part.say("telemetry from the server", (!server).then_some("no"));
    }
}

fn step(one: &OrchestrationStep) -> StepFacts {
    let mut part = Part::new("", "");
    let kind = one.kind.map(|kind| kind.value);
    part.say("type", kind.map(|kind| kind.name()));
    if let Some(id) = &one.content_definition_reference_id {
        part.say("page", Some(id.value.clone()));
        part.uses(Sort::Content, id);
    }
    if let Some(id) = &one.cpim_issuer_technical_profile_reference_id {
        part.say("issuer", Some(id.value.clone()));
        part.uses(Sort::Profile, id);
    }
    for precondition in one.preconditions.iter().flatten() {
        part.list("skipped if", &words::skips_if(precondition), "");
    }
    if let Some(all) = &one.claims_provider_selections {
        let single =
            all.display_option.is_some_and(|option| option.value == DisplayOption::ShowSingleProvider);
        part.say("a single provider is shown", single.then_some("yes"));
        for selection in &all.selections {
            let target = selection.target_claims_exchange_id.iter().map(|id| ("button", id));
            let form = selection.validation_claims_exchange_id.iter().map(|id| ("form", id));
            for (section, id) in target.chain(form) {
                part.list(section, id, "");
            }
        }
    }
    for (exchange, profile) in exchanges(one) {
        part.list("exchange", exchange, profile);
        part.uses(Sort::Profile, profile);
    }
    for id in &one.journey_list {
        part.list("sub-journey", id, "");
        part.uses(Sort::SubJourney, id);
    }
    let what = what(one);
    let signature = signature(&part.facts);
    StepFacts { order: one.order.value, what, signature, facts: part.facts, uses: part.uses }
}

fn what(one: &OrchestrationStep) -> String {
    let runs: Vec<&str> = exchanges(one).map(|(_, profile)| profile).collect();
    let subs: Vec<&str> = one.journey_list.iter().map(|id| id.as_str()).collect();
    let issuer = text(one.cpim_issuer_technical_profile_reference_id.as_ref()).unwrap_or_default();
    let runs = join([runs.join(" or "), subs.join(" or "), issuer]);
    let what = words::step(one.kind.map(|kind| kind.value));
    if runs.is_empty() { what.to_owned() } else { format!("{what}, {runs}") }
}

/// The step's type and the names of what it runs, not of its conditions.
fn signature(facts: &[Fact]) -> String {
    let counts = |fact: &&Fact| {
        matches!(fact.section, "exchange" | "sub-journey") || matches!(fact.name.as_str(), "type" | "issuer")
    };
    let mut names: Vec<String> =
        facts.iter().filter(counts).map(|fact| fold(&format!("{}={}", fact.name, fact.value))).collect();
    names.sort();
    names.join("\n")
}
