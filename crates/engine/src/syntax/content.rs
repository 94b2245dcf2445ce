//! `ClientDefinitions`, `ContentDefinitions`, `Localization`, `DisplayControls` (policy-language 4.5–4.8).

use std::sync::Arc;

use super::claim::EnumerationItem;
use super::journey::Precondition;
use super::profile::Item;
use super::read::{boolean, content_uri, culture};
use super::value::{MergeBehavior, UserInterfaceControlType};
use super::xml::Element;
use crate::source::{Span, Spanned};

/// `ClientDefinition`; without effect.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientDefinition {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `ClientUIFilterFlags`.
    pub client_ui_filter_flags: Option<Spanned<String>>,
}

/// `ContentDefinition`.
#[derive(Debug, Clone, PartialEq)]
pub struct ContentDefinition {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `LoadUri`, the page template.
    pub load_uri: Option<Spanned<String>>,
    /// `RecoveryUri`, unused.
    pub recovery_uri: Option<Spanned<String>>,
    /// `DataUri`, page type and version.
    pub data_uri: Option<Spanned<String>>,
    /// `Metadata/Item`.
    pub metadata: Vec<Item>,
    /// `LocalizedResourcesReferences`.
    pub localized_resources_references: Option<LocalizedResourcesReferences>,
}

/// `LocalizedResourcesReferences`.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalizedResourcesReferences {
    /// The start tag.
    pub span: Span,
    /// `@MergeBehavior`; absent: by language, the child wins.
    pub merge_behavior: Option<Spanned<MergeBehavior>>,
    /// `LocalizedResourcesReference`.
    pub references: Vec<LocalizedResourcesReference>,
}

/// `LocalizedResourcesReference`.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalizedResourcesReference {
    /// The start tag.
    pub span: Span,
    /// `@Language`.
    pub language: Spanned<String>,
    /// `@Url`.
    pub url: Option<Spanned<String>>,
    /// `@LocalizedResourcesReferenceId`.
    pub localized_resources_reference_id: Option<Spanned<String>>,
}

/// `Localization`.
#[derive(Debug, Clone, PartialEq)]
pub struct Localization {
    /// The start tag.
    pub span: Span,
    /// `@Enabled`; false or absent: the section is ignored.
    pub enabled: Option<Spanned<bool>>,
    /// `SupportedLanguages`.
    pub supported_languages: Option<SupportedLanguages>,
    /// `LocalizedResources`.
    pub localized_resources: Vec<Arc<LocalizedResources>>,
}

/// `SupportedLanguages`.
#[derive(Debug, Clone, PartialEq)]
pub struct SupportedLanguages {
    /// The start tag.
    pub span: Span,
    /// `@DefaultLanguage`.
    pub default_language: Option<Spanned<String>>,
    /// `@PolicyLanguage`.
    pub policy_language: Option<Spanned<String>>,
    /// `@MergeBehavior`; absent: `ReplaceAll`.
    pub merge_behavior: Option<Spanned<MergeBehavior>>,
    /// `SupportedLanguage`.
    pub languages: Vec<Spanned<String>>,
}

/// `LocalizedResources`.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalizedResources {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`; without one nothing can refer to it.
    pub id: Option<Spanned<String>>,
    /// `@Culture`.
    pub culture: Option<Spanned<String>>,
    /// `LocalizedCollections/LocalizedCollection`.
    pub localized_collections: Vec<LocalizedCollection>,
    /// `LocalizedStrings/LocalizedString`.
    pub localized_strings: Vec<LocalizedString>,
}

/// `LocalizedCollection`.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalizedCollection {
    /// The start tag.
    pub span: Span,
    /// `@ElementType`, `ClaimType`.
    pub element_type: Spanned<String>,
    /// `@ElementId`, a claim type.
    pub element_id: Spanned<String>,
    /// `@TargetCollection`, `Restriction`.
    pub target_collection: Spanned<String>,
    /// `Item`.
    pub items: Vec<EnumerationItem>,
}

/// `LocalizedString`.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalizedString {
    /// The start tag.
    pub span: Span,
    /// `@ElementType`.
    pub element_type: Spanned<String>,
    /// `@ElementId`.
    pub element_id: Option<Spanned<String>>,
    /// `@StringId`.
    pub string_id: Spanned<String>,
    /// The text.
    pub value: Spanned<String>,
}

/// `DisplayControl`.
#[derive(Debug, Clone, PartialEq)]
pub struct DisplayControl {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `@UserInterfaceControlType`.
    pub user_interface_control_type: Option<Spanned<UserInterfaceControlType>>,
    /// `@DisplayName` (newer than the schema).
    pub display_name: Option<Spanned<String>>,
    /// `InputClaims/InputClaim`.
    pub input_claims: Vec<ControlClaim>,
    /// `DisplayClaims/DisplayClaim`.
    pub display_claims: Vec<ControlDisplayClaim>,
    /// `OutputClaims/OutputClaim`.
    pub output_claims: Vec<ControlClaim>,
    /// `Actions/Action`.
    pub actions: Vec<ControlAction>,
}

/// `InputClaim` or `OutputClaim` of a display control.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlClaim {
    /// The start tag.
    pub span: Span,
    /// `@ClaimTypeReferenceId`.
    pub claim_type_reference_id: Spanned<String>,
    /// `@Required`.
    pub required: Option<Spanned<bool>>,
    /// `@DefaultValue`.
    pub default_value: Option<Spanned<String>>,
    /// `@AlwaysUseDefaultValue`.
    pub always_use_default_value: Option<Spanned<bool>>,
}

