//! A difference for a terminal. In: [`Difference`]. Out: text, with colours if wanted.

use std::fmt::Write as _;

use super::{At, Change, Difference, Group, PartChange, Sort, Status};

/// Longest value that is shown whole.
const MOST_LETTERS: usize = 160;

/// How many parts that another policy tells are named.
const MOST_NAMES: usize = 8;

/// Marks and colours.
struct Paint {
    colours: bool,
}

impl Paint {
    fn mark(&self, status: Status, text: &str) -> String {
        let (mark, colour) = match status {
            Status::Added => ('+', "32"),
            Status::Removed => ('-', "31"),
            Status::Changed => ('~', "33"),
        };
        if self.colours {
            format!("\u{1b}[{colour}m{mark} {text}\u{1b}[0m")
        } else {
            format!("{mark} {text}")
        }
    }

    fn bold(&self, text: &str) -> String {
        if self.colours { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn dim(&self, text: &str) -> String {
        if self.colours { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The text; one line says that there is no difference.
pub fn text(difference: &Difference, colours: bool) -> String {
    let paint = Paint { colours };
    if difference.is_empty() {
        return "no difference\n".to_owned();
    }
    let mut out = String::new();
    let mut silent: Vec<&str> = Vec::new();
    for policy in &difference.policies {
        if policy.status == Status::Changed && !policy.groups.iter().any(says_something) {
            silent.push(&policy.id);
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "{}", paint.mark(policy.status, &paint.bold(&policy.id)));
        for group in policy.groups.iter().filter(|group| says_something(group)) {
            group_text(group, &paint, &mut out);
        }
    }
    if !silent.is_empty() {
        let told = format!("Differ only by what is told above: {}", silent.join(", "));
        let _ = writeln!(out, "\n{}", paint.dim(&told));
    }
    let _ = writeln!(out, "\n{}", summary(difference));
    out
}

/// Whether a group has to be shown: where nothing reaches a part, it is told once for all policies.
fn says_something(group: &Group) -> bool {
    group.at != At::Elsewhere || group.parts.iter().any(|part| part.same_as.is_none())
}

/// "2 policies changed, 1 added: 14 parts differ"
fn summary(difference: &Difference) -> String {
    let count = |status: Status| difference.policies.iter().filter(|one| one.status == status).count();
    let named = [(Status::Changed, "changed"), (Status::Added, "added"), (Status::Removed, "removed")];
    let counts: Vec<String> = named
        .iter()
        .map(|(status, word)| (count(*status), word))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let parts = difference.policies.iter().flat_map(|policy| &policy.groups).flat_map(|group| &group.parts);
    let parts = parts.filter(|part| part.same_as.is_none()).count();
    format!("policies: {}; parts that differ: {parts}", counts.join(", "))
}

fn group_text(group: &Group, paint: &Paint, out: &mut String) {
    let title = match &group.at {
        At::Policy => "Relying party".to_owned(),
        At::Journey(entry, id) => format!("Journey {id}, {}", entry.words()),
        At::Elsewhere => "Not reached by its journeys".to_owned(),
    };
    let _ = writeln!(out, "  {}", paint.bold(&title));
    for part in group.parts.iter().filter(|part| part.same_as.is_none()) {
        part_text(part, paint, out);
    }
    let same: Vec<&PartChange> = group.parts.iter().filter(|part| part.same_as.is_some()).collect();
    let mut policies: Vec<&str> = same.iter().filter_map(|part| part.same_as.as_deref()).collect();
    policies.sort_unstable();
    policies.dedup();
    for other in policies.into_iter().filter(|_| group.at != At::Elsewhere) {
        let names: Vec<&str> = same
            .iter()
            .filter(|part| part.same_as.as_deref() == Some(other))
            .map(|part| if part.id.is_empty() { part.sort.words() } else { part.id.as_str() })
            .collect();
        let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(MOST_NAMES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(out, "    {}", paint.dim(&format!("= as in {other}: {shown}{more}")));
    }
}

fn part_text(part: &PartChange, paint: &Paint, out: &mut String) {
    let mut name = part.sort.words().to_owned();
    if !part.id.is_empty() {
        let _ = write!(name, " {}", part.id);
    }
    if part.status != Status::Changed && !part.about.is_empty() {
        let _ = write!(name, ": {}", part.about);
    }
    let mut context: Vec<String> = Vec::new();
    if !part.used.is_empty() && part.sort != Sort::Journey {
        context.push(part.used.clone());
    }
    context.extend(part.also.iter().map(|id| format!("also in {id}")));
    let context = if context.is_empty() { String::new() } else { format!("  ({})", context.join("; ")) };
    let _ = writeln!(out, "    {}{}", paint.mark(part.status, &name), paint.dim(&context));
    for change in &part.changes {
        let _ = writeln!(out, "        {}", change_text(change, paint));
    }
}

fn change_text(change: &Change, paint: &Paint) -> String {
    let name = match change.section.as_str() {
        "" => change.name.clone(),
        section if section.starts_with("step ") && !section.contains(':') => {
            format!("{section}: {}", change.name)
        }
        section => format!("{section} {}", change.name),
    };
    let value = |text: &str| if text.is_empty() { String::new() } else { format!(": {}", short(text)) };
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            let empty = |text: &str| if text.is_empty() { "nothing".to_owned() } else { short(text) };
            paint.mark(Status::Changed, &format!("{name}: {} → {}", empty(before), empty(after)))
        }
        (None, Some(after)) => paint.mark(Status::Added, &format!("{name}{}", value(after))),
        (Some(before), None) => paint.mark(Status::Removed, &format!("{name}{}", value(before))),
        (None, None) => name,
    }
}

/// One line, not too long, without control characters.
fn short(text: &str) -> String {
    let one_line: String = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|one| !one.is_control())
        .collect();
    if one_line.chars().count() <= MOST_LETTERS {
        return one_line;
    }
    let cut: String = one_line.chars().take(MOST_LETTERS).collect();
    format!("{cut}…")
}
