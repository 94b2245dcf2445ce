//! `RelyingParty` (policy-language 9) and what a policy says about itself (1.1, 1.2).

use super::profile::{Item, TechnicalProfile};
use super::read::{boolean, guid, int, not_empty, policy_id, policy_id_pattern, tenant, three_part_version};
use super::value::{OnErrorMode, ScriptExecution, SessionExpiryType, SingleSignOnScope, TelemetryEngine};
use super::xml::Element;
use crate::source::{Span, Spanned};

/// `BasePolicy`.
#[derive(Debug, Clone, PartialEq)]
pub struct BasePolicy {
    /// The start tag.
    pub span: Span,
    /// `TenantId`.
    pub tenant_id: Option<Spanned<String>>,
    /// `PolicyId`.
    pub policy_id: Option<Spanned<String>>,
}

/// `PolicyConstraints`: undocumented, read and ignored.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyConstraints {
    /// The start tag.
    pub span: Span,
    /// `Inheritance/@DerivingPolicies`.
    pub deriving_policies: Option<Spanned<String>>,
    /// The start tag of `RerouteRules`.
    pub reroute_rules: Option<Span>,
}

/// `Contact` or `DocumentReference`: informational.
#[derive(Debug, Clone, PartialEq)]
pub struct Informational {
    /// The start tag.
    pub span: Span,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `DisplayName`.
    pub display_name: Option<Spanned<String>>,
}

/// `RelyingParty`.
#[derive(Debug, Clone, PartialEq)]
pub struct RelyingParty {
    /// The start tag.
    pub span: Span,
    /// `DefaultUserJourney/@ReferenceId`.
    pub default_user_journey: Option<Spanned<String>>,
    /// `Endpoints/Endpoint`.
    pub endpoints: Vec<Endpoint>,
    /// `UserJourneyBehaviors`.
    pub user_journey_behaviors: Option<UserJourneyBehaviors>,
    /// `TechnicalProfile`; exactly one is used.
    pub technical_profiles: Vec<TechnicalProfile>,
}

/// `Endpoint`.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// The start tag.
    pub span: Span,
    /// `@Id`: `Token` or `UserInfo`.
    pub id: Spanned<String>,
    /// `@UserJourneyReferenceId`.
    pub user_journey_reference_id: Option<Spanned<String>>,
}

/// `UserJourneyBehaviors`.
#[derive(Debug, Clone, PartialEq)]
pub struct UserJourneyBehaviors {
    /// The start tag.
    pub span: Span,
    /// `SingleSignOn`.
    pub single_sign_on: Option<SingleSignOn>,
    /// `SessionExpiryType`; default `Rolling`.
    pub session_expiry_type: Option<Spanned<SessionExpiryType>>,
    /// `SessionExpiryInSeconds`; default 86400.
    pub session_expiry_in_seconds: Option<Spanned<i32>>,
    /// `AzureApplicationInsights/@InstrumentationKey`, deprecated.
    pub azure_application_insights: Option<Spanned<String>>,
    /// `JourneyInsights`.
    pub journey_insights: Option<JourneyInsights>,
    /// `ContentDefinitionParameters/Parameter`: `@Name` as key, text as value.
    pub content_definition_parameters: Vec<Item>,
    /// `JourneyFraming`.
    pub journey_framing: Option<JourneyFraming>,
    /// `ScriptExecution`; default `Disallow`.
    pub script_execution: Option<Spanned<ScriptExecution>>,
    /// `OnError/@Mode`.
    pub on_error: Option<Spanned<OnErrorMode>>,
}

/// `SingleSignOn`.
#[derive(Debug, Clone, PartialEq)]
pub struct SingleSignOn {
    /// The start tag.
    pub span: Span,
    /// `@Scope`; default `Tenant`.
    pub scope: Option<Spanned<SingleSignOnScope>>,
    /// `@KeepAliveInDays`.
    pub keep_alive_in_days: Option<Spanned<i32>>,
    /// `@EnforceIdTokenHintOnLogout`.
    pub enforce_id_token_hint_on_logout: Option<Spanned<bool>>,
}

/// `JourneyInsights`.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyInsights {
    /// The start tag.
    pub span: Span,
    /// `@TelemetryEngine`.
    pub telemetry_engine: Option<Spanned<TelemetryEngine>>,
    /// `@InstrumentationKey`.
    pub instrumentation_key: Option<Spanned<String>>,
    /// `@DeveloperMode`.
    pub developer_mode: Option<Spanned<bool>>,
    /// `@ClientEnabled`.
    pub client_enabled: Option<Spanned<bool>>,
    /// `@ServerEnabled`.
    pub server_enabled: Option<Spanned<bool>>,
    /// `@TelemetryVersion`.
    pub telemetry_version: Option<Spanned<String>>,
}

