//! Watches the raw bytes of HTTP/1 for framing on which two servers could disagree (request smuggling).
//!
//! hyper follows RFC 9112 section 6.3 where it leaves a choice: with both `Transfer-Encoding` and
//! `Content-Length` it drops the latter, and a bare LF ends a line. A proxy before us may choose otherwise,
//! so such a request is refused (attack 137). A request with `Transfer-Encoding` ends the watch: its body is
//! not length-delimited, and the server closes the connection after the answer.

/// Of longer header lines only the beginning is looked at; no framing header needs more.
const MOST_LINE: usize = 128;

/// Where in the stream of bytes the watch stands.
#[derive(Debug, Default)]
pub(super) struct Framing {
    state: State,
    line: Vec<u8>,
    last: u8,
    length: Option<u64>,
    coded: bool,
    first_line: bool,
}

#[derive(Debug, Default, PartialEq)]
enum State {
    /// Nothing of the next request was read yet.
    #[default]
    Between,
    Head,
    /// So many bytes of a body are still to come.
    Body(u64),
    /// HTTP/2, or a request after which nothing more may come.
    Done,
}

/// What the watch has found so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    Clear,
    /// The connection must be closed after the answer.
    Last,
    /// The request must be refused and the connection closed.
    Ambiguous,
}

impl Framing {
    /// Takes the next bytes that were read.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Finding {
        loop {
            match self.state {
                State::Done => return Finding::Clear,
                State::Body(left) => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    bytes = bytes.get(here..).unwrap_or_default();
                    let left = left - here as u64;
                    self.state = if left == 0 { State::Between } else { State::Body(left) };
                }
                State::Between | State::Head => {}
            }
            let Some((byte, rest)) = bytes.split_first() else { return Finding::Clear };
            bytes = rest;
            match self.head_byte(*byte) {
                Finding::Clear => {}
                found => {
                    self.state = State::Done;
                    return found;
                }
            }
        }
    }

    fn head_byte(&mut self, byte: u8) -> Finding {
        if self.state == State::Between {
            if byte == b'\r' || byte == b'\n' {
                return Finding::Clear; // empty lines between requests: RFC 9112 section 2.2
            }
            *self = Framing { state: State::Head, first_line: true, ..Framing::default() };
        }
        let before = std::mem::replace(&mut self.last, byte);
        if byte != b'\n' {
            if self.line.len() < MOST_LINE {
                self.line.push(byte);
            }
            return Finding::Clear;
        }
        if before != b'\r' {
            return Finding::Ambiguous;
        }
        let line = std::mem::take(&mut self.line);
        self.line_ended(line.trim_ascii_end(), line.len() >= MOST_LINE)
    }

    fn line_ended(&mut self, line: &[u8], is_cut: bool) -> Finding {
        if line.is_empty() {
            return self.head_ended();
        }
        if std::mem::take(&mut self.first_line) {
            if line.starts_with(b"PRI * HTTP/2") {
                self.state = State::Done;
            }
            return Finding::Clear;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return Finding::Clear };
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
        let (coding, length) =
            (name.eq_ignore_ascii_case(b"transfer-encoding"), name.eq_ignore_ascii_case(b"content-length"));
        if is_cut && (coding || length) {
            return Finding::Ambiguous;
        }
        if coding {
            self.coded = true;
        } else if length {
            // What is no number is refused by hyper.
            self.length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).or(Some(0));
        }
        Finding::Clear
    }

    fn head_ended(&mut self) -> Finding {
        match (self.coded, self.length) {
            (true, Some(_)) => Finding::Ambiguous,
            (true, None) => Finding::Last,
            (false, length) => {
                self.state = match length.unwrap_or(0) {
                    0 => State::Between,
                    length => State::Body(length),
                };
                Finding::Clear
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fed whole and byte by byte, the finding is the same.
    fn found(bytes: &[u8]) -> Finding {
        let whole = Framing::default().feed(bytes);
        let mut framing = Framing::default();
        let single =
            bytes.iter().map(|byte| framing.feed(&[*byte])).find(|finding| *finding != Finding::Clear);
        assert_eq!(single.unwrap_or(Finding::Clear), whole);
        whole
    }

    #[test]
    fn plain_requests_are_clear() {
        for clear in [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\na\nb\ncGET / HTTP/1.1\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\n\n",
            "POST / HTTP/1.1\r\nX-Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
        ] {
            assert_eq!(found(clear.as_bytes()), Finding::Clear, "{clear}");
        }
        assert_eq!(found(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\n\n"), Finding::Last);
    }

    #[test]
    fn attack_137_ambiguous_framing_is_found() {
        for ambiguous in [
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 5\r\nTRANSFER-ENCODING: chunked\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\nX: y\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\n",
            &format!("POST / HTTP/1.1\r\nContent-Length: {}5\r\n\r\n", " ".repeat(200)),
        ] {
            assert_eq!(found(ambiguous.as_bytes()), Finding::Ambiguous, "{ambiguous}");
        }
    }
}
