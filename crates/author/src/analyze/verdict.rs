//! Green, amber or red, with reasons. In: what a policy reaches and what is said about it. Out: [`PolicyReport`].

use vestibule_engine::diagnostic::Severity;
use vestibule_engine::source::Sources;

use super::look::{Look, note};
use super::needs::is_needed;
use super::places::{file, place, short};
use super::{FeatureReport, JourneyReport, Needs, Point, PolicyReport, Reason, State, Verdict};
use crate::feature::Feature;
use crate::set::{Broken, Set};

/// How many errors a policy's reasons name.
const MOST_ERRORS: usize = 5;

/// One policy.
pub(super) fn policy(
    look: &Look<'_>,
    set: &Set,
    sources: &Sources,
    (needs, points): (&Needs, &[Point]),
) -> PolicyReport {
    let member = look.member;
    let features = features(look);
    let mut reasons = errors(look, set, sources);
    reasons.extend(features.iter().filter(|one| one.state == State::NotRun).map(|one| {
        red(format!("{}: not run by this version ({})", capital(one.feature), one.profiles.join(", ")))
    }));
    reasons.extend(undeclared(look));
    reasons.extend(configuration(look));
    let own = points.iter().filter(|one| one.verdict == Verdict::Amber && one.policies.contains(&member.id));
    reasons.extend(own.map(|one| amber(format!("Behaves otherwise: {}", one.text))));
    let placeholders = placeholders(look, set, sources, needs);
    if placeholders > 0 {
        let are = if placeholders == 1 {
            "1 placeholder is".to_owned()
        } else {
            format!("{placeholders} placeholders are")
        };
        reasons.push(amber(format!("{are} still in its files, to be filled in")));
    }
    let verdict = reasons.iter().map(|reason| reason.verdict).max().unwrap_or(Verdict::Green);
    if reasons.is_empty() {
        let text = "Everything it uses runs here; only its token keys have to be made".to_owned();
        reasons.push(Reason { verdict: Verdict::Green, text });
    }
    let journeys = member.entries().into_iter().map(|(entry, id)| JourneyReport {
        entry: entry.name(),
        steps: member.journey(&id).map_or(0, |journey| journey.orchestration_steps.len()),
        id,
    });
    PolicyReport {
        id: member.id.clone(),
        files: member.files.iter().rev().map(|file| short(file, sources)).collect(),
        verdict,
        reasons,
        journeys: journeys.collect(),
        features,
    }
}

/// A policy without a whole chain.
pub(super) fn broken(broken: &Broken, sources: &Sources) -> PolicyReport {
    let text = format!("{} ({})", capital(&broken.why.message), place(&broken.why, sources));
    PolicyReport {
        id: broken.id.clone().unwrap_or_else(|| broken.file.clone()),
        files: vec![short(&broken.file, sources)],
        verdict: Verdict::Red,
        reasons: vec![red(text)],
        journeys: Vec::new(),
        features: Vec::new(),
    }
}

fn red(text: String) -> Reason {
    Reason { verdict: Verdict::Red, text }
}

