//! Records: what expires. Journeys, browser sessions, codes, tokens, one-time codes.
//!
//! In and out: [`Record`], a JSON text under a kind and a key. Verbs: put, get, swap, take,
//! drop_owner, purge, and `apply` for several of them in one transaction. The key is a digest of
//! the secret the client holds, so that a copy of the database opens nothing. An expired record is
//! never seen, purged or not. What the bodies mean is not known here.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row as _};

use super::db::Store;
use super::error::StoreError;

/// What a record is for. Its text is in the database: it may be added to, never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A journey between two requests.
    Journey,
    /// The answer to the last page of a journey, for a second submit of the same turn.
    Answer,
    /// A single sign-on session of a browser.
    BrowserSession,
    /// An authorization code.
    Code,
    /// A refresh token.
    RefreshToken,
    /// A family of refresh tokens, all from one sign-in.
    TokenFamily,
    /// A one-time code sent by mail or text message.
    OneTimeCode,
    /// An address that was verified in a journey.
    VerifiedAddress,
    /// What was used up and must not be used again (`jti`, spent code).
    Spent,
    /// A browser that signed in to an account before (lockout's known device).
    KnownDevice,
    /// An address from which an account was signed in to before (lockout's familiar address).
    FamiliarAddress,
    /// A mail of the development inbox.
    DevMail,
    /// An authenticator app's device: kept as long as its user.
    Device,
    /// Whatever else is kept for a while and counts as a session of its own.
    Other,
}

impl Kind {
    /// The text under which the kind is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Journey => "journey",
            Self::Answer => "answer",
            Self::BrowserSession => "browser_session",
            Self::Code => "code",
            Self::RefreshToken => "refresh_token",
            Self::TokenFamily => "token_family",
            Self::OneTimeCode => "one_time_code",
            Self::VerifiedAddress => "verified_address",
            Self::Spent => "spent",
            Self::KnownDevice => "known_device",
            Self::FamiliarAddress => "familiar_address",
            Self::DevMail => "dev_mail",
            Self::Device => "device",
            Self::Other => "other",
        }
    }
}

/// The SHA-256 of a secret in base64url: what the database knows of a code, token or cookie.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyHash(String);

impl KeyHash {
    /// The key for what a client sends. The secret must have at least 128 random bits, for a plain
    /// digest does not protect what can be guessed.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, secret.as_bytes())))
    }

    /// The digest's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is for.
    pub kind: Kind,
    /// Digest of the secret that leads to it.
    pub key: KeyHash,
    /// The tenant's name as configured; a record of one tenant is never found from another.
    pub tenant: String,
    /// Whose it is: the object id of a user, or another id by which all of one origin are dropped;
    /// empty when it is nobody's.
    pub owner: String,
    /// As read; `swap` goes through only while the stored version is this one. Ignored by `put`.
    pub version: i64,
    /// From this instant on the record does not exist.
    pub expires: Timestamp,
    /// JSON text.
    pub body: String,
}

/// One change of several that happen together or not at all ([`Store::apply`]).
#[derive(Clone, Debug)]
pub enum Change {
    /// Writes the record, whether or not one is there.
    Put(Record),
    /// Writes the record; refused when one is there that has not been purged.
    Create(Record),
    /// Writes the record; refused when its version is not the stored one.
    Swap(Record),
    /// Removes the record; refused when it is not there at this version.
    Take(Record),
    /// Removes the record, whether or not it is there and whatever its version.
    Forget(Record),
    /// Removes all records of an owner and kind.
    DropOwner {
        /// The tenant.
        tenant: String,
        /// The owner.
        owner: String,
        /// The kind.
        kind: Kind,
    },
}

const PUT: &str = "INSERT INTO records (tenant, kind, key, owner, version, expires, body) \
     VALUES ($1, $2, $3, $4, 1, $5, $6) \
     ON CONFLICT (tenant, kind, key) DO UPDATE SET owner = excluded.owner, \
     version = records.version + 1, expires = excluded.expires, body = excluded.body";
