//! Claim types: what a claim is called, what it may hold and how a page asks for it (policy-language 4.1–4.3).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::claims::predicate::Predicate;
use crate::claims::{DataType, Name};
use crate::regex::Regex;

/// One ClaimType.
#[derive(Debug)]
pub struct ClaimType {
    /// Declared id.
    pub id: Name,
    /// Field label; the id where the policy gives none.
    pub display_name: String,
    /// Data type; `string` where the policy gives none.
    pub data_type: DataType,
    /// Wire names by protocol (`OpenIdConnect`, `OAuth2`, `SAML2` …), lower-cased protocol names.
    pub partner_names: BTreeMap<String, String>,
    /// How a page masks the value.
    pub mask: Option<Mask>,
    /// Help beside the field.
    pub help: Option<String>,
    /// How a page asks for it; absent: it cannot be asked.
    pub input: Option<InputType>,
    /// Values to choose from, in order.
    pub options: Vec<Choice>,
    /// Pattern the value must match.
    pub pattern: Option<Pattern>,
    /// Predicates the value must satisfy.
    pub validation: Option<Arc<PredicateValidation>>,
}

/// UserInputType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputType {
    /// `TextBox`
    TextBox,
    /// `EmailBox`
    EmailBox,
    /// `Password`
    Password,
    /// `Readonly`
    Readonly,
    /// `Paragraph`
    Paragraph,
    /// `DateTimeDropdown`
    DateTimeDropdown,
    /// `DropdownSingleSelect`
    DropdownSingleSelect,
    /// `RadioSingleSelect`
    RadioSingleSelect,
    /// `CheckboxMultiSelect`
    CheckboxMultiSelect,
    /// `Button`, which draws nothing
    Button,
}

impl InputType {
    /// All input types with the name a policy uses.
    pub const ALL: &'static [(&'static str, InputType)] = &[
        ("TextBox", InputType::TextBox),
        ("EmailBox", InputType::EmailBox),
        ("Password", InputType::Password),
        ("Readonly", InputType::Readonly),
        ("Paragraph", InputType::Paragraph),
        ("DateTimeDropdown", InputType::DateTimeDropdown),
        ("DropdownSingleSelect", InputType::DropdownSingleSelect),
        ("RadioSingleSelect", InputType::RadioSingleSelect),
        ("CheckboxMultiSelect", InputType::CheckboxMultiSelect),
        ("Button", InputType::Button),
    ];

    /// The name a policy uses, which is also a class in the page.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, t)| *t == self).map_or("TextBox", |(name, _)| name)
    }

    /// Whether a person can type or choose a value: not Readonly, Paragraph or Button.
    pub fn is_asked(self) -> bool {
        !matches!(self, InputType::Readonly | InputType::Paragraph | InputType::Button)
    }
}

/// One value of an Enumeration or LocalizedCollection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the page shows.
    pub text: String,
    /// What the claim holds.
    pub value: String,
    /// `SelectByDefault`.
    pub selected: bool,
}

/// Restriction/Pattern.
#[derive(Debug)]
pub struct Pattern {
    /// The expression as the policy writes it (the page's script tests it too).
    pub source: String,
    /// Compiled, unanchored.
    pub regex: Arc<Regex>,
    /// Shown when it does not match.
    pub help: String,
}

/// Mask: display only (policy-language 4.1.3).
#[derive(Debug)]
pub enum Mask {
    /// The text overlays the first characters.
    Simple(String),
    /// Every match is replaced by the text.
    Regex(Arc<Regex>, String),
}

/// PredicateValidation (also the legacy InputValidation).
#[derive(Debug)]
pub struct PredicateValidation {
    /// Declared id.
    pub id: Name,
    /// All groups must pass.
    pub groups: Vec<PredicateGroup>,
}

/// PredicateGroup: passes when at least `at_least` of its predicates hold.
#[derive(Debug)]
pub struct PredicateGroup {
    /// Declared id, which localization uses.
    pub id: Name,
    /// UserHelpText of the group.
    pub help: Option<String>,
    /// `MatchAtLeast`; all where the policy gives none.
    pub at_least: usize,
    /// The predicates.
    pub predicates: Vec<Arc<NamedPredicate>>,
}

/// Predicate with the id localization uses and its help text.
#[derive(Debug)]
pub struct NamedPredicate {
    /// Declared id.
    pub id: Name,
    /// `HelpText`.
    pub help: String,
    /// What is tested.
    pub test: Predicate,
}
