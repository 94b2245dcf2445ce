//! The password check of a `login-NonInteractive` profile (technical-profiles 6).
//!
//! In: user name and password. Out: the token claims the cloud's directory would answer with (`oid`, `tid`, `upn`, …),
//! or one of its refusals; a profile that names another directory asks that one (`foreign.rs`). With `equal_messages` an unknown account and a wrong password sound alike (reference
//! README 13).

mod foreign;

use std::net::{IpAddr, Ipv4Addr};

use vestibule_engine::claims::Value;
use vestibule_engine::journey::world::{Answer, Failure, Refusal, Sent};
use vestibule_engine::kind::PasswordGrant;
use vestibule_engine::policy::Profile;

use super::{Context, failed, needed, text};
use crate::audit::Activity;
use crate::directory::{Attempt, SignIn, User};
use crate::error::Error;
use crate::limits::Act;

/// Runs a password grant.
pub async fn run(
    context: Context<'_>,
    settings: &PasswordGrant,
    profile: &Profile,
    inputs: &[Sent],
) -> Result<Answer, Failure> {
    let (name, password) = (needed(inputs, "username")?, needed(inputs, "password")?);
    let address = context.journey.request.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    if context.app.limits.check(Act::SignIn, address).is_err() {
        return Err(Refusal::key(90244, "AADRequestsThrottled").into());
    }
    if let Some(endpoint) = &settings.foreign_endpoint {
        return foreign::ask(context, endpoint, profile, inputs).await;
    }
    let attempt = Attempt {
        tenant: &context.tenant.name,
        name: &name,
        password: &password,
        address,
        device: context.journey.request.device.as_deref(),
    };
    let outcome = context.app.directory.sign_in(&attempt).await;
    let outcome = outcome.map_err(|cause| failed(Error::from(cause)))?;
    let tolerant =
        text(inputs, "continueOnPasswordExpiration").is_some_and(|t| t.eq_ignore_ascii_case("true"));
    let (target, answer) = answer(context, outcome, tolerant);
    let failure = match &answer {
        Ok(_) => None,
        Err(refusal) => Some(format!("AADB2C{}", refusal.code)),
    };
    context.audit(Activity::ValidateCredentials, &target, failure.as_deref()).await.map_err(failed)?;
    answer.map_err(Failure::from)
}

/// A refusal that tells whether the account or the password is wrong, unless the operator wants none that does.
fn told(context: Context<'_>, code: u32, key: &'static str) -> Refusal {
    match context.app.config.behaviour.equal_messages {
        // Equal words beside different codes would still tell.
        true => Refusal::key(90054, "DefaultMessage"),
        false => Refusal::key(code, key),
    }
}

/// The object id it is about, and what is answered.
fn answer(context: Context<'_>, outcome: SignIn, tolerant: bool) -> (String, Result<Answer, Refusal>) {
    let told = |code, key| Err(told(context, code, key));
    let nobody = String::new();
    match outcome {
        SignIn::Ok { user, must_change: true } if tolerant => {
            let mut answer = Answer::empty();
            answer.give("passwordExpired", Value::Boolean(true));
            (user.object_id.clone(), Ok(answer))
        }
        SignIn::Ok { user, must_change: true } => {
            (user.object_id.clone(), Err(Refusal::key(90054, "UserMessageIfPasswordExpired")))
        }
        SignIn::Ok { user, .. } => (user.object_id.clone(), Ok(claims(context, &user))),
        SignIn::UnknownUser => (nobody, told(90053, "UserMessageIfClaimsPrincipalDoesNotExist")),
        SignIn::WrongPassword => (nobody, told(90054, "UserMessageIfInvalidPassword")),
        SignIn::OldPassword => (nobody, told(90054, "UserMessageIfOldPasswordUsed")),
        SignIn::Disabled => (nobody, Err(Refusal::key(90111, "UserMessageIfUserAccountDisabled"))),
        SignIn::Locked => (nobody, Err(Refusal::key(90114, "UserMessageIfUserAccountLocked"))),
        SignIn::Busy { .. } => (nobody, Err(Refusal::key(90244, "AADRequestsThrottled"))),
    }
}

/// The claims of the answer, by the names the cloud's directory uses.
fn claims(context: Context<'_>, user: &User) -> Answer {
    let mut answer = Answer::empty();
    let mut give = |name: &str, text: &str| answer.give(name, Value::text_of(text));
    give("oid", &user.object_id);
    give("tid", &context.tenant.id);
    give("upn", user.principal_name());
    give("name", user.display_name());
    give("given_name", user.text("givenName").unwrap_or_default());
    give("family_name", user.text("surname").unwrap_or_default());
    give("estsRequestId", &context.journey.correlation);
    answer
}
