//! The parts of a thing in a merged policy, a line and a place each. In: the merged tree. Out: lines for a card.

use vestibule_engine::inherit::Effective;
use vestibule_engine::source::{Span, Spanned};
use vestibule_engine::syntax::{
    ClaimReference, ClaimType, ClaimsTransformation, ContentDefinition, DisplayControl, LocalizedResources,
    OrchestrationStep, PersistedClaim, TechnicalProfile, TransformationClaim, same_id,
};
use vestibule_engine::transform;

use super::card::with_includes;
use super::language::Sort;

/// One line.
pub(super) struct Part {
    /// Markdown.
    pub(super) text: String,
    /// Where it is written.
    pub(super) span: Option<Span>,
}

/// Lines in the making.
#[derive(Default)]
struct Lines(Vec<Part>);

impl Lines {
    fn add(&mut self, text: String, span: Span) {
        self.0.push(Part { text: short(&text), span: Some(span) });
    }

    fn value(&mut self, name: &str, value: Option<&Spanned<String>>) {
        if let Some(value) = value {
            self.add(format!("{name}: `{}`", value.value), value.span);
        }
    }

    fn named(&mut self, name: &str, value: Option<Spanned<&str>>) {
        if let Some(value) = value {
            self.add(format!("{name}: `{}`", value.value), value.span);
        }
    }
}

/// One line of a card stays one line.
fn short(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    match text.char_indices().nth(300).and_then(|(end, _)| text.get(..end)) {
        Some(start) => format!("{start}…"),
        None => text,
    }
}

/// The parts of the thing of that id; empty if there is none.
pub(super) fn of(policy: &Effective, sort: Sort, id: &str) -> Vec<Part> {
    let mut lines = Lines::default();
    let blocks = &policy.building_blocks;
    let same = |other: &Spanned<String>| same_id(other, id);
    match sort {
        Sort::Claim => {
            blocks.claims_schema.iter().filter(|one| same(&one.id)).for_each(|one| claim(one, &mut lines))
        }
        Sort::Transformation => {
            let all = blocks.claims_transformations.iter().filter(|one| same(&one.id));
            all.for_each(|one| transformation(one, &mut lines));
        }
        Sort::Content => {
            let all = blocks.content_definitions.iter().filter(|one| same(&one.id));
            all.for_each(|one| content(one, &mut lines));
        }
        Sort::Control => {
            blocks
                .display_controls
                .iter()
                .filter(|one| same(&one.id))
                .for_each(|one| control(one, &mut lines));
        }
        Sort::Profile => with_includes(policy, id).iter().for_each(|one| profile(one, &mut lines)),
        Sort::Resources => {
            let all = blocks.localization.iter().flat_map(|one| &one.localized_resources);
            let own = all.filter(|one| one.id.as_ref().is_some_and(same));
            own.for_each(|one| resources(one, &mut lines));
        }
        Sort::Predicate | Sort::Validation => rules(policy, sort, &same, &mut lines),
        Sort::Journey => {
            let own = policy.user_journeys.iter().filter(|one| same(&one.id));
            own.flat_map(|one| &one.orchestration_steps).for_each(|one| step(one, &mut lines));
        }
        Sort::SubJourney => {
            for one in policy.sub_journeys.iter().filter(|one| same(&one.id)) {
                lines.named("Type", one.kind.map(|kind| kind.map(|kind| kind.name())));
                one.orchestration_steps.iter().for_each(|one| step(one, &mut lines));
            }
        }
        Sort::Exchange => exchanges(policy, &same, &mut lines),
        Sort::Client => {
            let own = blocks.client_definitions.iter().filter(|one| same(&one.id));
            own.for_each(|one| lines.value("ClientUIFilterFlags", one.client_ui_filter_flags.as_ref()));
        }
        Sort::Policy => {}
    }
    lines.0
}

fn claim(one: &ClaimType, lines: &mut Lines) {
    lines.named("DataType", one.data_type.map(|kind| kind.map(|kind| kind.name())));
    lines.value("DisplayName", one.display_name.as_ref());
    for partner in &one.default_partner_claim_types {
        if let Some(name) = &partner.partner_claim_type {
            lines.add(format!("{}: `{}`", partner.name.value.name(), name.value), name.span);
        }
    }
    lines.named("UserInputType", one.user_input_type.map(|kind| kind.map(|kind| kind.name())));
    lines.value("UserHelpText", one.user_help_text.as_ref());
    if let Some(mask) = &one.mask {
        lines.add(format!("Mask: `{}`", mask.text.value), mask.span);
    }
    for item in one.restriction.iter().flat_map(|one| &one.enumerations) {
        let text =
            |value: &Option<Spanned<String>>| value.as_ref().map_or("", |value| value.as_str()).to_owned();
        lines.add(format!("`{}`: {}", text(&item.value), text(&item.text)), item.span);
    }
    if let Some(pattern) = one.restriction.as_ref().and_then(|one| one.pattern.as_ref()) {
        lines.value("Pattern", pattern.regular_expression.as_ref());
    }
    lines.value("PredicateValidation", one.predicate_validation_reference.as_ref());
    lines.value("InputValidation", one.input_validation_reference.as_ref());
}

