//! Regular expressions as policies write them: .NET's dialect on a bounded engine.
//!
//! In: a pattern from a policy, once; then texts. Out: whether it matches, within a step budget. Patterns without
//! look-around or back-references run in linear time; the others under a backtracking limit, past which a text counts
//! as no match (attack 38). Must not know what is matched.

use std::fmt;

/// Steps one match may take before it counts as no match. A match of the starter packs' password pattern takes
/// fewer than a thousand.
const STEPS: usize = 100_000;
/// Longest pattern accepted, in bytes.
const LONGEST_PATTERN: usize = 8 * 1024;
/// Memory a compiled pattern may take, in bytes.
const SIZE: usize = 1 << 20;
/// Longest text a pattern is tried on, in bytes; longer texts count as no match.
const LONGEST_TEXT: usize = 64 * 1024;

/// A compiled pattern.
pub struct Regex {
    inner: fancy_regex::Regex,
}

impl Regex {
    /// Compiles a pattern in .NET's dialect; matching is unanchored, case-sensitive and single-line
    /// (policy-language 4.1.2, claims-transformations 14.1). The error is a sentence about the pattern.
    pub fn new(pattern: &str) -> Result<Regex, String> {
        if pattern.len() > LONGEST_PATTERN {
            return Err(format!("the pattern is longer than {LONGEST_PATTERN} bytes"));
        }
        let inner = fancy_regex::RegexBuilder::new(&translate(pattern))
            .backtrack_limit(STEPS)
            .delegate_size_limit(SIZE)
            .delegate_dfa_size_limit(SIZE)
            .build()
            .map_err(|error| format!("the pattern cannot be used: {error}"))?;
        Ok(Regex { inner })
    }

    /// Whether the pattern is found anywhere in the text. A text past the budget counts as no match.
    pub fn is_match(&self, text: &str) -> bool {
        text.len() <= LONGEST_TEXT && self.inner.is_match(text).unwrap_or(false)
    }

    /// Every match replaced by `replacement`, taken literally; the text itself where the budget ends.
    pub fn replace_all(&self, text: &str, replacement: &str) -> String {
        let replaced = self.inner.try_replacen(text, 0, fancy_regex::NoExpand(replacement));
        replaced.map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
    }

    /// The first match's named groups with their texts, in the pattern's order; `None` where it does not match.
    pub fn named_groups(&self, text: &str) -> Option<Vec<(String, String)>> {
        if text.len() > LONGEST_TEXT {
            return None;
        }
        let captures = self.inner.captures(text).ok().flatten()?;
        let groups =
            self.inner.capture_names().flatten().filter_map(|name| {
                captures.name(name).map(|found| (name.to_owned(), found.as_str().to_owned()))
            });
        Some(groups.collect())
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.inner.as_str())
    }
}

/// Brings .NET's spelling to the engine's: inside a class `[`, `&` and `~` are literal, `(?'n'…)` is `(?<n>…)`, and
/// `\Z` is the end (claims-transformations 14.1).
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    let mut class = Class::Outside;
    while let Some(c) = chars.next() {
        match (c, class) {
            ('\\', _) => {
                class = class.after();
                match chars.next() {
                    Some('Z') if class == Class::Outside => out.push_str("\\z"),
                    Some(escaped) => out.extend(['\\', escaped]),
                    None => out.push('\\'),
                }
            }
            ('[', Class::Outside) => {
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                class = Class::First;
            }
            // A `]` that stands first in a class is literal in .NET.
            (']', Class::First) => {
                out.push_str("\\]");
                class = Class::Inside;
            }
            (']', Class::Inside) => {
                out.push(']');
                class = Class::Outside;
            }
            ('[' | '&' | '~', Class::First | Class::Inside) => {
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
    out
}

/// Where the translation stands with regard to a character class.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Outside,
    /// Right behind `[` or `[^`.
    First,
    Inside,
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

    #[test]
    fn masks_need_look_behind() {
        let mask = Regex::new(r"(?<=.).(?=.*@)").unwrap();
        assert_eq!(mask.replace_all("jane@x.y", "*"), "j***@x.y");
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
