//! Sign-out: the browser's session ends, the applications of it are told by frames or by requests of ours, and the
//! browser goes to a registered address or sees that it is signed out (protocols 9, README 20).
//!
//! In: a call. Out: a redirect or a page. Who may end what: a page the person navigates to, or whoever holds a hint about
//! that session; an image, frame or script of another site without one ends nothing (attack 98).

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_engine::journey::Fault;
use vestibule_engine::policy::party::Scope;

use super::call::Call;
use super::hint::{self, Hint};
use super::parameters::Parameters;
use super::respond::redirect;
use super::told;
use crate::applications::Application;
use crate::audit::{self, Activity, Event, Origin};
use crate::backchannel;
use crate::error::Error;
use crate::sessions::{self, Ended, Participant, Presented};
use crate::tokens::Failure;
use crate::web::pages::{self, Exception, Onward};

/// Applications whose frames a page holds at most.
const MOST_FRAMES: usize = 20;

/// Answers a sign-out request.
pub async fn logout(call: Call<'_>, body: Bytes) -> Response {
    let Ok(parameters) = Parameters::read(&call.visit.query, &body) else {
        return told::fault(call.reader(), &Fault::with(90122, "The request is malformed."));
    };
    match sign_out(call, &parameters).await {
        Ok(response) => response,
        Err(error) => told::failure(&error),
    }
}

async fn sign_out(call: Call<'_>, parameters: &Parameters) -> Result<Response, Error> {
    if parameters.repeated().is_some() {
        return Ok(told::fault(call.reader(), &Fault::with(90122, "A parameter came more than once.")));
    }
    let hint = match parameters.get("id_token_hint") {
        Some(token) => hint::read(call, token).await?,
        None => None,
    };
    let applications = call.applications().await?;
    let target = target(call, (parameters, hint.as_ref()), &applications);
    if call.party.behaviour.enforce_hint_on_logout
        && let Err(fault) = enforced(call, parameters, (hint.as_ref(), target.as_deref()))
    {
        return Ok(told::fault(call.reader(), &fault));
    }
    match verdict(call, parameters, hint.as_ref()).await? {
        Verdict::End => {}
        Verdict::Ask => return Ok(ask(call, parameters)),
        Verdict::Nothing => return Ok(signed_out(call, None, &[])),
    }
    let client_id = hint.as_ref().map(|hint| hint.client_id.as_str()).or(parameters.get("client_id"));
    let (cookies, ended) = end_sessions(call, client_id).await?;
    backchannel::tell(call.app, &call.tenant.name, &ended).await?;
    let frames = frames(call, &ended, (client_id, &applications));
    let mut response = match (target, frames.is_empty()) {
        (Some(target), true) => redirect(&target),
        (target, _) => signed_out(call, target.as_deref(), &frames),
    };
    for name in cookies {
        call.visit.set_cookie(response.headers_mut(), &name, "", None);
    }
    Ok(response)
}

/// `EnforceIdTokenHintOnLogout`: a hint that verifies, and an address of its application (protocols 9). Where the
/// operator allows it, a request that names no address needs no hint (18, row 19).
fn enforced(
    call: Call<'_>,
    parameters: &Parameters,
    (hint, target): (Option<&Hint>, Option<&str>),
) -> Result<(), Fault> {
    let sent = parameters.get("id_token_hint").is_some();
    let uri = parameters.get("post_logout_redirect_uri");
    match (hint, uri) {
        (None, None) if !sent && call.app.config.behaviour.hintless_sign_out => Ok(()),
        (None, _) => Err(Fault::with(90272, "An id_token_hint is required to sign out of this policy.")),
        (Some(_), Some(uri)) if target.is_none() => Err(match url::Url::parse(uri) {
            Ok(_) => Fault::of(90006),
            Err(_) => Fault::with(90067, "The post_logout_redirect_uri is not a valid address."),
        }),
        (Some(_), _) => Ok(()),
    }
}

/// What a sign-out request may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// End the session.
    End,
    /// Ask the person.
    Ask,
    /// Nothing at all.
    Nothing,
}

