//! What an export may hold, when it is begun again, and what a cell may say.

use std::{borrow::Cow, time::Duration};

use entities::types::{ExportFormat, Timestamp};

use super::ExportSettings;
use crate::outcome::{Refuse, UserErrorCode};

/// Rows of a sheet beside the headings: what the format holds.
pub const SHEET_ROWS: u64 = 1_048_575;
/// Characters of a cell: what the format holds.
pub const CELL_CHARACTERS: usize = 32_767;
/// How often an export is begun before it is given up.
pub const MAX_ATTEMPTS: i32 = 3;
/// How long an export waits that failed on this node, for each time that it did.
const PAUSE: Duration = Duration::from_secs(10);

/// Why a list is not exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account has as many as it may.
    #[error("{0} exports of the account wait or run, as many as may: wait until one has ended")]
    TooMany(u64),
    /// More rows than an export holds.
    #[error("the list has {rows} rows, an export holds {limit}: narrow it")]
    TooLarge {
        /// How many there are.
        rows: u64,
        /// The most.
        limit: u64,
    },
    /// More rows than a sheet holds.
    #[error("the list has {0} rows, a sheet holds {SHEET_ROWS}: narrow it, or export it as CSV")]
    SheetFull(u64),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::TooMany(_) => UserErrorCode::TooManyRequests,
            Self::TooLarge { .. } | Self::SheetFull(_) => UserErrorCode::ExportTooLarge,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooMany(_) => None,
            Self::TooLarge { .. } => Some("filter"),
            Self::SheetFull(_) => Some("format"),
        }
    }
}

/// Checks that an account with so many exports that wait or run may ask for another one.
pub fn check_unfinished(unfinished: u64, settings: &ExportSettings) -> Result<(), Refusal> {
    if unfinished < settings.unfinished { Ok(()) } else { Err(Refusal::TooMany(unfinished)) }
}

/// Checks that so many rows fit into one file.
///
/// # Refusals, first that holds
/// `TooLarge` · `SheetFull`
pub fn check_rows(rows: u64, format: ExportFormat, settings: &ExportSettings) -> Result<(), Refusal> {
    let limit = settings.max_rows;
    if rows > limit {
        return Err(Refusal::TooLarge { rows, limit });
    }
    if format == ExportFormat::Xlsx && rows > SHEET_ROWS { Err(Refusal::SheetFull(rows)) } else { Ok(()) }
}

/// When an export that is begun now for the `attempt`th time may be begun again, if it breaks without its node.
pub fn begin_again_at(now: Timestamp, attempt: i32) -> Timestamp {
    now.plus(PAUSE * attempt.unsigned_abs())
}

/// A text that a spreadsheet takes for a text: one that begins like a formula is led by an apostrophe. So are those that
/// begin with a tab or the end of a line, behind which a formula could stand; and what is longer than a cell is cut.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let text = match text.char_indices().nth(CELL_CHARACTERS - 1) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// No cell begins like a formula, none is longer than a cell, and what is no danger stays as it is.
        #[test]
        fn no_cell_is_a_formula(first in "[=+\\-@\t\r\n＝＋－＠]?", rest in "\\PC{0,40}") {
            let text = format!("{first}{rest}");
            let cell = harmless(&text);
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']));
            let led = format!("'{text}");
            prop_assert!(*cell == *text || *cell == *led);
            prop_assert!(cell.chars().count() <= CELL_CHARACTERS);
        }

        /// R-EXP-27: what is allowed fits.
        #[test]
        fn rows_that_are_allowed_fit(rows in 0_u64..6_000_000, max_rows in 1_u64..5_000_000) {
            let settings = ExportSettings { max_rows, ..ExportSettings::default() };
            prop_assert_eq!(check_rows(rows, ExportFormat::Csv, &settings).is_ok(), rows <= max_rows);
            let sheet = check_rows(rows, ExportFormat::Xlsx, &settings).is_ok();
            prop_assert_eq!(sheet, rows <= max_rows.min(SHEET_ROWS));
        }

        /// Each time it waits longer.
        #[test]
        fn it_waits_longer_each_time(at in 0_i64..1_000_000, attempt in 1_i32..MAX_ATTEMPTS) {
            let now = Timestamp::from_micros(at);
            prop_assert!(now < begin_again_at(now, attempt));
            prop_assert!(begin_again_at(now, attempt) < begin_again_at(now, attempt + 1));
        }
    }

    #[test]
    fn a_long_text_is_cut_to_what_a_cell_holds() {
        let long = "é".repeat(CELL_CHARACTERS + 10);
        assert_eq!(harmless(&long).chars().count(), CELL_CHARACTERS - 1);
        assert_eq!(harmless(&format!("={long}")).chars().count(), CELL_CHARACTERS);
    }

    #[test]
    fn no_more_wait_than_may() {
        let settings = ExportSettings { unfinished: 2, ..ExportSettings::default() };
        assert_eq!(check_unfinished(1, &settings), Ok(()));
        assert_eq!(check_unfinished(2, &settings), Err(Refusal::TooMany(2)));
    }
}
