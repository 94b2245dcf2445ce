//! What an application exposes to others and what it was granted of theirs (protocols 12).
//!
//! In: two applications. Out: the scopes and roles of the one that the other has. The operator grants for everybody;
//! users are never asked. Pure.

use serde::{Deserialize, Serialize};

use super::{Application, canonical_id};

/// An API: scopes that applications ask for in the name of users, roles that they have in their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// `https://{tenant}/{name}`, at most 120 letters.
    pub identifier_uri: String,
    /// Scope names, at most 40 letters each; asked for as `{identifier_uri}/{name}`.
    pub scopes: Vec<String>,
    /// Application roles, for client credentials (`appRoles` with `allowedMemberTypes` Application).
    #[serde(default)]
    pub roles: Vec<String>,
}

const MOST_IDENTIFIER: usize = 120;
const MOST_NAMES: usize = 1000;
const MOST_NAME: usize = 40;
const MOST_PERMISSIONS: usize = 1000;
/// In place of a name: all that the API exposes.
pub const ALL: &str = ".default";

impl Application {
    /// Scopes of an API that this application may ask for. Its own API needs no grant.
    #[must_use]
    pub fn granted_scopes(&self, api: &Application) -> Vec<String> {
        let exposed = api.resource.as_ref();
        let own = api.client_id == self.client_id;
        let scopes = exposed.map(|resource| resource.scopes.as_slice()).unwrap_or_default();
        let granted = |name: &&String| own || holds(&self.delegated_permissions, exposed, name);
        scopes.iter().filter(granted).cloned().collect()
    }

    /// Roles of an API that this application has in its own name.
    #[must_use]
    pub fn granted_roles(&self, api: &Application) -> Vec<String> {
        let exposed = api.resource.as_ref();
        let roles = exposed.map(|resource| resource.roles.as_slice()).unwrap_or_default();
        roles.iter().filter(|name| holds(&self.application_permissions, exposed, name)).cloned().collect()
    }

    /// `sub` and `oid` of tokens in the application's own name, as the object id of a service principal: the registered
    /// one, else a GUID that tenant and client id always give (version 8: made from a hash, RFC 9562 section 5.8).
    #[must_use]
    pub fn principal(&self) -> String {
        let registered = self.object_id.as_deref().and_then(canonical_id);
        registered.unwrap_or_else(|| {
            let text = format!("service principal {} {}", self.tenant.to_lowercase(), self.client_id);
            let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
            let mut bytes = [0u8; 16];
            bytes.iter_mut().zip(hash.as_ref()).for_each(|(place, byte)| *place = *byte);
            uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
        })
    }

    /// The limits of protocols 12 in number and length; names that can stand in a scope.
    pub(super) fn judge_permissions(&self) -> Result<(), String> {
        let granted = [&self.delegated_permissions, &self.application_permissions];
        if granted.iter().any(|list| list.len() > MOST_PERMISSIONS) {
            return Err(format!("more than {MOST_PERMISSIONS} permissions"));
        }
        if let Some(odd) = granted.into_iter().flatten().find(|one| split(one).is_none()) {
            let shown = odd.escape_debug();
            return Err(format!("permission `{shown}`: a permission is written `IDENTIFIER_URI/NAME`"));
        }
        let Some(resource) = &self.resource else { return Ok(()) };
        let uri = &resource.identifier_uri;
        if uri.is_empty() || uri.len() > MOST_IDENTIFIER || !uri.chars().all(is_scope_letter) {
            return Err(format!("an identifier URI has 1 to {MOST_IDENTIFIER} letters and no space"));
        }
        let fits = |name: &String| {
            (1..=MOST_NAME).contains(&name.len())
                && name.chars().all(|c| is_scope_letter(c) && c != '/')
                && name != ALL
        };
        let many = resource.scopes.len().max(resource.roles.len()) > MOST_NAMES;
        if many || !resource.scopes.iter().chain(&resource.roles).all(fits) {
            return Err(format!(
                "an API has at most {MOST_NAMES} scopes and as many roles; each has at most {MOST_NAME} letters, no space, no `/`"
            ));
        }
        Ok(())
    }
}

