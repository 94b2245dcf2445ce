//! Settings that a deployment has yet to fill in. In: the merged policy and its compiled profiles. Out: a warning for each
//! placeholder; an error, when the policy is compiled to be run, where a running journey would use it.
//!
//! Looked at in executable policies alone: a child may well fill in what its base leaves open.

use std::collections::HashMap;

use super::names::Sort;
use super::profile::Profiles;
use super::report::Report;
use super::view::View;
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::kind::Kind;
use crate::kind::metadata::DEPLOYED;
use crate::message;
use crate::message::Message;
use crate::placeholder::{
    Purpose, is_placeholder, is_placeholder_address, is_placeholder_application, is_placeholder_tenant,
    is_template,
};
use crate::source::{Span, Spanned};
use crate::syntax::{Item, ProtocolName, TechnicalProfile};

/// Keys of metadata, and names of claims, that hold the id of an application.
const APPLICATIONS: &[&str] = &[
    "client_id",
    "clientid",
    "applicationobjectid",
    "idtokenaudience",
    "resource_id",
    "resource",
    "audience",
];

/// How many further places of one value are named.
const MOST_PLACES: usize = 5;

/// Placeholders in the order of their places in the merged policy; what is said of one value is said once.
#[derive(Default)]
struct Found {
    list: Vec<Unfilled>,
    by_value: HashMap<String, usize>,
}

struct Unfilled {
    code: Code,
    message: Message,
    span: Span,
    others: Vec<Span>,
    use_: Use,
}

/// What becomes of a value in this server, the weightier the later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// The cloud's directory wants it, the built-in one does not.
    CloudOnly,
    /// No journey of this policy uses it.
    Idle,
    /// A running journey uses it.
    Used,
}

/// Reports what is still to be filled in.
pub(super) fn check(view: &View<'_>, profiles: &Profiles, report: &mut Report) {
    if !view.reach.executable {
        return;
    }
    let mut found = Found::default();
    for (index, one) in view.profiles.iter().enumerate() {
        let kind = profiles.get(index).map(|made| &made.kind);
        profile(one, use_of(view, index, one, kind), &mut found);
    }
    contents(view, &mut found);
    insights(view, &mut found);
    let serving = matches!(view.purpose, Purpose::Serve { .. });
    for one in found.list {
        report.push(one.into_diagnostic(serving));
    }
}

fn profile(one: &TechnicalProfile, use_: Use, found: &mut Found) {
    one.metadata.iter().for_each(|item| setting(item, use_, found));
    let inputs = one.input_claims.iter().map(|claim| {
        (claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id), &claim.default_value)
    });
    let persisted =
        one.persisted_claims.iter().map(|claim| (&claim.claim_type_reference_id, &claim.default_value));
    let outputs =
        one.output_claims.iter().map(|claim| (&claim.claim_type_reference_id, &claim.default_value));
    for (name, value) in inputs.chain(persisted).chain(outputs) {
        value.iter().for_each(|value| default(name, value, use_, found));
    }
}

/// A profile uses its settings if it is reached and sends them to somebody else. The built-in directory needs none of
/// the ids that the cloud's does (reference README 7).
fn use_of(view: &View<'_>, index: usize, one: &TechnicalProfile, kind: Option<&Kind>) -> Use {
    match kind {
        Some(Kind::PasswordGrant(grant)) if grant.foreign_endpoint.is_none() => Use::CloudOnly,
        Some(Kind::Directory(_)) => Use::CloudOnly,
        // What this version does not run sends nothing anywhere.
        Some(kind) if kind.not_run().is_some() => Use::Idle,
        _ if view.reach.has(Sort::Profile, index) && leaves(one, kind) => Use::Used,
        _ => Use::Idle,
    }
}

/// Whether the profile calls a service or an identity provider.
fn leaves(one: &TechnicalProfile, kind: Option<&Kind>) -> bool {
    if matches!(kind, Some(Kind::TokenIssuer(_) | Kind::JsonIssuer | Kind::ErrorIssuer)) {
        return false;
    }
    let Some(protocol) = &one.protocol else { return false };
    let calls = |handler: &Spanned<String>| handler.to_ascii_lowercase().contains(".restfulprovider");
    let federates = protocol.name.is_some_and(|name| {
        use ProtocolName::{OAuth1, OAuth2, OpenIdConnect, Saml2};
        matches!(name.value, OAuth1 | OAuth2 | OpenIdConnect | Saml2)
    });
    federates || protocol.handler.as_ref().is_some_and(calls)
}

