//! The reader of an id_token_hint (technical-profiles 20, protocols 8).
//!
//! In: the hint of the authorization request. Out: its claims by their names there, or a refusal with the documented
//! code (attack 20). The family of algorithms follows from the profile's trust, never from the token.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json};
use url::Url;
use vestibule_engine::claims::Value;
use vestibule_engine::journey::world::{Answer, Failure, Refusal, Words};
use vestibule_engine::kind::TokenHint;
use vestibule_engine::kind::token_hint::HintTrust;
use vestibule_engine::policy::Profile;

use super::{Context, failed};
use crate::issuers::{self, Proven, Untrusted};
use crate::keys::KeyError;

/// What two clocks may differ (attack 86).
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Reads the hint.
pub async fn run(
    context: Context<'_>,
    settings: &TokenHint,
    profile: &Profile,
    hint: &str,
) -> Result<Answer, Failure> {
    let now = context.app.clock.now();
    let proven = match &settings.trust {
        HintTrust::Secret(container) => {
            let key = context.app.keys.active(&context.tenant.name, container).await;
            match key.and_then(|key| key.secret().map(<[u8]>::to_vec)) {
                Ok(secret) => issuers::verify_secret(&secret, hint),
                Err(KeyError::Missing | KeyError::OutOfTime | KeyError::WrongKind) => {
                    return Err(
                        refused(90210, "The policy key that verifies id_token_hint cannot be used.").into()
                    );
                }
                Err(error) => return Err(failed(error)),
            }
        }
        HintTrust::Discovery(address) => match Url::parse(address) {
            Ok(address) => context.app.issuers.verify(&address, hint, now).await,
            Err(_) => Err(Untrusted::Unreachable(format!("`{address}` is no address"))),
        },
    };
    let proven = proven.map_err(untrusted)?;
    judge(settings, &proven, now)?;
    Ok(claims(&proven.claims, profile))
}

fn refused(code: u32, text: &str) -> Refusal {
    Refusal { code, words: Words::Given(text.to_owned()) }
}

fn untrusted(why: Untrusted) -> Refusal {
    match why {
        Untrusted::Signature => {
            refused(90233, "The provided id_token_hint parameter failed signature validation.")
        }
        Untrusted::Malformed => {
            refused(90210, "The provided id_token_hint parameter could not be validated.")
        }
        Untrusted::Unreachable(why) => {
            tracing::warn!(%why, "the issuer of an id_token_hint cannot be asked");
            refused(90210, "The provided id_token_hint parameter could not be validated.")
        }
    }
}

/// Issuer, audience and times, all of which must be there.
fn judge(settings: &TokenHint, proven: &Proven, now: Timestamp) -> Result<(), Refusal> {
    let claims = &proven.claims;
    let issuer = settings.issuer.as_deref().or(proven.issuer.as_deref());
    let said = claims.get("iss").and_then(Json::as_str);
    if said.is_none() || said != issuer {
        return Err(refused(90232, "The provided id_token_hint parameter is not of an accepted issuer."));
    }
    let audiences = audiences(claims);
    let fits = settings.audience.as_deref().is_none_or(|wanted| audiences.contains(&wanted));
    if audiences.is_empty() || !fits {
        return Err(refused(90209, "The provided id_token_hint parameter is not for an accepted audience."));
    }
    let time =
        |name: &str| claims.get(name).and_then(Json::as_i64).and_then(|s| Timestamp::from_second(s).ok());
    let later = now.saturating_add(SKEW).unwrap_or(now);
    match (time("exp"), time("nbf")) {
        (Some(until), Some(from)) if from <= later && until > now => Ok(()),
        (Some(until), Some(_)) if until <= now => Err(refused(
            90208,
            "The provided id_token_hint parameter is expired. Please provide another token and try again.",
        )),
        _ => Err(refused(90210, "The provided id_token_hint parameter could not be validated.")),
    }
}

fn audiences(claims: &Map<String, Json>) -> Vec<&str> {
    match claims.get("aud") {
        Some(Json::String(one)) => vec![one],
        Some(Json::Array(many)) => many.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The profile's output claims; what cannot be read in a claim's type is not there.
fn claims(token: &Map<String, Json>, profile: &Profile) -> Answer {
    let mut answer = Answer::empty();
    for output in &profile.outputs {
        let value = token.get(&output.partner).filter(|json| !json.is_null());
        if let Some(Ok(value)) = value.map(|json| Value::from_json(json, output.data_type)) {
            answer.give(output.partner.clone(), value);
        }
    }
    answer
}
