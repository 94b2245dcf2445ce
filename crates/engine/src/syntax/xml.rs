//! XML elements that remember what was asked of them. In: a file's text. Out: an [`Element`] that is asked for its
//! attributes and children in the order of the schema; what nobody asked for is reported as unknown, with the nearest
//! known name, and what stands out of order as such.
//!
//! The only file that names the XML parser. Must not be known here: which elements a policy has.

mod pieces;

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};

use super::AuthorNote;
use super::scan::{Forbidden, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_NAMESPACES, Scan};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::message::{Message, message};
use crate::settings::{self, Filled, Settings};
use crate::source::{Source, Span, Spanned};

pub use pieces::{AttributePiece, Piece, PieceKind, Tag, pieces};

/// The namespace of policy files (policy-language 1).
pub(super) const NAMESPACE: &str = "http://schemas.microsoft.com/online/cpim/schemas/2013/06";
const SCHEMA_INSTANCE: [&str; 2] =
    ["http://www.w3.org/2001/XMLSchema-instance", "https://www.w3.org/2001/XMLSchema-instance"];
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Nodes of the parsed tree, white space between elements included.
const MAX_NODES: u32 = 400_000;

/// Parses a file whose tags were looked at, and reads its root element.
pub(super) fn read_root<T>(
    source: &Source,
    scan: &Scan,
    report: &Report<'_>,
    read: impl FnOnce(&mut Element<'_>) -> T,
) -> Option<T> {
    let document = document(source, scan, report)?;
    report.notes.replace(notes(&document, report));
    let mut root = Element::new(document.root_element(), report);
    let value = read(&mut root);
    root.finish();
    Some(value)
}

/// The parsed file; what keeps it from being parsed is reported.
fn document<'s>(source: &'s Source, scan: &Scan, report: &Report<'_>) -> Option<Document<'s>> {
    if let Some((why, place)) = &scan.forbidden {
        report.push(forbidden(why, source.span(place.start, place.end)));
        return None;
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, entity_resolver: None };
    let parsed = Document::parse_with_options(source.text(), options);
    let malformed = |error| super::malformed::explain(source, scan, &Malformed::from(source, &error));
    parsed.map_err(|error| report.push(malformed(error))).ok()
}

/// Collects what is wrong while a file is read.
pub(super) struct Report<'s> {
    source: &'s Source,
    found: RefCell<Diagnostics>,
    notes: RefCell<Vec<AuthorNote>>,
    empty_lists: RefCell<Vec<Spanned<&'static str>>>,
}

impl<'s> Report<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        Self { source, found: RefCell::default(), notes: RefCell::default(), empty_lists: RefCell::default() }
    }

    /// What the author says to the tools, and the lists without an entry: none of it changes what the policy means.
    pub(super) fn take_asides(&self) -> (Vec<AuthorNote>, Vec<Spanned<&'static str>>) {
        (self.notes.take(), self.empty_lists.take())
    }

    pub(super) fn push(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    /// All findings in the order of their places.
    pub(super) fn into_diagnostics(self) -> Diagnostics {
        let mut found = self.found.into_inner();
        found.sort();
        found
    }

    fn span(&self, range: Range<usize>) -> Span {
        self.source.span(range.start, range.end)
    }

    /// A value that stands at `span`, with settings in place of its placeholders.
    fn filled(&self, value: String, span: Span) -> String {
        let Some(settings) = self.source.settings().filter(|_| settings::has_place(&value)) else {
            return value;
        };
        let Filled { text, missing } = settings.fill(&value, self.source.name());
        for name in missing {
            let written = settings::places(self.source.slice(span)).find(|place| place.name == name);
            let at = span.start as usize;
            let place = written.map_or(span, |one| self.span(at + one.range.start..at + one.range.end));
            self.push(unset(settings, &name, place));
        }
        text
    }

    /// Whether so much is wrong that looking for the nearest known name helps nobody.
    fn crowded(&self) -> bool {
        self.found.borrow().count() >= Diagnostics::LIMIT
    }
}

/// How often a child may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Often {
    Once,
    Any,
}

