//! The standard claims of OpenID Connect, told by what was asked (Core 5.1, 5.4, 5.5), where the operator turned that on:
//! `behaviour.standard_claims`.
//!
//! In: the scope text and the `claims` parameter of a request, or the claims of an access token that carries them on. Out:
//! which claims may stand in an id token and in a UserInfo document. Pure; claims that are not standard are the policy's.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_engine::journey::Fault;

/// Scopes and the claims they ask for (Core 5.4).
pub const SCOPES: &[(&str, &[&str])] = &[
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// Member of an access token with the names that the request's `claims` parameter asked of UserInfo.
const USERINFO: &str = "userinfo_claims";
/// Most claims that one request may name, and the longest name.
const MOST_NAMES: usize = 50;
const MOST_NAME: usize = 64;

/// What a request asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Scopes of [`SCOPES`], in the request's order.
    scopes: Vec<String>,
    /// Claims asked for by name in the id token.
    id_token: Vec<String>,
    /// Claims asked for by name from UserInfo.
    userinfo: Vec<String>,
}

fn claims_of(scope: &str) -> Option<&'static [&'static str]> {
    SCOPES.iter().find(|(known, _)| *known == scope).map(|(_, claims)| *claims)
}

fn is_standard(name: &str) -> bool {
    SCOPES.iter().any(|(_, claims)| claims.contains(&name))
}

impl Asked {
    /// Reads a request. `claims` is the parameter's JSON.
    ///
    /// # Errors
    /// 90122: `claims` is not an object of objects, or names too much.
    pub fn read(scope: &str, claims: Option<&str>) -> Result<Asked, Fault> {
        let mut asked = Asked::default();
        for word in scope.split(' ').filter(|word| claims_of(word).is_some()) {
            if !asked.scopes.iter().any(|known| known == word) {
                asked.scopes.push(word.to_owned());
            }
        }
        let Some(claims) = claims else { return Ok(asked) };
        let malformed =
            || Fault::with(90122, "The parameter 'claims' is not the JSON that OpenID Connect describes.");
        let Ok(Value::Object(parts)) = serde_json::from_str(claims) else { return Err(malformed()) };
        asked.id_token = names(parts.get("id_token")).ok_or_else(malformed)?;
        asked.userinfo = names(parts.get("userinfo")).ok_or_else(malformed)?;
        Ok(asked)
    }

    /// What an access token carries on of it.
    #[must_use]
    pub fn carried(token: &Map<String, Value>) -> Asked {
        let scopes = token.get("scp").and_then(Value::as_str).unwrap_or_default().split(' ');
        let userinfo = token.get(USERINFO).and_then(Value::as_array).into_iter().flatten();
        Asked {
            scopes: scopes.filter(|word| claims_of(word).is_some()).map(str::to_owned).collect(),
            id_token: Vec::new(),
            userinfo: userinfo.filter_map(Value::as_str).map(str::to_owned).collect(),
        }
    }

    /// Puts into an access token what UserInfo needs to know, after the scopes that stand in it already.
    pub fn carry(&self, token: &mut Map<String, Value>) {
        let before = token.get("scp").and_then(Value::as_str).filter(|text| !text.is_empty());
        let words: Vec<&str> = before.into_iter().chain(self.scopes()).collect();
        if !words.is_empty() {
            token.insert("scp".to_owned(), words.join(" ").into());
        }
        if !self.userinfo.is_empty() {
            token.insert(USERINFO.to_owned(), self.userinfo.clone().into());
        }
    }

    /// The scopes, in the request's order.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(String::as_str)
    }

    /// Whether a claim may stand in an id token. `alone`: no access token is issued, so that UserInfo cannot be asked.
    #[must_use]
    pub fn in_id_token(&self, name: &str, alone: bool) -> bool {
        !is_standard(name) || self.id_token.iter().any(|known| known == name) || (alone && self.covers(name))
    }

    /// Whether a claim may stand in a UserInfo document.
    #[must_use]
    pub fn in_userinfo(&self, name: &str) -> bool {
        !is_standard(name) || self.userinfo.iter().any(|known| known == name) || self.covers(name)
    }

    fn covers(&self, name: &str) -> bool {
        self.scopes().filter_map(claims_of).any(|claims| claims.contains(&name))
    }
}

/// The value as Core 5.1 types it: `address` is an object, which a policy can only write as text.
#[must_use]
pub fn shaped(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("address", Value::String(text)) => match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Value::Object(object),
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

/// Names of one part of the parameter; how a claim is asked for (`essential`, `value`) changes nothing.
fn names(part: Option<&Value>) -> Option<Vec<String>> {
    let members = match part {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(Value::Object(members)) => members,
        Some(_) => return None,
    };
    let fits = members.len() <= MOST_NAMES && members.keys().all(|name| name.len() <= MOST_NAME);
    fits.then(|| members.keys().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn scopes_and_names_decide_where_a_standard_claim_stands() {
        let claims = r#"{"userinfo":{"name":{"essential":true}},"id_token":{"picture":null}}"#;
        let asked = Asked::read("openid email profile2 email", Some(claims)).unwrap();
        let table = [
            // (claim, id token beside an access token, id token alone, UserInfo)
            ("email", false, true, true),
            ("email_verified", false, true, true),
            ("name", false, false, true),
            ("picture", true, true, false),
            ("phone_number", false, false, false),
            ("tid", true, true, true),
            ("sub", true, true, true),
        ];
        for (name, beside, alone, userinfo) in table {
            assert_eq!(asked.in_id_token(name, false), beside, "{name}");
            assert_eq!(asked.in_id_token(name, true), alone, "{name}");
            assert_eq!(asked.in_userinfo(name), userinfo, "{name}");
        }
    }

    #[test]
    fn an_access_token_carries_on_what_userinfo_needs() {
        let asked = Asked::read("phone openid", Some(r#"{"userinfo":{"name":null}}"#)).unwrap();
        let mut access = token(r#"{"scp":"read"}"#);
        asked.carry(&mut access);
        assert_eq!(access, token(r#"{"scp":"read phone","userinfo_claims":["name"]}"#));
        let carried = Asked::carried(&access);
        assert!(carried.in_userinfo("name") && carried.in_userinfo("phone_number"));
        assert!(!carried.in_userinfo("email"));
        let mut plain = token("{}");
        Asked::default().carry(&mut plain);
        assert!(plain.is_empty());
    }

    #[test]
    fn a_claims_parameter_that_is_not_what_it_should_be_is_refused() {
        let many = format!(
            "{{\"userinfo\":{{{}}}}}",
            (0..51).map(|n| format!("\"c{n}\":null")).collect::<Vec<_>>().join(",")
        );
        let long = format!(r#"{{"id_token":{{"{}":null}}}}"#, "x".repeat(65));
        for bad in ["", "x", "[]", "1", r#"{"userinfo":[]}"#, r#"{"id_token":"name"}"#, &many, &long] {
            let refused = Asked::read("openid", Some(bad)).unwrap_err();
            assert_eq!(refused.number(), Some(90122), "{bad}");
        }
        for good in ["{}", r#"{"userinfo":null}"#, r#"{"other":1}"#] {
            assert_eq!(Asked::read("openid", Some(good)).unwrap(), Asked::default(), "{good}");
        }
    }

    #[test]
    fn an_address_is_an_object_where_it_reads_as_one() {
        let text = Value::from(r#"{"country":"France"}"#);
        assert_eq!(shaped("address", &text)["country"], "France");
        assert_eq!(shaped("name", &text), text);
        assert_eq!(shaped("address", &Value::from("1 Rue")), "1 Rue");
    }
}
