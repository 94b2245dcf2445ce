//! The structure of a .NET regular expression, as far as it matters for how it is matched. In: a pattern that compiled.
//! Out: its tree; nothing for constructs whose matching cannot be judged here.
//!
//! Must not be known here: policies.

/// How deep groups may be nested; deeper patterns are not judged.
const DEPTH: usize = 50;

/// A set of characters: those of ASCII as bits, and whether others may be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Set {
    ascii: u128,
    others: bool,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Nothing, or something of no width.
    Empty,
    /// `^`, `\A`.
    Start,
    /// `$`, `\z`, `\Z`.
    End,
    /// One character.
    One(Set),
    /// One after the other.
    Sequence(Vec<Node>),
    /// One of these.
    Either(Vec<Node>),
    /// The part, so many times; none: without end.
    Repeat(Box<Node>, u32, Option<u32>),
    /// Looked at from where it stands.
    Look(Box<Node>),
}

impl Set {
    const NONE: Set = Set { ascii: 0, others: false };
    const ALL: Set = Set { ascii: u128::MAX, others: true };

    fn of(member: impl Fn(char) -> bool, others: bool) -> Set {
        let mut ascii = 0;
        for code in 0..128_u8 {
            if member(char::from(code)) {
                ascii |= 1 << code;
            }
        }
        Set { ascii, others }
    }

    fn one(character: char) -> Set {
        Set::of(|other| other == character, !character.is_ascii())
    }

    fn not(self) -> Set {
        // Of characters outside of ASCII nothing is told apart.
        Set { ascii: !self.ascii, others: true }
    }

    fn and_also(self, other: Set) -> Set {
        Set { ascii: self.ascii | other.ascii, others: self.others || other.others }
    }

    /// Whether a character is in both.
    pub(super) fn meets(self, other: Set) -> bool {
        self.ascii & other.ascii != 0 || self.others && other.others
    }

    fn escaped(letter: char) -> Option<Set> {
        let word = |one: char| one.is_ascii_alphanumeric() || one == '_';
        Some(match letter {
            'd' => Set::of(|one| one.is_ascii_digit(), true),
            'D' => Set::of(|one| !one.is_ascii_digit(), true),
            'w' => Set::of(word, true),
            'W' => Set::of(|one| !word(one), true),
            's' => Set::of(|one| one.is_ascii_whitespace() || one == '\u{b}', true),
            'S' => Set::of(|one| !one.is_ascii_whitespace(), true),
            't' => Set::one('\t'),
            'n' => Set::one('\n'),
            'r' => Set::one('\r'),
            'f' => Set::one('\u{c}'),
            'v' => Set::one('\u{b}'),
            'e' => Set::one('\u{1b}'),
            'p' | 'P' => return None,
            other => Set::one(other),
        })
    }
}

/// Reads a pattern.
pub(super) fn parse(pattern: &str) -> Option<Node> {
    let mut parser = Parser { rest: pattern.chars().peekable(), ignore_case: pattern.contains("(?i") };
    let node = parser.either(0)?;
    parser.rest.next().is_none().then_some(node)
}

struct Parser<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    ignore_case: bool,
}

