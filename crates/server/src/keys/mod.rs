//! Policy keys: the containers `B2C_1A_…` that policies name, their rotation, their public set.
//!
//! In: a tenant and a container's name. Out: the key to sign with, the public set to publish, the
//! verdict on a token. Private parts are sealed in the database, parsed once, and kept in memory;
//! other processes' changes are noticed within seconds. What must not be known here: what a token
//! says, which policy uses which container, HTTP.

mod container;
mod import;
mod key;
mod pair;
mod verify;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::config::SigningAlgorithm;
use crate::seal::{SealError, Sealer};
use crate::store::{KeyRow, Store, StoreError};
pub use container::{Container, KeyState};
pub use key::{Key, KeyType, KeyUse};
pub use verify::{Expect, Verified};

/// How long a token signed with a key that has just been succeeded may live: the greatest lifetime
/// a policy can set (technical-profiles 16: 86,400 s) and five minutes for clocks.
pub const LONGEST_TOKEN: SignedDuration = SignedDuration::from_secs(86_400 + 300);
/// Clients read the key set once a day (protocols 1): a new key is published so long before it signs.
pub const ROTATION_LEAD: SignedDuration = SignedDuration::from_hours(24);
/// Another process' change is noticed after this at the latest.
const REREAD: SignedDuration = SignedDuration::from_secs(5);
const MOST_NAME: usize = 128;

