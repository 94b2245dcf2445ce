//! Preconditions and EnabledForUserJourneys: what skips a step or a profile (policy-language 5.5, 7.3).
//!
//! In: conditions and the bag. Out: yes or no. Nothing is changed here.

use crate::claims::{Claims, DataType, Value};
use crate::policy::journey::Test;
use crate::policy::{Enabled, Precondition};

/// Whether any of the preconditions is met, which skips what they stand at.
pub fn skips(preconditions: &[Precondition], claims: &Claims) -> bool {
    preconditions.iter().any(|precondition| is_met(precondition, claims))
}

/// A test on an absent claim's value is not evaluated, so it never skips, whatever `ExecuteActionsIf` says.
fn is_met(precondition: &Precondition, claims: &Claims) -> bool {
    let outcome = match &precondition.test {
        Test::ClaimsExist(names) => Some(names.iter().all(|name| claims.has(name))),
        Test::ClaimEquals(name, kind, literal) => {
            claims.get(name).and_then(|value| equals(value, *kind, literal))
        }
    };
    outcome == Some(precondition.skip_if)
}

/// Ordinal comparison of the text form; booleans in any case; a collection only when it has exactly one item.
fn equals(value: &Value, kind: DataType, literal: &str) -> Option<bool> {
    match value {
        Value::Strings(items) => match items.as_slice() {
            [only] => Some(only == literal),
            _ => None,
        },
        Value::Boolean(_) => Some(value.text().eq_ignore_ascii_case(literal.trim())),
        _ if kind == DataType::Boolean => Some(value.text().eq_ignore_ascii_case(literal.trim())),
        _ => Some(value.text() == literal),
    }
}

/// Whether the profile runs, or is offered.
pub fn is_enabled(enabled: &Enabled, claims: &Claims) -> bool {
    let contains = |name: &str, item: &str| match claims.get(name) {
        Some(Value::Strings(items)) => items.iter().any(|known| known == item),
        Some(other) => other.text() == item,
        None => false,
    };
    match enabled {
        Enabled::Always => true,
        Enabled::Never => false,
        Enabled::OnClaim(name, None) => claims.has(name),
        Enabled::OnClaim(name, Some(wanted)) => {
            claims.get(name).is_some_and(|value| equals(value, value.data_type(), wanted) == Some(true))
        }
        Enabled::OnItem(name, item) => contains(name, item),
        Enabled::OnItemAbsent(name, item) => !contains(name, item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Name;

    fn bag() -> Claims {
        let claims = [
            ("objectId", Value::text_of("7")),
            ("isNew", Value::Boolean(true)),
            ("empty", Value::text_of("")),
            ("one", Value::Strings(vec!["a".into()])),
            ("two", Value::Strings(vec!["a".into(), "b".into()])),
            ("word", Value::text_of("True")),
            ("count", Value::Int(7)),
            ("day", Value::parse("2024-02-29", DataType::Date).unwrap()),
            ("time", Value::parse("2024-02-29T10:00:00Z", DataType::DateTime).unwrap()),
            ("phone", Value::Phone("+15551234567".into())),
        ];
        claims.into_iter().map(|(name, value)| (Name::from(name), value)).collect()
    }

    #[test]
    fn claims_exist_skips_as_policy_language_7_3_says() {
        // claims, ExecuteActionsIf, skipped
        let table: [(&[&str], bool, bool); 7] = [
            (&["objectId"], true, true),
            (&["objectId"], false, false),
            (&["absent"], true, false),
            (&["absent"], false, true),
            (&["empty"], true, true),
            (&["objectId", "absent"], true, false),
            (&["objectId", "isNew"], true, true),
        ];
        for (names, skip_if, expected) in table {
            let test = Test::ClaimsExist(names.iter().map(|n| Name::from(*n)).collect());
            assert_eq!(skips(&[Precondition { test, skip_if }], &bag()), expected, "{names:?} {skip_if}");
        }
    }

    #[test]
    fn claim_equals_skips_as_policy_language_7_3_says() {
        let table = [
            ("objectId", DataType::String, "7", true, true),
            ("objectId", DataType::String, "8", false, true),
            ("isNew", DataType::Boolean, "True", true, true),
            ("isNew", DataType::Boolean, "true", true, true),
            ("word", DataType::String, "true", true, false),
            ("absent", DataType::String, "x", true, false),
            ("absent", DataType::String, "x", false, false),
            ("count", DataType::Int, "7", true, true),
            ("count", DataType::Int, "07", true, false),
            ("day", DataType::Date, "2024-02-29", true, true),
            ("time", DataType::DateTime, "2024-02-29T10:00:00.0000000Z", true, true),
            ("time", DataType::DateTime, "2024-02-29T10:00:00Z", true, false),
            ("phone", DataType::PhoneNumber, "+15551234567", true, true),
            ("one", DataType::StringCollection, "a", true, true),
            ("two", DataType::StringCollection, "a", true, false),
            ("two", DataType::StringCollection, "a", false, false),
        ];
        for (name, kind, literal, skip_if, expected) in table {
            let test = Test::ClaimEquals(Name::from(name), kind, literal.to_owned());
            assert_eq!(
                skips(&[Precondition { test, skip_if }], &bag()),
                expected,
                "{name} {literal} {skip_if}"
            );
        }
    }

    #[test]
    fn enabled_for_user_journeys_in_all_values() {
        let n = |name: &str| Name::from(name);
        let table = [
            (Enabled::Always, true),
            (Enabled::Never, false),
            (Enabled::OnClaim(n("objectId"), None), true),
            (Enabled::OnClaim(n("absent"), None), false),
            (Enabled::OnClaim(n("objectId"), Some("8".into())), false),
            (Enabled::OnItem(n("two"), "b".into()), true),
            (Enabled::OnItem(n("two"), "c".into()), false),
            (Enabled::OnItemAbsent(n("two"), "c".into()), true),
            (Enabled::OnItemAbsent(n("absent"), "c".into()), true),
        ];
        for (enabled, expected) in table {
            assert_eq!(is_enabled(&enabled, &bag()), expected, "{enabled:?}");
        }
    }
}
