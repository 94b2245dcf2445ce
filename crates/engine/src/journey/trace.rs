//! What happens in a journey, told while it happens: for recorders, coverage and tests.
//!
//! In: the interpreter's own values, by reference. Out: nothing; [`World::note`](super::World::note) may keep what it
//! likes. A journey runs the same whether somebody listens or not. Values of claims are shown as they are: whoever
//! keeps them hides the secret ones (`is_secret`).

use super::outcome::{Choice, Outcome, Reply};
use super::state::Journey;
use super::world::{Answer, Failure, Sent};
use super::{Page, fields};
use crate::claims::{Claims, Name};
use crate::policy::{InputType, Policy, Profile, Step, Validation};
use crate::transform::{self, Transformation};

/// One thing that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A journey began; its claims are still empty.
    Began(&'a Journey),
    /// A step's turn came. Its preconditions can be judged by the journey's claims, which are those they were judged by.
    Step {
        /// The journey as it came to the step.
        journey: &'a Journey,
        /// The step.
        step: &'a Step,
        /// Whether a precondition skipped it.
        skipped: bool,
    },
    /// A profile was passed over because EnabledForUserJourneys said so.
    Disabled(&'a Profile),
    /// A profile was not run because the session had its claims, which are now in the bag.
    Restored(&'a Profile, &'a Claims),
    /// A profile began, on this bag.
    Profile(&'a Profile, &'a Claims),
    /// A profile without a page ended, leaving this bag; or why it did not.
    Done(&'a Profile, Result<&'a Claims, &'a Failure>),
    /// A transformation ran.
    Transformed {
        /// For which profile.
        profile: &'a Profile,
        /// Which.
        transformation: &'a Transformation,
        /// The bag before.
        before: &'a Claims,
        /// The bag after; the same as before where it failed.
        after: &'a Claims,
        /// Why it failed.
        failure: Option<&'a transform::Failure>,
    },
    /// The outside was asked.
    Called {
        /// By which profile.
        profile: &'a Profile,
        /// Its input claims.
        inputs: &'a [Sent],
        /// Its persisted claims.
        persisted: &'a [Sent],
        /// What came back.
        answer: Result<&'a Answer, &'a Failure>,
    },
    /// A validation profile's turn came.
    Validation {
        /// Which.
        validation: &'a Validation,
        /// Whether it is passed over: by a precondition, or because it is disabled.
        skipped: bool,
    },
    /// A page is shown.
    Shown(&'a Journey, &'a Page),
    /// A form or an action of a control was posted and answered.
    Posted {
        /// The journey afterwards.
        journey: &'a Journey,
        /// What was posted.
        posted: &'a fields::Posted,
        /// The reply.
        reply: &'a Reply,
    },
    /// The browser chose a link, a button, or to go on.
    Chosen(&'a Journey, &'a Choice),
    /// The journey ended.
    Ended(&'a Journey, &'a Outcome),
}

/// Whether a claim's value must not be kept by who listens: it is asked for as a password, or is a one-time code by the
/// role a control gives it.
pub fn is_secret(policy: &Policy, claim: &Name) -> bool {
    let asked = policy.claims.get(claim).is_some_and(|claim| claim.input == Some(InputType::Password));
    let named = ["password", "secret", "verificationcode", "otp"];
    let name = claim.to_lowercase();
    asked
        || named.iter().any(|word| name.contains(word))
        || policy
            .controls
            .values()
            .any(|control| control.code_field().is_some_and(|field| field.claim == *claim))
}
