//! Family `traps`.

use super::set::{Parts, run};
use vestibule_engine::lint::{LINTS, Level, Levels};

const CONTENTS: &str = r#"<ContentDefinition Id="api.page"><LoadUri>~/tenant/x.cshtml</LoadUri>
  <DataUri>urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.29</DataUri></ContentDefinition>"#;
const CLAIMS: &str = r#"
  <ClaimType Id="color"><DisplayName>C</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>
  <ClaimType Id="size"><DisplayName>S</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>
  <ClaimType Id="note"><DisplayName>N</DisplayName><DataType>string</DataType><UserInputType>Paragraph</UserInputType></ClaimType>
  <ClaimType Id="email"><DisplayName>E</DisplayName><DataType>string</DataType><UserInputType>EmailBox</UserInputType></ClaimType>
  <ClaimType Id="password"><DisplayName>P</DisplayName><DataType>string</DataType><UserInputType>Password</UserInputType></ClaimType>
  <ClaimType Id="confirmPassword"><DisplayName>P</DisplayName><DataType>string</DataType><UserInputType>Password</UserInputType></ClaimType>
  <ClaimType Id="reenterPassword"><DisplayName>P</DisplayName><DataType>string</DataType><UserInputType>Password</UserInputType></ClaimType>
  <ClaimType Id="when"><DisplayName>W</DisplayName><DataType>dateTime</DataType></ClaimType>
  <ClaimType Id="plain"><DisplayName>T</DisplayName><DataType>string</DataType></ClaimType>
  <ClaimType Id="signInNames.emailAddress"><DisplayName>E</DisplayName><DataType>string</DataType></ClaimType>
  <ClaimType Id="signInNames.userName"><DisplayName>U</DisplayName><DataType>string</DataType></ClaimType>
  <ClaimType Id="alternativeSecurityId"><DisplayName>A</DisplayName><DataType>string</DataType></ClaimType>"#;

const PAGE: &str = "Web.TPEngine.Providers.SelfAssertedAttributeProvider";
const MAKE: &str = "Web.TPEngine.Providers.ClaimsTransformationProtocolProvider";
const DIRECTORY: &str = "Web.TPEngine.Providers.AzureActiveDirectoryProvider";
const SESSION: &str = "Web.TPEngine.SSO.DefaultSSOSessionProvider";

fn profile(id: &str, handler: &str, body: &str) -> String {
    format!(
        "<TechnicalProfile Id=\"{id}\"><DisplayName>{id}</DisplayName><Protocol Name=\"Proprietary\" Handler=\"{handler}, Web.TPEngine\" />{body}</TechnicalProfile>"
    )
}

const CONTENT_ITEM: &str = "<Item Key=\"ContentDefinitionReferenceId\">api.page</Item>";

fn ask(metadata: &str, body: &str) -> String {
    profile("P1", PAGE, &format!("<Metadata>{CONTENT_ITEM}{metadata}</Metadata>{body}"))
}

/// A policy whose steps run the profiles P1 to Pn of these, in order; others are there to be named.
fn policy(profiles: &[String]) -> String {
    let runs = profiles.iter().filter(|one| one.contains("Id=\"P1\"") || one.contains("Id=\"P2\"")).count();
    let steps: String = (1..=runs)
        .map(|order| {
            format!(
                "<OrchestrationStep Order=\"{order}\" Type=\"ClaimsExchange\"><ClaimsExchanges><ClaimsExchange Id=\"E{order}\" TechnicalProfileReferenceId=\"P{order}\" /></ClaimsExchanges></OrchestrationStep>"
            )
        })
        .collect();
    let last = u32::try_from(runs).expect("few") + 1;
    let parts = Parts { claims: CLAIMS, contents: CONTENTS, last, ..Parts::default() };
    parts
        .text()
        .replace(
            "<UserJourneys><UserJourney Id=\"Journey\"><OrchestrationSteps>",
            &format!("<UserJourneys><UserJourney Id=\"Journey\"><OrchestrationSteps>{steps}"),
        )
        .replace(
            "</TechnicalProfiles></ClaimsProvider>",
            &format!("{}</TechnicalProfiles></ClaimsProvider>", profiles.concat()),
        )
}

