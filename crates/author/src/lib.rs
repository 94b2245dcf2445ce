//! Tools for the author of policies. In: policy files as texts, compiled by the engine. Out: texts (XML, SVG, Mermaid,
//! JSON, HTML) and answers to an editor. The command line reads and writes the files.
//!
//! Must not be known here: a running server, a database, HTTP, the file system beyond what an editor asks for.

pub mod analyze;
pub mod build;
pub mod diff;
mod encoding;
pub mod feature;
pub mod formatting;
pub mod graph;
pub mod lsp;
pub mod rehearsal;
pub mod report;
pub mod set;
pub mod show;
pub mod words;
