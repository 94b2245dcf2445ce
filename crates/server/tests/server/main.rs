//! The whole server over HTTP, in one process: one test binary, one file a feature.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod accounts;
mod attributes;
mod browser;
mod factors;
mod flow;
mod harness;
mod hints;
mod journey;
mod mail_codes;
mod migration;
mod oidc;
mod one_time;
mod phones;
mod recorder;
mod rest;
mod services;
