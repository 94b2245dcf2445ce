//! One orchestration step (policy-language 7.1, 7.4). In: the merged step, the one after it, compiled profiles. Out:
//! what the step does, its exchanges found where they are looked for.

use std::sync::Arc;

use super::claim::Claims;
use super::condition::preconditions;
use super::content::Contents;
use super::names::Sort;
use super::profile::Profiles;
use super::report::Report;
use super::view::View;
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::kind::Kind;
use crate::message;
use crate::policy::journey::Selections;
use crate::policy::{Exchange, Profile, Selection, Step, StepKind};
use crate::source::Spanned;
use crate::syntax::{
    ClaimsExchange, DisplayOption, OrchestrationStep, OrchestrationStepType, PreconditionAction, same_id,
};

/// What steps are made of.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) claims: &'a Claims,
    pub(super) contents: &'a Contents,
    pub(super) profiles: &'a Profiles,
}

/// A step among its neighbours.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The step.
    pub(super) step: &'a OrchestrationStep,
    /// The one before it.
    pub(super) before: Option<&'a OrchestrationStep>,
    /// The one after it.
    pub(super) after: Option<&'a OrchestrationStep>,
    /// How much a mistake of this journey weighs.
    pub(super) grade: Option<Severity>,
    /// DefaultCpimIssuerTechnicalProfileReferenceId of the journey.
    pub(super) default_issuer: Option<&'a Arc<Profile>>,
}

/// Whether the step offers a selection.
pub(super) fn selects(step: &OrchestrationStep) -> bool {
    use OrchestrationStepType as T;
    step.kind
        .is_some_and(|kind| matches!(kind.value, T::ClaimsProviderSelection | T::CombinedSignInAndSignUp))
}

/// Compiles a step; nothing if it lacks something, which is then reported.
pub(super) fn check(parts: Parts<'_>, place: Place<'_>, report: &mut Report) -> Option<Step> {
    let step = place.step;
    let action = PreconditionAction::SkipThisOrchestrationStep;
    let preconditions = preconditions(parts.view, parts.claims, &step.preconditions, action, report);
    let all = exchanges(parts, step, report);
    let kind = kind(parts, place, all, report);
    neighbours(place, report);
    Some(Step {
        order: u32::try_from(step.order.value).ok()?,
        preconditions,
        kind: kind?,
        place: parts.view.place(step.span),
    })
}

fn kind(
    parts: Parts<'_>,
    place: Place<'_>,
    exchanges: Vec<Exchange>,
    report: &mut Report,
) -> Option<StepKind> {
    use OrchestrationStepType as T;
    let step = place.step;
    let Some(written) = step.kind else {
        incomplete(place, "a step needs the attribute `Type`", report);
        return None;
    };
    match written.value {
        T::ClaimsExchange if step.claims_exchanges.as_ref().is_none_or(|one| one.exchanges.is_empty()) => {
            incomplete(place, "a step of type `ClaimsExchange` needs a claims exchange", report);
            None
        }
        T::ClaimsExchange => Some(StepKind::ClaimsExchange(exchanges)),
        T::CombinedSignInAndSignUp => {
            let content = content(parts, place, report);
            let selections = selections(parts, place, report);
            Some(StepKind::CombinedSignInAndSignUp { content: content?, selections, exchanges })
        }
        T::ClaimsProviderSelection => {
            let content = content(parts, place, report);
            let selections = selections(parts, place, report);
            Some(StepKind::ClaimsProviderSelection { content: content?, selections })
        }
        T::GetClaims => {
            let profile = named(parts, step.cpim_issuer_technical_profile_reference_id.as_ref(), report);
            if step.cpim_issuer_technical_profile_reference_id.is_none() {
                incomplete(place, "a step of type `GetClaims` names no profile that reads claims", report);
            }
            if let (Some(profile), Some(reference)) =
                (profile, &step.cpim_issuer_technical_profile_reference_id)
                && !matches!(profile.kind, Kind::TokenHint(_) | Kind::Unusable)
            {
                let message =
                    message!("technical profile `{}` reads no claims of an id_token_hint", profile.id);
                let help = "such a profile has the protocol `None`, no token format, and the claims of the hint as \
                            OutputClaims";
                let diagnostic = Diagnostic::error(codes::WRONG_KIND, reference.span, message).help(help);
                report.graded(place.grade, diagnostic);
            }
            profile.cloned().map(StepKind::GetClaims)
        }
        T::InvokeSubJourney => {
            let Some(reference) = step.journey_list.first() else {
                incomplete(place, "a step of type `InvokeSubJourney` names no sub-journey", report);
                return None;
            };
            let entry = report.keep(parts.view.names.resolve(Sort::SubJourney, reference))?;
            Some(StepKind::InvokeSubJourney(entry.name.clone()))
        }
        T::SendClaims => issuer(parts, place, report).map(StepKind::SendClaims),
        T::Noop => Some(StepKind::Noop),
        T::ConsentScreen | T::ReviewScreen | T::UserDialog => {
            let message = message!("steps of type `{}` are not supported", written.value.name());
            let diagnostic = Diagnostic::error(codes::UNSUPPORTED_STEP, written.span, message);
            report
                .push(diagnostic.help("only the schema knows this type; no documentation says what it does"));
            None
        }
    }
}

