//! Requests that clients make themselves, no browser in between: what the token, revocation and introspection endpoints
//! share (protocols 3; RFC 6749, 2.3).
//!
//! In: a call with its form body. Out: the form and the authenticated client; later the answer with its CORS header, which
//! refusals carry like successes, because clients in browsers must be able to read them. Everything is JSON; a refusal is
//! 400, or 401 where HTTP Basic was tried. What an endpoint does with the request, it knows itself.

use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::call::Call;
use super::client::{self, Credentials, Proof};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{cors, discovery};
use crate::applications::{Application, assertion};
use crate::error::Error;
use crate::tokens::{Failure, issuer, spent};
use crate::web::error::ErrorPage;

/// Wrong secrets of one client from one address before none is looked at, and for how long they count.
const WRONG_SECRETS: i64 = 20;
const WRONG_SECRETS_WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// When to come again after any other throttling, seconds: MSAL waits as long by itself.
const AGAIN: u64 = 60;

/// A request whose client is authenticated.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// The request.
    pub call: Call<'a>,
    /// The client.
    pub application: &'a Application,
    /// Whether it proved itself; else it has only been named, as a client without secret is.
    pub proven: bool,
    /// The form.
    pub form: &'a Parameters,
}

/// A request's form and client.
pub struct Opened {
    form: Parameters,
    application: Application,
    proven: bool,
}

/// What is known of a request while it is answered: decides CORS and the status of refusals.
#[derive(Debug, Default)]
pub struct Known {
    application: Option<Application>,
    by_basic: bool,
}

