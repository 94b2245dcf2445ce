//! The built-in directory as technical profiles use it (technical-profiles 3).
//!
//! In: the operation, the lookup key, what to write. Out: attributes under partner names, `newClaimsPrincipalCreated`
//! among them, or a refusal. What users are and how they are found stands in `crate::directory`.

use vestibule_engine::claims::{Identity, Value};
use vestibule_engine::journey::world::{Answer, Failure, Refusal, Sent, Words};
use vestibule_engine::kind::{Directory, Operation};
use vestibule_engine::policy::Profile;
use vestibule_engine::text as words;

use super::{Context, failed, missing};
use crate::audit::Activity;
use crate::backchannel;
use crate::directory::{self, Federated, Lookup, Mode, PasswordFault, Persisted, User, Write};
use crate::error::Error;
use crate::mail::{self, NoticeLetter};
use crate::sessions::Ended;

const ALREADY_EXISTS: &str = "UserMessageIfClaimsPrincipalAlreadyExists";
const DOES_NOT_EXIST: &str = "UserMessageIfClaimsPrincipalDoesNotExist";

/// Runs a directory profile.
pub async fn run(
    context: Context<'_>,
    settings: &Directory,
    profile: &Profile,
    (inputs, persisted): (&[Sent], &[Sent]),
) -> Result<Answer, Failure> {
    let Some(key) = inputs.first() else {
        return Err(missing(profile.inputs.first().map_or("", |input| &input.claim)));
    };
    let lookup = Lookup::from_partner(&key.partner, &stored(&key.value));
    match (settings.operation, lookup) {
        // Nobody can have it: nobody is found by it, and nobody can be made under it.
        (Operation::Write, None) => Err(named("UserMessageIfInvalidInput", key.claim.to_string())),
        (_, None) => absent(settings),
        (Operation::Read, Some(lookup)) => read(context, settings, profile, &lookup).await,
        (Operation::Write, Some(lookup)) => write(context, settings, profile, (&lookup, persisted)).await,
        (Operation::DeleteClaims, Some(lookup)) => {
            clear(context, settings, profile, (&lookup, &key.partner)).await
        }
        (Operation::DeleteClaimsPrincipal, Some(lookup)) => delete(context, settings, &lookup).await,
    }
}

/// Clears every attribute that the profile persists but the key, whether or not the journey has a claim for it.
async fn clear(
    context: Context<'_>,
    settings: &Directory,
    profile: &Profile,
    (lookup, key): (&Lookup, &str),
) -> Result<Answer, Failure> {
    let named = profile.persisted.iter().filter(|claim| !claim.partner.eq_ignore_ascii_case(key));
    let cleared: Vec<Write> = named
        .map(|claim| match claim.partner.eq_ignore_ascii_case("alternativeSecurityId") {
            // Written, it adds an identity to the set; cleared, the set is empty.
            true => Write::clear("userIdentities"),
            false => Write::clear(&claim.partner),
        })
        .collect();
    match context.app.directory.write(&context.tenant.name, lookup, &cleared, Mode::Update).await {
        Ok(Persisted { user, .. }) => {
            context.audit(Activity::UpdateUser, &user.object_id, None).await.map_err(failed)?;
            Ok(Answer::empty())
        }
        Err(directory::Refusal::DoesNotExist) => absent(settings),
        Err(refusal) => Err(refused(context, refusal)),
    }
}

/// The answer to a lookup that finds nobody.
fn absent(settings: &Directory) -> Result<Answer, Failure> {
    if settings.error_if_absent {
        return Err(Refusal::key(90053, DOES_NOT_EXIST).into());
    }
    Ok(Answer::empty())
}

async fn read(
    context: Context<'_>,
    settings: &Directory,
    profile: &Profile,
    lookup: &Lookup,
) -> Result<Answer, Failure> {
    let found = context.app.directory.find(&context.tenant.name, lookup).await;
    match found.map_err(|refusal| refused(context, refusal))? {
        None => absent(settings),
        Some(_) if settings.error_if_present => Err(Refusal::key(90001, ALREADY_EXISTS).into()),
        Some(user) => Ok(attributes(&user, profile)),
    }
}

