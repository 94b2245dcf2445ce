//! A password grant at another directory (technical-profiles 6; reference README 7): accounts on the move are tried where
//! they still are.
//!
//! In: the token endpoint and the input claims, which are the request's form as they stand. Out: claims of the token that
//! comes back, or a refusal in the words of a local sign-in. The token came straight from the endpoint, over TLS or from
//! a host that the operator lists, so its signature says nothing more (OpenID Connect Core 3.1.3.7, 6).

use serde_json::{Map, Value as Json};
use url::Url;
use vestibule_engine::claims::Value;
use vestibule_engine::journey::world::{Answer, Failure, Refusal, Sent, Words};
use vestibule_engine::policy::Profile;

use super::super::{Context, failed};
use super::told;
use crate::audit::Activity;
use crate::http::{self, Bounds, Method, Outgoing};

const BOUNDS: Bounds = Bounds { time: std::time::Duration::from_secs(30), bytes: 262_144 };
/// No answer, or none that can be used (technical-profiles 1.4).
const UNREACHED: u32 = 90289;

/// Error numbers of the cloud's directories, with what a local sign-in would say.
const KNOWN: &[(&str, u32, &str)] = &[
    ("AADSTS50034", 90053, "UserMessageIfClaimsPrincipalDoesNotExist"),
    ("AADSTS50126", 90054, "UserMessageIfInvalidPassword"),
    ("AADSTS50056", 90054, "UserMessageIfInvalidPassword"),
];
const KNOWN_STATES: &[(&str, u32, &str)] = &[
    ("AADSTS50053", 90114, "UserMessageIfUserAccountLocked"),
    ("AADSTS50057", 90111, "UserMessageIfUserAccountDisabled"),
    ("AADSTS50055", 90054, "UserMessageIfPasswordExpired"),
    ("AADSTS50196", 90244, "AADRequestsThrottled"),
];

/// Asks the endpoint.
pub(super) async fn ask(
    context: Context<'_>,
    endpoint: &str,
    profile: &Profile,
    inputs: &[Sent],
) -> Result<Answer, Failure> {
    let unreached = || {
        let words = Words::Key("UserMessageIfValidationError", vec![profile.id.to_string()]);
        Failure::from(Refusal { code: UNREACHED, words })
    };
    let Ok(url) = Url::parse(endpoint) else { return Err(unreached()) };
    if url.scheme() == "http" && !context.app.http.lists(&url) {
        tracing::warn!(profile = %profile.id, "a password is not sent to another directory without TLS");
        return Err(unreached());
    }
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(inputs.iter().map(|sent| (sent.partner.as_str(), sent.value.text())))
        .finish();
    let mut outgoing = Outgoing::new(Method::Post, url);
    outgoing.body("application/x-www-form-urlencoded", form.into_bytes());
    // Once: a try more would count against the account there.
    let answered = context.app.http.send(&outgoing, BOUNDS).await;
    context.record(profile, (&outgoing, inputs), &answered);
    let answered = answered.map_err(|error| {
        tracing::warn!(profile = %profile.id, %error, "the other directory does not answer");
        unreached()
    })?;
    let read = read(context, &answered, profile);
    let failure = match &read {
        Some(Ok(_)) => None,
        Some(Err(refusal)) => Some(format!("AADB2C{}", refusal.code)),
        None => Some(format!("AADB2C{UNREACHED}")),
    };
    context.audit(Activity::ValidateCredentials, "", failure.as_deref()).await.map_err(failed)?;
    read.ok_or_else(unreached)?.map_err(Failure::from)
}

/// Claims or a refusal; nothing where the answer is neither.
fn read(context: Context<'_>, answered: &http::Answer, profile: &Profile) -> Option<Result<Answer, Refusal>> {
    let Ok(Json::Object(told_by)) = serde_json::from_slice::<Json>(&answered.body) else { return None };
    match answered.status {
        200..300 => token(&told_by).map(|token| Ok(claims(&token, &told_by, profile))),
        400..500 => {
            let words = told_by.get("error_description").and_then(Json::as_str).unwrap_or_default();
            let is = |(number, ..): &&(&str, u32, &str)| words.starts_with(*number);
            Some(Err(match (KNOWN.iter().find(is), KNOWN_STATES.iter().find(is)) {
                (Some((_, code, key)), _) => told(context, *code, key),
                (None, Some((_, code, key))) => Refusal::key(*code, key),
                (None, None) => Refusal::key(90054, "DefaultMessage"),
            }))
        }
        _ => None,
    }
}

/// The claims of the id token, or of the access token where there is none.
fn token(answer: &Map<String, Json>) -> Option<Map<String, Json>> {
    let text = ["id_token", "access_token"].iter().find_map(|name| answer.get(*name)?.as_str())?;
    jsonwebtoken::dangerous::insecure_decode::<Map<String, Json>>(text).ok().map(|token| token.claims)
}

/// The profile's output claims, by their names in the token; `{oauth2:…}` are members of the answer itself.
fn claims(token: &Map<String, Json>, told_by: &Map<String, Json>, profile: &Profile) -> Answer {
    let mut answer = Answer::empty();
    for output in &profile.outputs {
        let member = output.partner.strip_prefix("{oauth2:").and_then(|rest| rest.strip_suffix('}'));
        let json = member.map_or_else(|| token.get(&output.partner), |member| told_by.get(member));
        let value = json.filter(|json| !json.is_null()).map(|json| Value::from_json(json, output.data_type));
        if let Some(Ok(value)) = value {
            answer.give(output.partner.clone(), value);
        }
    }
    answer
}
