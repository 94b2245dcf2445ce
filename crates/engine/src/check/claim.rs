//! Claim types (policy-language 4.1). In: the merged tree. Out: compiled claim types, by id and in the tree's order;
//! patterns compiled, predicates found.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::{Entry, Sort};
use super::predicate::{self, Validations};
use super::report::Report;
use super::view::View;
use crate::claims::{DataType, Name, Value};
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::policy::claim::{Choice, ClaimType, InputType, Mask, Pattern};
use crate::regex::Regex;
use crate::source::{Span, Spanned};
use crate::syntax::{self, MaskType};

/// Compiled claim types.
pub(super) struct Claims {
    in_order: Vec<Arc<ClaimType>>,
}

impl Claims {
    /// The claim type of an entry.
    pub(super) fn get(&self, entry: &Entry) -> Option<&Arc<ClaimType>> {
        self.in_order.get(entry.index)
    }

    /// By id.
    pub(super) fn by_id(&self) -> BTreeMap<Name, Arc<ClaimType>> {
        self.in_order.iter().map(|claim| (claim.id.clone(), claim.clone())).collect()
    }

    /// The claim type that a reference means.
    pub(super) fn resolve(
        &self,
        view: &View<'_>,
        reference: &Spanned<String>,
        report: &mut Report,
    ) -> Option<&Arc<ClaimType>> {
        report.keep(view.names.resolve(Sort::Claim, reference)).and_then(|entry| self.get(entry))
    }
}

/// Compiles all claim types.
pub(super) fn check(view: &View<'_>, report: &mut Report) -> Claims {
    let validations = predicate::check(view, report);
    let all = view.tree.building_blocks.claims_schema.iter();
    Claims { in_order: all.map(|claim| Arc::new(claim_type(view, claim, &validations, report))).collect() }
}

fn claim_type(
    view: &View<'_>,
    claim: &syntax::ClaimType,
    validations: &Validations,
    report: &mut Report,
) -> ClaimType {
    let id = view.names.find(Sort::Claim, &claim.id).map_or_else(Name::default, |entry| entry.name.clone());
    let text = |text: &Option<Spanned<String>>| {
        text.as_ref().map(|text| text.value.clone()).filter(|text| !text.is_empty())
    };
    let data_type = data_type(claim);
    let input = claim.user_input_type.and_then(|input| {
        InputType::ALL.iter().find(|(name, _)| *name == input.name()).map(|(_, input)| *input)
    });
    if let (Some(input), Some(written)) = (input, claim.user_input_type) {
        check_input(input, claim, written.span, report);
    }
    let partner_names = claim.default_partner_claim_types.iter().filter_map(|one| {
        let name = one.partner_claim_type.as_ref()?.value.clone();
        Some((one.name.name().to_ascii_lowercase(), name))
    });
    ClaimType {
        display_name: text(&claim.display_name).unwrap_or_else(|| id.to_string()),
        data_type,
        partner_names: partner_names.collect(),
        mask: mask(view, claim, report),
        help: text(&claim.user_help_text),
        input,
        options: options(claim, report),
        pattern: pattern(view, claim, report),
        validation: predicate::of_claim(view, claim, validations, report),
        id,
    }
}

/// Which input types fit which data types (policy-language 4.1.2). A misfit is only told: what the user enters is
/// still converted.
fn check_input(input: InputType, claim: &syntax::ClaimType, span: Span, report: &mut Report) {
    use DataType as D;
    let kind = data_type(claim);
    let fits = match input {
        InputType::TextBox => {
            matches!(kind, D::String | D::Int | D::Long | D::Boolean | D::PhoneNumber | D::Date)
        }
        InputType::EmailBox | InputType::Password => kind == D::String,
        InputType::DateTimeDropdown => matches!(kind, D::Date | D::DateTime),
        InputType::DropdownSingleSelect | InputType::RadioSingleSelect => {
            matches!(kind, D::String | D::Boolean | D::Int | D::Long | D::PhoneNumber)
        }
        InputType::CheckboxMultiSelect => matches!(kind, D::String | D::StringCollection | D::Boolean),
        InputType::Readonly | InputType::Paragraph => true,
        InputType::Button => {
            report.warning(
                codes::INPUT_TYPE,
                span,
                message!("a `Button` draws nothing and asks for nothing"),
            );
            true
        }
    };
    if !fits {
        let message = message!("`{}` cannot ask for a value of type {}", input.name(), kind.name());
        report.push(typed(claim, Diagnostic::warning(codes::INPUT_TYPE, span, message)));
    }
}

fn data_type(claim: &syntax::ClaimType) -> DataType {
    claim.data_type.and_then(|kind| DataType::named(kind.name())).unwrap_or(DataType::String)
}

/// The finding, and where the claim's data type is declared.
pub(super) fn typed(claim: &syntax::ClaimType, diagnostic: Diagnostic) -> Diagnostic {
    match claim.data_type {
        Some(kind) => diagnostic.also(kind.span, "its type is declared here"),
        None => diagnostic,
    }
}

fn options(claim: &syntax::ClaimType, report: &mut Report) -> Vec<Choice> {
    let items = claim.restriction.iter().flat_map(|restriction| &restriction.enumerations);
    items.filter_map(|item| choice(item, claim, report)).collect()
}

/// One value to choose from. A value that is not of the claim's type could never be accepted.
pub(super) fn choice(
    item: &syntax::EnumerationItem,
    claim: &syntax::ClaimType,
    report: &mut Report,
) -> Option<Choice> {
    let value = item.value.as_ref()?;
    if let Err(why) = Value::parse(value, data_type(claim))
        && claim.data_type.is_some()
    {
        report.push(typed(claim, Diagnostic::error(codes::BAD_ENUMERATION, value.span, message!("{why}"))));
        return None;
    }
    let text = item.text.as_ref().map_or_else(|| value.value.clone(), |text| text.value.clone());
    let selected = item.select_by_default.is_some_and(|flag| flag.value);
    Some(Choice { text, value: value.value.clone(), selected })
}

/// A pattern of the policy, compiled.
pub(super) fn regex(view: &View<'_>, text: &Spanned<String>, report: &mut Report) -> Option<Arc<Regex>> {
    match view.kept.pattern(text) {
        Ok(regex) => Some(regex),
        Err(why) => {
            report.error(
                codes::BAD_PATTERN,
                text.span,
                message!("{}", why.lines().next().unwrap_or_default()),
            );
            None
        }
    }
}

fn pattern(view: &View<'_>, claim: &syntax::ClaimType, report: &mut Report) -> Option<Pattern> {
    let pattern = claim.restriction.as_ref()?.pattern.as_ref()?;
    let source = pattern.regular_expression.as_ref()?;
    let regex = regex(view, source, report)?;
    let help = pattern.help_text.as_ref().map_or_else(String::new, |text| text.value.clone());
    Some(Pattern { source: source.value.clone(), regex, help })
}

fn mask(view: &View<'_>, claim: &syntax::ClaimType, report: &mut Report) -> Option<Mask> {
    let mask = claim.mask.as_ref()?;
    let text = mask.text.value.clone();
    if mask.kind.is_none_or(|kind| kind.value != MaskType::Regex) {
        return Some(Mask::Simple(text));
    }
    let Some(source) = &mask.regex else {
        let message = message!("a mask of type Regex needs the attribute `Regex`");
        report.error(codes::BAD_PATTERN, mask.span, message);
        return None;
    };
    Some(Mask::Regex(regex(view, source, report)?, text))
}