fn incomplete(place: Place<'_>, what: &str, report: &mut Report) {
    report
        .graded(place.grade, Diagnostic::error(codes::INCOMPLETE_STEP, place.step.span, message!("{what}")));
}

/// What every type of step checks of the steps beside it (policy-language 3, checks 9 and 10).
fn neighbours(place: Place<'_>, report: &mut Report) {
    let (step, order) = (place.step, place.step.order.value);
    let count = step.claims_exchanges.as_ref().map_or(0, |one| one.exchanges.len());
    let exchanges = step.kind.is_some_and(|kind| kind.value == OrchestrationStepType::ClaimsExchange);
    let selected = place.before.is_some_and(selects);
    if exchanges && count > 1 && !selected {
        let message = message!("step {order} has {count} claims exchanges and no selection before it");
        let help = "put a step of type ClaimsProviderSelection or CombinedSignInAndSignUp before it, or keep one exchange";
        let diagnostic = Diagnostic::error(codes::TWO_EXCHANGES, step.span, message).help(help);
        let all = step.claims_exchanges.iter().flat_map(|one| &one.exchanges).take(4);
        let diagnostic = all.zip(1..).fold(diagnostic, |diagnostic, (one, number)| {
            diagnostic.also(one.id.span, format!("exchange {number}"))
        });
        report.graded(place.grade, diagnostic);
    }
    if let (Some(kind), Some(before)) = (step.kind.filter(|_| selected && !exchanges), place.before) {
        let message = message!(
            "step {order} follows a selection and must be a claims exchange, but is of type `{}`",
            kind.value.name()
        );
        let diagnostic = Diagnostic::error(codes::AFTER_SELECTION, kind.span, message);
        report.graded(place.grade, diagnostic.also(before.span, "the selection is here"));
    }
}

fn exchanges(parts: Parts<'_>, step: &OrchestrationStep, report: &mut Report) -> Vec<Exchange> {
    let mut all = Vec::new();
    for one in step.claims_exchanges.iter().flat_map(|one| &one.exchanges) {
        let Some(reference) = &one.technical_profile_reference_id else {
            let message = message!("claims exchange `{}` names no technical profile", one.id.value);
            report.error(codes::MISSING_ATTRIBUTE, one.span, message);
            continue;
        };
        if let Some(profile) = named(parts, Some(reference), report) {
            all.push(Exchange { id: Name::from(one.id.as_str()), profile: profile.clone() });
        }
    }
    all
}

fn named<'a>(
    parts: Parts<'a>,
    reference: Option<&Spanned<String>>,
    report: &mut Report,
) -> Option<&'a Arc<Profile>> {
    let entry = report.keep(parts.view.names.resolve(Sort::Profile, reference?))?;
    parts.profiles.get(entry.index)
}

