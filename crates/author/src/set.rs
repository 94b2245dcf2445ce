//! A folder's policies, each as one: merged with its bases, includes laid in, and compiled where it compiles. In: the
//! files' texts. Out: a [`Set`] that the tools read. A policy that does not compile is here all the same, because an
//! author wants to see, compare and count it most of all then.
//!
//! Must not be known here: what a tool wants to know about a policy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vestibule_engine::diagnostic::{Diagnostic, Diagnostics, codes};
use vestibule_engine::inherit::{self, Effective};
use vestibule_engine::policy::Policy;
use vestibule_engine::source::{Sources, Span};
use vestibule_engine::syntax::{
    self, OrchestrationStep, SubJourney, TechnicalProfile, TrustFrameworkPolicy, UserJourney, fold, same_id,
};
use vestibule_engine::{Compiled, check, compile, compile_one};

/// All policies of some files.
#[derive(Debug, Default)]
pub struct Set {
    /// One for every file with a policy id and a whole chain of bases, in the order of the files.
    pub members: Vec<Member>,
    /// The policies whose chain is broken.
    pub broken: Vec<Broken>,
    /// Everything the compiler says about the files.
    pub diagnostics: Diagnostics,
}

/// A policy that cannot be put together.
#[derive(Debug)]
pub struct Broken {
    /// Its id, if it can be read.
    pub id: Option<String>,
    /// Its file.
    pub file: String,
    /// Why.
    pub why: Diagnostic,
}

/// One policy of a set.
#[derive(Debug)]
pub struct Member {
    /// Its id in the spelling of its file.
    pub id: String,
    /// The names of its files, root first.
    pub files: Vec<String>,
    /// All of it, its own technical profiles with what they include.
    pub tree: Effective,
    /// Compiled; absent when there is an error.
    pub policy: Option<Arc<Policy>>,
    /// Places of the ids of the profiles that this version checks but does not run.
    pub not_run: BTreeSet<Span>,
    profiles: BTreeMap<String, usize>,
}

impl Set {
    /// Reads and compiles.
    pub fn of(sources: &Sources) -> Set {
        Set::where_id(sources, compile(sources), |_| true)
    }

    /// The same with the policies of one id alone, of which there is one if the files are in order.
    pub fn of_one(id: &str, sources: &Sources) -> Set {
        Set::where_id(sources, compile_one(id, sources), |own| same_id(own, id))
    }

    fn where_id(sources: &Sources, compiled: Compiled, wanted: impl Fn(&str) -> bool) -> Set {
        let trees: Vec<_> = sources.iter().map(|source| syntax::parse(source).0).collect();
        let not_run: BTreeSet<Span> = compiled
            .diagnostics
            .iter()
            .filter(|finding| finding.code.id == codes::NOT_RUN.id)
            .map(|finding| finding.span)
            .collect();
        let mut set = Set { diagnostics: compiled.diagnostics, ..Set::default() };
        let named = |tree: &TrustFrameworkPolicy| tree.policy_id.as_ref().is_none_or(|id| wanted(id));
        for leaf in trees.iter().filter(|tree| named(tree)) {
            let file = |span: Span| sources.get(span.source).map_or("", |source| source.name()).to_owned();
            match inherit::chain(leaf, &trees) {
                Ok(chain) => {
                    let files = chain.iter().map(|tree| file(tree.span)).collect();
                    let Some(mut member) = inherit::merge(&chain).and_then(|tree| Member::of(tree, files))
                    else {
                        continue;
                    };
                    let own = |policy: &&Arc<Policy>| same_id(&policy.id, &member.id);
                    member.policy = compiled.policies.iter().find(own).cloned();
                    member.not_run.clone_from(&not_run);
                    set.members.push(member);
                }
                Err(why) => {
                    let id = leaf.policy_id.as_ref().map(|id| id.value.clone());
                    set.broken.push(Broken { id, file: file(leaf.span), why: *why });
                }
            }
        }
        set
    }

    /// The policy of that id, in any case.
    pub fn member(&self, id: &str) -> Option<&Member> {
        self.members.iter().find(|member| same_id(&member.id, id))
    }
}