/// Fires at these texts, with every lint turned on.
fn at(code: &str, texts: &[String], places: &[&str]) {
    let mut levels = Levels::default();
    for lint in LINTS.iter().filter(|lint| lint.level == Level::Allow) {
        levels.set(lint.code.id, Level::Note).expect("a lint");
    }
    let (sources, compiled) = run(texts, &levels);
    let found: Vec<&str> = compiled
        .diagnostics
        .iter()
        .filter(|one| one.code.id == code)
        .map(|one| sources.slice(one.span))
        .collect();
    assert_eq!(found, places, "{code}");
}

fn one(code: &str, profiles: &[String], places: &[&str]) {
    at(code, &[policy(profiles)], places);
}

fn outputs(list: &str) -> String {
    format!("<OutputClaims>{list}</OutputClaims>")
}

#[test]
fn display_claims_hide_output_claims() {
    let shown = "<DisplayClaims><DisplayClaim ClaimTypeReferenceId=\"color\" /></DisplayClaims>";
    let both = "<OutputClaim ClaimTypeReferenceId=\"color\" /><OutputClaim ClaimTypeReferenceId=\"size\" />";
    one("V1301", &[ask("", &format!("{shown}{}", outputs(both)))], &["size"]);
    one("V1301", &[ask("", &outputs(both))], &[]);
    let all =
        shown.replace("</DisplayClaims>", "<DisplayClaim ClaimTypeReferenceId=\"size\" /></DisplayClaims>");
    one("V1301", &[ask("", &format!("{all}{}", outputs(both)))], &[]);
    let verified = "<OutputClaim ClaimTypeReferenceId=\"email\" PartnerClaimType=\"Verified.Email\" DefaultValue=\"x\" />";
    one("V1302", &[ask("", &format!("{shown}{}", outputs(verified)))], &["email"]);
    one("V1302", &[ask("", &outputs(&verified.replace(" DefaultValue=\"x\"", "")))], &[]);
}

#[test]
fn fields_that_do_not_show() {
    let default = "<OutputClaim ClaimTypeReferenceId=\"color\" Required=\"true\" DefaultValue=\"red\" />";
    one("V1303", &[ask("", &outputs(default))], &["red"]);
    one("V1303", &[ask("", &outputs(&default.replace(" DefaultValue=\"red\"", "")))], &[]);
    let called = "<ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId=\"V\" /></ValidationTechnicalProfiles>";
    let required = "<OutputClaim ClaimTypeReferenceId=\"color\" Required=\"true\" /><OutputClaim ClaimTypeReferenceId=\"size\" />";
    let made =
        profile("V", MAKE, &outputs("<OutputClaim ClaimTypeReferenceId=\"color\" DefaultValue=\"x\" />"));
    one("V1304", &[ask("", &format!("{}{called}", outputs(required))), made.clone()], &["color"]);
    one("V1304", &[ask("", &outputs(required)), made], &[]);
}

#[test]
fn paragraphs() {
    let note = "<OutputClaim ClaimTypeReferenceId=\"note\" Required=\"true\" /><OutputClaim ClaimTypeReferenceId=\"color\" />";
    one("V1305", &[ask("", &outputs(note))], &["note"]);
    one("V1306", &[ask("", &outputs(note))], &["note"]);
    let given =
        "<InputClaims><InputClaim ClaimTypeReferenceId=\"note\" DefaultValue=\"Hello\" /></InputClaims>";
    let free = note.replace(" Required=\"true\"", "");
    one("V1305", &[ask("", &format!("{given}{}", outputs(&free)))], &[]);
    one("V1306", &[ask("", &format!("{given}{}", outputs(&free)))], &[]);
}

