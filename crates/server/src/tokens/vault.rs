//! Sealed records: JSON bodies that only this server reads, bound to the place they are kept at.
//!
//! In: a kind, the secret that leads to the record, a value. Out: a [`Record`] with the value sealed inside, and back.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Failure, Shelf};
use crate::store::{KeyHash, Kind, Record};

/// A record ready to be written.
pub(crate) fn record<T: Serialize>(
    shelf: Shelf<'_>,
    kind: Kind,
    secret: &str,
    keep: (&str, Timestamp),
    value: &T,
) -> Result<Record, Failure> {
    record_at(shelf, (kind, KeyHash::of(secret)), keep, value)
}

/// The same, where the digest of what leads to the record is all that is known.
pub(crate) fn record_at<T: Serialize>(
    shelf: Shelf<'_>,
    (kind, key): (Kind, KeyHash),
    (owner, expires): (&str, Timestamp),
    value: &T,
) -> Result<Record, Failure> {
    let body = seal(shelf, kind, &key, value)?;
    Ok(Record {
        kind,
        key,
        tenant: shelf.tenant.to_owned(),
        owner: owner.to_owned(),
        version: 0,
        expires,
        body,
    })
}

/// The body of a record.
pub(crate) fn seal<T: Serialize>(
    shelf: Shelf<'_>,
    kind: Kind,
    key: &KeyHash,
    value: &T,
) -> Result<String, Failure> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(value)?);
    Ok(shelf.sealer.seal(&purpose(shelf, kind, key), &plain, shelf.now)?)
}

/// What a record holds.
pub(crate) fn open<T: DeserializeOwned>(shelf: Shelf<'_>, record: &Record) -> Result<T, Failure> {
    let plain = shelf.sealer.unseal(&purpose(shelf, record.kind, &record.key), &record.body)?;
    Ok(serde_json::from_slice(&plain)?)
}

/// A body opens only under its own key: bodies cannot be moved between records.
fn purpose(shelf: Shelf<'_>, kind: Kind, key: &KeyHash) -> String {
    format!("{} {} {}", kind.as_str(), shelf.tenant, key.as_str())
}
