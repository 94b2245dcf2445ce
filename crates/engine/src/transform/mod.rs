//! Claims transformations: a table of pure functions, one row per method (claims-transformations.md).
//!
//! In: the values of the declared inputs and parameters. Out: values of the declared outputs, or why not. Must not
//! know policies or journeys; what a method needs of the outside (now, random bytes, the tenant's name, the page's
//! texts) is in `Surroundings`.

mod age;
mod arguments;
mod boolean;
mod collection;
mod compare;
mod composite;
mod date;
mod format;
mod general;
mod identity;
mod json;
mod json_make;
mod localized;
mod number;
mod ordinal;
mod phone;
mod random;
mod reference;
mod string;
mod surroundings;
mod xml;

#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod text_tests;
#[cfg(test)]
mod transform_tests;
#[cfg(test)]
mod value_tests;

pub use arguments::{Arguments, Defect, Failure, Results};
pub use reference::reference;
pub use surroundings::{Asks, Declared, Surroundings};

use crate::claims::{Claims, DataType, Name, Value};
use crate::regex::Regex;

/// One row of the function library.
#[derive(Debug)]
pub struct Function {
    /// TransformationMethod, as documented.
    pub name: &'static str,
    /// One sentence for the author of a policy.
    pub about: &'static str,
    /// InputClaims by TransformationClaimType.
    pub inputs: &'static [Slot],
    /// InputParameters by id.
    pub parameters: &'static [Slot],
    /// OutputClaims by TransformationClaimType.
    pub outputs: &'static [Slot],
    /// The function itself.
    pub run: fn(&Arguments<'_>) -> Result<Results, Failure>,
}

/// One named input, parameter or output of a function.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Its name; compared in any case.
    pub name: &'static str,
    /// Data types accepted; empty: any.
    pub types: &'static [DataType],
    /// How often it may be declared.
    pub often: Often,
}

/// How often a slot may be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Often {
    /// Exactly once.
    Once,
    /// Once or not at all.
    Maybe,
    /// Any number of times, with this or any name.
    Many,
}

/// A transformation of a policy: a function with its claims and parameters.
#[derive(Debug)]
pub struct Transformation {
    /// Declared id.
    pub id: Name,
    /// The function.
    pub function: &'static Function,
    /// (slot name as declared, claim), in order, duplicates kept.
    pub inputs: Vec<(String, Name)>,
    /// (id as declared, value), in order: LookupValue compares ids exactly, GenerateJson keeps their order.
    pub parameters: Vec<(String, Value)>,
    /// (slot name as declared, claim, the claim's type).
    pub outputs: Vec<(String, Name, DataType)>,
    /// The method's pattern, compiled with the policy.
    pattern: Option<Regex>,
}

/// Every family, for look-up, checking and documentation.
pub const FAMILIES: &[(&str, &[Function])] = &[
    ("Truth values", boolean::FUNCTIONS),
    ("Dates and times", date::FUNCTIONS),
    ("Claims of any type", general::FUNCTIONS),
    ("Numbers", number::FUNCTIONS),
    ("Reading JSON", json::FUNCTIONS),
    ("Writing JSON", json_make::FUNCTIONS),
    ("Phone numbers", phone::FUNCTIONS),
    ("Social identities", identity::FUNCTIONS),
    ("Age", age::FUNCTIONS),
    ("Texts", string::FUNCTIONS),
    ("Comparing and choosing texts", compare::FUNCTIONS),
    ("Making texts", format::FUNCTIONS),
    ("Localized texts", localized::FUNCTIONS),
    ("Random texts", random::FUNCTIONS),
    ("String collections", collection::FUNCTIONS),
];

/// Other names that published policies use for a method.
pub const ALIASES: &[(&str, &str)] = &[
    ("GuidAndRandomGenerator", "CreateRandomString"),
    // Names compare in any case; the entry is here for the documentation.
    ("setClaimsIfRegexMatch", "SetClaimsIfRegexMatch"),
];

/// Longest text, in bytes, that a method reads or makes, a collection's items taken together (attack 46).
pub const MOST_TEXT: usize = 1 << 20;

/// Finds a function by its method name or alias in any case.
pub fn function(name: &str) -> Option<&'static Function> {
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
    let name = alias.map_or(name, |(_, method)| method);
    functions().find(|f| f.name.eq_ignore_ascii_case(name))
}

/// All functions.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|(_, family)| family.iter())
}

/// Keys of the messages that assertions fail with, and the text where the policy gives none
/// (claims-transformations 1.2; the last four texts are not published, these are ours).
pub const MESSAGES: &[(&str, &str)] = &[
    (
        "UserMessageIfClaimsTransformationBooleanValueIsNotEqual",
        "Boolean claim value comparison failed for claim type \"inputClaim\".",
    ),
    (
        "DateTimeGreaterThan",
        "Claim value comparison failed: The provided left operand is greater than the right operand.",
    ),
    (
        "UserMessageIfClaimsTransformationStringsAreNotEqual",
        "Claim value comparison failed using StringComparison \"OrdinalIgnoreCase\".",
    ),
    ("AssertNumberError", "The number is not allowed here."),
    ("LookupNotFound", "The value was not found."),
    ("UserMessageIfClaimsTransformationInvalidPhoneNumber", "The phone number is not valid."),
    ("UserMessageIfPhoneNumberParseFailure", "The phone number cannot be read."),
];

