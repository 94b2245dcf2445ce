//! What `vestibule app create` and `app update` can say of an application, and its registration changed so.
//!
//! In: arguments. Out: the application as it is to be. What the registration may hold, `applications` judges.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::place::secret_from;
use crate::applications::{Application, PublicKey, RedirectKind, RedirectUri, Resource};
use crate::config::{self, Redirect, SigningAlgorithm, redirect_argument};

/// What can be said of an application. Lists are added to; a switch without a value is `true`.
#[derive(Debug, Args)]
pub struct Traits {
    /// Redirect URI: [spa=|web=|native=]URI; may be repeated
    #[arg(long = "redirect-uri", value_name = "[KIND=]URI", value_parser = redirect_argument)]
    pub redirect_uris: Vec<Redirect>,
    /// May receive id tokens from the authorize endpoint
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub implicit_id_token: Option<bool>,
    /// May receive access tokens from the authorize endpoint
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub implicit_access_token: Option<bool>,
    /// May send names and passwords to the token endpoint (ROPC)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub password_grant: Option<bool>,
    /// Redeems codes without PKCE, or with `plain`, although it is public
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub lift_pkce: Option<bool>,
    /// `openid` alone gets an access token for UserInfo
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub userinfo_token: Option<bool>,
    /// Refused everywhere, without being forgotten
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub disabled: Option<bool>,
    /// Signs its id tokens: RS256, PS256, ES256 or EdDSA; `default` takes what the policy's key says
    #[arg(long, value_name = "NAME", value_parser = algorithm_argument)]
    pub id_token_algorithm: Option<Chosen>,
    /// The application is a web API of this identifier URI, such as https://contoso.onmicrosoft.com/api
    #[arg(long, value_name = "URI")]
    pub api_uri: Option<String>,
    /// A scope of that API; may be repeated
    #[arg(long = "scope", value_name = "NAME")]
    pub scopes: Vec<String>,
    /// A role of that API, for applications in their own name; may be repeated
    #[arg(long = "app-role", value_name = "NAME")]
    pub app_roles: Vec<String>,
    /// A scope of an API that it may ask for, as URI/SCOPE, all with URI/.default; may be repeated
    #[arg(long = "permission", value_name = "URI/SCOPE")]
    pub permissions: Vec<String>,
    /// A role of an API that it has in its own name, as URI/ROLE; may be repeated
    #[arg(long = "app-permission", value_name = "URI/ROLE")]
    pub app_permissions: Vec<String>,
    /// A policy it may use (all, if none is named); may be repeated
    #[arg(long = "policy", value_name = "ID")]
    pub policies: Vec<String>,
    /// Loaded in a hidden frame when a session that it took part in ends
    #[arg(long, value_name = "URL")]
    pub logout_url: Option<String>,
    /// Gets a logout token when a session that it took part in ends, where the server does that
    #[arg(long, value_name = "URL")]
    pub backchannel_logout_url: Option<String>,
    /// `sub` and `oid` of its client-credentials tokens, such as the object id of the cloud's service principal
    #[arg(long, value_name = "GUID")]
    pub object_id: Option<String>,
    /// Certificate or public key (PEM, JWK, JWK set) that signs its assertions; may be repeated
    #[arg(long = "key", value_name = "FILE")]
    pub keys: Vec<PathBuf>,
}

/// What `app update` takes away.
#[derive(Debug, Args)]
pub struct Removals {
    /// Redirect URI to forget; may be repeated
    #[arg(id = "remove_redirect_uri", long = "remove-redirect-uri", value_name = "URI")]
    pub redirect_uris: Vec<String>,
    /// Scope of its API to forget; may be repeated
    #[arg(id = "remove_scope", long = "remove-scope", value_name = "NAME")]
    pub scopes: Vec<String>,
    /// Role of its API to forget; may be repeated
    #[arg(id = "remove_app_role", long = "remove-app-role", value_name = "NAME")]
    pub app_roles: Vec<String>,
    /// Permission to take back, of either kind; may be repeated
    #[arg(id = "remove_permission", long = "remove-permission", value_name = "URI/NAME")]
    pub permissions: Vec<String>,
    /// Policy it may use no longer; may be repeated
    #[arg(id = "remove_policy", long = "remove-policy", value_name = "ID")]
    pub policies: Vec<String>,
    /// Key of its assertions to forget, by the id that `app show` prints; may be repeated
    #[arg(id = "remove_key", long = "remove-key", value_name = "KID")]
    pub keys: Vec<String>,
}

/// An algorithm of one's own, or the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen(Option<SigningAlgorithm>);

fn algorithm_argument(text: &str) -> Result<Chosen, String> {
    if text.eq_ignore_ascii_case("default") {
        return Ok(Chosen(None));
    }
    text.parse().map(|algorithm| Chosen(Some(algorithm)))
}