fn content(
    parts: Parts<'_>,
    place: Place<'_>,
    report: &mut Report,
) -> Option<Arc<crate::policy::ContentDefinition>> {
    let Some(reference) = &place.step.content_definition_reference_id else {
        incomplete(
            place,
            "a step that shows a page needs the attribute `ContentDefinitionReferenceId`",
            report,
        );
        return None;
    };
    let entry = report.keep(parts.view.names.resolve(Sort::Content, reference))?;
    parts.contents.get(entry.index).cloned()
}

/// The issuer of a SendClaims step, else the journey's (policy-language 3, check 15).
fn issuer(parts: Parts<'_>, place: Place<'_>, report: &mut Report) -> Option<Arc<Profile>> {
    let Some(reference) = &place.step.cpim_issuer_technical_profile_reference_id else {
        if place.default_issuer.is_none() {
            let message = message!("the step sends claims, but names no issuer");
            let help = "add the attribute `CpimIssuerTechnicalProfileReferenceId`, for instance `JwtIssuer`";
            let diagnostic = Diagnostic::error(codes::NO_ISSUER, place.step.span, message).help(help);
            report.graded(place.grade, diagnostic);
        }
        return place.default_issuer.cloned();
    };
    let profile = named(parts, Some(reference), report)?;
    let entry = parts.view.names.find(Sort::Profile, reference);
    let hole = entry.and_then(|entry| parts.view.holes.get(entry.index)).copied().unwrap_or_default();
    if !issues(&profile.kind) && hole {
        return None;
    }
    if !issues(&profile.kind) {
        let message = message!("technical profile `{}` issues nothing", profile.id);
        let diagnostic = Diagnostic::error(codes::NO_ISSUER, reference.span, message);
        report.push(parts.view.declared(Sort::Profile, reference, diagnostic));
        return None;
    }
    Some(profile.clone())
}

/// Whether a profile can end a journey.
pub(super) fn issues(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::TokenIssuer(_) | Kind::JsonIssuer | Kind::ErrorIssuer | Kind::SamlIssuer(_) | Kind::Unusable
    )
}

/// Buttons and embedded forms (policy-language 7.4): a target lies in the next step, a validation in the same one.
fn selections(parts: Parts<'_>, place: Place<'_>, report: &mut Report) -> Selections {
    let Some(written) = &place.step.claims_provider_selections else {
        incomplete(place, "a step that selects needs `ClaimsProviderSelections`", report);
        return Selections::default();
    };
    let mut entries = Vec::new();
    for one in &written.selections {
        match (&one.target_claims_exchange_id, &one.validation_claims_exchange_id) {
            (Some(id), None) => {
                let found = exchange(parts, place, id, Where::NextStep, report);
                if let Some(found) = found {
                    check_caption(parts, found, place, report);
                    entries.push(Selection::Target(Name::from(found.id.as_str())));
                }
            }
            (None, Some(id)) => {
                if let Some(found) = exchange(parts, place, id, Where::ThisStep, report) {
                    links(parts, found, place, report);
                    entries.push(Selection::Validation(Name::from(found.id.as_str())));
                }
            }
            _ => {
                let message =
                    message!("a selection names a target in the next step or a validation in this one");
                report.error(codes::INCOMPLETE_STEP, one.span, message);
            }
        }
    }
    let show_single =
        written.display_option.is_some_and(|option| option.value == DisplayOption::ShowSingleProvider);
    Selections { show_single, entries }
}

/// Where an exchange is looked for.
#[derive(Clone, Copy)]
enum Where {
    ThisStep,
    NextStep,
}

