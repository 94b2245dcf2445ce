//! Our reading of files against the official schema: the same elements are faulty, in the files of the corpus as they
//! are and in thousands of them with one thing changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use vestibule_engine::diagnostic::{Diagnostic, Severity};
use vestibule_engine::source::Sources;
use vestibule_engine::syntax;

use super::corpus;
use super::mutation::{Chance, elements, line_of_element, mutate};
use super::oracle::Oracle;

/// Every policy file of the corpus that is text.
fn files(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the corpus is readable")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xml"))
            && let Ok(text) = String::from_utf8(std::fs::read(&path).expect("the corpus is readable"))
        {
            found.push((path, filled_in(&text)));
        }
    }
}

/// The text without byte order mark and with the placeholders filled in that break the schema, on the same lines.
fn filled_in(text: &str) -> String {
    let guid = "00000000-0000-0000-0000-000000000000";
    let mut text = text.trim_start_matches('\u{FEFF}').to_owned();
    for name in ["your-tenant.", "your_tenant.", "yourtenant.", "tenant-name."] {
        text = text.replace(name, "contoso.");
    }
    for (placeholder, value) in [
        ("{Settings:Tenant}", "contoso.onmicrosoft.com"),
        ("{Settings:DeploymentMode}", "Production"),
        ("{Settings:AppInsightsKey}", guid),
        ("...replace-with-your-AppInsight-Key...", guid),
        ("TenantObjectId=\"contoso.onmicrosoft.com\"", &format!("TenantObjectId=\"{guid}\"")),
        ("TenantObjectId=\"contoso.onmicrosoft.com>\"", &format!("TenantObjectId=\"{guid}\"")),
    ] {
        text = text.replace(placeholder, value);
    }
    text
}

/// What ours says of a text.
#[derive(Default)]
struct Ours {
    malformed: bool,
    faults: Vec<Fault>,
}

struct Fault {
    line: u32,
    by_design: bool,
    sentence: String,
}

fn ours(text: &str) -> Ours {
    let mut sources = Sources::default();
    let id = sources.add("x.xml", text.as_bytes());
    let (tree, found) = syntax::parse(sources.get(id).expect("just added"));
    let errors: Vec<&Diagnostic> = found.iter().filter(|one| one.severity == Severity::Error).collect();
    if !tree.readable && errors.iter().all(|one| one.code.id.starts_with("V000")) {
        return Ours { malformed: true, ..Ours::default() };
    }
    let all = elements(text);
    let fault = |one: &&Diagnostic| {
        let place = one.span.start as usize;
        // That an element may have no children is said at the child here, at the element by the schema's checker.
        let parent =
            all.iter().find(|element| element.start == place).and_then(|child| all.get(child.parent?));
        let parent = parent.filter(|_| one.message.contains("contains no elements"));
        let line = line_of_element(text, &all, parent.map_or(place, |parent| parent.start));
        Fault {
            line,
            by_design: by_design(one),
            sentence: format!("{line}: {} {}", one.code.id, one.message),
        }
    };
    Ours { malformed: false, faults: errors.iter().map(fault).collect() }
}

/// Stricter than the schema on purpose, beside what policy-language 1 says of the version and 1.4 of contacts: what
/// nothing could refer to or tell apart is an error here.
fn by_design(one: &Diagnostic) -> bool {
    let message = one.message.as_str();
    message.ends_with("must not be empty")
        || message.starts_with("the schema version must be")
        || one.code.id == "V0109" && ["DisplayControl Id", "Contact Id"].iter().any(|key| message.contains(key))
        // The schema lets the claim references of display controls refer to nothing.
        || message.ends_with("Claim` lacks the attribute `ClaimTypeReferenceId`")
}

/// Looser on purpose: addresses that nobody ever looks at need no form. And a number may have white space around it, as
/// XML Schema has it and .NET; xmllint refuses that (and breaks its sentence off at the line's end).
fn unchecked(sentence: &str) -> bool {
    let number = || {
        let value = sentence.split('\'').nth_back(3).unwrap_or_default();
        value.trim() != value && value.trim().parse::<i32>().is_ok()
    };
    sentence.contains("'xs:anyURI'")
        || sentence.ends_with("'SessionExpiryInSeconds': '")
        || sentence.ends_with("'xs:int'.") && number()
}

