//! `vestibule show`: a policy with all it inherits as one file. In: a merged policy. Out: XML that means the same, each
//! element with a comment that says where it comes from. One file a chapter, like the engine's `syntax`.
//!
//! What the merged policy does not hold is not shown: contacts, document references, policy constraints, extensions,
//! and `MergeBehavior`, which has had its effect. Must not be known here: what references mean.

mod claim;
mod content;
mod journey;
mod party;
mod profile;
mod transformation;
mod writer;

use std::sync::Arc;

use vestibule_engine::check;
use vestibule_engine::diagnostic::did_you_mean;
use vestibule_engine::inherit::Effective;
use vestibule_engine::source::{Sources, Spanned};
use vestibule_engine::syntax::{BuildingBlocks, same_id};

use crate::formatting;
use writer::{Origin, Tag, Writer};

const NAMESPACE: &str = "http://schemas.microsoft.com/online/cpim/schemas/2013/06";

/// Which elements get a comment about where they come from. What has an id always has it above, unless there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// All.
    #[default]
    Each,
    /// Those of another file than the first declaration of what they are in.
    Others,
    /// None.
    None,
}

/// How a policy is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Lay included technical profiles in (policy-language 2.4).
    pub resolved: bool,
    /// Comments.
    pub origins: Origins,
}

/// The sorts of things that can be shown alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// `ClaimType`.
    Claim,
    /// `Predicate`.
    Predicate,
    /// `InputValidation` and `PredicateValidation`.
    Validation,
    /// `ClaimsTransformation`.
    Transformation,
    /// `ContentDefinition`.
    Content,
    /// `LocalizedResources`.
    Resources,
    /// `DisplayControl`.
    Control,
    /// `TechnicalProfile`.
    Profile,
    /// `UserJourney`.
    Journey,
    /// `SubJourney`.
    SubJourney,
}

impl Sort {
    /// What such a thing is called.
    pub fn noun(self) -> &'static str {
        match self {
            Sort::Claim => "claim type",
            Sort::Predicate => "predicate",
            Sort::Validation => "predicate validation",
            Sort::Transformation => "claims transformation",
            Sort::Content => "content definition",
            Sort::Resources => "localized resources",
            Sort::Control => "display control",
            Sort::Profile => "technical profile",
            Sort::Journey => "user journey",
            Sort::SubJourney => "sub-journey",
        }
    }
}

/// Nothing has the id that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotThere {
    /// What else has this id.
    pub other: Option<Sort>,
    /// The nearest id of the sort asked for.
    pub near: Option<String>,
}

/// The whole policy.
pub fn whole(tree: &Effective, sources: &Sources, options: Options) -> String {
    let tree = &prepared(tree, options);
    let mut writer = Writer::new(sources, options.origins);
    writer.comment(&headline(tree, &writer, options));
    let tag = Tag::new("TrustFrameworkPolicy")
        .set("xmlns", NAMESPACE)
        .set("PolicySchemaVersion", "0.3.0.0")
        .maybe("TenantId", tree.tenant_id.as_ref())
        .maybe("TenantObjectId", tree.tenant_object_id.as_ref())
        .maybe("PolicyId", tree.policy_id.as_ref())
        .maybe("PublicPolicyUri", tree.public_policy_uri.as_ref())
        .word("DeploymentMode", tree.deployment_mode.map(|mode| mode.value.name()))
        .maybe("UserJourneyRecorderEndpoint", tree.user_journey_recorder_endpoint.as_ref());
    writer.branch(tag, Origin::None, |writer| chapters(writer, tree));
    laid_out(&format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}", writer.done()))
}

/// The things of that id, of one sort or of any.
pub fn only(
    tree: &Effective,
    sources: &Sources,
    options: Options,
    (sort, id): (Option<Sort>, &str),
) -> Result<String, NotThere> {
    let tree = &prepared(tree, options);
    let mut named = Vec::new();
    let mut shown = String::new();
    each(tree, &mut |own, name, write| {
        named.push((own, name.to_owned()));
        if same_id(name, id) && sort.is_none_or(|wanted| wanted == own) {
            let mut writer = Writer::new(sources, options.origins);
            write(&mut writer);
            shown.push_str(&laid_out(&writer.done()));
        }
    });
    if !shown.is_empty() {
        return Ok(shown);
    }
    let other = named.iter().find(|(_, name)| same_id(name, id)).map(|(own, _)| *own);
    let of_sort = named.iter().filter(|(own, _)| sort.is_none_or(|wanted| wanted == *own));
    let near = did_you_mean(id, of_sort.map(|(_, name)| name.as_str())).map(str::to_owned);
    Err(NotThere { other, near })
}

fn prepared(tree: &Effective, options: Options) -> Effective {
    let mut tree = tree.clone();
    if options.resolved {
        tree.technical_profiles = check::with_includes(&tree);
        for profile in tree.technical_profiles.iter_mut().map(Arc::make_mut) {
            profile.include_technical_profile = None;
            profile.include_claims_from_technical_profile = None;
        }
    }
    tree
}

