//! `UserJourneys` and `SubJourneys` (policy-language 7 and 8).

use super::profile::Key;
use super::read::{boolean, int};
use super::value::{
    DisplayOption, OrchestrationStepType, PreconditionAction, PreconditionType, SubJourneyType,
};
use super::xml::Element;
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

impl UserJourney {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            id: element.key("Id"),
            non_interactive: element.typed("NonInteractive", boolean),
            default_cpim_issuer_technical_profile_reference_id: element
                .attribute("DefaultCpimIssuerTechnicalProfileReferenceId"),
            assurance_level: element.text_of("AssuranceLevel"),
            preserve_original_assertion: element.typed_of("PreserveOriginalAssertion", boolean),
            authorization_technical_profiles: element
                .one("Authorization", read_authorization)
                .unwrap_or_default(),
            orchestration_steps: OrchestrationStep::read_all(element),
            client_definition: element
                .one("ClientDefinition", |child| child.attribute("ReferenceId"))
                .flatten(),
            cryptographic_keys: element.full_list("CryptographicKeys", "Key", Key::read),
        }
    }
}

fn read_authorization(element: &mut Element<'_>) -> Vec<Spanned<String>> {
    let profiles =
        element.full_list("AuthorizationTechnicalProfiles", "AuthorizationTechnicalProfile", |profile| {
            profile.key("ReferenceId")
        });
    element.unique("AuthorizationTechnicalProfile ReferenceId", &profiles);
    profiles
}

impl SubJourney {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            id: element.key("Id"),
            kind: element.required_choice("Type"),
            orchestration_steps: OrchestrationStep::read_all(element),
        }
    }
}

impl OrchestrationStep {
    /// The steps of a journey; their orders and the ids of all their exchanges are unique in it.
    fn read_all(journey: &mut Element<'_>) -> Vec<Self> {
        let steps: Vec<Self> = journey
            .full_list("OrchestrationSteps", "OrchestrationStep", Self::read)
            .into_iter()
            .flatten()
            .collect();
        let orders: Vec<Spanned<String>> =
            steps.iter().map(|step| Spanned::new(step.order.value.to_string(), step.order.span)).collect();
        journey.unique("OrchestrationStep Order", &orders);
        let exchanges = steps.iter().filter_map(|step| step.claims_exchanges.as_ref());
        journey.unique(
            "ClaimsExchange Id",
            exchanges.flat_map(|all| &all.exchanges).map(|exchange| &exchange.id),
        );
        steps
    }

    fn read(element: &mut Element<'_>) -> Option<Self> {
        let order = element.required_typed("Order", int);
        let kind = element.required_choice("Type");
        let content_definition_reference_id = element.attribute("ContentDefinitionReferenceId");
        let cpim_issuer_technical_profile_reference_id =
            element.attribute("CpimIssuerTechnicalProfileReferenceId");
        let preconditions = Precondition::read_all(element);
        let claims_provider_selections =
            element.many("ClaimsProviderSelections", ClaimsProviderSelections::read);
        let claims_exchanges = element.many("ClaimsExchanges", ClaimsExchanges::read);
        let journey_list = element
            .full_lists("JourneyList", "Candidate", |candidate| candidate.key("SubJourneyReferenceId"))
            .unwrap_or_default();
        Some(Self {
            span: element.span(),
            overrides: Vec::new(),
            order: order?,
            kind,
            content_definition_reference_id,
            cpim_issuer_technical_profile_reference_id,
            preconditions,
            claims_provider_selections: claims_provider_selections
                .into_iter()
                .reduce(ClaimsProviderSelections::and),
            claims_exchanges: claims_exchanges.into_iter().reduce(ClaimsExchanges::and),
            journey_list,
        })
    }
}

impl Precondition {
    /// All preconditions of a step or a validation profile; `None` if it has no `Preconditions` at all.
    pub(super) fn read_all(element: &mut Element<'_>) -> Option<Vec<Self>> {
        element.full_lists("Preconditions", "Precondition", Self::read)
    }

    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            kind: element.required_choice("Type"),
            execute_actions_if: element.required_typed("ExecuteActionsIf", boolean),
            values: element.some("Value", Element::text),
            actions: element.some("Action", Element::own_choice).into_iter().flatten().collect(),
        }
    }
}

impl ClaimsProviderSelections {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            display_option: element.choice("DisplayOption"),
            selections: element.some("ClaimsProviderSelection", ClaimsProviderSelection::read),
        }
    }

    fn and(mut self, next: Self) -> Self {
        self.display_option = self.display_option.or(next.display_option);
        self.selections.extend(next.selections);
        self
    }
}

impl ClaimsProviderSelection {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            target_claims_exchange_id: element.attribute("TargetClaimsExchangeId"),
            validation_claims_exchange_id: element.attribute("ValidationClaimsExchangeId"),
        }
    }
}

impl ClaimsExchanges {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            user_identity: element.typed("UserIdentity", boolean),
            exchanges: element.many("ClaimsExchange", ClaimsExchange::read),
        }
    }

    fn and(mut self, next: Self) -> Self {
        self.user_identity = self.user_identity.or(next.user_identity);
        self.exchanges.extend(next.exchanges);
        self
    }
}

impl ClaimsExchange {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            id: element.key("Id"),
            technical_profile_reference_id: element.required("TechnicalProfileReferenceId"),
        }
    }
}
