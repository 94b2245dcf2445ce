//! `RelyingParty` (policy-language 9) and what a policy says about itself (1.1, 1.2).

use super::profile::{Item, TechnicalProfile};
use super::value::{
    DerivingPolicies, OnErrorMode, ScriptExecution, SessionExpiryType, SingleSignOnScope, TelemetryEngine,
};
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
    pub deriving_policies: Option<Spanned<DerivingPolicies>>,
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
