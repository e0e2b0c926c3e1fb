//! Exports: lists that are written into files, beside requests (docs/exports.md, O-CUS-19).
//!
//! A member asks for one ([`commands::Request`]); the node that has the duty of jobs writes it ([`jobs`], `run`), page
//! by page, with the rights that the member has at that moment; a signed link gives the file, for some days. Which lists
//! there are is said in [`lists`]: an area adds one with a file of its own.
//!
//! States: PENDING → RUNNING → DONE or FAILED. A run that dies with its node is begun anew by the next one.

pub mod chosen;
pub mod commands;
pub mod graphql;
pub mod jobs;
pub mod lists;
pub mod policy;
pub mod queries;
pub mod rules;
mod run;
mod sheet;

use std::time::Duration;

use entities::{
    export,
    types::{ExportFormat, ExportId},
};
use serde::Deserialize;

use crate::{clock::Calendar, files::Key};

/// Bounds of exports.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExportSettings {
    /// Days that a file is kept.
    pub keep_days: u32,
    /// Exports of an account that wait or run.
    pub unfinished: u64,
    /// Rows of one export.
    pub max_rows: u64,
}

impl Default for ExportSettings {
    fn default() -> Self {
        Self { keep_days: 7, unfinished: 3, max_rows: 1_000_000 }
    }
}

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Most rows that an export may be allowed to have (R-EXP-27).
const MAX_ROWS: u64 = 5_000_000;

impl ExportSettings {
    /// What is wrong with them, if anything is.
    pub fn fault(&self) -> Option<&'static str> {
        if self.keep_days == 0 {
            return Some("exports.keep_days must be 1 or more");
        }
        if self.unfinished == 0 {
            return Some("exports.unfinished must be 1 or more");
        }
        (!(1..=MAX_ROWS).contains(&self.max_rows)).then_some("exports.max_rows must lie between 1 and 5000000")
    }

    /// How long a file is kept.
    pub fn keep(&self) -> Duration {
        DAY * self.keep_days
    }
}

/// Where the file lies that an attempt writes: each attempt has its own, so that one that was given up and wakes again
/// writes into nobody else's.
pub fn key_of_attempt(id: ExportId, attempt: i32) -> Key {
    Key::new("exports", id.uuid(), Some(attempt))
}

/// Where the file of an export lies.
pub fn key(row: &export::Model) -> Key {
    key_of_attempt(row.id, row.attempts)
}

/// The path by which it is fetched.
pub fn path(id: ExportId) -> String {
    format!("/exports/{id}")
}

/// What the file is called, with the day on which it was asked for.
pub fn file_name(row: &export::Model, calendar: Calendar) -> String {
    let list = row.kind.word().to_lowercase().replace('_', "-");
    let day = calendar.day_of(row.created_at).format("%Y-%m-%d");
    format!("{list}-{day}.{}", row.format.word().to_lowercase())
}

/// What the file is, as browsers are told.
pub const fn media_type(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
}
