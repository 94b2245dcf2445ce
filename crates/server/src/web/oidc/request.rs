//! The authorization request, read once into a type: every rule of protocols 2 is a small check here.
//!
//! In: decoded parameters, the application they name, the APIs of the tenant. Out: first [`Proven`], client and redirect
//! target, before which nothing may be redirected; then [`AuthorizeRequest`] or the refusal to send there. Pure, so that
//! the same parameters, kept with the journey, are read again when it ends.

use serde::{Deserialize, Serialize};
use vestibule_engine::journey::Fault;

use super::parameters::Parameters;
use super::refusal::Refusal;
use crate::applications::{Application, ClientKind, RedirectKind};
use crate::tokens::{Api, Asked, Challenge, Scopes, pkce, scopes};

/// Client and redirect URI, proven: from here on errors may be redirected.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Where the answer goes, letter for letter as sent.
    pub redirect_uri: String,
    /// What kind of application listens there.
    pub kind: RedirectKind,
    /// How the answer, or an error, is delivered.
    pub mode: ResponseMode,
    /// To be returned unchanged.
    pub state: Option<String>,
    /// `iss` of every answer, where RFC 9207 is turned on.
    pub issuer: Option<String>,
}

/// What the application asks, checked.
#[derive(Clone, Debug)]
pub struct AuthorizeRequest {
    /// What is to be issued.
    pub response_type: ResponseType,
    /// What was granted.
    pub scopes: Scopes,
    /// For the id token, verbatim.
    pub nonce: Option<String>,
    /// How much may be asked of the person.
    pub prompt: Prompt,
    /// Greatest age of the sign-in, seconds.
    pub max_age: Option<u32>,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// Whether `client_info` is wanted.
    pub client_info: bool,
}

/// `response_type`: which of the three, at least one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResponseType {
    /// An authorization code.
    pub code: bool,
    /// An id token from the authorization endpoint.
    pub id_token: bool,
    /// An access token from the authorization endpoint.
    pub token: bool,
}

/// `response_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseMode {
    /// Behind `?`.
    Query,
    /// Behind `#`.
    Fragment,
    /// A form that the browser posts by itself.
    FormPost,
}

/// `prompt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prompt {
    /// As needed; also `consent` and `select_account`, which ask nothing more.
    #[default]
    AsNeeded,
    /// The session is ignored.
    Login,
    /// No page may be shown.
    None,
}

impl ResponseType {
    /// Reads the words in any order; `None` for an unknown or repeated word, or no word.
    #[must_use]
    pub fn parse(text: &str) -> Option<ResponseType> {
        let mut read = ResponseType::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let flag = match word {
                "code" => &mut read.code,
                "id_token" => &mut read.id_token,
                "token" => &mut read.token,
                _ => return None,
            };
            if *flag {
                return None;
            }
            *flag = true;
        }
        (read != ResponseType::default()).then_some(read)
    }

    /// Whether a token travels with the answer, so that it must not stand in a query.
    #[must_use]
    pub fn has_token(self) -> bool {
        self.id_token || self.token
    }

    fn default_mode(self) -> ResponseMode {
        if self.has_token() { ResponseMode::Fragment } else { ResponseMode::Query }
    }
}

impl ResponseMode {
    fn parse(text: &str) -> Option<ResponseMode> {
        match text {
            "query" => Some(ResponseMode::Query),
            "fragment" => Some(ResponseMode::Fragment),
            "form_post" => Some(ResponseMode::FormPost),
            _ => None,
        }
    }
}

/// The client id of a request, once and not empty.
///
/// # Errors
/// 90008: to be shown, never redirected (attacks 8, 9).
pub fn client_id(parameters: &Parameters) -> Result<&str, Fault> {
    let once = |name| !parameters.repeats(name);
    match parameters.get("client_id") {
        Some(id) if once("client_id") && once("redirect_uri") && once("p") => Ok(id),
        _ => Err(Fault::with(
            90008,
            "The provided request does not contain a client ID parameter, or one that came twice.",
        )),
    }
}

