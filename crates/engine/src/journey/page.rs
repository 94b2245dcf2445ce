//! What the browser must show, as data: no HTML, every text already in the page's language.
//!
//! In: made by the interpreter. Out: read by whatever draws pages. Values are as they are; who draws them escapes them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::complaint::Complaints;
use super::format::Format;
use crate::claims::Name;
use crate::kind::phone::PhoneMode;
use crate::policy::{ControlKind, InputType, PageKind, PageVersion};

/// One page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Which page program draws it.
    pub kind: PageKind,
    /// Its version.
    pub version: PageVersion,
    /// Whether DataUri has the `contract` form.
    pub contract: bool,
    /// Template address: `~/…` built in, else absolute; resolvers replaced, ContentDefinitionParameters appended.
    pub template: String,
    /// Language tag of the page.
    pub language: String,
    /// Words of the page (UxElement) by string id in its documented spelling: complete for the page's kind.
    pub words: BTreeMap<String, String>,
    /// What the page asks.
    pub body: Body,
    /// `setting.*` for SETTINGS.config, names without prefix, in order.
    pub config: Vec<(String, String)>,
    /// Failures allowed, for SETTINGS.retryLimit.
    pub retry_limit: u32,
    /// Whether the template's scripts may run (ScriptExecution and a contract DataUri).
    pub scripts: bool,
    /// Origins that may frame the page.
    pub framing: Vec<String>,
    /// Order of the step, for the anti-forgery token's look.
    pub step: u32,
    /// What went wrong, for a page drawn again without script.
    pub problems: Problems,
    /// A sentence for the person that something the policy offers is not there yet; shown by our own templates.
    pub notice: Option<String>,
}

impl Page {
    /// The page's captcha, if it has one.
    pub fn captcha_mut(&mut self) -> Option<&mut Control> {
        let items = match &mut self.body {
            Body::Phone(phone) => return phone.captcha.as_mut(),
            Body::Unified(unified) => &mut unified.form.as_mut()?.items,
            Body::Form(form) => &mut form.items,
            Body::Selection(_) => return None,
        };
        items.iter_mut().find_map(|item| match item {
            Item::Control(control) if control.kind == ControlKind::Captcha => Some(control),
            _ => None,
        })
    }
}

/// The page by kind.
#[derive(Clone, Debug)]
pub enum Body {
    /// Sign-in form with links and buttons.
    Unified(Unified),
    /// A form.
    Form(Form),
    /// A list of providers.
    Selection(Vec<ProviderButton>),
    /// A telephone number to be proven.
    Phone(Phone),
}

/// The page that verifies a telephone number (user-interface 3.7).
#[derive(Clone, Debug)]
pub struct Phone {
    /// Numbers on record; without any one is typed.
    pub numbers: Vec<KnownNumber>,
    /// Countries to choose from, for a number that is typed.
    pub countries: Vec<Country>,
    /// The number typed so far.
    pub typed: String,
    /// Ways that are offered.
    pub mode: PhoneMode,
    /// How far it is.
    pub state: PhoneState,
    /// Whether the page's script sends or calls at once.
    pub autodial: bool,
    /// Whether there is a Cancel button.
    pub show_cancel: bool,
    /// A captcha to be solved first.
    pub captcha: Option<Control>,
}

/// A number on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownNumber {
    /// Its place, from 1: what the page posts.
    pub id: u32,
    /// The claim's label.
    pub label: String,
    /// The number as it may be shown.
    pub masked: String,
    /// Chosen at first.
    pub chosen: bool,
}

/// A country to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166.
    pub region: String,
    /// Calling code with its plus.
    pub code: String,
    /// Its name in the page's language.
    pub name: String,
    /// Chosen at first.
    pub chosen: bool,
}

/// How far a phone page is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhoneState {
    /// A number is chosen or typed.
    #[default]
    Choosing,
    /// A code was sent and is awaited.
    Sent,
    /// The number is being called.
    Calling,
}