#[test]
fn passwords_on_pages_and_behind_them() {
    let two = |other: &str| {
        outputs(&format!(
            "<OutputClaim ClaimTypeReferenceId=\"password\" /><OutputClaim ClaimTypeReferenceId=\"{other}\" />"
        ))
    };
    one("V1307", &[ask("", &two("confirmPassword"))], &["confirmPassword"]);
    one("V1307", &[ask("", &two("reenterPassword"))], &[]);
    let uses = profile(
        "P2",
        MAKE,
        &format!(
            "<InputClaims><InputClaim ClaimTypeReferenceId=\"password\" /></InputClaims>{}",
            outputs("<OutputClaim ClaimTypeReferenceId=\"plain\" DefaultValue=\"x\" />")
        ),
    );
    one("V1326", &[ask("", &two("color")), uses], &["password"]);
}

#[test]
fn settings_of_pages() {
    let field = outputs("<OutputClaim ClaimTypeReferenceId=\"color\" />");
    one("V1308", &[ask("<Item Key=\"IpAddressClaimReferenceId\">IpAddress</Item>", &field)], &["IpAddress"]);
    one("V1308", &[ask("<Item Key=\"IpAddressClaimReferenceId\">plain</Item>", &field)], &[]);
    let prefilled =
        format!("<InputClaims><InputClaim ClaimTypeReferenceId=\"color\" /></InputClaims>{field}");
    one("V1309", &[ask("", &prefilled)], &["color"]);
    one("V1309", &[ask("<Item Key=\"AllowGenerationOfClaimsWithNullValues\">true</Item>", &prefilled)], &[]);
    one(
        "V1327",
        &[ask("<Item Key=\"setting.showCancelButton \">false</Item>", &field)],
        &["setting.showCancelButton "],
    );
    one("V1327", &[ask("<Item Key=\"setting.showCancelButton\">false</Item>", &field)], &[]);
    let called = "<ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId=\"V\" /></ValidationTechnicalProfiles>";
    let text = |text: &str| format!("<Item Key=\"UserMessageIfClaimsPrincipalDoesNotExist\">{text}</Item>");
    let read = profile(
        "V",
        DIRECTORY,
        &format!(
            "<Metadata><Item Key=\"Operation\">Read</Item>{}</Metadata><InputClaims><InputClaim ClaimTypeReferenceId=\"objectId\" /></InputClaims>{}",
            text("inner"),
            outputs(
                "<OutputClaim ClaimTypeReferenceId=\"objectId\" /><OutputClaim ClaimTypeReferenceId=\"plain\" DefaultValue=\"x\" />"
            )
        ),
    );
    one("V1328", &[ask(&text("outer"), &format!("{field}{called}")), read.clone()], &["inner"]);
    one("V1328", &[ask(&text("inner"), &format!("{field}{called}")), read.clone()], &[]);
    one("V1345", &[ask("", &format!("{field}{called}")), read.clone()], &["plain"]);
    let raises = read.replace(
        "<Item Key=\"Operation\">",
        "<Item Key=\"RaiseErrorIfClaimsPrincipalDoesNotExist\">true</Item><Item Key=\"Operation\">",
    );
    one("V1345", &[ask("", &format!("{field}{called}")), raises], &[]);
}

#[test]
fn defaults_and_resolvers() {
    let resolving = "<Metadata><Item Key=\"IncludeClaimResolvingInClaimsHandling\">true</Item></Metadata>";
    let make = |claim: &str| profile("P1", MAKE, &format!("{resolving}{}", outputs(claim)));
    one(
        "V1323",
        &[make("<OutputClaim ClaimTypeReferenceId=\"plain\" AlwaysUseDefaultValue=\"true\" />")],
        &["true"],
    );
    one(
        "V1323",
        &[make(
            "<OutputClaim ClaimTypeReferenceId=\"plain\" DefaultValue=\"x\" AlwaysUseDefaultValue=\"true\" />",
        )],
        &[],
    );
    one(
        "V1324",
        &[make("<OutputClaim ClaimTypeReferenceId=\"plain\" DefaultValue=\"{Culture:LCID}\" />")],
        &["{Culture:LCID}"],
    );
    one(
        "V1324",
        &[make(
            "<OutputClaim ClaimTypeReferenceId=\"plain\" DefaultValue=\"{Culture:LCID}\" AlwaysUseDefaultValue=\"true\" />",
        )],
        &[],
    );
    let date = "<OutputClaim ClaimTypeReferenceId=\"when\" DefaultValue=\"{Context:DateTimeInUtc}\" AlwaysUseDefaultValue=\"true\" />";
    one("V1325", &[make(date)], &["{Context:DateTimeInUtc}"]);
    one("V1325", &[make(&date.replace("\"when\"", "\"plain\""))], &[]);
}

