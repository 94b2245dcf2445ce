//! The public documents of a policy: discovery and key set (protocols 1).
//!
//! In: a call. Out: JSON that any origin may read and caches may keep. Nothing in it is secret, and nothing is computed
//! that another request would not compute alike.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};
use vestibule_engine::kind::{Kind, TokenIssuer};
use vestibule_engine::policy::party::Scope;
use vestibule_engine::policy::{Policy, RelyingParty, Step, StepKind, UserJourney};

use super::call::Call;
use super::{cors, hint, told};
use crate::app::App;
use crate::config::SigningAlgorithm;
use crate::error::Error;
use crate::keys::KeyError;
use crate::policies::Tenant;
use crate::tokens::{issuer, standard};
use crate::web::error::ErrorPage;

/// Claims of ours in every id token, for `claims_supported`.
const OWN_CLAIMS: &[&str] = &["iss", "iat", "exp", "aud", "acr", "nonce", "auth_time"];
/// All combinations, as the cloud prints them.
const RESPONSE_TYPES: &[&str] = &[
    "code",
    "code id_token",
    "code token",
    "code id_token token",
    "id_token",
    "id_token token",
    "token",
    "token id_token",
];

/// The issuer that the policy's own journey ends at; else any of the policy's.
#[must_use]
pub fn settings<'a>(call: Call<'a>) -> Option<&'a TokenIssuer> {
    of_policy(call.policy, call.party)
}

fn of_policy<'a>(policy: &'a Policy, party: &'a RelyingParty) -> Option<&'a TokenIssuer> {
    of_journey(&party.journey).or_else(|| hint::issuers(policy).next())
}

/// `iss` of the answers of a policy's authorization endpoint, where the operator wants one: what discovery prints.
#[must_use]
pub fn response_issuer(
    app: &App,
    origin: &str,
    (tenant, policy, party): (&Tenant, &Policy, &RelyingParty),
) -> Option<String> {
    let settings = of_policy(policy, party).filter(|_| app.config.behaviour.response_issuer)?;
    Some(issuer(origin, &tenant.id, &policy.id, settings.issuer))
}

fn of_journey(journey: &UserJourney) -> Option<&TokenIssuer> {
    let sent = journey.steps.iter().rev().find_map(|step: &Step| match &step.kind {
        StepKind::SendClaims(profile) => Some(profile),
        _ => None,
    });
    match &sent.or(journey.default_issuer.as_ref())?.kind {
        Kind::TokenIssuer(settings) => Some(settings),
        _ => None,
    }
}

/// The discovery document.
#[must_use]
pub async fn document(call: Call<'_>) -> Response {
    let Some(settings) = settings(call) else { return ErrorPage::not_found().into_response() };
    let algorithms = match call.app.keys.algorithms(&call.tenant.name, &settings.signing_key).await {
        Ok(algorithms) if !algorithms.is_empty() => algorithms,
        // Nothing can be signed now; the key that will be is most likely the cloud's kind.
        Ok(_) | Err(KeyError::Missing) => vec![SigningAlgorithm::Rs256],
        Err(error) => return told::failure(&Error::from(error)),
    };
    let origin = &call.visit.origin;
    let url = |tail: &str| call.address.url(origin, tail);
    let mut claims = vec!["sub"];
    for name in call.party.wire_names().chain(OWN_CLAIMS.iter().copied()) {
        if !claims.contains(&name) {
            claims.push(name);
        }
    }
    let mut document = json!({
        "issuer": issuer(origin, &call.tenant.id, &call.policy.id, settings.issuer),
        "authorization_endpoint": url("oauth2/v2.0/authorize"),
        "token_endpoint": url("oauth2/v2.0/token"),
        "end_session_endpoint": url("oauth2/v2.0/logout"),
        "jwks_uri": url("discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": RESPONSE_TYPES,
        "scopes_supported": ["openid"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": claims,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    if let Value::Object(members) = &mut document {
        if call.party.user_info_journey.is_some() {
            members.insert("userinfo_endpoint".to_owned(), url("openid/v2.0/userinfo").into());
        }
        announce(call, settings, members);
        announce_extensions(call, members);
        announce_sign_out(call, members);
    }
    public(document.to_string(), "public, max-age=3600")
}

/// What a policy with sessions offers at their end, where the operator turned it on (Front-Channel Logout 1.0 section 3,
/// Back-Channel Logout 1.0 section 2.1).
fn announce_sign_out(call: Call<'_>, members: &mut Map<String, Value>) {
    let session = &call.app.config.session;
    let channels =
        [("frontchannel", session.frontchannel_logout), ("backchannel", session.backchannel_logout)];
    if call.party.behaviour.scope == Scope::Suppressed {
        return;
    }
    for (channel, _) in channels.into_iter().filter(|(_, on)| *on) {
        members.insert(format!("{channel}_logout_supported"), true.into());
        members.insert(format!("{channel}_logout_session_supported"), true.into());
    }
}

/// What settings add to the cloud's document.
fn announce(call: Call<'_>, settings: &TokenIssuer, members: &mut Map<String, Value>) {
    let behaviour = &call.app.config.behaviour;
    let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
    if behaviour.response_issuer {
        add("authorization_response_iss_parameter_supported", true.into());
    }
    if behaviour.standard_claims {
        let scopes =
            ["openid", "offline_access"].into_iter().chain(standard::SCOPES.iter().map(|(scope, _)| *scope));
        add("scopes_supported", scopes.collect());
        add("claims_parameter_supported", true.into());
        add(
            "grant_types_supported",
            json!(["authorization_code", "implicit", "refresh_token", "client_credentials"]),
        );
        add("code_challenge_methods_supported", json!(["S256"]));
        if settings.acr {
            add("acr_values_supported", json!([call.policy.id.to_lowercase()]));
        }
    }
}

/// What `[openid]` turns on (RFC 8414, 2).
fn announce_extensions(call: Call<'_>, members: &mut Map<String, Value>) {
    let on = call.app.config.openid;
    let mut methods = vec!["client_secret_post", "client_secret_basic"];
    if on.private_key_jwt {
        methods.push("private_key_jwt");
        let signing = json!(SigningAlgorithm::ALL);
        members.insert("token_endpoint_auth_signing_alg_values_supported".to_owned(), signing);
    }
    let proving = json!(methods);
    for (endpoint, tail, is_on) in
        [("revocation", "revoke", on.revocation), ("introspection", "introspect", on.introspection)]
    {
        if is_on {
            let url = call.address.url(&call.visit.origin, &format!("oauth2/v2.0/{tail}"));
            members.insert(format!("{endpoint}_endpoint"), url.into());
            members.insert(format!("{endpoint}_endpoint_auth_methods_supported"), proving.clone());
        }
    }
    members.insert("token_endpoint_auth_methods_supported".to_owned(), proving);
}

/// The key set of the container that signs the policy's tokens.
pub async fn keys(call: Call<'_>) -> Response {
    let Some(settings) = settings(call) else { return ErrorPage::not_found().into_response() };
    match call.app.keys.public_set(&call.tenant.name, &settings.signing_key).await {
        // A new key is published a day before it signs, so an hour's cache is never too old.
        Ok(set) => public(set, "public, max-age=3600"),
        Err(KeyError::Missing) => public(json!({ "keys": [] }).to_string(), "no-store"),
        Err(error) => told::failure(&Error::from(error)),
    }
}

fn public(body: String, caching: &'static str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    cors::open(headers);
    response
}
