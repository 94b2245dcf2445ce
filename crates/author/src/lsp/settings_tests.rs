//! The table of settings against the compiler's own readers.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_engine::kind::metadata::{Ids, Item};
use vestibule_engine::kind::{self, Metadata, Role, Shape};
use vestibule_engine::source::{Sources, Span, Spanned};

use super::super::words;
use super::*;

#[test]
fn a_key_is_looked_for_in_its_kind_first() {
    let words = |section: &str| match find(section, "Operation").map(|one| &one.value) {
        Some(Kind::Words(words)) => words.clone(),
        _ => Vec::new(),
    };
    assert_eq!(words("AadSsprProtocolProvider"), ["SendCode", "VerifyCode"]);
    assert_eq!(words("OneTimePasswordProtocolProvider"), ["GenerateCode", "VerifyCode"]);
    assert_eq!(refers("signuptarget"), Some((Sort::Exchange, true)));
    assert_eq!(refers("RefreshTokenUserJourneyId"), Some((Sort::Journey, false)));
    assert_eq!(refers("METADATA"), None);
    assert!(find("RestfulProvider", "serviceurl").is_some_and(|one| one.needed));
    assert_eq!(names().next(), Some("any"));
}

/// A profile as the compiler recognises it.
#[derive(Clone, Copy, Default)]
struct Look<'a> {
    protocol: &'a str,
    handler: Option<&'a str>,
    input: Option<&'a str>,
    output: Option<&'a str>,
    role: Role,
    grant: bool,
}

/// Every key that the compiler asks a profile for, with each of the values that `Operation` and its kin may have, and
/// every key of which it says that it means nothing.
fn asked(look: Look<'_>, section: &str) -> (BTreeSet<&'static str>, Vec<String>) {
    let mut sources = Sources::default();
    let span = Span::start_of(sources.add("", b""));
    let spanned = |text| Spanned::new(text, span);
    let any = |id: &str, _: Span| Ok(id.into());
    let exchange = |id: &str| Some(id.into());
    let ids = Ids { claim: &any, declared: &exchange, content: &any, journey: &any, exchange: &exchange };
    let keys = BTreeMap::new();
    let (mut all, mut refused) = (BTreeSet::new(), Vec::new());
    let mut choices = vec![BTreeMap::new()];
    for setting in of(section) {
        if let Kind::Words(words) = &setting.value {
            choices.extend(words.iter().map(|word| BTreeMap::from([(setting.key, *word)])));
        }
    }
    let known: Vec<&str> = of(section).map(|one| one.key).collect();
    for choice in choices {
        // A reader may give up at the first needed key that has no value.
        let needed = |key: &str| find(section, key).is_some_and(|one| one.needed && one.value == Kind::Free);
        let value =
            |key: &str| choice.get(key).copied().unwrap_or(if needed(key) { "https://h/" } else { "" });
        let items = known.iter().map(|key| Item { key: spanned(*key), value: spanned(value(key)) });
        let metadata = Metadata::new(items, ids, span);
        let shape = Shape {
            id: "x",
            protocol: Some(spanned(look.protocol)),
            handler: look.handler.map(spanned),
            input_format: look.input.map(spanned),
            output_format: look.output.map(spanned),
            role: look.role,
            inputs: if look.grant {
                vec!["username".into(), "password".into(), "grant_type".into()]
            } else {
                vec![]
            },
            unknown_input: true,
            keys: &keys,
            production: false,
            has_outputs: true,
        };
        // Read of every profile, before its kind is known.
        metadata.known(&["ContentDefinitionReferenceId", "ClaimsProviderSelectionDisplayType"]);
        kind::read(&shape, &metadata);
        all.extend(metadata.asked());
        let wrong = metadata.finish().wrong;
        refused.extend(wrong.into_iter().filter(|one| one.code.id == "V0504").map(|one| one.message));
    }
    (all, refused)
}

/// Keys that are read and not offered: spelled otherwise by old policies, or of the engine's own profile.
const NOT_OFFERED: &[&str] = &["url"];

#[test]
fn the_table_and_the_compiler_know_the_same_keys() {
    let proprietary: Vec<String> =
        words::HANDLERS.iter().map(|row| format!("{}{}", row.space, row.section)).collect();
    let of_handler = |(row, handler): (&words::Handler, &'static str)| {
        (row.section, Look { protocol: "Proprietary", handler: Some(handler), ..Look::default() })
    };
    let leaked = proprietary.into_iter().map(|handler| &*handler.leak());
    let mut looks: Vec<(&str, Look<'_>)> = words::HANDLERS.iter().zip(leaked).map(of_handler).collect();
    let used = |protocol, role| Look { protocol, role, ..Look::default() };
    looks.extend([
        ("OpenIdConnect", used("OpenIdConnect", Role::Exchange)),
        ("OAuth2", used("OAuth2", Role::Exchange)),
        ("OAuth1", used("OAuth1", Role::Exchange)),
        ("SAML2", used("SAML2", Role::Exchange)),
        ("None", used("None", Role::Hint)),
        ("None", Look { input: Some("JWT"), ..used("None", Role::Authorization) }),
        ("JwtIssuer", Look { output: Some("JWT"), ..used("None", Role::Issuer) }),
        ("SamlIssuer", Look { output: Some("SAML2"), ..used("None", Role::Issuer) }),
    ]);
    let mut wrong = Vec::new();
    for (section, look) in looks {
        let (keys, refused) = asked(look, section);
        let known: BTreeSet<String> = of(section).map(|one| one.key.to_lowercase()).collect();
        let missing =
            keys.iter().filter(|key| !known.contains(&key.to_lowercase()) && !NOT_OFFERED.contains(key));
        wrong.extend(missing.map(|key| format!("{section}: the table lacks `{key}`")));
        // `None` stands for several kinds, of which each reads its own part.
        wrong
            .extend(refused.into_iter().filter(|_| section != "None").map(|why| format!("{section}: {why}")));
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
