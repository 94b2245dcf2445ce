//! Text messages and calls with a code, by a gateway of the operator's.
//!
//! In: a number, a code, a language. Out: taken by the gateway, kept in the development inbox, or an [`SmsError`]. The
//! gateway is a webhook: one POST of JSON a message, signed, so that a few lines of anybody's code reach any provider.
//! Not known here: journeys, how codes are made.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::hmac;
use jiff::Timestamp;
use serde_json::json;

use crate::config::Sms;
use crate::http::{Bounds, FetchError, Http, Method, Outgoing};
use crate::mail::{Inbox, Letter, Sender};

/// What carries the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A text message.
    Message,
    /// A call that speaks it.
    Call,
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Number in E.164.
    pub to: &'a str,
    /// The code; never logged.
    pub code: &'a str,
    /// How it is carried.
    pub carrier: Carrier,
    /// Who sends it: the application or the tenant.
    pub company: &'a str,
    /// BCP 47 tag.
    pub language: &'a str,
    /// For the gateway's own log.
    pub correlation: &'a str,
}

/// Why a message did not go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsError {
    /// There is no gateway.
    NotConfigured,
    /// The gateway does not take this number (4xx).
    Refused(u16),
    /// The gateway does not answer, or fails.
    Unreachable(String),
}

impl fmt::Display for SmsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SmsError::NotConfigured => f.write_str("no gateway for text messages is configured"),
            SmsError::Refused(status) => write!(f, "the gateway refused the number with {status}"),
            SmsError::Unreachable(cause) => write!(f, "the gateway could not be used: {cause}"),
        }
    }
}

impl std::error::Error for SmsError {}

/// The ways a message can leave. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Texter {
    gateway: Option<(Sms, Http)>,
    inbox: Option<Inbox>,
}

impl Texter {
    /// By the gateway, the development inbox, both, or not at all.
    pub fn new(gateway: Option<Sms>, http: Http, inbox: Option<Inbox>) -> Texter {
        Texter { gateway: gateway.map(|gateway| (gateway, http)), inbox }
    }

    /// Sends one message.
    ///
    /// # Errors
    /// Why it did not go out.
    pub async fn send(&self, message: &Message<'_>, now: Timestamp) -> Result<(), SmsError> {
        let text = words(message);
        if let Some(inbox) = &self.inbox {
            let letter = letter(message, &text);
            inbox.keep(&letter, now).map_err(|error| SmsError::Unreachable(error.to_string()))?;
        }
        let result = match &self.gateway {
            Some((gateway, http)) => post(gateway, http, (message, &text), now).await,
            None if self.inbox.is_some() => Ok(()),
            None => Err(SmsError::NotConfigured),
        };
        match &result {
            Ok(()) => tracing::info!(target: "vestibule::sms", "message sent"),
            Err(error) => tracing::warn!(target: "vestibule::sms", %error, "message not sent"),
        }
        result
    }
}

async fn post(
    gateway: &Sms,
    http: &Http,
    (message, text): (&Message<'_>, &str),
    now: Timestamp,
) -> Result<(), SmsError> {
    let body = json!({
        "to": message.to,
        "text": text,
        "code": message.code,
        "kind": match message.carrier { Carrier::Message => "sms", Carrier::Call => "call" },
        "language": message.language,
        "correlationId": message.correlation,
    })
    .to_string();
    let time = now.as_second().to_string();
    let mut outgoing = Outgoing::new(Method::Post, gateway.url.clone());
    outgoing.secret("x-vestibule-signature", signature(gateway, &time, &body).as_bytes());
    outgoing.header("x-vestibule-timestamp", time.as_bytes());
    outgoing.body("application/json", body.into_bytes());
    let bounds = Bounds { time: Duration::from_secs(gateway.seconds), bytes: 65_536 };
    match http.send(&outgoing, bounds).await {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) if (400..500).contains(&answer.status) => Err(SmsError::Refused(answer.status)),
        Ok(answer) => Err(SmsError::Unreachable(format!("it answers {}", answer.status))),
        Err(error @ (FetchError::Slow | FetchError::Unreachable(_) | FetchError::NoName)) => {
            Err(SmsError::Unreachable(error.to_string()))
        }
        Err(error) => Err(SmsError::Unreachable(error.to_string())),
    }
}

/// `sha256=` and the HMAC of time, a dot and the body, in hexadecimal: the gateway can tell us from others, and a request
/// of now from one of yesterday.
fn signature(gateway: &Sms, time: &str, body: &str) -> String {
    use secrecy::ExposeSecret as _;
    let key = hmac::Key::new(hmac::HMAC_SHA256, gateway.secret.expose_secret().as_bytes());
    let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
    tag.as_ref().iter().fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Words in the languages we speak; `{0}` is the code, `{1}` who sends it.
const WORDS: &[(&str, &str)] = &[
    ("en", "{0} is your verification code for {1}. It is valid for 10 minutes."),
    ("de", "{0} ist Ihr Bestätigungscode für {1}. Er ist 10 Minuten gültig."),
    ("fr", "{0} est votre code de vérification pour {1}. Il est valable 10 minutes."),
    ("es", "{0} es su código de verificación para {1}. Es válido durante 10 minutos."),
    ("ar", "{0} هو رمز التحقق الخاص بك لدى {1}. صالح لمدة 10 دقائق."),
];

fn words(message: &Message<'_>) -> String {
    let primary = message.language.split('-').next().unwrap_or_default();
    let found = WORDS.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(primary)).or_else(|| WORDS.first());
    let format = found.map_or("{0}", |(_, format)| format);
    // The code goes in last, so that a company called `{0}` is not read as one.
    let (before, after) = format.split_once("{0}").unwrap_or((format, ""));
    format!(
        "{}{}{}",
        before.replace("{1}", message.company),
        message.code,
        after.replace("{1}", message.company)
    )
}

/// The message as the development inbox shows it.
fn letter(message: &Message<'_>, text: &str) -> Letter {
    let subject = match message.carrier {
        Carrier::Message => format!("Text message: {text}"),
        Carrier::Call => format!("Call: {text}"),
    };
    let sender = Sender { name: message.company.to_owned(), address: "sms".to_owned() };
    let html = format!("<!doctype html><meta charset=\"utf-8\"><p>{}</p>", escaped(text));
    Letter { sender, to: message.to.to_owned(), subject, text: text.to_owned(), html }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_the_persons_language_and_the_code_is_filled_in_once() {
        let message = |language, company| Message {
            to: "+15551234567",
            code: "123456",
            carrier: Carrier::Message,
            company,
            language,
            correlation: "c",
        };
        assert_eq!(
            words(&message("de-AT", "Contoso")),
            "123456 ist Ihr Bestätigungscode für Contoso. Er ist 10 Minuten gültig."
        );
        assert!(words(&message("xx", "{0}")).starts_with("123456 is your verification code for {0}."));
    }
}
