//! The answer of the cloud to an upload (policy-language 3), for people and scripts that know it. In: diagnostics. Out: a
//! block a policy: the wrapper with the number of errors, then the sentences, those of the documented checks in their
//! documented wording, all others in ours. Warnings are left out: the cloud has none.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vestibule_engine::diagnostic::{Diagnostic, Severity};
use vestibule_engine::source::{Source, SourceId, Sources, Span};
use vestibule_engine::syntax;

/// The namespace that the cloud's sentences name with every element.
const SPACE: &str = "http://schemas.microsoft.com/online/cpim/schemas/2013/06";

/// Everything that an upload of these files would be refused with; empty if nothing.
pub fn upload<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>, sources: &Sources) -> String {
    let mut by_file: BTreeMap<SourceId, Vec<&Diagnostic>> = BTreeMap::new();
    for one in diagnostics
        .into_iter()
        .filter(|one| one.severity == Severity::Error && !one.code.id.starts_with("V1"))
    {
        by_file.entry(one.span.source).or_default().push(one);
    }
    let mut text = String::new();
    for (file, errors) in by_file {
        let Some(source) = sources.get(file) else { continue };
        let policy = Policy::of(source);
        let count = errors.len();
        let (id, tenant) = (&policy.id, &policy.tenant);
        let _ = write!(
            text,
            "Validation failed: {count} validation error(s) found in policy \"{id}\" of tenant \"{tenant}\"."
        );
        for one in errors {
            let _ = write!(text, "{}", policy.sentence(&Words::of(one, sources)));
        }
        text.push_str("\n\n");
    }
    text
}

/// What the sentences say of the policy.
struct Policy {
    id: String,
    tenant: String,
    journey: String,
}

/// A finding, taken apart.
struct Words<'a> {
    code: &'static str,
    message: &'a str,
    source: Option<&'a Source>,
    span: Span,
    /// The words in backticks.
    quoted: Vec<&'a str>,
    /// The numbers.
    numbers: Vec<&'a str>,
    /// Where the first related place is.
    related: Option<(Option<&'a Source>, Span)>,
}

impl<'a> Words<'a> {
    fn of(one: &'a Diagnostic, sources: &'a Sources) -> Self {
        let message = one.message.as_str();
        let digits = message.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        let related = one.related.first().map(|label| (sources.get(label.span.source), label.span));
        Self {
            code: one.code.id,
            message,
            source: sources.get(one.span.source),
            span: one.span,
            quoted: message.split('`').skip(1).step_by(2).collect(),
            numbers: digits.collect(),
            related,
        }
    }

    fn quoted(&self, at: usize) -> &'a str {
        self.quoted.get(at).copied().unwrap_or_default()
    }

    fn number(&self, at: usize) -> &'a str {
        self.numbers.get(at).copied().unwrap_or_default()
    }

    fn written(&self) -> &'a str {
        self.source.map_or("", |source| source.slice(self.span)).trim()
    }

    /// The id of the element of that name that the finding stands in.
    fn within(&self, element: &str) -> &'a str {
        within(self.source, self.span, element, "Id")
    }
}

/// The attribute of the nearest element of that name that is open, or named, at the place.
fn within<'a>(source: Option<&'a Source>, span: Span, element: &str, attribute: &str) -> &'a str {
    let text = source.map_or("", |source| source.text());
    let end = text.get(span.end as usize..).and_then(|rest| rest.find('>')).unwrap_or(0);
    let before = text.get(..span.end as usize + end).unwrap_or_default();
    let Some((outside, inside)) = before.rsplit_once(&format!("<{element} ")) else { return "" };
    if inside.contains(&format!("</{element}>")) && !outside.is_empty() {
        return "";
    }
    let value = inside.split_once(&format!("{attribute}=\"")).map_or("", |(_, rest)| rest);
    value.split('"').next().unwrap_or_default()
}

impl Policy {
    fn of(source: &Source) -> Self {
        let (tree, _) = syntax::parse(source);
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        let journey = tree.relying_party.as_ref().and_then(|party| party.default_user_journey.as_ref());
        Self {
            id: text(tree.policy_id.as_ref().map(|id| id.as_str())).to_uppercase(),
            tenant: text(tree.tenant_id.as_ref().map(|id| id.as_str())),
            journey: text(journey.map(|id| id.as_str())),
        }
    }

