//! Directory profiles over HTTP: users of other providers, several sign-in names, attributes of the policy's own, what
//! is cleared and deleted (technical-profiles 3, 24).

use serde_json::{Value, json};
use vestibule::directory::{Lookup, User};

use crate::flow::{Flow, profile, run, token, told};
use crate::harness::{Site, TENANT};

const CLAIMS: &[(&str, &str)] = &[
    ("issuerId", "string"),
    ("issuerName", "string"),
    ("socialId", "string"),
    ("identities", "userIdentityCollection"),
    ("mails", "stringCollection"),
    ("mail", "string"),
    ("nick", "string"),
    ("isNew", "boolean"),
    ("enabled", "boolean"),
    ("extension_level", "int"),
    ("extension_since", "dateTime"),
    ("extension_vip", "boolean"),
    ("extension_team", "string"),
    ("found", "string"),
];

const TRANSFORMATIONS: &str = r#"<ClaimsTransformations>
  <ClaimsTransformation Id="MakeSocialId" TransformationMethod="CreateAlternativeSecurityId">
    <InputClaims><InputClaim ClaimTypeReferenceId="issuerId" TransformationClaimType="key" />
      <InputClaim ClaimTypeReferenceId="issuerName" TransformationClaimType="identityProvider" /></InputClaims>
    <OutputClaims><OutputClaim ClaimTypeReferenceId="socialId" TransformationClaimType="alternativeSecurityId" /></OutputClaims>
  </ClaimsTransformation>
  <ClaimsTransformation Id="AddMail" TransformationMethod="AddItemToStringCollection">
    <InputClaims><InputClaim ClaimTypeReferenceId="mail" TransformationClaimType="item" />
      <InputClaim ClaimTypeReferenceId="mails" TransformationClaimType="collection" /></InputClaims>
    <OutputClaims><OutputClaim ClaimTypeReferenceId="mails" TransformationClaimType="collection" /></OutputClaims>
  </ClaimsTransformation></ClaimsTransformations>"#;

/// What the request says: who it is at which provider.
fn who() -> String {
    profile(
        "Who",
        "ClaimsTransformationProtocolProvider",
        &[("IncludeClaimResolvingInClaimsHandling", "true")],
        r#"<OutputClaims>
          <OutputClaim ClaimTypeReferenceId="issuerId" DefaultValue="{OAUTH-KV:key}" AlwaysUseDefaultValue="true" />
          <OutputClaim ClaimTypeReferenceId="issuerName" DefaultValue="{OAUTH-KV:from}" AlwaysUseDefaultValue="true" />
          <OutputClaim ClaimTypeReferenceId="mail" DefaultValue="{OAUTH-KV:mail}" AlwaysUseDefaultValue="true" />
        </OutputClaims>
        <OutputClaimsTransformations>
          <OutputClaimsTransformation ReferenceId="MakeSocialId" /><OutputClaimsTransformation ReferenceId="AddMail" />
        </OutputClaimsTransformations>"#,
    )
}

fn directory(id: &str, operation: &[(&str, &str)], rest: &str) -> String {
    profile(id, "AzureActiveDirectoryProvider", operation, rest)
}

async fn only_user(site: &Site) -> User {
    let users = site.app.directory.list(TENANT, "", 10).await.unwrap();
    assert_eq!(users.len(), 1, "{users:?}");
    users.into_iter().next().unwrap()
}

const BY_SOCIAL: &str = r#"<InputClaims><InputClaim ClaimTypeReferenceId="socialId" PartnerClaimType="alternativeSecurityId" Required="true" /></InputClaims>"#;
const BY_ID: &str =
    r#"<InputClaims><InputClaim ClaimTypeReferenceId="objectId" Required="true" /></InputClaims>"#;

fn write_social() -> String {
    directory(
        "Write",
        &[("Operation", "Write")],
        &format!(
            r#"{BY_SOCIAL}<PersistedClaims>
            <PersistedClaim ClaimTypeReferenceId="socialId" PartnerClaimType="alternativeSecurityId" />
            <PersistedClaim ClaimTypeReferenceId="displayName" DefaultValue="unknown" />
            <PersistedClaim ClaimTypeReferenceId="nick" PartnerClaimType="mailNickName" DefaultValue="ada.l" />
            <PersistedClaim ClaimTypeReferenceId="mails" PartnerClaimType="otherMails" />
            <PersistedClaim ClaimTypeReferenceId="extension_level" DefaultValue="7" />
            <PersistedClaim ClaimTypeReferenceId="extension_since" DefaultValue="2026-11-24T09:30:00Z" />
            <PersistedClaim ClaimTypeReferenceId="extension_vip" DefaultValue="true" />
            <PersistedClaim ClaimTypeReferenceId="extension_team" DefaultValue="north" />
          </PersistedClaims>
          <OutputClaims>
            <OutputClaim ClaimTypeReferenceId="objectId" />
            <OutputClaim ClaimTypeReferenceId="isNew" PartnerClaimType="newClaimsPrincipalCreated" />
          </OutputClaims>"#
        ),
    )
}

