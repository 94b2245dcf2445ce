//! What the relying party uses, of every family. In: a policy. Out: marks.
//!
//! Generous: a claim counts as used as soon as any text that matters may name it, as a lint that calls a used thing
//! unused does harm.

use std::collections::HashSet;

use super::subject::{Family, Subject};
use crate::source::Spanned;
use crate::syntax::{OrchestrationStep, Precondition, TechnicalProfile};

/// Marks by family and place in the list.
#[derive(Default)]
pub(super) struct Used {
    everything: bool,
    marks: HashSet<(Family, usize)>,
}

impl Used {
    /// Whether the thing is used.
    pub(super) fn has(&self, family: Family, index: usize) -> bool {
        self.everything || self.marks.contains(&(family, index))
    }

    /// Walks from the relying party over every reference; without one everything counts as used.
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let Some(party) = &subject.tree.relying_party else {
            return Self { everything: true, ..Self::default() };
        };
        let mut walk = Walk { subject, marks: HashSet::new(), open: Vec::new() };
        walk.mark_all(Family::Journey, &party.default_user_journey);
        walk.mark_all(
            Family::Journey,
            party.endpoints.iter().filter_map(|one| one.user_journey_reference_id.as_ref()),
        );
        walk.mark(Family::Content, "api.error");
        party.technical_profiles.iter().for_each(|one| walk.profile_parts(one));
        let behaviors = party.user_journey_behaviors.iter();
        let parameters = behaviors.flat_map(|one| &one.content_definition_parameters);
        parameters.for_each(|one| walk.text(&one.value));
        while let Some((family, index)) = walk.open.pop() {
            walk.follow(family, index);
        }
        Self { everything: false, marks: walk.marks }
    }
}

struct Walk<'s, 'a> {
    subject: &'s Subject<'a>,
    marks: HashSet<(Family, usize)>,
    open: Vec<(Family, usize)>,
}

impl<'s, 'a> Walk<'s, 'a> {
    fn mark(&mut self, family: Family, id: &str) {
        if let Some(index) = self.subject.find(family, id)
            && self.marks.insert((family, index))
        {
            self.open.push((family, index));
        }
    }

