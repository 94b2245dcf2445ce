//! Journeys of the token endpoint: a user's name and password, or an application as itself, and nobody to ask.

use super::*;
use vestibule_engine::journey::{Credentials, FaultCode};

fn set() -> Set {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    Set::load_with(&root, &[("unattended.xml", include_str!("unattended.xml"))])
}

fn by_password(username: &str, password: &str) -> Entry {
    Entry::Password(Credentials { username: username.to_owned(), password: password.to_owned() })
}

fn ended(next: &Next) -> &Outcome {
    match next {
        Next::Finish(outcome) => outcome,
        Next::Show(page) => panic!("a page: {page:?}"),
    }
}

fn number(next: &Next) -> Option<u32> {
    match ended(next) {
        Outcome::Fault(fault) => fault.number(),
        Outcome::Issue(_) => None,
    }
}

#[test]
fn a_password_journey_runs_to_its_token_without_a_page() {
    let set = set();
    let world = Script::new();
    let signed_up = sign_up(&world, &set);
    let policy = set.policy("B2C_1A_ROPC");
    let visit = Visit::enter(&world, policy, Session::default(), (by_password(MAIL, PASSWORD), None));
    let Outcome::Issue(issue) = ended(&visit.next) else { panic!("{:?}", visit.next) };
    assert_eq!(issue.subject, signed_up.subject);
    assert!(issue.fresh);
    assert!(issue.claims.iter().all(|(name, _)| name != "password"), "{:?}", issue.claims);
    assert!(issue.kept.is_empty(), "a password grant has no session");
    assert!(!issue.bag.has("password"));
}

/// Protocols 6 and attack 50: both are 90225 with one text; a resolver's value is nothing but the value.
#[test]
fn attack_050_an_unknown_name_and_a_wrong_password_are_told_alike_at_the_token_endpoint() {
    let set = set();
    let world = Script::new();
    sign_up(&world, &set);
    let policy = set.policy("B2C_1A_ROPC");
    let told: Vec<_> = [(MAIL, "wrong"), ("nobody@example.test", PASSWORD), ("{OIDC:Password}", "{x}")]
        .into_iter()
        .map(|(name, password)| {
            let visit = Visit::enter(&world, policy, Session::default(), (by_password(name, password), None));
            match ended(&visit.next) {
                Outcome::Fault(fault) => fault.clone(),
                Outcome::Issue(issue) => panic!("{issue:?}"),
            }
        })
        .collect();
    assert!(told.iter().all(|fault| fault.code == FaultCode::Aadb2c(90225)), "{told:?}");
    assert!(told.iter().all(|fault| fault.text == told[0].text), "{told:?}");
}

#[test]
fn a_journey_that_would_show_a_page_ends_where_there_is_nobody_to_show_it_to() {
    let set = set();
    let world = Script::new();
    let entries = [
        by_password(MAIL, PASSWORD),
        Entry::ClientCredentials { principal: "p".to_owned() },
        Entry::Refresh(Claims::new()),
        Entry::UserInfo(BTreeMap::new()),
    ];
    for entry in entries {
        let visit = Visit::enter(&world, set.sign_in(), Session::default(), (entry, None));
        assert_eq!(number(&visit.next), Some(90085));
    }
}

#[test]
fn an_application_that_signs_in_as_itself_is_the_subject_of_its_token() {
    let set = set();
    let world = Script::new();
    let policy = set.policy("B2C_1A_ROPC");
    let journey = policy.party.as_ref().unwrap().client_credentials_journey.clone();
    assert!(journey.is_some(), "ClientCredentialsUserJourneyId names it");
    let principal = "7a6d9a0e-0000-4000-8000-000000000001".to_owned();
    let entry = Entry::ClientCredentials { principal: principal.clone() };
    let request = Request {
        entry,
        parameters: BTreeMap::from([("client_id".to_owned(), "app".to_owned())]),
        ..Request::default()
    };
    let (id, correlation, session) = ("t".to_owned(), "c".to_owned(), Session::default());
    let beginning = Beginning { id, correlation, journey, request, session };
    let (_, next) = now((Run { policy, world: &world }).begin(beginning)).unwrap();
    let Outcome::Issue(issue) = ended(&next) else { panic!("{next:?}") };
    assert_eq!(issue.subject.as_deref(), Some(principal.as_str()));
    let claims: BTreeMap<_, _> = issue.claims.iter().map(|(name, value)| (name.as_str(), value)).collect();
    assert_eq!(claims["kind"], "daemon");
    assert_eq!(claims["application"], "app");
    assert_eq!(issue.user, None);
}

#[test]
fn a_password_entry_is_never_written_down() {
    let entry = by_password("ada", "secret-word");
    assert!(!format!("{entry:?}").contains("secret-word"));
    assert!(serde_json::to_string(&entry).is_err());
}
