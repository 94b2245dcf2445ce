//! A request on its way out: method, address, headers, body, and the certificate it shows.
//!
//! In: what a provider wants to send. Out: the client's own request. Secrets are marked so that nobody prints them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

/// The methods a policy can cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Without a body.
    Get,
    /// With one.
    Post,
}

impl Method {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

/// One request.
#[derive(Debug)]
pub struct Outgoing {
    /// Where to.
    pub url: Url,
    /// Certificate chain and private key in PEM, shown to the other side.
    pub identity: Option<Vec<u8>>,
    method: Method,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl Outgoing {
    /// A request without headers and body.
    pub fn new(method: Method, url: Url) -> Outgoing {
        Outgoing { url, identity: None, method, headers: HeaderMap::new(), body: None }
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Sets the body and its type.
    pub fn body(&mut self, content_type: &'static str, body: Vec<u8>) {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = Some(body);
    }

    /// Sets a header; `false` where name or value is none, for instance has a line end in it.
    pub fn header(&mut self, name: &str, value: &[u8]) -> bool {
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
        else {
            return false;
        };
        self.headers.insert(name, value);
        true
    }

    /// Sets a header whose value must not be seen.
    pub fn secret(&mut self, name: &str, value: &[u8]) {
        if let (Ok(name), Ok(mut value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
        {
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
    }

    /// HTTP Basic authentication with `user:password`.
    pub fn basic(&mut self, pair: &[u8]) {
        self.secret(AUTHORIZATION.as_str(), format!("Basic {}", STANDARD.encode(pair)).as_bytes());
    }

    /// The value of a header, for tests and records.
    pub fn header_value(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name).map(HeaderValue::as_bytes)
    }

    /// Every header with its value; without one those whose value must not be seen.
    pub fn headers(&self) -> impl Iterator<Item = (&str, Option<String>)> {
        let shown = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        self.headers
            .iter()
            .map(move |(name, value)| (name.as_str(), (!value.is_sensitive()).then(|| shown(value))))
    }

    /// The body's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
    }

    pub(super) fn request(&self, client: &reqwest::Client) -> reqwest::RequestBuilder {
        let request = match self.method {
            Method::Get => client.get(self.url.clone()),
            Method::Post => client.post(self.url.clone()),
        };
        let request = request.headers(self.headers.clone());
        match &self.body {
            Some(body) => request.body(body.clone()),
            None => request,
        }
    }
}
