//! Every rule of the authorization request as a table (protocols 2; attacks 1–19).

use super::*;
use crate::applications::RedirectUri;

const APP: &str = "https://app.example.com/cb";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const API: &str = "https://contoso.onmicrosoft.com/api";

fn application(kind: ClientKind) -> Application {
    let mut application = Application::new("contoso.onmicrosoft.com", "shop", kind);
    application.client_id = "8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11".into();
    application.redirect_uris = [
        (RedirectKind::Web, APP),
        (RedirectKind::Spa, "https://spa.example.com/"),
        (RedirectKind::Native, "http://localhost:1234/cb"),
        (RedirectKind::Native, "http://127.0.0.1/cb"),
        (RedirectKind::Native, "http://[::1]/cb"),
        (RedirectKind::Native, "myapp://cb"),
    ]
    .map(|(kind, uri)| RedirectUri { kind, uri: uri.into() })
    .to_vec();
    application.implicit_id_token = true;
    application.implicit_access_token = true;
    application
}

fn apis() -> Vec<Api> {
    vec![Api { client_id: "api".into(), identifier_uri: API.into(), scopes: vec!["read".into()] }]
}

/// An honest request of a confidential client, with some parameters replaced, added or (with `None`) left out.
fn query(changes: &[(&str, Option<&str>)]) -> Parameters {
    let mut all: Vec<(&str, &str)> = vec![
        ("client_id", "8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11"),
        ("redirect_uri", APP),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "s"),
    ];
    for (name, value) in changes {
        all.retain(|(known, _)| known != name);
        all.extend(value.map(|value| (*name, value)));
    }
    let pairs: Vec<String> = all
        .iter()
        .map(|(name, value)| {
            format!(
                "{name}={}",
                percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC)
            )
        })
        .collect();
    Parameters::read(&pairs.join("&"), b"").unwrap()
}

fn ask(application: &Application, parameters: &Parameters) -> Result<AuthorizeRequest, Refusal> {
    let proven = prove(parameters, application).expect("the target is proven");
    read(parameters, application, &proven, (&apis(), false))
}

fn refusal(changes: &[(&str, Option<&str>)]) -> (&'static str, Option<u32>) {
    match ask(&application(ClientKind::Confidential), &query(changes)) {
        Ok(_) => ("", None),
        Err(refusal) => (refusal.error, refusal.fault.number()),
    }
}

#[test]
fn attacks_001_to_007_an_unregistered_target_is_never_proven() {
    let application = application(ClientKind::Public);
    let refused = [
        "https://app.example.com.evil.test/cb",
        "https://app.example.com/cb.evil",
        "https://app.example.com@evil.test/cb",
        "http://localhost:80@evil.test/",
        "http://localhost:1234@evil.test/cb",
        "https://app.example.com/cb/../evil",
        "https://app.example.com/cb/%2e%2e/evil",
        "https://app.example.com/cb%252f..",
        "https://app.example.com/cb/..;/evil",
        "https://app.example.com/cb\\evil",
        "https://app.example.com/cb//",
        "https://app.example.com/cb?",
        "https://app.example.com/cb#x",
        "HTTPS://app.example.com/cb",
        "https://APP.example.com/cb",
        "https://app.example.com/CB",
        "https://app.example.com:443/cb",
        "https://app.example.com/cb/",
        "https://app.example.com/%63b",
        "http://localhost.evil.test/cb",
        "http://127.0.0.1.evil.test/cb",
        "http://0x7f000001/cb",
        "http://localhost:99999/cb",
        "http://localhost:1234/cb2",
        "https://localhost:1234/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "https://appXexample.com/cb",
        "//app.example.com/cb",
        " https://app.example.com/cb",
    ];
    for uri in refused {
        let outcome = prove(&query(&[("redirect_uri", Some(uri))]), &application);
        let malformed = ["http://localhost:99999/cb", "//app.example.com/cb"].contains(&uri);
        let code = if malformed { 90287 } else { 90006 };
        assert_eq!(outcome.err().and_then(|fault| fault.number()), Some(code), "{uri}");
    }
    let accepted = [
        "http://localhost:9/cb",
        "http://localhost/cb",
        "http://127.0.0.1:50000/cb",
        "http://[::1]:50000/cb",
        "myapp://cb",
        APP,
    ];
    for uri in accepted {
        let proven = prove(&query(&[("redirect_uri", Some(uri))]), &application).unwrap();
        assert_eq!(proven.redirect_uri, uri, "returned letter for letter");
    }
}

