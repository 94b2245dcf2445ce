//! How a request to a journey ends: the next thing the browser must do, or the reply to a posted form.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::fault::Fault;
use super::page::Page;
use crate::claims::{Claims, Name};
use crate::policy::Profile;

/// What must happen next.
#[derive(Debug)]
pub enum Next {
    /// Show a page.
    Show(Box<Page>),
    /// The journey ended.
    Finish(Box<Outcome>),
}

/// How a journey ended.
#[derive(Debug)]
pub enum Outcome {
    /// With a token, a document, or nothing but the session.
    Issue(Issue),
    /// With an error for the application (for the user, where the policy says DisplayInService).
    Fault(Fault),
}

/// What to issue.
#[derive(Debug)]
pub struct Issue {
    /// The issuer's profile: `Kind::TokenIssuer` or `Kind::JsonIssuer`.
    pub issuer: Arc<Profile>,
    /// The claims of the token or document by wire name, in order, empty ones left out.
    pub claims: Vec<(String, serde_json::Value)>,
    /// The subject, where the policy names one.
    pub subject: Option<String>,
    /// The value of the issuer's user identity claim (objectId as a rule).
    pub user: Option<String>,
    /// When the user proved who they are.
    pub authenticated_at: Timestamp,
    /// The bag at the end, passwords left out: what a refresh journey may read back.
    pub bag: Claims,
    /// Claims to keep in the session, by session profile.
    pub kept: BTreeMap<Name, Claims>,
    /// Whether the issuer's session profile remembers applications for sign-out.
    pub remembers_applications: bool,
    /// "Keep me signed in" was ticked.
    pub keep_signed_in: bool,
    /// Whether a password or another proof was given in this journey (not only a session).
    pub fresh: bool,
}

/// The reply to a posted form, code request or control action (user-interface 6.3–6.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `{"status":"200"}`
    Accepted,
    /// `{"status":"200", …}` with what an action of a captcha gives, by names of the wire (user-interface 6.5).
    Told(Vec<(&'static str, String)>),
    /// The call to a telephone number is not confirmed yet (user-interface 6.6).
    Pending,
    /// `{"status":"400", …}`
    Rejected {
        /// AADB2C code.
        code: Option<u32>,
        /// Words for the user.
        message: String,
        /// Words at single fields, for pages drawn again without script.
        fields: BTreeMap<Name, String>,
        /// The UX string shown by the page's script for a refused code: `ver_fail_retry`, ….
        word: Option<&'static str>,
    },
    /// The post does not belong to what the journey waits for: the browser is told to start again.
    OutOfTurn,
}

/// What the browser chose instead of, or after, answering a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Go on after an accepted answer; the state of the "keep me signed in" box.
    Confirmed {
        /// The box.
        remember: bool,
    },
    /// The sign-up link.
    SignUp,
    /// A provider button, text link or forgot-password exchange, by exchange id.
    Exchange(String),
    /// The forgot-password link without an exchange.
    ForgotPassword,
    /// The cancel button.
    Cancel,
}
