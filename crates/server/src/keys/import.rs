//! Making and importing key material.
//!
//! In: what a new key is to be made of. Out: private bytes (PKCS#8 for RSA), public members, key id.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::key::RsaPublic;
use super::{KeyError, KeyType, Material, NewKey};
use crate::chance;

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
        Material::GenerateRsa => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048)
                .map_err(|_| KeyError::Rejected("an RSA key could not be made"))?;
            rsa(&pair)
        }
        Material::GenerateSecret => secret(&chance::bytes::<32>()),
        Material::Secret(bytes) => secret(bytes),
        Material::Pem(text) if text.contains("-----BEGIN CERTIFICATE-----") => certificate(text),
        Material::Pem(text) => rsa(&parse_pem(text)?),
    }
}

fn rsa(pair: &RsaKeyPair) -> Result<Made, KeyError> {
    let der: Pkcs8V1Der<'_> =
        pair.as_der().map_err(|_| KeyError::Rejected("an RSA key could not be written"))?;
    let public = RsaPublic::of(pair);
    Ok(Made {
        kid: thumbprint(&public),
        key_type: KeyType::Rsa,
        public: serde_json::json!({ "e": public.e, "n": public.n }).to_string(),
        bytes: Zeroizing::new(der.as_ref().to_vec()),
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

/// RFC 7638: the SHA-256 of the required members in alphabetical order, without spaces.
pub(super) fn thumbprint(public: &RsaPublic) -> String {
    let canonical = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, public.e, public.n);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}

fn parse_pem(text: &str) -> Result<RsaKeyPair, KeyError> {
    if text.len() > MOST_PEM {
        return Err(KeyError::Rejected("the file is too large for a key"));
    }
    if let Some(der) = pem_body(text, "PRIVATE KEY")? {
        return RsaKeyPair::from_pkcs8(&der)
            .map_err(|_| KeyError::Rejected("it is no RSA key of 2048 to 8192 bits"));
    }
    if let Some(der) = pem_body(text, "RSA PRIVATE KEY")? {
        return RsaKeyPair::from_der(&der)
            .map_err(|_| KeyError::Rejected("it is no RSA key of 2048 to 8192 bits"));
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
