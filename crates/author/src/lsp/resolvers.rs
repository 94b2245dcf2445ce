//! Claim resolvers for people who write them (policy-language 11). In: a value and a place in it. Out: what is known
//! about the resolver there, or which ones may follow.

use std::ops::Range;

use super::file::File;

/// A resolver and a line about it.
pub(super) struct Resolver {
    /// Between the braces.
    pub(super) name: &'static str,
    /// A line about it.
    pub(super) about: &'static str,
}

const fn row(name: &'static str, about: &'static str) -> Resolver {
    Resolver { name, about }
}

/// Every resolver; a name that ends with a colon wants something behind it.
pub(super) const RESOLVERS: &[Resolver] = &[
    row("Claim:", "The value of a claim, as text."),
    row("Culture:LanguageName", "The language in two letters, for instance en."),
    row("Culture:LCID", "The language as Windows numbers it, for instance 1033."),
    row("Culture:RegionName", "The region in two letters, for instance US."),
    row("Culture:RFC5646", "Language and region, for instance en-US."),
    row("Policy:PolicyId", "The id of the policy that runs."),
    row("Policy:RelyingPartyTenantId", "The tenant of the policy that runs."),
    row("Policy:TenantObjectId", "The GUID of the tenant."),
    row("Policy:TrustFrameworkTenantId", "The tenant of the trust framework."),
    row("Context:BuildNumber", "The version of the engine."),
    row("Context:CorrelationId", "The id of the journey, for logs."),
    row("Context:DateTimeInUtc", "Now, in UTC, for instance 10/10/2021 12:00:00 PM."),
    row("Context:DeploymentMode", "The deployment mode of the policy."),
    row("Context:HostName", "The host that was asked."),
    row("Context:IPAddress", "The address of the user."),
    row("Context:KMSI", "Whether the user chose to stay signed in."),
    row("OIDC:AuthenticationContextReferences", "The parameter acr_values."),
    row("OIDC:ClientId", "The parameter client_id."),
    row("OIDC:DomainHint", "The parameter domain_hint."),
    row("OIDC:LoginHint", "The parameter login_hint."),
    row("OIDC:MaxAge", "The parameter max_age."),
    row("OIDC:Nonce", "The parameter nonce."),
    row("OIDC:Password", "The password of a password grant."),
    row("OIDC:Prompt", "The parameter prompt."),
    row("OIDC:RedirectUri", "The parameter redirect_uri."),
    row("OIDC:Resource", "The parameter resource."),
    row("OIDC:Scope", "The parameter scope."),
    row("OIDC:Username", "The user name of a password grant."),
    row("OAUTH-KV:", "Any parameter of the application's request, by its name."),
    row("SAML:AuthnContextClassReferences", "The contexts that the SAML request asks for."),
    row("SAML:NameIdPolicyFormat", "The format of NameID that the SAML request asks for."),
    row("SAML:Issuer", "The issuer of the SAML request."),
    row("SAML:AllowCreate", "AllowCreate of the SAML request."),
    row("SAML:ForceAuthn", "ForceAuthn of the SAML request."),
    row("SAML:ProviderName", "ProviderName of the SAML request."),
    row("SAML:RelayState", "The relay state of the SAML request."),
    row("SAML:Subject", "The subject of the SAML request."),
    row("SAML:Binding", "The binding of the SAML request."),
];

/// The resolver that a place in a value is in: where it begins behind its brace, and what is written of it up to the
/// place.
pub(super) fn open_at(text: &str, range: &Range<usize>, offset: usize) -> Option<(usize, String)> {
    let before = text.get(range.start..offset.clamp(range.start, range.end))?;
    let open = before.rfind('{')?;
    let inside = before.get(open + 1..)?;
    let plain = |one: char| one.is_alphanumeric() || matches!(one, ':' | '-' | '_' | '.');
    inside.chars().all(plain).then(|| (range.start + open + 1, inside.to_owned()))
}

/// What is known about the resolver at a place.
pub(super) fn about_at(file: &File, range: &Range<usize>, offset: usize) -> Option<String> {
    let (start, _) = open_at(&file.text, range, offset)?;
    let whole = file.text.get(start..range.end)?.split('}').next()?;
    let same = |name: &str| {
        let open = name.ends_with(':')
            && whole.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        open || whole.eq_ignore_ascii_case(name)
    };
    let found = RESOLVERS.iter().find(|one| same(one.name))?;
    Some(format!("**{{{whole}}}** · {}", found.about))
}
