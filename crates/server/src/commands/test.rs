//! `vestibule test`: plays journey tests against policies, without a server.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use vestibule_author::rehearsal::{Coverage, blocks, rehearse_block};
use vestibule_engine::policy::Policy;

use super::{Failure, Outcome};
use crate::policies;

/// Arguments of `test`.
#[derive(Debug, Args)]
#[command(
    long_about = "Plays the journeys written in Markdown files: what a person sees and types, what the mailbox holds,
what the token says. Each ```journey block has a directory, a mailbox and a clock of its own, and takes milliseconds.
Ends with 0 when all go as written, 1 when one does not. docs/journey-tests.md describes the language.",
    after_help = "Examples:
  vestibule test policies/                             every *.md below, against the policies beside it
  vestibule test journeys.md --policies ~/my-policies
  vestibule test policies/ --coverage text             which steps, profiles and transformations ran
  vestibule test policies/ --coverage lcov --coverage-file lcov.info"
)]
pub struct TestCommand {
    /// Markdown files with journey blocks, or folders with such files
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The policies; else those of the nearest folder above each file that has some
    #[arg(long, value_name = "FOLDER")]
    pub policies: Option<PathBuf>,
    /// Say what ran
    #[arg(long, value_name = "FORM", num_args = 0..=1, default_missing_value = "text")]
    pub coverage: Option<Form>,
    /// Where the coverage goes; else to standard output
    #[arg(long, value_name = "FILE", requires = "coverage")]
    pub coverage_file: Option<PathBuf>,
}

/// The form of a coverage report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    Text,
    /// lcov's tracefile, for editors and pipelines
    Lcov,
}

/// Plays; `false` when one went otherwise than written.
pub fn run(command: &TestCommand) -> Outcome {
    let mut sets: BTreeMap<PathBuf, Vec<Arc<Policy>>> = BTreeMap::new();
    let mut coverage = Coverage::default();
    let (mut right, mut wrong) = (0_u32, 0_u32);
    let colours = std::io::stdout().is_terminal();
    for file in scripts(&command.paths)? {
        let folder = match &command.policies {
            Some(folder) => folder.clone(),
            None => nearest_policies(&file)?,
        };
        if !sets.contains_key(&folder) {
            sets.insert(folder.clone(), compiled(&folder)?);
        }
        let policies = sets.get(&folder).map(Vec::as_slice).unwrap_or_default();
        let text = std::fs::read_to_string(&file).map_err(|cause| unreadable(&file, &cause))?;
        println!("{}", file.display());
        for block in blocks(&text) {
            let begun = Instant::now();
            let played = rehearse_block(block, policies, &mut coverage);
            let took = begun.elapsed().as_secs_f64() * 1000.0;
            match &played.failure {
                None => {
                    right += 1;
                    println!("  {} {} ({took:.1} ms)", mark(true, colours), played.name);
                }
                Some(failed) => {
                    wrong += 1;
                    println!("  {} {} ({took:.1} ms)", mark(false, colours), played.name);
                    let source =
                        text.lines().nth((failed.line as usize).saturating_sub(1)).unwrap_or_default();
                    println!("    {}:{}: {}", file.display(), failed.line, source.trim());
                    println!("    {}", failed.why);
                }
            }
        }
    }
    if right + wrong == 0 {
        return Err(Failure("there is no ```journey block at the paths named".to_owned()));
    }
    println!("{right} journeys went as written, {wrong} did not");
    let policies: Vec<Arc<Policy>> = sets.into_values().flatten().collect();
    report(command, &coverage, &policies)?;
    Ok(wrong == 0)
}

fn mark(right: bool, colours: bool) -> &'static str {
    match (right, colours) {
        (true, true) => "\u{1b}[32m✓\u{1b}[0m",
        (true, false) => "✓",
        (false, true) => "\u{1b}[31m✗\u{1b}[0m",
        (false, false) => "✗",
    }
}

fn report(command: &TestCommand, coverage: &Coverage, policies: &[Arc<Policy>]) -> Result<(), Failure> {
    let text = match command.coverage {
        None => return Ok(()),
        Some(Form::Text) => coverage.to_text(policies),
        Some(Form::Lcov) => coverage.to_lcov(policies),
    };
    match &command.coverage_file {
        None => print!("{text}"),
        Some(file) => std::fs::write(file, text)
            .map_err(|cause| Failure(format!("`{}` cannot be written: {cause}", file.display())))?,
    }
    Ok(())
}

/// The files named, and the Markdown files with journeys below the folders named.
fn scripts(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            below(path, &mut found).map_err(|cause| unreadable(path, &cause))?;
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "md")
            && std::fs::read_to_string(&path).is_ok_and(|text| text.contains("```journey"))
        {
            found.push(path);
        }
    }
    Ok(())
}

/// The nearest folder at or above a file that has policies in it.
fn nearest_policies(file: &Path) -> Result<PathBuf, Failure> {
    let file = std::path::absolute(file).map_err(Failure::from_error)?;
    let has_policies = |folder: &&Path| {
        std::fs::read_dir(folder).is_ok_and(|mut entries| {
            entries.any(|entry| {
                entry.is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "xml"))
            })
        })
    };
    let found = file.ancestors().skip(1).find(has_policies).map(Path::to_owned);
    found.ok_or_else(|| {
        Failure(format!(
            "there are no policies (*.xml) beside or above `{}`: name them with --policies",
            file.display()
        ))
    })
}

fn compiled(folder: &Path) -> Result<Vec<Arc<Policy>>, Failure> {
    let sources = policies::read_folder(folder, None).map_err(|cause| unreadable(folder, &cause))?;
    let compiled = vestibule_engine::compile(&sources);
    if compiled.policies.is_empty() {
        let told = compiled.diagnostics.to_text(&sources, false);
        return Err(Failure(format!("no policy in `{}` compiles\n{told}", folder.display())));
    }
    Ok(compiled.policies)
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Failure {
    Failure(format!("`{}` cannot be read: {cause}", path.display()))
}
