//! What the tree holds, and one case for each rule of shape. The public policies have their own file.

use super::*;
use crate::source::{SourceId, Sources};

pub(super) struct Read {
    pub(super) sources: Sources,
    pub(super) id: SourceId,
    pub(super) tree: TrustFrameworkPolicy,
    pub(super) found: Diagnostics,
}

pub(super) fn read(bytes: &[u8]) -> Read {
    let mut sources = Sources::default();
    let id = sources.add("T.xml", bytes);
    let (tree, found) = parse(sources.get(id).expect("just added"));
    Read { sources, id, tree, found }
}

const HEAD: &str = r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
  PolicySchemaVersion="0.3.0.0" TenantId="contoso.onmicrosoft.com" PolicyId="B2C_1A_T" PublicPolicyUri="http://t/T">"#;

fn policy(body: &str) -> Read {
    read(format!("{HEAD}\n{body}</TrustFrameworkPolicy>").as_bytes())
}

fn blocks(body: &str) -> Read {
    policy(&format!("<BuildingBlocks>{body}</BuildingBlocks>"))
}

fn profile(body: &str) -> Read {
    let open = "<ClaimsProviders><ClaimsProvider><TechnicalProfiles><TechnicalProfile Id='P'>";
    let close = "</TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>";
    policy(&format!("{open}{body}{close}"))
}

fn steps(body: &str) -> Read {
    let open = "<UserJourneys><UserJourney Id='J'><OrchestrationSteps>";
    let close = "</OrchestrationSteps></UserJourney></UserJourneys>";
    policy(&format!("{open}{body}{close}"))
}

fn claim(body: &str) -> Read {
    blocks(&format!("<ClaimsSchema><ClaimType Id='c'>{body}</ClaimType></ClaimsSchema>"))
}

impl Read {
    /// Every finding as `code underlined | message | help; help`.
    fn told(&self) -> Vec<String> {
        let told = |one: &Diagnostic| {
            let help =
                if one.help.is_empty() { String::new() } else { format!(" | {}", one.help.join("; ")) };
            format!("{} {} | {}{help}", one.code.id, self.sources.slice(one.span), one.message)
        };
        self.found.iter().map(told).collect()
    }

    /// The places besides the first of the only finding.
    fn related(&self) -> Vec<(&str, u32)> {
        let related = self.found.iter().flat_map(|one| &one.related);
        let source = self.sources.get(self.id).expect("the file is there");
        related.map(|label| (source.slice(label.span), source.position(label.span.start).line)).collect()
    }
}

fn text(value: Option<&Spanned<String>>) -> &str {
    value.map_or("(none)", |value| value.value.as_str())
}

#[test]
fn a_well_shaped_policy_has_no_findings() {
    assert_eq!(policy("").told(), [""; 0]);
    assert_eq!(blocks("").told(), [""; 0]);
}

/// Elements and attributes where the schema has none, or another order.
fn misplaced() -> Vec<(Read, &'static str)> {
    vec![
        (
            blocks("<ClaimSchema/>"),
            "V0101 <ClaimSchema | `BuildingBlocks` has no element `ClaimSchema` | did you mean `ClaimsSchema`?",
        ),
        (
            policy(
                "<ClaimsProviders><TechnicalProfile Id='x'/><ClaimsProvider><TechnicalProfiles/></ClaimsProvider></ClaimsProviders>",
            ),
            "V0101 <TechnicalProfile | `ClaimsProviders` has no element `TechnicalProfile` | `TechnicalProfile` belongs into `TechnicalProfiles`",
        ),
        (
            claim("<InputValidationReference Id='v'><X/></InputValidationReference>"),
            "V0101 <X | `InputValidationReference` contains no elements, so `X` has no place in it",
        ),
        (
            policy("<x:Extra xmlns:x='urn:x'/>"),
            "V0101 <x:Extra | `TrustFrameworkPolicy` has no element `Extra`",
        ),
        (
            policy("<x:BuildingBlocks xmlns:x='urn:x'/>"),
            "V0101 <x:BuildingBlocks | `BuildingBlocks` is not in the namespace of `TrustFrameworkPolicy` | write it without prefix, or declare the namespace `http://schemas.microsoft.com/online/cpim/schemas/2013/06` for it",
        ),
        (
            profile("<InputClaims><InputClaim ClaimTypeReferenceId='c' Defaultvalue='1'/></InputClaims>"),
            "V0102 Defaultvalue | `InputClaim` has no attribute `Defaultvalue` | did you mean `DefaultValue`?",
        ),
        (
            claim("<DataType>string</DataType><DisplayName>C</DisplayName>"),
            "V0103 <DisplayName | in `ClaimType`, `DisplayName` must stand before `DataType`",
        ),
    ]
}