#[test]
fn what_the_token_gets() {
    let sent = |output: &str, profiles: &[String]| {
        policy(profiles)
            .replace("DefaultValue=\"someone\" />", &format!("DefaultValue=\"someone\" />{output}"))
    };
    let empty = "<OutputClaim ClaimTypeReferenceId=\"plain\" DefaultValue=\"\" />";
    at("V1330", &[sent(empty, &[])], &["plain"]);
    let make =
        profile("P1", MAKE, &outputs("<OutputClaim ClaimTypeReferenceId=\"plain\" DefaultValue=\"x\" />"));
    at("V1330", &[sent(empty, std::slice::from_ref(&make))], &[]);
    let transformation = "</ClaimsSchema><ClaimsTransformations><ClaimsTransformation Id=\"T\" TransformationMethod=\"CreateStringClaim\">
      <InputParameters><InputParameter Id=\"value\" DataType=\"string\" Value=\"x\" /></InputParameters>
      <OutputClaims><OutputClaim ClaimTypeReferenceId=\"size\" TransformationClaimType=\"createdClaim\" /></OutputClaims>
      </ClaimsTransformation></ClaimsTransformations>";
    let runs = "</OutputClaims><OutputClaimsTransformations><OutputClaimsTransformation ReferenceId=\"T\" /></OutputClaimsTransformations></TechnicalProfile>";
    let made = make.replace("</OutputClaims></TechnicalProfile>", runs);
    let size = "<OutputClaim ClaimTypeReferenceId=\"size\" />";
    let text = sent(size, std::slice::from_ref(&made)).replace("</ClaimsSchema>", transformation);
    at("V1331", &[text], &["size"]);
    let listed =
        made.replace("<OutputClaims>", "<OutputClaims><OutputClaim ClaimTypeReferenceId=\"size\" />");
    at("V1331", &[sent(size, &[listed]).replace("</ClaimsSchema>", transformation)], &[]);
    at(
        "V1332",
        &[sent("<OutputClaim ClaimTypeReferenceId=\"when\" DefaultValue=\"2020-01-01T00:00:00Z\" />", &[])],
        &["when"],
    );
    at("V1332", &[sent(size, &[listed_size()])], &[]);
}

fn listed_size() -> String {
    profile("P1", MAKE, &outputs("<OutputClaim ClaimTypeReferenceId=\"size\" DefaultValue=\"x\" />"))
}

#[test]
fn sessions() {
    let session = profile(
        "SM",
        SESSION,
        "<PersistedClaims><PersistedClaim ClaimTypeReferenceId=\"objectId\" /></PersistedClaims>",
    );
    let noop = profile("SM", "Web.TPEngine.SSO.NoopSSOSessionProvider", "");
    let uses = "<UseTechnicalProfileForSessionManagement ReferenceId=\"SM\" />";
    let make = profile(
        "P1",
        MAKE,
        &format!("{}{uses}", outputs("<OutputClaim ClaimTypeReferenceId=\"plain\" DefaultValue=\"x\" />")),
    );
    one("V1341", &[make.clone(), session.clone()], &["SM"]);
    one("V1341", &[make, noop.clone()], &[]);
    let page = ask("", &format!("{}{uses}", outputs("<OutputClaim ClaimTypeReferenceId=\"color\" />")));
    let page = page.replace("</Metadata>", "</Metadata><IncludeInSso>false</IncludeInSso>");
    one("V1343", &[page.clone(), session], &["false"]);
    one("V1343", &[page, noop], &[]);
    let external = |kept: &str| {
        profile(
            "SM",
            "Web.TPEngine.SSO.ExternalLoginSSOSessionProvider",
            &format!("<PersistedClaims><PersistedClaim ClaimTypeReferenceId=\"{kept}\" /></PersistedClaims>"),
        )
    };
    let provider = format!(
        "<TechnicalProfile Id=\"P1\"><DisplayName>P</DisplayName><Protocol Name=\"OAuth2\" /><Metadata>
         <Item Key=\"client_id\">1234</Item><Item Key=\"authorization_endpoint\">https://idp.example/a</Item>
         <Item Key=\"AccessTokenEndpoint\">https://idp.example/t</Item><Item Key=\"ClaimsEndpoint\">https://idp.example/c</Item></Metadata>
         <CryptographicKeys><Key Id=\"client_secret\" StorageReferenceId=\"B2C_1A_S\" /></CryptographicKeys>{}{uses}</TechnicalProfile>",
        outputs("<OutputClaim ClaimTypeReferenceId=\"alternativeSecurityId\" PartnerClaimType=\"id\" />")
    );
    one("V1342", &[provider.clone(), external("objectId")], &["SM"]);
    one("V1342", &[provider, external("alternativeSecurityId")], &[]);
}

