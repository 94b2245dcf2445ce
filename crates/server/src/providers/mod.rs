//! Providers: one file per kind of profile that needs the world, named as in the engine's `kind`.
//!
//! In: the parts, a tenant, a journey's facts, a profile's settings and its claims under partner names. Out: an answer
//! under partner names, a refusal for the user, or an error of ours. A provider never imports another and never sees
//! the journey's bag.

pub mod captcha;
pub mod codes;
pub mod conditional_access;
pub mod directory;
pub mod email_code;
pub mod insights;
pub mod mfa;
pub mod numbers;
pub mod one_time_password;
pub mod password;
pub mod phone;
pub mod rest;
pub mod token_hint;

use vestibule_engine::claims::Value;
use vestibule_engine::journey::Journey;
use vestibule_engine::journey::trace::is_secret;
use vestibule_engine::journey::world::{Failure, Refusal, Sent, Words};
use vestibule_engine::policy::Profile;

use crate::app::App;
use crate::audit::{self, Activity, Event, Origin};
use crate::error::Error;
use crate::http::{self, FetchError, Outgoing};
use crate::policies::Tenant;
use crate::recorder::{Exchange, Veil};

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

impl Context<'_> {
    /// Tells the recorder of `dev` what went out and what came back; what is secret in it stays hidden.
    pub fn record(
        &self,
        profile: &Profile,
        (outgoing, inputs): (&Outgoing, &[Sent]),
        answered: &Result<http::Answer, FetchError>,
    ) {
        let Some(recorder) = &self.app.recorder else { return };
        let (body, why);
        let answer = match answered {
            Ok(answer) => {
                body = String::from_utf8_lossy(&answer.body);
                Ok((answer.status, &*body))
            }
            Err(error) => {
                why = error.to_string();
                Err(why.as_str())
            }
        };
        let exchange = Exchange {
            profile,
            method: outgoing.method().name(),
            address: outgoing.url.as_str(),
            headers: outgoing.headers().collect(),
            sent: &String::from_utf8_lossy(outgoing.bytes()),
            answer,
            veil: self.veil(profile, inputs),
        };
        recorder.exchange(&self.journey.id, &exchange, self.app.clock.now());
    }

    /// Names and values of the claims whose values nobody keeps.
    fn veil(&self, profile: &Profile, inputs: &[Sent]) -> Veil {
        let policies = &self.app.policies;
        let policy = policies.revision(self.tenant, &self.journey.policy, &self.journey.revision);
        // Without the policy nothing is known to be harmless.
        let secret = |claim| policy.as_ref().is_none_or(|policy| is_secret(policy, claim));
        let mut veil = Veil::default();
        for sent in inputs.iter().filter(|sent| secret(&sent.claim)) {
            veil.names.push(sent.partner.clone());
            veil.values.push(sent.value.text());
        }
        let answered = profile.outputs.iter().filter(|output| secret(&output.claim));
        // Of a path into the answer, the member it ends with.
        let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
        veil.names.extend(answered.map(|output| last(&output.partner)));
        veil
    }
}

/// The text of the input under a partner name, in any case.
pub fn text(inputs: &[Sent], partner: &str) -> Option<String> {
    let sent = inputs.iter().find(|sent| sent.partner.eq_ignore_ascii_case(partner));
    sent.map(|sent| sent.value.text()).filter(|text| !text.is_empty())
}

/// The text of an input that must have a value.
pub fn needed(inputs: &[Sent], partner: &str) -> Result<String, Failure> {
    text(inputs, partner).ok_or_else(|| missing(partner))
}

/// What is said where an input has no value.
pub fn missing(name: &str) -> Failure {
    let words = Words::Key("UserMessageIfMissingRequiredElement", vec![name.to_owned()]);
    Refusal { code: 90037, words }.into()
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
