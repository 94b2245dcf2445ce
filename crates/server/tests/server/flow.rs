//! Policies of a few profiles over the silent ones, for tests of providers: the journey runs the profiles in order and
//! ends with a token of the claims asked for.

use std::sync::Arc;

use jsonwebtoken::dangerous::insecure_decode;
use serde_json::Value;
use vestibule::config::Config;

use crate::browser::Browser;
use crate::harness::{Reply, Site, TENANT};

pub(crate) const POLICY: &str = "B2C_1A_Flow";

/// What a test writes of a policy.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flow<'a> {
    /// Claim types: id and data type; those with a `?` behind the id are asked for in a text box, those with a `!` shown.
    pub(crate) claims: &'a [(&'a str, &'a str)],
    /// Further building blocks behind the claims schema.
    pub(crate) blocks: &'a str,
    /// Technical profiles.
    pub(crate) profiles: &'a str,
    /// The profiles that the journey runs, in order.
    pub(crate) runs: &'a [&'a str],
    /// Claims of the token beside `sub`.
    pub(crate) token: &'a [&'a str],
}

impl Flow<'_> {
    fn text(&self) -> String {
        let claim = |(id, kind): &(&str, &str)| {
            let (plain, input) = match (id.strip_suffix('?'), id.strip_suffix('!')) {
                (Some(plain), _) => (plain, "<UserInputType>TextBox</UserInputType>"),
                (_, Some(plain)) => (plain, "<UserInputType>Readonly</UserInputType>"),
                (None, None) => (*id, ""),
            };
            let id = plain;
            format!(
                r#"<ClaimType Id="{id}"><DisplayName>{id}</DisplayName><DataType>{kind}</DataType>{input}</ClaimType>"#
            )
        };
        let step = |(place, profile): (usize, &&str)| {
            format!(
                r#"<OrchestrationStep Order="{}" Type="ClaimsExchange"><ClaimsExchanges>
                <ClaimsExchange Id="Exchange{place}" TechnicalProfileReferenceId="{profile}" /></ClaimsExchanges></OrchestrationStep>"#,
                place + 1
            )
        };
        let output = |id: &&str| format!(r#"<OutputClaim ClaimTypeReferenceId="{id}" DefaultValue="" />"#);
        let claims: String = self.claims.iter().map(claim).collect();
        let steps: String = self.runs.iter().enumerate().map(step).collect();
        let token: String = self.token.iter().map(output).collect();
        let (blocks, profiles, last) = (self.blocks, self.profiles, self.runs.len() + 1);
        format!(
            r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
    PolicySchemaVersion="0.3.0.0" TenantId="{TENANT}" PolicyId="{POLICY}" PublicPolicyUri="http://x/flow">
  <BasePolicy><TenantId>{TENANT}</TenantId><PolicyId>B2C_1A_SilentBase</PolicyId></BasePolicy>
  <BuildingBlocks><ClaimsSchema>{claims}</ClaimsSchema>{blocks}</BuildingBlocks>
  <ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>{profiles}</TechnicalProfiles>
  </ClaimsProvider></ClaimsProviders>
  <UserJourneys><UserJourney Id="Flow"><OrchestrationSteps>{steps}
    <OrchestrationStep Order="{last}" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />
  </OrchestrationSteps></UserJourney></UserJourneys>
  <RelyingParty>
    <DefaultUserJourney ReferenceId="Flow" />
    <UserJourneyBehaviors><SingleSignOn Scope="Suppressed" /></UserJourneyBehaviors>
    <TechnicalProfile Id="PolicyProfile"><DisplayName>x</DisplayName><Protocol Name="OpenIdConnect" />
      <OutputClaims>
        <OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" DefaultValue="nobody" />{token}
      </OutputClaims>
      <SubjectNamingInfo ClaimType="sub" />
    </TechnicalProfile>
  </RelyingParty>
</TrustFrameworkPolicy>"#
        )
    }

    /// A site with the policy, whose operator lets it reach services on this machine.
    pub(crate) async fn site(&self, change: impl FnOnce(&mut Config)) -> Arc<Site> {
        let text = self.text();
        let site = Site::with(|config| {
            std::fs::write(config.tenants[0].policies.join("Flow.xml"), text).unwrap();
            config.outbound.allow = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
            config.outbound.rest_seconds = 1;
            config.outbound.rest_tries = 1;
            change(config);
        });
        let site = Arc::new(site.await);
        loaded(&site);
        site
    }

    /// Writes the policy anew; journeys that begin from now on take it.
    pub(crate) fn replace_in(&self, site: &Site) {
        std::fs::write(site.app.config.tenants[0].policies.join("Flow.xml"), self.text()).unwrap();
        loaded(site);
    }
}

fn loaded(site: &Site) {
    let report = site.app.policies.load(&site.app.policies.tenants()[0], site.clock.now()).unwrap();
    assert!(report.loaded.iter().any(|id| id == POLICY), "{}", report.text);
}

/// The whole of a provider's name in a policy.
pub(crate) fn handler(class: &str) -> String {
    format!(
        r#"<Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.{class}, Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null" />"#
    )
}

/// A technical profile: id, class of its handler, metadata, and the rest of it.
pub(crate) fn profile(id: &str, class: &str, metadata: &[(&str, &str)], rest: &str) -> String {
    let item = |(key, value): &(&str, &str)| format!(r#"<Item Key="{key}">{value}</Item>"#);
    let metadata: String = metadata.iter().map(item).collect();
    let protocol = handler(class);
    format!(
        r#"<TechnicalProfile Id="{id}"><DisplayName>{id}</DisplayName>{protocol}<Metadata>{metadata}</Metadata>{rest}</TechnicalProfile>"#
    )
}

/// Runs a journey that shows no page; parameters are those of the request.
pub(crate) async fn run(site: &Site, parameters: &[(&str, &str)]) -> Reply {
    let plain = [("response_type", "id_token"), ("code_challenge", ""), ("code_challenge_method", "")];
    site.get(&site.asked(POLICY, "u1", &[&plain, parameters].concat())).await
}

/// The claims of the token in a reply.
pub(crate) fn token(reply: &Reply) -> Value {
    let token =
        reply.sent("id_token").unwrap_or_else(|| panic!("{} {}", reply.header("location"), reply.text));
    insecure_decode::<Value>(token).unwrap().claims
}

/// The error that an application is told.
pub(crate) fn told(reply: &Reply) -> String {
    reply.sent("error_description").unwrap_or_else(|| panic!("{} {}", reply.header("location"), reply.text))
}

/// A browser at the first page of the flow.
pub(crate) async fn browser(site: &Arc<Site>) -> Browser {
    let mut browser = Browser::new(site);
    let reply = browser.start(POLICY, &[]).await;
    assert_eq!(reply.status, 200, "{} {}", reply.header("location"), reply.text);
    browser
}