    fn sentence(&self, words: &Words<'_>) -> String {
        let documented = match words.code.get(..3) {
            Some("V00") => Some(not_read(words)),
            Some("V01") => Some(self.of_schema(words)),
            Some("V02") => self.of_chain(words),
            Some("V03") => self.of_reference(words),
            Some("V04" | "V05") => self.of_profile(words),
            Some("V06") => self.of_journey(words),
            _ => self.of_party(words),
        };
        documented.unwrap_or_else(|| own(words.message))
    }

    fn here(&self) -> String {
        format!("in policy \"{}\" of tenant \"{}\"", self.id, self.tenant)
    }

    /// Check 2.
    fn of_schema(&self, words: &Words<'_>) -> String {
        let at = words.source.map(|source| source.position(words.span.start));
        let (line, column) = at.map_or((1, 1), |at| (at.line, at.column));
        let (first, second) = (words.quoted(0), words.quoted(1));
        let child = |parent: &str, child: &str| {
            format!(
                "The element '{parent}' in namespace '{SPACE}' has invalid child element '{child}' in namespace '{SPACE}'."
            )
        };
        let what = match words.code {
            "V0101" => child(first, second),
            "V0103" => child(first, second),
            "V0108" => child(second, first),
            "V0102" => format!("The '{second}' attribute is not declared."),
            "V0104" => format!(
                "The element '{first}' in namespace '{SPACE}' has incomplete content. List of possible elements expected: '{second}' in namespace '{SPACE}'."
            ),
            "V0105" => format!("The required attribute '{second}' is missing."),
            "V0107" => format!("The element '{first}' in namespace '{SPACE}' cannot contain text."),
            "V0109" => {
                let key = words.written();
                format!(
                    "There is a duplicate key sequence '{key}' for the '{SPACE}' key or unique identity constraint."
                )
            }
            _ => own(words.message),
        };
        format!("Schema validation error found at line {line} col {column} {}: {what}", self.here())
    }

    /// Checks 4 to 6.
    fn of_chain(&self, words: &Words<'_>) -> Option<String> {
        let (id, tenant) = (&self.id, &self.tenant);
        match words.code {
            "V0201" => {
                let base = words.quoted(0).to_uppercase();
                Some(format!("Policy with 'policyId': {base} cannot be found in the directory '{tenant}'."))
            }
            "V0202" | "V0203" | "V0205" => {
                let chain = words.quoted.iter().map(|id| id.to_uppercase()).collect::<Vec<_>>().join(" -> ");
                let chain = if words.code == "V0202" { chain } else { id.clone() };
                Some(format!(
                    "Policy '{id}' of tenant '{tenant}' is not allowed to inherit from the specified base policy. Inheritance chain: {chain}"
                ))
            }
            "V0204" => Some(format!(
                "Tenant \"{tenant}\" already has a policy with id \"{id}\". Another policy with the same id cannot be stored"
            )),
            _ => None,
        }
    }

    /// Check 7.
    fn of_reference(&self, words: &Words<'_>) -> Option<String> {
        let element = match words.code {
            "V0301" => "ClaimType",
            "V0302" => "ClaimsTransformation",
            "V0303" => "TechnicalProfile",
            "V0304" => "ContentDefinition",
            "V0305" => "UserJourney",
            "V0306" => "SubJourney",
            "V0307" => "DisplayControl",
            "V0308" => "Predicate",
            "V0309" => "PredicateValidation",
            "V0310" => "LocalizedResources",
            "V0311" => "ClaimsExchange",
            _ => return None,
        };
        let outer = ["TechnicalProfile", "UserJourney", "SubJourney", "ClaimsTransformation", "ClaimType"];
        let holder = outer.iter().map(|outer| (outer, words.within(outer))).find(|(_, id)| !id.is_empty());
        let subject = match holder {
            Some((outer, id)) => format!("{outer} \"{id}\" {}", self.here()),
            None => format!("Policy \"{}\" of tenant \"{}\"", self.id, self.tenant),
        };
        let wanted = words.quoted(0);
        Some(format!(
            "{subject} makes a reference to {element} with id \"{wanted}\" but neither the policy nor any of its base policies contain such an element."
        ))
    }

