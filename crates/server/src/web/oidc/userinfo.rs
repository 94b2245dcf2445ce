//! UserInfo: the policy's UserInfo journey for who holds an access token (protocols 7).
//!
//! In: a call with a bearer token in its header or, posted, in its form. Out: the JSON that the journey issues; 401 with
//! `WWW-Authenticate` for everything that is not a live access token of this very policy (attacks 84–86).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value};
use vestibule_engine::journey::{Entry, Outcome, Request};
use vestibule_engine::kind::{Bearer, Kind, TokenIssuer};
use vestibule_engine::policy::UserJourney;

use super::call::Call;
use super::direct::{Denied, error_response, json_response};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{cors, discovery, told as pages};
use crate::applications::Application;
use crate::error::Error;
use crate::journeys::{self, Unattended};
use crate::keys::{Expect, KeyError};
use crate::tokens::{Asked, issuer, spent, standard};
use crate::web::error::ErrorPage;

/// Answers a UserInfo request.
pub async fn userinfo(call: Call<'_>, body: Bytes) -> Response {
    use axum::response::IntoResponse as _;
    let (Some(journey), Some(settings)) = (&call.party.user_info_journey, discovery::settings(call)) else {
        return ErrorPage::not_found().into_response();
    };
    let mut client = None;
    let outcome = answer(call, &body, (journey, settings), &mut client).await;
    let mut response = match outcome {
        Ok(claims) => {
            let members: Map<String, Value> = claims.into_iter().collect();
            json_response(StatusCode::OK, &Value::Object(members))
        }
        Err(Denied::Refusal(refusal)) => refused(call, &refusal),
        // Nothing here is throttled by client.
        Err(Denied::Throttled(_)) => ErrorPage::too_many(60).into_response(),
        Err(Denied::Error(error)) => pages::failure(&error),
    };
    let origin = call.visit.headers.get(header::ORIGIN);
    let known = match (&client, origin) {
        (None, Some(_)) => call.applications().await.unwrap_or_default(),
        _ => client.into_iter().collect(),
    };
    cors::allow(response.headers_mut(), origin, &known);
    response
}

async fn answer(
    call: Call<'_>,
    body: &[u8],
    (journey, settings): (&Arc<UserJourney>, &TokenIssuer),
    client: &mut Option<Application>,
) -> Result<Vec<(String, Value)>, Denied> {
    let token = bearer(call, body)?;
    let claims = verify(call, &token, settings, bearer_settings(journey)).await?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    *client = call.application(text("azp")).await?;
    if client.as_ref().is_none_or(|client| client.disabled) {
        return Err(invalid(90237, "The bearer token is for an application that is not registered.").into());
    }
    let asked = call.app.config.behaviour.standard_claims.then(|| Asked::carried(&claims));
    let unattended = Unattended {
        tenant: Arc::clone(call.tenant),
        policy: Arc::clone(call.policy),
        journey: Some(Arc::clone(journey)),
        request: Request {
            entry: Entry::UserInfo(claims.into_iter().collect()),
            tenant_id: call.tenant.id.clone(),
            host: call.visit.host.clone(),
            address: call.visit.address.to_string(),
            device: None,
            languages: call.visit.languages(),
            parameters: BTreeMap::new(),
            application: client.as_ref().map(|client| client.name.clone()),
        },
        correlation: call.visit.correlation.clone(),
    };
    match journeys::run(call.app, unattended).await? {
        Outcome::Issue(issue) => Ok(told(asked, issue.claims)),
        Outcome::Fault(fault) => Err(Refusal { error: "invalid_token", fault }.into()),
    }
}

/// The document: all of the journey's claims, or those that the token was asked for with.
fn told(asked: Option<Asked>, claims: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let Some(asked) = asked else { return claims };
    let may_stand = claims.into_iter().filter(|(name, _)| asked.in_userinfo(name));
    may_stand.map(|(name, value)| (name.clone(), standard::shaped(&name, &value))).collect()
}

