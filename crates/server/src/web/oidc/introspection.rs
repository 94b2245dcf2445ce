//! Introspection (RFC 7662): whoever proves itself asks whether a token lives. An extension: off unless the operator turns
//! it on.
//!
//! In: a call with a token in its form. Out: the token's facts, where it lives and concerns the asking client: an access
//! token that is for it or was issued to it, a refresh token of its own. For every other token `active` is false and
//! nothing else is said (section 2.2).

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::direct::{self, Denied, Exchange, Known, json_response, missing, unproven};
use super::revocation;
use crate::directory::{self, Lookup};
use crate::error::Error;
use crate::tokens::{refresh, spent};

/// Answers an introspection request.
pub async fn introspect(call: Call<'_>, body: Bytes) -> Response {
    let mut known = Known::default();
    let outcome = act(call, &body, &mut known).await;
    direct::close(call, &known, outcome).await
}

async fn act(call: Call<'_>, body: &[u8], known: &mut Known) -> Result<Response, Denied> {
    let opened = direct::open(call, body, known).await?;
    let exchange = opened.exchange(call);
    if !exchange.proven {
        return Err(unproven().into());
    }
    let token = exchange.form.get("token").ok_or_else(|| missing("token"))?;
    let facts = match refresh::peek(call.shelf(), token).await? {
        Some(peeked) => of_refresh_token(exchange, peeked).await?,
        None => of_access_token(exchange, token).await?,
    };
    let told = facts.map_or_else(|| json!({ "active": false }), Value::Object);
    Ok(json_response(StatusCode::OK, &told))
}

async fn of_refresh_token(
    exchange: Exchange<'_>,
    peeked: refresh::Peeked,
) -> Result<Option<Map<String, Value>>, Denied> {
    let Some(grant) = peeked.grant.filter(|_| peeked.lives) else { return Ok(None) };
    let own = grant.client_id.eq_ignore_ascii_case(&exchange.application.client_id);
    if !own || is_revoked(exchange.call, grant.user.as_deref(), peeked.issued).await? {
        return Ok(None);
    }
    let mut facts = Map::new();
    let mut put = |name: &str, value: Value| facts.insert(name.to_owned(), value);
    put("active", true.into());
    put("scope", grant.scopes.text().into());
    put("client_id", grant.client_id.as_str().into());
    put("exp", peeked.expires.as_second().into());
    put("iat", peeked.issued.as_second().into());
    if let Some(subject) = grant.sub() {
        put("sub", subject.into());
    }
    Ok(Some(facts))
}

async fn of_access_token(exchange: Exchange<'_>, token: &str) -> Result<Option<Map<String, Value>>, Denied> {
    let call = exchange.call;
    let Some(claims) = revocation::read(call, token).await? else { return Ok(None) };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    // Only access tokens have `azp`; it is never a policy's to fill (attacks 85, 89).
    let (Some(client_id), Some(audience)) = (text("azp"), text("aud")) else { return Ok(None) };
    let asks = exchange.application.client_id.as_str();
    if asks != audience && asks != client_id {
        return Ok(None);
    }
    let issued = claims.get("iat").and_then(Value::as_i64).and_then(|s| Timestamp::from_second(s).ok());
    let user = text("oid").or_else(|| text("sub"));
    let client = call.application(client_id).await?;
    if spent::is_ended(call.shelf(), token).await?
        || client.is_none_or(|client| client.disabled)
        || is_revoked(call, user, issued.unwrap_or(Timestamp::MIN)).await?
    {
        return Ok(None);
    }
    let mut facts = Map::new();
    facts.insert("active".to_owned(), true.into());
    let told = [("scp", "scope"), ("azp", "client_id"), ("name", "username")];
    let same = ["exp", "iat", "nbf", "sub", "aud", "iss"].map(|name| (name, name));
    for (claim, member) in told.into_iter().chain(same) {
        if let Some(value) = claims.get(claim) {
            facts.insert(member.to_owned(), value.clone());
        }
    }
    facts.insert("token_type".to_owned(), "Bearer".into());
    Ok(Some(facts))
}

/// Whether the user was disabled, or its tokens revoked, since a token was issued. Who is not in the directory was never
/// its business.
async fn is_revoked(call: Call<'_>, user: Option<&str>, issued: Timestamp) -> Result<bool, Denied> {
    let Some(user) = user else { return Ok(false) };
    match call.app.directory.find(&call.tenant.name, &Lookup::ObjectId(user.to_owned())).await {
        Ok(found) => Ok(found.is_some_and(|user| !user.enabled || user.tokens_valid_from > issued)),
        Err(directory::Refusal::Store(error)) => Err(Error::from(error).into()),
        Err(other) => Err(Error::new("reading the user of a token", other).into()),
    }
}
