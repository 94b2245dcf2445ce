//! The page protocol: posts of a page, steps forward, actions of controls (user-interface 6), and the form route for
//! browsers without script (2.7).
//!
//! In: a request at a page's address. Out: JSON for posts, a page or the journey's end for steps. A request counts if
//! the journey is bound to this browser and the token is the page's (reference README 16); the token stands in the header
//! for posts, in the query for steps, in the body on the form route alone (attack 24).

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use vestibule_engine::journey::page::Page;
use vestibule_engine::journey::phone::Wanted;
use vestibule_engine::journey::world::Carrier;
use vestibule_engine::journey::{Choice, Fault, Next, Reply};
use vestibule_engine::policy::Policy;

use super::error::ErrorPage;
use super::form::{self, Fields};
use super::oidc::call::Call;
use super::oidc::{finish, told};
use super::pages::{self, Exception, Frame, Html, Template};
use super::trouble::{self, Told};
use super::urls::Endpoint;
use crate::chance;
use crate::error::Error;
use crate::journeys::{self, Live, Lost, TokenOf};
use crate::limits::Throttled;
use crate::policies::Tenant;

/// The cookie with the current page's token; told to headless clients, never compared (README 16).
const TOKEN_COOKIE: &str = "x-ms-cpim-csrf";
/// The cookie that names the current transaction; told, never compared.
const TRANSACTION_COOKIE: &str = "x-ms-cpim-trans";
/// Longest path, token or id that is looked at.
const LONGEST: usize = 2_048;

/// Why a request gets no answer from a journey.
enum Stop {
    /// An opaque 400.
    Refused,
    /// The page of another kind of trouble.
    Page(Box<Response>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Page(Box::new(told::failure(&error)))
    }
}

/// Answers a request at a page's address.
pub async fn answer(call: Call<'_>, body: Bytes) -> Result<Response, ErrorPage> {
    let is_post = call.visit.method == Method::POST;
    let answered = match (call.address.endpoint, is_post) {
        (Endpoint::SelfAsserted, true) => posted(call, &Fields::read(&body)).await,
        (Endpoint::ControlAction, true) => acted(call, &Fields::read(&body)).await,
        (Endpoint::ControlAction, false) => challenged(call).await,
        (Endpoint::Phone, true) => dialled(call, &Fields::read(&body)).await,
        (Endpoint::Page, _) => stepped(call, is_post, &Fields::read(&body)).await,
        _ => return Err(ErrorPage::not_found()),
    };
    Ok(match answered {
        Ok(response) => response,
        Err(Stop::Page(response)) => *response,
        Err(Stop::Refused) => expired(call),
    })
}

/// Shows a page of a journey, with its cookies: the token's first, as clients take the first (2.4).
pub async fn show(call: Call<'_>, live: &Live, page: &Page) -> Response {
    let nonce = nonce();
    let brand = pages::Brand::of(&live.tenant.settings.brand);
    let trans_id = form::transaction_text(&live.journey.id);
    let host_path = host_path(call, live);
    let frame = Frame {
        csrf: &live.ticket.token,
        trans_id: &trans_id,
        page_view_id: &live.ticket.page_view,
        host_path: &host_path,
        policy: &live.policy.id,
        tenant_id: &live.tenant.id,
        nonce: &nonce,
        correlation: &live.journey.correlation,
        static_base: "/static/",
        trim_passwords: call.app.config.behaviour.trim_spaces_in_password,
        brand: &brand,
    };
    let template = template(call, live, page).await;
    let mut response = html(StatusCode::OK, pages::render(page, &frame, &template));
    let headers = response.headers_mut();
    call.visit.set_cookie(headers, TOKEN_COOKIE, &live.ticket.token, None);
    let browser = call.visit.browser(&live.tenant.name);
    call.visit.set_cookie(headers, &super::visit::browser_cookie(&live.tenant.name), &browser, None);
    let current = json!({ "T_DIC": [{ "I": live.journey.id }], "C_ID": live.journey.id });
    call.visit.set_cookie(headers, TRANSACTION_COOKIE, &STANDARD.encode(current.to_string()), None);
    response
}

