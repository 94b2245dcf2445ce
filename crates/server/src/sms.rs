//! Text messages and calls with a code, by a gateway of the operator's.
//!
//! In: a number, a code, a language. Out: taken by the gateway, kept in the development inbox, or an [`SmsError`]. The
//! gateway is a webhook: one POST of JSON a message, signed, so that a few lines of anybody's code reach any provider.
//! Not known here: journeys, how codes are made.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use jiff::Timestamp;
use serde_json::json;

use crate::config::Sms;
use crate::http::{Bounds, FetchError, Http, Method, Outgoing};
use crate::mail::{Inbox, Letter, Sender};

/// How a number is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof<'a> {
    /// A text message with this code; never logged.
    Code(&'a str),
    /// A call: whoever answers it presses the pound key, and the gateway posts that to this address.
    PoundKey(&'a str),
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Number in E.164.
    pub to: &'a str,
    /// How the number is proven.
    pub proof: Proof<'a>,
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
    let (kind, name, value) = match message.proof {
        Proof::Code(code) => ("sms", "code", code),
        Proof::PoundKey(answer) => ("call", "answer", answer),
    };
    let body = json!({
        "to": message.to,
        "text": text,
        name: value,
        "kind": kind,
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

/// How far a gateway's clock may be from ours.
const SKEW_SECONDS: i64 = 300;

/// Whether a request is the gateway's: its `x-vestibule-timestamp` and `x-vestibule-signature` over its body.
#[must_use]
pub fn is_signed(gateway: &Sms, (time, signed): (&str, &str), body: &str, now: Timestamp) -> bool {
    let fresh = time
        .parse::<i64>()
        .is_ok_and(|seconds| (now.as_second().saturating_sub(seconds)).abs() < SKEW_SECONDS);
    let wanted = signature(gateway, time, body);
    fresh && verify_slices_are_equal(wanted.as_bytes(), signed.as_bytes()).is_ok()
}

/// Words in the languages we speak; `{0}` is the code, `{1}` who sends it.
const WORDS: &[(&str, &str)] = &[
    ("en", "{0} is your verification code for {1}. It is valid for 10 minutes."),
    ("de", "{0} ist Ihr Bestätigungscode für {1}. Er ist 10 Minuten gültig."),
    ("fr", "{0} est votre code de vérification pour {1}. Il est valable 10 minutes."),
    ("es", "{0} es su código de verificación para {1}. Es válido durante 10 minutos."),
    ("ar", "{0} هو رمز التحقق الخاص بك لدى {1}. صالح لمدة 10 دقائق."),
];

/// What a call says; `{1}` is who calls.
const CALL_WORDS: &[(&str, &str)] = &[
    ("en", "This is a call from {1}. If you are signing in there now, press the pound key. If not, hang up."),
    (
        "de",
        "Dies ist ein Anruf von {1}. Wenn Sie sich gerade dort anmelden, drücken Sie die Rautetaste. Wenn nicht, legen Sie auf.",
    ),
    (
        "fr",
        "Ceci est un appel de {1}. Si vous vous y connectez en ce moment, appuyez sur la touche dièse. Sinon, raccrochez.",
    ),
    (
        "es",
        "Esta es una llamada de {1}. Si está iniciando sesión allí ahora, pulse la tecla almohadilla. Si no, cuelgue.",
    ),
    ("ar", "هذه مكالمة من {1}. إذا كنت تسجّل الدخول الآن فاضغط على مفتاح المربع، وإلا فأغلق الخط."),
];

fn words(message: &Message<'_>) -> String {
    let primary = message.language.split('-').next().unwrap_or_default();
    let (table, code) = match message.proof {
        Proof::Code(code) => (WORDS, code),
        Proof::PoundKey(_) => (CALL_WORDS, ""),
    };
    let found = table.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(primary)).or_else(|| table.first());
    let format = found.map_or("{0}", |(_, format)| format);
    // The code goes in last, so that a company called `{0}` is not read as one.
    let (before, after) = format.split_once("{0}").unwrap_or((format, ""));
    format!("{}{}{}", before.replace("{1}", message.company), code, after.replace("{1}", message.company))
}

/// The message as the development inbox shows it.
fn letter(message: &Message<'_>, text: &str) -> Letter {
    let (address, subject, text, more) = match message.proof {
        Proof::Code(_) => ("sms", format!("Text message: {text}"), text.to_owned(), String::new()),
        Proof::PoundKey(answer) => (
            "call",
            format!("Call: {text}"),
            format!("{text}\n\n# {answer}"),
            format!("<p><a href=\"{}\" target=\"_blank\">#</a></p>", escaped(answer)),
        ),
    };
    let sender = Sender { name: message.company.to_owned(), address: address.to_owned() };
    let html = format!("<!doctype html><meta charset=\"utf-8\"><p>{}</p>{more}", escaped(&text));
    Letter { sender, to: message.to.to_owned(), subject, text, html }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_the_persons_language_and_the_code_is_filled_in_once() {
        let message = |language, company| Message {
            to: "+15551234567",
            proof: Proof::Code("123456"),
            company,
            language,
            correlation: "c",
        };
        assert_eq!(
            words(&message("de-AT", "Contoso")),
            "123456 ist Ihr Bestätigungscode für Contoso. Er ist 10 Minuten gültig."
        );
        assert!(words(&message("xx", "{0}")).starts_with("123456 is your verification code for {0}."));
        let call = Message { proof: Proof::PoundKey("https://x.test/a"), ..message("en", "Contoso") };
        assert!(words(&call).starts_with("This is a call from Contoso."));
        assert!(!words(&call).contains("https://"), "nobody hears an address");
    }

    /// RFC 2104 by hand would prove nothing here: what counts is that time, body and secret all change the tag.
    #[test]
    fn a_gateways_word_counts_with_its_signature_alone() {
        let gateway = Sms {
            url: "https://sms.example.com/".parse().unwrap(),
            secret: "secret".to_owned().into(),
            seconds: 1,
            countries: Vec::new(),
            any_number: false,
        };
        let tag = signature(&gateway, "1700000000", "{}");
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        assert!(is_signed(&gateway, ("1700000000", &tag), "{}", now));
        assert!(!is_signed(&gateway, ("1700000001", &tag), "{}", now), "another time");
        assert!(!is_signed(&gateway, ("1700000000", &tag), "{ }", now), "another body");
        assert!(!is_signed(&gateway, ("1700000000", ""), "{}", now));
        let late = Timestamp::from_second(1_700_000_301).unwrap();
        assert!(!is_signed(&gateway, ("1700000000", &tag), "{}", late), "five minutes later");
        let other = Sms { secret: "other".to_owned().into(), ..gateway };
        assert!(!is_signed(&other, ("1700000000", &tag), "{}", now), "another secret");
    }
}
