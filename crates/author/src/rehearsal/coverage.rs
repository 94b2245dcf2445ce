//! Which parts of the policies ran. In: the events of journeys. Out: what ran how often, as text and in lcov's format.
//!
//! Counted are the steps of the journeys that were begun and the validation profiles of their pages (each may run or be
//! skipped), the profiles and the transformations those steps reach.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use vestibule_engine::journey::Event;
use vestibule_engine::policy::{Displayed, Place, Policy, Profile, Step, StepKind, Validation};
use vestibule_engine::transform::Transformation;

/// How often a step ran and was skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ways {
    ran: u32,
    skipped: u32,
}

impl Ways {
    /// What is missing of them, in words.
    fn missing(self, unconditional: bool) -> Option<&'static str> {
        match (self.ran, self.skipped) {
            (0, 0) => Some("was never reached"),
            (0, _) => Some("was always skipped"),
            (_, 0) if !unconditional => Some("was never skipped"),
            _ => None,
        }
    }
}

/// What ran in the rehearsals so far.
#[derive(Debug, Default)]
pub struct Coverage {
    /// Steps by file and line.
    steps: BTreeMap<(Arc<str>, u32), Ways>,
    /// Validation profiles by file and line of where a page or a control names them.
    validations: BTreeMap<(Arc<str>, u32), Ways>,
    /// Profiles by file and line.
    profiles: BTreeMap<(Arc<str>, u32), u32>,
    /// Transformations by id.
    transformations: BTreeMap<String, u32>,
}

impl Coverage {
    /// Takes one event in.
    pub(super) fn note(&mut self, event: Event<'_>) {
        match event {
            Event::Step { step, skipped, .. } => {
                let ways = self.steps.entry(key(&step.place)).or_default();
                *(if skipped { &mut ways.skipped } else { &mut ways.ran }) += 1;
            }
            Event::Validation { validation, skipped } => {
                let ways = self.validations.entry(key(&validation.place)).or_default();
                *(if skipped { &mut ways.skipped } else { &mut ways.ran }) += 1;
            }
            Event::Profile(profile, _) => *self.profiles.entry(key(&profile.place)).or_default() += 1,
            Event::Transformed { transformation, .. } => {
                *self.transformations.entry(transformation.id.to_string()).or_default() += 1;
            }
            _ => {}
        }
    }

    /// Adds what another rehearsal ran.
    pub fn add(&mut self, other: Coverage) {
        for (mine, others) in [(&mut self.steps, other.steps), (&mut self.validations, other.validations)] {
            for (place, ways) in others {
                let mine = mine.entry(place).or_default();
                mine.ran += ways.ran;
                mine.skipped += ways.skipped;
            }
        }
        for (place, count) in other.profiles {
            *self.profiles.entry(place).or_default() += count;
        }
        for (id, count) in other.transformations {
            *self.transformations.entry(id).or_default() += count;
        }
    }

    /// What ran and what did not, for people: a line for each policy, then what is missing with its place.
    pub fn to_text(&self, policies: &[Arc<Policy>]) -> String {
        let mut text = String::new();
        for policy in policies.iter().filter(|policy| policy.party.is_some()) {
            let all = Reach::of(policy);
            let ran = |place: &Place| self.steps.get(&key(place)).is_some_and(|ways| ways.ran > 0);
            let steps = all.steps.iter().filter(|(_, step)| ran(&step.place)).count();
            if steps == 0 {
                let _ = writeln!(text, "{}: not rehearsed", policy.id);
                continue;
            }
            let profiles = all.profiles.iter().filter(|profile| self.profile_ran(profile)).count();
            let transformed =
                all.transformations.iter().filter(|one| self.transformations.contains_key(&*one.id)).count();
            let (of_steps, of_profiles) = (all.steps.len(), all.profiles.len());
            let of_transformations = all.transformations.len();
            let _ = writeln!(
                text,
                "{}: {steps} of {of_steps} steps, {profiles} of {of_profiles} profiles, \
                 {transformed} of {of_transformations} transformations",
                policy.id
            );
            for line in self.missing(policy, &all) {
                let _ = writeln!(text, "  {line}");
            }
        }
        text
    }

    fn profile_ran(&self, profile: &Profile) -> bool {
        self.profiles.contains_key(&key(&profile.place))
    }

    /// Sentences about what did not run, in the order of the journey.
    fn missing(&self, policy: &Policy, all: &Reach<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        for (journey, step) in &all.steps {
            let ways = self.steps.get(&key(&step.place)).copied().unwrap_or_default();
            if let Some(what) = ways.missing(step.preconditions.is_empty()) {
                lines.push(format!("step {} of {journey} {what} ({})", step.order, at(&step.place)));
            }
        }
        for (page, validation) in &all.validations {
            let ways = self.validations.get(&key(&validation.place)).copied().unwrap_or_default();
            // That one without preconditions never ran is said of its profile.
            let what = ways.missing(false).filter(|_| !validation.preconditions.is_empty());
            if let Some(what) = what {
                let id = &validation.profile.id;
                lines.push(format!("validation {id} of {page} {what} ({})", at(&validation.place)));
            }
        }
        let profiles = all.profiles.iter().filter(|profile| !self.profile_ran(profile));
        lines.extend(profiles.map(|profile| format!("{} never ran ({})", profile.id, at(&profile.place))));
        let transformations =
            all.transformations.iter().filter(|one| !self.transformations.contains_key(&*one.id));
        lines.extend(transformations.map(|one| {
            let place = policy.transformation_places.get(&one.id).map(|place| format!(" ({})", at(place)));
            format!("transformation {} never ran{}", one.id, place.unwrap_or_default())
        }));
        lines
    }

