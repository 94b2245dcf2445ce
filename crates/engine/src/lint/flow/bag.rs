//! The claims bag of one way through a journey. Claims are places in the tree's list of claim types; a claim that is not
//! in the map is not there.

use std::collections::BTreeMap;

/// What the values of a claim may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lint) enum Values {
    /// Anything.
    Any,
    /// One of these literals.
    Of(Vec<String>),
}

/// What is known of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lint) struct Fact {
    /// Whether it is there for certain.
    pub(in crate::lint) sure: bool,
    /// Its value if it is.
    pub(in crate::lint) values: Values,
    /// Whether it comes from a page's validation profiles, which do not run where the page is skipped because there is
    /// nothing left to ask.
    pub(in crate::lint) validated: bool,
}

/// How many literals are told apart.
const LITERALS: usize = 16;

impl Values {
    /// One literal.
    pub(in crate::lint) fn one(text: &str) -> Self {
        Self::Of(vec![text.to_owned()])
    }

    /// Either.
    fn or(&self, other: &Self) -> Self {
        let (Self::Of(one), Self::Of(two)) = (self, other) else { return Self::Any };
        let mut all = one.clone();
        all.extend(two.iter().filter(|text| !one.contains(text)).cloned());
        if all.len() > LITERALS { Self::Any } else { Self::Of(all) }
    }
}

/// The bag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::lint) struct Bag {
    claims: BTreeMap<usize, Fact>,
}

impl Bag {
    /// What is known of a claim; nothing if it is not there.
    pub(in crate::lint) fn get(&self, claim: usize) -> Option<&Fact> {
        self.claims.get(&claim)
    }

    /// How many claims it may hold.
    pub(in crate::lint) fn size(&self) -> usize {
        self.claims.len()
    }

    /// Whether the claim is there for certain.
    pub(in crate::lint) fn has(&self, claim: usize) -> bool {
        self.get(claim).is_some_and(|fact| fact.sure)
    }

    /// The claim is there.
    pub(in crate::lint) fn put(&mut self, claim: usize, values: Values) {
        self.claims.insert(claim, Fact { sure: true, values, validated: false });
    }

    /// The claim may have been set; what was there before may still be.
    pub(in crate::lint) fn maybe(&mut self, claim: usize, values: Values) {
        let fact = match self.claims.get(&claim) {
            Some(known) => Fact { values: known.values.or(&values), ..known.clone() },
            None => Fact { sure: false, values, validated: false },
        };
        self.claims.insert(claim, fact);
    }

    /// The claim is there if it was; otherwise it now is.
    pub(in crate::lint) fn fill(&mut self, claim: usize, values: Values) {
        let values = self.claims.get(&claim).map_or(values.clone(), |known| {
            if known.sure { known.values.clone() } else { known.values.or(&values) }
        });
        self.put(claim, values);
    }

    /// The claim is gone.
    pub(in crate::lint) fn drop(&mut self, claim: usize) {
        self.claims.remove(&claim);
    }

    /// Knows this of a claim, or that it is not there.
    pub(in crate::lint) fn know(&mut self, claim: usize, fact: Option<Fact>) {
        match fact {
            Some(fact) => drop(self.claims.insert(claim, fact)),
            None => self.drop(claim),
        }
    }

    /// What holds whichever of two ways was taken.
    pub(in crate::lint) fn or(mut self, other: &Self) -> Self {
        for (claim, fact) in &mut self.claims {
            match other.get(*claim) {
                Some(twin) => {
                    fact.sure &= twin.sure;
                    fact.validated |= twin.validated;
                    fact.values = fact.values.or(&twin.values);
                }
                None => fact.sure = false,
            }
        }
        for (claim, fact) in &other.claims {
            self.claims.entry(*claim).or_insert_with(|| Fact { sure: false, ..fact.clone() });
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_ways_only_what_both_have_is_sure() {
        let mut one = Bag::default();
        one.put(1, Values::one("a"));
        one.put(2, Values::Any);
        let mut two = Bag::default();
        two.put(1, Values::one("b"));
        let both = one.or(&two);
        assert_eq!(
            both.get(1),
            Some(&Fact { sure: true, values: Values::Of(vec!["a".into(), "b".into()]), validated: false })
        );
        assert!(both.get(2).is_some() && !both.has(2));
    }

    #[test]
    fn a_default_keeps_what_is_there() {
        let mut bag = Bag::default();
        bag.put(1, Values::one("old"));
        bag.maybe(2, Values::one("old"));
        for claim in 1..=3 {
            bag.fill(claim, Values::one("new"));
        }
        let values = |claim| bag.get(claim).map(|fact| fact.values.clone());
        assert_eq!(values(1), Some(Values::one("old")));
        assert_eq!(values(2), Some(Values::Of(vec!["old".into(), "new".into()])));
        assert_eq!(values(3), Some(Values::one("new")));
        assert!(bag.has(2));
    }
}
