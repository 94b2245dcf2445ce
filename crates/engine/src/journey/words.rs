//! The words of a page: which text wins (policy-language 4.7, reference README 4).
//!
//! In: a content definition, a profile, a language, a key. Out: text. Order for messages: localized string of the shown
//! page, the self-asserted profile's metadata, the failing profile's, the product's own text.

use std::collections::BTreeMap;

use super::world::Words;
use crate::claims::{Known, Name, Text};
use crate::policy::claim::Choice;
use crate::policy::{
    ClaimType, ContentDefinition, ControlKind, ElementType, Localization, PageVersion, Profile, Resources,
};
use crate::text;
use crate::transform;

/// Most language tags of a request that are looked at (attack 45).
const MOST_TAGS: usize = 20;

/// Whose words a page shows.
#[derive(Clone, Copy, Debug)]
pub struct Speaker<'a> {
    /// The page.
    pub content: &'a ContentDefinition,
    /// The profile whose fields are shown.
    pub profile: Option<&'a Profile>,
    /// Language tag.
    pub language: &'a str,
    /// What claim resolvers in a profile's texts look at.
    pub known: Known<'a>,
}

impl<'a> Speaker<'a> {
    fn resources(&self) -> Option<&'a Resources> {
        self.content.resources(self.language)
    }

    fn localized(&self, kind: ElementType, element: &str, id: &str) -> Option<&'a str> {
        self.resources().and_then(|resources| resources.string(kind, element, id))
    }

    /// Every word of the page's kind by its documented id.
    pub fn page_words(&self) -> BTreeMap<String, String> {
        let mut words = text::ux(self.content.page, self.content.version, self.language);
        let mut written: Vec<String> = Vec::new();
        let mut put = |id: &str, value: &str| {
            let key = words.keys().find(|known| known.eq_ignore_ascii_case(id)).cloned();
            let key = key.unwrap_or_else(|| id.to_owned());
            words.insert(key.clone(), value.to_owned());
            written.retain(|known| *known != key);
            written.push(key);
        };
        self.written_words(&mut put);
        // What changed its name between versions is meant by either name (user-interface 10, trap 15).
        for (old, new) in text::TWINS {
            let place = |id: &str| written.iter().position(|known| known.eq_ignore_ascii_case(id));
            let (from, to) = match (place(old), place(new)) {
                (Some(_), None) => (old, new),
                (None, Some(_)) => (new, old),
                _ => continue,
            };
            let text =
                words.iter().find(|(id, _)| id.eq_ignore_ascii_case(from)).map(|(_, text)| text.clone());
            let key = words.keys().find(|known| known.eq_ignore_ascii_case(to)).cloned();
            if let (Some(text), Some(key)) = (text, key) {
                words.insert(key, text);
            }
        }
        words
    }

    /// The policy's own words, weakest first: metadata of page and profile, then the language's strings.
    fn written_words(&self, put: &mut impl FnMut(&str, &str)) {
        self.content.language.iter().for_each(|(id, value)| put(id, value));
        if let Some(profile) = self.profile {
            let said = |text: &Text| text.say(self.known, str::to_owned);
            profile.language.iter().for_each(|(id, text)| put(id, &said(text)));
        }
        for ((kind, element, id), value) in self.resources().iter().flat_map(|found| found.strings.iter()) {
            if *kind == ElementType::UxElement && element.is_empty() {
                put(id, value);
            }
        }
    }

    /// A word of the page where the policy writes it itself.
    pub fn own_word(&self, wanted: &str) -> Option<String> {
        let mut found = None;
        self.written_words(&mut |id: &str, value: &str| {
            if id.eq_ignore_ascii_case(wanted) {
                found = Some(value.to_owned());
            }
        });
        found
    }

    /// A claim type's label.
    pub fn label(&self, claim: &'a ClaimType) -> &'a str {
        self.localized(ElementType::ClaimType, &claim.id, "DisplayName").unwrap_or(&claim.display_name)
    }

    /// A claim type's help.
    pub fn help(&self, claim: &'a ClaimType) -> Option<&'a str> {
        self.localized(ElementType::ClaimType, &claim.id, "UserHelpText").or(claim.help.as_deref())
    }

    /// What is said where a claim's pattern does not match.
    pub fn pattern_help(&self, claim: &ClaimType, written: &'a str) -> &'a str {
        self.localized(ElementType::ClaimType, &claim.id, "PatternHelpText").unwrap_or(written)
    }

    /// Values to choose from: the language's collection, else the claim type's own.
    pub fn choices(&self, claim: &'a ClaimType) -> &'a [Choice] {
        let localized = self.resources().and_then(|resources| resources.collections.get(&claim.id));
        localized.map_or(claim.options.as_slice(), Vec::as_slice)
    }

    /// A predicate's text.
    pub fn predicate_help(&self, id: &str, written: &'a str) -> &'a str {
        self.localized(ElementType::Predicate, id, "HelpText").unwrap_or(written)
    }

    /// A predicate group's text.
    pub fn group_help(&self, validation: &str, group: &str, written: Option<&'a str>) -> &'a str {
        self.localized(ElementType::PredicateValidation, validation, group).or(written).unwrap_or_default()
    }

    /// A provider button's caption.
    pub fn caption(&self, exchange: &Name, profile: &Profile) -> String {
        let localized = self.localized(ElementType::ClaimsProvider, "", exchange);
        localized.or(profile.display_name.as_deref()).unwrap_or(exchange).to_owned()
    }

    /// The words of a display control by string id.
    pub fn control_words(&self, control: &str, kind: ControlKind) -> BTreeMap<String, String> {
        let mut words: BTreeMap<String, String> = text::control_words(kind, self.language)
            .map(|(id, text)| (id.to_owned(), text.to_owned()))
            .collect();
        if self.content.version < PageVersion(2, 1, 0) {
            self.words_of_old_controls(&mut words);
        }
        if let Some(resources) = self.resources() {
            for ((kind, element, id), value) in resources.strings.iter() {
                if *kind == ElementType::DisplayControl && element.eq_ignore_ascii_case(control) {
                    let known = words.keys().find(|known| known.eq_ignore_ascii_case(id)).cloned();
                    words.insert(known.unwrap_or_else(|| id.clone()), value.clone());
                }
            }
        }
        words
    }

    /// In 2.0.0 the words of controls stood among those of the page (user-interface 7.6).
    fn words_of_old_controls(&self, words: &mut BTreeMap<String, String>) {
        let page = self.page_words();
        for (old, new) in text::OLD_CONTROL_WORDS {
            if let (Some(text), Some(word)) = (page.get(*old), words.get_mut(*new)) {
                word.clone_from(text);
            }
        }
    }

    /// The text under a message key, its places filled in.
    pub fn message(&self, failing: Option<&Profile>, key: &str, arguments: &[String]) -> String {
        let built_in = || text::error(self.language, key).or_else(|| transform::built_in_message(key));
        self.written(failing, key, arguments).unwrap_or_else(|| {
            let words = built_in().map_or_else(|| self.word(key), str::to_owned);
            fill(&words, arguments)
        })
    }

    /// The policy's own text under a message key.
    fn written(&self, failing: Option<&Profile>, key: &str, arguments: &[String]) -> Option<String> {
        if let Some(localized) = self.localized(ElementType::ErrorMessage, "", key) {
            return Some(fill(localized, arguments));
        }
        let own = self.profile.and_then(|profile| profile.message(key));
        let text = own.or_else(|| failing.and_then(|profile| profile.message(key)))?;
        Some(text.say(self.known, |written| fill(written, arguments)))
    }

    /// The text a refusal stands for.
    pub fn refusal(&self, failing: Option<&Profile>, words: &Words) -> String {
        match words {
            Words::Key(key, arguments) => self.message(failing, key, arguments),
            Words::First(keys) => {
                let written = keys.iter().find(|(key, _)| self.written(failing, key, &[]).is_some());
                let (key, arguments) = match written.or_else(|| keys.first()) {
                    Some((key, arguments)) => (*key, arguments.as_slice()),
                    None => ("UserMessageIfValidationError", [].as_slice()),
                };
                self.message(failing, key, arguments)
            }
            Words::Written(keys, built_in) => {
                let written = keys.iter().find(|key| self.written(failing, key, &[]).is_some());
                self.message(failing, written.unwrap_or(built_in), &[])
            }
            Words::Given(text) | Words::Service { message: text, .. } => cut(text, 1_000),
        }
    }

    /// One word of the page; the generic sentence where the id is unknown.
    fn word(&self, id: &str) -> String {
        let words = self.page_words();
        let found =
            words.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)).map(|(_, text)| text.clone());
        found.unwrap_or_else(|| {
            text::error(self.language, "UserMessageIfValidationError").unwrap_or_default().replace("{0}", "")
        })
    }
}

/// Puts arguments into `{0}`, `{1}`, …; what an argument says is not filled in again.
pub fn fill(format: &str, arguments: &[String]) -> String {
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let place = after.split_once('}').and_then(|(number, tail)| {
            let index: usize = number.parse().ok()?;
            Some((arguments.get(index).map_or("", String::as_str), tail))
        });
        match place {
            Some((argument, tail)) => {
                out.push_str(argument);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The first `most` characters.
pub fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// The page's language: the request's `ui_locales`, then the browser's languages, then the policy's default, each
/// matched exactly, then by primary subtag (user-interface 7). No file name is ever made from a tag.
pub fn choose_language(localization: &Localization, wanted: &[String]) -> String {
    let declared = localization.enabled && !localization.supported.is_empty();
    let supported: Vec<&str> = if declared {
        localization.supported.iter().map(String::as_str).collect()
    } else {
        text::languages().collect()
    };
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    for tag in wanted.iter().take(MOST_TAGS) {
        let exact = supported.iter().find(|known| known.eq_ignore_ascii_case(tag));
        let near = || supported.iter().find(|known| primary(known) == primary(tag));
        if let Some(found) = exact.or_else(near) {
            return (*found).to_owned();
        }
    }
    let default = localization.default.as_deref().filter(|_| declared);
    default.or_else(|| supported.first().copied().filter(|_| declared)).unwrap_or("en").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once() {
        let arguments = ["{1}".to_owned(), "b".to_owned()];
        assert_eq!(fill("{0}-{1}-{2}-{x}-{", &arguments), "{1}-b--{x}-{");
    }

    #[test]
    fn attack_045_languages_fall_back_along_those_declared() {
        let declared = Localization {
            enabled: true,
            default: Some("fr".into()),
            supported: vec!["fr".into(), "en".into(), "pt-BR".into()],
        };
        let table = [
            ("en", "en"),
            ("en-GB", "en"),
            ("pt", "pt-BR"),
            ("PT-br", "pt-BR"),
            ("../../etc/passwd", "fr"),
            ("xx-XX", "fr"),
            ("zh-Hant-TW-u-nu-hanidec", "fr"),
        ];
        for (wanted, expected) in table {
            assert_eq!(choose_language(&declared, &[wanted.to_owned()]), expected, "{wanted}");
        }
        let thousand: Vec<String> = (0..1_000).map(|n| format!("x{n}")).chain(["en".to_owned()]).collect();
        assert_eq!(choose_language(&declared, &thousand), "fr");
        assert_eq!(choose_language(&Localization::default(), &["ar-EG".to_owned()]), "ar");
    }
}