fn read_all(key: &str) -> String {
    directory(
        "Read",
        &[("Operation", "Read"), ("RaiseErrorIfClaimsPrincipalDoesNotExist", "true")],
        &format!(
            r#"{key}<OutputClaims>
            <OutputClaim ClaimTypeReferenceId="objectId" />
            <OutputClaim ClaimTypeReferenceId="displayName" />
            <OutputClaim ClaimTypeReferenceId="socialId" PartnerClaimType="alternativeSecurityId" />
            <OutputClaim ClaimTypeReferenceId="identities" PartnerClaimType="userIdentities" />
            <OutputClaim ClaimTypeReferenceId="mails" PartnerClaimType="otherMails" />
            <OutputClaim ClaimTypeReferenceId="nick" PartnerClaimType="mailNickName" />
            <OutputClaim ClaimTypeReferenceId="enabled" PartnerClaimType="accountEnabled" />
            <OutputClaim ClaimTypeReferenceId="extension_level" />
            <OutputClaim ClaimTypeReferenceId="extension_since" />
            <OutputClaim ClaimTypeReferenceId="extension_vip" />
            <OutputClaim ClaimTypeReferenceId="extension_team" />
          </OutputClaims>"#
        ),
    )
}

const TOKEN: &[&str] = &[
    "isNew",
    "displayName",
    "socialId",
    "identities",
    "mails",
    "nick",
    "enabled",
    "extension_level",
    "extension_since",
    "extension_vip",
    "extension_team",
];

#[tokio::test]
async fn a_user_of_another_provider_is_written_once_and_read_with_everything() {
    let profiles = format!("{}{}{}", who(), write_social(), read_all(BY_SOCIAL));
    let flow = Flow {
        claims: CLAIMS,
        blocks: TRANSFORMATIONS,
        profiles: &profiles,
        runs: &["Who", "Write", "Read"],
        token: TOKEN,
    };
    let site = flow.site(|_| {}).await;
    let asked = [("key", "4711"), ("from", "idp.test"), ("mail", "ada@idp.test")];
    let first = token(&run(&site, &asked).await);
    // base64 of "4711" (claims-transformations 9).
    let social = r#"{"issuer":"idp.test","issuerUserId":"NDcxMQ=="}"#;
    assert_eq!(first["isNew"], true);
    assert_eq!(
        serde_json::from_str::<Value>(first["socialId"].as_str().unwrap()).unwrap(),
        serde_json::from_str::<Value>(social).unwrap()
    );
    assert_eq!(first["identities"], json!([{ "issuer": "idp.test", "issuerUserId": "NDcxMQ==" }]));
    assert_eq!((&first["mails"], &first["nick"]), (&json!(["ada@idp.test"]), &json!("ada.l")));
    assert_eq!((&first["name"], &first["enabled"]), (&json!("unknown"), &json!(true)));
    assert_eq!(first["extension_level"], 7);
    assert_eq!(first["extension_since"], 1_795_512_600);
    assert_eq!((&first["extension_vip"], &first["extension_team"]), (&json!(true), &json!("north")));
    let second = token(&run(&site, &asked).await);
    assert_eq!((&second["isNew"], &second["sub"]), (&json!(false), &first["sub"]));
    let user = only_user(&site).await;
    assert!(!user.has_password && user.principal_name() == format!("{}@{TENANT}", user.object_id));
    // The same id at another provider, and another spelling of the id, are other people.
    for other in [[("key", "4711"), ("from", "other.test")], [("key", "4712"), ("from", "idp.test")]] {
        assert_eq!(token(&run(&site, &other).await)["isNew"], true, "{other:?}");
    }
    assert_eq!(site.accounts().await, 3);
}

