//! docs/configuration.md, printed from the tables of keys.

use std::fmt::Write as _;

use super::keys::{ROOT, SECTIONS};

/// The reference of every setting as Markdown; `vestibule config reference` prints it.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(HEAD);
    for (heading, keys) in SECTIONS {
        let _ = write!(text, "\n## `{heading}`\n\n");
        if let Some(about) = ROOT
            .iter()
            .find(|key| *heading == format!("[{}]", key.name) || *heading == format!("[[{}]]", key.name))
        {
            let _ = write!(text, "{}\n\n", about.about);
        }
        text.push_str("| key | default | meaning | example |\n| --- | --- | --- | --- |\n");
        for key in keys.iter().filter(|key| !key.example.is_empty()) {
            let (name, default, about, example) = (key.name, key.default, key.about, key.example);
            let _ = writeln!(text, "| `{name}` | {default} | {about} | `{name} = {example}` |");
        }
    }
    text.push_str(FOOT);
    text
}

const HEAD: &str = "# Configuration

`vestibule serve --config vestibule.toml` reads one TOML file and checks it whole before anything starts: every
problem is printed with file, line, key and remedy, then the command ends with exit code 1. `vestibule config check
FILE` does only that.

Any text may be written as `{ env = \"NAME\" }` (taken from an environment variable) or `{ file = \"PATH\" }` (the
content of a file, without its last line break). Use one of them for secrets. Relative paths start at the
configuration file's folder. Unknown keys are errors.

This page is printed by `vestibule config reference`; a test keeps the two equal.

The smallest useful file:

```toml
[server]
public_url = \"https://login.example.com\"
listen = \"0.0.0.0:8443\"
tls_certificate = \"/etc/vestibule/fullchain.pem\"
tls_key = \"/etc/vestibule/privkey.pem\"

[database]
url = { env = \"VESTIBULE_DATABASE\" }

[keys]
master_key = { file = \"/etc/vestibule/master.key\" }

[smtp]
url = \"smtp://mail.example.com:587\"
user = \"vestibule\"
password = { env = \"SMTP_PASSWORD\" }

[[tenant]]
name = \"contoso.onmicrosoft.com\"
id = \"3f2c0a4e-6f0b-4c58-9f5e-2f6d1f0c7a11\"
policies = \"policies\"
mail = { from = \"no-reply@example.com\", name = \"Contoso\" }

[[application]]
client_id = \"8f6c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34\"
name = \"Shop\"
redirect_uris = { spa = [\"https://shop.example.com/\"] }
```
";

const FOOT: &str = "
## Behind a proxy

Leave the TLS keys out, listen where only the proxy reaches, and name the proxy's network in `trusted_proxies`. The
client's address is then the last one of `X-Forwarded-For` that is not itself a trusted proxy; scheme and host always
come from `public_url`. `Forwarded`, `X-Real-IP` and the like are not read.
";
