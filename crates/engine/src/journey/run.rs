//! The one place that decides what comes next (architecture: examples 8): steps in order until something must be shown
//! or the journey ends.
//!
//! In: a journey and what the browser chose. Out: `Next`. Providers and pages report here and never send the user on by
//! themselves.

use std::sync::Arc;

use super::condition::{is_enabled, skips};
use super::declared::Voice;
use super::draw::{self, Drawing};
use super::exchange::Run;
use super::fault::Fault;
use super::form::Waiting;
use super::issue;
use super::outcome::{Choice, Next, Outcome};
use super::page::{Page, Problems};
use super::session;
use super::state::{Asked, Awaiting, FORMAT, Frame, Journey, Request, Session};
use super::trace::Event;
use super::words::choose_language;
use super::world::{Error, Failure, World};
use crate::claims::{Claims, Name};
use crate::kind::Kind;
use crate::policy::journey::Selections;
use crate::policy::{ContentDefinition, Exchange, Policy, Profile, Step, StepKind, UserJourney};

/// Steps one journey may run before it is taken for a circle (attack 47).
const MOST_STEPS: u32 = 500;
/// How deep sub-journeys may nest (policy-language 8).
const DEEPEST: usize = 10;

/// What a new journey begins with.
#[derive(Debug)]
pub struct Beginning {
    /// Transaction id, a GUID.
    pub id: String,
    /// Correlation id, a GUID.
    pub correlation: String,
    /// The user journey to run; the relying party's default where none is named.
    pub journey: Option<Arc<UserJourney>>,
    /// What was asked.
    pub request: Request,
    /// The single sign-on session, empty where there is none or `prompt=login` sets it aside.
    pub session: Session,
}

/// What a step came to.
pub(super) enum Stepped {
    /// Go on with the next.
    On,
    /// Enter a sub-journey.
    Enter(Name),
    /// Show a page and wait.
    Show(Box<Page>),
    /// The journey ended.
    End(Box<Outcome>),
}

/// Why a step gave nothing.
pub(super) enum Stop {
    Fault(Fault),
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Error(error)
    }
}

