//! Content definitions and localization (policy-language 4.6, 4.7). In: the merged tree. Out: pages with their
//! template, program and texts.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::claim::{Claims, choice};
use super::kept::Strings;
use super::mapping::template;
use super::names::Sort;
use super::report::Report;
use super::view::View;
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, codes};
use crate::message::{Message, message};
use crate::policy::{ContentDefinition, ElementType, Localization, PageKind, PageVersion, Resources};
use crate::source::Spanned;
use crate::syntax::{self, LocalizedResources, LocalizedString, fold, same_id};

/// Content definitions in the tree's order; nothing where one is incomplete.
pub(super) struct Contents {
    in_order: Vec<Option<Arc<ContentDefinition>>>,
    /// Languages.
    pub(super) localization: Localization,
}

impl Contents {
    /// The content definition at that place of the tree.
    pub(super) fn get(&self, index: usize) -> Option<&Arc<ContentDefinition>> {
        self.in_order.get(index)?.as_ref()
    }

    /// By id.
    pub(super) fn by_id(&self) -> BTreeMap<Name, Arc<ContentDefinition>> {
        self.in_order.iter().flatten().map(|one| (one.id.clone(), one.clone())).collect()
    }
}

/// Compiles all content definitions.
pub(super) fn check(view: &View<'_>, claims: &Claims, report: &mut Report) -> Contents {
    let blocks = &view.tree.building_blocks;
    let list = blocks.localization.iter().flat_map(|one| &one.localized_resources);
    let mut lost = Lost::default();
    let resources: Vec<Arc<Resources>> =
        list.map(|one| Arc::new(resources(view, claims, one, &mut lost, report))).collect();
    lost.tell(view, report);
    let localization = localization(view);
    let all = blocks.content_definitions.iter().enumerate();
    let in_order = all.map(|(index, one)| {
        let resources = references(view, one, &resources, report);
        let mut content = definition(view, index, one, report)?;
        content.resources = resources;
        if !localization.enabled {
            content.resources.clear();
        }
        Some(Arc::new(content))
    });
    Contents { in_order: in_order.collect(), localization }
}

fn localization(view: &View<'_>) -> Localization {
    let Some(section) = &view.tree.building_blocks.localization else { return Localization::default() };
    let languages = section.supported_languages.as_ref();
    Localization {
        enabled: section.enabled.is_some_and(|flag| flag.value),
        default: languages.and_then(|one| Some(one.default_language.as_ref()?.value.clone())),
        supported: languages.iter().flat_map(|one| &one.languages).map(|one| one.value.clone()).collect(),
    }
}

fn definition(
    view: &View<'_>,
    index: usize,
    one: &syntax::ContentDefinition,
    report: &mut Report,
) -> Option<ContentDefinition> {
    let lacking = view.grade(Sort::Content, index);
    let id = view.names.find(Sort::Content, &one.id)?.name.clone();
    let data_uri = one.data_uri.as_ref().filter(|uri| !uri.trim().is_empty());
    let load_uri = one.load_uri.as_ref().filter(|uri| !uri.trim().is_empty());
    if data_uri.is_none() {
        let message = message!("content definition `{id}` has no DataUri");
        let help = "the DataUri says which page is shown, for instance \
                    `urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7`";
        let diagnostic = Diagnostic::error(codes::NO_DATA_URI, one.span, message).help(help);
        report.graded(lacking, view.used(Sort::Content, index, diagnostic));
    }
    if load_uri.is_none() {
        let message = message!("content definition `{id}` has no LoadUri");
        let help =
            "the LoadUri is the page's template, for instance `~/tenant/templates/AzureBlue/unified.cshtml`";
        let diagnostic = Diagnostic::error(codes::NO_LOAD_URI, one.span, message).help(help);
        report.graded(lacking, view.used(Sort::Content, index, diagnostic));
    }
    let page = data_uri.and_then(|uri| data_uri_parts(uri, report));
    let (settings, language) = metadata(one, report);
    let load_uri = load_uri?;
    check_load_uri(load_uri, report);
    let (page, version, contract) = page?;
    Some(ContentDefinition {
        id,
        load_uri: template(view, load_uri, report),
        page,
        version,
        contract,
        settings,
        language,
        resources: Vec::new(),
    })
}

/// Page programs with the names a DataUri gives them (policy-language 4.6).
const PAGES: &[(&str, PageKind)] = &[
    ("unifiedssp", PageKind::Unified),
    ("unifiedssd", PageKind::UnifiedPlain),
    ("selfasserted", PageKind::SelfAsserted),
    ("providerselection", PageKind::Selection),
    ("idpselection", PageKind::Selection),
    ("multifactor", PageKind::Multifactor),
    ("globalexception", PageKind::Exception),
    ("claimsconsent", PageKind::Consent),
];