/// The beginning of the page's addresses, with prefix and tenant in the form in which the application asked.
fn host_path(call: Call<'_>, live: &Live) -> String {
    format!("{}/{}/{}", call.address.prefix, call.address.tenant, live.policy.id)
}

async fn template(call: Call<'_>, live: &Live, page: &Page) -> Template {
    let hosts = sources(&live.tenant, &live.policy);
    let sources = pages::Sources { hosts: &hosts, folders: &live.tenant.settings.templates.folders };
    call.templates.find(&page.template, sources).await
}

/// Hosts that may be asked for a policy's templates: those that it names and the operator's.
pub(super) fn sources(tenant: &Tenant, policy: &Policy) -> Vec<String> {
    let mut hosts = tenant.settings.templates.hosts.clone();
    let named = policy.contents.values().filter_map(|content| literal_host(content.load_uri.literal_start()));
    hosts.extend(named);
    hosts
}

/// The host that a LoadUri names in so many words: a resolver in the host's place names none.
fn literal_host(start: &str) -> Option<String> {
    let (_, rest) = start.split_once("://")?;
    rest.contains('/').then(|| url::Url::parse(start).ok()?.host_str().map(str::to_ascii_lowercase))?
}

/// `POST …/SelfAsserted` (6.3, 6.4).
async fn posted(call: Call<'_>, fields: &Fields) -> Result<Response, Stop> {
    let mut live = open(call).await?;
    let token = call.visit.header("x-csrf-token").unwrap_or_default();
    require_current(&live, token)?;
    let text = |name: &str| fields.get(name).unwrap_or_default().trim();
    let claim = text("claim_id").to_owned();
    match fields.get("request_type").unwrap_or("RESPONSE") {
        "VERIFICATION_REQUEST" => {
            let reply = live.send_code(call.app, &claim, text("claim_value")).await?;
            verification_reply(reply)
        }
        "VALIDATION_REQUEST" => {
            let typed = (text("claim_value"), text("user_input"));
            let reply = live.check_code(call.app, &claim, typed).await?;
            verification_reply(reply)
        }
        _ => {
            let sign_in = live.redraw(call.app).as_ref().and_then(form::sign_in_claim);
            let reply = live.submit(call.app, &fields.posted(sign_in.as_deref())).await?;
            json_reply(reply, None)
        }
    }
}

/// `POST …/SelfAsserted/DisplayControlAction/vbeta/<control>/<action>` (6.5).
async fn acted(call: Call<'_>, fields: &Fields) -> Result<Response, Stop> {
    let [control, action] = call.address.parts.as_slice() else { return Err(Stop::Refused) };
    let mut live = open(call).await?;
    let token = call.visit.header("x-csrf-token").unwrap_or_default();
    require_current(&live, token)?;
    let reply = live.act(call.app, (control, action), &fields.posted(None)).await?;
    json_reply(reply, None)
}

/// `GET …/<control>/GetChallenge?challengeType=…`: the one action that changes nothing but which challenge is open, so that
/// a captcha's picture can be asked for without a body (6.1, 6.5).
async fn challenged(call: Call<'_>) -> Result<Response, Stop> {
    let [control, action] = call.address.parts.as_slice() else { return Err(Stop::Refused) };
    if !action.eq_ignore_ascii_case("GetChallenge") {
        return Err(Stop::Refused);
    }
    let mut live = open(call).await?;
    let in_query = form::parameter(&call.visit.query, "csrf_token").unwrap_or_default();
    require_current(&live, call.visit.header("x-csrf-token").unwrap_or(&in_query))?;
    let kind = form::parameter(&call.visit.query, "challengeType").unwrap_or_default();
    let posted = [("challengeType".to_owned(), vec![kind])].into();
    let reply = live.act(call.app, (control, action), &posted).await?;
    json_reply(reply, None)
}

