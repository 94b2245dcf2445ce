//! Methods that make random texts (claims-transformations 11). The bytes are handed in.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::composite::compose;
use super::{Arguments, Defect, FLAG, Failure, Function, NUMBER, Results, TEXT, maybe, once};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "CreateOtpSecret",
        about: "A new secret for time-based one-time passwords: 80 bits in small base32 letters.",
        inputs: &[],
        parameters: &[],
        outputs: &[once("outputClaim", TEXT)],
        run: |arguments| Ok(Results::text("outputClaim", base32(&arguments.around.chance))),
    },
    Function {
        name: "CreateRandomString",
        about: "A new GUID or a random number below maximumNumber, formatted, in base64 on request.",
        inputs: &[],
        parameters: &[
            once("randomGeneratorType", TEXT),
            maybe("stringFormat", TEXT),
            maybe("base64", FLAG),
            maybe("maximumNumber", NUMBER),
            maybe("seed", NUMBER),
        ],
        outputs: &[once("outputClaim", TEXT)],
        run: random_text,
    },
];

fn random_text(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let kind = arguments.required_words("randomGeneratorType")?;
    let raw = match kind.trim() {
        kind if kind.eq_ignore_ascii_case("GUID") => guid(&arguments.around.chance),
        kind if kind.eq_ignore_ascii_case("INTEGER") => integer(arguments)?.to_string(),
        kind => return Err(Failure::Wrong(format!("`{kind}` is neither GUID nor INTEGER"))),
    };
    let text = match arguments.words("stringFormat") {
        Some(format) => compose(&format, &[Cow::Owned(raw)])?,
        None => raw,
    };
    let encoded = arguments.flag("base64").unwrap_or(false);
    Ok(Results::text("outputClaim", if encoded { STANDARD.encode(text) } else { text }))
}

/// A version 4 GUID in small letters (RFC 9562 section 5.4).
fn guid(chance: &[u8; 32]) -> String {
    let mut digits = String::with_capacity(36);
    for (place, byte) in chance.iter().take(16).enumerate() {
        let byte = match place {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(place, 4 | 6 | 8 | 10) {
            digits.push('-');
        }
        for half in [byte >> 4, byte & 0x0f] {
            digits.extend(char::from_digit(u32::from(half), 16));
        }
    }
    digits
}

/// A number below `maximumNumber`. Of 128 random bits the remainder is even enough: the bias is below 2⁻⁹⁶.
fn integer(arguments: &Arguments<'_>) -> Result<i64, Failure> {
    let most = arguments.number("maximumNumber")?.unwrap_or(i64::from(i32::MAX));
    let most = i32::try_from(most).ok().filter(|most| *most >= 0).ok_or(Defect::OutOfRange)?;
    if let Some(seed) = arguments.number("seed")? {
        let seed = i32::try_from(seed).map_err(|_| Defect::OutOfRange)?;
        return Ok(scaled(first_sample(seed), most));
    }
    let bits =
        arguments.around.chance.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let below = bits % u128::try_from(most.max(1)).unwrap_or(1);
    i64::try_from(below).map_err(|_| Defect::OutOfRange.into())
}

/// `Random.Next(maxValue)`: the sample as a fraction of the whole, times the maximum, cut to a whole number.
fn scaled(sample: i32, most: i32) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of an i32 times an i32 fits an i64")]
    let scaled = (f64::from(sample) * (1.0 / f64::from(i32::MAX)) * f64::from(most)) as i64;
    scaled
}

/// The first number of .NET's classic generator (Knuth's subtractive method, as `System.Random` has it) for a seed.
/// A policy that gives a seed counts on the number that comes of it.
fn first_sample(seed: i32) -> i32 {
    let wrap = |n: i32| if n < 0 { n.wrapping_add(i32::MAX) } else { n };
    let mut table = [0_i32; 56];
    let mut put = |place: usize, n: i32| {
        if let Some(cell) = table.get_mut(place) {
            *cell = n;
        }
    };
    let mut last = 161_803_398_i32.wrapping_sub(seed.checked_abs().unwrap_or(i32::MAX));
    put(55, last);
    let mut next = 1_i32;
    for n in 1..55 {
        put(21 * n % 55, next);
        let following = wrap(last.wrapping_sub(next));
        last = next;
        next = following;
    }
    let at = |table: &[i32; 56], place: usize| table.get(place).copied().unwrap_or(0);
    for _ in 0..4 {
        for n in 1..56 {
            let mixed = wrap(at(&table, n).wrapping_sub(at(&table, 1 + (n + 30) % 55)));
            if let Some(cell) = table.get_mut(n) {
                *cell = mixed;
            }
        }
    }
    let sample = at(&table, 1).wrapping_sub(at(&table, 22));
    wrap(if sample == i32::MAX { sample - 1 } else { sample })
}

/// 80 bits as 16 letters of RFC 4648's base32, small.
fn base32(chance: &[u8; 32]) -> String {
    let bits = chance.iter().take(10).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let letter = |place: u32| {
        let five = u8::try_from(bits >> (5 * place) & 31).unwrap_or(0);
        char::from(if five < 26 { b'a' + five } else { b'2' + (five - 26) })
    };
    (0..16).rev().map(letter).collect()
}
