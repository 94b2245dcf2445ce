//! What a method is given and what it gives back.
//!
//! In: the transformation's declaration and the bag. Out: inputs and parameters as the types methods work on; the
//! failures they can end with. No failure tells a value: it may be a password (claims-transformations 14.5).

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{MOST_TEXT, Surroundings, Transformation};
use crate::claims::{Claims, DataType, Value};
use crate::regex::Regex;

/// The arguments of one run.
#[derive(Debug)]
pub struct Arguments<'a> {
    transformation: &'a Transformation,
    claims: &'a Claims,
    /// What surrounds the run.
    pub around: Surroundings<'a>,
}

/// What a method gives back: a value by output slot, or nothing, which empties the claim. Slots that are not named
/// stay as they were.
#[derive(Debug, Default)]
pub struct Results(Vec<(Cow<'static, str>, Option<Value>)>);

/// Why a function gave nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// An assertion failed; the user is told the text under this key.
    Assertion(&'static str),
    /// A required input was absent, by slot name: an error of the policy, not of the user.
    Absent(String),
    /// A documented failure of the data or of the policy.
    Data(Defect),
    /// Anything else, as a sentence for the log.
    Wrong(String),
}

/// The documented failures that are no user message (claims-transformations 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// The text is not JSON, or not of the shape the method reads.
    JsonInvalid,
    /// The JSON has no such member or element.
    JsonElementNotFound,
    /// A declared output has no entry.
    JsonClaimMissing,
    /// The member is no whole number.
    JsonNotANumber,
    /// The text is not XML, or more than is read.
    XmlInvalid,
    /// The format cannot be used: a lone brace, a place without a claim.
    FormatInvalid,
    /// A position, date or size outside its range.
    OutOfRange,
    /// A sum outside its type.
    Overflow,
    /// The policy key does not exist.
    PolicyKeyNotFound,
}

impl Defect {
    /// All of them with the reference's name and a sentence for the log.
    pub const ALL: &'static [(Defect, &'static str, &'static str)] = &[
        (Defect::JsonInvalid, "json-invalid", "the input is not JSON of the expected shape"),
        (Defect::JsonElementNotFound, "json-element-not-found", "the JSON has no such element"),
        (Defect::JsonClaimMissing, "json-claim-missing", "the JSON has no entry for a declared output claim"),
        (Defect::JsonNotANumber, "json-not-a-number", "the JSON element is not a whole number"),
        (Defect::XmlInvalid, "xml-invalid", "the input is not XML that is accepted"),
        (Defect::FormatInvalid, "format-invalid", "the format string cannot be used with these claims"),
        (Defect::OutOfRange, "out-of-range", "a position, date or size is out of range"),
        (Defect::Overflow, "overflow", "the number leaves the range of its type"),
        (Defect::PolicyKeyNotFound, "policy-key-not-found", "the policy key does not exist"),
    ];

    /// The reference's name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(defect, ..)| *defect == self).map_or("", |(_, name, _)| name)
    }

    /// A sentence for the log.
    pub fn sentence(self) -> &'static str {
        Self::ALL.iter().find(|(defect, ..)| *defect == self).map_or("", |(.., sentence)| sentence)
    }
}

impl From<Defect> for Failure {
    fn from(defect: Defect) -> Failure {
        Failure::Data(defect)
    }
}

impl Results {
    /// Every output stays as it was.
    pub fn none() -> Results {
        Results::default()
    }

    /// One output.
    pub fn one(slot: &'static str, value: Value) -> Results {
        Results::none().and(slot, value)
    }

    /// One text output.
    pub fn text(slot: &'static str, text: impl Into<String>) -> Results {
        Results::one(slot, Value::String(text.into()))
    }

    /// A further output.
    pub fn and(self, slot: impl Into<Cow<'static, str>>, value: Value) -> Results {
        self.or_clear(slot, Some(value))
    }

    /// One output emptied.
    pub fn clear(slot: &'static str) -> Results {
        Results::none().or_clear(slot, None)
    }

    /// A further output, emptied where there is no value.
    pub fn or_clear(mut self, slot: impl Into<Cow<'static, str>>, value: Option<Value>) -> Results {
        self.0.push((slot.into(), value));
        self
    }
}

impl IntoIterator for Results {
    type Item = (Cow<'static, str>, Option<Value>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
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

    /// Refuses inputs too large to work on (attack 46).
    pub(super) fn bounded(&self) -> Result<(), Failure> {
        let values = self.transformation.inputs.iter().filter_map(|(_, claim)| self.claims.get(claim));
        let total: usize = values.map(size).sum();
        if total > MOST_TEXT { Err(Defect::OutOfRange.into()) } else { Ok(()) }
    }

    /// The first declared input of that slot that has a value (reference README 23).
    pub fn input(&self, slot: &str) -> Option<&'a Value> {
        let mut named = self.inputs().filter(|(name, _)| name.eq_ignore_ascii_case(slot));
        named.find_map(|(_, value)| value)
    }

    /// All declared inputs in order, with their values if they have one.
    pub fn inputs(&self) -> impl Iterator<Item = (&'a str, Option<&'a Value>)> {
        let claims = self.claims;
        self.transformation.inputs.iter().map(move |(slot, claim)| (slot.as_str(), claims.get(claim)))
    }

