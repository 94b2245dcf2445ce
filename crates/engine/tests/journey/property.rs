//! Random policies, gone through by people who reload, post twice, post nonsense and click what is not there: no step
//! runs twice, none is left out, and no claim comes out that no profile outputs.
//!
//! A small model says what must happen; the interpreter is held to it, the journey saved and loaded at every turn.

use std::sync::Mutex;

use proptest::prelude::*;
use vestibule_engine::journey::World;
use vestibule_engine::journey::world::{Answer, Call, Failure, What};

use super::small::{Small, page, send};
use super::*;

/// What a page's password field is filled with; it must end with its page.
const SECRET: &str = "s3cret-passw0rd";
/// What every service says beside what it is asked for; nobody outputs it.
const STOLEN: &str = "stolen-goods";
/// What a validation profile says and the page does not let out.
const UNLISTED: &str = "unlisted-word";

/// One step of a random journey.
#[derive(Clone, Debug)]
struct Plan {
    /// Skipped where the claim of another step exists, or does not exist.
    skip: Option<(bool, usize)>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Calls a service.
    Call,
    /// Asks; whether the page outputs what its validation profile gives.
    Page(bool),
    /// A sub-journey.
    Sub(Vec<Plan>),
    Noop,
}

/// What somebody does at a page before they answer it as they should, or behind it.
#[derive(Clone, Copy, Debug)]
enum Act {
    Reload,
    Save,
    PostNothing,
    PostMore,
    ConfirmEarly,
    ChooseNothing,
    Forget,
    PostTwice,
    ConfirmTwice,
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let leaf =
        prop_oneof![3 => Just(Kind::Call), 3 => any::<bool>().prop_map(Kind::Page), 1 => Just(Kind::Noop)];
    let skip = || proptest::option::weighted(0.4, (any::<bool>(), 0_usize..12));
    let one = (skip(), leaf).prop_map(|(skip, kind)| Plan { skip, kind });
    let deeper = move |inner: BoxedStrategy<Plan>| {
        let list = proptest::collection::vec(inner, 1..4);
        (skip(), list).prop_map(|(skip, list)| Plan { skip, kind: Kind::Sub(list) })
    };
    let plan = one.boxed().prop_recursive(2, 10, 3, move |inner| prop_oneof![inner.clone(), deeper(inner)]);
    proptest::collection::vec(plan, 1..7)
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    use Act::*;
    let one = proptest::sample::select(vec![
        Reload,
        Save,
        PostNothing,
        PostMore,
        ConfirmEarly,
        ChooseNothing,
        Forget,
        PostTwice,
        ConfirmTwice,
    ]);
    proptest::collection::vec(one, 0..40)
}

/// The plan with a number for every step that has a claim.
#[derive(Debug)]
struct Numbered<'a> {
    number: usize,
    plan: &'a Plan,
    inner: Vec<Numbered<'a>>,
}

fn number<'a>(plans: &'a [Plan], next: &mut usize) -> Vec<Numbered<'a>> {
    plans
        .iter()
        .map(|plan| {
            let number_ = *next;
            *next += 1;
            let inner = match &plan.kind {
                Kind::Sub(inner) => number(inner, next),
                _ => Vec::new(),
            };
            Numbered { number: number_, plan, inner }
        })
        .collect()
}

/// Services that answer with their output and with what nobody asked for, and remember who called.
#[derive(Default)]
struct Calls(Mutex<Vec<String>>);

