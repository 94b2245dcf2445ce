//! "Run now": an authorization request of our own, and a page that shows what came back.
//!
//! A run is a code flow with PKCE of the public application. Its state, nonce and verifier wait in memory
//! (bounded); the token request goes through the site's own routes, so the page shows what any client gets.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use askama::Template;
use aws_lc_rs::digest;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, Request};
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use tower::ServiceExt as _;
use url::Url;

use super::claims::{Decoded, decoded, indented};
use super::{Dev, SCRIPT, STYLE, page};
use crate::listen::Peer;
use crate::web::error::ErrorPage;

/// Runs that may wait for their answer at once; the oldest makes room.
const MOST_RUNS: usize = 100;
/// Largest token response that is shown.
const MOST_BYTES: usize = 256 * 1024;

/// Runs under way.
#[derive(Debug, Default)]
pub(super) struct Runs(Mutex<VecDeque<Run>>);

#[derive(Debug)]
struct Run {
    state: String,
    nonce: String,
    verifier: String,
    policy: String,
    request: Url,
}

impl Runs {
    fn keep(&self, run: Run) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.len() >= MOST_RUNS {
            runs.pop_front();
        }
        runs.push_back(run);
    }

    fn take(&self, state: &str) -> Option<Run> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = runs.iter().position(|run| run.state == state)?;
        runs.remove(index)
    }
}

/// What a run may be asked for, beside its policy.
#[derive(Deserialize)]
pub(super) struct Wish {
    policy: String,
    #[serde(default)]
    ui_locales: String,
    #[serde(default)]
    login_hint: String,
    #[serde(default)]
    prompt: String,
}

/// What the authorize endpoint sends back.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// A name and a value for a table.
struct Pair {
    name: String,
    value: String,
}

/// The token request and its answer.
#[derive(Default)]
struct Exchange {
    endpoint: String,
    parameters: Vec<Pair>,
    status: u16,
    body: String,
    tokens: Vec<(&'static str, Decoded)>,
}

#[derive(Template)]
#[template(path = "dev/run.html")]
struct Html<'a> {
    style: &'static str,
    script: &'static str,
    here: &'static str,
    policy: &'a str,
    request: &'a str,
    request_base: String,
    request_parameters: Vec<Pair>,
    error: &'a str,
    description: &'a str,
    nonce_fits: bool,
    exchange: Option<&'a Exchange>,
    sign_out: String,
}

/// `GET /dev/run?policy=ID`: off to the authorize endpoint.
pub(super) async fn begin(State(dev): State<Dev>, Query(wish): Query<Wish>) -> Response {
    let start = (dev.pages.start)();
    let Some(policy) = start.policies.iter().find(|row| row.id.eq_ignore_ascii_case(&wish.policy)) else {
        return ErrorPage::not_found().into_response();
    };
    let mut random = [0u8; 96];
    (dev.pages.random)(&mut random);
    let mut words = random.chunks(32).map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let mut word = || words.next().unwrap_or_default();
    let (state, nonce, verifier) = (word(), word(), word());
    let Some(mut request) = endpoint(&dev, &start.tenant, &policy.id, "authorize") else {
        return ErrorPage::not_found().into_response();
    };
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    let client_id = &dev.pages.client_id;
    let scope = format!("openid offline_access {client_id}");
    let callback = callback_url(&dev);
    request.query_pairs_mut().extend_pairs([
        ("client_id", client_id.as_str()),
        ("redirect_uri", callback.as_str()),
        ("response_type", "code"),
        ("response_mode", "query"),
        ("scope", scope.as_str()),
        ("state", state.as_str()),
        ("nonce", nonce.as_str()),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ]);
    for (name, value) in
        [("ui_locales", wish.ui_locales), ("login_hint", wish.login_hint), ("prompt", wish.prompt)]
    {
        if !value.is_empty() {
            request.query_pairs_mut().append_pair(name, &value);
        }
    }
    let target = request.to_string();
    dev.runs.keep(Run { state, nonce, verifier, policy: policy.id.clone(), request });
    Redirect::to(&target).into_response()
}

