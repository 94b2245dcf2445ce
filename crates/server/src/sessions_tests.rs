//! Sessions of browsers against the store.

use std::sync::Arc;

use vestibule_engine::claims::Value;
use vestibule_engine::kind::Kind as ProfileKind;
use vestibule_engine::policy::profile::{Enabled, Profile, Protocol};

use super::*;
use crate::clock::Clock;
use crate::seal::{MasterKey, Sealer};
use crate::store::Store;

const TENANT: &str = "contoso.onmicrosoft.com";
const DAY: i64 = 86_400;

struct Bench {
    store: Store,
    sealer: Sealer,
    clock: Clock,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::test(Timestamp::from_second(1_800_000_000).unwrap());
        let store = Store::open(&format!("sqlite:{}", folder.path().join("v.db").display())).await.unwrap();
        let sealer = Sealer::open(store.clone(), MasterKey::generate(), clock.now()).await.unwrap();
        Bench { store, sealer, clock, _folder: folder }
    }

    fn shelf(&self) -> Shelf<'_> {
        Shelf { store: &self.store, sealer: &self.sealer, tenant: TENANT, now: self.clock.now() }
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    async fn load(&self, cookie: &str) -> Option<Live> {
        match load(self.shelf(), "tenant", &[cookie]).await.unwrap() {
            Presented::Live(live) => Some(*live),
            _ => None,
        }
    }

    async fn keep(
        &self,
        before: Option<Live>,
        issue: &Issue,
        behaviour: &Behaviour,
        took_part: bool,
    ) -> SessionCookie {
        let none = state::Session::default();
        let session = before.as_ref().filter(|_| took_part).map(Live::session).unwrap_or(none);
        let participant = participant();
        let sign_in = SignIn { behaviour, ..sign_in((issue, &session), &participant) };
        let planned = plan(before, sign_in, self.clock.now()).unwrap();
        keep(self.shelf(), planned, sign_in).await.unwrap()
    }
}

/// Writes a planned session; planned again where another tab wrote it meanwhile.
async fn keep(shelf: Shelf<'_>, planned: Planned, sign_in: SignIn<'_>) -> Option<SessionCookie> {
    let mut planned = Some(planned);
    while let Some(plan) = planned {
        if shelf.store.apply(&plan.changes(shelf).unwrap()).await.unwrap() {
            return Some(plan.cookie(shelf));
        }
        planned = again(shelf, plan, sign_in).await.unwrap();
    }
    None
}

fn participant() -> Participant {
    let text = |text: &str| text.to_owned();
    Participant { issuer: text("https://i/"), subject: text("s"), signing_key: text("B2C_1A_Key") }
}

/// A sign-in of `Client-A` under the documented defaults.
fn sign_in<'a>(
    (issue, session): (&'a Issue, &'a state::Session),
    participant: &'a Participant,
) -> SignIn<'a> {
    static DEFAULT: std::sync::LazyLock<Behaviour> = std::sync::LazyLock::new(Behaviour::default);
    SignIn {
        issue,
        session,
        client_id: "Client-A",
        behaviour: &DEFAULT,
        partition: "tenant",
        participant: Some(participant),
        default_seconds: 86_400,
    }
}

fn issue(user: &str, at: Timestamp, claims: &[(&str, &str)]) -> Issue {
    let profile = Profile {
        id: "JwtIssuer".into(),
        display_name: None,
        domains: Vec::new(),
        protocol: Protocol::OpenIdConnect,
        kind: ProfileKind::JsonIssuer,
        content: None,
        resolvers: false,
        text_link: false,
        error_handlers: Vec::new(),
        enabled: Enabled::Always,
        include_in_sso: true,
        session: None,
        input_transformations: Vec::new(),
        inputs: Vec::new(),
        displayed: Vec::new(),
        persisted: Vec::new(),
        outputs: Vec::new(),
        output_transformations: Vec::new(),
        validations: Vec::new(),
        keys: BTreeMap::new(),
        messages: BTreeMap::new(),
        language: BTreeMap::new(),
        place: Default::default(),
    };
    let claims: Claims =
        claims.iter().map(|(name, value)| (Name::from(*name), Value::String((*value).into()))).collect();
    Issue {
        issuer: Arc::new(profile),
        claims: Vec::new(),
        subject: None,
        user: Some(user.into()),
        authenticated_at: at,
        bag: Claims::new(),
        kept: BTreeMap::from([(Name::from("SM-AAD"), claims)]),
        remembers_applications: true,
        keep_signed_in: false,
        fresh: true,
    }
}

