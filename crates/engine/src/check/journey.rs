//! User journeys and sub-journeys (policy-language 7, 8; checks 8–10, 15, 16, 20 of section 3). In: the merged tree and
//! compiled profiles. Out: compiled journeys; what is wrong with one that no relying party reaches is only a warning.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::Sort;
use super::report::Report;
use super::step::{self, Parts, Place};
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::message;
use crate::policy::{Profile, Step, StepKind, SubJourney, UserJourney};
use crate::source::Spanned;
use crate::syntax::{self, ClaimsExchange, OrchestrationStep, OrchestrationStepType, SubJourneyType};

/// How deep sub-journeys may be nested (policy-language 8).
const DEPTH: usize = 10;
/// How many links of a circle are shown.
const MOST_LINKS: usize = 6;

/// Compiled journeys in the tree's order; nothing where one is broken.
pub(super) struct Journeys {
    user: Vec<Option<Arc<UserJourney>>>,
    sub: Vec<Option<Arc<SubJourney>>>,
}

impl Journeys {
    /// The user journey at that place of the tree.
    pub(super) fn get(&self, index: usize) -> Option<&Arc<UserJourney>> {
        self.user.get(index)?.as_ref()
    }

    /// User journeys by id.
    pub(super) fn by_id(&self) -> BTreeMap<Name, Arc<UserJourney>> {
        self.user.iter().flatten().map(|one| (one.id.clone(), one.clone())).collect()
    }

    /// Sub-journeys by id.
    pub(super) fn sub_by_id(&self) -> BTreeMap<Name, Arc<SubJourney>> {
        self.sub.iter().flatten().map(|one| (one.id.clone(), one.clone())).collect()
    }
}

/// Compiles all journeys.
pub(super) fn check(parts: Parts<'_>, report: &mut Report) -> Journeys {
    let tree = parts.view.tree;
    let user = tree.user_journeys.iter().enumerate();
    let user = user.map(|(index, one)| user_journey(parts, index, one, report).map(Arc::new)).collect();
    let sub = tree.sub_journeys.iter().enumerate();
    let sub = sub.map(|(index, one)| sub_journey(parts, index, one, report).map(Arc::new)).collect();
    nesting(parts, report);
    Journeys { user, sub }
}

fn user_journey(
    parts: Parts<'_>,
    index: usize,
    one: &syntax::UserJourney,
    report: &mut Report,
) -> Option<UserJourney> {
    let names = &parts.view.names;
    let grade = parts.view.grade(Sort::Journey, index);
    let mut profile = |reference: &Spanned<String>| {
        let entry = report.keep(names.resolve(Sort::Profile, reference))?;
        parts.profiles.get(entry.index).cloned()
    };
    let default_issuer =
        one.default_cpim_issuer_technical_profile_reference_id.as_ref().and_then(&mut profile);
    let authorization: Vec<Arc<Profile>> =
        one.authorization_technical_profiles.iter().filter_map(&mut profile).collect();
    for (profile, reference) in authorization.iter().zip(&one.authorization_technical_profiles) {
        if profile.kind.is_interactive() {
            let message = message!(
                "technical profile `{}` shows a page or leaves for another site, so it cannot authorize a request",
                profile.id
            );
            report.graded(grade, Diagnostic::error(codes::WRONG_KIND, reference.span, message));
        }
    }
    if let Some(reference) = &one.client_definition
        && let Err(mut unknown) = names.resolve(Sort::Client, reference)
    {
        unknown.severity = Severity::Warning;
        report.push(*unknown);
    }
    let place = Whole { steps: &one.orchestration_steps, grade, default_issuer: default_issuer.as_ref() };
    let steps = steps(parts, place, report);
    let grade = grade.filter(|_| is_numbered(&one.orchestration_steps));
    ends(parts, one, grade, report);
    transfers(parts, one, grade, report);
    let non_interactive = one.non_interactive.is_some_and(|flag| flag.value);
    let steps = steps?;
    if non_interactive {
        no_pages(&steps, one, report);
    }
    let id = names.find(Sort::Journey, &one.id)?.name.clone();
    Some(UserJourney { id, steps, default_issuer, non_interactive, authorization })
}

