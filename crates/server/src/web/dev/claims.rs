//! A token taken apart for reading: header, claims, what each means. Nothing is verified here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;

/// A JSON Web Token as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The token as sent.
    pub(super) raw: String,
    /// Its header, indented.
    pub(super) header: String,
    /// Its claims, indented.
    pub(super) payload: String,
    /// One row a claim, in the token's order.
    pub(super) rows: Vec<Row>,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) meaning: String,
}

/// Claims whose meaning is fixed (OpenID Connect Core 2, RFC 7519, Azure AD B2C token reference).
const MEANINGS: &[(&str, &str)] = &[
    ("iss", "who issued the token"),
    ("sub", "the person, as the relying party knows them"),
    ("aud", "the application the token is for"),
    ("exp", "not valid after"),
    ("nbf", "not valid before"),
    ("iat", "issued at"),
    ("auth_time", "when the person signed in"),
    ("nonce", "ties the token to the request"),
    ("at_hash", "ties the access token to this one"),
    ("c_hash", "ties the code to this token"),
    ("tfp", "policy that ran"),
    ("acr", "policy that ran"),
    ("tid", "tenant"),
    ("oid", "object id of the person"),
    ("ver", "version of the token's format"),
    ("azp", "application that asked for the token"),
    ("scp", "scopes granted"),
    ("idp", "identity provider"),
    ("emails", "mail addresses"),
    ("name", "display name"),
    ("given_name", "given name"),
    ("family_name", "surname"),
    ("newUser", "true right after signing up"),
];

/// Takes a token apart; None when it is no JWT (three parts, the first two JSON objects).
pub(super) fn decoded(token: &str) -> Option<Decoded> {
    let mut parts = token.split('.');
    let (header, payload) = (object(parts.next()?)?, object(parts.next()?)?);
    let (Some(_signature), None) = (parts.next(), parts.next()) else { return None };
    let rows = payload.as_object()?.iter().map(|(name, value)| row(name, value)).collect();
    Some(Decoded { raw: token.to_owned(), header: indented(&header), payload: indented(&payload), rows })
}

/// JSON indented for reading.
pub(super) fn indented(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn object(part: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

fn row(name: &str, value: &Value) -> Row {
    let known = MEANINGS.iter().find(|(claim, _)| *claim == name).map_or("", |(_, meaning)| meaning);
    let time = match name {
        "exp" | "nbf" | "iat" | "auth_time" => {
            value.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok())
        }
        _ => None,
    };
    let meaning =
        time.map_or_else(|| known.to_owned(), |time| format!("{known}: {}", time.strftime("%F %T UTC")));
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Row { name: name.to_owned(), value, meaning }
}
