//! The command line as people type it.

use clap::error::ErrorKind;

use super::*;
use crate::config::RedirectKind;

pub(super) fn parsed(line: &str) -> Result<Command, clap::Error> {
    parse(line.split_whitespace().map(OsString::from)).map(|cli| cli.command)
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn dev_has_the_documented_defaults_and_arguments() {
    let Ok(Command::Dev(dev)) = parsed("vestibule dev") else { panic!("dev") };
    assert_eq!(dev.listen.to_string(), "127.0.0.1:8080");
    assert!(!dev.tls && !dev.rate_limits && !dev.lenient && !dev.conformance);
    assert_eq!(dev.into_arguments().policies.to_str(), Some("policies"));
    let Ok(Command::Dev(dev)) = parsed("vestibule dev --conformance --data d --name op.example") else {
        panic!("dev")
    };
    let arguments = dev.into_arguments();
    assert!(arguments.tls, "the suite accepts nothing but https");
    assert_eq!(arguments.policies.to_str(), Some("d/conformance"));
    let line = "vestibule dev --policies p --listen localhost:9000 --data d --tls --client-id 8f6c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34 --redirect-uri https://a.example/ --redirect-uri spa=http://localhost:3000/ --redirect-uri native=msal1://auth --smtp smtp://localhost:1025 --rate-limits --lenient";
    let Ok(Command::Dev(dev)) = parsed(line) else { panic!("dev") };
    let kinds: Vec<RedirectKind> = dev.redirect_uris.iter().map(|redirect| redirect.kind).collect();
    assert_eq!(kinds, [RedirectKind::Web, RedirectKind::Spa, RedirectKind::Native]);
    assert!(dev.rate_limits && dev.lenient);
    assert_eq!(dev.smtp.map(|smtp| smtp.port), Some(1025));
}

#[test]
fn wrong_arguments_are_usage_errors_with_a_remedy() {
    for (line, remedy) in [
        ("vestibule dev --listen 8080", "127.0.0.1:8080"),
        ("vestibule dev --redirect-uri javascript:alert(1)", "https://"),
        ("vestibule dev --smtp http://x", "smtp://HOST"),
        ("vestibule dev --conformance --suite x", "https://localhost:8443"),
    ] {
        let error = parsed(line).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ValueValidation, "{line}");
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(remedy), "{error}");
    }
    assert_eq!(parsed("vestibule serve").unwrap_err().kind(), ErrorKind::MissingRequiredArgument);
    assert_eq!(
        parsed("vestibule show p --profile a --journey b").unwrap_err().kind(),
        ErrorKind::ArgumentConflict
    );
    assert_eq!(
        parsed("vestibule dev --conformance --policies p").unwrap_err().kind(),
        ErrorKind::ArgumentConflict
    );
    assert_eq!(parsed("vestibule dev --name a").unwrap_err().kind(), ErrorKind::MissingRequiredArgument);
    assert_eq!(parsed("vestibule fmt").unwrap_err().kind(), ErrorKind::MissingRequiredArgument);
    assert_eq!(parsed("vestibule check").unwrap_err().kind(), ErrorKind::MissingRequiredArgument);
    assert_eq!(parsed("vestibule user list").unwrap_err().kind(), ErrorKind::MissingRequiredArgument);
    assert_eq!(parsed("vestibule user list --config a --data b").unwrap_err().exit_code(), 2);
}

#[test]
fn every_administration_command_parses() {
    for line in [
        "user create --data d --email a@b.c --password-file -",
        "user list --config f --limit 5",
        "user show --data d x",
        "user disable --data d x",
        "user enable --data d x",
        "user unlock --data d x",
        "user force-change --data d x",
        "user revoke --data d x",
        "user delete --data d x --yes",
        "app list --data d",
        "app create --data d --name n --redirect-uri spa=https://a.example/ --confidential",
        "app show --data d c",
        "app delete --data d c",
        "app secret add --data d c",
        "app secret remove --data d c 1",
        "key list --data d",
        "key create --data d K --use enc --form secret",
        "key rotate --data d K",
        "key import --data d K --file f",
        "key delete --data d K",
        "config check f",
        "config reference",
        "check a b",
        "check --format sarif --deny-warnings a",
        "check --json --color never a",
        "explain",
        "explain V0101",
        "check - --environment Test",
        "check policies/**/*.xml --watch",
        "show B2C_1A_x",
        "show B2C_1A_x a b --sub-journey s --resolved --origins others",
        "fmt --check a",
        "fmt -",
        "build",
        "build a --environment A --environment B -o out --settings s.json",
    ] {
        parsed(&format!("vestibule {line}")).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

#[test]
fn every_command_explains_itself_with_examples() {
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        let shown = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(name == "config" || shown.contains(&format!("vestibule {name}")), "{name} has no example");
    }
}
