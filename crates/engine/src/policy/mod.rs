//! The compiled policy: plain immutable data, every reference resolved, every text typed.
//!
//! In: nothing (it is made by `check`). Out: what the interpreter runs. Knows no XML, no spans and no journey state.

pub mod claim;
pub mod content;
pub mod control;
pub mod journey;
pub mod party;
pub mod profile;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use claim::{ClaimType, InputType, Mask, Pattern, PredicateGroup, PredicateValidation};
pub use content::{ContentDefinition, ElementType, Localization, PageKind, PageVersion, Resources};
pub use control::{Action, ControlKind, DisplayControl};
pub use journey::{Exchange, Precondition, Selection, Step, StepKind, SubJourney, UserJourney};
pub use party::RelyingParty;
pub use profile::{Displayed, Enabled, ErrorAction, ErrorHandler, Profile, Protocol, Validation};

use crate::claims::Name;
use crate::transform::Transformation;

/// One policy with all it inherits, checked.
#[derive(Debug)]
pub struct Policy {
    /// The policy id in its declared spelling, for instance `B2C_1A_signup_signin`.
    pub id: Name,
    /// The tenant's name as the policy writes it.
    pub tenant: Name,
    /// The ids of the chain, root first, ending with `id`.
    pub chain: Vec<Name>,
    /// `Production`, `Development` or `Debugging`.
    pub deployment_mode: DeploymentMode,
    /// UserJourneyRecorderEndpoint; with deployment mode Development `urn:journeyrecorder:applicationinsights` asks for a
    /// step-by-step trace.
    pub recorder_endpoint: Option<String>,
    /// A digest of the chain's texts: two policies with one revision are the same.
    pub revision: String,
    /// Claim types by declared id.
    pub claims: BTreeMap<Name, Arc<ClaimType>>,
    /// Transformations by id.
    pub transformations: BTreeMap<Name, Arc<Transformation>>,
    /// Where each transformation stands, by its id; a transformation itself knows nothing of policies.
    pub transformation_places: BTreeMap<Name, Place>,
    /// Content definitions by id.
    pub contents: BTreeMap<Name, Arc<ContentDefinition>>,
    /// Languages.
    pub localization: Localization,
    /// Display controls by id.
    pub controls: BTreeMap<Name, Arc<DisplayControl>>,
    /// Technical profiles by id.
    pub profiles: BTreeMap<Name, Arc<Profile>>,
    /// User journeys by id.
    pub journeys: BTreeMap<Name, Arc<UserJourney>>,
    /// Sub-journeys by id.
    pub sub_journeys: BTreeMap<Name, Arc<SubJourney>>,
    /// What makes the policy executable; absent in base policies.
    pub party: Option<RelyingParty>,
    /// Policy keys (`B2C_1A_…`) that the profiles reachable from the relying party name.
    pub key_containers: Vec<Name>,
}

/// Whether the claim's input type is Password: it ends with the page that asked for it (reference README 22).
pub fn is_password(policy: &Policy, claim: &str) -> bool {
    policy.claims.get(claim).is_some_and(|claim| claim.input == Some(InputType::Password))
}

/// `DeploymentMode` of the root element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeploymentMode {
    /// The default.
    #[default]
    Production,
    /// Verbose recording allowed.
    Development,
    /// As Development.
    Debugging,
}

impl DeploymentMode {
    /// The name as policies write it.
    pub fn name(self) -> &'static str {
        match self {
            DeploymentMode::Production => "Production",
            DeploymentMode::Development => "Development",
            DeploymentMode::Debugging => "Debugging",
        }
    }
}

/// Where an element stands in the policy text, for traces and the recorder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named when loaded.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
}
