//! The tools on real policies: golden files, read by eye before they were committed, and rules that hold for every set
//! of the corpus. Without the corpus they are skipped, and say so.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

#[path = "corpus/diffs.rs"]
mod diffs;
#[path = "corpus/formats.rs"]
mod formats;
#[path = "corpus/golden.rs"]
mod golden;
#[path = "corpus/graphs.rs"]
mod graphs;
#[path = "corpus/places.rs"]
mod places;
#[path = "corpus/reports.rs"]
mod reports;
#[path = "corpus/same.rs"]
mod same;
#[path = "corpus/shows.rs"]
mod shows;
