//! The language of journey tests, and that a rehearsal that goes wrong says so at its line.

use std::sync::Arc;

use vestibule_engine::policy::Policy;
use vestibule_engine::source::Sources;

use super::script::{COMMANDS, Command, Stub, blocks, command};
use super::{Coverage, rehearse};

#[test]
fn lines_are_read_as_written() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let table = [
        ("wait 10m", Command::Wait(600)),
        ("wait 2d", Command::Wait(172_800)),
        (
            "user email=a@b.test displayName=\"Ada L\"",
            Command::User(vec![pair("email", "a@b.test"), pair("displayName", "Ada L")]),
        ),
        ("begin B2C_1A_X ui_locales=de", Command::Begin("B2C_1A_X".into(), vec![pair("ui_locales", "de")])),
        ("asks a, [b],c", Command::Asks(vec!["a".into(), "[b]".into(), "c".into()])),
        ("type displayName Ada Lovelace", Command::Type("displayName".into(), "Ada Lovelace".into())),
        ("type note \" x \"", Command::Type("note".into(), " x ".into())),
        ("error \"No.\"", Command::Error(None, "No.".into())),
        ("error email \"No.\"", Command::Error(Some("email".into()), "No.".into())),
        ("token sub", Command::Token("sub".into(), None)),
        ("token name = Ada L", Command::Token("name".into(), Some("Ada L".into()))),
        ("no token email", Command::NoToken("email".into())),
        ("no offer forgot", Command::Offers("forgot".into(), false)),
        ("not called REST-X", Command::NotCalled("REST-X".into())),
        (
            "called REST-X with email=a@b.test",
            Command::Called("REST-X".into(), vec![pair("email", "a@b.test")]),
        ),
        ("fault AADB2C90091", Command::Fault("AADB2C90091".into(), None)),
        (
            "stub REST-X refuses \"No more.\"",
            Command::Stub("REST-X".into(), Stub::Refuses("No more.".into())),
        ),
        (
            "stub REST-X gives a=1 b=\"x y\"",
            Command::Stub("REST-X".into(), Stub::Gives(vec![pair("a", "1"), pair("b", "x y")])),
        ),
        ("submit remember", Command::Submit(true)),
    ];
    for (line, wanted) in table {
        assert_eq!(command(line), Ok(wanted), "{line}");
    }
}

#[test]
fn a_line_that_is_no_command_is_told_with_what_may_stand_there() {
    assert_eq!(command("beginn X"), Err("`beginn` is no command; did you mean `begin`?".to_owned()));
    assert_eq!(command("wait long"), Err("`wait` is written: wait 30s|10m|2h|1d".to_owned()));
    assert_eq!(command("refresh now"), Err("`refresh` is written: refresh".to_owned()));
    for (known, _) in COMMANDS {
        let told = command(&format!("{known} \u{1} = \u{1} \u{1}"));
        assert!(told.is_ok() || told.is_err_and(|why| why.contains(known)), "{known}");
    }
}

#[test]
fn only_journey_blocks_are_read_and_named_by_heading_or_fence() {
    let text = "# A\n```xml\nbegin X\n```\n```journey\nbegin X\n// a remark\n\nsubmit\n```\n## B\n```journey C\nnonsense\n```\n";
    let found = blocks(text);
    let names: Vec<(&str, u32)> = found.iter().map(|block| (block.name.as_str(), block.line)).collect();
    assert_eq!(names, [("A", 5), ("C", 12)]);
    let lines = found[0].lines.as_ref().map(|lines| lines.iter().map(|line| line.number).collect::<Vec<_>>());
    assert_eq!(lines.ok(), Some(vec![6, 9]));
    assert_eq!(found[1].lines.as_ref().err().map(|wrong| wrong.line), Some(13));
}

fn ours() -> Vec<Arc<Policy>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut sources = Sources::default();
    for name in ["Base", "Localization", "Extensions", "SignUpOrSignIn"] {
        let bytes = std::fs::read(folder.join(format!("{name}.xml"))).unwrap_or_default();
        sources.add(name, &bytes);
    }
    vestibule_engine::compile(&sources).policies
}