/// What the schema requires.
fn missing() -> Vec<(Read, &'static str)> {
    vec![
        (
            policy("<ClaimsProviders/>"),
            "V0104 <ClaimsProviders | `ClaimsProviders` lacks the element `ClaimsProvider`",
        ),
        (
            policy("<ClaimsProviders><ClaimsProvider/></ClaimsProviders>"),
            "V0104 <ClaimsProvider | `ClaimsProvider` lacks the element `TechnicalProfiles`",
        ),
        (
            policy("<BasePolicy><TenantId>contoso.onmicrosoft.com</TenantId></BasePolicy>"),
            "V0104 <BasePolicy | `BasePolicy` lacks the element `PolicyId`",
        ),
        (
            blocks("<Predicates><Predicate Id='p'/></Predicates>"),
            "V0105 <Predicate | `Predicate` lacks the attribute `Method`",
        ),
        (
            steps("<OrchestrationStep Order='1' type='Noop'/>"),
            "V0102 type | `OrchestrationStep` has no attribute `type` | did you mean `Type`?",
        ),
    ]
}

/// Values, texts and repetitions that it does not allow.
fn misvalued() -> Vec<(Read, &'static str)> {
    vec![
        (
            claim("<DataType>strng</DataType>"),
            "V0106 strng | `strng` is not allowed here | did you mean `string`?",
        ),
        (
            claim("<DataType>text</DataType>"),
            "V0106 text | `text` is not allowed here | allowed: `boolean`, `date`, `dateTime`, `duration`, `int`, `long`, `string`, `stringCollection`, `alternativeSecurityIdCollection`, `userIdentityCollection`, `userIdentity`, `phoneNumber`, `objectIdentityCollection`, `objectIdentity`",
        ),
        (profile("<IncludeInSso>no</IncludeInSso>"), "V0106 no | `no` is neither `true` nor `false`"),
        (
            steps("<OrchestrationStep Order='first' Type='Noop'/>"),
            "V0106 first | `first` is not a whole number",
        ),
        (
            steps("<OrchestrationStep Order='1' Type='SendClaim'/>"),
            "V0106 SendClaim | `SendClaim` is not allowed here | did you mean `SendClaims`?",
        ),
        (
            blocks("<Predicates><Predicate Id='' Method='m'/></Predicates>"),
            "V0106 <Predicate | `Id` of `Predicate` must not be empty",
        ),
        (
            blocks("<Localization><SupportedLanguages DefaultLanguage='English'/></Localization>"),
            "V0106 English | `English` is not a language, e.g. `en` or `pt-BR`",
        ),
        (
            blocks(
                "<ContentDefinitions><ContentDefinition Id='a'><DataUri>selfasserted</DataUri></ContentDefinition></ContentDefinitions>",
            ),
            "V0106 selfasserted | `selfasserted` is not a content URI: `https://…`, `~/…` or `urn:…`, without spaces and braces",
        ),
        (
            blocks("\n  stray words\n  "),
            "V0107 stray words | text where `BuildingBlocks` may only contain elements",
        ),
        (
            claim("<DataType>string</DataType><DataType>int</DataType>"),
            "V0108 <DataType | `DataType` may stand in `ClaimType` only once",
        ),
        (
            blocks("<ClaimsSchema><ClaimType Id='surname'/>\n<ClaimType Id='surname'/></ClaimsSchema>"),
            "V0109 surname | two elements of this file have the ClaimType Id `surname`",
        ),
        (
            blocks("<ClaimsSchema><ClaimType Id='surname'/>\n<ClaimType Id='surName'/></ClaimsSchema>"),
            "V0112 surName | the ClaimType Id `surName` differs from `surname` by case alone, so only the first counts",
        ),
        (
            claim(
                "<Restriction><Enumeration Text='t' Value='v'/><Pattern RegularExpression='a'/></Restriction>",
            ),
            "V0111 <Pattern | `Restriction` has either `Enumeration` or `Pattern`, not both",
        ),
        (
            profile("<Metadata><Item Key='a'>1</Item><Item Key=' A '>2</Item></Metadata>"),
            "V0110  A  | the item `A` is given again; the last one counts",
        ),
    ]
}

