//! `vestibule fmt`: lays policy files out evenly, or says which are not.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use similar::TextDiff;
use vestibule_author::formatting::format_bytes;
use vestibule_engine::source::MAX_BYTES;

use super::{Failure, Outcome, paths};

/// Arguments of `fmt`.
#[derive(Debug, Args)]
#[command(
    long_about = "Lays policy files out evenly: two spaces a level, one element a line, start tags of more than 140
columns with one attribute a line.

Only white space without meaning changes: between elements and between attributes. Names, values, texts, comments,
their order, line ends, encoding and byte order mark stay as written; of several blank lines one stays. What would
change anything else leaves the file as it is. A file that cannot be parsed is left alone and told.
Ends with 0 when all is done, 1 when a file cannot be parsed or, with --check, is not laid out so.",
    after_help = "Examples:
  vestibule fmt policies/
  vestibule fmt 'policies/**/*.xml'
  vestibule fmt --check policies/                         for pipelines: prints what would change
  vestibule fmt - < Base.xml                              from standard input to standard output"
)]
pub struct FmtCommand {
    /// Folders with policy files, the files themselves, patterns, or `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Write nothing; print what would change and end with 1 if anything would
    #[arg(long)]
    pub check: bool,
}

/// What came of one file.
enum Came {
    Even,
    Uneven,
    Broken,
}

/// Lays out; `false` when a file cannot be parsed, or would change under `--check`.
pub fn run(command: &FmtCommand) -> Outcome {
    if let [only] = command.paths.as_slice()
        && paths::is_standard_input(only)
    {
        return standard_input(command);
    }
    let files = paths::files(&command.paths)?;
    if files.is_empty() {
        return Err(Failure("there is no policy file (*.xml) at the paths named".to_owned()));
    }
    let (mut uneven, mut broken) = (0, 0);
    for file in &files {
        match one(file, command)? {
            Came::Even => {}
            Came::Uneven => uneven += 1,
            Came::Broken => broken += 1,
        }
    }
    let told = if command.check { "would be laid out anew" } else { "laid out anew" };
    let apart = if broken > 0 { format!("; {broken} cannot be parsed") } else { String::new() };
    eprintln!("{uneven} of {} files {told}{apart}", files.len());
    Ok(broken == 0 && !(command.check && uneven > 0))
}

fn standard_input(command: &FmtCommand) -> Outcome {
    let bytes = paths::read_standard_input()?;
    let Some(even) = laid_out(paths::STANDARD_INPUT, &bytes) else { return Ok(false) };
    if command.check {
        print_difference(paths::STANDARD_INPUT, &bytes, &even);
        return Ok(bytes == even);
    }
    std::io::stdout().write_all(&even).map_err(Failure::from_error)?;
    Ok(true)
}

fn one(file: &Path, command: &FmtCommand) -> Result<Came, Failure> {
    let shown = file.display().to_string();
    let failed = |what: &str, cause: std::io::Error| Failure(format!("`{shown}` cannot be {what}: {cause}"));
    let length = std::fs::metadata(file).map_err(|cause| failed("read", cause))?.len();
    if length > MAX_BYTES {
        eprintln!("`{shown}` has {length} bytes; a policy may have {MAX_BYTES}");
        return Ok(Came::Broken);
    }
    let bytes = std::fs::read(file).map_err(|cause| failed("read", cause))?;
    let Some(even) = laid_out(&shown, &bytes) else { return Ok(Came::Broken) };
    if even == bytes {
        return Ok(Came::Even);
    }
    if command.check {
        print_difference(&shown, &bytes, &even);
    } else {
        replace(file, &even).map_err(|cause| failed("written", cause))?;
        println!("{shown}");
    }
    Ok(Came::Uneven)
}

/// The bytes laid out; nothing, and the diagnostics told, if they are no XML.
fn laid_out(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    match format_bytes(name, bytes) {
        Ok(even) => Some(even),
        Err((sources, why)) => {
            eprint!("{}", why.to_text(&sources, std::io::IsTerminal::is_terminal(&std::io::stderr())));
            None
        }
    }
}

fn print_difference(name: &str, before: &[u8], after: &[u8]) {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let difference = TextDiff::from_lines(&before, &after);
    print!("{}", difference.unified_diff().context_radius(2).header(name, &format!("{name} (laid out)")));
}

/// Puts bytes in the place of a file's, all or none: another file beside it takes its name when it is whole.
pub(super) fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // A link stays one: what it points at is replaced.
    let file = file.canonicalize()?;
    let mut name = std::ffi::OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = file.with_file_name(name);
    let written = std::fs::write(&beside, bytes)
        .and_then(|()| std::fs::set_permissions(&beside, std::fs::metadata(&file)?.permissions()))
        .and_then(|()| std::fs::rename(&beside, &file));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}
