//! How risky a sign-in is, by the operator's rules (technical-profiles 23).
//!
//! In: what the policy tells of the user, and where the request comes from. Out: challenges (`block`, `mfa`, `chg_pwd`).
//! Without rules there is never one.

use vestibule_engine::claims::Value;
use vestibule_engine::journey::world::{Answer, Sent};
use vestibule_engine::kind::ConditionalAccess;

use super::Context;
use crate::risk::{Challenge, SignIn};

/// Evaluates a sign-in, or notes that its challenges were met.
pub fn run(context: Context<'_>, operation: ConditionalAccess, inputs: &[Sent]) -> Answer {
    let mut answer = Answer::empty();
    if operation == ConditionalAccess::Remediate {
        let met = super::text(inputs, "ChallengesSatisfied").unwrap_or_default();
        tracing::info!(user_met = %met, correlation = %context.journey.correlation, "challenges met");
        return answer;
    }
    let flag = |name| super::text(inputs, name).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let request = &context.journey.request;
    let sign_in = SignIn {
        user: super::text(inputs, "UserId").unwrap_or_default(),
        address: request.address.parse().ok(),
        application: request.parameters.get("client_id").cloned().unwrap_or_default(),
        policy: context.journey.policy.to_string(),
        has_second_factor: flag("IsMfaRegistered"),
    };
    let mut challenges = context.app.risk.judge(&sign_in);
    // Who cannot answer a challenge is kept out by it.
    if challenges.contains(&Challenge::Mfa) && !sign_in.has_second_factor {
        challenges.retain(|challenge| *challenge != Challenge::Mfa);
        challenges.push(Challenge::Block);
    }
    let names = challenges.iter().map(|challenge| challenge.name().to_owned()).collect();
    answer.give("Challenges", Value::Strings(names));
    answer.give("MultiConditionalAccessStatus", Value::Strings(vec!["Evaluated".to_owned()]));
    answer
}
