//! What has a name in a policy. In: the merged tree. Out: look-up by id in any case, with the declared spelling; for an
//! unknown id a diagnostic that says what the id is instead, where else it is declared, or which name is nearest.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::elsewhere::Elsewhere;
use crate::claims::Name;
use crate::diagnostic::{Code, Diagnostic, codes, did_you_mean};
use crate::inherit::Effective;
use crate::message;
use crate::source::{Span, Spanned};
use crate::syntax::{self, ClaimReference, ClaimsExchange, TrustFrameworkPolicy, fold, same_id};
use crate::transform;

/// The sorts of things that are referred to by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sort {
    Claim,
    Transformation,
    Profile,
    Content,
    Journey,
    SubJourney,
    Control,
    Predicate,
    PredicateValidation,
    InputValidation,
    Resources,
    Client,
    Exchange,
}

/// Each sort with its noun and the code of an unknown one, in the order of the enum.
const SORTS: &[(Sort, &str, Code)] = &[
    (Sort::Claim, "claim type", codes::UNKNOWN_CLAIM_TYPE),
    (Sort::Transformation, "claims transformation", codes::UNKNOWN_TRANSFORMATION),
    (Sort::Profile, "technical profile", codes::UNKNOWN_PROFILE),
    (Sort::Content, "content definition", codes::UNKNOWN_CONTENT),
    (Sort::Journey, "user journey", codes::UNKNOWN_JOURNEY),
    (Sort::SubJourney, "sub-journey", codes::UNKNOWN_SUB_JOURNEY),
    (Sort::Control, "display control", codes::UNKNOWN_CONTROL),
    (Sort::Predicate, "predicate", codes::UNKNOWN_PREDICATE),
    (Sort::PredicateValidation, "predicate validation", codes::UNKNOWN_VALIDATION),
    (Sort::InputValidation, "input validation", codes::UNKNOWN_VALIDATION),
    (Sort::Resources, "localized resources", codes::UNKNOWN_RESOURCES),
    (Sort::Client, "client definition", codes::UNKNOWN_CLIENT),
    (Sort::Exchange, "claims exchange", codes::UNKNOWN_EXCHANGE),
];

/// Wrong names that get a suggestion; a file of nothing but wrong names gets no more than this.
const SUGGESTIONS: u32 = 200;
/// Names that wrong names are compared with, all in all.
const COMPARISONS: usize = 200_000;

/// One named thing.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The id in its declared spelling.
    pub(super) name: Name,
    /// Its place in the list of the merged tree.
    pub(super) index: usize,
    /// Where it is declared.
    pub(super) span: Span,
}

/// The symbol tables of one policy.
pub(super) struct Names<'a> {
    tree: &'a Effective,
    elsewhere: Elsewhere<'a>,
    tables: BTreeMap<Sort, BTreeMap<String, Entry>>,
    suggestions: Cell<u32>,
    comparisons: Cell<usize>,
}

impl Sort {
    fn row(self) -> (&'static str, Code) {
        let row = SORTS.iter().find(|(sort, ..)| *sort == self);
        row.map_or(("thing", codes::UNKNOWN_PROFILE), |(_, noun, code)| (*noun, *code))
    }

    /// What such a thing is called.
    pub(super) fn noun(self) -> &'static str {
        self.row().0
    }
}

