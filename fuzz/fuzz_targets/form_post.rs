//! Any bytes as what a browser posts: a page of our own policies, and one that shows every kind of field, answered line
//! by line. The first line chooses the page and what the outside answers; each further line is one body, read as the
//! server reads it.
//!
//! Nothing of it may panic or hang. Whatever is posted, the journey can be saved and loaded, its page can be drawn, the
//! bag holds no password (policy-language 6.3) and no object id but the directory's (attack 26).
#![no_main]

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use vestibule_engine::claims::Value;
use vestibule_engine::journey::fields::Posted;
use vestibule_engine::journey::state::Session;
use vestibule_engine::journey::world::{Answer, Call, Failure, Refusal, World};
use vestibule_engine::journey::{Beginning, Choice, Journey, Next, Request, Run};
use vestibule_engine::policy::{InputType, Policy};
use vestibule_engine::source::Sources;

/// Our policies, and a page with every kind of field.
const FILES: [(&str, &[u8]); 7] = [
    ("Base.xml", include_bytes!("../../policies/Base.xml")),
    ("Localization.xml", include_bytes!("../../policies/Localization.xml")),
    ("Extensions.xml", include_bytes!("../../policies/Extensions.xml")),
    ("SignUpOrSignIn.xml", include_bytes!("../../policies/SignUpOrSignIn.xml")),
    ("ProfileEdit.xml", include_bytes!("../../policies/ProfileEdit.xml")),
    ("PasswordReset.xml", include_bytes!("../../policies/PasswordReset.xml")),
    ("Fields.xml", include_bytes!("../Fields.xml")),
];
/// The object id that the directory answers with.
const OBJECT_ID: &str = "00000000-0000-4000-8000-000000000001";
/// Lines that are run: more would be slow and find nothing new.
const MOST_LINES: usize = 16;
/// Fields the server reads of one body.
const MOST_FIELDS: usize = 200;

/// Answers every call at once: with the same user, or, where the bit of the turn is set, with a refusal.
struct Scripted {
    refuses: std::sync::atomic::AtomicU32,
}

impl World for Scripted {
    async fn call(&self, _: Call<'_>) -> Result<Answer, Failure> {
        let bits = self.refuses.load(std::sync::atomic::Ordering::Relaxed);
        self.refuses.store(bits >> 1, std::sync::atomic::Ordering::Relaxed);
        if bits & 1 == 1 {
            return Err(Refusal::key(90054, "UserMessageIfInvalidPassword").into());
        }
        let mut answer = Answer::empty();
        for name in ["oid", "objectId"] {
            answer.give(name, Value::text_of(OBJECT_ID));
        }
        answer.give("displayName", Value::text_of("Ada"));
        Ok(answer)
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
}

/// Runs a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the scripted world never waits"),
    }
}

/// A policy and a journey that waits at a page of it.
type Start = (Arc<Policy>, Journey);

/// The pages: the first of every policy, and those that lie behind their links.
fn starts() -> &'static [Start] {
    static STARTS: OnceLock<Vec<Start>> = OnceLock::new();
    STARTS.get_or_init(|| {
        let mut sources = Sources::default();
        for (name, text) in FILES {
            sources.add(name, text);
        }
        let compiled = vestibule_engine::compile(&sources);
        assert!(!compiled.diagnostics.has_errors(), "{}", compiled.diagnostics.to_text(&sources, false));
        let mut starts = Vec::new();
        for policy in compiled.policies.into_iter().filter(|policy| policy.party.is_some()) {
            let world = Scripted { refuses: 0.into() };
            let run = Run { policy: &policy, world: &world };
            let Some(first) = begin(run) else { continue };
            let mut behind = first.clone();
            let moved = now(run.advance(&mut behind, Choice::SignUp));
            starts.push((Arc::clone(&policy), first));
            if matches!(moved, Ok(Next::Show(_))) {
                starts.push((policy, behind));
            }
        }
        assert!(starts.len() >= 4, "{} pages", starts.len());
        starts
    })
}

fn begin(run: Run<'_, Scripted>) -> Option<Journey> {
    let request = Request { tenant_id: "t".into(), ..Request::default() };
    let (id, correlation) = ("t".to_owned(), "c".to_owned());
    let beginning = Beginning { id, correlation, journey: None, request, session: Session::default() };
    let (journey, next) = now(run.begin(beginning)).ok()?;
    matches!(next, Next::Show(_)).then_some(journey)
}

/// The fields of a body, as the server reads them.
fn read(body: &[u8]) -> Posted {
    let mut posted = Posted::new();
    for (name, value) in url::form_urlencoded::parse(body).take(MOST_FIELDS) {
        posted.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    posted
}

/// Runs one body: `request_type` and `step` say what it asks for, as route and body do in the server.
fn answer(run: Run<'_, Scripted>, journey: &mut Journey, posted: &Posted) {
    let text = |name: &str| posted.get(name).and_then(|values| values.first()).map_or("", String::as_str);
    let claim = text("claim_id");
    let replied = match text("request_type") {
        "VERIFICATION_REQUEST" => now(run.send_code(journey, claim, text("claim_value"))).map(drop),
        "VALIDATION_REQUEST" => {
            now(run.check_code(journey, claim, (text("claim_value"), text("user_input")))).map(drop)
        }
        "EDIT" => Ok(drop(run.edit_address(journey, claim))),
        "RESET" => Ok(drop(run.reset_control(journey, text("control")))),
        "ACTION" => now(run.act(journey, (text("control"), text("action")), posted)).map(drop),
        "STEP" => {
            let choice = match text("step") {
                "cancelled" => Choice::Cancel,
                "forgotPassword" => Choice::ForgotPassword,
                "signup" => Choice::SignUp,
                "confirmed" => Choice::Confirmed { remember: text("rememberMe") == "true" },
                other => Choice::Exchange(other.to_owned()),
            };
            now(run.advance(journey, choice)).map(drop)
        }
        _ => now(run.submit(journey, posted)).map(drop),
    };
    // The scripted world never fails, so there is nothing that may fail.
    replied.expect("an error of ours");
}

fn hold(policy: &Policy, journey: &Journey) {
    let saved = serde_json::to_vec(journey).expect("a journey can be saved");
    let loaded: Journey = serde_json::from_slice(&saved).expect("and loaded");
    assert_eq!(loaded.claims, journey.claims);
    assert_eq!(loaded.awaiting, journey.awaiting);
    for (name, value) in journey.claims.iter() {
        let input = policy.claims.get(name).and_then(|claim| claim.input);
        assert_ne!(input, Some(InputType::Password), "the bag keeps {name}");
        assert!(!name.eq_ignore_ascii_case("objectId") || value.text() == OBJECT_ID, "{value:?}");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let [page, answers @ ..] = lines.next().unwrap_or_default() else { return };
    let starts = starts();
    let Some((policy, waiting)) = starts.get(usize::from(*page) % starts.len()) else { return };
    let bits = answers.iter().take(16).fold(0, |bits, byte| bits << 1 | u32::from(byte & 1));
    let world = Scripted { refuses: bits.into() };
    let run = Run { policy, world: &world };
    let mut journey = waiting.clone();
    for body in lines.take(MOST_LINES) {
        answer(run, &mut journey, &read(body));
        hold(policy, &journey);
        run.redraw(&journey);
    }
});
