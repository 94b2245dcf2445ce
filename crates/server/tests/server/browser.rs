//! A person's browser: cookies, the page it shows, and the requests that the page's script would send.
//!
//! In: a [`Site`]. Out: replies, with cookies kept and the page read from what came. Clones share the site, not the
//! cookies: a clone is the same browser's state in other hands.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::harness::{Reply, SPA, Site, encode};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";
pub(crate) const SUSI: &str = "B2C_1A_SignUpOrSignIn";
pub(crate) const EDIT: &str = "B2C_1A_ProfileEdit";
pub(crate) const RESET: &str = "B2C_1A_PasswordReset";
/// The password that `Site::user` gives.
pub(crate) const PASSWORD: &str = "Correct-Horse-9";
pub(crate) const NEW_PASSWORD: &str = "Battery-Staple-7";

/// What the script of a page knows (user-interface 2.2).
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) api: String,
    pub(crate) csrf: String,
    pub(crate) tx: String,
    pub(crate) host: String,
    pub(crate) policy: String,
    pub(crate) text: String,
}

#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) site: Arc<Site>,
    pub(crate) jar: BTreeMap<String, String>,
    pub(crate) page: Page,
}

impl Page {
    /// The page of a document, if it is one.
    pub(crate) fn read(text: &str) -> Option<Page> {
        let (_, rest) = text.split_once("var SETTINGS = ")?;
        let (json, _) = rest.split_once("};")?;
        let settings: Value = serde_json::from_str(&format!("{json}}}")).expect("SETTINGS is JSON");
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        Some(Page {
            api: word(&settings["api"]),
            csrf: word(&settings["csrf"]),
            tx: word(&settings["transId"]),
            host: word(&settings["hosts"]["tenant"]),
            policy: word(&settings["hosts"]["policy"]),
            text: text.to_owned(),
        })
    }

    pub(crate) fn post_path(&self) -> String {
        format!("{}/SelfAsserted?tx={}&p={}", self.host, self.tx, self.policy)
    }

    /// A step forward: `action` with what stands before the token.
    pub(crate) fn step_path(&self, action: &str, query: &str) -> String {
        let Page { host, api, csrf, tx, policy, .. } = self;
        format!("{host}/api/{api}/{action}?{query}csrf_token={csrf}&tx={tx}&p={policy}")
    }

    /// `SA_FIELDS` or another script object.
    pub(crate) fn object(&self, name: &str) -> Value {
        let (_, rest) = self.text.split_once(&format!("var {name} = ")).expect("a script object");
        let (json, _) = rest.split_once("};").unwrap();
        serde_json::from_str(&format!("{json}}}")).unwrap()
    }
}

impl Browser {
    pub(crate) fn new(site: &Arc<Site>) -> Browser {
        Browser { site: site.clone(), jar: BTreeMap::new(), page: Page::default() }
    }

