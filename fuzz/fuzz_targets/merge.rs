//! Two or three small policies as one chain: the input is the inside of their root elements, divided by lines of `---`.
//! Nothing may panic or hang; merging has no memory, keeps every id of the chain once, and what a workspace says after an
//! edit is what a compilation from nothing says.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use vestibule_engine::source::Sources;
use vestibule_engine::syntax::{TrustFrameworkPolicy, fold};
use vestibule_engine::{Purpose, Workspace, compile, inherit, syntax};

const MOST: usize = 3;

fuzz_target!(|text: &str| {
    let parts: Vec<&str> = text.split("\n---\n").take(MOST).collect();
    let mut sources = Sources::default();
    let mut files: Vec<(String, String)> = Vec::new();
    for (at, body) in parts.iter().enumerate() {
        files.push((format!("{at}.xml"), policy(at, body)));
    }
    for (name, text) in &files {
        sources.add(name, text.as_bytes());
    }
    let trees: Vec<TrustFrameworkPolicy> = sources.iter().map(|source| syntax::parse(source).0).collect();
    if let Some(chain) = trees.last().and_then(|leaf| inherit::chain(leaf, &trees).ok()) {
        let merged = inherit::merge(&chain).expect("a chain is not empty");
        assert!(inherit::merge(&chain).as_ref() == Some(&merged));
        let written =
            chain.iter().flat_map(|tree| &tree.claims_providers).flat_map(|one| &one.technical_profiles);
        let written: BTreeSet<String> = written.map(|one| fold(&one.id)).collect();
        let kept: BTreeSet<String> = merged.technical_profiles.iter().map(|one| fold(&one.id)).collect();
        assert_eq!(written, kept);
    }
    let compiled = compile(&sources);
    let said = compiled.diagnostics.to_text(&sources, false);
    let mut workspace = Workspace::new(Purpose::Check, None);
    for (name, _) in &files {
        workspace.put(name, policy(0, "").as_bytes());
    }
    workspace.compiled();
    for (name, text) in &files {
        workspace.put(name, text.as_bytes());
        workspace.compiled();
    }
    assert_eq!(workspace.diagnostics().clone().to_text(&sources, false), said);
});

fn policy(at: usize, body: &str) -> String {
    let base = at.checked_sub(1).map_or_else(String::new, |base| {
        format!("<BasePolicy><TenantId>x.onmicrosoft.com</TenantId><PolicyId>B2C_1A_{base}</PolicyId></BasePolicy>")
    });
    format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"x.onmicrosoft.com\" PolicyId=\"B2C_1A_{at}\" \
         PublicPolicyUri=\"http://x.onmicrosoft.com/B2C_1A_{at}\">{base}{body}</TrustFrameworkPolicy>"
    )
}
