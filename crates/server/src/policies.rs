//! Tenants, and the policies in force for each.
//!
//! In: folders of policy files. Out: the compiled policy of an id, or of an id and a revision that running journeys
//! still hold. A policy that does not compile leaves its last good revision in force and its diagnostics to be read.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use vestibule_engine::Options;
use vestibule_engine::diagnostic::Severity;
use vestibule_engine::policy::Policy;
use vestibule_engine::settings::Settings;
use vestibule_engine::source::{MAX_BYTES, Sources};

use crate::config;
use crate::environments::{self, Found};

/// Revisions kept beside those in force, for journeys that began on them.
const KEPT_REVISIONS: usize = 200;
/// Policy files of one tenant (policy-language 1.3).
pub const MOST_FILES: usize = 1_000;

/// One tenant.
#[derive(Debug)]
pub struct Tenant {
    /// Its name, for instance `contoso.onmicrosoft.com`, as configured.
    pub name: String,
    /// Its GUID in lower case.
    pub id: String,
    /// Its settings.
    pub settings: config::Tenant,
}

/// Tenants and their policies.
#[derive(Debug)]
pub struct Policies {
    tenants: Vec<Arc<Tenant>>,
    options: Options<'static>,
    sets: RwLock<HashMap<String, Set>>,
}

#[derive(Debug, Default)]
struct Set {
    in_force: BTreeMap<String, Arc<Policy>>,
    /// When each revision in force came into force.
    since: BTreeMap<String, Timestamp>,
    earlier: VecDeque<Arc<Policy>>,
    report: Arc<Report>,
}

/// What came of loading a tenant's folder.
#[derive(Debug, Default)]
pub struct Report {
    /// Ids that compiled, in their declared spelling.
    pub loaded: Vec<String>,
    /// Ids whose revision in force changed with this loading.
    pub changed: Vec<String>,
    /// Ids whose file is gone.
    pub gone: Vec<String>,
    /// Every policy a file declares.
    pub declared: Vec<Declared>,
    /// Errors found.
    pub errors: usize,
    /// Warnings found.
    pub warnings: usize,
    /// All diagnostics as text, without colours.
    pub text: String,
    /// The same with colours, for a terminal.
    pub coloured: String,
}

/// A policy that a file declares, whether or not it compiled.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its id.
    pub id: String,
    /// Its file.
    pub file: String,
    /// The diagnostics of that file as text, where there is an error.
    pub errors: Option<String>,
}

/// A policy as a list shows it.
#[derive(Clone, Debug)]
pub struct Row {
    /// What its file declares.
    pub declared: Declared,
    /// The revision in force.
    pub in_force: Option<Arc<Policy>>,
    /// When it came into force.
    pub since: Option<Timestamp>,
    /// Whether the file as it stands is in force: false while a broken edit leaves the last good revision.
    pub current: bool,
}

impl Policies {
    /// The tenants of a configuration, with nothing loaded yet. `options` say how strictly their policies are held to the
    /// rules, and whether what nobody has filled in yet is an error (to serve) or a warning (to try them).
    pub fn new(tenants: &[config::Tenant], options: Options<'static>) -> Policies {
        let tenant = |settings: &config::Tenant| {
            Arc::new(Tenant {
                name: settings.name.clone(),
                id: settings.id.to_string().to_ascii_lowercase(),
                settings: settings.clone(),
            })
        };
        Policies { tenants: tenants.iter().map(tenant).collect(), options, sets: RwLock::default() }
    }

    /// All tenants.
    pub fn tenants(&self) -> &[Arc<Tenant>] {
        &self.tenants
    }

    /// The tenant of a name or GUID, in any case.
    pub fn tenant(&self, name_or_id: &str) -> Option<Arc<Tenant>> {
        let found = self
            .tenants
            .iter()
            .find(|t| t.name.eq_ignore_ascii_case(name_or_id) || t.id.eq_ignore_ascii_case(name_or_id));
        found.cloned()
    }

