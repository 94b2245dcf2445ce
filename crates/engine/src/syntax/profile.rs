//! `ClaimsProviders` and `TechnicalProfile` (policy-language 5.1–5.5).

use std::collections::HashMap;
use std::sync::Arc;

use super::journey::Precondition;
use super::read::{boolean, int, not_empty};
use super::value::{
    EnabledForUserJourneys, ErrorHandlingAction, ErrorResponseFormat, ProtocolName, TokenFormat, fold,
};
use super::xml::Element;
use crate::diagnostic::{Diagnostic, codes};
use crate::message::message;
use crate::source::{Span, Spanned};

/// `ClaimsProvider`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimsProvider {
    /// The start tag.
    pub span: Span,
    /// Its own names.
    pub names: ProviderNames,
    /// `TechnicalProfiles/TechnicalProfile`.
    pub technical_profiles: Vec<Arc<TechnicalProfile>>,
}

/// What a `ClaimsProvider` says about all its profiles. Shared, not copied: a hostile provider could have thousands of
/// domains as well as thousands of profiles.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProviderNames {
    /// `Domains/Domain` and `Domain`: compared with `domain_hint`.
    pub domains: Arc<[Spanned<String>]>,
    /// `DisplayName`.
    pub display_name: Option<Arc<Spanned<String>>>,
}

/// `TechnicalProfile`, of a provider or of the relying party.
#[derive(Debug, Clone, PartialEq)]
pub struct TechnicalProfile {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// The names of the `ClaimsProvider` around it, copied here because providers have no id and profiles are merged
    /// one by one (policy-language 2.2).
    pub provider: ProviderNames,
    /// `Domains/Domain` and `Domain` of the profile itself; they stand before the provider's.
    pub domains: Vec<Spanned<String>>,
    /// `DisplayName`.
    pub display_name: Option<Spanned<String>>,
    /// `Description`.
    pub description: Option<Spanned<String>>,
    /// `Protocol`.
    pub protocol: Option<Protocol>,
    /// `InputTokenFormat`.
    pub input_token_format: Option<Spanned<TokenFormat>>,
    /// `OutputTokenFormat`.
    pub output_token_format: Option<Spanned<TokenFormat>>,
    /// `AssuranceLevelOfOutputClaims`, ignored.
    pub assurance_level_of_output_claims: Option<Spanned<String>>,
    /// `RequiredAssuranceLevelsOfInputClaims/RequiredAssuranceLevelOfInputClaims`, ignored.
    pub required_assurance_levels_of_input_claims: Vec<Spanned<String>>,
    /// `SubjectAuthenticationRequirements`.
    pub subject_authentication_requirements: Option<SubjectAuthenticationRequirements>,
    /// `Metadata/Item`. Within one file the last of two items with one key wins.
    pub metadata: Vec<Item>,
    /// `CryptographicKeys/Key`.
    pub cryptographic_keys: Vec<Key>,
    /// `Suppressions/Item`, ignored.
    pub suppressions: Vec<SuppressionItem>,
    /// `PreferredBinding`, ignored.
    pub preferred_binding: Option<Spanned<String>>,
    /// `IncludeInSso`; default true.
    pub include_in_sso: Option<Spanned<bool>>,
    /// `InputTokenSources/TechnicalProfile/@Id`.
    pub input_token_sources: Vec<Spanned<String>>,
    /// `InputClaimsTransformations/InputClaimsTransformation/@ReferenceId`.
    pub input_claims_transformations: Vec<Spanned<String>>,
    /// `InputClaims/InputClaim`.
    pub input_claims: Vec<ClaimReference>,
    /// `DisplayClaims/DisplayClaim`.
    pub display_claims: Vec<DisplayClaim>,
    /// `PersistedClaims/PersistedClaim`.
    pub persisted_claims: Vec<PersistedClaim>,
    /// `OutputClaims/OutputClaim`.
    pub output_claims: Vec<ClaimReference>,
    /// `OutputClaimsTransformations/OutputClaimsTransformation/@ReferenceId`.
    pub output_claims_transformations: Vec<Spanned<String>>,
    /// `ValidationTechnicalProfiles/ValidationTechnicalProfile`.
    pub validation_technical_profiles: Vec<ValidationTechnicalProfile>,
    /// `SubjectNamingInfo`.
    pub subject_naming_info: Option<SubjectNamingInfo>,
    /// `IncludeClaimsFromTechnicalProfile`, a profile's id.
    pub include_claims_from_technical_profile: Option<Spanned<String>>,
    /// `IncludeTechnicalProfile/@ReferenceId`.
    pub include_technical_profile: Option<Spanned<String>>,
    /// `UseTechnicalProfileForSessionManagement/@ReferenceId`.
    pub use_technical_profile_for_session_management: Option<Spanned<String>>,
    /// `ErrorHandlers/ErrorHandler`.
    pub error_handlers: Vec<ErrorHandler>,
    /// `EnabledForUserJourneys`.
    pub enabled_for_user_journeys: Option<Spanned<EnabledForUserJourneys>>,
}

