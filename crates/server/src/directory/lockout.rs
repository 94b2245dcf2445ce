//! Smart lockout (technical-profiles 24.3, attacks 51 and 52).
//!
//! In: a row of failures and what happens to it. Out: may this try go on, and what the row becomes.
//! Pure; the store calls these functions while nobody else can change the row. A try counts as a
//! failure *before* its password is looked at and is given back when it was none: so tries at one
//! instant get no more passwords compared than tries in sequence, and a crash or a client that goes
//! away in between counts as a failure.

use jiff::{SignedDuration, Timestamp};

use crate::store::LockoutRow;

/// The settings of smart lockout.
#[derive(Clone, Debug)]
pub struct LockoutSettings {
    /// So many failures lock.
    pub threshold: i64,
    /// The first ten locks are so long; later ones grow with it.
    pub duration: SignedDuration,
    /// No lock is longer.
    pub longest: SignedDuration,
    /// After so many failures in a row only a password reset or an administrator unlocks.
    pub reset_after: i64,
    /// How long an address or device stays familiar after a sign-in.
    pub familiar: SignedDuration,
}

impl Default for LockoutSettings {
    fn default() -> Self {
        Self {
            threshold: 10,
            duration: SignedDuration::from_secs(60),
            longest: SignedDuration::from_hours(5),
            reset_after: 100,
            familiar: SignedDuration::from_hours(24 * 90),
        }
    }
}

/// A try that may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    /// This try reached the threshold and locked the account in advance.
    locks: bool,
}

impl Ticket {
    /// Of a try that locked nothing.
    pub(super) const PLAIN: Ticket = Ticket { locks: false };
}

/// How many times the first length each group of ten locks takes: 60 s, 5, 15, 30, 60, 120, 300 min.
const GROWTH: [i32; 7] = [1, 5, 15, 30, 60, 120, 300];
const LOCKS_A_STEP: i64 = 10;
/// How many wrong passwords are remembered, so that each counts once.
const RECENT: usize = 10;

/// Begins a try: counts it as a failure in advance. `None`: locked.
pub(super) fn begin(row: &mut LockoutRow, settings: &LockoutSettings, now: Timestamp) -> Option<Ticket> {
    row.tries = row.tries.saturating_add(1);
    if now < row.locked_until || row.failures >= settings.reset_after {
        return None;
    }
    row.failures += 1;
    let locks = row.failures >= settings.threshold;
    if locks {
        row.locks += 1;
        row.locked_until = now.saturating_add(length(row.locks, settings)).unwrap_or(Timestamp::MAX);
    }
    Some(Ticket { locks })
}

/// Ends a try with a wrong password. One that was lately tried before does not count again
/// (`fingerprint`: its keyed digest).
pub(super) fn fail(row: &mut LockoutRow, ticket: Ticket, fingerprint: &str) {
    if row.recent.split(' ').any(|known| known == fingerprint) {
        give_back(row, ticket);
        return;
    }
    let mut recent: Vec<&str> = row.recent.split(' ').filter(|known| !known.is_empty()).collect();
    recent.push(fingerprint);
    let kept = recent.get(recent.len().saturating_sub(RECENT)..).unwrap_or_default().join(" ");
    row.recent = kept;
}

/// Ends a try whose password was never compared: the server was busy.
pub(super) fn give_back(row: &mut LockoutRow, ticket: Ticket) {
    row.failures = row.failures.saturating_sub(1).max(0);
    if ticket.locks {
        row.locks = row.locks.saturating_sub(1).max(0);
        row.locked_until = Timestamp::UNIX_EPOCH;
    }
}

/// The length of the `number`th lock in a row.
fn length(number: i64, settings: &LockoutSettings) -> SignedDuration {
    let step = usize::try_from((number - 1) / LOCKS_A_STEP).unwrap_or(0);
    let times = GROWTH.get(step).or(GROWTH.last()).copied().unwrap_or(1);
    settings.duration.checked_mul(times).unwrap_or(settings.longest).min(settings.longest)
}

#[cfg(test)]
#[path = "lockout_tests.rs"]
mod tests;
