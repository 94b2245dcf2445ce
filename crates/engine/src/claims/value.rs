//! One claim's value: its data type, its text form and its JSON form.
//!
//! In: text or JSON and the data type wanted. Out: a `Value`, or a sentence saying why not. Knows nothing of where
//! values come from.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The data types of the language (policy-language 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DataType {
    /// `boolean`
    Boolean,
    /// `date`
    Date,
    /// `dateTime`
    DateTime,
    /// `duration`, an ISO 8601 interval
    Duration,
    /// `int`, 32 bits signed
    Int,
    /// `long`, 64 bits signed
    Long,
    /// `string`
    String,
    /// `stringCollection`
    StringCollection,
    /// `phoneNumber`, E.164
    PhoneNumber,
    /// `userIdentity`
    UserIdentity,
    /// `userIdentityCollection`
    UserIdentityCollection,
    /// `alternativeSecurityIdCollection`
    AlternativeSecurityIdCollection,
    /// `objectIdentity`
    ObjectIdentity,
    /// `objectIdentityCollection`
    ObjectIdentityCollection,
}

impl DataType {
    /// All data types with the name a policy uses.
    pub const ALL: &'static [(&'static str, DataType)] = &[
        ("boolean", DataType::Boolean),
        ("date", DataType::Date),
        ("dateTime", DataType::DateTime),
        ("duration", DataType::Duration),
        ("int", DataType::Int),
        ("long", DataType::Long),
        ("string", DataType::String),
        ("stringCollection", DataType::StringCollection),
        ("phoneNumber", DataType::PhoneNumber),
        ("userIdentity", DataType::UserIdentity),
        ("userIdentityCollection", DataType::UserIdentityCollection),
        ("alternativeSecurityIdCollection", DataType::AlternativeSecurityIdCollection),
        ("objectIdentity", DataType::ObjectIdentity),
        ("objectIdentityCollection", DataType::ObjectIdentityCollection),
    ];

    /// The name a policy uses for this type.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, t)| *t == self).map_or("string", |(name, _)| name)
    }

    /// Finds a type by its name in any case.
    pub fn named(name: &str) -> Option<DataType> {
        Self::ALL.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, t)| *t)
    }
}

/// One federated identity: who vouches, and the id there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The identity provider's name.
    pub issuer: String,
    /// The user's id at that provider.
    #[serde(rename = "issuerUserId")]
    pub issuer_user_id: String,
}

/// The value of one claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A truth value; its text is `True` or `False`.
    Boolean(bool),
    /// A 32-bit number.
    Int(i32),
    /// A 64-bit number.
    Long(i64),
    /// A calendar date.
    Date(Date),
    /// An instant in UTC.
    DateTime(Timestamp),
    /// An ISO 8601 interval as written.
    Duration(String),
    /// Text.
    String(String),
    /// A phone number in E.164.
    Phone(String),
    /// An ordered list of texts.
    Strings(Vec<String>),
    /// One identity.
    Identity(Identity),
    /// Several identities.
    Identities(Vec<Identity>),
    /// The schema's other object types, kept as the JSON they came in.
    Structure(DataType, Json),
}

impl Value {
    /// A text value.
    pub fn text_of(text: impl Into<String>) -> Value {
        Value::String(text.into())
    }

    /// The data type this value has.
    pub fn data_type(&self) -> DataType {
        match self {
            Value::Boolean(_) => DataType::Boolean,
            Value::Int(_) => DataType::Int,
            Value::Long(_) => DataType::Long,
            Value::Date(_) => DataType::Date,
            Value::DateTime(_) => DataType::DateTime,
            Value::Duration(_) => DataType::Duration,
            Value::String(_) => DataType::String,
            Value::Phone(_) => DataType::PhoneNumber,
            Value::Strings(_) => DataType::StringCollection,
            Value::Identity(_) => DataType::UserIdentity,
            Value::Identities(_) => DataType::UserIdentityCollection,
            Value::Structure(kind, _) => *kind,
        }
    }

