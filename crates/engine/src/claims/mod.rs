//! Claims: typed values, the bag that carries them, and the rules by which they are read, written and defaulted.
//!
//! In: text, JSON, other values. Out: values or a message. A small calculator that must not know policies, journeys,
//! pages or XML; what it needs of them is handed in as plain data.

pub mod bag;
pub mod mapping;
pub mod predicate;
pub mod resolver;
pub mod value;

pub use bag::Claims;
pub use mapping::{DefaultValue, Mapping};
pub use resolver::{Facts, Known, Template, Text, Unsupported};
pub use value::{DataType, Identity, Value};

/// An id as its policy declares it. References are brought to the declared spelling when the policy is compiled, so
/// that at run time names compare byte by byte (reference README 2).
pub type Name = std::sync::Arc<str>;
