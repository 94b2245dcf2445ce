//! XML as JSON, the way Json.NET maps it (claims-transformations 7): the root's name is the outer member, attributes are
//! `@name`, text beside attributes or children is `#text`, repeated elements become an array, an empty element is null.
//!
//! In: a text from outside. Out: JSON, or that it is no XML that is accepted. Document types are refused, and whatever
//! could make reading costly: many attributes, many namespaces, deep nesting.

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value as Json};

use super::Defect;

/// Longest document, in bytes.
const MOST_XML: usize = 256 * 1024;
/// Deepest nesting; the JSON reader stops at the same depth.
const MOST_DEPTH: usize = 100;
/// Most `=` between two `<`, an upper bound of the attributes of one element: comparing them is quadratic.
const MOST_ATTRIBUTES: usize = 500;
/// Most namespace declarations: each element with one copies all in force.
const MOST_NAMESPACES: usize = 50;

/// The document as JSON.
pub(super) fn to_json(xml: &str) -> Result<Json, Defect> {
    let xml = xml.trim_start_matches('\u{feff}').trim();
    let crowded = |piece: &str| piece.bytes().filter(|byte| *byte == b'=').count() > MOST_ATTRIBUTES;
    if xml.len() > MOST_XML || xml.matches("xmlns").count() > MOST_NAMESPACES || xml.split('<').any(crowded) {
        return Err(Defect::XmlInvalid);
    }
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document = Document::parse_with_options(xml, options).map_err(|_| Defect::XmlInvalid)?;
    let root = document.root_element();
    let mut outer = Map::new();
    outer.insert(name(root, xml)?, content(root, xml, 0)?);
    Ok(Json::Object(outer))
}

/// What an element holds.
fn content(element: Node<'_, '_>, xml: &str, depth: usize) -> Result<Json, Defect> {
    if depth > MOST_DEPTH {
        return Err(Defect::XmlInvalid);
    }
    let mut members = Map::new();
    for attribute in element.attributes() {
        let name = xml.get(attribute.range_qname()).ok_or(Defect::XmlInvalid)?;
        members.insert(format!("@{name}"), Json::from(attribute.value()));
    }
    let mut text = Vec::new();
    for child in element.children() {
        if child.is_element() {
            add(&mut members, name(child, xml)?, content(child, xml, depth + 1)?);
        } else if child.is_text() {
            text.extend(child.text().filter(|text| !text.trim().is_empty()));
        }
    }
    match (members.is_empty(), text.is_empty()) {
        (true, true) => Ok(Json::Null),
        (true, false) => Ok(Json::String(text.concat())),
        (false, true) => Ok(Json::Object(members)),
        (false, false) => {
            text.into_iter().for_each(|text| add(&mut members, "#text".to_owned(), Json::from(text)));
            Ok(Json::Object(members))
        }
    }
}

/// A member; with a twin there already, both in an array. A value is never an array by itself here.
fn add(members: &mut Map<String, Json>, name: String, value: Json) {
    match members.get_mut(&name) {
        None => {
            members.insert(name, value);
        }
        Some(Json::Array(items)) => items.push(value),
        Some(first) => *first = Json::Array(vec![first.take(), value]),
    }
}

/// The element's name as written, prefix included.
fn name(element: Node<'_, '_>, xml: &str) -> Result<String, Defect> {
    let tag = xml.get(element.range()).and_then(|text| text.strip_prefix('<')).ok_or(Defect::XmlInvalid)?;
    let end = |c: char| c.is_whitespace() || c == '/' || c == '>';
    tag.split(end).next().map(str::to_owned).ok_or(Defect::XmlInvalid)
}
