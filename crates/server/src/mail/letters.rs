//! Our own letters: the verification code and the notice after a password change.
//!
//! In: facts (code, minutes, address, tenant's identity, language). Out: a [`Letter`] whose text and HTML say
//! the same. The subject of a code begins with the code, so that it shows in the notification. What people
//! chose themselves (their name) is cleaned, cut, and left out if it looks like a link (attack 66).

use askama::Template;

use super::words::{Words, words};
use super::{Letter, Sender};
use crate::config::MailIdentity;

/// Everything a code letter says.
#[derive(Clone, Copy)]
pub struct CodeLetter<'a> {
    /// Recipient.
    pub to: &'a str,
    /// The code, digits.
    pub code: &'a str,
    /// Minutes the code lives, at least 1.
    pub minutes: u64,
    /// BCP 47 tag of the journey.
    pub language: &'a str,
    /// Tenant's sender, subject and looks.
    pub identity: &'a MailIdentity,
}

/// Everything a notice of a changed password says.
#[derive(Clone, Copy)]
pub struct NoticeLetter<'a> {
    /// Recipient and account.
    pub to: &'a str,
    /// Display name, if known; chosen by the user.
    pub name: Option<&'a str>,
    /// Time of the change for people, in UTC.
    pub when: &'a str,
    /// BCP 47 tag of the journey.
    pub language: &'a str,
    /// Tenant's sender and looks.
    pub identity: &'a MailIdentity,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    words: &'a Words,
    identity: &'a MailIdentity,
    accent: &'a str,
    heading: &'a str,
    hello: &'a str,
    before: &'a str,
    code: &'a str,
    after: &'a [String],
}

/// The letter with a one-time code.
#[must_use]
pub fn code(letter: CodeLetter<'_>) -> Letter {
    let CodeLetter { to, code, minutes, language, identity } = letter;
    let words = words(language);
    let built_in = || filled(words.code_subject, &[&identity.name]);
    let subject = format!("{code} {}", identity.subject.clone().unwrap_or_else(built_in));
    let body = Body {
        heading: words.code_heading,
        hello: String::new(),
        before: filled(words.code_why, &[&identity.name]),
        code,
        after: vec![filled(words.code_valid, &[&minutes.to_string()]), words.code_not_you.to_owned()],
    };
    written(to, subject, words, (identity, body))
}

/// The letter that tells of a changed password.
#[must_use]
pub fn password_changed(letter: NoticeLetter<'_>) -> Letter {
    let NoticeLetter { to, name, when, language, identity } = letter;
    let words = words(language);
    let body = Body {
        heading: words.changed_heading,
        hello: name.and_then(greetable).map_or_else(String::new, |name| filled(words.hello, &[&name])),
        before: filled(words.changed_what, &[to, &identity.name]),
        code: "",
        after: vec![filled(words.changed_when, &[when]), words.changed_not_you.to_owned()],
    };
    written(to, filled(words.changed_subject, &[&identity.name]), words, (identity, body))
}

struct Body<'a> {
    heading: &'a str,
    hello: String,
    before: String,
    code: &'a str,
    after: Vec<String>,
}

fn written(to: &str, subject: String, words: &Words, (identity, body): (&MailIdentity, Body<'_>)) -> Letter {
    let parts = [&body.hello, &body.before, body.code]
        .into_iter()
        .map(str::to_owned)
        .chain(body.after.iter().cloned());
    let mut paragraphs: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    paragraphs.push(format!("-- \n{}\n{}", identity.name, words.automatic));
    let html = Html {
        words,
        identity,
        accent: identity.accent.as_deref().unwrap_or("#0b57d0"),
        heading: body.heading,
        hello: &body.hello,
        before: &body.before,
        code: body.code,
        after: &body.after,
    };
    let text = paragraphs.join("\n\n") + "\n";
    // A template of plain fields cannot fail to render; if it did, the text part would still say everything.
    let html = html.render().unwrap_or_default();
    let sender = Sender { name: identity.name.clone(), address: identity.from.clone() };
    Letter { sender, to: to.to_owned(), subject, text, html }
}

fn filled(sentence: &str, values: &[&str]) -> String {
    let mut parts = sentence.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once('}').unwrap_or(("", part));
        let value = number.parse().ok().and_then(|index: usize| values.get(index));
        text.push_str(value.copied().unwrap_or_default());
        text.push_str(rest);
    }
    text
}

/// A name that may stand in a greeting: one short line without controls or bidi overrides; none that a mail
/// program would turn into a link.
fn greetable(name: &str) -> Option<String> {
    let plain: String = name.chars().filter(|c| !c.is_control() && !is_bidi_control(*c)).take(64).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let linkish = plain.contains(['/', '@', ':', '<', '>', '\\'])
        || plain.split('.').skip(1).any(|after| after.starts_with(|c: char| c.is_alphanumeric()));
    (!plain.is_empty() && !linkish).then_some(plain)
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
