//! The policy files that a command's arguments name. In: folders, files, patterns, `-` for standard input. Out: their
//! names or their texts, filled from the `appsettings.json` beside them; or which argument is no use.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vestibule_engine::settings::Settings;
use vestibule_engine::source::{MAX_BYTES, Sources};

use super::Failure;
use crate::environments::{self, Chosen, Found};
use crate::policies;

/// How standard input is called in messages.
pub const STANDARD_INPUT: &str = "<stdin>";

/// The texts at these paths, filled with the first environment beside them, which is told on standard error.
pub fn sources(paths: &[PathBuf]) -> Result<Sources, Failure> {
    Ok(read(paths, None)?.0)
}

/// As [`sources`], with an environment by name; which it was.
pub fn read(paths: &[PathBuf], environment: Option<&str>) -> Result<(Sources, Option<Chosen>), Failure> {
    let found = beside(paths)?;
    let chosen = match &found {
        Some(found) => Some(found.choose(environment).map_err(Failure)?),
        None if environment.is_some() => return Err(nothing_beside()),
        None => None,
    };
    if let Some(chosen) = &chosen {
        eprintln!("note: {}", chosen.told);
    }
    let settings = chosen.as_ref().map(|chosen| chosen.settings.clone());
    let sources = match paths {
        [only] if is_standard_input(only) => standard_input(settings)?,
        _ => {
            let files = written(files(paths)?, found.as_ref())?;
            policies::read_files(&files, settings).map_err(|cause| Failure(cause.to_string()))?
        }
    };
    Ok((sources, chosen))
}

/// There is no `appsettings.json` where one is needed.
pub fn nothing_beside() -> Failure {
    Failure(
        "there is no appsettings.json with `Environments` in or above the folder of the policies".to_owned(),
    )
}

/// Whether a path stands for standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// What standard input holds, at most one byte more than a policy may have.
pub fn read_standard_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let unreadable = |cause| Failure(format!("standard input cannot be read: {cause}"));
    std::io::stdin().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

fn standard_input(settings: Option<Arc<Settings>>) -> Result<Sources, Failure> {
    let mut sources = Sources::with_settings(settings);
    sources.add(STANDARD_INPUT, &read_standard_input()?);
    Ok(sources)
}

/// The `appsettings.json` beside the first of these paths that has one.
pub fn beside(paths: &[PathBuf]) -> Result<Option<Found>, Failure> {
    for folder in folders(paths) {
        if let Some(found) = environments::beside(&folder).map_err(Failure)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The folders that these paths lie in: a folder itself, of a file the one it is in, of a pattern the part before it.
pub fn folders(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for path in paths.iter().filter(|path| !is_standard_input(path)) {
        let folder = if path.is_dir() { path.clone() } else { folder_of(path) };
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

fn folder_of(path: &Path) -> PathBuf {
    let fixed: PathBuf = match path.exists() {
        true => path.parent().map(Path::to_owned).unwrap_or_default(),
        false => path.iter().take_while(|part| !is_pattern(Path::new(part))).collect(),
    };
    let folder = if fixed == path { fixed.parent().map(Path::to_owned).unwrap_or_default() } else { fixed };
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder }
}

/// The files at these paths, each once: folders searched for `*.xml`, patterns matched here, because not every shell does
/// it and none does it in quotes.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if is_standard_input(path) {
            return Err(Failure("`-` stands alone: name files or write them to standard input".to_owned()));
        } else if path.is_dir() {
            files.extend(policies::files_below(path).map_err(|cause| unreadable(path, &cause))?);
        } else if !path.exists() && is_pattern(path) {
            files.extend(matching(path)?);
        } else {
            files.push(path.clone());
        }
    }
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())));
    Ok(files)
}

/// The files that an author wrote; an error if there are none, or too many for one tenant.
fn written(mut files: Vec<PathBuf>, found: Option<&Found>) -> Result<Vec<PathBuf>, Failure> {
    files.retain(|file| found.is_none_or(|found| !found.is_built(file)));
    let most = policies::MOST_FILES;
    match files.len() {
        0 => Err(Failure("there is no policy file (*.xml) at the paths named".to_owned())),
        count if count > most => Err(Failure(format!("{count} files are too many: at most {most}"))),
        _ => Ok(files),
    }
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn matching(pattern: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = pattern.display();
    let options = glob::MatchOptions {
        case_sensitive: !cfg!(windows),
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let matches = glob::glob_with(&pattern.to_string_lossy(), options)
        .map_err(|error| Failure(format!("`{shown}` is no pattern: {} (at {})", error.msg, error.pos)))?;
    let mut files = Vec::new();
    for path in matches {
        let path = path.map_err(|error| unreadable(error.path(), error.error()))?;
        if path.is_dir() {
            files.extend(policies::files_below(&path).map_err(|cause| unreadable(&path, &cause))?);
        } else {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(Failure(format!("no file matches `{shown}`")));
    }
    Ok(files)
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Failure {
    Failure(format!("`{}` cannot be read: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[PathBuf]) -> Vec<String> {
        files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn folders_files_and_patterns_name_each_file_once() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        std::fs::create_dir_all(at("deep/er")).unwrap();
        for name in ["a.xml", "b.txt", "deep/c.xml", "deep/er/d.XML", "[e].xml"] {
            std::fs::write(at(name), "<a/>").unwrap();
        }
        let found = |paths: &[PathBuf]| names(&files(paths).unwrap());
        assert_eq!(found(&[root.path().to_owned()]), ["[e].xml", "a.xml", "c.xml", "d.XML"]);
        assert_eq!(found(&[at("a.xml"), at("*.xml"), at("deep/../a.xml")]), ["a.xml", "[e].xml"]);
        assert_eq!(found(&[at("**/*.xml")]), ["[e].xml", "a.xml", "c.xml"]);
        assert_eq!(found(&[at("d*")]), ["c.xml", "d.XML"]);
        assert_eq!(found(&[at("[e].xml")]), ["[e].xml"], "a file of that very name comes first");
        assert!(files(&[at("*.yml")]).unwrap_err().0.contains("no file matches"));
        assert!(files(&[at("***")]).unwrap_err().0.contains("no pattern"));
    }

    #[test]
    fn the_folder_of_a_pattern_is_what_stands_before_it() {
        assert_eq!(folder_of(Path::new("policies/**/*.xml")), Path::new("policies"));
        assert_eq!(folder_of(Path::new("*.xml")), Path::new("."));
        assert_eq!(folder_of(Path::new("a/not-there.xml")), Path::new("a"));
    }
}
