//! What a write does to a user (technical-profiles 3.4).
//!
//! In: attributes to be written. Out: first a [`Plan`], judged as far as it can be without the user;
//! then the user's row as it is to be. Pure, as it may be asked again when another write came between.

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::attribute::{self, Invalid, Kind};
use super::lookup::Lookup;
use super::user::{FEDERATED, Federated, Identity, User, Value};
use super::{ENDS_WITH_REVOCATION, Refusal, Write};
use crate::store::{self, PasswordRow, UserChange, UserRow};

const MOST_IDENTITIES: usize = 10;
const MOST_EXTENSIONS: usize = 100;

/// A write, sorted and judged.
#[derive(Default)]
pub(super) struct Plan {
    attributes: Vec<(String, Option<Value>)>,
    /// Names among them whose stored value stays.
    kept: Vec<String>,
    sign_in_names: Vec<(String, Option<String>)>,
    added: Vec<Federated>,
    federated: Option<Vec<Federated>>,
    principal: Option<String>,
    enabled: Option<bool>,
    must_change: Option<bool>,
    password: Option<Zeroizing<String>>,
}

/// Where and when a plan is applied.
pub(super) struct Place<'a> {
    pub(super) tenant: &'a str,
    pub(super) lookup: &'a Lookup,
    /// The id that a new user gets.
    pub(super) object_id: &'a str,
    pub(super) now: Timestamp,
    /// What ends with a new password.
    pub(super) ends: &'static [store::Kind],
}

impl Plan {
    /// Sorts and judges what is to be written.
    pub(super) fn read(writes: &[Write]) -> Result<Self, Refusal> {
        let mut plan = Self::default();
        for write in writes {
            plan.add(write).map_err(|reason| Refusal::Attribute { name: write.name.clone(), reason })?;
        }
        Ok(plan)
    }

