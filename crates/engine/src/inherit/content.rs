//! Content definitions, localization and display controls laid over each other (policy-language 2.2).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::list::{Twins, by_key, child_first, replace, replace_list, unite};
use super::profile::{item_key, lay_item};
use crate::syntax::{
    ContentDefinition, ControlAction, ControlActionProfile, ControlClaim, ControlDisplayClaim,
    DisplayControl, Localization, LocalizedCollection, LocalizedResources, LocalizedResourcesReference,
    LocalizedResourcesReferences, LocalizedString, MergeBehavior, SupportedLanguages, fold,
};

pub(super) fn lay_content_definition(base: &mut ContentDefinition, child: &ContentDefinition) {
    base.overrides.push(child.span);
    replace(&mut base.load_uri, child.load_uri.as_ref());
    replace(&mut base.recovery_uri, child.recovery_uri.as_ref());
    replace(&mut base.data_uri, child.data_uri.as_ref());
    by_key(&mut base.metadata, &child.metadata, item_key, lay_item);
    match (&mut base.localized_resources_references, &child.localized_resources_references) {
        (Some(base), Some(child)) => lay_references(base, child),
        (base, child) => replace(base, child.as_ref()),
    }
}

/// One resource a language: the child's counts, unless it asks to be appended and the base has the language already.
fn lay_references(base: &mut LocalizedResourcesReferences, child: &LocalizedResourcesReferences) {
    base.span = child.span;
    let language = |reference: &LocalizedResourcesReference| fold(&reference.language);
    match child.merge_behavior.map(|behavior| behavior.value) {
        Some(MergeBehavior::ReplaceAll) => replace_list(&mut base.references, &child.references),
        Some(MergeBehavior::Append) => by_key(&mut base.references, &child.references, language, |_, _| {}),
        Some(MergeBehavior::Prepend) | None => {
            child_first(&mut base.references, &child.references, language, Clone::clone_from);
        }
    }
}

/// The first of a chain, with resources of one id as one: the schema lets a file split them.
pub(super) fn first_localization(child: &Localization) -> Localization {
    let mut first = Localization { localized_resources: Vec::new(), ..child.clone() };
    lay_all_resources(&mut first.localized_resources, &child.localized_resources);
    first
}

/// One by one, so that a second of the same id meets the first.
fn lay_all_resources(base: &mut Vec<Arc<LocalizedResources>>, child: &[Arc<LocalizedResources>]) {
    let known = base.iter().enumerate().map(|(at, one)| (resources_key(one), (at, None)));
    let mut known: HashMap<String, (usize, Option<Texts>)> = known.collect();
    for one in child {
        match known.entry(resources_key(one)) {
            Entry::Occupied(mut place) => {
                let (at, texts) = place.get_mut();
                let Some(twin) = base.get_mut(*at) else { continue };
                let twin = Arc::make_mut(twin);
                texts.get_or_insert_with(|| Texts::of(twin)).lay(twin, one);
            }
            Entry::Vacant(place) => {
                place.insert((base.len(), None));
                base.push(one.clone());
            }
        }
    }
}

pub(super) fn lay_localization(base: &mut Localization, child: &Localization) {
    base.span = child.span;
    replace(&mut base.enabled, child.enabled.as_ref());
    match (&mut base.supported_languages, &child.supported_languages) {
        (Some(base), Some(child)) => lay_languages(base, child),
        (base, child) => replace(base, child.as_ref()),
    }
    lay_all_resources(&mut base.localized_resources, &child.localized_resources);
}

