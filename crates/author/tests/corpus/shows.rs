//! `show` on every set of the corpus that compiles: what it prints compiles alone, without a word about its shape, to
//! the same policy, as it is and with the includes laid in.

use std::collections::BTreeSet;

use vestibule_author::formatting::format;
use vestibule_author::show::{Options, Origins, only, whole};
use vestibule_engine::inherit::{self, Effective};
use vestibule_engine::policy::Policy;
use vestibule_engine::source::Sources;
use vestibule_engine::syntax::{self, TrustFrameworkPolicy, same_id};
use vestibule_engine::{Compiled, compile};

use super::golden::Golden;
use super::places::sets;
use super::same::meaning;

pub(crate) fn effective(id: &str, sources: &Sources) -> Effective {
    let trees: Vec<TrustFrameworkPolicy> = sources.iter().map(|source| syntax::parse(source).0).collect();
    let own = |tree: &&TrustFrameworkPolicy| tree.policy_id.as_ref().is_some_and(|other| same_id(other, id));
    let leaf = trees.iter().find(own).expect("the policy is among the files");
    inherit::merge(&inherit::chain(leaf, &trees).expect("a chain")).expect("a policy")
}

fn alone(text: &str) -> (Sources, Compiled) {
    let mut sources = Sources::default();
    sources.add("shown.xml", text.as_bytes());
    let compiled = compile(&sources);
    (sources, compiled)
}

fn holds(name: &str, policy: &Policy, text: &str) {
    let (sources, compiled) = alone(text);
    let said = compiled.diagnostics.to_text(&sources, false);
    assert!(!compiled.diagnostics.has_errors(), "{name}: {}\n{said}", policy.id);
    let shape = compiled.diagnostics.iter().find(|one| one.code.id.starts_with("V01"));
    assert!(shape.is_none(), "{name}: {}\n{said}", policy.id);
    assert_eq!(compiled.policies.len(), 1, "{name}: one policy was shown");
    for again in &compiled.policies {
        let (before, after) = (meaning(policy), meaning(again));
        let differ = before.lines().zip(after.lines()).find(|(one, other)| one != other);
        assert!(before == after, "{name}: {} is another policy: {differ:?}", policy.id);
    }
}

#[test]
fn what_is_shown_is_the_same_policy() {
    let mut shown = BTreeSet::new();
    for (name, sources) in sets() {
        for policy in compile(&sources).policies {
            // Sets of one folder share their bases.
            if !shown.insert(policy.revision.clone()) {
                continue;
            }
            let tree = effective(&policy.id, &sources);
            for resolved in [false, true] {
                let text = whole(&tree, &sources, Options { resolved, origins: Origins::Each });
                holds(&name, &policy, &text);
                let mut again = Sources::default();
                let id = again.add("", text.as_bytes());
                assert_eq!(again.get(id).and_then(|one| format(one).ok()).as_deref(), Some(text.as_str()));
            }
        }
    }
    assert!(shown.len() > 150 || sets().is_empty(), "{} policies were shown", shown.len());
}

/// The packs: the first with every origin, the others, as big as they are, with those of other files.
const PACKS: &[(&str, Origins)] = &[
    ("LocalAccounts", Origins::Each),
    ("SocialAccounts", Origins::Others),
    ("SocialAndLocalAccounts", Origins::Others),
    ("SocialAndLocalAccountsWithMfa", Origins::Others),
];

/// Three samples, of which what they are about is shown: a display control of one's own, a page with
/// a parameter, a sub-journey.
const SAMPLES: &[(&str, &str, &[&str])] = &[
    (
        "display-control",
        "samples/custom-email-verifcation-displaycontrol/policy/SendGrid/DisplayControl_SignUpOrSignin.xml",
        &["emailVerificationControl", "GenerateOtp", "SendOtp", "LocalAccountSignUpWithLogonEmail"],
    ),
    (
        "password-rules",
        "samples/password-passwordrules/policy/PwdRules-RP-SUSI.xml",
        &["pwdrules", "Get-Parameters", "api.localaccountsignup.rules", "PasswordRulesSignUpOrSignIn"],
    ),
    (
        "embedded-reset",
        "samples/embedded-password-reset/policy/SignUpOrSigninCustom_SSPR.xml",
        &["isForgotPassword", "ForgotPassword", "SignUpOrSignIn-Custom", "PasswordReset"],
    ),
];

#[test]
fn the_packs_are_shown_as_in_the_golden_files() {
    let mut golden = Golden::default();
    for (name, sources) in sets() {
        let pack = |(pack, _): &&(&str, Origins)| name == format!("starterpack/{pack}/SignUpOrSignin.xml");
        let Some((short, origins)) = PACKS.iter().find(pack) else { continue };
        let options = Options { origins: *origins, ..Options::default() };
        golden.check(&format!("{short}.show.xml"), &whole(&leaf(&sources), &sources, options));
    }
    golden.done();
}

#[test]
fn what_samples_are_about_is_shown_as_in_the_golden_files() {
    let mut golden = Golden::default();
    for (name, sources) in sets() {
        let Some((short, _, ids)) = SAMPLES.iter().find(|(_, policy, _)| *policy == name) else { continue };
        let tree = leaf(&sources);
        let resolved = Options { resolved: true, ..Options::default() };
        let shown = ids.iter().map(|id| only(&tree, &sources, resolved, (None, id)));
        let text: Result<String, _> = shown.collect();
        golden.check(&format!("{short}.show.xml"), &text.expect("it is there"));
    }
    golden.done();
}

/// The policy of the first file.
fn leaf(sources: &Sources) -> Effective {
    let id = sources.iter().next().and_then(|leaf| syntax::parse(leaf).0.policy_id).expect("an id");
    effective(&id, sources)
}
