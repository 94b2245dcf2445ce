//! Every route, in one table of tables.
//!
//! In: the parts. Out: the router that the listener serves. Order does not matter: no two rows share a path.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;

use vestibule_author::graph;
use vestibule_author::set::Set;
use vestibule_engine::policy::{Policy, StepKind, UserJourney};

use super::error::ErrorPage;
use super::oidc::published::Published;
use super::{dev, endpoints, gateway, health, journey};
use crate::app::{App, Shared};
use crate::config;
use crate::limits::client_address;
use crate::listen::Peer;
use crate::policies::{self, Report, Row, Tenant};

/// The whole site. A panic in a handler is an incident, not the end of the connection's other requests.
pub fn router(app: &Shared) -> Router {
    let site = Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/static/{*path}", get(journey::file))
        .route("/gateway/{tenant}/call/{token}", post(gateway::answered))
        .route("/dev/call/{token}", get(gateway::pressed))
        .fallback(endpoints::answer)
        .with_state(app.clone())
        .layer(Extension(endpoints::templates(app)))
        .layer(Extension(std::sync::Arc::new(Published::default())));
    let site = match development(app, &site) {
        Some(pages) => site.merge(dev::routes(pages)),
        None => site,
    };
    site.layer(CatchPanicLayer::new())
}

/// How long the database may take to answer before the server counts as not ready.
const READY_WITHIN: Duration = Duration::from_secs(2);

async fn live(State(app): State<Shared>, request: Request) -> Response {
    if is_outside(&app, &request) { ErrorPage::not_found().into_response() } else { health::live() }
}

/// Whether who asks for the server's health has no business with it (attack 147).
fn is_outside(app: &App, request: &Request) -> bool {
    let server = &app.config.server;
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
    let forwarded =
        request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let client = client_address(peer, forwarded, &server.trusted_proxies);
    !server.health_networks.iter().any(|network| network.contains(client))
}

async fn ready(State(app): State<Shared>, request: Request) -> Response {
    if is_outside(&app, &request) {
        return ErrorPage::not_found().into_response();
    }
    match tokio::time::timeout(READY_WITHIN, app.store.ping_write()).await {
        Ok(answer) => health::ready(answer),
        Err(_) => health::ready(Err("no answer within two seconds")),
    }
}

/// The developer pages, which exist in `dev` alone.
fn development(app: &Shared, site: &Router) -> Option<dev::DevPages> {
    let inbox = app.mailer.inbox().filter(|_| app.config.development)?.clone();
    let tenant = app.policies.tenants().first()?.clone();
    let public = app.config.applications.first()?;
    let server = &app.config.server;
    let hosts = server.more_public_urls.iter().filter_map(|url| url.host_str().map(str::to_owned));
    let rows = app.clone();
    let folder = tenant.settings.policies.clone();
    let environment = tenant.settings.environment.clone();
    Some(dev::DevPages {
        public_url: server.public_url.clone(),
        hosts: hosts.collect(),
        graph: Box::new(move |policy| draw(&folder, environment.as_deref(), policy)),
        start: Box::new(move || start_page(&rows, &tenant)),
        inbox,
        recorder: app.recorder.clone()?,
        client_id: public.client_id.clone(),
        site: site.clone(),
        random: crate::chance::fill,
    })
}

/// The picture of a policy's journey as its files are now.
fn draw(folder: &Path, environment: Option<&str>, policy: &str) -> Option<String> {
    let sources = policies::read_folder(folder, environment).ok()?;
    let set = Set::of_one(policy, &sources);
    graph::build(set.member(policy)?, None).ok().map(|drawn| graph::svg(&drawn))
}

/// The rows of the start page as they are now.
fn start_page(app: &Shared, tenant: &Tenant) -> dev::StartPage {
    let report = app.policies.report(tenant);
    let mut policies: Vec<_> =
        app.policies.rows(tenant).into_iter().map(|row| policy_row(app, tenant, row, &report)).collect();
    let signs_in = |id: &str| {
        let policy = app.policies.in_force(tenant, id);
        policy
            .and_then(|policy| policy.party.as_ref().map(|party| begins_with_sign_in(&party.journey)))
            .unwrap_or(false)
    };
    policies.sort_by_key(|row| (!row.can_run, !signs_in(&row.id), row.id.to_lowercase()));
    let summary = format!(
        "{} errors and {} warnings in the policy files; `vestibule check` prints them",
        report.errors, report.warnings
    );
    dev::StartPage {
        tenant: tenant.name.clone(),
        tenant_id: tenant.id.clone(),
        folder: tenant.settings.policies.display().to_string(),
        policies,
        applications: app.config.applications.iter().map(|one| card(app, one)).collect(),
        warnings: if report.errors + report.warnings > 0 { vec![summary] } else { Vec::new() },
    }
}

/// Whether people meet a sign-in page with a sign-up link first: the policy to begin with.
fn begins_with_sign_in(journey: &UserJourney) -> bool {
    matches!(journey.steps.first().map(|step| &step.kind), Some(StepKind::CombinedSignInAndSignUp { .. }))
}

fn policy_row(app: &Shared, tenant: &Tenant, row: Row, report: &Report) -> dev::PolicyRow {
    let public_url = app.config.server.public_url.as_str();
    // Where its own file is right, an error in a file that it builds on keeps it from coming into force.
    let errors = row.declared.errors.unwrap_or_else(|| report.text.clone());
    let party = row.in_force.as_ref().and_then(|policy| policy.party.as_ref());
    dev::PolicyRow {
        metadata: format!(
            "{public_url}{}/{}/v2.0/.well-known/openid-configuration",
            tenant.name,
            row.declared.id.to_lowercase()
        ),
        can_run: party.is_some(),
        state: match (&row.in_force, row.current) {
            (Some(_), true) => dev::PolicyState::InForce,
            (Some(_), false) => dev::PolicyState::Stale(errors),
            (None, _) => dev::PolicyState::Broken(errors),
        },
        loaded: row.since.map(|at| at.strftime("%F %T UTC").to_string()).unwrap_or_default(),
        missing: row.in_force.as_deref().map(missing).unwrap_or_default(),
        id: row.declared.id,
        file: row.declared.file,
    }
}

/// What the policy's journeys use that this version does not run yet, in words.
fn missing(policy: &Policy) -> Vec<String> {
    let mut missing: Vec<String> = policy
        .profiles
        .values()
        .filter_map(|profile| Some(format!("{}: {}", profile.id, profile.kind.not_run()?)))
        .collect();
    missing.sort();
    missing
}

fn card(app: &Shared, application: &config::Application) -> dev::ApplicationCard {
    let confidential = !application.secrets.is_empty();
    dev::ApplicationCard {
        name: application.name.clone(),
        client_id: application.client_id.clone(),
        secret: app.development_secret.clone().filter(|_| confidential),
        redirects: application
            .redirects
            .iter()
            .map(|redirect| (redirect.kind.word().to_owned(), redirect.uri.clone()))
            .collect(),
        implicit: application.implicit_id_token,
    }
}
