//! What an operator does, in order. In: needs and verdicts. Out: [`Step`]s with commands to copy.

use super::needs::shell;
use super::{Needs, PolicyReport, State, Step, Verdict};

/// The steps; those that these policies do not need are left out.
pub(super) fn steps(needs: &Needs, policies: &[PolicyReport]) -> Vec<Step> {
    let mut steps = vec![try_out(policies)];
    if needs.placeholders.iter().any(|one| one.needed) {
        steps.push(Step {
            title: "Fill in the values that are still placeholders".to_owned(),
            text: "This report lists them with file and line, and says which of them this server needs."
                .to_owned(),
            lines: Vec::new(),
        });
    }
    steps.push(configure(needs));
    steps.extend(keys(needs));
    steps.extend(mail(needs));
    let not_run = |words: &str| {
        let features = policies.iter().flat_map(|policy| &policy.features);
        features.filter(|one| one.state == State::NotRun).any(|one| one.feature.contains(words))
    };
    let telephones = not_run("multi-factor call") || not_run("phone verification");
    steps.extend(telephone(needs).map(|step| later(step, telephones)));
    steps.extend(risk(needs));
    steps.extend(providers(needs).map(|step| later(step, not_run("identity provider"))));
    steps.extend(services(needs).map(|step| later(step, not_run("REST call"))));
    steps.extend(templates(needs));
    steps.push(Step {
        title: "Register the applications that sign people in".to_owned(),
        text: "Keep each application's client id, so that only its authority changes. Register the redirect URIs exactly as \
               the application sends them."
            .to_owned(),
        lines: vec![
            "vestibule app create --config vestibule.toml --client-id CLIENT_ID --name NAME --redirect-uri spa=https://…"
                .to_owned(),
        ],
    });
    steps.push(users(needs));
    steps.push(Step {
        title: "Change the authority of the applications".to_owned(),
        text: "Paths stay as they are; only the host changes. An old host name that points here can be served too \
               (`more_public_urls`), and then nothing changes for applications."
            .to_owned(),
        lines: needs
            .tenants
            .iter()
            .take(1)
            .map(|tenant| format!("https://HOST/{tenant}/POLICY/v2.0/.well-known/openid-configuration"))
            .collect(),
    });
    steps
}

/// A step that is for a later version.
fn later(mut step: Step, not_run: bool) -> Step {
    if not_run {
        step.text.push_str(" This version does not run them yet, so there is nothing to do now.");
    }
    step
}

fn try_out(policies: &[PolicyReport]) -> Step {
    let red = policies.iter().filter(|policy| policy.verdict == Verdict::Red).count();
    let text = match red {
        0 => "Every policy compiles and runs here. The development server makes keys and shows mails by itself.".to_owned(),
        1 => "1 policy does not run whole yet; its reasons are below. The development server shows how far it goes; it makes \
              keys and shows mails by itself."
            .to_owned(),
        red => format!(
            "{red} policies do not run whole yet; their reasons are below. The development server shows how far they go; it \
             makes keys and shows mails by itself."
        ),
    };
    let lines = vec!["vestibule check FOLDER".to_owned(), "vestibule dev --policies FOLDER".to_owned()];
    Step { title: "Try the policies on your own machine".to_owned(), text, lines }
}

fn configure(needs: &Needs) -> Step {
    let tenant = needs.tenants.first().map_or("contoso.onmicrosoft.com", String::as_str);
    let quoted = |text: &str| text.replace(['"', '\\'], "_");
    let lines = vec![
        "[[tenant]]".to_owned(),
        format!("name = \"{}\"", quoted(tenant)),
        "id = \"…\"            # the cloud tenant's GUID".to_owned(),
        "policies = \"policies\"".to_owned(),
    ];
    let mut text = "One file, vestibule.toml, names the address, the database, the tenant and the policy folder; \
                    docs/configuration.md explains every key. Keep the tenant's name and id: they are in the issuer and in \
                    the tokens."
        .to_owned();
    if needs.tenants.len() > 1 {
        text.push_str(&format!(" The policies carry several tenant names: {}.", needs.tenants.join(", ")));
    }
    Step { title: "Write the configuration".to_owned(), text, lines }
}

