//! The world of a rehearsal: a directory, a mailbox, one-time passwords, stubbed services, a clock the script moves and
//! chance that repeats itself. It never waits.
//!
//! In: what a journey asks. Out: answers, and a record of what was asked and what ran.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use vestibule_engine::claims::Value;
use vestibule_engine::claims::predicate::CharacterSet;
use vestibule_engine::journey::world::{
    Answer, Call, Carrier, Error, Failure, Refusal, Sent, What, Words, World,
};
use vestibule_engine::journey::{Event, Journey};
use vestibule_engine::kind::{
    Captcha, ConditionalAccess, EmailCode, GenerateCode, Kind, Mfa, OneTimePassword, PasswordGrant,
};
use vestibule_engine::policy::Profile;

use super::coverage::Coverage;
use super::directory::Directory;
use super::script::Stub;

/// The built-in code's life in seconds, and the wrong tries it survives (technical-profiles 4.5).
const CODE_SECONDS: i64 = 600;
const CODE_TRIES: u32 = 5;

/// A code that was made and not used yet.
#[derive(Debug)]
struct Code {
    text: String,
    until: Timestamp,
    tries: u32,
}

/// One call of a profile.
#[derive(Debug)]
pub(super) struct Asked {
    /// The profile's id.
    pub(super) profile: String,
    /// Its input and persisted claims: partner name and text.
    pub(super) values: Vec<(String, String)>,
}

/// What changes while a rehearsal runs.
#[derive(Debug)]
pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) directory: Directory,
    /// The last code sent to each address.
    pub(super) mailbox: BTreeMap<String, String>,
    /// Telephones that ring, and whether they were answered.
    pub(super) calls: BTreeMap<String, bool>,
    /// The answer to the last captcha.
    pub(super) captcha: Option<String>,
    pub(super) stubs: BTreeMap<String, Stub>,
    pub(super) asked: Vec<Asked>,
    pub(super) coverage: Coverage,
    codes: BTreeMap<String, Code>,
    last_code: Option<String>,
    chance: u64,
}

/// The world; also for who drives a journey otherwise than by a script.
#[derive(Debug)]
pub struct Stage(Mutex<State>);

impl Default for Stage {
    fn default() -> Stage {
        Stage::new()
    }
}

impl Stage {
    /// Nobody in the directory, half past nine on a Tuesday.
    pub fn new() -> Stage {
        Stage(Mutex::new(State {
            now: Timestamp::from_second(1_795_512_600).unwrap_or_default(),
            directory: Directory::default(),
            mailbox: BTreeMap::new(),
            calls: BTreeMap::new(),
            captcha: None,
            stubs: BTreeMap::new(),
            asked: Vec::new(),
            coverage: Coverage::default(),
            codes: BTreeMap::new(),
            last_code: None,
            chance: 0,
        }))
    }

    /// Puts somebody into the directory: attributes with their text, `email` for the sign-in name.
    pub fn add_user(&self, given: &[(String, String)]) {
        let mut state = self.state();
        let now = state.now;
        state.directory.add(given, now);
    }

    /// The last code that was sent to an address or a number; to anybody, where none is named.
    pub fn last_code(&self, address: Option<&str>) -> Option<String> {
        let state = self.state();
        match address {
            Some(address) => state.mailbox.get(&address.to_lowercase()).cloned(),
            None => state.last_code.clone(),
        }
    }

    /// The state; a rehearsal has one thread, so nobody else holds it.
    pub(super) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    /// Moves the clock on.
    pub(super) fn wait(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(self.now);
    }

