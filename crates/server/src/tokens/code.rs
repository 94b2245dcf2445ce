//! Authorization codes: made once, spent once, within ten minutes, by whom they were made for.
//!
//! In: a grant and what binds it. Out: an opaque code; later the grant, or a fault. A code is spent by the first request
//! that names it, honest or not; naming it again kills what was issued for it (attacks 73–75).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use vestibule_engine::journey::Fault;

use super::pkce::{self, Challenge};
use super::spent::{self, HandedOut};
use super::{EXPIRED, Failure, Grant, Shelf, expired, handle, refresh, vault};
use crate::chance;
use crate::store::{Change, KeyHash, Kind, Record};

/// Life of a code (attack 75).
pub const LIFE: SignedDuration = SignedDuration::from_secs(600);
/// Longest life of an access token (protocols 4).
const LONGEST_TOKEN: SignedDuration = SignedDuration::from_hours(24);
/// How long a spent or expired code is remembered: to say when it expired, and to know it when it comes again.
const MEMORY: SignedDuration = SignedDuration::from_hours(2);

/// What a code stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Code {
    /// The grant.
    pub grant: Grant,
    /// The redirect URI of the authorization request, letter for letter.
    pub redirect_uri: String,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// Family that its refresh tokens will have.
    pub family: String,
    issued: Timestamp,
    expires: Timestamp,
}

/// What is left of a spent code.
#[derive(Serialize, Deserialize)]
struct Remains {
    family: String,
    access_token: Option<HandedOut>,
}

/// What a token request says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Claimed<'a> {
    /// Policy of the URL.
    pub policy: &'a str,
    /// The authenticated client.
    pub client_id: &'a str,
    /// `redirect_uri`.
    pub redirect_uri: Option<&'a str>,
    /// `code_verifier`.
    pub verifier: Option<&'a str>,
}

/// A code that was found and fits, not yet spent.
#[derive(Debug)]
pub struct Found {
    /// What it stands for.
    pub code: Code,
    record: Record,
    secret: String,
}

/// Makes a code, and the change that keeps it.
///
/// # Errors
/// Failures of the sealer.
pub fn create(
    shelf: Shelf<'_>,
    grant: Grant,
    redirect_uri: &str,
    challenge: Option<Challenge>,
) -> Result<(String, Change), Failure> {
    let secret = handle::new();
    let expires = shelf.now.saturating_add(LIFE).unwrap_or(shelf.now);
    let owner = grant.user.clone().unwrap_or_default();
    let code = Code {
        grant,
        redirect_uri: redirect_uri.to_owned(),
        challenge,
        family: chance::token(32),
        issued: shelf.now,
        expires,
    };
    let record = vault::record(shelf, Kind::Code, &secret, (&owner, remembered(expires)), &code)?;
    Ok((secret, Change::Put(record)))
}

/// Finds a code and compares everything it is bound to. A code that does not fit is spent by the attempt; one that was
/// spent before takes what was issued for it along.
///
/// # Errors
/// 90080 unknown, expired or spent; 90088 of another policy; 90279 of another client; 90088 too for another redirect URI;
/// 90182, 90183 PKCE.
pub async fn find(shelf: Shelf<'_>, secret: &str, claimed: Claimed<'_>) -> Result<Found, Failure> {
    let key = KeyHash::of(secret);
    let Some(record) = shelf.store.get(shelf.tenant, Kind::Code, &key, shelf.now).await? else {
        return Err(known_again(shelf, secret).await?.into());
    };
    let code: Code = vault::open(shelf, &record)?;
    if let Err(fault) = fits(&code, claimed, shelf.now) {
        let found = Found { code, record, secret: secret.to_owned() };
        spend(shelf, found, None, Vec::new()).await?;
        return Err(fault.into());
    }
    Ok(Found { code, record, secret: secret.to_owned() })
}

/// Spends a code, together with the changes that keep what was issued for it: all or nothing. Of requests at the same
/// instant one succeeds, the others count as a second use.
///
/// # Errors
/// 90080 when another request was faster; failures of the store.
pub async fn spend(
    shelf: Shelf<'_>,
    found: Found,
    access_token: Option<&str>,
    issued: Vec<Change>,
) -> Result<(), Failure> {
    let owner = found.record.owner.clone();
    let until = shelf.now.saturating_add(LONGEST_TOKEN).unwrap_or(shelf.now);
    let access_token = access_token.map(|token| HandedOut::of(token, until));
    let remains = Remains { family: found.code.family.clone(), access_token };
    let keep = (owner.as_str(), remembered(shelf.now.max(found.code.expires)));
    let spent = vault::record(shelf, Kind::Spent, &spent_key(&found.secret), keep, &remains)?;
    let mut changes = vec![Change::Take(found.record), Change::Put(spent)];
    changes.extend(issued);
    match shelf.store.apply(&changes).await? {
        true => Ok(()),
        false => Err(known_again(shelf, &found.secret).await?.into()),
    }
}

/// A code that is not there: where it was spent, its tokens die (RFC 6749, 4.1.2).
async fn known_again(shelf: Shelf<'_>, secret: &str) -> Result<Fault, Failure> {
    let key = KeyHash::of(&spent_key(secret));
    if let Some(record) = shelf.store.get(shelf.tenant, Kind::Spent, &key, shelf.now).await? {
        let remains: Remains = vault::open(shelf, &record)?;
        refresh::revoke(shelf, &remains.family).await?;
        spent::end(shelf, &record.owner, remains.access_token.as_slice()).await?;
        tracing::warn!(tenant = shelf.tenant, "an authorization code was used twice: its tokens are revoked");
    }
    Ok(Fault::with(90080, EXPIRED))
}

fn fits(code: &Code, claimed: Claimed<'_>, now: Timestamp) -> Result<(), Fault> {
    if now >= code.expires {
        return Err(expired(now, code.issued, code.expires, false));
    }
    if !code.grant.policy.eq_ignore_ascii_case(claimed.policy) {
        return Err(other_policy(&code.grant.policy, claimed.policy));
    }
    if !code.grant.client_id.eq_ignore_ascii_case(claimed.client_id) {
        return Err(other_client(claimed.client_id));
    }
    let same =
        claimed.redirect_uri.is_some_and(|uri| uri.as_bytes().ct_eq(code.redirect_uri.as_bytes()).into());
    if !same {
        return Err(Fault::with(90088, "The redirect URI is not the one the grant was issued for."));
    }
    pkce::check(code.challenge.as_ref(), claimed.verifier)
}

pub(super) fn other_policy(issued: &str, asked: &str) -> Fault {
    let text = format!(
        "The provided grant has not been issued for this endpoint. Actual Value : {issued} and Expected Value : {asked}"
    );
    Fault::with(90088, text)
}

pub(super) fn other_client(asked: &str) -> Fault {
    let text =
        format!("The provided client id '{asked}' does not match the client id that issued the grant.");
    Fault::with(90279, text)
}

fn remembered(expires: Timestamp) -> Timestamp {
    expires.saturating_add(MEMORY).unwrap_or(expires)
}

fn spent_key(secret: &str) -> String {
    format!("code {secret}")
}
