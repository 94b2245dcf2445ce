//! The policy files that a command's arguments name. In: folders and files. Out: their texts, or which path is no use.

use std::path::{Path, PathBuf};

use vestibule_engine::source::Sources;

use super::Failure;
use crate::policies;

/// The files at these paths, folders searched for `*.xml`.
pub fn sources(paths: &[PathBuf]) -> Result<Sources, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(policies::files_below(path).map_err(|cause| unreadable(path, &cause))?);
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        return Err(Failure("there is no policy file (*.xml) at the paths named".to_owned()));
    }
    policies::read_files(&files).map_err(|cause| Failure(cause.to_string()))
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Failure {
    Failure(format!("`{}` cannot be read: {cause}", path.display()))
}
