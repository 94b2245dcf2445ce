//! One page of docs/diagnostics, read as examples that can be compiled. In: the Markdown. Out: sets of files, and what
//! they say of themselves is to be reported.
//!
//! - A block ` ```xml ` is a policy, or a part of one: an element that stands somewhere inside a policy is completed to
//!   one over a small base (tests/language/base.xml). A profile or journey with the id `Example` is run by a relying
//!   party. Whole files, each ending with its root's end tag, make a set of their own.
//! - ` … ` in the tag of a root element stands for the attributes that every policy has.
//! - A line that ends in `<!-- 300 times -->` stands for 300 such lines; `{n}` is counted from 0, `{m}` from 1.
//! - `<!-- error V0101 -->` says what is reported on the next line; `at line N` names another line of the file.
//! - A word behind `xml` says which bytes the file has: `utf-16-without-mark` or `latin-1`; or, `settings`, that it is
//!   filled from an environment `Test` that has a `Tenant` and an `ApiUrl`.

use std::fmt::Write as _;
use std::sync::Arc;

use vestibule_engine::settings::Settings;
use vestibule_engine::source::Sources;

/// What every example may take for granted.
const BASE: &str = include_str!("../language/base.xml");

const ATTRIBUTES: &str = " xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
                          PolicySchemaVersion=\"0.3.0.0\" TenantId=\"x.onmicrosoft.com\" \
                          PublicPolicyUri=\"http://x.onmicrosoft.com/policy\" ";

/// One block of XML.
pub(crate) struct Example {
    /// The heading that it stands under: `Wrong`, `Right` or another.
    pub(crate) heading: String,
    /// The files.
    pub(crate) sources: Sources,
    /// File, line and `error V0101`, sorted.
    pub(crate) announced: Vec<Said>,
}

/// Number of a file, line, and what is said there: `error V0101`.
pub(crate) type Said = (usize, u32, String);

/// All examples of a page.
pub(crate) fn examples(page: &str) -> Vec<Example> {
    let mut heading = String::new();
    let mut all = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("## ") {
            heading = text.trim().to_owned();
        }
        let Some(word) = line.strip_prefix("```xml") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        all.push(example(&heading, word.trim(), &body));
    }
    all
}

fn example(heading: &str, word: &str, body: &[&str]) -> Example {
    let files = files(&expand(body));
    let sources = Sources::with_settings((word == "settings").then(settings));
    let mut example = Example { heading: heading.to_owned(), sources, announced: Vec::new() };
    for (number, text) in files.iter().enumerate() {
        example.sources.add(&format!("example-{number}.xml"), &bytes(text, word));
        example.announced.extend(announced(text).into_iter().map(|(line, what)| (number, line, what)));
    }
    if !files.iter().any(|text| text.contains("PolicyId=\"B2C_1A_Base\"")) {
        example.sources.add("base.xml", BASE.as_bytes());
    }
    example.announced.sort();
    example
}

fn settings() -> Arc<Settings> {
    let values = [("Tenant", "x.onmicrosoft.com"), ("ApiUrl", "https://api.contoso.com")];
    Arc::new(Settings::new("Test", values.map(|(name, value)| (name.to_owned(), value.to_owned()))))
}

/// Lines that stand for many are written out, and ` … ` as the attributes it stands for.
fn expand(body: &[&str]) -> String {
    let mut text = String::new();
    for line in body {
        let line = line.replace(" … ", ATTRIBUTES);
        let repeated = line.strip_suffix(" times -->").and_then(|rest| rest.rsplit_once("<!-- "));
        match repeated.and_then(|(piece, count)| Some((piece, count.parse::<usize>().ok()?))) {
            Some((piece, count)) => (0..count).for_each(|n| {
                let one = piece.replace("{n}", &n.to_string()).replace("{m}", &(n + 1).to_string());
                let _ = writeln!(text, "{}", one.trim_end());
            }),
            None => drop(writeln!(text, "{line}")),
        }
    }
    text
}

fn files(text: &str) -> Vec<String> {
    let first = text.lines().find(|line| !line.trim_start().starts_with("<!-- ")).unwrap_or_default();
    let whole = ["<TrustFrameworkPolicy ", "<?xml", "<!DOCTYPE"].iter().any(|start| first.contains(start));
    if !whole && !text.contains("</TrustFrameworkPolicy>") && !first.trim().is_empty() {
        return vec![completed(text, first.trim_start())];
    }
    let ends = "</TrustFrameworkPolicy>\n";
    text.split_inclusive(ends).filter(|file| !file.trim().is_empty()).map(str::to_owned).collect()
}

