//! The end of a journey that an authorization request began: what it issued becomes codes and tokens on their way to the
//! application, what it kept becomes the browser's session (architecture 4).
//!
//! In: a journey in hand and its outcome. Out: the response, and the journey marked as ended so that a second click gets
//! the same answer. The request is read again from what the journey kept, by the rules that admitted it.

use axum::response::Response;
use vestibule_engine::journey::{Fault, FaultCode, Issue, Outcome, state};
use vestibule_engine::kind::{Kind, TokenIssuer};
use vestibule_engine::policy::RelyingParty;

use super::discovery;
use super::parameters::Parameters;
use super::refusal::{Occasion, Refusal};
use super::request::{self, AuthorizeRequest, Proven};
use super::respond::{Answer, Delivery};
use super::told::{self, Reader};
use crate::app::App;
use crate::applications::{self, Application, RedirectKind};
use crate::audit::{self, Activity, Event, Origin};
use crate::directory::{self, Lookup};
use crate::error::Error;
use crate::journeys::Live;
use crate::sessions::{self, Participant, Planned, Presented, SessionCookie, SignIn};
use crate::store::Change;
use crate::tokens::mint::Wanted;
use crate::tokens::{Failure, Frame, Grant, Shelf, Signers, code, issuer, mint};
use crate::web::oidc::call::apis;
use crate::web::visit::{DEVICE_COOKIE, Visit};

/// How long a browser is known by its device cookie: as long as lockout finds it familiar.
const DEVICE_SECONDS: i64 = 90 * 86_400;

/// How often a session is planned again when other tabs keep changing it.
const TRIES: usize = 4;

/// Ends a journey.
pub async fn finish(app: &App, visit: &Visit, live: &mut Live, outcome: Outcome) -> Response {
    match end(app, visit, live, outcome).await {
        Ok(response) => response,
        Err(error) => told::failure(&error),
    }
}

/// The answer that an ended journey was given before: for a second click.
#[must_use]
pub fn again(live: &Live) -> Option<Response> {
    let delivery: Delivery = serde_json::from_value(live.ticket.ending.clone()?).ok()?;
    Some(delivery.response())
}

/// What the end of a journey is decided by.
struct Ending<'a> {
    app: &'a App,
    visit: &'a Visit,
    party: &'a RelyingParty,
    application: &'a Application,
    proven: &'a Proven,
    correlation: &'a str,
}

async fn end(app: &App, visit: &Visit, live: &mut Live, outcome: Outcome) -> Result<Response, Error> {
    let (policy, tenant) = (live.policy.clone(), live.tenant.clone());
    let correlation = live.journey.correlation.clone();
    let reader = Reader { visit, tenant: &tenant, correlation: &correlation, now: app.clock.now() };
    let Some(party) = &policy.party else {
        return Ok(told::fault(reader, &Fault::of(90031)));
    };
    let parameters = Parameters::kept(&live.journey.request.parameters);
    let client_id = parameters.get("client_id").unwrap_or_default();
    let found = applications::find(&app.store, &live.tenant.name, client_id).await?;
    // The application was changed or removed while the person was signing in.
    let proven = found.as_ref().and_then(|application| request::prove(&parameters, application).ok());
    let (Some(application), Some(mut proven)) = (found, proven) else {
        return Ok(told::fault(reader, &Fault::of(90006)));
    };
    proven.issuer = discovery::response_issuer(app, &visit.origin, (&tenant, &policy, party));
    let ending =
        Ending { app, visit, party, application: &application, proven: &proven, correlation: &correlation };
    let issue = match outcome {
        Outcome::Fault(fault) if party.behaviour.show_errors => {
            return Ok(told::fault(reader, &fault));
        }
        Outcome::Fault(fault) => return ending.refuse(live, Refusal::ended(fault)).await,
        Outcome::Issue(issue) => issue,
    };
    let apis = apis(app, &application, parameters.get("scope")).await?;
    match request::read(&parameters, &application, &proven, (&apis, app.config.behaviour.standard_claims)) {
        Ok(request) => ending.issue(live, issue, request).await,
        Err(refusal) => ending.refuse(live, refusal).await,
    }
}

