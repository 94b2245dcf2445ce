//! One-time passwords that the policy sends by itself (technical-profiles 11).
//!
//! In: an identifier, or an identifier with what was typed. Out: the code under `otpGenerated`, or a refusal. State is
//! kept per journey and identifier; beside it the server's own limits per address and client hold (attack 63). Whoever
//! used up his tries or his codes gets no new code for as long as a code lives (attack 61).

use std::net::{IpAddr, Ipv4Addr};

use jiff::SignedDuration;
use vestibule_engine::claims::Value;
use vestibule_engine::claims::predicate::CharacterSet;
use vestibule_engine::journey::world::{Answer, Failure, Refusal, Sent, Words};
use vestibule_engine::kind::{GenerateCode, OneTimePassword};

use super::codes::{self, Place, Standing, Terms, Tried};
use super::{Context, failed, needed};
use crate::chance;
use crate::directory::canonical;
use crate::error::Error;
use crate::store::{KeyHash, Kind, Record};

/// What sealed codes that may be handed out again are for.
const PURPOSE: &str = "one-time code to be used again";
/// How long codes of a journey are counted: longer than any journey.
const COUNTED: SignedDuration = SignedDuration::from_hours(24);

/// Runs a one-time password profile.
pub async fn run(
    context: Context<'_>,
    settings: &OneTimePassword,
    inputs: &[Sent],
) -> Result<Answer, Failure> {
    let identifier = needed(inputs, "identifier")?;
    let what = format!("otp {identifier}");
    let place = Place { page: &context.journey.id, what: &what };
    match settings {
        OneTimePassword::Generate(terms) => generate(context, place, &identifier, terms).await,
        OneTimePassword::Verify => {
            verify(context, place, (&identifier, &needed(inputs, "otpToVerify")?)).await
        }
    }
}

async fn verify(
    context: Context<'_>,
    place: Place<'_>,
    (identifier, code): (&str, &str),
) -> Result<Answer, Failure> {
    let before = codes::standing(context, place).await.map_err(failed)?;
    let tried = codes::attempt(context, place, (identifier, code)).await.map_err(failed)?;
    let words = match tried {
        Tried::Right => return Ok(Answer::empty()),
        Tried::Wrong => WRONG,
        Tried::Dead => DEAD,
        // It was there a moment ago: another request used it.
        Tried::Expired if before == Standing::Live => CONFLICT,
        Tried::Expired => EXPIRED,
    };
    Err(Refusal { code: 90159, words }.into())
}

/// Older policies use the later of two names; of a wrong code the more telling key counts where the policy has it.
const WRONG: Words = Words::Written(
    &["UserMessageIfVerificationFailedRetryAllowed", "UserMessageIfInvalidCode", "UserMessage.InvalidCode"],
    "UserMessageIfInvalidCode",
);
const DEAD: Words = Words::Written(
    &["UserMessageIfMaxRetryAttempted", "UserMessage.MaxRetryAttemped"],
    "UserMessageIfMaxRetryAttempted",
);
const EXPIRED: Words = Words::Written(
    &["UserMessageIfSessionDoesNotExist", "UserMessage.VerificationHasExpired"],
    "UserMessageIfSessionDoesNotExist",
);
const CONFLICT: Words = Words::Written(
    &["UserMessageIfSessionConflict", "UserMessage.ServerError"],
    "UserMessageIfSessionConflict",
);

async fn generate(
    context: Context<'_>,
    place: Place<'_>,
    identifier: &str,
    terms: &GenerateCode,
) -> Result<Answer, Failure> {
    let standing = codes::standing(context, place).await.map_err(failed)?;
    if standing == Standing::Dead {
        return Err(Refusal { code: 90244, words: DEAD }.into());
    }
    if !may_have_another(context, place, identifier, terms).await.map_err(failed)? {
        return Err(Refusal::key(90244, "UserMessageIfMaxNumberOfCodeGenerated").into());
    }
    let again = match terms.reuse && standing == Standing::Live {
        true => handed_out(context, place).await.map_err(failed)?,
        false => None,
    };
    let code = match again {
        Some(code) => {
            codes::renew(context, place).await.map_err(failed)?;
            code
        }
        None => {
            let characters = CharacterSet::parse(&terms.characters).characters();
            let code = chance::drawn(&characters, usize::from(terms.length));
            let kept = Terms { seconds: terms.seconds, tries: terms.tries };
            codes::keep(context, place, (identifier, &code), kept).await.map_err(failed)?;
            code
        }
    };
    if terms.reuse {
        hold(context, place, (&code, terms.seconds)).await.map_err(failed)?;
    }
    let mut answer = Answer::empty();
    answer.give("otpGenerated", Value::text_of(code));
    Ok(answer)
}

/// Counts one more code. With the last that may be had, the time begins in which there is none; then all begins anew.
async fn may_have_another(
    context: Context<'_>,
    place: Place<'_>,
    identifier: &str,
    terms: &GenerateCode,
) -> Result<bool, Error> {
    let (store, tenant, now) = (&context.app.store, &context.tenant.name, context.app.clock.now());
    let counter = format!("codes of journey {} {}", context.journey.id, place.what);
    let barred = format!("no {counter}");
    let most = i64::from(terms.codes);
    let mut count = store.count(tenant, &counter, COUNTED, now).await?;
    if count > most {
        if store.counted(tenant, &barred, now).await? > 0 {
            return Ok(false);
        }
        store.forget_count(tenant, &counter).await?;
        count = store.count(tenant, &counter, COUNTED, now).await?;
    }
    if count == most {
        store.count(tenant, &barred, SignedDuration::from_secs(i64::from(terms.seconds)), now).await?;
    }
    let client = context.journey.request.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let subject = canonical::sign_in_name(identifier).unwrap_or_else(|| identifier.to_owned());
    Ok(context.app.limits.check_code(client, &subject).is_ok())
}

fn held_key(place: Place<'_>) -> KeyHash {
    KeyHash::of(&format!("{}|{} to be used again", place.page, place.what))
}

/// Keeps a code sealed, so that it can be handed out again.
async fn hold(context: Context<'_>, place: Place<'_>, (code, seconds): (&str, u32)) -> Result<(), Error> {
    let now = context.app.clock.now();
    let life = SignedDuration::from_secs(i64::from(seconds));
    let record = Record {
        kind: Kind::OneTimeCode,
        key: held_key(place),
        tenant: context.tenant.name.to_string(),
        owner: context.journey.id.clone(),
        version: 0,
        expires: now.checked_add(life).map_err(|cause| Error::new("computing an expiry", cause))?,
        body: context.app.sealer.seal(PURPOSE, code.as_bytes(), now)?,
    };
    context.app.store.put(&record).await?;
    Ok(())
}

async fn handed_out(context: Context<'_>, place: Place<'_>) -> Result<Option<String>, Error> {
    let (store, now) = (&context.app.store, context.app.clock.now());
    let found = store.get(&context.tenant.name, Kind::OneTimeCode, &held_key(place), now).await?;
    let Some(record) = found else { return Ok(None) };
    let plain = context.app.sealer.unseal(PURPOSE, &record.body)?;
    Ok(String::from_utf8(plain.to_vec()).ok())
}
