//! A workspace says at every moment what a compilation from nothing says.

use super::*;
use crate::compile;
use crate::diagnostic::codes;

fn file(id: &str, base: Option<&str>, body: &str) -> String {
    let base = base.map_or_else(String::new, |base| {
        format!(
            "<BasePolicy><TenantId>contoso.onmicrosoft.com</TenantId><PolicyId>{base}</PolicyId></BasePolicy>"
        )
    });
    format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"contoso.onmicrosoft.com\" PolicyId=\"{id}\" \
         PublicPolicyUri=\"http://contoso.onmicrosoft.com/{id}\">{base}{body}</TrustFrameworkPolicy>"
    )
}

fn claim(id: &str) -> String {
    let claim = format!("<ClaimType Id=\"{id}\"><DataType>string</DataType></ClaimType>");
    format!("<BuildingBlocks><ClaimsSchema>{claim}</ClaimsSchema></BuildingBlocks>")
}

fn profile(claim: &str) -> String {
    format!(
        "<ClaimsProviders><ClaimsProvider><TechnicalProfiles><TechnicalProfile Id=\"P\"><OutputClaims>\
         <OutputClaim ClaimTypeReferenceId=\"{claim}\" /></OutputClaims></TechnicalProfile></TechnicalProfiles>\
         </ClaimsProvider></ClaimsProviders>"
    )
}

/// What is said of the files from nothing, as text.
fn anew(files: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    let mut sources = Sources::default();
    for (name, text) in files {
        sources.add(name, text.as_bytes());
    }
    let compiled = compile(&sources);
    (compiled.diagnostics.to_text(&sources, false), revisions(&compiled))
}

fn revisions(compiled: &Compiled) -> Vec<(String, String)> {
    compiled.policies.iter().map(|policy| (policy.id.to_string(), policy.revision.clone())).collect()
}

fn said(workspace: &mut Workspace) -> (String, Vec<(String, String)>) {
    let revisions = revisions(workspace.compiled());
    (workspace.diagnostics().clone().to_text(workspace.sources(), false), revisions)
}

#[test]
fn every_edit_is_answered_as_from_nothing() {
    let bases = [file("A", None, &claim("x")), file("A", None, &claim("y")), file("A", None, "<broken")];
    let leaves =
        [file("B", Some("A"), &profile("x")), file("B", Some("A"), &profile("y")), file("B", Some("C"), "")];
    let mut workspace = Workspace::default();
    let mut heard = Vec::new();
    for (base, leaf) in [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (0, 2), (0, 0)] {
        let (base, leaf) = (&bases[base], &leaves[leaf]);
        workspace.put("a.xml", base.as_bytes());
        workspace.put("b.xml", leaf.as_bytes());
        let said = said(&mut workspace);
        assert_eq!(said, anew(&[("a.xml", base), ("b.xml", leaf)]));
        heard.push(said.0);
    }
    assert_eq!(heard.first(), heard.last(), "what was wrong in between is forgotten");
    heard.dedup();
    assert_eq!(heard.len(), 7, "each of these edits changes what is said: {heard:?}");
}

#[test]
fn a_file_that_is_taken_out_is_missing_and_keeps_its_number() {
    let (base, leaf) = (file("A", None, &claim("x")), file("B", Some("A"), &profile("x")));
    let mut workspace = Workspace::default();
    let first = workspace.put("a.xml", base.as_bytes());
    workspace.put("b.xml", leaf.as_bytes());
    assert!(workspace.diagnostics().is_empty());
    workspace.remove("a.xml");
    assert!(workspace.tree(first).is_none());
    let codes: Vec<&str> = workspace.diagnostics().iter().map(|one| one.code.id).collect();
    assert_eq!(codes, [codes::BASE_MISSING.id]);
    assert_eq!(workspace.put("a.xml", base.as_bytes()), first);
    assert!(workspace.diagnostics().is_empty());
}

#[test]
fn the_same_text_again_is_no_change() {
    let mut workspace = Workspace::default();
    let id = workspace.put("a.xml", file("A", None, &profile("x")).as_bytes());
    assert_eq!(workspace.diagnostics().count(), 1);
    workspace.put("a.xml", file("A", None, &profile("x")).as_bytes());
    assert!(workspace.compiled.is_some(), "nothing is compiled again");
    workspace.put("a.xml", file("A", None, "").as_bytes());
    assert_eq!(workspace.diagnostics().count(), 0);
    assert_eq!(workspace.sources().get(id).map(|source| source.name()), Some("a.xml"));
}
