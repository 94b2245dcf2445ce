//! `fmt` on every file of the corpus: once is enough, and the policies stay what they were.

use vestibule_author::formatting::{format, format_bytes};
use vestibule_engine::source::Sources;
use vestibule_engine::{compile, syntax};

use super::golden::Golden;
use super::places::sets;
use super::same::{findings, meaning};

/// The same files, formatted; one that is no XML stays as it is.
fn formatted(sources: &Sources) -> Sources {
    let mut even = Sources::default();
    for source in sources.iter() {
        let text = format(source).unwrap_or_else(|_| source.text().to_owned());
        even.add(source.name(), text.as_bytes());
    }
    even
}

#[test]
fn every_file_is_formatted_once_and_for_all() {
    let (mut files, mut changed) = (0, 0);
    for (name, sources) in sets() {
        for source in sources.iter() {
            let Ok(once) = format(source) else { continue };
            let twice = format_bytes(source.name(), once.as_bytes()).expect("still XML");
            assert!(twice == once.as_bytes(), "{name}: {} is not settled", source.name());
            files += 1;
            changed += usize::from(once != source.text());
        }
    }
    assert!(files > 400 && changed > 100 || sets().is_empty(), "{files} files, {changed} changed");
}

#[test]
fn a_formatted_policy_is_the_same_policy() {
    for (name, sources) in sets() {
        let even = formatted(&sources);
        for (before, after) in sources.iter().zip(even.iter()) {
            let said =
                |source| syntax::parse(source).1.iter().map(|one| one.message.clone()).collect::<Vec<_>>();
            assert_eq!(said(before), said(after), "{name}: {}", before.name());
        }
        let (before, after) = (compile(&sources), compile(&even));
        assert_eq!(findings(&before), findings(&after), "{name}");
        assert_eq!(before.policies.len(), after.policies.len(), "{name}");
        for (before, after) in before.policies.iter().zip(&after.policies) {
            assert!(meaning(before) == meaning(after), "{name}: {} is another policy", before.id);
        }
    }
}

/// Files whose layout was read by eye: the small one of each pack, and of three samples one each.
const SHOWN: &[(&str, &str)] = &[
    ("LocalAccounts", "starterpack/LocalAccounts/SignUpOrSignin.xml"),
    ("SocialAccounts", "starterpack/SocialAccounts/SignUpOrSignin.xml"),
    ("SocialAndLocalAccounts", "starterpack/SocialAndLocalAccounts/SignUpOrSignin.xml"),
    ("SocialAndLocalAccountsWithMfa", "starterpack/SocialAndLocalAccountsWithMfa/SignUpOrSignin.xml"),
    (
        "display-control",
        "samples/custom-email-verifcation-displaycontrol/policy/SendGrid/DisplayControl_SignUpOrSignin.xml",
    ),
    ("password-rules", "samples/password-passwordrules/policy/PwdRules-RP-SUSI.xml"),
    ("embedded-reset", "samples/embedded-password-reset/policy/SignUpOrSigninCustom_SSPR.xml"),
];

#[test]
fn files_are_laid_out_as_in_the_golden_files() {
    let mut golden = Golden::default();
    for (name, sources) in sets() {
        let Some((short, _)) = SHOWN.iter().find(|(_, policy)| *policy == name) else { continue };
        let source = sources.iter().next().expect("a file");
        golden.check(&format!("{short}.fmt.xml"), &format(source).expect("XML").replace("\r\n", "\n"));
    }
    golden.done();
}
