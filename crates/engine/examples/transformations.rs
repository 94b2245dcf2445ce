//! Prints docs/transformations.md.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(vestibule_engine::transform::reference().as_bytes())
}
