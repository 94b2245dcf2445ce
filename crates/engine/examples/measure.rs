//! Prints what docs/performance.md says about the compiler: how many of the public policy sets it compiles a second, and
//! how long an edit of a starter pack takes to be checked, and what the worst shapes of the largest policies cost. One thread, nothing kept from one set to the next.
//!
//! `cargo run --release -p vestibule-engine --example measure`, beside the folder of public policies.

#![expect(clippy::expect_used, reason = "a measurement without its input must stop and say so")]
#![expect(clippy::print_stdout, reason = "its output is the measurement")]

#[path = "../tests/shapes/generate.rs"]
mod generate;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use vestibule_engine::lint::Levels;
use vestibule_engine::source::Sources;
use vestibule_engine::{Purpose, Workspace, compile, compile_and_lint, compile_one};

type Files = Vec<(String, Vec<u8>)>;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus")
}

fn main() {
    match std::env::args().nth(1) {
        Some(shape) => worst(&shape),
        None => {
            sets();
            edits();
            // Each in a process of its own, so that its peak of memory is its own.
            for (name, ..) in generate::shapes() {
                let program = std::env::current_exe().expect("this program");
                Command::new(program).arg(name).status().expect("it runs");
            }
        }
    }
}

/// One of the worst shapes: its last policy, which has all others as bases, compiled once.
fn worst(shape: &str) {
    let shapes = generate::shapes();
    let (name, make, _) = shapes.iter().find(|(name, ..)| *name == shape).expect("a shape");
    let files = make();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let last = format!("B2C_1A_{}", files.len() - 1);
    let files: Files = files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    let before = memory();
    let start = processor().expect("Linux");
    let compiled = compile_one(&last, &sources(&files));
    let time = processor().expect("Linux") - start;
    let (errors, findings) = (compiled.diagnostics.error_count(), compiled.diagnostics.count());
    println!(
        "{name}: {:.1} MB of XML, {:.0} ms, {} MB more at most, {errors} errors, {findings} findings",
        bytes as f64 / 1e6,
        time.as_secs_f64() * 1e3,
        (memory() - before) / 1000,
    );
}

/// The most memory this process has had, in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

/// Every set of `sets.json`, five rounds, the best of them.
fn sets() {
    let Ok(list) = std::fs::read(corpus().join("sets.json")) else {
        println!("SKIPPED: the public policies are not there");
        return;
    };
    let list: Vec<serde_json::Value> = serde_json::from_slice(&list).expect("JSON");
    let sets: Vec<Files> = list.iter().map(|set| read(set["files"].as_array().expect("files"))).collect();
    let plain = best(|| sets.iter().for_each(|set| drop(compile(&sources(set)))));
    let levels = Levels::default();
    let linted = best(|| sets.iter().for_each(|set| drop(compile_and_lint(&sources(set), &levels))));
    let parsed = best(|| sets.iter().for_each(parse_only));
    for (what, time) in
        [("compiled", plain), ("compiled and linted", linted), ("parsed by roxmltree", parsed)]
    {
        let rate = sets.len() as f64 / time.as_secs_f64();
        println!(
            "{} sets {what}: {rate:.0} a second, {:.2} times the parser",
            sets.len(),
            time.as_secs_f64() / parsed.as_secs_f64()
        );
    }
}

/// One character typed into each file of each pack in turn, and everything checked again.
fn edits() {
    for pack in ["LocalAccounts", "SocialAccounts", "SocialAndLocalAccounts", "SocialAndLocalAccountsWithMfa"]
    {
        let Ok(entries) = std::fs::read_dir(corpus().join("starterpack").join(pack)) else { continue };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "xml"));
        paths.sort();
        for levels in [None, Some(Levels::default())] {
            let linted = if levels.is_some() { ", linted" } else { "" };
            let mut workspace = Workspace::new(Purpose::Check, levels);
            let files: Files = paths
                .iter()
                .map(|path| (path.display().to_string(), std::fs::read(path).expect("a file")))
                .collect();
            for (name, bytes) in &files {
                workspace.put(name, bytes);
            }
            for (name, bytes) in &files {
                let mut at = 0;
                let time = best(|| {
                    at += 1;
                    workspace.put(name, &[bytes, " ".repeat(at).as_bytes()].concat());
                    workspace.compiled();
                });
                let name = Path::new(name).file_name().expect("a name").to_string_lossy();
                println!("edit of {pack}/{name}{linted}: {:.2} ms", time.as_secs_f64() * 1e3);
            }
        }
    }
}

/// The time of one run: the best of five rounds, each of so many runs that the processor's clock can tell.
fn best(mut run: impl FnMut()) -> Duration {
    let mut round = |runs: u32| {
        let start = (Instant::now(), processor());
        (0..runs).for_each(|_| run());
        match (start.1, processor()) {
            (Some(start), Some(end)) => end - start,
            _ => start.0.elapsed(),
        }
    };
    let first = round(1).as_secs_f64();
    let runs = (0.2 / first.max(0.000_5)).ceil().clamp(1.0, 400.0) as u32;
    (0..5).map(|_| round(runs)).min().expect("five rounds") / runs
}

/// Time this thread has spent on a processor.
fn processor() -> Option<Duration> {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(spent.split(' ').next()?.parse().ok()?))
}

fn read(files: &[serde_json::Value]) -> Files {
    let names = files.iter().map(|name| name.as_str().expect("a name"));
    names.map(|name| (name.to_owned(), std::fs::read(corpus().join(name)).expect("a file"))).collect()
}

fn sources(files: &Files) -> Sources {
    let mut sources = Sources::default();
    for (name, bytes) in files {
        sources.add(name, bytes);
    }
    sources
}

fn parse_only(files: &Files) {
    for source in sources(files).iter() {
        if let Ok(document) = roxmltree::Document::parse(source.text()) {
            std::hint::black_box(document.descendants().count());
        }
    }
}
