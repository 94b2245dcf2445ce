//! Values that a place expects. In: what the language says of the place, and what stands around it. Out: offers, and the
//! text they replace.

use std::collections::BTreeMap;
use std::ops::Range;

use lsp_types::CompletionItemKind as Kind;
use vestibule_engine::kind::directory::ATTRIBUTES;
use vestibule_engine::syntax::fold;
use vestibule_engine::transform::{self, Function, Slot};

use super::completion::{Offer, keys};
use super::file::File;
use super::language::{Sort, Value};
use super::markup::NodeId;
use super::names::element_type;
use super::view::View;
use super::{hover, resolvers, settings, shape, words};

type Offers = (Vec<Offer>, Range<usize>);

/// Offers for one value.
pub(super) fn value(here: Here<'_>, value: &Value, range: &Range<usize>, offset: usize) -> Option<Offers> {
    let Here { view, file, id } = here;
    if matches!(value, Value::Resolvable | Value::Setting | Value::Partner)
        && let Some((start, typed)) = resolvers::open_at(&file.text, range, offset)
    {
        return Some(here.resolvers(start, &typed, offset));
    }
    let offers = match value {
        Value::Bool => fixed(&["true", "false"]),
        Value::Words(list) => fixed(list),
        Value::Declares(sort) | Value::Refers(sort) => here.ids(*sort),
        Value::Method => here.methods(),
        Value::PredicateMethod => words::PREDICATE_METHODS
            .iter()
            .map(|row| Offer::word(row.name, row.about, Kind::FUNCTION))
            .collect(),
        Value::PredicateParameter => here.predicate_parameters(),
        Value::SlotIn => here.slots(|function| function.inputs),
        Value::SlotParameter => here.slots(|function| function.parameters),
        Value::SlotOut => here.slots(|function| function.outputs),
        Value::Handler => handlers(),
        Value::Partner => here.partners(),
        Value::Key => here.keys(),
        Value::Setting => return here.setting(range, offset),
        Value::KeyRole => {
            let section = shape::section(view, file, id);
            let row = words::KEY_ROLES.iter().find(|(name, _)| *name == section);
            fixed(row.map(|(_, roles)| *roles).unwrap_or_default())
        }
        Value::DataUri => pages(),
        Value::Language => fixed(words::LANGUAGES),
        Value::ElementId => here.ids(element_type(file.attribute(id, "ElementType")?)?),
        Value::StringId => here.strings(),
        Value::Tested => here.ids(Sort::Claim),
        Value::Consequence => here.precondition_actions(),
        Value::Free | Value::Resolvable => return None,
    };
    Some((offers, range.clone()))
}

/// What stands for a value that is not written yet, in a snippet.
pub(super) fn placeholder(value: &Value) -> String {
    match value {
        Value::Bool => "${1|true,false|}".to_owned(),
        Value::Words(list) if list.len() == 1 => {
            list.first().map_or(String::new(), |word| format!("${{1:{word}}}"))
        }
        Value::Words(list) if list.iter().all(|word| !word.contains(',')) => {
            format!("${{1|{}|}}", list.join(","))
        }
        _ => "$1".to_owned(),
    }
}

/// The same for the value of a setting.
pub(super) fn default_value(kind: &settings::Kind) -> String {
    match kind {
        settings::Kind::Bool => "${1|true,false|}".to_owned(),
        settings::Kind::Words(list) => format!("${{1|{}|}}", list.join(",")),
        settings::Kind::Free | settings::Kind::Id(..) => "$1".to_owned(),
    }
}

fn fixed(list: &[&str]) -> Vec<Offer> {
    let offer = |(rank, word): (usize, &&str)| Offer { rank, ..Offer::word(word, "", Kind::ENUM_MEMBER) };
    list.iter().enumerate().map(offer).collect()
}

fn handlers() -> Vec<Offer> {
    let offer = |row: &words::Handler| Offer {
        text: Some(format!("{}{}{}", row.space, row.section, words::ASSEMBLY)),
        ..Offer::word(row.section, row.about, Kind::MODULE)
    };
    words::HANDLERS.iter().map(offer).collect()
}

fn pages() -> Vec<Offer> {
    let offer = |(page, about): &(&str, &str)| {
        Offer::word(&format!("{}{page}", words::PAGE_PREFIX), about, Kind::ENUM_MEMBER)
    };
    words::PAGES.iter().map(offer).collect()
}

/// The element that something is written at or in.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    /// All files.
    pub(super) view: View<'a>,
    /// The file.
    pub(super) file: &'a File,
    /// The element.
    pub(super) id: NodeId,
}