    fn draw(&mut self) -> u64 {
        // SplitMix64: the same numbers in every rehearsal.
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn make(&mut self, characters: &[char], length: usize) -> String {
        let count = characters.len().max(1) as u64;
        (0..length)
            .filter_map(|_| characters.get(usize::try_from(self.draw() % count).unwrap_or_default()))
            .collect()
    }

    /// Sends the built-in code to an address.
    fn send(&mut self, place: String, address: &str) -> Result<Answer, Failure> {
        if !address.contains('@') {
            return Err(Refusal::key(90161, "ver_incorrect_format").into());
        }
        self.send_code(place, address)
    }

    fn send_code(&mut self, place: String, address: &str) -> Result<Answer, Failure> {
        let text = self.make(&['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], 6);
        self.mailbox.insert(address.to_lowercase(), text.clone());
        self.keep(place, text, (CODE_SECONDS, CODE_TRIES));
        Ok(Answer::empty())
    }

    fn keep(&mut self, place: String, text: String, (seconds, tries): (i64, u32)) {
        let until = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(self.now);
        self.last_code = Some(text.clone());
        self.codes.insert(place, Code { text, until, tries });
    }

    /// Tries a code; it counts once.
    fn check(&mut self, place: &str, typed: &str) -> Result<(), Untaken> {
        let now = self.now;
        let Some(code) = self.codes.get_mut(place).filter(|code| code.until > now) else {
            return Err(Untaken::Expired);
        };
        if code.tries == 0 {
            return Err(Untaken::Dead);
        }
        if code.text != typed.trim() {
            code.tries -= 1;
            return Err(if code.tries == 0 { Untaken::Dead } else { Untaken::Mismatch });
        }
        self.codes.remove(place);
        Ok(())
    }

    fn one_time(&mut self, what: &OneTimePassword, inputs: &[Sent]) -> Result<Answer, Failure> {
        let place = format!("otp {}", text(inputs, "identifier"));
        match what {
            OneTimePassword::Generate(terms) => {
                let GenerateCode { seconds, length, characters, tries, .. } = terms;
                let code = self.make(&CharacterSet::parse(characters).characters(), usize::from(*length));
                self.mailbox.insert(text(inputs, "identifier").to_lowercase(), code.clone());
                self.keep(place, code.clone(), (i64::from(*seconds), *tries));
                let mut answer = Answer::empty();
                answer.give("otpGenerated", Value::text_of(code));
                Ok(answer)
            }
            OneTimePassword::Verify => {
                let key = match self.check(&place, &text(inputs, "otpToVerify")) {
                    Ok(()) => return Ok(Answer::empty()),
                    Err(Untaken::Mismatch) => "UserMessageIfInvalidCode",
                    Err(Untaken::Dead) => "UserMessageIfMaxRetryAttempted",
                    Err(Untaken::Expired) => "UserMessageIfSessionDoesNotExist",
                };
                Err(Refusal::key(90159, key).into())
            }
        }
    }

    fn mail_code(&mut self, what: EmailCode, inputs: &[Sent]) -> Result<Answer, Failure> {
        let address = text(inputs, "emailAddress");
        let place = format!("mail {}", address.to_lowercase());
        match what {
            EmailCode::Send => self.send(place, &address),
            EmailCode::Verify => {
                let key = match self.check(&place, &text(inputs, "verificationCode")) {
                    Ok(()) => return Ok(Answer::empty()),
                    Err(Untaken::Mismatch) => "UserMessageIfVerificationFailedRetryAllowed",
                    Err(Untaken::Dead) => "UserMessageIfVerificationFailedNoRetry",
                    Err(Untaken::Expired) => "UserMessageIfChallengeExpired",
                };
                Err(Refusal::key(90159, key).into())
            }
        }
    }

    /// Sends a code by text message; the mailbox knows it under the number.
    fn message(&mut self, inputs: &[Sent]) -> Result<Answer, Failure> {
        let number = text(inputs, "phoneNumber");
        if !number.starts_with('+') {
            return Err(Refusal::key(90161, "UserMessageIfInvalidFormat").into());
        }
        self.send_code(format!("phone {number}"), &number)
    }

    fn message_code(&mut self, inputs: &[Sent]) -> Result<Answer, Failure> {
        let place = format!("phone {}", text(inputs, "phoneNumber"));
        let key = match self.check(&place, &text(inputs, "verificationCode")) {
            Ok(()) => return Ok(Answer::empty()),
            Err(Untaken::Mismatch | Untaken::Expired) => "UserMessageIfWrongCodeEntered",
            Err(Untaken::Dead) => "UserMessageIfMaxAllowedCodeRetryReached",
        };
        Err(Refusal::key(90159, key).into())
    }

    /// The phone page's message or call.
    fn dial(&mut self, number: &str, carrier: Carrier, tries: u32) -> Answer {
        match carrier {
            Carrier::Message => {
                let text = self.make(&['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], 6);
                self.mailbox.insert(number.to_owned(), text.clone());
                self.keep("phone page".to_owned(), format!("{number} {text}"), (CODE_SECONDS, tries));
                self.last_code = Some(text);
            }
            Carrier::Call => {
                self.calls.clear();
                self.calls.insert(number.to_owned(), false);
            }
        }
        Answer::empty()
    }

    fn dialled_code(&mut self, number: &str, code: &str) -> Result<Answer, Failure> {
        match self.check("phone page", &format!("{number} {}", code.trim())) {
            Ok(()) => Ok(Answer::empty()),
            Err(Untaken::Mismatch | Untaken::Expired) => {
                Err(Refusal::key(90156, "error_incorrect_code").into())
            }
            Err(Untaken::Dead) => Err(Refusal::key(90151, "error_449").into()),
        }
    }

    fn hear(&mut self, number: &str) -> Result<Answer, Failure> {
        let mut answer = Answer::empty();
        match self.calls.get(number) {
            Some(true) => answer.give("answered", Value::Boolean(true)),
            Some(false) => {}
            None => return Err(Refusal::key(90155, "error_448").into()),
        }
        Ok(answer)
    }

    /// A challenge that a script can solve: its answer is known as `{code}`.
    fn captcha(&mut self, what: Captcha, inputs: &[Sent]) -> Result<Answer, Failure> {
        let mut answer = Answer::empty();
        match what {
            Captcha::GetChallenge => {
                let solution = self.make(&['A', 'C', 'E', 'H', 'K', 'M', 'R', 'X', '3', '4', '7', '9'], 6);
                answer.give("challengeId", Value::text_of("rehearsed"));
                answer.give("ChallengeString", Value::text_of("data:text/plain,rehearsed"));
                self.captcha = Some(solution);
            }
            Captcha::VerifyChallenge => {
                let Some(solution) = self.captcha.take() else {
                    return Err(Refusal::key(90159, "NoChallengeSession").into());
                };
                let typed = Some(text(inputs, "inputSolution")).filter(|typed| !typed.is_empty());
                let typed = typed.unwrap_or_else(|| text(inputs, "captchaEntered"));
                if !typed.eq_ignore_ascii_case(&solution) {
                    return Err(Refusal::key(90159, "WrongAnswer").into());
                }
                answer.give("challengeId", Value::text_of("rehearsed"));
                answer.give("solved", Value::Boolean(true));
                answer.give("reason", Value::text_of("Solved"));
            }
        }
        Ok(answer)
    }

    fn profile(
        &mut self,
        profile: &Profile,
        (inputs, persisted): (&[Sent], &[Sent]),
        journey: &Journey,
    ) -> Result<Answer, Failure> {
        let values = inputs.iter().chain(persisted).map(|sent| (sent.partner.clone(), sent.value.text()));
        self.asked.push(Asked { profile: profile.id.to_string(), values: values.collect() });
        if let Some(stub) = self.stubs.get(&profile.id.to_lowercase()) {
            return stubbed(stub, profile);
        }
        match &profile.kind {
            Kind::Directory(settings) => {
                self.directory.run((settings, profile), (inputs, persisted), self.now)
            }
            // Another directory is another service.
            Kind::PasswordGrant(PasswordGrant { foreign_endpoint: None }) => {
                let value = |name| Value::text_of(text(inputs, name));
                let tolerant = text(inputs, "continueOnPasswordExpiration").eq_ignore_ascii_case("true");
                let (name, password) = (value("username"), value("password"));
                self.directory.sign_in((&name, &password), tolerant, &journey.request.tenant_id)
            }
            Kind::EmailCode(what) => self.mail_code(*what, inputs),
            Kind::OneTimePassword(what) => self.one_time(what, inputs),
            Kind::Mfa(Mfa::SendSms) => self.message(inputs),
            Kind::Mfa(Mfa::VerifySms) => self.message_code(inputs),
            Kind::Captcha(what) => self.captcha(*what, inputs),
            Kind::Insights(_) => Ok(Answer::empty()),
            // Without rules there is never a challenge; `stub` gives some.
            Kind::ConditionalAccess(ConditionalAccess::Remediate) => Ok(Answer::empty()),
            Kind::ConditionalAccess(ConditionalAccess::Evaluate) => {
                let mut answer = Answer::empty();
                let status = Value::Strings(vec!["Evaluated".to_owned()]);
                answer.give("MultiConditionalAccessStatus", status);
                Ok(answer)
            }
            _ => {
                let id = &profile.id;
                let sentence =
                    format!("profile `{id}` asks an outside service: write `stub {id} gives …` first");
                Err(Error::sentence(sentence).into())
            }
        }
    }
}

/// Why a code did not count.
enum Untaken {
    Mismatch,
    Dead,
    Expired,
}

/// The text of an input claim, empty where there is none.
fn text(inputs: &[Sent], partner: &str) -> String {
    let found = inputs.iter().find(|sent| sent.partner.eq_ignore_ascii_case(partner));
    found.map(|sent| sent.value.text()).unwrap_or_default()
}

/// A stub's answer, each value in the type of the claim that takes it.
fn stubbed(stub: &Stub, profile: &Profile) -> Result<Answer, Failure> {
    match stub {
        Stub::Fails => {
            let address = match &profile.kind {
                Kind::Rest(settings) => settings.url.clone(),
                _ => profile.id.to_string(),
            };
            let words = Words::First(vec![
                ("UserMessageIfCircuitOpen", vec![String::new(), address.clone()]),
                ("DefaultUserMessageIfRequestFailed", vec![address]),
            ]);
            Err(Refusal { code: 90261, words }.into())
        }
        Stub::Refuses(words) => Err(Refusal { code: 90261, words: Words::Given(words.clone()) }.into()),
        Stub::Gives(values) => {
            let mut answer = Answer::empty();
            for (name, text) in values {
                let output = profile.outputs.iter().find(|output| output.partner.eq_ignore_ascii_case(name));
                let typed = output.and_then(|output| {
                    let json = serde_json::from_str(text).unwrap_or_else(|_| text.clone().into());
                    Value::from_json(&json, output.data_type).ok()
                });
                answer.give(name.clone(), typed.unwrap_or_else(|| Value::text_of(text.clone())));
            }
            Ok(answer)
        }
    }
}

impl World for Stage {
    async fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let mut state = self.state();
        match call.what {
            What::Profile { profile, inputs, persisted, .. } => {
                state.profile(profile, (&inputs, &persisted), call.journey)
            }
            What::ReadHint { profile, .. } => state.profile(profile, (&[], &[]), call.journey),
            What::SendCode { claim, address } => {
                state.send(format!("field {claim} {}", address.to_lowercase()), address)
            }
            What::CheckCode { claim, address, code } => {
                let key = match state.check(&format!("field {claim} {}", address.to_lowercase()), code) {
                    Ok(()) => return Ok(Answer::empty()),
                    Err(Untaken::Mismatch) => "ver_fail_retry",
                    Err(Untaken::Dead) => "ver_fail_no_retry",
                    Err(Untaken::Expired) => "ver_fail_code_expired",
                };
                Err(Refusal::key(90159, key).into())
            }
            What::Dial { number, carrier, tries } => Ok(state.dial(number, carrier, tries)),
            What::CheckDialled { number, code } => state.dialled_code(number, code),
            What::HearCall { number } => state.hear(number),
        }
    }

    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut state = self.state();
        for chunk in bytes.chunks_mut(8) {
            let drawn = state.draw().to_le_bytes();
            chunk.iter_mut().zip(drawn).for_each(|(byte, new)| *byte = new);
        }
    }

    async fn secret(&self, container: &str) -> Option<Vec<u8>> {
        Some(format!("rehearsed key {container}").into_bytes())
    }

    fn note(&self, event: Event<'_>) {
        self.state().coverage.note(event);
    }

    fn listens(&self) -> bool {
        true
    }
}
