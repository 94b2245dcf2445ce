//! What is told about the thing under the pointer: the id's effective value and where its parts come from, the element,
//! the attribute, the setting, the method, the resolver, the diagnostic. In: a place. Out: Markdown.

use std::ops::Range;

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind, NumberOrString};
use vestibule_engine::diagnostic::codes;
use vestibule_engine::transform::{self, Function, Often, Slot};

use super::card;
use super::file::File;
use super::findings::{self, Findings};
use super::language::{Element, Value};
use super::markup::{Node, NodeId};
use super::navigate::id_at;
use super::view::{Spot, View};
use super::{resolvers, settings, shape, words};

/// Findings told about at one place.
const MOST_CODES: usize = 5;

/// The answer.
pub(super) fn hover(view: View<'_>, told: &Findings, params: &HoverParams) -> Option<Hover> {
    let spot = view.spot(&params.text_document_position_params)?;
    let mut parts = Vec::new();
    let mut range = None;
    if let Some((file, mention)) = id_at(spot) {
        parts.push(card::card(view, (file, mention)));
        range = Some(mention.range.clone());
    }
    if let Some((text, place)) = at(view, spot) {
        parts.push(text);
        range = range.or(Some(place));
    }
    parts.extend(codes_at(view, told, spot));
    (!parts.is_empty()).then(|| Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: parts.join("\n\n---\n\n"),
        }),
        range: range.map(|range| view.range(spot.file, &range)),
    })
}

/// What the language says about the place, and which text that is.
fn at(view: View<'_>, spot: Spot<'_>) -> Option<(String, Range<usize>)> {
    let file = spot.file;
    let id = file.markup.at(spot.offset)?;
    let (node, element) = (file.node(id)?, file.place(id)?);
    let touches = |range: &Range<usize>| range.start <= spot.offset && spot.offset <= range.end;
    if touches(&node.name) || node.end_name.as_ref().is_some_and(touches) {
        return Some((about_element(element), node.name.clone()));
    }
    for attribute in &node.attributes {
        let name = file.slice(&attribute.name);
        let known = element.attribute(name);
        if touches(&attribute.name) {
            let known = known?;
            return Some((format!("**{name}** · {}", known.about), attribute.name.clone()));
        }
        let Some(range) = attribute.value.clone().filter(touches) else { continue };
        let text = about_value(view, spot, id, &known?.value, &range);
        let text = text.unwrap_or_else(|| format!("**{name}** · {}", known.map_or("", |known| known.about)));
        return Some((text, range));
    }
    let (_, range) = node.text(&file.text);
    let value = element.text.as_ref().filter(|_| touches(&range) && !range.is_empty())?;
    let text = about_value(view, spot, id, value, &range).unwrap_or_else(|| about_element(element));
    Some((text, range))
}

fn about_element(element: &Element) -> String {
    let mut text = format!("**{}** · {}", element.name, element.about);
    let names = |list: Vec<String>| if list.is_empty() { "".to_owned() } else { list.join(", ") };
    let mark = |needed: bool, name: &str| if needed { format!("`{name}`!") } else { format!("`{name}`") };
    let attributes = names(element.attributes.iter().map(|one| mark(one.needed, one.name)).collect());
    let children = names(element.children.iter().map(|one| mark(one.needed, one.name)).collect());
    if !attributes.is_empty() {
        text.push_str(&format!("\n\nAttributes: {attributes}"));
    }
    if !children.is_empty() {
        text.push_str(&format!("\n\nElements, in this order: {children}"));
    }
    if let Some(Value::Words(words)) = &element.text {
        text.push_str(&format!(
            "\n\nValues: {}",
            words.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
        ));
    }
    text
}

