//! Faults on the wire of OAuth: the `error` word and the description of a fault (protocols 11).
//!
//! In: a [`Fault`]. Out: texts that may stand in a redirect, a JSON body or a header. Pure.

use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization as _;
use vestibule_engine::journey::Fault;

/// A refusal of a protocol endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The `error` word.
    pub error: &'static str,
    /// Code and sentence.
    pub fault: Fault,
}

/// `error` words by code; codes that are not here are faults of the request while it is read, and of the server
/// afterwards ([`Refusal::of`], [`Refusal::ended`]).
const WORDS: &[(&str, &[u32])] = &[
    ("access_denied", &[90091, 90118, 90273, 90111, 90114, 90225]),
    ("interaction_required", &[90077, 90121]),
    ("invalid_client", &[90079, 90081, 90084, 90027, 90018, 90016, 90017, 90039]),
    ("invalid_grant", &[90080, 90085, 90087, 90088, 90128, 90129, 90182, 90183, 90279, 90288]),
    ("invalid_scope", &[90010, 90012, 90055, 90117, 90146, 90205, 90284, 99005, 99068]),
    ("server_error", &[90019, 90025, 90037, 90048, 90220]),
    ("temporarily_unavailable", &[90035, 90229, 90244]),
    ("unauthorized_client", &[90011, 90057, 90058, 90092, 90224, 90248]),
    ("unsupported_grant_type", &[90086]),
    ("unsupported_response_type", &[90013]),
];

/// When a refusal is told, and how.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// Correlation id of request or journey.
    pub correlation: &'a str,
    /// Now.
    pub now: Timestamp,
    /// Whether lines end in CR LF (`behaviour.error_line_breaks`).
    pub line_breaks: bool,
}

fn word(fault: &Fault) -> Option<&'static str> {
    let number = fault.number()?;
    WORDS.iter().find(|(_, codes)| codes.contains(&number)).map(|(word, _)| *word)
}

impl Refusal {
    /// A fault of a request: what has no word of its own is `invalid_request`.
    #[must_use]
    pub fn of(fault: Fault) -> Refusal {
        let error = match word(&fault) {
            // The scope is missing, not wrong.
            Some("invalid_scope") if fault.number() == Some(90010) => "invalid_request",
            Some(word) => word,
            None => "invalid_request",
        };
        Refusal { error, fault }
    }

    /// How a journey ended: a policy's own error is `access_denied` (technical-profiles 19), what has no word of its own
    /// is `server_error`.
    #[must_use]
    pub fn ended(fault: Fault) -> Refusal {
        let error = match (fault.number(), word(&fault)) {
            (None, _) => "access_denied",
            // Words of the token endpoint mean nothing to who waits at a redirect URI.
            (_, Some(word @ ("access_denied" | "interaction_required" | "temporarily_unavailable"))) => word,
            _ => "server_error",
        };
        Refusal { error, fault }
    }

    /// How a refresh journey ended: always `invalid_grant`, so that clients fall back to interaction (protocols 6).
    #[must_use]
    pub fn grant(fault: Fault) -> Refusal {
        Refusal { error: "invalid_grant", fault }
    }

    /// A refusal with a word of its own.
    #[must_use]
    pub fn named(error: &'static str, code: u32, text: &str) -> Refusal {
        Refusal { error, fault: Fault::with(code, text) }
    }

    /// The description: code, sentence, correlation id, time; each line ends in CR LF, or a space stands between them.
    /// Never a quotation mark, a backslash or a character outside ASCII (RFC 6749; protocols 18 row 6).
    #[must_use]
    pub fn description(&self, occasion: Occasion<'_>) -> String {
        let lines = [
            format!("{}: {}", plain(&self.fault.code.to_string()), plain(&self.fault.text)),
            format!("Correlation ID: {}", plain(occasion.correlation)),
            format!("Timestamp: {}", stamp(occasion.now)),
        ];
        match occasion.line_breaks {
            true => lines.map(|line| line + "\r\n").concat(),
            false => lines.join(" "),
        }
    }
}

