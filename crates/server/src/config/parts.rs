//! The small parts of the configuration: database, limits, hashing, lockout, session, behaviour, outbound, log.

use std::path::PathBuf;

use url::Url;

use super::document::{Section, Wrong, wrong};
use super::keys;

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`; may hold a password, so it is never logged.
    pub url: secrecy::SecretString,
    /// Connections, for reading with SQLite (one more for writing), for everything with PostgreSQL; none: the store's own
    /// number.
    pub connections: Option<u32>,
    /// Days for which the audit log is kept; 0: for ever.
    pub audit_days: u32,
}

/// So many in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At least 1.
    pub count: u32,
    /// Window in seconds.
    pub seconds: u32,
}

/// How often one client may ask (attacks 53, 63).
#[derive(Debug, Clone)]
pub struct Limits {
    /// Off in `dev` unless asked for.
    pub enabled: bool,
    /// Page requests per client address.
    pub pages: Rate,
    /// Password tries per client address.
    pub sign_ins: Rate,
    /// Password tries per /24 or /64.
    pub sign_ins_network: Rate,
    /// Token requests per client address.
    pub tokens: Rate,
    /// Codes per mail address.
    pub codes_mailbox: Rate,
    /// Codes per client address.
    pub codes: Rate,
    /// Codes for telephone numbers that differ in their last four digits alone.
    pub codes_range: Rate,
}

/// argon2id parameters and the threads that compute them (attack 58).
#[derive(Debug, Clone)]
pub struct Hashing {
    /// Memory of one hash in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Hashes at once.
    pub threads: usize,
    /// Longest wait for a thread before 503.
    pub queue_seconds: u64,
}

/// Smart lockout.
#[derive(Debug, Clone)]
pub struct Lockout {
    /// Wrong passwords in a row before the first lock.
    pub tries: u32,
    /// First lock, seconds.
    pub first_seconds: u64,
    /// Longest lock, seconds.
    pub longest_seconds: u64,
}

/// Journeys, browser sessions, cookies.
#[derive(Debug, Clone)]
pub struct Session {
    /// Life of an unfinished journey.
    pub journey_seconds: u64,
    /// Life of a browser session unless the policy says otherwise.
    pub single_sign_on_seconds: u32,
    /// `SameSite=None; Secure` where https allows it.
    pub frames: bool,
    /// A new password ends all browser sessions of the user.
    pub end_with_password: bool,
    /// Front-channel sign-out by its standard: `iss` and `sid`, everybody, announced.
    pub frontchannel_logout: bool,
    /// Back-channel sign-out.
    pub backchannel_logout: bool,
}

impl Session {
    /// Whether id tokens name the session (`sid`), so that applications can be told which one ended.
    pub fn is_named(&self) -> bool {
        self.frontchannel_logout || self.backchannel_logout
    }
}

/// Named differences from the cloud (docs/compatibility.md).
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// Same message for unknown account and wrong password.
    pub equal_messages: bool,
    /// Pages trim outer spaces of passwords.
    pub trim_spaces_in_password: bool,
    /// Sign-out follows any redirect.
    pub open_logout_redirect: bool,
    /// Sign-out without hint and address ends the session even where a hint is enforced.
    pub hintless_sign_out: bool,
    /// Sign-out without a hint asks first.
    pub ask_before_sign_out: bool,
    /// Seconds in which a reused refresh token yields its successor again.
    pub refresh_reuse_grace_seconds: u64,
    /// Markup in fields is refused.
    pub refuse_markup: bool,
    /// Upload rules that harm nothing until a journey reaches the place only warn.
    pub lenient_policies: bool,
    /// Error descriptions end their lines in CR LF, as the cloud's do.
    pub error_line_breaks: bool,
    /// `iss` in answers of the authorization endpoint (RFC 9207).
    pub response_issuer: bool,
    /// Standard claims go out by scope and `claims` parameter (OpenID Connect Core 5.4, 5.5).
    pub standard_claims: bool,
    /// Passwords that are guessed first, and those that repeat their owner's name, cannot be set.
    pub refuse_common_passwords: bool,
    /// Further passwords that cannot be set, one a line.
    pub common_passwords: Option<PathBuf>,
    /// File of the rules that conditional access profiles go by.
    pub conditional_access: Option<PathBuf>,
}

/// Requests the server makes (attacks 43, 103, 104).
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Hosts, lower case, that may have private addresses.
    pub allow: Vec<String>,
    /// Further certificate authorities.
    pub ca_file: Option<PathBuf>,
    /// Time to connect, seconds.
    pub connect_seconds: u64,
    /// Time for a whole template, seconds.
    pub template_seconds: u64,
    /// Largest template, bytes.
    pub template_bytes: usize,
    /// Time for one try of a REST call, seconds.
    pub rest_seconds: u64,
    /// Tries of a REST call while no answer comes.
    pub rest_tries: u32,
    /// Where events of policies are sent beside the log.
    pub insights_url: Option<Url>,
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// What is logged and how.
#[derive(Debug, Clone)]
pub struct Log {
    /// Text or JSON, one line an event.
    pub format: LogFormat,
    /// error, warn, info, debug, trace.
    pub level: tracing::Level,
}

pub(super) fn database(root: &Section<'_>) -> Option<Database> {
    let section = root.section("database", keys::DATABASE);
    let connections = section.has("connections").then(|| section.number32("connections", 1..=200, 4));
    let audit_days = section.number32("audit_days", 0..=36_500, 365);
    section.required("url")?;
    let url = section.parsed("url", |text| database_url(&section, text))?;
    Some(Database { url: url.into(), connections, audit_days })
}

fn database_url(section: &Section<'_>, text: &str) -> Result<String, Wrong> {
    let after = |scheme: &str| text.strip_prefix(scheme).filter(|rest| !rest.is_empty());
    if let Some(path) = after("sqlite:") {
        // Like every path of the file, a relative one starts at the file's folder.
        return Ok(format!("sqlite:{}", section.resolve(path.trim_start_matches("//")).display()));
    }
    match after("postgres://").or_else(|| after("postgresql://")) {
        Some(_) => Ok(text.to_owned()),
        None => Err(wrong(
            "is no database address",
            "write `sqlite:/var/lib/vestibule/vestibule.db` or `postgres://USER:PASSWORD@HOST/NAME`",
        )),
    }
}

