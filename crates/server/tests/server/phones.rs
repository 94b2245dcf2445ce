//! The phone page and captchas over HTTP (technical-profiles 13, user-interface 6.5, 6.6; attacks 26, 29, 32, 61–64).

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use vestibule::config::{Config, Sms};
use vestibule::directory::{Lookup, Mode, Write};

use crate::browser::{Browser, PASSWORD, post_form};
use crate::harness::{Reply, Site, TENANT};
use crate::services::{Manner, Service};

const POLICY: &str = "B2C_1A_Factors";
const CAPTCHA: &str = "captchaControlChallengeCode";
/// Numbers of real ranges: example numbers of the public metadata.
const MOBILE: &str = "+12015550123";
const OFFICE: &str = "+442079460958";

/// A site with tests/policies/Factors.xml, its captchas on or off, its numbers typed or not.
async fn site(text: impl Fn(String) -> String, change: impl FnOnce(&mut Config)) -> Arc<Site> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/policies/Factors.xml");
    let text = text(std::fs::read_to_string(file).unwrap());
    let site = Site::with(|config| {
        std::fs::write(config.tenants[0].policies.join("Factors.xml"), text).unwrap();
        change(config);
    })
    .await;
    Arc::new(site)
}

fn open(text: String) -> String {
    text.replace("enableCaptchaChallenge\">true", "enableCaptchaChallenge\">false")
}

/// Ada, with these numbers on record, at the phone page.
async fn at_phone_page(site: &Arc<Site>, mobile: &str, office: &str) -> Browser {
    let mut browser = Browser::new(site);
    let id = site.user("ada").await;
    let numbers: Vec<Write> =
        [("strongAuthenticationPhoneNumber", mobile), ("strongAuthenticationAlternativePhoneNumber", office)]
            .into_iter()
            .filter(|(_, number)| !number.is_empty())
            .map(|(name, number)| Write::text(name, number))
            .collect();
    site.app.directory.write(TENANT, &Lookup::ObjectId(id), &numbers, Mode::Update).await.unwrap();
    again(&mut browser).await;
    browser
}

