//! Revocation (RFC 7009): a client gives back what it was issued. An extension: off unless the operator turns it on.
//!
//! In: a call with a token in its form. Out: 200 for every token that is not alive afterwards, be it that there was none;
//! a refusal where the token is another client's. A refresh token takes its family and that family's access tokens along;
//! an access token ends alone, for who asks us (UserInfo, introspection).

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::direct::{self, Denied, Exchange, Known, json_response, missing};
use super::refusal::Refusal;
use crate::error::Error;
use crate::keys::{Expect, KeyError};
use crate::tokens::{refresh, spent};

/// Answers a revocation request.
pub async fn revoke(call: Call<'_>, body: Bytes) -> Response {
    let mut known = Known::default();
    let outcome = act(call, &body, &mut known).await;
    direct::close(call, &known, outcome).await
}

async fn act(call: Call<'_>, body: &[u8], known: &mut Known) -> Result<Response, Denied> {
    let opened = direct::open(call, body, known).await?;
    let exchange = opened.exchange(call);
    let token = exchange.form.get("token").ok_or_else(|| missing("token"))?;
    match refresh::peek(call.shelf(), token).await? {
        Some(peeked) => {
            let owner = peeked.grant.as_ref().map(|grant| grant.client_id.as_str());
            check_owner(exchange, owner)?;
            refresh::revoke(call.shelf(), &peeked.family).await?;
        }
        None => revoke_access_token(exchange, token).await?,
    }
    Ok(json_response(StatusCode::OK, &json!({})))
}

async fn revoke_access_token(exchange: Exchange<'_>, token: &str) -> Result<(), Denied> {
    let Some(claims) = read(exchange.call, token).await? else { return Ok(()) };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let Some(client_id) = text("azp") else {
        // Only access tokens have `azp` (attack 85).
        let text = "Only refresh tokens and access tokens can be revoked.";
        return Err(Refusal::named("unsupported_token_type", 90240, text).into());
    };
    check_owner(exchange, Some(client_id))?;
    let until = claims.get("exp").and_then(Value::as_i64).and_then(|s| Timestamp::from_second(s).ok());
    let ended = spent::HandedOut::of(token, until.unwrap_or(Timestamp::MAX));
    Ok(spent::end(exchange.call.shelf(), text("sub").unwrap_or_default(), &[ended]).await?)
}

/// A token is its client's to revoke, and nobody else's (RFC 7009, 2.1).
fn check_owner(exchange: Exchange<'_>, owner: Option<&str>) -> Result<(), Refusal> {
    let own = &exchange.application.client_id;
    match owner.is_none_or(|owner| owner.eq_ignore_ascii_case(own)) {
        true => Ok(()),
        false => {
            let text =
                format!("The provided client id '{own}' does not match the client id that issued the grant.");
            Err(Refusal::named("unauthorized_client", 90279, &text))
        }
    }
}

/// The claims of a live token that a key of this policy signed; none for anything else.
///
/// # Errors
/// Failures of store and sealer.
pub(super) async fn read(call: Call<'_>, token: &str) -> Result<Option<Map<String, Value>>, Error> {
    let mut containers: Vec<&str> =
        super::hint::issuers(call.policy).map(|settings| settings.signing_key.as_ref()).collect();
    containers.sort_unstable();
    containers.dedup();
    for container in containers {
        match call.app.keys.verify(&call.tenant.name, container, token, &Expect::default()).await {
            Ok(verified) => return Ok(Some(verified.claims)),
            Err(error @ (KeyError::Store(_) | KeyError::Seal(_))) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Ok(None)
}
