//! Handing a letter to a mail server: pooled connections, TLS as configured, bounded time and tries.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error as Refusal, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::ExposeSecret as _;

use super::{Letter, MailError, Sender};
use crate::config::{Security, Smtp};

/// Wait before another try; the third try waits twice as long.
const PAUSE: Duration = Duration::from_millis(300);
/// Connections kept to the mail server.
const CONNECTIONS: u32 = 4;

/// A mail server to which letters are handed. Clones share its connections.
#[derive(Debug, Clone)]
pub struct SmtpPost {
    transport: Arc<AsyncSmtpTransport<Tokio1Executor>>,
    time: Duration,
    tries: u32,
}

impl SmtpPost {
    /// Prepares the connections; none is opened yet. Call inside a tokio runtime. The error is a sentence:
    /// the certificate authority's file is not one.
    pub fn new(config: &Smtp) -> Result<SmtpPost, String> {
        let time = Duration::from_secs(config.seconds);
        let tls = match config.security {
            Security::None => Tls::None,
            Security::Tls => Tls::Wrapper(parameters(config)?),
            Security::StartTls => Tls::Required(parameters(config)?),
            Security::Opportunistic => Tls::Opportunistic(parameters(config)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(tls)
            .timeout(Some(time))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS).idle_timeout(Duration::from_secs(30)));
        if let Some((user, password)) = &config.login {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        if let Some(name) = &config.hello_name {
            builder = builder.hello_name(ClientId::Domain(name.clone()));
        }
        Ok(SmtpPost { transport: Arc::new(builder.build()), time, tries: config.tries })
    }

    /// One letter: tried again after a lost connection or a passing refusal, all within the configured time.
    pub(super) async fn send(&self, letter: &Letter, now: Timestamp) -> Result<(), MailError> {
        let message = message(letter, now)?;
        let tried = tokio::time::timeout(self.time, self.try_often(message)).await;
        tried.unwrap_or_else(|_| {
            Err(MailError::Unreachable(format!("no answer within {} s", self.time.as_secs())))
        })
    }

    async fn try_often(&self, message: Message) -> Result<(), MailError> {
        let mut last = MailError::NotConfigured;
        for tried in 0..self.tries {
            if tried > 0 {
                tokio::time::sleep(PAUSE * tried).await;
            }
            match self.transport.send(message.clone()).await {
                Ok(_) => return Ok(()),
                Err(refusal) => last = judged(&refusal),
            }
            if !last.is_passing() {
                break;
            }
        }
        Err(last)
    }
}

fn judged(refusal: &Refusal) -> MailError {
    // Only the code: a server's words may repeat the address or parts of the letter.
    match refusal.status() {
        Some(code) if refusal.is_permanent() => MailError::Refused(code.to_string()),
        Some(code) => MailError::Unreachable(format!("answer {code}")),
        None if refusal.is_tls() => MailError::Unreachable(format!("TLS: {refusal}")),
        None if refusal.is_timeout() => MailError::Unreachable("no answer in time".to_owned()),
        None => MailError::Unreachable(source(refusal)),
    }
}

fn source(refusal: &Refusal) -> String {
    match std::error::Error::source(refusal) {
        Some(source) => format!("{refusal}: {source}"),
        None => refusal.to_string(),
    }
}

fn parameters(config: &Smtp) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let told = |cause: String| {
            format!("`smtp.ca_file` {}: {cause}; name a PEM file with a certificate", path.display())
        };
        let pem = std::fs::read(path).map_err(|error| told(error.to_string()))?;
        builder = builder
            .add_root_certificate(Certificate::from_pem(&pem).map_err(|error| told(error.to_string()))?);
    }
    builder.build().map_err(|error| format!("TLS for the mail server `{}`: {error}", config.host))
}

/// The mail as it travels. Addresses are parsed, names and subjects lose control characters: no line of a
/// header comes from outside (attack 66).
fn message(letter: &Letter, now: Timestamp) -> Result<Message, MailError> {
    let to: Address = letter.to.parse().map_err(|_| MailError::Address)?;
    let at = SystemTime::from(now);
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    let no_replies = HeaderName::new_from_ascii_str("X-Auto-Response-Suppress");
    Message::builder()
        .from(mailbox(&letter.sender)?)
        .to(Mailbox::new(None, to))
        .subject(one_line(&letter.subject))
        .date(at)
        .message_id(None)
        .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
        .raw_header(HeaderValue::new(no_replies, "All".to_owned()))
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(|_| MailError::Address)
}

fn mailbox(sender: &Sender) -> Result<Mailbox, MailError> {
    let address = sender.address.parse().map_err(|_| MailError::Address)?;
    let name = one_line(&sender.name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
