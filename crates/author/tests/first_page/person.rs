//! Somebody in front of a policy's pages who knows nothing of the policy: fills each field with something it takes, proves
//! addresses with the codes that were sent, and goes on until the journey ends.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use vestibule_engine::journey::page::{Body, Control, Field, Form, Item, Phone, Verification};
use vestibule_engine::journey::phone::Wanted;
use vestibule_engine::journey::state::Session;
use vestibule_engine::journey::world::Carrier;
use vestibule_engine::journey::{Beginning, Choice, Journey, Next, Outcome, Page, Reply, Request, Run};
use vestibule_engine::policy::{ControlKind, InputType, Policy};

use super::world::Services;

/// A number of a real range that nobody has.
const TELEPHONE: &str = "+14255550123";

/// Who it is, and which way they take where the page offers several.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) mail: &'static str,
    pub(crate) password: &'static str,
    /// What is typed where the password that is in force is asked beside a new one.
    pub(crate) old: &'static str,
    /// Follows the sign-up link, once.
    pub(crate) signs_up: bool,
}

/// How it ended.
#[derive(Debug)]
pub(crate) enum End {
    Token,
    Stuck(String),
}

/// What is tried in a field, in this order: the first that its pattern and rules take is typed.
const WORDS: &[&str] = &[
    "Ada",
    "ada.lovelace",
    "adalovelace",
    "4255550123",
    "+14255550123",
    "2001-02-03",
    "12345678",
    "123456",
    "1234",
    "12345",
    "98052",
    "1",
    "A1234567",
    "AB123456",
    "US",
    "Correct-Horse1",
    "12345678901",
    "010203-1234",
    "true",
];

const MOST_PAGES: usize = 30;

/// Somebody's way through one journey.
struct Visit<'a> {
    run: Run<'a, Services>,
    journey: Journey,
    person: Person,
    signed_up: bool,
    /// Size of the largest journey saved, in bytes.
    saved: usize,
}

/// Begins a journey and goes through it; how it ended, and the size of the largest journey saved on the way, in bytes.
pub(crate) fn go(
    policy: &Policy,
    world: &Services,
    person: Person,
    parameters: &[(&str, &str)],
) -> (End, usize) {
    let mut saved = 0;
    let end = walk(policy, world, person, (parameters, &mut saved));
    (end, saved)
}

fn walk(
    policy: &Policy,
    world: &Services,
    person: Person,
    (parameters, saved): (&[(&str, &str)], &mut usize),
) -> End {
    let parameters =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = Request {
        parameters,
        tenant_id: "00000000-0000-4000-8000-0000000000ff".to_owned(),
        host: "id.example.test".to_owned(),
        address: "192.0.2.1".to_owned(),
        ..Request::default()
    };
    let (id, correlation, session) = ("t".to_owned(), "c".to_owned(), Session::default());
    let beginning = Beginning { id, correlation, journey: None, request, session };
    let run = Run { policy, world };
    let (journey, mut next) = match now(run.begin(beginning)) {
        Ok(begun) => begun,
        Err(error) => return End::Stuck(format!("error: {error}")),
    };
    let mut visit = Visit { run, journey, person, signed_up: false, saved: 0 };
    for _ in 0..MOST_PAGES {
        let page = match next {
            Next::Show(page) => page,
            Next::Finish(outcome) => {
                return match *outcome {
                    Outcome::Issue(_) => End::Token,
                    Outcome::Fault(fault) => End::Stuck(format!("{}: {}", fault.code, fault.text)),
                };
            }
            #[expect(unreachable_patterns, reason = "a departure for another site, once there are any")]
            _ => return End::Stuck("leaves for another site".to_owned()),
        };
        let answered = visit.answer(&page);
        *saved = (*saved).max(visit.saved);
        next = match answered {
            Ok(next) => next,
            Err(why) => return End::Stuck(why),
        };
    }
    End::Stuck("pages without end".to_owned())
}

