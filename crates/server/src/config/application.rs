//! `[[application]]`: who may ask for tokens and where they may be sent.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use url::Url;
use uuid::Uuid;

use super::algorithm::SigningAlgorithm;
use super::document::{Section, Wrong, nearest, wrong};
use super::server::is_loopback;
use super::tenant::Tenant;
use super::{keys, parts};

/// An application of the configuration file or of `dev`.
#[derive(Debug, Clone, Default)]
pub struct Application {
    /// Name of its tenant.
    pub tenant: String,
    /// Its id: a GUID in lower case.
    pub client_id: String,
    /// Shown in lists and logs.
    pub name: String,
    /// Exact redirect URIs.
    pub redirects: Vec<Redirect>,
    /// Digests of its secrets, each with its end. With neither secrets nor keys it is public.
    pub secrets: Vec<(SecretDigest, Option<Timestamp>)>,
    /// Files with the public keys of its assertions.
    pub client_keys: Vec<PathBuf>,
    /// May receive id tokens from the authorize endpoint.
    pub implicit_id_token: bool,
    /// May receive access tokens from the authorize endpoint.
    pub implicit_access_token: bool,
    /// The web API that this application is, if it is one.
    pub api: Option<Api>,
    /// Front-channel sign-out address.
    pub logout_url: Option<String>,
    /// Back-channel sign-out address.
    pub backchannel_logout_url: Option<String>,
    /// May use the resource owner password grant.
    pub password_grant: bool,
    /// Policy ids it may use; empty: all.
    pub policies: Vec<String>,
    /// Codes without PKCE are allowed though it is public.
    pub lift_pkce: bool,
    /// Scopes it may ask for, `URI/NAME`.
    pub delegated_permissions: Vec<String>,
    /// Roles it has in its own name, `URI/NAME`.
    pub application_permissions: Vec<String>,
    /// `openid` alone gets it an access token.
    pub userinfo_token: bool,
    /// Signs its id tokens.
    pub id_token_algorithm: Option<SigningAlgorithm>,
    /// `sub` of tokens in its own name, a GUID in lower case.
    pub object_id: Option<String>,
    /// It is refused everywhere.
    pub disabled: bool,
}

/// A web API with its scopes; a scope is asked for as `{uri}/{scope}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// Identifier URI.
    pub uri: String,
    /// Names of its scopes.
    pub scopes: Vec<String>,
    /// Names of its roles.
    pub roles: Vec<String>,
}

/// A registered redirect URI, compared exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// What kind of application listens there.
    pub kind: RedirectKind,
    /// As written.
    pub uri: String,
}

/// Platforms of an application registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectKind {
    /// Server-side, with a secret.
    Web,
    /// In the browser.
    Spa,
    /// Installed; loopback URIs match with any port.
    Native,
}

impl RedirectKind {
    /// The word of the configuration and the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RedirectKind::Web => "web",
            RedirectKind::Spa => "spa",
            RedirectKind::Native => "native",
        }
    }
}

/// SHA-256 of an application secret. Secrets are generated with 256 random bits, so a plain hash suffices.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretDigest(pub [u8; 32]);

impl SecretDigest {
    /// The digest of a secret.
    #[must_use]
    pub fn of(secret: &str) -> SecretDigest {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes());
        let mut bytes = [0u8; 32];
        bytes.iter_mut().zip(digest.as_ref()).for_each(|(place, byte)| *place = *byte);
        SecretDigest(bytes)
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest")
    }
}

pub(super) fn read(root: &Section<'_>, tenants: &[Tenant]) -> Vec<Application> {
    let mut applications: Vec<Application> = Vec::new();
    for section in root.sections("application", keys::APPLICATION) {
        let Some(application) = one(&section, tenants) else { continue };
        if applications.iter().any(|other| other.client_id.eq_ignore_ascii_case(&application.client_id)) {
            let message = format!("`{}` is there already", application.client_id);
            section
                .report("client_id", wrong(message, "every application stands once; remove one of the two"));
        }
        applications.push(application);
    }
    applications
}

