//! Content definitions and localization: which page, which template, which words (policy-language 4.6, 4.7).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::claim::Choice;
use crate::claims::{Name, Template};

/// One ContentDefinition.
#[derive(Debug)]
pub struct ContentDefinition {
    /// Declared id, for instance `api.signuporsignin`.
    pub id: Name,
    /// Template address with resolvers: `~/…` is built in, else an absolute URL.
    pub load_uri: Template,
    /// The page program.
    pub page: PageKind,
    /// Its version.
    pub version: PageVersion,
    /// Whether DataUri has the `contract` form, which may run the template's scripts.
    pub contract: bool,
    /// `setting.*` and other metadata, keys lower-cased.
    pub settings: BTreeMap<String, String>,
    /// `language.*` metadata: UX string id (lower-cased) to text.
    pub language: BTreeMap<String, String>,
    /// Texts by language tag as declared.
    pub resources: Vec<(String, Arc<Resources>)>,
}

impl ContentDefinition {
    /// The policy's texts for a language: exactly that tag, else the same primary subtag.
    pub fn resources(&self, language: &str) -> Option<&Resources> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let exact = self.resources.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(language));
        exact
            .or_else(|| self.resources.iter().find(|(tag, _)| primary(tag) == primary(language)))
            .map(|(_, resources)| resources.as_ref())
    }
}

/// The page program of a DataUri (user-interface 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageKind {
    /// `unifiedssp`
    Unified,
    /// `unifiedssd`: no reset link, no "keep me signed in"
    UnifiedPlain,
    /// `selfasserted`
    SelfAsserted,
    /// `providerselection`, formerly `idpselection`
    Selection,
    /// `multifactor`
    Multifactor,
    /// `globalexception`
    Exception,
    /// `claimsconsent`
    Consent,
}

/// Three numbers of a page version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageVersion(pub u16, pub u16, pub u16);

/// Localization.
#[derive(Debug, Default)]
pub struct Localization {
    /// `Enabled`.
    pub enabled: bool,
    /// `DefaultLanguage`.
    pub default: Option<String>,
    /// SupportedLanguages in order.
    pub supported: Vec<String>,
}

/// One LocalizedResources.
#[derive(Debug, Default)]
pub struct Resources {
    /// Declared id.
    pub id: String,
    /// Strings by (element type, element id lower-cased or empty, string id lower-cased).
    pub strings: Arc<BTreeMap<(ElementType, String, String), String>>,
    /// Options of claims by claim id.
    pub collections: BTreeMap<Name, Vec<Choice>>,
}

impl Resources {
    /// The text of one string.
    pub fn string(&self, kind: ElementType, element: &str, id: &str) -> Option<&str> {
        let key = (kind, element.to_ascii_lowercase(), id.to_ascii_lowercase());
        self.strings.get(&key).map(String::as_str)
    }
}

/// ElementType of a LocalizedString (user-interface 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ElementType {
    /// Words of the page itself.
    UxElement,
    /// `UserMessageIf…` texts.
    ErrorMessage,
    /// DisplayName, UserHelpText, PatternHelpText of a claim type.
    ClaimType,
    /// A provider button's caption, by exchange id.
    ClaimsProvider,
    /// Texts of a display control.
    DisplayControl,
    /// A predicate's HelpText.
    Predicate,
    /// A predicate group's text; also the legacy `InputValidation`.
    PredicateValidation,
    /// Texts fetched by a transformation.
    GetLocalizedStrings,
    /// Formats used by a transformation.
    FormatLocalizedString,
}

impl ElementType {
    /// All element types with the name a policy uses.
    pub const ALL: &'static [(&'static str, ElementType)] = &[
        ("UxElement", ElementType::UxElement),
        ("ErrorMessage", ElementType::ErrorMessage),
        ("ClaimType", ElementType::ClaimType),
        ("ClaimsProvider", ElementType::ClaimsProvider),
        ("DisplayControl", ElementType::DisplayControl),
        ("Predicate", ElementType::Predicate),
        ("PredicateValidation", ElementType::PredicateValidation),
        ("InputValidation", ElementType::PredicateValidation),
        ("GetLocalizedStringsTransformationClaimType", ElementType::GetLocalizedStrings),
        ("FormatLocalizedStringTransformationClaimType", ElementType::FormatLocalizedString),
    ];
}
