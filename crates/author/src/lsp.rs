//! A language server for policies: diagnostics while typing, definition and references along the inheritance chain,
//! hover, completion, rename, outline. In: messages of an editor. Out: answers.
//!
//! Everything but diagnostics is told from the tags as they stand, by [`language`]'s table of the schema, so that it
//! works while a file is broken; diagnostics and effective values are the compiler's. Only this module names the crates
//! of the protocol.

mod abilities;
mod actions;
mod answers;
mod card;
mod completion;
mod context;
mod expected;
mod file;
mod findings;
mod hover;
mod language;
mod layout;
mod links;
mod markup;
mod names;
mod navigate;
mod outline;
mod parts;
mod place;
mod rename;
mod resolvers;
mod server;
mod settings;
mod shape;
mod snippets;
mod transport;
mod uri;
mod view;
mod words;
mod workspace;

pub use server::run;
pub use transport::serve;
