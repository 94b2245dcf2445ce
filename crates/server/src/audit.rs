//! The audit log: who did what to whom, and whether it went well (protocols 15).
//!
//! In: an [`Event`]. Out: a row of the store, and back. Holds ids, never claims, passwords, codes or
//! tokens; that cannot be said wrong, as an event has no place for them.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chance;
use crate::store::{AuditFilter, AuditRow, Change, Store, StoreError};

/// What happened. Each has a category and a name, as the cloud's log calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A local password was checked.
    ValidateCredentials,
    /// A user was made.
    AddUser,
    /// A user was changed.
    UpdateUser,
    /// A user was removed.
    DeleteUser,
    /// A user was disabled.
    DisableUser,
    /// A user was enabled.
    EnableUser,
    /// A user's failed sign-ins were forgotten.
    UnlockUser,
    /// A user set a new password by a verified address.
    ResetPassword,
    /// A user, or an administrator, changed a password.
    ChangePassword,
    /// A user's sessions and refresh tokens were ended.
    RevokeSessions,
    /// An id_token was issued.
    IssueIdToken,
    /// An access token was issued.
    IssueAccessToken,
    /// An authorization code was issued.
    IssueCode,
    /// A code or refresh token was used twice; its grant was ended.
    DetectReuse,
    /// A user signed out.
    SignOut,
    /// A policy key was added.
    AddKey,
    /// A policy key container was set aside.
    DeleteKey,
    /// The master key was changed.
    RotateMasterKey,
    /// A policy came into force.
    UpdatePolicy,
    /// A policy was taken out of force.
    DeletePolicy,
    /// An application was registered or changed.
    UpdateApplication,
    /// An application was removed.
    DeleteApplication,
}

/// Category and name of every activity.
const ACTIVITIES: &[(Activity, &str, &str)] = &[
    (Activity::ValidateCredentials, "Authentication", "Validate local account credentials"),
    (Activity::AddUser, "Directory", "Add user"),
    (Activity::UpdateUser, "Directory", "Update user"),
    (Activity::DeleteUser, "Directory", "Delete user"),
    (Activity::DisableUser, "Directory", "Disable account"),
    (Activity::EnableUser, "Directory", "Enable account"),
    (Activity::UnlockUser, "Directory", "Unlock account"),
    (Activity::ResetPassword, "Directory", "Reset password (self-service)"),
    (Activity::ChangePassword, "Directory", "Change user password"),
    (Activity::RevokeSessions, "Directory", "Revoke sign-in sessions"),
    (Activity::IssueIdToken, "Authorization", "Issue an id_token to the application"),
    (Activity::IssueAccessToken, "Authorization", "Issue an access token to the application"),
    (Activity::IssueCode, "Authorization", "Issue an authorization code to the application"),
    (Activity::DetectReuse, "Authorization", "Detect a reused code or refresh token"),
    (Activity::SignOut, "Authentication", "Sign out"),
    (Activity::AddKey, "Key", "Add key"),
    (Activity::DeleteKey, "Key", "Delete key container"),
    (Activity::RotateMasterKey, "Key", "Rotate master key"),
    (Activity::UpdatePolicy, "Resource", "Update policy"),
    (Activity::DeletePolicy, "Resource", "Delete policy"),
    (Activity::UpdateApplication, "Application", "Update application"),
    (Activity::DeleteApplication, "Application", "Delete application"),
];

impl Activity {
    /// `Authentication`, `Authorization`, `Directory`, `Key`, `Resource` or `Application`.
    #[must_use]
    pub fn category(self) -> &'static str {
        self.row().1
    }

    /// The activity's name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        let found = ACTIVITIES.iter().find(|(activity, ..)| *activity == self);
        found.copied().unwrap_or((self, "Resource", "Unnamed"))
    }
}

/// One event to be written.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// What happened.
    pub activity: Activity,
    /// `None`: success. Else why it failed: a fixed word or an AADB2C code, never user input.
    pub failure: Option<&'a str>,
    /// Object id of the user, client id, policy or key it happened to; empty when none is known.
    pub target: &'a str,
    /// Who and whence.
    pub origin: Origin,
}

/// Where an event comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Origin {
    /// The request's or journey's correlation id.
    pub correlation_id: String,
    /// The policy's id.
    pub policy_id: Option<String>,
    /// The application's client id.
    pub application_id: Option<String>,
    /// The address the request came from.
    pub client_ip_address: Option<IpAddr>,
    /// The program that asked (`User-Agent`, cut), or `command line`.
    pub client: Option<String>,
    /// The identity provider, when it was not the directory.
    pub identity_provider_name: Option<String>,
}

