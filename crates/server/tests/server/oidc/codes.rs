//! AADB2C codes on the wire (protocols 11): for each, a request that provokes it, and the place, shape, status and `error`
//! word in which it arrives. What a page of a journey says, and what needs other services, stands with those.

use vestibule::applications::{self, Application, ClientKind};

use crate::browser::{Browser, PASSWORD, SUSI};
use crate::harness::{API, Reply, SPA, Site, TENANT, VERIFIER, encode};

const POLICY: &str = "B2C_1A_Silent";

/// Where a code arrives.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// A page of our own, 400, and no redirect.
    Page,
    /// At the redirect URI, with this `error`.
    Redirect(&'static str),
    /// JSON with this status and `error`.
    Json(u16, &'static str),
}

/// Code, place, and what is changed in an honest request.
type Row<'a> = (u32, Place, Vec<(&'a str, &'a str)>);

/// Checks shape and place of one answer.
fn expect(what: &str, reply: &Reply, code: u32, place: Place) {
    let name = format!("AADB2C{code}");
    let described = match place {
        Place::Page => {
            assert_eq!((reply.status, reply.header("location")), (400, ""), "{what}: {}", reply.text);
            assert!(reply.header("content-type").starts_with("text/html"), "{what}");
            assert!(reply.text.contains(&format!("{name}: ")), "{what}: {}", reply.text);
            assert!(reply.text.contains("CorrelationId: "), "{what}");
            return;
        }
        Place::Redirect(error) => {
            assert_eq!(reply.status, 302, "{what}: {}", reply.text);
            assert_eq!(reply.sent("error").as_deref(), Some(error), "{what}: {}", reply.header("location"));
            reply.sent("error_description").unwrap()
        }
        Place::Json(status, error) => {
            assert_eq!(reply.status, status, "{what}: {}", reply.text);
            assert_eq!(reply.header("content-type"), "application/json; charset=utf-8", "{what}");
            assert_eq!(reply.header("cache-control"), "no-store", "{what}");
            assert_eq!(reply.json()["error"], error, "{what}: {}", reply.text);
            reply.json()["error_description"].as_str().unwrap().to_owned()
        }
    };
    let lines: Vec<&str> = described.split("\r\n").collect();
    let [sentence, correlation, time, ""] = lines.as_slice() else { panic!("{what}: {described:?}") };
    assert!(sentence.starts_with(&format!("{name}: ")), "{what}: {sentence}");
    assert_eq!(correlation.strip_prefix("Correlation ID: ").unwrap().len(), 36, "{what}");
    assert!(time.starts_with("Timestamp: 2027-01-15 ") && time.ends_with('Z'), "{what}: {time}");
    let allowed = |c: char| matches!(c, '\u{20}'..='\u{21}' | '\u{23}'..='\u{5b}' | '\u{5d}'..='\u{7e}');
    assert!(lines.iter().all(|line| line.chars().all(allowed)), "{what}: {described:?}");
}

#[tokio::test]
async fn codes_of_the_authorization_endpoint() {
    use Place::{Page, Redirect};
    let site = Site::new().await;
    let user = site.user("ada").await;
    let bare = Application::new(TENANT, "No address", ClientKind::Public);
    let strict = Application { implicit_id_token: false, implicit_access_token: false, ..site.spa.clone() };
    let strict = Application { client_id: "44444444-4444-4444-8444-444444444444".into(), ..strict };
    let limited =
        Application { client_id: "55555555-5555-4555-8555-555555555555".into(), ..site.spa.clone() };
    let limited = Application { policies: vec!["B2C_1A_SilentPlain".into()], ..limited };
    for application in [&bare, &strict, &limited] {
        applications::put(&site.app.store, application, site.app.clock.now()).await.unwrap();
    }
    let other = format!("openid {API}/read {}", site.spa.client_id);
    let unknown_scope = format!("openid {API}/nothing");
    let table: Vec<Row<'_>> = vec![
        (90006, Page, vec![("redirect_uri", "https://evil.test/")]),
        (90007, Page, vec![("client_id", &bare.client_id)]),
        (90287, Page, vec![("redirect_uri", "not an address")]),
        (90008, Page, vec![("client_id", "")]),
        (90018, Page, vec![("client_id", "99999999-9999-4999-8999-999999999999")]),
        (90122, Page, vec![("login_hint", "a\r\nb")]),
        (90010, Redirect("invalid_request"), vec![("scope", "")]),
        (90011, Redirect("unauthorized_client"), vec![("client_id", &limited.client_id)]),
        (90013, Redirect("unsupported_response_type"), vec![("response_type", "device")]),
        (90014, Redirect("invalid_request"), vec![("response_mode", "cookie")]),
        (90043, Redirect("invalid_request"), vec![("prompt", "always")]),
        (90055, Redirect("invalid_scope"), vec![("response_type", "token"), ("scope", "openid")]),
        (
            90057,
            Redirect("unauthorized_client"),
            vec![("client_id", &strict.client_id), ("response_type", "id_token")],
        ),
        (90077, Redirect("interaction_required"), vec![("prompt", "none")]),
        (
            90110,
            Redirect("invalid_request"),
            vec![("response_type", "id_token"), ("scope", &site.spa.client_id)],
        ),
        (90117, Redirect("invalid_scope"), vec![("scope", "openid everything")]),
        (90120, Redirect("invalid_request"), vec![("max_age", "soon")]),
        (90146, Redirect("invalid_scope"), vec![("scope", &other)]),
        (90183, Redirect("invalid_request"), vec![("code_challenge", "short")]),
        (90184, Redirect("invalid_request"), vec![("code_challenge_method", "S512")]),
        (90205, Redirect("invalid_scope"), vec![("scope", &unknown_scope)]),
        (99005, Redirect("invalid_scope"), vec![("scope", "openid \"x\"")]),
        (99059, Redirect("invalid_request"), vec![("code_challenge", "")]),
        (90122, Redirect("invalid_request"), vec![("response_type", "id_token"), ("nonce", "")]),
        (90122, Redirect("request_not_supported"), vec![("request", "a.b.c")]),
        (90122, Redirect("request_uri_not_supported"), vec![("request_uri", "https://x.test/")]),
    ];
    for (code, place, changes) in table {
        let reply = site.get(&site.asked(POLICY, &user, &changes)).await;
        expect(&format!("{code} {changes:?}"), &reply, code, place);
    }
    let session = site.get(&site.asked(POLICY, &user, &[])).await.session().unwrap();
    site.wait(120);
    let asked = site.asked(POLICY, &user, &[("prompt", "none"), ("max_age", "60")]);
    let reply = site.get_with(&asked, &[("cookie", &session)]).await;
    expect("a session that is too old", &reply, 90121, Redirect("interaction_required"));
}

