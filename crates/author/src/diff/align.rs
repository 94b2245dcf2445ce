//! Which step of one journey is which of another. In: both lists. Out: pairs in order. A step that was put in shifts the
//! numbers of all behind it, so numbers alone would make all of them differ.
//!
//! Must not be known here: what differs in a pair.

use super::facts::StepFacts;

/// How many comparisons are made at most; longer journeys are paired by number.
const MOST: usize = 250_000;

/// A step before, after, or both.
pub(super) type Pair<'a> = (Option<&'a StepFacts>, Option<&'a StepFacts>);

/// Pairs the steps: first those that run the same, then what is left between them by type, in order.
pub(super) fn align<'a>(before: &'a [StepFacts], after: &'a [StepFacts]) -> Vec<Pair<'a>> {
    if before.len().saturating_mul(after.len()) > MOST {
        return by_number(before, after);
    }
    let mut pairs = Vec::new();
    let (mut left, mut right) = (0, 0);
    for (one, other) in common(before, after).into_iter().chain([(before.len(), after.len())]) {
        between(
            before.get(left..one).unwrap_or_default(),
            after.get(right..other).unwrap_or_default(),
            &mut pairs,
        );
        if let (Some(one), Some(other)) = (before.get(one), after.get(other)) {
            pairs.push((Some(one), Some(other)));
        }
        (left, right) = (one + 1, other + 1);
    }
    pairs
}

fn by_number<'a>(before: &'a [StepFacts], after: &'a [StepFacts]) -> Vec<Pair<'a>> {
    let longest = before.len().max(after.len());
    (0..longest).map(|at| (before.get(at), after.get(at))).collect()
}

/// The longest common subsequence by signature, as pairs of places.
fn common(before: &[StepFacts], after: &[StepFacts]) -> Vec<(usize, usize)> {
    let wide = after.len() + 1;
    let mut longest = vec![0_usize; (before.len() + 1) * wide];
    let read = |longest: &[usize], one: usize, other: usize| {
        longest.get(one * wide + other).copied().unwrap_or_default()
    };
    for (one, first) in before.iter().enumerate().rev() {
        for (other, second) in after.iter().enumerate().rev() {
            let best = if first.signature == second.signature {
                1 + read(&longest, one + 1, other + 1)
            } else {
                read(&longest, one + 1, other).max(read(&longest, one, other + 1))
            };
            if let Some(cell) = longest.get_mut(one * wide + other) {
                *cell = best;
            }
        }
    }
    let (mut one, mut other, mut pairs) = (0, 0, Vec::new());
    while let (Some(first), Some(second)) = (before.get(one), after.get(other)) {
        if first.signature == second.signature {
            pairs.push((one, other));
            (one, other) = (one + 1, other + 1);
        } else if read(&longest, one + 1, other) >= read(&longest, one, other + 1) {
            one += 1;
        } else {
            other += 1;
        }
    }
    pairs
}

/// Steps between two pairs: those with a common exchange or, side by side, of one type are pairs too.
fn between<'a>(before: &'a [StepFacts], after: &'a [StepFacts], pairs: &mut Vec<Pair<'a>>) {
    let mut rest = after.iter().peekable();
    for one in before {
        let position = rest.clone().position(|other| alike(one, other));
        match position {
            Some(skipped) => {
                pairs.extend(rest.by_ref().take(skipped).map(|other| (None, Some(other))));
                pairs.push((Some(one), rest.next()));
            }
            None => pairs.push((Some(one), None)),
        }
    }
    pairs.extend(rest.map(|other| (None, Some(other))));
}

/// Whether two steps that do not run the same may be one step that changed: pages by their type, as a journey has few;
/// exchanges only if they still have something in common.
fn alike(one: &StepFacts, other: &StepFacts) -> bool {
    let kind =
        |step: &StepFacts| step.facts.iter().find(|fact| fact.name == "type").map(|fact| fact.value.clone());
    let share = |section: &str| {
        let mut mine = one.facts.iter().filter(|fact| fact.section == section);
        mine.any(|fact| other.facts.contains(fact))
    };
    let runs = matches!(kind(one).as_deref(), Some("ClaimsExchange" | "InvokeSubJourney"));
    kind(one) == kind(other) && (!runs || share("exchange") || share("sub-journey"))
}