/// Proves the redirect target and decides how to answer it.
///
/// # Errors
/// 90006, 90007, 90287: to be shown, never redirected (attacks 1–7, 9).
pub fn prove(parameters: &Parameters, application: &Application) -> Result<Proven, Fault> {
    if application.disabled {
        return Err(disabled(application, &application.tenant));
    }
    let registered = match (parameters.get("redirect_uri"), application.redirect_uris.as_slice()) {
        (_, []) => return Err(Fault::with(90007, "The application has no registered redirect URI.")),
        (Some(sent), _) => application.redirect(sent).map(|registered| (sent, registered)),
        // Old pages let the only registered URI stand for an omitted one.
        (None, [only]) => Some((only.uri.as_str(), only)),
        (None, _) => None,
    };
    let (redirect_uri, registered) = registered.ok_or_else(|| match parameters.get("redirect_uri") {
        Some(sent) if url::Url::parse(sent).is_err() => {
            Fault::with(90287, "The redirect URI provided in the request is not a valid address.")
        }
        _ => Fault::with(
            90006,
            "The redirect URI provided in the request is not registered for the client id.",
        ),
    })?;
    let asked = parameters.get("response_type").and_then(ResponseType::parse);
    let default = asked.map_or(ResponseMode::Query, ResponseType::default_mode);
    let mode = match parameters.get("response_mode").and_then(ResponseMode::parse) {
        Some(ResponseMode::Query) | None => default,
        Some(mode) => mode,
    };
    let state = parameters.get("state").filter(|_| !parameters.repeats("state")).map(str::to_owned);
    Ok(Proven { redirect_uri: redirect_uri.to_owned(), kind: registered.kind, mode, state, issuer: None })
}

/// Reads the rest of the request.
///
/// # Errors
/// The refusal to deliver to the proven target.
pub fn read(
    parameters: &Parameters,
    application: &Application,
    proven: &Proven,
    (apis, standard_claims): (&[Api], bool),
) -> Result<AuthorizeRequest, Refusal> {
    if let Some(name) = parameters.repeated() {
        return Err(refused(90122, &format!("The parameter '{name}' came more than once.")));
    }
    refuse_request_objects(parameters)?;
    let response_type = response_type(parameters, application)?;
    response_mode(parameters, response_type)?;
    let mut scopes = scopes(parameters, application, response_type, apis)?;
    if standard_claims {
        let text = parameters.get("scope").unwrap_or_default();
        scopes.asked = Some(Asked::read(text, parameters.get("claims")).map_err(Refusal::of)?);
    }
    let nonce = parameters.get("nonce").map(str::to_owned);
    // Core 3.2.2.1 and 3.3.2.11: where an id token comes back by the browser.
    if nonce.is_none() && response_type.id_token {
        return Err(refused(
            90122,
            "The request needs a nonce, because an id token comes from the authorization endpoint.",
        ));
    }
    Ok(AuthorizeRequest {
        response_type,
        scopes,
        nonce,
        prompt: prompt(parameters)?,
        max_age: max_age(parameters)?,
        challenge: challenge(parameters, application, proven.kind, response_type)?,
        client_info: parameters.get("client_info") == Some("1"),
    })
}

/// 90092.
#[must_use]
pub fn disabled(application: &Application, tenant: &str) -> Fault {
    let text = format!(
        "The provided application with ID '{}' is disabled for the tenant '{tenant}'. Please enable the application and try again.",
        application.client_id
    );
    Fault::with(90092, text)
}

fn refused(code: u32, text: &str) -> Refusal {
    Refusal::of(Fault::with(code, text))
}

/// Nothing is ever fetched for a request (attack 19).
fn refuse_request_objects(parameters: &Parameters) -> Result<(), Refusal> {
    for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")]
    {
        if parameters.raw(name).is_some() {
            return Err(Refusal::named(error, 90122, &format!("The parameter '{name}' is not supported.")));
        }
    }
    Ok(())
}

