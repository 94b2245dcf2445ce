//! Registered applications (relying parties): who may ask for tokens, and where they may be sent.
//!
//! In: a tenant and a client id. Out: an [`Application`]. What proves an application stands in [`secret`] and
//! [`public_key`], what it may ask of others in [`permission`], where it may be answered in [`redirect`]. What must not
//! be known here: HTTP, grants, policies.

pub mod assertion;
pub mod permission;
pub mod public_key;
pub mod redirect;
pub mod secret;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chance;
use crate::config::SigningAlgorithm;
use crate::store::{ApplicationRow, Store, StoreError, StoreErrorKind};
pub use permission::Resource;
pub use public_key::PublicKey;
pub use redirect::{RedirectFault, RedirectKind, RedirectUri, redirect_matches};
pub use secret::Secret;

/// A registered application (protocols 12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// A GUID in lower case.
    pub client_id: String,
    /// The tenant's name.
    pub tenant: String,
    /// For people.
    pub name: String,
    /// Whether it can keep a secret.
    pub kind: ClientKind,
    /// Where answers may go, at most 100.
    pub redirect_uris: Vec<RedirectUri>,
    /// Several at once while one replaces the other.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// Keys that sign its client assertions (RFC 7523), several at once while one replaces the other.
    #[serde(default)]
    pub keys: Vec<PublicKey>,
    /// May get an id_token from the authorization endpoint.
    #[serde(default)]
    pub implicit_id_token: bool,
    /// May get an access token from the authorization endpoint.
    #[serde(default)]
    pub implicit_access_token: bool,
    /// The API that this application is, if it is one.
    #[serde(default)]
    pub resource: Option<Resource>,
    /// Front-channel sign-out address, https.
    #[serde(default)]
    pub logout_url: Option<String>,
    /// Back-channel sign-out address: https, or http on this machine.
    #[serde(default)]
    pub backchannel_logout_url: Option<String>,
    /// Whether a public client must use PKCE with S256 (README 21). True unless lifted by hand.
    #[serde(default = "yes")]
    pub require_pkce: bool,
    /// Whether it may use the password grant (AADB2C90224).
    #[serde(default)]
    pub password_grant: bool,
    /// Policies it may use, compared without case; empty: all of the tenant.
    #[serde(default)]
    pub policies: Vec<String>,
    /// Scopes of APIs that it may ask for in the name of its users, as `{identifier URI}/{scope}`.
    #[serde(default)]
    pub delegated_permissions: Vec<String>,
    /// Roles of APIs that it has in its own name, as `{identifier URI}/{role}`.
    #[serde(default)]
    pub application_permissions: Vec<String>,
    /// Whether `openid` alone gets an access token for UserInfo (protocols 18 row 2).
    #[serde(default)]
    pub userinfo_token: bool,
    /// The algorithm of its id tokens; none: that of the policy's active key.
    #[serde(default)]
    pub id_token_algorithm: Option<SigningAlgorithm>,
    /// `sub` and `oid` of tokens in its own name; none: made from tenant and client id.
    #[serde(default)]
    pub object_id: Option<String>,
    /// Whether it is refused everywhere (AADB2C90092).
    #[serde(default)]
    pub disabled: bool,
}

/// Whether a client can keep a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientKind {
    /// In a browser or on a device: no secret.
    Public,
    /// On a server: authenticates itself.
    Confidential,
}

const MOST_REDIRECTS: usize = 100;
const MOST_LOGOUT_URL: usize = 255;
/// Secrets and keys each: enough for any roll-over, and few enough to compare at every request.
const MOST_CREDENTIALS: usize = 20;

/// https, or http to this machine: what is posted there is signed, but not secret from its own host.
fn is_reachable_safely(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.fragment().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && local))
}

fn yes() -> bool {
    true
}

