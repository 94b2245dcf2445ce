//! Journey tests as authors write them, played on our own policies and, where the corpus is, on the public packs.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

use std::path::{Path, PathBuf};

use vestibule_author::rehearsal::{Coverage, Played, rehearse};
use vestibule_engine::Compiled;
use vestibule_engine::source::Sources;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn compile(folder: &Path) -> Compiled {
    compile_with(folder, None)
}

/// A folder's policies, and one file from elsewhere.
fn compile_with(folder: &Path, more: Option<PathBuf>) -> Compiled {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("an entry").path())
        .chain(more)
        .collect();
    files.sort();
    let mut sources = Sources::default();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "xml")) {
        let name = file.file_name().expect("a name").to_string_lossy();
        sources.add(&name, &std::fs::read(file).expect("a readable file"));
    }
    let compiled = vestibule_engine::compile(&sources);
    assert!(!compiled.diagnostics.has_errors(), "{}", compiled.diagnostics.to_text(&sources, false));
    compiled
}

fn told(played: &[Played]) -> Vec<String> {
    let failed =
        |one: &Played| one.failure.as_ref().map(|f| format!("{}: line {}: {}", one.name, f.line, f.why));
    played.iter().filter_map(failed).collect()
}

#[test]
fn our_own_journeys_go_as_written() {
    let folder = root().join("policies");
    let compiled = compile(&folder);
    let text = std::fs::read_to_string(folder.join("journeys.md")).expect("our journeys");
    let mut coverage = Coverage::default();
    let played = rehearse(&text, &compiled.policies, &mut coverage);
    assert_eq!(told(&played), Vec::<String>::new());
    assert!(played.len() >= 10);
    let report = coverage.to_text(&compiled.policies);
    assert!(report.contains("B2C_1A_SignUpOrSignIn: 4 of 4 steps"), "{report}");
    let lcov = coverage.to_lcov(&compiled.policies);
    assert!(lcov.contains("SF:Base.xml\n") && lcov.contains("end_of_record\n"), "{lcov}");
}

/// Plays a file of journeys on a pack of the corpus; nothing to do where that is not there.
fn pack(name: &str, script: &str) {
    let folder = root().join("../shared/corpus/starterpack").join(name);
    if !folder.is_dir() {
        eprintln!("SKIPPED: {} is not there", folder.display());
        return;
    }
    let played = rehearse(script, &compile(&folder).policies, &mut Coverage::default());
    assert_eq!(told(&played), Vec::<String>::new(), "{name}");
    assert!(!played.is_empty());
}

#[test]
fn the_starter_pack_goes_as_its_files_say() {
    pack("LocalAccounts", include_str!("journeys/local-accounts.md"));
}

#[test]
fn the_display_control_pack_goes_as_its_files_say() {
    pack("Display Controls Starterpack/LocalAccounts", include_str!("journeys/display-controls.md"));
}

#[test]
fn the_documentation_s_example_goes_as_written() {
    let text = std::fs::read_to_string(root().join("docs/journey-tests.md")).expect("the documentation");
    let played = rehearse(&text, &compile(&root().join("policies")).policies, &mut Coverage::default());
    assert_eq!(told(&played), Vec::<String>::new());
    assert_eq!(played.len(), 1);
}

#[test]
fn the_social_packs_go_the_local_way_as_their_files_say() {
    // Editing begins with the choice of a provider, of which the local account is one.
    let choosing = "begin B2C_1A_ProfileEdit\npage providerselection\noffers FacebookExchange\n\
                    choose LocalAccountSigninEmailExchange\n";
    let with = |script: &str| script.replace("begin B2C_1A_ProfileEdit\n", choosing);
    pack("SocialAndLocalAccounts", &with(include_str!("journeys/local-accounts.md")));
    let controls = with(include_str!("journeys/display-controls.md"));
    pack("Display Controls Starterpack/SocialAndLocalAccounts", &controls);
}

#[test]
fn the_phone_scenario_goes_as_its_files_say() {
    pack("scenarios/phone-number-passwordless", include_str!("journeys/phone.md"));
}

#[test]
fn the_pack_with_a_second_factor_goes_as_its_files_say() {
    pack("SocialAndLocalAccountsWithMfa", include_str!("journeys/second-factor.md"));
}

/// The public way to put a captcha on a sign-up page and before a second factor, as the vendor's page describes it.
#[test]
fn captchas_go_as_their_policy_says() {
    let folder = root().join("tests/policies");
    let text = std::fs::read_to_string(folder.join("factors.md")).expect("its journeys");
    let compiled = compile_with(&root().join("policies"), Some(folder.join("Factors.xml")));
    let played = rehearse(&text, &compiled.policies, &mut Coverage::default());
    assert_eq!(told(&played), Vec::<String>::new());
    assert!(played.len() >= 3);
}