/// `yyyy-MM-dd HH:mm:ssZ`
#[must_use]
pub fn stamp(now: Timestamp) -> String {
    let at = now.to_zoned(jiff::tz::TimeZone::UTC);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Printable ASCII only: letters lose their accents, other scripts become `?`, `"` and `\` their neighbours.
fn plain(text: &str) -> String {
    text.nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .map(|c| match c {
            '"' | '\u{201c}' | '\u{201d}' | '\u{ab}' | '\u{bb}' | '\u{2018}' | '\u{2019}' => '\'',
            '\\' => '/',
            c if c == ' ' || c.is_ascii_graphic() => c,
            c if c.is_control() || c.is_whitespace() => ' ',
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_protocols_11() {
        let table = [
            (90118, "access_denied", "access_denied"),
            (90091, "access_denied", "access_denied"),
            (90273, "access_denied", "access_denied"),
            (90077, "interaction_required", "interaction_required"),
            (90013, "unsupported_response_type", "server_error"),
            (90012, "invalid_scope", "server_error"),
            (90117, "invalid_scope", "server_error"),
            (90146, "invalid_scope", "server_error"),
            (90205, "invalid_scope", "server_error"),
            (90080, "invalid_grant", "server_error"),
            (90085, "invalid_grant", "server_error"),
            (90088, "invalid_grant", "server_error"),
            (90128, "invalid_grant", "server_error"),
            (90129, "invalid_grant", "server_error"),
            (90182, "invalid_grant", "server_error"),
            (90183, "invalid_grant", "server_error"),
            (90279, "invalid_grant", "server_error"),
            (90086, "unsupported_grant_type", "server_error"),
            (90244, "temporarily_unavailable", "temporarily_unavailable"),
            (90010, "invalid_request", "server_error"),
            (90043, "invalid_request", "server_error"),
            (90037, "server_error", "server_error"),
        ];
        for (code, asked, ended) in table {
            assert_eq!(Refusal::of(Fault::of(code)).error, asked, "{code}");
            assert_eq!(Refusal::ended(Fault::of(code)).error, ended, "{code}");
            assert_eq!(Refusal::grant(Fault::of(code)).error, "invalid_grant", "{code}");
        }
        assert_eq!(Refusal::ended(Fault::custom("409", "taken")).error, "access_denied");
    }

    #[test]
    fn the_description_has_the_documented_shape() {
        let now: Timestamp = "2024-03-09T07:05:01.987Z".parse().unwrap();
        let refusal = Refusal::ended(Fault::of(90118));
        let expected = "AADB2C90118: The user has forgotten their password.\r\nCorrelation ID: abc\r\nTimestamp: 2024-03-09 07:05:01Z\r\n";
        let told = |line_breaks| Occasion { correlation: "abc", now, line_breaks };
        assert_eq!(refusal.description(told(true)), expected);
        let one_line = "AADB2C90118: The user has forgotten their password. Correlation ID: abc Timestamp: 2024-03-09 07:05:01Z";
        assert_eq!(refusal.description(told(false)), one_line);
        let custom = Refusal::ended(Fault::custom("E1", "no"));
        assert!(custom.description(told(true)).starts_with("AAD_Custom_E1: no\r\nCorrelation ID: abc\r\n"));
    }

    #[test]
    fn attack_091_descriptions_hold_printable_ascii_only() {
        let now = Timestamp::UNIX_EPOCH;
        let text = "\"a\\b\" \r\nSet-Cookie: x=1\u{0}\u{85} Größe „é“ 日本 \u{202e}";
        let described = Refusal::ended(Fault::custom("\"x\"", text));
        let told = |line_breaks| described.description(Occasion { correlation: "id", now, line_breaks });
        let (described, one_line) = (told(true), told(false));
        let allowed = |c: char| matches!(c, '\u{20}'..='\u{21}' | '\u{23}'..='\u{5b}' | '\u{5d}'..='\u{7e}');
        assert!(one_line.chars().all(allowed), "{one_line:?}");
        let lines: Vec<&str> = described.split("\r\n").collect();
        assert_eq!(lines.len(), 4, "the only line ends are ours: {described:?}");
        assert!(lines.iter().all(|line| line.chars().all(allowed)), "{described:?}");
        assert!(described.contains("Gro?e"), "{described}");
    }
}
