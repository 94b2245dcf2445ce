//! Claims transformations: a table of pure functions, one row per method (claims-transformations.md).
//!
//! In: the values of the declared inputs and parameters. Out: values of the declared outputs, or why not. Must not
//! know policies or journeys; what a method needs of the outside (now, random bytes, the tenant's name) is in
//! `Surroundings`.

mod collection;
pub mod documented;
mod general;
mod time;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::claims::{Claims, DataType, Name, Value};

/// One row of the function library.
#[derive(Debug)]
pub struct Function {
    /// TransformationMethod, as documented.
    pub name: &'static str,
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
    /// Parameters by lower-cased id.
    pub parameters: BTreeMap<String, Value>,
    /// (slot name as declared, claim, the claim's type).
    pub outputs: Vec<(String, Name, DataType)>,
}

/// What a function may know beside its arguments.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The time.
    pub now: Timestamp,
    /// Random bytes enough for any method.
    pub chance: [u8; 32],
    /// The tenant's name.
    pub tenant: &'a str,
    /// The running profile's id.
    pub profile: &'a str,
}

/// The arguments of one run.
#[derive(Debug)]
pub struct Arguments<'a> {
    transformation: &'a Transformation,
    claims: &'a Claims,
    /// What surrounds the run.
    pub around: Surroundings<'a>,
}

/// Values by output slot name (lower-cased).
pub type Results = Vec<(&'static str, Value)>;

/// Why a function gave nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// An assertion failed; the user is told the text under this key.
    Assertion(&'static str),
    /// A required input was absent, by slot name: an error of the policy, not of the user.
    Absent(String),
    /// Anything else, as a sentence for the log.
    Wrong(String),
}

/// Every family, for look-up, checking and documentation.
pub const FAMILIES: &[&[Function]] = &[collection::FUNCTIONS, general::FUNCTIONS, time::FUNCTIONS];

/// Finds a function by its method name in any case.
pub fn function(name: &str) -> Option<&'static Function> {
    functions().find(|f| f.name.eq_ignore_ascii_case(name))
}

/// All functions.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// Built-in text of an assertion's message key (claims-transformations 1.2).
pub fn built_in_message(key: &str) -> Option<&'static str> {
    match key {
        "UserMessageIfClaimsTransformationBooleanValueIsNotEqual" => {
            Some("Boolean claim value comparison failed for claim type \"inputClaim\".")
        }
        "DateTimeGreaterThan" => Some(
            "Claim value comparison failed: The provided left operand is greater than the right operand.",
        ),
        "UserMessageIfClaimsTransformationStringsAreNotEqual" => {
            Some("Claim value comparison failed using StringComparison \"OrdinalIgnoreCase\".")
        }
        _ => None,
    }
}

impl Transformation {
    /// Runs the function on the bag and writes its results into the bag.
    pub fn apply(&self, claims: &mut Claims, around: Surroundings<'_>) -> Result<(), Failure> {
        let arguments = Arguments { transformation: self, claims, around };
        let results = (self.function.run)(&arguments)?;
        for (slot, value) in results {
            for (name, claim, kind) in &self.outputs {
                if name.eq_ignore_ascii_case(slot) {
                    let value = value.cast(*kind).map_err(Failure::Wrong)?;
                    claims.set(claim.clone(), value);
                }
            }
        }
        Ok(())
    }
}

impl<'a> Arguments<'a> {
    /// Arguments for running `transformation` on `claims`.
    pub fn new(
        transformation: &'a Transformation,
        claims: &'a Claims,
        around: Surroundings<'a>,
    ) -> Arguments<'a> {
        Arguments { transformation, claims, around }
    }

    /// The first declared input of that slot, if it has a value.
    pub fn input(&self, slot: &str) -> Option<&'a Value> {
        self.inputs(slot).next()
    }

    /// All values of a slot that is declared several times, in order, absent ones left out.
    pub fn inputs(&self, slot: &str) -> impl Iterator<Item = &'a Value> {
        let named =
            self.transformation.inputs.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(slot));
        named.filter_map(|(_, claim)| self.claims.get(claim))
    }

    /// An input that must have a value.
    pub fn required(&self, slot: &str) -> Result<&'a Value, Failure> {
        self.input(slot).ok_or_else(|| Failure::Absent(slot.to_owned()))
    }

    /// A parameter.
    pub fn parameter(&self, id: &str) -> Option<&'a Value> {
        self.transformation.parameters.get(&id.to_ascii_lowercase())
    }

    /// A parameter read as a flag; text is read as one too (claims-transformations 1).
    pub fn flag(&self, id: &str) -> Option<bool> {
        match self.parameter(id)? {
            Value::Boolean(flag) => Some(*flag),
            other => Some(other.text().eq_ignore_ascii_case("true")),
        }
    }

    /// A parameter read as text.
    pub fn text(&self, id: &str) -> Option<String> {
        self.parameter(id).map(Value::text)
    }
}

/// A slot declared exactly once.
pub(crate) const fn once(name: &'static str, types: &'static [DataType]) -> Slot {
    Slot { name, types, often: Often::Once }
}

/// A slot that may be left out.
pub(crate) const fn maybe(name: &'static str, types: &'static [DataType]) -> Slot {
    Slot { name, types, often: Often::Maybe }
}
