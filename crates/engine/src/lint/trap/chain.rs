//! Traps of inheritance: what a child policy writes and the base keeps, or loses.

use super::super::found::{Found, finding};
use super::super::subject::Subject;
use crate::diagnostic::codes;
use crate::message;
use crate::source::Span;
use crate::syntax::{ClaimType, MergeBehavior, Restriction, TrustFrameworkPolicy, same_id};

pub(in crate::lint) fn check(subject: &Subject<'_>, found: &mut Found) {
    for (at, policy) in subject.chain.iter().enumerate() {
        let bases = subject.chain.get(..at).unwrap_or_default();
        for claim in &policy.building_blocks.claims_schema {
            restriction(claim, bases, found);
        }
        for list in policy.empty_lists.iter().filter(|_| !bases.is_empty()) {
            empty(subject, list.value, list.span, found);
        }
    }
}

/// The last restriction of the claim type in the bases.
fn inherited<'p>(claim: &ClaimType, bases: &[&'p TrustFrameworkPolicy]) -> Option<&'p Restriction> {
    let twins = bases.iter().rev().flat_map(|base| &base.building_blocks.claims_schema);
    twins.filter(|one| same_id(&one.id, &claim.id)).find_map(|one| one.restriction.as_ref())
}

/// A restriction replaces the base's, unlike everything else (policy-language 14, 2).
fn restriction(claim: &ClaimType, bases: &[&TrustFrameworkPolicy], found: &mut Found) {
    let Some(own) = claim.restriction.as_ref().filter(|one| one.merge_behavior.is_none()) else { return };
    let Some(base) = inherited(claim, bases) else { return };
    let value = |one: &crate::syntax::EnumerationItem| one.value.as_ref().map(|value| value.value.clone());
    let lost: Vec<String> = base
        .enumerations
        .iter()
        .filter_map(value)
        .filter(|one| !own.enumerations.iter().any(|other| value(other).as_ref() == Some(one)))
        .map(|one| format!("`{one}`"))
        .collect();
    let pattern = base.pattern.is_some() && own.pattern.is_none();
    if lost.is_empty() && !pattern {
        return;
    }
    let lost = if pattern { "its pattern".to_owned() } else { lost.join(", ") };
    let message = message!("the restriction replaces that of the base policy, and {lost} is gone");
    let diagnostic = finding(codes::RESTRICTION_REPLACES, own.span, message).also(base.span, "the base's");
    let behavior = MergeBehavior::Append.name();
    found
        .push(diagnostic.help(format!("add MergeBehavior=\"{behavior}\", or `ReplaceAll` if this is meant")));
}

/// An empty list clears nothing (policy-language 2.2).
fn empty(subject: &Subject<'_>, name: &str, span: Span, found: &mut Found) {
    let nearest = |places: &[Span]| {
        let before = places.iter().filter(|one| one.source == span.source && one.start < span.start);
        before.map(|one| one.start).max()
    };
    let tree = subject.tree;
    let profiles = tree.technical_profiles.iter().map(|one| {
        let count = match name {
            "InputClaims" => one.input_claims.len(),
            "DisplayClaims" => one.display_claims.len(),
            "PersistedClaims" => one.persisted_claims.len(),
            "OutputClaims" => one.output_claims.len(),
            _ => 0,
        };
        (nearest(&one.overrides), &one.id.value, count)
    });
    let transformations = tree.building_blocks.claims_transformations.iter().map(|one| {
        let count = if name == "InputClaims" { one.input_claims.len() } else { one.output_claims.len() };
        (nearest(&one.overrides), &one.id.value, count)
    });
    let around = profiles
        .chain(transformations)
        .filter(|(start, ..)| start.is_some())
        .max_by_key(|(start, ..)| *start);
    // Whatever begins between is what the list belongs to.
    let between = tree.technical_profiles.iter().any(|one| {
        one.span.source == span.source
            && one.span.start < span.start
            && around.as_ref().is_some_and(|(start, ..)| Some(one.span.start) > *start)
    });
    if let Some((_, id, count)) = around.filter(|(_, _, count)| *count > 0 && !between) {
        let message =
            message!("the empty list clears nothing: `{id}` keeps the {count} claims of the base policy");
        let help = "nothing can be removed by a child; make a profile of a new id, or overlay each claim";
        found.push(finding(codes::EMPTY_LIST, span, message).label("without effect").help(help));
    }
}
