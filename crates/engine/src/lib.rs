//! Vestibule's engine: compiles TrustFrameworkPolicy XML and interprets its user journeys.
//!
//! Text → syntax with spans → merged → checked policy → journey → page, redirect or answer. Nothing here knows a
//! runtime, a database, HTTP, a clock or randomness; a running journey reaches the outside through `journey::World`.

pub mod check;
pub mod claims;
pub mod diagnostic;
pub mod dialling;
pub mod inherit;
pub mod journey;
pub mod kind;
pub mod lint;
pub mod message;
pub mod placeholder;
pub mod policy;
pub mod regex;
pub mod settings;
pub mod source;
pub mod syntax;
pub mod text;
pub mod transform;
mod workspace;

pub use placeholder::Purpose;
pub use workspace::Workspace;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

pub use check::Strictness;
use diagnostic::{Diagnostic, Diagnostics, codes};
use policy::Policy;
use source::{Source, SourceId, Sources, Span};
use syntax::{TrustFrameworkPolicy, same_id};

/// What a set of policy files amounts to.
#[derive(Debug, Default)]
pub struct Compiled {
    /// Every policy without an error, base policies included, in the order of the files.
    pub policies: Vec<Arc<Policy>>,
    /// Everything that is to be said about the files, in their order; what concerns a base shared by several policies
    /// is said once.
    pub diagnostics: Diagnostics,
}

/// How a set of files is compiled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Only the policies of this id (in any case), of which there is one if the files are in order.
    pub only: Option<&'a str>,
    /// What the policies are compiled for.
    pub purpose: Purpose,
    /// How much the rules weigh that real deployments break without harm.
    pub strictness: Strictness,
    /// The lints to run and what each weighs; none: no lint runs.
    pub lints: Option<&'a lint::Levels>,
}

/// Compiles every policy of a set of files, each with the bases it names. A policy with an error stops no other.
pub fn compile(sources: &Sources) -> Compiled {
    compile_with(sources, Options::default())
}

/// As [`compile`], for a purpose.
pub fn compile_for(purpose: Purpose, sources: &Sources) -> Compiled {
    compile_with(sources, Options { purpose, ..Options::default() })
}

/// As [`compile`], and what the lints say about the policies that compiled; an error of a lint keeps no policy from
/// running.
pub fn compile_and_lint(sources: &Sources, levels: &lint::Levels) -> Compiled {
    compile_with(sources, Options { lints: Some(levels), ..Options::default() })
}

/// Compiles the policies of that id (in any case), of which there is one if the files are in order. Only what concerns
/// them is reported, and what is wrong with any of the files itself.
pub fn compile_one(id: &str, sources: &Sources) -> Compiled {
    compile_with(sources, Options { only: Some(id), ..Options::default() })
}

/// Compiles the policies that the options name, as strictly as they say.
pub fn compile_with(sources: &Sources, options: Options<'_>) -> Compiled {
    let files: Vec<Parsed> = sources.iter().map(Parsed::of).collect();
    compile_parsed(sources, &files.iter().collect::<Vec<_>>(), options, &check::Kept::default())
}

/// A file's tree and what is wrong with the file itself.
#[derive(Debug)]
struct Parsed {
    tree: TrustFrameworkPolicy,
    found: Diagnostics,
}

impl Parsed {
    fn of(source: &Source) -> Self {
        let (tree, found) = syntax::parse(source);
        Self { tree, found }
    }
}