/// `POST …/Phonefactor/verify` (6.6).
async fn dialled(call: Call<'_>, fields: &Fields) -> Result<Response, Stop> {
    let mut live = open(call).await?;
    let token = call.visit.header("x-csrf-token").unwrap_or_default();
    require_current(&live, token)?;
    let text = |name: &str| fields.get(name).unwrap_or_default().trim();
    let reply = match text("request_type") {
        "VERIFICATION_REQUEST" => {
            let carrier = carrier(text("auth_type")).ok_or(Stop::Refused)?;
            let country = text("countryCode");
            let wanted = Wanted { id: text("id"), number: text("number"), country };
            live.dial(call.app, wanted, carrier).await?
        }
        "VALIDATION_REQUEST" => match fields.get("verification_code") {
            Some(code) => live.check_dialled(call.app, code).await?,
            None => live.hear_call(call.app).await?,
        },
        _ => return Err(Stop::Refused),
    };
    phone_reply(reply)
}

fn carrier(auth_type: &str) -> Option<Carrier> {
    match auth_type.to_ascii_lowercase().as_str() {
        "onewaysms" => Some(Carrier::Message),
        "dialphone" => Some(Carrier::Call),
        _ => None,
    }
}

/// The phone page has numbers of its own for what went wrong (6.6).
fn phone_reply(reply: Reply) -> Result<Response, Stop> {
    let status = match &reply {
        Reply::Pending => "449",
        Reply::Rejected { word: Some(word), .. } => match *word {
            word if word.ends_with("_throttled") => "429",
            "error_448" | "error_tryagain" => "448",
            "error_incorrect_code" | "error_449" => "449",
            _ => "400",
        },
        _ => "400",
    };
    reply_with(reply, (status, None))
}

/// `…/api/<page>/<action>` (6.1).
async fn stepped(call: Call<'_>, is_post: bool, fields: &Fields) -> Result<Response, Stop> {
    let action = call.address.parts.get(1).map(|action| action.to_ascii_lowercase()).unwrap_or_default();
    let mut live = open(call).await?;
    if let Some(again) = finish::again(&live) {
        return Ok(again);
    }
    if is_post {
        if action != "form" {
            return Err(Stop::Refused);
        }
        return without_script(call, &mut live, fields).await;
    }
    let token = form::parameter(&call.visit.query, "csrf_token").unwrap_or_default();
    match live.token_of(&token) {
        TokenOf::Nobody => return Err(Stop::Refused),
        // Back, reload, a second click: the page as it stands, nothing runs (attack 32).
        TokenOf::EarlierPage => return Ok(redraw(call, &live).await),
        TokenOf::CurrentPage => {}
    }
    let query = |name: &str| form::parameter(&call.visit.query, name);
    let choice = match action.as_str() {
        "confirmed" => {
            let remember = query("rememberMe").is_some_and(|value| value.eq_ignore_ascii_case("true"));
            Choice::Confirmed { remember }
        }
        "cancelled" => Choice::Cancel,
        "forgotpassword" => Choice::ForgotPassword,
        "unified" => match (query("local"), query("claimsexchange").or(query("social"))) {
            (_, Some(exchange)) if exchange.len() <= LONGEST => Choice::Exchange(exchange),
            (Some(local), None) if local.eq_ignore_ascii_case("signup") => Choice::SignUp,
            _ => return Err(Stop::Refused),
        },
        "error" => return Ok(client_error(call, &live, &query("code").unwrap_or_default()).await),
        _ => return Err(Stop::Refused),
    };
    advance(call, &mut live, choice).await
}

