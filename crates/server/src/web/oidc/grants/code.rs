//! The authorization code grant.

use crate::tokens::mint::Wanted;
use crate::tokens::{Scopes, code, refresh};
use crate::web::oidc::direct::{Denied, Exchange, missing};
use crate::web::oidc::refusal::Refusal;
use crate::web::oidc::token::Issued;

/// Redeems a code. Tokens are minted first and kept in the transaction that spends the code, so that nothing is issued
/// which a second use of the code could not revoke.
///
/// # Errors
/// `invalid_grant`, `invalid_scope`, or failures of ours.
pub async fn redeem(exchange: Exchange<'_>) -> Result<Issued, Denied> {
    let Exchange { call, application, form, .. } = exchange;
    let secret = form.get("code").ok_or_else(|| missing("code"))?;
    let shelf = call.shelf();
    let claimed = code::Claimed {
        policy: &call.policy.id,
        client_id: &application.client_id,
        redirect_uri: form.get("redirect_uri"),
        verifier: form.get("code_verifier"),
    };
    let found = code::find(shelf, secret, claimed).await?;
    let grant = found.code.grant.clone();
    super::check_proof(exchange, &grant)?;
    check_scope(exchange, &grant.scopes).await?;
    let settings = super::settings(call.policy, &grant)?.clone();
    let minted = super::mint_all(exchange, &grant, &settings, Wanted::ALL).await?;
    let access_token = minted.access_token.as_deref();
    let (refresh, changes) = match grant.scopes.offline {
        true => {
            let family = (found.code.family.as_str(), access_token);
            let (first, changes) = refresh::begin(shelf, grant.clone(), family, &settings)?;
            (Some(first), changes)
        }
        false => (None, Vec::new()),
    };
    code::spend(shelf, found, access_token, changes).await?;
    Ok(Issued { grant, minted, refresh, settings })
}

/// `scope` is optional here; where it is sent it must be one that the code could have been issued for.
async fn check_scope(exchange: Exchange<'_>, granted: &Scopes) -> Result<(), Denied> {
    let Some(text) = exchange.form.get("scope") else { return Ok(()) };
    let asked = super::read_scopes(exchange, text).await?;
    let names_something = asked.openid || asked.offline || asked.resource.is_some();
    match names_something && asked.is_within(granted) {
        true => Ok(()),
        false => {
            let text = "When requesting the 'code' response_type, the scope parameter must include a resource or client ID for access tokens, and 'openid' for ID tokens. Additionally include 'offline_access' for refresh tokens.";
            Err(Refusal::named("invalid_scope", 90115, text).into())
        }
    }
}
