//! `ClaimsSchema`, `Predicates`, `InputValidations`, `PredicateValidations` (policy-language 4.1–4.3).

use super::read::{boolean, count};
use super::value::{DataType, MaskType, MergeBehavior, ProtocolName, StatementType, UserInputType};
use super::xml::Element;
use crate::source::{Span, Spanned};

/// `ClaimType`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimType {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `@StatementType`.
    pub statement_type: Option<Spanned<StatementType>>,
    /// Label of the field.
    pub display_name: Option<Spanned<String>>,
    /// `DataType`.
    pub data_type: Option<Spanned<DataType>>,
    /// `DefaultPartnerClaimTypes/Protocol`.
    pub default_partner_claim_types: Vec<DefaultPartnerClaimType>,
    /// `Mask`.
    pub mask: Option<Mask>,
    /// Never shown.
    pub admin_help_text: Option<Spanned<String>>,
    /// Help text beside the field.
    pub user_help_text: Option<Spanned<String>>,
    /// `UserInputType`; absent: cannot be asked from a user.
    pub user_input_type: Option<Spanned<UserInputType>>,
    /// `Restriction`.
    pub restriction: Option<Restriction>,
    /// `InputValidationReference/@Id`, the older form.
    pub input_validation_reference: Option<Spanned<String>>,
    /// `PredicateValidationReference/@Id`.
    pub predicate_validation_reference: Option<Spanned<String>>,
}

/// `DefaultPartnerClaimTypes/Protocol`: the claim's name on the wire of one protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct DefaultPartnerClaimType {
    /// The start tag.
    pub span: Span,
    /// `@Name`.
    pub name: Spanned<ProtocolName>,
    /// `@Handler`.
    pub handler: Option<Spanned<String>>,
    /// `@PartnerClaimType`.
    pub partner_claim_type: Option<Spanned<String>>,
}

/// `Mask`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// The start tag.
    pub span: Span,
    /// `@Type`.
    pub kind: Option<Spanned<MaskType>>,
    /// `@Regex`.
    pub regex: Option<Spanned<String>>,
    /// The text that covers the value.
    pub text: Spanned<String>,
}

/// `Restriction`: either enumerations or a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Restriction {
    /// The start tag.
    pub span: Span,
    /// `@MergeBehavior`; absent: `ReplaceAll`.
    pub merge_behavior: Option<Spanned<MergeBehavior>>,
    /// `Enumeration`.
    pub enumerations: Vec<EnumerationItem>,
    /// `Pattern`.
    pub pattern: Option<Pattern>,
}

/// `Enumeration` of a restriction, and `Item` of a localized collection.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumerationItem {
    /// The start tag.
    pub span: Span,
    /// `@Text`, shown.
    pub text: Option<Spanned<String>>,
    /// `@Value`, the claim's value.
    pub value: Option<Spanned<String>>,
    /// `@SelectByDefault`.
    pub select_by_default: Option<Spanned<bool>>,
}

/// `Pattern`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// The start tag.
    pub span: Span,
    /// `@RegularExpression`, in .NET syntax.
    pub regular_expression: Option<Spanned<String>>,
    /// `@HelpText`.
    pub help_text: Option<Spanned<String>>,
}

/// `Predicate`.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `@Method`.
    pub method: Option<Spanned<String>>,
    /// `@HelpText`.
    pub help_text: Option<Spanned<String>>,
    /// The deprecated twin of `help_text`.
    pub user_help_text: Option<Spanned<String>>,
    /// `Parameters/Parameter`.
    pub parameters: Vec<PredicateParameter>,
}

/// `Parameter` of a predicate.
#[derive(Debug, Clone, PartialEq)]
pub struct PredicateParameter {
    /// The start tag.
    pub span: Span,
    /// `@Id`.
    pub id: Spanned<String>,
    /// The text.
    pub value: Spanned<String>,
}

/// `InputValidation`, the older form of [`PredicateValidation`] without groups.
#[derive(Debug, Clone, PartialEq)]
pub struct InputValidation {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `PredicateReferences`; each acts as a group.
    pub predicate_references: Vec<PredicateReferences>,
}

/// `PredicateValidation`.
#[derive(Debug, Clone, PartialEq)]
pub struct PredicateValidation {
    /// The start tag of the first declaration in the chain.
    pub span: Span,
    /// The start tags of later declarations that overlay it.
    pub overrides: Vec<Span>,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `PredicateGroups/PredicateGroup`.
    pub predicate_groups: Vec<PredicateGroup>,
}

/// `PredicateGroup`.
#[derive(Debug, Clone, PartialEq)]
pub struct PredicateGroup {
    /// The start tag.
    pub span: Span,
    /// `@Id`.
    pub id: Spanned<String>,
    /// `UserHelpText`.
    pub user_help_text: Option<Spanned<String>>,
    /// `PredicateReferences`.
    pub predicate_references: Vec<PredicateReferences>,
}

