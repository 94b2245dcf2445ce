//! A TOML file as something to ask: sections that know their place and collect what is wrong.
//!
//! In: the parsed tree with its spans. Out: values of the types asked for; whatever does not fit becomes a
//! [`Problem`] and the question answers `None`, so reading goes on. Every section has a table of its keys
//! (`keys.rs`): what is not in it is reported with the nearest known key. Not known here: any single setting.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::Key;
use super::problem::Problem;

/// The longest file that `{ file = "…" }` may name, in bytes: it holds one secret.
const MAX_SECRET_FILE: u64 = 64 * 1024;

/// Why a value does not fit, and what would.
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) remedy: String,
}

/// A shorthand for a [`Wrong`].
pub(super) fn wrong(message: impl Into<String>, remedy: impl Into<String>) -> Wrong {
    Wrong { message: message.into(), remedy: remedy.into() }
}

/// The file being read and what was found wrong so far.
pub(super) struct Document<'d> {
    path: &'d Path,
    text: &'d str,
    environment: &'d dyn Fn(&str) -> Option<String>,
    problems: RefCell<Vec<Problem>>,
}

impl<'d> Document<'d> {
    pub(super) fn new(
        path: &'d Path,
        text: &'d str,
        environment: &'d dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Document { path, text, environment, problems: RefCell::default() }
    }

    /// Reports that the file is no TOML at this byte.
    pub(super) fn syntax(&self, at: usize, message: &str) {
        let remedy = "write `key = value` lines under `[section]` headings (TOML 1.0, https://toml.io)";
        self.report(at, String::new(), wrong(message.replace('\n', ", "), remedy));
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems.dedup();
        problems
    }

    fn report(&self, at: usize, key: String, wrong: Wrong) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let Wrong { message, remedy } = wrong;
        let file = self.path.to_owned();
        self.problems.borrow_mut().push(Problem { file, line, column, key, message, remedy });
    }
}

/// A text value and where it stands.
pub(super) struct Text {
    pub(super) value: String,
    pub(super) at: usize,
}

/// One table of the file, asked by key.
pub(super) struct Section<'d> {
    document: &'d Document<'d>,
    table: Option<&'d DeTable<'d>>,
    keys: &'static [Key],
    path: String,
    at: usize,
}

impl<'d> Section<'d> {
    /// The top of the file.
    pub(super) fn root(document: &'d Document<'d>, table: &'d DeTable<'d>, keys: &'static [Key]) -> Self {
        Section::open(document, Some(table), keys, (String::new(), 0))
    }

    fn open(
        document: &'d Document<'d>,
        table: Option<&'d DeTable<'d>>,
        keys: &'static [Key],
        (path, at): (String, usize),
    ) -> Self {
        let section = Section { document, table, keys, path, at };
        section.report_unknown_keys();
        section
    }

