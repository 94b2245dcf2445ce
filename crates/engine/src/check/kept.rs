//! What the check of one policy leaves for the next: policies of one set inherit the same texts and patterns, and making
//! them ready takes a good part of a check. In: a part of a tree, or a pattern. Out: what was made of it before.
//!
//! Only what depends on nothing else is kept, and only if there was nothing to say about it. Must not be known here: what
//! texts and patterns are for.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::policy::ElementType;
use crate::regex::Regex;
use crate::syntax::LocalizedResources;

/// Patterns kept: more do not occur in honest policies.
const MOST_PATTERNS: usize = 1000;

/// Strings by element type, element id lower-cased or empty, and string id lower-cased.
pub(super) type Strings = BTreeMap<(ElementType, String, String), String>;

#[derive(Debug)]
struct Texts {
    /// Held, so that nothing else comes to stand at the address.
    of: Arc<LocalizedResources>,
    made: Arc<Strings>,
}

/// What was made for policies checked before.
#[derive(Debug, Default)]
pub struct Kept {
    /// By the resources' address.
    texts: RefCell<HashMap<usize, Texts>>,
    patterns: RefCell<HashMap<String, Arc<Regex>>>,
}

impl Kept {
    /// The texts made of these very resources.
    pub(super) fn texts(&self, of: &Arc<LocalizedResources>) -> Option<Arc<Strings>> {
        self.texts.borrow().get(&address(of)).map(|texts| texts.made.clone())
    }

    /// Keeps the texts made of some resources.
    pub(super) fn keep_texts(&self, of: &Arc<LocalizedResources>, texts: &Arc<Strings>) {
        self.texts.borrow_mut().insert(address(of), Texts { of: of.clone(), made: texts.clone() });
    }

    /// The pattern, read before or now.
    pub(super) fn pattern(&self, text: &str) -> Result<Arc<Regex>, String> {
        if let Some(known) = self.patterns.borrow().get(text) {
            return Ok(known.clone());
        }
        let regex = Arc::new(Regex::new(text)?);
        let mut patterns = self.patterns.borrow_mut();
        if patterns.len() < MOST_PATTERNS {
            patterns.insert(text.to_owned(), regex.clone());
        }
        Ok(regex)
    }

    /// Forgets what no tree holds any more.
    pub(crate) fn tidy(&mut self) {
        self.texts.get_mut().retain(|_, texts| Arc::strong_count(&texts.of) > 1);
        let patterns = self.patterns.get_mut();
        patterns.retain(|_, regex| Arc::strong_count(regex) > 1);
    }
}

fn address(of: &Arc<LocalizedResources>) -> usize {
    Arc::as_ptr(of).addr()
}
