//! Rows of the directory: users, their identities, and the attributes they can be looked up by.
//!
//! In: canonical names (what counts as the same name is the directory's business). Out: whole
//! users. Every lookup runs on a unique or plain index, so that a directory of a million users
//! answers as one of ten. Reading, deciding and writing happen in one transaction; a name taken by
//! somebody else at the same instant is `AlreadyExists`.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Executor, Row as _};

use super::db::Store;
use super::error::{StoreError, StoreErrorKind};
use super::records::{self, Kind};

/// A user as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// The tenant.
    pub tenant: String,
    /// A version 4 UUID in lower case.
    pub object_id: String,
    /// Canonical user principal name, unique in the tenant.
    pub principal: String,
    /// Rises with every write.
    pub version: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last written.
    pub updated: Timestamp,
    /// Refresh tokens and sessions from before this instant are void.
    pub tokens_valid_from: Timestamp,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// Password hashes.
    pub password: PasswordRow,
    /// Attributes as JSON text.
    pub body: String,
    /// Sign-in names and federated identities, in order.
    pub identities: Vec<IdentityRow>,
    /// Attributes to be found by; written, never read back.
    pub search: Vec<SearchRow>,
}

/// A user's password, as PHC strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRow {
    /// The present one.
    pub current: Option<String>,
    /// The one before.
    pub previous: Option<String>,
    /// When the present one was set.
    pub changed: Timestamp,
    /// Whether it must be changed at the next sign-in.
    pub must_change: bool,
}

/// One identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRow {
    /// `emailAddress`, `userName`, `phoneNumber`, a type of the policy's own, or `federated`.
    pub sign_in_type: String,
    /// Empty for local names, else the provider's name, exact.
    pub issuer: String,
    /// As the user or provider wrote it.
    pub assigned: String,
    /// What decides sameness: unique with the issuer in the tenant.
    pub canonical: String,
}

/// An attribute by which a user can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchRow {
    /// The attribute's name in lower case.
    pub name: String,
    /// Its value as text.
    pub value: String,
}

/// How to find a user. All names canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserFind {
    /// By object id.
    ObjectId(String),
    /// By canonical user principal name.
    Principal(String),
    /// By a local sign-in name of any type.
    Local(String),
    /// By a local sign-in name of any type, or by user principal name: what the built-in password
    /// check takes. May find two.
    SignIn(String),
    /// By a local sign-in name of one type (compared without case).
    LocalOfType(String, String),
    /// By issuer and user id at the issuer.
    Federated(String, String),
    /// By an indexed attribute (name in lower case, value). May find several.
    Search(String, String),
}

/// What [`Store::persist_user`] is to write.
#[derive(Clone, Debug)]
pub struct UserChange {
    /// The user as it is to be. Made when none was found, else it replaces the one found.
    pub row: UserRow,
    /// Records of this owner to drop in the same transaction.
    pub drop: &'static [Kind],
}

/// How often a write starts anew because another one came between.
const TRIES: usize = 8;

macro_rules! select_user {
    ($condition:literal) => {
        concat!(
            "SELECT u.object_id, u.principal, u.version, u.created, u.updated, u.tokens_valid_from, \
             u.enabled, u.password, u.previous_password, u.password_changed, u.must_change, u.body, \
             i.sign_in_type, i.issuer, i.assigned, i.canonical \
             FROM users u LEFT JOIN identities i ON i.tenant = u.tenant AND i.object_id = u.object_id \
             WHERE u.tenant = $1 AND ",
            $condition,
            " ORDER BY u.object_id, i.position"
        )
    };
}

