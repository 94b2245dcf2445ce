//! A graph as one SVG file that needs nothing else: light and dark, its text as text, with a description. In: [`Graph`].
//! Out: XML.
//!
//! Must not be known here: policies, where things stand ([`layout`](super::layout)).

use std::fmt::Write as _;

use super::escape::{anchor, xml};
use super::layout::{CardBox, FlowBox, Layout, Line, MARGIN, Rect, StepBox, Style, Terminal, layout};
use super::{After, Graph, Tone};

/// What stands in the file's `style` element, to the letter, for a server that allows it by its hash. The colours have no
/// variables, so that viewers that know none show them too.
pub const STYLE: &str = include_str!("graph.css");

/// The file.
pub fn svg(graph: &Graph) -> String {
    let layout = layout(graph);
    let (w, h) = (layout.width.ceil(), layout.height.ceil());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"v-graph\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" \
         role=\"graphics-document\" aria-roledescription=\"flowchart\" aria-labelledby=\"v-title\" \
         aria-describedby=\"v-about\">\n"
    );
    let first = graph.flows.first().map_or("", |flow| flow.id.as_str());
    let _ = writeln!(out, "<title id=\"v-title\">{}: {}</title>", xml(&graph.policy), xml(first));
    let _ = writeln!(out, "<desc id=\"v-about\">{}</desc>", xml(&about(graph)));
    let _ = writeln!(out, "<style>{STYLE}</style>");
    out.push_str(
        "<defs><marker id=\"v-head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"v-tip\" d=\"M1 1 9 5 1 9z\"/></marker>\
         <marker id=\"v-branch-head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"v-branch-tip\" d=\"M1 1 9 5 1 9z\"/></marker></defs>\n",
    );
    let _ = writeln!(out, "<rect class=\"v-ground\" width=\"{w}\" height=\"{h}\"/>");
    let _ = writeln!(
        out,
        "<text class=\"v-h1\" x=\"{MARGIN}\" y=\"{}\">{}</text>",
        MARGIN + 20.0,
        xml(&graph.policy)
    );
    lines(&layout.lead, &mut out);
    for flow in &layout.flows {
        draw_flow(flow, &layout, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// The picture in sentences, for people who do not see it.
fn about(graph: &Graph) -> String {
    let mut text = graph.started.clone();
    for flow in &graph.flows {
        let _ = write!(text, " {} {}.", flow.sort, flow.id);
        for step in &flow.steps {
            let runs: Vec<String> =
                step.cards.iter().map(|card| format!("{} ({})", card.id, card.kind)).collect();
            let _ = write!(text, " Step {}: {}", step.order, step.what);
            if !runs.is_empty() {
                let _ = write!(text, ": {}", runs.join(" or "));
            }
            if let Some(words) = &step.skipped {
                let _ = write!(text, ", {words}");
            }
            text.push('.');
        }
        let _ = write!(text, " {}.", flow.end);
    }
    text.trim().to_owned()
}

fn draw_flow(flow: &FlowBox, layout: &Layout, out: &mut String) {
    let _ = writeln!(out, "<g id=\"flow-{}\">", anchor(&flow.id));
    let line = flow.heading - 28.0;
    let _ = writeln!(out, "<path class=\"v-rule\" d=\"M{MARGIN} {line}H{}\"/>", layout.width - MARGIN);
    let _ = writeln!(
        out,
        "<text class=\"v-h2\" x=\"{MARGIN}\" y=\"{}\">{}</text>",
        flow.heading,
        xml(&flow.title)
    );
    draw_edges(flow, out);
    draw_terminal(&flow.start, "v-start", out);
    for step in &flow.steps {
        draw_step(step, out);
    }
    draw_terminal(&flow.end, "v-end", out);
    out.push_str("</g>\n");
}

fn draw_terminal(at: &Terminal, class: &str, out: &mut String) {
    rect(at.frame, 20.0, class, out);
    for line in &at.lines {
        let (x, y, class) = (line.x, line.y, style(line.style));
        let _ = writeln!(out, "<text class=\"{class} v-mid\" x=\"{x}\" y=\"{y}\">{}</text>", xml(&line.text));
    }
}

fn draw_edges(flow: &FlowBox, out: &mut String) {
    let frames: Vec<Rect> = flow.steps.iter().map(|step| step.frame).chain([flow.end.frame]).collect();
    if let Some(first) = frames.first() {
        let from = flow.start.frame;
        let _ = writeln!(
            out,
            "<path class=\"v-edge\" d=\"M{} {}V{}\"/>",
            from.middle(),
            from.bottom(),
            first.y - 2.0
        );
    }
    for (at, (step, next)) in flow.steps.iter().zip(frames.iter().skip(1)).enumerate() {
        let last = at + 1 == flow.steps.len();
        match step.after {
            After::End if !last => draw_stop(step, "the journey ends here", out),
            After::HandedOver => draw_stop(step, "goes on there and does not come back", out),
            _ => draw_leaving(step, *next, out),
        }
        if !step.rail.is_empty() {
            draw_rail(step, *next, out);
        }
    }
}

/// Below a step after which nothing follows unless it is skipped.
fn draw_stop(step: &StepBox, words: &str, out: &mut String) {
    let (x, low) = (step.frame.middle(), step.frame.bottom());
    let _ = writeln!(out, "<path class=\"v-stop\" d=\"M{x} {low}v12\"/>");
    let _ = writeln!(out, "<circle class=\"v-stop-end\" cx=\"{x}\" cy=\"{}\" r=\"5\"/>", low + 16.0);
    let _ = writeln!(out, "<text class=\"v-small\" x=\"{}\" y=\"{}\">{words}</text>", x + 12.0, low + 20.0);
}

/// From a step to the next: a line from its middle, or from each button to what it runs.
fn draw_leaving(step: &StepBox, next: Rect, out: &mut String) {
    let (low, to) = (step.frame.bottom(), next.y - 2.0);
    let mut aimed = false;
    for (button, _, aims) in &step.buttons {
        for x in aims {
            aimed = true;
            curve("v-edge v-branch", (button.middle(), button.bottom()), low, (*x, to), out);
        }
    }
    if !aimed {
        let x = step.frame.middle();
        let _ = writeln!(out, "<path class=\"v-edge\" d=\"M{x} {low}V{to}\"/>");
    } else if !step.cards.is_empty() {
        curve("v-edge", (step.frame.x + 24.0, low), low, (next.x + 24.0, to), out);
    }
}

/// Straight down to `low`, over to `end`'s side, and straight down onto it.
fn curve(class: &str, start: (f32, f32), low: f32, end: (f32, f32), out: &mut String) {
    let ((x, y), (to_x, to_y)) = (start, end);
    let landing = to_y - 14.0;
    let turn = low + (landing - low) / 2.0;
    let _ = writeln!(
        out,
        "<path class=\"{class}\" d=\"M{x} {y}V{low}C{x} {turn} {to_x} {turn} {to_x} {landing}V{to_y}\"/>"
    );
}

/// Past a step that may be skipped, into the next one's top right.
fn draw_rail(step: &StepBox, next: Rect, out: &mut String) {
    let (from, rail, top) = (step.frame.right(), step.rail_x, step.frame.y + 28.0);
    let (low, to) = (step.frame.bottom() + 20.0, next.y - 2.0);
    let end = (next.right() - 24.0).min(rail);
    let bend = if (rail - end).abs() < 16.0 {
        format!("V{to}")
    } else {
        format!("V{}q0 8 -8 8H{}q-8 0 -8 8V{to}", low - 8.0, end + 8.0)
    };
    let _ = writeln!(out, "<path class=\"v-edge v-skip\" d=\"M{from} {top}H{}q8 0 8 8{bend}\"/>", rail - 8.0);
    lines(&step.rail, out);
}

fn draw_step(step: &StepBox, out: &mut String) {
    let number = if step.order > 0 { format!("Step {}: ", step.order) } else { String::new() };
    let _ = writeln!(out, "<g role=\"group\" aria-label=\"{}{}\">", xml(&number), xml(step.what));
    rect(step.frame, 12.0, "v-frame", out);
    let (x, y) = (step.frame.x + 30.0, step.frame.y + 29.0);
    let mut title = step.frame.x + 16.0;
    if step.order > 0 {
        let _ = writeln!(out, "<circle class=\"v-disc\" cx=\"{x}\" cy=\"{y}\" r=\"14\"/>");
        let _ =
            writeln!(out, "<text class=\"v-number v-mid\" x=\"{x}\" y=\"{}\">{}</text>", y + 5.0, step.order);
        title = x + 24.0;
    }
    let _ = writeln!(out, "<text class=\"v-what\" x=\"{title}\" y=\"{}\">{}</text>", y + 6.0, xml(step.what));
    lines(&step.page, out);
    for card in &step.cards {
        draw_card(card, step.several, out);
    }
    for (button, caption, _) in &step.buttons {
        rect(*button, 8.0, "v-button", out);
        let (x, y) = (button.middle(), button.y + 21.0);
        let _ = writeln!(out, "<text class=\"v-press v-mid\" x=\"{x}\" y=\"{y}\">{}</text>", xml(caption));
    }
    out.push_str("</g>\n");
}

fn draw_card(card: &CardBox, boxed: bool, out: &mut String) {
    if let Some(flow) = &card.flow {
        let _ = writeln!(out, "<a href=\"#flow-{}\">", anchor(flow));
    }
    if boxed {
        rect(card.frame, 8.0, "v-card", out);
    }
    for line in &card.lines {
        let (x, y) = (line.x, line.y);
        let indent = match line.style {
            Style::Kind => {
                let tone = tone(card.tone);
                let _ =
                    writeln!(out, "<circle class=\"{tone}\" cx=\"{}\" cy=\"{}\" r=\"4\"/>", x + 4.0, y - 4.5);
                16.0
            }
            Style::Warning => {
                let _ = writeln!(out, "<path class=\"v-alert\" d=\"M{} {}l5 9h-10z\"/>", x + 5.0, y - 10.0);
                16.0
            }
            Style::Item | Style::Caption => 16.0,
            _ => 0.0,
        };
        let class = style(line.style);
        let _ = writeln!(
            out,
            "<text class=\"{class}\" x=\"{}\" y=\"{y}\">{}</text>",
            x + indent,
            xml(&line.text)
        );
    }
    if card.flow.is_some() {
        out.push_str("</a>\n");
    }
}

fn lines(lines: &[Line], out: &mut String) {
    for line in lines {
        let class = style(line.style);
        let _ = writeln!(
            out,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            line.x,
            line.y,
            xml(&line.text)
        );
    }
}

fn rect(at: Rect, round: f32, class: &str, out: &mut String) {
    let Rect { x, y, w, h } = at;
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\"/>"
    );
}

fn style(style: Style) -> &'static str {
    match style {
        Style::Strong => "v-strong",
        Style::Kind => "v-kind",
        Style::Warning => "v-warning",
        Style::Label => "v-label",
        Style::Item => "v-item",
        Style::Caption => "v-caption",
        Style::Small => "v-small",
    }
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Page => "v-page",
        Tone::Directory => "v-directory",
        Tone::Provider => "v-provider",
        Tone::Call => "v-call",
        Tone::Rules => "v-rules",
        Tone::Answer => "v-answer",
        Tone::Journey => "v-journey",
    }
}
