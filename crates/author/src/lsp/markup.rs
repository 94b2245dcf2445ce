//! The tags of a policy file while it is being typed. In: a text that may be broken anywhere. Out: its elements with
//! the places of their tags, names and attributes, as good as can be told; never a failure.
//!
//! The compiler's own reader stops at the first mistake; an editor asks for completion exactly there. Must not be known
//! here: which elements there are, what an attribute means.

use std::ops::Range;

/// Elements looked at in one file; the compiler refuses more.
const MOST_ELEMENTS: usize = 100_000;
/// Nesting followed; what is deeper hangs at this level.
const MOST_DEPTH: usize = 100;
/// Attributes looked at in one start tag.
const MOST_ATTRIBUTES: usize = 64;

/// The number of an element in its [`Markup`].
pub(super) type NodeId = usize;

/// All elements of a file, a parent always before its children.
#[derive(Debug, Default)]
pub(super) struct Markup {
    /// In the order of their start tags.
    pub(super) nodes: Vec<Node>,
}

/// One element.
#[derive(Debug)]
pub(super) struct Node {
    /// The name in the start tag.
    pub(super) name: Range<usize>,
    /// The start tag from `<` to behind `>`.
    pub(super) tag: Range<usize>,
    /// From `<` to behind the end tag, or to where the element must have ended.
    pub(super) whole: Range<usize>,
    /// What stands between the tags; empty for `<a/>`.
    pub(super) inner: Range<usize>,
    /// The name in the end tag.
    pub(super) end_name: Option<Range<usize>>,
    /// The element around it.
    pub(super) parent: Option<NodeId>,
    /// In order.
    pub(super) attributes: Vec<Attribute>,
    /// Whether it has elements in it.
    pub(super) has_children: bool,
}

/// One attribute.
#[derive(Debug)]
pub(super) struct Attribute {
    /// The name.
    pub(super) name: Range<usize>,
    /// What stands between the quotes, or is likely to.
    pub(super) value: Option<Range<usize>>,
}

impl Markup {
    /// Reads a text.
    pub(super) fn read(text: &str) -> Self {
        let mut reader = Reader { text, markup: Self::default(), open: Vec::new() };
        let mut at = 0;
        while let Some(next) = reader.step(at) {
            at = next;
        }
        reader.close_all(text.len());
        reader.markup
    }

    /// The element of that number.
    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// The elements directly in another, in order.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Node)> {
        let end = self.node(id).map_or(0, |node| node.whole.end);
        let after = self.nodes.iter().enumerate().skip(id + 1);
        after
            .take_while(move |(_, node)| node.tag.start < end)
            .filter(move |(_, node)| node.parent == Some(id))
    }

    /// The innermost element whose tags or content hold an offset; its ends count as inside only where nothing else
    /// does.
    pub(super) fn at(&self, offset: usize) -> Option<NodeId> {
        let before = self.nodes.partition_point(|node| node.tag.start <= offset);
        let mut candidate = before.checked_sub(1);
        while let Some(id) = candidate {
            let node = self.node(id)?;
            if offset < node.whole.end {
                return Some(id);
            }
            candidate = node.parent;
        }
        None
    }

    /// The element and all around it, innermost first.
    pub(super) fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(Some(id), |id| self.node(*id).and_then(|node| node.parent))
    }
}

impl Node {
    /// The value of an attribute, and its place.
    pub(super) fn attribute<'t>(&self, text: &'t str, name: &str) -> Option<(&'t str, Range<usize>)> {
        let found = self.attributes.iter().find(|one| text.get(one.name.clone()) == Some(name))?;
        let range = found.value.clone()?;
        Some((text.get(range.clone())?, range))
    }

    /// The name.
    pub(super) fn name<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.name.clone()).unwrap_or_default()
    }

    /// The text directly in the element up to the first markup, trimmed, and its place.
    pub(super) fn text<'t>(&self, text: &'t str) -> (&'t str, Range<usize>) {
        let inner = text.get(self.inner.clone()).unwrap_or_default();
        let plain = inner.split('<').next().unwrap_or_default();
        let start = self.inner.start + (plain.len() - plain.trim_start().len());
        let trimmed = plain.trim();
        (trimmed, start..start + trimmed.len())
    }
}

struct Reader<'t> {
    text: &'t str,
    markup: Markup,
    open: Vec<NodeId>,
}

