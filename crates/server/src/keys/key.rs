//! One key, parsed: what it is, and signing with it.
//!
//! In: a row and its opened private part. Out: signatures, the public part as it is published.

use std::sync::Arc;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use zeroize::Zeroizing;

use super::KeyError;
use super::pair::Pair;
use crate::config::SigningAlgorithm;
use crate::store::KeyRow;

/// What a key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// An RSA pair.
    Rsa,
    /// A pair on P-256.
    Ec,
    /// An Ed25519 pair.
    Okp,
    /// A secret.
    Oct,
    /// A certificate with its private key, shown to services that ask for one.
    Certificate,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// Signing.
    Sig,
    /// Encryption.
    Enc,
}

impl KeyType {
    /// The type of the pairs that sign by an algorithm.
    #[must_use]
    pub fn of(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => Self::Rsa,
            SigningAlgorithm::Es256 => Self::Ec,
            SigningAlgorithm::EdDsa => Self::Okp,
        }
    }

    /// The JWK's `kty`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Ec => "EC",
            Self::Okp => "OKP",
            Self::Oct => "oct",
            Self::Certificate => "X509",
        }
    }
}

impl KeyUse {
    /// The JWK's `use`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sig => "sig",
            Self::Enc => "enc",
        }
    }
}

/// A parsed key of a container.
pub struct Key {
    kid: String,
    key_use: KeyUse,
    not_before: Option<Timestamp>,
    expires: Option<Timestamp>,
    created: Timestamp,
    private: Private,
}

enum Private {
    Pair(Box<Pair>),
    Oct(Zeroizing<Vec<u8>>),
    Certificate(Zeroizing<Vec<u8>>),
}

impl Key {
    pub(super) fn read(row: &KeyRow, private: &[u8]) -> Result<Self, KeyError> {
        let private = match row.key_type.as_str() {
            "RSA" | "EC" | "OKP" => {
                let public: Value = serde_json::from_str(&row.public).unwrap_or_default();
                let algorithm = public.get("alg").and_then(Value::as_str).and_then(|name| name.parse().ok());
                Private::Pair(Box::new(Pair::parse(private, algorithm)?))
            }
            "X509" => Private::Certificate(Zeroizing::new(private.to_vec())),
            _ => Private::Oct(Zeroizing::new(private.to_vec())),
        };
        let key_use = if row.key_use == "enc" { KeyUse::Enc } else { KeyUse::Sig };
        Ok(Self {
            kid: row.kid.clone(),
            key_use,
            not_before: row.not_before,
            expires: row.expires,
            created: row.created,
            private,
        })
    }

    /// The key's id: for a pair the RFC 7638 thumbprint, 43 letters.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it is made of.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        match &self.private {
            Private::Pair(pair) => KeyType::of(pair.algorithm()),
            Private::Oct(_) => KeyType::Oct,
            Private::Certificate(_) => KeyType::Certificate,
        }
    }

    /// The algorithm it signs tokens by; none for what signs none.
    #[must_use]
    pub fn algorithm(&self) -> Option<SigningAlgorithm> {
        match &self.private {
            Private::Pair(pair) => Some(pair.algorithm()),
            Private::Oct(_) | Private::Certificate(_) => None,
        }
    }

    /// What it is for.
    #[must_use]
    pub fn key_use(&self) -> KeyUse {
        self.key_use
    }

    /// Not to be used before.
    #[must_use]
    pub fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// Not to be used from here on.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// Signs `header.payload` and returns the signature in base64url.
    ///
    /// # Errors
    /// `WrongKind` when it is no pair.
    pub fn sign(&self, signing_input: &str) -> Result<String, KeyError> {
        let Private::Pair(pair) = &self.private else { return Err(KeyError::WrongKind) };
        pair.sign(signing_input)
    }

    /// The bytes of a secret.
    ///
    /// # Errors
    /// `WrongKind` when it is no secret.
    pub fn secret(&self) -> Result<&[u8], KeyError> {
        match &self.private {
            Private::Oct(bytes) => Ok(bytes),
            Private::Pair(_) | Private::Certificate(_) => Err(KeyError::WrongKind),
        }
    }

    /// Certificate chain and private key in PEM.
    ///
    /// # Errors
    /// `WrongKind` when it is no certificate.
    pub fn identity(&self) -> Result<&[u8], KeyError> {
        match &self.private {
            Private::Certificate(pem) => Ok(pem),
            Private::Pair(_) | Private::Oct(_) => Err(KeyError::WrongKind),
        }
    }

    /// The public key as a JWK; `None` for a secret, which has no public part. The cloud's RSA keys carry no `alg`, and
    /// neither do ours; any other key says what it is for.
    #[must_use]
    pub fn jwk(&self) -> Option<Value> {
        let Private::Pair(pair) = &self.private else { return None };
        let mut jwk = serde_json::Map::new();
        jwk.insert("kid".to_owned(), self.kid.clone().into());
        if let Some(not_before) = self.not_before {
            jwk.insert("nbf".to_owned(), not_before.as_second().into());
        }
        if let Some(expires) = self.expires {
            jwk.insert("exp".to_owned(), expires.as_second().into());
        }
        jwk.insert("use".to_owned(), self.key_use.as_str().into());
        jwk.insert("kty".to_owned(), self.key_type().as_str().into());
        if pair.algorithm() != SigningAlgorithm::Rs256 {
            jwk.insert("alg".to_owned(), pair.algorithm().as_str().into());
        }
        for (name, value) in pair.public().iter().filter(|(name, _)| *name != "kty") {
            jwk.insert(name.clone(), value.clone());
        }
        Some(jwk.into())
    }

    pub(super) fn reads(&self) -> Option<(&DecodingKey, Algorithm)> {
        match &self.private {
            Private::Pair(pair) => Some(pair.reads()),
            Private::Oct(_) | Private::Certificate(_) => None,
        }
    }

    /// From when to when it may be used: it cannot have been before it was made.
    pub(super) fn usable(&self, at: Timestamp) -> bool {
        self.created <= at
            && self.not_before.is_none_or(|from| from <= at)
            && self.expires.is_none_or(|end| at < end)
    }

    pub(super) fn edges(self: &Arc<Self>) -> impl Iterator<Item = Timestamp> {
        [Some(self.created), self.not_before, self.expires].into_iter().flatten()
    }
}

/// Says nothing of private parts.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({} {:?})", self.kid, self.key_type())
    }
}
