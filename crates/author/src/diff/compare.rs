//! The comparison itself. In: two sets. Out: [`Difference`].

use std::collections::{BTreeMap, HashMap};

use vestibule_engine::syntax::{fold, same_id};

use super::align::{Pair, align};
use super::facts::{Fact, Key, Part, Parts};
use super::reach::{self, Reached};
use super::{At, Change, Difference, Group, PartChange, PolicyChange, Sort, Status};
use crate::set::{Entry, Member, Set};

/// Lists whose order is part of what they say.
const ORDERED: &[&str] = &[
    "input transformation",
    "output transformation",
    "validation profile",
    "display claim",
    "display control",
    "output claim",
    "input claim",
    "button",
    "exchange",
    "choice",
    "input",
    "action",
    "language",
    "sub-journey",
];

pub(super) fn compare(before: &Set, after: &Set) -> Difference {
    let mut policies = Vec::new();
    let runnable = |member: &&Member| member.tree.relying_party.is_some();
    let ordered =
        after.members.iter().filter(runnable).chain(after.members.iter().filter(|one| !runnable(one)));
    for member in ordered {
        match before.member(&member.id) {
            None => policies.push(whole(member, Status::Added)),
            Some(old) => {
                let groups = policy(old, member);
                if !groups.is_empty() {
                    let id = member.id.clone();
                    policies.push(PolicyChange { id, status: Status::Changed, groups });
                }
            }
        }
    }
    let gone = before.members.iter().filter(|member| after.member(&member.id).is_none());
    policies.extend(gone.map(|member| whole(member, Status::Removed)));
    tell_once(&mut policies);
    Difference { policies }
}

/// Policies inherit the same change from one base. It is told in the first policy where it matters, or in the first of
/// all where it matters nowhere; the others point there.
fn tell_once(policies: &mut [PolicyChange]) {
    let mut homes: HashMap<(Key, Status, Vec<Change>), (bool, String)> = HashMap::new();
    let name = |part: &PartChange| ((part.sort, fold(&part.id)), part.status, part.changes.clone());
    for policy in policies.iter() {
        for group in &policy.groups {
            let matters = group.at != At::Elsewhere;
            for part in &group.parts {
                let home = homes.entry(name(part)).or_insert_with(|| (matters, policy.id.clone()));
                if matters && !home.0 {
                    *home = (true, policy.id.clone());
                }
            }
        }
    }
    for policy in policies {
        for part in policy.groups.iter_mut().flat_map(|group| &mut group.parts) {
            let home = homes.get(&name(part)).map(|(_, id)| id.clone());
            part.same_as = home.filter(|id| *id != policy.id);
        }
    }
}

fn whole(member: &Member, status: Status) -> PolicyChange {
    PolicyChange { id: member.id.clone(), status, groups: Vec::new() }
}

fn policy(before: &Member, after: &Member) -> Vec<Group> {
    let (old, new) = (Parts::of(before), Parts::of(after));
    let changed = changes(&old, &new);
    if changed.is_empty() {
        return Vec::new();
    }
    let journeys = journeys(before, after, &old, &new);
    let party = [reach::party(&old), reach::party(&new)];
    let mut groups: BTreeMap<At, Vec<PartChange>> = BTreeMap::new();
    for (key, mut part) in changed {
        let reaching: Vec<&(Entry, String, Reached)> =
            journeys.iter().filter(|(_, _, reached)| reached.contains_key(&key)).collect();
        let own = matches!(key.0, Sort::Policy | Sort::Party | Sort::Localization);
        let at = match reaching.split_first() {
            _ if own => At::Policy,
            Some(((entry, id, reached), others)) => {
                part.used = steps(reached.get(&key).into_iter().flatten().copied());
                part.also = others.iter().map(|(_, id, _)| id.clone()).collect();
                At::Journey(*entry, id.clone())
            }
            None if party.iter().any(|reached| reached.contains(&key)) => At::Policy,
            None => At::Elsewhere,
        };
        groups.entry(at).or_default().push(part);
    }
    groups.into_iter().map(|(at, parts)| Group { at, parts }).collect()
}

/// The journeys that either policy starts, each with what it reaches in one of them.
fn journeys(before: &Member, after: &Member, old: &Parts, new: &Parts) -> Vec<(Entry, String, Reached)> {
    let mut all: Vec<(Entry, String, Reached)> = Vec::new();
    for (member, parts) in [(after, new), (before, old)] {
        for (entry, id) in member.entries() {
            let reached = reach::journey(parts, &fold(&id));
            match all.iter_mut().find(|(known, other, _)| *known == entry && same_id(other, &id)) {
                Some((_, _, known)) => {
                    for (key, steps) in reached {
                        known.entry(key).or_insert(steps);
                    }
                }
                None => all.push((entry, id, reached)),
            }
        }
    }
    all
}

/// "step 1", "steps 1, 2 and 5".
fn steps(numbers: impl Iterator<Item = i32>) -> String {
    let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    match numbers.split_last() {
        None => String::new(),
        Some((one, [])) => format!("step {one}"),
        Some((last, others)) => format!("steps {} and {last}", others.join(", ")),
    }
}

/// Every part that differs.
fn changes(old: &Parts, new: &Parts) -> Vec<(Key, PartChange)> {
    let gone = old
        .all
        .iter()
        .filter(|(key, _)| !new.all.contains_key(*key))
        .map(|(key, part)| (key, Some(part), None));
    let kept = new.all.iter().map(|(key, part)| (key, old.all.get(key), Some(part)));
    let mut all: Vec<(Key, PartChange)> = Vec::new();
    for (key, before, after) in kept.chain(gone) {
        let (Some(shown), status) = (after.or(before), status(before.is_some(), after.is_some())) else {
            continue;
        };
        let changes = match (before, after) {
            (Some(before), Some(after)) => part_changes(before, after),
            _ => Vec::new(),
        };
        if status == Status::Changed && changes.is_empty() {
            continue;
        }
        let (id, about) = (shown.id.clone(), shown.about.clone());
        let (used, also, same_as) = (String::new(), Vec::new(), None);
        all.push((key.clone(), PartChange { sort: key.0, id, status, about, used, also, same_as, changes }));
    }
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}

