//! Guessing passwords through the pages (attacks 49 to 56, 58).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use vestibule::config::Rate;
use vestibule::listen::Peer;

use crate::browser::{Browser, FORM, NEW_PASSWORD, PASSWORD, RESET, SUSI, claims_of, new_account};
use crate::harness::{Reply, Site, encode};

const ADA: &str = "ada@example.com";

async fn tried(browser: &mut Browser, name: &str, password: &str) -> Reply {
    let path = browser.page.post_path();
    let form = [("request_type", "RESPONSE"), ("signInName", name), ("password", password)];
    browser.post(&path, &form).await
}

async fn at_sign_in(site: &Arc<Site>) -> Browser {
    let mut browser = Browser::new(site);
    browser.start(SUSI, &[("prompt", "login")]).await;
    browser
}

fn shape(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let headers = reply.headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()));
    (reply.status, headers.collect(), reply.text.clone())
}

#[tokio::test]
async fn attack_049_known_and_unknown_names_look_and_cost_alike() {
    let site = Arc::new(Site::with(|config| config.behaviour.equal_messages = true).await);
    site.user("ada").await;
    let disabled = site.user("off").await;
    crate::journey::set(&site, &disabled, "accountEnabled", false).await;
    let mut browser = at_sign_in(&site).await;
    let mut shapes = Vec::new();
    for name in [ADA, "nobody@example.com", "off@example.com"] {
        let before = site.app.directory.hasher().ran();
        let reply = tried(&mut browser, name, "Wrong-Horse-1").await;
        assert_eq!(site.app.directory.hasher().ran() - before, 1, "one hash, either way: {name}");
        assert_eq!(reply.json()["status"], "400");
        shapes.push(shape(&reply));
    }
    shapes.dedup();
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    // Without the setting the policy's own two messages are told (README 13); all else is alike.
    let site = Site::shared().await;
    site.user("ada").await;
    let mut browser = at_sign_in(&site).await;
    let known = tried(&mut browser, ADA, "Wrong-Horse-1").await;
    let unknown = tried(&mut browser, "nobody@example.com", "Wrong-Horse-1").await;
    assert_eq!(known.json()["errorCode"], "AADB2C90054");
    assert_eq!(unknown.json()["errorCode"], "AADB2C90053");
    let names = |reply: &Reply| reply.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((known.status, names(&known)), (unknown.status, names(&unknown)));
}

#[tokio::test]
async fn attack_050_only_who_proved_an_address_learns_whether_it_has_an_account() {
    let site = Site::shared().await;
    site.user("ada").await;
    for (policy, link) in [(RESET, ""), (SUSI, "local=signup&")] {
        let mut shapes = Vec::new();
        for address in [ADA, "nobody@example.com"] {
            let mut browser = Browser::new(&site);
            browser.start(policy, &[]).await;
            if !link.is_empty() {
                browser.step("unified", link).await;
            }
            let path = browser.page.post_path();
            let before = site.mails();
            for _ in 0..2 {
                let form = [
                    ("request_type", "VERIFICATION_REQUEST"),
                    ("claim_id", "email"),
                    ("claim_value", address),
                ];
                shapes.push(shape(&browser.post(&path, &form).await));
            }
            assert_eq!(site.mails() - before, 2, "a letter either way: {address}");
            // Answered without a proof: the same refusal.
            let form = [
                ("email", address),
                ("newPassword", NEW_PASSWORD),
                ("reenterPassword", NEW_PASSWORD),
                ("request_type", "RESPONSE"),
            ];
            let refused = browser.post(&path, &form).await;
            assert_eq!(refused.json()["errorCode"], "AADB2C90158");
            assert!(!refused.text.contains("exist"), "{}", refused.text);
        }
        shapes.dedup();
        assert_eq!(shapes.len(), 1, "{shapes:?}");
    }
    // After the proof the policy tells.
    let mut browser = Browser::new(&site);
    browser.start(RESET, &[]).await;
    browser.verify("nobody@example.com").await;
    assert_eq!(browser.submit(&[("email", "nobody@example.com")]).await["status"], "400");
}

#[tokio::test]
async fn attack_051_ten_failures_lock_and_a_burst_gets_no_more() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut browser = at_sign_in(&site).await;
    for name in [ADA, "nobody@example.com"] {
        for attempt in 0..10 {
            let reply = tried(&mut browser, name, &format!("Wrong-Horse-{attempt}")).await;
            assert_ne!(reply.json()["errorCode"], "AADB2C90114", "{name} {attempt}");
        }
        let hashes = site.app.directory.hasher().ran();
        for password in [PASSWORD, "Wrong-Horse-99"] {
            let reply = tried(&mut browser, name, password).await;
            assert_eq!(reply.json()["errorCode"], "AADB2C90114", "attack 52: right and wrong alike: {name}");
        }
        assert_eq!(site.app.directory.hasher().ran(), hashes, "no password was looked at");
    }
    site.wait(61);
    assert_eq!(tried(&mut browser, ADA, PASSWORD).await.json()["status"], "200");
    assert_eq!(browser.confirm().await.status, 302);
}

