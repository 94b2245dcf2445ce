//! Password hashing on threads of its own.
//!
//! In: passwords, in turn. Out: argon2id hashes. A bounded number of threads, each with block memory
//! that it keeps, and a bounded queue before them: a burst of sign-ins can neither stall the server
//! nor swell it (attack 58). Allocating 19 MiB anew for each hash would leave the allocator holding
//! many times that (crates.md). What waits longer than the limit is dropped unhashed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::foreign_hash::Scheme;

/// How hashing is set up.
#[derive(Clone, Debug)]
pub struct HasherSettings {
    /// Memory of one hash in KiB. OWASP's minimum for argon2id: 19,456.
    pub memory_kib: u32,
    /// Passes over the memory. OWASP: 2.
    pub passes: u32,
    /// Lanes. OWASP: 1.
    pub lanes: u32,
    /// Hashing threads; 0: one per processor.
    pub threads: usize,
    /// How many may wait. Beyond that the answer is busy at once.
    pub queue: usize,
    /// How long one may wait for its turn.
    pub wait: Duration,
}

impl Default for HasherSettings {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1, threads: 0, queue: 512, wait: Duration::from_secs(5) }
    }
}

/// All hashing threads are busy and the queue is full or slow: try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// The threads and their queue. Clones share them; they end with the last clone.
#[derive(Clone)]
pub struct Hasher {
    queue: SyncSender<Job>,
    settings: Arc<HasherSettings>,
    threads: usize,
    ran: Arc<AtomicU64>,
}

struct Job {
    password: Zeroizing<Vec<u8>>,
    salt: Vec<u8>,
    recipe: Recipe,
    until: Instant,
    answer: oneshot::Sender<Zeroizing<Vec<u8>>>,
}

/// What is done with password and salt.
pub(super) enum Recipe {
    /// argon2id.
    Argon2(Params),
    /// Another system's scheme, of an imported account.
    Foreign(Scheme),
}

/// The output that new hashes have, in bytes.
pub(super) const OUTPUT_BYTES: usize = 32;

impl Hasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// A parameter out of argon2's range, or a thread that cannot be started; says which.
    pub fn start(settings: HasherSettings) -> Result<Self, String> {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if settings.threads == 0 { processors() } else { settings.threads };
        let params = Params::new(settings.memory_kib, settings.passes, settings.lanes, Some(OUTPUT_BYTES))
            .map_err(|error| format!("password hashing: {error}"))?;
        let (queue, jobs) = sync_channel(settings.queue.max(1));
        let jobs = Arc::new(Mutex::new(jobs));
        let ran = Arc::new(AtomicU64::new(0));
        for number in 0..threads {
            let (jobs, ran, kept) = (Arc::clone(&jobs), Arc::clone(&ran), params.block_count());
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&jobs, &ran, kept))
                .map_err(|error| format!("password hashing: {error}"))?;
        }
        Ok(Self { queue, settings: Arc::new(settings), threads, ran })
    }

    /// The parameters of new hashes.
    #[must_use]
    pub fn settings(&self) -> &HasherSettings {
        &self.settings
    }

    /// How many threads hash.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// How many hashes have run since the start: for tests of "exactly one, either way".
    #[must_use]
    pub fn ran(&self) -> u64 {
        self.ran.load(Ordering::SeqCst)
    }

    /// The parameters of new hashes, as argon2 takes them.
    #[must_use]
    pub fn params(&self) -> Params {
        let HasherSettings { memory_kib, passes, lanes, .. } = *self.settings;
        Params::new(memory_kib, passes, lanes, Some(OUTPUT_BYTES)).unwrap_or_default()
    }

    /// Runs one argon2id in turn.
    ///
    /// # Errors
    /// `Busy` when the queue is full or the turn does not come in time.
    pub async fn run(
        &self,
        password: &[u8],
        salt: &[u8],
        params: Params,
    ) -> Result<Zeroizing<Vec<u8>>, Busy> {
        self.make(password, salt, Recipe::Argon2(params)).await
    }

    /// Runs one hash of any recipe in turn.
    pub(super) async fn make(
        &self,
        password: &[u8],
        salt: &[u8],
        recipe: Recipe,
    ) -> Result<Zeroizing<Vec<u8>>, Busy> {
        let (answer, hashed) = oneshot::channel();
        let job = Job {
            password: Zeroizing::new(password.to_vec()),
            salt: salt.to_vec(),
            recipe,
            until: Instant::now() + self.settings.wait,
            answer,
        };
        self.queue.try_send(job).map_err(|_| Busy)?;
        hashed.await.map_err(|_| Busy)
    }
}

/// One thread: takes jobs until the last [`Hasher`] is gone.
fn work(jobs: &Mutex<Receiver<Job>>, ran: &AtomicU64, kept: usize) {
    // Taken with the first job: a server that nobody signs in to stays small.
    let mut memory = Vec::new();
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Dropping the job answers `Busy`. Nobody waits: the client went away.
        if Instant::now() > job.until || job.answer.is_closed() {
            continue;
        }
        if let Some(output) = hash(&job, &mut memory) {
            ran.fetch_add(1, Ordering::SeqCst);
            let _gone = job.answer.send(output);
        }
        if memory.len() > kept {
            // An older hash with greater parameters: its memory is not kept.
            memory.truncate(kept);
            memory.shrink_to_fit();
        }
    }
}

fn hash(job: &Job, memory: &mut Vec<Block>) -> Option<Zeroizing<Vec<u8>>> {
    let params = match &job.recipe {
        Recipe::Argon2(params) => params,
        Recipe::Foreign(scheme) => return scheme.run(&job.password, &job.salt),
    };
    let needed = params.block_count();
    if memory.len() < needed {
        memory.resize(needed, Block::new());
    }
    let mut output = Zeroizing::new(vec![0; params.output_len().unwrap_or(OUTPUT_BYTES)]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let blocks = memory.get_mut(..needed)?;
    argon2.hash_password_into_with_memory(&job.password, &job.salt, &mut output, blocks).ok()?;
    Some(output)
}