fn one(section: &Section<'_>, tenants: &[Tenant]) -> Option<Application> {
    for name in ["client_id", "name"] {
        if !section.has(name) {
            section.missing(name);
        }
    }
    let client_id = section.parsed("client_id", guid("client id"));
    let name = section.text("name").map(|text| text.value);
    let tenant = tenant(section, tenants);
    let redirects = redirects(section);
    let mut secrets = Vec::new();
    for text in section.list("secrets") {
        match dated_digest(&text.value) {
            Ok(secret) => secrets.push(secret),
            Err(wrong) => section.report_at(text.at, "secrets", wrong),
        }
    }
    let list = |key| section.list(key).into_iter().map(|text| text.value).collect();
    Some(Application {
        redirects,
        secrets,
        client_keys: client_keys(section),
        delegated_permissions: permissions(section, "delegated_permissions"),
        application_permissions: permissions(section, "application_permissions"),
        userinfo_token: section.flag("userinfo_token", false),
        id_token_algorithm: section.parsed("id_token_algorithm", algorithm),
        object_id: section.parsed("object_id", guid("object id")),
        disabled: section.flag("disabled", false),
        implicit_id_token: section.flag("implicit_id_token", false),
        implicit_access_token: section.flag("implicit_access_token", false),
        api: api(section),
        logout_url: section.parsed("logout_url", https_url),
        backchannel_logout_url: section.parsed("backchannel_logout_url", https_or_local),
        password_grant: section.flag("password_grant", false),
        policies: list("policies"),
        lift_pkce: section.flag("lift_pkce", false),
        tenant: tenant?,
        client_id: client_id?,
        name: name?,
    })
}

fn tenant(section: &Section<'_>, tenants: &[Tenant]) -> Option<String> {
    let Some(text) = section.text("tenant") else {
        if let [only] = tenants {
            return Some(only.name.clone());
        }
        if tenants.len() > 1 {
            section.missing("tenant");
        }
        return None;
    };
    let known = tenants.iter().find(|tenant| tenant.name.eq_ignore_ascii_case(&text.value));
    if known.is_none() && !tenants.is_empty() {
        let names = || tenants.iter().map(|tenant| tenant.name.as_str());
        let remedy = match nearest(&text.value, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of: {}", names().collect::<Vec<_>>().join(", ")),
        };
        section.report_at(text.at, "tenant", wrong(format!("there is no tenant `{}`", text.value), remedy));
    }
    known.map(|tenant| tenant.name.clone())
}

fn api(section: &Section<'_>) -> Option<Api> {
    let api = section.section("api", keys::APPLICATION_API);
    if !api.is_present() {
        return None;
    }
    let list = |key| api.list(key).into_iter().map(|text| text.value).collect();
    let (scopes, roles) = (list("scopes"), list("roles"));
    api.required("uri")?;
    let uri = api.parsed("uri", identifier_uri)?;
    Some(Api { uri: uri.trim_end_matches('/').to_owned(), scopes, roles })
}

fn client_keys(section: &Section<'_>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for text in section.list("client_keys") {
        match parts::readable(section, &text.value) {
            Ok(file) => files.push(file),
            Err(wrong) => section.report_at(text.at, "client_keys", wrong),
        }
    }
    files
}

fn permissions(section: &Section<'_>, key: &str) -> Vec<String> {
    let mut permissions = Vec::new();
    for text in section.list(key) {
        let named =
            text.value.rsplit_once('/').is_some_and(|(uri, name)| !name.is_empty() && uri.contains("://"));
        match named {
            true => permissions.push(text.value),
            false => {
                let remedy = "write the API's identifier URI, a slash and the name";
                section.report_at(text.at, key, wrong(format!("`{}` names no API", text.value), remedy));
            }
        }
    }
    permissions
}

fn algorithm(text: &str) -> Result<SigningAlgorithm, Wrong> {
    text.parse().map_err(|told: String| wrong(told, "write `RS256`, `PS256`, `ES256` or `EdDSA`"))
}

/// `https://{tenant}/{name}` or, as newer registrations have it, `api://{client id}`.
fn identifier_uri(text: &str) -> Result<String, Wrong> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "https" | "api") => Ok(text.to_owned()),
        _ => Err(wrong(
            format!("`{text}` is no identifier URI"),
            "write `https://TENANT/NAME` or `api://CLIENT_ID`",
        )),
    }
}

fn https_or_local(text: &str) -> Result<String, Wrong> {
    match Url::parse(text) {
        Ok(url) if url.scheme() == "http" && is_loopback(&url) => Ok(text.to_owned()),
        _ => https_url(text),
    }
}

