//! A policy as parts with facts, in a form in which equal means equal: defaults written out, ids in one case. In: a
//! policy. Out: [`Parts`].
//!
//! Must not be known here: the other policy.

use std::collections::BTreeMap;

use vestibule_engine::source::Spanned;
use vestibule_engine::syntax::fold;

use super::{Sort, blocks, party, profile};
use crate::set::Member;

/// The key of a part: its sort and its id in one case.
pub(super) type Key = (Sort, String);

/// All parts of a policy.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) all: BTreeMap<Key, Part>,
}

/// One part.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Part {
    /// The id as written.
    pub(super) id: String,
    /// What it is, in a few words.
    pub(super) about: String,
    /// What it says.
    pub(super) facts: Vec<Fact>,
    /// For journeys: the facts of each step.
    pub(super) steps: Vec<StepFacts>,
    /// The parts it names.
    pub(super) uses: Vec<Key>,
}

/// One thing that a part says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// The list it belongs to, or empty.
    pub(super) section: &'static str,
    /// What it is about, as written.
    pub(super) name: String,
    /// What is said.
    pub(super) value: String,
}

/// One step of a journey.
#[derive(Debug, PartialEq)]
pub(super) struct StepFacts {
    /// Its number.
    pub(super) order: i32,
    /// What it does, in words.
    pub(super) what: String,
    /// What tells it from other steps, wherever it stands.
    pub(super) signature: String,
    /// What it says.
    pub(super) facts: Vec<Fact>,
    /// The parts it names.
    pub(super) uses: Vec<Key>,
}

impl Parts {
    /// Everything a policy says.
    pub(super) fn of(member: &Member) -> Parts {
        let mut parts = Parts::default();
        party::add(member, &mut parts);
        profile::add(member, &mut parts);
        blocks::add(member, &mut parts);
        parts
    }

    /// Adds one part.
    pub(super) fn add(&mut self, sort: Sort, part: Part) {
        self.all.insert((sort, fold(&part.id)), part);
    }
}

impl Part {
    /// A part that says nothing yet.
    pub(super) fn new(id: &str, about: impl Into<String>) -> Part {
        Part { id: id.to_owned(), about: about.into(), ..Part::default() }
    }

    /// Adds a property, where there is one.
    pub(super) fn say(&mut self, name: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.facts.push(Fact { section: "", name: name.to_owned(), value: value.into() });
        }
    }

    /// Adds an entry of a list.
    pub(super) fn list(&mut self, section: &'static str, name: &str, value: impl Into<String>) {
        self.facts.push(Fact { section, name: name.to_owned(), value: value.into() });
    }

    /// Names another part.
    pub(super) fn uses(&mut self, sort: Sort, id: &str) {
        self.uses.push((sort, fold(id)));
    }
}

/// A text as written.
pub(super) fn text(value: Option<&Spanned<String>>) -> Option<String> {
    value.map(|text| text.value.clone())
}

/// A flag, with what holds where it is not written.
pub(super) fn flag(value: Option<&Spanned<bool>>, default: bool) -> bool {
    value.map_or(default, |flag| flag.value)
}

/// Words joined by commas, empty ones left out.
pub(super) fn join<const N: usize>(words: [String; N]) -> String {
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(", ")
}

/// The word if it holds.
pub(super) fn word(holds: bool, word: &str) -> String {
    if holds { word.to_owned() } else { String::new() }
}

/// The word with a value, if there is one.
pub(super) fn with(word: &str, value: Option<&Spanned<String>>) -> String {
    value.map_or_else(String::new, |value| format!("{word} “{}”", value.value))
}