#[tokio::test]
async fn attack_051_fifty_at_one_instant_count_as_fifty() {
    let site = Site::shared().await;
    site.user("ada").await;
    let hashes = site.app.directory.hasher().ran();
    let mut tasks = tokio::task::JoinSet::new();
    for attempt in 0..50 {
        let mut browser = at_sign_in(&site).await;
        tasks.spawn(async move { tried(&mut browser, ADA, &format!("Wrong-Horse-{attempt}")).await.json() });
    }
    let answers = tasks.join_all().await;
    let looked = site.app.directory.hasher().ran() - hashes;
    assert!(looked <= 10, "{looked} passwords were looked at");
    assert!(
        answers.iter().filter(|answer| answer["errorCode"] == "AADB2C90114").count() >= 40,
        "{answers:?}"
    );
}

#[tokio::test]
async fn attack_052_a_browser_that_signed_in_before_is_not_locked_out_by_others() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut own = Browser::new(&site);
    assert_eq!(own.sign_in(ADA).await.status, 302);
    let mut attacker = at_sign_in(&site).await;
    for attempt in 0..11 {
        tried(&mut attacker, ADA, &format!("Wrong-Horse-{attempt}")).await;
    }
    assert_eq!(tried(&mut attacker, ADA, PASSWORD).await.json()["errorCode"], "AADB2C90114");
    own.start(SUSI, &[("prompt", "login")]).await;
    assert_eq!(tried(&mut own, ADA, PASSWORD).await.json()["status"], "200");
    // A device cookie made up by an attacker is nobody's device.
    attacker.jar.insert("x-ms-cpim-dc".into(), "A".repeat(43));
    attacker.start(SUSI, &[("prompt", "login")]).await;
    assert_eq!(tried(&mut attacker, ADA, PASSWORD).await.json()["errorCode"], "AADB2C90114");
}

/// Posts a sign-in from an address.
async fn from(site: &Site, browser: &Browser, address: &str, headers: &[(&str, &str)], name: &str) -> Reply {
    let peer: SocketAddr = format!("{address}:4000").parse().unwrap();
    let mut request = Request::post(browser.page.post_path())
        .header("host", "id.example.com")
        .header("content-type", FORM)
        .header("cookie", browser.cookies())
        .header("x-csrf-token", &browser.page.csrf)
        .extension(Peer(peer));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = encode(&[("request_type", "RESPONSE"), ("signInName", name), ("password", "Wrong-Horse-1")]);
    site.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn attack_053_page_posts_are_throttled_in_the_pages_own_words() {
    let site = Site::with(|config| {
        config.limits.enabled = true;
        config.limits.pages = Rate { count: 4, seconds: 600 };
    });
    let site = Arc::new(site.await);
    // The first page is one of the four.
    let browser = at_sign_in(&site).await;
    let forged = "198.51.100.7, ".repeat(5_000);
    let headers = [
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
        ("true-client-ip", "fe80::1%eth0"),
        ("x-forwarded-for", forged.as_str()),
        ("x-forwarded-for", "nonsense, ::ffff:1.2.3.4%7"),
    ];
    let mut answers: Vec<Value> = Vec::new();
    for header in &headers {
        let reply = from(&site, &browser, "127.0.0.1", std::slice::from_ref(header), "a@example.com").await;
        assert_eq!(reply.status, 200, "attack 54: {}", header.0);
        answers.push(reply.json());
    }
    assert_eq!(answers[2]["errorCode"], "AADB2C90053", "{answers:?}");
    let last = answers.last().unwrap();
    assert_eq!((&last["status"], &last["errorCode"]), (&"400".into(), &"AADB2C90244".into()), "{answers:?}");
    assert!(!last["message"].as_str().unwrap().is_empty());
    // What is no post of a page says 429 and when to come again.
    let reply = site.get(&site.asked(SUSI, "", &[])).await;
    assert_eq!(reply.status, 429);
    assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1);
    // Honest people elsewhere are not hit, and public documents are for all.
    assert_eq!(
        from(&site, &browser, "192.0.2.44", &[], "a@example.com").await.json()["errorCode"],
        "AADB2C90053"
    );
    assert_eq!(site.get(&site.at(SUSI, "v2.0/.well-known/openid-configuration")).await.status, 200);
}

#[tokio::test]
async fn attack_053_spraying_accounts_is_stopped_before_the_hash() {
    let site = Site::with(|config| {
        config.limits.enabled = true;
        config.limits.sign_ins = Rate { count: 3, seconds: 600 };
    });
    let site = Arc::new(site.await);
    let mut browser = at_sign_in(&site).await;
    for attempt in 0..6 {
        let before = site.app.directory.hasher().ran();
        let reply = tried(&mut browser, &format!("a{attempt}@example.com"), "Summer-2026").await;
        let looked = site.app.directory.hasher().ran() - before;
        let expected = if attempt < 3 { ("AADB2C90053", 1) } else { ("AADB2C90244", 0) };
        assert_eq!(
            (reply.status, reply.json()["errorCode"].as_str(), looked),
            (200, Some(expected.0), expected.1)
        );
    }
}

