//! The built-in directory: users, their names, attributes and passwords, and signing in.
//!
//! In: lookups and attributes by the names policies use (technical-profiles 3 and 24). Out: users, or
//! the reason why not. Uniqueness, password rules, hashing and lockout are decided here and nowhere
//! else. What must not be known here: technical profiles, claims, pages, tokens, HTTP.

mod attribute;
pub mod canonical;
mod foreign_hash;
mod gate;
mod guessable;
mod hasher;
mod lockout;
mod lookup;
mod password;
mod plan;
mod rules;
mod sign_in;
mod user;

use std::sync::Arc;

use jiff::SignedDuration;

use crate::chance;
use crate::clock::Clock;
use crate::seal::Sealer;
use crate::store::{Kind, LockoutKey, Store, StoreError, UserRow};
pub use attribute::Invalid;
pub use guessable::CommonPasswords;
pub use hasher::{Busy, Hasher, HasherSettings};
pub use lockout::LockoutSettings;
pub use lookup::Lookup;
pub use password::HashRefused;
pub use rules::{PasswordFault, PasswordRules};
pub use sign_in::{Attempt, SignIn};
pub use user::{FEDERATED, Federated, Identity, User, Value};

/// The directory's settings.
#[derive(Clone, Debug)]
pub struct DirectorySettings {
    /// Smart lockout.
    pub lockout: LockoutSettings,
    /// The page cuts outer spaces of passwords, so none may be set that has them (README 15).
    pub trim_spaces_in_password: bool,
    /// Passwords that nobody may set; `None`: the operator did not turn the check on.
    pub common: Option<Arc<CommonPasswords>>,
    /// Passwords expire after so long, unless the account's policies say otherwise; `None`: never.
    pub password_life: Option<SignedDuration>,
    /// A new password ends the user's browser sessions too.
    pub password_ends_sessions: bool,
}

impl Default for DirectorySettings {
    fn default() -> Self {
        Self {
            lockout: LockoutSettings::default(),
            trim_spaces_in_password: true,
            common: None,
            password_life: Some(SignedDuration::from_hours(24 * 90)),
            password_ends_sessions: true,
        }
    }
}

/// Why the directory did not do what it was asked.
#[derive(Debug)]
pub enum Refusal {
    /// The user, or one of its names, exists already (AADB2C90001).
    AlreadyExists,
    /// There is no such user (AADB2C90053).
    DoesNotExist,
    /// The lookup fits several users.
    NotUnique,
    /// An attribute that must be given is not.
    Missing(&'static str),
    /// An attribute's value is not taken.
    Attribute {
        /// The attribute's name.
        name: String,
        /// Why.
        reason: Invalid,
    },
    /// The password breaks a rule.
    Password(PasswordFault),
    /// An imported hash is not taken.
    Hash(HashRefused),
    /// Hashing has no room now: try again later.
    Busy,
    /// The database failed.
    Store(StoreError),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AlreadyExists => f.write_str("the user or one of its names exists already"),
            Self::DoesNotExist => f.write_str("there is no such user"),
            Self::NotUnique => f.write_str("several users fit"),
            Self::Missing(name) => write!(f, "`{name}` must be given"),
            Self::Attribute { name, reason } => write!(f, "`{name}` is not taken: {reason:?}"),
            Self::Password(fault) => write!(f, "the password is not taken: {fault:?}"),
            Self::Hash(HashRefused::Form) => f.write_str("the password's hash is of no known form"),
            Self::Hash(HashRefused::TooCostly) => {
                f.write_str("the password's hash asks for more memory or time than a sign-in may take")
            }
            Self::Busy => f.write_str("too many passwords are being hashed at this moment"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}

/// A name taken by another user is an expected answer; every other failure of the store is ours.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        if error.is_already_exists() { Self::AlreadyExists } else { Self::Store(error) }
    }
}

impl From<Busy> for Refusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// One attribute to be written, by its name in 24.1 in any case. `None` clears it.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The attribute's name.
    pub name: String,
    /// Its new value.
    pub value: Option<Value>,
    /// Whether a value that is stored already stays. Only plain attributes know it: names and passwords are replaced.
    pub keep: bool,
}

impl Write {
    /// An attribute with a text.
    #[must_use]
    pub fn text(name: &str, text: &str) -> Self {
        Self::value(name, Value::Text(text.to_owned()))
    }

    /// An attribute with a value.
    #[must_use]
    pub fn value(name: &str, value: Value) -> Self {
        Self { name: name.to_owned(), value: Some(value), keep: false }
    }

    /// The same, but a value that is stored already stays where `overwrite` is false.
    #[must_use]
    pub fn overwriting(self, overwrite: bool) -> Self {
        Self { keep: !overwrite, ..self }
    }

