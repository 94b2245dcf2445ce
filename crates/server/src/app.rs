//! The parts of the server, built and wired in one visible place. `App` is what handlers receive.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::directory::Directory;
use crate::events::Events;
use crate::http::Http;
use crate::issuers::Issuers;
use crate::journeys::Turns;
use crate::keys::Keys;
use crate::limits::RateLimits;
use crate::mail::Mailer;
use crate::policies::Policies;
use crate::recorder::Recorder;
use crate::risk::Rules;
use crate::seal::Sealer;
use crate::sms::Texter;
use crate::store::Store;

/// The parts.
pub struct App {
    /// The checked configuration.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub store: Store,
    /// Seals what is kept.
    pub sealer: Sealer,
    /// Policy keys.
    pub keys: Keys,
    /// Users.
    pub directory: Directory,
    /// Tenants and policies in force.
    pub policies: Policies,
    /// Journeys in hand.
    pub turns: Turns,
    /// Mail.
    pub mailer: Mailer,
    /// Text messages and calls.
    pub texter: Texter,
    /// Requests to other machines.
    pub http: Http,
    /// Events of policies on their way out.
    pub events: Events,
    /// Other issuers, whose tokens policies take.
    pub issuers: Issuers,
    /// Which sign-ins need more than a password.
    pub risk: Rules,
    /// How often clients may do things.
    pub limits: RateLimits,
    /// Records journeys for `dev`; nothing under `serve`.
    pub recorder: Option<Arc<Recorder>>,
    /// The confidential development application's secret, which `dev` shows; nothing under `serve`.
    pub development_secret: Option<String>,
}

/// What handlers receive.
pub type Shared = Arc<App>;