#[tokio::test]
async fn attack_055_passwords_are_judged_before_they_are_hashed_and_never_cut() {
    let site = Site::shared().await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    browser.step("unified", "local=signup&").await;
    browser.verify(ADA).await;
    let hashes = site.app.directory.hasher().ran();
    let long = |count: usize| format!("Aa1!{}", "x".repeat(count - 4));
    let wrong = [
        String::new(),
        "Aa1!xyz".to_owned(),
        long(65),
        long(257),
        long(20_000),
        " ".repeat(8),
        " Correct-Horse-9".to_owned(),
        "Correct-Horse-9 ".to_owned(),
        "Correct\0Horse-9".to_owned(),
        "alllowercase".to_owned(),
    ];
    for password in &wrong {
        let fields = [("email", ADA), ("newPassword", password), ("reenterPassword", password)];
        let answer = browser.submit(&fields).await;
        assert_eq!(answer["status"], "400", "{password:.20}");
    }
    assert_eq!(site.app.directory.hasher().ran(), hashes, "none was hashed");
    let path = browser.page.post_path();
    assert_eq!(browser.post(&path, &[("newPassword", &long(1 << 20))]).await.status, 413);
    // Counted in code points after NFC; the same word in NFD signs in; nothing is cut at 72 bytes.
    let nfc = format!("P\u{e4}ssw\u{f6}rd-\u{1F511}{}", "\u{e9}".repeat(50));
    let nfd = format!("Pa\u{308}sswo\u{308}rd-\u{1F511}{}", "e\u{301}".repeat(50));
    let mut fields = new_account(ADA);
    (fields[1].1, fields[2].1) = (&nfc, &nfd);
    assert_eq!(browser.submit(&fields).await["status"], "200");
    assert_eq!(browser.confirm().await.status, 302);
    let mut sign_in = at_sign_in(&site).await;
    let cut: String = nfc.chars().take(40).collect();
    for wrong in [cut, format!("{nfc} "), format!("{nfc}x"), nfc.to_lowercase(), "x".repeat(50_000)] {
        assert_eq!(tried(&mut sign_in, ADA, &wrong).await.json()["status"], "400");
    }
    assert_eq!(tried(&mut sign_in, ADA, &nfd).await.json()["status"], "200");
    let claims = claims_of(&site, SUSI, &sign_in.confirm().await).await;
    assert_eq!(claims["name"], "Ada");
}

#[tokio::test]
async fn attack_058_a_burst_is_queued_bounded_and_stops_nothing_else() {
    let site = Site::with(|config| {
        config.hashing.memory_kib = 65_536;
        config.hashing.passes = 3;
        config.hashing.queue_seconds = 1;
    });
    let site = Arc::new(site.await);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..40 {
        let mut browser = at_sign_in(&site).await;
        tasks.spawn(async move {
            tried(&mut browser, &format!("a{number}@example.com"), "Wrong-Horse-1").await.json()
        });
    }
    for document in ["v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"] {
        assert_eq!(site.get(&site.at(SUSI, document)).await.status, 200);
    }
    assert!(!tasks.is_empty(), "documents came while passwords waited");
    let answers = tasks.join_all().await;
    let count = |code: &str| answers.iter().filter(|answer| answer["errorCode"] == code).count();
    let (hashed, throttled) = (count("AADB2C90053"), count("AADB2C90244"));
    assert_eq!(hashed + throttled, 40, "{answers:?}");
    assert!(throttled > 0 && hashed > 0, "{hashed} hashed, {throttled} throttled");
}

#[tokio::test]
async fn attack_056_a_password_that_is_guessed_first_is_refused_with_the_reason_where_the_operator_wants_it()
{
    let site = Arc::new(Site::with(|config| config.behaviour.refuse_common_passwords = true).await);
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[("ui_locales", "de")]).await;
    browser.step("unified", "local=signup&").await;
    browser.verify("ada.lovelace@example.com").await;
    for (password, expected) in [
        (
            "Passw0rd",
            "Dieses Passwort gehört zu denen, die zuerst erraten werden. Bitte wählen Sie ein anderes.",
        ),
        (
            "Ada.Lovelace",
            "Das Passwort darf nicht Ihr Name, Ihre Adresse oder der Name dieses Dienstes sein.",
        ),
        ("Vestibule!", "Das Passwort darf nicht Ihr Name, Ihre Adresse oder der Name dieses Dienstes sein."),
    ] {
        let mut fields = new_account("ada.lovelace@example.com").to_vec();
        fields.retain(|(name, _)| !name.contains("Password"));
        fields.extend([("newPassword", password), ("reenterPassword", password)]);
        let answer = browser.submit(&fields).await;
        assert_eq!(answer["message"], expected, "{password}: {answer}");
    }
    assert_eq!(site.accounts().await, 0);
    assert_eq!(browser.submit(&new_account("ada.lovelace@example.com")).await["status"], "200");
}
