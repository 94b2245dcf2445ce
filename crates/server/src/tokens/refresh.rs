//! Refresh tokens: opaque, rotated at every use, one family a sign-in.
//!
//! In: a grant. Out: a token and its end; later the grant again, or a fault. A token that was rotated yields the same
//! successor for a short grace, because tabs of one application share it; after that its use revokes the whole family
//! (README 6, attack 76). A token lives for the issuer's lifetime, the family for the sliding window, and in a browser
//! for one day (protocols 4).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vestibule_engine::journey::Fault;
use vestibule_engine::kind::TokenIssuer;

use super::code::{other_client, other_policy};
use super::spent::{self, HandedOut};
use super::{EXPIRED, Failure, Grant, Shelf, expired, handle, vault};
use crate::store::{Change, KeyHash, Kind, Record};

/// Family life of tokens that live in a browser.
const BROWSER_DAY: SignedDuration = SignedDuration::from_secs(86_400);
/// How long an expired token is remembered, to say when it expired.
const MEMORY: SignedDuration = SignedDuration::from_hours(24);
/// Access tokens of one family that are remembered, so that they end with it: the latest.
const MOST_HANDED_OUT: usize = 20;

/// What is kept for a family: the access tokens that live.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Family {
    handed_out: Vec<HandedOut>,
}

impl Family {
    /// The family after one more answer.
    fn with(mut self, access_token: Option<&str>, settings: &TokenIssuer, now: Timestamp) -> Family {
        let until = after(now, SignedDuration::from_secs(settings.access_seconds.into()));
        self.handed_out.retain(|token| token.lives(now));
        self.handed_out.extend(access_token.map(|token| HandedOut::of(token, until)));
        let superfluous = self.handed_out.len().saturating_sub(MOST_HANDED_OUT);
        self.handed_out.drain(..superfluous);
        self
    }
}

/// What is kept for a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Token {
    family: String,
    issued: Timestamp,
    expires: Timestamp,
    /// When the window closes, where it does.
    window: Option<Timestamp>,
    state: State,
}

/// A token is alive with its grant, or used up with its successor.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum State {
    Live(Box<Grant>),
    Used { at: Timestamp, successor: String, expires: Timestamp, grant: Option<Box<Grant>> },
}

/// A token that may be redeemed.
#[derive(Debug)]
pub struct Found {
    /// What it stands for.
    pub grant: Grant,
    /// When it was issued: `refreshTokenIssuedOnDateTime` of a refresh journey.
    pub issued: Timestamp,
    /// The successor that an earlier use within the grace was given.
    successor: Option<Successor>,
    token: Token,
    record: Record,
    family: Record,
    secret: String,
}

/// A new refresh token and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// The token.
    pub token: String,
    /// From here on it is refused.
    pub expires: Timestamp,
}

/// What a token request says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Claimed<'a> {
    /// Policy of the URL.
    pub policy: &'a str,
    /// The authenticated client.
    pub client_id: &'a str,
    /// Seconds in which a rotated token yields its successor again.
    pub grace: u64,
}

/// A refresh token looked up without being redeemed.
#[derive(Debug)]
pub struct Peeked {
    /// What it stands for; none where it was rotated and nothing of it is kept.
    pub grant: Option<Grant>,
    /// Whether it can be redeemed now.
    pub lives: bool,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it ends by itself.
    pub expires: Timestamp,
    /// Its family.
    pub family: String,
}

