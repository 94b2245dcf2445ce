//! OpenID Connect: the protocol's endpoints of a policy (protocols 1–11).
//!
//! In: requests at a policy's address. Out: redirects, posted forms, JSON; pages are others' to draw. Journeys are begun
//! and ended through `journeys`; what they issue becomes codes and tokens in `tokens`.

pub mod authorize;
pub mod call;
pub mod client;
pub mod cors;
pub mod direct;
pub mod discovery;
pub mod finish;
pub mod grants;
pub mod hint;
pub mod introspection;
pub mod logout;
mod page;
pub mod parameters;
pub mod published;
pub mod refusal;
pub mod request;
pub mod respond;
pub mod revocation;
pub mod token;
pub mod told;
pub mod userinfo;
