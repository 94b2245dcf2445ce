//! Family `journeys`: steps and their preconditions, over all policies of the set that share them, and the claims that the
//! token gets. In: one policy after the other. Out: steps that never run, preconditions that decide nothing, claims that
//! may be absent where they are sent.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{Seen, Walk};
use super::found::{Found, finding};
use super::subject::{Family, Subject, setting};
use crate::diagnostic::codes;
use crate::message;
use crate::source::{Span, Spanned};
use crate::syntax::{
    ClaimReference, DataType, OrchestrationStep, Precondition, PreconditionType, TechnicalProfile,
    UserJourney,
};

/// A step as one or several policies have it: its place and those of its preconditions.
type Key = (Span, Vec<Span>);

/// A step and what was seen of it.
struct Step {
    order: Spanned<i32>,
    preconditions: Vec<Precondition>,
    booleans: Vec<bool>,
    reached: bool,
    seen: Seen,
}

/// What was seen of all steps so far.
#[derive(Default)]
pub(super) struct Journeys {
    steps: BTreeMap<Key, Step>,
}

impl Journeys {
    /// Walks the journeys of a policy and judges what its tokens get.
    pub(super) fn add(&mut self, subject: &Subject<'_>, found: &mut Found) {
        let Some(party) = &subject.tree.relying_party else { return };
        let main = party.default_user_journey.as_ref().and_then(|id| subject.journey(id));
        let refresh = refresh_journey(subject);
        let mut walked = BTreeSet::new();
        if let Some(journey) = main {
            let walk = Walk::of(subject, journey);
            tokens(subject, &walk, found);
            self.take(subject, &walk);
            walked.insert(journey.span);
        }
        if let Some(journey) = refresh.filter(|journey| walked.insert(journey.span)) {
            let walk = Walk::of(subject, journey);
            refreshed(subject, &walk, found);
            self.take(subject, &walk);
        }
        let others = party.endpoints.iter().filter_map(|one| one.user_journey_reference_id.as_ref());
        for journey in others.filter_map(|id| subject.journey(id)) {
            if walked.insert(journey.span) {
                self.take(subject, &Walk::of(subject, journey));
            }
        }
    }

    fn take(&mut self, subject: &Subject<'_>, walk: &Walk<'_, '_>) {
        if walk.gave_up {
            return;
        }
        for step in &walk.all {
            let preconditions = step.preconditions.as_deref().unwrap_or_default();
            let key = (step.span, preconditions.iter().map(|one| one.span).collect());
            let known = self.steps.entry(key).or_insert_with(|| Step::new(subject, step));
            let Some(seen) = walk.steps.get(&step.span) else { continue };
            known.reached = true;
            known.seen.ran |= seen.ran;
            for (all, one) in known.seen.outcomes.iter_mut().zip(&seen.outcomes) {
                all.add(*one);
            }
        }
    }

    /// Reports what holds in every policy that has the step.
    pub(super) fn report(&self, found: &mut Found) {
        for step in self.steps.values() {
            step.report(found);
        }
    }
}

impl Step {
    fn new(subject: &Subject<'_>, step: &OrchestrationStep) -> Self {
        let preconditions = step.preconditions.clone().unwrap_or_default();
        let is_boolean = |one: &Precondition| {
            let claim = one.values.first().and_then(|id| subject.claim(id));
            claim.and_then(|claim| claim.data_type).is_some_and(|kind| kind.value == DataType::Boolean)
        };
        let booleans = preconditions.iter().map(is_boolean).collect();
        let seen = Seen { ran: false, outcomes: vec![Default::default(); preconditions.len()] };
        Self { order: step.order, preconditions, booleans, reached: false, seen }
    }

    fn report(&self, found: &mut Found) {
        let order = self.order.value;
        if !self.reached {
            let message = message!("step {order} is never reached: every way ends before it");
            let help = "a step that sends claims or transfers to a sub-journey ends the journey; give it a precondition, or \
                        remove this step";
            found.push(finding(codes::UNREACHABLE_STEP, self.order.span, message).help(help));
        } else if !self.seen.ran && !self.preconditions.is_empty() {
            if !self.seen.outcomes.iter().any(|one| one.met && one.doubt) {
                self.never_runs(found);
            }
        } else {
            self.idle(found);
        }
        self.literals(found);
    }

    fn never_runs(&self, found: &mut Found) {
        let message =
            message!("step {} never runs: one of its preconditions always skips it", self.order.value);
        let mut diagnostic = finding(codes::STEP_NEVER_RUNS, self.order.span, message);
        for (one, outcome) in self.preconditions.iter().zip(&self.seen.outcomes).filter(|(_, one)| one.met) {
            let claim = one.values.first().map_or("", |value| value.as_str());
            let text = match (outcome.absent, outcome.present) {
                (true, false) => format!("`{claim}` is set by no step before, so this skips"),
                (false, true) => format!("`{claim}` is always there, and this skips"),
                _ => format!("skips for some of what `{claim}` may be, the others for the rest"),
            };
            diagnostic = diagnostic.also(one.span, text);
        }
        found.push(
            diagnostic.help("any precondition that is met skips the step; there is no `and` between them"),
        );
    }

