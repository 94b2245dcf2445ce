//! The whole server over HTTP, in one process: one test binary, one file a feature.

mod harness;
mod oidc;
