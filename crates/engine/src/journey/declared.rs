//! What the policy says beside a transformation, gathered for the few methods that ask (claims-transformations 1).
//!
//! In: the policy, the running profile, the journey's language. Out: plain borrowed texts and predicates. Must not know
//! what a method does with them.

use super::state::Awaiting;
use crate::kind::Kind;
use crate::policy::{ContentDefinition, ElementType, Policy, Profile};
use crate::transform::{Asks, Declared, Transformation};

/// In whose words a transformation speaks: the journey's language, and the page it waits at if it does.
#[derive(Clone, Copy, Debug)]
pub struct Voice<'a> {
    /// Language tag.
    pub language: &'a str,
    /// What the journey waits for.
    pub awaiting: &'a Awaiting,
}

/// Gathers what the transformation asks of the policy.
pub fn declared<'a>(
    policy: &'a Policy,
    profile: &Profile,
    voice: Voice<'_>,
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

/// The content definition of the running profile, else that of the page the journey waits at: a profile that a page
/// runs behind itself speaks with the page's texts.
fn content<'a>(policy: &'a Policy, profile: &Profile, voice: Voice<'_>) -> Option<&'a ContentDefinition> {
    let of = |profile: &Profile| match &profile.kind {
        Kind::SelfAsserted(settings) => policy.contents.get(&settings.content),
        _ => profile.content.as_ref().and_then(|id| policy.contents.get(id)),
    };
    let waiting = || match voice.awaiting {
        Awaiting::Form(asked) => asked.profile.as_ref().and_then(|id| policy.profiles.get(id)),
        _ => None,
    };
    of(profile).or_else(|| waiting().and_then(|profile| of(profile))).map(AsRef::as_ref)
}
