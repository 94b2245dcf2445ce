//! By what a user is looked up (technical-profiles 3.2).
//!
//! In: the one partner name of a directory profile's input claims, and its value. Out: a [`Lookup`],
//! and from that the database's way to find it. A name finds only by the kind it is given for: an
//! object id as sign-in name finds nobody (attack 60).

use super::attribute;
use super::canonical;
use super::user::{Federated, Value, search_value};
use crate::store::UserFind;

/// By what a user is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Object id.
    ObjectId(String),
    /// User principal name.
    PrincipalName(String),
    /// Local sign-in name; of one type, or of any.
    SignInName {
        /// The type, compared without case; `None`: any.
        sign_in_type: Option<String>,
        /// The name as typed.
        name: String,
    },
    /// An account at another provider.
    Federated(Federated),
    /// Any of several accounts at other providers.
    AnyFederated(Vec<Federated>),
    /// An attribute that is indexed: `strongAuthenticationEmailAddress`, `extension_…`.
    Attribute {
        /// Its name.
        name: String,
        /// Its value.
        value: Value,
    },
}

impl Lookup {
    /// The lookup for a partner name in any case and a value; `None` when the name is no lookup
    /// key, or the value cannot be one.
    #[must_use]
    pub fn from_partner(partner: &str, value: &Value) -> Option<Self> {
        let lower = partner.to_lowercase();
        match (lower.as_str(), value) {
            ("objectid", Value::Text(text)) => Some(Self::ObjectId(text.clone())),
            ("userprincipalname", Value::Text(text)) => Some(Self::PrincipalName(text.clone())),
            ("signinnames" | "logonidentifier", Value::Text(text)) => {
                Some(Self::SignInName { sign_in_type: None, name: text.clone() })
            }
            ("alternativesecurityid", Value::Text(text)) => Federated::from_json(text).map(Self::Federated),
            (
                "alternativesecurityid" | "alternativesecurityids" | "useridentities",
                Value::Identities(all),
            ) => Some(Self::AnyFederated(all.clone())),
            _ => Self::from_named(partner, &lower, value),
        }
    }

    fn from_named(partner: &str, lower: &str, value: &Value) -> Option<Self> {
        if let (Some(sign_in_type), Value::Text(name)) = (attribute::sign_in_type(partner), value) {
            return Some(Self::SignInName {
                sign_in_type: Some(sign_in_type.to_owned()),
                name: name.clone(),
            });
        }
        let indexed = lower == "strongauthenticationemailaddress" || lower.starts_with("extension_");
        indexed.then(|| Self::Attribute { name: partner.to_owned(), value: value.clone() })
    }

    /// How the database finds it; empty when no user can have such a name.
    pub(super) fn finds(&self) -> Vec<UserFind> {
        let federated = |one: &Federated| UserFind::Federated(one.issuer.clone(), one.user_id.clone());
        match self {
            Self::ObjectId(id) => vec![UserFind::ObjectId(id.to_lowercase())],
            Self::PrincipalName(name) => canonical::mail(name).map(UserFind::Principal).into_iter().collect(),
            Self::SignInName { sign_in_type: None, name } => {
                canonical::sign_in_name(name).map(UserFind::Local).into_iter().collect()
            }
            Self::SignInName { sign_in_type: Some(kind), name } => canonical::sign_in_name(name)
                .map(|name| UserFind::LocalOfType(kind.clone(), name))
                .into_iter()
                .collect(),
            Self::Federated(one) => vec![federated(one)],
            Self::AnyFederated(all) => all.iter().take(10).map(federated).collect(),
            Self::Attribute { name, value } => search_value(value)
                .map(|value| UserFind::Search(name.to_lowercase(), value))
                .into_iter()
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn partner_names_select_the_index_in_any_case() {
        let name = |kind: Option<&str>, name: &str| Lookup::SignInName {
            sign_in_type: kind.map(str::to_owned),
            name: name.to_owned(),
        };
        let github = Federated { issuer: "github.com".to_owned(), user_id: "77".to_owned() };
        for (partner, value, lookup) in [
            ("objectId", text("X"), Some(Lookup::ObjectId("X".to_owned()))),
            ("OBJECTID", text("X"), Some(Lookup::ObjectId("X".to_owned()))),
            ("userPrincipalName", text("x@t.test"), Some(Lookup::PrincipalName("x@t.test".to_owned()))),
            ("signInNames.emailAddress", text("a@x.test"), Some(name(Some("emailAddress"), "a@x.test"))),
            ("signInNames.username", text("a"), Some(name(Some("username"), "a"))),
            ("signInNames.oidToLink", text("a"), Some(name(Some("oidToLink"), "a"))),
            ("signInNames", text("a"), Some(name(None, "a"))),
            ("logonIdentifier", text("a"), Some(name(None, "a"))),
            (
                "alternativeSecurityId",
                text(r#"{"issuer":"github.com","issuerUserId":"Nzc="}"#),
                Some(Lookup::Federated(github.clone())),
            ),
            (
                "AlternativeSecurityId",
                text(r#"{"type":6,"identityProvider":"github.com","key":"Nzc="}"#),
                Some(Lookup::Federated(github.clone())),
            ),
            ("alternativeSecurityId", text("{}"), None),
            ("alternativeSecurityId", text("no json"), None),
            (
                "userIdentities",
                Value::Identities(vec![github.clone()]),
                Some(Lookup::AnyFederated(vec![github.clone()])),
            ),
            ("displayName", text("x"), None),
            ("signInNames.", text("x"), None),
        ] {
            assert_eq!(Lookup::from_partner(partner, &value), lookup, "{partner}");
        }
        assert_eq!(github.to_json(), r#"{"issuer":"github.com","issuerUserId":"Nzc="}"#);
    }

    #[test]
    fn a_name_that_cannot_be_one_finds_nobody() {
        let any = Lookup::SignInName { sign_in_type: None, name: "a@b@c".to_owned() };
        assert_eq!(any.finds(), []);
        assert_eq!(Lookup::PrincipalName("no address".to_owned()).finds(), []);
    }
}
