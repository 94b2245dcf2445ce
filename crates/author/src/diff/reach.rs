//! Which parts a journey reaches, and by which steps. In: the parts of a policy. Out: marks.

use std::collections::{BTreeMap, BTreeSet};

use super::Sort;
use super::facts::{Key, Part, Parts};

/// Longest journey for which it is found out which step leads where.
const MOST_STEPS: usize = 100;

/// The parts that one journey reaches: each with the numbers of the steps that lead to it.
pub(super) type Reached = BTreeMap<Key, BTreeSet<i32>>;

/// Everything a journey reaches, itself included.
pub(super) fn journey(parts: &Parts, id: &str) -> Reached {
    let mut reached = Reached::new();
    let mut key = (Sort::Journey, id.to_owned());
    if !parts.all.contains_key(&key) {
        key = (Sort::SubJourney, id.to_owned());
    }
    let Some(part) = parts.all.get(&key) else { return reached };
    for found in from(parts, part.uses.clone()) {
        reached.entry(found).or_default();
    }
    if part.steps.len() <= MOST_STEPS {
        for step in &part.steps {
            for found in from(parts, step.uses.clone()) {
                reached.entry(found).or_default().insert(step.order);
            }
        }
    } else {
        for found in from(parts, part.steps.iter().flat_map(|step| step.uses.clone()).collect()) {
            reached.entry(found).or_default();
        }
    }
    reached.insert(key, BTreeSet::new());
    reached
}

/// What the relying party reaches by itself: the claims of its token.
pub(super) fn party(parts: &Parts) -> BTreeSet<Key> {
    let own = parts.all.iter().filter(|((sort, _), _)| *sort == Sort::Party);
    from(parts, own.flat_map(|(_, part)| part.uses.clone()).collect())
}

fn from(parts: &Parts, start: Vec<Key>) -> BTreeSet<Key> {
    let mut found = BTreeSet::new();
    let mut open = start;
    while let Some(key) = open.pop() {
        // A journey that a profile names is an entry of its own.
        if key.0 == Sort::Journey || !found.insert(key.clone()) {
            continue;
        }
        open.extend(parts.all.get(&key).into_iter().flat_map(uses));
    }
    found
}

fn uses(part: &Part) -> impl Iterator<Item = Key> {
    part.uses.iter().chain(part.steps.iter().flat_map(|step| &step.uses)).cloned()
}
