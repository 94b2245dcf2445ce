//! The page that verifies a telephone number (technical-profiles 13, user-interface 3.7, 6.6).
//!
//! In: the numbers a policy gives, or one that is typed; codes. Out: replies; the proven number leaves the page. A number
//! on record shuts the door to any other: whoever knows a password alone must not bring a telephone of their own.

mod page;

use std::sync::Arc;

use super::captcha;
use super::exchange::Run;
use super::fault::Fault;
use super::form::{asked_of, rejected};
use super::outcome::Reply;
use super::page::Page;
use super::run::{Stepped, Stop};
use super::session;
use super::state::{Asked, Awaiting, Dialled, Journey};
use super::trace::Event;
use super::words::Speaker;
use super::world::{Answer, Call, Carrier, Error, Failure, Refusal, What, World};
use crate::claims::{Name, Value};
use crate::dialling;
use crate::kind::phone::PhoneMode;
use crate::kind::{Kind, PhoneFactor};
use crate::policy::{ContentDefinition, PageVersion, Policy, Profile};
use crate::regex::Regex;

/// What a page posts for a number that was typed.
const TYPED: &str = "UserAsserted";
/// The input that says who, not where.
const USER: &str = "UserId";
/// Wrong codes until a code is dead, and from layout 1.1.0 on until the journey ends.
const WRONG_CODES: u32 = 3;

/// The telephone that a page asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The place of a number on record, from 1, or `UserAsserted`.
    pub id: &'a str,
    /// The number that was typed, with or without the calling code.
    pub number: &'a str,
    /// The calling code chosen beside it.
    pub country: &'a str,
}

/// The phone page a journey waits at.
#[derive(Clone, Copy, Debug)]
pub(super) struct PhonePage<'a> {
    pub(super) profile: &'a Profile,
    pub(super) settings: &'a PhoneFactor,
    pub(super) content: &'a ContentDefinition,
    policy: &'a Policy,
    now: jiff::Timestamp,
}

impl<'a> PhonePage<'a> {
    pub(super) fn speaker(self, journey: &'a Journey) -> Speaker<'a> {
        let known = journey.known(self.policy, self.now);
        Speaker { content: self.content, profile: Some(self.profile), language: &journey.language, known }
    }

    fn most_wrong(self) -> u32 {
        self.settings.retry_limit.unwrap_or(WRONG_CODES)
    }

    fn offers(self, carrier: Carrier) -> bool {
        match self.settings.mode {
            PhoneMode::Mixed => true,
            PhoneMode::Sms => carrier == Carrier::Message,
            PhoneMode::Phone => carrier == Carrier::Call,
        }
    }
}

/// A number that a policy gives: the claim it stands in, and the number, in E.164 if it is one.
struct OnRecord {
    claim: Name,
    number: String,
}

/// Every input but the user's id, in order, each number once. What is no number stays one that cannot be reached: it must
/// not open the page to a number of the visitor's own.
fn on_record(policy: &Policy, journey: &Journey, profile: &Profile, now: jiff::Timestamp) -> Vec<OnRecord> {
    let facts = journey.facts(policy, now);
    let mut found: Vec<OnRecord> = Vec::new();
    for input in profile.inputs.iter().filter(|input| !input.partner.eq_ignore_ascii_case(USER)) {
        let Some(value) = input.outgoing(&facts, &journey.claims) else { continue };
        let text = value.text();
        let number = dialling::e164(&text, None).unwrap_or_else(|| text.trim().to_owned());
        if !number.is_empty() && !found.iter().any(|known| known.number == number) {
            found.push(OnRecord { claim: input.claim.clone(), number });
        }
    }
    found
}

impl<'a, W: World> Run<'a, W> {
    fn phone_page(self, profile: &'a Profile) -> Option<PhonePage<'a>> {
        let Kind::PhoneFactor(settings) = &profile.kind else { return None };
        let content = self.policy.contents.get(&settings.content)?;
        Some(PhonePage { profile, settings, content, policy: self.policy, now: self.world.now() })
    }

    /// The phone page the journey waits at, if it is one.
    pub(super) fn phone(self, journey: &Journey) -> Option<PhonePage<'a>> {
        let Awaiting::Form(asked) = &journey.awaiting else { return None };
        self.phone_page(self.policy.profiles.get(asked.profile.as_ref()?)?)
    }

