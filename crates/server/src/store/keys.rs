//! Rows of policy keys and of the keys that seal, and the generation numbers by which caches notice
//! a change. Private parts come in sealed and go out sealed.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row as _};

use super::db::Store;
use super::error::StoreError;

/// One key of a policy key container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// The container's name as first written (`B2C_1A_…`); compared without case.
    pub container: String,
    /// Place in the container, from 1.
    pub position: i64,
    /// RFC 7638 thumbprint, or a random id for a secret.
    pub kid: String,
    /// `RSA` or `oct`.
    pub key_type: String,
    /// `sig` or `enc`.
    pub key_use: String,
    /// Not to be used before.
    pub not_before: Option<Timestamp>,
    /// Not to be used from here on.
    pub expires: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
    /// Public members as JSON text; `{}` for a secret.
    pub public: String,
    /// Private part, sealed.
    pub sealed: String,
}

/// A key that seals, itself sealed under the master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealKeyRow {
    /// Its number, from 1.
    pub id: i64,
    /// Seals from this instant on; opens always.
    pub active_from: Timestamp,
    /// Sealed under the master key.
    pub sealed: String,
}

const POLICY_KEYS: &str = "policy_keys";

impl Store {
    /// All keys of a container in order, empty when there is none of that name.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn policy_keys(&self, tenant: &str, container: &str) -> Result<Vec<KeyRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT display, position, kid, key_type, key_use, not_before, expires, created, public, sealed \
             FROM policy_keys WHERE tenant = $1 AND name = $2 ORDER BY position",
        )
        .bind(tenant)
        .bind(container.to_lowercase())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(read_key).collect()
    }

    /// The names of the tenant's containers, in order.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn policy_key_containers(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        let rows =
            sqlx::query("SELECT display FROM policy_keys WHERE tenant = $1 AND position = 1 ORDER BY name")
                .bind(tenant)
                .fetch_all(&mut *self.reader().await?)
                .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Adds a key at its position. `AlreadyExists` when the position is taken: somebody else added
    /// one at the same instant.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn add_policy_key(&self, tenant: &str, row: &KeyRow) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO policy_keys (tenant, name, position, display, kid, key_type, key_use, \
             not_before, expires, created, public, sealed) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(tenant)
        .bind(row.container.to_lowercase())
        .bind(row.position)
        .bind(&row.container)
        .bind(&row.kid)
        .bind(&row.key_type)
        .bind(&row.key_use)
        .bind(row.not_before.map(Timestamp::as_millisecond))
        .bind(row.expires.map(Timestamp::as_millisecond))
        .bind(row.created.as_millisecond())
        .bind(&row.public)
        .bind(&row.sealed)
        .execute(&mut *transaction)
        .await?;
        raise(&mut *transaction, POLICY_KEYS).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Sets aside a container under `{name}.bak`, replacing an earlier one of that name; `false`
    /// when there is none.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn set_aside_policy_keys(&self, tenant: &str, container: &str) -> Result<bool, StoreError> {
        let name = container.to_lowercase();
        let aside = format!("{name}.bak");
        let mut transaction = self.begin().await?;
        sqlx::query(
            "DELETE FROM policy_keys WHERE tenant = $1 AND name = $2 \
             AND EXISTS (SELECT 1 FROM policy_keys AS present WHERE present.tenant = $1 AND present.name = $3)",
        )
        .bind(tenant)
        .bind(&aside)
        .bind(&name)
        .execute(&mut *transaction)
        .await?;
        let moved = sqlx::query(
            "UPDATE policy_keys SET name = $1, display = display || '.bak' WHERE tenant = $2 AND name = $3",
        )
        .bind(&aside)
        .bind(tenant)
        .bind(&name)
        .execute(&mut *transaction)
        .await?;
        raise(&mut *transaction, POLICY_KEYS).await?;
        transaction.commit().await?;
        Ok(moved.rows_affected() > 0)
    }

    /// The number that rises with every change of policy or seal keys.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn key_generation(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT number FROM generations WHERE name = $1")
            .bind(POLICY_KEYS)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
    }

    /// All seal keys by number.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn seal_keys(&self) -> Result<Vec<SealKeyRow>, StoreError> {
        let rows = sqlx::query("SELECT id, active_from, sealed FROM seal_keys ORDER BY id")
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(SealKeyRow {
                    id: row.try_get(0)?,
                    active_from: super::instant(row.try_get(1)?),
                    sealed: row.try_get(2)?,
                })
            })
            .collect()
    }

    /// Adds a seal key; `false` when its number is taken (another node was first).
    ///
    /// # Errors
    /// As of any statement.
    pub async fn add_seal_key(&self, row: &SealKeyRow) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let result = sqlx::query(
            "INSERT INTO seal_keys (id, active_from, sealed) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        )
        .bind(row.id)
        .bind(row.active_from.as_millisecond())
        .bind(&row.sealed)
        .execute(&mut *transaction)
        .await?;
        raise(&mut *transaction, POLICY_KEYS).await?;
        transaction.commit().await?;
        Ok(result.rows_affected() == 1)
    }

    /// Replaces the sealed text of all given seal keys at once (a new master key). `false` when one
    /// of them was not as read, so none was replaced.
    ///
    /// # Errors
    /// As of any statement; nothing was replaced then.
    pub async fn reseal(&self, changes: &[(SealKeyRow, String)]) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        for (row, sealed) in changes {
            let result = sqlx::query("UPDATE seal_keys SET sealed = $1 WHERE id = $2 AND sealed = $3")
                .bind(sealed)
                .bind(row.id)
                .bind(&row.sealed)
                .execute(&mut *transaction)
                .await?;
            if result.rows_affected() != 1 {
                transaction.rollback().await?;
                return Ok(false);
            }
        }
        transaction.commit().await?;
        Ok(true)
    }
}

async fn raise<'e, E>(executor: E, name: &str) -> Result<(), StoreError>
where
    E: Executor<'e, Database = Any>,
{
    sqlx::query(
        "INSERT INTO generations (name, number) VALUES ($1, 1) \
         ON CONFLICT (name) DO UPDATE SET number = generations.number + 1",
    )
    .bind(name)
    .execute(executor)
    .await?;
    Ok(())
}

fn read_key(row: &AnyRow) -> Result<KeyRow, StoreError> {
    let optional = |index: usize| -> Result<Option<Timestamp>, StoreError> {
        Ok(row.try_get::<Option<i64>, _>(index)?.map(super::instant))
    };
    Ok(KeyRow {
        container: row.try_get(0)?,
        position: row.try_get(1)?,
        kid: row.try_get(2)?,
        key_type: row.try_get(3)?,
        key_use: row.try_get(4)?,
        not_before: optional(5)?,
        expires: optional(6)?,
        created: super::instant(row.try_get(7)?),
        public: row.try_get(8)?,
        sealed: row.try_get(9)?,
    })
}
