//! One case for each row of policy-language 2.2.

use super::*;
use crate::diagnostic::codes;
use crate::source::Sources;
use crate::syntax::parse;

const NAMESPACE: &str = "http://schemas.microsoft.com/online/cpim/schemas/2013/06";

fn file(id: &str, base: Option<&str>, body: &str) -> String {
    let base = base.map_or_else(String::new, |base| {
        format!(
            "<BasePolicy><TenantId>contoso.onmicrosoft.com</TenantId><PolicyId>{base}</PolicyId></BasePolicy>"
        )
    });
    format!(
        "<TrustFrameworkPolicy xmlns='{NAMESPACE}' PolicySchemaVersion='0.3.0.0' TenantId='contoso.onmicrosoft.com' \
         PolicyId='{id}' PublicPolicyUri='http://contoso/{id}'>{base}{body}</TrustFrameworkPolicy>"
    )
}

fn trees(files: &[String]) -> (Sources, Vec<TrustFrameworkPolicy>) {
    let mut sources = Sources::default();
    let mut trees = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let id = sources.add(&format!("{at}.xml"), file.as_bytes());
        let (tree, found) = parse(sources.get(id).expect("just added"));
        assert!(found.is_empty(), "{}", found.to_text(&sources, false));
        trees.push(tree);
    }
    (sources, trees)
}

/// The bodies of a base and of its children, merged.
fn merged(bodies: &[&str]) -> Effective {
    let files: Vec<String> = bodies
        .iter()
        .enumerate()
        .map(|(at, body)| {
            let base = at.checked_sub(1).map(|base| format!("B2C_1A_{base}"));
            file(&format!("b2c_1a_{at}"), base.as_deref(), body)
        })
        .collect();
    let (sources, trees) = trees(&files);
    let leaf = trees.last().expect("at least one body");
    let chain = chain(leaf, &trees).unwrap_or_else(|finding| panic!("{}", finding.to_text(&sources, false)));
    assert_eq!(chain.len(), bodies.len());
    merge(&chain).expect("not empty")
}

fn block(name: &str, body: &str) -> String {
    format!("<BuildingBlocks><{name}>{body}</{name}></BuildingBlocks>")
}

fn provider(body: &str) -> String {
    format!(
        "<ClaimsProviders><ClaimsProvider><TechnicalProfiles>{body}</TechnicalProfiles></ClaimsProvider></ClaimsProviders>"
    )
}

/// A base profile and its overlay under another spelling of the id.
fn profile(base: &str, child: &str) -> TechnicalProfile {
    let base = provider(&format!("<TechnicalProfile Id='AAD-Common'>{base}</TechnicalProfile>"));
    let child = provider(&format!("<TechnicalProfile Id='aad-common'>{child}</TechnicalProfile>"));
    let mut effective = merged(&[&base, &child]);
    assert_eq!(effective.technical_profiles.len(), 1);
    Arc::unwrap_or_clone(effective.technical_profiles.remove(0))
}

fn journey(base: &str, child: &str) -> UserJourney {
    let wrap = |body: &str| {
        let steps = format!("<OrchestrationSteps>{body}</OrchestrationSteps>");
        format!("<UserJourneys><UserJourney Id='J'>{steps}</UserJourney></UserJourneys>")
    };
    let mut effective = merged(&[&wrap(base), &wrap(child)]);
    Arc::unwrap_or_clone(effective.user_journeys.remove(0))
}

fn texts<'a>(list: impl IntoIterator<Item = &'a Spanned<String>>) -> Vec<&'a str> {
    list.into_iter().map(|one| one.value.as_str()).collect()
}

fn text(value: Option<&Spanned<String>>) -> &str {
    value.map_or("(none)", |value| value.value.as_str())
}

