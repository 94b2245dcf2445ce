//! Family `security`.

use super::set::{Parts, fires};

/// A step that runs the profile `Call`, which `profile` declares.
fn call(profile: &'static str) -> Parts {
    let steps = r#"<OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges>
      <ClaimsExchange Id="Call" TechnicalProfileReferenceId="Call" /></ClaimsExchanges></OrchestrationStep>"#;
    Parts { profiles: profile, steps, last: 2, ..Parts::default() }
}

macro_rules! rest {
    ($items:literal) => {
        concat!(
            r#"<TechnicalProfile Id="Call"><DisplayName>C</DisplayName><Protocol Name="Proprietary"
              Handler="Web.TPEngine.Providers.RestfulProvider, Web.TPEngine" /><Metadata>"#,
            $items,
            r#"</Metadata><CryptographicKeys><Key Id="BasicAuthenticationUsername" StorageReferenceId="B2C_1A_U" />
              <Key Id="BasicAuthenticationPassword" StorageReferenceId="B2C_1A_P" /></CryptographicKeys>
              <InputClaims><InputClaim ClaimTypeReferenceId="objectId" /></InputClaims></TechnicalProfile>"#
        )
    };
}

#[test]
fn rest_calls_without_authentication() {
    let none = call(rest!(
        r#"<Item Key="ServiceUrl">https://api.example/x</Item><Item Key="AuthenticationType">None</Item>
           <Item Key="AllowInsecureAuthInProduction">true</Item>"#
    ));
    fires("V1201", &none, &["None"]);
    fires("V1202", &none, &["true"]);
    let basic = call(rest!(
        r#"<Item Key="ServiceUrl">https://api.example/x</Item><Item Key="AuthenticationType">Basic</Item>"#
    ));
    fires("V1201", &basic, &[]);
    fires("V1202", &basic, &[]);
    fires("V1203", &basic, &[]);
}

#[test]
fn debugging() {
    let debug = call(rest!(
        r#"<Item Key="ServiceUrl">https://api.example/x</Item><Item Key="AuthenticationType">Basic</Item>
           <Item Key="DebugMode">True</Item>"#
    ));
    fires("V1203", &debug, &["True"]);
    fires("V1205", &Parts { root: r#"DeploymentMode="Development""#, ..Parts::default() }, &["Development"]);
    fires("V1205", &Parts { root: r#"DeploymentMode="Production""#, ..Parts::default() }, &[]);
}

#[test]
fn plain_http() {
    let http = call(rest!(
        r#"<Item Key="ServiceUrl">http://api.example/x</Item><Item Key="AuthenticationType">Basic</Item>"#
    ));
    fires("V1204", &http, &["http://api.example/x"]);
    let local = call(rest!(
        r#"<Item Key="ServiceUrl">http://localhost:7071/x</Item><Item Key="AuthenticationType">Basic</Item>"#
    ));
    fires("V1204", &local, &[]);
}

#[test]
fn secrets_in_plain_text() {
    let function = call(rest!(
        r#"<Item Key="ServiceUrl">https://api.example/x?code=Zm9vYmFyYmF6cXV4</Item><Item Key="AuthenticationType">Basic</Item>"#
    ));
    fires("V1211", &function, &["https://api.example/x?code=Zm9vYmFyYmF6cXV4"]);
    let placeholder = call(rest!(
        r#"<Item Key="ServiceUrl">https://api.example/x?code={Settings:Key}</Item><Item Key="AuthenticationType">Basic</Item>"#
    ));
    fires("V1211", &placeholder, &[]);
}

macro_rules! behaviors {
    ($children:literal) => {
        Parts {
            party: concat!("<UserJourneyBehaviors>", $children, "</UserJourneyBehaviors>"),
            contents: r#"<ContentDefinition Id="api.error"><LoadUri>https://cdn.example/{Culture:RFC5646}/e.html</LoadUri>
              <DataUri>urn:com:microsoft:aad:b2c:elements:contract:globalexception:1.2.5</DataUri></ContentDefinition>"#,
            ..Parts::default()
        }
    };
}

#[test]
fn scripts_and_frames() {
    fires("V1206", &behaviors!("<ScriptExecution>Allow</ScriptExecution>"), &["Allow"]);
    fires("V1206", &behaviors!("<ScriptExecution>Disallow</ScriptExecution>"), &[]);
    fires("V1208", &behaviors!(r#"<JourneyFraming Enabled="true" Sources="https://a.example" />"#), &[]);
    fires("V1208", &behaviors!(r#"<JourneyFraming Enabled="true" Sources="https://*" />"#), &["https://*"]);
    fires("V1208", &behaviors!(r#"<JourneyFraming Enabled="false" Sources="https://*" />"#), &[]);
}

#[test]
fn the_request_must_not_choose_the_host_of_a_page() {
    let mut parts = behaviors!("");
    parts.party = "";
    fires("V1207", &parts, &[]);
    parts.contents = r#"<ContentDefinition Id="api.error"><LoadUri>https://{OAUTH-KV:host}/e.html</LoadUri>
      <DataUri>urn:com:microsoft:aad:b2c:elements:contract:globalexception:1.2.5</DataUri></ContentDefinition>"#;
    fires("V1207", &parts, &["https://{OAUTH-KV:host}/e.html"]);
}
