//! The server's own error pages: for requests that reach no journey, and for failures of ours.
//!
//! In: a status and, for failures, an incident number. Out: a plain page in the product's looks, with the
//! right headers. Faults of a journey (AADB2C codes) are not told here, but by `oidc` and `pages`. Nothing
//! that a request said is repeated.

use std::fmt;

use askama::Template;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::headers::{Csp, hash_source};
use crate::telemetry;

const STYLE: &str = include_str!("../../templates/error.css");

/// A page that says what went wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPage {
    status: StatusCode,
    title: &'static str,
    text: &'static str,
    /// Found again in the log.
    incident: Option<Uuid>,
    retry_after: Option<u64>,
    allow: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct Html<'a> {
    style: &'static str,
    page: &'a ErrorPage,
}

impl ErrorPage {
    const fn new(status: StatusCode, title: &'static str, text: &'static str) -> ErrorPage {
        ErrorPage { status, title, text, incident: None, retry_after: None, allow: None }
    }

    /// 400: the request is not one that the server can answer.
    #[must_use]
    pub const fn bad_request() -> ErrorPage {
        let text = "Something in the address or the form is not as it should be. Go back to the application and start again.";
        ErrorPage::new(StatusCode::BAD_REQUEST, "This request cannot be answered", text)
    }

    /// 404: no such page, policy or tenant.
    #[must_use]
    pub const fn not_found() -> ErrorPage {
        let text = "Check the address, or go back to the application and start again.";
        ErrorPage::new(StatusCode::NOT_FOUND, "There is nothing here", text)
    }

    /// 404: an endpoint that belongs to a policy, and no policy is named.
    #[must_use]
    pub const fn no_policy() -> ErrorPage {
        let text =
            "The address names no policy. It stands in the path, after the tenant, or in the parameter p.";
        ErrorPage::new(StatusCode::NOT_FOUND, "Which policy?", text)
    }

    /// 405 with the methods that would do.
    #[must_use]
    pub const fn method_not_allowed(allow: &'static str) -> ErrorPage {
        let text = "The address exists, but not for this kind of request.";
        let page = ErrorPage::new(StatusCode::METHOD_NOT_ALLOWED, "This request cannot be answered", text);
        ErrorPage { allow: Some(allow), ..page }
    }

    /// 413: the body is larger than any form of ours. The connection closes, as the rest is not read.
    #[must_use]
    pub const fn too_large() -> ErrorPage {
        let text = "More was sent than any page asks for.";
        ErrorPage::new(StatusCode::PAYLOAD_TOO_LARGE, "This request is too large", text)
    }

    /// 415: a form was expected.
    #[must_use]
    pub const fn unsupported() -> ErrorPage {
        let text = "What was sent is not a form.";
        ErrorPage::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "This request cannot be answered", text)
    }

    /// 421: a host name that is not ours.
    #[must_use]
    pub const fn misdirected() -> ErrorPage {
        let text = "This server does not answer under that name.";
        ErrorPage::new(StatusCode::MISDIRECTED_REQUEST, "Wrong server", text)
    }

    /// 429 with the seconds to wait.
    #[must_use]
    pub const fn too_many(seconds: u64) -> ErrorPage {
        let text = "There were too many requests. Wait a little, then try again.";
        let page = ErrorPage::new(StatusCode::TOO_MANY_REQUESTS, "Please wait", text);
        ErrorPage { retry_after: Some(seconds), ..page }
    }

    /// 503 with the seconds to wait: busy, or the database is away.
    #[must_use]
    pub const fn unavailable(seconds: u64) -> ErrorPage {
        let text = "The service is busy or under maintenance. Nothing was lost; try again in a moment.";
        let page = ErrorPage::new(StatusCode::SERVICE_UNAVAILABLE, "Please try again in a moment", text);
        ErrorPage { retry_after: Some(seconds), ..page }
    }

    /// 500: our machine failed. Logs the error once; the page shows only the incident's number.
    #[must_use]
    pub fn failure(error: &dyn fmt::Display, incident: Uuid) -> ErrorPage {
        telemetry::incident(incident, error);
        let text = "The service had a problem. Nothing was lost; try again. If it happens again, tell the people who run the service this number:";
        let page = ErrorPage::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", text);
        ErrorPage { incident: Some(incident), ..page }
    }

    /// 503 with an incident: the database is full, read-only or away.
    #[must_use]
    pub fn store_failure(error: &dyn fmt::Display, incident: Uuid) -> ErrorPage {
        telemetry::incident(incident, error);
        ErrorPage { incident: Some(incident), ..ErrorPage::unavailable(5) }
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        let html = Html { style: STYLE, page: &self }.render();
        let body = html.unwrap_or_else(|_| self.title.to_owned());
        let mut response = (self.status, [(CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response();
        let headers = response.headers_mut();
        Csp::closed().allow("style-src", &hash_source(STYLE)).put(headers);
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.max(1).into());
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if self.status == StatusCode::PAYLOAD_TOO_LARGE {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::header::CONTENT_SECURITY_POLICY;

    use super::*;

    async fn text(response: Response) -> String {
        String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_failure_shows_its_number_and_never_its_cause() {
        let incident = Uuid::from_u128(0xabc);
        let response = ErrorPage::failure(&"/var/lib/vestibule.db: disk full", incident).into_response();
        assert_eq!(response.status(), 500);
        assert!(response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("sha256-"));
        let text = text(response).await;
        assert!(text.contains(&incident.to_string()) && !text.contains("vestibule.db"), "{text}");
    }

    #[tokio::test]
    async fn attack_141_a_wrong_method_is_told_the_right_ones() {
        let response = ErrorPage::method_not_allowed("GET, POST").into_response();
        assert_eq!(
            (response.status().as_u16(), response.headers()[ALLOW].to_str().unwrap()),
            (405, "GET, POST")
        );
        assert_eq!(ErrorPage::not_found().into_response().status(), 404);
        assert_eq!(ErrorPage::misdirected().into_response().status(), 421);
    }

    #[tokio::test]
    async fn attack_083_too_large_a_body_closes_the_connection() {
        let response = ErrorPage::too_large().into_response();
        assert_eq!(
            (response.status().as_u16(), response.headers()[CONNECTION].to_str().unwrap()),
            (413, "close")
        );
    }

    #[tokio::test]
    async fn attack_053_throttled_requests_are_told_when_to_come_again() {
        assert_eq!(ErrorPage::too_many(7).into_response().headers()[RETRY_AFTER], "7");
        assert_eq!(ErrorPage::unavailable(0).into_response().headers()[RETRY_AFTER], "1");
    }
}