#[test]
fn scalars_of_the_child_replace_and_the_declared_spelling_of_the_id_stays() {
    let base = "<DisplayName>Base</DisplayName><Description>kept</Description><Protocol Name='None'/><IncludeInSso>true</IncludeInSso>
        <IncludeTechnicalProfile ReferenceId='X'/><EnabledForUserJourneys>Always</EnabledForUserJourneys>";
    let child = "<DisplayName>Child</DisplayName><Protocol Name='OAuth2'/><IncludeInSso>false</IncludeInSso>
        <EnabledForUserJourneys>Never</EnabledForUserJourneys>";
    let profile = profile(base, child);
    assert_eq!(profile.id.value, "AAD-Common");
    assert_eq!((text(profile.display_name.as_ref()), text(profile.description.as_ref())), ("Child", "kept"));
    assert_eq!(profile.protocol.and_then(|one| one.name).map(|name| name.name()), Some("OAuth2"));
    assert_eq!(profile.include_in_sso.map(|one| one.value), Some(false));
    assert_eq!(text(profile.include_technical_profile.as_ref()), "X");
    assert_eq!(profile.enabled_for_user_journeys.map(|one| one.name()), Some("Never"));
}

#[test]
fn a_merged_node_knows_where_it_was_declared_and_overridden() {
    let profile = profile("", "");
    assert_eq!(profile.span.source.index(), 0);
    assert_eq!(profile.overrides.iter().map(|span| span.source.index()).collect::<Vec<_>>(), [1]);
}

#[test]
fn metadata_and_keys_are_replaced_one_by_one() {
    let base = "<Metadata><Item Key='a'>1</Item><Item Key='b'>2</Item></Metadata>
        <CryptographicKeys><Key Id='k' StorageReferenceId='B2C_1A_A'/><Key Id='l' StorageReferenceId='B2C_1A_L'/></CryptographicKeys>";
    let child = "<Metadata><Item Key='B'>3</Item><Item Key='c'>4</Item></Metadata>
        <CryptographicKeys><Key Id='K' StorageReferenceId='B2C_1A_B'/></CryptographicKeys>";
    let profile = profile(base, child);
    let items: Vec<_> = profile.metadata.iter().map(|one| (one.key.as_str(), one.value.as_str())).collect();
    assert_eq!(items, [("a", "1"), ("b", "3"), ("c", "4")]);
    let keys: Vec<_> = profile
        .cryptographic_keys
        .iter()
        .map(|one| (one.id.as_str(), text(one.storage_reference_id.as_ref())))
        .collect();
    assert_eq!(keys, [("k", "B2C_1A_B"), ("l", "B2C_1A_L")]);
}

#[test]
fn claims_stand_child_first_and_attributes_override_the_twin() {
    let base = "<OutputClaims><OutputClaim ClaimTypeReferenceId='a' PartnerClaimType='pa'/>
        <OutputClaim ClaimTypeReferenceId='b' DefaultValue='x' Required='true'/></OutputClaims>";
    let child = "<OutputClaims><OutputClaim ClaimTypeReferenceId='new'/>
        <OutputClaim ClaimTypeReferenceId='B' DefaultValue='y'/></OutputClaims>";
    let profile = profile(base, child);
    assert_eq!(
        texts(profile.output_claims.iter().map(|one| &one.claim_type_reference_id)),
        ["new", "B", "a"]
    );
    let twin = &profile.output_claims[1];
    assert_eq!(text(twin.default_value.as_ref()), "y");
    assert_eq!(twin.required.map(|one| one.value), Some(true));
    assert_eq!(twin.span.source.index(), 1);
}

#[test]
fn display_claims_are_told_apart_by_claim_or_control() {
    let base = "<DisplayClaims><DisplayClaim ClaimTypeReferenceId='x'/><DisplayClaim DisplayControlReferenceId='x'/></DisplayClaims>";
    let child =
        "<DisplayClaims><DisplayClaim DisplayControlReferenceId='X' Required='true'/></DisplayClaims>";
    let profile = profile(base, child);
    let required: Vec<bool> = profile.display_claims.iter().map(|one| one.required.is_some()).collect();
    assert_eq!(required, [true, false], "the control first, then the claim that only the base has");
}