/// The first token of a family, as changes to be made with the spending of the code. `access_token` is the one of the
/// same answer.
///
/// # Errors
/// Failures of the sealer.
pub fn begin(
    shelf: Shelf<'_>,
    grant: Grant,
    (family, access_token): (&str, Option<&str>),
    settings: &TokenIssuer,
) -> Result<(Successor, Vec<Change>), Failure> {
    let window = match (grant.spa, settings.rolling_seconds) {
        (true, _) => Some(after(shelf.now, BROWSER_DAY)),
        (false, Some(seconds)) => Some(after(shelf.now, SignedDuration::from_secs(seconds.into()))),
        (false, None) => None,
    };
    let owner = grant.user.clone().unwrap_or_default();
    let token = Token {
        family: family.to_owned(),
        issued: shelf.now,
        expires: end(shelf.now, &grant, settings, window),
        window,
        state: State::Live(Box::new(grant)),
    };
    let family_end = remembered(window.unwrap_or(token.expires));
    let kept = Family::default().with(access_token, settings, shelf.now);
    let family = vault::record(shelf, Kind::TokenFamily, family, (&owner, family_end), &kept)?;
    let (successor, record) = shelve(shelf, &owner, &token)?;
    Ok((successor, vec![Change::Create(family), Change::Create(record)]))
}

/// Finds a token and compares what it is bound to.
///
/// # Errors
/// 90080 unknown or expired; 90088 of another policy; 90279 of another client; 90129 its family was revoked, by the user,
/// an operator, a new password, or by this very use of a token that was rotated long ago.
pub async fn find(shelf: Shelf<'_>, secret: &str, claimed: Claimed<'_>) -> Result<Found, Failure> {
    let key = KeyHash::of(secret);
    let unknown = || Fault::with(90080, EXPIRED);
    let record =
        shelf.store.get(shelf.tenant, Kind::RefreshToken, &key, shelf.now).await?.ok_or_else(unknown)?;
    let token: Token = vault::open(shelf, &record)?;
    let family_key = KeyHash::of(&token.family);
    let family = shelf.store.get(shelf.tenant, Kind::TokenFamily, &family_key, shelf.now).await?;
    let family = family.ok_or_else(|| Fault::of(90129))?;
    let (grant, successor) = match token.state.clone() {
        State::Live(grant) => (*grant, None),
        State::Used { at, successor, expires, grant: Some(grant) }
            if in_grace(at, shelf.now, claimed.grace) =>
        {
            (*grant, Some(Successor { token: successor, expires }))
        }
        State::Used { .. } => {
            revoke(shelf, &token.family).await?;
            tracing::warn!(
                tenant = shelf.tenant,
                "a rotated refresh token was used again: its family is revoked"
            );
            return Err(Fault::of(90129).into());
        }
    };
    if shelf.now >= token.expires {
        let in_window = token.window.is_some_and(|window| window <= token.expires);
        return Err(expired(shelf.now, token.issued, token.expires, in_window).into());
    }
    if !grant.policy.eq_ignore_ascii_case(claimed.policy) {
        return Err(other_policy(&grant.policy, claimed.policy).into());
    }
    if !grant.client_id.eq_ignore_ascii_case(claimed.client_id) {
        return Err(other_client(claimed.client_id).into());
    }
    Ok(Found { grant, issued: token.issued, successor, token, record, family, secret: secret.to_owned() })
}

