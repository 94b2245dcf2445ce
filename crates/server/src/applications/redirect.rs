//! Redirect URIs: which may be registered, and which sent one is a registered one.
//!
//! In: texts. Out: yes, no, or the reason. Pure. A sent URI is compared letter for letter and never
//! parsed or normalised first: every trick of the attack list lives in the difference between two
//! readings of one text. The one exception is the port of a native client's loopback address
//! (RFC 8252 section 7.3), taken apart by hand below.

use serde::{Deserialize, Serialize};

/// How the application at the URI works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RedirectKind {
    /// A server: may be answered by code to a confidential client.
    Web,
    /// A script in a browser: CORS, PKCE, refresh tokens of 24 h.
    Spa,
    /// A program on a device: own schemes and loopback addresses.
    Native,
}

/// A registered redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectUri {
    /// How the application there works.
    pub kind: RedirectKind,
    /// As registered.
    pub uri: String,
}

/// Why a redirect URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectFault {
    /// Empty, over 256 letters, or with letters that are no part of a URI.
    Form,
    /// `javascript:`, `data:`, `vbscript:`, `file:` and the like.
    Scheme,
    /// A name before `@`, which makes the host look like another.
    UserInfo,
    /// A fragment.
    Fragment,
    /// `.` or `..` as a segment of the path, plain or encoded.
    Dots,
    /// `http` to anything but a loopback address.
    PlainHttp,
    /// A scheme of its own, which only native applications have.
    OwnScheme,
}

impl std::fmt::Display for RedirectFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Form => {
                "a redirect URI is an absolute URI of at most 256 letters, without spaces or wildcards"
            }
            Self::Scheme => {
                "this scheme runs or reads something in the browser and cannot be a redirect target"
            }
            Self::UserInfo => "a redirect URI names no user before `@`",
            Self::Fragment => "a redirect URI has no fragment",
            Self::Dots => "a redirect URI has no `.` or `..` segments",
            Self::PlainHttp => "use `https`; `http` is for localhost, 127.0.0.1 and [::1] only",
            Self::OwnScheme => "a scheme of its own is for native applications",
        })
    }
}

const MOST_LETTERS: usize = 256;
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
const DANGEROUS: [&str; 10] =
    ["javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source", "ws", "wss"];
/// The out-of-band address that older native libraries register.
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

impl RedirectUri {
    /// Judges a URI for registration (protocols 12, attack 6).
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn register(kind: RedirectKind, uri: &str) -> Result<Self, RedirectFault> {
        let (scheme, rest) = split_scheme(uri).ok_or(RedirectFault::Form)?;
        if is_dangerous(scheme) {
            return Err(RedirectFault::Scheme);
        }
        if rest.contains('#') {
            return Err(RedirectFault::Fragment);
        }
        if has_dot_segment(rest) {
            return Err(RedirectFault::Dots);
        }
        match scheme {
            "https" => check_authority(rest)?,
            "http" => {
                check_authority(rest)?;
                loopback(uri).ok_or(RedirectFault::PlainHttp)?;
            }
            _ if kind != RedirectKind::Native => return Err(RedirectFault::OwnScheme),
            "urn" if uri != OUT_OF_BAND => return Err(RedirectFault::Scheme),
            _ => {}
        }
        Ok(Self { kind, uri: uri.to_owned() })
    }
}

/// Whether a sent redirect URI is the registered one: the same text, or for a native application's
/// loopback address the same text but for the port (attacks 1–7, README 21).
#[must_use]
pub fn redirect_matches(registered: &RedirectUri, sent: &str) -> bool {
    if split_scheme(sent).is_none_or(|(scheme, _)| is_dangerous(scheme)) {
        return false;
    }
    if registered.uri == sent {
        return true;
    }
    if registered.kind != RedirectKind::Native {
        return false;
    }
    match (loopback(&registered.uri), loopback(sent)) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => false,
    }
}

/// Host and what follows the port of an `http` URI to a loopback address; `None` for any other text.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (host, after) = LOOPBACK.iter().find_map(|host| Some((*host, rest.strip_prefix(host)?)))?;
    let tail = match after.strip_prefix(':') {
        Some(port) => {
            let tail = port.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = port.strip_suffix(tail)?;
            digits.parse::<u16>().ok().filter(|_| digits.len() <= 5)?;
            tail
        }
        None => after,
    };
    (tail.is_empty() || tail.starts_with('/') || tail.starts_with('?')).then_some((host, tail))
}

/// The scheme, lower case, and what follows its colon; `None` when the text is no plain URI.
fn split_scheme(uri: &str) -> Option<(&str, &str)> {
    let plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '\\' | '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}' | '*')
    };
    if uri.len() > MOST_LETTERS || !uri.chars().all(plain) {
        return None;
    }
    let (scheme, rest) = uri.split_once(':')?;
    let first = scheme.chars().next()?;
    let named =
        scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    (first.is_ascii_lowercase() && named && !rest.is_empty()).then_some((scheme, rest))
}

fn is_dangerous(scheme: &str) -> bool {
    DANGEROUS.contains(&scheme)
}

/// `//host` without a user and with a host.
fn check_authority(rest: &str) -> Result<(), RedirectFault> {
    let authority = rest.strip_prefix("//").ok_or(RedirectFault::Form)?;
    let end = authority.find(['/', '?']).unwrap_or(authority.len());
    let authority = authority.get(..end).unwrap_or_default();
    if authority.contains('@') {
        return Err(RedirectFault::UserInfo);
    }
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if authority.is_empty() || authority.starts_with(':') || !authority.chars().all(good) {
        return Err(RedirectFault::Form);
    }
    Ok(())
}

fn has_dot_segment(rest: &str) -> bool {
    let path = rest.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    path.split('/').any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
#[path = "redirect_tests.rs"]
mod tests;