#[test]
fn each_violation_of_the_shape_is_told_once_at_its_place() {
    for (read, expected) in misplaced().into_iter().chain(missing()).chain(misvalued()) {
        // The list of all that is possible at a place is not this table's matter.
        let told: Vec<String> = read.told();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0] == expected || told[0].starts_with(&format!("{expected} | ")), "{}", told[0]);
    }
}

#[test]
fn a_repeated_key_points_at_the_first() {
    let read = blocks("<ClaimsSchema><ClaimType Id='surname'/>\n<ClaimType Id='surName'/></ClaimsSchema>");
    assert_eq!(read.related(), [("surname", 3)]);
    let read = claim("<DataType>string</DataType>\n<DisplayName>C</DisplayName>");
    assert_eq!(read.related(), [("<DataType", 3)]);
}

/// Policy-language 1.4, one case a key.
#[test]
fn every_key_of_the_schema_is_unique_in_a_file() {
    let twice = |wrap: &str, element: &str| blocks(&format!("<{wrap}>{element}{element}</{wrap}>"));
    let cases = [
        (twice("Predicates", "<Predicate Id='a' Method='m'/>"), "Predicate Id"),
        (twice("InputValidations", "<InputValidation Id='a'/>"), "InputValidation Id"),
        (twice("PredicateValidations", "<PredicateValidation Id='a'/>"), "PredicateValidation Id"),
        (twice("ClaimsTransformations", "<ClaimsTransformation Id='a' TransformationMethod='m'/>"), "ClaimsTransformation Id"),
        (
            twice("ClientDefinitions", "<ClientDefinition Id='a'><ClientUIFilterFlags>x</ClientUIFilterFlags></ClientDefinition>"),
            "ClientDefinition Id",
        ),
        (twice("ContentDefinitions", "<ContentDefinition Id='a'/>"), "ContentDefinition Id"),
        (twice("DisplayControls", "<DisplayControl Id='a' UserInterfaceControlType='QrCodeControl'/>"), "DisplayControl Id"),
        (
            policy(&format!("<ClaimsProviders>{0}{0}</ClaimsProviders>", "<ClaimsProvider><TechnicalProfiles><TechnicalProfile Id='a'/></TechnicalProfiles></ClaimsProvider>")),
            "TechnicalProfile Id",
        ),
        (policy(&format!("<UserJourneys>{0}{0}</UserJourneys>", "<UserJourney Id='a'/>")), "UserJourney Id"),
        (policy(&format!("<SubJourneys>{0}{0}</SubJourneys>", "<SubJourney Id='a' Type='Call'/>")), "SubJourney Id"),
        (steps(&"<OrchestrationStep Order='1' Type='Noop'/>".repeat(2)), "OrchestrationStep Order"),
        (
            steps(
                "<OrchestrationStep Order='1' Type='ClaimsExchange'><ClaimsExchanges><ClaimsExchange Id='a' TechnicalProfileReferenceId='p'/></ClaimsExchanges></OrchestrationStep>
                 <OrchestrationStep Order='2' Type='ClaimsExchange'><ClaimsExchanges><ClaimsExchange Id='a' TechnicalProfileReferenceId='p'/></ClaimsExchanges></OrchestrationStep>",
            ),
            "ClaimsExchange Id",
        ),
        (
            profile(&format!("<ValidationTechnicalProfiles>{0}{0}</ValidationTechnicalProfiles>", "<ValidationTechnicalProfile ReferenceId='a'/>")),
            "ValidationTechnicalProfile ReferenceId",
        ),
        (
            policy(&format!("<RelyingParty><Endpoints>{0}{0}</Endpoints></RelyingParty>", "<Endpoint Id='Token' UserJourneyReferenceId='j'/>")),
            "Endpoint Id",
        ),
        (
            policy(&format!("<DocumentReferences>{0}{0}</DocumentReferences>", "<DocumentReference Id='a'><DisplayName>d</DisplayName><Url>u</Url></DocumentReference>")),
            "DocumentReference Id",
        ),
    ];
    for (read, key) in cases {
        let told = read.told();
        assert_eq!(told.len(), 1, "{key}: {told:?}");
        assert!(told[0].starts_with("V0109") && told[0].contains(&format!("the {key} `")), "{key}: {told:?}");
    }
}

