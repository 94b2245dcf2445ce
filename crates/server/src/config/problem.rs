//! What is wrong with a configuration: place, key, message and remedy, in plain words.

use std::fmt;
use std::path::PathBuf;

/// One thing to mend in the configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as named on the command line.
    pub file: PathBuf,
    /// From 1; 0 when the whole file is meant.
    pub line: usize,
    /// From 1, in characters; 0 when the whole file is meant.
    pub column: usize,
    /// The dotted key, such as `server.listen` or `tenant[0].id`; empty when none is meant.
    pub key: String,
    /// What is wrong, with the author's words in backticks.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

/// Every problem of one file, in the order of its lines.
#[derive(Debug, Clone)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        if !self.key.is_empty() {
            write!(f, ": `{}`", self.key)?;
        }
        write!(f, ": {}\n    remedy: {}", self.message, self.remedy)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        let (number, noun) = (self.0.len(), if self.0.len() == 1 { "problem" } else { "problems" });
        write!(f, "{number} {noun} in the configuration; nothing was started")
    }
}

impl std::error::Error for Problems {}
