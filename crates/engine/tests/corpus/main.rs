//! Every policy set of the public corpus, if it is beside the repository: a sound set compiles, one with dangling
//! references or schema faults is refused for exactly these, each at its place. What breaks a further rule stands in a
//! small table here and in docs/compatibility.md.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on must stop and say so"
)]

mod mutation;
mod oracle;
mod schema;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use vestibule_engine::diagnostic::{Diagnostic, Severity};
use vestibule_engine::source::Sources;
use vestibule_engine::{Compiled, compile_one};

/// The corpus, or none, which is said.
fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if root.join("sets.json").is_file() {
        return Some(root);
    }
    eprintln!("SKIPPED: the public policies are not at {}", root.display());
    None
}

/// One row of sets.json.
struct Set {
    /// The executable policy.
    policy: String,
    /// Names and texts of the chain, most derived first.
    files: Vec<(String, Vec<u8>)>,
    /// `Kind Id` of what is referred to and not there.
    dangling: Vec<String>,
    /// File and the official schema's sentence, `line N: …`.
    faults: Vec<(String, String)>,
}

fn sets() -> Vec<Set> {
    let Some(root) = corpus() else { return Vec::new() };
    let text = std::fs::read(root.join("sets.json")).expect("sets.json is readable");
    let list: serde_json::Value = serde_json::from_slice(&text).expect("sets.json is JSON");
    let strings = |value: &serde_json::Value| -> Vec<String> {
        let list = value.as_array().expect("a list").iter();
        list.map(|one| one.as_str().expect("a text").to_owned()).collect()
    };
    let set = |one: &serde_json::Value| Set {
        policy: one["policy"].as_str().expect("a policy").to_owned(),
        files: strings(&one["files"])
            .into_iter()
            .map(|name| (name.clone(), std::fs::read(root.join(&name)).expect("a file of the corpus")))
            .collect(),
        dangling: strings(&one["dangling"]),
        faults: one["schema"]
            .as_object()
            .expect("an object")
            .iter()
            .flat_map(|(file, faults)| strings(faults).into_iter().map(|fault| (file.clone(), fault)))
            .collect(),
    };
    list.as_array().expect("a list of sets").iter().map(set).collect()
}

impl Set {
    fn sources(&self) -> Sources {
        let mut sources = Sources::default();
        for (name, bytes) in &self.files {
            sources.add(name, bytes);
        }
        sources
    }

    fn compile(&self, sources: &Sources) -> Compiled {
        let leaf = sources.iter().next().expect("a set has files");
        let id = vestibule_engine::syntax::parse(leaf).0.policy_id.expect("a policy has an id");
        compile_one(&id, sources)
    }

    /// Lines on which an attribute, or the value of a precondition, refers to the id; comments do not count.
    fn references(&self, id: &str) -> BTreeSet<(String, u32)> {
        let mut found = BTreeSet::new();
        for (name, bytes) in &self.files {
            let text = without_comments(&String::from_utf8_lossy(bytes));
            for (line, number) in text.lines().zip(1..) {
                let refers = line.split(char::is_whitespace).any(|word| {
                    let Some((attribute, value)) = word.split_once("=\"") else { return false };
                    let value = value.split('"').next().unwrap_or_default();
                    attribute != "Id" && attribute.ends_with("Id") && value.eq_ignore_ascii_case(id)
                });
                let value =
                    line.trim().strip_prefix("<Value>").and_then(|rest| rest.strip_suffix("</Value>"));
                if refers || value.is_some_and(|value| value.eq_ignore_ascii_case(id)) {
                    found.insert((name.clone(), number));
                }
            }
        }
        found
    }
}

/// The text with comments blanked, on the same lines.
fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        let (comment, after) = after.split_once("-->").unwrap_or((after, ""));
        out.push_str(before);
        out.extend(comment.chars().filter(|one| *one == '\n'));
        rest = after;
    }
    out + rest
}

/// File and line of a diagnostic.
fn place(one: &Diagnostic, sources: &Sources) -> (String, u32) {
    let source = sources.get(one.span.source).expect("a file");
    (source.name().to_owned(), source.position(one.span.start).line)
}

fn errors(compiled: &Compiled) -> impl Iterator<Item = &Diagnostic> {
    compiled.diagnostics.iter().filter(|one| one.severity == Severity::Error)
}

fn told(compiled: &Compiled, sources: &Sources) -> Vec<String> {
    errors(compiled).map(|one| one.to_text(sources, false)).collect()
}

/// Policies that break a rule of policy-language 3 beside what sets.json says of them: the executable policy, and the
/// places with the number of the rule, as docs/compatibility.md lists them.
const RULES_BROKEN: &[(&str, &str, u32, &str)] = &[
    ("groups/policy/SignUpOrSignin_Groups.xml", "groups/policy/SignUpOrSignin_Groups.xml", 145, "11"),
    (
        "password-reset-with-phone-number/policy/PasswordReset_PhoneNumber.xml",
        "password-reset-with-phone-number/policy/PasswordReset_PhoneNumber.xml",
        112,
        "7",
    ),
    (
        "random-password-position/policies/SignUpOrSignInWithoutAuth.xml",
        "random-password-position/policies/TrustFrameworkExtensions.xml",
        13,
        "4",
    ),
    (
        "random-password-position/policies/SignUpOrSignin.xml",
        "random-password-position/policies/TrustFrameworkExtensions.xml",
        13,
        "4",
    ),
    (
        "sign-in-with-kakao/policy/SignUpOrSigninWithKakao.xml",
        "sign-in-with-kakao/policy/SignUpOrSigninWithKakao.xml",
        13,
        "4",
    ),
    ("totp/policy/PasswordReset_TOTP.xml", "totp/policy/PasswordReset_TOTP.xml", 18, "11"),
    ("totp/policy/PasswordReset_TOTP.xml", "totp/policy/PasswordReset_TOTP.xml", 19, "11"),
    ("totp/policy/PasswordReset_TOTP.xml", "totp/policy/PasswordReset_TOTP.xml", 20, "11"),
];

