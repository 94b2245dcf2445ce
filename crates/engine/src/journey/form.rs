//! A posted form: fields → working set → validation profiles in order → what leaves the page (policy-language 6.3).
//!
//! In: the journey that waits for the form, the posted fields. Out: a reply; the journey's bag changes only when the
//! form is accepted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::captcha;
use super::complaint::Sort;
use super::condition::{is_enabled, skips};
use super::declared::Voice;
use super::draw::{Shown, prefill, shown_on};
use super::exchange::Run;
use super::fault::Fault;
use super::fields::{self, Expected, Filled, Posted};
use super::outcome::Reply;
use super::page::{Problems, Verification};
use super::session;
use super::state::{Asked, Awaiting, Journey};
use super::trace::Event;
use super::words::Speaker;
use super::world::{Error, Failure, Refusal, World};
use crate::claims::{Claims, Name, Value};
use crate::kind::{Kind, SelfAsserted};
use crate::policy::{ContentDefinition, ControlKind, PageVersion, Policy, Profile, Validation, is_password};

/// The form a journey waits for.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// Its profile.
    pub profile: &'a Profile,
    /// The profile's settings.
    pub settings: &'a SelfAsserted,
    /// The page it is shown on (the step's, for an embedded form).
    pub content: &'a ContentDefinition,
    /// The policy.
    pub policy: &'a Policy,
    /// The time.
    pub now: jiff::Timestamp,
}

