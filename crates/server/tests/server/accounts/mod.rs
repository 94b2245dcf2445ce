//! Accounts over their pages: passwords, names, codes, resets, and what an administrator does (attacks C, G, I).

mod codes;
mod guesses;
mod machine;
mod names;
mod resets;
mod states;
