//! `UserJourneyBehaviors` (policy-language 9.2).

use super::mapping::template;
use super::report::Report;
use super::view::View;
use crate::claims::Template;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::policy::party::{Behaviour, JourneyInsights, Scope};
use crate::source::Spanned;
use crate::syntax::{
    OnErrorMode, RelyingParty, ScriptExecution, SessionExpiryType, SingleSignOnScope, UserJourneyBehaviors,
};

/// How the relying party's sessions and pages behave.
pub(super) fn behaviour(view: &View<'_>, party: &RelyingParty, report: &mut Report) -> Behaviour {
    let mut all = Behaviour::default();
    let Some(written) = &party.user_journey_behaviors else { return all };
    single_sign_on(written, &mut all, report);
    all.absolute_expiry =
        written.session_expiry_type.is_some_and(|kind| kind.value == SessionExpiryType::Absolute);
    if let Some(seconds) = &written.session_expiry_in_seconds {
        all.session_seconds = number(seconds, 900, 86_400, "SessionExpiryInSeconds", report);
    }
    all.content_parameters = content_parameters(view, written, report);
    if let Some(framing) =
        written.journey_framing.as_ref().filter(|one| one.enabled.is_some_and(|flag| flag.value))
    {
        let sources = framing.sources.iter().flat_map(|text| text.split_whitespace());
        all.framing = sources.map(str::to_owned).collect();
        for text in framing.sources.iter().filter(|text| text.split_whitespace().any(|one| !is_origin(one))) {
            let message = message!("`{}` is no list of https origins", text.value);
            report.error(codes::BAD_VALUE, text.span, message);
        }
    }
    all.scripts = written.script_execution.is_some_and(|one| one.value == ScriptExecution::Allow);
    all.show_errors = written.on_error.is_some_and(|mode| mode.value == OnErrorMode::DisplayInService);
    all.insights = insights(written, report);
    all
}

/// Of two parameters with one name the last counts (policy-language 1.4).
fn content_parameters(
    view: &View<'_>,
    written: &UserJourneyBehaviors,
    report: &mut Report,
) -> Vec<(String, Template)> {
    let list = written.content_definition_parameters.as_slice();
    let mut all = Vec::with_capacity(list.len());
    for (at, item) in list.iter().enumerate() {
        let later = list.iter().skip(at + 1).find(|other| other.key.value == item.key.value);
        if let Some(later) = later {
            let message = message!("the parameter `{}` is given again; the last one counts", item.key.value);
            let finding = Diagnostic::warning(codes::REPEATED_ITEM, later.key.span, message);
            report.push(finding.also(item.key.span, "not used"));
        } else {
            all.push((item.key.value.clone(), template(view, &item.value, report)));
        }
    }
    all
}

/// An origin goes into a response header, so it must be nothing but an origin.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://localhost"));
    rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphanumeric() || ".:-*/[]".contains(c)))
}

fn single_sign_on(written: &UserJourneyBehaviors, all: &mut Behaviour, report: &mut Report) {
    let Some(one) = &written.single_sign_on else { return };
    if let Some(scope) = one.scope {
        all.scope = match scope.value {
            SingleSignOnScope::Suppressed => Scope::Suppressed,
            SingleSignOnScope::TrustFramework => Scope::TrustFramework,
            SingleSignOnScope::Tenant => Scope::Tenant,
            SingleSignOnScope::Application => Scope::Application,
            SingleSignOnScope::Policy => Scope::Policy,
        };
    }
    if let Some(days) = &one.keep_alive_in_days {
        let days = number(days, 0, 90, "KeepAliveInDays", report).unwrap_or(0);
        all.keep_alive_days = u16::try_from(days).unwrap_or(0);
    }
    all.enforce_hint_on_logout = one.enforce_id_token_hint_on_logout.is_some_and(|flag| flag.value);
}

fn number(written: &Spanned<i32>, least: u32, most: u32, name: &str, report: &mut Report) -> Option<u32> {
    let number = u32::try_from(written.value).ok().filter(|number| (least..=most).contains(number));
    if number.is_none() {
        let message = message!("`{name}` is a number from {least} to {most}, not {}", written.value);
        report.error(codes::OUT_OF_RANGE, written.span, message);
    }
    number
}

fn insights(written: &UserJourneyBehaviors, report: &mut Report) -> Option<JourneyInsights> {
    let one = written.journey_insights.as_ref()?;
    if let Some(version) = one.telemetry_version.as_ref().filter(|version| version.trim() != "1.0.0") {
        let message = message!("the only telemetry version is 1.0.0, not `{}`", version.value);
        report.error(codes::BAD_VALUE, version.span, message);
    }
    let flag = |flag: Option<Spanned<bool>>| flag.is_some_and(|flag| flag.value);
    Some(JourneyInsights {
        instrumentation_key: one.instrumentation_key.as_ref()?.value.clone(),
        developer_mode: flag(one.developer_mode),
        client: flag(one.client_enabled),
        server: flag(one.server_enabled),
    })
}