/// A hint speaks for the session of its own user and client; without one the person must be at the page.
async fn verdict(call: Call<'_>, parameters: &Parameters, hint: Option<&Hint>) -> Result<Verdict, Error> {
    let fits = match hint {
        Some(hint) => agrees(hint, parameters) && is_about_the_session(call, hint).await?,
        None => !call.app.config.behaviour.ask_before_sign_out,
    };
    Ok(match (fits, hint.is_some(), call.visit.is_embedded()) {
        (true, true, _) | (true, false, false) => Verdict::End,
        (_, _, true) => Verdict::Nothing,
        (false, _, false) if is_confirmed(call, parameters) => Verdict::End,
        (false, _, false) => Verdict::Ask,
    })
}

/// Whether the request names the application that its hint was for (RP-Initiated Logout 1.0 section 2).
fn agrees(hint: &Hint, parameters: &Parameters) -> bool {
    parameters.get("client_id").is_none_or(|id| id.eq_ignore_ascii_case(&hint.client_id))
}

/// The answer to our own question: posted by our own page.
fn is_confirmed(call: Call<'_>, parameters: &Parameters) -> bool {
    let from_us = call.visit.header("origin").is_none_or(|origin| origin == call.visit.origin);
    call.visit.method == Method::POST && parameters.get("confirmed") == Some("yes") && from_us
}

async fn is_about_the_session(call: Call<'_>, hint: &Hint) -> Result<bool, Error> {
    for (name, partition) in partitions(call, Some(&hint.client_id)) {
        let presented = sessions::load(call.shelf(), &partition, &call.visit.cookies(&name)).await;
        if let Presented::Live(live) = presented.map_err(as_error)? {
            return Ok(live.may_have_had(&hint.client_id) && hint.is_about(live.user()));
        }
    }
    Ok(true)
}

/// Cookie name and partition of the session that a policy and a client share.
fn partitions(call: Call<'_>, client_id: Option<&str>) -> Vec<(String, String)> {
    let scope = call.party.behaviour.scope;
    let partition = sessions::partition(scope, client_id.unwrap_or_default(), &call.policy.id);
    partition
        .map(|partition| (sessions::cookie_name(&call.tenant.name, &partition), partition))
        .into_iter()
        .collect()
}

/// Ends the session of the policy's scope; where that cannot be told, because no client is named, every session that the
/// browser has in the tenant. Returns the cookies to clear and the sessions that ended.
async fn end_sessions(call: Call<'_>, client_id: Option<&str>) -> Result<(Vec<String>, Vec<Ended>), Error> {
    let by_application = call.party.behaviour.scope == Scope::Application;
    let names: Vec<String> = match (by_application, client_id) {
        (true, None) => {
            let prefix = sessions::cookie_prefix(&call.tenant.name);
            call.visit
                .all_cookies()
                .filter(|(name, _)| name.starts_with(&prefix))
                .map(|(name, _)| name.to_owned())
                .collect()
        }
        _ => partitions(call, client_id).into_iter().map(|(name, _)| name).collect(),
    };
    let mut ended = Vec::new();
    let mut cleared = Vec::new();
    for name in names {
        let secrets: BTreeSet<String> = call.visit.cookies(&name).into_iter().map(str::to_owned).collect();
        for secret in secrets.iter().take(4) {
            ended.extend(sessions::end(call.shelf(), secret).await.map_err(as_error)?);
        }
        if !secrets.is_empty() {
            cleared.push(name);
        }
    }
    if !cleared.is_empty() {
        record(call, client_id).await?;
    }
    Ok((cleared, ended))
}

async fn record(call: Call<'_>, client_id: Option<&str>) -> Result<(), Error> {
    let origin = Origin {
        correlation_id: call.visit.correlation.clone(),
        policy_id: Some(call.policy.id.to_string()),
        application_id: client_id.map(str::to_owned),
        client_ip_address: Some(call.visit.address),
        client: call.visit.header("user-agent").map(str::to_owned),
        identity_provider_name: None,
    };
    let event =
        Event { tenant: &call.tenant.name, activity: Activity::SignOut, failure: None, target: "", origin };
    Ok(audit::record(&call.app.store, event, call.now()).await?)
}

