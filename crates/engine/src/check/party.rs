//! The relying party (policy-language 9). In: the merged tree and compiled journeys. Out: which journey runs, how its
//! session behaves, what the token says; and the checks that need the whole of a journey.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::behaviour::behaviour;
use super::claim::Claims;
use super::flow::Flow;
use super::journey::Journeys;
use super::mapping::{Rules, mappings};
use super::names::Sort;
use super::profile;
use super::report::Report;
use super::setting;
use super::view::View;
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, codes};
use crate::kind::{Kind, TokenIssuer};
use crate::message;
use crate::policy::party::SubjectNaming;
use crate::policy::{Protocol, RelyingParty, StepKind, UserJourney};
use crate::source::Spanned;
use crate::syntax::{self, ClaimReference, TechnicalProfile, same_id};

/// What the relying party is made of.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) claims: &'a Claims,
    pub(super) journeys: &'a Journeys,
}

/// Compiles the relying party; nothing if there is none or it is broken.
pub(super) fn check(parts: Parts<'_>, report: &mut Report) -> Option<RelyingParty> {
    let view = parts.view;
    let flow = Flow::of(view, report);
    let party = view.tree.relying_party.as_ref()?;
    let behaviour = behaviour(view, party, report);
    let journey = default_journey(parts, party, report);
    let (token, user_info) = endpoints(parts, party, report);
    let one = the_profile(view, party, report);
    let default = party.default_user_journey.as_ref();
    let default = default.and_then(|id| view.names.find(Sort::Journey, id)).map(|entry| entry.index);
    if let Some(one) = one {
        let yields = default.and_then(|index| flow.journey(index, report));
        outputs(view, one, yields.as_ref(), report);
        subject(parts, one, report);
    }
    for index in reached(view).filter(|index| Some(*index) != default) {
        flow.journey(index, report);
    }
    let one = one?;
    let protocol = party_protocol(view, one, report);
    let rules = Rules { protocol, resolvers: true, faults: true };
    let inputs = mappings(view, parts.claims, &one.input_claims, rules, report);
    let mut outputs = mappings(view, parts.claims, &one.output_claims, rules, report);
    for output in &mut outputs {
        // The one claim that is emitted under another name by itself (policy-language 9.3).
        if !output.partner_given && output.claim.eq_ignore_ascii_case("trustFrameworkPolicy") {
            output.partner = "tfp".to_owned();
        }
    }
    let saml = setting::party(view, one, protocol, report);
    let (protocol, journey) = (protocol?, journey?);
    fits(one, protocol, &journey, report);
    let refresh_journey = token.or_else(|| by_issuer(parts, &journey, |issuer| &issuer.refresh_journey));
    Some(RelyingParty {
        refresh_journey,
        client_credentials_journey: by_issuer(parts, &journey, |issuer| &issuer.client_credentials_journey),
        user_info_journey: user_info,
        protocol,
        inputs,
        outputs,
        subject: one
            .subject_naming_info
            .as_ref()
            .and_then(|info| Some(info.claim_type.as_ref()?.value.clone())),
        naming: naming(one),
        saml,
        keys: profile::keys(one),
        behaviour,
        journey,
    })
}

/// Who issues must speak what the application does (policy-language 9.3).
fn fits(one: &TechnicalProfile, protocol: Protocol, journey: &UserJourney, report: &mut Report) {
    let issuers = journey.steps.iter().filter_map(|step| match &step.kind {
        StepKind::SendClaims(profile) => Some(profile),
        _ => None,
    });
    let misfit = issuers.chain(&journey.default_issuer).find(|issuer| match issuer.kind {
        Kind::TokenIssuer(_) | Kind::JsonIssuer => protocol == Protocol::Saml2,
        Kind::SamlIssuer(_) => protocol != Protocol::Saml2,
        _ => false,
    });
    if let (Some(issuer), Some(written)) = (misfit, &one.protocol) {
        let spoken = if protocol == Protocol::Saml2 { "SAML2" } else { "OpenIdConnect" };
        let message = message!(
            "the relying party speaks `{spoken}`, but `{}`, which ends its journey, issues something else",
            issuer.id
        );
        let help = "let the journey send claims by an issuer whose OutputTokenFormat is `SAML2` for SAML2, `JWT` for \
                    OpenIdConnect";
        report.push(Diagnostic::error(codes::PARTY_PROTOCOL, written.span, message).help(help));
    }
}