    /// The policy of an id that is in force, in any case; only those with a relying party can be run.
    pub fn in_force(&self, tenant: &Tenant, id: &str) -> Option<Arc<Policy>> {
        let sets = self.sets.read().unwrap_or_else(PoisonError::into_inner);
        sets.get(&tenant.name)?.in_force.get(&id.to_ascii_lowercase()).cloned()
    }

    /// All policies of a tenant that can be run, by id.
    pub fn runnable(&self, tenant: &Tenant) -> Vec<Arc<Policy>> {
        let sets = self.sets.read().unwrap_or_else(PoisonError::into_inner);
        let Some(set) = sets.get(&tenant.name) else { return Vec::new() };
        set.in_force.values().filter(|policy| policy.party.is_some()).cloned().collect()
    }

    /// The policy a journey began with: in force, or replaced since.
    pub fn revision(&self, tenant: &Tenant, id: &str, revision: &str) -> Option<Arc<Policy>> {
        let sets = self.sets.read().unwrap_or_else(PoisonError::into_inner);
        let set = sets.get(&tenant.name)?;
        let current = set.in_force.get(&id.to_ascii_lowercase()).filter(|policy| policy.revision == revision);
        let earlier = || set.earlier.iter().find(|p| p.revision == revision && p.id.eq_ignore_ascii_case(id));
        current.or_else(earlier).cloned()
    }

    /// What came of the last loading.
    pub fn report(&self, tenant: &Tenant) -> Arc<Report> {
        let sets = self.sets.read().unwrap_or_else(PoisonError::into_inner);
        sets.get(&tenant.name).map(|set| set.report.clone()).unwrap_or_default()
    }

    fn since(&self, tenant: &Tenant, id: &str) -> Option<Timestamp> {
        let sets = self.sets.read().unwrap_or_else(PoisonError::into_inner);
        sets.get(&tenant.name)?.since.get(&id.to_ascii_lowercase()).copied()
    }

    /// Every policy of a tenant with its state.
    pub fn rows(&self, tenant: &Tenant) -> Vec<Row> {
        let report = self.report(tenant);
        let row = |declared: &Declared| Row {
            in_force: self.in_force(tenant, &declared.id),
            since: self.since(tenant, &declared.id),
            current: report.loaded.iter().any(|id| id.eq_ignore_ascii_case(&declared.id)),
            declared: declared.clone(),
        };
        report.declared.iter().map(row).collect()
    }

    /// Reads and compiles a tenant's folder and puts in force, as of `now`, what compiled. The error is that the folder cannot be
    /// read; what is in force stays.
    pub fn load(&self, tenant: &Tenant, now: Timestamp) -> std::io::Result<Arc<Report>> {
        let sources = read_folder(&tenant.settings.policies, tenant.settings.environment.as_deref())?;
        let compiled = vestibule_engine::compile_with(&sources, self.options);
        let mut report = report(&sources, &compiled, &self.report(tenant).declared);
        let mut sets = self.sets.write().unwrap_or_else(PoisonError::into_inner);
        let set = sets.entry(tenant.name.clone()).or_default();
        set.replace(compiled.policies, &mut report, now);
        set.report = Arc::new(report);
        Ok(set.report.clone())
    }
}

impl Set {
    /// A file that is gone takes its policy with it; one that broke leaves its last good revision in force.
    fn replace(&mut self, compiled: Vec<Arc<Policy>>, report: &mut Report, now: Timestamp) {
        let declared = |id: &str| report.declared.iter().any(|policy| policy.id.eq_ignore_ascii_case(id));
        let gone: Vec<String> = self.in_force.keys().filter(|id| !declared(id)).cloned().collect();
        let taken: Vec<Arc<Policy>> = gone.iter().filter_map(|id| self.in_force.remove(id)).collect();
        self.earlier.extend(taken);
        self.since.retain(|id, _| self.in_force.contains_key(id));
        report.gone = gone;
        for policy in compiled {
            let replaced = self.in_force.insert(policy.id.to_ascii_lowercase(), policy.clone());
            if replaced.as_ref().is_none_or(|old| old.revision != policy.revision) {
                report.changed.push(policy.id.to_string());
                self.since.insert(policy.id.to_ascii_lowercase(), now);
                self.earlier.extend(replaced);
            }
        }
        while self.earlier.len() > KEPT_REVISIONS {
            self.earlier.pop_front();
        }
    }
}

