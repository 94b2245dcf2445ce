//! What may stand in a page's fields (attacks 26, 27, 37, 38, 39, 40, 41, 42).

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::browser::{Browser, SUSI, claims_of, new_account};
use crate::harness::{Reply, Site};

const FIELDS: &str = "B2C_1A_Fields";

async fn at_fields(site: &Arc<Site>) -> (Browser, String) {
    let user = site.user("ada").await;
    let mut browser = Browser::new(site);
    let path = site.asked(FIELDS, &user, &[]);
    let reply = browser.get(&path).await;
    assert_eq!(browser.page.api, "SelfAsserted", "{} {}", reply.status, reply.text);
    (browser, user)
}

/// Answers both pages and returns the claims of the token.
async fn finished(browser: &mut Browser, fields: &[(&str, &str)]) -> Value {
    let answer = browser.submit(fields).await;
    assert_eq!(answer["status"], "200", "{answer}");
    browser.confirm().await;
    assert_eq!(browser.submit(&[]).await["status"], "200");
    let reply: Reply = browser.confirm().await;
    claims_of(&browser.site.clone(), FIELDS, &reply).await
}

#[tokio::test]
async fn attack_026_what_a_page_does_not_show_is_not_taken() {
    let site = Site::shared().await;
    let eve = site.user("eve").await;
    let (mut browser, ada) = at_fields(&site).await;
    let fields = [
        ("fText", "hello"),
        ("fText", "twice"),
        ("objectId", &eve),
        ("OBJECTID", &eve),
        ("isForgotPassword", "true"),
        ("newUser", "true"),
        ("authenticationSource", "socialIdpAuthentication"),
        ("extension_isAdmin", "yes"),
        ("trustFrameworkPolicy", "B2C_1A_Other"),
        ("email", "eve@example.com"),
        ("fBoxes", "1"),
        ("fBoxes", "2"),
    ];
    let claims = finished(&mut browser, &fields).await;
    assert_eq!(claims["sub"], ada.as_str());
    assert_eq!(claims["extension_isAdmin"], "no");
    assert_eq!(claims["fText"], "hello", "the first of two counts");
    assert_eq!(claims["fBoxes"], "1,2", "check boxes repeat");
    assert!(claims["iss"].as_str().unwrap().contains(&FIELDS.to_lowercase()), "{claims}");
}

#[tokio::test]
async fn attack_026_a_sign_up_writes_only_what_its_page_asks() {
    let site = Site::shared().await;
    let eve = site.user("eve").await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    browser.step("unified", "local=signup&").await;
    browser.verify("ada@example.com").await;
    let mut fields = new_account("ada@example.com").to_vec();
    fields.extend([
        ("objectId", eve.as_str()),
        ("userPrincipalName", "root@vestibule.onmicrosoft.com"),
        ("accountEnabled", "false"),
        ("passwordPolicies", "DisableStrongPassword"),
        ("signInNames.emailAddress", "eve@example.com"),
        ("signInName", "eve@example.com"),
        ("newUser", "false"),
    ]);
    assert_eq!(browser.submit(&fields).await["status"], "200");
    let claims = claims_of(&site, SUSI, &browser.confirm().await).await;
    let id = claims["sub"].as_str().unwrap();
    assert_ne!(id, eve);
    let lookup = vestibule::directory::Lookup::ObjectId(id.to_owned());
    let user = site.app.directory.find(crate::harness::TENANT, &lookup).await.unwrap().unwrap();
    assert!(user.enabled && user.principal_name() != "root@vestibule.onmicrosoft.com");
    assert_eq!(user.sign_in_name("emailAddress"), Some("ada@example.com"));
    assert_eq!(user.text("passwordPolicies"), Some("DisablePasswordExpiration"));
}

#[tokio::test]
async fn attack_027_the_servers_value_wins_where_a_field_is_not_to_be_changed() {
    let site = Site::shared().await;
    let (mut browser, _) = at_fields(&site).await;
    assert!(browser.page.text.contains("of the server") && browser.page.text.contains("said by the server"));
    let fields = [("fText", "hello"), ("fFixed", "mine"), ("fSaid", "also mine")];
    assert_eq!(browser.submit(&fields).await["status"], "200");
    browser.confirm().await;
    assert!(!browser.page.text.contains("mine"), "not on the next page");
    assert_eq!(browser.submit(&[("fFixed", "mine"), ("fSaid", "mine")]).await["status"], "200");
    let claims = claims_of(&site, FIELDS, &browser.confirm().await).await;
    assert_eq!(claims["fFixed"].as_str().unwrap_or("of the server"), "of the server");
    assert_ne!(claims["fSaid"], "mine");
}

