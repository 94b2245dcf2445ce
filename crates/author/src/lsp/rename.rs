//! Giving a thing another id, in every file of the workspace that names it. In: a place and the new id. Out: edits, or
//! why not.

use std::collections::HashMap;
use std::ops::Range;

use lsp_types::{
    PrepareRenameResponse, RenameParams, TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};
use vestibule_engine::syntax::fold;

use super::answers::Refusal;
use super::language::Sort;
use super::navigate::id_at;
use super::view::View;

/// The longest id taken.
const MOST_LETTERS: usize = 200;

/// The id that would be renamed.
pub(super) fn prepare(
    view: View<'_>,
    at: &TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>, Refusal> {
    let Some((file, mention)) = view.spot(at).and_then(id_at) else { return Ok(None) };
    let placeholder = file.slice(&mention.range).to_owned();
    let id = fold(&placeholder);
    if view.declared(file, mention.sort, &id).is_empty() {
        return Err(unknown(mention.sort, &placeholder));
    }
    let range = view.range(file, &mention.range);
    Ok(Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder }))
}

/// The edits.
pub(super) fn rename(view: View<'_>, params: &RenameParams) -> Result<Option<WorkspaceEdit>, Refusal> {
    let Some((file, mention)) = view.spot(&params.text_document_position).and_then(id_at) else {
        return Err(Refusal::failed("there is no id here that could be renamed"));
    };
    let written = file.slice(&mention.range);
    let (sort, old, new) = (mention.sort, fold(written), params.new_name.trim());
    check(sort, new)?;
    if view.declared(file, sort, &old).is_empty() {
        return Err(unknown(sort, written));
    }
    let mentions = view.mentions(file, sort, &old);
    // Another case of the same id clashes with nothing.
    if fold(new) != old {
        for (other, _) in &mentions {
            if let Some((taken, place)) = view.declared(other, sort, &fold(new)).first() {
                let line = view.line(taken, place.range.start);
                return Err(Refusal::failed(format!("there is a {} `{new}` already: {line}", sort.noun())));
            }
        }
    }
    #[expect(clippy::mutable_key_type, reason = "the protocol's own type; its hash does not change")]
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for (file, mention) in mentions {
        let edit = TextEdit { range: view.range(file, &mention.range), new_text: new.to_owned() };
        changes.entry(file.uri.clone()).or_default().push(edit);
    }
    Ok(Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }))
}

fn unknown(sort: Sort, id: &str) -> Refusal {
    Refusal::failed(format!("the {} `{id}` is declared nowhere", sort.noun()))
}

/// Whether an id can be written wherever it is named (policy-language 1.1, 4.1): no markup, no white space, no braces or
/// commas, which end it in resolvers and lists.
fn check(sort: Sort, id: &str) -> Result<(), Refusal> {
    let plain = |one: char| one.is_alphanumeric() || matches!(one, '_' | '-' | '.');
    let fits = |one: char| match sort {
        Sort::Policy => one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.'),
        _ => plain(one),
    };
    if id.is_empty() || id.chars().count() > MOST_LETTERS {
        return Err(Refusal::failed(format!("an id has 1 to {MOST_LETTERS} letters")));
    }
    if let Some(odd) = id.chars().find(|one| !fits(*one)) {
        return Err(Refusal::failed(format!("`{odd}` cannot stand in the id of a {}", sort.noun())));
    }
    if sort == Sort::Policy && id.ends_with('.') {
        return Err(Refusal::failed("the id of a policy does not end with a full stop"));
    }
    Ok(())
}

/// Whether two ranges touch, for callers that look for edits at a place.
pub(super) fn touches(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start <= other.end && other.start <= one.end
}
