//! Vestibule's engine: compiles TrustFrameworkPolicy XML and interprets its user journeys.
//!
//! Text → syntax with spans → merged → checked policy → journey → page, redirect or answer. Nothing here knows a
//! runtime, a database, HTTP, a clock or randomness; a running journey reaches the outside through `journey::World`.

pub mod claims;
pub mod diagnostic;
pub mod inherit;
pub mod journey;
pub mod kind;
pub mod message;
pub mod policy;
pub mod regex;
pub mod source;
pub mod syntax;
pub mod text;
pub mod transform;
