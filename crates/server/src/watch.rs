//! Which folders changed: file system events, gathered until they calm down.
//!
//! In: folders. Out: batches of those folders in which a file changed, within about 300 ms. Editors write a
//! second file and rename it, so folders are watched, not files. Where the file system tells nothing, a
//! fallback looks at it once a second. Not known here: policies, templates, certificates.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, timeout_at};

/// A change is told when nothing more happened for so long …
const CALM: Duration = Duration::from_millis(100);
/// … and at the latest after this.
const LATEST: Duration = Duration::from_millis(300);

/// Watched folders. Dropping it ends the watch.
#[derive(Debug)]
pub struct Watch {
    folders: Vec<PathBuf>,
    events: UnboundedReceiver<Vec<PathBuf>>,
    _watcher: Kind,
}

#[derive(Debug)]
enum Kind {
    Native { _watcher: RecommendedWatcher },
    Polling { _watcher: PollWatcher },
}

impl Watch {
    /// Watches folders with everything below them. The error is a sentence.
    pub fn new(folders: &[PathBuf]) -> Result<Watch, String> {
        // Events name absolute paths, so folders are made absolute first.
        let absolute: Vec<PathBuf> =
            folders.iter().map(|folder| folder.canonicalize().unwrap_or_else(|_| folder.clone())).collect();
        let (sender, events) = unbounded_channel();
        let tell = move |event: notify::Result<Event>| {
            if let Ok(event) = event
                && !matches!(event.kind, EventKind::Access(_))
            {
                let _ = sender.send(event.paths);
            }
        };
        let watcher = native(&absolute, tell.clone()).or_else(|error| {
            tracing::warn!(%error, "files are looked at once a second, as this system tells of no changes");
            polling(&absolute, tell)
        });
        let watcher = watcher.map_err(|error| format!("changes of files cannot be watched: {error}"))?;
        Ok(Watch { folders: absolute, events, _watcher: watcher })
    }

    /// Waits for the next change; the folders (absolute) in which something changed. None when the watch is over.
    pub async fn changed(&mut self) -> Option<Vec<PathBuf>> {
        loop {
            let mut folders = BTreeSet::new();
            let first = self.events.recv().await?;
            self.note(&first, &mut folders);
            let latest = Instant::now() + LATEST;
            while let Ok(Some(paths)) =
                timeout_at(latest.min(Instant::now() + CALM), self.events.recv()).await
            {
                self.note(&paths, &mut folders);
            }
            if !folders.is_empty() {
                return Some(folders.into_iter().collect());
            }
        }
    }

    fn note(&self, paths: &[PathBuf], folders: &mut BTreeSet<PathBuf>) {
        for folder in &self.folders {
            if paths.iter().any(|path| path.starts_with(folder)) {
                folders.insert(folder.clone());
            }
        }
    }
}

fn native(
    folders: &[PathBuf],
    tell: impl FnMut(notify::Result<Event>) + Send + 'static,
) -> notify::Result<Kind> {
    let mut watcher = RecommendedWatcher::new(tell, Config::default())?;
    all(&mut watcher, folders)?;
    Ok(Kind::Native { _watcher: watcher })
}

fn polling(
    folders: &[PathBuf],
    tell: impl FnMut(notify::Result<Event>) + Send + 'static,
) -> notify::Result<Kind> {
    let mut watcher = PollWatcher::new(tell, Config::default().with_poll_interval(Duration::from_secs(1)))?;
    all(&mut watcher, folders)?;
    Ok(Kind::Polling { _watcher: watcher })
}

fn all(watcher: &mut impl Watcher, folders: &[PathBuf]) -> notify::Result<()> {
    folders.iter().try_for_each(|folder| watcher.watch(Path::new(folder), RecursiveMode::Recursive))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(watch: &mut Watch) -> Vec<PathBuf> {
        tokio::time::timeout(Duration::from_secs(1), watch.changed()).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn writes_renames_and_deletions_are_told_once_with_their_folder() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folder = one.path().canonicalize().unwrap();
        let one_folder = std::slice::from_ref(&folder);
        std::fs::create_dir(folder.join("below")).unwrap();
        let mut watch = Watch::new(&[one.path().to_owned(), two.path().to_owned()]).unwrap();
        std::fs::write(folder.join("a.xml"), "1").unwrap();
        assert_eq!(told(&mut watch).await, one_folder);
        for number in 0..5 {
            std::fs::write(folder.join("a.xml"), number.to_string()).unwrap();
        }
        assert_eq!(told(&mut watch).await, one_folder);
        let quiet = tokio::time::timeout(Duration::from_millis(300), watch.changed()).await;
        assert!(quiet.is_err(), "five writes are one change");
        std::fs::write(folder.join("a.xml.tmp"), "2").unwrap();
        std::fs::rename(folder.join("a.xml.tmp"), folder.join("a.xml")).unwrap();
        assert_eq!(told(&mut watch).await, one_folder);
        std::fs::write(folder.join("below/b.xml"), "1").unwrap();
        assert_eq!(told(&mut watch).await, one_folder);
        std::fs::remove_file(folder.join("a.xml")).unwrap();
        assert_eq!(told(&mut watch).await, one_folder);
    }

    #[tokio::test]
    async fn reading_is_no_change_and_steady_writing_is_told_within_the_latest_time() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "1").unwrap();
        let mut watch = Watch::new(&[folder.path().to_owned()]).unwrap();
        let _ = std::fs::read(folder.path().join("a")).unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(300), watch.changed()).await.is_err());
        let path = folder.path().join("a");
        let writing = tokio::spawn(async move {
            for number in 0..40 {
                tokio::fs::write(&path, number.to_string()).await.unwrap();
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        });
        tokio::time::timeout(Duration::from_millis(700), watch.changed()).await.unwrap().unwrap();
        writing.abort();
    }
}
