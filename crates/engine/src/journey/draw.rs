//! From a profile or step to the page that asks for it (policy-language 6.2, technical-profiles 4.2).
//!
//! In: the policy, a journey and what was asked so far. Out: `Page`, as data.

use std::sync::Arc;

use jiff::Timestamp;

use super::condition::is_enabled;
use super::field::Pen;
use super::page::{Body, Control, Forgot, Form, Item, Page, ProviderButton, Unified};
use super::state::{Asked, Journey};
use super::words::Speaker;
use crate::claims::{Claims, Facts, Mapping, Name};
use crate::kind::{Kind, SelfAsserted};
use crate::policy::journey::Selections;
use crate::policy::{
    ClaimType, ContentDefinition, ControlKind, DisplayControl, Displayed, Exchange, InputType, PageKind,
    PageVersion, Policy, Profile, Selection, Step, StepKind,
};

/// The partner name that asks for a verified address.
pub const VERIFIED_EMAIL: &str = "Verified.Email";
/// Failures shown in SETTINGS where the policy sets no limit (user-interface 2.2).
const SHOWN_RETRIES: u32 = 3;

/// One thing a profile's page shows, before it is drawn.
#[derive(Clone, Debug)]
pub enum Shown<'a> {
    /// A claim.
    Claim {
        /// Its type.
        claim: &'a Arc<ClaimType>,
        /// Whether it must be filled in.
        required: bool,
        /// Whether its address must be verified by a code.
        verified: bool,
    },
    /// A display control.
    Control(&'a DisplayControl),
}

/// What a self-asserted profile shows: its DisplayClaims; without any, the OutputClaims that cannot be had otherwise.
pub fn shown<'a>(policy: &'a Policy, profile: &'a Profile, settings: &SelfAsserted) -> Vec<Shown<'a>> {
    if profile.displayed.is_empty() {
        return profile
            .outputs
            .iter()
            .filter(|output| is_asked(profile, output))
            .filter_map(|output| {
                let claim = policy.claims.get(&output.claim).filter(|claim| claim.input.is_some())?;
                let verified =
                    settings.enforce_verification && output.partner.eq_ignore_ascii_case(VERIFIED_EMAIL);
                Some(Shown::Claim { claim, required: must_fill(claim, output.required), verified })
            })
            .collect();
    }
    let item = |displayed: &'a Displayed| match displayed {
        Displayed::Claim(name, required) => {
            let claim = policy.claims.get(name)?;
            Some(Shown::Claim { claim, required: must_fill(claim, *required), verified: false })
        }
        Displayed::Control(control) if control.kind == ControlKind::Captcha && !settings.captcha => None,
        Displayed::Control(control) => Some(Shown::Control(control)),
    };
    profile.displayed.iter().filter_map(item).collect()
}

/// An output claim without a default that no validation profile outputs (technical-profiles 4.2 B).
fn is_asked(profile: &Profile, output: &Mapping) -> bool {
    let from_validation = profile
        .validations
        .iter()
        .any(|validation| validation.profile.outputs.iter().any(|other| other.claim == output.claim));
    output.default.is_none() && !from_validation
}

/// Paragraphs and read-only fields cannot be filled in, so they are never required.
fn must_fill(claim: &ClaimType, required: bool) -> bool {
    required && claim.input.is_some_and(InputType::is_asked)
}

/// On unified pages only the first two claims shown count: name and password (technical-profiles 4.2 C); a captcha may
/// stand beside them.
pub fn shown_on<'a>(
    policy: &'a Policy,
    profile: &'a Profile,
    settings: &SelfAsserted,
    page: PageKind,
) -> Vec<Shown<'a>> {
    let mut items = shown(policy, profile, settings);
    if is_unified(page) {
        let mut claims = 0;
        items.retain(|item| match item {
            Shown::Claim { .. } => {
                claims += 1;
                claims <= 2
            }
            Shown::Control(_) => true,
        });
    }
    items
}

/// Whether a page holds an embedded sign-in form.
pub fn is_unified(page: PageKind) -> bool {
    matches!(page, PageKind::Unified | PageKind::UnifiedPlain)
}

/// What draws one page.
#[derive(Clone, Copy, Debug)]
pub struct Drawing<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The journey.
    pub journey: &'a Journey,
    /// The time.
    pub now: Timestamp,
}