/// Changes an application as the arguments say.
pub fn apply(app: &mut Application, said: Traits) -> Result<(), Failure> {
    for redirect in &said.redirect_uris {
        add(&mut app.redirect_uris, registrable(redirect)?);
    }
    let switches = [
        (said.implicit_id_token, &mut app.implicit_id_token),
        (said.implicit_access_token, &mut app.implicit_access_token),
        (said.password_grant, &mut app.password_grant),
        (said.lift_pkce.map(|lift| !lift), &mut app.require_pkce),
        (said.userinfo_token, &mut app.userinfo_token),
        (said.disabled, &mut app.disabled),
    ];
    for (wanted, switch) in switches {
        *switch = wanted.unwrap_or(*switch);
    }
    if let Some(Chosen(algorithm)) = said.id_token_algorithm {
        app.id_token_algorithm = algorithm;
    }
    expose(app, said.api_uri, (said.scopes, said.app_roles))?;
    said.permissions.into_iter().for_each(|one| add(&mut app.delegated_permissions, one));
    said.app_permissions.into_iter().for_each(|one| add(&mut app.application_permissions, one));
    said.policies.into_iter().for_each(|one| add(&mut app.policies, one));
    app.logout_url = said.logout_url.or(app.logout_url.take());
    app.backchannel_logout_url = said.backchannel_logout_url.or(app.backchannel_logout_url.take());
    app.object_id = said.object_id.or(app.object_id.take());
    for file in &said.keys {
        let told = |why: String| Failure(format!("`{}`: {why}", file.display()));
        for key in PublicKey::read(&secret_from(file)?).map_err(told)? {
            app.keys.retain(|known| known.kid != key.kid);
            app.keys.push(key);
        }
    }
    Ok(())
}

/// Takes away what the arguments name; a name that is not there is told, so that no typing error passes for a change.
pub fn take_away(app: &mut Application, named: &Removals) -> Result<(), Failure> {
    for uri in &named.redirect_uris {
        remove("redirect URI", &mut app.redirect_uris, uri, |known| known.uri == *uri)?;
    }
    let mut none = Resource { identifier_uri: String::new(), scopes: Vec::new(), roles: Vec::new() };
    let api = app.resource.as_mut().unwrap_or(&mut none);
    for name in &named.scopes {
        remove("scope", &mut api.scopes, name, |known| known == name)?;
    }
    for name in &named.app_roles {
        remove("role", &mut api.roles, name, |known| known == name)?;
    }
    for name in &named.permissions {
        let delegated = remove("permission", &mut app.delegated_permissions, name, |known| known == name);
        let own = remove("permission", &mut app.application_permissions, name, |known| known == name);
        delegated.or(own)?;
    }
    for id in &named.policies {
        remove("policy", &mut app.policies, id, |known| known.eq_ignore_ascii_case(id))?;
    }
    for kid in &named.keys {
        remove("key", &mut app.keys, kid, |known| known.kid == *kid)?;
    }
    Ok(())
}

fn remove<T>(what: &str, list: &mut Vec<T>, named: &str, is_it: impl Fn(&T) -> bool) -> Result<(), Failure> {
    let before = list.len();
    list.retain(|known| !is_it(known));
    match list.len() < before {
        true => Ok(()),
        false => Err(Failure(format!("it has no {what} `{named}`; `vestibule app show` lists them"))),
    }
}

/// The API that the application is: a new one, or more of the one it is.
fn expose(
    app: &mut Application,
    uri: Option<String>,
    (scopes, roles): (Vec<String>, Vec<String>),
) -> Result<(), Failure> {
    if let Some(identifier_uri) = uri.map(|uri| uri.trim_end_matches('/').to_owned()) {
        let known = app.resource.take();
        let (scopes, roles) = known.map(|known| (known.scopes, known.roles)).unwrap_or_default();
        app.resource = Some(Resource { identifier_uri, scopes, roles });
    }
    if scopes.is_empty() && roles.is_empty() {
        return Ok(());
    }
    let Some(api) = &mut app.resource else {
        return Err(Failure("scopes and roles belong to an API; name it with `--api-uri URI`".to_owned()));
    };
    scopes.into_iter().for_each(|name| add(&mut api.scopes, name));
    roles.into_iter().for_each(|name| add(&mut api.roles, name));
    Ok(())
}

fn add<T: PartialEq>(list: &mut Vec<T>, one: T) {
    if !list.contains(&one) {
        list.push(one);
    }
}

fn registrable(redirect: &Redirect) -> Result<RedirectUri, Failure> {
    let kind = match redirect.kind {
        config::RedirectKind::Web => RedirectKind::Web,
        config::RedirectKind::Spa => RedirectKind::Spa,
        config::RedirectKind::Native => RedirectKind::Native,
    };
    RedirectUri::register(kind, &redirect.uri)
        .map_err(|fault| Failure(format!("`{}`: {fault}", redirect.uri)))
}