fn sub_journey(
    parts: Parts<'_>,
    index: usize,
    one: &syntax::SubJourney,
    report: &mut Report,
) -> Option<SubJourney> {
    let grade = parts.view.grade(Sort::SubJourney, index);
    let place = Whole { steps: &one.orchestration_steps, grade, default_issuer: None };
    let steps = steps(parts, place, report);
    let sends = one.orchestration_steps.iter().find(|step| is(step, OrchestrationStepType::SendClaims));
    let kind = one.kind.map(|kind| kind.value);
    match (kind, sends) {
        (None, _) => {
            let message = message!("sub-journey `{}` needs the attribute `Type`", one.id.value);
            report.graded(grade, Diagnostic::error(codes::INCOMPLETE_STEP, one.span, message));
        }
        (Some(SubJourneyType::Call), Some(step)) => {
            let message = message!("a sub-journey of type Call returns to its caller and cannot send claims");
            let diagnostic = Diagnostic::error(codes::CALL_SENDS_CLAIMS, step.span, message);
            let kind = one.kind.map_or(one.span, |kind| kind.span);
            report.graded(grade, diagnostic.also(kind, "its type is declared here"));
        }
        (Some(SubJourneyType::Transfer), None) => {
            let message = message!(
                "sub-journey `{}` of type Transfer does not return and must send claims",
                one.id.value
            );
            let diagnostic = Diagnostic::error(codes::TRANSFER, one.span, message);
            let kind = one.kind.map_or(one.span, |kind| kind.span);
            report.graded(grade, diagnostic.also(kind, "its type is declared here"));
        }
        _ => {}
    }
    let id = parts.view.names.find(Sort::SubJourney, &one.id)?.name.clone();
    Some(SubJourney { id, transfer: kind? == SubJourneyType::Transfer, steps: steps? })
}

fn is(step: &OrchestrationStep, kind: OrchestrationStepType) -> bool {
    step.kind.is_some_and(|written| written.value == kind)
}

/// The steps of a journey and what holds for all of them.
#[derive(Clone, Copy)]
struct Whole<'a> {
    steps: &'a [OrchestrationStep],
    grade: Option<Severity>,
    default_issuer: Option<&'a Arc<Profile>>,
}

/// Compiles the steps; nothing if one of them is broken or they are not numbered 1 to N.
fn steps(parts: Parts<'_>, whole: Whole<'_>, report: &mut Report) -> Option<Vec<Step>> {
    let in_order = numbered(whole, report);
    // In a wrong order nothing can be said of neighbours.
    let whole = Whole { grade: whole.grade.filter(|_| in_order), ..whole };
    same_ids(whole, report);
    let mut made = Vec::new();
    for (at, step) in whole.steps.iter().enumerate() {
        let place = Place {
            step,
            before: at.checked_sub(1).and_then(|at| whole.steps.get(at)),
            after: whole.steps.get(at + 1),
            grade: whole.grade,
            default_issuer: whole.default_issuer,
        };
        made.push(step::check(parts, place, report));
    }
    made.into_iter().collect::<Option<Vec<Step>>>().filter(|_| in_order)
}

/// Whether the orders are 1 to N.
pub(super) fn is_numbered(steps: &[OrchestrationStep]) -> bool {
    steps.iter().zip(1..).all(|(step, order)| step.order.value == order)
}

/// Check 8: orders are 1 to N. The first step that is not where it should be is reported.
fn numbered(whole: Whole<'_>, report: &mut Report) -> bool {
    let wrong = whole.steps.iter().zip(1..).find(|(step, order)| step.order.value != *order);
    if let Some((step, order)) = wrong {
        let message = message!("a step with order {order} was expected here, but it is {}", step.order.value);
        let diagnostic = Diagnostic::error(codes::STEP_ORDER, step.order.span, message);
        let diagnostic = diagnostic.label(format!("{order} is missing before it"));
        let before = whole.steps.iter().take_while(|other| other.span != step.span).last();
        report.graded(
            whole.grade,
            match before {
                Some(before) => diagnostic.also(before.order.span, "the step before it"),
                None => diagnostic.help("the first step has the order 1"),
            },
        );
    }
    wrong.is_none()
}

