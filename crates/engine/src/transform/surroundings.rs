//! What a method may know beside its arguments.
//!
//! In: plain borrowed facts of the request, the page and the policy, gathered by the caller. Must not know where they
//! come from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Transformation;
use crate::claims::predicate::Predicate;
use crate::claims::{Name, Value};

/// What a function may know beside its arguments.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The time.
    pub now: Timestamp,
    /// Random bytes enough for any method.
    pub chance: [u8; 32],
    /// The tenant's name: `{RelyingPartyTenantId}`, `{TrustFrameworkTenantId}`.
    pub tenant: &'a str,
    /// The running profile's id: `{TechnicalProfileId}`.
    pub profile: &'a str,
    /// Who issues one-time passwords, as an authenticator app shows it: `{AuthenticatorIssuer}`.
    pub authenticator: &'a str,
    /// What the policy says beside the transformation, for the few methods that ask.
    pub declared: &'a Declared<'a>,
}

/// What the policy says beside the transformation; filled only as far as `Transformation::asks` says.
#[derive(Debug, Default)]
pub struct Declared<'a> {
    /// The page's strings for GetLocalizedStringsTransformation, by lower-cased StringId.
    pub strings: BTreeMap<&'a str, &'a str>,
    /// The page's formats for FormatLocalizedString, by lower-cased StringId.
    pub formats: BTreeMap<&'a str, &'a str>,
    /// (Text, Value) of the output claim's choices: the language's collection, else the claim type's own.
    pub choices: Vec<(&'a str, &'a str)>,
    /// The output claim's PredicateValidation: of each group how many predicates must hold, and the predicates.
    pub groups: Vec<(usize, Vec<&'a Predicate>)>,
    /// The value of the policy key.
    pub secret: Option<Vec<u8>>,
}

/// What of `Declared` a transformation needs.
#[derive(Debug, PartialEq, Eq)]
pub enum Asks<'a> {
    /// Nothing.
    Nothing,
    /// `strings` and `formats`.
    Texts,
    /// `choices` of this claim.
    Choices(&'a Name),
    /// `groups` of this claim.
    Predicates(&'a Name),
    /// `secret`: the policy key of this name.
    Secret(String),
}

impl Surroundings<'_> {
    /// The current date in UTC (claims-transformations 14.3).
    pub fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }
}

impl Transformation {
    /// What the method needs of the policy beside its arguments.
    pub fn asks(&self) -> Asks<'_> {
        let output = self.outputs.first().map(|(_, claim, _)| claim);
        match (self.function.name, output) {
            ("FormatLocalizedString" | "GetLocalizedStringsTransformation", _) => Asks::Texts,
            ("GetMappedValueFromLocalizedCollection", Some(claim)) => Asks::Choices(claim),
            ("CopyClaimIfPredicateMatch", Some(claim)) => Asks::Predicates(claim),
            ("Hash", _) => {
                Asks::Secret(self.parameter("randomizerSecret").map(Value::text).unwrap_or_default())
            }
            _ => Asks::Nothing,
        }
    }
}

impl Declared<'_> {
    /// Whether a text satisfies every group of predicates.
    pub fn admits(&self, text: &str, today: Date) -> bool {
        let holding =
            |predicates: &[&Predicate]| predicates.iter().filter(|one| one.holds(text, today)).count();
        self.groups.iter().all(|(least, predicates)| holding(predicates) >= *least)
    }
}
