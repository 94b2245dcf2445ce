//! One technical profile: transform in, collect, call, map out, transform out (policy-language 5.6).
//!
//! In: a profile and a bag. Out: the same bag, or why not. One pipeline for every kind without a page; what a kind does
//! stands with its provider, not here. Pages are `form`'s, sessions `session`'s.

use super::declared::{Voice, declared};
use super::fault::Fault;
use super::state::{Entry, Journey};
use super::trace::Event;
use super::words::fill;
use super::world::{Answer, Call, Failure, Refusal, Sent, What, Words, World};
use crate::claims::{Claims, Mapping, Value};
use crate::kind::{Kind, TokenHint};
use crate::policy::{Policy, Profile};
use crate::transform::{self, Asks, Surroundings, Transformation};

/// What every part of a run needs: the policy and the door to the outside.
#[derive(Debug)]
pub struct Run<'a, W> {
    /// The policy.
    pub policy: &'a Policy,
    /// The outside.
    pub world: &'a W,
}

impl<W> Clone for Run<'_, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W> Copy for Run<'_, W> {}

impl<W: World> Run<'_, W> {
    /// Runs a profile without a page on a bag: a claims exchange of a step, a validation profile, an action of a
    /// display control.
    pub async fn pipeline(
        self,
        journey: &Journey,
        profile: &Profile,
        bag: &mut Claims,
    ) -> Result<Answer, Failure> {
        self.world.note(Event::Profile(profile, bag));
        let outcome = self.run_profile(journey, profile, bag).await;
        self.world.note(Event::Done(profile, outcome.as_ref().map(|_| &*bag)));
        outcome
    }

    async fn run_profile(
        self,
        journey: &Journey,
        profile: &Profile,
        bag: &mut Claims,
    ) -> Result<Answer, Failure> {
        if let Some(unsupported) = profile.unsupported() {
            let Fault { text, .. } = Fault::unsupported(unsupported);
            return Err(Refusal { code: unsupported.code(), words: Words::Given(text) }.into());
        }
        let page = self.page(journey);
        let voice = Voice { language: &journey.language, page };
        self.transform(&profile.input_transformations, profile, voice, bag).await?;
        let inputs = self.collect(journey, profile, bag)?;
        let answer = self.execute(journey, profile, inputs, bag).await?;
        self.take(journey, profile, &answer, bag)?;
        self.transform(&profile.output_transformations, profile, voice, bag).await?;
        Ok(answer)
    }

    /// Runs transformations in order, each on what the one before left.
    pub async fn transform(
        self,
        transformations: &[std::sync::Arc<Transformation>],
        profile: &Profile,
        voice: Voice<'_>,
        bag: &mut Claims,
    ) -> Result<(), Failure> {
        for transformation in transformations {
            let mut chance = [0; 32];
            self.world.random(&mut chance);
            let mut declared = declared(self.policy, profile, voice, transformation);
            if let Asks::Secret(container) = transformation.asks() {
                declared.secret = self.world.secret(&container).await;
            }
            let around = Surroundings {
                now: self.world.now(),
                chance,
                tenant: &self.policy.tenant,
                profile: &profile.id,
                authenticator: &self.policy.tenant,
                declared: &declared,
            };
            let before = self.world.listens().then(|| bag.clone());
            let applied = transformation.apply(bag, around);
            if let Some(before) = &before {
                let (after, failure) = (&*bag, applied.as_ref().err());
                self.world.note(Event::Transformed { profile, transformation, before, after, failure });
            }
            applied.map_err(|failure| refuse(&failure, transformation))?;
        }
        Ok(())
    }

    /// The input claims that have a value. Of several with one partner name the first counts and satisfies the others'
    /// `Required` (reference README 23).
    pub(super) fn collect(
        self,
        journey: &Journey,
        profile: &Profile,
        bag: &mut Claims,
    ) -> Result<Vec<Sent>, Failure> {
        let now = self.world.now();
        let sent = outgoing(self.policy, journey, &profile.inputs, bag, now);
        for mapping in profile.inputs.iter().filter(|mapping| mapping.required) {
            if !sent.iter().any(|sent| sent.partner.eq_ignore_ascii_case(&mapping.partner)) {
                let arguments = vec![mapping.claim.to_string()];
                let words = Words::Key("UserMessageIfMissingRequiredElement", arguments);
                return Err(Refusal { code: 90037, words }.into());
            }
        }
        if matches!(profile.kind, Kind::ClaimsTransformation) {
            // Defaults of a claims-transformation profile are there for its later elements (technical-profiles 15).
            for Sent { claim, value, .. } in &sent {
                if !bag.has(claim) {
                    bag.set(claim.clone(), value.clone());
                }
            }
        }
        Ok(sent)
    }

    async fn execute(
        self,
        journey: &Journey,
        profile: &Profile,
        inputs: Vec<Sent>,
        bag: &Claims,
    ) -> Result<Answer, Failure> {
        match &profile.kind {
            Kind::Directory(_)
            | Kind::PasswordGrant(_)
            | Kind::EmailCode(_)
            | Kind::OneTimePassword(_)
            | Kind::Rest(_)
            | Kind::Insights(_)
            | Kind::Mfa(_)
            | Kind::Captcha(_)
            | Kind::ConditionalAccess(_) => {
                let now = self.world.now();
                let persisted = outgoing(self.policy, journey, &profile.persisted, bag, now);
                let resolvable = match &profile.kind {
                    Kind::Rest(settings) => settings.resolvable.as_ref(),
                    _ => None,
                };
                let address = resolvable.map(|url| url.resolve(&journey.facts(self.policy, now), bag));
                self.ask_outside(journey, profile, (inputs, persisted), address).await
            }
            Kind::Setup => Ok(setup(journey, profile)),
            Kind::Bearer(_) => Ok(bearer(journey, profile)),
            Kind::TokenHint(settings) => self.read_hint(journey, profile, settings).await,
            Kind::JourneyContext(_) => Ok(context(journey)),
            Kind::PhoneFactor(_)
            | Kind::OpenIdProvider(_)
            | Kind::OAuthProvider(_)
            | Kind::OAuth1Provider(_)
            | Kind::SamlProvider(_)
            | Kind::SamlIssuer(_) => {
                let what = profile.kind.not_run().unwrap_or("profile");
                let text = format!(
                    "{what}: this part of the policy is not available in this version of the server."
                );
                Err(Refusal { code: 90037, words: Words::Given(text) }.into())
            }
            Kind::Unusable => {
                let Fault { text, .. } = Fault::unusable(&profile.id);
                Err(Refusal { code: 90037, words: Words::Given(text) }.into())
            }
            Kind::SelfAsserted(_)
            | Kind::ClaimsTransformation
            | Kind::TokenIssuer(_)
            | Kind::JsonIssuer
            | Kind::ErrorIssuer
            | Kind::Session(_)
            | Kind::Inert => Ok(Answer::empty()),
        }
    }

    async fn ask_outside(
        self,
        journey: &Journey,
        profile: &Profile,
        (inputs, persisted): (Vec<Sent>, Vec<Sent>),
        address: Option<String>,
    ) -> Result<Answer, Failure> {
        let told = self.world.listens().then(|| (inputs.clone(), persisted.clone()));
        let what = What::Profile { profile, inputs, persisted, address };
        let answer = self.world.call(Call { policy: self.policy, journey, what }).await;
        if let Some((inputs, persisted)) = &told {
            self.world.note(Event::Called { profile, inputs, persisted, answer: answer.as_ref() });
        }
        answer
    }

    /// The claims of the application's id_token_hint that the relying party lists as its InputClaims
    /// (policy-language 9.3); none where there is no hint.
    async fn read_hint(
        self,
        journey: &Journey,
        profile: &Profile,
        settings: &TokenHint,
    ) -> Result<Answer, Failure> {
        let Some(hint) = journey.request.parameters.get("id_token_hint") else { return Ok(Answer::empty()) };
        let what = What::ReadHint { profile, settings, hint };
        let told = self.world.call(Call { policy: self.policy, journey, what }).await;
        let (inputs, persisted) = ([].as_slice(), [].as_slice());
        self.world.note(Event::Called { profile, inputs, persisted, answer: told.as_ref() });
        let told = told?;
        let listed = self.policy.party.as_ref().map(|party| party.inputs.as_slice()).unwrap_or_default();
        let mut answer = Answer::empty();
        for output in profile.outputs.iter().filter(|o| listed.iter().any(|input| input.claim == o.claim)) {
            if let Some(value) = told.get(&output.partner) {
                answer.give(output.partner.clone(), value.clone());
            }
        }
        Ok(answer)
    }

    /// Takes the answer into the bag. Kinds that ask nobody answer with what the bag holds.
    pub(super) fn take(
        self,
        journey: &Journey,
        profile: &Profile,
        answer: &Answer,
        bag: &mut Claims,
    ) -> Result<(), Failure> {
        let now = self.world.now();
        let local = matches!(profile.kind, Kind::ClaimsTransformation | Kind::Inert | Kind::Session(_));
        for mapping in &profile.outputs {
            let answered = match answer.get(&mapping.partner) {
                Some(value) => Some(cast(mapping, value)?),
                None if local => bag.get(&mapping.claim).cloned(),
                None => None,
            };
            let facts = journey.facts(self.policy, now);
            if let Some(value) = mapping.incoming(answered, &facts, bag) {
                bag.set(mapping.claim.clone(), value);
            }
        }
        Ok(())
    }
}

