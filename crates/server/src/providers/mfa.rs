//! Second factors: codes by text message, and codes of authenticator apps (technical-profiles 12).
//!
//! In: an operation and its input claims. Out: nothing, the number of enrolled devices, or a refusal. A message's code is
//! bound to the journey and the number; an app's code counts once, in its own time step or the one beside it (attack 70).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret};
use vestibule_engine::claims::Value;
use vestibule_engine::dialling::e164;
use vestibule_engine::journey::world::{Answer, Failure, Refusal, Sent};
use vestibule_engine::kind::Mfa;

use super::codes::{self, Place, Terms, Tried};
use super::numbers::{self, Undelivered, Voice};
use super::{Context, failed, text};
use crate::chance;
use crate::error::Error;
use crate::sms::Proof;
use crate::store::{KeyHash, Kind, Record};

const DIGITS: usize = 6;
const TERMS: Terms = Terms { seconds: 600, tries: 5 };
/// What sealed secrets of devices are for.
const PURPOSE: &str = "authenticator";
/// How long an opened verification waits for its code.
const OPEN: SignedDuration = SignedDuration::from_mins(15);
/// Wrong codes of an app that a user may type in [`WINDOW`], over all journeys.
const MOST_WRONG: i64 = 10;
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// The longest secret taken, in base32 letters.
const MOST_SECRET: usize = 256;

/// Runs an operation.
pub async fn run(context: Context<'_>, operation: Mfa, inputs: &[Sent]) -> Result<Answer, Failure> {
    match operation {
        Mfa::SendSms => send(context, inputs).await,
        Mfa::VerifySms => verify(context, inputs).await,
        Mfa::CountDevices => {
            let device = device(context, &needed(inputs, "userPrincipalName")?).await.map_err(failed)?;
            let mut answer = Answer::empty();
            answer.give("numberOfAvailableDevices", Value::Int(i32::from(device.is_some())));
            Ok(answer)
        }
        Mfa::BeginTotp => begin(context, inputs).await,
        Mfa::VerifyTotp => check(context, &needed(inputs, "otpCode")?).await,
    }
}

fn needed(inputs: &[Sent], name: &'static str) -> Result<String, Failure> {
    let missing = || Refusal::key(90037, "UserMessageIfMissingRequiredElement");
    text(inputs, name).ok_or_else(|| missing().into())
}

/// Sends a code to a number; the newest counts.
async fn send(context: Context<'_>, inputs: &[Sent]) -> Result<Answer, Failure> {
    let Some(number) = e164(&needed(inputs, "phoneNumber")?, None) else {
        return Err(Refusal::key(90161, "UserMessageIfInvalidFormat").into());
    };
    let own = Voice::of(context);
    let voice = Voice {
        company: text(inputs, "companyName").unwrap_or(own.company),
        language: text(inputs, "locale").unwrap_or(own.language),
    };
    let refuse = |why| {
        Failure::from(match why {
            Undelivered::Throttled => Refusal::key(90244, "UserMessageIfThrottled"),
            Undelivered::Unreachable => Refusal::key(90161, "UserMessageIfCouldntSendSms"),
            Undelivered::Failed => Refusal::key(90161, "UserMessageIfServerError"),
        })
    };
    numbers::allow(context, &number).map_err(refuse)?;
    let code = chance::digits(DIGITS);
    let what = format!("phone {number}");
    let place = Place { page: &context.journey.id, what: &what };
    codes::keep(context, place, (&number, &code), TERMS).await.map_err(failed)?;
    numbers::deliver(context, &number, Proof::Code(&code), &voice).await.map_err(refuse)?;
    Ok(Answer::empty())
}

