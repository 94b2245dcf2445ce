//! The endpoints of policies: one request in, the handler of its address out.
//!
//! In: whatever no fixed route took. Out: the handler's answer, or the plain page that says why there is none. What every
//! endpoint shares is done here once: host, address, tenant, policy, limits, body.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use vestibule_engine::policy::Policy;

use super::error::ErrorPage;
use super::headers::secure;
use super::journey;
use super::oidc::call::Call;
use super::oidc::published::Published;
use super::oidc::{authorize, cors, direct, discovery, introspection, logout, revocation, token, userinfo};
use super::pages::Templates;
use super::trouble;
use super::urls::{self, Address, Endpoint, NoAddress};
use super::visit::Visit;
use crate::app::{App, Shared};
use crate::http::Bounds;
use crate::limits::{Act, Throttled};
use crate::policies::Tenant;

/// Largest body of any endpoint, bytes (attack 83).
const MOST_BODY: usize = 64 * 1024;

/// Answers a request at a policy's endpoint.
pub async fn answer(State(app): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let published = parts.extensions.get::<Arc<Published>>().cloned().unwrap_or_default();
    if let Some(response) = published.find(&app, &parts).await {
        return response;
    }
    let templates = parts.extensions.get::<Arc<Templates>>().cloned().unwrap_or_else(|| templates(&app));
    let mut response = match Visit::read(&parts, &app.config) {
        Ok(visit) => {
            let known = Known { templates: &templates, published: &published, head: &parts };
            route(&app, known, (&visit, body)).await.unwrap_or_else(|page| page.into_response())
        }
        Err(_) => ErrorPage::misdirected().into_response(),
    };
    secure(response.headers_mut(), &app.config.server.public_url);
    response
}

/// Where page templates come from, fetched ones kept for a while.
pub fn templates(app: &App) -> Arc<Templates> {
    let outbound = &app.config.outbound;
    let bounds =
        Bounds { time: Duration::from_secs(outbound.template_seconds), bytes: outbound.template_bytes };
    Arc::new(Templates::new(app.http.clone(), bounds))
}

/// What is kept between requests, and the head of this one.
#[derive(Clone, Copy)]
struct Known<'a> {
    templates: &'a Templates,
    published: &'a Published,
    head: &'a Parts,
}

async fn route(app: &App, known: Known<'_>, (visit, body): (&Visit, Body)) -> Result<Response, ErrorPage> {
    let address = match address(visit)? {
        Ok(address) => address,
        Err((tenant, endpoint)) => return without_policy(app, visit, (&tenant, endpoint)),
    };
    let tenant = app.policies.tenant(&address.tenant).ok_or(ErrorPage::not_found())?;
    let policy = app.policies.in_force(&tenant, &address.policy).ok_or(ErrorPage::not_found())?;
    let call =
        call((app, known.templates), visit, (&address, &tenant, &policy)).ok_or(ErrorPage::not_found())?;
    if !is_on(app, address.endpoint) {
        return Err(ErrorPage::not_found());
    }
    let methods = methods(address.endpoint);
    if visit.method == Method::OPTIONS {
        return Ok(preflight(call, methods).await);
    }
    let direct = address.endpoint.is_direct();
    if !direct && !methods.split(", ").any(|known| known == visit.method.as_str()) {
        return Err(ErrorPage::method_not_allowed(methods));
    }
    if let Err(throttled) = count(call) {
        return match address.endpoint {
            // The page's script would take a 429 for a broken line and try again (user-interface 6.3).
            Endpoint::SelfAsserted | Endpoint::ControlAction | Endpoint::Phone => {
                Ok(journey::throttled(call, throttled))
            }
            _ if direct => Ok(direct::unread(call, &ErrorPage::too_many(throttled.seconds))),
            _ => Err(ErrorPage::too_many(throttled.seconds)),
        };
    }
    match read(call, body).await {
        Ok(bytes) => Ok(trouble::in_its_own_page(call, handle(call, known, bytes).await?).await),
        Err(page) if direct => Ok(direct::unread(call, &page)),
        Err(page) => Err(page),
    }
}

