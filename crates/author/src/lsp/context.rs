//! What is being typed at a place. In: a file, perhaps broken, and an offset. Out: the part of the markup that the
//! offset is in.

use std::ops::Range;

use super::file::File;
use super::markup::{Node, NodeId};

/// The part of the markup.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// The name of an element, behind `<`.
    ElementName {
        /// The element it will stand in; none at the top.
        parent: Option<NodeId>,
        /// What is written of the name.
        range: Range<usize>,
    },
    /// The name of an element that is closed, behind `</`.
    EndName {
        /// The element that is open.
        open: NodeId,
        /// What is written of the name.
        range: Range<usize>,
    },
    /// The name of an attribute.
    AttributeName {
        /// Its element.
        node: NodeId,
        /// What is written of the name.
        range: Range<usize>,
        /// Whether a value follows already.
        valued: bool,
    },
    /// The value of an attribute.
    AttributeValue {
        /// Its element.
        node: NodeId,
        /// Its name.
        name: Range<usize>,
        /// What stands between the quotes.
        range: Range<usize>,
    },
    /// The content of an element.
    Content {
        /// The element; none at the top.
        node: Option<NodeId>,
        /// The text it has there, trimmed, or the place itself.
        range: Range<usize>,
    },
}

/// The part that an offset is in; none inside comments.
pub(super) fn at(file: &File, offset: usize) -> Option<Context> {
    let text = &file.text;
    let before = text.get(..offset)?;
    if in_comment(before) {
        return None;
    }
    let name = before.len() - before.trim_end_matches(is_name).len();
    let head = before.get(..offset - name)?;
    let end = offset + text.get(offset..)?.find(|one: char| !is_name(one)).unwrap_or(text.len() - offset);
    let range = offset - name..end;
    if head.ends_with("</") {
        return Some(Context::EndName { open: open_before(file, range.start - 2)?, range });
    }
    if head.ends_with('<') {
        return Some(Context::ElementName { parent: around(file, range.start - 1), range });
    }
    match tag(file, offset) {
        Some(node) => in_tag(file, node, offset),
        None => Some(content(file, offset)),
    }
}

fn is_name(one: char) -> bool {
    one.is_alphanumeric() || matches!(one, '_' | '-' | '.')
}

fn in_comment(before: &str) -> bool {
    let open = |begin: &str, end: &str| match before.rfind(begin) {
        Some(at) => before.get(at + begin.len()..).is_some_and(|rest| !rest.contains(end)),
        None => false,
    };
    open("<!--", "-->") || open("<![CDATA[", "]]>") || open("<?", "?>")
}

/// The element whose start tag an offset is in, behind the name.
fn tag(file: &File, offset: usize) -> Option<NodeId> {
    let before = file.markup.nodes.partition_point(|node| node.tag.start < offset);
    let id = before.checked_sub(1)?;
    let node = file.node(id)?;
    let closed = file.slice(&node.tag).ends_with('>');
    let inside = offset > node.name.end && (offset < node.tag.end || !closed && offset <= node.tag.end);
    inside.then_some(id)
}

fn in_tag(file: &File, id: NodeId, offset: usize) -> Option<Context> {
    let node = file.node(id)?;
    for one in &node.attributes {
        if let Some(value) = one.value.clone().filter(|value| value.start <= offset && offset <= value.end) {
            return Some(Context::AttributeValue { node: id, name: one.name.clone(), range: value });
        }
        if one.name.start <= offset && offset <= one.name.end {
            return Some(Context::AttributeName {
                node: id,
                range: one.name.clone(),
                valued: one.value.is_some(),
            });
        }
    }
    let before = file.text.get(..offset)?;
    before.ends_with(char::is_whitespace).then_some(Context::AttributeName {
        node: id,
        range: offset..offset,
        valued: false,
    })
}

fn content(file: &File, offset: usize) -> Context {
    let node = around(file, offset);
    let text = node.and_then(|id| file.node(id)).map(|node| node.text(&file.text).1);
    let range = text.filter(|range| range.start <= offset && offset <= range.end).unwrap_or(offset..offset);
    Context::Content { node, range }
}

/// The element whose content an offset is in.
fn around(file: &File, offset: usize) -> Option<NodeId> {
    let id = file.markup.at(offset.saturating_sub(1))?;
    file.markup.ancestors(id).find(|id| holds(file, *id, offset))
}

/// Whether an offset is in the content of an element.
fn holds(file: &File, id: NodeId, offset: usize) -> bool {
    let inside = |node: &Node| node.inner.start <= offset && offset <= node.inner.end;
    file.node(id).is_some_and(inside) && opens(file, id)
}

/// Whether an element has content, that is, its start tag neither ends with `/>` nor is unfinished.
fn opens(file: &File, id: NodeId) -> bool {
    file.node(id)
        .map(|node| file.slice(&node.tag))
        .is_some_and(|tag| tag.ends_with('>') && !tag.ends_with("/>"))
}

/// The innermost element that is still open before an offset.
fn open_before(file: &File, offset: usize) -> Option<NodeId> {
    let before = file.markup.nodes.partition_point(|node| node.tag.end <= offset);
    (0..before).rev().take(10_000).find(|id| holds(file, *id, offset))
}
