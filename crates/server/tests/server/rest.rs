//! REST profiles against real services on this machine: honest, slow, broken, huge, hostile, with and without TLS
//! (technical-profiles 10; attacks 101–104).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::dangerous::insecure_decode;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use serde_json::Value;
use tokio_rustls::TlsAcceptor;
use vestibule::config::Config;
use vestibule::keys::{KeyUse, Material, NewKey};

use crate::harness::{Reply, Site, TENANT};
use crate::services::{Manner, Service};

/// What a test's profile says beside its address.
#[derive(Default)]
struct Written<'a> {
    items: &'a [(&'a str, &'a str)],
    keys: &'a [(&'a str, &'a str)],
    inputs: &'a str,
    outputs: &'a str,
}

/// A policy whose second step calls the service, and whose token says what came of it.
fn policy(url: &str, written: &Written<'_>) -> String {
    let item = |(key, value): &(&str, &str)| format!("<Item Key=\"{key}\">{value}</Item>");
    let key = |(id, name): &(&str, &str)| format!("<Key Id=\"{id}\" StorageReferenceId=\"{name}\" />");
    let items: String = written.items.iter().map(item).collect();
    let keys: String = written.keys.iter().map(key).collect();
    let keys = if keys.is_empty() { keys } else { format!("<CryptographicKeys>{keys}</CryptographicKeys>") };
    let (inputs, outputs) = (written.inputs, written.outputs);
    format!(
        r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
    PolicySchemaVersion="0.3.0.0" TenantId="{TENANT}" PolicyId="B2C_1A_Rest" PublicPolicyUri="http://x/rest">
  <BasePolicy><TenantId>{TENANT}</TenantId><PolicyId>B2C_1A_SilentBase</PolicyId></BasePolicy>
  <BuildingBlocks><ClaimsSchema>
    <ClaimType Id="level"><DataType>string</DataType></ClaimType>
    <ClaimType Id="points"><DataType>int</DataType></ClaimType>
    <ClaimType Id="bearer"><DataType>string</DataType></ClaimType>
  </ClaimsSchema></BuildingBlocks>
  <ClaimsProviders><ClaimsProvider><DisplayName>Rest</DisplayName><TechnicalProfiles>
    <TechnicalProfile Id="REST-Check">
      <DisplayName>Check</DisplayName>
      <Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.RestfulProvider, Web.TPEngine" />
      <Metadata><Item Key="ServiceUrl">{url}</Item>{items}</Metadata>{keys}
      <InputClaims>
        <InputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="id" />
        <InputClaim ClaimTypeReferenceId="displayName" PartnerClaimType="name" />{inputs}
      </InputClaims>
      <OutputClaims>
        <OutputClaim ClaimTypeReferenceId="level" DefaultValue="none" />
        <OutputClaim ClaimTypeReferenceId="points" />{outputs}
      </OutputClaims>
    </TechnicalProfile>
  </TechnicalProfiles></ClaimsProvider></ClaimsProviders>
  <UserJourneys><UserJourney Id="Rest"><OrchestrationSteps>
    <OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges>
      <ClaimsExchange Id="SilentExchange" TechnicalProfileReferenceId="Silent" /></ClaimsExchanges></OrchestrationStep>
    <OrchestrationStep Order="2" Type="ClaimsExchange"><ClaimsExchanges>
      <ClaimsExchange Id="RestExchange" TechnicalProfileReferenceId="REST-Check" /></ClaimsExchanges></OrchestrationStep>
    <OrchestrationStep Order="3" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />
  </OrchestrationSteps></UserJourney></UserJourneys>
  <RelyingParty>
    <DefaultUserJourney ReferenceId="Rest" />
    <UserJourneyBehaviors><SingleSignOn Scope="Suppressed" /></UserJourneyBehaviors>
    <TechnicalProfile Id="PolicyProfile"><DisplayName>x</DisplayName><Protocol Name="OpenIdConnect" />
      <OutputClaims>
        <OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" />
        <OutputClaim ClaimTypeReferenceId="level" />
        <OutputClaim ClaimTypeReferenceId="points" />
      </OutputClaims>
      <SubjectNamingInfo ClaimType="sub" />
    </TechnicalProfile>
  </RelyingParty>
</TrustFrameworkPolicy>"#
    )
}

const OPEN: &[(&str, &str)] = &[("AuthenticationType", "None"), ("AllowInsecureAuthInProduction", "true")];

