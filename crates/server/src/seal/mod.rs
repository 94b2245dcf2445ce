//! Sealing: what the server writes down or hands out and must read back unseen and unchanged.
//!
//! In: plain bytes and a purpose. Out: a text that only this server opens, and only for the same
//! purpose (AES-256-GCM; the purpose is authenticated). Two levels of keys: the *master key* lives
//! outside the database and seals only the *seal keys*, which live in the database and seal
//! everything else. So changing the master key rewrites a few short rows, and a stolen database
//! opens nothing. New seal keys take over every month; old ones open what they sealed for ever.
//! What is sealed is not known here.

mod master;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use crate::chance;
use crate::store::{SealKeyRow, Store, StoreError};
pub use master::{MasterKey, MasterKeyError};

const NONCE_BYTES: usize = 12;
/// Random nonces of 96 bits are safe for 2³² messages a key: a month is far below that.
const KEY_AGE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// A new seal key is in the database for so long before it seals, so that every node has read it.
const LEAD: SignedDuration = SignedDuration::from_hours(1);

/// Why something could not be sealed or opened.
#[derive(Debug)]
pub enum SealError {
    /// Not a text of ours, altered, of another purpose, or of a key that is gone.
    Refused,
    /// The master key does not open this database's seal keys.
    WrongMasterKey,
    /// The database failed.
    Store(StoreError),
}

impl std::fmt::Display for SealError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused => f.write_str("the sealed text was not written by this server for this purpose"),
            Self::WrongMasterKey => f.write_str(
                "the master key does not belong to this database: give the one it was made with (docs/keys.md)",
            ),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SealError {}

impl From<StoreError> for SealError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Seals and opens. Clones share their keys.
#[derive(Clone)]
pub struct Sealer {
    store: Store,
    master: Arc<RwLock<MasterKey>>,
    ring: Arc<RwLock<Ring>>,
}

/// The seal keys by number.
#[derive(Default)]
struct Ring {
    keys: BTreeMap<i64, SealKey>,
}

struct SealKey {
    active_from: Timestamp,
    aead: RandomizedNonceKey,
    mac: hmac::Key,
}

impl Sealer {
    /// Opens the database's seal keys with the master key, making the first one when there is none.
    ///
    /// # Errors
    /// `WrongMasterKey` when there are keys and this master does not open them.
    pub async fn open(store: Store, master: MasterKey, now: Timestamp) -> Result<Self, SealError> {
        let sealer = Self {
            store,
            master: Arc::new(RwLock::new(master)),
            ring: Arc::new(RwLock::new(Ring::default())),
        };
        if sealer.store.seal_keys().await?.is_empty() {
            sealer.add_key(1, now).await?;
        }
        sealer.read_keys(Err).await?;
        Ok(sealer)
    }

    /// As [`Self::open`]; where one of the `previous` master keys opens the database and `master`
    /// does not, the master key is changed to `master` on the way. So a configured master key is
    /// changed by one restart.
    ///
    /// # Errors
    /// `WrongMasterKey` when none of the keys opens it.
    pub async fn open_or_change(
        store: Store,
        master: MasterKey,
        previous: Vec<MasterKey>,
        now: Timestamp,
    ) -> Result<Self, SealError> {
        let mut outcome = Self::open(store.clone(), master.twin(), now).await;
        for older in previous {
            if !matches!(outcome, Err(SealError::WrongMasterKey)) {
                break;
            }
            outcome = Self::open(store.clone(), older, now).await;
            if let Ok(sealer) = &outcome {
                sealer.rotate_master(master.twin()).await?;
            }
        }
        outcome
    }

