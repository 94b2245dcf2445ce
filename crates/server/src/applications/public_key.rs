//! Public keys of applications, which sign client assertions (RFC 7523, `private_key_jwt`).
//!
//! In: the text of a file: PEM with a certificate or a public key, a JWK, a JWK set. Out: [`PublicKey`]s in one form, or
//! a sentence that says what is wrong. Never a private part: a file that holds one is refused. Pure.

use aws_lc_rs::digest::{self, Algorithm as Digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use x509_parser::prelude::{FromDer as _, SubjectPublicKeyInfo, X509Certificate};
use x509_parser::public_key;

/// A public key as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// The JWK's own `kid`, else its RFC 7638 thumbprint.
    pub kid: String,
    /// `kty` with its public members, nothing else.
    pub jwk: Map<String, Value>,
    /// SHA-1 and SHA-256 of the certificate in base64url, as `x5t` and `x5t#S256` of a header have them; none without one.
    #[serde(default)]
    pub thumbprints: Vec<String>,
    /// The certificate's end.
    #[serde(default)]
    pub expires: Option<Timestamp>,
}

const MOST_TEXT: usize = 256 * 1024;
/// Public members by type, in the order of RFC 7638.
const MEMBERS: &[(&str, &[&str])] =
    &[("RSA", &["e", "kty", "n"]), ("EC", &["crv", "kty", "x", "y"]), ("OKP", &["crv", "kty", "x"])];
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
const P256: &str = "1.2.840.10045.3.1.7";
const ED25519: &str = "1.3.101.112";

impl PublicKey {
    /// Reads the keys of a file.
    ///
    /// # Errors
    /// A sentence: what the file is instead.
    pub fn read(text: &str) -> Result<Vec<PublicKey>, String> {
        if text.len() > MOST_TEXT {
            return Err("the file is too large for a key".to_owned());
        }
        if text.contains("PRIVATE KEY-----") {
            return Err("it holds a private key; keep that to the application and register the public part"
                .to_owned());
        }
        let keys = match text.contains("-----BEGIN ") {
            true => pem(text)?,
            false => json(text)?,
        };
        if keys.is_empty() { Err("there is no key in it".to_owned()) } else { Ok(keys) }
    }

    /// Whether a token's header means this key: by key id, or by the certificate's thumbprint. One that names nothing
    /// means any.
    #[must_use]
    pub fn is_meant(&self, kid: Option<&str>, thumbprint: Option<&str>) -> bool {
        let known = |named: &str| named == self.kid || self.thumbprints.iter().any(|own| own == named);
        match (kid, thumbprint) {
            (None, None) => true,
            (kid, thumbprint) => kid.is_some_and(known) || thumbprint.is_some_and(known),
        }
    }
}

fn json(text: &str) -> Result<Vec<PublicKey>, String> {
    let read: Value = serde_json::from_str(text)
        .map_err(|_| "it is neither PEM (`-----BEGIN …`) nor a JWK or JWK set in JSON".to_owned())?;
    match read.get("keys").and_then(Value::as_array) {
        Some(keys) => keys.iter().map(jwk).collect(),
        None => Ok(vec![jwk(&read)?]),
    }
}

fn jwk(read: &Value) -> Result<PublicKey, String> {
    let text = |name: &str| read.get(name).and_then(Value::as_str);
    if ["d", "p", "q", "k"].iter().any(|private| read.get(private).is_some()) {
        return Err("it holds private members of a key; register the public ones alone".to_owned());
    }
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return Err("it is a key for encryption".to_owned());
    }
    let kind = text("kty").unwrap_or_default();
    let (_, members) = MEMBERS
        .iter()
        .find(|(known, _)| *known == kind)
        .ok_or_else(|| format!("`{}` is no type of key; known: RSA, EC, OKP", kind.escape_debug()))?;
    let mut own = Map::new();
    for name in *members {
        let value = text(name).ok_or_else(|| format!("the key has no `{name}`"))?;
        own.insert((*name).to_owned(), value.into());
    }
    let kid = text("kid").map(str::to_owned);
    made(own, kid)
}