#[test]
fn partitions_follow_the_scope() {
    let table = [
        (Scope::Suppressed, None),
        (Scope::Tenant, Some("tenant")),
        (Scope::TrustFramework, Some("tenant")),
        (Scope::Application, Some("application client")),
        (Scope::Policy, Some("policy b2c_1a_x")),
    ];
    for (scope, expected) in table {
        assert_eq!(partition(scope, "CLIENT", "B2C_1A_X").as_deref(), expected);
    }
    assert_eq!(cookie_name("Contoso.onmicrosoft.com", "tenant"), "x-ms-cpim-sso:contoso.onmicrosoft.com_0");
    assert_ne!(cookie_name(TENANT, "policy a"), cookie_name(TENANT, "policy b"));
}

#[tokio::test]
async fn a_session_comes_back_as_it_was_kept_and_ends_when_the_policy_says() {
    let bench = Bench::new().await;
    let behaviour = Behaviour { session_seconds: Some(900), ..Behaviour::default() };
    let began = bench.clock.now();
    let cookie = bench.keep(None, &issue("u1", began, &[("objectId", "u1")]), &behaviour, false).await;
    assert_eq!(cookie.name, "x-ms-cpim-sso:contoso.onmicrosoft.com_0");
    assert_eq!((cookie.value.len(), cookie.max_age), (43, None));

    bench.wait(600);
    let live = bench.load(&cookie.value).await.unwrap();
    assert_eq!(live.session().entries["SM-AAD"].text("objectId").as_deref(), Some("u1"));
    assert_eq!(live.session().authenticated_at, Some(began));
    assert!(live.may_have_had("CLIENT-A") && !live.may_have_had("client-b"));

    // Rolling: a use at 600 s moves the end to 1,500 s. Nobody proved anything, so the identifier stays.
    let used = Issue { fresh: false, ..issue("u1", bench.clock.now(), &[("objectId", "changed")]) };
    let again = bench.keep(Some(live), &used, &behaviour, true).await;
    assert_eq!(again.value, cookie.value);
    bench.wait(899);
    let live = bench.load(&cookie.value).await.unwrap();
    assert_eq!(
        live.session().entries["SM-AAD"].text("objectId").as_deref(),
        Some("u1"),
        "stored claims are immutable"
    );
    assert_eq!(live.session().authenticated_at, Some(began), "auth_time is kept over SSO");
    bench.wait(1);
    assert!(bench.load(&cookie.value).await.is_none());
}

#[tokio::test]
async fn attack_100_an_absolute_end_never_moves_later() {
    let bench = Bench::new().await;
    let behaviour = Behaviour { session_seconds: Some(900), absolute_expiry: true, ..Behaviour::default() };
    let began = bench.clock.now();
    let cookie = bench.keep(None, &issue("u1", began, &[]), &behaviour, false).await;
    for step in [DAY, -2 * DAY, DAY + 600] {
        bench.wait(step);
        if let Some(live) = bench.load(&cookie.value).await {
            let used = Issue { fresh: false, ..issue("u1", bench.clock.now(), &[]) };
            bench.keep(Some(live), &used, &behaviour, true).await;
        }
    }
    assert!(bench.load(&cookie.value).await.is_some(), "600 s after the beginning");
    bench.wait(300);
    assert!(bench.load(&cookie.value).await.is_none(), "900 s after the beginning, whatever the clock did");
}

#[tokio::test]
async fn keep_me_signed_in_makes_the_cookie_outlive_the_browser() {
    let bench = Bench::new().await;
    let behaviour = Behaviour { keep_alive_days: 7, session_seconds: Some(900), ..Behaviour::default() };
    let ticked = Issue { keep_signed_in: true, ..issue("u1", bench.clock.now(), &[]) };
    let cookie = bench.keep(None, &ticked, &behaviour, false).await;
    assert_eq!(cookie.max_age, Some(7 * DAY));
    bench.wait(7 * DAY - 1);
    assert!(bench.load(&cookie.value).await.is_some(), "it overrides SessionExpiryInSeconds");
    bench.wait(1);
    assert!(bench.load(&cookie.value).await.is_none());
    let off = Behaviour { keep_alive_days: 0, ..behaviour };
    assert_eq!(
        bench.keep(None, &ticked, &off, false).await.max_age,
        None,
        "off where the policy has no KeepAliveInDays"
    );
}