impl<W: World> Run<'_, W> {
    /// Begins a journey and runs it to its first page or its end.
    pub async fn begin(self, beginning: Beginning) -> Result<(Journey, Next), Error> {
        let policy = self.policy;
        let named = beginning.journey.or_else(|| policy.party.as_ref().map(|party| party.journey.clone()));
        let request = beginning.request;
        let mut journey = Journey {
            format: FORMAT,
            id: beginning.id,
            correlation: beginning.correlation,
            policy: policy.id.clone(),
            revision: policy.revision.clone(),
            journey: named.as_ref().map_or_else(|| Name::from(""), |journey| journey.id.clone()),
            inside: Vec::new(),
            order: 1,
            language: choose_language(&policy.localization, &wanted_languages(&request)),
            request,
            claims: Claims::new(),
            chosen: None,
            session: beginning.session,
            kept: Default::default(),
            restored: false,
            authenticated_at: None,
            keep_signed_in: None,
            awaiting: Awaiting::Nothing,
            steps: 0,
        };
        self.world.note(Event::Began(&journey));
        if named.is_none() {
            return Ok((journey, fault(Fault::with(90031, "The policy has no default user journey."))));
        }
        let authorization = named.map(|named| named.authorization.clone()).unwrap_or_default();
        let next = match self.authorize(&mut journey, &authorization).await {
            Ok(()) => self.go_on(&mut journey).await?,
            Err(Stop::Fault(failure)) => self.finish(&mut journey, Outcome::Fault(failure)),
            Err(Stop::Error(error)) => return Err(error),
        };
        if let Next::Show(page) = &next {
            self.world.note(Event::Shown(&journey, page));
        }
        Ok((journey, next))
    }

    /// Runs the authorization profiles of a journey, which come before its first step (technical-profiles 18).
    async fn authorize(self, journey: &mut Journey, profiles: &[Arc<Profile>]) -> Result<(), Stop> {
        for profile in profiles {
            self.exchange(journey, profile).await?;
        }
        Ok(())
    }

    /// What the browser chose: to go on after an accepted form, a link, a button.
    pub async fn advance(self, journey: &mut Journey, choice: Choice) -> Result<Next, Error> {
        self.world.note(Event::Chosen(journey, &choice));
        let next = self.follow(journey, choice).await?;
        if let Next::Show(page) = &next {
            self.world.note(Event::Shown(journey, page));
        }
        Ok(next)
    }

    async fn follow(self, journey: &mut Journey, choice: Choice) -> Result<Next, Error> {
        if let Awaiting::Failed(failure) = &journey.awaiting {
            let next = fault(failure.clone());
            journey.awaiting = Awaiting::End;
            return Ok(next);
        }
        match (choice, &journey.awaiting) {
            (Choice::Confirmed { remember }, Awaiting::Advance) => {
                journey.keep_signed_in = journey.keep_signed_in.map(|_| remember);
                journey.chosen = None;
                step_on(journey);
                self.go_on(journey).await
            }
            (Choice::SignUp, Awaiting::Form(_) | Awaiting::Choice) => {
                let target = self
                    .waiting(journey)
                    .filter(|waiting| waiting.settings.show_signup)
                    .and_then(|waiting| waiting.settings.sign_up_targets.first().cloned());
                self.choose(journey, target).await
            }
            (Choice::Exchange(wanted), Awaiting::Form(_) | Awaiting::Choice) => {
                let target = self.offered(journey, &wanted);
                self.choose(journey, target).await
            }
            (Choice::ForgotPassword, Awaiting::Form(_)) if self.offers_forgot(journey) => {
                Ok(self.finish(journey, Outcome::Fault(self.left(journey, 90118))))
            }
            (Choice::Cancel, Awaiting::Form(_) | Awaiting::Choice) if self.offers_cancel(journey) => {
                Ok(self.finish(journey, Outcome::Fault(self.left(journey, 90091))))
            }
            _ => self.show_again(journey),
        }
    }

    /// The page the journey waits at, as it stands.
    pub fn redraw(self, journey: &Journey) -> Option<Page> {
        let step = current_step(self.policy, journey)?;
        let drawing = Drawing { policy: self.policy, journey, now: self.world.now() };
        match &journey.awaiting {
            Awaiting::Form(asked) => {
                if matches!(step.kind, StepKind::CombinedSignInAndSignUp { .. }) {
                    return drawing.step_page(step, asked);
                }
                if let Some(page) = self.draw_phone(journey) {
                    return Some(page);
                }
                let waiting = self.waiting(journey)?;
                drawing.form_page(waiting.profile, waiting.settings, asked)
            }
            Awaiting::Choice => drawing.step_page(step, &Asked::default()),
            _ => None,
        }
    }

    /// Nothing of what was chosen is on offer: the page stands.
    fn show_again(self, journey: &mut Journey) -> Result<Next, Error> {
        match self.redraw(journey) {
            Some(page) => Ok(Next::Show(Box::new(page))),
            None => Ok(fault(Fault::of(90046))),
        }
    }

    /// Whether the page has the forgot-password link that ends the journey.
    fn offers_forgot(self, journey: &Journey) -> bool {
        self.waiting(journey).is_some_and(|waiting| {
            let nowhere = waiting.settings.forgot_place == crate::kind::ForgotPasswordPlace::None;
            draw::is_unified(waiting.content.page) && !nowhere
        })
    }

    /// Who leaves a page is told with its `cancel_message`, where the policy writes one (user-interface 7.2, 7.3).
    fn left(self, journey: &Journey, code: u32) -> Fault {
        if self.phone(journey).is_some() && code == 90091 {
            return Fault::with(code, "The user has canceled multifactor authentication");
        }
        let own =
            self.waiting(journey).and_then(|waiting| waiting.speaker(journey).own_word("cancel_message"));
        own.map_or_else(|| Fault::of(code), |text| Fault::with(code, text))
    }

    fn offers_cancel(self, journey: &Journey) -> bool {
        if let Some(page) = self.phone(journey) {
            return page.settings.show_cancel;
        }
        self.waiting(journey).is_some_and(|w| w.settings.show_cancel && !draw::is_unified(w.content.page))
    }

    /// The exchange of that id, if the page the journey waits at offers it.
    fn offered(self, journey: &Journey, wanted: &str) -> Option<Name> {
        let step = current_step(self.policy, journey)?;
        let selections = selections_of(step)?;
        let targets = draw::targets(self.policy, journey, step, selections);
        let listed =
            targets.into_iter().map(|exchange| exchange.id).find(|id| id.eq_ignore_ascii_case(wanted));
        let waiting = self.waiting(journey);
        let linked = || {
            let settings = waiting?.settings;
            let links = settings.sign_up_targets.iter().filter(|_| settings.show_signup);
            links.chain(&settings.forgot_target).find(|id| id.eq_ignore_ascii_case(wanted)).cloned()
        };
        listed.or_else(linked)
    }

    /// Goes to the next step with an exchange chosen. One that this version cannot run leaves the page standing, with
    /// a sentence that says so.
    async fn choose(self, journey: &mut Journey, target: Option<Name>) -> Result<Next, Error> {
        let Some(target) = target else { return self.show_again(journey) };
        let step = current_step(self.policy, journey);
        let next = step.map(|step| draw::exchanges_after(self.policy, journey, step)).unwrap_or_default();
        let exchange = next.iter().find(|exchange| exchange.id == target);
        if let Some(what) = exchange.and_then(|exchange| exchange.profile.kind.not_run()) {
            let words = crate::text::own(&journey.language, "not_available");
            let text = super::words::fill(words, &[what.to_owned()]);
            if let Awaiting::Form(asked) = &mut journey.awaiting {
                asked.problems = Problems { page: Some(text), ..Problems::default() };
            }
            return self.show_again(journey);
        }
        journey.chosen = Some(target);
        step_on(journey);
        self.go_on(journey).await
    }

    fn finish(self, journey: &mut Journey, outcome: Outcome) -> Next {
        journey.awaiting = Awaiting::End;
        self.world.note(Event::Ended(journey, &outcome));
        Next::Finish(Box::new(outcome))
    }

    /// Runs steps until something must be shown or the journey ends.
    async fn go_on(self, journey: &mut Journey) -> Result<Next, Error> {
        journey.awaiting = Awaiting::Nothing;
        loop {
            journey.steps = journey.steps.saturating_add(1);
            if journey.steps > MOST_STEPS {
                return Ok(self.finish(journey, Outcome::Fault(Fault::of(90037))));
            }
            let Some(step) = current_step(self.policy, journey) else {
                // A sub-journey of type Transfer does not return (policy-language 8).
                let ended = journey.inside.pop();
                let called = ended.and_then(|frame| self.policy.sub_journeys.get(&frame.journey));
                if called.is_none_or(|sub| sub.transfer) {
                    return Ok(self.finish(journey, Outcome::Fault(Fault::of(90040))));
                }
                step_on(journey);
                continue;
            };
            let skipped = skips(&step.preconditions, &journey.claims);
            self.world.note(Event::Step { journey, step, skipped });
            if skipped {
                // A choice is for the next step alone, run or not.
                journey.chosen = None;
                step_on(journey);
                continue;
            }
            match self.step(journey, step).await {
                Ok(Stepped::On) => step_on(journey),
                Ok(Stepped::Enter(name)) => journey.inside.push(Frame { journey: name, order: 1 }),
                Ok(Stepped::Show(_)) if !self.may_ask(journey) => {
                    let text =
                        "The user journey asks for the user, who cannot be asked here. Please sign in again.";
                    return Ok(self.finish(journey, Outcome::Fault(Fault::with(90085, text))));
                }
                Ok(Stepped::Show(page)) => return Ok(Next::Show(page)),
                Ok(Stepped::End(outcome)) => return Ok(self.finish(journey, *outcome)),
                Err(Stop::Fault(failure)) => return Ok(self.finish(journey, Outcome::Fault(failure))),
                Err(Stop::Error(error)) => return Err(error),
            }
        }
    }

    /// Whether there is somebody to show a page to (policy-language 7: `NonInteractive`; the token endpoint has nobody).
    fn may_ask(self, journey: &Journey) -> bool {
        let alone = self.policy.journeys.get(&journey.journey).is_some_and(|named| named.non_interactive);
        journey.request.entry.is_interactive() && !alone
    }

    async fn step(self, journey: &mut Journey, step: &Step) -> Result<Stepped, Stop> {
        match &step.kind {
            StepKind::ClaimsExchange(exchanges) => {
                let chosen = journey.chosen.take();
                match pick(exchanges, chosen.as_ref()) {
                    Some(exchange) => self.exchange(journey, &exchange.profile).await,
                    None => Err(Stop::Fault(Fault::of(90051))),
                }
            }
            StepKind::CombinedSignInAndSignUp { selections, exchanges, .. } => {
                self.combined(journey, step, selections, exchanges).await
            }
            StepKind::ClaimsProviderSelection { selections, .. } => self.selection(journey, step, selections),
            StepKind::GetClaims(profile) => {
                let absent = !journey.request.parameters.contains_key("id_token_hint");
                if absent && profile.outputs.iter().any(|output| output.required) {
                    return Err(Stop::Fault(Fault::of(90272)));
                }
                self.exchange(journey, profile).await
            }
            StepKind::InvokeSubJourney(name) if journey.inside.len() < DEEPEST => {
                Ok(Stepped::Enter(name.clone()))
            }
            StepKind::InvokeSubJourney(_) => Err(Stop::Fault(Fault::of(90037))),
            StepKind::SendClaims(issuer) => {
                let outcome = self.send_claims(journey, issuer).await?;
                Ok(Stepped::End(Box::new(outcome)))
            }
            StepKind::Noop => Ok(Stepped::On),
        }
    }

    /// One claims exchange: enabled? in the session? a page? else the pipeline (policy-language 5.6).
    async fn exchange(self, journey: &mut Journey, profile: &Profile) -> Result<Stepped, Stop> {
        if !is_enabled(&profile.enabled, &journey.claims) {
            self.world.note(Event::Disabled(profile));
            return Ok(Stepped::On);
        }
        let now = self.world.now();
        if session::participates(journey, profile) {
            session::restore(self.policy, journey, now);
            self.world.note(Event::Restored(profile, &journey.claims));
            return Ok(Stepped::On);
        }
        match &profile.kind {
            Kind::SelfAsserted(settings) => {
                if let Some(unsupported) = profile.unsupported() {
                    return Err(Stop::Fault(Fault::unsupported(unsupported)));
                }
                return self.ask(journey, profile, settings).await;
            }
            Kind::PhoneFactor(_) => return self.ask_phone(journey, profile).await,
            _ => {}
        }
        let mut bag = std::mem::take(&mut journey.claims);
        let outcome = self.pipeline(journey, profile, &mut bag).await;
        journey.claims = bag;
        match outcome {
            Ok(_) => {
                if matches!(profile.kind, Kind::PasswordGrant(_)) {
                    journey.authenticated_at = Some(now);
                }
                session::keep(self.policy, journey, profile, now);
                Ok(Stepped::On)
            }
            Err(Failure::Refusal(refusal)) => Err(Stop::Fault(self.fault_of(&refusal, profile, journey))),
            Err(Failure::Error(error)) => Err(Stop::Error(error)),
        }
    }

    /// A self-asserted page; skipped where it has nothing to show (policy-language 6.2).
    async fn ask(
        self,
        journey: &mut Journey,
        profile: &Profile,
        settings: &crate::kind::SelfAsserted,
    ) -> Result<Stepped, Stop> {
        self.world.note(Event::Profile(profile, &journey.claims));
        self.transform_journey(journey, profile, &profile.input_transformations).await?;
        let now = self.world.now();
        if draw::shown(self.policy, profile, settings).is_empty() {
            let facts = journey.facts(self.policy, now);
            let defaults: Claims = profile
                .outputs
                .iter()
                .filter_map(|output| {
                    let held = journey.claims.get(&output.claim).cloned();
                    Some((output.claim.clone(), output.incoming(held, &facts, &journey.claims)?))
                })
                .collect();
            journey.claims.overlay(&defaults);
            self.transform_journey(journey, profile, &profile.output_transformations).await?;
            session::keep(self.policy, journey, profile, now);
            return Ok(Stepped::On);
        }
        let asked = Asked { profile: Some(profile.id.clone()), ..Asked::default() };
        let drawing = Drawing { policy: self.policy, journey, now };
        let page = drawing.form_page(profile, settings, &asked);
        let page =
            page.ok_or_else(|| Stop::Fault(Fault::with(90277, "The page's content definition is missing.")))?;
        journey.awaiting = Awaiting::Form(asked);
        Ok(Stepped::Show(Box::new(page)))
    }

    pub(super) async fn transform_journey(
        self,
        journey: &mut Journey,
        profile: &Profile,
        transformations: &[Arc<crate::transform::Transformation>],
    ) -> Result<(), Stop> {
        let page = self.page(journey);
        let voice = Voice { language: &journey.language, page };
        match self.transform(transformations, profile, voice, &mut journey.claims).await {
            Ok(()) => Ok(()),
            Err(Failure::Refusal(refusal)) => Err(Stop::Fault(self.fault_of(&refusal, profile, journey))),
            Err(Failure::Error(error)) => Err(Stop::Error(error)),
        }
    }

    /// The combined page: the session, a remembered or hinted provider, a single provider, else the page
    /// (policy-language 10.3, 7.4).
    async fn combined(
        self,
        journey: &mut Journey,
        step: &Step,
        selections: &Selections,
        exchanges: &[Exchange],
    ) -> Result<Stepped, Stop> {
        let local =
            draw::embedded(selections, exchanges, &journey.claims).map(|exchange| exchange.profile.clone());
        if let Some(local) = &local
            && session::participates(journey, local)
        {
            session::restore(self.policy, journey, self.world.now());
            self.world.note(Event::Restored(local, &journey.claims));
            return Ok(Stepped::On);
        }
        if let Some(target) = self.preselected(journey, step, selections, local.is_some()) {
            journey.chosen = Some(target);
            return Ok(Stepped::On);
        }
        if let Some(profile) = &local {
            if matches!(profile.kind, Kind::Unusable) {
                return Err(Stop::Fault(Fault::unusable(&profile.id)));
            }
            if let Some(unsupported) = profile.unsupported() {
                return Err(Stop::Fault(Fault::unsupported(unsupported)));
            }
            self.world.note(Event::Profile(profile, &journey.claims));
            self.transform_journey(journey, profile, &profile.input_transformations).await?;
        }
        let asked = Asked { profile: local.as_ref().map(|profile| profile.id.clone()), ..Asked::default() };
        journey.keep_signed_in = self.offers_remember_me(step, local.as_deref()).then_some(false);
        let drawing = Drawing { policy: self.policy, journey, now: self.world.now() };
        let page = drawing.step_page(step, &asked).ok_or_else(|| Stop::Fault(Fault::of(90037)))?;
        journey.awaiting = if local.is_some() { Awaiting::Form(asked) } else { Awaiting::Choice };
        Ok(Stepped::Show(Box::new(page)))
    }

    fn offers_remember_me(self, step: &Step, local: Option<&Profile>) -> bool {
        match (&step.kind, local.map(|profile| &profile.kind)) {
            (StepKind::CombinedSignInAndSignUp { content, .. }, Some(Kind::SelfAsserted(settings))) => {
                draw::offers_remember_me(self.policy, content, settings)
            }
            _ => false,
        }
    }

    fn selection(self, journey: &mut Journey, step: &Step, selections: &Selections) -> Result<Stepped, Stop> {
        if draw::targets(self.policy, journey, step, selections).is_empty() {
            return Err(Stop::Fault(Fault::of(90051)));
        }
        if let Some(target) = self.preselected(journey, step, selections, false) {
            journey.chosen = Some(target);
            return Ok(Stepped::On);
        }
        let drawing = Drawing { policy: self.policy, journey, now: self.world.now() };
        let page = drawing.step_page(step, &Asked::default()).ok_or_else(|| Stop::Fault(Fault::of(90037)))?;
        journey.awaiting = Awaiting::Choice;
        Ok(Stepped::Show(Box::new(page)))
    }

    /// The exchange taken without asking: named by `domain_hint`, remembered by the session, or the only one.
    fn preselected(
        self,
        journey: &Journey,
        step: &Step,
        selections: &Selections,
        has_form: bool,
    ) -> Option<Name> {
        let targets = draw::targets(self.policy, journey, step, selections);
        let runnable = |exchange: &&Exchange| exchange.profile.kind.not_run().is_none();
        let hint = journey.request.parameters.get("domain_hint").map(|hint| hint.trim().to_lowercase());
        let hinted =
            hint.and_then(|hint| targets.iter().find(|exchange| exchange.profile.domains.contains(&hint)));
        let remembered = || {
            let external = journey.session.external.as_ref()?;
            targets.iter().find(|exchange| exchange.id == *external)
        };
        let only = || match targets.as_slice() {
            [only] if !has_form && !selections.show_single => Some(only),
            _ => None,
        };
        hinted.filter(runnable).or_else(|| remembered().filter(runnable)).or_else(only).map(|e| e.id.clone())
    }

    async fn send_claims(self, journey: &mut Journey, issuer: &Arc<Profile>) -> Result<Outcome, Stop> {
        if matches!(issuer.kind, Kind::ErrorIssuer) {
            self.transform_journey(journey, issuer, &issuer.output_transformations).await?;
        }
        Ok(issue::outcome(self.policy, journey, issuer, self.world.now()))
    }
}

