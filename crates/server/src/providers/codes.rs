//! One-time codes: made, kept as keyed digests, tried a bounded number of times, used once.
//!
//! In: what a code is bound to, how long it lives, how many tries it has. Out: the code to send, or what became of a
//! try. Who sends it and which words the user sees is not known here. Tries are counted in the database, so that fifty
//! parallel guesses count as fifty (attack 61).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Context;
use crate::error::Error;
use crate::store::{KeyHash, Kind, Record};

const PURPOSE: &str = "one-time code";
/// How long wrong tries are counted: longer than any code lives, however often it is handed out again.
const COUNTED: SignedDuration = SignedDuration::from_hours(24);

/// How a code behaves.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Seconds it lives.
    pub seconds: u32,
    /// Wrong tries before it is dead.
    pub tries: u32,
}

/// What a code is bound to; a code of one place never opens another.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Journey and page.
    pub page: &'a str,
    /// Claim or identifier on that page.
    pub what: &'a str,
}

/// Whether a code is kept in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// None: never made, used, or expired.
    Nothing,
    /// One that can be typed.
    Live,
    /// One that was tried too often.
    Dead,
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// Right, and used up.
    Right,
    /// Wrong, with tries left.
    Wrong,
    /// Wrong too often: the code is dead.
    Dead,
    /// Expired, used, or never made.
    Expired,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Keyed digest of code and subject.
    digest: String,
    /// Tries it has.
    tries: u32,
    /// When it was made: says which key made the digest.
    made: Timestamp,
    /// Distinguishes its try counter from that of an earlier code.
    serial: String,
    /// Seconds it lives; a code that was tried too often stays dead for as long.
    seconds: u32,
}

impl Kept {
    fn counter(&self) -> String {
        format!("code tries {}", self.serial)
    }
}

impl Place<'_> {
    fn key(self) -> KeyHash {
        KeyHash::of(&format!("{}|{}", self.page, self.what))
    }
}

/// Keeps a code for a subject (an address, an identifier). A code kept before in the same place is dead from now on:
/// only the newest counts (attack 62).
pub async fn keep(
    context: Context<'_>,
    place: Place<'_>,
    (subject, code): (&str, &str),
    terms: Terms,
) -> Result<(), Error> {
    let app = context.app;
    let now = app.clock.now();
    let kept = Kept {
        digest: digest(context, (subject, code), now),
        tries: terms.tries,
        made: now,
        serial: crate::chance::token(12),
        seconds: terms.seconds,
    };
    put(context, place, &kept).await
}

/// Writes what is kept, to live from now on.
async fn put(context: Context<'_>, place: Place<'_>, kept: &Kept) -> Result<(), Error> {
    let now = context.app.clock.now();
    let life = SignedDuration::from_secs(i64::from(kept.seconds));
    let record = Record {
        kind: Kind::OneTimeCode,
        key: place.key(),
        tenant: context.tenant.name.to_string(),
        owner: context.journey.id.clone(),
        version: 0,
        expires: now.checked_add(life).map_err(|cause| Error::new("computing an expiry", cause))?,
        body: serde_json::to_string(kept)?,
    };
    context.app.store.put(&record).await?;
    Ok(())
}

async fn kept(context: Context<'_>, place: Place<'_>) -> Result<Option<Kept>, Error> {
    let now = context.app.clock.now();
    let record = context.app.store.get(&context.tenant.name, Kind::OneTimeCode, &place.key(), now).await?;
    Ok(record.map(|record| serde_json::from_str(&record.body)).transpose()?)
}

/// Whether a code is kept there, and can still be typed.
pub async fn standing(context: Context<'_>, place: Place<'_>) -> Result<Standing, Error> {
    let Some(kept) = kept(context, place).await? else { return Ok(Standing::Nothing) };
    let now = context.app.clock.now();
    let count = context.app.store.counted(&context.tenant.name, &kept.counter(), now).await?;
    Ok(if count >= i64::from(kept.tries) { Standing::Dead } else { Standing::Live })
}

/// Lets the code that is kept there live as long again; its wrong tries stay counted.
pub async fn renew(context: Context<'_>, place: Place<'_>) -> Result<(), Error> {
    match kept(context, place).await? {
        Some(kept) => put(context, place, &kept).await,
        None => Ok(()),
    }
}

/// Tries a code for a subject.
pub async fn attempt(
    context: Context<'_>,
    place: Place<'_>,
    (subject, code): (&str, &str),
) -> Result<Tried, Error> {
    let app = context.app;
    let now = app.clock.now();
    let Some(kept) = kept(context, place).await? else { return Ok(Tried::Expired) };
    let count = app.store.count(&context.tenant.name, &kept.counter(), COUNTED, now).await?;
    let most = i64::from(kept.tries);
    if count > most {
        return Ok(Tried::Dead);
    }
    let given = digest(context, (subject, code), kept.made);
    if verify_slices_are_equal(given.as_bytes(), kept.digest.as_bytes()).is_err() {
        if count < most {
            return Ok(Tried::Wrong);
        }
        // The time for which it is dead begins with the try that killed it.
        put(context, place, &kept).await?;
        return Ok(Tried::Dead);
    }
    // Taken by one of several right tries at one instant.
    let taken = app.store.take(&context.tenant.name, Kind::OneTimeCode, &place.key(), now).await?;
    Ok(if taken.is_some() { Tried::Right } else { Tried::Expired })
}

/// The code as it is typed decides, on both sides: a policy's own characters may have a hyphen among them.
fn digest(context: Context<'_>, (subject, code): (&str, &str), made: Timestamp) -> String {
    let code = plain_digits(code);
    context.app.sealer.fingerprint(PURPOSE, format!("{subject}\n{code}").as_bytes(), made)
}

/// A code as people type it: spaces and hyphens dropped, full-width digits read as digits (attack 62).
pub fn plain_digits(typed: &str) -> String {
    let plain = |c: char| match c {
        '\u{FF10}'..='\u{FF19}' => char::from_u32(u32::from(c) - 0xFF10 + u32::from('0')),
        c if c.is_whitespace() || c == '-' || c == '\u{2010}' || c == '\u{2011}' => None,
        c => Some(c),
    };
    typed.chars().take(64).filter_map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::plain_digits;

    #[test]
    fn attack_062_codes_are_read_as_people_type_them() {
        for typed in ["123456", "123 456", "123-456", " 123456 ", "１２３４５６"] {
            assert_eq!(plain_digits(typed), "123456", "{typed}");
        }
        assert_eq!(plain_digits("12345o"), "12345o");
    }
}