    /// Seals `plain` for `purpose`: `number.base64url(nonce, ciphertext, tag)`.
    ///
    /// # Errors
    /// `Refused` when there is no key, which an opened sealer never meets.
    pub fn seal(&self, purpose: &str, plain: &[u8], now: Timestamp) -> Result<String, SealError> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let (number, key) = ring.present(now).ok_or(SealError::Refused)?;
        let sealed = seal_bytes(&key.aead, &context(number, purpose), plain)?;
        Ok(format!("{number}.{sealed}"))
    }

    /// Opens what [`Self::seal`] sealed for the same purpose.
    ///
    /// # Errors
    /// `Refused` for anything else.
    pub fn unseal(&self, purpose: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (number, sealed) = sealed.split_once('.').ok_or(SealError::Refused)?;
        let number: i64 = number.parse().map_err(|_| SealError::Refused)?;
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let key = ring.keys.get(&number).ok_or(SealError::Refused)?;
        open_bytes(&key.aead, &context(number, purpose), sealed)
    }

    /// A keyed digest of `data` for `purpose`, 128 bits in base64url: equal for equal data while the
    /// present seal key lasts, and useless to whoever holds the database alone.
    #[must_use]
    pub fn fingerprint(&self, purpose: &str, data: &[u8], now: Timestamp) -> String {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let Some((_, key)) = ring.present(now) else { return chance::token(16) };
        let mut mac = hmac::Context::with_key(&key.mac);
        mac.update(&u64::try_from(purpose.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(data);
        let tag = mac.sign();
        URL_SAFE_NO_PAD.encode(tag.as_ref().get(..16).unwrap_or_default())
    }

    /// Reads the seal keys that another node may have added. One that does not open is told in the
    /// log and left out: the master key was changed elsewhere, and this process goes on with what it
    /// has until it is restarted with the new one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn refresh(&self) -> Result<(), SealError> {
        self.read_keys(|error| {
            tracing::warn!(%error, "a new seal key is left out until a restart with the present master key");
            Ok(())
        })
        .await
    }

    async fn read_keys(
        &self,
        mismatch: impl Fn(SealError) -> Result<(), SealError> + Send,
    ) -> Result<(), SealError> {
        let rows = self.store.seal_keys().await?;
        let master = self.master.read().unwrap_or_else(PoisonError::into_inner);
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            if ring.keys.contains_key(&row.id) {
                continue; // what it seals with never changes, only what it is sealed with
            }
            match master.unseal(row.id, &row.sealed) {
                Ok(bytes) => {
                    ring.keys.insert(row.id, SealKey::new(row.active_from, &bytes)?);
                }
                Err(error) => mismatch(error)?,
            }
        }
        Ok(())
    }

    /// Adds a seal key when the newest is a month old. It seals after an hour.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn renew(&self, now: Timestamp) -> Result<(), SealError> {
        let newest = {
            let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
            ring.keys.iter().next_back().map(|(number, key)| (*number, key.active_from))
        };
        if let Some((number, active_from)) = newest
            && now.duration_since(active_from) >= KEY_AGE
            && self.is_master().await?
        {
            let from = now.saturating_add(LEAD).unwrap_or(now);
            self.add_key(number + 1, from).await?;
            self.refresh().await?;
        }
        Ok(())
    }

    /// Puts `new` in the place of the master key: every seal key is sealed anew, all or none. The
    /// caller keeps `new` safe *before* calling.
    ///
    /// # Errors
    /// `Refused` when another node changed the seal keys meanwhile; the old master key is still right then.
    pub async fn rotate_master(&self, new: MasterKey) -> Result<(), SealError> {
        let rows = self.store.seal_keys().await?;
        let mut changes = Vec::new();
        {
            let master = self.master.read().unwrap_or_else(PoisonError::into_inner);
            for row in rows {
                let bytes = master.unseal(row.id, &row.sealed)?;
                let sealed = new.seal(row.id, &bytes)?;
                changes.push((row, sealed));
            }
        }
        if !self.store.reseal(&changes).await? {
            return Err(SealError::Refused);
        }
        *self.master.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// Whether this process' master key is still the database's. If not, it must add nothing: the
    /// others could not open it.
    async fn is_master(&self) -> Result<bool, SealError> {
        let rows = self.store.seal_keys().await?;
        let master = self.master.read().unwrap_or_else(PoisonError::into_inner);
        Ok(rows.iter().all(|row| master.unseal(row.id, &row.sealed).is_ok()))
    }

    /// Two nodes may try at once: the number decides, the loser reads the winner's key.
    async fn add_key(&self, number: i64, active_from: Timestamp) -> Result<(), SealError> {
        let bytes = Zeroizing::new(chance::bytes::<32>());
        let sealed = {
            let master = self.master.read().unwrap_or_else(PoisonError::into_inner);
            master.seal(number, bytes.as_slice())?
        };
        self.store.add_seal_key(&SealKeyRow { id: number, active_from, sealed }).await?;
        Ok(())
    }
}

impl Ring {
    /// The newest key that is active; the oldest if none is yet.
    fn present(&self, now: Timestamp) -> Option<(i64, &SealKey)> {
        let active = self.keys.iter().rev().find(|(_, key)| key.active_from <= now);
        active.or_else(|| self.keys.iter().next()).map(|(number, key)| (*number, key))
    }
}

impl SealKey {
    fn new(active_from: Timestamp, bytes: &[u8]) -> Result<Self, SealError> {
        let aead = RandomizedNonceKey::new(&AES_256_GCM, bytes).map_err(|_| SealError::Refused)?;
        // The digest key is derived, so that one secret never serves two algorithms.
        let root = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let derived = hmac::sign(&root, b"vestibule fingerprint 1");
        Ok(Self { active_from, aead, mac: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) })
    }
}

fn context(number: i64, purpose: &str) -> String {
    format!("vestibule seal 1 {number} {purpose}")
}

fn seal_bytes(key: &RandomizedNonceKey, context: &str, plain: &[u8]) -> Result<String, SealError> {
    let mut body = plain.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(context.as_bytes()), &mut body)
        .map_err(|_| SealError::Refused)?;
    let mut sealed = nonce.as_ref().to_vec();
    sealed.append(&mut body);
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

fn open_bytes(
    key: &RandomizedNonceKey,
    context: &str,
    sealed: &str,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| SealError::Refused)?;
    let (nonce, body) = bytes.split_at_checked(NONCE_BYTES).ok_or(SealError::Refused)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Refused)?;
    let mut body = Zeroizing::new(body.to_vec());
    let length = key
        .open_in_place(nonce, Aad::from(context.as_bytes()), &mut body)
        .map_err(|_| SealError::Refused)?
        .len();
    body.truncate(length);
    Ok(body)
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
