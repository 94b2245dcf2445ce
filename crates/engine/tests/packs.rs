//! Whole policy sets: our own and, where the corpus is there, the public starter packs. They compile without an error; a
//! wrong name, a missing part or a wrong order in them is one error at its place; nothing makes the compiler panic.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

use std::path::{Path, PathBuf};

use vestibule_engine::diagnostic::Severity;
use vestibule_engine::source::Sources;
use vestibule_engine::{Compiled, compile, compile_one};

/// A set of files by name.
type Files = Vec<(String, String)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(folder: &Path) -> Files {
    let mut files: Files = std::fs::read_dir(folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "xml"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("the packs are UTF-8"))
        })
        .collect();
    files.sort();
    files
}

fn own() -> Files {
    read(&root().join("policies"))
}

/// Our own set, and the packs if the corpus is there.
fn sets() -> Vec<(&'static str, Files)> {
    let mut sets = vec![("own", own())];
    let corpus = root().join("../shared/corpus/starterpack");
    for name in ["LocalAccounts", "Display Controls Starterpack/LocalAccounts"] {
        let folder = corpus.join(name);
        if folder.is_dir() {
            sets.push((name, read(&folder)));
        } else {
            eprintln!("SKIPPED: {} is not there", folder.display());
        }
    }
    sets
}

fn sources(files: &Files) -> Sources {
    let mut sources = Sources::default();
    for (name, text) in files {
        sources.add(name, text.as_bytes());
    }
    sources
}

/// Severity, code, file:line and sentence of everything that is said.
fn said(files: &Files, compiled: &Compiled, least: Severity) -> Vec<String> {
    let sources = sources(files);
    let heavy = compiled.diagnostics.iter().filter(|one| one.severity <= least);
    heavy
        .map(|one| {
            let source = sources.get(one.span.source).expect("a file");
            let line = source.position(one.span.start).line;
            let (code, severity) = (one.code.id, one.severity.name());
            format!("{severity} {code} {}:{line} {}", source.name(), one.message)
        })
        .collect()
}

fn errors(files: &Files) -> Vec<String> {
    said(files, &compile(&sources(files)), Severity::Error)
}

/// What the packs leave to be filled in: a tenant, and the applications of the cloud's directory.
const TO_FILL_IN: [&str; 3] = [
    "`yourtenant.onmicrosoft.com`",
    "`ProxyIdentityExperienceFrameworkAppId`",
    "`IdentityExperienceFrameworkAppId`",
];

#[test]
fn all_sets_compile_without_a_word_but_that_the_packs_are_to_be_filled_in() {
    for (name, files) in sets() {
        let compiled = compile(&sources(&files));
        let said = said(&files, &compiled, Severity::Note);
        let expected: &[&str] = if name == "own" { &[] } else { &TO_FILL_IN };
        assert_eq!(said.len(), expected.len(), "{name}: {said:#?}");
        for (one, value) in said.iter().zip(expected) {
            assert!(one.starts_with("warning V09") && one.contains(value), "{name}: {one}");
        }
        assert_eq!(compiled.policies.len(), 6, "{name}");
        let executable = compiled.policies.iter().filter(|policy| policy.party.is_some()).count();
        assert_eq!(executable, 3, "{name}");
    }
}

#[test]
fn the_compiled_sign_in_is_what_the_policy_says() {
    let files = own();
    let compiled = compile_one("b2c_1a_SIGNUPORSIGNIN", &sources(&files));
    let [policy] = compiled.policies.as_slice() else { panic!("one policy, in any case of its id") };
    assert_eq!(&*policy.id, "B2C_1A_SignUpOrSignIn");
    let chain: Vec<&str> = policy.chain.iter().map(|id| &**id).collect();
    assert_eq!(chain, ["B2C_1A_Base", "B2C_1A_Localization", "B2C_1A_Extensions", "B2C_1A_SignUpOrSignIn"]);
    let party = policy.party.as_ref().expect("a relying party");
    assert_eq!(party.subject.as_deref(), Some("sub"));
    assert_eq!(party.behaviour.keep_alive_days, 7);
    assert!(party.refresh_journey.is_some() && party.user_info_journey.is_some());
    let keys: Vec<&str> = policy.key_containers.iter().map(|id| &**id).collect();
    assert_eq!(keys, ["B2C_1A_TokenEncryptionKeyContainer", "B2C_1A_TokenSigningKeyContainer"]);
    let again = compile_one("B2C_1A_SignUpOrSignIn", &sources(&files));
    assert_eq!(again.policies.first().expect("a policy").revision, policy.revision);
    let mut changed = files.clone();
    changed.first_mut().expect("a file").1.push('\n');
    let changed = compile_one("B2C_1A_SignUpOrSignIn", &sources(&changed));
    assert_ne!(changed.policies.first().expect("a policy").revision, policy.revision);
}

