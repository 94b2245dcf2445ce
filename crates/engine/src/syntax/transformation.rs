//! `ClaimsTransformations` (policy-language 4.4).

use super::value::DataType;
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