#[test]
fn an_empty_list_clears_nothing() {
    let base = "<OutputClaims><OutputClaim ClaimTypeReferenceId='a'/></OutputClaims>";
    assert_eq!(profile(base, "<OutputClaims/>").output_claims.len(), 1);
}

/// Policy-language 2.3: about twenty samples need a new validation profile to run before or after the base's.
#[test]
fn validation_profiles_run_in_the_childs_order() {
    let list = |ids: &[&str]| {
        let one = |id: &&str| format!("<ValidationTechnicalProfile ReferenceId='{id}'/>");
        format!(
            "<ValidationTechnicalProfiles>{}</ValidationTechnicalProfiles>",
            ids.iter().map(one).collect::<String>()
        )
    };
    for (child, expected) in [(["NEW", "B"], ["NEW", "B"]), (["B", "NEW"], ["B", "NEW"])] {
        let profile = profile(&list(&["b"]), &list(&child));
        assert_eq!(
            texts(profile.validation_technical_profiles.iter().map(|one| &one.reference_id)),
            expected
        );
    }
    let profile = profile(&list(&["a", "b"]), &list(&["NEW"]));
    assert_eq!(
        texts(profile.validation_technical_profiles.iter().map(|one| &one.reference_id)),
        ["NEW", "a", "b"]
    );
}

#[test]
fn transformations_attached_to_a_profile_are_a_union() {
    let list = |ids: &[&str]| {
        let one = |id: &&str| format!("<OutputClaimsTransformation ReferenceId='{id}'/>");
        format!(
            "<OutputClaimsTransformations>{}</OutputClaimsTransformations>",
            ids.iter().map(one).collect::<String>()
        )
    };
    let profile = profile(&list(&["a", "b"]), &list(&["c", "A"]));
    assert_eq!(texts(&profile.output_claims_transformations), ["c", "A", "b"]);
}

#[test]
fn the_most_derived_names_of_a_provider_win() {
    let provider = |names: &str| {
        format!(
            "<ClaimsProviders><ClaimsProvider>{names}<TechnicalProfiles><TechnicalProfile Id='F'/></TechnicalProfiles>\
             </ClaimsProvider></ClaimsProviders>"
        )
    };
    let base = provider("<Domain>facebook.com</Domain><DisplayName>Facebook</DisplayName>");
    let child = provider("<DisplayName>Meta</DisplayName>");
    let effective = merged(&[&base, &child, &provider("<DisplayName></DisplayName>")]);
    let names = &effective.technical_profiles[0].provider;
    assert_eq!(
        (texts(names.domains.iter()), text(names.display_name.as_deref())),
        (vec!["facebook.com"], "Meta")
    );
}

#[test]
fn a_claim_type_may_be_overlaid_by_a_part_of_it() {
    let base =
        "<ClaimType Id='c'><DisplayName>C</DisplayName><DataType>int</DataType><DefaultPartnerClaimTypes>
        <Protocol Name='OAuth2' PartnerClaimType='o'/><Protocol Name='OpenIdConnect' PartnerClaimType='i'/>
        </DefaultPartnerClaimTypes></ClaimType>";
    let child =
        "<ClaimType Id='C'><DefaultPartnerClaimTypes><Protocol Name='OpenIdConnect' PartnerClaimType='j'/>
        </DefaultPartnerClaimTypes><UserInputType>TextBox</UserInputType></ClaimType>";
    let effective = merged(&[&block("ClaimsSchema", base), &block("ClaimsSchema", child)]);
    let [claim] = effective.building_blocks.claims_schema.as_slice() else { panic!("one claim") };
    assert_eq!((claim.id.as_str(), text(claim.display_name.as_ref())), ("c", "C"));
    assert_eq!(claim.data_type.map(|one| one.name()), Some("int"));
    assert_eq!(claim.user_input_type.map(|one| one.name()), Some("TextBox"));
    let partners: Vec<_> =
        claim.default_partner_claim_types.iter().map(|one| text(one.partner_claim_type.as_ref())).collect();
    assert_eq!(partners, ["o", "j"]);
}

