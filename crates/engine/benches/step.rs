//! One step of a journey without store calls: drawing the sign-in page, answering it, issuing.
//!
//! Issue of the product: a self-asserted step takes at most 300 µs of CPU outside store calls and without hashing. Runs on
//! our own policies; `docs/performance.md` holds what was measured.

use std::collections::BTreeMap;
use std::future::Future;
use std::hint::black_box;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use vestibule_engine::claims::Value;
use vestibule_engine::journey::state::Session;
use vestibule_engine::journey::world::{Answer, Call, Failure, World};
use vestibule_engine::journey::{Beginning, Choice, Journey, Next, Outcome, Request, Run};
use vestibule_engine::policy::Policy;
use vestibule_engine::source::Sources;

/// Answers every call at once with the same user.
struct Always;

impl World for Always {
    async fn call(&self, _: Call<'_>) -> Result<Answer, Failure> {
        let mut answer = Answer::empty();
        for name in ["oid", "objectId"] {
            answer.give(name, Value::text_of("00000000-0000-4000-8000-000000000001"));
        }
        answer.give("displayName", Value::text_of("Ada"));
        Ok(answer)
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => std::process::abort(),
    }
}

fn policy() -> Option<Arc<Policy>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut sources = Sources::default();
    for entry in std::fs::read_dir(folder).ok()? {
        let path = entry.ok()?.path();
        sources.add(&path.display().to_string(), &std::fs::read(&path).ok()?);
    }
    let compiled = vestibule_engine::compile(&sources);
    compiled.policies.into_iter().find(|policy| policy.id.ends_with("SignUpOrSignIn"))
}

fn begin(run: Run<'_, Always>) -> Option<Journey> {
    let request = Request { tenant_id: "t".into(), ..Request::default() };
    let (id, correlation) = ("t".to_owned(), "c".to_owned());
    let beginning = Beginning { id, correlation, journey: None, request, session: Session::default() };
    now(run.begin(beginning)).ok().map(|(journey, _)| journey)
}

fn steps(criterion: &mut Criterion) {
    let Some(policy) = policy() else { return };
    let run = Run { policy: &policy, world: &Always };
    let Some(waiting) = begin(run) else { return };
    let posted: BTreeMap<String, Vec<String>> =
        [("signInName", "ada@example.test"), ("password", "Correct-Horse1")]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
            .collect();
    criterion.bench_function("begin: authorize to first page", |bencher| {
        bencher.iter(|| black_box(begin(run)));
    });
    criterion.bench_function("submit: one self-asserted step", |bencher| {
        bencher.iter_batched(
            || waiting.clone(),
            |mut journey| black_box(now(run.submit(&mut journey, &posted))),
            criterion::BatchSize::SmallInput,
        );
    });
    let mut accepted = waiting.clone();
    if now(run.submit(&mut accepted, &posted)).is_err() {
        return;
    }
    // What is measured below must be the whole way to a token, not an early refusal.
    let ended = now(run.advance(&mut accepted.clone(), Choice::Confirmed { remember: false }));
    let issued = matches!(ended, Ok(Next::Finish(outcome)) if matches!(*outcome, Outcome::Issue(_)));
    assert!(issued, "the journey of the bench does not end with a token");
    criterion.bench_function("confirmed: read the user and issue", |bencher| {
        bencher.iter_batched(
            || accepted.clone(),
            |mut journey| black_box(now(run.advance(&mut journey, Choice::Confirmed { remember: false }))),
            criterion::BatchSize::SmallInput,
        );
    });
    criterion.bench_function("save and load: the journey as JSON", |bencher| {
        bencher.iter(|| {
            let text = serde_json::to_vec(&waiting).unwrap_or_default();
            black_box(serde_json::from_slice::<Journey>(&text))
        });
    });
}

