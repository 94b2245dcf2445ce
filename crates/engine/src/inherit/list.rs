//! How lists and single values are laid over each other. In: the base's and the child's. Out: the base's, changed.
//!
//! Must not be known here: what the elements are.

use std::collections::HashMap;
use std::sync::Arc;

/// The child's value replaces the base's if the child states one.
pub(super) fn replace<T: Clone>(base: &mut Option<T>, child: Option<&T>) {
    if let Some(child) = child {
        *base = Some(child.clone());
    }
}

/// The child's list replaces the base's unless it is empty: an empty list clears nothing (policy-language 2.2).
pub(super) fn replace_list<T: Clone>(base: &mut Vec<T>, child: &[T]) {
    if !child.is_empty() {
        *base = child.to_vec();
    }
}

/// Where order has no meaning: twins are overlaid in place, the rest of the child's entries is added.
pub(super) fn by_key<'c, T: Clone + 'c>(
    base: &mut Vec<T>,
    child: impl IntoIterator<Item = &'c T>,
    key: fn(&T) -> String,
    lay: fn(&mut T, &T),
) {
    Twins::of(base, key).lay(base, child, lay);
}

/// The same for things that several policies share: what no child changes is not copied.
pub(super) fn by_id<'c, T: Clone + 'c>(
    base: &mut Vec<Arc<T>>,
    child: impl IntoIterator<Item = &'c Arc<T>>,
    key: fn(&Arc<T>) -> String,
    lay: fn(&mut T, &T),
) {
    let mut twins = Twins::of(base, key);
    for entry in child {
        match twins.next(&key(entry)).and_then(|at| base.get_mut(at)) {
            Some(twin) => lay(Arc::make_mut(twin), entry),
            None => base.push(entry.clone()),
        }
    }
}

/// Where order has a meaning: the child's entries in the child's order, each laid over its twin in the base, then what
/// only the base has, in the base's order (policy-language 2.3).
pub(super) fn child_first<T: Clone>(
    base: &mut Vec<T>,
    child: &[T],
    key: fn(&T) -> String,
    lay: fn(&mut T, &T),
) {
    if child.is_empty() {
        return;
    }
    let mut twins = Twins::of(base, key);
    let mut rest: Vec<Option<T>> = std::mem::take(base).into_iter().map(Some).collect();
    for entry in child {
        match twins.next(&key(entry)).and_then(|at| rest.get_mut(at)).and_then(Option::take) {
            Some(mut twin) => {
                lay(&mut twin, entry);
                base.push(twin);
            }
            None => base.push(entry.clone()),
        }
    }
    base.extend(rest.into_iter().flatten());
}

/// What two lists of one collection become where the child may ask for an order: the child's entries replace their twins
/// and stand before or behind the rest.
pub(super) fn unite<T: Clone>(
    base: &mut Vec<T>,
    child: &[T],
    key: fn(&T) -> String,
    child_stands_first: bool,
) {
    let mut all = std::mem::take(base);
    if child_stands_first {
        child_first(&mut all, child, key, T::clone_from);
    } else {
        let new: std::collections::HashSet<String> = child.iter().map(key).collect();
        all.retain(|entry| !new.contains(&key(entry)));
        all.extend_from_slice(child);
    }
    *base = all;
}

/// Entries by key. Of several with one key the first answers the first question, the second the next: lists of claims may
/// name a claim twice under two partner names.
pub(super) struct Twins<T> {
    places: HashMap<String, Places>,
    key: fn(&T) -> String,
    round: usize,
}

/// Where the entries with one key are, and how many of them answered in a round.
#[derive(Default)]
struct Places {
    all: Vec<usize>,
    answered: usize,
    round: usize,
}

impl<T> Twins<T> {
    pub(super) fn of(list: &[T], key: fn(&T) -> String) -> Self {
        let mut twins = Self { places: HashMap::with_capacity(list.len()), key, round: 0 };
        for (at, entry) in list.iter().enumerate() {
            twins.places.entry(key(entry)).or_default().all.push(at);
        }
        twins
    }

    fn next(&mut self, key: &str) -> Option<usize> {
        let places = self.places.get_mut(key)?;
        if places.round != self.round {
            (places.round, places.answered) = (self.round, 0);
        }
        places.answered += 1;
        places.all.get(places.answered - 1).copied()
    }
}

impl<T: Clone> Twins<T> {
    /// Lays a list over the one these are the twins of; may be done again with a further list.
    pub(super) fn lay<'c>(
        &mut self,
        base: &mut Vec<T>,
        child: impl IntoIterator<Item = &'c T>,
        lay: fn(&mut T, &T),
    ) where
        T: 'c,
    {
        let mut added = Vec::new();
        for entry in child {
            let key = (self.key)(entry);
            match self.next(&key).and_then(|at| base.get_mut(at)) {
                Some(twin) => lay(twin, entry),
                None => {
                    added.push((key, base.len()));
                    base.push(entry.clone());
                }
            }
        }
        for (key, at) in added {
            self.places.entry(key).or_default().all.push(at);
        }
        self.round += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pair = (&'static str, u8);

    fn key(entry: &Pair) -> String {
        entry.0.to_lowercase()
    }

    fn lay(base: &mut Pair, child: &Pair) {
        base.1 += child.1 * 10;
    }

    #[test]
    fn the_childs_order_comes_first_and_twins_are_overlaid() {
        let mut base = vec![("a", 1), ("b", 2), ("c", 3)];
        child_first(&mut base, &[("new", 9), ("B", 5)], key, lay);
        assert_eq!(base, [("new", 9), ("b", 52), ("a", 1), ("c", 3)]);
        child_first(&mut base, &[], key, lay);
        assert_eq!(base, [("new", 9), ("b", 52), ("a", 1), ("c", 3)], "an empty list clears nothing");
    }

    #[test]
    fn the_second_of_two_equal_keys_meets_the_second() {
        let mut base = vec![("a", 1), ("a", 2), ("a", 3)];
        child_first(&mut base, &[("a", 1), ("a", 2)], key, lay);
        assert_eq!(base, [("a", 11), ("a", 22), ("a", 3)]);
    }

    #[test]
    fn without_meaning_of_order_the_base_stays_in_place() {
        let mut base = vec![("a", 1), ("b", 2)];
        by_key(&mut base, &[("new", 9), ("B", 5)], key, lay);
        assert_eq!(base, [("a", 1), ("b", 52), ("new", 9)]);
    }

    #[test]
    fn a_further_list_meets_what_the_one_before_it_added() {
        let mut base = vec![("a", 1)];
        let mut twins = Twins::of(&base, key);
        twins.lay(&mut base, &[("b", 1), ("b", 2), ("A", 1)], lay);
        twins.lay(&mut base, &[("b", 3), ("c", 1)], lay);
        twins.lay(&mut base, &[("c", 2), ("b", 1), ("b", 1), ("b", 1)], lay);
        assert_eq!(base, [("a", 11), ("b", 41), ("b", 12), ("c", 21), ("b", 1)]);
    }

    #[test]
    fn united_lists_have_the_childs_twins_before_or_behind() {
        let base = vec![("a", 1), ("b", 2)];
        let mut first = base.clone();
        unite(&mut first, &[("b", 7), ("c", 8)], key, true);
        assert_eq!(first, [("b", 7), ("c", 8), ("a", 1)]);
        let mut last = base;
        unite(&mut last, &[("b", 7), ("c", 8)], key, false);
        assert_eq!(last, [("a", 1), ("b", 7), ("c", 8)]);
    }
}
