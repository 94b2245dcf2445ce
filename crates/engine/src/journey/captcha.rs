//! Captchas: the actions of a captcha control, and the page that waits for one (policy-language 4.8, user-interface 6.5).
//!
//! In: the journey that waits at a page with such a control, what was posted. Out: a reply in the words of the wire; that
//! the challenge was solved is kept in the journey, for one answer of that page. What a challenge is, is the world's.

use std::collections::BTreeMap;

use super::exchange::Run;
use super::fields::Posted;
use super::form::{Validated, Waiting, asked_of, rejected};
use super::outcome::Reply;
use super::page::{Problems, Verification};
use super::phone::PhonePage;
use super::state::{Asked, Awaiting, ControlState, Journey};
use super::words::Speaker;
use super::world::{Error, Words, World};
use crate::claims::{Claims, Value};
use crate::policy::{ControlKind, DisplayControl, Displayed, Profile};

/// The word that a page says where its captcha is not solved.
pub(super) const UNSOLVED: &str = "captcha_unresolved";
/// Longest answer that is looked at, in characters.
const LONGEST: usize = 64;
/// Longest challenge that is handed on: a sound takes about 200 kB.
const LONGEST_CHALLENGE: usize = 1_000_000;

/// The captcha among what a profile displays, where its settings turn it on.
fn displayed(profile: &Profile, is_on: bool) -> Option<&DisplayControl> {
    let controls = profile.displayed.iter().filter_map(|displayed| match displayed {
        Displayed::Control(control) => Some(control.as_ref()),
        Displayed::Claim(..) => None,
    });
    controls.filter(|_| is_on).find(|control| control.kind == ControlKind::Captcha)
}

/// The captcha of a phone page.
pub(super) fn of_phone(page: PhonePage<'_>) -> Option<&DisplayControl> {
    displayed(page.profile, page.settings.captcha)
}

/// The captcha of a self-asserted page.
fn of_form(waiting: Waiting<'_>) -> Option<&DisplayControl> {
    displayed(waiting.profile, waiting.settings.captcha)
}

/// Whether the control's challenge was solved.
pub(super) fn is_solved(asked: &Asked, control: &DisplayControl) -> bool {
    asked.controls.get(&control.id).is_some_and(|held| held.state == Verification::Verified)
}

/// Voids a solved captcha after an answer that was refused: every try costs one.
pub(super) fn spend(waiting: Waiting<'_>, asked: &mut Asked) {
    if let Some(control) = of_form(waiting) {
        asked.controls.remove(&control.id);
    }
}

impl<'a, W: World> Run<'a, W> {
    /// The captcha of the page the journey waits at.
    fn captcha(self, journey: &Journey) -> Option<&'a DisplayControl> {
        match self.phone(journey) {
            Some(page) => of_phone(page),
            None => self.waiting(journey).and_then(of_form),
        }
    }

    fn captcha_speaker(self, journey: &'a Journey) -> Option<Speaker<'a>> {
        match self.phone(journey) {
            Some(page) => Some(page.speaker(journey)),
            None => self.waiting(journey).map(|form| form.speaker(journey)),
        }
    }

    /// What a page says where its captcha is not solved; nothing where it has none, or it is.
    pub(super) fn unsolved_captcha(self, journey: &Journey) -> Option<String> {
        let control = self.captcha(journey)?;
        let open = !is_solved(&asked_of(journey), control);
        let run = Run { policy: self.policy, world: self.world };
        let speaker = run.captcha_speaker(journey).filter(|_| open);
        speaker.map(|speaker| speaker.message(None, UNSOLVED, &[]))
    }

    /// The same as a reply to an answer, with what the page drawn again must say.
    pub(super) fn refuse_captcha(self, journey: &Journey) -> Option<(Reply, Problems)> {
        let text = self.unsolved_captcha(journey)?;
        let problems = Problems { page: Some(text.clone()), ..Problems::default() };
        Some((rejected(Some(90159), text), problems))
    }

    /// Runs an action of the page's captcha; nothing where the control is not one.
    pub(super) async fn captcha_action(
        self,
        journey: &mut Journey,
        (control, action): (&str, &str),
        posted: &Posted,
    ) -> Result<Option<Reply>, Error> {
        let Some(found) = self.captcha(journey) else { return Ok(None) };
        if !found.id.eq_ignore_ascii_case(control) {
            return Ok(None);
        }
        let (id, asked) = (found.id.clone(), asked_of(journey));
        let held = asked.controls.get(&id).cloned().unwrap_or_default();
        let checks = action.eq_ignore_ascii_case("VerifyChallenge");
        if checks && held.state == Verification::Verified {
            return Ok(Some(solved(found, &held.claims)));
        }
        let Some(action) = found.action(action) else { return Ok(Some(Reply::OutOfTurn)) };
        let mut working = journey.claims.clone();
        working.overlay(&held.claims);
        fill(&mut working, found, posted, checks);
        let outcome = self.validate(journey, &action.profiles, &mut working).await?;
        let (state, reply) = match outcome {
            Validated::Refused(_, refusal) => {
                // A challenge is for one try.
                (None, refused(&refusal.words))
            }
            Validated::Passed { .. } if checks => (Some(Verification::Verified), solved(found, &working)),
            Validated::Passed { .. } => (Some(Verification::Sent), challenge(found, &working)),
        };
        self.keep_captcha(journey, (asked, found), (state, working));
        Ok(Some(reply))
    }

    /// Checks an answer that came with the page's own, as it does without script; whether the captcha is solved now.
    pub async fn captcha_with_answer(self, journey: &mut Journey, posted: &Posted) -> Result<(), Error> {
        let Some(control) = self.captcha(journey) else { return Ok(()) };
        let open = asked_of(journey).controls.get(&control.id).map(|held| held.state);
        if open == Some(Verification::Sent) && typed(posted, control, "CaptchaEntered").is_some() {
            let id = control.id.clone();
            self.captcha_action(journey, (&id, "VerifyChallenge"), posted).await?;
        }
        Ok(())
    }

    fn keep_captcha(
        self,
        journey: &mut Journey,
        (mut asked, control): (Asked, &DisplayControl),
        (state, working): (Option<Verification>, Claims),
    ) {
        match state {
            None => {
                asked.controls.remove(&control.id);
            }
            Some(state) => {
                let claims = kept(journey, control, &working);
                let held = ControlState { state, values: BTreeMap::new(), claims };
                asked.controls.insert(control.id.clone(), held);
            }
        }
        journey.awaiting = Awaiting::Form(asked);
    }
}

