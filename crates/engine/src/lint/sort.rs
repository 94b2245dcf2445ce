//! What a technical profile is, as far as the lints tell profiles apart (technical-profiles 2). In: a profile with its
//! includes laid in. Out: its sort.

use crate::syntax::{ProtocolName, TechnicalProfile};

/// The sorts of profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A self-asserted page.
    Page,
    /// The built-in directory.
    Directory,
    /// A REST call.
    Rest,
    /// Runs its transformations.
    Transformation,
    /// The phone factor page.
    Phone,
    /// Codes by SMS, or an authenticator.
    Mfa,
    /// Makes or checks a one-time code.
    OneTimePassword,
    /// The built-in e-mail code.
    EmailCode,
    /// Keeps claims for the session and skips profiles that name it.
    Session,
    /// Remembers the identity provider of a session.
    ExternalSession,
    /// A session provider that restores nothing.
    IdleSession,
    /// A password grant.
    PasswordGrant,
    /// An OpenID Connect or OAuth identity provider.
    Provider,
    /// A SAML identity provider or issuer.
    Saml,
    /// Issues a token, a document or an error.
    Issuer,
    /// Any other.
    Other,
}

/// Classes of handlers, in lower case, without `Web.TPEngine.`.
const HANDLERS: &[(&str, Sort)] = &[
    ("providers.selfassertedattributeprovider", Sort::Page),
    ("providers.azureactivedirectoryprovider", Sort::Directory),
    ("providers.restfulprovider", Sort::Rest),
    ("providers.claimstransformationprotocolprovider", Sort::Transformation),
    ("providers.phonefactorprotocolprovider", Sort::Phone),
    ("providers.azuremfaprotocolprovider", Sort::Mfa),
    ("providers.onetimepasswordprotocolprovider", Sort::OneTimePassword),
    ("providers.aadssprprotocolprovider", Sort::EmailCode),
    ("sso.defaultssosessionprovider", Sort::Session),
    ("sso.externalloginssosessionprovider", Sort::ExternalSession),
    ("sso.noopssosessionprovider", Sort::IdleSession),
    ("sso.oauthssosessionprovider", Sort::IdleSession),
    ("sso.samlssosessionprovider", Sort::IdleSession),
];

impl Sort {
    /// The sort of a profile.
    pub(super) fn of(profile: &TechnicalProfile) -> Sort {
        let Some(protocol) = &profile.protocol else { return Sort::Other };
        let handler = protocol.handler.as_ref().map_or("", |handler| handler.as_str());
        let class = handler.split(',').next().unwrap_or_default().trim().to_ascii_lowercase();
        if let Some(class) = class.strip_prefix("web.tpengine.") {
            return HANDLERS.iter().find(|(known, _)| *known == class).map_or(Sort::Other, |(_, sort)| *sort);
        }
        match protocol.name.as_ref().map(|name| name.value) {
            Some(ProtocolName::OpenIdConnect) if asks_with_password(profile) => Sort::PasswordGrant,
            Some(ProtocolName::Saml2) => Sort::Saml,
            Some(ProtocolName::OpenIdConnect | ProtocolName::OAuth2 | ProtocolName::OAuth1)
                if !issues(profile) =>
            {
                Sort::Provider
            }
            _ if profile.output_token_format.is_some() => Sort::Issuer,
            _ => Sort::Other,
        }
    }

    #[expect(dead_code, reason = "for the families to come")]
    /// Whether the browser leaves for another site or sees a page.
    pub(super) fn is_interactive(self) -> bool {
        matches!(self, Sort::Page | Sort::Phone | Sort::Provider | Sort::Saml)
    }
}

/// Whether it takes a user name and a password (technical-profiles 6).
fn asks_with_password(profile: &TechnicalProfile) -> bool {
    let takes = |wanted: &str| {
        profile.input_claims.iter().any(|claim| {
            let partner = claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id);
            partner.eq_ignore_ascii_case(wanted)
        })
    };
    takes("username") && takes("password")
}

/// An issuer of tokens has the key that seals refresh tokens, or the setting for them.
fn issues(profile: &TechnicalProfile) -> bool {
    let sealed =
        profile.cryptographic_keys.iter().any(|key| key.id.eq_ignore_ascii_case("issuer_refresh_token_key"));
    let named = profile
        .metadata
        .iter()
        .any(|item| item.key.eq_ignore_ascii_case("issuer_refresh_token_user_identity_claim_type"));
    profile.output_token_format.is_some() && (sealed || named)
}
