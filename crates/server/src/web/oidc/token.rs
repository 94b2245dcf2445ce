//! The token endpoint: one pipeline for all grants. Parse → authenticate the client → redeem → answer (protocols 3).
//!
//! In: a call with its form body. Out: JSON, always; a refusal is 400, or 401 where HTTP Basic was tried, and carries the
//! CORS header like a success, because clients in browsers must be able to read it. What a grant is, `grants` knows.

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use vestibule_engine::kind::TokenIssuer;

use super::call::Call;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{client, cors, grants};
use crate::applications::Application;
use crate::error::Error;
use crate::tokens::refresh::Successor;
use crate::tokens::{Failure, Grant, Minted};
use crate::web::error::ErrorPage;

/// Wrong secrets of one client from one address before none is looked at, and for how long they count.
const WRONG_SECRETS: i64 = 20;
const WRONG_SECRETS_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// A token request whose client is authenticated.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// The request.
    pub call: Call<'a>,
    /// The client.
    pub application: &'a Application,
    /// The form.
    pub form: &'a Parameters,
}

/// What a grant came to.
pub struct Issued {
    /// The grant, as it will be kept.
    pub grant: Grant,
    /// Its tokens.
    pub minted: Minted,
    /// The refresh token, where `offline_access` was granted.
    pub refresh: Option<Successor>,
    /// The issuer's settings.
    pub settings: TokenIssuer,
}

/// Why a grant came to nothing.
#[derive(Debug)]
pub enum Denied {
    /// Told to the client.
    Refusal(Refusal),
    /// Our machine failed.
    Error(Error),
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Denied {
        Denied::Refusal(refusal)
    }
}

impl From<Error> for Denied {
    fn from(error: Error) -> Denied {
        Denied::Error(error)
    }
}

impl From<Failure> for Denied {
    fn from(failure: Failure) -> Denied {
        match failure {
            Failure::Fault(fault) => Denied::Refusal(Refusal::of(fault)),
            Failure::Error(error) => Denied::Error(error),
        }
    }
}

/// Answers a token request.
pub async fn token(call: Call<'_>, body: Bytes) -> Response {
    let mut client = None;
    let mut by_basic = false;
    let outcome = redeem(call, &body, (&mut client, &mut by_basic)).await;
    let mut response = match outcome {
        Ok(issued) => answer(call, &issued.0, issued.1),
        Err(Denied::Refusal(refusal)) => refused(call, &refusal, by_basic),
        Err(Denied::Error(error)) => failed(call, &error),
    };
    let origin = call.visit.headers.get(header::ORIGIN);
    if origin.is_some() && client.is_none() {
        let all = call.applications().await.unwrap_or_default();
        cors::allow(response.headers_mut(), origin, &all);
    } else {
        cors::allow(response.headers_mut(), origin, client.as_slice());
    }
    response
}

/// Answers a preflight: of any client of the tenant, as none is named yet.
pub async fn preflight(call: Call<'_>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let all = call.applications().await.unwrap_or_default();
    cors::allow(response.headers_mut(), call.visit.headers.get(header::ORIGIN), &all);
    cors::preflight(response.headers_mut());
    response
}