#[test]
fn sign_in_names_that_a_write_removes() {
    let write = |id: &str, key: &str, names: &str| {
        profile(
            id,
            DIRECTORY,
            &format!(
                "<Metadata><Item Key=\"Operation\">Write</Item></Metadata><InputClaims><InputClaim ClaimTypeReferenceId=\"{key}\" /></InputClaims>
                 <PersistedClaims><PersistedClaim ClaimTypeReferenceId=\"{key}\" />{names}
                 <PersistedClaim ClaimTypeReferenceId=\"plain\" PartnerClaimType=\"displayName\" DefaultValue=\"x\" /></PersistedClaims>"
            ),
        )
    };
    let user = "<PersistedClaim ClaimTypeReferenceId=\"signInNames.userName\" />";
    let both = format!("{user}<PersistedClaim ClaimTypeReferenceId=\"signInNames.emailAddress\" />");
    let create = write("P1", "signInNames.emailAddress", "");
    one("V1344", &[create.clone(), write("P2", "objectId", user)], &["signInNames.userName"]);
    one("V1344", &[create, write("P2", "objectId", &both)], &[]);
}

#[test]
fn a_refresh_without_a_journey() {
    one("V1346", &[], &["Journey"]);
    let text = policy(&[]).replace("<DefaultUserJourney ReferenceId=\"Journey\" />", "<DefaultUserJourney ReferenceId=\"Journey\" /><Endpoints><Endpoint Id=\"Token\" UserJourneyReferenceId=\"Journey\" /></Endpoints>");
    at("V1346", &[text], &[]);
}

/// A policy that inherits from [`policy`] and adds these blocks and profiles.
fn child(blocks: &str, profiles: &str) -> String {
    let head = Parts::default().text();
    let head = head.split("<BuildingBlocks>").next().expect("a head").replace("B2C_1A_Test", "B2C_1A_Child");
    format!(
        "{head}<BasePolicy><TenantId>example.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Test</PolicyId></BasePolicy>
         <BuildingBlocks>{blocks}</BuildingBlocks><ClaimsProviders><ClaimsProvider><DisplayName>C</DisplayName>
         <TechnicalProfiles>{profiles}</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
         <RelyingParty><DefaultUserJourney ReferenceId=\"Journey\" /><TechnicalProfile Id=\"PolicyProfile\">
         <DisplayName>P</DisplayName><Protocol Name=\"OpenIdConnect\" /><OutputClaims>
         <OutputClaim ClaimTypeReferenceId=\"objectId\" PartnerClaimType=\"sub\" DefaultValue=\"someone\" /></OutputClaims>
         <SubjectNamingInfo ClaimType=\"sub\" /></TechnicalProfile></RelyingParty></TrustFrameworkPolicy>"
    )
}

