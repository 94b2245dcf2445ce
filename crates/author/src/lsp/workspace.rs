//! All policy files the editor may ask about: those of its folders, overlaid by what is open. In: documents, folders,
//! news of the disk. Out: files, and which of them build on which.
//!
//! Policies of several sets may lie in one folder under the same ids, as in a collection of samples; a base is the file
//! of that id which lies nearest. Must not be known here: the compiler, the protocol.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use lsp_types::{TextDocumentContentChangeEvent, Uri};
use vestibule_engine::source::MAX_BYTES;
use vestibule_engine::syntax::fold;

use super::file::{File, Key};
use super::place::Unit;
use super::uri;

/// Policy files looked at; a tenant has at most 200 policies (policy-language 1.3).
const MOST_FILES: usize = 3_000;
/// Entries of folders looked at when policies are searched.
const MOST_ENTRIES: usize = 100_000;
/// How deep below a folder policies are searched.
const MOST_DEPTH: usize = 12;

/// The files.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    files: BTreeMap<Key, File>,
    folders: Vec<PathBuf>,
    /// What each file names as its base and is called: while that stays, the sets stay.
    heads: BTreeMap<Key, Head>,
    bases: HashMap<Key, Vec<Key>>,
    children: HashMap<Key, Vec<Key>>,
    sets: Vec<Vec<Key>>,
    set_of: HashMap<Key, usize>,
    touched: BTreeSet<Key>,
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    id: Option<String>,
    base: Option<String>,
    policy: bool,
}

impl Workspace {
    /// Takes over the editor's folders and searches them for policies.
    pub(super) fn add_folders(&mut self, folders: impl IntoIterator<Item = PathBuf>) {
        for folder in folders {
            if !self.folders.contains(&folder) {
                self.folders.push(folder.clone());
                self.search(&folder, MOST_DEPTH);
            }
        }
        self.relate();
    }

    /// Forgets a folder and its files, except open ones.
    pub(super) fn remove_folder(&mut self, folder: &Path) {
        self.folders.retain(|other| other != folder);
        let gone = |file: &File| {
            file.version.is_none() && file.path.as_ref().is_some_and(|path| path.starts_with(folder))
        };
        let keys: Vec<Key> =
            self.files.values().filter(|file| gone(file)).map(|file| file.key.clone()).collect();
        for key in keys {
            self.forget(&key);
        }
        self.relate();
    }

    /// A document was opened.
    pub(super) fn open(&mut self, uri: &Uri, version: i32, text: String) {
        let key = key_of(uri);
        if self.files.len() >= MOST_FILES && !self.files.contains_key(&key) {
            return;
        }
        let path = uri::path(uri);
        // Without a folder of the workspace around it, its own folder is the workspace.
        let home = path.as_ref().and_then(|path| path.parent());
        if let Some(home) = home.filter(|home| !self.folders.iter().any(|folder| home.starts_with(folder))) {
            self.search(home, 0);
        }
        let name = self.name(path.as_deref(), uri);
        let file =
            self.files.entry(key.clone()).or_insert_with(|| File::new(key.clone(), uri.clone(), path, name));
        file.uri = uri.clone();
        file.open(version, text);
        self.touched.insert(key);
        self.relate();
    }