/// The combined sign-in and sign-up page.
#[derive(Clone, Debug)]
pub struct Unified {
    /// Provider buttons and text links in the policy's order.
    pub providers: Vec<ProviderButton>,
    /// The embedded form: user name and password; absent where no local exchange is offered.
    pub form: Option<Form>,
    /// Sign-up links: exchange ids with their captions; the first is `local=signup`.
    pub sign_up: Vec<ProviderButton>,
    /// The forgot-password link.
    pub forgot: Option<Forgot>,
    /// Whether "keep me signed in" is offered.
    pub remember_me: bool,
}

/// The forgot-password link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgot {
    /// Where it stands.
    pub place: crate::kind::ForgotPasswordPlace,
    /// The exchange it starts; none: the journey ends with AADB2C90118.
    pub target: Option<Name>,
}

/// One provider to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderButton {
    /// Exchange id, which is the element's id.
    pub exchange: Name,
    /// Caption.
    pub caption: String,
    /// ClaimsProviderSelectionDisplayType is `TextLink`.
    pub text_link: bool,
}

/// Fields and buttons.
#[derive(Clone, Debug)]
pub struct Form {
    /// Fields and controls in order.
    pub items: Vec<Item>,
    /// Whether there is a Continue button.
    pub show_continue: bool,
    /// Whether there is a Cancel button.
    pub show_cancel: bool,
}

/// One thing in a form.
#[derive(Clone, Debug)]
pub enum Item {
    /// A field.
    Field(Field),
    /// A display control.
    Control(Control),
}

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Claim id: the element's id and the name its value is posted under.
    pub id: Name,
    /// Label.
    pub label: String,
    /// Help text.
    pub help: Option<String>,
    /// How it is asked.
    pub input: InputType,
    /// Whether it must be filled in.
    pub required: bool,
    /// What it holds at first, masked where the claim type has a mask. Never a password.
    pub value: Option<String>,
    /// Pattern with the text for when it does not match.
    pub pattern: Option<(String, String)>,
    /// Values to choose from.
    pub choices: Vec<Choice>,
    /// What a typed text must look like before anything else is asked of it.
    pub format: Format,
    /// What is said when something is wrong with it, in the page's words.
    pub complaints: Complaints,
    /// First and last year of a drop-down of dates.
    pub years: (i16, i16),
    /// Rules ticked while typing, by group.
    pub rules: Vec<RuleGroup>,
    /// Built-in e-mail verification around this field.
    pub verification: Option<Verification>,
}

/// One value to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is shown.
    pub text: String,
    /// What is posted.
    pub value: String,
    /// Chosen at first.
    pub selected: bool,
}

/// A predicate group as the page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleGroup {
    /// Text of the group.
    pub help: String,
    /// How many must hold.
    pub at_least: usize,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A predicate as the page shows and tests it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its text.
    pub help: String,
    /// What the page's script can test by itself.
    pub test: RuleTest,
}

/// Tests the page's script knows.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleTest {
    /// Length in UTF-16 units.
    Length(usize, usize),
    /// A pattern.
    Pattern(String),
    /// At least one character of the set, as ranges.
    Characters(Vec<(char, char)>),
    /// A date in a range, both `yyyy-MM-dd`.
    Dates(String, String),
}

/// State of a Verified.Email field, for pages drawn without script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verification {
    /// No code was sent yet.
    #[default]
    Initial,
    /// A code is on its way.
    Sent,
    /// The address is verified and locked.
    Verified,
}

/// A display control.
#[derive(Clone, Debug)]
pub struct Control {
    /// Its id, the prefix of its elements' ids.
    pub id: Name,
    /// Its kind.
    pub kind: ControlKind,
    /// Label: its texts' `DN` or nothing.
    pub label: String,
    /// Its fields, each with its ControlClaimType.
    pub fields: Vec<(Field, Option<String>)>,
    /// Texts by string id (`but_send_code`, …), complete.
    pub words: BTreeMap<String, String>,
    /// State, for pages drawn without script.
    pub state: Verification,
    /// The challenge of a captcha as a `data:` address, where one was just made for a page drawn without script.
    pub challenge: Option<String>,
}

/// What went wrong with the last answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems {
    /// Above the fields.
    pub page: Option<String>,
    /// At a field, by claim id.
    pub fields: BTreeMap<Name, String>,
    /// Ids of the boxes above the fields of a self-asserted page that say which sorts of mistakes there are.
    #[serde(default)]
    pub boxes: BTreeSet<String>,
}