/// `DisplayClaim` of a display control.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlDisplayClaim {
    /// The start tag.
    pub span: Span,
    /// `@ClaimTypeReferenceId`.
    pub claim_type_reference_id: Spanned<String>,
    /// `@ControlClaimType`: the claim's part in the control, e.g. `VerificationCode`.
    pub control_claim_type: Option<Spanned<String>>,
    /// `@Required`.
    pub required: Option<Spanned<bool>>,
}

/// `Action` of a display control.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlAction {
    /// The start tag.
    pub span: Span,
    /// `@Id`, e.g. `SendCode`.
    pub id: Spanned<String>,
    /// `ValidationClaimsExchange/ValidationClaimsExchangeTechnicalProfile`.
    pub technical_profiles: Vec<ControlActionProfile>,
}

/// `ValidationClaimsExchangeTechnicalProfile`.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlActionProfile {
    /// The start tag.
    pub span: Span,
    /// `@TechnicalProfileReferenceId`.
    pub technical_profile_reference_id: Spanned<String>,
    /// `@ContinueOnSuccess`; default true.
    pub continue_on_success: Option<Spanned<bool>>,
    /// `@ContinueOnError`; default false.
    pub continue_on_error: Option<Spanned<bool>>,
    /// `Preconditions/Precondition`; `None` if the element is absent.
    pub preconditions: Option<Vec<Precondition>>,
}

impl ClientDefinition {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            id: element.key("Id"),
            client_ui_filter_flags: element.required_text_of("ClientUIFilterFlags"),
        }
    }
}

impl ContentDefinition {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            id: element.key("Id"),
            load_uri: element.one("LoadUri", |address| {
                // The schema leaves its type open.
                address.anything();
                address.any_attribute();
                address.text()
            }),
            recovery_uri: element.typed_of("RecoveryUri", content_uri),
            data_uri: element.typed_of("DataUri", content_uri),
            metadata: Item::read_metadata(element),
            localized_resources_references: element
                .one("LocalizedResourcesReferences", LocalizedResourcesReferences::read),
        }
    }
}

impl LocalizedResourcesReferences {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            merge_behavior: element.choice("MergeBehavior"),
            references: element.many("LocalizedResourcesReference", LocalizedResourcesReference::read),
        }
    }
}

impl LocalizedResourcesReference {
    fn read(element: &mut Element<'_>) -> Self {
        let language = element.key("Language");
        element.typed("Language", culture);
        Self {
            span: element.span(),
            language,
            url: element.attribute("Url"),
            localized_resources_reference_id: element.attribute("LocalizedResourcesReferenceId"),
        }
    }
}

impl Localization {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            enabled: element.typed("Enabled", boolean),
            supported_languages: element.one("SupportedLanguages", SupportedLanguages::read),
            localized_resources: element.many("LocalizedResources", super::shared(LocalizedResources::read)),
        }
    }
}

impl SupportedLanguages {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            default_language: element.typed("DefaultLanguage", culture),
            policy_language: element.typed("PolicyLanguage", culture),
            merge_behavior: element.choice("MergeBehavior"),
            languages: element
                .many("SupportedLanguage", |language| language.own_typed(culture))
                .into_iter()
                .flatten()
                .collect(),
        }
    }
}

impl LocalizedResources {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            culture: element.typed("Culture", culture),
            id: element.attribute("Id"),
            localized_collections: element.list(
                "LocalizedCollections",
                "LocalizedCollection",
                LocalizedCollection::read,
            ),
            localized_strings: element.list("LocalizedStrings", "LocalizedString", LocalizedString::read),
        }
    }
}

impl LocalizedCollection {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            element_type: element.key("ElementType"),
            element_id: element.key("ElementId"),
            target_collection: element.key("TargetCollection"),
            items: element.some("Item", EnumerationItem::read),
        }
    }
}

impl LocalizedString {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            element_type: element.key("ElementType"),
            element_id: element.attribute("ElementId"),
            string_id: element.key("StringId"),
            value: element.text(),
        }
    }
}

impl DisplayControl {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            id: element.key("Id"),
            user_interface_control_type: element.required_choice("UserInterfaceControlType"),
            display_name: element.attribute("DisplayName"),
            input_claims: element.list("InputClaims", "InputClaim", ControlClaim::read),
            display_claims: element.list("DisplayClaims", "DisplayClaim", ControlDisplayClaim::read),
            output_claims: element.list("OutputClaims", "OutputClaim", ControlClaim::read),
            actions: element.list("Actions", "Action", ControlAction::read),
        }
    }
}

impl ControlClaim {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            claim_type_reference_id: element.key("ClaimTypeReferenceId"),
            required: element.typed("Required", boolean),
            default_value: element.attribute("DefaultValue"),
            always_use_default_value: element.typed("AlwaysUseDefaultValue", boolean),
        }
    }
}

impl ControlDisplayClaim {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            claim_type_reference_id: element.key("ClaimTypeReferenceId"),
            control_claim_type: element.attribute("ControlClaimType"),
            required: element.typed("Required", boolean),
        }
    }
}

impl ControlAction {
    fn read(element: &mut Element<'_>) -> Self {
        let id = element.key("Id");
        let technical_profiles = element.required_one("ValidationClaimsExchange", |exchange| {
            exchange.some("ValidationClaimsExchangeTechnicalProfile", ControlActionProfile::read)
        });
        Self { span: element.span(), id, technical_profiles: technical_profiles.unwrap_or_default() }
    }
}

impl ControlActionProfile {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            technical_profile_reference_id: element.key("TechnicalProfileReferenceId"),
            continue_on_success: element.typed("ContinueOnSuccess", boolean),
            continue_on_error: element.typed("ContinueOnError", boolean),
            preconditions: Precondition::read_all(element),
        }
    }
}
