//! Grants: what each fills into the token endpoint's one pipeline.
//!
//! In: an exchange whose client is authenticated. Out: what is issued, or why not. Parsing the form, authenticating,
//! CORS and the shape of the answer are `token`'s.

pub mod code;
pub mod refresh;

use std::sync::Arc;

use vestibule_engine::journey::Fault;
use vestibule_engine::kind::{Kind, TokenIssuer};
use vestibule_engine::policy::Policy;

use super::token::{Denied, Exchange};
use crate::tokens::mint::Wanted;
use crate::tokens::{Failure, Frame, Grant, Minted, Scopes, Signers, mint, scopes};
use crate::web::oidc::call;

/// The settings of the issuer that a grant names, in the policy in force.
fn settings<'a>(policy: &'a Arc<Policy>, grant: &Grant) -> Result<&'a TokenIssuer, Denied> {
    let profile = policy.profiles.iter().find(|(id, _)| id.eq_ignore_ascii_case(&grant.issuer));
    match profile.map(|(_, profile)| &profile.kind) {
        Some(Kind::TokenIssuer(settings)) => Ok(settings),
        _ => Err(Failure::Fault(Fault::of(90085)).into()),
    }
}

/// The tokens of a grant, for this request's origin.
async fn mint_all(exchange: Exchange<'_>, grant: &Grant, settings: &TokenIssuer) -> Result<Minted, Denied> {
    let call = exchange.call;
    let container = (call.tenant.name.as_str(), settings.signing_key.as_ref());
    let signers = Signers::of(&call.app.keys, container, exchange.application.id_token_algorithm).await;
    let signers = signers.map_err(Failure::from)?;
    let frame = Frame {
        settings,
        origin: &call.visit.origin,
        tenant_id: &call.tenant.id,
        policy: &grant.policy,
        now: call.now(),
    };
    Ok(mint(grant, frame, &signers, Wanted::ALL)?)
}

/// What a `scope` text comes to for the client.
async fn read_scopes(exchange: Exchange<'_>, text: &str) -> Result<Scopes, Denied> {
    let apis = exchange.call.apis(exchange.application, Some(text)).await?;
    Ok(scopes::read(text, call::asker(exchange.application), &apis).map_err(Failure::from)?)
}