/// Exchange ids are unique in a journey. Within one file the file's own check has told so.
fn same_ids(whole: Whole<'_>, report: &mut Report) {
    let mut seen: BTreeMap<String, &ClaimsExchange> = BTreeMap::new();
    let exchanges = whole.steps.iter().filter_map(|step| step.claims_exchanges.as_ref());
    for one in exchanges.flat_map(|one| &one.exchanges) {
        match seen.get(&syntax::fold(&one.id)) {
            Some(first) if first.id.span.source != one.id.span.source => {
                let message = message!("the journey has two claims exchanges `{}`", one.id.value);
                let diagnostic = Diagnostic::error(codes::SAME_EXCHANGE, one.id.span, message);
                report.graded(whole.grade, diagnostic.also(first.id.span, "the other one"));
            }
            Some(_) => {}
            None => {
                seen.insert(syntax::fold(&one.id), one);
            }
        }
    }
}

/// Checks 15 and 16: a journey sends claims, once, at its end; a default issuer relaxes the last two.
fn ends(parts: Parts<'_>, one: &syntax::UserJourney, grade: Option<Severity>, report: &mut Report) {
    let steps = one.orchestration_steps.as_slice();
    let sends: Vec<&OrchestrationStep> =
        steps.iter().filter(|step| is(step, OrchestrationStepType::SendClaims)).collect();
    let relaxed = one.default_cpim_issuer_technical_profile_reference_id.is_some();
    let unknown = steps.iter().any(|step| step.kind.is_none());
    let diagnostic = match sends.as_slice() {
        [] if unknown || hands_over(parts, steps) => return,
        [] => {
            let message = message!("user journey `{}` has no step that sends claims", one.id.value);
            let help = "end it with `<OrchestrationStep Order=\"…\" Type=\"SendClaims\" \
                        CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\" />`";
            Diagnostic::error(codes::NO_SEND_CLAIMS, one.span, message).help(help)
        }
        _ if relaxed => return,
        [first, second, ..] => {
            let message = message!("user journey `{}` has several steps that send claims", one.id.value);
            let help =
                "name one of the issuers in DefaultCpimIssuerTechnicalProfileReferenceId of the journey";
            let diagnostic = Diagnostic::error(codes::SEVERAL_SEND_CLAIMS, second.span, message).help(help);
            diagnostic.also(first.span, "the first one")
        }
        [only] => {
            let Some(step) = steps.iter().find(|step| step.order.value > only.order.value) else { return };
            let message = message!("step {} stands after the one that sends the claims", step.order.value);
            Diagnostic::error(codes::AFTER_SEND_CLAIMS, step.span, message)
                .also(only.span, "claims are sent here")
        }
    };
    report.graded(grade, diagnostic);
}

/// The sub-journeys that steps invoke, with the references to them.
fn invoked<'a>(
    parts: Parts<'a>,
    steps: &'a [OrchestrationStep],
) -> impl Iterator<Item = (usize, &'a Spanned<String>)> {
    let calls = steps.iter().filter(|step| is(step, OrchestrationStepType::InvokeSubJourney));
    let references = calls.flat_map(|step| &step.journey_list);
    references.filter_map(move |id| Some((parts.view.names.find(Sort::SubJourney, id)?.index, id)))
}

fn transfer(parts: Parts<'_>, index: usize) -> bool {
    let kind = parts.view.tree.sub_journeys.get(index).and_then(|one| one.kind);
    kind.is_some_and(|kind| kind.value == SubJourneyType::Transfer)
}

fn hands_over(parts: Parts<'_>, steps: &[OrchestrationStep]) -> bool {
    invoked(parts, steps).any(|(index, _)| transfer(parts, index))
}

/// A journey that hands over to a sub-journey needs a default issuer (check 20).
fn transfers(parts: Parts<'_>, one: &syntax::UserJourney, grade: Option<Severity>, report: &mut Report) {
    if one.default_cpim_issuer_technical_profile_reference_id.is_some() {
        return;
    }
    for (called, reference) in
        invoked(parts, &one.orchestration_steps).filter(|(index, _)| transfer(parts, *index))
    {
        let message = message!(
            "user journey `{}` hands over to `{}` and has no default issuer",
            one.id.value,
            **reference
        );
        let help = "add the attribute `DefaultCpimIssuerTechnicalProfileReferenceId` to the journey";
        let diagnostic = Diagnostic::error(codes::TRANSFER, reference.span, message).help(help);
        let kind = parts.view.tree.sub_journeys.get(called).and_then(|called| called.kind);
        report.graded(
            grade,
            match kind {
                Some(kind) => diagnostic.also(kind.span, "the sub-journey's type is declared here"),
                None => diagnostic,
            },
        );
    }
}

