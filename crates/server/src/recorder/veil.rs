//! What of a message is not kept. In: a body, an address, and what in them is secret. Out: the same with the secret parts
//! hidden, whatever form they have; the rest stays readable (attack 127).

use serde_json::Value as Json;

/// What stands for a value that is not kept.
pub(super) const HIDDEN: &str = "•••";
/// A value so short would be hidden all over the text.
const LEAST: usize = 4;

/// What is secret in one exchange.
#[derive(Clone, Debug, Default)]
pub struct Veil {
    /// Names under which a secret travels.
    pub names: Vec<String>,
    /// Secrets themselves, for where they stand without a name.
    pub values: Vec<String>,
}

/// Names whose values are secret whatever a policy says of them.
pub(super) fn is_veiled(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "password",
        "secret",
        "token",
        "assertion",
        "otp",
        "verificationcode",
        "authorization",
        "api-key",
        "apikey",
    ]
    .iter()
    .any(|word| name.contains(word))
}

impl Veil {
    fn hides(&self, name: &str) -> bool {
        is_veiled(name) || self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// A body: JSON and forms by their names, anything else by the secrets in it.
    pub(super) fn body(&self, body: &str) -> String {
        if let Ok(mut json @ (Json::Object(_) | Json::Array(_))) = serde_json::from_str(body) {
            self.json(&mut json);
            return self.text(&json.to_string());
        }
        match is_form(body) {
            true => self.text(&self.form(body)),
            false => self.text(body),
        }
    }

    /// An address: its query by the names, the rest by the secrets in it.
    pub(super) fn address(&self, address: &str) -> String {
        let (head, query) = address.split_once('?').unwrap_or((address, ""));
        let encoded = |value: &String| {
            let all = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
            all.to_string()
        };
        let path = Veil { names: Vec::new(), values: self.values.iter().map(encoded).collect() }.text(head);
        match query.is_empty() {
            true => self.text(&path),
            false => format!("{}?{}", self.text(&path), self.text(&self.form(query))),
        }
    }

    /// One header.
    pub(super) fn header(&self, name: &str, value: &str) -> String {
        if self.hides(name) { HIDDEN.to_owned() } else { self.text(value) }
    }

    fn form(&self, form: &str) -> String {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = url::form_urlencoded::parse(pair.as_bytes()).next().unwrap_or_default();
            let secret = self.hides(&plain.0) || self.values.iter().any(|value| *value == *plain.1);
            if secret { format!("{name}={HIDDEN}") } else { format!("{name}={value}") }
        };
        form.split('&').map(pair).collect::<Vec<_>>().join("&")
    }

    fn json(&self, json: &mut Json) {
        match json {
            Json::Object(members) => {
                for (name, value) in members.iter_mut() {
                    if self.hides(name) { *value = Json::from(HIDDEN) } else { self.json(value) }
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Json::String(text) => *text = self.text(text),
            _ => {}
        }
    }

    /// A text with the secrets in it replaced, the longest first.
    fn text(&self, text: &str) -> String {
        let mut values: Vec<&String> = self.values.iter().filter(|value| value.len() >= LEAST).collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.into_iter().fold(text.to_owned(), |text, value| text.replace(value.as_str(), HIDDEN))
    }
}

/// Whether a body can be a form: pairs with encoded values, without spaces or line ends.
fn is_form(body: &str) -> bool {
    body.contains('=') && !body.contains(|c: char| c.is_whitespace() || c == '<' || c == '{')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_127_secrets_are_hidden_in_every_form_a_message_has() {
        let veil = Veil { names: vec!["pin".into()], values: vec!["s3cr&t".into(), "x".into()] };
        for (body, expected) in [
            (
                r#"{"name":"Ada","PIN":1,"deep":[{"access_token":"e"}]}"#,
                r#"{"name":"Ada","PIN":"•••","deep":[{"access_token":"•••"}]}"#,
            ),
            (r#"{"note":"it is s3cr&t"}"#, r#"{"note":"it is •••"}"#),
            ("name=Ada&pin=12&password=a%20b&x=1", "name=Ada&pin=•••&password=•••&x=1"),
            ("note=s3cr%26t", "note=•••"),
            ("a page with s3cr&t in it", "a page with ••• in it"),
            ("", ""),
        ] {
            assert_eq!(veil.body(body), expected);
        }
        for (address, expected) in [
            ("https://a.test/s3cr%26t/x?pin=1&q=2", "https://a.test/•••/x?pin=•••&q=2"),
            ("https://a.test/", "https://a.test/"),
        ] {
            assert_eq!(veil.address(address), expected);
        }
        assert_eq!(veil.header("x-api-key", "k"), HIDDEN);
        assert_eq!(veil.header("pin", "1"), HIDDEN);
        assert_eq!(veil.header("accept", "*/*"), "*/*");
    }
}
