//! `vestibule show`: a policy with all it inherits as one file, or one thing of it.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use vestibule_author::show::{NotThere, Options, Origins, Sort, only, whole};
use vestibule_engine::diagnostic::did_you_mean;
use vestibule_engine::inherit::{self, Effective};
use vestibule_engine::source::Sources;
use vestibule_engine::syntax::{self, TrustFrameworkPolicy, same_id};

use super::{Failure, Outcome, paths};

/// Arguments of `show`.
#[derive(Debug, Args)]
#[command(
    long_about = "Prints a policy as it works: with all it inherits, as one file. Each element has a comment that says
where it comes from, and what has an id also where it is overridden. What is printed is itself a policy and compiles to
the same one.

With an id it prints that thing alone. Contacts, document references, policy constraints and extensions are not part of
a merged policy and are left out, as is MergeBehavior, which has had its effect.",
    after_help = "Examples:
  vestibule show B2C_1A_signup_signin policies/
  vestibule show policies/SignUpOrSignin.xml                      by its file
  vestibule show B2C_1A_signup_signin --profile login-NonInteractive
  vestibule show B2C_1A_signup_signin --profile AAD-UserReadUsingObjectId --resolved
  vestibule show B2C_1A_signup_signin --only email                whatever has this id
  vestibule show B2C_1A_signup_signin --origins none > merged.xml"
)]
pub struct ShowCommand {
    /// Id of the policy, or its file
    pub policy: String,
    /// Folders with policy files, files or patterns [default: policies, or the folder of the policy's file]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What is to be shown alone.
    #[command(flatten)]
    pub part: Part,
    /// Lay in what technical profiles include
    #[arg(long)]
    pub resolved: bool,
    /// Which elements get a comment about their origin
    #[arg(long, value_name = "WHICH", default_value = "each")]
    pub origins: Which,
    /// Environment of the appsettings.json beside the policies [default: its first]
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
}

/// One thing of a policy.
#[derive(Debug, Default, Args)]
#[group(multiple = false)]
pub struct Part {
    /// Only this technical profile
    #[arg(long, value_name = "ID")]
    pub profile: Option<String>,
    /// Only this user journey
    #[arg(long, value_name = "ID")]
    pub journey: Option<String>,
    /// Only this sub-journey
    #[arg(long, value_name = "ID")]
    pub sub_journey: Option<String>,
    /// Only this claim type
    #[arg(long, value_name = "ID")]
    pub claim: Option<String>,
    /// Only this content definition
    #[arg(long, value_name = "ID")]
    pub content: Option<String>,
    /// Only this claims transformation
    #[arg(long, value_name = "ID")]
    pub transformation: Option<String>,
    /// Only this display control
    #[arg(long, value_name = "ID")]
    pub control: Option<String>,
    /// Only what has this id, of whatever sort
    #[arg(long, value_name = "ID")]
    pub only: Option<String>,
}

/// Which elements get a comment about their origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// Each
    Each,
    /// Those of another file than what they are in
    Others,
    /// None
    None,
}

impl Part {
    fn wanted(&self) -> Option<(Option<Sort>, &str)> {
        let parts = [
            (Some(Sort::Profile), &self.profile),
            (Some(Sort::Journey), &self.journey),
            (Some(Sort::SubJourney), &self.sub_journey),
            (Some(Sort::Claim), &self.claim),
            (Some(Sort::Content), &self.content),
            (Some(Sort::Transformation), &self.transformation),
            (Some(Sort::Control), &self.control),
            (None, &self.only),
        ];
        parts.into_iter().find_map(|(sort, id)| Some((sort, id.as_deref()?)))
    }
}

/// Shows; `false` when there is an error in what is shown.
pub fn run(command: &ShowCommand) -> Outcome {
    let (sources, _) = paths::read(&places(command), command.environment.as_deref())?;
    let trees: Vec<TrustFrameworkPolicy> = sources.iter().map(|source| syntax::parse(source).0).collect();
    let leaf = leaf(command, &sources, &trees)?;
    let id = leaf.policy_id.as_ref().map(|id| id.value.clone()).unwrap_or_default();
    let tree = merged(leaf, &trees, &sources)?;
    let origins = match command.origins {
        Which::Each => Origins::Each,
        Which::Others => Origins::Others,
        Which::None => Origins::None,
    };
    let options = Options { resolved: command.resolved, origins };
    let text = match command.part.wanted() {
        None => whole(&tree, &sources, options),
        Some(wanted) => only(&tree, &sources, options, wanted).map_err(|not| no_such(&id, wanted, not))?,
    };
    // Whoever reads may have seen enough.
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => return Err(Failure::from_error(cause)),
        _ => {}
    }
    let errors = vestibule_engine::compile_one(&id, &sources).diagnostics.error_count();
    if errors > 0 {
        eprintln!(
            "note: `{id}` does not compile ({errors} errors): what is wrong may be missing here; `vestibule check` says it"
        );
    }
    Ok(errors == 0)
}

/// Where to look: what was named, else the folder of the policy's file, else `policies`.
fn places(command: &ShowCommand) -> Vec<PathBuf> {
    if !command.paths.is_empty() {
        return command.paths.clone();
    }
    let file = Path::new(&command.policy);
    if file.is_file() { paths::folders(&[file.to_owned()]) } else { vec![PathBuf::from("policies")] }
}

/// The policy of that id, or of that file.
fn leaf<'t>(
    command: &ShowCommand,
    sources: &Sources,
    trees: &'t [TrustFrameworkPolicy],
) -> Result<&'t TrustFrameworkPolicy, Failure> {
    let own =
        |tree: &&TrustFrameworkPolicy| tree.policy_id.as_ref().is_some_and(|id| same_id(id, &command.policy));
    let named = Path::new(&command.policy).canonicalize();
    let of_file = |tree: &&TrustFrameworkPolicy| {
        let file = sources.get(tree.span.source).map(|source| Path::new(source.name()).canonicalize());
        matches!((&named, file), (Ok(named), Some(Ok(file))) if *named == file)
    };
    trees.iter().find(own).or_else(|| trees.iter().find(of_file)).ok_or_else(|| {
        let known: Vec<&str> =
            trees.iter().filter_map(|tree| Some(tree.policy_id.as_ref()?.as_str())).collect();
        let hint = match did_you_mean(&command.policy, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is {}", known.join(", ")),
        };
        Failure(format!("there is no policy `{}`; {hint}", command.policy))
    })
}

fn merged(
    leaf: &TrustFrameworkPolicy,
    trees: &[TrustFrameworkPolicy],
    sources: &Sources,
) -> Result<Effective, Failure> {
    let chain = inherit::chain(leaf, trees).map_err(|why| Failure(why.to_text(sources, false)))?;
    inherit::merge(&chain).ok_or_else(|| Failure("the policy has no chain".to_owned()))
}

fn no_such(policy: &str, (sort, id): (Option<Sort>, &str), not: NotThere) -> Failure {
    let noun = sort.map_or("nothing with the id", |sort| match sort {
        Sort::Profile => "no technical profile",
        Sort::Journey => "no user journey",
        Sort::SubJourney => "no sub-journey",
        Sort::Claim => "no claim type",
        Sort::Content => "no content definition",
        Sort::Transformation => "no claims transformation",
        Sort::Control => "no display control",
        _ => "nothing with the id",
    });
    let hint = match (not.other, not.near) {
        (Some(other), _) => format!("; that is a {}", other.noun()),
        (None, Some(near)) => format!("; did you mean `{near}`?"),
        (None, None) => String::new(),
    };
    Failure(format!("`{policy}` has {noun} `{id}`{hint}"))
}
