//! `<Metadata>` of one profile, read key by key (policy-language 5.7, technical-profiles 1.3). In: keys and values with
//! their places. Out: typed values, and what is wrong: a value that its key does not allow, a key that is needed and
//! not there, and, because every key asked for is remembered, the keys that nobody wanted.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::claims::Name;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::placeholder::is_placeholder_address;
use crate::source::{Span, Spanned};

/// One item as written.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// `@Key`.
    pub key: Spanned<&'a str>,
    /// The text.
    pub value: Spanned<&'a str>,
}

/// Finds a thing of the policy by id: its declared spelling, or the report that there is none.
pub type Find<'a> = &'a dyn Fn(&str, Span) -> Result<Name, Box<Diagnostic>>;

/// The things that settings refer to.
#[derive(Clone, Copy)]
pub struct Ids<'a> {
    /// Claim types.
    pub claim: Find<'a>,
    /// Claim types where a miss says nothing.
    pub declared: &'a dyn Fn(&str) -> Option<Name>,
    /// Content definitions.
    pub content: Find<'a>,
    /// User journeys.
    pub journey: Find<'a>,
    /// Claims exchanges of any journey; a miss says nothing, as exchanges are looked for where they are used.
    pub exchange: &'a dyn Fn(&str) -> Option<Name>,
}

/// The reader.
pub struct Metadata<'a> {
    items: BTreeMap<String, Item<'a>>,
    order: Vec<String>,
    ids: Ids<'a>,
    place: Span,
    asked: RefCell<BTreeSet<&'static str>>,
    wrong: RefCell<Vec<Diagnostic>>,
    lacking: RefCell<Vec<Diagnostic>>,
}

/// What reading found out.
#[derive(Debug, Default)]
pub struct Findings {
    /// Values that cannot be used, and unknown keys as warnings.
    pub wrong: Vec<Diagnostic>,
    /// Needed keys that are not there; a base policy may leave them to its children.
    pub lacking: Vec<Diagnostic>,
}

/// Keys whose values belong to a deployment. An empty one has yet to be filled in, which is said apart, as a warning
/// wherever nobody runs the policy.
pub const DEPLOYED: &[&str] = &[
    "client_id",
    "ClientId",
    "ApplicationObjectId",
    "IdTokenAudience",
    "resource_id",
    "ServiceUrl",
    "METADATA",
    "authorization_endpoint",
    "AccessTokenEndpoint",
    "ClaimsEndpoint",
    "PartnerEntity",
    "InstrumentationKey",
];

/// Texts by lower-cased key.
pub type Texts = BTreeMap<String, String>;

impl<'a> Metadata<'a> {
    /// A reader over the items of the profile that stands at `place`. Of two items with one key the last counts
    /// (policy-language 1.4).
    pub fn new(items: impl IntoIterator<Item = Item<'a>>, ids: Ids<'a>, place: Span) -> Self {
        let mut by_key = BTreeMap::new();
        let mut order = Vec::new();
        for item in items {
            let key = item.key.trim().to_lowercase();
            if by_key.insert(key.clone(), item).is_none() {
                order.push(key);
            }
        }
        Self {
            items: by_key,
            order,
            ids,
            place,
            asked: RefCell::default(),
            wrong: RefCell::default(),
            lacking: RefCell::default(),
        }
    }

