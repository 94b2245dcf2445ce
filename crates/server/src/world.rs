//! The server as the world in which journeys run: which provider answers which call.

use jiff::Timestamp;
use vestibule_engine::journey::Event;
use vestibule_engine::journey::world::{Answer, Call, Error, Failure, What, World};
use vestibule_engine::kind::Kind;
use vestibule_engine::policy::Policy;

use crate::app::App;
use crate::chance;
use crate::policies::Tenant;
use crate::providers::{
    Context, captcha, conditional_access, directory, email_code, insights, mfa, one_time_password, password,
    phone, rest, token_hint,
};
use crate::recorder::Recorder;

/// The world of one request.
#[derive(Clone, Copy)]
pub struct ServerWorld<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    /// Where the recorder listens: the policy and the journey's transaction id.
    recorded: Option<(&'a Recorder, &'a Policy, &'a str)>,
}

impl<'a> ServerWorld<'a> {
    /// The world of a tenant.
    pub fn new(app: &'a App, tenant: &'a Tenant) -> ServerWorld<'a> {
        ServerWorld { app, tenant, recorded: None }
    }

    /// The same, heard by the recorder, if there is one, as the journey with that transaction id.
    pub fn recorded(self, policy: &'a Policy, id: &'a str) -> ServerWorld<'a> {
        let recorded = self.app.recorder.as_deref().map(|recorder| (recorder, policy, id));
        ServerWorld { recorded, ..self }
    }
}

impl World for ServerWorld<'_> {
    async fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let context = Context { app: self.app, tenant: self.tenant, journey: call.journey };
        match call.what {
            What::Profile { profile, inputs, persisted, address } => match &profile.kind {
                Kind::Directory(settings) => {
                    directory::run(context, settings, profile, (&inputs, &persisted)).await
                }
                Kind::PasswordGrant(settings) => password::run(context, settings, profile, &inputs).await,
                Kind::EmailCode(operation) => email_code::run(context, *operation, &inputs).await,
                Kind::OneTimePassword(settings) => one_time_password::run(context, settings, &inputs).await,
                Kind::Rest(settings) => {
                    rest::run(context, (settings, address.as_deref()), profile, &inputs).await
                }
                Kind::Insights(settings) => {
                    insights::run(context, settings, &inputs);
                    Ok(Answer::empty())
                }
                Kind::ConditionalAccess(operation) => {
                    Ok(conditional_access::run(context, *operation, &inputs))
                }
                Kind::Captcha(operation) => captcha::run(context, *operation, &inputs).await,
                Kind::Mfa(operation) => mfa::run(context, *operation, &inputs).await,
                other => Err(Error::sentence(format!("no provider answers {other:?}")).into()),
            },
            What::ReadHint { profile, settings, hint } => {
                token_hint::run(context, settings, profile, hint).await
            }
            What::SendCode { claim, address } => email_code::send(context, claim, address).await,
            What::CheckCode { claim, address, code } => {
                email_code::check(context, claim, (address, code)).await
            }
            What::Dial { number, carrier, tries } => phone::dial(context, number, carrier, tries).await,
            What::CheckDialled { number, code } => phone::check(context, number, code).await,
            What::HearCall { number } => phone::hear(context, number).await,
        }
    }

    fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        chance::fill(bytes);
    }

    fn note(&self, event: Event<'_>) {
        if let Some((recorder, policy, id)) = self.recorded {
            recorder.note(id, policy, event, self.app.clock.now());
        }
    }

    fn listens(&self) -> bool {
        self.recorded.is_some()
    }

    async fn secret(&self, container: &str) -> Option<Vec<u8>> {
        let key = self.app.keys.active(&self.tenant.name, container).await.ok()?;
        key.secret().ok().map(<[u8]>::to_vec)
    }
}
