//! Grants: what each fills into the token endpoint's one pipeline.
//!
//! In: an exchange whose client is authenticated. Out: what is issued, or why not. Parsing the form, authenticating,
//! CORS and the shape of the answer are `direct`'s and `token`'s.

pub mod client_credentials;
pub mod code;
pub mod password;
pub mod refresh;

use std::sync::Arc;

use vestibule_engine::journey::{Entry, Fault, Request};
use vestibule_engine::kind::{Kind, TokenIssuer};
use vestibule_engine::policy::{Policy, UserJourney};

use super::direct::{Denied, Exchange, unproven};
use crate::audit::{self, Activity, Event, Origin};
use crate::error::Error;
use crate::journeys::Unattended;
use crate::tokens::mint::Wanted;
use crate::tokens::{Failure, Frame, Grant, Minted, Scopes, Signers, mint, scopes};
use crate::web::oidc::call;

/// Parameters that no resolver may read.
const HIDDEN: &[&str] = &[
    "refresh_token",
    "client_secret",
    "client_assertion",
    "code",
    "code_verifier",
    "username",
    "password",
    "assertion",
];

/// The settings of the issuer that a grant names, in the policy in force.
fn settings<'a>(policy: &'a Arc<Policy>, grant: &Grant) -> Result<&'a TokenIssuer, Denied> {
    let profile = policy.profiles.iter().find(|(id, _)| id.eq_ignore_ascii_case(&grant.issuer));
    match profile.map(|(_, profile)| &profile.kind) {
        Some(Kind::TokenIssuer(settings)) => Ok(settings),
        _ => Err(Failure::Fault(Fault::of(90085)).into()),
    }
}

/// The tokens of a grant, for this request's origin.
async fn mint_all(
    exchange: Exchange<'_>,
    grant: &Grant,
    settings: &TokenIssuer,
    wanted: Wanted<'_>,
) -> Result<Minted, Denied> {
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
    Ok(mint(grant, frame, &signers, wanted)?)
}

/// What a `scope` text comes to for the client.
async fn read_scopes(exchange: Exchange<'_>, text: &str) -> Result<Scopes, Denied> {
    let apis = exchange.call.apis(exchange.application, Some(text)).await?;
    Ok(scopes::read(text, call::asker(exchange.application), &apis).map_err(Failure::from)?)
}

/// Whoever keeps a secret must show it for what did not go to a script in a browser: one registration may be both.
fn check_proof(exchange: Exchange<'_>, grant: &Grant) -> Result<(), Denied> {
    use crate::applications::ClientKind;
    match exchange.proven || exchange.application.kind == ClientKind::Public || grant.spa {
        true => Ok(()),
        false => Err(unproven().into()),
    }
}

/// A journey of this endpoint: what the form says is there for resolvers, but for what is secret.
fn unattended(exchange: Exchange<'_>, entry: Entry, journey: Option<&Arc<UserJourney>>) -> Unattended {
    let call = exchange.call;
    let parameters = exchange.form.all().iter().filter(|(name, _)| !HIDDEN.contains(&name.as_str()));
    let mut parameters: std::collections::BTreeMap<String, String> =
        parameters.map(|(name, value)| (name.clone(), value.clone())).collect();
    // It may have come by HTTP Basic or in an assertion.
    parameters.insert("client_id".to_owned(), exchange.application.client_id.clone());
    Unattended {
        tenant: Arc::clone(call.tenant),
        policy: Arc::clone(call.policy),
        journey: journey.map(Arc::clone),
        request: Request {
            entry,
            tenant_id: call.tenant.id.clone(),
            host: call.visit.host.clone(),
            address: call.visit.address.to_string(),
            device: None,
            languages: call.visit.languages(),
            parameters,
            application: Some(exchange.application.name.clone()),
        },
        correlation: call.visit.correlation.clone(),
    }
}

/// Writes to the audit log which tokens were issued without a browser, and to whom.
async fn record(exchange: Exchange<'_>, minted: &Minted, target: &str) -> Result<(), Denied> {
    let call = exchange.call;
    let kinds = [
        (minted.id_token.is_some(), Activity::IssueIdToken),
        (minted.access_token.is_some(), Activity::IssueAccessToken),
    ];
    for (_, activity) in kinds.into_iter().filter(|(issued, _)| *issued) {
        let origin = Origin {
            correlation_id: call.visit.correlation.clone(),
            policy_id: Some(call.policy.id.to_string()),
            application_id: Some(exchange.application.client_id.clone()),
            client_ip_address: Some(call.visit.address),
            client: call.visit.header("user-agent").map(str::to_owned),
            identity_provider_name: None,
        };
        let event = Event { tenant: &call.tenant.name, activity, failure: None, target, origin };
        audit::record(&call.app.store, event, call.now()).await.map_err(Error::from)?;
    }
    Ok(())
}
