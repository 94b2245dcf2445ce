//! The shape of a file: symbols, what folds, what a selection grows to, which two tags belong together. In: a document
//! or a search. Out: trees and ranges.

use lsp_types::{
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, FoldingRange, FoldingRangeParams,
    LinkedEditingRangeParams, LinkedEditingRanges, OneOf, SelectionRange, SelectionRangeParams, SymbolKind,
    WorkspaceSymbol, WorkspaceSymbolResponse,
};

use super::file::File;
use super::language::{Sort, Value};
use super::markup::{Node, NodeId};
use super::view::View;

/// Symbols given for one search.
const MOST_FOUND: usize = 500;

/// Elements that stand in the outline though nothing refers to them: their name, the attribute that says which, and how
/// they are drawn.
const PARTS: &[(&str, Option<&str>, SymbolKind)] = &[
    ("TrustFrameworkPolicy", Some("PolicyId"), SymbolKind::MODULE),
    ("BuildingBlocks", None, SymbolKind::NAMESPACE),
    ("ClaimsSchema", None, SymbolKind::NAMESPACE),
    ("Predicates", None, SymbolKind::NAMESPACE),
    ("PredicateValidations", None, SymbolKind::NAMESPACE),
    ("InputValidations", None, SymbolKind::NAMESPACE),
    ("ClaimsTransformations", None, SymbolKind::NAMESPACE),
    ("ClientDefinitions", None, SymbolKind::NAMESPACE),
    ("ContentDefinitions", None, SymbolKind::NAMESPACE),
    ("Localization", None, SymbolKind::NAMESPACE),
    ("DisplayControls", None, SymbolKind::NAMESPACE),
    ("ClaimsProviders", None, SymbolKind::NAMESPACE),
    ("ClaimsProvider", Some("DisplayName"), SymbolKind::PACKAGE),
    ("UserJourneys", None, SymbolKind::NAMESPACE),
    ("SubJourneys", None, SymbolKind::NAMESPACE),
    ("OrchestrationStep", Some("Order"), SymbolKind::EVENT),
    ("RelyingParty", None, SymbolKind::NAMESPACE),
    ("TechnicalProfile", Some("Id"), SymbolKind::FUNCTION),
];

/// How things with ids are drawn.
fn kind(sort: Sort) -> SymbolKind {
    match sort {
        Sort::Policy => SymbolKind::MODULE,
        Sort::Claim => SymbolKind::FIELD,
        Sort::Predicate | Sort::Validation => SymbolKind::BOOLEAN,
        Sort::Transformation => SymbolKind::OPERATOR,
        Sort::Client => SymbolKind::CONSTANT,
        Sort::Content => SymbolKind::FILE,
        Sort::Resources => SymbolKind::STRING,
        Sort::Control => SymbolKind::STRUCT,
        Sort::Profile => SymbolKind::FUNCTION,
        Sort::Journey => SymbolKind::CLASS,
        Sort::SubJourney => SymbolKind::INTERFACE,
        Sort::Exchange => SymbolKind::METHOD,
    }
}

/// A row of the outline.
struct Row<'f> {
    name: String,
    detail: &'f str,
    kind: SymbolKind,
}

/// The outline of a file.
pub(super) fn symbols(view: View<'_>, params: &DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
    let file = view.file(&params.text_document.uri)?;
    // Built from the last element to the first, so that children are complete before their parent takes them.
    let mut waiting: Vec<Vec<DocumentSymbol>> = vec![Vec::new(); file.markup.nodes.len() + 1];
    let top = file.markup.nodes.len();
    for (id, node) in file.markup.nodes.iter().enumerate().rev() {
        let mut inside = waiting.get_mut(id).map(std::mem::take).unwrap_or_default();
        let slot = waiting.get_mut(node.parent.unwrap_or(top));
        match row(file, id, node) {
            Some(row) => {
                inside.reverse();
                let symbol = symbol(view, file, node, row, inside);
                slot.into_iter().for_each(|slot| slot.push(symbol.clone()));
            }
            None => slot.into_iter().for_each(|slot| slot.append(&mut inside)),
        }
    }
    let mut all = waiting.pop().unwrap_or_default();
    all.reverse();
    Some(DocumentSymbolResponse::Nested(all))
}

fn row<'f>(file: &'f File, id: NodeId, node: &Node) -> Option<Row<'f>> {
    let element = file.place(id)?;
    let declared = element.attributes.iter().find_map(|one| match one.value {
        Value::Declares(sort) => Some((one.name, sort)),
        _ => None,
    });
    let text = |name: &str| {
        let child =
            file.child(id, name).and_then(|child| file.node(child)).map(|node| node.text(&file.text).0);
        file.attribute(id, name).or(child).filter(|text| !text.trim().is_empty())
    };
    if let Some((attribute, sort)) = declared {
        return Some(Row { name: text(attribute)?.to_owned(), detail: element.name, kind: kind(sort) });
    }
    let (name, attribute, kind) = PARTS.iter().find(|(name, ..)| *name == element.name)?;
    if element.name == "TechnicalProfile"
        && file.attribute(id, "Id").is_none_or(|_| node.attributes.is_empty())
    {
        return None;
    }
    let Some(told) = attribute.and_then(text) else {
        return Some(Row { name: (*name).to_owned(), detail: "", kind: *kind });
    };
    if element.name == "OrchestrationStep" {
        let what = file.attribute(id, "Type").unwrap_or_default();
        return Some(Row { name: format!("{told} {what}").trim().to_owned(), detail: name, kind: *kind });
    }
    Some(Row { name: told.to_owned(), detail: name, kind: *kind })
}

