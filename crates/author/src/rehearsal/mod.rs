//! Journey tests for the author of policies: a person's way through a policy, written down and played against the
//! compiled policy with a directory, a mailbox and a clock that exist only for that.
//!
//! In: Markdown with ` ```journey ` blocks, compiled policies. Out: for each block whether it went as written, and if
//! not, at which line and why; what ran, for coverage. No server, no network, no waiting. The language is described in
//! docs/journey-tests.md.

mod coverage;
mod directory;
mod expect;
mod play;
mod script;
mod world;

use std::sync::Arc;

use vestibule_engine::policy::Policy;

pub use coverage::Coverage;
pub use script::{Block, Malformed, blocks};
pub use world::Stage;

/// How one block ended.
#[derive(Debug)]
pub struct Played {
    /// The heading above the block, or what its fence says.
    pub name: String,
    /// The line of its fence, from 1.
    pub line: u32,
    /// Nothing, or where and why it went otherwise.
    pub failure: Option<Failed>,
}

/// Where a rehearsal went otherwise than written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The line in the file, from 1.
    pub line: u32,
    /// What was the case instead, in words for the author.
    pub why: String,
}

/// Plays every block of a file, each in a world of its own, and notes in `coverage` what ran.
pub fn rehearse(text: &str, policies: &[Arc<Policy>], coverage: &mut Coverage) -> Vec<Played> {
    blocks(text).into_iter().map(|block| rehearse_block(block, policies, coverage)).collect()
}

/// Plays one block.
pub fn rehearse_block(block: Block, policies: &[Arc<Policy>], coverage: &mut Coverage) -> Played {
    let Block { name, line, lines } = block;
    let failure = match lines {
        Ok(lines) => play::play(&lines, policies, coverage).err(),
        Err(Malformed { line, why }) => Some(Failed { line, why }),
    };
    Played { name, line, failure }
}

#[cfg(test)]
mod rehearsal_tests;