fn outgoing(
    policy: &Policy,
    journey: &Journey,
    mappings: &[Mapping],
    bag: &Claims,
    now: jiff::Timestamp,
) -> Vec<Sent> {
    let facts = journey.facts(policy, now);
    let mut sent: Vec<Sent> = Vec::with_capacity(mappings.len());
    for mapping in mappings {
        let taken = sent.iter().any(|other| other.partner.eq_ignore_ascii_case(&mapping.partner));
        if taken {
            continue;
        }
        if let Some(value) = mapping.outgoing(&facts, bag) {
            sent.push(Sent { partner: mapping.partner.clone(), claim: mapping.claim.clone(), value });
        }
    }
    sent
}

/// A value of the partner's in the claim's type; a mismatch names the claim (policy-language 12).
fn cast(mapping: &Mapping, value: &Value) -> Result<Value, Failure> {
    value.cast(mapping.data_type).map_err(|_| {
        let words = Words::Key("UserMessageIfInvalidInput", vec![mapping.claim.to_string()]);
        Refusal { code: 90037, words }.into()
    })
}

/// What an older form of resolvers knows (technical-profiles 23).
fn context(journey: &Journey) -> Answer {
    let mut answer = Answer::empty();
    answer.give("IP-Address", Value::text_of(journey.request.address.clone()));
    answer.give("CorrelationId", Value::text_of(journey.correlation.clone()));
    answer
}