/// Whether the endpoint exists: extensions are there where they are turned on.
fn is_on(app: &App, endpoint: Endpoint) -> bool {
    match endpoint {
        Endpoint::Revocation => app.config.openid.revocation,
        Endpoint::Introspection => app.config.openid.introspection,
        _ => true,
    }
}

/// The address, or tenant and endpoint where no policy is named.
fn address(visit: &Visit) -> Result<Result<Address, (String, Endpoint)>, ErrorPage> {
    let p = policy_parameter(&visit.query)?;
    match urls::parse(&visit.path, p.as_deref()) {
        Ok(address) => Ok(Ok(address)),
        Err(NoAddress::NoPolicy { tenant, endpoint }) => Ok(Err((tenant, endpoint))),
        Err(NoAddress::NotFound) => Err(ErrorPage::not_found()),
        Err(NoAddress::Differs) => Err(ErrorPage::bad_request()),
    }
}

/// 404 that says what to do: the default issuer is the tenant's, so its well-known address names no policy, and whoever
/// starts from the issuer alone ends here (protocols 18 row 1).
fn without_policy(
    app: &App,
    visit: &Visit,
    (tenant, endpoint): (&str, Endpoint),
) -> Result<Response, ErrorPage> {
    let tenant = app.policies.tenant(tenant).ok_or(ErrorPage::not_found())?;
    if !matches!(endpoint, Endpoint::Discovery | Endpoint::Keys) {
        return Err(ErrorPage::no_policy());
    }
    let base = format!("{}/{}", visit.origin, tenant.name);
    let text = format!(
        "404: this address names a tenant, but none of its policies.\n\n\
         Every policy has endpoints and keys of its own. Name the policy in the path or in p:\n\n  \
         {base}/POLICY/v2.0/.well-known/openid-configuration\n  \
         {base}/v2.0/.well-known/openid-configuration?p=POLICY\n\n\
         A client that knows nothing but an issuer needs one with the policy in it: set IssuanceClaimPattern to\n\
         AuthorityWithTfp in the policy's token issuer. Its discovery document is then served below that issuer.\n"
    );
    let mut response = (StatusCode::NOT_FOUND, text).into_response();
    cors::open(response.headers_mut());
    Ok(response)
}

/// `p` of the query; two that differ are one too many (attack 9).
fn policy_parameter(query: &str) -> Result<Option<String>, ErrorPage> {
    let mut found: Option<String> = None;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if name == "p" {
            match &found {
                Some(known) if *known != value => return Err(ErrorPage::bad_request()),
                _ => found = Some(value.into_owned()),
            }
        }
    }
    Ok(found)
}

fn call<'a>(
    (app, templates): (&'a App, &'a Templates),
    visit: &'a Visit,
    (address, tenant, policy): (&'a Address, &'a Arc<Tenant>, &'a Arc<Policy>),
) -> Option<Call<'a>> {
    let party = policy.party.as_ref()?;
    Some(Call { app, visit, address, tenant, policy, party, templates })
}

/// Methods of an endpoint, as an `Allow` header says them.
fn methods(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Discovery | Endpoint::Keys => "GET, HEAD, OPTIONS",
        Endpoint::Authorize | Endpoint::Logout => "GET, POST, OPTIONS",
        Endpoint::Token | Endpoint::Revocation | Endpoint::Introspection => "POST, OPTIONS",
        Endpoint::UserInfo => "GET, POST, OPTIONS",
        Endpoint::SelfAsserted | Endpoint::Phone | Endpoint::Trace => "POST, OPTIONS",
        Endpoint::Page | Endpoint::ControlAction => "GET, POST, OPTIONS",
    }
}

