//! Minting against the raw signature it cannot do without, and the refresh grant against what it keeps.
//!
//! The promises (docs/performance.md): a token is minted at 90 % of the raw RSA-2048 rate or more; a refresh grant costs
//! 0.4 ms of CPU or less beyond its signatures and store calls. `refresh grant` is the whole request through the router;
//! `refresh token kept` is the part that finds and rotates the token in the store.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a bench may stop where it stands"
)]
#![expect(dead_code, reason = "the harness serves the tests too")]

#[path = "../tests/server/harness.rs"]
mod harness;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use harness::{Site, TENANT};
use tokio::runtime::Runtime;
use vestibule::tokens::mint::{Signers, Wanted, mint};
use vestibule::tokens::{Frame, Grant, Scopes, Shelf, refresh};
use vestibule_engine::kind::{Kind, TokenIssuer};

const POLICY: &str = "B2C_1A_Silent";
const CONTAINER: &str = "B2C_1A_TokenSigningKeyContainer";

fn grant(site: &Site) -> Grant {
    let claim = |name: &str, value: &str| (name.to_owned(), serde_json::Value::from(value));
    Grant {
        policy: POLICY.into(),
        issuer: "JwtIssuer".into(),
        client_id: site.spa.client_id.clone(),
        user: Some("0b7c1f52-22a4-4c5e-9a36-1f0e6f0b6a77".into()),
        subject: Some("0b7c1f52-22a4-4c5e-9a36-1f0e6f0b6a77".into()),
        claims: vec![
            claim("name", "Ada Lovelace"),
            claim("given_name", "Ada"),
            claim("family_name", "Lovelace"),
            claim("tid", &site.tenant_id),
        ],
        bag: vestibule_engine::claims::Claims::new(),
        authenticated_at: site.clock.now(),
        nonce: Some("defaultNonce".into()),
        scopes: Scopes { openid: true, offline: true, resource: None, asked: None },
        spa: false,
        own_name: false,
        sid: None,
    }
}

fn settings(site: &Site) -> TokenIssuer {
    let tenant = site.app.policies.tenants()[0].clone();
    let policy = site.app.policies.in_force(&tenant, POLICY).unwrap();
    match &policy.profiles["JwtIssuer"].kind {
        Kind::TokenIssuer(settings) => settings.clone(),
        _ => panic!("the issuer is a token issuer"),
    }
}

fn minting(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let site = runtime.block_on(Site::new());
    let key = runtime.block_on(site.app.keys.active(TENANT, CONTAINER)).unwrap();
    let signers = Signers { id_token: key.clone(), access_token: key.clone() };
    let (settings, grant) = (settings(&site), grant(&site));
    let frame = Frame {
        settings: &settings,
        origin: "https://id.example.com",
        tenant_id: &site.tenant_id,
        policy: POLICY,
        now: site.clock.now(),
    };
    let input = "x".repeat(900);
    c.bench_function("raw RSA-2048 signature", |b| b.iter(|| key.sign(black_box(&input)).unwrap()));
    let wanted = Wanted { id_token: true, access_token: false, code: None };
    c.bench_function("id token minted", |b| {
        b.iter(|| mint(black_box(&grant), frame, &signers, wanted).unwrap())
    });
}

fn refreshing(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let site = runtime.block_on(Site::new());
    let user = runtime.block_on(site.user("ada"));
    let mut token = runtime.block_on(async {
        let code = site.code(POLICY, &user, &[]).await;
        site.redeem(POLICY, &code).await.json()["refresh_token"].as_str().unwrap().to_owned()
    });
    c.bench_function("refresh grant", |b| {
        b.iter(|| {
            let body = runtime.block_on(site.refresh(POLICY, &token, &[])).json();
            token = body["refresh_token"].as_str().unwrap().to_owned();
        });
    });
    let settings = settings(&site);
    let shelf =
        Shelf { store: &site.app.store, sealer: &site.app.sealer, tenant: TENANT, now: site.clock.now() };
    let claimed = refresh::Claimed { policy: POLICY, client_id: &site.spa.client_id, grace: 10 };
    c.bench_function("refresh token kept", |b| {
        b.iter_batched(
            || {
                let (first, changes) =
                    refresh::begin(shelf, grant(&site), (&vestibule::chance::token(32), None), &settings)
                        .unwrap();
                assert!(runtime.block_on(site.app.store.apply(&changes)).unwrap());
                first.token
            },
            |token| {
                runtime.block_on(async {
                    let found = refresh::find(shelf, &token, claimed).await.unwrap();
                    let next = found.grant.clone();
                    refresh::rotate(shelf, found, (next, None), (&settings, claimed)).await.unwrap()
                })
            },
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, minting, refreshing);
criterion_main!(benches);
