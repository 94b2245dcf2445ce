//! What a technical profile is, in words. In: a profile and, where it compiled, its kind. Out: a [`Feature`]. The only
//! place of the tools that reads the engine's kinds.
//!
//! Must not be known here: who asks, and where the profile is used.

use vestibule_engine::kind::Kind;
use vestibule_engine::syntax::{ProtocolName, TechnicalProfile, TokenFormat, same_id};

use crate::set::{Member, setting};

/// What a technical profile does (technical-profiles 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// A self-asserted page.
    Page,
    /// A directory read.
    DirectoryRead,
    /// A directory write.
    DirectoryWrite,
    /// A directory deletion, of claims or of the user.
    DirectoryDelete,
    /// A password grant.
    Password,
    /// Claims transformations alone.
    Transformations,
    /// The built-in e-mail code.
    EmailCode,
    /// A one-time code made or checked.
    OneTimeCode,
    /// A REST call.
    Rest,
    /// Azure MFA: a code by text message.
    Mfa,
    /// Azure MFA: a code of an authenticator app.
    Authenticator,
    /// The phone verification page.
    Phone,
    /// Conditional access.
    ConditionalAccess,
    /// A telemetry event.
    Insights,
    /// The journey's context.
    Context,
    /// A captcha.
    Captcha,
    /// An OpenID Connect identity provider.
    OpenId,
    /// An OAuth2 identity provider.
    OAuth2,
    /// An OAuth1 identity provider.
    OAuth1,
    /// A SAML identity provider.
    Saml,
    /// Reads an id_token_hint.
    Hint,
    /// Issues a JWT.
    JwtIssuer,
    /// Issues a SAML assertion.
    SamlIssuer,
    /// Answers with JSON.
    JsonIssuer,
    /// Answers with an error.
    ErrorIssuer,
    /// Checks a bearer token.
    Bearer,
    /// Claims of the request at the token endpoint.
    Setup,
    /// A session provider.
    Session,
    /// The engine's own default profile.
    Inert,
    /// Not to be told from what the policy says.
    Unknown,
}

/// Handlers by the end of their class name (technical-profiles 2).
const HANDLERS: &[(&str, Feature)] = &[
    ("SelfAssertedAttributeProvider", Feature::Page),
    ("AzureActiveDirectoryProvider", Feature::DirectoryRead),
    ("ClaimsTransformationProtocolProvider", Feature::Transformations),
    ("OneTimePasswordProtocolProvider", Feature::OneTimeCode),
    ("AadSsprProtocolProvider", Feature::EmailCode),
    ("RestfulProvider", Feature::Rest),
    ("AzureMfaProtocolProvider", Feature::Mfa),
    ("PhoneFactorProtocolProvider", Feature::Phone),
    ("ConditionalAccessProtocolProvider", Feature::ConditionalAccess),
    ("AzureApplicationInsightsProvider", Feature::Insights),
    ("UserJourneyContextProvider", Feature::Context),
    ("CaptchaProvider", Feature::Captcha),
    ("SSOSessionProvider", Feature::Session),
];

impl Feature {
    /// What a profile of a policy is.
    pub fn of(member: &Member, profile: &TechnicalProfile) -> Feature {
        let policy = member.policy.as_ref();
        let compiled =
            policy.and_then(|policy| policy.profiles.get(profile.id.as_str())).map(|one| &one.kind);
        compiled.and_then(Feature::of_kind).unwrap_or_else(|| Feature::of_shape(profile))
    }

    /// Where the kind says what the profile's protocol and handler cannot.
    fn of_kind(kind: &Kind) -> Option<Feature> {
        Some(match kind {
            Kind::PasswordGrant(_) => Feature::Password,
            Kind::TokenIssuer(_) => Feature::JwtIssuer,
            Kind::JsonIssuer => Feature::JsonIssuer,
            Kind::ErrorIssuer => Feature::ErrorIssuer,
            Kind::Bearer(_) => Feature::Bearer,
            Kind::Setup => Feature::Setup,
            Kind::Session(_) => Feature::Session,
            Kind::Inert => Feature::Inert,
            Kind::TokenHint(_) => Feature::Hint,
            Kind::SamlIssuer(_) => Feature::SamlIssuer,
            _ => return None,
        })
    }

