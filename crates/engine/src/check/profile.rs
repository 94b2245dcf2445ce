//! Technical profiles (policy-language 5). In: the merged profiles with their includes. Out: compiled profiles, in
//! three tiers, so that a profile is made after those it holds: session providers, profiles without a page, pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::claim::Claims;
use super::condition::preconditions;
use super::control::Controls;
use super::deployment_mode;
use super::mapping::{Rules, mappings};
use super::names::Sort;
use super::report::Report;
use super::setting;
use super::transformation::Transformations;
use super::view::View;
use crate::claims::{Name, Template, Text};
use crate::diagnostic::{Diagnostic, codes};
use crate::kind::metadata::Texts;
use crate::kind::{Kind, Role, Shape, Tier, directory};
use crate::message;
use crate::policy::{
    DeploymentMode, Displayed, Enabled, ErrorAction, ErrorHandler, Profile, Protocol, Validation,
};
use crate::source::{Span, Spanned};
use crate::syntax::{
    self, EnabledForUserJourneys, ErrorHandlingAction, PreconditionAction, ProtocolName, TechnicalProfile,
};

/// Compiled profiles in the tree's order; nothing where one is incomplete, or not made yet.
pub(super) struct Profiles {
    in_order: Vec<Option<Arc<Profile>>>,
}

impl Profiles {
    /// Room for the profiles of a policy.
    pub(super) fn empty(view: &View<'_>) -> Self {
        Self { in_order: vec![None; view.profiles.len()] }
    }

    /// The profile at that place of the tree.
    pub(super) fn get(&self, index: usize) -> Option<&Arc<Profile>> {
        self.in_order.get(index)?.as_ref()
    }

    /// By id.
    pub(super) fn by_id(&self) -> BTreeMap<Name, Arc<Profile>> {
        self.in_order.iter().flatten().map(|one| (one.id.clone(), one.clone())).collect()
    }

    /// All that could be made, with their place in the tree.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Arc<Profile>)> {
        self.in_order.iter().enumerate().filter_map(|(index, one)| Some((index, one.as_ref()?)))
    }
}

/// What profiles are made of.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) claims: &'a Claims,
    pub(super) transformations: &'a Transformations,
    pub(super) controls: &'a Controls,
}

/// Makes the profiles of one tier.
pub(super) fn check(parts: Parts<'_>, tier: Tier, profiles: &mut Profiles, report: &mut Report) {
    for (index, one) in parts.view.profiles.iter().enumerate() {
        if tier_of(one) == tier {
            let made = profile(parts, index, one, profiles, report).map(Arc::new);
            if let Some(place) = profiles.in_order.get_mut(index) {
                *place = made;
            }
        }
    }
}

fn tier_of(one: &TechnicalProfile) -> Tier {
    let handler = one.protocol.as_ref().and_then(|protocol| protocol.handler.as_ref());
    Tier::of(handler.map(|handler| handler.as_str()))
}

fn profile(
    parts: Parts<'_>,
    index: usize,
    one: &TechnicalProfile,
    profiles: &Profiles,
    report: &mut Report,
) -> Option<Profile> {
    let view = parts.view;
    let id = view.names.find(Sort::Profile, &one.id)?.name.clone();
    let spoilt = report.spoilt();
    let keys = keys(one);
    let shape = shape(view, index, one, &keys);
    let (kind, settings) = setting::read(view, index, one, &shape, report);
    if let Some(what) = kind.as_ref().and_then(Kind::not_run)
        && view.reach.has(Sort::Profile, index)
    {
        let message = message!("technical profile `{id}` is checked, but this version runs no {what}");
        report.push(Diagnostic::note(codes::NOT_RUN, one.id.span, message));
    }
    let page = tier_of(one) == Tier::Page;
    let protocol = protocol(one);
    let wire = Some(protocol).filter(|protocol| !matches!(protocol, Protocol::None | Protocol::Proprietary));
    let always = matches!(kind, Some(Kind::PasswordGrant(_) | Kind::Insights(_)));
    let rules = Rules { protocol: wire, resolvers: settings.resolvers, faults: settings.resolvers };
    let input_rules = Rules { resolvers: settings.resolvers || always, ..rules };
    let session = session(view, one, profiles, report);
    let validations = validations(parts, one, page, profiles, report);
    let displayed = displayed(parts, one, report);
    let mut made = Profile {
        display_name: caption(one),
        domains: domains(one),
        protocol,
        enabled: enabled(parts, index, one, report),
        include_in_sso: one.include_in_sso.is_none_or(|flag| flag.value),
        session,
        input_transformations: transformations(parts, &one.input_claims_transformations, report),
        inputs: mappings(view, parts.claims, &one.input_claims, input_rules, report),
        displayed: if page || matches!(kind, Some(Kind::PhoneFactor(_))) { displayed } else { Vec::new() },
        persisted: mappings(view, parts.claims, &one.persisted_claims, rules, report),
        outputs: mappings(view, parts.claims, &one.output_claims, rules, report),
        output_transformations: transformations(parts, &one.output_claims_transformations, report),
        validations,
        keys,
        messages: texts(view, settings.messages, settings.resolvers),
        language: texts(view, settings.language, settings.resolvers),
        content: settings.content,
        resolvers: settings.resolvers,
        text_link: settings.text_link,
        error_handlers: error_handlers(one, kind.as_ref(), report),
        place: view.place(one.span),
        // What was let pass must not be passed over when the profile is reached.
        kind: if report.spoilt() > spoilt { Kind::Unusable } else { kind? },
        id,
    };
    if matches!(made.kind, Kind::Directory(_)) {
        for mapping in made.inputs.iter_mut().chain(&mut made.persisted).chain(&mut made.outputs) {
            if let Some((name, _)) = directory::find(&mapping.partner) {
                mapping.partner = name.to_owned();
            }
        }
    }
    Some(made)
}

