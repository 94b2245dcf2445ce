//! `ClaimsProviders` and `TechnicalProfile`.

use std::sync::Arc;

use vestibule_engine::syntax::{
    ClaimReference, EnabledForUserJourneys, ErrorHandler, ErrorHandlingAction, ErrorResponseFormat, Item,
    Key, PersistedClaim, ProviderNames, TechnicalProfile, TokenFormat,
};

use super::journey::preconditions;
use super::writer::{Origin, Tag, Writer};

/// All profiles in order, those of one provider's names that follow each other in one provider.
pub(super) fn providers(writer: &mut Writer<'_>, profiles: &[Arc<TechnicalProfile>]) {
    for group in profiles.chunk_by(|one, next| same(&one.provider, &next.provider)) {
        let Some(first) = group.first() else { continue };
        writer.branch(Tag::new("ClaimsProvider"), Origin::None, |writer| {
            domains(writer, &first.provider.domains);
            writer.scalar("DisplayName", first.provider.display_name.as_deref());
            writer.list("TechnicalProfiles", group, |writer, one| technical_profile(writer, one));
        });
    }
}

/// Whether two providers are called the same, wherever they stand.
fn same(one: &ProviderNames, other: &ProviderNames) -> bool {
    let name = |names: &ProviderNames| names.display_name.as_deref().map(|name| name.value.clone());
    let domains =
        |names: &ProviderNames| names.domains.iter().map(|one| one.value.clone()).collect::<Vec<_>>();
    name(one) == name(other) && domains(one) == domains(other)
}

fn domains(writer: &mut Writer<'_>, domains: &[vestibule_engine::source::Spanned<String>]) {
    match domains {
        [one] => writer.scalar("Domain", Some(one)),
        all => writer.list("Domains", all, |writer, one| writer.scalar("Domain", Some(one))),
    }
}

pub(super) fn technical_profile(writer: &mut Writer<'_>, profile: &TechnicalProfile) {
    let tag = Tag::new("TechnicalProfile").set("Id", &profile.id);
    writer.branch(tag, Origin::Declared(profile.span, &profile.overrides), |writer| {
        head(writer, profile);
        claims(writer, profile);
        tail(writer, profile);
    });
}

/// The children up to the claims, in the schema's order.
fn head(writer: &mut Writer<'_>, profile: &TechnicalProfile) {
    domains(writer, &profile.domains);
    writer.scalar("DisplayName", profile.display_name.as_ref());
    writer.scalar("Description", profile.description.as_ref());
    if let Some(protocol) = &profile.protocol {
        let tag = Tag::new("Protocol")
            .word("Name", protocol.name.map(|one| one.value.name()))
            .maybe("Handler", protocol.handler.as_ref());
        writer.empty(tag, Origin::At(protocol.span));
    }
    writer.word("InputTokenFormat", profile.input_token_format.as_ref(), |one: &TokenFormat| one.name());
    writer.word("OutputTokenFormat", profile.output_token_format.as_ref(), |one: &TokenFormat| one.name());
    writer.scalar("AssuranceLevelOfOutputClaims", profile.assurance_level_of_output_claims.as_ref());
    writer.list(
        "RequiredAssuranceLevelsOfInputClaims",
        &profile.required_assurance_levels_of_input_claims,
        |writer, one| writer.scalar("RequiredAssuranceLevelOfInputClaims", Some(one)),
    );
    if let Some(one) = &profile.subject_authentication_requirements {
        let tag = Tag::new("SubjectAuthenticationRequirements")
            .maybe("TimeToLive", one.time_to_live.as_ref())
            .maybe("ResetExpiryWhenTokenIssued", one.reset_expiry_when_token_issued.as_ref());
        writer.empty(tag, Origin::At(one.span));
    }
    writer.list("Metadata", &profile.metadata, |writer, one| item(writer, "Item", "Key", one));
    writer.list("CryptographicKeys", &profile.cryptographic_keys, key);
    writer.list("Suppressions", &profile.suppressions, |writer, one| {
        let tag = Tag::new("Item").set("Key", &one.key).maybe("Value", one.value.as_ref());
        writer.empty(tag, Origin::At(one.span));
    });
    writer.scalar("PreferredBinding", profile.preferred_binding.as_ref());
    writer.scalar("IncludeInSso", profile.include_in_sso.as_ref());
    writer.list("InputTokenSources", &profile.input_token_sources, |writer, id| {
        writer.reference("TechnicalProfile", "Id", Some(id));
    });
}

