//! A claim reference of a technical profile: what goes in, comes out or is stored, under which name, with which default
//! (policy-language 5.3).
//!
//! In: the bag and the partner's answer. Out: values. Does not know who the partner is.

use super::resolver::Unsupported;
use super::{Claims, DataType, Facts, Name, Template, Value};

/// One InputClaim, OutputClaim or PersistedClaim.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The claim type's id in its declared spelling.
    pub claim: Name,
    /// The claim type's data type.
    pub data_type: DataType,
    /// The name on the other side: PartnerClaimType, else the claim type's default for the protocol, else its id.
    pub partner: String,
    /// Whether the policy wrote a PartnerClaimType or the claim type has a default for the protocol.
    pub partner_given: bool,
    /// `Required`.
    pub required: bool,
    /// `DefaultValue`.
    pub default: Option<DefaultValue>,
    /// `AlwaysUseDefaultValue`.
    pub always_default: bool,
    /// `OverwriteIfExists` of a PersistedClaim: whether a stored value may be replaced. True everywhere else.
    pub overwrite: bool,
}

/// A default value, decided when the policy was compiled: a typed literal, or text to be resolved for each request.
#[derive(Clone, Debug)]
pub enum DefaultValue {
    /// A value that is always the same.
    Literal(Value),
    /// Text with claim resolvers, typed after resolving.
    Template(Template),
    /// Text with a claim resolver that does not exist: who reaches it meets AADB2C90044, or 90045 where the group is
    /// unknown (policy-language 11).
    Unsupported(Unsupported),
}

impl DefaultValue {
    /// The value for this request; nothing where the resolver has none, or what it has is not of the claim's type.
    pub fn value(&self, kind: DataType, facts: &Facts<'_>, claims: &Claims) -> Option<Value> {
        match self {
            DefaultValue::Literal(value) => Some(value.clone()),
            DefaultValue::Template(template) => match (template.instant(facts), kind) {
                (Some(now), DataType::DateTime) => Some(Value::DateTime(now)),
                (Some(now), DataType::Date) => {
                    Some(Value::Date(now.to_zoned(jiff::tz::TimeZone::UTC).date()))
                }
                _ => template.resolve(facts, claims).and_then(|text| Value::parse(&text, kind).ok()),
            },
            DefaultValue::Unsupported(_) => None,
        }
    }
}

impl Mapping {
    /// The value to send or store: the bag's, or the default where the bag has none or the default is forced.
    pub fn outgoing(&self, facts: &Facts<'_>, claims: &Claims) -> Option<Value> {
        if self.always_default && self.default.is_some() {
            return self.default(facts, claims);
        }
        claims.get(&self.claim).cloned().or_else(|| self.default(facts, claims))
    }

    /// The value to take into the bag, given what the partner answered (nothing: the bag stays as it was).
    pub fn incoming(&self, answered: Option<Value>, facts: &Facts<'_>, claims: &Claims) -> Option<Value> {
        if self.always_default && self.default.is_some() {
            return self.default(facts, claims);
        }
        answered.or_else(|| self.default(facts, claims))
    }

    /// The claim resolver of its default that does not exist.
    pub fn unsupported(&self) -> Option<&Unsupported> {
        match &self.default {
            Some(DefaultValue::Unsupported(found)) => Some(found),
            _ => None,
        }
    }

    /// The default for this request.
    pub fn default(&self, facts: &Facts<'_>, claims: &Claims) -> Option<Value> {
        self.default.as_ref().and_then(|default| default.value(self.data_type, facts, claims))
    }
}
