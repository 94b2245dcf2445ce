//! A key pair that signs: parsed once, as parsing costs more than signing (crates.md).
//!
//! In: a private key in PKCS#8 and the algorithm it is for. Out: signatures, and the public members of its JWK. Whoever
//! reads tokens gets the public part in the form the JWT library wants.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::KeyError;
use crate::config::SigningAlgorithm;

/// A pair with its algorithm: one key, one algorithm (RFC 8725, 3.1).
pub(super) struct Pair {
    secret: Secret,
    algorithm: SigningAlgorithm,
    public: Map<String, Value>,
    reads: DecodingKey,
}

enum Secret {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
    Ed(Box<Ed25519KeyPair>),
}

impl Pair {
    /// A new pair.
    pub(super) fn generate(algorithm: SigningAlgorithm) -> Result<Pair, KeyError> {
        let secret = match algorithm {
            SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
                RsaKeyPair::generate(KeySize::Rsa2048).map(|pair| Secret::Rsa(Box::new(pair)))
            }
            SigningAlgorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .map(|pair| Secret::Ec(Box::new(pair))),
            SigningAlgorithm::EdDsa => Ed25519KeyPair::generate().map(|pair| Secret::Ed(Box::new(pair))),
        };
        Pair::of(secret.map_err(|_| KeyError::Rejected("a key could not be made"))?, algorithm)
    }

    /// Reads PKCS#8. The key's own kind decides the algorithm; of the two that RSA has, `wanted` chooses.
    pub(super) fn parse(pkcs8: &[u8], wanted: Option<SigningAlgorithm>) -> Result<Pair, KeyError> {
        let (secret, own) = if let Ok(pair) = RsaKeyPair::from_pkcs8(pkcs8) {
            let pss = wanted == Some(SigningAlgorithm::Ps256);
            (Secret::Rsa(Box::new(pair)), if pss { SigningAlgorithm::Ps256 } else { SigningAlgorithm::Rs256 })
        } else if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8) {
            (Secret::Ec(Box::new(pair)), SigningAlgorithm::Es256)
        } else if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8) {
            (Secret::Ed(Box::new(pair)), SigningAlgorithm::EdDsa)
        } else {
            return Err(KeyError::Rejected(
                "it is no RSA key of 2048 to 8192 bits, nor one of P-256 or Ed25519",
            ));
        };
        if wanted.is_some_and(|wanted| wanted != own) {
            return Err(KeyError::Rejected("the key is of another kind than the algorithm needs"));
        }
        Pair::of(secret, own)
    }

    /// Reads the older form of an RSA key (PKCS#1).
    pub(super) fn parse_pkcs1(der: &[u8], wanted: Option<SigningAlgorithm>) -> Result<Pair, KeyError> {
        let pair = RsaKeyPair::from_der(der)
            .map_err(|_| KeyError::Rejected("it is no RSA key of 2048 to 8192 bits"))?;
        match wanted.unwrap_or_default() {
            algorithm @ (SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256) => {
                Pair::of(Secret::Rsa(Box::new(pair)), algorithm)
            }
            _ => Err(KeyError::Rejected("the key is of another kind than the algorithm needs")),
        }
    }

    fn of(secret: Secret, algorithm: SigningAlgorithm) -> Result<Pair, KeyError> {
        let public = public_members(&secret);
        let text = |name: &str| public.get(name).and_then(Value::as_str).unwrap_or_default();
        let reads = match &secret {
            Secret::Rsa(_) => DecodingKey::from_rsa_components(text("n"), text("e")),
            Secret::Ec(_) => DecodingKey::from_ec_components(text("x"), text("y")),
            Secret::Ed(_) => DecodingKey::from_ed_components(text("x")),
        };
        let reads = reads.map_err(|_| KeyError::Rejected("its public part does not parse"))?;
        Ok(Pair { secret, algorithm, public, reads })
    }

    /// The private part as it is kept.
    pub(super) fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let failed = |_| KeyError::Rejected("the key could not be written");
        let bytes = match &self.secret {
            Secret::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                der.as_ref().to_vec()
            }
            Secret::Ec(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
            Secret::Ed(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
        };
        Ok(Zeroizing::new(bytes))
    }

    /// The algorithm it signs by.
    pub(super) fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The public members of its JWK in alphabetical order, `kty` among them.
    pub(super) fn public(&self) -> &Map<String, Value> {
        &self.public
    }

    /// What the JWT library reads its tokens with.
    pub(super) fn reads(&self) -> (&DecodingKey, Algorithm) {
        let algorithm = match self.algorithm {
            SigningAlgorithm::Rs256 => Algorithm::RS256,
            SigningAlgorithm::Ps256 => Algorithm::PS256,
            SigningAlgorithm::Es256 => Algorithm::ES256,
            SigningAlgorithm::EdDsa => Algorithm::EdDSA,
        };
        (&self.reads, algorithm)
    }

    /// RFC 7638: the SHA-256 of the required members in alphabetical order, without spaces.
    pub(super) fn thumbprint(&self) -> String {
        thumbprint(&self.public)
    }

    /// The signature of a text, in base64url.
    pub(super) fn sign(&self, text: &str) -> Result<String, KeyError> {
        let failed = |_| KeyError::Rejected("signing failed");
        let random = SystemRandom::new();
        let signature = match &self.secret {
            Secret::Rsa(pair) => {
                let padding = match self.algorithm {
                    SigningAlgorithm::Ps256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, text.as_bytes(), &mut signature).map_err(failed)?;
                signature
            }
            Secret::Ec(pair) => pair.sign(&random, text.as_bytes()).map_err(failed)?.as_ref().to_vec(),
            Secret::Ed(pair) => pair.try_sign(text.as_bytes()).map_err(failed)?.as_ref().to_vec(),
        };
        Ok(URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The thumbprint of a JWK's required members, which stand in alphabetical order.
pub(super) fn thumbprint(public: &Map<String, Value>) -> String {
    let canonical = Value::Object(public.clone()).to_string();
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}

fn public_members(secret: &Secret) -> Map<String, Value> {
    let members: Vec<(&str, String)> = match secret {
        Secret::Rsa(pair) => {
            let public = pair.public_key();
            vec![
                ("e", URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero())),
                ("kty", "RSA".to_owned()),
                ("n", URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero())),
            ]
        }
        Secret::Ec(pair) => {
            // 4, x and y: an uncompressed point (SEC 1, 2.3.3).
            let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
            let (x, y) = point.split_at(point.len() / 2);
            vec![
                ("crv", "P-256".to_owned()),
                ("kty", "EC".to_owned()),
                ("x", URL_SAFE_NO_PAD.encode(x)),
                ("y", URL_SAFE_NO_PAD.encode(y)),
            ]
        }
        Secret::Ed(pair) => vec![
            ("crv", "Ed25519".to_owned()),
            ("kty", "OKP".to_owned()),
            ("x", URL_SAFE_NO_PAD.encode(pair.public_key().as_ref())),
        ],
    };
    members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}
