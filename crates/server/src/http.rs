//! The one client for requests the server itself makes.
//!
//! In: a URL out of a policy or a configuration, hence of doubtful intent. Out: status, content type and a
//! bounded body, or a [`FetchError`]. Redirects are not followed, no proxy is taken from the environment,
//! time and size are bounded, and private addresses are refused on the address that is connected to, not on
//! an earlier lookup (attacks 43, 103, 104). Not known here: what the answers mean.

mod address;
mod breaker;
mod outgoing;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::{Host, Url};

pub use address::is_public;
pub use breaker::Breakers;
pub use outgoing::{Method, Outgoing};

use crate::config::Outbound;

/// The client. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    allowed: Arc<Allowed>,
    config: Arc<Outbound>,
    breakers: Arc<Breakers>,
    /// Clients with a certificate of their own, by the digest of what they show.
    identified: Arc<Mutex<HashMap<[u8; 32], reqwest::Client>>>,
}

/// How long and how large an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// For everything: connecting, waiting, reading.
    pub time: Duration,
    /// Bytes of the decoded body.
    pub bytes: usize,
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// `Content-Type` as sent, if it is text.
    pub content_type: Option<String>,
    /// The body, at most as long as the bounds.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchError {
    /// Not http or https, or with a user in it.
    Url,
    /// The host's address is private, and the operator does not list the host.
    Private(String),
    /// Nothing of an answer came in time.
    Slow,
    /// An answer began, and its end did not come in time.
    Stalled,
    /// An answer began and broke off, or is not what its head says.
    Broken(String),
    /// Plain http to a host that the operator does not list.
    Plain(String),
    /// The host has no address.
    NoName,
    /// Longer than the bounds.
    Large,
    /// Not reached, TLS not trusted, broken off.
    Unreachable(String),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FetchError::Url => f.write_str("not an http or https address"),
            FetchError::Private(host) => {
                write!(
                    f,
                    "`{host}` has a private address; list it under `outbound.allow` if it may be reached"
                )
            }
            FetchError::Slow => f.write_str("no answer in time"),
            FetchError::Stalled => f.write_str("no whole answer in time"),
            FetchError::Broken(cause) => write!(f, "the answer broke off: {cause}"),
            FetchError::Plain(host) => {
                write!(f, "`{host}` is called without TLS; list it under `outbound.allow` if that is meant")
            }
            FetchError::NoName => f.write_str("the host has no address"),
            FetchError::Large => f.write_str("the answer is too large"),
            FetchError::Unreachable(cause) => write!(f, "not reached: {cause}"),
        }
    }
}

impl std::error::Error for FetchError {}

impl Http {
    /// Builds the client. `further_hosts` may have private addresses too, beside the configured ones (the
    /// tenants' template hosts). The error is a sentence: an authority's file is not one.
    pub fn new(config: &Outbound, further_hosts: &[String]) -> Result<Http, String> {
        let hosts = config.allow.iter().chain(further_hosts).map(|host| host.to_ascii_lowercase()).collect();
        let allowed = Arc::new(Allowed { hosts });
        let authorities = authorities(config)?;
        let build = |only_own: bool| {
            let builder = builder(config).dns_resolver(Arc::clone(&allowed));
            let own = authorities.iter().cloned();
            if only_own { builder.tls_certs_only(own) } else { builder.tls_certs_merge(own) }.build()
        };
        let client = build(false).or_else(|error| {
            tracing::warn!(%error, "this machine has no certificate authorities; https requests of the server will fail");
            build(true)
        });
        let client = client.map_err(|error| format!("the outbound client cannot be built: {error}"))?;
        Ok(Http {
            client,
            allowed,
            config: Arc::new(config.clone()),
            breakers: Arc::default(),
            identified: Arc::default(),
        })
    }

    /// GETs a URL within bounds. Every status is an answer, a redirect too.
    pub async fn get(&self, url: &Url, bounds: Bounds) -> Result<Answer, FetchError> {
        self.allowed.judge(url)?;
        let request = self.client.get(url.clone());
        bounded(request, url, bounds).await
    }

    /// Whether the operator lists the host of an address, which then may be private and without TLS.
    pub fn lists(&self, url: &Url) -> bool {
        let listed = |host: &str| self.allowed.hosts.contains(&host.to_ascii_lowercase());
        match url.host() {
            Some(Host::Ipv6(address)) => listed(&address.to_string()) || listed(&format!("[{address}]")),
            _ => url.host_str().is_some_and(listed),
        }
    }

    /// Makes a request within bounds, with a client certificate where it has one. Every status is an answer.
    ///
    /// # Errors
    /// Those of [`Http::get`]; a certificate that cannot be used is `Unreachable`.
    pub async fn send(&self, outgoing: &Outgoing, bounds: Bounds) -> Result<Answer, FetchError> {
        self.allowed.judge(&outgoing.url)?;
        let client = match &outgoing.identity {
            None => self.client.clone(),
            Some(pem) => self.client_showing(pem)?,
        };
        bounded(outgoing.request(&client), &outgoing.url, bounds).await
    }