#[test]
fn a_restriction_replaces_unless_it_says_otherwise() {
    let claim = |behavior: &str, values: &[&str]| {
        let one = |value: &&str| format!("<Enumeration Text='t' Value='{value}'/>");
        let body: String = values.iter().map(one).collect();
        block(
            "ClaimsSchema",
            &format!("<ClaimType Id='c'><Restriction {behavior}>{body}</Restriction></ClaimType>"),
        )
    };
    for (behavior, expected) in [
        ("", vec!["c", "d"]),
        ("MergeBehavior='ReplaceAll'", vec!["c", "d"]),
        ("MergeBehavior='Append'", vec!["a", "b", "c", "d"]),
        ("MergeBehavior='Prepend'", vec!["c", "d", "a", "b"]),
    ] {
        let effective = merged(&[&claim("", &["a", "b"]), &claim(behavior, &["c", "d"])]);
        let restriction = effective.building_blocks.claims_schema[0].restriction.as_ref().expect("given");
        assert_eq!(
            texts(restriction.enumerations.iter().filter_map(|one| one.value.as_ref())),
            expected,
            "{behavior}"
        );
    }
}

#[test]
fn languages_are_replaced_unless_they_say_otherwise() {
    let languages = |behavior: &str, list: &[&str]| {
        let one = |language: &&str| format!("<SupportedLanguage>{language}</SupportedLanguage>");
        let body: String = list.iter().map(one).collect();
        block("Localization", &format!("<SupportedLanguages {behavior}>{body}</SupportedLanguages>"))
    };
    for (behavior, expected) in [
        ("DefaultLanguage='de'", vec!["de", "fr"]),
        ("MergeBehavior='Append' DefaultLanguage='de'", vec!["en", "de", "fr"]),
        ("MergeBehavior='Prepend' DefaultLanguage='de'", vec!["de", "fr", "en"]),
    ] {
        let effective =
            merged(&[&languages("DefaultLanguage='en'", &["en", "de"]), &languages(behavior, &["de", "fr"])]);
        let localization = effective.building_blocks.localization.expect("given");
        let supported = localization.supported_languages.expect("given");
        assert_eq!(texts(&supported.languages), expected, "{behavior}");
        assert_eq!(text(supported.default_language.as_ref()), "de");
    }
}

#[test]
fn localized_strings_and_collections_are_replaced_by_their_keys() {
    let resources = |strings: &str, items: &str| {
        let collection = format!(
            "<LocalizedCollections><LocalizedCollection ElementType='ClaimType' ElementId='c' TargetCollection='Restriction'>\
             {items}</LocalizedCollection></LocalizedCollections>"
        );
        block(
            "Localization",
            &format!(
                "<LocalizedResources Id='api.en'>{collection}<LocalizedStrings>{strings}</LocalizedStrings></LocalizedResources>"
            ),
        )
    };
    let string = |id: &str, text: &str| {
        format!("<LocalizedString ElementType='UxElement' StringId='{id}'>{text}</LocalizedString>")
    };
    let base = resources(
        &(string("heading", "A") + &string("intro", "B")),
        "<Item Text='1' Value='1'/><Item Text='2' Value='2'/>",
    );
    let child = resources(&(string("Intro", "C") + &string("other", "D")), "<Item Text='3' Value='3'/>");
    let effective = merged(&[&base, &child]);
    let localization = effective.building_blocks.localization.expect("given");
    let [merged] = localization.localized_resources.as_slice() else { panic!("one") };
    assert_eq!(texts(merged.localized_strings.iter().map(|one| &one.value)), ["A", "C", "D"]);
    assert_eq!(merged.localized_collections[0].items.len(), 1, "the child replaces the collection");
}