    fn of_shape(profile: &TechnicalProfile) -> Feature {
        let Some(protocol) = &profile.protocol else { return Feature::Unknown };
        let format = profile.output_token_format.map(|format| format.value);
        match (protocol.name.map(|name| name.value), format) {
            (Some(ProtocolName::Proprietary), _) => {
                of_handler(profile, protocol.handler.as_ref().map_or("", |handler| handler.as_str()))
            }
            (_, Some(TokenFormat::OAuth2Error)) => Feature::ErrorIssuer,
            (Some(ProtocolName::None), Some(TokenFormat::Json)) => Feature::JsonIssuer,
            (Some(ProtocolName::None), Some(TokenFormat::Saml2)) => Feature::SamlIssuer,
            (Some(ProtocolName::None), Some(_)) => Feature::JwtIssuer,
            (Some(ProtocolName::None), None) if is_engine_default(profile) => Feature::Inert,
            (Some(ProtocolName::None), None) if profile.input_token_format.is_some() => Feature::Bearer,
            (Some(ProtocolName::None), None) => Feature::Setup,
            (Some(ProtocolName::OpenIdConnect), Some(TokenFormat::Jwt)) if has_issuer_key(profile) => {
                Feature::JwtIssuer
            }
            (Some(ProtocolName::OpenIdConnect), _) if takes_password(profile) => Feature::Password,
            (Some(ProtocolName::OpenIdConnect), _) => Feature::OpenId,
            (Some(ProtocolName::OAuth2), _) => Feature::OAuth2,
            (Some(ProtocolName::OAuth1), _) => Feature::OAuth1,
            (Some(ProtocolName::Saml2), _) => Feature::Saml,
            _ => Feature::Unknown,
        }
    }

    /// For people, as a noun.
    pub fn words(self) -> &'static str {
        match self {
            Feature::Page => "page that asks",
            Feature::DirectoryRead => "directory: reads",
            Feature::DirectoryWrite => "directory: writes",
            Feature::DirectoryDelete => "directory: deletes",
            Feature::Password => "password check",
            Feature::Transformations => "claims transformations",
            Feature::EmailCode => "built-in e-mail code",
            Feature::OneTimeCode => "one-time code",
            Feature::Rest => "REST call",
            Feature::Mfa => "multi-factor call",
            Feature::Authenticator => "authenticator app code",
            Feature::Phone => "phone verification page",
            Feature::ConditionalAccess => "conditional access",
            Feature::Insights => "telemetry event",
            Feature::Context => "journey context",
            Feature::Captcha => "captcha",
            Feature::OpenId => "OpenID Connect identity provider",
            Feature::OAuth2 => "OAuth2 identity provider",
            Feature::OAuth1 => "OAuth1 identity provider",
            Feature::Saml => "SAML identity provider",
            Feature::Hint => "id_token_hint reader",
            Feature::JwtIssuer => "JWT token issuer",
            Feature::SamlIssuer => "SAML token issuer",
            Feature::JsonIssuer => "JSON document issuer",
            Feature::ErrorIssuer => "error issuer",
            Feature::Bearer => "bearer token check",
            Feature::Setup => "token request claims",
            Feature::Session => "session provider",
            Feature::Inert => "engine default",
            Feature::Unknown => "unknown kind",
        }
    }

    /// Whether the browser leaves for another site.
    pub fn is_provider(self) -> bool {
        matches!(self, Feature::OpenId | Feature::OAuth2 | Feature::OAuth1 | Feature::Saml)
    }

    /// Whether it ends a journey.
    pub fn is_issuer(self) -> bool {
        matches!(self, Feature::JwtIssuer | Feature::SamlIssuer | Feature::JsonIssuer | Feature::ErrorIssuer)
    }
}

fn of_handler(profile: &TechnicalProfile, handler: &str) -> Feature {
    let class = handler.split(',').next().unwrap_or_default().trim().to_ascii_lowercase();
    let row = HANDLERS.iter().find(|(end, _)| class.ends_with(&end.to_ascii_lowercase()));
    match row.map(|(_, feature)| *feature) {
        Some(Feature::DirectoryRead) => {
            match setting(profile, "Operation").unwrap_or_default().to_ascii_lowercase().as_str() {
                "write" => Feature::DirectoryWrite,
                "deleteclaims" | "deleteclaimsprincipal" => Feature::DirectoryDelete,
                _ => Feature::DirectoryRead,
            }
        }
        Some(Feature::Mfa) => {
            let operation = setting(profile, "Operation").unwrap_or_default().to_ascii_lowercase();
            match operation.as_str() {
                "getavailabledevices" | "beginverifyotp" | "verifyotp" => Feature::Authenticator,
                _ => Feature::Mfa,
            }
        }
        Some(feature) => feature,
        None => Feature::Unknown,
    }
}

fn is_engine_default(profile: &TechnicalProfile) -> bool {
    profile.id.to_ascii_lowercase().starts_with("tpengine_")
}

fn has_issuer_key(profile: &TechnicalProfile) -> bool {
    profile.cryptographic_keys.iter().any(|key| same_id(&key.id, "issuer_refresh_token_key"))
}

fn takes_password(profile: &TechnicalProfile) -> bool {
    let partner = |wanted: &str| {
        profile.input_claims.iter().any(|claim| {
            let name = claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id);
            same_id(name, wanted)
        })
    };
    partner("username") && partner("password")
}
