//! Single sign-on sessions of browsers: what a finished sign-in leaves behind for the next one (policy-language 10).
//!
//! In: the cookie a browser sent, or what a journey kept. Out: the engine's session value, or the cookie to set. A cookie
//! holds 256 random bits and nothing else; the session is a sealed record, partitioned by the policy's Scope, owned by
//! the user so that a new password or a deletion ends it. Which claims are kept and what they skip is the engine's.
//! A session knows the applications that took part in it, under a `sid` that is no secret, so that they can be told of
//! its end.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vestibule_engine::claims::{Claims, Name};
use vestibule_engine::journey::{Issue, state};
use vestibule_engine::policy::party::{Behaviour, Scope};

use crate::chance;
use crate::store::{Change, KeyHash, Kind, Record};
use crate::tokens::{Failure, Shelf, vault};

/// Bytes of a cookie's secret, and the letters they are written with.
const SECRET_BYTES: usize = 32;
const SECRET_LETTERS: usize = 43;
/// Applications remembered for sign-out.
const MOST_APPLICATIONS: usize = 20;

/// What is kept of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    partition: String,
    user: Option<String>,
    entries: BTreeMap<Name, Claims>,
    authenticated_at: Timestamp,
    external: Option<Name>,
    began: Timestamp,
    ends: Timestamp,
    persistent: bool,
    #[serde(default = "chance::uuid")]
    sid: String,
    #[serde(default)]
    applications: BTreeMap<String, Participant>,
}

/// How an application that took part knows the session: what its id tokens said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// Container of the key that signed.
    pub signing_key: String,
}

/// A session that has ended: who is to be told, and how they know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The session's `sid`.
    pub sid: String,
    /// The applications that took part, by client id.
    pub applications: BTreeMap<String, Participant>,
}

/// A live session.
#[derive(Clone, Debug)]
pub struct Live {
    kept: Kept,
    record: Record,
    secret: String,
}

/// What a browser presented.
#[derive(Clone, Debug)]
pub enum Presented {
    /// No cookie.
    Absent,
    /// A cookie that leads nowhere: as absent, and to be cleared (attack 95).
    Stale,
    /// A session.
    Live(Box<Live>),
}

/// A cookie to be set; attributes are the web's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCookie {
    /// Its name.
    pub name: String,
    /// Its value; empty to clear it.
    pub value: String,
    /// Seconds it outlives the browser; none: it ends with it. Zero with an empty value.
    pub max_age: Option<i64>,
}

/// A finished sign-in.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// What the journey issued.
    pub issue: &'a Issue,
    /// The session the journey began with, empty where it began with none: what the journey kept belongs to it.
    pub session: &'a state::Session,
    /// The application.
    pub client_id: &'a str,
    /// The policy's.
    pub behaviour: &'a Behaviour,
    /// Where it is kept ([`partition`]).
    pub partition: &'a str,
    /// How the application will know the session; none where it is not to be told of the end.
    pub participant: Option<&'a Participant>,
    /// Life of a session of which the policy sets none, seconds.
    pub default_seconds: u32,
}

/// Which session a request belongs to, by the policy's Scope; none where it keeps none.
#[must_use]
pub fn partition(scope: Scope, client_id: &str, policy: &str) -> Option<String> {
    match scope {
        Scope::Suppressed => None,
        Scope::Tenant | Scope::TrustFramework => Some("tenant".to_owned()),
        Scope::Application => Some(format!("application {}", client_id.to_lowercase())),
        Scope::Policy => Some(format!("policy {}", policy.to_lowercase())),
    }
}

/// The beginning of the names of a tenant's session cookies.
#[must_use]
pub fn cookie_prefix(tenant: &str) -> String {
    format!("x-ms-cpim-sso:{}_", tenant.to_lowercase())
}

/// The name of a partition's cookie: `x-ms-cpim-sso:{tenant}_{n}`, n being 0 for the tenant's own.
#[must_use]
pub fn cookie_name(tenant: &str, partition: &str) -> String {
    let number = match partition {
        "tenant" => 0,
        // FNV-1a: short, the same on every machine, and of no use to anybody.
        other => {
            other.bytes().fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
        }
    };
    format!("{}{number}", cookie_prefix(tenant))
}