    /// The password to be set, as given.
    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_ref().map(|text| text.as_str())
    }

    /// Names and addresses of the user as they will be: what a password must not repeat (attack 56).
    pub(super) fn names(&self, user: Option<&User>) -> Vec<String> {
        let written = self.sign_in_names.iter().filter_map(|(_, name)| name.clone());
        let shown = ["displayName", "givenName", "surname"].iter().filter_map(|name| {
            let given = self.attributes.iter().rev().find(|(known, _)| known == name);
            match given {
                Some((_, Some(Value::Text(text)))) => Some(text.clone()),
                _ => user.and_then(|user| user.text(name)).map(str::to_owned),
            }
        });
        let known = user.into_iter().flat_map(|user| user.identities.iter().filter(|one| one.is_local()));
        written.chain(shown).chain(known.map(|one| one.assigned.clone())).collect()
    }

    /// The password policies that will hold.
    pub(super) fn password_policies(&self, user: Option<&User>) -> String {
        let given = self.attributes.iter().rev().find(|(name, _)| name == "passwordPolicies");
        match given {
            Some((_, Some(Value::Text(text)))) => text.clone(),
            Some(_) => String::new(),
            None => user.and_then(|user| user.text("passwordPolicies")).unwrap_or_default().to_owned(),
        }
    }

    fn add(&mut self, write: &Write) -> Result<(), Invalid> {
        let (name, kind) = attribute::named(&write.name).ok_or(Invalid::Unknown)?;
        let value = write.value.clone();
        match kind {
            Kind::Ignored => {}
            Kind::ReadOnly => return Err(Invalid::ReadOnly),
            Kind::Enabled => self.enabled = flag(value.as_ref())?,
            Kind::MustChange => self.must_change = flag(value.as_ref())?,
            Kind::Principal => self.principal = text(value)?,
            Kind::Password => self.password = text(value)?.map(Zeroizing::new),
            Kind::SignInName => {
                let sign_in_type = attribute::sign_in_type(&name).ok_or(Invalid::Unknown)?.to_owned();
                self.sign_in_names.push((sign_in_type, text(value)?));
            }
            Kind::AddFederated => self.added.extend(federated(value)?),
            Kind::Federated => self.federated = Some(federated(value)?),
            _ => {
                self.kept.extend(write.keep.then(|| name.clone()));
                self.attributes.push((name, attribute::judge(kind, value)?));
            }
        }
        Ok(())
    }

    /// The row as it is to be.
    pub(super) fn apply(
        &self,
        place: &Place<'_>,
        found: Option<&UserRow>,
        hash: Option<&str>,
    ) -> Result<UserChange, Refusal> {
        let (mut user, hashes) = match found {
            Some(row) => (User::read(row)?, row.password.clone()),
            None => (blank(place), no_password(place.now)),
        };
        self.write_attributes(&mut user)?;
        self.write_identities(&mut user, place, found.is_none())?;
        self.write_principal(&mut user, found.is_none())?;
        user.enabled = self.enabled.unwrap_or(user.enabled);
        user.must_change_password = self.must_change.unwrap_or(user.must_change_password);
        let (hashes, drop) = self.write_password(&mut user, hashes, hash, place);
        if found.is_none() {
            complete(&user, hashes.current.is_some(), self.principal.is_some())?;
        }
        // Who is disabled keeps nothing that was granted (attack 34).
        let drop = if user.enabled { drop } else { ENDS_WITH_REVOCATION };
        Ok(UserChange { row: user.row(hashes, place.now)?, drop })
    }

    fn write_attributes(&self, user: &mut User) -> Result<(), Refusal> {
        let stays =
            |user: &User, name: &String| self.kept.contains(name) && user.attributes.contains_key(name);
        for (name, value) in &self.attributes {
            if stays(user, name) {
                continue;
            }
            match value {
                Some(value) => user.attributes.insert(name.clone(), value.clone()),
                None => user.attributes.remove(name),
            };
        }
        let extensions = user.attributes.keys().filter(|name| name.starts_with("extension_")).count();
        if extensions > MOST_EXTENSIONS {
            return Err(refused("extension_", Invalid::TooMany));
        }
        Ok(())
    }

    /// Naming one local type replaces all local names (3.4): those named stay, the others go.
    fn write_identities(&self, user: &mut User, place: &Place<'_>, new: bool) -> Result<(), Refusal> {
        let named = self.sign_in_names.iter().any(|(_, name)| name.is_some());
        user.identities.retain(|identity| {
            let cleared =
                self.sign_in_names.iter().any(|(kind, _)| kind.eq_ignore_ascii_case(&identity.sign_in_type));
            !identity.is_local() || (!named && !cleared)
        });
        for (sign_in_type, name) in &self.sign_in_names {
            if let Some(name) = name {
                add_local(user, sign_in_type, name)?;
            }
        }
        if let Some(all) = &self.federated {
            user.identities.retain(Identity::is_local);
            all.iter().for_each(|one| add_federated(user, one));
        }
        self.added.iter().for_each(|one| add_federated(user, one));
        if new && user.identities.is_empty() {
            identity_of_lookup(user, place.lookup)?;
        }
        if user.identities.len() > MOST_IDENTITIES {
            return Err(refused("identities", Invalid::TooMany));
        }
        Ok(())
    }

    /// A principal name is given when the user is made, or made of object id and tenant; later a
    /// write that repeats it changes nothing, any other is refused.
    fn write_principal(&self, user: &mut User, new: bool) -> Result<(), Refusal> {
        let wrong = |reason| refused("userPrincipalName", reason);
        let generated = || format!("{}@{}", user.object_id, user.tenant);
        let name = match (&self.principal, new) {
            (None, false) => return Ok(()),
            (None, true) => generated(),
            (Some(given), _) => given.trim().to_owned(),
        };
        let canonical = super::canonical::mail(&name).ok_or_else(|| wrong(Invalid::Name))?;
        if new {
            user.attributes.insert("userPrincipalName".to_owned(), Value::Text(name));
            return Ok(());
        }
        let same = super::canonical::mail(user.principal_name()).is_some_and(|known| known == canonical);
        if same { Ok(()) } else { Err(wrong(Invalid::ReadOnly)) }
    }

    /// A new password moves the present one to the place of the old, ends what was granted under it,
    /// and unless the write says otherwise lifts the duty to change it.
    fn write_password(
        &self,
        user: &mut User,
        hashes: PasswordRow,
        hash: Option<&str>,
        place: &Place<'_>,
    ) -> (PasswordRow, &'static [store::Kind]) {
        let Some(hash) = hash else { return (hashes, &[]) };
        let now = place.now;
        user.password_changed = now;
        user.must_change_password = self.must_change.unwrap_or(false);
        user.tokens_valid_from = now.max(user.tokens_valid_from);
        let previous = hashes.current.or(hashes.previous);
        let row = PasswordRow { current: Some(hash.to_owned()), previous, ..no_password(now) };
        (row, place.ends)
    }
}

