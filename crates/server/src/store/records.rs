//! Records: what expires. Journeys, browser sessions, codes, tokens, one-time codes.
//!
//! In and out: [`Record`], a JSON text under a kind and a key. Verbs: put, get, swap, take,
//! drop_owner, purge; several of them together are a `Change` each. The key is a digest of
//! the secret the client holds, so that a copy of the database opens nothing. An expired record is
//! never seen, purged or not. What the bodies mean is not known here.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::changes::{Statement, Value};
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
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
        put(record).run(&mut *self.writer().await?).await?;
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

    /// Which of two records is there; the first where both are.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn either(
        &self,
        tenant: &str,
        (first, second): ((Kind, &KeyHash), (Kind, &KeyHash)),
        now: Timestamp,
    ) -> Result<Option<Kind>, StoreError> {
        let rows = sqlx::query(
            "SELECT kind FROM records WHERE tenant = $1 AND expires > $2 \
             AND ((kind = $3 AND key = $4) OR (kind = $5 AND key = $6))",
        )
        .bind(tenant)
        .bind(now.as_millisecond())
        .bind(first.0.as_str())
        .bind(first.1.as_str())
        .bind(second.0.as_str())
        .bind(second.1.as_str())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let found = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
        Ok([first.0, second.0].into_iter().find(|kind| found.iter().any(|one| one == kind.as_str())))
    }

    /// Replaces a record that nobody changed since it was read. `false`: somebody did, nothing happened.
    ///
    /// # Errors
    /// As of any statement.
    pub async fn swap(&self, record: &Record) -> Result<bool, StoreError> {
        Ok(swap(record).run(&mut *self.writer().await?).await? == 1)
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

    /// Removes all records of an owner that are of one of `kinds`; returns how many.
    ///
    /// # Errors
    /// As of any statement; nothing was removed then.
    pub async fn drop_owner(&self, tenant: &str, owner: &str, kinds: &[Kind]) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let mut dropped = 0;
        for kind in kinds {
            dropped += drop_owner(tenant, owner, *kind).run(&mut *transaction).await?;
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

pub(super) fn put(record: &Record) -> Statement<'_> {
    Statement { sql: PUT, values: whole(record), must_touch: false }
}

pub(super) fn create(record: &Record) -> Statement<'_> {
    Statement { sql: CREATE, values: whole(record), must_touch: true }
}

pub(super) fn swap(record: &Record) -> Statement<'_> {
    let [tenant, kind, key] = place(record);
    let (owner, expires) = (Value::Text(&record.owner), Value::Number(record.expires.as_millisecond()));
    let (body, version) = (Value::Text(&record.body), Value::Number(record.version));
    Statement { sql: SWAP, values: vec![owner, expires, body, tenant, kind, key, version], must_touch: true }
}

pub(super) fn take(record: &Record) -> Statement<'_> {
    let [tenant, kind, key] = place(record);
    let values = vec![tenant, kind, key, Value::Number(record.version)];
    Statement { sql: TAKE_VERSION, values, must_touch: true }
}

pub(super) fn forget(record: &Record) -> Statement<'_> {
    Statement { sql: FORGET, values: place(record).to_vec(), must_touch: false }
}

pub(super) fn drop_owner<'a>(tenant: &'a str, owner: &'a str, kind: Kind) -> Statement<'a> {
    let values = [tenant, owner, kind.as_str()].map(Value::Text).to_vec();
    Statement { sql: DROP_OWNER, values, must_touch: false }
}

fn place(record: &Record) -> [Value<'_>; 3] {
    [record.tenant.as_str(), record.kind.as_str(), record.key.as_str()].map(Value::Text)
}

fn whole(record: &Record) -> Vec<Value<'_>> {
    let mut values = place(record).to_vec();
    values.push(Value::Text(&record.owner));
    values.push(Value::Number(record.expires.as_millisecond()));
    values.push(Value::Text(&record.body));
    values
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
