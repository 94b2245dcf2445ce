//! An event as a line of the timeline. In: the engine's event. Out: words, place, and details as JSON without secrets.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use vestibule_engine::claims::{Claims, Value};
use vestibule_engine::journey::condition;
use vestibule_engine::journey::outcome::{Choice, Outcome, Reply};
use vestibule_engine::journey::page::Body;
use vestibule_engine::journey::state::Awaiting;
use vestibule_engine::journey::trace::is_secret;
use vestibule_engine::journey::world::{Answer, Failure, Sent, Words};
use vestibule_engine::journey::{Event, Journey, Page, current_step};
use vestibule_engine::policy::journey::Test;
use vestibule_engine::policy::{Place, Policy, Precondition, Profile, Step, StepKind};
use vestibule_engine::transform::{self, Transformation};

use super::Entry;
use super::veil::{HIDDEN, Veil, is_veiled};

/// The longest body that is kept, in characters.
const MOST_BODY: usize = 16_384;

/// A request that a provider made. What of it is secret is hidden before it is kept.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The address.
    pub address: &'a str,
    /// Headers; without a value those that the provider itself marks as secret.
    pub headers: Vec<(&'a str, Option<String>)>,
    /// The body sent.
    pub sent: &'a str,
    /// Status and body of the answer, or why there is none.
    pub answer: Result<(u16, &'a str), &'a str>,
    /// What is secret in all of these.
    pub veil: Veil,
}

struct Line<'a> {
    policy: &'a Policy,
    now: Timestamp,
}

/// The entry of an event.
pub(super) fn of(policy: &Policy, event: Event<'_>, now: Timestamp) -> Entry {
    let line = Line { policy, now };
    match event {
        Event::Began(journey) => {
            let parameters: Map<String, Json> = journey
                .request
                .parameters
                .iter()
                .map(|(name, value)| (name.clone(), Json::from(shown_parameter(name, value))))
                .collect();
            let details = json!({ "journey": &*journey.journey, "language": journey.language, "parameters": parameters });
            line.here(journey, line.entry("begin", format!("Journey {} begins", journey.journey), details))
        }
        Event::Step { journey, step, skipped } => line.step(step, skipped, &journey.claims),
        Event::Disabled(profile) => {
            let details = json!({ "profile": &*profile.id, "rule": format!("{:?}", profile.enabled) });
            line.at(
                profile,
                line.entry("profile", format!("{} is not enabled", profile.id), details),
                Some("skipped"),
            )
        }
        Event::Restored(profile, claims) => {
            let details = json!({ "profile": &*profile.id, "claims": line.claims(claims) });
            let title = format!("{} is passed over: the session has its claims", profile.id);
            line.at(profile, line.entry("session", title, details), Some("skipped"))
        }
        Event::Profile(profile, claims) => {
            let details = json!({ "profile": &*profile.id, "claims": line.claims(claims) });
            line.at(profile, line.entry("profile", format!("{} runs", profile.id), details), None)
        }
        Event::Done(profile, outcome) => line.done(profile, outcome),
        Event::Transformed { profile, transformation, before, after, failure } => {
            line.transformed((profile, transformation), (before, after), failure)
        }
        Event::Called { profile, inputs, persisted, answer } => {
            line.called(profile, (inputs, persisted), answer)
        }
        Event::Validation { validation, skipped } => {
            let profile = &validation.profile;
            let (title, outcome) = match skipped {
                true => (format!("{} is passed over", profile.id), Some("skipped")),
                false => (format!("{} validates", profile.id), None),
            };
            let tests: Vec<String> = validation.preconditions.iter().map(tested).collect();
            let entry = line.entry("validation", title, json!({ "preconditions": tests }));
            Entry { place: place(&validation.place), outcome, ..entry }
        }
        Event::Shown(journey, page) => line.here(journey, line.shown(page, &journey.claims)),
        Event::Posted { journey, posted, reply } => line.here(journey, line.posted(posted, reply)),
        Event::Chosen(journey, choice) => {
            let details = json!({ "choice": format!("{choice:?}") });
            line.here(journey, line.entry("choice", chosen(choice), details))
        }
        Event::Ended(journey, outcome) => line.here(journey, line.ended(outcome)),
    }
}

