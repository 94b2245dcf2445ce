//! Journeys between two requests: load, let the engine run, save. The only caller of `engine::journey`.
//!
//! In: a transaction id, the browser's secret, what was posted or chosen. Out: `Next` or `Reply` with the journey saved.
//! A journey is sealed at rest and bound to the browser that began it (attack 31); its posts run one after another
//! (attack 32). Must not know HTTP, HTML or OAuth: what the protocol wants kept is an opaque JSON value.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedMutexGuard;
use vestibule_engine::journey::fields::Posted;
use vestibule_engine::journey::page::Page;
use vestibule_engine::journey::phone::Wanted;
use vestibule_engine::journey::state::{Awaiting, FORMAT, Session};
use vestibule_engine::journey::world::Carrier;
use vestibule_engine::journey::{Beginning, Choice, Fault, Journey, Next, Outcome, Reply, Request, Run};
use vestibule_engine::policy::{Policy, UserJourney};

use crate::app::App;
use crate::chance;
use crate::error::Error;
use crate::policies::Tenant;
use crate::store::{Change, KeyHash, Kind, Record};
use crate::world::ServerWorld;

/// What a sealed journey is for: no other sealed text opens as one.
const PURPOSE: &str = "journey";
/// How long the end of a journey is remembered, so that a second click gets the first answer.
const AFTERGLOW: SignedDuration = SignedDuration::from_mins(10);
/// Anti-forgery tokens of earlier pages that are still recognised, so that going back is not an error.
const EARLIER_TOKENS: usize = 50;

/// What is kept beside the engine's journey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ticket {
    /// The current page's anti-forgery token.
    pub token: String,
    /// Digests of the tokens of earlier pages.
    earlier: Vec<String>,
    /// Digest of the secret in the browser's cookie.
    browser: String,
    /// A GUID for the page shown.
    pub page_view: String,
    /// What the protocol wants kept: the application's request.
    pub context: serde_json::Value,
    /// How the journey ended, for a second click.
    pub ending: Option<serde_json::Value>,
}

/// A journey in hand: loaded, and nobody else's until it is dropped.
#[derive(Debug)]
pub struct Live {
    /// The tenant.
    pub tenant: Arc<Tenant>,
    /// The policy revision it began with.
    pub policy: Arc<Policy>,
    /// The engine's state.
    pub journey: Journey,
    /// What is kept beside it.
    pub ticket: Ticket,
    version: i64,
    _turn: OwnedMutexGuard<()>,
}

/// What a new journey begins with.
#[derive(Debug)]
pub struct Start {
    /// The tenant.
    pub tenant: Arc<Tenant>,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// The journey to run; the relying party's default where none is named.
    pub journey: Option<Arc<UserJourney>>,
    /// What was asked.
    pub request: Request,
    /// The single sign-on session.
    pub session: Session,
    /// The secret in the browser's cookie.
    pub browser: String,
    /// What the protocol wants kept.
    pub context: serde_json::Value,
    /// The correlation id, a GUID.
    pub correlation: String,
}

/// A journey that nobody is shown a page of: of the token and UserInfo endpoints.
#[derive(Debug)]
pub struct Unattended {
    /// The tenant.
    pub tenant: Arc<Tenant>,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// The journey to run; the relying party's default where none is named.
    pub journey: Option<Arc<UserJourney>>,
    /// What was asked: its `entry` says where it came in, and what with. What no claim may ever hold (`password`,
    /// `client_secret`, …) must not be among its parameters, which resolvers read.
    pub request: Request,
    /// The correlation id, a GUID.
    pub correlation: String,
}

/// Why a journey is not there.
#[derive(Debug)]
pub enum Lost {
    /// Unknown, expired, of another browser, of another tenant or format.
    Unknown,
    /// The policy was replaced and the old revision is gone.
    PolicyGone,
    /// Our machine failed.
    Error(Error),
}

impl From<Error> for Lost {
    fn from(error: Error) -> Lost {
        Lost::Error(error)
    }
}

