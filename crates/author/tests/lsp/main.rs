//! A scripted editor against the language server: our own policies always, the LocalAccounts starter pack where the
//! corpus is. Expected places are those in the files, read by eye.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test ends where what it waits for does not come"
)]

mod client;
mod conversation;
mod diagnostics;
mod editing;
mod hovering;
mod navigation;
mod typing;
