//! The claims bag of a running journey: one typed value per claim type, no history (policy-language 12).
//!
//! In: names in their declared spelling and values. Out: values. Does not know which claims are declared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Name, Value};

/// Claims by name. A claim is there or it is not; an empty text counts as there (reference README 3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Claims(BTreeMap<Name, Value>);

impl Claims {
    /// An empty bag.
    pub fn new() -> Claims {
        Claims::default()
    }

    /// The claim's value, if it is there.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The claim's text form, if it is there.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(Value::text)
    }

    /// Whether the claim is there, be it empty.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Puts a value, replacing an earlier one.
    pub fn set(&mut self, name: Name, value: Value) {
        self.0.insert(name, value);
    }

    /// Takes a claim out (only passwords and nulls ever leave).
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Puts all of `others`, replacing twins.
    pub fn overlay(&mut self, others: &Claims) {
        for (name, value) in others.iter() {
            self.set(name.clone(), value.clone());
        }
    }

    /// All claims in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Value)> {
        self.0.iter()
    }

    /// How many claims there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Name, Value)> for Claims {
    fn from_iter<I: IntoIterator<Item = (Name, Value)>>(items: I) -> Claims {
        Claims(items.into_iter().collect())
    }
}
