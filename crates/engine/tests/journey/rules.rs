//! Single rules of the language, each on a policy of its own (policy-language 4–11).

use super::small::{EMAIL_CODE, Small, exchange, page, send, transforms};
use super::*;
use vestibule_engine::journey::page::Control;

fn begin<'a>(world: &'a Script, policy: &'a Policy, parameters: &[(&str, &str)]) -> Visit<'a> {
    let parameters = parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let request = Request {
        parameters,
        tenant_id: "8d2d39a2-4d0c-4c5e-9f8a-0f1f6f6f6f6f".to_owned(),
        host: "login.example.test".to_owned(),
        address: "192.0.2.7".to_owned(),
        ..Request::default()
    };
    let (id, correlation, session) = ("t".to_owned(), "c-1".to_owned(), Session::default());
    let run = Run { policy, world };
    let beginning = Beginning { id, correlation, journey: None, request, session };
    let (journey, next) = now(run.begin(beginning)).unwrap();
    Visit { run, journey, next }
}

fn fault(next: &Next) -> (Option<u32>, String) {
    match next {
        Next::Finish(outcome) => match &**outcome {
            Outcome::Fault(fault) => (fault.number(), fault.text.clone()),
            Outcome::Issue(issue) => panic!("issued {:?}", issue.claims),
        },
        Next::Show(page) => panic!("a page {:?}", page.body),
    }
}

fn token(next: &Next) -> BTreeMap<String, serde_json::Value> {
    match next {
        Next::Finish(outcome) => match &**outcome {
            Outcome::Issue(issue) => issue.claims.iter().cloned().collect(),
            Outcome::Fault(fault) => panic!("{fault:?}"),
        },
        Next::Show(page) => panic!("a page {:?}", page.body),
    }
}

fn control(visit: &Visit<'_>) -> Control {
    let found = visit.form().items.iter().find_map(|item| match item {
        Item::Control(control) => Some(control.clone()),
        Item::Field(_) => None,
    });
    found.unwrap()
}

