//! What can go wrong in the database, sorted by what the caller can do about it.
//!
//! In: sqlx's errors. Out: [`StoreError`] with a kind. SQLite's and PostgreSQL's codes are known
//! here and nowhere else.

use std::fmt;

/// What the caller can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// The database cannot serve now: gone, full, read-only, locked, out of connections. Try later.
    Unavailable,
    /// A unique key is taken.
    AlreadyExists,
    /// The database was written by a newer version of this program.
    NewerSchema,
    /// The address of the database is unusable.
    Address,
    /// A row holds what this program never wrote, or a statement is wrong: a defect of ours.
    Defect,
}

/// A failure of the database. Its text is for the log, never for a page.
pub struct StoreError {
    /// The sort of failure.
    pub kind: StoreErrorKind,
    context: String,
    source: Option<sqlx::Error>,
}

impl StoreError {
    /// A failure that sqlx knows nothing about.
    pub fn new(kind: StoreErrorKind, context: impl Into<String>) -> Self {
        Self { kind, context: context.into(), source: None }
    }

    /// Whether a unique key was taken.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        self.kind == StoreErrorKind::AlreadyExists
    }

    /// Whether trying later may help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.kind == StoreErrorKind::Unavailable
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.context),
            None => f.write_str(&self.context),
        }
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreError({:?}: {self})", self.kind)
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let kind = kind_of(&error);
        Self { kind, context: format!("database ({kind:?})"), source: Some(error) }
    }
}

fn kind_of(error: &sqlx::Error) -> StoreErrorKind {
    use sqlx::Error as E;
    match error {
        E::Database(db) if db.is_unique_violation() => StoreErrorKind::AlreadyExists,
        E::Database(db) => kind_of_code(db.code().as_deref().unwrap_or_default()),
        E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
            StoreErrorKind::Unavailable
        }
        E::Configuration(_) => StoreErrorKind::Address,
        _ => StoreErrorKind::Defect,
    }
}

/// SQLite gives (extended) result codes as decimal numbers whose low byte is the primary code;
/// PostgreSQL gives five-letter SQLSTATEs. The two never look alike: numbers stay below 10,000.
fn kind_of_code(code: &str) -> StoreErrorKind {
    const SQLITE_LATER: [u32; 9] = [
        5,  // BUSY
        6,  // LOCKED
        7,  // NOMEM
        8,  // READONLY
        10, // IOERR
        11, // CORRUPT
        13, // FULL
        14, // CANTOPEN
        26, // NOTADB
    ];
    const POSTGRES_LATER: [&str; 6] = [
        "08",    // connection
        "40",    // serialisation failure, deadlock: rolled back, may be tried again
        "53",    // out of disk, memory, connections
        "57",    // shutting down, cancelled
        "58",    // input/output
        "25006", // read-only transaction
    ];
    let later = if code.len() == 5 {
        POSTGRES_LATER.iter().any(|class| code.starts_with(class))
    } else {
        code.parse::<u32>().is_ok_and(|number| SQLITE_LATER.contains(&(number & 0xff)))
    };
    if later { StoreErrorKind::Unavailable } else { StoreErrorKind::Defect }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StoreErrorKind::{Defect, Unavailable};

    #[test]
    fn codes_of_both_databases_are_sorted() {
        for (code, kind, what) in [
            ("8", Unavailable, "SQLITE_READONLY"),
            ("1032", Unavailable, "SQLITE_READONLY_DBMOVED = 8 | 4 << 8"),
            ("13", Unavailable, "SQLITE_FULL"),
            ("778", Unavailable, "SQLITE_IOERR_WRITE = 10 | 3 << 8"),
            ("5", Unavailable, "SQLITE_BUSY"),
            ("1", Defect, "SQLITE_ERROR: wrong statement"),
            ("53100", Unavailable, "disk_full"),
            ("25006", Unavailable, "read_only_sql_transaction"),
            ("57P01", Unavailable, "admin_shutdown"),
            ("40001", Unavailable, "serialization_failure"),
            ("42601", Defect, "syntax_error"),
            ("", Defect, "no code"),
        ] {
            assert_eq!(kind_of_code(code), kind, "{what}");
        }
    }
}
