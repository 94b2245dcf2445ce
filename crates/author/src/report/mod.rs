//! What is wrong with policies, written for other programs than a terminal. In: diagnostics and the files they are about.
//! Out: SARIF for code scanning, commands for a GitHub workflow, or the sentences that the cloud would have answered an
//! upload with.
//!
//! Must not be known here: where the text goes, colours.

mod github;
mod sarif;
mod upload;

pub use github::github;
pub use sarif::sarif;
pub use upload::upload;

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
