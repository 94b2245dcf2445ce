//! REST calls (technical-profiles 10).
//!
//! In: a profile's settings and its input claims. Out: its output claims from the JSON of the answer, or a refusal: the
//! service's own words for the user (the 409 contract), or those the policy has for a service that does not answer.
//! A request is made again only while no answer came; a host that failed five times in a row is left alone for a while.

mod answer;
mod request;
#[cfg(test)]
mod rest_tests;

use std::time::Duration;

use vestibule_engine::journey::world::{Answer, Failure, Refusal, Sent, Words};
use vestibule_engine::kind::Rest;
use vestibule_engine::kind::rest::Authentication;
use vestibule_engine::policy::Profile;

use super::{Context, failed};
use crate::chance;
use crate::http::{Bounds, FetchError, Outgoing};
use crate::keys::KeyError;

/// Largest answer, bytes (attack 101).
const MOST_BYTES: usize = 1_048_576;
/// What has no other code: the claims exchange got an answer that cannot be used (policy-language 13).
const UNUSABLE: u32 = 90261;

/// A secret or the like that a request is made with, or why it cannot be had.
type Got<T> = Result<T, Failure>;

/// Runs a REST profile; the address is that with its claim resolvers replaced, where it has any.
pub async fn run(
    context: Context<'_>,
    (settings, address): (&Rest, Option<&str>),
    profile: &Profile,
    inputs: &[Sent],
) -> Result<Answer, Failure> {
    let mut outgoing = request::build((settings, address), inputs).map_err(Failure::from)?;
    // The cloud calls https alone (technical-profiles 10); the operator's list opens single hosts (attack 103).
    if outgoing.url.scheme() == "http" && !context.app.http.lists(&outgoing.url) {
        let error = FetchError::Plain(outgoing.url.host_str().unwrap_or_default().to_owned());
        tracing::warn!(profile = %profile.id, %error, "REST call");
        return Err(not_sent(&error, context, settings));
    }
    authenticate(context, settings, inputs, &mut outgoing).await?;
    // The same for every try, so that a service can tell a second try from a second order.
    outgoing.header("idempotency-key", chance::uuid().to_string().as_bytes());
    let host = outgoing.url.host_str().unwrap_or_default().to_owned();
    let now = context.app.clock.now();
    if !context.app.http.breakers().lets_through(&host, now) {
        return Err(unanswered(
            "UserMessageIfCircuitOpen",
            vec![String::new(), settings.url.clone()],
            settings,
        ));
    }
    let answered = send(context, &outgoing).await;
    context.record(profile, (&outgoing, inputs), &answered);
    match answered {
        Ok(response) => {
            context.app.http.breakers().answered(&host);
            tracing::debug!(profile = %profile.id, %host, status = response.status, "REST call");
            answer::read(&response, settings, profile).map_err(Failure::from)
        }
        Err(error) => {
            match error {
                FetchError::Large | FetchError::Broken(_) => context.app.http.breakers().answered(&host),
                _ => context.app.http.breakers().failed(&host, context.app.clock.now()),
            }
            tracing::warn!(profile = %profile.id, %host, %error, "REST call");
            Err(not_sent(&error, context, settings))
        }
    }
}

/// Tries until an answer comes, whatever it is.
async fn send(context: Context<'_>, outgoing: &Outgoing) -> Result<crate::http::Answer, FetchError> {
    let config = &context.app.config.outbound;
    let bounds = Bounds { time: Duration::from_secs(config.rest_seconds), bytes: MOST_BYTES };
    let mut tries = config.rest_tries;
    loop {
        tries = tries.saturating_sub(1);
        match context.app.http.send(outgoing, bounds).await {
            Err(FetchError::Slow | FetchError::Unreachable(_) | FetchError::NoName) if tries > 0 => {}
            outcome => return outcome,
        }
    }
}

async fn authenticate(
    context: Context<'_>,
    settings: &Rest,
    inputs: &[Sent],
    outgoing: &mut Outgoing,
) -> Got<()> {
    match &settings.authentication {
        Authentication::None => {}
        Authentication::Basic { user, password } => {
            let mut pair = secret(context, user, 90027).await?;
            pair.push(b':');
            pair.extend(secret(context, password, 90027).await?);
            outgoing.basic(&pair);
        }
        Authentication::BearerKey(container) => {
            let token = secret(context, container, 90025).await?;
            outgoing.secret("authorization", &[b"Bearer ".as_slice(), &token].concat());
        }
        Authentication::BearerClaim(claim) => {
            let token = inputs.iter().find(|sent| sent.claim == *claim).map(|sent| sent.value.text());
            let Some(token) = token.filter(|token| !token.is_empty()) else {
                let text =
                    format!("The claim `{claim}`, which the service is to be called with, has no value.");
                return Err(Refusal { code: 90194, words: Words::Given(text) }.into());
            };
            outgoing.secret("authorization", format!("Bearer {token}").as_bytes());
        }
        Authentication::ApiKey { header, key } => {
            let value = secret(context, key, 90025).await?;
            outgoing.secret(header, &value);
        }
        Authentication::ClientCertificate(container) => {
            let key = context.app.keys.active(&context.tenant.name, container).await;
            let pem = key.and_then(|key| key.identity().map(<[u8]>::to_vec));
            outgoing.identity = Some(pem.map_err(|error| unusable_key(error, 90028))?);
        }
    }
    Ok(())
}

async fn secret(context: Context<'_>, container: &str, code: u32) -> Got<Vec<u8>> {
    let key = context.app.keys.active(&context.tenant.name, container).await;
    key.and_then(|key| key.secret().map(|bytes| bytes.trim_ascii().to_vec()))
        .map_err(|error| unusable_key(error, code))
}

/// A key that is not there, or not of the kind needed, is the application's to hear of; anything else is ours.
fn unusable_key(error: KeyError, code: u32) -> Failure {
    match error {
        KeyError::Missing | KeyError::OutOfTime | KeyError::WrongKind => {
            let text = "A policy key of the REST call is missing, out of date or of another type.";
            Refusal { code, words: Words::Given(text.to_owned()) }.into()
        }
        other => failed(other),
    }
}

/// The words for a service that did not answer.
fn not_sent(error: &FetchError, context: Context<'_>, settings: &Rest) -> Failure {
    let seconds = context.app.config.outbound.rest_seconds.to_string();
    match error {
        FetchError::Slow | FetchError::Stalled => {
            unanswered("UserMessageIfRequestTimeout", vec![seconds, settings.url.clone()], settings)
        }
        FetchError::NoName => {
            unanswered("UserMessageIfDnsResolutionFailed", vec![settings.url.clone()], settings)
        }
        FetchError::Unreachable(_) => {
            unanswered("UserMessageIfCircuitOpen", vec![String::new(), settings.url.clone()], settings)
        }
        FetchError::Url
        | FetchError::Private(_)
        | FetchError::Plain(_)
        | FetchError::Broken(_)
        | FetchError::Large => {
            unanswered("DefaultUserMessageIfRequestFailed", vec![settings.url.clone()], settings)
        }
    }
}

fn unanswered(key: &'static str, arguments: Vec<String>, settings: &Rest) -> Failure {
    let general = ("DefaultUserMessageIfRequestFailed", vec![settings.url.clone()]);
    Refusal { code: UNUSABLE, words: Words::First(vec![(key, arguments), general]) }.into()
}
