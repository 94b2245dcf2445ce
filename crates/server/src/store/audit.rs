//! Rows of the audit log: written once, read by time or by target, removed by age.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::changes::{Statement, Value};
use super::db::Store;
use super::error::StoreError;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// A UUID.
    pub id: String,
    /// The tenant.
    pub tenant: String,
    /// When.
    pub at: Timestamp,
    /// Category, activity, result: closed sets of `audit.rs`.
    pub category: String,
    /// What happened.
    pub activity: String,
    /// `success` or `failure`.
    pub result: String,
    /// Object id of the user, client id, key or policy it happened to; empty when none is known.
    pub target: String,
    /// The rest as JSON text.
    pub body: String,
}

/// Which events to read: newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only of this target.
    pub target: Option<String>,
    /// Only before this instant (paging).
    pub before: Option<Timestamp>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

impl Store {
    /// Adds events in one transaction.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn add_audit(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        if let [row] = rows {
            insert(row).run(&mut *self.writer().await?).await?;
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        for row in rows {
            insert(row).run(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Reads events, newest first.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn audit(&self, tenant: &str, filter: &AuditFilter) -> Result<Vec<AuditRow>, StoreError> {
        let before = filter.before.unwrap_or(Timestamp::MAX).as_millisecond();
        let limit = if filter.limit == 0 { 100 } else { i64::from(filter.limit) };
        let rows = match &filter.target {
            Some(target) => {
                sqlx::query(
                    "SELECT id, at, category, activity, result, target, body FROM audit \
                     WHERE tenant = $1 AND target = $2 AND at < $3 ORDER BY at DESC, id LIMIT $4",
                )
                .bind(tenant)
                .bind(target)
                .bind(before)
                .bind(limit)
                .fetch_all(&mut *self.reader().await?)
                .await?
            }
            None => {
                sqlx::query(
                    "SELECT id, at, category, activity, result, target, body FROM audit \
                     WHERE tenant = $1 AND at < $2 ORDER BY at DESC, id LIMIT $3",
                )
                .bind(tenant)
                .bind(before)
                .bind(limit)
                .fetch_all(&mut *self.reader().await?)
                .await?
            }
        };
        rows.iter().map(|row| read(tenant, row)).collect()
    }

    /// Removes events older than `before`; returns how many.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn purge_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        let result = sqlx::query("DELETE FROM audit WHERE at < $1")
            .bind(before.as_millisecond())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(result.rows_affected())
    }
}

const INSERT: &str = "INSERT INTO audit (id, tenant, at, category, activity, result, target, body) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

pub(super) fn insert(row: &AuditRow) -> Statement<'_> {
    let mut values =
        vec![Value::Text(&row.id), Value::Text(&row.tenant), Value::Number(row.at.as_millisecond())];
    let texts = [&row.category, &row.activity, &row.result, &row.target, &row.body];
    values.extend(texts.map(|text| Value::Text(text)));
    Statement { sql: INSERT, values, must_touch: false }
}

fn read(tenant: &str, row: &AnyRow) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        id: row.try_get(0)?,
        tenant: tenant.to_owned(),
        at: super::instant(row.try_get(1)?),
        category: row.try_get(2)?,
        activity: row.try_get(3)?,
        result: row.try_get(4)?,
        target: row.try_get(5)?,
        body: row.try_get(6)?,
    })
}
