//! Policy XML as a typed tree. In: one [`Source`]. Out: a [`TrustFrameworkPolicy`] in XML's own names and what is wrong
//! with the file itself: encoding, well-formedness, shape of the schema, keys given twice.
//!
//! Every field is optional or a list, because a child policy carries parts; only what names a node is required, and a
//! node without it is reported and left out. Required-ness, references and types are checked after merging. Everything
//! carries the span it was read from.
//!
//! Must not be known here: inheritance, what a reference points to, what a value does.

pub mod claim;
pub mod content;
pub mod journey;
mod malformed;
pub mod party;
mod places;
pub mod profile;
mod read;
mod scan;
pub mod transformation;
pub mod value;
mod xml;

pub use claim::*;
pub use content::*;
pub use journey::*;
pub use party::*;
pub use profile::*;
pub use transformation::*;
pub use value::*;
pub use xml::{AttributePiece, Piece, PieceKind, Tag, pieces};

use std::sync::Arc;

use self::scan::Scan;
use self::xml::{Element, NAMESPACE, Report};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::message::message;
use crate::source::{Damage, MAX_BYTES, Source, Span, Spanned, western};

/// The root element of a policy file (policy-language 1).
#[derive(Debug, Clone, PartialEq)]
pub struct TrustFrameworkPolicy {
    /// The start tag; the start of the file if there is no root element.
    pub span: Span,
    /// False if the file is so damaged that the tree holds nothing; why is among the diagnostics.
    pub readable: bool,
    /// `@PolicySchemaVersion`.
    pub policy_schema_version: Option<Spanned<String>>,
    /// `@TenantId`.
    pub tenant_id: Option<Spanned<String>>,
    /// `@TenantObjectId`.
    pub tenant_object_id: Option<Spanned<String>>,
    /// `@PolicyId`.
    pub policy_id: Option<Spanned<String>>,
    /// `@PublicPolicyUri`.
    pub public_policy_uri: Option<Spanned<String>>,
    /// `@StateTableName`, ignored.
    pub state_table_name: Option<Spanned<String>>,
    /// `@DeploymentMode`; default `Production`.
    pub deployment_mode: Option<Spanned<DeploymentMode>>,
    /// `@UserJourneyRecorderEndpoint`.
    pub user_journey_recorder_endpoint: Option<Spanned<String>>,
    /// `BasePolicy`; absent in a root policy.
    pub base_policy: Option<BasePolicy>,
    /// `PolicyConstraints`.
    pub policy_constraints: Option<PolicyConstraints>,
    /// `Contacts/Contact`.
    pub contacts: Vec<Informational>,
    /// `DocumentReferences/DocumentReference`.
    pub document_references: Vec<Informational>,
    /// `BuildingBlocks`; empty if absent.
    pub building_blocks: BuildingBlocks,
    /// `ClaimsProviders/ClaimsProvider`.
    pub claims_providers: Vec<ClaimsProvider>,
    /// `UserJourneys/UserJourney`.
    pub user_journeys: Vec<Arc<UserJourney>>,
    /// `SubJourneys/SubJourney`.
    pub sub_journeys: Vec<Arc<SubJourney>>,
    /// `RelyingParty`; its presence makes the policy executable.
    pub relying_party: Option<RelyingParty>,
    /// Comments that speak to the tools.
    pub notes: Vec<AuthorNote>,
    /// Lists written without an entry, by name: they clear nothing of a base policy (policy-language 2.2).
    pub empty_lists: Vec<Spanned<&'static str>>,
}

/// `<!-- vestibule: … -->`: what an author says to the tools about an element.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorNote {
    /// What stands behind `vestibule:`; the place is the whole comment.
    pub text: Spanned<String>,
    /// The whole element it is about, its end tag included.
    pub about: Span,
}

/// `BuildingBlocks` (policy-language 4).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BuildingBlocks {
    /// `ClaimsSchema/ClaimType`.
    pub claims_schema: Vec<Arc<ClaimType>>,
    /// `Predicates/Predicate`.
    pub predicates: Vec<Predicate>,
    /// `InputValidations/InputValidation`.
    pub input_validations: Vec<InputValidation>,
    /// `PredicateValidations/PredicateValidation`.
    pub predicate_validations: Vec<PredicateValidation>,
    /// `ClaimsTransformations/ClaimsTransformation`.
    pub claims_transformations: Vec<Arc<ClaimsTransformation>>,
    /// `ClientDefinitions/ClientDefinition`.
    pub client_definitions: Vec<ClientDefinition>,
    /// `ContentDefinitions/ContentDefinition`.
    pub content_definitions: Vec<Arc<ContentDefinition>>,
    /// `Localization`.
    pub localization: Option<Localization>,
    /// `DisplayControls/DisplayControl`.
    pub display_controls: Vec<DisplayControl>,
}

