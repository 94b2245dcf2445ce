//! An ordinary `id_token_hint`: one of our own id tokens, given back to say whose session is meant (protocols 8).
//!
//! In: a token. Out: whom it is about, if it verifies as ours, expired or not; anything else is no hint at all
//! (attack 20). Never a source of claims.

use serde_json::Value;
use vestibule_engine::kind::{IssuerPattern, Kind, TokenIssuer};
use vestibule_engine::policy::Policy;

use super::call::Call;
use crate::error::Error;
use crate::keys::{Expect, KeyError};
use crate::tokens::issuer;

/// Longest hint that is looked at, bytes.
const MOST_BYTES: usize = 16 * 1024;

/// A hint that verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Client id of the application the token was for.
    pub client_id: String,
    subject: String,
    object_id: Option<String>,
}

impl Hint {
    /// Whether the hint is about the user of a session.
    #[must_use]
    pub fn is_about(&self, user: Option<&str>) -> bool {
        user.is_some_and(|user| user == self.subject || self.object_id.as_deref() == Some(user))
    }
}

/// Reads a hint.
///
/// # Errors
/// Failures of the key store.
pub async fn read(call: Call<'_>, token: &str) -> Result<Option<Hint>, Error> {
    if token.len() > MOST_BYTES {
        return Ok(None);
    }
    let mut containers: Vec<&str> =
        issuers(call.policy).map(|settings| settings.signing_key.as_ref()).collect();
    containers.sort_unstable();
    containers.dedup();
    for container in containers {
        let expect = Expect { expired_too: true, ..Expect::default() };
        match call.app.keys.verify(&call.tenant.name, container, token, &expect).await {
            Ok(verified) => return Ok(ours(call, &verified.claims)),
            Err(KeyError::Store(error)) => return Err(error.into()),
            Err(KeyError::Seal(error)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Ok(None)
}

/// The JWT issuers of a policy.
pub fn issuers(policy: &Policy) -> impl Iterator<Item = &TokenIssuer> {
    policy.profiles.values().filter_map(|profile| match &profile.kind {
        Kind::TokenIssuer(settings) => Some(settings),
        _ => None,
    })
}

/// The hint in a verified token: an id token (an access token has `azp`) of an issuer of this tenant.
fn ours(call: Call<'_>, claims: &serde_json::Map<String, Value>) -> Option<Hint> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let iss = text("iss")?;
    if claims.contains_key("azp") || !is_issuer(call, iss) {
        return None;
    }
    Some(Hint {
        client_id: text("aud")?.to_owned(),
        subject: text("sub")?.to_owned(),
        object_id: text("oid").map(str::to_owned),
    })
}

/// Whether an `iss` is one of this tenant's, of any policy, under any public origin.
fn is_issuer(call: Call<'_>, iss: &str) -> bool {
    let server = &call.app.config.server;
    let origins = std::iter::once(&server.public_url).chain(&server.more_public_urls);
    origins.map(|url| url.origin().ascii_serialization()).any(|origin| {
        let plain = issuer(&origin, &call.tenant.id, "", IssuerPattern::TenantGuid);
        let with_policy = format!("{origin}/tfp/{}/", call.tenant.id);
        iss == plain || (iss.starts_with(&with_policy) && iss.ends_with("/v2.0/"))
    })
}