impl World for Calls {
    async fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let What::Profile { profile, .. } = call.what else { return Ok(Answer::empty()) };
        self.0.lock().unwrap().push(profile.id.to_string());
        let mut answer = Answer::empty();
        answer.give("out", Value::text_of(if profile.id.starts_with('V') { UNLISTED } else { "called" }));
        answer.give("stolen", Value::text_of(STOLEN));
        Ok(answer)
    }

    fn now(&self) -> jiff::Timestamp {
        "2026-11-24T09:30:00Z".parse().unwrap()
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn rest(id: &str, output: &str) -> String {
    format!(
        r#"<TechnicalProfile Id="{id}"><DisplayName>{id}</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.RestfulProvider, Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null" /><Metadata><Item Key="ServiceUrl">https://s.test/</Item><Item Key="AuthenticationType">None</Item><Item Key="SendClaimsIn">Body</Item></Metadata><OutputClaims><OutputClaim ClaimTypeReferenceId="{output}" PartnerClaimType="out" /></OutputClaims></TechnicalProfile>"#
    )
}

/// The texts of a policy that grow with the plan.
#[derive(Default)]
struct Texts {
    profiles: String,
    subs: String,
    claims: Vec<String>,
}

impl Texts {
    fn steps(&mut self, steps: &[Numbered<'_>], all: usize) -> String {
        (1..).zip(steps).map(|(order, step)| self.step(order, step, all)).collect()
    }

    fn step(&mut self, order: u32, step: &Numbered<'_>, all: usize) -> String {
        let n = step.number;
        self.claims.extend([
            format!("c{n}:string:TextBox"),
            format!("p{n}:string:Password"),
            format!("v{n}:string"),
        ]);
        let skip = step.plan.skip.map(|(exists, other)| {
            let other = other % all;
            format!(
                r#"<Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="{exists}"><Value>c{other}</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions>"#
            )
        });
        let (kind, inner) = match &step.plan.kind {
            Kind::Call => {
                self.profiles.push_str(&rest(&format!("R{n}"), &format!("c{n}")));
                ("ClaimsExchange", exchanges(n, 'R'))
            }
            Kind::Page(listed) => {
                self.profiles.push_str(&rest(&format!("V{n}"), &format!("v{n}")));
                let listed = if *listed {
                    format!(r#"<OutputClaim ClaimTypeReferenceId="v{n}" />"#)
                } else {
                    String::new()
                };
                let asks = format!(
                    r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="c{n}" Required="true" /><OutputClaim ClaimTypeReferenceId="p{n}" Required="true" />{listed}</OutputClaims><ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="V{n}" /></ValidationTechnicalProfiles>"#
                );
                self.profiles.push_str(&page(&format!("P{n}"), "", &asks));
                ("ClaimsExchange", exchanges(n, 'P'))
            }
            Kind::Sub(_) => {
                let steps = self.steps(&step.inner, all);
                self.subs.push_str(&format!(
                    r#"<SubJourney Id="S{n}" Type="Call"><OrchestrationSteps>{steps}</OrchestrationSteps></SubJourney>"#
                ));
                let list =
                    format!(r#"<JourneyList><Candidate SubJourneyReferenceId="S{n}" /></JourneyList>"#);
                ("InvokeSubJourney", list)
            }
            Kind::Noop => ("Noop", String::new()),
        };
        format!(
            r#"<OrchestrationStep Order="{order}" Type="{kind}">{}{inner}</OrchestrationStep>"#,
            skip.unwrap_or_default()
        )
    }
}

fn exchanges(n: usize, kind: char) -> String {
    format!(
        r#"<ClaimsExchanges><ClaimsExchange Id="X{n}" TechnicalProfileReferenceId="{kind}{n}" /></ClaimsExchanges>"#
    )
}

fn compiled(steps: &[Numbered<'_>], all: usize) -> Arc<Policy> {
    let mut texts = Texts::default();
    let mut xml = texts.steps(steps, all);
    xml.push_str(&send(u32::try_from(steps.len()).unwrap() + 1));
    texts.claims.push("stolen:string".to_owned());
    let claims: Vec<&str> = texts.claims.iter().map(String::as_str).collect();
    let ids = claims.iter().filter_map(|claim| claim.split(':').next());
    let outputs: String =
        ids.map(|id| format!(r#"<OutputClaim ClaimTypeReferenceId="{id}" DefaultValue="" />"#)).collect();
    Small {
        claims: &claims,
        profiles: &texts.profiles,
        steps: &xml,
        sub_journeys: &texts.subs,
        outputs: &outputs,
        ..Small::default()
    }
    .policy()
}

/// What must happen: calls in order, pages in order, the claims at the end.
#[derive(Debug, Default)]
struct Model {
    calls: Vec<String>,
    pages: Vec<usize>,
    bag: BTreeMap<String, String>,
}

impl Model {
    fn run(&mut self, steps: &[Numbered<'_>], all: usize) {
        for step in steps {
            let n = step.number;
            let met = step
                .plan
                .skip
                .is_some_and(|(exists, other)| self.bag.contains_key(&format!("c{}", other % all)) == exists);
            if met {
                continue;
            }
            match &step.plan.kind {
                Kind::Call => {
                    self.calls.push(format!("R{n}"));
                    self.bag.insert(format!("c{n}"), "called".to_owned());
                }
                Kind::Page(listed) => {
                    self.pages.push(n);
                    self.calls.push(format!("V{n}"));
                    self.bag.insert(format!("c{n}"), "typed".to_owned());
                    if *listed {
                        self.bag.insert(format!("v{n}"), UNLISTED.to_owned());
                    }
                }
                Kind::Sub(_) => self.run(&step.inner, all),
                Kind::Noop => {}
            }
        }
    }
}

/// Somebody in front of a random journey.
struct Walk<'a> {
    run: Run<'a, Calls>,
    journey: Journey,
    next: Next,
}

impl Walk<'_> {
    /// Written and loaded, as between two requests; nothing that ended with a page is in it.
    fn save(&mut self) {
        let text = serde_json::to_string(&self.journey).unwrap();
        assert!(!text.contains(SECRET), "a password is saved: {text}");
        assert!(!text.contains(STOLEN), "what nobody outputs is saved: {text}");
        self.journey = serde_json::from_str(&text).unwrap();
    }

    fn post(&mut self, fields: &[(&str, &str)]) -> Reply {
        self.save();
        let reply = now(self.run.submit(&mut self.journey, &posted(fields))).unwrap();
        self.save();
        reply
    }

    fn choose(&mut self, choice: Choice) {
        self.save();
        self.next = now(self.run.advance(&mut self.journey, choice)).unwrap();
        self.save();
    }

    fn confirm(&mut self) {
        self.choose(Choice::Confirmed { remember: false });
    }

    /// The page's field ids; nothing secret is on it.
    fn shown(&self) -> Option<Vec<String>> {
        let Next::Show(page) = &self.next else { return None };
        let text = format!("{page:?}");
        assert!(!text.contains(SECRET) && !text.contains(STOLEN), "{text}");
        let Body::Form(form) = &page.body else { panic!("{:?}", page.body) };
        let id = |item: &Item| match item {
            Item::Field(field) => field.id.to_string(),
            Item::Control(control) => panic!("{control:?}"),
        };
        Some(form.items.iter().map(id).collect())
    }

    fn act(&mut self, act: Act, n: usize) {
        let calls = self.run.world.0.lock().unwrap().len();
        let (field, password) = (format!("c{n}"), format!("p{n}"));
        match act {
            Act::Reload => {
                self.save();
                let again = self.run.redraw(&self.journey).unwrap();
                self.next = Next::Show(Box::new(again));
            }
            Act::PostNothing => {
                let half = [(password.as_str(), SECRET)];
                assert!(matches!(self.post(&half), Reply::Rejected { .. }), "the other field is missing");
            }
            Act::PostMore => {
                let more =
                    [(field.as_str(), "typed"), ("stolen", STOLEN), ("sub", "root"), ("objectId", "root")];
                assert!(matches!(self.post(&more), Reply::Rejected { .. }), "the password is missing");
            }
            Act::ConfirmEarly => self.confirm(),
            Act::ChooseNothing => self.choose(Choice::Exchange(format!("X{}", n + 1))),
            Act::Forget => self.choose(Choice::ForgotPassword),
            Act::Save | Act::PostTwice | Act::ConfirmTwice => self.save(),
        }
        assert_eq!(self.shown().unwrap(), [field, password], "{act:?} moved the journey");
        assert_eq!(self.run.world.0.lock().unwrap().len(), calls, "{act:?} ran something");
    }

    /// Answers the page; what is done behind it comes to nothing.
    fn answer(&mut self, n: usize, behind: &[Act]) {
        let (field, password) = (format!("c{n}"), format!("p{n}"));
        let right = [(field.as_str(), "typed"), (password.as_str(), SECRET), ("stolen", STOLEN)];
        assert_eq!(self.post(&right), Reply::Accepted);
        let calls = self.run.world.0.lock().unwrap().clone();
        if behind.iter().any(|act| matches!(act, Act::PostTwice)) {
            assert_eq!(self.post(&right), Reply::Accepted);
            assert_eq!(self.post(&[(field.as_str(), "other")]), Reply::Accepted, "the first answer stands");
        }
        assert_eq!(*self.run.world.0.lock().unwrap(), calls, "an accepted form ran twice");
        self.confirm();
        if behind.iter().any(|act| matches!(act, Act::ConfirmTwice)) {
            let (calls, shown) = (self.run.world.0.lock().unwrap().len(), self.shown());
            let ended = match &self.next {
                Next::Finish(_) => true,
                Next::Show(_) => false,
            };
            let first = std::mem::replace(&mut self.next, Next::Finish(Box::new(nothing())));
            self.confirm();
            assert_eq!(self.run.world.0.lock().unwrap().len(), calls, "a second click ran something");
            if ended {
                self.next = first;
            } else {
                assert_eq!(self.shown(), shown, "a second click moved the journey");
            }
        }
    }
}

fn nothing() -> Outcome {
    Outcome::Fault(vestibule_engine::journey::Fault::of(90046))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_step_runs_twice_none_is_skipped_and_no_claim_leaks(plans in plans(), acts in acts()) {
        let mut all = 0;
        let steps = number(&plans, &mut all);
        let policy = compiled(&steps, all);
        let mut model = Model::default();
        model.run(&steps, all);

        let world = Calls::default();
        let run = Run { policy: &policy, world: &world };
        let (id, correlation) = ("t".to_owned(), "c".to_owned());
        let request = Request::default();
        let beginning = Beginning { id, correlation, journey: None, request, session: Session::default() };
        let (journey, next) = now(run.begin(beginning)).unwrap();
        let mut walk = Walk { run, journey, next };
        let mut acts = acts.into_iter();
        for n in &model.pages {
            let asked = walk.shown();
            prop_assert_eq!(asked, Some(vec![format!("c{n}"), format!("p{n}")]));
            let here: Vec<Act> = acts.by_ref().take(4).collect();
            here.iter().for_each(|act| walk.act(*act, *n));
            walk.answer(*n, &here);
        }
        let Next::Finish(outcome) = walk.next else { return Err(TestCaseError::fail("one page too many")) };
        let Outcome::Issue(issue) = *outcome else { return Err(TestCaseError::fail(format!("{outcome:?}"))) };
        prop_assert_eq!(&*world.0.lock().unwrap(), &model.calls);
        let told: BTreeMap<String, String> = issue
            .claims
            .iter()
            .filter(|(name, _)| name != "sub")
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        prop_assert_eq!(&told, &model.bag);
        let kept: BTreeMap<String, String> =
            issue.bag.iter().map(|(name, value)| (name.to_string(), value.text())).collect();
        prop_assert_eq!(&kept, &model.bag, "what a refresh journey may read back");
    }
}
