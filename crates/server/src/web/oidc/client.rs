//! Who asks at the token endpoint: the credentials of a request, and whether they are the client's (protocols 3).
//!
//! In: the form, the query and the `Authorization` header as sent. Out: [`Credentials`], checked against a registered
//! application, or a refusal. Pure; secrets are compared in constant time and never repeated. Assertions are judged in
//! `applications::assertion`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::direct::{missing, unproven};
use super::parameters::{self, Parameters};
use super::refusal::Refusal;
use crate::applications::{Application, ClientKind, RedirectKind, assertion};

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

/// A client id and what proves it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// As sent.
    pub client_id: String,
    /// As sent.
    pub proof: Proof,
}

/// What a client sends to prove itself.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// Nothing: it is only named.
    None,
    /// A secret, in the form or by HTTP Basic.
    Secret(String),
    /// A signed assertion (RFC 7523).
    Assertion(String),
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
/// an assertion of an unknown type.
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
    let assertion = assertion(form)?;
    let secret = form.get("client_secret");
    if u8::from(basic.is_some()) + u8::from(secret.is_some()) + u8::from(assertion.is_some()) > 1 {
        let text = "The request authenticates the client in two ways.";
        return Err(Refusal::named("invalid_request", 90122, text));
    }
    let in_form = form.get("client_id");
    let (named, proof) = match (basic, secret, assertion) {
        (Some(header), _, _) => {
            let text = "The basic credentials in the request are not valid.";
            let parts = basic_parts(header);
            let (id, secret) = parts.ok_or_else(|| Refusal::named("invalid_client", 90027, text))?;
            (Some(id), Proof::Secret(secret))
        }
        (None, Some(secret), _) => (None, Proof::Secret(secret.to_owned())),
        (None, None, Some(text)) => (assertion::claimed_client(text), Proof::Assertion(text.to_owned())),
        (None, None, None) => (None, Proof::None),
    };
    if let (Some(one), Some(other)) = (&named, in_form)
        && !one.eq_ignore_ascii_case(other)
    {
        return Err(Refusal::named("invalid_request", 90122, "The request names two clients."));
    }
    let client_id = named.or_else(|| in_form.map(str::to_owned));
    Ok(Credentials { client_id: client_id.ok_or_else(|| missing("client_id"))?, proof })
}

/// The assertion of a request, of the one type there is.
fn assertion(form: &Parameters) -> Result<Option<&str>, Refusal> {
    match (form.get("client_assertion"), form.get("client_assertion_type")) {
        (None, None) => Ok(None),
        (Some(text), Some(assertion::TYPE)) => Ok(Some(text)),
        _ => {
            let text = format!(
                "The requested client assertion type does not match the expected type '{}'.",
                assertion::TYPE
            );
            Err(Refusal::named("invalid_client", 90016, &text))
        }
    }
}

/// Checks credentials against the application they name, in a tenant at a time; tells whether they are a proof. An
/// assertion proves nothing here.
///
/// # Errors
/// `invalid_client` with 90018, 90079, 90081 or 90084 (attacks 79, 80); `unauthorized_client` with 90092.
pub fn authenticate(
    sent: &Credentials,
    application: Option<Application>,
    (tenant, now): (&str, Timestamp),
) -> Result<(Application, bool), Refusal> {
    let refused = |code, text: &str| Err(Refusal::named("invalid_client", code, text));
    let Some(application) = application else {
        let text = format!("The client id specified in the request is not registered in tenant '{tenant}'.");
        return refused(90018, &text);
    };
    let application = enabled(application, tenant)?;
    // A registration may serve a script beside a server: what its script was given needs no secret (protocols 12).
    let in_browser = application.redirect_uris.iter().any(|uri| uri.kind == RedirectKind::Spa);
    match (application.kind, &sent.proof) {
        (ClientKind::Public, Proof::None) => Ok((application, false)),
        (ClientKind::Public, Proof::Secret(_)) => refused(
            90084,
            "Public clients should not send a client_secret when redeeming a publicly acquired grant.",
        ),
        (ClientKind::Confidential, Proof::None) if in_browser => Ok((application, false)),
        (ClientKind::Confidential, Proof::Secret(secret)) if application.secret_matches(secret, now) => {
            Ok((application, true))
        }
        (ClientKind::Confidential, Proof::Secret(_)) => refused(
            90081,
            "The specified client_secret does not match the expected value for this client. Please correct the client_secret and try again.",
        ),
        (ClientKind::Confidential, Proof::None) | (_, Proof::Assertion(_)) => Err(unproven()),
    }
}

/// The application, unless it is disabled.
///
/// # Errors
/// 90092.
pub fn enabled(application: Application, tenant: &str) -> Result<Application, Refusal> {
    if !application.disabled {
        return Ok(application);
    }
    Err(Refusal::of(super::request::disabled(&application, tenant)))
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
    use crate::applications::{RedirectUri, Secret};

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
        assert_eq!(read.client_id, "a:b");
        assert!(read.proof == Proof::Secret("c+d e".into()));
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
            proof: secret.map_or(Proof::None, |secret| Proof::Secret(secret.to_owned())),
        };
        let outcome = |sent: &Credentials, application: Option<&Application>| {
            authenticate(sent, application.cloned(), ("t", now))
                .map(|(_, proven)| proven)
                .map_err(|refusal| (refusal.error, refusal.fault.number().unwrap()))
        };
        assert_eq!(outcome(&sent(None), Some(&public)), Ok(false), "named, not proven");
        assert_eq!(outcome(&sent(Some(&secret)), Some(&confidential)), Ok(true));
        assert_eq!(outcome(&sent(Some("s")), Some(&public)), Err(("invalid_client", 90084)));
        assert_eq!(outcome(&sent(None), Some(&confidential)), Err(("invalid_client", 90079)));
        assert_eq!(outcome(&sent(Some("wrong")), Some(&confidential)), Err(("invalid_client", 90081)));
        assert_eq!(outcome(&sent(Some("s")), None), Err(("invalid_client", 90018)));
        let forgotten = Credentials { client_id: "id".into(), proof: Proof::Assertion("a.b.c".into()) };
        assert!(outcome(&forgotten, Some(&confidential)).is_err(), "an assertion is judged elsewhere");
        let spa = RedirectUri { kind: RedirectKind::Spa, uri: "https://a.test/".into() };
        let both = Application { redirect_uris: vec![spa], ..confidential.clone() };
        assert_eq!(outcome(&sent(None), Some(&both)), Ok(false), "its script has no secret");
        let disabled = Application { disabled: true, ..confidential };
        assert_eq!(outcome(&sent(Some(&secret)), Some(&disabled)), Err(("unauthorized_client", 90092)));
        assert!(!format!("{:?}", sent(Some("hidden"))).contains("hidden"));
    }
}
