//! What a page sends, read once: the transaction, the token, the fields (user-interface 2.7, 6.1–6.5).
//!
//! In: query and body as sent. Out: plain data, bounded. Fields are claim ids; whether a page asks for them is the
//! engine's business (attack 26). Nothing here knows a journey.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use vestibule_engine::journey::fields::Posted;
use vestibule_engine::journey::page::{Body, Field, Item, Page};

/// Most fields that are read.
const MOST_FIELDS: usize = 200;
/// What `tx` begins with.
const PREFIX: &str = "StateProperties=";

/// The transaction id in `tx` (user-interface 6.2); none where it is not one.
#[must_use]
pub fn transaction(query: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct State {
        #[serde(rename = "TID")]
        id: String,
    }
    let tx = parameter(query, "tx")?;
    let encoded = tx.strip_prefix(PREFIX)?.trim_end_matches('=');
    let json = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    let state: State = serde_json::from_slice(&json).ok()?;
    crate::journeys::is_transaction_id(&state.id).then_some(state.id)
}

/// The `transId` of a transaction id.
#[must_use]
pub fn transaction_text(id: &str) -> String {
    let json = serde_json::json!({ "TID": id }).to_string();
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(json))
}

/// The first value of a query key.
#[must_use]
pub fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A body as it was posted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a URL-encoded body; a leading `&` is forgiven (6.4).
    #[must_use]
    pub fn read(body: &[u8]) -> Fields {
        let pairs = url::form_urlencoded::parse(body).take(MOST_FIELDS);
        Fields(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The first value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The fields by claim id. Old clients call the sign-in name `logonIdentifier` (6.3): it counts for `sign_in` where
    /// that was not sent itself.
    #[must_use]
    pub fn posted(&self, sign_in: Option<&str>) -> Posted {
        let mut posted = Posted::new();
        for (name, value) in &self.0 {
            posted.entry(name.clone()).or_default().push(value.clone());
        }
        if let Some(sign_in) = sign_in.filter(|id| !posted.contains_key(*id)) {
            let old = posted.keys().find(|name| name.eq_ignore_ascii_case("logonIdentifier")).cloned();
            if let Some(values) = old.and_then(|name| posted.remove(&name)) {
                posted.insert(sign_in.to_owned(), values);
            }
        }
        posted
    }

    /// As `posted`, for a form sent without script: HTML names of the combined page are display names, and date parts
    /// not chosen are `0` (2.7).
    #[must_use]
    pub fn posted_without_script(&self, page: &Page) -> Posted {
        let mut posted = Posted::new();
        let shown = shown(page);
        let is_unified = matches!(page.body, Body::Unified(_));
        for (name, value) in &self.0 {
            let by_label = |field: &&&Field| field.label == *name;
            let id = match shown.iter().any(|field| *field.id == **name) {
                false if is_unified => shown.iter().find(by_label).map(|field| field.id.to_string()),
                _ => None,
            };
            let part = ["_day", "_month", "_year"].iter().any(|end| name.ends_with(end));
            let value = if part && value == "0" { String::new() } else { value.clone() };
            posted.entry(id.unwrap_or_else(|| name.clone())).or_default().push(value);
        }
        let alias = Fields(
            posted
                .into_iter()
                .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)))
                .collect(),
        );
        alias.posted(sign_in_claim(page).as_deref())
    }
}

/// The claim of the sign-in name, where the page is the combined one.
#[must_use]
pub fn sign_in_claim(page: &Page) -> Option<String> {
    let Body::Unified(unified) = &page.body else { return None };
    let first = unified.form.as_ref()?.items.first()?;
    match first {
        Item::Field(field) => Some(field.id.to_string()),
        Item::Control(_) => None,
    }
}

fn shown(page: &Page) -> Vec<&Field> {
    let items = match &page.body {
        Body::Unified(unified) => unified.form.as_ref().map(|form| form.items.as_slice()).unwrap_or_default(),
        Body::Form(form) => form.items.as_slice(),
        Body::Selection(_) | Body::Phone(_) => &[],
    };
    let mut out = Vec::new();
    for item in items {
        match item {
            Item::Field(field) => out.push(field),
            Item::Control(control) => out.extend(control.fields.iter().map(|(field, _)| field)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7d1f7b2e-0c2a-4d6e-9a1b-3c4d5e6f7a8b";

    #[test]
    fn a_transaction_is_read_raw_and_percent_encoded_among_unknown_keys() {
        let text = transaction_text(ID);
        assert!(text.starts_with("StateProperties=") && !text.ends_with('='), "{text}");
        let encoded = text.replace('=', "%3D");
        assert_eq!(transaction(&format!("slice=x&tx={text}&p=B2C_1A_X")).as_deref(), Some(ID));
        assert_eq!(transaction(&format!("tx={encoded}&p=other")).as_deref(), Some(ID));
    }

    #[test]
    fn attack_031_what_is_no_transaction_opens_nothing() {
        let other = URL_SAFE_NO_PAD.encode(r#"{"TID":"../../etc/passwd"}"#);
        for query in [
            "",
            "tx=",
            "tx=StateProperties=",
            "tx=abc",
            "tx=StateProperties=%00",
            &format!("tx=StateProperties={other}"),
        ] {
            assert_eq!(transaction(query), None, "{query}");
        }
    }

    #[test]
    fn bodies_may_begin_with_an_ampersand_and_repeat_check_boxes() {
        let fields = Fields::read(b"&a=1&b=x+y%26&a=2&request_type=RESPONSE");
        assert_eq!(fields.get("request_type"), Some("RESPONSE"));
        let posted = fields.posted(None);
        assert_eq!(posted.get("a"), Some(&vec!["1".to_owned(), "2".to_owned()]));
        assert_eq!(posted.get("b"), Some(&vec!["x y&".to_owned()]));
    }

    #[test]
    fn the_old_name_of_the_sign_in_field_counts_for_it() {
        let old = Fields::read(b"request_type=RESPONSE&logonIdentifier=a%40x&password=p")
            .posted(Some("signInName"));
        assert_eq!(old.get("signInName"), Some(&vec!["a@x".to_owned()]));
        let both = Fields::read(b"signInName=b&logonIdentifier=a").posted(Some("signInName"));
        assert_eq!(both.get("signInName"), Some(&vec!["b".to_owned()]));
    }

    #[test]
    fn attack_024_no_more_than_200_fields_are_read() {
        let body: String = (0..1000).map(|n| format!("f{n}=1&")).collect();
        assert_eq!(Fields::read(body.as_bytes()).posted(None).len(), MOST_FIELDS);
    }
}