/// The claims of the redeemed refresh token, by claim id; of an application that signs in as itself, the parameters of its
/// request (policy-language 5.4).
fn setup(journey: &Journey, profile: &Profile) -> Answer {
    let request = &journey.request;
    let value = |mapping: &Mapping| match &request.entry {
        Entry::Refresh(held) => held.get(&mapping.claim).or_else(|| held.get(&mapping.partner)).cloned(),
        Entry::ClientCredentials { .. } => request.parameters.get(&mapping.partner).map(Value::text_of),
        _ => None,
    };
    let mut answer = Answer::empty();
    for mapping in &profile.outputs {
        if let Some(value) = value(mapping) {
            answer.give(mapping.partner.clone(), value);
        }
    }
    answer
}

/// The claims of the access token that a UserInfo request brought; the token itself was verified before.
fn bearer(journey: &Journey, profile: &Profile) -> Answer {
    let mut answer = Answer::empty();
    if let Entry::UserInfo(token) = &journey.request.entry {
        for mapping in &profile.outputs {
            let json = token.get(&mapping.partner);
            if let Some(value) = json.and_then(|json| Value::from_json(json, mapping.data_type).ok()) {
                answer.give(mapping.partner.clone(), value);
            }
        }
    }
    answer
}

/// What a failed transformation tells: an assertion its own text, anything else that validation failed.
fn refuse(failure: &transform::Failure, transformation: &Transformation) -> Failure {
    let words = match failure {
        transform::Failure::Assertion(key) => Words::Key(key, Vec::new()),
        transform::Failure::Absent(_) | transform::Failure::Data(_) | transform::Failure::Wrong(_) => {
            Words::Key("UserMessageIfValidationError", vec![transformation.id.to_string()])
        }
    };
    Refusal { code: 90037, words }.into()
}

impl<W: World> Run<'_, W> {
    /// The fault of a refusal that no page can show.
    pub fn fault_of(self, refusal: &Refusal, profile: &Profile, journey: &Journey) -> Fault {
        let known = journey.known(self.policy, self.world.now());
        let own = |key: &str, arguments: &[String]| {
            profile.message(key).map(|text| text.say(known, |written| fill(written, arguments)))
        };
        let refreshing = matches!(journey.request.entry, Entry::Refresh(_));
        let by_password = matches!(journey.request.entry, Entry::Password(_));
        match (&refusal.words, refusal.code) {
            // A refresh token older than refreshTokensValidFromDateTime, and one whose user is gone (protocols 6).
            (Words::Key("DateTimeGreaterThan", _), _) if refreshing => Fault::of(90129),
            (_, 90053) if refreshing => Fault::of(90128),
            // One answer for an unknown name and a wrong password (protocols 6, attack 50).
            (_, 90053 | 90054) if by_password => Fault::of(90225),
            (Words::Given(text), code) => Fault::with(code, text.clone()),
            (Words::Service { status, message }, code) => Fault::with(
                code,
                format!(
                    "The claims exchange '{}' specified in step '{}' returned HTTP error response with Code '{status}' and \
                 Reason '{message}'.",
                    profile.id,
                    journey.inside.last().map_or(journey.order, |frame| frame.order)
                ),
            ),
            (Words::First(keys), code) => {
                let built_in = || {
                    let (key, arguments) = keys.first()?;
                    Some(fill(crate::text::error(&journey.language, key)?, arguments))
                };
                let found = keys.iter().find_map(|(key, arguments)| own(key, arguments)).or_else(built_in);
                found.map_or_else(|| Fault::of(code), |text| Fault::with(code, text))
            }
            (Words::Written(keys, built_in), code) => {
                let built_in = || crate::text::error(&journey.language, built_in).map(str::to_owned);
                let found = keys.iter().find_map(|key| own(key, &[])).or_else(built_in);
                found.map_or_else(|| Fault::of(code), |text| Fault::with(code, text))
            }
            (Words::Key(key, arguments), code @ 90037) => {
                let built_in = || transform::built_in_message(key).map(str::to_owned);
                let found = own(key, arguments).or_else(built_in);
                found.map_or_else(|| Fault::of(code), |text| Fault::with(code, text))
            }
            (_, code) => Fault::of(code),
        }
    }
}