#[test]
fn resource_references_are_told_apart_by_language() {
    let content = |behavior: &str, list: &[(&str, &str)]| {
        let one = |(language, id): &(&str, &str)| {
            format!(
                "<LocalizedResourcesReference Language='{language}' LocalizedResourcesReferenceId='{id}'/>"
            )
        };
        let body: String = list.iter().map(one).collect();
        let references =
            format!("<LocalizedResourcesReferences {behavior}>{body}</LocalizedResourcesReferences>");
        block("ContentDefinitions", &format!("<ContentDefinition Id='api'>{references}</ContentDefinition>"))
    };
    for (behavior, expected) in [
        ("", vec!["en2", "fr", "de"]),
        ("MergeBehavior='Prepend'", vec!["en2", "fr", "de"]),
        ("MergeBehavior='Append'", vec!["en1", "de", "fr"]),
        ("MergeBehavior='ReplaceAll'", vec!["en2", "fr"]),
    ] {
        let base = content("", &[("en", "en1"), ("de", "de")]);
        let effective = merged(&[&base, &content(behavior, &[("en", "en2"), ("fr", "fr")])]);
        let references =
            effective.building_blocks.content_definitions[0].localized_resources_references.as_ref();
        let ids = references
            .expect("given")
            .references
            .iter()
            .filter_map(|one| one.localized_resources_reference_id.as_ref());
        assert_eq!(texts(ids), expected, "{behavior}");
    }
}

#[test]
fn a_transformation_keeps_what_the_child_does_not_say() {
    let base = "<ClaimsTransformation Id='T' TransformationMethod='CreateStringClaim'><InputParameters>
        <InputParameter Id='value' DataType='string' Value='a'/><InputParameter Id='other' DataType='int' Value='1'/></InputParameters>
        <OutputClaims><OutputClaim ClaimTypeReferenceId='c' TransformationClaimType='createdClaim'/></OutputClaims></ClaimsTransformation>";
    let child = "<ClaimsTransformation Id='t' TransformationMethod='CreateStringClaim'><InputParameters>
        <InputParameter Id='Value' DataType='string' Value='b'/></InputParameters></ClaimsTransformation>";
    let effective = merged(&[&block("ClaimsTransformations", base), &block("ClaimsTransformations", child)]);
    let [one] = effective.building_blocks.claims_transformations.as_slice() else { panic!("one") };
    let values: Vec<_> = one.input_parameters.iter().map(|one| text(one.value.as_ref())).collect();
    assert_eq!(values, ["b", "1"]);
    assert_eq!(one.output_claims.len(), 1);
}

#[test]
fn predicates_and_their_groups_are_merged_by_id() {
    let predicate = |help: &str, parameter: &str| {
        block(
            "Predicates",
            &format!(
                "<Predicate Id='L' Method='IsLengthRange' {help}><Parameters>{parameter}</Parameters></Predicate>"
            ),
        )
    };
    let base = predicate(
        "HelpText='h'",
        "<Parameter Id='Minimum'>8</Parameter><Parameter Id='Maximum'>64</Parameter>",
    );
    let effective = merged(&[&base, &predicate("", "<Parameter Id='minimum'>12</Parameter>")]);
    let one = &effective.building_blocks.predicates[0];
    assert_eq!(text(one.help_text.as_ref()), "h");
    assert_eq!(texts(one.parameters.iter().map(|one| &one.value)), ["12", "64"]);

    let group = |id: &str, predicate: &str| {
        let reference =
            format!("<PredicateReferences><PredicateReference Id='{predicate}'/></PredicateReferences>");
        let group = format!(
            "<PredicateGroups><PredicateGroup Id='{id}'>{reference}</PredicateGroup></PredicateGroups>"
        );
        block("PredicateValidations", &format!("<PredicateValidation Id='V'>{group}</PredicateValidation>"))
    };
    let effective = merged(&[&group("G", "a"), &group("g", "b"), &group("H", "c")]);
    let groups = &effective.building_blocks.predicate_validations[0].predicate_groups;
    let references: Vec<_> =
        groups.iter().map(|one| texts(&one.predicate_references[0].references)).collect();
    assert_eq!(references, [["c"], ["b"]]);
}