impl<'a> Drawing<'a> {
    fn speaker(self, content: &'a ContentDefinition, profile: Option<&'a Profile>) -> Speaker<'a> {
        let known = self.journey.known(self.policy, self.now);
        Speaker { content, profile, language: &self.journey.language, known }
    }

    /// The page of a self-asserted profile reached by a claims exchange.
    pub fn form_page(self, profile: &'a Profile, settings: &SelfAsserted, asked: &Asked) -> Option<Page> {
        let content = self.policy.contents.get(&settings.content)?;
        let speaker = self.speaker(content, Some(profile));
        let body = Body::Form(self.form(speaker, profile, settings, asked));
        let mut page = self.page(speaker, body);
        page.problems = asked.problems.clone();
        page.of_profile(settings);
        Some(page)
    }

    /// The page of a CombinedSignInAndSignUp or ClaimsProviderSelection step.
    pub fn step_page(self, step: &'a Step, asked: &Asked) -> Option<Page> {
        match &step.kind {
            StepKind::CombinedSignInAndSignUp { content, selections, exchanges } => {
                self.unified_page(step, content, (selections, exchanges), asked)
            }
            StepKind::ClaimsProviderSelection { content, selections } => {
                let speaker = self.speaker(content, None);
                let providers = self.providers(speaker, step, selections, None);
                let notice = self.notice(step, selections);
                let mut page = self.page(speaker, Body::Selection(providers));
                page.notice = notice;
                page.problems = asked.problems.clone();
                Some(page)
            }
            _ => None,
        }
    }

    fn unified_page(
        self,
        step: &'a Step,
        content: &'a ContentDefinition,
        (selections, exchanges): (&'a Selections, &'a [Exchange]),
        asked: &Asked,
    ) -> Option<Page> {
        let embedded = embedded(selections, exchanges, &self.journey.claims);
        let settings = embedded.and_then(|exchange| match &exchange.profile.kind {
            Kind::SelfAsserted(settings) => Some((exchange.profile.as_ref(), settings)),
            _ => None,
        });
        let speaker = self.speaker(content, settings.map(|(profile, _)| profile));
        let forgot_target = settings.and_then(|(_, settings)| settings.forgot_target.as_ref());
        let body = Unified {
            providers: self.providers(speaker, step, selections, forgot_target),
            form: settings.map(|(profile, settings)| self.form(speaker, profile, settings, asked)),
            sign_up: settings.map(|(_, settings)| self.sign_up(speaker, step, settings)).unwrap_or_default(),
            forgot: settings.and_then(|(_, settings)| forgot(content, settings)),
            remember_me: settings
                .is_some_and(|(_, settings)| offers_remember_me(self.policy, content, settings)),
        };
        let notice = self.notice(step, selections);
        let mut page = self.page(speaker, Body::Unified(body));
        page.notice = notice;
        page.problems = asked.problems.clone();
        if let Some((_, settings)) = settings {
            page.of_profile(settings);
        }
        Some(page)
    }

    pub(super) fn page(self, speaker: Speaker<'a>, body: Body) -> Page {
        let content = speaker.content;
        let behaviour = self.policy.party.as_ref().map(|party| &party.behaviour);
        Page {
            kind: content.page,
            version: content.version,
            contract: content.contract,
            template: self.template(content),
            language: self.journey.language.clone(),
            words: speaker.page_words(),
            body,
            config: settings_of(content),
            retry_limit: SHOWN_RETRIES,
            scripts: content.contract && behaviour.is_some_and(|b| b.scripts),
            framing: behaviour.map(|b| b.framing.clone()).unwrap_or_default(),
            step: self.journey.order,
            problems: Default::default(),
            notice: None,
        }
    }

    /// The template's address, with what templates are told of the request.
    fn template(self, content: &ContentDefinition) -> String {
        let facts = self.journey.facts(self.policy, self.now);
        // Our own templates know one parameter of the request more, their flavor (user-interface 1.1).
        let passed = ["ui_locales", "pageFlavor"];
        let passed =
            if content.load_uri.literal_start().starts_with("~/") { &passed[..] } else { &passed[..1] };
        address(self.policy, content, (&facts, &self.journey.claims), passed)
    }

    fn form(
        self,
        speaker: Speaker<'a>,
        profile: &'a Profile,
        settings: &SelfAsserted,
        asked: &Asked,
    ) -> Form {
        let filled = prefill(self.policy, self.journey, profile, self.now);
        let words = speaker.page_words();
        let pen = Pen { speaker, words: &words, now: self.now };
        let item = |shown: Shown<'a>| match shown {
            Shown::Claim { claim, required, verified } => {
                let mut field = pen.field(claim, required, (&filled, asked));
                if verified {
                    field.verification =
                        Some(asked.mails.get(&claim.id).map(|mail| mail.state).unwrap_or_default());
                }
                Item::Field(field)
            }
            Shown::Control(control) => Item::Control(self.control(speaker, control, (&filled, asked))),
        };
        Form {
            items: shown_on(self.policy, profile, settings, speaker.content.page)
                .into_iter()
                .map(item)
                .collect(),
            show_continue: settings.show_continue,
            show_cancel: settings.show_cancel,
        }
    }

    pub(super) fn control(
        self,
        speaker: Speaker<'a>,
        control: &'a DisplayControl,
        (filled, asked): (&Claims, &Asked),
    ) -> Control {
        let words = speaker.control_words(&control.id, control.kind);
        let page_words = speaker.page_words();
        let pen = Pen { speaker, words: &page_words, now: self.now };
        let state = asked.controls.get(&control.id);
        let mut filled = filled.clone();
        let facts = self.journey.facts(self.policy, self.now);
        for input in &control.inputs {
            if let Some(value) = input.outgoing(&facts, &self.journey.claims) {
                filled.set(input.claim.clone(), value);
            }
        }
        let fields = control.fields.iter().filter_map(|field| {
            let claim = self.policy.claims.get(&field.claim)?;
            let mut drawn = pen.field(claim, must_fill(claim, field.required), (&filled, asked));
            if let Some(value) = state.and_then(|state| state.values.get(&field.claim)) {
                drawn.value = Some(value.clone());
            }
            Some((drawn, field.role.clone()))
        });
        Control {
            id: control.id.clone(),
            kind: control.kind,
            label: words.get("DN").cloned().or_else(|| control.caption.clone()).unwrap_or_default(),
            challenge: None,
            fields: fields.collect(),
            state: state.map(|state| state.state).unwrap_or_default(),
            words,
        }
    }

    /// Buttons of the enabled targets, the forgot-password exchange left out: it has its link.
    fn providers(
        self,
        speaker: Speaker<'a>,
        step: &Step,
        selections: &Selections,
        without: Option<&Name>,
    ) -> Vec<ProviderButton> {
        let targets = targets(self.policy, self.journey, step, selections);
        let buttons = targets.into_iter().filter(|exchange| Some(&exchange.id) != without).map(|exchange| {
            ProviderButton {
                caption: speaker.caption(&exchange.id, &exchange.profile),
                text_link: exchange.profile.text_link,
                exchange: exchange.id,
            }
        });
        buttons.collect()
    }

    fn sign_up(self, speaker: Speaker<'a>, step: &Step, settings: &SelfAsserted) -> Vec<ProviderButton> {
        if !settings.show_signup {
            return Vec::new();
        }
        let next = exchanges_after(self.policy, self.journey, step);
        let link = |target: &Name| {
            let exchange = next.iter().find(|exchange| exchange.id == *target)?;
            let caption = speaker.caption(&exchange.id, &exchange.profile);
            Some(ProviderButton { exchange: exchange.id.clone(), caption, text_link: true })
        };
        // One link below 2.1.0 (policy-language 4.6).
        let most = if speaker.content.version >= PageVersion(2, 1, 0) { usize::MAX } else { 1 };
        settings.sign_up_targets.iter().filter_map(link).take(most).collect()
    }

    /// What the page says about providers that this version cannot run yet.
    fn notice(self, step: &Step, selections: &Selections) -> Option<String> {
        let missing: Vec<String> = targets(self.policy, self.journey, step, selections)
            .iter()
            .filter_map(|exchange| {
                let what = exchange.profile.kind.not_run()?;
                let name = exchange.profile.display_name.as_deref().unwrap_or(&exchange.id);
                Some(format!("{name} ({what})"))
            })
            .collect();
        let list = missing.join(", ");
        let words = crate::text::own(&self.journey.language, "not_available");
        (!missing.is_empty()).then(|| super::words::fill(words, std::slice::from_ref(&list)))
    }
}

