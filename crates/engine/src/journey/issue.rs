//! SendClaims: from the bag to what is issued (policy-language 9.3).
//!
//! In: the policy, a journey at its end, the issuer's profile. Out: `Outcome`, unsigned. Whoever signs adds the
//! protocol's own claims.

use std::sync::Arc;

use jiff::Timestamp;

use super::fault::Fault;
use super::outcome::{Issue, Outcome};
use super::state::{Entry, Journey};
use crate::claims::{Claims, Facts, Mapping, Value};
use crate::kind::{Kind, Session};
use crate::policy::{Policy, Profile, is_password};

/// What the issuer's profile makes of the bag.
pub fn outcome(policy: &Policy, journey: &Journey, issuer: &Arc<Profile>, now: Timestamp) -> Outcome {
    let facts = journey.facts(policy, now);
    match &issuer.kind {
        Kind::TokenIssuer(_) | Kind::JsonIssuer => issue(policy, journey, issuer, &facts),
        Kind::ErrorIssuer => {
            let input = |partner: &str| {
                let mapping =
                    issuer.inputs.iter().find(|input| input.partner.eq_ignore_ascii_case(partner))?;
                mapping.outgoing(&facts, &journey.claims).map(|value| value.text())
            };
            let code = input("errorCode").unwrap_or_default();
            Outcome::Fault(Fault::custom(code, input("errorMessage").unwrap_or_default()))
        }
        Kind::Unusable => Outcome::Fault(Fault::unusable(&issuer.id)),
        kind if kind.not_run().is_some() => Outcome::Fault(Fault::with(
            90037,
            format!(
                "{}: not available in this version of the server yet.",
                kind.not_run().unwrap_or_default()
            ),
        )),
        _ => Outcome::Fault(Fault::with(90108, "The step that sends claims names no issuer.")),
    }
}

fn issue(policy: &Policy, journey: &Journey, issuer: &Arc<Profile>, facts: &Facts<'_>) -> Outcome {
    let Some(party) = &policy.party else {
        return Outcome::Fault(Fault::with(90228, "The relying party has no technical profile."));
    };
    let bag = &journey.claims;
    let mappings = if matches!(issuer.kind, Kind::JsonIssuer) { &issuer.inputs } else { &party.outputs };
    if let Some(unsupported) = mappings.iter().find_map(Mapping::unsupported) {
        return Outcome::Fault(Fault::unsupported(unsupported));
    }
    let claims = wire_claims(mappings, facts, bag);
    let subject = party.subject.as_ref().and_then(|wanted| {
        let found = claims.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        found.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    });
    let subject = subject.or_else(|| match &journey.request.entry {
        Entry::ClientCredentials { principal } => Some(principal.clone()),
        _ => None,
    });
    if matches!(issuer.kind, Kind::TokenIssuer(_)) && party.subject.is_some() && subject.is_none() {
        let text = "The claim that names the subject of the token has no value.";
        return Outcome::Fault(Fault::with(90037, text));
    }
    let user = match &issuer.kind {
        Kind::TokenIssuer(settings) => bag.text(&settings.user_claim),
        _ => None,
    };
    let remembers =
        issuer.session.as_ref().is_some_and(|keeper| matches!(keeper.kind, Kind::Session(Session::OAuth)));
    Outcome::Issue(Issue {
        issuer: issuer.clone(),
        claims,
        subject,
        user,
        authenticated_at: journey.authenticated_at.unwrap_or(facts.now),
        bag: without_passwords(policy, bag),
        kept: journey.kept.clone(),
        remembers_applications: remembers,
        keep_signed_in: journey.keep_signed_in.unwrap_or(false),
        fresh: journey.authenticated_at != journey.session.authenticated_at
            || journey.authenticated_at.is_none(),
    })
}

/// Values by wire name: empty ones left out, a default in place of an absent or empty one, the last of two that share a
/// name (policy-language 9.3).
fn wire_claims(mappings: &[Mapping], facts: &Facts<'_>, bag: &Claims) -> Vec<(String, serde_json::Value)> {
    let mut claims: Vec<(String, serde_json::Value)> = Vec::with_capacity(mappings.len());
    for mapping in mappings {
        let held = if mapping.always_default && mapping.default.is_some() {
            None
        } else {
            bag.get(&mapping.claim).filter(|value| !value.is_empty()).cloned()
        };
        let value = held.or_else(|| mapping.default(facts, bag)).filter(|value: &Value| !value.is_empty());
        if let Some(value) = value {
            claims.retain(|(name, _)| *name != mapping.partner);
            claims.push((mapping.partner.clone(), value.json()));
        }
    }
    claims
}

fn without_passwords(policy: &Policy, bag: &Claims) -> Claims {
    bag.iter()
        .filter(|(name, _)| !is_password(policy, name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
