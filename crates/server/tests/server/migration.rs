//! A password tried at another directory while accounts move (technical-profiles 6, reference README 7).

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use crate::flow::{self, Flow, profile};
use crate::harness::Site;
use crate::services::{Manner, Service};

fn profiles(port: u16) -> String {
    let grant = format!(
        r#"<TechnicalProfile Id="OldDirectory"><DisplayName>Old</DisplayName><Protocol Name="OpenIdConnect" />
      <Metadata>
        <Item Key="UserMessageIfInvalidPassword">Not your old password.</Item>
        <Item Key="authorization_endpoint">http://127.0.0.1:{port}/old.example/oauth2/token</Item>
        <Item Key="response_types">id_token</Item><Item Key="response_mode">query</Item><Item Key="scope">email openid</Item>
      </Metadata>
      <InputClaims>
        <InputClaim ClaimTypeReferenceId="mail" PartnerClaimType="username" Required="true" />
        <InputClaim ClaimTypeReferenceId="password" Required="true" />
        <InputClaim ClaimTypeReferenceId="grant_type" DefaultValue="password" />
        <InputClaim ClaimTypeReferenceId="scope" DefaultValue="openid" />
        <InputClaim ClaimTypeReferenceId="client_id" DefaultValue="old client" />
      </InputClaims>
      <OutputClaims>
        <OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="oid" />
        <OutputClaim ClaimTypeReferenceId="family" PartnerClaimType="family_name" />
        <OutputClaim ClaimTypeReferenceId="bearer" PartnerClaimType="{{oauth2:access_token}}" />
        <OutputClaim ClaimTypeReferenceId="source" DefaultValue="old" />
      </OutputClaims></TechnicalProfile>"#
    );
    let page = profile(
        "Page",
        "SelfAssertedAttributeProvider",
        &[("ContentDefinitionReferenceId", "api.selfasserted")],
        r#"<OutputClaims>
          <OutputClaim ClaimTypeReferenceId="mail" Required="true" /><OutputClaim ClaimTypeReferenceId="password" Required="true" />
          <OutputClaim ClaimTypeReferenceId="objectId" /><OutputClaim ClaimTypeReferenceId="family" />
          <OutputClaim ClaimTypeReferenceId="bearer" /><OutputClaim ClaimTypeReferenceId="source" />
        </OutputClaims>
        <ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="OldDirectory" /></ValidationTechnicalProfiles>"#,
    );
    format!("{grant}{page}")
}

const CLAIMS: &[(&str, &str)] = &[
    ("mail?", "string"),
    ("client_id", "string"),
    ("family", "string"),
    ("bearer", "string"),
    ("source", "string"),
];

async fn site(port: u16) -> std::sync::Arc<Site> {
    let profiles = profiles(port);
    let flow = Flow {
        claims: CLAIMS,
        profiles: &profiles,
        runs: &["Page"],
        token: &["family", "bearer", "source"],
        ..Flow::default()
    };
    flow.site(|_| {}).await
}

#[tokio::test]
async fn another_directory_is_asked_by_its_token_endpoint() {
    let claims = json!({ "oid": "u77", "family_name": "Lovelace", "exp": 1 });
    let id_token =
        encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(b"not ours")).unwrap();
    let answer = json!({ "token_type": "Bearer", "access_token": "opaque", "id_token": id_token });
    let service = Service::says(200, &answer.to_string()).await;
    let site = site(service.port).await;
    let mut browser = flow::browser(&site).await;
    let fields = [("mail", "ada@old.test"), ("password", "Old & secret = 1")];
    assert_eq!(browser.submit(&fields).await["status"], "200");
    let reply = browser.confirm().await;
    let claims = crate::browser::claims_of(&site, flow::POLICY, &reply).await;
    assert_eq!((&claims["sub"], &claims["family"]), (&json!("u77"), &json!("Lovelace")));
    assert_eq!((&claims["bearer"], &claims["source"]), (&json!("opaque"), &json!("old")));
    let asked = service.asked();
    let (head, body) = asked[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /old.example/oauth2/token HTTP/1.1"), "{head}");
    assert!(head.contains("content-type: application/x-www-form-urlencoded"), "{head}");
    assert_eq!(
        body,
        "username=ada%40old.test&password=Old+%26+secret+%3D+1&grant_type=password&scope=openid&client_id=old+client"
    );
}

#[tokio::test]
async fn its_no_is_told_in_the_words_of_a_sign_in_here() {
    let error = |number: &str| {
        json!({ "error": "invalid_grant", "error_description": format!("{number}: whatever it says") })
            .to_string()
    };
    let table = [
        (400, error("AADSTS50034"), "We can't seem to find your account."),
        (400, error("AADSTS50126"), "Not your old password."),
        (400, error("AADSTS50057"), "This account is switched off. Ask your administrator to enable it."),
        (
            400,
            error("AADSTS50053"),
            "Too many failed tries, so the account rests for a while. Come back later.",
        ),
        (400, error("AADSTS50055"), "This password is out of date. Choose a new one by the reset link."),
        (401, error("E1"), "The address or the password is not right."),
        (500, error("AADSTS50126"), "OldDirectory could not be checked."),
        (200, "{}".to_owned(), "OldDirectory could not be checked."),
        (400, "<html>".to_owned(), "OldDirectory could not be checked."),
    ];
    let said = table.iter().map(|(status, body, _)| (*status, body.clone())).collect();
    let service = Service::new(Manner::Says(said)).await;
    let site = site(service.port).await;
    let mut browser = flow::browser(&site).await;
    for (status, body, expected) in &table {
        let answer = browser.submit(&[("mail", "ada@old.test"), ("password", "x")]).await;
        assert_eq!(answer["message"], *expected, "{status} {body}");
    }
    assert_eq!(service.asked().len(), table.len(), "each was asked once");
    assert_eq!(site.audited("Validate local account credentials").await, table.len());
}
