//! Events of policies on their way to the operator's endpoint.
//!
//! In: an event in the service's own form, and whether it must go at once. Out: requests with several events each, beside
//! whatever is being answered. What is waiting is bounded; when the endpoint does not keep up, events are lost and counted,
//! never waited for (technical-profiles 22). Not known here: what an event says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use url::Url;

use crate::http::{Bounds, Http, Method, Outgoing};

/// Events that wait at most.
const MOST_WAITING: usize = 1_000;
/// Events in one request at most.
const MOST_TOGETHER: usize = 100;
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(5), bytes: 65_536 };

/// The way out; nothing happens where there is no endpoint. Clones share it.
#[derive(Clone, Debug)]
pub struct Events {
    queue: Option<Sender<Waiting>>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Waiting {
    event: Value,
    at_once: bool,
}

impl Events {
    /// Starts sending to an endpoint, each event after `wait` at the latest. Call inside a tokio runtime.
    pub fn new(http: Http, endpoint: Option<Url>, wait: Duration) -> Events {
        let queue = endpoint.map(|endpoint| {
            let (sender, receiver) = channel(MOST_WAITING);
            tokio::spawn(deliver(http, endpoint, receiver, wait));
            sender
        });
        Events { queue, lost: Arc::default() }
    }

    /// Hands an event over and goes on.
    pub fn send(&self, event: Value, at_once: bool) {
        let Some(queue) = &self.queue else { return };
        if queue.try_send(Waiting { event, at_once }).is_err() {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            if lost.is_power_of_two() {
                tracing::warn!(lost, "events are lost: the endpoint for events does not keep up");
            }
        }
    }

    /// How many events were lost.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// Sends what comes until the last [`Events`] is gone.
async fn deliver(http: Http, endpoint: Url, mut queue: Receiver<Waiting>, wait: Duration) {
    while let Some(first) = queue.recv().await {
        let mut together = vec![first.event];
        if !first.at_once {
            // No matter whether the time is over or all of them are there.
            let _over = tokio::time::timeout(wait, gather(&mut queue, &mut together)).await;
        }
        post(&http, &endpoint, &Value::Array(together)).await;
    }
}

/// Takes events until one must go at once, or there are enough.
async fn gather(queue: &mut Receiver<Waiting>, together: &mut Vec<Value>) {
    while together.len() < MOST_TOGETHER {
        let Some(next) = queue.recv().await else { return };
        together.push(next.event);
        if next.at_once {
            return;
        }
    }
}

async fn post(http: &Http, endpoint: &Url, events: &Value) {
    let mut outgoing = Outgoing::new(Method::Post, endpoint.clone());
    outgoing.body("application/json", events.to_string().into_bytes());
    match http.send(&outgoing, BOUNDS).await {
        Ok(answer) if answer.status < 300 => {}
        Ok(answer) => tracing::warn!(status = answer.status, "the endpoint for events refused some"),
        Err(error) => tracing::warn!(%error, "the endpoint for events does not answer"),
    }
}
