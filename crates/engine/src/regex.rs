//! Regular expressions as policies write them: .NET's dialect on a bounded engine.
//!
//! In: a pattern from a policy, once; then texts. Out: whether it matches, within a step budget. Patterns without
//! look-around or back-references run in linear time; the others under a backtracking limit, past which a text counts
//! as no match (attack 38). Must not know what is matched.

mod ordinary;

use std::fmt;
use std::sync::OnceLock;

/// Steps one match may take before it counts as no match. A match of the starter packs' password pattern takes
/// fewer than a thousand.
const STEPS: usize = 100_000;
/// Longest pattern accepted, in bytes.
const LONGEST_PATTERN: usize = 8 * 1024;
/// Memory a compiled pattern may take, in bytes.
const SIZE: usize = 1 << 20;
/// Instructions a pattern with look-around may take.
const INSTRUCTIONS: usize = 20_000;
/// Longest text a pattern is tried on, in bytes; longer texts count as no match.
const LONGEST_TEXT: usize = 64 * 1024;
/// The same for a pattern with look-around or back-references: tried from each character on, it may take the square of
/// this, and steps ahead spend nothing of the budget.
const LONGEST_BACKTRACKED: usize = 8 * 1024;

/// A pattern that can be used.
///
/// Compiling one takes longer than reading the policy around it, and most are never tried on a text. So a pattern of
/// which [`ordinary`] knows that its compilation cannot fail is compiled when it is first used.
pub struct Regex {
    pattern: String,
    compiled: OnceLock<Option<Compiled>>,
}

struct Compiled {
    regex: fancy_regex::Regex,
    longest: usize,
}

impl Regex {
    /// Reads a pattern in .NET's dialect; matching is unanchored, case-sensitive and single-line
    /// (policy-language 4.1.2, claims-transformations 14.1). The error is a sentence about the pattern.
    pub fn new(pattern: &str) -> Result<Regex, String> {
        if pattern.len() > LONGEST_PATTERN {
            return Err(format!("the pattern is longer than {LONGEST_PATTERN} bytes"));
        }
        let unusable = |error: &dyn fmt::Display| format!("the pattern cannot be used: {error}");
        let pattern = translate(pattern).map_err(|error| unusable(&error))?;
        let compiled = if ordinary::always_compiles(&pattern) {
            OnceLock::new()
        } else {
            let compiled = compile(&pattern).map_err(|error| unusable(&error))?;
            OnceLock::from(Some(compiled))
        };
        Ok(Regex { pattern, compiled })
    }

    /// Whether the pattern is found anywhere in the text. A text past the budget counts as no match.
    pub fn is_match(&self, text: &str) -> bool {
        self.fit_for(text).is_some_and(|regex| regex.is_match(text).unwrap_or(false))
    }

    /// Every match replaced by `replacement`, taken literally; the text itself where the budget ends.
    pub fn replace_all(&self, text: &str, replacement: &str) -> String {
        let Some(regex) = self.fit_for(text) else { return text.to_owned() };
        let replaced = regex.try_replacen(text, 0, fancy_regex::NoExpand(replacement));
        replaced.map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
    }

    /// The first match's named groups with their texts, in the pattern's order; `None` where it does not match.
    pub fn named_groups(&self, text: &str) -> Option<Vec<(String, String)>> {
        let regex = self.fit_for(text)?;
        let captures = regex.captures(text).ok().flatten()?;
        let found =
            |name: &str| captures.name(name).map(|found| (name.to_owned(), found.as_str().to_owned()));
        Some(regex.capture_names().flatten().filter_map(found).collect())
    }

    /// The compiled pattern, unless the text is too long for it.
    fn fit_for(&self, text: &str) -> Option<&fancy_regex::Regex> {
        let compiled = self.compiled.get_or_init(|| compile(&self.pattern).ok()).as_ref()?;
        (text.len() <= compiled.longest).then_some(&compiled.regex)
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.pattern)
    }
}

