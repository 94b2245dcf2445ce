//! Client assertions: a client proves itself by a token that one of its registered keys signed (RFC 7523,
//! `private_key_jwt` of OpenID Connect Core 9).
//!
//! In: the assertion, the application it must be of, whom it must be for, the time. Out: what must be remembered so that
//! it counts once, or why it counts nothing (attack 81). The key decides the algorithm, never the token. Pure.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::{Application, PublicKey};

/// `client_assertion_type` (RFC 7523, 2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const MOST_BYTES: usize = 16 * 1024;
const MOST_ID: usize = 256;
/// An assertion that lives longer is no proof of anything recent.
const MOST_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// What two clocks may differ (attack 86).
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What must be remembered of an assertion: its `jti` counts once until `expires`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// `jti`.
    pub id: String,
    /// From here on the assertion is refused anyway.
    pub expires: Timestamp,
}

/// `sub` of an assertion that has not been looked at: whom to look up. Never a proof.
#[must_use]
pub fn claimed_client(assertion: &str) -> Option<String> {
    use base64::Engine as _;
    let payload = assertion.split('.').nth(1).filter(|_| assertion.len() <= MOST_BYTES)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&bytes).ok()?;
    claims.get("sub").and_then(Value::as_str).map(str::to_owned)
}

/// Judges an assertion. `audiences` are the texts that name us: token endpoint and issuer.
///
/// # Errors
/// Why it proves nothing, in words that give no part of it back.
pub fn judge(
    assertion: &str,
    application: &Application,
    audiences: &[String],
    now: Timestamp,
) -> Result<Once, &'static str> {
    if assertion.len() > MOST_BYTES {
        return Err("it is too long");
    }
    let header = decode_header(assertion).map_err(|_| "it is malformed")?;
    if header.crit.is_some() || header.enc.is_some() || header.zip.is_some() {
        return Err("its header asks for more than a signature");
    }
    let claims = proven(assertion, &header, application, now)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if [text("iss"), text("sub")] != [Some(application.client_id.as_str()); 2] {
        return Err("iss and sub must both be the client id");
    }
    if !is_for_us(claims.get("aud"), audiences) {
        return Err("its audience is not this token endpoint");
    }
    let expires = times(&claims, now)?;
    match text("jti") {
        Some(id) if (1..=MOST_ID).contains(&id.len()) => Ok(Once { id: id.to_owned(), expires }),
        _ => Err("it has no jti"),
    }
}

/// The claims, where a key of the application that the header can mean signed them.
fn proven(
    assertion: &str,
    header: &Header,
    application: &Application,
    now: Timestamp,
) -> Result<Map<String, Value>, &'static str> {
    let (kid, thumbprint) = (header.kid.as_deref(), header.x5t_s256.as_deref().or(header.x5t.as_deref()));
    let alive = |key: &&PublicKey| key.expires.is_none_or(|end| now < end);
    let meant = application.keys.iter().filter(alive).filter(|key| key.is_meant(kid, thumbprint));
    for key in meant.filter(|key| fits(header.alg, key)) {
        let Ok(reads) = decoding(key) else { continue };
        if let Ok(read) = decode::<Map<String, Value>>(assertion, &reads, &signature_only(header.alg)) {
            return Ok(read.claims);
        }
    }
    Err("no registered key of the client signed it")
}

fn decoding(key: &PublicKey) -> Result<DecodingKey, jsonwebtoken::errors::Error> {
    let jwk: Jwk = serde_json::from_value(Value::Object(key.jwk.clone()))?;
    DecodingKey::from_jwk(&jwk)
}

/// Whether the header's algorithm is one for the key (RFC 8725, 3.1).
fn fits(algorithm: Algorithm, key: &PublicKey) -> bool {
    match key.jwk.get("kty").and_then(Value::as_str) {
        Some("RSA") => matches!(
            algorithm,
            Algorithm::RS256
                | Algorithm::RS384
                | Algorithm::RS512
                | Algorithm::PS256
                | Algorithm::PS384
                | Algorithm::PS512
        ),
        Some("EC") => algorithm == Algorithm::ES256,
        Some("OKP") => algorithm == Algorithm::EdDSA,
        _ => false,
    }
}

/// Claims are judged here, by our clock.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// One audience or several, all of them us: an assertion that another may take as well is no proof towards us alone.
fn is_for_us(audience: Option<&Value>, ours: &[String]) -> bool {
    let is_ours = |value: &Value| {
        value.as_str().is_some_and(|text| ours.iter().any(|own| own.eq_ignore_ascii_case(text)))
    };
    match audience {
        Some(Value::Array(many)) => !many.is_empty() && many.iter().all(is_ours),
        Some(one) => is_ours(one),
        None => false,
    }
}

/// `exp` is there, passed at most by the difference of clocks, and within the hour; `nbf` and `iat` are not ahead.
fn times(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, &'static str> {
    let at = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_i64()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .map(Some)
            .ok_or("its times are not whole seconds"),
    };
    let later = |span: SignedDuration| now.saturating_add(span).unwrap_or(Timestamp::MAX);
    let expires = at("exp")?.ok_or("it has no exp")?;
    let until = expires.saturating_add(SKEW).unwrap_or(expires);
    if until <= now {
        return Err("it is expired");
    }
    if expires > later(MOST_LIFE.saturating_add(SKEW)) {
        return Err("it lives longer than an hour");
    }
    if [at("nbf")?, at("iat")?].into_iter().flatten().any(|from| from > later(SKEW)) {
        return Err("it is not valid yet");
    }
    Ok(until)
}

#[cfg(test)]
#[path = "assertion_tests.rs"]
mod tests;