impl<'a, W: World> Run<'a, W> {
    /// The form the journey waits for, if it waits for one.
    pub fn waiting(self, journey: &Journey) -> Option<Waiting<'a>> {
        let policy = self.policy;
        let Awaiting::Form(asked) = &journey.awaiting else { return None };
        let profile = policy.profiles.get(asked.profile.as_ref()?)?;
        let Kind::SelfAsserted(settings) = &profile.kind else { return None };
        let content = match current_step(policy, journey).map(|step| &step.kind) {
            Some(StepKind::CombinedSignInAndSignUp { content, .. }) => content,
            _ => policy.contents.get(&settings.content)?,
        };
        Some(Waiting { profile, settings, content, policy, now: self.world.now() })
    }

    /// The page the journey stands at: the combined step's from its beginning on, else that of the form it waits for.
    pub fn page(self, journey: &Journey) -> Option<&'a ContentDefinition> {
        match current_step(self.policy, journey).map(|step| &step.kind) {
            Some(StepKind::CombinedSignInAndSignUp { content, .. }) => Some(content),
            _ => match self.phone(journey) {
                Some(page) => Some(page.content),
                None => self.waiting(journey).map(|waiting| waiting.content),
            },
        }
    }
}

/// The exchange to run: the chosen one, or the only one.
fn pick<'a>(exchanges: &'a [Exchange], chosen: Option<&Name>) -> Option<&'a Exchange> {
    match (exchanges, chosen) {
        ([only], _) => Some(only),
        (many, Some(chosen)) => many.iter().find(|exchange| exchange.id == *chosen),
        (_, None) => None,
    }
}

