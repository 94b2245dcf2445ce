//! The phone page as data.
//!
//! In: the policy, a journey that waits at the page. Out: `Page`. Numbers on record leave only masked.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{PhonePage, on_record};
use crate::dialling;
use crate::journey::captcha;
use crate::journey::draw::Drawing;
use crate::journey::field::masked;
use crate::journey::form::asked_of;
use crate::journey::page::{Body, Country, KnownNumber, Page, Phone, PhoneState};
use crate::journey::state::{Asked, Journey};
use crate::journey::world::Carrier;
use crate::policy::Policy;

/// How many digits of a number stay where its claim type has no mask.
const SHOWN_DIGITS: usize = 4;
/// What stands for the others.
const MASK: &str = "XXX-XXX-";

/// Draws the page.
pub(super) fn draw(policy: &Policy, journey: &Journey, page: PhonePage<'_>, now: Timestamp) -> Page {
    let asked = asked_of(journey);
    let speaker = page.speaker(journey);
    let drawing = Drawing { policy, journey, now };
    let numbers = numbers(policy, journey, page, &asked, now);
    let words = speaker.page_words();
    let countries = match numbers.is_empty() {
        true => countries(&words, &chosen_region(journey, &asked)),
        false => Vec::new(),
    };
    let captcha = captcha::of_phone(page);
    let state = match asked.dialled.as_ref().map(|dialled| dialled.carrier) {
        None => PhoneState::Choosing,
        Some(Carrier::Message) => PhoneState::Sent,
        Some(Carrier::Call) => PhoneState::Calling,
    };
    let body = Phone {
        typed: asked.typed.get("number").cloned().unwrap_or_default(),
        mode: page.settings.mode,
        state,
        autodial: page.settings.autodial && numbers.len() == 1,
        show_cancel: page.settings.show_cancel,
        captcha: captcha.map(|control| drawing.control(speaker, control, (&Default::default(), &asked))),
        numbers,
        countries,
    };
    let mut drawn = drawing.page(speaker, Body::Phone(body));
    drawn.problems = asked.problems.clone();
    drawn.config = config(page);
    drawn.retry_limit = page.most_wrong();
    drawn
}

/// SETTINGS.config, with the numbers that clients read there (user-interface 2.2).
fn config(page: PhonePage<'_>) -> Vec<(String, String)> {
    let mut config = page.settings.config.clone();
    let told = [
        ("retryLimit", page.most_wrong().to_string()),
        ("pollIntervalInMilliseconds", "5000".to_owned()),
        ("pollLimit", "20".to_owned()),
    ];
    for (name, value) in told {
        if !config.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            config.push((name.to_owned(), value));
        }
    }
    config
}

fn numbers(
    policy: &Policy,
    journey: &Journey,
    page: PhonePage<'_>,
    asked: &Asked,
    now: Timestamp,
) -> Vec<KnownNumber> {
    let speaker = page.speaker(journey);
    let chosen = asked.typed.get("id").and_then(|id| id.parse().ok()).unwrap_or(1);
    let known = |(found, id): (super::OnRecord, u32)| {
        let claim = policy.claims.get(&found.claim);
        let masked = match claim.filter(|claim| claim.mask.is_some()) {
            Some(claim) => masked(claim, found.number.clone()),
            None => last_digits(&found.number),
        };
        let label = claim.map(|claim| speaker.label(claim).to_owned()).unwrap_or_default();
        KnownNumber { id, label, masked, chosen: id == chosen }
    };
    on_record(policy, journey, page.profile, now).into_iter().zip(1..).map(known).collect()
}

/// `XXX-XXX-1234`.
fn last_digits(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let from = digits.len().saturating_sub(SHOWN_DIGITS);
    let last: String = digits.get(from..).unwrap_or_default().iter().collect();
    format!("{MASK}{last}")
}

/// The region chosen at first: what was posted before, else that of the languages asked for.
fn chosen_region(journey: &Journey, asked: &Asked) -> String {
    let of_language = journey.request.languages.iter().map(String::as_str).chain([journey.language.as_str()]);
    let region =
        of_language.filter_map(region_of_tag).find(|region| dialling::calling_code(region).is_some());
    let Some(posted) = asked.typed.get("countryCode") else { return region.unwrap_or_default() };
    let same = region.filter(|region| dialling::calling_code(region).as_deref() == Some(posted));
    same.or_else(|| dialling::main_region(posted)).unwrap_or_default()
}

fn region_of_tag(tag: &str) -> Option<String> {
    let mut parts = tag.split('-').skip(1);
    let is_region = |part: &&str| part.len() == 2 && part.chars().all(|c| c.is_ascii_alphabetic());
    parts.find(is_region).map(str::to_ascii_uppercase)
}

/// The countries of `countryList`, in its order, that have a calling code.
pub(super) fn countries(words: &BTreeMap<String, String>, chosen: &str) -> Vec<Country> {
    let list = words.get("countryList").map(String::as_str).unwrap_or_default();
    let Ok(list) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(list) else {
        return Vec::new();
    };
    let country = |(region, name): (String, serde_json::Value)| {
        let code = dialling::calling_code(&region)?;
        let region = region.to_ascii_uppercase();
        let chosen = region == chosen;
        Some(Country { code, name: name.as_str()?.to_owned(), chosen, region })
    };
    list.into_iter().filter_map(country).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_mask_of_its_own_shows_four_digits() {
        assert_eq!(last_digits("+15551234567"), "XXX-XXX-4567");
        assert_eq!(last_digits("12"), "XXX-XXX-12");
    }

    #[test]
    fn countries_keep_the_policys_order_and_need_a_calling_code() {
        let list = r#"{"DEFAULT":"Country","GB":"Britain","AQ":"Antarctica","DE":"Germany","ZZ":"Nowhere"}"#;
        let words = BTreeMap::from([("countryList".to_owned(), list.to_owned())]);
        let found = countries(&words, "DE");
        let told: Vec<(&str, &str, bool)> =
            found.iter().map(|one| (one.code.as_str(), one.name.as_str(), one.chosen)).collect();
        assert_eq!(told, [("+44", "Britain", false), ("+49", "Germany", true)]);
        let words = BTreeMap::from([("countryList".to_owned(), "no JSON".to_owned())]);
        assert!(countries(&words, "").is_empty());
    }
}