async fn write(
    context: Context<'_>,
    settings: &Directory,
    profile: &Profile,
    (lookup, persisted): (&Lookup, &[Sent]),
) -> Result<Answer, Failure> {
    let mode = match (settings.error_if_present, settings.error_if_absent) {
        (true, _) => Mode::Create,
        (false, true) => Mode::Update,
        (false, false) => Mode::CreateOrUpdate,
    };
    // The object id is the key, never written (technical-profiles 24.1).
    let writes: Vec<Write> = persisted
        .iter()
        .filter(|sent| !sent.partner.eq_ignore_ascii_case("objectId"))
        .map(|sent| match sent.value.is_empty() {
            true => Write::clear(&sent.partner).overwriting(overwrites(profile, sent)),
            false => Write::value(&sent.partner, stored(&sent.value)).overwriting(overwrites(profile, sent)),
        })
        .collect();
    let has_password = persisted.iter().any(|sent| sent.partner.eq_ignore_ascii_case("password"));
    let ending = if has_password { sessions(context, lookup).await? } else { Vec::new() };
    let written = context.app.directory.write(&context.tenant.name, lookup, &writes, mode).await;
    let Persisted { user, created } = written.map_err(|refusal| refused(context, refusal))?;
    backchannel::tell(context.app, &context.tenant.name, &ending).await.map_err(failed)?;
    record(context, &user, (created, has_password)).await.map_err(failed)?;
    let mut answer = attributes(&user, profile);
    answer.give("newClaimsPrincipalCreated", Value::Boolean(created));
    Ok(answer)
}

/// The sessions that a new password ends, for telling their applications; read before, as nothing is left of them after.
async fn sessions(context: Context<'_>, lookup: &Lookup) -> Result<Vec<Ended>, Failure> {
    let session = &context.app.config.session;
    if !session.end_with_password || !session.backchannel_logout {
        return Ok(Vec::new());
    }
    let found = context.app.directory.find(&context.tenant.name, lookup).await;
    match found.map_err(|refusal| refused(context, refusal))? {
        Some(user) => {
            backchannel::sessions_of(context.app, &context.tenant.name, &user.object_id).await.map_err(failed)
        }
        None => Ok(Vec::new()),
    }
}

/// `OverwriteIfExists` of the claim that is stored.
fn overwrites(profile: &Profile, sent: &Sent) -> bool {
    let claim = profile.persisted.iter().find(|one| one.claim == sent.claim && one.partner == sent.partner);
    claim.is_none_or(|one| one.overwrite)
}

async fn delete(context: Context<'_>, settings: &Directory, lookup: &Lookup) -> Result<Answer, Failure> {
    let deleted = context.app.directory.delete(&context.tenant.name, lookup).await;
    match deleted.map_err(|refusal| refused(context, refusal))? {
        true => {
            context.audit(Activity::DeleteUser, "", None).await.map_err(failed)?;
            Ok(Answer::empty())
        }
        false => absent(settings),
    }
}

/// What follows a write: the audit log, and after a changed password a notice (attack 67). The notice is sent beside the request: a slow mail server does not hold up a reset.
async fn record(context: Context<'_>, user: &User, (created, password): (bool, bool)) -> Result<(), Error> {
    let activity = match (created, password) {
        (true, _) => Activity::AddUser,
        (false, true) => Activity::ResetPassword,
        (false, false) => Activity::UpdateUser,
    };
    context.audit(activity, &user.object_id, None).await?;
    if created || !password {
        return Ok(());
    }
    let app = context.app;
    let Some(to) = mailbox(user) else { return Ok(()) };
    let now = app.clock.now();
    let when = now.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string();
    let letter = mail::password_changed(NoticeLetter {
        to,
        name: Some(user.display_name()).filter(|name| !name.is_empty() && *name != "unknown"),
        when: &when,
        language: &context.journey.language,
        identity: &context.tenant.settings.mail,
    });
    let mailer = app.mailer.clone();
    tokio::spawn(async move {
        // A failure is logged by the mailer; the reset itself stands.
        let _ = mailer.send(&letter, now).await;
    });
    Ok(())
}

