//! Back-channel sign-out: when a session ends, the applications that took part in it are told by a request of ours
//! (OpenID Connect Back-Channel Logout 1.0). An extension: off unless the operator turns it on.
//!
//! In: ended sessions. Out: one POST of a logout token to each application that registered an address for it, through the
//! guarded client; what becomes of it is logged. Who may end a session, and how, is not known here.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::task::JoinSet;
use url::{Url, form_urlencoded};

use crate::app::App;
use crate::applications;
use crate::chance;
use crate::error::Error;
use crate::http::{Bounds, Http, Method, Outgoing};
use crate::sessions::{self, Ended, Participant};
use crate::tokens::{Failure, Shelf, mint};

/// The event that a logout token is about (section 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Life of a logout token, seconds: "preferably at most two minutes in the future" (section 2.4).
const LIFE: i64 = 120;
/// Time for one application to answer, and how long the person waits for all of them.
const WITHIN: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest answer that is read, bytes. Nothing in it matters but the status.
const MOST_ANSWER: usize = 64 * 1024;

/// Sessions of a user whose applications will have to be told when all of them end; none while this is turned off.
///
/// # Errors
/// Failures of the store.
pub async fn sessions_of(app: &App, tenant: &str, user: &str) -> Result<Vec<Ended>, Error> {
    match app.config.session.backchannel_logout {
        true => sessions::of_user(shelf(app, tenant), user).await.map_err(as_error),
        false => Ok(Vec::new()),
    }
}

/// Tells the applications of ended sessions. Returns when all have answered, or after two seconds: the others are told
/// beside whatever comes next, and none for longer than five.
///
/// # Errors
/// Failures of store and keys; what applications answer is none.
pub async fn tell(app: &App, tenant: &str, ended: &[Ended]) -> Result<(), Error> {
    if !app.config.session.backchannel_logout || ended.iter().all(|session| session.applications.is_empty()) {
        return Ok(());
    }
    let registered = applications::list(&app.store, tenant).await?;
    let mut letters = JoinSet::new();
    for session in ended {
        for (client_id, participant) in &session.applications {
            let application = registered.iter().find(|known| known.client_id.eq_ignore_ascii_case(client_id));
            let address = application.and_then(|known| known.backchannel_logout_url.as_deref());
            let Some(url) = address.and_then(|address| Url::parse(address).ok()) else { continue };
            let token = logout_token(app, (tenant, client_id), participant, &session.sid).await?;
            letters.spawn(post(app.http.clone(), url, token));
        }
    }
    let _ = tokio::time::timeout(PATIENCE, async { while letters.join_next().await.is_some() {} }).await;
    letters.detach_all();
    Ok(())
}

async fn post(http: Http, url: Url, token: String) {
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut outgoing = Outgoing::new(Method::Post, url);
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish();
    outgoing.body("application/x-www-form-urlencoded", form.into_bytes());
    match http.send(&outgoing, Bounds { time: WITHIN, bytes: MOST_ANSWER }).await {
        // 200 by the letter; some frameworks answer 204 (section 2.8).
        Ok(answer) if matches!(answer.status, 200 | 204) => tracing::debug!(host, "an application was told"),
        Ok(answer) => tracing::warn!(host, status = answer.status, "an application did not take a sign-out"),
        Err(error) => tracing::warn!(host, %error, "an application could not be told of a sign-out"),
    }
}

/// A logout token for one application (section 2.4).
async fn logout_token(
    app: &App,
    (tenant, client_id): (&str, &str),
    participant: &Participant,
    sid: &str,
) -> Result<String, Error> {
    let key = app.keys.active(tenant, &participant.signing_key).await?;
    let claims = claims(client_id, participant, sid, app.clock.now().as_second());
    mint::sign_typed(&key, "logout+jwt", &claims).map_err(as_error)
}

fn claims(client_id: &str, participant: &Participant, sid: &str, now: i64) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("iss".into(), participant.issuer.as_str().into());
    claims.insert("sub".into(), participant.subject.as_str().into());
    claims.insert("aud".into(), client_id.into());
    claims.insert("iat".into(), now.into());
    claims.insert("exp".into(), (now + LIFE).into());
    claims.insert("jti".into(), chance::uuid().into());
    claims.insert("events".into(), json!({ EVENT: {} }));
    claims.insert("sid".into(), sid.into());
    claims
}

fn shelf<'a>(app: &'a App, tenant: &'a str) -> Shelf<'a> {
    Shelf { store: &app.store, sealer: &app.sealer, tenant, now: app.clock.now() }
}

fn as_error(failure: Failure) -> Error {
    match failure {
        Failure::Error(error) => error,
        Failure::Fault(fault) => Error::new("telling applications of a sign-out", fault.text),
    }
}