#[tokio::test]
async fn codes_that_end_a_journey() {
    let site = Site::shared().await;
    site.user("ada").await;
    let table = [("forgotPassword", 90118), ("cancelled", 90091)];
    for (action, code) in table {
        let mut browser = Browser::new(&site);
        browser.start(SUSI, &[]).await;
        if action == "cancelled" {
            browser.step("unified", "local=signup&").await;
        }
        let reply = browser.step(action, "").await;
        expect(action, &reply, code, Place::Redirect("access_denied"));
    }
}

#[tokio::test]
async fn codes_of_the_token_endpoint() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let code = || site.code(POLICY, &user, &[]);
    let (one, two, three, four) = (code().await, code().await, code().await, code().await);
    let plain = site.code("B2C_1A_SilentPlain", &user, &[]).await;
    let refresh = site.redeem(POLICY, &four).await.json()["refresh_token"].as_str().unwrap().to_owned();
    let spa = format!("client_id={}", site.spa.client_id);
    let web = format!("client_id={}&client_secret={}", site.web.client_id, site.secret);
    let redeem = |client: &str, code: &str, verifier: &str| {
        let rest = encode(&[("code", code), ("redirect_uri", SPA), ("code_verifier", verifier)]);
        format!("{client}&grant_type=authorization_code&{rest}")
    };
    let api = encode(&[("scope", &format!("{API}/read"))]);
    let unknown = "99999999-9999-4999-8999-999999999999";
    let table = [
        (90083, "invalid_request", "grant_type=authorization_code".to_owned()),
        (90083, "invalid_request", spa.clone()),
        (90083, "invalid_request", format!("{spa}&grant_type=authorization_code")),
        (90122, "invalid_request", format!("{spa}&{spa}")),
        (90018, "invalid_client", format!("client_id={unknown}&grant_type=refresh_token")),
        (90079, "invalid_client", format!("client_id={}&grant_type=refresh_token", site.web.client_id)),
        (90081, "invalid_client", format!("client_id={}&client_secret=wrong", site.web.client_id)),
        (90084, "invalid_client", format!("{spa}&client_secret={}", site.secret)),
        (90086, "unsupported_grant_type", format!("{spa}&grant_type=device_code")),
        (90080, "invalid_grant", redeem(&spa, "nonsense", VERIFIER)),
        (90088, "invalid_grant", redeem(&spa, &plain, VERIFIER)),
        (90279, "invalid_grant", redeem(&web, &one, VERIFIER)),
        (90182, "invalid_grant", redeem(&spa, &two, &"x".repeat(43))),
        (90115, "invalid_scope", format!("{}&{api}", redeem(&spa, &three, VERIFIER))),
        (90117, "invalid_scope", format!("{spa}&grant_type=refresh_token&refresh_token={refresh}&{api}")),
    ];
    let path = site.at(POLICY, "oauth2/v2.0/token");
    for (code, error, body) in table {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        expect(&format!("{code} {body}"), &site.post(&path, &form).await, code, Place::Json(400, error));
    }
    let basic = [("authorization", "Basic !!!")];
    let reply = site.post_with(&path, &[("grant_type", "refresh_token")], &basic).await;
    expect("Basic", &reply, 90027, Place::Json(401, "invalid_client"));
    assert!(reply.header("www-authenticate").starts_with("Basic"));
    let get = site.get(&path).await;
    expect("GET", &get, 90226, Place::Json(405, "invalid_request"));
    assert_eq!(get.header("allow"), "POST, OPTIONS");
}