    /// An input that must have a value.
    pub fn required(&self, slot: &str) -> Result<&'a Value, Failure> {
        self.input(slot).ok_or_else(|| Failure::Absent(slot.to_owned()))
    }

    /// An input's text, if it has one.
    pub fn text(&self, slot: &str) -> Option<Cow<'a, str>> {
        self.input(slot).map(text)
    }

    /// The text of an input that must have a value.
    pub fn required_text(&self, slot: &str) -> Result<Cow<'a, str>, Failure> {
        self.required(slot).map(text)
    }

    /// An input that must be true or false.
    pub fn required_flag(&self, slot: &str) -> Result<bool, Failure> {
        match typed(self.required(slot)?, DataType::Boolean, slot)?.as_ref() {
            Value::Boolean(flag) => Ok(*flag),
            _ => Err(mistyped(slot, DataType::Boolean)),
        }
    }

    /// An input that is a 32-bit number, if it has a value.
    pub fn int(&self, slot: &str) -> Result<Option<i32>, Failure> {
        let Some(value) = self.input(slot) else { return Ok(None) };
        match typed(value, DataType::Int, slot)?.as_ref() {
            Value::Int(number) => Ok(Some(*number)),
            _ => Err(mistyped(slot, DataType::Int)),
        }
    }

    /// An input that is an instant, if it has a value.
    pub fn instant(&self, slot: &str) -> Result<Option<Timestamp>, Failure> {
        self.input(slot).map(|value| instant(value, slot)).transpose()
    }

    /// An input that is a date, if it has a value.
    pub fn date(&self, slot: &str) -> Result<Option<Date>, Failure> {
        let Some(value) = self.input(slot) else { return Ok(None) };
        match typed(value, DataType::Date, slot)?.as_ref() {
            Value::Date(date) => Ok(Some(*date)),
            _ => Err(mistyped(slot, DataType::Date)),
        }
    }

    /// An input that is a list of texts, if it has a value.
    pub fn texts(&self, slot: &str) -> Result<Option<Cow<'a, [String]>>, Failure> {
        let Some(value) = self.input(slot) else { return Ok(None) };
        match typed(value, DataType::StringCollection, slot)? {
            Cow::Borrowed(Value::Strings(items)) => Ok(Some(Cow::Borrowed(items))),
            Cow::Owned(Value::Strings(items)) => Ok(Some(Cow::Owned(items))),
            _ => Err(mistyped(slot, DataType::StringCollection)),
        }
    }

    /// A parameter, by its id in any case.
    pub fn parameter(&self, id: &str) -> Option<&'a Value> {
        self.transformation.parameter(id)
    }

    /// All parameters in order, ids as declared.
    pub fn parameters(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.transformation.parameters.iter().map(|(id, value)| (id.as_str(), value))
    }

    /// A parameter read as text.
    pub fn words(&self, id: &str) -> Option<Cow<'a, str>> {
        self.parameter(id).map(text)
    }

    /// A parameter that must be there, read as text.
    pub fn required_words(&self, id: &str) -> Result<Cow<'a, str>, Failure> {
        self.words(id).ok_or_else(|| Failure::Wrong(format!("the parameter `{id}` is missing")))
    }

    /// A parameter read as a flag; text is read as one too (claims-transformations 1).
    pub fn flag(&self, id: &str) -> Option<bool> {
        match self.parameter(id)? {
            Value::Boolean(flag) => Some(*flag),
            other => Some(text(other).trim().eq_ignore_ascii_case("true")),
        }
    }

    /// A parameter read as a whole number.
    pub fn number(&self, id: &str) -> Result<Option<i64>, Failure> {
        match self.parameter(id) {
            None => Ok(None),
            Some(Value::Int(number)) => Ok(Some(i64::from(*number))),
            Some(Value::Long(number)) => Ok(Some(*number)),
            Some(other) => text(other).trim().parse().map(Some).map_err(|_| mistyped(id, DataType::Int)),
        }
    }

    /// A parameter that must be a whole number.
    pub fn required_number(&self, id: &str) -> Result<i64, Failure> {
        self.number(id)?.ok_or_else(|| Failure::Wrong(format!("the parameter `{id}` is missing")))
    }

    /// Declared outputs: slot name as declared and the claim's type.
    pub fn outputs(&self) -> impl Iterator<Item = (&'a str, DataType)> {
        self.transformation.outputs.iter().map(|(slot, _, kind)| (slot.as_str(), *kind))
    }

    /// The transformation's compiled pattern.
    pub fn pattern(&self) -> Option<&'a Regex> {
        self.transformation.pattern.as_ref()
    }
}

/// A value as an instant; text is read as one, without an offset as UTC (claims-transformations 4).
pub(super) fn instant(value: &Value, slot: &str) -> Result<Timestamp, Failure> {
    match typed(value, DataType::DateTime, slot)?.as_ref() {
        Value::DateTime(at) => Ok(*at),
        _ => Err(mistyped(slot, DataType::DateTime)),
    }
}

/// A value's text, borrowed where it is text.
pub(super) fn text(value: &Value) -> Cow<'_, str> {
    value.as_text().map_or_else(|| Cow::Owned(value.text()), Cow::Borrowed)
}

/// A value in the type a method works on.
fn typed<'v>(value: &'v Value, kind: DataType, slot: &str) -> Result<Cow<'v, Value>, Failure> {
    if value.data_type() == kind {
        return Ok(Cow::Borrowed(value));
    }
    value.cast(kind).map(Cow::Owned).map_err(|_| mistyped(slot, kind))
}

fn mistyped(slot: &str, kind: DataType) -> Failure {
    Failure::Wrong(format!("`{slot}` cannot be read as {}", kind.name()))
}

/// Bytes of a value's texts.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) | Value::Phone(text) | Value::Duration(text) => text.len(),
        Value::Strings(items) => items.iter().map(|item| item.len() + size_of::<String>()).sum(),
        Value::Identity(one) => one.issuer.len() + one.issuer_user_id.len(),
        Value::Identities(all) => all.iter().map(|one| one.issuer.len() + one.issuer_user_id.len()).sum(),
        Value::Structure(_, serde_json::Value::Array(items)) => items.len(),
        _ => 0,
    }
}
