//! Who names whom in one file. In: its markup. Out: every id that is declared or referred to, with its sort and place.
//!
//! Must not be known here: other files, the protocol.

use std::collections::HashMap;
use std::ops::Range;

use vestibule_engine::syntax::fold;

use super::language::{Element, Sort, Value};
use super::markup::{Markup, Node, NodeId};
use super::settings;

/// One place where an id stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// What the id is of.
    pub(super) sort: Sort,
    /// Where it stands, white space around it left out.
    pub(super) range: Range<usize>,
    /// Whether the thing is declared here.
    pub(super) declares: bool,
    /// The element it stands in.
    pub(super) node: NodeId,
}

/// All ids of a file.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// In the order of their places.
    mentions: Vec<Mention>,
    by_id: HashMap<(Sort, String), Vec<usize>>,
}

impl Names {
    /// Collects the ids of a file.
    pub(super) fn read(text: &str, markup: &Markup, places: &[Option<&'static Element>]) -> Self {
        let mut collector = Collector { text, markup, found: Vec::new() };
        for (id, node) in markup.nodes.iter().enumerate() {
            if let Some(element) = places.get(id).copied().flatten() {
                collector.element(id, node, element);
            }
        }
        let mut mentions = collector.found;
        mentions.sort_by_key(|mention| (mention.range.start, mention.range.end));
        let mut by_id: HashMap<(Sort, String), Vec<usize>> = HashMap::new();
        for (index, mention) in mentions.iter().enumerate() {
            let id = text.get(mention.range.clone()).map(fold).unwrap_or_default();
            by_id.entry((mention.sort, id)).or_default().push(index);
        }
        Self { mentions, by_id }
    }

    /// All ids, in the order of their places.
    pub(super) fn all(&self) -> impl Iterator<Item = &Mention> {
        self.mentions.iter()
    }

    /// The id that an offset touches, the shortest if several do.
    pub(super) fn at(&self, offset: usize) -> Option<&Mention> {
        let before = self.mentions.partition_point(|mention| mention.range.start <= offset);
        let near = self.mentions.iter().take(before).rev().take(8);
        near.filter(|mention| offset <= mention.range.end).min_by_key(|mention| mention.range.len())
    }

    /// Every place of one id; `id` folded.
    pub(super) fn of(&self, sort: Sort, id: &str) -> impl Iterator<Item = &Mention> {
        let found = self.by_id.get(&(sort, id.to_owned()));
        found.into_iter().flatten().filter_map(|index| self.mentions.get(*index))
    }

    /// Whether the id stands anywhere in the file; `id` folded.
    pub(super) fn has(&self, sort: Sort, id: &str) -> bool {
        self.by_id.contains_key(&(sort, id.to_owned()))
    }
}

struct Collector<'t> {
    text: &'t str,
    markup: &'t Markup,
    found: Vec<Mention>,
}

