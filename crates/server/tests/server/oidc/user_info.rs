//! UserInfo over HTTP (protocols 7; attacks 84–86).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::harness::{Reply, Site};

const POLICY: &str = "B2C_1A_Silent";

async fn tokens(site: &Site, policy: &str, user: &str) -> (String, String) {
    let scope = format!("openid {}", site.spa.client_id);
    let code = site.code(policy, user, &[("scope", &scope)]).await;
    let body = site.redeem(policy, &code).await.json();
    (body["access_token"].as_str().unwrap().to_owned(), body["id_token"].as_str().unwrap().to_owned())
}

async fn ask(site: &Site, policy: &str, token: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    site.get_with(
        &site.at(policy, "openid/v2.0/userinfo"),
        &[("authorization", &bearer), ("origin", "https://spa.example.com")],
    )
    .await
}

#[tokio::test]
async fn a_live_access_token_gets_the_journeys_document() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let (access, _) = tokens(&site, POLICY, &ada).await;
    let reply = ask(&site, POLICY, &access).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(
        (reply.json()["sub"].as_str(), reply.json()["name"].as_str()),
        (Some(ada.as_str()), Some("ada"))
    );
    assert_eq!(reply.header("access-control-allow-origin"), "https://spa.example.com");
    assert_eq!(reply.header("cache-control"), "no-store");
    let posted = site.post(&site.at(POLICY, "openid/v2.0/userinfo"), &[("access_token", &access)]).await;
    assert_eq!(posted.json()["sub"], ada, "by POST in the body");
    assert_eq!(
        ask(&site, "B2C_1A_SilentPlain", &access).await.status,
        404,
        "only where the policy declares it"
    );
}

#[tokio::test]
async fn attacks_085_086_everything_else_is_401() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let (access, id) = tokens(&site, POLICY, &ada).await;
    let (elsewhere, _) = tokens(&site, "B2C_1A_SilentPolicy", &ada).await;
    let refused = |reply: &Reply, what: &str| {
        assert_eq!(reply.status, 401, "{what}: {}", reply.text);
        assert!(reply.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""), "{what}");
        assert!(reply.json()["error_description"].as_str().unwrap().starts_with("AADB2C90"), "{what}");
    };
    refused(&ask(&site, POLICY, &id).await, "an id token");
    refused(&ask(&site, POLICY, &elsewhere).await, "a token of another policy");
    refused(&ask(&site, "B2C_1A_SilentPolicy", &access).await, "the other way round");
    refused(&ask(&site, POLICY, "x").await, "no token at all");
    let none = site.get(&site.at(POLICY, "openid/v2.0/userinfo")).await;
    assert_eq!((none.status, none.header("www-authenticate")), (401, "Bearer realm=\"userinfo\""));
    let query = site.get(&format!("{}?access_token={access}", site.at(POLICY, "openid/v2.0/userinfo"))).await;
    assert_eq!(query.status, 400, "a token in the query is refused");
    site.wait(3600);
    refused(&ask(&site, POLICY, &access).await, "expired");
    site.wait(-3600 - 301);
    refused(&ask(&site, POLICY, &access).await, "not valid for more than five minutes yet");
    site.wait(2);
    assert_eq!(ask(&site, POLICY, &access).await.status, 200, "within five minutes");
}

#[tokio::test]
async fn attack_084_altered_tokens_are_refused() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let (access, _) = tokens(&site, POLICY, &ada).await;
    let parts: Vec<&str> = access.split('.').collect();
    let header: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    let kid = header["kid"].as_str().unwrap();
    let long = "k".repeat(60_000);
    let headers = [
        r#"{"alg":"none","typ":"JWT"}"#.to_owned(),
        format!(r#"{{"alg":"None","kid":"{kid}","typ":"JWT"}}"#),
        format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"JWT"}}"#),
        r#"{"alg":"RS256","kid":"../../key","typ":"JWT"}"#.to_owned(),
        r#"{"alg":"RS256","kid":"' OR 1=1","typ":"JWT"}"#.to_owned(),
        format!(r#"{{"alg":"RS256","kid":"{long}","typ":"JWT"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","crit":["x"],"x":1}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","b64":false}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","jku":"https://evil.test/keys"}}"#),
        format!(r#"{{"alg":"RS256","alg":"none","kid":"{kid}"}}"#),
    ];
    let mut altered: Vec<String> = headers
        .iter()
        .map(|text| format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(text), parts[1], parts[2]))
        .collect();
    altered.push(format!("{}.{}.", parts[0], parts[1]));
    altered.push(format!("{access}="));
    altered.push(format!("{access}.x"));
    altered.push(format!("{access}AA"));
    altered.push(access.replacen('.', " .", 1));
    let claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let mut forged = claims.clone();
    forged["sub"] = "somebody-else".into();
    altered.push(format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(forged.to_string()), parts[2]));
    for token in altered {
        let reply = ask(&site, POLICY, &token).await;
        assert!(
            reply.status == 401 || reply.status == 400,
            "{} {}",
            token.chars().take(80).collect::<String>(),
            reply.status
        );
    }
    assert_eq!(ask(&site, POLICY, &access).await.status, 200);
}

#[tokio::test]
async fn attack_073_a_code_used_twice_takes_its_access_token_along() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let scope = format!("openid {}", site.spa.client_id);
    let code = site.code(POLICY, &ada, &[("scope", &scope)]).await;
    let access = site.redeem(POLICY, &code).await.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(ask(&site, POLICY, &access).await.status, 200);
    assert_eq!(site.redeem(POLICY, &code).await.status, 400);
    assert_eq!(ask(&site, POLICY, &access).await.status, 401);
}
