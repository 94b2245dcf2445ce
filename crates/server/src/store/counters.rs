//! Counters: how often something happened within a window. For rate limits and code requests.
//!
//! In: a name and a window. Out: the count so far. One statement counts and reads, so that 50 calls
//! at one instant count as 50 on both databases.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

use super::db::Store;
use super::error::StoreError;

impl Store {
    /// Counts one more under `name` and returns the count including this one. The window begins
    /// with the first count and is `window` long; the next count after its end is 1 again.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn count(
        &self,
        tenant: &str,
        name: &str,
        window: SignedDuration,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let ends = now.saturating_add(window).unwrap_or(Timestamp::MAX);
        let row = sqlx::query(
            "INSERT INTO counters (tenant, name, count, expires) VALUES ($1, $2, 1, $3) \
             ON CONFLICT (tenant, name) DO UPDATE SET \
             count = CASE WHEN counters.expires <= $4 THEN 1 ELSE counters.count + 1 END, \
             expires = CASE WHEN counters.expires <= $4 THEN excluded.expires ELSE counters.expires END \
             RETURNING count",
        )
        .bind(tenant)
        .bind(name)
        .bind(ends.as_millisecond())
        .bind(now.as_millisecond())
        .fetch_one(&mut *self.writer().await?)
        .await?;
        Ok(row.try_get(0)?)
    }

    /// The count under `name` without counting; 0 when its window has ended.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn counted(&self, tenant: &str, name: &str, now: Timestamp) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT count FROM counters WHERE tenant = $1 AND name = $2 AND expires > $3")
            .bind(tenant)
            .bind(name)
            .bind(now.as_millisecond())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
    }

    /// Forgets the count under `name`.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn forget_count(&self, tenant: &str, name: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM counters WHERE tenant = $1 AND name = $2")
            .bind(tenant)
            .bind(name)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    pub(super) async fn purge_counters(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM counters WHERE expires <= $1")
            .bind(now.as_millisecond())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }
}
