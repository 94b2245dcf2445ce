//! The report as one HTML file that needs nothing else, for screens and paper, light and dark. In: [`Report`]. Out: HTML.
//!
//! Must not be known here: policies. Every text of theirs is escaped.

use std::fmt::Write as _;

use super::text::count;
use super::{Needs, PolicyReport, Report, State, Step, Verdict};

const STYLE: &str = include_str!("report.css");

/// The file.
pub fn html(report: &Report) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Moving from Azure AD B2C</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
    );
    head(report, &mut out);
    section("policies", "Policies", &mut out, |out| {
        for policy in &report.policies {
            policy_card(policy, out);
        }
    });
    section("steps", "What to do", &mut out, |out| {
        out.push_str("<ol class=\"steps\">\n");
        for step in &report.steps {
            step_item(step, out);
        }
        out.push_str("</ol>\n");
    });
    section("needs", "What has to be there", &mut out, |out| needs(&report.needs, out));
    section("differences", "What behaves otherwise than in the cloud", &mut out, |out| {
        differences(report, out)
    });
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other if other.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

fn head(report: &Report, out: &mut String) {
    let summary = report.summary;
    let _ = writeln!(out, "<header>\n<h1>Moving from Azure AD B2C</h1>");
    let policies = count(summary.policies, "policy", "policies");
    let files = count(summary.files, "file", "files");
    let _ = writeln!(out, "<p class=\"lead\">{policies} in {files}.</p>");
    out.push_str("<ul class=\"counts\">\n");
    for (verdict, count, words) in [
        (Verdict::Green, summary.green, "run unchanged"),
        (Verdict::Amber, summary.amber, "run when configured"),
        (Verdict::Red, summary.red, "do not run whole yet"),
    ] {
        let _ = writeln!(out, "<li class=\"{}\"><strong>{count}</strong> {words}</li>", class(verdict));
    }
    out.push_str("</ul>\n<nav aria-label=\"Chapters\"><a href=\"#policies\">Policies</a> <a href=\"#steps\">What to do</a> ");
    out.push_str("<a href=\"#needs\">What has to be there</a> <a href=\"#differences\">What behaves otherwise</a></nav>\n</header>\n");
}

fn section(id: &str, title: &str, out: &mut String, inside: impl FnOnce(&mut String)) {
    let _ = writeln!(out, "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>");
    inside(out);
    out.push_str("</section>\n");
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Green => "green",
        Verdict::Amber => "amber",
        Verdict::Red => "red",
    }
}

fn policy_card(policy: &PolicyReport, out: &mut String) {
    let verdict = policy.verdict;
    let _ = writeln!(
        out,
        "<article class=\"card\">\n<div class=\"top\"><h3>{}</h3><span class=\"badge {}\">{}</span></div>",
        escape(&policy.id),
        class(verdict),
        verdict.words()
    );
    let _ = writeln!(out, "<p class=\"muted\">{}</p>", escape(&policy.files.join(" ← ")));
    out.push_str("<ul class=\"reasons\">\n");
    for reason in &policy.reasons {
        let _ = writeln!(
            out,
            "<li class=\"{}\"><span class=\"hidden\">{}: </span>{}</li>",
            class(reason.verdict),
            reason.verdict.words(),
            markdown(&reason.text)
        );
    }
    out.push_str("</ul>\n");
    if !policy.journeys.is_empty() || !policy.features.is_empty() {
        out.push_str("<details><summary>Journeys and features</summary>\n");
        if !policy.journeys.is_empty() {
            let rows = policy.journeys.iter().map(|one| {
                vec![escape(one.entry), format!("<code>{}</code>", escape(&one.id)), one.steps.to_string()]
            });
            table(&["Started by", "Journey", "Steps"], rows, out);
        }
        let rows = policy.features.iter().map(|one| {
            let state =
                format!("<span class=\"badge {}\">{}</span>", state_class(one.state), one.state.words());
            vec![escape(one.feature), state, codes(&one.profiles)]
        });
        table(&["Feature", "State", "Technical profiles"], rows, out);
        out.push_str("</details>\n");
    }
    out.push_str("</article>\n");
}

fn state_class(state: State) -> &'static str {
    match state {
        State::Runs => "green",
        State::NeedsConfiguration => "amber",
        State::NotRun => "red",
    }
}

fn codes(texts: &[String]) -> String {
    texts.iter().map(|text| format!("<code>{}</code>", escape(text))).collect::<Vec<_>>().join(", ")
}

