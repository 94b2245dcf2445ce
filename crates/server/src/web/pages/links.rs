//! The URLs a page leads to (user-interface 5, 6.1).
//!
//! In: page and frame. Out: paths on this server with the page's token. In markup `tx` is always percent-encoded, so
//! that the SETTINGS line stays the only one with `StateProperties=` (2.4).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_engine::journey::page::{Body, Page};

use super::Frame;

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// URLs of one page.
pub(super) struct Links<'a> {
    api: &'static str,
    frame: &'a Frame<'a>,
}

impl<'a> Links<'a> {
    pub(super) fn new(page: &Page, frame: &'a Frame<'a>) -> Links<'a> {
        let api = match page.body {
            Body::Unified(_) => "CombinedSigninAndSignup",
            Body::Form(_) => "SelfAsserted",
            Body::Selection(_) => "IdpSelections",
            Body::Phone(_) => "Phonefactor",
        };
        Links { api, frame }
    }

    /// The page's name in URLs and in SETTINGS.
    pub(super) fn api(&self) -> &'static str {
        self.api
    }

    /// Where `#createAccount` leads.
    pub(super) fn sign_up(&self) -> String {
        self.with_token("unified", "local=signup&")
    }

    /// Where a provider's button or link leads.
    pub(super) fn exchange(&self, id: &str) -> String {
        let id = utf8_percent_encode(id, COMPONENT);
        self.with_token("unified", &format!("claimsexchange={id}&"))
    }

    /// Where the forgot-password link leads when the policy gives it no exchange.
    pub(super) fn forgot(&self) -> String {
        self.with_token("forgotPassword", "")
    }

    /// Where a form without script is posted (2.7); its token stands in the body.
    pub(super) fn form(&self) -> String {
        format!("{}/api/{}/form?{}", self.frame.host_path, self.api, self.transaction())
    }

    fn with_token(&self, action: &str, query: &str) -> String {
        let token = utf8_percent_encode(self.frame.csrf, COMPONENT);
        let path = self.frame.host_path;
        format!("{path}/api/{}/{action}?{query}csrf_token={token}&{}", self.api, self.transaction())
    }

    fn transaction(&self) -> String {
        let tx = utf8_percent_encode(self.frame.trans_id, COMPONENT);
        format!("tx={tx}&p={}", utf8_percent_encode(self.frame.policy, COMPONENT))
    }
}