#[test]
fn an_omitted_target_is_the_only_registered_one() {
    let mut application = application(ClientKind::Confidential);
    let parameters = query(&[("redirect_uri", None)]);
    assert_eq!(prove(&parameters, &application).unwrap_err().number(), Some(90006), "several are registered");
    application.redirect_uris.truncate(1);
    assert_eq!(prove(&parameters, &application).unwrap().redirect_uri, APP);
    application.redirect_uris.clear();
    assert_eq!(prove(&query(&[]), &application).unwrap_err().number(), Some(90007));
}

#[test]
fn attacks_008_009_client_and_target_come_once() {
    assert_eq!(client_id(&query(&[])).unwrap(), "8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11");
    assert_eq!(client_id(&query(&[("client_id", None)])).unwrap_err().number(), Some(90008));
    assert_eq!(client_id(&query(&[("client_id", Some(""))])).unwrap_err().number(), Some(90008));
    for twice in
        ["client_id=a&client_id=a", "client_id=a&redirect_uri=x&redirect_uri=y", "client_id=a&p=x&p=x"]
    {
        assert!(client_id(&Parameters::read(twice, b"").unwrap()).is_err(), "{twice}");
    }
    let base = format!(
        "client_id=8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11&redirect_uri={APP}&response_type=code&scope=openid"
    );
    for (more, state) in
        [("&scope=openid", None), ("&state=a&state=b", None), ("&state=a&nonce=1&nonce=2", Some("a"))]
    {
        let parameters = Parameters::read(&format!("{base}{more}"), b"").unwrap();
        let application = application(ClientKind::Confidential);
        let proven = prove(&parameters, &application).unwrap();
        assert_eq!(proven.state.as_deref(), state, "{more}");
        let refusal = read(&parameters, &application, &proven, (&[], false)).unwrap_err();
        assert_eq!(refusal.error, "invalid_request", "{more}");
    }
}

#[test]
fn response_types_and_modes() {
    use ResponseMode::{FormPost, Fragment, Query};
    let nonce = ("nonce", Some("n"));
    let resource = ("scope", Some("openid https://contoso.onmicrosoft.com/api/read"));
    let table = [
        ("code", None, Query),
        ("code", Some("query"), Query),
        ("code", Some("fragment"), Fragment),
        ("code", Some("form_post"), FormPost),
        ("id_token", None, Fragment),
        ("id_token", Some("form_post"), FormPost),
        ("code id_token", None, Fragment),
        ("id_token code", Some("form_post"), FormPost),
        ("code token", None, Fragment),
        ("token id_token", None, Fragment),
        ("code id_token token", None, Fragment),
        ("token", None, Fragment),
    ];
    for (kind, mode, expected) in table {
        let parameters = query(&[("response_type", Some(kind)), ("response_mode", mode), nonce, resource]);
        let application = application(ClientKind::Confidential);
        let proven = prove(&parameters, &application).unwrap();
        assert_eq!(proven.mode, expected, "{kind} {mode:?}");
        let read = read(&parameters, &application, &proven, (&apis(), false)).unwrap();
        let flags = (read.response_type.code, read.response_type.id_token, read.response_type.token);
        let words: Vec<&str> = kind.split(' ').collect();
        assert_eq!(flags, (words.contains(&"code"), words.contains(&"id_token"), words.contains(&"token")));
    }
}

