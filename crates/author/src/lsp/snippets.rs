//! Pieces of XML to write at once. In: rows of the language and methods. Out: texts with places to fill in, in the
//! editor's snippet form, or plain.

use vestibule_engine::transform::{Function, Often, Slot};

use super::file::File;
use super::language::Element;
use super::words::ASSEMBLY;

/// A ready-made element.
pub(super) struct Snippet {
    /// What it is offered as.
    pub(super) label: &'static str,
    /// The element it stands in.
    pub(super) parent: &'static str,
    /// A line about it.
    pub(super) about: &'static str,
    /// The text behind `<`; `ASSEMBLY` stands for the end of a handler's string.
    body: &'static str,
}

impl Snippet {
    /// The text behind `<`.
    pub(super) fn body(&self) -> String {
        self.body.replace("ASSEMBLY", ASSEMBLY)
    }
}

/// The ready-made elements.
pub(super) const SNIPPETS: &[Snippet] = &[
    Snippet {
        label: "TechnicalProfile: page",
        parent: "TechnicalProfiles",
        about: "A page that asks the user.",
        body: "TechnicalProfile Id=\"SelfAsserted-$1\">\n  <DisplayName>$2</DisplayName>\n  <Protocol Name=\"Proprietary\" Handler=\"Web.TPEngine.Providers.SelfAssertedAttributeProviderASSEMBLY\" />\n  <Metadata>\n    <Item Key=\"ContentDefinitionReferenceId\">${3:api.selfasserted}</Item>\n  </Metadata>\n  <OutputClaims>\n    <OutputClaim ClaimTypeReferenceId=\"$4\" Required=\"true\" />\n  </OutputClaims>\n</TechnicalProfile>",
    },
    Snippet {
        label: "TechnicalProfile: web service",
        parent: "TechnicalProfiles",
        about: "A call of a web service.",
        body: "TechnicalProfile Id=\"REST-$1\">\n  <DisplayName>$2</DisplayName>\n  <Protocol Name=\"Proprietary\" Handler=\"Web.TPEngine.Providers.RestfulProviderASSEMBLY\" />\n  <Metadata>\n    <Item Key=\"ServiceUrl\">${3:https://}</Item>\n    <Item Key=\"AuthenticationType\">${4|Bearer,Basic,ClientCertificate,ApiKeyHeader,None|}</Item>\n    <Item Key=\"SendClaimsIn\">${5|Body,QueryString,Url,Header,Form|}</Item>\n  </Metadata>\n  <InputClaims>\n    <InputClaim ClaimTypeReferenceId=\"$6\" />\n  </InputClaims>\n  <OutputClaims>\n    <OutputClaim ClaimTypeReferenceId=\"$7\" />\n  </OutputClaims>\n  <UseTechnicalProfileForSessionManagement ReferenceId=\"SM-Noop\" />\n</TechnicalProfile>",
    },
    Snippet {
        label: "TechnicalProfile: claims transformation",
        parent: "TechnicalProfiles",
        about: "Runs claims transformations.",
        body: "TechnicalProfile Id=\"CT-$1\">\n  <DisplayName>$2</DisplayName>\n  <Protocol Name=\"Proprietary\" Handler=\"Web.TPEngine.Providers.ClaimsTransformationProtocolProviderASSEMBLY\" />\n  <OutputClaims>\n    <OutputClaim ClaimTypeReferenceId=\"$3\" />\n  </OutputClaims>\n  <OutputClaimsTransformations>\n    <OutputClaimsTransformation ReferenceId=\"$4\" />\n  </OutputClaimsTransformations>\n</TechnicalProfile>",
    },
    Snippet {
        label: "TechnicalProfile: directory read",
        parent: "TechnicalProfiles",
        about: "Reads a user.",
        body: "TechnicalProfile Id=\"AAD-$1\">\n  <Metadata>\n    <Item Key=\"Operation\">Read</Item>\n    <Item Key=\"RaiseErrorIfClaimsPrincipalDoesNotExist\">true</Item>\n  </Metadata>\n  <InputClaims>\n    <InputClaim ClaimTypeReferenceId=\"objectId\" Required=\"true\" />\n  </InputClaims>\n  <OutputClaims>\n    <OutputClaim ClaimTypeReferenceId=\"$2\" />\n  </OutputClaims>\n  <IncludeTechnicalProfile ReferenceId=\"AAD-Common\" />\n</TechnicalProfile>",
    },
    Snippet {
        label: "TechnicalProfile: directory write",
        parent: "TechnicalProfiles",
        about: "Changes a user.",
        body: "TechnicalProfile Id=\"AAD-$1\">\n  <Metadata>\n    <Item Key=\"Operation\">Write</Item>\n    <Item Key=\"RaiseErrorIfClaimsPrincipalDoesNotExist\">true</Item>\n  </Metadata>\n  <InputClaims>\n    <InputClaim ClaimTypeReferenceId=\"objectId\" Required=\"true\" />\n  </InputClaims>\n  <PersistedClaims>\n    <PersistedClaim ClaimTypeReferenceId=\"objectId\" />\n    <PersistedClaim ClaimTypeReferenceId=\"$2\" />\n  </PersistedClaims>\n  <IncludeTechnicalProfile ReferenceId=\"AAD-Common\" />\n</TechnicalProfile>",
    },
    Snippet {
        label: "TechnicalProfile: OpenID Connect provider",
        parent: "TechnicalProfiles",
        about: "Sign-in with another identity provider.",
        body: "TechnicalProfile Id=\"$1-OIDC\">\n  <DisplayName>$2</DisplayName>\n  <Protocol Name=\"OpenIdConnect\" />\n  <Metadata>\n    <Item Key=\"METADATA\">${3:https://}/.well-known/openid-configuration</Item>\n    <Item Key=\"client_id\">$4</Item>\n    <Item Key=\"response_types\">code</Item>\n    <Item Key=\"scope\">openid profile email</Item>\n    <Item Key=\"response_mode\">form_post</Item>\n    <Item Key=\"HttpBinding\">POST</Item>\n    <Item Key=\"UsePolicyInRedirectUri\">false</Item>\n  </Metadata>\n  <CryptographicKeys>\n    <Key Id=\"client_secret\" StorageReferenceId=\"B2C_1A_$5\" />\n  </CryptographicKeys>\n  <OutputClaims>\n    <OutputClaim ClaimTypeReferenceId=\"issuerUserId\" PartnerClaimType=\"sub\" />\n    <OutputClaim ClaimTypeReferenceId=\"identityProvider\" PartnerClaimType=\"iss\" />\n    <OutputClaim ClaimTypeReferenceId=\"authenticationSource\" DefaultValue=\"socialIdpAuthentication\" AlwaysUseDefaultValue=\"true\" />\n  </OutputClaims>\n  <UseTechnicalProfileForSessionManagement ReferenceId=\"SM-SocialLogin\" />\n</TechnicalProfile>",
    },
    Snippet {
        label: "ClaimType: text field",
        parent: "ClaimsSchema",
        about: "A claim that a page can ask for.",
        body: "ClaimType Id=\"$1\">\n  <DisplayName>$2</DisplayName>\n  <DataType>string</DataType>\n  <UserHelpText>$3</UserHelpText>\n  <UserInputType>TextBox</UserInputType>\n</ClaimType>",
    },
    Snippet {
        label: "ClaimsProvider: with a profile",
        parent: "ClaimsProviders",
        about: "A group of technical profiles.",
        body: "ClaimsProvider>\n  <DisplayName>$1</DisplayName>\n  <TechnicalProfiles>\n    <TechnicalProfile Id=\"$2\">\n      $0\n    </TechnicalProfile>\n  </TechnicalProfiles>\n</ClaimsProvider>",
    },
    Snippet {
        label: "OrchestrationStep: exchange",
        parent: "OrchestrationSteps",
        about: "A step that runs a profile.",
        body: "OrchestrationStep Order=\"$1\" Type=\"ClaimsExchange\">\n  <ClaimsExchanges>\n    <ClaimsExchange Id=\"$2\" TechnicalProfileReferenceId=\"$3\" />\n  </ClaimsExchanges>\n</OrchestrationStep>",
    },
    Snippet {
        label: "OrchestrationStep: exchange unless a claim exists",
        parent: "OrchestrationSteps",
        about: "A step that runs a profile, skipped where a claim has a value.",
        body: "OrchestrationStep Order=\"$1\" Type=\"ClaimsExchange\">\n  <Preconditions>\n    <Precondition Type=\"ClaimsExist\" ExecuteActionsIf=\"true\">\n      <Value>$2</Value>\n      <Action>SkipThisOrchestrationStep</Action>\n    </Precondition>\n  </Preconditions>\n  <ClaimsExchanges>\n    <ClaimsExchange Id=\"$3\" TechnicalProfileReferenceId=\"$4\" />\n  </ClaimsExchanges>\n</OrchestrationStep>",
    },
];

