//! Token contents against the decoded examples of protocols 4 and the table above them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::tokens::{Granted, Scopes};

const TENANT: &str = "7ab1d2a3-9d8a-4f0e-8a2f-5d1a0f8a9c11";
const USER: &str = "0b7c1f52-22a4-4c5e-9a36-1f0e6f0b6a77";
const CLIENT: &str = "8a0b6a5c-3cf0-4e5c-9d5e-2c7c1a6b0f11";

fn settings() -> TokenIssuer {
    TokenIssuer {
        user_claim: "objectId".into(),
        json_numbers: true,
        access_seconds: 3600,
        id_seconds: 3600,
        refresh_seconds: 1_209_600,
        rolling_seconds: Some(7_776_000),
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
        policy: "B2C_1A_signup_signin".into(),
        issuer: "JwtIssuer".into(),
        client_id: CLIENT.into(),
        user: Some(USER.into()),
        subject: Some(USER.into()),
        claims: vec![
            ("name".into(), json!("A")),
            ("given_name".into(), json!("A")),
            ("family_name".into(), json!("B")),
            ("sub".into(), json!(USER)),
            ("tid".into(), json!(TENANT)),
        ],
        bag: vestibule_engine::claims::Claims::new(),
        authenticated_at: Timestamp::from_second(1_644_254_945).unwrap(),
        nonce: Some("defaultNonce".into()),
        scopes: Scopes {
            openid: true,
            offline: false,
            resource: Some(Granted {
                audience: "api-client-id".into(),
                full: vec!["https://t/api/read".into(), "https://t/api/write".into()],
                short: vec!["read".into(), "write".into()],
            }),
            asked: None,
        },
        spa: false,
        sid: None,
        own_name: false,
    }
}

fn frame(settings: &TokenIssuer) -> Frame<'_> {
    Frame {
        settings,
        origin: "https://host",
        tenant_id: TENANT,
        policy: "B2C_1A_signup_signin",
        now: Timestamp::from_second(1_644_254_945).unwrap(),
    }
}

#[test]
fn an_id_token_is_the_decoded_example() {
    let settings = settings();
    let mut claims =
        id_token(&grant(), frame(&settings), Beside { access_token: Some("a.b.c"), ..Beside::default() });
    let at_hash = claims.remove("at_hash").unwrap();
    assert_eq!(at_hash.as_str().unwrap().len(), 22, "128 bits in base64url");
    let expected = json!({"exp":1_644_258_545,"nbf":1_644_254_945,"ver":"1.0","iss":format!("https://host/{TENANT}/v2.0/"),
        "sub":USER,"aud":CLIENT,"acr":"b2c_1a_signup_signin","nonce":"defaultNonce","iat":1_644_254_945,
        "auth_time":1_644_254_945,"name":"A","given_name":"A","family_name":"B","tid":TENANT});
    assert_eq!(Value::Object(claims), expected);
}

#[test]
fn an_access_token_is_the_decoded_example_and_has_auth_time() {
    let settings = settings();
    let mut grant = grant();
    grant.claims.retain(|(name, _)| name == "name" || name == "tid");
    let claims = access_token(&grant, frame(&settings)).unwrap();
    let expected = json!({"iss":format!("https://host/{TENANT}/v2.0/"),"exp":1_644_258_545,"nbf":1_644_254_945,
        "aud":"api-client-id","sub":USER,"acr":"b2c_1a_signup_signin","scp":"read write","azp":CLIENT,"ver":"1.0",
        "iat":1_644_254_945,"auth_time":1_644_254_945,"name":"A","tid":TENANT});
    assert_eq!(Value::Object(claims), expected);
    grant.scopes.resource = None;
    assert_eq!(access_token(&grant, frame(&settings)), None, "openid alone yields no access token");
}

