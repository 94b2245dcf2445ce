//! The developer pages of `vestibule dev`: start page, run-now result, inbox. They do not exist under `serve`.
//!
//! In: what `app` hands over as plain rows ([`DevPages`]), and the site's own router, which answers the token
//! request of a run. Out: pages in the product's looks. Not known here: policies, journeys, the store.

mod claims;
mod graph;
mod inbox;
mod journeys;
mod run;
mod start;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use url::Url;

pub use start::{ApplicationCard, PolicyRow, PolicyState, StartPage};

use super::error::ErrorPage;
use super::headers::{Csp, hash_source, secure};
use crate::mail::Inbox;
use crate::recorder::Recorder;
use run::Runs;

const STYLE: &str = include_str!("../../../templates/dev/dev.css");
const SCRIPT: &str = include_str!("../../../templates/dev/dev.js");

/// From a policy's id to an SVG file.
type Draw = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What the developer pages need from the rest of the server.
pub struct DevPages {
    /// The public origin; requests under other host names are refused (DNS rebinding).
    pub public_url: Url,
    /// Further host names that may be used, without port.
    pub hosts: Vec<String>,
    /// The rows of the start page as they are now.
    pub start: Box<dyn Fn() -> StartPage + Send + Sync>,
    /// Draws a policy's journey from the files as they are now; nothing for a policy without one.
    pub graph: Box<Draw>,
    /// Mails sent so far.
    pub inbox: Inbox,
    /// What happened in journeys.
    pub recorder: Arc<Recorder>,
    /// Id of the public application, which runs use.
    pub client_id: String,
    /// The site's routes, for the token request of a run.
    pub site: Router,
    /// Fills with secure random bytes (`chance::fill`).
    pub random: fn(&mut [u8]),
}

impl fmt::Debug for DevPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DevPages")
    }
}

#[derive(Clone)]
struct Dev {
    pages: Arc<DevPages>,
    runs: Arc<Runs>,
}

/// The routes `/`, `/dev/graph.svg`, `/dev/run`, `/dev/run/callback`, `/dev/journeys…`, `/dev/inbox`, `/dev/inbox.json`, `/dev/inbox/{number}`.
pub fn routes(pages: DevPages) -> Router {
    let dev = Dev { pages: Arc::new(pages), runs: Arc::default() };
    Router::new()
        .route("/", get(start::show))
        .route("/dev/graph.svg", get(graph::show))
        .route("/dev/run", get(run::begin))
        .route("/dev/run/callback", get(run::callback))
        .route("/dev/journeys", get(journeys::list))
        .route("/dev/journeys.json", get(journeys::json))
        .route("/dev/journeys/{id}", get(journeys::one))
        .route("/dev/journeys/{id}/insights", get(journeys::insights))
        .route("/dev/inbox", get(inbox::list))
        .route("/dev/inbox.json", get(inbox::json))
        .route("/dev/inbox/{number}", get(inbox::body))
        .layer(middleware::from_fn_with_state(dev.clone(), guard))
        .with_state(dev)
}

/// Answers only under our own host names, and puts the careful headers on.
async fn guard(State(dev): State<Dev>, request: Request, next: Next) -> Response {
    if !is_own_host(&dev.pages, request.headers(), request.uri().host()) {
        return ErrorPage::misdirected().into_response();
    }
    let mut response = next.run(request).await;
    secure(response.headers_mut(), &dev.pages.public_url);
    response
}

/// HTTP/1.1 names the host in `Host`, HTTP/2 in the request target.
fn is_own_host(pages: &DevPages, headers: &HeaderMap, target: Option<&str>) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).or(target).unwrap_or_default();
    let Ok(url) = Url::parse(&format!("http://{host}/")) else { return false };
    let Some(name) = url.host_str() else { return false };
    let own = [pages.public_url.host_str().unwrap_or_default(), "localhost", "127.0.0.1", "[::1]"];
    own.contains(&name) || pages.hosts.iter().any(|known| known == name)
}

/// A page of ours: its one style and one script are allowed by their hashes.
fn page(html: Result<String, askama::Error>) -> Response {
    let Ok(html) = html else { return ErrorPage::unavailable(1).into_response() };
    let mut response = ([(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    let csp = Csp::closed()
        .allow("style-src", &hash_source(STYLE))
        .allow("script-src", &hash_source(SCRIPT))
        .allow("img-src", "'self'")
        .allow("img-src", "data:")
        .allow("connect-src", "'self'")
        .allow("frame-src", "'self'")
        .allow("form-action", "'self'");
    csp.put(response.headers_mut());
    response
}
