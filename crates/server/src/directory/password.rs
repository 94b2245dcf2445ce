//! A stored password: making the hash, comparing with it.
//!
//! In: a password and the account's hashes. Out: a verdict, after exactly one run of argon2id
//! whatever the account is: unknown, without password, wrong, old or right (attack 49). The password
//! before the present one is recognised by the same run, because a new password is hashed with the
//! salt of the one it replaces; only when the parameters changed in between is it not recognised.
//! The hash of an imported account is the other system's until its first sign-in.

use argon2::Params;
use password_hash::phc::PasswordHash;
use subtle::ConstantTimeEq as _;

use super::foreign_hash::ForeignHash;
use super::hasher::{Busy, Hasher, OUTPUT_BYTES, Recipe};
use crate::chance;
use crate::store::PasswordRow;

const SALT_BYTES: usize = 16;
/// What a stored or imported hash may ask for at most (attack 57): beyond it a single sign-in would
/// take memory or time from everybody.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 16;
/// Memory × passes, so that not both are at their limit: eight times OWASP's minimum.
const MOST_WORK: u64 = 8 * 19_456 * 2;

/// A parsed hash.
struct Stored {
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

/// What a password is to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The present password.
    Right {
        /// Its hash has weaker parameters than new ones.
        rehash: bool,
    },
    /// The one before it.
    Old,
    /// Neither, or the account has none.
    Wrong,
}

/// Why an imported hash is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashRefused {
    /// No PHC string of argon2id, version 19, and of no other form that is known.
    Form,
    /// Asks for more memory or time than the ceiling.
    TooCostly,
}

/// A hash that comes from elsewhere, in the form in which it is stored.
///
/// # Errors
/// `Form`, `TooCostly`.
pub(super) fn imported(text: &str) -> Result<String, HashRefused> {
    match ForeignHash::read(text) {
        Ok(foreign) => Ok(foreign.text()),
        Err(HashRefused::TooCostly) => Err(HashRefused::TooCostly),
        Err(HashRefused::Form) => parse(text).map(|_| text.to_owned()),
    }
}

/// Hashes a password that was judged, in the salt of the one it replaces where that has today's
/// parameters, else in a new one.
pub(super) async fn hash(hasher: &Hasher, normal: &str, replaced: Option<&str>) -> Result<String, Busy> {
    let params = hasher.params();
    let kept = replaced
        .and_then(|phc| parse(phc).ok())
        .filter(|stored| same(&stored.params, &params) && stored.salt.len() == SALT_BYTES)
        .map(|stored| stored.salt);
    let salt = kept.unwrap_or_else(|| chance::bytes::<SALT_BYTES>().to_vec());
    let output = hasher.run(normal.as_bytes(), &salt, params.clone()).await?;
    Ok(format(&params, &salt, &output))
}

/// Compares a password with an account's. `hashes` is `None` for an unknown account. A password that
/// can be nobody's (`normal` is `None`: too long) costs the same run.
pub(super) async fn compare(
    hasher: &Hasher,
    normal: Option<&str>,
    hashes: Option<&PasswordRow>,
) -> Result<Verdict, Busy> {
    let text = hashes.and_then(|row| row.current.as_deref());
    if let (Some(Ok(foreign)), Some(normal)) = (text.map(ForeignHash::read), normal) {
        return compare_foreign(hasher, normal, foreign).await;
    }
    let present = text.and_then(|phc| {
        let parsed = parse(phc);
        if let Err(reason) = parsed {
            tracing::warn!(?reason, "a stored password hash is refused: the sign-in fails");
        }
        parsed.ok()
    });
    let real = present.is_some() && normal.is_some();
    let present = present.unwrap_or_else(|| dummy(hasher));
    let output =
        hasher.run(normal.unwrap_or_default().as_bytes(), &present.salt, present.params.clone()).await?;
    let previous = hashes
        .and_then(|row| row.previous.as_deref())
        .and_then(|phc| parse(phc).ok())
        .filter(|old| old.salt == present.salt && same(&old.params, &present.params))
        .map_or_else(|| vec![0; output.len()], |old| old.output);
    let right = bool::from(output.as_slice().ct_eq(&present.output));
    let old = bool::from(output.as_slice().ct_eq(&previous));
    Ok(match (real, right, old) {
        (true, true, _) => Verdict::Right { rehash: weaker(&present.params, &hasher.params()) },
        (true, false, true) => Verdict::Old,
        _ => Verdict::Wrong,
    })
}

/// Compares with another system's hash. One run as well, but another system's time: until its first sign-in an imported
/// account can be told from others by that (docs/directory.md).
async fn compare_foreign(hasher: &Hasher, normal: &str, foreign: ForeignHash) -> Result<Verdict, Busy> {
    let made = hasher.make(normal.as_bytes(), &foreign.salt, Recipe::Foreign(foreign.scheme)).await?;
    let right = bool::from(made.as_slice().ct_eq(&foreign.output));
    Ok(if right { Verdict::Right { rehash: true } } else { Verdict::Wrong })
}

/// What an account without password is compared with: today's parameters, a fixed salt, an output
/// that no password has.
fn dummy(hasher: &Hasher) -> Stored {
    Stored { params: hasher.params(), salt: vec![0; SALT_BYTES], output: Vec::new() }
}

fn parse(phc: &str) -> Result<Stored, HashRefused> {
    let hash = PasswordHash::new(phc).map_err(|_| HashRefused::Form)?;
    let known = hash.algorithm.as_str() == "argon2id" && hash.version == Some(0x13);
    let (Some(salt), Some(output), true) = (hash.salt, hash.hash, known) else {
        return Err(HashRefused::Form);
    };
    let number = |name: &str| hash.params.get_decimal(name).ok_or(HashRefused::Form);
    let (memory, passes, lanes) = (number("m")?, number("t")?, number("p")?);
    let work = u64::from(memory) * u64::from(passes);
    if memory > MOST_MEMORY_KIB || passes > MOST_PASSES || lanes > MOST_LANES || work > MOST_WORK {
        return Err(HashRefused::TooCostly);
    }
    let output = output.as_bytes().to_vec();
    if output.len() < OUTPUT_BYTES / 2 {
        return Err(HashRefused::Form); // so short that a guess may hit it
    }
    let params = Params::new(memory, passes, lanes, Some(output.len())).map_err(|_| HashRefused::Form)?;
    Ok(Stored { params, salt: salt.to_vec(), output })
}

fn format(params: &Params, salt: &[u8], output: &[u8]) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    format!(
        "$argon2id$v=19$m={},t={},p={}${}${}",
        params.m_cost(),
        params.t_cost(),
        params.p_cost(),
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(output)
    )
}

fn same(one: &Params, other: &Params) -> bool {
    one.m_cost() == other.m_cost()
        && one.t_cost() == other.t_cost()
        && one.p_cost() == other.p_cost()
        && one.output_len() == other.output_len()
}

/// Whether a hash with `stored` should be made anew: less memory or fewer passes than today.
fn weaker(stored: &Params, today: &Params) -> bool {
    stored.m_cost() < today.m_cost() || stored.t_cost() < today.t_cost()
}

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
