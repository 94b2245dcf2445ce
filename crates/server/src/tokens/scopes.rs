//! Scopes: what an application asks for, and what it gets (protocols 2).
//!
//! In: the `scope` text and the APIs of the tenant. Out: [`Scopes`], or the fault. Pure.

use serde::{Deserialize, Serialize};
use vestibule_engine::journey::Fault;

use super::standard::Asked;

/// Scopes of OpenID Connect that are accepted without effect (MSAL always adds `profile`).
const TOLERATED: &[&str] = &["profile", "email", "address", "phone"];

/// Longest scope that a refusal repeats, in characters: the sentence travels in an address.
const MOST_SHOWN: usize = 200;

/// An API of the tenant as one application sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// Its client id, which becomes the audience.
    pub client_id: String,
    /// Its identifier URI, compared letter for letter.
    pub identifier_uri: String,
    /// Names of its scopes that the application was granted.
    pub scopes: Vec<String>,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Its client id: a scope of that name is a token for the application itself.
    pub client_id: &'a str,
    /// Whether `openid` without a resource gets an access token for UserInfo (protocols 18 row 2).
    pub userinfo_token: bool,
}

/// What was granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes {
    /// `openid`: an id token.
    pub openid: bool,
    /// `offline_access`: a refresh token.
    pub offline: bool,
    /// The one resource, where scopes of one were granted.
    pub resource: Option<Granted>,
    /// Standard claims that were asked for, where they are told by what is asked ([`super::standard`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

/// Scopes granted of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Client id of the API: `aud` of the access token.
    pub audience: String,
    /// Full names as the API registers them, for the response; empty for a token that was not asked for by name.
    pub full: Vec<String>,
    /// Short names for `scp`; empty for a token for the application itself.
    pub short: Vec<String>,
}

impl Scopes {
    /// The `scope` of a response: resource scopes first, then `openid` and `offline_access`, then those of standard claims.
    #[must_use]
    pub fn text(&self) -> String {
        let mut words: Vec<&str> = Vec::new();
        if let Some(granted) = &self.resource {
            words.extend(granted.full.iter().map(String::as_str));
        }
        words.extend(self.openid.then_some("openid"));
        words.extend(self.offline.then_some("offline_access"));
        words.extend(self.asked.iter().flat_map(Asked::scopes));
        words.join(" ")
    }

    /// Whether everything in `self` is in `granted`: a refresh may not widen (attack 77). Another scope of the same
    /// API is fine: it was consented to with the first (protocols 3).
    #[must_use]
    pub fn is_within(&self, granted: &Scopes) -> bool {
        let same =
            |wanted: &Granted| granted.resource.as_ref().is_some_and(|had| had.audience == wanted.audience);
        (granted.openid || !self.openid)
            && (granted.offline || !self.offline)
            && self.resource.as_ref().is_none_or(same)
    }
}

/// Reads a scope list.
///
/// # Errors
/// 90010 empty, 99005 an illegal character, 90117 an unknown scope, 90146 more than one resource, 90205 nothing of the
/// resource is granted.
pub fn read(text: &str, asker: Asker<'_>, apis: &[Api]) -> Result<Scopes, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::with(90010, "The request does not contain a scope parameter."));
    }
    if let Some(odd) = text.chars().find(|c| !is_scope_letter(*c)) {
        let text = format!(
            "The request contains an invalid scope parameter which includes an illegal character '{odd}'."
        );
        return Err(Fault::with(99005, text));
    }
    let mut scopes = Scopes::default();
    let mut asked: Vec<(&str, &str)> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "openid" => scopes.openid = true,
            "offline_access" => scopes.offline = true,
            word if TOLERATED.contains(&word) => {}
            word if word.eq_ignore_ascii_case(asker.client_id) => asked.push((word, "")),
            word => asked.push(split(word).ok_or_else(|| unsupported(word))?),
        }
    }
    if asked.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one != other)) {
        let text = format!(
            "The scope '{}' provided in request specifies more than one resource for an access token, which is not supported.",
            shown(text)
        );
        return Err(Fault::with(90146, text));
    }
    if let Some((resource, _)) = asked.first() {
        scopes.resource = Some(grant(resource, &asked, asker.client_id, apis)?);
    } else if scopes.openid && asker.userinfo_token {
        let audience = asker.client_id.to_owned();
        scopes.resource = Some(Granted { audience, full: Vec::new(), short: Vec::new() });
    }
    Ok(scopes)
}

/// RFC 6749, 3.3: printable ASCII without quotation mark and backslash; the space separates.
fn is_scope_letter(c: char) -> bool {
    c == ' ' || (c.is_ascii_graphic() && c != '"' && c != '\\')
}

/// Resource and short name of `{identifierUri}/{scope}`; a bare word is neither.
fn split(word: &str) -> Option<(&str, &str)> {
    let (resource, name) = word.rsplit_once('/')?;
    (resource.contains("://") && !resource.ends_with('/') && !name.is_empty()).then_some((resource, name))
}