impl Collector<'_> {
    fn element(&mut self, id: NodeId, node: &Node, element: &Element) {
        for attribute in &node.attributes {
            let (Some(name), Some(range)) = (self.text.get(attribute.name.clone()), attribute.value.clone())
            else {
                continue;
            };
            if let Some(known) = element.attribute(name) {
                self.value(id, node, &known.value, range);
            }
        }
        if let Some(value) = &element.text {
            let (_, range) = node.text(self.text);
            self.value(id, node, value, range);
        }
    }

    fn value(&mut self, id: NodeId, node: &Node, value: &Value, range: Range<usize>) {
        let claims = match value {
            Value::Declares(sort) => return self.push(id, *sort, range, true),
            Value::Refers(sort) => return self.push(id, *sort, range, false),
            Value::ElementId => {
                if let Some(sort) = self.element_type(node) {
                    self.push(id, sort, range, false);
                }
                return;
            }
            Value::StringId => {
                if node.attribute(self.text, "ElementType").is_some_and(|(kind, _)| kind == "ClaimsProvider")
                {
                    self.push(id, Sort::Exchange, range, false);
                }
                return;
            }
            Value::Tested => {
                if self.names_claim(id, node) {
                    self.push(id, Sort::Claim, range, false);
                }
                return;
            }
            Value::Setting => self.setting(id, node, range.clone()),
            Value::Resolvable => false,
            _ => return,
        };
        self.resolvers(id, range, claims);
    }

    /// What an item's value refers to by its key; whether bare `{claim}` may stand in it.
    fn setting(&mut self, id: NodeId, node: &Node, range: Range<usize>) -> bool {
        let Some((key, _)) = node.attribute(self.text, "Key") else { return false };
        let key = key.trim();
        if let Some((sort, many)) = settings::refers(key) {
            if !many {
                self.push(id, sort, range, false);
                return false;
            }
            let mut at = range.start;
            let whole = self.text.get(range).unwrap_or_default();
            for part in whole.split(',') {
                self.push(id, sort, at..at + part.len(), false);
                at += part.len() + 1;
            }
        }
        key.eq_ignore_ascii_case("ServiceUrl")
    }

    /// `{Claim:id}` anywhere in a value, and `{id}` where that names a claim too.
    fn resolvers(&mut self, id: NodeId, range: Range<usize>, bare: bool) {
        let whole = self.text.get(range.clone()).unwrap_or_default();
        for (open, _) in whole.match_indices('{') {
            let inside =
                whole.get(open + 1..).and_then(|rest| rest.split(['}', '{', '<']).next()).unwrap_or_default();
            let closed = whole.get(open + 1 + inside.len()..).is_some_and(|rest| rest.starts_with('}'));
            let start = range.start + open + 1;
            match inside.split_once(':') {
                Some((group, name)) if group.eq_ignore_ascii_case("Claim") => {
                    let start = start + group.len() + 1;
                    self.push(id, Sort::Claim, start..start + name.len(), false);
                }
                None if bare && closed && !["tenant", "policy"].contains(&inside) => {
                    self.push(id, Sort::Claim, start..start + inside.len(), false);
                }
                _ => {}
            }
        }
    }

    fn element_type(&self, node: &Node) -> Option<Sort> {
        let (kind, _) = node.attribute(self.text, "ElementType")?;
        element_type(kind)
    }

    /// The first value of a precondition is a claim; all are with ClaimsExist.
    fn names_claim(&self, id: NodeId, node: &Node) -> bool {
        let Some(parent) = node.parent else { return false };
        let values = self.markup.children(parent).filter(|(_, child)| child.name(self.text) == "Value");
        let first = values.map(|(id, _)| id).next() == Some(id);
        let kind = self.markup.node(parent).and_then(|node| node.attribute(self.text, "Type"));
        first || kind.is_some_and(|(kind, _)| kind == "ClaimsExist")
    }

    fn push(&mut self, node: NodeId, sort: Sort, range: Range<usize>, declares: bool) {
        let whole = self.text.get(range.clone()).unwrap_or_default();
        let id = whole.trim();
        let start = range.start + (whole.len() - whole.trim_start().len());
        if !id.is_empty() {
            self.found.push(Mention { sort, range: start..start + id.len(), declares, node });
        }
    }
}

/// What the ElementId of a localized string names, by its ElementType (policy-language 4.7).
pub(super) fn element_type(kind: &str) -> Option<Sort> {
    match kind {
        "ClaimType" => Some(Sort::Claim),
        "Predicate" => Some(Sort::Predicate),
        "PredicateValidation" | "InputValidation" => Some(Sort::Validation),
        "DisplayControl" => Some(Sort::Control),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::language::places;
    use super::*;

    const POLICY: &str = r#"<TrustFrameworkPolicy PolicyId="P">
  <BasePolicy><PolicyId> Base </PolicyId></BasePolicy>
  <ClaimsProviders><ClaimsProvider><TechnicalProfiles>
    <TechnicalProfile Id="Call">
      <Metadata>
        <Item Key="ServiceUrl">https://h/{email}/{tenant}?c={Claim:city}&amp;o={OIDC:ClientId}</Item>
        <Item Key="SignUpTarget"> One , Two </Item>
      </Metadata>
      <OutputClaims><OutputClaim ClaimTypeReferenceId="x" DefaultValue="a{claim:y}" /></OutputClaims>
      <ValidationTechnicalProfiles>
        <ValidationTechnicalProfile ReferenceId="V"><Preconditions>
          <Precondition Type="ClaimEquals"><Value>z</Value><Value>literal</Value></Precondition>
        </Preconditions></ValidationTechnicalProfile>
      </ValidationTechnicalProfiles>
    </TechnicalProfile>
  </TechnicalProfiles></ClaimsProvider></ClaimsProviders>
</TrustFrameworkPolicy>"#;

    #[test]
    fn every_kind_of_place_is_found() {
        let markup = Markup::read(POLICY);
        let names = Names::read(POLICY, &markup, &places(&markup, POLICY));
        let all: Vec<(Sort, &str, bool)> = names
            .all()
            .map(|one| (one.sort, POLICY.get(one.range.clone()).unwrap_or_default(), one.declares))
            .collect();
        assert_eq!(
            all,
            [
                (Sort::Policy, "P", true),
                (Sort::Policy, "Base", false),
                (Sort::Profile, "Call", true),
                (Sort::Claim, "email", false),
                (Sort::Claim, "city", false),
                (Sort::Exchange, "One", false),
                (Sort::Exchange, "Two", false),
                (Sort::Claim, "x", false),
                (Sort::Claim, "y", false),
                (Sort::Profile, "V", false),
                (Sort::Claim, "z", false),
            ]
        );
        let at = POLICY.find("city").unwrap_or(0);
        assert_eq!(names.at(at + 4).map(|one| one.range.clone()), Some(at..at + 4));
        assert_eq!(names.of(Sort::Claim, "city").count(), 1);
    }
}
