//! The journey of the local-account policies, run by the interpreter alone: no runtime, no network, no clock.
//!
//! The same transcript runs on our own `policies/` and, where the public starter packs are beside the repository, on
//! both of them, unmodified.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod property;
mod rules;
mod small;
mod unattended;
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vestibule_engine::claims::{Claims, Value};
use vestibule_engine::journey::page::{Body, Field, Form, Item};
use vestibule_engine::journey::state::{Entry, Session};
use vestibule_engine::journey::{
    Beginning, Choice, Issue, Journey, Next, Outcome, Page, Reply, Request, Run,
};
use vestibule_engine::policy::Policy;
use vestibule_engine::source::Sources;
use world::{CODE, Script, now};

const MAIL: &str = "ada@example.test";
const PASSWORD: &str = "Correct-Horse1";

/// The policies of one folder.
struct Set {
    name: String,
    is_ours: bool,
    policies: Vec<Arc<Policy>>,
}

impl Set {
    fn load(folder: &Path) -> Set {
        Set::load_with(folder, &[])
    }

    /// The policies of a folder with more beside them.
    fn load_with(folder: &Path, more: &[(&str, &str)]) -> Set {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut sources = Sources::default();
        for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "xml")) {
            sources.add(&file.display().to_string(), &std::fs::read(file).unwrap());
        }
        more.iter().for_each(|(name, text)| {
            sources.add(name, text.as_bytes());
        });
        let compiled = vestibule_engine::compile(&sources);
        let text = compiled.diagnostics.to_text(&sources, false);
        assert!(!compiled.diagnostics.has_errors(), "{}: {text}", folder.display());
        let is_ours = folder.ends_with("policies");
        Set { name: folder.display().to_string(), is_ours, policies: compiled.policies }
    }

    /// The sign-up or sign-in policy, which the packs name differently from ours.
    fn sign_in(&self) -> &Policy {
        let journey = |policy: &&Arc<Policy>| {
            policy.party.as_ref().is_some_and(|party| party.journey.id.eq_ignore_ascii_case("SignUpOrSignIn"))
        };
        self.policies.iter().find(journey).unwrap_or_else(|| panic!("{} signs nobody in", self.name))
    }

    fn policy(&self, id: &str) -> &Policy {
        let found = self.policies.iter().find(|policy| policy.id.eq_ignore_ascii_case(id));
        found.unwrap_or_else(|| panic!("{} has no {id}", self.name))
    }
}

/// Our own policies, and the starter packs where they are.
fn sets() -> Vec<Set> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sets = vec![Set::load(&root.join("policies"))];
    for pack in ["LocalAccounts", "Display Controls Starterpack/LocalAccounts"] {
        let folder = root.join("../shared/corpus/starterpack").join(pack);
        if folder.is_dir() {
            sets.push(Set::load(&folder));
        } else {
            eprintln!("SKIPPED: {} is not there", folder.display());
        }
    }
    sets
}

/// A browser in front of one journey.
struct Visit<'a> {
    run: Run<'a, Script>,
    journey: Journey,
    next: Next,
}

