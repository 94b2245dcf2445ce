//! Secure randomness for the server.
//!
//! In: how much. Out: bytes, tokens, ids, digits from the operating system's generator. The only
//! place that draws randomness. It cannot fail towards its callers: a machine without a working
//! generator can keep no secret, so the process ends at once rather than go on with guessable ones.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Fills `target` with random bytes.
pub fn fill(target: &mut [u8]) {
    if rand::fill(target).is_err() {
        tracing::error!("the operating system gives no randomness: stopping");
        std::process::abort();
    }
}

/// `N` random bytes.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut drawn = [0; N];
    fill(&mut drawn);
    drawn
}

/// A token of `count` random bytes in base64url without padding (32 bytes: 43 letters).
#[must_use]
pub fn token(count: usize) -> String {
    let mut drawn = vec![0; count];
    fill(&mut drawn);
    URL_SAFE_NO_PAD.encode(drawn)
}

/// A random UUID of version 4, as 36 lower-case letters: the shape of object ids.
#[must_use]
pub fn uuid() -> String {
    uuid::Builder::from_random_bytes(bytes()).into_uuid().to_string()
}

/// `count` decimal digits, each equally likely: bytes past the last full ten are drawn again.
#[must_use]
pub fn digits(count: usize) -> String {
    const FULL_TENS: u8 = 250;
    let mut text = String::with_capacity(count);
    while text.len() < count {
        for byte in bytes::<32>() {
            if byte < FULL_TENS && text.len() < count {
                text.push(char::from(b'0' + byte % 10));
            }
        }
    }
    text
}

/// `count` characters of `set`, each equally likely; nothing for an empty set. Sets have at most 1,000 characters
/// (`CharacterSet::characters`), so a draw of 16 bits is refused at most once in sixty.
#[must_use]
pub fn drawn(set: &[char], count: usize) -> String {
    let Ok(size) = u16::try_from(set.len()) else { return String::new() };
    if size == 0 {
        return String::new();
    }
    let full = u16::MAX - u16::MAX % size;
    let mut text: Vec<char> = Vec::with_capacity(count);
    while text.len() < count {
        let number = u16::from_be_bytes(bytes());
        if number < full {
            text.extend(set.get(usize::from(number % size)));
        }
    }
    text.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn tokens_have_the_asked_size_and_never_repeat() {
        let drawn: HashSet<String> = (0..1000).map(|_| token(16)).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(drawn.iter().all(|t| t.len() == 22), "16 bytes are 22 letters");
        assert_eq!(token(32).len(), 43);
        assert_eq!(token(0), "");
    }

    #[test]
    fn ids_are_version_4_shaped() {
        let id = uuid();
        let parsed = uuid::Uuid::parse_str(&id).unwrap();
        assert_eq!(parsed.get_version_num(), 4);
        assert_eq!(parsed.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(id, id.to_lowercase());
    }

    /// attacks.md 63: codes pass a chi-square test. 9 degrees of freedom: 1 in 10⁹ exceeds 60.
    #[test]
    fn digits_are_uniform() {
        let drawn = digits(600_000);
        assert_eq!(drawn.len(), 600_000);
        let mut seen = [0_f64; 10];
        for letter in drawn.chars() {
            let digit = letter.to_digit(10).unwrap();
            seen[usize::try_from(digit).unwrap()] += 1.0;
        }
        let expected = 60_000.0;
        let chi: f64 = seen.iter().map(|n| (n - expected).powi(2) / expected).sum();
        assert!(chi < 60.0, "chi-square {chi}");
    }
}
