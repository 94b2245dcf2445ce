//! What stands for `{Settings:Name}` in policy files (policy-language 1: the build step of the editor extension). In: an
//! environment's values. Out: texts with the values in place, and the names for which there is none.
//!
//! Must not be known here: XML, files, where the values come from.

use std::collections::BTreeMap;
use std::ops::Range;

/// How deep a value may name others, and how many placeholders one text may come to that way.
const MAX_DEPTH: usize = 8;
const MAX_VALUES: usize = 10_000;
/// Bytes of a text that may be filled further.
const MAX_TEXT: usize = 1024 * 1024;
const OPEN: &str = "{settings:";

/// The values of one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    environment: String,
    values: BTreeMap<String, (String, String)>,
}

/// A text with values in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The text; what has no value stays.
    pub text: String,
    /// The names without a value.
    pub missing: Vec<String>,
}

/// A placeholder in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'t> {
    /// Where it stands, with its braces.
    pub range: Range<usize>,
    /// The name as written.
    pub name: &'t str,
}

impl Settings {
    /// An environment and its values by name. Names compare in any case; of two values of one name the first counts.
    /// `Environment` is the environment's name.
    pub fn new(environment: &str, values: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut settings = Self { environment: environment.to_owned(), values: BTreeMap::new() };
        let own = ("Environment".to_owned(), environment.to_owned());
        for (name, value) in std::iter::once(own).chain(values) {
            settings.values.entry(name.to_lowercase()).or_insert((name, value));
        }
        settings
    }

    /// The environment's name.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// All names that have a value in a file of a policy.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        ["Filename", "PolicyFilename"].into_iter().chain(self.values.values().map(|(name, _)| name.as_str()))
    }

    /// Names and values in one text, the same for the same settings.
    pub fn digest(&self) -> String {
        format!("{:?}", self.values)
    }

    /// A text of the file with that name, its values in place.
    pub fn fill(&self, text: &str, file: &str) -> Filled {
        let mut filled = Filled { text: String::with_capacity(text.len()), missing: Vec::new() };
        let mut left = MAX_VALUES;
        self.fill_into(text, (file, MAX_DEPTH), &mut left, &mut filled);
        filled
    }

    fn fill_into(&self, text: &str, (file, depth): (&str, usize), left: &mut usize, filled: &mut Filled) {
        let mut at = 0;
        for place in places(text) {
            filled.text.push_str(text.get(at..place.range.start).unwrap_or_default());
            at = place.range.end;
            *left = left.saturating_sub(1);
            match self.value(place.name, file) {
                // A value that names itself ends somewhere.
                Some(value) if depth > 0 && *left > 0 && filled.text.len() < MAX_TEXT => {
                    self.fill_into(&value, (file, depth - 1), left, filled);
                }
                _ => {
                    filled.missing.push(place.name.to_owned());
                    filled.text.push_str(text.get(place.range).unwrap_or_default());
                }
            }
        }
        filled.text.push_str(text.get(at..).unwrap_or_default());
    }

    /// A value; those of the file itself are its name without its ending, and that without `B2C_1A_`.
    fn value(&self, name: &str, file: &str) -> Option<String> {
        let name = name.to_lowercase();
        let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
        match name.as_str() {
            "filename" => Some(stem.to_owned()),
            "policyfilename" => Some(stem.replace("B2C_1A_", "")),
            _ => self.values.get(&name).map(|(_, value)| value.clone()),
        }
    }
}

/// Whether there is a placeholder in a text.
pub fn has_place(text: &str) -> bool {
    text.contains('{') && places(text).next().is_some()
}

/// The placeholders of a text: `{Settings:` in any case, a name without braces, `}`.
pub fn places(text: &str) -> impl Iterator<Item = Place<'_>> {
    let starts = text.match_indices('{').map(|(at, _)| at);
    starts.filter_map(move |start| {
        let rest = text.get(start..)?;
        let head = rest.get(..OPEN.len())?;
        let inner = rest.get(OPEN.len()..).filter(|_| head.eq_ignore_ascii_case(OPEN))?;
        let length = inner.find(['{', '}', '<', '\n'])?;
        let name = inner.get(..length)?;
        let closed = inner.get(length..)?.starts_with('}') && !name.trim().is_empty();
        closed.then_some(Place { range: start..start + OPEN.len() + length + 1, name })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(values: &[(&str, &str)]) -> Settings {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::new("Development", values)
    }

    #[test]
    fn names_compare_in_any_case_and_what_has_no_value_stays() {
        let settings = settings(&[("Tenant", "contoso.onmicrosoft.com"), ("ApiUrl", "https://a/?b&c")]);
        let filled = settings.fill("http://{settings:TENANT}/{Settings:ApiUrl}|{Settings:Api}", "x.xml");
        assert_eq!(filled.text, "http://contoso.onmicrosoft.com/https://a/?b&c|{Settings:Api}");
        assert_eq!(filled.missing, ["Api"]);
    }

    #[test]
    fn a_file_knows_its_name_and_its_environment() {
        let all = "{Settings:Filename} {Settings:PolicyFilename} {Settings:Environment}";
        let filled = settings(&[]).fill(all, "policies/B2C_1A_signup.v2.xml");
        assert_eq!(filled.text, "B2C_1A_signup.v2 signup.v2 Development");
        assert_eq!(settings(&[]).fill(all, "c:\\p\\Base.XML").text, "Base Base Development");
    }

    #[test]
    fn a_value_may_name_others_but_not_for_ever() {
        let deep = settings(&[("A", "a{Settings:B}"), ("B", "b"), ("C", "{Settings:C}{Settings:C}")]);
        assert_eq!(deep.fill("{Settings:A}", "").text, "ab");
        let endless = deep.fill("{Settings:C}", "");
        assert!(!endless.missing.is_empty() && endless.missing.len() <= 512);
        let wide = settings(&[("A", &"{Settings:A}".repeat(1_000))]).fill("{Settings:A}", "");
        assert!(wide.text.len() < 64 * 1024 * 1024);
    }

    #[test]
    fn only_whole_placeholders_are_some() {
        for text in
            ["{Settings:}", "{Settings: }", "{Settings:a", "{Settings:{a}", "{Setting:a}", "{Claim:a}", "{é"]
        {
            assert!(!has_place(text), "{text}");
        }
        let found: Vec<_> =
            places("é{{Settings:a}}{SETTINGS:b c}").map(|one| (one.range, one.name)).collect();
        assert_eq!(found, [(3..15, "a"), (16..30, "b c")]);
    }
}