/// Where the browser may go afterwards, with `state`: a URI registered for the application of the hint or the named one;
/// without either, for any application of the tenant (attack 99).
fn target(
    call: Call<'_>,
    (parameters, hint): (&Parameters, Option<&Hint>),
    all: &[Application],
) -> Option<String> {
    let uri = parameters.get("post_logout_redirect_uri")?;
    // A hint that does not verify, or is another application's, is nobody's word for the address.
    if parameters.get("id_token_hint").is_some() && !hint.is_some_and(|hint| agrees(hint, parameters)) {
        return None;
    }
    let client_id = hint.map(|hint| hint.client_id.as_str()).or(parameters.get("client_id"));
    let mut candidates = all
        .iter()
        .filter(|application| client_id.is_none_or(|id| application.client_id.eq_ignore_ascii_case(id)));
    let registered = candidates.any(|application| {
        application.redirect(uri).is_some() || application.logout_url.as_deref() == Some(uri)
    });
    let anywhere = call.app.config.behaviour.open_logout_redirect && is_web_address(uri);
    if !registered && !anywhere {
        return None;
    }
    let state = parameters.get("state").map(|state| {
        let separator = if uri.contains('?') { '&' } else { '?' };
        format!("{separator}state={}", utf8_percent_encode(state, NON_ALPHANUMERIC))
    });
    Some(format!("{uri}{}", state.unwrap_or_default()))
}

/// What the cloud's open redirect may lead to: an absolute address of the web, in plain ASCII.
fn is_web_address(uri: &str) -> bool {
    let plain = uri.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '\\' | '"' | '<' | '>'));
    let web = uri.starts_with("https://") || uri.starts_with("http://");
    plain
        && web
        && url::Url::parse(uri).is_ok_and(|url| url.username().is_empty() && url.password().is_none())
}

/// Sign-out addresses of the sessions' applications. The cloud calls the others as they are; the standard's way, where it
/// is turned on, calls the initiator too and says which session ended (Front-Channel Logout 1.0 section 2).
fn frames(
    call: Call<'_>,
    ended: &[Ended],
    (initiator, registered): (Option<&str>, &[Application]),
) -> Vec<String> {
    let standard = call.app.config.session.frontchannel_logout;
    let mut frames = Vec::new();
    for session in ended {
        for (client_id, participant) in &session.applications {
            let is_initiator = initiator.is_some_and(|known| known.eq_ignore_ascii_case(client_id));
            let application = registered.iter().find(|known| known.client_id.eq_ignore_ascii_case(client_id));
            let address = application.and_then(|known| known.logout_url.as_deref());
            let Some(address) = address.filter(|_| standard || !is_initiator) else { continue };
            frames.push(match standard {
                true => about_session(address, participant, &session.sid),
                false => address.to_owned(),
            });
        }
    }
    frames.truncate(MOST_FRAMES);
    frames
}

fn about_session(address: &str, participant: &Participant, sid: &str) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    let issuer = utf8_percent_encode(&participant.issuer, NON_ALPHANUMERIC);
    format!("{address}{separator}iss={issuer}&sid={}", utf8_percent_encode(sid, NON_ALPHANUMERIC))
}

/// The signed-out page. An application that signs out in a frame of its own may frame it: the frames of the others, and
/// the way on, work there too, and there is nothing on it to be tricked into.
fn signed_out(call: Call<'_>, target: Option<&str>, frames: &[String]) -> Response {
    let origin = target.and_then(|target| Some(url::Url::parse(target).ok()?.origin()));
    let origin = origin.filter(|_| call.visit.is_embedded()).map(|origin| origin.ascii_serialization());
    let page = call.reader().about(|about| {
        let about = Exception { framing: origin.as_slice(), ..*about };
        pages::signed_out(&about, Onward { target, frames })
    });
    told::response(StatusCode::OK, page)
}

/// Asks first, where the operator wants that, or where the hint is about somebody else.
fn ask(call: Call<'_>, parameters: &Parameters) -> Response {
    let kept = ["post_logout_redirect_uri", "client_id", "state", "id_token_hint"];
    let kept: Vec<(&str, &str)> =
        kept.iter().filter_map(|name| Some((*name, parameters.get(name)?))).collect();
    let action = call.address.url(&call.visit.origin, "oauth2/v2.0/logout");
    let page = call.reader().about(|about| pages::sign_out_question(about, &action, &kept));
    told::response(StatusCode::OK, page)
}

fn as_error(failure: Failure) -> Error {
    match failure {
        Failure::Error(error) => error,
        Failure::Fault(fault) => Error::new("reading a session", fault.text),
    }
}