    fn idle(&self, found: &mut Found) {
        for (one, outcome) in self.preconditions.iter().zip(&self.seen.outcomes) {
            let Some(value) = one.values.first() else { continue };
            let compares = one.kind.is_some_and(|kind| kind.value == PreconditionType::ClaimEquals);
            let skips_if = one.execute_actions_if.is_none_or(|flag| flag.value);
            if outcome.met && compares && !skips_if && outcome.absent && !self.asks_existence(value) {
                let message = message!("without `{}` this precondition does not skip the step", value.value);
                let diagnostic = finding(codes::EQUALS_ABSENT, value.span, message)
                    .label("may be absent here")
                    .help("a comparison with an absent claim is not evaluated; add a precondition `ClaimsExist` with \
                           ExecuteActionsIf=\"false\" on the same claim if the step shall be skipped then");
                found.push(diagnostic);
            }
            if outcome.met || !outcome.unmet || outcome.doubt {
                continue;
            }
            let diagnostic = if !outcome.present {
                let message =
                    message!("no step before sets `{}`, so this precondition never skips", value.value);
                let help = "a validation profile's outputs reach the journey only if the page lists them in its OutputClaims";
                finding(codes::CLAIM_NEVER_SET, value.span, message).label("never set before").help(help)
            } else {
                let message = message!("this precondition never skips the step");
                let label = if compares { "never has the other value" } else { "always there" };
                finding(codes::IDLE_PRECONDITION, value.span, message).label(label).help("remove it")
            };
            found.push(diagnostic);
        }
    }

    /// Whether another precondition of the step skips it while the claim is absent.
    fn asks_existence(&self, claim: &str) -> bool {
        self.preconditions.iter().any(|one| {
            one.kind.is_some_and(|kind| kind.value == PreconditionType::ClaimsExist)
                && one.execute_actions_if.is_some_and(|flag| !flag.value)
                && one.values.iter().any(|value| value.eq_ignore_ascii_case(claim))
        })
    }

    /// What booleans are compared with.
    fn literals(&self, found: &mut Found) {
        for (one, _) in self.preconditions.iter().zip(&self.booleans).filter(|(_, boolean)| **boolean) {
            let [claim, literal] = one.values.as_slice() else { continue };
            if literal.eq_ignore_ascii_case("true") || literal.eq_ignore_ascii_case("false") {
                if !matches!(literal.as_str(), "True" | "False") {
                    let message =
                        message!("the cloud writes booleans as `True` and `False` in preconditions");
                    let help = "whether it takes other spellings is not documented; here they are the same";
                    found.push(finding(codes::BOOLEAN_LITERAL, literal.span, message).help(help));
                }
            } else {
                let message = message!("`{}` is a boolean and never equals `{}`", claim.value, literal.value);
                let help = "compare with `True` or `False`";
                found.push(finding(codes::IMPOSSIBLE_LITERAL, literal.span, message).help(help));
            }
        }
    }
}

/// The journey run when a refresh token is redeemed (policy-language 9.1).
fn refresh_journey<'a>(subject: &Subject<'a>) -> Option<&'a UserJourney> {
    let party = subject.tree.relying_party.as_ref()?;
    let endpoint = party.endpoints.iter().find(|one| one.id.eq_ignore_ascii_case("Token"));
    let named = endpoint.and_then(|one| one.user_journey_reference_id.as_ref());
    if let Some(journey) = named.and_then(|id| subject.journey(id)) {
        return Some(journey);
    }
    let mut settings =
        subject.used_profiles().filter_map(|(one, _)| setting(&one.metadata, "RefreshTokenUserJourneyId"));
    subject.journey(settings.next()?)
}

fn outputs(party: &TechnicalProfile) -> impl Iterator<Item = &ClaimReference> {
    party
        .output_claims
        .iter()
        .filter(|output| output.default_value.as_ref().is_none_or(|text| text.is_empty()))
}

/// Claims that the token may lack.
fn tokens(subject: &Subject<'_>, walk: &Walk<'_, '_>, found: &mut Found) {
    let Some(party) = subject.party().filter(|_| !walk.gave_up) else { return };
    let subject_name = party.subject_naming_info.as_ref().and_then(|info| info.claim_type.as_ref());
    for output in outputs(party) {
        let id = &output.claim_type_reference_id;
        let Some(index) = subject.find(Family::Claim, id) else { continue };
        let nowhere = walk.ends.iter().any(|bag| bag.get(index).is_none());
        if walk.ends.iter().all(|bag| bag.has(index)) {
            continue;
        }
        let wire = super::subject::partner(output);
        let label = if nowhere {
            "set by no step on some ways through the journey"
        } else {
            "whatever sets it may have no value"
        };
        if subject_name.is_some_and(|name| name.value == wire) {
            let message = message!(
                "the subject of the token, `{}`, may be absent, and then there is no token",
                id.value
            );
            let help = "let a step that always runs output it";
            found.push(finding(codes::SUBJECT_ABSENT, id.span, message).label(label).help(help));
            continue;
        }
        let message = message!("`{}` may be absent from the token", id.value);
        let help = "let a step that always runs output it, give it a DefaultValue here, or let applications do without it";
        found.push_about(id, finding(codes::TOKEN_CLAIM_ABSENT, id.span, message).label(label).help(help));
    }
}

/// Claims that are lost when a token is refreshed.
fn refreshed(subject: &Subject<'_>, walk: &Walk<'_, '_>, found: &mut Found) {
    let Some(party) = subject.party().filter(|_| !walk.gave_up) else { return };
    for output in outputs(party) {
        let id = &output.claim_type_reference_id;
        let Some(index) = subject.find(Family::Claim, id) else { continue };
        if !walk.ends.is_empty() && walk.ends.iter().all(|bag| bag.get(index).is_none()) {
            let message = message!("`{}` is absent from every token that was refreshed", id.value);
            let help = "let the journey of the `Token` endpoint output it: read it from the directory, or list it in the \
                        OutputClaims of the profile that reads the refresh token";
            let diagnostic =
                finding(codes::LOST_ON_REFRESH, id.span, message).label("not set by that journey");
            found.push_about(id, diagnostic.help(help));
        }
    }
}
