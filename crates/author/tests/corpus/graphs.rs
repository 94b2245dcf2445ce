//! Graphs of the packs and samples.

use vestibule_author::graph::{build, mermaid, svg};
use vestibule_author::set::Set;

use crate::golden::golden;
use crate::places::{corpus, read};

/// Folder under the corpus, policy id, name of the golden file.
const DRAWN: &[(&str, &str, &str)] = &[
    ("starterpack/LocalAccounts", "B2C_1A_signup_signin", "LocalAccounts"),
    ("starterpack/SocialAccounts", "B2C_1A_signup_signin", "SocialAccounts"),
    ("starterpack/SocialAndLocalAccounts", "B2C_1A_signup_signin", "SocialAndLocalAccounts"),
    ("starterpack/SocialAndLocalAccountsWithMfa", "B2C_1A_signup_signin", "SocialAndLocalAccountsWithMfa"),
];

#[test]
fn the_journeys_of_the_packs_are_drawn_as_they_were() {
    let Some(corpus) = corpus() else { return };
    for (folder, policy, name) in DRAWN {
        let set = Set::of(&read(&corpus.join(folder)));
        let member = set.member(policy).expect("the policy");
        let graph = build(member, None).expect("a journey");
        golden(&format!("{name}.graph.svg"), &svg(&graph));
        golden(&format!("{name}.graph.mmd"), &mermaid(&graph));
    }
}