    /// Comes to the page (technical-profiles 13).
    pub(super) async fn ask_phone(
        self,
        journey: &mut Journey,
        profile: &'a Profile,
    ) -> Result<Stepped, Stop> {
        self.world.note(Event::Profile(profile, &journey.claims));
        self.transform_journey(journey, profile, &profile.input_transformations).await?;
        if let Err(failure) = self.collect(journey, profile, &mut journey.claims.clone()) {
            return Err(self.stop(failure, profile, journey));
        }
        let missing = || Stop::Fault(Fault::with(90277, "The page's content definition is missing."));
        let page = self.phone_page(profile).ok_or_else(missing)?;
        let numbers = on_record(self.policy, journey, profile, self.world.now());
        if numbers.is_empty() && !page.settings.manual_entry {
            return Err(Stop::Fault(Fault::of(90145)));
        }
        let asked = Asked { profile: Some(profile.id.clone()), ..Asked::default() };
        journey.awaiting = Awaiting::Form(asked);
        let carrier = match page.settings.mode {
            PhoneMode::Phone => Carrier::Call,
            PhoneMode::Sms | PhoneMode::Mixed => Carrier::Message,
        };
        if page.settings.autodial && numbers.len() == 1 && captcha::of_phone(page).is_none() {
            let wanted = Wanted { id: "1", ..Wanted::default() };
            self.dial(journey, wanted, carrier).await?;
        }
        let drawn = self.draw_phone(journey).ok_or_else(missing)?;
        Ok(Stepped::Show(Box::new(drawn)))
    }

    /// The page as it stands.
    pub(super) fn draw_phone(self, journey: &Journey) -> Option<Page> {
        let page = self.phone(journey)?;
        Some(page::draw(self.policy, journey, page, self.world.now()))
    }

    /// Sends a code to a number, or calls it.
    pub async fn dial(
        self,
        journey: &mut Journey,
        wanted: Wanted<'_>,
        carrier: Carrier,
    ) -> Result<Reply, Error> {
        let Some(page) = self.phone(journey) else { return Ok(Reply::OutOfTurn) };
        if !page.offers(carrier) {
            return Ok(Reply::OutOfTurn);
        }
        let mut asked = asked_of(journey);
        let captcha = captcha::of_phone(page);
        if captcha.is_some_and(|control| !captcha::is_solved(&asked, control)) {
            let reply = rejected(Some(90159), page.speaker(journey).message(None, captcha::UNSOLVED, &[]));
            return Ok(told_again(journey, asked, reply));
        }
        // Without a word about which: the same number again (the script-less button).
        let again = asked.dialled.clone().filter(|_| wanted == Wanted::default());
        let chosen = again.map(|dialled| (dialled.number, dialled.known));
        let chosen = match chosen.map_or_else(|| self.chosen(journey, page, wanted), Ok) {
            Ok(chosen) => chosen,
            Err(Some(word)) => {
                note_typed(&mut asked, wanted);
                let reply = worded(page, journey, word, 90159);
                return Ok(told_again(journey, asked, reply));
            }
            Err(None) => return Ok(Reply::OutOfTurn),
        };
        note_typed(&mut asked, wanted);
        if let Some(control) = captcha {
            // Each message costs a captcha.
            asked.controls.remove(&control.id);
        }
        let tries = WRONG_CODES.max(page.most_wrong());
        let what = What::Dial { number: &chosen.0, carrier, tries };
        match self.world.call(Call { policy: self.policy, journey, what }).await {
            Ok(_) => {
                asked.dialled = Some(Dialled { number: chosen.0, known: chosen.1, carrier });
                asked.problems = Default::default();
                journey.awaiting = Awaiting::Form(asked);
                Ok(Reply::Accepted)
            }
            Err(Failure::Refusal(refusal)) => {
                let reply = refused(page, journey, &refusal);
                Ok(told_again(journey, asked, reply))
            }
            Err(Failure::Error(error)) => Err(error),
        }
    }

