//! A sentence for a human, without a place. Leaf functions return it; the one caller who knows the place adds it
//! with [`Message::at`].
//!
//! House rules for the sentence: lower case, no full stop, the author's words in backticks, no internal type names.

use std::fmt;

use crate::source::Span;

/// What is wrong, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(String);

/// A message and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// What is wrong.
    pub message: Message,
    /// Where.
    pub span: Span,
}

impl Message {
    /// A message from its finished sentence; most callers use [`message!`](crate::message!).
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// The sentence.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The message with its place.
    pub fn at(self, span: Span) -> Located {
        Located { message: self, span }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Message> for String {
    fn from(message: Message) -> Self {
        message.0
    }
}

/// Builds a [`Message`] as `format!` builds a `String`.
#[macro_export]
macro_rules! message {
    ($($argument:tt)*) => {
        $crate::message::Message::new(::std::format!($($argument)*))
    };
}

pub use crate::message;

#[cfg(test)]
mod tests {
    use crate::source::Sources;

    #[test]
    fn a_message_is_a_formatted_sentence_and_gets_a_place_later() {
        let mut sources = Sources::default();
        let id = sources.add("a.xml", b"<a/>");
        let span = sources.get(id).map(|source| source.span(1, 2)).expect("the file was just added");
        let placed = message!("unknown claim type `{}`", "emial").at(span);
        assert_eq!(placed.message.to_string(), "unknown claim type `emial`");
        assert_eq!(placed.span, span);
    }
}