impl<'a> Names<'a> {
    /// Collects all names of a merged policy; `all` are the files of the run.
    pub(super) fn of(tree: &'a Effective, all: &[&'a TrustFrameworkPolicy]) -> Self {
        let (elsewhere, suggestions) = (Elsewhere::beside(tree, all), Cell::new(SUGGESTIONS));
        let mut names = Self {
            tree,
            elsewhere,
            tables: BTreeMap::new(),
            suggestions,
            comparisons: Cell::new(COMPARISONS),
        };
        let blocks = &tree.building_blocks;
        names.add(Sort::Claim, blocks.claims_schema.iter().map(|one| &one.id));
        names.add(Sort::Transformation, blocks.claims_transformations.iter().map(|one| &one.id));
        names.add(Sort::Profile, tree.technical_profiles.iter().map(|one| &one.id));
        names.add(Sort::Content, blocks.content_definitions.iter().map(|one| &one.id));
        names.add(Sort::Journey, tree.user_journeys.iter().map(|one| &one.id));
        names.add(Sort::SubJourney, tree.sub_journeys.iter().map(|one| &one.id));
        names.add(Sort::Control, blocks.display_controls.iter().map(|one| &one.id));
        names.add(Sort::Predicate, blocks.predicates.iter().map(|one| &one.id));
        names.add(Sort::PredicateValidation, blocks.predicate_validations.iter().map(|one| &one.id));
        names.add(Sort::InputValidation, blocks.input_validations.iter().map(|one| &one.id));
        names.add(Sort::Client, blocks.client_definitions.iter().map(|one| &one.id));
        let resources = blocks.localization.iter().flat_map(|one| &one.localized_resources);
        for (index, one) in resources.enumerate() {
            if let Some(id) = &one.id {
                names.add_one(Sort::Resources, index, id);
            }
        }
        names.add(Sort::Exchange, exchanges(tree).map(|one| &one.id));
        names
    }

    fn add<'i>(&mut self, sort: Sort, ids: impl Iterator<Item = &'i Spanned<String>>) {
        for (index, id) in ids.enumerate() {
            self.add_one(sort, index, id);
        }
    }

    fn add_one(&mut self, sort: Sort, index: usize, id: &Spanned<String>) {
        let entry = || Entry { name: Name::from(id.as_str()), index, span: id.span };
        self.tables.entry(sort).or_default().entry(fold(id)).or_insert_with(entry);
    }

    /// The thing of that sort and id, in any case.
    pub(super) fn find(&self, sort: Sort, id: &str) -> Option<&Entry> {
        self.tables.get(&sort)?.get(&fold(id))
    }

    /// The thing that a reference means, or the report that there is none.
    pub(super) fn resolve(&self, sort: Sort, wanted: &Spanned<String>) -> Result<&Entry, Box<Diagnostic>> {
        self.find(sort, wanted).ok_or_else(|| Box::new(self.unknown(sort, wanted, wanted.span)))
    }

    /// The report that there is no such thing.
    pub(super) fn unknown(&self, sort: Sort, wanted: &str, span: Span) -> Diagnostic {
        let (noun, code) = sort.row();
        let diagnostic = Diagnostic::error(code, span, message!("unknown {noun} `{wanted}`"));
        let diagnostic = diagnostic.label(format!("no {noun} has this id"));
        if self.suggestions.get() == 0 {
            return diagnostic;
        }
        self.suggestions.set(self.suggestions.get() - 1);
        if let Some((other, entry)) = self.other_sort(sort, wanted) {
            let is_other = format!("`{wanted}` is {}; {} is expected here", one(other.noun()), one(noun));
            let diagnostic =
                diagnostic.help(is_other).also(entry.span, format!("{} of this id", other.noun()));
            return match self.runs(other, entry.index).filter(|_| sort == Sort::Profile) {
                Some(profile) => diagnostic.help(format!("it runs `{profile}`: did you mean that?")),
                None => diagnostic,
            };
        }
        if let Some(found) = self.elsewhere.find(sort, wanted) {
            let policy = found.policy;
            return diagnostic.also(found.span, format!("declared in `{policy}`")).help(format!(
                "`{wanted}` is declared in `{policy}`, which is no base of this policy: {}",
                self.chain()
            ));
        }
        match self.meant_otherwise(sort, wanted) {
            Some(help) => diagnostic.help(help),
            None => match self.near(sort, wanted) {
                Some(near) => diagnostic.did_you_mean(wanted, [near]),
                None => diagnostic,
            },
        }
    }

    /// The chain of the policy, itself first.
    fn chain(&self) -> String {
        let ids: Vec<String> = self.tree.chain.iter().rev().map(|id| format!("`{}`", id.value)).collect();
        ids.join(" → ")
    }

    /// The profile that an exchange runs.
    fn runs(&self, sort: Sort, exchange: usize) -> Option<&'a str> {
        if sort != Sort::Exchange {
            return None;
        }
        exchanges(self.tree).nth(exchange)?.technical_profile_reference_id.as_ref().map(|id| id.as_str())
    }

    /// A word that names something else than an id: the partner's name of a claim, the method of a transformation.
    fn meant_otherwise(&self, sort: Sort, wanted: &str) -> Option<String> {
        let blocks = &self.tree.building_blocks;
        match sort {
            Sort::Claim => {
                let profiles = self.tree.technical_profiles.iter();
                let claims = profiles.flat_map(|one| one.output_claims.iter().chain(&one.input_claims));
                let is_named = |one: &&ClaimReference| {
                    one.partner_claim_type.as_ref().is_some_and(|name| same_id(name, wanted))
                };
                let claim = claims.filter(is_named).map(|one| one.claim_type_reference_id.as_str()).next()?;
                Some(format!(
                    "`{wanted}` is the partner's name of the claim type `{claim}`: did you mean that?"
                ))
            }
            Sort::Transformation => {
                let function = transform::function(wanted)?;
                let uses = |one: &&Arc<syntax::ClaimsTransformation>| {
                    one.transformation_method.as_ref().is_some_and(|method| same_id(method, function.name))
                };
                let using = blocks.claims_transformations.iter().find(uses);
                let using =
                    using.map_or_else(String::new, |one| format!(", for instance `{}`", one.id.value));
                Some(format!(
                    "`{}` is a method; a claims transformation that uses it is expected{using}",
                    function.name
                ))
            }
            _ => None,
        }
    }

    /// The name of a sort nearest to a wrong one; none also where too many have been compared already.
    pub(super) fn near(&self, sort: Sort, wanted: &str) -> Option<&str> {
        let all = self.tables.get(&sort).map_or(0, BTreeMap::len);
        self.may_compare(all).then(|| did_you_mean(wanted, self.of_sort(sort))).flatten()
    }

    /// Whether one more wrong name may be compared with so many others.
    pub(super) fn may_compare(&self, others: usize) -> bool {
        let left = self.comparisons.get().checked_sub(others);
        self.comparisons.set(left.unwrap_or_default());
        left.is_some()
    }

    /// All names of a sort, in declared spelling.
    pub(super) fn of_sort(&self, sort: Sort) -> impl Iterator<Item = &str> {
        self.tables.get(&sort).into_iter().flat_map(|table| table.values().map(|entry| &*entry.name))
    }

    fn other_sort(&self, sort: Sort, wanted: &str) -> Option<(Sort, &Entry)> {
        let id = fold(wanted);
        let others = self.tables.iter().filter(|(other, _)| **other != sort);
        others.filter_map(|(other, table)| Some((*other, table.get(&id)?))).next()
    }
}

/// A noun with its article.
fn one(noun: &str) -> String {
    match noun {
        "input validation" => format!("an {noun}"),
        "localized resources" => noun.to_owned(),
        _ => format!("a {noun}"),
    }
}

/// All exchanges of all journeys, in the order in which they are numbered.
fn exchanges(tree: &Effective) -> impl Iterator<Item = &ClaimsExchange> {
    let journeys = tree.user_journeys.iter().flat_map(|one| &one.orchestration_steps);
    let steps = journeys.chain(tree.sub_journeys.iter().flat_map(|one| &one.orchestration_steps));
    steps.filter_map(|step| step.claims_exchanges.as_ref()).flat_map(|one| &one.exchanges)
}
