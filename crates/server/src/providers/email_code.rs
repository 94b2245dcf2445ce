//! The built-in e-mail code: Verified.Email fields and AadSspr profiles (technical-profiles 4.5, 14).
//!
//! In: an address, or an address with what was typed. Out: nothing, or a refusal with the words of whoever asked. Codes
//! have six digits, live ten minutes and die after five wrong tries; per hour an address gets ten and a client twenty
//! (attacks 61–63). The page does not tell which limit was hit.

use std::net::{IpAddr, Ipv4Addr};

use vestibule_engine::claims::Name;
use vestibule_engine::journey::world::{Answer, Failure, Refusal, Sent};
use vestibule_engine::kind::EmailCode;

use super::codes::{self, Place, Terms, Tried};
use super::{Context, failed, missing, text};
use crate::chance;
use crate::directory::canonical;
use crate::mail::{self, CodeLetter, MailError};

const DIGITS: usize = 6;
const TERMS: Terms = Terms { seconds: 600, tries: 5 };

/// The message keys of whoever asked, with their AADB2C codes.
struct Keys {
    not_an_address: &'static str,
    not_sent: &'static str,
    throttled: &'static str,
    expired: &'static str,
    wrong: &'static str,
    dead: &'static str,
}

/// Verified.Email: the page's own words (user-interface 3.4).
const PAGE: Keys = Keys {
    not_an_address: "ver_incorrect_format",
    not_sent: "ver_fail_server",
    throttled: "ver_fail_throttled",
    expired: "ver_fail_code_expired",
    wrong: "ver_fail_retry",
    dead: "ver_fail_no_retry",
};

/// AadSspr: its message keys (technical-profiles 14).
const SSPR: Keys = Keys {
    not_an_address: "UserMessageIfInternalError",
    not_sent: "UserMessageIfInternalError",
    throttled: "UserMessageIfThrottled",
    expired: "UserMessageIfChallengeExpired",
    wrong: "UserMessageIfVerificationFailedRetryAllowed",
    dead: "UserMessageIfVerificationFailedNoRetry",
};

/// Runs an AadSspr profile.
pub async fn run(context: Context<'_>, operation: EmailCode, inputs: &[Sent]) -> Result<Answer, Failure> {
    let address = inputs.iter().find(|sent| sent.partner.eq_ignore_ascii_case("emailAddress"));
    let Some(address) = address else { return Err(missing("emailAddress")) };
    let (claim, address) = (&address.claim, address.value.text());
    match operation {
        EmailCode::Send => send_with(context, claim, address.trim(), &SSPR).await,
        EmailCode::Verify => {
            let code = text(inputs, "verificationCode").unwrap_or_default();
            check_with(context, claim, (address.trim(), &code), &SSPR).await
        }
    }
}

/// Sends a code to a Verified.Email address.
pub async fn send(context: Context<'_>, claim: &Name, address: &str) -> Result<Answer, Failure> {
    send_with(context, claim, address, &PAGE).await
}

/// Checks the code typed for a Verified.Email address.
pub async fn check(
    context: Context<'_>,
    claim: &Name,
    (address, code): (&str, &str),
) -> Result<Answer, Failure> {
    check_with(context, claim, (address, code), &PAGE).await
}

async fn send_with(
    context: Context<'_>,
    claim: &Name,
    address: &str,
    keys: &Keys,
) -> Result<Answer, Failure> {
    let Some(mailbox) = canonical::mail(address) else {
        return Err(Refusal::key(90161, keys.not_an_address).into());
    };
    let client = context.journey.request.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    if context.app.limits.check_code(client, &mailbox).is_err() {
        return Err(Refusal::key(90244, keys.throttled).into());
    }
    let code = chance::digits(DIGITS);
    let page = context.page();
    let place = Place { page: &page, what: claim };
    codes::keep(context, place, (address, &code), TERMS).await.map_err(failed)?;
    let letter = mail::code(CodeLetter {
        to: address,
        code: &code,
        minutes: u64::from(TERMS.seconds / 60),
        language: &context.journey.language,
        identity: &context.tenant.settings.mail,
    });
    match context.app.mailer.send(&letter, context.app.clock.now()).await {
        Ok(()) => Ok(Answer::empty()),
        Err(MailError::Address) => Err(Refusal::key(90161, keys.not_an_address).into()),
        Err(_) => Err(Refusal::key(90161, keys.not_sent).into()),
    }
}

async fn check_with(
    context: Context<'_>,
    claim: &Name,
    (address, code): (&str, &str),
    keys: &Keys,
) -> Result<Answer, Failure> {
    let page = context.page();
    let place = Place { page: &page, what: claim };
    match codes::attempt(context, place, (address, code)).await.map_err(failed)? {
        Tried::Right => Ok(Answer::empty()),
        Tried::Wrong => Err(Refusal::key(90159, keys.wrong).into()),
        Tried::Dead => Err(Refusal::key(90159, keys.dead).into()),
        Tried::Expired => Err(Refusal::key(90159, keys.expired).into()),
    }
}
