//! `ClientDefinitions`, `ContentDefinitions`, `Localization`, `DisplayControls`. Without `MergeBehavior`: it has had
//! its effect.

use vestibule_engine::syntax::{
    ClientDefinition, ContentDefinition, ControlAction, ControlClaim, DisplayControl, Localization,
    LocalizedResources,
};

use super::claim::enumeration;
use super::journey::preconditions;
use super::profile::item;
use super::writer::{Origin, Tag, Writer};

pub(super) fn client_definition(writer: &mut Writer<'_>, client: &ClientDefinition) {
    let tag = Tag::new("ClientDefinition").set("Id", &client.id);
    writer.branch(tag, Origin::Declared(client.span, &client.overrides), |writer| {
        writer.scalar("ClientUIFilterFlags", client.client_ui_filter_flags.as_ref());
    });
}

pub(super) fn content_definition(writer: &mut Writer<'_>, content: &ContentDefinition) {
    let tag = Tag::new("ContentDefinition").set("Id", &content.id);
    writer.branch(tag, Origin::Declared(content.span, &content.overrides), |writer| {
        writer.scalar("LoadUri", content.load_uri.as_ref());
        writer.scalar("RecoveryUri", content.recovery_uri.as_ref());
        writer.scalar("DataUri", content.data_uri.as_ref());
        writer.list("Metadata", &content.metadata, |writer, one| item(writer, "Item", "Key", one));
        let references = content.localized_resources_references.iter().flat_map(|one| &one.references);
        let references: Vec<_> = references.collect();
        writer.list("LocalizedResourcesReferences", &references, |writer, one| {
            let tag = Tag::new("LocalizedResourcesReference")
                .set("Language", &one.language)
                .maybe("Url", one.url.as_ref())
                .maybe("LocalizedResourcesReferenceId", one.localized_resources_reference_id.as_ref());
            writer.empty(tag, Origin::At(one.span));
        });
    });
}

pub(super) fn localization(writer: &mut Writer<'_>, localization: &Localization) {
    let tag = Tag::new("Localization").maybe("Enabled", localization.enabled.as_ref());
    writer.branch(tag, Origin::At(localization.span), |writer| {
        if let Some(languages) = &localization.supported_languages {
            let tag = Tag::new("SupportedLanguages")
                .maybe("DefaultLanguage", languages.default_language.as_ref())
                .maybe("PolicyLanguage", languages.policy_language.as_ref());
            writer.branch(tag, Origin::At(languages.span), |writer| {
                languages.languages.iter().for_each(|one| writer.scalar("SupportedLanguage", Some(one)));
            });
        }
        localization.localized_resources.iter().for_each(|one| resources(writer, one));
    });
}

pub(super) fn resources(writer: &mut Writer<'_>, resources: &LocalizedResources) {
    let tag = Tag::new("LocalizedResources")
        .maybe("Id", resources.id.as_ref())
        .maybe("Culture", resources.culture.as_ref());
    writer.branch(tag, Origin::Declared(resources.span, &resources.overrides), |writer| {
        writer.list("LocalizedCollections", &resources.localized_collections, |writer, collection| {
            let tag = Tag::new("LocalizedCollection")
                .set("ElementType", &collection.element_type)
                .set("ElementId", &collection.element_id)
                .set("TargetCollection", &collection.target_collection);
            writer.branch(tag, Origin::At(collection.span), |writer| {
                collection.items.iter().for_each(|one| enumeration(writer, "Item", one));
            });
        });
        writer.list("LocalizedStrings", &resources.localized_strings, |writer, string| {
            let tag = Tag::new("LocalizedString")
                .set("ElementType", &string.element_type)
                .maybe("ElementId", string.element_id.as_ref())
                .set("StringId", &string.string_id);
            writer.leaf(tag, &string.value, Origin::At(string.span));
        });
    });
}

pub(super) fn display_control(writer: &mut Writer<'_>, control: &DisplayControl) {
    let tag = Tag::new("DisplayControl")
        .set("Id", &control.id)
        .word("UserInterfaceControlType", control.user_interface_control_type.map(|one| one.value.name()))
        .maybe("DisplayName", control.display_name.as_ref());
    writer.branch(tag, Origin::Declared(control.span, &control.overrides), |writer| {
        writer.list("InputClaims", &control.input_claims, |writer, one| claim(writer, "InputClaim", one));
        writer.list("DisplayClaims", &control.display_claims, |writer, one| {
            let tag = Tag::new("DisplayClaim")
                .set("ClaimTypeReferenceId", &one.claim_type_reference_id)
                .maybe("ControlClaimType", one.control_claim_type.as_ref())
                .maybe("Required", one.required.as_ref());
            writer.empty(tag, Origin::At(one.span));
        });
        writer.list("OutputClaims", &control.output_claims, |writer, one| claim(writer, "OutputClaim", one));
        writer.list("Actions", &control.actions, action);
    });
}

fn claim(writer: &mut Writer<'_>, name: &'static str, claim: &ControlClaim) {
    let tag = Tag::new(name)
        .set("ClaimTypeReferenceId", &claim.claim_type_reference_id)
        .maybe("Required", claim.required.as_ref())
        .maybe("DefaultValue", claim.default_value.as_ref())
        .maybe("AlwaysUseDefaultValue", claim.always_use_default_value.as_ref());
    writer.empty(tag, Origin::At(claim.span));
}

fn action(writer: &mut Writer<'_>, action: &ControlAction) {
    let tag = Tag::new("Action").set("Id", &action.id);
    writer.branch(tag, Origin::At(action.span), |writer| {
        writer.list("ValidationClaimsExchange", &action.technical_profiles, |writer, profile| {
            let tag = Tag::new("ValidationClaimsExchangeTechnicalProfile")
                .set("TechnicalProfileReferenceId", &profile.technical_profile_reference_id)
                .maybe("ContinueOnSuccess", profile.continue_on_success.as_ref())
                .maybe("ContinueOnError", profile.continue_on_error.as_ref());
            writer.branch(tag, Origin::At(profile.span), |writer| {
                preconditions(writer, profile.preconditions.as_deref());
            });
        });
    });
}