/// How a journey ended, in a few words.
pub(super) fn ending(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Issue(issue) => format!("claims sent by {}", issue.issuer.id),
        Outcome::Fault(fault) => format!("{}: {}", fault.code, fault.text),
    }
}

/// The entry of a request that a provider made.
pub(super) fn of_exchange(exchange: &Exchange<'_>, now: Timestamp) -> Entry {
    let veil = &exchange.veil;
    let (outcome, answer) = match exchange.answer {
        Ok((status, body)) => {
            let body = cut(veil.body(body));
            ((status >= 400).then_some("refused"), json!({ "status": status, "body": body }))
        }
        Err(why) => (Some("failed"), json!({ "error": why })),
    };
    let header = |(name, value): &(&str, Option<String>)| {
        let value = value.as_ref().map_or_else(|| HIDDEN.to_owned(), |value| veil.header(name, value));
        ((*name).to_owned(), Json::from(value))
    };
    let headers: Map<String, Json> = exchange.headers.iter().map(header).collect();
    let details = json!({
        "profile": &*exchange.profile.id, "headers": headers, "sent": cut(veil.body(exchange.sent)), "answer": answer,
    });
    let title = format!("{} {}", exchange.method, veil.address(exchange.address));
    Entry { at: now, event: "http", title, place: place(&exchange.profile.place), outcome, details }
}