fn naming(one: &TechnicalProfile) -> SubjectNaming {
    let Some(info) = &one.subject_naming_info else { return SubjectNaming::default() };
    let text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.value.clone());
    SubjectNaming {
        format: text(&info.format),
        name_qualifier: text(&info.name_qualifier),
        sp_name_qualifier: text(&info.sp_name_qualifier),
        sp_provided_id: text(&info.sp_provided_id),
        exclude_as_claim: info.exclude_as_claim.is_some_and(|flag| flag.value),
    }
}

fn reached<'a>(view: &'a View<'a>) -> impl Iterator<Item = usize> + 'a {
    (0..view.tree.user_journeys.len()).filter(|index| view.reach.has(Sort::Journey, *index))
}

fn find<'a>(parts: Parts<'a>, id: &Spanned<String>, report: &mut Report) -> Option<&'a Arc<UserJourney>> {
    let names = &parts.view.names;
    let entry = report.keep(names.resolve(Sort::Journey, id))?;
    parts.journeys.get(entry.index)
}

fn default_journey(
    parts: Parts<'_>,
    party: &syntax::RelyingParty,
    report: &mut Report,
) -> Option<Arc<UserJourney>> {
    let Some(reference) = &party.default_user_journey else {
        if parts.view.damage.has_party() {
            return None;
        }
        let message = message!("the relying party names no user journey");
        let help = "add `<DefaultUserJourney ReferenceId=\"…\" />` as its first element";
        report.push(Diagnostic::error(codes::NO_PARTY_JOURNEY, party.span, message).help(help));
        return None;
    };
    find(parts, reference, report).cloned()
}

type Endpoints = (Option<Arc<UserJourney>>, Option<Arc<UserJourney>>);

/// The journeys of the endpoints `Token` and `UserInfo`.
fn endpoints(parts: Parts<'_>, party: &syntax::RelyingParty, report: &mut Report) -> Endpoints {
    let (mut token, mut user_info) = (None, None);
    for one in &party.endpoints {
        let Some(reference) = &one.user_journey_reference_id else {
            report.error(codes::MISSING_ATTRIBUTE, one.span, message!("an endpoint names its user journey"));
            continue;
        };
        let journey = find(parts, reference, report).cloned();
        match one.id.to_ascii_lowercase().as_str() {
            "token" => token = journey,
            "userinfo" => user_info = journey,
            _ => {
                let message = message!("there is no endpoint `{}`", one.id.value);
                let warning = Diagnostic::warning(codes::UNKNOWN_ENDPOINT, one.id.span, message);
                report.push(warning.did_you_mean(&one.id, ["Token", "UserInfo"]));
            }
        }
    }
    (token, user_info)
}

/// The journey that the issuer of a journey names for a purpose.
fn by_issuer(
    parts: Parts<'_>,
    journey: &UserJourney,
    named: fn(&TokenIssuer) -> &Option<Name>,
) -> Option<Arc<UserJourney>> {
    let issuers = journey.steps.iter().filter_map(|step| match &step.kind {
        StepKind::SendClaims(profile) => Some(profile),
        _ => None,
    });
    let names = issuers.chain(&journey.default_issuer).filter_map(|profile| match &profile.kind {
        Kind::TokenIssuer(issuer) => named(issuer).clone(),
        _ => None,
    });
    let entry = names.filter_map(|name| parts.view.names.find(Sort::Journey, &name)).next()?;
    parts.journeys.get(entry.index).cloned()
}

/// The one technical profile of the relying party (90228 in the cloud).
fn the_profile<'a>(
    view: &View<'_>,
    party: &'a syntax::RelyingParty,
    report: &mut Report,
) -> Option<&'a TechnicalProfile> {
    match party.technical_profiles.as_slice() {
        [] if view.damage.has_party() => None,
        [] => {
            let message = message!("the relying party has no technical profile");
            let help =
                "add `<TechnicalProfile Id=\"PolicyProfile\">` with the protocol and the claims of the token";
            report.push(Diagnostic::error(codes::NO_PARTY_PROFILE, party.span, message).help(help));
            None
        }
        [one] => Some(one),
        [one, other, ..] => {
            let message = message!("a relying party has only one technical profile; this one is passed over");
            report.warning(codes::NO_PARTY_PROFILE, other.span, message);
            Some(one)
        }
    }
}

fn party_protocol(view: &View<'_>, one: &TechnicalProfile, report: &mut Report) -> Option<Protocol> {
    let written = one.protocol.as_ref();
    match profile::protocol(one) {
        // Legal in the schema and not seen; taken as OpenID Connect (policy-language 9.3).
        Protocol::OpenIdConnect | Protocol::OAuth2 => Some(Protocol::OpenIdConnect),
        Protocol::Saml2 => Some(Protocol::Saml2),
        _ if view.damage.has_party() => None,
        _ => {
            let span = written.map_or(one.span, |protocol| protocol.span);
            let message = message!("a relying party speaks the protocol `OpenIdConnect` or `SAML2`");
            report.error(codes::PARTY_PROTOCOL, span, message);
            None
        }
    }
}

