//! The password check of the built-in directory (technical-profiles 6, attacks 49 to 52, 57, 60).
//!
//! In: a sign-in name, a password, where they come from. Out: [`SignIn`]. Whatever the account is,
//! the same steps run: one read, one try counted, one hash. Order: lockout, existence, password, old
//! password, enabled, expiry; nothing about an account shows before its password was right.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::lockout::{self, Ticket};
use super::password::{self, Verdict};
use super::{Busy, Directory, User, canonical, rules};
use crate::store::{Change, KeyHash, Kind, LockoutKey, Record, StoreError, UserFind, UserRow};

/// One sign-in.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The tenant's name.
    pub tenant: &'a str,
    /// The sign-in name as typed.
    pub name: &'a str,
    /// The password as sent.
    pub password: &'a str,
    /// Where the request comes from.
    pub address: IpAddr,
    /// The secret of the browser's long-lived device cookie, if it sent one. After a successful
    /// sign-in with it the browser is known for the account.
    pub device: Option<&'a str>,
}

/// What became of a sign-in.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// The password is right and the account may be used.
    Ok {
        /// The user.
        user: Box<User>,
        /// The password must be changed first: it has expired, or a change is forced. Without
        /// `continueOnPasswordExpiration` this is an error (`UserMessageIfPasswordExpired`).
        must_change: bool,
    },
    /// No account has this sign-in name (AADB2C90053).
    UnknownUser,
    /// The password is wrong (AADB2C90054).
    WrongPassword,
    /// The password is the one before the present (`UserMessageIfOldPasswordUsed`).
    OldPassword,
    /// The password is right, the account is disabled (AADB2C90111).
    Disabled,
    /// Too many failures: neither account nor password was looked at (AADB2C90114).
    Locked,
    /// No room to hash at this moment (503, `AADRequestsThrottled`).
    Busy {
        /// When to try again (`Retry-After`).
        retry_after: Duration,
    },
}

/// A try on its way: which row counts it.
struct Try<'a> {
    attempt: &'a Attempt<'a>,
    row: Option<UserRow>,
    account: String,
    scope: Scope,
    now: Timestamp,
}

/// From what sort of place a try comes; each sort has a count of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scope {
    /// A browser that signed in to this account before: not locked out by others (attack 52).
    Device(String),
    /// An address from which this account was signed in to before.
    Familiar,
    /// Anywhere else, all together: a thousand addresses get no more tries than one.
    Unfamiliar,
}

impl Scope {
    fn as_str(&self) -> &str {
        match self {
            Self::Device(name) => name,
            Self::Familiar => "familiar",
            Self::Unfamiliar => "unfamiliar",
        }
    }
}

const RETRY_AFTER: Duration = Duration::from_secs(5);

