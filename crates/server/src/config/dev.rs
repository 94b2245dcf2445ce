//! The configuration of `vestibule dev`: the same struct, built from arguments instead of a file.

use std::net::SocketAddr;
use std::path::PathBuf;

use aws_lc_rs::digest;
use url::Url;
use uuid::{Builder, Uuid};

use super::application::{Application, Redirect, RedirectKind, SecretDigest};
use super::openid::OpenId;
use super::parts::{Behaviour, Database, Hashing, Limits, Lockout, Log, Outbound, Session};
use super::secret::MasterKey;
use super::server::{Server, Tls};
use super::smtp::Smtp;
use super::tenant::{Brand, MailIdentity, Templates, Tenant};
use super::{Config, document::Document, document::Section, keys, parts};

/// Id of the public application unless `--client-id` names another.
const PUBLIC_CLIENT: &str = "11111111-1111-4111-8111-111111111111";
/// Id of the confidential application.
const CONFIDENTIAL_CLIENT: &str = "22222222-2222-4222-8222-222222222222";

/// What the command line of `dev` says.
#[derive(Debug, Clone)]
pub struct DevArguments {
    /// Folder of the policy files.
    pub policies: PathBuf,
    /// Environment of the `appsettings.json` beside them; None: the first.
    pub environment: Option<String>,
    /// Address to bind; loopback unless `tls`.
    pub listen: SocketAddr,
    /// Folder of database, master key and local authority.
    pub data: PathBuf,
    /// Serve https with the local authority.
    pub tls: bool,
    /// Further host names for the certificate.
    pub names: Vec<String>,
    /// Id of the public application.
    pub client_id: Option<String>,
    /// Redirect URIs for both applications, beside the built-in ones.
    pub redirect_uris: Vec<Redirect>,
    /// A real mail server, beside the inbox.
    pub smtp: Option<Smtp>,
    /// Rate limits on.
    pub rate_limits: bool,
    /// Upload rules that harm nothing until they are reached only warn.
    pub lenient: bool,
    /// Where the journey recorder writes too.
    pub trace_file: Option<PathBuf>,
}

impl Config {
    /// The configuration of `vestibule dev`. `tenant` is the name the policies give, `secret` the digest of
    /// the confidential application's secret. `applications[0]` is the public one, `applications[1]` the
    /// confidential one. The error is a sentence with its remedy.
    pub fn dev(arguments: &DevArguments, tenant: &str, secret: SecretDigest) -> Result<Config, String> {
        if !arguments.tls && !arguments.listen.ip().is_loopback() {
            return Err(format!(
                "`--listen {}` is open to others without TLS; add `--tls`, or listen on 127.0.0.1",
                arguments.listen
            ));
        }
        let server = server(arguments)?;
        let applications = applications(arguments, tenant, &server.public_url, secret);
        let standard = Standard::new();
        Ok(Config {
            development: true,
            database: database(arguments),
            master_key: MasterKey::KeptAt(arguments.data.join("master.key")),
            tenants: vec![dev_tenant(arguments, tenant)],
            applications,
            smtp: arguments.smtp.clone(),
            sms: None,
            trace_file: arguments.trace_file.clone(),
            limits: Limits { enabled: arguments.rate_limits, ..standard.limits },
            hashing: standard.hashing,
            lockout: standard.lockout,
            session: standard.session,
            behaviour: Behaviour { lenient_policies: arguments.lenient, ..standard.behaviour },
            openid: OpenId::default(),
            outbound: standard.outbound,
            log: standard.log,
            server,
            warnings: Vec::new(),
        })
    }
}

/// The parts whose defaults need no file: what an empty file would give, so that defaults stand once.
struct Standard {
    limits: Limits,
    hashing: Hashing,
    lockout: Lockout,
    session: Session,
    behaviour: Behaviour,
    outbound: Outbound,
    log: Log,
}

impl Standard {
    fn new() -> Standard {
        let nothing = |_: &str| None;
        let document = Document::new(std::path::Path::new(""), "", &nothing);
        let empty = toml::de::DeTable::new();
        let root = Section::root(&document, &empty, keys::ROOT);
        Standard {
            limits: parts::limits(&root),
            hashing: parts::hashing(&root),
            lockout: parts::lockout(&root),
            session: parts::session(&root),
            behaviour: parts::behaviour(&root),
            outbound: parts::outbound(&root),
            log: parts::log(&root),
        }
    }
}

fn server(arguments: &DevArguments) -> Result<Server, String> {
    let scheme = if arguments.tls { "https" } else { "http" };
    let port = arguments.listen.port();
    let origin = |host: &str| {
        Url::parse(&format!("{scheme}://{host}:{port}/"))
            .map_err(|_| format!("`{host}` is no host name; write one such as `contoso.b2clogin.com`"))
    };
    let more_public_urls = arguments.names.iter().map(|name| origin(name)).collect::<Result<_, _>>()?;
    let tls = arguments
        .tls
        .then(|| Tls::LocalAuthority { folder: arguments.data.join("ca"), names: arguments.names.clone() });
    Ok(Server {
        public_url: origin("localhost")?,
        more_public_urls,
        listen: arguments.listen,
        tls,
        trusted_proxies: Vec::new(),
        health_networks: super::server::near(),
        connections: 1000,
        header_seconds: 10,
        body_seconds: 30,
        idle_seconds: 60,
        drain_seconds: 2,
    })
}