/// Fresh claims of the control's actions, without the challenge itself, which is as long as a picture.
fn kept(journey: &Journey, control: &DisplayControl, working: &Claims) -> Claims {
    let is = |role: &str, name: &str| control.field(role).is_some_and(|field| *field.claim == *name);
    let fresh = working.iter().filter(|(name, value)| {
        journey.claims.get(name) != Some(*value)
            && !is("ChallengeString", name)
            && !is("CaptchaEntered", name)
    });
    fresh.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What the browser says, by the control's roles: the kind of challenge, and the answer. Which challenge it is, the server
/// knows by itself.
fn fill(working: &mut Claims, control: &DisplayControl, posted: &Posted, checks: bool) {
    if let Some(field) = control.field("ChallengeType")
        && (!checks || !working.has(&field.claim))
    {
        let kind = typed(posted, control, "ChallengeType").unwrap_or_default();
        let kind = if kind.eq_ignore_ascii_case("Audio") { "Audio" } else { "Visual" };
        working.set(field.claim.clone(), Value::text_of(kind));
    }
    if let (Some(field), true) = (control.field("CaptchaEntered"), checks) {
        let text = typed(posted, control, "CaptchaEntered").unwrap_or_default();
        working.set(field.claim.clone(), Value::text_of(super::words::cut(&text, LONGEST)));
    }
}

/// What was posted for a role: under the claim's id, or the name that the cloud's page uses.
fn typed(posted: &Posted, control: &DisplayControl, role: &str) -> Option<String> {
    let claim = control.field(role).map(|field| &*field.claim);
    let named = |name: &&String| {
        claim.is_some_and(|claim| name.eq_ignore_ascii_case(claim)) || name.eq_ignore_ascii_case(role)
    };
    let found = posted.keys().find(named).and_then(|name| posted.get(name));
    found.and_then(|values| values.first()).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn role_text(control: &DisplayControl, claims: &Claims, role: &str) -> String {
    control.field(role).and_then(|field| claims.text(&field.claim)).unwrap_or_default()
}

fn challenge(control: &DisplayControl, claims: &Claims) -> Reply {
    let text = role_text(control, claims, "ChallengeString");
    if text.is_empty() || text.len() > LONGEST_CHALLENGE {
        return refused(&Words::Key("api_error", Vec::new()));
    }
    let region = claims.text("azureregion").unwrap_or_default();
    Reply::Told(vec![
        ("challengeId", role_text(control, claims, "ChallengeId")),
        ("challengeString", text),
        ("azureregion", region),
    ])
}

fn solved(control: &DisplayControl, claims: &Claims) -> Reply {
    Reply::Told(vec![
        ("reason", "Solved".to_owned()),
        ("isCaptchaSolved", "true".to_owned()),
        ("challengeId", role_text(control, claims, "ChallengeId")),
    ])
}

/// `WrongAnswer` and `NoChallengeSession` are told by those names; everything else that goes wrong likewise counts as not
/// solved.
fn refused(words: &Words) -> Reply {
    let reason = words.id().unwrap_or("api_error");
    Reply::Told(vec![("reason", reason.to_owned()), ("isCaptchaSolved", "false".to_owned())])
}
