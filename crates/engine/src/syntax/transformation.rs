//! `ClaimsTransformations` (policy-language 4.4).

use super::value::DataType;
use super::xml::Element;
use crate::source::{Span, Spanned};

/// `ClaimsTransformation`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimsTransformation {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `@TransformationMethod`.
    pub transformation_method: Option<Spanned<String>>,
    /// `InputClaims/InputClaim`; order and repetition count.
    pub input_claims: Vec<TransformationClaim>,
    /// `InputParameters/InputParameter`.
    pub input_parameters: Vec<InputParameter>,
    /// `OutputClaims/OutputClaim`.
    pub output_claims: Vec<TransformationClaim>,
}

/// `InputClaim` or `OutputClaim` of a transformation.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformationClaim {
    /// The start tag.
    pub span: Span,
    /// `@ClaimTypeReferenceId`.
    pub claim_type_reference_id: Spanned<String>,
    /// `@TransformationClaimType`; absent: the claim type's own name.
    pub transformation_claim_type: Option<Spanned<String>>,
}

/// `InputParameter`.
#[derive(Debug, Clone, PartialEq)]
pub struct InputParameter {
    /// The start tag.
    pub span: Span,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `@DataType`.
    pub data_type: Option<Spanned<DataType>>,
    /// `@Value`, verbatim.
    pub value: Option<Spanned<String>>,
}

impl ClaimsTransformation {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            id: element.key("Id"),
            transformation_method: element.required("TransformationMethod"),
            input_claims: element.list("InputClaims", "InputClaim", TransformationClaim::read),
            input_parameters: element.full_list("InputParameters", "InputParameter", InputParameter::read),
            output_claims: element.full_list("OutputClaims", "OutputClaim", TransformationClaim::read),
        }
    }
}

impl TransformationClaim {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            claim_type_reference_id: element.key("ClaimTypeReferenceId"),
            transformation_claim_type: element.attribute("TransformationClaimType"),
        }
    }
}

impl InputParameter {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            id: element.key("Id"),
            data_type: element.required_choice("DataType"),
            value: element.required("Value"),
        }
    }
}
