//! The `appsettings.json` beside a folder of policies. In: the folder, perhaps an environment's name. Out: the settings
//! that `{Settings:…}` is filled with, which environment they are of, and where built policies lie.
//!
//! Must not be known here: policies. How the file is read is `vestibule_author::build`'s.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vestibule_author::build::{Environment, Environments};
use vestibule_engine::settings::Settings;

const FILE: &str = "appsettings.json";
/// The longest such file, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// A file that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file.
    pub file: PathBuf,
    /// What it says.
    pub environments: Environments,
}

/// The environment that was chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Its values.
    pub settings: Arc<Settings>,
    /// For people: which it is, of which file, and which else there are.
    pub told: String,
}

/// The file in a folder or in the one above it; none if there is none, or only another program's of that name. The error
/// is a text with all that is wrong.
pub fn beside(folder: &Path) -> Result<Option<Found>, String> {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    for place in absolute.ancestors().take(2) {
        let Some(file) = named(place) else { continue };
        if let Some(found) = read(&file)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The file of that name in any case: the extension has written it in two ways.
fn named(folder: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    entries.into_iter().find(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.eq_ignore_ascii_case(FILE) && path.is_file()
    })
}

/// A file that was named.
pub fn read(file: &Path) -> Result<Option<Found>, String> {
    let shown = file.display();
    let unreadable = |cause: std::io::Error| format!("`{shown}` cannot be read: {cause}");
    if std::fs::metadata(file).map_err(unreadable)?.len() > MAX_BYTES {
        return Err(format!("`{shown}` is longer than {MAX_BYTES} bytes"));
    }
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    match Environments::parse(&text) {
        Ok(environments) => {
            Ok(environments.map(|environments| Found { file: file.to_owned(), environments }))
        }
        Err(wrong) => Err(format!("`{shown}` is no use:\n  {}", wrong.join("\n  "))),
    }
}

impl Found {
    /// The environment of that name; without one the first.
    pub fn choose(&self, name: Option<&str>) -> Result<Chosen, String> {
        let file = self.shown();
        let chosen = self.environments.choose(name).map_err(|why| format!("`{file}`: {why}"))?;
        let told = format!(
            "{{Settings:…}} is filled from `{file}`, environment `{}`{}",
            chosen.name,
            self.others(chosen)
        );
        Ok(Chosen { settings: chosen.settings.clone(), told })
    }

    /// The file's path, from where the command was called if it lies below.
    fn shown(&self) -> String {
        let here = std::env::current_dir().unwrap_or_default();
        self.file.strip_prefix(here).unwrap_or(&self.file).display().to_string()
    }

    fn others(&self, chosen: &Environment) -> String {
        let others = self.environments.list.iter().filter(|one| one.name != chosen.name);
        let names: Vec<&str> = others.map(|one| one.name.as_str()).collect();
        if names.is_empty() {
            String::new()
        } else {
            format!(" (--environment chooses: {})", names.join(", "))
        }
    }

    /// Where `build` puts its folders if nobody says otherwise.
    pub fn output(&self) -> PathBuf {
        self.file.parent().unwrap_or(Path::new(".")).join(&self.environments.folder)
    }

    /// Whether a file is one that `build` or the extension made, which would be the same policies again.
    pub fn is_built(&self, file: &Path) -> bool {
        let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let output = self.output();
        self.environments.list.iter().any(|one| absolute.starts_with(output.join(&one.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{ "Environments": [
        { "Name": "Development", "Tenant": "dev.onmicrosoft.com", "PolicySettings": {} },
        { "Name": "Production", "Tenant": "prod.onmicrosoft.com", "PolicySettings": {} } ] }"#;

    #[test]
    fn the_file_is_found_in_the_folder_or_above_it() {
        let root = tempfile::tempdir().unwrap();
        let policies = root.path().join("policies");
        std::fs::create_dir(&policies).unwrap();
        assert!(beside(&policies).unwrap().is_none());
        std::fs::write(root.path().join("appSettings.json"), TEXT).unwrap();
        let found = beside(&policies).unwrap().unwrap();
        let chosen = found.choose(None).unwrap();
        assert!(chosen.told.ends_with("environment `Development` (--environment chooses: Production)"));
        assert_eq!(found.choose(Some("production")).unwrap().settings.environment(), "Production");
        assert!(found.choose(Some("x")).unwrap_err().contains("there is Development, Production"));
        std::fs::write(policies.join("appsettings.json"), "{\"Logging\": {}}").unwrap();
        assert!(beside(&policies).unwrap().is_some(), "another program's file is passed over");
        std::fs::write(policies.join("appsettings.json"), "{").unwrap();
        assert!(beside(&policies).unwrap_err().contains("not JSON"));
    }

    #[test]
    fn what_was_built_is_told_from_what_was_written() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join(FILE), TEXT).unwrap();
        let found = beside(root.path()).unwrap().unwrap();
        assert!(found.is_built(&root.path().join("Environments/Production/a.xml")));
        assert!(!found.is_built(&root.path().join("Environments/a.xml")));
        assert!(!found.is_built(&root.path().join("a.xml")));
    }
}
