//! Every id, order, attribute and enumerated value of whole policy sets, changed in turn: what is reported is the change,
//! at its place, and what refers to it; nothing else. The sets are our own and the four starter packs, where they are
//! there. Of each sort of change a fixed share is tried, so that a debug build takes seconds; `MUTATE_ALL=1` tries all.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

#[path = "mutations/tags.rs"]
mod tags;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tags::{Tag, tags};
use vestibule_engine::compile;
use vestibule_engine::diagnostic::Severity;
use vestibule_engine::source::Sources;

/// A set of files: name and text.
type Files = Vec<(String, String)>;
/// File, line, code.
type Place = (String, usize, String);

fn read(folder: &Path) -> Option<Files> {
    let entries = std::fs::read_dir(folder).ok()?.map(|entry| entry.expect("an entry").path());
    let xml = entries.filter(|path| path.extension().is_some_and(|end| end == "xml"));
    let mut files: Files = xml
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("the sets are UTF-8"))
        })
        .collect();
    files.sort();
    Some(files)
}

fn set(name: &str) -> Option<Files> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder: PathBuf = match name {
        "own" => root.join("policies"),
        pack => root.join("../shared/corpus/starterpack").join(pack),
    };
    let files = read(&folder);
    if files.is_none() {
        eprintln!("SKIPPED: {} is not there", folder.display());
    }
    files
}

fn errors(files: &Files) -> BTreeSet<Place> {
    let mut sources = Sources::default();
    for (name, text) in files {
        sources.add(name, text.as_bytes());
    }
    let compiled = compile(&sources);
    let errors = compiled.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    errors
        .map(|one| {
            let source = sources.get(one.span.source).expect("a file");
            let line = source.position(one.span.start).line as usize;
            (source.name().to_owned(), line, one.code.id.to_owned())
        })
        .collect()
}

fn part<'t>(text: &'t str, range: &std::ops::Range<usize>) -> &'t str {
    text.get(range.clone()).expect("a place in the text")
}

fn line(text: &str, at: usize) -> usize {
    text.get(..at).expect("a place in the text").matches('\n').count() + 1
}

/// Tries every `share`th of the changes; tells those after which something else is reported than was expected.
struct Trial {
    name: &'static str,
    share: usize,
    tried: usize,
    met: usize,
    failures: Vec<String>,
}

impl Trial {
    fn new(name: &'static str, share: usize) -> Self {
        let share = if std::env::var_os("MUTATE_ALL").is_some() { 1 } else { share };
        Self { name, share, tried: 0, met: 0, failures: Vec::new() }
    }

    fn of(&mut self, what: &str, changed: &Files, fits: impl Fn(&BTreeSet<Place>) -> bool) {
        let found = errors(changed);
        self.tried += 1;
        if !fits(&found) {
            self.failures.push(format!("{} {what}: {found:?}", self.name));
        }
    }

    /// Whether the next change is one of the share.
    fn next(&mut self) -> bool {
        self.met += 1;
        self.met.is_multiple_of(self.share)
    }

    fn end(self, least: usize) {
        let (tried, failures) = (self.tried, self.failures);
        assert!(failures.is_empty(), "{} of {tried}:\n{}", failures.len(), failures.join("\n"));
        assert!(tried >= least / self.share, "{}: only {tried} changes tried", self.name);
    }
}

/// An element that declares ids, the elements and attributes that refer to it, metadata keys that do, and a code.
type Sort<'s> = (&'s str, &'s [(&'s str, &'s str)], &'s [&'s str], &'s str);

/// What declares ids: the element, and what refers to it, as element and attribute (`*`: any), or the key of an item.
/// The code of an unknown one is the last.
const SORTS: &[Sort] = &[
    (
        "ClaimType",
        &[("*", "ClaimTypeReferenceId")],
        &["issuer_refresh_token_user_identity_claim_type", "UseClaimAsBearerToken"],
        "V0301",
    ),
    (
        "ClaimsTransformation",
        &[("InputClaimsTransformation", "ReferenceId"), ("OutputClaimsTransformation", "ReferenceId")],
        &[],
        "V0302",
    ),
    (
        "TechnicalProfile",
        &[
            ("IncludeTechnicalProfile", "ReferenceId"),
            ("UseTechnicalProfileForSessionManagement", "ReferenceId"),
            ("ValidationTechnicalProfile", "ReferenceId"),
            ("*", "TechnicalProfileReferenceId"),
            ("*", "CpimIssuerTechnicalProfileReferenceId"),
            ("*", "DefaultCpimIssuerTechnicalProfileReferenceId"),
        ],
        &[],
        "V0303",
    ),
    (
        "ContentDefinition",
        &[("*", "ContentDefinitionReferenceId")],
        &["ContentDefinitionReferenceId"],
        "V0304",
    ),
    (
        "UserJourney",
        &[("DefaultUserJourney", "ReferenceId"), ("Endpoint", "UserJourneyReferenceId")],
        &["RefreshTokenUserJourneyId"],
        "V0305",
    ),
    ("Predicate", &[("PredicateReference", "Id")], &[], "V0308"),
    ("PredicateValidation", &[("PredicateValidationReference", "Id")], &[], "V0309"),
    ("LocalizedResources", &[("*", "LocalizedResourcesReferenceId")], &[], "V0310"),
    (
        "ClaimsExchange",
        &[("*", "TargetClaimsExchangeId"), ("*", "ValidationClaimsExchangeId")],
        &["SignUpTarget"],
        "V0311",
    ),
    ("DisplayControl", &[("*", "DisplayControlReferenceId")], &[], "V0307"),
];