/// `urn:com:microsoft:aad:b2c:elements:[contract:]PAGE:VERSION`; a version newer than the newest known is taken as that.
fn data_uri_parts(uri: &Spanned<String>, report: &mut Report) -> Option<(PageKind, PageVersion, bool)> {
    let text = uri.trim();
    let parts: Vec<&str> = text.split(':').collect();
    let (contract, page, version) = match parts.as_slice() {
        ["urn", "com", "microsoft", "aad", "b2c", "elements", "contract", page, version] => {
            (true, *page, *version)
        }
        ["urn", "com", "microsoft", "aad", "b2c", "elements", page, version] => (false, *page, *version),
        _ => {
            let message = message!("`{text}` is no DataUri");
            let help = "a DataUri reads `urn:com:microsoft:aad:b2c:elements:contract:PAGE:VERSION`";
            report.push(Diagnostic::error(codes::BAD_DATA_URI, uri.span, message).help(help));
            return None;
        }
    };
    let kind = PAGES.iter().find(|(name, _)| name.eq_ignore_ascii_case(page));
    if kind.is_none() {
        let message = message!("there is no page `{page}`");
        let diagnostic = Diagnostic::error(codes::BAD_DATA_URI, uri.span, message);
        report.push(diagnostic.did_you_mean(page, PAGES.iter().map(|(name, _)| *name)));
    }
    let numbers: Option<Vec<u16>> = version.split('.').map(|part| part.parse().ok()).collect();
    let version = match numbers.as_deref() {
        Some([major, minor, patch]) => Some(PageVersion(*major, *minor, *patch)),
        _ => {
            let message = message!("`{version}` is no page version of three numbers");
            report.error(codes::BAD_DATA_URI, uri.span, message);
            None
        }
    };
    Some((kind?.1, version?, contract))
}

fn check_load_uri(uri: &Spanned<String>, report: &mut Report) {
    let lower = uri.trim().to_ascii_lowercase();
    let known = ["~/", "https://", "http://", "{"].iter().any(|start| lower.starts_with(start));
    if !known {
        let message = message!("a page cannot be loaded from `{}`", uri.value);
        let help = "a LoadUri begins with `https://` or, for a built-in template, with `~/`";
        report.push(Diagnostic::warning(codes::NO_LOAD_URI, uri.span, message).help(help));
    }
}

/// Metadata keys of content definitions; what else stands there is kept, as pages may show it.
const KEYS: &[&str] = &["DisplayName", "TemplateId", "setting.bottomUnderFormClaimsProviderSelections"];

type Texts = BTreeMap<String, String>;

fn metadata(one: &syntax::ContentDefinition, report: &mut Report) -> (Texts, Texts) {
    let (mut settings, mut language) = (Texts::new(), Texts::new());
    for item in &one.metadata {
        let key = item.key.trim().to_lowercase();
        let value = item.value.trim().to_owned();
        if let Some(id) = key.strip_prefix("language.") {
            language.insert(id.to_owned(), value);
            continue;
        }
        if !key.starts_with("setting.") && !KEYS.iter().any(|known| known.eq_ignore_ascii_case(&key)) {
            let message =
                message!("the metadata key `{}` means nothing here and is passed over", item.key.trim());
            let warning = Diagnostic::warning(codes::UNKNOWN_SETTING, item.key.span, message);
            report.push(warning.did_you_mean(&item.key, KEYS.iter().copied()));
        }
        settings.insert(key, value);
    }
    (settings, language)
}

fn references(
    view: &View<'_>,
    one: &syntax::ContentDefinition,
    resources: &[Arc<Resources>],
    report: &mut Report,
) -> Vec<(String, Arc<Resources>)> {
    let list = one.localized_resources_references.iter().flat_map(|one| &one.references);
    let mut all = Vec::new();
    for reference in list {
        let Some(id) = &reference.localized_resources_reference_id else { continue };
        let entry = report.keep(view.names.resolve(Sort::Resources, id));
        if let Some(found) = entry.and_then(|entry| resources.get(entry.index)) {
            all.push((reference.language.value.clone(), found.clone()));
        }
    }
    all
}

fn resources(
    view: &View<'_>,
    claims: &Claims,
    one: &Arc<LocalizedResources>,
    lost: &mut Lost,
    report: &mut Report,
) -> Resources {
    let mut all = Resources {
        id: one.id.as_ref().map_or_else(String::new, |id| id.value.clone()),
        ..Resources::default()
    };
    for collection in &one.localized_collections {
        let entry = view.names.find(Sort::Claim, &collection.element_id);
        let written = entry.and_then(|entry| view.tree.building_blocks.claims_schema.get(entry.index));
        let (Some(claim), Some(written)) = (entry.and_then(|entry| claims.get(entry)), written) else {
            lost.add(Sort::Claim, &collection.element_id);
            continue;
        };
        let items = collection.items.iter().filter_map(|item| choice(item, written, report));
        all.collections.insert(claim.id.clone(), items.collect());
    }
    for text in &one.localized_strings {
        if let Some(kind) = known_element_type(&text.element_type) {
            check_element(view, kind, text, lost);
        }
    }
    all.strings = texts(view, one, report);
    all
}