    /// Reads a value of the given type from text (policy-language 12: booleans in any case, numbers without culture,
    /// dates in ISO 8601). The error is a sentence about the text, without a place.
    pub fn parse(text: &str, kind: DataType) -> Result<Value, String> {
        let trimmed = text.trim();
        match kind {
            DataType::String => Ok(Value::String(text.to_owned())),
            DataType::Boolean => boolean(trimmed).map(Value::Boolean),
            DataType::Int => number(trimmed).map(Value::Int),
            DataType::Long => number(trimmed).map(Value::Long),
            DataType::Date => date(trimmed).map(Value::Date),
            DataType::DateTime => instant(trimmed).map(Value::DateTime),
            DataType::Duration if is_duration(trimmed) => Ok(Value::Duration(trimmed.to_owned())),
            DataType::Duration => Err(format!("`{trimmed}` is not a duration of the form PnYnMnDTnHnMnS")),
            DataType::PhoneNumber => Ok(Value::Phone(trimmed.to_owned())),
            DataType::StringCollection => Ok(Value::Strings(vec![text.to_owned()])),
            DataType::UserIdentity
            | DataType::UserIdentityCollection
            | DataType::AlternativeSecurityIdCollection
            | DataType::ObjectIdentity
            | DataType::ObjectIdentityCollection => {
                let json: Json =
                    serde_json::from_str(trimmed).map_err(|_| format!("`{trimmed}` is not JSON"))?;
                // A text in the text, a number: reading these as text again would never end.
                if !json.is_array() && !json.is_object() {
                    return Err(format!("`{trimmed}` cannot be read as {}", kind.name()));
                }
                Value::from_json(&json, kind)
            }
        }
    }

    /// Reads a value of the given type from JSON, as REST services, providers and tokens give it. Text is parsed where
    /// another type is wanted (policy-language 12).
    pub fn from_json(json: &Json, kind: DataType) -> Result<Value, String> {
        let wrong = || format!("a JSON value cannot be read as {}", kind.name());
        match (kind, json) {
            (DataType::Boolean, Json::Bool(b)) => Ok(Value::Boolean(*b)),
            (DataType::DateTime, Json::Number(n)) => {
                let seconds = n.as_i64().ok_or_else(wrong)?;
                Timestamp::from_second(seconds).map(Value::DateTime).map_err(|_| wrong())
            }
            (DataType::StringCollection, Json::Array(items)) => items
                .iter()
                .map(|item| scalar(item).ok_or_else(wrong))
                .collect::<Result<_, _>>()
                .map(Value::Strings),
            (DataType::UserIdentity, Json::Object(_)) => {
                serde_json::from_value(json.clone()).map(Value::Identity).map_err(|_| wrong())
            }
            (DataType::UserIdentityCollection, Json::Array(_)) => {
                serde_json::from_value(json.clone()).map(Value::Identities).map_err(|_| wrong())
            }
            (
                DataType::AlternativeSecurityIdCollection
                | DataType::ObjectIdentity
                | DataType::ObjectIdentityCollection,
                Json::Array(_) | Json::Object(_),
            ) => Ok(Value::Structure(kind, json.clone())),
            (DataType::String, Json::Array(_) | Json::Object(_)) => Ok(Value::String(json.to_string())),
            (_, Json::String(text)) => Value::parse(text, kind),
            (_, Json::Number(n)) => Value::parse(&n.to_string(), kind),
            (_, Json::Bool(b)) => Value::parse(if *b { "true" } else { "false" }, kind),
            _ => Err(wrong()),
        }
    }

    /// The text form, which preconditions, resolvers and string transformations see. A collection of one is its item.
    pub fn text(&self) -> String {
        match self {
            Value::Boolean(true) => "True".to_owned(),
            Value::Boolean(false) => "False".to_owned(),
            Value::Int(n) => n.to_string(),
            Value::Long(n) => n.to_string(),
            Value::Date(d) => d.to_string(),
            Value::DateTime(t) => format_instant(*t),
            Value::Duration(s) | Value::String(s) | Value::Phone(s) => s.clone(),
            Value::Strings(items) => items.join(","),
            Value::Identity(_) | Value::Identities(_) | Value::Structure(..) => self.json().to_string(),
        }
    }

