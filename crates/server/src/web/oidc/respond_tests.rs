//! Answers as clients read them.

use super::*;
use crate::applications::RedirectKind;
use crate::web::oidc::parameters::Parameters;

fn proven(uri: &str, mode: ResponseMode, state: Option<&str>) -> Proven {
    let state = state.map(str::to_owned);
    Proven { redirect_uri: uri.into(), kind: RedirectKind::Web, mode, state, issuer: None }
}

fn sent(proven: &Proven, answer: Answer) -> Response {
    Delivery::new(proven, answer).response()
}

fn answer(members: &[(&str, &str)]) -> Answer {
    let mut answer = Answer::new();
    for (name, value) in members {
        answer.give(name, *value);
    }
    answer
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn members_stand_where_the_mode_says_and_code_stands_last() {
    let table = [
        ("https://a.test/cb", ResponseMode::Query, "https://a.test/cb?client_info=i&state=s&code=c"),
        ("https://a.test/cb?x=1", ResponseMode::Query, "https://a.test/cb?x=1&client_info=i&state=s&code=c"),
        (
            "https://a.test/cb?x=1",
            ResponseMode::Fragment,
            "https://a.test/cb?x=1#client_info=i&state=s&code=c",
        ),
    ];
    for (uri, mode, expected) in table {
        let response = sent(&proven(uri, mode, Some("s")), answer(&[("code", "c"), ("client_info", "i")]));
        assert_eq!(response.status(), StatusCode::FOUND);
        assert_eq!(response.headers()[header::LOCATION], expected);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}

#[tokio::test]
async fn the_body_of_a_redirect_holds_the_target_once_in_a_double_quoted_href() {
    let response =
        sent(&proven("https://a.test/cb", ResponseMode::Query, Some("s")), answer(&[("code", "eyJ.x")]));
    let body = text(response).await;
    assert_eq!(body.matches("https://a.test/cb").count(), 1);
    assert!(body.contains(r#"<a href="https://a.test/cb?state=s&amp;code=eyJ.x">here</a>"#), "{body}");
    let code = body.lines().find_map(|line| line.rsplit_once("code=")?.1.split('"').next()).unwrap();
    assert_eq!(code, "eyJ.x", "as `.*code=([^\"]*)` reads it");
}

#[tokio::test]
async fn a_posted_form_is_written_as_public_scripts_read_it() {
    let response =
        sent(&proven("https://a.test/cb", ResponseMode::FormPost, Some("s")), answer(&[("code", "c1")]));
    assert_eq!(response.status(), StatusCode::OK);
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("frame-ancestors"), "{policy}");
    let body = text(response).await;
    assert!(body.contains(r#"<form id="auto" method="POST" action="https://a.test/cb">"#), "{body}");
    assert!(body.contains(r#"name="code" id="code" value="c1""#), "{body}");
    assert!(body.contains(r#"name="state" id="state" value="s""#), "{body}");
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(body.contains(&format!("<script nonce=\"{nonce}\">")));
    assert!(body.contains("<noscript><button"), "it works without script");
}

/// Attack 14: what a browser's parser makes of the attribute is the state byte for byte.
#[tokio::test]
async fn attack_014_state_arrives_byte_for_byte_and_nothing_executes() {
    let controls: String =
        (1_u32..0xA0).filter_map(char::from_u32).filter(|c| *c != '\r' && *c != '\n').collect();
    let bidi = "\u{202e}\u{2028}\u{feff}\u{fffe}".to_owned();
    let state = format!("\"><script>alert(1)</script>&amp;&#65;'{controls}{bidi}").repeat(10);
    let body =
        text(sent(&proven("https://a.test/cb", ResponseMode::FormPost, Some(&state)), Answer::new())).await;
    assert_eq!(body.matches("<script").count(), 1, "only our own");
    let value = body.split("id=\"state\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(!value.contains(['<', '>']));
    let read = value
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    assert_eq!(read, state);

    for mode in [ResponseMode::Query, ResponseMode::Fragment] {
        let url = Delivery::new(&proven("https://a.test/cb", mode, Some(&state)), Answer::new()).target();
        let (_, encoded) = url.split_once(['?', '#']).unwrap();
        assert_eq!(Parameters::read(encoded, b"").unwrap().raw("state"), Some(state.as_str()));
    }
}

#[test]
fn attack_091_no_value_becomes_a_header() {
    let wild = "a\r\nSet-Cookie: x=1\r\n\r\n<html> b";
    let response = sent(
        &proven("https://a.test/cb", ResponseMode::Query, Some(wild)),
        answer(&[("error", "server_error"), ("error_description", wild)]),
    );
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    assert!(location.contains("a%0D%0ASet-Cookie%3A%20x%3D1%0D%0A%0D%0A%3Chtml%3E%20b"), "{location}");
    assert!(response.headers().get(header::SET_COOKIE).is_none());
}