impl<'a> Here<'a> {
    /// All ids of a sort that the file can name, the nearest declaration of each.
    fn ids(self, sort: Sort) -> Vec<Offer> {
        let sessions = self.is_named("UseTechnicalProfileForSessionManagement");
        let mut offers: BTreeMap<String, Offer> = BTreeMap::new();
        for (distance, other) in self.view.related(self.file).into_iter().enumerate() {
            for mention in other.names.all().filter(|one| one.sort == sort && one.declares) {
                let id = other.slice(&mention.range);
                let mut rank = distance;
                if sort == Sort::Profile && sessions {
                    let section = shape::of_profile(self.view, other, id);
                    rank += if section.ends_with("SSOSessionProvider") { 0 } else { 100 };
                }
                let own = mention.node == self.id && other.key == self.file.key;
                let offer = || Offer {
                    detail: format!("{}, {}", sort.noun(), other.name),
                    about: about(other, mention.node),
                    rank,
                    ..Offer::word(id, "", Kind::REFERENCE)
                };
                if !own {
                    offers.entry(fold(id)).or_insert_with(offer);
                }
            }
        }
        offers.into_values().collect()
    }

    fn is_named(self, name: &str) -> bool {
        self.file.node(self.id).is_some_and(|node| node.name(&self.file.text) == name)
    }

    fn methods(self) -> Vec<Offer> {
        transform::functions()
            .map(|function| Offer {
                detail: function.about.to_owned(),
                about: hover::about_method(function),
                ..Offer::word(function.name, "", Kind::FUNCTION)
            })
            .collect()
    }

