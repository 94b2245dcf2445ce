//! Other issuers' tokens: their discovery documents and key sets, fetched within bounds and kept for a while.
//!
//! In: the address of a discovery document, a token. Out: the token's claims if a key of that issuer signed it. A key set
//! is fetched again at most once a minute, whoever asks for whatever key (attack 109). What the claims must say is the
//! caller's business. Not known here: policies and journeys.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{AlgorithmParameters, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use url::Url;

use crate::http::{Bounds, FetchError, Http};

/// How long a document is taken as it was.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// How soon it may be fetched again because of an unknown key or a failure.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(10), bytes: 1_048_576 };
const MOST_KEYS: usize = 200;
const MOST_ISSUERS: usize = 500;
/// The largest token that is looked at (attack 20).
const MOST_TOKEN: usize = 64 * 1024;

/// What is known of other issuers. Clones share it.
#[derive(Clone, Debug)]
pub struct Issuers {
    http: Http,
    known: Arc<Mutex<HashMap<String, Known>>>,
}

#[derive(Clone, Debug)]
struct Known {
    at: Timestamp,
    /// The document, or why there is none.
    document: Result<Arc<Document>, Untrusted>,
}

/// What a discovery document and its key set say.
#[derive(Debug)]
struct Document {
    issuer: String,
    keys: JwkSet,
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// It is no token, or of an algorithm that does not fit the key.
    Malformed,
    /// No key of the issuer signed it.
    Signature,
    /// The issuer's documents cannot be had; why.
    Unreachable(String),
}

/// A token that verified, and the issuer by the discovery document, where there is one.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Its claims.
    pub claims: Map<String, Value>,
    /// `issuer` of the discovery document.
    pub issuer: Option<String>,
}

impl Issuers {
    /// Nothing known yet.
    pub fn new(http: Http) -> Issuers {
        Issuers { http, known: Arc::default() }
    }

    /// The claims of a token that a public key of the discovery document's key set signed.
    ///
    /// # Errors
    /// Why it is not believed.
    pub async fn verify(&self, discovery: &Url, token: &str, now: Timestamp) -> Result<Proven, Untrusted> {
        let header = header(token)?;
        if !is_public(header.alg) {
            return Err(Untrusted::Malformed);
        }
        let kid = header.kid.ok_or(Untrusted::Signature)?;
        let mut document = self.document(discovery, FRESH, now).await?;
        if document.keys.find(&kid).is_none() {
            // A key that is new to us; the issuer may have changed its keys.
            document = self.document(discovery, AGAIN, now).await?;
        }
        let jwk = document.keys.find(&kid).ok_or(Untrusted::Signature)?;
        if !fits(header.alg, &jwk.algorithm) {
            return Err(Untrusted::Malformed);
        }
        let key = DecodingKey::from_jwk(jwk).map_err(|_| Untrusted::Signature)?;
        let claims = checked(token, &key, header.alg)?;
        Ok(Proven { claims, issuer: Some(document.issuer.clone()) })
    }

    async fn document(
        &self,
        discovery: &Url,
        fresh: SignedDuration,
        now: Timestamp,
    ) -> Result<Arc<Document>, Untrusted> {
        let mut known = self.known.lock().await;
        if let Some(found) = known.get(discovery.as_str()) {
            let most = if found.document.is_ok() { fresh } else { AGAIN };
            if now.duration_since(found.at) < most {
                return found.document.clone();
            }
        }
        let document = self.fetch(discovery).await.map(Arc::new);
        if known.len() >= MOST_ISSUERS {
            known.clear();
        }
        known.insert(discovery.to_string(), Known { at: now, document: document.clone() });
        document
    }

    async fn fetch(&self, discovery: &Url) -> Result<Document, Untrusted> {
        let told = |why: &str| Untrusted::Unreachable(format!("{discovery}: {why}"));
        let document = self.json(discovery).await?;
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let issuer = text("issuer").ok_or_else(|| told("it has no `issuer`"))?;
        let keys = text("jwks_uri")
            .and_then(|uri| Url::parse(uri).ok())
            .ok_or_else(|| told("it has no `jwks_uri`"))?;
        let set: Value = self.json(&keys).await?;
        let mut set: JwkSet =
            serde_json::from_value(readable(set)).map_err(|_| told("its key set is none"))?;
        set.keys.truncate(MOST_KEYS);
        Ok(Document { issuer: issuer.to_owned(), keys: set })
    }

    async fn json(&self, url: &Url) -> Result<Value, Untrusted> {
        let told = |why: String| Untrusted::Unreachable(format!("{url}: {why}"));
        let answer = self.http.get(url, BOUNDS).await.map_err(|error: FetchError| told(error.to_string()))?;
        if answer.status != 200 {
            return Err(told(format!("it answers {}", answer.status)));
        }
        serde_json::from_slice(&answer.body).map_err(|_| told("it is no JSON".to_owned()))
    }
}

/// The keys of a set that can be read; one of an unknown kind does not spoil the others.
fn readable(mut set: Value) -> Value {
    if let Some(keys) = set.get_mut("keys").and_then(Value::as_array_mut) {
        keys.retain(|key| serde_json::from_value::<jsonwebtoken::jwk::Jwk>(key.clone()).is_ok());
    }
    set
}

/// The claims of a token that the shared secret signed by HMAC.
///
/// # Errors
/// Why it is not believed.
pub fn verify_secret(secret: &[u8], token: &str) -> Result<Proven, Untrusted> {
    let header = header(token)?;
    if !matches!(header.alg, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
        return Err(Untrusted::Malformed);
    }
    let claims = checked(token, &DecodingKey::from_secret(secret), header.alg)?;
    Ok(Proven { claims, issuer: None })
}

fn header(token: &str) -> Result<jsonwebtoken::Header, Untrusted> {
    if token.len() > MOST_TOKEN {
        return Err(Untrusted::Malformed);
    }
    let header = decode_header(token).map_err(|_| Untrusted::Malformed)?;
    let plain = header.crit.is_none() && header.enc.is_none() && header.zip.is_none();
    if plain { Ok(header) } else { Err(Untrusted::Malformed) }
}

fn checked(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Result<Map<String, Value>, Untrusted> {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let read = decode::<Map<String, Value>>(token, key, &validation);
    read.map(|token| token.claims).map_err(|_| Untrusted::Signature)
}

fn is_public(algorithm: Algorithm) -> bool {
    !matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
}

/// Whether the header's algorithm is one for the key: the key decides, not the token (RFC 8725 3.1).
fn fits(algorithm: Algorithm, key: &AlgorithmParameters) -> bool {
    match key {
        AlgorithmParameters::RSA(_) => matches!(
            algorithm,
            Algorithm::RS256
                | Algorithm::RS384
                | Algorithm::RS512
                | Algorithm::PS256
                | Algorithm::PS384
                | Algorithm::PS512
        ),
        AlgorithmParameters::EllipticCurve(_) => matches!(algorithm, Algorithm::ES256 | Algorithm::ES384),
        AlgorithmParameters::OctetKeyPair(_) => algorithm == Algorithm::EdDSA,
        _ => false,
    }
}