/// Texts of a profile's metadata, which hold claim resolvers where the profile expands them (policy-language 11.1).
fn texts(view: &View<'_>, written: Texts, resolvers: bool) -> BTreeMap<String, Text> {
    let declared = |id: &str| view.names.find(Sort::Claim, id).map(|entry| entry.name.clone());
    let text = |(key, text): (String, String)| {
        let template = (resolvers && text.contains('{')).then(|| Template::parse(&text, declared).0);
        let resolved = template.filter(|template| !template.is_plain());
        (key, resolved.map_or(Text::Plain(text), Text::Resolved))
    };
    written.into_iter().map(text).collect()
}

/// The containers of a profile's keys by role.
pub(super) fn keys(one: &TechnicalProfile) -> BTreeMap<String, Name> {
    let containers = one.cryptographic_keys.iter().filter_map(|key| {
        let container = key.storage_reference_id.as_ref()?;
        Some((key.id.trim().to_lowercase(), Name::from(container.trim())))
    });
    containers.filter(|(_, container)| !container.is_empty()).collect()
}

fn shape<'a>(
    view: &View<'_>,
    index: usize,
    one: &'a TechnicalProfile,
    keys: &'a BTreeMap<String, Name>,
) -> Shape<'a> {
    let protocol = one.protocol.as_ref();
    let format = |format: syntax::TokenFormat| format.name();
    Shape {
        id: &one.id.value,
        protocol: protocol.and_then(|one| one.name).map(|name| name.map(ProtocolName::name)),
        handler: protocol
            .and_then(|one| one.handler.as_ref())
            .map(|one| Spanned::new(one.as_str(), one.span)),
        input_format: one.input_token_format.map(|one| one.map(format)),
        output_format: one.output_token_format.map(|one| one.map(format)),
        role: view.reach.role(index),
        inputs: one.input_claims.iter().map(partner).collect(),
        has_outputs: !one.output_claims.is_empty(),
        unknown_input: one
            .input_claims
            .iter()
            .any(|claim| view.names.find(Sort::Claim, &claim.claim_type_reference_id).is_none()),
        keys,
        production: deployment_mode(view.tree) == DeploymentMode::Production,
    }
}

fn partner(claim: &syntax::ClaimReference) -> String {
    claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id).to_lowercase()
}

/// The protocol of a profile or of the relying party.
pub(super) fn protocol(one: &TechnicalProfile) -> Protocol {
    match one.protocol.as_ref().and_then(|one| one.name).map(|name| name.value) {
        Some(ProtocolName::OAuth1) => Protocol::OAuth1,
        Some(ProtocolName::OAuth2) => Protocol::OAuth2,
        Some(ProtocolName::Saml2) => Protocol::Saml2,
        Some(ProtocolName::OpenIdConnect) => Protocol::OpenIdConnect,
        Some(ProtocolName::Proprietary) => Protocol::Proprietary,
        _ => Protocol::None,
    }
}

