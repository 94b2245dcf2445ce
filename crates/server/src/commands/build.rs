//! `vestibule build`: policy files with the values of each environment, one folder an environment, all or none.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use clap::Args;
use vestibule_author::build::{Environment, File, build};
use vestibule_engine::source::{MAX_BYTES, Sources};

use super::progress::Progress;
use super::{Failure, Outcome, paths};
use crate::environments;

/// Arguments of `build`.
#[derive(Debug, Args)]
#[command(
    long_about = "Fills {Settings:…} in policy files from an appsettings.json and writes one folder for each of its
environments, as the VS Code extension for Azure AD B2C does.

The file has Environments with Name, Tenant, Production and PolicySettings, and perhaps EnvironmentsFolder. It is found
in the folder of the policies or above it. {Settings:Tenant}, {Settings:Environment}, {Settings:Filename} and
{Settings:PolicyFilename} (without B2C_1A_) need no entry; names compare in any case. Values are escaped as XML wants
them. If any name has no value, all such places are told and nothing is written.",
    after_help = "Examples:
  vestibule build policies/                               Environments/NAME/… beside the appsettings.json
  vestibule build policies/ --environment Production --output out
  vestibule build 'policies/**/*.xml' --settings build/appsettings.json"
)]
pub struct BuildCommand {
    /// Folders with policy files, the files themselves, or patterns
    #[arg(value_name = "PATH", default_value = "policies")]
    pub paths: Vec<PathBuf>,
    /// Only this environment; may be repeated
    #[arg(long = "environment", value_name = "NAME")]
    pub environments: Vec<String>,
    /// Folder to make the environments' folders in [default: EnvironmentsFolder of the settings]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// The settings [default: the appsettings.json in or above the policies' folder]
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// Builds; `false` when a value is missing or a file is no XML.
pub fn run(command: &BuildCommand) -> Outcome {
    let found = match &command.settings {
        Some(file) => environments::read(file).map_err(Failure)?,
        None => paths::beside(&command.paths)?,
    };
    let found = found.ok_or_else(paths::nothing_beside)?;
    let output = command.output.clone().unwrap_or_else(|| found.output());
    let mut chosen: Vec<&Environment> = Vec::new();
    for name in &command.environments {
        chosen.push(found.environments.choose(Some(name)).map_err(Failure)?);
    }
    if chosen.is_empty() {
        chosen = found.environments.list.iter().collect();
    }
    let (names, files) = read(command, &found, &output)?;
    let waiting = Progress::of(format!("filling {} files for {} environments", files.len(), chosen.len()));
    let mut built = Vec::new();
    let mut good = true;
    for environment in chosen {
        match build(&files, &environment.settings) {
            Ok(files) => built.push((environment, names.iter().cloned().zip(files).collect::<Vec<File>>())),
            Err((sources, why)) => {
                eprint!("{}", why.to_text(&sources, std::io::IsTerminal::is_terminal(&std::io::stderr())));
                good = false;
            }
        }
    }
    drop(waiting);
    if !good {
        eprintln!("nothing was written");
        return Ok(false);
    }
    for (environment, files) in &built {
        let folder = output.join(&environment.name);
        write_all(&folder, files)
            .map_err(|cause| Failure(format!("`{}` cannot be written: {cause}", folder.display())))?;
        println!("{}: {} in {}{}", environment.name, told(files), folder.display(), left(&folder, files));
    }
    Ok(true)
}

/// The files' paths below the folder that was named, and the files; what an earlier build made is none of them.
fn read(
    command: &BuildCommand,
    found: &environments::Found,
    output: &Path,
) -> Result<(Vec<String>, Vec<File>), Failure> {
    let output = std::path::absolute(output).map_err(Failure::from_error)?;
    let roots = paths::folders(&command.paths);
    let (mut names, mut files): (Vec<String>, Vec<File>) = Default::default();
    for path in paths::files(&command.paths)? {
        let absolute = std::path::absolute(&path).map_err(Failure::from_error)?;
        if found.is_built(&path) || (absolute.starts_with(&output) && !output_holds_all(&roots, &output)) {
            continue;
        }
        let unreadable = |cause: Error| Failure(format!("`{}` cannot be read: {cause}", path.display()));
        if std::fs::metadata(&path).map_err(unreadable)?.len() > MAX_BYTES {
            return Err(unreadable(Error::new(ErrorKind::FileTooLarge, "a policy may have 1 MiB")));
        }
        let below = roots.iter().filter_map(|root| path.strip_prefix(root).ok());
        let name = below.min_by_key(|below| below.components().count()).unwrap_or(&path);
        let name = name.components().filter(|part| matches!(part, std::path::Component::Normal(_)));
        let name = name.collect::<PathBuf>().display().to_string();
        if names.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            return Err(Failure(format!(
                "two files would be written as `{name}`; name one folder above both"
            )));
        }
        files.push((path.display().to_string(), std::fs::read(&path).map_err(unreadable)?));
        names.push(name);
    }
    if files.is_empty() {
        return Err(Failure("there is no policy file (*.xml) at the paths named".to_owned()));
    }
    Ok((names, files))
}

