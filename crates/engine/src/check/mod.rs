//! The merged tree to a policy, or what is wrong with it: passes in order, each over everything, so that one run finds
//! all mistakes (attacks 120).
//!
//! In: an [`Effective`] policy and the files it came from. Out: a [`Policy`] if there is no error, and diagnostics. A
//! wrong name is reported once, where it stands; what depended on it keeps quiet. Whatever only a whole policy can
//! tell (settings that are needed, journeys that end, claims that come from somewhere) is an error where the relying
//! party reaches it, a warning where it does not, and not checked without a relying party (policy-language 3).
//! Must not be known here: XML, files, running journeys.

mod behaviour;
mod claim;
mod condition;
mod content;
mod control;
mod damage;
mod deployment;
mod elsewhere;
mod flow;
mod idle;
mod include;
mod journey;
mod kept;
mod mapping;
mod names;
mod party;
mod predicate;
mod profile;
mod reach;
mod report;
mod setting;
mod step;
mod transformation;
mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::claims::Name;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::inherit::Effective;
use crate::kind::Tier;
use crate::message;
use crate::placeholder::Purpose;
use crate::policy::{DeploymentMode, Policy, RelyingParty};
use crate::source::{Sources, Span};
use crate::syntax;

use control::Controls;
use damage::Damage;
pub use kept::Kept;
use names::{Names, Sort};
use profile::Profiles;
pub(crate) use report::Report;
pub use report::Strictness;
use view::View;

/// What a policy is checked among.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// The trees of all files: what is unknown here may be declared in one that is no base of it.
    pub trees: &'a [&'a syntax::TrustFrameworkPolicy],
    /// Where the files' own errors are.
    pub faults: &'a [Span],
    /// The files.
    pub sources: &'a Sources,
    /// What the checks of other policies have left.
    pub kept: &'a Kept,
}

/// Checks and compiles a merged policy, for a purpose and as strictly as asked; `revision` is the digest of the texts it
/// came from.
pub fn check(
    (purpose, strictness): (Purpose, Strictness),
    tree: &Effective,
    files: Files<'_>,
    revision: String,
) -> (Option<Policy>, Diagnostics) {
    let Files { trees, faults, sources, kept } = files;
    let mut report = Report::new(strictness);
    let names = Names::of(tree, trees);
    let damage = Damage::of(tree, faults);
    let flat = include::flatten(tree, &names, &damage, &mut report);
    let reach = reach::reach(tree, &flat.profiles, &names);
    let files = sources.iter().map(|source| Arc::from(source.name())).collect();
    let view = View {
        purpose,
        tree,
        kept,
        sources,
        files,
        names,
        damage,
        profiles: flat.profiles,
        holes: flat.holes,
        reach,
    };
    let policy = passes(&view, revision, &mut report);
    let diagnostics = report.finish();
    (policy.filter(|_| !diagnostics.has_errors()), diagnostics)
}

/// The profiles of a merged policy with what they include laid in (policy-language 2.4), in the order of the tree. An
/// include that leads nowhere adds nothing; [`check`] reports it.
pub fn with_includes(tree: &Effective) -> Vec<Arc<syntax::TechnicalProfile>> {
    let names = Names::of(tree, &[]);
    include::flatten(tree, &names, &Damage::default(), &mut Report::default()).profiles
}

fn passes(view: &View<'_>, revision: String, report: &mut Report) -> Option<Policy> {
    idle::check(view, report);
    let claims = claim::check(view, report);
    let transformations = transformation::check(view, &claims, report);
    let contents = content::check(view, &claims, report);
    let mut profiles = Profiles::empty(view);
    let no_controls = Controls::default();
    let parts =
        profile::Parts { view, claims: &claims, transformations: &transformations, controls: &no_controls };
    profile::check(parts, Tier::Session, &mut profiles, report);
    profile::check(parts, Tier::Call, &mut profiles, report);
    let controls = control::check(view, &claims, &profiles, report);
    let parts = profile::Parts { controls: &controls, ..parts };
    profile::check(parts, Tier::Telephone, &mut profiles, report);
    profile::check(parts, Tier::Page, &mut profiles, report);
    let parts = step::Parts { view, claims: &claims, contents: &contents, profiles: &profiles };
    let journeys = journey::check(parts, report);
    let parts = party::Parts { view, claims: &claims, journeys: &journeys };
    let party = party::check(parts, report);
    deployment::check(view, &profiles, report);
    if view.reach.executable && party.is_none() {
        something_is_missing(view, report);
    }
    let tree = view.tree;
    Some(Policy {
        id: Name::from(tree.policy_id.as_ref()?.as_str()),
        tenant: Name::from(tree.tenant_id.as_ref().map_or("", |id| id.as_str())),
        chain: tree.chain.iter().map(|id| Name::from(id.as_str())).collect(),
        deployment_mode: deployment_mode(tree),
        recorder_endpoint: tree.user_journey_recorder_endpoint.as_ref().map(|one| one.value.clone()),
        revision,
        claims: claims.by_id(),
        transformations: transformations.by_id(),
        transformation_places: transformations.places(view),
        contents: contents.by_id(),
        controls: controls.by_id(),
        journeys: journeys.by_id(),
        sub_journeys: journeys.sub_by_id(),
        key_containers: key_containers(view, &profiles, party.as_ref()),
        profiles: profiles.by_id(),
        localization: contents.localization,
        party,
    })
}

/// A relying party that could not be made must have been the fault of something reported; if that was only a warning,
/// this makes it an error.
fn something_is_missing(view: &View<'_>, report: &mut Report) {
    if !report.has_errors()
        && !view.damage.is_any()
        && let Some(party) = &view.tree.relying_party
    {
        let message =
            message!("the relying party's journey cannot be run because of what is reported elsewhere");
        report.push(Diagnostic::error(codes::NO_PARTY_JOURNEY, party.span, message));
    }
}

fn deployment_mode(tree: &Effective) -> DeploymentMode {
    match tree.deployment_mode.map(|mode| mode.value) {
        Some(syntax::DeploymentMode::Development) => DeploymentMode::Development,
        Some(syntax::DeploymentMode::Debugging) => DeploymentMode::Debugging,
        Some(syntax::DeploymentMode::Production) | None => DeploymentMode::Production,
    }
}

/// The key containers that the reached profiles name.
fn key_containers(view: &View<'_>, profiles: &Profiles, party: Option<&RelyingParty>) -> Vec<Name> {
    if party.is_none() {
        return Vec::new();
    }
    let reached = profiles.iter().filter(|(index, _)| view.reach.has(Sort::Profile, *index));
    let names: BTreeSet<Name> = reached.flat_map(|(_, profile)| profile.keys.values().cloned()).collect();
    names.into_iter().collect()
}
