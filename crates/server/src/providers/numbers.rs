//! Telephone numbers that are written to or called: what must hold before anybody pays, and the way out.
//!
//! In: a number in E.164 and what it is sent. Out: nothing, or why not. Used by the providers that prove numbers; which words
//! the user sees is theirs.

use std::net::{IpAddr, Ipv4Addr};

use vestibule_engine::dialling::{self, Reach};

use super::Context;
use crate::sms::{Message, Proof, SmsError};

/// Why a number was not written to or called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// Too many for this number, its range or this client; which of them is not told (attack 63).
    Throttled,
    /// The number cannot be reached, or may not.
    Unreachable,
    /// The gateway failed.
    Failed,
}

/// Who is named as the sender, and in which language.
#[derive(Clone, Debug)]
pub struct Voice {
    /// The application or the tenant.
    pub company: String,
    /// BCP 47 tag.
    pub language: String,
}

impl Voice {
    /// The journey's own.
    pub fn of(context: Context<'_>) -> Voice {
        let tenant = &context.tenant.settings.mail.name;
        let company = context.journey.request.application.clone().unwrap_or_else(|| tenant.clone());
        Voice { company, language: context.journey.language.clone() }
    }
}

/// Counts a message to a number, and refuses those that nobody should pay for (attack 64). Where there is no gateway there is
/// nobody to pay, and made-up numbers are welcome.
pub fn allow(context: Context<'_>, number: &str) -> Result<(), Undelivered> {
    let client = context.journey.request.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    if context.app.limits.check_number(client, number).is_err() {
        return Err(Undelivered::Throttled);
    }
    let Some(gateway) = &context.app.config.sms else { return Ok(()) };
    let listed = gateway.countries.is_empty()
        || dialling::region(number).is_some_and(|region| gateway.countries.contains(&region));
    let fit = gateway.any_number || dialling::reach(number) == Reach::Person;
    if listed && fit {
        return Ok(());
    }
    tracing::warn!(target: "vestibule::sms", "a number of a range that is not written to");
    Err(Undelivered::Unreachable)
}

/// Sends what proves a number.
pub async fn deliver(
    context: Context<'_>,
    number: &str,
    proof: Proof<'_>,
    voice: &Voice,
) -> Result<(), Undelivered> {
    let correlation = &context.journey.correlation;
    let (company, language) = (voice.company.as_str(), voice.language.as_str());
    let message = Message { to: number, proof, company, language, correlation };
    match context.app.texter.send(&message, context.app.clock.now()).await {
        Ok(()) => Ok(()),
        Err(SmsError::Refused(_)) => Err(Undelivered::Unreachable),
        Err(SmsError::NotConfigured | SmsError::Unreachable(_)) => Err(Undelivered::Failed),
    }
}
