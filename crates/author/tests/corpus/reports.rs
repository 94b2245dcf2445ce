//! Migration reports on the packs and samples.

use vestibule_author::analyze::{Report, analyze, html, text};
use vestibule_author::set::Set;
use vestibule_engine::diagnostic::Diagnostics;
use vestibule_engine::source::Sources;

use crate::golden::Golden;
use crate::places::{corpus, read, set_named, sets};

/// Folders under the corpus with the name of the golden file.
const PACKS: &[&str] =
    &["LocalAccounts", "SocialAccounts", "SocialAndLocalAccounts", "SocialAndLocalAccountsWithMfa"];
/// Policies of the corpus' list with the name of the golden file.
pub(crate) const SAMPLES: &[(&str, &str)] = &[
    ("samples/account-linkage/policy/AccountLink.xml", "account-linkage"),
    ("samples/totp/policy/SignUpOrSignIn_TOTP.xml", "totp"),
    ("samples/password-history/policy/HISTORYResetPassword.xml", "password-history"),
];

/// As if this version ran everything and every value were filled in: what it does not run yet, and how the compiler words
/// what it finds, would change the files with every version.
fn report_of(sources: &Sources) -> Report {
    let mut set = Set::of(sources);
    set.members.iter_mut().for_each(|member| member.not_run.clear());
    set.diagnostics = Diagnostics::default();
    analyze(&set, sources)
}

#[test]
fn the_packs_and_samples_are_reported_as_they_were() {
    let Some(corpus) = corpus() else { return };
    let packs = PACKS.iter().map(|name| (*name, read(&corpus.join("starterpack").join(name))));
    let samples = SAMPLES.iter().filter_map(|(policy, name)| Some((*name, set_named(policy)?)));
    let mut golden = Golden::default();
    for (name, sources) in packs.chain(samples) {
        let report = report_of(&sources);
        golden.check(&format!("{name}.report.txt"), &text(&report, false));
        let json = serde_json::to_string_pretty(&report).expect("JSON") + "\n";
        golden.check(&format!("{name}.report.json"), &json);
    }
    golden.done();
}

#[test]
fn every_set_has_a_report_that_counts_its_policies() {
    for (name, sources) in sets() {
        let report = analyze(&Set::of(&sources), &sources);
        let summary = report.summary;
        assert!(summary.policies > 0, "{name}: no policy");
        assert_eq!(summary.green + summary.amber + summary.red, summary.policies, "{name}");
        for policy in &report.policies {
            let worst = policy.reasons.iter().map(|reason| reason.verdict).max();
            assert_eq!(worst, Some(policy.verdict), "{name}: {}", policy.id);
        }
        let page = html(&report);
        assert_eq!(page.matches("<article").count(), summary.policies, "{name}");
        assert!(!page.contains("<script"), "{name}: no script of a policy");
    }
}
