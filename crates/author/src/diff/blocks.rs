//! What the building blocks say. In: a policy. Out: facts.
//!
//! Not said, because it has no effect: statement types, help for administrators, client definitions, recovery URIs.

use vestibule_engine::syntax::{
    ClaimType, ClaimsTransformation, ContentDefinition, DisplayControl, EnumerationItem, LocalizedResources,
    PredicateReferences, same_id,
};

use super::Sort;
use super::facts::{Part, Parts, flag, join, text, with, word};
use crate::set::Member;
use crate::words;

/// Adds them.
pub(super) fn add(member: &Member, parts: &mut Parts) {
    let blocks = &member.tree.building_blocks;
    for claim in &blocks.claims_schema {
        parts.add(Sort::Claim, claim_type(claim));
    }
    for predicate in &blocks.predicates {
        let mut part = Part::new(&predicate.id, text(predicate.method.as_ref()).unwrap_or_default());
        part.say("method", text(predicate.method.as_ref()));
        part.say("help", text(predicate.user_help_text.as_ref().or(predicate.help_text.as_ref())));
        for parameter in &predicate.parameters {
            part.list("parameter", &parameter.id, parameter.value.value.clone());
        }
        parts.add(Sort::Predicate, part);
    }
    for validation in &blocks.input_validations {
        let mut part = Part::new(&validation.id, "");
        for references in &validation.predicate_references {
            group(references.id.as_ref().map_or("", |id| id.as_str()), references, &mut part);
        }
        parts.add(Sort::Validation, part);
    }
    for validation in &blocks.predicate_validations {
        let mut part = Part::new(&validation.id, "");
        for one in &validation.predicate_groups {
            part.list("group", &one.id, text(one.user_help_text.as_ref()).unwrap_or_default());
            for references in &one.predicate_references {
                group(&one.id, references, &mut part);
            }
        }
        parts.add(Sort::Validation, part);
    }
    for one in &blocks.claims_transformations {
        parts.add(Sort::Transformation, transformation(one));
    }
    for one in &blocks.content_definitions {
        parts.add(Sort::Content, content(member, one));
    }
    for one in &blocks.display_controls {
        parts.add(Sort::Control, control(one));
    }
    parts.add(Sort::Localization, languages(member));
}

fn claim_type(claim: &ClaimType) -> Part {
    let kind = claim.data_type.map_or("string", |kind| kind.value.name());
    let mut part = Part::new(&claim.id, kind);
    part.say("data type", Some(kind));
    part.say("label", text(claim.display_name.as_ref()));
    part.say("help", text(claim.user_help_text.as_ref()));
    part.say("input", claim.user_input_type.map(|input| input.value.name()));
    for one in &claim.default_partner_claim_types {
        let partner = text(one.partner_claim_type.as_ref()).unwrap_or_default();
        part.list("name on the wire", one.name.value.name(), partner);
    }
    if let Some(mask) = &claim.mask {
        let kind = mask.kind.map_or("", |kind| kind.value.name());
        part.say(
            "mask",
            Some(join([kind.to_owned(), with("of", mask.regex.as_ref()), mask.text.value.clone()])),
        );
    }
    if let Some(restriction) = &claim.restriction {
        choices("choice", &restriction.enumerations, &mut part);
        if let Some(pattern) = &restriction.pattern {
            part.say("pattern", text(pattern.regular_expression.as_ref()));
            part.say("pattern's help", text(pattern.help_text.as_ref()));
        }
    }
    let rules = [&claim.predicate_validation_reference, &claim.input_validation_reference];
    for id in rules.into_iter().flatten() {
        part.list("validation", id, "");
        part.uses(Sort::Validation, id);
    }
    part
}

fn choices(section: &'static str, items: &[EnumerationItem], part: &mut Part) {
    for item in items {
        let value = text(item.value.as_ref()).unwrap_or_default();
        let selected = word(flag(item.select_by_default.as_ref(), false), "selected");
        part.list(section, &value, join([text(item.text.as_ref()).unwrap_or_default(), selected]));
    }
}

fn group(id: &str, references: &PredicateReferences, part: &mut Part) {
    let all: Vec<&str> = references.references.iter().map(|one| one.as_str()).collect();
    let least =
        references.match_at_least.map_or(all.len(), |number| usize::try_from(number.value).unwrap_or(0));
    let help = text(references.help_text.as_ref()).unwrap_or_default();
    part.list("rules", id, join([format!("{least} of {}", all.join(", ")), help]));
    for one in &references.references {
        part.uses(Sort::Predicate, one);
    }
}

