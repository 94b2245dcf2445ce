//! The lints: each fires at the exact place of a fragment made for it and not on its twin; our own set is clean of them.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

mod lint {
    pub(crate) mod journeys;
    pub(crate) mod packs;
    pub(crate) mod pages;
    pub(crate) mod security;
    pub(crate) mod set;
    pub(crate) mod traps;
    pub(crate) mod unused;
}
