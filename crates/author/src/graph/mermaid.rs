//! A graph as a Mermaid flowchart. In: [`Graph`]. Out: text that Mermaid reads, with every word of the policy quoted.
//!
//! Must not be known here: policies.

use std::fmt::Write as _;

use super::escape::label;
use super::{After, Card, Flow, Graph, Step};

/// The flowchart: nodes are named by flow, step and card (`f0s2c1`), never by the policy's own ids.
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart TD\n");
    for (at, flow) in graph.flows.iter().enumerate() {
        let _ = writeln!(text, "  subgraph f{at}[\"{}: {}\"]", label(flow.sort), label(&flow.id));
        text.push_str("    direction TB\n");
        nodes(at, flow, &mut text);
        edges(at, flow, &mut text);
        text.push_str("  end\n");
    }
    calls(graph, &mut text);
    text.push_str(
        "  classDef skip stroke-dasharray: 4 3\n  classDef warning stroke:#b3261e,stroke-width:2px\n",
    );
    text
}

fn nodes(at: usize, flow: &Flow, text: &mut String) {
    let _ = writeln!(text, "    f{at}start([\"{}\"])", label(&flow.start));
    for (index, step) in flow.steps.iter().enumerate() {
        if let Some(skipped) = &step.skipped {
            let _ = writeln!(
                text,
                "    {}{{{{\"{}: {}\"}}}}:::skip",
                gate(at, index),
                step.order,
                label(skipped)
            );
        }
        let head = head(step);
        match step.cards.as_slice() {
            [] => {
                let _ = writeln!(text, "    {}[\"{head}\"]", node(at, index, 0));
            }
            [one] => node_of(&node(at, index, 0), &head, one, text),
            several => {
                for (place, one) in several.iter().enumerate() {
                    node_of(&node(at, index, place), &head, one, text);
                }
            }
        }
    }
    let claims = if flow.claims.is_empty() {
        String::new()
    } else {
        format!("<br/>{}", label(&flow.claims.join(", ")))
    };
    let _ = writeln!(text, "    f{at}end([\"{}{claims}\"])", label(&flow.end));
}

fn head(step: &Step) -> String {
    let number = if step.order > 0 { format!("{} · ", step.order) } else { String::new() };
    let page = step.page.as_ref().map_or_else(String::new, |page| format!("<br/>page {}", label(page)));
    format!("<b>{number}{}</b>{page}", label(step.what))
}

fn node_of(name: &str, head: &str, card: &Card, text: &mut String) {
    let warning = card.warning.map_or_else(String::new, |words| format!(" ({words})"));
    let _ = write!(
        text,
        "    {name}[\"{head}<br/>{}<br/><i>{}{}</i>",
        label(&card.id),
        label(&card.kind),
        label(&warning)
    );
    for (title, lines) in &card.details {
        let _ = write!(text, "<br/>{}: {}", label(title), label(&lines.join(" · ")));
    }
    let class = if card.warning.is_some() { ":::warning" } else { "" };
    let _ = writeln!(text, "\"]{class}");
}

fn edges(at: usize, flow: &Flow, text: &mut String) {
    let mut from: Vec<String> = vec![format!("f{at}start")];
    let mut buttons: Vec<&super::Button> = Vec::new();
    for (index, step) in flow.steps.iter().enumerate() {
        if step.skipped.is_some() {
            from = vec![pass(&from, &gate(at, index), text)];
        }
        let places = step.cards.len().max(1);
        if from.len() > 1 && places > 1 {
            let _ = writeln!(text, "    f{at}s{index}j(( ))");
            from = vec![pass(&from, &format!("f{at}s{index}j"), text)];
        }
        for place in 0..places {
            let exchange = step.cards.get(place).and_then(|card| card.exchange.as_deref());
            let pressed: Vec<&str> = buttons
                .iter()
                .filter(|button| exchange.is_some_and(|id| button.target.eq_ignore_ascii_case(id)))
                .map(|button| button.caption.as_str())
                .collect();
            for one in &from {
                arrow(one, &node(at, index, place), &pressed.join(" / "), text);
            }
        }
        let gates = step.skipped.iter().map(|_| gate(at, index));
        let mut runs: Vec<String> = (0..places).map(|place| node(at, index, place)).collect();
        if step.after == After::End {
            pass(&runs, &format!("f{at}end"), text);
        }
        runs.retain(|_| step.after == After::Next);
        from = runs.into_iter().chain(gates).collect();
        buttons = step.buttons.iter().collect();
    }
    pass(&from, &format!("f{at}end"), text);
}

/// Edges from all of some nodes to one; a gate's says that its step was skipped.
fn pass(from: &[String], to: &str, text: &mut String) -> String {
    for one in from {
        arrow(one, to, "", text);
    }
    to.to_owned()
}

fn arrow(from: &str, to: &str, caption: &str, text: &mut String) {
    let own_step = from.strip_suffix('g').is_some_and(|step| to.starts_with(&format!("{step}c")));
    let _ = match (from.ends_with('g') && !own_step, caption) {
        (true, _) => writeln!(text, "    {from} -. \"skipped\" .-> {to}"),
        (false, "") => writeln!(text, "    {from} --> {to}"),
        (false, caption) => writeln!(text, "    {from} -- \"{}\" --> {to}", label(caption)),
    };
}

fn node(flow: usize, step: usize, place: usize) -> String {
    format!("f{flow}s{step}c{place}")
}

fn gate(flow: usize, step: usize) -> String {
    format!("f{flow}s{step}g")
}

/// Dotted lines from the steps that call sub-journeys to these.
fn calls(graph: &Graph, text: &mut String) {
    for (at, flow) in graph.flows.iter().enumerate() {
        for (index, step) in flow.steps.iter().enumerate() {
            for (place, card) in step.cards.iter().enumerate() {
                let target =
                    card.flow.as_ref().and_then(|id| graph.flows.iter().position(|flow| flow.id == *id));
                if let Some(target) = target {
                    let _ = writeln!(text, "  {} -.-> f{target}start", node(at, index, place));
                }
            }
        }
    }
}
