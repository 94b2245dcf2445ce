//! A world that never waits: a directory in a list, codes that are always the same, a clock the test moves.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use jiff::{SignedDuration, Timestamp};
use vestibule_engine::claims::Value;
use vestibule_engine::journey::world::{Answer, Call, Error, Failure, Refusal, Sent, What, World};
use vestibule_engine::kind::{Directory, EmailCode, Kind, Operation};

/// The code every address gets.
pub(crate) const CODE: &str = "246810";

/// Users by attribute name, lower-cased.
type User = BTreeMap<String, Value>;

/// The scripted world.
pub(crate) struct Script {
    users: Mutex<Vec<User>>,
    now: Mutex<Timestamp>,
    /// What was asked, in order: `profile AAD-UserRead…`, `send a@x.test`, `check a@x.test`.
    pub(crate) calls: Mutex<Vec<String>>,
}

impl Script {
    /// Nobody in the directory; half past nine on a November morning.
    pub(crate) fn new() -> Script {
        let now = "2026-11-24T09:30:00Z".parse().unwrap();
        Script { users: Mutex::default(), now: Mutex::new(now), calls: Mutex::default() }
    }

    /// Moves the clock.
    pub(crate) fn wait(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    /// Voids all refresh tokens of everybody.
    pub(crate) fn revoke(&self) {
        let now = self.now();
        for user in self.users.lock().unwrap().iter_mut() {
            user.insert("refreshtokensvalidfromdatetime".into(), Value::DateTime(now));
        }
    }

    /// How many users there are.
    pub(crate) fn count(&self) -> usize {
        self.users.lock().unwrap().len()
    }

    fn directory(
        &self,
        settings: &Directory,
        inputs: &[Sent],
        persisted: &[Sent],
    ) -> Result<Answer, Failure> {
        let key = inputs.first().ok_or_else(|| Error::sentence("no key"))?;
        let name = key.partner.to_lowercase();
        let mut users = self.users.lock().unwrap();
        let found = users.iter().position(|user| user.get(&name) == Some(&key.value));
        if found.is_some() && settings.error_if_present {
            return Err(Refusal::key(90001, "UserMessageIfClaimsPrincipalAlreadyExists").into());
        }
        if found.is_none() && settings.error_if_absent {
            return Err(Refusal::key(90053, "UserMessageIfClaimsPrincipalDoesNotExist").into());
        }
        let at = match (settings.operation, found) {
            (_, Some(at)) => at,
            (Operation::Write, None) => {
                let id = format!("00000000-0000-4000-8000-{:012}", users.len() + 1);
                let mut user = User::new();
                user.insert("userprincipalname".into(), Value::text_of(format!("{id}@t.test")));
                user.insert("objectid".into(), Value::text_of(id));
                user.insert("accountenabled".into(), Value::Boolean(true));
                user.insert("refreshtokensvalidfromdatetime".into(), Value::DateTime(self.now()));
                users.push(user);
                users.len() - 1
            }
            (_, None) => return Ok(Answer::empty()),
        };
        let user = &mut users[at];
        if settings.operation == Operation::Write {
            for sent in persisted {
                user.insert(sent.partner.to_lowercase(), sent.value.clone());
            }
        }
        let mut answer = Answer::empty();
        for (name, value) in user.iter().filter(|(name, _)| *name != "password") {
            answer.give(name.clone(), value.clone());
        }
        answer.give("newClaimsPrincipalCreated", Value::Boolean(found.is_none()));
        Ok(answer)
    }

    fn sign_in(&self, inputs: &[Sent]) -> Result<Answer, Failure> {
        let text = |partner: &str| inputs.iter().find(|s| s.partner == partner).map(|s| s.value.clone());
        let users = self.users.lock().unwrap();
        let user =
            users.iter().find(|user| user.get("signinnames.emailaddress") == text("username").as_ref());
        let Some(user) = user else {
            return Err(Refusal::key(90053, "UserMessageIfClaimsPrincipalDoesNotExist").into());
        };
        if user.get("password") != text("password").as_ref() {
            return Err(Refusal::key(90054, "UserMessageIfInvalidPassword").into());
        }
        let mut answer = Answer::empty();
        for (attribute, partner) in
            [("objectid", "oid"), ("givenname", "given_name"), ("displayname", "name")]
        {
            if let Some(value) = user.get(attribute) {
                answer.give(partner, value.clone());
            }
        }
        Ok(answer)
    }
}

impl World for Script {
    async fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let said = match &call.what {
            What::Profile { profile, .. } => format!("profile {}", profile.id),
            What::ReadHint { profile, .. } => format!("hint {}", profile.id),
            What::SendCode { address, .. } => format!("send {address}"),
            What::CheckCode { address, .. } => format!("check {address}"),
            What::Dial { number, carrier, .. } => format!("dial {number} {carrier:?}"),
            What::CheckDialled { number, .. } => format!("check {number}"),
            What::HearCall { number } => format!("hear {number}"),
        };
        self.calls.lock().unwrap().push(said);
        match call.what {
            What::Profile { profile, inputs, persisted, .. } => match &profile.kind {
                Kind::Directory(settings) => self.directory(settings, &inputs, &persisted),
                Kind::PasswordGrant(_) => self.sign_in(&inputs),
                Kind::EmailCode(EmailCode::Send) => Ok(Answer::empty()),
                Kind::EmailCode(EmailCode::Verify) => {
                    let code = inputs.iter().find(|s| s.partner.eq_ignore_ascii_case("verificationCode"));
                    match code.map(|s| s.value.text()).as_deref() {
                        Some(CODE) => Ok(Answer::empty()),
                        _ => Err(Refusal::key(90159, "UserMessageIfVerificationFailedRetryAllowed").into()),
                    }
                }
                other => Err(Error::sentence(format!("unexpected {other:?}")).into()),
            },
            What::ReadHint { .. } | What::SendCode { .. } => Ok(Answer::empty()),
            What::CheckCode { code: CODE, .. } => Ok(Answer::empty()),
            What::CheckCode { .. } => Err(Refusal::key(90159, "ver_fail_retry").into()),
            What::Dial { .. } | What::CheckDialled { code: CODE, .. } => Ok(Answer::empty()),
            What::CheckDialled { .. } => Err(Refusal::key(90156, "error_incorrect_code").into()),
            What::HearCall { .. } => {
                let mut answer = Answer::empty();
                answer.give("answered", Value::Boolean(true));
                Ok(answer)
            }
        }
    }

    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// Runs a future that never waits: one poll, no runtime.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the fake world never waits"),
    }
}