/// What came of a loading; `earlier` is what the files declared before it.
fn report(sources: &Sources, compiled: &vestibule_engine::Compiled, earlier: &[Declared]) -> Report {
    let diagnostics = &compiled.diagnostics;
    let declared = sources.iter().filter_map(|source| {
        let (tree, _) = vestibule_engine::syntax::parse(source);
        let own = || diagnostics.iter().filter(|d| d.span.source == source.id());
        let broken = own().any(|diagnostic| diagnostic.severity == Severity::Error);
        let texts =
            || own().map(|diagnostic| diagnostic.to_text(sources, false)).collect::<Vec<_>>().join("\n");
        let file = source.name().to_owned();
        // A file too broken to say its id still has a place: where it had one before, else under its name.
        let unnamed =
            || earlier.iter().find(|old| old.file == file).map_or(file.clone(), |old| old.id.clone());
        let id = tree.policy_id.map(|id| id.value).or_else(|| broken.then(unnamed))?;
        Some(Declared { id, file, errors: broken.then(texts) })
    });
    Report {
        loaded: compiled.policies.iter().map(|policy| policy.id.to_string()).collect(),
        changed: Vec::new(),
        gone: Vec::new(),
        declared: declared.collect(),
        errors: diagnostics.error_count(),
        warnings: diagnostics.iter().filter(|d| d.severity == Severity::Warning).count(),
        text: diagnostics.to_text(sources, false),
        coloured: diagnostics.to_text(sources, true),
    }
}

/// All `*.xml` files below a folder, in order of name; one that is too large is told, not read. They are filled from the
/// `appsettings.json` beside them, if there is one, with the environment of that name or the first.
pub fn read_folder(folder: &Path, environment: Option<&str>) -> std::io::Result<Sources> {
    let unusable = |why: String| std::io::Error::new(std::io::ErrorKind::InvalidData, why);
    let found = environments::beside(folder).map_err(unusable)?;
    let files: Vec<PathBuf> =
        files_below(folder)?.into_iter().filter(|file| is_written(file, found.as_ref())).collect();
    let Some(found) = found else { return read_files(&files, None) };
    let chosen = found.choose(environment).map_err(unusable)?;
    tracing::info!("{}", chosen.told);
    read_files(&files, Some(chosen.settings))
}

/// Whether an author wrote a file, not a build.
fn is_written(file: &Path, found: Option<&Found>) -> bool {
    found.is_none_or(|found| !found.is_built(file))
}

/// The paths of all `*.xml` files below a folder, in order.
pub fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    gather(folder, &mut files, 0)?;
    files.sort();
    Ok(files)
}

/// The given files, filled with the given settings.
pub fn read_files(files: &[PathBuf], settings: Option<Arc<Settings>>) -> std::io::Result<Sources> {
    let mut sources = Sources::with_settings(settings);
    for path in files.iter().take(MOST_FILES) {
        let name = path.display().to_string();
        let told = |cause: std::io::Error| {
            std::io::Error::new(cause.kind(), format!("`{name}` cannot be read: {cause}"))
        };
        let length = std::fs::metadata(path).map_err(told)?.len();
        if length > MAX_BYTES {
            sources.add_too_large(&name, length);
        } else {
            sources.add(&name, &std::fs::read(path).map_err(told)?);
        }
    }
    Ok(sources)
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>, depth: usize) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && depth < 8 {
            gather(&path, files, depth + 1)?;
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")) {
            files.push(path);
        }
    }
    Ok(())
}

/// The tenant name the policies of a folder give most often: what `dev` serves.
pub fn tenant_named_in(folder: &Path, environment: Option<&str>) -> std::io::Result<Option<String>> {
    let sources = read_folder(folder, environment)?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources.iter() {
        let (tree, _) = vestibule_engine::syntax::parse(source);
        if let Some(tenant) = tree.tenant_id {
            *counts.entry(tenant.value).or_default() += 1;
        }
    }
    Ok(counts.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name))
}
