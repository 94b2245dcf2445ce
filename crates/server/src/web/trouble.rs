//! An error that is told to the person alone, on the policy's own page (policy-language 4.6, `api.error`).
//!
//! In: a request at a policy's endpoint, and what is to be told. Out: the response. Who refuses a request says so with
//! `told::fault`, which knows no policy; what it left on the response is drawn again here, where one is known.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vestibule_engine::journey::trouble::{Trouble, trouble};
use vestibule_engine::journey::{Fault, Request};

use super::journey::{html, sources};
use super::oidc::call::Call;
use super::pages::{self, Exception, Own};
use crate::chance;

/// What a page tells.
#[derive(Clone, Debug)]
pub struct Told {
    /// The error.
    pub fault: Fault,
    /// Correlation id of request or journey.
    pub correlation: String,
}

/// A response whose page is the policy's own, where an error was told and the policy has such a page.
pub async fn in_its_own_page(call: Call<'_>, response: Response) -> Response {
    let Some(told) = response.extensions().get::<Told>() else { return response };
    match draw(call, &told.clone(), response.status()).await {
        Some(own) => own,
        None => response,
    }
}

/// The policy's error page; none where it has none.
pub async fn draw(call: Call<'_>, told: &Told, status: StatusCode) -> Option<Response> {
    let trouble: Trouble = trouble(call.policy, &request(call), (&told.correlation, call.now()))?;
    let hosts = sources(call.tenant, call.policy);
    let folders = &call.tenant.settings.templates.folders;
    let template = call.templates.find(&trouble.template, pages::Sources { hosts: &hosts, folders }).await;
    let nonce = STANDARD.encode(chance::bytes::<16>());
    let brand = pages::Brand::of(&call.tenant.settings.brand);
    let about = Exception {
        language: &trouble.language,
        nonce: &nonce,
        correlation: &told.correlation,
        at: call.now(),
        brand: &brand,
        framing: &trouble.framing,
    };
    let own = Own { trouble: &trouble, template: &template, static_base: "/static/" };
    let detail = format!("{}: {}", told.fault.code, told.fault.text);
    Some(html(status, pages::exception(&about, &detail, Some(own))))
}

/// What resolvers of the page's address may know; the request itself may have been refused, so it is read loosely.
fn request(call: Call<'_>) -> Request {
    let pairs = url::form_urlencoded::parse(call.visit.query.as_bytes()).take(100);
    let parameters: BTreeMap<String, String> =
        pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    Request {
        tenant_id: call.tenant.id.clone(),
        host: call.visit.host.clone(),
        address: call.visit.address.to_string(),
        languages: call.visit.languages(),
        parameters,
        ..Request::default()
    }
}
