//! What people are told when no application can be: pages of our own, and the JSON of documents.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Map, Value};
use vestibule_engine::journey::Fault;

use super::refusal::stamp;
use crate::chance;
use crate::error::Error;
use crate::web::error::ErrorPage;
use crate::web::headers::Csp;
use crate::web::oidc::respond::escape;
use crate::web::visit::Visit;

/// A fault that must not be redirected: an error page with code, correlation id and time, never a word of the request.
#[must_use]
pub fn fault(visit: &Visit, fault: &Fault, now: Timestamp) -> Response {
    tracing::info!(code = %fault.code, correlation = visit.correlation, "a request was refused with a page");
    let body = format!(
        "<!DOCTYPE html>\n<!-- CorrelationId: {correlation} -->\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>This request cannot be answered</title></head>\
         <body><main><h1>This request cannot be answered</h1><p>{code}: {text}</p>\
         <p>Correlation ID: {correlation}<br>Timestamp: {stamp}</p></main></body></html>\n",
        code = escape(&fault.code.to_string()),
        text = escape(&fault.text),
        correlation = escape(&visit.correlation),
        stamp = stamp(now),
    );
    let mut response = (StatusCode::BAD_REQUEST, body).into_response();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    Csp::closed().put(response.headers_mut());
    response
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
