//! What a move from Azure AD B2C to this server takes. In: a [`Set`] and its texts. Out: a [`Report`]: a verdict for each
//! policy with its reasons, what has to be configured, what behaves otherwise, what to do step by step; as text, JSON or
//! HTML.
//!
//! Must not be known here: a server's configuration. What runs and what does not is the engine's word (V0515).

mod html;
mod look;
mod needs;
mod places;
mod points;
mod steps;
#[cfg(test)]
mod tests;
mod text;
mod verdict;

use serde::Serialize;
use vestibule_engine::source::Sources;

use crate::set::Set;

pub use html::html;
pub use text::text;

/// The shape's number in JSON; it grows when a reader would have to change.
const FORMAT: u32 = 1;

/// The whole report. Its JSON is what serde makes of it; docs/tools.md describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// How many policies have which verdict.
    pub summary: Summary,
    /// The policies that applications use, in the order of the files.
    pub policies: Vec<PolicyReport>,
    /// What has to be configured or moved.
    pub needs: Needs,
    /// What behaves otherwise than in the cloud.
    pub differences: Vec<Point>,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// Counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Files that were read.
    pub files: usize,
    /// Policies that applications use.
    pub policies: usize,
    /// Those that run as they are.
    pub green: usize,
    /// Those that run when something is configured or decided.
    pub amber: usize,
    /// Those that do not compile or need what this version does not run.
    pub red: usize,
}

/// How far a policy is from running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Runs as it is.
    Green,
    /// Runs when something is configured or decided.
    Amber,
    /// Does not compile, or needs what this version does not run.
    Red,
}

impl Verdict {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Green => "runs unchanged",
            Verdict::Amber => "runs when configured",
            Verdict::Red => "does not run whole yet",
        }
    }
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyReport {
    /// Its id, or its file's name if it has none.
    pub id: String,
    /// Its files, most derived first.
    pub files: Vec<String>,
    /// The worst of the reasons.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What it does, by what starts it.
    pub journeys: Vec<JourneyReport>,
    /// What its journeys use.
    pub features: Vec<FeatureReport>,
}

/// One reason for a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// What it makes of the policy.
    pub verdict: Verdict,
    /// A sentence.
    pub text: String,
}

/// One journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JourneyReport {
    /// `sign-in`, `refresh`, `userinfo` or `client-credentials`.
    pub entry: &'static str,
    /// Its id.
    pub id: String,
    /// How many steps it has; none if it is not declared.
    pub steps: usize,
}

/// One kind of thing that a policy uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeatureReport {
    /// What it is.
    pub feature: &'static str,
    /// Whether it runs.
    pub state: State,
    /// The technical profiles.
    pub profiles: Vec<String>,
}

/// Whether a feature runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Unchanged.
    Runs,
    /// When the service behind it is configured.
    NeedsConfiguration,
    /// Not by this version.
    NotRun,
}

impl State {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            State::Runs => "runs",
            State::NeedsConfiguration => "needs configuration",
            State::NotRun => "not run yet",
        }
    }
}

/// Everything that has to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Needs {
    /// Tenant names that the policies carry.
    pub tenants: Vec<String>,
    /// Values that were never filled in: place and sentence.
    pub placeholders: Vec<Placeholder>,
    /// Policy keys.
    pub keys: Vec<Key>,
    /// What sends mail: technical profiles.
    pub mail: Vec<String>,
    /// What sends text messages or calls telephones: technical profiles.
    pub telephone: Vec<String>,
    /// What judges the risk of a sign-in: technical profiles.
    pub risk: Vec<String>,
    /// REST services.
    pub services: Vec<Service>,
    /// Identity providers outside.
    pub providers: Vec<Provider>,
    /// Page templates that are fetched.
    pub templates: Vec<Template>,
    /// Extension attributes.
    pub attributes: Vec<Attribute>,
    /// Applications that policies name.
    pub applications: Vec<Application>,
    /// Telemetry keys.
    pub telemetry: Vec<String>,
}

/// A value that was never filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Placeholder {
    /// `FILE:LINE`.
    pub place: String,
    /// A sentence.
    pub text: String,
    /// Whether this server needs it; the ids of the cloud's own applications it does not.
    pub needed: bool,
}

/// A policy key container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// Its name.
    pub container: String,
    /// What it is for, in words.
    pub purpose: String,
    /// Who uses it: "JwtIssuer (issuer_secret)".
    pub uses: Vec<String>,
    /// Who names it without effect.
    pub ignored: Vec<String>,
    /// How to make or move it; nothing if it has no effect.
    pub command: Option<String>,
}

/// A REST service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its address as the policy writes it.
    pub url: String,
    /// `AuthenticationType`.
    pub authentication: String,
    /// The technical profiles that call it.
    pub profiles: Vec<String>,
}

/// An identity provider outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// Its name for people.
    pub name: String,
    /// What it speaks.
    pub protocol: &'static str,
    /// Metadata or authorization address.
    pub address: Option<String>,
    /// The client id that this server has there.
    pub client_id: Option<String>,
    /// The redirect URI to register there.
    pub redirect_uri: Option<String>,
    /// The technical profiles.
    pub profiles: Vec<String>,
}

/// A page template that is fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// Its address as the policy writes it.
    pub url: String,
    /// The content definitions.
    pub pages: Vec<String>,
}

/// An extension attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// Its name in policies.
    pub name: String,
    /// Its data type.
    pub data_type: &'static str,
    /// Whether a profile reads it.
    pub read: bool,
    /// Whether a profile writes it.
    pub written: bool,
}

/// An application that policies name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Its client id or object id.
    pub id: String,
    /// Who names it.
    pub named: Vec<String>,
    /// What it was for, and whether it is needed here.
    pub text: &'static str,
}

/// Something that behaves otherwise than in the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// A stable name.
    pub id: &'static str,
    /// Green: nothing to decide. Amber: somebody should look.
    pub verdict: Verdict,
    /// What is otherwise, in a sentence.
    pub text: &'static str,
    /// Where it is explained.
    pub link: String,
    /// The row of that page.
    pub row: &'static str,
    /// Where it applies; empty: everywhere.
    pub places: Vec<String>,
    /// The policies it applies to.
    pub policies: Vec<String>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What.
    pub title: String,
    /// How, in sentences.
    pub text: String,
    /// Commands or configuration, line by line.
    pub lines: Vec<String>,
}

/// Makes the report.
pub fn analyze(set: &Set, sources: &Sources) -> Report {
    let looks: Vec<look::Look<'_>> =
        set.members.iter().filter(|member| member.tree.relying_party.is_some()).map(look::Look::of).collect();
    let needs = needs::needs(&looks, set, sources);
    let differences = points::points(&looks);
    let mut policies: Vec<PolicyReport> =
        looks.iter().map(|look| verdict::policy(look, set, sources, (&needs, &differences))).collect();
    policies.extend(set.broken.iter().map(|broken| verdict::broken(broken, sources)));
    let count = |verdict| policies.iter().filter(|policy| policy.verdict == verdict).count();
    let summary = Summary {
        files: sources.iter().count(),
        policies: policies.len(),
        green: count(Verdict::Green),
        amber: count(Verdict::Amber),
        red: count(Verdict::Red),
    };
    let steps = steps::steps(&needs, &policies);
    Report { format: FORMAT, summary, policies, needs, differences, steps }
}
