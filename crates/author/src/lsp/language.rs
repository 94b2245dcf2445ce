//! What an author may write where: elements, attributes, their values, and a line about each. In: `language.txt`,
//! a table of the whole schema in the order in which elements must stand. Out: rows that completion, hover and the
//! index of names look at.
//!
//! Must not be known here: texts of policies, the protocol.

use std::sync::LazyLock;

use super::markup::{Markup, Node};

/// A sort of things with ids; ids of one sort are told apart in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Sort {
    /// A policy file.
    Policy,
    /// A claim type.
    Claim,
    /// A predicate.
    Predicate,
    /// A predicate validation or input validation.
    Validation,
    /// A claims transformation.
    Transformation,
    /// A client definition.
    Client,
    /// A content definition.
    Content,
    /// Localized resources.
    Resources,
    /// A display control.
    Control,
    /// A technical profile.
    Profile,
    /// A user journey.
    Journey,
    /// A sub-journey.
    SubJourney,
    /// A claims exchange.
    Exchange,
}

/// Every sort: its word in the table, and what people call it.
pub(super) const SORTS: &[(Sort, &str, &str)] = &[
    (Sort::Policy, "policy", "policy"),
    (Sort::Claim, "claim", "claim type"),
    (Sort::Predicate, "predicate", "predicate"),
    (Sort::Validation, "validation", "predicate validation"),
    (Sort::Transformation, "transformation", "claims transformation"),
    (Sort::Client, "client", "client definition"),
    (Sort::Content, "content", "content definition"),
    (Sort::Resources, "resources", "localized resources"),
    (Sort::Control, "control", "display control"),
    (Sort::Profile, "profile", "technical profile"),
    (Sort::Journey, "journey", "user journey"),
    (Sort::SubJourney, "sub-journey", "sub-journey"),
    (Sort::Exchange, "exchange", "claims exchange"),
];

impl Sort {
    /// What people call it.
    pub(super) fn noun(self) -> &'static str {
        SORTS.iter().find(|(sort, ..)| *sort == self).map_or("", |(_, _, noun)| *noun)
    }
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Free text, a number, or nothing at all.
    Free,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Words(Vec<&'static str>),
    /// The id of the thing declared here.
    Declares(Sort),
    /// The id of a thing declared elsewhere.
    Refers(Sort),
    /// A name of a transformation method.
    Method,
    /// A name of a predicate method.
    PredicateMethod,
    /// A parameter of a predicate method.
    PredicateParameter,
    /// The method's name for an input claim.
    SlotIn,
    /// The method's name for a parameter.
    SlotParameter,
    /// The method's name for an output claim.
    SlotOut,
    /// The class of a handler.
    Handler,
    /// A name on the other side, in the directory for instance.
    Partner,
    /// The key of a setting.
    Key,
    /// The value of a setting; its key says what it is.
    Setting,
    /// What a cryptographic key is for.
    KeyRole,
    /// Text in which claim resolvers may stand.
    Resolvable,
    /// The page of a content definition.
    DataUri,
    /// A language tag.
    Language,
    /// What a localized string belongs to; its ElementType says the sort.
    ElementId,
    /// Which text a localized string is.
    StringId,
    /// A claim, or the literal it is compared with.
    Tested,
    /// What a precondition does.
    Consequence,
}

/// Words of the table for values other than sorts and fixed words.
const SPECIAL: &[(&str, Value)] = &[
    ("text", Value::Free),
    ("int", Value::Free),
    ("bool", Value::Bool),
    ("method", Value::Method),
    ("predicate-method", Value::PredicateMethod),
    ("predicate-parameter", Value::PredicateParameter),
    ("slot-in", Value::SlotIn),
    ("slot-parameter", Value::SlotParameter),
    ("slot-out", Value::SlotOut),
    ("handler", Value::Handler),
    ("partner", Value::Partner),
    ("key", Value::Key),
    ("setting", Value::Setting),
    ("key-role", Value::KeyRole),
    ("resolvable", Value::Resolvable),
    ("data-uri", Value::DataUri),
    ("language", Value::Language),
    ("element-id", Value::ElementId),
    ("string-id", Value::StringId),
    ("precondition-value", Value::Tested),
    ("precondition-action", Value::Consequence),
];

/// An element at one place of the schema.
#[derive(Debug, Clone)]
pub(super) struct Element {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it may stand more than once.
    pub(super) many: bool,
    /// Whether it must stand.
    pub(super) needed: bool,
    /// What its text is; none: it has no text.
    pub(super) text: Option<Value>,
    /// A line about it.
    pub(super) about: &'static str,
    /// Its attributes.
    pub(super) attributes: Vec<Attribute>,
    /// What may stand in it, in the order in which it must stand.
    pub(super) children: Vec<Element>,
}

