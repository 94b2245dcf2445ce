//! Where everything of a graph stands. In: [`Graph`]. Out: boxes and lines of text in pixels. Steps flow downwards, what
//! a step may run stands side by side, a rail beside a step passes it by where it may be skipped.
//!
//! Must not be known here: SVG, colours.

use super::measure::{width, wrap};
use super::{After, Card, Flow, Graph, Step, Tone};

/// Space around everything.
pub(super) const MARGIN: f32 = 32.0;
/// Space inside a frame.
const INSIDE: f32 = 16.0;
/// Between cards.
const BETWEEN: f32 = 16.0;
/// Between steps.
const GAP: f32 = 52.0;
/// Width of the only card of a step.
const WIDE: f32 = 400.0;
/// Width of one of several cards.
const NARROW: f32 = 280.0;
/// Cards side by side.
const ABREAST: usize = 4;
/// Width of the words beside a rail.
const BESIDE: f32 = 208.0;
/// Height of a button.
pub(super) const BUTTON: f32 = 32.0;

/// A box.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) w: f32,
    pub(super) h: f32,
}

impl Rect {
    pub(super) fn right(self) -> f32 {
        self.x + self.w
    }
    pub(super) fn bottom(self) -> f32 {
        self.y + self.h
    }
    pub(super) fn middle(self) -> f32 {
        self.x + self.w / 2.0
    }
}

/// How a line of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// An id, bold.
    Strong,
    /// What it is, behind a dot.
    Kind,
    /// A warning.
    Warning,
    /// Above a list.
    Label,
    /// An item of a list.
    Item,
    /// A button that leads here.
    Caption,
    /// Small words.
    Small,
}

impl Style {
    /// Font size and line height.
    pub(super) fn size(self) -> (f32, f32) {
        match self {
            Style::Strong => (15.0, 22.0),
            Style::Kind | Style::Warning => (13.0, 20.0),
            Style::Label => (12.0, 22.0),
            Style::Item | Style::Caption | Style::Small => (13.0, 19.0),
        }
    }
}

/// One line of text: its left edge and baseline.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) style: Style,
    pub(super) text: String,
}

/// A card where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CardBox {
    pub(super) frame: Rect,
    pub(super) tone: Tone,
    pub(super) lines: Vec<Line>,
    /// The flow it leads to.
    pub(super) flow: Option<String>,
}

/// A step where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StepBox {
    pub(super) frame: Rect,
    pub(super) order: i32,
    pub(super) what: &'static str,
    pub(super) page: Vec<Line>,
    pub(super) cards: Vec<CardBox>,
    /// Whether the cards have boxes of their own.
    pub(super) several: bool,
    /// Buttons, each with the places it leads to.
    pub(super) buttons: Vec<(Rect, String, Vec<f32>)>,
    /// The words beside the rail; empty without one.
    pub(super) rail: Vec<Line>,
    /// Where the rail runs.
    pub(super) rail_x: f32,
    /// What comes after it.
    pub(super) after: After,
}

/// The rounded box at a flow's beginning or end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terminal {
    pub(super) frame: Rect,
    pub(super) lines: Vec<Line>,
}

/// A flow where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FlowBox {
    pub(super) id: String,
    /// Baseline of its heading.
    pub(super) heading: f32,
    pub(super) title: String,
    pub(super) start: Terminal,
    pub(super) steps: Vec<StepBox>,
    pub(super) end: Terminal,
}

/// Everything.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f32,
    pub(super) height: f32,
    /// Lines under the heading of the whole.
    pub(super) lead: Vec<Line>,
    pub(super) flows: Vec<FlowBox>,
}

/// Places a graph.
pub(super) fn layout(graph: &Graph) -> Layout {
    let steps = || graph.flows.iter().flat_map(|flow| &flow.steps);
    let widest = steps().map(frame_width).fold(WIDE + 2.0 * INSIDE, f32::max);
    let middle = MARGIN + widest / 2.0;
    let room = widest + BESIDE;
    let mut lead = Vec::new();
    let mut y = MARGIN + 24.0;
    let sentences = [graph.started.as_str()].into_iter().chain(graph.others.iter().map(String::as_str));
    for sentence in sentences.filter(|one| !one.is_empty()) {
        for text in wrap(sentence, 14.0, room, 3) {
            y += 21.0;
            lead.push(Line { x: MARGIN, y, style: Style::Small, text });
        }
    }
    y += 16.0;
    let mut flows = Vec::new();
    for flow in &graph.flows {
        let placed = place_flow(flow, middle, y);
        y = placed.end.frame.bottom() + 48.0;
        flows.push(placed);
    }
    let boxes = flows.iter().flat_map(|flow| &flow.steps);
    let right = boxes
        .map(|step| if step.rail.is_empty() { step.frame.right() } else { step.rail_x + 12.0 + BESIDE })
        .fold(MARGIN + widest, f32::max);
    let lead_right = lead.iter().map(|line| line.x + width(&line.text, 14.0)).fold(0.0, f32::max);
    Layout { width: right.max(lead_right) + MARGIN, height: y - 48.0 + MARGIN, lead, flows }
}

