//! One policy as the lints see it: merged, includes laid in, with look-up by id and what the relying party uses.

use std::sync::Arc;

use std::collections::HashMap;

use super::sort::Sort;
use super::used::Used;
use crate::check;
use crate::inherit::Effective;
use crate::source::Spanned;
use crate::syntax::{
    ClaimType, ClaimsTransformation, ContentDefinition, DisplayControl, Item, SubJourney, TechnicalProfile,
    TrustFrameworkPolicy, UserJourney, fold,
};

/// Families of named things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Family {
    Claim,
    Transformation,
    Profile,
    Content,
    Journey,
    SubJourney,
    Control,
    Predicate,
    Validation,
    InputValidation,
    Resources,
    Client,
}

/// What every lint may look at.
pub(super) struct Subject<'a> {
    /// The merged tree.
    pub(super) tree: &'a Effective,
    /// The files it was merged from, root first.
    pub(super) chain: &'a [&'a TrustFrameworkPolicy],
    /// The tree's technical profiles in the same order, with what they include.
    pub(super) profiles: Vec<Arc<TechnicalProfile>>,
    /// What each of them is.
    pub(super) sorts: Vec<Sort>,
    /// What the relying party uses; everything where there is none.
    pub(super) used: Used,
    names: HashMap<(Family, String), usize>,
}

impl<'a> Subject<'a> {
    /// Looks at a policy that compiled.
    pub(super) fn new(chain: &'a [&'a TrustFrameworkPolicy], tree: &'a Effective) -> Self {
        let profiles = check::with_includes(tree);
        let sorts = profiles.iter().map(|one| Sort::of(one)).collect();
        let names = names(tree);
        let mut subject = Self { tree, chain, profiles, sorts, used: Used::default(), names };
        subject.used = Used::of(&subject);
        subject
    }

    /// The place of a thing in its list.
    pub(super) fn find(&self, family: Family, id: &str) -> Option<usize> {
        self.names.get(&(family, fold(id))).copied()
    }

    /// The claim type of that id.
    pub(super) fn claim(&self, id: &str) -> Option<&'a ClaimType> {
        self.tree.building_blocks.claims_schema.get(self.find(Family::Claim, id)?).map(Arc::as_ref)
    }

    /// The transformation of that id.
    pub(super) fn transformation(&self, id: &str) -> Option<&'a ClaimsTransformation> {
        self.tree
            .building_blocks
            .claims_transformations
            .get(self.find(Family::Transformation, id)?)
            .map(Arc::as_ref)
    }

    /// The content definition of that id.
    pub(super) fn content(&self, id: &str) -> Option<&'a ContentDefinition> {
        self.tree.building_blocks.content_definitions.get(self.find(Family::Content, id)?).map(Arc::as_ref)
    }

    /// The display control of that id.
    pub(super) fn control(&self, id: &str) -> Option<&'a DisplayControl> {
        self.tree.building_blocks.display_controls.get(self.find(Family::Control, id)?)
    }

    /// The journey of that id.
    pub(super) fn journey(&self, id: &str) -> Option<&'a UserJourney> {
        self.tree.user_journeys.get(self.find(Family::Journey, id)?).map(Arc::as_ref)
    }

    /// The sub-journey of that id.
    pub(super) fn sub_journey(&self, id: &str) -> Option<&'a SubJourney> {
        self.tree.sub_journeys.get(self.find(Family::SubJourney, id)?).map(Arc::as_ref)
    }

    /// The profile of that id, includes laid in, with its sort.
    pub(super) fn profile(&self, id: &str) -> Option<(&TechnicalProfile, Sort)> {
        let index = self.find(Family::Profile, id)?;
        Some((self.profiles.get(index)?, *self.sorts.get(index)?))
    }

    /// The profiles that are used, with their sorts.
    pub(super) fn used_profiles(&self) -> impl Iterator<Item = (&TechnicalProfile, Sort)> {
        let all = self.profiles.iter().map(Arc::as_ref).zip(self.sorts.iter().copied()).enumerate();
        all.filter(|(index, _)| self.used.has(Family::Profile, *index)).map(|(_, one)| one)
    }

    /// The claim types that are used.
    pub(super) fn used_claims(&self) -> impl Iterator<Item = &'a ClaimType> {
        let all = self.tree.building_blocks.claims_schema.iter().map(Arc::as_ref).enumerate();
        all.filter(|(index, _)| self.used.has(Family::Claim, *index)).map(|(_, one)| one)
    }

    /// The content definitions that are used.
    pub(super) fn used_contents(&self) -> impl Iterator<Item = &'a ContentDefinition> {
        let all = self.tree.building_blocks.content_definitions.iter().map(Arc::as_ref).enumerate();
        all.filter(|(index, _)| self.used.has(Family::Content, *index)).map(|(_, one)| one)
    }

    /// Whether a step exchanges claims with the profile.
    pub(super) fn is_exchanged(&self, id: &str) -> bool {
        let steps = self.tree.user_journeys.iter().flat_map(|one| &one.orchestration_steps);
        let steps = steps.chain(self.tree.sub_journeys.iter().flat_map(|one| &one.orchestration_steps));
        let mut exchanges = steps.flat_map(|step| &step.claims_exchanges).flat_map(|one| &one.exchanges);
        exchanges.any(|one| {
            one.technical_profile_reference_id.as_ref().is_some_and(|other| other.eq_ignore_ascii_case(id))
        })
    }

    /// Whether a page calls the profile to validate, or a display control does.
    pub(super) fn is_called(&self, id: &str) -> bool {
        let pages = self.profiles.iter().flat_map(|one| &one.validation_technical_profiles);
        let controls = self.tree.building_blocks.display_controls.iter();
        let actions = controls.flat_map(|one| &one.actions).flat_map(|one| &one.technical_profiles);
        let mut called =
            pages.map(|one| &one.reference_id).chain(actions.map(|one| &one.technical_profile_reference_id));
        called.any(|other| other.eq_ignore_ascii_case(id))
    }

    /// The profile of the relying party.
    pub(super) fn party(&self) -> Option<&'a TechnicalProfile> {
        self.tree.relying_party.as_ref()?.technical_profiles.first()
    }
}

