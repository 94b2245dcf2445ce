//! Preconditions on one way (policy-language 7.3): any that is met skips the step. In: a bag that is known in part and the
//! preconditions. Out: whether the step may be skipped and may run, what is known then, and how each turns out.
//!
//! For every claim that the preconditions name, each state it may be in is tried: absent, each literal compared with, and
//! any other value.

use std::collections::HashSet;

use super::bag::{Bag, Fact, Values};
use crate::lint::subject::{Family, Subject};
use crate::syntax::{DataType, Precondition, PreconditionType};

/// A state that a claim may be in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Absent,
    Literal(String),
    Other,
}

/// One precondition on one claim.
struct Test<'p> {
    at: usize,
    claim: usize,
    /// What it compares with; none: it asks whether the claim exists.
    literal: Option<&'p str>,
    skip_if: bool,
    ignore_case: bool,
}

/// How one precondition can turn out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::lint) struct Outcome {
    /// It may be met, and so skip the step.
    pub(in crate::lint) met: bool,
    /// It may not be met.
    pub(in crate::lint) unmet: bool,
    /// The claim may be absent when it is asked.
    pub(in crate::lint) absent: bool,
    /// The claim may be there.
    pub(in crate::lint) present: bool,
    /// Whether a session or a skipped page may turn it the other way.
    pub(in crate::lint) doubt: bool,
}

impl Outcome {
    /// Adds how it turned out another time.
    pub(in crate::lint) fn add(&mut self, other: Self) {
        self.met |= other.met;
        self.unmet |= other.unmet;
        self.absent |= other.absent;
        self.present |= other.present;
        self.doubt |= other.doubt;
    }
}

/// What the preconditions do on one way.
pub(super) struct Judged {
    /// The bags of the ways on which the step is skipped.
    pub(super) skipped: Vec<Bag>,
    /// The bag with which it runs, if it may.
    pub(super) runs: Option<Bag>,
    /// By place in the list of preconditions.
    pub(super) outcomes: Vec<Outcome>,
}

/// What sessions may have left in the bag.
#[derive(Default)]
pub(super) struct Left {
    /// Claims that nothing but a session sets.
    pub(super) only: HashSet<usize>,
    /// Claims that sessions keep.
    pub(super) kept: HashSet<usize>,
}

/// Tries the preconditions.
pub(super) fn judge(subject: &Subject<'_>, preconditions: &[Precondition], bag: &Bag, left: &Left) -> Judged {
    let mut judged = Judged {
        skipped: vec![],
        runs: Some(bag.clone()),
        outcomes: vec![Outcome::default(); preconditions.len()],
    };
    let (tests, vague) = tests(subject, preconditions);
    if vague {
        judged.skipped.push(bag.clone());
    }
    let mut claims: Vec<usize> = tests.iter().map(|test| test.claim).collect();
    claims.sort_unstable();
    claims.dedup();
    for claim in claims {
        let own: Vec<&Test<'_>> = tests.iter().filter(|test| test.claim == claim).collect();
        let fact = bag.get(claim);
        let states = states(&own, fact, left.only.contains(&claim));
        let doubt = fact.map_or(left.kept.contains(&claim), |fact| fact.validated);
        let (mut skipping, mut running) = (vec![], vec![]);
        for state in states {
            let mut any = false;
            for test in &own {
                let met = is_met(test, &state);
                any |= met;
                if let Some(outcome) = judged.outcomes.get_mut(test.at) {
                    let absent = state == State::Absent;
                    outcome.add(Outcome { met, unmet: !met, absent, present: !absent, doubt });
                }
            }
            if any { skipping.push(state) } else { running.push(state) }
        }
        if !skipping.is_empty() {
            let mut skipped = bag.clone();
            skipped.know(claim, known(skipping, fact));
            judged.skipped.push(skipped);
        }
        judged.runs = judged.runs.filter(|_| !running.is_empty()).map(|mut runs| {
            runs.know(claim, known(running, fact));
            runs
        });
    }
    judged
}

/// The preconditions that can be told apart; and whether there are others.
fn tests<'p>(subject: &Subject<'_>, preconditions: &'p [Precondition]) -> (Vec<Test<'p>>, bool) {
    let mut tests = Vec::new();
    let mut vague = false;
    for (at, one) in preconditions.iter().enumerate() {
        let skip_if = one.execute_actions_if.is_none_or(|flag| flag.value);
        let first = one.values.first().and_then(|id| subject.find(Family::Claim, id));
        let test = match (one.kind.map(|kind| kind.value), first, one.values.as_slice()) {
            (Some(PreconditionType::ClaimsExist), Some(claim), [_]) => {
                Some(Test { at, claim, literal: None, skip_if, ignore_case: false })
            }
            (Some(PreconditionType::ClaimEquals), Some(claim), [_, literal]) => {
                let data_type =
                    subject.tree.building_blocks.claims_schema.get(claim).and_then(|one| one.data_type);
                let ignore_case = data_type.is_some_and(|kind| kind.value == DataType::Boolean);
                Some(Test { at, claim, literal: Some(literal), skip_if, ignore_case })
            }
            _ => None,
        };
        vague |= test.is_none();
        tests.extend(test);
    }
    (tests, vague)
}

fn states(tests: &[&Test<'_>], fact: Option<&Fact>, unsure: bool) -> Vec<State> {
    let boolean = tests.iter().any(|test| test.ignore_case);
    let mut states = Vec::new();
    if fact.is_none_or(|fact| !fact.sure) {
        states.push(State::Absent);
    }
    let values = match fact {
        Some(fact) => &fact.values,
        None if unsure => &Values::Any,
        None => return states,
    };
    match values {
        Values::Of(literals) => states.extend(literals.iter().cloned().map(State::Literal)),
        Values::Any if boolean => {
            states.extend(["True", "False"].map(|text| State::Literal(text.to_owned())))
        }
        Values::Any => {
            for literal in tests.iter().filter_map(|test| test.literal) {
                let state = State::Literal(literal.to_owned());
                if !states.contains(&state) {
                    states.push(state);
                }
            }
            states.push(State::Other);
        }
    }
    states
}

fn is_met(test: &Test<'_>, state: &State) -> bool {
    match (test.literal, state) {
        (None, state) => (*state != State::Absent) == test.skip_if,
        // On an absent claim it is not evaluated, whatever ExecuteActionsIf says.
        (Some(_), State::Absent) => false,
        (Some(literal), State::Literal(value)) => {
            let same = if test.ignore_case { value.eq_ignore_ascii_case(literal) } else { value == literal };
            same == test.skip_if
        }
        (Some(_), State::Other) => !test.skip_if,
    }
}

/// What is known of a claim that is in one of these states.
fn known(states: Vec<State>, before: Option<&Fact>) -> Option<Fact> {
    let sure = !states.contains(&State::Absent);
    let mut literals = Vec::new();
    let mut any = false;
    for state in states {
        match state {
            State::Absent => {}
            State::Literal(text) => literals.push(text),
            State::Other => any = true,
        }
    }
    if literals.is_empty() && !any {
        return None;
    }
    let validated = before.is_some_and(|fact| fact.validated);
    Some(Fact { sure, values: if any { Values::Any } else { Values::Of(literals) }, validated })
}
