//! How many tries of one account run at the same time in this process.
//!
//! In: an account. Out: a pass, in turn. A try counts as a failure until its password was right
//! (`lockout.rs`); so that a user who signs in from many programs at one instant is not locked by
//! tries that are all right, only a few of an account are under way at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The gate of all accounts. Clones share it.
#[derive(Clone)]
pub(super) struct Gate {
    lanes: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
    width: usize,
}

/// Leave to try; ends with the value.
pub(super) struct Pass {
    gate: Gate,
    account: String,
    permit: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// A gate that lets `width` tries of one account pass at once.
    pub(super) fn new(width: usize) -> Self {
        Self { lanes: Arc::default(), width }
    }

    /// Waits for the account's turn. Accounts do not wait for each other.
    pub(super) async fn enter(&self, account: &str) -> Pass {
        let lane = {
            let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            let lane =
                lanes.entry(account.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.width)));
            Arc::clone(lane)
        };
        // The semaphore is never closed, so there is always a permit; without one nobody would wait.
        let permit = lane.acquire_owned().await.ok();
        Pass { gate: self.clone(), account: account.to_owned(), permit }
    }

    #[cfg(test)]
    pub(super) fn waiting_accounts(&self) -> usize {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.permit.take();
        let mut lanes = self.gate.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        // Only the map itself holds the lane: nobody is in it or waits for it.
        if lanes.get(&self.account).is_some_and(|lane| Arc::strong_count(lane) == 1) {
            lanes.remove(&self.account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_few_of_one_account_pass_and_nothing_stays_behind() {
        let gate = Gate::new(2);
        let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = Vec::new();
        for number in 0..40 {
            let (gate, inside, most) = (gate.clone(), Arc::clone(&inside), Arc::clone(&most));
            tasks.push(tokio::spawn(async move {
                let account = if number % 4 == 0 { "other" } else { "busy" };
                let _pass = gate.enter(account).await;
                if account == "busy" {
                    most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
        assert_eq!(gate.waiting_accounts(), 0);
    }
}
