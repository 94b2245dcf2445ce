//! `vestibule build`: policy files with the values of an environment in place of `{Settings:…}`, as they are uploaded to
//! the cloud. In: files and the text of an `appsettings.json`. Out: for each environment the files, all or none.
//!
//! Must not be known here: folders. `{{…}}` and other marks of pipelines stay as they are; the compiler warns of them.

mod environments;
mod fill;

use vestibule_engine::diagnostic::{Diagnostic, Diagnostics, codes};
use vestibule_engine::message;
use vestibule_engine::settings::Settings;
use vestibule_engine::source::{Sources, Span};

pub use environments::{Environment, Environments};

use crate::encoding;

/// A file's path, as it is shown, and its bytes.
pub type File = (String, Vec<u8>);

/// The bytes of the files of one environment, in the order and encoding of the given ones. The error names every place that has no
/// value, and every file that is no XML.
pub fn build(files: &[File], settings: &Settings) -> Result<Vec<Vec<u8>>, (Sources, Diagnostics)> {
    let mut sources = Sources::default();
    let mut wrong = Diagnostics::default();
    let mut built = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        let id = sources.add(name, bytes);
        let Some(source) = sources.get(id) else { continue };
        let encoded = |text: String| encoding::as_before(&text, source.text(), bytes);
        let narrow = || fill::fill(source, settings, true).ok().and_then(encoded);
        match fill::fill(source, settings, false).map(|text| encoded(text).or_else(narrow)) {
            Ok(Some(bytes)) => built.push(bytes),
            Ok(None) => {
                let sentence = message!("the file cannot be written in the encoding it has");
                wrong.push(Diagnostic::error(codes::UNKNOWN_ENCODING, Span::start_of(id), sentence));
            }
            Err(found) => wrong.append(found),
        }
    }
    if wrong.is_empty() { Ok(built) } else { Err((sources, wrong)) }
}

#[cfg(test)]
mod build_tests;