    /// The text of a key; nothing if it is absent or empty.
    pub fn text(&self, key: &'static str) -> Option<Spanned<&'a str>> {
        self.asked.borrow_mut().insert(key);
        let item = self.items.get(&key.to_lowercase())?;
        Some(item.value.map(str::trim)).filter(|value| !value.is_empty())
    }

    /// The text of a key that must be there; empty only where it has yet to be filled in (see [`DEPLOYED`]).
    pub fn needed(&self, key: &'static str) -> Option<Spanned<&'a str>> {
        let text = self.text(key);
        if text.is_none() {
            let written = self.items.get(&key.to_lowercase());
            if let Some(item) = written.filter(|_| DEPLOYED.contains(&key)) {
                return Some(item.value.map(str::trim));
            }
            let diagnostic = match written {
                Some(item) => Diagnostic::error(
                    codes::BAD_SETTING,
                    item.value.span,
                    message!("the metadata item `{key}` is empty"),
                ),
                None => Diagnostic::error(
                    codes::MISSING_SETTING,
                    self.place,
                    message!("the metadata item `{key}` is missing"),
                )
                .help(format!("add `<Item Key=\"{key}\">…</Item>` to the profile's Metadata")),
            };
            self.lacking.borrow_mut().push(diagnostic);
        }
        text
    }

    /// The text of a key as the settings keep it.
    pub fn owned(&self, key: &'static str) -> Option<String> {
        self.text(key).map(|text| text.value.to_owned())
    }

    /// The text of a key that must be there, as the settings keep it.
    pub fn needed_owned(&self, key: &'static str) -> Option<String> {
        self.needed(key).map(|text| text.value.to_owned())
    }

    /// Several words in one value, separated by commas.
    pub fn list(&self, key: &'static str) -> Vec<String> {
        let text = self.text(key).map(|text| text.value).unwrap_or_default();
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// The web address of a key, as written: resolvers and `{tenant}` stay in it. What cannot be an address earns a
    /// warning.
    pub fn address(&self, key: &'static str) -> Option<String> {
        self.text(key).map(|text| self.as_address(key, text))
    }

    /// The web address of a key that must be there.
    pub fn needed_address(&self, key: &'static str) -> Option<String> {
        self.needed(key).map(|text| self.as_address(key, text))
    }

    fn as_address(&self, key: &str, text: Spanned<&str>) -> String {
        let lower = text.to_ascii_lowercase();
        let host = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
        let fits = host.map_or(lower.starts_with('{'), |rest| !rest.is_empty())
            && !text.contains(|c: char| c.is_whitespace() || c.is_control());
        // What has yet to be filled in is told apart.
        if !fits && !text.is_empty() && !is_placeholder_address(&text) {
            let message = message!("`{}` is no web address, which the metadata item `{key}` holds", *text);
            let warning = Diagnostic::warning(codes::BAD_SETTING, text.span, message);
            self.wrong(warning.label("`https://…` is expected"));
        }
        text.value.to_owned()
    }

    /// Whether the policy writes the key at all, be it empty.
    pub fn has(&self, key: &'static str) -> bool {
        self.items.contains_key(&key.to_lowercase())
    }

    /// A flag: true, false, 1 or 0 in any case.
    pub fn flag(&self, key: &'static str, default: bool) -> bool {
        let Some(text) = self.text(key) else { return default };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" => true,
            "false" | "0" => false,
            _ => {
                self.refuse(key, text, "true or false");
                default
            }
        }
    }

    /// A flag where the key is there.
    pub fn flag_if(&self, key: &'static str) -> Option<bool> {
        self.text(key).map(|_| self.flag(key, false))
    }

    /// A number in a range; nothing if the key is absent.
    pub fn number(&self, key: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let text = self.text(key)?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let most = if *range.end() == u32::MAX { String::new() } else { format!(" to {}", range.end()) };
            self.refuse(key, text, &format!("a whole number from {}{most}", range.start()));
        }
        number
    }

    /// One of several words, in any case; nothing if the key is absent.
    pub fn choice<T: Copy>(&self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        self.choose(key, self.text(key)?, words)
    }

    /// One of several words of a key that must be there.
    pub fn needed_choice<T: Copy>(&self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        self.choose(key, self.needed(key)?, words)
    }

    fn choose<T: Copy>(&self, key: &str, text: Spanned<&str>, words: &[(&'static str, T)]) -> Option<T> {
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text));
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let diagnostic = self.refusal(key, text, &names.join(", "));
            self.wrong.borrow_mut().push(diagnostic.did_you_mean(&text, names));
        }
        found.map(|(_, value)| *value)
    }

    /// The claim type that a key names.
    pub fn claim(&self, key: &'static str) -> Option<Name> {
        self.find(self.text(key)?, self.ids.claim)
    }