    fn mark_all<'i>(&mut self, family: Family, ids: impl IntoIterator<Item = &'i Spanned<String>>) {
        for id in ids {
            self.mark(family, id);
        }
    }

    /// A text may name a claim: as a whole, as `{claim}` or as `{Claim:claim}`.
    fn text(&mut self, text: &str) {
        self.mark(Family::Claim, text.trim());
        for part in text.split('{').skip(1) {
            let inner = part.split('}').next().unwrap_or_default();
            self.mark(Family::Claim, inner.split_once(':').map_or(inner, |(_, name)| name));
        }
    }

    fn follow(&mut self, family: Family, index: usize) {
        let subject = self.subject;
        let blocks = &subject.tree.building_blocks;
        match family {
            Family::Journey => self.journey(index),
            Family::SubJourney => {
                let steps = subject.tree.sub_journeys.get(index).map(|one| &one.orchestration_steps);
                steps.into_iter().flatten().for_each(|step| self.step(step));
            }
            Family::Profile => {
                if let Some(profile) = subject.profiles.get(index) {
                    self.profile_parts(profile);
                    self.mark_all(Family::Profile, &profile.include_technical_profile);
                    self.mark_all(Family::Profile, &profile.include_claims_from_technical_profile);
                }
            }
            Family::Claim => {
                let Some(claim) = blocks.claims_schema.get(index) else { return };
                self.mark_all(Family::Validation, &claim.predicate_validation_reference);
                self.mark_all(Family::InputValidation, &claim.input_validation_reference);
            }
            Family::Transformation => {
                let Some(one) = blocks.claims_transformations.get(index) else { return };
                let claims = one.input_claims.iter().chain(&one.output_claims);
                self.mark_all(Family::Claim, claims.map(|claim| &claim.claim_type_reference_id));
                one.input_parameters
                    .iter()
                    .filter_map(|one| one.value.as_ref())
                    .for_each(|one| self.text(one));
            }
            Family::Content => self.content(index),
            Family::Control => self.control(index),
            Family::Validation => {
                let groups = blocks.predicate_validations.get(index).map(|one| &one.predicate_groups);
                let references = groups.into_iter().flatten().flat_map(|one| &one.predicate_references);
                self.mark_all(Family::Predicate, references.flat_map(|one| &one.references));
            }
            Family::InputValidation => {
                let references = blocks.input_validations.get(index).map(|one| &one.predicate_references);
                let references = references.into_iter().flatten();
                self.mark_all(Family::Predicate, references.flat_map(|one| &one.references));
            }
            Family::Predicate | Family::Resources | Family::Client => {}
        }
    }

    fn journey(&mut self, index: usize) {
        let Some(journey) = self.subject.tree.user_journeys.get(index) else { return };
        self.mark_all(Family::Profile, &journey.default_cpim_issuer_technical_profile_reference_id);
        self.mark_all(Family::Profile, &journey.authorization_technical_profiles);
        self.mark_all(Family::Client, &journey.client_definition);
        journey.orchestration_steps.iter().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &OrchestrationStep) {
        self.mark_all(Family::Content, &step.content_definition_reference_id);
        self.mark_all(Family::Profile, &step.cpim_issuer_technical_profile_reference_id);
        self.mark_all(Family::SubJourney, &step.journey_list);
        let exchanges = step.claims_exchanges.iter().flat_map(|one| &one.exchanges);
        self.mark_all(
            Family::Profile,
            exchanges.filter_map(|one| one.technical_profile_reference_id.as_ref()),
        );
        self.preconditions(step.preconditions.as_deref());
    }

    fn preconditions(&mut self, preconditions: Option<&[Precondition]>) {
        let values = preconditions.into_iter().flatten().flat_map(|one| &one.values);
        self.mark_all(Family::Claim, values);
    }

    fn profile_parts(&mut self, profile: &TechnicalProfile) {
        self.mark_all(Family::Profile, &profile.use_technical_profile_for_session_management);
        for one in &profile.validation_technical_profiles {
            self.mark(Family::Profile, &one.reference_id);
            self.preconditions(one.preconditions.as_deref());
        }
        self.mark_all(Family::Transformation, &profile.input_claims_transformations);
        self.mark_all(Family::Transformation, &profile.output_claims_transformations);
        for claim in profile.input_claims.iter().chain(&profile.output_claims) {
            self.mark(Family::Claim, &claim.claim_type_reference_id);
            claim.default_value.iter().for_each(|text| self.text(text));
        }
        for claim in &profile.persisted_claims {
            self.mark(Family::Claim, &claim.claim_type_reference_id);
            claim.default_value.iter().for_each(|text| self.text(text));
        }
        for claim in &profile.display_claims {
            self.mark_all(Family::Claim, &claim.claim_type_reference_id);
            self.mark_all(Family::Control, &claim.display_control_reference_id);
        }
        for item in &profile.metadata {
            self.text(&item.value);
            self.mark(Family::Content, &item.value);
            self.mark(Family::Journey, &item.value);
        }
    }

    fn content(&mut self, index: usize) {
        let Some(content) = self.subject.tree.building_blocks.content_definitions.get(index) else { return };
        content.load_uri.iter().for_each(|text| self.text(text));
        let references = content.localized_resources_references.iter().flat_map(|one| &one.references);
        self.mark_all(
            Family::Resources,
            references.filter_map(|one| one.localized_resources_reference_id.as_ref()),
        );
    }

    fn control(&mut self, index: usize) {
        let Some(control) = self.subject.tree.building_blocks.display_controls.get(index) else { return };
        for claim in control.input_claims.iter().chain(&control.output_claims) {
            self.mark(Family::Claim, &claim.claim_type_reference_id);
            claim.default_value.iter().for_each(|text| self.text(text));
        }
        self.mark_all(Family::Claim, control.display_claims.iter().map(|one| &one.claim_type_reference_id));
        for one in control.actions.iter().flat_map(|action| &action.technical_profiles) {
            self.mark(Family::Profile, &one.technical_profile_reference_id);
            self.preconditions(one.preconditions.as_deref());
        }
    }
}
