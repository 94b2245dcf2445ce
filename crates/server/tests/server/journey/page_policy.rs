//! A policy of one page that differs from the plain one in one thing: what the tables of `page_settings` are run on.
//!
//! In: a row. Out: the policy's text: a sign-in page with two providers and a sign-up link, or a form of three fields.

use std::fmt::Write as _;

/// A page whose policy differs from the plain one in one thing.
pub(crate) struct Row {
    /// The reference's key or id.
    pub(crate) name: &'static str,
    /// Page and version behind `urn:com:microsoft:aad:b2c:elements:contract:`.
    pub(crate) page: &'static str,
    /// `Item`s of the content definition.
    pub(crate) content: &'static str,
    /// `Item`s of the sign-in or self-asserted profile.
    pub(crate) profile: &'static str,
    /// `LocalizedString`s.
    pub(crate) texts: &'static str,
    /// Selectors and how often each is found.
    pub(crate) found: &'static [(&'static str, usize)],
    /// Texts that the page holds.
    pub(crate) says: &'static [&'static str],
}

pub(crate) const PLAIN: Row =
    Row { name: "", page: UNIFIED, content: "", profile: "", texts: "", found: &[], says: &[] };
pub(crate) const UNIFIED: &str = "unifiedssp:2.1.17";
pub(crate) const FORM: &str = "selfasserted:2.1.29";

const ROOT: &str = "<TrustFrameworkPolicy xmlns='http://schemas.microsoft.com/online/cpim/schemas/2013/06' \
                    PolicySchemaVersion='0.3.0.0' TenantId='vestibule.onmicrosoft.com'";

/// The policy of a row.
pub(crate) fn policy(id: &str, row: &Row) -> String {
    let (profile, steps) = if row.page.starts_with("unified") { sign_in(row) } else { form(row) };
    let Row { page, content, texts, .. } = row;
    let (metadata, localization, references) = (
        if content.is_empty() { String::new() } else { format!("<Metadata>{content}</Metadata>") },
        if texts.is_empty() {
            String::new()
        } else {
            format!(
                "<Localization Enabled='true'><SupportedLanguages DefaultLanguage='en' MergeBehavior='ReplaceAll'>\
                 <SupportedLanguage>en</SupportedLanguage></SupportedLanguages><LocalizedResources Id='row.en'>\
                 <LocalizedStrings>{texts}</LocalizedStrings></LocalizedResources></Localization>"
            )
        },
        if texts.is_empty() {
            ""
        } else {
            "<LocalizedResourcesReferences><LocalizedResourcesReference Language='en' \
             LocalizedResourcesReferenceId='row.en'/></LocalizedResourcesReferences>"
        },
    );
    format!(
        "{ROOT} PolicyId='B2C_1A_{id}' PublicPolicyUri='http://vestibule.onmicrosoft.com/{id}'>
<BasePolicy><TenantId>vestibule.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Base</PolicyId></BasePolicy>
<BuildingBlocks>
<ClaimsSchema><ClaimType Id='nick'><DisplayName>Nickname</DisplayName><DataType>string</DataType>
<UserHelpText>What friends say</UserHelpText><UserInputType>TextBox</UserInputType>
<Restriction><Pattern RegularExpression='^[a-z]' HelpText='small'/></Restriction>
<PredicateValidationReference Id='nick.rules'/></ClaimType></ClaimsSchema>
<Predicates><Predicate Id='nick.long' Method='IsLengthRange' HelpText='long enough'><Parameters>
<Parameter Id='Minimum'>2</Parameter><Parameter Id='Maximum'>9</Parameter></Parameters></Predicate></Predicates>
<PredicateValidations><PredicateValidation Id='nick.rules'><PredicateGroups><PredicateGroup Id='group'>
<UserHelpText>The name must be</UserHelpText><PredicateReferences MatchAtLeast='1'>
<PredicateReference Id='nick.long'/></PredicateReferences></PredicateGroup></PredicateGroups></PredicateValidation>
</PredicateValidations>
<ContentDefinitions><ContentDefinition Id='api.row'><LoadUri>~/tenant/templates/AzureBlue/unified.cshtml</LoadUri>
<RecoveryUri>~/common/default_page_error.html</RecoveryUri>
<DataUri>urn:com:microsoft:aad:b2c:elements:contract:{page}</DataUri>{metadata}{references}</ContentDefinition>
</ContentDefinitions>{localization}</BuildingBlocks>
<ClaimsProviders><ClaimsProvider><DisplayName>Row</DisplayName><TechnicalProfiles>{profile}
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id='Row'><OrchestrationSteps>{steps}</OrchestrationSteps></UserJourney></UserJourneys>
<RelyingParty><DefaultUserJourney ReferenceId='Row'/><UserJourneyBehaviors>
<SingleSignOn Scope='Tenant' KeepAliveInDays='7'/></UserJourneyBehaviors>
<TechnicalProfile Id='PolicyProfile'><DisplayName>PolicyProfile</DisplayName><Protocol Name='OpenIdConnect'/>
<OutputClaims><OutputClaim ClaimTypeReferenceId='objectId' PartnerClaimType='sub'/></OutputClaims>
<SubjectNamingInfo ClaimType='sub'/></TechnicalProfile></RelyingParty></TrustFrameworkPolicy>"
    )
}

