//! Completion, mostly in files that are broken by what is being typed.

use serde_json::Value;

use crate::client::{Client, own};

/// Our policies with SignUpOrSignIn.xml open and a piece of it replaced.
fn typed(old: &str, new: &str) -> Client {
    let mut client = Client::new(own());
    client.open("SignUpOrSignIn.xml");
    client.edit("SignUpOrSignIn.xml", old, new);
    client
}

/// Base.xml open with a piece replaced.
fn typed_in_base(old: &str, new: &str) -> Client {
    let mut client = Client::new(own());
    client.open("Base.xml");
    client.edit("Base.xml", old, new);
    client
}

fn item<'i>(items: &'i [Value], label: &str) -> &'i Value {
    items.iter().find(|one| one["label"] == label).unwrap_or_else(|| panic!("no {label}"))
}

#[test]
fn ids_are_those_the_place_expects() {
    let mut client = typed("\"givenName\" />", "\"\" />");
    let items = client.offered("SignUpOrSignIn.xml", "<OutputClaim ClaimTypeReferenceId=\"|\" />");
    let claim = item(&items, "givenName");
    assert_eq!(claim["detail"], "claim type, Base.xml");
    assert_eq!(claim["documentation"]["value"], "First name · string");
    assert!(items.iter().all(|one| one["label"] != "SM-AAD"));
    let journeys = client.labels("SignUpOrSignIn.xml", "DefaultUserJourney ReferenceId=\"Sign|UpOrSignIn\"");
    assert_eq!(
        journeys,
        ["PasswordReset", "ProfileEdit", "RedeemRefreshToken", "SignUpOrSignIn", "UserInfoJourney"]
    );
    let policies = client.labels("SignUpOrSignIn.xml", "<PolicyId>B2C_1A_|Extensions");
    assert!(
        policies.contains(&"B2C_1A_Extensions".to_owned()) && policies.contains(&"B2C_1A_Base".to_owned())
    );
    // Session providers come first where one is expected.
    let sessions = client.labels("Base.xml", "<TechnicalProfile Id=\"SM-Noop\"|>");
    assert!(sessions.is_empty());
    assert!(client.leave());
    let mut client = typed_in_base(
        "<UseTechnicalProfileForSessionManagement ReferenceId=\"SM-jwt-issuer\" />",
        "<UseTechnicalProfileForSessionManagement ReferenceId=\"",
    );
    let sessions = client.labels("Base.xml", "<UseTechnicalProfileForSessionManagement ReferenceId=\"|\n");
    assert_eq!(sessions[..3], ["SM-AAD", "SM-jwt-issuer", "SM-Noop"]);
    assert!(client.leave());
}

#[test]
fn elements_are_those_of_the_place_in_the_schemas_order() {
    let mut client = typed("<SessionExpiryType>Rolling</SessionExpiryType>", "<");
    let items = client.offered("SignUpOrSignIn.xml", "KeepAliveInDays=\"7\" />\n      <|\n");
    let labels: Vec<&str> = items.iter().map(|one| one["label"].as_str().unwrap()).collect();
    // SingleSignOn, SessionExpiryInSeconds and ScriptExecution stand already; what fits here comes first.
    assert_eq!(
        labels,
        [
            "SessionExpiryType",
            "AzureApplicationInsights",
            "JourneyInsights",
            "ContentDefinitionParameters",
            "JourneyFraming",
            "OnError"
        ]
    );
    let text = |label: &str| item(&items, label)["textEdit"]["newText"].as_str().unwrap().to_owned();
    assert_eq!(text("SessionExpiryType"), "SessionExpiryType>$0</SessionExpiryType>");
    assert_eq!(text("OnError"), "OnError Mode=\"$1\"$0 />");
    client.edit("SignUpOrSignIn.xml", "      <\n", "      <Sess\n");
    let labels = client.labels("SignUpOrSignIn.xml", "<Sess|\n");
    assert_eq!(labels[0], "SessionExpiryType");
    // A tag that is open is closed.
    client.edit("SignUpOrSignIn.xml", "      <Sess\n", "");
    client.edit("SignUpOrSignIn.xml", "</SessionExpiryInSeconds>", "</");
    let items = client.offered("SignUpOrSignIn.xml", "86400</|");
    assert_eq!(items[0]["textEdit"]["newText"], "SessionExpiryInSeconds>");
    assert!(client.leave());
}

