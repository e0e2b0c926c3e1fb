//! Attachments: files that members upload for applications (docs/attachments.md).
//!
//! An attachment is uploaded first, by the door `POST /attachments`, and is free then: its account may look at it and
//! delete it, and after a day it goes by itself. An application claims it for one of its slots ([`rules::Slot`]), with
//! [`commands::claim_in`] in the transaction that submits the application; from then on it stays.
//!
//! States: being uploaded → free → claimed (and back) → removed → gone. The row is there before the bytes, and until they
//! are gone, so that a crash leaves nothing that is not found again ([`jobs`]).

pub mod commands;
pub mod formats;
pub mod graphql;
pub mod jobs;
pub mod policy;
pub mod queries;
pub mod rules;
pub mod upload;

use entities::types::AttachmentId;
use serde::Deserialize;

use crate::files::Key;

/// Bounds of uploads.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttachmentSettings {
    /// Bytes of one file. The API shows sizes as 32 bits.
    pub max_bytes: u64,
    /// Files of an account that no application has claimed.
    pub free_files: usize,
    /// Bytes of them.
    pub free_bytes: u64,
}

const GIB: u64 = 1024 * 1024 * 1024;

impl Default for AttachmentSettings {
    /// The largest profile of the specification: 10 files of 1 GB.
    fn default() -> Self {
        Self { max_bytes: GIB, free_files: 50, free_bytes: 10 * GIB }
    }
}

impl AttachmentSettings {
    /// What is wrong with them, if anything is.
    pub fn fault(&self) -> Option<&'static str> {
        if self.max_bytes == 0 || self.max_bytes > i32::MAX as u64 {
            return Some("attachments.max_bytes must lie between 1 and 2147483647");
        }
        if self.free_files == 0 {
            return Some("attachments.free_files must be 1 or more");
        }
        (self.free_bytes < self.max_bytes)
            .then_some("attachments.free_bytes must not be less than attachments.max_bytes")
    }
}

/// Where the bytes of an attachment lie.
pub fn key(id: AttachmentId) -> Key {
    Key::new("attachments", id.uuid(), None)
}

/// The path by which they are fetched.
pub fn path(id: AttachmentId) -> String {
    format!("/attachments/{id}")
}
