//! The ways through one journey. In: a journey. Out: what was seen of each step, and the bags with which it ends.

use std::collections::{BTreeMap, HashSet};

use super::bag::{Bag, Values};
use super::condition::{self, Left, Outcome};
use super::effect;
use crate::lint::sort::Sort;
use crate::lint::subject::{Family, Subject, setting};
use crate::source::{Span, Spanned};
use crate::syntax::{
    ClaimsExchange, EnabledForUserJourneys, OrchestrationStep, OrchestrationStepType, SubJourneyType,
    TechnicalProfile, TokenFormat, UserJourney, fold,
};

/// More ways than this are laid together.
const WAYS: usize = 64;
/// So many ways behind one step are laid together before looking for twins among them.
const CROWD: usize = 512;
/// Claims that may be carried along all ways together; a journey that needs more is not judged.
const EFFORT: usize = 2_000_000;
/// How deep sub-journeys are followed.
const DEPTH: usize = 10;

/// One way so far.
#[derive(Clone, PartialEq, Eq)]
struct Way {
    bag: Bag,
    /// The exchange that a selection chose for the next step.
    chosen: Option<String>,
}

/// What was seen of a step on all ways together.
#[derive(Default)]
pub(in crate::lint) struct Seen {
    /// Whether it ran on one of them.
    pub(in crate::lint) ran: bool,
    /// How its preconditions turned out.
    pub(in crate::lint) outcomes: Vec<Outcome>,
}

/// A journey that was walked.
pub(in crate::lint) struct Walk<'s, 'a> {
    subject: &'s Subject<'a>,
    /// By the place of the step; a step that is not in it was never reached.
    pub(in crate::lint) steps: BTreeMap<Span, Seen>,
    /// Every step of the journey and the sub-journeys it enters.
    pub(in crate::lint) all: Vec<&'a OrchestrationStep>,
    /// The bags with which tokens are issued.
    pub(in crate::lint) ends: Vec<Bag>,
    /// Whether the journey was too large to walk: then nothing here counts.
    pub(in crate::lint) gave_up: bool,
    effort: usize,
    left: Left,
    entered: HashSet<Span>,
}

impl<'s, 'a> Walk<'s, 'a> {
    /// Walks a journey.
    pub(in crate::lint) fn of(subject: &'s Subject<'a>, journey: &'a UserJourney) -> Self {
        let mut walk = Self {
            subject,
            steps: BTreeMap::new(),
            all: Vec::new(),
            ends: Vec::new(),
            gave_up: false,
            effort: 0,
            left: left_by_sessions(subject),
            entered: HashSet::new(),
        };
        let mut bag = Bag::default();
        // What the application sends along may be there from the start.
        for input in subject.party().into_iter().flat_map(|party| &party.input_claims) {
            if let Some(index) = subject.find(Family::Claim, &input.claim_type_reference_id) {
                bag.maybe(index, Values::Any);
            }
        }
        let mut ways = vec![Way { bag, chosen: None }];
        for id in &journey.authorization_technical_profiles {
            ways = ways.into_iter().flat_map(|way| walk.run(id, way)).collect();
        }
        walk.steps(&journey.orchestration_steps, ways, DEPTH);
        walk
    }

    fn steps(&mut self, steps: &'a [OrchestrationStep], mut ways: Vec<Way>, depth: usize) -> Vec<Way> {
        for step in steps {
            self.all.push(step);
            let mut after = Vec::new();
            for way in ways {
                self.step(step, way, depth, &mut after);
            }
            ways = fewer(after);
        }
        ways
    }

    /// Whether there is enough patience left to carry this bag one place further.
    fn goes_on(&mut self, bag: &Bag) -> bool {
        self.effort += 8 + bag.size();
        self.gave_up |= self.effort > EFFORT;
        !self.gave_up
    }

    fn step(&mut self, step: &'a OrchestrationStep, way: Way, depth: usize, after: &mut Vec<Way>) {
        if !self.goes_on(&way.bag) {
            return;
        }
        let preconditions = step.preconditions.as_deref().unwrap_or_default();
        let judged = condition::judge(self.subject, preconditions, &way.bag, &self.left);
        let seen = self.steps.entry(step.span).or_default();
        seen.outcomes.resize(preconditions.len(), Outcome::default());
        for (all, one) in seen.outcomes.iter_mut().zip(judged.outcomes) {
            all.add(one);
        }
        seen.ran |= judged.runs.is_some();
        after.extend(judged.skipped.into_iter().map(|bag| Way { bag, chosen: None }));
        if let Some(bag) = judged.runs {
            after.extend(self.run_step(step, Way { bag, chosen: way.chosen }, depth));
        }
    }

    fn run_step(&mut self, step: &'a OrchestrationStep, way: Way, depth: usize) -> Vec<Way> {
        let exchanges = step.claims_exchanges.iter().flat_map(|one| &one.exchanges);
        match step.kind.map(|kind| kind.value) {
            Some(OrchestrationStepType::ClaimsExchange) => {
                let chosen = exchanges.clone().filter(|one| way.chosen.as_deref() == Some(&fold(&one.id)));
                let chosen: Vec<&ClaimsExchange> = chosen.collect();
                let run = if chosen.is_empty() { exchanges.collect() } else { chosen };
                let profiles = run.into_iter().filter_map(|one| one.technical_profile_reference_id.as_ref());
                profiles.flat_map(|id| self.run(id, Way { chosen: None, ..way.clone() })).collect()
            }
            Some(
                OrchestrationStepType::CombinedSignInAndSignUp
                | OrchestrationStepType::ClaimsProviderSelection,
            ) => self.select(step, &way),
            Some(OrchestrationStepType::GetClaims) => {
                match &step.cpim_issuer_technical_profile_reference_id {
                    Some(id) => self.run(id, way),
                    None => vec![way],
                }
            }
            Some(OrchestrationStepType::SendClaims) => {
                self.end(step, way.bag);
                Vec::new()
            }
            Some(OrchestrationStepType::InvokeSubJourney) => self.call(step, &way, depth),
            _ => vec![way],
        }
    }