/// Built-in text of an assertion's message key.
pub fn built_in_message(key: &str) -> Option<&'static str> {
    MESSAGES.iter().find(|(known, _)| *known == key).map(|(_, text)| *text)
}

/// The method of a transformation that cannot run as it is written.
static UNUSABLE: Function = Function {
    name: "",
    about: "Fails.",
    inputs: &[],
    parameters: &[],
    outputs: &[],
    run: |_| {
        Err(Failure::Wrong("the claims or parameters of the transformation do not fit its method".to_owned()))
    },
};

impl Transformation {
    /// A transformation that fails whenever it runs: its declaration has a mistake that was let pass.
    pub fn unusable(id: Name) -> Transformation {
        let (inputs, parameters, outputs) = (Vec::new(), Vec::new(), Vec::new());
        Transformation { id, function: &UNUSABLE, inputs, parameters, outputs, pattern: None }
    }

    /// A function with its claims and parameters, in the order of the policy. The error is a sentence about the
    /// pattern among the parameters.
    pub fn new(
        id: Name,
        function: &'static Function,
        inputs: Vec<(String, Name)>,
        parameters: Vec<(String, Value)>,
        outputs: Vec<(String, Name, DataType)>,
    ) -> Result<Transformation, String> {
        let mut transformation = Transformation { id, function, inputs, parameters, outputs, pattern: None };
        if function.name == "SetClaimsIfRegexMatch" {
            let pattern = transformation.parameter("matchTo").map(Value::text).unwrap_or_default();
            transformation.pattern = Some(Regex::new(&pattern)?);
        }
        Ok(transformation)
    }

    /// Runs the function on the bag and writes its results into the bag: all of them, or on failure none.
    pub fn apply(&self, claims: &mut Claims, around: Surroundings<'_>) -> Result<(), Failure> {
        let arguments = Arguments::new(self, claims, around);
        arguments.bounded()?;
        let mut changes = Vec::with_capacity(self.outputs.len());
        for (slot, value) in (self.function.run)(&arguments)? {
            for (name, claim, kind) in &self.outputs {
                if name.eq_ignore_ascii_case(&slot) {
                    let value = value.as_ref().map(|value| fit(value, claim, *kind)).transpose()?;
                    changes.push((claim.clone(), value));
                }
            }
        }
        for (claim, value) in changes {
            match value {
                Some(value) => claims.set(claim, value),
                None => {
                    claims.remove(&claim);
                }
            }
        }
        Ok(())
    }

    /// A parameter's value by its id in any case.
    fn parameter(&self, id: &str) -> Option<&Value> {
        self.parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(id)).map(|(_, value)| value)
    }
}

/// A result in its claim's type. The value itself is not told: it may be a secret.
fn fit(value: &Value, claim: &Name, kind: DataType) -> Result<Value, Failure> {
    let wrong = |_| Failure::Wrong(format!("the result does not fit the claim `{claim}`, a {}", kind.name()));
    value.cast(kind).map_err(wrong)
}

/// A slot declared exactly once.
pub(crate) const fn once(name: &'static str, types: &'static [DataType]) -> Slot {
    Slot { name, types, often: Often::Once }
}

/// A slot that may be left out.
pub(crate) const fn maybe(name: &'static str, types: &'static [DataType]) -> Slot {
    Slot { name, types, often: Often::Maybe }
}

/// A slot that stands for any number of names.
pub(crate) const fn many(name: &'static str, types: &'static [DataType]) -> Slot {
    Slot { name, types, often: Often::Many }
}

/// The type most slots have.
const TEXT: &[DataType] = &[DataType::String];
/// A Boolean claim.
const BOOLEAN: &[DataType] = &[DataType::Boolean];
/// A flag among the parameters: policies write it as either type (claims-transformations 1).
const FLAG: &[DataType] = &[DataType::Boolean, DataType::String];
/// A flag that the articles call a string.
const TEXT_FLAG: &[DataType] = &[DataType::String, DataType::Boolean];
/// A 32-bit number.
const INT: &[DataType] = &[DataType::Int];
/// A number among the parameters.
const NUMBER: &[DataType] = &[DataType::Int, DataType::Long];
/// An instant.
const INSTANT: &[DataType] = &[DataType::DateTime];
/// A calendar date.
const DATE: &[DataType] = &[DataType::Date];
/// A list of texts.
const TEXTS: &[DataType] = &[DataType::StringCollection];