    /// An attribute to be cleared.
    #[must_use]
    pub fn clear(name: &str) -> Self {
        Self { name: name.to_owned(), value: None, keep: false }
    }
}

/// What a write does when the lookup fits a user, and when not (technical-profiles 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Makes the user, or changes the one there.
    CreateOrUpdate,
    /// Makes the user; `AlreadyExists` when there is one.
    Create,
    /// Changes the user; `DoesNotExist` when there is none.
    Update,
}

/// A user who comes from elsewhere ([`Directory::import`]).
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// What nobody may have yet: one of the names.
    pub lookup: Lookup,
    /// The id it had there, a UUID in lower case; none: a new one.
    pub object_id: Option<String>,
    /// Its attributes.
    pub writes: Vec<Write>,
    /// The hash of its password, instead of the password.
    pub hash: Option<String>,
}

/// A user after a write.
#[derive(Clone, Debug)]
pub struct Persisted {
    /// As it is now.
    pub user: User,
    /// Whether the write made it (`newClaimsPrincipalCreated`).
    pub created: bool,
}

/// The directory of all tenants. Clones share it.
#[derive(Clone)]
pub struct Directory {
    store: Store,
    sealer: Sealer,
    clock: Clock,
    hasher: Hasher,
    settings: Arc<DirectorySettings>,
    gate: gate::Gate,
}

/// What ends with a revocation, or when the account is disabled; and with a password, as it was given under the old one
/// (attacks 67 and 77). The browser that set the new one gets a new session when its journey ends.
const ENDS_WITH_REVOCATION: &[Kind] =
    &[Kind::BrowserSession, Kind::RefreshToken, Kind::TokenFamily, Kind::Code];
/// What ends with a password where the operator leaves browser sessions alone.
const GRANTS: &[Kind] = &[Kind::RefreshToken, Kind::TokenFamily, Kind::Code];

impl Directory {
    /// The directory over its parts.
    #[must_use]
    pub fn new(
        store: Store,
        sealer: Sealer,
        clock: Clock,
        hasher: Hasher,
        settings: DirectorySettings,
    ) -> Self {
        let most_at_once = usize::try_from(settings.lockout.threshold / 2).unwrap_or(1);
        let gate = gate::Gate::new(hasher.threads().min(most_at_once).max(1));
        Self { store, sealer, clock, hasher, settings: Arc::new(settings), gate }
    }

    /// The user that a lookup fits.
    ///
    /// # Errors
    /// `NotUnique` when it fits several; those of the store.
    pub async fn find(&self, tenant: &str, lookup: &Lookup) -> Result<Option<User>, Refusal> {
        let row = self.find_row(tenant, lookup).await?;
        Ok(row.map(|row| User::read(&row)).transpose()?)
    }

    /// Finds, decides and writes in one transaction (technical-profiles 3.3 and 3.4). A name that
    /// another user takes at the same instant is `AlreadyExists`.
    ///
    /// # Errors
    /// Every [`Refusal`]; nothing was written then.
    pub async fn write(
        &self,
        tenant: &str,
        lookup: &Lookup,
        writes: &[Write],
        mode: Mode,
    ) -> Result<Persisted, Refusal> {
        let plan = plan::Plan::read(writes)?;
        let before = self.find_row(tenant, lookup).await?;
        permitted(mode, lookup, before.is_some())?;
        let hash = self.hash_for(&plan, before.as_ref()).await?;
        let ends = if self.settings.password_ends_sessions { ENDS_WITH_REVOCATION } else { GRANTS };
        let place = plan::Place { tenant, lookup, object_id: &chance::uuid(), now: self.clock.now(), ends };
        let row = self
            .store
            .persist_user(tenant, &lookup.finds(), |found| {
                let found = single(found)?;
                permitted(mode, lookup, found.is_some())?;
                plan.apply(&place, found, hash.as_deref())
            })
            .await?;
        if plan.password().is_some() {
            self.unlock(tenant, &row.object_id).await?;
        }
        Ok(Persisted { created: row.object_id == place.object_id, user: User::read(&row)? })
    }

    /// Makes a user who comes from elsewhere, with the object id and the password's hash that it had there. The hash is
    /// made anew at the first sign-in, with today's parameters.
    ///
    /// # Errors
    /// Every [`Refusal`]; nothing was written then.
    pub async fn import(&self, tenant: &str, newcomer: &Newcomer) -> Result<User, Refusal> {
        let plan = plan::Plan::read(&newcomer.writes)?;
        let given = newcomer.hash.as_deref().map(password::imported).transpose().map_err(Refusal::Hash)?;
        let hash = match given {
            Some(hash) => Some(hash),
            None => self.hash_for(&plan, None).await?,
        };
        let fresh = chance::uuid();
        let object_id = newcomer.object_id.as_deref().unwrap_or(&fresh);
        let taken = self.find_row(tenant, &Lookup::ObjectId(object_id.to_owned())).await?;
        permitted(Mode::Create, &newcomer.lookup, taken.is_some())?;
        let now = self.clock.now();
        let place = plan::Place { tenant, lookup: &newcomer.lookup, object_id, now, ends: &[] };
        let finds = newcomer.lookup.finds();
        let made = self.store.persist_user(tenant, &finds, |found| {
            permitted(Mode::Create, &newcomer.lookup, single(found)?.is_some())?;
            plan.apply(&place, None, hash.as_deref())
        });
        Ok(User::read(&made.await?)?)
    }