fn https_url(text: &str) -> Result<String, Wrong> {
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" => Ok(text.to_owned()),
        _ => Err(wrong(format!("`{text}` is no https address"), "write the full https:// address")),
    }
}

fn redirects(section: &Section<'_>) -> Vec<Redirect> {
    let uris = section.section("redirect_uris", keys::REDIRECT_URIS);
    let mut redirects = Vec::new();
    for kind in [RedirectKind::Web, RedirectKind::Spa, RedirectKind::Native] {
        for text in uris.list(kind.word()) {
            match redirect(kind, &text.value) {
                Ok(redirect) => redirects.push(redirect),
                Err(wrong) => uris.report_at(text.at, kind.word(), wrong),
            }
        }
    }
    redirects
}

/// Reads `[web=|spa=|native=]URI`, as the command line has it; without a kind, `web`.
pub fn redirect_argument(text: &str) -> Result<Redirect, String> {
    let kinds = [RedirectKind::Web, RedirectKind::Spa, RedirectKind::Native];
    let named = kinds.into_iter().find_map(|kind| {
        let uri = text.strip_prefix(kind.word())?.strip_prefix('=')?;
        Some((kind, uri))
    });
    let (kind, uri) = named.unwrap_or((RedirectKind::Web, text));
    redirect(kind, uri).map_err(|wrong| format!("{}; {}", wrong.message, wrong.remedy))
}

/// A redirect URI that may be registered (attack 6): https, http on loopback, or an application's own scheme
/// for native ones; no fragment, no user, no wildcard.
pub(super) fn redirect(kind: RedirectKind, uri: &str) -> Result<Redirect, Wrong> {
    let told = |message: &str| {
        wrong(format!("`{uri}` {message}"), "write the exact https:// address the application listens on")
    };
    let url = Url::parse(uri).map_err(|_| told("is no URL"))?;
    if url.fragment().is_some() || uri.contains('#') {
        return Err(told("has a fragment"));
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || uri.contains('*')
        || uri.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        return Err(told("has a user, a wildcard or a space"));
    }
    let fits = match url.scheme() {
        "https" => true,
        "http" => is_loopback(&url),
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "ftp" | "ws" | "wss" => false,
        _ => kind == RedirectKind::Native,
    };
    match fits {
        true => Ok(Redirect { kind, uri: uri.to_owned() }),
        false => Err(told("is neither https nor http on loopback")),
    }
}

/// A GUID, as registrations in the cloud have them; kept in lower case.
fn guid(what: &str) -> impl FnOnce(&str) -> Result<String, Wrong> {
    move |text| match (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten() {
        Some(id) => Ok(id.to_string()),
        None => Err(wrong(format!("`{text}` is no {what}"), "write a GUID, 8-4-4-4-12 hexadecimal digits")),
    }
}

/// A client id of the command line: the error is a sentence.
pub fn client_id_argument(text: &str) -> Result<String, String> {
    guid("client id")(text).map_err(|wrong| format!("{}; {}", wrong.message, wrong.remedy))
}

/// The end of a secret on the command line: a day (its first instant in UTC) or a full time.
pub fn end_argument(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let time = text.parse().ok().or_else(|| Some(day()?.timestamp()));
    time.ok_or_else(|| format!("`{text}` is no time; write `2027-01-31` or `2027-01-31T12:00:00Z`"))
}

/// `sha256:DIGEST` and perhaps ` until TIME`.
fn dated_digest(text: &str) -> Result<(SecretDigest, Option<Timestamp>), Wrong> {
    match text.split_once(" until ") {
        None => Ok((digest(text)?, None)),
        Some((hex, end)) => {
            let remedy = "write the day or the time at which the secret ends";
            let end = end_argument(end.trim()).map_err(|told| wrong(told, remedy))?;
            Ok((digest(hex.trim())?, Some(end)))
        }
    }
}

fn digest(text: &str) -> Result<SecretDigest, Wrong> {
    let refused = || {
        wrong(
            "is not the SHA-256 of a secret",
            "write \"sha256:\" and 64 hexadecimal digits; make one with `vestibule app secret add`",
        )
    };
    let hex =
        text.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.is_ascii()).ok_or_else(refused)?;
    let mut bytes = [0u8; 32];
    for (place, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| refused())?;
        *place = u8::from_str_radix(pair, 16).map_err(|_| refused())?;
    }
    Ok(SecretDigest(bytes))
}