#[test]
fn what_a_child_does_not_change_or_changes_too_much() {
    let base = policy(&[ask("", &outputs("<OutputClaim ClaimTypeReferenceId=\"color\" />"))]);
    let empty = "<TechnicalProfile Id=\"P1\"><OutputClaims /></TechnicalProfile>";
    at("V1321", &[base.clone(), child("", empty)], &["<OutputClaims"]);
    let new = "<TechnicalProfile Id=\"New\"><OutputClaims /></TechnicalProfile>";
    at("V1321", &[base.clone(), child("", new)], &[]);
    let list = |attribute: &str, items: &[&str]| {
        let items: String =
            items.iter().map(|item| format!("<Enumeration Text=\"{item}\" Value=\"{item}\" />")).collect();
        format!(
            "<UserInputType>DropdownSingleSelect</UserInputType><Restriction{attribute}>{items}</Restriction></ClaimType>"
        )
    };
    let base =
        base.replacen("<UserInputType>TextBox</UserInputType></ClaimType>", &list("", &["red", "blue"]), 1);
    let with = |attribute: &str, items: &[&str]| {
        let claim =
            format!("<ClaimsSchema><ClaimType Id=\"color\">{}</ClaimsSchema>", list(attribute, items));
        [base.clone(), child(&claim, "")]
    };
    at("V1322", &with("", &["red", "green"]), &["<Restriction"]);
    at("V1322", &with("", &["red", "blue", "green"]), &[]);
    at("V1322", &with(" MergeBehavior=\"ReplaceAll\"", &["green"]), &[]);
}

#[test]
fn a_character_set_is_no_class() {
    let set = |set: &str| {
        let blocks = format!(
            "</ClaimsSchema><Predicates><Predicate Id=\"C\" Method=\"IncludesCharacters\" HelpText=\"h\"><Parameters>
             <Parameter Id=\"CharacterSet\">{set}</Parameter></Parameters></Predicate></Predicates>
             <PredicateValidations><PredicateValidation Id=\"V\"><PredicateGroups><PredicateGroup Id=\"G\"><PredicateReferences>
             <PredicateReference Id=\"C\" /></PredicateReferences></PredicateGroup></PredicateGroups></PredicateValidation></PredicateValidations>"
        );
        let text = policy(&[ask("", &outputs("<OutputClaim ClaimTypeReferenceId=\"color\" />"))]);
        let refers =
            "<UserInputType>TextBox</UserInputType><PredicateValidationReference Id=\"V\" /></ClaimType>";
        text.replacen("<UserInputType>TextBox</UserInputType></ClaimType>", refers, 1)
            .replace("</ClaimsSchema>", &blocks)
    };
    at("V1329", &[set("[a-z]")], &["[a-z]"]);
    at("V1329", &[set("\\d")], &["\\d"]);
    at("V1329", &[set("a-z")], &[]);
}

