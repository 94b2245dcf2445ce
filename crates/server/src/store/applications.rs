//! Rows of registered applications: a JSON body by tenant and client id.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::db::Store;
use super::error::StoreError;

/// One registered application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRow {
    /// The tenant.
    pub tenant: String,
    /// The client id, lower case.
    pub client_id: String,
    /// JSON text.
    pub body: String,
}

impl Store {
    /// Writes an application, replacing one of the same client id.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn put_application(&self, row: &ApplicationRow, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO applications (tenant, client_id, version, created, updated, body) \
             VALUES ($1, $2, 1, $3, $3, $4) \
             ON CONFLICT (tenant, client_id) DO UPDATE SET version = applications.version + 1, \
             updated = excluded.updated, body = excluded.body",
        )
        .bind(&row.tenant)
        .bind(&row.client_id)
        .bind(now.as_millisecond())
        .bind(&row.body)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(())
    }

    /// Reads an application.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn application(
        &self,
        tenant: &str,
        client_id: &str,
    ) -> Result<Option<ApplicationRow>, StoreError> {
        let row =
            sqlx::query("SELECT client_id, body FROM applications WHERE tenant = $1 AND client_id = $2")
                .bind(tenant)
                .bind(client_id)
                .fetch_optional(&mut *self.reader().await?)
                .await?;
        row.map(|row| read(tenant, &row)).transpose()
    }

    /// The tenant's applications by client id.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn applications(&self, tenant: &str) -> Result<Vec<ApplicationRow>, StoreError> {
        let rows =
            sqlx::query("SELECT client_id, body FROM applications WHERE tenant = $1 ORDER BY client_id")
                .bind(tenant)
                .fetch_all(&mut *self.reader().await?)
                .await?;
        rows.iter().map(|row| read(tenant, row)).collect()
    }

    /// Removes an application; `false` when there was none.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn delete_application(&self, tenant: &str, client_id: &str) -> Result<bool, StoreError> {
        let result = sqlx::query("DELETE FROM applications WHERE tenant = $1 AND client_id = $2")
            .bind(tenant)
            .bind(client_id)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(result.rows_affected() == 1)
    }
}

fn read(tenant: &str, row: &AnyRow) -> Result<ApplicationRow, StoreError> {
    Ok(ApplicationRow { tenant: tenant.to_owned(), client_id: row.try_get(0)?, body: row.try_get(1)? })
}
