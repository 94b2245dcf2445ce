//! One-time codes by mail (attacks 61, 62, 63).

use std::sync::Arc;

use vestibule::config::Rate;

use crate::browser::{Browser, RESET, post_form};
use crate::harness::Site;

const ADA: &str = "ada@example.com";

async fn at_reset(site: &Arc<Site>) -> Browser {
    let mut browser = Browser::new(site);
    browser.start(RESET, &[]).await;
    browser
}

#[tokio::test]
async fn attack_061_five_wrong_tries_kill_a_code() {
    let site = Site::shared().await;
    let mut browser = at_reset(&site).await;
    browser.send_code("email", ADA).await;
    let code = site.code_for(ADA);
    let mut results = Vec::new();
    for guess in 0..5 {
        let answer = browser.check_code("email", ADA, &format!("x{guess}")).await;
        assert_eq!(answer["status"], "400");
        results.push(answer["result"].as_u64().unwrap());
    }
    assert_eq!(results, [3, 3, 3, 3, 4], "the fifth says that a new code is needed");
    for _ in 0..3 {
        assert_eq!(browser.check_code("email", ADA, &code).await["result"], 4, "a dead code stays dead");
    }
    browser.send_code("email", ADA).await;
    let fresh = site.code_for(ADA);
    assert_eq!(browser.check_code("email", ADA, &fresh).await["status"], "200");
}

#[tokio::test]
async fn attack_061_fifty_guesses_at_once_count_as_fifty() {
    let site = Site::shared().await;
    let mut browser = at_reset(&site).await;
    browser.send_code("email", ADA).await;
    let code = site.code_for(ADA);
    let mut tasks = tokio::task::JoinSet::new();
    for guess in 0..50 {
        let mut other = browser.clone();
        tasks.spawn(async move { other.check_code("email", ADA, &format!("x{guess}")).await });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|answer| answer["status"] == "400"));
    assert_eq!(answers.iter().filter(|answer| answer["result"] == 3).count(), 4, "{answers:?}");
    assert_eq!(browser.check_code("email", ADA, &code).await["status"], "400");
    assert_eq!(browser.submit(&[("email", ADA)]).await["status"], "400");
}

#[tokio::test]
async fn attack_062_a_code_is_the_newest_in_time_and_once() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut browser = at_reset(&site).await;
    browser.send_code("email", ADA).await;
    let first = site.code_for(ADA);
    loop {
        browser.send_code("email", ADA).await;
        if site.code_for(ADA) != first {
            break;
        }
    }
    assert_eq!(browser.check_code("email", ADA, &first).await["status"], "400", "only the newest counts");
    let second = site.code_for(ADA);
    for wrong in [format!("{second}0"), second.replace(|_: char| true, "\u{0661}"), format!("0{second}")] {
        assert_eq!(browser.check_code("email", ADA, &wrong).await["status"], "400", "{wrong}");
    }
    site.wait(601);
    let late = browser.check_code("email", ADA, &second).await;
    assert_eq!((&late["status"], &late["result"]), (&"400".into(), &5.into()), "expired");
    browser.send_code("email", ADA).await;
    let third = site.code_for(ADA);
    let (head, tail) = third.split_at(3);
    let wide: String = tail.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0xFF10).unwrap()).collect();
    assert_eq!(browser.check_code("email", ADA, &format!(" {head}-{wide} ")).await["status"], "200");
    // The address is edited and typed again: the spent code is no proof any more.
    let token = browser.page.csrf.clone();
    let form = [("csrf_token", token.as_str()), ("email", ADA), ("v_action", "edit:email")];
    assert_eq!(post_form(&mut browser, &form).await.status, 200);
    assert_eq!(browser.check_code("email", ADA, &third).await["status"], "400", "used");
    assert_eq!(browser.submit(&[("email", ADA)]).await["status"], "400");
}

#[tokio::test]
async fn attack_063_ten_codes_an_address_and_twenty_a_client_an_hour() {
    let site = Site::with(|config| {
        config.limits.enabled = true;
        config.limits.pages = Rate { count: 10_000, seconds: 1 };
    });
    let site = Arc::new(site.await);
    let mut browser = at_reset(&site).await;
    for number in 1..=10 {
        assert_eq!(browser.send_code("email", ADA).await["status"], "200", "{number}");
    }
    let by_address = browser.send_code("email", ADA).await;
    let by_case = browser.send_code("email", "ADA@example.com").await;
    assert_eq!((&by_address["status"], &by_address["result"]), (&"400".into(), &6.into()));
    assert_eq!(by_case, by_address, "another spelling is no other address");
    assert_eq!(site.mails(), 10);
    let mut by_client = None;
    for number in 0..100 {
        let answer = browser.send_code("email", &format!("a{number}@example.com")).await;
        if answer["status"] != "200" {
            by_client = Some(answer);
            break;
        }
    }
    assert_eq!(by_client, Some(by_address), "the page does not tell which limit was hit");
    assert!(site.mails() <= 20, "{}", site.mails());
}

/// Chi-square over 600,000 digits with nine degrees of freedom: 45 is passed once in a million runs.
#[test]
fn attack_063_codes_are_evenly_drawn() {
    let mut counts = [0_f64; 10];
    let mut codes = std::collections::BTreeSet::new();
    for _ in 0..100_000 {
        let code = vestibule::chance::digits(6);
        assert_eq!(code.len(), 6);
        for digit in code.bytes() {
            counts[usize::from(digit - b'0')] += 1.0;
        }
        codes.insert(code);
    }
    let chi: f64 = counts.iter().map(|count| (count - 60_000.0).powi(2) / 60_000.0).sum();
    assert!(chi < 45.0, "{chi} {counts:?}");
    // Of 10^6 codes 100,000 draws hit about 95,163 different ones.
    assert!((94_000..96_500).contains(&codes.len()), "{}", codes.len());
}
