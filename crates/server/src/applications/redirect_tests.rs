//! attacks.md 1–7 for redirect URIs, and the property: reflexive, and nothing else.

use super::*;
use RedirectKind::{Native, Spa, Web};

const KINDS: [RedirectKind; 3] = [Web, Spa, Native];

fn registered(kind: RedirectKind, uri: &str) -> RedirectUri {
    RedirectUri::register(kind, uri).unwrap()
}

fn refused(ours: &str, sent: &[&str]) {
    for kind in KINDS {
        let ours = registered(kind, ours);
        assert!(redirect_matches(&ours, &ours.uri), "the registered one itself");
        for sent in sent {
            assert!(!redirect_matches(&ours, sent), "{sent} passed for {} ({kind:?})", ours.uri);
        }
    }
}

#[test]
fn attack_001_prefix_of_a_registered_uri() {
    refused(
        "https://app.example.com/cb",
        &[
            "https://app.example.com.evil.test/cb",
            "https://app.example.com/cb.evil",
            "https://app.example.com/cb/evil",
            "https://app.example.com/c",
            "",
        ],
    );
}

#[test]
fn attack_002_userinfo() {
    refused(
        "https://app.example.com/cb",
        &["https://app.example.com@evil.test/cb", "https://u:p@app.example.com/cb"],
    );
    let loopback = registered(Native, "http://localhost/");
    for sent in
        ["http://localhost:80@evil.test/", "http://localhost@evil.test/", "http://localhost:@evil.test/"]
    {
        assert!(!redirect_matches(&loopback, sent), "{sent}");
    }
    assert_eq!(RedirectUri::register(Web, "https://a@evil.test/cb"), Err(RedirectFault::UserInfo));
}

#[test]
fn attack_003_path_tricks() {
    let tricks = [
        "/cb/../evil",
        "/cb/%2e%2e/evil",
        "/cb%252f..",
        "/cb/..;/evil",
        "/cb\\evil",
        "/cb//",
        "/cb?",
        "/cb#x",
        "//cb",
        "/./cb",
        "/cb/.",
        "/cb%00",
        "/cb\r\n",
        "/cb ",
        "/cb?x=1",
        "/cb;x",
    ];
    let sent: Vec<String> = tricks.iter().map(|path| format!("https://app.example.com{path}")).collect();
    refused("https://app.example.com/cb", &sent.iter().map(String::as_str).collect::<Vec<_>>());
    let sent: Vec<String> = tricks.iter().map(|path| format!("http://127.0.0.1:5000{path}")).collect();
    refused("http://127.0.0.1/cb", &sent.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn attack_004_case_port_slash_and_encoding() {
    refused(
        "https://app.example.com/cb",
        &[
            "HTTPS://app.example.com/cb",
            "https://APP.example.com/cb",
            "https://app.example.com/CB",
            "https://app.example.com:443/cb",
            "https://app.example.com/cb/",
            "https://app.example.com/%63b",
            "https://app.example.com./cb",
            "http://app.example.com/cb",
        ],
    );
}

#[test]
fn attack_005_loopback_port_of_native_clients_only() {
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        let ours = registered(Native, &format!("http://{host}/cb"));
        for port in ["", ":0", ":80", ":8080", ":65535"] {
            assert!(redirect_matches(&ours, &format!("http://{host}{port}/cb")), "{host}{port}");
        }
        for tail in [
            ":65536/cb",
            ":/cb",
            ":-1/cb",
            ":80x/cb",
            ":8 0/cb",
            ":80:80/cb",
            ":000080/cb",
            ":80/CB",
            ":80/cb/",
            ":80/cb?x",
            ":80",
            ":٣/cb",
        ] {
            assert!(!redirect_matches(&ours, &format!("http://{host}{tail}")), "{host}{tail}");
        }
        let with_port = registered(Native, &format!("http://{host}:3000"));
        assert!(redirect_matches(&with_port, &format!("http://{host}:4000")));
        assert!(redirect_matches(&with_port, &format!("http://{host}")));
        assert!(!redirect_matches(&with_port, &format!("http://{host}:4000/")));
        for kind in [Web, Spa] {
            let ours = registered(kind, &format!("http://{host}:3000/cb"));
            assert!(redirect_matches(&ours, &format!("http://{host}:3000/cb")));
            assert!(!redirect_matches(&ours, &format!("http://{host}:3001/cb")), "{kind:?}");
        }
    }
    let ours = registered(Native, "http://localhost/cb");
    for sent in [
        "http://localhost.evil.test/cb",
        "http://127.0.0.1.evil.test/cb",
        "http://0x7f000001/cb",
        "http://127.0.0.1/cb", // another loopback host than the registered one
        "https://localhost:80/cb",
        "http://LOCALHOST/cb",
        "http://localhost\t/cb",
        "http://127.1/cb",
        "http://[::1]/cb",
    ] {
        assert!(!redirect_matches(&ours, sent), "{sent}");
    }
    let https = registered(Native, "https://localhost/cb");
    assert!(!redirect_matches(&https, "https://localhost:8443/cb"));
}

#[test]
fn attack_006_schemes_that_run_something() {
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a/x",
        "JavaScript:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "view-source:https://a.test/",
    ] {
        for kind in KINDS {
            assert!(RedirectUri::register(kind, uri).is_err(), "{uri}");
            let smuggled = RedirectUri { kind, uri: uri.to_owned() };
            assert!(!redirect_matches(&smuggled, uri), "{uri} at run time");
        }
    }
}