/// `Protocol`.
#[derive(Debug, Clone, PartialEq)]
pub struct Protocol {
    /// The start tag.
    pub span: Span,
    /// `@Name`.
    pub name: Option<Spanned<ProtocolName>>,
    /// `@Handler`: a .NET class name, only with `Proprietary`.
    pub handler: Option<Spanned<String>>,
}

/// `SubjectAuthenticationRequirements`.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectAuthenticationRequirements {
    /// The start tag.
    pub span: Span,
    /// `@TimeToLive` in minutes.
    pub time_to_live: Option<Spanned<i32>>,
    /// `@ResetExpiryWhenTokenIssued`.
    pub reset_expiry_when_token_issued: Option<Spanned<bool>>,
}

/// `Metadata/Item`; key and value are trimmed.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The start tag.
    pub span: Span,
    /// `@Key`.
    pub key: Spanned<String>,
    /// The text.
    pub value: Spanned<String>,
}

/// `CryptographicKeys/Key`.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The start tag.
    pub span: Span,
    /// `@Id`: what the key is for.
    pub id: Spanned<String>,
    /// `@StorageReferenceId`: the key container.
    pub storage_reference_id: Option<Spanned<String>>,
}

/// `Suppressions/Item`, ignored.
#[derive(Debug, Clone, PartialEq)]
pub struct SuppressionItem {
    /// The start tag.
    pub span: Span,
    /// `@Key`.
    pub key: Spanned<String>,
    /// `@Value`.
    pub value: Option<Spanned<String>>,
}

/// `InputClaim` or `OutputClaim` of a technical profile (policy-language 5.3).
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimReference {
    /// The start tag.
    pub span: Span,
    /// `@ClaimTypeReferenceId`.
    pub claim_type_reference_id: Spanned<String>,
    /// `@PartnerClaimType`.
    pub partner_claim_type: Option<Spanned<String>>,
    /// `@Required`; default false.
    pub required: Option<Spanned<bool>>,
    /// `@DefaultValue`.
    pub default_value: Option<Spanned<String>>,
    /// `@AlwaysUseDefaultValue`; default false.
    pub always_use_default_value: Option<Spanned<bool>>,
    /// `From/@TechnicalProfileReferenceId`.
    pub from: Vec<Spanned<String>>,
}

/// `DisplayClaim` of a technical profile: a claim type or a display control.
#[derive(Debug, Clone, PartialEq)]
pub struct DisplayClaim {
    /// The start tag.
    pub span: Span,
    /// `@ClaimTypeReferenceId`.
    pub claim_type_reference_id: Option<Spanned<String>>,
    /// `@DisplayControlReferenceId`.
    pub display_control_reference_id: Option<Spanned<String>>,
    /// `@Required`.
    pub required: Option<Spanned<bool>>,
}