#[test]
fn mistakes_do_not_hide_each_other() {
    let read = blocks(
        "<ClaimsSchema>
           <ClaimType><DataType>strng</DataType><Colour/></ClaimType>
           <ClaimType Id='b'><UserInputType>Box</UserInputType><DisplayName>B</DisplayName></ClaimType>
         </ClaimsSchema>
         <Predicates><Predicate/></Predicates>",
    );
    let codes: Vec<&str> = read.found.iter().map(|one| one.code.id).collect();
    assert_eq!(codes, ["V0105", "V0106", "V0101", "V0106", "V0103", "V0105", "V0105"]);
    let claims: Vec<&str> =
        read.tree.building_blocks.claims_schema.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(claims, ["b"], "what nobody can name is left out");
}

#[test]
fn a_deployment_value_needs_its_form_unless_it_is_a_placeholder() {
    let root = |tenant: &str, id: &str| {
        let head = HEAD.replace("contoso.onmicrosoft.com", tenant);
        read(
            head.replace("TenantId=", &format!("TenantObjectId='{id}' TenantId="))
                .replace('>', "/>")
                .as_bytes(),
        )
    };
    let open = root("your-tenant", "&lt;tenant id&gt;");
    assert_eq!(text(open.tree.tenant_id.as_ref()), "your-tenant");
    assert_eq!(text(open.tree.tenant_object_id.as_ref()), "<tenant id>");
    assert_eq!(open.told(), [""; 0], "whoever compiles the policy says so once");
    let wrong = root("contoso-b2c.onmicrosoft.com", "mine");
    let codes: Vec<&str> = wrong.found.iter().map(|one| one.code.id).collect();
    assert_eq!(codes, ["V0106", "V0106"]);
}

#[test]
fn what_a_build_step_fills_in_needs_no_form() {
    let read = read(
        HEAD.replace("contoso.onmicrosoft.com", "{Settings:Tenant}")
            .replace("TenantId=", "DeploymentMode='{Settings:Mode}' TenantId=")
            .replace('>', "/>")
            .as_bytes(),
    );
    assert_eq!(read.told(), ["V0901 {Settings:Mode} | `{Settings:Mode}` has yet to be filled in"]);
    assert!(!read.found.has_errors());
    assert_eq!(text(read.tree.tenant_id.as_ref()), "{Settings:Tenant}");
    assert_eq!(read.tree.deployment_mode, None);
}

#[test]
fn the_root_must_be_a_policy_of_the_schema() {
    let wrong = read(b"<TrustFrameworkPolcy/>");
    assert_eq!(
        wrong.told(),
        [
            "V0010 <TrustFrameworkPolcy | the root element is `TrustFrameworkPolcy`, not `TrustFrameworkPolicy` | did you mean `TrustFrameworkPolicy`?"
        ]
    );
    assert!(!wrong.tree.readable);
    let other = read(HEAD.replace("2013/06", "2014/07").replace('>', "/>").as_bytes());
    assert_eq!(other.found.iter().map(|one| one.code.id).collect::<Vec<_>>(), ["V0011"]);
    assert!(other.tree.readable, "the rest is read all the same");
    let version = read(HEAD.replace("0.3.0.0", "0.2.0.0").replace('>', "/>").as_bytes());
    assert_eq!(version.told(), ["V0106 0.2.0.0 | the schema version must be `0.3.0.0`, not `0.2.0.0`"]);
}