    /// The text of a value that is text; nothing for other types.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::String(s) | Value::Phone(s) | Value::Duration(s) => Some(s),
            _ => None,
        }
    }

    /// The JSON form in tokens and REST bodies: dateTime is epoch seconds (policy-language 4.1.1).
    pub fn json(&self) -> Json {
        match self {
            Value::Boolean(b) => Json::Bool(*b),
            Value::Int(n) => Json::from(*n),
            Value::Long(n) => Json::from(*n),
            Value::DateTime(t) => Json::from(t.as_second()),
            Value::Strings(items) => Json::from(items.clone()),
            Value::Identity(identity) => serde_json::to_value(identity).unwrap_or(Json::Null),
            Value::Identities(list) => serde_json::to_value(list).unwrap_or(Json::Null),
            Value::Structure(_, json) => json.clone(),
            Value::Date(_) | Value::Duration(_) | Value::String(_) | Value::Phone(_) => {
                Json::String(self.text())
            }
        }
    }

    /// Whether nothing would be said by sending this value: empty text, empty collection (policy-language 12).
    pub fn is_empty(&self) -> bool {
        match self {
            Value::String(s) | Value::Phone(s) | Value::Duration(s) => s.is_empty(),
            Value::Strings(items) => items.is_empty(),
            Value::Identities(items) => items.is_empty(),
            _ => false,
        }
    }

    /// This value as another type, through its text where the types differ.
    pub fn cast(&self, kind: DataType) -> Result<Value, String> {
        if self.data_type() == kind {
            return Ok(self.clone());
        }
        match (self, kind) {
            (Value::Int(n), DataType::Long) => Ok(Value::Long(i64::from(*n))),
            (Value::Strings(items), DataType::String) if items.len() == 1 => Value::parse(&self.text(), kind),
            _ => Value::parse(&self.text(), kind),
        }
    }
}

/// The text of a JSON value that is no list, object or null.
fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(json.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// `yyyy-MM-ddTHH:mm:ss.fffffffZ`, seven digits as .NET writes them.
pub fn format_instant(instant: Timestamp) -> String {
    let at = instant.to_zoned(jiff::tz::TimeZone::UTC);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.subsec_nanosecond() / 100
    )
}

/// ISO 8601, `PnYnMnDTnHnMnS`: each part at most once and in this order, one at least, seconds with a fraction
/// (policy-language 4.1.1).
fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('-').unwrap_or(text).strip_prefix('P') else { return false };
    match rest.split_once('T') {
        None => !rest.is_empty() && has_parts(rest, "YMD"),
        Some((days, time)) => !time.is_empty() && has_parts(days, "YMD") && has_parts(time, "HMS"),
    }
}

/// Whether the text is numbers, each followed by one of the letters, the letters in their order.
fn has_parts(text: &str, letters: &str) -> bool {
    let mut letters = letters.chars();
    text.split_inclusive(|c: char| c.is_ascii_alphabetic()).all(|part| {
        let unit = part.chars().last().filter(|unit| letters.any(|letter| letter == *unit));
        let Some(unit) = unit else { return false };
        let number = part.strip_suffix(unit).unwrap_or_default();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match number.split_once('.') {
            Some((whole, fraction)) => unit == 'S' && digits(whole) && digits(fraction),
            None => digits(number),
        }
    })
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" => Ok(true),
        "0" => Ok(false),
        _ if text.eq_ignore_ascii_case("true") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

/// A whole number in ASCII digits with an optional sign; `FromStr` would take a leading `+`, which .NET does too.
fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is not a whole number in range"))
}

fn date(text: &str) -> Result<Date, String> {
    let wrong = || format!("`{text}` is not a date of the form yyyy-MM-dd");
    if let Ok(date) = Date::from_str(text) {
        return Ok(date);
    }
    DateTime::from_str(text.trim_end_matches('Z')).map(DateTime::date).map_err(|_| wrong())
}

fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = Timestamp::from_str(text) {
        return Ok(at);
    }
    let wrong = || format!("`{text}` is not a date and time of the form yyyy-MM-ddTHH:mm:ssZ");
    let civil = DateTime::from_str(text)
        .or_else(|_| Date::from_str(text).map(|d| d.to_datetime(jiff::civil::Time::midnight())))
        .map_err(|_| wrong())?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).map(|z| z.timestamp()).map_err(|_| wrong())
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod value_tests;