/// Claims of a token that the protocol fills itself (attacks 89).
const RESERVED: &[&str] =
    &["iss", "aud", "exp", "nbf", "iat", "nonce", "auth_time", "azp", "ver", "at_hash", "c_hash"];
/// Claims that say who the user is and where from; a page field must not feed them unseen.
const IDENTITY: &[&str] = &["sub", "tid", "oid", "tfp", "acr"];

/// Check 11, and the names that a token's claims must not have.
fn outputs(view: &View<'_>, one: &TechnicalProfile, yields: Option<&BTreeSet<usize>>, report: &mut Report) {
    for output in &one.output_claims {
        let id = &output.claim_type_reference_id;
        let Some(entry) = view.names.find(Sort::Claim, id) else { continue };
        if output.default_value.is_none() && yields.is_some_and(|yields| !yields.contains(&entry.index)) {
            let message = message!("no step of the journey outputs the claim `{}`", id.value);
            let help = "let a technical profile of the journey output it, or give it a DefaultValue";
            let diagnostic = Diagnostic::error(codes::NEVER_OUTPUT, id.span, message).help(help);
            let party = view.tree.relying_party.as_ref();
            report.push(match party.and_then(|party| party.default_user_journey.as_ref()) {
                Some(journey) => diagnostic.also(journey.span, "this journey is run"),
                None => diagnostic,
            });
        }
        let (name, span) = wire_name(view, one, entry.index, output);
        if RESERVED.contains(&name) {
            let message = message!(
                "the claim `{name}` is filled by the protocol; what the policy gives is passed over"
            );
            report.warning(codes::PROTOCOL_CLAIM, span, message);
        }
        let claim = view.tree.building_blocks.claims_schema.get(entry.index);
        let asked = claim.and_then(|claim| claim.user_input_type);
        if let Some(asked) = asked.filter(|_| IDENTITY.contains(&name) && output.default_value.is_none()) {
            let message =
                message!("a page field can feed the claim `{name}`, by which applications know the user");
            report.push(
                Diagnostic::warning(codes::CLAIM_FROM_PAGE, span, message)
                    .also(asked.span, "the claim type can be asked from a user"),
            );
        }
    }
}

fn wire_name<'a>(
    view: &'a View<'_>,
    one: &TechnicalProfile,
    index: usize,
    output: &'a ClaimReference,
) -> (&'a str, crate::source::Span) {
    if let Some(partner) = &output.partner_claim_type {
        return (partner.as_str(), partner.span);
    }
    let wanted = match profile::protocol(one) {
        Protocol::Saml2 => syntax::ProtocolName::Saml2,
        _ => syntax::ProtocolName::OpenIdConnect,
    };
    let claim = view.tree.building_blocks.claims_schema.get(index);
    let by_protocol = claim.and_then(|claim| {
        let named = claim.default_partner_claim_types.iter();
        named.filter(|one| one.name.value == wanted).find_map(|one| one.partner_claim_type.as_ref())
    });
    let name = by_protocol.map(|name| name.as_str()).or(claim.map(|claim| claim.id.as_str()));
    (name.unwrap_or_default(), output.claim_type_reference_id.span)
}

/// SubjectNamingInfo names an output claim by its name in the token (policy-language 14, trap 12).
fn subject(parts: Parts<'_>, one: &TechnicalProfile, report: &mut Report) {
    let Some(wanted) = one.subject_naming_info.as_ref().and_then(|info| info.claim_type.as_ref()) else {
        return;
    };
    let view = parts.view;
    let mut unknown = false;
    let mut names = Vec::new();
    for output in &one.output_claims {
        match view.names.find(Sort::Claim, &output.claim_type_reference_id) {
            Some(entry) => names.push(wire_name(view, one, entry.index, output).0),
            None => unknown |= output.partner_claim_type.is_none(),
        }
        names.extend(output.partner_claim_type.as_ref().map(|name| name.as_str()));
    }
    if !unknown && !view.damage.has_party() && !names.iter().any(|name| same_id(name, wanted)) {
        let message = message!("no output claim has the name `{}` in the token", wanted.value);
        let diagnostic =
            Diagnostic::error(codes::NO_SUBJECT, wanted.span, message).did_you_mean(wanted, names);
        report.push(
            diagnostic.help("SubjectNamingInfo names the PartnerClaimType of an output claim, usually `sub`"),
        );
    }
}