/// Checks the code sent to a number.
async fn verify(context: Context<'_>, inputs: &[Sent]) -> Result<Answer, Failure> {
    let Some(number) = e164(&needed(inputs, "phoneNumber")?, None) else {
        return Err(Refusal::key(90159, "UserMessageIfInvalidFormat").into());
    };
    let code = needed(inputs, "verificationCode")?;
    let what = format!("phone {number}");
    let place = Place { page: &context.journey.id, what: &what };
    match codes::attempt(context, place, (&number, &code)).await.map_err(failed)? {
        Tried::Right => Ok(Answer::empty()),
        Tried::Wrong | Tried::Expired => Err(Refusal::key(90159, "UserMessageIfWrongCodeEntered").into()),
        Tried::Dead => Err(Refusal::key(90151, "UserMessageIfMaxAllowedCodeRetryReached").into()),
    }
}

/// A verification that was opened and waits for its code.
#[derive(Serialize, Deserialize)]
struct Opened {
    principal: String,
    owner: String,
    /// A secret that is not enrolled yet.
    pending: Option<String>,
}

/// An enrolled device.
#[derive(Serialize, Deserialize)]
struct Device {
    secret: String,
    /// The last time step whose code was taken.
    last: u64,
}

/// Opens a verification: of a device that is being enrolled, where a secret is given, else of the enrolled one.
async fn begin(context: Context<'_>, inputs: &[Sent]) -> Result<Answer, Failure> {
    let principal = needed(inputs, "userPrincipalName")?;
    let pending = text(inputs, "secretKey");
    if pending.as_deref().is_some_and(|secret| secret_of(secret).is_none()) {
        return Err(Refusal::key(90155, "UserMessageIfServerError").into());
    }
    let opened = Opened { principal, owner: text(inputs, "objectId").unwrap_or_default(), pending };
    let now = context.app.clock.now();
    let body = serde_json::to_vec(&opened).map_err(|error| failed(Error::from(error)))?;
    let body = context.app.sealer.seal(PURPOSE, &body, now).map_err(|error| failed(Error::from(error)))?;
    let expires = now.checked_add(OPEN).unwrap_or(Timestamp::MAX);
    let record = record(context, (Kind::Other, open_key(context)), &opened.owner, (expires, body));
    context.app.store.put(&record).await.map_err(failed)?;
    Ok(Answer::empty())
}

/// Checks an app's code. The first right code of a pending secret enrols the device.
async fn check(context: Context<'_>, code: &str) -> Result<Answer, Failure> {
    let now = context.app.clock.now();
    let wrong = || Failure::from(Refusal::key(90159, "UserMessageIfWrongCodeEntered"));
    let Some(opened) = opened(context, now).await.map_err(failed)? else { return Err(wrong()) };
    let counter = format!("authenticator tries {}", opened.principal.to_lowercase());
    let tries = context.app.store.count(&context.tenant.name, &counter, WINDOW, now).await.map_err(failed)?;
    if tries > MOST_WRONG {
        return Err(Refusal::key(90151, "UserMessageIfMaxAllowedCodeRetryReached").into());
    }
    let enrolled = device(context, &opened.principal).await.map_err(failed)?;
    let is_new = opened.pending.is_some();
    let (held, device) = match (opened.pending, enrolled) {
        (Some(secret), held) => (held.map(|(record, _)| record), Device { secret, last: 0 }),
        (None, Some((record, device))) => (Some(record), device),
        (None, None) => return Err(wrong()),
    };
    let Some(step) = matched(&device, code, now) else { return Err(wrong()) };
    let device = Device { last: step, ..device };
    let kept = keep(context, (&opened.principal, &opened.owner), held.filter(|_| !is_new), &device).await;
    if !kept.map_err(failed)? {
        // Somebody used this very step in the same instant.
        return Err(wrong());
    }
    let taken = context.app.store.take(&context.tenant.name, Kind::Other, &open_key(context), now).await;
    taken.map_err(failed)?;
    Ok(Answer::empty())
}

