//! The language of journey tests: Markdown to blocks of commands, one command a line.
//!
//! In: text. Out: blocks, each with its commands or the line that is no command. Must not know policies or journeys.

use std::str::FromStr;

use jiff::Timestamp;

/// One ` ```journey ` block.
#[derive(Debug)]
pub struct Block {
    /// What its fence says after `journey`, else the heading above it.
    pub name: String,
    /// The line of its fence, from 1.
    pub line: u32,
    /// Its commands in order.
    pub lines: Result<Vec<Line>, Malformed>,
}

/// A line that is no command.
#[derive(Debug)]
pub struct Malformed {
    /// From 1.
    pub line: u32,
    /// What is wrong with it, and what may stand there.
    pub why: String,
}

/// A command and where it stands.
#[derive(Debug)]
pub struct Line {
    /// From 1.
    pub number: u32,
    /// What to do or to expect.
    pub command: Command,
}

/// Names with values, in order.
pub(super) type Pairs = Vec<(String, String)>;

/// What one line says.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// `at TIME`: sets the clock.
    At(Timestamp),
    /// `wait 10m`: moves the clock, in seconds.
    Wait(i64),
    /// `user name=value …`: somebody is in the directory.
    User(Pairs),
    /// `stub PROFILE gives name=value …`, `stub PROFILE refuses "text"` or `stub PROFILE fails`.
    Stub(String, Stub),
    /// `begin POLICY parameter=value …`: an application asks.
    Begin(String, Pairs),
    /// `refresh`: the application redeems the refresh token it got.
    Refresh,
    /// `revoke`: every refresh token issued so far is void.
    Revoke,
    /// `sign-out`: the session ends.
    SignOut,
    /// `page unifiedssp`: this kind of page is shown.
    Page(String),
    /// `language de`: the page's language.
    Language(String),
    /// `asks a, b, [control]`: exactly these fields and controls, in order.
    Asks(Vec<String>),
    /// `field CLAIM label|help|value "text"`.
    Field(String, String, String),
    /// `choices CLAIM a, b`: the values to choose from.
    Choices(String, Vec<String>),
    /// `offers NAME` or `no offer NAME`: signup, forgot, cancel, remember, or an exchange.
    Offers(String, bool),
    /// `text ID "words"`: a text of the page.
    Text(String, String),
    /// `type CLAIM value`: typed, and posted with the next submit or act.
    Type(String, String),
    /// `send CLAIM`: the button that sends a code to a typed address.
    Send(String),
    /// `verify CLAIM code`: the button that checks the code.
    Verify(String, String),
    /// `act CONTROL ACTION`: a button of a display control.
    Act(String, String),
    /// `dial NUMBER sms|call`: a button of the phone page; NUMBER is typed, or the place of one on record.
    Dial(String, bool),
    /// `code CODE`: typed on the phone page.
    Code(String),
    /// `answer NUMBER`: the telephone is answered and the pound key pressed.
    Answer(String),
    /// `inbox ADDRESS`: a code was sent there; from here on `{code}` is that code.
    Inbox(String),
    /// `submit`, `submit remember`.
    Submit(bool),
    /// `error "text"` or `error CLAIM "text"`: what the last answer was refused with.
    Error(Option<String>, String),
    /// `choose signup|forgot|cancel|EXCHANGE`.
    Choose(String),
    /// `reload`: the same page again.
    Reload,
    /// `token NAME = VALUE`; no value: it is there.
    Token(String, Option<String>),
    /// `no token NAME`.
    NoToken(String),
    /// `claim NAME = VALUE`: of the journey's claims.
    Claim(String, Option<String>),
    /// `no claim NAME`.
    NoClaim(String),
    /// `fault CODE "text"`: the application is told an error.
    Fault(String, Option<String>),
    /// `called PROFILE` or `called PROFILE with name=value …`, since the last `begin`.
    Called(String, Pairs),
    /// `not called PROFILE`.
    NotCalled(String),
    /// `users N`: so many are in the directory.
    Users(usize),
    /// `directory NAME = VALUE`: of the user written or read last.
    Directory(String, Option<String>),
}

/// What a stub answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Stub {
    /// Values by partner name.
    Gives(Pairs),
    /// A refusal with words for the user.
    Refuses(String),
    /// No answer that can be used.
    Fails,
}

