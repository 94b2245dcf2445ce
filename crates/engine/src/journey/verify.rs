//! Proving an address on a page: the built-in Verified.Email dialogue and the actions of display controls
//! (technical-profiles 4.5, policy-language 4.8, user-interface 6.4, 6.5).
//!
//! In: the journey that waits for the form, what was typed. Out: a reply; the proof is kept in the journey, bound to
//! that page and that very address.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::draw::{Shown, prefill};
use super::exchange::Run;
use super::fields::{self, Expected, Posted};
use super::form::{Validated, Waiting, asked_of, count_failure, rejected};
use super::format::Format;
use super::outcome::Reply;
use super::page::Verification;
use super::state::{Asked, Awaiting, ControlState, Journey, Mail};
use super::trace::Event;
use super::world::{Call, Error, Failure, What, Words, World};
use crate::claims::{Claims, Name, Value};
use crate::policy::{Action, ClaimType, DisplayControl, InputType, Policy, is_password};

impl<'a, W: World> Run<'a, W> {
    /// Sends a code to the address typed into a Verified.Email field.
    pub async fn send_code(self, journey: &mut Journey, claim: &str, address: &str) -> Result<Reply, Error> {
        let reply = self.send(journey, claim, address).await?;
        self.tell(journey, (claim, address), &reply);
        Ok(reply)
    }

    /// Tells whoever listens of the address posted and what was answered; a code typed for it is nobody's to keep.
    fn tell(self, journey: &Journey, (claim, address): (&str, &str), reply: &Reply) {
        if self.world.listens() {
            let posted = Posted::from([(claim.to_owned(), vec![address.to_owned()])]);
            self.world.note(Event::Posted { journey, posted: &posted, reply });
        }
    }

    async fn send(self, journey: &mut Journey, claim: &str, address: &str) -> Result<Reply, Error> {
        let Some((waiting, claim)) = self.verified_claim(journey, claim) else { return Ok(Reply::OutOfTurn) };
        let address = &self.address(journey, (waiting, claim), address);
        let unmatched = claim.pattern.as_ref().is_some_and(|p| !p.regex.is_match(address));
        if unmatched || !Format::Address.fits(address) {
            let key = "ver_incorrect_format";
            return Ok(word(waiting.speaker(journey).message(None, key, &[]), key, 90159));
        }
        if let Some(text) = self.unsolved_captcha(journey) {
            return Ok(rejected(Some(90159), text));
        }
        let what = What::SendCode { claim: &claim.id, address };
        let answered = self.world.call(Call { policy: self.policy, journey, what }).await.map(|_| ());
        let mail = Mail { address: address.to_owned(), state: Verification::Sent };
        note(journey, (waiting, claim), mail, (answered, "ver_fail_server"))
    }

    /// Checks the code typed for an address. A verified address that is checked again stays verified.
    pub async fn check_code(
        self,
        journey: &mut Journey,
        claim: &str,
        (address, code): (&str, &str),
    ) -> Result<Reply, Error> {
        let reply = self.check(journey, claim, (address, code)).await?;
        self.tell(journey, (claim, address), &reply);
        Ok(reply)
    }

    async fn check(
        self,
        journey: &mut Journey,
        claim: &str,
        (address, code): (&str, &str),
    ) -> Result<Reply, Error> {
        let Some((waiting, claim)) = self.verified_claim(journey, claim) else { return Ok(Reply::OutOfTurn) };
        let address = &self.address(journey, (waiting, claim), address);
        let asked = asked_of(journey);
        match asked.mails.get(&claim.id).filter(|mail| mail.address == *address).map(|mail| mail.state) {
            Some(Verification::Verified) => return Ok(Reply::Accepted),
            Some(Verification::Sent) => {}
            Some(Verification::Initial) | None => {
                let key = "ver_fail_code_expired";
                return Ok(word(waiting.speaker(journey).message(None, key, &[]), key, 90159));
            }
        }
        let what = What::CheckCode { claim: &claim.id, address, code };
        let answered = self.world.call(Call { policy: self.policy, journey, what }).await.map(|_| ());
        let mail = Mail { address: address.to_owned(), state: Verification::Verified };
        note(journey, (waiting, claim), mail, (answered, "ver_fail_retry"))
    }

