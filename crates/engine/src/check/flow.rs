//! Where claims come from (policy-language 3, checks 11–13). In: the merged profiles and journeys. Out: reports of
//! claims that something needs and nothing before it yields. A profile or journey with an unknown part is not judged:
//! the missing name has been reported, and it may have been the source.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::names::Sort;
use super::report::Report;
use super::view::View;
use crate::diagnostic::{Diagnostic, codes};
use crate::kind::Tier;
use crate::message;
use crate::source::{Span, Spanned};
use crate::syntax::{ClaimReference, OrchestrationStep, TechnicalProfile};

/// How deep sub-journeys are followed; deeper ones are refused elsewhere.
const DEPTH: usize = 10;

/// What one profile does to the bag. Claims are places in the tree's list of claim types.
#[derive(Clone, Default)]
struct Effect {
    makes: BTreeSet<usize>,
    wants: Vec<Want>,
    hole: bool,
}

/// A claim that must have come from somewhere before.
#[derive(Clone, Copy)]
struct Want {
    claim: usize,
    span: Span,
    /// Whether a page's validation profile wants it, which is asked only when the page is answered.
    validation: bool,
}

/// Effects of all profiles.
pub(super) struct Flow<'a> {
    view: &'a View<'a>,
    effects: Vec<Effect>,
}

/// The claims that a journey has yielded so far.
#[derive(Default)]
struct Bag {
    claims: BTreeSet<usize>,
    hole: bool,
    seen: BTreeSet<usize>,
}

impl<'a> Flow<'a> {
    /// Works out what every profile yields and wants, and reports pages with an output claim that has no source
    /// (check 13).
    pub(super) fn of(view: &'a View<'a>, report: &mut Report) -> Self {
        let mut flow = Self { view, effects: Vec::new() };
        flow.effects = view.profiles.iter().enumerate().map(|(index, one)| flow.call(index, one)).collect();
        let pages = view.profiles.iter().enumerate().filter(|(_, one)| is_page(one));
        let pages: Vec<(usize, Effect)> =
            pages.map(|(index, one)| (index, flow.page(index, one, report))).collect();
        for (index, effect) in pages {
            if let Some(place) = flow.effects.get_mut(index) {
                *place = effect;
            }
        }
        flow
    }

    fn claim(&self, id: &str) -> Option<usize> {
        self.view.names.find(Sort::Claim, id).map(|entry| entry.index)
    }

    /// A profile without a page: its outputs, those of its transformations, and what its session brings back.
    fn call(&self, index: usize, one: &TechnicalProfile) -> Effect {
        let mut effect =
            Effect { hole: self.view.holes.get(index).copied().unwrap_or_default(), ..Effect::default() };
        let mut made = BTreeSet::new();
        self.transformed(&one.input_claims_transformations, &mut made, &mut effect.hole);
        let twins = twins(&one.input_claims);
        for input in one.input_claims.iter().filter(|claim| claim.required.is_some_and(|flag| flag.value)) {
            let Some(claim) = self.claim(&input.claim_type_reference_id) else { continue };
            // Of inputs with one partner name the first that has a value counts (policy-language 5.3).
            let twin = twins.contains(&partner(input).to_ascii_lowercase());
            if input.default_value.is_none() && !made.contains(&claim) && !twin {
                effect.wants.push(Want {
                    claim,
                    span: input.claim_type_reference_id.span,
                    validation: false,
                });
            }
        }
        for output in &one.output_claims {
            match self.claim(&output.claim_type_reference_id) {
                Some(claim) => drop(made.insert(claim)),
                None => effect.hole = true,
            }
        }
        self.transformed(&one.output_claims_transformations, &mut made, &mut effect.hole);
        self.session(one, &mut made, &mut effect.hole);
        effect.makes = made;
        effect
    }

    fn session(&self, one: &TechnicalProfile, made: &mut BTreeSet<usize>, hole: &mut bool) {
        let Some(reference) = &one.use_technical_profile_for_session_management else { return };
        let entry = self.view.names.find(Sort::Profile, reference);
        let Some(session) = entry.and_then(|entry| self.view.profile(entry.index)) else {
            *hole = true;
            return;
        };
        let outputs = session.output_claims.iter().map(|claim| &claim.claim_type_reference_id);
        let persisted = session.persisted_claims.iter().map(|claim| &claim.claim_type_reference_id);
        for id in outputs.chain(persisted) {
            match self.claim(id) {
                Some(claim) => drop(made.insert(claim)),
                None => *hole = true,
            }
        }
    }

