//! The report for a terminal. In: [`Report`]. Out: text of about a hundred letters a line, with colours if wanted.

use std::fmt::Write as _;

use super::{Key, Needs, PolicyReport, Report, State, Verdict};

/// Letters in a line.
const WIDE: usize = 100;

/// The report as text.
pub fn text(report: &Report, colours: bool) -> String {
    let paint = Paint { colours };
    let mut out = String::new();
    let summary = report.summary;
    let _ = writeln!(out, "{}", paint.bold("Moving from Azure AD B2C"));
    let _ = writeln!(
        out,
        "{} in {}: {}, {}, {}",
        count(summary.policies, "policy", "policies"),
        count(summary.files, "file", "files"),
        paint.verdict(Verdict::Green, &format!("{} {}", summary.green, "run unchanged")),
        paint.verdict(Verdict::Amber, &format!("{} {}", summary.amber, "run when configured")),
        paint.verdict(Verdict::Red, &format!("{} {}", summary.red, "do not run whole yet")),
    );
    for policy in &report.policies {
        policy_text(policy, &paint, &mut out);
    }
    needs_text(&report.needs, &paint, &mut out);
    heading("What behaves otherwise than in the cloud", &paint, &mut out);
    for point in &report.differences {
        let mark = if point.verdict == Verdict::Amber { "look at this: " } else { "" };
        let places =
            if point.places.is_empty() { String::new() } else { format!(" ({})", point.places.join(", ")) };
        item(&format!("{mark}{}: {}{places}", point.row, point.text), "  - ", &mut out);
    }
    let _ = writeln!(out, "  docs/compatibility.md has all differences with their reasons.");
    heading("What to do", &paint, &mut out);
    for (at, step) in report.steps.iter().enumerate() {
        let _ = writeln!(out, "\n  {}", paint.bold(&format!("{}. {}", at + 1, step.title)));
        item(&step.text, "     ", &mut out);
        for line in &step.lines {
            let _ = writeln!(out, "{}", format!("       {}", clean(line)).trim_end());
        }
    }
    out
}

/// "1 policy", "2 policies".
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

struct Paint {
    colours: bool,
}

impl Paint {
    fn bold(&self, text: &str) -> String {
        if self.colours { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn verdict(&self, verdict: Verdict, text: &str) -> String {
        let colour = match verdict {
            Verdict::Green => "32",
            Verdict::Amber => "33",
            Verdict::Red => "31",
        };
        if self.colours { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn heading(title: &str, paint: &Paint, out: &mut String) {
    let _ = writeln!(out, "\n{}", paint.bold(title));
}

/// A policy's texts without what a terminal would obey.
fn clean(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

/// A sentence behind a mark, broken at words, further lines under its first letter.
fn item(text: &str, mark: &str, out: &mut String) {
    let indent = " ".repeat(mark.chars().count());
    let mut line = mark.to_owned();
    let mut empty = true;
    for word in clean(text).split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDE {
            let _ = writeln!(out, "{line}");
            line.clone_from(&indent);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    let _ = writeln!(out, "{line}");
}

/// "3 steps", or that there is no such journey.
fn steps(number: usize) -> String {
    if number == 0 { "not declared".to_owned() } else { count(number, "step", "steps") }
}

fn policy_text(policy: &PolicyReport, paint: &Paint, out: &mut String) {
    let verdict = paint.verdict(policy.verdict, policy.verdict.words());
    let _ = writeln!(out, "\n{}  {verdict}", paint.bold(&clean(&policy.id)));
    let journeys: Vec<String> = policy
        .journeys
        .iter()
        .map(|one| format!("{} {} ({})", one.entry, one.id, steps(one.steps)))
        .collect();
    if !journeys.is_empty() {
        item(&format!("Journeys: {}", journeys.join(", ")), "  ", out);
    }
    for reason in &policy.reasons {
        let mark = match reason.verdict {
            Verdict::Green => "  + ",
            Verdict::Amber => "  ! ",
            Verdict::Red => "  x ",
        };
        item(&reason.text, mark, out);
    }
    let runs = policy.features.iter().filter(|one| one.state == State::Runs);
    let runs: Vec<String> = runs.map(|one| format!("{} ({})", one.feature, one.profiles.len())).collect();
    if !runs.is_empty() {
        item(&format!("Runs unchanged: {}", runs.join(", ")), "  ", out);
    }
}

fn needs_text(needs: &Needs, paint: &Paint, out: &mut String) {
    if !needs.placeholders.is_empty() {
        heading("Values that were never filled in", paint, out);
        for one in &needs.placeholders {
            let needed = if one.needed { "" } else { "; not needed here" };
            item(&format!("{}: {}{needed}", one.place, one.text), "  - ", out);
        }
    }
    if !needs.keys.is_empty() {
        heading("Policy keys", paint, out);
        for key in &needs.keys {
            item(&key_text(key), "  - ", out);
        }
    }
    list("Mail is sent by", &needs.mail, paint, out);
    list("Telephones are reached by", &needs.telephone, paint, out);
    list("Risks are judged by", &needs.risk, paint, out);
    if !needs.services.is_empty() {
        heading("REST services", paint, out);
        for one in &needs.services {
            item(&format!("{} ({}): {}", one.url, one.authentication, one.profiles.join(", ")), "  - ", out);
        }
    }
    if !needs.providers.is_empty() {
        heading("Identity providers outside", paint, out);
        for one in &needs.providers {
            let parts = [
                one.address.clone(),
                one.client_id.as_ref().map(|id| format!("client id {id}")),
                one.redirect_uri.as_ref().map(|uri| format!("redirect URI {uri}")),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            item(&format!("{} ({}): {}", one.name, one.protocol, parts.join(", ")), "  - ", out);
        }
    }
    if !needs.templates.is_empty() {
        heading("Page templates", paint, out);
        for one in &needs.templates {
            item(&format!("{} for {}", one.url, one.pages.join(", ")), "  - ", out);
        }
    }
    if !needs.attributes.is_empty() {
        heading("Extension attributes (nothing to declare here)", paint, out);
        for one in &needs.attributes {
            let uses = match (one.read, one.written) {
                (true, true) => "read and written",
                (false, true) => "written",
                _ => "read",
            };
            item(&format!("{}: {}, {uses}", one.name, one.data_type), "  - ", out);
        }
    }
    if !needs.applications.is_empty() {
        heading("Applications that the policies name", paint, out);
        for one in &needs.applications {
            item(&format!("{} (named by {}): {}", one.id, one.named.join(", "), one.text), "  - ", out);
        }
    }
    list(
        "Telemetry (events are lines of the log; `insights_url` sends them on)",
        &needs.telemetry,
        paint,
        out,
    );
}

fn key_text(key: &Key) -> String {
    let ignored = match key.ignored.len() {
        0 => String::new(),
        1 => "; 1 profile names it without effect".to_owned(),
        many => format!("; {many} profiles name it without effect"),
    };
    if key.uses.is_empty() {
        return format!("{}: not needed here{ignored}", key.container);
    }
    format!("{}: {}, for {}{ignored}", key.container, key.purpose, key.uses.join(", "))
}

fn list(title: &str, texts: &[String], paint: &Paint, out: &mut String) {
    if !texts.is_empty() {
        heading(title, paint, out);
        item(&texts.join(", "), "  ", out);
    }
}
