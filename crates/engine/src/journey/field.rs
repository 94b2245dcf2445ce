//! One field as a page shows it: label, value, choices, rules, and what its script says about it.
//!
//! In: a claim type, whose words the page shows, what was filled in. Out: `Field`, as data. Must not know profiles or
//! steps.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::complaint::{self, Words};
use super::fields;
use super::page::{Choice, Field, Rule, RuleGroup, RuleTest};
use super::state::Asked;
use super::words::{Speaker, fill};
use crate::claims::predicate::Predicate;
use crate::claims::{Claims, DataType, Value};
use crate::policy::claim::NamedPredicate;
use crate::policy::{ClaimType, InputType, Mask, PredicateGroup};

/// Years offered where no rule of the claim bounds them, before and after this one.
const YEARS: (i16, i16) = (120, 20);

/// What draws the fields of one page.
#[derive(Clone, Copy)]
pub struct Pen<'a, 'w> {
    /// Whose words the page shows.
    pub speaker: Speaker<'a>,
    /// The page's words.
    pub words: &'w Words,
    /// The time.
    pub now: Timestamp,
}

impl<'a> Pen<'a, '_> {
    /// A claim's field. `filled` holds what the page starts with, `asked` what was typed before.
    pub fn field(self, claim: &'a ClaimType, required: bool, (filled, asked): (&Claims, &Asked)) -> Field {
        let speaker = self.speaker;
        let input = claim.input.unwrap_or(InputType::TextBox);
        let held = filled.get(&claim.id).map(|value| shown_value(claim, value));
        let value = asked.typed.get(&claim.id).cloned().or(held).filter(|_| input != InputType::Password);
        let chosen = |choice: &crate::policy::claim::Choice| match &value {
            Some(value) if input == InputType::CheckboxMultiSelect => {
                value.split(',').any(|one| one == choice.value) || *value == choice.value
            }
            Some(value) => is_same(claim, value, &choice.value),
            None => choice.selected,
        };
        let choices = speaker.choices(claim).iter().map(|choice| Choice {
            text: choice.text.clone(),
            value: choice.value.clone(),
            selected: chosen(choice),
        });
        let rules = if fields::has_rules(speaker.content) { self.rules(claim) } else { Vec::new() };
        Field {
            id: claim.id.clone(),
            label: speaker.label(claim).to_owned(),
            help: speaker.help(claim).filter(|help| !help.is_empty()).map(str::to_owned),
            input,
            required,
            pattern: claim.pattern.as_ref().map(|pattern| {
                (pattern.source.clone(), speaker.pattern_help(claim, &pattern.help).to_owned())
            }),
            choices: choices.collect(),
            format: fields::format_of(speaker, claim),
            complaints: complaint::complaints(speaker, self.words, claim),
            years: self.years(&rules, value.as_deref()),
            rules,
            verification: None,
            value,
        }
    }

    fn today(self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    fn rules(self, claim: &'a ClaimType) -> Vec<RuleGroup> {
        let Some(validation) = &claim.validation else { return Vec::new() };
        let group = |group: &'a PredicateGroup| RuleGroup {
            help: fill(
                self.speaker.group_help(&validation.id, &group.id, group.help.as_deref()),
                &[group.at_least.to_string()],
            ),
            at_least: group.at_least,
            rules: group.predicates.iter().map(|predicate| self.rule(predicate)).collect(),
        };
        validation.groups.iter().map(group).collect()
    }

    fn rule(self, predicate: &'a NamedPredicate) -> Rule {
        let today = self.today();
        Rule {
            help: self.speaker.predicate_help(&predicate.id, &predicate.help).to_owned(),
            test: match &predicate.test {
                Predicate::Length { minimum, maximum } => RuleTest::Length(*minimum, *maximum),
                Predicate::Matches(_, source) => RuleTest::Pattern(source.clone()),
                Predicate::Includes(set) => RuleTest::Characters(set.ranges().to_vec()),
                Predicate::DateRange { minimum, maximum } => {
                    RuleTest::Dates(minimum.on(today).to_string(), maximum.on(today).to_string())
                }
            },
        }
    }

    /// The years that a drop-down offers: those that `IsDateRange` leaves (policy-language 4.1.2), and that of the value
    /// it starts with.
    fn years(self, rules: &[RuleGroup], value: Option<&str>) -> (i16, i16) {
        let this = self.today().year();
        let must_hold = rules.iter().filter(|group| group.at_least == group.rules.len());
        let ranges = must_hold.flat_map(|group| &group.rules).filter_map(|rule| match &rule.test {
            RuleTest::Dates(first, last) => Some((year_of(first)?, year_of(last)?)),
            _ => None,
        });
        let narrowed = ranges.reduce(|(a, b), (first, last)| (a.max(first), b.min(last)));
        let (first, last) = narrowed
            .filter(|(first, last)| first <= last)
            .unwrap_or((this.saturating_sub(YEARS.0), this.saturating_add(YEARS.1)));
        // A rule that bounds one side alone says year 1 or 9999 on the other.
        let (first, last) = (first.max(last.saturating_sub(400)), last.min(first.saturating_add(800)));
        match value.and_then(year_of) {
            Some(year) => (first.min(year), last.max(year)),
            None => (first, last),
        }
    }
}

fn year_of(text: &str) -> Option<i16> {
    text.split('-').next()?.parse().ok()
}

/// Whether a value held is that of a choice: texts as they are, others as what they mean (`true` and `True`).
fn is_same(claim: &ClaimType, held: &str, choice: &str) -> bool {
    let meant = |text: &str| Value::parse(text, claim.data_type).ok();
    held == choice
        || (claim.data_type != DataType::String
            && meant(held).is_some_and(|held| meant(choice) == Some(held)))
}

/// A value as a page shows it. Masks apply where it cannot be changed: a masked value must never come back
/// (policy-language 4.1.3).
fn shown_value(claim: &ClaimType, value: &Value) -> String {
    let text = match value {
        Value::Boolean(flag) => flag.to_string(),
        Value::DateTime(at) if claim.input == Some(InputType::DateTimeDropdown) => {
            at.to_zoned(TimeZone::UTC).date().to_string()
        }
        Value::DateTime(at) => at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        other => other.text(),
    };
    if claim.input.is_some_and(InputType::is_asked) { text } else { masked(claim, text) }
}

/// A text under the claim type's mask; the bag keeps the whole.
pub(super) fn masked(claim: &ClaimType, text: String) -> String {
    match &claim.mask {
        Some(Mask::Simple(cover)) => cover.chars().chain(text.chars().skip(cover.chars().count())).collect(),
        Some(Mask::Regex(regex, replacement)) => regex.replace_all(&text, replacement),
        None => text,
    }
}
