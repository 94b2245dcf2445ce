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

/// What came of compiling a set of files.
#[derive(Debug)]
pub struct Compiled {
    /// The policies that compiled.
    pub policies: Vec<std::sync::Arc<policy::Policy>>,
    /// What is wrong with the files.
    pub diagnostics: diagnostic::Diagnostics,
}

/// Compiles every policy of a set of files; checking is on its way.
pub fn compile(sources: &source::Sources) -> Compiled {
    let mut diagnostics = diagnostic::Diagnostics::default();
    for source in sources.iter() {
        diagnostics.append(syntax::parse(source).1);
    }
    Compiled { policies: Vec::new(), diagnostics }
}
