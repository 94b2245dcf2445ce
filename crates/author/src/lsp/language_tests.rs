//! The table of the language against the official schema, which the compiler was built from as well.

use super::*;
use crate::lsp::markup::NodeId;

/// The schema file, read with the tolerant reader.
struct Schema {
    text: String,
    markup: Markup,
}

impl Schema {
    fn load() -> Option<Self> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/corpus/starterpack/TrustFrameworkPolicy_0.3.0.0.xsd"
        );
        let near = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../../shared/corpus/starterpack/TrustFrameworkPolicy_0.3.0.0.xsd"
        );
        let text = [path, near].iter().find_map(|path| std::fs::read_to_string(path).ok())?;
        let markup = Markup::read(&text);
        Some(Self { text, markup })
    }

    fn value(&self, id: NodeId, name: &str) -> Option<&str> {
        self.markup.node(id)?.attribute(&self.text, name).map(|(value, _)| value)
    }

    fn named(&self, kind: &str, name: &str) -> Option<NodeId> {
        (0..self.markup.nodes.len()).find(|id| {
            let node = &self.markup.nodes[*id];
            node.name(&self.text) == kind && self.value(*id, "name") == Some(name) && node.parent == Some(0)
        })
    }

    /// Elements and attributes directly below a declaration, through its type and sequences.
    fn parts(&self, id: NodeId, elements: &mut Vec<NodeId>, attributes: &mut Vec<String>) {
        if let Some(base) = self.value(id, "type").or_else(|| self.value(id, "base")) {
            let base = base.trim_start_matches("tfp:");
            if let Some(found) = self.named("xs:complexType", base) {
                self.parts(found, elements, attributes);
            }
        }
        for (child, node) in self.markup.children(id) {
            match node.name(&self.text) {
                "xs:element" => elements.push(child),
                "xs:attribute" => attributes.push(self.value(child, "name").unwrap().to_owned()),
                _ => self.parts(child, elements, attributes),
            }
        }
    }
}

/// What the table has beyond the schema, or leaves out of it, and why.
const KNOWN: &[&str] = &[
    // The namespace is no attribute for the schema.
    "TrustFrameworkPolicy/@xmlns",
    // Newer than the schema (policy-language 4.8).
    "DisplayControl/@DisplayName",
    // Anything may stand in it.
    "TechnicalProfile/Extensions",
];

fn compare(schema: &Schema, id: NodeId, element: &Element, wrong: &mut Vec<String>) {
    let (mut elements, mut attributes) = (Vec::new(), Vec::new());
    schema.parts(id, &mut elements, &mut attributes);
    let ours: Vec<&str> = element.attributes.iter().map(|one| one.name).collect();
    for name in ours.iter().filter(|name| !attributes.iter().any(|known| known == *name)) {
        wrong.push(format!("{}/@{name} is not in the schema", element.name));
    }
    for name in attributes.iter().filter(|name| !ours.contains(&name.as_str())) {
        wrong.push(format!("{}/@{name} is not in the table", element.name));
    }
    let theirs: Vec<&str> = elements.iter().map(|child| schema.value(*child, "name").unwrap()).collect();
    let ours: Vec<&str> = element.children.iter().map(|child| child.name).collect();
    if theirs != ours {
        wrong.push(format!("{}: the schema has {theirs:?}, the table {ours:?}", element.name));
    }
    for child in elements {
        let name = schema.value(child, "name").unwrap();
        if let Some(element) = element.child(name) {
            let many = schema.value(child, "maxOccurs") == Some("unbounded");
            if many != element.many {
                wrong.push(format!("{name}: many is {many} in the schema"));
            }
            compare(schema, child, element, wrong);
        }
    }
}

#[test]
fn the_table_is_the_official_schema() {
    let Some(schema) = Schema::load() else {
        eprintln!("SKIPPED: ../shared/corpus is not here, the table is not compared with the schema");
        return;
    };
    let mut wrong = Vec::new();
    let start = schema.named("xs:element", "TrustFrameworkPolicy").unwrap();
    compare(&schema, start, root(), &mut wrong);
    wrong.retain(|one| !KNOWN.iter().any(|known| one.starts_with(known)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_says_something() {
    fn look(element: &Element) {
        assert!(!element.about.is_empty(), "{}", element.name);
        for one in &element.attributes {
            assert!(!one.about.is_empty(), "{}/@{}", element.name, one.name);
        }
        element.children.iter().for_each(look);
    }
    look(root());
    assert_eq!(root().name, "TrustFrameworkPolicy");
    assert_eq!(root().children.len(), 9);
}

#[test]
fn groups_stand_where_they_are_named() {
    let providers = root().child("ClaimsProviders").unwrap().child("ClaimsProvider").unwrap();
    let profile = providers.child("TechnicalProfiles").unwrap().child("TechnicalProfile").unwrap();
    let claim = profile.child("OutputClaims").unwrap().child("OutputClaim").unwrap();
    assert_eq!(claim.attribute("ClaimTypeReferenceId").unwrap().value, Value::Refers(Sort::Claim));
    let party = root().child("RelyingParty").unwrap().child("TechnicalProfile").unwrap();
    assert_eq!(party.attribute("Id").unwrap().value, Value::Free);
    assert_eq!(party.children.len(), profile.children.len());
}