#[test]
fn texts_are_trimmed_and_free_of_comments() {
    let read = profile(
        "<DisplayName>\n   Sign <!-- not --> in &amp; <![CDATA[<up>]]>  </DisplayName>
         <Metadata><Item Key=' url '>\n  https://a/b?c={tenant} \n</Item><Item Key='empty'/></Metadata>",
    );
    assert_eq!(read.told(), [""; 0]);
    let profile = &read.tree.claims_providers[0].technical_profiles[0];
    let name = profile.display_name.as_ref().expect("a name");
    assert_eq!(name.value, "Sign  in & <up>");
    assert_eq!(read.sources.slice(name.span), "Sign <!-- not --> in &amp; <![CDATA[<up>]]>");
    let items: Vec<(&str, &str)> =
        profile.metadata.iter().map(|one| (one.key.as_str(), one.value.as_str())).collect();
    assert_eq!(items, [("url", "https://a/b?c={tenant}"), ("empty", "")]);
    assert_eq!(read.sources.slice(profile.metadata[0].value.span), "https://a/b?c={tenant}");
}

#[test]
fn a_space_at_the_end_of_a_character_set_counts() {
    let read = blocks(
        "<Predicates><Predicate Id='p' Method='IncludesCharacters'><Parameters>
           <Parameter Id='CharacterSet'>a-z </Parameter><Parameter Id='Other'>\n  x\n </Parameter>
         </Parameters></Predicate></Predicates>",
    );
    let parameters = &read.tree.building_blocks.predicates[0].parameters;
    assert_eq!((parameters[0].value.as_str(), parameters[1].value.as_str()), ("a-z ", "x"));
}

#[test]
fn booleans_are_words_in_small_letters_or_digits() {
    for (written, expected) in [("true", true), ("1", true), (" false\n", false), ("0", false)] {
        let read = profile(&format!("<IncludeInSso>{written}</IncludeInSso>"));
        let value = read.tree.claims_providers[0].technical_profiles[0].include_in_sso;
        assert_eq!(value.map(|value| value.value), Some(expected), "{written}");
    }
    let read = profile("<IncludeInSso>True</IncludeInSso>");
    assert_eq!(read.told(), ["V0106 True | `True` must be written `true`"]);
}

#[test]
fn white_space_is_part_of_what_the_schema_enumerates() {
    let read = claim("<DataType>\n string </DataType>");
    assert_eq!(read.told(), ["V0106 string | white space around `string` is not allowed here"]);
}

#[test]
fn what_came_too_early_is_told_once_at_the_first_that_it_should_follow() {
    let read = profile(
        "<EnabledForUserJourneys>true</EnabledForUserJourneys><DisplayName>x</DisplayName>
         <Protocol Name='None'/><Metadata><Item Key='a'>1</Item></Metadata>",
    );
    let expected = "V0103 <DisplayName | in `TechnicalProfile`, `DisplayName` must stand before `EnabledForUserJourneys`";
    assert_eq!(read.told(), [expected]);
}

#[test]
fn what_is_missing_is_missed_before_the_element_that_follows_it() {
    let base = |inside: &str| policy(&format!("<BasePolicy>{inside}</BasePolicy>"));
    let (tenant, id) = ("<TenantId>contoso.onmicrosoft.com</TenantId>", "<PolicyId>B2C_1A_x</PolicyId>");
    assert_eq!(base(id).told(), ["V0104 <PolicyId | `BasePolicy` lacks the element `TenantId`"]);
    let swapped = base(&format!("{id}{tenant}"));
    assert_eq!(
        swapped.told(),
        ["V0103 <PolicyId | in `BasePolicy`, `TenantId` must stand before `PolicyId`"]
    );
    let unknown = base(&format!("<Tenant/>{id}"));
    assert_eq!(unknown.told().len(), 1, "{:?}", unknown.told());
    let often = profile("<InputClaims><OutputClaim/><OutputClaim/><OutputClaim/></InputClaims>");
    assert_eq!(often.told().len(), 1, "{:?}", often.told());
}

