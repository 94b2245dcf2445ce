//! The configuration file: what is accepted, and that everything wrong is told at once with its place.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;

use super::*;

const MASTER: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    std::fs::write(folder.path().join("cert.pem"), "").unwrap();
    std::fs::write(folder.path().join("key.pem"), "").unwrap();
    std::fs::write(folder.path().join("smtp.secret"), "from a file\n").unwrap();
    folder
}

fn read(text: &str) -> (Result<Config, Problems>, tempfile::TempDir) {
    let folder = folder();
    let environment = |name: &str| (name == "MASTER").then(|| MASTER.to_owned());
    (parse(&folder.path().join("vestibule.toml"), text, &environment), folder)
}

const GOOD: &str = r#"
[server]
public_url = "https://login.example.com"
listen = "0.0.0.0:8443"
tls_certificate = "cert.pem"
tls_key = "key.pem"

[database]
url = "sqlite:vestibule.db"

[keys]
master_key = { env = "MASTER" }

[smtp]
url = "smtp://mail.example.com"
user = "vestibule"
password = { file = "smtp.secret" }

[[tenant]]
name = "contoso.onmicrosoft.com"
id = "3f2c0a4e-6f0b-4c58-9f5e-2f6d1f0c7a11"
policies = "policies"
mail = { from = "no-reply@example.com" }

[[application]]
client_id = "8f6c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34"
name = "Shop"
redirect_uris = { web = ["https://shop.example.com/cb"], native = ["msal8f6c://auth"] }
secrets = ["sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"]
api = { uri = "https://contoso.onmicrosoft.com/api", scopes = ["read"] }
"#;

#[test]
fn a_good_file_becomes_the_typed_struct() {
    let (config, folder) = read(GOOD);
    let config = config.unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:8443");
    assert!(config.server.is_https() && !config.development);
    assert_eq!(config.tenants[0].policies, folder.path().join("policies"));
    let database = format!("sqlite:{}", folder.path().join("vestibule.db").display());
    assert_eq!(config.database.url.expose_secret(), database);
    assert_eq!(config.tenants[0].mail.name, "contoso");
    let smtp = config.smtp.unwrap();
    assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("mail.example.com", 587, Security::StartTls));
    let (user, password) = smtp.login.unwrap();
    assert_eq!((user.as_str(), password.expose_secret()), ("vestibule", "from a file"));
    let MasterKey::Given { current, .. } = config.master_key else { panic!("given") };
    assert_eq!(&current[..], b"0123456789abcdef0123456789abcdef");
    let application = &config.applications[0];
    assert_eq!(application.tenant, "contoso.onmicrosoft.com", "the only tenant");
    assert_eq!(application.redirects[1].kind, RedirectKind::Native);
    assert_eq!(application.secrets[0].0.0[..4], [0x2c, 0xf2, 0x4d, 0xba]);
    assert_eq!(application.api.as_ref().map(|api| api.scopes.as_slice()), Some(&["read".to_owned()][..]));
    assert!(config.behaviour.trim_spaces_in_password && !config.behaviour.open_logout_redirect);
    assert!(!config.behaviour.lenient_policies);
}

#[test]
fn policies_are_read_leniently_on_request_only() {
    let (config, _folder) = read(&format!("{GOOD}[behaviour]\nlenient_policies = true\n"));
    assert!(config.unwrap().behaviour.lenient_policies);
}

