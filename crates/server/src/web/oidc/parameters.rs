//! Parameters of a request, decoded strictly: bytes that are not what a browser would send are refused, not repaired.
//!
//! In: a query and a form body as sent. Out: [`Parameters`] in order, with the names that came twice; or [`Malformed`].
//! What the parameters mean is not known here, apart from how long each may be.

use std::collections::{BTreeMap, BTreeSet};

/// Most parameters a request may have.
const MAX_COUNT: usize = 100;
/// Longest name.
const MAX_NAME: usize = 128;
/// Longest value of a parameter that is not named below, bytes.
const MAX_VALUE: usize = 4_096;

/// Longest values of parameters that have a limit of their own, bytes (attack 15). A `state` of 4,096 characters fits.
const LIMITS: &[(&str, usize)] = &[
    ("claims", 8_192),
    ("client_id", 128),
    ("code", 65_536),
    ("id_token_hint", 20_480),
    ("max_age", 32),
    ("prompt", 128),
    ("redirect_uri", 2_048),
    ("refresh_token", 65_536),
    ("request", 16_384),
    ("response_mode", 64),
    ("response_type", 64),
    ("state", 16_384),
];

/// Parameters that may hold line breaks: JSON that people wrote by hand.
const MULTILINE: &[&str] = &["claims"];

/// Decoded parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    values: BTreeMap<String, String>,
    repeated: BTreeSet<String>,
}

/// Why parameters cannot be read: a word for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl Parameters {
    /// Decodes `application/x-www-form-urlencoded` text from a query and, where there is one, a body.
    ///
    /// # Errors
    /// A cut or wrong percent escape, bytes that are not UTF-8, NUL anywhere, a line break in a one-line parameter, too
    /// many or too long parameters.
    pub fn read(query: &str, body: &[u8]) -> Result<Parameters, Malformed> {
        let mut read = Parameters::default();
        let pairs = query.as_bytes().split(|b| *b == b'&').chain(body.split(|b| *b == b'&'));
        for (count, pair) in pairs.filter(|pair| !pair.is_empty()).enumerate() {
            if count >= MAX_COUNT {
                return Err(Malformed("too many parameters"));
            }
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            check(&name, &value)?;
            if read.values.insert(name.clone(), value).is_some() {
                read.repeated.insert(name);
            }
        }
        Ok(read)
    }

    /// The parameters a journey kept: none of them is repeated.
    #[must_use]
    pub fn kept(values: &BTreeMap<String, String>) -> Parameters {
        Parameters { values: values.clone(), repeated: BTreeSet::new() }
    }

    /// The value, where it is not empty: an empty parameter counts as not sent (RFC 6749, 3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value, be it empty.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Whether the parameter came more than once.
    #[must_use]
    pub fn repeats(&self, name: &str) -> bool {
        self.repeated.contains(name)
    }

    /// A name that came more than once, if any did.
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        self.repeated.iter().next().map(String::as_str)
    }

    /// All of them by name, for claim resolvers.
    #[must_use]
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.values
    }
}

fn check(name: &str, value: &str) -> Result<(), Malformed> {
    if name.len() > MAX_NAME {
        return Err(Malformed("a parameter's name is too long"));
    }
    let limit = LIMITS.iter().find(|(known, _)| *known == name).map_or(MAX_VALUE, |(_, limit)| *limit);
    if value.len() > limit {
        return Err(Malformed("a parameter is too long"));
    }
    if name.contains(char::is_control) || value.contains('\0') {
        return Err(Malformed("a parameter holds a NUL"));
    }
    if value.contains(['\r', '\n']) && !MULTILINE.contains(&name) {
        return Err(Malformed("a parameter holds a line break"));
    }
    Ok(())
}

/// `+` is a space, `%` must be followed by two hexadecimal digits, the whole must be UTF-8 (which leaves out overlong
/// forms and lone surrogates).
pub(super) fn decode(text: &[u8]) -> Result<String, Malformed> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let high = rest.next().copied().and_then(hex);
                let low = rest.next().copied().and_then(hex);
                match (high, low) {
                    (Some(high), Some(low)) => bytes.push(high << 4 | low),
                    _ => return Err(Malformed("a percent escape is cut short")),
                }
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).map_err(|_| Malformed("a parameter is not UTF-8"))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_in_query_and_body() {
        let read = Parameters::read("a=1+2&b=%C3%A4&c&d=", b"e=%7B%22x%22%3A1%7D&f==").unwrap();
        let expected = [("a", "1 2"), ("b", "ä"), ("c", ""), ("d", ""), ("e", "{\"x\":1}"), ("f", "=")];
        for (name, value) in expected {
            assert_eq!(read.raw(name), Some(value), "{name}");
        }
        assert_eq!(read.get("c"), None, "an empty parameter counts as not sent");
        assert_eq!(read.repeated(), None);
    }

    #[test]
    fn attack_009_repetition_is_seen_in_and_across_query_and_body() {
        assert!(Parameters::read("a=1&a=1", b"").unwrap().repeats("a"));
        assert!(Parameters::read("", b"a=1&a=2").unwrap().repeats("a"));
        assert!(Parameters::read("a=1", b"a=2").unwrap().repeats("a"));
        assert!(!Parameters::read("a=1&A=2", b"").unwrap().repeats("a"), "names are case-sensitive");
    }

    #[test]
    fn attack_015_bytes_that_no_browser_sends_are_refused() {
        let million = "x".repeat(1_000_000);
        for name in ["state", "nonce", "login_hint", "ui_locales", "domain_hint", "prompt", "acr_values"] {
            for value in [
                "%00",
                "a%0Ab",
                "a%0db",
                "%ED%A0%80",
                "%C0%AF",
                "%F0%80%80%AF",
                "%",
                "%4",
                "%zz",
                "%FF",
                &million,
            ] {
                let query = format!("{name}={value}");
                assert!(
                    Parameters::read(&query, b"").is_err(),
                    "{name}={}",
                    value.chars().take(20).collect::<String>()
                );
                assert!(Parameters::read("", query.as_bytes()).is_err());
            }
        }
        assert!(Parameters::read(&"a=1&".repeat(101), b"").is_err(), "too many");
        assert!(Parameters::read(&format!("{million}=1"), b"").is_err(), "a long name");
        assert!(Parameters::read("claims=%7B%0A%7D", b"").is_ok(), "JSON may have lines");
    }

    #[test]
    fn attack_014_a_state_of_4_kb_with_every_other_control_character_is_read() {
        let state: String = (1_u32..0xA0)
            .filter_map(char::from_u32)
            .filter(|c| *c != '\r' && *c != '\n')
            .cycle()
            .take(4_096)
            .collect();
        let encoded =
            percent_encoding::utf8_percent_encode(&state, percent_encoding::NON_ALPHANUMERIC).to_string();
        let read = Parameters::read(&format!("state={encoded}"), b"").unwrap();
        assert_eq!(read.get("state"), Some(state.as_str()));
    }
}