/// Attributes whose value is the name of something else.
const REFERENCES: &[&str] = &[
    "ClaimTypeReferenceId",
    "TransformationClaimType",
    "TransformationMethod",
    "ReferenceId",
    "TechnicalProfileReferenceId",
    "CpimIssuerTechnicalProfileReferenceId",
    "ContentDefinitionReferenceId",
    "TargetClaimsExchangeId",
    "ValidationClaimsExchangeId",
    "UserJourneyReferenceId",
    "DisplayControlReferenceId",
    "LocalizedResourcesReferenceId",
    "ClaimType",
];
/// Metadata whose value is the name of something else.
const SETTINGS: &[&str] =
    &["ContentDefinitionReferenceId", "SignUpTarget", "issuer_refresh_token_user_identity_claim_type"];

/// Every place where a name stands, as a range of bytes.
fn references(text: &str) -> Vec<(usize, usize)> {
    let text = without_comments(text);
    let mut found = Vec::new();
    let mut find = |before: String, end: char| {
        for (at, _) in text.match_indices(&before) {
            let start = at + before.len();
            let length = text.get(start..).and_then(|rest| rest.find(end)).expect("a value ends");
            found.push((start, start + length));
        }
    };
    for attribute in REFERENCES {
        find(format!(" {attribute}=\""), '"');
    }
    for key in SETTINGS {
        find(format!("<Item Key=\"{key}\">"), '<');
    }
    find("<PredicateReference Id=\"".to_owned(), '"');
    find("<PredicateValidationReference Id=\"".to_owned(), '"');
    find(
        "<Precondition Type=\"ClaimsExist\" ExecuteActionsIf=\"true\">\n              <Value>".to_owned(),
        '<',
    );
    found.retain(|(start, _)| {
        // Without effect in the language, so a wrong one is only a warning (policy-language 4.5).
        !text.get(..*start).expect("a start").ends_with("<ClientDefinition ReferenceId=\"")
    });
    found.sort_unstable();
    found
}

fn without_comments(text: &str) -> String {
    let mut out = text.to_owned();
    while let Some((before, rest)) = out.clone().split_once("<!--") {
        let (comment, after) = rest.split_once("-->").expect("a comment ends");
        let blank: String = comment
            .chars()
            .flat_map(|c| std::iter::repeat_n(if c == '\n' { '\n' } else { ' ' }, c.len_utf8()))
            .collect();
        out = format!("{before}    {blank}   {after}");
    }
    out
}

#[test]
fn every_wrong_reference_is_one_error_at_its_place() {
    let mut failures = Vec::new();
    for (name, files) in sets() {
        let mut count = 0;
        for (at, (file, text)) in files.iter().enumerate() {
            for (start, end) in references(text) {
                let line = text.get(..start).expect("a start").matches('\n').count() + 1;
                let mut wrong = files.clone();
                let changed = &mut wrong.get_mut(at).expect("a file").1;
                changed.replace_range(start..end, "NotTheName");
                // All policies of the set now and then, one of those that have the file always.
                let found = if count % 50 == 0 {
                    errors(&wrong)
                } else {
                    let leaf =
                        if file.starts_with("Pass") || file.starts_with("Prof") { file } else { "SignUp" };
                    let leaf = files.iter().find(|(name, _)| name.starts_with(leaf)).expect("a leaf");
                    let id = leaf.1.split("PolicyId=\"").nth(1).and_then(|rest| rest.split('"').next());
                    let compiled = compile_one(id.expect("an id"), &sources(&wrong));
                    said(&wrong, &compiled, Severity::Error)
                };
                let place = format!("{file}:{line} ");
                if found.len() != 1 || !found.iter().all(|one| one.contains(&place)) {
                    failures.push(format!("{name} {place}{found:#?}"));
                }
                count += 1;
            }
        }
        assert!(count > 150, "{name} has only {count} references");
    }
    assert!(failures.is_empty(), "{} references: {}", failures.len(), failures.join("\n"));
}