    /// Which hosts are left alone for a while.
    pub fn breakers(&self) -> &Breakers {
        &self.breakers
    }

    /// The client that shows a certificate; made once for each.
    fn client_showing(&self, pem: &[u8]) -> Result<reqwest::Client, FetchError> {
        let told = |error: &dyn fmt::Display| FetchError::Unreachable(format!("client certificate: {error}"));
        let mut digest = [0; 32];
        digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, pem).as_ref());
        let mut identified = self.identified.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = identified.get(&digest) {
            return Ok(client.clone());
        }
        let identity = reqwest::Identity::from_pem(pem).map_err(|error| told(&error))?;
        let own = authorities(&self.config).map_err(|error| told(&error))?;
        let builder = builder(&self.config).dns_resolver(Arc::clone(&self.allowed)).identity(identity);
        let client = builder.tls_certs_merge(own).build().map_err(|error| told(&error))?;
        if identified.len() >= MOST_IDENTITIES {
            identified.clear();
        }
        identified.insert(digest, client.clone());
        Ok(client)
    }
}

/// Client certificates whose clients are kept.
const MOST_IDENTITIES: usize = 32;

/// Sends a request; whether an answer had begun tells who gave up on whom.
async fn bounded(request: reqwest::RequestBuilder, url: &Url, bounds: Bounds) -> Result<Answer, FetchError> {
    let began = AtomicBool::new(false);
    let fetched = tokio::time::timeout(bounds.time, fetch(request, url, bounds.bytes, &began)).await;
    fetched.unwrap_or_else(|_| {
        Err(if began.load(Ordering::Relaxed) { FetchError::Stalled } else { FetchError::Slow })
    })
}

async fn fetch(
    request: reqwest::RequestBuilder,
    url: &Url,
    bytes: usize,
    began: &AtomicBool,
) -> Result<Answer, FetchError> {
    let mut response = request.send().await.map_err(|error| judged(&error, url))?;
    began.store(true, Ordering::Relaxed);
    let content_type = response.headers().get(reqwest::header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = response.status().as_u16();
    if response.content_length().is_some_and(|length| length > bytes as u64) {
        return Err(FetchError::Large);
    }
    let mut body = Vec::new();
    let broken = |error: reqwest::Error| FetchError::Broken(last_cause(&error).to_string());
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > bytes {
            return Err(FetchError::Large);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, content_type, body })
}

#[expect(clippy::disallowed_methods, reason = "this is the one client")]
fn builder(config: &Outbound) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent("vestibule")
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(Duration::from_secs(config.connect_seconds))
        .pool_max_idle_per_host(4)
        .pool_idle_timeout(Duration::from_secs(30))
}

fn authorities(config: &Outbound) -> Result<Vec<reqwest::Certificate>, String> {
    let Some(path) = &config.ca_file else { return Ok(Vec::new()) };
    let told = |cause: String| {
        format!("`outbound.ca_file` {}: {cause}; name a PEM file with certificates", path.display())
    };
    let pem = std::fs::read(path).map_err(|error| told(error.to_string()))?;
    reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| told(error.to_string()))
}

/// What an error goes back to.
fn last_cause(error: &reqwest::Error) -> &dyn std::error::Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause
}

fn judged(error: &reqwest::Error, url: &Url) -> FetchError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
        if cause.is::<PrivateAddress>() {
            return FetchError::Private(url.host_str().unwrap_or_default().to_owned());
        }
        if cause.is::<NoAddress>() {
            return FetchError::NoName;
        }
    }
    if error.is_timeout() { FetchError::Slow } else { FetchError::Unreachable(cause.to_string()) }
}

/// Which hosts may have private addresses; resolves names and drops the others' private addresses, so that
/// what was judged is what is connected to.
#[derive(Debug)]
struct Allowed {
    hosts: HashSet<String>,
}

impl Allowed {
    fn judge(&self, url: &Url) -> Result<(), FetchError> {
        let Some(host) = url.host() else { return Err(FetchError::Url) };
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some()
        {
            return Err(FetchError::Url);
        }
        // An address in the URL never reaches the resolver.
        let address = match host {
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
            Host::Domain(_) => return Ok(()),
        };
        let name = url.host_str().unwrap_or_default();
        match is_public(address) || self.hosts.contains(name) || self.hosts.contains(&address.to_string()) {
            true => Ok(()),
            false => Err(FetchError::Private(name.to_owned())),
        }
    }
}

impl Resolve for Allowed {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
        let anywhere = self.hosts.contains(&host);
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await.map_err(|_| NoAddress)?;
            let fitting: Vec<SocketAddr> =
                found.filter(|address| anywhere || is_public(address.ip())).collect();
            if fitting.is_empty() {
                return Err(PrivateAddress.into());
            }
            Ok(Box::new(fitting.into_iter()) as Addrs)
        })
    }
}

#[derive(Debug)]
struct NoAddress;

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host has no address")
    }
}

impl std::error::Error for NoAddress {}

#[derive(Debug)]
struct PrivateAddress;

impl fmt::Display for PrivateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address is private")
    }
}

impl std::error::Error for PrivateAddress {}