fn amber(text: String) -> Reason {
    Reason { verdict: Verdict::Amber, text }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The errors in the policy's own files, where they kept it from compiling.
fn errors(look: &Look<'_>, set: &Set, sources: &Sources) -> Vec<Reason> {
    if look.member.policy.is_some() {
        return Vec::new();
    }
    let own = |name: &str| look.member.files.iter().any(|file| file == name);
    let mut all =
        set.diagnostics.iter().filter(|one| one.severity == Severity::Error && own(file(one, sources)));
    let shown = all
        .by_ref()
        .take(MOST_ERRORS)
        .map(|one| red(format!("{} {} ({})", one.code.id, capital(&one.message), place(one, sources))));
    let mut reasons: Vec<Reason> = shown.collect();
    let rest = all.count();
    if rest > 0 {
        reasons.push(red(format!("{rest} more errors; `vestibule check` shows all")));
    }
    if reasons.is_empty() {
        reasons.push(red("It does not compile; `vestibule check` says why".to_owned()));
    }
    reasons
}

/// Journeys that the relying party names and no file declares.
fn undeclared(look: &Look<'_>) -> Vec<Reason> {
    let compiled = look.member.policy.is_some();
    let missing = look.member.entries().into_iter().filter(|(_, id)| look.member.journey(id).is_none());
    missing.filter(|_| compiled).map(|(_, id)| red(format!("The journey {id} is not declared"))).collect()
}

fn features(look: &Look<'_>) -> Vec<FeatureReport> {
    let mut all: Vec<(Feature, FeatureReport)> = Vec::new();
    for (profile, feature) in &look.profiles {
        let state = match feature {
            _ if look.member.is_not_run(profile) => State::NotRun,
            Feature::EmailCode => State::NeedsConfiguration,
            one if needs_service(*one) => State::NeedsConfiguration,
            _ => State::Runs,
        };
        match all.iter_mut().find(|(known, report)| known == feature && report.state == state) {
            Some((_, report)) => note(&mut report.profiles, profile.id.value.clone()),
            None => {
                let profiles = vec![profile.id.value.clone()];
                all.push((*feature, FeatureReport { feature: feature.words(), state, profiles }));
            }
        }
    }
    all.sort_by_key(|(feature, report)| (std::cmp::Reverse(report.state), *feature));
    all.into_iter().map(|(_, report)| report).collect()
}

/// Whether something outside stands behind it.
fn needs_service(feature: Feature) -> bool {
    feature.is_provider()
        || matches!(feature, Feature::Rest | Feature::Mfa | Feature::Phone | Feature::ConditionalAccess)
}

/// What has to be configured for what does run.
fn configuration(look: &Look<'_>) -> Vec<Reason> {
    let run = |wanted: fn(Feature) -> bool| {
        let all = look
            .profiles
            .iter()
            .filter(|(profile, feature)| wanted(*feature) && !look.member.is_not_run(profile));
        all.map(|(profile, _)| profile.id.value.clone()).collect::<Vec<_>>()
    };
    let mut reasons = Vec::new();
    let mut add = |profiles: Vec<String>, words: &str| {
        if !profiles.is_empty() {
            reasons.push(amber(format!("{words}: {}", profiles.join(", "))));
        }
    };
    let pages = look
        .profiles
        .iter()
        .filter(|(profile, feature)| *feature == Feature::Page && super::needs::verifies_mail(profile));
    let mut mail: Vec<String> = pages.map(|(profile, _)| profile.id.value.clone()).collect();
    mail.extend(run(|feature| feature == Feature::EmailCode));
    add(mail, "Sends mail, so it needs a mail server");
    add(
        run(|feature| matches!(feature, Feature::Mfa | Feature::Phone)),
        "Reaches telephones, so it needs a gateway",
    );
    add(run(|feature| feature == Feature::ConditionalAccess), "Judges risks, so it needs rules for them");
    add(run(|feature| feature == Feature::Rest), "Calls REST services, which this server must reach");
    add(run(Feature::is_provider), "Signs in at providers outside, which must know this server");
    let foreign =
        look.contents.iter().filter(|one| one.load_uri.as_ref().is_some_and(|uri| !uri.starts_with('~')));
    add(
        foreign.map(|one| one.id.value.clone()).collect(),
        "Fetches page templates, which this server must reach",
    );
    add(secrets(look), "Needs keys whose content only you have");
    reasons
}

/// Containers whose content must be brought along.
fn secrets(look: &Look<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (profile, feature) in look.profiles.iter().filter(|(profile, _)| !look.member.is_not_run(profile)) {
        for key in &profile.cryptographic_keys {
            let moved = super::needs::role(&key.id, *feature)
                .is_some_and(|(_, command)| command.starts_with("import"));
            if let Some(container) = key.storage_reference_id.as_ref().filter(|_| moved) {
                note(&mut found, container.value.clone());
            }
        }
    }
    found
}

fn placeholders(look: &Look<'_>, set: &Set, sources: &Sources, needs: &Needs) -> usize {
    let own = |name: &str| look.member.files.iter().any(|file| file == name);
    let values =
        set.diagnostics.iter().filter(|one| one.code.id.starts_with("V09") && own(file(one, sources)));
    values.filter(|one| is_needed(&one.message, &needs.applications)).count()
}