#[expect(deprecated, reason = "the field has no other way to be left out")]
fn symbol(
    view: View<'_>,
    file: &File,
    node: &Node,
    row: Row<'_>,
    children: Vec<DocumentSymbol>,
) -> DocumentSymbol {
    DocumentSymbol {
        name: row.name,
        detail: Some(row.detail.to_owned()).filter(|detail| !detail.is_empty()),
        kind: row.kind,
        tags: None,
        deprecated: None,
        range: view.range(file, &node.whole),
        selection_range: view.range(file, &node.name),
        children: (!children.is_empty()).then_some(children),
    }
}

/// Declarations in any file whose id contains the letters of the search in order; those that contain them in one piece,
/// marks left out, come first.
pub(super) fn search(view: View<'_>, query: &str) -> Option<WorkspaceSymbolResponse> {
    let query: String = letters(query).take(200).collect();
    let mut found: Vec<(bool, WorkspaceSymbol)> = Vec::new();
    for file in view.workspace.files() {
        for mention in file.names.all().filter(|one| one.declares) {
            let name = file.slice(&mention.range);
            let id: String = letters(name).collect();
            if found.len() < MOST_FOUND && contains(&id, &query) {
                let symbol = WorkspaceSymbol {
                    name: name.to_owned(),
                    kind: kind(mention.sort),
                    tags: None,
                    container_name: Some(file.name.clone()),
                    location: OneOf::Left(view.location(file, &mention.range)),
                    data: None,
                };
                found.push((!id.contains(&query), symbol));
            }
        }
    }
    found.sort_by_key(|(scattered, _)| *scattered);
    Some(WorkspaceSymbolResponse::Nested(found.into_iter().map(|(_, symbol)| symbol).collect()))
}

fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|one| one.is_alphanumeric()).flat_map(char::to_lowercase)
}

fn contains(id: &str, query: &str) -> bool {
    let mut letters = id.chars();
    query.chars().all(|wanted| letters.any(|one| one == wanted))
}

/// Every element and comment of more than one line.
pub(super) fn folds(view: View<'_>, params: &FoldingRangeParams) -> Option<Vec<FoldingRange>> {
    let file = view.file(&params.text_document.uri)?;
    let line = |offset: usize| file.lines.position(&file.text, offset, view.unit).line;
    let elements = file.markup.nodes.iter().map(|node| (node.tag.start, node.whole.end, None));
    let comments =
        comments(&file.text).map(|(start, end)| (start, end, Some(lsp_types::FoldingRangeKind::Comment)));
    let fold = |(start, end, kind): (usize, usize, Option<lsp_types::FoldingRangeKind>)| {
        let (first, last) = (line(start), line(end.saturating_sub(1)));
        (first < last).then_some(FoldingRange {
            start_line: first,
            start_character: None,
            end_line: last,
            end_character: None,
            kind,
            collapsed_text: None,
        })
    };
    let mut folds: Vec<FoldingRange> = elements.chain(comments).filter_map(fold).collect();
    folds.sort_by_key(|fold| (fold.start_line, fold.end_line));
    Some(folds)
}

fn comments(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.find("<!--")?;
        let end = text.get(start..)?.find("-->").map_or(text.len(), |length| start + length + 3);
        at = end;
        Some((start, end))
    })
}

/// What a selection grows to: the value, the attribute's element, and outwards.
pub(super) fn selections(view: View<'_>, params: &SelectionRangeParams) -> Option<Vec<SelectionRange>> {
    let file = view.file(&params.text_document.uri)?;
    let grow = |position: &lsp_types::Position| {
        let offset = view.offset(file, *position);
        let whole = 0..file.text.len();
        let mut ranges = Vec::from([whole]);
        let inner: Vec<NodeId> =
            file.markup.at(offset).map(|id| file.markup.ancestors(id).collect()).unwrap_or_default();
        for node in inner.iter().rev().filter_map(|id| file.node(*id)) {
            ranges.push(node.whole.clone());
            if node.inner.contains(&offset) {
                ranges.push(node.inner.clone());
            }
        }
        if let Some(node) = inner.first().and_then(|id| file.node(*id)) {
            let values = node.attributes.iter().filter_map(|one| one.value.clone());
            let texts = std::iter::once(node.text(&file.text).1).filter(|range| !range.is_empty());
            ranges.extend(values.chain(texts).find(|range| range.start <= offset && offset <= range.end));
        }
        ranges.dedup();
        let chain = |parent: Option<SelectionRange>, range: &std::ops::Range<usize>| {
            Some(SelectionRange { range: view.range(file, range), parent: parent.map(Box::new) })
        };
        ranges.iter().fold(None, chain)
    };
    params.positions.iter().take(1_000).map(grow).collect()
}

/// The names of an element's two tags, if the place is in one of them.
pub(super) fn linked(view: View<'_>, params: &LinkedEditingRangeParams) -> Option<LinkedEditingRanges> {
    let spot = view.spot(&params.text_document_position_params)?;
    let node = spot.file.node(spot.file.markup.at(spot.offset)?)?;
    let end = node.end_name.clone()?;
    let touches = |range: &std::ops::Range<usize>| range.start <= spot.offset && spot.offset <= range.end;
    (touches(&node.name) || touches(&end)).then(|| LinkedEditingRanges {
        ranges: vec![view.range(spot.file, &node.name), view.range(spot.file, &end)],
        word_pattern: None,
    })
}