/// Answers OPTIONS: which methods there are and, where scripts of other origins may come at all, what they may send.
async fn preflight(call: Call<'_>, methods: &'static str) -> Response {
    let mut response = match call.address.endpoint {
        Endpoint::Discovery | Endpoint::Keys => {
            let mut response = StatusCode::NO_CONTENT.into_response();
            cors::open(response.headers_mut());
            cors::preflight(response.headers_mut());
            response
        }
        Endpoint::Token | Endpoint::Revocation | Endpoint::Introspection | Endpoint::UserInfo => {
            direct::preflight(call).await
        }
        _ => StatusCode::NO_CONTENT.into_response(),
    };
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

/// Counts the request.
fn count(call: Call<'_>) -> Result<(), Throttled> {
    let act = match call.address.endpoint {
        Endpoint::Discovery | Endpoint::Keys | Endpoint::Trace => return Ok(()),
        Endpoint::Token | Endpoint::Revocation | Endpoint::Introspection | Endpoint::UserInfo => Act::Token,
        _ => Act::Page,
    };
    call.app.limits.check(act, call.visit.address)
}

/// Reads the body if it is a form of moderate size.
async fn read(call: Call<'_>, body: Body) -> Result<Bytes, ErrorPage> {
    let bytes = to_bytes(body, MOST_BODY).await.map_err(|_| ErrorPage::too_large())?;
    let is_form = call.visit.header(header::CONTENT_TYPE.as_str()).is_some_and(is_form);
    let is_free = matches!(call.address.endpoint, Endpoint::Trace);
    let is_post = call.visit.method == Method::POST;
    match is_post && !is_free && !is_form && !bytes.is_empty() {
        true => Err(ErrorPage::unsupported()),
        false => Ok(if is_post { bytes } else { Bytes::new() }),
    }
}

/// A URL-encoded form, in UTF-8 if it says so at all.
fn is_form(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let form =
        parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    form && charset.is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"))
}

async fn handle(call: Call<'_>, known: Known<'_>, body: Bytes) -> Result<Response, ErrorPage> {
    Ok(match call.address.endpoint {
        Endpoint::Discovery => known.published.keep(call, known.head, discovery::document(call).await).await,
        Endpoint::Keys => known.published.keep(call, known.head, discovery::keys(call).await).await,
        Endpoint::Authorize => authorize::authorize(call, body).await,
        Endpoint::Token => token::token(call, body).await,
        Endpoint::Revocation => revocation::revoke(call, body).await,
        Endpoint::Introspection => introspection::introspect(call, body).await,
        Endpoint::Logout => logout::logout(call, body).await,
        Endpoint::UserInfo => userinfo::userinfo(call, body).await,
        Endpoint::Trace => StatusCode::OK.into_response(),
        Endpoint::SelfAsserted | Endpoint::Page | Endpoint::ControlAction | Endpoint::Phone => {
            return journey::answer(call, body).await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_083_only_forms_in_utf_8_are_read() {
        let table = [
            ("application/x-www-form-urlencoded", true),
            ("application/x-www-form-urlencoded;charset=utf-8", true),
            ("Application/X-WWW-Form-Urlencoded; charset=\"UTF-8\"", true),
            ("application/x-www-form-urlencoded; charset=utf-16", false),
            ("application/json", false),
            ("multipart/form-data; boundary=x", false),
            ("text/plain", false),
            ("", false),
        ];
        for (content_type, expected) in table {
            assert_eq!(is_form(content_type), expected, "{content_type}");
        }
    }

    #[test]
    fn attack_009_two_policies_in_the_query_are_one_too_many() {
        assert_eq!(policy_parameter("a=1&p=X").unwrap().as_deref(), Some("X"));
        assert_eq!(policy_parameter("p=X&p=X").unwrap().as_deref(), Some("X"));
        assert!(policy_parameter("p=X&p=Y").is_err());
        assert_eq!(policy_parameter("").unwrap(), None);
    }
}
