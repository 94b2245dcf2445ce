//! The token endpoint: one pipeline for all grants. Authenticate the client (`direct`) → redeem → answer (protocols 3).
//!
//! In: a call with its form body. Out: the members of protocols 3 as JSON. What a grant is, `grants` knows.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use vestibule_engine::kind::TokenIssuer;

use super::call::Call;
use super::direct::{self, Denied, Exchange, Known, json_response};
use super::grants;
use super::refusal::Refusal;
use crate::tokens::refresh::Successor;
use crate::tokens::{Grant, Minted};

/// What a grant came to.
pub struct Issued {
    /// The grant, as it will be kept.
    pub grant: Grant,
    /// Its tokens.
    pub minted: Minted,
    /// The refresh token, where `offline_access` was granted.
    pub refresh: Option<Successor>,
    /// The issuer's settings.
    pub settings: TokenIssuer,
}

/// Longest part of what was sent that a refusal repeats, in characters.
const MOST_REPEATED: usize = 100;

/// Answers a token request.
pub async fn token(call: Call<'_>, body: Bytes) -> Response {
    let mut known = Known::default();
    let outcome = redeem(call, &body, &mut known).await;
    direct::close(call, &known, outcome).await
}

async fn redeem(call: Call<'_>, body: &[u8], known: &mut Known) -> Result<Response, Denied> {
    let opened = direct::open(call, body, known).await?;
    let exchange = opened.exchange(call);
    let issued = match exchange.form.get("grant_type") {
        Some("authorization_code") => grants::code::redeem(exchange).await?,
        Some("refresh_token") => grants::refresh::redeem(exchange).await?,
        Some("client_credentials") => grants::client_credentials::issue(exchange).await?,
        Some("password") => grants::password::issue(exchange).await?,
        Some(other) => return Err(unsupported(other).into()),
        None => return Err(direct::missing("grant_type").into()),
    };
    Ok(answer(exchange, &issued))
}

/// 90086.
pub(super) fn unsupported(grant_type: &str) -> Refusal {
    let repeated: String = grant_type.chars().take(MOST_REPEATED).collect();
    let text = format!("The supplied grant_type [{repeated}] is not supported.");
    Refusal::named("unsupported_grant_type", 90086, &text)
}

/// The response body, members and order as the cloud's (protocols 3).
fn answer(exchange: Exchange<'_>, issued: &Issued) -> Response {
    let (call, grant, settings) = (exchange.call, &issued.grant, &issued.settings);
    let now = call.now().as_second();
    let number = |number: i64| match settings.json_numbers {
        true => Value::from(number),
        false => Value::from(number.to_string()),
    };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    if let Some(token) = &issued.minted.access_token {
        put("access_token", token.as_str().into());
    }
    if let Some(token) = &issued.minted.id_token {
        put("id_token", token.as_str().into());
    }
    put("token_type", "Bearer".into());
    put("not_before", number(now));
    if issued.minted.access_token.is_some() {
        let seconds = i64::from(settings.access_seconds);
        put("expires_in", number(seconds));
        put("expires_on", number(now + seconds));
    }
    if let Some(granted) = grant.scopes.resource.as_ref().filter(|_| issued.minted.access_token.is_some()) {
        put("resource", granted.audience.as_str().into());
    }
    if issued.minted.id_token.is_some() {
        put("id_token_expires_in", number(settings.id_seconds.into()));
        put("profile_info", profile_info(grant, &call.tenant.id).into());
    }
    if !grant.own_name {
        put("scope", grant.scopes.text().into());
    }
    if let Some(refresh) = &issued.refresh {
        put("refresh_token", refresh.token.as_str().into());
        put("refresh_token_expires_in", number((refresh.expires.as_second() - now).max(0)));
    }
    if exchange.form.get("client_info") == Some("1") && !grant.own_name {
        put("client_info", client_info(grant, &call.tenant.id).into());
    }
    json_response(StatusCode::OK, &Value::Object(body))
}

/// `client_info`: MSAL's account is `uid.utid`; the policy's suffix keeps accounts of several policies apart.
#[must_use]
pub fn client_info(grant: &Grant, tenant_id: &str) -> String {
    let oid = || grant.claim("oid").and_then(Value::as_str).map(str::to_owned);
    let user = grant.user.clone().or_else(oid).or_else(|| grant.sub()).unwrap_or_default();
    let info = json!({ "uid": format!("{user}-{}", grant.policy.to_lowercase()), "utid": tenant_id });
    URL_SAFE_NO_PAD.encode(info.to_string())
}

fn profile_info(grant: &Grant, tenant_id: &str) -> String {
    let claim = |name: &str| grant.claim(name).filter(|value| value.is_string()).cloned();
    let info = json!({
        "ver": "1.0",
        "tid": tenant_id,
        "sub": null,
        "name": claim("name"),
        "preferred_username": claim("preferred_username"),
        "idp": claim("idp").unwrap_or_else(|| "LocalAccount".into()),
    });
    URL_SAFE_NO_PAD.encode(info.to_string())
}