/// Why a request came to nothing.
#[derive(Debug)]
pub enum Denied {
    /// Told to the client.
    Refusal(Refusal),
    /// Told to the client, which is to come again after so many seconds.
    Throttled(u64),
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

impl Opened {
    /// The request as endpoints see it.
    #[must_use]
    pub fn exchange<'a>(&'a self, call: Call<'a>) -> Exchange<'a> {
        Exchange { call, application: &self.application, proven: self.proven, form: &self.form }
    }
}

/// Reads the form and authenticates the client, which is told to the caller as soon as it is known.
///
/// # Errors
/// `invalid_request`, `invalid_client`, `unauthorized_client`, or failures of ours.
pub async fn open(call: Call<'_>, body: &[u8], known: &mut Known) -> Result<Opened, Denied> {
    if call.visit.method != Method::POST {
        let text = "The specified token exchange is only supported over HTTP POST.";
        return Err(Refusal::named("invalid_request", 90226, text).into());
    }
    let malformed = |_| Refusal::named("invalid_request", 90122, "The request is malformed.");
    let form = Parameters::read("", body).map_err(malformed)?;
    let query = Parameters::read(&call.visit.query, b"").map_err(malformed)?;
    if let Some(name) = form.repeated() {
        let text = format!("The parameter '{name}' came more than once.");
        return Err(Refusal::named("invalid_request", 90122, &text).into());
    }
    known.by_basic = call.visit.headers.contains_key(header::AUTHORIZATION);
    let sent = client::credentials(&form, &query, authorization(call))?;
    let found = call.application(&sent.client_id).await?;
    // A refused secret still names a client: its browser may read the refusal.
    known.application.clone_from(&found);
    let (application, proven) = authenticate(call, &sent, found).await?;
    if !application.may_use(&call.policy.id) {
        let text = "The application is not registered for this policy.";
        return Err(Refusal::named("unauthorized_client", 90011, text).into());
    }
    Ok(Opened { form, application, proven })
}

/// The response of a request, with what every such response carries.
pub async fn close(call: Call<'_>, known: &Known, outcome: Result<Response, Denied>) -> Response {
    let mut response = match outcome {
        Ok(response) => response,
        Err(Denied::Refusal(refusal)) => refused(call, &refusal, known.by_basic),
        Err(Denied::Throttled(seconds)) => throttled(call, seconds),
        Err(Denied::Error(error)) => failed(call, &error),
    };
    let origin = call.visit.headers.get(header::ORIGIN);
    if origin.is_some() && known.application.is_none() {
        let all = call.applications().await.unwrap_or_default();
        cors::allow(response.headers_mut(), origin, &all);
    } else {
        cors::allow(response.headers_mut(), origin, known.application.as_slice());
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

/// Checks the credentials; tells whether they are a proof. Wrong ones count per client and address; after some, none is
/// looked at for a while (attack 79).
async fn authenticate(
    call: Call<'_>,
    sent: &Credentials,
    found: Option<Application>,
) -> Result<(Application, bool), Denied> {
    let limited = call.app.config.limits.enabled && !matches!(sent.proof, Proof::None);
    let counter = format!("client secret {} {}", sent.client_id.to_lowercase(), call.visit.address);
    let (store, tenant, now) = (&call.app.store, &call.tenant.name, call.now());
    if limited && store.counted(tenant, &counter, now).await.map_err(Error::from)? >= WRONG_SECRETS {
        let seconds = WRONG_SECRETS_WINDOW.as_secs();
        return Err(Denied::Throttled(u64::try_from(seconds).unwrap_or(AGAIN)));
    }
    let outcome = match (&sent.proof, found) {
        (Proof::Assertion(text), Some(application)) => by_assertion(call, text, application).await,
        (_, found) => client::authenticate(sent, found, (tenant, now)).map_err(Denied::from),
    };
    let is_wrong = |denied: &Denied| match denied {
        Denied::Refusal(refusal) => matches!(refusal.fault.number(), Some(90017 | 90081)),
        Denied::Throttled(_) | Denied::Error(_) => false,
    };
    if limited && outcome.as_ref().is_err_and(is_wrong) {
        store.count(tenant, &counter, WRONG_SECRETS_WINDOW, now).await.map_err(Error::from)?;
    }
    outcome
}

/// A client that proves itself by a signed assertion, which counts once (attack 81).
async fn by_assertion(
    call: Call<'_>,
    text: &str,
    application: Application,
) -> Result<(Application, bool), Denied> {
    let application = client::enabled(application, &call.tenant.name)?;
    if !call.app.config.openid.private_key_jwt || application.keys.is_empty() {
        let text =
            "The request contains a client assertion, but the client has no key that could have signed it.";
        return Err(Refusal::named("invalid_client", 90039, text).into());
    }
    let invalid = |why: &str| {
        let text = format!("The client assertion provided in the request is invalid: {why}");
        Refusal::named("invalid_client", 90017, &text)
    };
    let once = assertion::judge(text, &application, &audiences(call), call.now()).map_err(invalid)?;
    let name = format!("client assertion {} {}", application.client_id, once.id);
    if !spent::first(call.shelf(), &name, once.expires).await? {
        return Err(invalid("its jti was used before").into());
    }
    Ok((application, true))
}

/// The texts that name us in an assertion: this endpoint, the token endpoint as discovery prints it, the issuer.
fn audiences(call: Call<'_>) -> Vec<String> {
    let origin = &call.visit.origin;
    let mut audiences =
        vec![call.address.url(origin, "oauth2/v2.0/token"), format!("{origin}{}", call.visit.path)];
    if let Some(settings) = discovery::settings(call) {
        let issuer = issuer(origin, &call.tenant.id, &call.policy.id, settings.issuer);
        audiences.push(issuer.trim_end_matches('/').to_owned());
        audiences.push(issuer);
    }
    audiences
}

/// A header that is there but not text counts as broken, not as absent.
fn authorization(call: Call<'_>) -> Option<&str> {
    let header = call.visit.headers.get(header::AUTHORIZATION)?;
    Some(header.to_str().unwrap_or(""))
}

/// 90083.
pub(super) fn missing(name: &str) -> Refusal {
    Refusal::named("invalid_request", 90083, &format!("The request is missing required parameter: {name}."))
}

/// 90079, where a client that has not proven itself asks what only a proven one gets.
pub(super) fn unproven() -> Refusal {
    let text = "Clients must send a client_secret when redeeming a confidential grant.";
    Refusal::named("invalid_client", 90079, text)
}

fn refused(call: Call<'_>, refusal: &Refusal, by_basic: bool) -> Response {
    if refusal.error == "temporarily_unavailable" {
        return throttled(call, AGAIN);
    }
    let tried_basic = by_basic && refusal.error == "invalid_client";
    let status = match (call.visit.method == Method::POST, tried_basic) {
        (false, _) => StatusCode::METHOD_NOT_ALLOWED,
        (true, true) => StatusCode::UNAUTHORIZED,
        (true, false) => StatusCode::BAD_REQUEST,
    };
    tracing::info!(
        error = refusal.error,
        code = %refusal.fault.code,
        policy = %call.policy.id,
        correlation = call.visit.correlation,
        "a request of a client was refused"
    );
    let mut response = error_response(call, status, refusal);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    }
    if tried_basic {
        let challenge = HeaderValue::from_static("Basic realm=\"token\", charset=\"UTF-8\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn throttled(call: Call<'_>, seconds: u64) -> Response {
    let text = "There are too many requests at this moment. Please wait for some time and try again.";
    let refusal = Refusal::named("temporarily_unavailable", 90244, text);
    let mut response = error_response(call, StatusCode::TOO_MANY_REQUESTS, &refusal);
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

/// A failure of ours is JSON too. It is not `invalid_grant`: the client may try the same grant again.
fn failed(call: Call<'_>, error: &Error) -> Response {
    let page = super::told::failure(error);
    let text = "The service is temporarily unavailable. Please retry after a few minutes.";
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