impl<'a> Waiting<'a> {
    /// Whose words are shown.
    pub fn speaker(self, journey: &'a Journey) -> Speaker<'a> {
        let known = journey.known(self.policy, self.now);
        Speaker { content: self.content, profile: Some(self.profile), language: &journey.language, known }
    }

    /// What the page shows.
    pub fn shown(self, policy: &'a Policy) -> Vec<Shown<'a>> {
        shown_on(policy, self.profile, self.settings, self.content.page)
    }
}

/// What became of a list of validation profiles.
#[derive(Debug)]
pub enum Validated {
    /// All passed; whether one of them was a proof of who the user is.
    Passed {
        /// A password was checked.
        proof: bool,
    },
    /// One said no.
    Refused(Name, Refusal),
}

impl<W: World> Run<'_, W> {
    /// Answers a posted form. The same form posted again after it was accepted gets the same reply and runs nothing
    /// (user-interface 6.3).
    pub async fn submit(self, journey: &mut Journey, posted: &Posted) -> Result<Reply, Error> {
        let reply = self.answer(journey, posted).await?;
        self.world.note(Event::Posted { journey, posted, reply: &reply });
        Ok(reply)
    }

    async fn answer(self, journey: &mut Journey, posted: &Posted) -> Result<Reply, Error> {
        if journey.awaiting == Awaiting::Advance {
            return Ok(Reply::Accepted);
        }
        let policy = self.policy;
        let Some(waiting) = self.waiting(journey) else { return Ok(Reply::OutOfTurn) };
        if !waiting.settings.show_continue && !super::draw::is_unified(waiting.content.page) {
            return Ok(Reply::OutOfTurn);
        }
        self.captcha_with_answer(journey, posted).await?;
        let asked = asked_of(journey);
        let today = self.world.now().to_zoned(TimeZone::UTC).date();
        let speaker = waiting.speaker(journey);
        let shown = waiting.shown(policy);
        let held = prefill(policy, journey, waiting.profile, self.world.now());
        let filled = fields::check(speaker, &expected(&shown, &held), posted, (&asked, today));
        let refusal = self.refuse_fields(speaker, &shown, &filled, &asked);
        if let Some((reply, problems)) = refusal.or_else(|| self.refuse_captcha(journey)) {
            return Ok(remember_problems(journey, asked, filled.typed, (reply, problems)));
        }
        let mut working = self.working_set(journey, waiting, &filled);
        gather_controls(policy, &shown, &asked, &mut working);
        match self.validate(journey, &waiting.profile.validations, &mut working).await? {
            Validated::Refused(failing, refusal) => {
                let failing = policy.profiles.get(&failing).map(AsRef::as_ref);
                let message = speaker.refusal(failing, &refusal.words);
                let reply = rejected(Some(refusal.code), message);
                Ok(refuse(journey, waiting, (asked, filled.typed), reply))
            }
            Validated::Passed { proof } => {
                let proof = proof || has_verified(policy, &asked);
                self.accept(journey, waiting, working, proof).await
            }
        }
    }

    /// Field errors and unverified controls. The first problem speaks for the page.
    fn refuse_fields(
        self,
        speaker: Speaker<'_>,
        shown: &[Shown<'_>],
        filled: &Filled,
        asked: &Asked,
    ) -> Option<(Reply, Problems)> {
        let open_control = shown.iter().any(|item| match item {
            Shown::Control(control) => {
                control.kind == ControlKind::Verification
                    && asked.controls.get(&control.id).map(|state| state.state)
                        != Some(Verification::Verified)
            }
            Shown::Claim { .. } => false,
        });
        let order = |item: &Shown<'_>| match item {
            Shown::Claim { claim, .. } => filled.problems.get(&claim.id).map(|found| found.said.clone()),
            Shown::Control(_) => None,
        };
        let first = shown.iter().find_map(order);
        let control_text = || speaker.message(None, "UserMessageIfVerificationControlClaimsNotVerified", &[]);
        let page = if first.is_none() && open_control { Some(control_text()) } else { None };
        let message = first.or_else(|| page.clone())?;
        let fields: BTreeMap<Name, String> =
            filled.problems.iter().map(|(name, found)| (name.clone(), found.shown.clone())).collect();
        let boxes = boxes(speaker.content, filled);
        let reply = Reply::Rejected { code: Some(90158), message, fields: fields.clone(), word: None };
        Some((reply, Problems { page, fields, boxes }))
    }

    /// Bag, pre-filled inputs, typed values, in this order (policy-language 6.3 step 2).
    pub fn working_set(self, journey: &Journey, waiting: Waiting<'_>, filled: &Filled) -> Claims {
        let mut working = journey.claims.clone();
        let now = self.world.now();
        working.overlay(&prefill(self.policy, journey, waiting.profile, now));
        working.overlay(&filled.values);
        if waiting.settings.allow_null_values {
            for name in &filled.emptied {
                working.set(name.clone(), Value::text_of(""));
            }
        }
        if let Some(claim) = &waiting.settings.address_claim {
            working.set(claim.clone(), Value::text_of(journey.request.address.clone()));
        }
        working
    }

    /// Runs validation profiles in order; what one gives, the next sees. Effects of earlier ones stay when a later one
    /// refuses (technical-profiles 4.8).
    pub async fn validate(
        self,
        journey: &Journey,
        validations: &[std::sync::Arc<Validation>],
        working: &mut Claims,
    ) -> Result<Validated, Error> {
        let mut proof = false;
        for validation in validations {
            let profile = validation.profile.as_ref();
            let skipped = skips(&validation.preconditions, working) || !is_enabled(&profile.enabled, working);
            self.world.note(Event::Validation { validation, skipped });
            if skipped {
                continue;
            }
            let mut attempt = working.clone();
            match self.pipeline(journey, profile, &mut attempt).await {
                Ok(_) => {
                    *working = attempt;
                    proof |= matches!(profile.kind, Kind::PasswordGrant(_));
                    if !validation.continue_on_success {
                        break;
                    }
                }
                Err(Failure::Refusal(_)) if validation.continue_on_error => {}
                Err(Failure::Refusal(refusal)) => return Ok(Validated::Refused(profile.id.clone(), refusal)),
                Err(Failure::Error(error)) => return Err(error),
            }
        }
        Ok(Validated::Passed { proof })
    }

    /// Lets the profile's own OutputClaims out of the page, runs its output transformations, drops passwords.
    async fn accept(
        self,
        journey: &mut Journey,
        waiting: Waiting<'_>,
        working: Claims,
        proof: bool,
    ) -> Result<Reply, Error> {
        let now = self.world.now();
        let mut bag = journey.claims.clone();
        let facts = journey.facts(self.policy, now);
        for output in &waiting.profile.outputs {
            let held = working.get(&output.claim).cloned();
            match output.incoming(held, &facts, &working) {
                Some(value) => bag.set(output.claim.clone(), value),
                None if output.required => {
                    let arguments = [output.claim.to_string()];
                    let speaker = waiting.speaker(journey);
                    let message = speaker.message(None, "UserMessageIfMissingRequiredElement", &arguments);
                    let (asked, typed) = (asked_of(journey), BTreeMap::new());
                    return Ok(refuse(journey, waiting, (asked, typed), rejected(Some(90158), message)));
                }
                None => {}
            }
        }
        let page = self.page(journey);
        let voice = Voice { language: &journey.language, page };
        if let Err(failure) =
            self.transform(&waiting.profile.output_transformations, waiting.profile, voice, &mut bag).await
        {
            let refusal = match failure {
                Failure::Refusal(refusal) => refusal,
                Failure::Error(error) => return Err(error),
            };
            let message = waiting.speaker(journey).refusal(Some(waiting.profile), &refusal.words);
            let (asked, typed) = (asked_of(journey), BTreeMap::new());
            return Ok(refuse(journey, waiting, (asked, typed), rejected(Some(refusal.code), message)));
        }
        forget_passwords(self.policy, &mut bag);
        journey.claims = bag;
        if proof {
            journey.authenticated_at = Some(now);
        }
        session::keep(self.policy, journey, waiting.profile, now);
        journey.awaiting = Awaiting::Advance;
        Ok(Reply::Accepted)
    }
}

/// A submission that was refused after its fields were read: every such try costs the page's captcha.
fn refuse(
    journey: &mut Journey,
    waiting: Waiting<'_>,
    (mut asked, typed): (Asked, BTreeMap<Name, String>),
    reply: Reply,
) -> Reply {
    captcha::spend(waiting, &mut asked);
    count_failure(journey, waiting, (asked, typed), reply)
}

/// Notes a failed submission; at setting.retryLimit the journey ends (AADB2C90157).
pub fn count_failure(
    journey: &mut Journey,
    waiting: Waiting<'_>,
    (mut asked, typed): (Asked, BTreeMap<Name, String>),
    reply: Reply,
) -> Reply {
    asked.failures = asked.failures.saturating_add(1);
    if waiting.settings.retry_limit.is_some_and(|limit| asked.failures >= limit) {
        let fault = Fault::of(90157);
        let reply = rejected(fault.number(), fault.text.clone());
        journey.awaiting = Awaiting::Failed(fault);
        return reply;
    }
    let page = match &reply {
        Reply::Rejected { message, .. } => Some(message.clone()),
        _ => None,
    };
    remember_problems(journey, asked, typed, (reply, Problems { page, ..Problems::default() }))
}

/// What was asked so far on the page the journey waits at.
pub fn asked_of(journey: &Journey) -> Asked {
    match &journey.awaiting {
        Awaiting::Form(asked) => asked.clone(),
        _ => Asked::default(),
    }
}

/// A rejection without field texts.
pub fn rejected(code: Option<u32>, message: String) -> Reply {
    Reply::Rejected { code, message, fields: BTreeMap::new(), word: None }
}

/// Keeps what a page drawn again without script must show.
fn remember_problems(
    journey: &mut Journey,
    mut asked: Asked,
    typed: BTreeMap<Name, String>,
    (reply, problems): (Reply, Problems),
) -> Reply {
    asked.problems = problems;
    asked.typed.extend(typed);
    journey.awaiting = Awaiting::Form(asked);
    reply
}

/// The boxes above the fields: from 2.1.19 on two passwords that differ are told at the second alone
/// (user-interface 1.1).
fn boxes(content: &ContentDefinition, filled: &Filled) -> BTreeSet<String> {
    let inline = content.version >= PageVersion(2, 1, 19);
    let sorts = filled.problems.values().map(|found| found.sort);
    sorts.filter(|sort| *sort != Sort::Mismatch || !inline).map(|sort| sort.box_id().to_owned()).collect()
}

/// The claims among what a page shows, as fields to be checked; `held` is what the page started with.
pub fn expected<'a>(shown: &[Shown<'a>], held: &'a Claims) -> Vec<Expected<'a>> {
    let field = |item: &Shown<'a>| match item {
        Shown::Claim { claim, required, verified } => {
            let held = held.get(&claim.id);
            Some(Expected { claim, required: *required, verified: *verified, held })
        }
        Shown::Control(_) => None,
    };
    shown.iter().filter_map(field).collect()
}

