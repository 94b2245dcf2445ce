//! Kinds of technical profiles: what each is, its settings, and how they are read from `<Metadata>`.
//!
//! In: a plain list of key, value and place, once, when a policy is compiled. Out: a typed settings struct; no metadata
//! string is looked up at run time. Must not know the syntax tree, other profiles or journeys.

pub mod directory;
pub mod email_code;
pub mod metadata;
mod not_yet;
pub mod one_time_password;
pub mod openid;
pub mod self_asserted;
pub mod session;
pub mod token_issuer;

use std::collections::BTreeMap;

use crate::claims::Name;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::source::{Span, Spanned};

pub use directory::{Directory, Operation};
pub use email_code::EmailCode;
pub use metadata::Metadata;
pub use one_time_password::{GenerateCode, OneTimePassword};
pub use openid::PasswordGrant;
pub use self_asserted::{ForgotPasswordPlace, SelfAsserted};
pub use session::Session;
pub use token_issuer::{IssuerPattern, TokenIssuer};

/// What a technical profile does (technical-profiles 2).
#[derive(Debug)]
pub enum Kind {
    /// A page that asks.
    SelfAsserted(SelfAsserted),
    /// Reads or writes the built-in directory.
    Directory(Directory),
    /// Checks a password: a password grant, answered by the built-in directory or by a foreign token endpoint.
    PasswordGrant(PasswordGrant),
    /// Runs its transformations and nothing else.
    ClaimsTransformation,
    /// The built-in e-mail code (AadSspr).
    EmailCode(EmailCode),
    /// Makes or checks a one-time code; never sends it.
    OneTimePassword(OneTimePassword),
    /// Issues a JWT: the end of a journey.
    TokenIssuer(TokenIssuer),
    /// Answers with a JSON document (UserInfo).
    JsonIssuer,
    /// Ends the journey with an error of the policy's own.
    ErrorIssuer,
    /// Reads the bearer token of a UserInfo request.
    Bearer(openid::Bearer),
    /// Claims of the redeemed refresh token, or of a client-credentials request.
    Setup,
    /// Keeps or restores claims of a session.
    Session(Session),
    /// The engine's own default profile: accepted, without behaviour.
    Inert,
    /// Known to the language and checked, but not run by this version; the text names it for people, for instance
    /// "OAuth2 identity provider".
    NotYet(&'static str),
}

/// What a profile is used for, by the place that names it; where several do, the last of these counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// No step and no profile names it.
    #[default]
    Unused,
    /// A validation profile, or run by a display control.
    Call,
    /// Run by a combined step, whose page shows it.
    Embedded,
    /// Run by a claims exchange.
    Exchange,
    /// Named by GetClaims.
    Hint,
    /// Named by a journey's Authorization.
    Authorization,
    /// Named by SendClaims, or the default issuer.
    Issuer,
}

/// What a profile's kind is recognised by, beside its settings.
#[derive(Debug)]
pub struct Shape<'a> {
    /// Its id.
    pub id: &'a str,
    /// Protocol/@Name, own or included.
    pub protocol: Option<Spanned<&'a str>>,
    /// Protocol/@Handler.
    pub handler: Option<Spanned<&'a str>>,
    /// InputTokenFormat.
    pub input_format: Option<Spanned<&'a str>>,
    /// OutputTokenFormat.
    pub output_format: Option<Spanned<&'a str>>,
    /// What it is used for.
    pub role: Role,
    /// Partner names of its InputClaims, lower-cased.
    pub inputs: Vec<String>,
    /// Whether one of the InputClaims is of an unknown claim type, so that `inputs` may lack a name.
    pub unknown_input: bool,
    /// Its keys: role, lower-cased, to container.
    pub keys: &'a BTreeMap<String, Name>,
}

/// A row of the table of handlers.
struct Handler {
    /// The class, without assembly.
    class: &'static str,
    /// Reads its settings; nothing if they cannot be used.
    read: fn(&Shape<'_>, &Metadata<'_>) -> Option<Kind>,
}

