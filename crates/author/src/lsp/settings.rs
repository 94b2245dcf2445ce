//! Metadata keys: what each means and what its value is. In: `settings.txt`, a table by what a profile is. Out: rows
//! for completion and hover, and which keys name ids.
//!
//! Which keys a kind of profile reads is the compiler's knowledge; a test holds the table against it.

use std::sync::LazyLock;

use super::language::{SORTS, Sort};

/// One key of one kind of profile.
#[derive(Debug)]
pub(super) struct Setting {
    /// Its name.
    pub(super) key: &'static str,
    /// Whether it is needed.
    pub(super) needed: bool,
    /// What its value is.
    pub(super) value: Kind,
    /// A line about it.
    pub(super) about: &'static str,
}

/// What a setting's value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Free text or a number.
    Free,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Words(Vec<&'static str>),
    /// An id, or several separated by commas.
    Id(Sort, bool),
}

type Sections = Vec<(&'static str, Vec<Setting>)>;

fn sections() -> &'static Sections {
    static SECTIONS: LazyLock<Sections> = LazyLock::new(|| read(include_str!("settings.txt")));
    &SECTIONS
}

/// The keys of one kind of profile, and those of all kinds behind them.
pub(super) fn of(section: &str) -> impl Iterator<Item = &'static Setting> {
    let own = sections()
        .iter()
        .find(|(name, _)| *name == section)
        .map(|(_, list)| list.as_slice())
        .unwrap_or_default();
    let any = sections().first().map(|(_, list)| list.as_slice()).unwrap_or_default();
    let taken = move |one: &&Setting| !own.iter().any(|other| other.key == one.key);
    // A page's definition is no profile.
    let any = if section == "ContentDefinition" { &[] } else { any };
    own.iter().chain(any.iter().filter(taken))
}

/// What is known of a key in a kind of profile; failing that, of the same key elsewhere.
pub(super) fn find(section: &str, key: &str) -> Option<&'static Setting> {
    let wanted = key.trim();
    let same = |one: &&Setting| one.key.eq_ignore_ascii_case(wanted);
    of(section).find(same).or_else(|| sections().iter().flat_map(|(_, list)| list).find(same))
}

/// The sort of ids that a key's value names, and whether it lists several; the same wherever the key stands.
pub(super) fn refers(key: &str) -> Option<(Sort, bool)> {
    match find("", key)?.value {
        Kind::Id(sort, many) => Some((sort, many)),
        _ => None,
    }
}

/// Keys of texts that are shown for errors, which localized strings can replace.
pub(super) fn messages() -> impl Iterator<Item = &'static Setting> {
    let all = sections().iter().flat_map(|(_, list)| list);
    let mut seen = std::collections::BTreeSet::new();
    all.filter(|one| one.key.contains("UserMessage")).filter(move |one| seen.insert(one.key))
}

/// All sections by name.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    sections().iter().map(|(name, _)| *name)
}

fn read(text: &'static str) -> Sections {
    let mut sections: Sections = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push((name, Vec::new()));
        } else if let Some((_, list)) = sections.last_mut() {
            list.extend(row(line));
        }
    }
    sections
}

fn row(line: &'static str) -> Option<Setting> {
    let (left, about) = line.split_once(" | ")?;
    let (key, value) = left.split_once(": ")?;
    let needed = key.ends_with('!');
    let value = match value {
        "text" | "int" => Kind::Free,
        "bool" => Kind::Bool,
        _ => {
            let (word, many) = value.strip_suffix('*').map_or((value, false), |word| (word, true));
            let sort = SORTS.iter().find(|(_, name, _)| *name == word);
            sort.map_or_else(|| Kind::Words(value.split('|').collect()), |(sort, ..)| Kind::Id(*sort, many))
        }
    };
    Some(Setting { key: key.trim_end_matches('!'), needed, value, about })
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
