//! Kinds of technical profiles: what each is, its settings, and how they are read from `<Metadata>`.
//!
//! In: a plain list of key, value and place, once, when a policy is compiled. Out: a typed settings struct; no metadata
//! string is looked up at run time. Must not know the syntax tree, other profiles or journeys.

pub mod bearer;
pub mod captcha;
pub mod conditional_access;
pub mod context;
pub mod directory;
pub mod email_code;
pub mod insights;
pub mod metadata;
pub mod mfa;
pub mod oauth;
pub mod oauth1;
pub mod one_time_password;
pub mod openid;
pub mod password_grant;
pub mod phone;
pub mod provider;
pub mod rest;
pub mod saml;
pub mod saml_issuer;
pub mod self_asserted;
pub mod session;
pub mod token_hint;
pub mod token_issuer;

use std::collections::BTreeMap;

use crate::claims::Name;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::source::{Span, Spanned};

pub use bearer::Bearer;
pub use captcha::Captcha;
pub use conditional_access::ConditionalAccess;
pub use context::JourneyContext;
pub use directory::{Directory, Operation};
pub use email_code::EmailCode;
pub use insights::Insights;
pub use metadata::Metadata;
pub use mfa::Mfa;
pub use oauth::OAuthProvider;
pub use oauth1::OAuth1Provider;
pub use one_time_password::{GenerateCode, OneTimePassword};
pub use openid::OpenIdProvider;
pub use password_grant::PasswordGrant;
pub use phone::PhoneFactor;
pub use rest::Rest;
pub use saml::SamlProvider;
pub use saml_issuer::{SamlIssuer, SamlParty};
pub use self_asserted::{ForgotPasswordPlace, SelfAsserted};
pub use session::Session;
pub use token_hint::TokenHint;
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
    Bearer(Bearer),
    /// Claims of the redeemed refresh token, or of a client-credentials request.
    Setup,
    /// Keeps or restores claims of a session.
    Session(Session),
    /// The engine's own default profile: accepted, without behaviour.
    Inert,
    /// Something it needs is missing or wrong, and the policy was compiled leniently: whoever reaches it meets a fault.
    Unusable,
    /// Calls a web service.
    Rest(Rest),
    /// Sends the browser to an OpenID Connect provider.
    OpenIdProvider(Box<OpenIdProvider>),
    /// Sends the browser to an OAuth2 provider.
    OAuthProvider(Box<OAuthProvider>),
    /// Sends the browser to an OAuth1 provider.
    OAuth1Provider(Box<OAuth1Provider>),
    /// Sends the browser to a SAML identity provider.
    SamlProvider(Box<SamlProvider>),
    /// Issues a SAML assertion: the end of a journey.
    SamlIssuer(Box<SamlIssuer>),
    /// Reads the claims of an id_token_hint.
    TokenHint(TokenHint),
    /// A page that verifies a phone number.
    PhoneFactor(PhoneFactor),
    /// Codes by message or of an authenticator app.
    Mfa(Mfa),
    /// How risky a sign-in is.
    ConditionalAccess(ConditionalAccess),
    /// Reports an event.
    Insights(Insights),
    /// The journey's context as claims.
    JourneyContext(JourneyContext),
    /// A captcha.
    Captcha(Captcha),
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
    /// Whether it has an output claim.
    pub has_outputs: bool,
    /// Whether one of the InputClaims is of an unknown claim type, so that `inputs` may lack a name.
    pub unknown_input: bool,
    /// Its keys: role, lower-cased, to container.
    pub keys: &'a BTreeMap<String, Name>,
    /// Whether the policy is for production: its DeploymentMode is that, or absent.
    pub production: bool,
}