    /// The claim type that a key must name.
    pub fn needed_claim(&self, key: &'static str) -> Option<Name> {
        self.find(self.needed(key)?, self.ids.claim)
    }

    /// The claim type that a key names; nothing, and no word about it, if there is none (technical-profiles 4.1 on
    /// `IpAddressClaimReferenceId`, which the starter packs let name an undeclared claim).
    pub fn claim_if_declared(&self, key: &'static str) -> Option<Name> {
        (self.ids.declared)(&self.text(key)?)
    }

    /// The declared spelling of a claim type that a value mentions at that place.
    pub fn claim_called(&self, id: &str, place: Span) -> Option<Name> {
        (self.ids.claim)(id, place).ok()
    }

    /// The content definition that a key must name.
    pub fn needed_content(&self, key: &'static str) -> Option<Name> {
        self.find(self.needed(key)?, self.ids.content)
    }

    /// The content definition that a key names.
    pub fn content(&self, key: &'static str) -> Option<Name> {
        self.find(self.text(key)?, self.ids.content)
    }

    /// The user journey that a key names.
    pub fn journey(&self, key: &'static str) -> Option<Name> {
        self.find(self.text(key)?, self.ids.journey)
    }

    /// The claims exchanges that a key lists, separated by commas, spelled as declared where they are.
    pub fn exchanges(&self, key: &'static str) -> Vec<Name> {
        let Some(text) = self.text(key) else { return Vec::new() };
        let ids = text.value.split(',').map(str::trim).filter(|id| !id.is_empty());
        ids.map(|id| (self.ids.exchange)(id).unwrap_or_else(|| Name::from(id))).collect()
    }

    fn find(&self, text: Spanned<&str>, find: Find<'_>) -> Option<Name> {
        match find(&text, text.span) {
            Ok(name) => Some(name),
            Err(diagnostic) => {
                self.wrong.borrow_mut().push(*diagnostic);
                None
            }
        }
    }

    /// Keys that are known and have no effect here.
    pub fn known(&self, keys: &[&'static str]) {
        self.asked.borrow_mut().extend(keys.iter().copied());
    }

    /// Every key asked for so far, in the order of the alphabet: what a kind of profile knows, for documentation and
    /// completion.
    pub fn asked(&self) -> Vec<&'static str> {
        self.asked.borrow().iter().copied().collect()
    }

    /// Reports that a needed thing other than a setting is not there.
    pub fn lacks(&self, diagnostic: Diagnostic) {
        self.lacking.borrow_mut().push(diagnostic);
    }

    /// Reports something wrong.
    pub fn wrong(&self, diagnostic: Diagnostic) {
        self.wrong.borrow_mut().push(diagnostic);
    }

    /// Where the profile stands.
    pub fn place(&self) -> Span {
        self.place
    }

    fn refuse(&self, key: &str, text: Spanned<&str>, wanted: &str) {
        let diagnostic = self.refusal(key, text, wanted);
        self.wrong.borrow_mut().push(diagnostic);
    }

    fn refusal(&self, key: &str, text: Spanned<&str>, wanted: &str) -> Diagnostic {
        let message = message!("`{}` is no value of the metadata item `{key}`", *text);
        Diagnostic::error(codes::BAD_SETTING, text.span, message).label(format!("{wanted} is expected"))
    }

    /// `setting.*` as written, without the prefix; the keys keep their case.
    pub fn settings(&self) -> Vec<(String, String)> {
        self.with_prefix("setting.", str::to_owned)
    }

    /// `language.*`: UX string ids, lower-cased, and texts.
    pub fn language(&self) -> Texts {
        self.with_prefix("language.", str::to_lowercase).into_iter().collect()
    }