impl Line<'_> {
    fn entry(&self, event: &'static str, title: String, details: Json) -> Entry {
        Entry { at: self.now, event, title, place: None, outcome: None, details }
    }

    fn at(&self, profile: &Profile, entry: Entry, outcome: Option<&'static str>) -> Entry {
        Entry { place: place(&profile.place), outcome, ..entry }
    }

    /// An entry that has no place of its own: it stands at the page's profile, else at the step.
    fn here(&self, journey: &Journey, entry: Entry) -> Entry {
        let profile = match &journey.awaiting {
            Awaiting::Form(asked) => asked.profile.as_ref().and_then(|id| self.policy.profiles.get(id)),
            _ => None,
        };
        let at_step = || current_step(self.policy, journey).and_then(|step| place(&step.place));
        let found = entry.place.clone().or_else(|| profile.and_then(|profile| place(&profile.place)));
        Entry { place: found.or_else(at_step), ..entry }
    }

    fn transformed(
        &self,
        (profile, transformation): (&Profile, &Transformation),
        (before, after): (&Claims, &Claims),
        failure: Option<&transform::Failure>,
    ) -> Entry {
        let taken = |slot: &str, claim: &std::sync::Arc<str>, bag: &Claims| {
            let value = bag.get(claim).map(|value| self.value(claim, value));
            json!({ "slot": slot, "claim": &**claim, "value": value })
        };
        let inputs: Vec<Json> =
            transformation.inputs.iter().map(|(slot, claim)| taken(slot, claim, before)).collect();
        let outputs: Vec<Json> =
            transformation.outputs.iter().map(|(slot, claim, _)| taken(slot, claim, after)).collect();
        let parameters: Map<String, Json> =
            transformation.parameters.iter().map(|(id, value)| (id.clone(), value.json())).collect();
        let details = json!({
            "profile": &*profile.id,
            "transformation": &*transformation.id,
            "method": transformation.function.name,
            "inputs": inputs,
            "parameters": parameters,
            "outputs": outputs,
            "changed": self.changed(before, after),
            "claims": self.claims(before),
            "failure": failure.map(|failure| format!("{failure:?}")),
        });
        let entry = self.entry("transformation", format!("Transformation {}", transformation.id), details);
        let own = self.policy.transformation_places.get(&transformation.id).and_then(place);
        let entry = self.at(profile, entry, failure.map(|_| "failed"));
        Entry { place: own.or(entry.place.clone()), ..entry }
    }

    fn step(&self, step: &Step, skipped: bool, claims: &Claims) -> Entry {
        let conditions: Vec<Json> = step
            .preconditions
            .iter()
            .map(|one| json!({ "test": tested(one), "met": condition::skips(std::slice::from_ref(one), claims) }))
            .collect();
        let details = json!({
            "order": step.order, "type": kind(&step.kind), "preconditions": conditions, "claims": self.claims(claims),
        });
        let title = format!("Step {}: {}", step.order, kind(&step.kind));
        let outcome = skipped.then_some("skipped");
        Entry { place: place(&step.place), outcome, ..self.entry("step", title, details) }
    }

    fn done(&self, profile: &Profile, outcome: Result<&Claims, &Failure>) -> Entry {
        match outcome {
            Ok(claims) => {
                let details = json!({ "profile": &*profile.id, "claims": self.claims(claims) });
                self.at(profile, self.entry("done", format!("{} is done", profile.id), details), None)
            }
            Err(failure) => {
                let (outcome, why) = refused(failure);
                let details = json!({ "profile": &*profile.id, "why": why });
                self.at(profile, self.entry("done", format!("{}: {why}", profile.id), details), Some(outcome))
            }
        }
    }

    fn called(
        &self,
        profile: &Profile,
        (inputs, persisted): (&[Sent], &[Sent]),
        answer: Result<&Answer, &Failure>,
    ) -> Entry {
        let sent = |all: &[Sent]| -> Map<String, Json> {
            all.iter().map(|one| (one.partner.clone(), self.value(&one.claim, &one.value))).collect()
        };
        let (outcome, told) = match answer {
            Ok(answer) => {
                let value = |(name, value): (&str, &Value)| {
                    let claim =
                        profile.outputs.iter().find(|output| output.partner.eq_ignore_ascii_case(name));
                    let hidden = is_veiled(name) || claim.is_none();
                    let json = match claim {
                        Some(output) if !hidden => self.value(&output.claim, value),
                        _ => Json::from(HIDDEN),
                    };
                    (name.to_owned(), json)
                };
                (None, Json::Object(answer.iter().map(value).collect()))
            }
            Err(failure) => {
                let (outcome, why) = refused(failure);
                (Some(outcome), Json::from(why))
            }
        };
        let details = json!({
            "profile": &*profile.id, "inputs": sent(inputs), "persisted": sent(persisted), "answer": told,
        });
        self.at(profile, self.entry("call", format!("{} asks outside", profile.id), details), outcome)
    }

    fn shown(&self, page: &Page, claims: &Claims) -> Entry {
        let what = match &page.body {
            Body::Unified(_) => "sign-in page",
            Body::Form(_) => "page",
            Body::Selection(_) => "selection of providers",
            Body::Phone(_) => "phone page",
        };
        let details = json!({ "kind": format!("{:?}", page.kind), "language": page.language, "template": page.template, "claims": self.claims(claims) });
        self.entry("page", format!("A {what} is shown"), details)
    }

    fn posted(&self, posted: &std::collections::BTreeMap<String, Vec<String>>, reply: &Reply) -> Entry {
        let fields: Map<String, Json> = posted
            .iter()
            .map(|(name, values)| {
                let hidden = is_veiled(name) || is_secret(self.policy, &name.as_str().into());
                (name.clone(), if hidden { Json::from(HIDDEN) } else { Json::from(values.join(",")) })
            })
            .collect();
        let mut errors = Map::new();
        let (outcome, title) = match reply {
            Reply::Accepted => (None, "The answer is accepted".to_owned()),
            Reply::Told(_) => (None, "The captcha answers".to_owned()),
            Reply::Pending => (None, "The call is not confirmed yet".to_owned()),
            Reply::Rejected { message, fields, .. } => {
                errors.extend(fields.iter().map(|(name, text)| (name.to_string(), Json::from(text.clone()))));
                (Some("refused"), format!("The answer is refused: {message}"))
            }
            Reply::OutOfTurn => (Some("refused"), "The answer came out of turn".to_owned()),
        };
        let mut details = json!({ "fields": fields });
        if !errors.is_empty() {
            details["errors"] = Json::Object(errors);
        }
        Entry { outcome, ..self.entry("post", title, details) }
    }

    fn ended(&self, outcome: &Outcome) -> Entry {
        match outcome {
            Outcome::Issue(issue) => {
                let claims: Map<String, Json> = issue.claims.iter().cloned().collect();
                let details = json!({ "token": claims, "claims": self.claims(&issue.bag) });
                let entry = self.entry("end", format!("The journey ends: {}", ending(outcome)), details);
                self.at(&issue.issuer, entry, None)
            }
            Outcome::Fault(_) => {
                let entry = self.entry("end", format!("The journey ends: {}", ending(outcome)), json!({}));
                Entry { outcome: Some("failed"), ..entry }
            }
        }
    }

    /// The bag, secrets hidden.
    fn claims(&self, claims: &Claims) -> Map<String, Json> {
        claims.iter().map(|(name, value)| (name.to_string(), self.value(name, value))).collect()
    }

    fn value(&self, claim: &std::sync::Arc<str>, value: &Value) -> Json {
        if is_secret(self.policy, claim) { Json::from(HIDDEN) } else { value.json() }
    }

    /// What differs, as pairs of before and after.
    fn changed(&self, before: &Claims, after: &Claims) -> Map<String, Json> {
        let mut changed = Map::new();
        for (name, value) in after.iter().filter(|(name, value)| before.get(name) != Some(*value)) {
            let was = before.get(name).map(|value| self.value(name, value));
            changed.insert(name.to_string(), json!([was, self.value(name, value)]));
        }
        for (name, value) in before.iter().filter(|(name, _)| !after.has(name)) {
            changed.insert(name.to_string(), json!([self.value(name, value), null]));
        }
        changed
    }
}

