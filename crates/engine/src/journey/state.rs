//! A running journey: what survives between two requests.
//!
//! In: made by `begin`, changed by the interpreter. Out: saved and loaded as JSON by whoever keeps it. It names, never
//! indexes: policy id and revision, journey id, step order, exchange ids (architecture D5). Claims may hold what a
//! policy copied from a password, so whoever keeps a journey seals it and keeps it out of logs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::page::{Problems, Verification};
use super::world::Carrier;
use crate::claims::{Claims, Facts, Known, Name};
use crate::policy::Policy;

/// The form in which journeys are saved; one of another number is not resumed.
pub const FORMAT: u16 = 1;

/// A running journey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Journey {
    /// `FORMAT` when it was saved.
    pub format: u16,
    /// Transaction id, a GUID: the `TID` of StateProperties.
    pub id: String,
    /// Correlation id, a GUID.
    pub correlation: String,
    /// The policy's id.
    pub policy: Name,
    /// The policy's revision; a journey finishes on the one it began with (attack 35).
    pub revision: String,
    /// The user journey's id.
    pub journey: Name,
    /// Sub-journeys entered, outermost first, each with the order of its current step; `order` is that of `journey`.
    pub inside: Vec<Frame>,
    /// Order of the current step of `journey`, from 1.
    pub order: u32,
    /// What the application asked.
    pub request: Request,
    /// Language in force.
    pub language: String,
    /// The claims bag.
    pub claims: Claims,
    /// The exchange chosen on a selection or combined page, for the next step.
    pub chosen: Option<Name>,
    /// The single sign-on session as it was when the journey began.
    pub session: Session,
    /// Claims to keep in the session, by session profile.
    pub kept: BTreeMap<Name, Claims>,
    /// Whether the claims and markers of the session were put into the bag.
    pub restored: bool,
    /// When the user last proved who they are: in this journey, or in the session taken part in.
    pub authenticated_at: Option<Timestamp>,
    /// "Keep me signed in"; none where it was not offered.
    pub keep_signed_in: Option<bool>,
    /// What the journey waits for.
    pub awaiting: Awaiting,
    /// Steps run so far: a guard against circles (attack 47).
    pub steps: u32,
}

/// A sub-journey entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Its id.
    pub journey: Name,
    /// Order of its current step.
    pub order: u32,
}

/// What a journey waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Awaiting {
    /// Nothing: it runs, or has just begun.
    Nothing,
    /// An answer to a form, or a choice beside it.
    Form(Asked),
    /// A choice of a provider.
    Choice,
    /// The browser to come on after an accepted answer.
    Advance,
    /// The browser to come for a failure that ended the journey on a page.
    Failed(Fault),
    /// Nothing more: it ended.
    End,
}

/// A form that was shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The self-asserted profile.
    pub profile: Option<Name>,
    /// Failed submissions so far.
    pub failures: u32,
    /// Verified.Email claims: claim id to state and the address the state is about.
    pub mails: BTreeMap<Name, Mail>,
    /// Display controls: control id to state.
    pub controls: BTreeMap<Name, ControlState>,
    /// Values typed so far, passwords left out, for pages drawn again.
    pub typed: BTreeMap<Name, String>,
    /// What went wrong with the last answer.
    pub problems: Problems,
    /// The phone page: the number that was written to or called, until it is proven or given up.
    #[serde(default)]
    pub dialled: Option<Dialled>,
}

/// A number that a code was sent to, or that was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialled {
    /// In E.164.
    pub number: String,
    /// Its place among the numbers on record, from 1; none: it was typed on this page.
    pub known: Option<u32>,
    /// How.
    pub carrier: Carrier,
}

/// State of one Verified.Email field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The address.
    pub address: String,
    /// How far it is.
    pub state: Verification,
}

/// State of one display control.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ControlState {
    /// How far it is.
    pub state: Verification,
    /// The values it is about, by claim id, the code left out.
    pub values: BTreeMap<Name, String>,
    /// What its actions gave: seen by the control's actions only.
    pub claims: Claims,
}

/// The single sign-on session: claims by session profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Claims kept, by session profile id.
    pub entries: BTreeMap<Name, Claims>,
    /// When the user last proved who they are.
    pub authenticated_at: Option<Timestamp>,
    /// The external exchange chosen last.
    pub external: Option<Name>,
}

/// What asked for the journey.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// Where it came in.
    pub entry: Entry,
    /// The tenant's GUID.
    pub tenant_id: String,
    /// Host name the browser used.
    pub host: String,
    /// The client's address.
    pub address: String,
    /// A known browser's device id, for the lockout's allowance.
    pub device: Option<String>,
    /// Languages the browser accepts, best first.
    pub languages: Vec<String>,
    /// Every parameter of the application's request.
    pub parameters: BTreeMap<String, String>,
    /// Name of the application, for mails and pages.
    pub application: Option<String>,
}

/// Where a journey comes in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub enum Entry {
    /// The authorization endpoint: pages may be shown.
    #[default]
    Authorize,
    /// The token endpoint, redeeming a refresh token that holds these claims (`refreshTokenIssuedOnDateTime` among
    /// them); no pages.
    Refresh(Claims),
    /// The UserInfo endpoint, with the claims of a verified access token by wire name; no pages.
    UserInfo(BTreeMap<String, serde_json::Value>),
    /// The token endpoint, for an application that signs in as itself; no pages, no user. What the request says is among
    /// its parameters.
    ClientCredentials {
        /// The application's id in the directory: the subject where the policy's claims give none (protocols 4).
        principal: String,
    },
    /// The token endpoint, with a user's name and password (protocols 6); no pages. Never saved.
    #[serde(skip)]
    Password(Credentials),
}

/// What `{OIDC:Username}` and `{OIDC:Password}` stand for.
#[derive(Clone)]
pub struct Credentials {
    /// The name as sent.
    pub username: String,
    /// The password as sent.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

impl Entry {
    /// Whether pages may be shown and the session takes part.
    pub fn is_interactive(&self) -> bool {
        matches!(self, Entry::Authorize)
    }
}

impl Journey {
    /// What resolvers may know.
    pub fn facts<'a>(&'a self, policy: &'a Policy, now: Timestamp) -> Facts<'a> {
        Facts {
            language: &self.language,
            policy: &policy.id,
            tenant: &policy.tenant,
            tenant_id: &self.request.tenant_id,
            correlation: &self.correlation,
            now,
            deployment_mode: policy.deployment_mode.name(),
            host: &self.request.host,
            address: &self.request.address,
            keep_signed_in: self.keep_signed_in,
            parameters: &self.request.parameters,
            credentials: match &self.request.entry {
                Entry::Password(given) => Some((&given.username, &given.password)),
                _ => None,
            },
        }
    }

    /// What resolvers look at.
    pub fn known<'a>(&'a self, policy: &'a Policy, now: Timestamp) -> Known<'a> {
        Known { facts: self.facts(policy, now), claims: &self.claims }
    }
}