impl UserFind {
    fn sql(&self) -> &'static str {
        match self {
            Self::ObjectId(_) => select_user!("u.object_id = $2"),
            Self::Principal(_) => select_user!("u.principal = $2"),
            Self::Local(_) => select_user!(
                "u.object_id IN (SELECT object_id FROM identities \
                 WHERE tenant = $1 AND issuer = '' AND canonical = $2)"
            ),
            Self::SignIn(_) => select_user!(
                "u.object_id IN (SELECT object_id FROM identities \
                 WHERE tenant = $1 AND issuer = '' AND canonical = $2 \
                 UNION ALL SELECT object_id FROM users WHERE tenant = $1 AND principal = $2)"
            ),
            Self::LocalOfType(..) => select_user!(
                "u.object_id IN (SELECT object_id FROM identities \
                 WHERE tenant = $1 AND issuer = '' AND canonical = $2 AND lower(sign_in_type) = $3)"
            ),
            Self::Federated(..) => select_user!(
                "u.object_id IN (SELECT object_id FROM identities \
                 WHERE tenant = $1 AND canonical = $2 AND issuer = $3)"
            ),
            Self::Search(..) => select_user!(
                "u.object_id IN (SELECT object_id FROM user_search \
                 WHERE tenant = $1 AND value = $2 AND name = $3 ORDER BY object_id LIMIT 2)"
            ),
        }
    }

    fn values(&self) -> (&str, Option<String>) {
        match self {
            Self::ObjectId(value) | Self::Principal(value) | Self::Local(value) | Self::SignIn(value) => {
                (value, None)
            }
            Self::LocalOfType(kind, value) => (value, Some(kind.to_lowercase())),
            Self::Federated(name, value) | Self::Search(name, value) => (value, Some(name.clone())),
        }
    }
}

impl Store {
    /// The users that `find` fits: none, one, or (by an attribute only) the first two of several.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn find_users(&self, tenant: &str, find: &UserFind) -> Result<Vec<UserRow>, StoreError> {
        find_users(&mut *self.reader().await?, tenant, find).await
    }

    /// Finds, decides and writes in one transaction. `decide` sees the users that one of `finds`
    /// fits and says what is to be; it may be asked again when another write came between.
    ///
    /// # Errors
    /// Those of `decide`; `AlreadyExists` when a name of the written user is another user's.
    pub async fn persist_user<E>(
        &self,
        tenant: &str,
        finds: &[UserFind],
        decide: impl Fn(&[UserRow]) -> Result<UserChange, E> + Send,
    ) -> Result<UserRow, E>
    where
        E: From<StoreError>,
    {
        for _ in 0..TRIES {
            let mut transaction = self.begin().await?;
            let mut found: Vec<UserRow> = Vec::new();
            for find in finds {
                for row in find_users(&mut *transaction, tenant, find).await? {
                    if found.iter().all(|known| known.object_id != row.object_id) {
                        found.push(row);
                    }
                }
            }
            let change = decide(&found)?;
            let old = found.iter().find(|row| row.object_id == change.row.object_id);
            let written = write(&mut transaction, old, &change.row).await?;
            if !written {
                transaction.rollback().await.map_err(StoreError::from)?;
                continue;
            }
            for kind in change.drop {
                records::drop_owner(tenant, &change.row.object_id, *kind).run(&mut *transaction).await?;
            }
            transaction.commit().await.map_err(StoreError::from)?;
            let version = old.map_or(1, |row| row.version + 1);
            return Ok(UserRow { version, ..change.row });
        }
        Err(StoreError::new(StoreErrorKind::Unavailable, "a user is written by too many at once").into())
    }

    /// Puts a stronger hash of the same password in the place of `old`, unless it has changed.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn replace_hash(
        &self,
        tenant: &str,
        object_id: &str,
        old: &str,
        new: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE users SET password = $1, version = version + 1 \
             WHERE tenant = $2 AND object_id = $3 AND password = $4",
        )
        .bind(new)
        .bind(tenant)
        .bind(object_id)
        .bind(old)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(())
    }

    /// Removes a user with identities and every record it owns; `false` when there is none.
    ///
    /// # Errors
    /// As of any statement; nothing was removed then.
    pub async fn delete_user(&self, tenant: &str, object_id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let result = sqlx::query("DELETE FROM users WHERE tenant = $1 AND object_id = $2")
            .bind(tenant)
            .bind(object_id)
            .execute(&mut *transaction)
            .await?;
        for sql in [
            "DELETE FROM identities WHERE tenant = $1 AND object_id = $2",
            "DELETE FROM user_search WHERE tenant = $1 AND object_id = $2",
            "DELETE FROM records WHERE tenant = $1 AND owner = $2",
            "DELETE FROM lockouts WHERE tenant = $1 AND account = $2",
        ] {
            sqlx::query(sql).bind(tenant).bind(object_id).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(result.rows_affected() == 1)
    }

    /// Users in order of object id, those after `after`, at most `limit`.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn list_users(
        &self,
        tenant: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<UserRow>, StoreError> {
        let rows = sqlx::query(select_user!(
            "u.object_id IN (SELECT object_id FROM users WHERE tenant = $1 AND object_id > $2 \
             ORDER BY object_id LIMIT $3)"
        ))
        .bind(tenant)
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        gather(tenant, &rows)
    }
}