fn transformation(one: &ClaimsTransformation, lines: &mut Lines) {
    if let Some(method) = &one.transformation_method {
        let about = transform::function(method).map_or("", |function| function.about);
        lines.add(format!("`{}`: {about}", method.value), method.span);
    }
    let mut claims = |what: &str, list: &[TransformationClaim]| {
        for claim in list {
            let slot = claim.transformation_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id);
            lines.add(
                format!("{what} `{}` = `{}`", slot.value, claim.claim_type_reference_id.value),
                claim.span,
            );
        }
    };
    claims("input", &one.input_claims);
    claims("output", &one.output_claims);
    for given in &one.input_parameters {
        let value = given.value.as_ref().map_or("", |value| value.as_str());
        lines.add(format!("parameter `{}` = `{value}`", given.id.value), given.span);
    }
}

fn content(one: &ContentDefinition, lines: &mut Lines) {
    lines.value("LoadUri", one.load_uri.as_ref());
    lines.value("DataUri", one.data_uri.as_ref());
    for item in &one.metadata {
        lines.add(format!("`{}` = `{}`", item.key.value, item.value.value), item.span);
    }
    for one in one.localized_resources_references.iter().flat_map(|list| &list.references) {
        let id = one.localized_resources_reference_id.as_ref().map_or("", |id| id.as_str());
        lines.add(format!("texts in `{}`: `{id}`", one.language.value), one.span);
    }
}

fn control(one: &DisplayControl, lines: &mut Lines) {
    lines.named("Type", one.user_interface_control_type.map(|kind| kind.map(|kind| kind.name())));
    for claim in &one.display_claims {
        let part =
            claim.control_claim_type.as_ref().map(|part| format!(" as `{}`", part.value)).unwrap_or_default();
        lines.add(format!("field `{}`{part}", claim.claim_type_reference_id.value), claim.span);
    }
    for claim in &one.output_claims {
        lines.add(format!("output `{}`", claim.claim_type_reference_id.value), claim.span);
    }
    for action in &one.actions {
        lines.add(format!("action `{}`", action.id.value), action.span);
    }
}

fn resources(one: &LocalizedResources, lines: &mut Lines) {
    lines.value("Culture", one.culture.as_ref());
    for text in &one.localized_strings {
        let owner = text.element_id.as_ref().map(|id| format!(" of `{}`", id.value)).unwrap_or_default();
        lines.add(
            format!("{} `{}`{owner}: {}", text.element_type.value, text.string_id.value, text.value.value),
            text.span,
        );
    }
    for list in &one.localized_collections {
        lines.add(format!("choices of `{}`: {}", list.element_id.value, list.items.len()), list.span);
    }
}

fn rules(policy: &Effective, sort: Sort, same: &impl Fn(&Spanned<String>) -> bool, lines: &mut Lines) {
    let blocks = &policy.building_blocks;
    for one in blocks.predicates.iter().filter(|one| sort == Sort::Predicate && same(&one.id)) {
        lines.value("Method", one.method.as_ref());
        lines.value("HelpText", one.help_text.as_ref().or(one.user_help_text.as_ref()));
        for given in &one.parameters {
            lines.add(format!("{}: `{}`", given.id.value, given.value.value), given.span);
        }
    }
    let validations =
        blocks.predicate_validations.iter().filter(|one| sort == Sort::Validation && same(&one.id));
    let groups =
        validations.flat_map(|one| &one.predicate_groups).flat_map(|group| &group.predicate_references);
    let older = blocks.input_validations.iter().filter(|one| sort == Sort::Validation && same(&one.id));
    for list in groups.chain(older.flat_map(|one| &one.predicate_references)) {
        let ids: Vec<&str> = list.references.iter().map(|id| id.as_str()).collect();
        let least = list.match_at_least.map_or("all".to_owned(), |least| format!("at least {}", least.value));
        lines.add(format!("{least} of `{}`", ids.join("`, `")), list.span);
    }
}

