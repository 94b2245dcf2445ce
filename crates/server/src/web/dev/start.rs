//! The start page: policies in force with a "Run now" each, what is wrong with the broken ones, applications.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Dev, SCRIPT, STYLE, page};

/// Everything the start page shows.
#[derive(Debug, Clone, Default)]
pub struct StartPage {
    /// Name of the tenant.
    pub tenant: String,
    /// GUID of the tenant.
    pub tenant_id: String,
    /// Folder the policies come from.
    pub folder: String,
    /// All policies, those that people can run first.
    pub policies: Vec<PolicyRow>,
    /// The registered applications.
    pub applications: Vec<ApplicationCard>,
    /// Things to know, such as keys that were made because a policy names them.
    pub warnings: Vec<String>,
}

/// A policy as the start page shows it.
#[derive(Debug, Clone)]
pub struct PolicyRow {
    /// Its id as written.
    pub id: String,
    /// File it comes from.
    pub file: String,
    /// True when it has a relying party, so that it can be run.
    pub can_run: bool,
    /// In force, or not and why.
    pub state: PolicyState,
    /// When the revision in force was loaded, for people.
    pub loaded: String,
    /// Steps that are not there yet, in words.
    pub missing: Vec<String>,
    /// Address of its OpenID Connect metadata.
    pub metadata: String,
}

/// Whether a policy runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyState {
    /// As the file says.
    InForce,
    /// The file is broken; the last good revision runs. With the diagnostics as text.
    Stale(String),
    /// Never compiled. With the diagnostics as text.
    Broken(String),
}

impl PolicyRow {
    /// The word on its badge.
    fn word(&self) -> &'static str {
        match self.state {
            PolicyState::InForce => "in force",
            PolicyState::Stale(_) => "last good revision",
            PolicyState::Broken(_) => "broken",
        }
    }

    fn diagnostics(&self) -> Option<&str> {
        match &self.state {
            PolicyState::InForce => None,
            PolicyState::Stale(text) | PolicyState::Broken(text) => Some(text),
        }
    }

    /// Class of its badge.
    fn badge(&self) -> &'static str {
        match self.state {
            PolicyState::InForce => "good",
            PolicyState::Stale(_) => "warn",
            PolicyState::Broken(_) => "bad",
        }
    }

    /// Whether there may be a journey to draw: a broken policy is drawn as far as its files go.
    fn may_have_journey(&self) -> bool {
        self.can_run || matches!(self.state, PolicyState::Broken(_))
    }

    fn runs(&self) -> bool {
        self.can_run && !matches!(self.state, PolicyState::Broken(_))
    }
}

/// A registered application as the start page shows it.
#[derive(Debug, Clone)]
pub struct ApplicationCard {
    /// Its name.
    pub name: String,
    /// Its id.
    pub client_id: String,
    /// Its secret, if it has one that may be shown.
    pub secret: Option<String>,
    /// Kind and URI.
    pub redirects: Vec<(String, String)>,
    /// Implicit switches in words.
    pub implicit: bool,
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    policy: Option<String>,
}

#[derive(Template)]
#[template(path = "dev/start.html")]
struct Html<'a> {
    style: &'static str,
    script: &'static str,
    here: &'static str,
    public_url: &'a str,
    start: &'a StartPage,
    chosen: Option<&'a PolicyRow>,
}

pub(super) async fn show(State(dev): State<Dev>, Query(chosen): Query<Chosen>) -> Response {
    let start = (dev.pages.start)();
    let wanted = chosen.policy.unwrap_or_default();
    // Without a choice the first broken policy is shown: that is what the author came for.
    let by_name = start.policies.iter().find(|row| row.id.eq_ignore_ascii_case(&wanted));
    let chosen = by_name.or_else(|| start.policies.iter().find(|row| row.state != PolicyState::InForce));
    let public_url = dev.pages.public_url.as_str();
    page(Html { style: STYLE, script: SCRIPT, here: "policies", public_url, start: &start, chosen }.render())
}
