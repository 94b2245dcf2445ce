//! What is told under the pointer.

use crate::client::{Client, own, starter};

#[track_caller]
fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

#[test]
fn a_profile_is_told_with_what_it_inherits_and_includes() {
    let Some(pack) = starter() else { return };
    let mut client = Client::new(pack);
    let text = client.hover("TrustFrameworkExtensions.xml", "TechnicalProfile Id=\"login|-NonInteractive");
    contains(
        &text,
        &[
            "**technical profile** `login-NonInteractive`",
            "Declared in TrustFrameworkExtensions.xml:25, over TrustFrameworkBase.xml:446",
            "In `B2C_1A_TrustFrameworkExtensions`",
            "- `client_id` = `ProxyIdentityExperienceFrameworkAppId` — TrustFrameworkExtensions.xml:27",
            "- `HttpBinding` = `POST` — TrustFrameworkBase.xml:460",
            "- input `signInName` ↔ `username` — TrustFrameworkBase.xml:463",
            "- input `client_id`, default `ProxyIdentityExperienceFrameworkAppId` — TrustFrameworkExtensions.xml:31",
        ],
    );
    // Everything of the profile it includes, its place there.
    let text = client.hover("TrustFrameworkBase.xml", "TechnicalProfile Id=\"AAD-|UserReadUsingObjectId\"");
    contains(
        &text,
        &[
            "Protocol: `AzureActiveDirectoryProvider` — TrustFrameworkBase.xml:488",
            "- `Operation` = `Read` — TrustFrameworkBase.xml:602",
            "- includes: `AAD-Common` — TrustFrameworkBase.xml:618",
            "- session: `SM-Noop` — TrustFrameworkBase.xml:496",
        ],
    );
    assert!(client.leave());
}

#[test]
fn things_of_every_sort_are_told_in_parts() {
    let Some(pack) = starter() else { return };
    let mut client = Client::new(pack);
    let claim = client.hover("SignUpOrSignin.xml", "ClaimTypeReferenceId=\"|objectId");
    contains(
        &claim,
        &[
            "**claim type** `objectId`",
            "In `B2C_1A_signup_signin`",
            "DataType: `string` — TrustFrameworkBase.xml:52",
            "OpenIdConnect: `oid`",
        ],
    );
    let journey = client.hover("SignUpOrSignin.xml", "ReferenceId=\"SignUp|OrSignIn");
    contains(
        &journey,
        &[
            "step 1 CombinedSignInAndSignUp: `SelfAsserted-LocalAccountSignin-Email` — TrustFrameworkBase.xml:878",
            "step 2 ClaimsExchange: `LocalAccountSignUpWithLogonEmail`, with preconditions — TrustFrameworkBase.xml:887",
        ],
    );
    let exchange = client.hover("TrustFrameworkBase.xml", "\"SignUpTarget\">SignUp|WithLogonEmailExchange");
    contains(
        &exchange,
        &[
            "**claims exchange**",
            "`SignUpOrSignIn`, step 2: runs `LocalAccountSignUpWithLogonEmail` — TrustFrameworkBase.xml:895",
            // The setting itself as well.
            "The claims exchange of the next step that the sign-up link leads to",
        ],
    );
    let texts = client
        .hover("TrustFrameworkLocalization.xml", "LocalizedResourcesReferenceId=\"api.signuporsignin.|en");
    contains(&texts, &["UxElement `heading`: Sign in — TrustFrameworkLocalization.xml:77"]);
    let page = client.hover("TrustFrameworkBase.xml", "ContentDefinitionReferenceId=\"api.|signuporsignin");
    contains(
        &page,
        &["texts in `en`: `api.signuporsignin.en` — TrustFrameworkLocalization.xml:21", "LoadUri: "],
    );
    let policy = client.hover("SignUpOrSignin.xml", "<PolicyId>B2C_1A_|TrustFrameworkExtensions");
    contains(&policy, &["Builds on `B2C_1A_TrustFrameworkLocalization` → `B2C_1A_TrustFrameworkBase`"]);
    let transformation = client.hover(
        "TrustFrameworkBase.xml",
        "OutputClaimsTransformation ReferenceId=\"Assert|AccountEnabledIsTrue",
    );
    contains(
        &transformation,
        &["`AssertBooleanClaimIsEqualToValue`", "parameter `valueToCompareTo` = `true`"],
    );
    assert!(client.leave());
}

#[test]
fn the_language_is_explained_where_it_stands() {
    let mut client = Client::new(own());
    contains(
        &client.hover("SignUpOrSignIn.xml", "<Single|SignOn"),
        &["How far a session reaches", "`Scope`!"],
    );
    contains(&client.hover("SignUpOrSignIn.xml", "Keep|AliveInDays"), &["keep me signed in"]);
    contains(
        &client.hover("SignUpOrSignIn.xml", "{Policy:Tenant|ObjectId}"),
        &["**{Policy:TenantObjectId}**", "GUID"],
    );
    contains(
        &client.hover("Base.xml", "setting.operating|Mode"),
        &["Email unless stated", "`Email`, `Username`"],
    );
    contains(&client.hover("Base.xml", "OAuthSSO|SessionProvider"), &["single sign-out"]);
    client.open("Base.xml");
    client.edit("Base.xml", "<ClientDefinitions>", "<ClaimsTransformations><ClaimsTransformation Id=\"Lower\" TransformationMethod=\"ChangeCase\" /></ClaimsTransformations><ClientDefinitions>");
    contains(
        &client.hover("Base.xml", "TransformationMethod=\"Change|Case"),
        &["**ChangeCase**", "`inputClaim1`: string", "`toCase`: string", "`outputClaim`: string"],
    );
    assert_eq!(client.hover("Base.xml", "<?xml ver|sion"), "");
    assert!(client.leave());
}

#[test]
fn a_finding_is_told_with_its_meaning_and_page() {
    let mut client = Client::new(own());
    client.open("SignUpOrSignIn.xml");
    client.edit("SignUpOrSignIn.xml", "\"givenName\"", "\"givenNam\"");
    client.settle("SignUpOrSignIn.xml");
    contains(
        &client.hover("SignUpOrSignIn.xml", "\"giv|enNam\""),
        &[
            "Declared nowhere in the policies that this file can see",
            "**V0301** unknown-claim-type",
            "docs/diagnostics/V0301.md",
        ],
    );
    assert!(client.leave());
}