impl Ending<'_> {
    async fn issue(
        &self,
        live: &mut Live,
        issue: Issue,
        request: AuthorizeRequest,
    ) -> Result<Response, Error> {
        let Kind::TokenIssuer(settings) = &issue.issuer.kind else {
            return Ok(told::document(&issue.claims));
        };
        let tenant = live.tenant.clone();
        let shelf = Shelf {
            store: &self.app.store,
            sealer: &self.app.sealer,
            tenant: &tenant.name,
            now: self.app.clock.now(),
        };
        if self.is_disabled(shelf.tenant, issue.user.as_deref()).await? {
            return self.refuse(live, Refusal::ended(Fault::of(90111))).await;
        }
        let signed_in = issue.user.is_some();
        let mut grant = self.grant(live, &issue, &request);
        let (participant, partition) =
            (self.participant(&tenant.id, settings, &grant), self.partition(&live.policy.id));
        let begun_with = live.journey.session.clone();
        let session = (&begun_with, partition.as_deref());
        let session = self.session(shelf, session, (&issue, &participant)).await?;
        if self.app.config.session.is_named() {
            grant.sid = session.as_ref().map(|(planned, _)| planned.sid().to_owned());
        }
        let (answer, mut changes) = match self.answer(shelf, &tenant.id, settings, (grant, &request)).await {
            Ok(answered) => answered,
            Err(Failure::Fault(fault)) => return self.refuse(live, Refusal::ended(fault)).await,
            Err(Failure::Error(error)) => return Err(error),
        };
        changes.extend(self.events(live, &issue, &request));
        let delivery = Delivery::new(self.proven, answer);
        let cookie = self.write(shelf, live, (&delivery, session, changes)).await?;
        let mut response = delivery.response();
        if let Some(cookie) = cookie {
            self.visit.set_cookie(response.headers_mut(), &cookie.name, &cookie.value, cookie.max_age);
        }
        if let Some(device) = live.journey.request.device.as_deref().filter(|_| signed_in) {
            self.visit.set_cookie(response.headers_mut(), DEVICE_COOKIE, device, Some(DEVICE_SECONDS));
        }
        Ok(response)
    }

    /// Writes code, session, audit log and the end of the journey together: no part of a sign-in exists without the others.
    /// Where another tab changed the session meanwhile, that is planned again.
    async fn write(
        &self,
        shelf: Shelf<'_>,
        live: &mut Live,
        (delivery, mut session, changes): (&Delivery, Option<(Planned, SignIn<'_>)>, Vec<Change>),
    ) -> Result<Option<SessionCookie>, Error> {
        let ending = serde_json::to_value(delivery)?;
        for _ in 0..TRIES {
            let mut all = changes.clone();
            if let Some((planned, _)) = &session {
                all.extend(planned.changes(shelf).map_err(as_error)?);
            }
            if live.end(self.app, ending.clone(), all).await? {
                return Ok(session.map(|(planned, _)| planned.cookie(shelf)));
            }
            session = match session {
                Some((planned, sign_in)) => {
                    let again = sessions::again(shelf, planned, sign_in).await.map_err(as_error)?;
                    again.map(|planned| (planned, sign_in))
                }
                None => None,
            };
        }
        Err(overtaken())
    }

    /// Whether the user was disabled since the password was checked (attack 34). A deleted one is missed by the steps
    /// that read the directory; ids of users that never were in it are none of its business.
    async fn is_disabled(&self, tenant: &str, user: Option<&str>) -> Result<bool, Error> {
        let Some(user) = user else { return Ok(false) };
        match self.app.directory.find(tenant, &Lookup::ObjectId(user.to_owned())).await {
            Ok(found) => Ok(found.is_some_and(|user| !user.enabled)),
            Err(directory::Refusal::Store(error)) => Err(error.into()),
            Err(other) => Err(Error::new("reading the user of a journey", other)),
        }
    }

    fn grant(&self, live: &Live, issue: &Issue, request: &AuthorizeRequest) -> Grant {
        Grant {
            policy: live.policy.id.to_string(),
            issuer: issue.issuer.id.to_string(),
            client_id: self.application.client_id.clone(),
            user: issue.user.clone(),
            subject: issue.subject.clone(),
            claims: issue.claims.clone(),
            bag: issue.bag.clone(),
            authenticated_at: issue.authenticated_at,
            nonce: request.nonce.clone(),
            scopes: request.scopes.clone(),
            spa: self.proven.kind == RedirectKind::Spa,
            own_name: false,
            sid: None,
        }
    }

    /// How the application will know the session.
    fn participant(&self, tenant_id: &str, settings: &TokenIssuer, grant: &Grant) -> Participant {
        Participant {
            issuer: issuer(&self.visit.origin, tenant_id, &grant.policy, settings.issuer),
            subject: grant.sub().unwrap_or_default(),
            signing_key: settings.signing_key.to_string(),
        }
    }

    /// Codes and tokens by response type (protocols 2), and what keeps them.
    async fn answer(
        &self,
        shelf: Shelf<'_>,
        tenant_id: &str,
        settings: &TokenIssuer,
        (grant, request): (Grant, &AuthorizeRequest),
    ) -> Result<(Answer, Vec<Change>), Failure> {
        let wanted = request.response_type;
        let mut answer = Answer::new();
        let client_info = request.client_info.then(|| super::token::client_info(&grant, tenant_id));
        let made = match wanted.code {
            true => {
                let challenge = request.challenge.clone();
                Some(code::create(shelf, grant.clone(), &self.proven.redirect_uri, challenge)?)
            }
            false => None,
        };
        let (code, kept) = made.unzip();
        if wanted.has_token() {
            let container = (shelf.tenant, settings.signing_key.as_ref());
            let signers = Signers::of(&self.app.keys, container, self.application.id_token_algorithm).await?;
            let origin = &self.visit.origin;
            let frame = Frame { settings, origin, tenant_id, policy: &grant.policy, now: shelf.now };
            let wanted =
                Wanted { id_token: wanted.id_token, access_token: wanted.token, code: code.as_deref() };
            let minted = mint(&grant, frame, &signers, wanted)?;
            if let Some(token) = minted.access_token {
                answer.give("access_token", token);
                answer.give("token_type", "Bearer");
                answer.give("expires_in", settings.access_seconds.to_string());
                answer.give("scope", request.scopes.text());
            }
            if let Some(token) = minted.id_token {
                answer.give("id_token", token);
            }
        }
        if let Some(code) = code {
            answer.give("code", code);
        }
        if let Some(client_info) = client_info {
            answer.give("client_info", client_info);
        }
        Ok((answer, kept.into_iter().collect()))
    }

    fn partition(&self, policy: &str) -> Option<String> {
        sessions::partition(self.party.behaviour.scope, &self.application.client_id, policy)
    }

    /// The session as the sign-in leaves it; none where the policy or the journey keeps none. Applications take part in
    /// it where the policy's issuer registers them (policy-language 10.2), or the operator wants all of them told.
    async fn session<'s>(
        &'s self,
        shelf: Shelf<'_>,
        (session, partition): (&'s state::Session, Option<&'s str>),
        (issue, participant): (&'s Issue, &'s Participant),
    ) -> Result<Option<(Planned, SignIn<'s>)>, Error> {
        let Some(partition) = partition else { return Ok(None) };
        let settings = &self.app.config.session;
        let takes_part = issue.remembers_applications || settings.is_named();
        let sign_in = SignIn {
            issue,
            session,
            client_id: &self.application.client_id,
            behaviour: &self.party.behaviour,
            partition,
            participant: takes_part.then_some(participant),
            default_seconds: settings.single_sign_on_seconds,
        };
        let name = sessions::cookie_name(shelf.tenant, partition);
        let sent = self.visit.cookies(&name);
        let before = match sessions::load(shelf, partition, &sent).await.map_err(as_error)? {
            Presented::Live(live) => Some(*live),
            Presented::Absent | Presented::Stale => None,
        };
        Ok(sessions::plan(before, sign_in, shelf.now).map(|planned| (planned, sign_in)))
    }

    /// What the audit log says of it.
    fn events(&self, live: &Live, issue: &Issue, request: &AuthorizeRequest) -> Vec<Change> {
        let kinds = [
            (request.response_type.code, Activity::IssueCode),
            (request.response_type.id_token, Activity::IssueIdToken),
            (request.response_type.token, Activity::IssueAccessToken),
        ];
        let event = |activity| {
            let origin = Origin {
                correlation_id: self.correlation.to_owned(),
                policy_id: Some(live.policy.id.to_string()),
                application_id: Some(self.application.client_id.clone()),
                client_ip_address: Some(self.visit.address),
                client: self.visit.header("user-agent").map(str::to_owned),
                identity_provider_name: None,
            };
            let target = issue.user.as_deref().unwrap_or_default();
            let event = Event { tenant: &live.tenant.name, activity, failure: None, target, origin };
            audit::change(event, self.app.clock.now())
        };
        kinds.into_iter().filter(|(issued, _)| *issued).map(|(_, activity)| event(activity)).collect()
    }

    async fn refuse(&self, live: &mut Live, refusal: Refusal) -> Result<Response, Error> {
        let occasion = Occasion {
            correlation: self.correlation,
            now: self.app.clock.now(),
            line_breaks: self.app.config.behaviour.error_line_breaks,
        };
        let delivery = refused(self.proven, &refusal, occasion);
        if !live.end(self.app, serde_json::to_value(&delivery)?, Vec::new()).await? {
            return Err(overtaken());
        }
        let mut response = delivery.response();
        if matches!(refusal.fault.code, FaultCode::Custom(_))
            && let Some(cookie) = self.end_session(live).await?
        {
            self.visit.set_cookie(response.headers_mut(), &cookie.name, &cookie.value, cookie.max_age);
        }
        Ok(response)
    }

    /// An error that the policy itself issues ends the browser's session too (policy-language 5.4).
    async fn end_session(&self, live: &Live) -> Result<Option<SessionCookie>, Error> {
        let scope = self.party.behaviour.scope;
        let partition = sessions::partition(scope, &self.application.client_id, &live.policy.id);
        let Some(partition) = partition else { return Ok(None) };
        let tenant = &live.tenant.name;
        let name = sessions::cookie_name(tenant, &partition);
        let secrets = self.visit.cookies(&name);
        let shelf =
            Shelf { store: &self.app.store, sealer: &self.app.sealer, tenant, now: self.app.clock.now() };
        for secret in secrets.iter().take(4) {
            sessions::end(shelf, secret).await.map_err(as_error)?;
        }
        Ok((!secrets.is_empty()).then(|| sessions::cleared(&name)))
    }
}

/// A refusal on its way to a proven target (protocols 11).
#[must_use]
pub fn refused(proven: &Proven, refusal: &Refusal, occasion: Occasion<'_>) -> Delivery {
    let mut answer = Answer::new();
    answer.give("error", refusal.error);
    answer.give("error_description", refusal.description(occasion));
    Delivery::new(proven, answer)
}

fn overtaken() -> Error {
    Error::passing("ending a journey", "another request changed it")
}

fn as_error(failure: Failure) -> Error {
    match failure {
        Failure::Error(error) => error,
        Failure::Fault(fault) => Error::new("keeping a session", fault.text),
    }
}
