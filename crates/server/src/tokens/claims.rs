//! What tokens say (protocols 4).
//!
//! In: a [`Grant`] and the [`Frame`] of the request that redeems it. Out: the claims of an id token or an access token.
//! Pure: signing is `mint`'s.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value};
use vestibule_engine::kind::{IssuerPattern, TokenIssuer};

use super::{Grant, standard};
use crate::config::SigningAlgorithm;

/// Names whose value is the protocol's own, or absent; never the policy's (attack 89).
const PROTOCOL: &[&str] =
    &["iss", "aud", "exp", "nbf", "iat", "nonce", "auth_time", "azp", "ver", "at_hash", "c_hash", "sub"];

/// `sub` where neither policy nor journey knows a user, as the cloud's user flows say it.
const NO_SUBJECT: &str = "Not supported currently. Use oid claim.";

/// What the request adds to a grant.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The issuer's settings.
    pub settings: &'a TokenIssuer,
    /// Origin of the request, `https://host[:port]`.
    pub origin: &'a str,
    /// The tenant's GUID.
    pub tenant_id: &'a str,
    /// Policy id.
    pub policy: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// The `iss` of a policy's tokens; the closing slash is part of it.
#[must_use]
pub fn issuer(origin: &str, tenant_id: &str, policy: &str, pattern: IssuerPattern) -> String {
    match pattern {
        IssuerPattern::TenantGuid => format!("{origin}/{tenant_id}/v2.0/"),
        IssuerPattern::WithPolicy => format!("{origin}/tfp/{tenant_id}/{}/v2.0/", policy.to_lowercase()),
    }
}

/// What an id token travels with, and the algorithm that signs it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The access token.
    pub access_token: Option<&'a str>,
    /// The code.
    pub code: Option<&'a str>,
    /// Decides the hash of both.
    pub algorithm: SigningAlgorithm,
}

/// The claims of an id token.
#[must_use]
pub fn id_token(grant: &Grant, frame: Frame<'_>, beside: Beside<'_>) -> Map<String, Value> {
    let mut claims = common(grant, frame, &grant.client_id, frame.settings.id_seconds);
    put(&mut claims, "nonce", grant.nonce.clone().map(Value::from));
    put(&mut claims, "sid", grant.sid.clone().map(Value::from));
    let alone = beside.access_token.is_none() && beside.code.is_none();
    let asked = grant.scopes.asked.as_ref();
    add_policy_claims(&mut claims, grant, &[], |name| {
        asked.is_none_or(|asked| asked.in_id_token(name, alone))
    });
    let hash = |text: &str| Value::from(half_hash(text, beside.algorithm));
    put(&mut claims, "at_hash", beside.access_token.map(hash));
    put(&mut claims, "c_hash", beside.code.map(hash));
    claims
}

/// The claims of an access token, where scopes of a resource were granted.
#[must_use]
pub fn access_token(grant: &Grant, frame: Frame<'_>) -> Option<Map<String, Value>> {
    let granted = grant.scopes.resource.as_ref()?;
    let mut claims = common(grant, frame, &granted.audience, frame.settings.access_seconds);
    let short = granted.short.join(" ");
    put(&mut claims, "scp", (!short.is_empty()).then(|| short.clone().into()));
    claims.insert("azp".into(), grant.client_id.clone().into());
    // Roles too stand in `scp`, as the cloud has them; `roles` is where most libraries look.
    put(&mut claims, "roles", (grant.own_name && !short.is_empty()).then(|| granted.short.clone().into()));
    // A token for the application itself is for UserInfo, which has the standard claims.
    let asked = grant.scopes.asked.as_ref().filter(|_| granted.audience == grant.client_id);
    let reserved: &[&str] = if grant.own_name { &["scp", "roles"] } else { &["scp"] };
    add_policy_claims(&mut claims, grant, reserved, |name| {
        asked.is_none_or(|asked| asked.in_id_token(name, false))
    });
    if grant.own_name && !claims.contains_key("oid") {
        put(&mut claims, "oid", grant.sub().map(Value::from));
    }
    if let Some(asked) = asked {
        asked.carry(&mut claims);
    }
    Some(claims)
}

fn common(grant: &Grant, frame: Frame<'_>, audience: &str, seconds: u32) -> Map<String, Value> {
    let now = frame.now.as_second();
    let mut claims = Map::new();
    claims.insert("exp".into(), (now + i64::from(seconds)).into());
    claims.insert("nbf".into(), now.into());
    claims.insert("ver".into(), "1.0".into());
    let issuer = issuer(frame.origin, frame.tenant_id, frame.policy, frame.settings.issuer);
    claims.insert("iss".into(), issuer.into());
    claims.insert("sub".into(), grant.sub().unwrap_or_else(|| NO_SUBJECT.to_owned()).into());
    claims.insert("aud".into(), audience.into());
    put(&mut claims, "acr", frame.settings.acr.then(|| frame.policy.to_lowercase().into()));
    claims.insert("iat".into(), now.into());
    if !grant.own_name {
        claims.insert("auth_time".into(), grant.authenticated_at.as_second().into());
    }
    claims
}

/// The policy's claims, except where the protocol has the word. Of twins the last counts (policy-language 9.3).
fn add_policy_claims(
    claims: &mut Map<String, Value>,
    grant: &Grant,
    reserved: &[&str],
    may_stand: impl Fn(&str) -> bool,
) {
    let ours: Vec<String> = claims.keys().cloned().collect();
    for (name, value) in &grant.claims {
        let taken =
            PROTOCOL.contains(&name.as_str()) || reserved.contains(&name.as_str()) || ours.contains(name);
        if !taken && may_stand(name) {
            let shaped = grant.scopes.asked.as_ref().map(|_| standard::shaped(name, value));
            claims.insert(name.clone(), shaped.unwrap_or_else(|| value.clone()));
        }
    }
}

fn put(claims: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        claims.insert(name.to_owned(), value);
    }
}

/// `at_hash` and `c_hash`: the left half of the algorithm's hash in base64url (OpenID Connect Core 3.1.3.6); Ed25519
/// hashes with SHA-512 (RFC 8032, 5.1).
fn half_hash(text: &str, algorithm: SigningAlgorithm) -> String {
    let hash = match algorithm {
        SigningAlgorithm::EdDsa => &digest::SHA512,
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 | SigningAlgorithm::Es256 => &digest::SHA256,
    };
    let hash = digest::digest(hash, text.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..hash.as_ref().len() / 2).unwrap_or_default())
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
