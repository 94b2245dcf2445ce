//! `ClaimsTransformations`.

use vestibule_engine::syntax::{ClaimsTransformation, TransformationClaim};

use super::writer::{Origin, Tag, Writer};

pub(super) fn transformation(writer: &mut Writer<'_>, one: &ClaimsTransformation) {
    let tag = Tag::new("ClaimsTransformation")
        .set("Id", &one.id)
        .maybe("TransformationMethod", one.transformation_method.as_ref());
    writer.branch(tag, Origin::Declared(one.span, &one.overrides), |writer| {
        writer.list("InputClaims", &one.input_claims, |writer, claim| entry(writer, "InputClaim", claim));
        writer.list("InputParameters", &one.input_parameters, |writer, parameter| {
            let tag = Tag::new("InputParameter")
                .set("Id", &parameter.id)
                .word("DataType", parameter.data_type.map(|one| one.value.name()))
                .maybe("Value", parameter.value.as_ref());
            writer.empty(tag, Origin::At(parameter.span));
        });
        writer.list("OutputClaims", &one.output_claims, |writer, claim| entry(writer, "OutputClaim", claim));
    });
}

fn entry(writer: &mut Writer<'_>, name: &'static str, claim: &TransformationClaim) {
    let tag = Tag::new(name)
        .set("ClaimTypeReferenceId", &claim.claim_type_reference_id)
        .maybe("TransformationClaimType", claim.transformation_claim_type.as_ref());
    writer.empty(tag, Origin::At(claim.span));
}