/// Finds the session of a partition by the values the browser sent under its cookie's name.
///
/// # Errors
/// Failures of store and sealer.
pub async fn load(shelf: Shelf<'_>, partition: &str, sent: &[&str]) -> Result<Presented, Failure> {
    let secret = match sent {
        [] => return Ok(Presented::Absent),
        [one] if one.len() == SECRET_LETTERS => *one,
        _ => return Ok(Presented::Stale),
    };
    let key = KeyHash::of(secret);
    let Some(record) = shelf.store.get(shelf.tenant, Kind::BrowserSession, &key, shelf.now).await? else {
        return Ok(Presented::Stale);
    };
    let kept: Kept = match vault::open(shelf, &record) {
        Ok(kept) => kept,
        // Sealed with a key that is gone, or altered where it lies.
        Err(Failure::Fault(_)) => return Ok(Presented::Stale),
        Err(error) => return Err(error),
    };
    if kept.partition != partition || shelf.now >= kept.ends {
        return Ok(Presented::Stale);
    }
    Ok(Presented::Live(Box::new(Live { kept, record, secret: secret.to_owned() })))
}

impl Live {
    /// The session as the engine takes it.
    #[must_use]
    pub fn session(&self) -> state::Session {
        state::Session {
            entries: self.kept.entries.clone(),
            authenticated_at: Some(self.kept.authenticated_at),
            external: self.kept.external.clone(),
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.kept.user.as_deref()
    }

    /// Whether the sign-in is older than an application allows (`max_age`; 0 is always too old).
    #[must_use]
    pub fn is_older_than(&self, seconds: u32, now: Timestamp) -> bool {
        now.duration_since(self.kept.authenticated_at) >= SignedDuration::from_secs(seconds.into())
    }

    /// Whether an application took part; a session that remembers none may have had any.
    #[must_use]
    pub fn may_have_had(&self, client_id: &str) -> bool {
        self.kept.applications.is_empty() || self.kept.applications.contains_key(&client_id.to_lowercase())
    }
}

/// A session as it is to be after a sign-in: known before it is written, because tokens name its `sid`.
#[derive(Clone, Debug)]
pub struct Planned {
    kept: Kept,
    secret: String,
    before: Option<Live>,
}

/// Plans the session that a sign-in leaves; none where there is nothing to keep.
///
/// A sign-in that took part in the browser's session adds to it; any other replaces it. Whenever a person proved who
/// they are, the session gets a new identifier (attack 94). Its `sid` stays while the person stays.
#[must_use]
pub fn plan(before: Option<Live>, sign_in: SignIn<'_>, now: Timestamp) -> Option<Planned> {
    let issue = sign_in.issue;
    let took_part = *sign_in.session != state::Session::default();
    let same_user = before.as_ref().is_some_and(|live| live.kept.user == issue.user);
    let base = before.as_ref().filter(|_| same_user && took_part);
    // A session that ended while the journey ran is not brought back, unless the person proved who they are: by
    // choosing a new password, for instance, which ends all others.
    let ended = took_part && before.is_none() && !issue.fresh;
    if ended || (base.is_none() && issue.kept.is_empty() && sign_in.participant.is_none()) {
        return None;
    }
    let mut kept = match base {
        Some(live) => continued(&live.kept, now, sign_in),
        None => begun(now, sign_in, took_part && before.is_none()),
    };
    if let Some(live) = before.as_ref().filter(|_| same_user) {
        kept.sid.clone_from(&live.kept.sid);
        kept.applications.extend(live.kept.applications.clone());
    }
    let client_id = sign_in.client_id.to_lowercase();
    let room = kept.applications.len() < MOST_APPLICATIONS || kept.applications.contains_key(&client_id);
    if let Some(participant) = sign_in.participant.filter(|_| room) {
        kept.applications.insert(client_id, participant.clone());
    }
    let secret = match base {
        Some(live) if !issue.fresh => live.secret.clone(),
        _ => chance::token(SECRET_BYTES),
    };
    Some(Planned { kept, secret, before })
}

impl Planned {
    /// The `sid` that tokens of this sign-in carry.
    #[must_use]
    pub fn sid(&self) -> &str {
        &self.kept.sid
    }

    /// What is to be written, in one transaction.
    ///
    /// # Errors
    /// Failures of the sealer.
    pub fn changes(&self, shelf: Shelf<'_>) -> Result<Vec<Change>, Failure> {
        let owner = self.kept.user.clone().unwrap_or_default();
        let keep = (owner.as_str(), self.kept.ends);
        let mut record = vault::record(shelf, Kind::BrowserSession, &self.secret, keep, &self.kept)?;
        Ok(match &self.before {
            // Another tab may have added its application since: then the plan is made again.
            Some(live) if live.secret == self.secret => {
                record.version = live.record.version;
                vec![Change::Swap(record)]
            }
            Some(live) => vec![Change::Put(record), Change::Forget(live.record.clone())],
            None => vec![Change::Put(record)],
        })
    }