/// The phases that every grant shares. The client is told to the caller as soon as it is known, for CORS.
async fn redeem(
    call: Call<'_>,
    body: &[u8],
    (known, by_basic): (&mut Option<Application>, &mut bool),
) -> Result<(Issued, bool), Denied> {
    if call.visit.method != Method::POST {
        let text = "The token endpoint accepts only POST requests.";
        return Err(Refusal::named("invalid_request", 90226, text).into());
    }
    let malformed = |_| Refusal::named("invalid_request", 90122, "The request is malformed.");
    let form = Parameters::read("", body).map_err(malformed)?;
    let query = Parameters::read(&call.visit.query, b"").map_err(malformed)?;
    if let Some(name) = form.repeated() {
        let text = format!("The parameter '{name}' came more than once.");
        return Err(Refusal::named("invalid_request", 90122, &text).into());
    }
    *by_basic = call.visit.headers.contains_key(header::AUTHORIZATION);
    let sent = client::credentials(&form, &query, authorization(call))?;
    let found = call.application(&sent.client_id).await?;
    // A refused secret still names a client: its browser may read the refusal.
    known.clone_from(&found);
    let application = authenticate(call, &sent, found).await?;
    if !application.may_use(&call.policy.id) {
        let text = "The application is not registered for this policy.";
        return Err(Refusal::named("unauthorized_client", 90011, text).into());
    }
    let exchange = Exchange { call, application: &application, form: &form };
    let issued = match form.get("grant_type") {
        Some("authorization_code") => grants::code::redeem(exchange).await?,
        Some("refresh_token") => grants::refresh::redeem(exchange).await?,
        Some(_) => {
            let text = "The supplied grant_type is not supported.";
            return Err(Refusal::named("unsupported_grant_type", 90086, text).into());
        }
        None => return Err(missing("grant_type").into()),
    };
    Ok((issued, form.get("client_info") == Some("1")))
}

/// Checks the credentials. Wrong secrets count per client and address; after some, none is looked at for a while
/// (attack 79).
async fn authenticate(
    call: Call<'_>,
    sent: &client::Credentials,
    found: Option<Application>,
) -> Result<Application, Denied> {
    let limited = call.app.config.limits.enabled && sent.secret.is_some();
    let counter = format!("client secret {} {}", sent.client_id.to_lowercase(), call.visit.address);
    let (store, tenant, now) = (&call.app.store, &call.tenant.name, call.now());
    if limited && store.counted(tenant, &counter, now).await.map_err(Error::from)? >= WRONG_SECRETS {
        let text = "There are too many requests at this moment. Please wait for some time and try again.";
        return Err(Refusal::named("temporarily_unavailable", 90244, text).into());
    }
    let outcome = client::authenticate(sent, found, now);
    if limited && outcome.as_ref().is_err_and(|refusal| refusal.fault.number() == Some(90081)) {
        store.count(tenant, &counter, WRONG_SECRETS_WINDOW, now).await.map_err(Error::from)?;
    }
    Ok(outcome?)
}

/// A header that is there but not text counts as broken, not as absent.
fn authorization(call: Call<'_>) -> Option<&str> {
    let header = call.visit.headers.get(header::AUTHORIZATION)?;
    Some(header.to_str().unwrap_or(""))
}

/// 90083.
pub(super) fn missing(name: &str) -> Refusal {
    let text = format!("The request is missing the required parameter: {name}.");
    Refusal::named("invalid_request", 90083, &text)
}

/// The response body, members and order as the cloud's (protocols 3).
fn answer(call: Call<'_>, issued: &Issued, wants_client_info: bool) -> Response {
    let (grant, settings, now) = (&issued.grant, &issued.settings, call.now().as_second());
    let number = |number: i64| match settings.json_numbers {
        true => Value::from(number),
        false => Value::from(number.to_string()),
    };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    if let Some(token) = &issued.minted.access_token {
        put("access_token", token.as_str().into());
    }
    if let Some(token) = &issued.minted.id_token {
        put("id_token", token.as_str().into());
    }
    put("token_type", "Bearer".into());
    put("not_before", number(now));
    if issued.minted.access_token.is_some() {
        let seconds = i64::from(settings.access_seconds);
        put("expires_in", number(seconds));
        put("expires_on", number(now + seconds));
    }
    if let Some(granted) = grant.scopes.resource.as_ref().filter(|_| issued.minted.access_token.is_some()) {
        put("resource", granted.audience.as_str().into());
    }
    if issued.minted.id_token.is_some() {
        put("id_token_expires_in", number(settings.id_seconds.into()));
        put("profile_info", profile_info(grant, &call.tenant.id).into());
    }
    put("scope", grant.scopes.text().into());
    if let Some(refresh) = &issued.refresh {
        put("refresh_token", refresh.token.as_str().into());
        put("refresh_token_expires_in", number((refresh.expires.as_second() - now).max(0)));
    }
    if wants_client_info {
        put("client_info", client_info(grant, &call.tenant.id).into());
    }
    json_response(StatusCode::OK, &Value::Object(body))
}