/// A policy from nothing.
pub(super) const POLICY: &str = "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" PolicySchemaVersion=\"0.3.0.0\" TenantId=\"${1:yourtenant}.onmicrosoft.com\" PolicyId=\"B2C_1A_${2:Name}\" PublicPolicyUri=\"http://${1:yourtenant}.onmicrosoft.com/B2C_1A_${2:Name}\">\n  <BasePolicy>\n    <TenantId>${1:yourtenant}.onmicrosoft.com</TenantId>\n    <PolicyId>B2C_1A_${3:TrustFrameworkExtensions}</PolicyId>\n  </BasePolicy>\n  $0\n</TrustFrameworkPolicy>";

/// An element with what must stand in it, behind its `<`.
pub(super) fn element(known: &Element) -> String {
    let mut next = 0;
    let mut text = known.name.to_owned();
    for one in known.attributes.iter().filter(|one| one.needed) {
        next += 1;
        text.push_str(&format!(" {}=\"${next}\"", one.name));
    }
    if known.children.is_empty() && known.text.is_none() {
        return format!("{text}$0 />");
    }
    if known.children.is_empty() {
        return format!("{text}>$0</{}>", known.name);
    }
    let needed = known.children.iter().filter(|child| child.needed);
    let inside: String = needed
        .map(|child| {
            next += 1;
            if child.children.is_empty() {
                format!("\n  <{0}>${next}</{0}>", child.name)
            } else {
                format!("\n  <{0}>\n    ${next}\n  </{0}>", child.name)
            }
        })
        .collect();
    let inside = if inside.is_empty() { "\n  $0".to_owned() } else { inside };
    format!("{text}>{inside}\n</{}>", known.name)
}

