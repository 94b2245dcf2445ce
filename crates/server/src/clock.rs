//! The server's clock.
//!
//! In: nothing. Out: the present instant, from the machine or from a test's hand. The only place
//! that may ask the system for the time; everybody else is handed a [`Clock`] or a `Timestamp`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Where the present instant comes from. Clones of a test clock share one time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is told to move; milliseconds since the Unix epoch.
    Test(Arc<AtomicI64>),
}

impl Clock {
    /// A clock for tests, standing at `at`.
    #[must_use]
    pub fn test(at: Timestamp) -> Self {
        Self::Test(Arc::new(AtomicI64::new(at.as_millisecond())))
    }

    /// The present instant, cut to milliseconds so that what is stored equals what is held.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let milliseconds = match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that may ask")]
            Self::System => Timestamp::now().as_millisecond(),
            Self::Test(at) => at.load(Ordering::SeqCst),
        };
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves a test clock forward (or back, by a negative duration). The machine's clock stays.
    pub fn advance(&self, by: SignedDuration) {
        if let Self::Test(at) = self {
            let step = i64::try_from(by.as_millis()).unwrap_or(0);
            at.fetch_add(step, Ordering::SeqCst);
        }
    }

    /// Sets a test clock. The machine's clock stays.
    pub fn set(&self, to: Timestamp) {
        if let Self::Test(at) = self {
            at.store(to.as_millisecond(), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_clock_moves_only_by_hand_and_with_its_clones() {
        let clock = Clock::test(Timestamp::UNIX_EPOCH);
        let twin = clock.clone();
        clock.advance(SignedDuration::from_secs(90));
        assert_eq!(twin.now().as_second(), 90);
        twin.set(Timestamp::from_second(7).unwrap());
        assert_eq!(clock.now().as_second(), 7);
    }

    #[test]
    fn the_machine_clock_cannot_be_moved() {
        let clock = Clock::System;
        let before = clock.now();
        clock.advance(SignedDuration::from_hours(24 * 365));
        assert!(clock.now().duration_since(before) < SignedDuration::from_hours(1));
    }
}
