//! Opening the database, and what differs between the two: connections, pragmas, how a
//! transaction begins.
//!
//! In: an address, `sqlite:PATH` or `postgres://…`. Out: a [`Store`], cheap to clone, its schema up
//! to date. SQLite gets one writer connection: a transaction that reads first and writes later
//! fails under load when another writer came between, whatever the busy time-out.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{ConnectOptions as _, Executor as _};

use super::changes::REFUSAL;
use super::connections::{Connections, Lent, Open, Writing};
use super::error::{StoreError, StoreErrorKind};
use super::migrate;

/// How long a caller waits for a connection before the store counts as unavailable.
const WAIT: Duration = Duration::from_secs(5);
/// Connections where the operator says nothing: SQLite's for reading, PostgreSQL's for everything.
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
const PATH_ESCAPES: &AsciiSet =
    &CONTROLS.add(b' ').add(b'?').add(b'#').add(b'%').add(b'"').add(b'<').add(b'>').add(b'\\');

// Each connection caches pages for itself, 2 MiB unless told otherwise: the system's own cache is a copy away, and the
// server stays small.
const SQLITE_WRITER: [&str; 7] = [
    "PRAGMA cache_size = -1024",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON", // spent secrets do not linger in free pages
    REFUSAL,
];
const SQLITE_READER: [&str; 3] =
    ["PRAGMA cache_size = -512", "PRAGMA busy_timeout = 5000", "PRAGMA query_only = ON"];

/// The open database. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Connections,
    reader: Connections,
    begin: &'static str,
}

impl Store {
    /// Opens the database at `url` and brings its schema up to date. A SQLite file is made when
    /// absent, readable by its owner only.
    ///
    /// # Errors
    /// `Address` for an unusable address, `NewerSchema` for a database of a newer program,
    /// `Unavailable` when it cannot be reached or written.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, None).await
    }

    /// The same with so many connections: for reading with SQLite, which has one more for writing; for everything with
    /// PostgreSQL.
    ///
    /// # Errors
    /// Those of `open`.
    pub async fn open_with(url: &str, connections: Option<u32>) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let inner = if let Some(path) = url.strip_prefix("sqlite:") {
            open_sqlite(path, connections.unwrap_or(SQLITE_READERS)).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            open_postgres(url, connections.unwrap_or(POSTGRES_CONNECTIONS)).await?
        } else {
            return Err(address("a database address starts with `sqlite:` or `postgres://`"));
        };
        let store = Self { inner: Arc::new(inner) };
        migrate::migrate(&store).await?;
        Ok(store)
    }

    /// Answers whether the database can be read at this moment (readiness).
    ///
    /// # Errors
    /// As of any statement.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT version FROM schema_version WHERE id = 1")
            .fetch_one(&mut *self.reader().await?)
            .await?;
        Ok(())
    }

    /// Answers whether the database can be written at this moment (readiness): a row is rewritten
    /// with what it holds.
    ///
    /// # Errors
    /// As of any statement; `Unavailable` on a full disk or a read-only database.
    pub async fn ping_write(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE schema_version SET version = version WHERE id = 1")
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Closes all connections; statements after it fail as `Unavailable`.
    pub async fn close(&self) {
        self.inner.reader.close().await;
        self.inner.writer.close().await;
    }

    pub(super) async fn writer(&self) -> Result<Lent, StoreError> {
        Ok(self.inner.writer.lend().await?)
    }

    pub(super) async fn reader(&self) -> Result<Lent, StoreError> {
        Ok(self.inner.reader.lend().await?)
    }

    /// Whether the whole transaction can be one text.
    pub(super) fn is_sqlite(&self) -> bool {
        self.inner.writer.are_kept()
    }

    /// The writing connection for a text that begins and ends a transaction itself.
    pub(super) async fn unbegun(&self) -> Result<Open, StoreError> {
        Ok(self.inner.writer.unbegun().await?)
    }

    /// Begins a transaction that may write. Dropped without `commit`, it rolls back.
    pub(super) async fn begin(&self) -> Result<Writing, StoreError> {
        Ok(self.inner.writer.begin(self.inner.begin).await?)
    }
}

async fn open_sqlite(path: &str, readers: u32) -> Result<Inner, StoreError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.contains(":memory:") {
        return Err(address("a SQLite address names a file: `sqlite:PATH`"));
    }
    let path = std::path::absolute(PathBuf::from(path)).map_err(|e| address(&e.to_string()))?;
    create_private(&path)?;
    let text = path.to_str().ok_or_else(|| address("the path of the database is not Unicode"))?;
    let options = connect_options(&format!("sqlite://{}", utf8_percent_encode(text, PATH_ESCAPES)))?;
    let writer = sqlite_pool(1, &SQLITE_WRITER).connect_with(options.clone()).await?;
    let reader = sqlite_pool(readers, &SQLITE_READER).connect_lazy_with(options);
    Ok(Inner {
        writer: Connections::kept(writer, 1, WAIT),
        reader: Connections::kept(reader, readers, WAIT),
        begin: "BEGIN IMMEDIATE",
    })
}

fn sqlite_pool(connections: u32, pragmas: &'static [&'static str]) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for pragma in pragmas {
                    connection.execute(*pragma).await?;
                }
                Ok(())
            })
        })
}

async fn open_postgres(url: &str, connections: u32) -> Result<Inner, StoreError> {
    let pool = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .connect_with(connect_options(url)?)
        .await?;
    let connections = Connections::pooled(pool);
    Ok(Inner { writer: connections.clone(), reader: connections, begin: "BEGIN" })
}

/// Statements are not logged: some layers print bound values with them.
fn connect_options(url: &str) -> Result<AnyConnectOptions, StoreError> {
    Ok(url.parse::<AnyConnectOptions>()?.disable_statement_logging())
}

/// The database holds password hashes: nobody but the owner may read the file. SQLite gives its
/// side files (`-wal`, `-shm`) the mode of the main one.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(StoreError::new(
            StoreErrorKind::Unavailable,
            format!("cannot make the database file {}: {error}", path.display()),
        )),
        _ => Ok(()),
    }
}

fn address(reason: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Address, reason)
}