    fn with_prefix(&self, prefix: &str, key: impl Fn(&str) -> String) -> Vec<(String, String)> {
        let tail = |item: &Item<'_>| {
            let written = item.key.value.trim();
            written.get(prefix.len()..).map(&key)
        };
        let keys = self.order.iter().filter(|key| key.starts_with(prefix));
        let items = keys.filter_map(|key| self.items.get(key));
        items.filter_map(|item| Some((tail(item)?, item.value.trim().to_owned()))).collect()
    }

    /// The texts of errors, by lower-cased key.
    pub fn messages(&self) -> Texts {
        let items = self.items.iter().filter(|(key, _)| is_message(key));
        items.map(|(key, item)| (key.clone(), item.value.trim().to_owned())).collect()
    }

    /// What was wrong, and a warning for each key that nobody asked for.
    pub fn finish(self) -> Findings {
        let asked = self.asked.into_inner();
        let mut wrong = self.wrong.into_inner();
        let known: BTreeSet<String> = asked.iter().map(|key| key.to_lowercase()).collect();
        for (key, item) in self.items.iter().filter(|(key, _)| !known.contains(*key)) {
            if is_message(key) && MESSAGES.iter().any(|known| known.eq_ignore_ascii_case(key)) {
                continue;
            }
            if key.starts_with("language.") {
                continue;
            }
            wrong.push(unknown(item, &asked));
        }
        Findings { wrong, lacking: self.lacking.into_inner() }
    }
}

fn unknown(item: &Item<'_>, asked: &BTreeSet<&'static str>) -> Diagnostic {
    let key = item.key.value.trim();
    let message = message!("the metadata key `{key}` means nothing here and is passed over");
    let names = asked.iter().copied().chain(MESSAGES.iter().copied());
    Diagnostic::warning(codes::UNKNOWN_SETTING, item.key.span, message).did_you_mean(key, names)
}

/// Whether a lower-cased key is the text of an error.
fn is_message(key: &str) -> bool {
    key.starts_with("usermessage")
        || key == "defaultusermessageifrequestfailed"
        || MESSAGES.iter().any(|known| known.eq_ignore_ascii_case(key))
}

/// Every documented message key (technical-profiles 3.6, 6, 10–15).
const MESSAGES: &[&str] = &[
    "AADRequestsThrottled",
    "AssertNumberError",
    "DateTimeGreaterThan",
    "DefaultMessage",
    "DefaultUserMessageIfRequestFailed",
    "LookupNotFound",
    "ServiceThrottled",
    "UserMessage.InvalidCode",
    "UserMessage.MaxRetryAttemped",
    "UserMessage.ServerError",
    "UserMessage.VerificationHasExpired",
    "UserMessageIfChallengeExpired",
    "UserMessageIfCircuitOpen",
    "UserMessageIfClaimNotVerified",
    "UserMessageIfClaimsPrincipalAlreadyExists",
    "UserMessageIfClaimsPrincipalDoesNotExist",
    "UserMessageIfClaimsTransformationBooleanValueIsNotEqual",
    "UserMessageIfClaimsTransformationInvalidPhoneNumber",
    "UserMessageIfClaimsTransformationStringsAreNotEqual",
    "UserMessageIfCouldntSendSms",
    "UserMessageIfDnsResolutionFailed",
    "UserMessageIfIncorrectPattern",
    "UserMessageIfInternalError",
    "UserMessageIfInvalidCode",
    "UserMessageIfInvalidFormat",
    "UserMessageIfInvalidInput",
    "UserMessageIfInvalidPassword",
    "UserMessageIfMaxAllowedCodeRetryReached",
    "UserMessageIfMaxNumberOfCodeGenerated",
    "UserMessageIfMaxRetryAttempted",
    "UserMessageIfMissingRequiredElement",
    "UserMessageIfOldPasswordUsed",
    "UserMessageIfPasswordExpired",
    "UserMessageIfPhoneNumberParseFailure",
    "UserMessageIfRequestFailed",
    "UserMessageIfRequestTimeout",
    "UserMessageIfServerError",
    "UserMessageIfSessionConflict",
    "UserMessageIfSessionDoesNotExist",
    "UserMessageIfThrottled",
    "UserMessageIfUserAccountDisabled",
    "UserMessageIfUserAccountLocked",
    "UserMessageIfValidationError",
    "UserMessageIfVerificationControlClaimsNotVerified",
    "UserMessageIfVerificationFailedNoRetry",
    "UserMessageIfVerificationFailedRetryAllowed",
    "UserMessageIfWrongCodeEntered",
];

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
