//! Logging: one line an event, nothing in it that could be taken for another line.
//!
//! In: tracing events. Out: text or JSON on standard error. Control characters, escape sequences and bidi
//! overrides are escaped, long values cut (attack 146). Secrets are kept out by their types, which do not
//! show themselves; and values of fields whose names say "secret" are never written, should one slip in.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, MakeWriter, Subscriber as Fmt};
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

use crate::config::{Log, LogFormat};

/// Longest value of one field, in characters.
const MOST: usize = 2000;
/// Fields with such a word in their name are not written.
const SECRET: [&str; 8] =
    ["password", "secret", "token", "cookie", "authorization", "otp", "assertion", "credential"];

/// Starts logging for this process. Call once; a second call changes nothing.
pub fn start(config: &Log) {
    let _ = tracing::subscriber::set_global_default(subscriber(config, std::io::stderr));
}

/// The subscriber, writing wherever the caller says.
pub fn subscriber<W>(config: &Log, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // The libraries' own chatter is of use to nobody who runs the server; sqlx would even log statements.
    let level = config.level;
    let filter =
        EnvFilter::new(format!("{level},sqlx=warn,hyper=info,h2=info,rustls=info,lettre=info,reqwest=info"));
    let format = config.format;
    Fmt::builder().event_format(Line { format }).with_env_filter(filter).with_writer(writer).finish()
}

/// Logs a failure of ours, once, with the number that the page shows.
pub fn incident(number: Uuid, error: &dyn fmt::Display) {
    tracing::error!(target: "vestibule::incident", incident = %number, error = %error, "something failed");
}

struct Line {
    format: LogFormat,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let about = event.metadata();
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut fields = Fields::default();
        event.record(&mut fields);
        match self.format {
            LogFormat::Text => {
                write!(line, "{time} {:<5} {}: {}", about.level().as_str(), about.target(), fields.message)?;
                for (name, value) in &fields.others {
                    write!(line, " {name}={}", quoted_if_needed(value))?;
                }
            }
            LogFormat::Json => {
                let mut object = serde_json::Map::new();
                let mut put = |name: &str, value: &str| object.insert(name.to_owned(), value.into());
                put("time", &time);
                put("level", about.level().as_str());
                put("target", about.target());
                put("message", &fields.message);
                for (name, value) in &fields.others {
                    put(name, value);
                }
                line.write_str(&serde_json::Value::Object(object).to_string())?;
            }
        }
        writeln!(line)
    }
}

fn quoted_if_needed(value: &str) -> String {
    let plain = !value.is_empty() && !value.contains([' ', '"', '=']);
    if plain { value.to_owned() } else { format!("\"{}\"", value.replace('"', "\\\"")) }
}

/// The fields of an event, each cut and escaped.
#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, String)>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: &dyn fmt::Display) {
        let name = field.name();
        if SECRET.iter().any(|word| name.contains(word)) {
            self.others.push((name, "(not written)".to_owned()));
            return;
        }
        let mut clean = Clean { text: String::new(), left: MOST };
        let _ = write!(clean, "{value}");
        match name {
            "message" => self.message = clean.text,
            _ => self.others.push((name, clean.text)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, &format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, &value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, &value);
    }
}

/// Writes text without what could end the line, move the cursor or turn the reading direction; cuts what is
/// too long without first building it whole.
struct Clean {
    text: String,
    left: usize,
}

impl fmt::Write for Clean {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        for c in part.chars() {
            if self.left == 0 {
                self.text.push('…');
                return Err(fmt::Error);
            }
            self.left -= 1;
            let directs = matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if c.is_control() || directs {
                self.text.extend(c.escape_unicode());
            } else {
                self.text.push(c);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, act: impl FnOnce()) -> String {
        let (kept, log) = (Kept::default(), Log { format, level: tracing::Level::INFO });
        let writer = kept.clone();
        tracing::subscriber::with_default(subscriber(&log, move || writer.clone()), act);
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn attack_146_user_input_stays_on_one_line_escaped_and_cut() {
        let hostile = "x\r\n2026 ERROR fake\u{1b}[31m\u{202e}\u{0}{\"level\":\"ERROR\"}\u{2028}";
        for format in [LogFormat::Text, LogFormat::Json] {
            let line = logged(format, || tracing::info!(user = hostile, "{hostile}"));
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            for bad in ['\r', '\u{1b}', '\u{202e}', '\u{0}', '\u{2028}'] {
                assert!(!line.contains(bad), "{line:?}");
            }
            let line = logged(format, || tracing::warn!(value = %"y".repeat(1 << 20), "long"));
            assert!(line.len() < 2300 && line.contains('…'), "{}", line.len());
        }
    }

    #[test]
    fn json_lines_are_json_and_fake_json_stays_text() {
        let line = logged(LogFormat::Json, || tracing::info!(user = "\",\"level\":\"ERROR", "said"));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["level"], "INFO");
        assert_eq!(value["user"], "\",\"level\":\"ERROR");
    }

    #[test]
    fn attack_146_fields_named_like_secrets_are_not_written() {
        let line = logged(LogFormat::Text, || {
            tracing::error!(new_password = "canary", access_token = "canary", cookie = "canary", "x");
        });
        assert!(!line.contains("canary"), "{line}");
    }

    #[test]
    fn an_incident_is_one_line_with_its_number() {
        let number = Uuid::from_u128(7);
        let line = logged(LogFormat::Text, || incident(number, &"disk full"));
        assert!(line.contains(&number.to_string()) && line.contains("disk full"), "{line}");
        assert!(logged(LogFormat::Text, || tracing::debug!("quiet")).is_empty(), "below the level");
    }
}