fn rules_broken(policy: &str) -> BTreeSet<(String, u32)> {
    let own = RULES_BROKEN.iter().filter(|(of, ..)| policy.strip_prefix("samples/") == Some(*of));
    own.map(|(_, file, line, _)| (format!("samples/{file}"), *line)).collect()
}

#[test]
fn a_sound_set_compiles_without_an_error() {
    let mut wrong = Vec::new();
    for set in sets().iter().filter(|set| set.dangling.is_empty() && set.faults.is_empty()) {
        let sources = set.sources();
        let compiled = set.compile(&sources);
        let found: BTreeSet<(String, u32)> = errors(&compiled).map(|one| place(one, &sources)).collect();
        let allowed = rules_broken(&set.policy);
        if found != allowed {
            wrong.push(format!("{}: {allowed:?}\n{}", set.policy, told(&compiled, &sources).join("\n")));
        }
        if allowed.is_empty() && compiled.policies.is_empty() {
            wrong.push(format!("{} gives no policy", set.policy));
        }
    }
    assert!(wrong.is_empty(), "{} sets: {}", wrong.len(), wrong.join("\n"));
}

#[test]
fn dangling_references_are_all_that_is_refused_each_where_it_stands() {
    let mut wrong = Vec::new();
    for set in sets().iter().filter(|set| !set.dangling.is_empty()) {
        let sources = set.sources();
        let compiled = set.compile(&sources);
        let found: BTreeSet<(String, u32)> = errors(&compiled).map(|one| place(one, &sources)).collect();
        let ids = set.dangling.iter().filter_map(|one| one.split_once(' ')).map(|(_, id)| id);
        let expected: BTreeSet<(String, u32)> = ids.clone().flat_map(|id| set.references(id)).collect();
        let named = errors(&compiled).all(|one| {
            one.code.id.starts_with("V03") && ids.clone().any(|id| one.message.contains(&format!("`{id}`")))
        });
        if found != expected || !named || expected.is_empty() {
            wrong.push(format!("{}: {expected:?}\n{}", set.policy, told(&compiled, &sources).join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{} sets: {}", wrong.len(), wrong.join("\n"));
}

#[test]
fn schema_faults_are_all_that_is_refused_each_where_it_stands() {
    let mut wrong = Vec::new();
    for set in sets().iter().filter(|set| !set.faults.is_empty()) {
        let sources = set.sources();
        let compiled = set.compile(&sources);
        // The schema's checker tells the line of the element, ours the very place and names the element beside it.
        let lines = |one: &Diagnostic| -> Vec<(String, u32)> {
            let spans = one.related.iter().map(|label| label.span).chain([one.span]);
            let source = |span: vestibule_engine::source::Span| sources.get(span.source).expect("a file");
            spans
                .map(|span| (source(span).name().to_owned(), source(span).position(span.start).line))
                .collect()
        };
        let found: Vec<Vec<(String, u32)>> = errors(&compiled).map(lines).collect();
        let expected: Vec<(String, u32)> =
            set.faults.iter().map(|(file, fault)| (file.clone(), line(fault))).collect();
        let met = expected.iter().all(|one| found.iter().any(|places| places.contains(one)));
        let meant = found.iter().all(|places| expected.iter().any(|one| places.contains(one)));
        if !met || !meant {
            wrong.push(format!("{}: {expected:?}\n{}", set.policy, told(&compiled, &sources).join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{} sets: {}", wrong.len(), wrong.join("\n"));
}

/// N of `line N: …`.
fn line(fault: &str) -> u32 {
    let number = fault.strip_prefix("line ").and_then(|rest| rest.split(':').next());
    number.and_then(|number| number.parse().ok()).expect("a fault names its line")
}

#[test]
fn the_documented_list_of_broken_rules_is_the_one_the_tests_allow() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compatibility.md");
    let text = std::fs::read_to_string(docs).expect("docs/compatibility.md exists");
    let section = text.split("## Public policies that break a rule").nth(1).expect("the section exists");
    let rows =
        section.split("\n## ").next().unwrap_or_default().lines().filter(|line| line.starts_with("| `"));
    let mut documented = BTreeSet::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, file, lines, rule, ..] = cells.as_slice() else { panic!("a row has cells: {row}") };
        for line in lines.split(", ") {
            documented.insert((file.to_string(), line.parse::<u32>().expect("a line"), rule.to_string()));
        }
    }
    let allowed: BTreeSet<(String, u32, String)> = RULES_BROKEN
        .iter()
        .map(|(_, file, line, rule)| (file.to_string(), *line, rule.to_string()))
        .collect();
    assert_eq!(documented, allowed);
}
