//! The authorization endpoint: read once, prove, look at the session, begin the journey (protocols 2).
//!
//! In: a call and its form body. Out: the first page, an answer by single sign-on, an error at the redirect target, or a
//! page of our own while there is no proven target.

use std::sync::Arc;

use axum::body::Bytes;
use axum::response::Response;
use vestibule_engine::journey::state::Entry;
use vestibule_engine::journey::{Fault, Next, Request};

use super::call::Call;
use super::finish::{finish, refused};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::request::{self, AuthorizeRequest, Prompt, Proven};
use super::told;
use super::{discovery, hint};
use crate::applications::Application;
use crate::error::Error;
use crate::journeys::{self, Start};
use crate::sessions::{self, Live, Presented};
use crate::tokens::Failure;

/// Answers an authorization request.
pub async fn authorize(call: Call<'_>, body: Bytes) -> Response {
    let parameters = match Parameters::read(&call.visit.query, &body) {
        Ok(parameters) => parameters,
        Err(malformed) => {
            tracing::info!(
                why = malformed.0,
                correlation = call.visit.correlation,
                "a request was malformed"
            );
            let text = "The request is malformed.";
            return told::fault(call.reader(), &Fault::with(90122, text));
        }
    };
    match begin(call, parameters).await {
        Ok(response) => response,
        Err(error) => told::failure(&error),
    }
}

/// A request whose client and target are proven.
struct Admitted {
    parameters: Parameters,
    application: Application,
    proven: Proven,
}

async fn begin(call: Call<'_>, parameters: Parameters) -> Result<Response, Error> {
    let admitted = match admit(call, parameters).await? {
        Ok(admitted) => admitted,
        Err(fault) => return Ok(told::fault(call.reader(), &fault)),
    };
    let (application, proven) = (&admitted.application, &admitted.proven);
    let refuse = |refusal: &Refusal| refused(proven, refusal, call.occasion()).response();
    if !application.may_use(&call.policy.id) {
        let text = "The application is not registered for this policy.";
        return Ok(refuse(&Refusal::of(Fault::with(90011, text))));
    }
    let apis = call.apis(application, admitted.parameters.get("scope")).await?;
    let standard_claims = call.app.config.behaviour.standard_claims;
    let request = match request::read(&admitted.parameters, application, proven, (&apis, standard_claims)) {
        Ok(request) => request,
        Err(refusal) => return Ok(refuse(&refusal)),
    };
    let mut presented = present(call, application).await?;
    let session = match usable(call, &admitted.parameters, &request, &presented).await? {
        Ok(session) => session,
        Err(fault) => return Ok(refuse(&Refusal::of(fault))),
    };
    let start = start(call, &admitted, session);
    let (mut live, next) = journeys::begin(call.app, start).await?;
    let response = match next {
        Next::Show(_) if request.prompt == Prompt::None => refuse(&Refusal::of(Fault::of(90077))),
        Next::Show(page) => super::page::show(call, &live, &page).await,
        Next::Finish(outcome) => {
            presented.stale = None;
            finish(call.app, call.visit, &mut live, *outcome).await
        }
    };
    Ok(cleared(call, presented, response))
}

/// What the browser presented for the session's partition.
struct Session {
    live: Option<Live>,
    /// Name of a cookie that led nowhere.
    stale: Option<String>,
}

async fn admit(call: Call<'_>, parameters: Parameters) -> Result<Result<Admitted, Fault>, Error> {
    let client_id = match request::client_id(&parameters) {
        Ok(client_id) => client_id,
        Err(fault) => return Ok(Err(fault)),
    };
    let Some(application) = call.application(client_id).await? else {
        let text = "The client id specified in the request is not registered in the tenant.";
        return Ok(Err(Fault::with(90018, text)));
    };
    Ok(request::prove(&parameters, &application).map(|mut proven| {
        let place = (call.tenant.as_ref(), call.policy.as_ref(), call.party);
        proven.issuer = discovery::response_issuer(call.app, &call.visit.origin, place);
        Admitted { parameters, application, proven }
    }))
}

async fn present(call: Call<'_>, application: &Application) -> Result<Session, Error> {
    let scope = call.party.behaviour.scope;
    let Some(partition) = sessions::partition(scope, &application.client_id, &call.policy.id) else {
        return Ok(Session { live: None, stale: None });
    };
    let name = sessions::cookie_name(&call.tenant.name, &partition);
    match sessions::load(call.shelf(), &partition, &call.visit.cookies(&name)).await {
        Ok(Presented::Live(live)) => Ok(Session { live: Some(*live), stale: None }),
        Ok(Presented::Absent) => Ok(Session { live: None, stale: None }),
        Ok(Presented::Stale) => Ok(Session { live: None, stale: Some(name) }),
        Err(Failure::Error(error)) => Err(error),
        Err(Failure::Fault(fault)) => Err(Error::new("reading a session", fault.text)),
    }
}

/// The session that the journey may take part in, after `prompt`, `max_age` and `id_token_hint` (policy-language 10.1).
async fn usable<'s>(
    call: Call<'_>,
    parameters: &Parameters,
    request: &AuthorizeRequest,
    presented: &'s Session,
) -> Result<Result<Option<&'s Live>, Fault>, Error> {
    let Some(live) = presented.live.as_ref().filter(|_| request.prompt != Prompt::Login) else {
        return Ok(if request.prompt == Prompt::None { Err(Fault::of(90077)) } else { Ok(None) });
    };
    let too_old = request.max_age.is_some_and(|seconds| live.is_older_than(seconds, call.now()));
    let others = match parameters.get("id_token_hint") {
        Some(token) => hint::read(call, token).await?.is_some_and(|hint| !hint.is_about(live.user())),
        None => false,
    };
    Ok(match (too_old || others, request.prompt == Prompt::None) {
        (false, _) => Ok(Some(live)),
        (true, false) => Ok(None),
        (true, true) if others => Err(Fault::of(90077)),
        (true, true) => {
            Err(Fault::with(90121, "The session is older than the max_age of the request allows."))
        }
    })
}

fn start(call: Call<'_>, admitted: &Admitted, session: Option<&Live>) -> Start {
    let visit = call.visit;
    Start {
        tenant: Arc::clone(call.tenant),
        policy: Arc::clone(call.policy),
        journey: None,
        request: Request {
            entry: Entry::Authorize,
            tenant_id: call.tenant.id.clone(),
            host: visit.host.clone(),
            address: visit.address.to_string(),
            device: Some(visit.device().to_owned()),
            languages: visit.languages(),
            parameters: admitted.parameters.all().clone(),
            application: Some(admitted.application.name.clone()),
        },
        session: session.map(Live::session).unwrap_or_default(),
        browser: visit.browser(&call.tenant.name),
        context: serde_json::Value::Null,
        correlation: visit.correlation.clone(),
    }
}

/// Clears a session cookie that led nowhere (attack 95).
fn cleared(call: Call<'_>, session: Session, mut response: Response) -> Response {
    if let Some(name) = session.stale {
        call.visit.set_cookie(response.headers_mut(), &name, "", None);
    }
    response
}