#[tokio::test]
async fn attack_094_every_proof_brings_a_new_identifier_and_kills_the_old() {
    let bench = Bench::new().await;
    let behaviour = Behaviour::default();
    let first =
        bench.keep(None, &issue("u1", bench.clock.now(), &[("objectId", "u1")]), &behaviour, false).await;
    let live = bench.load(&first.value).await.unwrap();
    let second = bench
        .keep(Some(live), &issue("u1", bench.clock.now(), &[("isActiveMFASession", "1")]), &behaviour, true)
        .await;
    assert_ne!(first.value, second.value);
    assert!(bench.load(&first.value).await.is_none());
    let merged = bench.load(&second.value).await.unwrap();
    assert_eq!(merged.session().entries["SM-AAD"].len(), 2, "a step up adds to the session");

    // Another person at the same browser (prompt=login): nothing of the first one's session survives.
    let third = bench
        .keep(Some(merged), &issue("u2", bench.clock.now(), &[("objectId", "u2")]), &behaviour, false)
        .await;
    assert!(bench.load(&second.value).await.is_none());
    let live = bench.load(&third.value).await.unwrap();
    assert_eq!((live.user(), live.session().entries["SM-AAD"].len()), (Some("u2"), 1));
}

#[tokio::test]
async fn attack_095_a_cookie_that_leads_nowhere_is_stale() {
    let bench = Bench::new().await;
    let cookie =
        bench.keep(None, &issue("u1", bench.clock.now(), &[]), &Behaviour::default(), false).await.value;
    let eight_kb = "x".repeat(8_192);
    let flipped: String = cookie.chars().rev().collect();
    let cut: String = cookie.chars().take(42).collect();
    let table: Vec<Vec<&str>> = vec![
        vec![&flipped],
        vec![&cut],
        vec![&eight_kb],
        vec![""],
        vec![&cookie, &cookie],
        vec![&cookie; 50],
    ];
    for sent in table {
        assert!(matches!(load(bench.shelf(), "tenant", &sent).await.unwrap(), Presented::Stale), "{sent:?}");
    }
    assert!(
        matches!(load(bench.shelf(), "policy x", &[&cookie]).await.unwrap(), Presented::Stale),
        "another partition"
    );
    let other = Shelf { tenant: "fabrikam.onmicrosoft.com", ..bench.shelf() };
    assert!(matches!(load(other, "tenant", &[&cookie]).await.unwrap(), Presented::Stale), "another tenant");
    assert!(matches!(load(bench.shelf(), "tenant", &[]).await.unwrap(), Presented::Absent));
    assert!(
        matches!(load(bench.shelf(), "tenant", &[&cookie]).await.unwrap(), Presented::Live(_)),
        "the honest one works"
    );

    let stranger = Bench::new().await;
    let removed = Shelf { sealer: &stranger.sealer, ..bench.shelf() };
    assert!(
        matches!(load(removed, "tenant", &[&cookie]).await.unwrap(), Presented::Stale),
        "a key that is gone"
    );
}

#[tokio::test]
async fn sign_out_and_a_new_password_end_it() {
    let bench = Bench::new().await;
    let cookie =
        bench.keep(None, &issue("u1", bench.clock.now(), &[]), &Behaviour::default(), false).await.value;
    let ended = end(bench.shelf(), &cookie).await.unwrap().unwrap();
    assert_eq!(ended.applications, BTreeMap::from([("client-a".to_owned(), participant())]));
    assert_eq!(ended.sid.len(), 36);
    assert!(bench.load(&cookie).await.is_none());
    assert_eq!(end(bench.shelf(), &cookie).await.unwrap(), None);

    let cookie =
        bench.keep(None, &issue("u1", bench.clock.now(), &[]), &Behaviour::default(), false).await.value;
    bench.store.drop_owner(TENANT, "u1", &[Kind::BrowserSession]).await.unwrap();
    assert!(bench.load(&cookie).await.is_none());
}