/// A journey of ten ClaimsExchange steps, each a profile that runs two transformations, and a token at its end.
fn ten_exchanges() -> Option<Arc<Policy>> {
    let transformation = |n: u32| {
        format!(
            r#"<ClaimsTransformation Id="F{n}" TransformationMethod="FormatStringClaim"><InputClaims><InputClaim ClaimTypeReferenceId="a" TransformationClaimType="inputClaim" /></InputClaims><InputParameters><InputParameter Id="stringFormat" DataType="string" Value="{n}-{{0}}" /></InputParameters><OutputClaims><OutputClaim ClaimTypeReferenceId="c{n}" TransformationClaimType="outputClaim" /></OutputClaims></ClaimsTransformation><ClaimsTransformation Id="C{n}" TransformationMethod="CompareClaims"><InputClaims><InputClaim ClaimTypeReferenceId="a" TransformationClaimType="inputClaim1" /><InputClaim ClaimTypeReferenceId="c{n}" TransformationClaimType="inputClaim2" /></InputClaims><InputParameters><InputParameter Id="operator" DataType="string" Value="EQUAL" /></InputParameters><OutputClaims><OutputClaim ClaimTypeReferenceId="same" TransformationClaimType="outputClaim" /></OutputClaims></ClaimsTransformation>"#
        )
    };
    let profile = |n: u32| {
        format!(
            r#"<TechnicalProfile Id="P{n}"><DisplayName>P</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.ClaimsTransformationProtocolProvider" /><OutputClaims><OutputClaim ClaimTypeReferenceId="a" DefaultValue="one" /><OutputClaim ClaimTypeReferenceId="c{n}" /></OutputClaims><OutputClaimsTransformations><OutputClaimsTransformation ReferenceId="F{n}" /><OutputClaimsTransformation ReferenceId="C{n}" /></OutputClaimsTransformations></TechnicalProfile>"#
        )
    };
    let step = |n: u32| {
        format!(
            r#"<OrchestrationStep Order="{n}" Type="ClaimsExchange"><Preconditions><Precondition Type="ClaimEquals" ExecuteActionsIf="true"><Value>same</Value><Value>True</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><ClaimsExchanges><ClaimsExchange Id="X{n}" TechnicalProfileReferenceId="P{n}" /></ClaimsExchanges></OrchestrationStep>"#
        )
    };
    let claim = |id: &str, kind: &str| {
        format!(
            r#"<ClaimType Id="{id}"><DisplayName>{id}</DisplayName><DataType>{kind}</DataType></ClaimType>"#
        )
    };
    let claims: String = (1..=10).map(|n| claim(&format!("c{n}"), "string")).collect();
    let text = format!(
        r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0" TenantId="t.onmicrosoft.com" PolicyId="B2C_1A_Ten" PublicPolicyUri="http://t.onmicrosoft.com/B2C_1A_Ten"><BuildingBlocks><ClaimsSchema>{claims}{}{}</ClaimsSchema><ClaimsTransformations>{}</ClaimsTransformations></BuildingBlocks><ClaimsProviders><ClaimsProvider><DisplayName>P</DisplayName><TechnicalProfiles>{}<TechnicalProfile Id="I"><DisplayName>I</DisplayName><Protocol Name="None" /><OutputTokenFormat>JWT</OutputTokenFormat><Metadata><Item Key="issuer_refresh_token_user_identity_claim_type">a</Item></Metadata><CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_S" /><Key Id="issuer_refresh_token_key" StorageReferenceId="B2C_1A_E" /></CryptographicKeys></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders><UserJourneys><UserJourney Id="J"><OrchestrationSteps>{}<OrchestrationStep Order="11" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="I" /></OrchestrationSteps></UserJourney></UserJourneys><RelyingParty><DefaultUserJourney ReferenceId="J" /><TechnicalProfile Id="PolicyProfile"><DisplayName>P</DisplayName><Protocol Name="OpenIdConnect" /><OutputClaims><OutputClaim ClaimTypeReferenceId="a" PartnerClaimType="sub" /><OutputClaim ClaimTypeReferenceId="c10" /></OutputClaims><SubjectNamingInfo ClaimType="sub" /></TechnicalProfile></RelyingParty></TrustFrameworkPolicy>"#,
        claim("a", "string"),
        claim("same", "boolean"),
        (1..=10).map(transformation).collect::<String>(),
        (1..=10).map(profile).collect::<String>(),
        (1..=10).map(step).collect::<String>(),
    );
    let mut sources = Sources::default();
    sources.add("ten.xml", text.as_bytes());
    let compiled = vestibule_engine::compile(&sources);
    assert!(!compiled.diagnostics.has_errors(), "{}", compiled.diagnostics.to_text(&sources, false));
    compiled.policies.into_iter().next()
}

/// Bar: 200 µs.
fn exchanges(criterion: &mut Criterion) {
    let Some(policy) = ten_exchanges() else { return };
    let run = Run { policy: &policy, world: &Always };
    assert!(begin(run).is_some_and(|journey| journey.steps == 11), "the ten steps and the end were run");
    criterion.bench_function("journey: ten claims exchanges to a token", |bencher| {
        bencher.iter(|| black_box(begin(run)));
    });
}

criterion_group!(benches, steps, exchanges);
criterion_main!(benches);