#[test]
fn a_display_controls_actions_are_merged_by_id() {
    let control = |profiles: &[&str]| {
        let one = |id: &&str| {
            format!("<ValidationClaimsExchangeTechnicalProfile TechnicalProfileReferenceId='{id}'/>")
        };
        let body: String = profiles.iter().map(one).collect();
        let action = format!(
            "<Action Id='SendCode'><ValidationClaimsExchange>{body}</ValidationClaimsExchange></Action>"
        );
        block(
            "DisplayControls",
            &format!(
                "<DisplayControl Id='D' UserInterfaceControlType='VerificationControl'><Actions>{action}</Actions></DisplayControl>"
            ),
        )
    };
    let effective = merged(&[&control(&["Generate", "Send"]), &control(&["Mail", "send"])]);
    let actions = &effective.building_blocks.display_controls[0].actions;
    assert_eq!(actions.len(), 1);
    let ids = actions[0].technical_profiles.iter().map(|one| &one.technical_profile_reference_id);
    assert_eq!(texts(ids), ["Mail", "Send", "Generate"]);
}

const SKIP: &str = "<Preconditions><Precondition Type='ClaimsExist' ExecuteActionsIf='true'><Value>VALUE</Value>\
    <Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions>";

#[test]
fn steps_are_merged_by_order_and_sorted() {
    let journey = journey(
        "<OrchestrationStep Order='1' Type='Noop'/><OrchestrationStep Order='3' Type='Noop'/>",
        "<OrchestrationStep Order='2' Type='Noop'/><OrchestrationStep Order='3' Type='SendClaims' CpimIssuerTechnicalProfileReferenceId='JwtIssuer'/>",
    );
    let steps: Vec<_> = journey
        .orchestration_steps
        .iter()
        .map(|one| (one.order.value, one.kind.map_or("", |kind| kind.name())))
        .collect();
    assert_eq!(steps, [(1, "Noop"), (2, "Noop"), (3, "SendClaims")]);
}

#[test]
fn preconditions_are_replaced_when_given_and_kept_when_not() {
    let step = |preconditions: &str| {
        format!("<OrchestrationStep Order='1' Type='Noop'>{preconditions}</OrchestrationStep>")
    };
    let base = step(&SKIP.replace("VALUE", "a"));
    let values = |journey: &UserJourney| -> Vec<String> {
        let preconditions = journey.orchestration_steps[0].preconditions.iter().flatten();
        preconditions.flat_map(|one| &one.values).map(|one| one.value.clone()).collect()
    };
    assert_eq!(values(&journey(&base, &step(""))), ["a"]);
    assert_eq!(values(&journey(&base, &step(&SKIP.replace("VALUE", "b")))), ["b"]);
}

/// The cases of policy-language 2.2 that samples prove.
#[test]
fn a_step_keeps_what_the_child_does_not_touch() {
    let base = "<OrchestrationStep Order='1' Type='InvokeSubJourney'><JourneyList><Candidate SubJourneyReferenceId='S'/></JourneyList></OrchestrationStep>";
    let child = format!(
        "<OrchestrationStep Order='1' Type='InvokeSubJourney'>{}</OrchestrationStep>",
        SKIP.replace("VALUE", "a")
    );
    assert_eq!(texts(&journey(base, &child).orchestration_steps[0].journey_list), ["S"]);

    let base = "<OrchestrationStep Order='1' Type='CombinedSignInAndSignUp' ContentDefinitionReferenceId='api'>
        <ClaimsProviderSelections><ClaimsProviderSelection ValidationClaimsExchangeId='L'/></ClaimsProviderSelections>
        <ClaimsExchanges><ClaimsExchange Id='L' TechnicalProfileReferenceId='Old'/></ClaimsExchanges></OrchestrationStep>";
    let child = "<OrchestrationStep Order='1' Type='CombinedSignInAndSignUp'>
        <ClaimsExchanges><ClaimsExchange Id='l' TechnicalProfileReferenceId='New'/></ClaimsExchanges></OrchestrationStep>";
    let journey = journey(base, child);
    let step = &journey.orchestration_steps[0];
    assert_eq!(text(step.content_definition_reference_id.as_ref()), "api");
    assert_eq!(step.claims_provider_selections.as_ref().map(|one| one.selections.len()), Some(1));
    let exchanges = &step.claims_exchanges.as_ref().expect("given").exchanges;
    assert_eq!(exchanges.len(), 1);
    assert_eq!(text(exchanges[0].technical_profile_reference_id.as_ref()), "New");
}

