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
    Saml {
        /// RegisterServiceProviders: service providers are remembered for sign-out; must be false for an identity
        /// provider.
        registers: bool,
    },
}

/// Reads the settings of a session provider. `AlwaysFetchClaimsFromProvider` and `IncludeSessionIndex` are documented as
/// unused; they are still flags.
pub(super) fn read(provider: Session, metadata: &Metadata<'_>) -> Option<Kind> {
    let read = match provider {
        Session::ExternalLogin => {
            metadata.flag("AlwaysFetchClaimsFromProvider", false);
            provider
        }
        Session::Saml { .. } => {
            metadata.flag("IncludeSessionIndex", false);
            Session::Saml { registers: metadata.flag("RegisterServiceProviders", true) }
        }
        Session::Noop | Session::Default | Session::OAuth => provider,
    };
    Some(Kind::Session(read))
}
