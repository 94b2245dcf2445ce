use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::seal::MasterKey;
use crate::store::testing::{Opened, sqlite};

const TENANT: &str = "contoso.onmicrosoft.com";
const NAME: &str = "B2C_1A_TokenSigningKeyContainer";

struct Bench {
    keys: Keys,
    clock: Clock,
    opened: Opened,
    sealer: Sealer,
}

async fn bench() -> Bench {
    let opened = sqlite().await;
    let clock = Clock::test(Timestamp::from_second(1_800_000_000).unwrap());
    let sealer = Sealer::open(opened.store.clone(), MasterKey::generate(), clock.now()).await.unwrap();
    let keys = Keys::new(opened.store.clone(), sealer.clone(), clock.clone());
    Bench { keys, clock, opened, sealer }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(key: &Key, header: &Value, claims: &Value) -> String {
    let input = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(&input).unwrap();
    format!("{input}.{signature}")
}

fn good(key: &Key, clock: &Clock) -> (Value, Value) {
    let now = clock.now().as_second();
    (
        json!({"alg": "RS256", "kid": key.kid(), "typ": "JWT"}),
        json!({"iss": "https://i/", "aud": "app", "exp": now + 3600, "nbf": now}),
    )
}

/// RFC 7638, section 3.1: the key of the example and its thumbprint.
#[test]
fn the_key_id_is_the_rfc_7638_thumbprint() {
    let public = json!({
        "e": "AQAB",
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    });
    assert_eq!(pair::thumbprint(public.as_object().unwrap()), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

fn pem(der: &[u8]) -> String {
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

fn imported(pem: String, algorithm: Option<SigningAlgorithm>) -> NewKey {
    NewKey { material: Material::Pem(pem, algorithm), ..NewKey::rsa_signing(None) }
}

/// RFC 8037, A.1 to A.4: the key, its thumbprint, and the signature, which is always the same.
#[tokio::test]
async fn ed25519_signs_as_rfc_8037_shows() {
    let Bench { keys, .. } = &bench().await;
    // PKCS#8 (RFC 8410, 7) around the example's `d`.
    let mut der =
        vec![0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    der.extend(URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap());
    let key = keys.add(TENANT, NAME, imported(pem(&der), None)).await.unwrap();
    assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let expected = json!({ "kid": key.kid(), "use": "sig", "kty": "OKP", "alg": "EdDSA", "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    assert_eq!(key.jwk().unwrap(), expected);
    assert_eq!(
        key.sign("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc").unwrap(),
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
}

/// RFC 7515, A.3: the key on P-256 and the token it signed. Signatures of ours differ each time and verify all the same.
#[tokio::test]
async fn p_256_reads_and_writes_as_rfc_7515_shows() {
    let Bench { keys, .. } = &bench().await;
    // PKCS#8 around an ECPrivateKey (RFC 5915) with the example's `d` and its point.
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let mut der = vec![
        0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
        0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01,
        0x04, 0x20,
    ];
    der.extend(part("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"));
    der.extend([0xa1, 0x44, 0x03, 0x42, 0x00, 0x04]);
    der.extend(part("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"));
    der.extend(part("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"));
    let key = keys.add(TENANT, NAME, imported(pem(&der), Some(SigningAlgorithm::Es256))).await.unwrap();
    assert_eq!(key.algorithm(), Some(SigningAlgorithm::Es256));
    let input = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let theirs = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let (reads, algorithm) = key.reads().unwrap();
    for signature in [theirs.to_owned(), key.sign(input).unwrap(), key.sign(input).unwrap()] {
        assert!(jsonwebtoken::crypto::verify(&signature, input.as_bytes(), reads, algorithm).unwrap());
    }
}

#[tokio::test]
async fn every_algorithm_signs_what_the_public_set_verifies_and_rolls_over() {
    let Bench { keys, clock, .. } = &bench().await;
    keys.add(TENANT, NAME, NewKey::rsa_signing(None)).await.unwrap();
    assert_eq!(keys.algorithms(TENANT, NAME).await.unwrap(), [SigningAlgorithm::Rs256]);
    for algorithm in [SigningAlgorithm::Ps256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        clock.advance(SignedDuration::from_secs(60));
        let missing = keys.signer(TENANT, NAME, Some(algorithm)).await;
        assert!(matches!(missing, Err(KeyError::WrongKind)), "{algorithm}");
        let from = Some(clock.now());
        keys.rotate_to(TENANT, NAME, (from, Some(algorithm))).await.unwrap();
        let key = keys.active(TENANT, NAME).await.unwrap();
        assert_eq!(key.algorithm(), Some(algorithm));
        let (mut header, claims) = good(&key, clock);
        header["alg"] = json!(algorithm.as_str());
        let token = signed(&key, &header, &claims);
        keys.verify(TENANT, NAME, &token, &Expect::default()).await.unwrap();
        for other in SigningAlgorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            header["alg"] = json!(other.as_str());
            let bent = signed(&key, &header, &claims);
            let verdict = keys.verify(TENANT, NAME, &bent, &Expect::default()).await;
            assert!(matches!(verdict, Err(KeyError::Signature)), "{algorithm} as {other}");
        }
        assert_eq!(keys.algorithms(TENANT, NAME).await.unwrap()[0], algorithm, "the active key's first");
    }
    assert_eq!(keys.algorithms(TENANT, NAME).await.unwrap().len(), 4);
    let rsa = keys.signer(TENANT, NAME, Some(SigningAlgorithm::Rs256)).await.unwrap();
    clock.advance(SignedDuration::from_hours(100));
    let set: Value = serde_json::from_str(&keys.public_set(TENANT, NAME).await.unwrap()).unwrap();
    let published: Vec<&Value> = set["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
    assert!(published.contains(&&json!(rsa.kid())), "it still signs for who wants RS256");
    let next = keys.rotate(TENANT, NAME, None).await.unwrap();
    assert_eq!(next.algorithm(), Some(SigningAlgorithm::EdDsa), "of the kind of the newest");
}

#[tokio::test]
async fn a_key_signs_what_the_public_set_verifies() {
    let Bench { keys, clock, .. } = &bench().await;
    assert!(matches!(keys.active(TENANT, NAME).await, Err(KeyError::Missing)));
    keys.add(TENANT, NAME, NewKey::rsa_signing(None)).await.unwrap();
    let key = keys.active(TENANT, &NAME.to_uppercase()).await.unwrap();
    assert_eq!(key.kid().len(), 43);
    let (header, claims) = good(&key, clock);
    let token = signed(&key, &header, &claims);
    let expect = Expect { issuer: Some("https://i/"), audience: Some("app"), expired_too: false };
    let verified = keys.verify(TENANT, NAME, &token, &expect).await.unwrap();
    assert_eq!((verified.kid.as_str(), &verified.claims["aud"]), (key.kid(), &json!("app")));

    // The same token through another library's eyes: jsonwebtoken with the published JWK.
    let set: jsonwebtoken::jwk::JwkSet =
        serde_json::from_str(&keys.public_set(TENANT, NAME).await.unwrap()).unwrap();
    let published = jsonwebtoken::DecodingKey::from_jwk(set.find(key.kid()).unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&["app"]);
    jsonwebtoken::decode::<Value>(&token, &published, &validation).unwrap();
}

/// attacks.md 84: our own tokens, bent.
#[tokio::test]
async fn attack_084_bent_tokens_are_refused() {
    let Bench { keys, clock, .. } = &bench().await;
    keys.add(TENANT, NAME, NewKey::rsa_signing(None)).await.unwrap();
    keys.add(TENANT, "B2C_1A_Other", NewKey::rsa_signing(None)).await.unwrap();
    let key = keys.active(TENANT, NAME).await.unwrap();
    let other = keys.active(TENANT, "B2C_1A_Other").await.unwrap();
    let (header, claims) = good(&key, clock);
    let token = signed(&key, &header, &claims);
    let refused = async |token: &str, what: &str| {
        let verdict = keys.verify(TENANT, NAME, token, &Expect::default()).await;
        assert!(matches!(verdict, Err(KeyError::Signature)), "{what}: {verdict:?}");
    };
    keys.verify(TENANT, NAME, &token, &Expect::default()).await.unwrap();

    let with = |changes: Value| {
        let mut bent = header.clone();
        bent.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        bent
    };
    let headers = [
        json!({"alg": "none"}),
        json!({"alg": "None"}),
        json!({"alg": "HS256"}),
        json!({"alg": "RS512"}),
        json!({"alg": "PS256"}),
        json!({"kid": "../../key"}),
        json!({"kid": "' OR 1=1"}),
        json!({"kid": "k".repeat(1 << 20)}),
        json!({"kid": null}),
        json!({"kid": other.kid()}),
        json!({"crit": ["x"], "x": 1}),
        json!({"b64": false}),
        json!({"zip": "DEF"}),
    ];
    for change in headers {
        let what = change.to_string();
        refused(&signed(&key, &with(change), &claims), what.split_at(what.len().min(80)).0).await;
    }
    // A header's own key or address is never looked at: the loaded set decides.
    let foreign = with(json!({"jwk": other.jwk(), "jku": "https://evil.test/keys"}));
    refused(&signed(&other, &foreign, &claims), "signed by the header's own key").await;
    // HS256 with the public key as the secret.
    let hs = with(json!({"alg": "HS256"}));
    let input = format!("{}.{}", part(&hs), part(&claims));
    let mac = aws_lc_rs::hmac::Key::new(
        aws_lc_rs::hmac::HMAC_SHA256,
        key.jwk().unwrap()["n"].as_str().unwrap().as_bytes(),
    );
    let tag = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&mac, input.as_bytes()));
    refused(&format!("{input}.{tag}"), "HS256 by the public key").await;

    let (head, signature) = token.rsplit_once('.').unwrap();
    let doubled = format!(r#"{{"alg":"none","alg":"RS256","kid":"{}"}}"#, key.kid());
    let doubled = format!("{}.{}", URL_SAFE_NO_PAD.encode(doubled), part(&claims));
    let doubled = format!("{doubled}.{}", key.sign(&doubled).unwrap());
    for (bent, what) in [
        (format!("{head}."), "no signature"),
        (head.to_owned(), "two parts"),
        (format!("{token}.x"), "four parts"),
        (format!("{token}="), "padding"),
        (format!("{token}AAAA"), "trailing bytes"),
        (format!("{token} "), "a space"),
        (token.replacen('.', ".\n", 1), "a line end"),
        (format!("{head}.{}", signature.split_at(signature.len() - 2).0), "cut"),
        (doubled, "alg twice"),
        (String::new(), "nothing"),
        ("..".to_owned(), "dots"),
        ("a".repeat(1 << 20), "1 MB"),
    ] {
        refused(&bent, what).await;
    }
}

#[tokio::test]
async fn times_issuer_and_audience_are_judged_by_the_servers_clock() {
    let Bench { keys, clock, .. } = &bench().await;
    keys.add(TENANT, NAME, NewKey::rsa_signing(None)).await.unwrap();
    let key = keys.active(TENANT, NAME).await.unwrap();
    let now = clock.now().as_second();
    let (header, _) = good(&key, clock);
    let outcome = async |claims: Value, expect: Expect<'_>| {
        let token = signed(&key, &header, &claims);
        match keys.verify(TENANT, NAME, &token, &expect).await {
            Ok(_) => "ok".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    };
    let plain = Expect::default();
    for (claims, expect, expected) in [
        (json!({"exp": now + 1}), plain, "ok"),
        (json!({"exp": now}), plain, "Expired"),
        (json!({"exp": now - 9999}), Expect { expired_too: true, ..plain }, "ok"),
        (json!({}), plain, "Expired"),
        (json!({}), Expect { expired_too: true, ..plain }, "Expired"),
        (json!({"exp": "9999999999"}), plain, "Expired"),
        (json!({"exp": 1e300}), plain, "Expired"),
        (json!({"exp": null}), plain, "Expired"),
        (json!({"exp": now + 9, "nbf": now + 300}), plain, "ok"),
        (json!({"exp": now + 999, "nbf": now + 301}), plain, "Expired"),
        (json!({"exp": now + 9, "nbf": "x"}), plain, "Expired"),
        (json!({"exp": now + 9, "iss": "a"}), Expect { issuer: Some("a"), ..plain }, "ok"),
        (json!({"exp": now + 9, "iss": "b"}), Expect { issuer: Some("a"), ..plain }, "Mismatch"),
        (json!({"exp": now + 9}), Expect { issuer: Some("a"), ..plain }, "Mismatch"),
        (json!({"exp": now + 9, "aud": "x"}), Expect { audience: Some("y"), ..plain }, "Mismatch"),
        (json!({"exp": now + 9, "aud": ["y", "x"]}), Expect { audience: Some("y"), ..plain }, "Mismatch"),
    ] {
        assert_eq!(outcome(claims.clone(), expect).await, expected, "{claims} {expect:?}");
    }
}

/// attacks.md 87: every token verifies at every time while its keys roll.
#[tokio::test]
async fn attack_087_tokens_verify_while_keys_roll() {
    let Bench { keys, clock, .. } = &bench().await;
    keys.add(TENANT, NAME, NewKey::rsa_signing(None)).await.unwrap();
    let first = keys.active(TENANT, NAME).await.unwrap();
    let second = keys.rotate(TENANT, NAME, None).await.unwrap();
    assert_eq!(
        keys.active(TENANT, NAME).await.unwrap().kid(),
        first.kid(),
        "not before clients have seen it"
    );
    assert!(keys.public_set(TENANT, NAME).await.unwrap().contains(second.kid()), "published at once");
    let mut alive: Vec<(Timestamp, String)> = Vec::new();
    for _ in 0..72 {
        let key = keys.active(TENANT, NAME).await.unwrap();
        let (header, mut claims) = good(&key, clock);
        let expires = clock.now().as_second() + 86_400;
        claims["exp"] = json!(expires);
        alive.push((Timestamp::from_second(expires).unwrap(), signed(&key, &header, &claims)));
        alive.retain(|(expires, _)| *expires > clock.now());
        for (_, token) in &alive {
            keys.verify(TENANT, NAME, token, &Expect::default()).await.unwrap();
        }
        clock.advance(SignedDuration::from_hours(1));
    }
    assert_eq!(keys.active(TENANT, NAME).await.unwrap().kid(), second.kid());
    assert!(!keys.public_set(TENANT, NAME).await.unwrap().contains(first.kid()), "at last it is gone");
}

/// attacks.md 88: no private member is ever in the set.
#[tokio::test]
async fn attack_088_the_public_set_is_public() {
    let Bench { keys, clock, .. } = &bench().await;
    let later = clock.now().saturating_add(SignedDuration::from_hours(1)).unwrap();
    keys.add(TENANT, NAME, NewKey::rsa_signing(None)).await.unwrap();
    keys.add(TENANT, NAME, NewKey::rsa_signing(Some(later))).await.unwrap();
    keys.add(TENANT, NAME, NewKey { material: Material::GenerateSecret, ..NewKey::rsa_signing(None) })
        .await
        .unwrap();
    let text = keys.public_set(TENANT, NAME).await.unwrap();
    assert_eq!(text, keys.public_set(TENANT, NAME).await.unwrap(), "same bytes");
    let set: Value = serde_json::from_str(&text).unwrap();
    let published = set["keys"].as_array().unwrap();
    for key in published {
        for member in key.as_object().unwrap().keys() {
            assert!(["kid", "nbf", "use", "kty", "e", "n"].contains(&member.as_str()), "{member}");
        }
        assert_eq!(
            (key["kty"].as_str(), key["use"].as_str(), key["e"].as_str()),
            (Some("RSA"), Some("sig"), Some("AQAB"))
        );
        assert_eq!(key["n"].as_str().unwrap().len(), 342, "256 bytes, no leading zero");
    }
    assert_eq!(published.last().unwrap()["nbf"], json!(later.as_second()));
}

#[tokio::test]
async fn another_processs_change_is_noticed_within_seconds() {
    let Bench { keys, clock, opened, sealer } = &bench().await;
    keys.add(TENANT, NAME, NewKey::rsa_signing(None)).await.unwrap();
    let first = keys.active(TENANT, NAME).await.unwrap();
    clock.advance(SignedDuration::from_secs(60));
    keys.active(TENANT, NAME).await.unwrap();
    let elsewhere = Keys::new(opened.store.clone(), sealer.clone(), clock.clone());
    let second = elsewhere.rotate(TENANT, NAME, Some(clock.now())).await.unwrap();
    assert_eq!(keys.active(TENANT, NAME).await.unwrap().kid(), first.kid(), "from memory");
    clock.advance(SignedDuration::from_secs(5));
    assert_eq!(keys.active(TENANT, NAME).await.unwrap().kid(), second.kid());
    assert!(elsewhere.delete(TENANT, NAME).await.unwrap());
    clock.advance(SignedDuration::from_secs(5));
    assert!(matches!(keys.active(TENANT, NAME).await, Err(KeyError::Missing)));
    let aside = keys.container(TENANT, &format!("{NAME}.bak")).await.unwrap();
    assert_eq!(aside.keys().len(), 2, "a deleted container is kept beside");
    let names: Vec<String> = keys.list(TENANT).await.unwrap().iter().map(|c| c.name().to_owned()).collect();
    assert_eq!(names, [format!("{NAME}.bak")]);
}

#[tokio::test]
async fn private_parts_are_sealed_in_their_place() {
    let Bench { keys, opened, .. } = &bench().await;
    let secret = b"canary-secret-4711".to_vec();
    let new = NewKey { material: Material::Secret(secret.clone()), ..NewKey::rsa_signing(None) };
    keys.add(TENANT, "FacebookSecret", new).await.unwrap();
    let active = keys.active(TENANT, "B2C_1A_facebooksecret").await.unwrap();
    assert_eq!(active.secret().unwrap(), secret);
    assert!(matches!(active.sign("x"), Err(KeyError::WrongKind)));
    assert_eq!(active.jwk(), None);
    // A row moved to another container does not open there.
    let mut row = opened.store.policy_keys(TENANT, "B2C_1A_FacebookSecret").await.unwrap().remove(0);
    assert!(!row.sealed.contains("canary") && !row.public.contains("canary"));
    row.container = "B2C_1A_Other".to_owned();
    opened.store.add_policy_key(TENANT, &row).await.unwrap();
    assert!(matches!(keys.container(TENANT, "B2C_1A_Other").await, Err(KeyError::Seal(_))));
}

/// attacks.md 125 and 126: names and material that are refused.
#[tokio::test]
async fn attack_126_bad_names_and_bad_material_are_refused() {
    let Bench { keys, .. } = &bench().await;
    for name in ["", "B2C_1A_", "a/b", "..", "a.bak", "a b", "a\0", "é", "-\n", &"a".repeat(300)] {
        assert!(matches!(container_name(name), Err(KeyError::Name)), "{name:?}");
    }
    assert_eq!(container_name("x").unwrap(), "B2C_1A_x");
    assert_eq!(container_name("b2c_1a_x").unwrap(), "b2c_1a_x");
    let ec = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\nOF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n-----END PRIVATE KEY-----";
    for (pem, what) in [
        ("", "nothing"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA", "cut short"),
        ("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----", "no base64"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "no key"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", "encrypted"),
    ] {
        let new = imported(pem.to_owned(), None);
        assert!(matches!(keys.add(TENANT, "x", new).await, Err(KeyError::Rejected(_))), "{what}");
    }
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Ps256, SigningAlgorithm::EdDsa] {
        let other = keys.add(TENANT, "x", imported(ec.to_owned(), Some(algorithm))).await;
        assert!(matches!(other, Err(KeyError::Rejected(_))), "a key on P-256 for {algorithm}");
    }
    for secret in [Vec::new(), vec![0; 4097]] {
        let new = NewKey { material: Material::Secret(secret), ..NewKey::rsa_signing(None) };
        assert!(matches!(keys.add(TENANT, "x", new).await, Err(KeyError::Rejected(_))));
    }
    let backwards =
        NewKey { expires: Some(Timestamp::UNIX_EPOCH), ..NewKey::rsa_signing(Some(Timestamp::UNIX_EPOCH)) };
    assert!(matches!(keys.add(TENANT, "x", backwards).await, Err(KeyError::Rejected(_))));
    assert!(matches!(keys.container(TENANT, "B2C_1A_x").await, Err(KeyError::Missing)), "nothing was made");
}

#[tokio::test]
async fn a_pem_key_is_imported_with_its_own_id() {
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    let Bench { keys, .. } = &bench().await;
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let new = imported(pem(der.as_ref()).replace('\n', "\r\n"), None);
    assert!(keys.ensure(TENANT, NAME, new.clone()).await.unwrap());
    assert!(!keys.ensure(TENANT, NAME, new).await.unwrap(), "made once");
    let kid = keys.active(TENANT, NAME).await.unwrap().kid().to_owned();
    let again = keys.add(TENANT, NAME, imported(pem(der.as_ref()), Some(SigningAlgorithm::Ps256))).await;
    assert!(matches!(again, Err(KeyError::Rejected(_))), "one key, one algorithm, one id");
    let elsewhere =
        keys.add(TENANT, "B2C_1A_Pss", imported(pem(der.as_ref()), Some(SigningAlgorithm::Ps256))).await;
    let elsewhere = elsewhere.unwrap();
    assert_eq!((elsewhere.kid(), elsewhere.algorithm()), (kid.as_str(), Some(SigningAlgorithm::Ps256)));
}
