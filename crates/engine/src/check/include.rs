//! `IncludeTechnicalProfile` and `IncludeClaimsFromTechnicalProfile` (policy-language 2.4). In: the merged profiles.
//! Out: the same profiles, each with what it includes, and which of them have a hole because an include failed.

use std::sync::Arc;

use super::damage::Damage;
use super::names::{Names, Sort};
use super::report::Report;
use crate::diagnostic::{Diagnostic, codes};
use crate::inherit::{Effective, include_profile};
use crate::message;
use crate::source::Spanned;
use crate::syntax::TechnicalProfile;

/// How long a chain of includes may be. The language sets no limit; this one keeps a hostile file from growing.
const DEPTH: usize = 100;
/// How many claims, settings and keys all profiles together may have once their includes are laid in.
const ITEMS: usize = 100_000;

/// How many links of a circle are shown.
const MOST_LINKS: usize = 6;

/// Profiles with their includes laid in.
pub(super) struct Flat {
    /// In the order of the tree.
    pub(super) profiles: Vec<Arc<TechnicalProfile>>,
    /// Whether a part of the profile is unknown.
    pub(super) holes: Vec<bool>,
}

struct Flattening<'a> {
    own: &'a [Arc<TechnicalProfile>],
    names: &'a Names<'a>,
    done: Vec<Option<Arc<TechnicalProfile>>>,
    holes: Vec<bool>,
    items: usize,
}

/// Lays every profile over the one it includes.
pub(super) fn flatten(tree: &Effective, names: &Names<'_>, damage: &Damage, report: &mut Report) -> Flat {
    let own = tree.technical_profiles.as_slice();
    let holes = (0..own.len()).map(|index| damage.has(Sort::Profile, index)).collect();
    let mut state = Flattening { own, names, done: vec![None; own.len()], holes, items: 0 };
    for index in 0..own.len() {
        let chain = state.chain(index, report);
        state.fold(&chain, report);
    }
    let mut profiles: Vec<Arc<TechnicalProfile>> =
        state.done.into_iter().zip(own).map(|(done, own)| done.unwrap_or_else(|| own.clone())).collect();
    let mut holes = state.holes;
    claims_from(&mut profiles, (own, &mut holes, state.items), names, report);
    Flat { profiles, holes }
}

impl Flattening<'_> {
    /// The profiles still to be folded for `index`: itself, what it includes, and so on.
    fn chain(&mut self, index: usize, report: &mut Report) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut next = Some(index);
        while let Some(at) = next.filter(|at| self.done.get(*at).is_some_and(Option::is_none)) {
            chain.push(at);
            next = self.included(at, &chain, report);
        }
        chain
    }

    /// What profile `at`, the last of `chain`, includes; nothing, and a hole, where that is no use.
    fn included(&mut self, at: usize, chain: &[usize], report: &mut Report) -> Option<usize> {
        let profile = self.own.get(at)?;
        let reference = profile.include_technical_profile.as_ref()?;
        let Some(entry) = report.keep(self.names.resolve(Sort::Profile, reference)) else {
            self.make_hole(at);
            return None;
        };
        if let Some(first) = chain.iter().position(|known| *known == entry.index) {
            let links = chain.iter().skip(first).filter_map(|at| self.own.get(*at).map(Arc::as_ref));
            report.push(circle(reference, links));
        } else if chain.len() >= DEPTH {
            let message = message!("more than {DEPTH} technical profiles include each other");
            report.error(codes::INCLUDE_TOO_DEEP, reference.span, message);
        } else {
            return Some(entry.index);
        }
        self.make_hole(at);
        None
    }

    fn make_hole(&mut self, at: usize) {
        if let Some(hole) = self.holes.get_mut(at) {
            *hole = true;
        }
    }

    /// Folds a chain from its end.
    fn fold(&mut self, chain: &[usize], report: &mut Report) {
        for at in chain.iter().rev().copied() {
            let Some(own) = self.own.get(at) else { continue };
            let target = own.include_technical_profile.as_ref();
            let target = target.and_then(|id| self.names.find(Sort::Profile, id)).map(|entry| entry.index);
            if target.is_some_and(|target| self.holes.get(target).copied().unwrap_or_default()) {
                self.make_hole(at);
            }
            if self.items > ITEMS {
                self.make_hole(at);
                continue;
            }
            let base = target.and_then(|target| self.done.get(target)?.as_ref());
            // What is written out is bounded by the files; only what includes add can grow.
            let whole = base.map_or_else(|| own.clone(), |base| Arc::new(include_profile(base, own)));
            self.items += size(&whole).saturating_sub(size(own));
            if self.items > ITEMS {
                report.push(too_large(own));
            }
            if let Some(done) = self.done.get_mut(at) {
                *done = Some(whole);
            }
        }
    }
}