fn grant(resource: &str, asked: &[(&str, &str)], client_id: &str, apis: &[Api]) -> Result<Granted, Fault> {
    if resource.eq_ignore_ascii_case(client_id) {
        let own = client_id.to_owned();
        return Ok(Granted { audience: own.clone(), full: vec![own], short: Vec::new() });
    }
    let Some(api) = apis.iter().find(|api| api.identifier_uri == resource) else {
        return Err(unsupported(resource));
    };
    let mut granted = Granted { audience: api.client_id.clone(), full: Vec::new(), short: Vec::new() };
    for name in &api.scopes {
        if asked.iter().any(|(_, wanted)| wanted == name || *wanted == ".default") {
            granted.full.push(format!("{resource}/{name}"));
            granted.short.push(name.clone());
        }
    }
    if granted.short.is_empty() {
        let text = "This application does not have sufficient permissions against this web resource to perform the operation.";
        return Err(Fault::with(90205, text));
    }
    Ok(granted)
}

fn unsupported(scope: &str) -> Fault {
    Fault::with(90117, format!("The scope '{}' provided in the request is not supported.", shown(scope)))
}

/// As much of a scope as a sentence repeats.
fn shown(scope: &str) -> String {
    scope.chars().take(MOST_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKER: Asker<'static> = Asker { client_id: CLIENT, userinfo_token: false };
    const CLIENT: &str = "8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11";
    const API: &str = "https://contoso.onmicrosoft.com/api";

    fn apis() -> Vec<Api> {
        let api = |id: &str, uri: &str| Api {
            client_id: id.into(),
            identifier_uri: uri.into(),
            scopes: vec!["read".into(), "write".into()],
        };
        vec![api("api-id", API), api("other-id", "https://contoso.onmicrosoft.com/other")]
    }

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn scopes_are_granted_as_protocols_2_says() {
        let table = [
            ("openid", "openid", None, &[][..]),
            ("openid profile email offline_access", "openid offline_access", None, &[]),
            (CLIENT, CLIENT, Some(CLIENT), &[]),
            (
                "openid https://contoso.onmicrosoft.com/api/read",
                "https://contoso.onmicrosoft.com/api/read openid",
                Some("api-id"),
                &["read"],
            ),
            (
                "https://contoso.onmicrosoft.com/api/read https://contoso.onmicrosoft.com/api/nope offline_access",
                "https://contoso.onmicrosoft.com/api/read offline_access",
                Some("api-id"),
                &["read"],
            ),
            (
                "https://contoso.onmicrosoft.com/api/.default",
                "https://contoso.onmicrosoft.com/api/read https://contoso.onmicrosoft.com/api/write",
                Some("api-id"),
                &["read", "write"],
            ),
        ];
        for (text, answer, audience, short) in table {
            let scopes = read(text, ASKER, &apis()).unwrap();
            assert_eq!(scopes.text(), answer, "{text}");
            assert_eq!(scopes.resource.as_ref().map(|r| r.audience.as_str()), audience, "{text}");
            assert_eq!(scopes.resource.map(|r| r.short).unwrap_or_default(), words(short), "{text}");
        }
    }

    #[test]
    fn openid_gets_an_access_token_for_user_info_where_the_application_wants_it() {
        let asker = Asker { userinfo_token: true, ..ASKER };
        let scopes = read("openid profile", asker, &apis()).unwrap();
        assert_eq!(scopes.text(), "openid", "nothing that was not asked for is in the answer's scope");
        let granted = scopes.resource.unwrap();
        assert_eq!((granted.audience.as_str(), granted.short.len()), (CLIENT, 0));
        let api = format!("openid {API}/read");
        assert_eq!(read(&api, asker, &apis()).unwrap().resource.unwrap().audience, "api-id");
        assert_eq!(
            read("offline_access", asker, &apis()).unwrap().resource,
            None,
            "without openid there is none"
        );
    }

    #[test]
    fn scopes_are_refused_with_the_documented_code() {
        let table = [
            ("", 90010),
            ("   ", 90010),
            ("openid\tprofile", 99005),
            ("openid \"x\"", 99005),
            ("openid caf\u{e9}", 99005),
            ("openid foo", 90117),
            ("OPENID", 90117),
            ("https://evil.test/api/read", 90117),
            ("https://contoso.onmicrosoft.com/api/nope", 90205),
            ("https://contoso.onmicrosoft.com/api/read https://contoso.onmicrosoft.com/other/read", 90146),
            ("https://contoso.onmicrosoft.com/api/read 8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11", 90146),
        ];
        for (text, code) in table {
            assert_eq!(read(text, ASKER, &apis()).unwrap_err().number(), Some(code), "{text}");
        }
    }

    #[test]
    fn attack_077_a_refresh_never_widens() {
        let granted =
            read("openid offline_access https://contoso.onmicrosoft.com/api/read", ASKER, &apis()).unwrap();
        let table = [
            ("openid", true),
            ("openid offline_access", true),
            ("https://contoso.onmicrosoft.com/api/write", true),
            ("https://contoso.onmicrosoft.com/other/read", false),
            (CLIENT, false),
        ];
        for (text, within) in table {
            assert_eq!(read(text, ASKER, &apis()).unwrap().is_within(&granted), within, "{text}");
        }
        let small = read("openid", ASKER, &apis()).unwrap();
        assert!(!granted.is_within(&small));
    }
}
