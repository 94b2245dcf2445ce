//! Family `security`, REST calls (technical-profiles 10). In: the REST profiles that are used. Out: calls without
//! authentication, settings that ask for less safety than production wants.

use super::found::{Found, finding};
use super::sort::Sort;
use super::subject::{Subject, flag, is_true, setting};
use crate::diagnostic::codes;
use crate::message;
use crate::syntax::{DeploymentMode, TechnicalProfile};

pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    for (profile, sort) in subject.used_profiles() {
        if sort == Sort::Rest {
            authentication(subject, profile, found);
        }
        let debug = if sort == Sort::Rest { "DebugMode" } else { "DeveloperMode" };
        if let Some(value) = setting(&profile.metadata, debug).filter(|value| is_true(value)) {
            let message = message!("`{}` tells more than users and logs should see", profile.id.value);
            let help = format!("set `{debug}` to `false` outside of development");
            found.push(finding(codes::DEBUG_MODE, value.span, message).help(help));
        }
    }
}

fn authentication(subject: &Subject<'_>, profile: &TechnicalProfile, found: &mut Found) {
    let kind =
        setting(&profile.metadata, "AuthenticationType").filter(|kind| kind.eq_ignore_ascii_case("None"));
    let switch = "AllowInsecureAuthInProduction";
    let production = subject.tree.deployment_mode.is_none_or(|mode| mode.value == DeploymentMode::Production);
    // In production without that switch the compiler says so.
    let said = production && !flag(&profile.metadata, switch, false);
    if let Some(kind) = kind.filter(|_| !said) {
        let id = &profile.id.value;
        let message = message!("the service cannot tell a call of `{id}` from anybody else's");
        let diagnostic = finding(codes::REST_WITHOUT_AUTHENTICATION, kind.span, message)
            .label("no authentication")
            .help("use `ClientCertificate`, `Bearer`, `ApiKeyHeader` or `Basic`, with the secret in a policy key");
        found.push(diagnostic);
    }
    if let Some(value) = setting(&profile.metadata, switch).filter(|_| flag(&profile.metadata, switch, false))
    {
        let message =
            message!("`{switch}` lets `{}` call without authentication in production", profile.id.value);
        let help = match kind {
            Some(_) => "give the service an authentication, then remove the item",
            None => "the profile authenticates itself, so that the item can be removed",
        };
        found.push(finding(codes::INSECURE_IN_PRODUCTION, value.span, message).help(help));
    }
}