    fn report_unknown_keys(&self) {
        for name in self.table.into_iter().flat_map(|table| table.keys()) {
            let written: &str = name.get_ref();
            if !self.keys.iter().any(|key| key.name == written) {
                let remedy = match nearest(written, self.keys.iter().map(|key| key.name)) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => format!("known here: {}", listed(self.keys)),
                };
                self.document.report(name.span().start, self.key(written), wrong("is no setting", remedy));
            }
        }
    }

    /// The dotted name of a key in this section.
    fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn get(&self, name: &str) -> Option<&'d Spanned<DeValue<'d>>> {
        debug_assert!(self.keys.iter().any(|key| key.name == name), "{name} is not in the table of keys");
        self.table.and_then(|table| table.get(name))
    }

    /// True when the file has this section at all.
    pub(super) fn is_present(&self) -> bool {
        self.table.is_some()
    }

    /// True when the key is written.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Reports that a key does not fit, at its value or, if it is absent, at the section.
    pub(super) fn report(&self, name: &str, wrong: Wrong) {
        let at = self.get(name).map_or(self.at, |value| value.span().start);
        self.document.report(at, self.key(name), wrong);
    }

    /// Reports at a given byte, for one element of a list.
    pub(super) fn report_at(&self, at: usize, name: &str, wrong: Wrong) {
        self.document.report(at, self.key(name), wrong);
    }

    /// Reports that a required key is absent.
    pub(super) fn missing(&self, name: &str) {
        let example = self.keys.iter().find(|key| key.name == name).map_or("", |key| key.example);
        let heading = if self.path.is_empty() { String::new() } else { format!(" under `{}`", self.path) };
        let remedy = format!("add `{name} = {example}`{heading}");
        self.document.report(self.at, self.key(name), wrong("is missing", remedy));
    }

    /// A text: written plainly, or taken from `{ env = "NAME" }` or `{ file = "PATH" }`.
    pub(super) fn text(&self, name: &str) -> Option<Text> {
        self.text_of(name, self.get(name)?)
    }

    fn text_of(&self, name: &str, value: &'d Spanned<DeValue<'d>>) -> Option<Text> {
        let at = value.span().start;
        let result = match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Table(table) => self.elsewhere(table),
            other => Err(wrong(
                format!("is {}", article(other.type_str())),
                "write a text in quotes, `{ env = \"NAME\" }` or `{ file = \"PATH\" }`",
            )),
        };
        result.map_err(|wrong| self.report_at(at, name, wrong)).ok().map(|value| Text { value, at })
    }

    fn elsewhere(&self, table: &DeTable<'_>) -> Result<String, Wrong> {
        let remedy = "write `{ env = \"NAME\" }` or `{ file = \"PATH\" }` with nothing beside it";
        let mut entries = table.iter();
        let (Some((key, value)), None) = (entries.next(), entries.next()) else {
            return Err(wrong("is a table", remedy));
        };
        let Some(target) = value.get_ref().as_str() else { return Err(wrong("is a table", remedy)) };
        match key.get_ref().as_ref() {
            "env" => (self.document.environment)(target).ok_or_else(|| {
                wrong(
                    format!("takes its value from the environment variable `{target}`, which is not set"),
                    format!("set {target} (as text) before the server starts"),
                )
            }),
            "file" => self.secret_file(target),
            _ => Err(wrong("is a table", remedy)),
        }
    }

    fn secret_file(&self, target: &str) -> Result<String, Wrong> {
        let path = self.resolve(target);
        let told = |cause: String| {
            wrong(
                format!("takes its value from the file `{}`, which {cause}", path.display()),
                "put the value there as UTF-8 text and let the server's user read it",
            )
        };
        let length =
            std::fs::metadata(&path).map_err(|error| told(format!("cannot be read: {error}")))?.len();
        if length > MAX_SECRET_FILE {
            return Err(told(format!("has {length} bytes, more than any secret")));
        }
        let text =
            std::fs::read_to_string(&path).map_err(|error| told(format!("cannot be read: {error}")))?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// A path of the file: relative ones start at the configuration file's folder.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.document.path.parent().unwrap_or_else(|| Path::new("")).join(path)
    }

    /// A text that must be there.
    pub(super) fn required(&self, name: &str) -> Option<Text> {
        if !self.has(name) {
            self.missing(name);
        }
        self.text(name)
    }

    /// A text turned into something else.
    pub(super) fn parsed<T>(&self, name: &str, parse: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        let text = self.text(name)?;
        parse(&text.value).map_err(|wrong| self.report_at(text.at, name, wrong)).ok()
    }

    /// A whole number within a range, or the default.
    pub(super) fn number(&self, name: &str, range: RangeInclusive<u64>, default: u64) -> u64 {
        let Some(value) = self.get(name) else { return default };
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|number| {
                u64::from_str_radix(number.as_str().trim_start_matches('+'), number.radix()).ok()
            })
            .filter(|number| range.contains(number));
        number.unwrap_or_else(|| {
            let remedy = format!("write a whole number from {} to {}", range.start(), range.end());
            self.report(name, wrong("is out of range or no whole number", remedy));
            default
        })
    }

    /// A whole number within a range that fits 32 bits, or the default.
    pub(super) fn number32(&self, name: &str, range: RangeInclusive<u32>, default: u32) -> u32 {
        let wide = u64::from(*range.start())..=u64::from(*range.end());
        u32::try_from(self.number(name, wide, u64::from(default))).unwrap_or(default)
    }

    /// `true` or `false`, or the default.
    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        let Some(value) = self.get(name) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.report(name, wrong("is neither true nor false", "write `true` or `false` without quotes"));
            default
        })
    }

    /// A list of texts; empty when the key is absent.
    pub(super) fn list(&self, name: &str) -> Vec<Text> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.report(name, wrong("is no list", "write a list of texts: `[\"one\", \"two\"]`"));
            return Vec::new();
        };
        array.iter().filter_map(|item| self.text_of(name, item)).collect()
    }

    /// A table below this one; an empty one when absent, so that defaults come from one place.
    pub(super) fn section(&self, name: &str, keys: &'static [Key]) -> Section<'d> {
        let path = self.key(name);
        let Some(value) = self.get(name) else {
            return Section::open(self.document, None, keys, (path, self.at));
        };
        let table = value.get_ref().as_table();
        if table.is_none() {
            let remedy = format!("write a heading `[{path}]` with its settings below it");
            self.report(name, wrong("is no section", remedy));
        }
        Section::open(self.document, table, keys, (path, value.span().start))
    }

    /// Tables that may be written several times, as `[[name]]`.
    pub(super) fn sections(&self, name: &str, keys: &'static [Key]) -> Vec<Section<'d>> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let remedy = format!("write `[[{name}]]` with double brackets before each");
        let Some(array) = value.get_ref().as_array() else {
            self.report(name, wrong("is no list of sections", remedy));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (index, item) in array.iter().enumerate() {
            let place = (format!("{}[{index}]", self.key(name)), item.span().start);
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section::open(self.document, Some(table), keys, place)),
                None => self.report(name, wrong("is no list of sections", remedy.clone())),
            }
        }
        sections
    }

    /// All entries of a table whose keys are free, such as colours: name and text.
    pub(super) fn entries(&self, name: &str) -> Vec<(String, Text)> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.report(name, wrong("is no section", "write `{ name = \"value\" }`"));
            return Vec::new();
        };
        let entries = table.iter();
        entries
            .filter_map(|(key, value)| Some((key.get_ref().to_string(), self.text_of(name, value)?)))
            .collect()
    }
}

/// The known word nearest to a written one, if it is near at all.
pub(super) fn nearest<'k>(written: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|word| (strsim::damerau_levenshtein(&written.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= 1 + word.chars().count() / 4)
        .min()
        .map(|(_, word)| word)
}

fn listed(keys: &[Key]) -> String {
    keys.iter().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", ")
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