/// The bearer token: one, by one way (RFC 6750, 2). A token in the query is refused (attack 79).
fn bearer(call: Call<'_>, body: &[u8]) -> Result<String, Refusal> {
    let malformed = |_| Refusal::named("invalid_request", 90240, "The request is malformed.");
    let query = Parameters::read(&call.visit.query, b"").map_err(malformed)?;
    if query.raw("access_token").is_some() {
        return Err(Refusal::named("invalid_request", 90240, "A bearer token must not stand in the URL."));
    }
    let form = match call.visit.method == Method::POST {
        true => Parameters::read("", body).map_err(malformed)?,
        false => Parameters::default(),
    };
    let in_header = call.visit.headers.get(header::AUTHORIZATION);
    let in_header = in_header.map(|value| {
        let text = value.to_str().ok()?;
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    match (in_header, form.get("access_token")) {
        (Some(Some(token)), None) if !token.is_empty() => Ok(token),
        (None, Some(token)) => Ok(token.to_owned()),
        (None, None) => Err(Refusal::named("", 90194, "The request carries no bearer token.")),
        (Some(_), Some(_)) => {
            Err(Refusal::named("invalid_request", 90240, "The request carries two bearer tokens."))
        }
        (Some(_), None) => Err(invalid(90240, "The bearer token is malformed.")),
    }
}

/// The settings of the journey's authorization profile.
fn bearer_settings(journey: &UserJourney) -> Option<&Bearer> {
    journey.authorization.iter().find_map(|profile| match &profile.kind {
        Kind::Bearer(settings) => Some(settings),
        _ => None,
    })
}

/// The claims of a token that is an access token, ours, of this policy, alive, and not killed with its code.
async fn verify(
    call: Call<'_>,
    token: &str,
    settings: &TokenIssuer,
    bearer: Option<&Bearer>,
) -> Result<Map<String, Value>, Denied> {
    let verified =
        call.app.keys.verify(&call.tenant.name, &settings.signing_key, token, &Expect::default()).await;
    let claims = match verified {
        Ok(verified) => verified.claims,
        Err(KeyError::Expired) => return Err(invalid(90235, "The bearer token is out of its time.").into()),
        Err(error @ (KeyError::Store(_) | KeyError::Seal(_))) => return Err(Error::from(error).into()),
        Err(_) => return Err(invalid(90239, "The signature of the bearer token is not valid.").into()),
    };
    judge(call, &claims, settings, bearer)?;
    if spent::is_ended(call.shelf(), token).await? {
        return Err(invalid(90235, "The bearer token was revoked.").into());
    }
    Ok(claims)
}

fn judge(
    call: Call<'_>,
    claims: &Map<String, Value>,
    settings: &TokenIssuer,
    bearer: Option<&Bearer>,
) -> Result<(), Refusal> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    // Only access tokens have `azp`; it is never a policy's to fill (attacks 85, 89).
    if text("azp").is_none() {
        return Err(invalid(90240, "The token is not an access token."));
    }
    let wanted = bearer.map(|bearer| bearer.issuer.as_str()).filter(|issuer| !issuer.is_empty());
    let own = issuer(&call.visit.origin, &call.tenant.id, &call.policy.id, settings.issuer);
    if text("iss") != Some(wanted.unwrap_or(&own)) {
        return Err(invalid(90238, "The issuer of the bearer token is not the expected one."));
    }
    let same_policy = ["acr", "tfp"].iter().find_map(|name| text(name));
    let by_issuer = settings.issuer == vestibule_engine::kind::IssuerPattern::WithPolicy;
    if !same_policy.map_or(by_issuer, |policy| policy.eq_ignore_ascii_case(&call.policy.id)) {
        return Err(invalid(90238, "The bearer token was issued by another policy."));
    }
    let audiences = bearer.map(|bearer| bearer.audience.as_slice()).unwrap_or_default();
    let audience = text("aud").unwrap_or_default();
    if !audiences.is_empty() && !audiences.iter().any(|known| known == audience) {
        return Err(invalid(90237, "The audience of the bearer token is not an expected one."));
    }
    Ok(())
}

fn invalid(code: u32, text: &str) -> Refusal {
    Refusal::named("invalid_token", code, text)
}

/// 401 with the challenge of RFC 6750, 3; without a token there is no error word in it. `invalid_request` is 400.
fn refused(call: Call<'_>, refusal: &Refusal) -> Response {
    let status = match refusal.error {
        "invalid_request" => StatusCode::BAD_REQUEST,
        _ => StatusCode::UNAUTHORIZED,
    };
    let mut response = error_response(call, status, refusal);
    let challenge = match refusal.error {
        "" => "Bearer realm=\"userinfo\"".to_owned(),
        error => format!("Bearer error=\"{error}\", error_description=\"{}\"", refusal.fault.code),
    };
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
