//! Predicates and their groups (policy-language 4.2, 4.3). In: the merged tree. Out: groups of tests with parsed
//! parameters, for claim types to refer to.

use std::sync::Arc;

use super::claim::regex;
use super::names::Sort;
use super::report::Report;
use super::view::View;
use crate::claims::Name;
use crate::claims::predicate::{CharacterSet, Day, Predicate};
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::policy::claim::{NamedPredicate, PredicateGroup, PredicateValidation};
use crate::source::Spanned;
use crate::syntax::{self, PredicateParameter, PredicateReferences};

/// Groups of predicates by their place in the tree, the newer and the older form.
pub(super) struct Validations {
    newer: Vec<Arc<PredicateValidation>>,
    older: Vec<Arc<PredicateValidation>>,
}

/// Predicates by their place in the tree; nothing where one is broken.
type Predicates = Vec<Option<Arc<NamedPredicate>>>;

/// The methods with their parameters (policy-language 4.2).
const METHODS: &[(&str, &[&str])] = &[
    ("IsLengthRange", &["Minimum", "Maximum"]),
    ("MatchesRegex", &["RegularExpression"]),
    ("IncludesCharacters", &["CharacterSet"]),
    ("IsDateRange", &["Minimum", "Maximum"]),
];

/// Compiles all predicates and groups.
pub(super) fn check(view: &View<'_>, report: &mut Report) -> Validations {
    let all = view.tree.building_blocks.predicates.iter();
    let predicates: Predicates = all.map(|one| named(view, one, report).map(Arc::new)).collect();
    Validations { newer: newer(view, &predicates, report), older: older(view, &predicates, report) }
}

/// The groups that a claim type refers to; the newer form counts before the older one.
pub(super) fn of_claim(
    view: &View<'_>,
    claim: &syntax::ClaimType,
    validations: &Validations,
    report: &mut Report,
) -> Option<Arc<PredicateValidation>> {
    let mut find = |sort, reference: &Option<Spanned<String>>, list: &[Arc<PredicateValidation>]| {
        let entry = report.keep(view.names.resolve(sort, reference.as_ref()?))?;
        list.get(entry.index).cloned()
    };
    let older = find(Sort::InputValidation, &claim.input_validation_reference, &validations.older);
    find(Sort::PredicateValidation, &claim.predicate_validation_reference, &validations.newer).or(older)
}

fn named(view: &View<'_>, one: &syntax::Predicate, report: &mut Report) -> Option<NamedPredicate> {
    let test = predicate(view, one, report)?;
    let help = one.help_text.as_ref().or(one.user_help_text.as_ref());
    let help = help.map_or_else(String::new, |text| text.value.clone());
    Some(NamedPredicate { id: Name::from(one.id.as_str()), help, test })
}

fn predicate(view: &View<'_>, one: &syntax::Predicate, report: &mut Report) -> Option<Predicate> {
    let Some(method) = &one.method else {
        let message = message!("a predicate needs the attribute `Method`");
        report.error(codes::UNKNOWN_PREDICATE_METHOD, one.span, message);
        return None;
    };
    let Some((name, wanted)) = METHODS.iter().find(|(name, _)| name.eq_ignore_ascii_case(method)) else {
        let message = message!("there is no predicate method `{}`", method.value);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_PREDICATE_METHOD, method.span, message);
        report.push(diagnostic.did_you_mean(method, METHODS.iter().map(|(name, _)| *name)));
        return None;
    };
    let values = parameters(one, name, wanted, report);
    match (*name, values.as_slice()) {
        ("IsLengthRange", [least, most]) => {
            let (minimum, maximum) = (length(least, report), length(most, report));
            Some(Predicate::Length { minimum: minimum?, maximum: maximum? })
        }
        ("MatchesRegex", [source]) => {
            Some(Predicate::Matches(regex(view, source, report)?, source.value.clone()))
        }
        ("IncludesCharacters", [set]) => Some(Predicate::Includes(CharacterSet::parse(set))),
        ("IsDateRange", [first, last]) => {
            let (minimum, maximum) = (day(first, report), day(last, report));
            Some(Predicate::DateRange { minimum: minimum?, maximum: maximum? })
        }
        _ => None,
    }
}