/// The value of a metadata item, by key in any case.
pub(super) fn setting<'p>(metadata: &'p [Item], key: &str) -> Option<&'p Spanned<String>> {
    metadata.iter().find(|item| item.key.eq_ignore_ascii_case(key)).map(|item| &item.value)
}

/// Whether a metadata item says `true`; `absent` where it is not there.
pub(super) fn flag(metadata: &[Item], key: &str, absent: bool) -> bool {
    setting(metadata, key).map_or(absent, |value| is_true(value))
}

/// `true` and `1` in any case (technical-profiles 1.3).
pub(super) fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text == "1"
}

/// The name a claim has at the partner, as far as it is written at the claim.
pub(super) fn partner(claim: &crate::syntax::ClaimReference) -> &str {
    claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id)
}

fn names(tree: &Effective) -> HashMap<(Family, String), usize> {
    let blocks = &tree.building_blocks;
    let resources = blocks.localization.iter().flat_map(|one| &one.localized_resources);
    let mut names = HashMap::new();
    let mut add = |family: Family, ids: &mut dyn Iterator<Item = Option<&Spanned<String>>>| {
        for (index, id) in ids.enumerate() {
            if let Some(id) = id {
                names.entry((family, fold(id))).or_insert(index);
            }
        }
    };
    add(Family::Claim, &mut blocks.claims_schema.iter().map(|one| Some(&one.id)));
    add(Family::Transformation, &mut blocks.claims_transformations.iter().map(|one| Some(&one.id)));
    add(Family::Profile, &mut tree.technical_profiles.iter().map(|one| Some(&one.id)));
    add(Family::Content, &mut blocks.content_definitions.iter().map(|one| Some(&one.id)));
    add(Family::Journey, &mut tree.user_journeys.iter().map(|one| Some(&one.id)));
    add(Family::SubJourney, &mut tree.sub_journeys.iter().map(|one| Some(&one.id)));
    add(Family::Control, &mut blocks.display_controls.iter().map(|one| Some(&one.id)));
    add(Family::Predicate, &mut blocks.predicates.iter().map(|one| Some(&one.id)));
    add(Family::Validation, &mut blocks.predicate_validations.iter().map(|one| Some(&one.id)));
    add(Family::InputValidation, &mut blocks.input_validations.iter().map(|one| Some(&one.id)));
    add(Family::Resources, &mut resources.map(|one| one.id.as_ref()));
    add(Family::Client, &mut blocks.client_definitions.iter().map(|one| Some(&one.id)));
    names
}
