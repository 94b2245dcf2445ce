//! What a technical profile does to the bag (policy-language 5.6). In: the profile and the bag. Out: the bags after it, one
//! for each way it may end.

use super::bag::{Bag, Values};
use super::{page, transformation};
use crate::lint::sort::Sort;
use crate::lint::subject::{Family, Subject, flag, partner, setting};
use crate::syntax::{ClaimReference, TechnicalProfile};

/// What a partner always answers: sort and names, lower-cased.
const CERTAIN: &[(Sort, &[&str])] = &[
    (
        Sort::Directory,
        &[
            "objectid",
            "userprincipalname",
            "displayname",
            "refreshtokensvalidfromdatetime",
            "createddatetime",
            "accountenabled",
            "newclaimsprincipalcreated",
        ],
    ),
    (Sort::PasswordGrant, &["oid", "tid", "upn", "name", "objectid", "userprincipalname"]),
    (Sort::Provider, &["sub", "id", "oid", "tid", "user_id", "issueruserid", "screen_name"]),
    (Sort::Saml, &["assertionsubjectname"]),
    (Sort::Phone, &["verified.officephone"]),
    (Sort::OneTimePassword, &["otpgenerated"]),
    (Sort::Mfa, &["numberofavailabledevices"]),
    (Sort::Other, &["objectid", "refreshtokenissuedondatetime", "sub"]),
];

/// The bags after the profile.
pub(super) fn apply(subject: &Subject<'_>, profile: &TechnicalProfile, sort: Sort, mut bag: Bag) -> Vec<Bag> {
    transformation::transform(subject, &profile.input_claims_transformations, &mut bag);
    let mut ends = match sort {
        Sort::Page => vec![page::leave(subject, profile, bag)],
        Sort::Transformation | Sort::Session => vec![own(subject, profile, bag)],
        Sort::Directory if may_miss(profile) => {
            let missed = defaults(subject, profile, bag.clone());
            vec![answered(subject, profile, sort, bag), missed]
        }
        _ => vec![answered(subject, profile, sort, bag)],
    };
    for end in &mut ends {
        transformation::transform(subject, &profile.output_claims_transformations, end);
        markers(subject, profile, end);
    }
    ends
}

/// What holds whichever way it ended.
pub(super) fn together(ends: Vec<Bag>) -> Bag {
    ends.into_iter().reduce(|all, one| all.or(&one)).unwrap_or_default()
}

/// The value of a default, and whether there always is one: a resolver of the request may have none.
pub(super) fn default_of(claim: &ClaimReference) -> Option<(Values, bool)> {
    let text = claim.default_value.as_ref()?;
    if !text.contains('{') {
        return Some((Values::one(text), true));
    }
    let lower = text.to_ascii_lowercase();
    let sure = ["{policy", "{context:", "{culture:"].iter().any(|start| lower.starts_with(start));
    Some((Values::Any, sure))
}

/// A directory profile that goes on without a user.
fn may_miss(profile: &TechnicalProfile) -> bool {
    let reads = setting(&profile.metadata, "Operation").is_none_or(|one| one.eq_ignore_ascii_case("Read"));
    reads && !flag(&profile.metadata, "RaiseErrorIfClaimsPrincipalDoesNotExist", false)
}

/// A profile without a partner: its output claims are those of the bag, or their defaults.
fn own(subject: &Subject<'_>, profile: &TechnicalProfile, mut bag: Bag) -> Bag {
    for input in &profile.input_claims {
        if let (Some(index), Some((values, sure))) =
            (subject.find(Family::Claim, &input.claim_type_reference_id), default_of(input))
        {
            // What the inputs default to is seen by its later elements (technical-profiles 15).
            if sure { bag.fill(index, values) } else { bag.maybe(index, values) }
        }
    }
    defaults(subject, profile, bag)
}

/// The defaults of the output claims, where the partner answered nothing.
fn defaults(subject: &Subject<'_>, profile: &TechnicalProfile, mut bag: Bag) -> Bag {
    for output in &profile.output_claims {
        let Some(index) = subject.find(Family::Claim, &output.claim_type_reference_id) else { continue };
        let Some((values, sure)) = default_of(output) else { continue };
        match (output.always_use_default_value.is_some_and(|flag| flag.value), sure) {
            (true, true) => bag.put(index, values),
            (_, true) => bag.fill(index, values),
            (_, false) => bag.maybe(index, values),
        }
    }
    bag
}

/// A profile whose partner answered.
fn answered(subject: &Subject<'_>, profile: &TechnicalProfile, sort: Sort, mut bag: Bag) -> Bag {
    let before = bag.clone();
    for output in &profile.output_claims {
        let Some(index) = subject.find(Family::Claim, &output.claim_type_reference_id) else { continue };
        match default_of(output) {
            // Whoever names no partner's name expects no answer.
            Some((values, true)) => {
                let forced = output.always_use_default_value.is_some_and(|flag| flag.value);
                let silent = output.partner_claim_type.is_none() && sort != Sort::Rest;
                bag.put(index, if forced || silent { values } else { Values::Any });
            }
            Some((_, false)) => bag.maybe(index, Values::Any),
            None if is_certain(subject, profile, sort, output, &before) => bag.put(index, Values::Any),
            None => bag.maybe(index, Values::Any),
        }
    }
    bag
}

fn is_certain(
    subject: &Subject<'_>,
    profile: &TechnicalProfile,
    sort: Sort,
    output: &ClaimReference,
    before: &Bag,
) -> bool {
    if output.required.is_some_and(|flag| flag.value) {
        return true;
    }
    let name = partner(output).to_ascii_lowercase();
    let id = output.claim_type_reference_id.to_ascii_lowercase();
    let certain = CERTAIN.iter().find(|(known, _)| *known == sort).map_or(&[][..], |(_, names)| names);
    if certain.contains(&name.as_str()) || certain.contains(&id.as_str()) {
        return true;
    }
    // The directory answers with what it was asked by, and with what was just written.
    let asked = profile.input_claims.iter().any(|input| partner(input).eq_ignore_ascii_case(&name));
    let written = profile.persisted_claims.iter().any(|claim| {
        let own = claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id);
        let there =
            subject.find(Family::Claim, &claim.claim_type_reference_id).is_some_and(|one| before.has(one));
        own.eq_ignore_ascii_case(&name) && (there || claim.default_value.is_some())
    });
    sort == Sort::Directory && (asked || written)
}

/// What a session provider adds when it restores (policy-language 10.1): at the first one, the markers of all.
fn markers(subject: &Subject<'_>, profile: &TechnicalProfile, bag: &mut Bag) {
    let Some(reference) = &profile.use_technical_profile_for_session_management else { return };
    if !matches!(subject.profile(reference), Some((_, Sort::Session | Sort::ExternalSession))) {
        return;
    }
    let sessions =
        subject.used_profiles().filter(|(_, sort)| matches!(sort, Sort::Session | Sort::ExternalSession));
    for output in sessions.flat_map(|(session, _)| &session.output_claims) {
        if let Some(index) = subject.find(Family::Claim, &output.claim_type_reference_id) {
            bag.maybe(index, Values::Any);
        }
    }
}
