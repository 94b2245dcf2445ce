//! A journey as a picture: steps, branches, what skips a step, profiles, pages, where it ends. In: a policy of a
//! [`Set`](crate::set::Set) and a journey's id. Out: a [`Graph`], and from it SVG or Mermaid.
//!
//! Must not be known here: whether the policy compiles; a reference that leads nowhere is drawn as such.

mod build;
mod escape;
mod layout;
mod measure;
mod mermaid;
mod svg;
#[cfg(test)]
mod tests;

pub use build::build;
pub use mermaid::mermaid;
pub use svg::{STYLE, svg};

/// Most lines that one list of a card has; the rest is counted.
const MOST_LINES: usize = 8;

/// A journey and the sub-journeys it runs, in the order in which it reaches them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// The policy's id.
    pub policy: String,
    /// What starts the journey, as a sentence; empty for a journey that nothing starts.
    pub started: String,
    /// The other journeys of the policy's relying party, each with what starts it.
    pub others: Vec<String>,
    /// The journey, then its sub-journeys.
    pub flows: Vec<Flow>,
}

/// A journey or sub-journey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its id.
    pub id: String,
    /// "Journey", "Sub-journey, called" or "Sub-journey, takes over".
    pub sort: &'static str,
    /// What stands at its beginning.
    pub start: String,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// What stands at its end.
    pub end: String,
    /// What the token says, or nothing.
    pub claims: Vec<String>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number; 0 for what runs before step 1.
    pub order: i32,
    /// What it does, in words.
    pub what: &'static str,
    /// The content definition of its own page.
    pub page: Option<String>,
    /// "skipped if objectId exists".
    pub skipped: Option<String>,
    /// Buttons of its page, each with the exchange of the next step that it runs.
    pub buttons: Vec<Button>,
    /// What it may run, side by side.
    pub cards: Vec<Card>,
    /// What comes after it, where it is not skipped.
    pub after: After,
}

/// What comes after a step that was not skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The next step, or the end.
    Next,
    /// The end of the journey, wherever the step stands.
    End,
    /// A sub-journey that does not return.
    HandedOver,
}

/// A button or link of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What it says.
    pub caption: String,
    /// Exchange id in the next step.
    pub target: String,
}

/// One exchange, issuer or sub-journey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The exchange's id.
    pub exchange: Option<String>,
    /// The button of the page before that leads to it, where there are several.
    pub button: Option<String>,
    /// The profile's or sub-journey's id.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// The family of what it is, for its colour.
    pub tone: Tone,
    /// A word of warning: not declared, not run.
    pub warning: Option<&'static str>,
    /// The flow it leads to, for a sub-journey.
    pub flow: Option<String>,
    /// Lists under a name: the page, validation profiles, actions of display controls.
    pub details: Vec<(String, Vec<String>)>,
}

/// Families of what a step runs. A colour tells them apart, and the words beside it say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Asks the person.
    Page,
    /// Reads or writes the directory.
    Directory,
    /// Leaves for another site.
    Provider,
    /// Calls a service.
    Call,
    /// Computes.
    Rules,
    /// Answers the application.
    Answer,
    /// Runs a sub-journey.
    Journey,
}

/// Why there is no graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoGraph {
    /// A base policy: it starts no journey. With the journeys it has.
    NothingStarts(Vec<String>),
    /// There is no such journey: its id, and the journeys there are.
    NoJourney(String, Vec<String>),
}