/// Why a key is not to be had.
#[derive(Debug)]
pub enum KeyError {
    /// No container of this name (AADB2C90025).
    Missing,
    /// The container has keys, but all have expired or none is valid yet (AADB2C90220).
    OutOfTime,
    /// The key is of another type or use than asked for.
    WrongKind,
    /// The name of the container is not one.
    Name,
    /// The material given for a new key is refused; says why.
    Rejected(&'static str),
    /// A token that none of the container's keys signed, or that is malformed.
    Signature,
    /// A token out of its time: expired, or not valid yet.
    Expired,
    /// A token of another issuer or for another audience.
    Mismatch,
    /// The private part does not open.
    Seal(SealError),
    /// The database failed.
    Store(StoreError),
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no policy key of this name"),
            Self::OutOfTime => f.write_str("no key of the container is valid at this time"),
            Self::WrongKind => f.write_str("the policy key is of another type than needed here"),
            Self::Name => f.write_str("a policy key is named `B2C_1A_` and letters, digits, `_` or `-`"),
            Self::Rejected(why) => write!(f, "the key is refused: {why}"),
            Self::Signature => f.write_str("the token was not signed by a key of this container"),
            Self::Expired => f.write_str("the token is out of its time"),
            Self::Mismatch => f.write_str("the token is of another issuer or for another audience"),
            Self::Seal(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeyError {}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SealError> for KeyError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

/// What a new key is made of.
#[derive(Clone)]
pub enum Material {
    /// A new pair for an algorithm; RSA has 2048 bits.
    Generate(SigningAlgorithm),
    /// A new secret of 256 random bits.
    GenerateSecret,
    /// A given secret, as its bytes.
    Secret(Vec<u8>),
    /// A private key as PEM (PKCS#8, or PKCS#1 for RSA) and the algorithm it is for, where it fits several; or a
    /// certificate chain with its private key.
    Pem(String, Option<SigningAlgorithm>),
}

/// A key to be added.
#[derive(Clone)]
pub struct NewKey {
    /// What for.
    pub key_use: KeyUse,
    /// What of.
    pub material: Material,
    /// Not to be used before; none: a safety net, used when no other key is valid.
    pub not_before: Option<Timestamp>,
    /// Not to be used from here on.
    pub expires: Option<Timestamp>,
}

impl NewKey {
    /// A new RSA signing key that is valid from `not_before` on.
    #[must_use]
    pub fn rsa_signing(not_before: Option<Timestamp>) -> Self {
        Self {
            key_use: KeyUse::Sig,
            material: Material::Generate(SigningAlgorithm::Rs256),
            not_before,
            expires: None,
        }
    }
}

/// The policy keys of all tenants. Clones share memory.
#[derive(Clone)]
pub struct Keys {
    store: Store,
    sealer: Sealer,
    clock: Clock,
    cache: Arc<Cache>,
}

#[derive(Default)]
struct Cache {
    containers: RwLock<HashMap<(String, String), Arc<Container>>>,
    generation: AtomicI64,
    read_at: AtomicI64,
}

impl Keys {
    /// Keys over a store, their private parts sealed by `sealer`.
    #[must_use]
    pub fn new(store: Store, sealer: Sealer, clock: Clock) -> Self {
        Self { store, sealer, clock, cache: Arc::default() }
    }

    /// The container of this name (compared without case).
    ///
    /// # Errors
    /// `Missing` when there is none.
    pub async fn container(&self, tenant: &str, name: &str) -> Result<Arc<Container>, KeyError> {
        self.reread().await?;
        let place = (tenant.to_owned(), name.to_lowercase());
        if let Some(found) = self.read_cache().get(&place) {
            return Ok(Arc::clone(found));
        }
        let generation = self.cache.generation.load(Ordering::SeqCst);
        let container = Arc::new(self.load(tenant, name).await?);
        // A change between reading and keeping would be kept out for ever: then do not keep.
        let mut cache = self.cache.containers.write().unwrap_or_else(PoisonError::into_inner);
        if generation == self.cache.generation.load(Ordering::SeqCst) {
            cache.insert(place, Arc::clone(&container));
        }
        Ok(container)
    }

    /// The one active key of a container (protocols 13).
    ///
    /// # Errors
    /// `Missing`, or `OutOfTime` when none is valid now.
    pub async fn active(&self, tenant: &str, name: &str) -> Result<Arc<Key>, KeyError> {
        self.container(tenant, name).await?.active(self.clock.now())
    }

    /// The key that signs by an algorithm now, or the active one where none is named.
    ///
    /// # Errors
    /// `Missing`; `OutOfTime` when none is valid; `WrongKind` when none of the valid ones is for the algorithm.
    pub async fn signer(
        &self,
        tenant: &str,
        name: &str,
        algorithm: Option<SigningAlgorithm>,
    ) -> Result<Arc<Key>, KeyError> {
        let (container, now) = (self.container(tenant, name).await?, self.clock.now());
        match algorithm {
            None => container.active(now),
            Some(algorithm) => container.active_for(algorithm, now),
        }
    }

    /// The algorithms that tokens of the container may be signed by now, the active key's first.
    ///
    /// # Errors
    /// `Missing`.
    pub async fn algorithms(&self, tenant: &str, name: &str) -> Result<Vec<SigningAlgorithm>, KeyError> {
        Ok(self.container(tenant, name).await?.algorithms(self.clock.now()))
    }

    /// The container's public keys as a JWKS document: those valid now or later, and those that
    /// signed until so lately that their tokens may live. Never a private member.
    ///
    /// # Errors
    /// `Missing`.
    pub async fn public_set(&self, tenant: &str, name: &str) -> Result<String, KeyError> {
        Ok(self.container(tenant, name).await?.public_set(self.clock.now()))
    }

    /// Checks a token of ours against the container's published keys, and reads its claims.
    ///
    /// # Errors
    /// `Signature`, `Expired`, `Mismatch`.
    pub async fn verify(
        &self,
        tenant: &str,
        name: &str,
        token: &str,
        expect: &Expect<'_>,
    ) -> Result<Verified, KeyError> {
        let container = self.container(tenant, name).await?;
        verify::verify(&container, token, expect, self.clock.now())
    }

    /// Adds a key to a container, making the container with its first key. The name is completed to
    /// `B2C_1A_…`. RSA keys are generated on a thread of their own, as that takes a while.
    ///
    /// # Errors
    /// `Name`, `Rejected`, and those of the store.
    pub async fn add(&self, tenant: &str, name: &str, new: NewKey) -> Result<Arc<Key>, KeyError> {
        let name = container_name(name)?;
        let made = tokio::task::spawn_blocking(move || import::make(&new).map(|private| (new, private)))
            .await
            .map_err(|_| KeyError::Rejected("the key could not be made"))?;
        let (new, private) = made?;
        let created = self.clock.now();
        for _ in 0..8 {
            let rows = self.store.policy_keys(tenant, &name).await?;
            if rows.iter().any(|row| row.kid == private.kid) {
                return Err(KeyError::Rejected("the container has this key already"));
            }
            let position = rows.last().map_or(1, |row| row.position + 1);
            let display = rows.first().map_or_else(|| name.clone(), |row| row.container.clone());
            let purpose = purpose(tenant, &name, position);
            let row = KeyRow {
                container: display,
                position,
                kid: private.kid.clone(),
                key_type: private.key_type.as_str().to_owned(),
                key_use: new.key_use.as_str().to_owned(),
                not_before: new.not_before,
                expires: new.expires,
                created,
                public: private.public.clone(),
                sealed: self.sealer.seal(&purpose, &private.bytes, created)?,
            };
            match self.store.add_policy_key(tenant, &row).await {
                Err(error) if error.is_already_exists() => {} // another took the position: the next one
                Err(error) => return Err(error.into()),
                Ok(()) => {
                    self.forget();
                    return Ok(Arc::new(Key::read(&row, &private.bytes)?));
                }
            }
        }
        Err(KeyError::Rejected("the container is being changed by many at once"))
    }

    /// Makes sure that a container exists, adding `new` when it does not. `true` when it was made.
    ///
    /// # Errors
    /// As of [`Self::add`].
    pub async fn ensure(&self, tenant: &str, name: &str, new: NewKey) -> Result<bool, KeyError> {
        match self.container(tenant, name).await {
            Ok(_) => Ok(false),
            Err(KeyError::Missing) => self.add(tenant, name, new).await.map(|_| true),
            Err(error) => Err(error),
        }
    }

    /// Adds a successor of the same kind and use as the container's newest key. It signs from
    /// `from` on, or after [`ROTATION_LEAD`], so that every client has seen it before.
    ///
    /// # Errors
    /// `Missing`, and as of [`Self::add`].
    pub async fn rotate(
        &self,
        tenant: &str,
        name: &str,
        from: Option<Timestamp>,
    ) -> Result<Arc<Key>, KeyError> {
        self.rotate_to(tenant, name, (from, None)).await
    }

    /// As [`Self::rotate`], to a key for another algorithm where one is named.
    ///
    /// # Errors
    /// As of [`Self::rotate`].
    pub async fn rotate_to(
        &self,
        tenant: &str,
        name: &str,
        (from, algorithm): (Option<Timestamp>, Option<SigningAlgorithm>),
    ) -> Result<Arc<Key>, KeyError> {
        let container = self.container(tenant, name).await?;
        let newest = container.keys().last().ok_or(KeyError::Missing)?;
        let material = match (algorithm.or(newest.algorithm()), newest.key_type()) {
            (Some(algorithm), _) => Material::Generate(algorithm),
            (None, KeyType::Certificate) => {
                return Err(KeyError::Rejected("a certificate is replaced by importing the next one"));
            }
            (None, _) => Material::GenerateSecret,
        };
        let lead = || self.clock.now().saturating_add(ROTATION_LEAD).unwrap_or(Timestamp::MAX);
        let not_before = Some(from.unwrap_or_else(lead));
        let new = NewKey { key_use: newest.key_use(), material, not_before, expires: None };
        self.add(tenant, name, new).await
    }

    /// The tenant's containers in order of name.
    ///
    /// # Errors
    /// Those of the store, or a private part that does not open.
    pub async fn list(&self, tenant: &str) -> Result<Vec<Arc<Container>>, KeyError> {
        let mut containers = Vec::new();
        for name in self.store.policy_key_containers(tenant).await? {
            containers.push(self.container(tenant, &name).await?);
        }
        Ok(containers)
    }

    /// Sets a container aside as `{name}.bak` (protocols 13); `false` when there was none.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn delete(&self, tenant: &str, name: &str) -> Result<bool, KeyError> {
        let found = self.store.set_aside_policy_keys(tenant, name).await?;
        self.forget();
        Ok(found)
    }

    /// Forgets all that is kept in memory; the next call reads anew.
    pub fn forget(&self) {
        let mut containers = self.cache.containers.write().unwrap_or_else(PoisonError::into_inner);
        self.cache.generation.store(-1, Ordering::SeqCst);
        self.cache.read_at.store(i64::MIN, Ordering::SeqCst);
        containers.clear();
    }

    fn read_cache(&self) -> std::sync::RwLockReadGuard<'_, HashMap<(String, String), Arc<Container>>> {
        self.cache.containers.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every few seconds, asks the database whether another process changed a key.
    async fn reread(&self) -> Result<(), KeyError> {
        let now = self.clock.now().as_millisecond();
        let last = self.cache.read_at.load(Ordering::SeqCst);
        let age = now.saturating_sub(last);
        if (0..i64::try_from(REREAD.as_millis()).unwrap_or(0)).contains(&age) {
            return Ok(());
        }
        let generation = self.store.key_generation().await?;
        if generation != self.cache.generation.load(Ordering::SeqCst) {
            self.sealer.refresh().await?;
            let mut containers = self.cache.containers.write().unwrap_or_else(PoisonError::into_inner);
            self.cache.generation.store(generation, Ordering::SeqCst);
            containers.clear();
        }
        self.cache.read_at.store(now, Ordering::SeqCst);
        Ok(())
    }

    async fn load(&self, tenant: &str, name: &str) -> Result<Container, KeyError> {
        let rows = self.store.policy_keys(tenant, name).await?;
        let display = rows.first().ok_or(KeyError::Missing)?.container.clone();
        let mut keys = Vec::new();
        for row in &rows {
            let private = self.sealer.unseal(&purpose(tenant, &original(name), row.position), &row.sealed)?;
            keys.push(Arc::new(Key::read(row, &private)?));
        }
        Ok(Container::new(display, keys))
    }
}

/// A sealed key opens only in its tenant, container and place: rows cannot be swapped.
fn purpose(tenant: &str, name: &str, position: i64) -> String {
    format!("policy key {tenant} {} {position}", name.to_lowercase())
}

/// A container that was set aside keeps the seal of its first name.
fn original(name: &str) -> String {
    let name = name.to_lowercase();
    name.strip_suffix(".bak").map_or_else(|| name.clone(), str::to_owned)
}

/// Completes and judges a container's name (attack 125).
///
/// # Errors
/// `Name`.
pub fn container_name(name: &str) -> Result<String, KeyError> {
    let known = name.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("B2C_1A_"));
    let full = if known { name.to_owned() } else { format!("B2C_1A_{name}") };
    let rest = full.get(7..).unwrap_or_default();
    let good = !rest.is_empty()
        && full.len() <= MOST_NAME
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if good { Ok(full) } else { Err(KeyError::Name) }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
