//! `vestibule check`: compiles policies and prints what is wrong with them, once or again after every change.

use std::path::PathBuf;

use clap::Args;

use vestibule_engine::lint::{Level, Levels};
use vestibule_engine::{Options, Strictness};

use super::progress::Progress;
use super::reporting::{self, Reporting};
use super::{Failure, Outcome, paths, watching};
use crate::config;

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(
    long_about = "Compiles policies and prints everything that is wrong with them: file, line, column, the text
itself underlined, and what was probably meant; beside errors also lints: what compiles but is likely not what
you want. Their levels come from [lints] of vestibule.toml; a comment in the policy allows one where it stands:
<!-- vestibule: allow V1011 (reason) -->. `vestibule explain CODE` tells more about a finding.

Where an appsettings.json (the one of the VS Code extension) lies in the folder of the policies or above it, their
{Settings:…} are filled from it, and findings still point at your own text.

With --lenient the rules of the upload weigh less that real deployments break in profiles nothing runs: a token
claim that nothing yields, a setting or default of the wrong form, a transformation's signature, repeated texts.
Their findings are warnings then; a profile or transformation that cannot run as it is written fails when a
journey reaches it. `lenient_policies = true` under [behaviour] does the same for `vestibule serve`.

Ends with 0 when all compile, with 1 when one does not or a denied lint finds something (with --deny-warnings: when
there is any warning), and with 2 when nothing could be checked because of the arguments.",
    after_help = "Examples:
  vestibule check policies/
  vestibule check TrustFrameworkBase.xml TrustFrameworkExtensions.xml SignUpOrSignin.xml
  vestibule check 'policies/**/*.xml'                     patterns work in every shell, in quotes too
  vestibule check policies/ --environment Production      with that environment's settings
  vestibule check policies/ --watch                       again after every change
  git show HEAD:Base.xml | vestibule check -              from standard input
  vestibule check --format json policies/                 for editors and pipelines, one finding a line
  vestibule check --format sarif policies/ > out.sarif    for code scanning
  vestibule check --format github policies/               in a GitHub workflow
  vestibule check --format upload policies/               what the upload to Azure AD B2C would have said
  vestibule check --allow unused --deny security policies/
  vestibule check --lenient policies/                     what must be repaired before `serve` can be lenient
  vestibule check --no-lints policies/                    errors and warnings of the compiler only"
)]
pub struct CheckCommand {
    /// Folders with policy files, the files themselves, patterns, or `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Environment of the appsettings.json beside the policies [default: its first]
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Check again whenever a file changes, until interrupted
    #[arg(long)]
    pub watch: bool,
    /// How the findings are told.
    #[command(flatten)]
    pub reporting: Reporting,
    /// Do not report this lint: a code, a name or a family; may be repeated
    #[arg(long, value_name = "LINT")]
    pub allow: Vec<String>,
    /// Report this lint as a warning, even one that is off by default
    #[arg(long, value_name = "LINT")]
    pub warn: Vec<String>,
    /// Fail when this lint finds something
    #[arg(long, value_name = "LINT")]
    pub deny: Vec<String>,
    /// Run no lints
    #[arg(long, conflicts_with_all = ["allow", "warn", "deny"])]
    pub no_lints: bool,
    /// Let pass with a warning what breaks an upload rule but harms nothing until a journey reaches it
    #[arg(long)]
    pub lenient: bool,
    /// Take [lints] from this file; by default from vestibule.toml of this folder, if there is one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl CheckCommand {
    /// The levels of the file, then those of the arguments.
    fn levels(&self) -> Result<Levels, Failure> {
        let file = self.config.clone().or_else(|| Some(PathBuf::from(USUAL)).filter(|path| path.is_file()));
        let mut levels = match file {
            Some(path) => config::lints(&path).map_err(Failure::from_error)?,
            None => Levels::default(),
        };
        for (names, level) in
            [(&self.allow, Level::Allow), (&self.warn, Level::Warn), (&self.deny, Level::Deny)]
        {
            for name in names {
                levels.set(name, level).map_err(Failure::from_error)?;
            }
        }
        Ok(levels)
    }
}

/// The configuration that is read where no other is named.
const USUAL: &str = "vestibule.toml";

/// Checks; `false` when a policy does not compile.
pub fn run(command: &CheckCommand) -> Outcome {
    if command.watch {
        watching::watch(&command.paths, command.reporting.for_people(), || once(command))
    } else {
        once(command)
    }
}

fn once(command: &CheckCommand) -> Outcome {
    let (sources, _) = paths::read(&command.paths, command.environment.as_deref())?;
    let waiting = Progress::of(format!("checking {} files", sources.iter().count()));
    let levels = match command.no_lints {
        true => None,
        false => Some(command.levels()?),
    };
    let options = Options {
        strictness: Strictness::lenient_if(command.lenient),
        lints: levels.as_ref(),
        ..Options::default()
    };
    let compiled = vestibule_engine::compile_with(&sources, options);
    drop(waiting);
    let diagnostics = &compiled.diagnostics;
    let summary = reporting::summary(compiled.policies.len(), sources.iter().count(), diagnostics);
    command.reporting.print(diagnostics, &sources, &summary);
    Ok(command.reporting.accepts(diagnostics))
}
