//! The relying party: which journey runs, how its session behaves, what the token says (policy-language 9).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Protocol, UserJourney};
use crate::claims::{Mapping, Name, Template};
use crate::kind::SamlParty;

/// RelyingParty.
#[derive(Debug)]
pub struct RelyingParty {
    /// DefaultUserJourney.
    pub journey: Arc<UserJourney>,
    /// Endpoint `Token`, else the issuer's RefreshTokenUserJourneyId: run when a refresh token is redeemed.
    pub refresh_journey: Option<Arc<UserJourney>>,
    /// The issuer's ClientCredentialsUserJourneyId: run when an application signs in as itself.
    pub client_credentials_journey: Option<Arc<UserJourney>>,
    /// Endpoint `UserInfo`.
    pub user_info_journey: Option<Arc<UserJourney>>,
    /// Protocol of its technical profile.
    pub protocol: Protocol,
    /// InputClaims: what an id_token_hint may bring.
    pub inputs: Vec<Mapping>,
    /// OutputClaims: what the token says; `partner` is the wire name.
    pub outputs: Vec<Mapping>,
    /// SubjectNamingInfo/@ClaimType: the wire name whose value is the subject.
    pub subject: Option<String>,
    /// The rest of SubjectNamingInfo.
    pub naming: SubjectNaming,
    /// Metadata of a relying party that speaks SAML.
    pub saml: Option<SamlParty>,
    /// CryptographicKeys: role (lower-cased key id) to container; `client_secret` verifies an id_token_hint in old
    /// policies (policy-language 9.3).
    pub keys: BTreeMap<String, Name>,
    /// UserJourneyBehaviors.
    pub behaviour: Behaviour,
}

/// SubjectNamingInfo but for the claim: how a SAML subject is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectNaming {
    /// `@Format`: NameID/@Format.
    pub format: Option<String>,
    /// `@NameQualifier`.
    pub name_qualifier: Option<String>,
    /// `@SPNameQualifier`.
    pub sp_name_qualifier: Option<String>,
    /// `@SPProvidedID`.
    pub sp_provided_id: Option<String>,
    /// `@ExcludeAsClaim`: the claim is the subject only, and no attribute beside it.
    pub exclude_as_claim: bool,
}

/// UserJourneyBehaviors.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// SingleSignOn/@Scope.
    pub scope: Scope,
    /// SingleSignOn/@KeepAliveInDays; 0 is off.
    pub keep_alive_days: u16,
    /// SingleSignOn/@EnforceIdTokenHintOnLogout.
    pub enforce_hint_on_logout: bool,
    /// SessionExpiryType is `Absolute`.
    pub absolute_expiry: bool,
    /// SessionExpiryInSeconds, 900–86400; none where the policy sets none.
    pub session_seconds: Option<u32>,
    /// ContentDefinitionParameters in order.
    pub content_parameters: Vec<(String, Template)>,
    /// JourneyFraming/@Sources when enabled: origins that may frame the pages.
    pub framing: Vec<String>,
    /// ScriptExecution is `Allow`.
    pub scripts: bool,
    /// OnError/@Mode is `DisplayInService`.
    pub show_errors: bool,
    /// JourneyInsights: journeys are reported to Application Insights.
    pub insights: Option<JourneyInsights>,
}

/// JourneyInsights; its engine is always Application Insights, its version 1.0.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JourneyInsights {
    /// `@InstrumentationKey`.
    pub instrumentation_key: String,
    /// `@DeveloperMode`: events are sent at once.
    pub developer_mode: bool,
    /// `@ClientEnabled`: the page's script reports too.
    pub client: bool,
    /// `@ServerEnabled`: the server reports.
    pub server: bool,
}

impl Default for Behaviour {
    /// The documented defaults (policy-language 9.2).
    fn default() -> Behaviour {
        Behaviour {
            scope: Scope::Tenant,
            keep_alive_days: 0,
            enforce_hint_on_logout: false,
            absolute_expiry: false,
            session_seconds: None,
            content_parameters: Vec::new(),
            framing: Vec::new(),
            scripts: false,
            show_errors: false,
            insights: None,
        }
    }
}

/// SingleSignOn/@Scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// No session is read or written.
    Suppressed,
    /// As Tenant (policy-language 16).
    TrustFramework,
    /// All policies of the tenant share it.
    Tenant,
    /// One per application.
    Application,
    /// One per policy.
    Policy,
}

impl RelyingParty {
    /// The names of the claims a token of this policy may hold, for discovery.
    pub fn wire_names(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|output| output.partner.as_str())
    }

    /// The claim whose value is the subject.
    pub fn subject_claim(&self) -> Option<&Name> {
        let wanted = self.subject.as_deref()?;
        self.outputs.iter().rev().find(|output| output.partner == wanted).map(|output| &output.claim)
    }
}
