//! The command line: one definition with teaching help, then one function per command.
//!
//! In: the process's arguments. Out: an exit code: 0 done, 1 something is wrong and was told on standard
//! error, 2 the arguments were (or, for `diff`, what they name). Not known here: how a command does its work.

#[cfg(test)]
mod administration_tests;
pub mod analyze;
pub mod app;
pub mod build;
pub mod check;
pub mod configuration;
mod conformance;
pub mod dev;
pub mod diff;
pub mod explain;
pub mod fmt;
pub mod graph;
pub mod key;
pub mod lsp;
pub mod paths;
pub mod place;
pub mod progress;
pub mod registration;
pub mod reporting;
pub mod running;
pub mod serve;
pub mod show;
pub mod test;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tools_tests;
pub mod user;
pub mod watching;

use std::ffi::OsString;
use std::fmt::{Display, Formatter};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "vestibule",
    version,
    about = "Runs Azure AD B2C custom policies on your own machines.",
    long_about = "Runs Azure AD B2C custom policies (TrustFrameworkPolicy XML), unchanged, on your own machines.",
    after_help = FIRST_STEPS,
    max_term_width = 110
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const FIRST_STEPS: &str = "First steps:
  vestibule dev                               try it: http://localhost:8080, with the policies in ./policies
  vestibule dev --policies ~/my-policies      the same with your own
  vestibule check ~/my-policies               what is wrong with them, with file, line and column
  vestibule serve --config vestibule.toml     for production

`vestibule help COMMAND` explains a command and shows examples.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a policy folder on this machine, for writing policies and applications
    Dev(dev::DevCommand),
    /// Serve for production, as a configuration file says
    Serve(serve::ServeCommand),
    /// Compile policies and print what is wrong with them
    Check(check::CheckCommand),
    /// Explain a diagnostic code, or list them all
    Explain(explain::ExplainCommand),
    /// Print a policy with all it inherits as one file, with the origin of each element
    Show(show::ShowCommand),
    /// Lay policy files out evenly
    Fmt(fmt::FmtCommand),
    /// Fill {Settings:…} from an appsettings.json, one folder for each environment
    Build(build::BuildCommand),
    /// Draw a policy's journey as SVG or Mermaid
    Graph(graph::GraphCommand),
    /// Serve an editor: diagnostics while typing, definitions, hover, completion, rename
    Lsp(lsp::LspCommand),
    /// Play journey tests: what a person sees and types, what the token says
    Test(test::TestCommand),
    /// Report what it takes to move policies from Azure AD B2C here
    Analyze(analyze::AnalyzeCommand),
    /// Tell what really differs between two folders of policies
    Diff(diff::DiffCommand),
    /// Create, find, disable, unlock and delete users
    User(user::UserCommand),
    /// Register applications and their secrets
    App(app::AppCommand),
    /// Create, rotate and list policy keys
    Key(key::KeyCommand),
    /// Check a configuration file, or print the reference of its keys
    Config(configuration::ConfigCommand),
}

/// Why a command did not do its work: a text for standard error.
#[derive(Debug)]
pub struct Failure(pub String);

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Failure {
    /// From anything that can say what is wrong.
    pub fn from_error(error: impl Display) -> Failure {
        Failure(error.to_string())
    }
}

/// What a command ends with. `Ok(false)`: done, and the answer is no (a check that failed).
pub type Outcome = Result<bool, Failure>;

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let cli = Cli::try_parse_from(arguments)?;
    let place = match &cli.command {
        Command::User(command) => &command.place,
        Command::App(command) => &command.place,
        Command::Key(command) => &command.place,
        _ => return Ok(cli),
    };
    match place.chosen() {
        Ok(_) => Ok(cli),
        Err(told) => Err(Cli::command().error(ErrorKind::MissingRequiredArgument, told)),
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = parse(std::env::args_os()).unwrap_or_else(|error| error.exit());
    // `diff` keeps 1 for a difference and `check` for wrong policies; what keeps them from their work is 2.
    let trouble = if matches!(cli.command, Command::Diff(_) | Command::Check(_)) { 2 } else { 1 };
    let outcome = match cli.command {
        Command::Dev(command) => dev::run(command),
        Command::Serve(command) => serve::run(command),
        Command::Check(command) => check::run(&command),
        Command::Explain(command) => explain::run(&command),
        Command::Show(command) => show::run(&command),
        Command::Fmt(command) => fmt::run(&command),
        Command::Build(command) => build::run(&command),
        Command::Graph(command) => graph::run(&command),
        Command::Lsp(command) => lsp::run(&command),
        Command::Test(command) => test::run(&command),
        Command::Analyze(command) => analyze::run(&command),
        Command::Diff(command) => diff::run(&command),
        Command::User(command) => user::run(command),
        Command::App(command) => app::run(command),
        Command::Key(command) => key::run(command),
        Command::Config(command) => configuration::run(&command),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("vestibule: {failure}");
            ExitCode::from(trouble)
        }
    }
}