/// What was written is XML, so it can be laid out.
fn laid_out(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add("", text.as_bytes());
    let even = sources.get(id).and_then(|source| formatting::format(source).ok());
    even.unwrap_or_else(|| text.to_owned())
}

fn headline(tree: &Effective, writer: &Writer<'_>, options: Options) -> String {
    let files: Vec<String> =
        tree.chain.iter().map(|id| format!("{} ({})", id.value, writer.file_name(id.span))).collect();
    let includes = if options.resolved { ", with the technical profiles they include" } else { "" };
    format!(
        "The policy as it works: {}, merged{includes}. Do not edit: it is made of these files.",
        files.join(" > ")
    )
}

fn chapters(writer: &mut Writer<'_>, tree: &Effective) {
    if tree.building_blocks != BuildingBlocks::default() {
        writer.branch(Tag::new("BuildingBlocks"), Origin::None, |writer| {
            building_blocks(writer, &tree.building_blocks);
        });
        writer.space();
    }
    if !tree.technical_profiles.is_empty() {
        writer.branch(Tag::new("ClaimsProviders"), Origin::None, |writer| {
            profile::providers(writer, &tree.technical_profiles);
        });
        writer.space();
    }
    writer.list("UserJourneys", &tree.user_journeys, |writer, one| journey::user_journey(writer, one));
    writer.space();
    writer.list("SubJourneys", &tree.sub_journeys, |writer, one| journey::sub_journey(writer, one));
    writer.space();
    if let Some(party) = &tree.relying_party {
        party::relying_party(writer, party);
    }
}

fn building_blocks(writer: &mut Writer<'_>, blocks: &BuildingBlocks) {
    writer.list("ClaimsSchema", &blocks.claims_schema, |writer, one| claim::claim_type(writer, one));
    writer.list("Predicates", &blocks.predicates, claim::predicate);
    writer.list("InputValidations", &blocks.input_validations, claim::input_validation);
    writer.list("PredicateValidations", &blocks.predicate_validations, claim::predicate_validation);
    let transformations = &blocks.claims_transformations;
    writer.list("ClaimsTransformations", transformations, |writer, one| {
        transformation::transformation(writer, one)
    });
    writer.list("ClientDefinitions", &blocks.client_definitions, content::client_definition);
    writer.list("ContentDefinitions", &blocks.content_definitions, |writer, one| {
        content::content_definition(writer, one)
    });
    if let Some(one) = &blocks.localization {
        content::localization(writer, one);
    }
    writer.list("DisplayControls", &blocks.display_controls, content::display_control);
}

/// Calls `see` with every thing that can be shown alone: its sort, its id, and how it is written.
type See<'a> = dyn FnMut(Sort, &str, &dyn Fn(&mut Writer<'_>)) + 'a;

fn each(tree: &Effective, see: &mut See<'_>) {
    let blocks = &tree.building_blocks;
    all(
        Sort::Claim,
        &blocks.claims_schema,
        |one| Some(&one.id),
        |writer, one| claim::claim_type(writer, one),
        see,
    );
    all(Sort::Predicate, &blocks.predicates, |one| Some(&one.id), claim::predicate, see);
    let (old, new) = (&blocks.input_validations, &blocks.predicate_validations);
    all(Sort::Validation, old, |one| Some(&one.id), claim::input_validation, see);
    all(Sort::Validation, new, |one| Some(&one.id), claim::predicate_validation, see);
    let transformations = &blocks.claims_transformations;
    all(
        Sort::Transformation,
        transformations,
        |one| Some(&one.id),
        |writer, one| transformation::transformation(writer, one),
        see,
    );
    all(
        Sort::Content,
        &blocks.content_definitions,
        |one| Some(&one.id),
        |writer, one| content::content_definition(writer, one),
        see,
    );
    let resources = blocks.localization.as_ref().map(|one| one.localized_resources.as_slice());
    all(
        Sort::Resources,
        resources.unwrap_or_default(),
        |one| one.id.as_ref(),
        |writer, one| content::resources(writer, one),
        see,
    );
    all(Sort::Control, &blocks.display_controls, |one| Some(&one.id), content::display_control, see);
    all(
        Sort::Profile,
        &tree.technical_profiles,
        |one| Some(&one.id),
        |writer, one| profile::technical_profile(writer, one),
        see,
    );
    let own = tree.relying_party.as_ref().map(|party| party.technical_profiles.as_slice());
    all(Sort::Profile, own.unwrap_or_default(), |one| Some(&one.id), profile::technical_profile, see);
    all(
        Sort::Journey,
        &tree.user_journeys,
        |one| Some(&one.id),
        |writer, one| journey::user_journey(writer, one),
        see,
    );
    all(
        Sort::SubJourney,
        &tree.sub_journeys,
        |one| Some(&one.id),
        |writer, one| journey::sub_journey(writer, one),
        see,
    );
}

fn all<T>(
    sort: Sort,
    things: &[T],
    id: fn(&T) -> Option<&Spanned<String>>,
    write: fn(&mut Writer<'_>, &T),
    see: &mut See<'_>,
) {
    for one in things {
        if let Some(id) = id(one) {
            see(sort, id, &|writer| write(writer, one));
        }
    }
}

#[cfg(test)]
mod show_tests;
