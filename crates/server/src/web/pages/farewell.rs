//! Pages at the end of a session: that it has ended, and the question whether it shall.
//!
//! In: where the browser goes on to, which frames it loads first. Out: `Html`. Going on needs no script: a link does it
//! too. Who is told of the end, and whether the address may be followed, was decided before.

use vestibule_engine::text;

use super::exception::{self, Exception};
use super::markup::el;
use super::{Html, security};

/// What happens after a session has ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Onward<'a> {
    /// Where the browser goes when the frames have loaded, or after three seconds.
    pub target: Option<&'a str>,
    /// Sign-out addresses of applications, each loaded in a hidden frame (protocols 9).
    pub frames: &'a [String],
}

/// The end of a session.
pub fn signed_out(about: &Exception<'_>, onward: Onward<'_>) -> Html {
    let word = |id: &str| text::own(about.language, id);
    let mut inside = Vec::new();
    for address in onward.frames {
        inside.push(el("iframe").flag("hidden").attr("src", address.as_str()).attr("title", ""));
    }
    let mut after = String::new();
    if let Some(target) = onward.target {
        let link = el("a").id("onward").attr("href", target).text(word("sign_out_continue"));
        inside.push(el("p").child(link));
        after = format!(
            "<script nonce=\"{}\">function go(){{location.replace(document.getElementById(\"onward\").href)}}\
             addEventListener(\"load\",go);setTimeout(go,3000);</script>",
            about.nonce
        );
    }
    let intro = if onward.target.is_none() { word("signed_out_intro") } else { "" };
    let mut page = exception::plain_with(about, (word("signed_out_heading"), intro), inside, after);
    allow_frames(&mut page, onward.frames);
    page
}

/// Whether the session shall end. `action` takes the answer, with `kept` as it came and `confirmed=yes`.
pub fn sign_out_question(about: &Exception<'_>, action: &str, kept: &[(&str, &str)]) -> Html {
    let word = |id: &str| text::own(about.language, id);
    let hidden =
        |name: &str, value: &str| el("input").attr("type", "hidden").attr("name", name).attr("value", value);
    let mut form = el("form").attr("method", "POST").attr("action", action);
    for (name, value) in kept {
        form = form.child(hidden(name, value));
    }
    let button = el("button").id("continue").attr("type", "submit").text(word("sign_out_button"));
    let form = form.child(hidden("confirmed", "yes")).child(el("div").class("buttons").child(button));
    exception::plain_with(
        about,
        (word("sign_out_heading"), word("sign_out_intro")),
        vec![form],
        String::new(),
    )
}

/// Lets the page load exactly these frames.
fn allow_frames(page: &mut Html, frames: &[String]) {
    let mut origins: Vec<String> = frames.iter().filter_map(|address| security::origin(address)).collect();
    origins.sort();
    origins.dedup();
    let policy = page.headers.iter_mut().find(|(name, _)| *name == "content-security-policy");
    if let Some((_, value)) = policy.filter(|_| !origins.is_empty()) {
        value.push_str(&format!("; frame-src {}", origins.join(" ")));
    }
}