impl Page {
    /// What the profile sets for its page; its own word counts before the content definition's.
    fn of_profile(&mut self, settings: &SelfAsserted) {
        self.config.retain(|(key, _)| !settings.config.iter().any(|(own, _)| own.eq_ignore_ascii_case(key)));
        self.config.extend(settings.config.iter().cloned());
        self.retry_limit = settings.retry_limit.unwrap_or(SHOWN_RETRIES);
    }
}

/// Settings as templates' scripts know them (user-interface 1.2, 2.2); a content definition's keys are kept in lower
/// case.
const SETTINGS: &[&str] = &[
    "announceVerCompleteMsg",
    "bottomUnderFormClaimsProviderSelections",
    "enableCaptchaChallenge",
    "enableRememberMe",
    "forgotPasswordLinkLocation",
    "forgotPasswordLinkOverride",
    "includePasswordRequirements",
    "inputVerificationDelayTimeInMilliseconds",
    "operatingMode",
    "retryLimit",
    "sendHintOnSignup",
    "showCancelButton",
    "showContinueButton",
    "showSignupLink",
];

/// The `setting.*` of a content definition.
fn settings_of(content: &ContentDefinition) -> Vec<(String, String)> {
    let setting = |(key, value): (&String, &String)| {
        let name = key.strip_prefix("setting.")?;
        let spelt = SETTINGS.iter().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(&name);
        Some(((*spelt).to_owned(), value.clone()))
    };
    content.settings.iter().filter_map(setting).collect()
}

