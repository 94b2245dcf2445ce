//! A self-asserted page: what it asks (policy-language 6.2), and what leaves it. In: the profile and the bag. Out: the
//! claims it shows; the bag after it.

use super::bag::{Bag, Fact, Values};
use super::effect::{self, default_of};
use crate::lint::sort::Sort;
use crate::lint::subject::{Family, Subject};
use crate::source::Spanned;
use crate::syntax::{ClaimType, TechnicalProfile, UserInputType};

/// One field of a page.
pub(in crate::lint) struct Field<'s> {
    /// Its claim type.
    pub(in crate::lint) claim: &'s ClaimType,
    /// Where the page lists it.
    pub(in crate::lint) id: &'s Spanned<String>,
    /// Whether the user must fill it in.
    pub(in crate::lint) required: bool,
}

impl Field<'_> {
    /// Whether the user can enter something.
    pub(in crate::lint) fn is_entered(&self) -> bool {
        let kind = self.claim.user_input_type.map(|kind| kind.value);
        kind.is_some_and(|kind| {
            !matches!(kind, UserInputType::Readonly | UserInputType::Paragraph | UserInputType::Button)
        })
    }
}

/// The fields that a page shows, those of its display controls included.
pub(in crate::lint) fn fields<'s>(subject: &'s Subject<'_>, profile: &'s TechnicalProfile) -> Vec<Field<'s>> {
    if profile.display_claims.is_empty() {
        return asked(subject, profile);
    }
    let mut fields = Vec::new();
    for shown in &profile.display_claims {
        let flag = shown.required.is_some_and(|flag| flag.value);
        if let Some(id) = &shown.claim_type_reference_id {
            fields.extend(subject.claim(id).map(|claim| Field { claim, id, required: flag }));
        }
        let control = shown.display_control_reference_id.as_ref().and_then(|id| subject.control(id));
        for inner in control.into_iter().flat_map(|control| &control.display_claims) {
            let id = &inner.claim_type_reference_id;
            let required = inner.required.is_some_and(|flag| flag.value);
            fields.extend(subject.claim(id).map(|claim| Field { claim, id, required }));
        }
    }
    fields
}

/// Without display claims: the output claims that nothing else gives a value.
fn asked<'s>(subject: &'s Subject<'_>, profile: &'s TechnicalProfile) -> Vec<Field<'s>> {
    let mut fields = Vec::new();
    for output in profile.output_claims.iter().filter(|output| output.default_value.is_none()) {
        let id = &output.claim_type_reference_id;
        let Some(claim) = subject.claim(id) else { continue };
        if claim.user_input_type.is_some() && !is_validated(subject, profile, id) {
            fields.push(Field { claim, id, required: output.required.is_some_and(|flag| flag.value) });
        }
    }
    fields
}

/// Whether a validation profile of the page lists the claim as an output.
pub(in crate::lint) fn is_validated(subject: &Subject<'_>, page: &TechnicalProfile, id: &str) -> bool {
    let called =
        page.validation_technical_profiles.iter().filter_map(|one| subject.profile(&one.reference_id));
    let mut outputs = called.flat_map(|(one, _)| &one.output_claims);
    outputs.any(|output| output.claim_type_reference_id.eq_ignore_ascii_case(id))
}

/// The bag after the page.
pub(super) fn leave(subject: &Subject<'_>, profile: &TechnicalProfile, bag: Bag) -> Bag {
    let shown = fields(subject, profile);
    let inside = if shown.is_empty() { bag.clone() } else { entered(subject, profile, &shown, bag.clone()) };
    let mut after = bag;
    for output in &profile.output_claims {
        let id = &output.claim_type_reference_id;
        let Some(index) = subject.find(Family::Claim, id) else { continue };
        let secret = subject.claim(id).and_then(|claim| claim.user_input_type);
        if secret.is_some_and(|kind| kind.value == UserInputType::Password) {
            continue;
        }
        if let Some(fact) = inside.get(index) {
            let validated = fact.validated || !after.has(index) && is_validated(subject, profile, id);
            after.know(index, Some(Fact { validated, ..fact.clone() }));
        }
        if let Some((values, sure)) = default_of(output) {
            match (output.always_use_default_value.is_some_and(|flag| flag.value), sure) {
                (true, true) => after.put(index, values),
                (_, true) => after.fill(index, values),
                (_, false) => after.maybe(index, values),
            }
        }
    }
    after
}

/// What is known on the page once the user has sent it and its validation profiles have run.
fn entered(subject: &Subject<'_>, profile: &TechnicalProfile, shown: &[Field<'_>], mut bag: Bag) -> Bag {
    for input in &profile.input_claims {
        if let (Some(index), Some((values, true))) =
            (subject.find(Family::Claim, &input.claim_type_reference_id), default_of(input))
        {
            bag.fill(index, values);
        }
    }
    for field in shown {
        let Some(index) = subject.find(Family::Claim, field.id) else { continue };
        match (field.is_entered(), field.required) {
            (true, true) => bag.put(index, Values::Any),
            (true, false) => bag.maybe(index, Values::Any),
            (false, _) => {}
        }
    }
    let controls = profile.display_claims.iter().filter_map(|one| one.display_control_reference_id.as_ref());
    for output in controls.filter_map(|id| subject.control(id)).flat_map(|control| &control.output_claims) {
        if let Some(index) = subject.find(Family::Claim, &output.claim_type_reference_id) {
            bag.fill(index, Values::Any);
        }
    }
    let mut last = false;
    for called in &profile.validation_technical_profiles {
        let Some((validation, sort)) = subject.profile(&called.reference_id) else { continue };
        if sort == Sort::Page {
            continue;
        }
        let after = effect::together(effect::apply(subject, validation, sort, bag.clone()));
        let may_fail = called.continue_on_error.is_some_and(|flag| flag.value);
        let certain = !last && called.preconditions.is_none() && !may_fail;
        bag = if certain { after } else { after.or(&bag) };
        last |= called.continue_on_success.is_some_and(|flag| !flag.value);
    }
    bag
}
