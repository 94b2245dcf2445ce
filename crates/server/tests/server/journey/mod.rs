//! Journeys through their pages: what a browser may send at which step, and what comes of it (attacks B).

mod addresses;
mod changes;
mod fields;
mod forms;
mod packs;
mod page_policy;
mod page_settings;
mod sessions;
mod steps;

pub(crate) use changes::set;