#[test]
fn an_identity_provider_is_not_believed_blindly() {
    let provider = |items: &str| {
        format!(
            "<TechnicalProfile Id=\"P1\"><DisplayName>P</DisplayName><Protocol Name=\"OpenIdConnect\" /><Metadata>
             <Item Key=\"client_id\">1234</Item><Item Key=\"METADATA\">https://idp.example/.well-known/openid-configuration</Item>{items}</Metadata>
             <CryptographicKeys><Key Id=\"client_secret\" StorageReferenceId=\"B2C_1A_S\" /></CryptographicKeys>{}</TechnicalProfile>",
            outputs("<OutputClaim ClaimTypeReferenceId=\"email\" /><OutputClaim ClaimTypeReferenceId=\"plain\" PartnerClaimType=\"sub\" />")
        )
    };
    let discovers = "<Item Key=\"DiscoverMetadataByTokenIssuer\">true</Item>";
    let pinned = "<Item Key=\"ValidTokenIssuerPrefixes\">https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111</Item>";
    one("V1212", &[provider(&format!("{discovers}{pinned}"))], &[]);
    let wide = "<Item Key=\"ValidTokenIssuerPrefixes\">https://sts.windows.net/</Item>";
    one("V1212", &[provider(&format!("{discovers}{wide}"))], &["https://sts.windows.net/"]);
    one("V1215", &[provider("<Item Key=\"response_types\">id_token</Item>")], &["id_token"]);
    one("V1215", &[provider("<Item Key=\"response_types\">code</Item>")], &[]);
    one("V1214", &[provider("<Item Key=\"ValidateTokenIssuer\">false</Item>")], &["false"]);
    let read = |key: &str, name: &str| {
        profile(
            "P2",
            DIRECTORY,
            &format!(
                "<Metadata><Item Key=\"Operation\">Read</Item></Metadata><InputClaims><InputClaim ClaimTypeReferenceId=\"{key}\" PartnerClaimType=\"{name}\" /></InputClaims>{}",
                outputs("<OutputClaim ClaimTypeReferenceId=\"objectId\" />")
            ),
        )
    };
    let link = profile(
        "P3",
        DIRECTORY,
        "<Metadata><Item Key=\"Operation\">Write</Item></Metadata><InputClaims><InputClaim ClaimTypeReferenceId=\"objectId\" /></InputClaims>
         <PersistedClaims><PersistedClaim ClaimTypeReferenceId=\"objectId\" /><PersistedClaim ClaimTypeReferenceId=\"alternativeSecurityId\" /></PersistedClaims>",
    );
    let linking = |read: String| {
        let step = "<ClaimsExchange Id=\"E2\" TechnicalProfileReferenceId=\"P2\" /></ClaimsExchanges></OrchestrationStep>";
        let further = format!(
            "{step}<OrchestrationStep Order=\"3\" Type=\"ClaimsExchange\"><ClaimsExchanges><ClaimsExchange Id=\"E3\" TechnicalProfileReferenceId=\"P3\" /></ClaimsExchanges></OrchestrationStep>"
        );
        policy(&[provider(""), read, link.clone()])
            .replace(step, &further)
            .replace("Order=\"3\" Type=\"SendClaims\"", "Order=\"4\" Type=\"SendClaims\"")
    };
    at("V1216", &[linking(read("email", "signInNames.emailAddress"))], &["email"]);
    at("V1216", &[linking(read("plain", "alternativeSecurityId"))], &[]);
}

#[test]
fn xml_signatures() {
    let provider = |items: &str| {
        format!(
            "<TechnicalProfile Id=\"P1\"><DisplayName>P</DisplayName><Protocol Name=\"SAML2\" /><Metadata>
             <Item Key=\"PartnerEntity\">https://idp.example/metadata</Item>{items}</Metadata>
             <CryptographicKeys><Key Id=\"SamlMessageSigning\" StorageReferenceId=\"B2C_1A_S\" /></CryptographicKeys>{}</TechnicalProfile>",
            outputs("<OutputClaim ClaimTypeReferenceId=\"plain\" PartnerClaimType=\"assertionSubjectName\" />")
        )
    };
    let strong = "<Item Key=\"XmlSignatureAlgorithm\">Sha256</Item>";
    one(
        "V1214",
        &[provider(&format!("{strong}<Item Key=\"WantsSignedAssertions\">false</Item>"))],
        &["false"],
    );
    one("V1214", &[provider(strong)], &[]);
}

#[test]
fn everything_else_about_settings_of_the_policy() {
    let lifetime = |seconds: &str| {
        let item = format!(
            "<Item Key=\"token_lifetime_secs\">{seconds}</Item><Item Key=\"issuer_refresh_token_user_identity_claim_type\">"
        );
        policy(&[]).replace("<Item Key=\"issuer_refresh_token_user_identity_claim_type\">", &item)
    };
    at("V1209", &[lifetime("86400")], &["86400"]);
    at("V1209", &[lifetime("3600")], &[]);
    let verified =
        outputs("<OutputClaim ClaimTypeReferenceId=\"email\" PartnerClaimType=\"Verified.Email\" />");
    one("V1210", &[ask("<Item Key=\"EnforceEmailVerification\">False</Item>", &verified)], &["False"]);
    one("V1210", &[ask("", &verified)], &[]);
    one("V1310", &[ask("<Item Key=\"SignUpTarget\">E1</Item>", &verified)], &["P1"]);
    one(
        "V1310",
        &[ask(
            "<Item Key=\"SignUpTarget\">E1</Item><Item Key=\"setting.forgotPasswordLinkLocation\">None</Item>",
            &verified,
        )],
        &[],
    );
}
