//! Codes and refresh tokens against the store: attacks 73–78.

use serde_json::json;
use vestibule_engine::claims::Claims;
use vestibule_engine::kind::{IssuerPattern, TokenIssuer};

use super::*;
use crate::clock::Clock;
use crate::seal::MasterKey;
use crate::store::Kind;
use jiff::SignedDuration;

const TENANT: &str = "contoso.onmicrosoft.com";
const POLICY: &str = "B2C_1A_signup_signin";
const CLIENT: &str = "8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11";
const REDIRECT: &str = "https://app.example.com/cb";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

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

    async fn code(&self) -> String {
        let challenge = Some(Challenge::S256(CHALLENGE.into()));
        let (code, kept) = code::create(self.shelf(), grant(), REDIRECT, challenge).unwrap();
        self.store.apply(&[kept]).await.unwrap();
        code
    }

    /// Redeems a code as the token endpoint does: tokens are kept in the transaction that spends it.
    async fn redeem(&self, secret: &str, claimed: code::Claimed<'_>) -> Result<String, u32> {
        let shelf = self.shelf();
        let found = code::find(shelf, secret, claimed).await.map_err(number)?;
        let (first, changes) =
            refresh::begin(shelf, grant(), (&found.code.family, Some("access")), &settings())
                .map_err(number)?;
        code::spend(shelf, found, Some("access"), changes).await.map_err(number)?;
        Ok(first.token)
    }

    async fn refresh(&self, secret: &str, claimed: refresh::Claimed<'_>) -> Result<String, u32> {
        let found = refresh::find(self.shelf(), secret, claimed).await.map_err(number)?;
        let grant = found.grant.clone();
        let next =
            refresh::rotate(self.shelf(), found, (grant, Some("later access")), (&settings(), claimed))
                .await
                .map_err(number)?;
        Ok(next.token)
    }
}

fn number(failure: Failure) -> u32 {
    match failure {
        Failure::Fault(fault) => fault.number().unwrap(),
        Failure::Error(error) => panic!("{error}"),
    }
}

fn settings() -> TokenIssuer {
    TokenIssuer {
        user_claim: "objectId".into(),
        json_numbers: true,
        access_seconds: 3600,
        id_seconds: 3600,
        refresh_seconds: 86_400 * 14,
        rolling_seconds: Some(86_400 * 90),
        issuer: IssuerPattern::TenantGuid,
        acr: true,
        refresh_journey: None,
        client_credentials_journey: None,
        signing_key: "B2C_1A_TokenSigningKeyContainer".into(),
        refresh_key: None,
    }
}

fn grant() -> Grant {
    Grant {
        policy: POLICY.into(),
        issuer: "JwtIssuer".into(),
        client_id: CLIENT.into(),
        user: Some("user-1".into()),
        subject: None,
        claims: vec![("name".into(), json!("A"))],
        bag: Claims::new(),
        authenticated_at: Timestamp::from_second(1_800_000_000).unwrap(),
        nonce: Some("n".into()),
        scopes: Scopes { openid: true, offline: true, resource: None, asked: None },
        spa: false,
        sid: None,
        own_name: false,
    }
}

const HONEST: code::Claimed<'static> = code::Claimed {
    policy: "b2c_1a_SIGNUP_signin",
    client_id: CLIENT,
    redirect_uri: Some(REDIRECT),
    verifier: Some(VERIFIER),
};
const REFRESH: refresh::Claimed<'static> = refresh::Claimed { policy: POLICY, client_id: CLIENT, grace: 10 };

#[tokio::test]
async fn attack_073_a_code_used_twice_kills_its_tokens() {
    let bench = Bench::new().await;
    let code = bench.code().await;
    let token = bench.redeem(&code, HONEST).await.unwrap();
    assert!(!spent::is_ended(bench.shelf(), "access").await.unwrap());
    bench.wait(30);
    assert_eq!(bench.redeem(&code, HONEST).await, Err(90080));
    assert_eq!(bench.refresh(&token, REFRESH).await, Err(90129), "the refresh token is dead");
    assert!(
        spent::is_ended(bench.shelf(), "access").await.unwrap(),
        "and the access token at our own endpoints"
    );
    assert!(!spent::is_ended(bench.shelf(), "another").await.unwrap());
}

#[tokio::test]
async fn attack_073_twenty_at_once_give_one_success() {
    let bench = std::sync::Arc::new(Bench::new().await);
    let code = bench.code().await;
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (bench, code) = (bench.clone(), code.clone());
            tokio::spawn(async move { bench.redeem(&code, HONEST).await })
        })
        .collect();
    let mut won = Vec::new();
    for one in tries {
        match one.await.unwrap() {
            Ok(token) => won.push(token),
            Err(number) => assert_eq!(number, 90080),
        }
    }
    assert_eq!(won.len(), 1);
    assert_eq!(bench.refresh(&won[0], REFRESH).await, Err(90129));
}

