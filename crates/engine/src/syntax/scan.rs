//! A look at the tags of a file before it is parsed. In: the text. Out: where its elements open and close, or what
//! forbids parsing it: a document type, too deep nesting, too many elements or attributes.
//!
//! The XML parser compares each attribute of an element with all others and follows each element's namespaces up, so a
//! file of one element with a million attributes would keep it busy for minutes; hence bounds first. Text that is not
//! well-formed ends the look early and is left to the parser, which stops there as well.

use std::ops::Range;

/// Deepest nesting; policies need about a dozen levels.
pub(super) const MAX_DEPTH: usize = 100;
/// Elements in one file.
pub(super) const MAX_ELEMENTS: usize = 100_000;
/// Attributes of one element; the schema knows eight at most.
pub(super) const MAX_ATTRIBUTES: usize = 64;
/// Namespace declarations in one file.
pub(super) const MAX_NAMESPACES: usize = 256;
/// Elements of a name in one file where each takes much memory, however little is written in it.
const MAX_DECLARATIONS: [(&str, usize); 2] = [("TechnicalProfile", 4_000), ("ClaimType", 10_000)];

/// Why a file is not handed to the XML parser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Forbidden {
    DocumentType,
    TooDeep,
    TooManyElements,
    TooManyAttributes,
    TooManyNamespaces,
    /// Of one name, and how many there may be.
    TooManyDeclarations(&'static str, usize),
}

/// What the look found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Scan {
    /// What forbids parsing, and where.
    pub(super) forbidden: Option<(Forbidden, Range<usize>)>,
    /// The start tags that were open when the look ended, outermost first: `<Name`.
    pub(super) open: Vec<Range<usize>>,
    /// The start tag of the root element, whole.
    pub(super) root: Option<Range<usize>>,
}

/// Looks at all tags up to the first that is malformed, forbidden, or closes another element than the innermost.
pub(super) fn scan(text: &str) -> Scan {
    let mut look = Look { text, found: Scan::default(), elements: 0, namespaces: 0, declarations: [0; 2] };
    let mut at = 0;
    while let Some(next) = look.next_tag(at) {
        at = next;
    }
    look.found
}

struct Look<'t> {
    text: &'t str,
    found: Scan,
    elements: usize,
    namespaces: usize,
    declarations: [usize; MAX_DECLARATIONS.len()],
}

impl Look<'_> {
    /// Goes past the next piece of markup; none at the end or where looking on has no sense.
    fn next_tag(&mut self, from: usize) -> Option<usize> {
        let start = from + self.text.get(from..)?.find('<')?;
        let rest = self.text.get(start..)?;
        if rest.starts_with("<!--") {
            return past(rest, 4, "-->").map(|length| start + length);
        }
        if rest.starts_with("<![CDATA[") {
            return past(rest, 9, "]]>").map(|length| start + length);
        }
        if rest.starts_with("<?") {
            return past(rest, 2, "?>").map(|length| start + length);
        }
        if rest.starts_with("<!DOCTYPE") {
            return self.forbid(Forbidden::DocumentType, start..start + "<!DOCTYPE".len());
        }
        if rest.starts_with("</") {
            return self.close(start, rest);
        }
        self.open(start, rest)
    }

    fn open(&mut self, start: usize, rest: &str) -> Option<usize> {
        let tag = StartTag::read(rest)?;
        let name = start..start + tag.name;
        self.elements += 1;
        self.namespaces += tag.namespaces;
        if tag.attributes > MAX_ATTRIBUTES {
            return self.forbid(Forbidden::TooManyAttributes, name);
        }
        if self.elements > MAX_ELEMENTS {
            return self.forbid(Forbidden::TooManyElements, name);
        }
        if self.namespaces > MAX_NAMESPACES {
            return self.forbid(Forbidden::TooManyNamespaces, name);
        }
        if self.found.open.len() >= MAX_DEPTH {
            return self.forbid(Forbidden::TooDeep, name);
        }
        let local = self.text.get(start + 1..name.end).and_then(|name| name.rsplit(':').next());
        for ((declared, most), count) in MAX_DECLARATIONS.into_iter().zip(&mut self.declarations) {
            *count += usize::from(local == Some(declared));
            if *count > most {
                return self.forbid(Forbidden::TooManyDeclarations(declared, most), name);
            }
        }
        self.found.root.get_or_insert(start..start + tag.length);
        if !tag.empty {
            self.found.open.push(name);
        }
        Some(start + tag.length)
    }

    fn close(&mut self, start: usize, rest: &str) -> Option<usize> {
        let length = rest.find('>')? + 1;
        let name = rest.get(2..length - 1)?.trim_end();
        let innermost = self.found.open.last()?;
        if self.text.get(innermost.start + 1..innermost.end)? != name {
            return None;
        }
        self.found.open.pop();
        Some(start + length)
    }

    fn forbid(&mut self, why: Forbidden, place: Range<usize>) -> Option<usize> {
        self.found.forbidden = Some((why, place));
        None
    }
}