fn texts(view: &View<'_>, one: &Arc<LocalizedResources>, report: &mut Report) -> Arc<Strings> {
    if let Some(texts) = view.kept.texts(one) {
        return texts;
    }
    let mut found = Vec::new();
    let texts = Arc::new(strings(&one.localized_strings, &mut found));
    if found.is_empty() {
        view.kept.keep_texts(one, &texts);
    }
    found.into_iter().for_each(|finding| report.push(finding));
    texts
}

/// The texts by what they are for. Two for one string in one file cannot both be meant (90230, 90231 in the cloud); of a
/// base's two the merge has laid the child's over the first.
fn strings(list: &[LocalizedString], found: &mut Vec<Diagnostic>) -> Strings {
    let keyed = list.iter().filter_map(|text| Some((key_of(text, found)?, text)));
    let mut all: Vec<_> = keyed.collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    for same in all.chunk_by(|(one, _), (other, _)| one == other) {
        let [(_, first), again @ ..] = same else { continue };
        for (_, text) in again.iter().filter(|(_, text)| text.span.source == first.span.source) {
            let message = message!("the text `{}` is given again", text.string_id.value);
            let finding = Diagnostic::error(codes::REPEATED_TEXT, text.span, message);
            found.push(finding.also(first.span, "the first one"));
        }
    }
    all.dedup_by(|(later, _), (first, _)| later == first);
    all.into_iter().map(|(key, text)| (key, text.value.value.clone())).collect()
}

/// What a text is for.
fn key_of(text: &LocalizedString, found: &mut Vec<Diagnostic>) -> Option<(ElementType, String, String)> {
    let kind = element_type(&text.element_type, found)?;
    let element = text.element_id.as_ref().filter(|_| has_element(kind));
    Some((kind, element.map_or_else(String::new, |id| id.to_lowercase()), text.string_id.to_lowercase()))
}

fn element_type(written: &Spanned<String>, found: &mut Vec<Diagnostic>) -> Option<ElementType> {
    let known = known_element_type(written);
    if known.is_none() {
        let message = message!("there is no element type `{}`; the text is passed over", written.value);
        let warning = Diagnostic::warning(codes::UNKNOWN_ELEMENT_TYPE, written.span, message);
        found.push(warning.did_you_mean(written, ElementType::ALL.iter().map(|(name, _)| *name)));
    }
    known
}

fn known_element_type(written: &str) -> Option<ElementType> {
    let row = ElementType::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(written));
    row.map(|(_, kind)| *kind)
}

/// Whether texts of that sort say which element they belong to; elsewhere an id is without meaning.
fn has_element(kind: ElementType) -> bool {
    use ElementType as E;
    matches!(kind, E::ClaimType | E::DisplayControl | E::Predicate | E::PredicateValidation)
}

/// A text for something that does not exist is never shown. The cloud accepts it, so it is only told.
fn check_element(view: &View<'_>, kind: ElementType, text: &LocalizedString, lost: &mut Lost) {
    let Some(id) = &text.element_id else { return };
    let sort = match kind {
        ElementType::ClaimType => Sort::Claim,
        ElementType::DisplayControl => Sort::Control,
        ElementType::Predicate => Sort::Predicate,
        ElementType::PredicateValidation if same_id(&text.element_type, "InputValidation") => {
            if view.names.find(Sort::PredicateValidation, id).is_some() {
                return;
            }
            Sort::InputValidation
        }
        ElementType::PredicateValidation => Sort::PredicateValidation,
        _ => return,
    };
    if view.names.find(sort, id).is_none() {
        lost.add(sort, id);
    }
}

/// Things that texts are for and that do not exist. One set of texts often serves several policies, so what has a near
/// name in this one is told thing by thing, and the rest in one sentence.
#[derive(Default)]
struct Lost {
    list: Vec<(Sort, Spanned<String>)>,
    seen: HashSet<(Sort, String)>,
}

impl Lost {
    fn add(&mut self, sort: Sort, id: &Spanned<String>) {
        if self.seen.insert((sort, fold(id))) {
            self.list.push((sort, id.clone()));
        }
    }

    fn tell(self, view: &View<'_>, report: &mut Report) {
        // Texts of a base are for what its children bring too; only the whole policy can tell.
        if !view.reach.executable {
            return;
        }
        let mut rest = Vec::new();
        for (sort, id) in self.list {
            match view.names.near(sort, &id) {
                Some(near) => {
                    let message = message!("a text for the {} `{}`, which does not exist", sort.noun(), *id);
                    let warning = Diagnostic::warning(codes::UNKNOWN_LOCALIZED, id.span, message);
                    report.push(warning.help(format!("did you mean `{near}`?")));
                }
                None => rest.push((sort, id)),
            }
        }
        let Some(((sort, first), others)) = rest.split_first() else { return };
        let mut message = format!("a text for the {} `{}`, which does not exist", sort.noun(), **first);
        if let Some((sort, second)) = others.first() {
            let more =
                if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
            message += &format!("; neither does the {} `{}`{more}", sort.noun(), **second);
        }
        report.warning(codes::UNKNOWN_LOCALIZED, first.span, Message::new(message));
    }
}
