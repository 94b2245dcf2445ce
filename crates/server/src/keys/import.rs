//! Making and importing key material.
//!
//! In: what a new key is to be made of. Out: private bytes (PKCS#8 for pairs), public members, key id.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::pair::Pair;
use super::{KeyError, KeyType, Material, NewKey};
use crate::chance;
use crate::config::SigningAlgorithm;

/// Secrets of other parties (client secrets of providers) are what they are; longer is a mistake.
const MOST_SECRET: usize = 4096;
const MOST_PEM: usize = 64 * 1024;

/// A key before it is sealed.
pub(super) struct Made {
    pub(super) kid: String,
    pub(super) key_type: KeyType,
    pub(super) public: String,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

/// Makes or reads the material of a new key.
pub(super) fn make(new: &NewKey) -> Result<Made, KeyError> {
    if let (Some(from), Some(end)) = (new.not_before, new.expires)
        && end <= from
    {
        return Err(KeyError::Rejected("it would expire before it is valid"));
    }
    match &new.material {
        Material::Generate(algorithm) => pair(&Pair::generate(*algorithm)?),
        Material::GenerateSecret => secret(&chance::bytes::<32>()),
        Material::Secret(bytes) => secret(bytes),
        Material::Pem(text, _) if text.contains("-----BEGIN CERTIFICATE-----") => certificate(text),
        Material::Pem(text, algorithm) => pair(&parse_pem(text, *algorithm)?),
    }
}

fn pair(pair: &Pair) -> Result<Made, KeyError> {
    let mut public = pair.public().clone();
    public.remove("kty");
    public.insert("alg".to_owned(), pair.algorithm().as_str().into());
    Ok(Made {
        kid: pair.thumbprint(),
        key_type: KeyType::of(pair.algorithm()),
        public: serde_json::Value::Object(public).to_string(),
        bytes: pair.pkcs8()?,
    })
}

/// A secret has no public part to make an id of, and its digest would help to guess it.
fn secret(bytes: &[u8]) -> Result<Made, KeyError> {
    if bytes.is_empty() || bytes.len() > MOST_SECRET {
        return Err(KeyError::Rejected("a secret has 1 to 4096 bytes"));
    }
    Ok(Made {
        kid: chance::token(32),
        key_type: KeyType::Oct,
        public: "{}".to_owned(),
        bytes: Zeroizing::new(bytes.to_vec()),
    })
}

/// A certificate chain with its private key; its id is the SHA-256 thumbprint of the first certificate (RFC 7517 4.9).
fn certificate(text: &str) -> Result<Made, KeyError> {
    if text.len() > MOST_PEM {
        return Err(KeyError::Rejected("the file is too large for a key"));
    }
    let Some(first) = pem_body(text, "CERTIFICATE")? else {
        return Err(KeyError::Rejected("there is no `BEGIN CERTIFICATE` in it"));
    };
    let keys = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];
    if !keys.iter().any(|label| pem_body(text, label).is_ok_and(|body| body.is_some())) {
        return Err(KeyError::Rejected("the certificate's private key is not in the file"));
    }
    let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &first));
    Ok(Made {
        public: serde_json::json!({ "x5t#S256": thumbprint }).to_string(),
        kid: thumbprint,
        key_type: KeyType::Certificate,
        bytes: Zeroizing::new(text.as_bytes().to_vec()),
    })
}

fn parse_pem(text: &str, algorithm: Option<SigningAlgorithm>) -> Result<Pair, KeyError> {
    if text.len() > MOST_PEM {
        return Err(KeyError::Rejected("the file is too large for a key"));
    }
    if let Some(der) = pem_body(text, "PRIVATE KEY")? {
        return Pair::parse(&der, algorithm);
    }
    if let Some(der) = pem_body(text, "RSA PRIVATE KEY")? {
        return Pair::parse_pkcs1(&der, algorithm);
    }
    if text.contains("ENCRYPTED") {
        return Err(KeyError::Rejected("it is encrypted: decrypt it first"));
    }
    Err(KeyError::Rejected("there is no `BEGIN PRIVATE KEY` in it"))
}

fn pem_body(text: &str, label: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let Some((_, rest)) = text.split_once(&begin) else { return Ok(None) };
    let Some((body, _)) = rest.split_once(&end) else {
        return Err(KeyError::Rejected("the file is cut short"));
    };
    let body: Zeroizing<String> = Zeroizing::new(body.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    let der = STANDARD.decode(body.as_bytes()).map_err(|_| KeyError::Rejected("it is no base64"))?;
    Ok(Some(Zeroizing::new(der)))
}
