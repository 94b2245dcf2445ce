//! Technical profiles: one exchange with the directory, a page, a service or a provider (policy-language 5).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::journey::Precondition;
use super::{DisplayControl, Place};
use crate::claims::{Mapping, Name, Text, Unsupported};
use crate::kind::Kind;
use crate::transform::Transformation;

/// One TechnicalProfile, includes resolved.
#[derive(Debug)]
pub struct Profile {
    /// Declared id.
    pub id: Name,
    /// DisplayName: caption of its button.
    pub display_name: Option<String>,
    /// Domains a `domain_hint` may name, lower-cased; the provider's where the profile has none.
    pub domains: Vec<String>,
    /// Protocol/@Name.
    pub protocol: Protocol,
    /// What it does, with its settings.
    pub kind: Kind,
    /// ContentDefinitionReferenceId of any kind, in its declared spelling: where localized texts of its transformations
    /// come from.
    pub content: Option<Name>,
    /// IncludeClaimResolvingInClaimsHandling: claim resolvers count in default values, and in metadata
    /// (policy-language 11.1).
    pub resolvers: bool,
    /// ClaimsProviderSelectionDisplayType is `TextLink`: no button, but a link.
    pub text_link: bool,
    /// ErrorHandlers in order: which errors of an identity provider mean that the sign-in is to be repeated.
    pub error_handlers: Vec<ErrorHandler>,
    /// EnabledForUserJourneys.
    pub enabled: Enabled,
    /// IncludeInSso; true where the policy says nothing.
    pub include_in_sso: bool,
    /// UseTechnicalProfileForSessionManagement, resolved.
    pub session: Option<Arc<Profile>>,
    /// InputClaimsTransformations in order.
    pub input_transformations: Vec<Arc<Transformation>>,
    /// InputClaims in order.
    pub inputs: Vec<Mapping>,
    /// DisplayClaims in order; when there is one, it alone decides what the page shows.
    pub displayed: Vec<Displayed>,
    /// PersistedClaims in order.
    pub persisted: Vec<Mapping>,
    /// OutputClaims in order.
    pub outputs: Vec<Mapping>,
    /// OutputClaimsTransformations in order.
    pub output_transformations: Vec<Arc<Transformation>>,
    /// ValidationTechnicalProfiles in order.
    pub validations: Vec<Arc<Validation>>,
    /// CryptographicKeys: role (lower-cased key id) to container.
    pub keys: BTreeMap<String, Name>,
    /// Texts of errors (`UserMessageIf…`, `DefaultMessage` …) by lower-cased metadata key.
    pub messages: BTreeMap<String, Text>,
    /// `language.*`: UX string id (lower-cased) to text.
    pub language: BTreeMap<String, Text>,
    /// Where it stands.
    pub place: Place,
}

/// One ErrorHandler (technical-profiles 1.3): what to do about an error that an identity provider answers in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorHandler {
    /// ResponseMatch: a JSON path that selects something in the answer, `@@` turned into the `@` it stands for.
    pub response_match: String,
    /// Action.
    pub action: ErrorAction,
    /// AdditionalRequestParameters: added to the new authorization request, name and value.
    pub parameters: Vec<(String, String)>,
}

/// ErrorHandler/Action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorAction {
    /// `Reauthenticate`: the browser is sent to the provider once more.
    Reauthenticate,
    /// `InvalidClient`: the client id or secret is taken for wrong.
    InvalidClient,
}

/// Protocol/@Name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `None`, or none written
    None,
    /// `OAuth1`
    OAuth1,
    /// `OAuth2`
    OAuth2,
    /// `SAML2`
    Saml2,
    /// `OpenIdConnect`
    OpenIdConnect,
    /// `Proprietary`, told apart by handler
    Proprietary,
}

/// EnabledForUserJourneys (policy-language 5.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enabled {
    /// `true`, `Always`, absent
    Always,
    /// `false`, `Never`
    Never,
    /// `OnClaimsExistence`, with the value to compare where one is given
    OnClaim(Name, Option<String>),
    /// `OnItemExistenceInStringCollectionClaim`
    OnItem(Name, String),
    /// `OnItemAbsenceInStringCollectionClaim`
    OnItemAbsent(Name, String),
}

/// One DisplayClaim.
#[derive(Debug)]
pub enum Displayed {
    /// A claim, and whether it must be filled in.
    Claim(Name, bool),
    /// A display control.
    Control(Arc<DisplayControl>),
}

/// One ValidationTechnicalProfile, or one profile of a display control's action.
#[derive(Debug)]
pub struct Validation {
    /// What runs.
    pub profile: Arc<Profile>,
    /// `ContinueOnError`; false where the policy says nothing.
    pub continue_on_error: bool,
    /// `ContinueOnSuccess`; true where the policy says nothing.
    pub continue_on_success: bool,
    /// Preconditions: any that is met skips it.
    pub preconditions: Vec<Precondition>,
    /// Where it is named.
    pub place: Place,
}

impl Profile {
    /// A claim resolver in one of its default values that does not exist.
    pub fn unsupported(&self) -> Option<&Unsupported> {
        self.inputs.iter().chain(&self.persisted).chain(&self.outputs).find_map(Mapping::unsupported)
    }

    /// The text a policy gives for an error, by metadata key.
    pub fn message(&self, key: &str) -> Option<&Text> {
        self.messages.get(&key.to_ascii_lowercase())
    }
}
