//! The journey recorder of `vestibule dev`: what happens in each journey, while it happens.
//!
//! In: the engine's events, requests that providers make. Out: the last recordings, for the developer pages, and, where a
//! trace file is named, one line of JSON an entry. Values of secret claims (passwords, codes) are never kept; claims are,
//! which is why it exists under `dev` alone. Not known here: HTTP, HTML.

mod entry;
mod insights;
#[cfg(test)]
mod tests;
mod veil;

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;
use vestibule_engine::journey::Event;
use vestibule_engine::policy::Policy;

pub use entry::Exchange;
pub use insights::traces;
pub use veil::Veil;

/// Journeys kept.
const MOST_JOURNEYS: usize = 100;
/// Entries kept of one journey.
const MOST_ENTRIES: usize = 2_000;

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What sort of thing: `begin`, `step`, `profile`, `transformation`, `call`, `http`, `page`, `post`, `choice`, `end` ….
    pub event: &'static str,
    /// In a few words.
    pub title: String,
    /// Where it stands in the policy, `FILE:LINE`.
    pub place: Option<String>,
    /// How it went: nothing, or `skipped`, `failed`, `refused`.
    pub outcome: Option<&'static str>,
    /// Everything else, by event.
    pub details: Json,
}

/// One journey.
#[derive(Clone, Debug, Serialize)]
pub struct Recording {
    /// The transaction id.
    pub id: String,
    /// The correlation id.
    pub correlation: String,
    /// The policy.
    pub policy: String,
    /// The tenant as the policy writes it.
    pub tenant: String,
    /// When it began.
    pub began: Timestamp,
    /// Everything, in order.
    pub entries: Vec<Entry>,
    /// Entries that were not kept because there are so many.
    pub left_out: usize,
    /// How it ended, once it has.
    pub ended: Option<String>,
}

/// The recorder.
#[derive(Debug)]
pub struct Recorder {
    journeys: Mutex<VecDeque<Recording>>,
    trace: Option<Mutex<File>>,
}

impl Recorder {
    /// An empty recorder that also writes to a file, anew, where one is named.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(trace: Option<&Path>) -> std::io::Result<Recorder> {
        let trace = trace.map(File::create).transpose()?.map(Mutex::new);
        Ok(Recorder { journeys: Mutex::default(), trace })
    }

    /// Hears of an event in the journey with that transaction id.
    pub fn note(&self, id: &str, policy: &Policy, event: Event<'_>, now: Timestamp) {
        if let Event::Began(journey) = event {
            let recording = Recording {
                id: id.to_owned(),
                correlation: journey.correlation.clone(),
                policy: policy.id.to_string(),
                tenant: policy.tenant.to_string(),
                began: now,
                entries: Vec::new(),
                left_out: 0,
                ended: None,
            };
            let mut journeys = self.journeys.lock().unwrap_or_else(PoisonError::into_inner);
            if journeys.len() >= MOST_JOURNEYS {
                journeys.pop_front();
            }
            journeys.push_back(recording);
        }
        let ended = match event {
            Event::Ended(_, outcome) => Some(entry::ending(outcome)),
            _ => None,
        };
        self.add(id, entry::of(policy, event, now), ended);
    }

    /// Keeps a request that a provider made, and what was answered.
    pub fn exchange(&self, id: &str, exchange: &Exchange<'_>, now: Timestamp) {
        self.add(id, entry::of_exchange(exchange, now), None);
    }

    fn add(&self, id: &str, entry: Entry, ended: Option<String>) {
        if let Some(trace) = &self.trace {
            let line = serde_json::json!({ "journey": id, "entry": entry });
            let mut file = trace.lock().unwrap_or_else(PoisonError::into_inner);
            // A full disk must not end journeys; the developer sees the pages in any case.
            let _ = writeln!(file, "{line}");
        }
        let mut journeys = self.journeys.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(recording) = journeys.iter_mut().rev().find(|one| one.id == id) else { return };
        if recording.entries.len() < MOST_ENTRIES {
            recording.entries.push(entry);
        } else {
            recording.left_out += 1;
        }
        recording.ended = ended.or(recording.ended.take());
    }

    /// The recordings, newest first.
    pub fn recordings(&self) -> Vec<Recording> {
        let journeys = self.journeys.lock().unwrap_or_else(PoisonError::into_inner);
        journeys.iter().rev().cloned().collect()
    }

    /// One recording.
    pub fn recording(&self, id: &str) -> Option<Recording> {
        let journeys = self.journeys.lock().unwrap_or_else(PoisonError::into_inner);
        journeys.iter().rev().find(|one| one.id == id).cloned()
    }
}