fn place_flow(flow: &Flow, middle: f32, top: f32) -> FlowBox {
    let heading = top + 28.0;
    let start = terminal(&flow.start, &[], middle, heading + 24.0);
    let mut y = start.frame.bottom() + GAP;
    let mut steps: Vec<StepBox> = Vec::new();
    for step in &flow.steps {
        let placed = place_step(step, middle, y);
        y = placed.frame.bottom() + GAP;
        steps.push(placed);
    }
    aim(flow, &mut steps);
    let end = terminal(&flow.end, &flow.claims, middle, y);
    FlowBox { id: flow.id.clone(), heading, title: format!("{}: {}", flow.sort, flow.id), start, steps, end }
}

/// Tells the buttons of each step where their cards stand in the next one.
fn aim(flow: &Flow, steps: &mut [StepBox]) {
    let mut next_targets: Vec<(String, f32)> = Vec::new();
    for (step, placed) in flow.steps.iter().zip(steps.iter_mut()).rev() {
        for (button, (_, _, aims)) in step.buttons.iter().zip(&mut placed.buttons) {
            let hits = next_targets.iter().filter(|(id, _)| id.eq_ignore_ascii_case(&button.target));
            aims.extend(hits.map(|(_, x)| *x).take(1));
        }
        // Cards in several rows cannot all be reached from above; their captions say which button leads to them.
        let one_row = step.cards.len() <= ABREAST;
        let cards = step.cards.iter().zip(&placed.cards).filter(|_| one_row);
        next_targets =
            cards.filter_map(|(card, at)| Some((card.exchange.clone()?, at.frame.middle()))).collect();
    }
}

fn terminal(text: &str, claims: &[String], middle: f32, top: f32) -> Terminal {
    let mut lines: Vec<(Style, String)> =
        wrap(text, 15.0, WIDE - 48.0, 2).into_iter().map(|line| (Style::Strong, line)).collect();
    let claims = wrap(&claims.join(", "), 13.0, WIDE - 48.0, 6);
    lines.extend(claims.into_iter().map(|line| (Style::Small, line)));
    let wide = lines.iter().map(|(style, line)| width(line, style.size().0)).fold(120.0, f32::max) + 48.0;
    let x = middle - wide / 2.0;
    let mut y = top + 12.0;
    let lines: Vec<Line> = lines
        .into_iter()
        .map(|(style, text)| {
            let (size, height) = style.size();
            let line = Line { x: middle, y: y + size + (height - size) / 2.0 - 2.0, style, text };
            y += height;
            line
        })
        .collect();
    Terminal { frame: Rect { x, y: top, w: wide, h: y + 12.0 - top }, lines }
}

fn card_width(step: &Step) -> f32 {
    if step.cards.len() > 1 { NARROW } else { WIDE }
}

/// Cards side by side: all, or rows of about the same length.
fn abreast(step: &Step) -> usize {
    let cards = step.cards.len().max(1);
    cards.div_ceil(cards.div_ceil(ABREAST))
}

/// As wide as its cards, or its buttons in one row as far as that is no wider than the widest row of cards.
fn frame_width(step: &Step) -> f32 {
    let row = |cards: usize, wide: f32| {
        let cards = u16::try_from(cards).map_or(1.0, f32::from);
        cards * wide + (cards - 1.0) * BETWEEN
    };
    let buttons: f32 = step.buttons.iter().map(|button| button_width(&button.caption) + 8.0).sum();
    let most = row(ABREAST, NARROW);
    row(abreast(step), card_width(step)).max(buttons.min(most)) + 2.0 * INSIDE
}

fn button_width(caption: &str) -> f32 {
    width(caption, 14.0) + 28.0
}

