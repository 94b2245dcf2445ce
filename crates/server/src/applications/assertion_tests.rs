use jsonwebtoken::{EncodingKey, encode};
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, PKCS_RSA_SHA256};
use serde_json::json;

use super::*;
use crate::applications::ClientKind;

const AUDIENCE: &str = "https://id.example.com/t/p/oauth2/v2.0/token";
const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// An application with the public part of a key.
fn application(key: &KeyPair) -> Application {
    Application {
        keys: PublicKey::read(&key.public_key_pem()).unwrap(),
        ..Application::new("t", "n", ClientKind::Confidential)
    }
}

fn claims(application: &Application) -> Value {
    let id = &application.client_id;
    json!({ "iss": id, "sub": id, "aud": AUDIENCE, "exp": NOW + 600, "nbf": NOW, "iat": NOW, "jti": "j1" })
}

fn signed(header: &Header, claims: &Value, key: &KeyPair) -> String {
    let pem = key.serialize_pem();
    let encoding = match header.alg {
        Algorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes()),
        Algorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
        _ => EncodingKey::from_rsa_pem(pem.as_bytes()),
    };
    encode(header, claims, &encoding.unwrap()).unwrap()
}

fn judged(assertion: &str, application: &Application) -> Result<Once, &'static str> {
    judge(assertion, application, &[AUDIENCE.to_owned()], now())
}

#[test]
fn every_algorithm_of_a_registered_key_proves_the_client() {
    let rsa = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let ec = KeyPair::generate().unwrap();
    let ed = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    for (key, algorithm) in [
        (&rsa, Algorithm::RS256),
        (&rsa, Algorithm::PS256),
        (&rsa, Algorithm::RS512),
        (&ec, Algorithm::ES256),
        (&ed, Algorithm::EdDSA),
    ] {
        let client = application(key);
        let assertion = signed(&Header::new(algorithm), &claims(&client), key);
        let once = judged(&assertion, &client).unwrap();
        assert_eq!(once.id, "j1");
        assert_eq!(once.expires.as_second(), NOW + 600 + 300, "as long as it could be shown again");
        assert_eq!(claimed_client(&assertion), Some(client.client_id.clone()));
        assert!(judged(&assertion, &application(&KeyPair::generate().unwrap())).is_err(), "another's key");
    }
}

#[test]
fn a_certificate_is_found_by_the_thumbprint_that_msal_sends() {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate = CertificateParams::new(vec!["client".to_owned()]).unwrap().self_signed(&key).unwrap();
    let keys = PublicKey::read(&certificate.pem()).unwrap();
    let (sha1, sha256) = (keys[0].thumbprints[0].clone(), keys[0].thumbprints[1].clone());
    let client = Application { keys, ..Application::new("t", "n", ClientKind::Confidential) };
    for header in [
        Header { x5t: Some(sha1.clone()), ..Header::new(Algorithm::RS256) },
        Header { x5t_s256: Some(sha256), ..Header::new(Algorithm::PS256) },
        Header { kid: Some(sha1), ..Header::new(Algorithm::RS256) },
    ] {
        assert!(judged(&signed(&header, &claims(&client), &key), &client).is_ok(), "{header:?}");
    }
    let other = Header { x5t: Some("AAAA".into()), ..Header::new(Algorithm::RS256) };
    assert!(judged(&signed(&other, &claims(&client), &key), &client).is_err());
    let mut ended = client.clone();
    ended.keys[0].expires = Some(now());
    let assertion = signed(&Header::new(Algorithm::RS256), &claims(&ended), &key);
    assert!(judged(&assertion, &ended).is_err(), "the certificate has ended");
}

#[test]
fn attack_081_an_assertion_that_is_not_exactly_right_proves_nothing() {
    let key = KeyPair::generate().unwrap();
    let client = application(&key);
    let header = Header::new(Algorithm::ES256);
    let wrong = [
        ("aud", json!("https://other.example.com/token")),
        ("aud", json!([AUDIENCE, "https://other.example.com/token"])),
        ("aud", json!([])),
        ("aud", json!(7)),
        ("iss", json!("other")),
        ("sub", json!("other")),
        ("exp", json!(NOW + 365 * 86_400)),
        ("exp", json!(NOW - 301)),
        ("exp", json!("soon")),
        ("exp", json!(1.5)),
        ("nbf", json!(NOW + 301)),
        ("iat", json!(NOW + 301)),
        ("jti", json!("")),
        ("jti", json!("x".repeat(257))),
        ("jti", Value::Null),
        ("exp", Value::Null),
        ("aud", Value::Null),
    ];
    for (name, value) in wrong {
        let mut claims = claims(&client);
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
        };
        assert!(judged(&signed(&header, &claims, &key), &client).is_err(), "{claims}");
    }
    let mut several = claims(&client);
    several["aud"] = json!([AUDIENCE.to_uppercase()]);
    assert!(judged(&signed(&header, &several, &key), &client).is_ok(), "our addresses have no case");

    let good = signed(&header, &claims(&client), &key);
    let (_, rest) = good.split_once('.').unwrap();
    let head = |text: &str| {
        use base64::Engine as _;
        format!("{}.{rest}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text))
    };
    for bent in [
        head(r#"{"alg":"none"}"#),
        head(r#"{"alg":"HS256"}"#),
        head(r#"{"alg":"RS256"}"#),
        head(r#"{"alg":"ES256","crit":["x"]}"#),
        format!("{good}x"),
        good.replace('.', ".."),
        String::new(),
        "a.b.c".into(),
        "x".repeat(20_000),
    ] {
        assert!(judged(&bent, &client).is_err(), "{bent}");
    }
    let nobody = Application { keys: Vec::new(), ..client };
    assert!(judged(&good, &nobody).is_err(), "no key is registered");
}