const CREATE: &str = "INSERT INTO records (tenant, kind, key, owner, version, expires, body) \
     VALUES ($1, $2, $3, $4, 1, $5, $6) ON CONFLICT (tenant, kind, key) DO NOTHING";
const SWAP: &str = "UPDATE records SET owner = $1, expires = $2, body = $3, version = version + 1 \
     WHERE tenant = $4 AND kind = $5 AND key = $6 AND version = $7";
const TAKE_VERSION: &str =
    "DELETE FROM records WHERE tenant = $1 AND kind = $2 AND key = $3 AND version = $4";
const FORGET: &str = "DELETE FROM records WHERE tenant = $1 AND kind = $2 AND key = $3";
const DROP_OWNER: &str = "DELETE FROM records WHERE tenant = $1 AND owner = $2 AND kind = $3";
const PURGE: &str = "DELETE FROM records WHERE (tenant, kind, key) IN \
     (SELECT tenant, kind, key FROM records WHERE expires <= $1 LIMIT 500)";
const PURGE_BATCH: u64 = 500;

impl Store {
    /// Writes a record, replacing what is there.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn put(&self, record: &Record) -> Result<(), StoreError> {
        write(&mut *self.writer().await?, PUT, record).await?;
        Ok(())
    }

    /// Reads a record that has not expired.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn get(
        &self,
        tenant: &str,
        kind: Kind,
        key: &KeyHash,
        now: Timestamp,
    ) -> Result<Option<Record>, StoreError> {
        let row = sqlx::query(
            "SELECT key, owner, version, expires, body FROM records \
             WHERE tenant = $1 AND kind = $2 AND key = $3 AND expires > $4",
        )
        .bind(tenant)
        .bind(kind.as_str())
        .bind(key.as_str())
        .bind(now.as_millisecond())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.map(|row| read(tenant, kind, &row)).transpose()
    }

    /// Replaces a record that nobody changed since it was read. `false`: somebody did, nothing happened.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn swap(&self, record: &Record) -> Result<bool, StoreError> {
        Ok(swap(&mut *self.writer().await?, record).await? == 1)
    }

    /// Removes a record and returns it: of callers at the same instant exactly one gets it.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn take(
        &self,
        tenant: &str,
        kind: Kind,
        key: &KeyHash,
        now: Timestamp,
    ) -> Result<Option<Record>, StoreError> {
        let row = sqlx::query(
            "DELETE FROM records WHERE tenant = $1 AND kind = $2 AND key = $3 \
             RETURNING key, owner, version, expires, body",
        )
        .bind(tenant)
        .bind(kind.as_str())
        .bind(key.as_str())
        .fetch_optional(&mut *self.writer().await?)
        .await?;
        let record = row.map(|row| read(tenant, kind, &row)).transpose()?;
        Ok(record.filter(|record| record.expires > now))
    }

    /// Does all changes in one transaction. `false`: one of them was refused, so none happened.
    ///
    /// # Errors
    /// As of any statement; nothing happened then either.
    pub async fn apply(&self, changes: &[Change]) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        for change in changes {
            let touched = match change {
                Change::Put(record) => write(&mut *transaction, PUT, record).await?,
                Change::Create(record) => write(&mut *transaction, CREATE, record).await?,
                Change::Swap(record) => swap(&mut *transaction, record).await?,
                Change::Take(record) => take_version(&mut *transaction, record).await?,
                Change::Forget(record) => {
                    forget(&mut *transaction, record).await?;
                    1
                }
                Change::DropOwner { tenant, owner, kind } => {
                    drop_owner(&mut *transaction, tenant, owner, *kind).await?;
                    1
                }
            };
            if touched == 0 {
                transaction.rollback().await?;
                return Ok(false);
            }
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Removes all records of an owner that are of one of `kinds`; returns how many.
    ///
    /// # Errors
    /// As of any statement; nothing was removed then.
    pub async fn drop_owner(&self, tenant: &str, owner: &str, kinds: &[Kind]) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let mut dropped = 0;
        for kind in kinds {
            dropped += drop_owner(&mut *transaction, tenant, owner, *kind).await?;
        }
        transaction.commit().await?;
        Ok(dropped)
    }

    /// The records of an owner and kind that have not expired, at most 1,000.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn owned(
        &self,
        tenant: &str,
        owner: &str,
        kind: Kind,
        now: Timestamp,
    ) -> Result<Vec<Record>, StoreError> {
        let rows = sqlx::query(
            "SELECT key, owner, version, expires, body FROM records \
             WHERE tenant = $1 AND owner = $2 AND kind = $3 AND expires > $4 \
             ORDER BY expires, key LIMIT 1000",
        )
        .bind(tenant)
        .bind(owner)
        .bind(kind.as_str())
        .bind(now.as_millisecond())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(|row| read(tenant, kind, row)).collect()
    }

    /// Removes what has expired, in small steps so that no other writer waits long; returns how many.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut purged = 0;
        loop {
            let result =
                sqlx::query(PURGE).bind(now.as_millisecond()).execute(&mut *self.writer().await?).await?;
            purged += result.rows_affected();
            if result.rows_affected() < PURGE_BATCH {
                break;
            }
        }
        self.purge_counters(now).await?;
        self.purge_lockouts(now).await?;
        Ok(purged)
    }
}

