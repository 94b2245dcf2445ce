//! What people are told when no application can be: pages of our own, and the JSON of documents.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value};
use vestibule_engine::journey::Fault;

use crate::chance;
use crate::error::Error;
use crate::policies::Tenant;
use crate::web::error::ErrorPage;
use crate::web::pages::{self, Exception, Html};
use crate::web::trouble::Told;
use crate::web::visit::Visit;

/// Whom a page is for, and what it is about.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The request.
    pub visit: &'a Visit,
    /// The tenant, whose brand the page carries.
    pub tenant: &'a Tenant,
    /// Correlation id of request or journey.
    pub correlation: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// A fault that must not be redirected: an error page with code, correlation id and time, never a word of the request.
#[must_use]
pub fn fault(reader: Reader<'_>, fault: &Fault) -> Response {
    tracing::info!(code = %fault.code, correlation = reader.correlation, "a request was refused with a page");
    let detail = format!("{}: {}", fault.code, fault.text);
    let page = reader.about(|about| pages::exception(about, &detail, None));
    let mut response = response(StatusCode::BAD_REQUEST, page);
    let told = Told { fault: fault.clone(), correlation: reader.correlation.to_owned() };
    response.extensions_mut().insert(told);
    response
}

impl Reader<'_> {
    /// Draws one of the pages that ask nothing, in the browser's language.
    pub(super) fn about(self, draw: impl FnOnce(&Exception<'_>) -> Html) -> Html {
        let languages = self.visit.languages();
        let nonce = STANDARD.encode(chance::bytes::<16>());
        let brand = pages::Brand::of(&self.tenant.settings.brand);
        draw(&Exception {
            language: languages.first().map_or("en", String::as_str),
            nonce: &nonce,
            correlation: self.correlation,
            at: self.now,
            brand: &brand,
            framing: &[],
        })
    }
}

/// A drawn page as a response.
pub(super) fn response(status: StatusCode, page: Html) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in page.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    (status, headers, page.body).into_response()
}

/// A failure of ours: an incident number on a page, the cause in the log.
#[must_use]
pub fn failure(error: &Error) -> Response {
    let incident = uuid::Uuid::parse_str(&chance::uuid()).unwrap_or_default();
    match error.is_passing() {
        true => ErrorPage::store_failure(error, incident).into_response(),
        false => ErrorPage::failure(error, incident).into_response(),
    }
}

/// Claims as a JSON document (technical-profiles 18, JSON issuer).
#[must_use]
pub fn document(claims: &[(String, Value)]) -> Response {
    let members: Map<String, Value> = claims.iter().cloned().collect();
    Json(Value::Object(members)).into_response()
}