impl Reader<'_> {
    /// Goes past the next piece of markup.
    fn step(&mut self, from: usize) -> Option<usize> {
        let start = from + self.text.get(from..)?.find('<')?;
        let rest = self.text.get(start..)?;
        for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")] {
            if let Some(inside) = rest.strip_prefix(begin) {
                let length = inside.find(end).map_or(rest.len(), |at| begin.len() + at + end.len());
                return Some(start + length);
            }
        }
        match rest.strip_prefix("</") {
            Some(inside) => Some(self.end_tag(start, inside)),
            None => self.start_tag(start, rest),
        }
    }

    fn end_tag(&mut self, start: usize, inside: &str) -> usize {
        let length = inside.find(|one: char| !is_name(one)).unwrap_or(inside.len());
        let name = start + 2..start + 2 + length;
        let rest = self.text.get(name.end..).unwrap_or_default();
        let end = rest.find(['<', '>']).map_or(self.text.len(), |at| {
            name.end + at + usize::from(rest.get(at..).is_some_and(|one| one.starts_with('>')))
        });
        let written = self.text.get(name.clone());
        let meant = self.open.iter().rposition(|id| {
            self.markup.node(*id).is_some_and(|node| self.text.get(node.name.clone()) == written)
        });
        if let Some(place) = meant {
            for id in self.open.drain(place + 1..) {
                close(&mut self.markup, id, start, start);
            }
            if let Some(id) = self.open.pop() {
                close(&mut self.markup, id, start, end);
                if let Some(node) = self.markup.nodes.get_mut(id) {
                    node.end_name = Some(name);
                }
            }
        }
        end
    }

    fn start_tag(&mut self, start: usize, rest: &str) -> Option<usize> {
        let length = rest.get(1..)?.find(|one: char| !is_name(one)).unwrap_or(rest.len() - 1);
        if length == 0 {
            return Some(start + 1);
        }
        if self.markup.nodes.len() >= MOST_ELEMENTS {
            return None;
        }
        let name = start + 1..start + 1 + length;
        let (attributes, end, open) = attributes(self.text, name.end);
        let parent = self.open.last().copied();
        if let Some(node) = parent.and_then(|id| self.markup.nodes.get_mut(id)) {
            node.has_children = true;
        }
        let id = self.markup.nodes.len();
        self.markup.nodes.push(Node {
            name,
            tag: start..end,
            whole: start..end,
            inner: end..end,
            end_name: None,
            parent,
            attributes,
            has_children: false,
        });
        if open && self.open.len() < MOST_DEPTH {
            self.open.push(id);
        }
        Some(end)
    }

    fn close_all(&mut self, end: usize) {
        for id in std::mem::take(&mut self.open) {
            close(&mut self.markup, id, end, end);
        }
    }
}

fn close(markup: &mut Markup, id: NodeId, inner_end: usize, end: usize) {
    if let Some(node) = markup.nodes.get_mut(id) {
        node.inner.end = inner_end;
        node.whole.end = end;
    }
}

fn is_name(one: char) -> bool {
    one.is_alphanumeric() || matches!(one, '_' | '-' | '.' | ':')
}

/// The attributes behind a name, where the tag ends, and whether it opens an element. A tag without `>` ends before the
/// next `<`; it is being typed, so that what follows is not yet meant to stand in it.
fn attributes(text: &str, from: usize) -> (Vec<Attribute>, usize, bool) {
    let mut found = Vec::new();
    let mut at = from;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let Some(next) = rest.chars().next() else { return (found, text.len(), false) };
        match next {
            '>' => return (found, at + 1, true),
            '/' if rest.starts_with("/>") => return (found, at + 2, false),
            '<' => return (found, at, false),
            _ if is_name(next) => {
                let (attribute, end) = attribute(text, at, rest);
                at = end;
                if found.len() < MOST_ATTRIBUTES {
                    found.push(attribute);
                }
            }
            _ => at += next.len_utf8(),
        }
    }
}

fn attribute(text: &str, start: usize, rest: &str) -> (Attribute, usize) {
    let length = rest.find(|one: char| !is_name(one)).unwrap_or(rest.len());
    let name = start..start + length;
    let after = rest.get(length..).unwrap_or_default();
    let Some(behind) = after.trim_start().strip_prefix('=') else {
        return (Attribute { name: name.clone(), value: None }, name.end);
    };
    let open = behind.trim_start();
    let at = text.len() - (text.get(start..).map_or(0, str::len) - (rest.len() - open.len()));
    let Some(quote) = open.chars().next().filter(|one| matches!(one, '"' | '\'')) else {
        return (Attribute { name, value: None }, at);
    };
    let inside = open.get(1..).unwrap_or_default();
    let (length, closed) = value_length(inside, quote);
    let value = at + 1..at + 1 + length;
    let end = value.end + usize::from(closed);
    (Attribute { name, value: Some(value) }, end)
}

