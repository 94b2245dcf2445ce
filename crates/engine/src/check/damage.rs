//! What the schema's errors took out of a policy. In: their places and the merged tree. Out: the things that a part is
//! missing of. Of these nothing is said that the missing part could disprove: that something lacks, never runs, comes from
//! nowhere. So one mistake is told once, and all others of the same run besides.

use std::collections::BTreeSet;

use super::names::Sort;
use crate::inherit::Effective;
use crate::source::Span;

/// Things with a part missing.
#[derive(Default)]
pub(super) struct Damage {
    things: BTreeSet<(Sort, usize)>,
    party: bool,
}

impl Damage {
    /// The things that the errors at `faults` stand in: a thing reaches from its start tag to the next thing's.
    pub(super) fn of(tree: &Effective, faults: &[Span]) -> Self {
        if faults.is_empty() {
            return Self::default();
        }
        let starts = starts(tree);
        let mut damage = Self::default();
        for fault in faults {
            let inside = starts
                .partition_point(|(start, _)| (start.source, start.start) <= (fault.source, fault.start));
            let holder = inside.checked_sub(1).and_then(|at| starts.get(at));
            match holder.filter(|(start, _)| start.source == fault.source) {
                Some((_, Some(thing))) => drop(damage.things.insert(*thing)),
                Some((_, None)) => damage.party = true,
                None => {}
            }
        }
        damage
    }

    /// Whether a part of the thing is missing.
    pub(super) fn has(&self, sort: Sort, index: usize) -> bool {
        self.things.contains(&(sort, index))
    }

    /// Whether a part of any thing of these sorts is missing.
    pub(super) fn has_any(&self, sorts: &[Sort]) -> bool {
        self.things.iter().any(|(sort, _)| sorts.contains(sort))
    }

    /// Whether a part of the relying party is missing.
    pub(super) fn has_party(&self) -> bool {
        self.party
    }

    /// Whether anything is.
    pub(super) fn is_any(&self) -> bool {
        self.party || !self.things.is_empty()
    }
}

type Start = (Span, Option<(Sort, usize)>);

/// Every start tag of every thing, in order; none: the relying party's.
fn starts(tree: &Effective) -> Vec<Start> {
    let blocks = &tree.building_blocks;
    let mut all: Vec<Start> = Vec::new();
    let mut add = |sort: Sort, index: usize, first: Span, later: &[Span]| {
        all.extend(
            std::iter::once(first).chain(later.iter().copied()).map(|span| (span, Some((sort, index)))),
        );
    };
    for (index, one) in blocks.claims_schema.iter().enumerate() {
        add(Sort::Claim, index, one.span, &one.overrides);
    }
    for (index, one) in blocks.claims_transformations.iter().enumerate() {
        add(Sort::Transformation, index, one.span, &one.overrides);
    }
    for (index, one) in blocks.content_definitions.iter().enumerate() {
        add(Sort::Content, index, one.span, &one.overrides);
    }
    for (index, one) in blocks.display_controls.iter().enumerate() {
        add(Sort::Control, index, one.span, &one.overrides);
    }
    for (index, one) in blocks.predicates.iter().enumerate() {
        add(Sort::Predicate, index, one.span, &one.overrides);
    }
    for (index, one) in tree.technical_profiles.iter().enumerate() {
        add(Sort::Profile, index, one.span, &one.overrides);
    }
    for (index, one) in tree.user_journeys.iter().enumerate() {
        add(Sort::Journey, index, one.span, &one.overrides);
    }
    for (index, one) in tree.sub_journeys.iter().enumerate() {
        add(Sort::SubJourney, index, one.span, &one.overrides);
    }
    all.extend(tree.relying_party.iter().map(|party| (party.span, None)));
    all.sort_by_key(|(span, _)| (span.source, span.start));
    all
}