impl Parser<'_> {
    fn either(&mut self, depth: usize) -> Option<Node> {
        if depth > DEPTH {
            return None;
        }
        let mut branches = vec![self.sequence(depth)?];
        while self.rest.next_if_eq(&'|').is_some() {
            branches.push(self.sequence(depth)?);
        }
        if branches.len() == 1 { branches.pop() } else { Some(Node::Either(branches)) }
    }

    fn sequence(&mut self, depth: usize) -> Option<Node> {
        let mut parts = Vec::new();
        while let Some(next) = self.rest.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            let atom = self.atom(depth)?;
            parts.push(self.repeated(atom)?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Node::Sequence(parts)) }
    }

    fn atom(&mut self, depth: usize) -> Option<Node> {
        Some(match self.rest.next()? {
            '^' => Node::Start,
            '$' => Node::End,
            '.' => Node::One(Set::one('\n').not()),
            '(' => self.group(depth)?,
            '[' => Node::One(self.class()?),
            '\\' => self.escape()?,
            other => Node::One(self.cased(Set::one(other))),
        })
    }

    fn cased(&self, set: Set) -> Set {
        if !self.ignore_case {
            return set;
        }
        let has = |one: char| one.is_ascii() && set.ascii & (1 << (one as u32)) != 0;
        Set::of(|one| has(one.to_ascii_lowercase()) || has(one.to_ascii_uppercase()), set.others)
    }

    fn escape(&mut self) -> Option<Node> {
        Some(match self.rest.next()? {
            'A' => Node::Start,
            'z' | 'Z' => Node::End,
            'b' | 'B' | 'G' => Node::Empty,
            '0' => return None,
            digit if digit.is_ascii_digit() => Node::Empty,
            'k' => {
                self.rest.by_ref().find(|one| matches!(one, '>' | '\'' | '}'))?;
                Node::Empty
            }
            letter @ ('x' | 'u') => {
                let count = if letter == 'x' { 2 } else { 4 };
                let code = self.code(count)?;
                Node::One(self.cased(Set::one(code)))
            }
            'p' | 'P' => {
                self.rest.by_ref().find(|one| *one == '}')?;
                Node::One(Set::ALL)
            }
            other => Node::One(self.cased(Set::escaped(other)?)),
        })
    }

    fn code(&mut self, count: usize) -> Option<char> {
        let digits: String = self.rest.by_ref().take(count).collect();
        char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
    }

    fn group(&mut self, depth: usize) -> Option<Node> {
        let mut looks = false;
        if self.rest.next_if_eq(&'?').is_some() {
            match self.rest.next()? {
                ':' => {}
                '=' | '!' => looks = true,
                '<' => match self.rest.next()? {
                    '=' | '!' => looks = true,
                    _ => drop(self.rest.by_ref().find(|one| *one == '>')?),
                },
                '\'' => drop(self.rest.by_ref().find(|one| *one == '\'')?),
                '>' | '(' | '#' => return None,
                _ => return self.options(depth),
            }
        }
        let inner = self.either(depth + 1)?;
        self.rest.next_if_eq(&')')?;
        Some(if looks { Node::Look(Box::new(inner)) } else { inner })
    }

    /// `(?i)` and `(?i:…)`.
    fn options(&mut self, depth: usize) -> Option<Node> {
        let end = self.rest.by_ref().find(|one| matches!(one, ')' | ':'))?;
        if end == ')' {
            return Some(Node::Empty);
        }
        let inner = self.either(depth + 1)?;
        self.rest.next_if_eq(&')')?;
        Some(inner)
    }

    fn class(&mut self) -> Option<Set> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut set = Set::NONE;
        let mut first = true;
        loop {
            let one = self.rest.next()?;
            if one == ']' && !first {
                break;
            }
            first = false;
            let (low, single) = self.member(one)?;
            set = set.and_also(single);
            let mut ahead = self.rest.clone();
            if let (Some(low), Some('-'), Some(end)) = (low, ahead.next(), ahead.next())
                && end != ']'
            {
                self.rest.next();
                self.rest.next();
                let (high, single) = self.member(end)?;
                set = match high {
                    Some(high) => set.and_also(Set::of(|one| (low..=high).contains(&one), !high.is_ascii())),
                    None => set.and_also(single).and_also(Set::one('-')),
                };
            }
        }
        let set = self.cased(set);
        Some(if negated { set.not() } else { set })
    }

    /// A member of a class: the character that may begin a range, and the set.
    fn member(&mut self, one: char) -> Option<(Option<char>, Set)> {
        if one != '\\' {
            return Some((Some(one), Set::one(one)));
        }
        match self.rest.next()? {
            letter @ ('x' | 'u') => {
                let code = self.code(if letter == 'x' { 2 } else { 4 })?;
                Some((Some(code), Set::one(code)))
            }
            'p' | 'P' => {
                self.rest.by_ref().find(|one| *one == '}')?;
                Some((None, Set::ALL))
            }
            letter @ ('d' | 'D' | 'w' | 'W' | 's' | 'S') => Some((None, Set::escaped(letter)?)),
            letter @ ('t' | 'n' | 'r' | 'f' | 'v' | 'e') => Some((None, Set::escaped(letter)?)),
            'b' => Some((None, Set::one('\u{8}'))),
            other => Some((Some(other), Set::one(other))),
        }
    }

    fn repeated(&mut self, mut atom: Node) -> Option<Node> {
        loop {
            let (least, most) = match self.rest.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => match self.bounds() {
                    Some(bounds) => bounds,
                    None => return Some(atom),
                },
                _ => return Some(atom),
            };
            self.rest.next();
            self.rest.next_if_eq(&'?');
            atom = Node::Repeat(Box::new(atom), least, most);
        }
    }

    /// `{2}`, `{2,}`, `{2,5}`; anything else is plain text. The closing brace is left.
    fn bounds(&mut self) -> Option<(u32, Option<u32>)> {
        let mut ahead = self.rest.clone();
        ahead.next();
        let inner: String = ahead.by_ref().take_while(|one| *one != '}').take(12).collect();
        let bounds = match inner.split_once(',') {
            None => inner.parse().ok().map(|count| (count, Some(count))),
            Some((least, "")) => least.parse().ok().map(|least| (least, None)),
            Some((least, most)) => {
                least.parse().ok().zip(most.parse().ok()).map(|(least, most)| (least, Some(most)))
            }
        }?;
        for _ in 0..=inner.len() {
            self.rest.next();
        }
        Some(bounds)
    }
}