async fn advance(call: Call<'_>, live: &mut Live, choice: Choice) -> Result<Response, Stop> {
    Ok(match live.advance(call.app, choice).await? {
        Next::Show(page) => show(call, live, &page).await,
        Next::Finish(outcome) => finish::finish(call.app, call.visit, live, *outcome).await,
    })
}

/// `POST …/api/<page>/form` (2.7).
async fn without_script(call: Call<'_>, live: &mut Live, fields: &Fields) -> Result<Response, Stop> {
    match live.token_of(fields.get("csrf_token").unwrap_or_default()) {
        TokenOf::Nobody => return Err(Stop::Refused),
        TokenOf::EarlierPage => return Ok(redraw(call, live).await),
        TokenOf::CurrentPage => {}
    }
    if let Some(exchange) = fields.get("claimsexchange").filter(|id| id.len() <= LONGEST) {
        return advance(call, live, Choice::Exchange(exchange.to_owned())).await;
    }
    let posted = match live.redraw(call.app) {
        Some(page) => fields.posted_without_script(&page),
        None => fields.posted(None),
    };
    let value = |name: &str| posted.get(name).and_then(|values| values.first()).map_or("", |v| v.trim());
    let wanted = fields.get(pages::ACTION).unwrap_or_default();
    let reply = match wanted.split_once(':').unwrap_or((wanted, "")) {
        ("cancel", _) => return advance(call, live, Choice::Cancel).await,
        ("send", claim) => live.send_code(call.app, claim, value(claim)).await?,
        ("check", claim) => {
            let typed = value(&format!("{claim}_ver_input")).to_owned();
            live.check_code(call.app, claim, (value(claim), &typed)).await?
        }
        ("edit", claim) => live.edit_address(call.app, claim).await?,
        ("reset", control) => live.reset_control(call.app, control).await?,
        ("dial", way) => {
            let carrier = if way == "call" { Carrier::Call } else { Carrier::Message };
            let wanted = Wanted { id: value("id"), number: value("number"), country: value("countryCode") };
            live.solve_captcha(call.app, &posted).await?;
            live.dial(call.app, wanted, carrier).await?
        }
        ("code", _) => {
            let reply = live.check_dialled(call.app, value("verification_code")).await?;
            return proven_without_script(call, live, reply).await;
        }
        ("hear", _) => {
            let reply = live.hear_call(call.app).await?;
            return proven_without_script(call, live, reply).await;
        }
        ("redial", _) => live.choose_number(call.app).await?,
        ("challenge", what) => return challenge_without_script(call, live, what).await,
        ("act", what) => match what.split_once(':') {
            Some(control_action) => live.act(call.app, control_action, &posted).await?,
            None => return Err(Stop::Refused),
        },
        _ => {
            let remember = fields.get("rememberMe").is_some_and(|value| value == "true");
            return submitted_without_script(call, live, (&posted, remember)).await;
        }
    };
    match (reply, live.redraw(call.app)) {
        (Reply::OutOfTurn, _) => Err(Stop::Refused),
        (Reply::Rejected { message, .. }, Some(mut page)) => {
            // What a script would show at the code stands at the field or control that the button belongs to.
            let target = wanted.split(':').nth(1).unwrap_or_default();
            page.problems.fields.entry(target.into()).or_insert(message);
            Ok(show(call, live, &page).await)
        }
        (_, _) => Ok(redraw(call, live).await),
    }
}

/// What follows a code or a call on the phone page.
async fn proven_without_script(call: Call<'_>, live: &mut Live, reply: Reply) -> Result<Response, Stop> {
    match reply {
        Reply::OutOfTurn => Err(Stop::Refused),
        Reply::Accepted | Reply::Rejected { code: Some(90151), .. } => Ok(see_confirmed(call, live, false)),
        Reply::Rejected { .. } | Reply::Pending | Reply::Told(_) => Ok(redraw(call, live).await),
    }
}

