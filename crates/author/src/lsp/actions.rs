//! Quick fixes. In: the diagnostics that the editor shows at a place. Out: edits: the name that was likely meant, a
//! setting, attribute or element that is missing.

use std::collections::HashMap;
use std::ops::Range;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, Diagnostic,
    NumberOrString, TextEdit, Uri, WorkspaceEdit,
};

use super::file::File;
use super::findings::Findings;
use super::markup::NodeId;
use super::rename::touches;
use super::snippets::{self, indent};
use super::view::View;

/// Fixes for what is wrong at a place.
pub(super) fn actions(
    view: View<'_>,
    told: &Findings,
    params: &CodeActionParams,
) -> Option<CodeActionResponse> {
    let file = view.file(&params.text_document.uri)?;
    let offsets = |range: lsp_types::Range| view.offset(file, range.start)..view.offset(file, range.end);
    let here = offsets(params.range);
    let wanted = params.context.only.as_ref().is_none_or(|only| {
        only.iter().any(|kind| *kind == CodeActionKind::QUICKFIX || *kind == CodeActionKind::EMPTY)
    });
    let list = told.get(&file.key).into_iter().flatten().filter(|_| wanted);
    let mut fixes = Vec::new();
    for diagnostic in list {
        let range = offsets(diagnostic.range);
        if touches(&range, &here) {
            fixes.extend(meant(view, file, diagnostic, &range));
            fixes.extend(missing(view, file, diagnostic, &range));
        }
    }
    Some(fixes.into_iter().map(CodeActionOrCommand::CodeAction).collect())
}

fn fix(title: String, file: &File, diagnostic: &Diagnostic, edits: Vec<TextEdit>) -> CodeAction {
    #[expect(clippy::mutable_key_type, reason = "the protocol's own type; its hash does not change")]
    let changes: HashMap<Uri, Vec<TextEdit>> = HashMap::from([(file.uri.clone(), edits)]);
    CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostic.clone()]),
        edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
        is_preferred: Some(true),
        ..CodeAction::default()
    }
}

/// What stands in backticks behind `before` in one of the lines.
fn quoted<'d>(message: &'d str, before: &str) -> Option<&'d str> {
    let rest = message.lines().find_map(|line| line.split_once(before).map(|(_, rest)| rest))?;
    rest.split('`').next().filter(|name| !name.is_empty())
}

/// "did you mean": the name replaces what is underlined, or the wrong word in it.
fn meant(view: View<'_>, file: &File, diagnostic: &Diagnostic, range: &Range<usize>) -> Option<CodeAction> {
    let name = quoted(&diagnostic.message, "did you mean `")?;
    // An element is underlined with its bracket; its other tag changes with it.
    let tag = file.slice(range).starts_with('<');
    let start = range.start + usize::from(tag);
    let node = file.markup.at(range.start).and_then(|id| file.node(id)).filter(|_| tag);
    let places = std::iter::once(start..range.end).chain(node.and_then(|node| node.end_name.clone()));
    let edit = |place: Range<usize>| TextEdit { range: view.range(file, &place), new_text: name.to_owned() };
    Some(fix(format!("Change to `{name}`"), file, diagnostic, places.map(edit).collect()))
}

/// A metadata item, attribute or element that is missing is added where it belongs.
fn missing(view: View<'_>, file: &File, diagnostic: &Diagnostic, range: &Range<usize>) -> Option<CodeAction> {
    let Some(NumberOrString::String(code)) = &diagnostic.code else { return None };
    let node = file.markup.at(range.start)?;
    let message = &diagnostic.message;
    let (what, edit) = match code.as_str() {
        "V0506" => {
            let key = quoted(message, "metadata item `")?;
            (format!("Add the metadata item `{key}`"), item(view, file, node, key)?)
        }
        "V0105" => {
            let name = quoted(message, "lacks the attribute `")?;
            (format!("Add the attribute `{name}`"), attribute(view, file, node, name)?)
        }
        "V0104" => {
            let name = quoted(message, "lacks the element `")?;
            // The finding may stand at the element before which the missing one belongs.
            let owner = file.around(node, quoted(message, "`")?)?;
            (format!("Add the element `{name}`"), element(view, file, owner, name)?)
        }
        _ => return None,
    };
    Some(fix(what, file, diagnostic, vec![edit]))
}

fn insert(view: View<'_>, file: &File, at: usize, new_text: String) -> TextEdit {
    TextEdit { range: view.range(file, &(at..at)), new_text }
}

fn item(view: View<'_>, file: &File, node: NodeId, key: &str) -> Option<TextEdit> {
    let profile = file.around(node, "TechnicalProfile")?;
    let line = format!("<Item Key=\"{key}\"></Item>");
    let Some(metadata) = file.child(profile, "Metadata").and_then(|id| file.node(id)) else {
        let inner = format!("  {line}");
        return child(view, file, profile, "Metadata", &["<Metadata>", &inner, "</Metadata>"]);
    };
    let margin = indent(file, metadata.tag.start);
    // The end tag stands behind its own indentation.
    let end = file.slice(&(metadata.inner.start..metadata.inner.end)).trim_end().len() + metadata.inner.start;
    Some(insert(view, file, end, format!("\n{margin}  {line}")))
}

fn attribute(view: View<'_>, file: &File, node: NodeId, name: &str) -> Option<TextEdit> {
    let node = file.node(node)?;
    Some(insert(view, file, node.name.end, format!(" {name}=\"\"")))
}

fn element(view: View<'_>, file: &File, node: NodeId, name: &str) -> Option<TextEdit> {
    let known = file.place(node)?.child(name)?;
    let line = snippets::plain(known);
    child(view, file, node, name, &[&line])
}

/// Puts a child where the schema wants it: before the first that must stand behind it, else at the end.
fn child(view: View<'_>, file: &File, parent: NodeId, name: &str, lines: &[&str]) -> Option<TextEdit> {
    let (node, known) = (file.node(parent)?, file.place(parent)?);
    if node.inner.is_empty() {
        return None;
    }
    let rank = |name: &str| known.children.iter().position(|child| child.name == name);
    let own = rank(name)?;
    let margin = format!("{}  ", indent(file, node.tag.start));
    let children = || file.markup.children(parent);
    let behind = children().find(|(_, child)| rank(child.name(&file.text)).is_some_and(|other| other > own));
    let block = lines.join(&format!("\n{margin}"));
    match behind {
        Some((_, child)) => Some(insert(view, file, child.tag.start, format!("{block}\n{margin}"))),
        None => {
            let end = children().last().map_or(node.tag.end, |(_, child)| child.whole.end);
            Some(insert(view, file, end, format!("\n{margin}{block}")))
        }
    }
}
