//! What may be written at a place. In: a place in a file that may be broken. Out: names, values and ready-made pieces,
//! each with what it is.

use std::collections::BTreeSet;
use std::ops::Range;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionParams, CompletionResponse,
    CompletionTextEdit, Documentation, InsertTextFormat, MarkupContent, MarkupKind, TextEdit,
};
use vestibule_engine::transform;

use super::context::{self, Context};
use super::expected::Here;
use super::file::File;
use super::language::{self, Element};
use super::markup::NodeId;
use super::view::View;
use super::{expected, hover, settings, shape, snippets};

/// Items given at once.
const MOST_ITEMS: usize = 2_000;

/// One thing that may be written.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// What is shown and, unless `text` says otherwise, written.
    pub(super) label: String,
    /// What is written.
    pub(super) text: Option<String>,
    /// Whether what is written has places to fill in.
    pub(super) snippet: bool,
    /// Beside the label.
    pub(super) detail: String,
    /// Below it, in Markdown.
    pub(super) about: String,
    /// How it is drawn.
    pub(super) kind: Option<CompletionItemKind>,
    /// Smaller numbers come first.
    pub(super) rank: usize,
}

impl Offer {
    /// A word with a line about it.
    pub(super) fn word(label: &str, about: &str, kind: CompletionItemKind) -> Self {
        Self { label: label.to_owned(), about: about.to_owned(), kind: Some(kind), ..Self::default() }
    }
}

/// Offers, and the text they replace.
type Offers = (Vec<Offer>, Range<usize>);

/// The answer.
pub(super) fn complete(view: View<'_>, params: &CompletionParams) -> Option<CompletionResponse> {
    let spot = view.spot(&params.text_document_position)?;
    let (offers, range) = offers(view, spot.file, spot.offset)?;
    let incomplete = offers.len() > MOST_ITEMS;
    let range = view.range(spot.file, &range);
    let items = offers.into_iter().take(MOST_ITEMS).map(|offer| item(offer, range)).collect();
    Some(CompletionResponse::List(CompletionList { is_incomplete: incomplete, items }))
}

fn item(offer: Offer, range: lsp_types::Range) -> CompletionItem {
    let markdown = |value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value });
    let new_text = offer.text.unwrap_or_else(|| offer.label.clone());
    CompletionItem {
        kind: offer.kind,
        detail: Some(offer.detail).filter(|detail| !detail.is_empty()),
        documentation: Some(offer.about).filter(|about| !about.is_empty()).map(markdown),
        sort_text: Some(format!("{:04}{}", offer.rank, offer.label.to_lowercase())),
        filter_text: Some(offer.label.clone()),
        insert_text_format: offer.snippet.then_some(InsertTextFormat::SNIPPET),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
        label: offer.label,
        ..CompletionItem::default()
    }
}

fn offers(view: View<'_>, file: &File, offset: usize) -> Option<Offers> {
    match context::at(file, offset)? {
        Context::ElementName { parent, range } => Some((elements(view, file, parent, offset), range)),
        Context::EndName { open, range } => {
            let name = file.node(open)?.name(&file.text);
            let close =
                if file.text.get(range.end..).is_some_and(|rest| rest.starts_with('>')) { "" } else { ">" };
            let mut offer = Offer::word(name, "", CompletionItemKind::CLASS);
            offer.text = Some(format!("{name}{close}"));
            Some((vec![offer], range))
        }
        Context::AttributeName { node, range, valued } => {
            Some((attributes(file, node, &range, valued)?, range))
        }
        Context::AttributeValue { node, name, range } => {
            let known = file.place(node)?.attribute(file.slice(&name))?;
            expected::value(Here { view, file, id: node }, &known.value, &range, offset)
        }
        Context::Content { node: Some(node), range } => match &file.place(node)?.text {
            Some(value) if !file.node(node)?.has_children => {
                expected::value(Here { view, file, id: node }, value, &range, offset)
            }
            _ if range.is_empty() => {
                let bracket = |offer: Offer| {
                    let text = offer.text.as_ref().unwrap_or(&offer.label);
                    Offer { text: Some(format!("<{text}")), ..offer }
                };
                let inside = elements(view, file, Some(node), offset);
                Some((inside.into_iter().map(bracket).collect(), range))
            }
            _ => None,
        },
        Context::Content { node: None, range } => {
            let empty = file.markup.nodes.is_empty() && range.is_empty();
            empty.then(|| (vec![policy("<")], range))
        }
    }
}

/// A whole policy.
fn policy(before: &str) -> Offer {
    let text = snippets::POLICY.strip_prefix('<').unwrap_or(snippets::POLICY);
    Offer {
        text: Some(format!("{before}{text}")),
        snippet: true,
        detail: "a new policy".to_owned(),
        ..Offer::word("TrustFrameworkPolicy", language::root().about, CompletionItemKind::SNIPPET)
    }
}