/// All journey blocks of a Markdown text.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut heading = String::new();
    let mut open: Option<Block> = None;
    let mut other_fence = false;
    for (line, number) in text.lines().zip(1..) {
        let trimmed = line.trim();
        match &mut open {
            Some(_) if trimmed == "```" => found.extend(open.take()),
            Some(block) => take_line(block, trimmed, number),
            None if other_fence => other_fence = trimmed != "```",
            None => match (trimmed.strip_prefix("```"), trimmed.strip_prefix('#')) {
                (Some(info), _) => match journey_fence(info) {
                    Some(name) => {
                        let name = if name.is_empty() { heading.clone() } else { name.to_owned() };
                        open = Some(Block { name, line: number, lines: Ok(Vec::new()) });
                    }
                    None => other_fence = true,
                },
                (None, Some(rest)) => rest.trim_start_matches('#').trim().clone_into(&mut heading),
                (None, None) => {}
            },
        }
    }
    found.extend(open);
    found
}

/// What a fence's info says after `journey`; nothing if it is another language.
fn journey_fence(info: &str) -> Option<&str> {
    let rest = info.trim().strip_prefix("journey")?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim())
}

fn take_line(block: &mut Block, line: &str, number: u32) {
    let Ok(lines) = &mut block.lines else { return };
    if line.is_empty() || line.starts_with("//") {
        return;
    }
    match command(line) {
        Ok(command) => lines.push(Line { number, command }),
        Err(why) => block.lines = Err(Malformed { line: number, why }),
    }
}

/// First words of commands with what follows them, for messages and the documentation.
pub(super) const COMMANDS: &[(&str, &str)] = &[
    ("at", "TIME"),
    ("wait", "30s|10m|2h|1d"),
    ("user", "attribute=value …"),
    ("stub", "PROFILE gives name=value … | PROFILE refuses \"text\" | PROFILE fails"),
    ("begin", "POLICY parameter=value …"),
    ("refresh", ""),
    ("revoke", ""),
    ("sign-out", ""),
    ("page", "KIND"),
    ("language", "TAG"),
    ("asks", "claim, claim, [control]"),
    ("field", "CLAIM label|help|value \"text\""),
    ("choices", "CLAIM value, value"),
    ("offers", "signup|forgot|cancel|remember|EXCHANGE"),
    ("no", "offer NAME | token NAME | claim NAME"),
    ("text", "ID \"words\""),
    ("type", "CLAIM value"),
    ("send", "CLAIM"),
    ("verify", "CLAIM code"),
    ("act", "CONTROL ACTION"),
    ("dial", "NUMBER sms|call"),
    ("code", "CODE"),
    ("answer", "NUMBER"),
    ("inbox", "ADDRESS"),
    ("submit", "[remember]"),
    ("error", "[CLAIM] \"text\""),
    ("choose", "signup|forgot|cancel|EXCHANGE"),
    ("reload", ""),
    ("token", "NAME [= value]"),
    ("claim", "NAME [= value]"),
    ("fault", "CODE [\"text\"]"),
    ("called", "PROFILE [with name=value …]"),
    ("not", "called PROFILE"),
    ("users", "N"),
    ("directory", "ATTRIBUTE [= value]"),
];

/// Reads one line.
pub(super) fn command(line: &str) -> Result<Command, String> {
    let (first, rest) = split(line);
    let read = match first {
        "at" => Timestamp::from_str(rest).ok().map(Command::At),
        "wait" => seconds(rest).map(Command::Wait),
        "user" => pairs(rest).map(Command::User),
        "stub" => stub(rest),
        "begin" => name_and(rest, pairs).map(|(policy, parameters)| Command::Begin(policy, parameters)),
        "refresh" => rest.is_empty().then_some(Command::Refresh),
        "revoke" => rest.is_empty().then_some(Command::Revoke),
        "sign-out" => rest.is_empty().then_some(Command::SignOut),
        "reload" => rest.is_empty().then_some(Command::Reload),
        "page" => word(rest).map(Command::Page),
        "language" => word(rest).map(Command::Language),
        "asks" => Some(Command::Asks(list(rest))),
        "choices" => name_and(rest, |rest| Some(list(rest))).map(|(claim, all)| Command::Choices(claim, all)),
        "offers" => word(rest).map(|name| Command::Offers(name, true)),
        "text" => name_and(rest, one_value).map(|(id, text)| Command::Text(id, text)),
        "type" => name_and(rest, one_value).map(|(claim, value)| Command::Type(claim, value)),
        "send" => word(rest).map(Command::Send),
        "verify" => name_and(rest, one_value).map(|(claim, code)| Command::Verify(claim, code)),
        "act" => name_and(rest, word).map(|(control, action)| Command::Act(control, action)),
        "dial" => name_and(rest, |way| match way {
            "sms" => Some(false),
            "call" => Some(true),
            _ => None,
        })
        .map(|(number, calls)| Command::Dial(number, calls)),
        "code" => word(rest).map(Command::Code),
        "answer" => word(rest).map(Command::Answer),
        "inbox" => word(rest).map(Command::Inbox),
        "submit" => matches!(rest, "" | "remember").then(|| Command::Submit(rest == "remember")),
        "choose" => word(rest).map(Command::Choose),
        "users" => rest.parse().ok().map(Command::Users),
        _ => expectation(first, rest),
    };
    read.ok_or_else(|| misunderstood(first))
}

