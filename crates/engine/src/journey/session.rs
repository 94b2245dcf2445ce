//! Single sign-on: which profiles a session stands in for, what it restores and what it keeps (policy-language 10).
//!
//! In: a journey with the session it began with. Out: the same journey, its bag or its list of things to keep changed.
//! The session itself is somebody else's to store.

use jiff::Timestamp;

use super::state::Journey;
use crate::claims::{Claims, Name};
use crate::kind::{Kind, Session};
use crate::policy::{Policy, Profile};

/// Whether the session stands in for this profile: its session profile held a claim when the journey began
/// (participation is by session profile, policy-language 10.1).
pub fn participates(journey: &Journey, profile: &Profile) -> bool {
    let Some((keeper, kind)) = keeper(profile) else { return false };
    if !journey.request.entry.is_interactive() {
        return false;
    }
    let Some(held) = journey.session.entries.get(&keeper.id).filter(|claims| !claims.is_empty()) else {
        return false;
    };
    match kind {
        Session::Default => true,
        Session::ExternalLogin => profile.outputs.iter().any(|output| held.has(&output.claim)),
        Session::Noop | Session::OAuth | Session::Saml { .. } => false,
    }
}

/// Puts the session's claims into the bag, once, with the markers of every session profile that takes part. A claim
/// that the running journey has already gathered stays.
pub fn restore(policy: &Policy, journey: &mut Journey, now: Timestamp) {
    if journey.restored {
        return;
    }
    journey.restored = true;
    journey.authenticated_at = journey.authenticated_at.or(journey.session.authenticated_at);
    let mut bag = std::mem::take(&mut journey.claims);
    for (name, claims) in &journey.session.entries {
        for (claim, value) in claims.iter().filter(|(claim, _)| policy.claims.contains_key(*claim)) {
            if !bag.has(claim) {
                bag.set(claim.clone(), value.clone());
            }
        }
        mark(policy, journey, name, &mut bag, now);
    }
    journey.claims = bag;
}

/// The static markers of one session profile (`objectIdFromSession` and the like).
fn mark(policy: &Policy, journey: &Journey, keeper: &Name, bag: &mut Claims, now: Timestamp) {
    let Some(keeper) = policy.profiles.get(keeper) else { return };
    let facts = journey.facts(policy, now);
    for output in &keeper.outputs {
        if let Some(value) = output.default(&facts, bag) {
            bag.set(output.claim.clone(), value);
        }
    }
}

/// After a profile ran: notes what its session profile keeps. Claims that the session holds already are not written
/// again (policy-language 10.1: stored claims are immutable for the session).
pub fn keep(policy: &Policy, journey: &mut Journey, profile: &Profile, now: Timestamp) {
    let Some((keeper, kind)) = keeper(profile) else { return };
    if !journey.request.entry.is_interactive() || !matches!(kind, Session::Default | Session::ExternalLogin) {
        return;
    }
    let held = journey.session.entries.get(&keeper.id).cloned().unwrap_or_default();
    let facts = journey.facts(policy, now);
    let fresh: Claims = keeper
        .persisted
        .iter()
        .filter(|mapping| !held.has(&mapping.claim))
        .filter_map(|mapping| Some((mapping.claim.clone(), mapping.outgoing(&facts, &journey.claims)?)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    if !fresh.is_empty() {
        journey.kept.entry(keeper.id.clone()).or_default().overlay(&fresh);
    }
}

fn keeper(profile: &Profile) -> Option<(&Profile, Session)> {
    let keeper = profile.session.as_deref()?;
    match keeper.kind {
        Kind::Session(kind) => Some((keeper, kind)),
        _ => None,
    }
}