#[tokio::test]
async fn attack_037_a_required_field_wants_something_to_see() {
    let site = Site::shared().await;
    let (mut browser, _) = at_fields(&site).await;
    let long = "x".repeat(30_000);
    for text in ["", "   ", "\u{200B}\u{200B}", "\u{FEFF} \u{2060}", &long, "a\0b"] {
        let answer = browser.submit(&[("fText", text)]).await;
        assert_eq!(
            (&answer["status"], &answer["errorCode"]),
            (&"400".into(), &"AADB2C90158".into()),
            "{text:.20}"
        );
        assert_eq!(browser.confirm().await.header("location"), "");
    }
    let missing = browser.submit(&[]).await;
    assert!(missing["message"].as_str().unwrap().ends_with("is missing."), "{missing}");
    // A body of 1 MB is not read at all.
    let path = browser.page.post_path();
    let huge = "x".repeat(1 << 20);
    assert_eq!(browser.post(&path, &[("fText", &huge)]).await.status, 413);
    // Bidi overrides and markup stay text, on the next page and in the token.
    let hostile = "\u{202E}evil</script><script>alert(3)</script>";
    let answer = browser.submit(&[("fText", hostile)]).await;
    assert_eq!(answer["status"], "200", "{answer}");
    browser.confirm().await;
    assert!(!browser.page.text.contains("<script>alert(3)"), "{}", browser.page.text);
    assert_eq!(browser.submit(&[("fText", hostile)]).await["status"], "200");
    assert_eq!(claims_of(&site, FIELDS, &browser.confirm().await).await["fText"], hostile);
}

#[tokio::test]
async fn attack_037_the_error_is_in_the_fields_language() {
    let site = Site::shared().await;
    let mut messages = Vec::new();
    for language in ["en", "de", "fr"] {
        let mut browser = Browser::new(&site);
        browser.start(SUSI, &[("ui_locales", language)]).await;
        let answer = browser.submit(&[("signInName", " "), ("password", "x")]).await;
        assert_eq!(answer["status"], "400");
        messages.push(answer["message"].as_str().unwrap().to_owned());
    }
    messages.dedup();
    assert_eq!(messages.len(), 3, "{messages:?}");
}

#[tokio::test]
async fn attack_038_an_exploding_pattern_answers_at_once() {
    let site = Site::shared().await;
    let (mut browser, _) = at_fields(&site).await;
    let text = format!("{}!", "a".repeat(40));
    let began = Instant::now();
    let answer = browser.submit(&[("fText", "x"), ("fPattern", &text)]).await;
    assert_eq!((&answer["status"], &answer["message"]), (&"400".into(), &"Only a.".into()));
    // Structure, not speed: 2^40 steps would take hours.
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(browser.submit(&[("fText", "x"), ("fPattern", "aaa")]).await["status"], "200");
}