/// A key of its public members; what signs nothing that we read is refused.
fn made(jwk: Map<String, Value>, kid: Option<String>) -> Result<PublicKey, String> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str).unwrap_or_default();
    let length = |name: &str| URL_SAFE_NO_PAD.decode(text(name)).map_or(0, |bytes| bytes.len());
    match (text("kty"), text("crv")) {
        ("RSA", _) if RSA_BITS.contains(&(length("n") * 8)) && (1..=8).contains(&length("e")) => {}
        ("RSA", _) => return Err("an RSA key has 2048 to 8192 bits".to_owned()),
        ("EC", "P-256") if length("x") == 32 && length("y") == 32 => {}
        ("OKP", "Ed25519") if length("x") == 32 => {}
        (_, curve) => {
            return Err(format!("the curve `{}` is not known; known: P-256, Ed25519", curve.escape_debug()));
        }
    }
    // RFC 7638: the members in alphabetical order, which is the order they were put in.
    let canonical = serde_json::to_string(&jwk).map_err(|error| error.to_string())?;
    let kid = kid.unwrap_or_else(|| print(&digest::SHA256, canonical.as_bytes()));
    Ok(PublicKey { kid, jwk, thumbprints: Vec::new(), expires: None })
}

fn print(algorithm: &'static Digest, bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(algorithm, bytes))
}

fn pem(text: &str) -> Result<Vec<PublicKey>, String> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----").ok_or("the file is cut short")?;
        let (body, after) =
            after.split_once(&format!("-----END {label}-----")).ok_or("the file is cut short")?;
        let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let der = STANDARD.decode(body).map_err(|_| "it is no base64".to_owned())?;
        match label {
            // The first is the application's; those behind it are its issuers'.
            "CERTIFICATE" if keys.is_empty() => keys.push(certificate(&der)?),
            "CERTIFICATE" => {}
            "PUBLIC KEY" => {
                let (_, info) =
                    SubjectPublicKeyInfo::from_der(&der).map_err(|_| "it is no public key".to_owned())?;
                keys.push(made(members(&info)?, None)?);
            }
            other => return Err(format!("`{}` is no public key", other.escape_debug())),
        }
        rest = after;
    }
    Ok(keys)
}

fn certificate(der: &[u8]) -> Result<PublicKey, String> {
    let (_, read) = X509Certificate::from_der(der).map_err(|_| "it is no certificate".to_owned())?;
    let thumbprints = vec![print(&digest::SHA1_FOR_LEGACY_USE_ONLY, der), print(&digest::SHA256, der)];
    let expires = Timestamp::from_second(read.validity().not_after.timestamp()).ok();
    let key = made(members(read.public_key())?, None)?;
    Ok(PublicKey { thumbprints, expires, ..key })
}

/// The JWK members of a key as certificates hold it, in alphabetical order.
fn members(info: &SubjectPublicKeyInfo<'_>) -> Result<Map<String, Value>, String> {
    let mut members = Map::new();
    let mut put = |name: &str, value: String| members.insert(name.to_owned(), value.into());
    let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
    let is_p256 = curve.is_some_and(|curve| curve.to_id_string() == P256);
    match info.parsed() {
        Ok(public_key::PublicKey::RSA(key)) => {
            put("e", URL_SAFE_NO_PAD.encode(without_zeros(key.exponent)));
            put("kty", "RSA".to_owned());
            put("n", URL_SAFE_NO_PAD.encode(without_zeros(key.modulus)));
        }
        Ok(public_key::PublicKey::EC(point)) if is_p256 && point.data().len() == 65 => {
            let (x, y) = point.data().get(1..).unwrap_or_default().split_at(32);
            put("crv", "P-256".to_owned());
            put("kty", "EC".to_owned());
            put("x", URL_SAFE_NO_PAD.encode(x));
            put("y", URL_SAFE_NO_PAD.encode(y));
        }
        _ if info.algorithm.algorithm.to_id_string() == ED25519 => {
            put("crv", "Ed25519".to_owned());
            put("kty", "OKP".to_owned());
            put("x", URL_SAFE_NO_PAD.encode(&info.subject_public_key.data));
        }
        _ => return Err("it is no key of RSA, P-256 or Ed25519".to_owned()),
    }
    Ok(members)
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
#[path = "public_key_tests.rs"]
mod tests;
