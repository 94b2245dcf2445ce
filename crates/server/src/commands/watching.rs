//! Doing something again after every change of policy files. In: the paths that a command names, and what is done. Out:
//! nothing, until it is interrupted.
//!
//! Must not be known here: what is done.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::{Failure, Outcome, paths, place};
use crate::clock::Clock;
use crate::watch::Watch;

/// What tells one state of the files from the next: path, length, time of change.
type State = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Does it now and whenever a file that the paths name changes, comes or goes, or the `appsettings.json` beside them does.
/// `for_people`: standard output is theirs, so that each time is told apart and when it was.
pub fn watch(paths: &[PathBuf], for_people: bool, once: impl Fn() -> Outcome) -> Outcome {
    if paths.iter().any(|path| paths::is_standard_input(path)) {
        return Err(Failure("standard input cannot be watched; name a folder or files".to_owned()));
    }
    let folders = paths::folders(paths);
    if let Some(missing) = folders.iter().find(|folder| !folder.is_dir()) {
        return Err(Failure(format!("there is no folder `{}` to watch", missing.display())));
    }
    place::wait_for(async {
        let mut watch = Watch::new(&folders).map_err(Failure)?;
        loop {
            let mut checked = state(paths);
            round(for_people, &once);
            while !change(&mut watch, &folders, &mut checked).await? || state(paths) == checked {}
        }
    })
}

/// Waits for a change that may matter; false when a second has passed, so that an `appsettings.json` above the folders,
/// which are all that is watched, is looked at.
async fn change(watch: &mut Watch, folders: &[PathBuf], checked: &mut State) -> Result<bool, Failure> {
    let Ok(told) = tokio::time::timeout(Duration::from_secs(1), watch.changed()).await else {
        let settings = checked.iter().filter(|(path, ..)| path.extension().is_some_and(|end| end == "json"));
        return Ok(settings.into_iter().any(|known| about(known.0.clone()) != *known));
    };
    let gone = || folders.iter().any(|folder| !folder.is_dir());
    let away = gone();
    if away {
        // Not on standard output, which may be a machine's.
        eprintln!("{} a folder is gone; waiting for it to come back", now());
    }
    // A folder that went and came back is another one for the system.
    if away || told.is_none() {
        while gone() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        *watch = Watch::new(folders).map_err(Failure)?;
        checked.clear();
    }
    Ok(true)
}

/// One time of many: apart from the one before, with the time; nothing that is wrong with the files ends the watch.
fn round(for_people: bool, once: &impl Fn() -> Outcome) {
    if for_people && std::io::stdout().is_terminal() {
        print!("\u{1b}[2J\u{1b}[3J\u{1b}[H");
    } else if for_people {
        println!("──────── {}", now());
    }
    // A file may be half written or just deleted: the next change tells.
    let outcome = match once() {
        Ok(true) => "good".to_owned(),
        Ok(false) => "not good yet".to_owned(),
        Err(failure) => failure.to_string(),
    };
    if for_people {
        println!("{} {outcome}; waiting for changes (Ctrl-C ends)", now());
    } else {
        eprintln!("{} {outcome}", now());
    }
}

/// The files as they are, the `appsettings.json` among them.
fn state(paths: &[PathBuf]) -> State {
    let mut files = paths::files(paths).unwrap_or_default();
    files.extend(paths::beside(paths).ok().flatten().map(|found| found.file));
    files.into_iter().map(about).collect()
}

fn about(path: PathBuf) -> (PathBuf, u64, Option<SystemTime>) {
    let about = std::fs::metadata(&path).ok();
    let length = about.as_ref().map_or(0, std::fs::Metadata::len);
    (path, length, about.and_then(|about| about.modified().ok()))
}

/// The time of day in UTC, for people.
fn now() -> String {
    Clock::System.now().strftime("%H:%M:%SZ").to_string()
}