fn claims(writer: &mut Writer<'_>, profile: &TechnicalProfile) {
    writer.list("InputClaimsTransformations", &profile.input_claims_transformations, |writer, id| {
        writer.reference("InputClaimsTransformation", "ReferenceId", Some(id));
    });
    writer.list("InputClaims", &profile.input_claims, |writer, one| claim(writer, "InputClaim", one));
    writer.list("DisplayClaims", &profile.display_claims, |writer, one| {
        let tag = Tag::new("DisplayClaim")
            .maybe("ClaimTypeReferenceId", one.claim_type_reference_id.as_ref())
            .maybe("DisplayControlReferenceId", one.display_control_reference_id.as_ref())
            .maybe("Required", one.required.as_ref());
        writer.empty(tag, Origin::At(one.span));
    });
    writer.list("PersistedClaims", &profile.persisted_claims, persisted);
    writer.list("OutputClaims", &profile.output_claims, |writer, one| claim(writer, "OutputClaim", one));
    writer.list("OutputClaimsTransformations", &profile.output_claims_transformations, |writer, id| {
        writer.reference("OutputClaimsTransformation", "ReferenceId", Some(id));
    });
    writer.list("ValidationTechnicalProfiles", &profile.validation_technical_profiles, |writer, one| {
        let tag = Tag::new("ValidationTechnicalProfile")
            .set("ReferenceId", &one.reference_id)
            .maybe("ContinueOnSuccess", one.continue_on_success.as_ref())
            .maybe("ContinueOnError", one.continue_on_error.as_ref());
        writer.branch(tag, Origin::At(one.span), |writer| {
            preconditions(writer, one.preconditions.as_deref());
        });
    });
}

fn tail(writer: &mut Writer<'_>, profile: &TechnicalProfile) {
    if let Some(one) = &profile.subject_naming_info {
        let tag = Tag::new("SubjectNamingInfo")
            .maybe("ClaimType", one.claim_type.as_ref())
            .maybe("NameQualifier", one.name_qualifier.as_ref())
            .maybe("SPNameQualifier", one.sp_name_qualifier.as_ref())
            .maybe("Format", one.format.as_ref())
            .maybe("SPProvidedID", one.sp_provided_id.as_ref())
            .maybe("ExcludeAsClaim", one.exclude_as_claim.as_ref());
        writer.empty(tag, Origin::At(one.span));
    }
    let include = &profile.include_claims_from_technical_profile;
    writer.scalar("IncludeClaimsFromTechnicalProfile", include.as_ref());
    let include = &profile.include_technical_profile;
    writer.reference("IncludeTechnicalProfile", "ReferenceId", include.as_ref());
    let session = &profile.use_technical_profile_for_session_management;
    writer.reference("UseTechnicalProfileForSessionManagement", "ReferenceId", session.as_ref());
    writer.list("ErrorHandlers", &profile.error_handlers, error_handler);
    let enabled = profile.enabled_for_user_journeys.as_ref();
    writer.word("EnabledForUserJourneys", enabled, |one: &EnabledForUserJourneys| one.name());
}

/// An element with a key and a text.
pub(super) fn item(writer: &mut Writer<'_>, name: &'static str, key: &'static str, item: &Item) {
    writer.leaf(Tag::new(name).set(key, &item.key), &item.value, Origin::At(item.span));
}

pub(super) fn key(writer: &mut Writer<'_>, key: &Key) {
    let tag =
        Tag::new("Key").set("Id", &key.id).maybe("StorageReferenceId", key.storage_reference_id.as_ref());
    writer.empty(tag, Origin::At(key.span));
}

fn claim(writer: &mut Writer<'_>, name: &'static str, claim: &ClaimReference) {
    let tag = Tag::new(name)
        .set("ClaimTypeReferenceId", &claim.claim_type_reference_id)
        .maybe("PartnerClaimType", claim.partner_claim_type.as_ref())
        .maybe("Required", claim.required.as_ref())
        .maybe("DefaultValue", claim.default_value.as_ref())
        .maybe("AlwaysUseDefaultValue", claim.always_use_default_value.as_ref());
    writer.branch(tag, Origin::At(claim.span), |writer| {
        claim.from.iter().for_each(|id| writer.reference("From", "TechnicalProfileReferenceId", Some(id)));
    });
}

fn persisted(writer: &mut Writer<'_>, claim: &PersistedClaim) {
    let tag = Tag::new("PersistedClaim")
        .set("ClaimTypeReferenceId", &claim.claim_type_reference_id)
        .maybe("PartnerClaimType", claim.partner_claim_type.as_ref())
        .maybe("DefaultValue", claim.default_value.as_ref())
        .maybe("OverwriteIfExists", claim.overwrite_if_exists.as_ref())
        .maybe("AlwaysUseDefaultValue", claim.always_use_default_value.as_ref());
    writer.empty(tag, Origin::At(claim.span));
}

fn error_handler(writer: &mut Writer<'_>, handler: &ErrorHandler) {
    writer.branch(Tag::new("ErrorHandler"), Origin::At(handler.span), |writer| {
        let format = handler.error_response_format.as_ref();
        writer.word("ErrorResponseFormat", format, |one: &ErrorResponseFormat| one.name());
        writer.scalar("ResponseMatch", handler.response_match.as_ref());
        writer.word("Action", handler.action.as_ref(), |one: &ErrorHandlingAction| one.name());
        let parameters = handler.additional_request_parameters.iter();
        parameters.for_each(|one| item(writer, "AdditionalRequestParameters", "Key", one));
    });
}
