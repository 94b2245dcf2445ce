//! What this machine can do at most: raw argon2id hashes and raw RSA-2048 signatures, without a server around them.
//!
//! In: seconds per measurement (default 3), threads (default: processors). Out: one line of JSON, CPU and rates, for
//! `bench/load.mjs`, which puts the server's own cost beside them.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Version};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use vestibule::directory::HasherSettings;

/// What one thread did.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    runs: u64,
    cpu: Duration,
    wall: Duration,
}

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(Ok(3.0), |text| text.parse())?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.next().map_or(Ok(processors), |text| text.parse())?;
    let time = Duration::from_secs_f64(seconds);
    let settings = HasherSettings::default();
    let document = serde_json::json!({
        "hash": { "memory_kib": settings.memory_kib, "passes": settings.passes, "lanes": settings.lanes },
        "hash_1": report(&run(1, time, hashes)?),
        "hash_n": report(&run(threads, time, hashes)?),
        "sign_1": report(&run(1, time, signatures)?),
        "sign_n": report(&run(threads, time, signatures)?),
        "threads": threads,
    });
    println!("{document}");
    Ok(())
}

/// The same work on several threads at once: memory and cache are shared, as they are in the server.
fn run(threads: usize, time: Duration, work: fn(Duration) -> Outcome<Done>) -> Outcome<Vec<Done>> {
    let started: Vec<_> = (0..threads).map(|_| std::thread::spawn(move || work(time))).collect();
    started.into_iter().map(|thread| thread.join().map_err(|_| "a thread died")?).collect()
}

fn report(done: &[Done]) -> serde_json::Value {
    let runs: u64 = done.iter().map(|one| one.runs).sum();
    let cpu: Duration = done.iter().map(|one| one.cpu).sum();
    let per_second: f64 = done.iter().map(|one| one.runs as f64 / one.wall.as_secs_f64()).sum();
    serde_json::json!({
        "threads": done.len(),
        "runs": runs,
        "cpu_ms_each": cpu.as_secs_f64() * 1e3 / runs.max(1) as f64,
        "per_second": per_second,
        "per_cpu_second": runs as f64 / cpu.as_secs_f64(),
    })
}

/// Hashes with the parameters and the block memory that the server's threads use.
fn hashes(time: Duration) -> Outcome<Done> {
    let settings = HasherSettings::default();
    let params = argon2::Params::new(settings.memory_kib, settings.passes, settings.lanes, Some(32))
        .map_err(|error| error.to_string())?;
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = [0; 32];
    repeat(time, || {
        argon2
            .hash_password_into_with_memory(b"Correct-Horse1", &[7; 16], &mut output, &mut memory)
            .map_err(|error| error.to_string())?;
        black_box(&output);
        Ok(())
    })
}

/// Signatures over text of a token's length with a key that was parsed before.
fn signatures(time: Duration) -> Outcome<Done> {
    let made = KeyPair::generate(KeySize::Rsa2048)?;
    let der: Pkcs8V1Der<'_> = made.as_der()?;
    let pair = KeyPair::from_pkcs8(der.as_ref())?;
    let mut signature = vec![0; pair.public_modulus_len()];
    let (random, text) = (SystemRandom::new(), [b'x'; 900]);
    repeat(time, || {
        pair.sign(&RSA_PKCS1_SHA256, &random, &text, &mut signature)?;
        black_box(&signature);
        Ok(())
    })
}

fn repeat(time: Duration, mut work: impl FnMut() -> Outcome<()>) -> Outcome<Done> {
    work()?; // page faults and caches are not what is measured
    let (cpu, begun) = (thread_cpu()?, Instant::now());
    let mut runs = 0;
    while begun.elapsed() < time {
        work()?;
        runs += 1;
    }
    Ok(Done { runs, cpu: thread_cpu()?.saturating_sub(cpu), wall: begun.elapsed() })
}

/// CPU time of this thread, from Linux.
fn thread_cpu() -> Outcome<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}
