//! A block played line by line. In: commands and policies. Out: nothing, or the first line that went otherwise.
//!
//! A journey is driven exactly as the server drives it: begin, submit, act, advance; between two lines it is written to
//! JSON and read back, as it is between two requests.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use serde_json::Value as Json;
use vestibule_engine::claims::{Claims, Value};
use vestibule_engine::journey::page::Body;
use vestibule_engine::journey::phone::Wanted;
use vestibule_engine::journey::state::{Awaiting, Entry, Session};
use vestibule_engine::journey::world::Carrier;
use vestibule_engine::journey::{
    Beginning, Choice, Fault, Issue, Journey, Next, Outcome, Page, Reply, Request, Run,
};
use vestibule_engine::policy::Policy;

use super::coverage::Coverage;
use super::script::{Command, Line, Pairs};
use super::world::Stage;
use super::{Failed, expect};

/// The tenant's id in every rehearsal.
const TENANT_ID: &str = "00000000-0000-4000-8000-0000000000ff";

/// Plays the lines of one block in a world of its own.
pub(super) fn play(lines: &[Line], policies: &[Arc<Policy>], coverage: &mut Coverage) -> Result<(), Failed> {
    let stage = Stage::new();
    let mut play = Play {
        stage: &stage,
        policies,
        session: Session::default(),
        visit: None,
        refusal: None,
        code: String::new(),
        typed: BTreeMap::new(),
    };
    let mut outcome = Ok(());
    for line in lines {
        outcome = play.line(&line.command).map_err(|why| (line.number, why));
        if outcome.is_err() {
            break;
        }
    }
    if outcome.is_ok() {
        let last = lines.last().map_or(1, |line| line.number);
        outcome = play.no_surprise().map_err(|why| (last, why));
    }
    coverage.add(std::mem::take(&mut stage.state().coverage));
    outcome.map_err(|(line, why)| Failed { line, why })
}

/// What the browser has in front of it.
#[derive(Debug)]
enum Front {
    Page(Box<Page>),
    Issued(Box<Issue>),
    Fault(Fault),
}

/// A journey that was begun.
struct Visit {
    policy: Arc<Policy>,
    journey: Journey,
    front: Front,
    /// When what is in front came: a token's time of issue.
    at: Timestamp,
}

/// What was refused: the message above the fields, and those at fields by claim.
struct Refused {
    message: String,
    fields: BTreeMap<String, String>,
    /// Whether a line of the script has spoken of it.
    expected: bool,
}

struct Play<'a> {
    stage: &'a Stage,
    policies: &'a [Arc<Policy>],
    session: Session,
    visit: Option<Visit>,
    refusal: Option<Refused>,
    code: String,
    typed: BTreeMap<String, Vec<String>>,
}

type Step = Result<(), String>;