#[test]
fn attack_007_a_dot_is_a_dot() {
    refused("https://app.example.com/cb", &["https://appXexample.com/cb", "https://app.example.com/c."]);
    for pattern in ["https://*.example.com/cb", "https://app.example.com/*"] {
        assert_eq!(RedirectUri::register(Web, pattern), Err(RedirectFault::Form), "{pattern}");
    }
}

#[test]
fn what_may_be_registered() {
    use RedirectFault::{Dots, Form, Fragment, OwnScheme, PlainHttp, Scheme};
    let long = format!("https://a.test/{}", "x".repeat(242));
    for (kind, uri, outcome) in [
        (Web, "https://jwt.ms", Ok(())),
        (Web, "https://jwt.ms/", Ok(())),
        (Web, "https://a.test:8443/cb?x=1&y=2", Ok(())),
        (Web, "http://localhost:5000/signin-oidc", Ok(())),
        (Spa, "http://localhost:3000/", Ok(())),
        (Native, "http://localhost", Ok(())),
        (Native, "msal8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11://auth", Ok(())),
        (Native, "com.example.app:/oauth", Ok(())),
        (Native, "urn:ietf:wg:oauth:2.0:oob", Ok(())),
        (Native, "urn:other", Err(Scheme)),
        (Web, "com.example.app:/oauth", Err(OwnScheme)),
        (Spa, "urn:ietf:wg:oauth:2.0:oob", Err(OwnScheme)),
        (Web, "http://app.example.com/cb", Err(PlainHttp)),
        (Native, "http://app.example.com/cb", Err(PlainHttp)),
        (Web, "http://localhost.evil.test/", Err(PlainHttp)),
        (Web, "https://a.test/cb#x", Err(Fragment)),
        (Web, "https://a.test/a/../b", Err(Dots)),
        (Web, "https://a.test/a/%2E%2e/b", Err(Dots)),
        (Web, "https://a.test/a/.", Err(Dots)),
        (Web, "https://a.test/a.b/..c", Ok(())),
        (Web, "https://", Err(Form)),
        (Web, "https:a.test", Err(Form)),
        (Web, "https://:80/", Err(Form)),
        (Web, "https://a.test/a b", Err(Form)),
        (Web, "https://ä.test/", Err(Form)),
        (Web, "/cb", Err(Form)),
        (Web, "", Err(Form)),
        (Web, long.as_str(), Err(Form)),
    ] {
        let given = RedirectUri::register(kind, uri).map(|_| ());
        assert_eq!(given, outcome, "{kind:?} {uri}");
    }
    assert_eq!(long.len(), 257);
}

/// Every one-letter change of a registered URI is another URI, the port of a native loopback aside.
#[test]
fn matching_is_reflexive_and_nothing_else() {
    let letters: Vec<char> = ('\0'..='\u{7f}').chain(['ı', '／', '\u{200b}', '\u{202e}', 'ä']).collect();
    for uri in ["https://app.example.com/cb?a=b", "http://localhost/cb", "http://127.0.0.1:7000/", "app:/x"] {
        let kinds: &[RedirectKind] = if uri.starts_with("app") { &[Native] } else { &KINDS };
        for kind in kinds {
            let ours = registered(*kind, uri);
            assert!(redirect_matches(&ours, uri));
            for at in 0..=uri.len() {
                let (head, tail) = uri.split_at(at);
                let shorter: String = head.chars().chain(tail.chars().skip(1)).collect();
                let mut twins = vec![shorter];
                for letter in &letters {
                    twins.push(format!("{head}{letter}{tail}"));
                    twins.push(head.chars().chain([*letter]).chain(tail.chars().skip(1)).collect());
                }
                for twin in twins {
                    let bare = without_port(uri);
                    let same_but_port = *kind == Native && bare.is_some() && without_port(&twin) == bare;
                    let expected = twin == uri || same_but_port;
                    assert_eq!(redirect_matches(&ours, &twin), expected, "{twin:?} for {uri} {kind:?}");
                }
            }
        }
    }
}

/// The URI with the port of a loopback authority cut out, written with other means than the code.
fn without_port(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let cut = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(cut);
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "1"));
    let number = port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let plain = uri.bytes().all(|b| b.is_ascii_graphic() && !b"\\\"<>^`{|}*".contains(&b));
    (scheme == "http" && ["localhost", "127.0.0.1"].contains(&host) && number && plain)
        .then(|| format!("{host}{tail}"))
}