async fn find_users<'e, E>(executor: E, tenant: &str, find: &UserFind) -> Result<Vec<UserRow>, StoreError>
where
    E: Executor<'e, Database = Any>,
{
    let (value, second) = find.values();
    let mut query = sqlx::query(find.sql()).bind(tenant).bind(value);
    if let Some(second) = second {
        query = query.bind(second);
    }
    gather(tenant, &query.fetch_all(executor).await?)
}

/// One row per identity becomes one value per user.
fn gather(tenant: &str, rows: &[AnyRow]) -> Result<Vec<UserRow>, StoreError> {
    let mut users: Vec<UserRow> = Vec::new();
    for row in rows {
        let object_id: String = row.try_get(0)?;
        if users.last().is_none_or(|user| user.object_id != object_id) {
            users.push(read_user(tenant, object_id, row)?);
        }
        let sign_in_type: Option<String> = row.try_get(12)?;
        if let (Some(sign_in_type), Some(user)) = (sign_in_type, users.last_mut()) {
            user.identities.push(IdentityRow {
                sign_in_type,
                issuer: row.try_get(13)?,
                assigned: row.try_get(14)?,
                canonical: row.try_get(15)?,
            });
        }
    }
    Ok(users)
}

fn read_user(tenant: &str, object_id: String, row: &AnyRow) -> Result<UserRow, StoreError> {
    let flag = |index: usize| -> Result<bool, StoreError> { Ok(row.try_get::<i64, _>(index)? != 0) };
    Ok(UserRow {
        tenant: tenant.to_owned(),
        object_id,
        principal: row.try_get(1)?,
        version: row.try_get(2)?,
        created: super::instant(row.try_get(3)?),
        updated: super::instant(row.try_get(4)?),
        tokens_valid_from: super::instant(row.try_get(5)?),
        enabled: flag(6)?,
        password: PasswordRow {
            current: row.try_get(7)?,
            previous: row.try_get(8)?,
            changed: super::instant(row.try_get(9)?),
            must_change: flag(10)?,
        },
        body: row.try_get(11)?,
        identities: Vec::new(),
        search: Vec::new(),
    })
}

/// Writes the user and what hangs on it; `false` when it changed since `old` was read.
async fn write(
    connection: &mut AnyConnection,
    old: Option<&UserRow>,
    user: &UserRow,
) -> Result<bool, StoreError> {
    let written = match old {
        None => insert(connection, user).await?,
        Some(old) => update(connection, old.version, user).await?,
    };
    if written == 0 {
        return Ok(false);
    }
    if old.is_none_or(|old| old.identities != user.identities) {
        write_identities(connection, user).await?;
    }
    if old.is_some() {
        sqlx::query("DELETE FROM user_search WHERE tenant = $1 AND object_id = $2")
            .bind(&user.tenant)
            .bind(&user.object_id)
            .execute(&mut *connection)
            .await?;
    }
    for row in &user.search {
        sqlx::query("INSERT INTO user_search (tenant, name, value, object_id) VALUES ($1, $2, $3, $4)")
            .bind(&user.tenant)
            .bind(&row.name)
            .bind(&row.value)
            .bind(&user.object_id)
            .execute(&mut *connection)
            .await?;
    }
    Ok(true)
}