fn outputs(ids: &[&str]) -> String {
    let one = |id: &&str| format!(r#"<OutputClaim ClaimTypeReferenceId="{id}" DefaultValue="" />"#);
    ids.iter().map(one).collect()
}

const RESOLVING: &str = r#"<Item Key="IncludeClaimResolvingInClaimsHandling">true</Item>"#;

/// Policy-language 11: every group with the value of the request it stands for.
const RESOLVERS: &[(&str, Option<&str>)] = &[
    ("{Culture:LanguageName}", Some("en")),
    ("{Culture:LCID}", Some("1033")),
    ("{Culture:RFC5646}", Some("en")),
    ("{Culture:RegionName}", None),
    ("{Policy:PolicyId}", Some("B2C_1A_Small")),
    ("{Policy:RelyingPartyTenantId}", Some("t.onmicrosoft.com")),
    ("{Policy:TrustFrameworkTenantId}", Some("t.onmicrosoft.com")),
    ("{Policy:TenantObjectId}", Some("8d2d39a2-4d0c-4c5e-9f8a-0f1f6f6f6f6f")),
    ("{Context:CorrelationId}", Some("c-1")),
    ("{Context:DateTimeInUtc}", Some("11/24/2026 9:30:00 AM")),
    ("{Context:DeploymentMode}", Some("Development")),
    ("{Context:HostName}", Some("login.example.test")),
    ("{Context:IPAddress}", Some("192.0.2.7")),
    ("{Context:KMSI}", None),
    ("{Claim:held}", Some("held {OIDC:Nonce}")),
    ("{Claim:flag}", Some("True")),
    ("{Claim:absent}", None),
    ("{OIDC:AuthenticationContextReferences}", Some("loa2")),
    ("{OIDC:ClientId}", Some("app")),
    ("{OIDC:DomainHint}", Some("contoso.test")),
    ("{OIDC:LoginHint}", Some("ada@example.test")),
    ("{OIDC:MaxAge}", Some("60")),
    ("{OIDC:Nonce}", Some("n-1")),
    ("{OIDC:Prompt}", Some("login")),
    ("{OIDC:RedirectUri}", Some("https://app.test/cb")),
    ("{OIDC:Resource}", Some("https://api.test")),
    ("{OIDC:Scope}", Some("openid")),
    ("{OIDC:Username}", None),
    ("{OIDC:Password}", None),
    ("{OAUTH-KV:campaignId}", Some("spring")),
    ("{oauth-kv:campaignId}", Some("spring")),
    ("{OAUTH-KV:absent}", None),
    ("{SAML:Issuer}", None),
    ("pre-{OIDC:Nonce}-post", Some("pre-n-1-post")),
    ("{OIDC:Nonce}{OAUTH-KV:absent}", Some("n-1")),
];

const PARAMETERS: &[(&str, &str)] = &[
    ("acr_values", "loa2"),
    ("client_id", "app"),
    ("domain_hint", "contoso.test"),
    ("login_hint", "ada@example.test"),
    ("max_age", "60"),
    ("nonce", "n-1"),
    ("prompt", "login"),
    ("redirect_uri", "https://app.test/cb"),
    ("resource", "https://api.test"),
    ("scope", "openid"),
    ("campaignId", "spring"),
];

fn resolved(items: &str, resolver: &str, always: bool, held: bool) -> Option<serde_json::Value> {
    let always = if always { r#" AlwaysUseDefaultValue="true""# } else { "" };
    let held =
        if held { r#"<OutputClaim ClaimTypeReferenceId="out" DefaultValue="was there" />"# } else { "" };
    let profiles = transforms(
        "Before",
        "",
        &format!(
            r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="held" DefaultValue="held {{OIDC:Nonce}}" /><OutputClaim ClaimTypeReferenceId="flag" DefaultValue="true" />{held}</OutputClaims>"#
        ),
    ) + &transforms(
        "Resolve",
        items,
        &format!(
            r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="out" DefaultValue="{resolver}"{always} /></OutputClaims>"#
        ),
    );
    let steps = exchange(1, "Before") + &exchange(2, "Resolve") + &send(3);
    let claims = ["held", "flag:boolean", "absent", "out"];
    let small = Small {
        claims: &claims,
        profiles: &profiles,
        steps: &steps,
        outputs: &outputs(&["out"]),
        ..Small::default()
    };
    let (world, policy) = (Script::new(), small.policy());
    let visit = begin(&world, &policy, PARAMETERS);
    token(&visit.next).get("out").cloned()
}

#[test]
fn every_claim_resolver_has_its_value_where_the_profile_expands_them() {
    for (resolver, expected) in RESOLVERS {
        let found = resolved(RESOLVING, resolver, true, false);
        assert_eq!(found, expected.map(serde_json::Value::from), "{resolver}");
    }
}

/// Policy-language 11.1, A and B.
#[test]
fn a_resolver_needs_the_profile_s_flag_and_is_forced_by_always_use_default_value() {
    let text = |items, always, held| resolved(items, "{OIDC:Nonce}", always, held).unwrap();
    assert_eq!(text(RESOLVING, true, true), "n-1", "A and B");
    assert_eq!(text(RESOLVING, false, true), "was there", "A alone, a value is there");
    assert_eq!(text(RESOLVING, false, false), "n-1", "A alone, no value");
    assert_eq!(text("", true, true), "{OIDC:Nonce}", "B alone: the text itself");
    assert_eq!(text("", false, false), "{OIDC:Nonce}", "neither: the text itself");
}

#[test]
fn a_resolver_that_does_not_exist_ends_the_journey_where_it_would_be_expanded() {
    for (resolver, code) in [("{OIDC:Weather}", 90044), ("{QueryString:x}", 90045), ("{SAML-KV:x}", 90045)] {
        for place in ["profile", "page", "party"] {
            let claim = format!(r#"<OutputClaim ClaimTypeReferenceId="out" DefaultValue="{resolver}" />"#);
            let wrapped = format!("<OutputClaims>{claim}</OutputClaims>");
            let profiles = match place {
                "page" => page("P", RESOLVING, &wrapped),
                _ => transforms("P", RESOLVING, &wrapped),
            };
            let (steps, outputs) = match place {
                "party" => (send(1), claim),
                _ => (exchange(1, "P") + &send(2), String::new()),
            };
            let small = Small {
                claims: &["out:string:TextBox"],
                profiles: &profiles,
                steps: &steps,
                outputs: &outputs,
                ..Small::default()
            };
            let (world, policy) = (Script::new(), small.policy());
            let (number, text) = fault(&begin(&world, &policy, &[]).next);
            assert_eq!(number, Some(code), "{resolver} {place}");
            assert!(text.contains(resolver), "{text}");
        }
    }
    // Where nothing is expanded, and where it is no resolver, it stays what it is.
    for text in ["{OIDC:Weather}", "{QueryString:x}"] {
        assert_eq!(resolved("", text, false, false).unwrap(), text);
    }
    for text in ["{0}", "{tenant}", "{claimId}", "{ &quot;a&quot;: 1 }"] {
        let shown = text.replace("&quot;", "\"");
        assert_eq!(resolved(RESOLVING, text, false, false).unwrap(), shown);
    }
}

#[test]
fn the_time_is_a_date_for_a_claim_that_holds_one() {
    for (kind, expected) in [("dateTime", serde_json::json!(1_795_512_600)), ("date", "2026-11-24".into())] {
        let profiles = transforms(
            "P",
            RESOLVING,
            r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="out" DefaultValue="{Context:DateTimeInUtc}" /></OutputClaims>"#,
        );
        let claim = format!("out:{kind}");
        let small = Small {
            claims: &[&claim],
            profiles: &profiles,
            steps: &(exchange(1, "P") + &send(2)),
            outputs: &outputs(&["out"]),
            ..Small::default()
        };
        let (world, policy) = (Script::new(), small.policy());
        assert_eq!(token(&begin(&world, &policy, &[]).next)["out"], expected, "{kind}");
    }
}

/// Attack 21 at every place where resolvers are expanded: what a parameter brings is text.
#[test]
fn attack_021_what_a_parameter_brings_is_never_resolved_again() {
    let hostile = "{Claim:secret} {OIDC:Nonce} <b>'\"&%00{{x}}";
    let profiles = transforms(
        "P",
        RESOLVING,
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="first" DefaultValue="{OAUTH-KV:x}" AlwaysUseDefaultValue="true" /></InputClaims><OutputClaims><OutputClaim ClaimTypeReferenceId="first" DefaultValue="{OAUTH-KV:x}" AlwaysUseDefaultValue="true" /><OutputClaim ClaimTypeReferenceId="secret" DefaultValue="s3cret" /><OutputClaim ClaimTypeReferenceId="second" DefaultValue="{Claim:first}" AlwaysUseDefaultValue="true" /></OutputClaims>"#,
    ) + &page(
        "Ask",
        RESOLVING,
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="field" DefaultValue="{Claim:second}" AlwaysUseDefaultValue="true" /></InputClaims><OutputClaims><OutputClaim ClaimTypeReferenceId="field" /></OutputClaims>"#,
    );
    let small = Small {
        claims: &["first", "second", "secret", "field:string:TextBox"],
        profiles: &profiles,
        steps: &(exchange(1, "P") + &exchange(2, "Ask") + &send(3)),
        behaviours: r#"<ContentDefinitionParameters><Parameter Name="p">{OAUTH-KV:x}</Parameter></ContentDefinitionParameters>"#,
        load_uri: "https://pages.test/{Culture:LanguageName}/{OAUTH-KV:x}/a b.html",
        outputs: r#"<OutputClaim ClaimTypeReferenceId="second" /><OutputClaim ClaimTypeReferenceId="first" PartnerClaimType="party" DefaultValue="{OAUTH-KV:x}" AlwaysUseDefaultValue="true" /><OutputClaim ClaimTypeReferenceId="field" DefaultValue="" />"#,
        ..Small::default()
    };
    let (world, policy) = (Script::new(), small.policy());
    let mut visit = begin(&world, &policy, &[("x", hostile), ("nonce", "n-1")]);
    let template = visit.page().template.clone();
    let (path, query) = template.split_once('?').unwrap();
    assert!(
        path.starts_with("https://pages.test/en/%7BClaim%3Asecret%7D%20%7BOIDC%3ANonce%7D%20%3Cb%3E"),
        "{path}"
    );
    assert!(query.starts_with("p=%7BClaim%3Asecret%7D"), "{query}");
    assert!(
        !template.contains("s3cret") && !template.contains("n-1") && !template.contains('<'),
        "{template}"
    );
    assert_eq!(visit.fields()[0].value.as_deref(), Some(hostile));
    assert_eq!(visit.post(&[("field", hostile)]), Reply::Accepted);
    visit.confirm();
    let token = token(&visit.next);
    for name in ["second", "party", "field"] {
        assert_eq!(token[name], hostile, "{name}");
    }
}

/// Policy-language 4.1.3: display only, and only where nothing is typed.
#[test]
fn a_mask_covers_what_is_shown_and_never_comes_back() {
    let masked = |id: &str, input: &str, mask: &str| {
        format!(
            r#"<ClaimType Id="{id}"><DisplayName>{id}</DisplayName><DataType>string</DataType>{mask}<UserInputType>{input}</UserInputType></ClaimType>"#
        )
    };
    let simple = r#"<Mask Type="Simple">XXX-XXX-</Mask>"#;
    let regex = r#"<Mask Type="Regex" Regex="(?&lt;=.).(?=.*@)">*</Mask>"#;
    let types = masked("phone", "Readonly", simple)
        + &masked("mail", "Paragraph", regex)
        + &masked("typed", "TextBox", simple);
    let rest = r#"<InputClaims><InputClaim ClaimTypeReferenceId="phone" DefaultValue="324-232-4343" /><InputClaim ClaimTypeReferenceId="mail" DefaultValue="jane@x.y" /><InputClaim ClaimTypeReferenceId="typed" DefaultValue="324-232-4343" /></InputClaims><OutputClaims><OutputClaim ClaimTypeReferenceId="phone" /><OutputClaim ClaimTypeReferenceId="mail" /><OutputClaim ClaimTypeReferenceId="typed" /></OutputClaims>"#;
    let small = Small {
        claim_types: &types,
        profiles: &page("P", "", rest),
        steps: &(exchange(1, "P") + &send(2)),
        outputs: &outputs(&["phone", "mail", "typed"]),
        ..Small::default()
    };
    let (world, policy) = (Script::new(), small.policy());
    let mut visit = begin(&world, &policy, &[]);
    let shown: Vec<_> = visit.fields().iter().map(|field| field.value.clone().unwrap()).collect();
    assert_eq!(shown, ["XXX-XXX-4343", "j***@x.y", "324-232-4343"]);
    let posted = [("phone", "XXX-XXX-4343"), ("mail", "j***@x.y"), ("typed", "324-232-4343")];
    assert_eq!(visit.post(&posted), Reply::Accepted);
    visit.confirm();
    let token = token(&visit.next);
    assert_eq!((&token["phone"], &token["mail"]), (&"324-232-4343".into(), &"jane@x.y".into()));
}

/// An address in a read-only field: proven as the server holds it, whatever is posted, and not passed without proof.
#[test]
fn attack_027_a_read_only_address_is_proven_as_the_server_holds_it() {
    let rest = r#"<InputClaims><InputClaim ClaimTypeReferenceId="mail" DefaultValue="ada@example.test" /></InputClaims><OutputClaims><OutputClaim ClaimTypeReferenceId="mail" PartnerClaimType="Verified.Email" Required="true" /></OutputClaims>"#;
    let small = Small {
        claims: &["mail:string:Readonly"],
        profiles: &page("P", "", rest),
        steps: &(exchange(1, "P") + &send(2)),
        outputs: &outputs(&["mail"]),
        ..Small::default()
    };
    let (world, policy) = (Script::new(), small.policy());
    let mut visit = begin(&world, &policy, &[]);
    assert!(matches!(visit.post(&[("mail", "ada@example.test")]), Reply::Rejected { .. }), "not proven");
    let sent = now(visit.run.send_code(&mut visit.journey, "mail", "evil@example.test")).unwrap();
    assert_eq!(sent, Reply::Accepted);
    assert_eq!(world.calls.lock().unwrap().last().unwrap(), "send ada@example.test");
    let checked = now(visit.run.check_code(&mut visit.journey, "mail", ("evil@example.test", CODE))).unwrap();
    assert_eq!(checked, Reply::Accepted);
    assert_eq!(world.calls.lock().unwrap().last().unwrap(), "check ada@example.test");
    assert_eq!(visit.post(&[("mail", "evil@example.test")]), Reply::Accepted);
    visit.confirm();
    assert_eq!(token(&visit.next)["mail"], "ada@example.test");
}

#[test]
fn refused_actions_of_a_control_count_against_the_retry_limit() {
    let code = format!(
        r#"<TechnicalProfile Id="Send"><DisplayName>S</DisplayName>{EMAIL_CODE}<Metadata><Item Key="Operation">SendCode</Item></Metadata><InputClaims><InputClaim ClaimTypeReferenceId="mail" PartnerClaimType="emailAddress" /></InputClaims></TechnicalProfile><TechnicalProfile Id="Verify"><DisplayName>V</DisplayName>{EMAIL_CODE}<Metadata><Item Key="Operation">VerifyCode</Item></Metadata><InputClaims><InputClaim ClaimTypeReferenceId="mail" PartnerClaimType="emailAddress" /><InputClaim ClaimTypeReferenceId="code" PartnerClaimType="verificationCode" /></InputClaims></TechnicalProfile>"#
    );
    let control_xml = r#"<DisplayControl Id="C" UserInterfaceControlType="VerificationControl"><DisplayClaims><DisplayClaim ClaimTypeReferenceId="mail" Required="true" /><DisplayClaim ClaimTypeReferenceId="code" ControlClaimType="VerificationCode" Required="true" /></DisplayClaims><OutputClaims><OutputClaim ClaimTypeReferenceId="mail" /></OutputClaims><Actions><Action Id="SendCode"><ValidationClaimsExchange><ValidationClaimsExchangeTechnicalProfile TechnicalProfileReferenceId="Send" /></ValidationClaimsExchange></Action><Action Id="VerifyCode"><ValidationClaimsExchange><ValidationClaimsExchangeTechnicalProfile TechnicalProfileReferenceId="Verify" /></ValidationClaimsExchange></Action></Actions></DisplayControl>"#;
    let rest = r#"<DisplayClaims><DisplayClaim DisplayControlReferenceId="C" /></DisplayClaims><OutputClaims><OutputClaim ClaimTypeReferenceId="mail" /></OutputClaims>"#;
    let small = Small {
        claims: &["mail:string:TextBox", "code:string:TextBox"],
        controls: control_xml,
        profiles: &(code + &page("P", r#"<Item Key="setting.retryLimit">2</Item>"#, rest)),
        steps: &(exchange(1, "P") + &send(2)),
        ..Small::default()
    };
    let (world, policy) = (Script::new(), small.policy());
    let mut visit = begin(&world, &policy, &[]);
    assert_eq!(control(&visit).id.as_ref(), "C");
    let fields = |code: &str| -> BTreeMap<String, Vec<String>> {
        [("mail", MAIL), ("code", code)].map(|(n, v)| (n.to_owned(), vec![v.to_owned()])).into()
    };
    let mut act = |action: &str, code: &str| {
        now(visit.run.act(&mut visit.journey, ("C", action), &fields(code))).unwrap()
    };
    assert_eq!(act("SendCode", ""), Reply::Accepted);
    assert!(matches!(act("VerifyCode", "000000"), Reply::Rejected { code: Some(90159), .. }));
    assert!(matches!(act("VerifyCode", "000000"), Reply::Rejected { code: Some(90157), .. }));
    assert_eq!(act("VerifyCode", CODE), Reply::OutOfTurn);
    visit.choose(Choice::Confirmed { remember: false });
    assert_eq!(fault(&visit.next).0, Some(90157));
}

/// Policy-language 8: Call comes back, Transfer does not.
#[test]
fn a_sub_journey_of_type_call_returns_and_one_of_type_transfer_ends_the_journey() {
    let mark = |id: &str| {
        transforms(
            &format!("Mark{id}"),
            "",
            &format!(
                r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="{id}" DefaultValue="yes" /></OutputClaims>"#
            ),
        )
    };
    let invoke = |order: u32, name: &str| {
        format!(
            r#"<OrchestrationStep Order="{order}" Type="InvokeSubJourney"><JourneyList><Candidate SubJourneyReferenceId="{name}" /></JourneyList></OrchestrationStep>"#
        )
    };
    let sub = |id: &str, kind: &str, steps: &str| {
        format!(
            r#"<SubJourney Id="{id}" Type="{kind}"><OrchestrationSteps>{steps}</OrchestrationSteps></SubJourney>"#
        )
    };
    let skipped_send = send(2).replace(
        " />",
        r#"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>a</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions></OrchestrationStep>"#,
    );
    let subs = sub("Inner", "Call", &exchange(1, "Marka"))
        + &sub("Call", "Call", &(invoke(1, "Inner") + &exchange(2, "Markb")))
        + &sub("Transfer", "Transfer", &(exchange(1, "Markb") + &send(2)))
        + &sub("Open", "Transfer", &(exchange(1, "Marka") + &skipped_send));
    let noop = r#"<OrchestrationStep Order="2" Type="Noop" />"#;
    let run = |first: &str| {
        let small = Small {
            claims: &["a", "b", "c"],
            profiles: &(mark("a") + &mark("b") + &mark("c")),
            steps: &(invoke(1, first) + noop + &exchange(3, "Markc") + &send(4)),
            journey: r#"DefaultCpimIssuerTechnicalProfileReferenceId="JwtIssuer""#,
            sub_journeys: &subs,
            outputs: &outputs(&["a", "b", "c"]),
            ..Small::default()
        };
        let (world, policy) = (Script::new(), small.policy());
        begin(&world, &policy, &[]).next
    };
    let names = |next: &Next| token(next).into_keys().filter(|name| name != "sub").collect::<Vec<_>>();
    assert_eq!(names(&run("Call")), ["a", "b", "c"], "a call within a call, and back");
    assert_eq!(names(&run("Transfer")), ["b"], "what comes behind it never runs");
    assert_eq!(fault(&run("Open")).0, Some(90040), "a transfer without its own end");
}

#[test]
fn a_journey_marked_non_interactive_ends_where_it_would_ask() {
    let rest = r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="a" /></OutputClaims>"#;
    let small = Small {
        claims: &["a:string:TextBox"],
        profiles: &page("P", "", rest),
        steps: &(exchange(1, "P") + &send(2)),
        journey: r#"NonInteractive="true""#,
        ..Small::default()
    };
    let (world, policy) = (Script::new(), small.policy());
    assert_eq!(fault(&begin(&world, &policy, &[]).next).0, Some(90085));
}

/// Policy-language 5.3: AlwaysUseDefaultValue without a DefaultValue forces nothing.
#[test]
fn always_use_default_value_without_a_default_keeps_the_value() {
    let profiles = transforms(
        "A",
        "",
        r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="a" DefaultValue="x" /></OutputClaims>"#,
    ) + &page(
        "P",
        "",
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="a" AlwaysUseDefaultValue="true" /></InputClaims><OutputClaims><OutputClaim ClaimTypeReferenceId="a" /></OutputClaims>"#,
    );
    let small = Small {
        claims: &["a:string:TextBox"],
        profiles: &profiles,
        steps: &(exchange(1, "A") + &exchange(2, "P") + &send(3)),
        ..Small::default()
    };
    let (world, policy) = (Script::new(), small.policy());
    let visit = begin(&world, &policy, &[]);
    assert_eq!(visit.fields()[0].value.as_deref(), Some("x"));
}

/// Policy-language 5.5: a local sign-in that is not enabled is not on the combined page.
#[test]
fn a_disabled_local_sign_in_is_not_embedded() {
    let rest = r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="name" Required="true" /></OutputClaims>"#;
    let local = page(
        "Local",
        r#"<Item Key="ClaimTypeOnWhichToEnable">ways</Item><Item Key="ClaimValueOnWhichToEnable">local</Item>"#,
        &format!(
            "{rest}<EnabledForUserJourneys>OnItemExistenceInStringCollectionClaim</EnabledForUserJourneys>"
        ),
    );
    let profiles = local
        + &page("One", "", rest)
        + &page("Two", "", rest)
        + &transforms(
            "Ways",
            RESOLVING,
            r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="ways" DefaultValue="{OAUTH-KV:ways}" /></OutputClaims>"#,
        );
    let combined = r#"<OrchestrationStep Order="2" Type="CombinedSignInAndSignUp" ContentDefinitionReferenceId="api.signuporsignin"><ClaimsProviderSelections><ClaimsProviderSelection TargetClaimsExchangeId="E1" /><ClaimsProviderSelection TargetClaimsExchangeId="E2" /><ClaimsProviderSelection ValidationClaimsExchangeId="L" /></ClaimsProviderSelections><ClaimsExchanges><ClaimsExchange Id="L" TechnicalProfileReferenceId="Local" /></ClaimsExchanges></OrchestrationStep><OrchestrationStep Order="3" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="E1" TechnicalProfileReferenceId="One" /><ClaimsExchange Id="E2" TechnicalProfileReferenceId="Two" /></ClaimsExchanges></OrchestrationStep>"#;
    let small = Small {
        claims: &["ways:stringCollection", "name:string:TextBox"],
        profiles: &profiles,
        steps: &(exchange(1, "Ways") + combined + &send(4)),
        ..Small::default()
    };
    let (world, policy) = (Script::new(), small.policy());
    for (ways, has_form) in [("local", true), ("other", false)] {
        let visit = begin(&world, &policy, &[("ways", ways)]);
        let Body::Unified(unified) = &visit.page().body else { panic!("{:?}", visit.page().body) };
        assert_eq!(unified.form.is_some(), has_form, "{ways}");
        assert_eq!(unified.providers.len(), 2);
    }
}

/// Policy-language 11.1: metadata holds resolvers where the profile expands them, and nowhere else.
#[test]
fn texts_of_a_profile_s_metadata_hold_resolvers_where_it_expands_them() {
    let assertion = r#"<ClaimsTransformation Id="Same" TransformationMethod="AssertStringClaimsAreEqual"><InputClaims><InputClaim ClaimTypeReferenceId="a" TransformationClaimType="inputClaim1" /><InputClaim ClaimTypeReferenceId="b" TransformationClaimType="inputClaim2" /></InputClaims><InputParameters><InputParameter Id="stringComparison" DataType="string" Value="ordinal" /></InputParameters></ClaimsTransformation>"#;
    let asserts = transforms(
        "Assert",
        "",
        r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="c" DefaultValue="x" /></OutputClaims><OutputClaimsTransformations><OutputClaimsTransformation ReferenceId="Same" /></OutputClaimsTransformations>"#,
    );
    let asks = r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="a" Required="true" /><OutputClaim ClaimTypeReferenceId="b" Required="true" /></OutputClaims><ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="Assert" /></ValidationTechnicalProfiles>"#;
    let texts = r#"<Item Key="UserMessageIfClaimsTransformationStringsAreNotEqual">No, {OAUTH-KV:name} ({Culture:LanguageName}); {0}</Item><Item Key="language.button_continue">On, {OAUTH-KV:name}</Item>"#;
    let name = "{Claim:a} {0} <b>";
    let told = |items: &str| {
        let small = Small {
            claims: &["a:string:TextBox", "b:string:TextBox", "c"],
            transformations: assertion,
            profiles: &(asserts.clone() + &page("P", &format!("{items}{texts}"), asks)),
            steps: &(exchange(1, "P") + &send(2)),
            ..Small::default()
        };
        let (world, policy) = (Script::new(), small.policy());
        let mut visit = begin(&world, &policy, &[("name", name)]);
        let button = visit.page().words["button_continue"].clone();
        let reply = visit.post(&[("a", "1"), ("b", "2")]);
        (button, message(&reply).to_owned())
    };
    let (button, refused) = told(RESOLVING);
    assert_eq!(button, format!("On, {name}"));
    assert_eq!(refused, format!("No, {name} (en); "));
    let (button, refused) = told("");
    assert_eq!(button, "On, {OAUTH-KV:name}");
    assert_eq!(refused, "No, {OAUTH-KV:name} ({Culture:LanguageName}); ");
}

/// A combined step of one embedded form and two targets, the step behind it, and the end.
fn combined(local: &str, display: &str, targets: &[&str]) -> String {
    let target = |one: &&str| format!(r#"<ClaimsProviderSelection TargetClaimsExchangeId="{one}" />"#);
    let selections: String = targets.iter().map(target).collect();
    let embedded = match local {
        "" => String::new(),
        _ => r#"<ClaimsProviderSelection ValidationClaimsExchangeId="L" />"#.to_owned(),
    };
    let exchanges = match local {
        "" => String::new(),
        local => format!(
            r#"<ClaimsExchanges><ClaimsExchange Id="L" TechnicalProfileReferenceId="{local}" /></ClaimsExchanges>"#
        ),
    };
    let kind = if local.is_empty() { "ClaimsProviderSelection" } else { "CombinedSignInAndSignUp" };
    let content = if local.is_empty() { "api.idpselections" } else { "api.signuporsignin" };
    format!(
        r#"<OrchestrationStep Order="1" Type="{kind}" ContentDefinitionReferenceId="{content}"><ClaimsProviderSelections{display}>{selections}{embedded}</ClaimsProviderSelections>{exchanges}</OrchestrationStep><OrchestrationStep Order="2" Type="ClaimsExchange"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>name</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><ClaimsExchanges><ClaimsExchange Id="E1" TechnicalProfileReferenceId="One" /><ClaimsExchange Id="E2" TechnicalProfileReferenceId="Two" /><ClaimsExchange Id="E3" TechnicalProfileReferenceId="Three" /></ClaimsExchanges></OrchestrationStep>"#
    ) + &send(3)
}

const NAME: &str =
    r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="name" Required="true" /></OutputClaims>"#;

fn targets() -> String {
    let mark = |id: &str| {
        transforms(
            id,
            "",
            &format!(
                r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="way" DefaultValue="{id}" /></OutputClaims>"#
            ),
        )
    };
    mark("One") + &mark("Two") + &mark("Three")
}

/// Policy-language 7.4: several sign-up links, each its own exchange; the forgot-password exchange is a link, no button.
#[test]
fn sign_up_links_and_the_forgot_password_exchange_lead_where_the_policy_says() {
    let items =
        r#"<Item Key="SignUpTarget">E1,E2</Item><Item Key="setting.forgotPasswordLinkOverride">E3</Item>"#;
    let small = |items: &str| {
        let steps = combined("Local", "", &["E3"]);
        let profiles = page("Local", items, NAME) + &targets();
        let claims = ["name:string:TextBox", "way"];
        Small {
            claims: &claims,
            profiles: &profiles,
            steps: &steps,
            outputs: &outputs(&["way", "name"]),
            ..Small::default()
        }
        .policy()
    };
    let (world, policy) = (Script::new(), small(items));
    let links = |visit: &Visit<'_>| match &visit.page().body {
        Body::Unified(unified) => unified.clone(),
        other => panic!("{other:?}"),
    };
    let first = links(&begin(&world, &policy, &[]));
    let ids: Vec<&str> = first.sign_up.iter().map(|link| link.exchange.as_ref()).collect();
    assert_eq!(ids, ["E1", "E2"]);
    assert_eq!(first.forgot.unwrap().target.as_deref(), Some("E3"));
    assert!(first.providers.is_empty(), "{:?}", first.providers);
    for (choice, way) in [
        (Choice::SignUp, "One"),
        (Choice::Exchange("E1".into()), "One"),
        (Choice::Exchange("e2".into()), "Two"),
        (Choice::Exchange("E3".into()), "Three"),
    ] {
        let mut visit = begin(&world, &policy, &[]);
        visit.choose(choice);
        assert_eq!(token(&visit.next)["way"], way);
    }
    let mut visit = begin(&world, &policy, &[]);
    assert_eq!(visit.post(&[("name", "ada")]), Reply::Accepted);
    visit.confirm();
    assert!(!token(&visit.next).contains_key("way"), "signed in: the next step is skipped");
    // Without an override the link ends the journey; without its place there is no link; nor are hidden links links.
    let plain = small(r#"<Item Key="SignUpTarget">E1</Item><Item Key="setting.showSignupLink">false</Item>"#);
    let mut visit = begin(&world, &plain, &[]);
    for hidden in [Choice::SignUp, Choice::Exchange("E1".into()), Choice::Cancel] {
        visit.choose(hidden);
        assert!(links(&visit).sign_up.is_empty());
    }
    visit.choose(Choice::ForgotPassword);
    assert_eq!(fault(&visit.next).0, Some(90118));
    let nowhere = small(r#"<Item Key="setting.forgotPasswordLinkLocation">None</Item>"#);
    let mut visit = begin(&world, &nowhere, &[]);
    visit.choose(Choice::ForgotPassword);
    assert!(links(&visit).forgot.is_none());
}

/// Policy-language 5.5, 7.4: what is enabled is offered; one that is left is taken unasked, unless the step shows it.
#[test]
fn a_single_provider_is_taken_unasked_unless_the_step_shows_it() {
    let selection = |display: &str| {
        let enabled = |id: &str, item: &str| {
            transforms(
                id,
                &format!(
                    r#"<Item Key="ClaimTypeOnWhichToEnable">ways</Item><Item Key="ClaimValueOnWhichToEnable">{item}</Item>"#
                ),
                &format!(
                    r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="way" DefaultValue="{id}" /></OutputClaims><EnabledForUserJourneys>OnItemExistenceInStringCollectionClaim</EnabledForUserJourneys>"#
                ),
            )
        };
        let absent = transforms(
            "Three",
            r#"<Item Key="ClaimTypeOnWhichToEnable">ways</Item><Item Key="ClaimValueOnWhichToEnable">x</Item>"#,
            r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="way" DefaultValue="Three" /></OutputClaims><EnabledForUserJourneys>OnItemAbsenceInStringCollectionClaim</EnabledForUserJourneys>"#,
        );
        let never = transforms(
            "Never",
            "",
            r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="name" DefaultValue="never" /></OutputClaims><EnabledForUserJourneys>Never</EnabledForUserJourneys>"#,
        );
        let ways = transforms(
            "Ways",
            RESOLVING,
            r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="ways" DefaultValue="{OAUTH-KV:ways}" /></OutputClaims>"#,
        );
        let first = exchange(1, "Ways") + &exchange(2, "Never");
        let rest = combined("", display, &["E1", "E2", "E3"])
            .replace(r#"Order="3""#, r#"Order="5""#)
            .replace(r#"Order="2""#, r#"Order="4""#)
            .replace(r#"Order="1""#, r#"Order="3""#);
        let profiles = enabled("One", "one") + &enabled("Two", "two") + &absent + &never + &ways;
        let claims = ["ways:stringCollection", "way", "name"];
        let steps = first + &rest;
        Small {
            claims: &claims,
            profiles: &profiles,
            steps: &steps,
            outputs: &outputs(&["way", "name"]),
            ..Small::default()
        }
        .policy()
    };
    let world = Script::new();
    let unasked = selection("");
    let shown = selection(r#" DisplayOption="ShowSingleProvider""#);
    let offers = |visit: &Visit<'_>| match &visit.page().body {
        Body::Selection(buttons) => buttons.iter().map(|one| one.exchange.to_string()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    // Never: skipped as an exchange too, so that `name` is nobody's.
    let only = begin(&world, &unasked, &[("ways", "x")]);
    assert_eq!(fault(&only.next).0, Some(90051), "none is enabled");
    let none = token(&begin(&world, &unasked, &[]).next);
    assert_eq!((none.get("way"), none.get("name")), (Some(&"Three".into()), None), "absent claim: enabled");
    assert_eq!(offers(&begin(&world, &unasked, &[("ways", "one")])), ["E1", "E3"]);
    assert_eq!(offers(&begin(&world, &shown, &[])), ["E3"]);
    let mut visit = begin(&world, &shown, &[]);
    visit.choose(Choice::Exchange("E1".into()));
    assert_eq!(offers(&visit), ["E3"], "a disabled one is not to be had");
    visit.choose(Choice::Exchange("E3".into()));
    assert_eq!(token(&visit.next)["way"], "Three");
}

/// Technical-profiles 19: transformations of the error's profile run before its inputs are read.
#[test]
fn an_error_of_the_policy_s_own_is_made_by_its_transformations() {
    let made = r#"<ClaimsTransformation Id="Make" TransformationMethod="FormatStringClaim"><InputClaims><InputClaim ClaimTypeReferenceId="who" TransformationClaimType="inputClaim" /></InputClaims><InputParameters><InputParameter Id="stringFormat" DataType="string" Value="No, {0}." /></InputParameters><OutputClaims><OutputClaim ClaimTypeReferenceId="errorMessage" TransformationClaimType="outputClaim" /></OutputClaims></ClaimsTransformation>"#;
    let issuer = r#"<TechnicalProfile Id="Error"><DisplayName>E</DisplayName><Protocol Name="None" /><OutputTokenFormat>OAuth2Error</OutputTokenFormat><InputClaims><InputClaim ClaimTypeReferenceId="code" PartnerClaimType="errorCode" DefaultValue="E-7" /><InputClaim ClaimTypeReferenceId="errorMessage" /></InputClaims><OutputClaimsTransformations><OutputClaimsTransformation ReferenceId="Make" /></OutputClaimsTransformations></TechnicalProfile>"#;
    let who = transforms(
        "Who",
        "",
        r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="who" DefaultValue="Ada" /></OutputClaims>"#,
    );
    let steps = exchange(1, "Who")
        + r#"<OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Error" />"#;
    let small = Small {
        claims: &["who", "code", "errorMessage"],
        transformations: made,
        profiles: &(who + issuer),
        steps: &steps,
        ..Small::default()
    };
    let (world, policy) = (Script::new(), small.policy());
    let visit = begin(&world, &policy, &[]);
    let Next::Finish(outcome) = &visit.next else { panic!("a page") };
    let Outcome::Fault(fault) = &**outcome else { panic!("{outcome:?}") };
    assert_eq!((fault.code.to_string().as_str(), fault.text.as_str()), ("AAD_Custom_E-7", "No, Ada."));
}