/// Rotates a token: the successor carries `grant`, and `access_token` is the one of the same answer. Within the grace, and for whoever lost a race, it is the successor
/// that the first use was given.
///
/// # Errors
/// 90129 when the family was revoked meanwhile; failures of store and sealer.
pub async fn rotate(
    shelf: Shelf<'_>,
    found: Found,
    (grant, access_token): (Grant, Option<&str>),
    (settings, claimed): (&TokenIssuer, Claimed<'_>),
) -> Result<Successor, Failure> {
    if let Some(successor) = found.successor {
        return Ok(successor);
    }
    let owner = found.record.owner.clone();
    let window = found.token.window;
    let next = Token {
        family: found.token.family.clone(),
        issued: shelf.now,
        expires: end(shelf.now, &grant, settings, window),
        window,
        state: State::Live(Box::new(grant)),
    };
    let (successor, record) = shelve(shelf, &owner, &next)?;
    let state = State::Used {
        at: shelf.now,
        successor: successor.token.clone(),
        expires: successor.expires,
        grant: (claimed.grace > 0).then(|| Box::new(found.grant)),
    };
    let used = Token { state, ..found.token };
    let body = vault::seal(shelf, Kind::RefreshToken, &found.record.key, &used)?;
    let family: Option<Family> = vault::open(shelf, &found.family)?;
    let family = family.unwrap_or_default().with(access_token, settings, shelf.now);
    let family_body = vault::seal(shelf, Kind::TokenFamily, &found.family.key, &family)?;
    let family_end = remembered(window.unwrap_or(next.expires));
    let changes = [
        Change::Swap(Record { body, ..found.record }),
        Change::Swap(Record { body: family_body, expires: family_end, ..found.family }),
        Change::Create(record),
    ];
    if shelf.store.apply(&changes).await? {
        return Ok(successor);
    }
    match find(shelf, &found.secret, claimed).await?.successor {
        Some(successor) => Ok(successor),
        // The token is alive, but its family was swapped by the rotation of a sibling in its grace.
        None => Err(Fault::with(90085, "The grant was being used by another request. Try again.").into()),
    }
}

/// Revokes a family, and with it the access tokens that were handed out for it.
///
/// # Errors
/// Failures of the store.
pub async fn revoke(shelf: Shelf<'_>, family: &str) -> Result<(), Failure> {
    let key = KeyHash::of(family);
    let Some(record) = shelf.store.take(shelf.tenant, Kind::TokenFamily, &key, shelf.now).await? else {
        return Ok(());
    };
    let family: Option<Family> = vault::open(shelf, &record)?;
    spent::end(shelf, &record.owner, &family.unwrap_or_default().handed_out).await
}

/// Looks a token up and changes nothing; none where there is no such token.
///
/// # Errors
/// Failures of the store.
pub async fn peek(shelf: Shelf<'_>, secret: &str) -> Result<Option<Peeked>, Failure> {
    let key = KeyHash::of(secret);
    let Some(record) = shelf.store.get(shelf.tenant, Kind::RefreshToken, &key, shelf.now).await? else {
        return Ok(None);
    };
    let Token { family, issued, expires, state, .. } = vault::open(shelf, &record)?;
    let is_alive = shelf.store.get(shelf.tenant, Kind::TokenFamily, &KeyHash::of(&family), shelf.now).await?;
    let unused = matches!(state, State::Live(_));
    let grant = match state {
        State::Live(grant) => Some(*grant),
        State::Used { grant, .. } => grant.map(|grant| *grant),
    };
    let lives = is_alive.is_some() && unused && shelf.now < expires;
    Ok(Some(Peeked { grant, lives, issued, expires, family }))
}

/// A new token's text and record.
fn shelve(shelf: Shelf<'_>, owner: &str, token: &Token) -> Result<(Successor, Record), Failure> {
    let secret = handle::new();
    let record =
        vault::record(shelf, Kind::RefreshToken, &secret, (owner, remembered(token.expires)), token)?;
    Ok((Successor { token: secret, expires: token.expires }, record))
}

/// The end of one token: its own lifetime, cut by the window; in a browser the window alone.
fn end(now: Timestamp, grant: &Grant, settings: &TokenIssuer, window: Option<Timestamp>) -> Timestamp {
    let own = after(now, SignedDuration::from_secs(settings.refresh_seconds.into()));
    match (grant.spa, window) {
        (true, Some(window)) => window,
        (_, window) => window.map_or(own, |window| window.min(own)),
    }
}

fn in_grace(at: Timestamp, now: Timestamp, grace: u64) -> bool {
    let age = now.duration_since(at);
    grace > 0 && age <= SignedDuration::from_secs(i64::try_from(grace).unwrap_or(0))
}

fn after(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.saturating_add(span).unwrap_or(at)
}

fn remembered(expires: Timestamp) -> Timestamp {
    after(expires, MEMORY)
}
