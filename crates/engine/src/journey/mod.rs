//! The interpreter: a compiled policy, a saved journey and what the browser sent → the next page, redirect or answer.
//!
//! In: `Policy`, `Journey`, an input; the outside through `World` alone. Out: `Next`, `Reply` and the changed journey.
//! Must not know XML, diagnostics, HTML, HTTP, a clock or a database.

pub mod captcha;
pub mod complaint;
pub mod condition;
pub mod declared;
pub mod draw;
pub mod exchange;
pub mod fault;
pub mod field;
pub mod fields;
pub mod form;
pub mod format;
pub mod issue;
pub mod outcome;
pub mod page;
pub mod phone;
pub mod run;
pub mod session;
pub mod state;
pub mod trace;
pub mod trouble;
pub mod verify;
pub mod words;
pub mod world;

pub use exchange::Run;

pub use fault::{Fault, FaultCode};
pub use outcome::{Choice, Issue, Next, Outcome, Reply};
pub use page::Page;
pub use run::{Beginning, current_step};
pub use state::{Credentials, Entry, Journey, Request};
pub use trace::Event;
pub use world::{Answer, Call, Failure, Refusal, World};