fn transformation(one: &ClaimsTransformation) -> Part {
    let method = text(one.transformation_method.as_ref()).unwrap_or_default();
    let mut part = Part::new(&one.id, method.clone());
    part.say("method", Some(method));
    let inputs = one.input_claims.iter().map(|claim| ("input", claim));
    for (section, claim) in inputs.chain(one.output_claims.iter().map(|claim| ("output", claim))) {
        let slot = claim.transformation_claim_type.as_ref();
        part.list(section, &claim.claim_type_reference_id, with("as", slot));
        part.uses(Sort::Claim, &claim.claim_type_reference_id);
    }
    for parameter in &one.input_parameters {
        part.list("parameter", &parameter.id, text(parameter.value.as_ref()).unwrap_or_default());
    }
    part
}

fn content(member: &Member, one: &ContentDefinition) -> Part {
    let mut part = Part::new(&one.id, text(one.data_uri.as_ref()).unwrap_or_default());
    part.say("template", text(one.load_uri.as_ref()));
    part.say("page program", text(one.data_uri.as_ref()));
    for item in &one.metadata {
        part.list("metadata", &item.key, item.value.value.clone());
    }
    for reference in one.localized_resources_references.iter().flat_map(|all| &all.references) {
        let Some(id) = &reference.localized_resources_reference_id else { continue };
        let mut known =
            member.tree.building_blocks.localization.iter().flat_map(|all| &all.localized_resources);
        match known.find(|resources| resources.id.as_ref().is_some_and(|own| same_id(own, id))) {
            Some(resources) => texts(&reference.language, resources, &mut part),
            None => part.list("texts", &reference.language, format!("{} (not declared)", id.value)),
        }
    }
    part
}

fn texts(language: &str, resources: &LocalizedResources, part: &mut Part) {
    for string in &resources.localized_strings {
        let element = text(string.element_id.as_ref()).unwrap_or_default();
        let words = [language, &string.element_type.value, &element, &string.string_id.value];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        part.list("text", &words.join(" "), string.value.value.clone());
    }
    for collection in &resources.localized_collections {
        for item in &collection.items {
            let name = format!(
                "{language} {} {}",
                collection.element_id.value,
                text(item.value.as_ref()).unwrap_or_default()
            );
            let selected = word(flag(item.select_by_default.as_ref(), false), "selected");
            part.list("choice", &name, join([text(item.text.as_ref()).unwrap_or_default(), selected]));
        }
    }
}

fn control(one: &DisplayControl) -> Part {
    let kind = one.user_interface_control_type.map_or("", |kind| kind.value.name());
    let mut part = Part::new(&one.id, kind);
    part.say("type", Some(kind));
    part.say("label", text(one.display_name.as_ref()));
    let inputs = one.input_claims.iter().map(|claim| ("input claim", claim));
    for (section, claim) in inputs.chain(one.output_claims.iter().map(|claim| ("output claim", claim))) {
        let required = word(flag(claim.required.as_ref(), false), "required");
        let always = word(flag(claim.always_use_default_value.as_ref(), false), "always the default");
        let value = join([required, with("default", claim.default_value.as_ref()), always]);
        part.list(section, &claim.claim_type_reference_id, value);
        part.uses(Sort::Claim, &claim.claim_type_reference_id);
    }
    for claim in &one.display_claims {
        let required = word(flag(claim.required.as_ref(), false), "required");
        let value = join([with("as", claim.control_claim_type.as_ref()), required]);
        part.list("display claim", &claim.claim_type_reference_id, value);
        part.uses(Sort::Claim, &claim.claim_type_reference_id);
    }
    for action in &one.actions {
        for run in &action.technical_profiles {
            let value = join([
                word(flag(run.continue_on_error.as_ref(), false), "goes on after an error"),
                word(!flag(run.continue_on_success.as_ref(), true), "stops after success"),
                words::skipped(run.preconditions.as_ref()).unwrap_or_default(),
            ]);
            let name = format!("{} runs {}", action.id.value, run.technical_profile_reference_id.value);
            part.list("action", &name, value);
            part.uses(Sort::Profile, &run.technical_profile_reference_id);
        }
    }
    part
}

fn languages(member: &Member) -> Part {
    let mut part = Part::new("", "");
    let Some(all) = &member.tree.building_blocks.localization else { return part };
    part.say("enabled", flag(all.enabled.as_ref(), false).then_some("yes"));
    if let Some(supported) = &all.supported_languages {
        part.say("default", text(supported.default_language.as_ref()));
        for language in &supported.languages {
            part.list("language", language, "");
        }
    }
    part
}
