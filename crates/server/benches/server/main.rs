//! What the server's parts cost, each beside the raw work it stands on. One binary, one file a part:
//! `cargo bench -p vestibule -- hash`. `docs/performance.md` holds what was measured.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on must stop and say so")]

mod hash;
mod sign_in;
mod site;
mod store;

use criterion::{criterion_group, criterion_main};

criterion_group!(benches, hash::benches, store::benches, sign_in::benches);
criterion_main!(benches);
