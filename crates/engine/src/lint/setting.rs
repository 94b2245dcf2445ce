//! Family `security`: settings of the policy, its pages and its token issuer. In: a policy. Out: plain http, development
//! modes, pages that run what others wrote, frames for everybody, tokens that live long, addresses nobody proved.

use super::found::{Found, finding};
use super::sort::Sort;
use super::subject::{Subject, flag, is_true, setting};
use crate::diagnostic::codes;
use crate::message;
use crate::source::Spanned;
use crate::syntax::{DeploymentMode, ScriptExecution, TechnicalProfile, UserJourneyBehaviors};

/// Issuer settings: key, most seconds advised, what it is.
const LIFETIMES: &[(&str, u64, &str)] = &[
    ("token_lifetime_secs", 14_400, "an access token"),
    ("id_token_lifetime_secs", 14_400, "an ID token"),
    ("refresh_token_lifetime_secs", 2_592_000, "a refresh token"),
    ("rolling_refresh_token_lifetime_secs", 7_776_000, "a chain of refresh tokens"),
];

pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    development(subject, found);
    for (profile, sort) in subject.used_profiles() {
        profile.metadata.iter().for_each(|item| plain_http(&item.key, &item.value, found));
        lifetimes(profile, found);
        if sort == Sort::Page {
            verification(profile, found);
        }
    }
    for content in subject.used_contents() {
        content.load_uri.iter().for_each(|uri| plain_http("LoadUri", uri, found));
        content.load_uri.iter().for_each(|uri| request_decides(uri, found));
    }
    let party = subject.tree.relying_party.as_ref();
    if let Some(behaviors) = party.and_then(|party| party.user_journey_behaviors.as_ref()) {
        scripts(subject, behaviors, found);
        framing(behaviors, found);
    }
}

/// Attacks 127.
fn development(subject: &Subject<'_>, found: &mut Found) {
    let tree = subject.tree;
    let mode = tree.deployment_mode.filter(|mode| mode.value != DeploymentMode::Production);
    if let Some(mode) = mode {
        let message = message!("`DeploymentMode=\"{}\"` allows what production must not", mode.value.name());
        let help = "remove it before users come, or fill it in from a deployment setting";
        found.push(finding(codes::DEVELOPMENT_MODE, mode.span, message).help(help));
    }
    let recorder = tree.user_journey_recorder_endpoint.as_ref().filter(|_| mode.is_none());
    if let Some(endpoint) = recorder {
        let message = message!("the journey recorder is named, but records nothing in production mode");
        let help = "remove `UserJourneyRecorderEndpoint`; with `DeploymentMode=\"Development\"` it records claims of users";
        found.push(finding(codes::DEVELOPMENT_MODE, endpoint.span, message).help(help));
    }
}

fn plain_http(name: &str, value: &Spanned<String>, found: &mut Found) {
    let Some(rest) = value.strip_prefix("http://") else { return };
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let loopback = host == "localhost" || host == "127.0.0.1" || host.starts_with('[');
    // Names in the form of addresses: nothing is fetched from an issuer or an audience.
    let named = ["issuer", "IssuerUri", "IdTokenAudience", "audience", "resource", "scope", "ProviderName"];
    if loopback || named.iter().any(|key| key.eq_ignore_ascii_case(name)) {
        return;
    }
    let message = message!("`{name}` goes over plain http, where anybody on the way can read and change it");
    let diagnostic = finding(codes::PLAIN_HTTP, value.span, message);
    found.push(diagnostic.label("not encrypted").help(format!("write `https://{rest}`")));
}

fn request_decides(uri: &Spanned<String>, found: &mut Found) {
    let Some((_, rest)) = uri.split_once("://") else { return };
    let host = rest.split(['/', '?']).next().unwrap_or_default().to_ascii_lowercase();
    let from_outside = ["{oauth-kv:", "{oidc:", "{saml:", "{claim:"];
    if from_outside.iter().any(|resolver| host.contains(resolver)) {
        let message = message!("whoever starts the journey decides which server the page comes from");
        let help = "write the host out; let a resolver choose only a part of the path";
        found.push(finding(codes::TEMPLATE_FROM_REQUEST, uri.span, message).help(help));
    }
}