/// `PersistedClaim`.
#[derive(Debug, Clone, PartialEq)]
pub struct PersistedClaim {
    /// The start tag.
    pub span: Span,
    /// `@ClaimTypeReferenceId`.
    pub claim_type_reference_id: Spanned<String>,
    /// `@PartnerClaimType`.
    pub partner_claim_type: Option<Spanned<String>>,
    /// `@DefaultValue`.
    pub default_value: Option<Spanned<String>>,
    /// `@OverwriteIfExists`.
    pub overwrite_if_exists: Option<Spanned<bool>>,
    /// `@AlwaysUseDefaultValue`.
    pub always_use_default_value: Option<Spanned<bool>>,
}

/// `ValidationTechnicalProfile`.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidationTechnicalProfile {
    /// The start tag.
    pub span: Span,
    /// `@ReferenceId`.
    pub reference_id: Spanned<String>,
    /// `@ContinueOnSuccess`; default true.
    pub continue_on_success: Option<Spanned<bool>>,
    /// `@ContinueOnError`; default false.
    pub continue_on_error: Option<Spanned<bool>>,
    /// `Preconditions/Precondition`; `None` if the element is absent.
    pub preconditions: Option<Vec<Precondition>>,
}

/// `SubjectNamingInfo`.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectNamingInfo {
    /// The start tag.
    pub span: Span,
    /// `@ClaimType`: the partner name of an output claim.
    pub claim_type: Option<Spanned<String>>,
    /// `@NameQualifier`.
    pub name_qualifier: Option<Spanned<String>>,
    /// `@SPNameQualifier`.
    pub sp_name_qualifier: Option<Spanned<String>>,
    /// `@Format`.
    pub format: Option<Spanned<String>>,
    /// `@SPProvidedID`.
    pub sp_provided_id: Option<Spanned<String>>,
    /// `@ExcludeAsClaim`.
    pub exclude_as_claim: Option<Spanned<bool>>,
}

/// `ErrorHandler`.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorHandler {
    /// The start tag.
    pub span: Span,
    /// `ErrorResponseFormat`.
    pub error_response_format: Option<Spanned<ErrorResponseFormat>>,
    /// `ResponseMatch`, a JSON path.
    pub response_match: Option<Spanned<String>>,
    /// `Action`.
    pub action: Option<Spanned<ErrorHandlingAction>>,
    /// `AdditionalRequestParameters`: `@Key` and text of each.
    pub additional_request_parameters: Vec<Item>,
}

impl ClaimsProvider {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        let names = ProviderNames {
            domains: read_domains(element).into(),
            display_name: element.text_of("DisplayName").map(Arc::new),
        };
        let profiles = element
            .required_one("TechnicalProfiles", |list| list.many("TechnicalProfile", TechnicalProfile::read))
            .unwrap_or_default();
        let named = |profile| Arc::new(TechnicalProfile { provider: names.clone(), ..profile });
        let technical_profiles = profiles.into_iter().map(named).collect();
        Self { span: element.span(), names, technical_profiles }
    }
}

/// `Domains/Domain`, then `Domain`.
fn read_domains(element: &mut Element<'_>) -> Vec<Spanned<String>> {
    let listed = element.full_list("Domains", "Domain", |domain| domain.own_typed(not_empty));
    let single = element.text_of("Domain").filter(|domain| !domain.is_empty());
    listed.into_iter().flatten().chain(single).collect()
}