/// What nobody types by accident (attacks 37, 39, 40).
const HOSTILE: &[&str] = &[
    "",
    "   \u{200B}\u{FEFF}",
    "\0",
    "\u{202E}evil\u{202C}",
    "1e309",
    "-0",
    "٣",
    "2026-02-30",
    "31/12/9999999",
    "+1 (555) ０１２;ext=999",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}${7*7}{Claim:objectId}",
    "'; DROP TABLE users;--",
    "a@b@c\r\nBcc: v@y.test",
];

/// Posts nonsense to every field and control of a policy's first page; how often it was taken for an answer.
pub(crate) fn nonsense(policy: &Policy, world: &Services, parameters: &[(&str, &str)]) -> usize {
    let parameters =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = Request { parameters, ..Request::default() };
    let (id, correlation, session) = ("t".to_owned(), "c".to_owned(), Session::default());
    let beginning = Beginning { id, correlation, journey: None, request, session };
    let run = Run { policy, world };
    let Ok((journey, Next::Show(page))) = now(run.begin(beginning)) else { return 0 };
    let form = match &page.body {
        Body::Unified(unified) => unified.form.as_ref(),
        Body::Form(form) => Some(form),
        Body::Selection(_) | Body::Phone(_) => None,
    };
    let long = "a".repeat(1_000_000);
    let mut taken = 0;
    for text in HOSTILE.iter().copied().chain([long.as_str()]) {
        let mut journey = journey.clone();
        let mut typed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for item in form.iter().flat_map(|form| &form.items) {
            let ids: Vec<String> = match item {
                Item::Field(field) => vec![field.id.to_string()],
                Item::Control(control) => {
                    control.fields.iter().map(|(field, _)| field.id.to_string()).collect()
                }
            };
            typed.extend(ids.into_iter().map(|id| (id, vec![text.to_owned(), text.to_owned()])));
            if let Item::Control(control) = item {
                for action in ["SendCode", "VerifyCode", text] {
                    let _ = now(run.act(&mut journey, (&control.id, action), &typed));
                }
            }
            if let Item::Field(field) = item {
                let _ = now(run.send_code(&mut journey, &field.id, text));
                let _ = now(run.check_code(&mut journey, &field.id, (text, text)));
            }
        }
        for wanted in [
            Wanted { id: text, number: text, country: text },
            Wanted { id: "UserAsserted", number: text, country: text },
        ] {
            let _ = now(run.dial(&mut journey, wanted, Carrier::Message));
        }
        let _ = now(run.check_dialled(&mut journey, text));
        typed.insert("objectId".to_owned(), vec![text.to_owned()]);
        let reply = now(run.submit(&mut journey, &typed));
        taken += usize::from(matches!(reply, Ok(Reply::Accepted)));
        let _ = now(run.advance(&mut journey, Choice::Exchange(text.to_owned())));
        let saved = serde_json::to_string(&journey).unwrap();
        assert!(saved.len() < 100_000, "{}: {} bytes are kept of nonsense", policy.id, saved.len());
        assert!(!journey.claims.has("objectId") || taken > 0, "{}: {text:?}", policy.id);
    }
    taken
}

