//! Who is in the rehearsed directory. In: what directory profiles ask. Out: attributes, or the directory's no.
//!
//! The rules are those of technical-profiles 3; what they cannot show in a rehearsal (password strength, lockout) is not
//! here. Identities at other providers are kept as one collection, under whichever name they came.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vestibule_engine::claims::{Identity, Value};
use vestibule_engine::journey::world::{Answer, Failure, Refusal, Sent};
use vestibule_engine::kind::{Directory as Settings, Operation};
use vestibule_engine::policy::Profile;

/// Attributes by lower-cased name.
type User = BTreeMap<String, Value>;

/// The users, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Directory {
    users: Vec<User>,
    /// Whom the last call was about.
    last: Option<usize>,
}

const IDENTITIES: &str = "useridentities";
const MUST_CHANGE: &str = "passwordprofile.forcechangepasswordnextlogin";

/// Attributes that only one user may have.
fn is_unique(name: &str) -> bool {
    name.starts_with("signinnames.")
        || is_federated(name)
        || ["objectid", "userprincipalname"].contains(&name)
}

/// Names of identities at other providers.
fn is_federated(name: &str) -> bool {
    [IDENTITIES, "alternativesecurityid", "alternativesecurityids"].contains(&name)
}

/// The identities in a claim of any of those names (claims-transformations 9).
fn identities(value: &Value) -> Vec<Identity> {
    match value {
        Value::Identity(one) => vec![one.clone()],
        Value::Identities(all) => all.clone(),
        other => {
            let json: Option<serde_json::Value> = serde_json::from_str(&other.text()).ok();
            let member = |names: [&str; 2]| {
                let json = json.as_ref()?;
                names.into_iter().find_map(|name| json.get(name)?.as_str()).map(str::to_owned)
            };
            let issuer = member(["issuer", "identityProvider"]);
            let id = member(["issuerUserId", "key"]);
            issuer
                .zip(id)
                .map(|(issuer, issuer_user_id)| Identity { issuer_user_id, issuer })
                .into_iter()
                .collect()
        }
    }
}

impl Directory {
    /// How many users there are.
    pub(super) fn count(&self) -> usize {
        self.users.len()
    }

    /// Adds somebody; what every user has is added to what is given.
    pub(super) fn add(&mut self, given: &[(String, String)], now: Timestamp) {
        let mut user = self.newcomer(now);
        for (name, value) in given {
            let name = if name.eq_ignore_ascii_case("email") { "signInNames.emailAddress" } else { name };
            let value = match value.as_str() {
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                text => Value::text_of(text),
            };
            let name = name.to_lowercase();
            match is_federated(&name) {
                true => user.insert(IDENTITIES.to_owned(), Value::Identities(identities(&value))),
                false => user.insert(name, value),
            };
        }
        self.users.push(user);
        self.last = Some(self.users.len() - 1);
    }

    fn newcomer(&self, now: Timestamp) -> User {
        let id = format!("00000000-0000-4000-8000-{:012}", self.users.len() + 1);
        let principal = format!("{id}@rehearsal.onmicrosoft.com");
        BTreeMap::from([
            ("objectid".to_owned(), Value::text_of(id)),
            ("userprincipalname".to_owned(), Value::text_of(principal)),
            ("accountenabled".to_owned(), Value::Boolean(true)),
            ("refreshtokensvalidfromdatetime".to_owned(), Value::DateTime(now)),
        ])
    }

    /// Voids every refresh token issued until now.
    pub(super) fn revoke(&mut self, now: Timestamp) {
        for user in &mut self.users {
            user.insert("refreshtokensvalidfromdatetime".to_owned(), Value::DateTime(now));
        }
    }

    /// An attribute of the user the last call was about.
    pub(super) fn attribute(&self, name: &str) -> Option<&Value> {
        self.users.get(self.last?)?.get(&name.to_lowercase())
    }

    /// Runs a directory profile.
    pub(super) fn run(
        &mut self,
        (settings, profile): (&Settings, &Profile),
        (inputs, persisted): (&[Sent], &[Sent]),
        now: Timestamp,
    ) -> Result<Answer, Failure> {
        let Some(key) = inputs.first() else {
            return Err(Refusal::key(90037, "UserMessageIfMissingRequiredElement").into());
        };
        let found = self.find(&key.partner, &key.value);
        if found.is_some() && settings.error_if_present {
            return Err(Refusal::key(90001, "UserMessageIfClaimsPrincipalAlreadyExists").into());
        }
        if found.is_none() && settings.error_if_absent {
            return Err(Refusal::key(90053, "UserMessageIfClaimsPrincipalDoesNotExist").into());
        }
        match (settings.operation, found) {
            (Operation::Write, _) => self.write(found, persisted, now),
            (_, None) => Ok(Answer::empty()),
            (Operation::Read, Some(at)) => Ok(self.answer(at)),
            (Operation::DeleteClaims, Some(at)) => {
                let named = profile.persisted.iter().map(|claim| claim.partner.to_lowercase());
                let key = key.partner.to_lowercase();
                let cleared: Vec<String> = named.filter(|name| *name != key).collect();
                if let Some(user) = self.users.get_mut(at) {
                    let goes = |name: &String| {
                        cleared.contains(name)
                            || (name == IDENTITIES && cleared.iter().any(|name| is_federated(name)))
                    };
                    user.retain(|name, _| !goes(name));
                }
                Ok(Answer::empty())
            }
            (Operation::DeleteClaimsPrincipal, Some(at)) => {
                self.users.remove(at);
                self.last = None;
                Ok(Answer::empty())
            }
        }
    }

