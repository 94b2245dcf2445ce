//! The attributes of technical-profiles 24.1: their names, types, limits, and who may write them.
//!
//! In: an attribute's name in any case and a value. Out: the value a claim gets, or the value to
//! store, converted and judged. One row per attribute; extension attributes follow one rule for all.

use jiff::Timestamp;
use jiff::civil::Date;

use super::user::{Federated, User, Value};

/// Why a value is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// There is no attribute of this name.
    Unknown,
    /// The directory alone writes it.
    ReadOnly,
    /// Of another type than the attribute's.
    Type,
    /// Longer than the attribute may be; says how long.
    TooLong(usize),
    /// Not one of the values that the attribute may have, or with letters it may not have.
    Value,
    /// Must have a value.
    Required,
    /// No valid sign-in name of its type.
    Name,
    /// More than the directory keeps: 10 identities, 100 extension attributes.
    TooMany,
}

/// What an attribute holds and may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string of at most so many letters.
    Text(usize),
    /// A string of at most so many letters, without `<` and `>`, that must not be empty.
    DisplayName(usize),
    /// One of these texts, compared without case.
    OneOf(&'static [&'static str]),
    /// Two letters.
    Country,
    /// A day.
    Date,
    /// Texts without accents.
    Mails,
    /// A comma list of password policies.
    PasswordPolicies,
    /// Boolean, kept in its own column.
    Enabled,
    /// Whether the password must be changed.
    MustChange,
    /// Write-only.
    Password,
    /// A user principal name: set when the user is made.
    Principal,
    /// One more federated identity.
    AddFederated,
    /// The whole set of federated identities.
    Federated,
    /// A local sign-in name; the type follows the dot.
    SignInName,
    /// An attribute of the policy's own.
    Extension,
    /// Written by the directory alone; a write is ignored, as the cloud's documents list it as writable.
    Ignored,
    /// Written by the directory alone.
    ReadOnly,
}

const AGE_GROUPS: &[&str] = &["Undefined", "Minor", "Adult", "NotAdult"];
const CONSENTS: &[&str] = &["granted", "denied", "notRequired"];

/// Name and kind of every built-in attribute.
const ATTRIBUTES: &[(&str, Kind)] = &[
    ("objectId", Kind::Ignored),
    ("userPrincipalName", Kind::Principal),
    ("displayName", Kind::DisplayName(256)),
    ("givenName", Kind::Text(64)),
    ("surname", Kind::Text(64)),
    ("city", Kind::Text(128)),
    ("country", Kind::Text(128)),
    ("state", Kind::Text(128)),
    ("jobTitle", Kind::Text(128)),
    ("physicalDeliveryOfficeName", Kind::Text(128)),
    ("department", Kind::Text(64)),
    ("mailNickName", Kind::Text(64)),
    ("mobile", Kind::Text(64)),
    ("postalCode", Kind::Text(40)),
    ("streetAddress", Kind::Text(1024)),
    ("usageLocation", Kind::Country),
    ("preferredLanguage", Kind::Text(64)),
    ("telephoneNumber", Kind::Text(64)),
    ("facsimileTelephoneNumber", Kind::Text(64)),
    ("immutableId", Kind::Text(256)),
    ("netId", Kind::Text(256)),
    ("otherMails", Kind::Mails),
    ("accountEnabled", Kind::Enabled),
    ("ageGroup", Kind::OneOf(AGE_GROUPS)),
    ("consentProvidedForMinor", Kind::OneOf(CONSENTS)),
    ("legalCountry", Kind::Text(128)),
    ("dateOfBirth", Kind::Date),
    ("legalAgeGroupClassification", Kind::ReadOnly),
    ("createdDateTime", Kind::Ignored),
    ("creationType", Kind::Ignored),
    ("userType", Kind::Ignored),
    ("refreshTokensValidFromDateTime", Kind::ReadOnly),
    ("alternativeSecurityId", Kind::AddFederated),
    ("alternativeSecurityIds", Kind::Federated),
    ("userIdentities", Kind::Federated),
    ("strongAuthenticationPhoneNumber", Kind::Text(64)),
    ("strongAuthenticationAlternativePhoneNumber", Kind::Text(64)),
    ("strongAuthenticationEmailAddress", Kind::Text(256)),
    ("password", Kind::Password),
    ("passwordPolicies", Kind::PasswordPolicies),
    ("passwordProfile.forceChangePasswordNextLogin", Kind::MustChange),
    ("userState", Kind::ReadOnly),
    ("userStateChangedOn", Kind::ReadOnly),
];