/// Where the two differ, in words.
fn differences(texts: &[(String, String)], oracle: &Oracle) -> Vec<String> {
    let all: Vec<String> = texts.iter().map(|(_, text)| text.clone()).collect();
    let judged = oracle.judge(&all);
    let mut wrong = Vec::new();
    for ((name, text), theirs) in texts.iter().zip(judged) {
        let ours = ours(text);
        let own: BTreeSet<u32> =
            ours.faults.iter().filter(|one| !one.by_design).map(|one| one.line).collect();
        let excused: BTreeSet<u32> =
            ours.faults.iter().filter(|one| one.by_design).map(|one| one.line).collect();
        let lines: BTreeSet<u32> =
            theirs.faults.iter().filter(|(_, one)| !unchecked(one)).map(|(line, _)| *line).collect();
        // A line with a fault of both kinds counts once.
        let agreed = own.difference(&lines).next().is_none()
            && lines.iter().all(|line| own.contains(line) || excused.contains(line));
        if ours.malformed != theirs.malformed || !agreed {
            let said: Vec<&String> = ours.faults.iter().map(|one| &one.sentence).collect();
            wrong.push(format!("{name}\n  schema: {:#?}\n  ours: {said:#?}", theirs.faults));
        }
    }
    wrong
}

/// The corpus and our own policies without what breaks the schema by placeholders, and a policy with everything in it.
fn originals(corpus: &Path) -> Vec<(PathBuf, String)> {
    let mut all = vec![(PathBuf::from("everything.xml"), EVERYTHING.to_owned())];
    files(corpus, &mut all);
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies"), &mut all);
    all
}

const EVERYTHING: &str = include_str!("everything.xml");

#[test]
fn every_file_is_faulty_where_the_schema_says_so() {
    let Some(root) = corpus() else { return };
    let Some(oracle) = Oracle::new(&root, "as-they-are") else { return };
    let name = |path: PathBuf| path.display().to_string();
    let texts: Vec<(String, String)> =
        originals(&root).into_iter().map(|(path, text)| (name(path), text)).collect();
    assert!(texts.len() > 200, "only {} files", texts.len());
    let wrong = differences(&texts, &oracle);
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), texts.len(), wrong.join("\n"));
}

#[test]
fn everything_has_every_element_and_attribute_of_the_schema() {
    let Some(root) = corpus() else { return };
    let schema = std::fs::read_to_string(root.join("starterpack/TrustFrameworkPolicy_0.3.0.0.xsd"))
        .expect("the schema");
    for (kind, before) in [("<xs:element ", "<"), ("<xs:attribute ", " ")] {
        for definition in schema.split(kind).skip(1) {
            let tag = definition.split('>').next().unwrap_or_default();
            let name = tag.split("name=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a name");
            // The one stands in a choice with Tenants, the other belongs to a type that nothing uses.
            let absent = ["ConstraintHandler", "Pattern"].contains(&name);
            let found =
                [" ", ">", "="].iter().any(|after| EVERYTHING.contains(&format!("{before}{name}{after}")));
            assert!(found || absent, "{name} is missing");
        }
    }
}

/// As many as an afternoon allows with VESTIBULE_SCHEMA_MUTATIONS, else a fixed few.
#[test]
fn a_changed_file_is_faulty_where_the_schema_says_so() {
    let Some(root) = corpus() else { return };
    let Some(oracle) = Oracle::new(&root, "changed") else { return };
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration")]
    let setting = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let count = usize::try_from(setting("VESTIBULE_SCHEMA_MUTATIONS").unwrap_or(1_500)).expect("a number");
    let mut chance = Chance(setting("VESTIBULE_SCHEMA_SEED").unwrap_or(1));
    let mut all = originals(&root);
    // Two faults in one element hide each other from the schema's checker; the long files only cost time.
    all.retain(|(path, text)| !path.ends_with("SignUpOrSignin-Encrypted.xml") && text.len() < 60_000);
    let mut texts = Vec::new();
    while texts.len() < count {
        // One in four is the policy with everything in it.
        let at = if chance.below(4) == 0 { 0 } else { chance.below(all.len()) };
        let (path, text) = &all[at];
        if let Some((changed, what)) = mutate(text, &mut chance) {
            texts.push((format!("{}, {what}", path.display()), changed));
        }
    }
    let wrong = differences(&texts, &oracle);
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), texts.len(), wrong.join("\n"));
}
