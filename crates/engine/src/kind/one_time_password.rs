//! One-time passwords that the policy sends by itself (technical-profiles 11).

use super::{Metadata, Shape, needs_inputs};
use crate::claims::predicate::CharacterSet;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;

/// Settings of a one-time password profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OneTimePassword {
    /// `GenerateCode`
    Generate(GenerateCode),
    /// `VerifyCode`
    Verify,
}

/// How a code is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateCode {
    /// CodeExpirationInSeconds, 60–1200.
    pub seconds: u32,
    /// CodeLength, 4–32.
    pub length: u8,
    /// CharacterSet as written.
    pub characters: String,
    /// NumRetryAttempts: wrong tries before the code is dead.
    pub tries: u32,
    /// NumCodeGenerationAttempts: codes per identifier.
    pub codes: u32,
    /// ReuseSameCode.
    pub reuse: bool,
}

/// Reads the settings of a one-time password profile.
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<OneTimePassword> {
    metadata.known(&["MaxNumAttempts"]);
    let tries = metadata.number("NumRetryAttempts", 1..=1000);
    let tries = tries.or_else(|| metadata.number("MaxNumAttempts", 1..=1000)).unwrap_or(5);
    let code = GenerateCode {
        seconds: metadata.number("CodeExpirationInSeconds", 60..=1200).unwrap_or(600),
        length: metadata.number("CodeLength", 4..=32).and_then(|n| u8::try_from(n).ok()).unwrap_or(6),
        characters: characters(metadata),
        tries,
        codes: metadata.number("NumCodeGenerationAttempts", 1..=1000).unwrap_or(10),
        reuse: metadata.flag("ReuseSameCode", false),
    };
    let generates = metadata.needed_choice("Operation", &[("GenerateCode", true), ("VerifyCode", false)])?;
    needs_inputs(shape, metadata, if generates { &["identifier"] } else { &["identifier", "otpToVerify"] });
    Some(if generates { OneTimePassword::Generate(code) } else { OneTimePassword::Verify })
}

fn characters(metadata: &Metadata<'_>) -> String {
    let Some(text) = metadata.text("CharacterSet") else { return "0-9".to_owned() };
    let mut all = CharacterSet::parse(*text).characters();
    all.sort_unstable();
    all.dedup();
    if all.len() < 10 {
        let message = message!("the character set `{}` has fewer than 10 characters", *text);
        metadata.wrong(Diagnostic::error(codes::BAD_SETTING, text.span, message));
    }
    text.value.to_owned()
}