/// A site whose operator lets it reach services on this machine, and with one try a call unless said otherwise.
async fn site(url: &str, written: &Written<'_>, change: impl FnOnce(&mut Config)) -> Site {
    let text = policy(url, written);
    Site::with(|config| {
        std::fs::write(config.tenants[0].policies.join("Rest.xml"), text).unwrap();
        config.outbound.allow = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        config.outbound.rest_seconds = 1;
        config.outbound.rest_tries = 1;
        change(config);
    })
    .await
}

async fn sign_in(site: &Site) -> Reply {
    let changes = [("response_type", "id_token"), ("code_challenge", ""), ("code_challenge_method", "")];
    site.get(&site.asked("B2C_1A_Rest", "u1", &changes)).await
}

fn token(reply: &Reply) -> Value {
    let token =
        reply.sent("id_token").unwrap_or_else(|| panic!("{} {}", reply.header("location"), reply.text));
    insecure_decode::<Value>(token).unwrap().claims
}

fn told(reply: &Reply) -> String {
    reply.sent("error_description").unwrap_or_else(|| panic!("{} {}", reply.header("location"), reply.text))
}

#[tokio::test]
async fn a_service_is_asked_and_its_claims_are_in_the_token() {
    let service = Service::says(200, r#"{"level":"gold","points":7,"sub":"evil","objectId":"evil"}"#).await;
    let url = format!("http://127.0.0.1:{}/check?v=1", service.port);
    let site = site(&url, &Written { items: OPEN, ..Written::default() }, |_| {}).await;
    let claims = token(&sign_in(&site).await);
    assert_eq!((claims["level"].as_str(), claims["points"].as_i64()), (Some("gold"), Some(7)));
    assert_eq!(claims["sub"], "u1", "only declared claims are taken");
    let asked = service.asked();
    let (head, body) = asked[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /check?v=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/json") && head.contains("idempotency-key: "), "{head}");
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        serde_json::json!({ "id": "u1", "name": "Ada" })
    );
}

#[tokio::test]
async fn resolvers_in_the_address_are_filled_in() {
    let service = Service::says(200, "{}").await;
    let url = format!("http://127.0.0.1:{}/{{Policy:PolicyId}}?of={{Claim:displayName}}", service.port);
    let items = [OPEN, &[("IncludeClaimResolvingInClaimsHandling", "true")]].concat();
    let site = site(&url, &Written { items: &items, ..Written::default() }, |_| {}).await;
    token(&sign_in(&site).await);
    let asked = service.asked();
    assert!(asked[0].starts_with("POST /B2C_1A_Rest?of=Ada HTTP/1.1\r\n"), "{}", asked[0]);
}

/// Policy-language 3: a setting of the wrong form is an error, or, on request, a warning and a fault when it is reached.
#[tokio::test]
async fn a_lenient_server_serves_what_breaks_when_it_is_reached() {
    let items = [OPEN, &[("DebugMode", "perhaps")]].concat();
    let written = Written { items: &items, ..Written::default() };
    let strict = site("http://127.0.0.1:1/", &written, |_| {}).await;
    assert_eq!(sign_in(&strict).await.status, 404);
    let lenient = |config: &mut Config| config.behaviour.lenient_policies = true;
    let site = site("http://127.0.0.1:1/", &written, lenient).await;
    let description = told(&sign_in(&site).await);
    let sentence =
        "AADB2C90037: The technical profile 'REST-Check' has a mistake in the policy and cannot run.";
    assert!(description.starts_with(sentence), "{description}");
}

#[tokio::test]
async fn a_refusal_by_the_contract_reaches_the_application() {
    let service = Service::says(409, r#"{"version":"1.0.0","status":409,"userMessage":"Not <you>."}"#).await;
    let url = format!("http://127.0.0.1:{}/", service.port);
    let site = site(&url, &Written { items: OPEN, ..Written::default() }, |_| {}).await;
    let description = told(&sign_in(&site).await);
    assert!(
        description.starts_with(
            "AADB2C90075: The claims exchange 'REST-Check' specified in step '2' returned HTTP error response with \
             Code '409' and Reason 'Not <you>.'."
        ),
        "{description}"
    );
}

#[tokio::test]
async fn attack_101_what_a_hostile_service_answers_ends_the_journey_in_time() {
    let gzip = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x08\x08x";
    let away = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
    for (what, manner) in [
        ("an error", Manner::Says(vec![(500, "{}".to_owned())])),
        ("silence", Manner::Silent),
        ("a hang-up", Manner::HangsUp),
        ("an endless answer", Manner::Endless),
        ("a redirect to a private address", Manner::Raw(away)),
        ("compressed nonsense", Manner::Raw(gzip)),
        ("no HTTP", Manner::Raw("SSH-2.0-OpenSSH\r\n\r\n")),
        ("a page", Manner::Says(vec![(200, "<html></html>".to_owned())])),
        ("a list", Manner::Says(vec![(200, "[{\"level\":\"gold\"}]".to_owned())])),
        ("another type", Manner::Says(vec![(200, "{\"points\":\"many\"}".to_owned())])),
        ("two megabytes", Manner::Says(vec![(200, format!("{{\"level\":\"{}\"}}", "x".repeat(2 << 20)))])),
    ] {
        let service = Service::new(manner).await;
        let url = format!("http://127.0.0.1:{}/", service.port);
        let site = site(&url, &Written { items: OPEN, ..Written::default() }, |_| {}).await;
        let reply = tokio::time::timeout(Duration::from_secs(10), sign_in(&site)).await.expect(what);
        assert!(told(&reply).starts_with("AADB2C90261: "), "{what}: {}", told(&reply));
        assert_eq!(reply.sent("state").as_deref(), Some("s t/ate"), "{what}");
    }
}

fn response(head: &str, body: &[u8]) -> Manner {
    let head =
        format!("HTTP/1.1 200 OK\r\n{head}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    Manner::Bytes([head.as_bytes(), body].concat())
}

/// What began to answer is not asked again: it may have acted (technical-profiles 10).
#[tokio::test]
async fn attack_101_an_answer_that_breaks_off_or_never_ends_is_the_last() {
    let items = [
        OPEN,
        &[("UserMessageIfRequestTimeout", "Too slow."), ("DefaultUserMessageIfRequestFailed", "Failed.")],
    ]
    .concat();
    for (what, manner, told_as) in [
        (
            "cut in the middle",
            Manner::Raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"level\""),
            "Failed.",
        ),
        (
            "a chunk cut",
            Manner::Raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\n{\"level\""),
            "Failed.",
        ),
        (
            "no chunk at all",
            Manner::Raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
            "Failed.",
        ),
        ("stalled", Manner::Stalls("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"level\""), "Too slow."),
        (
            "shorter than it is",
            Manner::Raw("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{\"level\":\"gold\"}"),
            "Failed.",
        ),
    ] {
        let service = Service::new(manner).await;
        let url = format!("http://127.0.0.1:{}/", service.port);
        let site = site(&url, &Written { items: &items, ..Written::default() }, |config| {
            config.outbound.rest_tries = 3;
        })
        .await;
        let reply = tokio::time::timeout(Duration::from_secs(10), sign_in(&site)).await.expect(what);
        assert!(told(&reply).starts_with(&format!("AADB2C90261: {told_as}")), "{what}: {}", told(&reply));
        assert_eq!(service.asked().len(), 1, "{what}");
    }
}

/// Each failure has its own words, and the general ones where the policy has none (technical-profiles 10).
#[tokio::test]
async fn a_service_that_cannot_be_asked_is_told_by_its_reason() {
    let words = [
        ("UserMessageIfRequestTimeout", "Slow after {0} s."),
        ("UserMessageIfDnsResolutionFailed", "No name."),
        ("DefaultUserMessageIfRequestFailed", "Failed: {0}"),
    ];
    let silent = Service::new(Manner::Silent).await;
    let silence = format!("http://127.0.0.1:{}/", silent.port);
    for (url, expected) in [
        (silence.as_str(), "Slow after 1 s."),
        ("https://nobody.invalid/", "No name."),
        // Nothing listens there, and the policy has no words of its own for that.
        ("http://127.0.0.1:1/", "Failed: http://127.0.0.1:1/"),
        // Attack 103: without TLS only where the operator lists the host.
        ("http://service.example/", "Failed: http://service.example/"),
        ("https://10.0.0.1/", "Failed: https://10.0.0.1/"),
    ] {
        let items = [OPEN, &words].concat();
        let site = site(url, &Written { items: &items, ..Written::default() }, |_| {}).await;
        let description = told(&sign_in(&site).await);
        assert!(description.starts_with(&format!("AADB2C90261: {expected}")), "{url}: {description}");
    }
}

#[tokio::test]
async fn attack_101_json_is_read_whatever_it_is_called_and_nothing_else_is() {
    let deep = format!("{{\"level\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let utf16: Vec<u8> = "{\"level\":\"gold\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let table: Vec<(&str, Manner, Option<&str>)> = vec![
        ("called a page", response("content-type: text/html\r\n", br#"{"level":"gold"}"#), Some("gold")),
        ("without a type", response("", br#"{"level":"gold"}"#), Some("gold")),
        ("with a mark", response("", b"\xEF\xBB\xBF{\"level\":\"gold\"}"), Some("gold")),
        ("a name twice", response("", br#"{"level":"tin","level":"gold"}"#), Some("gold")),
        ("an empty text", response("", br#"{"level":""}"#), Some("none")),
        ("a null", response("", br#"{"level":null}"#), Some("none")),
        ("nothing", response("", b""), Some("none")),
        ("no UTF-8", response("", b"{\"level\":\"\xff\"}"), None),
        ("UTF-16", response("", &utf16), None),
        ("a hundred thousand levels", response("", deep.as_bytes()), None),
        ("half an object", response("", br#"{"level":"gold""#), None),
        ("two objects", response("", br#"{"level":"gold"}{"level":"tin"}"#), None),
        ("a claim of another form", response("", br#"{"points":{"a":1}}"#), None),
    ];
    for (what, manner, expected) in table {
        let service = Service::new(manner).await;
        let url = format!("http://127.0.0.1:{}/", service.port);
        let site = site(&url, &Written { items: OPEN, ..Written::default() }, |_| {}).await;
        let reply = tokio::time::timeout(Duration::from_secs(10), sign_in(&site)).await.expect(what);
        match expected {
            Some(level) => assert_eq!(token(&reply)["level"], level, "{what}"),
            None => assert!(told(&reply).starts_with("AADB2C90261: "), "{what}"),
        }
    }
}

/// The pattern of technical-profiles 10: one profile fetches a token with the application's own secret, the next uses it.
#[tokio::test]
async fn a_token_fetched_by_client_credentials_opens_the_next_service() {
    let service = Service::new(Manner::Serves(vec![
        ("/token", r#"{"token_type":"Bearer","access_token":"t0k","expires_in":3600}"#.to_owned()),
        ("/api/users/u1?of=Ada%20L", r#"{"data":[{"level":"gold"}]}"#.to_owned()),
    ]))
    .await;
    let fetch = crate::flow::profile(
        "Fetch",
        "RestfulProvider",
        &[
            ("ServiceUrl", &format!("http://127.0.0.1:{}/token", service.port)),
            ("AuthenticationType", "Basic"),
            ("SendClaimsIn", "Form"),
        ],
        r#"<CryptographicKeys>
             <Key Id="BasicAuthenticationUsername" StorageReferenceId="B2C_1A_Client" />
             <Key Id="BasicAuthenticationPassword" StorageReferenceId="B2C_1A_Secret" />
           </CryptographicKeys>
           <InputClaims>
             <InputClaim ClaimTypeReferenceId="grant_type" DefaultValue="client_credentials" AlwaysUseDefaultValue="true" />
             <InputClaim ClaimTypeReferenceId="scope" DefaultValue="https://api.test/.default" AlwaysUseDefaultValue="true" />
           </InputClaims>
           <OutputClaims><OutputClaim ClaimTypeReferenceId="bearer" PartnerClaimType="access_token" /></OutputClaims>"#,
    );
    let ask = crate::flow::profile(
        "Ask",
        "RestfulProvider",
        &[
            ("ServiceUrl", &format!("http://127.0.0.1:{}/api/users/{{objectId}}?of={{who}}", service.port)),
            ("AuthenticationType", "Bearer"),
            ("UseClaimAsBearerToken", "bearer"),
            ("SendClaimsIn", "Url"),
            ("ResolveJsonPathsInJsonTokens", "true"),
        ],
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="bearer" />
             <InputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="id" />
             <InputClaim ClaimTypeReferenceId="displayName" PartnerClaimType="who" /></InputClaims>
           <OutputClaims><OutputClaim ClaimTypeReferenceId="level" PartnerClaimType="data[0].level" /></OutputClaims>"#,
    );
    let profiles = format!("{fetch}{ask}");
    let flow = crate::flow::Flow {
        claims: &[("bearer", "string"), ("level", "string")],
        profiles: &profiles,
        runs: &["Silent", "Fetch", "Ask"],
        token: &["level"],
        ..Default::default()
    };
    let site = flow.site(|_| {}).await;
    import(&site, "B2C_1A_Client", Material::Secret(b"client".to_vec())).await;
    import(&site, "B2C_1A_Secret", Material::Secret(b"s".to_vec())).await;
    let claims = crate::flow::token(&crate::flow::run(&site, &[("name", "Ada L")]).await);
    assert_eq!(claims["level"], "gold");
    let asked = service.asked();
    assert!(asked[0].contains("authorization: Basic Y2xpZW50OnM="), "{}", asked[0]);
    assert!(
        asked[0].ends_with("grant_type=client_credentials&scope=https%3A%2F%2Fapi.test%2F.default"),
        "{}",
        asked[0]
    );
    assert!(asked[1].starts_with("GET /api/users/u1?of=Ada%20L HTTP/1.1"), "{}", asked[1]);
    assert!(asked[1].contains("authorization: Bearer t0k"), "{}", asked[1]);
}

#[tokio::test]
async fn only_a_service_that_does_not_answer_is_asked_again() {
    for (manner, tries) in [(Manner::HangsUp, 3), (Manner::Says(vec![(500, String::new())]), 1)] {
        let service = Service::new(manner).await;
        let url = format!("http://127.0.0.1:{}/", service.port);
        let site = site(&url, &Written { items: OPEN, ..Written::default() }, |config| {
            config.outbound.rest_tries = 3
        })
        .await;
        told(&sign_in(&site).await);
        let asked = service.asked();
        assert_eq!(asked.len(), tries);
        let key =
            |text: &String| text.lines().find(|line| line.starts_with("idempotency-key")).map(str::to_owned);
        assert!(asked.iter().all(|one| key(one).is_some() && key(one) == key(&asked[0])));
    }
}

#[tokio::test]
async fn a_host_that_keeps_failing_is_left_alone_and_tried_again_later() {
    let service = Service::new(Manner::HangsUp).await;
    let url = format!("http://127.0.0.1:{}/", service.port);
    let items = [OPEN, &[("UserMessageIfCircuitOpen", "Later.")]].concat();
    let site = site(&url, &Written { items: &items, ..Written::default() }, |_| {}).await;
    for _ in 0..7 {
        let description = told(&sign_in(&site).await);
        assert!(description.starts_with("AADB2C90261: Later."), "{description}");
    }
    assert_eq!(service.asked().len(), 5);
    site.wait(31);
    told(&sign_in(&site).await);
    assert_eq!(service.asked().len(), 6);
}

#[tokio::test]
async fn attack_103_a_private_service_is_reached_only_if_the_operator_lists_it() {
    let service = Service::says(200, "{}").await;
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"] {
        let url = format!("http://{host}:{}/", service.port);
        let site = site(&url, &Written { items: OPEN, ..Written::default() }, |config| {
            config.outbound.allow.clear()
        })
        .await;
        assert!(told(&sign_in(&site).await).starts_with("AADB2C90261: "), "{host}");
    }
    assert_eq!(service.asked().len(), 0);
}

async fn import(site: &Site, name: &str, material: Material) {
    let new = NewKey { key_use: KeyUse::Sig, material, not_before: None, expires: None };
    site.app.keys.add(TENANT, name, new).await.unwrap();
}

#[tokio::test]
async fn every_way_to_authenticate_sends_what_the_service_expects() {
    let secret = |text: &str| Material::Secret(text.as_bytes().to_vec());
    let basic =
        [("BasicAuthenticationUsername", "B2C_1A_User"), ("BasicAuthenticationPassword", "B2C_1A_Password")];
    let bearer = [("BearerAuthenticationToken", "B2C_1A_User")];
    let key = [("x-functions-key", "B2C_1A_Password")];
    let table = [
        ("Basic", basic.as_slice(), "authorization: Basic YWRhOnBhw59z"),
        ("Bearer", &bearer, "authorization: Bearer ada"),
        ("ApiKeyHeader", &key, "x-functions-key: pa\u{df}s"),
    ];
    for (kind, keys, expected) in table {
        let service = Service::says(200, "{}").await;
        let url = format!("http://127.0.0.1:{}/", service.port);
        let items = [("AuthenticationType", kind)];
        let site = site(&url, &Written { items: &items, keys, ..Written::default() }, |_| {}).await;
        assert!(told(&sign_in(&site).await).starts_with("AADB2C900"), "{kind}: no key yet");
        assert_eq!(service.asked().len(), 0);
        import(&site, "B2C_1A_User", secret("ada\n")).await;
        import(&site, "B2C_1A_Password", secret("pa\u{df}s")).await;
        token(&sign_in(&site).await);
        let asked = service.asked();
        assert!(asked[0].contains(expected), "{kind}: {}", asked[0]);
    }
}

#[tokio::test]
async fn a_bearer_claim_is_sent_in_its_header_alone_and_must_have_a_value() {
    let service = Service::says(200, "{}").await;
    let url = format!("http://127.0.0.1:{}/", service.port);
    let items = [
        ("AuthenticationType", "Bearer"),
        ("UseClaimAsBearerToken", "bearer"),
        ("SendClaimsIn", "QueryString"),
    ];
    let inputs = r#"<InputClaim ClaimTypeReferenceId="bearer" DefaultValue="t0k" />"#;
    let with = site(&url, &Written { items: &items, inputs, ..Written::default() }, |_| {}).await;
    token(&sign_in(&with).await);
    let asked = service.asked();
    assert!(asked[0].starts_with("GET /?id=u1&name=Ada HTTP/1.1"), "{}", asked[0]);
    assert!(asked[0].contains("authorization: Bearer t0k"), "{}", asked[0]);
    let inputs = r#"<InputClaim ClaimTypeReferenceId="bearer" />"#;
    let without = site(&url, &Written { items: &items, inputs, ..Written::default() }, |_| {}).await;
    assert!(told(&sign_in(&without).await).starts_with("AADB2C90194: "));
}

/// An authority of the test, a server's and a client's certificate of it, as PEM files in a folder.
struct Certificates {
    folder: tempfile::TempDir,
    authority: String,
    server: (String, String),
    client: (String, String),
}

fn certificates() -> Certificates {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let made = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
    };
    let (server, client) = (made("localhost"), made("client.test"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), &authority).unwrap();
    Certificates { folder, authority, server, client }
}

impl Certificates {
    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server that wants a client's certificate.
    fn acceptor(&self) -> TlsAcceptor {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
        let chain = vec![CertificateDer::from_pem_slice(self.server.0.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(self.server.1.as_bytes()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_service_that_asks_for_one() {
    let made = certificates();
    let answer = Manner::Says(vec![(200, r#"{"level":"gold"}"#.to_owned())]);
    let service = Service::listen(answer, Some(made.acceptor())).await;
    let url = format!("https://localhost:{}/", service.port);
    let items = [("AuthenticationType", "ClientCertificate")];
    let keys = [("ClientCertificate", "B2C_1A_Client")];
    let written = Written { items: &items, keys: &keys, ..Written::default() };
    let trusting = site(&url, &written, |config| config.outbound.ca_file = Some(made.file())).await;
    assert!(told(&sign_in(&trusting).await).starts_with("AADB2C90028: "), "no certificate yet");
    import(&trusting, "B2C_1A_Client", Material::Pem(format!("{}{}", made.client.0, made.client.1), None))
        .await;
    assert_eq!(token(&sign_in(&trusting).await)["level"], "gold");
    // Without one the service does not answer.
    let bare = site(&url, &Written { items: OPEN, ..Written::default() }, |config| {
        config.outbound.ca_file = Some(made.file());
    })
    .await;
    assert!(told(&sign_in(&bare).await).starts_with("AADB2C90261: "));
}

#[tokio::test]
async fn attack_104_a_service_whose_certificate_nobody_trusts_gets_nothing() {
    let made = certificates();
    let service = Service::listen(Manner::Says(vec![(200, "{}".to_owned())]), Some(made.acceptor())).await;
    let items = [("AuthenticationType", "ClientCertificate")];
    let keys = [("ClientCertificate", "B2C_1A_Client")];
    let written = Written { items: &items, keys: &keys, ..Written::default() };
    // An authority that is not known; a name that is not the certificate's.
    for (host, known) in [("localhost", false), ("127.0.0.1", true)] {
        let url = format!("https://{host}:{}/", service.port);
        let site = site(&url, &written, |config| {
            config.outbound.ca_file = known.then(|| made.file());
        })
        .await;
        import(&site, "B2C_1A_Client", Material::Pem(format!("{}{}", made.client.0, made.client.1), None))
            .await;
        assert!(told(&sign_in(&site).await).starts_with("AADB2C90261: "), "{host}");
    }
    assert_eq!(service.asked().len(), 0);
}