impl TechnicalProfile {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        let id = element.key("Id");
        let mut profile = Self::named(element.span(), id);
        profile.read_head(element);
        profile.read_claims(element);
        profile.read_tail(element);
        profile
    }

    /// A profile that says nothing.
    fn named(span: Span, id: Spanned<String>) -> Self {
        Self {
            span,
            overrides: Vec::new(),
            id,
            provider: ProviderNames::default(),
            domains: Vec::new(),
            display_name: None,
            description: None,
            protocol: None,
            input_token_format: None,
            output_token_format: None,
            assurance_level_of_output_claims: None,
            required_assurance_levels_of_input_claims: Vec::new(),
            subject_authentication_requirements: None,
            metadata: Vec::new(),
            cryptographic_keys: Vec::new(),
            suppressions: Vec::new(),
            preferred_binding: None,
            include_in_sso: None,
            input_token_sources: Vec::new(),
            input_claims_transformations: Vec::new(),
            input_claims: Vec::new(),
            display_claims: Vec::new(),
            persisted_claims: Vec::new(),
            output_claims: Vec::new(),
            output_claims_transformations: Vec::new(),
            validation_technical_profiles: Vec::new(),
            subject_naming_info: None,
            include_claims_from_technical_profile: None,
            include_technical_profile: None,
            use_technical_profile_for_session_management: None,
            error_handlers: Vec::new(),
            enabled_for_user_journeys: None,
        }
    }

    /// The children up to the claims, in the schema's order.
    fn read_head(&mut self, element: &mut Element<'_>) {
        self.domains = read_domains(element);
        self.display_name = element.text_of("DisplayName");
        self.description = element.text_of("Description");
        self.protocol = element.one("Protocol", Protocol::read);
        self.input_token_format = element.choice_of("InputTokenFormat");
        self.output_token_format = element.choice_of("OutputTokenFormat");
        self.assurance_level_of_output_claims = element.text_of("AssuranceLevelOfOutputClaims");
        self.required_assurance_levels_of_input_claims = element.list(
            "RequiredAssuranceLevelsOfInputClaims",
            "RequiredAssuranceLevelOfInputClaims",
            Element::text,
        );
        self.subject_authentication_requirements =
            element.one("SubjectAuthenticationRequirements", SubjectAuthenticationRequirements::read);
        self.metadata = Item::read_metadata(element);
        self.cryptographic_keys = element.full_list("CryptographicKeys", "Key", Key::read);
        self.suppressions = element.full_list("Suppressions", "Item", SuppressionItem::read);
        self.preferred_binding = element.text_of("PreferredBinding");
        self.include_in_sso = element.typed_of("IncludeInSso", boolean);
        self.input_token_sources =
            element.full_list("InputTokenSources", "TechnicalProfile", |profile| profile.key("Id"));
    }

    /// Claims, transformations, validation profiles.
    fn read_claims(&mut self, element: &mut Element<'_>) {
        let reference = |child: &mut Element<'_>| child.key("ReferenceId");
        self.input_claims_transformations = element
            .full_lists("InputClaimsTransformations", "InputClaimsTransformation", reference)
            .unwrap_or_default();
        self.input_claims = element.list("InputClaims", "InputClaim", ClaimReference::read);
        self.display_claims = element.list("DisplayClaims", "DisplayClaim", DisplayClaim::read);
        self.persisted_claims = element.list("PersistedClaims", "PersistedClaim", PersistedClaim::read);
        self.output_claims = element.list("OutputClaims", "OutputClaim", ClaimReference::read);
        self.output_claims_transformations = element
            .full_lists("OutputClaimsTransformations", "OutputClaimsTransformation", reference)
            .unwrap_or_default();
        let lists = element.many("ValidationTechnicalProfiles", |list| {
            let profiles = list.some("ValidationTechnicalProfile", ValidationTechnicalProfile::read);
            list.unique(
                "ValidationTechnicalProfile ReferenceId",
                profiles.iter().map(|one| &one.reference_id),
            );
            profiles
        });
        self.validation_technical_profiles = lists.into_iter().flatten().collect();
    }

    /// What stands behind the claims.
    fn read_tail(&mut self, element: &mut Element<'_>) {
        self.subject_naming_info = element.one("SubjectNamingInfo", SubjectNamingInfo::read);
        element.one("Extensions", Element::anything);
        self.include_claims_from_technical_profile = element.text_of("IncludeClaimsFromTechnicalProfile");
        self.include_technical_profile = element.reference("IncludeTechnicalProfile", "ReferenceId");
        self.use_technical_profile_for_session_management =
            element.reference("UseTechnicalProfileForSessionManagement", "ReferenceId");
        self.error_handlers = element.list("ErrorHandlers", "ErrorHandler", ErrorHandler::read);
        self.enabled_for_user_journeys = element.choice_of("EnabledForUserJourneys");
    }
}