impl<'a> Visit<'a> {
    fn begin(world: &'a Script, policy: &'a Policy, session: Session) -> Visit<'a> {
        Visit::enter(world, policy, session, (Entry::Authorize, None))
    }

    fn enter(
        world: &'a Script,
        policy: &'a Policy,
        session: Session,
        (entry, journey): (Entry, Option<Arc<vestibule_engine::policy::UserJourney>>),
    ) -> Visit<'a> {
        let run = Run { policy, world };
        let parameters = BTreeMap::from([("ui_locales".to_owned(), "en".to_owned())]);
        let tenant_id = "8d2d39a2-4d0c-4c5e-9f8a-0f1f6f6f6f6f".to_owned();
        let request = Request { entry, parameters, tenant_id, ..Request::default() };
        let (id, correlation) = ("t".to_owned(), "c".to_owned());
        let beginning = Beginning { id, correlation, journey, request, session };
        let (journey, next) = now(run.begin(beginning)).unwrap();
        Visit { run, journey, next }
    }

    fn page(&self) -> &Page {
        match &self.next {
            Next::Show(page) => page,
            Next::Finish(outcome) => panic!("no page but {outcome:?}"),
        }
    }

    fn form(&self) -> &Form {
        match &self.page().body {
            Body::Unified(unified) => unified.form.as_ref().unwrap(),
            Body::Form(form) => form,
            Body::Selection(_) | Body::Phone(_) => panic!("no form"),
        }
    }

    fn fields(&self) -> Vec<&Field> {
        self.form()
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Field(field) => Some(field),
                Item::Control(_) => None,
            })
            .collect()
    }

    fn asks(&self) -> Vec<String> {
        let name = |item: &Item| match item {
            Item::Field(field) => field.id.to_string(),
            Item::Control(control) => format!("[{}]", control.id),
        };
        self.form().items.iter().map(name).collect()
    }

    fn post(&mut self, fields: &[(&str, &str)]) -> Reply {
        now(self.run.submit(&mut self.journey, &posted(fields))).unwrap()
    }

    fn choose(&mut self, choice: Choice) {
        self.next = now(self.run.advance(&mut self.journey, choice)).unwrap();
    }

    fn confirm(&mut self) {
        self.choose(Choice::Confirmed { remember: false });
    }

    /// Proves the address by whichever way the page offers; a wrong code first.
    fn verify(&mut self) {
        let control = self.form().items.iter().find_map(|item| match item {
            Item::Control(control) => Some(control.id.to_string()),
            Item::Field(_) => None,
        });
        if let Some(control) = control {
            let mut act = |action: &str, fields: &[(&str, &str)]| {
                now(self.run.act(&mut self.journey, (&control, action), &posted(fields))).unwrap()
            };
            assert_eq!(act("SendCode", &[("email", MAIL)]), Reply::Accepted);
            let wrong = act("VerifyCode", &[("email", MAIL), ("verificationCode", "111111")]);
            assert!(matches!(wrong, Reply::Rejected { .. }), "{wrong:?}");
            assert_eq!(act("VerifyCode", &[("email", MAIL), ("verificationCode", CODE)]), Reply::Accepted);
            return;
        }
        assert_eq!(now(self.run.send_code(&mut self.journey, "email", MAIL)).unwrap(), Reply::Accepted);
        let wrong = now(self.run.check_code(&mut self.journey, "email", (MAIL, "111111"))).unwrap();
        assert!(matches!(wrong, Reply::Rejected { word: Some("ver_fail_retry"), .. }), "{wrong:?}");
        assert_eq!(
            now(self.run.check_code(&mut self.journey, "email", (MAIL, CODE))).unwrap(),
            Reply::Accepted
        );
    }

    fn issued(self) -> Issue {
        match self.next {
            Next::Finish(outcome) => match *outcome {
                Outcome::Issue(issue) => issue,
                Outcome::Fault(fault) => panic!("{fault:?}"),
            },
            Next::Show(page) => panic!("a page: {page:?}"),
        }
    }
}

fn posted(fields: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect()
}

