//! Tokens, order, tabs, browsers, second clicks (attacks 22, 24, 25, 30, 31, 32; user-interface 6.2).

use crate::browser::{Browser, EDIT, NEW_PASSWORD, PASSWORD, RESET, SUSI, claims_of, new_account, post_form};
use crate::harness::{SPA, Site, TENANT};

const RIGHT: [(&str, &str); 3] =
    [("signInName", "ada@example.com"), ("password", PASSWORD), ("request_type", "RESPONSE")];

#[tokio::test]
async fn attack_024_only_the_pages_own_token_in_its_own_place_counts() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    let own = browser.page.csrf.clone();
    let mut second = browser.clone();
    second.start(SUSI, &[]).await;
    let mut stranger = Browser::new(&site);
    stranger.start(SUSI, &[]).await;
    let path = browser.page.post_path();
    let hashes = site.app.directory.hasher().ran();
    let cookies = browser.cookies();
    let wrong = [
        "",
        "x",
        second.page.csrf.as_str(),
        stranger.page.csrf.as_str(),
        &own.to_lowercase(),
        &format!("{own}="),
        own.get(..own.len() - 4).unwrap(),
    ];
    for token in wrong {
        let reply =
            site.post_with(&path, &RIGHT, &[("cookie", cookies.as_str()), ("x-csrf-token", token)]).await;
        assert_eq!(reply.status, 400, "{token}");
        assert!(!reply.text.contains("\"status\""), "{}", reply.text);
    }
    // In the body, in the query, in the cookie: none of them is the place.
    let mut body = RIGHT.to_vec();
    body.extend([("csrf_token", own.as_str()), ("X-CSRF-TOKEN", own.as_str())]);
    let reply = site.post_with(&path, &body, &[("cookie", cookies.as_str())]).await;
    assert_eq!(reply.status, 400, "in the body");
    let query = format!("{path}&csrf_token={own}");
    assert_eq!(site.post_with(&query, &RIGHT, &[("cookie", cookies.as_str())]).await.status, 400);
    // Without the cookie that binds the journey, or with another's.
    let token = [("x-csrf-token", own.as_str())];
    assert_eq!(site.post_with(&path, &RIGHT, &token).await.status, 400, "no cookie");
    let others = stranger.cookies();
    let reply = site.post_with(&path, &RIGHT, &[("cookie", &others), ("x-csrf-token", &own)]).await;
    assert_eq!(reply.status, 400, "another browser's cookie");
    // A step forward wants it in the query.
    let step = browser.page.step_path("confirmed", "").replace(&own, "");
    assert_eq!(
        site.get_with(&step, &[("cookie", &cookies), ("x-csrf-token", &own)]).await.status,
        400,
        "a step reads the query alone"
    );
    assert_eq!(site.app.directory.hasher().ran(), hashes, "no step was run");
    // The foreign Origin of the published load test is nobody's business.
    assert_eq!(browser.submit(&RIGHT[..2]).await["status"], "200");
    assert_eq!(browser.confirm().await.status, 302);
}

#[tokio::test]
async fn attack_024_an_earlier_pages_token_runs_nothing() {
    let site = Site::shared().await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    let first = browser.page.clone();
    browser.step("unified", "local=signup&").await;
    let cookies = browser.cookies();
    let form = [("request_type", "VERIFICATION_REQUEST"), ("claim_id", "email"), ("claim_value", "a@x.test")];
    let headers = [("cookie", cookies.as_str()), ("x-csrf-token", first.csrf.as_str())];
    assert_eq!(site.post_with(&first.post_path(), &form, &headers).await.status, 400);
    assert_eq!(site.mails(), 0);
    // On the script-less route an earlier token shows the present page and runs nothing.
    let mut old = browser.clone();
    old.page = first;
    let token = old.page.csrf.clone();
    let form = [("csrf_token", token.as_str()), ("email", "a@x.test"), ("v_action", "send:email")];
    let reply = post_form(&mut old, &form).await;
    assert_eq!(reply.status, 200);
    assert_eq!(old.page.csrf, browser.page.csrf, "the page as it stands");
    assert_eq!(site.mails(), 0);
}

