//! What is recorded is true, ordered, and holds no secret.

use serde_json::json;

use super::*;

fn entry(event: &'static str, title: &str, details: Json) -> Entry {
    let at = "2026-11-24T09:30:00Z".parse().unwrap();
    Entry { at, event, title: title.to_owned(), place: None, outcome: None, details }
}

fn recording(entries: Vec<Entry>) -> Recording {
    Recording {
        id: "t".to_owned(),
        correlation: "c".to_owned(),
        policy: "B2C_1A_X".to_owned(),
        tenant: "x.onmicrosoft.com".to_owned(),
        began: "2026-11-24T09:30:00Z".parse().unwrap(),
        entries,
        left_out: 0,
        ended: None,
    }
}

#[test]
fn the_viewers_form_has_the_members_it_searches_for() {
    let recording = recording(vec![
        entry("begin", "Journey X begins", json!({})),
        entry("step", "Step 1", json!({ "order": 1, "claims": { "email": "a@b.test" } })),
        entry("profile", "P runs", json!({ "profile": "P", "claims": {} })),
        entry("transformation", "T", json!({ "transformation": "T", "changed": { "a": [null, "b"] } })),
        entry("choice", "on", json!({})),
        Entry { outcome: Some("failed"), ..entry("done", "P: no", json!({})) },
        entry("end", "done", json!({ "token": { "sub": "7" } })),
    ]);
    let value = traces(&recording);
    let all = value["value"].as_array().unwrap();
    assert_eq!(all.len(), 2);
    let dimensions = &all[0]["customDimensions"];
    assert_eq!(dimensions["EventName"], "Journey Recorder Event v1.0.0");
    assert_eq!((&dimensions["UserJourney"], &dimensions["CorrelationId"]), (&json!("B2C_1A_X"), &json!("c")));
    // The newest is first.
    let newest = all[0]["trace"]["message"].as_str().unwrap();
    let oldest = all[1]["trace"]["message"].as_str().unwrap();
    assert!(newest.contains("JourneyCompleted") && newest.contains("\"Message\": \"P: no\""), "{newest}");
    assert!(oldest.starts_with("[\r\n") && oldest.ends_with(']'), "{oldest}");
    assert!(oldest.contains("\"CurrentStep\": 1,\r\n"), "{oldest}");
    let clips: Vec<Json> = serde_json::from_str(oldest).unwrap();
    assert_eq!(clips[0]["Kind"], "Headers");
    assert_eq!(clips[0]["Content"]["EventInstance"], "Event:AUTH");
    let states: Vec<&Json> = clips.iter().map(|clip| &clip["Content"]["Statebag"]["Complex-CLMS"]).collect();
    assert!(states.contains(&&json!({ "email": "a@b.test" })));
}

#[test]
fn a_long_message_is_split_and_joins_again() {
    let long = json!({ "claims": { "x": "ä".repeat(40_000) } });
    let value = traces(&recording(vec![entry("begin", "b", long)]));
    let all = value["value"].as_array().unwrap();
    assert!(all.len() > 2);
    let mut parts: Vec<&str> = all.iter().map(|one| one["trace"]["message"].as_str().unwrap()).collect();
    assert!(parts.iter().all(|part| part.len() <= 32_000));
    assert!(all.iter().all(|one| one["timestamp"] == all[0]["timestamp"] && one["cloud"] == all[0]["cloud"]));
    parts.reverse();
    assert!(serde_json::from_str::<Vec<Json>>(&parts.concat()).is_ok());
}