/// Every handler of Protocol `Proprietary` (technical-profiles 2).
const HANDLERS: &[Handler] = &[
    Handler {
        class: "Web.TPEngine.Providers.SelfAssertedAttributeProvider",
        read: |shape, metadata| self_asserted::read(shape, metadata).map(Kind::SelfAsserted),
    },
    Handler {
        class: "Web.TPEngine.Providers.AzureActiveDirectoryProvider",
        read: |_, metadata| directory::read(metadata).map(Kind::Directory),
    },
    Handler {
        class: "Web.TPEngine.Providers.ClaimsTransformationProtocolProvider",
        read: |_, metadata| {
            metadata.content("ContentDefinitionReferenceId");
            Some(Kind::ClaimsTransformation)
        },
    },
    Handler {
        class: "Web.TPEngine.Providers.OneTimePasswordProtocolProvider",
        read: |shape, metadata| one_time_password::read(shape, metadata).map(Kind::OneTimePassword),
    },
    Handler {
        class: "Web.TPEngine.Providers.AadSsprProtocolProvider",
        read: |shape, metadata| email_code::read(shape, metadata).map(Kind::EmailCode),
    },
    Handler {
        class: "Web.TPEngine.Providers.RestfulProvider",
        read: |shape, metadata| Some(not_yet::read(&not_yet::REST, shape, metadata)),
    },
    Handler {
        class: "Web.TPEngine.Providers.AzureMfaProtocolProvider",
        read: |shape, metadata| Some(not_yet::read(&not_yet::MFA, shape, metadata)),
    },
    Handler {
        class: "Web.TPEngine.Providers.PhoneFactorProtocolProvider",
        read: |shape, metadata| Some(not_yet::read(&not_yet::PHONE, shape, metadata)),
    },
    Handler {
        class: "Web.TPEngine.Providers.ConditionalAccessProtocolProvider",
        read: |shape, metadata| Some(not_yet::read(&not_yet::CONDITIONAL, shape, metadata)),
    },
    Handler {
        class: "Web.TPEngine.Providers.Insights.AzureApplicationInsightsProvider",
        read: |shape, metadata| Some(not_yet::read(&not_yet::INSIGHTS, shape, metadata)),
    },
    Handler {
        class: "Web.TPEngine.Providers.UserJourneyContextProvider",
        read: |shape, metadata| Some(not_yet::read(&not_yet::CONTEXT, shape, metadata)),
    },
    Handler {
        class: "Web.TPEngine.Providers.CaptchaProvider",
        read: |shape, metadata| Some(not_yet::read(&not_yet::CAPTCHA, shape, metadata)),
    },
    Handler {
        class: "Web.TPEngine.SSO.NoopSSOSessionProvider",
        read: |_, metadata| session::read(Session::Noop, metadata),
    },
    Handler {
        class: "Web.TPEngine.SSO.DefaultSSOSessionProvider",
        read: |_, metadata| session::read(Session::Default, metadata),
    },
    Handler {
        class: "Web.TPEngine.SSO.ExternalLoginSSOSessionProvider",
        read: |_, metadata| session::read(Session::ExternalLogin, metadata),
    },
    Handler {
        class: "Web.TPEngine.SSO.OAuthSSOSessionProvider",
        read: |_, metadata| session::read(Session::OAuth, metadata),
    },
    Handler {
        class: "Web.TPEngine.SSO.SamlSSOSessionProvider",
        read: |_, metadata| session::read(Session::Saml, metadata),
    },
];

/// The class part of a handler: what stands before the first comma.
fn class(handler: &str) -> &str {
    handler.split(',').next().unwrap_or_default().trim()
}

/// Reports each of the input claims that a profile of this kind needs and does not have.
fn needs_inputs(shape: &Shape<'_>, metadata: &Metadata<'_>, names: &[&str]) {
    let missing =
        names.iter().filter(|name| !shape.inputs.iter().any(|input| input.eq_ignore_ascii_case(name)));
    for name in missing.filter(|_| !shape.unknown_input) {
        let message =
            message!("technical profile `{}` has no input claim with the partner name `{name}`", shape.id);
        metadata.lacks(Diagnostic::error(codes::MISSING_INPUT, metadata.place(), message));
    }
}

/// Which profiles are read when, as later ones hold earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Session providers, which refer to no profile.
    Session,
    /// Everything without a page, which may refer to a session provider.
    Call,
    /// Self-asserted pages, which may refer to all others.
    Page,
}

impl Tier {
    /// The tier of a profile by its handler.
    pub fn of(handler: Option<&str>) -> Tier {
        let class = class(handler.unwrap_or_default()).to_ascii_lowercase();
        match class.strip_prefix("web.tpengine.") {
            Some(rest) if rest.starts_with("sso.") => Tier::Session,
            Some("providers.selfassertedattributeprovider") => Tier::Page,
            _ => Tier::Call,
        }
    }
}

/// Recognises a profile and reads its settings. Nothing if that cannot be done; `metadata` then knows why.
pub fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Kind> {
    metadata.known(&[
        "IncludeClaimResolvingInClaimsHandling",
        "ClaimTypeOnWhichToEnable",
        "ClaimValueOnWhichToEnable",
        "ClaimsProviderSelectionDisplayType",
        "SingleLogoutEnabled",
    ]);
    let Some(protocol) = shape.protocol else {
        let message =
            message!("technical profile `{}` has no Protocol, neither its own nor an included one", shape.id);
        metadata.lacks(Diagnostic::error(codes::NO_PROTOCOL, metadata.place(), message));
        return None;
    };
    match *protocol {
        "Proprietary" => proprietary(shape, protocol.span, metadata),
        "OpenIdConnect" | "None" | "OAuth2" | "OAuth1" | "SAML2" => standard(*protocol, shape, metadata),
        other => {
            let message = message!("protocol `{other}` is not supported");
            metadata.wrong(Diagnostic::error(codes::UNSUPPORTED_PROTOCOL, protocol.span, message));
            None
        }
    }
}