/// Key, line, part of the message, part of the remedy.
type Told = (&'static str, usize, &'static str, &'static str);

/// Each row: a piece of the good file, what stands there instead, and what is told.
const MISTAKES: &[(&str, &str, Told)] = &[
    (
        "listen = \"0.0.0.0:8443\"",
        "lisen = \"0.0.0.0:8443\"",
        ("server.lisen", 4, "no setting", "did you mean `listen`?"),
    ),
    (
        "listen = \"0.0.0.0:8443\"",
        "listen = \"8443\"",
        ("server.listen", 4, "`8443` is not an address", "127.0.0.1:8080"),
    ),
    (
        "public_url = \"https://login.example.com\"",
        "",
        ("server.public_url", 2, "missing", "add `public_url ="),
    ),
    (
        "https://login.example.com\"",
        "http://login.example.com\"",
        ("server.public_url", 3, "plain http outside loopback", "https://"),
    ),
    (
        "https://login.example.com\"",
        "https://login.example.com/path\"",
        ("server.public_url", 3, "more than scheme, host", "https://"),
    ),
    ("tls_key = \"key.pem\"", "", ("server.tls_key", 2, "missing", "tls_key")),
    (
        "tls_key = \"key.pem\"",
        "tls_key = \"absent.pem\"",
        ("server.tls_key", 6, "absent.pem", "existing file"),
    ),
    ("\"sqlite:vestibule.db\"", "\"mysql://x\"", ("database.url", 9, "no database address", "postgres://")),
    (
        "{ env = \"MASTER\" }",
        "{ env = \"OTHER\" }",
        ("keys.master_key", 12, "`OTHER`, which is not set", "set OTHER"),
    ),
    (
        "{ env = \"MASTER\" }",
        "\"c2hvcnQ=\"",
        ("keys.master_key", 12, "not a key of 32 bytes", "openssl rand -base64 32"),
    ),
    (
        "smtp://mail.example.com",
        "smtp://mail.example.com?starttls=maybe",
        ("smtp.url", 15, "unknown option", "?starttls=opportunistic"),
    ),
    (
        "{ file = \"smtp.secret\" }",
        "{ file = \"none.secret\" }",
        ("smtp.password", 17, "none.secret", "UTF-8"),
    ),
    (
        "id = \"3f2c0a4e-6f0b-4c58-9f5e-2f6d1f0c7a11\"",
        "id = \"contoso\"",
        ("tenant[0].id", 21, "`contoso` is no GUID", "8-4-4-4-12"),
    ),
    (
        "policies = \"policies\"",
        "policies = \"nowhere\"",
        ("tenant[0].policies", 22, "nowhere", "existing folder"),
    ),
    (
        "\"no-reply@example.com\" }",
        "\"nobody\" }",
        ("tenant[0].mail.from", 23, "`nobody` is no mail address", "bare address"),
    ),
    (
        "name = \"Shop\"",
        "name = \"Shop\"\ntenant = \"contosso.onmicrosoft.com\"",
        ("application[0].tenant", 28, "no tenant `contosso", "did you mean `contoso.onmicrosoft.com`?"),
    ),
    (
        "\"https://shop.example.com/cb\"",
        "\"javascript:alert(1)\"",
        ("application[0].redirect_uris.web", 28, "neither https", "https://"),
    ),
    (
        "\"https://shop.example.com/cb\"",
        "\"http://shop.example.com/cb\"",
        ("application[0].redirect_uris.web", 28, "neither https", "https://"),
    ),
    (
        "\"https://shop.example.com/cb\"",
        "\"https://*.example.com/cb\"",
        ("application[0].redirect_uris.web", 28, "wildcard", "exact"),
    ),
    (
        "https://contoso.onmicrosoft.com/api",
        "ftp://x",
        ("application[0].api.uri", 30, "no identifier URI", "https://"),
    ),
    (
        "8f6c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34",
        "shop",
        ("application[0].client_id", 26, "`shop` is no client id", "GUID"),
    ),
    ("sha256:2cf24", "sha256:zzzzz", ("application[0].secrets", 29, "SHA-256", "vestibule app secret add")),
];

#[test]
fn every_mistake_has_line_key_and_remedy() {
    for (from, to, (key, line, message, remedy)) in MISTAKES {
        assert!(GOOD.contains(from), "the good file lost {from}");
        let (result, _folder) = read(&GOOD.replacen(from, to, 1));
        let problems = result.expect_err(to).0;
        let [problem] = problems.as_slice() else { panic!("`{to}`: one problem, not {problems:#?}") };
        assert_eq!((problem.key.as_str(), problem.line), (*key, *line), "{problem}");
        assert!(problem.message.contains(message), "{problem}");
        assert!(problem.remedy.contains(remedy), "{problem}");
    }
}

#[test]
fn all_problems_come_in_one_run_in_the_order_of_lines() {
    let mut text = GOOD.to_owned();
    for (from, to) in [
        ("0.0.0.0:8443", "x"),
        ("sqlite:vestibule.db", ""),
        ("smtp://", "ftp://"),
        ("Shop\"", "Shop\"\nlift_pkce = 1"),
    ] {
        text = text.replacen(from, to, 1);
    }
    let (result, _folder) = read(&text);
    let problems = result.unwrap_err();
    let keys: Vec<&str> = problems.0.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["server.listen", "database.url", "smtp.url", "application[0].lift_pkce"]);
    assert!(problems.to_string().ends_with("4 problems in the configuration; nothing was started"));
}