/// Where a notice reaches the user.
fn mailbox(user: &User) -> Option<&str> {
    user.sign_in_name("emailAddress").or_else(|| user.text("strongAuthenticationEmailAddress"))
}

/// The attributes a profile outputs, under their partner names.
fn attributes(user: &User, profile: &Profile) -> Answer {
    let mut answer = Answer::empty();
    for output in &profile.outputs {
        if let Some(value) = user.read_attribute(&output.partner) {
            answer.give(output.partner.clone(), claimed(value));
        }
    }
    answer
}

/// A claim's value as the directory keeps it.
fn stored(value: &Value) -> directory::Value {
    match value {
        Value::Boolean(flag) => directory::Value::Bool(*flag),
        Value::Int(number) => directory::Value::Int(i64::from(*number)),
        Value::Long(number) => directory::Value::Int(*number),
        Value::Date(date) => directory::Value::Date(*date),
        Value::DateTime(at) => directory::Value::Time(*at),
        Value::Strings(items) => directory::Value::List(items.clone()),
        Value::Identity(one) => directory::Value::Identities(federated(std::slice::from_ref(one))),
        Value::Identities(all) => directory::Value::Identities(federated(all)),
        Value::Duration(_) | Value::String(_) | Value::Phone(_) | Value::Structure(..) => {
            directory::Value::Text(value.text())
        }
    }
}

fn federated(identities: &[Identity]) -> Vec<Federated> {
    identities.iter().filter_map(|one| Federated::from_base64(&one.issuer, &one.issuer_user_id)).collect()
}

/// What the directory keeps, as a claim's value.
fn claimed(value: directory::Value) -> Value {
    match value {
        directory::Value::Text(text) => Value::String(text),
        directory::Value::Bool(flag) => Value::Boolean(flag),
        directory::Value::Int(number) => Value::Long(number),
        directory::Value::Time(at) => Value::DateTime(at),
        directory::Value::Date(date) => Value::Date(date),
        directory::Value::List(items) => Value::Strings(items),
        directory::Value::Identities(all) => {
            let identity =
                |one: Federated| Identity { issuer_user_id: one.user_id_base64(), issuer: one.issuer };
            Value::Identities(all.into_iter().map(identity).collect())
        }
    }
}

fn named(key: &'static str, name: String) -> Failure {
    Refusal { code: 90037, words: Words::Key(key, vec![name]) }.into()
}

/// What the user, or the application, is told of the directory's no.
fn refused(context: Context<'_>, refusal: directory::Refusal) -> Failure {
    match refusal {
        directory::Refusal::AlreadyExists => Refusal::key(90001, ALREADY_EXISTS).into(),
        directory::Refusal::DoesNotExist => Refusal::key(90053, DOES_NOT_EXIST).into(),
        directory::Refusal::NotUnique => Refusal::key(90037, "UserMessageIfValidationError").into(),
        directory::Refusal::Missing(name) => missing(name),
        directory::Refusal::Attribute { name, .. } => named("UserMessageIfInvalidInput", name),
        directory::Refusal::Password(fault) => {
            let words = Words::Given(password_rule(&context.journey.language, fault));
            Refusal { code: 90037, words }.into()
        }
        // Policies give passwords, never hashes.
        directory::Refusal::Hash(_) => named("UserMessageIfInvalidInput", "password".to_owned()),
        directory::Refusal::Busy => Refusal::key(90244, "ServiceThrottled").into(),
        directory::Refusal::Store(error) => failed(error),
    }
}

/// The rule a password breaks, in the user's language.
fn password_rule(language: &str, fault: PasswordFault) -> String {
    match fault {
        PasswordFault::TooShort(least) => {
            words::own(language, "password_too_short").replace("{0}", &least.to_string())
        }
        PasswordFault::TooLong => words::own(language, "password_too_long").to_owned(),
        PasswordFault::TooSimple => words::own(language, "password_too_simple").to_owned(),
        PasswordFault::OuterSpace => words::own(language, "password_outer_space").to_owned(),
        PasswordFault::Unprintable => words::own(language, "password_unprintable").to_owned(),
        PasswordFault::Common => words::own(language, "password_common").to_owned(),
        PasswordFault::Personal => words::own(language, "password_personal").to_owned(),
    }
}
