//! Family `unused`: what no relying party of the whole set uses. In: one policy after the other. Out: a note for each
//! thing that all of them leave alone; many in one file are summed up, as a shared base carries some by nature.
//!
//! Only executable policies say what is used: a base alone is not judged.

use std::collections::{HashMap, HashSet};

use super::found::{Found, finding};
use super::subject::{Family, Subject};
use crate::diagnostic::{Code, codes};
use crate::message;
use crate::source::{Span, Spanned};

/// A family, its noun, the code of an unused one, and what helps.
type Row = (Family, &'static str, Code);

const ROWS: &[Row] = &[
    (Family::Claim, "claim type", codes::UNUSED_CLAIM),
    (Family::Profile, "technical profile", codes::UNUSED_PROFILE),
    (Family::Journey, "user journey", codes::UNUSED_JOURNEY),
    (Family::SubJourney, "sub-journey", codes::UNUSED_SUB_JOURNEY),
    (Family::Content, "content definition", codes::UNUSED_CONTENT),
    (Family::Transformation, "claims transformation", codes::UNUSED_TRANSFORMATION),
    (Family::Predicate, "predicate", codes::UNUSED_PREDICATE),
    (Family::Validation, "predicate validation", codes::UNUSED_VALIDATION),
    (Family::InputValidation, "input validation", codes::UNUSED_VALIDATION),
    (Family::Control, "display control", codes::UNUSED_CONTROL),
    (Family::Resources, "localized resources", codes::UNUSED_RESOURCES),
    (Family::Client, "client definition", codes::UNUSED_CLIENT),
];

/// What the policies seen so far declare and use; a thing is known by the place of its first declaration.
#[derive(Default)]
pub(super) struct Usage {
    declared: HashMap<Span, (Family, Spanned<String>)>,
    used: HashSet<Span>,
}

impl Usage {
    /// Takes a policy into account.
    pub(super) fn add(&mut self, subject: &Subject<'_>) {
        if subject.tree.relying_party.is_none() {
            return;
        }
        let tree = subject.tree;
        let blocks = &tree.building_blocks;
        macro_rules! family {
            ($family:ident, $list:expr) => {
                self.family(subject, Family::$family, $list.map(|one| (one.span, Some(&one.id))));
            };
        }
        family!(Claim, blocks.claims_schema.iter());
        family!(Transformation, blocks.claims_transformations.iter());
        family!(Content, blocks.content_definitions.iter());
        family!(Journey, tree.user_journeys.iter());
        family!(SubJourney, tree.sub_journeys.iter());
        family!(Control, blocks.display_controls.iter());
        family!(Predicate, blocks.predicates.iter());
        family!(Validation, blocks.predicate_validations.iter());
        family!(InputValidation, blocks.input_validations.iter());
        family!(Client, blocks.client_definitions.iter());
        let resources = blocks.localization.iter().flat_map(|one| &one.localized_resources);
        self.family(subject, Family::Resources, resources.map(|one| (one.span, one.id.as_ref())));
        let profiles = tree.technical_profiles.iter();
        let profiles = profiles.map(|one| (one.span, Some(&one.id).filter(|id| !is_inert(id))));
        self.family(subject, Family::Profile, profiles);
    }

    fn family<'i>(
        &mut self,
        subject: &Subject<'_>,
        family: Family,
        all: impl Iterator<Item = (Span, Option<&'i Spanned<String>>)>,
    ) {
        for (index, (span, id)) in all.enumerate() {
            if subject.used.has(family, index) {
                self.used.insert(span);
            } else if let Some(id) = id {
                self.declared.entry(span).or_insert_with(|| (family, id.clone()));
            }
        }
    }

    /// Reports what nothing used.
    pub(super) fn report(&self, found: &mut Found) {
        for (span, (family, id)) in &self.declared {
            let Some((_, noun, code)) = ROWS.iter().find(|(known, ..)| known == family) else { continue };
            if !self.used.contains(span) {
                let message = message!("no policy of the set uses the {noun} `{}`", id.value);
                let help = "remove it, or check this file together with the policies that use it";
                found.push_about(id, finding(*code, id.span, message).label("never used").help(help));
            }
        }
    }
}

/// The engine's own default profile, which every base carries (technical-profiles 2).
fn is_inert(id: &str) -> bool {
    id.to_ascii_lowercase().starts_with("tpengine_")
}
