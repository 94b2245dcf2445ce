//! Policy files with one thing changed. In: a well-formed text and a source of chance. Out: the changed text and what was
//! done, for people. Also finds the element that a place in a text belongs to.

/// Knuth's numbers: the same mutations every time.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit.max(1)
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// An element by its places in the text.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// `<` of the start tag.
    pub(crate) start: usize,
    /// Behind the `>` of the start tag.
    pub(crate) open_end: usize,
    /// `<` of the end tag; `open_end` for an empty element.
    pub(crate) close: usize,
    /// Behind the whole element.
    pub(crate) end: usize,
    /// Attributes: from the name to the closing quote, and the value.
    pub(crate) attributes: Vec<(String, usize, usize, usize, usize)>,
    pub(crate) parent: Option<usize>,
}

/// All elements in the order of their start tags.
pub(crate) fn elements(text: &str) -> Vec<Element> {
    let mut all: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|offset| at + offset) {
        let rest = &text[start..];
        let past = |end: &str| rest.find(end).map_or(text.len(), |length| start + length + end.len());
        if rest.starts_with("<!--") {
            at = past("-->");
        } else if rest.starts_with("<![CDATA[") {
            at = past("]]>");
        } else if rest.starts_with("<?") {
            at = past("?>");
        } else if rest.starts_with("</") {
            at = past(">");
            if let Some(element) = open.pop().and_then(|index| all.get_mut(index)) {
                (element.close, element.end) = (start, at);
            }
        } else {
            let (element, empty) = start_tag(text, start, open.last().copied());
            at = element.open_end;
            if !empty {
                open.push(all.len());
            }
            all.push(element);
        }
    }
    all
}

fn start_tag(text: &str, start: usize, parent: Option<usize>) -> (Element, bool) {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while !bytes[at].is_ascii_whitespace() && !matches!(bytes[at], b'/' | b'>') {
        at += 1;
    }
    let name = text[start + 1..at].to_owned();
    let mut attributes = Vec::new();
    loop {
        while bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        if matches!(bytes[at], b'/' | b'>') {
            break;
        }
        let from = at;
        while bytes[at] != b'=' {
            at += 1;
        }
        let attribute = text[from..at].trim().to_owned();
        at += 1;
        while bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        let quote = bytes[at];
        let value = at + 1;
        at = value;
        while bytes[at] != quote {
            at += 1;
        }
        attributes.push((attribute, from, at + 1, value, at));
        at += 1;
    }
    let empty = bytes[at] == b'/';
    let open_end = at + if empty { 2 } else { 1 };
    (Element { name, start, open_end, close: open_end, end: open_end, attributes, parent }, empty)
}

/// The line on which the start tag ends of the element to which the place belongs: whose start tag it is in, or else the
/// innermost around it.
pub(crate) fn line_of_element(text: &str, elements: &[Element], place: usize) -> u32 {
    let around = elements.iter().rev().find(|one| one.start <= place && place < one.end.max(one.open_end));
    let end = around.or(elements.first()).map_or(0, |one| one.open_end);
    u32::try_from(text[..end].matches('\n').count() + 1).expect("a line")
}

/// Words that are somewhere in the schema, and some that are nowhere.
const NAMES: [&str; 14] = [
    "ConstraintHandler",
    "Pattern",
    "TechnicalProfile",
    "OutputClaims",
    "InputClaims",
    "InputClaim",
    "OutputClaim",
    "Item",
    "Metadata",
    "DisplayName",
    "Preconditions",
    "Protocol",
    "Nonsense",
    "displayname",
];
const ATTRIBUTES: [&str; 10] = [
    "Id",
    "ReferenceId",
    "ClaimTypeReferenceId",
    "Required",
    "DefaultValue",
    "Key",
    "Type",
    "Order",
    "nonsense",
    "Culture",
];
const VALUES: [&str; 36] = [
    "1.0.0",
    "https://a//b",
    "http://a.b/",
    "urn:x:",
    "urn:a b",
    "0.3.0.0",
    "B2C_1A_x.",
    "a.b",
    "Read Only",
    "x-y_z",
    "",
    " ",
    "true",
    "True",
    "FALSE",
    " true ",
    "1",
    "0",
    "2",
    "-1",
    "+3",
    " 7 ",
    "007",
    "1.5",
    "2147483648",
    "nonsense",
    "string",
    " string",
    "String",
    "en",
    "en-US",
    "EN",
    "https://a.b/c d",
    "~/tenant/x.html",
    "0.4.0.0",
    "a%20b^c",
];

/// One change; none if chance asked for what cannot be done here.
pub(crate) fn mutate(text: &str, chance: &mut Chance) -> Option<(String, String)> {
    let all = elements(text);
    let index = chance.below(all.len());
    let one = &all[index];
    let whole = text[one.start..one.end].to_owned();
    let line = text[..one.start].matches('\n').count() + 1;
    let (changed, what) = match chance.below(16) {
        0 => (replace(text, one.start, one.end, ""), "drop".to_owned()),
        1 | 2 => {
            let name = format!("{}X", one.name);
            let name = if chance.below(2) == 0 { name } else { chance.of(&NAMES).to_owned() };
            (rename(text, one, &name), format!("rename to {name}"))
        }
        3 => (replace(text, one.end, one.end, &whole), "duplicate".to_owned()),
        4 => (reorder(text, &all, index, chance), "move".to_owned()),
        5 | 6 => drop_attribute(text, one, chance)?,
        7 => add_attribute(text, one, chance)?,
        8..=10 => change_attribute(text, one, chance)?,
        11 => {
            let added = chance.of(&["stray", "<!-- c -->", "\n", "<![CDATA[x]]>", "&amp;", "<Nonsense/>"]);
            (replace(text, one.open_end, one.open_end, inside(one, added)), format!("insert {added:?}"))
        }
        12 | 13 => change_text(text, &all, index, chance)?,
        14 => copy_id(text, &all, index, chance)?,
        _ => (replace(text, one.open_end, one.close, ""), "empty".to_owned()),
    };
    (changed != text).then(|| (changed, format!("{what}: {} on line {line}", one.name)))
}