    pub(crate) fn cookies(&self) -> String {
        self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn took(&mut self, reply: &Reply) {
        for (name, value, _) in reply.cookies() {
            match value.is_empty() {
                true => self.jar.remove(&name),
                false => self.jar.insert(name, value),
            };
        }
        if let Some(page) = Page::read(&reply.text) {
            self.page = page;
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        let cookies = self.cookies();
        let headers = [("cookie", cookies.as_str())];
        let headers = if cookies.is_empty() { &headers[..0] } else { &headers[..] };
        let reply = self.site.get_with(path, headers).await;
        self.took(&reply);
        reply
    }

    /// Posts as the page's script does.
    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Reply {
        let (cookies, csrf) = (self.cookies(), self.page.csrf.clone());
        let headers = [("cookie", cookies.as_str()), ("x-csrf-token", csrf.as_str())];
        let reply = self.site.post_with(path, form, &headers).await;
        self.took(&reply);
        reply
    }

    /// Begins a journey of the single-page application.
    pub(crate) async fn start(&mut self, policy: &str, changes: &[(&str, &str)]) -> Reply {
        let path = self.site.asked(policy, "", changes);
        self.get(&path).await
    }

    /// Posts the page's form.
    pub(crate) async fn submit(&mut self, fields: &[(&str, &str)]) -> Value {
        let mut form = fields.to_vec();
        form.push(("request_type", "RESPONSE"));
        let path = self.page.post_path();
        let reply = self.post(&path, &form).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    pub(crate) async fn step(&mut self, action: &str, query: &str) -> Reply {
        let path = self.page.step_path(action, query);
        self.get(&path).await
    }

    pub(crate) async fn confirm(&mut self) -> Reply {
        let query = if self.page.api == "CombinedSigninAndSignup" { "rememberMe=false&" } else { "" };
        self.step("confirmed", query).await
    }

    pub(crate) async fn send_code(&mut self, claim: &str, address: &str) -> Value {
        let form = [("request_type", "VERIFICATION_REQUEST"), ("claim_id", claim), ("claim_value", address)];
        let path = self.page.post_path();
        self.post(&path, &form).await.json()
    }

    pub(crate) async fn check_code(&mut self, claim: &str, address: &str, code: &str) -> Value {
        let form = [
            ("request_type", "VALIDATION_REQUEST"),
            ("claim_id", claim),
            ("claim_value", address),
            ("user_input", code),
        ];
        let path = self.page.post_path();
        self.post(&path, &form).await.json()
    }

    /// Runs an action of a display control.
    pub(crate) async fn act(&mut self, control: &str, action: &str, form: &[(&str, &str)]) -> Value {
        let Page { host, tx, policy, .. } = &self.page;
        let path =
            format!("{host}/SelfAsserted/DisplayControlAction/vbeta/{control}/{action}?tx={tx}&p={policy}");
        self.post(&path, form).await.json()
    }

    /// Sends a code to `email` and types it.
    pub(crate) async fn verify(&mut self, address: &str) {
        assert_eq!(self.send_code("email", address).await["status"], "200");
        let code = self.site.code_for(address);
        assert_eq!(self.check_code("email", address, &code).await["status"], "200");
    }

    /// Signs up to the end; the reply carries the code.
    pub(crate) async fn sign_up(&mut self, address: &str) -> Reply {
        self.start(SUSI, &[]).await;
        self.step("unified", "local=signup&").await;
        self.verify(address).await;
        assert_eq!(self.submit(&new_account(address)).await["status"], "200");
        self.confirm().await
    }

    /// Signs in with the password of `Site::user` to the end.
    pub(crate) async fn sign_in(&mut self, address: &str) -> Reply {
        self.start(SUSI, &[]).await;
        let answer = self.submit(&[("signInName", address), ("password", PASSWORD)]).await;
        assert_eq!(answer["status"], "200", "{answer}");
        self.confirm().await
    }
}

/// The fields of a sign-up.
pub(crate) fn new_account(address: &str) -> [(&str, &str); 6] {
    [
        ("email", address),
        ("newPassword", NEW_PASSWORD),
        ("reenterPassword", NEW_PASSWORD),
        ("displayName", "Ada"),
        ("givenName", "Ada"),
        ("surname", "L"),
    ]
}

/// The claims of the id_token that a finished journey leads to.
pub(crate) async fn claims_of(site: &Site, policy: &str, reply: &Reply) -> Value {
    assert!(reply.header("location").starts_with(SPA), "{} {}", reply.status, reply.text);
    let code = reply.sent("code").unwrap_or_else(|| panic!("no code: {}", reply.header("location")));
    let tokens = site.redeem(policy, &code).await.json();
    site.claims(policy, tokens["id_token"].as_str().unwrap_or_else(|| panic!("{tokens}"))).await
}

impl Site {
    /// A site that several tasks share.
    pub(crate) async fn shared() -> Arc<Site> {
        Arc::new(Site::new().await)
    }

    /// How many letters went out.
    pub(crate) fn mails(&self) -> usize {
        self.app.mailer.inbox().unwrap().letters().len()
    }

    /// The code in the newest letter to an address.
    pub(crate) fn code_for(&self, address: &str) -> String {
        let letters = self.app.mailer.inbox().unwrap().letters();
        let kept = letters.iter().find(|kept| kept.letter.to == address).expect("a letter");
        let digits = kept.letter.text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6);
        digits.expect("a code in the letter").to_owned()
    }

    /// How many accounts there are.
    pub(crate) async fn accounts(&self) -> usize {
        self.app.directory.list(crate::harness::TENANT, "", 1_000).await.unwrap().len()
    }

    /// Results of the audit log: activity, result, reason, target; newest first.
    pub(crate) async fn audit(&self) -> Vec<(String, String, String, String)> {
        let filter = vestibule::store::AuditFilter { limit: 1_000, ..Default::default() };
        let entries = vestibule::audit::read(&self.app.store, crate::harness::TENANT, &filter).await.unwrap();
        let entry = |entry: vestibule::audit::Entry| {
            (entry.activity_display_name, entry.result, entry.result_reason, entry.target)
        };
        entries.into_iter().map(entry).collect()
    }

    /// How often an activity stands in the audit log.
    pub(crate) async fn audited(&self, activity: &str) -> usize {
        self.audit().await.iter().filter(|(name, ..)| name == activity).count()
    }
}

/// A body as a script-less form sends it.
pub(crate) async fn post_form(browser: &mut Browser, form: &[(&str, &str)]) -> Reply {
    let path = browser.page.step_path("form", "").replace(&format!("csrf_token={}&", browser.page.csrf), "");
    let cookies = browser.cookies();
    let request = axum::http::Request::post(path)
        .header("host", "id.example.com")
        .header("content-type", FORM)
        .header("cookie", cookies)
        .body(axum::body::Body::from(encode(form)))
        .unwrap();
    let reply = browser.site.send(request).await;
    browser.took(&reply);
    reply
}