    /// The method of the transformation around the place; a child policy may leave it to its base.
    fn method(self) -> Option<&'static Function> {
        let file = self.file;
        let around = file.around(self.id, "ClaimsTransformation")?;
        let own = file.attribute(around, "TransformationMethod");
        let inherited = || {
            let id = file.attribute(around, "Id").map(fold)?;
            let declared = self.view.declared(file, Sort::Transformation, &id);
            declared.into_iter().find_map(|(file, one)| file.attribute(one.node, "TransformationMethod"))
        };
        transform::function(own.or_else(inherited)?)
    }

    fn slots(self, of: impl Fn(&Function) -> &'static [Slot]) -> Vec<Offer> {
        let slots = self.method().map(of).unwrap_or_default();
        let offer = |(rank, slot): (usize, &Slot)| Offer {
            rank,
            ..Offer::word(slot.name, &hover::about_slot(slot), Kind::FIELD)
        };
        slots.iter().enumerate().map(offer).collect()
    }

    fn predicate_parameters(self) -> Vec<Offer> {
        let around = self.file.around(self.id, "Predicate");
        let method = around.and_then(|id| self.file.attribute(id, "Method"));
        let row = words::PREDICATE_METHODS.iter().find(|row| Some(row.name) == method);
        fixed(row.map(|row| row.parameters).unwrap_or_default())
    }

    /// Names on the other side that mean something to the handler; in the directory those of the right use.
    fn partners(self) -> Vec<Offer> {
        let section = shape::section(self.view, self.file, self.id);
        let name = self.file.node(self.id).map_or("", |node| node.name(&self.file.text));
        if section == "AzureActiveDirectoryProvider" {
            let letter = match name {
                "InputClaim" => 'I',
                "PersistedClaim" => 'P',
                _ => 'O',
            };
            let fits = ATTRIBUTES.iter().filter(|row| row.uses.contains(letter));
            return fits
                .map(|row| Offer::word(row.name, "An attribute of the directory.", Kind::FIELD))
                .collect();
        }
        let rows = words::PARTNERS.iter().filter(|(of, list, _)| *of == section && *list == name);
        rows.flat_map(|(_, _, names)| fixed(names)).collect()
    }

    /// Keys of settings that are not there yet.
    fn keys(self) -> Vec<Offer> {
        let section = shape::section(self.view, self.file, self.id);
        let metadata = self.file.around(self.id, "Metadata");
        let taken = metadata.map(|id| keys(self.file, id)).unwrap_or_default();
        let own =
            self.file.attribute(self.id, "Key").map(|key| key.trim().to_lowercase()).unwrap_or_default();
        let free = |one: &&settings::Setting| {
            let key = one.key.to_lowercase();
            key == own || !taken.contains(&key)
        };
        let offer = |one: &settings::Setting| Offer {
            detail: if one.needed { "needed".to_owned() } else { String::new() },
            rank: usize::from(!one.needed),
            ..Offer::word(one.key, one.about, Kind::PROPERTY)
        };
        settings::of(section).filter(free).map(offer).collect()
    }

    /// Values of a setting, by its key; of a list, the part that is being typed.
    fn setting(self, range: &Range<usize>, offset: usize) -> Option<Offers> {
        let key = self.file.attribute(self.id, "Key")?;
        let section = shape::section(self.view, self.file, self.id);
        match &settings::find(section, key)?.value {
            settings::Kind::Bool => Some((fixed(&["true", "false"]), range.clone())),
            settings::Kind::Words(list) => Some((fixed(list), range.clone())),
            settings::Kind::Id(sort, false) => Some((self.ids(*sort), range.clone())),
            settings::Kind::Id(sort, true) => {
                let whole = self.file.slice(range);
                let (before, after) = whole.split_at_checked(offset.saturating_sub(range.start))?;
                let start = before.rfind(',').map_or(0, |at| at + 1);
                let start = start + before.get(start..)?.len() - before.get(start..)?.trim_start().len();
                let end = before.len() + after.find(',').unwrap_or(after.len());
                Some((self.ids(*sort), range.start + start..range.start + end))
            }
            settings::Kind::Free => None,
        }
    }

    fn resolvers(self, start: usize, typed: &str, offset: usize) -> Offers {
        let closed = self.file.text.get(offset..).is_some_and(|rest| {
            rest.find('}')
                .is_some_and(|end| rest.get(..end).is_some_and(|rest| !rest.contains(['{', '<', '"'])))
        });
        let brace = if closed { "" } else { "}" };
        let claim = typed.get(..6).is_some_and(|group| group.eq_ignore_ascii_case("Claim:"));
        if claim {
            let with_brace = |offer: Offer| Offer { text: Some(format!("{}{brace}", offer.label)), ..offer };
            let offers = self.ids(Sort::Claim).into_iter().map(with_brace).collect();
            return (offers, start + "Claim:".len()..offset);
        }
        let offer = |(rank, one): (usize, &resolvers::Resolver)| Offer {
            text: Some(if one.name.ends_with(':') {
                one.name.to_owned()
            } else {
                format!("{}{brace}", one.name)
            }),
            rank,
            ..Offer::word(one.name, one.about, Kind::VARIABLE)
        };
        (resolvers::RESOLVERS.iter().enumerate().map(offer).collect(), start..offset)
    }

    /// Ids of texts, by what they belong to.
    fn strings(self) -> Vec<Offer> {
        let kind = self.file.attribute(self.id, "ElementType").unwrap_or_default();
        match kind {
            "ClaimsProvider" => self.ids(Sort::Exchange),
            "UxElement" => self.used("UxElement"),
            "ErrorMessage" => {
                let mut offers = self.used("ErrorMessage");
                let known =
                    settings::messages().filter(|one| !offers.iter().any(|offer| offer.label == one.key));
                let more: Vec<Offer> =
                    known.map(|one| Offer::word(one.key, one.about, Kind::CONSTANT)).collect();
                offers.extend(more);
                offers
            }
            "PredicateValidation" | "InputValidation" => self.groups(),
            _ => {
                let rows = words::STRINGS.iter().find(|(name, _)| *name == kind).map(|(_, rows)| *rows);
                let offer = |(id, about): &(&str, &str)| Offer::word(id, about, Kind::CONSTANT);
                rows.unwrap_or_default().iter().map(offer).collect()
            }
        }
    }

    /// Ids of texts of a sort that the policies use already.
    fn used(self, kind: &str) -> Vec<Offer> {
        let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
        for file in self.view.related(self.file) {
            for (id, node) in file.markup.nodes.iter().enumerate() {
                let text = node.attribute(&file.text, "ElementType").is_some_and(|(name, _)| name == kind);
                if text && let Some(string) = file.attribute(id, "StringId") {
                    ids.entry(string).or_insert(node.text(&file.text).0);
                }
            }
        }
        ids.into_iter().map(|(id, about)| Offer::word(id, about, Kind::CONSTANT)).collect()
    }

    /// The groups of the validation that ElementId names.
    fn groups(self) -> Vec<Offer> {
        let Some(id) = self.file.attribute(self.id, "ElementId").map(fold) else { return Vec::new() };
        let mut offers = Vec::new();
        for (file, mention) in self.view.declared(self.file, Sort::Validation, &id) {
            let inside = (mention.node..file.markup.nodes.len()).take_while(|id| {
                file.node(*id).is_some_and(|node| {
                    file.node(mention.node).is_some_and(|around| node.tag.start < around.whole.end)
                })
            });
            for group in
                inside.filter(|id| file.place(*id).is_some_and(|place| place.name == "PredicateGroup"))
            {
                offers.extend(file.attribute(group, "Id").map(|id| Offer::word(id, "", Kind::CONSTANT)));
            }
        }
        offers
    }

    fn precondition_actions(self) -> Vec<Offer> {
        let step = self.file.around(self.id, "OrchestrationStep").is_some();
        fixed(&[if step { "SkipThisOrchestrationStep" } else { "SkipThisValidationTechnicalProfile" }])
    }
}

/// A line about a declared thing: what it is called, or of which type.
fn about(file: &File, id: NodeId) -> String {
    let text =
        |name: &str| file.child(id, name).and_then(|id| file.node(id)).map(|node| node.text(&file.text).0);
    let told = [text("DisplayName"), text("DataType"), file.attribute(id, "TransformationMethod")];
    let told: Vec<&str> = told.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    let profile = file.attribute(id, "TechnicalProfileReferenceId").map(|id| format!("`{id}`"));
    profile.unwrap_or_else(|| told.join(" · "))
}
