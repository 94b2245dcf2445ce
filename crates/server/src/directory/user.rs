//! A user as the rest of the server sees it, and as the database keeps it.
//!
//! In: a row. Out: a [`User`], without any secret, and back. Attributes are kept under the names of
//! technical-profiles 24.1; which names there are and what they may hold stands in `attribute.rs`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::canonical;
use crate::store::{IdentityRow, PasswordRow, SearchRow, StoreError, StoreErrorKind, UserRow};

/// The sign-in type of an identity at another provider.
pub const FEDERATED: &str = "federated";

/// A user of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The tenant's name.
    pub tenant: String,
    /// A version 4 UUID in lower case; never changes.
    pub object_id: String,
    /// When the user was made.
    pub created: Timestamp,
    /// Refresh tokens and sessions from before this instant are void
    /// (`refreshTokensValidFromDateTime`). Raised by a password change and by revocation.
    pub tokens_valid_from: Timestamp,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// Whether there is a password.
    pub has_password: bool,
    /// When the password was set.
    pub password_changed: Timestamp,
    /// Whether the password must be changed at the next sign-in.
    pub must_change_password: bool,
    /// Local sign-in names and federated identities, in order.
    pub identities: Vec<Identity>,
    /// All other attributes that have a value, by name (24.1); `extension_…` in lower case.
    pub attributes: BTreeMap<String, Value>,
}

/// A local sign-in name, or an account at another provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `emailAddress`, `userName`, `phoneNumber`, a type of the policy's own, or `federated`.
    pub sign_in_type: String,
    /// The tenant's name for local ones, else the provider's name.
    pub issuer: String,
    /// The sign-in name as typed, or the user's id at the provider (plain, not base64).
    pub assigned: String,
}

/// An attribute's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// A string.
    Text(String),
    /// A Boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An instant.
    Time(Timestamp),
    /// A day.
    Date(Date),
    /// A string collection.
    List(Vec<String>),
    /// Federated identities.
    Identities(Vec<Federated>),
}

/// An account at another provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federated {
    /// The provider's name, exact.
    pub issuer: String,
    /// The user's id there, plain.
    pub user_id: String,
}

impl Federated {
    /// Reads the JSON of an `alternativeSecurityId` claim in either form (claims-transformations 9);
    /// the id in it is base64 of UTF-8.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        let json: serde_json::Value = serde_json::from_str(text).ok()?;
        let member = |names: [&str; 2]| names.into_iter().find_map(|name| json.get(name)?.as_str());
        let issuer = member(["issuer", "identityProvider"])?;
        Self::from_base64(issuer, member(["issuerUserId", "key"])?)
    }

    /// An identity of which the user's id is given as base64 of UTF-8.
    #[must_use]
    pub fn from_base64(issuer: &str, user_id: &str) -> Option<Self> {
        let user_id = String::from_utf8(STANDARD.decode(user_id).ok()?).ok()?;
        let good = !issuer.is_empty() && issuer.len() <= 512 && !user_id.is_empty() && user_id.len() <= 1024;
        good.then(|| Self { issuer: issuer.to_owned(), user_id })
    }

    /// The user's id as base64, as claims carry it.
    #[must_use]
    pub fn user_id_base64(&self) -> String {
        STANDARD.encode(&self.user_id)
    }

    /// The JSON of an `alternativeSecurityId` claim.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!({ "issuer": self.issuer, "issuerUserId": self.user_id_base64() }).to_string()
    }
}

impl Identity {
    /// Whether it is a sign-in name of this directory.
    #[must_use]
    pub fn is_local(&self) -> bool {
        !self.sign_in_type.eq_ignore_ascii_case(FEDERATED)
    }

    /// Whether signing in with it takes a password: all local types but phone numbers
    /// (technical-profiles 3.4).
    #[must_use]
    pub fn takes_password(&self) -> bool {
        self.is_local() && !self.sign_in_type.eq_ignore_ascii_case("phoneNumber")
    }

    /// What decides sameness within its issuer; `None` when it is no valid name of its type.
    #[must_use]
    pub fn canonical(&self) -> Option<String> {
        let kind = self.sign_in_type.to_ascii_lowercase();
        match kind.as_str() {
            FEDERATED => Some(self.assigned.clone()),
            "phonenumber" => canonical::phone(&self.assigned),
            _ if kind.starts_with("emailaddress") => canonical::mail(&self.assigned),
            _ => canonical::user_name(&self.assigned),
        }
    }
}