#[test]
fn exchanges_accumulate() {
    let step = |id: &str| {
        let exchange = format!("<ClaimsExchange Id='{id}' TechnicalProfileReferenceId='P'/>");
        format!(
            "<OrchestrationStep Order='1' Type='ClaimsExchange'><ClaimsExchanges>{exchange}</ClaimsExchanges></OrchestrationStep>"
        )
    };
    let journey = journey(&step("a"), &step("b"));
    let exchanges = journey.orchestration_steps[0].claims_exchanges.as_ref().expect("given");
    assert_eq!(texts(exchanges.exchanges.iter().map(|one| &one.id)), ["b", "a"]);
}

#[test]
fn the_relying_party_is_the_nearest_and_not_merged() {
    let party = |journey: &str, rest: &str| {
        format!("<RelyingParty><DefaultUserJourney ReferenceId='{journey}'/>{rest}</RelyingParty>")
    };
    let behaviors = "<UserJourneyBehaviors><ScriptExecution>Allow</ScriptExecution></UserJourneyBehaviors>";
    let effective = merged(&[&party("Base", behaviors), "", &party("Leaf", "")]);
    let relying_party = effective.relying_party.expect("given");
    assert_eq!(text(relying_party.default_user_journey.as_ref()), "Leaf");
    assert_eq!(relying_party.user_journey_behaviors, None);
    let effective = merged(&[&party("Base", behaviors), ""]);
    assert_eq!(text(effective.relying_party.expect("the base's").default_user_journey.as_ref()), "Base");
}

#[test]
fn an_including_profile_keeps_its_own_name_and_provider() {
    let body = "<TechnicalProfile Id='AAD-Common'><DisplayName>Directory</DisplayName><Protocol Name='None'/>
          <Metadata><Item Key='a'>1</Item></Metadata></TechnicalProfile>
        <TechnicalProfile Id='AAD-Read'><Metadata><Item Key='b'>2</Item></Metadata>
          <IncludeTechnicalProfile ReferenceId='AAD-Common'/></TechnicalProfile>";
    let effective = merged(&[&provider(body)]);
    let [common, read] = effective.technical_profiles.as_slice() else { panic!("two") };
    let whole = include_profile(common, read);
    assert_eq!((whole.id.as_str(), whole.span), ("AAD-Read", read.span));
    assert_eq!(text(whole.display_name.as_ref()), "Directory");
    assert!(whole.protocol.is_some());
    assert_eq!(texts(whole.metadata.iter().map(|one| &one.key)), ["a", "b"]);
    assert!(whole.overrides.is_empty());
}

/// The code, the place and the message of a chain that is none.
fn refused(files: &[String]) -> (&'static str, String, String) {
    let (sources, trees) = trees(files);
    let leaf = trees.last().expect("at least one file");
    let finding = chain(leaf, &trees).expect_err("no chain");
    let place = format!(
        "{} {}",
        sources.get(finding.span.source).expect("a file").name(),
        sources.slice(finding.span)
    );
    (finding.code.id, place, format!("{} {}", finding.message, finding.help.join(" ")))
}

#[test]
fn attack_119_a_base_that_is_missing() {
    let (code, place, message) =
        refused(&[file("B2C_1A_Base", None, ""), file("B2C_1A_Leaf", Some("B2C_1A_Bsae"), "")]);
    assert_eq!((code, place.as_str()), (codes::BASE_MISSING.id, "1.xml B2C_1A_Bsae"));
    assert_eq!(message, "there is no policy `B2C_1A_Bsae` to inherit from did you mean `B2C_1A_Base`?");
}