/// Signs in up to the phone page, in a new journey of the same browser.
async fn again(browser: &mut Browser) {
    browser.start(POLICY, &[("prompt", "login")]).await;
    let told = browser.submit(&[("signInName", "ada@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(told["status"], "200", "{told}");
    let page = browser.confirm().await;
    assert_eq!(browser.page.api, "Phonefactor", "{}", page.text);
}

impl Browser {
    /// What the phone page's script posts.
    async fn phone(&mut self, form: &[(&str, &str)]) -> Value {
        let page = &self.page;
        let path = format!("{}/Phonefactor/verify?tx={}&p={}", page.host, page.tx, page.policy);
        let reply = self.post(&path, form).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    async fn dial(&mut self, way: &str, more: &[(&str, &str)]) -> Value {
        let mut form = vec![("request_type", "VERIFICATION_REQUEST"), ("auth_type", way)];
        form.extend(more);
        self.phone(&form).await
    }

    async fn type_code(&mut self, code: &str) -> Value {
        self.phone(&[("request_type", "VALIDATION_REQUEST"), ("verification_code", code)]).await
    }
}

fn ends_with_a_code(reply: &Reply) {
    assert!(reply.sent("code").is_some(), "{} {} {}", reply.status, reply.header("location"), reply.text);
}

fn other_than(code: &str, nth: usize) -> String {
    let shifted = (code.parse::<usize>().unwrap() + nth + 1) % 1_000_000;
    format!("{shifted:06}")
}

#[tokio::test]
async fn a_new_number_is_enrolled_by_a_message() {
    let site = site(open, |_| {}).await;
    let mut browser = at_phone_page(&site, "", "").await;
    assert_eq!(browser.page.object("UV_PHONE")["PhoneNumbers"], Value::Array(Vec::new()));
    let bad = browser.dial("onewaysms", &[("id", "UserAsserted"), ("number", "+12")]).await;
    assert_eq!(
        (&bad["status"], &bad["message"]),
        (&"400".into(), &"Please enter a valid phone number".into())
    );
    let sent = browser.dial("onewaysms", &[("id", "UserAsserted"), ("number", "+1(201)555-0123")]).await;
    assert_eq!(sent.to_string(), r#"{"status":"200"}"#);
    let code = site.code_for(MOBILE);
    let wrong = browser.type_code(&other_than(&code, 0)).await;
    assert_eq!(wrong["status"], "449");
    assert_eq!(browser.type_code(&code).await["status"], "200");
    // A second click gets the first answer (attack 32).
    assert_eq!(browser.type_code(&code).await["status"], "200");
    ends_with_a_code(&browser.confirm().await);
}

#[tokio::test]
async fn attack_026_a_number_on_record_admits_no_other() {
    let site = site(open, |_| {}).await;
    let mut browser = at_phone_page(&site, MOBILE, OFFICE).await;
    let numbers = &browser.page.object("UV_PHONE")["PhoneNumbers"];
    assert_eq!(numbers[0]["MaskedNumber"], "XXX-XXX-0123");
    assert_eq!(numbers[1]["MaskedNumber"], "XXX-XXX-0958");
    assert!(!browser.page.text.contains(MOBILE) && !browser.page.text.contains("2079460958"));
    let mails = site.mails();
    for form in [
        [("id", "UserAsserted"), ("number", "+12015550199")],
        [("id", "0"), ("number", "+12015550199")],
        [("id", "3"), ("number", "+12015550199")],
        [("id", "-1"), ("number", "")],
        [("id", ""), ("number", "+12015550199")],
    ] {
        let page = &browser.page;
        let path = format!("{}/Phonefactor/verify?tx={}&p={}", page.host, page.tx, page.policy);
        let mut all = vec![("request_type", "VERIFICATION_REQUEST"), ("auth_type", "onewaysms")];
        all.extend(form);
        assert_eq!(browser.post(&path, &all).await.status, 400, "{form:?}");
    }
    assert_eq!(site.mails(), mails, "nothing was sent");
    // A number beside a place on record does not count: the one on record is written to.
    let sent = browser.dial("onewaysms", &[("id", "2"), ("number", "+12015550199")]).await;
    assert_eq!(sent["status"], "200");
    assert_eq!(browser.type_code(&site.code_for(OFFICE)).await["status"], "200");
    ends_with_a_code(&browser.confirm().await);
}

#[tokio::test]
async fn attack_061_the_third_wrong_code_ends_the_journey() {
    let site = site(open, |_| {}).await;
    let mut browser = at_phone_page(&site, MOBILE, "").await;
    browser.dial("onewaysms", &[("id", "1")]).await;
    let code = site.code_for(MOBILE);
    for nth in 0..2 {
        let told = browser.type_code(&other_than(&code, nth)).await;
        assert_eq!((&told["status"], &told["errorCode"]), (&"449".into(), &"AADB2C90156".into()));
    }
    let told = browser.type_code(&other_than(&code, 2)).await;
    assert_eq!(told["errorCode"], "AADB2C90151");
    let end = browser.confirm().await;
    let told = end.sent("error_description").unwrap();
    assert!(told.starts_with("AADB2C90151: "), "{told}");
}

#[tokio::test]
async fn attack_062_only_the_newest_code_counts_once_and_for_ten_minutes() {
    let site = site(open, |_| {}).await;
    let mut browser = at_phone_page(&site, MOBILE, "").await;
    browser.dial("onewaysms", &[("id", "1")]).await;
    let first = site.code_for(MOBILE);
    let second = loop {
        browser.dial("onewaysms", &[("id", "1")]).await;
        let next = site.code_for(MOBILE);
        if next != first {
            break next;
        }
    };
    assert_eq!(browser.type_code(&first).await["status"], "449", "a newer one was sent");
    site.wait(601);
    assert_eq!(browser.type_code(&second).await["status"], "449", "ten minutes");
    browser.dial("onewaysms", &[("id", "1")]).await;
    let third = site.code_for(MOBILE);
    let typed: String =
        third.chars().map(|digit| char::from_u32(u32::from(digit) - 48 + 0xFF10).unwrap()).collect();
    let (before, after) = typed.split_at(typed.char_indices().nth(3).unwrap().0);
    assert_eq!(browser.type_code(&format!("{before} {after}")).await["status"], "200");
    ends_with_a_code(&browser.confirm().await);
}

#[tokio::test]
async fn attack_029_a_code_of_one_journey_opens_no_other() {
    let site = site(open, |_| {}).await;
    let mut one = at_phone_page(&site, MOBILE, "").await;
    one.dial("onewaysms", &[("id", "1")]).await;
    let code = site.code_for(MOBILE);
    let mut two = Browser::new(&site);
    again(&mut two).await;
    two.dial("onewaysms", &[("id", "1")]).await;
    if site.code_for(MOBILE) != code {
        assert_eq!(two.type_code(&code).await["status"], "449");
    }
    assert_eq!(one.type_code(&code).await["status"], "200");
}

#[tokio::test]
async fn attack_032_loading_the_page_again_sends_nothing() {
    let site = site(
        |text| {
            let item = "<Item Key=\"ManualPhoneNumberEntryAllowed\">true</Item>";
            let more = "<Item Key=\"setting.authenticationMode\">sms</Item><Item Key=\"setting.autodial\">true</Item>";
            open(text).replace(item, &format!("{item}{more}"))
        },
        |_| {},
    )
    .await;
    let mut browser = at_phone_page(&site, MOBILE, "").await;
    let sent = site.mails();
    assert_eq!(sent, 1, "autodial sends at once");
    browser.step("confirmed", "").await;
    browser.step("confirmed", "").await;
    assert_eq!(site.mails(), sent);
    assert_eq!(browser.type_code(&site.code_for(MOBILE)).await["status"], "200");
}

#[tokio::test]
async fn attack_063_messages_are_bounded_for_each_number_and_each_client() {
    let site = site(open, |config| config.limits.enabled = true).await;
    let mut browser = at_phone_page(&site, MOBILE, OFFICE).await;
    for _ in 0..10 {
        assert_eq!(browser.dial("onewaysms", &[("id", "1")]).await["status"], "200");
    }
    let number = browser.dial("onewaysms", &[("id", "1")]).await;
    assert_eq!((&number["status"], &number["errorCode"]), (&"429".into(), &"AADB2C90244".into()));
    for _ in 0..9 {
        browser.dial("onewaysms", &[("id", "2")]).await;
    }
    let client = browser.dial("onewaysms", &[("id", "2")]).await;
    assert_eq!(client["message"], number["message"], "which limit it was is not told");
    assert_eq!(site.mails(), 19);
}

fn gateway(port: u16, config: &mut Config) {
    let url = format!("http://127.0.0.1:{port}/send").parse().unwrap();
    let (secret, countries) = ("gateway secret".to_owned().into(), Vec::new());
    config.sms = Some(Sms { url, secret, seconds: 1, countries, any_number: false });
    config.outbound.allow = vec!["127.0.0.1".to_owned()];
}

#[tokio::test]
async fn attack_064_costly_and_unassigned_numbers_never_reach_the_gateway() {
    let service = Service::says(200, "{}").await;
    let port = service.port;
    let site = site(open, |config| {
        gateway(port, config);
        config.sms.as_mut().unwrap().countries = vec!["US".to_owned(), "DE".to_owned()];
    })
    .await;
    let mut browser = at_phone_page(&site, "", "").await;
    // Premium, satellite, unassigned, and a country that is not on the operator's list.
    for number in ["+19002345678", "+881612345678", "+15551234567", "+499001234567", OFFICE] {
        let told = browser.dial("onewaysms", &[("id", "UserAsserted"), ("number", number)]).await;
        assert!(told["status"] == "448" || told["status"] == "400", "{number}: {told}");
    }
    assert!(service.asked().is_empty());
    let sent = browser.dial("onewaysms", &[("id", "UserAsserted"), ("number", MOBILE)]).await;
    assert_eq!(sent["status"], "200");
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn attack_064_a_row_of_numbers_counts_as_one() {
    let service = Service::says(200, "{}").await;
    let port = service.port;
    let site = site(open, |config| {
        gateway(port, config);
        config.limits.enabled = true;
        config.limits.codes.count = 1_000;
    })
    .await;
    let mut browser = at_phone_page(&site, "", "").await;
    let mut refused = 0;
    for last in 0..60 {
        let number = format!("+1201555{:04}", 100 + last);
        let told = browser.dial("onewaysms", &[("id", "UserAsserted"), ("number", &number)]).await;
        refused += usize::from(told["status"] == "429");
    }
    assert_eq!((service.asked().len(), refused), (30, 30));
}

/// A gateway's post: `(status, the reply)`.
async fn gateway_says(site: &Site, address: &str, body: &str, secret: &[u8]) -> u16 {
    let time = site.clock.now().as_second().to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
    let tag: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let path = address.strip_prefix("https://id.example.com").expect("our own address");
    let request = axum::http::Request::post(path)
        .header("host", "id.example.com")
        .header("content-type", "application/json")
        .header("x-vestibule-timestamp", time)
        .header("x-vestibule-signature", format!("sha256={tag}"))
        .body(axum::body::Body::from(body.to_owned()))
        .unwrap();
    site.send(request).await.status
}

#[tokio::test]
async fn a_call_is_confirmed_by_its_gateway_alone_and_once() {
    let service = Service::says(202, "{}").await;
    let port = service.port;
    let site = site(open, |config| gateway(port, config)).await;
    let mut browser = at_phone_page(&site, MOBILE, "").await;
    assert_eq!(browser.dial("dialphone", &[("id", "1")]).await["status"], "200");
    let asked = service.asked();
    let (_, body) = asked[0].split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["kind"], &body["to"], &body["code"]), (&"call".into(), &MOBILE.into(), &Value::Null));
    let address = body["answer"].as_str().unwrap();
    let poll = [("request_type", "VALIDATION_REQUEST")];
    assert_eq!(browser.phone(&poll).await["status"], "449", "it rings");
    let yes = r#"{"answered":true}"#;
    assert_eq!(gateway_says(&site, address, yes, b"another secret").await, 404);
    assert_eq!(gateway_says(&site, &format!("{address}x"), yes, b"gateway secret").await, 404);
    assert_eq!(browser.phone(&poll).await["status"], "449", "nobody who counts has said so");
    assert_eq!(gateway_says(&site, address, yes, b"gateway secret").await, 204);
    assert_eq!(gateway_says(&site, address, yes, b"gateway secret").await, 404, "once");
    assert_eq!(browser.phone(&poll).await["status"], "200");
    ends_with_a_code(&browser.confirm().await);

    again(&mut browser).await;
    browser.dial("dialphone", &[("id", "1")]).await;
    site.wait(121);
    let told = browser.phone(&poll).await;
    assert_eq!((&told["status"], &told["errorCode"]), (&"448".into(), &"AADB2C90155".into()));
}

#[tokio::test]
async fn the_page_works_without_script() {
    let site = site(open, |_| {}).await;
    let mut browser = at_phone_page(&site, "", "").await;
    let fields = [("countryCode", "+1"), ("number", "(201) 555-0123")];
    let with = |browser: &Browser, action: &'static str| {
        let token = browser.page.csrf.clone();
        (token, action)
    };
    let (token, action) = with(&browser, "dial:sms");
    let mut form = vec![("csrf_token", token.as_str()), ("v_action", action)];
    form.extend(fields);
    let sent = post_form(&mut browser, &form).await;
    assert!(sent.text.contains(r#"id="codeVerification" style="display:block""#), "{}", sent.text);
    let (token, action) = with(&browser, "code");
    let wrong = [("csrf_token", token.as_str()), ("v_action", action), ("verification_code", "x")];
    let told = post_form(&mut browser, &wrong).await;
    assert!(told.text.contains("does not match our records"), "{}", told.text);
    let code = site.code_for(MOBILE);
    let right = [("csrf_token", token.as_str()), ("v_action", action), ("verification_code", &code)];
    let reply = post_form(&mut browser, &right).await;
    assert_eq!(reply.status, 303);
    let next = reply.header("location").to_owned();
    ends_with_a_code(&browser.get(&next).await);
}

#[tokio::test]
async fn without_a_number_and_without_entry_there_is_nothing_to_verify() {
    let closed = |text: String| open(text).replace("EntryAllowed\">true", "EntryAllowed\">false");
    let site = site(closed, |_| {}).await;
    let mut browser = Browser::new(&site);
    site.user("ada").await;
    browser.start(POLICY, &[]).await;
    browser.submit(&[("signInName", "ada@example.com"), ("password", PASSWORD)]).await;
    let told = browser.confirm().await.sent("error_description").unwrap();
    assert!(told.starts_with("AADB2C90145: "), "{told}");
}

/// Counts the beeps of a sound, as an ear does: loud stretches, groups apart by a long rest.
fn counted(challenge: &str) -> String {
    let wav = STANDARD.decode(challenge.strip_prefix("data:audio/wav;base64,").unwrap()).unwrap();
    let loud = wav[44..].chunks(200).map(|part| part.iter().any(|sample| sample.abs_diff(128) > 50));
    let (mut digits, mut count, mut quiet, mut was) = (String::new(), 0, 0, false);
    for is in loud {
        quiet = if is { 0 } else { quiet + 1 };
        count += usize::from(is && !was);
        was = is;
        if quiet == 20 && count > 0 {
            digits.push_str(&count.to_string());
            count = 0;
        }
    }
    digits
}

impl Browser {
    async fn challenge(&mut self, kind: &str) -> Value {
        let page = &self.page;
        let path = format!(
            "{}/SelfAsserted/DisplayControlAction/vbeta/{CAPTCHA}/GetChallenge?tx={}&p={}&challengeType={kind}\
             &csrf_token={}",
            page.host, page.tx, page.policy, page.csrf
        );
        self.get(&path).await.json()
    }

    /// Listens to a challenge and answers it.
    async fn solve(&mut self) {
        let heard = self.challenge("Audio").await;
        let digits = counted(heard["challengeString"].as_str().unwrap());
        let told = self.act(CAPTCHA, "VerifyChallenge", &[("captchaEntered", &digits)]).await;
        assert_eq!(told["isCaptchaSolved"], "true", "{told} {digits}");
    }
}

#[tokio::test]
async fn a_captcha_stands_before_the_password_and_is_for_one_answer() {
    let site = site(|text| text, |_| {}).await;
    site.user("ada").await;
    let mut browser = Browser::new(&site);
    browser.start(POLICY, &[]).await;
    let seen = browser.challenge("Visual").await;
    assert_eq!(seen["status"], "200");
    let picture = seen["challengeString"].as_str().unwrap();
    assert!(picture.starts_with("data:image/png;base64,iVBORw0KGgo"), "{picture}");
    let fields = [("signInName", "ada@example.com"), ("password", PASSWORD)];
    let told = browser.submit(&fields).await;
    assert_eq!(told["message"], "Captcha challenge is not resolved. Please solve it to proceed.");

    // Wrong: told so, and that challenge is gone, whatever comes next.
    let heard = browser.challenge("Audio").await;
    let digits = counted(heard["challengeString"].as_str().unwrap());
    let told = browser.act(CAPTCHA, "VerifyChallenge", &[("captchaEntered", "999999")]).await;
    assert_eq!((&told["isCaptchaSolved"], &told["reason"]), (&"false".into(), &"WrongAnswer".into()));
    let told = browser.act(CAPTCHA, "VerifyChallenge", &[("captchaEntered", &digits)]).await;
    assert_eq!((&told["isCaptchaSolved"], &told["reason"]), (&"false".into(), &"NoChallengeSession".into()));

    // A wrong password costs it; the next try needs another.
    browser.solve().await;
    let told = browser.submit(&[("signInName", "ada@example.com"), ("password", "Wrong-Horse-9")]).await;
    assert_eq!(told["errorCode"], "AADB2C90054");
    assert_eq!(browser.submit(&fields).await["errorCode"], "AADB2C90159");
    browser.solve().await;
    assert_eq!(browser.submit(&fields).await["status"], "200");
}

#[tokio::test]
async fn attack_061_a_captcha_is_not_guessed() {
    let site = site(|text| text, |_| {}).await;
    let mut browser = Browser::new(&site);
    browser.start(POLICY, &[]).await;
    // Another journey's challenge, an old one, an empty answer: none counts.
    let mut other = browser.clone();
    other.start(POLICY, &[]).await;
    let heard = other.challenge("Audio").await;
    let digits = counted(heard["challengeString"].as_str().unwrap());
    let id = heard["challengeId"].as_str().unwrap();
    let form = [("challengeId", id), ("captchaEntered", digits.as_str()), ("challengeType", "Audio")];
    assert_eq!(browser.act(CAPTCHA, "VerifyChallenge", &form).await["isCaptchaSolved"], "false");
    let old = browser.challenge("Audio").await;
    let old = counted(old["challengeString"].as_str().unwrap());
    site.wait(601);
    assert_eq!(
        browser.act(CAPTCHA, "VerifyChallenge", &[("captchaEntered", &old)]).await["reason"],
        "NoChallengeSession"
    );
    browser.challenge("Visual").await;
    assert_eq!(
        browser.act(CAPTCHA, "VerifyChallenge", &[("captchaEntered", "")]).await["isCaptchaSolved"],
        "false"
    );
    // And the number of challenges is bounded.
    let mut given = 0;
    for _ in 0..70 {
        given += usize::from(browser.challenge("Visual").await["challengeString"].is_string());
    }
    assert!(given < 70, "{given}");
}

#[tokio::test]
async fn a_message_costs_a_captcha() {
    let site = site(|text| text, |_| {}).await;
    let id = site.user("ada").await;
    let number = [Write::text("strongAuthenticationPhoneNumber", MOBILE)];
    site.app.directory.write(TENANT, &Lookup::ObjectId(id), &number, Mode::Update).await.unwrap();
    let mut browser = Browser::new(&site);
    browser.start(POLICY, &[]).await;
    browser.solve().await;
    browser.submit(&[("signInName", "ada@example.com"), ("password", PASSWORD)]).await;
    browser.confirm().await;
    assert_eq!(browser.dial("onewaysms", &[("id", "1")]).await["status"], "400");
    browser.solve().await;
    assert_eq!(browser.dial("onewaysms", &[("id", "1")]).await["status"], "200");
    assert_eq!(browser.dial("onewaysms", &[("id", "1")]).await["status"], "400");
    assert_eq!(site.mails(), 1);
    assert_eq!(browser.type_code(&site.code_for(MOBILE)).await["status"], "200");
    ends_with_a_code(&browser.confirm().await);
}

#[tokio::test]
async fn a_gateway_that_fails_or_refuses_is_told_in_the_pages_words() {
    let service = Service::new(Manner::Says(vec![(422, "{}".into()), (500, "{}".into())])).await;
    let port = service.port;
    let site = site(open, |config| gateway(port, config)).await;
    let mut browser = at_phone_page(&site, MOBILE, "").await;
    let refused = browser.dial("onewaysms", &[("id", "1")]).await;
    assert_eq!(
        (&refused["status"], &refused["message"]),
        (&"448".into(), &"The phone number you provided is unreachable.".into())
    );
    let failing = browser.dial("onewaysms", &[("id", "1")]).await;
    assert_eq!(
        (&failing["status"], &failing["message"]),
        (
            &"448".into(),
            &"The phone number you provided is busy or unavailable. Please check the number and try again."
                .into()
        )
    );
}