fn compile_parsed(
    sources: &Sources,
    files: &[&Parsed],
    options: Options<'_>,
    kept: &check::Kept,
) -> Compiled {
    let wanted = |tree: &&TrustFrameworkPolicy| {
        options.only.is_none_or(|id| tree.policy_id.as_ref().is_some_and(|own| same_id(own, id)))
    };
    let mut report = check::Report::default();
    files.iter().flat_map(|file| file.found.iter()).for_each(|finding| report.push(finding.clone()));
    let damaged = files.iter().filter(|file| file.found.has_errors());
    let damaged: BTreeSet<SourceId> = damaged.map(|file| file.tree.span.source).collect();
    let trees: Vec<&TrustFrameworkPolicy> = files.iter().map(|file| &file.tree).collect();
    let faults = faults(files);
    let mut policies = vec![];
    let mut lints = options.lints.map(|_| lint::Run::start());
    // Of a file that could not be read, all has been said.
    for leaf in trees.iter().copied().filter(|tree| tree.readable).filter(wanted) {
        let files = check::Files { trees: &trees, faults: &faults, sources, kept };
        match compile_chain(options, leaf, files) {
            Ok(Checked { chain, effective, policy, found }) => {
                if let Some(run) = &mut lints {
                    match (&effective, &policy) {
                        (Some(tree), Some(_)) => run.policy(&chain, tree, &trees),
                        _ => run.incomplete(),
                    }
                }
                found.into_iter().for_each(|finding| report.push(finding));
                let whole = |tree: &&TrustFrameworkPolicy| !damaged.contains(&tree.span.source);
                policies.extend(policy.filter(|_| chain.iter().all(whole)).map(Arc::new));
            }
            Err(no_chain) => {
                report.push(*no_chain);
                lints.iter_mut().for_each(lint::Run::incomplete);
            }
        }
    }
    if let (Some(run), Some(levels)) = (lints, options.lints) {
        run.finish(&trees, levels).into_iter().for_each(|finding| report.push(finding));
    }
    let mut diagnostics = without_echoes(report.finish());
    diagnostics.sort();
    Compiled { policies, diagnostics }
}

/// Where the files' own errors took something out of them.
fn faults(files: &[&Parsed]) -> Vec<Span> {
    let harmless = [codes::WRONG_ORDER, codes::UNEXPECTED_TEXT];
    let errors = files.iter().flat_map(|file| file.found.iter());
    let errors = errors.filter(|one| one.severity == diagnostic::Severity::Error);
    errors.filter(|one| !harmless.contains(&one.code)).map(|one| one.span).collect()
}

/// One policy, merged and checked.
struct Checked<'a> {
    chain: Vec<&'a TrustFrameworkPolicy>,
    effective: Option<inherit::Effective>,
    policy: Option<Policy>,
    found: Diagnostics,
}

/// Where a setting is missing, it goes without saying that a placeholder is still there.
fn without_echoes(mut all: Diagnostics) -> Diagnostics {
    let unset: Vec<_> = all.iter().filter(|one| one.code == codes::UNSET).map(|one| one.span).collect();
    if unset.is_empty() {
        return all;
    }
    let echo = |one: &Diagnostic| {
        let open = one.code == codes::DEPLOYMENT_VALUE || one.code == codes::PLACEHOLDER;
        let within = |place: &Span| {
            place.source == one.span.source && one.span.start <= place.start && place.end <= one.span.end
        };
        open && one.severity != diagnostic::Severity::Error && unset.iter().any(within)
    };
    all.retain(|one| !echo(one));
    all
}

fn compile_chain<'a>(
    options: Options<'_>,
    leaf: &'a TrustFrameworkPolicy,
    files: check::Files<'a>,
) -> Result<Checked<'a>, Box<Diagnostic>> {
    let chain = inherit::chain(leaf, files.trees)?;
    let mut found = inherit::remarks(&chain);
    let mut policy = None;
    let effective = inherit::merge(&chain);
    if let Some(effective) = &effective {
        let revision = revision(&chain, files.sources);
        let aim = (options.purpose, options.strictness);
        let (checked, more) = check::check(aim, effective, files, revision);
        found.append(more);
        policy = checked;
    }
    Ok(Checked { chain, effective, policy, found })
}

/// The same for the same texts, whatever the files are called: the first 128 bits of SHA-256 in hexadecimal.
fn revision(chain: &[&TrustFrameworkPolicy], sources: &Sources) -> String {
    let mut digest = Sha256::new();
    for source in chain.iter().filter_map(|tree| sources.get(tree.span.source)) {
        digest.update(source.digest());
        if let Some(settings) = source.settings() {
            digest.update(settings.digest());
        }
    }
    digest.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