impl User {
    /// The first local sign-in name of a type, compared without case.
    #[must_use]
    pub fn sign_in_name(&self, sign_in_type: &str) -> Option<&str> {
        let found = self
            .identities
            .iter()
            .find(|identity| identity.is_local() && identity.sign_in_type.eq_ignore_ascii_case(sign_in_type));
        found.map(|identity| identity.assigned.as_str())
    }

    /// The accounts at other providers.
    pub fn federated(&self) -> impl Iterator<Item = Federated> {
        self.identities
            .iter()
            .filter(|identity| !identity.is_local())
            .map(|identity| Federated { issuer: identity.issuer.clone(), user_id: identity.assigned.clone() })
    }

    /// A text attribute by its exact name in 24.1.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The user principal name; every user has one.
    #[must_use]
    pub fn principal_name(&self) -> &str {
        self.text("userPrincipalName").unwrap_or_default()
    }

    /// The display name; every user has one.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.text("displayName").unwrap_or_default()
    }

    /// Reads a row.
    pub(super) fn read(row: &UserRow) -> Result<Self, StoreError> {
        let attributes = serde_json::from_str(&row.body).map_err(|error| {
            StoreError::new(StoreErrorKind::Defect, format!("user {}: {error}", row.object_id))
        })?;
        let identity = |kept: &IdentityRow| Identity {
            sign_in_type: kept.sign_in_type.clone(),
            issuer: if kept.issuer.is_empty() { row.tenant.clone() } else { kept.issuer.clone() },
            assigned: kept.assigned.clone(),
        };
        Ok(Self {
            tenant: row.tenant.clone(),
            object_id: row.object_id.clone(),
            created: row.created,
            tokens_valid_from: row.tokens_valid_from,
            enabled: row.enabled,
            has_password: row.password.current.is_some(),
            password_changed: row.password.changed,
            must_change_password: row.password.must_change,
            identities: row.identities.iter().map(identity).collect(),
            attributes,
        })
    }

    /// The row to write. Names must be valid by now: what has no canonical form is a defect.
    pub(super) fn row(&self, hashes: PasswordRow, updated: Timestamp) -> Result<UserRow, StoreError> {
        let defect =
            |what: &str| StoreError::new(StoreErrorKind::Defect, format!("user {}: {what}", self.object_id));
        let mut identities = Vec::new();
        for identity in &self.identities {
            identities.push(IdentityRow {
                sign_in_type: identity.sign_in_type.clone(),
                issuer: if identity.is_local() { String::new() } else { identity.issuer.clone() },
                assigned: identity.assigned.clone(),
                canonical: identity.canonical().ok_or_else(|| defect("a name without canonical form"))?,
            });
        }
        Ok(UserRow {
            tenant: self.tenant.clone(),
            object_id: self.object_id.clone(),
            principal: canonical::mail(self.principal_name()).ok_or_else(|| defect("no principal name"))?,
            version: 0,
            created: self.created,
            updated,
            tokens_valid_from: self.tokens_valid_from,
            enabled: self.enabled,
            password: PasswordRow {
                changed: self.password_changed,
                must_change: self.must_change_password,
                ..hashes
            },
            body: serde_json::to_string(&self.attributes).map_err(|error| defect(&error.to_string()))?,
            identities,
            search: self.search(),
        })
    }

    /// The attributes by which a policy may look up a user (technical-profiles 3.2).
    fn search(&self) -> Vec<SearchRow> {
        let wanted =
            |name: &str| name == "strongAuthenticationEmailAddress" || name.starts_with("extension_");
        let mut rows: Vec<SearchRow> = Vec::new();
        for (name, value) in self.attributes.iter().filter(|(name, _)| wanted(name)) {
            if let Some(value) = search_value(value) {
                rows.push(SearchRow { name: name.to_lowercase(), value });
            }
        }
        rows
    }
}

/// The text under which a value is found: an address by its canonical form, else exactly.
pub(super) fn search_value(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(canonical::mail(text).unwrap_or_else(|| text.clone())),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Time(instant) => Some(instant.to_string()),
        Value::Date(day) => Some(day.to_string()),
        Value::List(_) | Value::Identities(_) => None,
    }
}