/// `JourneyFraming`.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyFraming {
    /// The start tag.
    pub span: Span,
    /// `@Enabled`.
    pub enabled: Option<Spanned<bool>>,
    /// `@Sources`: origins separated by spaces.
    pub sources: Option<Spanned<String>>,
}

impl BasePolicy {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            tenant_id: element
                .required_exact_text_of("TenantId")
                .map(|id| element.deployment_value(id, tenant)),
            policy_id: element
                .required_exact_text_of("PolicyId")
                .map(|id| element.deployment_value(id, policy_id)),
        }
    }
}

impl PolicyConstraints {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        let deriving_policies = element.one("Inheritance", |inheritance| {
            let deriving = inheritance.required("DerivingPolicies");
            let tenants = inheritance.one("Tenants", |list| {
                list.some("Tenant", |one| one.required_typed("ReferenceId", guid));
                list.span()
            });
            let handler = inheritance.one("ConstraintHandler", |handler| {
                handler.required("Id");
                handler.required("Handler");
                handler.span()
            });
            inheritance.either(["Tenants", "ConstraintHandler"], tenants, handler);
            deriving
        });
        let reroute_rules = element.one("RerouteRules", |rules| {
            rules.required("Type");
            rules.many("RerouteRule", |rule| {
                rule.required_typed("PolicyId", policy_id_pattern);
                rule.typed("Weight", int);
                rule.typed("Match", not_empty);
            });
            rules.span()
        });
        Self { span: element.span(), deriving_policies: deriving_policies.flatten(), reroute_rules }
    }
}

impl Informational {
    pub(super) fn read_contact(element: &mut Element<'_>) -> Self {
        let id = element.key("Id");
        let display_name = element.required_text_of("DisplayName");
        for name in ["TelephoneNumber", "Email", "Role"] {
            element.required_text_of(name);
        }
        Self { span: element.span(), id, display_name }
    }

    pub(super) fn read_document(element: &mut Element<'_>) -> Self {
        let id = element.key("Id");
        let display_name = element.required_text_of("DisplayName");
        element.required_text_of("Url");
        Self { span: element.span(), id, display_name }
    }
}

impl RelyingParty {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        let default_user_journey = element.reference("DefaultUserJourney", "ReferenceId");
        let endpoints = element.full_list("Endpoints", "Endpoint", Endpoint::read);
        element.unique("Endpoint Id", endpoints.iter().map(|endpoint| &endpoint.id));
        Self {
            span: element.span(),
            default_user_journey,
            endpoints,
            user_journey_behaviors: element.one("UserJourneyBehaviors", UserJourneyBehaviors::read),
            technical_profiles: element.many("TechnicalProfile", TechnicalProfile::read),
        }
    }
}

impl Endpoint {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            id: element.key("Id"),
            user_journey_reference_id: element.required("UserJourneyReferenceId"),
        }
    }
}

impl UserJourneyBehaviors {
    fn read(element: &mut Element<'_>) -> Self {
        let insights = |child: &mut Element<'_>| {
            child.required("InstrumentationKey").map(|key| child.deployment_value(key, guid))
        };
        Self {
            span: element.span(),
            single_sign_on: element.one("SingleSignOn", SingleSignOn::read),
            session_expiry_type: element.choice_of("SessionExpiryType"),
            session_expiry_in_seconds: element.typed_of("SessionExpiryInSeconds", int),
            azure_application_insights: element.one("AzureApplicationInsights", insights).flatten(),
            journey_insights: element.one("JourneyInsights", JourneyInsights::read),
            content_definition_parameters: element.full_list(
                "ContentDefinitionParameters",
                "Parameter",
                |parameter| Item::read(parameter, "Name"),
            ),
            journey_framing: element.one("JourneyFraming", JourneyFraming::read),
            script_execution: element.choice_of("ScriptExecution"),
            on_error: element.one("OnError", |child| child.required_choice("Mode")).flatten(),
        }
    }
}

impl SingleSignOn {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            scope: element.required_choice("Scope"),
            keep_alive_in_days: element.typed("KeepAliveInDays", int),
            enforce_id_token_hint_on_logout: element.typed("EnforceIdTokenHintOnLogout", boolean),
        }
    }
}

impl JourneyInsights {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            telemetry_engine: element.required_choice("TelemetryEngine"),
            instrumentation_key: element
                .required("InstrumentationKey")
                .map(|key| element.deployment_value(key, guid)),
            developer_mode: element.typed("DeveloperMode", boolean),
            client_enabled: element.typed("ClientEnabled", boolean),
            server_enabled: element.typed("ServerEnabled", boolean),
            telemetry_version: element.typed("TelemetryVersion", three_part_version),
        }
    }
}

impl JourneyFraming {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            enabled: element.required_typed("Enabled", boolean),
            sources: element.required("Sources"),
        }
    }
}
