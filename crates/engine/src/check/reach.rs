//! What the relying party can reach, and in which part each profile is used. In: the merged tree, includes laid in.
//! Out: marks. References that lead nowhere are passed over; the passes report them.

use std::sync::Arc;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::names::{Names, Sort};
use crate::inherit::Effective;
use crate::kind::Role;
use crate::source::{Span, Spanned};
use crate::syntax::{OrchestrationStep, OrchestrationStepType, TechnicalProfile};

/// What is reached, and what profiles are used for.
#[derive(Default)]
pub(super) struct Reach {
    /// Whether there is a relying party.
    pub(super) executable: bool,
    reached: BTreeMap<(Sort, usize), Option<Span>>,
    roles: BTreeMap<usize, Role>,
}

impl Reach {
    /// Whether the relying party reaches the thing.
    pub(super) fn has(&self, sort: Sort, index: usize) -> bool {
        self.reached.contains_key(&(sort, index))
    }

    /// Where the thing is used that the relying party reaches: the first reference to it.
    pub(super) fn used_at(&self, sort: Sort, index: usize) -> Option<Span> {
        self.reached.get(&(sort, index)).copied().flatten()
    }

    /// What the profile is used for.
    pub(super) fn role(&self, profile: usize) -> Role {
        self.roles.get(&profile).copied().unwrap_or_default()
    }
}

/// Marks what is reached.
pub(super) fn reach(tree: &Effective, profiles: &[Arc<TechnicalProfile>], names: &Names<'_>) -> Reach {
    let mut walk = Walk { tree, profiles, names, reach: Reach::default(), open: Vec::new() };
    walk.reach.executable = tree.relying_party.is_some();
    walk.roles();
    if let Some(party) = &tree.relying_party {
        let endpoints = party.endpoints.iter().filter_map(|one| one.user_journey_reference_id.as_ref());
        for journey in party.default_user_journey.iter().chain(endpoints) {
            walk.mark(Sort::Journey, journey);
        }
        walk.mark_id(Sort::Content, "api.error", None);
    }
    while let Some((sort, index)) = walk.open.pop() {
        walk.follow(sort, index);
    }
    walk.reach
}

struct Walk<'a> {
    tree: &'a Effective,
    profiles: &'a [Arc<TechnicalProfile>],
    names: &'a Names<'a>,
    reach: Reach,
    open: Vec<(Sort, usize)>,
}

impl<'a> Walk<'a> {
    fn mark(&mut self, sort: Sort, id: &Spanned<String>) {
        self.mark_id(sort, id, Some(id.span));
    }

    fn mark_id(&mut self, sort: Sort, id: &str, place: Option<Span>) {
        let Some(entry) = self.names.find(sort, id) else { return };
        let key = (sort, entry.index);
        if let Entry::Vacant(free) = self.reach.reached.entry(key) {
            free.insert(place);
            self.open.push(key);
        }
    }

    fn mark_all(&mut self, sort: Sort, ids: impl IntoIterator<Item = &'a Spanned<String>>) {
        for id in ids {
            self.mark(sort, id);
        }
    }

    fn follow(&mut self, sort: Sort, index: usize) {
        let tree = self.tree;
        match sort {
            Sort::Journey => {
                let Some(journey) = tree.user_journeys.get(index) else { return };
                self.mark_all(Sort::Profile, &journey.default_cpim_issuer_technical_profile_reference_id);
                self.mark_all(Sort::Profile, &journey.authorization_technical_profiles);
                self.steps(&journey.orchestration_steps);
            }
            Sort::SubJourney => {
                if let Some(journey) = tree.sub_journeys.get(index) {
                    self.steps(&journey.orchestration_steps);
                }
            }
            Sort::Control => {
                let Some(control) = tree.building_blocks.display_controls.get(index) else { return };
                let profiles = control.actions.iter().flat_map(|action| &action.technical_profiles);
                self.mark_all(Sort::Profile, profiles.map(|one| &one.technical_profile_reference_id));
            }
            Sort::Profile => self.profile(index),
            _ => {}
        }
    }