pub(super) fn limits(root: &Section<'_>) -> Limits {
    let section = root.section("limits", keys::LIMITS);
    let rate =
        |name, default, seconds| Rate { count: section.number32(name, 1..=1_000_000, default), seconds };
    Limits {
        enabled: section.flag("enabled", true),
        pages: rate("pages_per_minute", 240, 60),
        sign_ins: rate("sign_ins_per_minute", 30, 60),
        sign_ins_network: rate("sign_ins_per_minute_network", 120, 60),
        tokens: rate("tokens_per_minute", 600, 60),
        codes_mailbox: rate("codes_per_hour_mailbox", 10, 3600),
        codes: rate("codes_per_hour", 20, 3600),
        codes_range: rate("codes_per_hour_range", 30, 3600),
    }
}

pub(super) fn hashing(root: &Section<'_>) -> Hashing {
    let section = root.section("hashing", keys::HASHING);
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let threads = section.number("threads", 1..=256, cores as u64);
    Hashing {
        memory_kib: section.number32("memory_kib", 7168..=1_048_576, 19_456),
        passes: section.number32("passes", 1..=20, 2),
        threads: usize::try_from(threads).unwrap_or(cores),
        queue_seconds: section.number("queue_seconds", 1..=60, 5),
    }
}

pub(super) fn lockout(root: &Section<'_>) -> Lockout {
    let section = root.section("lockout", keys::LOCKOUT);
    let lockout = Lockout {
        tries: section.number32("tries", 3..=100, 10),
        first_seconds: section.number("first_seconds", 1..=86_400, 60),
        longest_seconds: section.number("longest_seconds", 1..=604_800, 18_000),
    };
    if lockout.longest_seconds < lockout.first_seconds {
        section.report(
            "longest_seconds",
            wrong("is shorter than the first lock", "make it at least `first_seconds`"),
        );
    }
    lockout
}

