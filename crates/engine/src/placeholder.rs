//! Values that were written to be replaced: `yourtenant.onmicrosoft.com`, `{Settings:ApiUrl}`, `facebook_clientid`.
//! In: a text that machines read, never a sentence for people. Out: whether it is one of them.
//!
//! Policies are handed around with such values in the places that differ from deployment to deployment: tenants,
//! application ids, addresses, keys (policy-language 1). Must not be known here: which place a text stands in.

/// What policies are compiled for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To be told what is wrong with them. A deployment value that is still a placeholder is a warning.
    #[default]
    Check,
    /// To be run here. A placeholder is an error where a running journey would use it.
    Serve {
        /// Whether journeys are reported to the policy's own Application Insights.
        insights: bool,
    },
}

/// Whether a build step is to put something in place of a part of the text: `{Settings:Name}` (the editor extension),
/// `{{ name }}`, `#{name}#`, `$(name)`, `${name}`, `__name__`, `%name%` (pipelines). Claim resolvers are none.
pub fn is_template(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let between = |open: &str, close: &str| {
        lower.split(open).skip(1).any(|rest| rest.split_once(close).is_some_and(|(name, _)| is_name(name)))
    };
    let whole = |mark: &str| {
        let inner = lower.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
        inner.is_some_and(|name| !name.is_empty() && is_name(name))
    };
    lower.contains("{settings:")
        || [("{{", "}}"), ("#{", "}#"), ("$(", ")"), ("${", "}")]
            .iter()
            .any(|(open, close)| between(open, close))
        || whole("__")
        || whole("%")
}

/// The name of a variable, with the spaces that some tools allow around it.
fn is_name(text: &str) -> bool {
    let name = text.trim();
    !name.is_empty() && name.chars().all(|one| one.is_alphanumeric() || matches!(one, '_' | '-' | '.' | ':'))
}

/// Whether the text says of itself that it is to be replaced, or a build step will replace it.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() {
        return false;
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let asked = has(&["add", "enter", "put", "paste", "insert", "type"]) && has(&["here", "your"])
        || has(&["replace"]) && has(&["with", "me", "this", "here", "by"]);
    is_template(text)
        || asked
        || words.iter().any(|word| addresses_the_author(word) || is_run_of_x(word))
        || has(&["placeholder", "tbd", "fixme", "changeme", "replaceme"])
        || text.contains("TODO")
        || lower.contains("...")
        || lower.contains('…')
        || wrapped(text, '<', '>')
        || wrapped(text, '[', ']')
}

fn addresses_the_author(word: &str) -> bool {
    word.starts_with("your") && !matches!(word, "yours" | "yourself" | "yourselves")
}

fn is_run_of_x(word: &str) -> bool {
    word.len() >= 3 && word.chars().all(|one| one == 'x')
}

/// `<your key>`, `[key]`; a JSON array holds quotes.
fn wrapped(text: &str, open: char, close: char) -> bool {
    let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    inner.is_some_and(|inner| inner.contains(char::is_alphabetic) && !inner.contains(['"', '<', '[']))
}

/// Whether a tenant's name or id is one.
pub fn is_placeholder_tenant(text: &str) -> bool {
    let first = text.split('.').next().unwrap_or_default();
    let name: String = first.chars().filter(|one| one.is_alphanumeric()).collect::<String>().to_lowercase();
    is_placeholder(text)
        || matches!(name.as_str(), "tenant" | "mytenant" | "thetenant" | "b2ctenant" | "myb2ctenant")
        || name.ends_with("tenantname")
        || text.len() > 30 && is_nothing(text)
}

/// Whether an application's id is one: the starter packs write `ProxyIdentityExperienceFrameworkAppId` and
/// `facebook_clientid`, samples `0` and a GUID of zeros.
pub fn is_placeholder_application(text: &str) -> bool {
    if let Some(inner) = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        // What is no claim resolver is some build step's: `{ExtensionAppId}`, `{WORK:clientId}`.
        let group = inner.split(':').next().unwrap_or_default();
        return is_template(text) || !RESOLVERS.iter().any(|known| known.eq_ignore_ascii_case(group));
    }
    let name: String = text.chars().filter(|one| one.is_alphanumeric()).collect::<String>().to_lowercase();
    let names = ["appid", "clientid", "applicationid", "objectid", "consumerkey", "apikey"];
    is_placeholder(text)
        || is_nothing(text)
        || name.ends_with("identityexperienceframework")
        || names.iter().any(|end| name.ends_with(end))
}