    /// The address it is about: as typed, or the server's own where the field cannot be typed in (attack 27).
    fn address(self, journey: &Journey, (waiting, claim): (Waiting<'_>, &ClaimType), typed: &str) -> String {
        if claim.input.is_some_and(InputType::is_asked) {
            return typed.trim().to_owned();
        }
        let held = prefill(self.policy, journey, waiting.profile, self.world.now());
        held.text(&claim.id).unwrap_or_default()
    }

    /// Voids the verification of an address, which the user is going to change (user-interface 3.4, edit).
    pub fn edit_address(self, journey: &mut Journey, claim: &str) -> Reply {
        let Some((_, claim)) = self.verified_claim(journey, claim) else { return Reply::OutOfTurn };
        let mut asked = asked_of(journey);
        asked.mails.remove(&claim.id);
        asked.problems = Default::default();
        journey.awaiting = Awaiting::Form(asked);
        Reply::Accepted
    }

    /// The claim type of a Verified.Email field on the page the journey waits at.
    fn verified_claim(self, journey: &Journey, claim: &str) -> Option<(Waiting<'a>, &'a ClaimType)> {
        let waiting = self.waiting(journey)?;
        let found = waiting.shown(self.policy).into_iter().find_map(|item| match item {
            Shown::Claim { claim: known, verified: true, .. } if known.id.eq_ignore_ascii_case(claim) => {
                Some(known)
            }
            _ => None,
        });
        found.map(|claim| (waiting, claim.as_ref()))
    }

    /// Runs an action of a display control.
    pub async fn act(
        self,
        journey: &mut Journey,
        (control, action): (&str, &str),
        posted: &Posted,
    ) -> Result<Reply, Error> {
        let reply = self.run_action(journey, (control, action), posted).await?;
        self.world.note(Event::Posted { journey, posted, reply: &reply });
        Ok(reply)
    }

    async fn run_action(
        self,
        journey: &mut Journey,
        (control, action): (&str, &str),
        posted: &Posted,
    ) -> Result<Reply, Error> {
        let policy = self.policy;
        if let Some(reply) = self.captcha_action(journey, (control, action), posted).await? {
            return Ok(reply);
        }
        let Some(waiting) = self.waiting(journey) else { return Ok(Reply::OutOfTurn) };
        let found = waiting.shown(policy).into_iter().find_map(|item| match item {
            Shown::Control(known) if known.id.eq_ignore_ascii_case(control) => Some(known),
            _ => None,
        });
        let Some(control) = found else { return Ok(Reply::OutOfTurn) };
        let Some(action) = control.action(action) else { return Ok(Reply::OutOfTurn) };
        let checks = action.id.eq_ignore_ascii_case("VerifyCode");
        self.captcha_with_answer(journey, posted).await?;
        if let Some(text) = self.unsolved_captcha(journey).filter(|_| !checks) {
            return Ok(rejected(Some(90159), text));
        }
        let asked = asked_of(journey);
        let today = self.world.now().to_zoned(TimeZone::UTC).date();
        let speaker = waiting.speaker(journey);
        let fields = control_fields(self.policy, control, checks);
        let filled = fields::check(speaker, &fields, posted, (&asked, today));
        if let Some(problem) = filled.problems.values().next() {
            return Ok(rejected(Some(90159), problem.said.clone()));
        }
        let mut working = self.working_set(journey, waiting, &filled);
        let facts = journey.facts(policy, self.world.now());
        for input in control.inputs.iter().filter(|input| !filled.values.has(&input.claim)) {
            if let Some(value) = input.outgoing(&facts, &working) {
                working.set(input.claim.clone(), value);
            }
        }
        let state = asked.controls.get(&control.id).cloned().unwrap_or_default();
        working.overlay(&state.claims);
        // What is typed now goes before what an earlier action was given.
        working.overlay(&filled.values);
        let values = plain_values(policy, control, &filled.values);
        if checks && state.values != values {
            // The code was sent to other values than those now on the page.
            let message = speaker.message(None, "UserMessageIfVerificationControlClaimsNotVerified", &[]);
            return Ok(rejected(Some(90159), message));
        }
        let outcome = self.validate(journey, &action.profiles, &mut working).await?;
        self.conclude(journey, (waiting, control, action), (asked, values, working), outcome)
    }

    /// Takes a display control back to its first state: the user is going to change what was verified.
    pub fn reset_control(self, journey: &mut Journey, control: &str) -> Reply {
        let Some(waiting) = self.waiting(journey) else { return Reply::OutOfTurn };
        let found = waiting.shown(self.policy).into_iter().find_map(|item| match item {
            Shown::Control(known) if known.id.eq_ignore_ascii_case(control) => Some(known.id.clone()),
            _ => None,
        });
        let Some(id) = found else { return Reply::OutOfTurn };
        let mut asked = asked_of(journey);
        asked.controls.remove(&id);
        asked.problems = Default::default();
        journey.awaiting = Awaiting::Form(asked);
        Reply::Accepted
    }

    fn conclude(
        self,
        journey: &mut Journey,
        (waiting, control, action): (Waiting<'_>, &DisplayControl, &Action),
        (mut asked, values, working): (Asked, BTreeMap<Name, String>, Claims),
        outcome: Validated,
    ) -> Result<Reply, Error> {
        match outcome {
            Validated::Refused(failing, refusal) => {
                let failing = self.policy.profiles.get(&failing).map(AsRef::as_ref);
                let message = waiting.speaker(journey).refusal(failing, &refusal.words);
                // Counted like a validation profile's (technical-profiles 1.4).
                let reply = rejected(Some(refusal.code), message);
                Ok(count_failure(journey, waiting, (asked, values), reply))
            }
            Validated::Passed { .. } => {
                let verified = action.id.eq_ignore_ascii_case("VerifyCode");
                let state = if verified { Verification::Verified } else { Verification::Sent };
                let claims = fresh_claims((self.policy, journey), &working, control);
                asked.typed.extend(values.clone());
                asked.controls.insert(control.id.clone(), ControlState { state, values, claims });
                asked.problems = Default::default();
                journey.awaiting = Awaiting::Form(asked);
                Ok(Reply::Accepted)
            }
        }
    }
}

/// Notes how far an address is, or tells why it got no further; `otherwise` is the page's word for a refusal that has
/// none of its own.
fn note(
    journey: &mut Journey,
    (waiting, claim): (Waiting<'_>, &ClaimType),
    mail: Mail,
    (answered, otherwise): (Result<(), Failure>, &'static str),
) -> Result<Reply, Error> {
    match answered {
        Ok(()) => {
            let mut asked = asked_of(journey);
            if claim.input.is_some_and(InputType::is_asked) {
                asked.typed.insert(claim.id.clone(), mail.address.clone());
            }
            asked.mails.insert(claim.id.clone(), mail);
            asked.problems = Default::default();
            journey.awaiting = Awaiting::Form(asked);
            Ok(Reply::Accepted)
        }
        Err(Failure::Refusal(refusal)) => {
            let message = waiting.speaker(journey).refusal(None, &refusal.words);
            Ok(word(message, key_of(&refusal.words).unwrap_or(otherwise), refusal.code))
        }
        Err(Failure::Error(error)) => Err(error),
    }
}

/// The control's fields; the code field only when an action checks codes.
fn control_fields<'a>(policy: &'a Policy, control: &'a DisplayControl, with_code: bool) -> Vec<Expected<'a>> {
    let fields =
        control.fields.iter().filter(|field| with_code || field.role.as_deref() != Some("VerificationCode"));
    let field = |field: &'a crate::policy::control::ControlField| {
        let claim = policy.claims.get(&field.claim)?;
        let required = field.required || field.role.is_some();
        Some(Expected { claim, required, verified: false, held: None })
    };
    fields.filter_map(field).collect()
}

/// What was typed into the control, codes and passwords left out.
fn plain_values(policy: &Policy, control: &DisplayControl, typed: &Claims) -> BTreeMap<Name, String> {
    let code = control.code_field().map(|field| &field.claim);
    typed
        .iter()
        .filter(|(name, _)| Some(*name) != code && !is_password(policy, name))
        .map(|(name, value)| (name.clone(), value.text()))
        .collect()
}

/// What the actions gave beyond the journey's bag, codes and passwords left out: the control's own session
/// (policy-language 4.8).
fn fresh_claims(
    (policy, journey): (&Policy, &Journey),
    working: &Claims,
    control: &DisplayControl,
) -> Claims {
    let code = control.code_field().map(|field| &field.claim);
    let fresh = |(name, value): &(&Name, &Value)| {
        journey.claims.get(name) != Some(*value) && Some(*name) != code && !is_password(policy, name)
    };
    working.iter().filter(fresh).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A rejection whose text also stands in the page under a UX string id.
fn word(message: String, id: &'static str, code: u32) -> Reply {
    Reply::Rejected { code: Some(code), message, fields: BTreeMap::new(), word: Some(id) }
}

fn key_of(words: &Words) -> Option<&'static str> {
    words.id().filter(|key| key.starts_with("ver_"))
}