impl Member {
    fn of(mut tree: Effective, files: Vec<String>) -> Option<Member> {
        let id = tree.policy_id.as_ref()?.value.clone();
        tree.technical_profiles = check::with_includes(&tree);
        let named = tree.technical_profiles.iter().enumerate();
        let profiles = named.map(|(at, profile)| (fold(&profile.id), at)).collect();
        Some(Member { id, files, tree, policy: None, not_run: BTreeSet::new(), profiles })
    }

    /// The technical profile of that id, in any case.
    pub fn profile(&self, id: &str) -> Option<&TechnicalProfile> {
        self.profiles.get(&fold(id)).and_then(|at| self.tree.technical_profiles.get(*at)).map(Arc::as_ref)
    }

    /// The user journey of that id, in any case.
    pub fn journey(&self, id: &str) -> Option<&UserJourney> {
        self.tree.user_journeys.iter().map(Arc::as_ref).find(|journey| same_id(&journey.id, id))
    }

    /// The sub-journey of that id, in any case.
    pub fn sub_journey(&self, id: &str) -> Option<&SubJourney> {
        self.tree.sub_journeys.iter().map(Arc::as_ref).find(|journey| same_id(&journey.id, id))
    }

    /// Whether this version checks the profile but does not run it.
    pub fn is_not_run(&self, profile: &TechnicalProfile) -> bool {
        self.not_run.contains(&profile.id.span)
    }

    /// The journeys the relying party starts, with what starts each: sign-in first.
    pub fn entries(&self) -> Vec<(Entry, String)> {
        let Some(party) = &self.tree.relying_party else { return Vec::new() };
        let mut entries: Vec<(Entry, String)> =
            party.default_user_journey.iter().map(|id| (Entry::SignIn, id.value.clone())).collect();
        for endpoint in &party.endpoints {
            let entry = if same_id(&endpoint.id, "UserInfo") { Entry::UserInfo } else { Entry::Token };
            entries.extend(endpoint.user_journey_reference_id.iter().map(|id| (entry, id.value.clone())));
        }
        let issued = entries.first().and_then(|(_, id)| self.journey(id)).map(|journey| {
            let steps = journey.orchestration_steps.iter();
            let issuers = steps.filter_map(|step| step.cpim_issuer_technical_profile_reference_id.as_ref());
            issuers.filter_map(|id| self.profile(id)).collect::<Vec<_>>()
        });
        for profile in issued.into_iter().flatten() {
            let refresh = setting(profile, "RefreshTokenUserJourneyId").map(|id| (Entry::Token, id));
            let machine =
                setting(profile, "ClientCredentialsUserJourneyId").map(|id| (Entry::ClientCredentials, id));
            let more = refresh.into_iter().chain(machine).map(|(entry, id)| (entry, id.to_owned()));
            for (entry, id) in more {
                if !entries.iter().any(|(known, other)| *known == entry && same_id(other, &id)) {
                    entries.push((entry, id));
                }
            }
        }
        entries
    }
}

/// What starts a journey of a relying party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// The authorization endpoint.
    SignIn,
    /// A refresh token that is redeemed.
    Token,
    /// A request at the UserInfo endpoint.
    UserInfo,
    /// An application that signs in as itself.
    ClientCredentials,
}

impl Entry {
    /// In words, after "Journey X, ".
    pub fn words(self) -> &'static str {
        match self {
            Entry::SignIn => "when an application signs somebody in",
            Entry::Token => "when a refresh token is redeemed",
            Entry::UserInfo => "when an application asks for user info",
            Entry::ClientCredentials => "when an application signs in as itself",
        }
    }

    /// One word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Entry::SignIn => "sign-in",
            Entry::Token => "refresh",
            Entry::UserInfo => "userinfo",
            Entry::ClientCredentials => "client-credentials",
        }
    }
}

/// A profile's metadata value by its key, in any case; an empty value is none.
pub fn setting<'a>(profile: &'a TechnicalProfile, key: &str) -> Option<&'a str> {
    let item = profile.metadata.iter().find(|item| same_id(&item.key, key))?;
    Some(item.value.trim()).filter(|value| !value.is_empty())
}

