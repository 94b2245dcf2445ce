//! An answer to output claims. In: status and body, whoever sent them (attacks 101, 102). Out: the claims the profile
//! declares and nothing else, or a refusal.

use serde_json::{Map, Value as Json};
use vestibule_engine::claims::Value;
use vestibule_engine::journey::world::{Answer, Refusal, Words};
use vestibule_engine::kind::Rest;
use vestibule_engine::policy::Profile;

use super::UNUSABLE;
use crate::http;

/// The longest message of a service that is shown, in characters.
const MOST_MESSAGE: usize = 1_000;

/// Reads an answer.
pub(super) fn read(response: &http::Answer, settings: &Rest, profile: &Profile) -> Result<Answer, Refusal> {
    match response.status {
        200..300 => claims(&response.body, settings, profile),
        400..500 => Err(refused(response, settings)),
        _ => Err(unusable(settings)),
    }
}

fn unusable(settings: &Rest) -> Refusal {
    let words = Words::First(vec![("DefaultUserMessageIfRequestFailed", vec![settings.url.clone()])]);
    Refusal { code: UNUSABLE, words }
}

/// The output claims of a success. An empty body is one without claims.
fn claims(body: &[u8], settings: &Rest, profile: &Profile) -> Result<Answer, Refusal> {
    if body.trim_ascii().is_empty() {
        return Ok(Answer::empty());
    }
    let Ok(Json::Object(object)) = serde_json::from_slice::<Json>(without_mark(body)) else {
        return Err(unusable(settings));
    };
    let mut answer = Answer::empty();
    for output in &profile.outputs {
        let found = match settings.json_paths {
            true => at_path(&object, &output.partner),
            false => object.get(&output.partner),
        };
        // A null is as good as nothing, and so is an empty text (reference README 3).
        let Some(json) = found.filter(|json| !json.is_null() && json.as_str() != Some("")) else { continue };
        let value = Value::from_json(json, output.data_type).map_err(|_| Refusal {
            code: UNUSABLE,
            words: Words::Key("UserMessageIfInvalidInput", vec![output.claim.to_string()]),
        })?;
        answer.give(output.partner.clone(), value);
    }
    Ok(answer)
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

/// A refusal by the contract: JSON with `version`, `status` 409 and a `userMessage`, under any 4xx. Anything else is an
/// answer that cannot be used.
fn refused(response: &http::Answer, settings: &Rest) -> Refusal {
    let Ok(Json::Object(told)) = serde_json::from_slice::<Json>(without_mark(&response.body)) else {
        return unusable(settings);
    };
    let is_conflict = told.get("status").is_some_and(|status| text(status) == "409");
    let message = told.get("userMessage").map(text).filter(|message| !message.trim().is_empty());
    let (true, true, Some(message)) = (is_conflict, told.contains_key("version"), message) else {
        return unusable(settings);
    };
    let mut shown = shown(&message);
    if settings.debug {
        for name in ["code", "requestId", "developerMessage", "moreInfo"] {
            if let Some(value) = told.get(name).filter(|value| !value.is_null()) {
                shown.push_str(&format!(" {name}: {}", self::shown(&text(value))));
            }
        }
    }
    Refusal { code: 90075, words: Words::Service { status: response.status, message: shown } }
}

/// Text as text, anything else as JSON.
fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// A service's words, cut, without characters that steer anything; they are shown as text.
fn shown(message: &str) -> String {
    message.chars().filter(|one| !one.is_control() || *one == '\n').take(MOST_MESSAGE).collect()
}

/// `contacts[0].person.name` in Json.NET's dialect: names between dots, numbers in brackets, `$.` or nothing in front,
/// `['a name']` for one with dots. A whole key of that name comes first.
fn at_path<'a>(object: &'a Map<String, Json>, path: &str) -> Option<&'a Json> {
    if let Some(whole) = object.get(path) {
        return Some(whole);
    }
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut here: Option<&Json> = None;
    while !rest.is_empty() {
        let (step, tail) = next_step(rest)?;
        here = Some(match (step, here) {
            (Step::Name(name), None) => object.get(name)?,
            (Step::Name(name), Some(json)) => json.get(name)?,
            (Step::Place(place), Some(json)) => json.get(place)?,
            (Step::Place(_), None) => return None,
        });
        rest = tail;
    }
    here
}

/// One part of a path.
enum Step<'a> {
    Name(&'a str),
    Place(usize),
}

fn next_step(path: &str) -> Option<(Step<'_>, &str)> {
    if let Some(inside) = path.strip_prefix("['") {
        let (name, tail) = inside.split_once("']")?;
        return Some((Step::Name(name), tail));
    }
    if let Some(inside) = path.strip_prefix('[') {
        let (place, tail) = inside.split_once(']')?;
        return Some((Step::Place(place.parse().ok()?), tail));
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (name, tail) = path.split_at_checked(end)?;
    (!name.is_empty()).then_some((Step::Name(name), tail))
}