impl Shape<'_> {
    /// The container of a key.
    pub fn key(&self, role: &str) -> Option<Name> {
        self.keys.get(&role.to_ascii_lowercase()).cloned()
    }

    /// The container of a key that must be there (90025 in the cloud).
    pub fn needed_key(&self, role: &str, metadata: &Metadata<'_>) -> Option<Name> {
        let container = self.key(role);
        if container.is_none() {
            let message = message!("the cryptographic key `{role}` is missing");
            let help = format!(
                "add `<Key Id=\"{role}\" StorageReferenceId=\"B2C_1A_…\" />` to the profile's CryptographicKeys"
            );
            metadata.lacks(Diagnostic::error(codes::MISSING_KEY, metadata.place(), message).help(help));
        }
        container
    }
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
        read: |shape, metadata| {
            if !shape.has_outputs {
                let message =
                    message!("technical profile `{}` runs transformations and outputs no claim", shape.id);
                metadata.wrong(Diagnostic::warning(codes::NO_OUTPUT, metadata.place(), message));
            }
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
        read: |shape, metadata| rest::read(shape, metadata).map(Kind::Rest),
    },
    Handler {
        class: "Web.TPEngine.Providers.AzureMfaProtocolProvider",
        read: |shape, metadata| mfa::read(shape, metadata).map(Kind::Mfa),
    },
    Handler {
        class: "Web.TPEngine.Providers.PhoneFactorProtocolProvider",
        read: |shape, metadata| phone::read(shape, metadata).map(Kind::PhoneFactor),
    },
    Handler {
        class: "Web.TPEngine.Providers.ConditionalAccessProtocolProvider",
        read: |shape, metadata| conditional_access::read(shape, metadata).map(Kind::ConditionalAccess),
    },
    Handler {
        class: "Web.TPEngine.Providers.Insights.AzureApplicationInsightsProvider",
        read: |shape, metadata| insights::read(shape, metadata).map(Kind::Insights),
    },
    Handler {
        class: "Web.TPEngine.Providers.UserJourneyContextProvider",
        read: |_, metadata| Some(Kind::JourneyContext(context::read(metadata))),
    },
    Handler {
        class: "Web.TPEngine.Providers.CaptchaProvider",
        read: |_, metadata| captcha::read(metadata).map(Kind::Captcha),
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
        read: |_, metadata| session::read(Session::Saml { registers: true }, metadata),
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
    /// Pages that verify telephone numbers, which may refer to a display control and so to calls.
    Telephone,
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
            Some("providers.phonefactorprotocolprovider") => Tier::Telephone,
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
        "SingleLogoutEnabled",
    ]);

    let Some(protocol) = shape.protocol else {
        // What only serves as a session provider keeps nothing then, which is said where it is named.
        if shape.role != Role::Unused {
            let message = message!(
                "technical profile `{}` has no Protocol, neither its own nor an included one",
                shape.id
            );
            metadata.lacks(Diagnostic::error(codes::NO_PROTOCOL, metadata.place(), message));
        }
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
    let written = [shape.input_format, shape.output_format];
    let unknown = |format: &&Spanned<&str>| matches!(format.value, "SAML11" | "CpimUnsigned" | "UProve11");
    if let Some(format) = written.iter().flatten().find(unknown) {
        let message = message!("the token format `{}` is not supported", format.value);
        metadata.wrong(Diagnostic::error(codes::UNSUPPORTED_PROTOCOL, format.span, message));
        return None;
    }
    let looks_like_issuer = protocol == "None" || shape.keys.contains_key("issuer_refresh_token_key");
    let issues = shape.role == Role::Issuer || (shape.role <= Role::Call && looks_like_issuer);
    if format == Some("OAuth2Error") || issues {
        speaks(protocol, shape, metadata)?;
    }
    match (protocol, format) {
        (_, Some("OAuth2Error")) => {
            needs_inputs(shape, metadata, &["errorCode", "errorMessage"]);
            metadata.known(&["client_id", "issuer_refresh_token_user_identity_claim_type"]);
            Some(Kind::ErrorIssuer)
        }
        (_, Some("JWT")) if issues => token_issuer::read(shape, metadata).map(Kind::TokenIssuer),
        (_, Some("SAML2")) if issues => {
            saml_issuer::read(shape, metadata).map(|one| Kind::SamlIssuer(Box::new(one)))
        }
        (_, Some("JSON")) if issues || protocol == "None" => {
            metadata.known(&["client_id", "issuer_refresh_token_user_identity_claim_type"]);
            Some(Kind::JsonIssuer)
        }
        ("None", None) => none(shape, metadata),
        ("OpenIdConnect", _) if password_grant::is_password_grant(shape) => {
            password_grant::read(shape, metadata).map(Kind::PasswordGrant)
        }
        ("OpenIdConnect", _) => openid::read(shape, metadata).map(|one| Kind::OpenIdProvider(Box::new(one))),
        ("OAuth2", _) => oauth::read(shape, metadata).map(|one| Kind::OAuthProvider(Box::new(one))),
        ("OAuth1", _) => oauth1::read(shape, metadata).map(|one| Kind::OAuth1Provider(Box::new(one))),
        ("SAML2", _) => saml::read(shape, metadata).map(|one| Kind::SamlProvider(Box::new(one))),
        _ => {
            let message =
                message!("what technical profile `{}` does cannot be told from its protocol", shape.id);
            metadata.lacks(Diagnostic::error(codes::UNSUPPORTED_PROTOCOL, metadata.place(), message));
            None
        }
    }
}

