//! The schema's version, and the steps from one to the next.
//!
//! In: an open database of any age. Out: the present schema, or a refusal when the database was
//! written by a newer program. A step is one SQL file in `migrations/`; a released one never changes.

use sqlx::Row as _;

use super::db::Store;
use super::error::{StoreError, StoreErrorKind};

const STEPS: [&str; 1] = [include_str!("migrations/0001_ground.sql")];

/// The schema version that this program reads and writes.
pub(super) const CURRENT: i64 = STEPS.len() as i64;

/// Two nodes that start at once on an empty PostgreSQL may collide in `CREATE TABLE`; the loser
/// finds the table at its next try.
const TRIES: usize = 3;

/// Brings the database to [`CURRENT`].
pub(super) async fn migrate(store: &Store) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    for _ in 0..TRIES {
        outcome = attempt(store).await;
        match &outcome {
            Err(error) if error.kind == StoreErrorKind::AlreadyExists => {}
            _ => return outcome,
        }
    }
    outcome
}

async fn attempt(store: &Store) -> Result<(), StoreError> {
    if version(store).await == Some(CURRENT) {
        return Ok(()); // nothing to write: a read-only database still opens
    }
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS schema_version \
         (id BIGINT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (id))",
    )
    .execute(&mut *store.writer().await?)
    .await?;
    let mut transaction = store.begin().await?;
    sqlx::query("INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT (id) DO NOTHING")
        .execute(&mut *transaction)
        .await?;
    // Writing the row locks it, so that nodes migrate one after the other.
    let row = sqlx::query("UPDATE schema_version SET version = version WHERE id = 1 RETURNING version")
        .fetch_one(&mut *transaction)
        .await?;
    let found: i64 = row.try_get(0)?;
    if found > CURRENT {
        return Err(newer(found));
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        sqlx::raw_sql(*step).execute(&mut *transaction).await?;
    }
    sqlx::query("UPDATE schema_version SET version = $1 WHERE id = 1")
        .bind(CURRENT)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// The version that the database names; `None` for an empty or unreadable one.
async fn version(store: &Store) -> Option<i64> {
    let row = sqlx::query("SELECT version FROM schema_version WHERE id = 1")
        .fetch_optional(&mut *store.reader().await.ok()?)
        .await;
    row.ok().flatten().and_then(|row| row.try_get(0).ok())
}

fn newer(found: i64) -> StoreError {
    StoreError::new(
        StoreErrorKind::NewerSchema,
        format!(
            "the database has schema version {found}, this program knows up to {CURRENT}: \
             it was written by a newer version of Vestibule; start that version, or restore a backup \
             made before the upgrade"
        ),
    )
}
