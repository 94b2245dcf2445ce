//! Family `pages`: content definitions and what is shown with them (user-interface 1). In: a policy. Out: old page
//! versions, settings that the page or its version does not know, pages that are never seen.

use super::flow::page::{Field, fields};
use super::found::{Found, finding};
use super::sort::Sort;
use super::subject::{Family, Subject, flag, setting};
use crate::diagnostic::codes;
use crate::message;
use crate::source::{Span, Spanned};
use crate::syntax::{
    ContentDefinition, DisplayOption, OrchestrationStep, OrchestrationStepType, ScriptExecution,
    TechnicalProfile,
};

type Version = [u32; 3];

/// The newest version of each page of the contract form (policy-language 4.6).
const NEWEST: &[(&str, Version)] = &[
    ("globalexception", [1, 2, 5]),
    ("providerselection", [1, 2, 4]),
    ("unifiedssp", [2, 1, 17]),
    ("unifiedssd", [1, 2, 4]),
    ("selfasserted", [2, 1, 29]),
    ("multifactor", [1, 2, 15]),
    ("claimsconsent", [1, 0, 0]),
];
/// Settings, the page that knows them, and since which version.
const SINCE: &[(&str, &str, Version)] = &[
    ("setting.inputVerificationDelayTimeInMilliseconds", "selfasserted", [1, 2, 0]),
    ("setting.enableCaptchaChallenge", "selfasserted", [2, 1, 29]),
    ("setting.enableCaptchaChallenge", "unifiedssp", [2, 1, 17]),
    ("setting.enableRememberMe", "unifiedssp", [1, 1, 0]),
    ("setting.forgotPasswordLinkOverride", "unifiedssp", [2, 1, 2]),
];
/// Settings that only the page of a combined step knows.
const COMBINED: &[&str] = &[
    "SignUpTarget",
    "setting.forgotPasswordLinkLocation",
    "setting.forgotPasswordLinkOverride",
    "setting.enableRememberMe",
];

/// The page that a DataUri names.
struct Page<'p> {
    contract: bool,
    name: &'p str,
    version: Version,
}

pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    let scripts = subject.tree.relying_party.as_ref().and_then(|party| party.user_journey_behaviors.as_ref());
    let scripts =
        scripts.and_then(|one| one.script_execution).is_some_and(|one| one.value == ScriptExecution::Allow);
    for content in subject.used_contents() {
        version(content, scripts, found);
    }
    let steps = steps(subject);
    for step in &steps {
        single_provider(step, found);
        for exchange in step.claims_exchanges.iter().flat_map(|one| &one.exchanges) {
            let profile = exchange.technical_profile_reference_id.as_ref().and_then(|id| subject.profile(id));
            if let Some((profile, Sort::Page)) = profile {
                shown(subject, step, profile, found);
            }
        }
    }
    misplaced(subject, found);
    remember(subject, &steps, found);
}

/// The steps of all used journeys.
fn steps<'a>(subject: &Subject<'a>) -> Vec<&'a OrchestrationStep> {
    let tree = subject.tree;
    let journeys = tree.user_journeys.iter().enumerate();
    let journeys = journeys.filter(|(index, _)| subject.used.has(Family::Journey, *index));
    let inner = tree.sub_journeys.iter().enumerate();
    let inner = inner.filter(|(index, _)| subject.used.has(Family::SubJourney, *index));
    let steps = journeys.flat_map(|(_, one)| &one.orchestration_steps);
    steps.chain(inner.flat_map(|(_, one)| &one.orchestration_steps)).collect()
}

fn page(uri: &str) -> Option<Page<'_>> {
    let rest = uri.strip_prefix("urn:com:microsoft:aad:b2c:elements:")?;
    let (contract, rest) = rest.strip_prefix("contract:").map_or((false, rest), |rest| (true, rest));
    let (name, version) = rest.split_once(':')?;
    let mut numbers = version.split('.').map(str::parse);
    let mut next = || numbers.next().and_then(Result::ok);
    Some(Page { contract, name, version: [next()?, next()?, next()?] })
}

fn written(version: Version) -> String {
    version.map(|one| one.to_string()).join(".")
}

