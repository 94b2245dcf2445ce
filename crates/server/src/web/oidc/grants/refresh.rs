//! The refresh token grant, with the policy's refresh journey where it has one (protocols 6, policy-language 9.1).

use std::sync::Arc;

use vestibule_engine::claims::{Claims, Name, Value};
use vestibule_engine::journey::{Entry, Fault, Issue, Outcome};
use vestibule_engine::policy::{Policy, UserJourney};

use crate::directory::{self, Lookup};
use crate::error::Error;
use crate::journeys;
use crate::tokens::mint::Wanted;
use crate::tokens::{Grant, Scopes, refresh};
use crate::web::oidc::direct::{Denied, Exchange, missing};
use crate::web::oidc::refusal::Refusal;
use crate::web::oidc::token::Issued;

/// Claim in which a refresh journey finds the time of the token.
const ISSUED_AT: &str = "refreshTokenIssuedOnDateTime";

/// Redeems a refresh token: it is rotated once the journey, or the look at the user, has nothing against it.
///
/// # Errors
/// `invalid_grant`, `invalid_scope`, or failures of ours.
pub async fn redeem(exchange: Exchange<'_>) -> Result<Issued, Denied> {
    let Exchange { call, application, form, .. } = exchange;
    let secret = form.get("refresh_token").ok_or_else(|| missing("refresh_token"))?;
    let shelf = call.shelf();
    let claimed = refresh::Claimed {
        policy: &call.policy.id,
        client_id: &application.client_id,
        grace: call.app.config.behaviour.refresh_reuse_grace_seconds,
    };
    let found = refresh::find(shelf, secret, claimed).await?;
    super::check_proof(exchange, &found.grant)?;
    let wanted = scopes(exchange, &found.grant.scopes).await?;
    let grant = match &call.party.refresh_journey {
        Some(journey) => by_journey(exchange, &found, journey).await?,
        None => {
            check_user(exchange, &found).await?;
            found.grant.clone()
        }
    };
    let settings = super::settings(call.policy, &grant)?.clone();
    // The new token keeps all that was granted; this answer has what was asked for.
    let answered = Grant { scopes: wanted, ..grant.clone() };
    let minted = super::mint_all(exchange, &answered, &settings, Wanted::ALL).await?;
    let kept = (grant, minted.access_token.as_deref());
    let successor = refresh::rotate(shelf, found, kept, (&settings, claimed)).await?;
    Ok(Issued { grant: answered, minted, refresh: Some(successor), settings })
}

/// What the answer is to cover: everything, or what the request names of it (attack 77).
async fn scopes(exchange: Exchange<'_>, granted: &Scopes) -> Result<Scopes, Denied> {
    let Some(text) = exchange.form.get("scope") else { return Ok(granted.clone()) };
    let asked = super::read_scopes(exchange, text).await?;
    if !asked.is_within(granted) {
        let text = "The scope is wider than the one that was granted.";
        return Err(Refusal::named("invalid_scope", 90117, text).into());
    }
    Ok(Scopes { offline: granted.offline, asked: granted.asked.clone(), ..asked })
}

/// Without a journey the claims are the original ones; the user must still be there and not revoked.
async fn check_user(exchange: Exchange<'_>, found: &refresh::Found) -> Result<(), Denied> {
    let Some(user) = &found.grant.user else { return Ok(()) };
    let call = exchange.call;
    let known = match call.app.directory.find(&call.tenant.name, &Lookup::ObjectId(user.clone())).await {
        Ok(known) => known,
        Err(directory::Refusal::Store(error)) => return Err(Error::from(error).into()),
        Err(other) => return Err(Error::new("reading the user of a grant", other).into()),
    };
    match known {
        None => Err(Refusal::grant(Fault::of(90128)).into()),
        Some(user) if !user.enabled || user.tokens_valid_from > found.issued => {
            Err(Refusal::grant(Fault::of(90129)).into())
        }
        Some(_) => Ok(()),
    }
}

/// Runs the refresh journey with what the grant kept; whatever it does but issue is `invalid_grant`, so that the client
/// asks the person.
async fn by_journey(
    exchange: Exchange<'_>,
    found: &refresh::Found,
    journey: &Arc<UserJourney>,
) -> Result<Grant, Denied> {
    let entry = Entry::Refresh(kept_claims(exchange.call.policy, found));
    let unattended = super::unattended(exchange, entry, Some(journey));
    match journeys::run(exchange.call.app, unattended).await? {
        Outcome::Issue(issue) => Ok(renewed(&found.grant, issue)),
        Outcome::Fault(fault) => Err(Refusal::grant(fault).into()),
    }
}

/// The bag of the sign-in, with the time the token was issued. Names are in the spelling the policy declares now.
fn kept_claims(policy: &Policy, found: &refresh::Found) -> Claims {
    let declared = |name: &str| policy.claims.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
    let mut claims = found.grant.bag.clone();
    let name = declared(ISSUED_AT).unwrap_or_else(|| Name::from(ISSUED_AT));
    claims.set(name, Value::DateTime(found.issued));
    claims
}

/// The grant after a refresh journey: new claims; nonce, scopes and the time of the sign-in stay (protocols 4).
fn renewed(before: &Grant, issue: Issue) -> Grant {
    let mut bag = before.bag.clone();
    bag.overlay(&issue.bag);
    Grant {
        issuer: issue.issuer.id.to_string(),
        subject: issue.subject,
        claims: issue.claims,
        bag,
        ..before.clone()
    }
}
