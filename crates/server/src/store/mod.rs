//! The database: the only module with SQL, and the only one that names sqlx.
//!
//! In: plain values. Out: plain values or a [`StoreError`]. One SQL text serves SQLite and
//! PostgreSQL, so columns are TEXT and BIGINT, parameters `$n` in order of use, and instants are
//! milliseconds since the Unix epoch. Two shapes of data: [`records`] that expire (journeys,
//! sessions, codes) and tables that are searched (users, applications, keys). What must not be
//! known here: policies, claims, HTTP, cryptography beyond the digest that hides record keys.

mod applications;
mod audit;
mod changes;
mod connections;
mod counters;
mod db;
mod error;
mod keys;
mod lockouts;
mod migrate;
mod records;
mod users;

pub use applications::ApplicationRow;
pub use audit::{AuditFilter, AuditRow};
pub use changes::Change;
pub use db::Store;
pub use error::{StoreError, StoreErrorKind};
pub use keys::{KeyRow, SealKeyRow};
pub use lockouts::{LockoutKey, LockoutRow};
pub use records::{KeyHash, Kind, Record};
pub use users::{IdentityRow, PasswordRow, SearchRow, UserChange, UserFind, UserRow};

/// An instant as it is stored: milliseconds since the Unix epoch. The greatest instants lose their
/// fraction of a millisecond on the way, which puts them past the end of time: they become it.
fn instant(milliseconds: i64) -> jiff::Timestamp {
    let end = if milliseconds < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_millisecond(milliseconds).unwrap_or(end)
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
pub(crate) mod testing;
