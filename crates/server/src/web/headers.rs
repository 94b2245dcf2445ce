//! Response headers that keep browsers careful, and the content security policy.
//!
//! In: what a page needs (nonce, hashes, origins). Out: header values. Not known here: pages.

use aws_lc_rs::digest;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::{Host, Url};

/// A value that one response's own scripts and styles carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// From fresh random bytes.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Nonce {
        Nonce(STANDARD.encode(random))
    }

    /// As it stands in `nonce="…"`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A content security policy under construction (CSP Level 3). It begins with nothing allowed.
#[derive(Debug, Clone, Default)]
pub struct Csp(Vec<(&'static str, Vec<String>)>);

impl Csp {
    /// Nothing but the page itself: no scripts, styles, frames; nobody may frame it.
    #[must_use]
    pub fn closed() -> Csp {
        Csp::default()
            .allow("default-src", "'none'")
            .allow("base-uri", "'none'")
            .allow("frame-ancestors", "'none'")
    }

    /// `closed`, and what carries the nonce may run and style; images and requests stay with our origin.
    #[must_use]
    pub fn with_nonce(nonce: &Nonce) -> Csp {
        let own = format!("'nonce-{}'", nonce.as_str());
        Csp::closed()
            .allow("script-src", &own)
            .allow("style-src", "'self'")
            .allow("style-src", &own)
            .allow("img-src", "'self'")
            .allow("img-src", "data:")
            .allow("connect-src", "'self'")
    }

    /// Adds a source to a directive. A source that is no single word, or could end the directive, is left
    /// out; `'none'` gives way to it.
    #[must_use]
    pub fn allow(mut self, directive: &'static str, source: &str) -> Csp {
        let fits = !source.is_empty() && source.chars().all(|c| c.is_ascii_graphic() && c != ';' && c != ',');
        if !fits {
            return self;
        }
        match self.0.iter_mut().find(|(name, _)| *name == directive) {
            Some((_, sources)) => {
                sources.retain(|known| known != "'none'" && known != source);
                sources.push(source.to_owned());
            }
            None => self.0.push((directive, vec![source.to_owned()])),
        }
        self
    }

    /// The header's value.
    #[must_use]
    pub fn value(&self) -> HeaderValue {
        let directives = self.0.iter().map(|(name, sources)| format!("{name} {}", sources.join(" ")));
        let text = directives.collect::<Vec<_>>().join("; ");
        // Sources are ASCII, so this cannot fail; nothing allowed would be the answer if it did.
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
    }

    /// Puts the policy into a response's headers.
    pub fn put(&self, headers: &mut HeaderMap) {
        headers.insert(CONTENT_SECURITY_POLICY, self.value());
    }
}

/// The source that allows exactly this inline style or script.
#[must_use]
pub fn hash_source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes())))
}

/// Headers of every response: not sniffed, not stored (unless the response says otherwise itself), no
/// referrer; https remembered where the public address is https and not this machine.
pub fn secure(headers: &mut HeaderMap, public_url: &Url) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    let permissions = HeaderName::from_static("permissions-policy");
    headers
        .entry(permissions)
        .or_insert(HeaderValue::from_static("camera=(), microphone=(), geolocation=()"));
    // Remembered for localhost, it would break every other http server of a developer.
    let is_local = match public_url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => true,
    };
    if public_url.scheme() == "https" && !is_local {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_begins_closed_and_opens_by_name() {
        assert_eq!(Csp::closed().value(), "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
        let csp = Csp::with_nonce(&Nonce::new([0; 16])).allow("frame-ancestors", "https://a.example");
        let value = csp.value();
        let text = value.to_str().unwrap();
        assert!(text.contains("script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA=='"), "{text}");
        assert!(text.contains("frame-ancestors https://a.example") && !text.contains("unsafe"), "{text}");
    }

    #[test]
    fn a_source_cannot_end_its_directive() {
        for hostile in ["https://a; script-src *", "a b", "x,y", "", "\r\nX: y", "ü"] {
            let value = Csp::closed().allow("img-src", hostile).value();
            assert!(!value.to_str().unwrap().contains("img-src"), "{hostile}");
        }
    }

    #[test]
    fn https_is_remembered_only_for_real_hosts() {
        let sent = |url: &str| {
            let mut headers = HeaderMap::new();
            secure(&mut headers, &Url::parse(url).unwrap());
            assert_eq!(headers[CACHE_CONTROL], "no-store");
            headers.contains_key(STRICT_TRANSPORT_SECURITY)
        };
        assert!(sent("https://login.example.com/"));
        assert!(
            !sent("https://localhost:8080/")
                && !sent("http://localhost:8080/")
                && !sent("https://127.0.0.1/")
        );
    }

    #[test]
    fn a_hash_is_the_base64_of_sha256() {
        // printf 'doSomething();' | openssl dgst -sha256 -binary | base64
        assert_eq!(hash_source("doSomething();"), "'sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc='");
    }
}
