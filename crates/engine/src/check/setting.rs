//! A profile's metadata and what its kind asks of its claims. In: one merged profile. Out: its kind with settings, and
//! the texts of errors and pages.

use super::names::Sort;
use super::report::Report;
use super::view::View;
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::kind::directory::{self, ATTRIBUTES, Operation};
use crate::kind::metadata::{Findings, Ids, Item, Texts};
use crate::kind::{self, Kind, Metadata, SamlParty, Shape, saml_issuer};
use crate::message;
use crate::policy::Protocol;
use crate::source::{Span, Spanned};
use crate::syntax::TechnicalProfile;

/// What metadata says about any kind of profile.
pub(super) struct Settings {
    /// IncludeClaimResolvingInClaimsHandling.
    pub(super) resolvers: bool,
    /// Texts of errors by lower-cased key.
    pub(super) messages: Texts,
    /// `language.*`.
    pub(super) language: Texts,
    /// ContentDefinitionReferenceId.
    pub(super) content: Option<Name>,
    /// ClaimsProviderSelectionDisplayType is `TextLink`.
    pub(super) text_link: bool,
}

/// Reads a profile's metadata. The kind is absent if something it needs is.
pub(super) fn read(
    view: &View<'_>,
    index: usize,
    one: &TechnicalProfile,
    shape: &Shape<'_>,
    report: &mut Report,
) -> (Option<Kind>, Settings) {
    with_metadata(view, one, |metadata| read_one(view, index, one, (shape, metadata), report))
}

fn read_one(
    view: &View<'_>,
    index: usize,
    one: &TechnicalProfile,
    (shape, metadata): (&Shape<'_>, Metadata<'_>),
    report: &mut Report,
) -> (Option<Kind>, Settings) {
    let settings = Settings {
        resolvers: metadata.flag("IncludeClaimResolvingInClaimsHandling", false),
        messages: metadata.messages(),
        language: metadata.language(),
        content: metadata.content("ContentDefinitionReferenceId"),
        text_link: metadata
            .choice("ClaimsProviderSelectionDisplayType", &[("Button", false), ("TextLink", true)])
            .unwrap_or(false),
    };
    let kind = kind::read(shape, &metadata);
    if one.protocol.is_some() {
        finish(view, index, metadata.finish(), report);
    } else {
        // Without a protocol nothing is known of its settings; an including profile reads them.
        let Findings { lacking, .. } = metadata.finish();
        finish(view, index, Findings { wrong: Vec::new(), lacking }, report);
    }
    if let Some(Kind::Directory(directory)) = &kind {
        check_directory(view, index, one, directory.operation, report);
    }
    (kind, settings)
}

/// Reads what a relying party says in Metadata: settings where it speaks SAML, elsewhere nothing that has an effect.
pub(super) fn party(
    view: &View<'_>,
    one: &TechnicalProfile,
    protocol: Option<Protocol>,
    report: &mut Report,
) -> Option<SamlParty> {
    with_metadata(view, one, |metadata| {
        metadata.known(PARTY);
        let saml = (protocol? == Protocol::Saml2).then(|| saml_issuer::read_party(&metadata));
        let Findings { wrong, .. } = metadata.finish();
        wrong.into_iter().for_each(|finding| report.push(finding));
        saml
    })
}

/// Keys of a relying party's metadata that are known and without effect.
const PARTY: &[&str] = &["client_assertion_type", "METADATA", "issuer", "IdTokenAudience", "client_id"];

fn with_metadata<T>(view: &View<'_>, one: &TechnicalProfile, read: impl FnOnce(Metadata<'_>) -> T) -> T {
    let find = |sort: Sort| {
        move |id: &str, span: Span| -> Result<Name, Box<Diagnostic>> {
            let entry = view.names.find(sort, id);
            entry.map(|entry| entry.name.clone()).ok_or_else(|| Box::new(view.names.unknown(sort, id, span)))
        }
    };
    let (claim, content, journey) = (find(Sort::Claim), find(Sort::Content), find(Sort::Journey));
    let known = |sort: Sort| move |id: &str| view.names.find(sort, id).map(|entry| entry.name.clone());
    let (declared, exchange) = (known(Sort::Claim), known(Sort::Exchange));
    let ids =
        Ids { claim: &claim, declared: &declared, content: &content, journey: &journey, exchange: &exchange };
    let items = one.metadata.iter().map(|item| Item {
        key: Spanned::new(item.key.as_str(), item.key.span),
        value: Spanned::new(item.value.as_str(), item.value.span),
    });
    read(Metadata::new(items, ids, one.span))
}