fn profile(one: &TechnicalProfile, lines: &mut Lines) {
    lines.value("DisplayName", one.display_name.as_ref());
    if let Some(protocol) = &one.protocol {
        let name = protocol.name.map_or("", |name| name.value.name());
        let class = protocol.handler.as_ref().map(|handler| super::shape::class(handler).to_owned());
        lines.add(format!("Protocol: `{}`", class.as_deref().unwrap_or(name)), protocol.span);
    }
    lines.named("OutputTokenFormat", one.output_token_format.map(|kind| kind.map(|kind| kind.name())));
    for item in &one.metadata {
        lines.add(format!("`{}` = `{}`", item.key.value, item.value.value), item.span);
    }
    for key in &one.cryptographic_keys {
        let place = key.storage_reference_id.as_ref().map_or("", |id| id.as_str());
        lines.add(format!("key `{}` = `{place}`", key.id.value), key.span);
    }
    profile_claims(one, lines);
    for one in &one.validation_technical_profiles {
        lines.add(format!("validated by `{}`", one.reference_id.value), one.span);
    }
    lines.value("includes", one.include_technical_profile.as_ref());
    lines.value("session", one.use_technical_profile_for_session_management.as_ref());
    lines.named(
        "EnabledForUserJourneys",
        one.enabled_for_user_journeys.map(|kind| kind.map(|kind| kind.name())),
    );
}

fn profile_claims(one: &TechnicalProfile, lines: &mut Lines) {
    let mut transformations = |what: &str, list: &[Spanned<String>]| {
        for id in list {
            lines.add(format!("{what} `{}`", id.value), id.span);
        }
    };
    transformations("runs before", &one.input_claims_transformations);
    transformations("runs after", &one.output_claims_transformations);
    for claim in &one.input_claims {
        lines.add(format!("input {}", reference(claim)), claim.span);
    }
    for claim in &one.display_claims {
        let id = claim.claim_type_reference_id.as_ref().or(claim.display_control_reference_id.as_ref());
        lines.add(format!("shows `{}`", id.map_or("", |id| id.as_str())), claim.span);
    }
    for claim in &one.persisted_claims {
        lines.add(format!("writes {}", persisted(claim)), claim.span);
    }
    for claim in &one.output_claims {
        lines.add(format!("output {}", reference(claim)), claim.span);
    }
}

fn reference(claim: &ClaimReference) -> String {
    mapping(&claim.claim_type_reference_id, claim.partner_claim_type.as_ref(), claim.default_value.as_ref())
}

fn persisted(claim: &PersistedClaim) -> String {
    mapping(&claim.claim_type_reference_id, claim.partner_claim_type.as_ref(), claim.default_value.as_ref())
}

fn mapping(claim: &str, partner: Option<&Spanned<String>>, default: Option<&Spanned<String>>) -> String {
    let partner = partner.map(|partner| format!(" ↔ `{}`", partner.value)).unwrap_or_default();
    let default = default.map(|default| format!(", default `{}`", default.value)).unwrap_or_default();
    format!("`{claim}`{partner}{default}")
}

fn step(one: &OrchestrationStep, lines: &mut Lines) {
    let kind = one.kind.map_or("", |kind| kind.value.name());
    let exchanges = one.claims_exchanges.iter().flat_map(|list| &list.exchanges);
    let profiles = exchanges.filter_map(|one| one.technical_profile_reference_id.as_ref());
    let issuer = one.cpim_issuer_technical_profile_reference_id.iter();
    let named: Vec<&str> = profiles.chain(issuer).chain(&one.journey_list).map(|id| id.as_str()).collect();
    let named = if named.is_empty() { String::new() } else { format!(": `{}`", named.join("`, `")) };
    let conditions = one.preconditions.as_ref().map_or(0, Vec::len);
    let conditions = if conditions > 0 { ", with preconditions" } else { "" };
    lines.add(format!("step {} {kind}{named}{conditions}", one.order.value), one.span);
}

fn exchanges(policy: &Effective, same: &impl Fn(&Spanned<String>) -> bool, lines: &mut Lines) {
    let journeys = policy.user_journeys.iter().map(|one| (&one.id, &one.orchestration_steps));
    let subs = policy.sub_journeys.iter().map(|one| (&one.id, &one.orchestration_steps));
    for (journey, steps) in journeys.chain(subs) {
        for step in steps {
            let all =
                step.claims_exchanges.iter().flat_map(|list| &list.exchanges).filter(|one| same(&one.id));
            for one in all {
                let profile = one.technical_profile_reference_id.as_ref().map_or("", |id| id.as_str());
                let text = format!("`{}`, step {}: runs `{profile}`", journey.value, step.order.value);
                lines.add(text, one.span);
            }
        }
    }
}
