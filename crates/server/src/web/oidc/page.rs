//! The first page of a journey, on the authorize URL itself (protocols 19, trap 15).

use axum::response::{IntoResponse as _, Response};
use vestibule_engine::journey::Page;

use super::call::Call;
use crate::journeys::Live;
use crate::web::error::ErrorPage;

/// Shows a page.
pub(super) async fn show(call: Call<'_>, live: &Live, page: &Page) -> Response {
    let _ = (call, live, page);
    ErrorPage::unavailable(1).into_response()
}
