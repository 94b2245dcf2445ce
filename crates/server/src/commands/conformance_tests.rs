//! The suite's configuration, and what the profile turns on.

use super::*;
use crate::config::{DevArguments, suite_argument};

const SUITE: &str = "https://localhost.emobix.co.uk:8443";

fn profile() -> Profile {
    let secrets = ["s1", "s2", "s3", "s4"].map(str::to_owned);
    Profile { suite: suite_argument(SUITE).unwrap(), secrets, password: "pw".to_owned() }
}

fn config(names: &[&str]) -> Config {
    let arguments = DevArguments {
        policies: PathBuf::from("policies"),
        environment: None,
        listen: ([127, 0, 0, 1], 8080).into(),
        data: PathBuf::from("data"),
        tls: true,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        client_id: None,
        redirect_uris: Vec::new(),
        smtp: None,
        trace_file: None,
        rate_limits: false,
        lenient: false,
    };
    let config = Config::dev(&arguments, "vestibule.onmicrosoft.com", SecretDigest([0; 32])).unwrap();
    profile().on(config)
}

#[test]
fn the_suite_is_told_where_the_issuer_says_and_who_may_come() {
    let config = config(&["op.example"]);
    let discovery = discovery_url(&config);
    assert!(discovery.starts_with("https://op.example:8080/tfp/"), "{discovery}");
    assert!(discovery.ends_with("/b2c_1a_conformance/v2.0/.well-known/openid-configuration"), "{discovery}");
    let suite = profile().suite_configuration(&discovery, 0);
    for (index, name) in ["client", "client2", "client_secret_post"].into_iter().enumerate() {
        let registered = config.applications.get(2 + index).unwrap();
        assert_eq!(suite[name]["client_id"], registered.client_id.as_str(), "{name}");
        assert_eq!(suite[name]["client_secret"], format!("s{}", index + 1));
        assert_eq!(registered.secrets, [(SecretDigest::of(&format!("s{}", index + 1)), None)]);
        let callback = "https://localhost.emobix.co.uk:8443/test/a/vestibule/callback";
        assert_eq!(registered.redirects.first().unwrap().uri, callback);
        assert!(registered.implicit_id_token && registered.implicit_access_token);
        assert_eq!(registered.logout_url, None, "a call there fails the modules of the other plans");
    }
    let front = profile().suite_configuration(&discovery, 3);
    assert_eq!(front["client"]["client_id"], config.applications.last().unwrap().client_id.as_str());
    assert!(config.applications.last().unwrap().logout_url.is_some());
    assert_eq!(suite["browser"][0]["match"], "https://op.example:8080/*oauth2/v2.0/authorize*");
    assert_eq!(suite["override"].as_object().unwrap().len(), AUTHORIZE_PAGES.len() + LOGOUT_PAGES.len());
}

#[test]
fn the_profile_turns_on_what_the_standards_ask_and_nothing_else() {
    let config = config(&[]);
    let behaviour = &config.behaviour;
    assert!(behaviour.response_issuer && behaviour.standard_claims && behaviour.hintless_sign_out);
    assert!(!behaviour.error_line_breaks && config.session.frontchannel_logout);
    assert!(!behaviour.open_logout_redirect && !config.session.backchannel_logout);
    assert_eq!(config.applications.len(), 6);
}

#[test]
fn a_suite_is_an_https_address() {
    assert!(suite_argument(SUITE).is_ok());
    for bad in ["localhost:8443", "http://localhost", "https://x/?y", ""] {
        assert!(suite_argument(bad).unwrap_err().contains("https://localhost:8443"), "{bad}");
    }
}

#[test]
fn the_policy_is_the_one_that_discovery_names() {
    assert!(POLICY.to_lowercase().contains(&format!("policyid=\"{POLICY_ID}\"")));
    assert!(POLICY.contains("AuthorityWithTfp"));
}

#[cfg(unix)]
#[test]
fn attack_136_what_holds_secrets_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let data = tempfile::tempdir().unwrap();
    let profile = Profile::open(data.path(), suite_argument(SUITE).unwrap()).unwrap();
    let printed = profile.write(data.path(), &config(&[])).unwrap();
    assert!(printed.contains(&profile.password) && printed.contains("suite.json"), "{printed}");
    for entry in std::fs::read_dir(folder(data.path())).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
    }
    let again = Profile::open(data.path(), suite_argument(SUITE).unwrap()).unwrap();
    assert_eq!((&again.secrets, &again.password), (&profile.secrets, &profile.password), "kept");
}