    /// The number a page asks for, with its place on record; else the word that says what is wrong, or nothing where the
    /// page offers no such thing.
    fn chosen(
        self,
        journey: &Journey,
        page: PhonePage<'_>,
        wanted: Wanted<'_>,
    ) -> Result<(String, Option<u32>), Option<&'static str>> {
        let numbers = on_record(self.policy, journey, page.profile, self.world.now());
        if numbers.is_empty() {
            let id = wanted.id.trim();
            if !page.settings.manual_entry || !(id.is_empty() || id.eq_ignore_ascii_case(TYPED)) {
                return Err(None);
            }
            return typed_number(page, journey, wanted).map(|number| (number, None)).map_err(Some);
        }
        let place: u32 = wanted.id.trim().parse().map_err(|_| None)?;
        let index = usize::try_from(place).ok().and_then(|place| place.checked_sub(1)).ok_or(None)?;
        let found = numbers.into_iter().nth(index).ok_or(None)?;
        if dialling::e164(&found.number, None).is_none() {
            return Err(Some("error_448"));
        }
        Ok((found.number, Some(place)))
    }

    /// Checks the code that was typed.
    pub async fn check_dialled(self, journey: &mut Journey, code: &str) -> Result<Reply, Error> {
        if journey.awaiting == Awaiting::Advance {
            return Ok(Reply::Accepted);
        }
        let Some(page) = self.phone(journey) else { return Ok(Reply::OutOfTurn) };
        let asked = asked_of(journey);
        let Some(dialled) = asked.dialled.clone() else { return Ok(Reply::OutOfTurn) };
        if dialled.carrier == Carrier::Call {
            return Ok(Reply::OutOfTurn);
        }
        if code.trim().is_empty() {
            return Ok(told_again(journey, asked, worded(page, journey, "requiredField_code", 90159)));
        }
        let what = What::CheckDialled { number: &dialled.number, code };
        match self.world.call(Call { policy: self.policy, journey, what }).await {
            Ok(_) => self.prove(journey, page, dialled).await,
            Err(Failure::Refusal(refusal)) => Ok(wrong_code(journey, page, asked, &refusal)),
            Err(Failure::Error(error)) => Err(error),
        }
    }

    /// Asks whether the call was confirmed.
    pub async fn hear_call(self, journey: &mut Journey) -> Result<Reply, Error> {
        if journey.awaiting == Awaiting::Advance {
            return Ok(Reply::Accepted);
        }
        let Some(page) = self.phone(journey) else { return Ok(Reply::OutOfTurn) };
        let mut asked = asked_of(journey);
        let Some(dialled) = asked.dialled.clone().filter(|dialled| dialled.carrier == Carrier::Call) else {
            return Ok(Reply::OutOfTurn);
        };
        let what = What::HearCall { number: &dialled.number };
        match self.world.call(Call { policy: self.policy, journey, what }).await {
            Ok(answer) if answer.get("answered") == Some(&Value::Boolean(true)) => {
                self.prove(journey, page, dialled).await
            }
            Ok(_) => Ok(Reply::Pending),
            Err(Failure::Refusal(refusal)) => {
                asked.dialled = None;
                let reply = refused(page, journey, &refusal);
                Ok(told_again(journey, asked, reply))
            }
            Err(Failure::Error(error)) => Err(error),
        }
    }

    /// Goes back to where a number is chosen (the script-less route).
    pub fn choose_number(self, journey: &mut Journey) -> Reply {
        if self.phone(journey).is_none() {
            return Reply::OutOfTurn;
        }
        let mut asked = asked_of(journey);
        asked.dialled = None;
        asked.problems = Default::default();
        journey.awaiting = Awaiting::Form(asked);
        Reply::Accepted
    }

    /// Lets the proven number out of the page: `Verified.OfficePhone`, and `newPhoneNumberEntered` where it was typed;
    /// journeys store a number where that claim exists, so a number on record leaves without it.
    async fn prove(
        self,
        journey: &mut Journey,
        page: PhonePage<'_>,
        dialled: Dialled,
    ) -> Result<Reply, Error> {
        let mut answer = Answer::empty();
        answer.give("Verified.OfficePhone", Value::text_of(dialled.number));
        if dialled.known.is_none() {
            answer.give("newPhoneNumberEntered", Value::Boolean(true));
        }
        let profile = page.profile;
        let mut bag = journey.claims.clone();
        if let Err(failure) = self.leave(journey, profile, &answer, &mut bag).await {
            // The code is used up, so there is nothing to try again: the application is told.
            return match self.stop(failure, profile, journey) {
                Stop::Error(error) => Err(error),
                Stop::Fault(fault) => {
                    let reply = rejected(fault.number(), fault.text.clone());
                    journey.awaiting = Awaiting::Failed(fault);
                    Ok(reply)
                }
            };
        }
        journey.claims = bag;
        let now = self.world.now();
        journey.authenticated_at = Some(now);
        session::keep(self.policy, journey, profile, now);
        journey.awaiting = Awaiting::Advance;
        Ok(Reply::Accepted)
    }