#[test]
fn hashes_are_the_left_half_of_the_sha_256() {
    // The access token of OpenID Connect Core's examples in appendix A.3 and A.4, with the hashes printed there.
    let settings = settings();
    let claims = id_token(
        &grant(),
        frame(&settings),
        Beside {
            access_token: Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            code: Some("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            algorithm: SigningAlgorithm::Rs256,
        },
    );
    assert_eq!(claims["at_hash"], "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(claims["c_hash"], "LDktKdoQak3Pk0cnXxCltA");
}

#[test]
fn an_ed25519_token_hashes_with_sha_512() {
    // SHA-512 of "abc" begins ddaf35a193617aba cc417349ae204131 12e6fa4e89a97ea2 0a9eeee64b55d39a (FIPS 180-2, C.1).
    let beside =
        Beside { access_token: Some("abc"), algorithm: SigningAlgorithm::EdDsa, ..Beside::default() };
    let claims = id_token(&grant(), frame(&settings()), beside);
    let half = URL_SAFE_NO_PAD.decode(claims["at_hash"].as_str().unwrap()).unwrap();
    let hex: String = half.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a");
}

#[test]
fn the_issuer_pattern_and_the_context_pattern_are_obeyed() {
    let mut settings = settings();
    settings.issuer = IssuerPattern::WithPolicy;
    settings.acr = false;
    let mut grant = grant();
    grant.claims.push(("acr".into(), json!("of the policy")));
    grant.claims.push(("tfp".into(), json!("B2C_1A_signup_signin")));
    grant.nonce = None;
    let claims = id_token(&grant, frame(&settings), Beside::default());
    assert_eq!(claims["iss"], format!("https://host/tfp/{TENANT}/b2c_1a_signup_signin/v2.0/"));
    assert_eq!(claims["acr"], "of the policy", "with the pattern None acr is the policy's to fill");
    assert_eq!(claims["tfp"], "B2C_1A_signup_signin", "tfp keeps the configured text");
    assert!(
        !claims.contains_key("nonce") && !claims.contains_key("at_hash") && !claims.contains_key("c_hash")
    );
}

#[test]
fn attack_089_the_protocols_own_values_win() {
    let settings = settings();
    let names = [
        "iss",
        "aud",
        "exp",
        "nbf",
        "iat",
        "nonce",
        "auth_time",
        "azp",
        "ver",
        "at_hash",
        "c_hash",
        "acr",
        "scp",
    ];
    let mut grant = grant();
    grant.nonce = None;
    grant.claims = names.iter().map(|name| ((*name).to_owned(), json!("forged"))).collect();
    let table = [
        (id_token(&grant, frame(&settings), Beside::default()), vec!["nonce", "azp", "at_hash", "c_hash"]),
        (access_token(&grant, frame(&settings)).unwrap(), vec!["nonce", "at_hash", "c_hash"]),
    ];
    for (claims, absent) in table {
        let forged: Vec<&String> =
            claims.iter().filter(|(_, value)| **value == "forged").map(|(name, _)| name).collect();
        assert!(forged.is_empty() || forged == ["scp"], "{forged:?}");
        for name in absent {
            assert!(!claims.contains_key(name), "{name}");
        }
    }
    assert_eq!(access_token(&grant, frame(&settings)).unwrap()["scp"], "read write");
    for name in ["tid", "oid", "tfp"] {
        grant.claims = vec![(name.into(), json!("of the policy"))];
        assert_eq!(id_token(&grant, frame(&settings), Beside::default())[name], "of the policy");
    }
}

#[test]
fn the_subject_is_the_named_one_then_the_claim_then_the_user() {
    let mut grant = grant();
    let settings = settings();
    grant.subject = Some("named".into());
    let sub = |grant: &Grant| id_token(grant, frame(&settings), Beside::default())["sub"].clone();
    assert_eq!(sub(&grant), "named");
    grant.subject = None;
    assert_eq!(sub(&grant), USER, "the claim");
    grant.claims.clear();
    grant.user = Some("user".into());
    assert_eq!(sub(&grant), "user");
    grant.user = None;
    assert_eq!(sub(&grant), "Not supported currently. Use oid claim.");
}

/// Any JSON that a claim of a policy can hold.
fn claim_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        proptest::collection::vec(any::<String>(), 0..4).prop_map(Value::from),
    ]
}