const SIGN_IN_NAMES: &str = "signinnames.";
const EXTENSION: &str = "extension_";
const MOST_EXTENSION_LETTERS: usize = 256;
const MOST_MAILS: usize = 250;

/// The name under which an attribute is kept, and its kind; `None` for a name that is none.
pub(super) fn named(name: &str) -> Option<(String, Kind)> {
    if let Some((name, kind)) = ATTRIBUTES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Some(((*name).to_owned(), *kind));
    }
    let lower = name.to_lowercase();
    if lower.strip_prefix(SIGN_IN_NAMES).is_some_and(|rest| !rest.is_empty()) {
        return Some((name.to_owned(), Kind::SignInName));
    }
    let own = lower.strip_prefix(EXTENSION).is_some_and(|rest| !rest.is_empty() && lower.len() <= 128);
    own.then_some((lower, Kind::Extension))
}

/// The sign-in type in `signInNames.TYPE`.
pub(super) fn sign_in_type(name: &str) -> Option<&str> {
    let (head, sign_in_type) = name.split_once('.')?;
    (head.eq_ignore_ascii_case("signInNames") && !sign_in_type.is_empty()).then_some(sign_in_type)
}

impl User {
    /// The value a claim gets under this name (technical-profiles 3.5), in any case; `None` where
    /// the attribute has no value, cannot be read, or does not exist.
    #[must_use]
    pub fn read_attribute(&self, name: &str) -> Option<Value> {
        let (name, kind) = named(name)?;
        let federated = || self.federated().collect::<Vec<Federated>>();
        match kind {
            Kind::SignInName => {
                self.sign_in_name(sign_in_type(&name)?).map(|text| Value::Text(text.to_owned()))
            }
            Kind::Enabled => Some(Value::Bool(self.enabled)),
            Kind::AddFederated => federated().first().map(|one| Value::Text(one.to_json())),
            Kind::Federated => Some(federated()).filter(|all| !all.is_empty()).map(Value::Identities),
            Kind::Password | Kind::PasswordPolicies | Kind::MustChange => None,
            Kind::Ignored | Kind::ReadOnly => self.read_own(&name),
            _ => self.attributes.get(&name).cloned(),
        }
    }

    /// What the directory itself knows of the user.
    fn read_own(&self, name: &str) -> Option<Value> {
        let local = self.identities.iter().any(super::user::Identity::is_local);
        match name {
            "objectId" => Some(Value::Text(self.object_id.clone())),
            "createdDateTime" => Some(Value::Time(self.created)),
            "refreshTokensValidFromDateTime" => Some(Value::Time(self.tokens_valid_from)),
            "creationType" => local.then(|| Value::Text("LocalAccount".to_owned())),
            "userType" => Some(Value::Text("Member".to_owned())),
            "legalAgeGroupClassification" => self.legal_age_group().map(|text| Value::Text(text.to_owned())),
            _ => None,
        }
    }

    /// Computed from age group and consent (24.1).
    fn legal_age_group(&self) -> Option<&'static str> {
        match self.text("ageGroup")? {
            "Adult" => Some("adult"),
            "NotAdult" => Some("notAdult"),
            "Minor" => Some(match self.text("consentProvidedForMinor") {
                Some("granted") => "minorWithParentalConsent",
                Some("notRequired") => "minorNoParentalConsentRequired",
                _ => "minorWithOutParentalConsent",
            }),
            _ => None,
        }
    }
}

/// Converts and judges the value of an attribute that is kept as it is. `None`: the attribute is
/// cleared, as by an empty text (technical-profiles 3.4).
pub(super) fn judge(kind: Kind, value: Option<Value>) -> Result<Option<Value>, Invalid> {
    let Some(value) = value.filter(|value| !is_empty(value)) else {
        return if matches!(kind, Kind::DisplayName(_)) { Err(Invalid::Required) } else { Ok(None) };
    };
    let kept = match kind {
        Kind::Text(most) => Value::Text(bounded(as_text(value)?, most)?),
        Kind::DisplayName(most) => {
            let text = bounded(as_text(value)?, most)?;
            if text.contains(['<', '>']) {
                return Err(Invalid::Value);
            }
            Value::Text(text)
        }
        Kind::OneOf(known) => return one_of(&as_text(value)?, known),
        Kind::Country => {
            let text = as_text(value)?.to_ascii_uppercase();
            let good = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
            Value::Text(if good { text } else { return Err(Invalid::Value) })
        }
        Kind::Date => Value::Date(as_date(&value)?),
        Kind::Mails => Value::List(mails(value)?),
        Kind::PasswordPolicies => Value::Text(password_policies(&as_text(value)?)?),
        Kind::Extension => extension(value)?,
        _ => return Err(Invalid::ReadOnly),
    };
    Ok(Some(kept))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        _ => false,
    }
}

