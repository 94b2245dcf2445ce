use super::*;

/// RFC 7638, 3.1: the key and its thumbprint.
const RSA: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"}"#;
const RSA_PRINT: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
/// RFC 8037, A.2 and A.3.
const OKP: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const OKP_PRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
/// RFC 7515, A.3.1, public members.
const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

fn one(text: &str) -> PublicKey {
    let mut keys = PublicKey::read(text).unwrap();
    assert_eq!(keys.len(), 1);
    keys.remove(0)
}

#[test]
fn the_id_of_a_key_is_its_own_or_its_thumbprint() {
    assert_eq!(one(RSA).kid, RSA_PRINT);
    assert_eq!(one(OKP).kid, OKP_PRINT);
    assert_eq!(one(&OKP.replace('{', r#"{"kid":"mine","use":"sig","#)).kid, "mine");
    let set = format!(r#"{{"keys":[{RSA},{EC},{OKP}]}}"#);
    let kinds: Vec<Value> =
        PublicKey::read(&set).unwrap().into_iter().map(|mut key| key.jwk.remove("kty").unwrap()).collect();
    assert_eq!(kinds, ["RSA", "EC", "OKP"]);
}

#[test]
fn a_certificate_is_known_by_both_thumbprints_and_ends_with_its_time() {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec!["client".to_owned()]).unwrap();
    parameters.not_after = rcgen::date_time_ymd(2030, 1, 2);
    let certificate = parameters.self_signed(&key).unwrap();
    let read = one(&certificate.pem());
    assert_eq!(read.expires, Some("2030-01-02T00:00:00Z".parse().unwrap()));
    let print = |algorithm| URL_SAFE_NO_PAD.encode(digest::digest(algorithm, certificate.der()));
    let (sha1, sha256) = (print(&digest::SHA1_FOR_LEGACY_USE_ONLY), print(&digest::SHA256));
    assert_eq!((sha1.len(), sha256.len()), (27, 43));
    for (kid, thumbprint, meant) in [
        (None, None, true),
        (None, Some(sha1.as_str()), true),
        (None, Some(&sha256), true),
        (Some(sha1.as_str()), None, true),
        (Some(read.kid.as_str()), None, true),
        (Some("other"), None, false),
        (None, Some("other"), false),
    ] {
        assert_eq!(read.is_meant(kid, thumbprint), meant, "{kid:?} {thumbprint:?}");
    }
    assert_eq!(one(&key.public_key_pem()).jwk, read.jwk, "the bare key is the certificate's");
}

#[test]
fn what_is_no_public_key_is_refused_with_a_sentence() {
    let private = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let short = r#"{"kty":"RSA","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmb"}"#;
    let with = |member: &str| OKP.replace('{', &format!("{{{member},"));
    for (text, told) in [
        (private.as_str(), "private key"),
        (&with(r#""d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A""#), "private members"),
        (r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMko"}"#, "private members"),
        (r#"{"kty":"oct"}"#, "no type of key"),
        (&with(r#""use":"enc""#), "encryption"),
        (short, "2048"),
        (&OKP.replace("Ed25519", "X25519"), "X25519"),
        (&EC.replace("P-256", "P-384"), "P-384"),
        (r#"{"kty":"EC","crv":"P-256","x":"AA"}"#, "no `y`"),
        ("{}", "no type"),
        (r#"{"keys":[]}"#, "no key"),
        ("hello", "neither PEM"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA", "cut short"),
        ("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----", "no public key"),
        (&" ".repeat(300_000), "too large"),
    ] {
        let said = PublicKey::read(text).unwrap_err();
        assert!(said.contains(told), "{said} for {text}");
    }
}
