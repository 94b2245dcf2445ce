//! Every policy of the public corpus that needs no outside provider, gone through to its token by somebody who knows
//! nothing of it. What cannot end in a token is listed, with the reason.

use std::cell::Cell;

use super::person::{End, Person, go, nonsense};
use super::world::{Answers, Services};
use super::{Case, OUTSIDE, PARAMETERS, cases, corpus};

/// Most bytes of a saved journey of the starter packs.
const STARTER_BYTES: usize = 4_096;

const OLD: &str = "Correct-Horse1";
const NEW: Person = Person { mail: "ada@example.test", password: OLD, old: OLD, signs_up: true };
const KNOWN: Person = Person { signs_up: false, ..NEW };
const CHANGED: Person = Person { password: "Battery-Staple2", ..KNOWN };

/// What cannot end in a token for somebody who has nothing but a browser, a mailbox and a telephone, and why. Reviewed: each
/// of these ends where the cloud's would.
const NOT_HERE: &[(&str, &str)] = &[
    (
        "samples/account-linkage/policy/AccountLink.xml",
        "after the local sign-in it has nothing but buttons of outside providers to link",
    ),
    (
        "samples/account-linkage/policy/AccountLinkRemove.xml",
        "offers the linked outside accounts, of which a local account has none",
    ),
    (
        "samples/invite_deprecated/policy/SignUp.xml",
        "wants its claims in a client_assertion, the form before id_token_hint; without them its last page has no button",
    ),
    ("samples/invite_deprecated/policy/SignUpWithMFA.xml", "as SignUp.xml beside it"),
    (
        "samples/password-reset-only/policy/PasswordReset.xml",
        "ends by design on a page that says the password was changed and has no button",
    ),
];

/// What services must say where a policy takes not everything for an answer.
const ANSWERS: Answers = &[];

/// Somebody who is in the directory.
fn known() -> Services {
    let world = Services::new(ANSWERS);
    let user = [
        ("email", KNOWN.mail),
        ("signInNames.userName", "ada"),
        ("signInNames.phoneNumber", "+14255550123"),
        ("password", KNOWN.password),
        ("displayName", "Ada"),
        ("givenName", "Ada"),
        ("surname", "Lovelace"),
        ("strongAuthenticationPhoneNumber", "+14255550123"),
    ];
    world.stage.add_user(&user.map(|(name, value)| (name.to_owned(), value.to_owned())));
    world
}

/// The way to the token, or why there is none, and the size of the largest journey saved on the way.
type Way = (Result<(), String>, usize);

/// The way to the token for whoever gets furthest: somebody new; somebody known; somebody who signed up by another policy
/// of the folder, with the same password or, where it is changed, with another one.
fn outcome(case: &Case, neighbours: &[&Case]) -> Way {
    let parameters: Vec<_> = PARAMETERS.iter().copied().chain([("id_token_hint", "a hint")]).collect();
    let largest = Cell::new(0);
    let end = |world: &Services, person| {
        let (end, saved) = go(&case.policy, world, person, &parameters);
        let bound = if case.name.starts_with("starterpack/") { STARTER_BYTES } else { usize::MAX };
        assert!(saved <= bound, "{}: a saved journey of {saved} bytes", case.name);
        largest.set(largest.get().max(saved));
        end
    };
    let mut ways = Vec::new();
    let mut tried = |what: &str, end: End| match end {
        End::Token => true,
        End::Stuck(why) => {
            ways.push(format!("{what}: {why}"));
            false
        }
    };
    let mut done = tried("new", end(&Services::new(ANSWERS), NEW))
        || tried("known", end(&known(), KNOWN))
        || tried("known, new password", end(&known(), CHANGED));
    for neighbour in neighbours {
        let world = Services::new(ANSWERS);
        if !done && matches!(go(&neighbour.policy, &world, NEW, &parameters).0, End::Token) {
            done = tried(&format!("signed up by {}", neighbour.policy.id), end(&world, KNOWN));
        }
    }
    (if done { Ok(()) } else { Err(ways.join("; ")) }, largest.get())
}

#[test]
fn every_public_policy_without_an_outside_provider_ends_in_a_token() {
    let Some(root) = corpus() else { return };
    let all: Vec<Case> =
        cases(&root).into_iter().filter(|case| !OUTSIDE.contains(&case.name.as_str())).collect();
    let folder = |case: &Case| case.name.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let (mut tokens, mut stuck) = (0, Vec::new());
    // Of the starter packs, and of everything else.
    let mut largest = [0, 0];
    for case in &all {
        let beside: Vec<&Case> =
            all.iter().filter(|other| folder(other) == folder(case) && other.name != case.name).collect();
        let (way, saved) = outcome(case, &beside);
        let kind = usize::from(!case.name.starts_with("starterpack/"));
        largest[kind] = largest[kind].max(saved);
        match way {
            Ok(()) => tokens += 1,
            Err(why) => stuck.push((case.name.clone(), why)),
        }
    }
    let names: Vec<&str> = stuck.iter().map(|(name, _)| name.as_str()).collect();
    let known: Vec<&str> = NOT_HERE.iter().map(|(name, _)| *name).collect();
    println!("{tokens} policies end in a token, {} cannot", names.len());
    println!("largest saved journey: {} bytes in the starter packs, {} elsewhere", largest[0], largest[1]);
    assert_eq!(names, known, "{stuck:#?}");
    assert!(tokens >= 100, "only {tokens} end in a token");
}

/// Attacks 37, 39, 40 at every public policy's first page: an answer or a refusal, never a panic, and little is kept.
#[test]
fn attack_037_nonsense_is_survived_at_every_first_page() {
    let Some(root) = corpus() else { return };
    let mut taken = 0;
    for case in cases(&root) {
        taken += nonsense(&case.policy, &known(), PARAMETERS);
    }
    println!("{taken} nonsensical answers were taken");
    assert!(taken < 200, "{taken} nonsensical answers were taken");
}