impl Protocol {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            name: element.required_choice("Name"),
            handler: element.attribute("Handler"),
        }
    }
}

impl SubjectAuthenticationRequirements {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            time_to_live: element.required_typed("TimeToLive", int),
            reset_expiry_when_token_issued: element.typed("ResetExpiryWhenTokenIssued", boolean),
        }
    }
}

impl Item {
    /// `Metadata/Item`; of two items with one key the last counts (policy-language 1.4).
    pub(super) fn read_metadata(element: &mut Element<'_>) -> Vec<Self> {
        let items = element.full_list("Metadata", "Item", |item| Self::read(item, "Key"));
        let mut last: HashMap<String, usize> = HashMap::new();
        for (at, item) in items.iter().enumerate() {
            if let Some(earlier) = last.insert(fold(&item.key), at).and_then(|at| items.get(at)) {
                let sentence = message!("the item `{}` is given again; the last one counts", item.key.value);
                let finding = Diagnostic::warning(codes::REPEATED_ITEM, item.key.span, sentence);
                element.report(finding.also(earlier.key.span, "not used"));
            }
        }
        let counts = |(at, item): (usize, Self)| (last.get(&fold(&item.key)) == Some(&at)).then_some(item);
        items.into_iter().enumerate().filter_map(counts).collect()
    }

    pub(super) fn read(element: &mut Element<'_>, key: &'static str) -> Self {
        let key = element.key(key).map(|key| key.trim().to_owned());
        Self { span: element.span(), key, value: element.text() }
    }
}

impl Key {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            id: element.key("Id"),
            storage_reference_id: element.required("StorageReferenceId"),
        }
    }
}

impl SuppressionItem {
    fn read(element: &mut Element<'_>) -> Self {
        Self { span: element.span(), key: element.key("Key"), value: element.required("Value") }
    }
}

impl ClaimReference {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            claim_type_reference_id: element.key("ClaimTypeReferenceId"),
            partner_claim_type: element.attribute("PartnerClaimType"),
            required: element.typed("Required", boolean),
            default_value: element.attribute("DefaultValue"),
            always_use_default_value: element.typed("AlwaysUseDefaultValue", boolean),
            from: element.many("From", |from| from.key("TechnicalProfileReferenceId")),
        }
    }
}

impl DisplayClaim {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            claim_type_reference_id: element.attribute("ClaimTypeReferenceId"),
            display_control_reference_id: element.attribute("DisplayControlReferenceId"),
            required: element.typed("Required", boolean),
        }
    }
}

impl PersistedClaim {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            claim_type_reference_id: element.key("ClaimTypeReferenceId"),
            partner_claim_type: element.attribute("PartnerClaimType"),
            default_value: element.attribute("DefaultValue"),
            overwrite_if_exists: element.typed("OverwriteIfExists", boolean),
            always_use_default_value: element.typed("AlwaysUseDefaultValue", boolean),
        }
    }
}

impl ValidationTechnicalProfile {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            reference_id: element.key("ReferenceId"),
            continue_on_success: element.typed("ContinueOnSuccess", boolean),
            continue_on_error: element.typed("ContinueOnError", boolean),
            preconditions: Precondition::read_all(element),
        }
    }
}

impl SubjectNamingInfo {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            claim_type: element.required("ClaimType"),
            name_qualifier: element.attribute("NameQualifier"),
            sp_name_qualifier: element.attribute("SPNameQualifier"),
            format: element.attribute("Format"),
            sp_provided_id: element.attribute("SPProvidedID"),
            exclude_as_claim: element.typed("ExcludeAsClaim", boolean),
        }
    }
}

impl ErrorHandler {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            error_response_format: element.choice_of("ErrorResponseFormat"),
            response_match: element.required_text_of("ResponseMatch"),
            action: element.required_one("Action", Element::own_choice).flatten(),
            additional_request_parameters: element
                .many("AdditionalRequestParameters", |parameter| Item::read(parameter, "Key")),
        }
    }
}