fn proprietary(shape: &Shape<'_>, place: Span, metadata: &Metadata<'_>) -> Option<Kind> {
    let Some(handler) = shape.handler else {
        let message = message!("a protocol of the name `Proprietary` needs a Handler");
        metadata.lacks(Diagnostic::error(codes::UNKNOWN_HANDLER, place, message));
        return None;
    };
    let wanted = class(*handler);
    let Some(row) = HANDLERS.iter().find(|row| row.class.eq_ignore_ascii_case(wanted)) else {
        let message = message!("there is no handler `{wanted}`");
        let diagnostic = Diagnostic::error(codes::UNKNOWN_HANDLER, handler.span, message);
        metadata.wrong(diagnostic.did_you_mean(wanted, HANDLERS.iter().map(|row| row.class)));
        return None;
    };
    (row.read)(shape, metadata)
}

/// What a profile of a protocol without handler is, by its use first and then by its looks (technical-profiles 2: an
/// identity provider may carry an output token format too).
fn standard(protocol: &str, shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Kind> {
    let format = shape.output_format.map(|format| format.value);
    if matches!(format, Some("SAML11" | "CpimUnsigned" | "UProve11")) {
        let place = shape.output_format.map_or(metadata.place(), |format| format.span);
        let message = message!("output token format `{}` is not supported", format.unwrap_or_default());
        metadata.wrong(Diagnostic::error(codes::UNSUPPORTED_PROTOCOL, place, message));
        return None;
    }
    let looks_like_issuer = protocol == "None" || shape.keys.contains_key("issuer_refresh_token_key");
    let issues = shape.role == Role::Issuer || (shape.role <= Role::Call && looks_like_issuer);
    match (protocol, format) {
        (_, Some("OAuth2Error")) => {
            needs_inputs(shape, metadata, &["errorCode", "errorMessage"]);
            metadata.known(&["client_id", "issuer_refresh_token_user_identity_claim_type"]);
            Some(Kind::ErrorIssuer)
        }
        (_, Some("JWT")) if issues => token_issuer::read(shape, metadata).map(Kind::TokenIssuer),
        (_, Some("SAML2")) if issues => Some(not_yet::read(&not_yet::SAML_ISSUER, shape, metadata)),
        (_, Some("JSON")) if issues || protocol == "None" => {
            metadata.known(&["client_id", "issuer_refresh_token_user_identity_claim_type"]);
            Some(Kind::JsonIssuer)
        }
        ("None", None) => none(shape, metadata),
        ("OpenIdConnect", _) if openid::is_password_grant(shape) => {
            openid::read(shape, metadata).map(Kind::PasswordGrant)
        }
        ("OpenIdConnect", _) => Some(not_yet::read(&not_yet::OPENID, shape, metadata)),
        ("OAuth2", _) => Some(not_yet::read(&not_yet::OAUTH2, shape, metadata)),
        ("OAuth1", _) => Some(not_yet::read(&not_yet::OAUTH1, shape, metadata)),
        ("SAML2", _) => Some(not_yet::read(&not_yet::SAML, shape, metadata)),
        _ => {
            let message =
                message!("what technical profile `{}` does cannot be told from its protocol", shape.id);
            metadata.lacks(Diagnostic::error(codes::UNSUPPORTED_PROTOCOL, metadata.place(), message));
            None
        }
    }
}

/// The many things that Protocol `None` without an output format stands for (policy-language 5.4).
fn none(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Kind> {
    if shape.id.to_ascii_lowercase().starts_with("tpengine_") {
        metadata.known(&["url", "client_id"]);
        return Some(Kind::Inert);
    }
    if shape.role == Role::Hint {
        return Some(not_yet::read(&not_yet::HINT, shape, metadata));
    }
    let reads_tokens = shape.input_format.is_some_and(|format| *format == "JWT");
    if shape.role == Role::Authorization || reads_tokens {
        return openid::read_bearer(metadata).map(Kind::Bearer);
    }
    metadata.known(&["METADATA", "issuer", "IdTokenAudience", "url", "client_id"]);
    Some(Kind::Setup)
}

impl Kind {
    /// Whether the profile shows a page or leaves for another site, and so cannot validate or run at the token endpoint.
    pub fn is_interactive(&self) -> bool {
        match self {
            Kind::SelfAsserted(_) => true,
            Kind::NotYet(what) => what.ends_with("identity provider") || what.ends_with("page"),
            _ => false,
        }
    }
}