/// The exchanges of a step: id and profile.
pub fn exchanges(step: &OrchestrationStep) -> impl Iterator<Item = (&str, &str)> {
    step.claims_exchanges.iter().flat_map(|all| &all.exchanges).map(|one| {
        let profile = one.technical_profile_reference_id.as_ref().map_or("", |id| id.as_str());
        (one.id.as_str(), profile)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A policy with these attributes of the root, this base and these contents.
    fn policy(id: &str, base: &str, contents: &str) -> String {
        let base = match base {
            "" => String::new(),
            base => format!(
                "<BasePolicy><TenantId>t.onmicrosoft.com</TenantId><PolicyId>{base}</PolicyId></BasePolicy>"
            ),
        };
        format!(
            r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0" TenantId="t.onmicrosoft.com" PolicyId="{id}" PublicPolicyUri="http://t/one">{base}{contents}</TrustFrameworkPolicy>"#
        )
    }

    fn set(texts: &[String]) -> (Sources, Set) {
        let mut sources = Sources::default();
        for (at, text) in texts.iter().enumerate() {
            sources.add(&format!("{at}.xml"), text.as_bytes());
        }
        let set = Set::of(&sources);
        (sources, set)
    }

    const ISSUER: &str = r#"<ClaimsProviders><ClaimsProvider><DisplayName>T</DisplayName><TechnicalProfiles><TechnicalProfile Id="Issuer"><Protocol Name="None"/><OutputTokenFormat>JWT</OutputTokenFormat><Metadata><Item Key="RefreshTokenUserJourneyId">Refresh</Item></Metadata></TechnicalProfile><TechnicalProfile Id="Child"><IncludeTechnicalProfile ReferenceId="issuer"/></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders><UserJourneys><UserJourney Id="Main"><OrchestrationSteps><OrchestrationStep Order="1" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/></OrchestrationSteps></UserJourney></UserJourneys>"#;
    const PARTY: &str = r#"<RelyingParty><DefaultUserJourney ReferenceId="Main"/><Endpoints><Endpoint Id="UserInfo" UserJourneyReferenceId="Info"/></Endpoints><TechnicalProfile Id="P"><DisplayName>P</DisplayName><Protocol Name="OpenIdConnect"/></TechnicalProfile></RelyingParty>"#;

    #[test]
    fn a_member_is_merged_with_its_bases_and_its_includes() {
        let (_, set) = set(&[policy("B2C_1A_leaf", "b2c_1a_BASE", PARTY), policy("B2C_1A_base", "", ISSUER)]);
        let leaf = set.member("b2c_1a_LEAF").expect("in any case");
        assert_eq!(leaf.files, ["1.xml", "0.xml"], "root first");
        let child = leaf.profile("child").expect("a profile of the base");
        assert_eq!(setting(child, "refreshtokenuserjourneyid"), Some("Refresh"), "included");
    }

    #[test]
    fn entries_are_those_of_the_endpoints_and_of_the_issuer() {
        let (_, set) = set(&[policy("B2C_1A_leaf", "B2C_1A_base", PARTY), policy("B2C_1A_base", "", ISSUER)]);
        let entries = set.member("B2C_1A_leaf").expect("a policy").entries();
        let named: Vec<(&str, &str)> =
            entries.iter().map(|(entry, id)| (entry.name(), id.as_str())).collect();
        assert_eq!(named, [("sign-in", "Main"), ("userinfo", "Info"), ("refresh", "Refresh")]);
        assert!(set.member("B2C_1A_base").expect("a policy").entries().is_empty());
    }

    #[test]
    fn one_policy_alone_is_the_same_as_among_all() {
        let (sources, set) =
            set(&[policy("B2C_1A_leaf", "B2C_1A_base", PARTY), policy("B2C_1A_base", "", ISSUER)]);
        let one = Set::of_one("b2c_1a_leaf", &sources);
        let ids: Vec<&str> = one.members.iter().map(|member| member.id.as_str()).collect();
        assert_eq!(ids, ["B2C_1A_leaf"]);
        let all = set.member("B2C_1A_leaf").map(|member| &member.tree);
        assert_eq!(one.members.first().map(|member| &member.tree), all);
    }

    #[test]
    fn a_broken_chain_is_kept_with_its_reason() {
        let (_, set) = set(&[policy("B2C_1A_leaf", "B2C_1A_none", PARTY), "no policy".to_owned()]);
        assert!(set.members.is_empty());
        let broken: Vec<(Option<&str>, &str)> =
            set.broken.iter().map(|one| (one.id.as_deref(), one.why.code.id)).collect();
        assert_eq!(broken.first(), Some(&(Some("B2C_1A_leaf"), codes::BASE_MISSING.id)));
        assert_eq!(broken.len(), 2);
    }
}