fn replace(text: &str, from: usize, to: usize, with: &str) -> String {
    format!("{}{with}{}", &text[..from], &text[to..])
}

/// Nothing for an empty element, which has no inside.
fn inside<'a>(one: &Element, added: &'a str) -> &'a str {
    if one.close == one.open_end && one.end == one.open_end { "" } else { added }
}

fn rename(text: &str, one: &Element, name: &str) -> String {
    let mut out = text.to_owned();
    if one.end > one.open_end {
        out.replace_range(one.close..one.end, &format!("</{name}>"));
    }
    out.replace_range(one.start + 1..one.start + 1 + one.name.len(), name);
    out
}

/// Takes the element out and puts it before another child of the same parent.
fn reorder(text: &str, all: &[Element], index: usize, chance: &mut Chance) -> String {
    let one = &all[index];
    let siblings: Vec<&Element> =
        all.iter().filter(|other| other.parent == one.parent && other.start != one.start).collect();
    if siblings.is_empty() {
        return text.to_owned();
    }
    let target = siblings[chance.below(siblings.len())];
    let whole = &text[one.start..one.end];
    if target.start > one.start {
        let without = replace(text, one.start, one.end, "");
        let at = target.end - (one.end - one.start);
        replace(&without, at, at, whole)
    } else {
        let without = replace(text, one.start, one.end, "");
        replace(&without, target.start, target.start, whole)
    }
}

fn drop_attribute(text: &str, one: &Element, chance: &mut Chance) -> Option<(String, String)> {
    if one.attributes.is_empty() {
        return None;
    }
    let (name, from, to, ..) = &one.attributes[chance.below(one.attributes.len())];
    if name.starts_with("xmlns") {
        return None;
    }
    Some((replace(text, *from, *to, ""), format!("drop @{name}")))
}

fn add_attribute(text: &str, one: &Element, chance: &mut Chance) -> Option<(String, String)> {
    let name = chance.of(&ATTRIBUTES);
    if one.attributes.iter().any(|(other, ..)| other == name) {
        return None;
    }
    let value = chance.of(&VALUES);
    let at = one.start + 1 + one.name.len();
    Some((replace(text, at, at, &format!(" {name}=\"{value}\"")), format!("add @{name}={value:?}")))
}

fn change_attribute(text: &str, one: &Element, chance: &mut Chance) -> Option<(String, String)> {
    if one.attributes.is_empty() {
        return None;
    }
    let (name, from, _, start, end) = &one.attributes[chance.below(one.attributes.len())];
    if name.starts_with("xmlns") {
        return None;
    }
    if chance.below(4) == 0 {
        let other = if chance.below(2) == 0 { format!("{name}x") } else { chance.of(&ATTRIBUTES).to_owned() };
        if one.attributes.iter().any(|(known, ..)| *known == other) {
            return None;
        }
        return Some((
            replace(text, *from, *from + name.len(), &other),
            format!("rename @{name} to @{other}"),
        ));
    }
    let value = chance.of(&VALUES);
    Some((replace(text, *start, *end, value), format!("@{name}={value:?}")))
}

/// Changes the text of an element without children.
fn change_text(text: &str, all: &[Element], index: usize, chance: &mut Chance) -> Option<(String, String)> {
    let leaves = |one: &&Element| one.close > one.open_end && !text[one.open_end..one.close].contains('<');
    let one = all[index..].iter().find(leaves)?;
    let value = chance.of(&VALUES);
    let line = text[..one.start].matches('\n').count() + 1;
    Some((
        replace(text, one.open_end, one.close, value),
        format!("text {value:?} in {} ({line}) after", one.name),
    ))
}

/// Gives the element the first attribute's value of another element of its name, perhaps in another case.
fn copy_id(text: &str, all: &[Element], index: usize, chance: &mut Chance) -> Option<(String, String)> {
    let one = &all[index];
    let twins: Vec<&Element> = all
        .iter()
        .filter(|other| other.name == one.name && other.start != one.start && !other.attributes.is_empty())
        .collect();
    if twins.is_empty() || one.attributes.is_empty() {
        return None;
    }
    let twin = twins[chance.below(twins.len())];
    let (_, _, _, from, to) = twin.attributes[0];
    let value = &text[from..to];
    let value = if chance.below(3) == 0 { value.to_uppercase() } else { value.to_owned() };
    let (name, _, _, start, end) = &one.attributes[0];
    if name.starts_with("xmlns") {
        return None;
    }
    Some((replace(text, *start, *end, &value), format!("copy @{name}={value:?}")))
}
