//! What every answer looks at: the files, and the unit in which the editor counts. In: places as the editor names them.
//! Out: files and offsets, and back.

use std::ops::Range;

use lsp_types::{Location, Position, TextDocumentPositionParams, Uri};
use vestibule_engine::syntax::fold;

use super::file::{File, Key};
use super::language::Sort;
use super::names::Mention;
use super::place::Unit;
use super::workspace::Workspace;

/// The files as one answer sees them.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// All files.
    pub(super) workspace: &'a Workspace,
    /// The unit of columns.
    pub(super) unit: Unit,
}

/// A place in a file.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    /// The file.
    pub(super) file: &'a File,
    /// The offset in bytes.
    pub(super) offset: usize,
}

/// An id at a place.
pub(super) type Found<'a> = (&'a File, &'a Mention);

impl<'a> View<'a> {
    /// The file and offset that the editor means.
    pub(super) fn spot(self, at: &TextDocumentPositionParams) -> Option<Spot<'a>> {
        let file = self.file(&at.text_document.uri)?;
        Some(Spot { file, offset: self.offset(file, at.position) })
    }

    /// The file of a document.
    pub(super) fn file(self, uri: &Uri) -> Option<&'a File> {
        self.workspace.file_of(uri)
    }

    /// The offset of a place.
    pub(super) fn offset(self, file: &File, position: Position) -> usize {
        file.lines.offset(&file.text, position, self.unit)
    }

    /// A range of a file as the editor counts.
    pub(super) fn range(self, file: &File, range: &Range<usize>) -> lsp_types::Range {
        file.lines.range(&file.text, range, self.unit)
    }

    /// A range of a file with the file.
    pub(super) fn location(self, file: &File, range: &Range<usize>) -> Location {
        Location { uri: file.uri.clone(), range: self.range(file, range) }
    }

    /// `file:line` for people.
    pub(super) fn line(self, file: &File, offset: usize) -> String {
        let line = file.lines.position(&file.text, offset, self.unit).line + 1;
        format!("{}:{line}", file.name)
    }

    fn files(self, keys: &[Key]) -> impl Iterator<Item = &'a File> {
        keys.iter().filter_map(move |key| self.workspace.file(key))
    }

    /// The file, its bases and whatever builds on it, nearest first.
    pub(super) fn related(self, file: &File) -> Vec<&'a File> {
        self.files(&self.workspace.related(&file.key)).collect()
    }

    /// The bases of a file, nearest first.
    pub(super) fn above(self, file: &File) -> Vec<&'a File> {
        self.files(&self.workspace.above(&file.key)).collect()
    }

    /// Where the thing that a file calls `id` is declared: in the file itself, up its chain, then in what builds on it.
    /// An exchange is looked for in its own journey first.
    pub(super) fn declarations(self, from: Found<'_>) -> Vec<Found<'a>> {
        let (file, mention) = from;
        let id = fold(file.slice(&mention.range));
        let all: Vec<Found<'a>> = self.declared(file, mention.sort, &id);
        let Some(journey) = journey(from).filter(|_| mention.sort == Sort::Exchange) else { return all };
        let here: Vec<Found<'a>> =
            all.iter().filter(|found| self::journey(**found).as_ref() == Some(&journey)).copied().collect();
        if here.is_empty() { all } else { here }
    }

    /// All declarations of an id that a file can mean; `id` folded.
    pub(super) fn declared(self, file: &File, sort: Sort, id: &str) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        for other in self.related(file) {
            found.extend(other.names.of(sort, id).filter(|one| one.declares).map(|one| (other, one)));
        }
        found
    }

    /// Every place where the same thing is named: in the files that can mean it, and in those that can mean it from
    /// there; not in an unrelated file that happens to use the id.
    pub(super) fn mentions(self, file: &File, sort: Sort, id: &str) -> Vec<Found<'a>> {
        let mut family: Vec<Key> = vec![file.key.clone()];
        let mut next = 0;
        while let Some(key) = family.get(next).cloned() {
            next += 1;
            for other in self.workspace.related(&key) {
                let has = self.workspace.file(&other).is_some_and(|file| file.names.has(sort, id));
                if has && !family.contains(&other) {
                    family.push(other);
                }
            }
        }
        family.sort();
        let of = |file: &'a File| file.names.of(sort, id).map(move |one| (file, one));
        self.files(&family).flat_map(of).collect()
    }
}

/// The folded id of the journey or sub-journey around a mention.
fn journey((file, mention): Found<'_>) -> Option<String> {
    let around = |name| file.around(mention.node, name);
    let journey = around("UserJourney").or_else(|| around("SubJourney"))?;
    file.attribute(journey, "Id").map(fold)
}
