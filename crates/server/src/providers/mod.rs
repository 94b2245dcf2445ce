//! Providers: one file per kind of profile that needs the world, named as in the engine's `kind`.
//!
//! In: the parts, a tenant, a journey's facts, a profile's settings and its claims under partner names. Out: an answer
//! under partner names, a refusal for the user, or an error of ours. A provider never imports another and never sees
//! the journey's bag.

pub mod codes;
pub mod conditional_access;
pub mod directory;
pub mod email_code;
pub mod insights;
pub mod mfa;
pub mod one_time_password;
pub mod password;
pub mod rest;
pub mod token_hint;

use vestibule_engine::claims::Value;
use vestibule_engine::journey::Journey;
use vestibule_engine::journey::world::{Failure, Sent};

use crate::app::App;
use crate::audit::{self, Activity, Event, Origin};
use crate::error::Error;
use crate::policies::Tenant;

/// What every provider gets.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The parts of the server.
    pub app: &'a App,
    /// The tenant.
    pub tenant: &'a Tenant,
    /// The journey: language, application, address, ids. Its claims are none of a provider's business.
    pub journey: &'a Journey,
}

impl Context<'_> {
    /// Names the page the journey stands at: what a one-time code is bound to beside its address (attacks 28, 29).
    pub fn page(&self) -> String {
        let inside: String =
            self.journey.inside.iter().map(|frame| format!("/{}:{}", frame.journey, frame.order)).collect();
        format!("{}|{}{inside}", self.journey.id, self.journey.order)
    }
}

impl Context<'_> {
    /// Writes to the audit log: what happened to whom, and why not where it failed.
    pub async fn audit(&self, activity: Activity, target: &str, failure: Option<&str>) -> Result<(), Error> {
        let request = &self.journey.request;
        let origin = Origin {
            correlation_id: self.journey.correlation.clone(),
            policy_id: Some(self.journey.policy.to_string()),
            application_id: request.parameters.get("client_id").cloned(),
            client_ip_address: request.address.parse().ok(),
            ..Origin::default()
        };
        let event = Event { tenant: &self.tenant.name, activity, failure, target, origin };
        Ok(audit::record(&self.app.store, event, self.app.clock.now()).await?)
    }
}

/// The text of the input under a partner name, in any case.
pub fn text(inputs: &[Sent], partner: &str) -> Option<String> {
    let sent = inputs.iter().find(|sent| sent.partner.eq_ignore_ascii_case(partner));
    sent.map(|sent| sent.value.text()).filter(|text| !text.is_empty())
}

/// The value of the input under a partner name, in any case.
pub fn value<'a>(inputs: &'a [Sent], partner: &str) -> Option<&'a Value> {
    inputs.iter().find(|sent| sent.partner.eq_ignore_ascii_case(partner)).map(|sent| &sent.value)
}

/// An error of ours as a journey takes it.
pub fn failed(error: impl Into<Error>) -> Failure {
    let error: Error = error.into();
    vestibule_engine::journey::world::Error(Box::new(error)).into()
}