#[test]
fn attack_012_response_types_that_are_unknown_or_not_the_clients() {
    for kind in [None, Some(""), Some("foo"), Some("code foo"), Some("code code"), Some("CODE"), Some("none")]
    {
        assert_eq!(
            refusal(&[("response_type", kind)]),
            ("unsupported_response_type", Some(90013)),
            "{kind:?}"
        );
    }
    let mut plain = application(ClientKind::Confidential);
    plain.implicit_id_token = false;
    plain.implicit_access_token = false;
    for kind in ["token", "id_token", "code id_token", "code token", "code id_token token"] {
        let refusal =
            ask(&plain, &query(&[("response_type", Some(kind)), ("nonce", Some("n"))])).unwrap_err();
        assert_eq!((refusal.error, refusal.fault.number()), ("unauthorized_client", Some(90057)), "{kind}");
    }
}

#[test]
fn attack_013_tokens_never_travel_in_a_query() {
    for kind in ["id_token", "code id_token", "code token", "id_token token"] {
        let changes = [("response_type", Some(kind)), ("response_mode", Some("query")), ("nonce", Some("n"))];
        assert_eq!(refusal(&changes), ("invalid_request", Some(90014)), "{kind}");
        let proven = prove(&query(&changes), &application(ClientKind::Confidential)).unwrap();
        assert_eq!(proven.mode, ResponseMode::Fragment, "the error goes where the tokens would have gone");
    }
    assert_eq!(refusal(&[("response_mode", Some("web_message"))]), ("invalid_request", Some(90014)));
}

#[test]
fn attack_016_an_id_token_from_the_authorization_endpoint_needs_a_nonce() {
    for kind in ["id_token", "code id_token", "id_token token", "code id_token token"] {
        let scope = ("scope", Some("openid https://contoso.onmicrosoft.com/api/read"));
        assert_eq!(refusal(&[("response_type", Some(kind)), scope]).0, "invalid_request", "{kind}");
        assert_eq!(
            refusal(&[("response_type", Some(kind)), scope, ("nonce", Some("n"))]),
            ("", None),
            "{kind}"
        );
    }
    assert_eq!(refusal(&[]), ("", None), "a code request needs none");
    let scope = ("scope", Some("openid https://contoso.onmicrosoft.com/api/read"));
    for kind in ["code token", "token"] {
        let outcome = refusal(&[("response_type", Some(kind)), scope]);
        assert_eq!(outcome, ("", None), "{kind}: no id token could be replayed");
    }
}