/// `GET /dev/run/callback`: redeems the code and shows everything.
pub(super) async fn callback(
    State(dev): State<Dev>,
    Query(answer): Query<Answer>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let Some(run) = dev.runs.take(&answer.state) else { return ErrorPage::bad_request().into_response() };
    let tenant = (dev.pages.start)().tenant;
    let exchange = match answer.code.is_empty() {
        true => None,
        false => Some(
            redeem(
                &dev,
                &run,
                &tenant,
                Arrived { code: &answer.code, headers: &headers, extensions: &extensions },
            )
            .await,
        ),
    };
    let id_token = exchange.as_ref().and_then(|exchange| exchange.tokens.first());
    let mut base = run.request.clone();
    base.set_query(None);
    let html = Html {
        style: STYLE,
        script: SCRIPT,
        here: "run",
        policy: &run.policy,
        request: run.request.as_str(),
        request_base: base.to_string(),
        request_parameters: pairs(&run.request),
        error: &answer.error,
        description: &answer.error_description,
        nonce_fits: id_token.is_none_or(|(_, token)| {
            token.rows.iter().any(|row| row.name == "nonce" && row.value == run.nonce)
        }),
        sign_out: sign_out(&dev, &tenant, &run.policy, id_token.map(|(_, token)| token.raw.as_str())),
        exchange: exchange.as_ref(),
    };
    page(html.render())
}

/// What the callback's own request brought.
struct Arrived<'a> {
    code: &'a str,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

async fn redeem(dev: &Dev, run: &Run, tenant: &str, arrived: Arrived<'_>) -> Exchange {
    let Some(endpoint) = endpoint(dev, tenant, &run.policy, "token") else { return Exchange::default() };
    let callback = callback_url(dev);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", dev.pages.client_id.as_str()),
        ("code", arrived.code),
        ("redirect_uri", callback.as_str()),
        ("code_verifier", run.verifier.as_str()),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.path().parse().unwrap_or_default();
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, form_type);
    if let Some(host) = arrived.headers.get(HOST) {
        request.headers_mut().insert(HOST, host.clone());
    }
    if let Some(peer) = arrived.extensions.get::<Peer>() {
        request.extensions_mut().insert(*peer);
    }
    let parameters =
        form.into_iter().map(|(name, value)| Pair { name: name.to_owned(), value: value.to_owned() });
    let (endpoint, parameters) = (endpoint.to_string(), parameters.collect());
    let Ok(response) = dev.pages.site.clone().oneshot(request).await;
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), MOST_BYTES).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let json = serde_json::from_str::<Value>(&text).ok();
    let tokens = ["id_token", "access_token"].into_iter().filter_map(|name| {
        let token = json.as_ref()?.get(name)?.as_str()?;
        Some((name, decoded(token)?))
    });
    let tokens = tokens.collect();
    let body = json.as_ref().map_or_else(|| text.clone().into_owned(), indented);
    Exchange { endpoint, parameters, status, body, tokens }
}

fn callback_url(dev: &Dev) -> String {
    format!("{}dev/run/callback", dev.pages.public_url)
}

/// `{public}/{tenant}/{policy}/oauth2/v2.0/{what}` (protocols.md section 1).
fn endpoint(dev: &Dev, tenant: &str, policy: &str, what: &str) -> Option<Url> {
    let mut url = dev.pages.public_url.clone();
    url.path_segments_mut().ok()?.clear().extend([tenant, policy, "oauth2", "v2.0", what]);
    Some(url)
}

fn sign_out(dev: &Dev, tenant: &str, policy: &str, id_token: Option<&str>) -> String {
    let Some(mut url) = endpoint(dev, tenant, policy, "logout") else { return String::new() };
    if let Some(token) = id_token {
        url.query_pairs_mut().append_pair("id_token_hint", token);
    }
    url.query_pairs_mut().append_pair("post_logout_redirect_uri", dev.pages.public_url.as_str());
    url.to_string()
}

fn pairs(url: &Url) -> Vec<Pair> {
    url.query_pairs()
        .map(|(name, value)| Pair { name: name.into_owned(), value: value.into_owned() })
        .collect()
}