/// Makes a captcha's challenge and shows the page with it; `what` is the control and the kind of challenge.
async fn challenge_without_script(call: Call<'_>, live: &mut Live, what: &str) -> Result<Response, Stop> {
    let (control, kind) = what.split_once(':').ok_or(Stop::Refused)?;
    let posted = [("challengeType".to_owned(), vec![kind.to_owned()])].into();
    let reply = live.act(call.app, (control, "GetChallenge"), &posted).await?;
    let (Reply::Told(told), Some(mut page)) = (reply, live.redraw(call.app)) else {
        return Err(Stop::Refused);
    };
    let picture = told.into_iter().find(|(name, _)| *name == "challengeString").map(|(_, value)| value);
    if let Some(shown) = page.captcha_mut() {
        shown.challenge = picture;
    }
    Ok(show(call, live, &page).await)
}

async fn submitted_without_script(
    call: Call<'_>,
    live: &mut Live,
    (posted, remember): (&vestibule_engine::journey::fields::Posted, bool),
) -> Result<Response, Stop> {
    match live.submit(call.app, posted).await? {
        Reply::OutOfTurn | Reply::Told(_) | Reply::Pending => Err(Stop::Refused),
        Reply::Rejected { code: Some(90157), .. } | Reply::Accepted => {
            Ok(see_confirmed(call, live, remember))
        }
        Reply::Rejected { .. } => Ok(redraw(call, live).await),
    }
}

