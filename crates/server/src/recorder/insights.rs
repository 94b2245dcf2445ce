//! Recordings in the form of the cloud's journey recorder, as the VS Code extension's log viewer reads it from
//! Application Insights (protocols 15).
//!
//! In: a recording. Out: `{"value":[…]}`, a trace for each stretch between two things the browser did. A trace's message is
//! an array of clips, pretty-printed with CRLF, as the viewer searches it as text.

use serde_json::{Map, Value as Json, json};

use super::{Entry, Recording};

/// The longest message of one trace, in bytes; a longer one is split (protocols 15).
const MOST_MESSAGE: usize = 32_000;
const HANDLERS: &str = "Web.TPEngine.StateMachineHandlers.";

/// The recording as the answer of the query that the viewer makes.
pub fn traces(recording: &Recording) -> Json {
    let stretches = recording.entries.chunk_by(|_, next| !begins_stretch(next));
    let mut all = Vec::new();
    for (number, entries) in stretches.enumerate() {
        let Some(first) = entries.first() else { continue };
        let message = pretty(&clips(recording, first, entries));
        for (part, text) in split(&message).into_iter().enumerate() {
            all.push(json!({
                "id": format!("{}-{number}-{part}", recording.id),
                "timestamp": first.at.to_string(),
                "cloud": { "roleInstance": format!("vestibule-{}-{number}", recording.id) },
                "trace": { "message": text },
                "customDimensions": {
                    "EventName": "Journey Recorder Event v1.0.0",
                    "Tenant": recording.tenant,
                    "UserJourney": recording.policy,
                    "CorrelationId": recording.correlation,
                },
            }));
        }
    }
    // The viewer asks for the newest first.
    all.reverse();
    json!({ "value": all })
}

/// What the browser does begins a stretch.
fn begins_stretch(entry: &Entry) -> bool {
    matches!(entry.event, "begin" | "choice")
}

fn clips(recording: &Recording, first: &Entry, entries: &[Entry]) -> Vec<Json> {
    let event = if first.event == "begin" { "Event:AUTH" } else { "Event:API" };
    let mut clips = vec![
        json!({ "Kind": "Headers", "Content": {
            "UserJourneyRecorderEndpoint": "urn:journeyrecorder:applicationinsights",
            "CorrelationId": recording.correlation,
            "EventInstance": event,
            "TenantId": recording.tenant,
            "PolicyId": recording.policy,
        }}),
        json!({ "Kind": "Transition", "Content": {
            "EventName": event.trim_start_matches("Event:"), "StateName": "Initial",
        }}),
    ];
    let mut step = 0;
    for entry in entries {
        if let Some(order) = entry.details.get("order").and_then(Json::as_u64) {
            step = order;
        }
        clips.push(json!({ "Kind": "Predicate", "Content": format!("{HANDLERS}{}", handler(entry)) }));
        clips.push(json!({ "Kind": "HandlerResult", "Content": result(entry, step) }));
    }
    clips
}

fn handler(entry: &Entry) -> &'static str {
    match entry.event {
        "begin" => "PreSetupHandler",
        "step" => "ShouldOrchestrationStepBeInvokedHandler",
        "transformation" => "OutputClaimsTransformationHandler",
        "post" => "SelfAssertedMessageValidationHandler",
        "page" => "SigninSignUpApiLoadHandler",
        "call" | "http" => "IsClaimsExchangeProtocolAServiceCallHandler",
        "end" => "SendClaimsHandler",
        _ => "NoOpHandler",
    }
}

fn result(entry: &Entry, step: u64) -> Json {
    let failed = matches!(entry.outcome, Some("failed" | "refused"));
    let mut content = Map::new();
    content.insert("Result".to_owned(), Json::from(!failed));
    content.insert("PredicateResult".to_owned(), Json::from(if failed { "False" } else { "True" }));
    content.insert("RecorderRecord".to_owned(), json!({ "Values": record(entry, step) }));
    content.insert("Statebag".to_owned(), state(entry, step));
    if failed {
        content.insert("Exception".to_owned(), json!({ "Message": entry.title }));
    }
    Json::Object(content)
}

fn state(entry: &Entry, step: u64) -> Json {
    let time = entry.at.to_string();
    let mut bag = json!({ "ORCH_CS": { "c": time, "k": "ORCH_CS", "v": step.to_string(), "p": true } });
    if let Some(claims) = entry.details.get("claims") {
        bag["Complex-CLMS"] = claims.clone();
    }
    if let Some(token) = entry.details.get("token") {
        bag["Complex-API_RESULT"] = token.clone();
    }
    bag
}

fn record(entry: &Entry, step: u64) -> Vec<Json> {
    let profile = || entry.details.get("profile").cloned().unwrap_or_default();
    let value = |key: &str, value: Json| vec![json!({ "Key": key, "Value": value })];
    match entry.event {
        "profile" if entry.outcome == Some("skipped") => value(
            "EnabledForUserJourneysFalse",
            json!({ "CurrentStep": step, "TechnicalProfileEnabled": {
                "EnabledRule": entry.details.get("rule"), "EnabledResult": false, "TechnicalProfile": profile(),
            }}),
        ),
        "profile" => {
            let mut all = value(
                "EnabledForUserJourneysTrue",
                json!({ "CurrentStep": step, "TechnicalProfileEnabled": {
                    "EnabledRule": "Always", "EnabledResult": true, "TechnicalProfile": profile(),
                }}),
            );
            all.extend(value("InitiatingClaimsExchange", json!({ "TechnicalProfileId": profile() })));
            all
        }
        "call" | "http" => value(
            "GettingClaims",
            json!({ "InitiatingBackendClaimsExchange": { "TechnicalProfileId": profile() } }),
        ),
        "post" => {
            value("Validation", json!({ "SubmittedBy": "User", "Fields": entry.details.get("fields") }))
        }
        "transformation" => {
            let id = entry.details.get("transformation").cloned().unwrap_or_default();
            let changed = entry.details.get("changed").and_then(Json::as_object).cloned().unwrap_or_default();
            let mut values = vec![json!({ "Key": "Id", "Value": id })];
            for (claim, pair) in changed {
                let result = json!({ "PolicyClaimType": claim, "Value": pair.get(1) });
                values.push(json!({ "Key": "Result", "Value": result }));
            }
            value("OutputClaimsTransformation", json!({ "ClaimsTransformation": { "Values": values } }))
        }
        "end" if entry.outcome.is_none() => value("JourneyCompleted", Json::from(entry.title.clone())),
        _ => Vec::new(),
    }
}

/// Two spaces, CRLF, members in the order they were put.
fn pretty(clips: &[Json]) -> String {
    serde_json::to_string_pretty(clips).unwrap_or_default().replace('\n', "\r\n")
}

/// Parts of at most [`MOST_MESSAGE`] bytes, cut between characters.
fn split(message: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = message;
    while rest.len() > MOST_MESSAGE {
        let mut at = MOST_MESSAGE;
        while !rest.is_char_boundary(at) {
            at -= 1;
        }
        let Some((part, tail)) = rest.split_at_checked(at) else { break };
        parts.push(part);
        rest = tail;
    }
    parts.push(rest);
    parts
}
