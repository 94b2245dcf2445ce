//! The report on small policies: verdicts and their reasons, what is needed, and its link to the documentation.

use vestibule_engine::source::Sources;

use super::needs::is_needed;
use super::points::ROWS;
use super::{Application, Report, Verdict, analyze, html, text};
use crate::set::Set;

const COMPATIBILITY: &str = include_str!("../../../../docs/compatibility.md");

/// A policy of these technical profiles, run one after another, and of these building blocks.
fn policy(blocks: &str, profiles: &[(&str, &str)], behaviours: &str) -> String {
    let steps: String = profiles
        .iter()
        .enumerate()
        .map(|(at, (id, _))| {
            format!(
                r#"<OrchestrationStep Order="{}" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="E{at}" TechnicalProfileReferenceId="{id}"/></ClaimsExchanges></OrchestrationStep>"#,
                at + 1
            )
        })
        .collect();
    let written: String = profiles.iter().map(|(_, text)| *text).collect();
    format!(
        r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0" TenantId="contoso.onmicrosoft.com" PolicyId="B2C_1A_one" PublicPolicyUri="http://contoso.onmicrosoft.com/B2C_1A_one">
<BuildingBlocks><ClaimsSchema><ClaimType Id="sub"><DataType>string</DataType></ClaimType><ClaimType Id="extension_Color"><DataType>boolean</DataType></ClaimType><ClaimType Id="objectId"><DataType>string</DataType></ClaimType></ClaimsSchema>{blocks}</BuildingBlocks>
<ClaimsProviders><ClaimsProvider><DisplayName>All</DisplayName><TechnicalProfiles>{written}
<TechnicalProfile Id="JwtIssuer"><DisplayName>JWT</DisplayName><Protocol Name="OpenIdConnect"/><OutputTokenFormat>JWT</OutputTokenFormat><Metadata><Item Key="client_id">{{service:te}}</Item><Item Key="issuer_refresh_token_user_identity_claim_type">objectId</Item><Item Key="SendTokenResponseBodyWithJsonNumbers">true</Item></Metadata><CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_Sign"/><Key Id="issuer_refresh_token_key" StorageReferenceId="B2C_1A_Seal"/></CryptographicKeys></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="Main"><OrchestrationSteps>{steps}<OrchestrationStep Order="{}" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer"/></OrchestrationSteps></UserJourney></UserJourneys>
<RelyingParty><DefaultUserJourney ReferenceId="Main"/>{behaviours}<TechnicalProfile Id="PolicyProfile"><DisplayName>P</DisplayName><Protocol Name="OpenIdConnect"/><OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" DefaultValue="x"/></OutputClaims><SubjectNamingInfo ClaimType="sub"/></TechnicalProfile></RelyingParty>
</TrustFrameworkPolicy>"#,
        profiles.len() + 1
    )
}

const TRANSFORM: (&str, &str) = (
    "Compute",
    r#"<TechnicalProfile Id="Compute"><DisplayName>C</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.ClaimsTransformationProtocolProvider, Web.TPEngine"/></TechnicalProfile>"#,
);
const DIRECTORY: (&str, &str) = (
    "Reader",
    r#"<TechnicalProfile Id="Reader"><DisplayName>R</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.AzureActiveDirectoryProvider, Web.TPEngine"/><Metadata><Item Key="Operation">Read</Item><Item Key="ClientId">11111111-2222-3333-4444-555555555555</Item></Metadata><CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_Sign"/></CryptographicKeys><InputClaims><InputClaim ClaimTypeReferenceId="objectId" Required="true"/></InputClaims><OutputClaims><OutputClaim ClaimTypeReferenceId="extension_Color"/></OutputClaims></TechnicalProfile>"#,
);
const REST: (&str, &str) = (
    "Ask",
    r#"<TechnicalProfile Id="Ask"><DisplayName>A</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.RestfulProvider, Web.TPEngine"/><Metadata><Item Key="ServiceUrl">https://api.contoso.com/check</Item><Item Key="AuthenticationType">Basic</Item></Metadata><CryptographicKeys><Key Id="BasicAuthenticationUsername" StorageReferenceId="B2C_1A_User"/><Key Id="BasicAuthenticationPassword" StorageReferenceId="B2C_1A_Password"/></CryptographicKeys></TechnicalProfile>"#,
);

