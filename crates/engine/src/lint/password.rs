//! Family `passwords`: rules for passwords beside what NIST SP 800-63B-4 section 3.1.1.2 advises: at least 15 characters
//! where the password is the only factor, at least 8 beside another one, 64 and more accepted, no rules about kinds of
//! characters. In: a policy. Out: advice.

use super::found::{Found, finding};
use super::pattern;
use super::sort::Sort;
use super::subject::{Family, Subject};
use crate::diagnostic::codes;
use crate::message;
use crate::source::{Span, Spanned};
use crate::syntax::{ClaimType, Predicate, PredicateReferences};

/// Shortest password beside another factor.
const SHORT: u32 = 8;
/// Shortest password that is the only factor.
const ALONE: u32 = 15;
/// Longest password that must be taken.
const LONG: u32 = 64;

/// What the rules of one claim amount to.
#[derive(Default)]
struct Rules {
    least: Option<(u32, Span)>,
    most: Option<(u32, Span)>,
    kinds: Option<Span>,
    any: bool,
}

pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    // A policy that only sets passwords leaves the second factor to the one that signs in: any in the chain counts.
    let factor = subject.sorts.iter().any(|sort| matches!(sort, Sort::Phone | Sort::Mfa));
    let relaxed = relaxed(subject);
    for claim in written(subject) {
        let rules = Rules::of(subject, claim);
        let (least, place) = rules.least.unwrap_or((if relaxed { 4 } else { SHORT }, claim.id.span));
        let id = &claim.id.value;
        if least < SHORT && (rules.any || relaxed) {
            let message = message!("`{id}` takes passwords of {least} characters");
            let help = format!("ask for {ALONE} characters, or for {SHORT} where there is a second factor");
            found.push(finding(codes::SHORT_PASSWORD, place, message).help(help));
        } else if least < ALONE && !factor && rules.any {
            let message =
                message!("passwords of {least} characters are short where they are the only factor");
            let help =
                format!("NIST SP 800-63B-4 advises {ALONE} characters, or {SHORT} beside a second factor");
            found.push(finding(codes::SHORT_ALONE, place, message).help(help));
        }
        if let Some((most, place)) = rules.most.filter(|(most, _)| *most < LONG) {
            let message = message!("passwords longer than {most} characters are refused");
            let help = format!("take {LONG} characters and more, so that phrases and password managers work");
            found.push(finding(codes::PASSWORD_CAP, place, message).help(help));
        }
        if let Some(place) = rules.kinds {
            let message = message!("the password must mix kinds of characters");
            let help = "NIST SP 800-63B-4 advises against it: people answer with `Password1!`; ask for length instead";
            found.push(finding(codes::PASSWORD_KINDS, place, message).help(help));
        }
    }
}

/// The claims that are written to the directory as passwords.
fn written<'a>(subject: &Subject<'a>) -> Vec<&'a ClaimType> {
    let mut claims: Vec<&ClaimType> = Vec::new();
    for (profile, _) in subject.used_profiles().filter(|(_, sort)| *sort == Sort::Directory) {
        for claim in &profile.persisted_claims {
            let name = claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id);
            if let Some(claim) = subject.claim(&claim.claim_type_reference_id)
                && name.eq_ignore_ascii_case("password")
                && claim.user_input_type.is_some()
                && !claims.iter().any(|known| known.span == claim.span)
            {
                claims.push(claim);
            }
        }
    }
    claims
}

/// Whether the directory's own rules are turned off.
fn relaxed(subject: &Subject<'_>) -> bool {
    subject.used_profiles().flat_map(|(profile, _)| &profile.persisted_claims).any(|claim| {
        claim.default_value.as_ref().is_some_and(|text| {
            text.split(',').any(|one| one.trim().eq_ignore_ascii_case("DisableStrongPassword"))
        })
    })
}

impl Rules {
    fn of(subject: &Subject<'_>, claim: &ClaimType) -> Self {
        let mut rules = Self::default();
        let pattern = claim.restriction.as_ref().and_then(|one| one.pattern.as_ref());
        if let Some(pattern) = pattern.and_then(|one| one.regular_expression.as_ref()) {
            rules.pattern(pattern);
        }
        let blocks = &subject.tree.building_blocks;
        let validation = claim.predicate_validation_reference.as_ref();
        let validation = validation.and_then(|id| subject.find(Family::Validation, id));
        let groups = validation.and_then(|index| blocks.predicate_validations.get(index));
        for group in groups.iter().flat_map(|one| &one.predicate_groups) {
            group.predicate_references.iter().for_each(|one| rules.group(subject, one));
        }
        let old = claim.input_validation_reference.as_ref();
        let old = old.and_then(|id| subject.find(Family::InputValidation, id));
        for group in old
            .and_then(|index| blocks.input_validations.get(index))
            .iter()
            .flat_map(|one| &one.predicate_references)
        {
            rules.group(subject, group);
        }
        rules
    }

    fn group(&mut self, subject: &Subject<'_>, group: &PredicateReferences) {
        self.any = true;
        let predicates = group.references.iter().filter_map(|id| subject.find(Family::Predicate, id));
        let all = &subject.tree.building_blocks.predicates;
        let predicates: Vec<&Predicate> = predicates.filter_map(|index| all.get(index)).collect();
        let is = |one: &Predicate, method: &str| {
            one.method.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(method))
        };
        if predicates.iter().filter(|one| is(one, "IncludesCharacters")).count() > 1 {
            self.kinds.get_or_insert(group.span);
        }
        // Of several only one may have to hold.
        if group.match_at_least.is_some_and(|least| (least.value as usize) < predicates.len()) {
            return;
        }
        for one in predicates {
            let parameter = |id: &str| one.parameters.iter().find(|one| one.id.eq_ignore_ascii_case(id));
            if is(one, "IsLengthRange") {
                let number = |id: &str| {
                    parameter(id).and_then(|one| Some((one.value.trim().parse().ok()?, one.value.span)))
                };
                self.bound(number("Minimum"), number("Maximum"));
            } else if is(one, "MatchesRegex")
                && let Some(pattern) = parameter("RegularExpression")
            {
                self.pattern(&pattern.value);
            }
        }
    }

    fn pattern(&mut self, pattern: &Spanned<String>) {
        self.any = true;
        if let Some((least, most)) = pattern::length(pattern) {
            self.bound(Some((least, pattern.span)), most.map(|most| (most, pattern.span)));
        }
        if pattern.matches("(?=").count() > 1 {
            self.kinds.get_or_insert(pattern.span);
        }
    }

    /// All rules hold at once: the longest least and the shortest most count.
    fn bound(&mut self, least: Option<(u32, Span)>, most: Option<(u32, Span)>) {
        if let Some(least) = least.filter(|new| self.least.is_none_or(|old| old.0 < new.0)) {
            self.least = Some(least);
        }
        if let Some(most) = most.filter(|new| self.most.is_none_or(|old| old.0 > new.0)) {
            self.most = Some(most);
        }
    }
}
