//! What has to be configured or moved. In: what the policies reach. Out: [`Needs`], each thing once with all who need it.

use std::collections::BTreeMap;

use vestibule_engine::source::Sources;
use vestibule_engine::syntax::{TechnicalProfile, fold, same_id};

use super::look::{Look, note};
use super::places::place;
use super::{Application, Attribute, Key, Needs, Placeholder, Provider, Service, Template};
use crate::feature::Feature;
use crate::set::{Set, setting};

/// Collects.
pub(super) fn needs(looks: &[Look<'_>], set: &Set, sources: &Sources) -> Needs {
    let mut needs = Needs::default();
    for look in looks {
        if let Some(tenant) = &look.member.tree.tenant_id {
            note(&mut needs.tenants, tenant.value.clone());
        }
        for (profile, feature) in &look.profiles {
            keys(profile, *feature, &mut needs.keys);
            match feature {
                Feature::EmailCode => note(&mut needs.mail, profile.id.value.clone()),
                Feature::Page if verifies_mail(profile) => note(&mut needs.mail, profile.id.value.clone()),
                Feature::Mfa
                    if setting(profile, "Operation").is_some_and(|one| same_id(one, "OneWaySMS")) =>
                {
                    note(&mut needs.telephone, profile.id.value.clone());
                }
                Feature::Phone => note(&mut needs.telephone, profile.id.value.clone()),
                Feature::ConditionalAccess => note(&mut needs.risk, profile.id.value.clone()),
                Feature::Rest => service(profile, &mut needs.services),
                one if one.is_provider() => provider(look, profile, *one, &mut needs.providers),
                Feature::Insights => {
                    let key = setting(profile, "InstrumentationKey").unwrap_or_default();
                    note(&mut needs.telemetry, format!("{} ({key})", profile.id.value));
                }
                _ => {}
            }
            applications(profile, *feature, &mut needs.applications);
        }
        secrets_of_transformations(look, &mut needs.keys);
        templates(look, &mut needs.templates);
        attributes(look, &mut needs.attributes);
        insights(look, &mut needs.telemetry);
    }
    needs.placeholders = placeholders(set, sources, &needs.applications);
    needs.keys.sort_by_key(|key| {
        let moved = key.command.as_ref().map(|command| command.contains(" import "));
        (moved.is_none(), moved, fold(&key.container))
    });
    needs.attributes.sort_by_key(|attribute| fold(&attribute.name));
    needs
}

/// Values that were never filled in are the V09xx of the compiler.
fn placeholders(set: &Set, sources: &Sources, applications: &[Application]) -> Vec<Placeholder> {
    let mut found: Vec<Placeholder> = Vec::new();
    for finding in set.diagnostics.iter().filter(|finding| finding.code.id.starts_with("V09")) {
        let needed = is_needed(&finding.message, applications);
        let one = Placeholder { place: place(finding, sources), text: finding.message.clone(), needed };
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

/// Whether a value that a finding quotes is more than the id of an application that is not needed here.
pub(super) fn is_needed(message: &str, applications: &[Application]) -> bool {
    !applications.iter().any(|one| message.contains(&format!("`{}`", one.id)))
}

/// Whether a page proves an address by a mail of this server.
pub(super) fn verifies_mail(profile: &TechnicalProfile) -> bool {
    let partner = profile.output_claims.iter().filter_map(|claim| claim.partner_claim_type.as_ref());
    let enforced =
        setting(profile, "EnforceEmailVerification").is_none_or(|value| !value.eq_ignore_ascii_case("false"));
    let shown = profile.display_claims.is_empty();
    enforced && shown && partner.into_iter().any(|name| name.eq_ignore_ascii_case("Verified.Email"))
}

/// What a key's role means where it means something: words, how the key is made, and for whom.
pub(super) fn role(role: &str, feature: Feature) -> Option<(&'static str, &'static str)> {
    let make_signing = "create NAME --use sig";
    let make_encryption = "create NAME --use enc";
    let import_secret = "import NAME --use sig --file SECRET.txt";
    let import_key = "import NAME --use sig --file KEY.pem";
    match (role.to_ascii_lowercase().as_str(), feature) {
        ("issuer_secret", Feature::JwtIssuer) => Some(("signs tokens", make_signing)),
        ("issuer_refresh_token_key", Feature::JwtIssuer) => Some(("seals refresh tokens", make_encryption)),
        ("issuer_secret", Feature::Bearer) => Some(("verifies bearer tokens", make_signing)),
        ("client_secret", Feature::Hint) => Some(("verifies an application's hints", import_secret)),
        ("client_secret", _) => Some(("secret at an identity provider", import_secret)),
        ("assertion_signing_key", _) => Some(("signs for an identity provider", import_key)),
        ("basicauthenticationusername", _) => Some(("user name at a REST service", import_secret)),
        ("basicauthenticationpassword", _) => Some(("password at a REST service", import_secret)),
        ("bearerauthenticationtoken", _) => Some(("token for a REST service", import_secret)),
        ("clientcertificate", _) => Some(("certificate at a REST service", import_key)),
        ("metadatasigning", _) => Some(("signs SAML metadata", import_key)),
        ("samlmessagesigning", _) => Some(("signs SAML messages", import_key)),
        ("samlassertionsigning", _) => Some(("signs SAML assertions", import_key)),
        ("samlassertiondecryption", _) => {
            Some(("opens SAML assertions", "import NAME --use enc --file KEY.pem"))
        }
        ("samlassertionencryption", _) => {
            Some(("seals SAML assertions", "import NAME --use enc --file KEY.pem"))
        }
        (_, Feature::Rest) => Some(("header of a REST service", import_secret)),
        _ => None,
    }
}

fn keys(profile: &TechnicalProfile, feature: Feature, keys: &mut Vec<Key>) {
    for key in &profile.cryptographic_keys {
        let Some(container) = &key.storage_reference_id else { continue };
        let meaning = role(&key.id, feature);
        let user = format!("{} ({})", profile.id.value, key.id.value);
        add_key(container, meaning, user, keys);
    }
}

fn add_key(container: &str, meaning: Option<(&str, &str)>, user: String, keys: &mut Vec<Key>) {
    let place = keys.iter().position(|known| same_id(&known.container, container));
    let place = place.unwrap_or_else(|| {
        keys.push(Key {
            container: container.to_owned(),
            purpose: String::new(),
            uses: Vec::new(),
            ignored: Vec::new(),
            command: None,
        });
        keys.len() - 1
    });
    let Some(key) = keys.get_mut(place) else { return };
    let Some((purpose, command)) = meaning else {
        note(&mut key.ignored, user);
        return;
    };
    note(&mut key.uses, user);
    if !key.purpose.split(", ").any(|one| one == purpose) {
        key.purpose = [key.purpose.as_str(), purpose]
            .into_iter()
            .filter(|one| !one.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
    }
    if key.command.is_none() {
        let command = command.replace("NAME", &shell(container));
        key.command = Some(format!("vestibule key {command} --config vestibule.toml"));
    }
}

/// A word that a shell leaves alone, or the same in quotes.
pub(super) fn shell(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:@".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let quoted: String = word.chars().filter(|letter| !letter.is_control()).collect();
    format!("'{}'", quoted.replace('\'', "'\\''"))
}

/// `Hash` names its secret as a parameter.
fn secrets_of_transformations(look: &Look<'_>, keys: &mut Vec<Key>) {
    for one in &look.transformations {
        let parameters =
            one.input_parameters.iter().filter(|parameter| same_id(&parameter.id, "randomizerSecret"));
        for container in parameters.filter_map(|parameter| parameter.value.as_ref()) {
            let user = format!("{} (randomizerSecret)", one.id.value);
            let meaning = ("secret of a digest", "import NAME --use sig --file SECRET.txt");
            add_key(container, Some(meaning), user, keys);
        }
    }
}

fn service(profile: &TechnicalProfile, services: &mut Vec<Service>) {
    let url = setting(profile, "ServiceUrl").unwrap_or("no ServiceUrl").to_owned();
    let authentication = setting(profile, "AuthenticationType").unwrap_or("None").to_owned();
    let same = |known: &&mut Service| known.url == url && known.authentication == authentication;
    match services.iter_mut().find(same) {
        Some(known) => note(&mut known.profiles, profile.id.value.clone()),
        None => services.push(Service { url, authentication, profiles: vec![profile.id.value.clone()] }),
    }
}

/// The addresses under which a provider is found, best first.
const ADDRESSES: &[&str] = &["METADATA", "authorization_endpoint", "PartnerEntity", "issuer"];

fn provider(look: &Look<'_>, profile: &TechnicalProfile, feature: Feature, providers: &mut Vec<Provider>) {
    let name = profile.display_name.as_ref().map(|name| name.value.clone());
    let name = name.or_else(|| profile.provider.display_name.as_ref().map(|name| name.value.clone()));
    let address = ADDRESSES.iter().find_map(|key| setting(profile, key)).map(str::to_owned);
    let client_id = setting(profile, "client_id").map(str::to_owned);
    let redirect_uri = redirect_uri(look, profile, feature);
    let same = |known: &&mut Provider| {
        known.address == address && known.client_id == client_id && known.redirect_uri == redirect_uri
    };
    match providers.iter_mut().find(same) {
        Some(known) => note(&mut known.profiles, profile.id.value.clone()),
        None => providers.push(Provider {
            name: name.unwrap_or_else(|| profile.id.value.clone()),
            protocol: feature.words().trim_end_matches(" identity provider"),
            address,
            client_id,
            redirect_uri,
            profiles: vec![profile.id.value.clone()],
        }),
    }
}

/// Where the provider sends the browser back (technical-profiles 5, 8, 9), with HOST for the server's own name.
fn redirect_uri(look: &Look<'_>, profile: &TechnicalProfile, feature: Feature) -> Option<String> {
    let tenant = look.member.tree.tenant_id.as_ref()?.to_lowercase();
    let policy = look.member.id.to_lowercase();
    let root = look.member.tree.chain.first().map_or(policy.clone(), |id| id.to_lowercase());
    let with_policy = setting(profile, "UsePolicyInRedirectUri").is_some_and(|value| same_id(value, "true"));
    Some(match feature {
        Feature::OAuth1 => format!("https://HOST/{tenant}/{policy}/oauth1/authresp"),
        Feature::Saml => format!("https://HOST/{tenant}/{root}/samlp/sso/assertionconsumer"),
        _ if with_policy => format!("https://HOST/{tenant}/{policy}/oauth2/authresp"),
        _ => format!("https://HOST/{tenant}/oauth2/authresp"),
    })
}

fn templates(look: &Look<'_>, templates: &mut Vec<Template>) {
    for content in &look.contents {
        let Some(url) = content.load_uri.as_ref().filter(|url| !url.starts_with('~')) else { continue };
        match templates.iter_mut().find(|known| known.url == url.value) {
            Some(known) => note(&mut known.pages, content.id.value.clone()),
            None => {
                templates.push(Template { url: url.value.clone(), pages: vec![content.id.value.clone()] })
            }
        }
    }
}

fn attributes(look: &Look<'_>, attributes: &mut Vec<Attribute>) {
    let mut found: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    let directory = |feature: Feature| {
        matches!(feature, Feature::DirectoryRead | Feature::DirectoryWrite | Feature::DirectoryDelete)
    };
    for (profile, _) in look.profiles.iter().filter(|(_, feature)| directory(*feature)) {
        let read = profile.output_claims.iter().chain(&profile.input_claims).map(|claim| {
            (claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id), false)
        });
        let written = profile
            .persisted_claims
            .iter()
            .map(|claim| (claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id), true));
        for (name, writes) in read.chain(written) {
            if name.to_ascii_lowercase().starts_with("extension_") {
                let uses = found.entry(name.value.clone()).or_default();
                if writes { uses.1 = true } else { uses.0 = true }
            }
        }
    }
    for (name, (read, written)) in found {
        match attributes.iter_mut().find(|known| same_id(&known.name, &name)) {
            Some(known) => {
                known.read |= read;
                known.written |= written;
            }
            None => {
                let data_type = data_type(look, &name);
                attributes.push(Attribute { name, data_type, read, written });
            }
        }
    }
}

fn data_type(look: &Look<'_>, claim: &str) -> &'static str {
    let types = &look.member.tree.building_blocks.claims_schema;
    let known = types.iter().find(|one| same_id(&one.id, claim)).and_then(|one| one.data_type);
    known.map_or("string", |kind| kind.value.name())
}

fn applications(profile: &TechnicalProfile, feature: Feature, applications: &mut Vec<Application>) {
    let directory =
        "names the cloud's extension attributes; not needed, the directory here keeps them by their names";
    let password = "let the cloud check passwords; not needed, the directory here checks them itself";
    let found: Vec<(&str, &'static str)> = match feature {
        Feature::DirectoryRead | Feature::DirectoryWrite | Feature::DirectoryDelete => {
            ["ClientId", "ApplicationObjectId"]
                .iter()
                .filter_map(|key| setting(profile, key))
                .map(|id| (id, directory))
                .collect()
        }
        Feature::Password => {
            let audience =
                setting(profile, "IdTokenAudience").into_iter().chain(setting(profile, "client_id"));
            let defaults = profile.input_claims.iter().filter(|claim| {
                claim
                    .partner_claim_type
                    .as_ref()
                    .is_some_and(|name| ["client_id", "resource"].contains(&name.as_str()))
                    || ["client_id", "resource_id"].contains(&claim.claim_type_reference_id.as_str())
            });
            let defaults = defaults.filter_map(|claim| claim.default_value.as_ref()).map(|id| id.as_str());
            audience.chain(defaults).map(|id| (id, password)).collect()
        }
        _ => Vec::new(),
    };
    for (id, text) in found {
        match applications.iter_mut().find(|known| known.id == id) {
            Some(known) => note(&mut known.named, profile.id.value.clone()),
            None => {
                let named = vec![profile.id.value.clone()];
                applications.push(Application { id: id.to_owned(), named, text });
            }
        }
    }
}

fn insights(look: &Look<'_>, telemetry: &mut Vec<String>) {
    let behaviours =
        look.member.tree.relying_party.iter().filter_map(|party| party.user_journey_behaviors.as_ref());
    for one in behaviours {
        let key = one.journey_insights.as_ref().and_then(|insights| insights.instrumentation_key.as_ref());
        if let Some(key) = key.or(one.azure_application_insights.as_ref()) {
            note(telemetry, format!("{} ({})", look.member.id, key.value));
        }
    }
}
