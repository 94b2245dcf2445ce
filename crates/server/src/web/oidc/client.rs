//! Who asks at the token endpoint: the credentials of a request, and whether they are the client's (protocols 3).
//!
//! In: the form, the query and the `Authorization` header as sent. Out: [`Credentials`], checked against a registered
//! application, or a refusal. Pure; secrets are compared in constant time and never repeated.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::parameters::{self, Parameters};
use super::refusal::Refusal;
use crate::applications::{Application, ClientKind};

/// What must never stand in a URL, which is logged on its way (attack 79).
const SECRET: &[&str] = &[
    "client_secret",
    "client_assertion",
    "code",
    "code_verifier",
    "refresh_token",
    "access_token",
    "id_token",
    "password",
    "assertion",
];

/// A client id and perhaps a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// As sent.
    pub client_id: String,
    /// As sent.
    pub secret: Option<String>,
    /// Whether they came by HTTP Basic, so that a refusal is 401 with a challenge.
    pub by_basic: bool,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Reads the credentials of a token request.
///
/// # Errors
/// `invalid_request`: secrets in the query, two methods at once, no client id. `invalid_client`: a broken Basic header,
/// an assertion.
pub fn credentials(
    form: &Parameters,
    query: &Parameters,
    basic: Option<&str>,
) -> Result<Credentials, Refusal> {
    if let Some(name) = SECRET.iter().find(|name| query.raw(name).is_some()) {
        return Err(Refusal::named(
            "invalid_request",
            90122,
            &format!("'{name}' must not stand in the URL."),
        ));
    }
    if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
        return Err(Refusal::named("invalid_client", 90016, "The client assertion type is not supported."));
    }
    let in_form = form.get("client_id");
    let Some(header) = basic else {
        let client_id = in_form.ok_or_else(|| {
            Refusal::named(
                "invalid_request",
                90083,
                "The request is missing the required parameter: client_id.",
            )
        })?;
        let secret = form.get("client_secret").map(str::to_owned);
        return Ok(Credentials { client_id: client_id.to_owned(), secret, by_basic: false });
    };
    if form.get("client_secret").is_some() {
        return Err(Refusal::named(
            "invalid_request",
            90122,
            "The request authenticates the client in two ways.",
        ));
    }
    let (client_id, secret) = basic_parts(header).ok_or_else(|| {
        Refusal::named("invalid_client", 90027, "The basic credentials in the request are not valid.")
    })?;
    if in_form.is_some_and(|other| !other.eq_ignore_ascii_case(&client_id)) {
        return Err(Refusal::named("invalid_request", 90122, "The request names two clients."));
    }
    Ok(Credentials { client_id, secret: Some(secret), by_basic: true })
}

/// Checks credentials against the application they name.
///
/// # Errors
/// `invalid_client` with 90018, 90079, 90081 or 90084 (attacks 79, 80).
pub fn authenticate(
    sent: &Credentials,
    application: Option<Application>,
    now: Timestamp,
) -> Result<Application, Refusal> {
    let refused = |code, text: &str| Err(Refusal::named("invalid_client", code, text));
    let Some(application) = application else {
        return refused(90018, "The client id specified in the request is not registered in the tenant.");
    };
    match (application.kind, sent.secret.as_deref()) {
        (ClientKind::Public, None) => Ok(application),
        (ClientKind::Public, Some(_)) => refused(90084, "Public clients should not send a client_secret."),
        (ClientKind::Confidential, None) => {
            refused(90079, "Clients must send a client_secret when redeeming a confidential grant.")
        }
        (ClientKind::Confidential, Some(secret)) if application.secret_matches(secret, now) => {
            Ok(application)
        }
        (ClientKind::Confidential, Some(_)) => {
            refused(90081, "The specified client_secret does not match the expected value for this client.")
        }
    }
}