/// The report on a policy; all profiles run, or none of those that a version may not run.
fn report(text: &str, all_run: bool) -> Report {
    let mut sources = Sources::default();
    sources.add("one.xml", text.as_bytes());
    let mut set = Set::of(&sources);
    for member in &mut set.members {
        member.not_run.clear();
        let foreign = member.tree.technical_profiles.iter().filter(|one| *one.id == "Ask");
        let places: Vec<_> = foreign.map(|one| one.id.span).collect();
        member.not_run.extend(places.into_iter().filter(|_| !all_run));
    }
    analyze(&set, &sources)
}

fn reasons(report: &Report) -> Vec<(Verdict, &str)> {
    let all = report.policies.iter().flat_map(|policy| &policy.reasons);
    all.map(|reason| (reason.verdict, reason.text.as_str())).collect()
}

#[test]
fn a_policy_that_runs_as_it_is_is_green() {
    let report = report(&policy("", &[TRANSFORM], ""), true);
    assert_eq!(
        reasons(&report),
        [(Verdict::Green, "Everything it uses runs here; only its token keys have to be made")]
    );
    assert_eq!((report.summary.green, report.summary.amber, report.summary.red), (1, 0, 0));
    let keys: Vec<(&str, &str)> =
        report.needs.keys.iter().map(|key| (key.container.as_str(), key.purpose.as_str())).collect();
    assert_eq!(keys, [("B2C_1A_Seal", "seals refresh tokens"), ("B2C_1A_Sign", "signs tokens")]);
}

#[test]
fn a_service_outside_is_amber_and_listed_with_its_keys() {
    let report = report(&policy("", &[REST], ""), true);
    assert_eq!(
        reasons(&report),
        [
            (Verdict::Amber, "Calls REST services, which this server must reach: Ask"),
            (Verdict::Amber, "Needs keys whose content only you have: B2C_1A_User, B2C_1A_Password"),
        ]
    );
    let [service] = report.needs.services.as_slice() else { panic!("one service") };
    assert_eq!(
        (service.url.as_str(), service.authentication.as_str()),
        ("https://api.contoso.com/check", "Basic")
    );
    let commands: Vec<&str> = report.needs.keys.iter().filter_map(|key| key.command.as_deref()).collect();
    assert!(
        commands.contains(
            &"vestibule key import B2C_1A_User --use sig --file SECRET.txt --config vestibule.toml"
        ),
        "{commands:?}"
    );
}

#[test]
fn what_this_version_does_not_run_is_red_and_asks_for_nothing_yet() {
    let report = report(&policy("", &[REST], ""), false);
    assert_eq!(reasons(&report), [(Verdict::Red, "REST call: not run by this version (Ask)")]);
    let step = report.steps.iter().find(|step| step.title.contains("REST")).map(|step| step.text.as_str());
    assert!(step.is_some_and(|text| text.contains("does not run them yet")), "{step:?}");
}

