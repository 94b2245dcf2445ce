//! Mail: letters, and the ways they leave.
//!
//! In: a [`Letter`] made by `letters.rs` (or by a policy's own texts). Out: accepted by a mail server, kept
//! in the development inbox, or a [`MailError`] of which the page can say "could not send, try again". Not
//! known here: journeys, codes' rules, users. Nothing of a letter is logged but that it left or did not.

mod inbox;
mod letters;
mod smtp;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;

use jiff::Timestamp;

pub use inbox::{Inbox, Kept};
pub use letters::{CodeLetter, NoticeLetter, code, password_changed};
pub use smtp::SmtpPost;

/// A mail ready to go: text and HTML say the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Sender's name and address.
    pub sender: Sender,
    /// One recipient's bare address.
    pub to: String,
    /// One line; control characters are dropped on the way out.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML document.
    pub html: String,
}

/// Who a mail comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Shown name; may be empty.
    pub name: String,
    /// Bare address.
    pub address: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter") // its subject begins with a code
    }
}

/// Why a mail did not leave. The page says one thing for all of them; the log says which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailError {
    /// There is no mail server.
    NotConfigured,
    /// The recipient's or sender's address cannot be written into a header.
    Address,
    /// The server said no for good, with this code (550 …).
    Refused(String),
    /// Not reached, not in time, connection lost, TLS missing or untrusted, passing refusal: worth another try.
    Unreachable(String),
}

impl MailError {
    /// True when the same letter may succeed later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, MailError::Unreachable(_))
    }
}

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MailError::NotConfigured => f.write_str("no mail server is configured"),
            MailError::Address => f.write_str("an address of the mail is not one"),
            MailError::Refused(cause) => write!(f, "the mail server refused: {cause}"),
            MailError::Unreachable(cause) => write!(f, "the mail server could not be used: {cause}"),
        }
    }
}

impl std::error::Error for MailError {}

/// The ways a letter can leave. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Mailer {
    /// A mail server.
    Smtp(SmtpPost),
    /// The development inbox (`dev`), and what tests read.
    Inbox(Inbox),
    /// Both (`dev --smtp URL`): kept first, then sent.
    Both(SmtpPost, Inbox),
    /// No way: every letter fails with `NotConfigured`.
    Nowhere,
}

impl Mailer {
    /// Sends one letter; bounded in time and tries. `now` dates it.
    pub async fn send(&self, letter: &Letter, now: Timestamp) -> Result<(), MailError> {
        let result = match self {
            Mailer::Smtp(post) => post.send(letter, now).await,
            Mailer::Inbox(inbox) => inbox.keep(letter, now),
            Mailer::Both(post, inbox) => {
                inbox.keep(letter, now)?;
                post.send(letter, now).await
            }
            Mailer::Nowhere => Err(MailError::NotConfigured),
        };
        match &result {
            Ok(()) => tracing::info!(target: "vestibule::mail", "mail sent"),
            Err(error) => tracing::warn!(target: "vestibule::mail", %error, "mail not sent"),
        }
        result
    }

    /// The development inbox, if letters are kept.
    #[must_use]
    pub fn inbox(&self) -> Option<&Inbox> {
        match self {
            Mailer::Inbox(inbox) | Mailer::Both(_, inbox) => Some(inbox),
            Mailer::Smtp(_) | Mailer::Nowhere => None,
        }
    }
}
