//! `ClaimsProviders` and `TechnicalProfile` (policy-language 5.1–5.5).

use super::journey::Precondition;
use super::value::{
    EnabledForUserJourneys, ErrorHandlingAction, ErrorResponseFormat, ProtocolName, TokenFormat,
};
use crate::source::{Span, Spanned};

/// `ClaimsProvider`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimsProvider {
    /// The start tag.
    pub span: Span,
    /// Its own names.
    pub names: ProviderNames,
    /// `TechnicalProfiles/TechnicalProfile`.
    pub technical_profiles: Vec<TechnicalProfile>,
}

/// What a `ClaimsProvider` says about all its profiles.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProviderNames {
    /// `Domains/Domain` and `Domain`: compared with `domain_hint`.
    pub domains: Vec<Spanned<String>>,
    /// `DisplayName`.
    pub display_name: Option<Spanned<String>>,
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
