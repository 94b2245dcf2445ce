//! Connections, lent to one caller at a time.
//!
//! In: sqlx's pool. Out: a [`Lent`] connection, or a [`Writing`] transaction. sqlx's pool pings every connection that comes
//! back, by a task of its own; with SQLite, whose connections are threads, that doubles what a statement costs
//! (docs/performance.md). A SQLite connection does not break on the way, so once made it is kept here, outside the pool.
//! Those of PostgreSQL can break, and stay with sqlx.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Executor as _, Transaction};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

/// The connections of one kind. Clones share them.
#[derive(Clone)]
pub(super) struct Connections {
    pool: AnyPool,
    kept: Option<Arc<Kept>>,
}

/// Places for connections: as many as there are turns, so whoever has a turn finds a free one.
struct Kept {
    wait: Duration,
    turns: Arc<Semaphore>,
    places: Vec<Arc<Mutex<Option<Place>>>>,
}

struct Place {
    /// Taken out of the pool for good: a pooled one wants a runtime when it is dropped, and a command's ends before its store.
    connection: AnyConnection,
    /// Whether a transaction was begun and has not ended.
    open: bool,
}

impl Connections {
    /// Those of a pool, handed back to it after each use.
    pub(super) fn pooled(pool: AnyPool) -> Self {
        Self { pool, kept: None }
    }

    /// At most `count` of a pool's connections, made when first needed and kept.
    pub(super) fn kept(pool: AnyPool, count: u32, wait: Duration) -> Self {
        let places: Vec<_> = (0..count).map(|_| Arc::default()).collect();
        let turns = Arc::new(Semaphore::new(places.len()));
        Self { pool, kept: Some(Arc::new(Kept { wait, turns, places })) }
    }

    /// Waits for a connection, in turn.
    pub(super) async fn lend(&self) -> Result<Lent, sqlx::Error> {
        match &self.kept {
            Some(kept) => Ok(Lent::Kept(kept.lend(&self.pool).await?)),
            None => Ok(Lent::Pooled(self.pool.acquire().await?)),
        }
    }

    /// Begins a transaction by `statement`.
    pub(super) async fn begin(&self, statement: &'static str) -> Result<Writing, sqlx::Error> {
        let Some(kept) = &self.kept else {
            return Ok(Writing::Pooled(self.pool.begin_with(statement).await?));
        };
        let mut open = Open { lent: kept.lend(&self.pool).await?, home: self.clone() };
        // Set before the answer is there: whoever asked may go away while waiting for it.
        open.lent.place.open = true;
        open.lent.place.connection.execute(statement).await?;
        Ok(Writing::Kept(open))
    }

    /// Whether the connections are SQLite's, kept here.
    pub(super) fn are_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// A kept connection for a text that begins and ends a transaction itself; dropped before it is said to have ended,
    /// it rolls back.
    pub(super) async fn unbegun(&self) -> Result<Open, sqlx::Error> {
        let kept = self.kept.as_ref().ok_or(sqlx::Error::PoolClosed)?;
        let mut open = Open { lent: kept.lend(&self.pool).await?, home: self.clone() };
        open.lent.place.open = true;
        Ok(open)
    }

    /// Closes all connections; nobody is lent one after it.
    pub(super) async fn close(&self) {
        if let Some(kept) = &self.kept {
            kept.turns.close();
            for place in &kept.places {
                *place.lock().await = None;
            }
        }
        self.pool.close().await;
    }
}

impl Kept {
    async fn lend(&self, pool: &AnyPool) -> Result<KeptLent, sqlx::Error> {
        let turn = tokio::time::timeout(self.wait, Arc::clone(&self.turns).acquire_owned());
        let turn = turn.await.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let free = self.places.iter().find_map(|place| Arc::clone(place).try_lock_owned().ok());
        let mut free = free.ok_or(sqlx::Error::PoolClosed)?;
        if free.is_none() {
            *free = Some(Place { connection: pool.acquire().await?.detach(), open: false });
        }
        let place = OwnedMutexGuard::try_map(free, Option::as_mut).map_err(|_| sqlx::Error::PoolClosed)?;
        let mut lent = KeptLent { place, _turn: turn };
        if lent.place.open {
            // Left open by someone who went away. That there is none to roll back is as good.
            let _ended = lent.place.connection.execute("ROLLBACK").await;
            lent.place.open = false;
        }
        Ok(lent)
    }
}

/// A connection in use; dropped, it goes back.
pub(super) enum Lent {
    Kept(KeptLent),
    Pooled(PoolConnection<Any>),
}