fn setting(item: &Item, use_: Use, found: &mut Found) {
    let key = item.key.trim().to_lowercase();
    let value = item.value.trim();
    let deployed = DEPLOYED.iter().any(|known| known.eq_ignore_ascii_case(&key));
    if value.is_empty() {
        if deployed {
            let message = message!("the metadata item `{}` has yet to be filled in", item.key.trim());
            found.add(codes::PLACEHOLDER, &Spanned::new(String::new(), item.span), message, use_);
        }
        return;
    }
    if is_for_people(&key) {
        return;
    }
    let open = if APPLICATIONS.contains(&key.as_str()) || deployed && value.starts_with('{') {
        is_placeholder_application(value)
    } else if value.starts_with('{') {
        is_template(value)
    } else if value.contains("://") {
        is_placeholder_address(value) || value.split(['/', '?', '&', '=']).any(is_placeholder_path)
    } else {
        is_placeholder(value)
    };
    if open {
        let message = message!("the metadata item `{}` holds the placeholder `{value}`", item.key.trim());
        found.add(codes::PLACEHOLDER, &item.value, message, use_);
    }
}

/// A tenant or an id in the path of an address, e.g. `tenant-name.onmicrosoft.com` or a GUID of zeros.
fn is_placeholder_path(part: &str) -> bool {
    let long = part.len() > 30 || part.contains('.');
    long && is_placeholder_tenant(part)
}

/// Keys that hold sentences.
fn is_for_people(key: &str) -> bool {
    key.starts_with("language.")
        || key.contains("message")
        || matches!(key, "displayname" | "description" | "providername")
}

fn default(name: &str, value: &Spanned<String>, use_: Use, found: &mut Found) {
    let application = APPLICATIONS.contains(&name.to_lowercase().as_str());
    let sentence = value.trim().contains(char::is_whitespace);
    if application && is_placeholder_application(value) || !sentence && is_placeholder(value) {
        let message = message!("the default value of `{name}` is the placeholder `{}`", value.value);
        found.add(codes::PLACEHOLDER, value, message, use_);
    }
}

/// Addresses of pages, and parameters of transformations; the latter are the policy's own affair.
fn contents(view: &View<'_>, found: &mut Found) {
    let blocks = &view.tree.building_blocks;
    for (index, one) in blocks.content_definitions.iter().enumerate() {
        if let Some(address) = one.load_uri.as_ref().filter(|address| is_placeholder_address(address)) {
            let message = message!("the page's address `{}` is a placeholder", address.value);
            let use_ = if view.reach.has(Sort::Content, index) { Use::Used } else { Use::Idle };
            found.add(codes::PLACEHOLDER, address, message, use_);
        }
    }
    let parameters = blocks.claims_transformations.iter().flat_map(|one| &one.input_parameters);
    for value in parameters.filter_map(|one| one.value.as_ref()) {
        if !value.trim().contains(char::is_whitespace) && is_placeholder(value) {
            let message = message!("the parameter holds the placeholder `{}`", value.value);
            found.add(codes::PLACEHOLDER, value, message, Use::Idle);
        }
    }
}

fn insights(view: &View<'_>, found: &mut Found) {
    let party = view.tree.relying_party.as_ref();
    let Some(behaviors) = party.and_then(|party| party.user_journey_behaviors.as_ref()) else { return };
    let journey =
        behaviors.journey_insights.as_ref().and_then(|insights| insights.instrumentation_key.as_ref());
    let use_ = if view.purpose == (Purpose::Serve { insights: true }) { Use::Used } else { Use::Idle };
    for key in journey.into_iter().chain(&behaviors.azure_application_insights) {
        if is_placeholder_tenant(key) {
            let message = message!("the instrumentation key `{}` is a placeholder", key.value);
            found.add(codes::DEPLOYMENT_VALUE, key, message, use_);
        }
    }
}

impl Found {
    /// Notes a place; an empty value is one of its own.
    fn add(&mut self, code: Code, value: &Spanned<String>, message: Message, use_: Use) {
        let key = value.trim().to_lowercase();
        let known = if key.is_empty() { None } else { self.by_value.get(&key).copied() };
        if let Some(earlier) = known.and_then(|at| self.list.get_mut(at)) {
            earlier.use_ = earlier.use_.max(use_);
            if earlier.span != value.span
                && !earlier.others.contains(&value.span)
                && earlier.others.len() < MOST_PLACES
            {
                earlier.others.push(value.span);
            }
            return;
        }
        self.by_value.insert(key, self.list.len());
        self.list.push(Unfilled { code, message, span: value.span, others: Vec::new(), use_ });
    }
}

impl Unfilled {
    fn into_diagnostic(self, serving: bool) -> Diagnostic {
        let Unfilled { code, message, span, others, use_ } = self;
        let (finding, help) = match use_ {
            Use::Used if serving => (
                Diagnostic::error(code, span, message),
                "a journey uses it, so the policy is not served before it is filled in",
            ),
            Use::Used => (
                Diagnostic::warning(code, span, message),
                "a journey uses it: fill it in before the policy is served",
            ),
            Use::Idle => {
                (Diagnostic::warning(code, span, message), "no journey of this policy needs it here")
            }
            Use::CloudOnly => (
                Diagnostic::warning(code, span, message),
                "the built-in directory needs no such id; fill it in before the policy is uploaded to the cloud",
            ),
        };
        others.into_iter().fold(finding.help(help), |finding, other| finding.also(other, "and here"))
    }
}
