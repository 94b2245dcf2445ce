//! The page of an error that is told to the person alone: the policy's own, `api.error` (policy-language 4.6, 7.2).
//!
//! In: the policy and the request. Out: which template in which language, with what the policy wrote. The error itself
//! is none of its business.

use jiff::Timestamp;

use super::draw::address;
use super::run::wanted_languages;
use super::state::Request;
use super::words::{Speaker, choose_language};
use crate::claims::{Claims, Facts, Known, Name};
use crate::policy::{PageKind, PageVersion, Policy};

/// The content definition by which the page is known.
const ID: &str = "api.error";

/// How the page looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Template address, resolved; `ui_locales` is not passed on (user-interface 2.5).
    pub template: String,
    /// Language tag.
    pub language: String,
    /// Version of the page program.
    pub version: PageVersion,
    /// Whether the template's scripts may run.
    pub scripts: bool,
    /// Origins that may frame the page.
    pub framing: Vec<String>,
    /// The heading, where the policy writes one.
    pub heading: Option<String>,
    /// The sentence below it, where the policy writes one.
    pub intro: Option<String>,
}

/// The policy's error page; none where it has none.
pub fn trouble(policy: &Policy, request: &Request, (correlation, now): (&str, Timestamp)) -> Option<Trouble> {
    let content =
        policy.contents.get(&Name::from(ID)).filter(|content| content.page == PageKind::Exception)?;
    let language = choose_language(&policy.localization, &wanted_languages(request));
    let facts = Facts {
        language: &language,
        policy: &policy.id,
        tenant: &policy.tenant,
        tenant_id: &request.tenant_id,
        correlation,
        now,
        deployment_mode: policy.deployment_mode.name(),
        host: &request.host,
        address: &request.address,
        keep_signed_in: None,
        parameters: &request.parameters,
        credentials: None,
    };
    let behaviour = policy.party.as_ref().map(|party| &party.behaviour);
    let claims = Claims::new();
    let known = Known { facts, claims: &claims };
    let speaker = Speaker { content, profile: None, language: &language, known };
    Some(Trouble {
        template: address(policy, content, (&known.facts, &claims), &[]),
        version: content.version,
        scripts: content.contract && behaviour.is_some_and(|behaviour| behaviour.scripts),
        framing: behaviour.map(|behaviour| behaviour.framing.clone()).unwrap_or_default(),
        heading: speaker.own_word("heading"),
        intro: speaker.own_word("intro").or_else(|| speaker.own_word("initial_intro")),
        language: language.clone(),
    })
}
