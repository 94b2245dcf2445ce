//! Comparing with a golden file. What differs is written beside the build, to be looked at and copied if it is right.

use std::path::Path;

/// Collects the files that are not what they were.
#[derive(Default)]
pub(crate) struct Golden {
    wrong: Vec<String>,
}

impl Golden {
    /// Compares one file.
    pub(crate) fn check(&mut self, name: &str, text: &str) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        if std::fs::read_to_string(&file).unwrap_or_default() == text {
            return;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden");
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        let made = folder.join(name);
        std::fs::write(&made, text).expect("the file can be written");
        self.wrong.push(format!("cp '{}' '{}'", made.display(), file.display()));
    }

    /// Fails if one of them differed.
    pub(crate) fn done(self) {
        assert!(
            self.wrong.is_empty(),
            "not what they were; look at them, and if they are right:\n{}",
            self.wrong.join("\n")
        );
    }
}