async fn write<'e, E>(executor: E, sql: &'static str, record: &Record) -> Result<u64, StoreError>
where
    E: Executor<'e, Database = Any>,
{
    let result = sqlx::query(sql)
        .bind(&record.tenant)
        .bind(record.kind.as_str())
        .bind(record.key.as_str())
        .bind(&record.owner)
        .bind(record.expires.as_millisecond())
        .bind(&record.body)
        .execute(executor)
        .await?;
    Ok(result.rows_affected())
}

async fn swap<'e, E>(executor: E, record: &Record) -> Result<u64, StoreError>
where
    E: Executor<'e, Database = Any>,
{
    let result = sqlx::query(SWAP)
        .bind(&record.owner)
        .bind(record.expires.as_millisecond())
        .bind(&record.body)
        .bind(&record.tenant)
        .bind(record.kind.as_str())
        .bind(record.key.as_str())
        .bind(record.version)
        .execute(executor)
        .await?;
    Ok(result.rows_affected())
}

async fn forget<'e, E>(executor: E, record: &Record) -> Result<(), StoreError>
where
    E: Executor<'e, Database = Any>,
{
    let key = sqlx::query(FORGET).bind(&record.tenant).bind(record.kind.as_str()).bind(record.key.as_str());
    key.execute(executor).await?;
    Ok(())
}

async fn take_version<'e, E>(executor: E, record: &Record) -> Result<u64, StoreError>
where
    E: Executor<'e, Database = Any>,
{
    let result = sqlx::query(TAKE_VERSION)
        .bind(&record.tenant)
        .bind(record.kind.as_str())
        .bind(record.key.as_str())
        .bind(record.version)
        .execute(executor)
        .await?;
    Ok(result.rows_affected())
}

pub(super) async fn drop_owner<'e, E>(
    executor: E,
    tenant: &str,
    owner: &str,
    kind: Kind,
) -> Result<u64, StoreError>
where
    E: Executor<'e, Database = Any>,
{
    let result =
        sqlx::query(DROP_OWNER).bind(tenant).bind(owner).bind(kind.as_str()).execute(executor).await?;
    Ok(result.rows_affected())
}

fn read(tenant: &str, kind: Kind, row: &AnyRow) -> Result<Record, StoreError> {
    Ok(Record {
        kind,
        key: KeyHash(row.try_get(0)?),
        tenant: tenant.to_owned(),
        owner: row.try_get(1)?,
        version: row.try_get(2)?,
        expires: super::instant(row.try_get(3)?),
        body: row.try_get(4)?,
    })
}