/// Whether a list of permissions holds the one of this name, or all, of the API.
fn holds(permissions: &[String], api: Option<&Resource>, name: &str) -> bool {
    let Some(api) = api else { return false };
    permissions
        .iter()
        .filter_map(|one| split(one))
        .any(|(uri, granted)| uri == api.identifier_uri && (granted == name || granted == ALL))
}

/// Identifier URI and name of a permission.
fn split(permission: &str) -> Option<(&str, &str)> {
    let (uri, name) = permission.rsplit_once('/')?;
    let plain = permission.chars().all(is_scope_letter);
    (plain && uri.contains("://") && !uri.ends_with('/') && !name.is_empty()).then_some((uri, name))
}

/// RFC 6749, 3.3: printable ASCII without quotation mark and backslash.
fn is_scope_letter(c: char) -> bool {
    c.is_ascii_graphic() && c != '"' && c != '\\'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applications::ClientKind;

    const API: &str = "https://contoso.onmicrosoft.com/api";

    fn api() -> Application {
        Application {
            resource: Some(Resource {
                identifier_uri: API.into(),
                scopes: vec!["read".into(), "write".into()],
                roles: vec!["Orders.Read".into(), "Orders.Write".into()],
            }),
            ..Application::new("t", "api", ClientKind::Confidential)
        }
    }

    #[test]
    fn only_what_was_granted_is_granted() {
        let client = |delegated: &[&str], roles: &[&str]| {
            let named = |list: &[&str]| list.iter().map(|name| format!("{API}/{name}")).collect();
            Application {
                delegated_permissions: named(delegated),
                application_permissions: named(roles),
                ..Application::new("t", "client", ClientKind::Confidential)
            }
        };
        let none: [&str; 0] = [];
        let table = [
            (client(&[], &[]), &none[..], &none[..]),
            (client(&["read"], &[]), &["read"], &[]),
            (client(&[".default"], &["Orders.Write"]), &["read", "write"], &["Orders.Write"]),
            (client(&["Orders.Read"], &["read", "gone"]), &[], &[]),
            (client(&["Read"], &["orders.read"]), &[], &[]),
        ];
        for (client, scopes, roles) in table {
            assert_eq!(client.granted_scopes(&api()), scopes, "{client:?}");
            assert_eq!(client.granted_roles(&api()), roles, "{client:?}");
        }
        let own = api();
        assert_eq!(own.granted_scopes(&own), ["read", "write"], "its own scopes need no grant");
        assert_eq!(own.granted_roles(&own), none, "its own roles do");
        let other = Application {
            delegated_permissions: vec!["https://contoso.onmicrosoft.com/other/read".into()],
            ..client(&[], &[])
        };
        assert_eq!(other.granted_scopes(&api()), none);
    }

    #[test]
    fn a_principal_stays_the_same_and_is_nobody_elses() {
        let one = Application::new("Contoso", "n", ClientKind::Confidential);
        let again = Application { tenant: "contoso".into(), ..one.clone() };
        assert_eq!(one.principal(), again.principal());
        assert_ne!(one.principal(), one.client_id);
        assert_ne!(one.principal(), Application::new("Contoso", "n", ClientKind::Confidential).principal());
        assert_ne!(one.principal(), Application { tenant: "other".into(), ..one.clone() }.principal());
        let moved = "0B7C1F52-22A4-4C5E-9A36-1F0E6F0B6A77";
        let kept = Application { object_id: Some(moved.into()), ..one };
        assert_eq!(kept.principal(), moved.to_lowercase());
    }

    #[test]
    fn permissions_and_roles_are_judged() {
        let bad = [
            Application { delegated_permissions: vec!["read".into()], ..api() },
            Application { application_permissions: vec![format!("{API}/")], ..api() },
            Application { delegated_permissions: vec![format!("{API}/a b")], ..api() },
            Application { object_id: Some("x".into()), ..api() },
        ];
        for application in bad {
            assert!(application.judge().is_err(), "{application:?}");
        }
        for name in ["a b", "a/b", "", ".default", "a\"b", "caf\u{e9}"] {
            let mut application = api();
            application.resource.as_mut().unwrap().roles = vec![name.to_owned()];
            assert!(application.judge().is_err(), "{name}");
        }
        assert_eq!(api().judge(), Ok(()));
    }
}
