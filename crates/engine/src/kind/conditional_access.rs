//! Conditional Access: how risky a sign-in is, and what was done about it (technical-profiles 23).

use super::{Metadata, Shape, needs_inputs};

/// What such a profile does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionalAccess {
    /// `Evaluation`: outputs `Challenges` (`block`, `mfa`, `chg_pwd`) and `MultiConditionalAccessStatus`.
    Evaluate,
    /// `Remediation`: takes in `ChallengesSatisfied`; no outputs.
    Remediate,
}

impl ConditionalAccess {
    /// The partner names of the input claims that the operation needs.
    pub fn inputs(self) -> &'static [&'static str] {
        match self {
            ConditionalAccess::Evaluate => {
                &["UserId", "AuthenticationMethodsUsed", "IsFederated", "IsMfaRegistered"]
            }
            ConditionalAccess::Remediate => &["ChallengesSatisfied"],
        }
    }
}

/// Reads the settings (technical-profiles 23).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<ConditionalAccess> {
    let operations =
        [("Evaluation", ConditionalAccess::Evaluate), ("Remediation", ConditionalAccess::Remediate)];
    let operation = metadata.needed_choice("OperationType", &operations)?;
    needs_inputs(shape, metadata, operation.inputs());
    Some(operation)
}
