//! Patterns of which it is plain that they compile. In: a pattern in the engine's spelling. Out: whether it is made only
//! of parts whose compilation cannot fail, and small enough for every limit on its size. A doubt is a no.
//!
//! Must not be known here: where patterns come from, what they are tried on.

use fancy_regex::{Expr, LookAround};
use regex_syntax::hir::{Class, ClassUnicodeRange, HirKind};

/// Bytes of a compiled pattern up to which it is ordinary, by an estimate that is too high; a fraction of the limits.
const WEIGHT: usize = super::SIZE / 4;
/// Estimated bytes of a literal character, and of one range of a class of characters: the engine keeps a few states for
/// the encodings of its characters, and many where these have several lengths.
const LITERAL: usize = 64;
const RANGE: usize = 128;
const WIDE_RANGE: usize = 1024;
/// Deepest nesting looked at.
const DEPTH: usize = 32;

/// Whether a pattern is certain to compile.
pub(super) fn always_compiles(pattern: &str) -> bool {
    let tree = Expr::parse_tree(pattern);
    tree.is_ok_and(|tree| weight(&tree.expr, DEPTH).is_some_and(|weight| weight <= WEIGHT))
}

/// Estimated bytes; nothing for a part that may not compile.
fn weight(part: &Expr, depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    let sum =
        |parts: &[Expr]| parts.iter().try_fold(LITERAL, |sum, part| sum.checked_add(weight(part, depth)?));
    match part {
        Expr::Empty | Expr::Assertion(_) => Some(LITERAL),
        Expr::Any { .. } => Some(WIDE_RANGE),
        Expr::Literal { val, casei: false } => val.len().checked_mul(LITERAL),
        Expr::Delegate { inner, casei: false } => class(inner),
        Expr::Concat(parts) | Expr::Alt(parts) => sum(parts),
        Expr::Group(part) => weight(part, depth)?.checked_add(LITERAL),
        Expr::LookAround(part, LookAround::LookAhead | LookAround::LookAheadNeg) => weight(part, depth),
        Expr::Repeat { child, lo, hi, .. } => {
            let times = if *hi == usize::MAX { lo.checked_add(1)? } else { *hi };
            weight(child, depth)?.checked_mul(times.max(1))
        }
        _ => None,
    }
}

/// A class of characters, whose spelling only the engine's own parser knows.
fn class(text: &str) -> Option<usize> {
    match regex_syntax::parse(text).ok()?.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            let wide = |range: &ClassUnicodeRange| range.start().len_utf8() != range.end().len_utf8();
            let ranges = class.iter().map(|range| if wide(range) { WIDE_RANGE } else { RANGE });
            Some(ranges.sum::<usize>() + RANGE)
        }
        HirKind::Literal(_) => Some(RANGE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_patterns_of_policies_are_ordinary_and_odd_ones_are_not() {
        for pattern in [
            "^(?=.*[A-Z])(?=.*[0-9]).{8,16}$",
            r"^[a-zA-Z0-9.!#$%&'^_`{}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*$",
            r"^((?=.*[a-z])(?=.*\d)|(?=.*\d)(?=.*[^A-Za-z0-9]))([A-Za-z\d@#$%^&;*\-_+=\[\]!]|\.(?!@)){8,16}$",
            "^(0[1-9]|1[0-2])/[0-9]{2}$",
        ] {
            assert!(always_compiles(pattern), "{pattern}");
        }
        for pattern in
            ["(", "[z-a]", r"\p{Nothing}", r"(a)\1", "(?<=a*)b", "((a{1000}){1000}){1000}", r"\w{1,500}"]
        {
            assert!(!always_compiles(pattern), "{pattern}");
        }
    }

    #[test]
    fn the_estimate_is_too_high() {
        let compiles = |pattern: &str, size: usize| {
            let mut builder = fancy_regex::RegexBuilder::new(pattern);
            builder.delegate_size_limit(size).build().is_ok()
        };
        for part in [
            "a",
            ".",
            r"\d",
            r"\w",
            r"\W",
            "[^a]",
            "[a-zA-Z0-9]",
            r"[\d._-]",
            r"\p{L}",
            "é",
            "(a|b)",
            "(ab)+",
        ] {
            for times in [1, 2, 10, 50, 300] {
                let pattern = format!("(?:{part}){{{times}}}");
                let weight = weight(&Expr::parse_tree(&pattern).unwrap().expr, DEPTH).unwrap();
                assert!(
                    compiles(&pattern, weight + super::super::SIZE / 64),
                    "{pattern} weighs more than {weight}"
                );
            }
        }
    }

    const PIECES: &[&str] = &[
        "a", "[a-z]", "[^b]", r"\d", r"\w", r"\S", ".", "(", ")", "(?:", "(?=", "(?!", "(?<=", "|", "*", "+",
        "?", "{3}", "{2,}", "{0,40}", "^", "$", r"\b", r"\1", "é", "[", "]", "-", r"\", "(?i)", r"\p{L}",
        "??",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn what_is_ordinary_compiles(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 1..14),
        ) {
            let pattern = pieces.concat();
            if always_compiles(&pattern) {
                prop_assert!(super::super::compile(&pattern).is_ok(), "{}", pattern);
            }
        }
    }
}