/// One event as read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// A UUID.
    pub id: String,
    /// When.
    pub activity_date_time: Timestamp,
    /// The category.
    pub category: String,
    /// The activity's name.
    pub activity_display_name: String,
    /// `success` or `failure`.
    pub result: String,
    /// Why it failed; empty for a success.
    pub result_reason: String,
    /// To whom or what.
    pub target: String,
    /// Who and whence.
    pub origin: Origin,
}

#[derive(Serialize, Deserialize)]
struct Body {
    reason: String,
    origin: Origin,
}

const MOST_CLIENT: usize = 256;

/// Writes an event.
///
/// # Errors
/// Those of the store.
pub async fn record(store: &Store, event: Event<'_>, now: Timestamp) -> Result<(), StoreError> {
    store.add_audit(&[row(event, now)]).await
}

/// The change that writes an event, for a transaction with others.
#[must_use]
pub fn change(event: Event<'_>, now: Timestamp) -> Change {
    Change::Audit(row(event, now))
}

/// Reads events, newest first.
///
/// # Errors
/// Those of the store.
pub async fn read(store: &Store, tenant: &str, filter: &AuditFilter) -> Result<Vec<Entry>, StoreError> {
    let rows = store.audit(tenant, filter).await?;
    Ok(rows.into_iter().map(entry).collect())
}

fn row(event: Event<'_>, now: Timestamp) -> AuditRow {
    let client = event.origin.client.map(|text| plain(&text));
    let body = Body {
        reason: event.failure.unwrap_or_default().to_owned(),
        origin: Origin { client, ..event.origin },
    };
    AuditRow {
        id: chance::uuid(),
        tenant: event.tenant.to_owned(),
        at: now,
        category: event.activity.category().to_owned(),
        activity: event.activity.name().to_owned(),
        result: if event.failure.is_none() { "success" } else { "failure" }.to_owned(),
        target: event.target.to_owned(),
        body: serde_json::to_string(&body).unwrap_or_default(),
    }
}

/// The one text that a stranger chooses: cut, and without what could break a line of a log.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(MOST_CLIENT).collect()
}

fn entry(row: AuditRow) -> Entry {
    let body: Option<Body> = serde_json::from_str(&row.body).ok();
    let (reason, origin) = body.map_or_else(Default::default, |body| (body.reason, body.origin));
    Entry {
        id: row.id,
        activity_date_time: row.at,
        category: row.category,
        activity_display_name: row.activity,
        result: row.result,
        result_reason: reason,
        target: row.target,
        origin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::stores;
    use std::collections::HashSet;

    #[test]
    fn every_activity_has_a_row_and_a_name_of_its_own() {
        let names: HashSet<&str> = ACTIVITIES.iter().map(|(_, _, name)| *name).collect();
        assert_eq!(names.len(), ACTIVITIES.len());
        let known = ["Authorization", "Directory", "Application", "Key", "Resource", "Authentication"];
        for (activity, category, name) in ACTIVITIES {
            assert!(known.contains(category), "{name}: protocols 15 knows no category {category}");
            assert_eq!((activity.category(), activity.name()), (*category, *name));
        }
        // The names that protocols 15 quotes.
        for name in [
            "Issue an id_token to the application",
            "Issue an authorization code to the application",
            "Validate local account credentials",
        ] {
            assert!(names.contains(name), "{name}");
        }
    }

    #[tokio::test]
    async fn an_event_is_read_back_and_a_strangers_text_is_tamed() {
        for opened in stores().await {
            let now = Timestamp::from_second(1_800_000_000).unwrap();
            let origin = Origin {
                correlation_id: "c-1".to_owned(),
                policy_id: Some("B2C_1A_signup_signin".to_owned()),
                client_ip_address: Some("192.0.2.7".parse().unwrap()),
                client: Some(format!("Mozilla\r\n2026 INFO fake\u{1b}[31m{}", "x".repeat(10_000))),
                ..Origin::default()
            };
            let event = Event {
                tenant: "t",
                activity: Activity::ValidateCredentials,
                failure: Some("AADB2C90054"),
                target: "oid",
                origin,
            };
            record(&opened.store, event, now).await.unwrap();
            let entries = read(&opened.store, "t", &AuditFilter::default()).await.unwrap();
            let [entry] = entries.as_slice() else { panic!("{entries:?}") };
            assert_eq!(entry.activity_date_time, now, "{}", opened.database);
            assert_eq!((entry.result.as_str(), entry.result_reason.as_str()), ("failure", "AADB2C90054"));
            assert_eq!((entry.category.as_str(), entry.target.as_str()), ("Authentication", "oid"));
            assert_eq!(entry.origin.policy_id.as_deref(), Some("B2C_1A_signup_signin"));
            let client = entry.origin.client.as_deref().unwrap();
            assert!(client.starts_with("Mozilla2026 INFO fake[31mxxx"), "{client:.40}");
            assert_eq!(client.chars().count(), 256);
            assert_eq!(read(&opened.store, "other", &AuditFilter::default()).await.unwrap(), []);
        }
    }
}