fn status(before: bool, after: bool) -> Status {
    match (before, after) {
        (false, _) => Status::Added,
        (true, false) => Status::Removed,
        (true, true) => Status::Changed,
    }
}

fn part_changes(before: &Part, after: &Part) -> Vec<Change> {
    let mut changes = fact_changes("", &before.facts, &after.facts);
    if before.steps != after.steps {
        for pair in align(&before.steps, &after.steps) {
            changes.extend(step_changes(pair));
        }
    }
    changes
}

fn step_changes(pair: Pair<'_>) -> Vec<Change> {
    match pair {
        (Some(old), Some(new)) => {
            let section = if old.order == new.order {
                format!("step {}", new.order)
            } else {
                format!("step {} (was {})", new.order, old.order)
            };
            fact_changes(&section, &old.facts, &new.facts)
        }
        (None, Some(new)) => vec![Change {
            section: String::new(),
            name: format!("step {}", new.order),
            before: None,
            after: Some(summary(new)),
        }],
        (Some(old), None) => vec![Change {
            section: String::new(),
            name: format!("step {} (as it was)", old.order),
            before: Some(summary(old)),
            after: None,
        }],
        (None, None) => Vec::new(),
    }
}

fn summary(step: &super::facts::StepFacts) -> String {
    let skips: Vec<&str> = step
        .facts
        .iter()
        .filter(|fact| fact.section == "skipped if")
        .map(|fact| fact.name.as_str())
        .collect();
    if skips.is_empty() {
        step.what.clone()
    } else {
        format!("{}, skipped if {}", step.what, skips.join(", or if "))
    }
}

/// What differs between two lists of facts. Entries are the same by list, name and how often the name came before.
fn fact_changes(around: &str, before: &[Fact], after: &[Fact]) -> Vec<Change> {
    let (old, new) = (Numbered::of(before), Numbered::of(after));
    let mut changes = Vec::new();
    let section = |fact: &Fact| match (around, fact.section) {
        ("", section) => section.to_owned(),
        (around, "") => around.to_owned(),
        (around, section) => format!("{around}: {section}"),
    };
    for (key, fact) in &new.facts {
        let was = old.get(key);
        if was.is_none_or(|was| !same_value(&was.value, &fact.value)) {
            let (before, after) = (was.map(|was| was.value.clone()), Some(fact.value.clone()));
            changes.push(Change { section: section(fact), name: fact.name.clone(), before, after });
        }
    }
    for (_, fact) in old.facts.iter().filter(|(key, _)| new.get(key).is_none()) {
        let before = Some(fact.value.clone());
        changes.push(Change { section: section(fact), name: fact.name.clone(), before, after: None });
    }
    for list in ORDERED {
        changes.extend(reordered(around, list, &old, &new));
    }
    changes
}

/// An entry: its list, its name in one case, how many of that name came before.
type EntryKey = (&'static str, String, usize);

/// Facts with keys, in order.
struct Numbered<'a> {
    facts: Vec<(EntryKey, &'a Fact)>,
    places: BTreeMap<EntryKey, usize>,
}

impl<'a> Numbered<'a> {
    fn of(facts: &'a [Fact]) -> Numbered<'a> {
        let mut counts: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
        let mut numbered = Numbered { facts: Vec::new(), places: BTreeMap::new() };
        for fact in facts {
            let count = counts.entry((fact.section, fold(&fact.name))).or_default();
            let key = (fact.section, fold(&fact.name), *count);
            *count += 1;
            numbered.places.insert(key.clone(), numbered.facts.len());
            numbered.facts.push((key, fact));
        }
        numbered
    }

    fn get(&self, key: &EntryKey) -> Option<&'a Fact> {
        self.places.get(key).and_then(|at| self.facts.get(*at)).map(|(_, fact)| *fact)
    }

    /// The entries of a list that the other one has too, in order.
    fn shared(&self, list: &str, other: &Numbered<'_>) -> Vec<(&EntryKey, &'a Fact)> {
        let own = self.facts.iter().filter(|(key, _)| key.0 == list && other.get(key).is_some());
        own.map(|(key, fact)| (key, *fact)).collect()
    }
}

/// A list whose common entries stand in another order.
fn reordered(around: &str, list: &'static str, old: &Numbered<'_>, new: &Numbered<'_>) -> Option<Change> {
    let (before, after) = (old.shared(list, new), new.shared(list, old));
    let keys = |all: &[(&EntryKey, &Fact)]| all.iter().map(|(key, _)| (*key).clone()).collect::<Vec<_>>();
    if keys(&before) == keys(&after) {
        return None;
    }
    let names = |all: &[(&EntryKey, &Fact)]| {
        let names: Vec<&str> = all.iter().map(|(_, fact)| fact.name.as_str()).collect();
        Some(names.join(", "))
    };
    let section = if around.is_empty() { list.to_owned() } else { format!("{around}: {list}") };
    Some(Change { section, name: "order".to_owned(), before: names(&before), after: names(&after) })
}

/// Truth values are written in any case.
fn same_value(one: &str, other: &str) -> bool {
    one == other
        || (one.eq_ignore_ascii_case(other) && ["true", "false"].contains(&one.to_ascii_lowercase().as_str()))
}
