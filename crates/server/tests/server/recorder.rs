//! The journey recorder of `dev`: a sign-in as its pages, its JSON, its trace file and the cloud's viewer see it.

use std::sync::Arc;

use serde_json::Value;
use vestibule::config::Config;

use crate::browser::{Browser, PASSWORD, SUSI};
use crate::harness::Site;

fn events(recording: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries = recording["entries"].as_array().unwrap();
    entries.iter().map(|entry| (text(&entry["event"]), text(&entry["title"]))).collect()
}

#[tokio::test]
async fn a_sign_in_is_recorded_step_by_step_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace.jsonl");
    let file = trace.clone();
    let site = Arc::new(Site::with(move |config: &mut Config| config.trace_file = Some(file)).await);
    site.user("ada").await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    browser.submit(&[("signInName", "ada@example.com"), ("password", "Wrong-Horse-1")]).await;
    browser.submit(&[("signInName", "ada@example.com"), ("password", PASSWORD)]).await;
    browser.confirm().await;

    let all = site.get("/dev/journeys.json").await.json();
    let recording = &all["journeys"][0];
    assert_eq!(recording["policy"], SUSI);
    assert_eq!(recording["ended"], "claims sent by JwtIssuer");
    let events = events(recording);
    let titles: Vec<&str> = events.iter().map(|(_, title)| title.as_str()).collect();
    for expected in [
        "Journey SignUpOrSignIn begins",
        "Step 1: CombinedSignInAndSignUp",
        "A sign-in page is shown",
        "login-NonInteractive asks outside",
        "The answer is accepted",
        "The browser goes on",
        "Step 3: ClaimsExchange AAD-UserReadUsingObjectId",
        "The journey ends: claims sent by JwtIssuer",
    ] {
        assert!(titles.contains(&expected), "{expected} is not among {titles:#?}");
    }
    assert!(
        titles.iter().any(|title| title.starts_with("The answer is refused: Your password is incorrect"))
    );
    let skipped =
        recording["entries"].as_array().unwrap().iter().find(|entry| entry["details"]["order"] == 2);
    let skipped = skipped.unwrap();
    assert_eq!(skipped["outcome"], "skipped");
    assert_eq!(skipped["details"]["preconditions"][0]["test"], "skip if objectId exists");
    assert_eq!(skipped["details"]["preconditions"][0]["met"], true);
    assert!(skipped["place"].as_str().unwrap().contains("Base.xml:"), "{skipped}");

    let id = recording["id"].as_str().unwrap();
    let page = site.get(&format!("/dev/journeys?journey={id}")).await;
    assert!(page.text.contains("Step 1: CombinedSignInAndSignUp"), "{}", page.text);
    let insights = site.get(&format!("/dev/journeys/{id}/insights")).await;
    assert_eq!(insights.json()["value"][0]["customDimensions"]["UserJourney"], SUSI);
    let written = std::fs::read_to_string(&trace).unwrap();
    assert_eq!(written.lines().count(), recording["entries"].as_array().unwrap().len());
    assert!(
        written.lines().all(|line| serde_json::from_str::<Value>(line).is_ok_and(|one| one["journey"] == id))
    );
    // Attack 127: no password, no code challenge, no token in any of them.
    for text in [all.to_string(), page.text, insights.text, written] {
        assert!(!text.contains(PASSWORD) && !text.contains("Wrong-Horse-1"));
        assert!(!text.contains(crate::harness::CHALLENGE));
    }
    assert_eq!(site.get("/dev/journeys/nothing").await.status, 404);
}

#[tokio::test]
async fn a_server_in_production_records_nothing() {
    let site = Site::with(|config| config.development = false).await;
    assert!(site.app.recorder.is_none());
    assert_eq!(site.get("/dev/journeys").await.status, 404);
}