impl Application {
    /// A new application of a tenant with a client id of its own and nothing allowed yet.
    #[must_use]
    pub fn new(tenant: &str, name: &str, kind: ClientKind) -> Self {
        Self {
            client_id: chance::uuid(),
            tenant: tenant.to_owned(),
            name: name.to_owned(),
            kind,
            redirect_uris: Vec::new(),
            secrets: Vec::new(),
            keys: Vec::new(),
            implicit_id_token: false,
            implicit_access_token: false,
            resource: None,
            logout_url: None,
            backchannel_logout_url: None,
            require_pkce: true,
            password_grant: false,
            policies: Vec::new(),
            delegated_permissions: Vec::new(),
            application_permissions: Vec::new(),
            userinfo_token: false,
            id_token_algorithm: None,
            object_id: None,
            disabled: false,
        }
    }

    /// Judges the registration (protocols 12): every redirect URI, the limits in number and length.
    ///
    /// # Errors
    /// The first rule it breaks, as a sentence.
    pub fn judge(&self) -> Result<(), String> {
        if self.redirect_uris.len() > MOST_REDIRECTS {
            return Err(format!("more than {MOST_REDIRECTS} redirect URIs"));
        }
        for redirect in &self.redirect_uris {
            RedirectUri::register(redirect.kind, &redirect.uri)
                .map_err(|fault| format!("redirect URI `{}`: {fault}", redirect.uri.escape_debug()))?;
        }
        if let Some(url) = &self.logout_url
            && (!url.starts_with("https://") || url.len() > MOST_LOGOUT_URL)
        {
            return Err(format!("the logout URL is https and has at most {MOST_LOGOUT_URL} letters"));
        }
        if let Some(url) = &self.backchannel_logout_url
            && (!is_reachable_safely(url) || url.len() > MOST_LOGOUT_URL)
        {
            return Err(format!(
                "the back-channel logout URL is https, or http on this machine, without a fragment, and has at most {MOST_LOGOUT_URL} letters"
            ));
        }
        if self.secrets.len() > MOST_CREDENTIALS || self.keys.len() > MOST_CREDENTIALS {
            return Err(format!("more than {MOST_CREDENTIALS} secrets or keys"));
        }
        if self.object_id.as_deref().is_some_and(|id| canonical_id(id).is_none()) {
            return Err("an object id is a GUID".to_owned());
        }
        self.judge_permissions()
    }

    /// The registered redirect URI that fits what was sent, letter for letter (attacks 1–7).
    #[must_use]
    pub fn redirect(&self, sent: &str) -> Option<&RedirectUri> {
        self.redirect_uris.iter().find(|registered| redirect_matches(registered, sent))
    }

    /// Whether the application may use the policy of this id.
    #[must_use]
    pub fn may_use(&self, policy: &str) -> bool {
        self.policies.is_empty() || self.policies.iter().any(|allowed| allowed.eq_ignore_ascii_case(policy))
    }
}

/// The application of this client id in the tenant. Client ids are GUIDs; any other text finds none.
///
/// # Errors
/// Those of the store.
pub async fn find(store: &Store, tenant: &str, client_id: &str) -> Result<Option<Application>, StoreError> {
    let Some(client_id) = canonical_id(client_id) else { return Ok(None) };
    store.application(tenant, &client_id).await?.map(|row| read(&row)).transpose()
}

/// The tenant's applications in order of client id.
///
/// # Errors
/// Those of the store.
pub async fn list(store: &Store, tenant: &str) -> Result<Vec<Application>, StoreError> {
    store.applications(tenant).await?.iter().map(read).collect()
}

/// Registers an application, or replaces the one of its client id.
///
/// # Errors
/// Those of the store; `Defect` when the client id is no GUID, or the registration is not one that
/// [`Application::judge`] takes: whatever way it came, it is refused here at the latest.
pub async fn put(store: &Store, application: &Application, now: Timestamp) -> Result<(), StoreError> {
    let defect = |what: &str| StoreError::new(StoreErrorKind::Defect, what);
    let client_id = canonical_id(&application.client_id).ok_or_else(|| defect("a client id is a GUID"))?;
    application.judge().map_err(|what| defect(&format!("application {client_id}: {what}")))?;
    let kept = Application { client_id: client_id.clone(), ..application.clone() };
    let body = serde_json::to_string(&kept).map_err(|error| defect(&error.to_string()))?;
    let row = ApplicationRow { tenant: application.tenant.clone(), client_id, body };
    store.put_application(&row, now).await
}

