//! The configuration: one typed struct, checked whole before anything starts.
//!
//! In: a `vestibule.toml` (`load`) or the arguments of `vestibule dev` (`dev`). Out: a [`Config`] nobody
//! has to look at strings of again, or every problem of the file in one run, each with file, line, key and
//! remedy. Only this module reads the environment. Not known here: what the parts do with their settings.
//! Only `app`, `main` and `commands` see the whole; every other part is handed its own piece.

mod algorithm;
mod application;
mod conformance;
mod dev;
mod document;
mod keys;
mod lints;
mod network;
mod openid;
mod parts;
mod problem;
mod reference;
mod secret;
mod server;
mod sms;
mod smtp;
mod tenant;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use algorithm::SigningAlgorithm;
pub use application::{
    Api, Application, Redirect, RedirectKind, SecretDigest, client_id_argument, end_argument,
    redirect_argument,
};
pub use conformance::{SUITE_ALIAS, SUITE_CLIENTS, suite_argument};
pub use dev::DevArguments;
pub use lints::lints;
pub use network::Network;
pub use openid::OpenId;
pub use parts::{Behaviour, Database, Hashing, Limits, Lockout, Log, LogFormat, Outbound, Rate, Session};
pub use problem::{Problem, Problems};
pub use reference::reference;
pub use secret::MasterKey;
pub use server::{Server, Tls, listen_argument};
pub use sms::Sms;
pub use smtp::{Security, Smtp, smtp_url};
pub use tenant::{Brand, MailIdentity, Templates, Tenant};

use document::{Document, Section};

/// A configuration file may not be longer; a longer one is a mistake, not a configuration.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Everything the operator decides.
#[derive(Debug, Clone)]
pub struct Config {
    /// True only under `vestibule dev`: developer pages exist, rate limits are off unless asked for.
    pub development: bool,
    /// Where the journey recorder of `dev` writes too.
    pub trace_file: Option<std::path::PathBuf>,
    /// Public addresses, listener, TLS, proxies, time-outs.
    pub server: Server,
    /// Where records and tables live.
    pub database: Database,
    /// The key that seals everything secret at rest, and older ones that may still open it.
    pub master_key: MasterKey,
    /// At least one.
    pub tenants: Vec<Tenant>,
    /// Applications named in the file; more may be registered by `vestibule app`.
    pub applications: Vec<Application>,
    /// The mail server; without one, policies that send mail fail with a message on the page.
    pub smtp: Option<Smtp>,
    /// The gateway for text messages and calls.
    pub sms: Option<Sms>,
    /// How often one client may ask.
    pub limits: Limits,
    /// Cost of password hashing and the threads it may use.
    pub hashing: Hashing,
    /// When an account is locked and for how long.
    pub lockout: Lockout,
    /// Journeys, browser sessions and their cookies.
    pub session: Session,
    /// Named differences from the cloud.
    pub behaviour: Behaviour,
    /// What the server can do beyond the cloud.
    pub openid: OpenId,
    /// Requests the server itself makes: templates, later REST.
    pub outbound: Outbound,
    /// Log format and level.
    pub log: Log,
    /// Things that work but should be known; told once at start.
    pub warnings: Vec<String>,
}

/// Reads and checks a configuration file.
pub fn load(path: &Path) -> Result<Config, Problems> {
    let text = read(path).map_err(|problem| Problems(vec![problem]))?;
    parse(path, &text, &environment)
}

/// Checks the text of a configuration file that stands at `path` (relative paths in it start there).
/// `environment` answers for `{ env = "NAME" }`.
pub fn parse(
    path: &Path,
    text: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Problems> {
    let (root, errors) = toml::de::DeTable::parse_recoverable(text);
    let document = Document::new(path, text, environment);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        document.syntax(at, error.message());
    }
    if !errors.is_empty() {
        return Err(Problems(document.into_problems()));
    }
    let section = Section::root(&document, root.get_ref(), keys::ROOT);
    let config = read_root(&section);
    let problems = document.into_problems();
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(Problems(problems)),
    }
}

fn read_root(root: &Section<'_>) -> Option<Config> {
    let mut warnings = Vec::new();
    let server = server::read(root);
    let database = parts::database(root);
    let master_key = secret::read(root);
    let tenants = tenant::read(root, &mut warnings);
    let applications = application::read(root, &tenants);
    let smtp = smtp::read(root, &mut warnings);
    // `check` reads them; the rest of the server has no use for them.
    lints::read(root);
    let sms = sms::read(root);
    let config = Config {
        development: false,
        trace_file: None,
        limits: parts::limits(root),
        hashing: parts::hashing(root),
        lockout: parts::lockout(root),
        session: parts::session(root),
        behaviour: parts::behaviour(root),
        openid: openid::read(root),
        outbound: parts::outbound(root),
        log: parts::log(root),
        server: server?,
        database: database?,
        master_key: master_key?,
        tenants,
        applications,
        smtp,
        sms,
        warnings,
    };
    Some(config)
}

/// Networks from texts that are known to be good; for tests of other parts.
#[cfg(test)]
pub(crate) fn networks(texts: &[&str]) -> Vec<Network> {
    texts.iter().filter_map(|text| network::network(text).ok()).collect()
}

fn read(path: &Path) -> Result<String, Problem> {
    let told = |message: String, remedy: &str| Problem {
        file: path.to_owned(),
        line: 0,
        column: 0,
        key: String::new(),
        message,
        remedy: remedy.to_owned(),
    };
    let length = std::fs::metadata(path)
        .map_err(|error| {
            told(format!("cannot be read: {error}"), "name an existing file with `--config FILE`")
        })?
        .len();
    if length > MAX_FILE_BYTES {
        return Err(told(
            format!("has {length} bytes"),
            "a configuration has at most 1 MiB; name the right file",
        ));
    }
    let bytes = std::fs::read(path)
        .map_err(|error| told(format!("cannot be read: {error}"), "let the server's user read the file"))?;
    String::from_utf8(bytes).map_err(|_| told("is not UTF-8".to_owned(), "save the file as UTF-8"))
}

#[expect(clippy::disallowed_methods, reason = "configuration is the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