fn size(profile: &TechnicalProfile) -> usize {
    1 + profile.metadata.len()
        + profile.cryptographic_keys.len()
        + profile.input_claims.len()
        + profile.display_claims.len()
        + profile.persisted_claims.len()
        + profile.output_claims.len()
        + profile.input_claims_transformations.len()
        + profile.output_claims_transformations.len()
        + profile.validation_technical_profiles.len()
}

fn too_large(last: &TechnicalProfile) -> Diagnostic {
    let message = message!("the technical profiles get more than {ITEMS} items by what they include");
    Diagnostic::error(codes::INCLUDE_TOO_DEEP, last.id.span, message)
}

/// The circle that `last` closes; `links` are the profiles on the way there.
fn circle<'a>(
    last: &Spanned<String>,
    links: impl Iterator<Item = &'a TechnicalProfile> + Clone,
) -> Diagnostic {
    let names: Vec<&str> = links.clone().map(|one| one.id.as_str()).collect();
    let message = message!(
        "technical profiles include each other in a circle: `{}` → `{}`",
        names.join("` → `"),
        **last
    );
    let diagnostic = Diagnostic::error(codes::INCLUDE_CIRCLE, last.span, message)
        .label("closes the circle")
        .help("take one of the IncludeTechnicalProfile elements out of the circle");
    let places = links.filter_map(|one| one.include_technical_profile.as_ref()).map(|id| id.span);
    let places = places.filter(|span| *span != last.span).take(MOST_LINKS);
    places.fold(diagnostic, |all, span| all.also(span, "goes on here"))
}

/// Adds the input and output claims of the profiles named by `IncludeClaimsFromTechnicalProfile`.
fn claims_from(
    profiles: &mut [Arc<TechnicalProfile>],
    (own, holes, mut items): (&[Arc<TechnicalProfile>], &mut [bool], usize),
    names: &Names<'_>,
    report: &mut Report,
) {
    for at in 0..profiles.len() {
        let Some(reference) =
            profiles.get(at).and_then(|one| one.include_claims_from_technical_profile.clone())
        else {
            continue;
        };
        let entry = report.keep(names.resolve(Sort::Profile, &reference));
        if let Some(source) = entry.and_then(|entry| own.get(entry.index)) {
            same_file(&reference, source, report);
        }
        let Some(source) = entry.and_then(|entry| profiles.get(entry.index)).cloned() else {
            if let Some(hole) = holes.get_mut(at) {
                *hole = true;
            }
            continue;
        };
        let Some(profile) = profiles.get_mut(at) else { continue };
        let before = items;
        items = items.saturating_add(source.input_claims.len() + source.output_claims.len());
        if items > ITEMS {
            if before <= ITEMS {
                report.push(too_large(profile));
            }
            if let Some(hole) = holes.get_mut(at) {
                *hole = true;
            }
            continue;
        }
        *profile = Arc::new(with_claims_of(&source, profile));
    }
}

/// Only a profile that stands in the file of the reference lends its claims (policy-language 2.4).
fn same_file(reference: &Spanned<String>, source: &TechnicalProfile, report: &mut Report) {
    let mut places = source.overrides.iter().chain([&source.span]);
    if places.any(|place| place.source == reference.span.source) {
        return;
    }
    let message = message!("the technical profile `{}` is not declared in this file", **reference);
    let help = "IncludeClaimsFromTechnicalProfile names a profile of its own file; IncludeTechnicalProfile may name one \
                of a base policy";
    report.push(
        Diagnostic::error(codes::CLAIMS_FROM_ELSEWHERE, reference.span, message)
            .help(help)
            .also(source.span, "declared here"),
    );
}

/// The profile with the input and output claims of another as if it included a profile of only these.
fn with_claims_of(source: &TechnicalProfile, profile: &TechnicalProfile) -> TechnicalProfile {
    let only_claims = TechnicalProfile {
        input_claims: source.input_claims.clone(),
        output_claims: source.output_claims.clone(),
        ..profile.clone()
    };
    let TechnicalProfile { input_claims, output_claims, .. } = include_profile(&only_claims, profile);
    TechnicalProfile { input_claims, output_claims, ..profile.clone() }
}
