//! Our machine failed: one type for everything that is neither the author's nor the user's fault (architecture D7).
//!
//! In: any cause, with what was being done. Out: logged once where a request ends, shown as an incident number. Must
//! hold no secret: causes name operations, not values.

use std::fmt;

use crate::keys::KeyError;
use crate::seal::SealError;
use crate::store::StoreError;

/// A failure of ours.
#[derive(Debug)]
pub struct Error {
    doing: &'static str,
    cause: Box<dyn std::error::Error + Send + Sync>,
    passing: bool,
}

impl Error {
    /// A failure while doing something, from a cause.
    pub fn new(doing: &'static str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error { doing, cause: cause.into(), passing: false }
    }

    /// As `new`, of a kind that may pass by itself: the database cannot be reached, the disk is full.
    pub fn passing(doing: &'static str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error { doing, cause: cause.into(), passing: true }
    }

    /// Whether it may pass by itself: answered with 503 and Retry-After.
    pub fn is_passing(&self) -> bool {
        self.passing
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.cause)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.cause.as_ref())
    }
}

impl From<StoreError> for Error {
    fn from(cause: StoreError) -> Error {
        let passing = cause.is_unavailable();
        Error { doing: "using the database", cause: Box::new(cause), passing }
    }
}

impl From<SealError> for Error {
    fn from(cause: SealError) -> Error {
        Error::new("sealing or opening stored data", cause)
    }
}

impl From<KeyError> for Error {
    fn from(cause: KeyError) -> Error {
        Error::new("using a policy key", cause)
    }
}

impl From<serde_json::Error> for Error {
    fn from(cause: serde_json::Error) -> Error {
        Error::new("reading or writing stored JSON", cause)
    }
}

impl From<vestibule_engine::journey::world::Error> for Error {
    fn from(cause: vestibule_engine::journey::world::Error) -> Error {
        match cause.0.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => Error::new("running a journey", other),
        }
    }
}