    fn write(&mut self, found: Option<usize>, persisted: &[Sent], now: Timestamp) -> Result<Answer, Failure> {
        let taken = |sent: &&Sent| {
            is_unique(&sent.partner.to_lowercase())
                && self.find(&sent.partner, &sent.value).is_some_and(|other| Some(other) != found)
        };
        if persisted.iter().any(|sent| taken(&sent)) {
            return Err(Refusal::key(90001, "UserMessageIfClaimsPrincipalAlreadyExists").into());
        }
        let at = found.unwrap_or_else(|| {
            let user = self.newcomer(now);
            self.users.push(user);
            self.users.len() - 1
        });
        if let Some(user) = self.users.get_mut(at) {
            store(user, persisted);
        }
        let mut answer = self.answer(at);
        answer.give("newClaimsPrincipalCreated", Value::Boolean(found.is_none()));
        Ok(answer)
    }

    fn answer(&mut self, at: usize) -> Answer {
        self.last = Some(at);
        let mut answer = Answer::empty();
        for (name, value) in self.users.get(at).into_iter().flatten().filter(|(name, _)| *name != "password")
        {
            answer.give(name.clone(), value.clone());
        }
        if let Some(first) =
            self.users.get(at).and_then(|user| identities(user.get(IDENTITIES)?).into_iter().next())
        {
            let json = serde_json::json!({ "issuer": first.issuer, "issuerUserId": first.issuer_user_id });
            answer.give("alternativeSecurityId", Value::text_of(json.to_string()));
        }
        answer
    }

    /// Who has one of these identities at another provider.
    fn find_federated(&self, wanted: &[Identity]) -> Option<usize> {
        self.users.iter().position(|user| {
            user.get(IDENTITIES).is_some_and(|held| identities(held).iter().any(|one| wanted.contains(one)))
        })
    }

    /// Who has this value under this name; `signInNames` stands for sign-in names of every type.
    fn find(&self, partner: &str, value: &Value) -> Option<usize> {
        let name = partner.to_lowercase();
        if is_federated(&name) {
            return self.find_federated(&identities(value));
        }
        let wanted = value.text().to_lowercase();
        let any = ["signinnames", "logonidentifier"].contains(&name.as_str());
        self.users.iter().position(|user| {
            user.iter().any(|(known, value)| {
                let names = if any { known.starts_with("signinnames.") } else { *known == name };
                names && value.text().to_lowercase() == wanted
            })
        })
    }

    /// Checks a password; answers with what the cloud's directory would (technical-profiles 6).
    pub(super) fn sign_in(
        &mut self,
        (name, password): (&Value, &Value),
        tolerant: bool,
        tenant_id: &str,
    ) -> Result<Answer, Failure> {
        let found = self.find("signInNames", name).or_else(|| self.find("userPrincipalName", name));
        let Some((at, user)) = found.and_then(|at| Some((at, self.users.get(at)?))) else {
            return Err(Refusal::key(90053, "UserMessageIfClaimsPrincipalDoesNotExist").into());
        };
        if user.get("accountenabled") == Some(&Value::Boolean(false)) {
            return Err(Refusal::key(90111, "UserMessageIfUserAccountDisabled").into());
        }
        if user.get("password").map(Value::text) != Some(password.text()) {
            return Err(Refusal::key(90054, "UserMessageIfInvalidPassword").into());
        }
        let mut answer = Answer::empty();
        match (user.get(MUST_CHANGE) == Some(&Value::Boolean(true)), tolerant) {
            (true, true) => {
                answer.give("passwordExpired", Value::Boolean(true));
                return Ok(answer);
            }
            (true, false) => return Err(Refusal::key(90054, "UserMessageIfPasswordExpired").into()),
            (false, _) => {}
        }
        for (attribute, partner) in [
            ("objectid", "oid"),
            ("userprincipalname", "upn"),
            ("displayname", "name"),
            ("givenname", "given_name"),
            ("surname", "family_name"),
        ] {
            if let Some(value) = user.get(attribute) {
                answer.give(partner, value.clone());
            }
        }
        answer.give("tid", Value::text_of(tenant_id));
        self.last = Some(at);
        Ok(answer)
    }
}

/// Writes what a profile persists. Naming one local sign-in name replaces them all; a new password lifts the duty to
/// change it unless the write says otherwise (technical-profiles 3.4, 24.4).
fn store(user: &mut User, persisted: &[Sent]) {
    let named =
        |sent: &&Sent| sent.partner.to_lowercase().starts_with("signinnames.") && !sent.value.is_empty();
    if persisted.iter().any(|sent| named(&sent)) {
        user.retain(|name, _| !name.starts_with("signinnames."));
    }
    if persisted.iter().any(|sent| sent.partner.eq_ignore_ascii_case("password")) {
        user.remove(MUST_CHANGE);
    }
    for sent in persisted.iter().filter(|sent| !sent.partner.eq_ignore_ascii_case("objectId")) {
        let name = sent.partner.to_lowercase();
        if name == "alternativesecurityid" {
            let mut all = user.get(IDENTITIES).map(identities).unwrap_or_default();
            all.extend(
                identities(&sent.value).into_iter().filter(|one| !all.contains(one)).collect::<Vec<_>>(),
            );
            user.insert(IDENTITIES.to_owned(), Value::Identities(all));
        } else if is_federated(&name) {
            user.insert(IDENTITIES.to_owned(), Value::Identities(identities(&sent.value)));
        } else if sent.value.is_empty() {
            user.remove(&name);
        } else {
            user.insert(name, sent.value.clone());
        }
    }
}
