//! Positions in the feed, and the cursors that clients keep of them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A place in the feed: everything up to and including it has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub i64);

/// A cursor that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// It is none of ours.
    #[error("the cursor is not one that this feed gave")]
    Invalid,
    /// The log was trimmed behind it.
    #[error("events after this cursor are no longer kept: load the present state and follow the feed from now")]
    Expired,
}

/// What the text of a cursor begins with, so that cursors of lists are told apart.
const TAG: &str = "feed:";

impl Position {
    /// The opaque text for clients.
    pub fn to_cursor(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{TAG}{}", self.0))
    }

    /// Reads a client's cursor.
    pub fn from_cursor(cursor: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError::Invalid)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| CursorError::Invalid)?;
        let number = text.strip_prefix(TAG).ok_or(CursorError::Invalid)?;
        match number.parse() {
            // One text for one position: the number could be written with a sign or zeros before it.
            Ok(position) if position >= 0 && Self(position).to_cursor() == cursor => Ok(Self(position)),
            _ => Err(CursorError::Invalid),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back(position in 0..i64::MAX) {
            prop_assert_eq!(Position::from_cursor(&Position(position).to_cursor()), Ok(Position(position)));
        }

        #[test]
        fn what_is_no_cursor_is_refused(text in "\\PC{0,40}") {
            if let Ok(position) = Position::from_cursor(&text) {
                prop_assert_eq!(position.to_cursor(), text);
            }
        }
    }
}
