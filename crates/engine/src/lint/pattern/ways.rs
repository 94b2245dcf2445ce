//! Whether a pattern can match one text in so many ways that trying them all takes time without end: the test for
//! exponential ambiguity of its position automaton (Weber and Seidl 1991; Weideman et al. 2016). In: the tree of a
//! pattern. Out: yes, no, or that it cannot be told.
//!
//! Two different ways round one cycle, over the same text, double with every round: `(a+)+`, `(a|a)*`, `(\w+\s?)*`.

use super::tree::{Node, Set};

/// Patterns with more positions than this are not judged.
const POSITIONS: usize = 300;
/// So many steps of two positions at once are looked at; patterns that need more are not judged.
const EFFORT: usize = 500_000;
/// A repetition of at least so many rounds is as bad as one without end.
const MANY: u32 = 6;

/// The automaton: positions are the pattern's characters.
#[derive(Default)]
struct Automaton {
    sets: Vec<Set>,
    /// Steps from one position to the next, as often as the pattern has them.
    steps: Vec<Vec<usize>>,
    /// What is looked at, judged for itself.
    looks: Vec<Node>,
}

/// A part of the automaton.
struct Part {
    first: Vec<usize>,
    last: Vec<usize>,
    nullable: bool,
}

/// Whether matching can take exponential time.
pub(super) fn explodes(node: &Node) -> Option<bool> {
    let mut automaton = Automaton::default();
    let part = automaton.add(node)?;
    for look in std::mem::take(&mut automaton.looks) {
        if explodes(&Node::Sequence(vec![look, Node::End]))? {
            return Some(true);
        }
    }
    let cannot_fail = !demands_an_end(node);
    for cycle in automaton.cycles() {
        let open = cannot_fail && cycle.iter().all(|one| part.last.contains(one));
        if !open && automaton.is_ambiguous(&cycle)? {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether something behind the text matched so far must hold: without it, a match is found at the first try.
fn demands_an_end(node: &Node) -> bool {
    match node {
        Node::End | Node::Look(_) => true,
        Node::Sequence(parts) | Node::Either(parts) => parts.iter().any(demands_an_end),
        Node::Repeat(inner, ..) => demands_an_end(inner),
        Node::Empty | Node::Start | Node::One(_) => false,
    }
}

impl Automaton {
    fn add(&mut self, node: &Node) -> Option<Part> {
        let empty = || Part { first: vec![], last: vec![], nullable: true };
        Some(match node {
            Node::Empty | Node::Start | Node::End => empty(),
            Node::Look(inner) => {
                self.looks.push((**inner).clone());
                empty()
            }
            Node::One(set) => {
                let at = self.sets.len();
                if at >= POSITIONS {
                    return None;
                }
                self.sets.push(*set);
                self.steps.push(Vec::new());
                Part { first: vec![at], last: vec![at], nullable: false }
            }
            Node::Sequence(parts) => {
                let mut whole = empty();
                for part in parts {
                    let part = self.add(part)?;
                    whole = self.join(whole, part);
                }
                whole
            }
            Node::Either(branches) => {
                let mut whole = Part { first: vec![], last: vec![], nullable: false };
                for branch in branches {
                    let part = self.add(branch)?;
                    whole.first.extend(part.first);
                    whole.last.extend(part.last);
                    whole.nullable |= part.nullable;
                }
                whole
            }
            Node::Repeat(inner, least, most) => self.repeat(inner, *least, *most)?,
        })
    }

    fn repeat(&mut self, inner: &Node, least: u32, most: Option<u32>) -> Option<Part> {
        match most.filter(|most| *most < MANY) {
            Some(most) => {
                let mut whole = Part { first: vec![], last: vec![], nullable: true };
                for round in 0..most {
                    let mut part = self.add(inner)?;
                    part.nullable |= round >= least;
                    whole = self.join(whole, part);
                }
                Some(whole)
            }
            None => {
                let mut part = self.add(inner)?;
                self.connect(&part.last.clone(), &part.first);
                part.nullable |= least == 0;
                Some(part)
            }
        }
    }

    fn join(&mut self, before: Part, after: Part) -> Part {
        self.connect(&before.last, &after.first);
        let mut first = before.first;
        if before.nullable {
            first.extend(&after.first);
        }
        let mut last = after.last;
        if after.nullable {
            last.extend(&before.last);
        }
        Part { first, last, nullable: before.nullable && after.nullable }
    }

    fn connect(&mut self, from: &[usize], to: &[usize]) {
        for at in from {
            if let Some(steps) = self.steps.get_mut(*at) {
                steps.extend(to);
            }
        }
    }

    fn next(&self, at: usize) -> &[usize] {
        self.steps.get(at).map_or(&[], Vec::as_slice)
    }

    fn reached(&self, from: usize) -> Vec<bool> {
        let mut reached = vec![false; self.sets.len()];
        let mut open = self.next(from).to_vec();
        while let Some(at) = open.pop() {
            if let Some(known) = reached.get_mut(at)
                && !*known
            {
                *known = true;
                open.extend(self.next(at));
            }
        }
        reached
    }

    /// The groups of positions that reach each other.
    fn cycles(&self) -> Vec<Vec<usize>> {
        let reached: Vec<Vec<bool>> = (0..self.sets.len()).map(|at| self.reached(at)).collect();
        let goes = |from: usize, to: usize| reached.get(from).and_then(|all| all.get(to)) == Some(&true);
        let mut cycles: Vec<Vec<usize>> = Vec::new();
        for at in (0..self.sets.len()).filter(|at| goes(*at, *at)) {
            let home = cycles
                .iter_mut()
                .find(|cycle| cycle.first().is_some_and(|one| goes(at, *one) && goes(*one, at)));
            match home {
                Some(cycle) => cycle.push(at),
                None => cycles.push(vec![at]),
            }
        }
        cycles
    }

    /// Whether a text leads from a position of the cycle back to it in two ways.
    fn is_ambiguous(&self, cycle: &[usize]) -> Option<bool> {
        let inside = |at: &usize| cycle.contains(at);
        for at in cycle {
            let own: Vec<usize> = self.next(*at).iter().copied().filter(inside).collect();
            if own.iter().enumerate().any(|(place, to)| own.iter().skip(place + 1).any(|other| other == to)) {
                return Some(true);
            }
        }
        let degree = cycle.iter().map(|at| self.next(*at).len()).sum::<usize>();
        if degree.saturating_mul(degree) > EFFORT {
            return None;
        }
        let size = cycle.len();
        let place = |at: usize| cycle.iter().position(|one| *one == at);
        let mut forward = vec![Vec::new(); size * size];
        let mut backward = vec![Vec::new(); size * size];
        for (one, from_one) in cycle.iter().enumerate() {
            for (two, from_two) in cycle.iter().enumerate() {
                for to_one in self.next(*from_one).iter().filter(|at| inside(at)) {
                    for to_two in self.next(*from_two).iter().filter(|at| inside(at)) {
                        let meet = self.sets.get(*to_one).zip(self.sets.get(*to_two));
                        if meet.is_some_and(|(one, two)| one.meets(*two))
                            && let (Some(to_one), Some(to_two)) = (place(*to_one), place(*to_two))
                        {
                            let (from, to) = (one * size + two, to_one * size + to_two);
                            forward.get_mut(from).into_iter().for_each(|all| all.push(to));
                            backward.get_mut(to).into_iter().for_each(|all| all.push(from));
                        }
                    }
                }
            }
        }
        let (there, back) = (spread(&forward, size), spread(&backward, size));
        Some((0..size * size).any(|pair| {
            pair / size != pair % size && there.get(pair) == Some(&true) && back.get(pair) == Some(&true)
        }))
    }
}

/// The pairs that can be reached from pairs of one position with itself.
fn spread(steps: &[Vec<usize>], size: usize) -> Vec<bool> {
    let mut reached = vec![false; steps.len()];
    let mut open: Vec<usize> = (0..size).map(|at| at * size + at).collect();
    while let Some(pair) = open.pop() {
        if let Some(known) = reached.get_mut(pair)
            && !*known
        {
            *known = true;
            open.extend(steps.get(pair).into_iter().flatten());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::super::tree::parse;
    use super::*;

    #[test]
    fn patterns_that_explode() {
        let bad = [
            r"^(a+)+$",
            r"^(a*)*$",
            r"^(a|a)*$",
            r"^(a|aa)+$",
            r"^(a|b|ab)*c$",
            r"^([a-zA-Z]+)*$",
            r"^(\w+\s?)*$",
            r"^([a-z]+\.?)+@x$",
            r"^(.*a){12}$",
            r"^(a?b?)*c$",
            r"^((ab)*c?)*$",
            r"^(\d+|\w+)*$",
            r"^([a-z0-9]([-.\w]*[a-z0-9])*@x)$",
            r"^(?=(a+)+b).*$",
            r"^(x\w*y?)+$",
            r"(a+)+b",
        ];
        for pattern in bad {
            assert_eq!(parse(pattern).and_then(|tree| explodes(&tree)), Some(true), "{pattern}");
        }
    }

    #[test]
    fn patterns_that_do_not() {
        let good = [
            r"^[a-zA-Z0-9]+[a-zA-Z0-9_-]*$",
            r"^[a-zA-Z0-9.!#$%&'^_`{}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*$",
            r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{8,64}$",
            r"^(\d{3}-)+\d{4}$",
            r"^([a-z]+\.)+[a-z]+$",
            r"^(ab|cd)*$",
            r"^(a|b)*$",
            r"^\+(?:[0-9][\x20-]?){6,14}[0-9]$",
            r"^(https?://)?[^/]+(/[^/]*)*$",
            r"^\s*\S+\s*$",
            r"(a+)+",
            r"^([+]\d{1,3}[- ]?)?\d{10}$",
            r"^(?=([^,]+)).+(?=(\1))",
            r"(?<=.).(?=.*@)",
        ];
        for pattern in good {
            assert_eq!(parse(pattern).and_then(|tree| explodes(&tree)), Some(false), "{pattern}");
        }
    }

    #[test]
    fn lengths_and_anchors() {
        let length = |pattern: &str| parse(pattern).map(|tree| tree.length());
        assert_eq!(length(r"^(?=.*\d)[a-z]{8,16}$"), Some((8, Some(16))));
        assert_eq!(length(r"^([a-z]|\.(?!@)){8,16}$"), Some((8, Some(16))));
        assert_eq!(length(r"^(a|bcd)+x?$"), Some((1, None)));
        let anchors = |pattern: &str| parse(pattern).map(|tree| tree.anchors());
        assert_eq!(anchors(r"^a|b$"), Some((false, false)));
        assert_eq!(anchors(r"^(?=.*\d)(a|b)$"), Some((true, true)));
        assert_eq!(anchors(r"(^a$)|(^b$)"), Some((true, true)));
        assert_eq!(anchors(r"a$"), Some((false, true)));
    }
}