/// Technical-profiles 3.3: every attribute that the profile persists is cleared, whether or not the journey has a claim
/// for it; the key stays.
#[tokio::test]
async fn claims_are_deleted_by_their_names_and_the_key_stays() {
    let clear = directory(
        "Clear",
        &[("Operation", "DeleteClaims")],
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="found" PartnerClaimType="objectId" DefaultValue="{OAUTH-KV:user}" AlwaysUseDefaultValue="true" /></InputClaims>
        <PersistedClaims>
          <PersistedClaim ClaimTypeReferenceId="found" PartnerClaimType="objectId" />
          <PersistedClaim ClaimTypeReferenceId="nick" PartnerClaimType="mailNickName" />
          <PersistedClaim ClaimTypeReferenceId="mails" PartnerClaimType="otherMails" />
          <PersistedClaim ClaimTypeReferenceId="extension_team" />
          <PersistedClaim ClaimTypeReferenceId="socialId" PartnerClaimType="alternativeSecurityId" />
        </PersistedClaims>"#,
    )
    .replace("</Metadata>", r#"<Item Key="IncludeClaimResolvingInClaimsHandling">true</Item></Metadata>"#);
    let profiles = format!("{}{}{}{clear}", who(), write_social(), read_all(BY_ID));
    let flow =
        |runs| Flow { claims: CLAIMS, blocks: TRANSFORMATIONS, profiles: &profiles, runs, token: TOKEN };
    let site = flow(&["Who", "Write"]).site(|_| {}).await;
    let made = token(&run(&site, &[("key", "1"), ("from", "idp.test"), ("mail", "a@b.test")]).await);
    let id = made["sub"].as_str().unwrap();
    flow(&["Clear"]).replace_in(&site);
    token(&run(&site, &[("user", id)]).await);
    let user = only_user(&site).await;
    assert_eq!(user.object_id, id);
    assert_eq!((user.text("mailNickName"), user.attributes.get("otherMails")), (None, None));
    assert!(user.identities.is_empty() && !user.attributes.contains_key("extension_team"), "{user:?}");
    assert!(user.attributes.contains_key("extension_level"), "what is not named stays");
    // Nobody there: by default no error.
    token(&run(&site, &[("user", "00000000-0000-4000-8000-000000000000")]).await);
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_deleting_in_vain_is_an_error_only_on_request() {
    let delete = |flags: &[(&str, &str)]| {
        directory("Delete", &[&[("Operation", "DeleteClaimsPrincipal")], flags].concat(), BY_ID)
    };
    let silent = delete(&[]);
    let flow = Flow { claims: CLAIMS, profiles: &silent, runs: &["Silent", "Delete"], ..Flow::default() };
    let site = flow.site(|_| {}).await;
    let id = site.user("ada").await;
    token(&run(&site, &[("user", &id)]).await);
    assert_eq!(site.accounts().await, 0);
    assert_eq!(site.audited("Delete user").await, 1);
    token(&run(&site, &[("user", &id)]).await);
    let strict = delete(&[
        ("RaiseErrorIfClaimsPrincipalDoesNotExist", "true"),
        ("UserMessageIfClaimsPrincipalDoesNotExist", "Nobody."),
    ]);
    Flow { profiles: &strict, ..flow }.replace_in(&site);
    assert!(told(&run(&site, &[("user", &id)]).await).starts_with("AADB2C90053: "));
}

/// Technical-profiles 3.3 and 25, 8: a read that finds nobody still gives defaults; one that finds somebody can be the
/// error.
#[tokio::test]
async fn a_read_tells_of_absence_by_defaults_and_can_demand_it() {
    let read = |flags: &[(&str, &str)]| {
        directory(
            "Look",
            &[&[("Operation", "Read")], flags].concat(),
            r#"<InputClaims><InputClaim ClaimTypeReferenceId="displayName" PartnerClaimType="signInNames.emailAddress" /></InputClaims>
               <OutputClaims><OutputClaim ClaimTypeReferenceId="found" PartnerClaimType="displayName" DefaultValue="nobody" /></OutputClaims>"#,
        )
    };
    let lenient = read(&[]);
    let flow = Flow {
        claims: CLAIMS,
        profiles: &lenient,
        runs: &["Silent", "Look"],
        token: &["found"],
        ..Flow::default()
    };
    let site = flow.site(|_| {}).await;
    site.user("ada").await;
    assert_eq!(token(&run(&site, &[("name", "ADA@example.com")]).await)["found"], "ada");
    assert_eq!(token(&run(&site, &[("name", "bob@example.com")]).await)["found"], "nobody");
    assert_eq!(token(&run(&site, &[("name", "no address")]).await)["found"], "nobody");
    let guard = read(&[("RaiseErrorIfClaimsPrincipalAlreadyExists", "true")]);
    Flow { profiles: &guard, ..flow }.replace_in(&site);
    assert!(told(&run(&site, &[("name", "ada@example.com")]).await).starts_with("AADB2C90001: "));
    assert_eq!(token(&run(&site, &[("name", "bob@example.com")]).await)["found"], "nobody");
    // A key without a value is told by its claim.
    let needed = told(&run(&site, &[("name", "")]).await);
    assert!(needed.starts_with("AADB2C90037: "), "{needed}");
}

/// Technical-profiles 3.2: any of several identities finds the user; two users by one lookup are an error.
#[tokio::test]
async fn an_account_with_several_identities_is_found_by_each_of_them() {
    let link = directory(
        "Link",
        &[("Operation", "Write"), ("RaiseErrorIfClaimsPrincipalDoesNotExist", "true")],
        &format!(
            r#"{BY_ID}<PersistedClaims><PersistedClaim ClaimTypeReferenceId="objectId" />
               <PersistedClaim ClaimTypeReferenceId="socialId" PartnerClaimType="alternativeSecurityId" /></PersistedClaims>"#
        ),
    );
    let by_id = read_all(BY_ID);
    let by_social = read_all(BY_SOCIAL).replace("Id=\"Read\"", "Id=\"ReadSocial\"");
    let by_any = directory(
        "ReadAny",
        &[("Operation", "Read")],
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="identities" PartnerClaimType="userIdentities" /></InputClaims>
           <OutputClaims><OutputClaim ClaimTypeReferenceId="found" PartnerClaimType="displayName" /></OutputClaims>"#,
    );
    let profiles = format!("{}{link}{by_id}{by_social}{by_any}", who());
    let flow =
        |runs, token| Flow { claims: CLAIMS, blocks: TRANSFORMATIONS, profiles: &profiles, runs, token };
    let site = flow(&["Silent", "Who", "Link"], &[]).site(|_| {}).await;
    let ada = site.user("ada").await;
    for key in ["1", "2", "2"] {
        token(&run(&site, &[("user", &ada), ("key", key), ("from", "idp.test")]).await);
    }
    let lookup = Lookup::ObjectId(ada.clone());
    let user = site.app.directory.find(TENANT, &lookup).await.unwrap().unwrap();
    assert_eq!(user.federated().count(), 2, "an identity is added once");
    assert_eq!(user.sign_in_name("emailAddress"), Some("ada@example.com"), "the local name stays");
    flow(&["Who", "ReadSocial", "ReadAny"], &["found", "identities"]).replace_in(&site);
    for key in ["1", "2"] {
        let claims = token(&run(&site, &[("key", key), ("from", "idp.test")]).await);
        assert_eq!((&claims["sub"], &claims["found"]), (&json!(ada), &json!("ada")), "{key}");
        assert_eq!(claims["identities"].as_array().unwrap().len(), 2);
    }
    // An identity that another account has is not taken from it.
    let bob = site.user("bob").await;
    flow(&["Silent", "Who", "Link"], &[]).replace_in(&site);
    let refused = told(&run(&site, &[("user", &bob), ("key", "1"), ("from", "idp.test")]).await);
    assert!(refused.starts_with("AADB2C90001: "), "{refused}");
}

/// Technical-profiles 3.4 and 25, 9: naming one local name replaces them all; naming all keeps all.
#[tokio::test]
async fn an_account_may_have_several_sign_in_names_and_any_of_them_finds_it() {
    let write = directory(
        "Names",
        &[("Operation", "Write")],
        &format!(
            r#"{BY_ID}<PersistedClaims><PersistedClaim ClaimTypeReferenceId="objectId" />
               <PersistedClaim ClaimTypeReferenceId="mail" PartnerClaimType="signInNames.emailAddress" />
               <PersistedClaim ClaimTypeReferenceId="issuerId" PartnerClaimType="signInNames.userName" />
               <PersistedClaim ClaimTypeReferenceId="issuerName" PartnerClaimType="signInNames.memberNumber" /></PersistedClaims>"#
        ),
    );
    let find = directory(
        "Find",
        &[("Operation", "Read"), ("RaiseErrorIfClaimsPrincipalDoesNotExist", "true")],
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="displayName" PartnerClaimType="signInNames" /></InputClaims>
           <OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" />
             <OutputClaim ClaimTypeReferenceId="found" PartnerClaimType="signInNames.userName" /></OutputClaims>"#,
    );
    let profiles = format!("{}{write}{find}", who());
    let flow =
        |runs| Flow { claims: CLAIMS, blocks: TRANSFORMATIONS, profiles: &profiles, runs, token: &["found"] };
    let site = flow(&["Silent", "Who", "Names"]).site(|_| {}).await;
    let ada = site.user("ada").await;
    let names = [("mail", "countess@example.com"), ("key", "ada"), ("from", "m-0001")];
    token(&run(&site, &[&[("user", ada.as_str())], names.as_slice()].concat()).await);
    flow(&["Silent", "Find"]).replace_in(&site);
    for name in ["COUNTESS@example.com", "Ada", "m-0001"] {
        let claims = token(&run(&site, &[("name", name)]).await);
        assert_eq!((&claims["sub"], &claims["found"]), (&json!(ada), &json!("ada")), "{name}");
    }
    for gone in ["ada@example.com", &ada] {
        assert!(told(&run(&site, &[("name", gone)]).await).starts_with("AADB2C90053: "), "attack 60: {gone}");
    }
}
