//! Policy XML as a typed tree. In: one [`Source`]. Out: a [`TrustFrameworkPolicy`] in XML's own names and what is wrong
//! with the file itself: encoding, well-formedness, shape of the schema, keys given twice.
//!
//! Every field is optional or a list, because a child policy carries parts; only what names a node is required, and a
//! node without it is reported and left out. Required-ness, references and types are checked after merging. Everything
//! carries the span it was read from.
//!
//! Must not be known here: inheritance, what a reference points to, what a value does.

pub mod claim;
pub mod content;
pub mod journey;
pub mod party;
pub mod profile;
pub mod transformation;
pub mod value;

pub use claim::*;
pub use content::*;
pub use journey::*;
pub use party::*;
pub use profile::*;
pub use transformation::*;
pub use value::*;

use crate::diagnostic::Diagnostics;
use crate::source::{Source, Span, Spanned};

/// The root element of a policy file (policy-language 1).
#[derive(Debug, Clone, PartialEq)]
pub struct TrustFrameworkPolicy {
    /// The start tag; the start of the file if there is no root element.
    pub span: Span,
    /// `@PolicySchemaVersion`.
    pub policy_schema_version: Option<Spanned<String>>,
    /// `@TenantId`.
    pub tenant_id: Option<Spanned<String>>,
    /// `@TenantObjectId`.
    pub tenant_object_id: Option<Spanned<String>>,
    /// `@PolicyId`.
    pub policy_id: Option<Spanned<String>>,
    /// `@PublicPolicyUri`.
    pub public_policy_uri: Option<Spanned<String>>,
    /// `@StateTableName`, ignored.
    pub state_table_name: Option<Spanned<String>>,
    /// `@DeploymentMode`; default `Production`.
    pub deployment_mode: Option<Spanned<DeploymentMode>>,
    /// `@UserJourneyRecorderEndpoint`.
    pub user_journey_recorder_endpoint: Option<Spanned<String>>,
    /// `BasePolicy`; absent in a root policy.
    pub base_policy: Option<BasePolicy>,
    /// `PolicyConstraints`.
    pub policy_constraints: Option<PolicyConstraints>,
    /// `Contacts/Contact`.
    pub contacts: Vec<Informational>,
    /// `DocumentReferences/DocumentReference`.
    pub document_references: Vec<Informational>,
    /// `BuildingBlocks`; empty if absent.
    pub building_blocks: BuildingBlocks,
    /// `ClaimsProviders/ClaimsProvider`.
    pub claims_providers: Vec<ClaimsProvider>,
    /// `UserJourneys/UserJourney`.
    pub user_journeys: Vec<UserJourney>,
    /// `SubJourneys/SubJourney`.
    pub sub_journeys: Vec<SubJourney>,
    /// `RelyingParty`; its presence makes the policy executable.
    pub relying_party: Option<RelyingParty>,
}

/// `BuildingBlocks` (policy-language 4).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BuildingBlocks {
    /// `ClaimsSchema/ClaimType`.
    pub claims_schema: Vec<ClaimType>,
    /// `Predicates/Predicate`.
    pub predicates: Vec<Predicate>,
    /// `InputValidations/InputValidation`.
    pub input_validations: Vec<InputValidation>,
    /// `PredicateValidations/PredicateValidation`.
    pub predicate_validations: Vec<PredicateValidation>,
    /// `ClaimsTransformations/ClaimsTransformation`.
    pub claims_transformations: Vec<ClaimsTransformation>,
    /// `ClientDefinitions/ClientDefinition`.
    pub client_definitions: Vec<ClientDefinition>,
    /// `ContentDefinitions/ContentDefinition`.
    pub content_definitions: Vec<ContentDefinition>,
    /// `Localization`.
    pub localization: Option<Localization>,
    /// `DisplayControls/DisplayControl`.
    pub display_controls: Vec<DisplayControl>,
}

/// Reads one policy file. Always gives a tree, perhaps an empty one, and all that is wrong with the file.
pub fn parse(source: &Source) -> (TrustFrameworkPolicy, Diagnostics) {
    (TrustFrameworkPolicy::empty(source), Diagnostics::default())
}

impl TrustFrameworkPolicy {
    fn empty(source: &Source) -> Self {
        Self {
            span: Span::start_of(source.id()),
            policy_schema_version: None,
            tenant_id: None,
            tenant_object_id: None,
            policy_id: None,
            public_policy_uri: None,
            state_table_name: None,
            deployment_mode: None,
            user_journey_recorder_endpoint: None,
            base_policy: None,
            policy_constraints: None,
            contacts: Vec::new(),
            document_references: Vec::new(),
            building_blocks: BuildingBlocks::default(),
            claims_providers: Vec::new(),
            user_journeys: Vec::new(),
            sub_journeys: Vec::new(),
            relying_party: None,
        }
    }
}