    fn transformed(&self, list: &[Spanned<String>], made: &mut BTreeSet<usize>, hole: &mut bool) {
        for reference in list {
            let entry = self.view.names.find(Sort::Transformation, reference);
            let all = &self.view.tree.building_blocks.claims_transformations;
            let Some(found) = entry.and_then(|entry| all.get(entry.index)) else {
                *hole = true;
                continue;
            };
            for output in &found.output_claims {
                match self.claim(&output.claim_type_reference_id) {
                    Some(claim) => drop(made.insert(claim)),
                    None => *hole = true,
                }
            }
        }
    }

    /// A page: what the user enters feeds its validation profiles; only what it lists itself leaves it, and the
    /// results of transformations (policy-language 6.3).
    fn page(&self, index: usize, one: &TechnicalProfile, report: &mut Report) -> Effect {
        let own = self.call(index, one);
        let mut effect = Effect { wants: own.wants.clone(), hole: own.hole, makes: BTreeSet::new() };
        let mut inside = own.makes.clone();
        let displayed = one.display_claims.iter().filter_map(|claim| claim.claim_type_reference_id.as_ref());
        inside.extend(displayed.filter_map(|id| self.claim(id)));
        inside.extend(one.input_claims.iter().filter_map(|input| self.claim(&input.claim_type_reference_id)));
        let mut sources = BTreeSet::new();
        self.controls(one, &mut inside, &mut effect.hole);
        for called in &one.validation_technical_profiles {
            let entry = self.view.names.find(Sort::Profile, &called.reference_id);
            let Some(called) = entry.and_then(|entry| self.effects.get(entry.index)) else {
                effect.hole = true;
                continue;
            };
            effect.hole |= called.hole;
            let missing = called.wants.iter().filter(|want| !inside.contains(&want.claim));
            effect.wants.extend(missing.map(|want| Want { validation: true, ..*want }));
            inside.extend(&called.makes);
            sources.extend(&called.makes);
        }
        if !effect.hole && one.display_claims.is_empty() {
            self.sources(index, &sources, report);
        }
        effect.makes = own.makes;
        effect
    }

    fn controls(&self, one: &TechnicalProfile, inside: &mut BTreeSet<usize>, hole: &mut bool) {
        let references =
            one.display_claims.iter().filter_map(|claim| claim.display_control_reference_id.as_ref());
        for reference in references {
            let entry = self.view.names.find(Sort::Control, reference);
            let all = &self.view.tree.building_blocks.display_controls;
            let Some(control) = entry.and_then(|entry| all.get(entry.index)) else {
                *hole = true;
                continue;
            };
            let fields = control.display_claims.iter().map(|claim| &claim.claim_type_reference_id);
            let outputs = control.output_claims.iter().map(|claim| &claim.claim_type_reference_id);
            inside.extend(fields.chain(outputs).filter_map(|id| self.claim(id)));
        }
    }

    /// Check 13: the user, a default, an input, a validation profile or a transformation gives the value.
    fn sources(&self, index: usize, validations: &BTreeSet<usize>, report: &mut Report) {
        let Some(one) = self.view.profile(index) else { return };
        let mut made = validations.clone();
        let mut hole = false;
        self.transformed(&one.input_claims_transformations, &mut made, &mut hole);
        self.transformed(&one.output_claims_transformations, &mut made, &mut hole);
        made.extend(one.input_claims.iter().filter_map(|input| self.claim(&input.claim_type_reference_id)));
        for output in one.output_claims.iter().filter(|output| output.default_value.is_none()) {
            let Some(claim) = self.claim(&output.claim_type_reference_id) else { continue };
            let asked = self.view.tree.building_blocks.claims_schema.get(claim);
            let asked = asked.is_some_and(|claim| claim.user_input_type.is_some());
            if made.contains(&claim) || asked || self.view.damage.has(Sort::Claim, claim) {
                continue;
            }
            let id = &output.claim_type_reference_id;
            let message = message!("nothing gives `{}` a value on this page", id.value);
            let help = "give the claim type a UserInputType, the output claim a DefaultValue, or let a validation profile output it";
            let grade = self.view.grade(Sort::Profile, index);
            let diagnostic = Diagnostic::error(codes::NO_SOURCE, id.span, message).help(help);
            report.graded(grade, self.view.declared(Sort::Claim, id, diagnostic));
        }
    }