fn message(reply: &Reply) -> &str {
    match reply {
        Reply::Rejected { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

fn claim<'a>(issue: &'a Issue, name: &str) -> Option<&'a serde_json::Value> {
    issue.claims.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn session_of(issue: &Issue) -> Session {
    let authenticated_at = Some(issue.authenticated_at);
    Session { entries: issue.kept.clone(), authenticated_at, external: None }
}

const SIGN_UP: [(&str, &str); 6] = [
    ("email", MAIL),
    ("newPassword", PASSWORD),
    ("reenterPassword", PASSWORD),
    ("displayName", "Ada Lovelace"),
    ("givenName", "Ada"),
    ("surname", "Lovelace"),
];

fn sign_up(world: &Script, set: &Set) -> Issue {
    let policy = set.sign_in();
    let mut visit = Visit::begin(world, policy, Session::default());
    visit.choose(Choice::SignUp);
    visit.verify();
    assert_eq!(visit.post(&SIGN_UP), Reply::Accepted);
    visit.confirm();
    visit.issued()
}

fn sign_in<'a>(world: &'a Script, set: &'a Set, password: &str) -> (Visit<'a>, Reply) {
    let policy = set.sign_in();
    let mut visit = Visit::begin(world, policy, Session::default());
    let reply = visit.post(&[("signInName", MAIL), ("password", password)]);
    (visit, reply)
}

#[test]
fn a_person_signs_up() {
    for set in sets() {
        let world = Script::new();
        let policy = set.sign_in();
        let mut visit = Visit::begin(&world, policy, Session::default());
        assert_eq!(visit.asks(), ["signInName", "password"], "{}", set.name);
        visit.choose(Choice::SignUp);
        let asked = visit.asks();
        let (address, rest) = asked.split_first().unwrap();
        assert!(address == "email" || address == "[emailVerificationControl]", "{}: {address}", set.name);
        let expected = ["newPassword", "reenterPassword", "displayName", "givenName", "surname"];
        assert_eq!(rest, expected, "{}", set.name);

        // Not without a proof of the address.
        assert!(matches!(visit.post(&SIGN_UP), Reply::Rejected { .. }));
        visit.verify();
        // The proof is of that address alone (attack 28).
        if address == "email" {
            let mut other = SIGN_UP;
            other[0].1 = "eve@example.test";
            assert!(matches!(visit.post(&other), Reply::Rejected { .. }));
        }
        // The two passwords must be the same.
        let mut differing = SIGN_UP;
        differing[2].1 = "Correct-Horse2";
        assert!(matches!(visit.post(&differing), Reply::Rejected { .. }));
        assert_eq!(world.count(), 0);

        assert_eq!(visit.post(&SIGN_UP), Reply::Accepted);
        // The same post again gets the same reply and writes nothing (attack 32).
        assert_eq!(visit.post(&SIGN_UP), Reply::Accepted);
        assert_eq!(world.count(), 1);
        visit.confirm();
        let issue = visit.issued();
        assert_eq!(claim(&issue, "name"), Some(&"Ada Lovelace".into()), "{}", set.name);
        assert_eq!(claim(&issue, "given_name"), Some(&"Ada".into()));
        assert_eq!(claim(&issue, "family_name"), Some(&"Lovelace".into()));
        assert_eq!(claim(&issue, "tid"), Some(&"8d2d39a2-4d0c-4c5e-9f8a-0f1f6f6f6f6f".into()));
        assert_eq!(issue.subject.as_deref(), Some("00000000-0000-4000-8000-000000000001"));
        assert_eq!(issue.user, issue.subject);
        assert!(issue.fresh);
        // Passwords end with their page (reference README 22).
        assert!(issue.bag.get("newPassword").is_none() && issue.bag.get("reenterPassword").is_none());
        let kept = issue.kept.get("SM-AAD").unwrap();
        assert_eq!(kept.text("objectId"), issue.subject);
    }
}

#[test]
fn an_address_signs_up_once() {
    for set in sets() {
        let world = Script::new();
        sign_up(&world, &set);
        let mut visit = Visit::begin(&world, set.sign_in(), Session::default());
        visit.choose(Choice::SignUp);
        visit.verify();
        let reply = visit.post(&SIGN_UP);
        // The packs say it in the words of the cloud, our own policies in their own.
        let expected = match set.is_ours {
            true => "There is already an account with this address. Sign in with it instead.",
            false => "A user with the specified ID already exists. Please choose a different one.",
        };
        assert_eq!(message(&reply), expected, "{}", set.name);
        assert_eq!(world.count(), 1);
    }
}

#[test]
fn a_person_signs_in_or_is_told_why_not() {
    for set in sets() {
        let world = Script::new();
        let (_, unknown) = sign_in(&world, &set, PASSWORD);
        assert_eq!(
            message(&unknown).trim_end_matches('.'),
            "We can't seem to find your account",
            "{}",
            set.name
        );
        sign_up(&world, &set);
        let (_, wrong) = sign_in(&world, &set, "Wrong-Horse1");
        assert_eq!(message(&wrong).trim_end_matches('.'), "Your password is incorrect", "{}", set.name);
        let (mut visit, right) = sign_in(&world, &set, PASSWORD);
        assert_eq!(right, Reply::Accepted);
        visit.confirm();
        let issue = visit.issued();
        assert_eq!(claim(&issue, "name"), Some(&"Ada Lovelace".into()));
        // Step 2, the sign-up page, was skipped; step 3 read the user.
        let calls = world.calls.lock().unwrap();
        assert_eq!(calls.last().unwrap(), "profile AAD-UserReadUsingObjectId");
    }
}

#[test]
fn a_field_the_page_does_not_show_does_not_exist() {
    // attack 26: mass assignment
    for set in sets() {
        let world = Script::new();
        sign_up(&world, &set);
        let policy = set.sign_in();
        let mut visit = Visit::begin(&world, policy, Session::default());
        let hostile = [
            ("signInName", MAIL),
            ("password", "Wrong-Horse1"),
            ("objectId", "00000000-0000-4000-8000-000000000001"),
            ("authenticationSource", "localAccountAuthentication"),
            ("newUser", "true"),
        ];
        assert!(matches!(visit.post(&hostile), Reply::Rejected { .. }));
        assert!(visit.journey.claims.is_empty(), "{:?}", visit.journey.claims);
        visit.confirm();
        assert_eq!(visit.asks(), ["signInName", "password"]);
    }
}

#[test]
fn links_that_the_page_does_not_show_lead_nowhere() {
    // attack 25
    for set in sets() {
        let world = Script::new();
        let policy = set.sign_in();
        let mut visit = Visit::begin(&world, policy, Session::default());
        for choice in [
            Choice::Exchange("AADUserReadWithObjectId".into()),
            Choice::Exchange("NoSuchExchange".into()),
            Choice::Cancel,
            Choice::Confirmed { remember: true },
        ] {
            visit.choose(choice);
            assert_eq!(visit.asks(), ["signInName", "password"], "{}", set.name);
        }
        visit.choose(Choice::SignUp);
        visit.choose(Choice::Confirmed { remember: false });
        assert!(visit.asks().contains(&"newPassword".to_owned()));
        visit.choose(Choice::Cancel);
        match &visit.next {
            Next::Finish(outcome) => match outcome.as_ref() {
                Outcome::Fault(fault) => assert_eq!(fault.number(), Some(90091)),
                other => panic!("{other:?}"),
            },
            Next::Show(_) => panic!("cancel ends the journey"),
        }
    }
}

#[test]
fn a_forgotten_password_is_the_application_s_to_handle() {
    for set in sets() {
        let world = Script::new();
        let policy = set.sign_in();
        let mut visit = Visit::begin(&world, policy, Session::default());
        visit.choose(Choice::ForgotPassword);
        let Next::Finish(outcome) = &visit.next else { panic!("a page") };
        let Outcome::Fault(fault) = outcome.as_ref() else { panic!("{outcome:?}") };
        assert_eq!(fault.to_owned().code.to_string(), "AADB2C90118");
        assert_eq!(fault.text, "The user has forgotten their password.");
    }
}

#[test]
fn a_session_skips_the_sign_in_and_shows_the_profile() {
    for set in sets() {
        let world = Script::new();
        let issue = sign_up(&world, &set);
        // The sign-in policy again: no page at all.
        let policy = set.sign_in();
        let again = Visit::begin(&world, policy, session_of(&issue)).issued();
        assert_eq!(again.subject, issue.subject, "{}", set.name);
        assert!(!again.fresh);
        assert_eq!(again.authenticated_at, issue.authenticated_at);
        // The profile policy: the sign-in page is skipped, the profile page is not.
        let policy = set.policy("B2C_1A_ProfileEdit");
        let mut visit = Visit::begin(&world, policy, session_of(&issue));
        // Our own policies let the display name be edited too.
        let (asked, held): (&[_], &[_]) = match set.is_ours {
            true => (&["displayName", "givenName", "surname"], &["Ada Lovelace", "Ada", "Lovelace"]),
            false => (&["givenName", "surname"], &["Ada", "Lovelace"]),
        };
        assert_eq!(visit.asks(), asked, "{}", set.name);
        let values: Vec<_> = visit.fields().iter().map(|field| field.value.clone().unwrap()).collect();
        assert_eq!(values, held);
        let edited = [("displayName", "Augusta King"), ("givenName", "Augusta"), ("surname", "King")];
        assert_eq!(visit.post(&edited), Reply::Accepted);
        visit.confirm();
        visit.issued();
        let policy = set.sign_in();
        let read = Visit::begin(&world, policy, session_of(&issue)).issued();
        assert_eq!(claim(&read, "given_name"), Some(&"Augusta".into()));
    }
}

#[test]
fn a_password_is_reset_whatever_the_session_holds() {
    for set in sets() {
        let world = Script::new();
        let issue = sign_up(&world, &set);
        let policy = set.policy("B2C_1A_PasswordReset");
        let mut visit = Visit::begin(&world, policy, session_of(&issue));
        visit.verify();
        assert_eq!(visit.post(&[("email", MAIL)]), Reply::Accepted);
        visit.confirm();
        assert_eq!(visit.asks(), ["newPassword", "reenterPassword"], "{}", set.name);
        let fresh = [("newPassword", "Battery-Staple2"), ("reenterPassword", "Battery-Staple2")];
        assert_eq!(visit.post(&fresh), Reply::Accepted);
        visit.confirm();
        assert_eq!(visit.issued().subject, issue.subject);
        assert!(matches!(sign_in(&world, &set, PASSWORD).1, Reply::Rejected { .. }));
        assert_eq!(sign_in(&world, &set, "Battery-Staple2").1, Reply::Accepted);
    }
}

#[test]
fn a_refresh_token_of_before_a_revocation_is_refused() {
    for set in sets() {
        let world = Script::new();
        let issue = sign_up(&world, &set);
        let policy = set.sign_in();
        let journey = policy.party.as_ref().unwrap().refresh_journey.clone();
        assert!(journey.is_some(), "{}", set.name);
        let redeem = |issued: jiff::Timestamp| {
            let mut held: Claims = issue.bag.clone();
            let issued = vestibule_engine::claims::value::format_instant(issued);
            held.set("refreshTokenIssuedOnDateTime".into(), Value::text_of(issued));
            let entry = (Entry::Refresh(held), journey.clone());
            Visit::enter(&world, policy, Session::default(), entry).next
        };
        let first = vestibule_engine::journey::World::now(&world);
        assert!(matches!(redeem(first), Next::Finish(o) if matches!(*o, Outcome::Issue(_))), "{}", set.name);
        world.wait(3_600);
        world.revoke();
        let Next::Finish(outcome) = redeem(first) else { panic!("a page") };
        let Outcome::Fault(fault) = *outcome else { panic!("issued after a revocation") };
        assert_eq!(fault.number(), Some(90129));
        // Within five minutes the policy treats both times as equal; a new sign-in is later in any case.
        world.wait(60);
        let later = vestibule_engine::journey::World::now(&world);
        assert!(matches!(redeem(later), Next::Finish(o) if matches!(*o, Outcome::Issue(_))), "{}", set.name);
    }
}

#[test]
fn the_policy_s_own_texts_and_languages_are_shown() {
    for set in sets() {
        let world = Script::new();
        let policy = set.sign_in();
        let visit = Visit::begin(&world, policy, Session::default());
        let page = visit.page();
        assert_eq!(page.language, "en");
        assert_eq!(page.words["button_signin"], "Sign in", "{}", set.name);
        let intro = if set.is_ours { "New here?" } else { "Don't have an account?" };
        assert_eq!(page.words["createaccount_intro"].trim(), intro, "{}", set.name);
        assert_eq!(
            page.template, "~/tenant/templates/AzureBlue/unified.cshtml?ui_locales=en",
            "{}",
            set.name
        );
        let labels: Vec<_> = visit.fields().iter().map(|field| field.label.as_str()).collect();
        let address = if set.is_ours { "Email address" } else { "Email Address" };
        assert_eq!(labels, [address, "Password"], "{}", set.name);
    }
}

#[test]
fn attack_047_a_journey_that_never_ends_is_ended() {
    let world = Script::new();
    let set = &sets()[0];
    for (steps, ends) in [(400, false), (500, true), (u32::MAX, true)] {
        let mut visit = Visit::begin(&world, set.sign_in(), Session::default());
        // What no policy that loads comes to: so many steps behind it.
        visit.journey.steps = steps;
        visit.choose(Choice::SignUp);
        match visit.next {
            Next::Finish(ref outcome) => {
                assert!(ends, "{steps}");
                assert!(matches!(**outcome, Outcome::Fault(ref fault) if fault.number() == Some(90037)));
            }
            Next::Show(_) => assert!(!ends, "{steps}"),
        }
    }
}

/// A request borrows the compiled policy; there is no way to copy one, which would be found out here at once.
#[test]
fn the_compiled_policy_cannot_be_cloned() {
    trait Ambiguous<A> {
        fn met() {}
    }
    struct IsClone;
    impl<T: ?Sized> Ambiguous<()> for T {}
    impl<T: Clone> Ambiguous<IsClone> for T {}
    // Two implementations would fit a policy that is Clone, and this line would not compile.
    let () = <Policy as Ambiguous<_>>::met();
}