/// 303 to `confirmed`, as the page's script would go there.
fn see_confirmed(call: Call<'_>, live: &Live, remember: bool) -> Response {
    let page = call.address.parts.first().map(String::as_str).unwrap_or_default();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("rememberMe", if remember { "true" } else { "false" });
    query.append_pair("csrf_token", &live.ticket.token);
    query.append_pair("tx", &form::transaction_text(&live.journey.id));
    query.append_pair("p", &live.policy.id);
    let target = format!("{}/api/{page}/confirmed?{}", host_path(call, live), query.finish());
    match HeaderValue::from_str(&target) {
        Ok(target) => (StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response(),
        Err(_) => expired(call),
    }
}

async fn redraw(call: Call<'_>, live: &Live) -> Response {
    match live.redraw(call.app) {
        Some(page) => show(call, live, &page).await,
        None => expired(call),
    }
}

async fn open(call: Call<'_>) -> Result<Live, Stop> {
    let id = form::transaction(&call.visit.query).ok_or(Stop::Refused)?;
    let browser = call.visit.browser(&call.tenant.name);
    match journeys::open(call.app, call.tenant, &id, &browser).await {
        Ok(live) => Ok(live),
        Err(Lost::Error(error)) => Err(error.into()),
        Err(Lost::Unknown | Lost::PolicyGone) => Err(Stop::Refused),
    }
}

fn require_current(live: &Live, token: &str) -> Result<(), Stop> {
    match live.token_of(token) {
        TokenOf::CurrentPage if !live.has_ended() => Ok(()),
        _ => Err(Stop::Refused),
    }
}

/// The answer to a page's post that came too often: no journey is looked at (user-interface 6.3, attack 53).
pub fn throttled(call: Call<'_>, throttled: Throttled) -> Response {
    let languages = call.visit.languages();
    let language = languages.first().map_or("en", String::as_str);
    let message = vestibule_engine::text::error(language, "ServiceThrottled").unwrap_or_default().to_owned();
    let reply = Reply::Rejected { code: Some(90244), message, fields: Default::default(), word: None };
    let mut response = json_reply(reply, None).unwrap_or_else(|_| expired(call));
    response.headers_mut().insert(header::RETRY_AFTER, throttled.seconds.max(1).into());
    response
}

/// Numbers that tell our script which of the fixed texts to show; 0 and 3 have been seen in the cloud (6.4).
const RESULTS: &[(&str, u8)] = &[
    ("ver_fail_retry", 3),
    ("ver_fail_no_retry", 4),
    ("ver_fail_code_expired", 5),
    ("ver_fail_throttled", 6),
    ("ver_fail_server", 2),
];

fn verification_reply(reply: Reply) -> Result<Response, Stop> {
    let result = match &reply {
        Reply::Accepted => 0,
        Reply::Told(_) | Reply::Pending => 2,
        Reply::Rejected { word, .. } => {
            let known = word.and_then(|word| RESULTS.iter().find(|(known, _)| *known == word));
            known.map_or(2, |(_, number)| *number)
        }
        Reply::OutOfTurn => return Err(Stop::Refused),
    };
    json_reply(reply, Some(result))
}

/// The reply of 6.3, byte for byte: `{"status":"200"}`.
fn json_reply(reply: Reply, result: Option<u8>) -> Result<Response, Stop> {
    reply_with(reply, ("400", result))
}

/// A reply as JSON; `refused` is the status of one that says no.
fn reply_with(reply: Reply, (refused, result): (&str, Option<u8>)) -> Result<Response, Stop> {
    let mut members = Map::new();
    let mut say = |name: &str, value: Value| members.insert(name.to_owned(), value);
    match reply {
        Reply::OutOfTurn => return Err(Stop::Refused),
        Reply::Accepted => {
            say("status", json!("200"));
            result.map(|result| say("result", json!(result)));
        }
        Reply::Told(values) => {
            say("status", json!("200"));
            for (name, value) in values {
                say(name, json!(value));
            }
        }
        Reply::Pending => {
            say("status", json!(refused));
        }
        Reply::Rejected { code, message, .. } => {
            say("status", json!(refused));
            result.map(|result| say("result", json!(result)));
            code.map(|code| say("errorCode", json!(format!("AADB2C{code}"))));
            say("message", json!(message));
        }
    }
    Ok(([(header::CONTENT_TYPE, "application/json; charset=utf-8")], Value::Object(members).to_string())
        .into_response())
}

/// A failure that the page's script reports (6.1): a page that says so, the journey as it was.
async fn client_error(call: Call<'_>, live: &Live, code: &str) -> Response {
    let known = code.strip_prefix("AADB2C").unwrap_or(code);
    let digits = known.len() == 5 && known.bytes().all(|byte| byte.is_ascii_digit());
    let code = known.parse().ok().filter(|_| digits).unwrap_or(90037);
    let fault = Fault::with(code, "An error occurred while showing the page.");
    let told = Told { fault, correlation: live.journey.correlation.clone() };
    match trouble::draw(call, &told, StatusCode::OK).await {
        Some(own) => own,
        None => {
            let mut response = told::fault(call.reader(), &told.fault);
            *response.status_mut() = StatusCode::OK;
            response
        }
    }
}

/// The opaque 400 of requests that are of no journey, of another browser's, or out of turn.
fn expired(call: Call<'_>) -> Response {
    let nonce = nonce();
    let brand = pages::Brand::of(&call.tenant.settings.brand);
    let languages = call.visit.languages();
    let about = Exception {
        language: languages.first().map_or("en", String::as_str),
        nonce: &nonce,
        correlation: &call.visit.correlation,
        at: call.now(),
        brand: &brand,
        framing: &[],
    };
    html(StatusCode::BAD_REQUEST, pages::expired(&about))
}

fn nonce() -> String {
    STANDARD.encode(chance::bytes::<16>())
}

/// A page as a response.
pub fn html(status: StatusCode, page: Html) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in page.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    (status, headers, page.body).into_response()
}

/// `GET /static/<path>` (6.1).
pub async fn file(path: axum::extract::Path<String>) -> Response {
    let Some(found) = pages::assets::find(&path.0) else { return ErrorPage::not_found().into_response() };
    let headers = [
        (header::CONTENT_TYPE, found.content_type),
        (header::CACHE_CONTROL, found.cache_control),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Customers begin their own templates from ours, and pages fetch templates across origins.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, found.body).into_response()
}
