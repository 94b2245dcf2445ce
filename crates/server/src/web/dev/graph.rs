//! The picture of a policy's journey. In: the policy's id. Out: an SVG file, which may run nothing and load nothing.

use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use vestibule_author::graph::STYLE;

use super::super::error::ErrorPage;
use super::super::headers::{Csp, hash_source};
use super::Dev;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    policy: String,
}

pub(super) async fn show(State(dev): State<Dev>, Query(wanted): Query<Wanted>) -> Response {
    // The files are read and compiled anew, which is no work for a thread that answers others.
    let drawn = tokio::task::spawn_blocking(move || (dev.pages.graph)(&wanted.policy)).await;
    let Ok(Some(svg)) = drawn else { return ErrorPage::not_found().into_response() };
    let mut response = ([(CONTENT_TYPE, "image/svg+xml")], svg).into_response();
    Csp::closed().allow("style-src", &hash_source(STYLE)).put(response.headers_mut());
    response
}