#[tokio::test]
async fn attack_074_a_code_that_does_not_fit_is_refused_and_spent() {
    let bench = Bench::new().await;
    let wrong = "x".repeat(43);
    let table = [
        (code::Claimed { client_id: "11111111-3cf0-4e5c-9d5e-2c7c1a6b0f11", ..HONEST }, 90279),
        (code::Claimed { policy: "B2C_1A_other", ..HONEST }, 90088),
        (code::Claimed { redirect_uri: Some("https://app.example.com/cb/"), ..HONEST }, 90088),
        (code::Claimed { redirect_uri: None, ..HONEST }, 90088),
        (code::Claimed { verifier: Some(&wrong), ..HONEST }, 90182),
        (code::Claimed { verifier: None, ..HONEST }, 90183),
        (code::Claimed { verifier: Some(""), ..HONEST }, 90183),
    ];
    for (claimed, expected) in table {
        let code = bench.code().await;
        assert_eq!(bench.redeem(&code, claimed).await, Err(expected), "{claimed:?}");
        assert_eq!(bench.redeem(&code, HONEST).await, Err(90080), "spent by the attempt: {claimed:?}");
    }
    let (plain, kept) = code::create(bench.shelf(), grant(), REDIRECT, None).unwrap();
    bench.store.apply(&[kept]).await.unwrap();
    assert_eq!(bench.redeem(&plain, HONEST).await, Err(90183), "a verifier when no challenge was sent");
}

#[tokio::test]
async fn attack_075_a_code_that_is_late_or_altered_is_refused() {
    let bench = Bench::new().await;
    let code = bench.code().await;
    let flipped = code.replacen(
        code.get(100..101).unwrap(),
        if code.get(100..101) == Some("A") { "B" } else { "A" },
        1,
    );
    let cut: String = code.chars().take(code.len() - 1).collect();
    for altered in [flipped, cut, code.repeat(2), "x".repeat(100_000), String::new()] {
        assert_eq!(bench.redeem(&altered, HONEST).await, Err(90080));
    }
    bench.wait(599);
    let late = bench.code().await;
    assert!(bench.redeem(&code, HONEST).await.is_ok(), "a second before its end");
    bench.wait(600);
    let fault = match code::find(bench.shelf(), &late, HONEST).await {
        Err(Failure::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    };
    let expected = "The provided grant has expired. Please re-authenticate and try again. Current time: 1800001199, \
                    Grant issued time: 1800000599, Grant expiration time: 1800001199";
    assert_eq!((fault.number(), fault.text.as_str()), (Some(90080), expected));
}

#[tokio::test]
async fn attack_076_a_rotated_token_yields_its_successor_for_ten_seconds_then_kills_the_family() {
    let bench = Bench::new().await;
    let first = bench.redeem(&bench.code().await, HONEST).await.unwrap();
    let second = bench.refresh(&first, REFRESH).await.unwrap();
    assert_ne!(first, second);
    bench.wait(10);
    assert_eq!(bench.refresh(&first, REFRESH).await, Ok(second.clone()));
    let third = bench.refresh(&second, REFRESH).await.unwrap();
    bench.wait(1);
    assert_eq!(bench.refresh(&first, REFRESH).await, Err(90129), "11 s after its rotation");
    for token in [&first, &second, &third] {
        assert_eq!(bench.refresh(token, REFRESH).await, Err(90129), "the whole family is dead");
    }
}

#[tokio::test]
async fn attack_076_twenty_at_once_get_the_same_successor() {
    let bench = std::sync::Arc::new(Bench::new().await);
    let first = bench.redeem(&bench.code().await, HONEST).await.unwrap();
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (bench, first) = (bench.clone(), first.clone());
            tokio::spawn(async move { bench.refresh(&first, REFRESH).await })
        })
        .collect();
    let mut given = std::collections::BTreeSet::new();
    for one in tries {
        given.insert(one.await.unwrap().expect("every tab is served"));
    }
    assert_eq!(given.len(), 1);
}

#[tokio::test]
async fn attack_076_without_grace_the_second_use_is_theft() {
    let bench = Bench::new().await;
    let strict = refresh::Claimed { grace: 0, ..REFRESH };
    let first = bench.redeem(&bench.code().await, HONEST).await.unwrap();
    let second = bench.refresh(&first, strict).await.unwrap();
    assert_eq!(bench.refresh(&first, strict).await, Err(90129));
    assert_eq!(bench.refresh(&second, strict).await, Err(90129));
}