/// The protocols that issuers of each format have (technical-profiles 2).
const ISSUERS: &[(&str, &[&str])] = &[
    ("JWT", &["None", "OpenIdConnect"]),
    ("SAML2", &["None", "SAML2"]),
    ("JSON", &["None"]),
    ("OAuth2Error", &["OAuth2", "None"]),
];

/// Whether an issuer's format goes with its protocol; nothing, and a report, if it does not.
fn speaks(protocol: &str, shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<()> {
    let Some(format) = shape.output_format else { return Some(()) };
    let (_, protocols) = ISSUERS.iter().find(|(name, _)| *name == format.value)?;
    if protocols.contains(&protocol) {
        return Some(());
    }
    let place = shape.protocol.map_or(metadata.place(), |protocol| protocol.span);
    let message = message!("an issuer of `{}` does not have the protocol `{protocol}`", format.value);
    let help = format!("the protocol of such an issuer is `{}`", protocols.join("` or `"));
    metadata.lacks(Diagnostic::error(codes::UNSUPPORTED_PROTOCOL, place, message).help(help));
    None
}

/// The many things that Protocol `None` without an output format stands for (policy-language 5.4).
fn none(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Kind> {
    if shape.id.to_ascii_lowercase().starts_with("tpengine_") {
        metadata.known(&["url", "client_id"]);
        return Some(Kind::Inert);
    }
    if shape.role == Role::Hint {
        return token_hint::read(shape, metadata).map(Kind::TokenHint);
    }
    let reads_tokens = shape.input_format.is_some_and(|format| *format == "JWT");
    if shape.role == Role::Authorization || reads_tokens {
        return bearer::read(shape, metadata).map(Kind::Bearer);
    }
    metadata.known(&["METADATA", "issuer", "IdTokenAudience", "url", "client_id"]);
    Some(Kind::Setup)
}

impl Kind {
    /// Whether the profile shows a page or leaves for another site, and so cannot validate or run at the token endpoint.
    pub fn is_interactive(&self) -> bool {
        matches!(self, Kind::SelfAsserted(_) | Kind::PhoneFactor(_)) || self.is_provider()
    }

    /// Whether the browser leaves for an identity provider.
    pub fn is_provider(&self) -> bool {
        matches!(
            self,
            Kind::OpenIdProvider(_)
                | Kind::OAuthProvider(_)
                | Kind::OAuth1Provider(_)
                | Kind::SamlProvider(_)
        )
    }

    /// What is checked but not run, in words for people: what this version does not do yet, and what is unusable. Nothing
    /// for what runs.
    pub fn not_run(&self) -> Option<&'static str> {
        match self {
            Kind::OpenIdProvider(_) => Some("OpenID Connect identity provider"),
            Kind::OAuthProvider(_) => Some("OAuth2 identity provider"),
            Kind::OAuth1Provider(_) => Some("OAuth1 identity provider"),
            Kind::SamlProvider(_) => Some("SAML identity provider"),
            Kind::SamlIssuer(_) => Some("SAML token issuer"),
            Kind::Unusable => Some("technical profile with a mistake"),
            Kind::SelfAsserted(_)
            | Kind::Directory(_)
            | Kind::PasswordGrant(_)
            | Kind::ClaimsTransformation
            | Kind::EmailCode(_)
            | Kind::OneTimePassword(_)
            | Kind::TokenIssuer(_)
            | Kind::JsonIssuer
            | Kind::ErrorIssuer
            | Kind::Bearer(_)
            | Kind::Setup
            | Kind::Session(_)
            | Kind::Rest(_)
            | Kind::PhoneFactor(_)
            | Kind::Captcha(_)
            | Kind::Mfa(_)
            | Kind::TokenHint(_)
            | Kind::ConditionalAccess(_)
            | Kind::Insights(_)
            | Kind::JourneyContext(_)
            | Kind::Inert => None,
        }
    }
}

#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod provider_rows_tests;
#[cfg(test)]
mod rows_tests;
