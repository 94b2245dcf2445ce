//! Session providers (technical-profiles 21).

use super::{Kind, Metadata};

/// Which session provider a profile is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// `NoopSSOSessionProvider`: always run, nothing kept.
    Noop,
    /// `DefaultSSOSessionProvider`: skipped on the next visit, claims restored.
    Default,
    /// `ExternalLoginSSOSessionProvider`: the provider chosen is remembered.
    ExternalLogin,
    /// `OAuthSSOSessionProvider`: applications are remembered for sign-out.
    OAuth,
    /// `SamlSSOSessionProvider`.
    Saml,
}

/// Reads the settings of a session provider, none of which has an effect.
pub(super) fn read(provider: Session, metadata: &Metadata<'_>) -> Option<Kind> {
    metadata.known(&["AlwaysFetchClaimsFromProvider", "IncludeSessionIndex", "RegisterServiceProviders"]);
    Some(Kind::Session(provider))
}
