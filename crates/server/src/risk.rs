//! The operator's rules of which sign-ins need more than a password.
//!
//! In: a file of rules in TOML, and a sign-in. Out: challenges. Must not know policies' contents or how a challenge is met.
//!
//! ```toml
//! [[rule]]                       # every condition that is there must hold
//! networks = ["203.0.113.0/24"]  # the client's address is in one of them
//! not_networks = ["10.0.0.0/8"]  # … in none of them
//! users = ["…object id…"]
//! applications = ["…client id…"]
//! policies = ["B2C_1A_SignIn"]
//! challenge = "mfa"              # block, mfa or chg_pwd
//! ```

use std::net::IpAddr;
use std::path::Path;

use serde::Deserialize;

/// What a sign-in is asked for beside its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Challenge {
    /// It is refused.
    Block,
    /// A second factor.
    Mfa,
    /// A new password.
    ChgPwd,
}

impl Challenge {
    /// The word a policy compares with.
    pub fn name(self) -> &'static str {
        match self {
            Challenge::Block => "block",
            Challenge::Mfa => "mfa",
            Challenge::ChgPwd => "chg_pwd",
        }
    }
}

/// A sign-in to be judged.
#[derive(Clone, Debug, Default)]
pub struct SignIn {
    /// Object id.
    pub user: String,
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The application's client id.
    pub application: String,
    /// The policy's id.
    pub policy: String,
    /// Whether the user has a second factor.
    pub has_second_factor: bool,
}

/// The rules, in the order of the file.
#[derive(Debug, Default)]
pub struct Rules(Vec<Rule>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    networks: Option<Vec<Network>>,
    not_networks: Option<Vec<Network>>,
    users: Option<Vec<String>>,
    applications: Option<Vec<String>>,
    policies: Option<Vec<String>>,
    challenge: Challenge,
}

/// `10.0.0.0/8`, or a single address.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Network {
    address: IpAddr,
    bits: u8,
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Network, String> {
        let wrong = || format!("`{text}` is no network such as 10.0.0.0/8");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.as_str(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > most { Err(wrong()) } else { Ok(Network { address, bits }) }
    }
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        let bits = |address: IpAddr| match address {
            IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
            IpAddr::V6(v6) => v6.to_bits(),
        };
        let same_kind = self.address.is_ipv4() == address.is_ipv4();
        let shift = 128 - u32::from(self.bits);
        let head = |address| bits(address).checked_shr(shift).unwrap_or(0);
        same_kind && head(self.address) == head(address)
    }
}

impl Rules {
    /// Reads a file of rules. The error is a sentence.
    pub fn read(path: &Path) -> Result<Rules, String> {
        let told = |cause: &dyn std::fmt::Display| format!("{}: {cause}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| told(&error))?;
        Rules::parse(&text).map_err(|error| told(&error))
    }

    fn parse(text: &str) -> Result<Rules, toml::de::Error> {
        toml::from_str::<File>(text).map(|file| Rules(file.rule))
    }

    /// The challenges of every rule that fits, each once.
    pub fn judge(&self, sign_in: &SignIn) -> Vec<Challenge> {
        let mut challenges = Vec::new();
        for rule in self.0.iter().filter(|rule| rule.fits(sign_in)) {
            if !challenges.contains(&rule.challenge) {
                challenges.push(rule.challenge);
            }
        }
        challenges
    }
}

impl Rule {
    fn fits(&self, sign_in: &SignIn) -> bool {
        let named = |list: &Option<Vec<String>>, name: &str| {
            list.as_ref().is_none_or(|list| list.iter().any(|one| one.eq_ignore_ascii_case(name)))
        };
        let inside =
            |list: &[Network]| sign_in.address.is_some_and(|a| list.iter().any(|one| one.contains(a)));
        named(&self.users, &sign_in.user)
            && named(&self.applications, &sign_in.application)
            && named(&self.policies, &sign_in.policy)
            && self.networks.as_deref().is_none_or(inside)
            && !self.not_networks.as_deref().is_some_and(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in(address: &str, policy: &str) -> SignIn {
        SignIn { address: address.parse().ok(), policy: policy.to_owned(), ..SignIn::default() }
    }

    #[test]
    fn every_condition_of_a_rule_must_hold() {
        let rules = "[[rule]]\nnot_networks = [\"10.0.0.0/8\", \"fd00::/8\"]\nchallenge = \"mfa\"\n\
                     [[rule]]\nnetworks = [\"203.0.113.7\"]\npolicies = [\"b2c_1a_signin\"]\nchallenge = \"block\"\n";
        let rules = Rules::parse(rules).unwrap();
        assert_eq!(rules.judge(&sign_in("10.1.2.3", "B2C_1A_SignIn")), []);
        assert_eq!(rules.judge(&sign_in("fd12::1", "B2C_1A_SignIn")), []);
        assert_eq!(rules.judge(&sign_in("11.1.2.3", "B2C_1A_SignIn")), [Challenge::Mfa]);
        assert_eq!(rules.judge(&sign_in("203.0.113.7", "B2C_1A_SignIn")), [Challenge::Mfa, Challenge::Block]);
        assert_eq!(rules.judge(&sign_in("203.0.113.7", "B2C_1A_Other")), [Challenge::Mfa]);
        assert_eq!(Rules::default().judge(&sign_in("203.0.113.7", "B2C_1A_SignIn")), []);
    }

    #[test]
    fn a_file_with_a_mistake_is_told() {
        for wrong in [
            "[[rule]]\nchallenge = \"dance\"",
            "[[rule]]\nnetworks = [\"10.0.0.0/33\"]\nchallenge = \"mfa\"",
            "[[rule]]\nnetwork = [\"10.0.0.0/8\"]\nchallenge = \"mfa\"",
            "[[rule]]\nusers = []",
        ] {
            assert!(Rules::parse(wrong).is_err(), "{wrong}");
        }
    }
}
