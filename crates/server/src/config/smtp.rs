//! `[smtp]`: the mail server. The URL form also serves `vestibule dev --smtp URL`.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use super::document::{Section, Wrong, wrong};
use super::server::is_loopback;
use super::{keys, parts};

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// STARTTLS, and no mail without it (attack 117).
    StartTls,
    /// STARTTLS if the server offers it.
    Opportunistic,
    /// Plain text.
    None,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS or not.
    pub security: Security,
    /// User and password, both or none.
    pub login: Option<(String, SecretString)>,
    /// Certificate authority beside the public ones.
    pub ca_file: Option<PathBuf>,
    /// Time for one mail in all, seconds.
    pub seconds: u64,
    /// Tries for one mail.
    pub tries: u32,
    /// Name told in EHLO; None: this machine's.
    pub hello_name: Option<String>,
}

pub(super) fn read(root: &Section<'_>, warnings: &mut Vec<String>) -> Option<Smtp> {
    let section = root.section("smtp", keys::SMTP);
    if !section.is_present() {
        warnings.push("no `[smtp]`: policies that send a code by mail cannot send it".to_owned());
        return None;
    }
    section.required("url");
    let url = section.parsed("url", smtp_url_or_wrong);
    let user = section.text("user");
    let password = section.text("password");
    for (one, other) in [("user", "password"), ("password", "user")] {
        if section.has(one) && !section.has(other) {
            section.missing(other);
        }
    }
    let ca_file = section.parsed("ca_file", |path| parts::readable(&section, path));
    let seconds = section.number("seconds", 1..=120, 10);
    let tries = section.number32("tries", 1..=10, 3);
    let hello_name = section.text("hello_name").map(|text| text.value);
    let mut smtp = Smtp { ca_file, seconds, tries, hello_name, ..url? };
    if let (Some(user), Some(password)) = (user, password) {
        smtp.login = Some((user.value, password.value.into()));
    }
    if matches!(smtp.security, Security::None | Security::Opportunistic) && !is_local(&smtp.host) {
        warnings
            .push(format!("mail to `{}` may travel in plain text: codes can be read on the way", smtp.host));
    }
    Some(smtp)
}

/// Reads `smtp://[USER:PASSWORD@]HOST[:PORT][?starttls=required|opportunistic|never]` or `smtps://…`.
/// The message of an error names what to write.
pub fn smtp_url(text: &str) -> Result<Smtp, String> {
    smtp_url_or_wrong(text).map_err(|wrong| format!("{}; {}", wrong.message, wrong.remedy))
}

fn smtp_url_or_wrong(text: &str) -> Result<Smtp, Wrong> {
    let told = |message: &str| {
        wrong(
            message,
            "write \"smtp://HOST:587\" or \"smtps://HOST\", with `?starttls=opportunistic` or `=never` if it must be",
        )
    };
    let url = Url::parse(text).map_err(|_| told("is no URL"))?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| told("names no host"))?;
    let (implicit, port) = match url.scheme() {
        "smtp" => (false, url.port().unwrap_or(587)),
        "smtps" => (true, url.port().unwrap_or(465)),
        _ => return Err(told("is neither smtp:// nor smtps://")),
    };
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(told("has a path or fragment"));
    }
    let default = if is_local(host) { Security::Opportunistic } else { Security::StartTls };
    let mut security = if implicit { Security::Tls } else { default };
    for (name, value) in url.query_pairs() {
        security = match (name.as_ref(), value.as_ref()) {
            ("starttls", _) if implicit => return Err(told("asks for STARTTLS inside TLS")),
            ("starttls", "required") => Security::StartTls,
            ("starttls", "opportunistic") => Security::Opportunistic,
            ("starttls", "never") => Security::None,
            _ => return Err(told("has an unknown option")),
        };
    }
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let login = login(&url);
    Ok(Smtp { host, port, security, login, ca_file: None, seconds: 10, tries: 3, hello_name: None })
}

fn login(url: &Url) -> Option<(String, SecretString)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((decoded(url.username()), decoded(url.password()?).into()))
}

fn is_local(host: &str) -> bool {
    Url::parse(&format!("http://{host}/")).is_ok_and(|url| is_loopback(&url))
}