fn response_type(parameters: &Parameters, application: &Application) -> Result<ResponseType, Refusal> {
    let asked = parameters.get("response_type").and_then(ResponseType::parse);
    let asked = asked.ok_or_else(|| refused(90013, "The requested response type is not supported."))?;
    let allowed = (!asked.id_token || application.implicit_id_token)
        && (!asked.token || application.implicit_access_token);
    match allowed {
        true => Ok(asked),
        false => {
            Err(refused(90057, "The provided application is not configured to allow the implicit flow."))
        }
    }
}

fn response_mode(parameters: &Parameters, response_type: ResponseType) -> Result<(), Refusal> {
    match parameters.get("response_mode").map(ResponseMode::parse) {
        Some(None) => Err(refused(90014, "The response mode is not supported.")),
        Some(Some(ResponseMode::Query)) if response_type.has_token() => {
            Err(refused(90014, "The response mode 'query' is not supported for tokens."))
        }
        _ => Ok(()),
    }
}

fn scopes(
    parameters: &Parameters,
    application: &Application,
    response_type: ResponseType,
    apis: &[Api],
) -> Result<Scopes, Refusal> {
    let text = parameters.get("scope").unwrap_or_default();
    let scopes = scopes::read(text, super::call::asker(application), apis).map_err(Refusal::of)?;
    if response_type.id_token && !scopes.openid {
        return Err(refused(90110, "The scope parameter must include 'openid' when requesting an id_token."));
    }
    if response_type.token && scopes.resource.is_none() {
        return Err(refused(
            90055,
            "The scope must specify a resource, such as an API's scope or the application itself.",
        ));
    }
    if !scopes.openid && !scopes.offline && scopes.resource.is_none() {
        return Err(refused(90117, "None of the scopes in the request is supported by itself."));
    }
    Ok(scopes)
}

fn prompt(parameters: &Parameters) -> Result<Prompt, Refusal> {
    let words: Vec<&str> =
        parameters.get("prompt").unwrap_or_default().split(' ').filter(|word| !word.is_empty()).collect();
    if let Some(word) =
        words.iter().find(|word| !["login", "none", "consent", "select_account"].contains(*word))
    {
        let text = format!("'{word}' is not a valid value for the parameter 'prompt'.");
        return Err(refused(90043, &text));
    }
    match (words.contains(&"none"), words.contains(&"login")) {
        (true, _) if words.len() > 1 => Err(refused(90043, "The value 'none' of 'prompt' stands alone.")),
        (true, _) => Ok(Prompt::None),
        (false, true) => Ok(Prompt::Login),
        (false, false) => Ok(Prompt::AsNeeded),
    }
}

fn max_age(parameters: &Parameters) -> Result<Option<u32>, Refusal> {
    let Some(text) = parameters.get("max_age") else { return Ok(None) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if digits => Ok(Some(seconds)),
        _ => Err(refused(
            90120,
            "The max age parameter specified is not valid: a whole number of seconds is expected.",
        )),
    }
}

/// PKCE (README 21): S256 from every public client unless its registration lifts the rule; always for a script in a
/// browser.
fn challenge(
    parameters: &Parameters,
    application: &Application,
    kind: RedirectKind,
    response_type: ResponseType,
) -> Result<Option<Challenge>, Refusal> {
    let strict = application.kind == ClientKind::Public && application.require_pkce;
    let Some(text) = parameters.get("code_challenge") else {
        return match response_type.code && (strict || kind == RedirectKind::Spa) {
            true => Err(refused(99059, "The supplied grant requires a code challenge (PKCE).")),
            false => Ok(None),
        };
    };
    if !pkce::is_legal(text) {
        let text = "The supplied code_challenge is not valid: 43 to 128 unreserved characters are expected.";
        return Err(Refusal::named("invalid_request", 90183, text));
    }
    match parameters.get("code_challenge_method").unwrap_or("plain") {
        "S256" => Ok(Some(Challenge::S256(text.to_owned()))),
        "plain" if !strict => Ok(Some(Challenge::Plain(text.to_owned()))),
        _ => Err(refused(90184, "The code_challenge_method is not supported. Use 'S256'.")),
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