#[tokio::test]
async fn attack_077_a_refresh_token_serves_its_own_policy_client_and_time() {
    let bench = Bench::new().await;
    let token = bench.redeem(&bench.code().await, HONEST).await.unwrap();
    let other = refresh::Claimed { policy: "B2C_1A_other", ..REFRESH };
    assert_eq!(bench.refresh(&token, other).await, Err(90088));
    let other = refresh::Claimed { client_id: "11111111-3cf0-4e5c-9d5e-2c7c1a6b0f11", ..REFRESH };
    assert_eq!(bench.refresh(&token, other).await, Err(90279));
    bench.wait(86_400 * 14 - 1);
    let token = bench.refresh(&token, REFRESH).await.expect("a second before its end");
    bench.wait(86_400 * 14);
    assert_eq!(bench.refresh(&token, REFRESH).await, Err(90080));

    let token = bench.redeem(&bench.code().await, HONEST).await.unwrap();
    bench.store.drop_owner(TENANT, "user-1", &[Kind::RefreshToken, Kind::TokenFamily]).await.unwrap();
    assert_eq!(bench.refresh(&token, REFRESH).await, Err(90080), "after a new password or a deletion");
}

#[tokio::test]
async fn the_sliding_window_bounds_the_family_and_a_browser_has_a_day() {
    let bench = Bench::new().await;
    let mut token = bench.redeem(&bench.code().await, HONEST).await.unwrap();
    for _ in 0..8 {
        bench.wait(86_400 * 10);
        token = bench.refresh(&token, REFRESH).await.unwrap();
    }
    let found = refresh::find(bench.shelf(), &token, REFRESH).await.unwrap();
    assert_eq!(found.issued, bench.clock.now());
    bench.wait(86_400 * 10);
    let fault = match refresh::find(bench.shelf(), &token, REFRESH).await {
        Err(Failure::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    };
    assert!(fault.text.contains("Grant sliding window expiration time: "), "day 90: {}", fault.text);

    let spa = Grant { spa: true, ..grant() };
    let (first, changes) = refresh::begin(bench.shelf(), spa, ("family", None), &settings()).unwrap();
    assert!(bench.store.apply(&changes).await.unwrap());
    bench.wait(86_399);
    let second = bench.refresh(&first.token, REFRESH).await.expect("a second before the day is over");
    bench.wait(1);
    assert_eq!(bench.refresh(&second, REFRESH).await, Err(90080), "rotation does not extend it");
}

#[tokio::test]
async fn attack_078_nothing_built_outside_is_a_token() {
    let bench = Bench::new().await;
    for forged in ["eyJraWQiOiJ2ZXN0aWJ1bGUifQ.a.b.c.d".to_owned(), handle::new()] {
        assert_eq!(bench.refresh(&forged, REFRESH).await, Err(90080));
    }
    // A copy of the database shows neither tokens nor claims.
    let token = bench.redeem(&bench.code().await, HONEST).await.unwrap();
    for kind in [Kind::RefreshToken, Kind::TokenFamily, Kind::Spent] {
        for record in bench.store.owned(TENANT, "user-1", kind, bench.clock.now()).await.unwrap() {
            assert!(!record.body.contains(&token) && !record.body.contains("name"), "{}", record.body);
        }
    }
}

#[tokio::test]
async fn a_family_takes_its_access_tokens_along_but_no_others() {
    let bench = Bench::new().await;
    let code = bench.code().await;
    let first = bench.redeem(&code, HONEST).await.unwrap();
    let claimed = refresh::Claimed { policy: POLICY, client_id: CLIENT, grace: 10 };
    bench.wait(60);
    let second = bench.refresh(&first, claimed).await.unwrap();
    let peeked = refresh::peek(bench.shelf(), &second).await.unwrap().unwrap();
    assert!(peeked.lives && peeked.grant.is_some());
    assert!(!refresh::peek(bench.shelf(), &first).await.unwrap().unwrap().lives, "it was rotated");
    assert!(refresh::peek(bench.shelf(), "unknown").await.unwrap().is_none());
    refresh::revoke(bench.shelf(), &peeked.family).await.unwrap();
    for (token, ended) in [("access", true), ("later access", true), ("another", false)] {
        assert_eq!(spent::is_ended(bench.shelf(), token).await.unwrap(), ended, "{token}");
    }
    assert!(!refresh::peek(bench.shelf(), &second).await.unwrap().unwrap().lives);
}

#[tokio::test]
async fn a_name_counts_once_until_its_end() {
    let bench = Bench::new().await;
    let until = bench.clock.now().checked_add(SignedDuration::from_secs(60)).unwrap();
    assert!(spent::first(bench.shelf(), "assertion a", until).await.unwrap());
    assert!(!spent::first(bench.shelf(), "assertion a", until).await.unwrap());
    assert!(spent::first(bench.shelf(), "assertion b", until).await.unwrap());
    let other = Shelf { tenant: "fabrikam.onmicrosoft.com", ..bench.shelf() };
    assert!(spent::first(other, "assertion a", until).await.unwrap(), "each tenant has its own");
}
