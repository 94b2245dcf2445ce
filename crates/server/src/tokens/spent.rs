//! What counts no more: access tokens that were ended before their time, identifiers that may be used once.
//!
//! In: tokens and names. Out: records by their digests, kept as long as somebody could come with them again. Access tokens
//! verify by themselves, so only who asks here (UserInfo, introspection) learns that one was ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Failure, Shelf, vault};
use crate::store::{Change, KeyHash, Kind};

/// An access token that was handed out, by its digest, and when it ends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOut {
    key: KeyHash,
    until: Timestamp,
}

impl HandedOut {
    /// Notes an access token.
    #[must_use]
    pub fn of(access_token: &str, until: Timestamp) -> HandedOut {
        HandedOut { key: key(access_token), until }
    }

    /// Whether it has not ended by itself.
    #[must_use]
    pub fn lives(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

/// Whether an access token was ended before its time.
///
/// # Errors
/// Failures of the store.
pub async fn is_ended(shelf: Shelf<'_>, access_token: &str) -> Result<bool, Failure> {
    Ok(shelf.store.get(shelf.tenant, Kind::Spent, &key(access_token), shelf.now).await?.is_some())
}

/// Ends access tokens of an owner.
///
/// # Errors
/// Failures of store and sealer.
pub async fn end(shelf: Shelf<'_>, owner: &str, tokens: &[HandedOut]) -> Result<(), Failure> {
    let living = tokens.iter().filter(|token| token.lives(shelf.now));
    let changes: Vec<Change> = living
        .map(|token| {
            let record =
                vault::record_at(shelf, (Kind::Spent, token.key.clone()), (owner, token.until), &())?;
            Ok(Change::Put(record))
        })
        .collect::<Result<_, Failure>>()?;
    if !changes.is_empty() {
        shelf.store.apply(&changes).await?;
    }
    Ok(())
}

/// Uses up a name that counts once until `until`; `false` when it was used before. Of requests at the same instant one is
/// the first.
///
/// # Errors
/// Failures of store and sealer.
pub async fn first(shelf: Shelf<'_>, name: &str, until: Timestamp) -> Result<bool, Failure> {
    let record = vault::record(shelf, Kind::Spent, name, ("", until), &())?;
    Ok(shelf.store.apply(&[Change::Create(record)]).await?)
}

fn key(access_token: &str) -> KeyHash {
    KeyHash::of(&format!("access token {access_token}"))
}
