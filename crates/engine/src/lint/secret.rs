//! Family `security`: secrets written into the policy. In: metadata, default values, parameters and addresses. Out: those
//! whose name says that the value is secret. A policy is read by many; a secret belongs into a policy key.

use super::found::{Found, finding};
use super::subject::Subject;
use crate::diagnostic::codes;
use crate::message;
use crate::source::Spanned;
use crate::syntax::ClaimReference;

/// Names, in lower case and without separators, whose value is secret.
const SECRET: &[&str] = &[
    "clientsecret",
    "apisecret",
    "appsecret",
    "sharedsecret",
    "apikey",
    "xapikey",
    "accesskey",
    "subscriptionkey",
    "ocpapimsubscriptionkey",
    "functionskey",
    "xfunctionskey",
    "authorization",
    "bearertoken",
    "clientassertion",
    "basicauthenticationpassword",
    "privatekey",
];
/// Parameters of an address whose value is secret: function keys, signatures of shared access.
const IN_ADDRESS: &[&str] =
    &["code", "sig", "key", "apikey", "subscriptionkey", "token", "accesstoken", "secret"];

pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    for (profile, _) in subject.used_profiles() {
        for item in &profile.metadata {
            if is_secret(&item.key) {
                report(&item.key, &item.value, found);
            }
            address(&item.value, found);
        }
        profile.input_claims.iter().for_each(|claim| default(claim, found));
    }
    for one in &subject.tree.building_blocks.claims_transformations {
        let used = subject.find(super::subject::Family::Transformation, &one.id);
        if !used.is_some_and(|index| subject.used.has(super::subject::Family::Transformation, index)) {
            continue;
        }
        for parameter in &one.input_parameters {
            if let Some(value) = &parameter.value
                && (is_secret(&parameter.id)
                    || one.output_claims.iter().any(|claim| is_secret(&claim.claim_type_reference_id)))
            {
                report(&parameter.id, value, found);
            }
        }
    }
}

fn default(claim: &ClaimReference, found: &mut Found) {
    let Some(value) = &claim.default_value else { return };
    let partner = claim.partner_claim_type.as_ref();
    if is_secret(&claim.claim_type_reference_id) || partner.is_some_and(|name| is_secret(name)) {
        report(&claim.claim_type_reference_id, value, found);
    }
}

fn report(name: &str, value: &Spanned<String>, found: &mut Found) {
    if !is_written_out(value) {
        return;
    }
    let message = message!("the value of `{name}` is a secret, for everybody who can read the policy");
    let help = "keep it as a policy key (`vestibule key`) and name that key in CryptographicKeys; change the secret, as \
                it was written down";
    found.push(finding(codes::PLAIN_SECRET, value.span, message).label("a secret in plain text").help(help));
}

/// Whether the text is a value and no resolver, placeholder or name of a key.
fn is_written_out(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let placeholder = ["your", "b2c_1a_", "<", "enter", "insert", "replace", "xxx", "todo"];
    value.len() >= 8
        && !value.contains(['{', ' '])
        && !placeholder.iter().any(|start| lower.starts_with(start))
        && !lower.contains("placeholder")
}

fn is_secret(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    SECRET.contains(&plain.as_str())
}

/// A secret among the parameters of an address.
fn address(value: &Spanned<String>, found: &mut Found) {
    let Some((start, query)) = value.split_once('?') else { return };
    if !(start.starts_with("https://") || start.starts_with("http://")) {
        return;
    }
    for pair in query.split('&') {
        let Some((name, content)) = pair.split_once('=') else { continue };
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        if IN_ADDRESS.contains(&plain.to_ascii_lowercase().as_str()) && is_written_out(content) {
            report(name, value, found);
            return;
        }
    }
}
