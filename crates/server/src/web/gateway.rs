//! What the gateway for messages and calls posts back: whether the pound key was pressed (docs/configuration.md, `[sms]`).
//!
//! In: a signed request with a call's token in its path. Out: 204, or 404 for everything that is not that: a token that is not
//! open, a body that is not signed. In `dev` without a gateway the developer presses the key by a link of the inbox.

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::error::ErrorPage;
use crate::app::Shared;
use crate::{calls, sms};

/// Largest body that is read, bytes.
const MOST_BODY: usize = 4_096;

#[derive(Deserialize)]
struct Said {
    answered: bool,
}

/// `POST /gateway/{tenant}/call/{token}`.
pub async fn answered(
    State(app): State<Shared>,
    Path((tenant, token)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = (header("x-vestibule-timestamp"), header("x-vestibule-signature"));
    let (Some(gateway), Some(tenant)) = (&app.config.sms, app.policies.tenant(&tenant)) else {
        return ErrorPage::not_found().into_response();
    };
    let Ok(body) = to_bytes(body, MOST_BODY).await else { return ErrorPage::too_large().into_response() };
    let text = std::str::from_utf8(&body).unwrap_or_default();
    let now = app.clock.now();
    let said: Option<Said> = serde_json::from_str(text).ok();
    match said.filter(|_| sms::is_signed(gateway, signed, text, now)) {
        Some(said) => told(&app, &tenant.name, (&token, said.answered)).await,
        None => ErrorPage::not_found().into_response(),
    }
}

async fn told(app: &Shared, tenant: &str, (token, confirmed): (&str, bool)) -> Response {
    match calls::answer(&app.store, tenant, token, (confirmed, app.clock.now())).await {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => ErrorPage::not_found().into_response(),
        Err(error) => super::oidc::told::failure(&error),
    }
}

/// `GET /dev/call/{token}`: the developer answers the telephone. There only without a gateway, in `dev`.
pub async fn pressed(State(app): State<Shared>, Path(token): Path<String>) -> Response {
    let tenant = app.policies.tenants().first().map(|tenant| tenant.name.to_string());
    let Some(tenant) = tenant.filter(|_| app.config.development && app.config.sms.is_none()) else {
        return ErrorPage::not_found().into_response();
    };
    match told(&app, &tenant, (&token, true)).await.status() {
        StatusCode::NO_CONTENT => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "# pressed: the call is confirmed.\n")
                .into_response()
        }
        _ => ErrorPage::not_found().into_response(),
    }
}
