//! Family `traps`: what the XML seems to say and the cloud is known not to do (policy-language 14, technical-profiles 25,
//! user-interface 10), one file a place where they stand.

mod chain;
mod claim;
mod field;
mod session;

pub(super) use chain::check as chain;
pub(super) use claim::check as claim;
pub(super) use field::check as field;
pub(super) use session::check as session;
