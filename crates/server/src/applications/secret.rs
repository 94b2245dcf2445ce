//! Secrets of applications: kept as SHA-256, several at once, each with an end of its own.
//!
//! In: a secret as sent and the time. Out: whether it is one of the application's. Compared in constant time.

use aws_lc_rs::digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::{Choice, ConstantTimeEq as _};

use super::Application;
use crate::chance;

/// A client secret as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// SHA-256 of the secret, 64 hexadecimal letters.
    pub sha256: String,
    /// The secret's first three letters, to tell it from others.
    pub hint: String,
    /// From this instant on it opens nothing.
    #[serde(default)]
    pub expires: Option<Timestamp>,
}

impl Application {
    /// Whether `sent` is one of the secrets that have not expired. Takes the same time whichever
    /// secret fits and wherever the first difference is.
    #[must_use]
    pub fn secret_matches(&self, sent: &str, now: Timestamp) -> bool {
        let sent = sha256_hex(sent);
        let mut fits = Choice::from(0);
        for secret in &self.secrets {
            let alive = secret.expires.is_none_or(|end| now < end);
            fits |= secret.sha256.as_bytes().ct_eq(sent.as_bytes()) & Choice::from(u8::from(alive));
        }
        fits.into()
    }
}

impl Secret {
    /// A new secret of 256 random bits: the text to be shown once, and what is kept of it.
    #[must_use]
    pub fn generate(expires: Option<Timestamp>) -> (String, Self) {
        let text = chance::token(32);
        let kept = Self::of(&text, expires);
        (text, kept)
    }

    /// What is kept of a given secret.
    #[must_use]
    pub fn of(text: &str, expires: Option<Timestamp>) -> Self {
        Self { sha256: sha256_hex(text), hint: text.chars().take(3).collect(), expires }
    }

    /// A secret of which the configuration holds the digest: 64 hexadecimal letters.
    #[must_use]
    pub fn of_digest(digest: &str, expires: Option<Timestamp>) -> Option<Self> {
        let sha256 = digest.trim().to_ascii_lowercase();
        let good = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
        good.then(|| Self { sha256, hint: String::new(), expires })
    }
}

fn sha256_hex(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applications::ClientKind;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn secrets_open_until_they_expire_and_several_at_once() {
        let mut app = Application::new("contoso.onmicrosoft.com", "shop", ClientKind::Confidential);
        let (old, kept) = Secret::generate(Some(at(100)));
        app.secrets.push(kept);
        let (new, kept) = Secret::generate(None);
        app.secrets.push(kept);
        for (sent, second, opens) in [
            (old.as_str(), 99, true),
            (old.as_str(), 100, false),
            (new.as_str(), 99, true),
            (new.as_str(), 100, true),
            ("", 99, false),
            ("x", 99, false),
            (app.secrets[1].sha256.as_str(), 99, false),
        ] {
            assert_eq!(app.secret_matches(sent, at(second)), opens, "{sent} at {second}");
        }
        app.secrets.clear();
        assert!(!app.secret_matches("", at(1)));
    }

    #[test]
    fn a_secret_is_kept_as_its_sha256_and_never_as_itself() {
        // The digest of "abc" is the first example of FIPS 180-2, appendix B.1.
        let kept = Secret::of("abc", None);
        assert_eq!(kept.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let (text, kept) = Secret::generate(None);
        assert_eq!(text.len(), 43);
        assert!(!serde_json::to_string(&kept).unwrap().contains(&text));
        assert!(text.starts_with(&kept.hint) && kept.hint.len() == 3);
        assert_eq!(Secret::of_digest(&kept.sha256.to_uppercase(), None).unwrap().sha256, kept.sha256);
        assert_eq!(Secret::of_digest("abc", None), None);
    }
}