/// `client_info`: MSAL's account is `uid.utid`; the policy's suffix keeps accounts of several policies apart.
#[must_use]
pub fn client_info(grant: &Grant, tenant_id: &str) -> String {
    let oid = || grant.claim("oid").and_then(Value::as_str).map(str::to_owned);
    let user = grant.user.clone().or_else(oid).or_else(|| grant.sub()).unwrap_or_default();
    let info = json!({ "uid": format!("{user}-{}", grant.policy.to_lowercase()), "utid": tenant_id });
    URL_SAFE_NO_PAD.encode(info.to_string())
}

fn profile_info(grant: &Grant, tenant_id: &str) -> String {
    let claim = |name: &str| grant.claim(name).filter(|value| value.is_string()).cloned();
    let info = json!({
        "ver": "1.0",
        "tid": tenant_id,
        "sub": null,
        "name": claim("name"),
        "preferred_username": claim("preferred_username"),
        "idp": claim("idp").unwrap_or_else(|| "LocalAccount".into()),
    });
    URL_SAFE_NO_PAD.encode(info.to_string())
}

fn refused(call: Call<'_>, refusal: &Refusal, by_basic: bool) -> Response {
    let tried_basic = by_basic && refusal.error == "invalid_client";
    let status = match (call.visit.method == Method::POST, tried_basic) {
        (false, _) => StatusCode::METHOD_NOT_ALLOWED,
        (true, _) if refusal.error == "temporarily_unavailable" => StatusCode::TOO_MANY_REQUESTS,
        (true, true) => StatusCode::UNAUTHORIZED,
        (true, false) => StatusCode::BAD_REQUEST,
    };
    tracing::info!(
        error = refusal.error,
        code = %refusal.fault.code,
        policy = %call.policy.id,
        correlation = call.visit.correlation,
        "a token request was refused"
    );
    let mut response = error_response(call, status, refusal);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(header::RETRY_AFTER, WRONG_SECRETS_WINDOW.as_secs().into());
    }
    if tried_basic {
        let challenge = HeaderValue::from_static("Basic realm=\"token\", charset=\"UTF-8\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// A failure of ours is JSON too. It is not `invalid_grant`: the client may try the same grant again.
fn failed(call: Call<'_>, error: &Error) -> Response {
    let page = super::told::failure(error);
    let text = "The service is temporarily unavailable. Please retry.";
    let refusal = match error.is_passing() {
        true => Refusal::named("temporarily_unavailable", 90035, text),
        false => Refusal::named("server_error", 90048, "An unhandled exception has occurred on the server."),
    };
    let mut response = error_response(call, page.status(), &refusal);
    if let Some(wait) = page.headers().get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    response
}

/// What no handler saw: a body of another type, too large, too often.
#[must_use]
pub fn unread(call: Call<'_>, page: &ErrorPage) -> Response {
    let page = page.clone().into_response();
    let refusal = match page.status() {
        StatusCode::TOO_MANY_REQUESTS => Refusal::named(
            "temporarily_unavailable",
            90244,
            "There are too many requests at this moment. Please wait for some time and try again.",
        ),
        _ => Refusal::named(
            "invalid_request",
            90122,
            "The body of the request is not a form, or is too large.",
        ),
    };
    let mut response = error_response(call, page.status(), &refusal);
    for name in [header::RETRY_AFTER, header::CONNECTION] {
        if let Some(value) = page.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

pub(super) fn error_response(call: Call<'_>, status: StatusCode, refusal: &Refusal) -> Response {
    let description = refusal.description(call.occasion());
    let body = json!({
        "error": refusal.error,
        "error_description": description,
        "correlation_id": call.visit.correlation,
    });
    json_response(status, &body)
}

/// Compact JSON that nobody keeps (user-interface 2.4, attack 93).
pub(super) fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