/// `PredicateReferences`.
#[derive(Debug, Clone, PartialEq)]
pub struct PredicateReferences {
    /// The start tag.
    pub span: Span,
    /// `@Id`.
    pub id: Option<Spanned<String>>,
    /// `@HelpText`.
    pub help_text: Option<Spanned<String>>,
    /// `@MatchAtLeast`; absent: all.
    pub match_at_least: Option<Spanned<u32>>,
    /// `@Reject`, undocumented.
    pub reject: Option<Spanned<bool>>,
    /// `PredicateReference/@Id`.
    pub references: Vec<Spanned<String>>,
}

impl ClaimType {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            id: element.key("Id"),
            statement_type: element.choice("StatementType"),
            display_name: element.text_of("DisplayName"),
            data_type: element.choice_of("DataType"),
            default_partner_claim_types: element
                .many("DefaultPartnerClaimTypes", |list| list.many("Protocol", DefaultPartnerClaimType::read))
                .into_iter()
                .flatten()
                .flatten()
                .collect(),
            mask: element.one("Mask", Mask::read),
            admin_help_text: element.text_of("AdminHelpText"),
            user_help_text: element.text_of("UserHelpText"),
            user_input_type: element.choice_of("UserInputType"),
            restriction: element.one("Restriction", Restriction::read),
            input_validation_reference: element.reference("InputValidationReference", "Id"),
            predicate_validation_reference: element.reference("PredicateValidationReference", "Id"),
        }
    }
}

impl DefaultPartnerClaimType {
    fn read(element: &mut Element<'_>) -> Option<Self> {
        let name = element.required_choice("Name");
        let handler = element.attribute("Handler");
        let partner_claim_type = element.required("PartnerClaimType");
        Some(Self { span: element.span(), name: name?, handler, partner_claim_type })
    }
}

impl Mask {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            kind: element.required_choice("Type"),
            regex: element.attribute("Regex"),
            text: element.text(),
        }
    }
}

impl Restriction {
    fn read(element: &mut Element<'_>) -> Self {
        let restriction = Self {
            span: element.span(),
            merge_behavior: element.choice("MergeBehavior"),
            enumerations: element.many("Enumeration", EnumerationItem::read),
            pattern: element.one("Pattern", Pattern::read),
        };
        let first = restriction.enumerations.first().map(|item| item.span);
        let second = restriction.pattern.as_ref().map(|pattern| pattern.span);
        element.either(["Enumeration", "Pattern"], first, second);
        restriction
    }
}

impl EnumerationItem {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        // The schema lets an item have text, which nothing reads.
        element.text();
        Self {
            span: element.span(),
            text: element.required("Text"),
            value: element.required("Value"),
            select_by_default: element.typed("SelectByDefault", boolean),
        }
    }
}

impl Pattern {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            regular_expression: element.required("RegularExpression"),
            help_text: element.attribute("HelpText"),
        }
    }
}

impl Predicate {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            id: element.key("Id"),
            method: element.required("Method"),
            help_text: element.attribute("HelpText"),
            user_help_text: element.text_of("UserHelpText"),
            parameters: element.list("Parameters", "Parameter", PredicateParameter::read),
        }
    }
}

impl PredicateParameter {
    fn read(element: &mut Element<'_>) -> Self {
        let id = element.key("Id");
        let verbatim = element.verbatim();
        // A space at the end of a character set counts; the line breaks of a laid-out element do not.
        let value = if verbatim.contains('\n') { element.text() } else { verbatim };
        Self { span: element.span(), id, value }
    }
}

impl InputValidation {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            id: element.key("Id"),
            predicate_references: element.many("PredicateReferences", PredicateReferences::read),
        }
    }
}

impl PredicateValidation {
    pub(super) fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            overrides: Vec::new(),
            id: element.key("Id"),
            predicate_groups: element
                .full_lists("PredicateGroups", "PredicateGroup", PredicateGroup::read)
                .unwrap_or_default(),
        }
    }
}

impl PredicateGroup {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            id: element.key("Id"),
            user_help_text: element.text_of("UserHelpText"),
            predicate_references: element.many("PredicateReferences", PredicateReferences::read),
        }
    }
}

impl PredicateReferences {
    fn read(element: &mut Element<'_>) -> Self {
        Self {
            span: element.span(),
            id: element.attribute("Id"),
            help_text: element.attribute("HelpText"),
            match_at_least: element.typed("MatchAtLeast", count),
            reject: element.typed("Reject", boolean),
            references: element.some("PredicateReference", |reference| reference.key("Id")),
        }
    }
}