/// How long a value is, and whether its quote was found. `<` cannot stand in a value, so a quote behind one belongs to
/// another tag; then the value likely ends with its line or tag.
fn value_length(inside: &str, quote: char) -> (usize, bool) {
    let stop = inside.find('<').unwrap_or(inside.len());
    let here = inside.get(..stop).unwrap_or_default();
    match here.find(quote) {
        // A quote that follows another attribute's `=` opens that one's value: this value was never closed.
        Some(at) if !here.get(..at).unwrap_or_default().trim_end().ends_with('=') || !here.contains('\n') => {
            (at, true)
        }
        Some(_) | None => {
            let line = here.find(['\n', '\r', '>']).unwrap_or(here.len());
            (here.get(..line).unwrap_or_default().trim_end_matches('/').len(), false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Vec<(String, String)> {
        let markup = Markup::read(text);
        let shown = |range: &Range<usize>| text.get(range.clone()).unwrap_or("?").to_owned();
        markup.nodes.iter().map(|node| (shown(&node.name), shown(&node.whole))).collect()
    }

    fn pair(name: &str, whole: &str) -> (String, String) {
        (name.to_owned(), whole.to_owned())
    }

    #[test]
    fn elements_attributes_and_their_places() {
        let text = "<?xml?><!-- <x> --><a Id='1' b = \"2 > 1\"><c/>t<d>v</d></a>";
        assert_eq!(
            outline(text),
            [
                pair("a", "<a Id='1' b = \"2 > 1\"><c/>t<d>v</d></a>"),
                pair("c", "<c/>"),
                pair("d", "<d>v</d>")
            ]
        );
        let markup = Markup::read(text);
        assert_eq!(markup.nodes[0].attribute(text, "Id").map(|(value, _)| value), Some("1"));
        assert_eq!(markup.nodes[0].attribute(text, "b").map(|(value, _)| value), Some("2 > 1"));
        assert_eq!(markup.nodes[2].text(text).0, "v");
        assert_eq!(markup.children(0).map(|(id, _)| id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(markup.at(text.find("t<d").unwrap_or(0)), Some(0));
    }

    #[test]
    fn what_is_being_typed_does_not_swallow_what_follows() {
        assert_eq!(outline("<a><b Id=\"x</b><c/></a>")[2], pair("c", "<c/>"));
        assert_eq!(
            outline("<a><b <c/></a>"),
            [pair("a", "<a><b <c/></a>"), pair("b", "<b "), pair("c", "<c/>")]
        );
        assert_eq!(outline("<a><b></a><c/>"), [pair("a", "<a><b></a>"), pair("b", "<b>"), pair("c", "<c/>")]);
        assert_eq!(outline("<a></b><c/></a>"), [pair("a", "<a></b><c/></a>"), pair("c", "<c/>")]);
        assert_eq!(outline("<a"), [pair("a", "<a")]);
        assert!(outline("< a & <<").is_empty());
        let text = "<a>\n<b Id=\"x Type=\"y\"\n/></a>";
        assert_eq!(outline(text).len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_a_sound_tree(text in "[<>/=\"' a-cé\\n!?-]{0,80}") {
            let markup = Markup::read(&text);
            for (id, node) in markup.nodes.iter().enumerate() {
                let ranges = [&node.name, &node.tag, &node.whole, &node.inner];
                assert!(ranges.iter().all(|range| text.get((*range).clone()).is_some()), "{node:?}");
                assert!(node.whole.start <= node.inner.start && node.inner.end <= node.whole.end, "{node:?}");
                assert!(node.parent.is_none_or(|parent| parent < id));
                let values = node.attributes.iter().filter_map(|one| one.value.clone());
                assert!(values.into_iter().all(|value| text.get(value).is_some()));
            }
            for offset in 0..=text.len() + 1 {
                markup.at(offset);
            }
        }
    }

    #[test]
    fn a_value_without_its_closing_quote_ends_with_its_line() {
        let text = "<a>\n  <b Ref=\"x\n  <c Id=\"y\"/>\n</a>";
        let markup = Markup::read(text);
        assert_eq!(markup.nodes[1].attribute(text, "Ref").map(|(value, _)| value), Some("x"));
        assert_eq!(markup.nodes[2].attribute(text, "Id").map(|(value, _)| value), Some("y"));
    }
}