fn database(arguments: &DevArguments) -> Database {
    let path = arguments.data.join("vestibule.db");
    Database { url: format!("sqlite:{}", path.display()).into(), connections: None, audit_days: 0 }
}

fn dev_tenant(arguments: &DevArguments, tenant: &str) -> Tenant {
    let name = tenant.split('.').next().unwrap_or(tenant).to_owned();
    let mail = MailIdentity {
        from: "no-reply@vestibule.localhost".to_owned(),
        name: name.clone(),
        subject: None,
        logo: None,
        accent: None,
    };
    let folders = vec![arguments.policies.clone()];
    Tenant {
        name: tenant.to_owned(),
        id: dev_tenant_id(tenant),
        policies: arguments.policies.clone(),
        environment: arguments.environment.clone(),
        language: "en".to_owned(),
        mail,
        brand: Brand { name, ..Brand::default() },
        templates: Templates { hosts: Vec::new(), folders },
    }
}

/// A GUID that stays the same for a tenant name (version 8: made from a hash, RFC 9562 section 5.8).
fn dev_tenant_id(tenant: &str) -> Uuid {
    let hash = digest::digest(&digest::SHA256, tenant.to_ascii_lowercase().as_bytes());
    let mut bytes = [0u8; 16];
    bytes.iter_mut().zip(hash.as_ref()).for_each(|(place, byte)| *place = *byte);
    Builder::from_custom_bytes(bytes).into_uuid()
}

fn applications(
    arguments: &DevArguments,
    tenant: &str,
    public: &Url,
    secret: SecretDigest,
) -> Vec<Application> {
    let fixed = |kind, uri: &str| Redirect { kind, uri: uri.to_owned() };
    let mut redirects = vec![
        fixed(RedirectKind::Web, "https://jwt.ms"),
        fixed(RedirectKind::Web, &format!("{public}dev/run/callback")),
        // The start page, to which its own sign-out comes back.
        fixed(RedirectKind::Web, public.as_str()),
        fixed(RedirectKind::Native, "http://localhost"),
    ];
    redirects.extend(arguments.redirect_uris.iter().cloned());
    let client_id = arguments.client_id.clone().unwrap_or_else(|| PUBLIC_CLIENT.to_owned());
    let public = Application {
        tenant: tenant.to_owned(),
        client_id,
        name: "Development (public)".to_owned(),
        redirects,
        secrets: Vec::new(),
        implicit_id_token: true,
        implicit_access_token: true,
        api: None,
        logout_url: None,
        backchannel_logout_url: None,
        password_grant: false,
        policies: Vec::new(),
        lift_pkce: false,
        ..Application::default()
    };
    let confidential = Application {
        client_id: CONFIDENTIAL_CLIENT.to_owned(),
        name: "Development (confidential)".to_owned(),
        secrets: vec![(secret, None)],
        implicit_id_token: false,
        implicit_access_token: false,
        ..public.clone()
    };
    vec![public, confidential]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments() -> DevArguments {
        DevArguments {
            policies: PathBuf::from("policies"),
            environment: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: PathBuf::from("data"),
            tls: false,
            names: Vec::new(),
            client_id: None,
            redirect_uris: Vec::new(),
            smtp: None,
            trace_file: None,
            rate_limits: false,
            lenient: false,
        }
    }

    #[test]
    fn development_is_open_where_it_helps_and_closed_where_it_matters() {
        let config = Config::dev(&arguments(), "yourtenant.onmicrosoft.com", SecretDigest([7; 32])).unwrap();
        assert_eq!(config.server.public_url.as_str(), "http://localhost:8080/");
        assert!(config.development && !config.limits.enabled);
        assert_eq!(config.lockout.tries, 10, "lockout stays on");
        let [public, confidential] = config.applications.as_slice() else { panic!("two applications") };
        assert!(public.implicit_id_token && public.secrets.is_empty());
        assert!(public.redirects.iter().any(|redirect| redirect.uri == "https://jwt.ms"));
        assert_eq!(confidential.secrets.len(), 1);
        let again = Config::dev(&arguments(), "YourTenant.onmicrosoft.com", SecretDigest([7; 32])).unwrap();
        assert_eq!(config.tenants[0].id, again.tenants[0].id, "tenant names compare without case");
    }

    #[test]
    fn attack_096_plain_http_outside_loopback_is_refused() {
        let open = DevArguments { listen: SocketAddr::from(([0, 0, 0, 0], 8080)), ..arguments() };
        let refused = Config::dev(&open, "t.onmicrosoft.com", SecretDigest([7; 32])).unwrap_err();
        assert!(refused.contains("--tls"), "{refused}");
        let config =
            Config::dev(&DevArguments { tls: true, ..open }, "t.onmicrosoft.com", SecretDigest([7; 32]))
                .unwrap();
        assert_eq!(config.server.public_url.as_str(), "https://localhost:8080/");
    }
}