#[tokio::test]
async fn attack_025_a_journey_moves_forward_through_its_own_steps() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    let first = browser.page.clone();
    // The sign-up page's fields while the sign-in page is shown: no account.
    let answer = browser.submit(&new_account("mallory@example.com")).await;
    assert_eq!(answer["status"], "400", "{answer}");
    // Going on without an accepted answer shows the page again.
    let again = browser.confirm().await;
    assert_eq!(again.status, 200);
    assert!(browser.page.text.contains("signInName"), "{}", browser.page.text);
    // Exchanges that are not on offer, pages and actions that do not exist.
    for (action, query) in [
        ("unified", "claimsexchange=AADUserReadWithObjectId&"),
        ("unified", "claimsexchange=AADUserWrite&"),
        ("cancelled", ""),
    ] {
        let reply = browser.step(action, query).await;
        assert_eq!(reply.status, 200, "{action}?{query}: {}", reply.header("location"));
        assert_eq!(browser.page.api, "CombinedSigninAndSignup");
    }
    for (action, query) in [("unified", ""), ("unified", "local=admin&"), ("issue", ""), ("..", "")] {
        assert!(matches!(browser.step(action, query).await.status, 400 | 404), "{action}?{query}");
    }
    assert_eq!(browser.submit(&RIGHT[..2]).await["status"], "200");
    let issued = browser.confirm().await;
    assert_eq!(issued.status, 302);
    // After the code was issued: no post is taken, a step gets the same answer.
    browser.page = first;
    let path = browser.page.post_path();
    assert_eq!(browser.post(&path, &RIGHT).await.status, 400);
    let repeated = browser.confirm().await;
    assert_eq!(repeated.header("location"), issued.header("location"), "one code, however often asked");
    assert_eq!(site.audited("Issue an authorization code to the application").await, 1);
    assert_eq!(site.accounts().await, 1);
}

#[tokio::test]
async fn attack_025_an_earlier_step_is_not_posted_again() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut browser = Browser::new(&site);
    browser.start(RESET, &[]).await;
    browser.verify("ada@example.com").await;
    assert_eq!(browser.submit(&[("email", "ada@example.com")]).await["status"], "200");
    let first = browser.page.clone();
    assert_eq!(browser.confirm().await.status, 200);
    let mut back = browser.clone();
    back.page = first;
    let path = back.page.post_path();
    assert_eq!(back.post(&path, &[("email", "eve@example.com")]).await.status, 400);
    // Fields of the first page at the second change nothing.
    let fields =
        [("email", "eve@example.com"), ("newPassword", NEW_PASSWORD), ("reenterPassword", NEW_PASSWORD)];
    assert_eq!(browser.submit(&fields).await["status"], "200");
    let claims = claims_of(&site, RESET, &browser.confirm().await).await;
    assert_eq!(claims["email"], "ada@example.com");
}

#[tokio::test]
async fn attack_025_a_page_without_a_continue_button_takes_no_answer() {
    let site = Site::shared().await;
    let user = site.user("ada").await;
    let mut browser = Browser::new(&site);
    let path = site.asked("B2C_1A_Block", &user, &[]);
    assert_eq!(browser.get(&path).await.status, 200);
    assert!(!browser.page.text.contains("id=\"continue\""), "no button");
    for body in [&[("request_type", "RESPONSE")][..], &[("fSaid", "x")], &[]] {
        let path = browser.page.post_path();
        let reply = browser.post(&path, body).await;
        assert_eq!(reply.status, 400, "{}", reply.text);
    }
    let confirmed = browser.confirm().await;
    assert_eq!((confirmed.status, confirmed.header("location")), (200, ""));
    let mut scriptless = browser.clone();
    let token = scriptless.page.csrf.clone();
    let reply = post_form(&mut scriptless, &[("csrf_token", &token)]).await;
    assert!(reply.header("location").is_empty(), "{}", reply.header("location"));
    assert_eq!(browser.confirm().await.header("location"), "");
}