/// Children met so far.
#[derive(Default)]
struct Met<'d> {
    /// The first child of each known name.
    first: Vec<Option<Node<'d, 'd>>>,
    /// The child that the schema puts furthest behind, and its rank.
    furthest: Option<(usize, Node<'d, 'd>)>,
    /// Children that came too early, which was said.
    early: Vec<Node<'d, 'd>>,
    /// Unknown names, and whether they are of the parent's namespace.
    unknown: HashSet<(&'d str, bool)>,
    /// Elements that stand again, which was said.
    repeated: usize,
}

/// One element while it is read.
pub(super) struct Element<'d> {
    node: Node<'d, 'd>,
    report: &'d Report<'d>,
    children: Vec<Node<'d, 'd>>,
    known_attributes: Vec<&'static str>,
    known_children: Vec<(&'static str, Often)>,
    required_children: Vec<&'static str>,
    alternatives: Option<[&'static str; 2]>,
    missing_attributes: Vec<&'static str>,
    missing_children: Vec<&'static str>,
    takes_text: bool,
    takes_anything: bool,
    takes_any_attribute: bool,
    nameless: bool,
}

impl<'d> Element<'d> {
    fn new(node: Node<'d, 'd>, report: &'d Report<'d>) -> Self {
        Self {
            node,
            report,
            children: node.children().filter(Node::is_element).collect(),
            known_attributes: Vec::new(),
            known_children: Vec::new(),
            required_children: Vec::new(),
            alternatives: None,
            missing_attributes: Vec::new(),
            missing_children: Vec::new(),
            takes_text: false,
            takes_anything: false,
            takes_any_attribute: false,
            nameless: false,
        }
    }

    /// The name without prefix.
    pub(super) fn name(&self) -> &'d str {
        self.node.tag_name().name()
    }

    /// The namespace.
    pub(super) fn namespace(&self) -> Option<&'d str> {
        self.node.tag_name().namespace()
    }

    /// The start tag up to its first attribute.
    pub(super) fn span(&self) -> Span {
        tag_span(self.node, self.report)
    }

    /// Where findings go.
    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    /// An attribute as written.
    pub(super) fn attribute(&mut self, name: &'static str) -> Option<Spanned<String>> {
        self.known_attributes.push(name);
        let attribute = self.node.attribute_node(name)?;
        let span = self.report.span(attribute.range_value());
        Some(Spanned::new(self.report.filled(attribute.value().to_owned(), span), span))
    }

    /// An attribute that must be there.
    pub(super) fn required(&mut self, name: &'static str) -> Option<Spanned<String>> {
        let value = self.attribute(name);
        if value.is_none() {
            self.missing_attributes.push(name);
        }
        value
    }

    /// Notes that a child must be there, and whether it is.
    pub(super) fn needs(&mut self, name: &'static str, met: bool) {
        self.required_children.push(name);
        if !met {
            self.missing_children.push(name);
        }
    }

    /// The attribute without which nothing can refer to the element; lacking it, the element is left out of the tree.
    pub(super) fn key(&mut self, name: &'static str) -> Spanned<String> {
        match self.required(name) {
            Some(value) if value.trim().is_empty() => {
                let sentence = message!("`{name}` of `{}` must not be empty", self.name());
                self.report.push(Diagnostic::error(codes::BAD_VALUE, self.span(), sentence));
                self.nameless = true;
                value
            }
            Some(value) => value,
            None => {
                self.nameless = true;
                Spanned::new(String::new(), self.span())
            }
        }
    }

    /// The child of this name; a second one is reported.
    pub(super) fn one<T>(&mut self, name: &'static str, read: impl Fn(&mut Element<'d>) -> T) -> Option<T> {
        self.known_children.push((name, Often::Once));
        let node =
            *self.children.iter().find(|child| child.tag_name().name() == name && self.is_own(**child))?;
        self.read(node, &read)
    }

    /// All children of this name.
    pub(super) fn many<T>(&mut self, name: &'static str, read: impl Fn(&mut Element<'d>) -> T) -> Vec<T> {
        self.known_children.push((name, Often::Any));
        let own = |child: &&Node<'d, 'd>| child.tag_name().name() == name && self.is_own(**child);
        self.children.iter().filter(own).filter_map(|child| self.read(*child, &read)).collect()
    }

    /// The text, trimmed, without comments.
    pub(super) fn text(&mut self) -> Spanned<String> {
        let Spanned { value, span } = self.verbatim();
        let trimmed = value.trim();
        if trimmed.is_empty() {
            return Spanned::new(String::new(), self.span());
        }
        let written = self.report.source.slice(span);
        let start = span.start as usize + (written.len() - written.trim_start().len());
        let end = span.end as usize - (written.len() - written.trim_end().len());
        Spanned::new(trimmed.to_owned(), self.report.source.span(start, end))
    }

    /// The text as the schema compares it, white space and all; its place is that of what is not white space.
    pub(super) fn exact_text(&mut self) -> Spanned<String> {
        let span = self.text().span;
        Spanned::new(self.verbatim().value, span)
    }

    /// The text with its outer white space.
    pub(super) fn verbatim(&mut self) -> Spanned<String> {
        self.takes_text = true;
        let text: String =
            self.node.children().filter(Node::is_text).filter_map(|node| node.text()).collect();
        let Some(first) = self.node.first_child() else { return Spanned::new(text, self.span()) };
        let start = first.range().start;
        let written = self.report.source.span(start, self.node.range().end);
        let end = self.report.source.slice(written).rfind("</").map_or(start, |length| start + length);
        let span = self.report.source.span(start, end);
        Spanned::new(self.report.filled(text, span), span)
    }

    /// Remembers that this list has no entry, which clears nothing of a base policy's list.
    pub(super) fn is_empty_list(&self, name: &'static str) {
        self.report.empty_lists.borrow_mut().push(Spanned::new(name, self.span()));
    }

    /// Notes two children of which only one may be there; `first` and `second` are the places of the first of each, of
    /// which the later is reported.
    pub(super) fn either(&mut self, names: [&'static str; 2], first: Option<Span>, second: Option<Span>) {
        self.alternatives = Some(names);
        if let (Some(first), Some(second)) = (first, second) {
            let [one, other] = if first.start < second.start { [first, second] } else { [second, first] };
            let sentence =
                message!("`{}` has either `{}` or `{}`, not both", self.name(), names[0], names[1]);
            let finding = Diagnostic::error(codes::EITHER_OR, other, sentence);
            self.report.push(finding.also(one, "the first one"));
        }
    }

    /// Accepts whatever elements this one contains.
    pub(super) fn anything(&mut self) {
        self.takes_anything = true;
    }

    /// Accepts whatever attributes the element has.
    pub(super) fn any_attribute(&mut self) {
        self.takes_any_attribute = true;
    }

    fn read<T>(&self, node: Node<'d, 'd>, read: &impl Fn(&mut Element<'d>) -> T) -> Option<T> {
        let mut child = Element::new(node, self.report);
        let value = read(&mut child);
        let named = !child.nameless;
        child.finish();
        named.then_some(value)
    }

    /// Whether a child is of the same namespace as this element.
    fn is_own(&self, child: Node<'d, 'd>) -> bool {
        child.tag_name().namespace() == self.node.tag_name().namespace()
    }

    /// Reports what was not asked for.
    fn finish(self) {
        if !self.takes_any_attribute {
            self.finish_attributes();
        }
        if !self.takes_anything {
            self.finish_children();
        }
        self.finish_text();
    }

    fn finish_attributes(&self) {
        let mut missing = self.missing_attributes.clone();
        for attribute in self.node.attributes() {
            let foreign =
                attribute.namespace().is_some_and(|space| space == XML || SCHEMA_INSTANCE.contains(&space));
            let known = attribute.namespace().is_none() && self.known_attributes.contains(&attribute.name());
            if foreign || known {
                continue;
            }
            let span = self.report.span(attribute.range_qname());
            let sentence = message!("`{}` has no attribute `{}`", self.name(), attribute.name());
            let finding =
                Diagnostic::error(codes::UNKNOWN_ATTRIBUTE, span, sentence).label("not allowed here");
            missing.retain(|lacking| !is_meant(attribute.name(), lacking));
            let finding = match self.known_children.iter().any(|(child, _)| *child == attribute.name()) {
                true => finding.help(format!(
                    "`{0}` is an element: write `<{0}>…</{0}>` inside of `{1}`",
                    attribute.name(),
                    self.name()
                )),
                false => {
                    let near = crate::diagnostic::did_you_mean(
                        attribute.name(),
                        self.known_attributes.iter().copied(),
                    );
                    let finding = self.suggest(finding, attribute.name(), &self.known_attributes);
                    near.map_or(finding.clone(), |near| finding.suggest(attribute.name(), near))
                }
            };
            self.report.push(finding);
        }
        for name in missing {
            let sentence = message!("`{}` lacks the attribute `{name}`", self.name());
            let finding = Diagnostic::error(codes::MISSING_ATTRIBUTE, self.span(), sentence);
            self.report.push(finding.label(format!("`{name}=\"…\"` is missing")));
        }
    }

    /// Children against the schema's order. One mistake is told once: an unknown name that stands many times, what stands
    /// before one element that came too early, and what an unknown name may have been meant for.
    fn finish_children(&self) {
        let names: Vec<&'static str> = self.known_children.iter().map(|(name, _)| *name).collect();
        let mut met = Met { first: vec![None; names.len()], ..Met::default() };
        let mut missing = self.missing_children.clone();
        for child in &self.children {
            let name = child.tag_name().name();
            let own = self.is_own(*child);
            match names.iter().position(|known| *known == name).filter(|_| own) {
                Some(rank) => self.place(*child, rank, &mut met),
                None if !met.unknown.insert((name, own)) => {}
                None => {
                    missing.retain(|lacking| !is_meant(name, lacking));
                    self.report.push(self.unknown_child(*child, &names));
                }
            }
        }
        // Each unknown or repeated element may stand in the place of a missing one.
        for name in missing.into_iter().skip(met.unknown.len() + met.repeated) {
            self.report.push(self.missing_child(name, &names));
        }
    }

    fn place(&self, child: Node<'d, 'd>, rank: usize, met: &mut Met<'d>) {
        let often = self.known_children.get(rank).map_or(Often::Any, |(_, often)| *often);
        match (met.first.get(rank).copied().flatten(), met.furthest) {
            // Of two elements, the first of which came too early, the first is the wrong one.
            (Some(earlier), _) if often == Often::Once && met.early.contains(&earlier) => {}
            (Some(earlier), _) if often == Often::Once => {
                met.repeated += 1;
                self.report.push(self.repeated(child, earlier));
            }
            (_, Some((far, later))) if far > rank => {
                let alternative = self.alternatives.is_some_and(|names| {
                    [child, later].iter().all(|node| names.contains(&node.tag_name().name()))
                });
                if !alternative && !met.early.contains(&later) {
                    met.early.push(later);
                    self.report.push(self.misplaced(child, rank, later));
                }
            }
            _ => met.furthest = Some((rank, child)),
        }
        if let Some(slot) = met.first.get_mut(rank) {
            slot.get_or_insert(child);
        }
    }

    /// The first child that the schema puts behind the given place.
    fn first_behind(&self, rank: Option<usize>) -> Option<Node<'d, 'd>> {
        let of = |child: &Node<'d, 'd>| {
            self.known_children.iter().position(|(known, _)| *known == child.tag_name().name())
        };
        self.children.iter().find(|child| of(child) > rank).copied()
    }

    /// The place is the element before which the missing one belongs, as for the schema's own checkers; none: the parent.
    fn missing_child(&self, name: &'static str, names: &[&'static str]) -> Diagnostic {
        let rank = names.iter().position(|known| *known == name);
        let sentence = message!("`{}` lacks the element `{name}`", self.name());
        match self.first_behind(rank) {
            Some(next) => Diagnostic::error(codes::MISSING_ELEMENT, tag_span(next, self.report), sentence)
                .label(format!("`{name}` must stand before this")),
            None => Diagnostic::error(codes::MISSING_ELEMENT, self.span(), sentence),
        }
    }

    fn finish_text(&self) {
        if self.takes_text {
            return;
        }
        let texts = self.node.children().filter(|node| node.is_text());
        for node in texts.filter(|node| node.text().is_some_and(|text| !text.trim().is_empty())) {
            let range = node.range();
            let whole = self.report.source.slice(self.report.span(range.clone()));
            let start = range.start + (whole.len() - whole.trim_start().len());
            let line = whole.trim_start().lines().next().unwrap_or_default().trim_end();
            let span = self.report.span(start..start + line.len());
            let sentence = message!("text where `{}` may only contain elements", self.name());
            let finding = Diagnostic::error(codes::UNEXPECTED_TEXT, span, sentence);
            self.report.push(finding.also(self.span(), format!("`{}` begins here", self.name())));
        }
    }

    fn unknown_child(&self, child: Node<'d, 'd>, names: &[&'static str]) -> Diagnostic {
        let name = child.tag_name().name();
        let sentence = if names.is_empty() {
            message!("`{}` contains no elements, so `{name}` has no place in it", self.name())
        } else if names.contains(&name) {
            message!("`{name}` is not in the namespace of `{}`", self.name())
        } else {
            message!("`{}` has no element `{name}`", self.name())
        };
        let finding = Diagnostic::error(codes::UNKNOWN_ELEMENT, tag_span(child, self.report), sentence);
        let finding = finding.label("not allowed here");
        self.belongs(finding, name, names)
    }

    /// Where the misplaced element belongs: a word misspelt, an attribute written as an element, or another parent.
    fn belongs(&self, finding: Diagnostic, name: &str, names: &[&'static str]) -> Diagnostic {
        if names.contains(&name) {
            return finding
                .help(format!("write it without prefix, or declare the namespace `{NAMESPACE}` for it"));
        }
        if self.known_attributes.contains(&name) {
            return finding.help(format!("`{name}` is an attribute: write `<{} {name}=\"…\">`", self.name()));
        }
        let parents = super::places::parents(name);
        if parents.is_empty() || self.report.crowded() {
            return self.suggest(finding, name, names);
        }
        // One step further in is the usual mistake, so that parent is named alone.
        let inside = parents.iter().find(|parent| names.contains(parent));
        match inside {
            Some(parent) => finding.help(format!("put it into `{parent}`, which may stand here")),
            None => {
                let list = format!("{name}s");
                let of_list = parents.iter().copied().filter(|parent| *parent == list);
                let parents: Vec<&str> = match parents.contains(&list.as_str()) {
                    true => of_list.collect(),
                    false => parents.iter().copied().take(6).collect(),
                };
                finding.help(format!("`{name}` belongs into `{}`", parents.join("`, `")))
            }
        }
    }

    fn repeated(&self, child: Node<'d, 'd>, earlier: Node<'d, 'd>) -> Diagnostic {
        let sentence = message!("`{}` may stand in `{}` only once", child.tag_name().name(), self.name());
        Diagnostic::error(codes::REPEATED_ELEMENT, tag_span(child, self.report), sentence)
            .label("given again")
            .also(tag_span(earlier, self.report), "the first one")
    }

    /// An element that must be there is looked for before the first that stands behind it; another one is wrong where it
    /// is.
    fn misplaced(&self, child: Node<'d, 'd>, rank: usize, later: Node<'d, 'd>) -> Diagnostic {
        let name = child.tag_name().name();
        let required = self.required_children.contains(&name);
        let behind = required.then(|| self.first_behind(Some(rank))).flatten();
        let (place, other) = match behind {
            Some(behind) => (behind, behind),
            None => (child, later),
        };
        let sentence =
            message!("in `{}`, `{name}` must stand before `{}`", self.name(), other.tag_name().name());
        let finding = Diagnostic::error(codes::WRONG_ORDER, tag_span(place, self.report), sentence);
        match behind {
            Some(_) => finding.also(tag_span(child, self.report), format!("`{name}` stands here")),
            None => finding.also(tag_span(later, self.report), format!("`{name}` belongs before this")),
        }
    }

    /// The nearest known name, or all of them if they are few.
    fn suggest(&self, finding: Diagnostic, name: &str, known: &[&'static str]) -> Diagnostic {
        if self.report.crowded() {
            return finding;
        }
        match crate::diagnostic::did_you_mean(name, known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None if known.is_empty() || known.len() > 12 => finding,
            None => finding.help(format!("possible here: `{}`", known.join("`, `"))),
        }
    }
}

fn unset(settings: &Settings, name: &str, place: Span) -> Diagnostic {
    let sentence = message!("the environment `{}` has no setting `{name}`", settings.environment());
    Diagnostic::warning(codes::UNSET, place, sentence)
        .help("add it to the environment's PolicySettings in appsettings.json")
        .did_you_mean(name, settings.names())
}

/// Whether an unknown name is likely what the author wrote for a missing one: then one finding is enough.
fn is_meant(written: &str, missing: &str) -> bool {
    crate::diagnostic::did_you_mean(written, [missing]).is_some()
}

/// `<Name` of an element.
fn tag_span(node: Node<'_, '_>, report: &Report<'_>) -> Span {
    let range = node.range();
    let text = report.source.slice(report.span(range.clone()));
    let ends_name = |character: char| character.is_whitespace() || matches!(character, '/' | '>');
    let length = text.get(1..).and_then(|rest| rest.find(ends_name)).map_or(1, |length| length + 1);
    report.span(range.start..range.start + length)
}

/// What a comment to the tools begins with.
const NOTE: &str = "vestibule:";

/// The comments that speak to the tools, each with the element it is about.
fn notes(document: &Document<'_>, report: &Report<'_>) -> Vec<AuthorNote> {
    if !report.source.text().contains(NOTE) {
        return Vec::new();
    }
    let comments = document.descendants().filter(Node::is_comment);
    let spoken = comments.filter_map(|node| {
        let text = node.text()?.trim().strip_prefix(NOTE)?.trim().to_owned();
        let about = about(node).unwrap_or_else(|| document.root_element());
        Some(AuthorNote {
            text: Spanned::new(text, report.span(node.range())),
            about: report.span(about.range()),
        })
    });
    spoken.collect()
}

/// The element a comment is about: the one whose tag stands before it on the same line, else the next one, else the one
/// around it.
fn about<'d>(comment: Node<'d, 'd>) -> Option<Node<'d, 'd>> {
    let gap = comment.prev_sibling().filter(Node::is_text);
    let same_line = gap.and_then(|gap| gap.text()).is_none_or(|text| !text.contains('\n'));
    let before = gap.map_or(comment.prev_sibling(), |gap| gap.prev_sibling());
    let around = comment.parent().filter(Node::is_element);
    match before {
        Some(element) if same_line && element.is_element() => return Some(element),
        None if same_line && around.is_some() => return around,
        _ => {}
    }
    comment.next_siblings().find(Node::is_element).or(around)
}

fn forbidden(why: &Forbidden, span: Span) -> Diagnostic {
    match why {
        Forbidden::DocumentType => Diagnostic::error(
            codes::DOCUMENT_TYPE,
            span,
            message!("a policy may not contain a document type definition"),
        )
        .help("remove `<!DOCTYPE …>`; entities other than `&amp; &lt; &gt; &quot; &apos;` are not available"),
        Forbidden::TooDeep => Diagnostic::error(
            codes::TOO_DEEP,
            span,
            message!("elements are nested deeper than {MAX_DEPTH} levels"),
        ),
        Forbidden::TooManyElements => Diagnostic::error(
            codes::TOO_MANY_NODES,
            span,
            message!("the file has more than {MAX_ELEMENTS} elements"),
        ),
        Forbidden::TooManyAttributes => Diagnostic::error(
            codes::TOO_MANY_NODES,
            span,
            message!("an element has more than {MAX_ATTRIBUTES} attributes"),
        ),
        Forbidden::TooManyNamespaces => Diagnostic::error(
            codes::TOO_MANY_NODES,
            span,
            message!("the file declares more than {MAX_NAMESPACES} namespaces"),
        ),
        Forbidden::TooManyDeclarations(name, most) => Diagnostic::error(
            codes::TOO_MANY_NODES,
            span,
            message!("the file has more than {most} elements `{name}`"),
        ),
    }
}

/// What the parser found malformed, in our own terms.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) what: What,
    /// Byte offset; none if the parser does not say.
    pub(super) at: Option<usize>,
}

/// Kinds of malformed XML that deserve words of their own.
#[derive(Debug)]
pub(super) enum What {
    EndOfFile,
    NoRoot,
    WrongEndTag {
        open: String,
        close: String,
    },
    UnknownPrefix(String),
    UnknownEntity(String),
    BareAmpersand,
    LessThanInValue,
    RepeatedAttribute(String),
    LateDeclaration,
    ForbiddenCharacter(char),
    TooManyNodes,
    DocumentType,
    /// No space before an attribute.
    NoSpace,
    /// The value of an attribute without a quotation mark.
    NoQuote,
    /// Something else than a name behind `<`, or where an attribute is expected.
    NoName,
    /// The end of a comment (`-->`), of `<![CDATA[` (`]]>`) or of another construct does not come.
    Unclosed(&'static str),
    /// `--` inside a comment.
    DashesInComment,
    /// Text or a tag where there can be none: outside the root element.
    Stray,
    Other(Message),
}

impl Malformed {
    fn from(source: &Source, error: &roxmltree::Error) -> Self {
        use roxmltree::Error as E;
        let what = match error {
            E::UnclosedRootNode | E::UnexpectedEndOfStream => What::EndOfFile,
            E::NoRootNode => What::NoRoot,
            E::UnexpectedCloseTag(open, close, _) => {
                What::WrongEndTag { open: open.clone(), close: close.clone() }
            }
            E::UnknownNamespace(prefix, _) => What::UnknownPrefix(prefix.clone()),
            E::UnknownEntityReference(name, _) => What::UnknownEntity(name.clone()),
            E::MalformedEntityReference(_) => What::BareAmpersand,
            E::InvalidAttributeValue(_) | E::InvalidChar(b'"' | b'\'', b'<', _) => What::LessThanInValue,
            E::DuplicatedAttribute(name, _) | E::DuplicatedNamespace(name, _) => {
                What::RepeatedAttribute(name.clone())
            }
            E::UnexpectedDeclaration(_) => What::LateDeclaration,
            E::NonXmlChar(character, _) => What::ForbiddenCharacter(*character),
            E::NodesLimitReached | E::AttributesLimitReached | E::NamespacesLimitReached => {
                What::TooManyNodes
            }
            E::DtdDetected => What::DocumentType,
            E::InvalidChar(expected, ..) => {
                What::Other(message!("expected `{}` here", char::from(*expected)))
            }
            E::InvalidChar2("a whitespace", ..) => What::NoSpace,
            E::InvalidChar2("a quote", ..) => What::NoQuote,
            E::InvalidChar2(expected, ..) => What::Other(message!("expected {expected} here")),
            E::InvalidString(expected, _) => What::Unclosed(expected),
            E::InvalidName(_) => What::NoName,
            E::InvalidComment(_) => What::DashesInComment,
            E::InvalidCharacterData(_) => What::Other(message!("`]]>` may not stand in text")),
            E::UnknownToken(_) => What::Stray,
            other => What::Other(message!("{other}")),
        };
        let placeless =
            matches!(what, What::EndOfFile | What::NoRoot | What::TooManyNodes | What::DocumentType);
        let position = error.pos();
        let at = (!placeless).then(|| offset(source, position.row as usize, position.col as usize));
        Self { what, at }
    }
}

/// The byte offset of a line and a column, both from 1, the column in characters.
fn offset(source: &Source, line: usize, column: usize) -> usize {
    let start = source.line_start(line);
    let rest = source.text().get(start..).unwrap_or_default();
    start + rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>()
}