/// An attribute of one element.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it must stand.
    pub(super) needed: bool,
    /// What its value is.
    pub(super) value: Value,
    /// A line about it.
    pub(super) about: &'static str,
}

impl Element {
    /// The child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The attribute of that name.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|one| one.name == name)
    }
}

/// The root of the schema.
pub(super) fn root() -> &'static Element {
    static ROOT: LazyLock<Element> = LazyLock::new(|| Table::read(include_str!("language.txt")).root());
    &ROOT
}

/// What each element of a file is in the schema; none for what has no place there.
pub(super) fn places(markup: &Markup, text: &str) -> Vec<Option<&'static Element>> {
    let mut places: Vec<Option<&'static Element>> = Vec::with_capacity(markup.nodes.len());
    for node in &markup.nodes {
        places.push(place(node, text, markup, &places));
    }
    places
}

/// An element that has no place where it stands belongs to the nearest element around it that knows it: what stands
/// between was opened and is not closed yet.
fn place(
    node: &Node,
    text: &str,
    markup: &Markup,
    above: &[Option<&'static Element>],
) -> Option<&'static Element> {
    let name = node.name(text);
    let Some(parent) = node.parent else { return Some(root()).filter(|root| root.name == name) };
    let around = markup.ancestors(parent).filter_map(|id| above.get(id).copied().flatten());
    around.filter_map(|element| element.child(name)).next()
}

/// A line of the table.
struct Line {
    depth: usize,
    head: &'static str,
    value: Option<&'static str>,
    about: &'static str,
}

/// The lines of the table, without comments.
struct Table {
    lines: Vec<Line>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        Self { lines: lines.map(Line::read).collect() }
    }

    fn root(&self) -> Element {
        let mut whole = blank("");
        self.fill(&mut whole, 0, 0);
        whole.children.into_iter().next().unwrap_or_else(|| blank(""))
    }

    /// Gives `element` everything that stands at `depth` from line `from` on.
    fn fill(&self, element: &mut Element, from: usize, depth: usize) {
        for (at, line) in self.lines.iter().enumerate().skip(from) {
            if line.depth < depth {
                return;
            }
            if line.depth > depth {
                continue;
            }
            if let Some(group) = line.head.strip_prefix('&') {
                // At the margin the group itself stands: what follows is no part of the tree.
                if depth == 0 {
                    return;
                }
                self.fill_group(element, group);
            } else if let Some(name) = line.head.strip_prefix('@') {
                let (name, _, needed) = marks(name);
                let value = value(line.value.unwrap_or("text"));
                element.attributes.push(Attribute { name, needed, value, about: line.about });
            } else {
                let (name, many, needed) = marks(line.head);
                let text = line.value.map(value);
                let mut child = Element { many, needed, text, about: line.about, ..blank(name) };
                self.fill(&mut child, at + 1, depth + 1);
                element.children.push(child);
            }
        }
    }

    fn fill_group(&self, element: &mut Element, group: &str) {
        let head =
            self.lines.iter().position(|line| line.depth == 0 && line.head.strip_prefix('&') == Some(group));
        if let Some(at) = head {
            self.fill(element, at + 1, 1);
        }
    }
}

impl Line {
    fn read(line: &'static str) -> Self {
        let body = line.trim_start();
        let depth = (line.len() - body.len()) / 2;
        let (left, about) = body.split_once(" | ").unwrap_or((body, ""));
        match left.split_once(": ") {
            Some((head, value)) => Self { depth, head, value: Some(value.trim()), about },
            None => Self { depth, head: left.trim(), value: None, about },
        }
    }
}

fn blank(name: &'static str) -> Element {
    let (attributes, children) = (Vec::new(), Vec::new());
    Element { name, many: false, needed: false, text: None, about: "", attributes, children }
}

/// A name, whether it may stand often, whether it must stand.
fn marks(head: &'static str) -> (&'static str, bool, bool) {
    (head.trim_end_matches(['*', '!']), head.ends_with('*'), head.ends_with('!'))
}

fn value(word: &'static str) -> Value {
    let sort = |word: &str| SORTS.iter().find(|(_, name, _)| *name == word).map(|(sort, ..)| *sort);
    if let Some(sort) = word.strip_prefix("declares ").and_then(sort) {
        return Value::Declares(sort);
    }
    if let Some(sort) = sort(word) {
        return Value::Refers(sort);
    }
    let special = SPECIAL.iter().find(|(name, _)| *name == word).map(|(_, value)| value.clone());
    special.unwrap_or_else(|| Value::Words(word.split('|').collect()))
}

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;