fn fault(fault: Fault) -> Next {
    Next::Finish(Box::new(Outcome::Fault(fault)))
}

/// The steps of the innermost journey a run is in.
pub fn steps_of<'a>(policy: &'a Policy, journey: &Journey) -> &'a [Step] {
    match journey.inside.last() {
        Some(frame) => policy.sub_journeys.get(&frame.journey).map_or(&[], |sub| sub.steps.as_slice()),
        None => policy.journeys.get(&journey.journey).map_or(&[], |journey| journey.steps.as_slice()),
    }
}

/// The step a run stands at.
pub fn current_step<'a>(policy: &'a Policy, journey: &Journey) -> Option<&'a Step> {
    let order = journey.inside.last().map_or(journey.order, |frame| frame.order);
    steps_of(policy, journey).iter().find(|step| step.order == order)
}

fn step_on(journey: &mut Journey) {
    let order = journey.inside.last_mut().map_or(&mut journey.order, |frame| &mut frame.order);
    *order = order.saturating_add(1);
}

fn selections_of(step: &Step) -> Option<&Selections> {
    match &step.kind {
        StepKind::CombinedSignInAndSignUp { selections, .. }
        | StepKind::ClaimsProviderSelection { selections, .. } => Some(selections),
        _ => None,
    }
}

/// Languages asked for: `ui_locales`, then the browser's.
pub fn wanted_languages(request: &Request) -> Vec<String> {
    let asked = request.parameters.get("ui_locales").map(String::as_str).unwrap_or_default();
    asked.split_whitespace().map(str::to_owned).chain(request.languages.iter().cloned()).collect()
}