/// The time step whose code was typed, if that code may still be used.
fn matched(device: &Device, code: &str, now: Timestamp) -> Option<u64> {
    let secret = secret_of(&device.secret)?;
    // 80 bits, as the language's own method makes them, are fewer than RFC 6238 advises.
    let totp = Builder::new().with_secret(secret).with_skew(1).build_noncompliant();
    let seconds = u64::try_from(now.as_second()).ok()?;
    let step = totp.check(&codes::plain_digits(code), seconds)?;
    (step > device.last).then_some(step)
}

fn secret_of(text: &str) -> Option<Secret> {
    let text = text.trim().trim_end_matches('=').to_ascii_uppercase();
    if text.len() > MOST_SECRET || text.len() < 16 {
        return None;
    }
    Secret::try_from_base32(text).ok()
}

fn open_key(context: Context<'_>) -> KeyHash {
    KeyHash::of(&format!("authenticator {}", context.journey.id))
}

fn device_key(principal: &str) -> KeyHash {
    KeyHash::of(&format!("authenticator of {}", principal.to_lowercase()))
}

fn record(
    context: Context<'_>,
    (kind, key): (Kind, KeyHash),
    owner: &str,
    (expires, body): (Timestamp, String),
) -> Record {
    let tenant = context.tenant.name.clone();
    Record { kind, key, tenant, owner: owner.to_owned(), version: 0, expires, body }
}

async fn opened(context: Context<'_>, now: Timestamp) -> Result<Option<Opened>, Error> {
    let found = context.app.store.get(&context.tenant.name, Kind::Other, &open_key(context), now).await?;
    let Some(record) = found else { return Ok(None) };
    let plain = context.app.sealer.unseal(PURPOSE, &record.body)?;
    Ok(Some(serde_json::from_slice(&plain)?))
}

async fn device(context: Context<'_>, principal: &str) -> Result<Option<(Record, Device)>, Error> {
    let (now, key) = (context.app.clock.now(), device_key(principal));
    let Some(record) = context.app.store.get(&context.tenant.name, Kind::Device, &key, now).await? else {
        return Ok(None);
    };
    let plain = context.app.sealer.unseal(PURPOSE, &record.body)?;
    let device = serde_json::from_slice(&plain)?;
    Ok(Some((record, device)))
}

/// Keeps a device; `false` where it changed since it was read.
async fn keep(
    context: Context<'_>,
    (principal, owner): (&str, &str),
    held: Option<Record>,
    device: &Device,
) -> Result<bool, Error> {
    let body = context.app.sealer.seal(PURPOSE, &serde_json::to_vec(device)?, context.app.clock.now())?;
    let store = &context.app.store;
    match held {
        Some(held) => Ok(store.swap(&Record { body, ..held }).await?),
        None => {
            let kept = (Timestamp::MAX, body);
            store.put(&record(context, (Kind::Device, device_key(principal)), owner, kept)).await?;
            Ok(true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, SHA-1, six of its eight digits.
    #[test]
    fn attack_070_an_apps_code_counts_once_in_its_step_or_the_one_beside() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned();
        let at = |second| Timestamp::from_second(second).unwrap();
        let fresh = Device { secret: secret.clone(), last: 0 };
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            let step = u64::try_from(second / 30).unwrap();
            assert_eq!(matched(&fresh, code, at(second)), Some(step));
            assert_eq!(matched(&fresh, code, at(second + 30)), Some(step), "one step late");
            assert_eq!(matched(&fresh, code, at(second + 60)), None, "two steps late");
            assert_eq!(matched(&fresh, code, at(second - 60)), None, "two steps early");
            let used = Device { secret: secret.clone(), last: step };
            assert_eq!(matched(&used, code, at(second)), None, "used before");
        }
        for bad in ["", "12345", "1234567", "abcdef"] {
            assert_eq!(matched(&fresh, bad, at(59)), None, "{bad}");
        }
        assert!(secret_of(&"A".repeat(300)).is_none());
        assert!(secret_of("1890").is_none() && secret_of("not base32 at all!").is_none());
        assert!(secret_of("mfrggzdfmztwq2lk").is_some());
    }
}