/// A reader whose result several policies hold: those that inherit it unchanged.
fn shared<T>(read: impl Fn(&mut Element<'_>) -> T) -> impl Fn(&mut Element<'_>) -> Arc<T> {
    move |element| Arc::new(read(element))
}

/// Reads one policy file. Always gives a tree, perhaps an empty one, and all that is wrong with the file.
pub fn parse(source: &Source) -> (TrustFrameworkPolicy, Diagnostics) {
    let report = Report::new(source);
    if let Some((damage, span)) = source.damage() {
        report.push(damaged(damage, span));
        let scan = scan::scan(source.text());
        return (TrustFrameworkPolicy::unreadable(source, &scan), report.into_diagnostics());
    }
    let scan = scan::scan(source.text());
    let tree = xml::read_root(source, &scan, &report, TrustFrameworkPolicy::read).flatten();
    let mut tree = tree.unwrap_or_else(|| TrustFrameworkPolicy::unreadable(source, &scan));
    (tree.notes, tree.empty_lists) = report.take_asides();
    (tree, report.into_diagnostics())
}

fn damaged(damage: Damage, span: Span) -> Diagnostic {
    let (code, sentence, help) = match damage {
        Damage::TooLarge(length) => (
            codes::FILE_TOO_LARGE,
            message!("the file has {length} bytes; a policy may have {MAX_BYTES}"),
            "move parts of it into another policy of the inheritance chain",
        ),
        Damage::NotUtf8(byte) => return not_utf8(byte, span),
        Damage::NotText(encoding) => (
            codes::NOT_TEXT,
            message!("these bytes are not {}", encoding.name()),
            "save the file as UTF-8, or declare the encoding it has in the XML declaration",
        ),
        Damage::Utf16WithoutMark => (
            codes::UTF16_WITHOUT_MARK,
            message!("the file is UTF-16 without a byte order mark"),
            "save the file as UTF-8, or as UTF-16 with a byte order mark",
        ),
        Damage::UnknownEncoding => (
            codes::UNKNOWN_ENCODING,
            message!("this encoding is not supported"),
            "save the file as UTF-8 and declare `utf-8`; UTF-16 and ISO-8859-1 are read as well",
        ),
        Damage::Nul => (
            codes::NUL,
            message!("the file contains a NUL character"),
            "is this a text file? save it as UTF-8",
        ),
    };
    Diagnostic::error(code, span, sentence).help(help)
}

/// A byte of another encoding, most often that of Western Windows, as which it is shown.
fn not_utf8(byte: u8, span: Span) -> Diagnostic {
    let (shown, help) = match western(byte) {
        '\u{A0}' => {
            ("a non-breaking space".to_owned(), "replace it by an ordinary space, and save the file as UTF-8")
        }
        letter if letter.is_control() => ("nothing".to_owned(), "is this a text file? save it as UTF-8"),
        letter => (
            format!("`{letter}`"),
            "save the file as UTF-8 (editors: \"Save with Encoding\"), or begin it with `<?xml version=\"1.0\" \
             encoding=\"ISO-8859-1\"?>` if it is Latin-1",
        ),
    };
    let sentence = message!("the byte {byte:02X} is not UTF-8; in Windows-1252 it is {shown}");
    Diagnostic::error(codes::NOT_TEXT, span, sentence).help(help)
}

impl TrustFrameworkPolicy {
    /// The tree of a file that could not be read: nothing but, if the start tag of the root shows it, the policy's id, so
    /// that other policies can say which base they lack.
    fn unreadable(source: &Source, scan: &Scan) -> Self {
        let root = scan.root.clone().unwrap_or_default();
        let span = source.span(root.start, root.end);
        let id = source.slice(span).split_once("PolicyId=").and_then(|(before, rest)| {
            let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let value = rest.get(1..)?.split(quote).next()?;
            let start = root.start + before.len() + "PolicyId=".len() + 1;
            Some(Spanned::new(value.to_owned(), source.span(start, start + value.len())))
        });
        Self { readable: false, policy_id: id, ..Self::empty(Span::start_of(source.id())) }
    }

    fn read(element: &mut Element<'_>) -> Option<Self> {
        if element.name() != "TrustFrameworkPolicy" {
            let sentence = message!("the root element is `{}`, not `TrustFrameworkPolicy`", element.name());
            let finding = Diagnostic::error(codes::WRONG_ROOT, element.span(), sentence);
            element.report(finding.did_you_mean(element.name(), ["TrustFrameworkPolicy"]));
            element.anything();
            element.any_attribute();
            element.text();
            return None;
        }
        if element.namespace() != Some(NAMESPACE) {
            let written = element.namespace().unwrap_or_default();
            let sentence = message!("the root element is in the namespace `{written}`");
            let finding = Diagnostic::error(codes::WRONG_NAMESPACE, element.span(), sentence);
            element.report(finding.help(format!("write `xmlns=\"{NAMESPACE}\"`")));
        }
        let mut tree = Self::empty(element.span());
        tree.read_attributes(element);
        tree.read_children(element);
        Some(tree)
    }

    fn read_attributes(&mut self, element: &mut Element<'_>) {
        self.policy_schema_version = element.required_typed("PolicySchemaVersion", read::schema_version);
        self.tenant_id = element.required("TenantId").map(|id| element.deployment_value(id, read::tenant));
        self.tenant_object_id =
            element.attribute("TenantObjectId").map(|id| element.deployment_value(id, read::guid));
        self.policy_id = element.required_typed("PolicyId", read::policy_id);
        self.public_policy_uri = element.required("PublicPolicyUri");
        self.state_table_name = element.attribute("StateTableName");
        self.deployment_mode = element.choice("DeploymentMode");
        self.user_journey_recorder_endpoint = element.attribute("UserJourneyRecorderEndpoint");
    }

    fn read_children(&mut self, element: &mut Element<'_>) {
        self.base_policy = element.one("BasePolicy", BasePolicy::read);
        self.policy_constraints = element.one("PolicyConstraints", PolicyConstraints::read);
        self.contacts = element.list("Contacts", "Contact", Informational::read_contact);
        element.unique("Contact Id", self.contacts.iter().map(|one| &one.id));
        self.document_references =
            element.list("DocumentReferences", "DocumentReference", Informational::read_document);
        element.unique("DocumentReference Id", self.document_references.iter().map(|one| &one.id));
        self.building_blocks = element.one("BuildingBlocks", BuildingBlocks::read).unwrap_or_default();
        self.claims_providers = element.full_list("ClaimsProviders", "ClaimsProvider", ClaimsProvider::read);
        let profiles = self.claims_providers.iter().flat_map(|provider| &provider.technical_profiles);
        element.unique("TechnicalProfile Id", profiles.map(|one| &one.id));
        self.user_journeys = element.full_list("UserJourneys", "UserJourney", shared(UserJourney::read));
        element.unique("UserJourney Id", self.user_journeys.iter().map(|one| &one.id));
        self.sub_journeys = element.full_list("SubJourneys", "SubJourney", shared(SubJourney::read));
        element.unique("SubJourney Id", self.sub_journeys.iter().map(|one| &one.id));
        self.relying_party = element.one("RelyingParty", RelyingParty::read);
    }

    fn empty(span: Span) -> Self {
        Self {
            span,
            readable: true,
            policy_schema_version: None,
            tenant_id: None,
            tenant_object_id: None,
            policy_id: None,
            public_policy_uri: None,
            state_table_name: None,
            deployment_mode: None,
            user_journey_recorder_endpoint: None,
            base_policy: None,
            policy_constraints: None,
            contacts: Vec::new(),
            document_references: Vec::new(),
            building_blocks: BuildingBlocks::default(),
            claims_providers: Vec::new(),
            user_journeys: Vec::new(),
            sub_journeys: Vec::new(),
            relying_party: None,
            notes: Vec::new(),
            empty_lists: Vec::new(),
        }
    }
}

impl BuildingBlocks {
    fn read(element: &mut Element<'_>) -> Self {
        let blocks = Self {
            claims_schema: element.full_list("ClaimsSchema", "ClaimType", shared(ClaimType::read)),
            predicates: element.list("Predicates", "Predicate", Predicate::read),
            input_validations: element.list("InputValidations", "InputValidation", InputValidation::read),
            predicate_validations: element.list(
                "PredicateValidations",
                "PredicateValidation",
                PredicateValidation::read,
            ),
            claims_transformations: element.list(
                "ClaimsTransformations",
                "ClaimsTransformation",
                shared(ClaimsTransformation::read),
            ),
            client_definitions: element.list("ClientDefinitions", "ClientDefinition", ClientDefinition::read),
            content_definitions: element.list(
                "ContentDefinitions",
                "ContentDefinition",
                shared(ContentDefinition::read),
            ),
            localization: element.one("Localization", Localization::read),
            display_controls: element.list("DisplayControls", "DisplayControl", DisplayControl::read),
        };
        blocks.check_keys(element);
        blocks
    }

    /// The keys of policy-language 1.4; display controls and localized resources have none in the schema, but two with
    /// one id could not be told apart.
    fn check_keys(&self, element: &Element<'_>) {
        element.unique("ClaimType Id", self.claims_schema.iter().map(|one| &one.id));
        element.unique("Predicate Id", self.predicates.iter().map(|one| &one.id));
        element.unique("InputValidation Id", self.input_validations.iter().map(|one| &one.id));
        element.unique("PredicateValidation Id", self.predicate_validations.iter().map(|one| &one.id));
        element.unique("ClaimsTransformation Id", self.claims_transformations.iter().map(|one| &one.id));
        element.unique("ClientDefinition Id", self.client_definitions.iter().map(|one| &one.id));
        element.unique("ContentDefinition Id", self.content_definitions.iter().map(|one| &one.id));
        element.unique("DisplayControl Id", self.display_controls.iter().map(|one| &one.id));
    }
}

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod syntax_tests;