    /// Removes the user that a lookup fits, with every session, token and code; `false` when there
    /// is none.
    ///
    /// # Errors
    /// `NotUnique`; those of the store.
    pub async fn delete(&self, tenant: &str, lookup: &Lookup) -> Result<bool, Refusal> {
        match self.find_row(tenant, lookup).await? {
            Some(row) => Ok(self.store.delete_user(tenant, &row.object_id).await?),
            None => Ok(false),
        }
    }

    /// Ends every session, refresh token and code of a user, and raises
    /// `refreshTokensValidFromDateTime` to now.
    ///
    /// # Errors
    /// `DoesNotExist`; those of the store.
    pub async fn revoke(&self, tenant: &str, object_id: &str) -> Result<User, Refusal> {
        let now = self.clock.now();
        let lookup = Lookup::ObjectId(object_id.to_owned());
        let row = self
            .store
            .persist_user(tenant, &lookup.finds(), |found| {
                let found = single(found)?.ok_or(Refusal::DoesNotExist)?;
                let row =
                    UserRow { tokens_valid_from: now.max(found.tokens_valid_from), ..plan::kept(found)? };
                Ok::<_, Refusal>(crate::store::UserChange { row, drop: ENDS_WITH_REVOCATION })
            })
            .await?;
        Ok(User::read(&row)?)
    }

    /// Forgets the failed sign-ins of a user: a password reset, or an administrator.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn unlock(&self, tenant: &str, object_id: &str) -> Result<(), Refusal> {
        Ok(self.store.clear_lockout(LockoutKey { tenant, account: object_id, scope: "" }).await?)
    }

    /// Users in order of object id, those after `after` (empty: from the start), at most `limit`.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(&self, tenant: &str, after: &str, limit: u32) -> Result<Vec<User>, Refusal> {
        let rows = self.store.list_users(tenant, after, limit).await?;
        Ok(rows.iter().map(User::read).collect::<Result<_, _>>()?)
    }

    /// The hashing threads, for health and tests.
    #[must_use]
    pub fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    async fn find_row(&self, tenant: &str, lookup: &Lookup) -> Result<Option<UserRow>, Refusal> {
        let mut found: Vec<UserRow> = Vec::new();
        for find in lookup.finds() {
            found.extend(self.store.find_users(tenant, &find).await?);
        }
        found.dedup_by(|one, other| one.object_id == other.object_id);
        Ok(single(&found)?.cloned())
    }

    /// Judges and hashes the password of a write, before the transaction: hashing takes a while.
    async fn hash_for(&self, plan: &plan::Plan, before: Option<&UserRow>) -> Result<Option<String>, Refusal> {
        let Some(password) = plan.password() else { return Ok(None) };
        let known = before.map(User::read).transpose()?;
        let policies = plan.password_policies(known.as_ref());
        let rules = PasswordRules {
            strong: !policies.contains("DisableStrongPassword"),
            trimmed: self.settings.trim_spaces_in_password,
        };
        let normal = rules.judge(password).map_err(Refusal::Password)?;
        if let Some(common) = &self.settings.common {
            common.judge(&normal, &plan.names(known.as_ref())).map_err(Refusal::Password)?;
        }
        let replaced = before.and_then(|row| row.password.current.as_deref());
        Ok(Some(password::hash(&self.hasher, &normal, replaced).await?))
    }
}

/// The one user of those found.
fn single(found: &[UserRow]) -> Result<Option<&UserRow>, Refusal> {
    match found {
        [] => Ok(None),
        [first, rest @ ..] if rest.iter().all(|row| row.object_id == first.object_id) => Ok(Some(first)),
        _ => Err(Refusal::NotUnique),
    }
}

/// Object ids are never chosen by a policy: looking one up in vain never makes a user.
fn permitted(mode: Mode, lookup: &Lookup, hit: bool) -> Result<(), Refusal> {
    let may_create = mode != Mode::Update && !matches!(lookup, Lookup::ObjectId(_));
    match hit {
        true if mode == Mode::Create => Err(Refusal::AlreadyExists),
        false if !may_create => Err(Refusal::DoesNotExist),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod harness;
#[cfg(test)]
mod tests;
