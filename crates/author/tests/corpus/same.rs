//! Whether two texts mean the same: their compiled policies are compared in full, but for where things stand, and what
//! was said about them word by word.

use std::fmt::Write;
use std::sync::Arc;

use vestibule_engine::Compiled;
use vestibule_engine::policy::Policy;

/// A compiled policy as text without its places, its revision and its chain. Each thing is written where it is
/// declared; where it is used the whole of it would stand again, so the things are written one by one.
pub(crate) fn meaning(policy: &Policy) -> String {
    let mut all = format!("{} {} {:?}\n", policy.id, policy.tenant, policy.deployment_mode);
    let mut note = |what: &str, id: &str, part: &dyn std::fmt::Debug| {
        let mut erased = Erasing::default();
        write!(erased, "{part:?}").expect("a text takes everything");
        writeln!(all, "{what} {id}: {}", erased.done()).expect("a text takes everything");
    };
    policy.claims.iter().for_each(|(id, one)| note("claim", id, one));
    policy.transformations.iter().for_each(|(id, one)| note("transformation", id, one));
    policy.contents.iter().for_each(|(id, one)| note("content", id, one));
    policy.controls.iter().for_each(|(id, one)| note("control", id, one));
    policy.profiles.iter().for_each(|(id, one)| note("profile", id, one));
    policy.journeys.iter().for_each(|(id, one)| note("journey", id, one));
    policy.sub_journeys.iter().for_each(|(id, one)| note("sub-journey", id, one));
    note("localization", "", &policy.localization);
    note("keys", "", &policy.key_containers);
    // The journeys themselves were written above.
    if let Some(party) = &policy.party {
        let named = |journey: &Option<Arc<_>>| journey.as_ref().map(name_of);
        note("party", "journeys", &(name_of(&party.journey), named(&party.refresh_journey)));
        note("party", "user info", &named(&party.user_info_journey));
        note("party", "claims", &(&party.protocol, &party.inputs, &party.outputs, &party.subject));
        note("party", "behaviour", &party.behaviour);
    }
    all
}

fn name_of(journey: &Arc<vestibule_engine::policy::UserJourney>) -> String {
    journey.id.to_string()
}

/// What was said about some files, without the places.
pub(crate) fn findings(compiled: &Compiled) -> Vec<String> {
    compiled.diagnostics.iter().map(|one| format!("{} {} {:?}", one.code.id, one.message, one.help)).collect()
}

/// Text from which every `Place { … }` is taken out.
#[derive(Default)]
struct Erasing {
    text: String,
}

impl Erasing {
    fn done(self) -> String {
        let mut rest = self.text.as_str();
        let mut text = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once("Place { file: \"") {
            text.push_str(before);
            rest = after.split_once(" }").expect("a place ends").1;
        }
        text + rest
    }
}

impl Write for Erasing {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        self.text.push_str(part);
        Ok(())
    }
}