/// Where an element stands in a policy.
const PLACES: &[(&str, &str, &str)] = &[
    ("ClaimType", "<BuildingBlocks><ClaimsSchema>", "</ClaimsSchema></BuildingBlocks>"),
    ("Predicate", "<BuildingBlocks><Predicates>", "</Predicates></BuildingBlocks>"),
    (
        "ClaimsTransformation",
        "<BuildingBlocks><ClaimsTransformations>",
        "</ClaimsTransformations></BuildingBlocks>",
    ),
    ("ContentDefinition", "<BuildingBlocks><ContentDefinitions>", "</ContentDefinitions></BuildingBlocks>"),
    ("Localization", "<BuildingBlocks>", "</BuildingBlocks>"),
    ("DisplayControl", "<BuildingBlocks><DisplayControls>", "</DisplayControls></BuildingBlocks>"),
    (
        "TechnicalProfile",
        "<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>",
        "</TechnicalProfiles></ClaimsProvider></ClaimsProviders>",
    ),
    ("UserJourney", "<UserJourneys>", "</UserJourneys>"),
    (
        "OrchestrationStep",
        "<UserJourneys><UserJourney Id=\"Example\"><OrchestrationSteps>",
        "</OrchestrationSteps></UserJourney></UserJourneys>",
    ),
    ("SubJourney", "<SubJourneys>", "</SubJourneys>"),
];

/// Runs the profile `Example`.
const JOURNEY: &str = "<UserJourneys><UserJourney Id=\"Example\"><OrchestrationSteps>\
    <OrchestrationStep Order=\"1\" Type=\"ClaimsExchange\"><ClaimsExchanges>\
    <ClaimsExchange Id=\"Ask\" TechnicalProfileReferenceId=\"Page\" /></ClaimsExchanges></OrchestrationStep>\
    <OrchestrationStep Order=\"2\" Type=\"ClaimsExchange\"><ClaimsExchanges>\
    <ClaimsExchange Id=\"Run\" TechnicalProfileReferenceId=\"Example\" /></ClaimsExchanges></OrchestrationStep>\
    <OrchestrationStep Order=\"3\" Type=\"SendClaims\" CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\" />\
    </OrchestrationSteps></UserJourney></UserJourneys>";

/// Runs the journey `Example`.
const PARTY: &str = "<RelyingParty><DefaultUserJourney ReferenceId=\"Example\" />\
    <TechnicalProfile Id=\"PolicyProfile\"><DisplayName>x</DisplayName><Protocol Name=\"OpenIdConnect\" />\
    </TechnicalProfile></RelyingParty>";

/// A part of a policy as a policy.
fn completed(text: &str, first: &str) -> String {
    let name = first.trim_start_matches('<').split([' ', '>', '/']).next().unwrap_or_default();
    let (before, after) = PLACES
        .iter()
        .find(|(element, ..)| *element == name)
        .map_or(("", ""), |(_, before, after)| (before, after));
    let example = text.contains("Id=\"Example\"") && name != "RelyingParty";
    let rest = match name {
        "OrchestrationStep" => PARTY.to_owned(),
        "UserJourney" if example => PARTY.to_owned(),
        "TechnicalProfile" if example => format!("{JOURNEY}{PARTY}"),
        _ => String::new(),
    };
    format!(
        "<TrustFrameworkPolicy{ATTRIBUTES}PolicyId=\"B2C_1A_Example\"><BasePolicy>\
         <TenantId>x.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Base</PolicyId></BasePolicy>{before}\n\
         {text}{after}{rest}</TrustFrameworkPolicy>\n"
    )
}

fn bytes(text: &str, word: &str) -> Vec<u8> {
    match word {
        "utf-16-without-mark" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "latin-1" => text.chars().map(|one| u8::try_from(u32::from(one)).unwrap_or(b'?')).collect(),
        "" | "settings" => text.replace('␀', "\0").into_bytes(),
        other => panic!("no examples have the bytes `{other}`"),
    }
}

/// Line and what is reported there, as comments announce it.
fn announced(text: &str) -> Vec<(u32, String)> {
    let mut all = Vec::new();
    for (line, number) in text.lines().zip(1_u32..) {
        let comment = line.trim().strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
        for part in comment.into_iter().flat_map(|comment| comment.split(';')).map(str::trim) {
            let said = ["error V", "warning V", "note V"].iter().any(|start| part.starts_with(start));
            let (what, at) = part.split_once(" at line ").unwrap_or((part, ""));
            if said {
                all.push((at.parse().unwrap_or(number + 1), what.to_owned()));
            }
        }
    }
    all
}