fn version(content: &ContentDefinition, scripts: bool, found: &mut Found) {
    let Some(uri) = &content.data_uri else { return };
    let Some(page) = page(uri) else { return };
    let name = if page.name == "idpselection" { "providerselection" } else { page.name };
    let Some((_, newest)) = NEWEST.iter().find(|(known, _)| *known == name) else { return };
    let better = format!("urn:com:microsoft:aad:b2c:elements:contract:{name}:{}", written(*newest));
    let id = &content.id.value;
    if !page.contract {
        let message = match scripts {
            true => message!("no script of its own runs on the page `{id}`: its DataUri is of the old form"),
            false => message!("`{id}` is a page of the old form, without page layout"),
        };
        let diagnostic = finding(codes::PAGE_WITHOUT_CONTRACT, uri.span, message);
        found.push_about(id, diagnostic.help(format!("write `{better}`, and look at the page afterwards")));
    } else if page.version < *newest {
        let message =
            message!("`{id}` is of version {}; {} is the newest", written(page.version), written(*newest));
        let diagnostic = finding(codes::OLD_PAGE, uri.span, message);
        found.push_about(id, diagnostic.help(format!("write `{better}`, and look at the page afterwards")));
    }
}

/// What a step shows of a profile.
fn shown(subject: &Subject<'_>, step: &OrchestrationStep, profile: &TechnicalProfile, found: &mut Found) {
    let combined = step.kind.is_some_and(|kind| kind.value == OrchestrationStepType::CombinedSignInAndSignUp);
    let own = setting(&profile.metadata, "ContentDefinitionReferenceId");
    let id = if combined { step.content_definition_reference_id.as_ref() } else { own };
    let fields = fields(subject, profile);
    if combined {
        for field in fields.iter().skip(2).filter(|_| profile.display_claims.is_empty()) {
            let message = message!(
                "the page of a combined step shows two fields; `{}` is the next and is left out",
                field.id.value
            );
            let help = "give the output claim a DefaultValue, or ask for it on a page of its own";
            found.push(finding(codes::EXTRA_FIELD, field.id.span, message).help(help));
        }
    } else if fields.is_empty() && !profile.validation_technical_profiles.is_empty() {
        let message = message!(
            "the page `{}` has nothing to ask and is skipped, and so are its validation profiles",
            profile.id.value
        );
        let place = profile
            .validation_technical_profiles
            .first()
            .map_or(profile.id.span, |one| one.reference_id.span);
        let help =
            "run them by a claims exchange each, or show a claim: a Paragraph or a Readonly one is enough";
        found.push(finding(codes::PAGE_NEVER_SHOWN, place, message).label("never runs").help(help));
    }
    let uri = id.and_then(|id| subject.content(id)).and_then(|content| content.data_uri.as_ref());
    if let Some(uri) = uri {
        features(profile, &fields, uri, found);
    }
}

