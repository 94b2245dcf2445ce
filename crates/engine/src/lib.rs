//! Compiles policies and interprets journeys.

pub mod diagnostic;
pub mod inherit;
pub mod message;
pub mod source;
pub mod syntax;
