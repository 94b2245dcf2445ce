//! Deployment values that were not filled in: warnings when a policy is checked, errors where a journey would use them
//! when it is compiled to be run. And bases of other tenants, placeholders or real ones.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

use vestibule_engine::diagnostic::Severity;
use vestibule_engine::source::Sources;
use vestibule_engine::{Purpose, compile_for};

const SERVE: Purpose = Purpose::Serve { insights: false };

fn root(id: &str, tenant: &str, body: &str) -> String {
    format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"{tenant}\" PolicyId=\"{id}\" \
         PublicPolicyUri=\"http://x/{id}\">{body}</TrustFrameworkPolicy>"
    )
}

/// Our own policies, one text in them replaced.
fn own(there: &str, instead: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("our policies").flatten().map(|one| one.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "xml"));
    paths.sort();
    let texts: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).expect("UTF-8")).collect();
    assert!(texts.iter().any(|text| text.contains(there)), "no file has {there}");
    texts.iter().map(|text| text.replacen(there, instead, 1)).collect()
}

/// Severity and code of what is said under V02 and V09, and how many policies there are.
fn compiled(purpose: Purpose, texts: &[String]) -> (Vec<String>, usize) {
    let mut sources = Sources::default();
    for (at, text) in texts.iter().enumerate() {
        sources.add(&format!("{at}.xml"), text.as_bytes());
    }
    let compiled = compile_for(purpose, &sources);
    let mut said: Vec<String> = compiled
        .diagnostics
        .iter()
        .filter(|one| {
            one.severity == Severity::Error
                || one.code.id.starts_with("V09")
                || one.code.id.starts_with("V02")
        })
        .map(|one| format!("{} {} {}", one.severity.name(), one.code.id, sources.slice(one.span)))
        .collect();
    said.sort();
    (said, compiled.policies.len())
}

/// A step that calls a service, put before the token of our own sign-in.
const CALL: &str = "<TechnicalProfile Id=\"Call\"><DisplayName>Call</DisplayName><Protocol Name=\"Proprietary\" \
    Handler=\"Web.TPEngine.Providers.RestfulProvider, Web.TPEngine\" /><Metadata><Item Key=\"ServiceUrl\">ADDRESS</Item>\
    <Item Key=\"AuthenticationType\">None</Item><Item Key=\"AllowInsecureAuthInProduction\">true</Item></Metadata>\
    <InputClaims><InputClaim ClaimTypeReferenceId=\"objectId\" /></InputClaims></TechnicalProfile>";

/// Our sign-in, whose profile edit also calls a service at that address if `used`.
fn calling(address: &str, used: bool) -> Vec<String> {
    let profile = CALL.replace("ADDRESS", address);
    let mut texts = own("</TechnicalProfiles>", &format!("{profile}</TechnicalProfiles>"));
    // Only the first file with profiles has it: the base comes before the others by name.
    for text in texts.iter_mut().skip(1) {
        *text = text.replacen(&profile, "", 1);
    }
    if used {
        let page = "<ValidationTechnicalProfile ReferenceId=\"login-NonInteractive\" />";
        let with = format!("{page}<ValidationTechnicalProfile ReferenceId=\"Call\" />");
        assert!(texts.iter().any(|text| text.contains(page)), "our sign-in has a validation profile");
        texts = texts.iter().map(|text| text.replacen(page, &with, 1)).collect();
    }
    texts
}

#[test]
fn an_address_is_a_warning_and_an_error_where_a_served_journey_calls_it() {
    let (said, all) = compiled(Purpose::Check, &calling("https://api.contoso.com/x", true));
    assert_eq!(said, [""; 0]);
    let open = "https://your-api-endpoint";
    let warning = format!("warning V0902 {open}");
    assert_eq!(compiled(Purpose::Check, &calling(open, true)), (vec![warning.clone()], all));
    let (said, served) = compiled(SERVE, &calling(open, true));
    assert_eq!(said, [format!("error V0902 {open}")]);
    assert!(served < all, "the policies whose journey calls it are not served");
    assert_eq!(compiled(SERVE, &calling(open, false)), (vec![warning], all), "nobody calls it");
}

