//! The development inbox: the last letters, in memory. Also the outbox that tests read and make fail.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::{Letter, MailError};

/// Older letters make room.
const MOST: usize = 200;
/// A longer letter is not kept whole.
const MOST_BYTES: usize = 256 * 1024;

/// Letters kept in memory. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Inbox(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    letters: Mutex<(u64, VecDeque<Kept>)>,
    failures: AtomicU32,
}

/// A letter of the inbox.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Counts from 1; never used again.
    pub number: u64,
    /// When it was sent.
    pub at: Timestamp,
    /// The letter itself.
    pub letter: Letter,
}

impl Inbox {
    /// Keeps a letter, or fails as often as `fail_next` asked for.
    pub(crate) fn keep(&self, letter: &Letter, at: Timestamp) -> Result<(), MailError> {
        let failing =
            self.0.failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if failing.is_ok() {
            return Err(MailError::Unreachable("asked to fail".to_owned()));
        }
        let mut letter = letter.clone();
        if letter.html.len() > MOST_BYTES || letter.text.len() > MOST_BYTES {
            letter.html = "(too long to keep)".to_owned();
            letter.text.clone_from(&letter.html);
        }
        let mut shared = self.0.letters.lock().unwrap_or_else(PoisonError::into_inner);
        shared.0 += 1;
        let number = shared.0;
        shared.1.push_back(Kept { number, at, letter });
        if shared.1.len() > MOST {
            shared.1.pop_front();
        }
        Ok(())
    }

    /// All kept letters, newest first.
    #[must_use]
    pub fn letters(&self) -> Vec<Kept> {
        let shared = self.0.letters.lock().unwrap_or_else(PoisonError::into_inner);
        shared.1.iter().rev().cloned().collect()
    }

    /// Makes the next letters fail as if the mail server were away; for tests.
    pub fn fail_next(&self, letters: u32) {
        self.0.failures.store(letters, Ordering::Relaxed);
    }
}
