//! Single sign-on sessions of browsers: what a finished sign-in leaves behind for the next one (policy-language 10).
//!
//! In: the cookie a browser sent, or what a journey kept. Out: the engine's session value, or the cookie to set. A cookie
//! holds 256 random bits and nothing else; the session is a sealed record, partitioned by the policy's Scope, owned by
//! the user so that a new password or a deletion ends it. Which claims are kept and what they skip is the engine's.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vestibule_engine::claims::{Claims, Name};
use vestibule_engine::journey::{Issue, state};
use vestibule_engine::policy::party::{Behaviour, Scope};

use crate::chance;
use crate::store::{KeyHash, Kind, Record};
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
    applications: BTreeSet<String>,
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

    /// Client ids of the applications signed in to.
    #[must_use]
    pub fn applications(&self) -> &BTreeSet<String> {
        &self.kept.applications
    }
}

/// Keeps what a sign-in left, and returns the cookie for it; none where there is nothing to keep.
///
/// A sign-in that took part in the browser's session adds to it; any other replaces it. Whenever a person proved who
/// they are, the session gets a new identifier (attack 94).
///
/// # Errors
/// Failures of store and sealer.
pub async fn keep(
    shelf: Shelf<'_>,
    before: Option<Live>,
    sign_in: SignIn<'_>,
) -> Result<Option<SessionCookie>, Failure> {
    let issue = sign_in.issue;
    let took_part = *sign_in.session != state::Session::default();
    let same_user = before.as_ref().is_some_and(|live| live.kept.user == issue.user);
    let base = before.as_ref().filter(|_| same_user && took_part);
    // A session that ended while the journey ran is not brought back, unless the person proved who they are: by
    // choosing a new password, for instance, which ends all others.
    let ended = took_part && before.is_none() && !issue.fresh;
    if ended || (base.is_none() && issue.kept.is_empty() && !issue.remembers_applications) {
        return Ok(None);
    }
    let mut kept = match base {
        Some(live) => continued(&live.kept, shelf.now, sign_in),
        None => begun(shelf.now, sign_in, took_part && before.is_none()),
    };
    if let Some(live) = before.as_ref().filter(|_| same_user) {
        kept.applications.extend(live.kept.applications.iter().cloned());
    }
    if issue.remembers_applications && kept.applications.len() < MOST_APPLICATIONS {
        kept.applications.insert(sign_in.client_id.to_lowercase());
    }
    let secret = match base {
        Some(live) if !issue.fresh => live.secret.clone(),
        _ => chance::token(SECRET_BYTES),
    };
    let owner = kept.user.clone().unwrap_or_default();
    let record = vault::record(shelf, Kind::BrowserSession, &secret, (&owner, kept.ends), &kept)?;
    shelf.store.put(&record).await?;
    if let Some(old) = before.filter(|live| live.secret != secret) {
        shelf.store.take(shelf.tenant, Kind::BrowserSession, &old.record.key, shelf.now).await?;
    }
    let max_age = kept.persistent.then(|| kept.ends.duration_since(shelf.now).as_secs());
    Ok(Some(SessionCookie { name: cookie_name(shelf.tenant, sign_in.partition), value: secret, max_age }))
}

/// Ends the session behind a cookie's value, and returns the applications it signed in to.
///
/// # Errors
/// Failures of store and sealer.
pub async fn end(shelf: Shelf<'_>, secret: &str) -> Result<BTreeSet<String>, Failure> {
    let key = KeyHash::of(secret);
    let Some(record) = shelf.store.take(shelf.tenant, Kind::BrowserSession, &key, shelf.now).await? else {
        return Ok(BTreeSet::new());
    };
    Ok(vault::open::<Kept>(shelf, &record).map(|kept| kept.applications).unwrap_or_default())
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
        false => i64::from(behaviour.session_seconds),
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
        applications: BTreeSet::new(),
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
    let seconds = i64::from(behaviour.session_seconds);
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
