//! How a command tells what is wrong with policies: for a person, an editor, or a service. In: the flags and diagnostics.
//! Out: text for standard output, and whether the answer is yes.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use clap::{Args, ValueEnum};
use vestibule_author::report;
use vestibule_engine::diagnostic::{Diagnostics, Severity};
use vestibule_engine::source::Sources;

/// The flags of reporting.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Reporting {
    /// How to write what was found
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// When to write in colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
    /// End with 1 for warnings too
    #[arg(long)]
    pub deny_warnings: bool,
}

/// What a report is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal, with the lines of the files
    #[default]
    Text,
    /// One JSON object a line, for editors and pipelines
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Commands of a GitHub workflow, shown beside the lines of a pull request
    Github,
    /// What Azure AD B2C would have answered to the upload
    Upload,
}

/// When a report has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Reporting {
    /// Writes what was found; `summary` ends the text for people.
    pub fn print(&self, found: &Diagnostics, sources: &Sources, summary: &str) {
        print(&match self.chosen() {
            Format::Text => format!("{}{summary}\n", found.to_text(sources, self.colours())),
            Format::Json => found.iter().fold(String::new(), |mut text, one| {
                let _ = writeln!(text, "{}", one.to_json(sources));
                text
            }),
            Format::Sarif => {
                format!("{:#}\n", report::sarif(found.iter(), sources, env!("CARGO_PKG_VERSION")))
            }
            Format::Github => report::github(found.iter(), sources),
            Format::Upload => report::upload(found.iter(), sources),
        });
    }

    /// Whether nothing was found that the flags call a failure.
    pub fn accepts(&self, found: &Diagnostics) -> bool {
        let warned = || found.iter().any(|one| one.severity == Severity::Warning);
        !(found.has_errors() || self.deny_warnings && warned())
    }

    /// Whether what is written is for people.
    pub fn for_people(&self) -> bool {
        self.chosen() == Format::Text
    }

    fn chosen(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    fn colours(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org: any value but the empty one.
            Color::Auto => {
                std::io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
            }
        }
    }
}

/// Writes to standard output; whoever reads only the beginning, as `head` does, has what was wanted.
pub fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// `3 of 4 policies compile; 1 error, 2 warnings, 1 note`.
pub fn summary(compiled: usize, files: usize, found: &Diagnostics) -> String {
    let of = |severity| found.iter().filter(|one| one.severity == severity).count();
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let all = if files == 1 { "1 policy" } else { &format!("{files} policies") };
    let errors = count(found.error_count(), "error");
    let warnings = count(of(Severity::Warning), "warning");
    let notes = count(of(Severity::Note), "note");
    format!("{compiled} of {all} compiled; {errors}, {warnings}, {notes}")
}
