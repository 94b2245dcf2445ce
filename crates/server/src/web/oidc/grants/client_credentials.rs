//! The client credentials grant: an application in its own name, with the roles it was granted of one API, and the
//! policy's journey where its issuer names one (protocols 6, policy-language 9.1).

use std::sync::Arc;

use vestibule_engine::claims::Claims;
use vestibule_engine::journey::{Entry, Outcome};
use vestibule_engine::kind::Kind;
use vestibule_engine::policy::UserJourney;

use crate::applications::permission::ALL;
use crate::applications::{self, Application, ClientKind};
use crate::error::Error;
use crate::journeys;
use crate::tokens::mint::Wanted;
use crate::tokens::{Grant, Granted, Scopes};
use crate::web::oidc::direct::{Denied, Exchange, unproven};
use crate::web::oidc::discovery;
use crate::web::oidc::refusal::Refusal;
use crate::web::oidc::token::Issued;

/// Issues an access token; there is no user, so there is no id token, and a client that can prove itself at any time
/// needs no refresh token (RFC 6749, 4.4.3).
///
/// # Errors
/// `invalid_client`, `invalid_scope`, what the journey ends with, or failures of ours.
pub async fn issue(exchange: Exchange<'_>) -> Result<Issued, Denied> {
    let Exchange { application, form, .. } = exchange;
    if !exchange.proven || application.kind != ClientKind::Confidential {
        return Err(unproven().into());
    }
    let granted = granted(exchange, form.get("scope")).await?;
    let grant = match &exchange.call.party.client_credentials_journey {
        Some(journey) => by_journey(exchange, granted, journey).await?,
        None => grant(exchange, granted, issuer_of(exchange)?),
    };
    let settings = super::settings(exchange.call.policy, &grant)?.clone();
    let minted = super::mint_all(exchange, &grant, &settings, Wanted::ALL).await?;
    super::record(exchange, &minted, grant.subject.as_deref().unwrap_or_default()).await?;
    Ok(Issued { grant, minted, refresh: None, settings })
}

/// The API that `{identifier URI or client id}/.default` names, with the roles that the application has there.
async fn granted(exchange: Exchange<'_>, scope: Option<&str>) -> Result<Granted, Denied> {
    let scope = scope.ok_or_else(|| {
        Refusal::named("invalid_request", 90010, "The request does not contain a scope parameter.")
    })?;
    let named = scope.trim().strip_suffix(ALL).and_then(|uri| uri.strip_suffix('/'));
    let named = named.filter(|uri| !uri.is_empty() && !uri.contains(' ')).ok_or_else(|| {
        let shown: String = scope.chars().take(200).collect();
        let text =
            format!("Scope parameter ({shown}) must be formatted like https://<application-uri>/.default");
        Refusal::named("invalid_scope", 99068, &text)
    })?;
    let (call, client) = (exchange.call, exchange.application);
    let all = applications::list(&call.app.store, &call.tenant.name).await.map_err(Error::from)?;
    let is_named = |api: &&Application| {
        let uri = api.resource.as_ref().is_some_and(|resource| resource.identifier_uri == named);
        uri || api.client_id.eq_ignore_ascii_case(named)
    };
    let api = all.iter().find(is_named).ok_or_else(|| {
        let text = format!("The scope '{scope}' provided in the request is not supported.");
        Refusal::named("invalid_scope", 90117, &text)
    })?;
    let roles = client.granted_roles(api);
    // A token that says nothing but whom it is for must not open another's API.
    if api.disabled || (roles.is_empty() && api.client_id != client.client_id) {
        let text = "This application does not have sufficient permissions against this web resource to perform the operation.";
        return Err(Refusal::named("invalid_scope", 90205, text).into());
    }
    Ok(Granted { audience: api.client_id.clone(), full: Vec::new(), short: roles })
}

/// The issuer's profile where no journey says which: the one that discovery describes.
fn issuer_of(exchange: Exchange<'_>) -> Result<String, Denied> {
    let call = exchange.call;
    let wanted = discovery::settings(call);
    let found = call.policy.profiles.values().find(|profile| match (&profile.kind, wanted) {
        (Kind::TokenIssuer(settings), Some(wanted)) => settings == wanted,
        _ => false,
    });
    let text = "The policy issues no tokens.";
    found
        .map(|profile| profile.id.to_string())
        .ok_or_else(|| Refusal::named("unsupported_grant_type", 90086, text).into())
}

/// What the policy's journey makes of the application's request.
async fn by_journey(
    exchange: Exchange<'_>,
    granted: Granted,
    journey: &Arc<UserJourney>,
) -> Result<Grant, Denied> {
    let principal = exchange.application.principal();
    let entry = Entry::ClientCredentials { principal: principal.clone() };
    let unattended = super::unattended(exchange, entry, Some(journey));
    match journeys::run(exchange.call.app, unattended).await? {
        Outcome::Issue(issue) => Ok(Grant {
            subject: issue.subject.or(Some(principal)),
            claims: issue.claims,
            ..grant(exchange, granted, issue.issuer.id.to_string())
        }),
        Outcome::Fault(fault) => Err(Refusal::ended(fault).into()),
    }
}

/// The grant of an application in its own name.
fn grant(exchange: Exchange<'_>, granted: Granted, issuer: String) -> Grant {
    Grant {
        policy: exchange.call.policy.id.to_string(),
        issuer,
        client_id: exchange.application.client_id.clone(),
        user: None,
        subject: Some(exchange.application.principal()),
        claims: Vec::new(),
        bag: Claims::new(),
        authenticated_at: exchange.call.now(),
        nonce: None,
        scopes: Scopes { resource: Some(granted), ..Scopes::default() },
        spa: false,
        own_name: true,
        sid: None,
    }
}
