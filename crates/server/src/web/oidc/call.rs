//! A request at an endpoint of a policy: who asks, where, of which policy. Every handler of the protocol gets one.

use std::sync::Arc;

use jiff::Timestamp;
use vestibule_engine::policy::{Policy, RelyingParty};

use crate::app::App;
use crate::applications::{self, Application};
use crate::error::Error;
use crate::policies::Tenant;
use crate::tokens::{Api, Asker, Shelf};
use crate::web::oidc::refusal::Occasion;
use crate::web::oidc::told::Reader;
use crate::web::pages::Templates;
use crate::web::urls::Address;
use crate::web::visit::Visit;

/// One request.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The parts of the server.
    pub app: &'a App,
    /// The request's head.
    pub visit: &'a Visit,
    /// The address in the form it was asked.
    pub address: &'a Address,
    /// The tenant.
    pub tenant: &'a Arc<Tenant>,
    /// The policy in force.
    pub policy: &'a Arc<Policy>,
    /// Its relying party.
    pub party: &'a RelyingParty,
    /// Where page templates come from.
    pub templates: &'a Templates,
}

impl<'a> Call<'a> {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// When and how a refusal of this request is told.
    #[must_use]
    pub fn occasion(&self) -> Occasion<'a> {
        let line_breaks = self.app.config.behaviour.error_line_breaks;
        Occasion { correlation: &self.visit.correlation, now: self.now(), line_breaks }
    }

    /// Whom a page of ours is for.
    #[must_use]
    pub fn reader(&self) -> Reader<'a> {
        Reader {
            visit: self.visit,
            tenant: self.tenant,
            correlation: &self.visit.correlation,
            now: self.now(),
        }
    }

    /// Where codes, tokens and sessions of the tenant are kept.
    #[must_use]
    pub fn shelf(&self) -> Shelf<'a> {
        Shelf { store: &self.app.store, sealer: &self.app.sealer, tenant: &self.tenant.name, now: self.now() }
    }

    /// The registered application of a client id.
    ///
    /// # Errors
    /// Failures of the store.
    pub async fn application(&self, client_id: &str) -> Result<Option<Application>, Error> {
        Ok(applications::find(&self.app.store, &self.tenant.name, client_id).await?)
    }

    /// All applications of the tenant.
    ///
    /// # Errors
    /// Failures of the store.
    pub async fn applications(&self) -> Result<Vec<Application>, Error> {
        Ok(applications::list(&self.app.store, &self.tenant.name).await?)
    }

    /// The APIs of the tenant, where the scope can name one.
    ///
    /// # Errors
    /// Failures of the store.
    pub async fn apis(&self, application: &Application, scope: Option<&str>) -> Result<Vec<Api>, Error> {
        apis(self.app, application, scope).await
    }
}

/// The APIs of an application's tenant with what it was granted of each, where a scope text can name one at all.
///
/// # Errors
/// Failures of the store.
pub async fn apis(app: &App, application: &Application, scope: Option<&str>) -> Result<Vec<Api>, Error> {
    if !scope.is_some_and(|scope| scope.contains("://")) {
        return Ok(Vec::new());
    }
    let exposed = applications::list(&app.store, &application.tenant).await?.into_iter().filter_map(|api| {
        let scopes = application.granted_scopes(&api);
        Some(Api { client_id: api.client_id, identifier_uri: api.resource?.identifier_uri, scopes })
    });
    Ok(exposed.collect())
}

/// An application as the reader of scopes sees it.
#[must_use]
pub fn asker(application: &Application) -> Asker<'_> {
    Asker { client_id: &application.client_id, userinfo_token: application.userinfo_token }
}
