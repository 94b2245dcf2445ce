//! `[server]`: the public origin, the listener, TLS or trusted proxies.

use std::net::SocketAddr;
use std::path::PathBuf;

use url::{Host, Url};

use super::document::{Section, Wrong, wrong};
use super::network::{Network, network};
use super::{keys, parts};

/// How the server is reached.
#[derive(Debug, Clone)]
pub struct Server {
    /// The origin of every link, issuer and cookie (attack 65): scheme, host, port, path `/`.
    pub public_url: Url,
    /// Further origins with the same content.
    pub more_public_urls: Vec<Url>,
    /// Address to bind.
    pub listen: SocketAddr,
    /// None: plain HTTP, on loopback or behind a trusted proxy.
    pub tls: Option<Tls>,
    /// Peers whose forwarding headers are believed (attack 54).
    pub trusted_proxies: Vec<Network>,
    /// From where the health endpoints answer (attack 147).
    pub health_networks: Vec<Network>,
    /// Open connections at most.
    pub connections: usize,
    /// Time for TLS handshake and request head, seconds (attack 138).
    pub header_seconds: u64,
    /// Time for a request body, seconds.
    pub body_seconds: u64,
    /// Longest silence on a connection, seconds.
    pub idle_seconds: u64,
    /// Time to finish after SIGTERM, seconds.
    pub drain_seconds: u64,
}

/// Where the certificate comes from.
#[derive(Debug, Clone)]
pub enum Tls {
    /// The operator's files, read anew when they change.
    Files {
        /// Chain in PEM, leaf first.
        certificate: PathBuf,
        /// Private key in PEM.
        key: PathBuf,
    },
    /// `dev --tls`: a certificate authority of our own, made on first start in this folder.
    LocalAuthority {
        /// Folder of the authority, `DATA/ca`.
        folder: PathBuf,
        /// Host names beside localhost, 127.0.0.1 and ::1.
        names: Vec<String>,
    },
}

impl Server {
    /// True when browsers reach the server over https (cookies get `Secure`, `__Host-` works).
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

pub(super) fn read(root: &Section<'_>) -> Option<Server> {
    let section = root.section("server", keys::SERVER);
    section.required("public_url");
    let public_url = section.parsed("public_url", origin);
    let listen = section.parsed("listen", listen_address);
    let tls = tls(&section);
    let trusted_proxies = networks(&section, "trusted_proxies");
    let health_networks = match section.has("health_networks") {
        true => networks(&section, "health_networks"),
        false => near(),
    };
    let mut more_public_urls = Vec::new();
    for text in section.list("more_public_urls") {
        match origin(&text.value) {
            Ok(url) => more_public_urls.push(url),
            Err(wrong) => section.report_at(text.at, "more_public_urls", wrong),
        }
    }
    let connections = section.number("connections", 16..=100_000, 4000);
    let server = Server {
        public_url: public_url?,
        more_public_urls,
        listen: listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
        tls,
        trusted_proxies,
        health_networks,
        connections: usize::try_from(connections).unwrap_or(4000),
        header_seconds: section.number("header_seconds", 1..=120, 10),
        body_seconds: section.number("body_seconds", 1..=600, 30),
        idle_seconds: section.number("idle_seconds", 1..=3600, 60),
        drain_seconds: section.number("drain_seconds", 0..=300, 20),
    };
    refuse_plain_text(&section, &server);
    Some(server)
}

fn networks(section: &Section<'_>, key: &str) -> Vec<Network> {
    let mut networks = Vec::new();
    for text in section.list(key) {
        match network(&text.value) {
            Ok(network) => networks.push(network),
            Err(wrong) => section.report_at(text.at, key, wrong),
        }
    }
    networks
}

/// Loopback, link-local and private networks: where orchestrators ask from.
pub(super) fn near() -> Vec<Network> {
    const NEAR: [&str; 8] = [
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1",
        "fc00::/7",
        "fe80::/10",
    ];
    NEAR.iter().filter_map(|text| network(text).ok()).collect()
}

fn tls(section: &Section<'_>) -> Option<Tls> {
    let certificate = section.parsed("tls_certificate", |path| parts::readable(section, path));
    let key = section.parsed("tls_key", |path| parts::readable(section, path));
    for (one, other) in [("tls_certificate", "tls_key"), ("tls_key", "tls_certificate")] {
        if section.has(one) && !section.has(other) {
            section.missing(other);
        }
    }
    Some(Tls::Files { certificate: certificate?, key: key? })
}

/// Passwords cross the wire: plain HTTP only on loopback or behind a proxy that is named (attack 96).
fn refuse_plain_text(section: &Section<'_>, server: &Server) {
    let has_tls = section.has("tls_certificate") || section.has("tls_key");
    if !has_tls && server.trusted_proxies.is_empty() && !section.has("trusted_proxies") {
        if server.is_https() {
            section.report(
                "public_url",
                wrong(
                    "is https, but nothing speaks TLS",
                    "set `tls_certificate` and `tls_key`, or name the proxy that does TLS in `trusted_proxies`",
                ),
            );
        } else if !server.listen.ip().is_loopback() {
            section.report(
                "listen",
                wrong(
                    format!("`{}` is open to others without TLS", server.listen),
                    "set `tls_certificate` and `tls_key`, name a proxy in `trusted_proxies`, or listen on 127.0.0.1",
                ),
            );
        }
    }
    if has_tls && !server.is_https() {
        section.report("public_url", wrong("is http although TLS is set", "write it with `https://`"));
    }
}

/// An origin: https, or http on loopback; no user, path, query or fragment.
pub(super) fn origin(text: &str) -> Result<Url, Wrong> {
    let told = |message: &str| {
        wrong(format!("`{text}` {message}"), "write scheme and host, such as \"https://login.example.com\"")
    };
    let url = Url::parse(text).map_err(|_| told("is no URL"))?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err(told("has more than scheme, host and port"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(told("is plain http outside loopback")),
        _ => Err(told("is neither https nor http")),
    }
}

/// True for localhost and its subdomains, 127.0.0.0/8 and ::1.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The same for the command line: the error is a sentence.
pub fn listen_argument(text: &str) -> Result<SocketAddr, String> {
    listen_address(text).map_err(|wrong| format!("{}; {}", wrong.message, wrong.remedy))
}

/// `IP:PORT`, or `localhost:PORT` for IPv4 loopback.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, Wrong> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric.parse().map_err(|_| {
        wrong(
            format!("`{text}` is not an address and a port"),
            "write them as \"127.0.0.1:8080\" or \"[::]:8443\"",
        )
    })
}
