//! `UserJourneys` and `SubJourneys` (policy-language 7 and 8).

use super::profile::Key;
use super::value::{
    DisplayOption, OrchestrationStepType, PreconditionAction, PreconditionType, SubJourneyType,
};
use crate::source::{Span, Spanned};

/// `UserJourney`.
#[derive(Debug, Clone, PartialEq)]
pub struct UserJourney {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `@NonInteractive`.
    pub non_interactive: Option<Spanned<bool>>,
    /// `@DefaultCpimIssuerTechnicalProfileReferenceId`.
    pub default_cpim_issuer_technical_profile_reference_id: Option<Spanned<String>>,
    /// `AssuranceLevel`, ignored.
    pub assurance_level: Option<Spanned<String>>,
    /// `PreserveOriginalAssertion`, ignored.
    pub preserve_original_assertion: Option<Spanned<bool>>,
    /// `Authorization/AuthorizationTechnicalProfiles/AuthorizationTechnicalProfile/@ReferenceId`.
    pub authorization_technical_profiles: Vec<Spanned<String>>,
    /// `OrchestrationSteps/OrchestrationStep`.
    pub orchestration_steps: Vec<OrchestrationStep>,
    /// `ClientDefinition/@ReferenceId`, ignored.
    pub client_definition: Option<Spanned<String>>,
    /// `CryptographicKeys/Key`.
    pub cryptographic_keys: Vec<Key>,
}

/// `SubJourney`.
#[derive(Debug, Clone, PartialEq)]
pub struct SubJourney {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `@Type`.
    pub kind: Option<Spanned<SubJourneyType>>,
    /// `OrchestrationSteps/OrchestrationStep`.
    pub orchestration_steps: Vec<OrchestrationStep>,
}

/// `OrchestrationStep`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrchestrationStep {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Order`.
    pub order: Spanned<i32>,
    /// `@Type`.
    pub kind: Option<Spanned<OrchestrationStepType>>,
    /// `@ContentDefinitionReferenceId`.
    pub content_definition_reference_id: Option<Spanned<String>>,
    /// `@CpimIssuerTechnicalProfileReferenceId`.
    pub cpim_issuer_technical_profile_reference_id: Option<Spanned<String>>,
    /// `Preconditions/Precondition`; `None` if the element is absent.
    pub preconditions: Option<Vec<Precondition>>,
    /// `ClaimsProviderSelections`.
    pub claims_provider_selections: Option<ClaimsProviderSelections>,
    /// `ClaimsExchanges`.
    pub claims_exchanges: Option<ClaimsExchanges>,
    /// `JourneyList/Candidate/@SubJourneyReferenceId`.
    pub journey_list: Vec<Spanned<String>>,
}

/// `Precondition`.
#[derive(Debug, Clone, PartialEq)]
pub struct Precondition {
    /// The start tag.
    pub span: Span,
    /// `@Type`.
    pub kind: Option<Spanned<PreconditionType>>,
    /// `@ExecuteActionsIf`.
    pub execute_actions_if: Option<Spanned<bool>>,
    /// `Value`: claim types, or a claim type and a literal.
    pub values: Vec<Spanned<String>>,
    /// `Action`.
    pub actions: Vec<Spanned<PreconditionAction>>,
}

/// `ClaimsProviderSelections`; several such elements of a step are one.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimsProviderSelections {
    /// The start tag.
    pub span: Span,
    /// `@DisplayOption`; default `DoNotShowSingleProvider`.
    pub display_option: Option<Spanned<DisplayOption>>,
    /// `ClaimsProviderSelection`.
    pub selections: Vec<ClaimsProviderSelection>,
}

/// `ClaimsProviderSelection`: exactly one of the two.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimsProviderSelection {
    /// The start tag.
    pub span: Span,
    /// `@TargetClaimsExchangeId`: an exchange of the next step.
    pub target_claims_exchange_id: Option<Spanned<String>>,
    /// `@ValidationClaimsExchangeId`: an exchange of the same step.
    pub validation_claims_exchange_id: Option<Spanned<String>>,
}

/// `ClaimsExchanges`; several such elements of a step are one.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimsExchanges {
    /// The start tag.
    pub span: Span,
    /// `@UserIdentity`; default false.
    pub user_identity: Option<Spanned<bool>>,
    /// `ClaimsExchange`.
    pub exchanges: Vec<ClaimsExchange>,
}

/// `ClaimsExchange`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimsExchange {
    /// The start tag.
    pub span: Span,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `@TechnicalProfileReferenceId`.
    pub technical_profile_reference_id: Option<Spanned<String>>,
}