impl Visit<'_> {
    fn answer(&mut self, page: &Page) -> Result<Next, String> {
        match &page.body {
            Body::Unified(unified) => {
                if self.person.signs_up && !self.signed_up && !unified.sign_up.is_empty() {
                    self.signed_up = true;
                    return self.advance(Choice::SignUp);
                }
                let is_sign_up = |id: &str| id.to_lowercase().contains("signup");
                let other = unified.providers.iter().find(|one| is_sign_up(&one.exchange));
                if let Some(other) = other.filter(|_| self.person.signs_up && !self.signed_up) {
                    self.signed_up = true;
                    return self.advance(Choice::Exchange(other.exchange.to_string()));
                }
                match &unified.form {
                    Some(form) => self.fill(form),
                    None => self.first_of(unified.providers.iter().map(|one| one.exchange.to_string())),
                }
            }
            Body::Form(form) => self.fill(form),
            Body::Selection(buttons) => self.first_of(buttons.iter().map(|one| one.exchange.to_string())),
            Body::Phone(phone) => self.telephone(phone),
        }
    }

    /// Follows the first provider that leads to another page.
    fn first_of(&mut self, exchanges: impl Iterator<Item = String>) -> Result<Next, String> {
        let mut last = "nothing to choose".to_owned();
        for exchange in exchanges {
            let before = self.journey.clone();
            match self.advance(Choice::Exchange(exchange.clone()))? {
                Next::Show(page) if matches!(page.body, Body::Selection(_)) => {
                    last = format!("{exchange} is an outside provider");
                    self.journey = before;
                }
                Next::Show(page) if self.journey.order == before.order => {
                    last = page.problems.page.clone().unwrap_or_else(|| format!("{exchange} leads nowhere"));
                    self.journey = before;
                }
                next => return Ok(next),
            }
        }
        Err(last)
    }

    /// Has a code sent to the first number on record, or to one of the person's own, and types it.
    fn telephone(&mut self, phone: &Phone) -> Result<Next, String> {
        let wanted = match phone.numbers.first() {
            Some(_) => Wanted { id: "1", ..Wanted::default() },
            None => Wanted { id: "UserAsserted", number: TELEPHONE, country: "" },
        };
        self.accepted("dialling", async |run, journey| {
            run.dial(journey, wanted, Carrier::Message).await.map_err(|e| e.to_string())
        })?;
        let code = self.run.world.stage.last_code(None).ok_or("no code was sent")?;
        self.accepted("checking a code", async |run, journey| {
            run.check_dialled(journey, &code).await.map_err(|e| e.to_string())
        })?;
        self.advance(Choice::Confirmed { remember: false })
    }

    fn fill(&mut self, form: &Form) -> Result<Next, String> {
        if !form.show_continue {
            return Err("a page without a button to continue".to_owned());
        }
        let mut typed = BTreeMap::new();
        for item in &form.items {
            match item {
                Item::Field(field) => {
                    let text = self.word(field)?;
                    if field.verification.is_some_and(|state| state != Verification::Verified) {
                        self.prove(&field.id, &text)?;
                    }
                    typed.insert(field.id.to_string(), vec![text]);
                }
                Item::Control(control) => self.operate(control)?,
            }
        }
        typed.retain(|_, values| values.iter().any(|value| !value.is_empty()));
        match self.reply(async |run, journey| run.submit(journey, &typed).await.map_err(|e| e.to_string()))? {
            Reply::Accepted => self.advance(Choice::Confirmed { remember: false }),
            Reply::Rejected { code, message, fields, .. } => {
                Err(format!("the answer was refused: {code:?} {message:?} {fields:?}"))
            }
            Reply::Told(_) | Reply::Pending | Reply::OutOfTurn => {
                Err("the answer was out of turn".to_owned())
            }
        }
    }

    /// Something that the field takes.
    fn word(&self, field: &Field) -> Result<String, String> {
        let id = field.id.to_lowercase();
        if !field.input.is_asked() {
            return Ok(String::new());
        }
        if field.input == InputType::Password {
            let is_old = id.contains("old") || id.contains("current");
            return Ok(if is_old { self.person.old } else { self.person.password }.to_owned());
        }
        if !field.choices.is_empty() {
            let first = field.choices.iter().find(|choice| !choice.value.is_empty());
            return Ok(first.map(|choice| choice.value.clone()).unwrap_or_default());
        }
        if field.input == InputType::DateTimeDropdown {
            return Ok("2001-02-03".to_owned());
        }
        let is_code = id.contains("code") || id.contains("otp");
        if let Some(code) = self.run.world.stage.last_code(None).filter(|_| is_code) {
            return Ok(code);
        }
        let mail_first = id.contains("mail")
            || id.contains("signinname")
            || field.input == InputType::EmailBox
            || field.verification.is_some();
        let phone_first = id.contains("phone") || id.contains("number");
        let own = [(mail_first, self.person.mail), (phone_first, TELEPHONE)];
        let held = field.value.as_deref().filter(|value| !value.is_empty());
        let candidates =
            held.into_iter().chain(own.into_iter().filter(|(first, _)| *first).map(|(_, word)| word));
        let mut candidates = candidates.chain(WORDS.iter().copied()).chain([self.person.mail]);
        let found = candidates.find(|word| takes(field, word));
        found
            .map(str::to_owned)
            .ok_or_else(|| format!("nothing known fits `{}` ({:?})", field.id, field.pattern))
    }

    fn prove(&mut self, claim: &str, address: &str) -> Result<(), String> {
        self.accepted("sending a code", async |run, journey| {
            run.send_code(journey, claim, address).await.map_err(|e| e.to_string())
        })?;
        let code = self.run.world.stage.last_code(None).ok_or("no code was sent")?;
        self.accepted("checking a code", async |run, journey| {
            run.check_code(journey, claim, (address, &code)).await.map_err(|e| e.to_string())
        })
    }

    fn operate(&mut self, control: &Control) -> Result<(), String> {
        if control.kind != ControlKind::Verification || control.state == Verification::Verified {
            return Ok(());
        }
        let mut typed = BTreeMap::new();
        let is_code = |role: &Option<String>| role.as_deref() == Some("VerificationCode");
        for (field, _) in control.fields.iter().filter(|(_, role)| !is_code(role)) {
            typed.insert(field.id.to_string(), vec![self.word(field)?]);
        }
        let id = control.id.to_string();
        self.accepted("SendCode", async |run, journey| {
            run.act(journey, (&id, "SendCode"), &typed).await.map_err(|e| e.to_string())
        })?;
        let code = self.run.world.stage.last_code(None).unwrap_or_else(|| "123456".to_owned());
        for (field, _) in control.fields.iter().filter(|(_, role)| is_code(role)) {
            typed.insert(field.id.to_string(), vec![code.clone()]);
        }
        self.accepted("VerifyCode", async |run, journey| {
            run.act(journey, (&id, "VerifyCode"), &typed).await.map_err(|e| e.to_string())
        })
    }

    fn accepted(
        &mut self,
        what: &str,
        act: impl AsyncFnOnce(Run<'_, Services>, &mut Journey) -> Result<Reply, String>,
    ) -> Result<(), String> {
        match self.reply(act)? {
            Reply::Accepted => Ok(()),
            Reply::Rejected { code, message, .. } => Err(format!("{what} was refused: {code:?} {message:?}")),
            Reply::Told(_) | Reply::Pending | Reply::OutOfTurn => Err(format!("{what} was out of turn")),
        }
    }

    fn reply(
        &mut self,
        act: impl AsyncFnOnce(Run<'_, Services>, &mut Journey) -> Result<Reply, String>,
    ) -> Result<Reply, String> {
        self.save();
        now(act(self.run, &mut self.journey))
    }

    fn advance(&mut self, choice: Choice) -> Result<Next, String> {
        self.save();
        now(self.run.advance(&mut self.journey, choice)).map_err(|error| format!("error: {error}"))
    }

    /// The journey written and read, as between two requests.
    fn save(&mut self) {
        let text = serde_json::to_string(&self.journey).unwrap();
        self.saved = self.saved.max(text.len());
        self.journey = serde_json::from_str(&text).unwrap();
    }
}

/// Whether a field's pattern and rules take a word, as far as the page knows them.
fn takes(field: &Field, word: &str) -> bool {
    use vestibule_engine::journey::page::RuleTest;
    let matches =
        |pattern: &str| vestibule_engine::regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(word));
    let rule = |test: &RuleTest| match test {
        RuleTest::Length(least, most) => (*least..=*most).contains(&word.len()),
        RuleTest::Pattern(pattern) => matches(pattern),
        RuleTest::Characters(ranges) => {
            word.chars().any(|c| ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)))
        }
        RuleTest::Dates(from, to) => from.as_str() <= word && word <= to.as_str(),
    };
    let group = |group: &vestibule_engine::journey::page::RuleGroup| {
        group.rules.iter().filter(|one| rule(&one.test)).count() >= group.at_least
    };
    field.pattern.as_ref().is_none_or(|(pattern, _)| matches(pattern)) && field.rules.iter().all(group)
}

/// The result of a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("this world never waits"),
    }
}