    /// A document was edited.
    pub(super) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        unit: Unit,
    ) {
        let key = key_of(uri);
        let Some(file) = self.files.get_mut(&key).filter(|file| file.version.is_some()) else { return };
        file.change(version, changes, unit);
        self.touched.insert(key);
        self.relate();
    }

    /// A document was closed: from now on the disk counts.
    pub(super) fn close(&mut self, uri: &Uri) {
        let key = key_of(uri);
        let Some(file) = self.files.get_mut(&key) else { return };
        file.version = None;
        self.reload(&key);
        self.relate();
    }

    /// Something happened to a file on the disk.
    pub(super) fn news(&mut self, uri: &Uri) {
        let key = key_of(uri);
        let open = self.files.get(&key).is_some_and(|file| file.version.is_some());
        if open {
            return;
        }
        if self.files.contains_key(&key) {
            self.reload(&key);
        } else if let Some(path) = uri::path(uri).filter(|path| is_xml(path)) {
            self.read(&path);
        }
        self.relate();
    }

    /// Reads a closed file again, or forgets it if it is gone.
    fn reload(&mut self, key: &Key) {
        let path = self.files.get(key).and_then(|file| file.path.clone());
        if !path.is_some_and(|path| self.read(&path)) {
            self.forget(key);
        }
    }

    fn forget(&mut self, key: &Key) {
        self.files.remove(key);
        self.touched.insert(key.clone());
    }

    /// Reads every policy below a folder. Links are not followed, so that there is an end.
    fn search(&mut self, folder: &Path, depth: usize) {
        let mut queue = VecDeque::from([(folder.to_owned(), depth)]);
        let mut entries = 0;
        while let Some((folder, depth)) = queue.pop_front() {
            let Ok(list) = fs::read_dir(&folder) else { continue };
            let mut paths: Vec<_> = list.flatten().take(MOST_ENTRIES).collect();
            paths.sort_by_key(fs::DirEntry::path);
            for entry in paths {
                entries += 1;
                if entries > MOST_ENTRIES || self.files.len() >= MOST_FILES {
                    return;
                }
                let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
                let name = entry.file_name();
                let skipped =
                    name.to_str().is_none_or(|name| name.starts_with('.') || name == "node_modules");
                if kind.is_dir() && depth > 0 && !skipped {
                    queue.push_back((path, depth - 1));
                } else if kind.is_file() && is_xml(&path) && !self.files.contains_key(&key_of_path(&path)) {
                    self.read(&path);
                }
            }
        }
    }

    /// Reads one file; false if it is not there or no policy.
    fn read(&mut self, path: &Path) -> bool {
        let Some(uri) = uri::uri(path) else { return false };
        let Ok(about) = fs::metadata(path) else { return false };
        let key = key_of_path(path);
        let name = self.name(Some(path), &uri);
        let mut file = File::new(key.clone(), uri, Some(path.to_owned()), name);
        if about.len() > MAX_BYTES {
            // Other XML files may be as large as they like.
            if !self.files.contains_key(&key) {
                return false;
            }
            file.too_large(about.len());
        } else {
            let Ok(bytes) = fs::read(path) else { return false };
            file.load(bytes);
            if !file.text.contains("TrustFrameworkPolicy") {
                return false;
            }
        }
        if self.files.len() >= MOST_FILES && !self.files.contains_key(&key) {
            return false;
        }
        self.files.insert(key.clone(), file);
        self.touched.insert(key);
        true
    }

    /// The path from the workspace's folder on, or the URI.
    fn name(&self, path: Option<&Path>, uri: &Uri) -> String {
        let Some(path) = path else { return uri.as_str().to_owned() };
        let below = self.folders.iter().find_map(|folder| path.strip_prefix(folder).ok());
        let short = below.or_else(|| path.file_name().map(Path::new)).unwrap_or(path);
        short.to_string_lossy().into_owned()
    }

    /// The file of a document.
    pub(super) fn file_of(&self, uri: &Uri) -> Option<&File> {
        self.files.get(&key_of(uri))
    }

    /// A file.
    pub(super) fn file(&self, key: &str) -> Option<&File> {
        self.files.get(key)
    }

    /// All files.
    pub(super) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }

    /// The files that are compiled together with one, itself included, in the order of their keys.
    #[cfg(test)]
    fn set(&self, key: &str) -> &[Key] {
        self.set_of.get(key).and_then(|index| self.sets.get(*index)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The files that a file builds on, nearest first.
    pub(super) fn above(&self, key: &Key) -> Vec<Key> {
        walk(key, &self.bases)
    }

    /// The files that name a file as their base.
    pub(super) fn children(&self, key: &Key) -> &[Key] {
        self.children.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// The files that build on a file, nearest first.
    pub(super) fn below(&self, key: &Key) -> Vec<Key> {
        walk(key, &self.children)
    }

    /// The file itself, what it builds on, and what builds on it, in this order: the files whose ids it can name.
    pub(super) fn related(&self, key: &Key) -> Vec<Key> {
        let mut all = vec![key.clone()];
        for other in self.above(key).into_iter().chain(self.below(key)) {
            if !all.contains(&other) {
                all.push(other);
            }
        }
        all
    }

    /// Every set of files of which one changed since the last call, and files that belong to none any more.
    pub(super) fn changed_sets(&mut self) -> (Vec<Vec<Key>>, Vec<Key>) {
        let touched = std::mem::take(&mut self.touched);
        let sets: BTreeSet<usize> = touched.iter().filter_map(|key| self.set_of.get(key)).copied().collect();
        let gone = touched.into_iter().filter(|key| !self.set_of.contains_key(key)).collect();
        (sets.iter().filter_map(|index| self.sets.get(*index)).cloned().collect(), gone)
    }

    /// Brings the heads of what was touched up to date; whether one changed.
    fn heads_changed(&mut self) -> bool {
        let mut changed = false;
        for key in &self.touched {
            let head = self.files.get(key).map(head);
            if self.heads.get(key) != head.as_ref() {
                changed = true;
                match head {
                    Some(head) => self.heads.insert(key.clone(), head),
                    None => self.heads.remove(key),
                };
            }
        }
        changed
    }

    /// Finds out anew which file builds on which, if a head changed.
    fn relate(&mut self) {
        if !self.heads_changed() {
            return;
        }
        let sets = std::mem::take(&mut self.sets);
        self.bases.clear();
        self.children.clear();
        let mut named: HashMap<&str, Vec<&Key>> = HashMap::new();
        for (key, head) in &self.heads {
            if let Some(id) = &head.id {
                named.entry(id).or_default().push(key);
            }
        }
        for (key, head) in &self.heads {
            let candidates =
                head.base.as_deref().and_then(|base| named.get(base)).cloned().unwrap_or_default();
            for base in nearest(key, &candidates) {
                self.bases.entry(key.clone()).or_default().push(base.clone());
                self.children.entry(base).or_default().push(key.clone());
            }
        }
        let twins = twins(&named);
        self.group(&twins);
        // Whoever is compiled with other files than before is to be looked at again.
        let before: HashMap<&Key, &Vec<Key>> =
            sets.iter().flat_map(|set| set.iter().map(move |key| (key, set))).collect();
        for set in &self.sets {
            let moved = set.iter().filter(|key| before.get(*key).copied() != Some(set));
            self.touched.extend(moved.cloned());
        }
    }

    fn group(&mut self, twins: &HashMap<Key, Vec<Key>>) {
        self.set_of.clear();
        let policies = self.heads.iter().filter(|(_, head)| head.policy).map(|(key, _)| key.clone());
        for key in policies.collect::<Vec<_>>() {
            if self.set_of.contains_key(&key) {
                continue;
            }
            let index = self.sets.len();
            let mut set = BTreeSet::from([key.clone()]);
            let mut queue = vec![key];
            while let Some(key) = queue.pop() {
                let near = [&self.bases, &self.children, twins]
                    .into_iter()
                    .filter_map(|map| map.get(&key))
                    .flatten();
                for other in near {
                    if set.insert(other.clone()) {
                        queue.push(other.clone());
                    }
                }
            }
            for key in &set {
                self.set_of.insert(key.clone(), index);
            }
            self.sets.push(set.into_iter().collect());
        }
    }
}

fn head(file: &File) -> Head {
    let id = |mention: Option<&super::names::Mention>| mention.map(|one| fold(file.slice(&one.range)));
    Head { id: id(file.policy_id()), base: id(file.base_id()), policy: file.is_policy() }
}

/// Files of one folder with one id: which of them counts is not for us to say.
fn twins(named: &HashMap<&str, Vec<&Key>>) -> HashMap<Key, Vec<Key>> {
    let mut twins: HashMap<Key, Vec<Key>> = HashMap::new();
    for keys in named.values().filter(|keys| keys.len() > 1) {
        for key in keys {
            let here = keys.iter().filter(|other| *other != key && folder(other) == folder(key));
            let list: Vec<Key> = here.map(|other| (*other).clone()).collect();
            if !list.is_empty() {
                twins.insert((*key).clone(), list);
            }
        }
    }
    twins
}

/// Those of the candidates to which the way through the folders is the shortest.
fn nearest(key: &Key, candidates: &[&Key]) -> Vec<Key> {
    let others: Vec<(usize, &Key)> = candidates
        .iter()
        .filter(|other| **other != key)
        .map(|other| (distance(key, other), *other))
        .collect();
    let best = others.iter().map(|(distance, _)| *distance).min();
    others.into_iter().filter(|(distance, _)| Some(*distance) == best).map(|(_, key)| key.clone()).collect()
}

/// Folders to go up, which weigh more, and down.
fn distance(from: &str, to: &str) -> usize {
    let (from, to) = (folder(from), folder(to));
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    (from.len() - shared) * 1_000 + (to.len() - shared)
}

fn folder(key: &str) -> &Path {
    Path::new(key).parent().unwrap_or(Path::new(""))
}

/// Everything reachable from a file, itself left out, nearest first.
fn walk(start: &Key, next: &HashMap<Key, Vec<Key>>) -> Vec<Key> {
    let mut found: Vec<Key> = Vec::new();
    let mut queue = VecDeque::from([start.clone()]);
    let mut seen = BTreeSet::from([start.clone()]);
    while let Some(key) = queue.pop_front() {
        for other in next.get(&key).into_iter().flatten() {
            if seen.insert(other.clone()) {
                found.push(other.clone());
                queue.push_back(other.clone());
            }
        }
    }
    found
}

fn is_xml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}

/// What a document is known by.
pub(super) fn key_of(uri: &Uri) -> Key {
    match uri::path(uri) {
        Some(path) => key_of_path(&path),
        None => Arc::from(uri.as_str()),
    }
}

fn key_of_path(path: &Path) -> Key {
    Arc::from(path.to_string_lossy().as_ref())
}

#[cfg(test)]
#[path = "workspace_tests.rs"]
mod tests;
