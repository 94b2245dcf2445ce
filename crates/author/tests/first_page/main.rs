//! Every policy of the public corpus that compiles, begun: it shows its first page, or ends at once as it must.
//!
//! Outside services answer with nothing, the directory with nobody. Policies that send the browser to an outside identity
//! provider at once are listed below.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop and say so")]

mod person;
mod token;
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use vestibule_engine::compile_one;
use vestibule_engine::journey::state::Session;
use vestibule_engine::journey::world::{Answer, Call, Failure};
use vestibule_engine::journey::{Beginning, Next, Outcome, Request, Run, World};
use vestibule_engine::policy::Policy;
use vestibule_engine::source::Sources;

/// Nobody answers anything.
struct Empty;

impl World for Empty {
    async fn call(&self, _call: Call<'_>) -> Result<Answer, Failure> {
        Ok(Answer::empty())
    }

    fn now(&self) -> Timestamp {
        "2026-11-24T09:30:00Z".parse().unwrap()
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// Parameters that a sample's own description asks applications to send.
const PARAMETERS: &[(&str, &str)] = &[("idps", "facebook.com,local")];

/// A policy of the corpus that runs: its name in sets.json and what it compiles to.
struct Case {
    name: String,
    policy: std::sync::Arc<Policy>,
}

/// Every set of the corpus that compiles to a policy with a relying party.
fn cases(root: &Path) -> Vec<Case> {
    let sets: serde_json::Value =
        serde_json::from_slice(&std::fs::read(root.join("sets.json")).unwrap()).unwrap();
    let case = |set: &serde_json::Value| {
        let mut sources = Sources::default();
        for file in set["files"].as_array().unwrap() {
            let name = file.as_str().unwrap();
            sources.add(name, &std::fs::read(root.join(name)).unwrap());
        }
        let id = sources.iter().next().unwrap().text().split("PolicyId=\"").nth(1).unwrap_or_default();
        let id = id.split('"').next().unwrap_or_default().to_owned();
        let compiled = compile_one(&id, &sources);
        let policy = compiled.policies.into_iter().find(|policy| policy.party.is_some())?;
        Some(Case { name: set["policy"].as_str().unwrap().to_owned(), policy })
    };
    sets.as_array().unwrap().iter().filter_map(case).collect()
}

/// What has no page of its own: an outside identity provider is its first step.
const OUTSIDE: &[&str] = &[
    "starterpack/Display Controls Starterpack/SocialAccounts/ProfileEdit.xml",
    "starterpack/Display Controls Starterpack/SocialAccounts/SignUpOrSignin.xml",
    "starterpack/SocialAccounts/ProfileEdit.xml",
    "starterpack/SocialAccounts/SignUpOrSignin.xml",
    "samples/AAD-SignIn-with-REST/policy/B2C_1A_SignUpOrSignin_AADRest.xml",
];

fn begun(policy: &Policy) -> String {
    let parameters: BTreeMap<String, String> =
        PARAMETERS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let beginning = Beginning {
        id: "t".to_owned(),
        correlation: "c".to_owned(),
        journey: None,
        request: Request { parameters, host: "id.example.test".to_owned(), ..Request::default() },
        session: Session::default(),
    };
    let run = Run { policy, world: &Empty };
    let future = run.begin(beginning);
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok((_, Next::Show(page)))) => format!("page {:?}", page.kind),
        Poll::Ready(Ok((_, Next::Finish(outcome)))) => match *outcome {
            Outcome::Issue(_) => "token".to_owned(),
            Outcome::Fault(fault) => format!("fault {}: {}", fault.code, fault.text),
        },
        Poll::Ready(Err(error)) => format!("error {error}"),
        Poll::Pending => panic!("the empty world never waits"),
    }
}

fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if root.join("sets.json").is_file() {
        return Some(root);
    }
    eprintln!("SKIPPED: the public policies are not at {}", root.display());
    None
}

#[test]
fn every_public_policy_that_compiles_begins() {
    let Some(root) = corpus() else { return };
    let (mut outside, mut other) = (Vec::new(), Vec::new());
    let mut pages = 0;
    for Case { name, policy } in cases(&root) {
        match begun(&policy) {
            page if page.starts_with("page") => pages += 1,
            fault if fault.contains("identity provider: this part of the policy is not available") => {
                outside.push(name);
            }
            outcome => other.push(format!("{name}: {outcome}")),
        }
    }
    assert!(other.is_empty(), "{}", other.join("\n"));
    assert_eq!(outside, OUTSIDE);
    assert!(pages >= 100, "only {pages} pages");
}
