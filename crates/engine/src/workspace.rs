//! Policy files that change one at a time, as under an editor's hands. In: files, and their texts again and again. Out:
//! the same as a compilation from nothing says of all of them, by no more work than a change asks for.
//!
//! Must not be known here: folders, documents of a protocol, which files belong together.

use crate::check::Kept;
use crate::diagnostic::Diagnostics;
use crate::lint::Levels;
use crate::source::{SourceId, Sources};
use crate::syntax::TrustFrameworkPolicy;
use crate::{Compiled, Options, Parsed, Purpose};

/// Files that are compiled together, with what is known of them.
///
/// A file keeps its number as long as the workspace lives, also when its text changes or when it is removed and put
/// back, so spans of diagnostics stay meaningful from one change to the next.
#[derive(Debug, Default)]
pub struct Workspace {
    purpose: Purpose,
    levels: Option<Levels>,
    sources: Sources,
    /// By [`SourceId::index`]; none for a file that was removed.
    files: Vec<Option<Parsed>>,
    /// What earlier checks have left.
    kept: Kept,
    /// Until the next change.
    compiled: Option<Compiled>,
}

impl Workspace {
    /// Without files; `levels` are those of the lints, which do not run without.
    pub fn new(purpose: Purpose, levels: Option<Levels>) -> Self {
        Self { purpose, levels, ..Self::default() }
    }

    /// Puts a file in, or a new text in the place of the file's old one; `name` tells files apart and stands in
    /// diagnostics. Only this file is parsed, and not even it if the text is the same.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> SourceId {
        let Some(id) = self.id(name) else {
            let id = self.sources.add(name, bytes);
            self.files.push(None);
            self.read(id);
            return id;
        };
        let before = self.sources.get(id).filter(|source| source.damage().is_none());
        if self.tree(id).is_none() || before.is_none_or(|before| before.text().as_bytes() != bytes) {
            self.sources.replace(id, bytes);
            self.read(id);
        }
        id
    }

    /// Takes a file out.
    pub fn remove(&mut self, name: &str) {
        if let Some(id) = self.id(name) {
            self.sources.replace(id, b"");
            if let Some(file) = self.files.get_mut(id.index()) {
                *file = None;
            }
            self.compiled = None;
        }
    }

    /// The number of the file of this name, removed or not.
    pub fn id(&self, name: &str) -> Option<SourceId> {
        self.sources.iter().find(|source| source.name() == name).map(|source| source.id())
    }

    /// The texts; that of a removed file is empty.
    pub const fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The tree of a file that is there.
    pub fn tree(&self, id: SourceId) -> Option<&TrustFrameworkPolicy> {
        self.files.get(id.index())?.as_ref().map(|file| &file.tree)
    }

    /// The policies of all files and everything that is to be said about them, by file and place.
    pub fn compiled(&mut self) -> &Compiled {
        if self.compiled.is_none() {
            self.kept.tidy();
        }
        self.compiled.get_or_insert_with(|| {
            let files: Vec<&Parsed> = self.files.iter().flatten().collect();
            let options =
                Options { purpose: self.purpose, lints: self.levels.as_ref(), ..Options::default() };
            crate::compile_parsed(&self.sources, &files, options, &self.kept)
        })
    }

    /// What [`Workspace::compiled`] says about the files.
    pub fn diagnostics(&mut self) -> &Diagnostics {
        &self.compiled().diagnostics
    }

    fn read(&mut self, id: SourceId) {
        let parsed = self.sources.get(id).map(Parsed::of);
        if let Some(file) = self.files.get_mut(id.index()) {
            *file = parsed;
        }
        self.compiled = None;
    }
}

#[cfg(test)]
#[path = "workspace_tests.rs"]
mod tests;
