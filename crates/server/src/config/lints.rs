//! `[lints]`: how much each lint of `vestibule check` weighs. In: the section, of a whole configuration or of a file that
//! holds nothing else. Out: the levels.

use std::path::Path;

use vestibule_engine::lint::{Level, Levels};

use super::document::{Document, Section, wrong};
use super::problem::Problems;
use super::{environment, keys, read as read_file};

/// The levels that a file names in `[lints]`; its other sections are not looked at.
pub fn lints(path: &Path) -> Result<Levels, Problems> {
    let text = read_file(path).map_err(|problem| Problems(vec![problem]))?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<Levels, Problems> {
    let (root, errors) = toml::de::DeTable::parse_recoverable(text);
    let document = Document::new(path, text, &environment);
    for error in &errors {
        document.syntax(error.span().map_or(0, |span| span.start), error.message());
    }
    let mut only = toml::de::DeTable::new();
    only.extend(
        root.get_ref()
            .iter()
            .filter(|(key, _)| key.get_ref() == "lints")
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    let levels = read(&Section::root(&document, &only, keys::ROOT));
    let problems = document.into_problems();
    if problems.is_empty() { Ok(levels) } else { Err(Problems(problems)) }
}

/// Reads the section.
pub(super) fn read(root: &Section<'_>) -> Levels {
    let section = root.section("lints", keys::LINTS);
    let mut levels = Levels::default();
    for (key, level) in Level::ALL {
        for text in section.list(key) {
            if let Err(told) = levels.set(&text.value, *level) {
                let remedy = "write a code (`V1011`), a name (`unused-claim-type`) or a family (`unused`)";
                section.report_at(text.at, key, wrong(told.as_str(), remedy));
            }
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use vestibule_engine::lint::LINTS;

    use super::*;

    fn of(levels: &Levels, id: &str) -> Option<Level> {
        LINTS.iter().find(|lint| lint.code.id == id).map(|lint| levels.of(lint))
    }

    #[test]
    fn a_single_lint_may_differ_from_its_family_wherever_it_stands() {
        let text = "[lints]\nallow = [\"V1201\", \"unused\"]\nwarn = [\"unused-claim-type\"]\ndeny = [\"security\"]\n[server]\n";
        let levels = parse(Path::new("vestibule.toml"), text).unwrap();
        assert_eq!(of(&levels, "V1201"), Some(Level::Allow));
        assert_eq!(of(&levels, "V1204"), Some(Level::Deny));
        assert_eq!(of(&levels, "V1011"), Some(Level::Warn));
        assert_eq!(of(&levels, "V1012"), Some(Level::Allow));
    }

    #[test]
    fn what_is_no_lint_is_told_with_its_place() {
        let told =
            parse(Path::new("vestibule.toml"), "[lints]\ndeny = [\"securty\"]\nalow = []\n").unwrap_err();
        let lines: Vec<(usize, &str)> = told.0.iter().map(|one| (one.line, one.key.as_str())).collect();
        assert_eq!(lines, [(2, "lints.deny"), (3, "lints.alow")]);
        assert!(told.0.iter().any(|one| one.message.contains("did you mean `security`?")));
    }
}