fn place_step(step: &Step, middle: f32, top: f32) -> StepBox {
    let wide = frame_width(step);
    let left = middle - wide / 2.0;
    let mut y = top + INSIDE + 32.0;
    let page = match &step.page {
        Some(page) => {
            let lines = wrap(&format!("Page {page}"), 13.0, wide - 2.0 * INSIDE, 3);
            stack(lines.into_iter().map(|line| (Style::Item, line)).collect(), left + INSIDE, &mut y)
        }
        None => Vec::new(),
    };
    let several = step.cards.len() > 1;
    if several || !step.buttons.is_empty() && !page.is_empty() {
        y += 8.0;
    }
    let cards = place_cards(step, left + INSIDE, &mut y);
    let buttons = place_buttons(step, Rect { x: left + INSIDE, y, w: wide - 2.0 * INSIDE, h: 0.0 }, &mut y);
    let frame = Rect { x: left, y: top, w: wide, h: y + INSIDE - top };
    let rail_x = frame.right() + 24.0;
    let words = step.skipped.as_ref().map_or_else(Vec::new, |words| wrap(words, 13.0, BESIDE, 8));
    let mut rail_y = top + 22.0;
    let rail =
        stack(words.into_iter().map(|line| (Style::Small, line)).collect(), rail_x + 12.0, &mut rail_y);
    let frame = Rect { h: frame.h.max(rail_y - top), ..frame };
    StepBox {
        frame,
        order: step.order,
        what: step.what,
        page,
        cards,
        several,
        buttons,
        rail,
        rail_x,
        after: step.after,
    }
}

/// Lines under each other from `y` on, which moves below them.
fn stack(lines: Vec<(Style, String)>, x: f32, y: &mut f32) -> Vec<Line> {
    lines
        .into_iter()
        .map(|(style, text)| {
            let (size, height) = style.size();
            let baseline = *y + (height + size) / 2.0 - 2.0;
            *y += height;
            Line { x, y: baseline, style, text }
        })
        .collect()
}

fn place_cards(step: &Step, left: f32, y: &mut f32) -> Vec<CardBox> {
    let (wide, several) = (card_width(step), step.cards.len() > 1);
    let pad = if several { 12.0 } else { 0.0 };
    let mut placed = Vec::new();
    for row in step.cards.chunks(abreast(step)) {
        let mut x = left;
        let mut bottom = *y;
        let first = placed.len();
        for card in row {
            let mut below = *y + pad;
            let lines = stack(card_lines(card, wide - 2.0 * pad - 16.0), x + pad, &mut below);
            bottom = bottom.max(below + pad);
            let frame = Rect { x, y: *y, w: wide, h: 0.0 };
            placed.push(CardBox { frame, tone: card.tone, lines, flow: card.flow.clone() });
            x += wide + BETWEEN;
        }
        for card in placed.iter_mut().skip(first) {
            card.frame.h = bottom - *y;
        }
        *y = bottom + if several { BETWEEN } else { 0.0 };
    }
    if several {
        *y -= BETWEEN;
    }
    placed
}

fn card_lines(card: &Card, room: f32) -> Vec<(Style, String)> {
    let mut lines = Vec::new();
    let mut add = |style: Style, text: &str, most: usize| {
        let narrower = if matches!(style, Style::Kind | Style::Warning | Style::Item | Style::Caption) {
            16.0
        } else {
            0.0
        };
        let wrapped = wrap(text, style.size().0, room - narrower, most);
        for (index, line) in wrapped.into_iter().enumerate() {
            let style = if style == Style::Kind && index > 0 { Style::Item } else { style };
            lines.push((style, line));
        }
    };
    add(Style::Strong, &card.id, 3);
    add(Style::Kind, &card.kind, 2);
    if let Some(warning) = card.warning {
        add(Style::Warning, warning, 2);
    }
    if let Some(button) = &card.button {
        add(Style::Caption, &format!("button “{button}”"), 2);
    }
    if let Some(exchange) = card.exchange.as_ref().filter(|exchange| !exchange.eq_ignore_ascii_case(&card.id))
    {
        add(Style::Caption, &format!("exchange {exchange}"), 2);
    }
    for (title, items) in &card.details {
        add(Style::Label, title, 1);
        for item in items {
            add(Style::Item, item, 4);
        }
    }
    lines
}

/// Buttons in rows, as many as fit.
fn place_buttons(step: &Step, room: Rect, y: &mut f32) -> Vec<(Rect, String, Vec<f32>)> {
    let mut placed = Vec::new();
    if step.buttons.is_empty() {
        return placed;
    }
    *y += 12.0;
    let mut x = room.x;
    for button in &step.buttons {
        let caption = wrap(&button.caption, 14.0, room.w - 32.0, 1).concat();
        let wide = button_width(&caption);
        if x > room.x && x + wide > room.right() {
            x = room.x;
            *y += BUTTON + 8.0;
        }
        placed.push((Rect { x, y: *y, w: wide, h: BUTTON }, caption, Vec::new()));
        x += wide + 8.0;
    }
    *y += BUTTON;
    placed
}