impl Play<'_> {
    fn line(&mut self, command: &Command) -> Step {
        if let Command::Error(claim, text) = command {
            return self.refused(claim.as_deref(), text);
        }
        self.no_surprise()?;
        match command {
            Command::At(time) => self.stage.state().now = *time,
            Command::Wait(seconds) => self.stage.state().wait(*seconds),
            Command::User(given) => {
                let mut state = self.stage.state();
                let now = state.now;
                state.directory.add(given, now);
            }
            Command::Stub(profile, stub) => {
                self.stage.state().stubs.insert(profile.to_lowercase(), stub.clone());
            }
            Command::Revoke => {
                let mut state = self.stage.state();
                let now = state.now;
                state.directory.revoke(now);
            }
            Command::SignOut => self.session = Session::default(),
            Command::Begin(policy, parameters) => return self.begin(policy, parameters),
            Command::Refresh => return self.refresh(),
            Command::Type(claim, value) => {
                let value = value.replace("{code}", &self.code);
                self.typed.insert(claim.clone(), vec![value]);
            }
            Command::Send(claim) => return self.send(claim),
            Command::Verify(claim, code) => return self.verify(claim, code),
            Command::Act(control, action) => return self.act(control, action),
            Command::Dial(number, calls) => return self.dial(number, *calls),
            Command::Code(code) => return self.code(code),
            Command::Answer(number) => return self.answer(number),
            Command::Submit(remember) => return self.submit(*remember),
            Command::Choose(what) => return self.choose(what),
            Command::Reload => return self.reload(),
            Command::Inbox(address) => return self.inbox(address),
            _ => return self.expect(command),
        }
        Ok(())
    }

    /// A refusal that no line speaks of is a failure of the line after it.
    fn no_surprise(&mut self) -> Step {
        match self.refusal.take() {
            Some(refused) if !refused.expected => {
                Err(format!("the answer before was refused: \"{}\"", refused.message))
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, id: &str, parameters: &Pairs) -> Step {
        let policy = self.policy(id)?;
        let parameters: BTreeMap<String, String> = parameters.iter().cloned().collect();
        let fresh = parameters.get("prompt").is_some_and(|prompt| prompt.contains("login"));
        let session = if fresh { Session::default() } else { self.session.clone() };
        self.enter(policy, (Entry::Authorize, None), parameters, session)
    }

    fn policy(&self, id: &str) -> Result<Arc<Policy>, String> {
        let runnable = self.policies.iter().filter(|policy| policy.party.is_some());
        let mut all = runnable.clone();
        all.find(|policy| policy.id.eq_ignore_ascii_case(id)).cloned().ok_or_else(|| {
            let names: Vec<String> = runnable.map(|policy| policy.id.to_string()).collect();
            format!("there is no policy `{id}` that runs; there is {}", expect::listed(&names))
        })
    }

    fn refresh(&mut self) -> Step {
        let visit = self.visit.as_ref().ok_or("no journey has begun")?;
        let Front::Issued(issue) = &visit.front else { return Err("no token was issued yet".to_owned()) };
        let policy = visit.policy.clone();
        let journey = policy.party.as_ref().and_then(|party| party.refresh_journey.clone());
        let journey = journey.ok_or("the policy has no journey for refresh tokens")?;
        let mut held: Claims = issue.bag.clone();
        held.set("refreshTokenIssuedOnDateTime".into(), Value::DateTime(visit.at));
        self.enter(policy, (Entry::Refresh(held), Some(journey)), BTreeMap::new(), Session::default())
    }

    fn enter(
        &mut self,
        policy: Arc<Policy>,
        (entry, journey): (Entry, Option<Arc<vestibule_engine::policy::UserJourney>>),
        parameters: BTreeMap<String, String>,
        session: Session,
    ) -> Step {
        self.typed.clear();
        self.stage.state().asked.clear();
        let request = Request {
            entry,
            parameters,
            tenant_id: TENANT_ID.to_owned(),
            host: "rehearsal.test".to_owned(),
            address: "192.0.2.1".to_owned(),
            ..Request::default()
        };
        let (id, correlation) = ("rehearsal".to_owned(), TENANT_ID.to_owned());
        let run = Run { policy: &policy, world: self.stage };
        let begun = at_once(run.begin(Beginning { id, correlation, journey, request, session }))?;
        let (journey, next) = begun.map_err(|error| error.to_string())?;
        let front = self.front(next);
        let at = self.stage.state().now;
        self.visit = Some(Visit { policy: policy.clone(), journey, front, at });
        Ok(())
    }

    /// What the browser sees next; what a finished journey keeps becomes the session.
    fn front(&mut self, next: Next) -> Front {
        match next {
            Next::Show(page) => Front::Page(page),
            Next::Finish(outcome) => match *outcome {
                Outcome::Fault(fault) => Front::Fault(fault),
                Outcome::Issue(issue) => {
                    for (profile, claims) in &issue.kept {
                        self.session.entries.insert(profile.clone(), claims.clone());
                    }
                    self.session.authenticated_at = Some(issue.authenticated_at);
                    Front::Issued(Box::new(issue))
                }
            },
        }
    }

    fn visit(&mut self) -> Result<&mut Visit, String> {
        self.visit.as_mut().ok_or_else(|| "no journey has begun: write `begin POLICY` first".to_owned())
    }

    fn page(&self) -> Result<&Page, String> {
        match self.visit.as_ref().map(|visit| &visit.front) {
            Some(Front::Page(page)) => Ok(page),
            Some(Front::Issued(_)) => Err("there is no page: the journey ended with a token".to_owned()),
            Some(Front::Fault(fault)) => {
                Err(format!("there is no page: the journey ended with {}: {}", fault.code, fault.text))
            }
            None => Err("no journey has begun: write `begin POLICY` first".to_owned()),
        }
    }

    /// Lets the journey take an input; it is saved before and loaded again, as between two requests.
    fn reply(
        &mut self,
        act: impl AsyncFnOnce(Run<'_, Stage>, &mut Journey) -> Result<Reply, String>,
    ) -> Step {
        let stage = self.stage;
        let visit = self.visit()?;
        visit.journey = reloaded(&visit.journey)?;
        let run = Run { policy: &visit.policy, world: stage };
        match at_once(act(run, &mut visit.journey))?? {
            Reply::Accepted => {}
            Reply::Pending => return Err("the telephone rings: nobody has answered it".to_owned()),
            Reply::Told(values) => self.told(&values),
            Reply::Rejected { message, fields, .. } => {
                let fields = fields.into_iter().map(|(name, text)| (name.to_string(), text)).collect();
                self.refusal = Some(Refused { message, fields, expected: false });
            }
            Reply::OutOfTurn => return Err("the journey does not wait for this".to_owned()),
        }
        Ok(())
    }

    /// What a captcha says: a challenge, whose answer is `{code}` from here on, or whether it is solved.
    fn told(&mut self, values: &[(&'static str, String)]) {
        let value =
            |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        if value("challengeString").is_some() {
            self.code = self.stage.state().captcha.clone().unwrap_or_default();
        }
        if value("isCaptchaSolved") == Some("false") {
            let message = value("reason").unwrap_or_default().to_owned();
            self.refusal = Some(Refused { message, fields: BTreeMap::new(), expected: false });
        }
    }

    fn dial(&mut self, number: &str, calls: bool) -> Step {
        let typed = self.page().map(|page| match &page.body {
            Body::Phone(phone) => phone.numbers.is_empty(),
            _ => false,
        })?;
        let carrier = if calls { Carrier::Call } else { Carrier::Message };
        self.reply(async |run, journey| {
            let wanted = match typed {
                true => Wanted { id: "UserAsserted", number, country: "" },
                false => Wanted { id: number, ..Wanted::default() },
            };
            run.dial(journey, wanted, carrier).await.map_err(|error| error.to_string())
        })
    }

    fn code(&mut self, code: &str) -> Step {
        let code = code.replace("{code}", &self.code);
        self.reply(async |run, journey| {
            run.check_dialled(journey, &code).await.map_err(|error| error.to_string())
        })?;
        self.proven()
    }

    /// The person answers and presses the key; the page hears of it.
    fn answer(&mut self, number: &str) -> Step {
        match self.stage.state().calls.get_mut(number) {
            Some(answered) => *answered = true,
            None => return Err(format!("`{number}` was not called")),
        }
        self.reply(async |run, journey| run.hear_call(journey).await.map_err(|error| error.to_string()))?;
        self.proven()
    }

    /// The page goes on once the number is proven, or the journey has ended for too many wrong codes.
    fn proven(&mut self) -> Step {
        let ended = matches!(self.visit()?.journey.awaiting, Awaiting::Failed(_));
        if self.refusal.is_none() || ended {
            self.refusal = None;
            return self.advance(Choice::Confirmed { remember: false });
        }
        Ok(())
    }

    fn send(&mut self, claim: &str) -> Step {
        self.page().and_then(|page| expect::field(page, claim))?;
        let address = self.typed_text(claim);
        self.reply(async |run, journey| {
            run.send_code(journey, claim, &address).await.map_err(|error| error.to_string())
        })
    }

    fn verify(&mut self, claim: &str, code: &str) -> Step {
        let (address, code) = (self.typed_text(claim), code.replace("{code}", &self.code));
        self.reply(async |run, journey| {
            run.check_code(journey, claim, (&address, &code)).await.map_err(|error| error.to_string())
        })
    }

    fn act(&mut self, control: &str, action: &str) -> Step {
        let typed = self.typed.clone();
        self.reply(async |run, journey| {
            run.act(journey, (control, action), &typed).await.map_err(|error| error.to_string())
        })
    }

    fn typed_text(&self, claim: &str) -> String {
        let typed = self.typed.iter().find(|(name, _)| name.eq_ignore_ascii_case(claim));
        typed.and_then(|(_, values)| values.first().cloned()).unwrap_or_default()
    }

    fn submit(&mut self, remember: bool) -> Step {
        self.page()?;
        let typed = self.typed.clone();
        self.reply(async |run, journey| {
            run.submit(journey, &typed).await.map_err(|error| error.to_string())
        })?;
        if self.refusal.is_none() {
            self.typed.clear();
            return self.advance(Choice::Confirmed { remember });
        }
        Ok(())
    }

    fn choose(&mut self, what: &str) -> Step {
        let offers = expect::offered(self.page()?);
        if !offers.iter().any(|one| one.eq_ignore_ascii_case(what)) {
            return Err(format!("the page does not offer `{what}`; it offers {}", expect::listed(&offers)));
        }
        let choice = match what {
            "signup" => Choice::SignUp,
            "cancel" => Choice::Cancel,
            "forgot" => self.forgot()?,
            exchange => Choice::Exchange(exchange.to_owned()),
        };
        self.typed.clear();
        self.advance(choice)
    }

    fn forgot(&self) -> Result<Choice, String> {
        let target = match &self.page()?.body {
            Body::Unified(unified) => unified.forgot.as_ref().and_then(|forgot| forgot.target.clone()),
            _ => None,
        };
        Ok(target.map_or(Choice::ForgotPassword, |target| Choice::Exchange(target.to_string())))
    }

    fn advance(&mut self, choice: Choice) -> Step {
        let stage = self.stage;
        let visit = self.visit()?;
        visit.journey = reloaded(&visit.journey)?;
        let run = Run { policy: &visit.policy, world: stage };
        let next = at_once(run.advance(&mut visit.journey, choice))?.map_err(|error| error.to_string())?;
        let front = self.front(next);
        let at = self.stage.state().now;
        let visit = self.visit()?;
        (visit.front, visit.at) = (front, at);
        Ok(())
    }

    fn reload(&mut self) -> Step {
        let stage = self.stage;
        let visit = self.visit()?;
        visit.journey = reloaded(&visit.journey)?;
        let again = Run { policy: &visit.policy, world: stage }.redraw(&visit.journey);
        visit.front = Front::Page(Box::new(again.ok_or("there is no page to load again")?));
        Ok(())
    }

    fn inbox(&mut self, address: &str) -> Step {
        let state = self.stage.state();
        let Some(code) = state.mailbox.get(&address.to_lowercase()) else {
            let names: Vec<String> = state.mailbox.keys().cloned().collect();
            return Err(format!("no code was sent to `{address}`; codes went to {}", expect::listed(&names)));
        };
        self.code.clone_from(code);
        Ok(())
    }

    fn refused(&mut self, claim: Option<&str>, text: &str) -> Step {
        let refused = self.refusal.as_mut().ok_or("nothing was refused")?;
        refused.expected = true;
        let said = match claim {
            None => Some(&refused.message),
            Some(claim) => {
                refused.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(claim)).map(|(_, text)| text)
            }
        };
        match said {
            Some(said) if said == text => Ok(()),
            Some(said) => Err(format!("it was refused with \"{said}\"")),
            None => Err(format!(
                "nothing was said at `{}`; the page says \"{}\"",
                claim.unwrap_or_default(),
                refused.message
            )),
        }
    }

    /// Lines that change nothing.
    fn expect(&mut self, command: &Command) -> Step {
        match command {
            Command::Page(_)
            | Command::Language(_)
            | Command::Asks(_)
            | Command::Field(..)
            | Command::Choices(..)
            | Command::Offers(..)
            | Command::Text(..) => on_page(self.page()?, command),
            Command::Token(name, value) => {
                expect::holds("token", name, expect::token(self.issued()?, name), value.as_deref())
            }
            Command::NoToken(name) => match expect::token(self.issued()?, name) {
                None => Ok(()),
                Some(value) => Err(format!("the token has `{name}`: {value}")),
            },
            Command::Claim(name, value) => {
                let held = self.bag()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                let json = held.map(|(_, value)| value.json());
                expect::holds("journey", name, json.as_ref(), value.as_deref())
            }
            Command::NoClaim(name) => {
                match self.bag()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                    None => Ok(()),
                    Some((_, value)) => Err(format!("`{name}` is {}", value.json())),
                }
            }
            Command::Fault(code, text) => self.fault(code, text.as_deref()),
            Command::Called(profile, with) => self.called(profile, with),
            Command::NotCalled(profile) => match self.calls(profile) {
                0 => Ok(()),
                count => Err(format!("`{profile}` was called {count} times")),
            },
            Command::Users(count) => match self.stage.state().directory.count() {
                found if found == *count => Ok(()),
                found => Err(format!("there are {found} users in the directory")),
            },
            Command::Directory(name, value) => {
                let json = self.stage.state().directory.attribute(name).map(Value::json);
                expect::holds("user", name, json.as_ref(), value.as_deref())
            }
            _ => Err("this line can do nothing here".to_owned()),
        }
    }

    fn issued(&self) -> Result<&Issue, String> {
        match self.visit.as_ref().map(|visit| &visit.front) {
            Some(Front::Issued(issue)) => Ok(issue),
            Some(Front::Page(page)) => Err(format!(
                "there is no token yet: a {} page asks {}",
                expect::kind(page),
                expect::listed(&expect::asked(page))
            )),
            Some(Front::Fault(fault)) => {
                Err(format!("there is no token: the journey ended with {}: {}", fault.code, fault.text))
            }
            None => Err("no journey has begun: write `begin POLICY` first".to_owned()),
        }
    }

    fn bag(&self) -> Result<&Claims, String> {
        match self.visit.as_ref() {
            Some(Visit { front: Front::Issued(issue), .. }) => Ok(&issue.bag),
            Some(visit) => Ok(&visit.journey.claims),
            None => Err("no journey has begun: write `begin POLICY` first".to_owned()),
        }
    }

    fn fault(&self, code: &str, text: Option<&str>) -> Step {
        match self.visit.as_ref().map(|visit| &visit.front) {
            Some(Front::Fault(fault)) => {
                let right = fault.code.to_string() == code && text.is_none_or(|text| text == fault.text);
                if right { Ok(()) } else { Err(format!("it is {}: {}", fault.code, fault.text)) }
            }
            Some(Front::Issued(_)) => Err("the journey ended with a token".to_owned()),
            _ => self.page().map(|page| Err(format!("a {} page is shown", expect::kind(page))))?,
        }
    }

    fn calls(&self, profile: &str) -> usize {
        self.stage.state().asked.iter().filter(|asked| asked.profile.eq_ignore_ascii_case(profile)).count()
    }

    fn called(&self, profile: &str, with: &Pairs) -> Step {
        let state = self.stage.state();
        let mut calls =
            state.asked.iter().filter(|asked| asked.profile.eq_ignore_ascii_case(profile)).peekable();
        if calls.peek().is_none() {
            let names: Vec<String> = state.asked.iter().map(|asked| asked.profile.clone()).collect();
            return Err(format!("`{profile}` was not called; called were {}", expect::listed(&names)));
        }
        let mut last = String::new();
        for call in calls {
            let sent = |name: &str| call.values.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            if with.iter().all(|(name, value)| sent(name).is_some_and(|(_, text)| text == value)) {
                return Ok(());
            }
            let values = call.values.iter().filter(|(name, _)| !name.to_lowercase().contains("password"));
            last = values.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
        }
        Err(format!("`{profile}` was called with {last}"))
    }
}

/// What a line says of the page.
fn on_page(page: &Page, command: &Command) -> Step {
    match command {
        Command::Page(kind) if expect::kind(page) == kind => Ok(()),
        Command::Page(_) => Err(format!("it is a {} page", expect::kind(page))),
        Command::Language(tag) if page.language == *tag => Ok(()),
        Command::Language(_) => Err(format!("the page's language is `{}`", page.language)),
        Command::Asks(names) => {
            let asked = expect::asked(page);
            let same = asked.len() == names.len()
                && asked.iter().zip(names).all(|(is, wanted)| is.eq_ignore_ascii_case(wanted));
            if same { Ok(()) } else { Err(format!("the page asks {}", expect::listed(&asked))) }
        }
        Command::Field(claim, what, text) => {
            let field = expect::field(page, claim)?;
            let found = match what.as_str() {
                "label" => Some(field.label.clone()),
                "help" => field.help.clone(),
                _ => field.value.clone(),
            };
            let found = found.unwrap_or_default();
            if found == *text { Ok(()) } else { Err(format!("its {what} is \"{found}\"")) }
        }
        Command::Choices(claim, values) => {
            let found = expect::choices(page, claim)?;
            if found == *values { Ok(()) } else { Err(format!("it offers {}", expect::listed(&found))) }
        }
        Command::Offers(name, wanted) => {
            let offers = expect::offered(page);
            match offers.iter().any(|one| one.eq_ignore_ascii_case(name)) == *wanted {
                true => Ok(()),
                false => Err(format!("the page offers {}", expect::listed(&offers))),
            }
        }
        Command::Text(id, text) => {
            let found =
                page.words.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)).map(|(_, text)| text);
            match found {
                Some(found) if found == text => Ok(()),
                Some(found) => Err(format!("it is \"{found}\"")),
                None => Err(format!("the page has no text `{id}`")),
            }
        }
        _ => Err("this line says nothing of a page".to_owned()),
    }
}

/// A journey as it is after it was saved.
fn reloaded(journey: &Journey) -> Result<Journey, String> {
    let saved: Result<Json, _> = serde_json::to_value(journey);
    saved.and_then(serde_json::from_value).map_err(|error| format!("the journey cannot be saved: {error}"))
}

/// The result of a future that never waits, as none of this world's does.
fn at_once<F: Future>(future: F) -> Result<F::Output, String> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err("the rehearsal waited for something that never comes".to_owned()),
    }
}