/// Whose anti-forgery token was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOf {
    /// The current page's.
    CurrentPage,
    /// An earlier page's of this journey.
    EarlierPage,
    /// Nobody's.
    Nobody,
}

/// One lock a journey, so that two posts of one page run one after the other.
#[derive(Debug, Default)]
pub struct Turns {
    open: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl Turns {
    async fn take(&self, id: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            if open.len() > 1_000 {
                open.retain(|_, lock| lock.strong_count() > 0);
            }
            let known = open.get(id).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let fresh = Arc::new(tokio::sync::Mutex::new(()));
                open.insert(id.to_owned(), Arc::downgrade(&fresh));
                fresh
            })
        };
        lock.lock_owned().await
    }
}

/// Begins a journey. One that waits for a page is saved; one that ended at once is not.
pub async fn begin(app: &App, start: Start) -> Result<(Live, Next), Error> {
    let id = chance::uuid();
    let world = ServerWorld::new(app, &start.tenant).recorded(&start.policy, &id);
    let run = Run { policy: &start.policy, world: &world };
    let beginning = Beginning {
        id: id.clone(),
        correlation: start.correlation,
        journey: start.journey,
        request: start.request,
        session: start.session,
    };
    let (journey, next) = run.begin(beginning).await?;
    let turn = app.turns.take(&journey.id).await;
    let ticket = Ticket {
        token: page_token(app, &journey),
        earlier: Vec::new(),
        browser: KeyHash::of(&start.browser).as_str().to_owned(),
        page_view: chance::uuid(),
        context: start.context,
        ending: None,
    };
    let mut live =
        Live { tenant: start.tenant, policy: start.policy, journey, ticket, version: 0, _turn: turn };
    if matches!(next, Next::Show(_)) {
        live.save(app).await?;
    }
    Ok((live, next))
}

/// Runs a journey without a browser to its end: no page, no session, nothing saved. A journey that wants to show a page
/// ends with AADB2C90085.
///
/// # Errors
/// Failures of ours.
pub async fn run(app: &App, unattended: Unattended) -> Result<Outcome, Error> {
    let Unattended { tenant, policy, journey, request, correlation } = unattended;
    let id = chance::uuid();
    let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
    let beginning = Beginning { id: id.clone(), correlation, journey, request, session: Session::default() };
    match (Run { policy: &policy, world: &world }).begin(beginning).await?.1 {
        Next::Finish(outcome) => Ok(*outcome),
        Next::Show(_) => Ok(Outcome::Fault(Fault::of(90085))),
    }
}

/// Takes a journey in hand. `browser` is the secret of the browser's cookie.
pub async fn open(app: &App, tenant: &Arc<Tenant>, id: &str, browser: &str) -> Result<Live, Lost> {
    let turn = app.turns.take(id).await;
    let record = app.store.get(&tenant.name, Kind::Journey, &KeyHash::of(id), app.clock.now()).await;
    let record = record.map_err(Error::from)?.ok_or(Lost::Unknown)?;
    let opened = app.sealer.unseal(PURPOSE, &record.body).map_err(|_| Lost::Unknown)?;
    let (journey, ticket): (Journey, Ticket) = serde_json::from_slice(&opened).map_err(|_| Lost::Unknown)?;
    let theirs = KeyHash::of(browser);
    let same = verify_slices_are_equal(theirs.as_str().as_bytes(), ticket.browser.as_bytes()).is_ok();
    if journey.format != FORMAT || !same {
        return Err(Lost::Unknown);
    }
    let policy = app.policies.revision(tenant, &journey.policy, &journey.revision).ok_or(Lost::PolicyGone)?;
    Ok(Live { tenant: tenant.clone(), policy, journey, ticket, version: record.version, _turn: turn })
}

