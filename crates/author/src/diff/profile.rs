//! What technical profiles say. In: a policy. Out: facts.
//!
//! Not said, because it has no effect: descriptions, assurance levels, suppressions, the preferred binding. Includes are
//! already laid in.

use vestibule_engine::syntax::{
    ClaimReference, DisplayClaim, EnabledForUserJourneys, PersistedClaim, TechnicalProfile,
    ValidationTechnicalProfile,
};

use super::Sort;
use super::facts::{Part, Parts, flag, join, text, with, word};
use crate::feature::Feature;
use crate::set::Member;
use crate::words;

/// Adds every profile.
pub(super) fn add(member: &Member, parts: &mut Parts) {
    for profile in &member.tree.technical_profiles {
        let mut part = Part::new(&profile.id, Feature::of(member, profile).words());
        say(profile, &mut part);
        parts.add(Sort::Profile, part);
    }
}

/// All that a profile says; also the relying party's.
pub(super) fn say(profile: &TechnicalProfile, part: &mut Part) {
    head(profile, part);
    for id in &profile.input_claims_transformations {
        transformation("input transformation", id, part);
    }
    for claim in &profile.input_claims {
        claim_of("input claim", claim, part);
    }
    for claim in &profile.display_claims {
        displayed(claim, part);
    }
    for claim in &profile.persisted_claims {
        persisted(claim, part);
    }
    for claim in &profile.output_claims {
        claim_of("output claim", claim, part);
    }
    for id in &profile.output_claims_transformations {
        transformation("output transformation", id, part);
    }
    for validation in &profile.validation_technical_profiles {
        validated(validation, part);
    }
    tail(profile, part);
}

fn head(profile: &TechnicalProfile, part: &mut Part) {
    part.say("display name", text(profile.display_name.as_ref()));
    let given = profile.provider.display_name.as_ref().filter(|_| profile.display_name.is_none());
    part.say("claims provider's name", given.map(|name| name.value.clone()));
    let domains = profile.domains.iter().chain(profile.provider.domains.iter());
    for domain in domains {
        part.list("domain", domain, "");
    }
    if let Some(protocol) = &profile.protocol {
        part.say("protocol", protocol.name.map(|name| name.value.name()));
        let class = protocol.handler.as_ref().map(|handler| handler.split(',').next().unwrap_or_default());
        part.say("handler", class.map(str::trim));
    }
    part.say("input token format", profile.input_token_format.map(|format| format.value.name()));
    part.say("output token format", profile.output_token_format.map(|format| format.value.name()));
    for item in &profile.metadata {
        part.list("metadata", &item.key, item.value.value.clone());
        match item.key.to_ascii_lowercase().as_str() {
            "contentdefinitionreferenceid" => part.uses(Sort::Content, &item.value),
            "refreshtokenuserjourneyid" | "clientcredentialsuserjourneyid" => {
                part.uses(Sort::Journey, &item.value);
            }
            _ => {}
        }
    }
    for key in &profile.cryptographic_keys {
        part.list("key", &key.id, text(key.storage_reference_id.as_ref()).unwrap_or_default());
    }
    part.say("in single sign-on", (!flag(profile.include_in_sso.as_ref(), true)).then_some("no"));
}

fn tail(profile: &TechnicalProfile, part: &mut Part) {
    if let Some(subject) = &profile.subject_naming_info {
        part.say("subject", text(subject.claim_type.as_ref()));
        part.say("subject format", text(subject.format.as_ref()));
        part.say("subject is no claim", subject.exclude_as_claim.filter(|flag| flag.value).map(|_| "yes"));
    }
    if let Some(id) = &profile.use_technical_profile_for_session_management {
        part.say("session provider", Some(id.value.clone()));
        part.uses(Sort::Profile, id);
    }
    for source in &profile.input_token_sources {
        part.list("token source", source, "");
        part.uses(Sort::Profile, source);
    }
    if let Some(one) = &profile.subject_authentication_requirements {
        let minutes = one.time_to_live.map(|minutes| format!("{} minutes", minutes.value));
        part.say("authentication holds", minutes);
        let reset = one.reset_expiry_when_token_issued.filter(|flag| flag.value);
        part.say("authentication is renewed with a token", reset.map(|_| "yes"));
    }
    for handler in &profile.error_handlers {
        let path = text(handler.response_match.as_ref()).unwrap_or_default();
        let parameters: Vec<String> = handler
            .additional_request_parameters
            .iter()
            .map(|one| format!("{}={}", one.key.value, one.value.value))
            .collect();
        let action = handler.action.map_or("", |action| action.value.name());
        part.list("error handler", &path, join([action.to_owned(), parameters.join(" ")]));
    }
    let enabled = profile.enabled_for_user_journeys.map(|enabled| enabled.value);
    part.say(
        "enabled",
        match enabled {
            None | Some(EnabledForUserJourneys::True | EnabledForUserJourneys::Always) => None,
            Some(EnabledForUserJourneys::False | EnabledForUserJourneys::Never) => Some("never"),
            Some(other) => Some(other.name()),
        },
    );
}

fn transformation(section: &'static str, id: &str, part: &mut Part) {
    part.list(section, id, "");
    part.uses(Sort::Transformation, id);
}

fn claim_of(section: &'static str, claim: &ClaimReference, part: &mut Part) {
    let value = join([
        with("as", claim.partner_claim_type.as_ref()),
        word(flag(claim.required.as_ref(), false), "required"),
        with("default", claim.default_value.as_ref()),
        word(flag(claim.always_use_default_value.as_ref(), false), "always the default"),
    ]);
    part.list(section, &claim.claim_type_reference_id, value);
    part.uses(Sort::Claim, &claim.claim_type_reference_id);
}

fn displayed(claim: &DisplayClaim, part: &mut Part) {
    let required = word(flag(claim.required.as_ref(), false), "required");
    if let Some(id) = &claim.claim_type_reference_id {
        part.list("display claim", id, required);
        part.uses(Sort::Claim, id);
    } else if let Some(id) = &claim.display_control_reference_id {
        part.list("display control", id, required);
        part.uses(Sort::Control, id);
    }
}

fn persisted(claim: &PersistedClaim, part: &mut Part) {
    let value = join([
        with("as", claim.partner_claim_type.as_ref()),
        with("default", claim.default_value.as_ref()),
        word(flag(claim.always_use_default_value.as_ref(), false), "always the default"),
        word(!flag(claim.overwrite_if_exists.as_ref(), true), "only if there is none yet"),
    ]);
    part.list("persisted claim", &claim.claim_type_reference_id, value);
    part.uses(Sort::Claim, &claim.claim_type_reference_id);
}

fn validated(one: &ValidationTechnicalProfile, part: &mut Part) {
    let value = join([
        word(flag(one.continue_on_error.as_ref(), false), "goes on after an error"),
        word(!flag(one.continue_on_success.as_ref(), true), "stops after success"),
        words::skipped(one.preconditions.as_ref()).unwrap_or_default(),
    ]);
    part.list("validation profile", &one.reference_id, value);
    part.uses(Sort::Profile, &one.reference_id);
}
