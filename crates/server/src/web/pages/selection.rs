//! The list of identity providers inside `#api` (user-interface 3.8): the unified page's structure from 1.2 on, a plain
//! list before.

use vestibule_engine::journey::page::ProviderButton;

use super::markup::{Element, el};
use super::{Ask, scriptless, unified};

pub(super) fn draw(ask: &Ask<'_>, providers: &[ProviderButton]) -> Vec<Element> {
    let mut out: Vec<Element> = ask.heading().into_iter().collect();
    let intro = ask.word("intro");
    if ask.since(1, 2, 0) {
        let all: Vec<&ProviderButton> = providers.iter().collect();
        out.push(
            el("div")
                .class("claims-provider-list-buttons social")
                .attr("role", "form")
                .attr("aria-label", intro)
                .child(el("div").class("intro").child(el("p").text(intro)))
                .child(unified::provider_buttons(ask, &all)),
        );
        return out;
    }
    out.push(el("div").class("intro").child(el("p").text(intro)));
    let item = |provider: &ProviderButton| {
        let button = el("button").class("accountButton").id(&*provider.exchange).attr("tabindex", "1");
        let button = scriptless::chooses(ask, button, "claimsexchange", &provider.exchange);
        el("li").child(button.text(&provider.caption))
    };
    out.push(el("div").child(el("ul").children(providers.iter().map(item))));
    out
}