/// The line and the reason of the first failure.
fn outcome(lines: &str) -> Option<(u32, String)> {
    let text = format!("```journey\n{lines}\n```\n");
    let played = rehearse(&text, &ours(), &mut Coverage::default());
    played.into_iter().find_map(|one| one.failure).map(|failed| (failed.line, failed.why))
}

#[test]
fn what_goes_otherwise_is_told_at_its_line() {
    let begin = "user email=ada@example.test password=Correct-Horse1\nbegin B2C_1A_SignUpOrSignIn";
    let sign_in = format!("{begin}\ntype signInName ada@example.test\ntype password Correct-Horse1\nsubmit");
    let table = [
        (format!("{begin}\nasks signInName"), 4, "the page asks `signInName`, `password`"),
        (format!("{begin}\npage selfasserted"), 4, "it is a unifiedssp page"),
        (format!("{begin}\nno offer signup"), 4, "the page offers `signup`, `forgot`"),
        (format!("{begin}\ntoken sub"), 4, "there is no token yet"),
        (format!("{begin}\nfault AADB2C90091"), 4, "a unifiedssp page is shown"),
        (format!("{begin}\nsubmit\ntoken sub"), 5, "the answer before was refused"),
        (format!("{begin}\nsubmit"), 4, "the answer before was refused"),
        (format!("{begin}\nsubmit\nerror \"Something else.\""), 5, "it was refused with"),
        (format!("{begin}\ninbox ada@example.test"), 4, "no code was sent to `ada@example.test`"),
        (format!("{begin}\nusers 2"), 4, "there are 1 users"),
        (
            format!("{sign_in}\ntoken sub = 7"),
            7,
            "`sub` is \"00000000-0000-4000-8000-000000000001\", not `7`",
        ),
        (format!("{sign_in}\nno token sub"), 7, "the token has `sub`"),
        (format!("{sign_in}\ntoken nothing"), 7, "the token has no `nothing`"),
        (
            format!("{sign_in}\nnot called login-NonInteractive"),
            7,
            "`login-NonInteractive` was called 1 times",
        ),
        (format!("{sign_in}\ncalled login-NonInteractive with username=eve"), 7, "was called with"),
        ("submit".to_owned(), 2, "no journey has begun"),
        ("begin B2C_1A_Nothing".to_owned(), 2, "there is no policy `B2C_1A_Nothing` that runs; there is"),
    ];
    for (lines, line, why) in table {
        let Some((at, told)) = outcome(&lines) else {
            assert_eq!(Some(line), None, "went as written:\n{lines}");
            continue;
        };
        assert_eq!(at, line, "{told}\n{lines}");
        assert!(told.contains(why), "{told}\n{lines}");
    }
    assert_eq!(outcome(&format!("{sign_in}\ntoken sub")), None);
}

#[test]
fn a_password_is_not_told_in_a_failure() {
    let lines = "user email=ada@example.test password=Correct-Horse1\nbegin B2C_1A_SignUpOrSignIn\n\
                 type signInName ada@example.test\ntype password Correct-Horse1\nsubmit\n\
                 called login-NonInteractive with username=eve";
    let (_, told) = outcome(lines).unwrap_or_default();
    assert!(told.contains("ada@example.test") && !told.contains("Correct-Horse1"), "{told}");
}

/// A small policy over our own ones: a page whose profile asks a service under a precondition, then directory profiles.
fn small() -> Vec<Arc<Policy>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut sources = Sources::default();
    for name in ["Base", "Localization", "Extensions"] {
        sources.add(
            &format!("{name}.xml"),
            &std::fs::read(folder.join(format!("{name}.xml"))).unwrap_or_default(),
        );
    }
    sources.add("Small.xml", include_bytes!("small.xml"));
    let compiled = vestibule_engine::compile(&sources);
    assert!(!compiled.diagnostics.has_errors(), "{}", compiled.diagnostics.to_text(&sources, false));
    compiled.policies
}

