//! Sign-out: the browser's session ends, the other applications of it are told by frames, and the browser goes to a
//! registered address or sees that it is signed out (protocols 9, README 20).
//!
//! In: a call. Out: a redirect or a page. Who may end what: a page the person navigates to, or whoever holds a hint about
//! that session; an image, frame or script of another site without one ends nothing (attack 98).

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_engine::journey::Fault;

use super::call::Call;
use super::hint::{self, Hint};
use super::parameters::Parameters;
use super::respond::{escape, redirect};
use super::told;
use crate::applications::Application;
use crate::audit::{self, Activity, Event, Origin};
use crate::error::Error;
use crate::sessions::{self, Presented};
use crate::tokens::Failure;
use crate::web::headers::{Csp, Nonce};
use crate::web::pages;

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
    if call.party.behaviour.enforce_hint_on_logout && hint.is_none() {
        let text = "An id_token_hint is required to sign out of this policy.";
        return Ok(told::fault(call.reader(), &Fault::with(90272, text)));
    }
    match verdict(call, parameters, hint.as_ref()).await? {
        Verdict::End => {}
        Verdict::Ask => return Ok(ask(call, parameters)),
        Verdict::Nothing => return Ok(signed_out(call, "", &[])),
    }
    let applications = call.applications().await?;
    let target = target(call, (parameters, hint.as_ref()), &applications);
    let client_id = hint.as_ref().map(|hint| hint.client_id.as_str()).or(parameters.get("client_id"));
    let (cookies, told) = end_sessions(call, client_id).await?;
    let others = front_channel(&told, client_id, &applications);
    let mut response = match (target, others.is_empty()) {
        (Some(target), true) => redirect(&target),
        (target, _) => signed_out(call, &target.unwrap_or_default(), &others),
    };
    for name in cookies {
        call.visit.set_cookie(response.headers_mut(), &name, "", None);
    }
    Ok(response)
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
        Some(hint) => is_about_the_session(call, hint).await?,
        None => !call.app.config.behaviour.ask_before_sign_out,
    };
    Ok(match (fits, hint.is_some(), call.visit.is_embedded()) {
        (true, true, _) | (true, false, false) => Verdict::End,
        (_, _, true) => Verdict::Nothing,
        (false, _, false) if is_confirmed(call, parameters) => Verdict::End,
        (false, _, false) => Verdict::Ask,
    })
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
            let known = live.applications();
            let client = known.is_empty() || known.contains(&hint.client_id.to_lowercase());
            return Ok(client && hint.is_about(live.user()));
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
/// browser has in the tenant. Returns the cookies to clear and the applications signed in to.
async fn end_sessions(
    call: Call<'_>,
    client_id: Option<&str>,
) -> Result<(Vec<String>, BTreeSet<String>), Error> {
    use vestibule_engine::policy::party::Scope;
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
    let mut told = BTreeSet::new();
    let mut cleared = Vec::new();
    for name in names {
        let secrets: BTreeSet<String> = call.visit.cookies(&name).into_iter().map(str::to_owned).collect();
        for secret in secrets.iter().take(4) {
            told.extend(sessions::end(call.shelf(), secret).await.map_err(as_error)?);
        }
        if !secrets.is_empty() {
            cleared.push(name);
        }
    }
    if !cleared.is_empty() {
        record(call, client_id).await?;
    }
    Ok((cleared, told))
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
    // A hint that does not verify is not somebody's word for the address.
    if parameters.get("id_token_hint").is_some() && hint.is_none() {
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

/// Sign-out addresses of the session's other applications; the initiator is not called.
fn front_channel(told: &BTreeSet<String>, initiator: Option<&str>, all: &[Application]) -> Vec<String> {
    let other = |application: &&Application| {
        let id = &application.client_id;
        told.contains(&id.to_lowercase()) && !initiator.is_some_and(|known| known.eq_ignore_ascii_case(id))
    };
    all.iter().filter(other).filter_map(|application| application.logout_url.clone()).take(20).collect()
}

/// The signed-out page; where others must be told it holds a frame for each, and goes on when they have loaded.
fn signed_out(call: Call<'_>, target: &str, others: &[String]) -> Response {
    let mut page = call.reader().about(pages::signed_out);
    if target.is_empty() && others.is_empty() {
        return told::response(StatusCode::OK, page);
    }
    let nonce = Nonce::new(crate::chance::bytes());
    let mut sources = String::new();
    let mut added = String::new();
    for url in others {
        if let Some(origin) = url::Url::parse(url).ok().map(|url| url.origin().ascii_serialization()) {
            sources.push_str(&format!(" {origin}"));
            added.push_str(&format!("<iframe hidden src=\"{}\" title=\"\"></iframe>", escape(url)));
        }
    }
    if !target.is_empty() {
        added.push_str(&format!(
            "<p><a id=\"onward\" href=\"{}\">Continue</a></p><script nonce=\"{}\">\
             function go(){{location.replace(document.getElementById(\"onward\").href)}}\
             addEventListener(\"load\",go);setTimeout(go,3000);</script>",
            escape(target),
            nonce.as_str()
        ));
    }
    page.body = page.body.replacen("</body>", &format!("{added}</body>"), 1);
    for (name, value) in &mut page.headers {
        if *name == "content-security-policy" {
            let script = format!("script-src 'nonce-{}' ", nonce.as_str());
            *value = value.replacen("script-src ", &script, 1);
            value.push_str(&format!("; frame-src{}", if sources.is_empty() { " 'none'" } else { &sources }));
        }
    }
    told::response(StatusCode::OK, page)
}

/// Asks first, where the operator wants that.
fn ask(call: Call<'_>, parameters: &Parameters) -> Response {
    let kept = ["post_logout_redirect_uri", "client_id", "state", "id_token_hint"];
    let inputs: String = kept
        .iter()
        .filter_map(|name| Some((name, parameters.get(name)?)))
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)))
        .collect();
    let body = format!(
        "<h1>Sign out?</h1><form method=\"POST\" action=\"{}\">{inputs}\
         <input type=\"hidden\" name=\"confirmed\" value=\"yes\"><button type=\"submit\">Sign out</button></form>",
        escape(&call.address.url(&call.visit.origin, "oauth2/v2.0/logout"))
    );
    page(call, "Sign out", &body, &Csp::closed().allow("form-action", "'self'"))
}

fn page(call: Call<'_>, title: &str, body: &str, csp: &Csp) -> Response {
    let html = format!(
        "<!DOCTYPE html>\n<!-- CorrelationId: {} -->\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\
         <body><main>{body}</main></body></html>\n",
        escape(&call.visit.correlation)
    );
    let mut response = (StatusCode::OK, html).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    csp.put(response.headers_mut());
    response
}

fn as_error(failure: Failure) -> Error {
    match failure {
        Failure::Error(error) => error,
        Failure::Fault(fault) => Error::new("reading a session", fault.text),
    }
}