fn finish(view: &View<'_>, index: usize, findings: Findings, report: &mut Report) {
    // Of a profile whose kind is unknown nobody can say what its settings mean.
    let unknown_kind = [codes::UNKNOWN_HANDLER, codes::UNSUPPORTED_PROTOCOL];
    let unknown = findings.wrong.iter().chain(&findings.lacking).any(|one| unknown_kind.contains(&one.code));
    for diagnostic in findings.wrong {
        if !(unknown && diagnostic.code == codes::UNKNOWN_SETTING) {
            report.push(diagnostic);
        }
    }
    // What an include that failed would have brought cannot be missed.
    let hole = view.holes.get(index).copied().unwrap_or_default();
    let grade = view.grade(Sort::Profile, index).filter(|_| !hole);
    for diagnostic in findings.lacking {
        report.graded(grade, view.used(Sort::Profile, index, diagnostic));
    }
}

/// Attributes of a directory profile (technical-profiles 3.2–3.5).
fn check_directory(
    view: &View<'_>,
    index: usize,
    one: &TechnicalProfile,
    operation: Operation,
    report: &mut Report,
) {
    let name = |claim: &Spanned<String>, partner: &Option<Spanned<String>>| {
        let span = partner.as_ref().map_or(claim.span, |partner| partner.span);
        // An unknown claim is reported as that.
        view.names.find(Sort::Claim, claim)?;
        Some(Spanned::new(partner.as_ref().unwrap_or(claim).value.clone(), span))
    };
    let grade = view.grade(Sort::Profile, index);
    let mut key: Option<Spanned<String>> = None;
    for claim in &one.input_claims {
        let Some(wanted) = name(&claim.claim_type_reference_id, &claim.partner_claim_type) else { continue };
        check_attribute(&wanted, 'I', grade, report);
        match &key {
            Some(first) if !first.eq_ignore_ascii_case(&wanted) => {
                let message =
                    message!("a user is found by one attribute, not by `{}` and `{}`", first.value, *wanted);
                report.graded(grade, Diagnostic::error(codes::UNKNOWN_ATTRIBUTE_NAME, wanted.span, message));
            }
            _ => key = Some(wanted),
        }
    }
    let hole = view.holes.get(index).copied().unwrap_or_default();
    if one.input_claims.is_empty() && !hole {
        let message =
            message!("technical profile `{}` has no input claim by which the user is found", one.id.value);
        report.graded(
            view.grade(Sort::Profile, index),
            Diagnostic::error(codes::MISSING_INPUT, one.span, message),
        );
    }
    let persists = matches!(operation, Operation::Write | Operation::DeleteClaims);
    for claim in one.persisted_claims.iter().filter(|_| persists) {
        if let Some(wanted) = name(&claim.claim_type_reference_id, &claim.partner_claim_type) {
            check_attribute(&wanted, 'P', grade, report);
        }
    }
    for claim in one.output_claims.iter().filter(|claim| claim.default_value.is_none()) {
        if let Some(wanted) = name(&claim.claim_type_reference_id, &claim.partner_claim_type) {
            check_attribute(&wanted, 'O', report.lenient(grade), report);
        }
    }
}

fn check_attribute(wanted: &Spanned<String>, purpose: char, grade: Option<Severity>, report: &mut Report) {
    let verb = match purpose {
        'I' => "find a user by",
        'P' => "persist",
        _ => "read",
    };
    if !directory::is_well_formed(wanted) {
        let message = message!("`{}` is no name of an attribute of the policy's own", wanted.value);
        let help = "such a name is `extension_` and then letters, digits and `_`";
        report.graded(grade, Diagnostic::error(codes::EXTENSION_NAME, wanted.span, message).help(help));
        return;
    }
    match directory::find(wanted) {
        Some((_, uses)) if uses.contains(purpose) => {}
        Some((name, uses)) if purpose == 'P' && uses.contains('R') => {
            let message = message!("the directory attribute `{name}` cannot be changed; it is passed over");
            report.warning(codes::UNKNOWN_ATTRIBUTE_NAME, wanted.span, message);
        }
        Some((name, _)) => {
            let message = message!("a policy cannot {verb} the directory attribute `{name}`");
            report.graded(grade, Diagnostic::error(codes::UNKNOWN_ATTRIBUTE_NAME, wanted.span, message));
        }
        None => {
            let message = message!("the directory has no attribute `{}`", wanted.value);
            let diagnostic = Diagnostic::error(codes::UNKNOWN_ATTRIBUTE_NAME, wanted.span, message);
            let fit = ATTRIBUTES.iter().filter(|row| row.uses.contains(purpose)).map(|row| row.name);
            let diagnostic = diagnostic.did_you_mean(wanted, fit);
            report.graded(grade, diagnostic.help("attributes of your own are named `extension_NAME`"));
        }
    }
}
