//! `/health/live` and `/health/ready` for orchestrators.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

/// The process runs and answers; nothing else is asked, so that a database outage does not get it killed.
#[must_use]
pub fn live() -> Response {
    answer(StatusCode::OK, "{\"status\":\"live\"}")
}

/// The server can do its work: the database answered (attack 142). What went wrong is logged, not shown.
#[must_use]
pub fn ready<E: std::fmt::Display>(database: Result<(), E>) -> Response {
    match database {
        Ok(()) => answer(StatusCode::OK, "{\"status\":\"ready\"}"),
        Err(error) => {
            tracing::warn!(target: "vestibule::health", %error, "not ready: the database does not answer");
            answer(StatusCode::SERVICE_UNAVAILABLE, "{\"status\":\"not ready\",\"because\":\"database\"}")
        }
    }
}

fn answer(status: StatusCode, body: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_follows_the_database_and_tells_no_details() {
        assert_eq!(live().status(), StatusCode::OK);
        assert_eq!(ready(Ok::<(), &str>(())).status(), StatusCode::OK);
        assert_eq!(ready(Err("postgres://u:pw@db refused")).status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
