//! Arguments in, exit code out; everything else is in `vestibule::commands`.

fn main() -> std::process::ExitCode {
    vestibule::commands::main()
}