pub(super) fn session(root: &Section<'_>) -> Session {
    let section = root.section("session", keys::SESSION);
    Session {
        journey_seconds: section.number("journey_seconds", 60..=86_400, 3600),
        single_sign_on_seconds: section.number32("single_sign_on_seconds", 900..=86_400, 86_400),
        frames: section.flag("frames", true),
        end_with_password: section.flag("end_with_password", true),
        frontchannel_logout: section.flag("frontchannel_logout", false),
        backchannel_logout: section.flag("backchannel_logout", false),
    }
}

pub(super) fn behaviour(root: &Section<'_>) -> Behaviour {
    let section = root.section("behaviour", keys::BEHAVIOUR);
    Behaviour {
        equal_messages: section.flag("equal_messages", false),
        trim_spaces_in_password: section.flag("trim_spaces_in_password", true),
        open_logout_redirect: section.flag("open_logout_redirect", false),
        hintless_sign_out: section.flag("hintless_sign_out", false),
        ask_before_sign_out: section.flag("ask_before_sign_out", false),
        refresh_reuse_grace_seconds: section.number("refresh_reuse_grace_seconds", 0..=300, 10),
        refuse_markup: section.flag("refuse_markup", false),
        lenient_policies: section.flag("lenient_policies", false),
        error_line_breaks: section.flag("error_line_breaks", true),
        response_issuer: section.flag("response_issuer", false),
        standard_claims: section.flag("standard_claims", false),
        refuse_common_passwords: section.flag("refuse_common_passwords", false),
        common_passwords: section.parsed("common_passwords", |path| readable(&section, path)),
        conditional_access: section.parsed("conditional_access", |path| readable(&section, path)),
    }
}

pub(super) fn outbound(root: &Section<'_>) -> Outbound {
    let section = root.section("outbound", keys::OUTBOUND);
    let allow = section.list("allow").into_iter().map(|host| host.value.to_ascii_lowercase()).collect();
    let ca_file = section.parsed("ca_file", |path| readable(&section, path));
    let bytes = section.number("template_bytes", 1024..=16_777_216, 1_048_576);
    Outbound {
        allow,
        ca_file,
        connect_seconds: section.number("connect_seconds", 1..=60, 5),
        template_seconds: section.number("template_seconds", 1..=60, 5),
        template_bytes: usize::try_from(bytes).unwrap_or(1_048_576),
        rest_seconds: section.number("rest_seconds", 1..=120, 30),
        rest_tries: u32::try_from(section.number("rest_tries", 1..=5, 3)).unwrap_or(3),
        insights_url: section.parsed("insights_url", |text| {
            let told = || wrong(format!("`{text}` is no address"), "write one that begins with https://");
            Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(told)
        }),
    }
}

pub(super) fn log(root: &Section<'_>) -> Log {
    let section = root.section("log", keys::LOG);
    let format = section.parsed("format", |text| match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(wrong(format!("`{text}` is no log format"), "write \"text\" or \"json\"")),
    });
    let level = section.parsed("level", |text| {
        let told = || wrong(format!("`{text}` is no log level"), "write error, warn, info, debug or trace");
        if text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            text.parse().map_err(|_| told())
        } else {
            Err(told())
        }
    });
    Log { format: format.unwrap_or(LogFormat::Text), level: level.unwrap_or(tracing::Level::INFO) }
}

/// A file that exists and can be opened, as a path.
pub(super) fn readable(section: &Section<'_>, path: &str) -> Result<PathBuf, Wrong> {
    let path = section.resolve(path);
    match std::fs::File::open(&path).and_then(|file| file.metadata()) {
        Ok(about) if about.is_file() => Ok(path),
        Ok(_) => Err(wrong(format!("`{}` is not a file", path.display()), "name a file")),
        Err(error) => Err(wrong(
            format!("`{}` cannot be read: {error}", path.display()),
            "name an existing file that the server's user may read",
        )),
    }
}

/// A folder that exists, as a path.
pub(super) fn folder(section: &Section<'_>, path: &str) -> Result<PathBuf, Wrong> {
    let path = section.resolve(path);
    match std::fs::read_dir(&path) {
        Ok(_) => Ok(path),
        Err(error) => Err(wrong(
            format!("`{}` cannot be opened: {error}", path.display()),
            "name an existing folder that the server's user may read; relative paths start at the configuration file",
        )),
    }
}