/// A table whose cells are HTML already; its first column heads the rows.
fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>, out: &mut String) {
    out.push_str("<div class=\"scroll\"><table>\n<thead><tr>");
    for head in heads {
        let _ = write!(out, "<th scope=\"col\">{head}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let _ = match at {
                0 => write!(out, "<th scope=\"row\">{cell}</th>"),
                _ => write!(out, "<td>{cell}</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

fn step_item(step: &Step, out: &mut String) {
    let _ = writeln!(out, "<li><h3>{}</h3>\n<p>{}</p>", escape(&step.title), markdown(&step.text));
    if !step.lines.is_empty() {
        let lines: Vec<String> = step.lines.iter().map(|line| escape(line)).collect();
        let _ = writeln!(out, "<pre tabindex=\"0\">{}</pre>", lines.join("\n"));
    }
    out.push_str("</li>\n");
}

/// A titled table, left out when it has no rows.
fn need(title: &str, about: &str, heads: &[&str], rows: Vec<Vec<String>>, out: &mut String) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "<div class=\"card\"><h3>{title}</h3>");
    if !about.is_empty() {
        let _ = writeln!(out, "<p class=\"muted\">{about}</p>");
    }
    table(heads, rows.into_iter(), out);
    out.push_str("</div>\n");
}

/// A text with words in backticks.
fn markdown(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { code(part) } else { escape(part) }).collect()
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

fn needs(needs: &Needs, out: &mut String) {
    let rows = needs
        .placeholders
        .iter()
        .map(|one| {
            vec![code(&one.place), markdown(&one.text), if one.needed { "yes" } else { "no" }.to_owned()]
        })
        .collect();
    need("Values that were never filled in", "", &["Place", "Value", "Needed here"], rows, out);
    let rows = needs
        .keys
        .iter()
        .map(|key| {
            let purpose = if key.uses.is_empty() { "not needed here" } else { &key.purpose };
            let ignored = match key.ignored.len() {
                0 => String::new(),
                many => format!(" <span class=\"muted\">and {many} without effect</span>"),
            };
            vec![code(&key.container), escape(purpose), format!("{}{ignored}", codes(&key.uses))]
        })
        .collect();
    need("Policy keys", "", &["Container", "What it is for", "Named by"], rows, out);
    let sends = needs.mail.iter().map(|id| vec![code(id), "mail".to_owned()]);
    let calls = needs.telephone.iter().map(|id| vec![code(id), "text message or call".to_owned()]);
    let judges = needs.risk.iter().map(|id| vec![code(id), "nothing; judges risks by your rules".to_owned()]);
    let rows = sends.chain(calls).chain(judges).collect();
    need("Mail, telephone, risks", "", &["Technical profile", "Sends"], rows, out);
    let rows = needs
        .services
        .iter()
        .map(|one| vec![code(&one.url), escape(&one.authentication), codes(&one.profiles)])
        .collect();
    need("REST services", "", &["Address", "Authentication", "Called by"], rows, out);
    let rows = needs.providers.iter().map(|one| {
        let optional = |text: &Option<String>| text.as_ref().map_or_else(String::new, |text| code(text));
        let name = format!("{} <span class=\"muted\">{}</span>", escape(&one.name), one.protocol);
        vec![name, optional(&one.address), optional(&one.client_id), optional(&one.redirect_uri)]
    });
    need(
        "Identity providers outside",
        "",
        &["Provider", "Address", "Client id", "Redirect URI to register"],
        rows.collect(),
        out,
    );
    let rows = needs.templates.iter().map(|one| vec![code(&one.url), codes(&one.pages)]).collect();
    need("Page templates", "", &["Address", "Pages"], rows, out);
    let rows = needs.attributes.iter().map(|one| {
        let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        vec![code(&one.name), code(one.data_type), yes(one.read), yes(one.written)]
    });
    let about = "The directory keeps them under these names; there is nothing to declare.";
    need("Extension attributes", about, &["Attribute", "Type", "Read", "Written"], rows.collect(), out);
    let rows = needs
        .applications
        .iter()
        .map(|one| vec![code(&one.id), codes(&one.named), escape(one.text)])
        .collect();
    need("Applications that the policies name", "", &["Id", "Named by", "What for"], rows, out);
    let rows = needs.telemetry.iter().map(|one| vec![code(one)]).collect();
    let about =
        "Events are lines of the log here; <code>insights_url</code> in the configuration sends them on.";
    need("Telemetry", about, &["Named by"], rows, out);
}

fn differences(report: &Report, out: &mut String) {
    let rows = report.differences.iter().map(|point| {
        let look = if point.verdict == Verdict::Amber {
            "<span class=\"badge amber\">look at this</span> "
        } else {
            ""
        };
        let text = format!("{look}<strong>{}</strong>: {}", markdown(point.row), escape(point.text));
        let places = if point.places.is_empty() { "all policies".to_owned() } else { codes(&point.places) };
        vec![text, places, code(&point.link)]
    });
    out.push_str("<div class=\"card\">\n");
    table(&["What", "Where", "Explained in"], rows, out);
    out.push_str("</div>\n");
}
