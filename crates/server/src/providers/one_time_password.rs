//! One-time passwords that the policy sends by itself (technical-profiles 11).
//!
//! In: an identifier, or an identifier with what was typed. Out: the code under `otpGenerated`, or a refusal.

use jiff::SignedDuration;
use vestibule_engine::claims::Value;
use vestibule_engine::claims::predicate::CharacterSet;
use vestibule_engine::journey::world::{Answer, Failure, Refusal, Sent};
use vestibule_engine::kind::{GenerateCode, OneTimePassword};

use super::codes::{self, Place, Terms, Tried};
use super::{Context, failed, text};
use crate::chance;

/// Runs a one-time password profile. State is kept per journey and identifier.
pub async fn run(
    context: Context<'_>,
    settings: &OneTimePassword,
    inputs: &[Sent],
) -> Result<Answer, Failure> {
    let Some(identifier) = text(inputs, "identifier") else {
        return Err(Refusal::key(90037, "UserMessageIfMissingRequiredElement").into());
    };
    let what = format!("otp {identifier}");
    let place = Place { page: &context.journey.id, what: &what };
    match settings {
        OneTimePassword::Generate(terms) => generate(context, place, &identifier, terms).await,
        OneTimePassword::Verify => {
            let code = text(inputs, "otpToVerify").unwrap_or_default();
            let tried = codes::attempt(context, place, (&identifier, &code)).await.map_err(failed)?;
            let key = match tried {
                Tried::Right => return Ok(Answer::empty()),
                Tried::Wrong => "UserMessageIfInvalidCode",
                Tried::Dead => "UserMessageIfMaxRetryAttempted",
                Tried::Expired => "UserMessageIfSessionDoesNotExist",
            };
            Err(Refusal::key(90159, key).into())
        }
    }
}

async fn generate(
    context: Context<'_>,
    place: Place<'_>,
    identifier: &str,
    terms: &GenerateCode,
) -> Result<Answer, Failure> {
    let counter = format!("codes of journey {} {}", context.journey.id, place.what);
    let window = SignedDuration::from_secs(i64::from(terms.seconds));
    let now = context.app.clock.now();
    let count = context.app.store.count(&context.tenant.name, &counter, window, now).await.map_err(failed)?;
    if count > i64::from(terms.codes) {
        return Err(Refusal::key(90244, "UserMessageIfMaxNumberOfCodeGenerated").into());
    }
    let characters = CharacterSet::parse(&terms.characters).characters();
    let code = chance::drawn(&characters, usize::from(terms.length));
    let kept = Terms { seconds: terms.seconds, tries: terms.tries };
    codes::keep(context, place, (identifier, &code), kept).await.map_err(failed)?;
    let mut answer = Answer::empty();
    answer.give("otpGenerated", Value::text_of(code));
    Ok(answer)
}
