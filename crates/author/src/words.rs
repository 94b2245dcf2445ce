//! Parts of a policy in words that a person reads without knowing the XML. In: syntax. Out: short texts.
//!
//! Must not be known here: which tool shows them.

use vestibule_engine::syntax::{OrchestrationStepType, Precondition, PreconditionType};

/// What a step does.
pub fn step(kind: Option<OrchestrationStepType>) -> &'static str {
    match kind {
        Some(OrchestrationStepType::CombinedSignInAndSignUp) => "Sign in or sign up",
        Some(OrchestrationStepType::ClaimsProviderSelection) => "Choose a provider",
        Some(OrchestrationStepType::ClaimsExchange) => "Exchange",
        Some(OrchestrationStepType::SendClaims) => "Answer the application",
        Some(OrchestrationStepType::GetClaims) => "Read the application's hint",
        Some(OrchestrationStepType::InvokeSubJourney) => "Sub-journey",
        Some(OrchestrationStepType::Noop) => "Nothing",
        Some(OrchestrationStepType::ConsentScreen) => "Consent screen",
        Some(OrchestrationStepType::ReviewScreen) => "Review screen",
        Some(OrchestrationStepType::UserDialog) => "User dialog",
        None => "Step without a type",
    }
}

/// When a precondition skips: "objectId exists", "authenticationSource is “local”" (policy-language 7.3).
pub fn skips_if(one: &Precondition) -> String {
    let expected = one.execute_actions_if.is_none_or(|flag| flag.value);
    let values: Vec<&str> = one.values.iter().map(|value| value.as_str()).collect();
    match (one.kind.map(|kind| kind.value), values.as_slice()) {
        (Some(PreconditionType::ClaimEquals), [claim, literal, ..]) => {
            format!("{claim} is {}“{literal}”", if expected { "" } else { "not " })
        }
        (Some(PreconditionType::ClaimEquals), _) => "a comparison that is not complete".to_owned(),
        (Some(PreconditionType::ClaimsExist), [claim]) => {
            format!("{claim} {}", if expected { "exists" } else { "is missing" })
        }
        (Some(PreconditionType::ClaimsExist), []) => "no claim is named".to_owned(),
        (Some(PreconditionType::ClaimsExist), several) => {
            let all = several.join(", ");
            if expected { format!("all of {all} exist") } else { format!("one of {all} is missing") }
        }
        (None, _) => "a precondition without a type".to_owned(),
    }
}

/// The whole sentence for a step or profile: "skipped if objectId exists or if …"; nothing without preconditions.
pub fn skipped(preconditions: Option<&Vec<Precondition>>) -> Option<String> {
    let all: Vec<String> = preconditions?.iter().map(skips_if).collect();
    (!all.is_empty()).then(|| format!("skipped if {}", all.join(", or if ")))
}