    /// The same in the format of lcov's tracefiles: a line for each step, profile, validation and transformation, two
    /// branches for each step and validation with preconditions.
    pub fn to_lcov(&self, policies: &[Arc<Policy>]) -> String {
        let mut files: BTreeMap<Arc<str>, File> = BTreeMap::new();
        for policy in policies.iter().filter(|policy| policy.party.is_some()) {
            let all = Reach::of(policy);
            for (_, step) in &all.steps {
                let ways = self.steps.get(&key(&step.place)).copied().unwrap_or_default();
                let file = files.entry(step.place.file.clone()).or_default();
                file.take(&step.place, ways, step.preconditions.is_empty());
            }
            for (_, validation) in &all.validations {
                let ways = self.validations.get(&key(&validation.place)).copied().unwrap_or_default();
                let file = files.entry(validation.place.file.clone()).or_default();
                file.take(&validation.place, ways, validation.preconditions.is_empty());
            }
            for one in &all.transformations {
                let Some(place) = policy.transformation_places.get(&one.id) else { continue };
                let count = self.transformations.get(&*one.id).copied().unwrap_or_default();
                files.entry(place.file.clone()).or_default().lines.insert(place.line, count);
            }
            for profile in &all.profiles {
                let count = self.profiles.get(&key(&profile.place)).copied().unwrap_or_default();
                files.entry(profile.place.file.clone()).or_default().lines.insert(profile.place.line, count);
            }
        }
        files.iter().map(|(name, file)| file.record(name)).collect()
    }
}

/// The counted lines of one file.
#[derive(Default)]
struct File {
    lines: BTreeMap<u32, u32>,
    branches: BTreeMap<u32, Ways>,
}

impl File {
    fn take(&mut self, place: &Place, ways: Ways, unconditional: bool) {
        self.lines.insert(place.line, ways.ran);
        if !unconditional {
            self.branches.insert(place.line, ways);
        }
    }

    fn record(&self, name: &str) -> String {
        let mut text = format!("TN:\nSF:{name}\n");
        for (line, Ways { ran, skipped }) in &self.branches {
            let _ = writeln!(text, "BRDA:{line},0,0,{ran}\nBRDA:{line},0,1,{skipped}");
        }
        for (line, count) in &self.lines {
            let _ = writeln!(text, "DA:{line},{count}");
        }
        let branches = self.branches.len() * 2;
        let taken: usize = self
            .branches
            .values()
            .map(|ways| usize::from(ways.ran > 0) + usize::from(ways.skipped > 0))
            .sum();
        let _ = writeln!(text, "BRF:{branches}\nBRH:{taken}");
        let hit = self.lines.values().filter(|count| **count > 0).count();
        let _ = writeln!(text, "LF:{}\nLH:{hit}\nend_of_record", self.lines.len());
        text
    }
}

fn key(place: &Place) -> (Arc<str>, u32) {
    (place.file.clone(), place.line)
}

fn at(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}

/// What a policy's own journey can run.
#[derive(Default)]
struct Reach<'a> {
    /// Steps with the id of their journey.
    steps: Vec<(&'a str, &'a Step)>,
    profiles: Vec<&'a Profile>,
    /// Validations with the id of the profile whose page or control runs them.
    validations: Vec<(&'a str, &'a Validation)>,
    transformations: Vec<&'a Transformation>,
    seen: BTreeSet<&'a str>,
}

impl<'a> Reach<'a> {
    fn of(policy: &'a Policy) -> Reach<'a> {
        let mut reach = Reach::default();
        if let Some(party) = &policy.party {
            reach.journey(policy, &party.journey.id, &party.journey.steps);
        }
        reach
    }

    fn journey(&mut self, policy: &'a Policy, id: &'a str, steps: &'a [Step]) {
        if !self.seen.insert(id) {
            return;
        }
        for step in steps {
            self.steps.push((id, step));
            match &step.kind {
                StepKind::ClaimsExchange(exchanges) | StepKind::CombinedSignInAndSignUp { exchanges, .. } => {
                    exchanges.iter().for_each(|exchange| self.profile(&exchange.profile));
                }
                StepKind::GetClaims(profile) => self.profile(profile),
                StepKind::InvokeSubJourney(name) => {
                    if let Some((id, sub)) = policy.sub_journeys.get_key_value(name) {
                        self.journey(policy, id, &sub.steps);
                    }
                }
                StepKind::ClaimsProviderSelection { .. } | StepKind::SendClaims(_) | StepKind::Noop => {}
            }
        }
    }

    fn profile(&mut self, profile: &'a Profile) {
        if self.profiles.iter().any(|known| known.id == profile.id) {
            return;
        }
        self.profiles.push(profile);
        for one in profile.input_transformations.iter().chain(&profile.output_transformations) {
            if !self.transformations.iter().any(|known| known.id == one.id) {
                self.transformations.push(one);
            }
        }
        profile.validations.iter().for_each(|validation| self.validation(profile, validation));
        for displayed in &profile.displayed {
            if let Displayed::Control(control) = displayed {
                let profiles = control.actions.iter().flat_map(|action| &action.profiles);
                profiles.for_each(|validation| self.validation(profile, validation));
            }
        }
    }

    fn validation(&mut self, page: &'a Profile, validation: &'a Validation) {
        self.validations.push((&page.id, validation));
        self.profile(&validation.profile);
    }
}