    /// Check 12 for a journey that the relying party runs; gives what the journey yields, or nothing if that cannot be
    /// said.
    pub(super) fn journey(&self, index: usize, report: &mut Report) -> Option<BTreeSet<usize>> {
        let journey = self.view.tree.user_journeys.get(index)?;
        if self.view.damage.has(Sort::Journey, index)
            || !super::journey::is_numbered(&journey.orchestration_steps)
        {
            return None;
        }
        let mut bag = Bag::default();
        // What the application sends along is there from the start.
        let inputs = self.view.tree.relying_party.iter().flat_map(|party| &party.technical_profiles);
        let inputs = inputs.flat_map(|one| &one.input_claims).map(|claim| &claim.claim_type_reference_id);
        bag.claims.extend(inputs.filter_map(|id| self.claim(id)));
        for reference in &journey.authorization_technical_profiles {
            self.run(reference, &mut bag, report);
        }
        self.steps(&journey.orchestration_steps, &mut bag, DEPTH, report);
        (!bag.hole).then_some(bag.claims)
    }

    fn steps(&self, steps: &[OrchestrationStep], bag: &mut Bag, depth: usize, report: &mut Report) {
        for step in steps {
            let exchanges = step.claims_exchanges.iter().flat_map(|one| &one.exchanges);
            // A selection decides which exchange runs, so one does not feed the other.
            let before = bag.claims.clone();
            for exchange in exchanges {
                let after = std::mem::replace(&mut bag.claims, before.clone());
                match &exchange.technical_profile_reference_id {
                    Some(reference) => self.run(reference, bag, report),
                    None => bag.hole = true,
                }
                bag.claims.extend(after);
            }
            if let Some(reference) = &step.cpim_issuer_technical_profile_reference_id {
                self.run(reference, bag, report);
            }
            for reference in &step.journey_list {
                let Some(entry) = self.view.names.find(Sort::SubJourney, reference) else {
                    bag.hole = true;
                    continue;
                };
                if depth > 0
                    && bag.seen.insert(entry.index)
                    && let Some(called) = self.view.tree.sub_journeys.get(entry.index)
                {
                    bag.hole |= self.view.damage.has(Sort::SubJourney, entry.index);
                    self.steps(&called.orchestration_steps, bag, depth - 1, report);
                }
            }
        }
    }

    fn run(&self, reference: &Spanned<String>, bag: &mut Bag, report: &mut Report) {
        let entry = self.view.names.find(Sort::Profile, reference);
        let Some(effect) = entry.and_then(|entry| self.effects.get(entry.index)) else {
            bag.hole = true;
            return;
        };
        bag.hole |= effect.hole;
        for want in effect.wants.iter().filter(|want| !bag.claims.contains(&want.claim) && !bag.hole) {
            let schema = &self.view.tree.building_blocks.claims_schema;
            let name = schema.get(want.claim).map_or("", |claim| claim.id.as_str());
            let message = message!("the required input claim `{name}` is yielded by nothing before it");
            // Check 12 speaks of the profiles of steps; a published policy leaves a page's call without its input in a
            // journey in which nobody comes to that page.
            let diagnostic = match want.validation {
                false => Diagnostic::error(codes::NEVER_INPUT, want.span, message),
                true => Diagnostic::warning(codes::NEVER_INPUT, want.span, message),
            };
            report.push(diagnostic.also(reference.span, "the profile is run here"));
        }
        bag.claims.extend(&effect.makes);
    }
}

fn is_page(one: &TechnicalProfile) -> bool {
    let handler = one.protocol.as_ref().and_then(|protocol| protocol.handler.as_ref());
    Tier::of(handler.map(|handler| handler.as_str())) == Tier::Page
}

/// The partner's names that several inputs have.
fn twins(inputs: &[ClaimReference]) -> HashSet<String> {
    let mut first: HashMap<String, Span> = HashMap::with_capacity(inputs.len());
    let again = inputs.iter().filter_map(|input| {
        let name = partner(input).to_ascii_lowercase();
        (*first.entry(name.clone()).or_insert(input.span) != input.span).then_some(name)
    });
    again.collect()
}

fn partner(claim: &ClaimReference) -> &str {
    claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id)
}
