//! What the policy says beside a transformation, gathered for the few methods that ask (claims-transformations 1).
//!
//! In: the policy, the running profile, the journey's language. Out: plain borrowed texts and predicates. Must not know
//! what a method does with them.

use crate::claims::Name;
use crate::kind::Kind;
use crate::policy::{ContentDefinition, ElementType, Policy, Profile};
use crate::transform::{Asks, Declared, Transformation};

/// In whose words a transformation speaks: the journey's language, and the page it stands at if it does.
#[derive(Clone, Copy, Debug)]
pub struct Voice<'a> {
    /// Language tag.
    pub language: &'a str,
    /// The page.
    pub page: Option<&'a ContentDefinition>,
}

/// Gathers what the transformation asks of the policy.
pub fn declared<'a>(
    policy: &'a Policy,
    profile: &Profile,
    voice: Voice<'a>,
    transformation: &Transformation,
) -> Declared<'a> {
    let mut declared = Declared::default();
    let resources = || content(policy, profile, voice).and_then(|content| content.resources(voice.language));
    match transformation.asks() {
        Asks::Nothing | Asks::Secret(_) => {}
        Asks::Texts => {
            for ((kind, _, id), text) in resources().iter().flat_map(|resources| resources.strings.iter()) {
                match kind {
                    ElementType::GetLocalizedStrings => declared.strings.insert(id, text),
                    ElementType::FormatLocalizedString => declared.formats.insert(id, text),
                    _ => None,
                };
            }
        }
        Asks::Choices(claim) => {
            let localized = resources().and_then(|resources| resources.collections.get(claim));
            let own = || policy.claims.get(claim).map(|claim| &claim.options);
            let choices = localized.or_else(own).into_iter().flatten();
            declared.choices = choices.map(|one| (one.text.as_str(), one.value.as_str())).collect();
        }
        Asks::Predicates(claim) => {
            let validation = policy.claims.get(claim).and_then(|claim| claim.validation.as_ref());
            let groups = validation.into_iter().flat_map(|validation| &validation.groups);
            declared.groups = groups
                .map(|group| (group.at_least, group.predicates.iter().map(|one| &one.test).collect()))
                .collect();
        }
    }
    declared
}

/// A form speaks with the page it is shown on, which is the step's where it is embedded (technical-profiles 4.1); what a
/// page runs behind itself with its own content definition, else with that page's.
fn content<'a>(policy: &'a Policy, profile: &Profile, voice: Voice<'a>) -> Option<&'a ContentDefinition> {
    let named = |id: &Name| policy.contents.get(id).map(AsRef::as_ref);
    match &profile.kind {
        Kind::SelfAsserted(settings) => voice.page.or_else(|| named(&settings.content)),
        _ => profile.content.as_ref().and_then(named).or(voice.page),
    }
}
