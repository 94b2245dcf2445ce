//! Whole sign-ins by the page protocol, as far as they end at the application: the code, the session, "keep me signed
//! in", the second click, what a cancelled journey says (protocols 5, 11; attacks 22, 32, 93).

use std::collections::BTreeMap;

use vestibule::store::Kind;

use crate::harness::{Reply, SPA, Site, TENANT, encode};

const POLICY: &str = "B2C_1A_SignUpOrSignIn";

/// A browser at a page: its cookies and what the page says about itself.
#[derive(Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
    csrf: String,
    transaction: String,
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    text.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map(|(found, _)| found)
        .unwrap_or_default()
}

impl Browser {
    fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn look(&mut self, reply: &Reply) {
        for (name, value, _) in reply.cookies() {
            match value.is_empty() {
                true => drop(self.cookies.remove(&name)),
                false => drop(self.cookies.insert(name, value)),
            }
        }
        if reply.text.contains("var SETTINGS = ") {
            self.csrf = between(&reply.text, "\"csrf\":\"", "\"").to_owned();
            self.transaction = between(&reply.text, "\"transId\":\"", "\"").to_owned();
        }
    }

    async fn open(&mut self, site: &Site, path: &str) -> Reply {
        let reply = site.get_with(path, &[("cookie", &self.cookie())]).await;
        self.look(&reply);
        reply
    }

    fn at(&self, site: &Site, tail: &str, more: &[(&str, &str)]) -> String {
        let mut pairs = vec![("csrf_token", self.csrf.as_str()), ("tx", &self.transaction), ("p", POLICY)];
        pairs.extend_from_slice(more);
        format!("{}?{}", site.at(POLICY, tail), encode(&pairs))
    }

    /// Posts name and password; returns the reply's text.
    async fn post(&self, site: &Site, name: &str, password: &str) -> String {
        let path = format!(
            "{}?{}",
            site.at(POLICY, "SelfAsserted"),
            encode(&[("tx", &self.transaction), ("p", POLICY)])
        );
        let form = [("request_type", "RESPONSE"), ("signInName", name), ("password", password)];
        let headers = [("cookie", self.cookie()), ("x-csrf-token", self.csrf.clone())];
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        site.post_with(&path, &form, &headers).await.text
    }

    /// Signs in; returns the path of the last step and its answer.
    async fn sign_in(&mut self, site: &Site, asked: &str, remember: &str) -> (String, Reply) {
        let page = self.open(site, asked).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let posted = self.post(site, "ada@example.com", "Correct-Horse-9").await;
        assert_eq!(posted, r#"{"status":"200"}"#);
        let step = self.at(site, "api/CombinedSigninAndSignup/confirmed", &[("rememberMe", remember)]);
        let reply = self.open(site, &step).await;
        (step, reply)
    }
}

#[tokio::test]
async fn a_sign_in_by_pages_ends_in_a_code_a_session_and_silent_sign_ins() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let mut browser = Browser::default();
    let (step, reply) = browser.sign_in(&site, &site.asked(POLICY, "", &[]), "false").await;
    assert!(
        reply.header("location").starts_with("https://spa.example.com/?state=s%20t%2Fate&code="),
        "{}",
        reply.text
    );
    let (_, _, attributes) =
        reply.cookies().into_iter().find(|(name, ..)| name.starts_with("x-ms-cpim-sso")).unwrap();
    assert!(!attributes.contains("Max-Age"), "it ends with the browser: {attributes}");

    let again = browser.open(&site, &step).await;
    assert_eq!(
        again.header("location"),
        reply.header("location"),
        "attack 32: a second click gets the first answer"
    );
    let tokens = site.redeem(POLICY, &reply.sent("code").unwrap()).await.json();
    let claims = site.claims(POLICY, tokens["id_token"].as_str().unwrap()).await;
    assert_eq!((claims["sub"].as_str(), claims["nonce"].as_str()), (Some(ada.as_str()), Some("n0")));
    assert_eq!(claims["auth_time"], 1_800_000_000_i64);

    site.wait(60);
    let silent = browser.open(&site, &site.asked(POLICY, "", &[("prompt", "none")])).await;
    let tokens = site.redeem(POLICY, &silent.sent("code").unwrap()).await.json();
    let claims = site.claims(POLICY, tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(
        (claims["sub"].as_str(), claims["auth_time"].as_i64()),
        (Some(ada.as_str()), Some(1_800_000_000))
    );
    site.wait(60);
    let refreshed = site.refresh(POLICY, tokens["refresh_token"].as_str().unwrap(), &[]).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text);
    assert_eq!(
        browser.open(&site, &site.asked(POLICY, "", &[("prompt", "login")])).await.status,
        200,
        "a page again"
    );
}