#[test]
fn spans_point_at_values_without_quotes() {
    let read = profile(
        "<OutputClaims>\n  <OutputClaim ClaimTypeReferenceId = 'email' Required='true'/></OutputClaims>",
    );
    let claim = &read.tree.claims_providers[0].technical_profiles[0].output_claims[0];
    let source = read.sources.get(read.id).expect("the file is there");
    assert_eq!(source.slice(claim.claim_type_reference_id.span), "email");
    assert_eq!(source.slice(claim.span), "<OutputClaim");
    let at = source.position(claim.claim_type_reference_id.span.start);
    assert_eq!((at.line, at.column), (4, 40));
}

#[test]
fn foreign_attributes_of_schema_tools_and_extensions_are_skipped() {
    let schema = "xmlns:xsi='https://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='a b' xml:lang='en' TenantId=";
    let head = HEAD.replace("TenantId=", schema);
    assert_eq!(read(head.replace('>', "/>").as_bytes()).told(), [""; 0]);
    assert_eq!(profile("<Extensions><x:Y xmlns:x='urn:x' z='1'>t</x:Y></Extensions>").told(), [""; 0]);
}

#[test]
fn a_profile_keeps_the_names_of_its_provider() {
    let read = policy(
        "<ClaimsProviders><ClaimsProvider><Domain>facebook.com</Domain><DisplayName>Facebook</DisplayName>
           <TechnicalProfiles><TechnicalProfile Id='F'/></TechnicalProfiles></ClaimsProvider></ClaimsProviders>",
    );
    let provider = &read.tree.claims_providers[0].technical_profiles[0].provider;
    assert_eq!(provider.domains[0].value, "facebook.com");
    assert_eq!(text(provider.display_name.as_deref()), "Facebook");
}

#[test]
fn absent_and_empty_preconditions_differ() {
    let read = steps(
        "<OrchestrationStep Order='1' Type='Noop'/>
         <OrchestrationStep Order='2' Type='Noop'><Preconditions><Precondition Type='ClaimsExist' ExecuteActionsIf='true'>
           <Value>objectId</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions>
         </OrchestrationStep>",
    );
    let steps = &read.tree.user_journeys[0].orchestration_steps;
    assert_eq!(steps[0].preconditions, None);
    let precondition = &steps[1].preconditions.as_ref().expect("given")[0];
    assert_eq!(precondition.values[0].value, "objectId");
    assert_eq!(precondition.actions[0].value, PreconditionAction::SkipThisOrchestrationStep);
}

#[test]
fn attack_120_fifty_mistakes_are_fifty_findings_in_one_run() {
    let five = |at: usize| {
        format!(
            "<ClaimType Id='a{at}'><DataType>strng</DataType></ClaimType>
             <ClaimType Id='b{at}'><Colour/></ClaimType>
             <ClaimType Id='c{at}' Size='1'/>
             <ClaimType Id='d{at}'><DataType>string</DataType><DisplayName>D</DisplayName></ClaimType>
             <ClaimType Id='e{at}'><Mask>*</Mask></ClaimType>"
        )
    };
    let read = blocks(&format!("<ClaimsSchema>{}</ClaimsSchema>", (0..10).map(five).collect::<String>()));
    let codes: Vec<&str> = read.found.iter().map(|one| one.code.id).collect();
    assert_eq!(codes, ["V0106", "V0101", "V0102", "V0103", "V0105"].repeat(10));
    let lines: Vec<u32> = read
        .found
        .iter()
        .filter_map(|one| {
            read.sources.get(one.span.source).map(|source| source.position(one.span.start).line)
        })
        .collect();
    assert!(lines.is_sorted(), "in the order of the file: {lines:?}");
    assert_eq!(read.tree.building_blocks.claims_schema.len(), 50, "nothing that has a name is lost");
}

#[test]
fn attack_121_unknown_elements_and_attributes_are_told_with_the_nearest_name() {
    let read = profile("<Protocol Name='Propietary' handler='x'/><OutputClams/>");
    assert_eq!(
        read.told(),
        [
            "V0106 Propietary | `Propietary` is not allowed here | did you mean `Proprietary`?",
            "V0102 handler | `Protocol` has no attribute `handler` | did you mean `Handler`?",
            "V0101 <OutputClams | `TechnicalProfile` has no element `OutputClams` | did you mean `OutputClaims`?",
        ]
    );
}
