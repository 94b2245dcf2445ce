//! The journey recorder of `dev`: a sign-in as its pages, its JSON, its trace file and the cloud's viewer see it.

use std::sync::Arc;

use serde_json::{Value, json};
use vestibule::config::Config;

use crate::browser::{Browser, PASSWORD, SUSI};
use crate::flow::{Flow, profile, run, token};
use crate::harness::Site;
use crate::services::Service;

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

/// Every entry stands at a place of the policy; requests have headers and bodies, without what is secret in them;
/// transformations have what went in and what came out.
#[tokio::test]
async fn attack_127_a_call_is_recorded_with_its_bodies_and_without_secrets() {
    let answer = r#"{"level":"gold","session_token":"eyJ","note":"for s3cr3t-1"}"#;
    let service = Service::says(200, answer).await;
    let blocks = r#"<ClaimsTransformations><ClaimsTransformation Id="Shout" TransformationMethod="ChangeCase">
        <InputClaims><InputClaim ClaimTypeReferenceId="level" TransformationClaimType="inputClaim1" /></InputClaims>
        <InputParameters><InputParameter Id="toCase" DataType="string" Value="UPPER" /></InputParameters>
        <OutputClaims><OutputClaim ClaimTypeReferenceId="level" TransformationClaimType="outputClaim" /></OutputClaims>
      </ClaimsTransformation></ClaimsTransformations>"#;
    let rest = profile(
        "Ask",
        "RestfulProvider",
        &[
            ("ServiceUrl", &format!("http://127.0.0.1:{}/ask?k=1", service.port)),
            ("AuthenticationType", "Bearer"),
            ("UseClaimAsBearerToken", "bearer"),
        ],
        r#"<InputClaims>
          <InputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="id" />
          <InputClaim ClaimTypeReferenceId="secretPin" PartnerClaimType="pin" DefaultValue="s3cr3t-1" />
          <InputClaim ClaimTypeReferenceId="bearer" DefaultValue="b34r3r" />
        </InputClaims>
        <OutputClaims><OutputClaim ClaimTypeReferenceId="level" /></OutputClaims>
        <OutputClaimsTransformations><OutputClaimsTransformation ReferenceId="Shout" /></OutputClaimsTransformations>"#,
    );
    let flow = Flow {
        claims: &[("level", "string"), ("secretPin", "string"), ("bearer", "string")],
        blocks,
        profiles: &rest,
        runs: &["Silent", "Ask"],
        token: &["level"],
    };
    let site = flow.site(|_| {}).await;
    assert_eq!(token(&run(&site, &[]).await)["level"], "GOLD");
    let all = site.get("/dev/journeys.json").await.json();
    let entries = all["journeys"][0]["entries"].as_array().unwrap();
    for entry in entries {
        assert!(entry["place"].as_str().is_some_and(|place| place.contains(".xml:")), "{entry}");
    }
    let of = |event: &str| entries.iter().find(|entry| entry["event"] == event).unwrap();
    let http = of("http");
    assert_eq!(http["title"], format!("POST http://127.0.0.1:{}/ask?k=1", service.port));
    assert_eq!(http["details"]["sent"], r#"{"id":"u1","pin":"•••"}"#);
    assert_eq!(http["details"]["headers"]["content-type"], "application/json");
    assert_eq!(http["details"]["headers"]["authorization"], "•••");
    let body = r#"{"level":"gold","session_token":"•••","note":"for •••"}"#;
    assert_eq!(http["details"]["answer"], json!({ "status": 200, "body": body }));
    let shout = of("transformation");
    assert_eq!(
        shout["details"]["inputs"],
        json!([{ "slot": "inputClaim1", "claim": "level", "value": "gold" }])
    );
    assert_eq!(
        shout["details"]["outputs"],
        json!([{ "slot": "outputClaim", "claim": "level", "value": "GOLD" }])
    );
    assert_eq!(shout["details"]["parameters"], json!({ "toCase": "UPPER" }));
    assert!(shout["place"].as_str().unwrap().ends_with("Flow.xml:4"), "{shout}");
    assert!(!all.to_string().contains("s3cr3t-1") && !all.to_string().contains("eyJ"));
}

/// What was wrong with an answer is told field by field, at the page's profile.
#[tokio::test]
async fn a_refused_answer_is_recorded_with_its_errors() {
    let site = Site::shared().await;
    let mut browser = Browser::new(&site);
    browser.start(crate::browser::RESET, &[]).await;
    browser.send_code("email", "ada@example.com").await;
    browser.check_code("email", "ada@example.com", "x").await;
    browser.submit(&[("email", "bob@example.com")]).await;
    let all = site.get("/dev/journeys.json").await.json();
    let entries = all["journeys"][0]["entries"].as_array().unwrap();
    let posts: Vec<&Value> = entries.iter().filter(|entry| entry["event"] == "post").collect();
    assert_eq!(posts.len(), 3, "the built-in code too");
    assert_eq!((&posts[0]["outcome"], &posts[1]["outcome"]), (&Value::Null, &json!("refused")));
    assert!(posts[2]["details"]["errors"]["email"].is_string(), "{}", posts[2]);
    assert!(posts[2]["place"].as_str().unwrap().contains("Base.xml:"), "{}", posts[2]);
    let code = site.code_for("ada@example.com");
    assert!(!all.to_string().contains(&code));
}

#[tokio::test]
async fn a_server_in_production_records_nothing() {
    let site = Site::with(|config| config.development = false).await;
    assert!(site.app.recorder.is_none());
    assert_eq!(site.get("/dev/journeys").await.status, 404);
}