/// The text form of a single value; Booleans as `True` and `False` do in policies.
fn as_text(value: Value) -> Result<String, Invalid> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Bool(true) => Ok("True".to_owned()),
        Value::Bool(false) => Ok("False".to_owned()),
        Value::Int(number) => Ok(number.to_string()),
        Value::Time(instant) => Ok(instant.to_string()),
        Value::Date(day) => Ok(day.to_string()),
        Value::List(_) | Value::Identities(_) => Err(Invalid::Type),
    }
}

/// A Boolean, or a text that is one.
pub(super) fn as_bool(value: &Value) -> Result<bool, Invalid> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Text(text) if text.eq_ignore_ascii_case("true") || text == "1" => Ok(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") || text == "0" => Ok(false),
        _ => Err(Invalid::Type),
    }
}

fn as_date(value: &Value) -> Result<Date, Invalid> {
    match value {
        Value::Date(day) => Ok(*day),
        Value::Time(instant) => Ok(instant.to_zoned(jiff::tz::TimeZone::UTC).date()),
        Value::Text(text) => {
            let day = text.parse::<Date>().ok();
            let instant =
                || text.parse::<Timestamp>().ok().map(|t| t.to_zoned(jiff::tz::TimeZone::UTC).date());
            day.or_else(instant).ok_or(Invalid::Type)
        }
        _ => Err(Invalid::Type),
    }
}

fn bounded(text: String, most: usize) -> Result<String, Invalid> {
    if text.contains('\0') {
        return Err(Invalid::Value);
    }
    if text.chars().count() > most { Err(Invalid::TooLong(most)) } else { Ok(text) }
}

/// The known spelling; `null` clears.
fn one_of(text: &str, known: &[&str]) -> Result<Option<Value>, Invalid> {
    if text.eq_ignore_ascii_case("null") {
        return Ok(None);
    }
    let found = known.iter().find(|one| one.eq_ignore_ascii_case(text)).ok_or(Invalid::Value)?;
    Ok(Some(Value::Text((*found).to_owned())))
}

/// A single text counts as a list of one.
fn mails(value: Value) -> Result<Vec<String>, Invalid> {
    let list = match value {
        Value::List(list) => list,
        other => vec![as_text(other)?],
    };
    if list.len() > MOST_MAILS {
        return Err(Invalid::TooMany);
    }
    let mut kept = Vec::new();
    for mail in list {
        let mail = bounded(mail, 250)?;
        if !mail.is_ascii() {
            return Err(Invalid::Value);
        }
        kept.push(mail);
    }
    Ok(kept)
}

/// A comma list; `None` among them stands for neither.
fn password_policies(text: &str) -> Result<String, Invalid> {
    const KNOWN: [&str; 2] = ["DisablePasswordExpiration", "DisableStrongPassword"];
    let mut kept: Vec<&str> = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        if word.eq_ignore_ascii_case("None") {
            continue;
        }
        let known = KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(word)).ok_or(Invalid::Value)?;
        if !kept.contains(&known) {
            kept.push(known);
        }
    }
    Ok(kept.join(", "))
}

/// Boolean, instant, 32-bit number or text of 256 letters.
fn extension(value: Value) -> Result<Value, Invalid> {
    match value {
        Value::Text(text) => Ok(Value::Text(bounded(text, MOST_EXTENSION_LETTERS)?)),
        Value::Int(number) => {
            i32::try_from(number).map(|number| Value::Int(number.into())).map_err(|_| Invalid::Value)
        }
        Value::Bool(_) | Value::Time(_) | Value::Date(_) => Ok(value),
        Value::List(_) | Value::Identities(_) => Err(Invalid::Type),
    }
}

#[cfg(test)]
#[path = "attribute_tests.rs"]
mod tests;
