//! Policies that stay well-formed while their meaning is taken apart: the input is a list of edits of our own policies
//! and of two that use the rest of the language. An edit gives an attribute or a text another value of its kind, takes an
//! element out, doubles it, moves it, or swaps it with its neighbour.
//!
//! Nothing may panic or hang; the report is bounded and the same every time, a policy is there or an error says why not,
//! and what a workspace says after the edit is what a compilation from nothing says.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use vestibule_engine::diagnostic::Diagnostics;
use vestibule_engine::lint::Levels;
use vestibule_engine::source::Sources;
use vestibule_engine::{Purpose, Workspace, compile_and_lint, compile_for};

const FILES: [(&str, &str); 4] = [
    ("Base.xml", include_str!("../../policies/Base.xml")),
    ("Extensions.xml", include_str!("../../policies/Extensions.xml")),
    ("Fields.xml", include_str!("../Fields.xml")),
    ("Steps.xml", include_str!("../Steps.xml")),
];
/// Values that no policy of ours has.
const VALUES: [&str; 18] = [
    "",
    "0",
    "1",
    "-1",
    "4294967296",
    "true",
    "x",
    "{",
    "{Settings:X}",
    "{OIDC:Nonce}",
    "yourtenant.onmicrosoft.com",
    "https://{email}.example/",
    "http://localhost",
    "(",
    "^(?=.*[a-z]){8,64}$",
    "urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7",
    "ClaimEquals",
    "ä\u{202e}",
];
const MOST_EDITS: usize = 24;

/// A piece of a file: a tag as it is written, or text.
#[derive(Clone)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    content: Vec<Content>,
}

#[derive(Clone)]
enum Content {
    Element(Element),
    Text(String),
}

/// The trees of the files, and every value of every attribute, text and element name in them, by its name.
struct Ground {
    trees: Vec<Element>,
    texts: Vec<String>,
    values: Vec<(String, String)>,
}

fuzz_target!(|bytes: &[u8]| {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    let ground = GROUND.get_or_init(Ground::read);
    let mut trees = ground.trees.clone();
    let mut edits = Bytes { rest: bytes };
    let mut touched = vec![];
    while let Some(file) = edits.next().filter(|_| touched.len() < MOST_EDITS) {
        let file = usize::from(file) % trees.len();
        edit(&mut trees[file], ground, &mut edits);
        touched.push(file);
    }
    let texts: Vec<String> = trees.iter().map(Element::to_xml).collect();
    judge(&texts, &touched, ground);
});

fn judge(texts: &[String], touched: &[usize], ground: &Ground) {
    let mut sources = Sources::default();
    for ((name, _), text) in FILES.iter().zip(texts) {
        sources.add(name, text.as_bytes());
    }
    let levels = Levels::default();
    let compiled = compile_and_lint(&sources, &levels);
    assert!(compiled.diagnostics.iter().count() <= Diagnostics::LIMIT);
    assert!(compiled.policies.len() == FILES.len() || compiled.diagnostics.has_errors());
    let said = compiled.diagnostics.to_text(&sources, false);
    // Some inputs are also compiled for the server, others edit by edit: all of it for each would be slow.
    match said.len() % 4 {
        0 => drop(compile_for(Purpose::Serve { insights: true }, &sources)),
        1 => {
            let mut workspace = Workspace::new(Purpose::Check, Some(levels));
            for ((name, _), text) in FILES.iter().zip(&ground.texts) {
                workspace.put(name, text.as_bytes());
            }
            for file in touched.iter().take(1).chain(&[0, 1, 2, 3]) {
                workspace.compiled();
                workspace.put(FILES[*file].0, texts[*file].as_bytes());
            }
            assert_eq!(workspace.diagnostics().clone().to_text(&sources, false), said);
        }
        _ => {}
    }
}

/// One edit, its kind, place and value taken from the input.
fn edit(tree: &mut Element, ground: &Ground, bytes: &mut Bytes<'_>) {
    let mut count = 0;
    tree.walk(&mut |_| count += 1);
    let target = bytes.number() % count;
    let (kind, pick) = (bytes.next().unwrap_or_default(), bytes.number());
    let mut at = 0;
    tree.walk(&mut |element| {
        if at == target {
            element.edit(kind, pick, ground);
        }
        at += 1;
    });
}

