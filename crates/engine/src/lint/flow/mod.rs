//! What a journey does with claims, along all its ways. In: a policy and one of its journeys. Out: which steps are
//! reached and run, how each precondition turns out, and what the bag holds where the claims are sent.
//!
//! Ways are followed apart from each other, as policies branch on one claim and join again on another; past a limit they
//! are laid together. A way never promises more than can be told: a claim is there, may be there or is not.
//! Must not be known here: what is reported.

mod bag;
mod condition;
mod effect;
pub(super) mod page;
mod transformation;
mod walk;

pub(super) use walk::{Seen, Walk};
