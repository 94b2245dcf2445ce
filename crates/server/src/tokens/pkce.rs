//! PKCE (RFC 7636): the challenge of an authorization request against the verifier of a token request. Pure.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use vestibule_engine::journey::Fault;

/// A challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Challenge {
    /// SHA-256 of the verifier in base64url.
    S256(String),
    /// The verifier itself; only where the application's registration allows it.
    Plain(String),
}

/// Whether a verifier or challenge has a legal form: 43 to 128 unreserved characters.
#[must_use]
pub fn is_legal(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    (43..=128).contains(&text.len()) && text.chars().all(fits)
}

/// Compares what was sent with what was challenged.
///
/// # Errors
/// 90182: not the verifier; 90183: missing, illegal, or sent although nothing was challenged (a sign that the challenge
/// was cut out of the authorization request).
pub fn check(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), Fault> {
    let invalid = || Fault::with(90183, "The supplied code_verifier is invalid.");
    let (challenge, verifier) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        (Some(challenge), Some(verifier)) if is_legal(verifier) => (challenge, verifier),
        _ => return Err(invalid()),
    };
    let (wanted, computed) = match challenge {
        Challenge::Plain(wanted) => (wanted, verifier.to_owned()),
        Challenge::S256(wanted) => {
            (wanted, URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes())))
        }
    };
    match bool::from(wanted.as_bytes().ct_eq(computed.as_bytes())) {
        true => Ok(()),
        false => Err(Fault::with(
            90182,
            "The supplied code_verifier does not match the associated code_challenge.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pair_of_rfc_7636_appendix_b_fits_and_nothing_else_does() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let s256 = Challenge::S256("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into());
        let plain = Challenge::Plain(verifier.into());
        let other = "x".repeat(43);
        let code = |challenge: Option<&Challenge>, sent: Option<&str>| {
            check(challenge, sent).err().and_then(|f| f.number())
        };
        assert_eq!(code(Some(&s256), Some(verifier)), None);
        assert_eq!(code(Some(&plain), Some(verifier)), None);
        assert_eq!(code(None, None), None);
        for challenge in [&s256, &plain] {
            assert_eq!(code(Some(challenge), Some(&other)), Some(90182));
            assert_eq!(code(Some(challenge), None), Some(90183));
            assert_eq!(code(Some(challenge), Some("")), Some(90183));
            assert_eq!(code(Some(challenge), Some(&format!("{verifier}="))), Some(90183));
            assert_eq!(code(Some(challenge), Some(&"x".repeat(129))), Some(90183));
        }
        assert_eq!(
            code(None, Some(verifier)),
            Some(90183),
            "attack 74: a verifier when no challenge was sent"
        );
    }
}
