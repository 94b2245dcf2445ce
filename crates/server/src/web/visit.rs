//! What every request says about itself, read once: the public origin it came in by, the client's address, cookies,
//! languages, a correlation id.
//!
//! In: the head of a request and the server's configuration. Out: a [`Visit`], or why the request is not for us. Host
//! names are compared with the configured public origins and never believed otherwise (attack 65).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use url::Url;

use crate::chance;
use crate::config::{Config, Server};
use crate::limits::client_address;
use crate::listen::Peer;

/// Most languages that are taken from `Accept-Language`.
const MOST_LANGUAGES: usize = 20;
/// Longest cookie header that is read, bytes.
const MOST_COOKIES: usize = 32 * 1024;

/// Bytes of the secrets in cookies, and the letters they are written with.
const SECRET_BYTES: usize = 32;
const SECRET_LETTERS: usize = 43;
/// Cookie with the id by which lockout knows a browser.
pub const DEVICE_COOKIE: &str = "x-ms-cpim-dc";

/// Name of the cookie with the secret that binds a tenant's journeys to a browser.
#[must_use]
pub fn browser_cookie(tenant: &str) -> String {
    format!("x-ms-cpim-cache:{}_0", tenant.to_lowercase())
}

/// A request's head.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The method.
    pub method: Method,
    /// The path as sent, percent-encoded.
    pub path: String,
    /// The query as sent, without `?`.
    pub query: String,
    /// The public origin, `https://host[:port]`.
    pub origin: String,
    /// Its host name, without port.
    pub host: String,
    /// The client's address.
    pub address: IpAddr,
    /// All headers.
    pub headers: HeaderMap,
    /// A GUID for log and error messages.
    pub correlation: String,
    /// A browser secret for who has none yet.
    fresh_browser: OnceLock<String>,
    /// A device id for who has none yet.
    fresh_device: OnceLock<String>,
    /// Cookies for frames: `SameSite=None` where the origin is https.
    frames: bool,
}

/// The request names a host that is not ours: 421.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misdirected;

impl Visit {
    /// Reads the head of a request.
    ///
    /// # Errors
    /// [`Misdirected`].
    pub fn read(parts: &Parts, config: &Config) -> Result<Visit, Misdirected> {
        let peer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
        let server = &config.server;
        let trusted = server.trusted_proxies.iter().any(|network| network.contains(peer));
        let authority = parts.uri.authority().map(|authority| authority.as_str());
        let named = forwarded_host(&parts.headers).filter(|_| trusted);
        let named = named.or(authority).or_else(|| text(&parts.headers, header::HOST)).ok_or(Misdirected)?;
        let public = public_url(server, named).ok_or(Misdirected)?;
        let forwarded =
            parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        Ok(Visit {
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            origin: public.origin().ascii_serialization(),
            host: public.host_str().unwrap_or_default().to_owned(),
            address: client_address(peer, forwarded, &server.trusted_proxies),
            headers: parts.headers.clone(),
            correlation: chance::uuid(),
            fresh_browser: OnceLock::new(),
            fresh_device: OnceLock::new(),
            frames: config.session.frames,
        })
    }

    /// A header's text, where it is ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The values of all cookies of a name, in order. A browser that was made to send one twice shows both.
    #[must_use]
    pub fn cookies(&self, name: &str) -> Vec<&str> {
        self.all_cookies().filter(|(known, _)| *known == name).map(|(_, value)| value).collect()
    }

    /// All cookies.
    pub fn all_cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        lines
            .filter(|line| line.len() <= MOST_COOKIES)
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
    }

    /// The secret that binds journeys to this browser: the one it sent, or a new one to be set with the first page.
    #[must_use]
    pub fn browser(&self, tenant: &str) -> String {
        let sent = self.cookies(&browser_cookie(tenant));
        let known = sent.iter().find(|value| value.len() == SECRET_LETTERS && value.bytes().all(is_letter));
        let fresh = || self.fresh_browser.get_or_init(|| chance::token(SECRET_BYTES)).clone();
        known.map_or_else(fresh, |value| (*value).to_owned())
    }

    /// The id by which lockout knows this browser: the one it sent, or a new one to be set after a sign-in.
    #[must_use]
    pub fn device(&self) -> &str {
        let sent = self.cookies(DEVICE_COOKIE);
        let known =
            sent.into_iter().find(|value| value.len() == SECRET_LETTERS && value.bytes().all(is_letter));
        known.unwrap_or_else(|| self.fresh_device.get_or_init(|| chance::token(SECRET_BYTES)))
    }

    /// Languages the browser accepts, best first.
    #[must_use]
    pub fn languages(&self) -> Vec<String> {
        let mut weighted: Vec<(String, f32)> = self
            .header("accept-language")
            .unwrap_or_default()
            .split(',')
            .take(MOST_LANGUAGES)
            .filter_map(language)
            .collect();
        weighted.sort_by(|one, other| other.1.total_cmp(&one.1));
        weighted.into_iter().map(|(tag, _)| tag).collect()
    }

    /// Whether the browser says that it fetches something other than a page to show (attack 98). Browsers that say
    /// nothing are taken to navigate.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.header("sec-fetch-dest").is_some_and(|destination| destination != "document")
    }

    /// Whether the browser speaks https to us.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// Adds a cookie to a response. What `__Host-` would enforce stands as attributes: `HttpOnly`, `Path=/`, no domain,
    /// `Secure` on https; `SameSite=None` where frames and other sites' posts must carry it (README 17, attack 96). An
    /// empty value clears it.
    pub fn set_cookie(&self, headers: &mut HeaderMap, name: &str, value: &str, max_age: Option<i64>) {
        let site = match (self.is_https(), self.frames) {
            (true, true) => "Secure; SameSite=None",
            (true, false) => "Secure; SameSite=Lax",
            (false, _) => "SameSite=Lax",
        };
        let life = match (value.is_empty(), max_age) {
            (true, _) => "; Max-Age=0".to_owned(),
            (false, Some(seconds)) => format!("; Max-Age={seconds}"),
            (false, None) => String::new(),
        };
        if let Ok(line) = HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; {site}{life}")) {
            headers.append(header::SET_COOKIE, line);
        }
    }
}

/// A letter of base64url.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The host of the nearest proxy.
fn forwarded_host(headers: &HeaderMap) -> Option<&str> {
    let last = headers.get_all("x-forwarded-host").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next().map(str::trim).filter(|host| !host.is_empty())
}

/// The configured origin that a host header names, with its port where that is not the scheme's own.
fn public_url<'a>(server: &'a Server, named: &str) -> Option<&'a Url> {
    let ours = std::iter::once(&server.public_url).chain(&server.more_public_urls);
    ours.into_iter().find(|url| {
        let host = url.host_str().unwrap_or_default();
        let with_port = url.port_or_known_default().map(|port| format!("{host}:{port}"));
        let is_default = url.port().is_none();
        with_port.is_some_and(|with_port| with_port.eq_ignore_ascii_case(named))
            || (is_default && host.eq_ignore_ascii_case(named))
    })
}

/// One item of `Accept-Language`.
fn language(item: &str) -> Option<(String, f32)> {
    let mut parts = item.split(';');
    let tag = parts.next()?.trim();
    let legal =
        !tag.is_empty() && tag.len() <= 35 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
    (legal && weight > 0.0).then(|| (tag.to_owned(), weight))
}
