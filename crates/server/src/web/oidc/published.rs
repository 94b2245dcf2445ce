//! Public documents as they were last rendered: discovery and key sets are asked for more often than anything else, and
//! each is the same bytes for everybody until policies or keys change.
//!
//! In: the head of a request. Out: the whole response, where that request was answered before and nothing it depends on
//! has changed since: the policy in force, the container of its keys, their times. What stands in a document, `discovery`
//! knows.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use vestibule_engine::policy::Policy;

use super::call::Call;
use super::discovery;
use crate::app::App;
use crate::keys::Container;
use crate::policies::Tenant;
use crate::web::headers::secure;

/// Documents kept at most; spelling and query are the client's choice, so there may be any number.
const MOST: usize = 1_000;
/// Longest address that is kept, bytes.
const MOST_ADDRESS: usize = 512;

/// Rendered documents by host and address as sent.
#[derive(Debug, Default)]
pub struct Published(RwLock<HashMap<(String, String), Arc<Document>>>);

#[derive(Debug)]
struct Document {
    tenant: Arc<Tenant>,
    policy: Arc<Policy>,
    keys: PublishedKeys,
    headers: HeaderMap,
    body: Bytes,
}

/// The keys that were published when it was rendered, and while they stay as they are.
#[derive(Debug)]
struct PublishedKeys {
    container: Arc<Container>,
    name: String,
    from: Timestamp,
    until: Timestamp,
}

impl Published {
    /// The response to a request that was answered before, if it would be the same now.
    pub async fn find(&self, app: &App, head: &Parts) -> Option<Response> {
        let asked = asked(head)?;
        let found = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&asked).cloned()?;
        let in_force = app.policies.in_force(&found.tenant, &found.policy.id)?;
        if !Arc::ptr_eq(&in_force, &found.policy) || !found.keys_are_the_same(app).await {
            return None;
        }
        let mut response = Body::from(found.body.clone()).into_response();
        response.headers_mut().clone_from(&found.headers);
        Some(response)
    }

    /// Keeps an answer, where it is one that anybody gets.
    pub async fn keep(&self, call: Call<'_>, head: &Parts, answer: Response) -> Response {
        let (mut parts, body) = answer.into_parts();
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        secure(&mut parts.headers, &call.app.config.server.public_url);
        let is_public = parts.status == StatusCode::OK
            && parts.headers.get(header::CACHE_CONTROL).is_some_and(|value| value != "no-store");
        if let Some(asked) = asked(head).filter(|_| is_public)
            && let Some(keys) = keys(call).await
        {
            let (tenant, policy) = (Arc::clone(call.tenant), Arc::clone(call.policy));
            let document =
                Document { tenant, policy, keys, headers: parts.headers.clone(), body: body.clone() };
            let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= MOST {
                kept.clear();
            }
            kept.insert(asked, Arc::new(document));
        }
        Response::from_parts(parts, Body::from(body))
    }
}

impl Document {
    async fn keys_are_the_same(&self, app: &App) -> bool {
        let keys = &self.keys;
        let now = app.clock.now();
        let container = app.keys.container(&self.tenant.name, &keys.name).await;
        keys.from <= now
            && now < keys.until
            && container.is_ok_and(|container| Arc::ptr_eq(&container, &keys.container))
    }
}

/// What the answer depends on: the host it was asked at and the address, both as sent. A proxy's word for the host is
/// not looked at here, so such requests are answered the long way.
fn asked(head: &Parts) -> Option<(String, String)> {
    let plain = head.method == Method::GET && !head.headers.contains_key("x-forwarded-host");
    let address = head.uri.path_and_query()?.as_str();
    let authority = head.uri.authority().map(|authority| authority.as_str());
    let host = authority.or_else(|| head.headers.get(header::HOST)?.to_str().ok())?;
    (plain && address.len() + host.len() <= MOST_ADDRESS).then(|| (host.to_owned(), address.to_owned()))
}

/// The keys of the policy: a key set shows them, a discovery document their algorithms. None where they cannot be read.
async fn keys(call: Call<'_>) -> Option<PublishedKeys> {
    let name = discovery::settings(call)?.signing_key.to_string();
    let container = call.app.keys.container(&call.tenant.name, &name).await.ok()?;
    let from = call.now();
    let until = container.unchanged_until(from);
    Some(PublishedKeys { container, name, from, until })
}