impl Element {
    fn edit(&mut self, kind: u8, pick: usize, ground: &Ground) {
        let children = self.content.len();
        let attributes = self.attributes.len();
        match kind % 8 {
            0 | 1 if attributes > 0 => {
                let (name, value) = &mut self.attributes[pick % attributes];
                *value = ground.value(name, pick / attributes);
            }
            2 => {
                for content in &mut self.content {
                    if let Content::Text(text) = content {
                        *text = ground.value(&self.name, pick);
                    }
                }
            }
            3 if children > 0 => drop(self.content.remove(pick % children)),
            4 if children > 0 => {
                let copy = self.content[pick % children].clone();
                self.content.insert(pick / children % (children + 1), copy);
            }
            5 if children > 1 => self.content.swap(pick % children, (pick / children) % children),
            6 if attributes > 0 => drop(self.attributes.remove(pick % attributes)),
            7 => {
                let (name, value) = &ground.values[pick % ground.values.len()];
                if !self.attributes.iter().any(|(own, _)| own == name) {
                    self.attributes.push((name.clone(), value.clone()));
                }
            }
            _ => {}
        }
    }

    fn walk(&mut self, see: &mut impl FnMut(&mut Element)) {
        see(self);
        for content in &mut self.content {
            if let Content::Element(element) = content {
                element.walk(see);
            }
        }
    }

    fn of(node: roxmltree::Node<'_, '_>) -> Self {
        let content = node.children().filter_map(|child| match child.node_type() {
            roxmltree::NodeType::Element => Some(Content::Element(Self::of(child))),
            roxmltree::NodeType::Text => {
                child.text().filter(|text| !text.trim().is_empty()).map(|text| Content::Text(text.to_owned()))
            }
            _ => None,
        });
        Self {
            name: node.tag_name().name().to_owned(),
            attributes: node
                .attributes()
                .map(|one| (one.name().to_owned(), one.value().to_owned()))
                .collect(),
            content: content.collect(),
        }
    }

    fn to_xml(&self) -> String {
        let mut text = String::from("<?xml version=\"1.0\"?>");
        self.write(&mut text, " xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\"");
        text
    }

    fn write(&self, out: &mut String, namespace: &str) {
        out.push_str(&format!("<{}{namespace}", self.name));
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
        out.push('>');
        for content in &self.content {
            match content {
                Content::Element(element) => element.write(out, ""),
                Content::Text(text) => out.push_str(&escape(text)),
            }
        }
        out.push_str(&format!("</{}>", self.name));
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Ground {
    fn read() -> Self {
        let trees = FILES.iter().map(|(_, text)| {
            // Our texts in five languages would only be slow.
            let text = text.replace("B2C_1A_Localization", "B2C_1A_Base");
            Element::of(roxmltree::Document::parse(&text).expect("our own policy").root_element())
        });
        let mut ground = Self { trees: trees.collect(), texts: vec![], values: vec![] };
        ground.texts = ground.trees.iter().map(Element::to_xml).collect();
        let mut values = vec![];
        for tree in &mut ground.trees {
            tree.walk(&mut |element| {
                values.extend(element.attributes.clone());
                for content in &element.content {
                    if let Content::Text(text) = content {
                        values.push((element.name.clone(), text.clone()));
                    }
                }
            });
        }
        values.sort();
        values.dedup();
        ground.values = values;
        ground
    }

    /// A value for an attribute or element of that name: mostly one that another of the same name or a reference has.
    fn value(&self, name: &str, pick: usize) -> String {
        let own: Vec<&str> =
            self.values.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect();
        match pick % 4 {
            0 => VALUES[pick / 4 % VALUES.len()].to_owned(),
            1 => self.values[pick / 4 % self.values.len()].1.clone(),
            _ if own.is_empty() => String::new(),
            _ => own[pick / 4 % own.len()].to_owned(),
        }
    }
}

/// The input, byte by byte; zeros behind its end.
struct Bytes<'b> {
    rest: &'b [u8],
}

impl Bytes<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn number(&mut self) -> usize {
        usize::from(self.next().unwrap_or_default()) << 8 | usize::from(self.next().unwrap_or_default())
    }
}