/// Whether the policies themselves lie in the output folder.
fn output_holds_all(roots: &[PathBuf], output: &Path) -> bool {
    roots.iter().any(|root| std::path::absolute(root).is_ok_and(|root| root.starts_with(output)))
}

/// "5 files, which compile".
fn told(files: &[File]) -> String {
    let mut sources = Sources::default();
    for (name, bytes) in files {
        sources.add(name, bytes);
    }
    let errors = vestibule_engine::compile(&sources).diagnostics.error_count();
    match errors {
        0 => format!("{} files", files.len()),
        _ => format!("{} files, with {errors} errors that `vestibule check` explains,", files.len()),
    }
}

/// Files of an earlier build that this one did not make: the author's to delete.
fn left(folder: &Path, files: &[File]) -> String {
    let made = |path: &PathBuf| {
        let below = path.strip_prefix(folder).unwrap_or(path);
        files.iter().any(|(name, _)| Path::new(name) == below)
    };
    let all = crate::policies::files_below(folder).unwrap_or_default();
    let old: Vec<String> =
        all.iter().filter(|path| !made(path)).map(|path| path.display().to_string()).collect();
    if old.is_empty() { String::new() } else { format!("\n  left from before: {}", old.join(", ")) }
}

/// Writes files into a folder, all or none: they are written aside, then change places with what was there; should that
/// fail half way, what was there comes back.
fn write_all(folder: &Path, files: &[File]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let aside = folder.join(format!(".build-{}", std::process::id()));
    let (new, old) = (aside.join("new"), aside.join("old"));
    let written = stage(&new, files).and_then(|()| change_places(folder, (&new, &old), files));
    let _ = std::fs::remove_dir_all(&aside);
    written
}

fn stage(new: &Path, files: &[File]) -> std::io::Result<()> {
    for (name, bytes) in files {
        let path = new.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(new))?;
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

fn change_places(folder: &Path, (new, old): (&Path, &Path), files: &[File]) -> std::io::Result<()> {
    let mut done = Vec::new();
    for (name, _) in files {
        if let Err(cause) = change_place(folder, (new, old), name) {
            for name in done.iter().rev() {
                let (there, before) = (folder.join(name), old.join(name));
                let _ = if before.exists() {
                    std::fs::rename(before, there)
                } else {
                    std::fs::remove_file(there)
                };
            }
            return Err(cause);
        }
        done.push(name.clone());
    }
    Ok(())
}

fn change_place(folder: &Path, (new, old): (&Path, &Path), name: &str) -> std::io::Result<()> {
    let (there, kept) = (folder.join(name), old.join(name));
    std::fs::create_dir_all(there.parent().unwrap_or(folder))?;
    if there.exists() {
        std::fs::create_dir_all(kept.parent().unwrap_or(old))?;
        std::fs::rename(&there, &kept)?;
    }
    std::fs::rename(new.join(name), &there).inspect_err(|_| {
        let _ = std::fs::rename(&kept, &there);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("Test").join(name);
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_owned());
        write_all(&folder.path().join("Test"), &[file("a.xml", "1"), file("b/c.xml", "1")]).unwrap();
        assert_eq!(std::fs::read_to_string(at("b/c.xml")).unwrap(), "1");
        // `d.xml` is a folder with something in it: nothing can take its place.
        std::fs::create_dir_all(at("e.xml/in/the/way")).unwrap();
        std::fs::write(at("f"), "no folder").unwrap();
        let failed = write_all(
            &folder.path().join("Test"),
            &[file("a.xml", "2"), file("n.xml", "2"), file("f/g.xml", "2")],
        );
        assert!(failed.is_err());
        assert_eq!(std::fs::read_to_string(at("a.xml")).unwrap(), "1", "what was there came back");
        assert!(!at("n.xml").exists(), "what was not there is not there");
        assert_eq!(left(&folder.path().join("Test"), &[file("a.xml", "")]).lines().count(), 2);
        let names: Vec<_> = std::fs::read_dir(folder.path().join("Test"))
            .unwrap()
            .map(|one| one.unwrap().file_name())
            .collect();
        assert!(names.iter().all(|name| !name.to_string_lossy().starts_with(".build")), "{names:?}");
    }
}