proptest! {
    /// Whatever the policy's claims hold, the id token parses back to the same, and the protocol's stay what they are.
    #[test]
    fn random_claims_come_back_as_they_went_in(claims in proptest::collection::vec(("[a-zA-Z_]{1,12}", claim_value()), 0..8)) {
        let settings = settings();
        let mut grant = grant();
        grant.claims = claims;
        let built = id_token(&grant, frame(&settings), Beside::default());
        let read: Map<String, Value> = serde_json::from_str(&serde_json::to_string(&built).unwrap()).unwrap();
        prop_assert_eq!(&read, &built);
        let own: BTreeSet<&str> = PROTOCOL.iter().copied().chain(["acr"]).collect();
        for (name, _) in &grant.claims {
            if !own.contains(name.as_str()) {
                prop_assert_eq!(read.get(name), grant.claim(name));
            }
        }
        prop_assert_eq!(&read["aud"], CLIENT);
        prop_assert_eq!(&read["exp"], 1_644_258_545);
    }
}

#[test]
fn standard_claims_go_out_as_they_were_asked_for() {
    let mut grant = grant();
    grant.claims = vec![
        ("name".into(), "Ada".into()),
        ("address".into(), r#"{"country":"FR"}"#.into()),
        ("tid".into(), "t".into()),
    ];
    let client_id = grant.client_id.clone();
    grant.scopes.resource =
        Some(Granted { audience: client_id.clone(), full: vec![client_id], short: Vec::new() });
    let settings = settings();
    let all = id_token(&grant, frame(&settings), Beside::default());
    assert_eq!(
        (&all["name"], &all["address"]),
        (&json!("Ada"), &json!(r#"{"country":"FR"}"#)),
        "the cloud's way"
    );
    grant.scopes.asked = Some(crate::tokens::Asked::read("openid profile address", None).unwrap());
    let alone = id_token(&grant, frame(&settings), Beside::default());
    assert_eq!((&alone["name"], &alone["address"]["country"]), (&json!("Ada"), &json!("FR")));
    for (access_token, code) in [(Some("a"), None), (None, Some("c"))] {
        let beside = Beside { access_token, code, ..Beside::default() };
        let beside = id_token(&grant, frame(&settings), beside);
        assert!(!beside.contains_key("name") && beside["tid"] == "t", "UserInfo has it");
    }
    let access = access_token(&grant, frame(&settings)).unwrap();
    assert_eq!(access["scp"], "profile address");
    assert!(!access.contains_key("name"));
}

/// protocols 4: `aud`, `azp`, `sub`, `oid` and the roles; nobody signed in.
#[test]
fn a_token_in_the_applications_own_name_has_roles_and_no_sign_in() {
    let mut own = Grant { own_name: true, user: None, subject: Some("principal".into()), ..grant() };
    own.claims = vec![
        ("kind".into(), json!("daemon")),
        ("roles".into(), json!(["forged"])),
        ("scp".into(), json!("forged")),
    ];
    let settings = settings();
    let claims = access_token(&own, frame(&settings)).unwrap();
    let expected = json!({"exp":1_644_258_545,"nbf":1_644_254_945,"ver":"1.0",
        "iss":format!("https://host/{TENANT}/v2.0/"),"sub":"principal","aud":"api-client-id",
        "acr":"b2c_1a_signup_signin","iat":1_644_254_945,"scp":"read write","azp":CLIENT,
        "roles":["read","write"],"kind":"daemon","oid":"principal"});
    assert_eq!(Value::Object(claims), expected);
    own.claims = vec![("oid".into(), json!("of the policy"))];
    assert_eq!(access_token(&own, frame(&settings)).unwrap()["oid"], "of the policy");
    own.scopes.resource.as_mut().unwrap().short.clear();
    let bare = access_token(&own, frame(&settings)).unwrap();
    assert!(!bare.contains_key("roles") && !bare.contains_key("scp"));
}