/// `Basic base64(urlencode(id):urlencode(secret))` (RFC 6749, 2.3.1); both parts must be there.
fn basic_parts(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let (id, secret) = (decoded.get(..colon)?, decoded.get(colon + 1..)?);
    let id = parameters::decode(id).ok().filter(|id| !id.is_empty())?;
    let secret = parameters::decode(secret).ok().filter(|secret| !secret.is_empty())?;
    Some((id, secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applications::Secret;

    fn form(text: &str) -> Parameters {
        Parameters::read("", text.as_bytes()).unwrap()
    }

    fn query(text: &str) -> Parameters {
        Parameters::read(text, b"").unwrap()
    }

    fn outcome(body: &str, url: &str, basic: Option<&str>) -> (&'static str, Option<u32>) {
        match credentials(&form(body), &query(url), basic) {
            Ok(_) => ("", None),
            Err(refusal) => (refusal.error, refusal.fault.number()),
        }
    }

    fn encoded(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn attack_079_credentials_come_in_one_clean_way() {
        let good = encoded("id:s");
        assert_eq!(outcome("client_id=id&client_secret=s", "p=x&client-request-id=1", None), ("", None));
        assert_eq!(outcome("client_id=id", "", Some(&good)), ("", None));
        assert_eq!(outcome("", "", Some(&encoded("a%3Ab:c%2Bd+e"))), ("", None));
        let read = credentials(&form(""), &query(""), Some(&encoded("a%3Ab:c%2Bd+e"))).unwrap();
        assert_eq!((read.client_id.as_str(), read.secret.as_deref()), ("a:b", Some("c+d e")));
        for name in SECRET {
            let url = format!("{name}=x");
            assert_eq!(outcome("client_id=id", &url, None), ("invalid_request", Some(90122)), "{name}");
        }
        assert_eq!(outcome("client_id=id&client_secret=s", "", Some(&good)).0, "invalid_request");
        assert_eq!(outcome("client_id=other", "", Some(&good)).0, "invalid_request");
        assert_eq!(outcome("grant_type=x", "", None), ("invalid_request", Some(90083)));
        let plain = |text: &str| format!("Basic {text}");
        for broken in [
            plain("!!!"),
            plain(""),
            encoded("nocolon"),
            encoded(":"),
            encoded("id:"),
            encoded(":s"),
            encoded("%zz:s"),
            "Bearer x".into(),
            "Basic".into(),
        ] {
            assert_eq!(outcome("", "", Some(&broken)), ("invalid_client", Some(90027)), "{broken}");
        }
        assert_eq!(outcome("client_id=id&client_assertion=x", "", None).0, "invalid_client", "attack 81");
    }

    #[test]
    fn attack_080_the_kind_of_client_decides() {
        let now = Timestamp::UNIX_EPOCH;
        let public = Application::new("t", "n", ClientKind::Public);
        let mut confidential = Application::new("t", "n", ClientKind::Confidential);
        let (secret, kept) = Secret::generate(None);
        confidential.secrets.push(kept);
        let sent = |secret: Option<&str>| Credentials {
            client_id: "id".into(),
            secret: secret.map(str::to_owned),
            by_basic: false,
        };
        let code = |sent: &Credentials, application: Option<&Application>| {
            authenticate(sent, application.cloned(), now)
                .err()
                .map(|refusal| (refusal.error, refusal.fault.number().unwrap()))
        };
        assert_eq!(code(&sent(None), Some(&public)), None);
        assert_eq!(code(&sent(Some(&secret)), Some(&confidential)), None);
        assert_eq!(code(&sent(Some("s")), Some(&public)), Some(("invalid_client", 90084)));
        assert_eq!(code(&sent(None), Some(&confidential)), Some(("invalid_client", 90079)));
        assert_eq!(code(&sent(Some("wrong")), Some(&confidential)), Some(("invalid_client", 90081)));
        assert_eq!(code(&sent(Some("s")), None), Some(("invalid_client", 90018)));
        assert!(!format!("{:?}", sent(Some("hidden"))).contains("hidden"));
    }
}
