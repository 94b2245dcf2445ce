//! The first page of a journey, on the authorize URL itself (protocols 19, trap 15).

use axum::response::Response;
use vestibule_engine::journey::Page;

use super::call::Call;
use crate::journeys::Live;
use crate::web::journey;

/// Shows a page.
pub(super) async fn show(call: Call<'_>, live: &Live, page: &Page) -> Response {
    journey::show(call, live, page).await
}