/// A found row to be written back with changes of the caller's own.
pub(super) fn kept(found: &UserRow) -> Result<UserRow, Refusal> {
    Ok(User::read(found)?.row(found.password.clone(), found.updated)?)
}

/// What a new user must have (24.2): a display name, a name to sign in by, and a password if that
/// name takes one.
fn complete(user: &User, has_password: bool, named: bool) -> Result<(), Refusal> {
    if user.display_name().is_empty() {
        return Err(Refusal::Missing("displayName"));
    }
    if user.identities.is_empty() && !named {
        return Err(Refusal::Missing("signInNames"));
    }
    if user.identities.iter().any(Identity::takes_password) && !has_password {
        return Err(Refusal::Missing("password"));
    }
    Ok(())
}

fn blank(place: &Place<'_>) -> User {
    User {
        tenant: place.tenant.to_owned(),
        object_id: place.object_id.to_owned(),
        created: place.now,
        tokens_valid_from: place.now,
        enabled: true,
        has_password: false,
        password_changed: place.now,
        must_change_password: false,
        identities: Vec::new(),
        attributes: std::collections::BTreeMap::new(),
    }
}

fn no_password(now: Timestamp) -> PasswordRow {
    PasswordRow { current: None, previous: None, changed: now, must_change: false }
}

/// A profile that does not persist its key still makes the user under it (3.3).
fn identity_of_lookup(user: &mut User, lookup: &Lookup) -> Result<(), Refusal> {
    match lookup {
        Lookup::SignInName { sign_in_type: Some(sign_in_type), name } => add_local(user, sign_in_type, name),
        Lookup::SignInName { sign_in_type: None, name } => {
            let sign_in_type = if name.contains('@') { "emailAddress" } else { "userName" };
            add_local(user, sign_in_type, name)
        }
        Lookup::Federated(one) => {
            add_federated(user, one);
            Ok(())
        }
        Lookup::AnyFederated(all) => {
            all.iter().for_each(|one| add_federated(user, one));
            Ok(())
        }
        Lookup::ObjectId(_) | Lookup::PrincipalName(_) | Lookup::Attribute { .. } => Ok(()),
    }
}

fn add_local(user: &mut User, sign_in_type: &str, name: &str) -> Result<(), Refusal> {
    let identity = Identity {
        sign_in_type: sign_in_type.to_owned(),
        issuer: user.tenant.clone(),
        assigned: super::canonical::trim(name).to_owned(),
    };
    if !identity.is_local() || identity.canonical().is_none() {
        return Err(refused(&format!("signInNames.{sign_in_type}"), Invalid::Name));
    }
    user.identities.push(identity);
    Ok(())
}

fn add_federated(user: &mut User, one: &Federated) {
    if user.federated().all(|known| known != *one) {
        user.identities.push(Identity {
            sign_in_type: FEDERATED.to_owned(),
            issuer: one.issuer.clone(),
            assigned: one.user_id.clone(),
        });
    }
}

fn refused(name: &str, reason: Invalid) -> Refusal {
    Refusal::Attribute { name: name.to_owned(), reason }
}

fn flag(value: Option<&Value>) -> Result<Option<bool>, Invalid> {
    value.map(attribute::as_bool).transpose()
}

fn text(value: Option<Value>) -> Result<Option<String>, Invalid> {
    match value {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(Value::Int(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(Invalid::Type),
    }
}

/// A set of federated identities, or one as JSON text; `None`: none.
fn federated(value: Option<Value>) -> Result<Vec<Federated>, Invalid> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::Identities(all)) => Ok(all),
        Some(Value::Text(text)) if text.is_empty() => Ok(Vec::new()),
        Some(Value::Text(text)) => Ok(vec![Federated::from_json(&text).ok_or(Invalid::Value)?]),
        Some(Value::List(texts)) => {
            texts.iter().map(|text| Federated::from_json(text).ok_or(Invalid::Value)).collect()
        }
        Some(_) => Err(Invalid::Type),
    }
}