#[test]
fn broken_toml_is_told_with_its_line() {
    let (result, _folder) = read("[server]\npublic_url = \n");
    let problems = result.unwrap_err().0;
    assert_eq!(problems[0].line, 2, "{problems:?}");
}

#[test]
fn an_empty_file_lists_what_is_required() {
    let (result, _folder) = read("");
    let keys: Vec<String> = result.unwrap_err().0.into_iter().map(|problem| problem.key).collect();
    for required in ["server.public_url", "database.url", "keys.master_key", "tenant"] {
        assert!(keys.iter().any(|key| key == required), "{required} in {keys:?}");
    }
}

#[test]
fn attack_096_plain_http_needs_loopback_or_a_proxy() {
    let plain = GOOD.replace("tls_certificate = \"cert.pem\"\ntls_key = \"key.pem\"\n", "");
    let (result, _folder) = read(&plain);
    assert_eq!(result.unwrap_err().0[0].key, "server.public_url");
    let (result, _folder) =
        read(&plain.replace("[server]", "[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"fd00::/8\"]"));
    assert_eq!(result.unwrap().server.trusted_proxies.len(), 2);
    let local = plain.replace("https://login.example.com", "http://localhost:8080");
    let (result, _folder) = read(&local);
    assert_eq!(result.unwrap_err().0[0].key, "server.listen", "0.0.0.0 is open to others");
    assert!(read(&local.replace("0.0.0.0:8443", "127.0.0.1:8080")).0.is_ok());
}

#[test]
fn colours_are_safe_and_unreadable_ones_are_warned_about() {
    let brand =
        |line: &str| read(&format!("{GOOD}\n").replace("mail = {", &format!("brand = {line}\nmail = {{"))).0;
    let config = brand(r##"{ tokens = { accent = "#777777", accent-text = "#888888" } }"##).unwrap();
    assert!(config.warnings[0].contains("below 4.5:1"), "{:?}", config.warnings);
    assert!(
        brand(r##"{ tokens = { accent = "#0b57d0", accent-text = "#ffffff" } }"##)
            .unwrap()
            .warnings
            .is_empty()
    );
    let problems =
        brand(r#"{ tokens = { accnt = "red", line = "red; } body { display: none" } }"#).unwrap_err().0;
    assert!(problems[0].remedy.contains("did you mean `accent`?"), "{problems:?}");
    assert!(problems[1].message.contains("could end the style rule"), "{problems:?}");
}

#[test]
fn secrets_never_show_in_debug() {
    let (config, _folder) = read(&GOOD.replace("sqlite:vestibule.db", "postgres://u:canary@db/x"));
    let shown = format!("{:?}", config.unwrap());
    for secret in ["canary", "from a file", "2cf24dba", "0123456789abcdef"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn the_reference_page_is_the_tables() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let written = std::fs::read_to_string(&page).unwrap_or_default();
    if written != reference() {
        let printed = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
        panic!(
            "{} is out of date: run `cargo run -- config reference > docs/configuration.md`",
            printed.display()
        );
    }
}

#[test]
fn the_example_of_the_reference_page_is_accepted() {
    let page = reference();
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example = example
        .replace("{ env = \"VESTIBULE_DATABASE\" }", "\"sqlite:x.db\"")
        .replace("/etc/vestibule/fullchain.pem", "cert.pem");
    let example = example
        .replace("/etc/vestibule/privkey.pem", "key.pem")
        .replace("{ file = \"/etc/vestibule/master.key\" }", "{ env = \"MASTER\" }");
    let example = example.replace("{ env = \"SMTP_PASSWORD\" }", "\"x\"");
    let (result, _folder) = read(&example);
    result.unwrap_or_else(|problems| panic!("{problems}"));
}

#[test]
fn networks_match_by_prefix() {
    let v4 = network::network("10.1.0.0/16").ok().unwrap();
    assert!(v4.contains("10.1.255.9".parse().unwrap()) && !v4.contains("10.2.0.1".parse().unwrap()));
    assert!(v4.contains("::ffff:10.1.2.3".parse().unwrap()), "IPv4 in IPv6 is IPv4");
    assert!(network::network("0.0.0.0/0").ok().unwrap().contains("9.9.9.9".parse().unwrap()));
    assert!(network::network("fd00::/8").ok().unwrap().contains("fdff::1".parse().unwrap()));
    assert!(network::network("10.0.0.0/33").is_err() && network::network("x/8").is_err());
    assert_eq!(
        Network::around("2001:db8:1:2:3::9".parse().unwrap(), 24, 64).to_string(),
        "2001:db8:1:2::/64"
    );
}