    fn stop(self, failure: Failure, profile: &Profile, journey: &Journey) -> Stop {
        match failure {
            Failure::Refusal(refusal) => Stop::Fault(self.fault_of(&refusal, profile, journey)),
            Failure::Error(error) => Stop::Error(error),
        }
    }

    async fn leave(
        self,
        journey: &Journey,
        profile: &Profile,
        answer: &Answer,
        bag: &mut crate::claims::Claims,
    ) -> Result<(), Failure> {
        self.take(journey, profile, answer, bag)?;
        let voice = super::declared::Voice { language: &journey.language, page: self.page(journey) };
        let transformations: &[Arc<crate::transform::Transformation>] = &profile.output_transformations;
        self.transform(transformations, profile, voice, bag).await
    }
}

/// A typed number in E.164: of a country that the page lists, and as the page's pattern wants it.
fn typed_number(page: PhonePage<'_>, journey: &Journey, wanted: Wanted<'_>) -> Result<String, &'static str> {
    let typed = wanted.number.trim();
    if typed.is_empty() {
        return Err("requiredField_number");
    }
    let country = Some(wanted.country.trim()).filter(|code| !code.is_empty());
    if country.is_none() && !typed.starts_with('+') {
        return Err("requiredField_countryCode");
    }
    let number = dialling::e164(typed, country).ok_or("invalid_number")?;
    let words = page.speaker(journey).page_words();
    let listed = page::countries(&words, "");
    let pattern = words.get("number_pattern").and_then(|pattern| Regex::new(pattern).ok());
    let fits = pattern.is_none_or(|pattern| pattern.is_match(&number));
    let known = match dialling::region(&number) {
        Some(region) => listed.iter().any(|country| country.region == region),
        // Of a range that is nobody's only the calling code can be told.
        None => listed.iter().any(|country| number.starts_with(&country.code)),
    };
    if fits && known { Ok(number) } else { Err("invalid_number") }
}

fn note_typed(asked: &mut Asked, wanted: Wanted<'_>) {
    let kept = [("number", wanted.number), ("countryCode", wanted.country), ("id", wanted.id)];
    for (name, value) in kept {
        if !value.is_empty() {
            asked.typed.insert(Name::from(name), super::words::cut(value, 64));
        }
    }
}

/// What is said of a code that was refused; the last one allowed ends the journey (user-interface 1.1).
fn wrong_code(journey: &mut Journey, page: PhonePage<'_>, mut asked: Asked, refusal: &Refusal) -> Reply {
    asked.failures = asked.failures.saturating_add(1);
    let ends = page.content.version >= PageVersion(1, 1, 0) || page.settings.retry_limit.is_some();
    if ends && asked.failures >= page.most_wrong() {
        let fault = Fault::of(90151);
        let reply = Reply::Rejected {
            code: fault.number(),
            message: page.speaker(journey).message(None, "error_449", &[]),
            fields: Default::default(),
            word: Some("error_449"),
        };
        journey.awaiting = Awaiting::Failed(fault);
        return reply;
    }
    let reply = refused(page, journey, refusal);
    told_again(journey, asked, reply)
}

fn refused(page: PhonePage<'_>, journey: &Journey, refusal: &Refusal) -> Reply {
    let message = page.speaker(journey).refusal(Some(page.profile), &refusal.words);
    Reply::Rejected {
        code: Some(refusal.code),
        message,
        fields: Default::default(),
        word: refusal.words.id(),
    }
}

fn worded(page: PhonePage<'_>, journey: &Journey, word: &'static str, code: u32) -> Reply {
    let message = page.speaker(journey).message(None, word, &[]);
    Reply::Rejected { code: Some(code), message, fields: Default::default(), word: Some(word) }
}

/// Keeps what a page drawn again without script must say.
fn told_again(journey: &mut Journey, mut asked: Asked, reply: Reply) -> Reply {
    if let Reply::Rejected { message, .. } = &reply {
        asked.problems.page = Some(message.clone());
    }
    journey.awaiting = Awaiting::Form(asked);
    reply
}