/// What verified controls hand to the page: their verified values and, of what their actions gave, their OutputClaims.
fn gather_controls(policy: &Policy, shown: &[Shown<'_>], asked: &Asked, working: &mut Claims) {
    for item in shown {
        let Shown::Control(control) = item else { continue };
        let Some(state) = asked.controls.get(&control.id) else { continue };
        for (name, text) in &state.values {
            let kind = policy.claims.get(name).map(|claim| claim.data_type);
            if let Some(Ok(value)) = kind.map(|kind| Value::parse(text, kind)) {
                working.set(name.clone(), value);
            }
        }
        for output in &control.outputs {
            if let Some(value) = state.claims.get(&output.claim) {
                working.set(output.claim.clone(), value.clone());
            }
        }
    }
}

/// Whether an address was proven on the page; a captcha proves nobody.
fn has_verified(policy: &Policy, asked: &Asked) -> bool {
    let proves =
        |id: &Name| policy.controls.get(id).is_none_or(|control| control.kind != ControlKind::Captcha);
    asked.mails.values().any(|mail| mail.state == Verification::Verified)
        || asked.controls.iter().any(|(id, held)| held.state == Verification::Verified && proves(id))
}

/// Claims whose input type is Password end with their page (reference README 22).
fn forget_passwords(policy: &Policy, bag: &mut Claims) {
    let passwords: Vec<Name> =
        bag.iter().map(|(name, _)| name.clone()).filter(|name| is_password(policy, name)).collect();
    for name in passwords {
        bag.remove(&name);
    }
}