/// Where each of the names is used that one sort of element declares: the places that a renamed declaration leaves
/// without one.
fn uses(files: &Files, id: &str, sort: &Sort<'_>) -> BTreeSet<Place> {
    let (element, attributes, keys, code) = sort;
    let mut all = BTreeSet::new();
    for (file, text) in files {
        let tags = tags(text);
        for (at, tag) in tags.iter().enumerate() {
            let named = tag.attributes.iter().filter(|(name, ..)| {
                attributes.iter().any(|(of, attribute)| (*of == "*" || *of == tag.name) && attribute == name)
            });
            let in_attribute = named.clone().any(|(_, range)| part(text, range).eq_ignore_ascii_case(id));
            let item =
                tag.name == "Item" && tag.attribute(text, "Key").is_some_and(|key| keys.contains(&key));
            // The first value of a precondition, and all of one that asks for existence, are claim types.
            let value = *element == "ClaimType" && tag.name == "Value" && {
                let before = &tags[at - 1];
                before.name == "Precondition"
                    || (before.name == "Value" && tags[at - 2].attribute(text, "Type") == Some("ClaimsExist"))
            };
            let in_text = (item || value) && tag.text(text).trim().eq_ignore_ascii_case(id);
            if in_attribute || in_text {
                all.insert((file.clone(), line(text, tag.start), (*code).to_owned()));
            }
        }
    }
    all
}

fn rename_ids(name: &'static str) {
    let Some(files) = set(name) else { return };
    let mut trial = Trial::new(name, 6);
    for sort in SORTS {
        let mut ids: BTreeSet<String> = BTreeSet::new();
        for (_, text) in &files {
            let declared = tags(text).into_iter().filter(|tag| tag.name == sort.0);
            ids.extend(declared.filter_map(|tag| tag.attribute(text, "Id").map(str::to_owned)));
        }
        for id in ids {
            if !trial.next() {
                continue;
            }
            let mut wrong = files.clone();
            for (_, text) in &mut wrong {
                for tag in tags(&text.clone()).into_iter().rev().filter(|tag| tag.name == sort.0) {
                    let range = tag.range("Id").filter(|range| part(text, range).eq_ignore_ascii_case(&id));
                    range.into_iter().for_each(|range| text.replace_range(range, "NotTheName"));
                }
            }
            let expected = uses(&files, &id, sort);
            trial.of(&format!("{} {id} wanted {expected:?}", sort.0), &wrong, |found| *found == expected);
        }
    }
    trial.end(60);
}

/// The changes of one attribute in each tag that has it.
fn each_attribute(files: &Files, mut change: impl FnMut(usize, &Tag, &str, std::ops::Range<usize>)) {
    for (number, (_, text)) in files.iter().enumerate() {
        for tag in tags(text) {
            for (name, range) in tag.attributes.clone() {
                change(number, &tag, &name, range);
            }
        }
    }
}

fn change_orders(name: &'static str) {
    let Some(files) = set(name) else { return };
    let mut trial = Trial::new(name, 1);
    each_attribute(&files, |number, tag, attribute, range| {
        if attribute != "Order" {
            return;
        }
        let mut wrong = files.clone();
        wrong[number].1.replace_range(range.clone(), "99");
        let file = &files[number].0;
        let here = line(&files[number].1, tag.start);
        let fits = |found: &BTreeSet<Place>| {
            found.len() == 1 && found.iter().all(|one| one.2 == "V0601" && one.0 == *file && one.1 >= here)
        };
        trial.of(&format!("order 99 at {file}:{here}"), &wrong, fits);
    });
    trial.end(5);
}