/// Removes an application; `false` when there was none.
///
/// # Errors
/// Those of the store.
pub async fn delete(store: &Store, tenant: &str, client_id: &str) -> Result<bool, StoreError> {
    match canonical_id(client_id) {
        Some(client_id) => store.delete_application(tenant, &client_id).await,
        None => Ok(false),
    }
}

/// A GUID in its one form: 36 letters, lower case. Braces, URNs and bare digits are not accepted.
#[must_use]
pub fn canonical_id(text: &str) -> Option<String> {
    (text.len() == 36).then(|| uuid::Uuid::try_parse(text).ok()).flatten().map(|id| id.to_string())
}

fn read(row: &ApplicationRow) -> Result<Application, StoreError> {
    serde_json::from_str(&row.body).map_err(|error| {
        StoreError::new(StoreErrorKind::Defect, format!("application {}: {error}", row.client_id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn client_ids_have_one_form() {
        let id = "8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11";
        assert_eq!(canonical_id(&id.to_uppercase()).as_deref(), Some(id));
        for other in [
            "",
            "x",
            "{8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11}",
            "8a0b6a5c3cf04e5c9d5e2c7c1a6b0f11",
            "urn:uuid:8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11",
            "8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f1g",
        ] {
            assert_eq!(canonical_id(other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn attack_006_a_bad_registration_is_refused_whatever_way_it_comes() {
        use crate::store::testing::sqlite;
        let opened = sqlite().await;
        let resource = |uri: &str, scope: &str| {
            Some(Resource {
                identifier_uri: uri.to_owned(),
                scopes: vec![scope.to_owned()],
                roles: Vec::new(),
            })
        };
        let good = Application {
            redirect_uris: vec![RedirectUri { kind: RedirectKind::Spa, uri: "https://a.test/".to_owned() }],
            logout_url: Some("https://a.test/out".to_owned()),
            resource: resource("https://t/api", "read"),
            ..Application::new("t", "n", ClientKind::Public)
        };
        let redirect = |uri: &str| vec![RedirectUri { kind: RedirectKind::Spa, uri: uri.to_owned() }];
        for bad in [
            Application { redirect_uris: redirect("javascript:alert(1)"), ..good.clone() },
            Application { redirect_uris: redirect("http://a.test/"), ..good.clone() },
            Application { redirect_uris: vec![good.redirect_uris[0].clone(); 101], ..good.clone() },
            Application { logout_url: Some("http://a.test/".to_owned()), ..good.clone() },
            Application { logout_url: Some(format!("https://a.test/{}", "x".repeat(241))), ..good.clone() },
            Application { resource: resource(&"x".repeat(121), "read"), ..good.clone() },
            Application { resource: resource("https://t/api", &"x".repeat(41)), ..good.clone() },
            Application { resource: resource("https://t/api", "read all"), ..good.clone() },
            Application { client_id: "shop".to_owned(), ..good.clone() },
        ] {
            assert!(put(&opened.store, &bad, at(0)).await.is_err(), "{bad:?}");
        }
        assert_eq!(list(&opened.store, "t").await.unwrap(), []);
        let shouted = Application { client_id: good.client_id.to_uppercase(), ..good.clone() };
        put(&opened.store, &shouted, at(0)).await.unwrap();
        assert_eq!(find(&opened.store, "t", &shouted.client_id).await.unwrap().as_ref(), Some(&good));
        assert_eq!(find(&opened.store, "other", &good.client_id).await.unwrap(), None, "attack 80");
        assert!(delete(&opened.store, "t", &good.client_id).await.unwrap());
    }

    #[test]
    fn policies_limit_only_when_named() {
        let mut app = Application::new("t", "n", ClientKind::Public);
        assert!(app.may_use("B2C_1A_signup_signin"));
        app.policies.push("B2C_1A_SignUp_SignIn".to_owned());
        assert!(app.may_use("B2C_1A_signup_signin"));
        assert!(!app.may_use("B2C_1A_ProfileEdit"));
    }
}
