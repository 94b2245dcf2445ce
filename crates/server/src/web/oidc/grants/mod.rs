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
use crate::tokens::{Failure, Frame, Grant, Minted, mint};

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
    let key = call.app.keys.active(&call.tenant.name, &settings.signing_key).await.map_err(Failure::from)?;
    let frame = Frame {
        settings,
        origin: &call.visit.origin,
        tenant_id: &call.tenant.id,
        policy: &grant.policy,
        now: call.now(),
    };
    Ok(mint(grant, frame, &key, Wanted::ALL)?)
}