/// What the page's version is too old for.
fn features(profile: &TechnicalProfile, fields: &[Field<'_>], uri: &Spanned<String>, found: &mut Found) {
    let Some(page) = page(uri) else { return };
    let mut needs = |what: String, place: Span, since: Version| {
        if page.version < since {
            let message = message!(
                "{what} needs version {} of the page, which is of version {}",
                written(since),
                written(page.version)
            );
            let diagnostic =
                finding(codes::PAGE_TOO_OLD, place, message).also(uri.span, "the page's version");
            found.push(diagnostic.label("has no effect").help("name a newer version in the DataUri"));
        }
    };
    for (key, _, since) in SINCE.iter().filter(|(_, name, _)| *name == page.name) {
        let Some(value) = setting(&profile.metadata, key) else { continue };
        if !value.eq_ignore_ascii_case("false") {
            needs(format!("`{key}`"), value.span, *since);
        }
    }
    let control = profile.display_claims.iter().find_map(|one| one.display_control_reference_id.as_ref());
    if let Some(control) = control.filter(|_| page.name == "selfasserted") {
        needs("a display control".to_owned(), control.span, [2, 0, 0]);
    }
    let checked = fields.iter().find(|field| field.claim.predicate_validation_reference.is_some());
    if let Some(field) = checked.filter(|_| page.name == "unifiedssp") {
        needs(format!("the predicate validation of `{}`", field.claim.id.value), field.id.span, [2, 1, 0]);
    }
}

/// Settings of the combined page on profiles that no combined step shows.
fn misplaced(subject: &Subject<'_>, found: &mut Found) {
    // Another policy of the set may use another journey: all of them count.
    let tree = subject.tree;
    let steps: Vec<&OrchestrationStep> = tree
        .user_journeys
        .iter()
        .flat_map(|one| &one.orchestration_steps)
        .chain(tree.sub_journeys.iter().flat_map(|one| &one.orchestration_steps))
        .collect();
    let run = |combined: bool, id: &str| {
        steps.iter().any(|step| {
            let kind = step.kind.map(|kind| kind.value);
            let mut exchanges = step.claims_exchanges.iter().flat_map(|one| &one.exchanges);
            (kind == Some(OrchestrationStepType::CombinedSignInAndSignUp)) == combined
                && exchanges.any(|one| {
                    one.technical_profile_reference_id
                        .as_ref()
                        .is_some_and(|other| other.eq_ignore_ascii_case(id))
                })
        })
    };
    for (profile, _) in subject.used_profiles().filter(|(_, sort)| *sort == Sort::Page) {
        for key in COMBINED {
            let own = profile.metadata.iter().find(|item| item.key.eq_ignore_ascii_case(key));
            let Some(item) = own.filter(|item| !item.value.eq_ignore_ascii_case("false")) else { continue };
            if run(false, &profile.id) && !run(true, &profile.id) {
                let message = message!(
                    "`{key}` means something only on the page of a combined sign-in and sign-up step"
                );
                let diagnostic = finding(codes::SETTING_WITHOUT_EFFECT, item.key.span, message);
                found.push(diagnostic.label("has no effect").help("remove the item"));
            }
        }
    }
}

/// Keep me signed in needs the page's setting and the relying party's (policy-language 10.4).
fn remember(subject: &Subject<'_>, steps: &[&OrchestrationStep], found: &mut Found) {
    let Some(party) = &subject.tree.relying_party else { return };
    let behaviors = party.user_journey_behaviors.as_ref();
    let days = behaviors.and_then(|one| one.single_sign_on.as_ref()).and_then(|one| one.keep_alive_in_days);
    let kept = days.is_some_and(|days| days.value > 0);
    let key = "setting.enableRememberMe";
    let combined = steps.iter().filter(|step| {
        step.kind.is_some_and(|kind| kind.value == OrchestrationStepType::CombinedSignInAndSignUp)
    });
    let forms = combined.flat_map(|step| &step.claims_exchanges).flat_map(|one| &one.exchanges);
    let forms = forms.filter_map(|one| subject.profile(one.technical_profile_reference_id.as_ref()?));
    let mut pages = forms.filter(|(one, _)| flag(&one.metadata, key, false));
    match (kept, pages.next()) {
        (false, Some((profile, _))) => {
            let Some(value) = setting(&profile.metadata, key) else { return };
            let message = message!(
                "the box `keep me signed in` does nothing: the relying party keeps no session for days"
            );
            let help =
                "add `<SingleSignOn Scope=\"Tenant\" KeepAliveInDays=\"30\" />` to UserJourneyBehaviors";
            found.push(
                finding(codes::HALF_KEPT, value.span, message).also(party.span, "for this one").help(help),
            );
        }
        (true, None) => {
            let Some(days) = days else { return };
            let message =
                message!("no page offers to keep people signed in, so KeepAliveInDays does nothing");
            let help = "set `setting.enableRememberMe` to `true` in the sign-in profile";
            found.push(finding(codes::HALF_KEPT, days.span, message).help(help));
        }
        _ => {}
    }
}

fn single_provider(step: &OrchestrationStep, found: &mut Found) {
    let selects = step.kind.is_some_and(|kind| kind.value == OrchestrationStepType::ClaimsProviderSelection);
    let Some(selections) = step.claims_provider_selections.as_ref().filter(|_| selects) else { return };
    let shows = selections.display_option.is_some_and(|one| one.value == DisplayOption::ShowSingleProvider);
    if let ([one], false) = (selections.selections.as_slice(), shows) {
        let message = message!("with one provider to choose the page is not shown");
        let help = "say so with DisplayOption=\"ShowSingleProvider\" if it shall be, else exchange the claims without a choice";
        found.push(finding(codes::SINGLE_PROVIDER, one.span, message).help(help));
    }
}