#[tokio::test]
async fn attack_030_two_tabs_keep_their_own_claims() {
    let site = Site::shared().await;
    let ids = [site.user("ada").await, site.user("eve").await];
    let mut one = Browser::new(&site);
    one.start(SUSI, &[("state", "one")]).await;
    let mut two = one.clone();
    two.start(SUSI, &[("state", "two")]).await;
    // One jar, as in a browser.
    one.jar = two.jar.clone();
    assert_ne!(one.page.tx, two.page.tx);
    assert_eq!(
        one.submit(&[("signInName", "ada@example.com"), ("password", PASSWORD)]).await["status"],
        "200"
    );
    assert_eq!(
        two.submit(&[("signInName", "eve@example.com"), ("password", PASSWORD)]).await["status"],
        "200"
    );
    let first = one.confirm().await;
    two.jar = one.jar.clone();
    let second = two.confirm().await;
    assert_eq!((first.sent("state").as_deref(), second.sent("state").as_deref()), (Some("one"), Some("two")));
    for (reply, id) in [(&first, &ids[0]), (&second, &ids[1])] {
        assert_eq!(claims_of(&site, SUSI, reply).await["sub"], id.as_str());
    }
}

#[tokio::test]
async fn attack_031_a_journey_is_bound_to_its_browser() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut one = Browser::new(&site);
    one.start(SUSI, &[]).await;
    let mut other = Browser::new(&site);
    other.start(SUSI, &[]).await;
    other.page = one.page.clone();
    let mut bare = Browser::new(&site);
    bare.page = one.page.clone();
    for thief in [&mut other, &mut bare] {
        for (action, query) in [("confirmed", ""), ("unified", "local=signup&"), ("error", "code=X&")] {
            let reply = thief.step(action, query).await;
            assert_eq!(reply.status, 400, "{action}");
            assert_eq!(reply.header("location"), "");
        }
        let path = thief.page.post_path();
        assert_eq!(thief.post(&path, &RIGHT).await.status, 400);
        thief.page = one.page.clone();
    }
    assert_eq!(one.submit(&RIGHT[..2]).await["status"], "200");
    let issued = one.confirm().await;
    assert_eq!(issued.status, 302);
    // Nor does the end of a journey show itself to others.
    other.page = one.page.clone();
    assert_eq!(other.confirm().await.status, 400);
}

#[tokio::test]
async fn attack_032_back_reload_and_double_click_do_a_thing_once() {
    let site = Site::shared().await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    let sign_in = browser.page.clone();
    browser.step("unified", "local=signup&").await;
    let sign_up = browser.page.clone();
    // Reload and a second click on the link: the sign-up page, same token.
    browser.page = sign_in.clone();
    assert_eq!(browser.step("unified", "local=signup&").await.status, 200);
    assert_eq!(browser.page.csrf, sign_up.csrf, "the page as it stands");
    browser.verify("ada@example.com").await;
    assert_eq!(site.mails(), 1);
    // A double click on "verify": still verified.
    let code = site.code_for("ada@example.com");
    assert_eq!(browser.check_code("email", "ada@example.com", &code).await["status"], "200");
    // Two clicks on "create" at one instant, a third later.
    let (mut left, mut right) = (browser.clone(), browser.clone());
    let fields = new_account("ada@example.com");
    let (one, two) = tokio::join!(left.submit(&fields), right.submit(&fields));
    assert_eq!((&one["status"], &two["status"]), (&"200".into(), &"200".into()), "{one} {two}");
    assert_eq!(browser.submit(&fields).await["status"], "200");
    assert_eq!(site.accounts().await, 1);
    assert_eq!(site.audited("Add user").await, 1);
    // Two steps forward at one instant, a reload, and back to the first page.
    let (first, second) = tokio::join!(left.confirm(), right.confirm());
    assert_eq!(first.status, 302, "{}", first.text);
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(browser.confirm().await.header("location"), first.header("location"));
    browser.page = sign_in;
    let back = browser.step("unified", "local=signup&").await;
    assert!(back.header("location").starts_with(SPA), "{} {}", back.status, back.text);
    assert_eq!(site.audited("Issue an authorization code to the application").await, 1);
    assert_eq!(site.mails(), 1);
}