/// The values of the wanted parameters, in that order. One with a wrong name and one that is missing are taken for one
/// mistake.
fn parameters<'a>(
    one: &'a syntax::Predicate,
    method: &str,
    wanted: &[&str],
    report: &mut Report,
) -> Vec<&'a Spanned<String>> {
    let known = |given: &PredicateParameter| wanted.iter().any(|id| id.eq_ignore_ascii_case(&given.id));
    let mut unknown = false;
    for given in one.parameters.iter().filter(|given| !known(given)) {
        unknown = true;
        let message = message!("`{method}` has no parameter `{}`", given.id.value);
        let diagnostic = Diagnostic::error(codes::BAD_PREDICATE_PARAMETER, given.id.span, message);
        report.push(diagnostic.did_you_mean(&given.id, wanted.iter().copied()));
    }
    let mut values = Vec::new();
    for id in wanted {
        match one.parameters.iter().find(|given| given.id.eq_ignore_ascii_case(id)) {
            Some(given) => values.push(&given.value),
            None if unknown => {}
            None => {
                let message = message!("predicate `{}` needs the parameter `{id}`", one.id.value);
                report.error(codes::BAD_PREDICATE_PARAMETER, one.span, message);
            }
        }
    }
    values
}

fn length(text: &Spanned<String>, report: &mut Report) -> Option<usize> {
    let number = text.trim().parse().ok();
    if number.is_none() {
        let message = message!("`{}` is not a length", text.value);
        report.error(codes::BAD_PREDICATE_PARAMETER, text.span, message);
    }
    number
}

fn day(text: &Spanned<String>, report: &mut Report) -> Option<Day> {
    if text.trim().eq_ignore_ascii_case("today") {
        return Some(Day::Today);
    }
    let date = text.trim().parse().ok();
    if date.is_none() {
        let message = message!("`{}` is neither `Today` nor a date of the form yyyy-mm-dd", text.value);
        report.error(codes::BAD_PREDICATE_PARAMETER, text.span, message);
    }
    date.map(Day::On)
}

fn newer(view: &View<'_>, predicates: &Predicates, report: &mut Report) -> Vec<Arc<PredicateValidation>> {
    let all = view.tree.building_blocks.predicate_validations.iter();
    all.map(|one| {
        let mut groups = Vec::new();
        for part in &one.predicate_groups {
            for references in &part.predicate_references {
                let help = part.user_help_text.as_ref().or(references.help_text.as_ref());
                let help = help.map(|text| text.value.clone());
                let (at_least, predicates) = tests(view, references, predicates, report);
                groups.push(PredicateGroup { id: Name::from(part.id.as_str()), help, at_least, predicates });
            }
        }
        Arc::new(PredicateValidation { id: Name::from(one.id.as_str()), groups })
    })
    .collect()
}

/// The older form has no groups; each list of references acts as one (policy-language 4.3).
fn older(view: &View<'_>, predicates: &Predicates, report: &mut Report) -> Vec<Arc<PredicateValidation>> {
    let all = view.tree.building_blocks.input_validations.iter();
    all.map(|one| {
        let groups = one.predicate_references.iter().map(|references| {
            let id = references.id.as_ref().map_or(one.id.as_str(), |id| id.as_str());
            let help = references.help_text.as_ref().map(|text| text.value.clone());
            let (at_least, predicates) = tests(view, references, predicates, report);
            PredicateGroup { id: Name::from(id), help, at_least, predicates }
        });
        Arc::new(PredicateValidation { id: Name::from(one.id.as_str()), groups: groups.collect() })
    })
    .collect()
}

/// How many of which predicates must hold.
fn tests(
    view: &View<'_>,
    references: &PredicateReferences,
    predicates: &Predicates,
    report: &mut Report,
) -> (usize, Vec<Arc<NamedPredicate>>) {
    let mut list = Vec::new();
    for reference in &references.references {
        let entry = report.keep(view.names.resolve(Sort::Predicate, reference));
        list.extend(entry.and_then(|entry| predicates.get(entry.index)?.clone()));
    }
    let count = references.references.len();
    let at_least = match &references.match_at_least {
        Some(number) if number.value as usize > count => {
            let message = message!("{} of {count} predicates can never hold", number.value);
            report.error(codes::BAD_PREDICATE_PARAMETER, number.span, message);
            count
        }
        Some(number) => number.value as usize,
        None => list.len(),
    };
    (at_least, list)
}