/// The exchange of that id in a step, or the report that it is not there.
fn exchange<'a>(
    parts: Parts<'_>,
    place: Place<'a>,
    id: &Spanned<String>,
    whose: Where,
    report: &mut Report,
) -> Option<&'a ClaimsExchange> {
    let (step, called) = match whose {
        Where::ThisStep => (Some(place.step), "this step"),
        Where::NextStep => (place.after, "the next step"),
    };
    let there = step.and_then(|step| step.claims_exchanges.as_ref()).map(|one| one.exchanges.as_slice());
    let there = there.unwrap_or_default();
    let found = there.iter().find(|one| same_id(&one.id, id));
    if found.is_none() {
        let elsewhere = parts.view.names.find(Sort::Exchange, id);
        match elsewhere {
            Some(entry) => {
                let message = message!("claims exchange `{}` is not in {called}", id.value);
                let diagnostic = Diagnostic::error(codes::UNKNOWN_EXCHANGE, id.span, message);
                let diagnostic = diagnostic.also(entry.span, "it is here");
                let diagnostic = match step.filter(|step| step.span != place.step.span) {
                    Some(step) => diagnostic.also(step.span, "it is looked for in this step"),
                    None => diagnostic,
                };
                let near = there.iter().map(|one| one.id.as_str());
                let compared = parts.view.names.may_compare(there.len());
                let diagnostic = if compared { diagnostic.did_you_mean(id, near) } else { diagnostic };
                report.graded(place.grade, diagnostic);
            }
            // It may have been in the part that is missing.
            None if parts.view.damage.has_any(&[Sort::Journey, Sort::SubJourney]) => {}
            None => {
                let diagnostic = parts.view.names.unknown(Sort::Exchange, id, id.span);
                let ids: Vec<String> =
                    there.iter().take(6).map(|one| format!("`{}`", one.id.value)).collect();
                report.push(match ids.is_empty() || !diagnostic.help.is_empty() {
                    true => diagnostic,
                    false => diagnostic.help(format!("{called} has {}", ids.join(", "))),
                });
            }
        }
    }
    found
}

/// A button needs a text (policy-language 3, check 17).
fn check_caption(parts: Parts<'_>, exchange: &ClaimsExchange, place: Place<'_>, report: &mut Report) {
    let reference = exchange.technical_profile_reference_id.as_ref();
    let entry = reference.and_then(|id| parts.view.names.find(Sort::Profile, id));
    let Some(profile) = entry.and_then(|entry| parts.view.profile(entry.index)) else { return };
    if profile.display_name.is_none() && profile.provider.display_name.is_none() {
        let message = message!(
            "technical profile `{}` needs a DisplayName: it is the text of a button",
            profile.id.value
        );
        report.graded(place.grade, Diagnostic::error(codes::NO_DISPLAY_NAME, profile.span, message));
    }
}

/// Links of the embedded form lead to exchanges of the next step.
fn links(parts: Parts<'_>, exchange: &ClaimsExchange, place: Place<'_>, report: &mut Report) {
    let reference = exchange.technical_profile_reference_id.as_ref();
    let entry = reference.and_then(|id| parts.view.names.find(Sort::Profile, id));
    let Some(profile) = entry.and_then(|entry| parts.view.profile(entry.index)) else { return };
    let hidden = profile.metadata.iter().any(|item| {
        item.key.trim().eq_ignore_ascii_case("setting.showSignupLink")
            && ["false", "0"].iter().any(|no| item.value.trim().eq_ignore_ascii_case(no))
    });
    for item in &profile.metadata {
        let key = item.key.trim();
        let link = (!hidden && key.eq_ignore_ascii_case("SignUpTarget"))
            || key.eq_ignore_ascii_case("setting.forgotPasswordLinkOverride");
        if link {
            for id in item.value.split(',').map(str::trim).filter(|id| !id.is_empty()) {
                let id = Spanned::new(id.to_owned(), item.value.span);
                // The cloud accepts a link that leads nowhere in this journey. The profile may serve others, so only the
                // journeys that are run are looked at.
                let grade = place.grade.filter(|grade| *grade == Severity::Error).map(|_| Severity::Warning);
                self::exchange(parts, Place { grade, ..place }, &id, Where::NextStep, report);
            }
        }
    }
}