#[tokio::test]
async fn attack_032_every_page_of_edit_and_reset_may_be_sent_twice() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut browser = Browser::new(&site);
    browser.start(EDIT, &[]).await;
    for _ in 0..2 {
        assert_eq!(browser.submit(&RIGHT[..2]).await["status"], "200");
    }
    let form = browser.page.clone();
    browser.confirm().await;
    let profile = browser.page.clone();
    browser.page = form;
    assert_eq!(browser.confirm().await.status, 200);
    assert_eq!(browser.page.csrf, profile.csrf);
    for _ in 0..2 {
        assert_eq!(browser.submit(&[("displayName", "Countess")]).await["status"], "200");
    }
    let done = browser.confirm().await;
    assert_eq!(browser.confirm().await.header("location"), done.header("location"));
    assert_eq!(site.audited("Update user").await, 1);
    assert_eq!(claims_of(&site, EDIT, &done).await["name"], "Countess");

    let mut browser = Browser::new(&site);
    browser.start(RESET, &[]).await;
    browser.verify("ada@example.com").await;
    for _ in 0..2 {
        assert_eq!(browser.submit(&[("email", "ada@example.com")]).await["status"], "200");
    }
    browser.confirm().await;
    for _ in 0..2 {
        let fields = [("newPassword", NEW_PASSWORD), ("reenterPassword", NEW_PASSWORD)];
        assert_eq!(browser.submit(&fields).await["status"], "200");
    }
    let done = browser.confirm().await;
    assert_eq!(browser.confirm().await.header("location"), done.header("location"));
    assert_eq!(site.audited("Reset password (self-service)").await, 1);
}

#[tokio::test]
async fn attack_022_an_abandoned_journey_is_small_and_expires() {
    let site = Site::shared().await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[("state", &"s".repeat(500))]).await;
    let page = browser.page.clone();
    let id = transaction(&page.tx);
    let key = vestibule::store::KeyHash::of(&id);
    let kept = |now| site.app.store.get(TENANT, vestibule::store::Kind::Journey, &key, now);
    let record = kept(site.app.clock.now()).await.unwrap().expect("a pending journey");
    assert!(record.body.len() <= 4_096, "{} bytes", record.body.len());
    site.wait(60 * 60 - 1);
    assert_eq!(browser.step("unified", "local=nothing&").await.status, 400, "refused, but there");
    browser.page = page.clone();
    assert!(kept(site.app.clock.now()).await.unwrap().is_some());
    site.wait(2);
    assert!(kept(site.app.clock.now()).await.unwrap().is_none());
    let late = browser.confirm().await;
    assert_eq!((late.status, late.header("location")), (400, ""));
    assert!(site.app.store.purge(site.app.clock.now()).await.unwrap() >= 1, "the row itself goes");
    // Honest people still pass.
    site.user("ada").await;
    assert_eq!(Browser::new(&site).sign_in("ada@example.com").await.status, 302);
}

#[tokio::test]
async fn attack_022_the_largest_request_keeps_no_more_than_it_sent() {
    let site = Site::shared().await;
    let mut browser = Browser::new(&site);
    let filler = "f".repeat(4_000);
    let names: Vec<String> = (0..14).map(|number| format!("x{number}")).collect();
    let extra: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), filler.as_str())).collect();
    let target = site.asked(SUSI, "", &extra);
    let (path, query) = target.split_once('?').unwrap();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let form: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = browser.post(path, &form).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let key = vestibule::store::KeyHash::of(&transaction(&browser.page.tx));
    let now = site.app.clock.now();
    let record =
        site.app.store.get(TENANT, vestibule::store::Kind::Journey, &key, now).await.unwrap().unwrap();
    // 56 kB were sent; sealing writes four letters for three bytes, and the journey itself is small.
    assert!(record.body.len() <= 64 * 1024 * 4 / 3 + 4_096, "{} bytes", record.body.len());
    // One parameter more than fits into a form of any page is refused unread.
    let huge = "f".repeat(70_000);
    let mut more = form.clone();
    more.push(("x99", &huge));
    assert_eq!(browser.post(path, &more).await.status, 413);
}

/// The transaction id in `transId`.
fn transaction(tx: &str) -> String {
    use base64::Engine as _;
    let encoded = tx.strip_prefix("StateProperties=").unwrap();
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(encoded).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
    value["TID"].as_str().unwrap().to_owned()
}
