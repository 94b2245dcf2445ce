//! One key, parsed: what it is, and signing with it.
//!
//! In: a row and its opened private part. Out: signatures. The RSA pair is parsed once, as parsing
//! costs more than signing (crates.md).

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::DecodingKey;
use zeroize::Zeroizing;

use super::KeyError;
use crate::store::KeyRow;

/// What a key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// An RSA pair.
    Rsa,
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
    /// The JWK's `kty`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
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
    Rsa { pair: Box<RsaKeyPair>, public: RsaPublic, reads: Box<DecodingKey> },
    Oct(Zeroizing<Vec<u8>>),
    Certificate(Zeroizing<Vec<u8>>),
}

/// The public members of an RSA key, in base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RsaPublic {
    pub(super) n: String,
    pub(super) e: String,
}

impl RsaPublic {
    pub(super) fn of(pair: &RsaKeyPair) -> Self {
        let public = pair.public_key();
        Self {
            n: URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            e: URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        }
    }
}

impl Key {
    pub(super) fn read(row: &KeyRow, private: &[u8]) -> Result<Self, KeyError> {
        let private = match row.key_type.as_str() {
            "RSA" => {
                let pair = RsaKeyPair::from_pkcs8(private)
                    .map_err(|_| KeyError::Rejected("a stored RSA key does not parse"))?;
                let public = RsaPublic::of(&pair);
                let reads = DecodingKey::from_rsa_components(&public.n, &public.e)
                    .map_err(|_| KeyError::Rejected("a stored RSA key does not parse"))?;
                Private::Rsa { pair: Box::new(pair), public, reads: Box::new(reads) }
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

    /// The key's id: for RSA the RFC 7638 thumbprint, 43 letters.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it is made of.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        match self.private {
            Private::Rsa { .. } => KeyType::Rsa,
            Private::Oct(_) => KeyType::Oct,
            Private::Certificate(_) => KeyType::Certificate,
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

    /// Signs `header.payload` by RS256 and returns the signature in base64url.
    ///
    /// # Errors
    /// `WrongKind` when it is no RSA key.
    pub fn sign(&self, signing_input: &str) -> Result<String, KeyError> {
        let Private::Rsa { pair, .. } = &self.private else { return Err(KeyError::WrongKind) };
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signing_input.as_bytes(), &mut signature)
            .map_err(|_| KeyError::Rejected("signing failed"))?;
        Ok(URL_SAFE_NO_PAD.encode(signature))
    }

    /// The bytes of a secret.
    ///
    /// # Errors
    /// `WrongKind` when it is no secret.
    pub fn secret(&self) -> Result<&[u8], KeyError> {
        match &self.private {
            Private::Oct(bytes) => Ok(bytes),
            Private::Rsa { .. } | Private::Certificate(_) => Err(KeyError::WrongKind),
        }
    }

    /// Certificate chain and private key in PEM.
    ///
    /// # Errors
    /// `WrongKind` when it is no certificate.
    pub fn identity(&self) -> Result<&[u8], KeyError> {
        match &self.private {
            Private::Certificate(pem) => Ok(pem),
            Private::Rsa { .. } | Private::Oct(_) => Err(KeyError::WrongKind),
        }
    }

    /// The public key as a JWK; `None` for a secret, which has no public part.
    #[must_use]
    pub fn jwk(&self) -> Option<serde_json::Value> {
        let Private::Rsa { public, .. } = &self.private else { return None };
        let mut jwk = serde_json::Map::new();
        jwk.insert("kid".to_owned(), self.kid.clone().into());
        if let Some(not_before) = self.not_before {
            jwk.insert("nbf".to_owned(), not_before.as_second().into());
        }
        if let Some(expires) = self.expires {
            jwk.insert("exp".to_owned(), expires.as_second().into());
        }
        jwk.insert("use".to_owned(), self.key_use.as_str().into());
        jwk.insert("kty".to_owned(), "RSA".into());
        jwk.insert("e".to_owned(), public.e.clone().into());
        jwk.insert("n".to_owned(), public.n.clone().into());
        Some(jwk.into())
    }

    pub(super) fn reads(&self) -> Option<&DecodingKey> {
        match &self.private {
            Private::Rsa { reads, .. } => Some(reads),
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