#[test]
fn an_empty_address_has_yet_to_be_filled_in() {
    let (said, _) = compiled(Purpose::Check, &calling("", true));
    assert_eq!(said, ["warning V0902 <Item"]);
    let (said, _) = compiled(SERVE, &calling("", true));
    assert_eq!(said, ["error V0902 <Item"]);
}

#[test]
fn what_the_built_in_directory_does_not_need_keeps_from_nothing() {
    let there = "<InputClaim ClaimTypeReferenceId=\"grant_type\"";
    let claim = "<InputClaim ClaimTypeReferenceId=\"nca\" PartnerClaimType=\"client_id\" \
                 DefaultValue=\"ProxyIdentityExperienceFrameworkAppId\" />";
    let texts = own(there, &format!("{claim}{there}"));
    let (said, all) = compiled(SERVE, &texts);
    assert_eq!(said, ["warning V0902 ProxyIdentityExperienceFrameworkAppId"]);
    assert_eq!(all, texts.len());
}

#[test]
fn an_instrumentation_key_is_needed_where_journeys_are_reported() {
    let there = "<ScriptExecution>";
    let element =
        "<JourneyInsights TelemetryEngine=\"ApplicationInsights\" InstrumentationKey=\"..your key...\" />";
    let texts = own(there, &format!("{element}{there}"));
    let warning = "warning V0901 ..your key...";
    let (said, all) = compiled(Purpose::Check, &texts);
    assert!(!said.is_empty() && said.iter().all(|one| one == warning), "{said:?}");
    assert_eq!(compiled(SERVE, &texts).1, all);
    let (said, served) = compiled(Purpose::Serve { insights: true }, &texts);
    assert!(said.iter().all(|one| one == "error V0901 ..your key..."), "{said:?}");
    assert!(served < all);
}

#[test]
fn a_base_of_another_placeholder_tenant_is_found_by_its_id() {
    let chain = |own: &str, named: &str, base: &str| {
        let link =
            format!("<BasePolicy><TenantId>{named}</TenantId><PolicyId>b2c_1a_BASE</PolicyId></BasePolicy>");
        compiled(Purpose::Check, &[root("B2C_1A_Base", base, ""), root("B2C_1A_Leaf", own, &link)])
    };
    let (real, other) = ("contoso.onmicrosoft.com", "fabrikam.onmicrosoft.com");
    let open = "yourtenant.onmicrosoft.com";
    assert_eq!(chain(real, real, real), (vec![], 2));
    assert_eq!(chain(real, "CONTOSO.onmicrosoft.com", real), (vec![], 2), "case does not count");
    for (own, named, base, place) in [
        (real, real, open, real),
        (open, open, real, open),
        (real, open, real, open),
        (open, real, real, open),
        (open, open, "your-tenant.onmicrosoft.com", open),
        ("{Settings:Tenant}", "{Settings:Tenant}", open, "{Settings:Tenant}"),
        ("{{tenant}}", "{{tenant}}", real, "{{tenant}}"),
    ] {
        let (said, policies) = chain(own, named, base);
        assert!(said.contains(&format!("warning V0206 {place}")), "{own}, {named}, {base}: {said:?}");
        assert!(
            said.iter().all(|one| one.starts_with("warning V0206") || one.starts_with("warning V0901")),
            "{said:?}"
        );
        assert_eq!(policies, 2, "{own}, {named}, {base}");
    }
    for (own, named, base, place) in
        [(real, real, other, real), (real, other, real, other), (other, real, real, other)]
    {
        assert_eq!(
            chain(own, named, base),
            (vec![format!("error V0205 {place}")], 1),
            "{own}, {named}, {base}"
        );
    }
}
