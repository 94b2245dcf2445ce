//! Graphs of the packs and samples.

use vestibule_author::graph::{Graph, build, mermaid, svg};
use vestibule_author::set::{Member, Set, exchanges};
use vestibule_engine::syntax::same_id;

use crate::golden::Golden;
use crate::places::{corpus, read, set_named, sets};
use crate::reports::SAMPLES;

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
    let mut golden = Golden::default();
    for (folder, policy, name) in DRAWN {
        let mut set = Set::of(&read(&corpus.join(folder)));
        // What this version does not run yet would change the files with every version.
        set.members.iter_mut().for_each(|member| member.not_run.clear());
        let graph = build(set.member(policy).expect("the policy"), None).expect("a journey");
        golden.check(&format!("{name}.graph.svg"), &svg(&graph));
        golden.check(&format!("{name}.graph.mmd"), &mermaid(&graph));
    }
    for (policy, name) in SAMPLES {
        let mut set = Set::of(&set_named(policy).expect("a set"));
        set.members.iter_mut().for_each(|member| member.not_run.clear());
        let graph = build(leaf(&set).expect("the policy"), None).expect("a journey");
        golden.check(&format!("{name}.graph.svg"), &svg(&graph));
        golden.check(&format!("{name}.graph.mmd"), &mermaid(&graph));
    }
    golden.done();
}

/// The policy a set is named for: the one of its first file.
fn leaf(set: &Set) -> Option<&Member> {
    set.members.first().filter(|member| member.tree.relying_party.is_some())
}

/// Every journey of every set that a relying party starts.
fn every_graph(mut each: impl FnMut(&str, &Member, &str, &Graph)) {
    let mut drawn = 0;
    for (name, sources) in sets() {
        let set = Set::of(&sources);
        let Some(member) = leaf(&set) else { continue };
        for (_, id) in member.entries() {
            // A journey that no file declares cannot be drawn.
            if let Ok(graph) = build(member, Some(&id)) {
                drawn += 1;
                each(&name, member, &id, &graph);
            }
        }
    }
    assert!(drawn > 100 || corpus().is_none(), "{drawn} journeys were drawn");
}

#[test]
fn every_step_of_every_set_is_in_its_picture() {
    every_graph(|name, member, id, graph| {
        let Some(journey) = member.journey(id) else { return };
        let flow = graph.flows.first().expect("the journey");
        let (picture, chart) = (svg(graph), mermaid(graph));
        let document = roxmltree::Document::parse(&picture);
        assert!(document.is_ok(), "{name} {id}: {:?}", document.err());
        for step in &journey.orchestration_steps {
            let order = step.order.value;
            assert!(flow.steps.iter().any(|one| one.order == order), "{name} {id}: step {order}");
            assert!(picture.contains(&format!("aria-label=\"Step {order}: ")), "{name} {id}: step {order}");
            assert!(chart.contains(&format!("<b>{order} · ")), "{name} {id}: step {order}");
            for (_, profile) in exchanges(step) {
                let known = |one: &vestibule_author::graph::Card| same_id(&one.id, profile);
                let drawn = flow.steps.iter().flat_map(|step| &step.cards).any(known);
                assert!(drawn, "{name} {id}: profile {profile}");
            }
        }
    });
}