#[test]
fn attack_119_a_base_in_a_circle() {
    let files = [file("A", Some("B"), ""), file("B", Some("C"), ""), file("C", Some("A"), "")];
    let (code, place, message) = refused(&files);
    assert_eq!((code, place.as_str()), (codes::BASE_CIRCLE.id, "2.xml A"));
    assert!(message.starts_with("the policies inherit in a circle: `A` → `B` → `C` → `A`"), "{message}");
    // Wherever one enters it, and from beside it, it is the same circle, told once.
    let (sources, trees) = trees(&[files.as_slice(), &[file("D", Some("B"), "")]].concat());
    let all: Vec<_> = trees.iter().map(|leaf| chain(leaf, &trees).expect_err("no chain")).collect();
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:#?}");
    assert_eq!(all[0].related.len(), 2);
    assert_eq!(crate::compile(&sources).diagnostics.count(), 1);
    assert_eq!(refused(&[file("A", Some("a"), "")]).0, codes::BASE_CIRCLE.id);
}

#[test]
fn attack_119_ten_levels_of_inheritance_and_one() {
    let files = |levels: usize| -> Vec<String> {
        let base = |at: usize| at.checked_sub(1).map(|base| format!("P{base}"));
        (0..=levels).map(|at| file(&format!("P{at}"), base(at).as_deref(), "")).collect()
    };
    let (_, ten) = trees(&files(10));
    assert_eq!(chain(&ten[10], &ten).map(|chain| chain.len()).ok(), Some(11));
    assert_eq!(refused(&files(11)).0, codes::CHAIN_TOO_LONG.id);
}

#[test]
fn attack_119_two_files_with_one_policy_id() {
    let twice = [file("A", None, ""), file("a", None, ""), file("B", Some("A"), "")];
    let (code, place, message) = refused(&twice);
    assert_eq!((code, place.as_str()), (codes::DUPLICATE_POLICY.id, "2.xml A"));
    assert_eq!(message.trim(), "more than one file has the policy id `A`");
    assert_eq!(refused(&[file("B", None, ""), file("b", None, "")]).0, codes::DUPLICATE_POLICY.id);
}

#[test]
fn attack_119_a_base_of_another_tenant() {
    let base = file("A", None, "").replace("contoso.onmicrosoft.com", "fabrikam.onmicrosoft.com");
    let (code, place, message) = refused(&[base, file("B", Some("A"), "")]);
    assert_eq!((code, place.as_str()), (codes::OTHER_TENANT.id, "1.xml contoso.onmicrosoft.com"));
    assert!(
        message.starts_with("`contoso.onmicrosoft.com` is another tenant than `fabrikam.onmicrosoft.com`"),
        "{message}"
    );
}

#[test]
fn a_placeholder_tenant_is_remarked_but_keeps_from_nothing() {
    let base = file("A", None, "").replace("contoso.onmicrosoft.com", "yourtenant.onmicrosoft.com");
    let (sources, trees) = trees(&[base, file("B", Some("A"), "")]);
    let chain = chain(&trees[1], &trees).expect("a chain");
    let remarks = remarks(&chain);
    let told: Vec<_> = remarks.iter().map(|one| (one.code, sources.slice(one.span))).collect();
    assert_eq!(told, [(codes::PLACEHOLDER_TENANT, "contoso.onmicrosoft.com")]);
    assert!(!remarks.has_errors());
}

#[test]
fn a_base_that_cannot_be_read_is_not_a_missing_one() {
    let mut sources = Sources::default();
    let broken = sources.add("A.xml", file("A", None, "<BuildingBlocks>").as_bytes());
    let leaf = sources.add("B.xml", file("B", Some("A"), "").as_bytes());
    let trees: Vec<_> =
        [broken, leaf].into_iter().filter_map(|id| sources.get(id)).map(|source| parse(source).0).collect();
    for tree in &trees {
        assert_eq!(chain(tree, &trees).expect_err("no chain").code, codes::BASE_UNREADABLE);
    }
}