#[test]
fn attack_017_public_clients_prove_possession() {
    let long = "x".repeat(129);
    let max = "x".repeat(128);
    let public = application(ClientKind::Public);
    let mut lifted = application(ClientKind::Public);
    lifted.require_pkce = false;
    let confidential = application(ClientKind::Confidential);
    let spa = Some("https://spa.example.com/");
    let web = Some(APP);
    let table = [
        (&public, web, None, None, Some(99059)),
        (&public, web, Some(CHALLENGE), Some("S256"), None),
        (&public, web, Some(CHALLENGE), Some("plain"), Some(90184)),
        (&public, web, Some(CHALLENGE), None, Some(90184)),
        (&public, web, Some(CHALLENGE), Some("s256"), Some(90184)),
        (&public, web, Some("short"), Some("S256"), Some(90183)),
        (&public, web, Some(long.as_str()), Some("S256"), Some(90183)),
        (&public, web, Some(max.as_str()), Some("S256"), None),
        (&public, web, Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM="), Some("S256"), Some(90183)),
        (&lifted, web, None, None, None),
        (&lifted, web, Some(CHALLENGE), None, None),
        (&lifted, spa, None, None, Some(99059)),
        (&confidential, web, None, None, None),
        (&confidential, web, Some(CHALLENGE), Some("plain"), None),
        (&confidential, web, Some(CHALLENGE), Some("S512"), Some(90184)),
        (&confidential, spa, None, None, Some(99059)),
    ];
    for (application, uri, challenge, method, expected) in table {
        let parameters =
            query(&[("redirect_uri", uri), ("code_challenge", challenge), ("code_challenge_method", method)]);
        let outcome = ask(application, &parameters);
        let got = outcome.as_ref().err().map(|refusal| (refusal.error, refusal.fault.number().unwrap()));
        assert_eq!(got, expected.map(|code| ("invalid_request", code)), "{uri:?} {challenge:?} {method:?}");
    }
}

#[test]
fn attack_018_prompt_and_max_age() {
    let table = [
        (None, Ok(Prompt::AsNeeded)),
        (Some("login"), Ok(Prompt::Login)),
        (Some("none"), Ok(Prompt::None)),
        (Some("consent"), Ok(Prompt::AsNeeded)),
        (Some("select_account"), Ok(Prompt::AsNeeded)),
        (Some("login consent"), Ok(Prompt::Login)),
        (Some("none login"), Err(90043)),
        (Some("none none"), Err(90043)),
        (Some("create"), Err(90043)),
        (Some("LOGIN"), Err(90043)),
    ];
    for (prompt, expected) in table {
        let read = ask(&application(ClientKind::Confidential), &query(&[("prompt", prompt)]));
        let read = read.map(|request| request.prompt).map_err(|refusal| {
            assert_eq!(refusal.error, "invalid_request");
            refusal.fault.number().unwrap()
        });
        assert_eq!(read, expected, "{prompt:?}");
    }
    for (text, expected) in [
        ("0", Ok(Some(0))),
        ("10000", Ok(Some(10_000))),
        ("-1", Err(90120)),
        ("abc", Err(90120)),
        ("9223372036854775808", Err(90120)),
        ("1.5", Err(90120)),
        ("+1", Err(90120)),
    ] {
        let read = ask(&application(ClientKind::Confidential), &query(&[("max_age", Some(text))]));
        assert_eq!(read.map(|r| r.max_age).map_err(|r| r.fault.number().unwrap()), expected, "{text}");
    }
}

#[test]
fn attack_019_request_objects_are_refused_unread() {
    for target in ["http://169.254.169.254/", "http://127.0.0.1", "file:///etc/passwd", ""] {
        assert_eq!(refusal(&[("request_uri", Some(target))]).0, "request_uri_not_supported");
    }
    assert_eq!(refusal(&[("request", Some("eyJhbGciOiJub25lIn0.e30."))]).0, "request_not_supported");
}

#[test]
fn scopes_are_judged_with_the_response_type() {
    let table = [
        (&[("scope", None)][..], ("invalid_request", Some(90010))),
        (&[("scope", Some("profile"))], ("invalid_scope", Some(90117))),
        (&[("scope", Some("openid nope"))], ("invalid_scope", Some(90117))),
        (&[("scope", Some("offline_access"))], ("", None)),
        (
            &[("scope", Some("offline_access")), ("response_type", Some("id_token")), ("nonce", Some("n"))],
            ("invalid_request", Some(90110)),
        ),
        (&[("response_type", Some("token")), ("nonce", Some("n"))], ("invalid_scope", Some(90055))),
        (
            &[("scope", Some("openid https://contoso.onmicrosoft.com/api/nope"))],
            ("invalid_scope", Some(90205)),
        ),
    ];
    for (changes, expected) in table {
        assert_eq!(refusal(changes), expected, "{changes:?}");
    }
}

#[test]
fn unknown_parameters_and_client_info_are_taken_as_they_are() {
    let parameters = query(&[
        ("x-client-SKU", Some("msal.js.browser")),
        ("campaign", Some("<b>")),
        ("client_info", Some("1")),
    ]);
    let read = ask(&application(ClientKind::Confidential), &parameters).unwrap();
    assert!(read.client_info);
    assert_eq!(parameters.get("campaign"), Some("<b>"), "markup is inert text (README 19)");
}
