//! Calls that wait for their pound key: made, answered by whoever holds the call's token, heard by the page that waits.
//!
//! In: a place (journey, page and number), later the token that only the gateway was given. Out: whether the call was
//! confirmed. A call is confirmed once, within two minutes, and for the number and page it was made for. Who calls, and who
//! may say that a key was pressed, is not known here.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::chance;
use crate::error::Error;
use crate::store::{KeyHash, Kind, Record, Store};

/// How long a call may ring until its key is pressed.
const LIFE: SignedDuration = SignedDuration::from_secs(120);

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Its key was pressed; that counts once.
    Confirmed,
    /// It still rings.
    Ringing,
    /// Nobody answered, or somebody hung up.
    Failed,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
enum Said {
    Nothing,
    Yes,
    No,
}

fn record(tenant: &str, key: KeyHash, (expires, body): (Timestamp, String)) -> Record {
    let kind = Kind::Other;
    Record { kind, key, tenant: tenant.to_owned(), owner: String::new(), version: 0, expires, body }
}

fn place_key(place: &str) -> KeyHash {
    KeyHash::of(&format!("call at {place}"))
}

fn token_key(token: &str) -> KeyHash {
    KeyHash::of(&format!("call {token}"))
}

/// Notes a call for a place and gives its token; an earlier call of that place counts no more.
pub async fn ring(store: &Store, tenant: &str, place: &str, now: Timestamp) -> Result<String, Error> {
    let token = chance::token(24);
    let expires = now.checked_add(LIFE).map_err(|cause| Error::new("computing an expiry", cause))?;
    let said = serde_json::to_string(&Said::Nothing)?;
    store.put(&record(tenant, token_key(&token), (expires, said))).await?;
    store.put(&record(tenant, place_key(place), (expires, token.clone()))).await?;
    Ok(token)
}

/// What became of the call of a place.
pub async fn hear(store: &Store, tenant: &str, place: &str, now: Timestamp) -> Result<Heard, Error> {
    let Some(held) = store.get(tenant, Kind::Other, &place_key(place), now).await? else {
        return Ok(Heard::Failed);
    };
    let key = token_key(&held.body);
    let Some(call) = store.get(tenant, Kind::Other, &key, now).await? else { return Ok(Heard::Failed) };
    match serde_json::from_str(&call.body)? {
        Said::Nothing => Ok(Heard::Ringing),
        Said::No => Ok(Heard::Failed),
        Said::Yes => {
            let taken = store.take(tenant, Kind::Other, &key, now).await?;
            Ok(if taken.is_some() { Heard::Confirmed } else { Heard::Failed })
        }
    }
}

/// Notes what the gateway says of a call; `false` where there is no such call, or it was told before.
pub async fn answer(
    store: &Store,
    tenant: &str,
    token: &str,
    (confirmed, now): (bool, Timestamp),
) -> Result<bool, Error> {
    let Some(call) = store.get(tenant, Kind::Other, &token_key(token), now).await? else { return Ok(false) };
    if serde_json::from_str::<Said>(&call.body)? != Said::Nothing {
        return Ok(false);
    }
    let body = serde_json::to_string(if confirmed { &Said::Yes } else { &Said::No })?;
    Ok(store.swap(&Record { body, ..call }).await?)
}