/// An empty element, whole, without places to fill in.
pub(super) fn plain(known: &Element) -> String {
    let needed = known.attributes.iter().filter(|one| one.needed);
    let attributes: String = needed.map(|one| format!(" {}=\"\"", one.name)).collect();
    format!("<{0}{attributes}></{0}>", known.name)
}

/// A claims transformation with the claims and parameters of its method, behind its `<`.
pub(super) fn transformation(function: &Function) -> String {
    let mut next = 1;
    let mut text = format!("ClaimsTransformation Id=\"$1\" TransformationMethod=\"{}\">", function.name);
    let mut claims = |list: &str, one: &str, slots: &[Slot]| {
        if slots.is_empty() {
            return String::new();
        }
        let rows: String = slots
            .iter()
            .map(|slot| {
                next += 1;
                format!(
                    "\n    <{one} ClaimTypeReferenceId=\"${next}\" TransformationClaimType=\"{}\" />",
                    slot.name
                )
            })
            .collect();
        format!("\n  <{list}>{rows}\n  </{list}>")
    };
    let inputs = claims("InputClaims", "InputClaim", function.inputs);
    let outputs = claims("OutputClaims", "OutputClaim", function.outputs);
    let rows: String = function
        .parameters
        .iter()
        .filter(|slot| slot.often != Often::Maybe)
        .map(|slot| {
            next += 1;
            let kind = slot.types.first().map_or("string", |kind| kind.name());
            format!("\n    <InputParameter Id=\"{}\" DataType=\"{kind}\" Value=\"${next}\" />", slot.name)
        })
        .collect();
    let parameters =
        if rows.is_empty() { rows } else { format!("\n  <InputParameters>{rows}\n  </InputParameters>") };
    text.push_str(&format!("{inputs}{parameters}{outputs}\n</ClaimsTransformation>"));
    text
}

/// The white space that a line begins with.
pub(super) fn indent(file: &File, offset: usize) -> String {
    let before = file.text.get(..offset).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.chars().take_while(|one| one.is_whitespace()).collect()
}
