//! Session providers (technical-profiles 21).

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
