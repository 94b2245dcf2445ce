//! Hosts that do not answer, left alone for a while so that nobody waits for them in vain.
//!
//! In: what became of requests. Out: whether another may be made. Thresholds: technical-profiles 10.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Failures in a row that open it.
const FAILURES: u32 = 5;
/// How long it stays open.
const OPEN: SignedDuration = SignedDuration::from_secs(30);
/// Hosts remembered; policies name few, so more are somebody's play.
const MOST_HOSTS: usize = 1_000;

/// A breaker for each host.
#[derive(Debug, Default)]
pub struct Breakers {
    hosts: Mutex<HashMap<String, Breaker>>,
}

#[derive(Debug, Default)]
struct Breaker {
    failures: u32,
    open_until: Option<Timestamp>,
}

impl Breakers {
    /// Whether a request may go to a host. After its time an open breaker lets one through, whose outcome decides.
    pub fn lets_through(&self, host: &str, now: Timestamp) -> bool {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(breaker) = hosts.get_mut(host) else { return true };
        match breaker.open_until {
            Some(until) if now < until => false,
            Some(_) => {
                breaker.open_until = now.checked_add(OPEN).ok();
                true
            }
            None => true,
        }
    }

    /// Notes that a host answered.
    pub fn answered(&self, host: &str) {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner).remove(host);
    }

    /// Notes that a host did not answer.
    pub fn failed(&self, host: &str, now: Timestamp) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= MOST_HOSTS && !hosts.contains_key(host) {
            return;
        }
        let breaker = hosts.entry(host.to_owned()).or_default();
        breaker.failures = breaker.failures.saturating_add(1);
        if breaker.failures >= FAILURES {
            breaker.open_until = now.checked_add(OPEN).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_failed_five_times_is_left_alone_for_half_a_minute() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let breakers = Breakers::default();
        for _ in 0..4 {
            breakers.failed("a.test", at(0));
        }
        assert!(breakers.lets_through("a.test", at(0)));
        breakers.failed("a.test", at(0));
        assert!(!breakers.lets_through("a.test", at(29)));
        assert!(breakers.lets_through("b.test", at(0)));
        // One try after its time; the others still wait for what becomes of it.
        assert!(breakers.lets_through("a.test", at(30)));
        assert!(!breakers.lets_through("a.test", at(31)));
        breakers.failed("a.test", at(31));
        assert!(!breakers.lets_through("a.test", at(60)));
        assert!(breakers.lets_through("a.test", at(61)));
        breakers.answered("a.test");
        assert!(breakers.lets_through("a.test", at(61)));
        breakers.failed("a.test", at(62));
        assert!(breakers.lets_through("a.test", at(62)), "an answer begins the count anew");
    }
}