/// Whether such a transaction exists, whoever's it is: for telling a lost cookie from a lost journey.
pub fn is_transaction_id(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

impl Live {
    /// Whose token was shown.
    pub fn token_of(&self, token: &str) -> TokenOf {
        if verify_slices_are_equal(token.as_bytes(), self.ticket.token.as_bytes()).is_ok() {
            return TokenOf::CurrentPage;
        }
        let digest = KeyHash::of(token);
        if self.ticket.earlier.iter().any(|known| known == digest.as_str()) {
            return TokenOf::EarlierPage;
        }
        TokenOf::Nobody
    }

    /// Whether the journey has ended.
    pub fn has_ended(&self) -> bool {
        self.journey.awaiting == Awaiting::End
    }

    /// Answers a posted form.
    pub async fn submit(&mut self, app: &App, posted: &Posted) -> Result<Reply, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let reply = Run { policy: &policy, world: &world }.submit(&mut self.journey, posted).await?;
        self.save_after(app, reply).await
    }

    /// Sends a code to a Verified.Email address.
    pub async fn send_code(&mut self, app: &App, claim: &str, address: &str) -> Result<Reply, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let run = Run { policy: &policy, world: &world };
        let reply = run.send_code(&mut self.journey, claim, address).await?;
        self.save_after(app, reply).await
    }

    /// Checks the code typed for a Verified.Email address.
    pub async fn check_code(
        &mut self,
        app: &App,
        claim: &str,
        (address, code): (&str, &str),
    ) -> Result<Reply, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let run = Run { policy: &policy, world: &world };
        let reply = run.check_code(&mut self.journey, claim, (address, code)).await?;
        self.save_after(app, reply).await
    }

    /// Voids the verification of an address (the script-less route; scripts only unlock the field).
    pub async fn edit_address(&mut self, app: &App, claim: &str) -> Result<Reply, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let reply = Run { policy: &policy, world: &world }.edit_address(&mut self.journey, claim);
        self.save_after(app, reply).await
    }

    /// Runs an action of a display control.
    pub async fn act(
        &mut self,
        app: &App,
        (control, action): (&str, &str),
        posted: &Posted,
    ) -> Result<Reply, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let run = Run { policy: &policy, world: &world };
        let reply = run.act(&mut self.journey, (control, action), posted).await?;
        self.save_after(app, reply).await
    }

    /// Takes a display control back to its first state (the script-less route).
    pub async fn reset_control(&mut self, app: &App, control: &str) -> Result<Reply, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let reply = Run { policy: &policy, world: &world }.reset_control(&mut self.journey, control);
        self.save_after(app, reply).await
    }

    /// Sends a code to a telephone number, or calls it.
    pub async fn dial(&mut self, app: &App, wanted: Wanted<'_>, carrier: Carrier) -> Result<Reply, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let run = Run { policy: &policy, world: &world };
        let reply = run.dial(&mut self.journey, wanted, carrier).await?;
        self.save_after(app, reply).await
    }

    /// Checks the code that was sent to a telephone number.
    pub async fn check_dialled(&mut self, app: &App, code: &str) -> Result<Reply, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let reply = Run { policy: &policy, world: &world }.check_dialled(&mut self.journey, code).await?;
        self.save_after(app, reply).await
    }

    /// Asks whether a call was confirmed.
    pub async fn hear_call(&mut self, app: &App) -> Result<Reply, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let reply = Run { policy: &policy, world: &world }.hear_call(&mut self.journey).await?;
        match reply {
            // Asked every five seconds; nothing changed.
            Reply::Pending => Ok(reply),
            reply => self.save_after(app, reply).await,
        }
    }

    /// Goes back to the choice of a number (the script-less route).
    pub async fn choose_number(&mut self, app: &App) -> Result<Reply, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let reply = Run { policy: &policy, world: &world }.choose_number(&mut self.journey);
        self.save_after(app, reply).await
    }

    /// Checks a captcha's answer that came with something else (the script-less route).
    pub async fn solve_captcha(&mut self, app: &App, posted: &Posted) -> Result<(), Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        Ok(Run { policy: &policy, world: &world }.captcha_with_answer(&mut self.journey, posted).await?)
    }

    /// Goes on as the browser chose. A page that follows gets a token of its own; an end is saved by `end`.
    pub async fn advance(&mut self, app: &App, choice: Choice) -> Result<Next, Error> {
        let (tenant, policy, id) = (self.tenant.clone(), self.policy.clone(), self.journey.id.clone());
        let world = ServerWorld::new(app, &tenant).recorded(&policy, &id);
        let before = (self.journey.order, self.journey.inside.clone());
        let next = Run { policy: &policy, world: &world }.advance(&mut self.journey, choice).await?;
        if matches!(next, Next::Show(_)) {
            if (self.journey.order, self.journey.inside.clone()) != before {
                self.turn_page(app);
            }
            self.save(app).await?;
        }
        Ok(next)
    }

    /// The page the journey waits at, as it stands.
    pub fn redraw(&self, app: &App) -> Option<Page> {
        let world = ServerWorld::new(app, &self.tenant);
        Run { policy: &self.policy, world: &world }.redraw(&self.journey)
    }

    /// Remembers how the journey ended, so that a second click gets the same; its claims are dropped.
    ///
    /// `with` is written in the same transaction; `false`: something of it was refused, so nothing happened and the
    /// journey has not ended.
    pub async fn end(
        &mut self,
        app: &App,
        ending: serde_json::Value,
        mut with: Vec<Change>,
    ) -> Result<bool, Error> {
        if self.version == 0 {
            return Ok(app.store.apply(&with).await?);
        }
        self.ticket.ending = Some(ending);
        self.journey.awaiting = Awaiting::End;
        self.journey.claims = Default::default();
        self.journey.kept = Default::default();
        self.journey.session = Default::default();
        with.push(Change::Swap(self.record(app, AFTERGLOW)?));
        let ended = app.store.apply(&with).await?;
        self.version += i64::from(ended);
        Ok(ended)
    }

    fn turn_page(&mut self, app: &App) {
        let fresh = page_token(app, &self.journey);
        let old = std::mem::replace(&mut self.ticket.token, fresh);
        if self.ticket.earlier.len() >= EARLIER_TOKENS {
            self.ticket.earlier.remove(0);
        }
        self.ticket.earlier.push(KeyHash::of(&old).as_str().to_owned());
        self.ticket.page_view = chance::uuid();
    }

    async fn save_after(&mut self, app: &App, reply: Reply) -> Result<Reply, Error> {
        if reply != Reply::OutOfTurn {
            self.save(app).await?;
        }
        Ok(reply)
    }

    async fn save(&mut self, app: &App) -> Result<(), Error> {
        let seconds = i64::try_from(app.config.session.journey_seconds).unwrap_or(3_600);
        self.store(app, SignedDuration::from_secs(seconds)).await
    }

    /// Writes the journey if it is still at the version that was read: another node may have run the same turn.
    async fn store(&mut self, app: &App, life: SignedDuration) -> Result<(), Error> {
        let record = self.record(app, life)?;
        if self.version == 0 {
            app.store.put(&record).await?;
        } else if !app.store.swap(&record).await? {
            return Err(Error::passing("saving a journey", "another request changed it"));
        }
        self.version += 1;
        Ok(())
    }

    fn record(&self, app: &App, life: SignedDuration) -> Result<Record, Error> {
        let now = app.clock.now();
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&(&self.journey, &self.ticket))?);
        Ok(Record {
            kind: Kind::Journey,
            key: KeyHash::of(&self.journey.id),
            tenant: self.tenant.name.to_string(),
            owner: String::new(),
            version: self.version,
            expires: now.checked_add(life).map_err(|cause| Error::new("computing an expiry", cause))?,
            body: app.sealer.seal(PURPOSE, &plain, now)?,
        })
    }
}

/// An anti-forgery token in the look that clients know: base64 of four parts, the last naming the step
/// (user-interface 6.2). All parts are ASCII without `>`, `?` and `~`, so the text has no `+` and no `/`.
fn page_token(app: &App, journey: &Journey) -> String {
    let time = vestibule_engine::claims::value::format_instant(app.clock.now());
    let text = format!(
        "{};{time};{};{{\"OrchestrationStep\":{}}}",
        chance::token(32),
        chance::token(16),
        journey.order
    );
    STANDARD.encode(text)
}