async fn insert(connection: &mut AnyConnection, user: &UserRow) -> Result<u64, StoreError> {
    let result = sqlx::query(
        "INSERT INTO users (tenant, object_id, principal, version, created, updated, tokens_valid_from, \
         enabled, password, previous_password, password_changed, must_change, body) \
         VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&user.tenant)
    .bind(&user.object_id)
    .bind(&user.principal)
    .bind(user.created.as_millisecond())
    .bind(user.updated.as_millisecond())
    .bind(user.tokens_valid_from.as_millisecond())
    .bind(i64::from(user.enabled))
    .bind(&user.password.current)
    .bind(&user.password.previous)
    .bind(user.password.changed.as_millisecond())
    .bind(i64::from(user.password.must_change))
    .bind(&user.body)
    .execute(connection)
    .await?;
    Ok(result.rows_affected())
}

async fn update(connection: &mut AnyConnection, version: i64, user: &UserRow) -> Result<u64, StoreError> {
    let result = sqlx::query(
        "UPDATE users SET principal = $1, version = version + 1, updated = $2, tokens_valid_from = $3, \
         enabled = $4, password = $5, previous_password = $6, password_changed = $7, must_change = $8, \
         body = $9 WHERE tenant = $10 AND object_id = $11 AND version = $12",
    )
    .bind(&user.principal)
    .bind(user.updated.as_millisecond())
    .bind(user.tokens_valid_from.as_millisecond())
    .bind(i64::from(user.enabled))
    .bind(&user.password.current)
    .bind(&user.password.previous)
    .bind(user.password.changed.as_millisecond())
    .bind(i64::from(user.password.must_change))
    .bind(&user.body)
    .bind(&user.tenant)
    .bind(&user.object_id)
    .bind(version)
    .execute(connection)
    .await?;
    Ok(result.rows_affected())
}

async fn write_identities(connection: &mut AnyConnection, user: &UserRow) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM identities WHERE tenant = $1 AND object_id = $2")
        .bind(&user.tenant)
        .bind(&user.object_id)
        .execute(&mut *connection)
        .await?;
    // In order of name: two users who claim the same two names at once then meet at the first one,
    // instead of each waiting for what the other holds.
    let mut rows: Vec<(i64, &IdentityRow)> = (0..).zip(&user.identities).collect();
    rows.sort_by_key(|(_, identity)| (&identity.issuer, &identity.canonical));
    for (position, identity) in rows {
        sqlx::query(
            "INSERT INTO identities (tenant, issuer, canonical, sign_in_type, assigned, object_id, position) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&user.tenant)
        .bind(&identity.issuer)
        .bind(&identity.canonical)
        .bind(&identity.sign_in_type)
        .bind(&identity.assigned)
        .bind(&user.object_id)
        .bind(position)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::sqlite;
    use super::*;

    /// Every way to find a user searches an index; none reads a table from end to end. So a
    /// directory of a million users answers as one of ten (SQLite's plan does not depend on size).
    #[tokio::test]
    async fn every_lookup_searches_an_index() {
        let opened = sqlite().await;
        let text = || "x".to_owned();
        for find in [
            UserFind::ObjectId(text()),
            UserFind::Principal(text()),
            UserFind::Local(text()),
            UserFind::SignIn(text()),
            UserFind::LocalOfType(text(), text()),
            UserFind::Federated(text(), text()),
            UserFind::Search(text(), text()),
        ] {
            let (value, second) = find.values();
            let sql = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", find.sql()));
            let mut query = sqlx::query(sql).bind("t").bind(value.to_owned());
            if let Some(second) = second {
                query = query.bind(second);
            }
            let rows = query.fetch_all(&mut *opened.store.reader().await.unwrap()).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.get(3)).collect();
            let searches = plan.iter().filter(|step| step.starts_with("SEARCH")).count();
            assert!(searches >= 2, "{find:?}: user and identities: {plan:?}");
            assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{find:?}: {plan:?}");
        }
    }
}