/// The languages of the child replace the base's, unless it says otherwise.
fn lay_languages(base: &mut SupportedLanguages, child: &SupportedLanguages) {
    base.span = child.span;
    replace(&mut base.default_language, child.default_language.as_ref());
    replace(&mut base.policy_language, child.policy_language.as_ref());
    match child.merge_behavior.map_or(MergeBehavior::ReplaceAll, |behavior| behavior.value) {
        MergeBehavior::ReplaceAll => replace_list(&mut base.languages, &child.languages),
        MergeBehavior::Append => unite(&mut base.languages, &child.languages, |one| fold(one), false),
        MergeBehavior::Prepend => unite(&mut base.languages, &child.languages, |one| fold(one), true),
    }
}

/// Resources without an id stay apart: nothing can tell them from each other.
fn resources_key(resources: &LocalizedResources) -> String {
    match &resources.id {
        Some(id) => fold(id),
        None => format!("\0{:?}", resources.span),
    }
}

/// The texts of resources by what they are for: kept while one part after the other is laid over them.
struct Texts {
    collections: Twins<LocalizedCollection>,
    strings: Twins<LocalizedString>,
}

impl Texts {
    fn of(base: &LocalizedResources) -> Self {
        Self {
            collections: Twins::of(&base.localized_collections, collection_key),
            strings: Twins::of(&base.localized_strings, string_key),
        }
    }

    fn lay(&mut self, base: &mut LocalizedResources, child: &LocalizedResources) {
        base.overrides.push(child.span);
        replace(&mut base.culture, child.culture.as_ref());
        let collections = &child.localized_collections;
        self.collections.lay(&mut base.localized_collections, collections, Clone::clone_from);
        self.strings.lay(&mut base.localized_strings, &child.localized_strings, Clone::clone_from);
    }
}

fn collection_key(collection: &LocalizedCollection) -> String {
    let LocalizedCollection { element_type, element_id, target_collection, .. } = collection;
    fold(&format!("{}\0{}\0{}", element_type.value, element_id.value, target_collection.value))
}

fn string_key(string: &LocalizedString) -> String {
    let id = string.element_id.as_ref().map_or("", |id| id.value.as_str());
    fold(&format!("{}\0{id}\0{}", string.element_type.value, string.string_id.value))
}

pub(super) fn lay_display_control(base: &mut DisplayControl, child: &DisplayControl) {
    base.overrides.push(child.span);
    replace(&mut base.user_interface_control_type, child.user_interface_control_type.as_ref());
    replace(&mut base.display_name, child.display_name.as_ref());
    let key = |claim: &ControlClaim| fold(&claim.claim_type_reference_id);
    child_first(&mut base.input_claims, &child.input_claims, key, lay_control_claim);
    let shown = |claim: &ControlDisplayClaim| fold(&claim.claim_type_reference_id);
    child_first(&mut base.display_claims, &child.display_claims, shown, lay_control_display_claim);
    child_first(&mut base.output_claims, &child.output_claims, key, lay_control_claim);
    child_first(&mut base.actions, &child.actions, |action| fold(&action.id), lay_action);
}

fn lay_control_claim(base: &mut ControlClaim, child: &ControlClaim) {
    base.span = child.span;
    replace(&mut base.required, child.required.as_ref());
    replace(&mut base.default_value, child.default_value.as_ref());
    replace(&mut base.always_use_default_value, child.always_use_default_value.as_ref());
}

fn lay_control_display_claim(base: &mut ControlDisplayClaim, child: &ControlDisplayClaim) {
    base.span = child.span;
    replace(&mut base.control_claim_type, child.control_claim_type.as_ref());
    replace(&mut base.required, child.required.as_ref());
}

fn lay_action(base: &mut ControlAction, child: &ControlAction) {
    base.span = child.span;
    let key = |profile: &ControlActionProfile| fold(&profile.technical_profile_reference_id);
    child_first(&mut base.technical_profiles, &child.technical_profiles, key, |base, child| {
        base.span = child.span;
        replace(&mut base.continue_on_success, child.continue_on_success.as_ref());
        replace(&mut base.continue_on_error, child.continue_on_error.as_ref());
        replace(&mut base.preconditions, child.preconditions.as_ref());
    });
}
