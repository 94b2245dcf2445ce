use super::*;
use crate::diagnostic::{Severity, codes};
use crate::source::Sources;
use crate::syntax::parse;
use std::collections::HashSet;
use std::path::Path;

/// Files of the public sets that belong together, as `sets.json` lists them, leaf first.
fn sets() -> Option<Vec<Vec<String>>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/sets.json");
    let Ok(text) = std::fs::read(&file) else {
        eprintln!("SKIPPED: the public policies are not at {}", file.display());
        return None;
    };
    let sets: serde_json::Value = serde_json::from_slice(&text).expect("sets.json is JSON");
    let files = |set: &serde_json::Value| {
        let names = set["files"].as_array().expect("a set has files").iter();
        names.map(|name| name.as_str().expect("a file is a name").to_owned()).collect()
    };
    Some(sets.as_array().expect("a list of sets").iter().map(files).collect())
}

fn load(files: &[String]) -> (Sources, Vec<TrustFrameworkPolicy>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let mut sources = Sources::default();
    let trees = files.iter().map(|file| {
        let id = sources.add(file, &std::fs::read(root.join(file)).expect("a file of the corpus"));
        parse(sources.get(id).expect("just added")).0
    });
    let trees = trees.collect();
    (sources, trees)
}

/// Three sets put the starter pack's file in the place of a base that their samples do not bring along.
const BASE_STOOD_IN_FOR: [&str; 3] = [
    "samples/random-password-position/policies/SignUpOrSignInWithoutAuth.xml",
    "samples/random-password-position/policies/SignUpOrSignin.xml",
    "samples/sign-in-with-kakao/policy/SignUpOrSigninWithKakao.xml",
];

#[test]
fn every_public_set_makes_a_chain_in_the_listed_order() {
    for files in sets().unwrap_or_default() {
        let (sources, trees) = load(&files);
        let found = chain(&trees[0], &trees);
        if BASE_STOOD_IN_FOR.contains(&files[0].as_str()) {
            assert_eq!(found.expect_err("the named base is not there").code, codes::BASE_MISSING);
            continue;
        }
        let chain = found.unwrap_or_else(|finding| panic!("{}", finding.to_text(&sources, false)));
        let names: Vec<&str> = chain
            .iter()
            .rev()
            .filter_map(|tree| sources.get(tree.span.source))
            .map(|source| source.name())
            .collect();
        assert_eq!(names, files);
        assert!(remarks(&chain).iter().all(|one| one.severity == Severity::Warning));
    }
}

#[test]
fn a_merged_set_has_each_profile_once() {
    for files in sets().unwrap_or_default() {
        let (_, trees) = load(&files);
        let listed: Vec<&TrustFrameworkPolicy> = trees.iter().rev().collect();
        let effective = merge(&listed).expect("the chain is not empty");
        let profiles =
            trees.iter().flat_map(|tree| &tree.claims_providers).flat_map(|one| &one.technical_profiles);
        let ids: HashSet<String> = profiles.map(|profile| fold(&profile.id)).collect();
        assert_eq!(effective.technical_profiles.len(), ids.len(), "{}", files[0]);
    }
}
