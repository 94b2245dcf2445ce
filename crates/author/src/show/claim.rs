//! `ClaimsSchema`, `Predicates`, `InputValidations`, `PredicateValidations`.

use vestibule_engine::syntax::{
    ClaimType, DataType, EnumerationItem, InputValidation, Predicate, PredicateReferences,
    PredicateValidation, Restriction, UserInputType,
};

use super::writer::{Origin, Tag, Writer};

pub(super) fn claim_type(writer: &mut Writer<'_>, claim: &ClaimType) {
    let tag = Tag::new("ClaimType")
        .set("Id", &claim.id)
        .word("StatementType", claim.statement_type.map(|one| one.value.name()));
    writer.branch(tag, Origin::Declared(claim.span, &claim.overrides), |writer| {
        writer.scalar("DisplayName", claim.display_name.as_ref());
        writer.word("DataType", claim.data_type.as_ref(), |one: &DataType| one.name());
        writer.list("DefaultPartnerClaimTypes", &claim.default_partner_claim_types, |writer, partner| {
            let tag = Tag::new("Protocol")
                .set("Name", partner.name.value.name())
                .maybe("Handler", partner.handler.as_ref())
                .maybe("PartnerClaimType", partner.partner_claim_type.as_ref());
            writer.empty(tag, Origin::At(partner.span));
        });
        if let Some(mask) = &claim.mask {
            let tag = Tag::new("Mask")
                .word("Type", mask.kind.map(|one| one.value.name()))
                .maybe("Regex", mask.regex.as_ref());
            writer.leaf(tag, &mask.text, Origin::At(mask.span));
        }
        writer.scalar("AdminHelpText", claim.admin_help_text.as_ref());
        writer.scalar("UserHelpText", claim.user_help_text.as_ref());
        writer.word("UserInputType", claim.user_input_type.as_ref(), |one: &UserInputType| one.name());
        if let Some(one) = &claim.restriction {
            restriction(writer, one);
        }
        let (old, new) = (&claim.input_validation_reference, &claim.predicate_validation_reference);
        writer.reference("InputValidationReference", "Id", old.as_ref());
        writer.reference("PredicateValidationReference", "Id", new.as_ref());
    });
}

/// Without `MergeBehavior`: it has had its effect.
fn restriction(writer: &mut Writer<'_>, restriction: &Restriction) {
    writer.branch(Tag::new("Restriction"), Origin::At(restriction.span), |writer| {
        restriction.enumerations.iter().for_each(|item| enumeration(writer, "Enumeration", item));
        if let Some(pattern) = &restriction.pattern {
            let tag = Tag::new("Pattern")
                .maybe("RegularExpression", pattern.regular_expression.as_ref())
                .maybe("HelpText", pattern.help_text.as_ref());
            writer.empty(tag, Origin::At(pattern.span));
        }
    });
}

pub(super) fn enumeration(writer: &mut Writer<'_>, name: &'static str, item: &EnumerationItem) {
    let tag = Tag::new(name)
        .maybe("Text", item.text.as_ref())
        .maybe("Value", item.value.as_ref())
        .maybe("SelectByDefault", item.select_by_default.as_ref());
    writer.empty(tag, Origin::At(item.span));
}

pub(super) fn predicate(writer: &mut Writer<'_>, predicate: &Predicate) {
    let tag = Tag::new("Predicate")
        .set("Id", &predicate.id)
        .maybe("Method", predicate.method.as_ref())
        .maybe("HelpText", predicate.help_text.as_ref());
    writer.branch(tag, Origin::Declared(predicate.span, &predicate.overrides), |writer| {
        writer.scalar("UserHelpText", predicate.user_help_text.as_ref());
        writer.list("Parameters", &predicate.parameters, |writer, parameter| {
            let tag = Tag::new("Parameter").set("Id", &parameter.id);
            writer.leaf(tag, &parameter.value, Origin::At(parameter.span));
        });
    });
}

pub(super) fn input_validation(writer: &mut Writer<'_>, validation: &InputValidation) {
    let tag = Tag::new("InputValidation").set("Id", &validation.id);
    writer.branch(tag, Origin::Declared(validation.span, &validation.overrides), |writer| {
        validation.predicate_references.iter().for_each(|one| references(writer, one));
    });
}

pub(super) fn predicate_validation(writer: &mut Writer<'_>, validation: &PredicateValidation) {
    let tag = Tag::new("PredicateValidation").set("Id", &validation.id);
    writer.branch(tag, Origin::Declared(validation.span, &validation.overrides), |writer| {
        writer.list("PredicateGroups", &validation.predicate_groups, |writer, group| {
            let tag = Tag::new("PredicateGroup").set("Id", &group.id);
            writer.branch(tag, Origin::At(group.span), |writer| {
                writer.scalar("UserHelpText", group.user_help_text.as_ref());
                group.predicate_references.iter().for_each(|one| references(writer, one));
            });
        });
    });
}

fn references(writer: &mut Writer<'_>, references: &PredicateReferences) {
    let tag = Tag::new("PredicateReferences")
        .maybe("Id", references.id.as_ref())
        .maybe("HelpText", references.help_text.as_ref())
        .maybe("MatchAtLeast", references.match_at_least.as_ref())
        .maybe("Reject", references.reject.as_ref());
    writer.branch(tag, Origin::At(references.span), |writer| {
        references.references.iter().for_each(|id| writer.reference("PredicateReference", "Id", Some(id)));
    });
}