#[test]
fn a_policy_that_does_not_compile_is_red_with_its_errors_and_places() {
    let broken = policy("", &[TRANSFORM], "")
        .replace(r#"TechnicalProfileReferenceId="Compute""#, r#"TechnicalProfileReferenceId="Nobody""#);
    let report = report(&broken, true);
    let all = reasons(&report);
    let [(Verdict::Red, reason)] = all.as_slice() else { panic!("{all:?}") };
    assert!(
        reason.starts_with("V0303 ") && reason.contains("`Nobody`") && reason.contains("(one.xml:"),
        "{reason}"
    );
}

#[test]
fn a_policy_without_its_base_is_red_and_not_forgotten() {
    let orphan = policy("", &[TRANSFORM], "").replace(
        "<BuildingBlocks>",
        "<BasePolicy><TenantId>contoso.onmicrosoft.com</TenantId><PolicyId>B2C_1A_base</PolicyId></BasePolicy><BuildingBlocks>",
    );
    let report = report(&orphan, true);
    let ids: Vec<&str> = report.policies.iter().map(|policy| policy.id.as_str()).collect();
    assert_eq!((ids, report.summary.red), (vec!["B2C_1A_one"], 1));
}

#[test]
fn extension_attributes_and_the_cloud_s_applications_are_told() {
    let report = report(&policy("", &[TRANSFORM, DIRECTORY], ""), true);
    let [attribute] = report.needs.attributes.as_slice() else { panic!("one attribute") };
    assert_eq!((attribute.name.as_str(), attribute.data_type), ("extension_Color", "boolean"));
    assert_eq!((attribute.read, attribute.written), (true, false));
    let [application] = report.needs.applications.as_slice() else { panic!("one application") };
    assert_eq!(application.id, "11111111-2222-3333-4444-555555555555");
    let sign = report.needs.keys.iter().find(|key| key.container == "B2C_1A_Sign");
    assert_eq!(sign.map(|key| key.ignored.clone()), Some(vec!["Reader (issuer_secret)".to_owned()]));
}

#[test]
fn every_point_stands_in_the_page_it_leads_to() {
    for row in ROWS {
        let (_, chapter) = COMPATIBILITY
            .split_once(&format!("## {}\n", row.heading))
            .unwrap_or_else(|| panic!("{}", row.heading));
        let chapter = chapter.split("\n## ").next().unwrap_or_default();
        assert!(chapter.contains(&format!("\n| {} | ", row.row)), "{}: no row `{}`", row.heading, row.row);
    }
}

#[test]
fn a_hostile_policy_stays_text_in_every_format() {
    let hostile = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;";
    let service =
        REST.1.replace("https://api.contoso.com/check", &format!("https://x/{hostile}\u{85}\u{9b}31m"));
    let service = service.replace("B2C_1A_User", "B2C_1A_x';rm -rf /;'");
    let report = report(&policy("", &[("Ask", &service)], ""), true);
    let page = html(&report);
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "escaped");
    assert!(!text(&report, false).contains(['\u{85}', '\u{9b}', '\u{1b}']), "no control characters");
    let command =
        report.needs.keys.iter().find_map(|key| key.command.clone().filter(|one| one.contains("rm -rf")));
    assert!(command.is_some_and(|one| one.contains(r"'B2C_1A_x'\'';rm -rf /;'\'''")), "quoted for a shell");
}

#[test]
fn values_that_were_never_filled_in_are_told_with_their_places() {
    let text = policy("", &[TRANSFORM], "").replace("contoso.onmicrosoft.com", "yourtenant.onmicrosoft.com");
    let report = report(&text, true);
    let places: Vec<&str> = report.needs.placeholders.iter().map(|one| one.place.as_str()).collect();
    assert_eq!(places, ["one.xml:1"]);
    let (verdict, reason) = reasons(&report).into_iter().next().expect("a reason");
    assert_eq!(verdict, Verdict::Amber);
    assert!(reason.starts_with("1 placeholder is still in its files"), "{reason}");
    assert!(report.steps.iter().any(|step| step.title.starts_with("Fill in")));
}

#[test]
fn the_ids_of_the_cloud_s_own_applications_are_not_needed() {
    let application = Application { id: "ProxyApp".to_owned(), named: Vec::new(), text: "" };
    assert!(!is_needed("the metadata item `client_id` holds the placeholder `ProxyApp`", &[application]));
    assert!(is_needed("the tenant `yourtenant.onmicrosoft.com` is a placeholder", &[]));
}