fn caption(one: &TechnicalProfile) -> Option<String> {
    let own = one.display_name.as_ref().or(one.provider.display_name.as_deref());
    own.map(|text| text.value.clone()).filter(|text| !text.is_empty())
}

fn domains(one: &TechnicalProfile) -> Vec<String> {
    let own = one.domains.as_slice();
    let list = if own.is_empty() { &*one.provider.domains } else { own };
    list.iter().map(|domain| domain.trim().to_lowercase()).collect()
}

fn session(
    view: &View<'_>,
    one: &TechnicalProfile,
    profiles: &Profiles,
    report: &mut Report,
) -> Option<Arc<Profile>> {
    let reference = one.use_technical_profile_for_session_management.as_ref()?;
    let entry = report.keep(view.names.resolve(Sort::Profile, reference))?;
    let target = view.profile(entry.index)?;
    if target.protocol.is_none() && view.reach.role(entry.index) == Role::Unused {
        let message = message!("session provider `{}` has no Protocol, so it keeps nothing", entry.name);
        report.warning(codes::NO_PROTOCOL, target.span, message);
    }
    let told = target.protocol.is_none() || view.holes.get(entry.index).copied().unwrap_or_default();
    if tier_of(target) != Tier::Session && !told {
        let message = message!("technical profile `{}` is no session provider", entry.name);
        let diagnostic = Diagnostic::error(codes::NO_SESSION_PROVIDER, reference.span, message);
        let help = "session providers have a handler `Web.TPEngine.SSO.…`, for instance `SM-Noop` in the starter packs";
        report.push(what_it_is(target, diagnostic).help(help));
    }
    profiles.get(entry.index).filter(|made| matches!(made.kind, Kind::Session(_))).cloned()
}

/// What identity providers' errors mean; nobody else's answers are looked at (technical-profiles 1.3).
fn error_handlers(one: &TechnicalProfile, kind: Option<&Kind>, report: &mut Report) -> Vec<ErrorHandler> {
    if let Some(first) = one.error_handlers.first().filter(|_| kind.is_some_and(|kind| !kind.is_provider())) {
        let message = message!("only identity providers have errors that `ErrorHandlers` can handle");
        report.warning(codes::UNSUPPORTED_ELEMENT, first.span, message);
    }
    let handler = |one: &syntax::ErrorHandler| {
        let parameters = one.additional_request_parameters.iter();
        Some(ErrorHandler {
            response_match: one.response_match.as_ref()?.replace("@@", "@"),
            action: match one.action?.value {
                ErrorHandlingAction::Reauthenticate => ErrorAction::Reauthenticate,
                ErrorHandlingAction::InvalidClient => ErrorAction::InvalidClient,
            },
            parameters: parameters.map(|item| (item.key.value.clone(), item.value.value.clone())).collect(),
        })
    };
    one.error_handlers.iter().filter_map(handler).collect()
}

fn transformations(
    parts: Parts<'_>,
    list: &[Spanned<String>],
    report: &mut Report,
) -> Vec<Arc<crate::transform::Transformation>> {
    let mut all = Vec::new();
    for reference in list {
        let entry = report.keep(parts.view.names.resolve(Sort::Transformation, reference));
        all.extend(entry.and_then(|entry| parts.transformations.get(entry.index)).cloned());
    }
    all
}

fn displayed(parts: Parts<'_>, one: &TechnicalProfile, report: &mut Report) -> Vec<Displayed> {
    let mut all = Vec::new();
    for claim in &one.display_claims {
        let required = claim.required.is_some_and(|flag| flag.value);
        if let Some(reference) = &claim.display_control_reference_id {
            let entry = report.keep(parts.view.names.resolve(Sort::Control, reference));
            let control = entry.and_then(|entry| parts.controls.get(entry.index));
            all.extend(control.map(|control| Displayed::Control(control.clone())));
        } else if let Some(reference) = &claim.claim_type_reference_id {
            let found = parts.claims.resolve(parts.view, reference, report);
            all.extend(found.map(|found| Displayed::Claim(found.id.clone(), required)));
        } else {
            let message = message!("a display claim names a claim type or a display control");
            report.error(codes::MISSING_ATTRIBUTE, claim.span, message);
        }
    }
    all
}