impl Directory {
    /// Checks a password.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sign_in(&self, attempt: &Attempt<'_>) -> Result<SignIn, StoreError> {
        let now = self.clock.now();
        let row = self.account_row(attempt).await?;
        let account = match &row {
            Some(row) => row.object_id.clone(),
            None => self.nobody(attempt, now),
        };
        let scope = self.scope(attempt, &account, now).await?;
        let this = Try { attempt, row, account, scope, now };
        let waiting = self.gate.enter(&this.account);
        let Ok(_pass) = tokio::time::timeout(self.hasher.settings().wait, waiting).await else {
            return Ok(SignIn::Busy { retry_after: RETRY_AFTER });
        };
        let Some(ticket) = self.begin(&this).await? else { return Ok(SignIn::Locked) };
        let normal = rules::normal(attempt.password);
        let text = normal.as_ref().map(|text| text.as_str());
        let hashes = this.row.as_ref().map(|row| &row.password);
        match password::compare(&self.hasher, text, hashes).await {
            Err(Busy) => {
                self.change(&this, move |row| lockout::give_back(row, ticket)).await?;
                Ok(SignIn::Busy { retry_after: RETRY_AFTER })
            }
            Ok(Verdict::Right { rehash }) => self.succeed(&this, normal, rehash).await,
            Ok(verdict) => self.fail(&this, ticket, verdict).await,
        }
    }

    /// The account of a sign-in name: local identities first, then the user principal name.
    async fn account_row(&self, attempt: &Attempt<'_>) -> Result<Option<UserRow>, StoreError> {
        // A text that is no name is looked for like any other: every try takes the same steps.
        let name = canonical::sign_in_name(attempt.name).unwrap_or_default();
        let mut found = self.store.find_users(attempt.tenant, &UserFind::SignIn(name.clone())).await?;
        let local = found
            .iter()
            .position(|row| row.identities.iter().any(|one| one.issuer.is_empty() && one.canonical == name));
        Ok(if found.is_empty() { None } else { Some(found.swap_remove(local.unwrap_or(0))) })
    }

    /// What stands for an account that does not exist: its name's digest, so that the table of
    /// failures is no list of what people typed.
    fn nobody(&self, attempt: &Attempt<'_>, now: Timestamp) -> String {
        let name = canonical::sign_in_name(attempt.name).unwrap_or_else(|| attempt.name.to_lowercase());
        format!("nobody {}", self.sealer.fingerprint("sign-in name", name.as_bytes(), now))
    }

    async fn scope(&self, attempt: &Attempt<'_>, account: &str, now: Timestamp) -> Result<Scope, StoreError> {
        let device = device_key(account, attempt.device.unwrap_or_default());
        let address = address_key(account, attempt.address);
        let both = ((Kind::KnownDevice, &device), (Kind::FamiliarAddress, &address));
        Ok(match self.store.either(attempt.tenant, both, now).await? {
            Some(Kind::KnownDevice) => Scope::Device(format!("device {}", device.as_str())),
            Some(_) => Scope::Familiar,
            None => Scope::Unfamiliar,
        })
    }

    async fn begin(&self, this: &Try<'_>) -> Result<Option<Ticket>, StoreError> {
        let settings = self.settings.lockout.clone();
        let now = this.now;
        // Almost every try is far from a lock, and counted by one statement.
        let below = settings.threshold.min(settings.reset_after);
        if below > 1 && self.store.count_try(this.key(), this.row.is_some(), (below, now)).await? {
            return Ok(Some(Ticket::PLAIN));
        }
        self.change(this, move |row| lockout::begin(row, &settings, now)).await
    }

    async fn change<T>(
        &self,
        this: &Try<'_>,
        change: impl FnOnce(&mut crate::store::LockoutRow) -> T + Send,
    ) -> Result<T, StoreError> {
        self.store.change_lockout(this.key(), this.row.is_some(), this.now, change).await
    }

    async fn fail(&self, this: &Try<'_>, ticket: Ticket, verdict: Verdict) -> Result<SignIn, StoreError> {
        let print = self.fingerprint(this);
        self.change(this, move |row| lockout::fail(row, ticket, &print)).await?;
        Ok(match (&this.row, verdict) {
            (None, _) => SignIn::UnknownUser,
            (Some(_), Verdict::Old) => SignIn::OldPassword,
            (Some(_), _) => SignIn::WrongPassword,
        })
    }

    async fn succeed(
        &self,
        this: &Try<'_>,
        normal: Option<Zeroizing<String>>,
        rehash: bool,
    ) -> Result<SignIn, StoreError> {
        let Some(row) = &this.row else { return Ok(SignIn::UnknownUser) };
        let mut changes = vec![this.forgiven()];
        if row.enabled {
            changes.extend(self.remembered(this));
        }
        self.store.apply(&changes).await?;
        if rehash && let Some(normal) = normal {
            self.rehash(row, &normal).await?;
        }
        if !row.enabled {
            return Ok(SignIn::Disabled);
        }
        let user = User::read(row)?;
        let must_change = user.must_change_password || self.expired(&user, this.now);
        Ok(SignIn::Ok { user: Box::new(user), must_change })
    }

    /// Hashes anew with today's parameters. Without room for it now, the next sign-in does it.
    async fn rehash(&self, row: &UserRow, normal: &str) -> Result<(), StoreError> {
        let Some(old) = &row.password.current else { return Ok(()) };
        if let Ok(new) = password::hash(&self.hasher, normal, None).await {
            self.store.replace_hash(&row.tenant, &row.object_id, old, &new).await?;
        }
        Ok(())
    }

    fn expired(&self, user: &User, now: Timestamp) -> bool {
        let never = user.text("passwordPolicies").unwrap_or_default().contains("DisablePasswordExpiration");
        let age = now.duration_since(user.password_changed);
        !never && self.settings.password_life.is_some_and(|life| age >= life)
    }

    /// From now on address and browser are familiar for the account.
    fn remembered(&self, this: &Try<'_>) -> Vec<Change> {
        let mut changes = Vec::new();
        if matches!(this.scope, Scope::Device(_)) {
            return changes;
        }
        let expires = this.now.saturating_add(self.settings.lockout.familiar).unwrap_or(Timestamp::MAX);
        let record = |kind, key| Record {
            kind,
            key,
            tenant: this.attempt.tenant.to_owned(),
            owner: this.account.clone(),
            version: 0,
            expires,
            body: "{}".to_owned(),
        };
        if this.scope == Scope::Unfamiliar {
            let key = address_key(&this.account, this.attempt.address);
            changes.push(Change::Put(record(Kind::FamiliarAddress, key)));
        }
        if let Some(device) = this.attempt.device {
            changes.push(Change::Put(record(Kind::KnownDevice, device_key(&this.account, device))));
        }
        changes
    }

    /// Keyed digest by which the same wrong password is known again. Outer spaces and a caps-lock
    /// slip make no other password: two guesses then pass as one, no more.
    fn fingerprint(&self, this: &Try<'_>) -> String {
        let typed = this.attempt.password.trim();
        let swapped: Zeroizing<String> = Zeroizing::new(typed.chars().flat_map(swap_case).collect());
        let one = if swapped.as_str() < typed { swapped.as_str() } else { typed };
        let purpose = format!("wrong password {} {}", this.attempt.tenant, this.account);
        self.sealer.fingerprint(&purpose, one.as_bytes(), this.now)
    }
}

impl Try<'_> {
    /// Its failures before a success.
    fn forgiven(&self) -> Change {
        Change::ClearLockout {
            tenant: self.attempt.tenant.to_owned(),
            account: self.account.clone(),
            scope: self.scope.as_str().to_owned(),
        }
    }

    fn key(&self) -> LockoutKey<'_> {
        LockoutKey { tenant: self.attempt.tenant, account: &self.account, scope: self.scope.as_str() }
    }
}

fn swap_case(letter: char) -> Vec<char> {
    if letter.is_uppercase() { letter.to_lowercase().collect() } else { letter.to_uppercase().collect() }
}

fn device_key(account: &str, device: &str) -> KeyHash {
    KeyHash::of(&format!("{account} device {device}"))
}

/// Neighbours count as one address: /24 of IPv4, /64 of IPv6.
fn address_key(account: &str, address: IpAddr) -> KeyHash {
    let prefix = match address.to_canonical() {
        IpAddr::V4(v4) => format!("{:08x}", u32::from(v4) >> 8),
        IpAddr::V6(v6) => format!("{:016x}", u128::from(v6) >> 64),
    };
    KeyHash::of(&format!("{account} address {prefix}"))
}

#[cfg(test)]
#[path = "sign_in_tests.rs"]
mod tests;
