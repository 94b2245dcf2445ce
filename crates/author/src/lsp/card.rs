//! What an id amounts to: where the thing is declared and overridden, and its parts after the merge, each with the place
//! it comes from. In: an id at a place. Out: Markdown.

use vestibule_engine::inherit::{self, Effective};
use vestibule_engine::source::{Sources, Span};
use vestibule_engine::syntax::{self, TrustFrameworkPolicy, fold, same_id};

use super::file::File;
use super::language::Sort;
use super::parts::{self, Part};
use super::view::{Found, View};

/// Parts shown of one thing.
const MOST_PARTS: usize = 60;
/// Declarations listed.
const MOST_PLACES: usize = 12;

/// A chain of files as one policy.
pub(super) struct Merged<'a> {
    /// The policy's own file first, then its bases.
    files: Vec<&'a File>,
    /// What they amount to.
    pub(super) policy: Effective,
}

impl<'a> Merged<'a> {
    /// Merges a file with its bases; nothing if one of them cannot be read.
    fn of(view: View<'a>, leaf: &'a File) -> Option<Self> {
        let files: Vec<&File> = std::iter::once(leaf).chain(view.above(leaf)).collect();
        let mut sources = Sources::default();
        for file in &files {
            file.add_to(&mut sources);
        }
        let trees: Vec<TrustFrameworkPolicy> = sources.iter().map(|source| syntax::parse(source).0).collect();
        let chain = inherit::chain(trees.first()?, &trees).ok()?;
        Some(Self { files, policy: inherit::merge(&chain)? })
    }

    /// `file:line` of a span.
    fn place(&self, view: View<'_>, span: Span) -> Option<String> {
        let file = self.files.get(span.source.index())?;
        Some(view.line(file, span.start as usize + file.shift()))
    }
}

/// The card of an id.
pub(super) fn card(view: View<'_>, found: Found<'_>) -> String {
    let (file, mention) = found;
    let id = file.slice(&mention.range);
    let declared = view.declarations(found);
    let name = declared.first().map_or(id, |(file, mention)| file.slice(&mention.range));
    let mut text = format!("**{}** `{name}`", mention.sort.noun());
    text.push_str(&places(view, &declared));
    if mention.sort == Sort::Policy {
        text.push_str(&policy(view, &declared));
    } else if let Some((merged, parts)) = effective(view, file, mention.sort, id) {
        let owner = merged.policy.policy_id.as_ref().map_or("", |id| id.as_str());
        text.push_str(&format!("\n\nIn `{owner}`:\n"));
        let left_out = parts.len().saturating_sub(MOST_PARTS);
        for part in parts.iter().take(MOST_PARTS) {
            let place = part.span.and_then(|span| merged.place(view, span));
            let place = place.map(|place| format!(" — {place}")).unwrap_or_default();
            text.push_str(&format!("\n- {}{place}", part.text));
        }
        if left_out > 0 {
            text.push_str(&format!("\n- … and {left_out} more"));
        }
    }
    text
}

/// Where a thing is declared, and which of the other declarations lie below and above that one.
fn places(view: View<'_>, declared: &[Found<'_>]) -> String {
    let Some(((file, mention), others)) = declared.split_first() else {
        return "\n\nDeclared nowhere in the policies that this file can see.".to_owned();
    };
    let below = view.workspace.below(&file.key);
    let lines = |overrides: bool| {
        let of = others.iter().take(MOST_PLACES).filter(|(other, _)| below.contains(&other.key) == overrides);
        of.map(|(file, mention)| view.line(file, mention.range.start)).collect::<Vec<_>>().join(", ")
    };
    let mut text = format!("\n\nDeclared in {}", view.line(file, mention.range.start));
    for (words, lines) in [(", over ", lines(false)), (", overridden in ", lines(true))] {
        if !lines.is_empty() {
            text.push_str(&format!("{words}{lines}"));
        }
    }
    text
}

/// A policy's chain.
fn policy(view: View<'_>, declared: &[Found<'_>]) -> String {
    let Some((file, _)) = declared.first() else { return String::new() };
    let names = |files: Vec<&File>| {
        let ids = files.into_iter().filter_map(|file| Some(file.slice(&file.policy_id()?.range).to_owned()));
        ids.collect::<Vec<_>>().join("` → `")
    };
    let above = names(view.above(file));
    if above.is_empty() {
        "\n\nIt builds on no other policy.".to_owned()
    } else {
        format!("\n\nBuilds on `{above}`")
    }
}

/// The parts of a thing as the furthest policy sees it that everything which builds on the file builds on too; failing
/// that, as the file itself, or anything that builds on it.
fn effective<'a>(view: View<'a>, file: &'a File, sort: Sort, id: &str) -> Option<(Merged<'a>, Vec<Part>)> {
    let mut leaf = &file.key;
    for _ in 0..MOST_PLACES {
        match view.workspace.children(leaf) {
            [only] => leaf = only,
            _ => break,
        }
    }
    let below = view.workspace.below(&file.key);
    let keys = [leaf, &file.key].into_iter().chain(&below);
    for leaf in keys.take(20).filter_map(|key| view.workspace.file(key)) {
        let Some(merged) = Merged::of(view, leaf) else { continue };
        let parts = parts::of(&merged.policy, sort, id);
        if !parts.is_empty() {
            return Some((merged, parts));
        }
    }
    None
}

/// The technical profile of that id with everything it includes.
pub(super) fn with_includes(policy: &Effective, id: &str) -> Option<syntax::TechnicalProfile> {
    let find = |id: &str| policy.technical_profiles.iter().find(|one| same_id(&one.id, id));
    let mut chain = vec![find(id)?];
    while let Some(next) =
        chain.last().and_then(|one| one.include_technical_profile.as_ref()).and_then(|id| find(id))
    {
        let again = chain.iter().any(|one| fold(&one.id) == fold(&next.id));
        if again || chain.len() > 20 {
            break;
        }
        chain.push(next);
    }
    let mut whole = syntax::TechnicalProfile::clone(chain.pop()?);
    while let Some(one) = chain.pop() {
        whole = inherit::include_profile(&whole, one);
    }
    Some(whole)
}
