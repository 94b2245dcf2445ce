//! A container: an ordered set of keys, of which exactly one is active at any time.
//!
//! In: keys and an instant. Out: the active key, the published keys. Pure.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Key, KeyError, LONGEST_TOKEN};
use crate::config::SigningAlgorithm;

/// A policy key container with its keys, oldest first.
#[derive(Debug)]
pub struct Container {
    name: String,
    keys: Vec<Arc<Key>>,
}

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Signs now.
    Active,
    /// Published, will sign later or if another fails.
    Waiting,
    /// Published for tokens that live; signs no more.
    Retired,
    /// Not published any more.
    Gone,
}

impl Container {
    pub(super) fn new(name: String, keys: Vec<Arc<Key>>) -> Self {
        Self { name, keys }
    }

    /// The name as first written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All keys, oldest first.
    #[must_use]
    pub fn keys(&self) -> &[Arc<Key>] {
        &self.keys
    }

    /// The active key (protocols 13): of the keys valid at `now` the one whose `nbf` is the latest;
    /// keys without `nbf` come last, as a safety net. Of equals the younger.
    ///
    /// # Errors
    /// `OutOfTime` when none is valid.
    pub fn active(&self, now: Timestamp) -> Result<Arc<Key>, KeyError> {
        self.latest(now, |_| true).ok_or(KeyError::OutOfTime)
    }

    /// The key that signs by an algorithm, chosen among those for it as the active one is among all.
    ///
    /// # Errors
    /// `OutOfTime` when no key is valid, `WrongKind` when none of the valid ones is for the algorithm.
    pub fn active_for(&self, algorithm: SigningAlgorithm, now: Timestamp) -> Result<Arc<Key>, KeyError> {
        self.active(now)?;
        self.latest(now, |key| key.algorithm() == Some(algorithm)).ok_or(KeyError::WrongKind)
    }

    /// The algorithms of the keys valid now, the active key's first.
    #[must_use]
    pub fn algorithms(&self, now: Timestamp) -> Vec<SigningAlgorithm> {
        let active = self.active(now).ok().and_then(|key| key.algorithm());
        let others = SigningAlgorithm::ALL.into_iter().filter(|one| Some(*one) != active);
        let others = others.filter(|one| self.active_for(*one, now).is_ok());
        active.into_iter().chain(others).collect()
    }

    fn latest(&self, now: Timestamp, fits: impl Fn(&Key) -> bool) -> Option<Arc<Key>> {
        let usable = self.keys.iter().filter(|key| key.usable(now) && fits(key));
        usable.max_by_key(|key| key.not_before()).cloned()
    }

    /// The keys to publish: each that is active now, of all or of those for its algorithm, will be active at some later
    /// time, or was active so lately that a token it signed may still live. Oldest first.
    #[must_use]
    pub fn published(&self, now: Timestamp) -> Vec<Arc<Key>> {
        let from = now.saturating_sub(LONGEST_TOKEN).unwrap_or(Timestamp::MIN);
        // The active key changes only at an edge of some key's life.
        let edges = self.keys.iter().flat_map(Key::edges).filter(|edge| *edge > from);
        let actives: Vec<Arc<Key>> =
            edges.chain([from, now]).flat_map(|instant| self.actives(instant)).collect();
        let is_published = |key: &&Arc<Key>| actives.iter().any(|active| Arc::ptr_eq(active, key));
        self.keys.iter().filter(is_published).cloned().collect()
    }

    /// The active key, and those that sign for applications that want another algorithm.
    fn actives(&self, now: Timestamp) -> impl Iterator<Item = Arc<Key>> {
        let named = SigningAlgorithm::ALL.into_iter().filter_map(move |one| self.active_for(one, now).ok());
        self.active(now).into_iter().chain(named)
    }

    /// The state of a key of this container.
    #[must_use]
    pub fn state(&self, key: &Key, now: Timestamp) -> KeyState {
        let published = self.published(now).iter().any(|other| other.kid() == key.kid());
        if self.active(now).is_ok_and(|active| active.kid() == key.kid()) {
            KeyState::Active
        } else if !published {
            KeyState::Gone
        } else if key.created().max(key.not_before().unwrap_or(Timestamp::MIN)) > now {
            KeyState::Waiting
        } else {
            KeyState::Retired
        }
    }

    /// Until when [`Container::public_set`] says what it says now: the next edge of a key's life, or the instant its last
    /// token dies.
    #[must_use]
    pub fn unchanged_until(&self, now: Timestamp) -> Timestamp {
        let edges = self.keys.iter().flat_map(Key::edges);
        let both = edges.flat_map(|edge| [Some(edge), edge.checked_add(LONGEST_TOKEN).ok()]);
        both.flatten().filter(|edge| *edge > now).min().unwrap_or(Timestamp::MAX)
    }

    /// The published keys as a JWKS document.
    #[must_use]
    pub fn public_set(&self, now: Timestamp) -> String {
        let keys: Vec<serde_json::Value> = self.published(now).iter().filter_map(|key| key.jwk()).collect();
        serde_json::json!({ "keys": keys }).to_string()
    }
}

#[cfg(test)]
#[path = "container_tests.rs"]
mod tests;
