//! The journey recorder's page: journeys on the left, the timeline of one on the right; the same as JSON, and in the form
//! that the cloud's log viewer reads.

use askama::Template;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::Value;

use super::{Dev, SCRIPT, STYLE, page};
use crate::recorder::{Entry, Recording, traces};
use crate::web::error::ErrorPage;

#[derive(Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    journey: String,
}

#[derive(Template)]
#[template(path = "dev/journeys.html")]
struct Html<'a> {
    style: &'static str,
    script: &'static str,
    here: &'static str,
    rows: &'a [Row],
    chosen: Option<&'a Shown>,
    live: String,
}

/// A journey in the list.
struct Row {
    id: String,
    policy: String,
    time: String,
    state: String,
}

/// The journey whose timeline is shown.
struct Shown {
    id: String,
    policy: String,
    correlation: String,
    lines: Vec<Line>,
    left_out: usize,
}

/// One line of the timeline.
struct Line {
    time: String,
    event: &'static str,
    title: String,
    place: String,
    outcome: &'static str,
    details: String,
}

/// `GET /dev/journeys[?journey=ID]`.
pub(super) async fn list(State(dev): State<Dev>, Query(chosen): Query<Chosen>) -> Response {
    let all = dev.pages.recorder.recordings();
    let rows: Vec<Row> = all.iter().map(row).collect();
    let found = match chosen.journey.is_empty() {
        true => all.first(),
        false => all.iter().find(|one| one.id == chosen.journey),
    };
    let shown = found.map(shown);
    let html = Html {
        style: STYLE,
        script: SCRIPT,
        here: "journeys",
        rows: &rows,
        chosen: shown.as_ref(),
        live: stamp(&all),
    };
    page(html.render())
}

/// Changes whenever something happened.
fn stamp(all: &[Recording]) -> String {
    let count: usize = all.iter().map(|one| one.entries.len() + one.left_out).sum();
    format!("{}-{count}", all.first().map_or("", |one| one.id.as_str()))
}

fn row(recording: &Recording) -> Row {
    let state = recording.ended.clone().unwrap_or_else(|| "waiting".to_owned());
    Row {
        id: recording.id.clone(),
        policy: recording.policy.clone(),
        time: recording.began.strftime("%T").to_string(),
        state,
    }
}

fn shown(recording: &Recording) -> Shown {
    Shown {
        id: recording.id.clone(),
        policy: recording.policy.clone(),
        correlation: recording.correlation.clone(),
        lines: recording.entries.iter().map(line).collect(),
        left_out: recording.left_out,
    }
}

fn line(entry: &Entry) -> Line {
    let empty = entry.details.as_object().is_none_or(serde_json::Map::is_empty);
    let details = if empty { String::new() } else { pretty(&entry.details) };
    Line {
        time: entry.at.strftime("%T%.3f").to_string(),
        event: entry.event,
        title: entry.title.clone(),
        place: entry.place.clone().unwrap_or_default(),
        outcome: entry.outcome.unwrap_or_default(),
        details,
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// `GET /dev/journeys.json`: a stamp that changes whenever something happened, and the journeys.
pub(super) async fn json(State(dev): State<Dev>) -> Response {
    let all = dev.pages.recorder.recordings();
    Json(serde_json::json!({ "stamp": stamp(&all), "journeys": all })).into_response()
}

/// `GET /dev/journeys/{id}`: one journey as JSON.
pub(super) async fn one(State(dev): State<Dev>, Path(id): Path<String>) -> Response {
    match dev.pages.recorder.recording(&id) {
        Some(recording) => Json(recording).into_response(),
        None => ErrorPage::not_found().into_response(),
    }
}

/// `GET /dev/journeys/{id}/insights`: one journey as the cloud's log viewer reads it.
pub(super) async fn insights(State(dev): State<Dev>, Path(id): Path<String>) -> Response {
    match dev.pages.recorder.recording(&id) {
        Some(recording) => Json(traces(&recording)).into_response(),
        None => ErrorPage::not_found().into_response(),
    }
}