fn place(place: &Place) -> Option<String> {
    (place.line > 0).then(|| format!("{}:{}", place.file, place.line))
}

fn refused(failure: &Failure) -> (&'static str, String) {
    match failure {
        Failure::Refusal(refusal) => {
            let words = match &refusal.words {
                Words::Key(key, _) => (*key).to_owned(),
                Words::Written(_, built_in) => (*built_in).to_owned(),
                Words::First(keys) => keys.first().map_or_else(String::new, |(key, _)| (*key).to_owned()),
                Words::Given(text) | Words::Service { message: text, .. } => text.clone(),
            };
            ("refused", format!("AADB2C{}: {words}", refusal.code))
        }
        Failure::Error(error) => ("failed", error.to_string()),
    }
}

fn kind(kind: &StepKind) -> String {
    match kind {
        StepKind::ClaimsExchange(exchanges) => {
            let names: Vec<&str> = exchanges.iter().map(|one| &*one.profile.id).collect();
            format!("ClaimsExchange {}", names.join(", "))
        }
        StepKind::CombinedSignInAndSignUp { .. } => "CombinedSignInAndSignUp".to_owned(),
        StepKind::ClaimsProviderSelection { .. } => "ClaimsProviderSelection".to_owned(),
        StepKind::GetClaims(profile) => format!("GetClaims {}", profile.id),
        StepKind::InvokeSubJourney(name) => format!("InvokeSubJourney {name}"),
        StepKind::SendClaims(profile) => format!("SendClaims {}", profile.id),
        StepKind::Noop => "Noop".to_owned(),
    }
}

fn tested(precondition: &Precondition) -> String {
    let how = if precondition.skip_if { "skip if" } else { "skip unless" };
    match &precondition.test {
        Test::ClaimsExist(names) => format!("{how} {} exists", names.join(" and ")),
        Test::ClaimEquals(name, _, literal) => format!("{how} {name} equals \"{literal}\""),
    }
}

fn chosen(choice: &Choice) -> String {
    match choice {
        Choice::Confirmed { .. } => "The browser goes on".to_owned(),
        Choice::SignUp => "The sign-up link is chosen".to_owned(),
        Choice::Exchange(id) => format!("{id} is chosen"),
        Choice::ForgotPassword => "The forgot-password link is chosen".to_owned(),
        Choice::Cancel => "The page is cancelled".to_owned(),
    }
}

/// Parameters that hold a proof of somebody are not kept.
fn shown_parameter(name: &str, value: &str) -> String {
    let proof = ["id_token_hint", "client_secret", "client_assertion", "code_challenge", "password"];
    if proof.contains(&name) { HIDDEN.to_owned() } else { cut(value) }
}

fn cut(text: impl AsRef<str>) -> String {
    text.as_ref().chars().take(MOST_BODY).collect()
}