/// Groups of claim resolvers (policy-language 11).
const RESOLVERS: [&str; 9] =
    ["Culture", "Policy", "Context", "Claim", "OIDC", "OAUTH-KV", "oauth2", "SAML", "service"];

/// Whether an address is one; nothing answers where blanks stand for the host, or at the names that RFC 2606 reserves for
/// documents.
pub fn is_placeholder_address(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let reserved = ["example", "example.com", "example.net", "example.org", "invalid"];
    let within =
        |name: &&str| host == **name || host.strip_suffix(*name).is_some_and(|rest| rest.ends_with('.'));
    let gap = host.trim() != host;
    is_placeholder(text) || text.contains("://") && (gap || reserved.iter().any(within))
}

/// `0`, `00000000-0000-0000-0000-000000000000`.
fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    text.contains('0') && text.chars().all(|one| matches!(one, '0' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_build_steps_fill_in_is_a_template_and_a_resolver_is_none() {
        for text in [
            "{Settings:Tenant}",
            "http://{settings:tenant}/B2C_1A_x",
            "{{ tenant }}",
            "https://{{ApiHost}}/x",
            "#{InsightsKey}#",
            "$(TenantName)",
            "${TENANT}",
            "__Tenant__",
            "%TENANT%",
        ] {
            assert!(is_template(text), "{text}");
        }
        for text in [
            "{OIDC:ClientId}",
            "{Claim:email}",
            "https://h/{Culture:RFC5646}/x.html",
            "https://h/{objectId}?$select=id",
            "100%",
            "^[a-z]$",
            "{\"a\":{\"b\":{}}}",
            "https://login.microsoftonline.com/{tenant}/oauth2/token",
        ] {
            assert!(!is_template(text), "{text}");
        }
    }

    #[test]
    fn the_placeholders_of_real_policies_are_seen() {
        for text in [
            "...replace-with-your-AppInsight-Key...",
            "..your key...",
            "...guid...",
            "...",
            "Enter-your-ApplicationID",
            "Your Google application ID",
            "https://your-api-endpoint",
            "https://yourazfunc.azurewebsites.net/api/RemoteUserProfile?code=...",
            "test@yourtenant.onmicrosoft.com",
            "https://your_api.azurewebsites.net/api/checking",
            "add your secret here",
            "<instrumentation key>",
            "[client id]",
            "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            "{Settings:AppInsightsKey}",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "",
            "https://graph.facebook.com/me?fields=id,first_name",
            "https://login.windows.net/jasjeetaad.onmicrosoft.com/.well-known/openid-configuration",
            "openid profile",
            "https://api.example.net/getyourself",
            "[\"22a88231-73c0-4a12-b7d1-e6e5bd7ef1c5\"]",
            "hereford-and-add.io",
            "https://api.example.net/insert/replace/todo",
            "d6f33888-948c-4c1f-9b50-1590f171fc70",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn tenants_applications_and_addresses_have_further_forms() {
        for text in ["tenant-name.onmicrosoft.com", "your_tenant.onmicrosoft.com", "mytenant.onmicrosoft.com"]
        {
            assert!(is_placeholder_tenant(text), "{text}");
        }
        for text in ["contoso.onmicrosoft.com", "multitenantcorp.onmicrosoft.com", "0a0.onmicrosoft.com"] {
            assert!(!is_placeholder_tenant(text), "{text}");
        }
        for text in [
            "facebook_clientid",
            "ProxyIdentityExperienceFramework",
            "{ExtAppId}",
            "{WORK:clientId}",
            "ProxyIdentityExperienceFrameworkAppId",
            "0",
            "App-Id",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert!(is_placeholder_application(text), "{text}");
        }
        for text in
            ["108818946272710", "a963bb4d-6216-4904-b07d-251bfbfe19c8", "{service:te}", "{OIDC:ClientId}"]
        {
            assert!(!is_placeholder_application(text), "{text}");
        }
        assert!(is_placeholder_address("https://api.example.com/users"));
        assert!(is_placeholder_address("https://      /passhash"));
        assert!(!is_placeholder_address("https://example.contoso.com/users"));
        assert!(!is_placeholder_address("example.com"));
    }
}