/// A template's address with resolvers replaced; ContentDefinitionParameters and the `passed` parameters of the request
/// are appended, values percent-encoded (policy-language 4.6).
pub fn address(
    policy: &Policy,
    content: &ContentDefinition,
    (facts, claims): (&Facts<'_>, &Claims),
    passed: &[&str],
) -> String {
    // In a path a space is %20; a plus of the value's own is %2B by then.
    let encode = |value: String| {
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
    };
    let mut address = content.load_uri.resolve_with(facts, claims, encode).unwrap_or_default();
    let parameters = policy.party.iter().flat_map(|party| &party.behaviour.content_parameters);
    let given = parameters.filter_map(|(name, value)| Some((name.clone(), value.resolve(facts, claims)?)));
    let parameter = |name: &&str| Some(((*name).to_owned(), facts.parameters.get(*name)?.clone()));
    for (name, value) in given.chain(passed.iter().filter_map(parameter)) {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(&encode(name));
        address.push('=');
        address.push_str(&encode(value));
    }
    address
}

/// The claims a page starts with: the profile's input claims, read-only texts among them.
pub fn prefill(policy: &Policy, journey: &Journey, profile: &Profile, now: Timestamp) -> Claims {
    let facts = journey.facts(policy, now);
    let value = |mapping: &Mapping| Some((mapping.claim.clone(), mapping.outgoing(&facts, &journey.claims)?));
    profile.inputs.iter().filter_map(value).collect()
}

/// The exchange whose form is embedded in a combined page: the first that is enabled (policy-language 5.5).
pub fn embedded<'a>(
    selections: &Selections,
    exchanges: &'a [Exchange],
    claims: &Claims,
) -> Option<&'a Exchange> {
    selections.entries.iter().find_map(|entry| match entry {
        Selection::Validation(id) => exchanges
            .iter()
            .find(|exchange| exchange.id == *id && is_enabled(&exchange.profile.enabled, claims)),
        Selection::Target(_) => None,
    })
}

/// The enabled targets of a selection, in the policy's order.
pub fn targets(policy: &Policy, journey: &Journey, step: &Step, selections: &Selections) -> Vec<Exchange> {
    let next = exchanges_after(policy, journey, step);
    let target = |entry: &Selection| match entry {
        Selection::Target(id) => next.iter().find(|exchange| exchange.id == *id).cloned(),
        Selection::Validation(_) => None,
    };
    let enabled = |exchange: &Exchange| is_enabled(&exchange.profile.enabled, &journey.claims);
    selections.entries.iter().filter_map(target).filter(enabled).collect()
}

/// The exchanges of the step behind this one.
pub fn exchanges_after<'a>(policy: &'a Policy, journey: &Journey, step: &Step) -> &'a [Exchange] {
    let steps = super::run::steps_of(policy, journey);
    match steps.iter().find(|other| other.order == step.order + 1).map(|step| &step.kind) {
        Some(StepKind::ClaimsExchange(exchanges)) => exchanges,
        _ => &[],
    }
}

/// KMSI needs the relying party's KeepAliveInDays, the profile's switch and unifiedssp 1.1.0 (policy-language 10.4).
pub fn offers_remember_me(policy: &Policy, content: &ContentDefinition, settings: &SelfAsserted) -> bool {
    let days = policy.party.as_ref().map_or(0, |party| party.behaviour.keep_alive_days);
    days > 0
        && settings.remember_me
        && content.page == PageKind::Unified
        && content.version >= PageVersion(1, 1, 0)
}

fn forgot(content: &ContentDefinition, settings: &SelfAsserted) -> Option<Forgot> {
    let shown =
        content.page == PageKind::Unified && settings.forgot_place != crate::kind::ForgotPasswordPlace::None;
    // Below 2.1.2 the link cannot start an exchange (user-interface 1.1); it ends the journey with AADB2C90118.
    let target = settings.forgot_target.clone().filter(|_| content.version >= PageVersion(2, 1, 2));
    shown.then_some(Forgot { place: settings.forgot_place, target })
}
