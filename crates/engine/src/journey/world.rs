//! The one door to the outside: what a running journey may ask, and what comes back (architecture D2).
//!
//! The server answers with the directory, mail and keys; tests answer with a script. Nothing else reaches a journey.

use std::fmt;
use std::future::Future;

use jiff::Timestamp;

use super::state::Journey;
use super::trace::Event;
use crate::claims::{Name, Value};
use crate::kind::TokenHint;
use crate::policy::{Policy, Profile};

/// Everything a running journey may ask of the outside.
pub trait World: Sync {
    /// Does what the call says and waits for it.
    fn call(&self, call: Call<'_>) -> impl Future<Output = Result<Answer, Failure>> + Send;
    /// The time.
    fn now(&self) -> Timestamp;
    /// Fills the bytes at random.
    fn random(&self, bytes: &mut [u8]);
    /// The secret in a policy key that a transformation names; nothing where there is no such key.
    fn secret(&self, _container: &str) -> impl Future<Output = Option<Vec<u8>>> + Send {
        std::future::ready(None)
    }
    /// Hears what happens; nobody need listen.
    fn note(&self, _event: Event<'_>) {}
    /// Whether anybody listens, for what must be copied to be told.
    fn listens(&self) -> bool {
        false
    }
}

/// One request to the outside.
#[derive(Debug)]
pub struct Call<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The journey, for its language, application, address and ids; its claims are not the provider's business.
    pub journey: &'a Journey,
    /// What is wanted.
    pub what: What<'a>,
}

/// What is wanted.
#[derive(Debug)]
pub enum What<'a> {
    /// Run a technical profile.
    Profile {
        /// Which.
        profile: &'a Profile,
        /// Its input claims that have a value; of several with one partner name the first (reference README 23).
        inputs: Vec<Sent>,
        /// Its persisted claims that have a value.
        persisted: Vec<Sent>,
        /// The service's address with claim resolvers replaced, where the profile has any in it.
        address: Option<String>,
    },
    /// Verify an id_token_hint and read its claims.
    ReadHint {
        /// The hint's profile.
        profile: &'a Profile,
        /// Its settings.
        settings: &'a TokenHint,
        /// The hint as the application sent it.
        hint: &'a str,
    },
    /// Send a code to a Verified.Email address, bound to the journey's current page and that claim.
    SendCode {
        /// The claim whose value is verified.
        claim: &'a Name,
        /// The address as typed, trimmed.
        address: &'a str,
    },
    /// Check the code typed for that address.
    CheckCode {
        /// The claim whose value is verified.
        claim: &'a Name,
        /// The address as typed, trimmed.
        address: &'a str,
        /// What was typed.
        code: &'a str,
    },
    /// Send a code to a telephone number, or call it, bound to the journey's current page. A number dialled before on the
    /// page counts no more.
    Dial {
        /// In E.164.
        number: &'a str,
        /// How.
        carrier: Carrier,
        /// Wrong codes until the code is dead.
        tries: u32,
    },
    /// Check the code typed for the number that was written to.
    CheckDialled {
        /// In E.164.
        number: &'a str,
        /// What was typed.
        code: &'a str,
    },
    /// Ask whether the call to the number was confirmed: `answered` is true, or not there while it rings.
    HearCall {
        /// In E.164.
        number: &'a str,
    },
}

/// What carries a proof of a telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Carrier {
    /// A text message with a code.
    Message,
    /// A call that is answered and confirmed with the pound key.
    Call,
}

/// One claim on its way out.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The name on the other side.
    pub partner: String,
    /// The claim.
    pub claim: Name,
    /// The value.
    pub value: Value,
}

/// What came back: values by partner name. Names are compared exactly first, then in any case.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    values: Vec<(String, Value)>,
}

impl Answer {
    /// An answer without values.
    pub fn empty() -> Answer {
        Answer::default()
    }

    /// Adds a value; empty text and empty lists give no claim (reference README 3).
    pub fn give(&mut self, partner: impl Into<String>, value: Value) {
        if !value.is_empty() {
            self.values.push((partner.into(), value));
        }
    }

    /// The value under a partner name.
    pub fn get(&self, partner: &str) -> Option<&Value> {
        let exact = self.values.iter().find(|(name, _)| name == partner);
        exact
            .or_else(|| self.values.iter().find(|(name, _)| name.eq_ignore_ascii_case(partner)))
            .map(|(_, v)| v)
    }

    /// All values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Why nothing came back.
#[derive(Debug)]
pub enum Failure {
    /// The other side said no: told to the user on the page, or to the application.
    Refusal(Refusal),
    /// Our machine failed: an incident.
    Error(Error),
}

/// An expected no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// AADB2C code.
    pub code: u32,
    /// Where the words come from.
    pub words: Words,
}

/// Where the words of a refusal come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// A message key (`UserMessageIfInvalidPassword`, also UX ids such as `ver_fail_retry`), looked up in the page's
    /// texts, the self-asserted profile, the failing profile and the built-in texts, `{0}`, `{1}` filled in.
    Key(&'static str, Vec<String>),
    /// The first of several keys that the policy has words for, else the built-in text of the first.
    First(Vec<(&'static str, Vec<String>)>),
    /// The first of several keys that the policy has words for, else the built-in text under the last argument.
    Written(&'static [&'static str], &'static str),
    /// Words given by the other side, shown as text.
    Given(String),
    /// The words of a web service that refused, shown as text; the application hears its status too.
    Service {
        /// The HTTP status.
        status: u16,
        /// What it says to the user.
        message: String,
    },
}

impl Words {
    /// The key, where the words stand under one.
    pub fn id(&self) -> Option<&'static str> {
        match self {
            Words::Key(key, _) => Some(key),
            Words::First(_) | Words::Given(_) | Words::Written(..) | Words::Service { .. } => None,
        }
    }
}

impl Refusal {
    /// A refusal with words under a key.
    pub fn key(code: u32, key: &'static str) -> Refusal {
        Refusal { code, words: Words::Key(key, Vec::new()) }
    }
}

/// Our machine failed, for a reason that is logged and not shown.
pub struct Error(pub Box<dyn std::error::Error + Send + Sync>);

impl Error {
    /// An error that is a sentence.
    pub fn sentence(text: impl Into<String>) -> Error {
        Error(text.into().into())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::Refusal(refusal)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}
