//! Rows of smart lockout: failed sign-ins per account and scope.
//!
//! In: a function over the row. Out: the row, changed while nobody else could. What the numbers
//! mean is `directory/lockout.rs`' business.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

use super::changes::{Statement, Value};
use super::db::Store;
use super::error::StoreError;

/// How long the failures of a name without an account are kept after the last one. Those of real
/// accounts stay until a success or a reset: else a slow guesser would never meet the last limit.
const UNKNOWN_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// One account (or a name that has none) in one scope of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockoutRow {
    /// Whether the account exists; decides only how long the row is kept.
    pub known: bool,
    /// All tries since the last success, refused ones included.
    pub tries: i64,
    /// Failures in a row that counted.
    pub failures: i64,
    /// How many times it was locked in a row.
    pub locks: i64,
    /// Locked until this instant; in the past when not locked.
    pub locked_until: Timestamp,
    /// Keyed digests of recent wrong passwords, separated by spaces, newest last.
    pub recent: String,
}

/// Which row: tenant, account and scope.
#[derive(Clone, Copy, Debug)]
pub struct LockoutKey<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The account, or the name that has none.
    pub account: &'a str,
    /// The sort of address or the device.
    pub scope: &'a str,
}

impl Store {
    /// Changes the row by `change`, which sees a fresh one when there is none. Callers at the same
    /// instant wait for each other.
    ///
    /// # Errors
    /// As of any statement; nothing changed then.
    pub async fn change_lockout<T>(
        &self,
        key: LockoutKey<'_>,
        known: bool,
        now: Timestamp,
        change: impl FnOnce(&mut LockoutRow) -> T + Send,
    ) -> Result<T, StoreError> {
        let mut transaction = self.begin().await?;
        // The write comes first and locks the row, so that what is read stays true.
        let row = sqlx::query(
            "INSERT INTO lockouts \
             (tenant, account, scope, known, tries, failures, locks, locked_until, recent, updated) \
             VALUES ($1, $2, $3, $4, 0, 0, 0, 0, '', $5) \
             ON CONFLICT (tenant, account, scope) DO UPDATE SET \
             known = excluded.known, updated = excluded.updated \
             RETURNING known, tries, failures, locks, locked_until, recent",
        )
        .bind(key.tenant)
        .bind(key.account)
        .bind(key.scope)
        .bind(i64::from(known))
        .bind(now.as_millisecond())
        .fetch_one(&mut *transaction)
        .await?;
        let mut state = LockoutRow {
            known: row.try_get::<i64, _>(0)? != 0,
            tries: row.try_get(1)?,
            failures: row.try_get(2)?,
            locks: row.try_get(3)?,
            locked_until: super::instant(row.try_get(4)?),
            recent: row.try_get(5)?,
        };
        let outcome = change(&mut state);
        sqlx::query(
            "UPDATE lockouts SET tries = $1, failures = $2, locks = $3, locked_until = $4, recent = $5 \
             WHERE tenant = $6 AND account = $7 AND scope = $8",
        )
        .bind(state.tries)
        .bind(state.failures)
        .bind(state.locks)
        .bind(state.locked_until.as_millisecond())
        .bind(&state.recent)
        .bind(key.tenant)
        .bind(key.account)
        .bind(key.scope)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(outcome)
    }

    /// Forgets the failures of an account in one scope (a success) or in all (unlock, reset).
    ///
    /// # Errors
    /// As of any statement.
    pub async fn clear_lockout(&self, key: LockoutKey<'_>) -> Result<(), StoreError> {
        clear(key.tenant, key.account, key.scope).run(&mut *self.writer().await?).await?;
        Ok(())
    }

    /// Counts a try that locks nothing, in one statement: `false` where the account is locked, or has as many failures
    /// that this one could lock it. Then nothing has changed, and [`Store::change_lockout`] decides.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn count_try(
        &self,
        key: LockoutKey<'_>,
        known: bool,
        (below, now): (i64, Timestamp),
    ) -> Result<bool, StoreError> {
        let values = vec![
            Value::Text(key.tenant),
            Value::Text(key.account),
            Value::Text(key.scope),
            Value::Number(i64::from(known)),
            Value::Number(now.as_millisecond()),
            Value::Number(below),
        ];
        let statement = Statement { sql: COUNT_TRY, values, must_touch: true };
        Ok(statement.run(&mut *self.writer().await?).await? > 0)
    }

    pub(super) async fn purge_lockouts(&self, now: Timestamp) -> Result<(), StoreError> {
        let before = now.saturating_sub(UNKNOWN_KEPT).unwrap_or(Timestamp::MIN);
        sqlx::query("DELETE FROM lockouts WHERE known = 0 AND updated <= $1")
            .bind(before.as_millisecond())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }
}

const COUNT_TRY: &str = "INSERT INTO lockouts \
     (tenant, account, scope, known, tries, failures, locks, locked_until, recent, updated) \
     VALUES ($1, $2, $3, $4, 1, 1, 0, 0, '', $5) \
     ON CONFLICT (tenant, account, scope) DO UPDATE SET \
     known = excluded.known, updated = excluded.updated, tries = lockouts.tries + 1, \
     failures = lockouts.failures + 1 \
     WHERE lockouts.locked_until <= $5 AND lockouts.failures + 1 < $6";
const CLEAR: &str = "DELETE FROM lockouts WHERE tenant = $1 AND account = $2 AND ($3 = '' OR scope = $3)";

pub(super) fn clear<'a>(tenant: &'a str, account: &'a str, scope: &'a str) -> Statement<'a> {
    let values = [tenant, account, scope].map(Value::Text).to_vec();
    Statement { sql: CLEAR, values, must_touch: false }
}