/// The length of `rest` up to and with `end`, looked for behind the first `skip` bytes.
fn past(rest: &str, skip: usize, end: &str) -> Option<usize> {
    Some(skip + rest.get(skip..)?.find(end)? + end.len())
}

/// Measures of one start tag; lengths in bytes from its `<`.
struct StartTag {
    name: usize,
    length: usize,
    attributes: usize,
    namespaces: usize,
    empty: bool,
}

impl StartTag {
    fn read(rest: &str) -> Option<Self> {
        let bytes = rest.as_bytes();
        let ends_name =
            |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'=' | b'"' | b'\'');
        let name = bytes.iter().position(ends_name)?;
        let mut tag = Self { name, length: 0, attributes: 0, namespaces: 0, empty: false };
        let mut quote = None;
        for (at, byte) in bytes.iter().enumerate().skip(name) {
            match (quote, byte) {
                (Some(open), byte) if open == byte => quote = None,
                (_, b'<') => return None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => tag.attributes += 1,
                (None, b'x') if bytes.get(at..).is_some_and(|rest| rest.starts_with(b"xmlns")) => {
                    tag.namespaces += 1
                }
                (None, b'>') => {
                    tag.empty = at > 0 && bytes.get(at - 1) == Some(&b'/');
                    tag.length = at + 1;
                    return Some(tag);
                }
                (None, _) => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        scan(text).open.into_iter().filter_map(|range| text.get(range)).collect()
    }

    #[test]
    fn what_is_open_at_the_end_is_known() {
        assert!(names("<a><b/><c>x</c></a>").is_empty());
        assert_eq!(names("<a><b x='>'><c/>"), ["<a", "<b"]);
        assert_eq!(names("<a><!-- <b> --><![CDATA[<c>]]><?p <d> ?>"), ["<a"]);
        assert_eq!(names("<a><b></a>"), ["<a", "<b"]);
    }

    #[test]
    fn elements_that_take_much_memory_have_a_bound_of_their_own() {
        for (name, most) in MAX_DECLARATIONS {
            let file = |count: usize| format!("<r>{}</r>", format!("<x:{name} Id='a'/>").repeat(count));
            assert_eq!(scan(&file(most)).forbidden, None);
            let found = scan(&file(most + 1)).forbidden;
            assert_eq!(found.map(|(why, _)| why), Some(Forbidden::TooManyDeclarations(name, most)));
        }
    }

    #[test]
    fn bounds_are_noticed_at_the_first_element_past_them() {
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        let at = MAX_DEPTH * 3;
        assert_eq!(scan(&deep).forbidden, Some((Forbidden::TooDeep, at..at + 2)));
        assert_eq!(scan(&"<a>".repeat(MAX_DEPTH)).forbidden, None);
        let wide = format!("<r><a{}/></r>", " b='1'".repeat(MAX_ATTRIBUTES + 1));
        assert_eq!(scan(&wide).forbidden, Some((Forbidden::TooManyAttributes, 3..5)));
        assert_eq!(scan("<!DOCTYPE a><a/>").forbidden, Some((Forbidden::DocumentType, 0..9)));
        let spaces = format!("<r>{}</r>", "<a xmlns:b='c'/>".repeat(MAX_NAMESPACES + 1));
        assert!(matches!(scan(&spaces).forbidden, Some((Forbidden::TooManyNamespaces, _))));
    }
}