fn validations(
    parts: Parts<'_>,
    one: &TechnicalProfile,
    page: bool,
    profiles: &Profiles,
    report: &mut Report,
) -> Vec<Arc<Validation>> {
    let mut all = Vec::new();
    for called in &one.validation_technical_profiles {
        let action = PreconditionAction::SkipThisValidationTechnicalProfile;
        let preconditions = preconditions(parts.view, parts.claims, &called.preconditions, action, report);
        let Some(profile) = callee(parts.view, profiles, &called.reference_id, report) else { continue };
        all.push(Arc::new(Validation {
            profile,
            continue_on_error: called.continue_on_error.is_some_and(|flag| flag.value),
            continue_on_success: called.continue_on_success.is_none_or(|flag| flag.value),
            preconditions,
            place: parts.view.place(called.span),
        }));
    }
    if let Some(first) = one.validation_technical_profiles.first().filter(|_| !page && one.protocol.is_some())
    {
        let message = message!("only self-asserted profiles run validation profiles");
        report.warning(codes::UNSUPPORTED_ELEMENT, first.span, message);
    }
    if page { all } else { Vec::new() }
}

/// The profile that a page runs while its user waits: one without a page of its own. That also ends circles, as only
/// pages run others (attacks 47).
pub(super) fn callee(
    view: &View<'_>,
    profiles: &Profiles,
    reference: &Spanned<String>,
    report: &mut Report,
) -> Option<Arc<Profile>> {
    let entry = report.keep(view.names.resolve(Sort::Profile, reference))?;
    let interactive = match profiles.get(entry.index) {
        Some(made) => made.kind.is_interactive(),
        None => {
            view.profile(entry.index).is_some_and(|one| matches!(tier_of(one), Tier::Page | Tier::Telephone))
        }
    };
    if interactive {
        let diagnostic = cannot_validate(&entry.name, reference.span);
        report.push(match view.profile(entry.index) {
            Some(target) => what_it_is(target, diagnostic),
            None => diagnostic,
        });
        return None;
    }
    profiles.get(entry.index).cloned()
}

/// The finding, and the protocol that makes the profile what it is.
fn what_it_is(one: &TechnicalProfile, diagnostic: Diagnostic) -> Diagnostic {
    let protocol = one.protocol.as_ref();
    let span = protocol.map_or(one.id.span, |protocol| protocol.span);
    diagnostic.also(span, format!("this is what `{}` is", one.id.value))
}

fn cannot_validate(name: &str, span: Span) -> Diagnostic {
    let message =
        message!("technical profile `{name}` shows a page or leaves for another site, so it cannot validate");
    Diagnostic::error(codes::INTERACTIVE_VALIDATION, span, message)
        .help("make it a claims exchange of a step, or name the profile that makes the call")
}

fn enabled(parts: Parts<'_>, index: usize, one: &TechnicalProfile, report: &mut Report) -> Enabled {
    let Some(written) = one.enabled_for_user_journeys else { return Enabled::Always };
    let item = |key: &str| {
        let item = one.metadata.iter().find(|item| item.key.trim().eq_ignore_ascii_case(key))?;
        Some(&item.value).filter(|value| !value.trim().is_empty())
    };
    let mut needed = |key: &str| {
        let found = item(key);
        if found.is_none() {
            let message = message!("`{}` needs the metadata item `{key}`", written.value.name());
            let grade = parts.view.grade(Sort::Profile, index);
            report.graded(grade, Diagnostic::error(codes::MISSING_SETTING, written.span, message));
        }
        found
    };
    use EnabledForUserJourneys as E;
    let listed = matches!(
        written.value,
        E::OnItemExistenceInStringCollectionClaim | E::OnItemAbsenceInStringCollectionClaim
    );
    match written.value {
        E::True | E::Always => return Enabled::Always,
        E::False | E::Never => return Enabled::Never,
        _ => {}
    }
    let claim = needed("ClaimTypeOnWhichToEnable");
    let value = if listed { needed("ClaimValueOnWhichToEnable") } else { item("ClaimValueOnWhichToEnable") };
    let value = value.map(|value| value.trim().to_owned());
    let Some(claim) = claim.and_then(|id| parts.claims.resolve(parts.view, id, report)) else {
        return Enabled::Never;
    };
    let id = claim.id.clone();
    match (written.value, value) {
        (E::OnClaimsExistence, value) => Enabled::OnClaim(id, value),
        (E::OnItemExistenceInStringCollectionClaim, Some(value)) => Enabled::OnItem(id, value),
        (E::OnItemAbsenceInStringCollectionClaim, Some(value)) => Enabled::OnItemAbsent(id, value),
        _ => Enabled::Never,
    }
}