/// The place is left before the turn is given on.
pub(super) struct KeptLent {
    place: OwnedMappedMutexGuard<Option<Place>, Place>,
    _turn: OwnedSemaphorePermit,
}

impl Deref for Lent {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        match self {
            Self::Kept(kept) => &kept.place.connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match self {
            Self::Kept(kept) => &mut kept.place.connection,
            Self::Pooled(connection) => connection,
        }
    }
}

/// A transaction; dropped without `commit`, it rolls back.
pub(super) enum Writing {
    Kept(Open),
    Pooled(Transaction<'static, Any>),
}

pub(super) struct Open {
    lent: KeptLent,
    home: Connections,
}

impl Writing {
    /// Makes it all happen.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Kept(open) => open.end("COMMIT").await,
            Self::Pooled(transaction) => transaction.commit().await,
        }
    }

    /// Makes nothing of it happen.
    pub(super) async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Kept(open) => open.end("ROLLBACK").await,
            Self::Pooled(transaction) => transaction.rollback().await,
        }
    }
}

impl Open {
    /// The text has committed.
    pub(super) fn has_ended(mut self) {
        self.lent.place.open = false;
    }

    /// The text failed on its way. That there may be nothing to roll back is as good.
    pub(super) async fn give_up(mut self) {
        let _ended = self.lent.place.connection.execute("ROLLBACK").await;
        self.lent.place.open = false;
    }

    async fn end(mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        self.lent.place.connection.execute(statement).await?;
        self.lent.place.open = false;
        Ok(())
    }
}

impl Deref for Open {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.lent.place.connection
    }
}

impl DerefMut for Open {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.lent.place.connection
    }
}

impl Drop for Open {
    /// Being lent rolls back. That is not left to the next caller, as until then no other process could write.
    fn drop(&mut self) {
        if self.lent.place.open
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let home = self.home.clone();
            runtime.spawn(async move { drop(home.lend().await) });
        }
    }
}

impl Deref for Writing {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        match self {
            Self::Kept(open) => &open.lent.place.connection,
            Self::Pooled(transaction) => transaction,
        }
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match self {
            Self::Kept(open) => &mut open.lent.place.connection,
            Self::Pooled(transaction) => transaction,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::testing::{sqlite, stores};
    use super::super::{Store, StoreError};
    use sqlx::Row as _;

    const NOTE: &str = "UPDATE schema_version SET version = version WHERE id = 1";

    #[tokio::test]
    async fn a_transaction_that_is_dropped_ends_at_once_for_other_processes_too() {
        let opened = sqlite().await;
        let other = Store::open(&opened.url).await.unwrap();
        for _ in 0..3 {
            let mut writing = opened.store.begin().await.unwrap();
            let count = "INSERT INTO generations (name, number) VALUES ('dropped', 1)";
            sqlx::query(count).execute(&mut *writing).await.unwrap();
            drop(writing);
            // Waits five seconds for the lock at most: far less than the time after which it would be noticed otherwise.
            sqlx::query(NOTE).execute(&mut *other.writer().await.unwrap()).await.unwrap();
        }
        let sql = "SELECT COUNT(*) FROM generations WHERE name = 'dropped'";
        let row = sqlx::query(sql).fetch_one(&mut *opened.store.reader().await.unwrap()).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), 0);
    }

    /// `[database] connections`: so many can read at once, and the next waits for one of them.
    #[tokio::test]
    async fn as_many_connections_are_kept_as_the_operator_says() {
        let opened = sqlite().await;
        for count in [1_u32, 3] {
            let store = Store::open_with(&opened.url, Some(count)).await.unwrap();
            let mut held = Vec::new();
            for _ in 0..count {
                held.push(store.reader().await.unwrap());
            }
            let next = tokio::time::timeout(Duration::from_millis(100), store.reader());
            assert!(next.await.is_err(), "{count}");
            held.pop();
            assert!(store.reader().await.is_ok(), "{count}");
        }
    }

    #[tokio::test]
    async fn callers_who_go_away_leave_the_connections_to_others() {
        for opened in stores().await {
            for number in 0..50 {
                let changed = async {
                    let mut writing = opened.store.begin().await?;
                    sqlx::query(NOTE).execute(&mut *writing).await?;
                    Ok::<(), StoreError>(writing.commit().await?)
                };
                let wait = Duration::from_micros(number * 20);
                let _gone = tokio::time::timeout(wait, changed).await;
                let _gone = tokio::time::timeout(wait, opened.store.ping()).await;
            }
            opened.store.ping().await.unwrap();
            opened.store.ping_write().await.unwrap();
            opened.store.close().await;
            assert!(opened.store.ping().await.unwrap_err().is_unavailable(), "{}", opened.database);
        }
    }
}