fn no_pages(steps: &[Step], one: &syntax::UserJourney, report: &mut Report) {
    let shows = |step: &Step| match &step.kind {
        StepKind::ClaimsExchange(list) => list.iter().any(|exchange| exchange.profile.kind.is_interactive()),
        StepKind::CombinedSignInAndSignUp { .. } | StepKind::ClaimsProviderSelection { .. } => true,
        _ => false,
    };
    for (step, written) in steps.iter().zip(&one.orchestration_steps).filter(|(step, _)| shows(step)) {
        let message =
            message!("step {} shows a page, which a journey with NonInteractive cannot", step.order);
        let diagnostic = Diagnostic::warning(codes::NOT_INTERACTIVE, written.span, message);
        report.push(match one.non_interactive {
            Some(flag) => diagnostic.also(flag.span, "the journey is marked here"),
            None => diagnostic,
        });
    }
}

/// Circles of sub-journeys are refused (attacks 47), and nesting deeper than [`DEPTH`].
fn nesting(parts: Parts<'_>, report: &mut Report) {
    let all = &parts.view.tree.sub_journeys;
    let calls: Vec<Vec<(usize, &Spanned<String>)>> =
        all.iter().map(|one| invoked(parts, &one.orchestration_steps).collect()).collect();
    // After n rounds a height is exact up to n; what still grows past the limit is too deep or in a circle.
    let mut heights = vec![1; all.len()];
    for _ in 0..=DEPTH {
        let next = |calls: &Vec<(usize, _)>| {
            1 + calls.iter().filter_map(|(index, _)| heights.get(*index)).max().copied().unwrap_or(0)
        };
        heights = calls.iter().map(next).collect();
    }
    let deep = |index: usize| heights.get(index).is_some_and(|height| *height > DEPTH);
    let mut told = vec![false; all.len()];
    for start in 0..all.len() {
        let mut path: Vec<usize> = Vec::new();
        let mut at = start;
        while deep(at) && !told.get(at).copied().unwrap_or(true) {
            if let Some(told) = told.get_mut(at) {
                *told = true;
            }
            path.push(at);
            let next = calls.get(at).and_then(|calls| calls.iter().find(|(index, _)| deep(*index)));
            let Some((next, reference)) = next else {
                all.get(start).into_iter().for_each(|one| report.push(too_deep(one)));
                break;
            };
            if let Some(first) = path.iter().position(|known| known == next) {
                let links = path.iter().skip(first).filter_map(|at| {
                    calls.get(*at)?.iter().find(|(index, _)| deep(*index)).map(|(_, reference)| *reference)
                });
                report.push(circle(reference, links));
                break;
            }
            at = *next;
        }
    }
}

/// The circle that `last` closes, with the references on the way there.
fn circle<'a>(
    last: &'a Spanned<String>,
    links: impl Iterator<Item = &'a Spanned<String>> + Clone,
) -> Diagnostic {
    let names: Vec<&str> = links.clone().map(|link| link.as_str()).collect();
    let message =
        message!("sub-journeys call each other in a circle: `{}` → `{}`", last.value, names.join("` → `"));
    let diagnostic =
        Diagnostic::error(codes::SUB_JOURNEY_CIRCLE, last.span, message).label("closes the circle");
    let links = links.filter(|link| link.span != last.span).take(MOST_LINKS);
    links.fold(diagnostic, |all, link| all.also(link.span, "goes on here"))
}

fn too_deep(one: &syntax::SubJourney) -> Diagnostic {
    let message = message!("sub-journey `{}` nests others more than {DEPTH} deep", one.id.value);
    Diagnostic::error(codes::SUB_JOURNEY_DEPTH, one.span, message)
}