#[tokio::test]
async fn attack_039_typed_fields_take_their_type_and_nothing_else() {
    let site = Site::shared().await;
    let (mut browser, _) = at_fields(&site).await;
    let long = format!("+15555550100;ext={}", "9".repeat(300));
    let wrong: [(&str, &str); 22] = [
        ("fWhole", "1e309"),
        ("fWhole", "NaN"),
        ("fWhole", "0x1F"),
        ("fWhole", "\u{663}"),
        ("fWhole", "2147483648"),
        ("fWhole", "-2147483649"),
        ("fWhole", "1.5"),
        ("fWhole", "Infinity"),
        ("fWhole", "1 2"),
        ("fDay", "2026-02-30"),
        ("fDay", "31/12/9999999"),
        ("fDay", "0000-00-00"),
        ("fDay", "2026-13-01"),
        ("fDay", "99999-01-01"),
        ("fFlag", "maybe"),
        ("fFlag", "2"),
        ("fPhone", "+1 (555) \u{FF10}\u{FF11}\u{FF12}"),
        ("fPhone", long.as_str()),
        ("fPhone", "abc"),
        ("fPhone", "+"),
        ("fPhone", "<script>"),
        ("fDay", "\u{202E}2026-01-01"),
    ];
    for (field, text) in wrong {
        let answer = browser.submit(&[("fText", "x"), (field, text)]).await;
        assert_eq!(answer["status"], "400", "{field} {text}: {answer}");
        assert_eq!(answer["errorCode"], "AADB2C90158", "{field} {text}");
    }
    let parts = [("fText", "x"), ("fDay_day", "30"), ("fDay_month", "2"), ("fDay_year", "2026")];
    assert_eq!(browser.submit(&parts).await["status"], "400");
    let right = [
        ("fText", "x"),
        ("fWhole", "-0"),
        ("fDay", "2024-02-29"),
        ("fFlag", "TRUE"),
        ("fPhone", "+1 (555) 555-0100"),
        ("fDrop", "red"),
        ("fRadio", "no"),
    ];
    let claims = finished(&mut browser, &right).await;
    assert_eq!(claims["fDay"], "2024-02-29");
    assert_eq!(claims["fPhone"], "+15555550100");
    assert_eq!(claims["fDrop"], "red");
}

#[tokio::test]
async fn attack_040_hostile_values_are_inert_on_later_pages_and_in_scripts() {
    let site = Site::shared().await;
    for hostile in [
        "<img src=x onerror=alert(4)>",
        "{{7*7}}",
        "${7*7}",
        "'-alert(5)-'",
        "\"};alert(6);//",
        "</title><b>",
    ] {
        let user = site.user(&format!("u{}", hostile.len())).await;
        let mut browser = Browser::new(&site);
        let path = site.asked(FIELDS, &user, &[]);
        browser.get(&path).await;
        assert_eq!(browser.submit(&[("fText", hostile)]).await["status"], "200");
        browser.confirm().await;
        let text = browser.page.text.clone();
        for raw in ["<img src=x", "</title><b>", "\"};alert", ">49<"] {
            assert!(!text.contains(raw), "{hostile}: {raw} in {text}");
        }
        // The script object is still JSON and holds the value itself.
        let fields = browser.page.object("SA_FIELDS");
        let field =
            fields["AttributeFields"].as_array().unwrap().iter().find(|f| f["ID"] == "fText").unwrap();
        assert_eq!(field["PRE"], hostile);
    }
}

#[tokio::test]
async fn attack_041_only_listed_values_are_taken() {
    let site = Site::shared().await;
    let (mut browser, _) = at_fields(&site).await;
    for (field, value) in [
        ("fDrop", "green"),
        ("fDrop", "RED"),
        ("fDrop", "red,blue"),
        ("fRadio", "maybe"),
        ("fBoxes", "3"),
        ("fBoxes", "1,3"),
    ] {
        let answer = browser.submit(&[("fText", "x"), (field, value)]).await;
        assert_eq!(
            (&answer["status"], &answer["errorCode"]),
            (&"400".into(), &"AADB2C90158".into()),
            "{value}"
        );
    }
    let answer = browser.submit(&[("fText", "x"), ("fBoxes", "1"), ("fBoxes", "3")]).await;
    assert_eq!(answer["status"], "400");
}

#[tokio::test]
async fn attack_042_markup_in_a_policys_texts_is_text() {
    let site = Site::shared().await;
    let (mut browser, _) = at_fields(&site).await;
    let text = browser.page.text.clone();
    assert!(!text.contains("<img src=x onerror") && !text.contains("<script>alert(2)"), "{text}");
    assert!(text.contains("&lt;img src=x onerror=alert(1)&gt;Name"), "the display name is shown as text");
    // The message goes to the script as JSON, which shows it as text; without script the page escapes it.
    assert!(
        browser.submit(&[]).await["message"]
            .as_str()
            .unwrap()
            .starts_with("<img src=x onerror=alert(1)>Name")
    );
    let token = browser.page.csrf.clone();
    let reply = crate::browser::post_form(&mut browser, &[("csrf_token", &token)]).await;
    assert!(
        reply.text.contains("&lt;img src=x onerror=alert(1)&gt;Name: please fill this in."),
        "{}",
        reply.text
    );
    assert!(!reply.text.contains("<img src=x"), "{}", reply.text);
}
