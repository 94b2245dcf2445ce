//! The largest policies the bounds let through, in the shapes that cost a compiler most. In: nothing. Out: files by name,
//! each as near to 1 MiB as its shape allows, most of them ten levels deep.

use std::fmt::Write as _;

/// Files of one chain, root first, by name.
pub(crate) type Files = Vec<(String, String)>;

/// Bytes of one file; a policy may have 1 MiB.
const FULL: usize = 1024 * 1024 - 4096;
/// Technical profiles and claim types that a file may declare.
const MOST_PROFILES: usize = 4_000;
const MOST_CLAIMS: usize = 10_000;
/// Policies of a chain: one and the ten bases it may have.
const LEVELS: usize = 11;

/// A shape: its name, its files, and how often each code is said of its last policy.
pub(crate) type Shape = (&'static str, fn() -> Files, &'static [(&'static str, usize)]);

/// Every shape.
pub(crate) fn shapes() -> Vec<Shape> {
    vec![
        ("claims", || levels(|level, n| (claims_schema, claim(&format!("c{level}x{n}")))), &[]),
        ("claims overlaid", || levels(|_, n| (claims_schema, claim(&format!("c{n}")))), &[]),
        ("enumeration", enumeration, &[]),
        ("profiles", || levels(|level, n| (providers, profile(&format!("P{level}x{n}"), ""))), &[]),
        ("profiles overlaid", || levels(|_, n| (providers, profile(&format!("P{n}"), ""))), &[]),
        ("includes of pairs", || levels(|level, n| (providers, include(level, n, 2))), &[]),
        ("includes in chains", || levels(|level, n| (providers, include(level, n, 99))), &[]),
        ("one page", page, &[]),
        ("inputs", inputs, &[]),
        (
            "transformations",
            || levels(|level, n| (transformations, transformation(&format!("T{level}x{n}")))),
            &[],
        ),
        ("texts", || levels(|level, n| (resources, text(&format!("r{level}"), n))), &[]),
        ("texts in parts", || levels(|_, n| (localization, part(n))), &[]),
        ("texts for nothing", texts_for_nothing, &[("V0806", 20)]),
        ("steps", steps, &[]),
        ("exchanges", exchanges, &[("V0515", 1000)]),
        ("selections of nothing", selections_of_nothing, &[("V0311", 1000)]),
        ("sub-journeys", sub_journeys, &[]),
        ("settings", settings, &[("V0504", 999), ("V0520", 1)]),
        ("unknown names", unknown_names, &[("V0301", 1000)]),
        (
            "unknown elements",
            || vec![file("0", None, &fill(|n| format!("<Unknwon{n}/>"), FULL))],
            &[("V0101", 1000)],
        ),
        (
            "deep",
            || vec![file("0", None, &fill(|_| format!("{}{}", "<a>".repeat(90), "</a>".repeat(90)), FULL))],
            &[("V0009", 1)],
        ),
    ]
}

type Wrap = fn(&str) -> String;

/// A chain whose every file is full of what `entry` gives for a level and a number.
fn levels(entry: impl Fn(usize, usize) -> (Wrap, String)) -> Files {
    (0..LEVELS)
        .map(|level| {
            let (wrap, _) = entry(level, 0);
            let body = wrap(&fill(|n| entry(level, n).1, FULL));
            file(&level.to_string(), level.checked_sub(1), &body)
        })
        .collect()
}

fn fill(entry: impl Fn(usize) -> String, most: usize) -> String {
    let mut text = String::with_capacity(most);
    for n in 0.. {
        let next = entry(n);
        let bound = next.starts_with("<TechnicalProfile") && n >= MOST_PROFILES
            || next.starts_with("<ClaimType ") && n >= MOST_CLAIMS;
        if bound || text.len() + next.len() > most {
            break;
        }
        text.push_str(&next);
    }
    text
}

fn file(id: &str, base: Option<usize>, body: &str) -> (String, String) {
    let base = base.map_or_else(String::new, |base| {
        format!("<BasePolicy><TenantId>x.onmicrosoft.com</TenantId><PolicyId>B2C_1A_{base}</PolicyId></BasePolicy>")
    });
    let text = format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"x.onmicrosoft.com\" PolicyId=\"B2C_1A_{id}\" \
         PublicPolicyUri=\"http://x.onmicrosoft.com/B2C_1A_{id}\">{base}{body}</TrustFrameworkPolicy>"
    );
    (format!("{id}.xml"), text)
}

fn claims_schema(inner: &str) -> String {
    format!("<BuildingBlocks><ClaimsSchema>{inner}</ClaimsSchema></BuildingBlocks>")
}

fn providers(inner: &str) -> String {
    format!(
        "<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>{inner}\
         </TechnicalProfiles></ClaimsProvider></ClaimsProviders>"
    )
}

fn transformations(inner: &str) -> String {
    format!(
        "<BuildingBlocks><ClaimsSchema>{}</ClaimsSchema><ClaimsTransformations>{inner}</ClaimsTransformations>\
         </BuildingBlocks>",
        claim("c")
    )
}

fn localization(inner: &str) -> String {
    format!("<BuildingBlocks><Localization>{inner}</Localization></BuildingBlocks>")
}

fn resources(inner: &str) -> String {
    localization(&format!(
        "<LocalizedResources Id=\"r\"><LocalizedStrings>{inner}</LocalizedStrings></LocalizedResources>"
    ))
}

fn claim(id: &str) -> String {
    format!("<ClaimType Id=\"{id}\"><DataType>string</DataType></ClaimType>")
}

fn profile(id: &str, inner: &str) -> String {
    format!("<TechnicalProfile Id=\"{id}\">{inner}</TechnicalProfile>")
}

/// Each profile includes the one before it, in groups.
fn include(level: usize, n: usize, group: usize) -> String {
    let id = format!("P{level}x{n}");
    if n.is_multiple_of(group) {
        return profile(&id, "<Metadata><Item Key=\"k\">v</Item></Metadata>");
    }
    profile(&id, &format!("<IncludeTechnicalProfile ReferenceId=\"P{level}x{}\"/>", n - 1))
}

fn transformation(id: &str) -> String {
    format!(
        "<ClaimsTransformation Id=\"{id}\" TransformationMethod=\"CopyClaim\"><InputClaims>\
         <InputClaim ClaimTypeReferenceId=\"c\" TransformationClaimType=\"inputClaim\"/></InputClaims><OutputClaims>\
         <OutputClaim ClaimTypeReferenceId=\"c\" TransformationClaimType=\"outputClaim\"/></OutputClaims>\
         </ClaimsTransformation>"
    )
}

fn text(id: &str, n: usize) -> String {
    format!("<LocalizedString ElementType=\"UxElement\" StringId=\"{id}s{n}\">t</LocalizedString>")
}

fn part(n: usize) -> String {
    format!(
        "<LocalizedResources Id=\"r\"><LocalizedStrings>{}</LocalizedStrings></LocalizedResources>",
        text("r", n)
    )
}

fn enumeration() -> Files {
    (0..LEVELS)
        .map(|level| {
            let items = fill(|n| format!("<Enumeration Text=\"{n}\" Value=\"{level}x{n}\"/>"), FULL);
            let body = format!(
                "<ClaimType Id=\"c\"><DataType>string</DataType><Restriction MergeBehavior=\"Append\">{items}</Restriction>\
                 </ClaimType>"
            );
            file(&level.to_string(), level.checked_sub(1), &claims_schema(&body))
        })
        .collect()
}

/// What a page, its journey and its relying party need.
fn whole(claims: &str, profiles: &str, steps: &str, rest: &str) -> String {
    let contents = "<ContentDefinitions><ContentDefinition Id=\"api.page\"><LoadUri>~/tenant/x.cshtml</LoadUri>\
                    <RecoveryUri>~/common/x.html</RecoveryUri>\
                    <DataUri>urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7</DataUri>\
                    </ContentDefinition></ContentDefinitions>";
    let issuer = profile(
        "I",
        "<DisplayName>I</DisplayName><Protocol Name=\"OpenIdConnect\"/><OutputTokenFormat>JWT</OutputTokenFormat>\
         <Metadata><Item Key=\"issuer_refresh_token_user_identity_claim_type\">c0</Item></Metadata><CryptographicKeys>\
         <Key Id=\"issuer_secret\" StorageReferenceId=\"B2C_1A_S\"/>\
         <Key Id=\"issuer_refresh_token_key\" StorageReferenceId=\"B2C_1A_E\"/></CryptographicKeys>",
    );
    format!(
        "<BuildingBlocks><ClaimsSchema>{claims}</ClaimsSchema>{contents}</BuildingBlocks>{}<UserJourneys>\
         <UserJourney Id=\"J\" DefaultCpimIssuerTechnicalProfileReferenceId=\"I\"><OrchestrationSteps>{steps}\
         </OrchestrationSteps></UserJourney></UserJourneys>{rest}<RelyingParty><DefaultUserJourney ReferenceId=\"J\"/>\
         <TechnicalProfile Id=\"PolicyProfile\"><DisplayName>x</DisplayName><Protocol Name=\"OpenIdConnect\"/>\
         <OutputClaims><OutputClaim ClaimTypeReferenceId=\"c0\" PartnerClaimType=\"sub\" DefaultValue=\"x\"/></OutputClaims>\
         <SubjectNamingInfo ClaimType=\"sub\"/></TechnicalProfile></RelyingParty>",
        providers(&format!("{issuer}{profiles}"))
    )
}

const ASK: &str = "<DisplayName>p</DisplayName><Protocol Name=\"Proprietary\" \
                   Handler=\"Web.TPEngine.Providers.SelfAssertedAttributeProvider, Web.TPEngine\"/>\
                   <Metadata><Item Key=\"ContentDefinitionReferenceId\">api.page</Item></Metadata>";

/// The step `n`, from 1, of this kind.
fn step(n: usize, kind: &str, inner: &str) -> String {
    format!("<OrchestrationStep Order=\"{n}\" Type=\"{kind}\">{inner}</OrchestrationStep>")
}

fn send(n: usize) -> String {
    format!(
        "<OrchestrationStep Order=\"{n}\" Type=\"SendClaims\" CpimIssuerTechnicalProfileReferenceId=\"I\"/>"
    )
}

fn exchange(id: &str) -> String {
    format!(
        "<ClaimsExchanges><ClaimsExchange Id=\"{id}\" TechnicalProfileReferenceId=\"P\"/></ClaimsExchanges>"
    )
}

/// A page with thousands of fields and as many validation profiles, each of which gives a claim.
fn page() -> Files {
    let claims = fill(
        |n| {
            format!(
                "<ClaimType Id=\"c{n}\"><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>"
            )
        },
        FULL / 5,
    );
    let count = claims.matches("<ClaimType ").count();
    let outputs = |count: usize| {
        (0..count).fold(String::new(), |mut text, n| {
            let _ = write!(text, "<OutputClaim ClaimTypeReferenceId=\"c{n}\"/>");
            text
        })
    };
    let checks: String = (0..count / 2)
        .map(|n| {
            let read = "<DisplayName>v</DisplayName><Protocol Name=\"Proprietary\" \
                    Handler=\"Web.TPEngine.Providers.ClaimsTransformationProtocolProvider, Web.TPEngine\"/>";
            profile(
                &format!("V{n}"),
                &format!("{read}<OutputClaims><OutputClaim ClaimTypeReferenceId=\"c{n}\"/></OutputClaims>"),
            )
        })
        .collect();
    let validations: String =
        (0..count / 2).map(|n| format!("<ValidationTechnicalProfile ReferenceId=\"V{n}\"/>")).collect();
    let page = profile(
        "P",
        &format!(
            "{ASK}<OutputClaims>{}</OutputClaims><ValidationTechnicalProfiles>{validations}</ValidationTechnicalProfiles>",
            outputs(count)
        ),
    );
    let steps = format!("{}{}", step(1, "ClaimsExchange", &exchange("E")), send(2));
    vec![file("0", None, &whole(&claims, &format!("{page}{checks}"), &steps, ""))]
}

/// A journey of thousands of steps, each with a precondition.
fn steps() -> Files {
    let page = profile(
        "P",
        &format!("{ASK}<OutputClaims><OutputClaim ClaimTypeReferenceId=\"c0\"/></OutputClaims>"),
    );
    let claim =
        "<ClaimType Id=\"c0\"><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>";
    let condition = "<Preconditions><Precondition Type=\"ClaimsExist\" ExecuteActionsIf=\"true\"><Value>c0</Value>\
                     <Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions>";
    let mut all = fill(
        |n| step(n + 1, "ClaimsExchange", &format!("{condition}{}", exchange(&format!("E{n}")))),
        FULL - 8192,
    );
    all.push_str(&send(all.matches("<OrchestrationStep ").count() + 1));
    vec![file("0", None, &whole(claim, &page, &all, ""))]
}

/// A choice of thousands of providers.
fn exchanges() -> Files {
    let provider = |n: usize| {
        profile(
            &format!("P{n}"),
            "<DisplayName>x</DisplayName><Protocol Name=\"OpenIdConnect\"/><Metadata><Item Key=\"client_id\">x</Item>\
             <Item Key=\"METADATA\">https://x.example</Item></Metadata><CryptographicKeys><Key Id=\"client_secret\" \
             StorageReferenceId=\"B2C_1A_C\"/></CryptographicKeys>",
        )
    };
    let count = 1_800;
    let list = |entry: fn(usize) -> String| (0..count).map(entry).collect::<String>();
    let choice = list(|n| format!("<ClaimsProviderSelection TargetClaimsExchangeId=\"E{n}\"/>"));
    let choice = format!("<ClaimsProviderSelections>{choice}</ClaimsProviderSelections>");
    let run = list(|n| format!("<ClaimsExchange Id=\"E{n}\" TechnicalProfileReferenceId=\"P{n}\"/>"));
    let steps = [
        format!(
            "<OrchestrationStep Order=\"1\" Type=\"ClaimsProviderSelection\" ContentDefinitionReferenceId=\"api.page\">{choice}</OrchestrationStep>"
        ),
        step(2, "ClaimsExchange", &format!("<ClaimsExchanges>{run}</ClaimsExchanges>")),
        send(3),
    ];
    let profiles: String = (0..count).map(provider).collect();
    vec![file("0", None, &whole(&claim("c0"), &profiles, &steps.concat(), ""))]
}

/// Nine levels of sub-journeys, each calling every one of the next.
fn sub_journeys() -> Files {
    const WIDTH: usize = 28;
    let mut all = String::new();
    for level in 0..9 {
        for one in 0..WIDTH {
            let _ = write!(all, "<SubJourney Id=\"S{level}x{one}\" Type=\"Call\"><OrchestrationSteps>");
            for next in 0..WIDTH {
                let list = format!(
                    "<JourneyList><Candidate SubJourneyReferenceId=\"S{}x{next}\"/></JourneyList>",
                    level + 1
                );
                all.push_str(&step(next + 1, "InvokeSubJourney", &list));
            }
            all.push_str("</OrchestrationSteps></SubJourney>");
        }
    }
    for one in 0..WIDTH {
        let _ = write!(
            all,
            "<SubJourney Id=\"S9x{one}\" Type=\"Call\"><OrchestrationSteps>{}</OrchestrationSteps></SubJourney>",
            step(1, "Noop", "")
        );
    }
    let list = "<JourneyList><Candidate SubJourneyReferenceId=\"S0x0\"/></JourneyList>";
    let steps = format!("{}{}", step(1, "InvokeSubJourney", list), send(2));
    let all = format!("<SubJourneys>{all}</SubJourneys>");
    vec![file("0", None, &whole(&claim("c0"), "", &steps, &all))]
}

/// A page's own steps around one profile.
fn asked(claims: &str, profiles: &str) -> Files {
    let steps = format!("{}{}", step(1, "ClaimsExchange", &exchange("E")), send(2));
    vec![file("0", None, &whole(claims, profiles, &steps, ""))]
}

/// A profile of thousands of inputs, all of them needed.
fn inputs() -> Files {
    let inputs = fill(
        |n| {
            format!(
                "<InputClaim ClaimTypeReferenceId=\"c0\" PartnerClaimType=\"p{n}\" Required=\"true\" DefaultValue=\"x\"/>"
            )
        },
        FULL - 8192,
    );
    let profile = profile(
        "P",
        &format!(
            "{ASK}<InputClaims>{inputs}</InputClaims><OutputClaims><OutputClaim ClaimTypeReferenceId=\"c0\"/></OutputClaims>"
        ),
    );
    asked(&claim("c0"), &profile)
}

/// Thousands of texts for claim types that do not exist, among thousands that do.
fn texts_for_nothing() -> Files {
    let claims = fill(|n| claim(&format!("claimNumber{n}")), FULL);
    let texts = fill(
        |n| {
            format!(
                "<LocalizedString ElementType=\"ClaimType\" ElementId=\"claimNmuber{n}\" StringId=\"DisplayName\">t</LocalizedString>"
            )
        },
        FULL,
    );
    let page = profile(
        "P",
        &format!("{ASK}<OutputClaims><OutputClaim ClaimTypeReferenceId=\"c0\"/></OutputClaims>"),
    );
    let field =
        "<ClaimType Id=\"c0\"><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>";
    let steps = format!("{}{}", step(1, "ClaimsExchange", &exchange("E")), send(2));
    vec![
        file("0", None, &claims_schema(&claims)),
        file("1", Some(0), &resources(&texts)),
        file("2", Some(1), &whole(field, &page, &steps, "")),
    ]
}

/// A choice of thousands of exchanges that the next step does not have, where it has thousands of others.
fn selections_of_nothing() -> Files {
    let choice =
        fill(|n| format!("<ClaimsProviderSelection TargetClaimsExchangeId=\"E1x{n}\"/>"), FULL / 2 - 8192);
    let run = fill(
        |n| format!("<ClaimsExchange Id=\"E2x{n}\" TechnicalProfileReferenceId=\"P\"/>"),
        FULL / 2 - 8192,
    );
    let steps = [
        format!(
            "<OrchestrationStep Order=\"1\" Type=\"ClaimsProviderSelection\" ContentDefinitionReferenceId=\"api.page\">\
             <ClaimsProviderSelections>{choice}</ClaimsProviderSelections></OrchestrationStep>"
        ),
        step(2, "ClaimsExchange", &format!("<ClaimsExchanges>{run}</ClaimsExchanges>")),
        send(3),
    ];
    let page = profile(
        "P",
        &format!(
            "{ASK}<OutputClaims><OutputClaim ClaimTypeReferenceId=\"c0\" DefaultValue=\"x\"/></OutputClaims>"
        ),
    );
    vec![file("0", None, &whole(&claim("c0"), &page, &steps.concat(), ""))]
}

/// A REST profile of unknown settings, whose address is nothing but placeholders.
fn settings() -> Files {
    let items = fill(|n| format!("<Item Key=\"ServiceUlr{n}\">x</Item>"), FULL / 2);
    let address = fill(|n| format!("{{c{n}}}"), FULL / 2 - 8192);
    let profile = profile(
        "P",
        &format!(
            "<DisplayName>x</DisplayName><Protocol Name=\"Proprietary\" \
             Handler=\"Web.TPEngine.Providers.RestfulProvider, Web.TPEngine\"/><Metadata><Item Key=\"ServiceUrl\">\
             https://x.example/{address}</Item><Item Key=\"AuthenticationType\">None</Item>{items}</Metadata>\
             <OutputClaims><OutputClaim ClaimTypeReferenceId=\"c0\"/></OutputClaims>"
        ),
    );
    asked(&claim("c0"), &profile)
}

/// Thousands of references to nothing, among thousands of names that are a little like them.
fn unknown_names() -> Files {
    let claims = fill(|n| claim(&format!("claimNumber{n}")), FULL / 2);
    let outputs =
        fill(|n| format!("<OutputClaim ClaimTypeReferenceId=\"claimNmuber{n}\"/>"), FULL / 2 - 8192);
    let profile = profile("P", &format!("<OutputClaims>{outputs}</OutputClaims>"));
    vec![file("0", None, &format!("{}{}", claims_schema(&claims), providers(&profile)))]
}