#[tokio::test]
async fn codes_of_grants_whose_user_is_gone_or_revoked() {
    let site = Site::new().await;
    let granted = async |name: &str| {
        let user = site.user(name).await;
        // This policy has no refresh journey of its own.
        let code = site.code("B2C_1A_SilentPlain", &user, &[]).await;
        let body = site.redeem("B2C_1A_SilentPlain", &code).await.json();
        (user, body["refresh_token"].as_str().unwrap().to_owned())
    };
    let (gone, of_gone) = granted("gone").await;
    let (revoked, of_revoked) = granted("revoked").await;
    site.wait(400);
    let lookup = vestibule::directory::Lookup::ObjectId(gone);
    site.app.directory.delete(TENANT, &lookup).await.unwrap();
    site.app.directory.revoke(TENANT, &revoked).await.unwrap();
    for (token, codes) in [(of_gone, [90128, 90080, 90129]), (of_revoked, [90129, 90080, 90128])] {
        let reply = site.refresh("B2C_1A_SilentPlain", &token, &[]).await;
        let described = reply.json()["error_description"].as_str().unwrap().to_owned();
        let code = codes.into_iter().find(|code| described.starts_with(&format!("AADB2C{code}"))).unwrap();
        expect(&described, &reply, code, Place::Json(400, "invalid_grant"));
    }
}

#[tokio::test]
async fn codes_of_userinfo() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let scope = format!("openid {}", site.spa.client_id);
    let tokens = async |policy: &str| {
        let code = site.code(policy, &user, &[("scope", &scope)]).await;
        site.redeem(policy, &code).await.json()
    };
    let (mine, other) = (tokens(POLICY).await, tokens("B2C_1A_SilentPolicy").await);
    let bearer = |body: &serde_json::Value, name: &str| format!("Bearer {}", body[name].as_str().unwrap());
    let forged = format!("{}x", bearer(&mine, "access_token"));
    let table = [
        (90194, (401, ""), String::new()),
        (90238, (401, "invalid_token"), bearer(&other, "access_token")),
        (90239, (401, "invalid_token"), forged),
        (90240, (401, "invalid_token"), bearer(&mine, "id_token")),
    ];
    let path = site.at(POLICY, "openid/v2.0/userinfo");
    for (code, (status, error), header) in table {
        let headers = [("authorization", header.as_str())];
        let sent = if header.is_empty() { &[][..] } else { &headers[..] };
        expect(&header, &site.get_with(&path, sent).await, code, Place::Json(status, error));
    }
    let in_url = site.get(&format!("{path}?{}", encode(&[("access_token", "x")]))).await;
    expect("in the URL", &in_url, 90240, Place::Json(400, "invalid_request"));
    applications::delete(&site.app.store, TENANT, &site.spa.client_id).await.unwrap();
    let header = bearer(&mine, "access_token");
    let orphan = site.get_with(&path, &[("authorization", &header)]).await;
    expect("of an application that is gone", &orphan, 90237, Place::Json(401, "invalid_token"));
    site.wait(4000);
    let header = bearer(&mine, "access_token");
    let late = site.get_with(&path, &[("authorization", &header)]).await;
    expect("late", &late, 90235, Place::Json(401, "invalid_token"));
}

#[tokio::test]
async fn codes_of_sign_out_and_of_pages() {
    let site = Site::shared().await;
    site.user("ada").await;
    let enforced = site.at("B2C_1A_SilentEnforced", "oauth2/v2.0/logout");
    expect("no hint", &site.get(&enforced).await, 90272, Place::Page);
    let twice = format!("{enforced}?state=1&state=2");
    expect("twice", &site.get(&twice).await, 90122, Place::Page);
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    let posted = [
        ("nobody@example.com", PASSWORD, "AADB2C90053"),
        ("ada@example.com", "Wrong-Horse-9", "AADB2C90054"),
    ];
    for (name, password, code) in posted {
        let answer = browser.submit(&[("signInName", name), ("password", password)]).await;
        assert_eq!((&answer["status"], &answer["errorCode"]), (&"400".into(), &code.into()), "{answer}");
    }
}