/// Commands that only expect something.
fn expectation(first: &str, rest: &str) -> Option<Command> {
    match first {
        "field" => name_and(rest, |rest| name_and(rest, one_value))
            .filter(|(_, (what, _))| ["label", "help", "value"].contains(&what.as_str()))
            .map(|(claim, (what, text))| Command::Field(claim, what, text)),
        "error" if rest.starts_with('"') => one_value(rest).map(|text| Command::Error(None, text)),
        "error" => name_and(rest, one_value).map(|(claim, text)| Command::Error(Some(claim), text)),
        "token" => equation(rest).map(|(name, value)| Command::Token(name, value)),
        "claim" => equation(rest).map(|(name, value)| Command::Claim(name, value)),
        "directory" => equation(rest).map(|(name, value)| Command::Directory(name, value)),
        "fault" => match split(rest) {
            ("", _) => None,
            (code, "") => Some(Command::Fault(code.to_owned(), None)),
            (code, text) => one_value(text).map(|text| Command::Fault(code.to_owned(), Some(text))),
        },
        "called" => match split(rest) {
            ("", _) => None,
            (profile, "") => Some(Command::Called(profile.to_owned(), Vec::new())),
            (profile, with) => {
                pairs(with.strip_prefix("with ")?).map(|with| Command::Called(profile.to_owned(), with))
            }
        },
        "not" => word(rest.strip_prefix("called ")?).map(Command::NotCalled),
        "no" => match split(rest) {
            ("offer", name) => word(name).map(|name| Command::Offers(name, false)),
            ("token", name) => word(name).map(Command::NoToken),
            ("claim", name) => word(name).map(Command::NoClaim),
            _ => None,
        },
        _ => None,
    }
}

fn misunderstood(first: &str) -> String {
    match COMMANDS.iter().find(|(known, _)| *known == first) {
        Some((known, form)) => format!("`{known}` is written: {known} {form}").trim_end().to_owned(),
        None => {
            let near =
                vestibule_engine::diagnostic::did_you_mean(first, COMMANDS.iter().map(|(known, _)| *known));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            format!("`{first}` is no command{hint}")
        }
    }
}

fn split(text: &str) -> (&str, &str) {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (first, rest.trim())
}

fn word(text: &str) -> Option<String> {
    (!text.is_empty() && !text.contains(char::is_whitespace)).then(|| text.to_owned())
}

fn name_and<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<(String, T)> {
    let (name, rest) = split(text);
    if name.is_empty() {
        return None;
    }
    Some((name.to_owned(), read(rest)?))
}

/// The rest of a line as a value: a JSON string if it is quoted, else as it stands.
fn one_value(text: &str) -> Option<String> {
    match text.starts_with('"') {
        true => serde_json::from_str(text).ok(),
        false => Some(text.to_owned()),
    }
}

/// `NAME`, or `NAME = value`.
fn equation(text: &str) -> Option<(String, Option<String>)> {
    match text.split_once('=') {
        Some((name, value)) => Some((word(name.trim())?, Some(one_value(value.trim())?))),
        None => Some((word(text)?, None)),
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// `name=value name="a value" …`.
fn pairs(text: &str) -> Option<Pairs> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, left) = match after.starts_with('"') {
            true => {
                let mut stream = serde_json::Deserializer::from_str(after).into_iter::<String>();
                let value = stream.next()?.ok()?;
                (value, after.get(stream.byte_offset()..)?)
            }
            false => {
                let (value, left) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
                (value.to_owned(), left)
            }
        };
        found.push((word(name.trim())?, value));
        rest = left.trim_start();
    }
    Some(found)
}

fn stub(text: &str) -> Option<Command> {
    let (profile, rest) = split(text);
    let stub = match split(rest) {
        ("gives", values) => Stub::Gives(pairs(values)?),
        ("refuses", words) => Stub::Refuses(one_value(words)?),
        ("fails", "") => Stub::Fails,
        _ => return None,
    };
    Some(Command::Stub(word(profile)?, stub))
}

/// `30s`, `10m`, `2h`, `1d`.
fn seconds(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(each)
}