fn scripts(subject: &Subject<'_>, behaviors: &UserJourneyBehaviors, found: &mut Found) {
    let Some(allowed) = behaviors.script_execution.filter(|one| one.value == ScriptExecution::Allow) else {
        return;
    };
    let mut hosts: Vec<(&str, &Spanned<String>)> = Vec::new();
    for uri in subject.used_contents().filter_map(|content| content.load_uri.as_ref()) {
        let Some((_, rest)) = uri.split_once("://") else { continue };
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        if !host.is_empty() && !hosts.iter().any(|(known, _)| known.eq_ignore_ascii_case(host)) {
            hosts.push((host, uri));
        }
    }
    if hosts.is_empty() {
        return;
    }
    let names = hosts.iter().map(|(host, _)| format!("`{host}`")).collect::<Vec<_>>().join(", ");
    let message = message!("scripts from {names} run on the sign-in pages and can read what users type");
    let help =
        "let only people who may see passwords write to that place, or set ScriptExecution to `Disallow`";
    let diagnostic = finding(codes::SCRIPT_FROM_ELSEWHERE, allowed.span, message).help(help);
    found.push(hosts.iter().take(4).fold(diagnostic, |all, (_, uri)| all.also(uri.span, "a template")));
}

fn framing(behaviors: &UserJourneyBehaviors, found: &mut Found) {
    let Some(framing) = &behaviors.journey_framing else { return };
    let Some(sources) = framing.sources.as_ref().filter(|_| framing.enabled.is_none_or(|on| on.value)) else {
        return;
    };
    for source in sources.split_whitespace() {
        let host = source.rsplit("://").next().unwrap_or(source);
        let everybody = host == "*"
            || matches!(source, "http:" | "https:")
            || host.starts_with("*.") && host.matches('.').count() < 2;
        if everybody {
            let message = message!("`{source}` lets every site put the sign-in page into a frame of its own");
            let help = "name the origins of your applications: `https://app.example.com`";
            found.push(finding(codes::OPEN_FRAMING, sources.span, message).help(help));
        }
    }
}

fn lifetimes(profile: &TechnicalProfile, found: &mut Found) {
    for (key, most, what) in LIFETIMES {
        let Some(value) = setting(&profile.metadata, key) else { continue };
        if value.parse::<u64>().is_ok_and(|seconds| seconds > *most) {
            let message =
                message!("{what} lives for {} seconds; whoever steals it may use it so long", value.value);
            let help = format!("{most} seconds or less, unless the application cannot do with it");
            found.push(finding(codes::LONG_LIFETIME, value.span, message).help(help));
        }
    }
    let endless = "allow_infinite_rolling_refresh_token";
    if let Some(value) = setting(&profile.metadata, endless).filter(|value| is_true(value)) {
        let message = message!("refresh tokens never come to an end");
        let help = "set `rolling_refresh_token_lifetime_secs` instead, so that people sign in again one day";
        found.push(finding(codes::LONG_LIFETIME, value.span, message).help(help));
    }
}

fn verification(profile: &TechnicalProfile, found: &mut Found) {
    let key = "EnforceEmailVerification";
    let Some(value) = setting(&profile.metadata, key).filter(|_| !flag(&profile.metadata, key, true)) else {
        return;
    };
    let verified = |name: &Option<Spanned<String>>| {
        name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case("Verified.Email"))
    };
    if profile.output_claims.iter().any(|claim| verified(&claim.partner_claim_type)) {
        let message = message!("`{}` takes any e-mail address without proof", profile.id.value);
        let help = "leave the setting out; unproven addresses let people sign up as somebody else";
        found.push(finding(codes::UNVERIFIED_EMAIL, value.span, message).help(help));
    }
}