impl Node {
    /// The shortest and the longest text it matches, in characters.
    pub(super) fn length(&self) -> (u32, Option<u32>) {
        match self {
            Node::Empty | Node::Start | Node::End | Node::Look(_) => (0, Some(0)),
            Node::One(_) => (1, Some(1)),
            Node::Sequence(parts) => {
                parts.iter().map(Node::length).fold((0, Some(0)), |(low, high), (least, most)| {
                    (low.saturating_add(least), high.zip(most).map(|(high, most)| high.saturating_add(most)))
                })
            }
            Node::Either(branches) => {
                let lengths: Vec<_> = branches.iter().map(Node::length).collect();
                let least = lengths.iter().map(|(least, _)| *least).min().unwrap_or_default();
                let most = lengths.iter().map(|(_, most)| *most).collect::<Option<Vec<u32>>>();
                (least, most.map(|all| all.into_iter().max().unwrap_or_default()))
            }
            Node::Repeat(inner, least, most) => {
                let (low, high) = inner.length();
                let high = match (high, most) {
                    (Some(0), _) => Some(0),
                    (Some(high), Some(most)) => Some(high.saturating_mul(*most)),
                    _ => None,
                };
                (low.saturating_mul(*least), high)
            }
        }
    }

    /// Whether every match begins at the start and ends at the end of the text.
    pub(super) fn anchors(&self) -> (bool, bool) {
        match self {
            Node::Start => (true, false),
            Node::End => (false, true),
            Node::Sequence(parts) => {
                let starts = parts.iter().find(|one| !matches!(one, Node::Look(_) | Node::Empty));
                let ends = parts.iter().rev().find(|one| !matches!(one, Node::Look(_) | Node::Empty));
                (starts.is_some_and(|one| one.anchors().0), ends.is_some_and(|one| one.anchors().1))
            }
            Node::Either(branches) => branches
                .iter()
                .map(Node::anchors)
                .fold((true, true), |all, one| (all.0 && one.0, all.1 && one.1)),
            _ => (false, false),
        }
    }
}
