//! Minting: claims signed with a key that was parsed once.
//!
//! In: a grant, its frame, the keys. Out: compact JWTs. The JSON of header and claims is put together here and
//! signed as it stands; the JWT library only reads (crates.md: its `encode` parses the key anew for every token).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use vestibule_engine::journey::Fault;

use super::claims::{self, Frame};
use super::{Failure, Grant};
use crate::chance;
use crate::config::SigningAlgorithm;
use crate::keys::{Key, KeyError, Keys};

/// Longest token that is handed out, bytes (attack 90).
const MOST_TOKEN: usize = 16 * 1024;

/// The tokens of one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minted {
    /// Where it was wanted and `openid` granted.
    pub id_token: Option<String>,
    /// Where it was wanted and scopes of a resource granted.
    pub access_token: Option<String>,
}

/// What an answer is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// An id token.
    pub id_token: bool,
    /// An access token.
    pub access_token: bool,
    /// The code that travels with the id token.
    pub code: Option<&'a str>,
}

impl Wanted<'_> {
    /// What the token endpoint answers.
    pub const ALL: Wanted<'static> = Wanted { id_token: true, access_token: true, code: None };
}

/// The keys of one answer: an application may want its id tokens by an algorithm of its own, while access tokens are for
/// APIs and always by the active key.
#[derive(Clone, Debug)]
pub struct Signers {
    /// Signs id tokens.
    pub id_token: Arc<Key>,
    /// Signs access tokens.
    pub access_token: Arc<Key>,
}

impl Signers {
    /// The keys of a container for an application that wants `algorithm`.
    ///
    /// # Errors
    /// Those of the key store.
    pub async fn of(
        keys: &Keys,
        (tenant, container): (&str, &str),
        algorithm: Option<SigningAlgorithm>,
    ) -> Result<Signers, KeyError> {
        let access_token = keys.active(tenant, container).await?;
        let id_token = match algorithm {
            Some(algorithm) => keys.signer(tenant, container, Some(algorithm)).await?,
            None => Arc::clone(&access_token),
        };
        Ok(Signers { id_token, access_token })
    }
}

/// Mints the tokens of one answer.
///
/// # Errors
/// 90037 when a token would be longer than 16 kB; failures of the key.
pub fn mint(
    grant: &Grant,
    frame: Frame<'_>,
    signers: &Signers,
    wanted: Wanted<'_>,
) -> Result<Minted, Failure> {
    let access_claims = claims::access_token(grant, frame).filter(|_| wanted.access_token);
    let access_claims = access_claims.map(|claims| distinct(grant, claims));
    let access_token = access_claims.map(|claims| sign(&signers.access_token, &claims)).transpose()?;
    let id_token = match wanted.id_token && grant.scopes.openid {
        true => {
            let key = &signers.id_token;
            let beside = claims::Beside {
                access_token: access_token.as_deref(),
                code: wanted.code,
                algorithm: key.algorithm().unwrap_or_default(),
            };
            Some(sign(key, &claims::id_token(grant, frame, beside))?)
        }
        false => None,
    };
    Ok(Minted { id_token, access_token })
}

/// An id of its own for a token that comes back to us, at UserInfo (RFC 9068 section 2.2). Two of one second would else be
/// one text, and whoever kills one of them (attack 73) would kill the other. Tokens for APIs are the cloud's to the letter.
fn distinct(grant: &Grant, mut claims: Map<String, Value>) -> Map<String, Value> {
    let is_own = grant.scopes.resource.as_ref().is_some_and(|granted| granted.audience == grant.client_id);
    if is_own {
        claims.insert("jti".to_owned(), chance::token(16).into());
    }
    claims
}

/// A signed compact JWT.
///
/// # Errors
/// 90037 when it is longer than 16 kB; failures of the key.
pub fn sign(key: &Key, claims: &Map<String, Value>) -> Result<String, Failure> {
    sign_typed(key, "JWT", claims)
}

/// A signed compact JWT whose header says what it is (RFC 8725, 3.11).
///
/// # Errors
/// As [`sign`].
pub fn sign_typed(key: &Key, typ: &str, claims: &Map<String, Value>) -> Result<String, Failure> {
    let algorithm = key.algorithm().ok_or(KeyError::WrongKind)?.as_str();
    let header = serde_json::json!({ "alg": algorithm, "kid": key.kid(), "typ": typ }).to_string();
    let payload = serde_json::to_string(claims)?;
    let mut token = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 400);
    URL_SAFE_NO_PAD.encode_string(header, &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    if token.len() > MOST_TOKEN {
        return Err(Fault::with(90037, "The claims of the policy do not fit in a token.").into());
    }
    let signature = key.sign(&token)?;
    token.push('.');
    token.push_str(&signature);
    Ok(token)
}