fn compile(pattern: &str) -> Result<Compiled, Box<fancy_regex::Error>> {
    let mut builder = fancy_regex::RegexBuilder::new(pattern);
    builder.backtrack_limit(STEPS).delegate_size_limit(SIZE).delegate_dfa_size_limit(SIZE);
    let regex = builder.max_prog_size(INSTRUCTIONS).build().map_err(Box::new)?;
    // What the linear engine cannot read is tried by backtracking.
    let linear = regex_syntax::parse(pattern).is_ok();
    Ok(Compiled { regex, longest: if linear { LONGEST_TEXT } else { LONGEST_BACKTRACKED } })
}

/// Brings .NET's spelling to the engine's: inside a class `[`, `&` and `~` are literal, a hyphen is an operator only before
/// `[`, where it subtracts a class; `(?'n'…)` is `(?<n>…)`, and `\Z` is the end (claims-transformations 14.1).
fn translate(pattern: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    // Where in `out` the classes begin that are open: a class and what is subtracted from it.
    let mut open: Vec<usize> = Vec::new();
    let mut class = Class::Outside;
    while let Some(c) = chars.next() {
        match (c, class) {
            (_, Class::Subtracted) if c != ']' => {
                return Err("what is subtracted from a class must stand last in it");
            }
            ('\\', _) => {
                class = class.after();
                match chars.next() {
                    Some('Z') if class == Class::Outside => out.push_str("\\z"),
                    Some(escaped) => out.extend(['\\', escaped]),
                    None => out.push('\\'),
                }
            }
            ('[', Class::Outside) => class = open_class(&mut chars, &mut out, &mut open),
            // A `]` that stands first in a class is literal in .NET.
            (']', Class::First) => {
                out.push_str("\\]");
                class = Class::Inside;
            }
            (']', Class::Inside | Class::Hyphen | Class::Subtracted) => {
                out.push(']');
                open.pop();
                class = if open.is_empty() { Class::Outside } else { Class::Subtracted };
            }
            ('-', Class::Inside | Class::Hyphen) if chars.next_if_eq(&'[').is_some() => {
                // .NET negates before it subtracts: what is subtracted from becomes a class of its own.
                out.insert(open.last().copied().unwrap_or_default(), '[');
                out.push_str("]--");
                class = open_class(&mut chars, &mut out, &mut open);
            }
            ('-', Class::First | Class::Hyphen) => {
                out.push_str("\\-");
                class = Class::Inside;
            }
            ('-', Class::Inside) => {
                out.push('-');
                class = Class::Hyphen;
            }
            ('[' | '&' | '~', Class::First | Class::Inside | Class::Hyphen) => {
                out.extend(['\\', c]);
                class = Class::Inside;
            }
            ('(', Class::Outside) => {
                out.push('(');
                quoted_group(&mut chars, &mut out);
            }
            _ => {
                out.push(c);
                class = class.after();
            }
        }
    }
    Ok(out)
}

/// Opens a class whose bracket was read.
fn open_class(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    out: &mut String,
    open: &mut Vec<usize>,
) -> Class {
    open.push(out.len());
    out.push('[');
    if chars.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    Class::First
}

/// Where the translation stands with regard to a character class.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Outside,
    /// Right behind `[` or `[^`.
    First,
    Inside,
    /// Inside, right behind a hyphen that is not escaped.
    Hyphen,
    /// Behind a class that was subtracted; this one must end.
    Subtracted,
}

impl Class {
    fn after(self) -> Class {
        if self == Class::Outside { Class::Outside } else { Class::Inside }
    }
}

