//! The web: requests in, responses out. The only user of axum.
//!
//! In: HTTP. Out: HTTP. Nobody imports this module; what a request means is decided in the modules below it.

pub mod dev;
pub mod endpoints;
pub mod error;
pub mod form;
pub mod gateway;
pub mod headers;
pub mod health;
pub mod journey;
pub mod oidc;
pub mod pages;
pub mod routes;
pub mod trouble;
pub mod urls;
pub mod visit;
