//! Rate limits, and whose request it is.
//!
//! In: the `[limits]` part of the configuration; a client address or a mail address per request. Out: go on,
//! or how long to wait (attacks 53, 63). Kept in this process's memory, pruned, bounded; what must hold
//! across processes (codes, lockouts) is counted in the store as well. Not known here: HTTP answers.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::config::{Limits, Network, Rate};

/// How many keys one limit remembers before it counts coarser.
const MOST_KEYS: usize = 100_000;
/// A limit looks for forgotten keys once in so many checks.
const PRUNE_EVERY: u32 = 4096;
/// Longest forwarding header that is read, in addresses.
const MOST_HOPS: usize = 32;

/// Last digits of a telephone number that its range does not have.
const RANGE_DIGITS: usize = 4;

/// What a client wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Show or post a page.
    Page,
    /// Try a password.
    SignIn,
    /// Ask the token endpoint.
    Token,
}

/// Too often; not before so many seconds again (`Retry-After`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// At least 1.
    pub seconds: u64,
}

/// All rate limits of the server.
#[derive(Debug)]
pub struct RateLimits<C: Clock = DefaultClock> {
    enabled: bool,
    pages: Limit<Network, C>,
    sign_ins: Limit<Network, C>,
    sign_ins_network: Limit<Network, C>,
    tokens: Limit<Network, C>,
    codes: Limit<Network, C>,
    codes_mailbox: Limit<u64, C>,
    codes_range: Limit<u64, C>,
    mailbox_hash: RandomState,
}

impl RateLimits {
    /// As configured, by the machine's monotonic clock.
    #[must_use]
    pub fn new(config: &Limits) -> RateLimits {
        RateLimits::with_clock(config, &DefaultClock::default())
    }
}

impl<C: Clock + Clone> RateLimits<C> {
    /// The same with a clock of the test's own.
    #[must_use]
    pub fn with_clock(config: &Limits, clock: &C) -> RateLimits<C> {
        RateLimits {
            enabled: config.enabled,
            pages: Limit::new(config.pages, clock),
            sign_ins: Limit::new(config.sign_ins, clock),
            sign_ins_network: Limit::new(config.sign_ins_network, clock),
            tokens: Limit::new(config.tokens, clock),
            codes: Limit::new(config.codes, clock),
            codes_mailbox: Limit::new(config.codes_mailbox, clock),
            codes_range: Limit::new(config.codes_range, clock),
            mailbox_hash: RandomState::new(),
        }
    }

    /// Counts an act of a client. An IPv6 client is its /64.
    pub fn check(&self, act: Act, client: IpAddr) -> Result<(), Throttled> {
        if !self.enabled {
            return Ok(());
        }
        let one = Network::around(client, 32, 64);
        match act {
            Act::Page => self.pages.check(one, client),
            Act::Token => self.tokens.check(one, client),
            Act::SignIn => {
                self.sign_ins.check(one, client)?;
                self.sign_ins_network.check(Network::around(client, 24, 56), client)
            }
        }
    }

    /// Counts a one-time code that a client asks for; both limits answer alike.
    pub fn check_code(&self, client: IpAddr, mailbox: &str) -> Result<(), Throttled> {
        if !self.enabled {
            return Ok(());
        }
        let mailbox = self.mailbox_hash.hash_one(mailbox.to_lowercase());
        self.codes.check(Network::around(client, 32, 64), client)?;
        self.codes_mailbox.check_key(&mailbox)
    }
}

impl<C: Clock + Clone> RateLimits<C> {
    /// Counts a message or call to a number in E.164: as a code, and for the range that the number is of, so that a row of
    /// neighbouring numbers counts as one (attack 64).
    pub fn check_number(&self, client: IpAddr, number: &str) -> Result<(), Throttled> {
        if !self.enabled {
            return Ok(());
        }
        let range: String =
            number.chars().take(number.chars().count().saturating_sub(RANGE_DIGITS)).collect();
        self.check_code(client, number)?;
        self.codes_range.check_key(&self.mailbox_hash.hash_one(range))
    }
}

#[derive(Debug)]
struct Limit<K: Hash + Eq + Clone, C: Clock> {
    limiter: RateLimiter<K, DashMapStateStore<K>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    until_prune: AtomicU32,
    crowded: AtomicBool,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Limit<K, C> {
    fn new(rate: Rate, clock: &C) -> Self {
        let count = NonZeroU32::new(rate.count).unwrap_or(NonZeroU32::MIN);
        let one_in = Duration::from_secs(u64::from(rate.seconds.max(1))) / count.get();
        let quota =
            Quota::with_period(one_in).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(count);
        let limiter = RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        Limit {
            limiter,
            clock: clock.clone(),
            until_prune: AtomicU32::new(PRUNE_EVERY),
            crowded: AtomicBool::new(false),
        }
    }

    fn check_key(&self, key: &K) -> Result<(), Throttled> {
        if self.until_prune.fetch_sub(1, Ordering::Relaxed) <= 1 {
            self.until_prune.store(PRUNE_EVERY, Ordering::Relaxed);
            self.limiter.retain_recent();
            self.crowded.store(self.limiter.len() > MOST_KEYS, Ordering::Relaxed);
        }
        self.limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            Throttled { seconds: wait.as_secs() + 1 }
        })
    }
}

impl<C: Clock + Clone> Limit<Network, C> {
    /// While very many networks are remembered, whole regions of addresses share a count.
    fn check(&self, network: Network, client: IpAddr) -> Result<(), Throttled> {
        let crowded = self.crowded.load(Ordering::Relaxed);
        self.check_key(&if crowded { Network::around(client, 16, 32) } else { network })
    }
}

/// The client's address: the peer's, unless the peer is a trusted proxy; then the nearest address in
/// `X-Forwarded-For` that is none. A value that is no address ends the search at the proxy before it, so a
/// forged or malformed header never yields an address of the forger's choice (attack 54).
/// `forwarded`: the values of all `X-Forwarded-For` headers in their order.
pub fn client_address<'h>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'h str>,
    trusted: &[Network],
) -> IpAddr {
    let is_proxy = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = peer.to_canonical();
    let hops = forwarded.rev().flat_map(|value| value.rsplit(','));
    for hop in hops.take(MOST_HOPS) {
        if !is_proxy(nearest) {
            break;
        }
        let Some(address) = address(hop.trim()) else { break };
        nearest = address.to_canonical();
    }
    nearest
}

/// An address, perhaps with a port as some proxies write it. No zone ids, no names.
fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