/// Rewrites `?'name'` behind an opening parenthesis.
fn quoted_group(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    let mut ahead = chars.clone();
    if ahead.next() != Some('?') || ahead.next() != Some('\'') {
        return;
    }
    let name: String = ahead.by_ref().take_while(|c| *c != '\'').collect();
    if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        out.push_str("?<");
        out.push_str(&name);
        out.push('>');
        *chars = ahead;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_public_policies_work() {
        let password = r"^((?=.*[a-z])(?=.*[A-Z])(?=.*\d)|(?=.*[a-z])(?=.*[A-Z])(?=.*[^A-Za-z0-9])|(?=.*[a-z])(?=.*\d)(?=.*[^A-Za-z0-9])|(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9]))([A-Za-z\d@#$%^&*\-_+=[\]{}|\\:',?/`~&quot;();!]|\.(?!@)){8,16}$";
        let table: [(&str, &str, bool); 9] = [
            (password, "Passw0rd", true),
            (password, "password", false),
            (password, "Pa[]w0rd.", true),
            (password, "Passw0rd.@", false),
            (r"^(?=([^,]+)).+(?=(\1))", "a,a", true),
            (r"^[a-zA-Z0-9]+[a-zA-Z0-9_-]*$", "jo_e-1", true),
            ("[a&&b]", "&", true),
            ("[]x]", "]", true),
            (r"a\Z", "a", true),
        ];
        for (pattern, text, expected) in table {
            let regex = Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regex.is_match(text), expected, "{pattern} on {text}");
        }
    }

    /// .NET takes what stands behind `-[` from the class; any other hyphen is itself, or makes a range.
    #[test]
    fn hyphens_in_classes_mean_what_dotnet_means() {
        let table: [(&str, &str, &str); 8] = [
            ("^[a-z-[aeiou]]+$", "xyz", "xyza"),
            ("^[^0-9-[x]]$", "a", "x"),
            ("^[^0-9-[x]]$", "-", "5"),
            ("^[a-z-[b-y-[m]]]+$", "amz", "ab"),
            ("^[a-z-[^aeiou]]+$", "aei", "ab"),
            ("^[+--]$", ",", "."),
            ("^[--a]$", "A", "b"),
            ("^[a-c-]+$", "a-c", "d"),
        ];
        for (pattern, matched, refused) in table {
            let regex = Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert!(regex.is_match(matched), "{pattern} on {matched}");
            assert!(!regex.is_match(refused), "{pattern} on {refused}");
        }
        for refused in ["[a-z-[b]c]", "[a-z-[b]-c]", &format!("{}a", "[a-".repeat(2_000))] {
            assert!(Regex::new(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn masks_need_look_behind() {
        let mask = Regex::new(r"(?<=.).(?=.*@)").unwrap();
        assert_eq!(mask.replace_all("jane@x.y", "*"), "j***@x.y");
    }

    #[test]
    fn attack_038_a_pattern_that_grows_when_it_is_compiled_is_refused_or_bounded() {
        assert!(Regex::new("((a{1000}){1000}){1000}").is_err());
        // With a look-ahead repetitions are counted, not written out; there the steps are bounded.
        assert!(!Regex::new("((((?=a)a){1000}){1000}){1000}").unwrap().is_match(&"a".repeat(4_000)));
        assert!(Regex::new(&format!("(?=a){}", "(?=[a-z])b|".repeat(700))).is_ok());
        assert!(Regex::new(&"(".repeat(5_000)).is_err());
    }

    #[test]
    fn attack_038_a_long_text_is_tried_only_on_patterns_that_take_linear_time() {
        let text = |length| "a".repeat(length);
        let (linear, other) = (Regex::new("a+$").unwrap(), Regex::new("(?=a)a+$").unwrap());
        assert!(linear.is_match(&text(LONGEST_TEXT)));
        assert!(!linear.is_match(&text(LONGEST_TEXT + 1)));
        assert!(other.is_match(&text(LONGEST_BACKTRACKED)));
        assert!(!other.is_match(&text(LONGEST_BACKTRACKED + 1)));
        assert_eq!(other.replace_all(&text(LONGEST_BACKTRACKED + 1), "b").len(), LONGEST_BACKTRACKED + 1);
    }

    #[test]
    fn named_groups_in_both_spellings() {
        for pattern in [r"(?<code>\d+)-(?<rest>.*)", r"(?'code'\d+)-(?'rest'.*)"] {
            let groups = Regex::new(pattern).unwrap().named_groups("12-ab").unwrap();
            assert_eq!(groups, [("code".to_owned(), "12".to_owned()), ("rest".to_owned(), "ab".to_owned())]);
        }
    }

    #[test]
    fn attack_038_a_pattern_that_explodes_counts_as_no_match() {
        let text = format!("{}!", "a".repeat(40));
        assert!(!Regex::new("^(a+)+$").unwrap().is_match(&text));
        // With a look-ahead the linear engine cannot take it; the budget does.
        assert!(!Regex::new("^(?=a)((a+)+)\\2$").unwrap().is_match(&text));
    }
}