/// Elements that may stand in another at an offset, in the schema's order: none that stands already and may stand only
/// once. Those that the order allows at the place come first.
fn elements(view: View<'_>, file: &File, parent: Option<NodeId>, offset: usize) -> Vec<Offer> {
    let Some(parent) = parent else { return vec![policy("")] };
    let Some(known) = file.place(parent) else { return Vec::new() };
    let rank = |name: &str| known.children.iter().position(|child| child.name == name);
    let inside: Vec<(usize, &str)> =
        file.markup.children(parent).map(|(_, node)| (node.tag.start, node.name(&file.text))).collect();
    let here = |place: usize| place < offset;
    let first = inside.iter().filter(|(place, _)| here(*place + 1)).filter_map(|(_, name)| rank(name)).max();
    let last = inside.iter().filter(|(place, _)| *place >= offset).filter_map(|(_, name)| rank(name)).min();
    let mut offers = Vec::new();
    for (index, child) in known.children.iter().enumerate() {
        let there = inside.iter().any(|(place, name)| *name == child.name && !touches(file, *place, offset));
        if there && !child.many {
            continue;
        }
        let fits = first.is_none_or(|first| index >= first) && last.is_none_or(|last| index <= last);
        let rank = index + if fits { 0 } else { 100 };
        offers.push(element(child, rank));
        offers.extend(ready_made(Here { view, file, id: parent }, known, child, rank));
    }
    offers
}

/// Whether the element that begins at a place is the one being typed.
fn touches(file: &File, place: usize, offset: usize) -> bool {
    let name = file.text.get(place + 1..offset);
    name.is_some_and(|name| name.chars().all(|one| one.is_alphanumeric()))
}

fn element(child: &Element, rank: usize) -> Offer {
    let often = match (child.needed, child.many) {
        (true, _) => "needed",
        (_, true) => "any number",
        _ => "",
    };
    Offer {
        text: Some(snippets::element(child)),
        snippet: true,
        detail: often.to_owned(),
        rank,
        ..Offer::word(child.name, child.about, CompletionItemKind::CLASS)
    }
}

/// Pieces ready to be filled in: snippets, transformations by method, settings by key.
fn ready_made(here: Here<'_>, known: &Element, child: &Element, rank: usize) -> Vec<Offer> {
    let Here { view, file, id: parent } = here;
    let piece = |label: String, text: String, about: String| Offer {
        label,
        text: Some(text),
        snippet: true,
        detail: "ready-made".to_owned(),
        about,
        kind: Some(CompletionItemKind::SNIPPET),
        rank,
    };
    let own = snippets::SNIPPETS.iter().filter(|one| one.parent == known.name);
    let own = own.filter(|one| one.label.split(':').next() == Some(child.name));
    let mut offers: Vec<Offer> =
        own.map(|one| piece(one.label.to_owned(), one.body(), one.about.to_owned())).collect();
    if child.name == "ClaimsTransformation" {
        offers.extend(transform::functions().map(|function| {
            let label = format!("ClaimsTransformation: {}", function.name);
            piece(label, snippets::transformation(function), hover::about_method(function))
        }));
    }
    if child.name == "Item" && known.name == "Metadata" {
        let taken = keys(file, parent);
        let section = shape::section(view, file, parent);
        let free = settings::of(section).filter(|one| !taken.contains(&one.key.to_lowercase()));
        offers.extend(free.map(|one| {
            let value = expected::default_value(&one.value);
            let text = format!("Item Key=\"{}\">{value}</Item>", one.key);
            Offer {
                detail: if one.needed { "needed".to_owned() } else { String::new() },
                rank: rank + usize::from(!one.needed),
                ..piece(format!("Item: {}", one.key), text, one.about.to_owned())
            }
        }));
    }
    offers
}

/// The keys of the items in an element, lower-cased.
pub(super) fn keys(file: &File, parent: NodeId) -> BTreeSet<String> {
    let items = file.markup.children(parent).filter_map(|(_, node)| node.attribute(&file.text, "Key"));
    items.map(|(key, _)| key.trim().to_lowercase()).collect()
}

/// Attributes that the element does not have yet.
fn attributes(file: &File, id: NodeId, range: &Range<usize>, valued: bool) -> Option<Vec<Offer>> {
    let (node, known) = (file.node(id)?, file.place(id)?);
    let there =
        |name: &str| node.attributes.iter().any(|one| one.name != *range && file.slice(&one.name) == name);
    let free = known.attributes.iter().enumerate().filter(|(_, one)| !there(one.name));
    let offer = |(index, one): (usize, &language::Attribute)| Offer {
        text: (!valued).then(|| format!("{}=\"{}\"", one.name, expected::placeholder(&one.value))),
        snippet: !valued,
        detail: if one.needed { "needed".to_owned() } else { String::new() },
        rank: index + if one.needed { 0 } else { 100 },
        ..Offer::word(one.name, one.about, CompletionItemKind::PROPERTY)
    };
    Some(free.map(offer).collect())
}
