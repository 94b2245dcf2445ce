//! The password grant (ROPC): a user's name and password, checked by the policy's own journey, which reads them as
//! `{OIDC:Username}` and `{OIDC:Password}` (protocols 6, technical-profiles 6).
//!
//! There is no page, no session and no "keep me signed in". Lockout and limits are those of every sign-in (attack 82).

use vestibule_engine::claims::DefaultValue;
use vestibule_engine::claims::resolver::Resolver;
use vestibule_engine::journey::{Credentials, Entry, Fault, Issue, Outcome};
use vestibule_engine::kind::Kind;
use vestibule_engine::policy::{Policy, Profile, Step, StepKind, UserJourney};

use crate::applications::{Application, ClientKind};
use crate::chance;
use crate::error::Error;
use crate::journeys;
use crate::tokens::mint::Wanted;
use crate::tokens::{Grant, Scopes, refresh};
use crate::web::oidc::direct::{Denied, Exchange, missing};
use crate::web::oidc::parameters::Parameters;
use crate::web::oidc::refusal::Refusal;
use crate::web::oidc::request::ResponseType;
use crate::web::oidc::token::{Issued, unsupported};

/// Signs a user in by name and password.
///
/// # Errors
/// `unsupported_grant_type`, `unauthorized_client`, `invalid_request`, `invalid_scope`; `access_denied` with 90225 for bad
/// credentials; what else the journey ends with; failures of ours.
pub async fn issue(exchange: Exchange<'_>) -> Result<Issued, Denied> {
    let Exchange { call, application, form, .. } = exchange;
    offered(call.policy, &call.party.journey, &call.tenant.name)?;
    allowed(application)?;
    let wanted = response_type(form, application)?;
    let credentials = Credentials {
        username: form.get("username").ok_or_else(|| missing("username"))?.to_owned(),
        password: form.get("password").ok_or_else(|| missing("password"))?.to_owned(),
    };
    let scopes = super::read_scopes(exchange, form.get("scope").unwrap_or_default()).await?;
    let unattended = super::unattended(exchange, Entry::Password(credentials), None);
    let issue = match journeys::run(call.app, unattended).await? {
        Outcome::Issue(issue) => issue,
        Outcome::Fault(fault) => return Err(ended(fault).into()),
    };
    let grant = grant(exchange, issue, scopes);
    let settings = super::settings(call.policy, &grant)?.clone();
    let minted = super::mint_all(exchange, &grant, &settings, wanted).await?;
    let mut refresh = None;
    if grant.scopes.offline {
        let family = chance::token(32);
        let access_token = minted.access_token.as_deref();
        let begun = refresh::begin(call.shelf(), grant.clone(), (&family, access_token), &settings);
        let (first, changes) = begun?;
        call.app.store.apply(&changes).await.map_err(Error::from)?;
        refresh = Some(first);
    }
    super::record(exchange, &minted, grant.user.as_deref().unwrap_or_default()).await?;
    Ok(Issued { grant, minted, refresh, settings })
}

/// Whether the policy's journey takes a password here at all.
///
/// # Errors
/// 90086: it does not; 99015: a profile of it checks passwords, but is not given the request's.
fn offered(policy: &Policy, journey: &UserJourney, tenant: &str) -> Result<(), Refusal> {
    let profiles = || exchanged(policy, &journey.steps);
    if profiles().any(reads_password) {
        return Ok(());
    }
    match profiles().find(|profile| matches!(profile.kind, Kind::PasswordGrant(_))) {
        None => Err(unsupported("password")),
        Some(profile) => {
            let text = format!(
                "Profile '{}' in policy '{}' in tenant '{tenant}' is missing all InputClaims required for resource owner password credential flow.",
                profile.id, policy.id
            );
            Err(Refusal::named("invalid_request", 99015, &text))
        }
    }
}

/// The profiles that a journey's claims exchanges call, those of its sub-journeys included; pages have the user type the
/// password, and do not count.
fn exchanged<'a>(policy: &'a Policy, steps: &'a [Step]) -> impl Iterator<Item = &'a Profile> {
    let of_step = |step: &'a Step| match &step.kind {
        StepKind::ClaimsExchange(exchanges) => exchanges.as_slice(),
        _ => &[],
    };
    let subs = steps.iter().filter_map(|step| match &step.kind {
        StepKind::InvokeSubJourney(name) => policy.sub_journeys.get(name),
        _ => None,
    });
    let inside = subs.flat_map(|sub| sub.steps.iter());
    steps.iter().chain(inside).flat_map(of_step).map(|exchange| &*exchange.profile)
}

fn reads_password(profile: &Profile) -> bool {
    profile.inputs.iter().any(|input| match &input.default {
        Some(DefaultValue::Template(template)) => template.resolvers().any(|one| *one == Resolver::Password),
        _ => false,
    })
}

/// Only a public application may, and only where its registration says so.
fn allowed(application: &Application) -> Result<(), Refusal> {
    let refused = |code, text: &str| Err(Refusal::named("unauthorized_client", code, text));
    match (application.kind, application.password_grant) {
        (ClientKind::Confidential, _) => refused(
            90248,
            "Resource owner flow can only be used by applications that are registered as public clients.",
        ),
        (ClientKind::Public, false) => {
            refused(90224, "Resource owner flow has not been enabled for the application.")
        }
        (ClientKind::Public, true) => Ok(()),
    }
}

/// `response_type` narrows what is answered; a token named there needs the application's implicit switch. Without one the
/// scopes alone decide.
fn response_type(form: &Parameters, application: &Application) -> Result<Wanted<'static>, Refusal> {
    let Some(text) = form.get("response_type") else { return Ok(Wanted::ALL) };
    let asked = ResponseType::parse(text).filter(|asked| !asked.code);
    let asked = asked.ok_or_else(|| {
        let text = "The requested response type provided in the request is not supported.";
        Refusal::named("unsupported_response_type", 90013, text)
    })?;
    let allowed = (!asked.token || application.implicit_access_token)
        && (!asked.id_token || application.implicit_id_token || application.implicit_access_token);
    match allowed {
        true => Ok(Wanted { id_token: asked.id_token, access_token: asked.token, code: None }),
        false => {
            let text = "The provided application is not configured to allow the OAuth Implicit flow.";
            Err(Refusal::named("unauthorized_client", 90057, text))
        }
    }
}

/// A journey that wants to show a page needs the user; everything else is told as at the end of any journey.
fn ended(fault: Fault) -> Refusal {
    match fault.number() {
        Some(90085) => Refusal { error: "interaction_required", fault },
        _ => Refusal::ended(fault),
    }
}

fn grant(exchange: Exchange<'_>, issue: Issue, scopes: Scopes) -> Grant {
    Grant {
        policy: exchange.call.policy.id.to_string(),
        issuer: issue.issuer.id.to_string(),
        client_id: exchange.application.client_id.clone(),
        user: issue.user,
        subject: issue.subject,
        claims: issue.claims,
        bag: issue.bag,
        authenticated_at: issue.authenticated_at,
        nonce: exchange.form.get("nonce").map(str::to_owned),
        scopes,
        spa: false,
        own_name: false,
        sid: None,
    }
}