    fn steps(&mut self, steps: &'a [OrchestrationStep]) {
        for step in steps {
            self.mark_all(Sort::Content, &step.content_definition_reference_id);
            self.mark_all(Sort::Profile, &step.cpim_issuer_technical_profile_reference_id);
            self.mark_all(Sort::SubJourney, &step.journey_list);
            let exchanges = step.claims_exchanges.iter().flat_map(|one| &one.exchanges);
            let profiles = exchanges.filter_map(|one| one.technical_profile_reference_id.as_ref());
            self.mark_all(Sort::Profile, profiles);
        }
    }

    fn profile(&mut self, index: usize) {
        let Some(profile) = self.profiles.get(index) else { return };
        self.mark_all(Sort::Profile, &profile.use_technical_profile_for_session_management);
        self.mark_all(
            Sort::Profile,
            profile.validation_technical_profiles.iter().map(|one| &one.reference_id),
        );
        self.mark_all(Sort::Transformation, &profile.input_claims_transformations);
        self.mark_all(Sort::Transformation, &profile.output_claims_transformations);
        let controls = profile.display_claims.iter();
        self.mark_all(Sort::Control, controls.filter_map(|one| one.display_control_reference_id.as_ref()));
        for item in &profile.metadata {
            match item.key.to_ascii_lowercase().as_str() {
                "contentdefinitionreferenceid" => self.mark(Sort::Content, &item.value),
                "refreshtokenuserjourneyid" | "clientcredentialsuserjourneyid" => {
                    self.mark(Sort::Journey, &item.value);
                }
                _ => {}
            }
        }
    }

    /// A profile is an issuer, a reader of hints or a check of bearer tokens by the place that names it, not by what
    /// it says of itself (technical-profiles 2). An issuer stays one, whatever else names it.
    fn roles(&mut self) {
        let tree = self.tree;
        let journeys = tree.user_journeys.iter();
        for journey in journeys.clone() {
            self.role(&journey.default_cpim_issuer_technical_profile_reference_id, Role::Issuer);
            self.role(&journey.authorization_technical_profiles, Role::Authorization);
        }
        let steps = journeys.flat_map(|one| &one.orchestration_steps);
        for step in steps.chain(tree.sub_journeys.iter().flat_map(|one| &one.orchestration_steps)) {
            let role = match step.kind.as_ref().map(|kind| kind.value) {
                Some(OrchestrationStepType::SendClaims) => Role::Issuer,
                Some(OrchestrationStepType::GetClaims) => Role::Hint,
                _ => Role::Exchange,
            };
            self.role(&step.cpim_issuer_technical_profile_reference_id, role);
            let exchanges = step.claims_exchanges.iter().flat_map(|one| &one.exchanges);
            let profiles = exchanges.filter_map(|one| one.technical_profile_reference_id.as_ref());
            let combined = role == Role::Exchange
                && step.kind.is_some_and(|kind| kind.value == OrchestrationStepType::CombinedSignInAndSignUp);
            self.role(profiles, if combined { Role::Embedded } else { Role::Exchange });
        }
        for profile in self.profiles {
            let called = profile.validation_technical_profiles.iter().map(|one| &one.reference_id);
            self.role(called, Role::Call);
        }
        for control in &tree.building_blocks.display_controls {
            let called = control.actions.iter().flat_map(|action| &action.technical_profiles);
            self.role(called.map(|one| &one.technical_profile_reference_id), Role::Call);
        }
    }

    fn role(&mut self, ids: impl IntoIterator<Item = &'a Spanned<String>>, role: Role) {
        for id in ids {
            if let Some(entry) = self.names.find(Sort::Profile, id) {
                let known = self.reach.roles.entry(entry.index).or_insert(role);
                *known = (*known).max(role);
            }
        }
    }
}
