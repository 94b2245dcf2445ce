//! User journeys and sub-journeys: steps in order, each with its preconditions (policy-language 7, 8).

use std::sync::Arc;

use super::{ContentDefinition, Place, Profile};
use crate::claims::{DataType, Name};

/// One UserJourney.
#[derive(Debug)]
pub struct UserJourney {
    /// Declared id.
    pub id: Name,
    /// Steps in order; the step with Order n stands at n - 1.
    pub steps: Vec<Step>,
    /// DefaultCpimIssuerTechnicalProfileReferenceId, resolved.
    pub default_issuer: Option<Arc<Profile>>,
    /// `NonInteractive`.
    pub non_interactive: bool,
    /// Authorization profiles, run before step 1 (UserInfo journeys).
    pub authorization: Vec<Arc<Profile>>,
}

/// One SubJourney.
#[derive(Debug)]
pub struct SubJourney {
    /// Declared id.
    pub id: Name,
    /// `Type` is `Transfer`: it does not return.
    pub transfer: bool,
    /// Steps in order.
    pub steps: Vec<Step>,
}

/// One OrchestrationStep.
#[derive(Debug)]
pub struct Step {
    /// Its Order, from 1.
    pub order: u32,
    /// Any that is met skips the step.
    pub preconditions: Vec<Precondition>,
    /// What it does.
    pub kind: StepKind,
    /// Where it stands.
    pub place: Place,
}

/// What a step does.
#[derive(Debug)]
pub enum StepKind {
    /// One exchange, or several after a selection.
    ClaimsExchange(Vec<Exchange>),
    /// Sign-in form, provider buttons and sign-up link on one page.
    CombinedSignInAndSignUp {
        /// The page.
        content: Arc<ContentDefinition>,
        /// Buttons (Target) and the embedded form (Validation).
        selections: Selections,
        /// Exchanges of the embedded forms.
        exchanges: Vec<Exchange>,
    },
    /// A list of providers.
    ClaimsProviderSelection {
        /// The page.
        content: Arc<ContentDefinition>,
        /// The buttons.
        selections: Selections,
    },
    /// Claims from the application's id_token_hint, read by that profile.
    GetClaims(Arc<Profile>),
    /// Run a sub-journey, named because sub-journeys may call each other.
    InvokeSubJourney(Name),
    /// Issue the token, error or document of that profile, and end.
    SendClaims(Arc<Profile>),
    /// Nothing.
    Noop,
}

/// ClaimsProviderSelections.
#[derive(Debug, Default)]
pub struct Selections {
    /// `DisplayOption="ShowSingleProvider"`.
    pub show_single: bool,
    /// Entries in order.
    pub entries: Vec<Selection>,
}

/// One ClaimsProviderSelection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// A ClaimsExchange id of the next step.
    Target(Name),
    /// A ClaimsExchange id of the same step: its self-asserted profile is embedded in the page.
    Validation(Name),
}

/// One ClaimsExchange.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Declared id; also the id of its button.
    pub id: Name,
    /// What runs.
    pub profile: Arc<Profile>,
}

/// One Precondition; its only action is to skip (policy-language 7.3).
#[derive(Clone, Debug)]
pub struct Precondition {
    /// What is tested.
    pub test: Test,
    /// `ExecuteActionsIf`: the outcome of the test that skips.
    pub skip_if: bool,
}

/// What a precondition tests.
#[derive(Clone, Debug)]
pub enum Test {
    /// All of the claims are there.
    ClaimsExist(Vec<Name>),
    /// The claim's text equals the literal; not evaluated while the claim is absent.
    ClaimEquals(Name, DataType, String),
}