    /// The page is left by one of its buttons, by its form or by one of its links.
    fn select(&mut self, step: &'a OrchestrationStep, way: &Way) -> Vec<Way> {
        let mut ways = Vec::new();
        let selections = step.claims_provider_selections.iter().flat_map(|one| &one.selections);
        let mut targets: Vec<&str> = Vec::new();
        for selection in selections {
            targets.extend(selection.target_claims_exchange_id.as_ref().map(|id| id.as_str()));
            let Some(wanted) = &selection.validation_claims_exchange_id else { continue };
            let exchanges = step.claims_exchanges.iter().flat_map(|one| &one.exchanges);
            let form = exchanges.into_iter().find(|one| one.id.eq_ignore_ascii_case(wanted));
            let Some(id) = form.and_then(|one| one.technical_profile_reference_id.as_ref()) else { continue };
            ways.extend(self.run(id, Way { chosen: None, ..way.clone() }));
            if let Some((profile, _)) = self.subject.profile(id) {
                let links = ["SignUpTarget", "setting.forgotPasswordLinkOverride"];
                let links = links.iter().filter_map(|key| setting(&profile.metadata, key));
                targets.extend(links.flat_map(|text| text.split(',')).map(str::trim));
            }
        }
        ways.extend(targets.iter().map(|id| Way { bag: way.bag.clone(), chosen: Some(fold(id)) }));
        ways
    }

    fn call(&mut self, step: &'a OrchestrationStep, way: &Way, depth: usize) -> Vec<Way> {
        let mut ways = Vec::new();
        for id in &step.journey_list {
            let Some(called) = self.subject.sub_journey(id).filter(|_| depth > 0) else { continue };
            let first = self.entered.insert(called.span);
            let known = self.all.len();
            let returned = self.steps(&called.orchestration_steps, vec![way.clone()], depth - 1);
            if !first {
                self.all.truncate(known);
            }
            if called.kind.is_none_or(|kind| kind.value == SubJourneyType::Call) {
                ways.extend(returned);
            }
        }
        ways
    }

    fn run(&mut self, id: &Spanned<String>, way: Way) -> Vec<Way> {
        if !self.goes_on(&way.bag) {
            return Vec::new();
        }
        let Some((profile, sort)) = self.subject.profile(id) else { return vec![way] };
        let mut bags = match is_enabled(profile) {
            Some(false) => return vec![way],
            Some(true) => Vec::new(),
            None => vec![way.bag.clone()],
        };
        bags.extend(effect::apply(self.subject, profile, sort, way.bag));
        bags.into_iter().map(|bag| Way { bag, chosen: way.chosen.clone() }).collect()
    }

    /// An issuer of errors sends no claims of the user.
    fn end(&mut self, step: &OrchestrationStep, mut bag: Bag) {
        let issuer = step.cpim_issuer_technical_profile_reference_id.as_ref();
        if let Some((profile, _)) = issuer.and_then(|id| self.subject.profile(id)) {
            if profile.output_token_format.is_some_and(|format| format.value == TokenFormat::OAuth2Error) {
                return;
            }
            bag = effect::together(effect::apply(self.subject, profile, Sort::Issuer, bag));
        }
        if !self.ends.contains(&bag) {
            self.ends.push(bag);
        }
    }
}

/// `EnabledForUserJourneys`: whether the profile runs, if that can be told.
fn is_enabled(profile: &TechnicalProfile) -> Option<bool> {
    match profile.enabled_for_user_journeys.map(|one| one.value) {
        None | Some(EnabledForUserJourneys::True | EnabledForUserJourneys::Always) => Some(true),
        Some(EnabledForUserJourneys::False | EnabledForUserJourneys::Never) => Some(false),
        Some(_) => None,
    }
}

/// Claims that sessions may have left: their markers and what they persist.
fn left_by_sessions(subject: &Subject<'_>) -> Left {
    let mut kept = HashSet::new();
    let mut made = HashSet::new();
    let claim = |id: &Spanned<String>| subject.find(Family::Claim, id);
    for (profile, sort) in subject.used_profiles() {
        let outputs = profile.output_claims.iter().filter_map(|one| claim(&one.claim_type_reference_id));
        if matches!(sort, Sort::Session | Sort::ExternalSession) {
            kept.extend(outputs);
            kept.extend(
                profile.persisted_claims.iter().filter_map(|one| claim(&one.claim_type_reference_id)),
            );
        } else {
            made.extend(outputs);
        }
    }
    Left { only: kept.difference(&made).copied().collect(), kept }
}

/// Ways without twins; too many are laid together.
fn fewer(ways: Vec<Way>) -> Vec<Way> {
    let crowd = ways.len() > CROWD;
    let (mut kept, ways) = if crowd { (ways, vec![]) } else { (vec![], ways) };
    for way in ways {
        if !kept.contains(&way) {
            kept.push(way);
        }
    }
    if kept.len() <= WAYS {
        return kept;
    }
    let mut together: BTreeMap<Option<String>, Bag> = BTreeMap::new();
    for way in kept {
        let bag = match together.remove(&way.chosen) {
            Some(other) => other.or(&way.bag),
            None => way.bag,
        };
        together.insert(way.chosen, bag);
    }
    together.into_iter().map(|(chosen, bag)| Way { bag, chosen }).collect()
}