fn played(lines: &str, coverage: &mut Coverage) -> Option<(u32, String)> {
    let played = rehearse(&format!("```journey\n{lines}\n```\n"), &small(), coverage);
    played.into_iter().find_map(|one| one.failure).map(|failed| (failed.line, failed.why))
}

/// What the rehearsed directory does is what the server's does (technical-profiles 3.3, 3.4).
#[test]
fn identities_names_and_cleared_attributes_are_as_on_the_server() {
    let social = "{\\\"issuer\\\":\\\"idp.test\\\",\\\"issuerUserId\\\":\\\"NDcxMQ==\\\"}";
    let user = format!(
        "user userPrincipalName=x@y.test displayName=Ada mailNickName=ada alternativeSecurityId=\"{social}\" \
         signInNames.userName=ada signInNames.emailAddress=a@b.test"
    );
    let begin = "begin B2C_1A_Small\npage selfasserted\ntype answer yes";
    let lines = format!(
        "{user}\nstub Ask gives level=gold\n{begin}\nsubmit\ntoken name = Ada\ntoken level = gold\n\
         directory signInNames.userName = countess\ndirectory displayName = Ada"
    );
    assert_eq!(played(&lines, &mut Coverage::default()), None);
    for gone in ["mailNickName", "signInNames.emailAddress"] {
        let told = played(&format!("{lines}\ndirectory {gone}"), &mut Coverage::default());
        assert!(told.is_some_and(|(line, why)| line == 12 && why.contains(gone)), "{gone}");
    }
    // A service that does not answer, in the policy's words for that.
    let fails = format!("{user}\nstub Ask fails\n{begin}\nsubmit\nerror \"Later.\"");
    assert_eq!(played(&fails, &mut Coverage::default()), None);
}

#[test]
fn coverage_tells_of_validations_and_transformations_with_their_places() {
    let user = "user displayName=Ada alternativeSecurityId=\"{\\\"issuer\\\":\\\"idp.test\\\",\\\"issuerUserId\\\":\\\"NDcxMQ==\\\"}\"";
    let lines =
        format!("{user}\nbegin B2C_1A_Small\nstub Ask gives level=gold\ntype answer yes\nsubmit\ntoken sub");
    let mut coverage = Coverage::default();
    assert_eq!(played(&lines, &mut coverage), None);
    let policies = small();
    let text = coverage.to_text(&policies);
    assert!(text.contains("validation Ask of Page was never skipped (Small.xml:"), "{text}");
    assert!(text.contains("transformation Never never ran (Small.xml:"), "{text}");
    let lcov = coverage.to_lcov(&policies);
    let line_of = |needle: &str| {
        let found = include_str!("small.xml").lines().position(|line| line.contains(needle));
        found.map_or(0, |at| at + 1)
    };
    let (validation, made, never) =
        (line_of("ReferenceId=\"Ask\""), line_of("Id=\"Made\""), line_of("Id=\"Never\""));
    for expected in [
        format!("BRDA:{validation},0,0,1\nBRDA:{validation},0,1,0\n"),
        format!("DA:{made},1\n"),
        format!("DA:{never},0\n"),
        "BRF:".to_owned(),
    ] {
        assert!(lcov.contains(&expected), "{expected} in {lcov}");
    }
}

/// A forced change: an error, or the one thing that is told (technical-profiles 6).
#[test]
fn a_password_that_must_be_changed_is_told() {
    let lines = "user email=ada@example.test password=Correct-Horse1 passwordProfile.forceChangePasswordNextLogin=true\n\
                 begin B2C_1A_SignUpOrSignIn ui_locales=en\ntype signInName ada@example.test\n\
                 type password Correct-Horse1\nsubmit\n\
                 error \"This password is out of date. Choose a new one by the reset link.\"";
    assert_eq!(outcome(lines), None);
}
