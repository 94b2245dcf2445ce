//! Reading tokens that this server signed.
//!
//! In: a token and what is expected of it. Out: its claims, if a published key of the container
//! signed it. Each key has one algorithm whatever the header says; the header's `kid` only
//! looks up the loaded set; times are judged by the server's own clock (attack 84).

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::{Container, KeyError};

const MOST_TOKEN: usize = 64 * 1024;
/// What two clocks may differ (attack 86).
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What a token must be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expect<'a> {
    /// The `iss` it must have.
    pub issuer: Option<&'a str>,
    /// The `aud` it must have.
    pub audience: Option<&'a str>,
    /// Whether a token past its `exp` is taken too: sign-out's hint (attack 20).
    pub expired_too: bool,
}

/// A token that verified.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Its claims.
    pub claims: Map<String, Value>,
    /// The key that signed it.
    pub kid: String,
}

pub(super) fn verify(
    container: &Container,
    token: &str,
    expect: &Expect<'_>,
    now: Timestamp,
) -> Result<Verified, KeyError> {
    if token.len() > MOST_TOKEN {
        return Err(KeyError::Signature);
    }
    let header = decode_header(token).map_err(|_| KeyError::Signature)?;
    let plain = header.crit.is_none() && header.enc.is_none() && header.zip.is_none();
    if !plain || header.extras.inner().contains_key("b64") {
        return Err(KeyError::Signature);
    }
    let kid = header.kid.ok_or(KeyError::Signature)?;
    let published = container.published(now);
    let key = published.iter().find(|key| key.kid() == kid).ok_or(KeyError::Signature)?;
    let (reads, algorithm) = key.reads().ok_or(KeyError::Signature)?;
    if header.alg != algorithm {
        return Err(KeyError::Signature);
    }
    let claims = decode::<Map<String, Value>>(token, reads, &signature_only(algorithm))
        .map_err(|_| KeyError::Signature)?
        .claims;
    check_times(&claims, expect.expired_too, now)?;
    let same = |name: &str, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| claims.get(name).and_then(Value::as_str) == Some(wanted))
    };
    if !same("iss", expect.issuer) || !same("aud", expect.audience) {
        return Err(KeyError::Mismatch);
    }
    Ok(Verified { claims, kid })
}

/// Times are checked below, by our clock and with both required.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// `exp` must be there and be a whole number; `nbf` too where it is present.
fn check_times(claims: &Map<String, Value>, expired_too: bool, now: Timestamp) -> Result<(), KeyError> {
    let expires = instant(claims.get("exp").ok_or(KeyError::Expired)?)?;
    if !expired_too && expires <= now {
        return Err(KeyError::Expired);
    }
    if let Some(from) = claims.get("nbf")
        && instant(from)? > now.saturating_add(SKEW).unwrap_or(Timestamp::MAX)
    {
        return Err(KeyError::Expired);
    }
    Ok(())
}

fn instant(value: &Value) -> Result<Timestamp, KeyError> {
    let seconds = value.as_i64().ok_or(KeyError::Expired)?;
    Timestamp::from_second(seconds).map_err(|_| KeyError::Expired)
}
