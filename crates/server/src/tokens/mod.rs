//! Tokens: minted from what a journey issued, kept as codes and refresh tokens, redeemed once.
//!
//! In: a [`Grant`] (claims by wire name, client, scopes), the issuer's settings, a parsed key. Out: signed JWTs, opaque
//! codes and refresh tokens, and a [`Failure`] where a grant is not to be honoured. What must not be known here: HTTP,
//! how a person proved who they are, how a policy came to its claims.

pub mod claims;
pub mod code;
mod handle;
pub mod mint;
pub mod pkce;
pub mod refresh;
pub mod scopes;
pub mod spent;
pub mod standard;
pub(crate) mod vault;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vestibule_engine::claims::Claims;
use vestibule_engine::journey::Fault;

use crate::error::Error;
use crate::keys::KeyError;
use crate::seal::{SealError, Sealer};
use crate::store::{Store, StoreError};
pub use claims::{Frame, issuer};
pub use mint::{Minted, Signers, mint};
pub use pkce::Challenge;
pub use scopes::{Api, Asker, Granted, Scopes};
pub use standard::Asked;

/// What was granted, to whom, with which claims: all that later tokens of one sign-in need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Policy id in its declared spelling.
    pub policy: String,
    /// Id of the issuer's technical profile in that policy.
    pub issuer: String,
    /// Client id of the application.
    pub client_id: String,
    /// Value of the issuer's user identity claim, as a rule the object id.
    pub user: Option<String>,
    /// Value that SubjectNamingInfo names.
    pub subject: Option<String>,
    /// Claims of the relying party by wire name.
    pub claims: Vec<(String, serde_json::Value)>,
    /// The claims bag, for a refresh journey.
    pub bag: Claims,
    /// When the user last proved who they are.
    pub authenticated_at: Timestamp,
    /// `nonce` of the authorization request.
    pub nonce: Option<String>,
    /// Scopes granted.
    pub scopes: Scopes,
    /// Whether the answer went to a script in a browser: its refresh tokens end a day after the first.
    pub spa: bool,
    /// Whether the application asks in its own name: there is no user and no sign-in, and what was granted are roles.
    #[serde(default)]
    pub own_name: bool,
    /// `sid` of the browser's session, where applications are told of it.
    #[serde(default)]
    pub sid: Option<String>,
}

impl Grant {
    /// The subject of its tokens: what the policy names, else its `sub` claim, else the user.
    #[must_use]
    pub fn sub(&self) -> Option<String> {
        let claim = || self.claim("sub").and_then(serde_json::Value::as_str).map(str::to_owned);
        self.subject.clone().or_else(claim).or_else(|| self.user.clone()).filter(|sub| !sub.is_empty())
    }

    /// A claim of the relying party; of twins the last.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&serde_json::Value> {
        self.claims.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// Why there is no token.
#[derive(Debug)]
pub enum Failure {
    /// The grant is not to be honoured: told to the client.
    Fault(Fault),
    /// Our machine failed.
    Error(Error),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        match error {
            // Something of ours that no longer opens: for the client a grant that is gone.
            SealError::Refused => Self::Fault(Fault::with(90080, EXPIRED)),
            other => Self::Error(other.into()),
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Missing => Self::Fault(Fault::with(90025, "The policy's signing key does not exist.")),
            KeyError::OutOfTime => {
                Self::Fault(Fault::with(90220, "The policy's signing key is not valid at this time."))
            }
            KeyError::WrongKind => Self::Fault(Fault::with(
                90019,
                "The policy's key container holds no key that signs as it must.",
            )),
            other => Self::Error(other.into()),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Error(error.into())
    }
}

/// The parts that codes and refresh tokens are kept with, for one tenant at one instant.
#[derive(Clone, Copy)]
pub struct Shelf<'a> {
    /// Where they are kept.
    pub store: &'a Store,
    /// What seals them there.
    pub sealer: &'a Sealer,
    /// The tenant's name.
    pub tenant: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// The sentence of 90080, without its numbers.
pub(crate) const EXPIRED: &str = "The provided grant has expired. Please re-authenticate and try again.";

/// 90080 with its numbers (protocols 11); `window` names the sliding one.
fn expired(now: Timestamp, issued: Timestamp, expires: Timestamp, window: bool) -> Fault {
    let end = if window { "Grant sliding window expiration time" } else { "Grant expiration time" };
    let (now, issued, expires) = (now.as_second(), issued.as_second(), expires.as_second());
    Fault::with(
        90080,
        format!("{EXPIRED} Current time: {now}, Grant issued time: {issued}, {end}: {expires}"),
    )
}

#[cfg(test)]
#[path = "grants_tests.rs"]
mod tests;