    /// The cookie for it.
    #[must_use]
    pub fn cookie(&self, shelf: Shelf<'_>) -> SessionCookie {
        let max_age = self.kept.persistent.then(|| self.kept.ends.duration_since(shelf.now).as_secs());
        let name = cookie_name(shelf.tenant, &self.kept.partition);
        SessionCookie { name, value: self.secret.clone(), max_age }
    }
}

/// Plans a session again because another request changed it since it was read; none where that request ended it. The
/// `sid` stays, as tokens name it already.
///
/// # Errors
/// Failures of store and sealer.
pub async fn again(
    shelf: Shelf<'_>,
    planned: Planned,
    sign_in: SignIn<'_>,
) -> Result<Option<Planned>, Failure> {
    let before = match load(shelf, &planned.kept.partition, &[&planned.secret]).await? {
        Presented::Live(live) => Some(*live),
        Presented::Absent | Presented::Stale => None,
    };
    Ok(plan(before, sign_in, shelf.now).map(|mut again| {
        again.kept.sid = planned.kept.sid;
        again
    }))
}

/// Ends the session behind a cookie's value, and returns what its applications know of it.
///
/// # Errors
/// Failures of store and sealer.
pub async fn end(shelf: Shelf<'_>, secret: &str) -> Result<Option<Ended>, Failure> {
    let key = KeyHash::of(secret);
    let record = shelf.store.take(shelf.tenant, Kind::BrowserSession, &key, shelf.now).await?;
    Ok(record.and_then(|record| ended(shelf, &record)))
}

/// The live sessions of a user, for telling their applications when all of them end.
///
/// # Errors
/// Failures of the store.
pub async fn of_user(shelf: Shelf<'_>, user: &str) -> Result<Vec<Ended>, Failure> {
    let records = shelf.store.owned(shelf.tenant, user, Kind::BrowserSession, shelf.now).await?;
    Ok(records.iter().filter_map(|record| ended(shelf, record)).collect())
}

fn ended(shelf: Shelf<'_>, record: &Record) -> Option<Ended> {
    let kept: Kept = vault::open(shelf, record).ok()?;
    Some(Ended { sid: kept.sid, applications: kept.applications })
}

/// The cookie that clears another.
#[must_use]
pub fn cleared(name: &str) -> SessionCookie {
    SessionCookie { name: name.to_owned(), value: String::new(), max_age: Some(0) }
}

fn begun(now: Timestamp, sign_in: SignIn<'_>, with_former: bool) -> Kept {
    let issue = sign_in.issue;
    let mut entries = issue.kept.clone();
    for (profile, claims) in sign_in.session.entries.iter().filter(|_| with_former) {
        let mut all = claims.clone();
        all.overlay(&entries.remove(profile).unwrap_or_default());
        entries.insert(profile.clone(), all);
    }
    let behaviour = sign_in.behaviour;
    let persistent = issue.keep_signed_in && behaviour.keep_alive_days > 0;
    let seconds = match persistent {
        true => i64::from(behaviour.keep_alive_days) * 86_400,
        false => i64::from(behaviour.session_seconds.unwrap_or(sign_in.default_seconds)),
    };
    Kept {
        partition: sign_in.partition.to_owned(),
        user: issue.user.clone(),
        entries,
        authenticated_at: issue.authenticated_at,
        external: None,
        began: now,
        ends: after(now, seconds),
        persistent,
        sid: chance::uuid(),
        applications: BTreeMap::new(),
    }
}

/// Stored claims are immutable for the session: only what is new is added (policy-language 10.1). The end moves with
/// every use where it rolls, and never where it is absolute or persistent (attack 100).
fn continued(before: &Kept, now: Timestamp, sign_in: SignIn<'_>) -> Kept {
    let issue = sign_in.issue;
    let behaviour = sign_in.behaviour;
    let mut kept = before.clone();
    for (profile, claims) in &issue.kept {
        let entry = kept.entries.entry(profile.clone()).or_default();
        for (name, value) in claims.iter() {
            if !entry.has(name) {
                entry.set(name.clone(), value.clone());
            }
        }
    }
    if issue.fresh {
        kept.authenticated_at = issue.authenticated_at;
    }
    if issue.fresh && issue.keep_signed_in && behaviour.keep_alive_days > 0 && !kept.persistent {
        kept.persistent = true;
        kept.ends = after(now, i64::from(behaviour.keep_alive_days) * 86_400);
    }
    let seconds = i64::from(behaviour.session_seconds.unwrap_or(sign_in.default_seconds));
    if !kept.persistent {
        kept.ends = match behaviour.absolute_expiry {
            true => kept.ends.min(after(kept.began, seconds)),
            false => after(now, seconds),
        };
    }
    kept
}

fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(at)
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