const SELF_ASSERTED: &str =
    "<Protocol Name='Proprietary' Handler='Web.TPEngine.Providers.SelfAssertedAttributeProvider'/>";
const TRANSFORMATION: &str =
    "<Protocol Name='Proprietary' Handler='Web.TPEngine.Providers.ClaimsTransformationProtocolProvider'/>";

fn sign_in(row: &Row) -> (String, String) {
    // A row's own items come last: of one key twice the last counts, but each key stands once where rows set it.
    let given =
        |key: &str, item: &str| if row.profile.contains(key) { String::new() } else { item.to_owned() };
    let target = given("'SignUpTarget'", "<Item Key='SignUpTarget'>SignUpExchange</Item>");
    let mode = given("operatingMode", "<Item Key='setting.operatingMode'>Email</Item>");
    let mut profile = format!(
        "<TechnicalProfile Id='Row-SignIn'><DisplayName>Local</DisplayName>{SELF_ASSERTED}<Metadata>
<Item Key='ContentDefinitionReferenceId'>api.row</Item>{target}{mode}{}</Metadata>
<OutputClaims><OutputClaim ClaimTypeReferenceId='signInName' Required='true'/>
<OutputClaim ClaimTypeReferenceId='password' Required='true'/><OutputClaim ClaimTypeReferenceId='objectId'/></OutputClaims>
<ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId='login-NonInteractive'/>
</ValidationTechnicalProfiles></TechnicalProfile>",
        row.profile
    );
    for (id, caption, more) in [
        ("Row-Google", "Google", ""),
        (
            "Row-Work",
            "Work account",
            "<Metadata><Item Key='ClaimsProviderSelectionDisplayType'>TextLink</Item></Metadata>",
        ),
        ("Row-SignUp", "Sign up", ""),
    ] {
        let _ = write!(
            profile,
            "<TechnicalProfile Id='{id}'><DisplayName>{caption}</DisplayName>{TRANSFORMATION}{more}<OutputClaims>
<OutputClaim ClaimTypeReferenceId='objectId' DefaultValue='0'/></OutputClaims></TechnicalProfile>"
        );
    }
    let steps = "<OrchestrationStep Order='1' Type='CombinedSignInAndSignUp' ContentDefinitionReferenceId='api.row'>
<ClaimsProviderSelections><ClaimsProviderSelection TargetClaimsExchangeId='GoogleExchange'/>
<ClaimsProviderSelection TargetClaimsExchangeId='WorkExchange'/>
<ClaimsProviderSelection ValidationClaimsExchangeId='LocalExchange'/></ClaimsProviderSelections>
<ClaimsExchanges><ClaimsExchange Id='LocalExchange' TechnicalProfileReferenceId='Row-SignIn'/></ClaimsExchanges>
</OrchestrationStep>
<OrchestrationStep Order='2' Type='ClaimsExchange'><Preconditions><Precondition Type='ClaimsExist' ExecuteActionsIf='true'>
<Value>objectId</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions>
<ClaimsExchanges><ClaimsExchange Id='GoogleExchange' TechnicalProfileReferenceId='Row-Google'/>
<ClaimsExchange Id='WorkExchange' TechnicalProfileReferenceId='Row-Work'/>
<ClaimsExchange Id='SignUpExchange' TechnicalProfileReferenceId='Row-SignUp'/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order='3' Type='SendClaims' CpimIssuerTechnicalProfileReferenceId='JwtIssuer'/>";
    (profile, steps.to_owned())
}

fn form(row: &Row) -> (String, String) {
    let profile = format!(
        "<TechnicalProfile Id='Row-Form'><DisplayName>Form</DisplayName>{SELF_ASSERTED}<Metadata>
<Item Key='ContentDefinitionReferenceId'>api.row</Item>{}</Metadata>
<OutputClaims><OutputClaim ClaimTypeReferenceId='email' PartnerClaimType='Verified.Email' Required='true'/>
<OutputClaim ClaimTypeReferenceId='nick' Required='true'/><OutputClaim ClaimTypeReferenceId='givenName'/>
<OutputClaim ClaimTypeReferenceId='objectId' DefaultValue='0'/></OutputClaims></TechnicalProfile>",
        row.profile
    );
    let steps = "<OrchestrationStep Order='1' Type='ClaimsExchange'><ClaimsExchanges>
<ClaimsExchange Id='FormExchange' TechnicalProfileReferenceId='Row-Form'/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order='2' Type='SendClaims' CpimIssuerTechnicalProfileReferenceId='JwtIssuer'/>";
    (profile, steps.to_owned())
}
