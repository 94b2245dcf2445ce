//! The start tags of a policy file, with the places of their attributes: enough to change one thing at a time. In: text
//! that is well-formed. Out: tags in order; comments are passed over.

use std::ops::Range;

/// A start tag.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    /// The element's name.
    pub(crate) name: String,
    /// Where its `<` is.
    pub(crate) start: usize,
    /// Behind its `>`.
    pub(crate) end: usize,
    /// Names and the places of their values.
    pub(crate) attributes: Vec<(String, Range<usize>)>,
}

impl Tag {
    /// Where the value of an attribute is.
    pub(crate) fn range(&self, name: &str) -> Option<Range<usize>> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, range)| range.clone())
    }

    /// The value of an attribute.
    pub(crate) fn attribute<'t>(&self, text: &'t str, name: &str) -> Option<&'t str> {
        text.get(self.range(name)?)
    }

    /// Where the text up to the next tag is.
    pub(crate) fn inner(&self, text: &str) -> Range<usize> {
        let rest = text.get(self.end..).unwrap_or_default();
        self.end..self.end + rest.find('<').unwrap_or(0)
    }

    /// The text up to the next tag.
    pub(crate) fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.inner(text)).unwrap_or_default()
    }
}

/// All start tags.
pub(crate) fn tags(text: &str) -> Vec<Tag> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find('<')).map(|found| at + found) {
        let rest = text.get(start..).expect("a tag");
        let skipped = [("<!--", "-->"), ("<?", "?>"), ("</", ">"), ("<![CDATA[", "]]>")];
        if let Some((_, end)) = skipped.iter().find(|(begin, _)| rest.starts_with(begin)) {
            at = start + rest.find(end).expect("it ends") + end.len();
            continue;
        }
        let tag = tag(text, start);
        at = tag.end;
        all.push(tag);
    }
    all
}

fn tag(text: &str, start: usize) -> Tag {
    let rest = text.get(start + 1..).expect("a name");
    let name = rest.split([' ', '>', '/', '\n', '\r', '\t']).next().unwrap_or_default().to_owned();
    let mut attributes = Vec::new();
    let mut at = start + 1 + name.len();
    loop {
        let rest = text.get(at..).expect("the rest of a tag");
        let (equals, end) = (rest.find('='), rest.find('>').expect("a tag ends"));
        match equals.filter(|equals| *equals < end) {
            None => return Tag { name, start, end: at + end + 1, attributes },
            Some(equals) => {
                let own = rest.get(..equals).unwrap_or_default().trim().to_owned();
                let quote = rest.get(equals + 1..equals + 2).expect("a quote");
                let from = at + equals + 2;
                let length = text.get(from..).and_then(|rest| rest.find(quote)).expect("a value ends");
                attributes.push((own, from..from + length));
                at = from + length + 1;
            }
        }
    }
}