#[tokio::test]
async fn keep_me_signed_in_outlives_the_browser_for_the_policys_days() {
    let site = Site::new().await;
    site.user("ada").await;
    let mut browser = Browser::default();
    let (_, reply) = browser.sign_in(&site, &site.asked(POLICY, "", &[]), "true").await;
    let (_, _, attributes) =
        reply.cookies().into_iter().find(|(name, ..)| name.starts_with("x-ms-cpim-sso")).unwrap();
    assert!(attributes.contains("Max-Age=604800"), "KeepAliveInDays is 7: {attributes}");
    site.wait(6 * 86_400);
    let silent = browser.open(&site, &site.asked(POLICY, "", &[("prompt", "none")])).await;
    assert!(silent.sent("code").is_some(), "longer than SessionExpiryInSeconds");
    site.wait(86_400);
    let late = browser.open(&site, &site.asked(POLICY, "", &[("prompt", "none")])).await;
    assert_eq!(late.sent("error").as_deref(), Some("interaction_required"));
}

#[tokio::test]
async fn a_cancelled_sign_up_tells_the_application() {
    let site = Site::new().await;
    let mut browser = Browser::default();
    browser.open(&site, &site.asked(POLICY, "", &[("response_mode", "fragment")])).await;
    let sign_up = browser.at(&site, "api/CombinedSigninAndSignup/unified", &[("local", "signup")]);
    assert_eq!(browser.open(&site, &sign_up).await.status, 200);
    let cancel = browser.at(&site, "api/SelfAsserted/cancelled", &[]);
    let reply = browser.open(&site, &cancel).await;
    assert!(
        reply
            .header("location")
            .starts_with(&format!("{SPA}#error=access_denied&error_description=AADB2C90091")),
        "{}",
        reply.header("location")
    );
    assert_eq!(reply.sent("state").as_deref(), Some("s t/ate"));
}

#[tokio::test]
async fn attack_097_another_browser_cannot_finish_somebodys_sign_in() {
    let site = Site::new().await;
    site.user("ada").await;
    let mut attacker = Browser::default();
    attacker.open(&site, &site.asked(POLICY, "", &[])).await;
    assert_eq!(attacker.post(&site, "ada@example.com", "Correct-Horse-9").await, r#"{"status":"200"}"#);
    let step = attacker.at(&site, "api/CombinedSigninAndSignup/confirmed", &[]);
    let victim = site.get(&step).await;
    assert_eq!((victim.status, victim.header("location")), (400, ""));
    assert!(victim.session().is_none(), "no session of the attacker's account");
}

#[tokio::test]
async fn attack_022_requests_that_go_no_further_stay_small_and_expire() {
    let site = Site::new().await;
    site.user("ada").await;
    for _ in 0..100 {
        assert_eq!(site.get(&site.asked(POLICY, "", &[])).await.status, 200);
    }
    let now = site.clock.now();
    let pending = site.app.store.owned(TENANT, "", Kind::Journey, now).await.unwrap();
    assert_eq!(pending.len(), 100);
    let largest = pending.iter().map(|record| record.body.len()).max().unwrap();
    assert!(largest <= 4_096, "{largest} bytes a pending journey");
    site.wait(3_600);
    assert!(site.app.store.owned(TENANT, "", Kind::Journey, site.clock.now()).await.unwrap().is_empty());
    assert!(site.app.store.purge(site.clock.now()).await.unwrap() >= 100);
    let mut browser = Browser::default();
    let (_, reply) = browser.sign_in(&site, &site.asked(POLICY, "", &[]), "false").await;
    assert!(reply.sent("code").is_some(), "honest sign-ins still pass");
}

#[tokio::test]
async fn attack_093_what_is_secret_is_never_kept_or_referred_to() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let page = site.get(&site.asked(POLICY, "", &[])).await;
    let redirect = site.get(&site.asked("B2C_1A_Silent", &ada, &[])).await;
    let form = site.get(&site.asked("B2C_1A_Silent", &ada, &[("response_mode", "form_post")])).await;
    let error = site.get(&site.asked("B2C_1A_Silent", &ada, &[("client_id", "x")])).await;
    let tokens = site.redeem("B2C_1A_Silent", &redirect.sent("code").unwrap()).await;
    let refused = site.redeem("B2C_1A_Silent", "x").await;
    let out = site.get(&site.at(POLICY, "oauth2/v2.0/logout")).await;
    for reply in [page, redirect, form, error, tokens, refused, out] {
        assert!(reply.header("cache-control").contains("no-store"), "{}", reply.text);
        assert!(["no-referrer", "same-origin"].contains(&reply.header("referrer-policy")), "{}", reply.text);
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
}