#[test]
fn attributes_and_their_words() {
    let mut client = typed(" Scope=\"Tenant\" KeepAliveInDays=\"7\" />", "  />");
    let items = client.offered("SignUpOrSignIn.xml", "<SingleSignOn | />");
    let labels: Vec<&str> = items.iter().map(|one| one["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["Scope", "KeepAliveInDays", "EnforceIdTokenHintOnLogout"]);
    assert_eq!(
        items[0]["textEdit"]["newText"],
        "Scope=\"${1|Suppressed,Tenant,Application,Policy,TrustFramework|}\""
    );
    client.edit("SignUpOrSignIn.xml", "<SingleSignOn  />", "<SingleSignOn Scope=\"\" K=\"\" />");
    let words = client.labels("SignUpOrSignIn.xml", "<SingleSignOn Scope=\"|\"");
    assert_eq!(words, ["Suppressed", "Tenant", "Application", "Policy", "TrustFramework"]);
    // The value that follows stays.
    let items = client.offered("SignUpOrSignIn.xml", "Scope=\"\" K|=\"\" />");
    assert_eq!(items[0]["textEdit"]["newText"], "KeepAliveInDays");
    let words = client.labels("SignUpOrSignIn.xml", "<ScriptExecution>Dis|allow");
    assert_eq!(words, ["Allow", "Disallow"]);
    assert!(client.leave());
}

#[test]
fn settings_are_those_of_the_profiles_kind() {
    let mut client =
        typed_in_base("<Item Key=\"language.button_continue\">Create</Item>", "<Item Key=\"\"></Item>");
    let keys = client.labels("Base.xml", "<Item Key=\"|\"></Item>");
    // ContentDefinitionReferenceId stands already.
    assert!(
        keys.contains(&"setting.showCancelButton".to_owned())
            && keys.contains(&"EnforceEmailVerification".to_owned())
    );
    assert!(
        !keys.contains(&"ContentDefinitionReferenceId".to_owned()) && !keys.contains(&"Operation".to_owned())
    );
    client.edit("Base.xml", "<Item Key=\"\"></Item>", "<Item Key=\"setting.operatingMode\"></Item>");
    let values = client.labels("Base.xml", "<Item Key=\"setting.operatingMode\">|</Item>");
    assert_eq!(values, ["Email", "Username"]);
    client.edit(
        "Base.xml",
        "<Item Key=\"setting.operatingMode\"></Item>",
        "<Item Key=\"setting.forgotPasswordLinkOverride\"></Item>",
    );
    let values = client.labels("Base.xml", "LinkOverride\">|</Item>");
    assert!(values.contains(&"SignUpWithLogonEmailExchange".to_owned()));
    assert!(client.leave());
    // The kind comes from the profile that is included: this one is the directory's.
    let mut client = Client::new(own());
    let text = client.text("Extensions.xml").replace(
        "<OutputClaims>",
        "<Metadata><Item Key=\"\"></Item></Metadata><PersistedClaims><PersistedClaim ClaimTypeReferenceId=\"email\" PartnerClaimType=\"\" /></PersistedClaims><OutputClaims>",
    );
    client.open_as("Extensions.xml", &text);
    let keys = client.labels("Extensions.xml", "<Item Key=\"|\">");
    assert!(
        keys.contains(&"Operation".to_owned())
            && keys.contains(&"RaiseErrorIfClaimsPrincipalDoesNotExist".to_owned())
    );
    assert!(!keys.contains(&"setting.operatingMode".to_owned()));
    let attributes = client.labels("Extensions.xml", "PartnerClaimType=\"|\"");
    assert!(
        attributes.contains(&"password".to_owned())
            && !attributes.contains(&"newClaimsPrincipalCreated".to_owned())
    );
    let offered = client.offered("Extensions.xml", "<Metadata>|<Item");
    let text = item(&offered, "Item: Operation")["textEdit"]["newText"].clone();
    assert_eq!(text, "<Item Key=\"Operation\">${1|Read,Write,DeleteClaims,DeleteClaimsPrincipal|}</Item>");
    assert!(client.leave());
}

#[test]
fn handlers_are_written_whole() {
    let mut client =
        typed("<Protocol Name=\"OpenIdConnect\" />", "<Protocol Name=\"Proprietary\" Handler=\"");
    let items = client.offered("SignUpOrSignIn.xml", "Handler=\"|\n");
    assert_eq!(
        item(&items, "RestfulProvider")["textEdit"]["newText"],
        "Web.TPEngine.Providers.RestfulProvider, Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null"
    );
    assert_eq!(items.len(), 17);
    assert!(client.leave());
}

const TRANSFORMATIONS: &str = "<ClaimsTransformations>\n<ClaimsTransformation Id=\"Join\" TransformationMethod=\"FormatStringMultipleClaims\">\n<InputClaims><InputClaim ClaimTypeReferenceId=\"givenName\" TransformationClaimType=\"\" /></InputClaims>\n<InputParameters><InputParameter Id=\"\" DataType=\"string\" Value=\"{0}\" /></InputParameters>\n</ClaimsTransformation>\n\n</ClaimsTransformations><ClientDefinitions>";

#[test]
fn a_method_says_what_its_claims_and_parameters_are_called() {
    let mut client = typed_in_base("<ClientDefinitions>", TRANSFORMATIONS);
    assert_eq!(client.labels("Base.xml", "TransformationClaimType=\"|\""), ["inputClaim1", "inputClaim2"]);
    assert_eq!(client.labels("Base.xml", "<InputParameter Id=\"|\""), ["stringFormat"]);
    let methods = client.offered("Base.xml", "TransformationMethod=\"|FormatStringMultipleClaims\"");
    assert!(methods.len() > 60);
    assert!(
        item(&methods, "CreateStringClaim")["documentation"]["value"]
            .as_str()
            .unwrap()
            .contains("`createdClaim`: string")
    );
    let pieces = client.offered("Base.xml", "</ClaimsTransformation>\n|\n</ClaimsTransformations>");
    let piece = item(&pieces, "ClaimsTransformation: FormatStringClaim");
    assert_eq!(piece["insertTextFormat"], 2);
    let text = piece["textEdit"]["newText"].as_str().unwrap();
    for part in [
        "<ClaimsTransformation Id=\"$1\" TransformationMethod=\"FormatStringClaim\">",
        "TransformationClaimType=\"inputClaim\"",
        "<InputParameter Id=\"stringFormat\" DataType=\"string\"",
        "TransformationClaimType=\"outputClaim\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(client.leave());
}

#[test]
fn resolvers_follow_a_brace() {
    let mut client = typed("DefaultValue=\"{Policy:TenantObjectId}\"", "DefaultValue=\"{\"");
    let items = client.offered("SignUpOrSignIn.xml", "DefaultValue=\"{|\"");
    assert_eq!(item(&items, "OIDC:LoginHint")["textEdit"]["newText"], "OIDC:LoginHint}");
    assert_eq!(item(&items, "Claim:")["textEdit"]["newText"], "Claim:");
    client.edit("SignUpOrSignIn.xml", "DefaultValue=\"{\"", "DefaultValue=\"a {Claim:give}\"");
    let items = client.offered("SignUpOrSignIn.xml", "{Claim:give|}");
    let claim = item(&items, "givenName");
    assert_eq!(claim["textEdit"]["newText"], "givenName");
    assert_eq!(client.covered(&client.text("SignUpOrSignIn.xml"), &claim["textEdit"]["range"]), "give");
    assert!(client.leave());
}

#[test]
fn localized_strings_know_what_they_may_belong_to() {
    let piece = "<Localization Enabled=\"true\"><LocalizedResources Id=\"x\"><LocalizedStrings><LocalizedString ElementType=\"ClaimType\" ElementId=\"\" StringId=\"\">t</LocalizedString><LocalizedString ElementType=\"UxElement\" StringId=\"\">u</LocalizedString></LocalizedStrings></LocalizedResources></Localization>";
    let mut client = Client::new(own());
    let text = client
        .text("Extensions.xml")
        .replace("<ClaimsProviders>", &format!("<BuildingBlocks>{piece}</BuildingBlocks><ClaimsProviders>"));
    client.open_as("Extensions.xml", &text);
    let claims = client.labels("Extensions.xml", "ElementType=\"ClaimType\" ElementId=\"|\"");
    assert!(claims.contains(&"givenName".to_owned()));
    let ids = client.labels("Extensions.xml", "ElementId=\"\" StringId=\"|\"");
    assert_eq!(ids, ["AdminHelpText", "DisplayName", "PatternHelpText", "UserHelpText"]);
    let ids = client.labels("Extensions.xml", "ElementType=\"UxElement\" StringId=\"|\"");
    assert!(ids.contains(&"forgotpassword_link".to_owned()), "{ids:?}");
    assert!(client.leave());
}

#[test]
fn a_new_file_begins_with_a_policy() {
    let mut client = Client::new(own());
    client.open_as("New.xml", "");
    let at = client.at_offset("New.xml", 0);
    let answer = client.ask("textDocument/completion", at).unwrap();
    let text = answer["items"][0]["textEdit"]["newText"].as_str().unwrap();
    assert!(text.starts_with(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\""
    ));
    // In a comment nothing is offered.
    client.open_as("New.xml", "<TrustFrameworkPolicy><!-- < --></TrustFrameworkPolicy>");
    assert!(client.labels("New.xml", "<!-- <|").is_empty());
    assert!(client.leave());
}

#[test]
fn every_prefix_of_a_policy_can_be_asked_about() {
    let mut client = Client::new(own());
    let text = client.text("Extensions.xml");
    for (end, _) in text.char_indices().step_by(7) {
        client.open_as("Extensions.xml", &text[..end]);
        let at = client.at_offset("Extensions.xml", end);
        for method in ["textDocument/completion", "textDocument/hover", "textDocument/definition"] {
            client.ask(method, at.clone()).unwrap();
        }
    }
    assert!(client.leave());
}