/// Attributes that the schema requires, but for ids: without its id nobody knows what an element was.
const REQUIRED: &[(&str, &str)] = &[
    ("OutputClaim", "ClaimTypeReferenceId"),
    ("InputClaim", "ClaimTypeReferenceId"),
    ("PersistedClaim", "ClaimTypeReferenceId"),
    ("OrchestrationStep", "Order"),
    ("OrchestrationStep", "Type"),
    ("Key", "Id"),
    ("Item", "Key"),
    ("InputParameter", "Id"),
    ("DefaultUserJourney", "ReferenceId"),
    ("ValidationTechnicalProfile", "ReferenceId"),
    ("IncludeTechnicalProfile", "ReferenceId"),
    ("UseTechnicalProfileForSessionManagement", "ReferenceId"),
    ("OutputClaimsTransformation", "ReferenceId"),
    ("InputClaimsTransformation", "ReferenceId"),
    ("ClaimsProviderSelection", "TargetClaimsExchangeId"),
    ("LocalizedString", "ElementType"),
    ("LocalizedString", "StringId"),
    ("Protocol", "Name"),
    ("ClaimsTransformation", "TransformationMethod"),
    ("TrustFrameworkPolicy", "PolicySchemaVersion"),
    ("TrustFrameworkPolicy", "TenantId"),
    ("TrustFrameworkPolicy", "PublicPolicyUri"),
];

fn remove_attributes(name: &'static str) {
    let Some(files) = set(name) else { return };
    let mut trial = Trial::new(name, 12);
    each_attribute(&files, |number, tag, attribute, range| {
        let required = REQUIRED.iter().any(|(element, one)| *element == tag.name && *one == attribute);
        if !required || !trial.next() {
            return;
        }
        let mut wrong = files.clone();
        wrong[number].1.replace_range(range.start - attribute.len() - 2..range.end + 1, "");
        let (file, here) = (&files[number].0, line(&files[number].1, tag.start));
        let fits = |found: &BTreeSet<Place>| {
            found.len() == 1 && found.iter().all(|one| one.0 == *file && one.1 == here)
        };
        trial.of(&format!("{} without {attribute} at {file}:{here}", tag.name), &wrong, fits);
    });
    trial.end(100);
}

/// Attributes and elements whose values the schema lists.
const LISTED: &[&str] = &[
    "Type",
    "Name",
    "DataType",
    "UserInputType",
    "OutputTokenFormat",
    "ElementType",
    "Required",
    "AlwaysUseDefaultValue",
    "ContinueOnError",
    "ExecuteActionsIf",
    "Action",
    "EnabledForUserJourneys",
    "IncludeInSso",
    "Method",
    "TransformationMethod",
    "Scope",
];

fn garble_values(name: &'static str) {
    let Some(files) = set(name) else { return };
    let mut trial = Trial::new(name, 8);
    for (number, (file, text)) in files.iter().enumerate() {
        for tag in tags(text) {
            let mut ranges: Vec<_> = tag
                .attributes
                .iter()
                .filter(|(name, _)| LISTED.contains(&name.as_str()) && name != "ElementType")
                .map(|(_, range)| range.clone())
                .collect();
            ranges.extend(Some(tag.inner(text)).filter(|_| LISTED.contains(&tag.name.as_str())));
            for range in ranges {
                if !trial.next() {
                    continue;
                }
                let mut wrong = files.clone();
                wrong[number].1.insert(range.end, 'x');
                let here = line(text, tag.start);
                let fits = |found: &BTreeSet<Place>| {
                    found.len() == 1 && found.iter().all(|one| one.0 == *file && one.1 == here)
                };
                trial.of(&format!("{} `{}x` at {file}:{here}", tag.name, part(text, &range)), &wrong, fits);
            }
        }
    }
    trial.end(100);
}

macro_rules! each_set {
    ($($module:ident $name:literal)*) => {
        $(mod $module {
            #[test]
            fn a_renamed_declaration_is_reported_at_every_use_and_nowhere_else() {
                super::rename_ids($name);
            }
            #[test]
            fn a_wrong_order_is_one_error() {
                super::change_orders($name);
            }
            #[test]
            fn a_missing_attribute_is_one_error_at_its_element() {
                super::remove_attributes($name);
            }
            #[test]
            fn a_garbled_value_is_one_error_at_its_place() {
                super::garble_values($name);
            }
        })*
    };
}

each_set! {
    own "own"
    local "LocalAccounts"
    social "SocialAccounts"
    both "SocialAndLocalAccounts"
    with_mfa "SocialAndLocalAccountsWithMfa"
}
