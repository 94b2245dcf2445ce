//! `[sms]`: the gateway for text messages and calls.

use secrecy::SecretString;
use url::Url;

use super::document::{Section, wrong};
use super::keys;

/// A gateway.
#[derive(Debug, Clone)]
pub struct Sms {
    /// Where each message is posted.
    pub url: Url,
    /// Signs each request.
    pub secret: SecretString,
    /// Time for one message, seconds.
    pub seconds: u64,
    /// ISO 3166 codes in upper case of the countries whose numbers are reached; empty: all.
    pub countries: Vec<String>,
    /// Whether numbers of costly and unassigned ranges are reached too (attack 64).
    pub any_number: bool,
}

pub(super) fn read(root: &Section<'_>) -> Option<Sms> {
    let section = root.section("sms", keys::SMS);
    if !section.is_present() {
        return None;
    }
    section.required("url");
    section.required("secret");
    let url = section.parsed("url", |text| {
        let told = || wrong(format!("`{text}` is no address"), "write one that begins with https://");
        Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(told)
    });
    let secret = section.text("secret");
    let seconds = section.number("seconds", 1..=60, 10);
    let countries = section.list("countries").into_iter().map(|code| code.value.trim().to_uppercase());
    let countries = countries.collect();
    let any_number = section.flag("any_number", false);
    Some(Sms { url: url?, secret: secret?.value.into(), seconds, countries, any_number })
}
