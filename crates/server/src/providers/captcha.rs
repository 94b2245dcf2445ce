//! Captchas: challenges that a person solves by eye or by ear (technical profile `CaptchaProvider`; user-interface 6.5).
//!
//! In: the kind of challenge wanted, or a challenge's id and what was typed. Out: an id and a picture or sound as a `data:`
//! address, or whether the answer is right. Pictures and sounds are our own, made here from chance alone: no image, font or
//! voice is kept, and no crate is needed that draws better than it is kept up. A challenge belongs to a journey, lives ten
//! minutes and takes one answer.

mod picture;
mod sound;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vestibule_engine::claims::Value;
use vestibule_engine::journey::world::{Answer, Failure, Refusal, Sent};
use vestibule_engine::kind::Captcha;

use super::codes::plain_digits;
use super::{Context, failed, text};
use crate::chance;
use crate::error::Error;
use crate::store::{KeyHash, Kind, Record};

const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// Challenges that a journey gets in an hour: who cannot read one asks for another, who wants thousands is no reader.
const MOST: i64 = 60;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const PURPOSE: &str = "captcha";
/// Letters of a picture, and groups of beeps of a sound.
const LETTERS: usize = 6;
const GROUPS: usize = 6;
/// Beeps of a group at most.
const BEEPS: u8 = 5;

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Keyed digest of the answer.
    digest: String,
    /// Says which key made it.
    made: Timestamp,
}

/// Chance as it is needed for drawing: bytes in a row.
struct Dice {
    bytes: Vec<u8>,
    next: usize,
}

impl Dice {
    fn new(count: usize) -> Dice {
        let mut bytes = vec![0; count];
        chance::fill(&mut bytes);
        Dice { bytes, next: 0 }
    }

    /// A number from 0 to 1; the same row again where it is used up, which a drawing does not mind.
    fn unit(&mut self) -> f32 {
        let byte = self.bytes.get(self.next % self.bytes.len().max(1)).copied().unwrap_or(128);
        self.next += 1;
        f32::from(byte) / 255.0
    }

    /// A number between two.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + self.unit() * (high - low)
    }
}

/// Runs an operation.
pub async fn run(context: Context<'_>, operation: Captcha, inputs: &[Sent]) -> Result<Answer, Failure> {
    match operation {
        Captcha::GetChallenge => make(context, inputs).await,
        Captcha::VerifyChallenge => verify(context, inputs).await,
    }
}

async fn make(context: Context<'_>, inputs: &[Sent]) -> Result<Answer, Failure> {
    let now = context.app.clock.now();
    let counter = format!("captchas of {}", context.journey.id);
    let count = context.app.store.count(&context.tenant.name, &counter, HOUR, now).await.map_err(failed)?;
    if count > MOST {
        return Err(Refusal::key(90244, "api_error").into());
    }
    let is_audio = text(inputs, "challengeType").is_some_and(|kind| kind.eq_ignore_ascii_case("Audio"));
    let (solution, kind, bytes) = challenge(is_audio);
    let id = chance::uuid();
    keep(context, &id, &solution, now).await.map_err(failed)?;
    let mut answer = Answer::empty();
    answer.give("challengeId", Value::text_of(id));
    answer.give("ChallengeString", Value::text_of(format!("data:{kind};base64,{}", STANDARD.encode(bytes))));
    Ok(answer)
}

/// The answer, and the challenge with its content type.
fn challenge(is_audio: bool) -> (String, &'static str, Vec<u8>) {
    if is_audio {
        let digits: Vec<char> = ('1'..=char::from(b'0' + BEEPS)).collect();
        let solution = chance::drawn(&digits, GROUPS);
        let sound = sound::spoken(&solution, &mut Dice::new(4_096));
        return (solution, "audio/wav", sound);
    }
    let solution = chance::drawn(&picture::letters(), LETTERS);
    let picture = picture::drawn(&solution, &mut Dice::new(24_576));
    (solution, "image/png", picture)
}

fn key(context: Context<'_>, id: &str) -> KeyHash {
    KeyHash::of(&format!("captcha {} {id}", context.journey.id))
}

fn digest(context: Context<'_>, id: &str, solution: &str, made: Timestamp) -> String {
    context.app.sealer.fingerprint(PURPOSE, format!("{id}\n{solution}").as_bytes(), made)
}

async fn keep(context: Context<'_>, id: &str, solution: &str, now: Timestamp) -> Result<(), Error> {
    let kept = Kept { digest: digest(context, id, solution, now), made: now };
    let record = Record {
        kind: Kind::Other,
        key: key(context, id),
        tenant: context.tenant.name.to_string(),
        owner: context.journey.id.clone(),
        version: 0,
        expires: now.checked_add(LIFE).map_err(|cause| Error::new("computing an expiry", cause))?,
        body: serde_json::to_string(&kept)?,
    };
    Ok(context.app.store.put(&record).await?)
}

/// One try a challenge, right or wrong.
async fn verify(context: Context<'_>, inputs: &[Sent]) -> Result<Answer, Failure> {
    let no_challenge = || Failure::from(Refusal::key(90159, "NoChallengeSession"));
    let id = text(inputs, "challengeId").ok_or_else(no_challenge)?;
    let typed = text(inputs, "inputSolution").or_else(|| text(inputs, "captchaEntered"));
    let typed = plain_digits(&typed.unwrap_or_default()).to_uppercase();
    let now = context.app.clock.now();
    let taken = context.app.store.take(&context.tenant.name, Kind::Other, &key(context, &id), now).await;
    let record = taken.map_err(failed)?.ok_or_else(no_challenge)?;
    let kept: Kept = serde_json::from_str(&record.body).map_err(|error| failed(Error::from(error)))?;
    let given = digest(context, &id, &typed, kept.made);
    if verify_slices_are_equal(given.as_bytes(), kept.digest.as_bytes()).is_err() {
        return Err(Refusal::key(90159, "WrongAnswer").into());
    }
    let mut answer = Answer::empty();
    answer.give("challengeId", Value::text_of(id));
    answer.give("solved", Value::Boolean(true));
    answer.give("reason", Value::text_of("Solved"));
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_of_the_letters_and_digits_that_can_be_told_apart() {
        for _ in 0..50 {
            let (solution, kind, _) = challenge(false);
            assert_eq!((solution.chars().count(), kind), (LETTERS, "image/png"));
            assert!(!solution.contains(['0', 'O', '1', 'I', 'S', '5', 'B', '8', 'V']), "{solution}");
        }
        let (solution, kind, _) = challenge(true);
        assert_eq!((solution.len(), kind), (GROUPS, "audio/wav"));
        assert!(solution.chars().all(|digit| ('1'..='5').contains(&digit)), "{solution}");
    }
}