/// What is known about one value; none where the line about its attribute or element says all.
fn about_value(
    view: View<'_>,
    spot: Spot<'_>,
    id: NodeId,
    value: &Value,
    range: &Range<usize>,
) -> Option<String> {
    let file = spot.file;
    let written = file.slice(range);
    let node = file.node(id)?;
    match value {
        Value::Method => transform::function(written).map(about_method),
        Value::PredicateMethod => {
            words::PREDICATE_METHODS.iter().find(|row| row.name == written).map(|row| {
                format!("**{}** · {}\n\nParameters: `{}`", row.name, row.about, row.parameters.join("`, `"))
            })
        }
        Value::Handler => words::HANDLERS
            .iter()
            .find(|row| row.section == shape::class(written))
            .map(|row| format!("**{}** · {}", row.section, row.about)),
        Value::Key => about_setting(view, file, id, written),
        Value::Setting => resolvers::about_at(file, range, spot.offset)
            .or_else(|| about_setting(view, file, id, setting_key(file, node)?)),
        Value::Resolvable => resolvers::about_at(file, range, spot.offset),
        Value::StringId => words::about_string(node.attribute(&file.text, "ElementType")?.0, written),
        _ => None,
    }
}

fn setting_key<'f>(file: &'f File, node: &Node) -> Option<&'f str> {
    node.attribute(&file.text, "Key").map(|(key, _)| key)
}

fn about_setting(view: View<'_>, file: &File, id: NodeId, key: &str) -> Option<String> {
    let setting = settings::find(shape::section(view, file, id), key)?;
    let needed = if setting.needed { " (needed)" } else { "" };
    let values = match &setting.value {
        settings::Kind::Words(words) => format!("\n\nValues: `{}`", words.join("`, `")),
        settings::Kind::Bool => "\n\nValues: `true`, `false`".to_owned(),
        settings::Kind::Id(sort, _) => format!("\n\nValue: the id of a {}", sort.noun()),
        settings::Kind::Free => String::new(),
    };
    Some(format!("**{}**{needed} · {}{values}", setting.key, setting.about))
}

/// A method's sentence and signature.
pub(super) fn about_method(function: &Function) -> String {
    let mut text = format!("**{}** · {}", function.name, function.about);
    let parts = [
        ("Input claims", function.inputs),
        ("Parameters", function.parameters),
        ("Output claims", function.outputs),
    ];
    for (what, slots) in parts.into_iter().filter(|(_, slots)| !slots.is_empty()) {
        text.push_str(&format!("\n\n{what}:"));
        for slot in slots {
            text.push_str(&format!("\n- {}", about_slot(slot)));
        }
    }
    text
}

/// A slot: name, types, how often.
pub(super) fn about_slot(slot: &Slot) -> String {
    let types: Vec<&str> = slot.types.iter().map(|kind| kind.name()).collect();
    let types = if types.is_empty() { "any type".to_owned() } else { types.join(" or ") };
    let often = match slot.often {
        Often::Once => "",
        Often::Maybe => ", may be left out",
        Often::Many => ", any number",
    };
    format!("`{}`: {types}{often}", slot.name)
}

/// The codes of the findings at a place, each with its meaning and page.
fn codes_at(view: View<'_>, told: &Findings, spot: Spot<'_>) -> Vec<String> {
    let position = spot.file.lines.position(&spot.file.text, spot.offset, view.unit);
    let here = told.get(&spot.file.key).into_iter().flatten();
    let here = here.filter(|one| one.range.start <= position && position <= one.range.end);
    let mut ids: Vec<&String> = here
        .filter_map(|one| match &one.code {
            Some(NumberOrString::String(id)) => Some(id),
            _ => None,
        })
        .collect();
    ids.dedup();
    let row = |id: &String| {
        let code = codes::ALL.iter().find(|code| code.id == id)?;
        let page = findings::page(id).map(|page| format!(" · [more]({})", page.as_str())).unwrap_or_default();
        Some(format!("**{id}** {} · {}{page}", code.name, code.meaning))
    };
    ids.into_iter().take(MOST_CODES).filter_map(row).collect()
}