fn keys(needs: &Needs) -> Option<Step> {
    let lines: Vec<String> = needs.keys.iter().filter_map(|key| key.command.clone()).collect();
    (!lines.is_empty()).then(|| Step {
        title: "Make and move the policy keys".to_owned(),
        text: "The cloud gives no key out again. Keys for tokens are made new: tokens that the cloud issued end with it. \
               Secrets of other services are those that you have from them, or new ones."
            .to_owned(),
        lines,
    })
}

fn mail(needs: &Needs) -> Option<Step> {
    (!needs.mail.is_empty()).then(|| Step {
        title: "Name the mail server".to_owned(),
        text: format!(
            "Codes go out by your own mail server, from your own address. They are sent by {}.",
            needs.mail.join(", ")
        ),
        lines: [
            "[smtp]",
            "url = \"smtp://mail.example.com:587\"",
            "user = \"…\"",
            "password = { env = \"SMTP_PASSWORD\" }",
            "",
            "[tenant.mail]",
            "from = \"no-reply@example.com\"",
        ]
        .map(str::to_owned)
        .to_vec(),
    })
}

fn telephone(needs: &Needs) -> Option<Step> {
    (!needs.telephone.is_empty()).then(|| Step {
        title: "Choose who sends text messages".to_owned(),
        text: format!(
            "The cloud sent them for you. Here you need a contract with a gateway. They are sent by {}.",
            needs.telephone.join(", ")
        ),
        lines: Vec::new(),
    })
}

fn risk(needs: &Needs) -> Option<Step> {
    (!needs.risk.is_empty()).then(|| Step {
        title: "Write the rules for conditional access".to_owned(),
        text: format!(
            "The cloud judged sign-ins by signals of its own. Here a file says which networks, users and applications are \
             challenged, and how; without it nobody is. It is asked by {}.",
            needs.risk.join(", ")
        ),
        lines: vec!["[behaviour]".to_owned(), "conditional_access = \"risk.toml\"".to_owned()],
    })
}

fn providers(needs: &Needs) -> Option<Step> {
    let lines: Vec<String> = needs
        .providers
        .iter()
        .filter_map(|one| Some(format!("{}: {}", one.name, one.redirect_uri.as_ref()?)))
        .collect();
    (!lines.is_empty()).then(|| Step {
        title: "Tell the identity providers about the new address".to_owned(),
        text: "Add the redirect URI at each provider beside the cloud's, with your host in the place of HOST. The client ids \
               stay."
            .to_owned(),
        lines,
    })
}

fn services(needs: &Needs) -> Option<Step> {
    (!needs.services.is_empty()).then(|| Step {
        title: "Open the way to your REST services".to_owned(),
        text: "The server must reach them. Services with a private address must be named in the configuration, and services \
               that let only the cloud's addresses in must let this server in."
            .to_owned(),
        lines: vec!["[outbound]".to_owned(), "allow = [\"intranet.example.com\"]".to_owned()],
    })
}

fn templates(needs: &Needs) -> Option<Step> {
    (!needs.templates.is_empty()).then(|| Step {
        title: "Open the way to your page templates".to_owned(),
        text: "They are fetched by the server and kept; a template that cannot be fetched is replaced by the built-in page. \
               They may also lie in a local folder (`[tenant.templates]`)."
            .to_owned(),
        lines: needs.templates.iter().map(|one| one.url.clone()).collect(),
    })
}

fn users(needs: &Needs) -> Step {
    let mut text = "The cloud exports accounts (Microsoft Graph), but no password: people set a new one, by your password \
                    reset policy, before their first sign-in here."
        .to_owned();
    if !needs.attributes.is_empty() {
        text.push_str(
            " Extension attributes come along: `extension_<app id>_Name` in the cloud's export is `extension_Name` here.",
        );
    }
    Step {
        title: "Move the accounts".to_owned(),
        text,
        lines: vec![format!(
            "vestibule user create --config vestibule.toml --email {} --name NAME --password-file FILE",
            shell("ann@example.com")
        )],
    }
}