/// File, what is there, what is put instead, the error, and a text on the line where it is reported.
const DAMAGE: &[(&str, &str, &str, &str, &str)] = &[
    (
        "SignUpOrSignIn.xml",
        "<DefaultUserJourney ReferenceId=\"SignUpOrSignIn\" />",
        "",
        "V0702",
        "<RelyingParty>",
    ),
    (
        "SignUpOrSignIn.xml",
        "<SubjectNamingInfo ClaimType=\"sub\" />",
        "<SubjectNamingInfo ClaimType=\"oid2\" />",
        "V0704",
        "oid2",
    ),
    ("SignUpOrSignIn.xml", "KeepAliveInDays=\"7\"", "KeepAliveInDays=\"700\"", "V0707", "700"),
    ("SignUpOrSignIn.xml", ">86400<", ">60<", "V0707", ">60<"),
    (
        "SignUpOrSignIn.xml",
        "<Protocol Name=\"OpenIdConnect\" />",
        "<Protocol Name=\"None\" />",
        "V0709",
        "\"None\"",
    ),
    (
        "Base.xml",
        "<Item Key=\"issuer_refresh_token_user_identity_claim_type\">objectId</Item>",
        "",
        "V0506",
        "Id=\"JwtIssuer\">",
    ),
    ("Base.xml", "AuthorityWithTfp", "AuthorityWithTpf", "V0505", "AuthorityWithTpf"),
    ("Base.xml", "<Key Id=\"issuer_refresh_token_key\"", "<Key Id=\"other\"", "V0507", "Id=\"JwtIssuer\">"),
    (
        "Base.xml",
        "Web.TPEngine.SSO.NoopSSOSessionProvider",
        "Web.TPEngine.SSO.NoSSOSessionProvider",
        "V0502",
        "NoSSOSession",
    ),
];

#[test]
fn every_missing_or_bad_part_is_one_error_at_its_place() {
    for (file, there, instead, code, marker) in DAMAGE {
        let mut files = own();
        let (_, text) = files.iter_mut().find(|(name, _)| name == file).expect("the file");
        assert!(text.contains(there), "{file} no longer has {there}");
        *text = text.replacen(there, instead, 1);
        let line = text.lines().position(|line| line.contains(marker)).expect("the marker") + 1;
        let found = errors(&files);
        let wanted = format!("error {code} {file}:{line} ");
        assert!(found.len() == 1 && found.iter().all(|one| one.starts_with(&wanted)), "{wanted} {found:#?}");
    }
}

#[test]
fn attack_119_a_chain_that_cannot_be_is_one_diagnostic_and_stops_no_other_policy() {
    let mut files = own();
    files.retain(|(name, _)| name != "Localization.xml");
    let compiled = compile(&sources(&files));
    let found = said(&files, &compiled, Severity::Error);
    assert!(found.iter().all(|one| one.contains("V0201")), "{found:#?}");
    assert_eq!(compiled.policies.len(), 1, "the base needs nothing of the others");
}

#[test]
fn a_broken_policy_stops_no_other() {
    let mut files = own();
    let (_, text) = files.iter_mut().find(|(name, _)| name == "ProfileEdit.xml").expect("the file");
    *text = text.replace("ReferenceId=\"ProfileEdit\"", "ReferenceId=\"ProfilEdit\"");
    let compiled = compile(&sources(&files));
    assert_eq!(compiled.policies.len(), 5);
    let one = compiled.diagnostics.iter().next().expect("an error");
    assert_eq!(one.help, ["did you mean `ProfileEdit`?"]);
}

/// Knuth's numbers: the same mutations every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit.max(1)
    }
}

/// Of the 10,000 that the attack asks for, 200 in every run; `MUTATE_ALL=1` tries all.
#[test]
fn attack_123_no_mutation_of_a_policy_makes_the_compiler_panic() {
    let files = own();
    let mut chance = Chance(7);
    let count = if std::env::var_os("MUTATE_ALL").is_some() { 10_000 } else { 200 };
    for _ in 0..count {
        let mut wrong = files.clone();
        for _ in 0..=chance.below(4) {
            let at = chance.below(wrong.len());
            let text = &mut wrong.get_mut(at).expect("a file").1;
            let tags: Vec<usize> = text.match_indices('<').map(|(at, _)| at).collect();
            let (one, other) = (chance.below(tags.len()), chance.below(tags.len()));
            let (from, to) = (tags[one.min(other)], tags[one.max(other)]);
            match chance.below(4) {
                0 => text.replace_range(from..to, ""),
                1 => {
                    let piece = text.get(from..to.min(from + 4000)).unwrap_or_default().to_owned();
                    text.insert_str(to, &piece);
                }
                2 => {
                    let ids: Vec<usize> = text.match_indices("Id=\"").map(|(at, _)| at + 4).collect();
                    let at = ids[chance.below(ids.len())];
                    text.insert(at, 'x');
                }
                _ => {
                    let line_end = text.get(from..).and_then(|rest| rest.find('\n')).unwrap_or(0);
                    text.replace_range(from..from + line_end, "");
                }
            }
        }
        compile_one("B2C_1A_SignUpOrSignIn", &sources(&wrong));
    }
}