    /// Checks 13, 14 and 17 to 19.
    fn of_profile(&self, words: &Words<'_>) -> Option<String> {
        let (here, profile) = (self.here(), words.within("TechnicalProfile"));
        let transformation = words.within("ClaimsTransformation");
        match words.code {
            "V0509" => Some(format!(
                "Output claim type \"{}\" specified in the technical profile with id \"{profile}\" {here} does not specify a UserInputType or a DefaultValue, and is not retrieved from a ValidationTechnicalProfile either.",
                words.quoted(0)
            )),
            "V0510" => Some(format!(
                "Output Claim '{}' is not supported in Azure Active Directory Provider technical profile '{profile}' of policy '{}'. If it is a claim with default value, add AlwaysUseDefaultValue=\"true\" to the output claim mapping.",
                words.written(),
                self.id
            )),
            "V0505" => Some(format!(
                "TechnicalProfile \"{profile}\" {here} defines an invalid value \"{}\" for the metadata item \"{}.\"",
                words.quoted(0),
                words.quoted(1)
            )),
            "V0508" => Some(format!(
                "The required \"DisplayName\" element is missing from TechnicalProfile with id \"{}\"",
                words.quoted(0)
            )),
            "V0406" => {
                let part = match () {
                    () if words.message.contains("output claim") => "OutputClaims",
                    () if words.message.contains("parameter") => "InputParameters",
                    () => "InputClaims",
                };
                let what = match words.message.contains("needs the") {
                    true => "expected by the TransformMethod but were not declared in the Policy",
                    false => "declared in the Policy but were not expected by the TransformMethod",
                };
                Some(format!(
                    "The {part} mismatched in ClaimsTransformation with id \"{transformation}\" with TransformationMethod \"{}\". The following {part} were {what}: {}.",
                    words.quoted(0),
                    words.quoted(1)
                ))
            }
            "V0408" | "V0410" => Some("Input string was not in a correct format.".to_owned()),
            _ => None,
        }
    }

    /// Checks 8 to 10, 12, 15 and 16.
    fn of_journey(&self, words: &Words<'_>) -> Option<String> {
        let (here, journey) = (self.here(), words.within("UserJourney"));
        match words.code {
            "V0601" => Some(format!(
                "User journey \"{journey}\" {here} was expected to have step with order \"{}\" but it was not found.",
                words.number(0)
            )),
            "V0602" => Some(format!(
                "User journey \"{journey}\" {here} has step {} with {} claims exchanges. It must be preceded by a claims provider selection in order to determine which claims exchange can be used.",
                words.number(0),
                words.number(1)
            )),
            "V0603" => Some(format!(
                "Orchestration step order \"{}\" in user journey \"{journey}\" {here} is followed by a claims provider selection step and must be a claims exchange, but it is of type \"{}\".",
                words.number(0),
                words.quoted(0)
            )),
            "V0604" => Some(format!("User journey '{journey}' does not contain a send claims step.")),
            "V0605" => Some(format!(
                "User journey '{journey}' send claims step does not contain a reference to an issuer technical profile."
            )),
            "V0606" => Some(format!(
                "User journey '{journey}' is invalid because it contains multiple SendClaims steps."
            )),
            "V0607" => Some(format!(
                "User journey '{journey}' is invalid because it contains steps which occur after the SendClaims step."
            )),
            "V0616" => {
                let (source, span) = words.related.unwrap_or((words.source, words.span));
                Some(format!(
                    "Claim type \"{}\" is the input claim of technical profile \"{}\" in step \"{}\" of user journey \"{}\" but it is not an output claim in any of the previous steps.",
                    words.quoted(0),
                    words.within("TechnicalProfile"),
                    within(source, span, "OrchestrationStep", "Order"),
                    within(source, span, "UserJourney", "Id")
                ))
            }
            _ => None,
        }
    }

    /// Check 11.
    fn of_party(&self, words: &Words<'_>) -> Option<String> {
        (words.code == "V0703").then(|| {
            format!(
                "Claim type \"{}\" is the output claim of the relying party's technical profile, but it is not an output claim in any of the steps of user journey \"{}\".",
                words.quoted(0),
                self.journey
            )
        })
    }
}

/// Check 1.
fn not_read(words: &Words<'_>) -> String {
    let at = words.source.map(|source| source.position(words.span.start));
    let (line, column) = at.map_or((1, 1), |at| (at.line, at.column));
    format!("The uploaded XML has an error on line {line} col {column} : {}.", words.message)
}

/// Our own sentence, as one of theirs.
fn own(message: &str) -> String {
    let message = message.replace('`', "'");
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