#[tokio::test]
async fn max_age_counts_from_the_proof() {
    let bench = Bench::new().await;
    let cookie =
        bench.keep(None, &issue("u1", bench.clock.now(), &[]), &Behaviour::default(), false).await.value;
    let live = bench.load(&cookie).await.unwrap();
    assert!(live.is_older_than(0, bench.clock.now()), "0 always asks again");
    bench.wait(10);
    assert!(live.is_older_than(5, bench.clock.now()));
    assert!(!live.is_older_than(11, bench.clock.now()));
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_comes_back_only_with_a_proof() {
    let bench = Bench::new().await;
    let behaviour = Behaviour::default();
    let first = issue("u1", bench.clock.now(), &[("objectId", "u1")]);
    let cookie = bench.keep(None, &first, &behaviour, false).await.value;
    let session = bench.load(&cookie).await.unwrap().session();
    end(bench.shelf(), &cookie).await.unwrap();
    for fresh in [false, true] {
        let later = Issue { fresh, ..issue("u1", bench.clock.now(), &[("newUser", "false")]) };
        let participant = participant();
        let sign_in = sign_in((&later, &session), &participant);
        let planned = plan(None, sign_in, bench.clock.now());
        assert_eq!(planned.is_some(), fresh);
        if let Some(planned) = planned {
            let cookie = keep(bench.shelf(), planned, sign_in).await.unwrap();
            let claims = bench.load(&cookie.value).await.unwrap().session().entries["SM-AAD"].clone();
            assert_eq!(
                (claims.text("objectId").as_deref(), claims.len()),
                (Some("u1"), 2),
                "whole, so that it can stand in"
            );
        }
    }
}

#[tokio::test]
async fn two_tabs_of_one_session_lose_neither_application() {
    let bench = Bench::new().await;
    let behaviour = Behaviour::default();
    let cookie = bench.keep(None, &issue("u1", bench.clock.now(), &[]), &behaviour, false).await.value;
    let (one, other) = (bench.load(&cookie).await.unwrap(), bench.load(&cookie).await.unwrap());
    let used = Issue { fresh: false, ..issue("u1", bench.clock.now(), &[]) };
    let (session, participant) = (one.session(), participant());
    let by = |client_id| SignIn { client_id, ..sign_in((&used, &session), &participant) };
    let first = plan(Some(one), by("client-b"), bench.clock.now()).unwrap();
    let second = plan(Some(other), by("client-c"), bench.clock.now()).unwrap();
    assert_eq!(first.sid(), second.sid(), "both tabs are of one session");
    keep(bench.shelf(), first, by("client-b")).await.unwrap();
    assert_eq!(keep(bench.shelf(), second, by("client-c")).await.unwrap().value, cookie);
    let ended = end(bench.shelf(), &cookie).await.unwrap().unwrap();
    let told: Vec<&str> = ended.applications.keys().map(String::as_str).collect();
    assert_eq!(told, ["client-a", "client-b", "client-c"]);

    // A tab that finishes after the sign-out does not bring the session back.
    let cookie = bench.keep(None, &issue("u1", bench.clock.now(), &[]), &behaviour, false).await.value;
    let late = plan(bench.load(&cookie).await, by("client-b"), bench.clock.now()).unwrap();
    end(bench.shelf(), &cookie).await.unwrap();
    assert_eq!(keep(bench.shelf(), late, by("client-b")).await, None);
}

#[tokio::test]
async fn the_sid_stays_with_the_person_and_no_longer() {
    let bench = Bench::new().await;
    let behaviour = Behaviour::default();
    let sid = |live: Option<Live>| live.unwrap().kept.sid;
    let first = bench.keep(None, &issue("u1", bench.clock.now(), &[]), &behaviour, false).await.value;
    let began = sid(bench.load(&first).await);
    let again = issue("u1", bench.clock.now(), &[]);
    let second = bench.keep(bench.load(&first).await, &again, &behaviour, false).await.value;
    assert_ne!(second, first, "attack 94");
    assert_eq!(sid(bench.load(&second).await), began, "applications know it by this name");
    let other = issue("u2", bench.clock.now(), &[]);
    let third = bench.keep(bench.load(&second).await, &other, &behaviour, false).await.value;
    assert_ne!(sid(bench.load(&third).await), began, "another person");
}

#[tokio::test]
async fn the_operator_says_how_long_a_session_lives_where_the_policy_does_not() {
    let bench = Bench::new().await;
    for (policy, operator, lives) in [(None, 1_000, 1_000), (Some(900), 2_000, 900)] {
        let behaviour = Behaviour { session_seconds: policy, ..Behaviour::default() };
        let (issue, session, participant) =
            (issue("u1", bench.clock.now(), &[]), state::Session::default(), participant());
        let sign_in = SignIn {
            behaviour: &behaviour,
            default_seconds: operator,
            ..sign_in((&issue, &session), &participant)
        };
        let planned = plan(None, sign_in, bench.clock.now()).unwrap();
        let cookie = keep(bench.shelf(), planned, sign_in).await.unwrap().value;
        bench.wait(lives - 1);
        assert!(bench.load(&cookie).await.is_some());
        bench.wait(1);
        assert!(bench.load(&cookie).await.is_none());
    }
}
